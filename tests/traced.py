"""The tests that coverage watches, so that it sees most of what the tests reach in a tenth of the time.

python -m tests.traced

A tracer doubles the time of whatever it watches. Three thousand tests reach the same lines again and again: some
hundred of them, well chosen, reach nearly all. This runs the tests once, all of them watched, in ten minutes, and
writes the chosen ones into traced.txt: in each step the test that adds the most branches for its time.
"""

from __future__ import annotations

import pkgutil
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from coverage import Coverage

TESTS = Path(__file__).parent
LIST = TESTS / "traced.txt"
NEVER = ("theorems", "test_packaging.py", "verdicts/test_two_hosts.py")
"long computations, each held to an independent route; and what `make test` does not run"
A_SECOND = 70
"new branches that are worth a second of a test"


class Watched(NamedTuple):
    """A test that was watched."""

    name: str
    seconds: float
    reached: int
    "the set of branches, as the bits of a number"


def listed() -> frozenset[str]:
    """The node ids of the chosen tests."""
    return frozenset(LIST.read_text(encoding="utf-8").splitlines())


def import_measured() -> None:
    """Import each module whose coverage is measured."""
    import verdicts

    import fixtures

    for package in fixtures, verdicts:
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__"):
                import_module(module.name)


class Watcher:
    """A plugin that watches each test by itself."""

    def __init__(self, coverage: Coverage) -> None:
        self.coverage = coverage
        self.tests: list[Watched] = []
        self.numbers: dict[tuple[str, int, int], int] = {}
        "by file, line and next line"

    def pytest_collection_finish(self) -> None:
        """Import first what is measured: no test is to be chosen for an import."""
        import_measured()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        """Watch what is the same each time and has a name of one line."""
        from hypothesis import is_hypothesis_test

        if is_hypothesis_test(getattr(item, "obj", None)) or item.nodeid.splitlines() != [item.nodeid]:
            return (yield)
        start = time.process_time()
        self.coverage.start()
        self.coverage.switch_context(item.nodeid)
        try:
            return (yield)
        finally:
            self.coverage.stop()
            self.tests.append(Watched(item.nodeid, time.process_time() - start, self._reached(item.nodeid)))

    def _reached(self, name: str) -> int:
        data = self.coverage.get_data()
        data.set_query_context(name)
        reached = 0
        for file in data.measured_files():
            for start, end in data.arcs(file) or ():
                reached |= 1 << self.numbers.setdefault((file, start, end), len(self.numbers))
        return reached


def chosen(tests: Iterable[Watched]) -> list[str]:
    """The names of those that add the most for their time, until none adds enough."""
    names, known, left = [], 0, list(tests)
    while left:
        new = {test: (test.reached & ~known).bit_count() for test in left}
        best = max(left, key=lambda test: new[test] / test.seconds)
        if new[best] <= A_SECOND * best.seconds:
            break
        names.append(best.name)
        known |= best.reached
        left = [test for test in left if new[test] and test is not best]
    return names


def main() -> int:
    """Watch the tests and write the list; the status is that of pytest."""
    from coverage import Coverage

    coverage = Coverage(data_file=None, branch=True, source_pkgs=["verdicts", "fixtures"], config_file=False)
    coverage.set_option("run:disable_warnings", ["module-not-measured"])  # it is imported before
    watcher = Watcher(coverage)
    words = [str(TESTS), "-q", "-m", "not long", *(f"--ignore={TESTS / name}" for name in NEVER)]
    if not (status := pytest.main(words, plugins=[watcher])):
        LIST.write_text("".join(f"{name}\n" for name in sorted(chosen(watcher.tests))), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
