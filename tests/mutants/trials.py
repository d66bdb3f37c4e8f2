"""Mutants on trial, each in a process of its own, against what pytest has collected, whoever judges them.

The process of a mutant is forked from the one that collected: it takes the code of the changed function and runs the
tests that reach it until one notices, those first that noticed others in the same function, then the fastest. A change
outside of functions needs the module imported anew, and so all of pytest.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import json
import mmap
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import traceback
import types
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cache
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import hypothesis
import pytest
from _pytest.runner import runtestprotocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from operators import Mutant

ROOT: Final = Path(__file__).parents[2]
SURVIVED, KILLED, UNPATCHED = 0, 1, 77
REFUSED: Final[list[str]] = []
"the processes that the test wanted to start"


@dataclass
class Job:
    """A mutant on trial."""

    name: str
    path: Path
    mutant: Mutant
    patience: float
    "seconds of tests that it is put through"

    @property
    def scope(self) -> str:
        """The function that it changes."""
        return self.name.partition(":")[0]


def within(scope: str) -> list[str]:
    """A function, and all that it is in: "merge.module", "merge"."""
    parts = scope.split(".")
    return [".".join(parts[:number]) for number in range(1, len(parts) + 1)]


@dataclass
class Ended:
    """How a mutant ended."""

    status: int
    test: str
    "the last that ran"
    patience: float


def run_test(item: pytest.Item) -> bool:
    """Whether the test was run to its end; where it fails, the process ends."""
    ended, said = tried(item)
    if said:
        print(said, file=sys.stderr)
        os._exit(KILLED)
    return ended


def tried(item: pytest.Item) -> tuple[bool, str]:
    """Whether the test was run to its end, and what it says where it fails."""
    REFUSED.clear()
    reports = runtestprotocol(item, log=False)
    failed = [report.longreprtext for report in reports if report.failed]
    return not REFUSED and not any(report.skipped for report in reports), "" if REFUSED else "\n".join(failed)


def by_name(session: pytest.Session) -> dict[str, pytest.Item]:
    """Each test alone."""
    return {item.nodeid: item for item in session.items}


@dataclass(frozen=True)
class Court:
    """Who judges the mutants, and within which limits."""

    package: str
    "of the modules that change"
    root: Path
    "its folder"
    clock: int
    "seconds, and below it bytes, after which a mutant counts as noticed"
    memory: int
    slower: float
    "times as long as without a change, and a second: from there on a test has noticed"
    quick: float
    "seconds of tests, traced, that a mutant is put through at first"
    tests: Callable[[pytest.Session], dict[str, Any]] = by_name
    "what can be run, by names that begin with the file"
    run: Callable[[Any], object] = run_test
    "runs one of them, and ends the process where it notices"
    hasty: bool = True
    "whether whatever fails has noticed"
    first: tuple[str, ...] = ()
    "modules to import before pytest, whose own loader would come first"
    options: tuple[str, ...] = ()
    "of pytest"

    def module(self, path: Path) -> str:
        """The name that a file is imported by."""
        return ".".join((self.package, *path.relative_to(self.root).with_suffix("").parts))


class Reach:
    """What the tests do without any change, and what they noticed so far."""

    def __init__(self, learnt: dict[str, Any], before: dict[str, str], court: Court) -> None:
        self.seconds: dict[str, float] = {}
        self.lines: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
        for test, (seconds, lines) in learnt.items():
            self.seconds[test] = seconds
            for module, numbers in lines.items():
                for number in numbers:
                    self.lines[module][number].add(test)
        self.before = before
        self.court = court
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
        if (
            not job.mutant.inside and job.patience == self.court.quick
        ):  # to collect one file takes a tenth of the time of all
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
    """What is known of each mutant, in a file that grows as it becomes known.

    `state(mutant, test)` says by a digest what a result rests on: on the test that noticed, on all where that is "".
    """

    def __init__(self, path: Path, state: Callable[[str, str], str], *, anew: bool) -> None:
        self.path = path
        self.state = state
        self.ended: dict[str, Ended] = {}
        self.before: dict[str, str] = {}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        known = {}
        for line in path.read_text(encoding="utf-8").splitlines():
            found = json.loads(line)
            known[found["mutant"]] = found | ({"state": ""} if anew else {})
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
        if found["state"] == self.state(found["mutant"], found["test"] if noticed else ""):
            self.ended[found["mutant"]] = Ended(found["status"], found["test"], found["patience"])

    def add(self, job: Job, status: int, test: str) -> None:
        """Store how a mutant ended."""
        state = self.state(job.name, "" if status in (SURVIVED, UNPATCHED) else test)
        found = {"mutant": job.name, "status": status, "test": test, "patience": job.patience, "state": state}
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
    """Of the text of a file, of none where it is gone."""
    return hashlib.sha256(file.read_bytes() if file.exists() else b"").digest()


def digest(files: Iterable[str]) -> str:
    """Changes when one of some files does, named from the root."""
    return hashlib.sha256(b"".join(digest_of(ROOT / file) for file in sorted(files))).hexdigest()[:16]


def try_all(
    jobs: Iterable[Job], child: Callable[[Job, memoryview], None], reach: Reach, results: Results, at_once: int
) -> None:
    """See how each mutant ends, in a process of its own."""
    tests = list(reach.seconds)
    shared = memoryview(mmap.mmap(-1, 4 * at_once))  # each child says there which test it runs
    slots = [shared[4 * slot : 4 * slot + 4] for slot in range(at_once)]
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
        number = int.from_bytes(slots[slot], "big")
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
        slots[slot][:] = bytes(4)
        pid = os.fork()
        if not pid:
            alone(lambda job=job, slot=slot: child(job, slots[slot]), reach.court)
        running[pid] = job, slot
    while running:
        reap()


def folder_of(process: int) -> Path:
    """Where a process that tries a mutant, and its tests, put their files."""
    return Path(tempfile.gettempdir()) / f"of-{process}"


def alone(child: Callable[[], None], court: Court) -> None:
    """Run the child silently, within limits, and end the process."""
    folder = folder_of(os.getpid())
    folder.mkdir()
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    signal.alarm(court.clock)
    resource.setrlimit(resource.RLIMIT_CPU, (court.clock, court.clock))
    resource.setrlimit(resource.RLIMIT_AS, (court.memory, court.memory))
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    try:
        child()
    except BaseException:  # noqa: BLE001  however it ends, it must not go on as its parent would
        os._exit(KILLED)
    os._exit(SURVIVED)


def apart(config: pytest.Config) -> None:
    """Give the tests of this process folders that no other one uses."""
    config._tmp_path_factory._basetemp = Path(tempfile.mkdtemp())


def run_tests(job: Job, session: pytest.Session, reach: Reach, slot: memoryview) -> None:
    """Run tests one after the other, and say which; the first that notices, or takes too long, ends the process."""
    numbers = {test: number for number, test in enumerate(reach.seconds, 1)}
    items = reach.court.tests(session)
    apart(session.config)
    for test in reach.tests(job):
        slot[:] = numbers[test].to_bytes(4, "big")
        if test not in items:  # the mutant has changed what there is to be tested
            os._exit(KILLED)
        signal.setitimer(signal.ITIMER_PROF, 1 + reach.court.slower * reach.seconds[test])
        reach.court.run(items[test])
        signal.setitimer(signal.ITIMER_PROF, 0)


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
    """Takes pytest's place where it would run the tests that it collected, and ends the process after that."""

    def __init__(self, run: Callable[[pytest.Session], None], *, hasty: bool) -> None:
        self.run = run
        self.hasty = hasty

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Run them our way."""
        if session.testsfailed:
            raise session.Failed("a test file cannot be collected")
        self.run(session)
        sys.stdout.flush()
        os._exit(0)  # before plugins report on a run that was none

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, call: pytest.CallInfo[None]) -> None:
        """End the process where a test fails, before anybody says why at length."""
        if self.hasty and not REFUSED and call.excinfo and not isinstance(call.excinfo.value, pytest.skip.Exception):
            os._exit(KILLED)


def pytest_with(
    run: Callable[[pytest.Session], None], tests: Iterable[str], options: Iterable[str] = (), *, hasty: bool = True
) -> int:
    """Collect the tests and hand them over."""
    folder = tempfile.mkdtemp(dir=os.environ["TMPDIR"])
    ours = ["-qs", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return pytest.main([*tests, *options, *ours, f"--basetemp={folder}"], plugins=[Loop(run, hasty=hasty)])


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
        for path in {job.path for job in jobs}:  # tests import some only as they run
            importlib.import_module(reach.court.module(path))
        gc.unfreeze()  # the collector names nothing that is frozen
        functions: dict[str, list[types.FunctionType]] = defaultdict(list)
        for each in gc.get_objects():
            if isinstance(each, types.FunctionType):
                functions[each.__code__.co_filename].append(each)
        if unknown := {job.path.stem for job in jobs if not functions[str(job.path)]}:
            raise LookupError(f"no function is known of {', '.join(unknown)}: no mutant would be seen")
        gc.freeze()  # what children share is not to be copied

        def child(job: Job, slot: memoryview) -> None:
            replace_code(job, functions[str(job.path)])
            run_tests(job, session, reach, slot)

        try_all(jobs, child, reach, results, at_once)

    files = {test.partition("::")[0] for test in reach.seconds}
    return pytest_with(run, files, reach.court.options, hasty=reach.court.hasty)


def cold(job: Job, reach: Reach, slot: memoryview) -> None:
    """Import the package with the mutant in it, collect the tests that reach its module, and run them."""
    court = reach.court

    class Changed(SourceFileLoader):
        def get_code(self, fullname: str) -> types.CodeType:
            return compile(job.mutant.tree(), self.get_filename(fullname), "exec")

    class Finder:
        @staticmethod
        def find_spec(fullname: str, *_: object) -> ModuleSpec | None:
            if fullname != court.module(job.path):
                return None
            return spec_from_file_location(fullname, job.path, loader=Changed(fullname, str(job.path)))

    sys.meta_path.insert(0, Finder)
    for name in (*court.first, court.module(job.path)):
        importlib.import_module(name)
    tests = reach.tests(job)

    def run(session: pytest.Session) -> None:
        run_tests(job, session, reach, slot)

    files = sorted({test.split("::")[0] for test in tests})
    if files and pytest_with(run, files, court.options, hasty=court.hasty):
        os._exit(KILLED)


def trials(jobs: list[Job], reach: Reach, results: Results, at_once: int) -> None:
    """See how every mutant ends."""
    jobs = [job for job in jobs if results.wait_for(job)]
    if inside := [job for job in jobs if job.mutant.inside]:
        in_a_fork(lambda: warm(inside, reach, results, at_once))
        results.read()
    others = [job for job in jobs if results.wait_for(job)]
    try_all(others, lambda job, slot: cold(job, reach, slot), reach, results, at_once)


def settle(*modules: str) -> None:
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
    for module in ("flint", "hypothesis.strategies", *modules):
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
