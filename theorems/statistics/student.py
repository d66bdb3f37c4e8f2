"""Means and ratios of means by Student's t, with a guard against skewness.

The t statistic of n skewed draws has tails exp(±γx³/(3√n)) times those of Student's law, γ the skewness (Jing, Shao and
Wang 2003, Theorem 2.1 with its leading exponent). At the level 10⁻⁹, x ≈ 6, that is a factor of ten at γ = 1 and
n = 1000. So the level is divided by this factor, with γ at the upper end of what the sample allows, and where the
factor itself exceeds `MOST_DISTORTION`, so that the expansion no longer holds, the set is unbounded: average more draws
inside each replicate, or draw more.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.statistics.samples import Interval, require_level, require_sample

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["EVERYTHING", "guarded_quantile", "mean_interval", "ratio_interval", "skewness_bound"]

EVERYTHING: Interval = (-math.inf, math.inf)
MOST_DISTORTION = 10.0
DEVIATIONS = 3.0  # of the sample skewness, whose variance is about 6/n


def skewness_bound(values: npt.NDArray[np.float64]) -> float:
    """The largest |skewness| that the sample allows, three standard deviations of a normal sample's own above it."""
    centred = values - values.mean()
    variance = float(np.mean(centred**2))
    skewness = float(np.mean(centred**3)) / variance**1.5 if variance > 0 else 0.0
    return float(abs(skewness) + DEVIATIONS * math.sqrt(6 / values.size))


def guarded_quantile(size: int, level: float, exponent: float) -> float:
    """X with P(|t| > x)·exp(exponent·x³) = level, t of size − 1 degrees of freedom; infinite beyond the guard."""
    from scipy.special import stdtrit

    quantile = -float(stdtrit(size - 1, level / 2))
    most = math.log(MOST_DISTORTION)
    for _ in range(100):
        distortion = exponent * quantile**3
        if distortion > most:
            return math.inf
        wider = -float(stdtrit(size - 1, level / 2 * math.exp(-distortion)))
        if wider <= quantile * (1 + 1e-6):
            return wider
        quantile = wider
    return math.inf


def mean_interval(sample: npt.ArrayLike, level: float) -> Interval:
    """A set for the mean of independent draws, of any law with a third moment; unbounded where skewness forbids it.

    ValueError for fewer than three draws or a level outside (0, 1).
    """
    values = require_sample(sample, 3)
    require_level(level)
    quantile = guarded_quantile(values.size, level, skewness_bound(values) / (3 * math.sqrt(values.size)))
    if math.isinf(quantile):
        return EVERYTHING
    mean, reach = float(values.mean()), quantile * float(values.std(ddof=1)) / math.sqrt(values.size)
    return mean - reach, mean + reach


def ratio_interval(numerators: npt.ArrayLike, denominators: npt.ArrayLike, level: float) -> Interval:
    """A set for E[numerator]/E[denominator] from independent pairs: the ratios r that the contrast with 0 allows.

    r is kept where 0 lies in the set for the mean of numerator − r·denominator (Fieller, 1954), with the guard for the
    most skewed contrast between the ends. Unbounded where the denominator's mean may vanish. ValueError for samples of
    unequal length or fewer than three pairs, or a level outside (0, 1).
    """
    above = require_sample(numerators, 3, "the numerators")
    below = require_sample(denominators, 3, "the denominators")
    reject(above.size != below.size, f"need as many numerators as denominators, got {above.size} and {below.size}")
    require_level(level)
    size = above.size
    covariance = np.cov(above, below) / size
    centre = float(above.mean() / below.mean()) if below.mean() else math.inf
    ends: Interval = (centre, centre)
    for _ in range(2):
        skewness = max((_contrast_skewness(above, below, end) for end in ends), default=math.inf)
        quantile = guarded_quantile(size, level, skewness / (3 * math.sqrt(size)))
        ends = _fieller(above.mean(), below.mean(), covariance, quantile)
        if math.isinf(ends[0]):
            return EVERYTHING
    return ends


def _contrast_skewness(above: npt.NDArray[np.float64], below: npt.NDArray[np.float64], ratio: float) -> float:
    return skewness_bound(above - ratio * below) if math.isfinite(ratio) else math.inf


def _fieller(above: float, below: float, covariance: npt.NDArray[np.float64], quantile: float) -> Interval:
    """The roots of (above − r·below)² = x²(C₁₁ − 2rC₁₂ + r²C₂₂) around the centre."""
    if math.isinf(quantile):
        return EVERYTHING
    square = quantile**2
    leading = below**2 - square * covariance[1, 1]
    if leading <= 0:
        return EVERYTHING
    middle = above * below - square * covariance[0, 1]
    last = above**2 - square * covariance[0, 0]
    root = math.sqrt(max(0.0, middle**2 - leading * last))
    return float((middle - root) / leading), float((middle + root) / leading)
