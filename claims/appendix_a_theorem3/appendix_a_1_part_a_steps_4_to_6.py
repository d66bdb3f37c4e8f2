"""Appendix A.1, Steps A4 to A6: sign-flip energy."""

from fractions import Fraction
from functools import cache

import pytest
from verdicts import claim, exactly, identity

from claims.appendix_a_theorem3.expansions import (
    EXACT_COEFFICIENTS,
    at_least_order,
    order_of,
    totals,
    up_to,
    variable,
)
from theorems.arithmetic.exact_series import EXACT, exact_value
from theorems.formulas.asymmetry import sign_pair
from theorems.formulas.normal_pairs import gate_decomposition
from theorems.integrals.exact_moments import exact_quadrant_moment

WEDGE = "symbolic polar integral over"


@cache
def sign_gates():
    return gate_decomposition(sign_pair(variable(), EXACT), EXACT)


# Step A4


@claim(
    "A.step4.closed_form",
    at="Appendix A.1",
    says="β_flip = 1/4 − a/(2π(1 + a²)) − arctan(a)/(2π) with a = ρ/√(1 − ρ²) (Step A4)",
    tex=r"\beta_{\mathrm{flip}}=\frac14-\frac{1}{2\pi}\frac{a}{1+a^2}-\frac{1}{2\pi}\arctan a",
)
def test_flip_closed_form(check):
    import sympy

    a, theta = sympy.Symbol("a", real=True), sympy.Symbol("theta")
    closed = sympy.Rational(1, 4) - (a / (1 + a**2) + sympy.atan(a)) / (2 * sympy.pi)
    energy = exact_quadrant_moment(2, 0, 1, -1).subs(theta, sympy.pi / 2 - sympy.atan(a))  # ρ = cos θ = sin arctan a
    check(identity(closed, energy, f"{WEDGE} {{X > 0, X′ < 0}}"))


def flip_parts():
    """a/(1 + a²) = ρ√(1 − ρ²) and π/2 − arctan a = arccos ρ, as exact series."""
    s = variable()
    root_of_rest = 2 * s * EXACT.sqrt(1 - s**2)
    return (1 - 2 * s**2) * root_of_rest, 2 * EXACT.asin(s)


@claim(
    "A.step4.algebraic_part",
    at="Appendix A.1",
    says="a/(1 + a²) = 2√p − 5p^(3/2) + O(p^(5/2))",
    tex=r"\frac{a}{1+a^2}=2\sqrt{p}-5p^{3/2}+O(p^{5/2})",
)
@pytest.mark.parametrize(("order", "stated"), [(1, 2), (2, 0), (3, -5), (4, 0)])
def test_algebraic_part(check, order, stated):
    check(identity(exact_value(flip_parts()[0][order]), stated, EXACT_COEFFICIENTS, f"= {stated}"))


@claim(
    "A.step4.arctan_part",
    at="Appendix A.1",
    says="arctan(a) = π/2 − 2√p − p^(3/2)/3 + O(p^(5/2))",
    tex=r"\arctan a=\pi/2-2\sqrt{p}-\frac{p^{3/2}}{3}+O(p^{5/2})",
)
@pytest.mark.parametrize(
    ("order", "stated"), [(1, Fraction(-2)), (2, Fraction(0)), (3, Fraction(-1, 3)), (4, Fraction(0))], ids=str
)
def test_arctan_part(check, order, stated):
    check(identity(exact_value((-flip_parts()[1])[order]), stated, EXACT_COEFFICIENTS, f"= {stated}"))


SMALL_P = {  # of s = √p and ρ = 1 − 2p
    "a": lambda s, rho: (up_to(0, 2 * rho / EXACT.sqrt((1 - rho**2) / s**2)), 1),  # 2√p·a
    "root": lambda s, rho: (1 - rho**2, 4 * s**2 * (1 - s**2)),
}


@claim(
    "A.step4.a",
    at="Appendix A.1",
    says="a ≈ 1/(2√p) for small p, and √(1 − ρ²) = 2√(p(1 − p))",
    tex=r"a\approx\frac{1}{2\sqrt{p}},\quad\sqrt{1-\rho^2}=2\sqrt{p(1-p)}",
)
@pytest.mark.parametrize("sides", SMALL_P.values(), ids=SMALL_P)
def test_small_p_of_a(check, sides):
    check(identity(*sides(variable(), 1 - 2 * variable() ** 2), EXACT_COEFFICIENTS))


@claim(
    "A.step4.sum",
    at="Appendix A.1",
    kind="number",
    says="5/(2π) + 1/(6π) = 16/(6π) = 8/(3π)",
    tex=r"\frac{5}{2\pi}+\frac{1}{6\pi}=\frac{16}{6\pi}=\frac{8}{3\pi}",
)
@pytest.mark.parametrize("stated", [Fraction(16, 6), Fraction(8, 3)], ids=["16/6", "8/3"])
def test_coefficient_sum(check, stated):
    check(identity(Fraction(5, 2) + Fraction(1, 6), stated, "exact fractions, in units of 1/π", f"= {stated}"))


def coefficient(order, stated):
    """That coefficient of a series in √p is what is stated over π."""
    return lambda series: [
        identity(exact_value((series * EXACT.pi)[order]), stated, EXACT_COEFFICIENTS, f"{stated}, in units of 1/π")
    ]


def main_term(stated):
    """The series is what is stated, as a multiple of p, to first order."""
    return lambda series: [identity(up_to(2, series), stated * variable() ** 2, EXACT_COEFFICIENTS, f"{stated}p")]


def remainder(stated):
    """Beyond what is stated of s = √p the series has terms of the order p^(5/2) and higher only."""
    return lambda series: (at_least_order(5), order_of(series - stated(variable())))


FLIP_ENERGY = {
    "coefficient": coefficient(3, Fraction(8, 3)),
    "constant and √p cancel": lambda series: (exactly(3, "leading order p^(3/2)"), order_of(series)),
    "remainder": remainder(lambda s: 8 * s**3 / (3 * EXACT.pi)),
}


@claim(
    "A.step4.flip_energy",
    at="Equation (23)",
    also_at=["Appendix A.1", "Equation (15)", "Section 6.3"],
    says="β_flip = 8p^(3/2)/(3π) + O(p^(5/2))",
    tex=r"\beta_{\mathrm{flip}}=\frac{8p^{3/2}}{3\pi}+O(p^{5/2})",
    rests_on=["A.step4.closed_form"],
)
@pytest.mark.parametrize("step", FLIP_ENERGY.values(), ids=FLIP_ENERGY)
def test_flip_energy(check, step):
    check(*step(sign_gates().on_off.energy))


# Steps A5 and A6


@claim(
    "A.step5.kernel",
    at="Appendix A.1",
    also_at=["Section 6.3"],
    says="E[max(X,0) max(X′,0)] = (√(1 − ρ²) + ρ(π/2 + arcsin ρ))/(2π) (Step A5)",
    tex=r"\mathbb{E}[\max(X,0)\max(X',0)]=\frac{1}{2\pi}\left[\sqrt{1-\rho^2}+\rho\left(\frac{\pi}{2}"
    r"+\arcsin\rho\right)\right]",
)
def test_kernel(check):
    import sympy

    angle, theta = sympy.Symbol("angle"), sympy.Symbol("theta")  # of ρ = sin(angle), |angle| ≤ π/2
    closed = (sympy.cos(angle) + sympy.sin(angle) * (sympy.pi / 2 + angle)) / (2 * sympy.pi)
    moment = exact_quadrant_moment(1, 1).subs(theta, sympy.pi / 2 - angle)
    check(identity(closed, moment, f"{WEDGE} {{X > 0, X′ > 0}}"))


@claim(
    "A.step5.price",
    at="Appendix A.1",
    says="The derivative of E[max(X,0) max(X′,0)] in ρ is E[1{X>0} 1{X′>0}] (Price's theorem)",
    tex=r"\frac{\partial}{\partial\rho}\mathbb{E}[\mathrm{ReLU}\,\mathrm{ReLU}']"
    r"=\mathbb{E}[\mathbf{1}_{X>0}\mathbf{1}_{X'>0}]",
)
def test_price(check):
    import sympy

    rho, theta = sympy.Symbol("rho"), sympy.Symbol("theta")
    kernel = (sympy.sqrt(1 - rho**2) + rho * (sympy.pi / 2 + sympy.asin(rho))) / (2 * sympy.pi)
    chance = exact_quadrant_moment(0, 0).subs(theta, sympy.pi / 2 - sympy.asin(rho))
    check(identity(kernel.diff(rho), chance, f"derivative of the kernel; {WEDGE} {{X > 0, X′ > 0}}"))


SMOOTH_ENERGY = {
    "p": main_term(2),
    "p^(3/2)": coefficient(3, -8),
    "remainder": remainder(lambda s: 2 * s**2 - 8 * s**3 / EXACT.pi),
}


@claim(
    "A.step5.smooth_energy",
    at="Equation (24)",
    also_at=["Appendix A.1", "Equation (16)", "Section 6.3"],
    says="β_smooth = 2p − 8p^(3/2)/π + O(p^(5/2))",
    tex=r"\beta_{\mathrm{smooth}}=2p-\frac{8p^{3/2}}{\pi}+O(p^{5/2})",
    rests_on=["A.step5.kernel", "A.step4.flip_energy"],
)
@pytest.mark.parametrize("step", SMOOTH_ENERGY.values(), ids=SMOOTH_ENERGY)
def test_smooth_energy(check, step):
    check(*step(sign_gates().on_on.energy))


@claim(
    "A.step5.exchangeable",
    at="Appendix A.1",
    says="The first two terms of β_smooth are equal, each 1/2 − β_flip",
    tex=r"\mathbb{E}[X^2\mathbf{1}_{X>0,X'>0}]=\tfrac12-\beta_{\mathrm{flip}}",
)
@pytest.mark.parametrize("powers", [(2, 0), (0, 2)], ids=["X", "X′"])
def test_exchangeability(check, powers):
    flipped = exact_quadrant_moment(2, 0, 1, -1)
    stated = Fraction(1, 2) - flipped
    check(identity(exact_quadrant_moment(*powers), stated, f"{WEDGE} {{X > 0, X′ > 0}} and {{X > 0, X′ < 0}}, every ρ"))


TOTAL_ENERGY = {
    "p": main_term(2),
    "p^(3/2)": coefficient(3, Fraction(-8, 3)),
    "remainder": remainder(lambda s: 2 * s**2 * (1 - 4 * s / (3 * EXACT.pi))),
}


@claim(
    "A.step6",
    at="Appendix A.1",
    says="E[(Δa_sign)²] = (1/n)·2p(1 − 4√p/(3π)) + O(p^(5/2)/n) (Step A6)",
    tex=r"2\beta_{\mathrm{flip}}+\beta_{\mathrm{smooth}}=2p\left(1-\frac{4\sqrt{p}}{3\pi}\right)+O(p^{5/2})",
    rests_on=["A.step4.flip_energy", "A.step5.smooth_energy"],
)
@pytest.mark.parametrize("step", TOTAL_ENERGY.values(), ids=TOTAL_ENERGY)
def test_total_sign_energy(check, step):
    check(*step(totals()[0].energy))


@claim(
    "A.step6.next",
    at="Appendix A.1",
    kind="extension",
    says="The next terms are sharp: β_flip −4/(5π), β_smooth +4/(3π), their total −4/(15π), each times p^(5/2)",
    tex=r"\beta_{\mathrm{flip}}=\frac{8p^{3/2}}{3\pi}-\frac{4p^{5/2}}{5\pi}+\ldots,\quad\beta_{\mathrm{smooth}}=2p-"
    r"\frac{8p^{3/2}}{\pi}+\frac{4p^{5/2}}{3\pi}+\ldots,\quad2\beta_{\mathrm{flip}}+\beta_{\mathrm{smooth}}=2p-"
    r"\frac{8p^{3/2}}{3\pi}-\frac{4p^{5/2}}{15\pi}+\ldots",
)
@pytest.mark.parametrize(
    ("energy", "stated"),
    [
        pytest.param(lambda: sign_gates().on_off.energy, "-4/5", id="flip--4/5"),
        pytest.param(lambda: sign_gates().on_on.energy, "4/3", id="smooth-4/3"),
        pytest.param(lambda: totals()[0].energy, "-4/15", id="total--4/15"),
    ],
)
def test_next_terms(check, energy, stated):
    check(*coefficient(5, Fraction(stated))(energy()))


@claim(
    "A.step6.arithmetic",
    at="Appendix A.1",
    kind="number",
    says="16/(3π) − 8/π = (16 − 24)/(3π) = −8/(3π)",
    tex=r"\frac{16}{3\pi}-\frac{8}{\pi}=\frac{16-24}{3\pi}=-\frac{8}{3\pi}",
)
def test_step_6_arithmetic(check):
    check(identity(Fraction(16, 3) - 8, Fraction(-8, 3), "exact fractions, in units of 1/π", "= -8/3"))
