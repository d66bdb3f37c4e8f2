"""What a test item says of the case that it is: its claim, its name, its reading, and what is wrong with it."""

from __future__ import annotations

import shlex
import unittest
from collections import Counter
from typing import Any, Final

import pytest

from verdicts.claims import Claim
from verdicts.search import is_search

CASE_KEY: Final = pytest.StashKey[tuple[Claim, str]]()
"where an item keeps its claim and the id of its case"
ENTRY_KEY: Final = pytest.StashKey[dict[str, Any]]()
"where it keeps what the catalogue says of it"


def claims_of(item: pytest.Item) -> list[Claim]:
    """The claims that a test is marked with, the nearest first."""
    stated = [mark.args[0] for mark in item.iter_markers("claim") if mark.args]
    return [made for made in stated if isinstance(made, Claim)]


def key_of(item: pytest.Item) -> tuple[str, str]:
    """The ids of the item's claim and of its case."""
    made, case = item.stash[CASE_KEY]
    return made.id, case


def case_entry(item: pytest.Item, made: Claim, seed: int) -> dict[str, Any]:
    """What the catalogue says of a case before it runs."""
    callspec = getattr(item, "callspec", None)
    taken = reading_of(item)
    return {
        "id": case_id(item),
        "rank": list(callspec.indices.values()) if callspec else [],
        "reading": taken,
        "primary": taken is None or taken == made.primary,
        "node": item.nodeid,
        "reproduce": reproduce(item, seed),
    }


def case_id(item: pytest.Item) -> str:
    """The name of the case within its claim, "" for the only one."""
    callspec = getattr(item, "callspec", None)
    return str(callspec.id) if callspec else ""


def reading_of(item: pytest.Item) -> str | None:
    """The reading of the claim that the case takes, if it names one: by its mark, or by a parameter `reading`."""
    mark = item.get_closest_marker("reading")
    if mark is not None:
        return str(mark.args[0])
    callspec = getattr(item, "callspec", None)
    name = callspec.params.get("reading") if callspec else None
    return None if name is None else str(name)


def reproduce(item: pytest.Item, seed: int) -> str:
    """The command that runs this case alone, with the root seed where one was asked for."""
    asked = item.config.option.verdicts_seed is not None
    return f"pytest {shlex.quote(_node(item))}" + (f" --verdicts-seed {seed}" if asked else "")


def _node(item: pytest.Item) -> str:
    """The node id, without the group that xdist may append to it."""
    return f"{item.parent.nodeid}::{item.name}" if item.parent else item.nodeid


def function_of(item: pytest.Item) -> str:
    """The node id of the test function."""
    return _node(item).removesuffix(f"[{case_id(item)}]")


def case_faults(made: Claim, group: list[pytest.Item], *, whole: bool) -> list[str]:
    """What is wrong with the cases of one claim; `whole` where all of them were collected."""
    faults = []
    taken = {name for item in group if (name := reading_of(item)) is not None}
    marks = [mark for item in group for mark in item.iter_markers()]
    if any(is_search(getattr(item, "obj", None)) and "check" in getattr(item, "fixturenames", ()) for item in group):
        faults.append(" is a search (@given), which decides it: it takes no check")
    if any(_is_unittest(item) for item in group):
        faults.append(" is a unittest: state it as a function, or as a method of a plain class")
    if any(len(set(map(id, claims_of(item)))) > 1 for item in group):
        faults.append(" shares its test with another claim: one test states one claim")
    if any(mark.name == "xfail" for mark in marks):
        faults.append(" is marked xfail: accept its verdict into the baseline instead")
    if any(_is_empty(mark) for mark in marks):
        faults.append(" has an empty parametrization")
    if whole and taken and made.primary not in taken:
        faults.append(f": primary {made.primary!r} is none of its readings {sorted(taken)}")
    if made.primary and not taken:
        faults.append(f": primary {made.primary!r}, but its cases take no reading")
    seen = Counter(case_id(item) for item in group)
    return faults + [f": case {case!r} occurs twice" for case, times in seen.items() if times > 1]


def _is_unittest(item: pytest.Item) -> bool:
    kind = getattr(item, "cls", None)
    return isinstance(kind, type) and issubclass(kind, unittest.TestCase)


def _is_empty(mark: pytest.Mark) -> bool:
    return mark.name == "skip" and str(mark.kwargs.get("reason", "")).startswith("got empty parameter set")


def is_subtest(report: pytest.TestReport) -> bool:
    """Whether a report is on a part of a test only."""
    return "Subtest" in type(report).__name__ or "SubTest" in type(report).__name__


def one_line(longrepr: object) -> str:
    """One line on an error or a skip: the one that names the exception where there is one, else the last."""
    text = str(longrepr[2] if isinstance(longrepr, tuple) else longrepr)
    lines = [line.strip() for line in text.splitlines() if line.strip(" -+|_=")]
    errors = [line[1:].strip(" -+|") for line in lines if line.startswith("E ")]
    named = [line for line in errors if line]
    return (named or lines or ["no message"])[0 if named else -1]
