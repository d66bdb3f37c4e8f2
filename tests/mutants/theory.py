"""Change the mathematics of theorems/ in every small way: the claims alone must notice, by a verdict that changes.

    python tests/mutants/theory.py [--jobs N] [--sample N] [--anew] [-- NAME ...]

The claims are collected once, with a sixteenth of the draws, and run once to learn their verdicts, what lines of
theorems/ each test function reaches and how long its cases take. Then each mutant is put through those that reach it
(trials.py) until a case ends with another verdict, accepts something else, or breaks. Claims that need a language
model or dense weights are left out, and so is what only they decide by (theorems/protocols, and what theory.toml lists
as reference). Guards of bad input are left out too, since no claim gives any. tests/theorems tries all of these.

Each result is stored as soon as it is known (reports/latest/theory.jsonl). A run that was cut short goes on from there
as far as the files are unchanged that a result rests on: the module, and those that its cases reach.
"""

from __future__ import annotations

import argparse
import ast
import gc
import hashlib
import json
import os
import signal
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import coverage
from _pytest.runner import runtestprotocol

sys.path.insert(0, str(Path(__file__).parent))
from operators import mutants
from trials import (
    KILLED,
    REFUSED,
    ROOT,
    SURVIVED,
    Court,
    Job,
    Reach,
    Results,
    apart,
    digest,
    digest_of,
    in_a_fork,
    in_the_end,
    pytest_with,
    settle,
    trials,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

THEOREMS: Final = ROOT / "theorems"
CLAIMS: Final = ROOT / "claims"
SURVIVORS: Final = Path(__file__).with_name("theory.toml")
RESULTS: Final = ROOT / "reports" / "latest" / "theory.jsonl"
LEARNT: Final = ROOT / "reports" / "latest" / "theory_tests.jsonl"
COLLECTION: Final = "collection"
"of the claims, which runs lines too"
OTHERS: Final = ("arithmetic/domain.py", "protocols")
"of theorems/: guards of bad input, and what claims on language models decide by"
WORLD: Final = {"experiment", "dense"}
"fixtures of claims that are left out"
GUARDS: Final = ("reject", "require_")
QUICK, PATIENT = 20.0, 60.0  # seconds of cases, traced, that a mutant is put through, and one that seems to survive
LONGEST: Final = 120  # seconds, traced: a test that takes longer is left out
MOST: Final = 4  # cases of one test: the others of a long table reach nothing else
READY: Final = ("mpmath", "numpy", "scipy.integrate", "scipy.optimize", "scipy.special", "scipy.stats", "sympy")
"what the claims import"


def all_jobs() -> Iterator[Job]:
    """Every mutant of theorems/ that the claims may notice."""
    unclaimed = {name for entry in entries("reference") for name in entry["functions"]}
    for path in filter(is_tried, sorted(THEOREMS.rglob("*.py"))):
        text = path.read_text(encoding="utf-8")
        guarded = [set(lines) for lines in guards(text)]
        for mutant in mutants(text):
            job = Job(f"{path.stem}.{mutant.name}", path, mutant, QUICK)
            if not any(lines.issuperset(mutant.lines) for lines in guarded) and not unclaimed & set(within(job.scope)):
                yield job


def is_tried(path: Path) -> bool:
    """Whether a file belongs to the mathematics that the claims alone must hold to."""
    return path.is_relative_to(THEOREMS) and not path.relative_to(THEOREMS).as_posix().startswith(OTHERS)


def guards(text: str) -> Iterator[range]:
    """The lines of each statement that only refuses bad input."""
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Expr(value=ast.Call(func=ast.Name(id=name))) if name.startswith(GUARDS):
                yield range(node.lineno, node.end_lineno + 1)
            case ast.If(body=[ast.Raise()], orelse=[]) | ast.Raise():
                yield range(node.lineno, node.end_lineno + 1)


def at_collection(job: Job, early: list[int]) -> Job:
    """Where the lines of a mutant run while claims are collected, its module must be imported anew."""
    return replace(job, mutant=replace(job.mutant, inside=False)) if set(early) & set(job.mutant.lines) else job


def tests_of(session: pytest.Session) -> dict[str, list[pytest.Item]]:
    """The cases of each test function, some of them where they are many."""
    cases: dict[str, list[pytest.Item]] = defaultdict(list)
    for item in session.items:
        if not WORLD & set(item.fixturenames):
            cases[item.nodeid.partition("[")[0]].append(item)
    return {test: items[:: -(-len(items) // MOST)] for test, items in cases.items()}


def verdict_of(item: pytest.Item) -> list[Any] | None:
    """What a case ends with: its verdict, what is accepted; None where it was not run."""
    REFUSED.clear()
    reports = runtestprotocol(item, log=False)
    texts = [value for report in reports for name, value in report.user_properties if name == "verdicts"]
    if REFUSED or not texts:
        return None
    record = json.loads(texts[-1])["record"]
    return None if record["verdict"] == "not run" else [record["verdict"], record["accepted"], record["open"]]


def hold(items: list[pytest.Item], learnt: dict[str, Any]) -> None:
    """Run the cases of a test; end the process where one does not end as it does without a change."""
    verdicts = learnt[items[0].nodeid.partition("[")[0]]["verdicts"]
    if {item.name for item in items} != verdicts.keys():
        os._exit(KILLED)
    for item in items:
        if verdicts[item.name] and verdict_of(item) != verdicts[item.name]:
            os._exit(KILLED)


def read_learnt() -> dict[str, Any]:
    """What is known of each test, from before too."""
    LEARNT.touch()
    lines = map(json.loads, LEARNT.read_text(encoding="utf-8").splitlines())
    return {found["test"]: found for found in lines}


def store(found: dict[str, Any]) -> None:
    """Add what is known of a test."""
    with LEARNT.open("a", encoding="utf-8") as file:
        file.write(json.dumps(found | {"state": digest(found["files"])}) + "\n")


def traced() -> coverage.Coverage:
    """A tracer of claims and theorems."""
    tracer = coverage.Coverage(data_file=None, include=[f"{CLAIMS}/*", f"{THEOREMS}/*"], config_file=False)
    tracer.set_option("run:disable_warnings", ["no-data-collected"])  # of what was not run
    return tracer


def learn_all(options: tuple[str, ...], at_once: int) -> int:
    """Collect the claims and store what each test gives, reaches and takes, as far as it is not known from before."""
    tracer = traced()
    tracer.start()

    def run(session: pytest.Session) -> None:
        tracer.stop()
        store({"test": COLLECTION, "lines": lines_of(tracer), "files": []})
        known = read_learnt()
        gc.freeze()
        learn({test: items for test, items in tests_of(session).items() if not is_known(known.get(test))}, at_once)

    return pytest_with(run, ["claims"], options, hasty=False)


def is_known(found: dict[str, Any] | None) -> bool:
    """Whether a test was run, and the files that it rests on are unchanged."""
    try:
        return found is not None and any(found["verdicts"].values()) and found["state"] == digest(found["files"])
    except OSError:
        return False


def learn(tests: dict[str, list[pytest.Item]], at_once: int) -> None:
    """Learn of each test in a process of its own, so that none finds what another has computed."""
    running: dict[int, str] = {}

    def reap() -> None:
        pid, status = os.wait()
        test = running.pop(pid)
        if status:  # the time was up
            store({"test": test, "verdicts": {}, "seconds": 0, "lines": {}, "files": [test.partition("::")[0]]})

    for test, items in tests.items():
        if len(running) == at_once:
            reap()
        if pid := os.fork():
            running[pid] = test
        else:
            in_the_end(partial(learn_one, test, items))
    while running:
        reap()


def learn_one(test: str, items: list[pytest.Item]) -> None:
    """Run the cases of a test, and store what they give."""
    apart(items[0].config)
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    tracer = traced()
    tracer.start()
    verdicts = {item.name: verdict_of(item) for item in items}
    tracer.stop()
    seconds = time.process_time()
    file = items[0].path
    reached = {str(Path(name).relative_to(ROOT)) for name in tracer.get_data().measured_files()}
    files = sorted(reached | {str(file.relative_to(ROOT))})
    lines = lines_of(tracer)
    for module in imported(file):
        lines.setdefault(module.stem, []).append(0)  # no line, but a change of what stands outside of functions
    store({"test": test, "verdicts": verdicts, "seconds": seconds, "lines": lines, "files": files})


def lines_of(tracer: coverage.Coverage) -> dict[str, list[int]]:
    """The lines of each module on trial that were run."""
    data = tracer.get_data()
    return {Path(name).stem: data.lines(name) for name in data.measured_files() if is_tried(Path(name))}


def imported(file: Path) -> set[Path]:
    """The modules on trial that a file of claims imports, through others too."""
    found, waiting = set(), [file]
    while waiting:
        new = imports(waiting.pop()) - found
        found |= new
        waiting += new
    return set(filter(is_tried, found))


@cache
def imports(file: Path) -> set[Path]:
    """The modules of claims/ and theorems/ that a file imports."""
    names = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    paths = {
        ROOT / f"{name.replace('.', '/')}.py" for name in names if name and name.startswith(("theorems", "claims"))
    }
    return {path for path in paths if path.exists()}


def state(learnt: dict[str, Any], paths: dict[str, Path], mutant: str, test: str) -> str:
    """A digest of what a result rests on: the module, and the files of the test that noticed, else of all near it."""
    if mutant not in paths or (test and test not in learnt):
        return "unknown"
    path = paths[mutant]
    near = [learnt[test]] if test else [found for found in learnt.values() if path.stem in found["lines"]]
    return digest({str(path.relative_to(ROOT)), *(file for found in near for file in found["files"])})


def entries(kind: str) -> list[dict[str, Any]]:
    """What is listed of survivors, or of references: functions that only tests and claims left out run."""
    return tomllib.loads(SURVIVORS.read_text(encoding="utf-8")).get(kind, [])


def reasons() -> dict[str, str]:
    """Why no claim could notice, of each mutant that is listed."""
    return {name: entry["reason"] for entry in entries("survivor") for name in entry["mutants"]}


def report(jobs: list[Job], results: Results, reach: Reach, listed: dict[str, str]) -> bool:
    """Say what survived, and the score; whether exactly what did is listed."""
    alive = {job.name for job in jobs if results.ended[job.name].status == SURVIVED}
    harmless = {name for entry in entries("survivor") if not entry.get("effective") for name in entry["mutants"]}
    for folder in (*sorted({job.path.parent for job in jobs} - {THEOREMS}), THEOREMS):
        names = {job.name for job in jobs if job.path.is_relative_to(folder)}
        effective = len(names - (alive & harmless))
        noticed, part = len(names - alive), folder.relative_to(ROOT).as_posix()
        print(f"{part:24}{len(names):6} mutants{effective:6} effective{noticed:6} noticed {noticed / effective:7.1%}")
    unlisted = [job for job in jobs if job.name in alive - listed.keys()]
    stale = sorted((listed.keys() & {job.name for job in jobs}) - alive)
    print(f"\n{len(unlisted)} survive, and no reason is listed")
    for job in unlisted:
        print(f"  {len(reach.tests(job)):4} tests, line {job.mutant.lines.start}: {job.name}")
    print(f"\n{len(stale)} listed, but do not survive", *stale, sep="\n  ")
    return not unlisted and not stale


def still() -> bool:
    """Whether the files are those that were read: another result rests on what is no longer there."""
    changed = [
        file
        for file in (*CLAIMS.rglob("*.py"), *THEOREMS.rglob("*.py"))
        if digest_of.__wrapped__(file) != digest_of(file)
    ]
    if changed:
        print(f"\n{changed[0]} and perhaps others changed meanwhile: run again")
    return not changed


def main() -> None:
    """Try the mutants asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="mutants at once")
    parser.add_argument("--sample", type=int, metavar="N", help="of all only so many, the same each time")
    parser.add_argument("--anew", action="store_true", help="try again what a run before has settled")
    parser.add_argument("words", nargs="*", help="modules, functions (depth.growth), or mutants by their whole name")
    given = parser.parse_args()
    started = time.monotonic()
    for file in (*CLAIMS.rglob("*.py"), *THEOREMS.rglob("*.py")):
        digest_of(file)  # as they are now
    for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[threads] = "1"
    settle(*READY)
    jobs = [job for job in all_jobs() if not given.words or set(given.words) & {job.name, *within(job.scope)}]
    if given.sample is not None and given.sample < len(jobs):
        jobs = sorted(jobs, key=lambda job: hashlib.sha256(job.name.encode()).digest())[: given.sample]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TMPDIR"] = tempfile.tempdir = folder
        options = ("--effort", "reduced", "-o", f"verdicts_report=json:{folder}/verdicts.json")
        in_a_fork(lambda: learn_all(options, given.jobs))
        found = read_learnt()
        early = found.pop(COLLECTION)["lines"]
        learnt = {test: each for test, each in found.items() if is_known(each)}
        court = Court(
            "theorems", THEOREMS, clock=1800, memory=8 << 30, slower=10, quick=QUICK,
            tests=tests_of, run=partial(hold, learnt=learnt), hasty=False, options=options,
        )  # fmt: skip
        results = Results(RESULTS, partial(state, learnt, {job.name: job.path for job in jobs}), anew=given.anew)
        reach = Reach({test: (each["seconds"], each["lines"]) for test, each in learnt.items()}, results.before, court)
        print(f"{len(learnt)} tests in {sum(reach.seconds.values()):.0f} s, traced, reach theorems/", flush=True)
        jobs = [at_collection(job, early.get(job.path.stem, [])) for job in jobs]
        listed = reasons()
        print(f"{len(jobs)} mutants, {sum(map(results.wait_for, jobs))} of them to be tried", flush=True)
        trials(jobs, reach, results, given.jobs)
        again = [replace(job, patience=PATIENT) for job in jobs if results.ended[job.name].status == SURVIVED]
        again = [job for job in again if job.name not in listed]
        print(f"{len(again)} mutants once more, through slower cases", flush=True)
        trials(again, reach, results, given.jobs)
        true = report(jobs, results, reach, listed) and still()
    print(f"\n{time.monotonic() - started:.0f} s")
    sys.exit(0 if true else 1)


if __name__ == "__main__":
    main()
