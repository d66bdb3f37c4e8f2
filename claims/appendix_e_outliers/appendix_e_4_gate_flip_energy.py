"""Appendix E.4: gate-flip energy."""

from fractions import Fraction

import pytest
from verdicts import claim, exactly, identity, proof

from claims.appendix_e_outliers.energies import (
    FROM_QUADRANTS,
    closing_energy,
    coefficient,
    fraction,
    in_amplitude,
    symbols,
)
from theorems.integrals.exact_moments import exact_quadrant_moment


def proposition_3_forms():
    import sympy

    alpha, rho, theta = symbols()
    sine = 2 * alpha * sympy.sqrt(1 - alpha**2)
    displayed = (2 * sympy.asin(alpha) - (1 - 2 * alpha**2) * sine) / (2 * sympy.pi)
    plackett = sympy.Rational(1, 4) - (sympy.asin(rho) + rho * sympy.sqrt(1 - rho**2)) / (2 * sympy.pi)
    a = rho / sympy.sqrt(1 - rho**2)
    step_a4 = sympy.Rational(1, 4) - a / (1 + a**2) / (2 * sympy.pi) - sympy.atan(a) / (2 * sympy.pi)
    by_correlation = closing_energy().subs(theta, sympy.acos(rho))
    return {
        "displayed": [in_amplitude(closing_energy()) - displayed],
        "Plackett integral": [sympy.expand_trig(by_correlation - plackett).rewrite(sympy.asin)],
        "Step A4": [sympy.diff(by_correlation - step_a4, rho), (by_correlation - step_a4).subs(rho, 0)],
    }


@claim(
    "E.proposition3",
    at="Proposition 3",
    also_at=["Appendix E.4"],
    says="The energy of a gate that closes is [arccos(1 − 2α²) − (1 − 2α²)·2α√(1 − α²)]/(2πn)",
    tex=r"\beta=\frac{1}{2\pi n}\left[\arccos(1-2\alpha^2)-(1-2\alpha^2)\,2\alpha\sqrt{1-\alpha^2}\right]",
    rests_on=["E.proposition2", "E.remark3"],
)
@pytest.mark.parametrize("form", ["displayed", "Plackett integral", "Step A4"])
def test_proposition_3(check, form):
    check(identity(proposition_3_forms()[form], 0, FROM_QUADRANTS))


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
@pytest.mark.parametrize("reading", ["gates that close, as in Step A4", "gates that close and gates that open"])
def test_both_directions(check, reading):
    import sympy

    energy = closing_energy()
    if reading == "gates that close and gates that open":
        energy += exact_quadrant_moment(0, 2, -1, 1)
    check(exactly(1), proof(fraction(sympy.simplify(closing_energy() / energy)), FROM_QUADRANTS))


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
        pytest.param("arc", 1, "2", id="arcsine, α"),
        pytest.param("arc", 3, "1/3", id="arcsine, α³"),
        pytest.param("product", 1, "2", id="product, α"),
        pytest.param("product", 3, "-5", id="product, α³"),
        pytest.param("energy", 3, "16/3", id="bracket, α³"),
        pytest.param("energy", 1, "0", id="bracket, α"),
    ],
)
def test_expansion_of_the_gate_flip_energy(check, part, order, stated):
    import sympy

    _, _, theta = symbols()
    expression = {
        "arc": in_amplitude(theta),
        "product": in_amplitude(sympy.sin(theta) * sympy.cos(theta)),
        "energy": 2 * sympy.pi * in_amplitude(closing_energy()),
    }[part]
    found = fraction(coefficient(expression, order))
    check(identity(found, Fraction(stated), "Taylor coefficient, exact", f"= {stated}"))


@claim(
    "E.proposition3.step_a4",
    at="Appendix E.4",
    kind="step",
    says="Setting p = α² recovers Step A4: 8p^(3/2)/(3π) in units of the variance",
    tex=r"\beta_{\mathrm{flip}}=\frac{8p^{3/2}}{3\pi}",
    rests_on=["E.proposition3"],
)
def test_recovers_step_a4(check):
    import sympy

    value = fraction(coefficient(in_amplitude(closing_energy()), 3) * sympy.pi)
    check(identity(value, Fraction(8, 3), "third Taylor coefficient, times π", "8/(3π), times π"))
