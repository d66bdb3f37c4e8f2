"""Appendix F.3: Table 21."""

from fractions import Fraction
from pathlib import Path

import pytest
from verdicts import arithmetic, ball, claim, over_rounding, printed, proof, read_table

from claims.appendix_f_column_groups.column_groups import column_leverage
from claims.flip_energies import BY_INTEGRALS, energy
from claims.flipped_groups import covariance, flip
from claims.phrases import roughly

TABLE_21 = read_table(Path(__file__).parents[1] / "tables" / "table_21.csv")
ROWS = pytest.mark.parametrize("row", TABLE_21, ids=lambda row: row["gamma"])


def column(name):
    return [(row["gamma"], row[name]) for row in TABLE_21]


def accepted(stated):
    return roughly(stated[1:]) if stated.startswith("~") else printed(stated)


def outliers(row):
    """The share of the energy that is flipped in Case A."""
    return Fraction(row["gamma"])


def others(row):
    """The share of the energy that is flipped in Case B."""
    return 1 - Fraction(row["gamma"])


@claim(
    "F.table21.correlation",
    at="Table 21",
    kind="number",
    says="ρ_A = 1 − 2γ and ρ_B = 2γ − 1, as tabulated",
    tex=r"\rho_A=1-2\gamma",
    rests_on=["F.groups.correlation"],
)
@pytest.mark.parametrize(("flipped", "stated"), [(outliers, "rho_A"), (others, "rho_B")], ids=["A", "B"])
@ROWS
def test_table_21_correlations(check, row, flipped, stated):
    check(printed(row[stated]), proof(covariance(flip(flipped(row))), "variance kept less variance negated, exact"))


@claim(
    "F.table21.energy",
    at="Table 21",
    kind="number",
    says="f(ρ_A) and f(ρ_B), as tabulated",
    tex=r"f(\rho_A),\ f(\rho_B)",
    rests_on=["F.energy"],
)
@pytest.mark.parametrize(("flipped", "stated"), [(outliers, "f(rho_A)"), (others, "f(rho_B)")], ids=["A", "B"])
@ROWS
def test_table_21_energies(check, row, flipped, stated):
    check(printed(row[stated]), ball(lambda: energy(flipped(row)), BY_INTEGRALS))


def ratio(gamma):
    return energy(Fraction(gamma)) / energy(1 - Fraction(gamma))


@claim(
    "F.table21.ratio",
    at="Table 21",
    kind="number",
    says="f(ρ_A)/f(ρ_B), as tabulated",
    tex=r"\frac{f(\rho_A)}{f(\rho_B)}",
    rests_on=["F.energy"],
    note="At γ = 0.70, 0.90 and 0.99 the ratios are 1.877, 5.627 and 52.2; closed form and integrals agree. 52.6 is "
    "0.999/0.019, a quotient of rounded values, and 5.626 is 106.9/19.",
    instead="F.table21.ratio.true",
)
@pytest.mark.parametrize(("gamma", "stated"), column("f(rho_A)/f(rho_B)"))
def test_table_21_ratio(check, gamma, stated):
    check(printed(stated), ball(lambda: ratio(gamma), BY_INTEGRALS))


@claim(
    "F.table21.ratio.true",
    at="Table 21",
    kind="extension",
    says="f(ρ_A)/f(ρ_B), as it should be tabulated",
    tex=r"\frac{f(\rho_A)}{f(\rho_B)}=\frac{f(1-2\gamma)}{f(2\gamma-1)}",
    rests_on=["F.energy"],
)
@pytest.mark.parametrize(("gamma", "stated"), [("0.70", "1.877"), ("0.90", "5.627"), ("0.99", "52.2")])
def test_true_ratio(check, gamma, stated):
    check(printed(stated), ball(lambda: ratio(gamma), BY_INTEGRALS))


@claim(
    "F.table21.leverage",
    at="Table 21",
    kind="number",
    says="R_col at η = 0.05, as tabulated",
    tex=r"R_{\mathrm{col}}",
    rests_on=["F.leverage"],
)
@pytest.mark.parametrize(("gamma", "stated"), column("R_col"))
def test_table_21_leverage(check, gamma, stated):
    check(accepted(stated), ball(lambda: column_leverage(Fraction(gamma)), BY_INTEGRALS))


@claim(
    "F.table21.columns",
    at="Table 21",
    kind="number",
    says="The last column is 19 times the one before",
    tex=r"R_{\mathrm{col}}=19\,\frac{f(\rho_A)}{f(\rho_B)}",
    note="At γ = 0.20 the printed ratio leaves 6.64 to 6.66 open.",
)
@ROWS
def test_table_21_columns(check, row):
    value = over_rounding(lambda ratio: 19 * ratio, row["f(rho_A)/f(rho_B)"])
    check(accepted(row["R_col"]), arithmetic(value, "19 times the printed ratio"))
