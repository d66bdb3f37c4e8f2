import math

import numpy as np
import pytest

from theorems.statistics.dither import dithered_mean_interval
from theorems.statistics.student import mean_interval


def philox(*seed):
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))


def test_a_skewed_mean_is_bounded_at_last():
    sample = philox(1).gamma(4, size=400)
    assert mean_interval(sample, 1e-10) == (-math.inf, math.inf)
    lower, upper = dithered_mean_interval(sample, 1e-10, philox(2))
    assert 2 < lower < 4 < upper < 6


@pytest.mark.long
def test_the_mean_is_covered():
    found = [dithered_mean_interval(philox(3, k).exponential(size=60) - 1, 1e-3, philox(4, k)) for k in range(1000)]
    assert np.mean([lower <= 0 <= upper for lower, upper in found]) > 0.997
    bare = [mean_interval(philox(3, k).exponential(size=60), 1e-3) for k in range(100)]
    assert np.mean([upper - lower for lower, upper in found]) < 1.8
    assert all(upper == math.inf for _, upper in bare)


def test_without_skewness_no_noise_is_added():
    sample = philox(5).standard_normal(20_000)
    assert dithered_mean_interval(sample, 1e-4, philox(6)) == mean_interval(sample, 1e-4)


def test_too_few_values_bound_nothing():
    assert dithered_mean_interval(philox(7).exponential(size=5), 1e-12, philox(8)) == (-math.inf, math.inf)


@pytest.mark.parametrize(
    ("sample", "level", "message"), [([1.0, 2.0], 0.1, "the sample"), ([1.0, 2.0, 4.0], 1.0, "level")]
)
def test_bad_input(sample, level, message):
    with pytest.raises(ValueError, match=message):
        dithered_mean_interval(sample, level, philox(0))
