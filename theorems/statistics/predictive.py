"""Where a new value of a simulated estimator falls: predictive intervals for what an experiment measures.

An experiment prints the mean over its seeds of a statistic; we can draw as many seeds as we like. Its number is
consistent with its description where it lies in the interval that contains such a mean with probability 1 − level,
with our own finite number of seeds paid for.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.domain import require_count
from theorems.statistics.samples import Interval, require_level, require_sample
from theorems.statistics.student import EVERYTHING, guarded_quantile, skewness_bound

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["exchangeable_interval", "mean_over_seeds_interval", "spread_over_seeds_interval", "variance_inflation"]


def exchangeable_interval(replicates: npt.ArrayLike, level: float) -> Interval:
    """An interval for one more draw of the law of the replicates, whatever that law (Wilks, 1941).

    The k-th smallest and largest of R replicates miss it with probability at most 2k/(R + 1). Unbounded where R is
    below 2/level − 1. ValueError for an empty sample or a level outside (0, 1).
    """
    values = np.sort(require_sample(replicates, 1, "the replicates"))
    require_level(level)
    rank = math.floor(level * (values.size + 1) / 2)
    return (float(values[rank - 1]), float(values[-rank])) if rank else EVERYTHING


def mean_over_seeds_interval(seeds: npt.ArrayLike, averaged: int, level: float) -> Interval:
    """An interval for the mean of `averaged` new seeds, from independent values of the same statistic for many seeds.

    mean ± x·s·√(1/averaged + 1/R), R simulated seeds: exact for normal values. For skewness γ the tails of the mean of
    S new seeds carry the factor exp(γx³/(6√S)) (Cramér, 1938), and those of our own mean exp(γx³/(3√R)); the level is
    divided by both, and the interval is unbounded where they exceed the guard of `student`. ValueError for fewer than
    three seeds, averaged < 1 or a level outside (0, 1).
    """
    values = require_sample(seeds, 3, "the seeds")
    require_count(averaged, 1, "averaged")
    require_level(level)
    exponent = skewness_bound(values) * (1 / (6 * math.sqrt(averaged)) + 1 / (3 * math.sqrt(values.size)))
    quantile = guarded_quantile(values.size, level, exponent)
    if math.isinf(quantile):
        return EVERYTHING
    reach = quantile * float(values.std(ddof=1)) * math.sqrt(1 / averaged + 1 / values.size)
    return float(values.mean()) - reach, float(values.mean()) + reach


def spread_over_seeds_interval(seeds: npt.ArrayLike, compared: int, level: float) -> Interval:
    """An interval for the sample standard deviation over `compared` new seeds, by Fisher's F.

    Exact for normal values. Other laws change the variance of a variance by the factor 1 + κ/2, κ the excess kurtosis:
    both degrees of freedom are divided by it where it exceeds one (Box, 1953). ValueError for fewer than three seeds,
    compared < 2 or a level outside (0, 1).
    """
    from scipy.stats import f

    values = require_sample(seeds, 3, "the seeds")
    require_count(compared, 2, "compared")
    require_level(level)
    deviation, inflation = float(values.std(ddof=1)), variance_inflation(values)
    freedom = (compared - 1) / inflation, (values.size - 1) / inflation
    return deviation * math.sqrt(f.ppf(level / 2, *freedom)), deviation * math.sqrt(f.isf(level / 2, *freedom))


def variance_inflation(values: npt.NDArray[np.float64]) -> float:
    """By how much the variance of a sample variance may exceed that of normal values (k,): 1 + κ/2, at least one.

    κ is the excess kurtosis of the sample, three standard deviations of a normal sample's own above it (Box, 1953).
    """
    centred = values - values.mean()
    fourth = float(np.mean(centred**4)) / max(float(np.mean(centred**2)) ** 2, 1e-300)
    return max(1.0, (fourth - 1) / 2 + 3 * math.sqrt(6 / values.size))
