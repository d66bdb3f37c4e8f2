"""Means that skewness forbids to bound: symmetric noise of known size is added first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from theorems.statistics.samples import Interval, require_level, require_sample
from theorems.statistics.student import EVERYTHING, guarded_quantile, skewness_bound

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

__all__ = ["dithered_mean_interval"]


FACTORS = tuple(step / 4 for step in range(33))


def dithered_mean_interval(sample: npt.ArrayLike, level: float, rng: np.random.Generator) -> Interval:
    """A set for the mean of independent draws (k,), after normal noise of f times their deviation is added.

    The mean stays, the deviation grows by √(1 + f²), and the skewness is divided by the cube of that. So it need not be
    bounded from the noisy values: the bound of `student` for the values as they are is divided by it. Of several f up
    to 8 that one is taken which gives the shortest set; the noise knows nothing of it. ValueError for fewer than three
    draws or a level outside (0, 1).
    """
    values = require_sample(sample, 3)
    require_level(level)
    noise, bound = rng.standard_normal(values.size), skewness_bound(values) / (3 * math.sqrt(values.size))

    def quantile(factor: float) -> float:
        return guarded_quantile(values.size, level, bound / (1 + factor**2) ** 1.5)

    factor = min(FACTORS, key=lambda each: quantile(each) * math.sqrt(1 + each**2))
    if math.isinf(quantile(factor)):
        return EVERYTHING
    noisy = values + factor * values.std(ddof=1) * noise
    mean, reach = float(noisy.mean()), quantile(factor) * float(noisy.std(ddof=1)) / math.sqrt(values.size)
    return mean - reach, mean + reach
