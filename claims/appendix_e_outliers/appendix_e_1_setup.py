"""Appendix E.1: setup."""

from fractions import Fraction

import pytest
from verdicts import ball, claim, exactly, identity, more_than, printed, readings

from claims.appendix_e_outliers.energies import (
    DIMENSION,
    TABLE_20,
    energy_by_integrals,
    square,
)
from claims.flip_energies import BY_INTEGRALS
from claims.flipped_groups import INDEPENDENT, flip, mean_square
from theorems.arithmetic.contexts import BALL
from theorems.formulas.outliers import leverage, linear_leverage
from theorems.formulas.relu_kernels import angle_from_amplitude
from theorems.integrals.gaussian_integrals import quadrant_moment

SQUARED_CHANGE = {(2, 0): 1, (1, 1): -2, (0, 2): 1}


def gate_flips(theta):
    """The energy of gates that close and of gates that open."""
    return quadrant_moment({(2, 0): 1}, theta, 1, -1) + quadrant_moment({(0, 2): 1}, theta, -1, 1)


def all_energy(theta):
    return quadrant_moment(SQUARED_CHANGE, theta) + gate_flips(theta)


def with_gates_held(theta):
    """The energy where every gate stays as it was, so that all neurons with z > 0 count."""
    return quadrant_moment(SQUARED_CHANGE, theta) + quadrant_moment(SQUARED_CHANGE, theta, 1, -1)


def growth(energy, alpha):
    """That energy over the one of a flip on an entry of size 1/√n."""
    amplitudes = BALL.number(alpha), 1 / BALL.number(DIMENSION).sqrt()
    outlier, ordinary = (energy(angle_from_amplitude(amplitude, BALL)) for amplitude in amplitudes)
    return outlier / ordinary


@claim(
    "E.mechanism",
    at="Appendix E.8",
    also_at=["Appendix E.1"],
    kind="wording",
    says="The fundamental mechanism is “gate-flip amplification”: at the amplitudes of Table 20 the leverage exceeds "
    "that with gates that cannot flip",
    tex=r"\frac{R(\alpha,n)}{n\alpha^2}>1",
    rests_on=["E.theorem6"],
    primary="all energy, against gates held fixed",
    note="With every gate held at its old state the leverage is nα², as it is without ReLU; gates that flip lower it, "
    "as the minus sign of −4α/(3π) in Equation (28) says. What amplifies is α² itself. The energy of the gate flips "
    "alone does grow faster, like α³, but is the smaller part up to α = 1/2 (E.crossover.equal_energies).",
    instead="E.mechanism.lowered",
)
@pytest.mark.parametrize("alpha", [row["alpha"] for row in TABLE_20])
@readings("energy", {"all energy, against gates held fixed": all_energy, "energy of the gate flips alone": gate_flips})
def test_gate_flips_amplify(check, energy, alpha):
    words = "rigorous integrals over the quadrants of old and new pre-activation"
    check(more_than("1"), ball(lambda: growth(energy, alpha) / growth(with_gates_held, alpha), words))


@claim(
    "E.mechanism.lowered",
    at="Appendix E.1",
    also_at=["Appendix E.8"],
    kind="extension",
    says="Gates that flip lower the leverage: R(α, 2048) is below nα², its value with gates held fixed, by 1.2% at "
    "α = 0.05 and by 21.1% at α = 0.50",
    tex=r"1-\frac{R(\alpha,n)}{n\alpha^2}",
    rests_on=["E.theorem6", "E.linear_leverage"],
)
@pytest.mark.parametrize(("alpha", "stated"), [("0.05", "1.2%"), ("0.10", "3.3%"), ("0.50", "21.1%")])
def test_gate_flips_lower_the_leverage(check, alpha, stated):
    def reduction():
        return 1 - leverage(alpha, DIMENSION, BALL) / linear_leverage(alpha, DIMENSION, BALL)

    check(printed(stated), ball(reduction, "closed form of f"))


def change():
    """n E(z′ − z)² of a flip on an entry α, in symbols."""
    return mean_square(-1, 1, flip(square()))


def before_relu():
    return [identity(change(), 4 * square(), INDEPENDENT, "4α²")]


def after_relu():
    alpha = Fraction(1, 2)
    return exactly(4 * alpha**2, "4α² at α = 1/2"), ball(lambda: energy_by_integrals(alpha), BY_INTEGRALS)


@claim(
    "E.setup.model",
    at="Appendix E.1",
    kind="wording",
    says="Appendix E treats the single-layer model of Section 5, where a flip changes the output by the energy 4α²/n",
    tex=r"n\,E\,\Delta^2=4\alpha^2",
    primary="change of the pre-activation, E.1 to E.3",
    note="Section 5's layer y = Wx̂ has no activation. From E.4 on there is a ReLU behind it, the first layer of "
    "Section 6, and more than half of that energy is gone.",
)
@readings(
    "found", {"change of the pre-activation, E.1 to E.3": before_relu, "post-ReLU change, E.4 and E.5": after_relu}
)
def test_model_of_section_5(check, found):
    check(*found())


@claim(
    "E.setup.change",
    at="Appendix E.1",
    kind="step",
    says="Flipping the weight on the outlier changes z by −2Wx̂: the mean square change is 4α²/n",
    tex=r"\Delta z_i=-2W_{1,ij^*}\hat x_{j^*}",
)
def test_change_of_the_preactivation(check):
    check(*before_relu())
