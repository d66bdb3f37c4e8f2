"""Section 6.4: intuition, how the constant comes about."""

from fractions import Fraction

import pytest
from verdicts import ball, claim, exactly, more_than, printed, proof

from claims.s06_asymmetry.transverse_ratios import (
    EXACT_COEFFICIENTS,
    FLIP_RATES,
    INTEGRALS,
    coefficient,
    exact_moments,
    exact_series,
    root,
)
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.exact_series import EXACT, LAMBDA, exact_value, leading_order
from theorems.formulas.asymmetry import (
    linear_transverse_ratio,
    magnitude_pair,
    magnitude_radial_fraction,
    sign_pair,
    transverse_ratio,
)
from theorems.formulas.normal_pairs import linear_moments
from theorems.formulas.spherical import flip_radial_fraction, sign_preserving_radial_fraction
from theorems.integrals.perturbed_neuron import integrated_moments, sign_flip_covariance, sign_preserving_covariance
from theorems.moments import Moments


@claim(
    "6.intuition.alignment",
    at="Section 6.4",
    says="The correlation √(2/π) comes from the sign-preserving perturbation, not from ReLU: the linear layer has it",
    tex=r"\mathrm{Corr}(z,\Delta z)=\sqrt{2/\pi}",
)
def test_alignment_without_relu(check):
    s = EXACT.variable()
    moments = linear_moments(magnitude_pair(s, EXACT), EXACT)
    residual = moments.projection**2 / (moments.original * moments.energy) - 2 / EXACT.pi
    order = leading_order(residual)
    check(
        exactly(len(residual.coefficients), "𝓡 = 2/π to every order computed"),
        proof(order, f"linear layer: {EXACT_COEFFICIENTS}"),
    )


@claim(
    "6.intuition.propagation",
    at="Section 6.4",
    says="ReLU propagates the alignment faithfully: after it the radial fraction is 2/π",
    tex=r"\mathcal{R}^{\mathrm{mag}}\to 2/\pi",
    primary="as p → 0",
    rests_on=["A.lemmaA1"],
    note="At fixed p ReLU changes the radial fraction, from 2/π at every p to 0.642 at p = 0.01 and 0.651 at p = 0.1.",
)
@pytest.mark.parametrize(("reading", "p"), [("as p → 0", None), ("at fixed p", "0.01"), ("at fixed p", "0.10")])
def test_propagation(check, reading, p):
    if reading == "as p → 0":
        lost = coefficient(1 - exact_series("magnitude transverse fraction") - 2 / EXACT.pi, 0)
        check(exactly(0, "𝓡_mag − 2/π = 0"), proof(lost, EXACT_COEFFICIENTS))
    else:
        difference = ball(lambda: magnitude_radial_fraction(root(p), BALL) - 2 / BALL.pi, "closed form of 𝓡_mag(p)")
        check(exactly(0, "𝓡_mag − 2/π = 0"), difference)


@claim(
    "6.intuition.sign_fraction",
    at="Section 6.4",
    also_at=["Table 1"],
    says="After ReLU sign flips have a radial fraction that tends to p",
    tex=r"\mathcal{R}^{\mathrm{sign}}\to p",
    note="ReLU does not give it: the linear layer has exactly p.",
)
@pytest.mark.parametrize("layer", ["with ReLU", "linear"])
def test_sign_fraction(check, layer):
    s = EXACT.variable()
    if layer == "with ReLU":
        fraction = exact_series("sign radial fraction")
    else:
        moments = linear_moments(sign_pair(s, EXACT), EXACT)
        fraction = moments.projection**2 / (moments.original * moments.energy)
    check(exactly(1, "𝓡_sign/p → 1"), proof(coefficient(fraction / s**2, 0), EXACT_COEFFICIENTS))


@claim(
    "6.intuition.linear",
    at="Section 6.4",
    also_at=["Section 5.2", "Abstract", "Section 8.5", "Review"],
    says="ReLU creates the asymmetry: without it (linear activation) none exists, and a single linear layer cannot "
    "explain it",
    tex=r"c_{\mathrm{linear}}(p)=1",
    primary="transverse energy, as in c(p)",
    rests_on=["5.proposition1"],
    note="Proposition 1 is about the total energy, whose ratio tends to 1 with ReLU too. The transverse energies of a "
    "linear layer under the same two perturbations have the ratio (1 − p)π/(π − 2), which is larger than with ReLU; "
    "against sign quantisation of equal norm flips have 1.43 times as much. The radial fractions of one layer at "
    "finite m, from sphere moments, give the same.",
    instead="6.intuition.linear_exact",
)
@pytest.mark.parametrize("reading", ["transverse energy, as in c(p)", "total energy"])
def test_no_asymmetry_without_relu(check, reading):
    accepted = exactly(1, "ratio 1")
    if reading == "total energy":
        s = EXACT.variable()
        energies = (
            linear_moments(sign_pair(s, EXACT), EXACT).energy / linear_moments(magnitude_pair(s, EXACT), EXACT).energy
        )
        check(accepted, proof(coefficient(energies, 0), EXACT_COEFFICIENTS))
        return

    def ratio():
        m, p = 10**9, BALL.number("0.01")
        flipped = 1 - flip_radial_fraction(p, m, Fraction(1, m), BALL)
        return flipped / (1 - sign_preserving_radial_fraction(m, BALL))

    check(accepted, ball(ratio, "exact radial fractions of one linear layer at p = 0.01, m = 10⁹"))


@claim(
    "6.intuition.linear_exact",
    at="Section 6.4",
    kind="extension",
    says="Without ReLU c(p) = (1 − p)π/(π − 2): the same constant as with it, and more of it at every p > 0",
    tex=r"c_{\mathrm{linear}}(p)=\frac{(1-p)\pi}{\pi-2}",
)
@pytest.mark.parametrize("part", ["formula", *FLIP_RATES])
def test_linear_ratio(check, part):
    if part == "formula":
        s = EXACT.variable()
        sign, magnitude = (linear_moments(pair(s, EXACT), EXACT) for pair in (sign_pair, magnitude_pair))
        scaled = EXACT.number(LAMBDA) ** 2 * sign.transverse_energy()
        difference = scaled - (1 - s**2) * magnitude.transverse_energy()
        count = len(difference.coefficients)
        certificate = f"both sides are polynomials in √p of degree at most 6; {EXACT_COEFFICIENTS}"
        check(exactly(count, "no coefficient differs"), proof(leading_order(difference), certificate))
    else:

        def excess():
            return linear_transverse_ratio(root(part), BALL) / transverse_ratio(root(part), BALL)

        check(more_than("1", "linear over ReLU: above 1"), ball(excess, "closed forms of both ratios"))


@claim(
    "6.intuition.other_activations",
    at="Section 6.4",
    kind="extension",
    says="max(z, νz) has the limit π/(π − 2) for every slope ν tried: |z| (ν = −1), leaky ReLU (0 < ν < 1) and the "
    "linear layer (ν = 1); the constant is the perturbation's, not the activation's",
    rests_on=["A.lemmaA1.moments"],
)
@pytest.mark.parametrize("slope", ["-1", "0", "0.01", "0.5", "1"])
def test_other_slopes(check, slope):
    slope, s = Fraction(slope), EXACT.variable()

    def leaky(pair, relu):
        product = linear_moments(pair, EXACT).cross
        cross = (1 + slope**2) * relu.cross + slope * (product - 2 * relu.cross)
        original = EXACT.number((1 + slope**2) / 2)
        return Moments(original, cross - original, original * (1 + pair.variance) - 2 * cross)

    sign, magnitude = exact_moments()
    flipped, shifted = leaky(sign_pair(s, EXACT), sign), leaky(magnitude_pair(s, EXACT), magnitude)
    ratio = flipped.transverse_energy() / shifted.transverse_energy()
    residual = exact_value((ratio * EXACT.number(LAMBDA) ** 2)[0]) - 1
    check(exactly(0), proof(residual, f"E aa′ from E[ReLU X ReLU X′] and E XX′ by quadrants; {EXACT_COEFFICIENTS}"))


@claim(
    "6.intuition.retained",
    at="Section 6.4",
    also_at=["Table 1"],
    kind="number",
    says="RMSNorm retains 1 − 2/π ≈ 36.3% of the magnitude perturbation's energy",
    primary="first order, as p → 0",
    rests_on=["6.theorem3"],
    note="At p = 0.01 it is 35.8% of the energy to first order, and 26% in the actual difference of normalised "
    "outputs, since the perturbation also lengthens the vector.",
)
@pytest.mark.parametrize(
    "reading", ["first order, as p → 0", "first order at p = 0.01", "actual output difference at p = 0.01"]
)
def test_retained_magnitude(check, reading):
    def share():
        if reading == "first order, as p → 0":
            return coefficient(exact_series("magnitude transverse fraction"), 0)
        moments = integrated_moments(sign_preserving_covariance("0.01"))
        if reading == "first order at p = 0.01":
            return 1 - moments.radial_fraction()
        return moments.chord_energy(BALL) / moments.relative_energy()

    check(printed("36.3%"), ball(share, f"{EXACT_COEFFICIENTS}, or {INTEGRALS}"))


@claim(
    "6.intuition.retained_sign",
    at="Section 6.4",
    also_at=["Table 1"],
    kind="number",
    says="RMSNorm retains 1 − p ≈ 99% of the sign perturbation's energy (small p)",
    primary="first order at p = 0.01",
    rests_on=["6.theorem3"],
    note="The actual difference of normalised outputs retains all of it: sign flips do not change the length.",
)
@pytest.mark.parametrize("reading", ["first order at p = 0.01", "actual output difference at p = 0.01"])
def test_retained_sign(check, reading):
    def share():
        moments = integrated_moments(sign_flip_covariance("0.01"))
        if reading == "first order at p = 0.01":
            return 1 - moments.radial_fraction()
        return moments.chord_energy(BALL) / moments.relative_energy()

    check(printed("99%"), ball(share, INTEGRALS))


@claim(
    "6.intuition.ratio",
    at="Section 6.4",
    says="The ratio of the retained shares is π/(π − 2)",
    rests_on=["6.theorem3.constant"],
)
def test_ratio_of_shares(check):
    shares = (1 - exact_series("sign radial fraction")) / exact_series("magnitude transverse fraction")
    residual = exact_value((shares - EXACT.pi / (EXACT.pi - 2))[0])
    check(exactly(0, "as p → 0"), proof(residual, EXACT_COEFFICIENTS))
