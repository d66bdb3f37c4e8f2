"""Probabilities and quantiles: sets that rest on the binomial law alone, whatever the law of the sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.statistics.samples import Interval, require_level, require_sample

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["clopper_pearson", "quantile_interval"]


def clopper_pearson(successes: int, trials: int, level: float) -> Interval:
    """A set for a probability from independent trials (Clopper and Pearson, 1934); its error never exceeds `level`.

    ValueError unless 0 <= successes <= trials, trials >= 1 and 0 < level < 1.
    """
    from scipy.stats import beta

    require_count(trials, 1, "trials")
    require_count(successes, 0, "successes")
    reject(successes > trials, f"successes must not exceed {trials} trials, got {successes}")
    require_level(level)
    misses = trials - successes
    lower = float(beta.ppf(level / 2, successes, misses + 1)) if successes else 0.0
    upper = float(beta.isf(level / 2, successes + 1, misses)) if misses else 1.0
    return lower, upper


def quantile_interval(sample: npt.ArrayLike, probability: float, level: float) -> Interval:
    """A set for the `probability`-quantile of the law of independent draws: two order statistics, for any law.

    The number of draws below the quantile is binomial (at most, below; at least, up to it), so the r-th smallest draw
    exceeds the quantile with probability P(Bin < r). An end that no order statistic can give is infinite. ValueError
    for an empty sample or a probability or level outside (0, 1).
    """
    from scipy.stats import binom

    values = np.sort(require_sample(sample, 1))
    reject(not 0 < probability < 1, f"probability must lie between 0 and 1, got {probability}")
    require_level(level)
    ranks = np.arange(1, values.size + 1)
    below = ranks[binom.cdf(ranks - 1, values.size, probability) <= level / 2]
    above = ranks[binom.sf(ranks - 1, values.size, probability) <= level / 2]
    lower = float(values[below[-1] - 1]) if below.size else -np.inf
    upper = float(values[above[0] - 1]) if above.size else np.inf
    return lower, upper
