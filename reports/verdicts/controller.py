"""Gathers the evidence of a run, whichever processes it comes from, and writes the ledger and its views."""

from __future__ import annotations

import contextlib
import json
import shlex
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from verdicts.baseline import FAILING, Baseline, wanted
from verdicts.check import Record, blank_record
from verdicts.examiner import FAULT, IDENTITY, RECORD
from verdicts.ledger import SCHEMA, conclude, rank_cases, run_record, summarize, write_atomically
from verdicts.options import Options
from verdicts.statements import StatementError

if TYPE_CHECKING:
    from verdicts.examiner import Examiner

LOOKING = ("collectonly", "setupplan", "setuponly", "showfixtures", "show_fixtures_per_test")
"options of pytest with which no test is run"
SILENT = "no result reached the ledger (its process was lost)"


class Clerk:
    """Hooks of the process that the user started."""

    def __init__(self, config: pytest.Config, options: Options, baseline: Baseline, examiner: Examiner) -> None:
        self.config = config
        self.options = options
        self.baseline = baseline
        self.examiner = examiner
        self.started = datetime.now(UTC)
        self.clock = time.perf_counter()
        self.spool = tempfile.TemporaryDirectory(prefix="verdicts-")
        self.results: dict[tuple[str, str], Record] = {}
        self.lost: dict[str, str] = {}
        self.faults: list[str] = []
        self.uncollected: list[str] = []
        self.workers = 0
        self.misused = False
        self.interrupted: str | None = None
        self.ledger: dict[str, Any] | None = None
        self.written: list[tuple[str, Path]] = []

    # gathering

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell an xdist worker the root seed, and where to leave its catalogue."""
        self.workers = node.workerinput["workercount"]
        node.workerinput["verdicts_seed"] = str(self.options.seed)
        node.workerinput["verdicts_catalogue"] = str(Path(self.spool.name) / "catalogue.json")

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self) -> None:
        """Stop on the faults that a worker found in the claims."""
        if faults := self._catalogue().get("faults"):
            raise pytest.UsageError("\n".join(faults))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember files that could not be collected, or that skipped themselves."""
        if report.skipped:
            self.uncollected.append(f"{report.nodeid}: {_error(report.longrepr, -1)}")
        elif report.failed:
            fault = f"{report.nodeid}: {_error(report.longrepr, -1)}"
            if fault not in self.faults:
                self.faults.append(fault)
                self.uncollected.append(fault)
                self.misused |= StatementError.__name__ in fault

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the evidence out of a report, and leave short properties for JUnit in its place."""
        properties: dict[str, Any] = dict(report.user_properties)
        identity = properties.get(IDENTITY)
        if identity is None:
            if report.failed:
                self.lost[report.nodeid] = str(report.longrepr).strip().splitlines()[-1]
            return
        claim, case = identity
        if FAULT in properties and properties[FAULT] not in self.faults:
            self.faults.append(properties[FAULT])
            self.misused = True
        record = properties.get(RECORD)
        if record is None and report.failed:
            record = {**blank_record(), "reason": f"error: {_error(report.longrepr, 0)}"}
        if record is not None:
            self.results.setdefault((claim, case), record)  # after an error, in a subtest say, nothing counts
        report.__dict__["verdict"] = record
        report.user_properties = [(k, v) for k, v in report.user_properties if k not in (IDENTITY, RECORD, FAULT)]
        if report.when == "teardown" or (report.when == "setup" and record is not None):
            report.user_properties += _properties(claim, self.results.get((claim, case), record))

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Remember that the run was cut short."""
        self.interrupted = str(excinfo.value) or "keyboard interrupt"

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str] | None:
        """Show verdicts, not passes, in the progress of a run."""
        record = getattr(report, "verdict", None)
        if report.when != "call" or not report.passed or record is None:
            return None
        if record["gate"] == "better":
            return "better", "b", f"{record['verdict'].upper()} (better than accepted)"
        return "passed", {"holds": ".", "refuted": "r"}.get(record["verdict"], "i"), record["verdict"].upper()

    # writing

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Write the ledger and its views, of whatever was gathered."""
        if self.misused:
            session.exitstatus = pytest.ExitCode.USAGE_ERROR
        catalogue = self._catalogue()
        only_looked = any(getattr(self.config.option, name, False) for name in LOOKING)
        if exitstatus == pytest.ExitCode.USAGE_ERROR or "claims" not in catalogue or only_looked:
            return
        self.ledger = self._draw_up(catalogue, session)
        worse = False
        if self.options.accept:
            try:
                self.baseline.accept(self.ledger["claims"], self.options.accept)
            except OSError as error:
                self.faults.append(f"{self.options.baseline}: cannot be written: {error.strerror}")
                worse = True
        for claim in self.ledger["claims"]:
            for case in claim["cases"]:
                case.pop("statement", None)
        for kind, path in self.options.reports:
            worse |= not self._write(kind, path)
        gates = [(claim["id"], case["gate"]) for claim in self.ledger["claims"] for case in claim["cases"]]
        worse |= any(gate in FAILING and not wanted(self.options.accept, id, gate) for id, gate in gates)
        worse |= bool(self.ledger["run"]["problems"])
        if worse and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The verdicts, for a reviewer in a hurry."""
        if self.ledger is not None:
            from verdicts.views.terminal import render

            page = next((str(path) for kind, path in self.written if kind == "html"), None)
            width = max(80, min(terminalreporter._tw.fullwidth, 120))
            terminalreporter.section("verdicts")
            color = bool(terminalreporter._tw.hasmarkup)
            terminalreporter.write_line(render(self.ledger, page=page, width=width, color=color))
        for fault in self.faults:
            terminalreporter.write_line(fault, red=True)

    def pytest_unconfigure(self) -> None:
        """Remove the spool."""
        self.spool.cleanup()

    def _catalogue(self) -> dict[str, Any]:
        if self.examiner.catalogue:
            return self.examiner.catalogue
        with contextlib.suppress(OSError, ValueError):
            catalogue: dict[str, Any] = json.loads((Path(self.spool.name) / "catalogue.json").read_text("utf-8"))
            return catalogue
        return {}

    def _draw_up(self, catalogue: dict[str, Any], session: pytest.Session) -> dict[str, Any]:
        deselected = {(claim, case) for claim, case in catalogue["deselected"]}
        stopped = self.interrupted or (str(session.shouldstop) if session.shouldstop else "")
        stopped = stopped or (str(session.shouldfail) if session.shouldfail else "")
        claims = []
        for claim in catalogue["claims"]:
            cases = []
            for entry in claim["cases"]:
                key = (claim["id"], entry["id"])
                record = self.results.get(key) or {**blank_record(), "reason": ""}
                if not record["reason"] and key not in self.results:
                    lost = self.lost.get(entry["node"])
                    reason = "deselected" if key in deselected else lost or (stopped and f"run stopped: {stopped}")
                    record["reason"] = reason or SILENT
                cases.append({**{k: v for k, v in entry.items() if k != "node"}, **record})
            claims.append({**claim, "cases": cases})
        rank_cases(claims)
        if catalogue["whole"]:
            claims = _with_gone(claims, self.baseline, self.uncollected)
        conclude(claims)
        for claim in claims:
            del claim["primary"]
        self._check_budget(claims)
        run = run_record(self.config.rootpath, _command(), self.options.seed, self.workers or 1)
        run |= {
            "started": self.started.isoformat(timespec="seconds"),
            "seconds": round(time.perf_counter() - self.clock, 2),
            "interrupted": stopped or None,
            "problems": list(self.faults),
        }
        return {
            "schema": SCHEMA,
            "paper": catalogue["paper"],
            "sections": catalogue["sections"],
            "run": run,
            "summary": summarize(claims),
            "claims": claims,
        }

    def _check_budget(self, claims: list[dict[str, Any]]) -> None:
        used = sum(case["grade"] == "statistics" for claim in claims for case in claim["cases"])
        if used > self.options.planned:
            self.faults.append(
                f"{used} statistical cases share an error budget planned for {self.options.planned} "
                f"(ini key verdicts_statistical_cases)"
            )

    def _write(self, kind: str, path: Path) -> bool:
        """Write one view; on a full disk or the like, save it beside the system's temporary files instead."""
        from verdicts.views import FORMATS

        try:
            text = FORMATS[kind](self.ledger)  # type: ignore[arg-type]
        except ValueError as error:
            self.faults.append(f"{path}: cannot be drawn: {error}")
            return False
        try:
            write_atomically(path, text)
        except OSError as error:
            self.faults.append(f"{path}: cannot be written: {error.strerror}")
        else:
            self.written.append((kind, path))
            return True
        with contextlib.suppress(OSError):
            refuge = Path(tempfile.mkdtemp(prefix="verdicts-saved-")) / path.name
            write_atomically(refuge, text)
            self.written.append((kind, refuge))
            self.faults.append(f"{refuge}: saved here instead")
        return False


def _with_gone(claims: list[dict[str, Any]], baseline: Baseline, uncollected: list[str]) -> list[dict[str, Any]]:
    """Add the accepted cases that a whole run no longer collects: a verdict must not vanish in silence.

    Where files could not be collected, these cases may be in them and are not gone for good.
    """
    reason = "in the baseline, no longer collected" + (f" ({uncollected[0]})" if uncollected else "")
    by_id = {claim["id"]: claim for claim in claims}
    for id, entry in baseline.claims.items():
        known = {case["id"] for case in by_id[id]["cases"]} if id in by_id else set()
        missing = [
            {
                **blank_record(),
                "id": case,
                "reading": None,
                "primary": True,
                "reproduce": "",
                "reason": reason,
                "gate": None if uncollected else "gone",
            }
            for case in entry["cases"]
            if case not in known
        ]
        if id in by_id:
            by_id[id]["cases"] += missing
        elif missing:
            absent: dict[str, Any] = {
                "also_at": [],
                "section": "",
                "tex": "",
                "rests_on": [],
                "note": "",
                "instead": None,
            }
            facts = {key: entry[key] for key in ("at", "says", "kind")}
            claims.append({"id": id, **facts, **absent, "primary": "", "cases": missing})
    return claims


def _properties(claim: str, record: Record | None) -> list[tuple[str, object]]:
    """The short properties of a case that pytest's own JUnit file shows."""
    if record is None:
        return []
    shown: list[tuple[str, object]] = [("claim", claim), ("verdict", record["verdict"])]
    shown += [(key, str(record[key])) for key in ("grade", "stated", "accepted", "computed") if record[key]]
    return shown


def _error(longrepr: object, position: int) -> str:
    """One line on an error or skip: of those that name the exception the one at `position`, else the last."""
    lines = str(longrepr[2] if isinstance(longrepr, tuple) else longrepr).strip().splitlines() or ["unknown"]
    errors = [line[1:].strip() for line in lines if line.startswith("E ")]
    return errors[position] if errors else lines[-1]


def _command() -> str:
    program = "pytest" if "pytest" in sys.argv[0] else sys.argv[0]
    return shlex.join([program, *sys.argv[1:]])
