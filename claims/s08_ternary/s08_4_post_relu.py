"""Section 8.4: post-ReLU ternary radial fraction."""

from fractions import Fraction
from functools import partial

import pytest
from verdicts import agrees, ball, between, claim, identity, less_than, more_than, printed, proof, reading, readings

from claims.phrases import approximately
from claims.s08_ternary.perturbed_layers import (
    EXACT_SERIES,
    INTEGRALS,
    covariance,
    error_variance,
    flips_and_shift,
    for_every_input,
    for_every_n,
    lowest_order_source,
    mean_magnitude,
    mean_product,
    mean_square_scale,
)
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.exact_series import EXACT as SERIES
from theorems.arithmetic.exact_series import exact_value
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas import ternary
from theorems.formulas.asymmetry import magnitude_pair
from theorems.formulas.linear_layer import entry_moments
from theorems.integrals.exact_moments import exact_quadrant_moment
from theorems.integrals.gaussian_integrals import orthant_moment
from theorems.integrals.half_normal import ALPHA, joint_moment, sum_moment
from theorems.integrals.ternary_integrals import QuantisedLayer, linear_integrals, quantised_layer, relu_integrals
from theorems.moments import Moments
from theorems.weight_laws import LAPLACE, LOGISTIC, UNIFORM


@claim(
    "8.postrelu.setup",
    at="Section 8.4",
    kind="number",
    says="σ₂ = √(2/(πn)) ≈ 0.798σ₁ is below σ₁, and the correlation ρ has the same value √(2/π)",
    tex=r"\sigma_2\approx 0.798\,\sigma_1,\qquad\rho=\sqrt{2/\pi}",
    rests_on=["G.covariance"],
)
@pytest.mark.parametrize("size", [lambda layer: layer.deviation, lambda layer: layer.angle.cos()], ids=["σ₂/σ₁", "ρ"])
def test_setup(check, size):
    check(printed("0.798"), ball(lambda: size(quantised_layer()), INTEGRALS))


@claim(
    "8.postrelu.flip_rate",
    at="Section 8.4",
    also_at=["Equation (21)", "Section 11.1"],
    kind="number",
    says="The gate-flip rate arccos(√(2/π))/π is about 20.6%",
    tex=r"P_{\mathrm{flip}}=\frac{1}{\pi}\arccos\sqrt{\frac{2}{\pi}}\approx 20.6\%",
)
def test_flip_rate(check):
    def opposite_signs():
        # Pr(z > 0 > z_Q) twice, by integrating over z
        return 2 * orthant_moment(0, 0, -mean_magnitude(), 0, 0)

    check(printed("20.6%"), ball(opposite_signs, method=f"2 Pr(z > 0 > z_Q); {INTEGRALS}"))


@claim(
    "8.postrelu.angle",
    at="Section 8.4",
    also_at=["Appendix G.2"],
    kind="number",
    says="φ = arccos(√(2/π)) is about 0.647 rad",
    tex=r"\phi=\arccos\sqrt{2/\pi}\approx 0.647",
)
def test_angle(check):
    check(
        printed("0.647"),
        ball(lambda: 2 * BALL.pi * orthant_moment(0, 0, -mean_magnitude(), 0, 0), method=f"π Pr(flip); {INTEGRALS}"),
    )


@claim(
    "8.postrelu.S",
    at="Section 8.4",
    also_at=["Equation (36)", "Appendix G.2"],
    kind="number",
    says="S = nE[ReLU(z)ReLU(z_Q)] is about 0.3293",
    tex=r"S=\frac{\cos\phi(\sin\phi+(\pi-\phi)\cos\phi)}{2\pi}\approx 0.3293",
    rests_on=["G.cross_term"],
)
def test_s(check):
    check(printed("0.3293"), ball(lambda: relu_integrals(quantised_layer()).cross, method=INTEGRALS))


@claim(
    "8.postrelu.energy",
    at="Section 8.4",
    also_at=["Equation (37)", "Appendix G.2"],
    kind="number",
    says="E[δa²] is about 0.1597/n",
    tex=r"\frac{1}{n}\left(\frac12+\frac1\pi-2S\right)\approx\frac{0.1597}{n}",
    rests_on=["G.energy_formula"],
)
def test_energy(check):
    check(printed("0.1597"), ball(lambda: relu_integrals(quantised_layer()).energy, method=INTEGRALS))


@claim(
    "8.postrelu.projection",
    at="Section 8.4",
    kind="step",
    says="⟨δa, â⟩ tends to (S − ½)√2 ≈ −0.241",
    tex=r"\langle\delta a,\hat{a}\rangle\to\left(S-\frac12\right)\sqrt2\approx-0.241",
    note="The sum over m neurons makes it (S − ½)√(2m/n), as Appendix G.3 prints it; this section does not say m = n, "
    "where alone the number is right.",
    instead="G.projection",
    primary="m = n",
    rests_on=["8.postrelu.S"],
)
@pytest.mark.parametrize(
    "ratio",
    [
        pytest.param("4", id="m = 4n", marks=reading("any m/n")),
        pytest.param("0.25", id="m = n/4", marks=reading("any m/n")),
        pytest.param("1", id="m = n", marks=reading("m = n")),
    ],
)
def test_projection(check, ratio):
    def projection():
        moments = relu_integrals(quantised_layer())
        # per neuron: Σ a δa = m E[aδa]/n and ‖a‖² = m E[a²]/n, in units of Var z = 1/n
        neurons = BALL.number(ratio)
        return neurons * moments.projection / (neurons * moments.original).sqrt()

    check(printed("-0.241"), ball(projection, f"Σ aδa/‖a‖ at m = {ratio}n; {INTEGRALS}"))


CONTRACTION = {
    "projection": lambda moments: moments.projection,
    "‖a_Q‖/‖a‖ − 1": lambda moments: (moments.perturbed / moments.original).sqrt() - 1,
}


@claim(
    "8.postrelu.contraction",
    at="Section 8.4",
    also_at=["Appendix G.3"],
    kind="step",
    says="The projection is negative, and quantisation contracts the activation vector",
    tex=r"\langle\delta a,\hat{a}\rangle<0,\quad\|a_Q\|<\|a\|",
)
@pytest.mark.parametrize("size", CONTRACTION.values(), ids=CONTRACTION)
def test_contraction(check, size):
    check(less_than("0"), ball(lambda: size(relu_integrals(quantised_layer())), INTEGRALS))


@claim(
    "8.postrelu",
    at="Equation (21)",
    also_at=["Abstract", "Section 1.2", "Section 8.4", "Equation (38)", "Appendix G.4", "Section 11.1"],
    kind="number",
    says="The radial fraction of sign quantisation after ReLU is about 0.365",
    tex=r"\mathcal{R}_{\mathrm{post}}=\frac{2(S-\frac12)^2}{\frac12+\frac1\pi-2S}\approx 0.365",
    rests_on=["8.postrelu.S", "8.postrelu.energy", "G.assembly_formula", "G.joint_limit"],
)
def test_postrelu(check):
    check(printed("0.365"), ball(lambda: relu_integrals(quantised_layer()).radial_fraction(), method=INTEGRALS))


def population_scale():
    """cos²∠(z, Δz) for Δw = sign(w)(E|w| − |w|), by the normal law's moments of one weight: any n and x̂."""
    import sympy

    fraction = entry_moments("sign quantisation").radial_fraction()
    return identity(fraction, 1 - 2 / sympy.pi, population_scale.__doc__, "𝓡 = 1 − 2/π")


def row_scale():
    return for_every_n(lambda n: covariance(n) ** 2, lambda n: (1 - ALPHA**2) * error_variance(n) / n, "𝓡 = 1 − 2/π")


@claim(
    "8.preradial.exact",
    at="Section 8.4",
    also_at=["Table 5", "Table 12", "Section 11.1", "Appendix G.4"],
    kind="wording",
    says="The pre-ReLU radial fraction 1 − 2/π is exact, while the post-ReLU value is a limit n → ∞",
    tex=r"\mathcal{R}_{\mathrm{pre}}=1-\frac{2}{\pi}",
    note="Exact at every n with the population scale E|w|, the choice that Appendix G.4 gives as the reason. For the "
    "quantiser of Equation (2), whose s is the mean of its own row, the error is orthogonal to the output too, but the "
    "value is (1 − 2/π)(1 − 1/n): a limit, as Section 8.3 derives it.",
    rests_on=["8.preradial.orthogonality"],
    instead="8.mechanism.finite_correlation",
    primary="s = E|w|",
)
@readings("scale", {"s = E|w|": population_scale, "s = ‖w‖₁/n": row_scale})
def test_preradial_exact(check, scale):
    check(scale())


def error_of_the_population_scale():
    """E[Δw(w + Δw)] for Δw = sign(w)(E|w| − |w|), by the normal law's moments of one weight: any n and x̂."""
    moments = entry_moments("sign quantisation")
    return identity(moments.projection + moments.energy, 0, error_of_the_population_scale.__doc__)


ORTHOGONAL = {
    "row mean": lambda: for_every_n(mean_product, mean_square_scale),
    "row mean, every input": lambda: for_every_input(
        lambda z, quantised: (quantised - z) * quantised, "E[δz z_Q] = E[s² − |w|s]"
    ),
    "population mean E|w|": error_of_the_population_scale,
    "tensor mean of two rows": lambda: for_every_n(  # it averages N = 2n magnitudes
        lambda n: joint_moment(2 * n, 1, 1) / (2 * n), lambda n: sum_moment(2 * n, 2) / (2 * n) ** 2
    ),
}


@claim(
    "8.preradial.orthogonality",
    at="Section 8.4",
    also_at=["Appendix G.4"],
    kind="step",
    says="E[δz z_Q] = 0: the quantisation error is orthogonal to the quantised output, at every n",
    tex=r"\mathbb{E}[\delta z\cdot z^Q]=0",
)
@pytest.mark.parametrize("scale", ORTHOGONAL.values(), ids=ORTHOGONAL)
def test_orthogonality(check, scale):
    check(scale())


@claim(
    "8.postrelu.difference",
    at="Section 8.4",
    also_at=["Appendix G.4"],
    kind="number",
    says="The post- and pre-ReLU radial fractions differ by about 0.4% relative",
    tex=r"\frac{\mathcal{R}_{\mathrm{post}}}{\mathcal{R}_{\mathrm{pre}}}-1\approx0.4\%",
    rests_on=["8.postrelu", "8.preradial.ternary"],
)
def test_difference(check):
    check(printed("0.4%"), ball(relative_difference, method=f"𝓡_post/𝓡_pre − 1; {INTEGRALS}"))


def relative_difference():
    layer = quantised_layer()
    return relu_integrals(layer).radial_fraction() / linear_integrals(layer).radial_fraction() - 1


@claim(
    "8.postrelu.transparent",
    at="Section 8.4",
    also_at=["Section 11.1"],
    kind="wording",
    says="Despite the 20.6% gate flips ReLU is approximately transparent to the radial/transverse decomposition",
    note="Only the fraction survives. The relative error, the squared sine of the angle and the transverse energy "
    "relative to ‖a‖² all shrink by about 12%.",
    primary="radial fraction",
    rests_on=["8.postrelu.difference"],
)
@readings(
    "quantity",
    {
        "radial fraction": Moments.radial_fraction,
        "relative error": Moments.relative_energy,
        "sin² of the angle": lambda moments: 1 - moments.cosine(BALL) ** 2,
        "transverse energy": Moments.transverse_energy,
    },
)
def test_transparent(check, quantity):
    def change():
        layer = quantised_layer()
        return quantity(relu_integrals(layer)) / quantity(linear_integrals(layer))

    check(approximately(stated="approximately unchanged"), ball(change, f"after ReLU over before; {INTEGRALS}"))


def of_law(law):
    """κ² = (E|w|)²/E w²."""
    return lambda: law.absolute_moment(1, BALL) ** 2 / law.absolute_moment(2, BALL)


ALIGNMENTS = {"uniform": of_law(UNIFORM), "logistic": of_law(LOGISTIC), "Laplace": of_law(LAPLACE)} | {
    f"κ² = {squared}": partial(BALL.number, squared) for squared in ("0.01", "0.30", "0.99")
}


@claim(
    "8.postrelu.structural",
    at="Section 8.4",
    kind="extension",
    says="The near-equality is no coincidence of 2/π: for other weight laws, with κ² = (E|w|)²/E w², the post-ReLU "
    "fraction exceeds the pre-ReLU fraction 1 − κ² by at most 0.64% of it",
    tex=r"0\leq\frac{\mathcal{R}_{\mathrm{post}}}{1-\kappa^2}-1\leq0.64\%",
    rests_on=["8.postrelu"],
)
@pytest.mark.parametrize("alignment", ALIGNMENTS.values(), ids=ALIGNMENTS)
def test_structural(check, alignment):
    def excess():
        squared = alignment()
        layer = QuantisedLayer(squared.sqrt().acos(), squared.sqrt())
        return relu_integrals(layer).radial_fraction() / (1 - squared) - 1

    check(between("0%", "0.64%"), ball(excess, INTEGRALS))


@claim(
    "8.postrelu.every_law",
    at="Section 8.4",
    kind="extension",
    says="For every symmetric weight law without an atom at zero the post-ReLU fraction exceeds the pre-ReLU fraction "
    "by 0 to 0.64% of it: the excess is β²/(1 − 2β), where β, the gate-flip correction to E aδa, is a few per cent",
    tex=r"\frac{\mathcal{R}_{\mathrm{post}}}{\mathcal{R}_{\mathrm{pre}}}-1=\frac{\beta^2}{1-2\beta},\quad"
    r"\beta=\frac{\cos\phi(\sin\phi-\phi\cos\phi)}{\pi\sin^2\phi}",
    rests_on=["8.postrelu.structural", "8.postrelu.excess_formula"],
)
def test_every_law(check):
    def highest_excess():
        # On [a, b] cos φ and 1/sin² φ are largest at a, and sin φ − φ cos φ, which increases, at b. Below 0.01 that
        # last is at most φ³/3, so that β < 0.002.
        highest = BALL.number("0.002")
        for k in range(5, 786):
            a, b = BALL.number(Fraction(k, 500)), BALL.number(Fraction(k + 1, 500))
            highest = highest.max(a.cos() * (b.sin() - b * b.cos()) / (BALL.pi * a.sin() ** 2))
        return 0, highest**2 / (1 - 2 * highest)

    check(between("0%", "0.64%"), ball(highest_excess, method="bounds of β on 781 intervals of φ from 0.01 to π/2"))


def symbolic_excess():
    """𝓡_post/𝓡_pre − 1 for ρ = cos φ and σ₂ = ρσ₁, by a polar integral over {z > 0, z_Q > 0}; and the formula.

    Both are rational functions of φ, π and u = tan(φ/2), whatever these are.
    """
    import sympy

    u, angle, pi = indeterminates("u,theta,pi")
    cosine, sine = (1 - u**2) / (1 + u**2), 2 * u / (1 + u**2)
    theta = sympy.Symbol("theta")  # the angle of exact_quadrant_moment
    rational = {sympy.cos(theta): cosine.as_expr(), sympy.sin(theta): sine.as_expr(), sympy.pi: sympy.Symbol("pi")}
    cross = cosine * u.field.from_expr(exact_quadrant_moment(1, 1).subs(rational))
    half = Fraction(1, 2)
    fraction = (cross - half) ** 2 / (half * (half + cosine**2 / 2 - 2 * cross))
    correction = cosine * (sine - angle * cosine) / (pi * sine**2)
    return fraction / sine**2 - 1, correction**2 / (1 - 2 * correction)


def excess_by_integrals(alignment):
    root = BALL.number(alignment)
    layer = QuantisedLayer(root.acos(), root)
    return relu_integrals(layer).radial_fraction() / linear_integrals(layer).radial_fraction() - 1


def excess_by_formula(alignment):
    return ternary.relu_radial_excess(BALL.number(alignment).acos(), BALL)


EXCESS = {
    "every φ": lambda: identity(*symbolic_excess(), "symbolic polar integral; 𝓡_pre = sin²φ"),
    "integrals": lambda: agrees(excess_by_formula, excess_by_integrals, ["0.2", "0.7979", "0.95"], 25, INTEGRALS),
}


@claim(
    "8.postrelu.excess_formula",
    at="Section 8.4",
    kind="extension",
    says="𝓡_post/𝓡_pre − 1 = β²/(1 − 2β) with β the gate-flip correction, for every κ = cos φ",
    tex=r"\frac{\mathcal{R}_{\mathrm{post}}}{\mathcal{R}_{\mathrm{pre}}}-1=\frac{\beta^2}{1-2\beta}",
    rests_on=["8.postrelu"],
)
@pytest.mark.parametrize("evidence", EXCESS.values(), ids=EXCESS)
def test_excess_formula(check, evidence):
    check(evidence())


def gate_flips():
    return more_than("0", "gate flips vanish with p: exponent of p"), lowest_order_source(magnitude_pair)


def disagreement():
    after = flips_and_shift()[1].radial_fraction()
    accepted = more_than("0.4%", "absent: they differ by more than the 0.4% of Section 8.4")
    difference = exact_value((after * SERIES.pi / 2 - 1)[0])
    return accepted, proof(difference, f"limit p → 0 of 𝓡_post/𝓡_pre − 1, 𝓡_pre = 2/π; {EXACT_SERIES}")


@claim(
    "8.postrelu.absent",
    at="Section 8.4",
    kind="wording",
    says="This transparency despite gate flips is absent from the small-δ analysis of Theorem 3, where no gates flip "
    "in the limit",
    note="The agreement of the two fractions itself is not absent there: by Section 8.3 they agree to leading order.",
    primary="gate flips of order one",
    rests_on=["8.mechanism.small_gate_flips", "8.mechanism.leading_order_agreement"],
)
@readings("absent", {"gate flips of order one": gate_flips, "agreement of the fractions": disagreement})
def test_absent(check, absent):
    check(*absent())
