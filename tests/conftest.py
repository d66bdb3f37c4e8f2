"""How much of a test run is spent on what: on examples that hypothesis draws, and on the tracer of coverage.

The tracer watches the import of what is measured, then the tests that traced.txt lists, in this process or in the
workers of xdist, and nothing else; tests/traced.py says why, and makes the list. What is not watched counts as not
reached: the share that is reported is at most too low.
"""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from tests import traced, warm

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

TRACED = traced.listed()
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
        if not session.config.pluginmanager.has_plugin("dsession"):
            traced.import_measured()
        tracer.stop()
        TRACER.append(tracer)
    return (yield)


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over all that was imported and collected, which stays."""
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Trace the tests that are listed."""
    tracers = TRACER if item.nodeid in TRACED else ()
    for tracer in tracers:
        tracer.start()
    try:
        return (yield)
    finally:
        for tracer in tracers:
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
