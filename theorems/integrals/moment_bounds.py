"""What quantiles and a mean leave open of a second moment: exact linear programming over laws with given bins."""

from __future__ import annotations

from bisect import bisect_left
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from theorems.arithmetic.contexts import reject

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    for mass, lower, upper in bins:
        reject(mass < 0 or not 0 <= lower <= upper, f"need mass >= 0 and 0 <= lower <= upper, got {mass, lower, upper}")
    missing = mean - sum(mass * lower for mass, lower, _ in bins)
    room = sum(mass * (upper - lower) for mass, lower, upper in bins)
    reject(not 0 <= missing <= room, f"the bins allow means from {mean - missing} to {mean - missing + room}")
    return _least(bins, mean), _greatest(bins, missing)


def _least(bins: Sequence[Bin], mean: Fraction) -> Fraction:
    ends = sorted({end for _, lower, upper in bins for end in (lower, upper)})
    position = min(bisect_left(ends, mean, key=lambda end: _mean_at(bins, end)), len(ends) - 1)
    below, above = ends[max(position - 1, 0)], ends[position]
    gap = _mean_at(bins, above) - _mean_at(bins, below)
    level = above if gap == 0 else below + (above - below) * (mean - _mean_at(bins, below)) / gap
    if _mean_at(bins, level) != mean:
        raise RuntimeError(f"the points at the level {level} do not have the mean {mean}")
    return sum((mass * _clip(level, lower, upper) ** 2 for mass, lower, upper in bins), Fraction(0))


def _greatest(bins: Sequence[Bin], missing: Fraction) -> Fraction:
    total = sum((mass * lower**2 for mass, lower, _ in bins), Fraction(0))
    for mass, lower, upper in sorted(bins, key=lambda each: each.lower + each.upper, reverse=True):
        moved = min(missing, mass * (upper - lower))
        total += moved * (lower + upper)
        missing -= moved
    if missing != 0:
        raise RuntimeError(f"the points moved up leave the mean short of {missing}")
    return total


def _mean_at(bins: Sequence[Bin], level: Fraction) -> Fraction:
    return sum((mass * _clip(level, lower, upper) for mass, lower, upper in bins), Fraction(0))


def _clip(level: Fraction, lower: Fraction, upper: Fraction) -> Fraction:
    return min(max(level, lower), upper)
