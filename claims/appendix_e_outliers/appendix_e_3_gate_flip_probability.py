"""Appendix E.3: gate-flip probability."""

from fractions import Fraction

import pytest
from verdicts import ball, claim, exactly, identity, more_than, proof, readings

from claims.appendix_e_outliers.energies import (
    at_squared_amplitude,
    coefficient_times_pi,
    gate_flip_probability,
    in_amplitude,
    symbols,
)
from claims.flip_energies import EXACT_SERIES, FROM_QUADRANTS
from theorems.arithmetic.contexts import SERIES
from theorems.arithmetic.expansions import quotient
from theorems.formulas.asymmetry import magnitude_pair, sign_pair


def arcsine_law():
    import sympy

    _, rho, theta = symbols()
    return gate_flip_probability().subs(theta, sympy.acos(rho)), sympy.acos(rho) / sympy.pi


def by_amplitude():
    import sympy

    alpha, _, _ = symbols()
    return in_amplitude(gate_flip_probability()), 2 * sympy.asin(alpha) / sympy.pi


def two_angles():
    """The derivatives of both in α, and both at α = 0."""
    import sympy

    alpha, _, _ = symbols()
    sides = sympy.acos(1 - 2 * alpha**2), 2 * sympy.asin(alpha)
    return tuple([sympy.diff(side, alpha), side.subs(alpha, 0)] for side in sides)


def double_angle():
    import sympy

    _, _, theta = symbols()
    return tuple(side.rewrite(sympy.exp) for side in (sympy.cos(2 * theta), 1 - 2 * sympy.sin(theta) ** 2))


FORMS = {
    "arcsine law": arcsine_law,
    "(2/π) arcsin α": by_amplitude,
    "arccos(1−2α²) = 2 arcsin α": two_angles,
    "cos 2θ = 1 − 2 sin²θ": double_angle,
}


@claim(
    "E.theorem5",
    at="Theorem 5",
    says="The gate changes with probability arccos(1 − 2α²)/π = (2/π) arcsin α",
    tex=r"P_{\mathrm{flip}}(\alpha)=\frac1\pi\arccos(1-2\alpha^2)=\frac2\pi\arcsin\alpha",
    rests_on=["E.proposition2", "E.remark3"],
)
@pytest.mark.parametrize("sides", FORMS.values(), ids=FORMS)
def test_theorem_5(check, sides):
    check(identity(*sides(), FROM_QUADRANTS))


@claim(
    "E.theorem5.small",
    at="Appendix E.3",
    kind="step",
    says="As α → 0, and so at α = 1/√n, P_flip ≈ 2α/π",
    tex=r"P_{\mathrm{flip}}\approx\frac{2\alpha}{\pi}",
    rests_on=["E.theorem5"],
)
def test_small_amplitudes(check):
    check(
        identity(
            coefficient_times_pi(gate_flip_probability(), 1), 2, f"first coefficient; {EXACT_SERIES}", "2/π, times π"
        )
    )


def correlation():
    import sympy

    _, _, theta = symbols()
    return sympy.cos(theta)


@claim(
    "E.theorem5.special",
    at="Appendix E.3",
    kind="step",
    says="P_flip is 1/2 at α = 1/√2, with correlation 0, and 1 at α = 1",
    tex=r"P_{\mathrm{flip}}(1/\sqrt2)=\tfrac12",
    rests_on=["E.theorem5"],
)
@pytest.mark.parametrize(
    ("quantity", "squared", "stated"),
    [
        pytest.param(gate_flip_probability, "1/2", "1/2", id="P at 1÷√2"),
        pytest.param(correlation, "1/2", "0", id="correlation at 1÷√2"),
        pytest.param(gate_flip_probability, "1", "1", id="P at 1"),
    ],
)
def test_special_amplitudes(check, quantity, squared, stated):
    check(exactly(Fraction(stated)), proof(at_squared_amplitude(quantity(), squared), FROM_QUADRANTS))


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
@readings(
    "accepted", {"its order √p": more_than("0", "the same order"), "the rate itself": exactly(1, "the same rate")}
)
def test_step_a7(check, accepted):
    def ratio():
        flips, magnitude = gate_flip_rates()
        return magnitude / flips

    check(accepted, ball(ratio, "limit of the ratio of the two gate-flip rates by power series"))
