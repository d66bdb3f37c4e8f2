"""Change the verdict core in every small way: each change must fail a test, or be listed as one that changes nothing.

    python tests/mutants/run.py [--jobs N] [PART OF A NAME ...]

The tests are collected once, and run once to learn which of them reach which lines. Then each mutant gets a process of
its own, forked from the one that collected: it takes the code of the changed function and runs the tests that reach it,
the fastest first, until one fails. A change outside of functions needs the module imported anew, and so all of pytest.
Tests that start processes are left out: those would see no mutant.
"""

from __future__ import annotations

import argparse
import gc
import importlib
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
import traceback
import types
from dataclasses import dataclass, replace
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
    from collections.abc import Callable, Iterable

ROOT: Final = Path(__file__).parents[2]
PACKAGE: Final = ROOT / "reports" / "verdicts"
SURVIVORS: Final = Path(__file__).with_name("survivors.toml")
CORE: Final = (
    "intervals", "statements", "evidence", "sources", "rounding", "algebra", "search", "check",
    "records", "ledger", "merge", "baseline", "standing", "journal",
)  # fmt: skip
TESTS: Final = tuple(
    f"tests/verdicts/test_{name}.py"
    for name in (
        "intervals", "statements", "evidence", "rounding", "identity", "search", "check",
        "records", "ledger", "merge", "baseline", "journal", "gate", "completeness",
    )
)  # fmt: skip
QUICK, PATIENT = 2.0, 60.0  # seconds of tests that a mutant is put through, and one that seems to survive
CLOCK, MEMORY = 120, 2 << 30  # seconds and bytes after which a mutant counts as noticed
SURVIVED, KILLED, UNPATCHED = 0, 1, 77


@dataclass
class Job:
    """A mutant on trial."""

    name: str
    path: Path
    mutant: Mutant
    patience: float = QUICK


@dataclass
class Reach:
    """What the tests do without any change."""

    seconds: dict[str, float]
    lines: dict[str, dict[str, list[str]]]
    "by file and line: the tests that run it"

    def tests(self, job: Job) -> list[str]:
        """The tests that may notice a mutant, the fastest first, as many as it is worth."""
        lines = self.lines.get(str(job.path), {})
        if job.mutant.inside:
            near = {test for line in job.mutant.lines for test in lines.get(str(line), ())}
        else:
            near = {test for tests in lines.values() for test in tests}
        if not job.mutant.inside and job.patience == QUICK:  # to collect one file takes a tenth of the time of all
            near = {test for test in near if f"/test_{job.path.stem}.py" in test} or near
        chosen, spent = [], 0.0
        for test in sorted(near & self.seconds.keys(), key=lambda test: (self.seconds[test], test)):
            if spent > job.patience:
                break
            spent += self.seconds[test]
            chosen.append(test)
        return chosen


def read_jobs(words: list[str]) -> list[Job]:
    """Every mutant of the core, or those whose names contain one of the words."""
    found = []
    for module in CORE:
        path = PACKAGE / f"{module}.py"
        for mutant in mutants(path.read_text(encoding="utf-8")):
            name = f"{module}.{mutant.name}"
            if not words or any(word in name for word in words):
                found.append(Job(name, path, mutant))
    return found


def try_all(jobs: Iterable[Job], child: Callable[[Job], None], at_once: int) -> dict[str, int]:
    """How each mutant ended, in a process of its own."""
    running: dict[int, str] = {}
    ended: dict[str, int] = {}

    def reap() -> None:
        pid, status = os.wait()
        if pid in running:
            ended[running.pop(pid)] = os.waitstatus_to_exitcode(status)
            if len(ended) % 250 == 0:
                print(f"{len(ended)} tried, {list(ended.values()).count(SURVIVED)} seem to survive", flush=True)

    for job in jobs:
        while len(running) >= at_once:
            reap()
        pid = os.fork()
        if not pid:
            alone(child, job)
        running[pid] = job.name
    while running:
        reap()
    return ended


def alone(child: Callable[[Job], None], job: Job) -> None:
    """Run the child silently, within limits, and end the process."""
    signal.alarm(CLOCK)
    work = int(5 + 3 * job.patience)  # seconds; a change may well make a loop endless
    resource.setrlimit(resource.RLIMIT_CPU, (work, work))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    try:
        child(job)
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
        if not item.config.stash.get(SILENT, default=True):
            print(*(report.longreprtext for report in reports), file=sys.stderr)
        os._exit(KILLED)
    return not any(report.skipped for report in reports)


SILENT: Final = pytest.StashKey[bool]()
REFUSED: Final[list[str]] = []
"the processes that the test wanted to start"


def learn(session: pytest.Session, path: Path) -> None:
    """Run every test, and store what each reaches and how long it takes."""
    session.config.stash[SILENT] = False
    tracer = coverage.Coverage(data_file=None, include=[str(PACKAGE / "*.py")], config_file=False)
    seconds = {}
    tracer.start()
    for item in session.items:
        tracer.switch_context(item.nodeid)
        started = time.process_time()
        if run_test(item):
            seconds[item.nodeid] = time.process_time() - started
    tracer.stop()
    data = tracer.get_data()
    lines = {name: data.contexts_by_lineno(name) for name in data.measured_files()}
    path.write_text(json.dumps([seconds, lines]), encoding="utf-8")


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
        if code.co_filename == str(job.path):
            try:
                function.__code__ = codes[code.co_qualname, code.co_firstlineno]
            except (KeyError, ValueError):  # a function within another that no longer makes it, or makes it otherwise
                os._exit(UNPATCHED)


class Loop:
    """Takes pytest's place where it would run the tests that it collected."""

    def __init__(self, run: Callable[[pytest.Session], None]) -> None:
        self.run = run

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Run them our way."""
        if session.testsfailed:
            raise session.Failed("a test file cannot be collected")
        self.run(session)
        return True


def pytest_with(run: Callable[[pytest.Session], None], tests: Iterable[str] = TESTS) -> int:
    """Collect the tests and hand them over."""
    folder = tempfile.mkdtemp(dir=os.environ["TMPDIR"])
    options = ["-qs", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    return pytest.main([*tests, *options, f"--basetemp={folder}"], plugins=[Loop(run)])


def in_a_fork(action: Callable[[], object]) -> None:
    """Act in a process of its own, so that this one stays without the modules on trial."""
    pid = os.fork()
    if pid:
        if os.waitpid(pid, 0)[1]:
            sys.exit("the tests fail without any change")
        return
    try:
        status = action()
    except BaseException:  # noqa: BLE001  as in `alone`
        traceback.print_exc()
        status = 1
    sys.stdout.flush()
    os._exit(int(bool(status)))


def warm(jobs: list[Job], reach: Reach, at_once: int, path: Path) -> int:
    """Try mutants of functions, each forked from a process that has collected the tests."""

    def run(session: pytest.Session) -> None:
        items = {item.nodeid: item for item in session.items}
        functions = [each for each in gc.get_objects() if isinstance(each, types.FunctionType)]

        gc.freeze()  # what children share is not to be copied

        def child(job: Job) -> None:
            replace_code(job, functions)
            for test in reach.tests(job):
                run_test(items[test])

        path.write_text(json.dumps(try_all(jobs, child, at_once)), encoding="utf-8")

    return pytest_with(run)


def cold(job: Job, reach: Reach) -> None:
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
    importlib.import_module("verdicts.plugin")  # before pytest, whose own loader would come first
    tests = reach.tests(job)

    def run(session: pytest.Session) -> None:
        items = {item.nodeid: item for item in session.items}
        for test in tests:
            if test in items:
                run_test(items[test])

    if tests and pytest_with(run, sorted({test.split("::")[0] for test in tests})):
        os._exit(KILLED)


def trials(jobs: list[Job], reach: Reach, at_once: int, folder: Path) -> dict[str, int]:
    """How every mutant ended."""
    ended: dict[str, int] = {}
    if inside := [job for job in jobs if job.mutant.inside]:
        in_a_fork(lambda: warm(inside, reach, at_once, folder / "ended.json"))
        ended = json.loads((folder / "ended.json").read_text(encoding="utf-8"))
    others = [job for job in jobs if ended.get(job.name, UNPATCHED) == UNPATCHED]
    return ended | try_all(others, lambda job: cold(job, reach), at_once)


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
        def __init__(self, args: Any, *rest: Any, **options: Any) -> None:
            if Path(args if isinstance(args, str) else args[0]).name not in ("git", "uname"):
                REFUSED.append(str(args))
                pytest.skip("a process of its own sees no mutant")
            super().__init__(args, *rest, **options)

    subprocess.Popen = OfTheSystem
    os.fsync = lambda _: None  # no test outlives a power cut


def report(jobs: list[Job], ended: dict[str, int], listed: dict[str, str]) -> bool:
    """Say what survived; whether that is exactly what is listed."""
    alive = [job.name for job in jobs if ended[job.name] == SURVIVED]
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
    parser.add_argument("words", nargs="*", help="parts of names of mutants")
    given = parser.parse_args()
    started = time.monotonic()
    settle()
    jobs = read_jobs(given.words)
    entries = tomllib.loads(SURVIVORS.read_text(encoding="utf-8"))["survivor"]
    listed = {name: entry["reason"] for entry in entries for name in entry["mutants"]}
    if given.words:
        listed = {name: listed[name] for name in listed.keys() & {job.name for job in jobs}}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.environ["TMPDIR"] = tempfile.tempdir = name
        in_a_fork(lambda: pytest_with(lambda session: learn(session, folder / "reach.json")))
        reach = Reach(*json.loads((folder / "reach.json").read_text(encoding="utf-8")))
        print(f"{len(reach.seconds)} tests in {sum(reach.seconds.values()):.0f} s reach the core", flush=True)
        ended = trials(jobs, reach, given.jobs, folder)
        again = [replace(job, patience=PATIENT) for job in jobs if not ended[job.name] and job.name not in listed]
        print(f"{len(again)} of {len(jobs)} mutants again, through slower tests", flush=True)
        ended |= trials(again, reach, given.jobs, folder)
    true = report(jobs, ended, listed)
    print(f"\n{time.monotonic() - started:.0f} s")
    sys.exit(0 if true else 1)


if __name__ == "__main__":
    main()
