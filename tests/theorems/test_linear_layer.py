import numpy as np
import pytest

from theorems.formulas import linear_layer
from theorems.formulas.asymmetry import linear_transverse_ratio
from theorems.formulas.linear_layer import PERTURBATIONS, entry_moments, output_difference

RATE = 0.04


def perturb(name, w, generator):
    size = 2 * np.sqrt(RATE)
    coin = generator.choice([-1.0, 1.0], w.shape)
    return {
        "uniform scaling": size * w,
        "sign flips": np.where(generator.random(w.shape) < RATE, -2 * w, 0.0),
        "constant δ": size * np.sign(w),
        "relative noise": size * coin * w,
        "additive noise": size * generator.standard_normal(w.shape),
        "sign quantisation": np.mean(np.abs(w)) * np.sign(w) - w,
    }[name]


def number(expression):
    return float(expression.subs(linear_layer_rate(), RATE))


def linear_layer_rate():
    import sympy

    return sympy.Symbol(linear_layer.FLIP_RATE, positive=True)


@pytest.mark.long
@pytest.mark.parametrize("name", PERTURBATIONS)
def test_a_wide_layer_has_the_moments_of_one_entry(name):
    generator = np.random.Generator(np.random.Philox(7))
    weights = generator.standard_normal((4000, 400))
    x = generator.standard_normal(400)
    x /= np.linalg.norm(x)
    change = perturb(name, weights, generator) @ x
    y = weights @ x
    moments = entry_moments(name)
    assert number(moments.projection) == pytest.approx(y @ change / 4000, abs=0.05)
    assert number(moments.energy) == pytest.approx(change @ change / 4000, abs=0.05)
    chord = np.sum(((y + change) / np.linalg.norm(y + change) - y / np.linalg.norm(y)) ** 2)
    assert number(output_difference(moments)) == pytest.approx(chord, rel=0.12, abs=1e-12)


def test_against_the_limits_of_section_6():
    flips, constant = entry_moments("sign flips"), entry_moments("constant δ")
    transverse = number(flips.transverse_energy() / constant.transverse_energy())
    assert transverse == pytest.approx(linear_transverse_ratio(RATE**0.5))


def test_unknown_perturbation():
    with pytest.raises(ValueError, match="expected one of"):
        entry_moments("dropout")
