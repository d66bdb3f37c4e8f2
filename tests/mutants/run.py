"""Change the verdict core in every small way: each change must fail a test, or be listed as one that changes nothing.

    python tests/mutants/run.py [--jobs N] [--sample N] [--anew] [--tests FILE ...] [-- NAME ...]

The tests are collected once, and run once to learn which of them reach which lines. Then each mutant is put through the
tests that reach it until one fails (trials.py). Tests that start processes are left out: those would see no mutant.

Each result is stored as soon as it is known (reports/latest/mutants.jsonl). A run that was cut short goes on from there
while neither the plugin nor a test changes; and what noticed a mutant before is tried first ever after.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import coverage

sys.path.insert(0, str(Path(__file__).parent))
from operators import Mutant, mutants
from trials import (
    ROOT,
    SURVIVED,
    Court,
    Ended,
    Job,
    Reach,
    Results,
    apart,
    digest,
    in_a_fork,
    in_the_end,
    pytest_with,
    settle,
    trials,
    tried,
    within,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import pytest

PACKAGE: Final = ROOT / "reports" / "verdicts"
NAMED: Final = Path(__file__).with_name("named.toml")
SURVIVORS: Final = Path(__file__).with_name("survivors.toml")
RESULTS: Final = ROOT / "reports" / "latest" / "mutants.jsonl"
LEARNT: Final = ROOT / "reports" / "latest" / "mutants.json"
CORE: Final = (
    "intervals", "statements", "evidence", "balls", "sources", "uncertain", "rounding", "algebra", "search", "draws",
    "bodies", "check", "contradictions", "cases", "runner", "gathering", "records", "ledger", "accepted", "baseline",
    "standing", "conditions", "merge", "journal", "forgetting",
)  # fmt: skip
"the modules that decide verdicts, gate and merge"
WORDING: Final = (
    "intervals.brief", "baseline.no_claim", "forgetting._near", "check.Check.curve", "accepted._shown",
    "cases.one_line", "runner.explain", "runner._ends", "runner._shown", "runner._said", "runner._first_line",
    "runner.Runner._against_baseline",
)  # fmt: skip
"functions of these that only say what was decided, or show it"
TESTS: Final = tuple(
    f"tests/verdicts/test_{name}.py"
    for name in (
        "intervals", "statements", "evidence", "rounding", "identity", "search", "check", "neighbour", "budget",
        "records", "ledger", "merge", "baseline", "journal", "gate", "completeness", "declarations", "misuse",
        "hazards", "second_paper", "cli", "uncertain", "conditions", "standing", "merge_order", "accepted", "runner",
        "curves", "survival", "files", "forgetting", "cases",
    )
)  # fmt: skip
CORE_FILES: Final = sorted(
    str(file.relative_to(ROOT))
    for file in (
        *PACKAGE.rglob("*.py"),
        *(file for file in (ROOT / "tests" / "verdicts").rglob("*.py") if not file.name.startswith("test_")),
        *Path(__file__).parent.glob("[on]*"),
        ROOT / "pyproject.toml",
    )
)
"what each result depends on"
QUICK, PATIENT = 5.0, 20.0  # seconds of tests, traced, that a mutant is put through, and one that seems to survive
COURT: Final = Court("verdicts", PACKAGE, clock=60, memory=2 << 30, slower=3, quick=QUICK, first=("verdicts.plugin",))
READY: Final = ("jinja2", "jsonschema", "latex2mathml.converter", "msgspec")
"what the tests import"


def named() -> Iterator[Job]:
    """The mutants that somebody wrote down."""
    for entry in tomllib.loads(NAMED.read_text(encoding="utf-8"))["mutant"]:
        path = PACKAGE / f"{entry['module']}.py"
        text = path.read_text(encoding="utf-8")
        before, *after = text.split(entry["old"])
        if len(after) != 1:
            sys.exit(f"{NAMED}: {entry['what']}: expected its old text once in {path}, found it {len(after)} times")
        first = before.count("\n") + 1
        lines = range(first, first + entry["old"].count("\n") + 1)
        functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
        inside = any(node.body[0].lineno <= first <= node.end_lineno for node in functions)
        tree = partial(ast.parse, before + entry["new"] + after[0])
        yield Job(f"{entry['module']}.named: {entry['what']}", path, Mutant(entry["what"], lines, inside, tree), QUICK)


def read_jobs(words: list[str]) -> list[Job]:
    """Every mutant of the core, or those of the modules and functions named, or named themselves."""
    found = list(named())
    for module in CORE:
        path = PACKAGE / f"{module}.py"
        for mutant in mutants(path.read_text(encoding="utf-8")):
            name = f"{module}.{mutant.name}"
            if name.startswith(tuple(f"{wording}:" for wording in WORDING)):
                continue
            found.append(Job(name, path, mutant, QUICK))
    return [job for job in found if not words or any(word in (job.name, *within(job.scope)) for word in words)]


def learn(session: pytest.Session, path: Path, at_once: int) -> None:
    """Run every test, in several processes, and store what each file of tests reaches and how long each test takes."""
    parts = [path.with_name(f"part{number}.json") for number in range(min(at_once, len(session.items)))]
    started = {}
    for number, part in enumerate(parts):
        if pid := os.fork():
            started[pid] = part.with_suffix(".log")
        else:
            said = os.open(part.with_suffix(".log"), os.O_WRONLY | os.O_CREAT)
            os.dup2(said, 1)
            os.dup2(said, 2)
            in_the_end(partial(learn_of, session.items[number :: len(parts)], part))
    for pid, log in started.items():
        if os.waitpid(pid, 0)[1]:
            sys.exit(log.read_text(encoding="utf-8")[-5000:])
    learnt: dict[str, Any] = {}
    failed: dict[str, str] = {}
    for part in parts:
        found = json.loads(part.read_text(encoding="utf-8"))
        failed |= found["failed"]
        for test, (seconds, lines) in found["tests"].items():
            learnt.setdefault(test.partition("::")[0], {})[test] = seconds, lines
    path.write_text(json.dumps({"tests": learnt, "failed": failed}), encoding="utf-8")


def learn_of(items: list[pytest.Item], path: Path) -> None:
    """Store what some tests reach and how long they take."""
    apart(items[0].config)
    tracer = coverage.Coverage(data_file=None, include=[str(PACKAGE / "*.py")], config_file=False)
    seconds = {}
    failed = {}
    tracer.start()
    for item in items:
        tracer.switch_context(item.nodeid)
        started = time.process_time()
        ended, said = tried(item)
        if said:
            failed[item.nodeid] = said
        elif ended:
            seconds[item.nodeid] = time.process_time() - started
    tracer.stop()
    data = tracer.get_data()
    lines: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for name in data.measured_files():
        for line, tests in data.contexts_by_lineno(name).items():
            for test in tests:
                lines[test][Path(name).stem].append(line)
    tests = {test: (seconds[test], lines[test]) for test in seconds}
    path.write_text(json.dumps({"tests": tests, "failed": failed}), encoding="utf-8")


def learnt_of(tests: Iterable[str], core: str, at_once: int, folder: Path) -> dict[str, Any]:
    """What each test takes and reaches, as far as it is not known from before."""
    try:
        known = json.loads(LEARNT.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    known = {file: found for file, found in known.items() if found["state"] == core + digest([file])}
    if unknown := [file for file in tests if file not in known]:
        path = folder / "learnt.json"
        in_a_fork(lambda: pytest_with(lambda session: learn(session, path, at_once), unknown, hasty=False))
        found = json.loads(path.read_text(encoding="utf-8"))
        fail = {test.partition("::")[0] for test in found["failed"]}
        for file in set(unknown) - fail:
            known[file] = {"state": core + digest([file]), "tests": found["tests"].get(file, {})}
        LEARNT.write_text(json.dumps(known), encoding="utf-8")
        if fail:
            sys.exit("\n".join([*found["failed"].values(), "fail without any change:", *found["failed"]]))
    return {test: facts for file in tests for test, facts in known[file]["tests"].items()}


def report(jobs: list[Job], ended: dict[str, Ended], listed: dict[str, str]) -> bool:
    """Say what survived; whether that is exactly what is listed."""
    alive = [job.name for job in jobs if ended[job.name].status == SURVIVED]
    for module in CORE:
        names = [job.name for job in jobs if job.path.stem == module]
        print(f"{module:12}{len(names):6} mutants{len(set(names) & set(alive)):6} survivors")
    unlisted, stale = [name for name in alive if name not in listed], sorted(listed.keys() - set(alive))
    for title, names in (("survive, and no reason is listed", unlisted), ("listed, but do not survive", stale)):
        print(f"\n{len(names)} {title}", *names, sep="\n  ")
    return not unlisted and not stale


def main() -> None:
    """Try the mutants asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="mutants at once")
    parser.add_argument("--sample", type=int, metavar="N", help="of all only so many, drawn at random")
    parser.add_argument("--anew", action="store_true", help="try again what a run before has settled")
    parser.add_argument("--tests", nargs="+", default=TESTS, metavar="FILE", help="in place of all")
    parser.add_argument("words", nargs="*", help="modules, functions (merge._single), or mutants by their whole name")
    given = parser.parse_args()
    started = time.monotonic()
    settle(*READY)
    jobs = read_jobs(given.words)
    if given.sample is not None and given.sample < len(jobs):
        jobs = random.SystemRandom().sample(jobs, given.sample)
    entries = tomllib.loads(SURVIVORS.read_text(encoding="utf-8"))["survivor"]
    listed = {name: entry["reason"] for entry in entries for name in entry["mutants"]}
    if given.words or given.sample is not None:
        listed = {name: listed[name] for name in listed.keys() & {job.name for job in jobs}}
    core, every = digest(CORE_FILES), digest(given.tests)

    def state(_: str, test: str) -> str:
        return core + (digest([test.partition("::")[0]]) if test else every)

    results = Results(RESULTS, state, anew=given.anew)
    with tempfile.TemporaryDirectory() as name:
        os.environ["TMPDIR"] = tempfile.tempdir = name
        reach = Reach(learnt_of(given.tests, core, given.jobs, Path(name)), results.before, COURT)
        print(f"{len(reach.seconds)} tests in {sum(reach.seconds.values()):.0f} s reach the core", flush=True)
        waiting = sum(map(results.wait_for, jobs))
        print(f"{len(jobs)} mutants, {waiting} of them to be tried", flush=True)
        trials(jobs, reach, results, given.jobs)
        again = [
            replace(job, patience=PATIENT)
            for job in jobs
            if results.ended[job.name].status == SURVIVED and job.name not in listed
        ]
        print(f"{len(again)} mutants once more, through slower tests", flush=True)
        trials(again, reach, results, given.jobs)
    true = report(jobs, results.ended, listed)
    print(f"\n{time.monotonic() - started:.0f} s")
    sys.exit(0 if true else 1)


if __name__ == "__main__":
    main()
