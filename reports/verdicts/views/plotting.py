"""A figure as one inline SVG: axes with a few round ticks, lines, bands, and points with their intervals.

Curves differ in colour and, for those who see none, in dashes or in the shape of their marks. An axis is logarithmic
where its values are positive and span more than two decades. Nothing is drawn that is not in the ledger: of an interval
its two ends, never a middle.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Final, NamedTuple

from markupsafe import Markup

from verdicts.views.numerals import decimal, significant
from verdicts.views.plain import clip, counted

if TYPE_CHECKING:
    from collections.abc import Sequence

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
UNDERNEATH_FIRST: Final = ("band", "line", "points")
Ends = list[tuple[float, float, float]]
"of each point its place, and the height of either end of its value"


class Axis(NamedTuple):
    """The range of an axis, in the numbers shown or in their logarithms."""

    low: float
    high: float
    is_log: bool

    def share(self, value: float) -> float:
        """Where a number stands between the two ends of the axis, 0 to 1; what has no logarithm stands at its end."""
        if self.is_log:
            value = log10(value) if value > 0 else self.low
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)

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


def axis(lows: Sequence[float], highs: Sequence[float]) -> Axis:
    """The axis on which these intervals are drawn."""
    low, high = min(lows), max(highs)
    if min(highs) > 0:
        positive = min(value for value in (*lows, *highs) if value > 0)
        if log10(high) - log10(positive) > DECADES:
            return _padded(log10(positive), log10(high), is_log=True)
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
        points = [tuple(map(float, point)) for trace in figure.traces for point in trace.points]
        places, lows, highs = zip(*points, strict=True)
        self.ends = [(min(places), max(places)), (min(lows), max(highs))]
        self.across, self.up = axis(places, places), axis(lows, highs)

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
    numbered = sorted(enumerate(figure.traces), key=lambda each: UNDERNEATH_FIRST.index(each[1].kind))
    body = [
        Markup('<svg class="plot" viewBox="0 0 {} {}" role="img" aria-labelledby="{id}-title {id}-desc">').format(
            WIDTH, HEIGHT, id=id
        ),
        Markup('<title id="{}-title">{}</title>').format(id, clip(figure.heading, 240)),
        Markup('<desc id="{}-desc">{}</desc>').format(id, _description(figure, drawn)),
        *_axes(figure, drawn),
        *(_trace(trace, number, drawn) for number, trace in numbered),
        Markup("</svg>"),
    ]
    return Markup("").join(body)


def swatch(trace: Trace, number: int) -> Markup:
    """How a curve looks, for the legend."""
    body = {
        "line": f'<path class="l"{_dashes(number)} d="M1 6h30"/>',
        "band": '<path class="f" d="M1 1h30v10h-30z"/>',
        "points": f'<path class="m" d="M16 6{MARKS[number % len(MARKS)]}"/>',
    }[trace.kind]
    return Markup(  # noqa: S704  # numbers and constants
        f'<svg class="key t{number % COLOURS}" viewBox="0 0 32 12" aria-hidden="true">{body}</svg>'
    )


def _description(figure: Figure, drawn: _Plot) -> str:
    """The figure in words."""
    words = []
    sides = (("Horizontal", figure.x, drawn.across), ("Vertical", figure.y, drawn.up))
    for (name, label, side), ends in zip(sides, drawn.ends, strict=True):
        low, high = (significant(Decimal(repr(end)), 4) for end in ends)
        scale = ", logarithmic" if side.is_log else ""
        words.append(f"{name} axis{f': {label},' if label else ''} from {low} to {high}{scale}.")
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


def _trace(trace: Trace, number: int, drawn: _Plot) -> Markup:
    ends = [(drawn.x(x), drawn.y(low), drawn.y(high)) for x, low, high in trace.points]
    paths = {"line": _line, "band": _band, "points": _points}[trace.kind](ends, number)
    title = Markup("<title>{}</title>").format(clip(trace.name, 120))
    return Markup('<g class="t{}">{}{}</g>').format(number % COLOURS, title, Markup(paths))  # noqa: S704  # numbers


def _line(ends: Ends, number: int) -> str:
    """A line through the values; where these are intervals that can be seen, one through either end."""
    lower, upper = ([(x, end[side]) for x, *end in ends] for side in (0, 1))
    seen = any(abs(low - high) > 1 for _, low, high in ends)
    path = _path(lower) + (_path(upper) if seen else "")
    return f'<path class="l"{_dashes(number)} d="{path}"/>'


def _band(ends: Ends, number: int) -> str:  # noqa: ARG001
    lower = [(x, low) for x, low, _ in ends]
    upper = [(x, high) for x, _, high in ends]
    return f'<path class="f" d="{_path([*lower, *reversed(upper)])}z"/>'


def _points(ends: Ends, number: int) -> str:
    """A mark at the value, or at either end of an interval, with a bar between them."""
    mark = MARKS[number % len(MARKS)]
    bars = "".join(f"M{x:.1f} {low:.1f}V{high:.1f}" for x, low, high in ends if abs(low - high) > 1)
    marks = (
        f"M{x:.1f} {end:.1f}{mark}"
        for x, low, high in ends
        for end in ([low, high] if abs(low - high) > 1 else [(low + high) / 2])
    )
    return (f'<path class="s" d="{bars}"/>' if bars else "") + f'<path class="m" d="{"".join(marks)}"/>'


def _path(points: list[tuple[float, float]]) -> str:
    """Path data through these points; a single one, or several at one place, are a dot."""
    places = [place for place, _ in groupby(f"{x:.1f} {y:.1f}" for x, y in points)]
    return f"M{'L'.join(places)}" + ("h0" if len(places) == 1 else "")


def _dashes(number: int) -> str:
    dashes = DASHES[number % len(DASHES)]
    return f' stroke-dasharray="{dashes}"' if dashes else ""
