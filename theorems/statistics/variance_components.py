"""How much of a spread lies between seeds: the one-way random-effects model of inputs that share their seed's weights.

x_{si} = μ + B_s + W_{si}, B_s of variance σ_B² between seeds, W_{si} of variance σ_W² within them, all uncorrelated
(Scheffé, The Analysis of Variance, 1959, chapter 7).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.statistics.predictive import variance_inflation
from theorems.statistics.samples import Interval, require_level

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["between_seeds_interval"]


def between_seeds_interval(table: npt.ArrayLike, averaged_inputs: int, level: float) -> Interval:
    """A set for √(σ_B² + σ_W²/averaged_inputs), the deviation over seeds of the mean of that many inputs of a seed.

    From `table` (seeds, inputs), in its units. With J inputs the mean squares have the expectations Jσ_B² + σ_W²
    between and σ_W² within; each gets a χ² set at half the level, and the set runs over what both allow with
    σ_B² >= 0. Exact or too wide for normal values; otherwise the degrees of freedom are divided as in
    `spread_over_seeds_interval`, those within by what the seeds' own variances spread more than normal ones (by their
    kurtosis or since they differ). ValueError for fewer than three seeds or two inputs, values that are not finite,
    averaged_inputs below the table's inputs or a level outside (0, 1).
    """
    values = np.asarray(table, dtype=np.float64)
    reject(values.ndim != 2, f"the table must be a matrix, got {values.ndim} dimensions")
    seeds, inputs = values.shape
    require_count(seeds, 3, "the number of seeds")
    require_count(inputs, 2, "the number of inputs")
    reject(not np.isfinite(values).all(), "the table must be finite")
    require_count(averaged_inputs, inputs, "averaged_inputs")
    require_level(level)
    means, variances = values.mean(axis=1), values.var(axis=1, ddof=1)
    between = _expectation(float(means.var(ddof=1)), (seeds - 1) / variance_inflation(means), level / 2)
    within = _expectation(float(variances.mean()), _freedom_within(variances, inputs), level / 2)
    # σ_B² + σ_W²/N = (Jσ_B² + σ_W²)/J − (1/J − 1/N)σ_W², at least σ_W²/N.
    taken = 1 / inputs - 1 / averaged_inputs
    least = within[0] / averaged_inputs
    ends = between[0] - taken * within[1], between[1] - taken * within[0]
    return math.sqrt(max(ends[0], least)), math.sqrt(max(ends[1], least))


def _freedom_within(variances: npt.NDArray[np.float64], inputs: int) -> float:
    """2·mean²/variance of the mean of the seeds' variances, at most what it is for normal values."""
    square = float(variances.mean()) ** 2
    excess = (inputs - 1) / 2 * float(variances.var(ddof=1)) / square if square else 1.0
    margin = 3 * math.sqrt(6 / variances.size)  # as that of a kurtosis in `variance_inflation`
    return float((inputs - 1) * variances.size / max(1.0, excess + margin))


def _expectation(mean_square: float, freedom: float, level: float) -> Interval:
    """A set for the expectation of a mean square of so many degrees of freedom."""
    from scipy.special import chdtri, gammaincinv

    total = freedom * mean_square
    return total / chdtri(freedom, level / 2), total / (2 * gammaincinv(freedom / 2, level / 2))
