"""Which accepted cases a user names to be erased, and which of a run's cases are there to be erased."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

from verdicts.spelling import near

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from verdicts.accepted import AcceptedClaim

Key = tuple[str, str]
"ids of a claim and of one of its cases"
BETWEEN: Final = "::"
"stands between the two in a name"
MOST_NAMED: Final = 5


def cases_named(names: Iterable[str], claims: Mapping[str, AcceptedClaim]) -> set[Key]:
    """The accepted cases that names stand for: CLAIM for all of a claim's, CLAIM::CASE for one of them.

    The only case of a claim without parameters has an empty id: CLAIM::

    Raises:
        ValueError: a name stands for nothing that was accepted, in one line with what is near, or for two things.
    """
    keys: set[Key] = set()
    for name in names:
        found = [*_as_claim(name, claims), *_as_case(name, claims)]
        if not found:
            raise ValueError(f"{name}: expected CLAIM or CLAIM::CASE, of what was accepted{_near(name, claims)}")
        if len(found) > 1:
            raise ValueError(f"{name}: stands for more than one thing: a claim or case has {BETWEEN} in its id")
        keys.update(*found)
    return keys


def without(claims: Mapping[str, AcceptedClaim], erased: Collection[Key]) -> dict[str, AcceptedClaim]:
    """What is left of accepted claims without some of their cases."""
    left: dict[str, AcceptedClaim] = {}
    for id, entry in claims.items():
        if cases := {case: kept for case, kept in entry["cases"].items() if (id, case) not in erased}:
            left[id] = {**entry, "cases": cases}
    return left


def command(gone: Collection[Key], claims: Mapping[str, AcceptedClaim], path: Path) -> str:
    """What is said of accepted cases that are no longer declared: how many stay, and what erases them.

    Args:
        gone: the cases.
        claims: what was accepted.
        path: of the baseline.
    """
    by_claim: dict[str, list[str]] = {}
    for claim, case in sorted(gone):
        by_claim.setdefault(claim, []).append(case)
    names = []
    for claim, cases in by_claim.items():
        whole = set(cases) == claims[claim]["cases"].keys()
        names += [claim] if whole else [f"{claim}{BETWEEN}{case}" for case in cases]
    return f"{len(gone):,} accepted and no longer declared; to erase: {erasing(names, path)}"


def erasing(names: Sequence[str], path: Path | str) -> str:
    """The command that erases what is named from a baseline, with the first few names."""
    shown = " ".join(map(shlex.quote, names[:MOST_NAMED])) + (" …" if names[MOST_NAMED:] else "")
    return f"verdicts forget {shown} --baseline {shlex.quote(str(path))}"


def _as_claim(name: str, claims: Mapping[str, AcceptedClaim]) -> list[set[Key]]:
    return [{(name, case) for case in claims[name]["cases"]}] if name in claims else []


def _as_case(name: str, claims: Mapping[str, AcceptedClaim]) -> list[set[Key]]:
    """The cases whose name this is: either id may hold the sign between them."""
    splits = [(name[:at], name[at + 2 :]) for at in range(len(name)) if name.startswith(BETWEEN, at)]
    return [{(claim, case)} for claim, case in splits if claim in claims and case in claims[claim]["cases"]]


def _near(name: str, claims: Mapping[str, AcceptedClaim]) -> str:
    known = [*claims, *(f"{id}{BETWEEN}{case}" for id, entry in claims.items() for case in entry["cases"] if case)]
    found = near(name, known)
    return f", such as {', '.join(found)}" if found else ""
