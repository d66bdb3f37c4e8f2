import pytest

from theorems.arithmetic.contexts import BALL
from theorems.formulas.asymmetry import magnitude_moments, magnitude_pair, root_flip_rate, sign_moments, sign_pair
from theorems.formulas.normal_pairs import gate_decomposition
from theorems.integrals.perturbed_neuron import (
    integrated_gates,
    integrated_moments,
    sign_flip_covariance,
    sign_preserving_covariance,
)
from theorems.weight_laws import LAPLACE

FIELDS = ("original", "projection", "energy")


@pytest.mark.parametrize("p", ["0.001", "0.01", "0.1", "0.45"])
@pytest.mark.parametrize(
    ("covariance", "moments"), [(sign_flip_covariance, sign_moments), (sign_preserving_covariance, magnitude_moments)]
)
def test_integrals_agree_with_the_closed_forms(covariance, moments, p):
    integrated, closed = integrated_moments(covariance(p)), moments(root_flip_rate(p, BALL), BALL)
    for field in FIELDS:
        assert abs(getattr(integrated, field) - getattr(closed, field)) < 1e-12


@pytest.mark.parametrize(
    ("covariance", "pair"), [(sign_flip_covariance, sign_pair), (sign_preserving_covariance, magnitude_pair)]
)
def test_gates_agree_with_the_closed_forms(covariance, pair):
    integrated = integrated_gates(covariance("0.07"))
    closed = gate_decomposition(pair(root_flip_rate("0.07", BALL), BALL), BALL)
    for signs, gate in {(1, 1): closed.on_on, (1, -1): closed.on_off, (-1, 1): closed.off_on}.items():
        for field in FIELDS:
            assert abs(getattr(integrated[signs], field) - getattr(gate, field)) < 1e-12


def test_another_weight_law():
    alignment = 1 / BALL.number(2).sqrt()
    closed = magnitude_moments(root_flip_rate("0.05", BALL), BALL, alignment)
    integrated = integrated_moments(sign_preserving_covariance("0.05", LAPLACE))
    assert abs(integrated.energy - closed.energy) < 1e-12


def test_domain():
    with pytest.raises(ValueError, match="p must exceed 0"):
        sign_flip_covariance("0")
    with pytest.raises(ValueError, match="1 - p must exceed 0"):
        sign_flip_covariance("1")
