"""Section 6.5: numerical verification, what Table 2 and Figure 1 measured, repeated."""

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from verdicts import (
    Interval,
    about,
    at_most,
    ball,
    between,
    claim,
    confidence,
    instances,
    more_than,
    printed,
    readings,
    replicated,
)

from claims.experiments import SEEDS, SPREADS, Seeds, interval, law_of_mean, law_of_spread
from claims.s06_asymmetry.transverse_ratios import FLIP_RATES, IN_WIDTH, TABLE_2, root
from theorems.arithmetic.contexts import BALL
from theorems.formulas.asymmetry import structural_ratio, transverse_ratio

# c(p) is a ratio of expectations (Remark 2), and (A4) fixes δ² = 4p/n.

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
    "nor norms matched in each draw explain; with the latter a mean of 20 seeds scatters by 0.0006 only. No set-up "
    "that was tried gives them (`6.table2.search`, `6.table2.search.inputs`), but for some of half the width or less "
    "(`6.table2.half_width`) and, at the stated width, inputs of one sign, as after a ReLU (`6.table2.after_relu`).",
)
@readings("estimator", ESTIMATORS)
@CELLS
def test_measured(check, effort, stream, row, estimator):
    estimate, matching = estimator
    seeds = Seeds(block(row["p"], matching=matching), "transverse", estimate, stream)
    check(replicated(row["measured"]), law_of_mean(row["measured"], seeds, "c(p) of a seed", check, effort))


BARS = {f"{words}, norms matched in expectation": (factor, "expected") for words, factor in SPREADS.items()}
BARS |= {
    f"{words}, norms matched in each draw": (SPREADS[words], "drawn")
    for words in ("two standard errors of the mean", "two standard deviations over seeds")
}


@claim(
    "6.figure1.error_bars",
    at="Figure 1",
    also_at=["Table 2"],
    kind="measurement",
    says="The ± of Table 2, 0.012, 0.010, 0.010 and 0.008, are the 2σ error bars of a mean over 20 seeds",
    primary="two standard deviations over seeds, norms matched in expectation",
    weight=1,
    note="With norms matched in expectation a seed scatters mostly by the norm of its flips, of relative deviation "
    "√(3/(pmn)), so that the bars must fall as 1/√p: twice the standard error from 0.010 to 0.003, the standard "
    "deviation over seeds from 0.021 to 0.006. With norms matched in each draw two standard errors are 0.001, two "
    "standard deviations 0.005 to 0.006. Printed are bars that fall by a third only: standard deviations are not "
    "excluded, standard errors are.",
)
@readings("spread", BARS)
@CELLS
def test_error_bars(check, effort, stream, row, spread):
    factor, matching = spread
    seeds = Seeds(block(row["p"], matching=matching), "transverse", "ratio of sums", stream)
    check(replicated(row["spread"]), law_of_spread(row["spread"], seeds, "c(p)", check, effort, factor=factor))


def printed_mean(row, *setup):
    return replicated(row["measured"]), law_of_mean(row["measured"], *setup)


def printed_spread(row, *setup):
    factor = SPREADS["two standard errors of the mean"]
    return replicated(row["spread"]), law_of_spread(row["spread"], *setup, factor=factor)


@claim(
    "6.table2.half_width",
    at="Table 2",
    also_at=["Figure 1"],
    kind="extension",
    says="With n = m = d_out = 1024 in place of 2048, c(p) as a ratio of sums and norms matched in expectation, none "
    "of Table 2's four means and four ± is excluded at six standard deviations, cell by cell, the ± taken as two "
    "standard errors",
    rests_on=["6.theorem3"],
    weight=1,
    note="Of spherical inputs the nearest to the description that is left, and no good fit: the means lie 1.6, 3.3 and "
    "2.1 standard errors below and 4.0 above, which together is unlikely. At n = 512 they are not excluded either. "
    "That the printed numbers stem from half the stated width is at best a guess, as other inputs are, "
    "which were found by their fit (`6.table2.after_relu`).",
)
@pytest.mark.parametrize("step", [printed_mean, printed_spread], ids=["measured", "spread"])
@CELLS
def test_half_width(check, effort, stream, row, step):
    seeds = Seeds(block(row["p"], width=1024), "transverse", "ratio of sums", stream)
    check(*step(row, seeds, "c(p) of a seed at n = 1024", check, effort))


SEARCHED = {
    "the stated width or twice as much": ((2048, 4096), lambda setup: setup["n"] >= 2048),
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
    "the next lower of 0.005, 0.01, 0.02, 0.05, 0.10. What is left are first-order ratios at n ≤ 1024. Other inputs "
    "and squared sines are tried in 6.table2.search.inputs.",
)
@pytest.mark.parametrize(("widths", "chosen"), SEARCHED.values(), ids=SEARCHED)
def test_search(check, shared, effort, widths, chosen):
    from claims.s06_asymmetry.table_2_setups import WIDTHS, nearest

    found = []

    def distance(_size, _level):
        best, count, least, most = nearest(shared, check.root, effort, widths or WIDTHS, chosen)
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
    says="That the positive bias increases with p is consistent with ε(p), which increases over the tested flip rates",
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
    tex=r"\frac{c_{2048}(p)}{c(p)}-1",
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
    "6.table2.finite_width_order",
    at="Table 2",
    also_at=["Remark 2", "Section 6.5"],
    says="Finite-n residuals of c(p) are of order 1/√n",
    tex=r"\frac{c_n(p)}{c(p)}-1=O(1/\sqrt{n})",
    primary="as a bound",
    rests_on=["6.remark2.delocalization_rate"],
    note="A bound they are, of order 1/n: doubling n = m halves them. That is read off two sizes. For every input, and "
    "m → ∞, 6.width.next_order proves a bound; the mean of quotients at finite m has none here.",
    instead="6.table2.finite_width_halves",
)
@pytest.mark.parametrize("p", FLIP_RATES)
@readings("exponent", {"as a bound": (None, "-0.5"), "as their order": ("-0.6", "-0.4")})
def test_order_of_finite_width(check, exponent, p):
    def order(p):
        return (over_limit(p, 4096) / over_limit(p, 1024)).log() / BALL.number(4).log()

    lower, upper = exponent
    accepted = between(lower, upper, "n^(−1/2)", "to one digit") if lower else at_most(upper, "at most −1/2")
    check(accepted, instances(order, at=[p], method=f"exponent of n from 1024 to 4096; {QUADRATURE}"))


@claim(
    "6.table2.finite_width_halves",
    at="Table 2",
    also_at=["Remark 2"],
    kind="extension",
    says="Each doubling of n = m from 256 to 4096 halves the finite-n residual of c(p): it is of order 1/n",
    tex=r"\frac{c_{2n}(p)/c(p)-1}{c_n(p)/c(p)-1}\approx\frac12",
    rests_on=["6.theorem3"],
)
@pytest.mark.parametrize("p", FLIP_RATES)
def test_finite_width_halves(check, p):
    def quotient(width):
        return over_limit(p, int(width)) / over_limit(p, 2 * int(width))

    losses = [(2**k, -over_limit(p, 2**k)) for k in range(6, 14)]
    check.curve(name=f"the experiment's mean, p = {p}", points=losses, kind="points", **IN_WIDTH)
    accepted = between("1.9", "2.1", "half as large", "next order allowed for")
    check(accepted, instances(quotient, at=WIDTHS[:-1], method=QUADRATURE))


@claim(
    "6.table2.sampler",
    at="Table 2",
    kind="extension",
    says="Drawn row by row at n = m = 2048, c(p) has the mean that the quadrature gives, within 0.1%",
    weight=1,
    rests_on=["6.table2.finite_width"],
    note="Nothing is taken from the quadrature: control variates are what the input adds to a draw's products given "
    "the rows, by their arc-cosine kernels, and energies and absolute sums of weights, whose means are elementary.",
)
@pytest.mark.parametrize(("p", "stated"), [("0.01", "2.6619"), ("0.10", "2.2902")])
def test_sampler(check, effort, stream, p, stated):
    import numpy as np

    from theorems.simulation.controlled_grams import controlled_grams
    from theorems.simulation.grams import transverse_energies
    from theorems.simulation.setups import Block
    from theorems.statistics.control_variates import controlled
    from theorems.statistics.student import ratio_interval

    def mean(size, level):
        grams, controls = controlled_grams(Block(2048, 2048, float(p)), size, stream)
        energies = [controlled(each, controls, 0 * controls[0]) for each in transverse_energies(grams)]
        return interval(ratio_interval(*np.array(energies), float(level)))

    accepted = about(stated, "0.1%", "what 1,500 draws can tell")
    check(accepted, confidence(mean, effort.looks([1500]), "fresh weights, masks and input in each draw", check.seed))


@claim(
    "6.figure1.limit",
    at="Figure 1",
    also_at=["Table 2"],
    kind="extension",
    says="Theorem 3's limit, drawn beside the figure's curve, is within 0.3% of the experiment's exact means at n = "
    "2048",
    tex=r"\left|\frac{c_{2048}(p)}{c(p)}-1\right|\leq0.3\%",
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
    bars = [(row["p"], Fraction(row["measured"]), Fraction(row["spread"])) for row in TABLE_2]
    measured = [(p, middle - bar, middle + bar) for p, middle, bar in bars]
    check.curve(name="measured, as printed", kind="points", points=measured, **axes)
    means = {p: at_width(p, 2048) for p in FLIP_RATES}
    scatter = [(p, *_two_errors(means[p], p)) for p in FLIP_RATES]
    check.curve(name="the experiment as described, ± two standard errors", kind="points", points=scatter, **axes)
    check(at_most("0.3%"), instances(lambda p: abs(over_limit(p, 2048)), at=FLIP_RATES, method=QUADRATURE))


def _two_errors(mean, p):
    """Mean ± two standard errors of 20 seeds, by the norm of the flips, which makes nearly all of their scatter."""
    error = float(mean.lo) * math.sqrt(3 / (float(p) * 2048**2)) * 2 / math.sqrt(SEEDS)
    return float(mean.lo) - error, float(mean.hi) + error
