"""Quantisation error by integration against closed forms."""

import pytest

from theorems.arithmetic.contexts import BALL
from theorems.formulas import normal_pairs, ternary
from theorems.integrals.ternary_integrals import gate_integrals, linear_integrals, quantised_layer, relu_integrals


def three_valued_pair(threshold, scale):
    """Q = scale·sign(w)·1{|w| > t}, w normal: E[wQ] = scale √(2/π) e^{−t²/2}, E Q² = scale² erfc(t/√2)."""
    threshold, scale = BALL.number(threshold), BALL.number(scale)
    slope = scale * (2 / BALL.pi).sqrt() * (-(threshold**2) / 2).exp()
    variance = scale**2 * (threshold / BALL.number(2).sqrt()).erfc()
    return normal_pairs.regression_pair(slope, (variance - slope**2).sqrt(), BALL)


LAYERS = {
    "sign": (quantised_layer, lambda: ternary.sign_quantised_pair(BALL)),
    "three-valued": (lambda: quantised_layer("0.4", "0.8"), lambda: three_valued_pair("0.4", "0.8")),
    "coarse": (lambda: quantised_layer(2, 3), lambda: three_valued_pair(2, 3)),
}


def overlap(left, right):
    return all(getattr(left, name).overlaps(getattr(right, name)) for name in ("original", "projection", "energy"))


@pytest.mark.parametrize("name", LAYERS)
def test_closed_forms(name):
    layer, pair = (make() for make in LAYERS[name])
    assert overlap(linear_integrals(layer), normal_pairs.linear_moments(pair, BALL))
    assert overlap(relu_integrals(layer), normal_pairs.relu_moments(pair, BALL))
    integrals, gates = gate_integrals(layer), normal_pairs.gate_decomposition(pair, BALL)
    assert all(overlap(getattr(integrals, part), getattr(gates, part)) for part in ("on_on", "on_off", "off_on"))
    assert float(relu_integrals(layer).energy.rad()) < 1e-9


@pytest.mark.parametrize("arguments", [(-1, 1), (0, 0)])
def test_bad_arguments(arguments):
    with pytest.raises(ValueError, match="must"):
        quantised_layer(*arguments)
