import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorems.statistics.variance_components import between_seeds_interval

SEEDS, INPUTS, LEVEL, TABLES = 40, 8, 0.05, 800


def tables(law, between, rng):
    """Of variance `between` between seeds, one within."""
    inner = rng.standard_normal((TABLES, SEEDS, INPUTS))
    outer = rng.standard_normal((TABLES, SEEDS, 1))
    if law == "heavy tails":
        outer = rng.laplace(size=outer.shape) / math.sqrt(2)
    if law == "seeds of unequal variance":
        inner *= np.sqrt(rng.exponential(size=outer.shape))
    return math.sqrt(between) * outer + inner


@pytest.mark.long
@pytest.mark.parametrize("law", ["normal", "heavy tails", "seeds of unequal variance"])
@pytest.mark.parametrize("between", [0, 0.1, 1])
def test_deviations_over_seeds_are_covered(law, between):
    truth = math.sqrt(between + 1 / 100)
    sets = [between_seeds_interval(table, 100, LEVEL) for table in tables(law, between, np.random.default_rng(1))]
    missed = sum(not lower <= truth <= upper for lower, upper in sets)
    assert missed <= TABLES * LEVEL
    if between == 1:
        assert np.mean([upper - lower for lower, upper in sets]) < 1.25
        assert missed > 0


def test_spread_within_seeds_is_taken_out():
    table = tables("normal", 0.01, np.random.default_rng(2)).reshape(-1, INPUTS)
    lower, upper = between_seeds_interval(table, 10_000, 1e-6)
    assert 0.06 < lower < math.sqrt(0.0101) < upper < 0.14
    assert between_seeds_interval(table, INPUTS, 1e-6)[0] > math.sqrt(1 / 8)


@given(st.floats(-5, 5), st.floats(0.1, 10))
def test_sets_follow_shift_and_scale(shift, scale):
    table = np.random.default_rng(3).standard_normal((20, 4))
    lower, upper = between_seeds_interval(table, 50, 0.01)
    assert between_seeds_interval(shift + scale * table, 50, 0.01) == pytest.approx((scale * lower, scale * upper))


def test_a_mean_varies_at_least_by_what_is_within_seeds():
    table = np.random.default_rng(4).standard_normal((200, 5))
    lower, upper = between_seeds_interval(table - table.mean(axis=1, keepdims=True), 100, 0.1)
    assert lower == upper == pytest.approx(0.1, rel=0.15)


def test_equal_values_have_no_spread():
    assert between_seeds_interval(np.ones((3, 2)), 2, 0.1) == (0, 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: between_seeds_interval([1.0, 2.0], 10, 0.1), "a matrix"),
        (lambda: between_seeds_interval(np.ones((2, 4)), 10, 0.1), "seeds must be"),
        (lambda: between_seeds_interval(np.ones((4, 1)), 10, 0.1), "inputs must be"),
        (lambda: between_seeds_interval(np.full((4, 4), np.nan), 10, 0.1), "finite"),
        (lambda: between_seeds_interval(np.ones((4, 4)), 3, 0.1), "averaged_inputs must be"),
        (lambda: between_seeds_interval(np.ones((4, 4)), 10, 1.0), "level"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
