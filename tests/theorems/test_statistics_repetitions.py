import math
from itertools import combinations

import numpy as np
import pytest
import scipy

from theorems.statistics.order_statistics import median_interval, quantile_interval
from theorems.statistics.repetitions import (
    deviation_of_normal_mean,
    deviation_of_normal_quantile,
    rank_deviation,
    rank_sum_counts,
)


def exact(values):
    return [(value, value) for value in values]


@pytest.mark.parametrize(("first", "second"), [(1, 1), (3, 4), (5, 2)])
def test_rank_sums_are_those_of_all_orders(first, second):
    found = [0] * (first * second + 1)
    for places in combinations(range(first + second), first):
        found[sum(place - i for i, place in enumerate(places))] += 1
    assert rank_sum_counts(first, second) == tuple(found)


@pytest.mark.parametrize("shift", [-2.0, -0.3, 0.5, 3.0])
def test_the_rank_test_is_that_of_the_literature(shift):
    rng = np.random.default_rng(5)
    first, second = rng.normal(shift, 1, 9), rng.normal(0, 1, 12)
    low, high = rank_deviation(exact(first), exact(second))
    two_sided = scipy.stats.mannwhitneyu(first, second, method="exact").pvalue
    assert low == high
    assert 2 * scipy.stats.norm.sf(abs(low)) == pytest.approx(two_sided, rel=1e-9)
    assert math.copysign(1, low) == math.copysign(1, shift)


def test_twenty_seeds_against_twenty_can_be_told_apart_at_six_deviations():
    low, high = rank_deviation(exact(np.arange(20) + 100), exact(np.arange(20)))
    assert low == high
    assert 6.6 < low < 6.8
    assert rank_deviation(exact(np.arange(20)), exact(np.full(20, math.inf)))[1] < -6


def test_what_rounding_leaves_open_is_in_the_interval():
    rng = np.random.default_rng(6)
    first, second = rng.normal(0, 1, 10), rng.normal(0, 1, 10)
    low, high = rank_deviation([(value - 0.1, value + 0.1) for value in first], exact(second))
    inner = rank_deviation(exact(first), exact(second))[0]
    assert low <= inner <= high
    assert low < high
    assert rank_deviation([(-math.inf, math.inf)] * 5, exact(second)) == (
        rank_deviation(exact(np.full(5, -9)), exact(second))[0],
        rank_deviation(exact(np.full(5, 9)), exact(second))[0],
    )


@pytest.mark.long
@pytest.mark.parametrize("deviate", [deviation_of_normal_mean, deviation_of_normal_quantile])
def test_deviations_of_repetitions_are_standard_normal(deviate):
    rng = np.random.default_rng(7)
    statistic = np.mean if deviate is deviation_of_normal_mean else np.median
    found = []
    for _ in range(1500):
        printed = float(statistic(rng.normal(3, 2, 20)))
        found.append(deviate((printed, printed), rng.normal(3, 2, 20), 20)[0])
    assert abs(np.mean(found)) < 0.1
    assert 0.88 < np.std(found) < 1.08
    assert np.mean(np.abs(found) > 3) < 0.006


@pytest.mark.long
@pytest.mark.parametrize(("share", "ends"), [(0.25, 1), (0.5, 2), (0.5, -2), (0.75, -1)])
def test_infinite_seeds_stay_at_their_end(share, ends):
    rng = np.random.default_rng(8)
    found = []
    for _ in range(800):
        printed = float(np.quantile(np.concatenate([rng.normal(0, 1, 180), np.full(20, ends * math.inf)]), share))
        own = np.concatenate([rng.normal(0, 1, 360), np.full(40, ends * math.inf)])
        found.append(deviation_of_normal_quantile((printed, printed), own, 200, share=share)[0])
    assert abs(np.mean(found)) < 0.1
    assert 0.85 < np.std(found) < 1.15


def test_where_a_quarter_diverges_nothing_is_known():
    own = [1.0, 1.1, 0.9, *[math.inf]]
    assert deviation_of_normal_quantile((1, 1), own, 10) == (-math.inf, math.inf)


def test_seeds_that_never_scatter_leave_no_room():
    assert deviation_of_normal_mean((1.5, 2), [1.0] * 5, 10) == (1e6, 1e6)
    assert deviation_of_normal_quantile((0.5, 0.9), [1.0] * 5, 10) == (-1e6, -1e6)
    assert deviation_of_normal_mean((0.5, 2), [1.0] * 5, 10) == (0.0, 0.0)


@pytest.mark.parametrize("bad", [[], [(2, 1)], [(math.nan, 1)], [1.0, 2.0]])
def test_no_sample(bad):
    with pytest.raises(ValueError, match="expected"):
        rank_deviation(bad, [(0, 1)])


def test_the_median_is_in_its_interval_as_often_as_promised():
    rng = np.random.default_rng(9)
    level = 0.05
    missed = 0
    for _ in range(4000):
        low, high = median_interval(rng.exponential(1, 15), level)
        missed += not low <= math.log(2) <= high
    assert missed / 4000 < level
    assert median_interval([1.0, math.inf, 3.0], 0.2) == (-math.inf, math.inf)
    assert median_interval([1.0, math.inf, 3.0], 0.3) == (1.0, math.inf)


@pytest.mark.parametrize(("share", "level"), [(0.025, 0.01), (0.5, 0.1), (0.9, 1e-6)])
def test_the_interval_of_a_quantile_is_the_innermost_that_covers_it(share, level):
    """Of 40 values in order, each end misses with at most half the level, and the next one inwards with more."""
    size = 40

    def at_most(count):
        return sum(math.comb(size, k) * share**k * (1 - share) ** (size - k) for k in range(count + 1))

    low, high = quantile_interval(range(1, size + 1), share, level)
    rank_low, rank_high = (0 if low == -math.inf else low), (size + 1 if high == math.inf else high)
    assert rank_low == 0 or at_most(rank_low - 1) <= level / 2
    assert at_most(rank_low) > level / 2
    assert rank_high == size + 1 or 1 - at_most(rank_high - 1) <= level / 2
    assert 1 - at_most(rank_high - 2) > level / 2


def test_an_interval_of_a_quantile_needs_a_sample_a_share_and_a_level():
    for values, share, level in [([], 0.5, 0.1), ([math.nan], 0.5, 0.1), ([1.0], 1, 0.1), ([1.0], 0.5, 0)]:
        with pytest.raises(ValueError, match=r"expected at least one number|share|level"):
            quantile_interval(values, share, level)
