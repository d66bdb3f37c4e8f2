"""Appendix E.1: setup."""

import pytest
from verdicts import ball, claim, exactly, identity, more_than, printed, proof

from claims.appendix_e_outliers.energies import (
    BY_INTEGRALS,
    DIMENSION,
    INPUTS,
    TABLE_20,
    energy_by_integrals,
)
from theorems.arithmetic.contexts import BALL
from theorems.formulas.outliers import leverage, linear_leverage
from theorems.formulas.relu_kernels import angle_from_amplitude
from theorems.integrals.exact_moments import flipped_pair_moments
from theorems.integrals.gaussian_integrals import quadrant_moment

AMPLITUDES = [row["alpha"] for row in TABLE_20]


def energies(alpha):
    """The energy of one flip: with gates that answer, with gates held at their old state, and of gate flips alone."""
    theta = angle_from_amplitude(alpha, BALL)
    closing, opening = quadrant_moment({(2, 0): 1}, theta, 1, -1), quadrant_moment({(0, 2): 1}, theta, -1, 1)
    square = {(2, 0): 1, (1, 1): -2, (0, 2): 1}
    smooth = quadrant_moment(square, theta)
    return smooth + closing + opening, smooth + quadrant_moment(square, theta, 1, -1), closing + opening


@claim(
    "E.mechanism",
    at="Appendix E.1",
    also_at=["Appendix E.8"],
    kind="wording",
    says="Gate flips amplify the damage of a flip on an outlier: its leverage exceeds that with gates that cannot flip",
    tex=r"\frac{R(\alpha,n)}{n\alpha^2}>1",
    rests_on=["E.theorem6"],
    primary="all energy, against gates held fixed",
    note="With every gate held at its old state the leverage is nα², as it is without ReLU; gates that flip lower it, "
    "as the minus sign of −4α/(3π) in Equation (28) says. What amplifies is α² itself. The energy of the gate flips "
    "alone does grow faster, like α³, but is the smaller part up to α = 1/2 (E.crossover.equal_energies).",
    instead="E.mechanism.lowered",
)
@pytest.mark.parametrize("alpha", AMPLITUDES)
@pytest.mark.parametrize("reading", ["all energy, against gates held fixed", "energy of the gate flips alone"])
def test_gate_flips_amplify(check, reading, alpha):
    def amplification():
        total, fixed, flips = (
            outlier / ordinary
            for outlier, ordinary in zip(energies(alpha), energies(1 / BALL.number(DIMENSION).sqrt()), strict=True)
        )
        return (total if reading.startswith("all") else flips) / fixed

    check(more_than("1"), ball(amplification, "rigorous integrals over the quadrants of old and new pre-activation"))


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
@pytest.mark.parametrize("n", [2, 7])
@pytest.mark.parametrize("reading", ["change of the pre-activation, E.1 to E.3", "post-ReLU change, E.4 and E.5"])
def test_model_of_section_5(check, reading, n):
    x = INPUTS[n]
    stated = exactly(4 * x[0] ** 2, "4α²")
    if reading.startswith("change"):
        moments = flipped_pair_moments(x, {0}, 2)
        change = moments[2, 0] - 2 * moments[1, 1] + moments[0, 2]
        check(stated, proof(change, "sum over independent entries in fractions"))
    else:
        check(stated, ball(lambda: energy_by_integrals(abs(x[0])), BY_INTEGRALS))


@claim(
    "E.setup.change",
    at="Appendix E.1",
    kind="step",
    says="Flipping the weight on the outlier changes z by −2Wx̂: the mean square change is 4α²/n",
    tex=r"\Delta z_i=-2W_{1,ij^*}\hat x_{j^*}",
)
@pytest.mark.parametrize("n", INPUTS)
def test_change_of_the_preactivation(check, n):
    x = INPUTS[n]
    moments = flipped_pair_moments(x, {0}, 2)
    change = moments[2, 0] - 2 * moments[1, 1] + moments[0, 2]
    check(identity(change, 4 * x[0] ** 2, "sum over independent entries in fractions", "4α²"))
