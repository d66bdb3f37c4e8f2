import math

import numpy as np
import pytest
import scipy

from theorems.statistics.predictive import spread_over_seeds_interval
from theorems.statistics.student import EVERYTHING, mean_interval, ratio_interval


def test_t_sets_of_normal_draws_are_a_little_wider_than_student_and_those_of_skewed_draws_wider_still():
    rng = np.random.default_rng(5)
    normal = rng.standard_normal(20_000)
    lower, upper = mean_interval(normal, 1e-9)
    naive = 2 * scipy.stats.norm.isf(5e-10) * normal.std(ddof=1) / math.sqrt(normal.size)
    assert naive < upper - lower < 1.05 * naive
    skewed = rng.standard_exponential(8000)
    lower, upper = mean_interval(skewed, 1e-9)
    assert 1.03 < (upper - lower) * math.sqrt(8000) / skewed.std(ddof=1) / (2 * scipy.stats.norm.isf(5e-10)) < 1.2


def test_a_t_set_is_unbounded_where_skewness_decides():
    assert mean_interval(np.random.default_rng(6).standard_exponential(300), 1e-9) == EVERYTHING
    assert mean_interval(np.random.default_rng(6).standard_exponential(300), 0.05) != EVERYTHING


@pytest.mark.long
def test_skewed_means_are_covered_where_plain_student_is_not():
    draws = np.random.default_rng(7).standard_exponential((20_000, 500))
    mean, error = draws.mean(axis=1), draws.std(axis=1, ddof=1) / math.sqrt(500)
    assert np.mean(mean - 1 < -scipy.stats.norm.isf(0.001) * error) > 1.8 * 0.001
    sets = [mean_interval(row, 0.002) for row in draws[:2000]]
    assert sum(not lower <= 1 <= upper for lower, upper in sets) <= 2000 * 0.002
    assert sum(ends == EVERYTHING for ends in sets) < 200


def test_ratio_of_means_by_contrasts():
    rng = np.random.default_rng(8)
    below = rng.standard_exponential((300, 2000))
    above = 2.5 * below + rng.standard_normal(below.shape)
    sets = [ratio_interval(one, two, 0.05) for one, two in zip(above, below, strict=True)]
    missed = sum(not lower <= 2.5 <= upper for lower, upper in sets)
    assert missed <= 25
    assert max(upper - lower for lower, upper in sets) < 0.2


def test_a_ratio_with_a_vanishing_denominator_is_unbounded():
    rng = np.random.default_rng(9)
    assert ratio_interval(rng.standard_normal(1000), rng.standard_normal(1000), 0.01) == EVERYTHING


def test_ratio_keeps_exactly_the_contrasts_that_allow_zero():
    rng = np.random.default_rng(10)
    below = 3 + rng.standard_normal(5000)
    above = below + rng.standard_normal(5000)
    lower, upper = ratio_interval(above, below, 1e-6)
    for ratio, inside in [(lower - 0.003, False), (lower + 0.003, True), (upper - 0.003, True), (upper + 0.003, False)]:
        ends = mean_interval(above - ratio * below, 1e-6)
        assert (ends[0] <= 0 <= ends[1]) is inside


@pytest.mark.long
def test_prediction_of_a_spread():
    rng = np.random.default_rng(13)
    missed = 0
    for _ in range(2000):
        lower, upper = spread_over_seeds_interval(rng.standard_normal(1000), 20, 0.1)
        missed += not lower <= rng.standard_normal(20).std(ddof=1) <= upper
    assert 2000 * 0.05 < missed <= 2000 * 0.12


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_interval([1.0, 2.0], 0.1), "at least 3"),
        (lambda: mean_interval([1.0, 2.0, 3.0], 0), "level"),
        (lambda: ratio_interval([1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 4.0], 0.1), "as many"),
        (lambda: spread_over_seeds_interval([1.0, 2.0, 3.0], 1, 0.1), "compared"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
