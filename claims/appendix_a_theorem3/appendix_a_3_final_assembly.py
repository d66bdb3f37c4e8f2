"""Appendix A.3: final assembly."""

from functools import cache
from math import prod

import pytest
from verdicts import claim, identity, readings

from claims.appendix_a_theorem3.expansions import (
    EXACT_COEFFICIENTS,
    at_least_order,
    order_of,
    totals,
    up_to,
    variable,
)
from theorems.arithmetic.exact_series import EXACT
from theorems.formulas.asymmetry import assembled_ratio, structural_ratio


@cache
def exact_ratio():
    sign, magnitude = totals()
    return sign.transverse_energy() / magnitude.transverse_energy()


def numerator():
    """1 − 𝓡_sign, where 𝓡_sign is half the energy of sign flips."""
    return 1 - totals()[0].energy / 2


def denominator():
    """1 − 𝓡_mag."""
    return 1 - totals()[1].radial_fraction()


def energy_ratio():
    """R_A."""
    sign, magnitude = totals()
    return sign.energy / magnitude.energy


def up_to_a_factor():
    return at_least_order(1), order_of(exact_ratio() / assembled_ratio(variable(), EXACT) - 1)


def equality():
    stated = assembled_ratio(variable(), EXACT)
    return [identity(exact_ratio() / stated, EXACT.number(1), EXACT_COEFFICIENTS, "equal to every order computed")]


@claim(
    "A.assembly",
    at="Equation (25)",
    also_at=["Appendix A.3"],
    says="c(p) is (1 − p + 4p^(3/2)/(3π))/(1 − 2/π)·(1 − 4√p/(3π))",
    tex=r"c(p)=\frac{1-p+4p^{3/2}/(3\pi)}{1-2/\pi}\left(1-\frac{4\sqrt{p}}{3\pi}\right)",
    primary="up to a factor 1 + O(√p), as the text then says",
    note="As the equality that is displayed it fails from the √p term on.",
    instead="6.theorem3.coefficients",
    rests_on=["6.theorem3"],
)
@readings(
    "step", {"up to a factor 1 + O(√p), as the text then says": up_to_a_factor, "as the equality displayed": equality}
)
def test_final_assembly(check, step):
    check(*step())


@claim(
    "A.assembly.numerator",
    at="Appendix A.3",
    says="𝓡_sign is exact through p^(3/2), and 1 − p differs from the exact numerator in O(p^(3/2))",
    tex=r"1-\mathcal{R}^{\mathrm{sign}}=1-p+\frac{4p^{3/2}}{3\pi}+O(p^{5/2})=1-p+O(p^{3/2})",
    rests_on=["A.stepB3"],
)
@pytest.mark.parametrize(
    ("stated", "order"),
    [
        pytest.param(lambda s: 1 - s**2 + 4 * s**3 / (3 * EXACT.pi), 5, id="with 4p^(3/2)/(3π)-5"),
        pytest.param(lambda s: 1 - s**2, 3, id="1 − p-3"),
    ],
)
def test_numerator(check, stated, order):
    check(at_least_order(order), order_of(numerator() - stated(variable())))


@claim(
    "A.assembly.remainder",
    at="Appendix A.3",
    says="ε(p) absorbs the √p corrections of 𝓡_mag and of R_A, and the p^(3/2) difference of the numerator: nothing "
    "else",
    tex=r"1+\varepsilon=\frac{1-2/\pi}{1-\mathcal{"
    r"R}^{\mathrm{mag}}}\cdot\frac{R_A}{1-4\sqrt{p}/(3\pi)}\cdot\frac{1-\mathcal{R}^{\mathrm{sign}}}{1-p}",
    rests_on=["6.theorem3"],
)
def test_remainder_parts(check):
    s = variable()
    whole = exact_ratio() / structural_ratio(s, EXACT)
    factors = [
        (1 - 2 / EXACT.pi) / denominator(),
        energy_ratio() / (1 - 4 * s / (3 * EXACT.pi)),
        numerator() / (1 - s**2),
    ]
    check(identity(whole, prod(factors, start=EXACT.number(1)), EXACT_COEFFICIENTS, "equal to every order computed"))


@claim(
    "A.assembly.limit",
    at="Appendix A.3",
    says="As p → 0 the numerator tends to 1, the denominator to (π − 2)/π and R_A to 1",
    tex=r"1-\mathcal{R}^{\mathrm{sign}}\to1,\quad1-\mathcal{R}^{\mathrm{mag}}\to\frac{\pi-2}{\pi},\quad R_A\to1",
)
@pytest.mark.parametrize(
    ("factor", "stated"),
    [
        pytest.param(numerator, lambda: 1, id="numerator"),
        pytest.param(denominator, lambda: (EXACT.pi - 2) / EXACT.pi, id="denominator"),
        pytest.param(energy_ratio, lambda: 1, id="R_A"),
    ],
)
def test_limits_of_factors(check, factor, stated):
    check(identity(up_to(0, factor()), EXACT.number(1) * stated(), EXACT_COEFFICIENTS, "as p → 0"))
