import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from theorems.statistics.bounded_means import betting_interval, empirical_bernstein_interval
from theorems.statistics.predictive import exchangeable_interval, mean_over_seeds_interval, spread_over_seeds_interval
from theorems.statistics.student import EVERYTHING, mean_interval, ratio_interval

BOUNDED = [betting_interval, empirical_bernstein_interval]


@pytest.mark.parametrize("method", BOUNDED)
@pytest.mark.parametrize("p", [0.01, 0.5])
def test_bounded_means_are_covered(method, p):
    draws = (np.random.default_rng([1, int(100 * p)]).random((200, 150)) < p).astype(float)
    missed = sum(not lower <= p <= upper for lower, upper in (method(row, (0, 1), 0.1) for row in draws))
    assert missed <= 200 * 0.1


@pytest.mark.parametrize("method", BOUNDED)
def test_bounded_means_shrink_with_the_variance(method):
    quiet = 0.3 + 0.001 * np.random.default_rng(2).standard_normal(4000).clip(-3, 3)
    lower, upper = method(quiet, (0, 1), 1e-9)
    assert 0 < upper - lower < 0.03
    assert lower <= 0.3 <= upper


def test_betting_beats_empirical_bernstein():
    sample = np.random.default_rng(3).beta(2, 5, size=300)
    widths = [np.diff(method(sample, (0, 1), 1e-9))[0] for method in BOUNDED]
    assert widths[0] < widths[1]


@settings(max_examples=30)
@given(st.floats(-5, 5), st.floats(0.1, 10))
def test_betting_follows_shift_and_scale(shift, scale):
    sample = np.random.default_rng(4).random(40)
    lower, upper = betting_interval(sample, (0, 1), 0.01)
    moved = betting_interval(shift + scale * sample, (shift, shift + scale * 1.0000001), 0.01)
    assert moved == pytest.approx((shift + scale * lower, shift + scale * upper), abs=1e-4 * scale)


def test_t_sets_of_normal_draws_are_a_little_wider_than_student_and_those_of_skewed_draws_wider_still():
    rng = np.random.default_rng(5)
    normal = rng.standard_normal(20_000)
    lower, upper = mean_interval(normal, 1e-9)
    naive = 2 * norm.isf(5e-10) * normal.std(ddof=1) / math.sqrt(normal.size)
    assert naive < upper - lower < 1.05 * naive
    skewed = rng.standard_exponential(8000)
    lower, upper = mean_interval(skewed, 1e-9)
    assert 1.03 < (upper - lower) * math.sqrt(8000) / skewed.std(ddof=1) / (2 * norm.isf(5e-10)) < 1.2


def test_a_t_set_is_unbounded_where_skewness_decides():
    assert mean_interval(np.random.default_rng(6).standard_exponential(300), 1e-9) == EVERYTHING
    assert mean_interval(np.random.default_rng(6).standard_exponential(300), 0.05) != EVERYTHING


def test_skewed_means_are_covered_where_plain_student_is_not():
    draws = np.random.default_rng(7).standard_exponential((20_000, 500))
    mean, error = draws.mean(axis=1), draws.std(axis=1, ddof=1) / math.sqrt(500)
    assert np.mean(mean - 1 < -norm.isf(0.001) * error) > 1.8 * 0.001
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


def test_exchangeable_interval_misses_as_often_as_it_says():
    rng = np.random.default_rng(11)
    sets = [(exchangeable_interval(rng.pareto(1, 99), 0.1), rng.pareto(1)) for _ in range(2000)]
    missed = sum(not lower <= value <= upper for (lower, upper), value in sets)
    assert 2000 * 0.07 < missed < 2000 * 0.13
    assert exchangeable_interval(np.arange(99.0), 1e-3) == EVERYTHING


def test_prediction_of_a_mean_over_seeds_pays_for_both_samples():
    rng = np.random.default_rng(12)
    missed = 0
    for _ in range(2000):
        lower, upper = mean_over_seeds_interval(rng.standard_normal(30), 20, 0.1)
        missed += not lower <= rng.standard_normal(20).mean() <= upper
    assert missed <= 2000 * 0.115
    skewed = mean_over_seeds_interval(rng.standard_exponential(100_000), 20, 1e-4)
    assert skewed[1] - 1 > norm.isf(0.5e-4) / math.sqrt(20)
    assert mean_over_seeds_interval(rng.standard_exponential(1000), 20, 1e-9) == EVERYTHING


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
        (lambda: betting_interval([0.2, 1.2], (0, 1), 0.1), "stay within"),
        (lambda: betting_interval([0.2, 0.3], (1, 1), 0.1), "increase"),
        (lambda: empirical_bernstein_interval([0.2], (0, 1), 0.1), "at least 2"),
        (lambda: mean_interval([1.0, 2.0], 0.1), "at least 3"),
        (lambda: mean_interval([1.0, 2.0, 3.0], 0), "level"),
        (lambda: ratio_interval([1.0, 2.0, 3.0], [1.0, 2.0, 3.0, 4.0], 0.1), "as many"),
        (lambda: mean_over_seeds_interval([1.0, 2.0, 3.0], 0, 0.1), "averaged"),
        (lambda: spread_over_seeds_interval([1.0, 2.0, 3.0], 1, 0.1), "compared"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
