import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorems.statistics.proportions import clopper_pearson, quantile_interval

LEVELS = st.sampled_from([0.3, 0.05, 1e-3, 1e-9])


def tail(trials, p, least):
    return math.fsum(math.comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in range(least, trials + 1))


@given(st.integers(1, 60), st.data(), LEVELS)
def test_ends_give_each_tail_half_the_level(trials, data, level):
    successes = data.draw(st.integers(0, trials))
    lower, upper = clopper_pearson(successes, trials, level)
    assert 0 <= lower <= successes / trials <= upper <= 1
    if successes:
        assert tail(trials, lower, successes) == pytest.approx(level / 2, rel=1e-6)
    if successes < trials:
        assert tail(trials, 1 - upper, trials - successes) == pytest.approx(level / 2, rel=1e-6)


@pytest.mark.parametrize("p", [0.02, 0.3, 0.5])
def test_error_never_exceeds_the_level(p):
    level, trials = 0.1, 25
    missed = [
        k
        for k in range(trials + 1)
        if not clopper_pearson(k, trials, level)[0] <= p <= clopper_pearson(k, trials, level)[1]
    ]
    assert math.fsum(math.comb(trials, k) * p**k * (1 - p) ** (trials - k) for k in missed) <= level


@pytest.mark.parametrize(("size", "probability", "level"), [(7, 0.5, 0.2), (8, 0.3, 0.4), (5, 0.9, 0.7)])
def test_quantile_interval_by_enumeration(size, probability, level):
    # Draws of a two-point law: the quantile set must cover each number between the points' quantiles.
    lowest_error = 0.0
    for zeros in range(size + 1):
        chance = math.comb(size, zeros) * probability**zeros * (1 - probability) ** (size - zeros)
        lower, upper = quantile_interval([0.0] * zeros + [1.0] * (size - zeros), probability, level)
        lowest_error += chance * (not lower <= 0 <= upper)
    assert lowest_error <= level


def test_quantile_interval_is_as_short_as_the_level_allows():
    sample = np.arange(1.0, 101)
    lower, upper = quantile_interval(sample, 0.5, 0.05)
    # One rank further in, the tail would exceed half the level.
    assert tail(100, 0.5, int(upper) - 1) > 0.025 >= tail(100, 0.5, int(upper))
    assert lower + upper == 101


def test_ends_that_no_draw_can_give_are_infinite():
    assert quantile_interval([1.0, 2.0], 0.5, 1e-3) == (-math.inf, math.inf)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: clopper_pearson(3, 2, 0.1), "must not exceed 2"),
        (lambda: clopper_pearson(0, 0, 0.1), "trials"),
        (lambda: clopper_pearson(0, 1, 1.0), "level"),
        (lambda: quantile_interval([], 0.5, 0.1), "at least 1"),
        (lambda: quantile_interval([1.0], 1.0, 0.1), "probability"),
        (lambda: quantile_interval([math.nan], 0.5, 0.1), "finite"),
        (lambda: quantile_interval([[1.0]], 0.5, 0.1), "vector"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_two_levels_are_nested():
    for successes, (tight, wide) in itertools.product(range(5), [(0.1, 1e-6)]):
        inner, outer = clopper_pearson(successes, 4, tight), clopper_pearson(successes, 4, wide)
        assert outer[0] <= inner[0] <= inner[1] <= outer[1]
