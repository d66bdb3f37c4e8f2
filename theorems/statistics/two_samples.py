"""Do two samples have one law? Tests whose error probability is exact for continuous laws and no larger for others."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.statistics.samples import require_level, require_sample
from theorems.statistics.student import mean_interval

if TYPE_CHECKING:
    import numpy.typing as npt

    from theorems.statistics.samples import Interval

__all__ = ["difference_interval", "kolmogorov_smirnov", "largest_distance", "smirnov_tail"]


def largest_distance(first: npt.ArrayLike, second: npt.ArrayLike, digits: int = 9) -> float:
    """The largest distance of the two empirical distribution functions, after rounding to `digits` decimals of scale.

    Values are rounded to that fraction of the largest, so that an atom which two routes compute differently in the last
    bit stays one atom. ValueError for an empty sample or digits < 1.
    """
    one, two = require_sample(first, 1, "the first sample"), require_sample(second, 1, "the second sample")
    require_count(digits, 1, "digits")
    scale = max(float(np.abs(one).max()), float(np.abs(two).max())) or 1.0
    one, two = (np.sort(np.round(values / scale, digits)) for values in (one, two))
    points = np.concatenate([one, two])
    steps = [np.searchsorted(values, points, side="right") / values.size for values in (one, two)]
    return float(np.abs(steps[0] - steps[1]).max())


def smirnov_tail(size: int, steps: int) -> float:
    """P(D ≥ steps/size) for two samples of `size` draws each from one continuous law (Gnedenko and Korolyuk, 1951).

    2·Σ_k (−1)^{k−1} C(2·size, size − k·steps)/C(2·size, size), a path count by reflection. ValueError for size < 1 or
    steps outside [0, size].
    """
    require_count(size, 1, "size")
    require_count(steps, 0, "steps")
    reject(steps > size, f"steps must not exceed {size}, got {steps}")
    if steps == 0:
        return 1.0
    middle = 2 * math.lgamma(size + 1)
    terms = [
        (-1) ** (k - 1) * math.exp(middle - math.lgamma(size - k * steps + 1) - math.lgamma(size + k * steps + 1))
        for k in range(1, size // steps + 1)
    ]
    return min(1.0, 2 * math.fsum(terms))


def kolmogorov_smirnov(first: npt.ArrayLike, second: npt.ArrayLike, digits: int = 9) -> float:
    """The p-value of the two-sample Kolmogorov–Smirnov test for samples of equal size, by the exact law.

    With atoms the p-value is too large, never too small. ValueError for samples of unequal size, or as in
    `largest_distance`.
    """
    size = require_sample(first, 1, "the first sample").size
    reject(size != np.size(second), f"the samples must be of equal size, got {size} and {np.size(second)}")
    return smirnov_tail(size, round(largest_distance(first, second, digits) * size))


def difference_interval(first: npt.ArrayLike, second: npt.ArrayLike, level: float) -> Interval:
    """A set for E[first] − E[second] from independent samples: two guarded t-sets at half the level each."""
    require_level(level)
    one, two = mean_interval(first, level / 2), mean_interval(second, level / 2)
    return one[0] - two[1], one[1] - two[0]
