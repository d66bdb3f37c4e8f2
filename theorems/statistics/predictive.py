"""Where a new value of a simulated estimator falls: predictive intervals for what an experiment measures.

An experiment prints a statistic of its few seeds; we can draw as many seeds as we like. Its number is consistent with
its description where it lies in the interval that contains such a statistic with probability 1 − level, with our own
finite number of seeds paid for.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.domain import require_count
from theorems.statistics.samples import Interval, require_level, require_sample

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["spread_over_seeds_interval"]


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
    deviation, inflation = float(values.std(ddof=1)), _variance_inflation(values)
    freedom = (compared - 1) / inflation, (values.size - 1) / inflation
    return deviation * math.sqrt(f.ppf(level / 2, *freedom)), deviation * math.sqrt(f.isf(level / 2, *freedom))


def _variance_inflation(values: npt.NDArray[np.float64]) -> float:
    """By how much the variance of a sample variance may exceed that of normal values (k,): 1 + κ/2, at least one.

    κ is the excess kurtosis of the sample, three standard deviations of a normal sample's own above it (Box, 1953).
    """
    centred = values - values.mean()
    fourth = float(np.mean(centred**4)) / max(float(np.mean(centred**2)) ** 2, 1e-300)
    return max(1.0, (fourth - 1) / 2 + 3 * math.sqrt(6 / values.size))
