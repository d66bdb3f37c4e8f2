"""How far a printed outcome lies from what its experiment gives, counted in the outcome's own standard deviations.

A printed number stands for its rounding interval [lo, hi]; its nearest point to the expected outcome is what counts.
The result is an interval, as the experiment's own law is known from finitely many simulated seeds: it holds the
deviation with probability 1 − level. Deviations are given as those of a normal outcome of the same tail probability.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.statistics.samples import Interval, require_level, require_sample
from theorems.statistics.student import DEVIATIONS, mean_interval

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["deviation_of_mean", "deviation_of_spread", "normal_equivalent", "standard_deviation_interval"]

NORMAL_SHAPE = 1e8  # of a gamma law that is taken as normal
LARGEST_FACTOR = 3.0  # that skewness may change a deviation by


def standard_deviation_interval(values: npt.ArrayLike, level: float) -> Interval:
    """A set for the standard deviation of a law, by χ², exact for normal values.

    For other laws the degrees of freedom are divided by what their fourth moment adds to the variance of a variance
    (Box, 1953). ValueError for fewer than three values or a level outside (0, 1).
    """
    from scipy.stats import chi2

    sample = require_sample(values, 3)
    require_level(level)
    freedom = (sample.size - 1) / kurtosis_inflation(sample)
    deviation = float(sample.std(ddof=1))
    return (
        deviation * math.sqrt(freedom / chi2.isf(level / 2, freedom)),
        deviation * math.sqrt(freedom / max(chi2.ppf(level / 2, freedom), 1e-300)),
    )


def kurtosis_inflation(values: npt.NDArray[np.float64]) -> float:
    """1 + κ/2, κ the excess kurtosis at the upper end of what the sample allows; at least 1."""
    centred = values - values.mean()
    fourth = float(np.mean(centred**4)) / max(float(np.mean(centred**2)) ** 2, 1e-300)
    return max(1.0, (fourth - 1) / 2 + DEVIATIONS * math.sqrt(6 / values.size))


def deviation_of_mean(  # noqa: PLR0913
    printed: Interval,
    seeds: npt.ArrayLike,
    averaged: int,
    level: float,
    *,
    centre: Interval | None = None,
    spread: Interval | None = None,
) -> Interval:
    """The deviation of a printed mean over `averaged` seeds, from simulated values (R,) of single seeds.

    Args:
        printed: the rounding interval of the printed mean.
        seeds: independent values of the statistic, one for each simulated seed.
        averaged: how many seeds the experiment averages.
        level: the probability of a result that misses the true deviation.
        centre: an interval that holds the expected outcome, where it is known better than the seeds tell.
        spread: an interval that holds the standard deviation of a seed, where the seeds do not tell it (as where each
            is simulated with fewer inputs than the experiment has), at the level level/2.

    The seeds' skewness is paid for at both ends of what they allow (`normal_equivalent`). Unbounded where the seeds do
    not bound their mean. ValueError as in `student.mean_interval` and for averaged < 1.
    """
    values = require_sample(seeds, 3, "the seeds")
    require_count(averaged, 1, "averaged")
    require_level(level)
    expected = mean_interval(values, level / 2) if centre is None else centre
    spreads = [
        each / math.sqrt(averaged)
        for each in (standard_deviation_interval(values, level / 2) if spread is None else spread)
    ]
    if not math.isfinite(expected[0]):
        return expected
    centred = values - values.mean()
    skewness = float(np.mean(centred**3)) / max(float(np.mean(centred**2)) ** 1.5, 1e-300)
    margin = DEVIATIONS * math.sqrt(6 / values.size)
    found = [
        normal_equivalent(_nearest(printed, point) / max(deviation, 1e-300), each, averaged)
        for point in expected
        for deviation in spreads
        for each in (skewness - margin, skewness + margin)
    ]
    return min(found), max(found)


def normal_equivalent(x: float, skewness: float, averaged: int) -> float:
    """The normal deviation with the tail that x has for the mean of `averaged` values of this skewness.

    The mean is taken as a gamma variable of the same first three moments (Pearson's type III), exact for exponential
    values and the like. The result is kept between x/LARGEST_FACTOR and x·LARGEST_FACTOR.
    """
    from scipy.special import gammainc, gammaincc, ndtri_exp

    own = math.copysign(1.0, skewness)
    shape = 4 * averaged / max(skewness**2, 1e-12)
    if shape > NORMAL_SHAPE or x == 0:
        return x
    value = max(0.0, shape + own * x * math.sqrt(shape))
    below, beyond = float(gammainc(shape, value)), float(gammaincc(shape, value))
    above, chance = beyond < below, min(below, beyond)
    tail = math.log(chance) if chance else -math.inf
    size = min(max(-float(ndtri_exp(tail)), abs(x) / LARGEST_FACTOR), abs(x) * LARGEST_FACTOR)
    return math.copysign(size, own if above else -own)


def deviation_of_spread(  # noqa: PLR0913
    printed: Interval,
    seeds: npt.ArrayLike,
    compared: int,
    level: float,
    *,
    factor: float = 1.0,
    spread: Interval | None = None,
) -> Interval:
    """The deviation of a printed multiple of the sample standard deviation over `compared` seeds.

    Args:
        printed: the rounding interval of the printed spread.
        seeds: independent values of the statistic, one for each simulated seed.
        compared: over how many seeds the experiment takes its standard deviation.
        level: the probability of a result that misses the true deviation.
        factor: what is printed over the standard deviation, e.g. 1.96/√20 for half a confidence interval.
        spread: an interval that holds the standard deviation of a seed at this level, where the seeds do not tell it;
            they tell the shape of its law still.

    (compared − 1)s²/σ² is taken as χ², its freedom divided by `kurtosis_inflation`. ValueError for fewer than three
    seeds, compared < 2, factor <= 0 or a level outside (0, 1).
    """
    values = require_sample(seeds, 3, "the seeds")
    require_count(compared, 2, "compared")
    reject(not factor > 0, f"factor must be positive, got {factor}")
    freedom = (compared - 1) / kurtosis_inflation(values)
    found = []
    for each in standard_deviation_interval(values, level) if spread is None else spread:
        ends = [_normal_of_chi_square(freedom * (end / (factor * each)) ** 2, freedom) for end in printed]
        found.append(0.0 if ends[0] <= 0 <= ends[1] else min(ends, key=abs))
    return min(found), max(found)


def _nearest(printed: Interval, point: float) -> float:
    """From the point to the nearest of the interval, signed."""
    return max(0.0, printed[0] - point) + min(0.0, printed[1] - point)


def _normal_of_chi_square(value: float, freedom: float) -> float:
    """The normal quantile of the probability that χ² has below `value`."""
    from scipy.special import ndtri_exp
    from scipy.stats import chi2

    below = float(chi2.logcdf(value, freedom))
    return float(ndtri_exp(below)) if below < -0.7 else -float(ndtri_exp(chi2.logsf(value, freedom)))
