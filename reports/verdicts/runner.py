"""Runs the cases of claims and holds each verdict against the baseline, in whichever process runs tests."""

from __future__ import annotations

import json
import os
import shlex
import time
import unittest
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, Final

import pytest

from verdicts.baseline import ERROR, Baseline, wanted
from verdicts.cases import CASE_KEY, ENTRY_KEY, one_line
from verdicts.check import Check, search_record
from verdicts.errors import CheckError, line_of_user
from verdicts.folders import moved
from verdicts.intervals import NOT_RUN, REFUTED
from verdicts.ledger import statement_hash
from verdicts.options import ANY, Options
from verdicts.records import Case, blank_case
from verdicts.search import is_search, run_search
from verdicts.statements import StatementError
from verdicts.vocabulary import FAILING, SOFT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verdicts.claims import Claim
    from verdicts.collection import Collection

ENVELOPE: Final = "verdicts"
"the one property of a report that carries a case to the controller: JSON text with claim, case, record, fault"


@dataclass
class Trial:
    """What becomes of one case while its test runs."""

    check: Check
    started: float = 0.0
    seconds: float = 0.0
    fault: str = ""
    "misuse that makes the whole run worthless"
    broken: str = ""
    "why the test did not end well"
    inside: bool = False
    "the test function is running: reports made meanwhile are those of subtests"


SKIPS: Final = (pytest.skip.Exception, pytest.xfail.Exception, unittest.SkipTest)
"what a test raises to say that it need not be run: what was decided before stays decided"
ENDS: Final = (KeyboardInterrupt, pytest.exit.Exception)
"what ends the whole run"
TRIAL_KEY: Final = pytest.StashKey[Trial]()


class Runner:
    """Hooks of the process that runs tests: an xdist worker, or pytest itself."""

    def __init__(self, options: Options, baseline: Baseline, collection: Collection) -> None:
        self.options = options
        self.baseline = baseline
        self.collection = collection

    @pytest.fixture
    def check(self, request: pytest.FixtureRequest) -> Check:
        """Decides one case: `check(printed("2.610"), ball(lambda: …))`."""
        if TRIAL_KEY not in request.node.stash:
            raise pytest.UsageError(f"{request.node.nodeid}: the check fixture serves tests marked with @claim")
        trial: Trial = request.node.stash[TRIAL_KEY]
        return trial.check

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Give each case its check."""
        if CASE_KEY in item.stash:
            made, case = item.stash[CASE_KEY]
            level = self.options.share * made.weight if made.weight else None
            again = "error: the case was run more than once: no test is ever run again for another outcome"
            broken = again if TRIAL_KEY in item.stash else ""
            check = Check(made.id, case, self.options.seed, level, self.collection.places)
            item.stash[TRIAL_KEY] = Trial(check, broken=broken)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Run the test of a case; its report says what became of it."""
        if TRIAL_KEY not in pyfuncitem.stash:
            return None
        trial = pyfuncitem.stash[TRIAL_KEY]
        arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
        trial.inside, trial.started = True, time.perf_counter()
        try:
            if is_search(pyfuncitem.obj):
                trial.check.record = search_record(run_search(pyfuncitem.obj, arguments, trial.check.seed))
            else:
                pyfuncitem.obj(**arguments)
        except (StatementError, CheckError) as error:
            made, _ = pyfuncitem.stash[CASE_KEY]
            said = f"{line_of_user(error, pyfuncitem.config.rootpath, made)}: claim {made.id!r}: {error}"
            trial.fault = said if isinstance(error, StatementError) else ""
            trial.broken = f"error: {said}"
            pytest.fail(said, pytrace=False)
        except (*SKIPS, *ENDS):
            raise
        except BaseException as error:
            made, _ = pyfuncitem.stash[CASE_KEY]
            where = line_of_user(error, pyfuncitem.config.rootpath, made)
            trial.broken = trial.broken or f"error: {_first_line(error)} ({where})"  # whatever hooks make of it later
            raise
        finally:
            trial.inside, trial.seconds = False, time.perf_counter() - trial.started
        return True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
        """Turn the outcome of a test into that of its case, and send the case to the controller."""
        report: pytest.TestReport = yield  # type: ignore[assignment]
        trial = item.stash.get(TRIAL_KEY, None)
        if trial is None:
            return report  # type: ignore[return-value]
        failed = call.excinfo is not None and not isinstance(call.excinfo.value, SKIPS)
        if trial.inside:
            if report.failed:
                trial.broken = trial.broken or f"error: in a subtest: {_said(call, report)}"
        elif failed or call.when == "call" or (call.when == "setup" and not report.passed):
            if failed or report.failed:
                where = "" if call.when == "call" else f"in {call.when}: "
                trial.broken = trial.broken or f"error: {where}{_said(call, report)}"
            self._settle(item, trial, report)
        return report  # type: ignore[return-value]

    def _settle(self, item: pytest.Item, trial: Trial, report: pytest.TestReport) -> None:
        made, case = item.stash[CASE_KEY]
        record = self._record(trial, report)
        known = item.stash[ENTRY_KEY]
        record |= {"id": case, "reading": known["reading"], "primary": known["primary"]}
        record |= {"seconds": round(trial.seconds, 4), "reproduce": known["reproduce"]}
        record["statement"] = statement_hash(self.collection.shown[made.id], record)
        record["gate"] = self.baseline.gate(made.id, record, self.options.allow_not_run)
        said = self._objection(made, record) or ("its test did not end well" if trial.broken else "")
        explained = plain(explain(made, record, said, self._line(record))) if said else ""
        if explained and report.failed:
            report.sections.append(("verdicts", explained))
        elif explained:
            report.outcome, report.longrepr = "failed", explained
        elif record["verdict"] != NOT_RUN:
            report.outcome = "passed"
        if not report.skipped:
            report.__dict__.pop("wasxfail", None)
        if report.when != "teardown":
            item.user_properties += _shown(made.id, record)
        envelope = {
            "claim": made.id,
            "case": case,
            "record": record,
            "fault": trial.fault,
            "worker": os.environ.get("PYTEST_XDIST_WORKER", ""),
            "final": report.when == "teardown",
        }
        report.user_properties.append((ENVELOPE, json.dumps(envelope)))

    def _line(self, record: Case) -> str:
        """The command that runs a case alone, where the run was started."""
        line = moved(record["reproduce"], PurePath(self.options.root), PurePath(self.options.start))
        return line + (f" --verdicts-baseline {shlex.quote(self.options.baseline)}" if self.options.baseline else "")

    def _record(self, trial: Trial, report: pytest.TestReport) -> Case:
        """What is known of a case once its test has ended: evidence counts only if the test ends well."""
        check = trial.check
        if check.fault and not trial.broken:
            trial.broken = f"error: {check.fault}"
        if not trial.broken and check.record is not None and report.when == "call":
            return {**check.record, "curves": check.curves} if check.curves else check.record
        if not trial.broken and report.skipped:
            said = getattr(report, "wasxfail", None)
            reason = one_line(report.longrepr) if said is None else str(said)
            return blank_case(reason=reason.removeprefix("Skipped: ").removeprefix("reason: "))
        trial.broken = trial.broken or "error: the test ended without evidence (call check once)"
        return blank_case(reason=trial.broken)

    def _objection(self, made: Claim, record: Case) -> str:
        """Why a case fails its test; empty where it does not."""
        gate, what = record["gate"], self.options.accept
        if gate in FAILING and not wanted(what, made.id, gate):
            return self._against_baseline(made, record)
        if gate in SOFT and self.options.fail_on_weaker and not wanted(what, made.id, gate):
            weaker = "its evidence is weaker than that accepted"
            rewritten = "the code of its search changed under the same words"
            return f"{rewritten if gate == 'rewritten' else weaker} (--verdicts-fail-on-weaker)"
        if self.options.strict and record["primary"] and record["verdict"] == REFUTED:
            return "--verdicts-strict allows no refuted claim"
        if record["verdict"] == NOT_RUN and self.options.require in (ANY, record["grade"]) and self.options.require:
            return f"--verdicts-require {self.options.require} does not allow it"
        return ""

    def _against_baseline(self, made: Claim, record: Case) -> str:
        accepted = self.baseline.accepted(made.id, record["id"])
        changed = self.baseline.changes(self.collection.shown[made.id], record)
        return {
            "changed": f"was accepted as {accepted!r}",
            "stale": f"the statement changed since it was accepted as {accepted!r}: " + "; ".join(changed),
            "new": "is not in the baseline yet",
            "lost": f"was accepted as {accepted!r} and is not shown again",
        }[str(record["gate"])]


def explain(made: Claim, record: Case, said: str, command: str) -> str:
    """What a reviewer needs to know of a case that fails: both sets, how to reproduce it, how to accept it.

    `command` runs it alone, where the run was started.
    """
    name = f"{made.id}[{record['id']}]" if record["id"] else made.id
    lines = [f"{name}: verdict {record['verdict']!r}, {said}"]
    if record["reason"]:
        lines.append(f"reason:    {record['reason']}")
    if record["accepted"] is not None and record["computed"] is not None:
        lines.append(f"accepted:  {_ends(record['accepted'], record['open'])}   ({record['stated']})")
        lines.append(f"computed:  {_ends(record['computed'], [False, False])}   ({record['method']})")
    elif record["counterexample"]:
        lines.append(f"counterexample: {record['counterexample']}")
    lines.append(f"reproduce: {command}")
    name = shlex.quote(made.id)
    if record["gate"] in ("changed", "stale", "new", *SOFT):
        lines.append(f"accept:    {command} --verdicts-accept {name}")
    elif record["gate"] == "lost" and not record["reason"].startswith(ERROR):
        lines.append(f"allow:     --verdicts-allow-not-run {name}")
    return "\n".join(lines)


def _said(call: pytest.CallInfo[None], report: pytest.TestReport) -> str:
    """One line on what ended a test."""
    if call.excinfo is None:
        return one_line(report.longrepr)
    return _first_line(call.excinfo.value)


def _first_line(error: BaseException) -> str:
    """The error as pytest shows it, in one line."""
    lines = pytest.ExceptionInfo.from_exception(error).exconly(tryshort=True).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _shown(claim: str, record: Case) -> list[tuple[str, object]]:
    """The short properties of a case that pytest's own JUnit file shows."""
    keys = ("verdict", "grade", "stated", "accepted", "computed", "gate")
    shown = [("claim", claim), *((key, str(record[key])) for key in keys if record[key])]  # type: ignore[literal-required]
    return [(key, plain(text)) for key, text in shown]


def plain(text: str) -> str:
    """Text that every process and file can hold: lone surrogates are written as escapes."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _ends(ends: Any, is_open: list[bool]) -> str:
    lo, hi = ends
    left = "(-inf" if lo is None else f"{'(' if is_open[0] else '['}{lo}"
    right = "inf)" if hi is None else f"{hi}{')' if is_open[1] else ']'}"
    return f"{left}, {right}"
