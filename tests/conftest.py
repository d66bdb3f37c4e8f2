"""What coverage traces: this process and the workers of xdist, where they test the plugin.

A tracer doubles the time of whatever it watches. The tests of theorems/ are long computations whose every line is
held to an independent route, and processes that a test starts run code that tests reach in this process too.
"""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import warm

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

THEOREMS = Path(__file__).parent / "theorems"


def pytest_sessionstart(session: pytest.Session) -> None:
    """Keep what a test starts from being traced, once the workers are up."""
    if hasattr(session.config, "workerinput") or session.config.getoption("numprocesses", None) is None:
        os.environ.pop("COVERAGE_PROCESS_CONFIG", None)


def pytest_collection_finish() -> None:
    """Spare the garbage collector what lives as long as the run: all that was imported and collected."""
    gc.freeze()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Trace no test of theorems."""
    coverage = sys.modules.get("coverage")  # there where it traces
    tracer = coverage.Coverage.current() if coverage else None
    if tracer is None or not item.path.is_relative_to(THEOREMS):
        return (yield)
    tracer.stop()
    try:
        return (yield)
    finally:
        tracer.start()


@pytest.fixture(scope="session", autouse=True)
def _warm_starts() -> Iterator[None]:
    with warm.starts():
        yield
