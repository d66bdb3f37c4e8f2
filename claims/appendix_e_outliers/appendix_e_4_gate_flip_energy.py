"""Appendix E.4: gate-flip energy."""

from fractions import Fraction

import pytest
from verdicts import claim, exactly, identity, proof, readings

from claims.appendix_e_outliers.energies import (
    closing_energy,
    coefficient,
    coefficient_times_pi,
    in_amplitude,
    opening_energy,
    symbols,
)
from claims.flip_energies import EXACT_SERIES, FROM_QUADRANTS
from theorems.integrals.exact_moments import rational_value


def by_correlation():
    import sympy

    _, rho, theta = symbols()
    return closing_energy().subs(theta, sympy.acos(rho))


def displayed():
    import sympy

    alpha, _, _ = symbols()
    sine = 2 * alpha * sympy.sqrt(1 - alpha**2)
    return in_amplitude(closing_energy()), (2 * sympy.asin(alpha) - (1 - 2 * alpha**2) * sine) / (2 * sympy.pi)


def plackett_integral():
    import sympy

    _, rho, _ = symbols()
    stated = sympy.Rational(1, 4) - (sympy.asin(rho) + rho * sympy.sqrt(1 - rho**2)) / (2 * sympy.pi)
    return by_correlation().rewrite(sympy.asin), stated


def step_a4():
    """The derivatives of both in ρ, and both at ρ = 0."""
    import sympy

    _, rho, _ = symbols()
    a = rho / sympy.sqrt(1 - rho**2)
    stated = sympy.Rational(1, 4) - a / (1 + a**2) / (2 * sympy.pi) - sympy.atan(a) / (2 * sympy.pi)
    return tuple([sympy.diff(side, rho), side.subs(rho, 0)] for side in (by_correlation(), stated))


FORMS = {"displayed": displayed, "Plackett integral": plackett_integral, "Step A4": step_a4}


@claim(
    "E.proposition3",
    at="Proposition 3",
    also_at=["Appendix E.4"],
    says="The energy of a gate that closes is [arccos(1 − 2α²) − (1 − 2α²)·2α√(1 − α²)]/(2πn)",
    tex=r"\beta=\frac{1}{2\pi n}\left[\arccos(1-2\alpha^2)-(1-2\alpha^2)\,2\alpha\sqrt{1-\alpha^2}\right]",
    rests_on=["E.proposition2", "E.remark3"],
)
@pytest.mark.parametrize("sides", FORMS.values(), ids=FORMS)
def test_proposition_3(check, sides):
    check(identity(*sides(), FROM_QUADRANTS))


@claim(
    "E.proposition3.both_directions",
    at="Proposition 3",
    kind="wording",
    says="β_flip is the gate-flip energy per neuron",
    tex=r"\frac{\beta_{\mathrm{flip}}}{E[X^2\,1_{X>0,Y<0}]}=1",
    rests_on=["E.proposition3"],
    primary="gates that close, as in Step A4",
    note="β_flip counts the gates that close. With those that open the gate-flip energy of a neuron is 2β_flip, as "
    "Step A2 has it.",
)
@readings(
    "energy",
    {
        "gates that close, as in Step A4": closing_energy,
        "gates that close and gates that open": lambda: closing_energy() + opening_energy(),
    },
)
def test_both_directions(check, energy):
    check(exactly(1), proof(rational_value(closing_energy() / energy()), FROM_QUADRANTS))


def arcsine():
    _, _, theta = symbols()
    return theta


def product():
    import sympy

    _, _, theta = symbols()
    return sympy.sin(theta) * sympy.cos(theta)


def bracket():
    import sympy

    return 2 * sympy.pi * closing_energy()


@claim(
    "E.proposition3.expansion",
    at="Appendix E.4",
    kind="step",
    says="For small α: 2 arcsin α ≈ 2α + α³/3, (1 − 2α²)·2α√(1 − α²) ≈ 2α − 5α³, and β_flip ≈ 8α³/(3πn)",
    tex=r"\beta_{\mathrm{flip}}\approx\frac{8\alpha^3}{3\pi n}",
    rests_on=["E.proposition3"],
)
@pytest.mark.parametrize(
    ("part", "order", "stated"),
    [
        pytest.param(arcsine, 1, "2", id="arcsine, α"),
        pytest.param(arcsine, 3, "1/3", id="arcsine, α³"),
        pytest.param(product, 1, "2", id="product, α"),
        pytest.param(product, 3, "-5", id="product, α³"),
        pytest.param(bracket, 3, "16/3", id="bracket, α³"),
        pytest.param(bracket, 1, "0", id="bracket, α"),
    ],
)
def test_expansion_of_the_gate_flip_energy(check, part, order, stated):
    check(identity(coefficient(part(), order), Fraction(stated), EXACT_SERIES, f"= {stated}"))


@claim(
    "E.proposition3.step_a4",
    at="Appendix E.4",
    kind="step",
    says="Setting p = α² recovers Step A4: 8p^(3/2)/(3π) in units of the variance",
    tex=r"\beta_{\mathrm{flip}}=\frac{8p^{3/2}}{3\pi}",
    rests_on=["E.proposition3"],
)
def test_recovers_step_a4(check):
    words = f"third coefficient, times π; {EXACT_SERIES}"
    check(identity(coefficient_times_pi(closing_energy(), 3), Fraction(8, 3), words, "8/(3π), times π"))
