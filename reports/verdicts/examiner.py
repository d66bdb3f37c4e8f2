"""Collects claims and runs their cases, in whichever process runs tests."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest

from verdicts.baseline import FAILING, Baseline, wanted
from verdicts.cases import address_of, case_entry, case_faults, case_id, claim_of, reading_of, reproduce
from verdicts.check import Check, Record, blank_record, search_record
from verdicts.claims import Claim, Paper, problems, read_paper, statement_hash
from verdicts.intervals import NOT_RUN, REFUTED
from verdicts.ledger import write_atomically
from verdicts.options import ANY, Options
from verdicts.search import is_search, run_search
from verdicts.statements import StatementError

IDENTITY: Final = "verdicts.case"
RECORD: Final = "verdicts.record"
FAULT: Final = "verdicts.fault"
IDENTITY_KEY: Final = pytest.StashKey[tuple[str, str]]()
CHECK_KEY: Final = pytest.StashKey[Check]()


class Examiner:
    """Hooks of the process that collects and runs tests: an xdist worker, or pytest itself."""

    def __init__(self, config: pytest.Config, options: Options, baseline: Baseline, catalogue_path: str | None) -> None:
        self.config = config
        self.options = options
        self.baseline = baseline
        self.catalogue_path = catalogue_path
        self.catalogue: dict[str, Any] = {}
        self.shown: dict[str, dict[str, Any]] = {}

    # collection

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Draw up the catalogue of claims; stop on a faulty one."""
        cases = [(item, made) for item in items if (made := claim_of(item)) is not None]
        if not cases:
            return
        faults: list[str] = []
        paper, folder = self._paper([item for item, _ in cases], faults)
        grouped: dict[str, tuple[str, Claim, list[pytest.Item]]] = {}
        for item, made in cases:
            address = address_of(item)
            grouped.setdefault(address, (address, made, []))[2].append(item)
            item.stash[IDENTITY_KEY] = (made.id, case_id(item))
            item.user_properties.append((IDENTITY, [made.id, case_id(item)]))
        whole = self._is_whole(folder)
        if paper:
            declared = [(address, made) for address, made, _ in grouped.values()]
            faults += problems(declared, paper, self.baseline.claims, whole and not session.testsfailed)
        for address, made, group in grouped.values():
            faults += [f"{address}: {fault}" for fault in case_faults(made, group)]
        known = {"all", "new", *self.baseline.claims, *(made.id for _, made in cases)}
        faults += [
            f"--verdicts-accept {what}: expected all, new, or the id of a claim"
            for what in self.options.accept
            if what not in known
        ]
        self.catalogue = {"faults": faults, "whole": whole, "deselected": []}
        if faults:
            items[:] = []
        elif paper:
            self._fill_catalogue(paper, list(grouped.values()))
        if faults and self.catalogue_path is None:
            raise pytest.UsageError("\n".join(faults))

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Remember what -k, -m or --deselect left out."""
        if self.catalogue:
            self.catalogue["deselected"] += [
                [*item.stash[IDENTITY_KEY]] for item in items if IDENTITY_KEY in item.stash
            ]

    def pytest_collection_finish(self) -> None:
        """Hand the catalogue to the controller, which does not collect."""
        if self.catalogue and self.catalogue_path:
            write_atomically(Path(self.catalogue_path), json.dumps(self.catalogue))

    def _paper(self, items: list[pytest.Item], faults: list[str]) -> tuple[Paper | None, Path | None]:
        folders = {_paper_folder(path, self.config.rootpath) for path in {item.path for item in items}}
        if len(folders) > 1 or None in folders:
            expected = "expected one paper.toml beside the claims, or in a folder above them"
            faults.append(f"{items[0].path.parent}: {expected}; found {len(folders - {None})}")
            return None, None
        folder = folders.pop()
        try:
            return (read_paper(folder / "paper.toml") if folder else None), folder
        except ValueError as error:
            faults.append(str(error))
            return None, folder

    def _is_whole(self, folder: Path | None) -> bool:
        """Whether the run was pointed at the whole folder of claims, and nothing left files of it out."""
        chosen = self.config.option
        if chosen.ignore or chosen.ignore_glob or getattr(chosen, "lf", False):
            return False
        starts = [(self.config.invocation_params.dir / arg).resolve() for arg in self.config.args]
        return folder is not None and any(start == folder or start in folder.parents for start in starts)

    def _fill_catalogue(self, paper: Paper, groups: list[tuple[str, Claim, list[pytest.Item]]]) -> None:
        groups.sort(key=lambda group: (paper.rank(group[1].at), group[1].id))
        self.catalogue |= {
            "paper": {"id": paper.id, "title": paper.title, "version": paper.version, "url": paper.url},
            "sections": [{"id": id, "title": title} for id, title, _ in paper.sections],
            "claims": [],
        }
        for _, made, group in groups:
            self.shown[made.id] = {**made.public(), "section": paper.section_of(made.at)}
            self.catalogue["claims"].append({**self.shown[made.id], "cases": [case_entry(i, made) for i in group]})

    # running

    @pytest.fixture
    def check(self, request: pytest.FixtureRequest) -> Check:
        """Decides one case: `check(printed("2.610"), lambda: …)`."""
        made = claim_of(request.node)
        if made is None:
            raise pytest.UsageError(f"{request.node.nodeid}: the check fixture serves tests marked with @claim")
        check: Check = request.node.stash[CHECK_KEY]
        return check

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Give each case its check."""
        made = claim_of(item)
        if made is not None:
            share: Fraction = self.options.share * made.weight
            item.stash[CHECK_KEY] = Check(*item.stash[IDENTITY_KEY], self.options.seed, share)

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Run a case to its verdict, and hold it against the baseline."""
        made = claim_of(pyfuncitem)
        if made is None:
            return None
        check = pyfuncitem.stash[CHECK_KEY]
        arguments = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
        started = time.perf_counter()
        try:
            if is_search(pyfuncitem.obj):
                check.record = search_record(run_search(pyfuncitem.obj, arguments, check.seed))
            else:
                pyfuncitem.obj(**arguments)
        except StatementError as error:
            fault = f"{pyfuncitem.path}: claim {made.id!r}: {error}"
            pyfuncitem.user_properties.append((FAULT, fault))
            pytest.fail(fault, pytrace=False)
        except pytest.skip.Exception:
            if check.record is not None and check.record["verdict"] == NOT_RUN:
                self._hand_over(pyfuncitem, made, check.record, started)
            raise
        if check.record is not None:
            self._hand_over(pyfuncitem, made, check.record, started)
            self._pass_or_fail(pyfuncitem, made, check.record)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterator[None]:
        """Give a skipped case its reason; fail one whose evidence is required, or that passed without evidence."""
        report: pytest.TestReport = yield  # type: ignore[assignment]
        if IDENTITY_KEY not in item.stash:
            return report  # type: ignore[return-value]
        claim, _ = item.stash[IDENTITY_KEY]
        record = dict(item.user_properties).get(RECORD)
        if record is None and report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else getattr(report, "wasxfail", "")
            record = {**blank_record(), "reason": str(reason).removeprefix("Skipped: ")}
            report.user_properties.append((RECORD, record))
        if record is None and report.when == "call" and report.passed:
            report.outcome = "failed"
            report.longrepr = f"{claim}: the test ended without evidence (call check once)"
        elif isinstance(record, dict) and report.skipped and self.options.require in (ANY, record["grade"]):
            report.outcome = "failed"
            report.longrepr = f"not run, but --verdicts-require {self.options.require}: {record['reason']}"
        return report  # type: ignore[return-value]

    def _hand_over(self, item: pytest.Function, made: Claim, record: Record, started: float) -> None:
        """Hold the record against the baseline, and hand it to the clerk as plain data, all that xdist can carry."""
        case = {**record, "id": case_id(item), "reading": reading_of(item)}
        record["seconds"] = round(time.perf_counter() - started, 4)
        record["statement"] = statement_hash(self.shown[made.id], case)
        record["gate"] = self.baseline.gate(made.id, case["id"], record["verdict"], record["statement"])
        item.user_properties.append((RECORD, json.loads(json.dumps(record))))

    def _pass_or_fail(self, item: pytest.Function, made: Claim, record: Record) -> None:
        claim, case = item.stash[IDENTITY_KEY]
        gate = record["gate"]
        accepted = self.baseline.accepted(claim, case)
        if gate in FAILING and not wanted(self.options.accept, claim, gate):
            said = {
                "worse": f"was accepted as {accepted!r}",
                "stale": f"the statement changed since it was accepted as {accepted!r}",
                "new": "is not in the baseline yet",
            }[gate]
            hint = "" if gate == "worse" else "\naccept:    --verdicts-accept " + ("new" if gate == "new" else claim)
            pytest.fail(_explain(item, record, said) + hint, pytrace=False)
        decisive = reading_of(item) in (None, made.primary)
        if self.options.strict and decisive and record["verdict"] == REFUTED:
            pytest.fail(_explain(item, record, "--verdicts-strict allows no refuted claim"), pytrace=False)


def _explain(item: pytest.Function, record: Record, said: str) -> str:
    claim, case = item.stash[IDENTITY_KEY]
    lines = [f"{claim}{f'[{case}]' if case else ''}: verdict {record['verdict']!r}, {said}"]
    if record["reason"]:
        lines.append(f"reason:    {record['reason']}")
    if record["accepted"] is not None:
        lines.append(f"accepted:  {_ends(record['accepted'], record['open'])}   ({record['stated']})")
        lines.append(f"computed:  {_ends(record['computed'], [False, False])}   ({record['method']})")
    elif record["counterexample"]:
        lines.append(f"counterexample: {record['counterexample']}")
    lines.append(f"reproduce: {reproduce(item)}")
    return "\n".join(lines)


def _ends(ends: list[str | None], is_open: list[bool]) -> str:
    lo, hi = ends
    left = "(-inf" if lo is None else f"{'(' if is_open[0] else '['}{lo}"
    right = "inf)" if hi is None else f"{hi}{')' if is_open[1] else ']'}"
    return f"{left}, {right}"


def _paper_folder(path: Path, root: Path) -> Path | None:
    """The nearest folder of a claims file, up to the root, that holds a paper.toml."""
    for folder in path.parents:
        if (folder / "paper.toml").exists():
            return folder
        if folder == root:
            break
    return None
