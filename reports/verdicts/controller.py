"""Gathers the evidence of a run, from whichever processes and machines, and writes the ledger and its views."""

from __future__ import annotations

import contextlib
import json
import time
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pytest

from verdicts.anchoring import look_up
from verdicts.asked import asked_for, only_looks
from verdicts.cases import is_subtest, one_line
from verdicts.closing import advice, tell
from verdicts.collection import CATALOGUE
from verdicts.conditions import lacks, misplaced, overspent, refuted
from verdicts.declared import DESELECTED
from verdicts.folders import all_moved, checkout, named, seen_from
from verdicts.gathering import SILENT, Gathering
from verdicts.hosts import differences, go_on_after_loss
from verdicts.journal import JOURNAL, Journal, leave_a_trace, saved_of_earlier
from verdicts.ledger import draw_up
from verdicts.machine import command, run_record, working_tree
from verdicts.runner import ENVELOPE
from verdicts.signals import raised_at_signals
from verdicts.standing import accepted, with_vanished
from verdicts.statements import StatementError
from verdicts.views.formulas import faults as unshowable
from verdicts.views.outdated import mark_outdated
from verdicts.vocabulary import FAILING, SOFT
from verdicts.writing import write_views

if TYPE_CHECKING:
    from pathlib import Path

    from verdicts.baseline import Baseline
    from verdicts.options import Options, Output
    from verdicts.records import Case, Ledger, Run


class Controller:
    """Hooks of the process that the user started."""

    def __init__(self, config: pytest.Config, options: Options, output: Output, baseline: Baseline) -> None:
        self.config = config
        self.options = options
        self.output = output
        self.baseline = baseline
        self.started = datetime.now(UTC)
        self.clock = time.perf_counter()
        self.catalogue: dict[str, Any] = {}
        self.gathered = Gathering(baseline)
        self.broken: list[str] = []
        self.notes: list[str] = []
        self.workers = 0
        self.misuses: list[str] = []
        self.all_asked_for = False
        self.interrupted = ""
        self.ledger: Ledger | None = None
        self.written: list[tuple[str, Path]] = []
        self.leaving = contextlib.ExitStack()
        self.checkout = checkout(config.rootpath)

    # gathering

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker all that it needs: no file of this machine need exist on the worker's."""
        self.workers = node.workerinput["workercount"]
        sent = {"options": self.options.plain(), "baseline": self.baseline.plain()}
        node.workerinput["verdicts"] = json.dumps(sent)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Say that a run of all claims began before any of them is imported, which may end the process."""
        self.all_asked_for = asked_for(self.config, self.output.folder).whole and not only_looks(self.config)
        if self.all_asked_for:
            self.leave_a_trace(pytest.ExitCode.INTERRUPTED, ended=False)

    @pytest.hookimpl(tryfirst=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Take the catalogue of claims, and note what could not be collected."""
        text = getattr(report, CATALOGUE, None)
        if text is not None:
            report.outcome = "passed"  # it is a message to this hook, and nobody else's business
            self._take(json.loads(text))
        elif report.failed:
            fault = f"{report.nodeid}: {one_line(report.longrepr)}"
            self.broken.append(fault)
            if StatementError.__name__ in fault:
                self.misuses.append(fault)

    def _take(self, catalogue: dict[str, Any]) -> None:
        faults = "\n".join(catalogue["faults"])
        if faults := faults or misplaced(catalogue, self.output, self.baseline, self.config.rootpath):
            self.leave_a_trace(pytest.ExitCode.USAGE_ERROR)
            raise pytest.UsageError(faults)
        worker = catalogue.pop("origin", None)
        catalogue["claims"] = all_moved(catalogue["claims"], self.config.rootpath, self.checkout)
        first, self.catalogue = not self.catalogue, self.catalogue or catalogue
        if catalogue != self.catalogue:
            self.problem(f"host {worker['host']}: it collected other claims: expected the same checkout everywhere")
        for fault in [*self.broken, *(differences(worker, self.config.rootpath) if worker else ())]:
            self.problem(fault)
        if first:
            self._begin()
            for line in catalogue["unseen"] if self.baseline.present else ():
                self.problem(line)
            self.notes += [] if self.baseline.present else catalogue["unseen"]

    def _begin(self) -> None:
        """Be ready for evidence, and for whatever may end the run early."""
        go_on_after_loss(self.config, self.problem)
        if not only_looks(self.config) and self.catalogue["claims"]:
            self.leaving.enter_context(raised_at_signals())
            self._open_journal()

    def _open_journal(self) -> None:
        """Begin to write down what is learnt; first save what an earlier run that died has left."""
        path = self.output.ledger(whole=self.catalogue["whole"]).with_suffix(JOURNAL)
        self.notes += saved_of_earlier(path)
        run = self._run(pytest.ExitCode.INTERRUPTED)
        try:
            self.gathered.journal = Journal.open(path, run)
        except ValueError as error:
            self.problem(f"{error}: expected one run at a time in this folder")
        except OSError as error:
            self.notes.append(f"{path}: cannot be written ({error.strerror}): this run keeps no journal")
        if self.gathered.journal is not None:
            self.leaving.callback(self.gathered.journal.close)
            self.gathered.journal.write("claims", catalogue=self.catalogue)
        if self.catalogue["whole"]:
            for kind, page in self.output.kept:
                if kind == "html":
                    mark_outdated(page, run["started"])

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Remember what was started, so that what is lost can be told from what never ran."""
        self.gathered.begun.add(nodeid)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the case out of a report."""
        properties = dict(report.user_properties)
        if ENVELOPE not in properties:
            if report.failed:
                self.gathered.lost[report.nodeid] = one_line(report.longrepr)
                if report.when != "call" or not is_subtest(report):
                    step = str(report.when).replace("???", "lost")  # as xdist says when the process is gone
                    self.problem(f"{report.nodeid}: {step}: {self.gathered.lost[report.nodeid]}")
            return
        report.user_properties = [(key, value) for key, value in report.user_properties if key != ENVELOPE]
        envelope = json.loads(str(properties[ENVELOPE]))
        report.__dict__["verdicts_record"] = envelope["record"]
        if envelope["fault"]:
            self.misuses.append(envelope["fault"])
            self.problem(envelope["fault"])
        self.gathered.take(envelope)

    def problem(self, text: str) -> None:
        """Note what is wrong with an audit as a whole, once."""
        if self.catalogue:
            self.gathered.problem(text)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remember that the run was cut short."""
        self.interrupted = str(excinfo.value) or "keyboard interrupt"

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Show verdicts, not passes, in the progress of a run."""
        record: Case | None = getattr(report, "verdicts_record", None)
        if report.when != "call" or not report.passed or record is None:
            return None
        letter = {"holds": ".", "refuted": "r"}.get(record["verdict"], "i")
        return "passed", letter, record["verdict"].upper()

    # writing

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the ledger and its views, of whatever was gathered."""
        if self.misuses:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        if only_looks(self.config):
            return
        if exitstatus == pytest.ExitCode.USAGE_ERROR or not self.catalogue:
            if self.misuses or self.all_asked_for:
                self.leave_a_trace(int(session.exitstatus))
            return
        self.interrupted = self.interrupted or str(session.shouldstop or session.shouldfail or "")
        self.ledger = self._draw_up()
        if not self.ledger["claims"]:
            self.ledger = None
            return
        words, lacking = look_up(self.ledger, self.config.rootpath / self.catalogue["folder"], self.output.source)
        self.notes += words
        for fault in overspent(self.gathered.records.values(), self.options.budget) + unshowable(self.ledger) + lacking:
            self.problem(fault)
        self._accept()
        for fault in self._unmet(self.ledger):
            self.problem(fault)
        self._settle_exit_status(session)
        views = list(self.output.views(whole=self.catalogue["whole"]))
        self.written, faults = write_views(self.ledger, views)
        if faults:
            for fault in faults:
                self.problem(fault)
            self._settle_exit_status(session)
            self.written, _ = write_views(self.ledger, self.written)
        if self.gathered.journal is not None:
            self.gathered.journal.end(int(session.exitstatus))
        else:
            self.leave_a_trace(int(session.exitstatus))

    def leave_a_trace(self, exit_status: int, *, ended: bool = True) -> None:
        """Let no ledger of an earlier run be taken for that of this one, which took no evidence."""
        path = self.output.ledger(whole=self.catalogue.get("whole", True)).with_suffix(JOURNAL)
        self.notes += leave_a_trace(path, self._run(exit_status), ended=ended)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The verdicts, for a reviewer in a hurry."""
        if self.ledger is not None:
            self.notes += advice(self.baseline, self.gathered.journal, accepting=bool(self.options.accept))
            page = next((str(path) for kind, path in self.written if kind == "html"), None)
            seen = seen_from(self.ledger, self.checkout, self.config.invocation_params.dir)
            tell(terminalreporter, seen, page, self.notes, full=self.config.option.verbose > 0)
        for fault in dict.fromkeys(self.misuses):
            terminalreporter.write_line(fault, red=True)

    def pytest_unconfigure(self) -> None:
        """Release the journal, and the signals."""
        self.leaving.close()

    def _draw_up(self) -> Ledger:
        catalogue: Any = self.catalogue
        records = dict(self.gathered.records)
        cases = {(claim["id"], case["id"]): case for claim in catalogue["claims"] for case in claim["cases"]}
        for key, case in cases.items():
            if key not in records:
                records[key] = record = self.gathered.unheard(case, self.interrupted)
                if not (catalogue["selects"] and record["reason"] == DESELECTED):
                    record["gate"] = self.baseline.gate(key[0], record, self.options.allow_not_run)
        if catalogue["whole"]:
            catalogue, vanished = with_vanished(
                catalogue, self.baseline, self.options.allow_not_run, silent=catalogue["silent"]
            )
            records |= vanished
        return draw_up(catalogue, records, self._run(0), reason_of_silence=lambda *_: SILENT)

    @cached_property
    def tree(self) -> tuple[str | None, bool]:
        """The commit of the working tree as the run began, and whether it had changes."""
        return working_tree(self.config.rootpath)

    def _run(self, exit_status: int) -> Run:
        run = run_record(self.tree, command(), self.options.seed, self.workers or 1)
        run["whole"], run["complete"] = self.catalogue.get("whole", False), self.catalogue.get("complete", False)
        run["started"] = self.started.isoformat(timespec="seconds")
        run["seconds"] = round(time.perf_counter() - self.clock, 2)
        run["interrupted"] = self.interrupted or None
        run["problems"] = list(self.gathered.problems)
        run["exit_status"] = exit_status
        if self.output.baseline_named:
            run["baseline"] = named(self.output.baseline, self.checkout)
        return run

    def _accept(self) -> None:
        if self.ledger is None or not self.options.accept:
            return
        self.ledger["run"]["problems"] = list(self.gathered.problems)
        try:
            self.ledger, told = accepted(self.ledger, self.baseline, self.options.accept)
        except OSError as error:
            self.problem(f"{self.output.baseline}: cannot be written: {error.strerror}")
        except ValueError as error:
            self.problem(f"--verdicts-accept: {error}")
        else:
            self.notes += told

    def _unmet(self, ledger: Ledger) -> list[str]:
        """What the run asks of the ledger as a whole, and does not find."""
        found = refuted(ledger) if self.options.strict else []
        return found + (lacks(ledger, self.baseline, self.options.require) if self.catalogue["whole"] else [])

    def _settle_exit_status(self, session: pytest.Session) -> None:
        """The run fails where a case does not stand as accepted, or where something is wrong with the run itself."""
        if self.ledger is None:
            return
        gates = {case["gate"] for claim in self.ledger["claims"] for case in claim["cases"]}
        failing = {*FAILING, *(SOFT if self.options.fail_on_weaker else ())}
        fails = bool(gates & failing) or bool(self.gathered.problems)
        if fails and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        self.ledger["run"]["problems"] = list(self.gathered.problems)
        self.ledger["run"]["exit_status"] = int(session.exitstatus)
