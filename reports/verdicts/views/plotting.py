"""A figure as one inline SVG: axes with a few round ticks, lines, bands, and points with their intervals.

Curves differ in colour and, for those who see none, in dashes or in the shape of their marks. An axis is logarithmic
where its values are positive and span more than two decades. Nothing is drawn that is not in the ledger: an interval is
its two ends, and no middle, unless one mark covers it.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Final, NamedTuple

from markupsafe import Markup

from verdicts.views.numerals import amount, decimal
from verdicts.views.plain import clip, counted

if TYPE_CHECKING:
    from verdicts.views.figures import Figure, Trace

WIDTH, HEIGHT = 640, 380
LEFT, RIGHT, TOP, BOTTOM = 66, 14, 30, 46  # room around the plot, for ticks and labels
DECADES: Final = 2  # beyond which an axis is logarithmic
MOST_TICKS: Final = 6
FLATTEST: Final = 1e-4  # of its values is the least that an axis spans, so that ticks need few digits
PADDING: Final = 0.04  # of the span, beyond the outermost values
COLOURS: Final = 6  # that the style sheet has
DASHES: Final = ("", "7 4", "2 3", "10 3 2 3", "14 5", "4 2")
MARKS: Final = (
    "m-3 0a3 3 0 1 0 6 0a3 3 0 1 0-6 0",  # circle
    "m-2.8-2.8h5.6v5.6h-5.6z",  # square
    "m0-3.8l3.8 3.8-3.8 3.8-3.8-3.8z",  # diamond
    "m0-3.6l3.5 6.2h-7z",  # triangle
    "m-3-3l6 6m0-6l-6 6",  # cross
    "m0-3.8v7.6m-3.8-3.8h7.6",  # plus
)
MARK_SIZE: Final = 6.0
LINE_WIDTH: Final = 1.0
UNDERNEATH_FIRST: Final = ("band", "line", "points")
Ends = list[tuple[float, float, float]]
"of each point its place, and the height of either end of its value"


class Look(NamedTuple):
    """What tells a curve from the others of its figure."""

    colour: str
    dashes: str
    mark: str


class Axis(NamedTuple):
    """The range of an axis, in the numbers shown or in their logarithms."""

    low: float
    high: float
    is_log: bool

    def share(self, value: float) -> float:
        """Where a number stands between the two ends of the axis, 0 to 1."""
        return ((log10(value) if self.is_log else value) - self.low) / (self.high - self.low)

    @property
    def ticks(self) -> list[Decimal]:
        """A few round numbers within the range."""
        if self.is_log:
            powers = range(ceil(self.low), floor(self.high) + 1)
            if len(powers) > DECADES:
                return [Decimal(1).scaleb(power) for power in powers[:: ceil(len(powers) / MOST_TICKS)]]
            within = (
                Decimal(digit).scaleb(power) for power in range(floor(self.low), powers.stop) for digit in (1, 2, 5)
            )
            return [tick for tick in within if self.low <= tick.log10() <= self.high]
        least = (self.high - self.low) / MOST_TICKS
        exponent = floor(log10(least))
        steps = (Decimal(digit).scaleb(exponent).normalize() for digit in (1, 2, 5, 10))
        step = next(step for step in steps if float(step) >= least)
        first, last = ceil(self.low / float(step)), floor(self.high / float(step))
        return [step * number for number in range(first, last + 1)]


def axis(low: float, high: float) -> Axis:
    """The axis for numbers from `low` to `high`."""
    if low > 0 and log10(high) - log10(low) > DECADES:
        return _padded(log10(low), log10(high), is_log=True)
    least = FLATTEST * max(abs(low), abs(high)) or 1.0
    if high - low < least:
        middle = low + (high - low) / 2
        low, high = middle - least / 2, middle + least / 2
    return _padded(low, high, is_log=False)


def _padded(low: float, high: float, *, is_log: bool) -> Axis:
    more = PADDING * (high - low)
    return Axis(low - more, high + more, is_log)


class _Plot:
    """Both axes of a figure, and where a point stands on them."""

    def __init__(self, figure: Figure) -> None:
        self.ends = figure.ends
        self.across, self.up = (axis(float(low), float(high)) for low, high in self.ends)

    def x(self, value: str | Decimal) -> float:
        return LEFT + self.across.share(float(value)) * (WIDTH - LEFT - RIGHT)

    def y(self, value: str | Decimal) -> float:
        return HEIGHT - BOTTOM - self.up.share(float(value)) * (HEIGHT - TOP - BOTTOM)


def plot(figure: Figure, id: str) -> Markup:
    """SVG markup of a figure, with a title and a description for those who cannot see it.

    Args:
        figure: has at least one curve.
        id: of the element that shows it, from which those of its title and description are made.
    """
    drawn = _Plot(figure)
    looks = sorted(
        zip(figure.traces, _looks(figure), strict=True), key=lambda each: UNDERNEATH_FIRST.index(each[0].kind)
    )
    body = [
        Markup('<svg class="plot" viewBox="0 0 {} {}" role="img" aria-labelledby="{id}-title {id}-desc">').format(
            WIDTH, HEIGHT, id=id
        ),
        Markup('<title id="{}-title">{}</title>').format(id, clip(figure.heading, 240)),
        Markup('<desc id="{}-desc">{}</desc>').format(id, _description(figure, drawn)),
        *_axes(figure, drawn),
        *(_trace(trace, look, drawn) for trace, look in looks),
        Markup("</svg>"),
    ]
    return Markup("").join(body)


def swatches(figure: Figure) -> list[Markup]:
    """How each of its curves looks, for the legend."""
    return [_swatch(trace, look) for trace, look in zip(figure.traces, _looks(figure), strict=True)]


def _swatch(trace: Trace, look: Look) -> Markup:
    body = {
        "line": f'<path class="l"{look.dashes} d="M1 6h30"/>',
        "band": '<path class="f" d="M1 1h30v10h-30z"/>',
        "points": f'<path class="m" d="M16 6{look.mark}"/>',
    }[trace.kind]
    return Markup(  # noqa: S704  # constants
        f'<svg class="key {look.colour}" viewBox="0 0 32 12" aria-hidden="true">{body}</svg>'
    )


def _looks(figure: Figure) -> list[Look]:
    """What tells its curves apart: each has another colour, each of a kind also other dashes or another mark."""
    kinds = [trace.kind for trace in figure.traces]
    return [_look(number, kinds[:number].count(kind)) for number, kind in enumerate(kinds)]


def _look(number: int, of_its_kind: int) -> Look:
    dashes = DASHES[of_its_kind % len(DASHES)]
    return Look(
        f"t{number % COLOURS}", f' stroke-dasharray="{dashes}"' if dashes else "", MARKS[of_its_kind % len(MARKS)]
    )


def _description(figure: Figure, drawn: _Plot) -> str:
    """The figure in words."""
    words = []
    sides = (("Horizontal", figure.x, drawn.across), ("Vertical", figure.y, drawn.up))
    for (name, label, side), ends in zip(sides, drawn.ends, strict=True):
        scale = ", logarithmic" if side.is_log else ""
        words.append(f"{name} axis{f': {label},' if label else ''} from {' to '.join(map(amount, ends))}{scale}.")
    listed = "; ".join(f"{clip(trace.name, 80)} ({trace.words})" for trace in figure.traces)
    return f"{' '.join(words)} {counted(len(figure.traces), 'curve')}: {listed}."


def _axes(figure: Figure, drawn: _Plot) -> list[Markup]:
    right, bottom = WIDTH - RIGHT, HEIGHT - BOTTOM
    columns = [(drawn.x(tick), decimal(tick)) for tick in drawn.across.ticks]
    rows = [(drawn.y(tick), decimal(tick)) for tick in drawn.up.ticks]
    grid = "".join(f"M{x:.1f} {TOP}V{bottom}" for x, _ in columns) + "".join(
        f"M{LEFT} {y:.1f}H{right}" for y, _ in rows
    )
    text = Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>')
    return [
        Markup('<path class="g" d="{}"/><path class="e" d="M{} {}V{}H{}"/>').format(grid, LEFT, TOP, bottom, right),
        *(text.format("xt", x, bottom + 16, words) for x, words in columns),
        *(text.format("yt", LEFT - 7, y + 4, words) for y, words in rows),
        text.format("xl", right, HEIGHT - 8, figure.x),
        text.format("yl", 4, 16, figure.y),
    ]


def _trace(trace: Trace, look: Look, drawn: _Plot) -> Markup:
    ends = [(drawn.x(x), drawn.y(low), drawn.y(high)) for x, low, high in trace.points]
    paths = {"line": _line, "band": _band, "points": _points}[trace.kind](ends, look)
    title = Markup("<title>{}</title>").format(clip(trace.name, 120))
    return Markup('<g class="{}">{}{}</g>').format(look.colour, title, Markup(paths))  # noqa: S704  # numbers


def _line(ends: Ends, look: Look) -> str:
    """A line through the values; where these are intervals that can be seen, one through either end."""
    lower, upper = ([(x, end[side]) for x, *end in ends] for side in (0, 1))
    path = _path(lower) + (_path(upper) if any(abs(low - high) > LINE_WIDTH for _, low, high in ends) else "")
    return f'<path class="l"{look.dashes} d="{path}"/>'


def _band(ends: Ends, _: Look) -> str:
    lower = [(x, low) for x, low, _ in ends]
    upper = [(x, high) for x, _, high in ends]
    return f'<path class="f" d="{_path([*lower, *reversed(upper)])}z"/>'


def _points(ends: Ends, look: Look) -> str:
    """A mark that covers the value, or one at either end of it, with a bar between them."""
    apart = [(x, low, high) for x, low, high in ends if abs(low - high) > MARK_SIZE]
    bars = "".join(f"M{x:.1f} {low:.1f}V{high:.1f}" for x, low, high in apart)
    places = [(x, (low + high) / 2) for x, low, high in ends if abs(low - high) <= MARK_SIZE]
    places += [(x, end) for x, *both in apart for end in both]
    marks = "".join(f"M{x:.1f} {y:.1f}{look.mark}" for x, y in places)
    return (f'<path class="s" d="{bars}"/>' if bars else "") + f'<path class="m" d="{marks}"/>'


def _path(points: list[tuple[float, float]]) -> str:
    """Path data through these points; a single one, or several at one place, are a short stroke."""
    places = [place for place, _ in groupby(f"{x:.1f} {y:.1f}" for x, y in points)]
    return f"M{'L'.join(places)}" if len(places) > 1 else f"M{places[0]}m-3 0h6"
