import math

import numpy as np
import pytest

from theorems.simulation.exact_law import draw_grams
from theorems.simulation.finite_mean import finite_means
from theorems.simulation.grams import transverse_energies
from theorems.simulation.setups import Block
from theorems.statistics.control_variates import controlled
from theorems.statistics.student import mean_interval


def test_the_mean_stays_and_the_variance_falls():
    rng = np.random.default_rng(1)
    control = rng.standard_exponential((4000, 2))
    values = 3 + 2 * control[:, 0] - control[:, 1] + 0.1 * rng.standard_normal(4000)
    adjusted = controlled(values, control, [1.0, 1.0])
    assert adjusted.std() < 0.11
    assert abs(adjusted.mean() - 4) < 5 * 0.1 / math.sqrt(4000)


def test_a_wrong_mean_of_a_control_is_a_wrong_result():
    rng = np.random.default_rng(2)
    control = rng.standard_normal((400, 1))
    assert controlled(control[:, 0], control, [0.5]).mean() == pytest.approx(0.5, abs=1e-9)


def test_transverse_energies_at_a_hundredth_of_the_variance():
    n, p = 512, 0.05
    means = finite_means(n, n, p)
    draws = draw_grams(Block(n, n, p), 2000, np.random.default_rng(3))
    known = [0.5, means.projection[0], means.energy[0], means.projection[1], means.energy[1]]
    for values, expected in zip(transverse_energies(draws), means.transverse, strict=True):
        adjusted = controlled(values, draws[:, :5], known)
        assert adjusted.std() < values.std() / 10
        lower, upper = mean_interval(adjusted, 1e-3)
        assert lower <= expected <= upper


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: controlled(np.ones(9), np.ones((8, 1)), [1.0]), "as many controls"),
        (lambda: controlled(np.ones(9), np.ones((9, 2)), [1.0]), "one mean for each"),
        (lambda: controlled(np.ones(7), np.ones((7, 1)), [1.0]), "at least 8"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
