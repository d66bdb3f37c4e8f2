"""Whether the digits that an audit quotes stand in the paper: a typing error in a claim looks like a false paper."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final

from verdicts.digits import numbers
from verdicts.tables import read_table
from verdicts.views.wording import full_name
from verdicts.vocabulary import APART, STANDINGS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from pathlib import Path

    from verdicts.anchored import Quote
    from verdicts.passages import Line, Passages
    from verdicts.records import Ledger
    from verdicts.vocabulary import Standing
    from verdicts.waivers import Waivers

TABLE: Final = re.compile(r"table_0*([1-9A-Z][0-9A-Z]*)\.csv")
"the file of a printed table, in a folder `tables` of the claims"


@dataclass(frozen=True)
class Quoted:
    """A string that is said to stand in the paper."""

    name: str
    "of the case, or of the file and row, that quotes it"
    claim: str
    "id of the claim; empty where a file of the paper's tables quotes it"
    printed: str
    places: tuple[str, ...]
    "where it is said to stand, in any of them"


@dataclass(frozen=True)
class Quotation:
    """A quoted string, and whether it stands in the paper."""

    quoted: Quoted
    standing: Standing
    elsewhere: tuple[str, ...] = ()
    "where it stands instead"
    near: tuple[str, ...] = ()
    "numbers at its place that look like it"

    @property
    def told(self) -> dict[str, Any]:
        """All of it in plain types."""
        return {**asdict(self.quoted), **{key: value for key, value in asdict(self).items() if key != "quoted"}}

    @property
    def kept(self) -> Quote:
        """What the ledger keeps of it, with the claim that quotes it."""
        return {
            "printed": self.quoted.printed,
            "standing": self.standing,
            "elsewhere": list(self.elsewhere),
            "near": list(self.near),
        }

    @property
    def line(self) -> str:
        """What is to be said of it, on one line."""
        start, at = f"{self.quoted.name}: “{self.quoted.printed}”", " or ".join(self.quoted.places)
        if self.standing == "found":
            return f"{start} stands at {at}"
        if self.standing == "found elsewhere":
            return f"{start} is not at {at}, but in {', '.join(self.elsewhere)}"
        near = f"; there stand {', '.join(self.near)}" if self.near else ""
        return f"{start} stands nowhere in the paper, expected at {at}{near}"


def quotations(ledger: Ledger, passages: Passages, waivers: Waivers, folder: Path) -> list[Quotation]:
    """Each string that a claim of the paper quotes, and each number of its tables, but for those waived.

    Extensions, replications and notes of a review quote no paper. The numbers of one row of a table are looked for in
    one line.
    """
    quoted: dict[tuple[str, str], Quoted] = {}
    for each in _by_claims(ledger):
        if not waivers.is_own(each.claim, each.printed):
            quoted.setdefault((each.claim, each.printed), each)
    return [*(_looked_up(each, passages) for each in quoted.values()), *_of_tables(folder, passages)]


def faults(found: Iterable[Quotation]) -> list[str]:
    """What stands nowhere in the paper, one line each."""
    return [each.line for each in found if each.standing == "not found"]


def counted_words(found: Collection[Quotation]) -> str:
    """How many of the strings stand where they are said to, in words."""
    counts = Counter(each.standing for each in found)
    return f"{len(found):,} printed strings: {', '.join(f'{counts[name]:,} {name}' for name in STANDINGS)}"


def cells(folder: Path) -> Iterator[tuple[str, str, list[str]]]:
    """The rows of the paper's tables that an audit keeps, tables/table_7.csv for Table 7: name, place and cells."""
    for path in sorted((folder / "tables").glob("*.csv")):
        if match := TABLE.fullmatch(path.name):
            for row, each in enumerate(read_table(path), 2):
                yield f"tables/{path.name}, line {row}", f"Table {match[1]}", list(each.values())


def _by_claims(ledger: Ledger) -> Iterator[Quoted]:
    for claim in ledger["claims"]:
        for case in claim["cases"] if claim["kind"] not in APART else ():
            for printed in case["printed"]:
                yield Quoted(full_name(claim, case), claim["id"], printed, (claim["at"], *claim["also_at"]))


def _of_tables(folder: Path, passages: Passages) -> Iterator[Quotation]:
    for name, place, row in cells(folder):
        wanted = [number for cell in row for number in numbers(cell)[1]]
        lines = passages.of(place)
        best = max(lines, key=lambda line: sum(line.has(number) for number in wanted), default=None)
        for number in wanted:
            quoted = Quoted(name, "", number.shown, (place,))
            stands = best is not None and best.has(number)
            yield Quotation(quoted, "found") if stands else _looked_up(quoted, passages, lines=[])


def _looked_up(quoted: Quoted, passages: Passages, lines: list[Line] | None = None) -> Quotation:
    digits = next((number.readings[0][0] for number in numbers(quoted.printed)[1]), "")
    here = [line for place in quoted.places for line in passages.of(place)]
    if any(digits in line.digits for line in (here if lines is None else lines)):
        return Quotation(quoted, "found")
    if elsewhere := passages.holding(digits):
        told = dict.fromkeys(f"{line.where} (line {line.number})" for line in elsewhere[:3])
        return Quotation(quoted, "found elsewhere", tuple(told))
    there = sorted({number.shown for line in here for number in line.numbers})
    near = get_close_matches(quoted.printed.lstrip("+-−").rstrip("%"), there, n=4, cutoff=0.5)
    return Quotation(quoted, "not found", near=tuple(near))
