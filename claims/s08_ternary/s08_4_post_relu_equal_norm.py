"""Section 8.4: equal-norm comparison, and Table 5."""

import itertools
import math
import re
from fractions import Fraction
from pathlib import Path

import flint
import pytest
from verdicts import at_least, ball, claim, exactly, more_than, printed, proof, read_table

from claims.phrases import approximately
from claims.s08_ternary.perturbed_layers import (
    EXACT,
    INTEGRALS,
    constant_magnitude,
    equal_norm_rate,
    lowest_order_source,
    mean_magnitude,
    mean_product,
    mean_square_scale,
    sign_flips,
    worst_residual,
)
from theorems.arithmetic.contexts import BALL
from theorems.formulas import asymmetry, ternary
from theorems.integrals.gaussian_integrals import orthant_moment
from theorems.integrals.half_normal import ALPHA, leading_term, value
from theorems.integrals.ternary_integrals import linear_integrals, quantised_layer, relu_integrals


@claim(
    "8.equalnorm.norm",
    at="Section 8.4",
    kind="step",
    says="‖ΔW‖² of sign quantisation is n(1 − 2/π)",
    tex=r"\|\Delta W\|^2=n\left(1-\frac{2}{\pi}\right)",
    note="Its mean is m(1 − 2/π)(1 − 1/n): m stands before the bracket, as in Assumption A3's 4pm, which the printed "
    "flip rate p = (1 − 2/π)/4 agrees with. The two are the same for m = n only.",
    primary="m = n",
    instead="8.equalnorm.norm_by_rows",
    rests_on=["8.mechanism.error_variance"],
)
@pytest.mark.parametrize(("reading", "ratio"), [("any m/n", 4), ("m = n", 1)], ids=["m = 4n", "m = n"])
def test_norm(check, reading, ratio):  # noqa: ARG001
    degree, leading = leading_term([squared_norm_per_row(n) * n for n in range(1, 9)])
    residual = ratio * leading - (1 - ALPHA**2)
    check(
        exactly(0, "limit of ‖ΔW‖²/n less (1 − 2/π)"),
        ball(lambda: value(residual) + abs(degree - 1), method=f"leading term of E‖ΔW‖²/n at m = {ratio}n; {EXACT}"),
    )


def squared_norm_per_row(n):
    """E‖Δw‖² = n E(|w| − s)²."""
    return n * (flint.fmpq(1, n) - 2 * mean_product(n) + mean_square_scale(n))


@claim(
    "8.equalnorm.norm_by_rows",
    at="Section 8.4",
    kind="extension",
    says="E‖ΔW‖² = m(1 − 2/π)(1 − 1/n) exactly",
    tex=r"\mathbb{E}\|\Delta W\|^2=m\left(1-\frac{2}{\pi}\right)\left(1-\frac{1}{n}\right)",
)
def test_norm_by_rows(check):
    residual = worst_residual(lambda n: squared_norm_per_row(n) - (1 - ALPHA**2) * flint.fmpq(n - 1, n))
    check(exactly(0), proof(residual, f"per row, n = 1…9; {EXACT}"))


@claim(
    "8.equalnorm.rate",
    at="Section 8.4",
    kind="number",
    says="Sign flips at rate p = (1 − 2/π)/4 ≈ 0.091 have the same norm",
    tex=r"p=\frac{1-2/\pi}{4}\approx 0.091",
    rests_on=["8.equalnorm.norm_by_rows"],
)
def test_rate(check):
    check(printed("0.091"), ball(equal_norm_rate, method=f"E(z_Q − z)²/4; {INTEGRALS}"))


@claim(
    "8.equalnorm.ratio",
    at="Section 8.4",
    kind="number",
    says="At equal norm sign flips produce 1.43× more transverse energy than sign quantisation (after ReLU, the "
    "subject of the section)",
    tex=r"1.43\times",
    note="After ReLU the ratio is 1.4366, which rounds to 1.44; the digits 1.43 are those of the ratio without ReLU, "
    "(1 − p)π/2 = 1.4281. Confirmed by quadrature and by the closed forms.",
    instead="8.equalnorm.linear",
    primary="after ReLU",
    rests_on=["8.equalnorm.rate"],
)
@pytest.mark.parametrize("reading", ["after ReLU", "after ReLU, p = 0.091", "before ReLU", "after ReLU and RMSNorm"])
def test_ratio(check, reading):
    def ratio():
        rate = BALL.number("0.091") if "0.091" in reading else equal_norm_rate()
        flips, quantised = sign_flips(rate), quantised_layer()
        if reading == "before ReLU":
            return linear_integrals(flips).transverse_energy() / linear_integrals(quantised).transverse_energy()
        if reading == "after ReLU and RMSNorm":
            return relu_integrals(flips).chord_energy(BALL) / relu_integrals(quantised).chord_energy(BALL)
        return relu_integrals(flips).transverse_energy() / relu_integrals(quantised).transverse_energy()

    check(printed("1.43"), ball(ratio, method=INTEGRALS))


@claim(
    "8.equalnorm.linear",
    at="Section 8.4",
    kind="extension",
    says="The first-order ratio at equal norm is 1.44 after ReLU and 1.43 without it: ReLU hardly matters",
)
@pytest.mark.parametrize(
    ("layer", "stated"), [("after ReLU", "1.44"), ("after ReLU, closed form", "1.44"), ("without ReLU", "1.43")]
)
def test_linear(check, layer, stated):
    if layer.endswith("closed form"):
        pair = ternary.sign_quantised_pair(BALL)
        return check(
            printed(stated),
            ball(lambda: ternary.equal_norm_transverse_ratio(pair, BALL), method="arc-cosine kernels, no integration"),
        )
    integrals = relu_integrals if layer == "after ReLU" else linear_integrals

    def ratio():
        flips = integrals(sign_flips(equal_norm_rate()))
        return flips.transverse_energy() / integrals(quantised_layer()).transverse_energy()

    return check(printed(stated), ball(ratio, method=INTEGRALS))


@claim(
    "8.equalnorm.actual",
    at="Section 8.4",
    kind="extension",
    says="The actual output error after RMSNorm reverses the comparison: at equal norm sign flips change the output "
    "less than sign quantisation, by a factor 0.91 after ReLU and 0.90 without it",
    note="Sign quantisation shortens the vector, and RMSNorm undoes that, which magnifies the transverse part.",
)
@pytest.mark.parametrize(
    ("layer", "stated"), [("after ReLU", "0.91"), ("after ReLU, closed form", "0.91"), ("without ReLU", "0.90")]
)
def test_actual(check, layer, stated):
    if layer.endswith("closed form"):
        pair = ternary.sign_quantised_pair(BALL)
        return check(
            printed(stated),
            ball(lambda: ternary.equal_norm_chord_ratio(pair, BALL), method="arc-cosine kernels, no integration"),
        )
    integrals = relu_integrals if layer == "after ReLU" else linear_integrals

    def ratio():
        flips = integrals(sign_flips(equal_norm_rate()))
        return flips.chord_energy(BALL) / integrals(quantised_layer()).chord_energy(BALL)

    return check(printed(stated), ball(ratio, method=f"2(1 − cos) of each; {INTEGRALS}"))


@claim(
    "8.equalnorm.c",
    at="Section 8.4",
    kind="number",
    says="Theorem 3 gives c(0.091) ≈ 2.18",
    tex=r"c(0.091)\approx 2.18",
    note="2.18 is the value of the factored formula of Remark 1 without its factor 1 + ε(p). The limit (13) itself is "
    "2.323 at p = 0.091, by quadrature and by its power series.",
    primary="the limit (13)",
    rests_on=["6.theorem3"],
    instead="8.equalnorm.c_of_the_limit",
)
@pytest.mark.parametrize("reading", ["the limit (13)", "Remark 1 without ε(p)"])
def test_c(check, reading):
    def asymmetry_ratio():
        if reading == "the limit (13)":
            flips, magnitude = relu_integrals(sign_flips("0.091")), relu_integrals(constant_magnitude("0.091"))
            return flips.transverse_energy() / magnitude.transverse_energy()
        p = BALL.number("0.091")
        return BALL.pi / (BALL.pi - 2) * (1 - p) * (1 - 4 * p.sqrt() / (3 * BALL.pi))

    check(printed("2.18"), ball(asymmetry_ratio, method=INTEGRALS))


@claim(
    "8.equalnorm.c_of_the_limit",
    at="Section 8.4",
    kind="extension",
    says="The limit of Theorem 3 at the rate of equal norm, p = (1 − 2/π)/4, is c = 2.324",
    tex=r"c\left(\frac{1-2/\pi}{4}\right)\approx 2.324",
    rests_on=["6.theorem3"],
)
def test_c_of_the_limit(check):
    def limit():
        root = (BALL.number(equal_norm_rate())).sqrt()
        return asymmetry.transverse_ratio(root, BALL)

    check(printed("2.324"), ball(limit, method="closed forms of both radial fractions and energies"))


@claim(
    "8.equalnorm.consistent",
    at="Section 8.4",
    kind="wording",
    says="The ratio at equal norm is consistent with c(p): quantisation lies between sign flips (1) and constant δ (c)",
    rests_on=["8.equalnorm.ratio", "8.equalnorm.c"],
)
def test_consistent(check):
    def margin():
        rate = equal_norm_rate()
        flips, quantised, magnitude = map(
            relu_integrals, (sign_flips(rate), quantised_layer(), constant_magnitude(rate))
        )
        ratio = flips.transverse_energy() / quantised.transverse_energy()
        return (ratio - 1).min(flips.transverse_energy() / magnitude.transverse_energy() - ratio)

    check(more_than("0", "1 < ratio < c(p)"), ball(margin, method=f"smaller gap; {INTEGRALS}"))


TABLE_5 = {
    (row["Perturbation"].split(" ")[0], column): row[column]
    for row in read_table(Path(__file__).parents[1] / "tables" / "table_05.csv")
    for column in ("Pre-ReLU R", "Post-ReLU R", "Gate-flip rate")
}


def digits(cell):
    """The printed number in a cell such as "2/π≈0.637"."""
    return re.search(r"\d+\.\d+%?", TABLE_5[cell]).group()


@claim(
    "8.table5.orders",
    at="Table 5",
    says="Sign flips and constant-δ perturbations flip gates at a rate O(√p)",
    tex=r"O(\sqrt{p})",
    kind="step",
)
@pytest.mark.parametrize("perturbation", ["Sign-flip", "Magnitude"])
def test_table5_orders(check, perturbation):
    assert TABLE_5[perturbation, "Gate-flip rate"] == "O(√p)"
    pair = {"Sign-flip": asymmetry.sign_pair, "Magnitude": asymmetry.magnitude_pair}[perturbation]
    check(at_least("0.5", "exponent of p"), lowest_order_source(pair))


@claim(
    "8.table5.sign_flip",
    at="Table 5",
    says="The radial fraction of sign flips is p before ReLU and about p after it, for small p",
    tex=r"\mathcal{R}=p",
    kind="number",
)
@pytest.mark.parametrize("column", ["Pre-ReLU R", "Post-ReLU R"])
def test_table5_sign_flip(check, column):
    if column == "Pre-ReLU R":
        return check(exactly(0, "𝓡 − p"), proof(flip_residual(Fraction(1, 100)), "all sets of flips of two entries"))
    return check(
        approximately(stated="𝓡/p ≈ 1"),
        ball(lambda: relu_integrals(sign_flips("0.01")).radial_fraction() * 100, method=f"p = 0.01; {INTEGRALS}"),
    )


def flip_residual(p, x=(Fraction(3, 5), Fraction(4, 5))):
    """𝓡 − p = E[zΔz]²/(E z² E Δz²) − p for the input x, over all sets of flipped entries."""
    projection = energy = Fraction(0)
    for flips in itertools.product((0, 1), repeat=len(x)):
        chance = math.prod(p if flip else 1 - p for flip in flips)
        # given the flips, E w_j w_k = δ_jk
        projection += chance * sum(-2 * flip * entry**2 for flip, entry in zip(flips, x, strict=True))
        energy += chance * sum(4 * flip * entry**2 for flip, entry in zip(flips, x, strict=True))
    return projection**2 / (sum(entry**2 for entry in x) * energy) - p


@claim(
    "8.table5.magnitude",
    at="Table 5",
    says="The radial fraction of the constant-δ model is 2/π ≈ 0.637 before and after ReLU, for small p",
    tex=r"\frac{2}{\pi}\approx 0.637",
    kind="number",
    rests_on=["A.lemmaA1", "8.preradial.magnitude"],
)
@pytest.mark.parametrize("column", ["Pre-ReLU R", "Post-ReLU R"])
def test_table5_magnitude(check, column):
    integrals = linear_integrals if column == "Pre-ReLU R" else relu_integrals
    check(
        printed(digits(("Magnitude", column))),
        ball(
            lambda: integrals(constant_magnitude("1e-8")).radial_fraction(), method=f"p = 10⁻⁸; {INTEGRALS}", bits=256
        ),
    )


@claim(
    "8.table5.ternary",
    at="Table 5",
    says="Sign quantisation: radial fractions 0.363 before and 0.365 after ReLU, gate-flip rate 20.6%",
    kind="number",
    rests_on=["8.preradial.ternary", "8.postrelu", "8.postrelu.flip_rate"],
)
@pytest.mark.parametrize("column", ["Pre-ReLU R", "Post-ReLU R", "Gate-flip rate"])
def test_table5_ternary(check, column):
    def cell():
        layer = quantised_layer()
        if column == "Gate-flip rate":
            return 2 * orthant_moment(0, 0, -mean_magnitude(), 0, 0)
        return (linear_integrals if column == "Pre-ReLU R" else relu_integrals)(layer).radial_fraction()

    check(printed(digits(("Ternary", column))), ball(cell, method=INTEGRALS))
