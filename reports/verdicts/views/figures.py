"""The figures of the paper, and after them the audit's own, from points that claims left in the ledger.

No view computes one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from verdicts.views.plain import counted, shorten
from verdicts.vocabulary import NOT_IN_THE_PAPER

if TYPE_CHECKING:
    from verdicts.records import Curve, Ledger

MOST_FIGURES: Final = 12  # of a page, and of curves in a figure: a reader tells no more apart
MOST_TRACES: Final = 12
MOST_DRAWN: Final = 1_000  # points of a curve; what several cases left may be more
MOST_ROWS: Final = 60  # of a curve in the table
LONGEST_LABEL: Final = 60

Point = tuple[str, str, str]
"the place, the lower and the upper end of the value, as the ledger has them"


class Trace(NamedTuple):
    """What the cases of one claim left under one name: one curve of a figure."""

    claim: str
    name: str
    kind: str
    points: list[Point]
    "in order, those that are drawn"
    total: int
    "how many there are in the ledger"

    @property
    def words(self) -> str:
        """What it consists of."""
        some = f"{len(self.points):,} of " if len(self.points) < self.total else ""
        return f"{self.kind}, {some}{counted(self.total, 'point')}"

    @property
    def ends(self) -> list[tuple[str, str]]:
        """The outermost places, and the outermost values."""
        return _ends(self.points)

    @property
    def rows(self) -> list[Point]:
        """The points for a table, where there are too many some of them."""
        return _some(self.points, MOST_ROWS)


class Figure(NamedTuple):
    """One figure, of the paper or the audit's own."""

    place: str
    "in the paper, or what says that it is not there, and what it shows"
    x: str
    "what the axis shows; empty where no curve says so"
    y: str
    traces: list[Trace]
    left_out: int
    "curves that are not drawn, since there are too many"

    @property
    def heading(self) -> str:
        """Its place, with what it shows."""
        if _own(self.place):
            return self.place
        shows = f"{self.y} against {self.x}" if self.x and self.y else self.y
        return f"{self.place}: {shows}" if shows else self.place

    @property
    def ends(self) -> list[tuple[str, str]]:
        """The outermost places, and the outermost values."""
        return _ends([point for trace in self.traces for point in trace.points])


def figures(ledger: Ledger) -> list[Figure]:
    """What claims left points for, the paper's by their number, then the audit's own; at most MOST_FIGURES."""
    found: dict[str, dict[tuple[str, str, str], list[Curve]]] = {}
    for claim in ledger["claims"]:
        for case in claim["cases"]:
            for curve in case.get("curves", []):
                of_figure = found.setdefault(curve["figure"], {})
                of_figure.setdefault((claim["id"], curve["name"], curve["kind"]), []).append(curve)
    return [_figure(place, found[place]) for place in sorted(found, key=_in_order)[:MOST_FIGURES]]


def _own(place: str) -> bool:
    """Whether the figure is not the paper's."""
    return place.startswith(NOT_IN_THE_PAPER)


def _figure(place: str, found: dict[tuple[str, str, str], list[Curve]]) -> Figure:
    drawn = list(found.items())[:MOST_TRACES]
    traces = [_trace(*names, curves) for names, curves in drawn]
    x, y = (_label([curve[axis] for _, curves in drawn for curve in curves]) for axis in ("x", "y"))
    return Figure(place, x, y, traces, len(found) - len(drawn))


def _trace(claim: str, name: str, kind: str, curves: list[Curve]) -> Trace:
    points: list[Point] = [(x, low, high) for curve in curves for x, low, high in curve["points"]]
    points.sort(key=lambda point: tuple(map(float, point)))
    return Trace(claim, name, kind, _some(points, MOST_DRAWN), len(points))


def _label(said: list[str]) -> str:
    """What the curves say of an axis, each thing once."""
    return shorten(", ".join(dict.fromkeys(filter(None, said))), LONGEST_LABEL)


def _some(points: list[Point], most: int) -> list[Point]:
    """At most so many of the points, evenly, the first and the last among them."""
    if len(points) <= most:
        return points
    return [points[number * (len(points) - 1) // (most - 1)] for number in range(most)]


def _ends(points: list[Point]) -> list[tuple[str, str]]:
    places, lows, highs = zip(*points, strict=True)
    return [(min(places, key=float), max(places, key=float)), (min(lows, key=float), max(highs, key=float))]


def _in_order(place: str) -> tuple[bool, list[tuple[int, int, str]]]:
    """Sorts names as people do, Figure 2 before Figure 10; the audit's own come last, as the ledger has them."""
    parts = [] if _own(place) else re.findall(r"([0-9]{1,300})|([^0-9]+)", place)
    return _own(place), [(0, int(number), "") if number else (1, 0, word) for number, word in parts]
