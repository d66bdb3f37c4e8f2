"""Appendix E.6: numerical predictions."""

from fractions import Fraction

import pytest
from verdicts import ball, claim, printed, proof

from claims.appendix_e_outliers.energies import DIMENSION, TABLE_20, leverage_by_integrals
from claims.flip_energies import BY_INTEGRALS
from theorems.arithmetic.contexts import BALL
from theorems.formulas.outliers import leverage_expansion
from theorems.integrals.gaussian_integrals import orthant_moment


def column(name):
    return [(row["alpha"], row[name]) for row in TABLE_20]


@claim(
    "E.table20.energy",
    at="Table 20",
    kind="number",
    says="The energy share α², as tabulated",
    tex=r"\alpha^2",
)
@pytest.mark.parametrize(("alpha", "stated"), column("Energy"))
def test_table_20_energy(check, alpha, stated):
    check(printed(stated), proof(Fraction(alpha) ** 2, "exact"))


@claim(
    "E.table20.probability",
    at="Table 20",
    also_at=["Appendix E.6"],
    kind="number",
    says="The gate-flip probability of Theorem 5, as tabulated",
    tex=r"P_{\mathrm{flip}}(\alpha)",
    rests_on=["E.theorem5"],
    note="At α = 0.30 it is 19.40% and rounds to 19.4%, by the orthant integral and by (2/π) arcsin 0.3.",
    instead="E.table20.true",
)
@pytest.mark.parametrize(("alpha", "stated"), column("P_flip"))
def test_table_20_probability(check, alpha, stated):
    rho = 1 - 2 * Fraction(alpha) ** 2
    check(
        printed(stated),
        ball(lambda: 1 - 2 * orthant_moment(0, 0, rho, 0, 0), "integral of the conditional normal law over an orthant"),
    )


@claim(
    "E.table20.leverage",
    at="Table 20",
    also_at=["Appendix E.6"],
    kind="number",
    says="The exact leverage R(α, 2048) of Theorem 6, as tabulated",
    tex=r"R(\alpha,2048)",
    rests_on=["E.theorem6"],
    note="R is 5.059, 19.80 and 75.65 at α = 0.05, 0.10 and 0.20, where 5.0, 19.5 and 73 are printed; the closed form "
    "agrees with the integrals. R/(nα²) must fall smoothly in α: the printed column gives 0.952, 0.891, 0.879.",
    instead="E.table20.leverage.true",
)
@pytest.mark.parametrize(("alpha", "stated"), column("R (exact)"))
def test_table_20_leverage(check, alpha, stated):
    check(printed(stated), ball(lambda: leverage_by_integrals(alpha), BY_INTEGRALS))


@claim(
    "E.table20.leverage.true",
    at="Table 20",
    kind="extension",
    says="The exact leverage R(α, 2048), as it should be tabulated",
    tex=r"R(\alpha,2048)",
    rests_on=["E.theorem6"],
)
@pytest.mark.parametrize(
    ("alpha", "stated"), [("0.05", "5.1"), ("0.10", "19.8"), ("0.20", "76"), ("0.30", "162"), ("0.50", "404")]
)
def test_true_leverage(check, alpha, stated):
    check(printed(stated), ball(lambda: leverage_by_integrals(alpha), BY_INTEGRALS))


@claim(
    "E.table20.equation28",
    at="Table 20",
    also_at=["Appendix E.6"],
    kind="number",
    says="Equation (28) at n = 2048, as tabulated",
    tex=r"n\alpha^2\left(1-\frac{4\alpha}{3\pi}\right)",
    rests_on=["E.equation28.leading"],
    note="At α = 0.50 it is 512(1 − 2/(3π)) = 403.35, not 404, which is the exact R.",
    instead="E.table20.true",
)
@pytest.mark.parametrize(("alpha", "stated"), column("R via Eq. (28)"))
def test_table_20_equation_28(check, alpha, stated):
    check(printed(stated), ball(lambda: leverage_expansion(alpha, DIMENSION, BALL), "Equation (28) in balls"))


@claim(
    "E.table20.true",
    at="Table 20",
    kind="extension",
    says="The two other wrong entries of the table, as they should read: P_flip at α = 0.30, Equation (28) at α = 0.50",
    tex=r"\frac{2}{\pi}\arcsin\,0.30\approx19.4\%,\quad512\left(1-\frac{2}{3\pi}\right)\approx403",
    rests_on=["E.theorem5"],
)
@pytest.mark.parametrize(
    ("entry", "stated"),
    [
        pytest.param(lambda: 2 / BALL.pi * BALL.number("0.3").asin(), "19.4%", id="P_flip-19.4%"),
        pytest.param(lambda: 512 * (1 - 2 / (3 * BALL.pi)), "403", id="R via Eq. (28)-403"),
    ],
)
def test_true_entries(check, entry, stated):
    check(printed(stated), ball(entry, "(2/π) arcsin α, and nα²(1 − 4α/(3π)) by hand"))
