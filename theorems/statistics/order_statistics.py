"""Quantiles of a sample under each common convention, in the arithmetic of its values; medians of laws."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from math import comb, floor
from typing import TYPE_CHECKING, Any, Final

from theorems.arithmetic.contexts import reject

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "POSITIONS",
    "between_extremes",
    "median",
    "median_coverage",
    "median_interval",
    "quantile",
    "quantile_interval",
]

Position = Callable[[Fraction, int], Fraction]


def between_extremes(share: Fraction, n: int) -> Fraction:
    """Where a share of n sorted values lies if the extremes are its ends: Hyndman and Fan's type 7."""
    return 1 + (n - 1) * share


POSITIONS: Final[dict[str, Position]] = {
    "Hyndman and Fan 7": between_extremes,
    "Hyndman and Fan 4": lambda share, n: n * share,
    "Hyndman and Fan 5": lambda share, n: n * share + Fraction(1, 2),
    "Hyndman and Fan 6": lambda share, n: (n + 1) * share,
    "Hyndman and Fan 8": lambda share, n: (n + Fraction(1, 3)) * share + Fraction(1, 3),
}
"""Where a share of a sample lies among its n sorted values, counted from 1 (Hyndman and Fan, 1996).

Type 7 is the default of numpy and R, 6 of Minitab and SPSS, 5 Hazen's, 8 nearly median-unbiased.
"""


def quantile(values: Sequence[Any], share: Fraction, position: Position = between_extremes) -> Any:
    """The value below which a share of the sample lies, interpolated between two neighbours.

    It rises with every value, so that intervals may be given end by end.

    Args:
        values: comparable numbers, at least one.
        share: from 0 to 1.
        position: one of POSITIONS.
    """
    ordered = sorted(values)
    reject(not ordered, "a quantile needs at least one value")
    reject(not 0 <= share <= 1, f"a share lies between 0 and 1, got {share}")
    place = min(max(position(Fraction(share), len(ordered)), Fraction(1)), Fraction(len(ordered)))
    below = floor(place)
    part = place - below
    lower = ordered[below - 1]
    if part == 0:
        return lower
    return lower * (1 - part) + ordered[below] * part


def median(values: Sequence[Any]) -> Any:
    """The middle value, or the mean of the two in the middle; every convention agrees."""
    return quantile(values, Fraction(1, 2))


def median_coverage(size: int, rank: int) -> Fraction:
    """How surely the values of this rank, from either end, enclose the median of a continuous law (sign test).

    Args:
        size: of the sample.
        rank: from 1, the extremes, to half the size.
    """
    reject(not 1 <= rank <= size // 2, f"a rank lies between 1 and {size // 2}, got {rank}")
    return 1 - Fraction(2 * sum(comb(size, below) for below in range(rank)), 2**size)


def median_interval(values: Sequence[float], level: float) -> tuple[float, float]:
    """A set for the median of the law of independent draws, exact at every size (sign test).

    The innermost pair of order statistics that misses the median of a continuous law with probability at most `level`;
    unbounded where even the extremes do not. Draws may be infinite. ValueError for nans or a level outside (0, 1).

    Args:
        values: (n,), n ≥ 2.
        level: probability of a set that misses, both sides together.
    """
    ordered = sorted(values)
    reject(len(ordered) < 2 or any(math.isnan(value) for value in ordered), "expected two numbers or more, and no nan")
    reject(not 0 < level < 1, f"level must lie between 0 and 1, got {level}")
    ranks = [r for r in range(1, len(ordered) // 2 + 1) if 1 - median_coverage(len(ordered), r) <= Fraction(level)]
    if not ranks:
        return -math.inf, math.inf
    return ordered[ranks[-1] - 1], ordered[-ranks[-1]]


def quantile_interval(values: Sequence[float], share: float, level: float) -> tuple[float, float]:
    """A set for a quantile of the law of independent draws, exact at every size (two tails of the binomial law).

    Of n draws at least a binomial number of that share lies at the quantile or below, and at most one below it. An end
    whose order statistic the sample has not is infinite. ValueError for no values, nans, or a share or level outside
    (0, 1).

    Args:
        values: (n,), n ≥ 1.
        share: of the law below the quantile.
        level: probability of a set that misses, both sides together.
    """
    from scipy.stats import binom

    ordered = sorted(values)
    reject(not ordered or any(math.isnan(value) for value in ordered), "expected at least one number, and no nan")
    reject(not 0 < share < 1, f"a share lies between 0 and 1, got {share}")
    reject(not 0 < level < 1, f"level must lie between 0 and 1, got {level}")
    law = binom(len(ordered), share)
    below, above = int(law.ppf(level / 2)), int(law.isf(level / 2))
    low = ordered[below - 1] if below else -math.inf
    return low, ordered[above] if above < len(ordered) else math.inf
