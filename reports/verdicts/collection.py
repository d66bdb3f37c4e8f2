"""Collects claims, in whichever process collects tests, and hands their catalogue to the controller."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from verdicts.asked import asked_for, parts_of_files, starting_points
from verdicts.baseline import is_named, no_claim
from verdicts.cases import (
    CASE_KEY,
    ENTRY_KEY,
    case_entry,
    case_faults,
    case_id,
    claims_of,
    function_of,
    key_of,
    one_line,
)
from verdicts.claims import DECLARED, Claim, problems
from verdicts.declared import DESELECTED
from verdicts.draws import without_constants_of_modules
from verdicts.hosts import origin
from verdicts.paper import PAPER, Paper, folder_asked_for, folder_of, read_paper
from verdicts.search import is_search
from verdicts.vocabulary import GRADES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verdicts.baseline import Baseline
    from verdicts.options import Options

CATALOGUE: Final = "verdicts_catalogue"
"the attribute of a collect report that carries the catalogue to the controller, over xdist's wire or in one process"


class Collection:
    """Draws up the catalogue of claims: what was declared, which cases there are, which will run, and what is wrong."""

    def __init__(self, config: pytest.Config, options: Options, baseline: Baseline) -> None:
        self.config = config
        self.options = options
        self.baseline = baseline
        self.items: list[pytest.Item] = []
        self.deselected: set[tuple[str, str]] = set()
        self.silent: dict[Path, str] = {}
        self.failed: set[Path] = set()
        self.folder: Path | None = None
        self.shown: dict[str, dict[str, Any]] = {}
        self.places: frozenset[str] = frozenset()

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Remember files that could not be collected, or that skipped themselves."""
        if not report.passed and not hasattr(report, CATALOGUE):
            file = (self.config.rootpath / report.nodeid.split("::")[0]).resolve()
            self.silent[file] = one_line(report.longrepr)
            if report.failed:
                self.failed.add(file)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Iterator[None]:
        """Take down every case before any other hook leaves some out."""
        for item in items:
            if stated := claims_of(item):
                item.stash[CASE_KEY] = (stated[0], case_id(item))
                self.items.append(item)
        searches = [item for item in items if isinstance(item, pytest.Function) and is_search(item.obj)]
        if searches and all(CASE_KEY in item.stash for item in searches):
            with without_constants_of_modules():  # hypothesis would look for them now, a quarter of a second
                yield
        else:
            yield

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """Remember what -k, -m, --deselect or a hook left out."""
        self.deselected |= {key_of(item) for item in items if CASE_KEY in item.stash}

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Hand the catalogue over, as a report, which xdist carries to wherever the controller is."""
        if not self.items and not DECLARED and self._asked_for() is None:
            return
        catalogue = self._catalogue({key_of(item) for item in session.items if CASE_KEY in item.stash})
        if catalogue["faults"]:
            session.items[:] = []
        elif self.folder and all(self.folder.resolve() in file.parents for file in self.failed):
            # a file of claims that cannot be imported costs no other file's evidence; the exit status still says so
            self.config.option.continue_on_collection_errors = True
        if hasattr(self.config, "workerinput"):
            catalogue["origin"] = origin(self.config.rootpath)
        text = json.dumps(catalogue)
        digest = hashlib.sha256(text.encode()).hexdigest()
        report = pytest.CollectReport(
            nodeid="", outcome="skipped", longrepr=("", 0, digest), result=[], sections=[], **{CATALOGUE: text}
        )
        self.config.hook.pytest_collectreport(report=report)

    def _catalogue(self, selected: set[tuple[str, str]]) -> dict[str, Any]:
        faults: list[str] = []
        paper, folder = self._paper(faults)
        self.folder = folder
        asked = asked_for(self.config, folder)
        groups: dict[str, list[pytest.Item]] = {}
        for item in self.items:
            groups.setdefault(function_of(item), []).append(item)
        claims = [group[0].stash[CASE_KEY][0] for group in groups.values()]
        if paper:
            self.places = frozenset(place for _, _, places in paper.sections for place in places)
            faults += problems(claims, paper, complete=asked.whole and not self.silent)
        parts = parts_of_files(self.config)
        partial = {source for source in {made.source for made in claims} if Path(source).resolve() in parts}
        for made, group in zip(claims, groups.values(), strict=True):
            found = case_faults(made, group, whole=not asked.silently and made.source not in partial)
            faults += [f"{made.source}:{made.line}: claim {made.id!r}{fault}" for fault in found]
        faults += [] if asked.silently else self._lost_declarations(claims)
        faults += self._misuse(claims)
        catalogue: dict[str, Any] = {"faults": faults, "whole": asked.whole, "selects": asked.selects}
        catalogue["complete"] = asked.finds_all and not self._silent_claims()
        catalogue["unseen"] = list(self._unseen())
        if paper and folder and not faults:
            catalogue |= self._entries(paper, folder, list(zip(claims, groups.values(), strict=True)), selected)
        return catalogue

    def _asked_for(self) -> Path | None:
        return folder_asked_for(starting_points(self.config))

    def _paper(self, faults: list[str]) -> tuple[Paper | None, Path | None]:
        files = {item.path for item in self.items} or {Path(made.source) for made in DECLARED}
        folders = {folder_of(file.resolve()) for file in files} or {self._asked_for()}
        if len(folders) > 1 or None in folders:
            expected = f"expected one {PAPER} beside the claims, or in a folder above them"
            faults.append(f"{min(files).parent}: {expected}; found {len(folders - {None})}")
            return None, None
        folder = folders.pop()
        try:
            return (read_paper(folder / PAPER) if folder else None), folder
        except ValueError as error:
            faults.append(str(error))
            return None, folder

    def _lost_declarations(self, claims: list[Claim]) -> list[str]:
        """Claims that were declared and never became a case, but for files that are broken or not asked for whole."""
        collected = set(map(id, claims))
        excused = parts_of_files(self.config) | self.failed
        lost = [made for made in DECLARED if id(made) not in collected]
        return [
            f"{made.source}:{made.line}: claim {made.id!r} was declared, but no test of it was collected ("
            + self.silent.get(file, "is its function named test_…, is its name taken, does a decorator hide it?")
            + ")"
            for made in lost
            if (file := Path(made.source).resolve()) not in excused
        ]

    def _silent_claims(self) -> dict[Path, list[str]]:
        """The claims that stand in files that could not be collected, or that skipped themselves."""
        return {file: ids for file in self.silent if (ids := written_in(file))}

    def _unseen(self) -> Iterator[str]:
        """What skipped itself with claims that nothing remembers: those that were accepted are missed by name."""
        for file, ids in self._silent_claims().items():
            unknown = [
                id for id in ids if id not in self.baseline.claims and not is_named(id, self.options.allow_not_run)
            ]
            if unknown and file not in self.failed:
                name, never = _relative(file, self.config.rootpath), ", ".join(unknown)
                yield f"{name} skipped itself ({self.silent[file]}), and with it what was never accepted: {never}"

    def _misuse(self, claims: list[Claim]) -> list[str]:
        """What makes the whole run worthless."""
        found = []
        if sys.flags.optimize:
            found.append("python -O strips asserts, so that false claims would hold: run without -O or PYTHONOPTIMIZE")
        weight = sum(item.stash[CASE_KEY][0].weight for item in self.items)
        if weight > self.options.planned:
            found.append(
                f"the cases weigh {weight} units, but their error budget is planned for {self.options.planned} "
                f"(ini key verdicts_planned)"
            )
        known = {"all", "new", *self.baseline.claims, *(made.id for made in claims)}
        found += [f"--verdicts-accept {no_claim(what, known)}" for what in self.options.accept if what not in known]
        known |= {*GRADES, *(id for ids in self._silent_claims().values() for id in ids)}
        found += [
            f"--verdicts-allow-not-run {what}: no claim matches it; expected a grade ({', '.join(GRADES)}) or the id "
            f"of a claim (with stars)"
            for what in self.config.getoption("--verdicts-allow-not-run") or ()  # the ini key may name another paper's
            if not any(is_named(name, [what]) for name in known - {"all", "new"})
        ]
        return found

    def _entries(
        self, paper: Paper, folder: Path, groups: list[tuple[Claim, list[pytest.Item]]], selected: set[tuple[str, str]]
    ) -> dict[str, Any]:
        groups.sort(key=lambda group: (paper.rank(group[0].at), group[0].id))
        files = {source: _relative(Path(source).resolve(), folder) for source in {made.source for made, _ in groups}}
        claims = []
        for made, group in groups:
            self.shown[made.id] = claim_entry(made, paper, files[made.source])
            for item in group:
                item.stash[ENTRY_KEY] = case_entry(item, made, self.options.seed)
            cases = [item.stash[ENTRY_KEY] | {"left_out": self._left_out(item, selected)} for item in group]
            claims.append({**self.shown[made.id], "cases": cases})
        return {
            "folder": _relative(folder.resolve(), self.config.rootpath),
            "paper": {"id": paper.id, "title": paper.title, "version": paper.version, "url": paper.url},
            "sections": [{"id": id, "title": title} for id, title, _ in paper.sections],
            "claims": claims,
            "silent": {_relative(file, folder): reason for file, reason in self.silent.items()},
        }

    def _left_out(self, item: pytest.Item, selected: set[tuple[str, str]]) -> str:
        """Why a case will not run; empty where it will."""
        key = key_of(item)
        if key in selected:
            return ""
        return DESELECTED if key in self.deselected else "dropped by a hook after it was collected"


def written_in(file: Path) -> list[str]:
    """The ids of the claims that a file would declare if it were run, as far as its text tells."""
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, SyntaxError):
        return []
    marks = [
        mark for node in ast.walk(tree) for mark in getattr(node, "decorator_list", ()) if isinstance(mark, ast.Call)
    ]
    ids = []
    for mark in marks:
        if getattr(mark.func, "id", getattr(mark.func, "attr", "")) == "claim":
            id = next(iter([*mark.args, *(word.value for word in mark.keywords if word.arg == "id")]), None)
            ids.append(str(id.value) if isinstance(id, ast.Constant) else f"the claim in line {mark.lineno}")
    return ids


def _relative(file: Path, folder: Path) -> str:
    return Path(os.path.relpath(file, folder.resolve())).as_posix()


def claim_entry(made: Claim, paper: Paper, file: str) -> dict[str, Any]:
    """What the catalogue says of a claim, in plain types; its file is named from the folder of claims."""
    return {
        "id": made.id,
        "at": made.at,
        "also_at": list(made.also_at),
        "section": paper.section_of(made.at),
        "says": made.says,
        "tex": made.tex,
        "kind": made.kind,
        "rests_on": list(made.rests_on),
        "note": made.note,
        "instead": made.instead or None,
        "primary": made.primary,
        "file": file,
        "line": made.line,
    }
