"""Section 6.2, Remark 1: structural decomposition."""

from fractions import Fraction
from functools import partial

import pytest
from verdicts import (
    arithmetic,
    at_least,
    at_most,
    ball,
    between,
    claim,
    exactly,
    identity,
    more_than,
    over_rounding,
    printed,
    proof,
    reading,
    readings,
    text,
)

from claims.phrases import bounded
from claims.s06_asymmetry.transverse_ratios import (
    EXACT_COEFFICIENTS,
    FLIP_RATES,
    INTEGRALS,
    TABLE_2,
    TAYLOR,
    coefficient,
    energy_ratio,
    exact_moments,
    magnitude_transverse_fraction,
    over_flip_rates,
    ratio_series,
    root,
    sign_radial_fraction,
    structural_factor,
    structural_remainder_series,
)
from theorems.arithmetic.contexts import BALL, SERIES
from theorems.arithmetic.exact_series import EXACT, LAMBDA, exact_value, leading_order
from theorems.arithmetic.expansions import expand
from theorems.formulas.asymmetry import structural_ratio, structural_remainder
from theorems.integrals.perturbed_neuron import integrated_moments, sign_flip_covariance, sign_preserving_covariance


@claim(
    "6.remark1.order",
    at="Remark 1",
    also_at=["Appendix A.3"],
    says="ε(p) of the factored form is O(√p)",
    tex=r"c(p)=\frac{\pi}{\pi-2}(1-p)\left(1-\frac{4\sqrt{p}}{3\pi}\right)(1+\varepsilon(p)),\ "
    r"|\varepsilon(p)|=O(\sqrt{p})",
    rests_on=["6.theorem3", "6.theorem3.closed_form"],
)
def test_structural_remainder_order(check):
    order = leading_order(structural_remainder_series() - 1)
    check(at_least("1", "order of √p at least 1"), proof(order, EXACT_COEFFICIENTS))


def remainder_per_root():
    """ε(p)/√p over 0 < p < 1/2."""
    near_zero = expand(lambda s: structural_remainder(s, SERIES), 1, "0.05").remainder
    return over_flip_rates(lambda s: structural_remainder(s, SERIES) / s, near_zero)


@claim(
    "6.remark1.bounded",
    at="Remark 1",
    says="|ε(p)| ≤ C√p with some constant C, for every p in (0, 1/2)",
    tex=r"|\varepsilon(p)|\le C\sqrt{p}",
    rests_on=["6.theorem3", "6.theorem3.closed_form"],
)
def test_structural_remainder_bounded(check):
    check(
        at_most("1", "a finite constant C, here 1"),
        ball(lambda: abs(remainder_per_root()), f"ε(p)/√p by {TAYLOR}"),
    )


@claim(
    "6.remark1.coefficient",
    at="Remark 1",
    also_at=["Equation (17)", "Section 6.3", "Appendix A.1"],
    says="The coefficient 4/(3π) of √p is exact (from Steps A4 to A6)",
    tex=r"R_A(p)=\left(1-\frac{4\sqrt{p}}{3\pi}\right)(1+O(\sqrt{p}))",
    primary="of the sign-flip energy",
    rests_on=["6.theorem3", "A.step6", "6.theorem3.closed_form"],
    note="It is the coefficient of the numerator of R_A alone. R_A's own is (4/(3π))(1 − λ³), that of c is (4/(3π))(1 "
    "− λ), λ = √(1 − 2/π): with a remainder of the same order any other coefficient would do as well.",
    instead="6.theorem3.coefficients",
)
@readings(
    "series",
    {
        "of the sign-flip energy": lambda: exact_moments()[0].energy / (2 * EXACT.variable() ** 2),
        "of the energy ratio R_A": energy_ratio,
        "of c(p)": lambda: ratio_series() * EXACT.number(LAMBDA) ** 2,
    },
)
def test_structural_coefficient(check, series):
    check(identity(series()[1], structural_factor()[1], EXACT_COEFFICIENTS, "coefficient of √p: −4/(3π)"))


def two_terms_of_energy_ratio():
    return 1 - 4 * (1 - EXACT.number(LAMBDA) ** 3) * EXACT.variable() / (3 * EXACT.pi)


def coefficient_of_energy_ratio():
    return [identity(energy_ratio()[1], two_terms_of_energy_ratio()[1], EXACT_COEFFICIENTS)]


def rest_of_energy_ratio():
    order = leading_order(energy_ratio() - two_terms_of_energy_ratio())
    return at_least("2", "order of √p at least 2"), proof(order, EXACT_COEFFICIENTS)


@claim(
    "6.remark1.energy_ratio_coefficient",
    at="Equation (17)",
    also_at=["Appendix A.1"],
    kind="extension",
    says="R_A(p) = 1 − (4/(3π))(1 − λ³)√p + O(p), λ = √(1 − 2/π)",
    tex=r"R_A(p)=1-\frac{4}{3\pi}(1-\lambda^3)\sqrt{p}+O(p)",
    rests_on=["6.theorem3", "6.theorem3.closed_form"],
)
@pytest.mark.parametrize(
    "step", [coefficient_of_energy_ratio, rest_of_energy_ratio], ids=["coefficient", "order of the rest"]
)
def test_energy_ratio_coefficient(check, step):
    check(*step())


def numerator():
    return 1 - sign_radial_fraction()


def both_fractions():
    """(1 − 𝓡_sign)/(1 − 𝓡_mag), over its limit."""
    return numerator() * EXACT.number(LAMBDA) ** 2 / magnitude_transverse_fraction()


@claim(
    "6.remark1.radial_factor",
    at="Remark 1",
    also_at=["Appendix A.3"],
    says="The factor 1 − p is that of the radial fractions, up to O(p^(3/2))",
    tex=r"1-\mathcal{R}^{\mathrm{sign}}=1-p+\frac{4p^{3/2}}{3\pi}+\dots",
    primary="numerator 1 − 𝓡_sign",
    rests_on=["A.stepB3", "6.theorem3.closed_form"],
    note="The ratio of both radial fractions also has a term of order √p, from 1 − 𝓡_mag.",
)
@readings("factor", {"numerator 1 − 𝓡_sign": numerator, "ratio (1 − 𝓡_sign)/(1 − 𝓡_mag)": both_fractions})
def test_radial_factor(check, factor):
    order = leading_order(factor() - (1 - EXACT.variable() ** 2))
    check(at_least("3", "differs from 1 − p in order p^(3/2)"), proof(order, EXACT_COEFFICIENTS))


def of_part_b():
    """The √p coefficient of ε(p) from 1 − 𝓡_mag in the denominator."""
    return (EXACT.number(LAMBDA) ** 2 / magnitude_transverse_fraction())[1]


def of_part_a():
    """The √p coefficient of ε(p) from R_A's remainder."""
    return (energy_ratio() / structural_factor())[1]


def of_both():
    """The √p coefficient of ε(p)."""
    return structural_remainder_series()[1]


@claim(
    "6.remark1.both_orders",
    at="Remark 1",
    says="Both 1 − 4√p/(3π) and ε(p) contribute at order √p",
    tex=r"1-\frac{4\sqrt{p}}{3\pi}=1+\Theta(\sqrt{p}),\quad1+\varepsilon(p)=1+\Theta(\sqrt{p})",
    rests_on=["6.theorem3", "6.theorem3.closed_form"],
)
@pytest.mark.parametrize("factor", [structural_factor, structural_remainder_series], ids=["1 − 4√p/(3π)", "1 + ε(p)"])
def test_both_contribute(check, factor):
    check(exactly(1, "differs from 1 in order √p"), proof(leading_order(factor() - 1), EXACT_COEFFICIENTS))


@claim(
    "6.remark1.provenance",
    at="Remark 1",
    also_at=["Appendix A.1"],
    says="ε(p) comes from one place: Part B's boundary corrections (Remark 1), or the boundary remainder r(p) of R_A "
    "(Appendix A.1: “this is the source of ε(p)”)",
    rests_on=["6.theorem3", "6.theorem3.closed_form"],
    note="From both, as Appendix A.3 says: Part B gives a share 2/π of the coefficient of √p, R_A's remainder 1 − "
    "2/π. The series of the two radial fractions and energies, evaluated in balls, gives the same shares.",
    instead="6.remark1.shares",
)
@pytest.mark.parametrize(
    "share", [of_part_b, of_part_a], ids=["Part B, says Remark 1", "r(p) of Part A, says Appendix A.1"]
)
def test_remainder_provenance(check, share):
    check(exactly(1, "all of its √p coefficient"), proof(exact_value(share() / of_both()), EXACT_COEFFICIENTS))


@claim(
    "6.remark1.shares",
    at="Remark 1",
    also_at=["Appendix A.3"],
    kind="extension",
    says="ε(p) = (4λ/(3π))√p + O(p) with λ = √(1 − 2/π): a share 2/π from 𝓡_mag, a share 1 − 2/π from R_A",
    tex=r"\varepsilon(p)=\frac{4}{3\pi}\sqrt{1-\frac{2}{\pi}}\,\sqrt{p}+O(p)",
    rests_on=["6.theorem3", "6.theorem3.closed_form"],
)
@pytest.mark.parametrize(
    ("share", "stated"),
    [
        pytest.param(of_both, lambda: EXACT.number(1), id="whole"),
        pytest.param(of_part_b, lambda: 2 / EXACT.pi, id="from 𝓡_mag"),
        pytest.param(of_part_a, lambda: 1 - 2 / EXACT.pi, id="from R_A"),
    ],
)
def test_remainder_shares(check, share, stated):
    whole = 4 * EXACT.number(LAMBDA) / (3 * EXACT.pi)
    check(identity(share(), (whole * stated())[0], EXACT_COEFFICIENTS, "as stated, of 4λ/(3π)"))


@claim(
    "6.remark1.remainder_value",
    at="Remark 1",
    kind="extension",
    says="ε(p) ≈ 0.2558√p − 0.343p as p → 0",
    tex=r"\varepsilon(p)\approx0.2558\sqrt{p}-0.343\,p",
    rests_on=["6.remark1.shares"],
)
@pytest.mark.parametrize(("order", "stated"), [(1, "0.2558"), (2, "-0.343")])
def test_remainder_value(check, order, stated):
    check(printed(stated), ball(lambda: coefficient(structural_remainder_series(), order), EXACT_COEFFICIENTS))


@claim(
    "6.remark1.sign",
    at="Appendix A.3",
    also_at=["Remark 1", "Table 2"],
    says="ε(p) > 0 at all tested flip rates",
    tex=r"\varepsilon(p)>0,\quad p\in\{0.01,0.02,0.05,0.10\}",
    rests_on=["6.theorem3"],
)
@pytest.mark.parametrize("p", FLIP_RATES)
def test_remainder_positive(check, p):
    def remainder():
        flipped = integrated_moments(sign_flip_covariance(p)).transverse_energy()
        shifted = integrated_moments(sign_preserving_covariance(p)).transverse_energy()
        s = root(p)
        return flipped / shifted / structural_ratio(s, BALL) - 1

    check(more_than("0"), ball(remainder, INTEGRALS))


@claim(
    "6.remark1.sign_everywhere",
    at="Remark 1",
    also_at=["Appendix A.3"],
    kind="extension",
    says="ε(p) lies between 0.2√p and 0.56√p for every p in (0, 1/2); its sign is positive throughout",
    tex=r"0.2\sqrt{p}\leq\varepsilon(p)\leq0.56\sqrt{p}",
    rests_on=["6.theorem3", "6.theorem3.closed_form"],
)
def test_remainder_positive_everywhere(check):
    check(between("0.2", "0.56"), ball(remainder_per_root, TAYLOR))


def constant_at(p):
    return ball(lambda: structural_remainder(root(p), BALL) / root(p), "ε(p)/√p of the exact limit")


def constant_in_the_limit():
    return ball(lambda: coefficient(structural_remainder_series(), 1), EXACT_COEFFICIENTS)


@claim(
    "6.remark1.constant_bound",
    at="Remark 1",
    says="|ε(p)| ≤ C√p with C ≲ 0.2",
    tex=r"C\lesssim 0.2",
    primary="at the tested rates",
    rests_on=["6.theorem3"],
    note="“Empirically” refers to the tested rates, where ε(p)/√p is 0.21 to 0.23. As a bound for every p the "
    "constant is larger: ε(p)/√p tends to 4√(1 − 2/π)/(3π) = 0.2558 as p → 0, and reaches 0.554 at p = 1/2. The "
    "integrals of the definition at p = 10⁻⁶ give the same limit.",
    instead="6.remark1.sign_everywhere",
)
@pytest.mark.parametrize(
    "constant",
    [
        *(
            pytest.param(partial(constant_at, p), id=f"at the tested rates-{p}", marks=reading("at the tested rates"))
            for p in FLIP_RATES
        ),
        pytest.param(constant_in_the_limit, id="as p → 0-None", marks=reading("as p → 0")),
        pytest.param(partial(constant_at, "0.49"), id="near p = 1/2-0.49", marks=reading("near p = 1/2")),
    ],
)
def test_constant_bound(check, constant):
    check(bounded("0.2"), constant())


@claim(
    "6.remark1.empirical",
    at="Remark 1",
    kind="number",
    says="The printed deviations from theory are at most 0.2√p",
    tex=r"\left|\frac{c_{\mathrm{measured}}}{c_{\mathrm{theory}}}-1\right|\leq0.2\sqrt{p}",
    rests_on=["6.table2.theory"],
    note="This holds for the deviations of Table 2; the remark cites Table 6, which has none.",
)
@pytest.mark.parametrize("row", TABLE_2, ids=FLIP_RATES)
def test_empirical_constant(check, row):
    rate = Fraction(row["p"])
    squared = over_rounding(
        lambda measured, theory: (measured / theory - 1) ** 2 / rate, row["measured"], row["theory"]
    )
    check(at_most("0.04", "(deviation)² ≤ 0.2² p"), arithmetic(squared, "measured and theory columns of Table 2"))


COLUMNS = {
    "Table 2": ["p", "c(p) theory", "c(p) measured", "deviation"],
    "Table 6": ["model", "parameters", "matrices sampled", "cos² mean ± std", "deviation from 2/π"],
    "Table 7": ["architecture", "p", "measured C", "theory c(p)", "deviation"],
}


@claim(
    "6.remark1.tables",
    at="Remark 1",
    also_at=["Remark 2"],
    kind="wording",
    says="Table 6 is where c(p) is compared with its theory",
    note="Table 6 lists cos²(w, sign w) of trained models; the comparison of c(p) is in Tables 2 and 7. The captions "
    "confirm it.",
    instead="6.remark1.tables.meant",
)
@pytest.mark.parametrize("cited_for", ["the bound C ≲ 0.2", "the theory column", "deviations of 1 to 6%"])
def test_cited_table(check, cited_for):
    columns = [name for name in COLUMNS["Table 6"] if "c(p)" in name]
    check(
        at_least("1", f"at least 1 column on c(p), for {cited_for}"),
        text(len(columns), "column heads of Table 6, as read"),
    )


@claim(
    "6.remark1.tables.meant",
    at="Remark 1",
    also_at=["Remark 2"],
    kind="extension",
    says="c(p) is compared with its theory in Tables 2 and 7",
)
@pytest.mark.parametrize("table", ["Table 2", "Table 7"])
def test_table_that_is_meant(check, table):
    columns = [name for name in COLUMNS[table] if "c(p)" in name]
    check(at_least("1", "at least 1 column on c(p)"), text(len(columns), f"column heads of {table}, as read"))
