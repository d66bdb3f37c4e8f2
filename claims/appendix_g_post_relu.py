"""Appendix G: the radial fraction of sign quantisation after ReLU, and its decomposition by gates."""

from fractions import Fraction

import flint
import pytest
from verdicts import (
    Interval,
    arithmetic,
    at_least,
    at_most,
    ball,
    between,
    claim,
    exactly,
    less_than,
    more_than,
    printed,
    proof,
)

from claims.phrases import cancels
from theorems.arithmetic.contexts import BALL
from theorems.formulas.ternary import radial_split, sign_quantised_pair
from theorems.integrals.gaussian_integrals import gaussian_expectation, orthant_moment, quadrant_moment
from theorems.integrals.half_normal import (
    ALPHA,
    joint_moment,
    largest_coefficient,
    leading_term,
    lowest_difference,
    magnitude_moment,
    row_moments,
    sum_moment,
    value,
)
from theorems.integrals.ternary_integrals import (
    QuantisedLayer,
    gate_integrals,
    quantised_layer,
    relu_integrals,
)
from theorems.moments import Moments

EXACT = "exact half-normal moments as polynomials in √(2/π) over ℚ"
INTEGRALS = "integrals over the normal density, no closed form"
SIZES = range(1, 10)
WIDTH = 2048


# G.1 Pre-activation statistics


@claim(
    "G.original_variance",
    at="Appendix G.1",
    kind="step",
    says="Var z = 1/n, for every unit input",
    tex=r"z_i\sim N(0,\sigma_1^2),\qquad\sigma_1^2=\frac{1}{n}",
)
@pytest.mark.parametrize("x", [(1,), ("3/5", "4/5"), ("2/3", "-2/3", "1/3")], ids=["n = 1", "n = 2", "n = 3"])
def test_original_variance(check, x):
    original, _, _ = row_moments([Fraction(entry) for entry in x])
    check(exactly(0), proof(largest_coefficient(original - flint.fmpq(1, len(x))), f"all sign patterns; {EXACT}"))


@claim(
    "G.scale_limit",
    at="Appendix G.1",
    kind="step",
    says="s = ‖w‖₁/n → √(2/(πn)): √n·s has mean √(2/π) and a variance that vanishes",
    tex=r"s_i\to\sqrt{2/(\pi n)}",
    rests_on=["B.mean_magnitude"],
)
@pytest.mark.parametrize("part", ["mean", "variance"])
def test_scale_limit(check, part):
    if part == "mean":
        residual = max(largest_coefficient(sum_moment(n, 1) - n * ALPHA) for n in SIZES)
        return check(exactly(0), proof(residual, f"E Σ|g| − n√(2/π), n = 1…9; {EXACT}"))
    degree, _ = leading_term([sum_moment(n, 2) - sum_moment(n, 1) ** 2 for n in SIZES])
    return check(less_than("0"), proof(degree - 2, f"exponent of n in Var(√n s); {EXACT}"))


@claim(
    "G.quantised_variance",
    at="Appendix G.1",
    kind="step",
    says="z_Q has variance σ₂² = s_i² = 2/(πn)",
    tex=r"\sigma_2^2=\frac{2}{\pi n}",
    note="To leading order. Over W the variance is E s² = 2/(πn) + (1 − 2/π)/n² at every n, and s_i² itself is random.",
    primary="leading order",
    rests_on=["G.scale_limit"],
)
@pytest.mark.parametrize("reading", ["leading order", "at n = 2048"])
def test_quantised_variance(check, reading):
    check(exactly(0, "n σ₂² − 2/π"), second_moment_excess(reading, lambda n: sum_moment(n, 2) / n**2))


def second_moment_excess(reading, scaled):
    """n times a second moment less 2/π: in the limit, from the leading term in n, or at n = 2048."""
    if reading == "leading order":
        degree, leading = leading_term([scaled(n) * n**2 for n in SIZES])
        return ball(lambda: value(leading - ALPHA**2) + abs(degree - 2), method=f"leading term in n; {EXACT}")
    excess = scaled(WIDTH) - ALPHA**2
    return ball(lambda: value(excess), method=f"n = {WIDTH}; {EXACT}")


@claim(
    "G.deviation_ratio",
    at="Appendix G.1",
    kind="number",
    says="σ₂ = √(2/π)σ₁ ≈ 0.798σ₁, smaller than σ₁",
    tex=r"\sigma_2\approx 0.798\,\sigma_1",
    rests_on=["G.quantised_variance"],
)
def test_deviation_ratio(check):
    check(printed("0.798"), ball(lambda: quantised_layer().deviation, method=INTEGRALS))


@claim(
    "G.covariance",
    at="Appendix G.1",
    also_at=["Equation (35)"],
    kind="step",
    says="Cov(z, z_Q) = s_i·E|W_ij| = 2/(πn)",
    tex=r"\mathrm{Cov}(z_i,z_i^Q)=\frac{2}{\pi n}",
    note="To leading order. With the random s of Equation (2) the covariance is E[|w|s] = 2/(πn) + (1 − 2/π)/n².",
    primary="leading order",
)
@pytest.mark.parametrize("reading", ["leading order", "at n = 2048"])
def test_covariance(check, reading):
    check(exactly(0, "n Cov − 2/π"), second_moment_excess(reading, lambda n: joint_moment(n, 1, 1) / n))


@claim(
    "G.joint_limit",
    at="Appendix G.1",
    also_at=["Section 8.4"],
    kind="step",
    says="(z, z_Q), times √n, tends to a normal pair under delocalisation. Given the magnitudes |w| it is a sum of "
    "independent signs: its conditional covariance V tends to Σ in mean square as n → ∞ and Σx̂⁴ ≤ ‖x̂‖²_∞ → 0, and "
    "Lyapunov's fourth moments are at most 48 Σx̂⁴",
    tex=r"(z_i,z_i^Q)\to N(0,\Sigma)",
    rests_on=["G.original_variance", "G.quantised_variance", "G.covariance"],
)
@pytest.mark.parametrize("part", ["variance of V₁₂", "variance of V₂₂", "Lyapunov's condition"])
def test_joint_limit(check, part):
    # √n z = Σ σ_j x_j |g_j| and √n z_Q = τ Σ σ_j x_j, τ = Σ|g|/n: V₁₁ = Σ x_j² g_j², V₁₂ = τ Σ x_j² |g_j|, V₂₂ = τ².
    # With f = Σ x_j⁴ Var V₁₁ = 2f, and the others are multiples of f, bounded as E g⁴ = 3 and E τ⁴ ≤ 3, and a rest.
    if part == "Lyapunov's condition":
        # E(|g_j| + τ)⁴ ≤ 8(E g⁴ + E τ⁴) ≤ 8(3 + 3), and E τ⁴ = E(Σ|g|)⁴/n⁴
        slack = lowest_difference([3 * n**4 - sum_moment(n, 4) for n in range(1, 6)])
        return check(
            at_least("0", "E τ⁴ ≤ 3 for every n"),
            proof(slack, f"least forward difference of 3n⁴ − E(Σ|g|)⁴ at n = 1, a polynomial in n; {EXACT}"),
        )
    if part == "variance of V₁₂":
        # n⁴(n − 1) times E[|g₁g₂|τ²] − (E[|g₁|τ])², with n(n − 1)E[|g₁g₂|S²] = E S⁴ − nE[g₁²S²] for S = Σ|g|
        rest = [
            n * (sum_moment(n, 4) - n * joint_moment(n, 2, 2)) - (n - 1) * (n * joint_moment(n, 1, 1)) ** 2
            for n in SIZES
        ]
        exponent = leading_term(rest)[0] - 5
    else:
        # n⁴ times E τ⁴ − (E τ²)²
        exponent = leading_term([sum_moment(n, 4) - sum_moment(n, 2) ** 2 for n in SIZES])[0] - 4
    return check(less_than("0", "it vanishes with f"), proof(exponent, f"exponent of n in the part beside f; {EXACT}"))


@claim(
    "G.delocalisation_needed",
    at="Appendix G.1",
    kind="extension",
    says="Delocalisation is needed here, unlike in Theorem 4: with all of x̂ in one entry no gate flips, z_Q = ±s, and "
    "the radial fraction is the same before and after ReLU, 1 − 2/π",
    tex=r"\mathcal{R}_{\mathrm{post}}=\mathcal{R}_{\mathrm{pre}}=1-\frac{2}{\pi}",
)
@pytest.mark.parametrize("part", ["Pr(flip)", "radial fraction after ReLU"])
def test_delocalisation_needed(check, part):
    if part == "Pr(flip)":
        flips = sum(1 for w in (-3, -1, 1, 2) if (w > 0) != ((1 if w > 0 else -1) * Fraction(7, 4) > 0))
        return check(exactly(0), proof(flips, "sign(z_Q) against sign(z) for both signs of w, x̂ = (1, 0, 0, 0)"))

    def fraction():
        # z = w and z_Q = s sign(w) on w > 0 only: half of each second moment
        half = leading_term([joint_moment(n, 1, 1) for n in SIZES])[1] / 2
        original, quantised = magnitude_moment(2) / 2, leading_term([sum_moment(n, 2) for n in SIZES])[1] / 2
        return Moments(
            value(original), value(half - original), value(original - 2 * half + quantised)
        ).radial_fraction()

    return check(printed("0.3634"), ball(fraction, method=f"second moments on the half-line; {EXACT}"))


@claim(
    "G.correlation",
    at="Equation (35)",
    also_at=["Appendix G.1"],
    kind="number",
    says="ρ = √(2/π) ≈ 0.798",
    tex=r"\rho=\sqrt{2/\pi}\approx 0.798",
    rests_on=["G.covariance", "G.quantised_variance"],
)
@pytest.mark.parametrize("part", ["number", "formula"])
def test_correlation(check, part):
    if part == "number":
        return check(printed("0.798"), ball(quantised_layer().angle.cos, method=INTEGRALS))
    covariance = leading_term([joint_moment(n, 1, 1) for n in SIZES])[1]
    variance = leading_term([sum_moment(n, 2) for n in SIZES])[1]
    residual = largest_coefficient(covariance**2 - ALPHA**2 * magnitude_moment(2) * variance)
    return check(exactly(0, "Cov² − (2/π)σ₁²σ₂²"), proof(residual, f"leading terms in n; {EXACT}"))


# G.2 Post-ReLU energy via Price–Cho–Saul


@claim(
    "G.cross_term",
    at="Appendix G.2",
    also_at=["Section 8.4"],
    kind="step",
    says="E[ReLU(X)ReLU(Y)] = σ_Xσ_Y(sin θ + (π − θ)cos θ)/(2π) for normal pairs with unequal variances",
    tex=r"\frac{\sigma_X\sigma_Y}{2\pi}(\sin\theta+(\pi-\theta)\cos\theta)",
)
@pytest.mark.parametrize(("theta", "sigma_x", "sigma_y"), [("0.647", "1", "0.8"), ("2.5", "3", "0.1"), ("0", "1", "2")])
def test_cross_term(check, theta, sigma_x, sigma_y):
    def difference():
        angle, scale = BALL.number(theta), BALL.number(sigma_x) * BALL.number(sigma_y)
        formula = scale / (2 * BALL.pi) * (angle.sin() + (BALL.pi - angle) * angle.cos())
        return abs(quadrant_moment({(1, 1): scale}, angle) - formula)

    check(
        at_most("1e-30", "equal, to the radius of the two enclosures"),
        ball(difference, method="polar integral over the quadrant", bits=256),
    )


@claim(
    "G.energy_formula",
    at="Appendix G.2",
    also_at=["Equation (37)"],
    kind="step",
    says="E[δa²] = σ₁²/2 + σ₂²/2 − 2S/n = (1/n)(1/2 + 1/π − 2S)",
    tex=r"\mathbb{E}[\delta a_i^2]=\frac{1}{n}\left(\frac12+\frac1\pi-2S\right)",
    rests_on=["G.cross_term"],
)
@pytest.mark.parametrize("form", ["by variances", "by constants"])
def test_energy_formula(check, form):
    def difference():
        layer = quantised_layer()
        moments = relu_integrals(layer)
        second = layer.deviation**2 / 2 if form == "by variances" else 1 / BALL.pi
        return abs(moments.energy - (BALL.number(Fraction(1, 2)) + second - 2 * moments.cross))

    check(
        at_most("1e-30", "equal, to the radius of the two enclosures"),
        ball(difference, method=f"E(ReLU z_Q − ReLU z)² directly; {INTEGRALS}", bits=256),
    )


@claim(
    "G.s_formula",
    at="Equation (36)",
    also_at=["Appendix G.2"],
    kind="step",
    says="S = cos φ (sin φ + (π − φ)cos φ)/(2π) is nE[ReLU(z)ReLU(z_Q)]",
    tex=r"S=\frac{\cos\phi(\sin\phi+(\pi-\phi)\cos\phi)}{2\pi}",
    rests_on=["G.cross_term"],
)
def test_s_formula(check):
    def difference():
        phi = (2 / BALL.pi).sqrt().acos()
        formula = phi.cos() * (phi.sin() + (BALL.pi - phi) * phi.cos()) / (2 * BALL.pi)
        return abs(relu_integrals(quantised_layer()).cross - formula)

    check(at_most("1e-30", "equal, to the radius of the two enclosures"), ball(difference, method=INTEGRALS, bits=256))


# G.3 Radial component


@claim(
    "G.projection_energy",
    at="Appendix G.3",
    kind="number",
    says="E[aδa] = (S − ½)/n ≈ −0.1707/n",
    tex=r"\frac{S-\frac12}{n}\approx\frac{-0.1707}{n}",
    rests_on=["8.postrelu.S"],
)
def test_projection_energy(check):
    check(printed("-0.1707"), ball(lambda: relu_integrals(quantised_layer()).projection, method=INTEGRALS))


@claim(
    "G.activation_norm",
    at="Appendix G.3",
    kind="step",
    says="‖a‖² → mσ₁²/2 = m/(2n): E ReLU(z)² = 1/(2n)",
    tex=r"\|a\|^2\to\frac{m}{2n}",
)
def test_activation_norm(check):
    check(
        printed("0.5000000000", "n E ReLU(z)² = 1/2"),
        ball(lambda: gaussian_expectation(lambda x: x**2, 0, None, (1, 2)), method="integral over z > 0"),
    )


@claim(
    "G.projection",
    at="Appendix G.3",
    kind="step",
    says="⟨δa, â⟩ → (S − ½)√(2m/n), for every aspect ratio",
    tex=r"\langle\delta a,\hat{a}\rangle\to\left(S-\frac12\right)\sqrt{\frac{2m}{n}}",
    note="Section 8.4 prints the value at m = n as if it were general.",
    rests_on=["G.projection_energy", "G.activation_norm"],
)
@pytest.mark.parametrize("ratio", ["1/4", "1", "4"], ids=["m = n/4", "m = n", "m = 4n"])
def test_projection(check, ratio):
    def difference():
        neurons, moments = BALL.number(ratio), relu_integrals(quantised_layer())
        sampled = neurons * moments.projection / (neurons * moments.original).sqrt()
        phi = (2 / BALL.pi).sqrt().acos()
        s = phi.cos() * (phi.sin() + (BALL.pi - phi) * phi.cos()) / (2 * BALL.pi)
        return abs(sampled - (s - BALL.number(Fraction(1, 2))) * (2 * neurons).sqrt())

    check(
        at_most("1e-30", "equal, to the radius of the two enclosures"),
        ball(difference, method=f"Σ aδa/‖a‖; {INTEGRALS}", bits=256),
    )


@claim(
    "G.contraction",
    at="Appendix G.3",
    kind="wording",
    says="The negative sign of E[aδa] reflects radial contraction: σ₂ < σ₁",
    note="The vector does contract, by √(2/π). But the sign does not show it: with z_Q rescaled to σ₂ = σ₁ the "
    "projection is still negative, and it stays so up to σ₂ = 1.21σ₁.",
    primary="the vector contracts",
    instead="G.sign_threshold",
)
@pytest.mark.parametrize("reading", ["the vector contracts", "the sign is due to σ₂ < σ₁"])
def test_contraction(check, reading):
    if reading == "the vector contracts":
        return check(
            less_than("1", "‖a_Q‖ < ‖a‖"),
            ball(lambda: norm_ratio(quantised_layer()), method=f"‖a_Q‖/‖a‖; {INTEGRALS}"),
        )

    def projection():
        return relu_integrals(QuantisedLayer(quantised_layer().angle, BALL.number(1))).projection

    return check(
        between("0", "1", "not negative at σ₂ = σ₁"), ball(projection, method=f"n E[aδa] at σ₂ = σ₁; {INTEGRALS}")
    )


def norm_ratio(layer):
    moments = relu_integrals(layer)
    return (moments.perturbed / moments.original).sqrt()


@claim(
    "G.sign_threshold",
    at="Appendix G.3",
    kind="extension",
    says="E[aδa] changes sign at σ₂ ≈ 1.21σ₁, well above σ₁",
)
def test_sign_threshold(check):
    def threshold():
        # E[a a_Q] is proportional to σ₂ and must reach E a² = 1/2
        layer = quantised_layer()
        return layer.deviation / (2 * relu_integrals(layer).cross)

    check(printed("1.21"), ball(threshold, method=INTEGRALS))


# G.4 Assembly


@claim(
    "G.assembly_formula",
    at="Equation (38)",
    also_at=["Equation (21)", "Appendix G.4"],
    kind="step",
    says="𝓡_post = 2(S − ½)²/(½ + 1/π − 2S), with S the closed form (36), is cos² of the angle between a and δa",
    tex=r"\frac{2(S-\frac12)^2}{\frac12+\frac1\pi-2S}",
    rests_on=["G.energy_formula", "G.projection"],
)
def test_assembly_formula(check):
    def difference():
        phi, half = (2 / BALL.pi).sqrt().acos(), BALL.number(Fraction(1, 2))
        s = phi.cos() * (phi.sin() + (BALL.pi - phi) * phi.cos()) / (2 * BALL.pi)
        formula = 2 * (s - half) ** 2 / (half + 1 / BALL.pi - 2 * s)
        return abs(relu_integrals(quantised_layer()).radial_fraction() - formula)

    check(at_most("1e-30", "equal, to the radius of the two enclosures"), ball(difference, method=INTEGRALS, bits=256))


@claim(
    "G.assembly_numerator",
    at="Appendix G.4",
    also_at=["Equation (38)"],
    kind="number",
    says="The numerator 2(S − ½)² is about 0.0583",
    tex=r"2\left(S-\frac12\right)^2\approx 0.0583",
    rests_on=["G.projection_energy"],
)
def test_assembly_numerator(check):
    check(printed("0.0583"), ball(lambda: 2 * relu_integrals(quantised_layer()).projection ** 2, method=INTEGRALS))


@claim(
    "G.assembly_quotient",
    at="Appendix G.4",
    also_at=["Equation (38)"],
    kind="number",
    says="0.0583/0.1597 ≈ 0.365",
    tex=r"\frac{0.0583}{0.1597}\approx 0.365",
)
def test_assembly_quotient(check):
    half = Fraction(1, 20000)
    numerator, denominator = Fraction("0.0583"), Fraction("0.1597")
    quotient = Interval((numerator - half) / (denominator + half), (numerator + half) / (denominator - half))
    check(printed("0.365"), arithmetic(quotient, method="both printed numbers anywhere in their rounding intervals"))


@claim(
    "G.aspect_ratio",
    at="Appendix G.4",
    also_at=["Appendix G.3"],
    kind="step",
    says="The factor m/n cancels: the radial fraction is 0.365 whatever the aspect ratio",
    rests_on=["G.projection"],
)
@pytest.mark.parametrize("ratio", ["1/16", "1", "16"], ids=["m = n/16", "m = n", "m = 16n"])
def test_aspect_ratio(check, ratio):
    def fraction():
        neurons, moments = BALL.number(ratio), relu_integrals(quantised_layer())
        projection = neurons * moments.projection / (neurons * moments.original).sqrt()
        return projection**2 / (neurons * moments.energy)

    check(printed("0.365"), ball(fraction, method=f"⟨δa, â⟩²/‖δa‖²; {INTEGRALS}"))


# G.5 Gate-flip analysis


@claim(
    "G.arcsine_law",
    at="Appendix G.5",
    also_at=["Section 8.4"],
    kind="step",
    says="The arcsine law: a normal pair of correlation ρ has opposite signs with probability arccos(ρ)/π",
    tex=r"P_{\mathrm{flip}}=\frac{1}{\pi}\arccos\rho",
)
@pytest.mark.parametrize("rho", ["-0.5", "0.1", "0.7979", "0.99"])
def test_arcsine_law(check, rho):
    def difference():
        correlation = BALL.number(rho)
        return abs(2 * orthant_moment(0, 0, -correlation, 0, 0) - correlation.acos() / BALL.pi)

    check(
        at_most("1e-12", "equal, to the radius of the two enclosures"),
        ball(difference, method="integral of the conditional probability over z", bits=128),
    )


@claim(
    "G.scale_invariance",
    at="Appendix G.5",
    kind="step",
    says="The gate-flip probability arccos(√(2/π))/π ≈ 20.6% depends on ρ alone, not on σ₁ and σ₂",
    tex=r"P_{\mathrm{flip}}=\frac{\phi}{\pi}\approx 20.6\%",
)
@pytest.mark.parametrize("scale", ["0.1", "0.7979", "10"])
def test_scale_invariance(check, scale):
    def flips():
        layer = quantised_layer(0, scale)
        return 2 * orthant_moment(0, 0, -layer.angle.cos(), 0, 0)

    check(printed("20.6%"), ball(flips, method=f"2 Pr(z > 0 > z_Q) for Q(w) = {scale}·sign(w); {INTEGRALS}"))


@claim(
    "G.preserved_rate",
    at="Appendix G.5",
    kind="number",
    says="About 79.4% of the gates are preserved",
)
def test_preserved_rate(check):
    def kept():
        return 2 * orthant_moment(0, 0, quantised_layer().angle.cos(), 0, 0)

    check(printed("79.4%"), ball(kept, method=f"2 Pr(z > 0, z_Q > 0); {INTEGRALS}"))


PART_OF_WHOLE = "the group's part of δa against the whole of a"
WITHIN_GROUP = "conditional expectations given the gates throughout"
PER_NEURON = "conditional means of aδa and δa² against the mean of a²"
READINGS = [WITHIN_GROUP, PART_OF_WHOLE, PER_NEURON]


def group_fractions(reading):
    """(𝓡_smooth, 𝓡_flip) and the shares of neurons in the two groups."""
    layer = quantised_layer()
    gates, whole = gate_integrals(layer), relu_integrals(layer).original
    shares = 1 - layer.angle / BALL.pi, layer.angle / BALL.pi
    fractions = []
    for group, share in zip((gates.on_on, gates.flipped), shares, strict=True):
        reference = group.original if reading == WITHIN_GROUP else whole
        fraction = Moments(reference, group.projection, group.energy).radial_fraction()
        fractions.append(fraction / share if reading == PER_NEURON else fraction)
    return fractions, shares


@claim(
    "G.conjecture.smooth",
    at="Appendix G.5",
    kind="step",
    says="Conjectured: the radial fraction of gate-preserved neurons exceeds 1 − 2/π",
    tex=r"\mathcal{R}_{\mathrm{smooth}}>1-\frac{2}{\pi}",
    note="0.377 with conditional expectations given the gates, which the appendix asks for. As the radial fraction of "
    "the gate-preserved part of δa along the whole of a it is 0.357, below 0.363.",
    primary=WITHIN_GROUP,
    instead="G.decomposition",
)
@pytest.mark.parametrize("reading", READINGS)
def test_conjecture_smooth(check, reading):
    check(
        more_than("0", "𝓡_smooth − (1 − 2/π)"),
        ball(lambda: group_fractions(reading)[0][0] - (1 - 2 / BALL.pi), method=f"quadrants of (z, z_Q); {INTEGRALS}"),
    )


@claim(
    "G.conjecture.flip",
    at="Appendix G.5",
    kind="step",
    says="Conjectured: the radial fraction of gate-flipped neurons is below 1 − 2/π",
    tex=r"\mathcal{R}_{\mathrm{flip}}<1-\frac{2}{\pi}",
    note="With conditional expectations given the gates, which the appendix asks for, it is 0.611, because a closing "
    "gate removes exactly a. Measured along the whole of a it is below 0.363, as conjectured: 0.032, or 0.157 per "
    "neuron. Confirmed by the closed forms of the quadrant moments.",
    primary=WITHIN_GROUP,
    rests_on=["G.purely_transverse"],
    instead="G.decomposition",
)
@pytest.mark.parametrize("reading", READINGS)
def test_conjecture_flip(check, reading):
    check(
        less_than("0", "𝓡_flip − (1 − 2/π)"),
        ball(lambda: group_fractions(reading)[0][1] - (1 - 2 / BALL.pi), method=f"quadrants of (z, z_Q); {INTEGRALS}"),
    )


@claim(
    "G.conjecture.average",
    at="Appendix G.5",
    also_at=["Table 14"],
    kind="number",
    says="Conjectured: 0.794·𝓡_smooth + 0.206·𝓡_flip ≈ 0.365",
    tex=r"0.794\,\mathcal{R}_{\mathrm{smooth}}+0.206\,\mathcal{R}_{\mathrm{flip}}\approx 0.365",
    note="0.426, 0.290 or 0.390, by the definition of a group's radial fraction: it fails under each, and under none "
    "do all three parts of the conjecture hold, which settles open problem O7b in the negative. Squared cosines "
    "do not average; the signed cosine adds up. Confirmed by the closed forms of the quadrant moments.",
    primary=WITHIN_GROUP,
    instead="G.decomposition",
    rests_on=["G.conjecture.smooth", "G.conjecture.flip"],
)
@pytest.mark.parametrize("reading", READINGS)
def test_conjecture_average(check, reading):
    def average():
        (smooth, flip), shares = group_fractions(reading)
        return shares[0] * smooth + shares[1] * flip

    check(printed("0.365"), ball(average, method=f"quadrants of (z, z_Q), exact shares of neurons; {INTEGRALS}"))


@claim(
    "G.conjecture.values",
    at="Appendix G.5",
    kind="extension",
    says="The radial fractions of the gate-preserved and the gate-flipped neurons are 0.377 and 0.611 along the "
    "group's own activations, and 0.357 and 0.032 along all activations: the closed forms, as a second route",
    rests_on=["G.joint_limit"],
)
@pytest.mark.parametrize(
    ("along", "group", "stated"),
    [
        ("own activations", "preserved", "0.377"),
        ("own activations", "flipped", "0.611"),
        ("own activations", "mean by number", "0.426"),
        ("all activations", "preserved", "0.357"),
        ("all activations", "flipped", "0.032"),
        ("all activations", "mean by number", "0.290"),
    ],
)
def test_conjecture_values(check, along, group, stated):
    def fraction():
        split = radial_split(sign_quantised_pair(BALL), BALL, own_activation=along == "own activations")
        return {"preserved": split.preserved, "flipped": split.flipped, "mean by number": split.weighted}[group]

    check(printed(stated), ball(fraction, method="closed forms of the quadrant moments, no integration"))


@claim(
    "G.cancellation",
    at="Appendix G.5",
    kind="wording",
    says="The deviations of gate-preserved and gate-flipped contributions from 1 − 2/π approximately cancel",
    note="In no reading do they: under two definitions both deviations have one sign, under the third a quarter of "
    "their total size remains; the closed forms (G.conjecture.values) agree. The near-equality has another cause, a "
    "correction that enters squared.",
    primary=WITHIN_GROUP,
    instead="8.postrelu.excess_formula",
)
@pytest.mark.parametrize("reading", READINGS)
def test_cancellation(check, reading):
    def left_over():
        fractions, shares = group_fractions(reading)
        deviations = [share * (fraction - (1 - 2 / BALL.pi)) for share, fraction in zip(shares, fractions, strict=True)]
        return sum(deviations) / sum(map(abs, deviations))

    check(
        cancels("approximately cancel"),
        ball(left_over, method=f"sum of the deviations over the sum of their sizes; {INTEGRALS}"),
    )


@claim(
    "G.same_sign",
    at="Appendix G.5",
    kind="extension",
    says="Both groups' contributions to E[aδa] are negative: the radial projections add and nothing cancels",
)
@pytest.mark.parametrize(("group", "stated"), [("preserved", "-0.1443"), ("flipped", "-0.0264")])
def test_same_sign(check, group, stated):
    def projection():
        gates = gate_integrals(quantised_layer())
        return (gates.on_on if group == "preserved" else gates.flipped).projection

    check(printed(stated), ball(projection, method=f"n E[aδa] over the group; {INTEGRALS}"))


@claim(
    "G.purely_transverse",
    at="Appendix G.5",
    kind="wording",
    says="Gate flips inject purely transverse energy",
    note="Only opening gates do. A closing gate has δa = −a; 3.2% of the flips' energy is radial, and the flips carry "
    "15% of the radial projection. Confirmed by the closed forms (G.conjecture.values).",
    instead="G.conjecture.values",
)
@pytest.mark.parametrize("flip", ["opening", "closing", "both"])
def test_purely_transverse(check, flip):
    def fraction():
        layer = quantised_layer()
        gates = gate_integrals(layer)
        group = {"opening": gates.off_on, "closing": gates.on_off, "both": gates.flipped}[flip]
        return group.projection**2 / (relu_integrals(layer).original * group.energy)

    check(exactly(0, "radial fraction 0"), ball(fraction, method=f"quadrants of (z, z_Q); {INTEGRALS}"))


@claim(
    "G.rescaling",
    at="Appendix G.5",
    kind="extension",
    says="On gate-preserved neurons the perturbation is no common rescaling of the activations: 37.7% of its energy is "
    "parallel to them",
)
def test_rescaling(check):
    check(
        printed("37.7%"),
        ball(lambda: group_fractions(WITHIN_GROUP)[0][0], method=f"cos² of δa and a over preserved gates; {INTEGRALS}"),
    )


@claim(
    "G.decomposition",
    at="Appendix G.5",
    also_at=["Table 14"],
    kind="extension",
    says="Open problem O7b: with energy shares e the signed cosine, not its square, adds up exactly, "
    "cos∠(a, δa) = √e_smooth·c_smooth + √e_flip·c_flip; the parts and their sum",
    tex=r"-\sqrt{\mathcal{R}_{\mathrm{post}}}=\sqrt{e_{\mathrm{s}}}\,c_{\mathrm{s}}+\sqrt{e_{\mathrm{f}}}\,c_{\mathrm{f}}",
)
@pytest.mark.parametrize(
    ("part", "stated"),
    [
        ("energy share, flipped", "27.1%"),
        ("cosine, preserved", "-0.598"),
        ("cosine, flipped", "-0.180"),
        ("sum", "-0.604"),
    ],
)
def test_decomposition(check, part, stated):
    def quantity():
        layer = quantised_layer()
        gates, whole = gate_integrals(layer), relu_integrals(layer)
        share = gates.flipped.energy / whole.energy
        preserved, flipped = (
            Moments(whole.original, group.projection, group.energy).radial_cosine(BALL)
            for group in (gates.on_on, gates.flipped)
        )
        return {
            "energy share, flipped": share,
            "cosine, preserved": preserved,
            "cosine, flipped": flipped,
            "sum": (1 - share).sqrt() * preserved + share.sqrt() * flipped,
        }[part]

    check(printed(stated), ball(quantity, method=f"quadrants of (z, z_Q); {INTEGRALS}"))


@claim(
    "G.decomposition_identity",
    at="Appendix G.5",
    kind="extension",
    says="That sum equals the post-ReLU radial cosine",
    rests_on=["G.decomposition"],
)
def test_decomposition_identity(check):
    def difference():
        layer = quantised_layer()
        gates, whole = gate_integrals(layer), relu_integrals(layer)
        parts = [
            (group.energy / whole.energy).sqrt()
            * Moments(whole.original, group.projection, group.energy).radial_cosine(BALL)
            for group in (gates.on_on, gates.flipped)
        ]
        covariance = layer.angle.cos() * layer.deviation
        second_route = quadrant_moment({(1, 1): layer.deviation}, layer.angle) - BALL.number(Fraction(1, 2))
        energy = (1 - 2 * covariance + layer.deviation**2) / 2
        boundary = second_route + (1 - covariance) / 2
        return abs(sum(parts) - second_route / ((energy - 2 * boundary) / 2).sqrt())

    check(at_most("1e-30", "equal, to the radius of the two enclosures"), ball(difference, method=INTEGRALS, bits=256))
