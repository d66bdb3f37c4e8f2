"""Section 6.5: numerical verification, the theory that Table 2 and Figure 1 draw."""

from fractions import Fraction

import flint
import pytest
from verdicts import (
    Interval,
    about,
    arithmetic,
    at_most,
    ball,
    between,
    claim,
    data,
    exactly,
    more_than,
    over_rounding,
    printed,
    readings,
)

from claims.s06_asymmetry.transverse_ratios import (
    EXACT_LAWS,
    FLIP_RATES,
    INTEGRALS,
    TABLE_2,
    ratio_at_width,
    root,
    width_residual,
)
from theorems.arithmetic.contexts import BALL
from theorems.formulas.asymmetry import assembled_ratio, structural_ratio, transverse_ratio
from theorems.integrals.perturbed_neuron import integrated_moments, sign_flip_covariance, sign_preserving_covariance


def exact_sign_energy(p):
    """2β_flip + β_smooth, exactly."""
    return integrated_moments(sign_flip_covariance(p)).energy


THEORIES = {
    "Remark 1, as the caption says": lambda p: structural_ratio(root(p), BALL),
    "Equation (25)": lambda p: assembled_ratio(root(p), BALL),
    "exact β_flip and β_smooth in 𝓡_sign": lambda p: (
        structural_ratio(root(p), BALL) * (1 - exact_sign_energy(p) / 2) / (1 - BALL.number(p))
    ),
    "exact β_flip and β_smooth in 𝓡_sign and R_A": lambda p: (
        (1 - exact_sign_energy(p) / 2) * exact_sign_energy(p) / (2 * BALL.number(p)) / (1 - 2 / BALL.pi)
    ),
    "Theorem 3's limit, with ε(p)": lambda p: transverse_ratio(root(p), BALL),
}


@claim(
    "6.table2.theory",
    at="Table 2",
    also_at=["Section 6.5", "Remark 1", "Table 7"],
    kind="number",
    says="The theory column is Remark 1's formula without ε(p)",
    tex=r"c(p)=\frac{\pi}{\pi-2}(1-p)\left(1-\frac{4\sqrt{p}}{3\pi}\right)",
    primary="Remark 1, as the caption says",
    rests_on=["6.remark1.order"],
    note="No entry is that formula's, which gives 2.609, 2.535, 2.366, 2.144 (by hand, with 4/(3π) = 0.42441, too). "
    "The exact β_flip and β_smooth, of which the caption speaks, do not give it either: used in 𝓡_sign alone they "
    "give the first three entries, as Equation (25) does; 2.178 is given by no reading.",
    instead="6.table2.equation25",
)
@readings("theory", THEORIES)
@pytest.mark.parametrize("row", TABLE_2, ids=FLIP_RATES)
def test_theory_column(check, theory, row):
    check(printed(row["theory"]), ball(lambda: theory(row["p"]), "evaluated at this p"))


@claim(
    "6.table2.equation25",
    at="Table 2",
    kind="extension",
    says="The first three entries of the theory column are Equation (25)",
    tex=r"c_{\mathrm{theory}}(p)=\frac{1-p+4p^{3/2}/(3\pi)}{1-2/\pi}\left(1-\frac{4\sqrt{p}}{3\pi}\right)",
    rests_on=["A.assembly"],
)
@pytest.mark.parametrize("row", TABLE_2[:3], ids=FLIP_RATES[:3])
def test_theory_is_equation_25(check, row):
    check(printed(row["theory"]), ball(lambda: assembled_ratio(root(row["p"]), BALL), "Equation (25), evaluated"))


@claim(
    "6.table2.limit",
    at="Table 2",
    also_at=["Theorem 3"],
    kind="extension",
    says="The limit of Theorem 3 at the tested flip rates, without approximation",
    tex=r"c(p)=\frac{1-\mathcal{R}^{\mathrm{sign}}(p)}{1-\mathcal{R}^{\mathrm{mag}}(p)}R_A(p)",
    rests_on=["6.theorem3"],
)
@pytest.mark.parametrize(
    ("p", "stated"), [("0.01", "2.66829"), ("0.02", "2.61411"), ("0.05", "2.47900"), ("0.10", "2.29195")]
)
def test_limit_at_tested_rates(check, p, stated):
    def ratio():
        flipped, shifted = (integrated_moments(law(p)) for law in (sign_flip_covariance, sign_preserving_covariance))
        return flipped.transverse_energy() / shifted.transverse_energy()

    check(printed(stated), ball(ratio, INTEGRALS))


@claim(
    "6.table2.gap",
    at="Table 2",
    also_at=["Section 6.5"],
    kind="extension",
    says="The limit of Theorem 3 exceeds the theory column by 2.2%, 3.0%, 4.2% and 5.2%: that is ε(p), left out there",
    tex=r"\frac{c(p)}{c_{\mathrm{theory}}(p)}-1\approx\varepsilon(p)",
    rests_on=["6.table2.limit"],
)
@pytest.mark.parametrize(
    ("row", "stated"), list(zip(TABLE_2, ["2.2%", "3.0%", "4.2%", "5.2%"], strict=True)), ids=FLIP_RATES
)
def test_gap(check, row, stated):
    theory = printed(row["theory"]).interval
    middle = (theory.lo + theory.hi) / 2
    excess = ball(lambda: transverse_ratio(root(row["p"]), BALL) / BALL.number(middle) - 1, "exact limit at this p")
    check(printed(stated), excess)


@claim(
    "6.table2.measured_against_limit",
    at="Table 2",
    also_at=["Section 6.5", "Table 7"],
    kind="extension",
    says="The measured values are within 1.3% of Theorem 3's limit, without approximation",
    tex=r"\left|\frac{c_{\mathrm{measured}}(p)}{c(p)}-1\right|\leq1.3\%",
    rests_on=["6.table2.limit"],
    note="At p = 0.01 and 0.02 they lie below it by 1.1% and 1.2%, which is more than the stated ± of 0.5% and 0.4%. "
    "ε(p) thus accounts for all of the positive bias, and slightly more.",
)
@pytest.mark.parametrize("row", TABLE_2, ids=FLIP_RATES)
def test_measured_against_limit(check, row):
    measured = printed(row["measured"]).interval

    def distance():
        limit = transverse_ratio(root(row["p"]), BALL)
        return abs(BALL.number(measured.lo).union(BALL.number(measured.hi)) / limit - 1)

    check(at_most("1.3%"), ball(distance, "printed measurement, anywhere in its rounding interval, over the limit"))


def released_cell(author_results, p):
    """The released two-layer run at n = m = 2048, d_out = 1024."""
    [cell] = [each for each in author_results.layers.twolayer_relu if (each.n, each.p) == (2048, float(p))]
    return cell


@claim(
    "6.table2.released",
    at="Table 2",
    also_at=["Section 6.5"],
    kind="extension",
    says="The authors' released two-layer run has the 1/c(p) of Theorem 3's limit, within 0.3%",
    tex=r"\left|\frac{c(p)}{c_{\mathrm{released}}(p)}-1\right|\leq0.3\%",
    rests_on=["6.table2.limit"],
    note="1/c(p) of Table 2's measured values is 0.379, 0.387, 0.406 and 0.435, farther from both. The run behind "
    "Table 2 is not among the released files.",
)
@pytest.mark.parametrize("p", FLIP_RATES)
def test_released_run(check, author_results, p):
    inverse = BALL.number(Fraction(released_cell(author_results, p).output_trans_ratio.mean))
    accepted = between("-0.3%", "0.3%", "the limit", "the released values at n = 1024 and 2048 differ by 0.1 to 0.3%")
    check(accepted, data(inverse * transverse_ratio(root(p), BALL) - 1, "output_trans_ratio.mean times the exact c(p)"))


@claim(
    "6.table2.measured.released",
    at="Table 2",
    also_at=["Section 6.5", "Table 7"],
    kind="replication",
    says="The measured c(p) are, within their stated ±, those of the authors' released two-layer run at n = 2048",
    note="There c(p) is 2.663, 2.610, 2.477 and 2.291: only the last is within the stated ±. That run has d_out = "
    "1024, not 2048; to first order c(p) does not depend on it (9.v0.essential).",
    instead="6.table2.released",
)
@pytest.mark.parametrize("row", TABLE_2, ids=FLIP_RATES)
def test_measured_in_released_run(check, author_results, row):
    cell = released_cell(author_results, row["p"])
    assert (cell.m, cell.d_out, cell.n_seeds) == (2048, 1024, 20)
    ratio = 1 / Fraction(cell.output_trans_ratio.mean)
    accepted = about(
        row["measured"], row["spread"], "the ± that is printed with it", f"{row['measured']} ± {row['spread']}"
    )
    check(accepted, data(ratio, "1/output_trans_ratio.mean, n = m = 2048, d_out = 1024"))


@claim(
    "6.table2.deviation",
    at="Table 2",
    also_at=["Table 7", "Section 9.3"],
    kind="number",
    says="The deviations of measured from theory, as tabulated",
    tex=r"\frac{c_{\mathrm{measured}}}{c_{\mathrm{theory}}}-1",
    primary="of the numbers in the table",
    note="Of the unrounded numbers behind the table only the entry at p = 0.01 is certain; in the other rows the "
    "printed digits allow it and others.",
)
@readings(
    "known",
    {"of the numbers in the table": exactly, "of what was rounded to them": printed},
)
@pytest.mark.parametrize("row", TABLE_2, ids=FLIP_RATES)
def test_deviation_column(check, row, known):
    measured, theory = known(row["measured"]), known(row["theory"])
    deviation = over_rounding(lambda measured, theory: measured / theory - 1, measured, theory)
    check(printed(row["deviation"]), arithmetic(deviation, "measured / theory − 1 of the two columns"))


@claim(
    "6.table2.agreement",
    at="Section 6.5",
    also_at=["Table 2", "Table 7", "Section 9.3"],
    kind="number",
    says="Measured values agree with the printed theory values within 1 to 6%",
    rests_on=["6.table2.theory"],
)
@pytest.mark.parametrize("row", TABLE_2, ids=FLIP_RATES)
def test_agreement(check, row):
    rounded = over_rounding(lambda measured, theory: measured / theory - 1, row["measured"], row["theory"])
    check(between("1%", "6%"), arithmetic(rounded, "measured / theory − 1 of the printed digits"))


@claim(
    "6.figure1.agreement",
    at="Figure 1",
    kind="number",
    says="The curve (π/(π−2))(1 − p)(1 − 4√p/(3π)) and the measurements agree within 1 to 6%",
    tex=r"\frac{\pi}{\pi-2}(1-p)\left(1-\frac{4\sqrt{p}}{3\pi}\right)",
    rests_on=["6.remark1.order"],
    note="At p = 0.10 that formula is 2.144, which the measured 2.299 exceeds by 7.2% (6.7% of the measured value). "
    "Only the theory column of Table 2, computed otherwise, is within 6%; Theorem 3's limit is within 1.3%.",
    instead="6.table2.measured_against_limit",
)
@pytest.mark.parametrize("row", TABLE_2, ids=FLIP_RATES)
def test_figure_agreement(check, row):
    measured = printed(row["measured"]).interval

    def deviation():
        ends = [BALL.number(end) / structural_ratio(root(row["p"]), BALL) - 1 for end in (measured.lo, measured.hi)]
        return ends[0].union(ends[1])

    check(
        between("1%", "6%"), ball(deviation, "printed measurement, anywhere in its rounding interval, over the formula")
    )


@claim(
    "6.table2.bias",
    at="Table 2",
    kind="number",
    says="The positive bias of the measurements increases with p",
    rests_on=["6.table2.theory"],
)
@pytest.mark.parametrize(("lower", "upper"), [(0, 1), (1, 2), (2, 3)], ids=["0.01-0.02", "0.02-0.05", "0.05-0.10"])
def test_bias_increases(check, lower, upper):
    first, second = (
        over_rounding(lambda measured, theory: measured / theory - 1, row["measured"], row["theory"])
        for row in (TABLE_2[lower], TABLE_2[upper])
    )
    increase = Interval(second.lo - first.hi, second.hi - first.lo)
    check(more_than("0"), arithmetic(increase, "difference of consecutive deviations, from the printed digits"))


@claim(
    "6.table2.width",
    at="Table 2",
    kind="number",
    says="1/√n ≈ 2% at n = 2048",
    tex=r"\frac{1}{\sqrt{n}}\approx2\%",
)
def test_inverse_root_width(check):
    check(printed("2%"), ball(lambda: 1 / BALL.number(2048).sqrt(), "exact root"))


@claim(
    "6.table2.residual",
    at="Table 2",
    also_at=["Remark 2"],
    says="Finite-width residuals of the CLT are of about 2%, comparable with the deviations",
    tex=r"\left|\frac{c_{2048}(p)}{c(p)}-1\right|\approx2\%",
    rests_on=["A.step3.mixture", "6.remark2.delocalization_rate"],
    note="The exact law at n = 2048 (x̂ with equal entries) changes c(p) by less than 0.1%: the residual is of order "
    "1/n, not 1/√n. A simulation of the sign-preserving model at n = 64 agrees with the exact law there. For a "
    "uniform x̂ the residual of the sign-flip energy is three times larger, still below 0.3%, and the authors' "
    "released two-layer run at n = 2048 is within 0.2% of the limit.",
    instead="6.table2.residual_order",
)
@pytest.mark.parametrize("p", FLIP_RATES)
def test_finite_width_residual(check, p):
    accepted = between("1%", "4%", "about 2%", "within a factor 2, as for a comparable magnitude")
    check(accepted, ball(lambda: width_residual(2048, p), EXACT_LAWS))


def residual_at_width(p):
    return at_most("2", "at most 2/n"), ball(lambda: 2048 * width_residual(2048, p), EXACT_LAWS)


def growth_of_residual(p):
    growth = ball(lambda: width_residual(256, p) / width_residual(2048, p), EXACT_LAWS)
    return between("7", "9", "8 times larger", "next order allowed for"), growth


@claim(
    "6.table2.residual_order",
    at="Table 2",
    also_at=["Remark 2"],
    kind="extension",
    says="The finite-width residual of c(p) is of order 1/n: below 2/n at n = 2048, and 8 times larger at n = 256",
    tex=r"\left|\frac{c_{2048}(p)}{c(p)}-1\right|<\frac{2}{2048},\quad\frac{c_{256}(p)/c(p)-1}{c_{2048}(p)/c(p)-1}"
    r"\approx8",
    rests_on=["A.step3.mixture"],
)
@pytest.mark.parametrize("p", FLIP_RATES)
@pytest.mark.parametrize("step", [residual_at_width, growth_of_residual], ids=["size", "growth"])
def test_residual_order(check, step, p):
    check(*step(p))


@claim(
    "6.table2.disentangled",
    at="Remark 2",
    also_at=["Table 2"],
    kind="extension",
    says="c(p) at n = 2048, x̂ with equal entries, without approximation: what the theory predicts for the experiment",
    rests_on=["A.step3.mixture"],
    note="Beside ε(p), which is 2 to 7%, the effect of finite width is below 0.1%: the two can be disentangled.",
)
@pytest.mark.parametrize(
    ("p", "stated"), [("0.01", "2.6661"), ("0.02", "2.6126"), ("0.05", "2.4781"), ("0.10", "2.2914")]
)
def test_ratio_at_width(check, p, stated):
    check(printed(stated), ball(lambda: ratio_at_width(2048, p, flint.ctx.prec), EXACT_LAWS))
