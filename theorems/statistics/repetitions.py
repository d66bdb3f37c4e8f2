"""Is a printed outcome of an experiment one that a repetition could have, judged from a repetition of our own?

Both sides are random: the printed outcome comes from the seeds of one run, ours from other seeds. Deviations are given
as those of a normal outcome of the same tail probability, 0 where the two agree.

A seed's value may be infinite (a run that diverged) or be known only to lie in an interval (a printed number).
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.statistics.samples import Interval, require_sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = ["deviation_of_normal_mean", "deviation_of_normal_quantile", "rank_deviation", "rank_sum_counts"]

LARGEST = 1e6  # deviation that is told from a larger one


@cache
def rank_sum_counts(first: int, second: int) -> tuple[int, ...]:
    """How many of the C(first + second, first) orders of two samples have U = 0 … first·second (Mann, Whitney 1947).

    U counts the pairs whose member of the first sample is the larger. Exact, by N(a, b; u) = N(a − 1, b; u − b) +
    N(a, b − 1; u). ValueError for an empty sample.
    """
    require_count(first, 1, "the first size")
    require_count(second, 1, "the second size")
    row = [[1] for _ in range(second + 1)]  # no value of the first sample
    for a in range(1, first + 1):
        following = [[1]]
        for b in range(1, second + 1):
            counts = [0] * (a * b + 1)
            for u, number in enumerate(row[b]):  # the largest value is of the first sample
                counts[u + b] += number
            for u, number in enumerate(following[b - 1]):
                counts[u] += number
            following.append(counts)
        row = following
    return tuple(row[second])


def rank_deviation(first: Sequence[Interval], second: Sequence[Interval]) -> Interval:
    """How far two samples are from having one law, by the exact test of Wilcoxon, Mann and Whitney; signed.

    Positive where the first sample lies higher. Exact for continuous laws. The interval holds every order that the
    values may have inside their own intervals; equal values count either way.

    Args:
        first: the values of one sample, each (lower, upper); the ends may be infinite.
        second: those of the other.
    """
    one, two = (_sample(values) for values in (first, second))
    surely = int((one[:, None, 0] > two[None, :, 1]).sum())
    possibly = int((one[:, None, 1] >= two[None, :, 0]).sum())
    counts = rank_sum_counts(len(one), len(two))
    return _normal_of_rank_sum(surely, counts), _normal_of_rank_sum(possibly, counts)


def _sample(values: Sequence[Interval]) -> npt.NDArray[np.float64]:
    array = np.asarray(values, dtype=np.float64)
    reject(array.ndim != 2 or array.shape[1] != 2 or not len(array), "expected a sample of (lower, upper)")
    reject(bool(np.isnan(array).any()) or bool((array[:, 0] > array[:, 1]).any()), "expected lower ≤ upper")
    return array


def _normal_of_rank_sum(statistic: int, counts: tuple[int, ...]) -> float:
    """The normal deviation with the tail that U has; 0 inside the central half of the law on either side."""
    from scipy.special import ndtri

    total, below, above = sum(counts), sum(counts[: statistic + 1]), sum(counts[statistic:])
    if below <= above:
        return min(0.0, float(ndtri(below / total)))
    return max(0.0, -float(ndtri(above / total)))


def deviation_of_normal_mean(printed: Interval, seeds: npt.ArrayLike, averaged: int) -> Interval:
    """How far a printed mean over `averaged` seeds lies from that of our own, by Student's t; for a normal law.

    Args:
        printed: its rounding interval; the nearest point counts.
        seeds: our own values (N,), independent of those of the printed run.
        averaged: how many seeds the printed mean is over.
    """
    require_count(averaged, 1, "averaged")
    values = require_sample(seeds, 3, "the seeds")
    return _student(printed, values, float(values.mean()), 1 / averaged + 1 / values.size)


def deviation_of_normal_quantile(
    printed: Interval, seeds: npt.ArrayLike, averaged: int, *, share: float = 0.5
) -> Interval:
    """The same for a sample quantile over `averaged` seeds, such as a median; for a normal law.

    With the variance share(1 − share)/(φ(z)²·averaged) of a large sample's quantile, which for a median is a little
    larger than that of a small one. Infinite values of our own seeds, of either sign, stay at their end of the order:
    the quantile of all is another one of the finite rest, whose law is taken as normal. Unbounded where a quarter of
    them or more is infinite.

    Args:
        printed: its rounding interval, of finite ends.
        seeds: our own values (N,); none is a nan.
        averaged: how many seeds the printed quantile is over.
        share: which quantile, strictly between 0 and 1.
    """
    from scipy.special import ndtri

    require_count(averaged, 1, "averaged")
    reject(not 0 < share < 1, f"share must lie between 0 and 1, got {share}")
    values = np.asarray(seeds, dtype=np.float64)
    reject(bool(np.isnan(values).any()), "the seeds must be numbers")
    finite = values[np.isfinite(values)]
    if finite.size < 3 or finite.size <= 0.75 * values.size:
        return -math.inf, math.inf
    inner = (share - float(np.mean(values == -math.inf))) * values.size / finite.size
    if not 0 < inner < 1:
        return -math.inf, math.inf
    z = float(ndtri(inner))
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    own = (1 + z * z / 2) / finite.size  # of mean + z·deviation
    variance = inner * (1 - inner) / density**2 / averaged + own
    return _student(printed, finite, float(finite.mean() + z * finite.std(ddof=1)), variance)


def _student(printed: Interval, values: npt.NDArray[np.float64], expected: float, variance: float) -> Interval:
    from scipy.special import ndtri_exp
    from scipy.stats import t

    distance = max(0.0, printed[0] - expected) + min(0.0, printed[1] - expected)
    scale = float(values.std(ddof=1)) * math.sqrt(variance)
    if distance == 0:
        return 0.0, 0.0
    size = abs(distance) / max(scale, 1e-300)
    found = math.copysign(min(-float(ndtri_exp(t.logsf(size, values.size - 1))), LARGEST), distance)
    return found, found
