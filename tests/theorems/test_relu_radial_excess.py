"""The excess of the post-ReLU over the pre-ReLU radial fraction, against the moments themselves."""

import math

import pytest

from theorems.formulas.normal_pairs import linear_moments, relu_moments
from theorems.formulas.ternary import relu_radial_excess, sign_quantised_pair


@pytest.mark.parametrize("alignment", [0.05, 0.5, math.sqrt(2 / math.pi), 0.99])
def test_excess(alignment):
    pair = sign_quantised_pair(alignment=alignment)
    ratio = relu_moments(pair).radial_fraction() / linear_moments(pair).radial_fraction()
    assert math.isclose(relu_radial_excess(math.acos(alignment)), ratio - 1, rel_tol=1e-9, abs_tol=1e-13)


@pytest.mark.parametrize("angle", [0, -1, 2])
def test_bad_angle(angle):
    with pytest.raises(ValueError, match="angle must"):
        relu_radial_excess(angle)
