"""A set of numbers in the shortest form that tells the truth, from forms that grow until nothing is hidden.

Every form stands for a set that contains the true one: it is rounded outwards, or it is cut behind digits that both
ends share. A computed set is shown in the first form that leaves it on the same side of each end of the accepted set.
"""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from itertools import count
from typing import TYPE_CHECKING, Final, NamedTuple

from verdicts.views.numerals import WIDE, Ends, decimal, difference, lower, round_at, scientific, upper

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from verdicts.records import Case

SHARED_DIGITS: Final = 8  # agreeing ends show this many digits where nothing asks for more
MOST_DIGITS: Final = 30
CLOSED: Final = (False, False)


class Form(NamedTuple):
    """One way to write a set, and the ends that a reader takes from it."""

    text: str
    low: Decimal
    high: Decimal

    def hides(self, low: Decimal, high: Decimal, edge: Decimal) -> bool:
        """Whether the form reaches an edge that the set itself, from `low` to `high`, does not."""
        return self.low <= edge < low or high < edge <= self.high


def interval(ends: Ends, open_ends: Sequence[bool] = CLOSED) -> str:
    """A set of numbers in the shortest honest form: rounded outwards, or its agreeing digits with an ellipsis."""
    return next(_forms(lower(ends), upper(ends), open_ends)).text


def computed(case: Case) -> str:
    """The computed set of a case, with so many digits that it is told from the ends of the accepted set.

    Where they are closer than any digits that a reader wants, the set is written from that end: 3 + 1e−60.
    """
    low, high = lower(case["computed"] or (None, None)), upper(case["computed"] or (None, None))
    edges = [Decimal(end) for end in case["accepted"] or () if end is not None]
    hidden = edges
    for form in _forms(low, high, CLOSED):
        hidden = [edge for edge in edges if form.hides(low, high, edge)]
        if not hidden:
            return form.text
    return _from_edge(low, high, hidden[0], edges)


def _from_edge(low: Decimal, high: Decimal, edge: Decimal, edges: list[Decimal]) -> str:
    """A set by its distance from an end of the accepted set."""
    name = decimal(edge) if _length(edge) <= SHARED_DIGITS + 2 else "an accepted end"
    left, right = difference(low, edge, ROUND_FLOOR), difference(high, edge, ROUND_CEILING)
    others = [difference(other, edge) for other in edges]
    if left.is_infinite() or right.is_infinite():
        sign, offset = ("≤", right) if left.is_infinite() else ("≥", left)
        return f"{sign} {name} {'−' if offset.is_signed() else '+'} {next(_points(offset.copy_abs())).text}"
    forms = list(_forms(left, right, CLOSED))
    form = next((form for form in forms if not any(form.hides(left, right, other) for other in others)), forms[-1])
    if form.text.startswith("−"):
        return f"{name} − {form.text[1:]}"
    return f"{name} + {form.text}"


def _forms(low: Decimal, high: Decimal, open_ends: Sequence[bool]) -> Iterator[Form]:
    """Ever longer forms of a set; at least one."""
    if low.is_infinite() or high.is_infinite():
        yield from _half_lines(low, high, open_ends)
    elif low == high:
        yield from _points(low)
    else:
        yield from _agreeing(low, high)
        yield from _outwards(low, high, open_ends)


def _half_lines(low: Decimal, high: Decimal, open_ends: Sequence[bool]) -> Iterator[Form]:
    if low.is_infinite() and high.is_infinite():
        yield Form("any number", low, high)
    elif low.is_infinite():
        for value, text in _bounds(high, ROUND_CEILING):
            yield Form(f"{'<' if open_ends[1] else '≤'} {text}", low, value)
    else:
        for value, text in _bounds(low, ROUND_FLOOR):
            yield Form(f"{'>' if open_ends[0] else '≥'} {text}", value, high)


def _points(value: Decimal) -> Iterator[Form]:
    for shown, text in _bounds(value, ROUND_DOWN):
        yield Form(text, min(shown, value), max(shown, value))


def _bounds(value: Decimal, rounding: str) -> Iterator[tuple[Decimal, str]]:
    """A single number with ever more digits; where it has more than a reader wants, an ellipsis says so."""
    if _length(value) <= SHARED_DIGITS + 2:
        yield value, decimal(value)
        return
    for digits in range(SHARED_DIGITS, MOST_DIGITS):
        shown = round_at(value, value.adjusted() - digits + 1, rounding)
        yield shown, decimal(shown) if shown == value else _cut(shown)
        if shown == value:
            return


def _cut(leading: Decimal) -> str:
    """Leading digits and an ellipsis, without zeros that would stand for digits left out."""
    return f"{scientific(leading) if int(leading.as_tuple().exponent) > 0 else decimal(leading)}…"


def _agreeing(low: Decimal, high: Decimal) -> Iterator[Form]:
    """The digits that two different ends share, followed by an ellipsis; none where they share too few."""
    if low.adjusted() != high.adjusted() or low.is_signed() != high.is_signed() or not low or not high:
        return
    for digits in range(SHARED_DIGITS, MOST_DIGITS):
        exponent = low.adjusted() - digits + 1
        first, second = (round_at(end, exponent, ROUND_DOWN) for end in (low, high))
        if first != second:
            return
        yield Form(_cut(first), min(first, low), max(first, high))


def _outwards(low: Decimal, high: Decimal, open_ends: Sequence[bool]) -> Iterator[Form]:
    """Both ends, rounded outwards to two digits of the width, then to more of them.

    Midpoint ± radius comes first where the ends would be unreadably long.
    """
    exponent = difference(high, low).adjusted() - 1
    longest = max(end.adjusted() for end in (low, high) if end)
    is_long = longest - exponent > SHARED_DIGITS + 4
    if is_long:
        yield _around(low, high, longest - SHARED_DIGITS)
    for finest in count(exponent, -1):
        if is_long and longest - finest > MOST_DIGITS:
            return
        left, right = _shortest(low, finest, ROUND_FLOOR), _shortest(high, finest, ROUND_CEILING)
        opening, closing = "(" if open_ends[0] else "[", ")" if open_ends[1] else "]"
        yield Form(f"{opening}{decimal(left)}, {decimal(right)}{closing}", left, right)
        if (left, right) == (low, high) or longest - finest > MOST_DIGITS:
            return


def _around(low: Decimal, high: Decimal, exponent: int) -> Form:
    """Midpoint ± radius."""
    middle = round_at(WIDE.divide(WIDE.add(low, high), Decimal(2)), exponent, ROUND_HALF_EVEN)
    radius = max(difference(high, middle, ROUND_CEILING), difference(middle, low, ROUND_CEILING))
    radius = round_at(radius, radius.adjusted(), ROUND_CEILING)
    return Form(
        f"{decimal(middle)} ± {decimal(radius)}",
        difference(middle, radius, ROUND_FLOOR),
        difference(middle, radius.copy_negate(), ROUND_CEILING),
    )


def _shortest(value: Decimal, exponent: int, rounding: str) -> Decimal:
    """The number as written where it is already short, otherwise rounded, to two digits of its own at least."""
    finest = min(exponent, value.adjusted() - 1) if value else exponent
    written = int(value.as_tuple().exponent)
    return value if written >= finest else round_at(value, finest, rounding)


def _length(value: Decimal) -> int:
    return len(value.as_tuple().digits)
