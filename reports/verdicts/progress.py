"""How far a run is, and how long it will still take, by what its cases took the last time."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, Final

from verdicts.views.plain import clip

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    import pytest

EVERY: Final = 15.0
"seconds between two lines"
SHORTEST: Final = 5.0
"seconds that must still be to come for a line to be worth it"
SLOWEST: Final = 5.0
"how many times slower, or faster, than the last time a run is believed to be"
MOST_NAMED: Final = 2
"long cases that one line names"


class Estimate:
    """What is left of a run.

    Attributes:
        expected: seconds of each case to come, by node id.
        workers: processes that share them.
    """

    def __init__(self, expected: Mapping[str, float], workers: int) -> None:
        self.expected = dict(expected)
        self.workers = workers
        self.running: dict[str, float] = {}
        "when each of them began"
        self.finished: set[str] = set()
        self._took = self._foreseen = 0.0

    def begin(self, node: str, now: float) -> None:
        """A case begins."""
        self.running.setdefault(node, now)

    def finish(self, node: str, now: float) -> None:
        """A case has ended."""
        begun = self.running.pop(node, None)
        if begun is not None and node in self.expected and node not in self.finished:
            self._took += now - begun
            self._foreseen += self.expected[node]
        self.finished.add(node)

    def left(self, now: float) -> float:
        """Seconds until the end: all that is to come, shared out, and no less than the longest of it."""
        pace = min(max(self._took / self._foreseen, 1 / SLOWEST), SLOWEST) if self._foreseen > 1 else 1.0
        rest = {
            node: max(pace * seconds - (now - self.running.get(node, now)), 0.0)
            for node, seconds in self.expected.items()
            if node not in self.finished
        }
        return max(sum(rest.values()) / self.workers, *rest.values(), 0.0) if rest else 0.0

    def line(self, now: float) -> str:
        """The state in words."""
        done = len(self.finished & self.expected.keys())
        words = f"{done:,} of {len(self.expected):,} cases, about {duration(self.left(now))} left"
        long = sorted((begun, node) for node, begun in self.running.items() if now - begun >= SHORTEST)
        named = [f"{clip(node.rpartition('::')[2], 40)} for {duration(now - begun)}" for begun, node in long]
        return f"{words}; running: {', '.join(named[:MOST_NAMED])}" if named else words


class Progress:
    """Hooks of the process that the user started: tells from time to time how far the run is."""

    def __init__(self, config: pytest.Config, controller: Any, clock: Callable[[], float] = time.monotonic) -> None:
        self.config = config
        self.controller = controller
        self.clock = clock
        self.told = clock()
        self.estimate: Estimate | None = None

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A case begins, in whichever process."""
        if self.estimate is None:
            self.estimate = Estimate(self._expected(), self.controller.workers or 1)
            self.told = self.clock()
        self.estimate.begin(nodeid, self.clock())
        self._tell(self.estimate)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """A case has ended."""
        if self.estimate is not None:
            self.estimate.finish(nodeid, self.clock())
            self._tell(self.estimate)

    def _tell(self, estimate: Estimate) -> None:
        now = self.clock()
        if now - self.told < EVERY or self.config.option.verbose < 0:
            return
        self.told = now
        if estimate.left(now) < SHORTEST:
            return
        if reporter := self.config.pluginmanager.get_plugin("terminalreporter"):
            reporter.ensure_newline()
            writer = self.config.get_terminal_writer()
            if writer.width_of_current_line:  # of letters that workers wrote, which the reporter does not count
                writer.line()
            reporter.write_line(estimate.line(now))

    def _expected(self) -> dict[str, float]:
        """Seconds by node id: as the last ledger has them, and for what it does not know the mean of what it does."""
        known = seconds_of(self.controller.output.latest / "verdicts.json")
        cases = [
            (claim["id"], case) for claim in self.controller.catalogue.get("claims", ()) for case in claim["cases"]
        ]
        usual = sum(known.values()) / len(known) if known else 0.0
        return {case["node"]: known.get((id, case["id"]), usual) for id, case in cases if not case["left_out"]}


def seconds_of(ledger: Path) -> dict[tuple[str, str], float]:
    """What each case that ran took, by claim id and case id, in a ledger; nothing where there is none to be read."""
    try:
        claims = json.loads(ledger.read_bytes())["claims"]
        return {
            (claim["id"], case["id"]): float(case["seconds"])
            for claim in claims
            for case in claim["cases"]
            if case["verdict"] != "not run"
        }
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return {}


def duration(seconds: float) -> str:
    """A duration in words that are no more exact than an estimate is."""
    if seconds < 60:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{seconds / 3600:.1f} h"
