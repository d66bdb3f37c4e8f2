"""Where the places of a paper stand in its text: sections, tables, theorems, equations."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

from verdicts.digits import Number, numbers

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from verdicts.paper import Paper

SUBSECTION: Final = re.compile(r"(?P<number>(?P<section>[0-9]+|[A-Z])(?:\.[0-9]+)+)\.? +(?=[^\s0-9])")
OF_ONE_SECTION: Final = re.compile(r" \((?:Appendix|Section) \w+\)$")
BACK_MATTER: Final = re.compile(r"(?:References|Bibliography|Acknowledge?ments?)\.?", re.IGNORECASE)
UNPLACED: Final = "outside the sections"


@dataclass
class Line:
    """One line of the text, with where it stands."""

    number: int
    "in the file as it was read, from 1"
    text: str
    "without LaTeX's spaces and subscripts"
    section: str
    "id of the section; empty before the first and after the last"
    heading: str
    "number of the subsection, such as 6.1; empty where there is none"
    block: int
    "which stretch of lines without an empty one between them"
    is_heading: bool
    numbers: list[Number] = field(default_factory=list)

    @cached_property
    def digits(self) -> set[str]:
        """All that its numbers can be read as."""
        return {key for number in self.numbers for reading in number.readings for key in reading}

    def has(self, number: Number) -> bool:
        """Whether a number of another text stands here, in one way of reading it."""
        return any(self.digits.issuperset(reading) for reading in number.readings)

    @property
    def where(self) -> str:
        """The nearest heading above, as a reader would name it."""
        if not self.section:
            return UNPLACED
        is_appendix = len(self.section) == 1 and self.section.isalpha()
        kind = "Appendix " if is_appendix else "Section " if self.section[0].isdigit() else ""
        return f"{kind}{self.heading or self.section}"


class Passages:
    """The lines of a paper's text by the places that claims name."""

    def __init__(self, lines: Sequence[str], paper: Paper) -> None:
        self.paper = paper
        self.lines = _divided(lines, paper)
        self._found: dict[str, list[Line]] = {}

    def of(self, place: str) -> list[Line]:
        """The lines of a place: of a table or a figure its own, of a theorem or an equation those of its subsection.

        Where the text does not show the place itself, as of a footnote, the lines of its section; none where the text
        lacks the section too.
        """
        if place not in self._found:
            section = [line for line in self.lines if line.section == self.paper.section_of(place)]
            self._found[place] = _lines_of(OF_ONE_SECTION.sub("", place), section) or section
        return self._found[place]

    def holding(self, digits: str) -> list[Line]:
        """The lines that have a number with these digits."""
        return [line for line in self.lines if digits in line.digits]

    def missing_sections(self) -> list[str]:
        """Ids of the paper's sections that the text does not show."""
        shown = {line.section for line in self.lines}
        return [id for id, _, _ in self.paper.sections if id not in shown]


def _lines_of(place: str, section: list[Line]) -> list[Line]:
    kind, _, number = place.partition(" ")
    if kind in ("Section", "Appendix"):
        return [line for line in section if f"{line.heading}.".startswith(f"{number}.")] if number else section
    if kind in ("Table", "Figure"):
        blocks = {line.block for line in section if re.match(rf"{re.escape(place)}[.:]", line.text)}
        return [line for line in section if line.block in blocks]
    sign = rf".*{re.escape(number)}$" if kind == "Equation" else rf"{re.escape(place)}(?![0-9])"
    heading = next((line.heading for line in section if re.match(sign, line.text)), None)
    return [line for line in section if line.heading == heading]


def _divided(lines: Iterable[str], paper: Paper) -> list[Line]:
    titles = {id: _squashed(title)[:10] for id, title, _ in paper.sections}
    section, heading, block, divided = "", "", 0, []
    for number, text in enumerate(lines, 1):
        block += not text
        opened = _opens(text, titles)
        below = SUBSECTION.match(text)
        is_below = bool(below and below["section"] == section and _follows(heading, below["number"]))
        if opened is not None:
            section, heading = opened, ""
        elif is_below and below:
            heading = below["number"]
        plain, found = numbers(text)
        if text:
            divided.append(Line(number, plain, section, heading, block, opened is not None or is_below, found))
    return divided


def _opens(text: str, titles: dict[str, str]) -> str | None:
    """The id of the section whose heading a line is, "" for the references, None for any other line."""
    if BACK_MATTER.fullmatch(text):
        return ""
    for id, title in titles.items():
        start = re.match(rf"(?:(?:Section|Appendix) +)?(?:{re.escape(id)}[.:]? +)?", text)
        rest = text[start.end() if start else 0 :]
        named = bool(start and start[0]) or _squashed(rest) == title
        if named and len(rest) < 200 and title and _squashed(rest).startswith(title):
            return id
    return None


def _follows(before: str, number: str) -> bool:
    """Whether a subsection can come after another: numbers only rise."""
    return [int(part) for part in number.split(".")[1:]] > [int(part) for part in before.split(".")[1:]]


def _squashed(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]", "", text).lower()
