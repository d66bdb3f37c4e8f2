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

__all__ = ["Bin", "greatest_second_moment", "least_second_moment", "second_moment_range"]


class Bin(NamedTuple):
    """Mass >= 0 lies somewhere in [lower, upper], 0 <= lower <= upper. Fractions, or, faster, rationals of flint."""

    mass: Number
    lower: Number
    upper: Number


def second_moment_range(bins: Sequence[Bin], mean: Number) -> tuple[Fraction, Fraction]:
    """The least and greatest E[α²] of a law with mean E[α] that puts each bin's mass into its interval.

    The masses need not sum to one. ValueError where no such law has that mean.
    """
    return least_second_moment(bins, mean), greatest_second_moment(bins, mean)


def least_second_moment(bins: Sequence[Bin], mean: Number) -> Fraction:
    """The first of `second_moment_range`: every bin at a point, those that are free at a common level, by convexity.

    RuntimeError if the points found do not have the mean.
    """
    exact, target, _ = _feasible(bins, mean)
    ends = sorted(end for _, lower, upper in exact for end in (lower, upper))
    position = min(bisect_left(ends, target, key=lambda end: _mean_at(exact, end)), len(ends) - 1)
    below, above = ends[max(position - 1, 0)], ends[position]
    start = _mean_at(exact, below)
    gap = _mean_at(exact, above) - start
    level = above if gap == 0 else below + (above - below) * (target - start) / gap
    if _mean_at(exact, level) != target:
        raise RuntimeError(f"the points at the level {level} do not have the mean {target}")
    return _fraction(sum((mass * min(max(level, lower), upper) ** 2 for mass, lower, upper in exact), flint.fmpq()))


def greatest_second_moment(bins: Sequence[Bin], mean: Number) -> Fraction:
    """The second of `second_moment_range`: mass at the ends of the bins only.

    It is moved up where lower + upper, the gain per unit of the mean, is greatest. RuntimeError if the points found do
    not have the mean.
    """
    exact, _, missing = _feasible(bins, mean)
    total = sum((mass * lower**2 for mass, lower, _ in exact), flint.fmpq())
    for mass, lower, upper in sorted(exact, key=lambda each: each[1] + each[2], reverse=True):
        moved = min(missing, mass * (upper - lower))
        total += moved * (lower + upper)
        missing -= moved
    if missing != 0:
        raise RuntimeError(f"the points moved up leave the mean short of {missing}")
    return _fraction(total)


def _feasible(bins: Sequence[Bin], mean: Number) -> tuple[Bins, Number, Number]:
    """The bins and the mean as rationals of flint, and what lower ends leave of it. ValueError where no law fits."""
    for each in bins:
        wrong = each.mass < 0 or not 0 <= each.lower <= each.upper
        reject(wrong, "need mass >= 0 and 0 <= lower <= upper, got {}, {}, {}", *each)
    exact, target = [tuple(map(_rational, each)) for each in bins], _rational(mean)
    missing = target - sum((mass * lower for mass, lower, _ in exact), flint.fmpq())
    room = sum((mass * (upper - lower) for mass, lower, upper in exact), flint.fmpq())
    reject(not 0 <= missing <= room, "the bins allow means from {} to {}", target - missing, target - missing + room)
    return exact, target, missing


def _rational(number: Number) -> flint.fmpq:
    return flint.fmpq(number.numerator, number.denominator) if isinstance(number, Fraction) else flint.fmpq(number)


def _fraction(number: flint.fmpq) -> Fraction:
    return Fraction(int(number.numer()), int(number.denom()))


def _mean_at(bins: Bins, level: Number) -> Number:
    """The mean where every bin is at the point of it that is nearest to the level."""
    return sum((mass * min(max(level, lower), upper) for mass, lower, upper in bins), flint.fmpq())
