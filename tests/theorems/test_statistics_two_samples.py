import itertools
import math

import numpy as np
import pytest
import scipy

from theorems.statistics.two_samples import difference_interval, kolmogorov_smirnov, largest_distance, smirnov_tail


@pytest.mark.parametrize("size", [1, 3, 5])
def test_tail_by_enumeration(size):
    # Every interleaving of two samples is equally likely.
    distances = []
    for places in itertools.combinations(range(2 * size), size):
        path = np.cumsum([1 if place in places else -1 for place in range(2 * size)])
        distances.append(np.abs(path).max())
    for steps in range(size + 1):
        assert smirnov_tail(size, steps) == pytest.approx(np.mean(np.array(distances) >= steps))


def test_p_value_is_that_of_scipy():
    rng = np.random.default_rng(1)
    one, two = rng.standard_normal(200), rng.standard_normal(200) + 0.2
    assert kolmogorov_smirnov(one, two) == pytest.approx(
        scipy.stats.ks_2samp(one, two, method="exact").pvalue, rel=1e-9
    )


def test_small_p_values_are_exact():
    assert smirnov_tail(1000, 300) == pytest.approx(2 * math.comb(2000, 700) / math.comb(2000, 1000), rel=1e-9)


def test_an_atom_computed_twice_is_one_atom():
    atom = np.full(100, 0.1 + 0.2)
    assert largest_distance(atom, np.full(100, 0.3)) == 0
    assert largest_distance(atom, np.full(100, 0.31)) == 1


def test_different_laws_are_told_apart():
    rng = np.random.default_rng(2)
    assert kolmogorov_smirnov(rng.standard_normal(4000), rng.standard_t(3, 4000)) < 1e-5


def test_difference_of_means():
    rng = np.random.default_rng(3)
    lower, upper = difference_interval(rng.standard_normal(5000) + 1, rng.standard_normal(4000), 1e-3)
    assert 0.8 < lower < 1 < upper < 1.2


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: kolmogorov_smirnov([1.0], [1.0, 2.0]), "equal size"),
        (lambda: smirnov_tail(3, 4), "must not exceed"),
        (lambda: largest_distance([1.0], [1.0], 0), "digits"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
