"""Change the verdict core in every small way: each change must fail a test, or be listed as one that changes nothing.

    python tests/mutants/run.py [--jobs N] [--sample N] [--anew] [--tests FILE ...] [-- NAME ...]

The tests are collected once, and run once to learn which of them reach which lines. Then each mutant gets a process of
its own, forked from the one that collected: it takes the code of the changed function and runs the tests that reach it
until one fails, those first that noticed others in the same function, then the fastest. A change outside of functions
needs the module imported anew, and so all of pytest. Tests that start processes are left out: those would see no
mutant.

Each result is stored as soon as it is known (reports/latest/mutants.jsonl). A run that was cut short goes on from there
while neither the plugin nor a test changes; and what noticed a mutant before is tried first ever after.
"""

from __future__ import annotations

import argparse
import ast
import gc
import hashlib
import importlib
import json
import mmap
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import traceback
import types
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import coverage
import hypothesis
import pytest
from _pytest.runner import runtestprotocol

sys.path.insert(0, str(Path(__file__).parent))
from operators import Mutant, mutants

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "reports" / "verdicts"
NAMED: Final = Path(__file__).with_name("named.toml")
SURVIVORS: Final = Path(__file__).with_name("survivors.toml")
RESULTS: Final = ROOT / "reports" / "latest" / "mutants.jsonl"
LEARNT: Final = ROOT / "reports" / "latest" / "mutants.json"
CORE: Final = (
    "intervals", "statements", "evidence", "sources", "uncertain", "rounding", "algebra", "search", "bodies", "check",
    "cases", "runner", "gathering", "records", "ledger", "accepted", "baseline", "standing", "conditions", "merge",
    "journal",
)  # fmt: skip
"the modules that decide verdicts, gate and merge"
WORDING: Final = (
    "intervals.brief", "baseline.no_claim", "check.Check.curve", "accepted._shown", "cases.one_line", "runner.explain",
    "runner._ends", "runner._shown", "runner._said", "runner._first_line", "runner.Runner._against_baseline",
)  # fmt: skip
"functions of these that only say what was decided, or show it"
TESTS: Final = tuple(
    f"tests/verdicts/test_{name}.py"
    for name in (
        "intervals", "statements", "evidence", "rounding", "identity", "search", "check", "neighbour", "budget",
        "records", "ledger", "merge", "baseline", "journal", "gate", "completeness", "declarations", "misuse",
        "hazards", "second_paper", "cli", "uncertain", "conditions", "standing", "merge_order", "accepted", "seeds",
        "curves", "survival", "files",
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
CLOCK, MEMORY = 60, 2 << 30  # seconds and bytes after which a mutant counts as noticed
SLOWER = 3  # times as long as without a change, but traced, and a second: from there on a test has noticed
SURVIVED, KILLED, UNPATCHED = 0, 1, 77


@dataclass
class Job:
    """A mutant on trial."""

    name: str
    path: Path
    mutant: Mutant
    patience: float = QUICK

    @property
    def scope(self) -> str:
        """The function that it changes."""
        return self.name.partition(":")[0]


@dataclass
class Ended:
    """How a mutant ended."""

    status: int
    test: str
    "the last that ran"
    patience: float


class Reach:
    """What the tests do without any change, and what they noticed so far."""

    def __init__(self, learnt: dict[str, Any], before: dict[str, str]) -> None:
        self.seconds: dict[str, float] = {}
        self.lines: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for test, (seconds, lines) in learnt.items():
            self.seconds[test] = seconds
            for module, numbers in lines.items():
                for number in numbers:
                    self.lines[module][number].add(test)
        self.before = before
        self.noticed: dict[str, Counter[str]] = defaultdict(Counter)
        for name, test in before.items():
            self.count(name.partition(":")[0], test)

    def count(self, scope: str, test: str) -> None:
        """Remember what noticed a mutant."""
        self.noticed[scope][test] += 1
        self.noticed[scope.partition(".")[0]][test] += 1

    def tests(self, job: Job) -> list[str]:
        """The tests that may notice a mutant, the most promising first, as many as it is worth."""
        lines = self.lines[job.path.stem]
        own = f"/test_{job.path.stem}"
        if job.mutant.inside:
            near = {test for line in job.mutant.lines for test in lines.get(line, ())}
        else:
            near = {test for tests in lines.values() for test in tests}
        if not job.mutant.inside and job.patience == QUICK:  # to collect one file takes a tenth of the time of all
            near = {test for test in near if own in test} or near
        here, around = self.noticed[job.scope], self.noticed[job.path.stem]

        def price(test: str) -> tuple[bool, float, str]:
            promise = 1 + 500 * (own in test) + 40 * here[test] + around[test]
            return test != self.before.get(job.name), (self.seconds[test] + 0.005) / promise, test

        chosen, spent = [], 0.0
        for test in sorted(near & self.seconds.keys(), key=price):
            if spent > job.patience:
                break
            spent += self.seconds[test]
            chosen.append(test)
        return chosen


class Results:
    """What is known of each mutant, in a file that grows as it becomes known."""

    def __init__(self, path: Path, tests: Iterable[str], *, anew: bool) -> None:
        self.path = path
        self.core = digest(CORE_FILES)
        self.tests = digest(tests)
        self.ended: dict[str, Ended] = {}
        self.before: dict[str, str] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        known = {}
        for line in path.read_text(encoding="utf-8").splitlines():
            found = json.loads(line)
            known[found["mutant"]] = found | {"core": "" if anew else found["core"]}
        path.write_text("".join(json.dumps(found) + "\n" for found in known.values()), encoding="utf-8")
        self.read()

    def read(self) -> None:
        """Take over what is stored, by another process too."""
        for line in self.path.read_text(encoding="utf-8").splitlines():
            self._take(json.loads(line))

    def _take(self, found: dict[str, Any]) -> None:
        noticed = found["status"] not in (SURVIVED, UNPATCHED)
        if noticed and found["test"]:
            self.before[found["mutant"]] = found["test"]
        if found["core"] == self.core and found["by"] == self._digest(found["test"] if noticed else ""):
            self.ended[found["mutant"]] = Ended(found["status"], found["test"], found["patience"])

    def _digest(self, test: str) -> str:
        """Of the tests that a result is known from: of one file where that has noticed it."""
        return digest([test.partition("::")[0]]) if test else self.tests

    def add(self, job: Job, status: int, test: str) -> None:
        """Store how a mutant ended."""
        by = self._digest("" if status in (SURVIVED, UNPATCHED) else test)
        found = {"mutant": job.name, "status": status, "test": test, "patience": job.patience}
        found |= {"core": self.core, "by": by}
        self._take(found)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(found) + "\n")

    def wait_for(self, job: Job) -> bool:
        """Whether a mutant is still to be tried."""
        found = self.ended.get(job.name)
        if found is None:
            return True
        return found.status == UNPATCHED or (found.status == SURVIVED and found.patience < job.patience)


@cache
def digest_of(file: Path) -> bytes:
    """Of the text of a file."""
    return hashlib.sha256(file.read_bytes()).digest()


def digest(files: Iterable[str]) -> str:
    """Changes when one of some files does, named from the root."""
    return hashlib.sha256(b"".join(digest_of(ROOT / file) for file in sorted(files))).hexdigest()[:16]


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
        yield Job(f"{entry['module']}.named: {entry['what']}", path, Mutant(entry["what"], lines, inside, tree))


def read_jobs(words: list[str]) -> list[Job]:
    """Every mutant of the core, or those of the modules and functions named, or named themselves."""
    found = list(named())
    for module in CORE:
        path = PACKAGE / f"{module}.py"
        for mutant in mutants(path.read_text(encoding="utf-8")):
            name = f"{module}.{mutant.name}"
            if name.startswith(tuple(f"{wording}:" for wording in WORDING)):
                continue
            found.append(Job(name, path, mutant))
    return [job for job in found if not words or any(word in (job.name, *within(job.scope)) for word in words)]


def within(scope: str) -> list[str]:
    """A function, and all that it is in: "merge.module", "merge"."""
    parts = scope.split(".")
    return [".".join(parts[:number]) for number in range(1, len(parts) + 1)]


def try_all(
    jobs: Iterable[Job], child: Callable[[Job, mmap.mmap, int], None], reach: Reach, results: Results, at_once: int
) -> None:
    """See how each mutant ends, in a process of its own."""
    tests = list(reach.seconds)
    slots = mmap.mmap(-1, 4 * at_once)
    free = list(range(at_once))
    running: dict[int, tuple[Job, int]] = {}
    tried = survived = 0

    def reap() -> None:
        nonlocal tried, survived
        pid, status = os.wait()
        if pid not in running:
            return
        job, slot = running.pop(pid)
        shutil.rmtree(folder_of(pid), ignore_errors=True)
        free.append(slot)
        number = int.from_bytes(slots[4 * slot : 4 * slot + 4], "big")
        status, test = os.waitstatus_to_exitcode(status), tests[number - 1] if number else ""
        results.add(job, status, test)
        tried, survived = tried + 1, survived + (status == SURVIVED)
        if status not in (SURVIVED, UNPATCHED) and test:
            reach.count(job.scope, test)
        if tried % 250 == 0:
            print(f"{tried} tried, {survived} seem to survive", flush=True)

    for job in jobs:
        while not free:
            reap()
        slot = free.pop()
        slots[4 * slot : 4 * slot + 4] = bytes(4)
        pid = os.fork()
        if not pid:
            alone(lambda job=job, slot=slot: child(job, slots, slot))
        running[pid] = job, slot
    while running:
        reap()


def folder_of(process: int) -> Path:
    """Where a process that tries a mutant, and its tests, put their files."""
    return Path(tempfile.gettempdir()) / f"of-{process}"


def alone(child: Callable[[], None]) -> None:
    """Run the child silently, within limits, and end the process."""
    folder = folder_of(os.getpid())
    folder.mkdir()
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    signal.alarm(CLOCK)
    resource.setrlimit(resource.RLIMIT_CPU, (CLOCK, CLOCK))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    try:
        child()
    except BaseException:  # noqa: BLE001  however it ends, it must not go on as its parent would
        os._exit(KILLED)
    os._exit(SURVIVED)


def run_test(item: pytest.Item) -> bool:
    """Whether the test was run to its end; where it fails, the process ends."""
    REFUSED.clear()
    reports = runtestprotocol(item, log=False)
    if REFUSED:
        return False
    if any(report.failed for report in reports):
        print(*(report.longreprtext for report in reports), file=sys.stderr)
        os._exit(KILLED)
    return not any(report.skipped for report in reports)


def apart(items: Iterable[pytest.Item]) -> None:
    """Give the tests of this process folders that no other one uses."""
    for item in items:
        item.config._tmp_path_factory._basetemp = Path(tempfile.mkdtemp())
        return


def run_tests(tests: list[str], items: dict[str, pytest.Item], reach: Reach, slots: mmap.mmap, slot: int) -> None:
    """Run tests one after the other, and say which; the first that fails, or takes too long, ends the process."""
    numbers = {test: number for number, test in enumerate(reach.seconds, 1)}
    apart(items.values())
    for test in tests:
        if test in items:
            slots[4 * slot : 4 * slot + 4] = numbers[test].to_bytes(4, "big")
            signal.setitimer(signal.ITIMER_PROF, 1 + SLOWER * reach.seconds[test])
            run_test(items[test])
            signal.setitimer(signal.ITIMER_PROF, 0)


REFUSED: Final[list[str]] = []
"the processes that the test wanted to start"


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
            sys.exit(log.read_text(encoding="utf-8")[-5000:] + "\na test fails without any change")
    learnt: dict[str, Any] = {}
    for part in parts:
        for test, (seconds, lines) in json.loads(part.read_text(encoding="utf-8")).items():
            learnt.setdefault(test.partition("::")[0], {})[test] = seconds, lines
    path.write_text(json.dumps(learnt), encoding="utf-8")


def learn_of(items: list[pytest.Item], path: Path) -> None:
    """Store what some tests reach and how long they take."""
    apart(items)
    tracer = coverage.Coverage(data_file=None, include=[str(PACKAGE / "*.py")], config_file=False)
    seconds = {}
    tracer.start()
    for item in items:
        tracer.switch_context(item.nodeid)
        started = time.process_time()
        if run_test(item):
            seconds[item.nodeid] = time.process_time() - started
    tracer.stop()
    data = tracer.get_data()
    lines: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for name in data.measured_files():
        for line, tests in data.contexts_by_lineno(name).items():
            for test in tests:
                lines[test][Path(name).stem].append(line)
    path.write_text(json.dumps({test: (seconds[test], lines[test]) for test in seconds}), encoding="utf-8")


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
        for file in unknown:
            known[file] = {"state": core + digest([file]), "tests": found.get(file, {})}
        LEARNT.write_text(json.dumps(known), encoding="utf-8")
    return {test: facts for file in tests for test, facts in known[file]["tests"].items()}


def replace_code(job: Job, functions: list[types.FunctionType]) -> None:
    """Give the functions of a module the code of its mutant."""
    codes: dict[tuple[str, int], types.CodeType] = {}
    waiting = [compile(job.mutant.tree(), job.path, "exec")]
    while waiting:
        code = waiting.pop()
        codes[code.co_qualname, code.co_firstlineno] = code
        waiting += [const for const in code.co_consts if isinstance(const, types.CodeType)]
    for function in functions:
        code = function.__code__
        try:
            function.__code__ = codes[code.co_qualname, code.co_firstlineno]
        except (KeyError, ValueError):  # a function within another that no longer makes it, or makes it otherwise
            os._exit(UNPATCHED)


class Loop:
    """Takes pytest's place where it would run the tests that it collected."""

    def __init__(self, run: Callable[[pytest.Session], None], *, hasty: bool) -> None:
        self.run = run
        self.hasty = hasty

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run them our way."""
        if session.testsfailed:
            raise session.Failed("a test file cannot be collected")
        self.run(session)
        return True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> None:
        """End the process where a test fails, before anybody says why at length."""
        if self.hasty and not REFUSED and call.excinfo and not isinstance(call.excinfo.value, pytest.skip.Exception):
            os._exit(KILLED)


def pytest_with(run: Callable[[pytest.Session], None], tests: Iterable[str], *, hasty: bool = True) -> int:
    """Collect the tests and hand them over."""
    folder = tempfile.mkdtemp(dir=os.environ["TMPDIR"])
    options = ["-qs", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return pytest.main([*tests, *options, f"--basetemp={folder}"], plugins=[Loop(run, hasty=hasty)])


def in_a_fork(action: Callable[[], object]) -> None:
    """Act in a process of its own, so that this one stays without the modules on trial."""
    pid = os.fork()
    if pid:
        if os.waitpid(pid, 0)[1]:
            sys.exit(1)
        return
    in_the_end(action)


def in_the_end(action: Callable[[], object]) -> None:
    """Act, and end the process."""
    try:
        status = action()
    except BaseException:  # noqa: BLE001  as in `alone`
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    os._exit(int(bool(status)))


def warm(jobs: list[Job], reach: Reach, results: Results, at_once: int) -> int:
    """Try mutants of functions, each forked from a process that has collected the tests."""

    def run(session: pytest.Session) -> None:
        items = {item.nodeid: item for item in session.items}
        gc.unfreeze()  # the collector names nothing that is frozen
        functions: dict[str, list[types.FunctionType]] = defaultdict(list)
        for each in gc.get_objects():
            if isinstance(each, types.FunctionType):
                functions[each.__code__.co_filename].append(each)
        if unknown := {job.path.stem for job in jobs if not functions[str(job.path)]}:
            raise LookupError(f"no function is known of {', '.join(unknown)}: no mutant would be seen")
        gc.freeze()  # what children share is not to be copied

        def child(job: Job, slots: mmap.mmap, slot: int) -> None:
            replace_code(job, functions[str(job.path)])
            run_tests(reach.tests(job), items, reach, slots, slot)

        try_all(jobs, child, reach, results, at_once)

    return pytest_with(run, {test.partition("::")[0] for test in reach.seconds})


def cold(job: Job, reach: Reach, slots: mmap.mmap, slot: int) -> None:
    """Import the plugin with the mutant in it, collect the tests that reach its module, and run them."""

    class Changed(SourceFileLoader):
        def get_code(self, fullname: str) -> types.CodeType:
            return compile(job.mutant.tree(), self.get_filename(fullname), "exec")

    class Finder:
        @staticmethod
        def find_spec(fullname: str, *_: object) -> ModuleSpec | None:
            if fullname != f"verdicts.{job.path.stem}":
                return None
            return spec_from_file_location(fullname, job.path, loader=Changed(fullname, str(job.path)))

    sys.meta_path.insert(0, Finder)
    for name in ("plugin", job.path.stem):  # before pytest, whose own loader would come first
        importlib.import_module(f"verdicts.{name}")
    tests = reach.tests(job)

    def run(session: pytest.Session) -> None:
        run_tests(tests, {item.nodeid: item for item in session.items}, reach, slots, slot)

    if tests and pytest_with(run, sorted({test.split("::")[0] for test in tests})):
        os._exit(KILLED)


def trials(jobs: list[Job], reach: Reach, results: Results, at_once: int) -> None:
    """See how every mutant ends."""
    jobs = [job for job in jobs if results.wait_for(job)]
    if inside := [job for job in jobs if job.mutant.inside]:
        in_a_fork(lambda: warm(inside, reach, results, at_once))
        results.read()
    others = [job for job in jobs if results.wait_for(job)]
    try_all(others, lambda job, *place: cold(job, reach, *place), reach, results, at_once)


def settle() -> None:
    """What must not depend on the machine or on chance, and what is imported once for all."""
    hypothesis.settings.register_profile(
        "mutants",
        derandomize=True,
        database=None,
        deadline=None,
        phases=(hypothesis.Phase.explicit, hypothesis.Phase.generate),
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    hypothesis.settings.load_profile("mutants")
    for module in ("flint", "hypothesis.strategies", "jinja2", "jsonschema", "latex2mathml.converter", "msgspec"):
        importlib.import_module(module)
    sys.path[:0] = [str(ROOT / "reports"), str(ROOT)]
    os.chdir(ROOT)

    class OfTheSystem(subprocess.Popen):
        """Of what tests start only what is no Python; tests/warm.py makes its own kind of this one."""

        def __init__(self, args: Any, *rest: Any, **options: Any) -> None:
            if Path(args if isinstance(args, str) else args[0]).name not in ("git", "uname"):
                REFUSED.append(str(args))
                pytest.skip("a process of its own sees no mutant")
            super().__init__(args, *rest, **options)

    subprocess.Popen = OfTheSystem
    os.fsync = lambda _: None  # no test outlives a power cut


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
    settle()
    jobs = read_jobs(given.words)
    if given.sample is not None and given.sample < len(jobs):
        jobs = random.SystemRandom().sample(jobs, given.sample)
    entries = tomllib.loads(SURVIVORS.read_text(encoding="utf-8"))["survivor"]
    listed = {name: entry["reason"] for entry in entries for name in entry["mutants"]}
    if given.words or given.sample is not None:
        listed = {name: listed[name] for name in listed.keys() & {job.name for job in jobs}}
    results = Results(RESULTS, given.tests, anew=given.anew)
    with tempfile.TemporaryDirectory() as name:
        os.environ["TMPDIR"] = tempfile.tempdir = name
        reach = Reach(learnt_of(given.tests, results.core, given.jobs, Path(name)), results.before)
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
