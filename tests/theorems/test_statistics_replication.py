import math

import numpy as np
import pytest

from theorems.statistics.replication import (
    deviation_of_mean,
    deviation_of_spread,
    normal_equivalent,
    standard_deviation_interval,
)


def philox(*seed):
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))


def coverage(interval_of, holds, repetitions=400):
    return np.mean([holds(*interval_of(each)) for each in range(repetitions)])


@pytest.mark.long
def test_standard_deviation_is_covered():
    for law, deviation in (("standard_normal", 1.0), ("standard_exponential", 1.0)):
        covered = coverage(
            lambda k, law=law: standard_deviation_interval(getattr(philox(1, k), law)(300), 0.05),
            lambda low, high, deviation=deviation: low <= deviation <= high,
        )
        assert covered > 0.92
    low, high = standard_deviation_interval(philox(2).standard_normal(10_000), 0.05)
    assert high / low < 1.06


@pytest.mark.long
def test_a_true_repetition_lies_within_its_deviations():
    """The interval holds the deviation of the outcome with known mean and spread."""

    def interval(k):
        rng = philox(3, k)
        outcome = rng.normal(5, 2, 20).mean()
        seeds = rng.normal(5, 2, 400)
        interval.true = (outcome - 5) / (2 / math.sqrt(20))
        return deviation_of_mean((outcome, outcome), seeds, 20, 0.1)

    assert coverage(interval, lambda low, high: low - 0.1 <= interval.true <= high + 0.1) > 0.88


def test_deviation_counts_from_the_nearest_end_of_the_rounding_interval():
    seeds = philox(4).normal(0, 1, 3000)
    inside = deviation_of_mean((-1, 1), seeds, 20, 1e-6)
    assert inside == (0, 0)
    low, high = deviation_of_mean((1, 2), seeds, 20, 1e-6, centre=(0, 0))
    assert low < math.sqrt(20) < high
    low, high = deviation_of_mean((-2, -1), seeds, 20, 1e-6, centre=(0, 0))
    assert low < -math.sqrt(20) < high
    far = deviation_of_mean((1, 2), seeds, 20, 1e-6, centre=(0, 0), spread=(0.1, 0.1))
    assert far[0] > 20


@pytest.mark.parametrize("unit", [1e-6, 1e6])
@pytest.mark.parametrize("printed", [(1.0, 1.1), (-0.4, -0.3), (0.2, 2.0)])
def test_deviation_does_not_depend_on_the_unit(unit, printed):
    seeds = philox(12).standard_exponential(500)
    scaled = deviation_of_mean(tuple(unit * np.array(printed)), unit * seeds, 20, 0.01)
    assert scaled == pytest.approx(deviation_of_mean(printed, seeds, 20, 0.01), rel=1e-9)


def test_skewness_lengthens_the_tail_on_its_side():
    """Exponential values: the exact tail of their mean is that of a gamma law."""
    from scipy.stats import gamma, norm

    averaged, x = 20, 4.0
    tail = gamma.sf(averaged + x * math.sqrt(averaged), averaged)
    equivalent = normal_equivalent(x, 2.0, averaged)
    assert equivalent == pytest.approx(norm.isf(tail), abs=1e-9)
    lower = gamma.cdf(averaged - 2 * math.sqrt(averaged), averaged)
    assert normal_equivalent(-2.0, 2.0, averaged) == pytest.approx(norm.ppf(lower), abs=1e-9)
    assert normal_equivalent(2.0, -2.0, averaged) == pytest.approx(-norm.ppf(lower), abs=1e-9)
    assert normal_equivalent(-x, 2.0, averaged) < -x
    assert normal_equivalent(x, 0.0, averaged) == x
    assert normal_equivalent(-40.0, 1.0, averaged) == -120


def test_spread_of_a_repetition():
    seeds = philox(5).normal(0, 3, 3000)
    low, high = deviation_of_spread((3.0, 3.0), seeds, 20, 1e-6)
    assert low <= 0.2 <= high + 0.2
    assert high - low < 1
    assert deviation_of_spread((2.5, 3.5), seeds, 20, 1e-6) == (0, 0)
    assert deviation_of_spread((9.0, 9.0), seeds, 20, 1e-6)[0] > 6
    assert deviation_of_spread((0.5, 0.5), seeds, 20, 1e-6)[1] < -6
    assert deviation_of_spread((6.0, 6.0), seeds, 20, 1e-6, factor=2.0) == pytest.approx((low, high))


@pytest.mark.long
def test_distribution_of_the_deviation_of_a_spread_is_normal():
    seeds = philox(6).normal(0, 1, 4000)
    found = []
    for k in range(300):
        own = philox(7, k).normal(0, 1, 20).std(ddof=1)
        found.append(np.mean(deviation_of_spread((own, own), seeds, 20, 0.5)))
    assert abs(np.mean(found)) < 0.25
    assert 0.75 < np.std(found) < 1.15


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: deviation_of_mean((0, 1), [1.0, 2.0], 20, 0.1), "at least 3"),
        (lambda: deviation_of_mean((0, 1), [1.0, 2.0, 3.0], 0, 0.1), "averaged"),
        (lambda: deviation_of_spread((0, 1), [1.0, 2.0, 3.0], 20, 0.1, factor=0), "factor"),
        (lambda: standard_deviation_interval([1.0, 2.0, 3.0], 0), "level"),
    ],
)
def test_bad_input_is_named(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_few_seeds_bound_nothing():
    assert deviation_of_mean((0, 1), [0.0, 0.0, 30.0, 1.0], 20, 1e-9) == (-math.inf, math.inf)


def test_a_known_spread_takes_the_place_of_the_seeds_own():
    seeds = philox(11).standard_normal(1000)
    own = deviation_of_spread((2.0, 2.0), seeds, 20, 1e-3)
    known = deviation_of_spread((2.0, 2.0), seeds, 20, 1e-3, spread=(1.9, 2.1))
    assert own[0] > 3
    assert -1 < known[0] < 0 < known[1] < 1
