"""Collects claims and runs their cases, in whichever process runs tests."""

from __future__ import annotations

import json
import shlex
import time
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest

from reports.accepted import StatementError
from reports.baseline import FAILING, Baseline, wanted
from reports.check import Check, Record, search_record
from reports.claims import Claim, Paper, problems, read_paper, statement_hash
from reports.intervals import REFUTED
from reports.ledger import write_atomically
from reports.options import ANY, Options
from reports.search import is_search, run_search

IDENTITY: Final = "verdicts.case"
RECORD: Final = "verdicts.record"
FAULT: Final = "verdicts.fault"
IDENTITY_KEY: Final = pytest.StashKey[tuple[str, str]]()
CHECK_KEY: Final = pytest.StashKey[Check]()


def claim_of(item: pytest.Item) -> Claim | None:
    """The claim that a test item is a case of."""
    return getattr(getattr(item, "obj", None), "__claim__", None)


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
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Draw up the catalogue of claims; stop on a faulty one."""
        cases = [(item, made) for item in items if (made := claim_of(item)) is not None]
        if not cases:
            return
        faults: list[str] = []
        paper, folder = self._paper([item for item, _ in cases], faults)
        grouped: dict[str, tuple[str, Claim, list[pytest.Item]]] = {}
        for item, made in cases:
            address = item.nodeid.partition("[")[0]
            grouped.setdefault(address, (address, made, []))[2].append(item)
            item.stash[IDENTITY_KEY] = (made.id, _case_id(item))
            item.user_properties.append((IDENTITY, [made.id, _case_id(item)]))
        whole = self._is_whole(folder)
        if paper:
            declared = [(address, made) for address, made, _ in grouped.values()]
            faults += problems(declared, paper, self.baseline.claims, whole)
        for address, made, group in grouped.values():
            faults += [f"{address}: {fault}" for fault in _case_faults(made, group)]
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
        """Whether the run was pointed at the whole folder of claims."""
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
            self.catalogue["claims"].append({**self.shown[made.id], "cases": [_case_entry(i, made) for i in group]})

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
        finally:
            if check.record is not None:
                check.record["seconds"] = round(time.perf_counter() - started, 4)
                self._gate(pyfuncitem, made, check.record)
        if check.record is None:
            pytest.fail(f"{made.id}: the test ended without evidence (call check once)", pytrace=False)
        self._pass_or_fail(pyfuncitem, made, check.record)
        return True

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Iterator[None]:
        """Turn a skipped case into a failure where its evidence is required."""
        report: pytest.TestReport = yield  # type: ignore[assignment]
        if self.options.require and report.skipped and IDENTITY_KEY in item.stash:
            record = dict(item.user_properties).get(RECORD)
            grade = record["grade"] if isinstance(record, dict) else None
            if self.options.require in (ANY, grade):
                report.outcome = "failed"
                reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
                reason = str(reason).removeprefix("Skipped: ")
                report.longrepr = f"not run, but --verdicts-require {self.options.require}: {reason}"
        return report  # type: ignore[return-value]

    def _gate(self, item: pytest.Function, made: Claim, record: Record) -> None:
        shown = {**self.shown[made.id]}
        case = {**record, "id": _case_id(item), "reading": _reading(item)}
        record["statement"] = statement_hash(shown, case)
        record["gate"] = self.baseline.gate(made.id, case["id"], record["verdict"], record["statement"])
        item.user_properties.append((RECORD, record))

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
        decisive = _reading(item) in (None, made.primary)
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
    lines.append(f"reproduce: {_reproduce(item)}")
    return "\n".join(lines)


def _ends(ends: list[str | None], is_open: list[bool]) -> str:
    lo, hi = ends
    left = "(-inf" if lo is None else f"{'(' if is_open[0] else '['}{lo}"
    right = "inf)" if hi is None else f"{hi}{')' if is_open[1] else ']'}"
    return f"{left}, {right}"


def _reproduce(item: pytest.Item) -> str:
    seed = item.config.option.seed
    return f"pytest {shlex.quote(item.nodeid.partition('@')[0])}" + (f" --seed {seed}" if seed is not None else "")


def _case_id(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    return callspec.id if callspec else ""


def _reading(item: pytest.Item) -> str | None:
    callspec = getattr(item, "callspec", None)
    reading = callspec.params.get("reading") if callspec else None
    return None if reading is None else str(reading)


def _case_entry(item: pytest.Item, made: Claim) -> dict[str, Any]:
    callspec = getattr(item, "callspec", None)
    reading = _reading(item)
    return {
        "id": _case_id(item),
        "rank": list(callspec.indices.values()) if callspec else [],
        "reading": reading,
        "primary": reading is None or reading == made.primary,
        "node": item.nodeid,
        "reproduce": _reproduce(item),
    }


def _case_faults(made: Claim, group: list[pytest.Item]) -> list[str]:
    """What is wrong with the cases of one claim."""
    faults = []
    readings = {reading for item in group if (reading := _reading(item)) is not None}
    if any(_is_empty(item) for item in group):
        faults.append(f"claim {made.id!r} has an empty parametrization")
    if readings and made.primary not in readings:
        faults.append(f"claim {made.id!r}: primary {made.primary!r} is none of its readings {sorted(readings)}")
    if made.primary and not readings:
        faults.append(f"claim {made.id!r}: primary {made.primary!r}, but its cases have no `reading` parameter")
    seen: dict[str, int] = defaultdict(int)
    for item in group:
        seen[_case_id(item)] += 1
    return faults + [f"claim {made.id!r}: case {case!r} occurs twice" for case, times in seen.items() if times > 1]


def _is_empty(item: pytest.Item) -> bool:
    reasons = [str(mark.kwargs.get("reason", "")) for mark in item.iter_markers("skip")]
    return any(reason.startswith("got empty parameter set") for reason in reasons)


def _paper_folder(path: Path, root: Path) -> Path | None:
    """The nearest folder of a claims file, up to the root, that holds a paper.toml."""
    for folder in path.parents:
        if (folder / "paper.toml").exists():
            return folder
        if folder == root:
            break
    return None
