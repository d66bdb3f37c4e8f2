"""Means of bounded variables: sets that hold for every law on an interval, at every sample size."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.statistics.samples import Interval, require_level, require_sample

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

__all__ = ["betting_interval", "empirical_bernstein_interval"]

MOST_STAKE = 0.5  # the part of the capital that one bet may lose
HALVINGS = 60


def empirical_bernstein_interval(sample: npt.ArrayLike, bounds: Interval, level: float) -> Interval:
    """A set for the mean of independent draws within `bounds` (Maurer and Pontil 2009, Theorem 4, on both sides).

    ValueError for fewer than two draws, a draw outside the bounds, or a level outside (0, 1).
    """
    values = _within(sample, bounds)
    require_level(level)
    size, log = values.size, math.log(4 / level)
    reach = math.sqrt(2 * values.var(ddof=1) * log / size) + 7 * (bounds[1] - bounds[0]) * log / (3 * (size - 1))
    mean = float(values.mean())
    return max(bounds[0], mean - reach), min(bounds[1], mean + reach)


def betting_interval(sample: npt.ArrayLike, bounds: Interval, level: float) -> Interval:
    """A set for the mean of independent draws within `bounds`: the hedged capital of Waudby-Smith and Ramdas (2024).

    A bettor against each candidate mean stakes, on the draws so far, what would pay best for their variance. Capital
    exceeds 2/level on either side with probability at most level/2 (Ville). Sharper than empirical Bernstein, most of
    all for small samples; the draws are used in their order. ValueError as there.
    """
    values = _within(sample, bounds)
    require_level(level)
    width = bounds[1] - bounds[0]
    unit = (values - bounds[0]) / width
    stakes = _stakes(unit, level)
    lower = _least_not_refuted(unit, stakes, level)
    upper = 1 - _least_not_refuted(1 - unit, stakes, level)
    return bounds[0] + width * lower, bounds[0] + width * upper


def _within(sample: npt.ArrayLike, bounds: Interval) -> npt.NDArray[np.float64]:
    values = require_sample(sample, 2)
    reject(not bounds[0] < bounds[1], f"bounds must increase, got {bounds}")
    reject(values.min() < bounds[0] or values.max() > bounds[1], f"the sample must stay within {bounds}")
    return values


def _stakes(unit: npt.NDArray[np.float64], level: float) -> npt.NDArray[np.float64]:
    """√(2 log(2/level)/(n·v)), with v the variance of the draws before, shrunk towards 1/4."""
    count = np.arange(1, unit.size + 1)
    mean = (0.5 + np.cumsum(unit)) / (count + 1)
    variance = (0.25 + np.cumsum((unit - mean) ** 2)) / (count + 1)
    before = np.concatenate([[0.25], variance[:-1]])
    return np.asarray(np.sqrt(2 * math.log(2 / level) / (unit.size * before)))


def _least_not_refuted(unit: npt.NDArray[np.float64], stakes: npt.NDArray[np.float64], level: float) -> float:
    def refuted(mean: float) -> bool:
        capital = np.cumsum(np.log1p(np.minimum(stakes, MOST_STAKE / mean) * (unit - mean)))
        return float(capital.max()) >= math.log(2 / level)

    return _last(refuted)


def _last(refuted: Callable[[float], bool]) -> float:
    """Just below the largest refuted number in (0, 1): capital falls as the candidate mean grows."""
    lower, upper = 0.0, 1.0
    for _ in range(HALVINGS):
        middle = (lower + upper) / 2
        lower, upper = (middle, upper) if refuted(middle) else (lower, middle)
    return lower
