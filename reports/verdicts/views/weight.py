"""What a verdict costs the paper: the headline claims that rest on it, as the ledger's graph has them.

A headline claim is one of the paper's own that its abstract, a numbered result or its conclusion makes. A refuted claim
on which no headline rests, and which is none itself, is a slip.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from verdicts.views.wording import is_of_the_paper

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from verdicts.records import Claim, Ledger

RESULTS: Final = ("Theorem", "Proposition", "Corollary")
HEADLINES: Final = ("Abstract", "Theorems", "Conclusion")
"where headline claims stand; Theorems are the numbered results, by whichever of these names"
_TITLES: Final = {
    "Abstract": re.compile("abstract|summary", re.IGNORECASE),
    "Conclusion": re.compile("conclusions?\\b", re.IGNORECASE),
}


class Cost(NamedTuple):
    """A refuted claim of the paper, and what falls with it."""

    claim: Claim
    headlines: list[Claim]
    "the headline claims that rest on it, directly or not; itself first where it is one"
    repeats: list[Claim]
    "further refuted claims for which the same is true instead: the same fault, elsewhere"


def headline_place(claim: Claim, sections: Mapping[str, str]) -> str:
    """Where a claim is a headline: one of HEADLINES, the first that applies; empty where it is none.

    Args:
        claim: of the ledger.
        sections: the title of each section, by its id.
    """
    if not is_of_the_paper(claim):
        return ""
    places = [claim["at"], *claim["also_at"]]
    for name in HEADLINES:
        if name == "Theorems":
            found = any(place.startswith(RESULTS) for place in places)
        else:
            found = any(_TITLES[name].match(sections.get(id, id)) for id in _sections(claim, places))
        if found:
            return name
    return ""


def _sections(claim: Claim, places: Sequence[str]) -> list[str]:
    """Ids of the sections in which a claim stands, or what a place calls itself: Section 11.1 belongs to section 11."""
    numbered = [place.removeprefix("Section ").partition(".")[0] for place in places]
    return [claim["section"], *numbered]


def headlines(ledger: Ledger) -> dict[str, list[Claim]]:
    """The headline claims, by where they stand, in the order of HEADLINES and then the ledger's."""
    sections = _titles(ledger)
    found: dict[str, list[Claim]] = {name: [] for name in HEADLINES}
    for claim in ledger["claims"]:
        if name := headline_place(claim, sections):
            found[name].append(claim)
    return {name: claims for name, claims in found.items() if claims}


def costs(ledger: Ledger) -> list[Cost]:
    """The refuted claims of the paper, costliest first, otherwise in the ledger's order; each fault once."""
    heads = [claim for claims in headlines(ledger).values() for claim in claims]
    falling: dict[str, list[Claim]] = {}
    for claim in heads:
        if claim["verdict"] == "refuted":
            falling.setdefault(claim["id"], []).insert(0, claim)
        for id in claim["unsupported_by"]:
            falling.setdefault(id, []).append(claim)
    refuted = [claim for claim in ledger["claims"] if claim["verdict"] == "refuted" and is_of_the_paper(claim)]
    refuted.sort(key=lambda claim: _rank(falling.get(claim["id"], []), claim))
    faults: dict[str, list[Claim]] = {}
    for claim in refuted:
        faults.setdefault(claim["instead"] or f" {claim['id']}", []).append(claim)
    return [Cost(first, falling.get(first["id"], []), repeats) for first, *repeats in faults.values()]


def _rank(falls: Sequence[Claim], claim: Claim) -> tuple[int, bool]:
    """The costliest first; of those that cost as much, the headline claims."""
    return -len(falls), claim not in falls


def unblocked(ledger: Ledger) -> dict[str, list[str]]:
    """By the id of each claim that was not run, the claims that wait for it: they rest on it, directly or not."""
    waiting: dict[str, list[str]] = {claim["id"]: [] for claim in ledger["claims"] if claim["verdict"] == "not run"}
    for claim in ledger["claims"]:
        for id in claim["unchecked"]:
            if id in waiting:
                waiting[id].append(claim["id"])
    return dict(sorted(waiting.items(), key=lambda each: -len(each[1])))


def _titles(ledger: Ledger) -> dict[str, str]:
    return {section["id"]: section["title"] for section in ledger["sections"]}
