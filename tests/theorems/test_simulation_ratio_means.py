import itertools

import numpy as np
import pytest

from theorems.simulation.finite_mean import finite_means
from theorems.simulation.grams import transverse_ratio
from theorems.simulation.ratio_means import MARGIN, radial_fraction, row_averages, with_second_projection

WIDTH, RATE = 48, 0.1


@pytest.mark.parametrize("direction", [1, -1])
def test_means_of_a_row_are_those_of_the_experiment(direction):
    means = finite_means(WIDTH, 8, RATE, direction)
    found = row_averages(WIDTH, RATE, direction).mean
    assert found[[1, 3]] == pytest.approx(means.projection, rel=1e-9)
    assert found[[2, 4]] == pytest.approx(means.energy, rel=1e-9)


def test_cumulants_of_the_activation_are_those_of_half_a_normal_law():
    """E a^(2k) = (2k − 1)!!/2 for a = ReLU(z)."""
    first, second, third = 1 / 2, 3 / 2, 15 / 2
    averages = row_averages(WIDTH, RATE)
    assert averages.mean[0] == pytest.approx(first)
    assert averages.covariance[0, 0] == pytest.approx(second - first**2)
    assert averages.third[0, 0, 0] == pytest.approx(third - 3 * first * second + 2 * first**3)


def test_third_cumulants_do_not_depend_on_the_order():
    third = row_averages(WIDTH, RATE).third
    for order in itertools.permutations(range(3)):
        assert third.transpose(order) == pytest.approx(third, rel=1e-12)


@pytest.mark.parametrize("m", [128, 4000])
def test_the_cube_of_an_average_has_its_exact_mean_and_the_stated_error(m):
    """E X̄³ = μ³ + 3μσ²/m + κ₃/m²; the error is the last term, less what a further order gains: m/256 at most."""
    averages = row_averages(WIDTH, RATE)
    mean, variance, cumulant = averages.mean[0], averages.covariance[0, 0], averages.third[0, 0, 0]
    first, second = 3 * mean * variance / m, cumulant / m**2
    found = averages.expectation(lambda values: values[:, 0] ** 3, m)
    assert found.value == pytest.approx(mean**3 + first + second, rel=1e-12)
    gain = min(1, max(MARGIN * second / first, 256 / m))
    assert found.error == pytest.approx(second * gain + 1e-9 * found.value, rel=1e-3)


@pytest.mark.parametrize("which", ["sign", "magnitude"])
def test_a_squared_correlation_of_many_rows_has_its_bias_of_first_order(which):
    """Of d normal pairs, with the squared correlation R: E R̂ = R + (1 − R)(1 − 2R)/d + O(1/d²)."""
    averages, d = row_averages(WIDTH, RATE).mean[None], 10**5
    before = radial_fraction(which)(averages)[0]
    after = with_second_projection(radial_fraction(which), d)(averages)[0]
    assert d * (after - before) == pytest.approx((1 - before) * (1 - 2 * before), rel=1e-3)


def test_second_projection_of_a_ratio_for_the_same_and_for_orthogonal_changes():
    """Along one direction the ratio is kept; of independent energies over d − 1 coordinates E χ²·E 1/χ² is left."""
    d = 9
    projected = with_second_projection(transverse_ratio, d)
    same, apart = np.array([[1.0, 0.2, 0.5, 0.4, 2.0, 1.0], [1.0, 0.2, 0.5, 0.4, 2.0, 0.08]])
    assert projected(same[None])[0] == pytest.approx(transverse_ratio(same[None])[0])
    assert projected(apart[None])[0] == pytest.approx(transverse_ratio(apart[None])[0] * (d - 1) / (d - 3))
