"""How much of a test run is spent on what: on examples that hypothesis draws, and on the tracer of coverage.

A tracer doubles the time of whatever it watches, and takes longer to be set going than most tests. It watches the
import of what is measured and the first case of each test, in this process or in the workers of xdist; of the tests
that run pytest only every third, since they all reach most of the plugin; not those on many examples, which reach what
others reach; not the tests of theorems/, which are long computations whose every line is held to an independent route,
and not the processes that tests start, whose code others reach in this process. What is not watched counts as not
reached: the share that is reported is at most too low.
"""

from __future__ import annotations

import gc
import os
import pkgutil
import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

import pytest
import verdicts
from hypothesis import is_hypothesis_test, settings

import fixtures
from tests import warm

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

THEOREMS = Path(__file__).parent / "theorems"
SEEN: set[str] = set()
"the tests of which a case has run"
TRACER: list[Any] = []
"coverage, once it rests and is set going for some tests only"
RARELY = 1_000_000
"new objects until the garbage collector looks at them; by its own choice it takes a tenth of the time of a run"

SPOKEN_OF = ("CI", "BUILD_NUMBER", "PYTEST_ADDOPTS", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "PY_COLORS")
"variables that change what pytest says"

settings.register_profile("tests", max_examples=10, deadline=None)  # other examples each time
settings.register_profile("long", max_examples=50, deadline=None)
if settings.get_current_profile_name() in ("default", "ci"):
    settings.load_profile("tests")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark of what `make test-long` runs and `make test` does not; seldom look for garbage."""
    gc.set_threshold(RARELY)
    config.addinivalue_line(
        "markers",
        "long: takes seconds by nature: real processes, whole models, laws by simulation, a browser at length",
    )


def pytest_sessionstart(session: pytest.Session) -> None:
    """Keep what a test starts from being traced, once the workers are up."""
    if hasattr(session.config, "workerinput") or session.config.getoption("numprocesses", None) is None:
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Import what is measured where tests will run, then let the tracer rest."""
    coverage = sys.modules.get("coverage")
    if tracer := coverage and coverage.Coverage.current():
        for package in () if session.config.pluginmanager.has_plugin("dsession") else (fixtures, verdicts):
            for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
                if not module.name.endswith("__main__"):
                    import_module(module.name)
        tracer.stop()
        TRACER.append(tracer)
    return (yield)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over all that was imported and collected, which stays."""
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Trace the first case of each test, of those that run pytest every third, none of theorems or on examples."""
    test = item.nodeid.partition("[")[0]
    chosen = "pytester" not in item.fixturenames or crc32(test.encode()) % 3 == 0
    chosen = chosen and not is_hypothesis_test(getattr(item, "obj", None))
    traced = chosen and test not in SEEN and not item.path.is_relative_to(THEOREMS)
    SEEN.add(test)
    for tracer in TRACER * traced:
        tracer.start()
    try:
        return (yield)
    finally:
        for tracer in TRACER * traced:
            tracer.stop()


@pytest.fixture(scope="session", autouse=True)
def _any_host() -> Iterator[None]:
    """Keep from the tests, and from what they start, what makes pytest speak otherwise on a host of CI."""
    with pytest.MonkeyPatch.context() as patch:
        for name in SPOKEN_OF:
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def _warm_starts(_any_host: None) -> Iterator[None]:
    with warm.starts():
        yield
