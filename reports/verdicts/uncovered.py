"""The numbers of a paper's text that no claim states."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from verdicts.digits import digits_of
from verdicts.quotations import cells
from verdicts.vocabulary import APART

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from verdicts.anchored import Unstated
    from verdicts.digits import Number
    from verdicts.passages import Line, Passages
    from verdicts.records import Claim, Ledger
    from verdicts.waivers import Waivers

PLACES: Final = (
    r"Sections?|Theorems?|Tables?|Figures?|Figs?\.|Equations?|[Ee]qs?\.|Appendi(?:x|ces)|Lemmas?|Corollar(?:y|ies)"
    r"|Footnotes?|Definitions?|Problems?|Propositions?|Props?\.|Thms?\.|Remarks?|Facts?|Assumptions?|Conjectures?"
    r"|Contributions?|Examples?|Steps?|Parts?|Layers?|Chapters?|Experiments?|Refs?\.|§|no\."
)
NAMED: Final = re.compile(
    rf"(?:{PLACES})[\s~]*\(?[A-Z]?[0-9][0-9.]*"
    r"(?:[\s~]*(?:,|–|-|and|or|&|to)[\s~]*\(?[A-Z]?[0-9][0-9.]*(?![0-9%×]))*"
)
"places of the paper, by their numbers"
CITED: Final = re.compile(
    r"(?:\(|, |; |et al\.,? |[A-Z]\w+ )\(?(?:19|20)[0-9]{2}[a-z]?(?=[)\];,.\s])|\[[0-9]+(?:, ?[0-9]+)*\]"
)
EQUATION: Final = re.compile(r"\([0-9A-Z.]{1,6}\)(?=$|\s*[,.;]?$)")
MARKER: Final = re.compile(r"^(?:[0-9]+\. ?)+(?=$|[^0-9])|^\(?[0-9]+[.)] ")


class Gap(NamedTuple):
    """A number that no claim of its section states."""

    section: str
    shown: str
    lines: tuple[Line, ...]
    "where it stands in that section"
    waived: str
    "why no claim need state it; empty where one is missing"

    @property
    def kept(self) -> Unstated:
        """What the ledger keeps of it."""
        places = list(dict.fromkeys(f"{line.where} (line {line.number})" for line in self.lines))
        return {"section": self.section, "number": self.shown, "places": places, "waived": self.waived}

    @property
    def told(self) -> dict[str, Any]:
        """All of it in plain types."""
        places = list(dict.fromkeys(line.where for line in self.lines))
        lines = [line.number for line in self.lines]
        return {"section": self.section, "number": self.shown, "places": places, "lines": lines}

    @property
    def line(self) -> str:
        """What is to be said of it, on one line."""
        first = self.lines[0]
        more = f" and {len(self.lines) - 1} more" if len(self.lines) > 1 else ""
        return f"{self.shown}  {first.where} (line {first.number}{more}): {_around(first, self.shown)}"


def uncovered(ledger: Ledger, passages: Passages, waivers: Waivers, folder: Path) -> list[Gap]:
    """What of the text is neither stated by a claim of its section, nor kept with the paper's tables.

    Numbers of headings, places, citations and lists are names; a single digit within a formula is a part of the
    formula, which claims state as a whole.
    """
    stated = _stated(ledger["claims"], passages)
    for _, place, row in cells(folder):
        stated.setdefault(passages.paper.section_of(place), set()).update(*map(digits_of, row))
    gaps: dict[tuple[str, str], list[Line]] = {}
    for line in passages.lines:
        for number in _quantities(line) if line.section else ():
            if not _is_stated(number, stated.get(line.section, set())):
                gaps.setdefault((line.section, number.shown), []).append(line)
    return [
        Gap(section, shown, tuple(lines), waivers.waives(section, shown)) for (section, shown), lines in gaps.items()
    ]


def _quantities(line: Line) -> Iterator[Number]:
    if line.is_heading:
        return
    names = [name.span() for pattern in (NAMED, CITED, EQUATION, MARKER) for name in pattern.finditer(line.text)]
    for number in line.numbers:
        is_name = any(first <= number.at < last for first, last in names)
        if not is_name and not (number.in_formula and len(number.shown) == 1):
            yield number


def _is_stated(number: Number, stated: set[str]) -> bool:
    return any(set(reading) <= stated for reading in number.readings)


def _stated(claims: Iterable[Claim], passages: Passages) -> dict[str, set[str]]:
    """The digits that the claims of each section state, in their words, formulas, cases or printed strings."""
    stated: dict[str, set[str]] = {}
    for claim in claims:
        if claim["kind"] in APART and claim["kind"] != "review":
            continue
        texts = [claim["says"], claim["tex"]]
        for case in claim["cases"]:
            texts += [case["id"], case["stated"], case["reading"] or "", *case["printed"]]
        digits = set().union(*map(digits_of, texts))
        for place in (claim["at"], *claim["also_at"]):
            stated.setdefault(passages.paper.section_of(place), set()).update(digits)
    return stated


def _around(line: Line, shown: str) -> str:
    at = next((number.at for number in line.numbers if number.shown == shown), 0)
    return f"{'…' if at > 30 else ''}{line.text[max(at - 30, 0) : at + len(shown) + 30]}…"
