"""Section 9.3: Theorem 3 verification, the architectures V0 and V1."""

from pathlib import Path

import pytest
from verdicts import about, arithmetic, at_least, ball, claim, more_than, over_rounding, printed, read_table

from theorems.arithmetic.contexts import BALL, SERIES
from theorems.arithmetic.expansions import divide_by_power, expand, range_over
from theorems.formulas.relu_kernels import relu_energy
from theorems.integrals.perturbed_neuron import integrated_moments, sign_flip_covariance, sign_preserving_covariance
from theorems.moments import Moments

TABLE_7 = read_table(Path(__file__).parents[1] / "tables" / "table_07.csv")
ROWS_7 = [f"{row['architecture']} {row['p']}" for row in TABLE_7]
INTEGRALS = "polar integrals over the quadrants of (X, X′), covariances from the weight law"


@claim(
    "9.table7.deviation",
    at="Table 7",
    also_at=["Section 9.3"],
    kind="number",
    says="The measured V0 exceeds the theory at p = 0.01 by 37.8%",
    note="The digits as they stand, 3.595 and 2.610, give +37.7%; within their rounding they allow +37.8%.",
)
@pytest.mark.parametrize("row", TABLE_7[:1], ids=ROWS_7[:1])
def test_deviation_column(check, row):
    deviation = over_rounding(lambda measured, theory: measured / theory - 1, row["measured"], row["theory"])
    check(printed(row["deviation"]), arithmetic(deviation, "measured / theory − 1 of the printed digits"))


def hidden_moments():
    """E a², E aΔa, E Δa² of both perturbations at p = 0.01, which are all that V0 depends on."""
    return [integrated_moments(law("0.01")) for law in (sign_flip_covariance, sign_preserving_covariance)]


def transverse_after_projection(moments, d):
    """E‖P Δy‖² given the hidden layer, for y = W₂a, up to a factor that both perturbations share.

    W₂ maps the part of Δa orthogonal to a to a Gaussian vector independent of y, which loses one of its d dimensions.
    """
    return (d - 1) * (moments.energy - moments.projection**2 / moments.original)


def chord_after_projection(moments, gain):
    """The actual difference for y = W₂a as d → ∞, where W₂ multiplies every inner product by the same gain d/m."""
    return Moments(*(gain * part for part in (moments.original, moments.projection, moments.energy))).chord_energy(BALL)


@claim(
    "9.v0.essential",
    at="Section 9.3",
    also_at=["Table 7"],
    kind="wording",
    says="The second projection W₂ is essential for the asymmetry to manifest correctly: V0's deviation is primarily "
    "due to leaving it out",
    primary="first order, as in c(p)",
    rests_on=["A.stepB2.angles"],
    note="W₂ preserves angles (the paper's own Step B2), so V0 and V1 have the same ratio: to first order exactly at "
    "every d_out > 1, for expectations given the hidden layer; in actual differences as d_out → ∞. Whatever separates "
    "3.595 from 2.639, it is not W₂.",
    instead="9.v0.theory",
)
@pytest.mark.parametrize("reading", ["first order, as in c(p)", "actual output difference"])
def test_second_projection_is_essential(check, reading):
    def excess():
        sign, magnitude = hidden_moments()
        if reading == "actual output difference":
            without = sign.chord_energy(BALL) / magnitude.chord_energy(BALL)
            with_projection = chord_after_projection(sign, 3) / chord_after_projection(magnitude, 3)
        else:
            without = sign.transverse_energy() / magnitude.transverse_energy()
            flipped, shifted = (transverse_after_projection(moments, 2048) for moments in (sign, magnitude))
            with_projection = flipped / shifted
        return without / with_projection - 1

    accepted = at_least("0.18", "V0/V1 − 1 is at least half of the measured 3.595/2.639 − 1 = 0.36 (“primarily”)")
    check(accepted, ball(excess, f"V0 and V1 at p = 0.01: {INTEGRALS}"))


@claim(
    "9.v0.theory",
    at="Table 7",
    also_at=["Section 9.3"],
    kind="extension",
    says="V0 and V1 share the limit 2.668 at p = 0.01 to first order, and 3.652 for actual output differences",
    rests_on=["6.theorem3", "A.stepB2.angles"],
)
@pytest.mark.parametrize(("metric", "stated"), [("first order", "2.668"), ("actual", "3.652")])
def test_shared_limit(check, metric, stated):
    def limit():
        sign, magnitude = hidden_moments()
        if metric == "actual":
            return sign.chord_energy(BALL) / magnitude.chord_energy(BALL)
        return sign.transverse_energy() / magnitude.transverse_energy()

    check(printed(stated), ball(limit, INTEGRALS))


RELEASED_V0 = {"0.01": "3.617", "0.02": "3.994", "0.05": "4.734"}
"The authors' released ratios of the first layer of V2, which is V0 (Section 9.4), at width 2048, means of 20 seeds."


@claim(
    "9.v0.metric",
    at="Table 7",
    also_at=["Section 9.3", "Section 9.4"],
    kind="extension",
    says="The authors' released ratios for V0 (first layer of V2) are those of the transverse part of actual output "
    "differences, sin²∠(a, a′), where c(p) is to first order",
    tex=r"\frac{\sin^2\angle(a,a+\Delta a^{\mathrm{sign}})}{\sin^2\angle(a,a+\Delta a^{\mathrm{mag}})}",
    rests_on=["9.v0.theory"],
    note="So Table 7 sets two metrics side by side, as it seems: its 3.595 is that file's value at width 512. To "
    "first order V0 would have 2.668, 2.614 and 2.479. The paper does not say how V0 was measured, hence an inference.",
)
@pytest.mark.parametrize("p", RELEASED_V0)
def test_metric_of_v0(check, p):
    def ratio():
        sign, magnitude = (integrated_moments(law(p)) for law in (sign_flip_covariance, sign_preserving_covariance))
        squared_sines = [m.determinant / (m.original * m.perturbed) for m in (sign, magnitude)]
        return squared_sines[0] / squared_sines[1]

    accepted = about(RELEASED_V0[p], "0.5%", "the released values at widths 1024 and 2048 differ by 0.1 to 0.3%")
    check(accepted, ball(ratio, f"limit of infinite width: {INTEGRALS}"))


@claim(
    "9.v0.input",
    at="Table 7",
    also_at=["Section 9.3"],
    kind="extension",
    says="No input distribution accounts for V0: to first order and as p → 0, no input direction has a ratio above "
    "π/(π − 2) = 2.75, since a flip of an entry α has energy f(1 − 2α²) ≤ 2α²",
    tex=r"c_{\hat{x}}(0)=\frac{\pi}{\pi-2}\sum_j\frac{f(1-2\hat{x}_j^2)}{2}\le\frac{\pi}{\pi-2}",
    rests_on=["6.remark2.fixed_width"],
)
def test_no_input_explains_v0(check):
    def margin(theta):
        """(2α² − f(1 − 2α²))/θ³ with α = sin(θ/2)."""
        return divide_by_power(1 - SERIES.cos(theta) - relu_energy(theta, ctx=SERIES), theta, 3, SERIES)

    def over_amplitudes():
        near_zero = expand(margin, 1, "1")(BALL.number(0).union(BALL.number(1)))
        return near_zero.union(range_over(margin, 1, BALL.pi, 16))

    check(more_than("0", "2α² − f(1 − 2α²) > 0"), ball(over_amplitudes, "Taylor forms over 0 < θ < π, α = sin(θ/2)"))
