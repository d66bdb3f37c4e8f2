import numpy as np
import pytest

from theorems.statistics.dither import dithered
from theorems.statistics.student import mean_interval


def philox(seed):
    return np.random.Generator(np.random.Philox(seed))


def test_mean_stays_and_skewness_falls():
    sample = philox(1).exponential(size=400_000)
    found = dithered(sample, 1.5, philox(2))
    assert found.mean() == pytest.approx(sample.mean(), abs=0.02)
    assert found.std() == pytest.approx((1 + 1.5**2) ** 0.5, rel=0.01)
    skewness = np.mean((found - found.mean()) ** 3) / found.std() ** 3
    assert skewness == pytest.approx(2 / (1 + 1.5**2) ** 1.5, abs=0.05)


def test_a_skewed_mean_is_bounded_at_last():
    sample = philox(3).gamma(4, size=800)
    assert mean_interval(sample, 1e-10)[0] == -np.inf
    lower, upper = mean_interval(dithered(sample, 2, philox(4)), 1e-10)
    assert 2 < lower < 4 < upper < 6


def test_no_noise_is_the_sample():
    assert np.array_equal(dithered([1.0, 2.0, 4.0], 0, philox(5)), [1.0, 2.0, 4.0])


@pytest.mark.parametrize(("sample", "factor", "message"), [([1.0], 1, "the sample"), ([1.0, 2.0], -1, "factor")])
def test_bad_input(sample, factor, message):
    with pytest.raises(ValueError, match=message):
        dithered(sample, factor, philox(0))
