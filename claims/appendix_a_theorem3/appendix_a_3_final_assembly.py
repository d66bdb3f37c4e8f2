"""Appendix A.3: final assembly."""

from functools import cache

import pytest
from verdicts import claim, exactly

from claims.appendix_a_theorem3.expansions import at_least_order, is_zero, order_of, totals, variable
from theorems.arithmetic.exact_series import EXACT
from theorems.formulas.asymmetry import assembled_ratio, structural_ratio


@cache
def exact_ratio():
    sign, magnitude = totals()
    return sign.transverse_energy() / magnitude.transverse_energy()


@claim(
    "A.assembly",
    at="Equation (25)",
    also_at=["Appendix A.3"],
    says="c(p) is (1 − p + 4p^{3/2}/(3π))/(1 − 2/π)·(1 − 4√p/(3π))",
    tex=r"c(p)=\frac{1-p+4p^{3/2}/(3\pi)}{1-2/\pi}\left(1-\frac{4\sqrt{p}}{3\pi}\right)",
    primary="up to a factor 1 + O(√p), as the text then says",
    note="As the equality that is displayed it fails from the √p term on.",
    instead="6.theorem3.coefficients",
    rests_on=["6.theorem3"],
)
@pytest.mark.parametrize("reading", ["up to a factor 1 + O(√p), as the text then says", "as the equality displayed"])
def test_final_assembly(check, reading):
    difference = exact_ratio() / assembled_ratio(variable(), EXACT) - 1
    every = exactly(len(difference.coefficients), "equal to every order computed")
    check(at_least_order(1) if reading.startswith("up to") else every, order_of(difference))


@claim(
    "A.assembly.numerator",
    at="Appendix A.3",
    says="𝓡_sign is exact through p^{3/2}, and 1 − p differs from the exact numerator in O(p^{3/2})",
    rests_on=["A.stepB3"],
)
@pytest.mark.parametrize(("numerator", "order"), [("with 4p^{3/2}/(3π)", 5), ("1 − p", 3)])
def test_numerator(check, numerator, order):
    moments, s = totals()[0], variable()
    exact = 1 - moments.energy / 2
    stated = 1 - s**2 + 4 * s**3 / (3 * EXACT.pi) if numerator.startswith("with") else 1 - s**2
    check(at_least_order(order), order_of(exact - stated))


@claim(
    "A.assembly.remainder",
    at="Appendix A.3",
    says="ε(p) absorbs the √p corrections of 𝓡_mag and of R_A, and the p^{3/2} difference of the numerator: nothing "
    "else",
    tex=r"1+\varepsilon=\frac{1-2/\pi}{1-\mathcal{"
    r"R}^{\mathrm{mag}}}\cdot\frac{R_A}{1-4\sqrt{p}/(3\pi)}\cdot\frac{1-\mathcal{R}^{\mathrm{sign}}}{1-p}",
    rests_on=["6.theorem3"],
)
def test_remainder_parts(check):
    s, (sign, magnitude) = variable(), totals()
    structure = 1 - 4 * s / (3 * EXACT.pi)
    whole = exact_ratio() / structural_ratio(s, EXACT)
    fraction = magnitude.projection**2 / (magnitude.original * magnitude.energy)
    parts = (1 - 2 / EXACT.pi) / (1 - fraction)
    parts = parts * (sign.energy / magnitude.energy / structure) * ((1 - sign.energy / 2) / (1 - s**2))
    difference = whole - parts
    check(exactly(len(difference.coefficients), "equal to every order computed"), order_of(difference))


@claim(
    "A.assembly.limit",
    at="Appendix A.3",
    says="As p → 0 the numerator tends to 1, the denominator to (π − 2)/π and R_A to 1",
)
@pytest.mark.parametrize("factor", ["numerator", "denominator", "R_A"])
def test_limits_of_factors(check, factor):
    sign, magnitude = totals()
    fraction = magnitude.projection**2 / (magnitude.original * magnitude.energy)
    residual = {
        "numerator": lambda: 1 - sign.energy / 2 - 1,
        "denominator": lambda: 1 - fraction - (EXACT.pi - 2) / EXACT.pi,
        "R_A": lambda: sign.energy / magnitude.energy - 1,
    }[factor]()
    check(exactly(0), is_zero(residual[0]))
