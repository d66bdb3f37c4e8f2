"""What quantiles and a mean leave open of a second moment: exact linear programming over laws with given bins."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

import flint

from theorems.arithmetic.contexts import Number, reject

if TYPE_CHECKING:
    from collections.abc import Sequence

    Bins = Sequence[tuple[Number, ...]]
    "Masses and ends as rationals of flint, many times faster than Fractions"

__all__ = ["Bin", "second_moment_range"]


class Bin(NamedTuple):
    """Probability `mass` >= 0 lies somewhere in [lower, upper], 0 <= lower <= upper."""

    mass: Fraction
    lower: Fraction
    upper: Fraction


def second_moment_range(bins: Sequence[Bin], mean: Fraction) -> tuple[Fraction, Fraction]:
    """The least and greatest E[α²] of a law with mean E[α] that puts each bin's mass into its interval.

    Least: every bin at a point, those that are free at a common level (E[α²] is convex in the points). Greatest: mass
    at the ends of the bins only, and moved up where lower + upper, the gain per unit of the mean, is greatest. The
    masses need not sum to one. ValueError where no such law has that mean;
    RuntimeError if the points found do not have it.
    """
    for each in bins:
        wrong = each.mass < 0 or not 0 <= each.lower <= each.upper
        reject(wrong, "need mass >= 0 and 0 <= lower <= upper, got {}, {}, {}", *each)
    exact, target = [tuple(map(_rational, each)) for each in bins], _rational(mean)
    missing = target - sum((mass * lower for mass, lower, _ in exact), flint.fmpq())
    room = sum((mass * (upper - lower) for mass, lower, upper in exact), flint.fmpq())
    reject(not 0 <= missing <= room, "the bins allow means from {} to {}", target - missing, target - missing + room)
    least, greatest = (
        Fraction(int(end.numer()), int(end.denom())) for end in (_least(exact, target), _greatest(exact, missing))
    )
    return least, greatest


def _rational(number: Fraction) -> flint.fmpq:
    return flint.fmpq(number.numerator, number.denominator)


def _least(bins: Bins, mean: Number) -> Number:
    ends = sorted({end for _, lower, upper in bins for end in (lower, upper)})
    position = min(bisect_left(ends, mean, key=lambda end: _mean_at(bins, end)), len(ends) - 1)
    below, above = ends[max(position - 1, 0)], ends[position]
    gap = _mean_at(bins, above) - _mean_at(bins, below)
    level = above if gap == 0 else below + (above - below) * (mean - _mean_at(bins, below)) / gap
    if _mean_at(bins, level) != mean:
        raise RuntimeError(f"the points at the level {level} do not have the mean {mean}")
    return sum((mass * _clip(level, lower, upper) ** 2 for mass, lower, upper in bins), flint.fmpq())


def _greatest(bins: Bins, missing: Number) -> Number:
    total = sum((mass * lower**2 for mass, lower, _ in bins), flint.fmpq())
    for mass, lower, upper in sorted(bins, key=lambda each: each[1] + each[2], reverse=True):
        moved = min(missing, mass * (upper - lower))
        total += moved * (lower + upper)
        missing -= moved
    if missing != 0:
        raise RuntimeError(f"the points moved up leave the mean short of {missing}")
    return total


def _mean_at(bins: Bins, level: Number) -> Number:
    return sum((mass * _clip(level, lower, upper) for mass, lower, upper in bins), flint.fmpq())


def _clip(level: Number, lower: Number, upper: Number) -> Number:
    return min(max(level, lower), upper)
