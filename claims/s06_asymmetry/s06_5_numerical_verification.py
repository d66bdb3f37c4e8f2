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
    more_than,
    over_rounding,
    printed,
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

LOOKS = 400, 6400, 102_400
"seeds, which cost nothing once their law is known"


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
@pytest.mark.parametrize("reading", THEORIES)
@pytest.mark.parametrize("row", TABLE_2, ids=FLIP_RATES)
def test_theory_column(check, reading, row):
    check(printed(row["theory"]), ball(lambda: THEORIES[reading](row["p"]), f"{reading}, evaluated"))


@claim(
    "6.table2.equation25",
    at="Table 2",
    kind="extension",
    says="The first three entries of the theory column are Equation (25)",
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
    kind="measurement",
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
    note="The entry at p = 0.01 follows from the printed digits; in the other rows they allow it and others.",
)
@pytest.mark.parametrize("row", TABLE_2, ids=FLIP_RATES)
def test_deviation_column(check, row):
    rounded = over_rounding(lambda measured, theory: measured / theory - 1, row["measured"], row["theory"])
    check(printed(row["deviation"]), arithmetic(rounded, "measured / theory − 1 of the printed digits"))


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
)
def test_inverse_root_width(check):
    check(printed("2%"), ball(lambda: 1 / BALL.number(2048).sqrt(), "exact root"))


@claim(
    "6.table2.residual",
    at="Table 2",
    also_at=["Remark 2"],
    says="Finite-width residuals of the CLT are of about 2%, comparable with the deviations",
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


@claim(
    "6.table2.residual_order",
    at="Table 2",
    also_at=["Remark 2"],
    kind="extension",
    says="The finite-width residual of c(p) is of order 1/n: below 2/n at n = 2048, and 8 times larger at n = 256",
    rests_on=["A.step3.mixture"],
)
@pytest.mark.parametrize("p", FLIP_RATES)
@pytest.mark.parametrize("quantity", ["size", "growth"])
def test_residual_order(check, quantity, p):
    if quantity == "size":
        check(at_most("2", "at most 2/n"), ball(lambda: 2048 * width_residual(2048, p), EXACT_LAWS))
    else:
        growth = ball(lambda: width_residual(256, p) / width_residual(2048, p), EXACT_LAWS)
        check(between("7", "9", "8 times larger", "next order allowed for"), growth)


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


# The measured column. c(p) is a ratio of expectations (Remark 2), and (A4) fixes δ² = 4p/n.

CELLS = pytest.mark.parametrize("row", TABLE_2, ids=FLIP_RATES)


def block(p, *, width=2048, matching="expected"):
    """V1 as Section 6.5 describes it: n = m = d_out."""
    from theorems.simulation.setups import Block

    return Block(width, width, float(p), width, matching=matching)


ESTIMATORS = {
    "ratio of sums over inputs, norms matched in expectation": ("ratio of sums", "expected"),
    "mean of ratios, norms matched in expectation": ("mean of ratios", "expected"),
    "ratio of sums over inputs, norms matched in each draw": ("ratio of sums", "drawn"),
    "mean of ratios, norms matched in each draw": ("mean of ratios", "drawn"),
}


@claim(
    "6.table2.measured",
    at="Table 2",
    also_at=["Section 6.5", "Figure 1", "Table 7"],
    kind="measurement",
    says="c(p) measured 2.639, 2.583, 2.465 and 2.299 at n = m = d_out = 2048, with 20 seeds of 10,000 inputs",
    primary="ratio of sums over inputs, norms matched in expectation",
    rests_on=["6.theorem3"],
    weight=1,
    note="The experiment as described has the means 2.662, 2.610, 2.476 and 2.290. The printed ones lie below the "
    "first three by 0.9%, 1.0% and 0.5% and above the last by 0.4%, which neither a mean of ratios (2.670 … 2.297) "
    "nor norms matched in each draw explain; with the latter a mean of 20 seeds scatters by 0.0006 only.",
    instead="6.table2.half_width",
)
@readings("estimator", ESTIMATORS)
@CELLS
def test_measured(check, stream, row, estimator):
    estimate, matching = estimator
    draw, centre = statistic_seeds(block(row["p"], matching=matching), "transverse", estimate, stream)
    found = measured_mean(row["measured"], draw, "c(p) of a seed", check, centre=centre, looks=LOOKS)
    check(replicated(row["measured"]), found)


@claim(
    "6.figure1.error_bars",
    at="Figure 1",
    also_at=["Table 2"],
    kind="measurement",
    says="The ± of Table 2, 0.012, 0.010, 0.010 and 0.008, are the 2σ error bars of a mean over 20 seeds",
    primary="two standard errors of the mean, norms matched in expectation",
    weight=1,
    note="With norms matched in expectation a seed scatters mostly by the norm of its flips, of relative deviation "
    "√(3/(pmn)), so that the error bars must fall as 1/√p: 0.010, 0.007, 0.004 and 0.003. With norms matched in each "
    "draw they are 0.001. Printed are bars that fall by a third from p = 0.01 to 0.10.",
    instead="6.table2.half_width",
)
@readings(
    "spread",
    {
        f"{words}, norms matched in {how}": (factor, matching)
        for matching, how in (("expected", "expectation"), ("drawn", "each draw"))
        for words, factor in SPREADS.items()
    },
)
@CELLS
def test_error_bars(check, stream, row, spread):
    factor, matching = spread
    draw, _ = statistic_seeds(block(row["p"], matching=matching), "transverse", "ratio of sums", stream)
    check(replicated(row["spread"]), measured_spread(row["spread"], draw, "c(p)", factor, check, looks=LOOKS))


@claim(
    "6.table2.half_width",
    at="Table 2",
    also_at=["Figure 1"],
    kind="extension",
    says="With n = m = d_out = 1024 in place of 2048, and all else as described, the four means and the four ± of "
    "Table 2 come out, the ± as two standard errors",
    rests_on=["6.theorem3"],
    weight=1,
    note="Not the only such set-up, but the nearest to the description: at n = 512 and 256 the means come out too, "
    "and the ± only for norms matched in each draw. That the printed numbers stem from it is an inference.",
)
@pytest.mark.parametrize("number", ["measured", "spread"])
@CELLS
def test_half_width(check, stream, row, number):
    draw, centre = statistic_seeds(block(row["p"], width=1024), "transverse", "ratio of sums", stream)
    text, what = row[number], "c(p) of a seed at n = 1024"
    if number == "measured":
        check(replicated(text), measured_mean(text, draw, what, check, centre=centre, looks=LOOKS))
    else:
        factor = SPREADS["two standard errors of the mean"]
        check(replicated(text), measured_spread(text, draw, what, factor, check, looks=LOOKS))


SEARCHED = {
    "the stated width or twice as much": ((2048, 4096), lambda setup: True),
    "actual output differences, at any width": (None, lambda setup: setup["metric"] == "chord"),
    "δ < 0, at any width": (None, lambda setup: setup["shift"] < 0),
    "the next lower flip rates, at any width": (None, lambda setup: setup["rates"] == "one lower"),
}


@claim(
    "6.table2.search",
    at="Table 2",
    kind="extension",
    says="None of these set-ups gives all four measured values: in at least one cell each lies more than six standard "
    "deviations off",
    rests_on=["6.theorem3"],
    weight=1,
    note="Tried: n = m from 256 to 4096; d_out = n/8 … n, or no W₂; norms matched in expectation or in each draw; "
    "ratio of sums or mean of ratios; first-order or actual differences; δ > 0 as in (A4) or δ < 0; p as printed or "
    "the next lower of 0.005, 0.01, 0.02, 0.05, 0.10. What is left are first-order ratios at n ≤ 1024.",
)
@pytest.mark.parametrize("group", SEARCHED)
def test_search(check, shared, group):
    from claims.s06_asymmetry.table_2_setups import WIDTHS, nearest

    widths, chosen = SEARCHED[group]
    found = []

    def distance(_size, _level):
        best, count, least, most = nearest(shared, check.root, widths or WIDTHS, chosen)
        found[:] = [f"{count} set-ups; the nearest has {', '.join(f'{key}: {value}' for key, value in best.items())}"]
        return Interval(Fraction(least), Fraction(most))

    accepted = more_than("6", "more than six standard deviations of the mean of 20 seeds, in the worst cell")
    check(accepted, confidence(distance, [1], lambda: found[0], None))


# What the positive bias is made of: ε(p), the finite width, and the scatter of the printed means


def at_width(p, width):
    """c(p) at n = m, x̂ uniform on the sphere, as an exact enclosure of what the quadrature gives."""
    from theorems.simulation.smooth_seed_law import expected

    mean = expected(block(p, width=width), "transverse")
    return Interval(Fraction(mean.value - mean.error), Fraction(mean.value + mean.error))


def over_limit(p, width):
    """c(p) at that width over Theorem 3's limit, less 1."""
    found = at_width(p, width)
    limit = transverse_ratio(root(p), BALL)
    return BALL.number(found.lo).union(BALL.number(found.hi)) / limit - 1


QUADRATURE = "exact laws of a row at finite n, one-dimensional quadratures"
WIDTHS = [str(2**k) for k in range(8, 13)]


@claim(
    "6.table2.epsilon",
    at="Table 2",
    also_at=["Section 6.5"],
    kind="wording",
    says="The positive bias, increasing with p, is consistent with ε(p) > 0: ε(p) is positive and increases over the "
    "tested flip rates",
    rests_on=["6.theorem3"],
    note="ε(p) alone, against Remark 1's formula, is 2.3%, 3.1%, 4.8% and 6.9%.",
)
@pytest.mark.parametrize(
    ("lower", "upper"), list(pairwise(["0", *FLIP_RATES])), ids=[f"{a}-{b}" for a, b in pairwise(["0", *FLIP_RATES])]
)
def test_epsilon_grows(check, lower, upper):
    def epsilon(p):
        return transverse_ratio(root(p), BALL) / structural_ratio(root(p), BALL) - 1 if p != "0" else BALL.number(0)

    check(more_than("0", "greater than at the rate before"), ball(lambda: epsilon(upper) - epsilon(lower), "exact ε"))


@claim(
    "6.table2.finite_width",
    at="Table 2",
    also_at=["Remark 2", "Section 6.5"],
    kind="extension",
    says="Finite width changes c(p) of the experiment, x̂ uniform on the sphere, by −0.24%, −0.17%, −0.11% and −0.08%",
    rests_on=["6.theorem3"],
    note="So the deviations of Table 2 are disentangled: against the theory column ε(p) makes +2.2%, +3.0%, +4.2% and "
    "+5.2%, finite width these, and what is left, −0.9%, −1.0%, −0.5% and +0.4%, is neither: a mean of 20 seeds "
    "scatters by 0.18% to 0.06%.",
)
@pytest.mark.parametrize(
    ("p", "stated"), list(zip(FLIP_RATES, ["-0.24%", "-0.17%", "-0.11%", "-0.08%"], strict=True)), ids=FLIP_RATES
)
def test_finite_width(check, p, stated):
    check(printed(stated), instances(lambda at: over_limit(at, 2048), at=[p], method=QUADRATURE))


@claim(
    "6.table2.residual_measured",
    at="Table 2",
    says="Finite-n residuals at n = 2048 are of comparable magnitude to the deviations, 1 to 6%",
    rests_on=["6.table2.finite_width"],
    note="They are 0.08 to 0.24%, and of the other sign: they make the measured values smaller.",
    instead="6.table2.finite_width",
)
@CELLS
def test_residual_comparable(check, row):
    deviation = printed(row["deviation"]).interval

    def share(p):
        return abs(over_limit(p, 2048)) / BALL.number(deviation.lo).union(BALL.number(deviation.hi))

    accepted = between("0.5", "2", "comparable with the deviation", "within a factor 2, as for about 2%")
    check(accepted, instances(share, at=[row["p"]], method=QUADRATURE))


@claim(
    "6.table2.finite_width_order",
    at="Table 2",
    also_at=["Remark 2", "Section 6.5"],
    says="Finite-n residuals of c(p) are of order 1/√n",
    primary="as a bound",
    rests_on=["6.remark2.delocalization_rate"],
    note="A bound they are, of order 1/n: doubling n = m halves them.",
    instead="6.table2.finite_width_halves",
)
@pytest.mark.parametrize("p", FLIP_RATES)
@readings("exponent", {"as a bound": (None, "-0.5"), "as their order": ("-0.6", "-0.4")})
def test_order_of_finite_width(check, exponent, p):
    def order(p):
        return (over_limit(p, 4096) / over_limit(p, 1024)).log() / BALL.number(4).log()

    lower, upper = exponent
    accepted = between(lower, upper, "n^{−1/2}", "to one digit") if lower else at_most(upper, "at most −1/2")
    check(accepted, instances(order, at=[p], method=f"exponent of n from 1024 to 4096; {QUADRATURE}"))


@claim(
    "6.table2.finite_width_halves",
    at="Table 2",
    also_at=["Remark 2"],
    kind="extension",
    says="Each doubling of n = m from 256 to 4096 halves the finite-n residual of c(p): it is of order 1/n",
    rests_on=["6.theorem3"],
)
@pytest.mark.parametrize("p", FLIP_RATES)
def test_finite_width_halves(check, p):
    def quotient(width):
        return over_limit(p, int(width)) / over_limit(p, 2 * int(width))

    accepted = between("1.9", "2.1", "half as large", "next order allowed for")
    check(accepted, instances(quotient, at=WIDTHS[:-1], method=QUADRATURE))


@claim(
    "6.table2.sampler",
    at="Table 2",
    kind="extension",
    says="Drawn row by row at n = m = 2048, c(p) has the mean that the quadrature gives, within 0.1%",
    weight=1,
    rests_on=["6.table2.finite_width"],
    note="The moments of single rows, which tests hold against draws elsewhere, serve as control variates.",
)
@pytest.mark.parametrize(("p", "stated"), [("0.01", "2.6619"), ("0.10", "2.2902")])
def test_sampler(check, stream, p, stated):
    import numpy as np

    from theorems.simulation.exact_law import draw_grams
    from theorems.simulation.grams import transverse_energies
    from theorems.simulation.ratio_means import row_averages
    from theorems.simulation.setups import Block
    from theorems.statistics.control_variates import controlled
    from theorems.statistics.student import ratio_interval

    def mean(size, level):
        draws = draw_grams(Block(2048, 2048, float(p)), size, stream)
        controls, means = draws[:, :5], row_averages(2048, float(p)).mean[:5]
        energies = [controlled(each, controls, means) for each in transverse_energies(draws)]
        return Interval(*(Fraction(end) for end in ratio_interval(*np.array(energies), float(level))))

    accepted = about(stated, "0.1%", "what 1,500 draws can tell")
    check(accepted, confidence(mean, [1500], "fresh weights, masks and input in each draw", check.seed))


@claim(
    "6.figure1.limit",
    at="Figure 1",
    also_at=["Table 2"],
    kind="extension",
    says="Theorem 3's limit, drawn beside the figure's curve, is within 0.3% of the experiment's exact means at n = "
    "2048",
    rests_on=["6.table2.limit"],
)
def test_figure(check):
    axes = {"figure": "Figure 1", "x": "p", "y": "c(p)"}
    rates = [Fraction(k, 400) for k in range(1, 45)]
    limit = [(p, transverse_ratio(root(p), BALL)) for p in rates]
    check.curve(
        name="the figure's curve, Remark 1", points=[(p, structural_ratio(root(p), BALL)) for p in rates], **axes
    )
    check.curve(name="Theorem 3's limit", points=limit, **axes)
    check.curve(name="π/(π − 2)", points=[(0, BALL.pi / (BALL.pi - 2)), (rates[-1], BALL.pi / (BALL.pi - 2))], **axes)
    measured = [
        (
            row["p"],
            Fraction(row["measured"]) - Fraction(row["spread"]),
            Fraction(row["measured"]) + Fraction(row["spread"]),
        )
        for row in TABLE_2
    ]
    check.curve(name="measured, as printed", kind="points", points=measured, **axes)
    means = {p: at_width(p, 2048) for p in FLIP_RATES}
    scatter = [(p, *_two_errors(means[p], p)) for p in FLIP_RATES]
    check.curve(name="the experiment as described, ± two standard errors", kind="points", points=scatter, **axes)
    check(at_most("0.3%"), instances(lambda p: abs(over_limit(p, 2048)), at=FLIP_RATES, method=QUADRATURE))


def _two_errors(mean, p):
    """Mean ± two standard errors of 20 seeds, by the norm of the flips, which makes nearly all of their scatter."""
    error = float(mean.lo) * math.sqrt(3 / (float(p) * 2048**2)) * 2 / math.sqrt(20)
    return float(mean.lo) - error, float(mean.hi) + error
