"""Power series of closed forms, with a rigorous remainder.

A formula evaluated at `SERIES.variable(0)` gives its Taylor coefficients as balls; evaluated at a variable whose centre
is the ball [0, radius] it gives enclosures of f⁽ᵏ⁾/k! over that interval, which is Lagrange's remainder.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import flint

from theorems.arithmetic.contexts import BALL, SERIES, Context, Number, reject
from theorems.arithmetic.domain import require_between, require_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Expansion", "divide_by_power", "expand", "quotient", "range_over"]

SPARE = 1  # a slope is one term shorter than its function
WIDEST = 4  # pieces in one, where the values are neither largest nor least


def divide_by_power(value: Number, variable: Number, order: int, ctx: Context) -> Number:
    """The function value / variable**order, for a function `value` of `variable` that vanishes to that order at 0.

    In SERIES `variable` must be `SERIES.variable(centre)`. Where the centre contains 0 the division drops the leading
    `order` coefficients. That holds over a whole interval containing 0 as well: with g(s) = f(s)/sᵏ,
    g⁽ʲ⁾(s)/j! is an average of f⁽ʲ⁺ᵏ⁾/(j+k)! over the segment from 0 to s.
    """
    if ctx is SERIES and variable[0].contains(0):
        return flint.arb_series(value.coeffs()[order:], value.prec - order)
    return value / variable**order


def quotient(numerator: Number, denominator: Number, variable: Number, order: int, ctx: Context) -> Number:
    """The ratio numerator / denominator where both vanish to `order` at variable = 0."""
    if ctx is SERIES and variable[0].contains(0):
        return divide_by_power(numerator, variable, order, ctx) / divide_by_power(denominator, variable, order, ctx)
    return numerator / denominator


@dataclass(frozen=True)
class Expansion:
    """f(s) ∈ Σ coefficients[k] sᵏ + remainder · s**len(coefficients) for every s in [0, radius]."""

    coefficients: tuple[flint.arb, ...]
    remainder: flint.arb
    radius: flint.arb

    def __call__(self, s: Number) -> flint.arb:
        """A ball that contains f(s), for s in [0, radius] in any form that BALL accepts."""
        s = BALL.number(s)
        require_between(s, 0, self.radius, "s (the remainder holds on [0, radius])")
        value = self.remainder
        for coefficient in reversed(self.coefficients):
            value = value * s + coefficient
        return value


def expand(function: Callable[[Number], Number], terms: int, radius: Number) -> Expansion:
    """The first `terms` Taylor coefficients at 0 of `function`, and a rigorous remainder over [0, radius].

    `function` maps a SERIES variable to a series: `expand(lambda s: transverse_ratio(s, SERIES), 3, "0.02")`. Every
    coefficient at 0 that the truncation length `flint.ctx.cap` allows is used, so that Lagrange's remainder, whose
    enclosure over an interval is coarse, is multiplied by a high power of the radius.
    ValueError if terms < 1, radius <= 0, the truncation length is too short, or the enclosure over [0, radius] is not
    finite (take a smaller radius). RuntimeError if it misses the value at the radius.
    """
    require_count(terms, 1, "terms")
    radius = BALL.number(radius)
    reject(not radius > 0, "the radius must be positive, got {}", radius)
    interval = flint.arb(0).union(radius)
    at_zero = function(SERIES.variable(0))
    try:
        over_interval = function(SERIES.variable(interval))
    except (ValueError, ZeroDivisionError) as error:
        raise ValueError(f"no enclosure over [0, {radius}] ({error}): take a smaller radius") from error
    length = min(at_zero.prec, over_interval.prec) - 1
    reject(length < terms, f"{terms} terms need a longer series: raise flint.ctx.cap above {flint.ctx.cap}")
    remainder = over_interval[length]
    for k in reversed(range(terms, length)):
        remainder = at_zero[k] + interval * remainder
    reject(not remainder.is_finite(), "no finite remainder on [0, {}]: take a smaller radius", radius)
    found = Expansion(tuple(at_zero[k] for k in range(terms)), remainder, radius)
    _recheck(function, radius, found(radius))
    return found


def range_over(
    function: Callable[[Number], Number], lower: Number, upper: Number, pieces: int, order: int = 2
) -> flint.arb:
    """A ball that contains the values of `function` on [lower, upper], by Taylor forms on pieces.

    `function` maps a SERIES variable to a series, as for `expand`, and must be analytic on [lower, upper]. On each
    piece the expansion about its middle is closed by Lagrange's remainder of that order. Of `pieces` equal ones those
    where the values could be largest or least are looked at, of the others wider ones. ValueError where pieces < 1,
    order < 1 or lower >= upper, where `function` drops more than SPARE terms of its series (as a quotient at 0 does),
    or where the result is not finite (take more pieces). RuntimeError if it misses the value at an end.
    """
    require_count(pieces, 1, "pieces")
    require_count(order, 1, "order")
    lower, upper = BALL.number(lower), BALL.number(upper)
    reject(not lower < upper, "expected lower < upper, got {} and {}", lower, upper)
    step = (upper - lower) / pieces

    def enclosure(first: int, count: int) -> flint.arb:
        try:
            found = _on_piece(function, lower + step * (2 * first + count) / 2, step * count / 2, order)
        except (ValueError, ZeroDivisionError):
            if count == 1:
                raise
            return anything
        return found if found.is_finite() else anything

    anything, widest = flint.arb(0, math.inf), math.gcd(pieces, WIDEST)
    values = {(first, widest): enclosure(first, widest) for first in range(0, pieces, widest)}
    for extreme in (lambda piece: values[piece].upper(), lambda piece: -values[piece].lower()):
        while (piece := max(values, key=extreme))[1] > 1:
            del values[piece]
            first, half = piece[0], piece[1] // 2
            values.update(((start, half), enclosure(start, half)) for start in (first, first + half))
    found: flint.arb = min(map(flint.arb.lower, values.values())).union(max(map(flint.arb.upper, values.values())))
    if not found.is_finite():
        raise ValueError(f"no finite range over {pieces} pieces: take more")
    for end in (lower, upper):
        _recheck(function, end, found)
    return found


def _on_piece(function: Callable[[Number], Number], middle: flint.arb, half: flint.arb, order: int) -> flint.arb:
    """A ball that contains the values within `half` of the middle, by the Taylor form of that order."""
    offset = flint.arb(0, half.upper())
    with _series_of_length(order + 1 + SPARE):
        at_middle, over_piece = function(SERIES.variable(middle)), function(SERIES.variable(middle + offset))
    reject(min(at_middle.prec, over_piece.prec) <= order, f"the series of the function has no term of order {order}")
    value: flint.arb = over_piece[order]
    for j in reversed(range(order)):
        value = at_middle[j] + offset * value
    return value


@contextmanager
def _series_of_length(length: int) -> Iterator[None]:
    """Series are truncated there: what an enclosure does not use need not be computed."""
    known = flint.ctx.cap
    flint.ctx.cap = length
    try:
        yield
    finally:
        flint.ctx.cap = known


def _recheck(function: Callable[[Number], Number], point: flint.arb, enclosure: flint.arb) -> None:
    """An enclosure that misses a value at an end of its interval is no proof of anything."""
    value = function(SERIES.variable(point))[0]
    if not value.overlaps(enclosure):
        raise RuntimeError(f"the value {value} at {point} lies outside of its enclosure {enclosure}")
