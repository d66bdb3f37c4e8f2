"""Appendix E.3: gate-flip probability."""

from fractions import Fraction

import pytest
from verdicts import ball, claim, exactly, identity, more_than, proof

from claims.appendix_e_outliers.energies import (
    FROM_QUADRANTS,
    coefficient,
    fraction,
    gate_flip_probability,
    in_amplitude,
    symbols,
)
from theorems.arithmetic.contexts import SERIES
from theorems.arithmetic.expansions import quotient
from theorems.formulas.asymmetry import magnitude_pair, sign_pair


def theorem_5_identities():
    import sympy

    alpha, rho, theta = symbols()
    probability = gate_flip_probability()
    half_angle = sympy.acos(1 - 2 * alpha**2) - 2 * sympy.asin(alpha)
    return {
        "arcsine law": [probability.subs(theta, sympy.acos(rho)) - sympy.acos(rho) / sympy.pi],
        "(2/π) arcsin α": [in_amplitude(probability) - 2 * sympy.asin(alpha) / sympy.pi],
        "arccos(1−2α²) = 2 arcsin α": [sympy.diff(half_angle, alpha), half_angle.subs(alpha, 0)],
        "cos 2θ = 1 − 2 sin²θ": [sympy.cos(2 * theta) - 1 + 2 * sympy.sin(theta) ** 2],
    }


@claim(
    "E.theorem5",
    at="Theorem 5",
    says="The gate changes with probability arccos(1 − 2α²)/π = (2/π) arcsin α",
    tex=r"P_{\mathrm{flip}}(\alpha)=\frac1\pi\arccos(1-2\alpha^2)=\frac2\pi\arcsin\alpha",
    rests_on=["E.proposition2", "E.remark3"],
)
@pytest.mark.parametrize(
    "form", ["arcsine law", "(2/π) arcsin α", "arccos(1−2α²) = 2 arcsin α", "cos 2θ = 1 − 2 sin²θ"]
)
def test_theorem_5(check, form):
    check(identity(theorem_5_identities()[form], 0, FROM_QUADRANTS))


@claim(
    "E.theorem5.small",
    at="Appendix E.3",
    kind="step",
    says="As α → 0, and so at α = 1/√n, P_flip ≈ 2α/π",
    tex=r"P_{\mathrm{flip}}\approx\frac{2\alpha}{\pi}",
    rests_on=["E.theorem5"],
)
def test_small_amplitudes(check):
    import sympy

    slope = coefficient(in_amplitude(gate_flip_probability()), 1)
    check(exactly(2, "2/π, times π"), proof(fraction(slope * sympy.pi), "first Taylor coefficient, times π"))


@claim(
    "E.theorem5.special",
    at="Appendix E.3",
    kind="step",
    says="P_flip is 1/2 at α = 1/√2, with correlation 0, and 1 at α = 1",
    tex=r"P_{\mathrm{flip}}(1/\sqrt2)=\tfrac12",
    rests_on=["E.theorem5"],
)
@pytest.mark.parametrize(
    ("square", "what", "stated"),
    [
        pytest.param("1/2", "probability", "1/2", id="P at 1÷√2"),
        pytest.param("1/2", "correlation", "0", id="correlation at 1÷√2"),
        pytest.param("1", "probability", "1", id="P at 1"),
    ],
)
def test_special_amplitudes(check, square, what, stated):
    import sympy

    _, _, theta = symbols()
    angle = 2 * sympy.asin(sympy.sqrt(sympy.Rational(square)))
    expression = gate_flip_probability() if what == "probability" else sympy.cos(theta)
    check(exactly(Fraction(stated)), proof(fraction(expression.subs(theta, angle)), FROM_QUADRANTS))


def gate_flip_rates():
    """Limits of P/√p as p → 0 under Bernoulli(p) flips and under Step A7's sign-preserving change."""
    s = SERIES.variable(0)
    return tuple(
        quotient(pair(s, SERIES).angle, SERIES.pi * s, s, 1, SERIES)[0] for pair in (sign_pair, magnitude_pair)
    )


@claim(
    "E.theorem5.flip_rate",
    at="Appendix E.3",
    kind="step",
    says="Flipping all entries with probability p changes gates at a rate of order √p",
    tex=r"P_{\mathrm{flip}}=O(\sqrt p)",
    rests_on=["E.theorem5"],
)
def test_gate_flip_rate_of_theorem_3(check):
    check(more_than("0", "of order √p"), ball(lambda: gate_flip_rates()[0], "limit of P_flip/√p by power series"))


@claim(
    "E.theorem5.step_a7",
    at="Appendix E.3",
    kind="wording",
    says="Step A7 gives the gate-flip rate of Bernoulli(p) sign flips",
    tex=r"\lim_{p\to0}\frac{P_{A7}(p)}{P_{\mathrm{sign}}(p)}",
    primary="its order √p",
    note="Step A7 does find the order √p, but for the sign-preserving magnitude change, whose gates flip at √(1 − 2/π) "
    "= 0.603 times the rate of Bernoulli(p) flips. Those, with correlation 1 − 2p, are in Step A3.",
)
@pytest.mark.parametrize("reading", ["its order √p", "the rate itself"])
def test_step_a7(check, reading):
    def ratio():
        flips, magnitude = gate_flip_rates()
        return magnitude / flips

    stated = more_than("0", "the same order") if reading == "its order √p" else exactly(1, "the same rate")
    check(stated, ball(ratio, "limit of the ratio of the two gate-flip rates by power series"))
