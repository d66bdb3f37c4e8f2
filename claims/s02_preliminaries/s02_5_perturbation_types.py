"""Section 2.5: perturbation types."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from verdicts import ball, claim, exactly, less_than, more_than, printed, proof, twin

from claims.s02_preliminaries.weights import additive_sign_changes, matrices, scales, searching
from theorems.arithmetic.contexts import BALL, SERIES
from theorems.arithmetic.exact_series import EXACT, exact_value
from theorems.arithmetic.expansions import expand, range_over
from theorems.formulas.asymmetry import (
    magnitude_moments,
    magnitude_radial_fraction,
    root_flip_rate,
    sign_moments,
    sign_radial_fraction,
)
from theorems.formulas.normal_pairs import regression_pair, relu_moments
from theorems.formulas.quantization import sign_quantise
from theorems.formulas.relu_kernels import angle_from_amplitude
from theorems.formulas.ternary import sign_quantised_pair
from theorems.integrals.gaussian_integrals import quadrant_moment

FLIP_RATES = ["0.01", "0.05", "0.1", "0.25"]


@claim(
    "2.5.definition1.constant_shift",
    at="Definition 1",
    says="The constant-δ model is magnitude-type: sign(W + δ sign W) = sign(W) for every δ > 0",
)
@searching
@given(w=st.integers(-(10**6), 10**6), delta=st.integers(1, 10**9))
@example(w=0, delta=1000)
def test_constant_shift_keeps_signs(w, delta):
    sign = (w > 0) - (w < 0)
    changed = w + sign * delta * twin(1, -1)
    assert (changed > 0) - (changed < 0) == sign


@claim(
    "2.5.definition1.sign_flips",
    at="Definition 1",
    says="(A3) is sign-flip-type: the perturbed entries, and no others, change sign",
)
@searching
@given(w=st.integers(-(10**6), 10**6), flip=st.booleans())
@example(w=0, flip=True)
def test_flips_change_signs(w, flip):
    if twin("no zero weights", "zero weights") == "no zero weights":
        assume(w)
    assert (np.sign(-w if flip else w) != np.sign(w)) == flip


@claim(
    "2.5.definition1.quantisation",
    at="Definition 1",
    also_at=["Section 8.3"],
    says="The error of sign quantisation is magnitude-type",
)
@searching
@given(weights=matrices, scale=scales)
@example(weights=[[0, 0]], scale=0)
@example(weights=[[0, 3], [-3, 9]], scale=-100)
def test_sign_quantisation_keeps_signs(weights, scale):
    array = np.array(weights) * 10.0**scale
    assert np.array_equal(np.sign(twin(1, -1) * sign_quantise(array)), np.sign(array))


@claim(
    "2.5.additive_flips",
    at="Definition 1",
    kind="extension",
    says="Independent Gaussian noise of the flips' norm is of neither type: it moves every weight and changes the sign "
    "of arctan(2√p)/π of them, for p < 1/4 more than the share p",
    tex=r"\frac{1}{\pi}\arctan(2\sqrt{p})>p",
)
@pytest.mark.parametrize("p", ["0.001", "0.01", "0.1", "0.2"])
def test_additive_noise_flips_signs(check, p):
    check(more_than(p), ball(lambda: additive_sign_changes(p), "quadrants of the normal pair (w, w + noise)"))


@claim(
    "2.5.definition1.jitter",
    at="Definition 1",
    kind="extension",
    says="A magnitude-type perturbation can do more transverse damage than sign flips of the same norm: ΔW = ±2√p·W "
    "with independent signs keeps every sign for p < 1/4",
    tex=r"\frac{\|P_{y^\perp}\Delta y^{\mathrm{sign}}\|^2}{\|P_{y^\perp}\Delta y^{\mathrm{jitter}}\|^2}<1",
)
@pytest.mark.parametrize("p", ["0.001", "0.01", "0.1", "0.2"])
def test_jitter_does_more_damage(check, p):
    def ratio():
        s = root_flip_rate(p, BALL)
        jitter = relu_moments(regression_pair(1, 2 * s, BALL), BALL)
        return sign_moments(s, BALL).transverse_energy() / jitter.transverse_energy()

    check(less_than("1"), ball(ratio, "second moments of bivariate normal pre-activations, after ReLU"))


def defining_radial_fraction(slope, residual, angle):
    """𝓡 = E[aΔa]²/(E a² E Δa²) for a = ReLU(X), X′ = slope·X + residual·N, from quadrant integrals alone."""
    deviation = BALL.sqrt(slope**2 + residual**2)
    original = quadrant_moment({(2, 0): 1}, 0)
    cross = deviation * quadrant_moment({(1, 1): 1}, angle)
    perturbed = deviation**2 * original
    return (cross - original) ** 2 / (original * (original - 2 * cross + perturbed))


@claim(
    "2.5.sign_radial_fraction",
    at="Section 2.5",
    also_at=["Section 6.3"],
    says="For sign flips 𝓡 tends to p − 4p^(3/2)/(3π) + O(p^(5/2))",
    tex=r"\mathcal{R}^{\mathrm{sign}}\to p-\frac{4p^{3/2}}{3\pi}+O(p^{5/2})",
    note="The exact series is that of the arc-cosine kernel; 2.5.sign_radial_fraction.remainder confirms it by "
    "integrals over the quadrants.",
)
@pytest.mark.parametrize("power", ["0", "1/2", "1", "3/2", "2"], ids="coefficient of p^({})".format)
def test_sign_radial_fraction(check, power):
    s = EXACT.variable()
    residual = sign_moments(s, EXACT).radial_fraction() - (s**2 - 4 * s**3 / (3 * EXACT.pi))
    certificate = f"coefficient of p^({power}) less the stated one, power series with exact coefficients"
    check(exactly(0), proof(exact_value(residual[int(2 * Fraction(power))]), certificate))


@claim(
    "2.5.sign_radial_fraction.remainder",
    at="Section 2.5",
    kind="step",
    says="The remainder is of order p^(5/2)",
    tex=r"\mathcal{R}^{\mathrm{sign}}-p+\frac{4p^{3/2}}{3\pi}=O(p^{5/2})",
    rests_on=["2.5.sign_radial_fraction"],
)
@pytest.mark.parametrize("p", ["every p ≤ 0.01", "0.0001", "0.01", "0.1", "0.25"])
def test_sign_remainder(check, p):
    def remainder():
        s = root_flip_rate(p, BALL)
        slope, angle = 1 - 2 * s**2, angle_from_amplitude(s, BALL)
        value = defining_radial_fraction(slope, BALL.sqrt(1 - slope**2), angle)
        return abs(value - s**2 + 4 * s**3 / (3 * BALL.pi)) / s**5

    if p.startswith("every"):
        bound = expand(lambda s: sign_radial_fraction(s, SERIES), 5, "0.1").remainder
        evidence = ball(lambda: abs(bound), "Lagrange remainder over the whole interval")
    else:
        evidence = ball(remainder, "quadrant integrals less the expansion")
    check(less_than("0.1", stated="bounded by 0.1 p^(5/2)"), evidence)


@claim(
    "2.5.sign_radial_fraction.sharp",
    at="Section 2.5",
    kind="extension",
    says="The order p^(5/2) is sharp: its coefficient is −2/(15π) ≈ −0.0424",
    tex=r"\mathcal{R}^{\mathrm{sign}}=p-\frac{4p^{3/2}}{3\pi}-\frac{2p^{5/2}}{15\pi}+\cdots",
)
def test_sign_remainder_is_sharp(check):
    check(printed("-0.0424"), ball(lambda: sign_radial_fraction(SERIES.variable(0), SERIES)[5], "power series"))


@claim(
    "2.5.magnitude_radial_fraction",
    at="Section 2.5",
    also_at=["Section 6.3"],
    says="For the constant-δ model 𝓡 tends to 2/π + O(√p)",
    tex=r"\mathcal{R}^{\mathrm{mag}}\to\frac{2}{\pi}+O(\sqrt{p})",
)
@pytest.mark.parametrize("p", ["limit p → 0", "every p ≤ 0.01", "1e-8", "0.0001", "0.01", "0.1"])
def test_magnitude_radial_fraction(check, p):
    if p == "limit p → 0":
        residual = (magnitude_moments(EXACT.variable(), EXACT).radial_fraction() - 2 / EXACT.pi)[0]
        check(exactly(0), proof(exact_value(residual), "power series with exact coefficients"))
        return
    bounded = less_than("0.1", stated="within 0.1 √p of 2/π")
    if p == "every p ≤ 0.01":
        remainder = expand(lambda s: magnitude_radial_fraction(s, SERIES), 1, "0.1").remainder
        check(bounded, ball(lambda: abs(remainder), "Lagrange remainder over the whole interval"))
        return

    def deviation():
        s = root_flip_rate(p, BALL)
        slope, residual = 1 + 2 * s * BALL.sqrt(2 / BALL.pi), 2 * s * BALL.sqrt(1 - 2 / BALL.pi)
        value = defining_radial_fraction(slope, residual, BALL.atan(residual / slope))
        return abs(value - 2 / BALL.pi) / s

    check(bounded, ball(deviation, "quadrant integrals"))


@claim(
    "2.5.magnitude_radial_fraction.coefficient",
    at="Section 2.5",
    kind="extension",
    says="The O(√p) term of the magnitude model's 𝓡 does not vanish: its coefficient is 0.0592",
)
def test_magnitude_coefficient(check):
    def coefficient():
        return magnitude_radial_fraction(SERIES.variable(0), SERIES)[1]

    check(printed("0.0592"), ball(coefficient, "power series"))


def over_all_rates(function):
    """A ball with the values of a function of the series s = √p for 0 < p ≤ 1/2."""
    edges = ["0.05", "0.1", "0.2", "0.4", "0.7072"]
    near_zero = expand(function, 1, edges[0])
    values = near_zero.coefficients[0] + BALL.number(0).union(BALL.number(edges[0])) * near_zero.remainder
    for lower, upper in pairwise(edges):
        values = values.union(range_over(function, lower, upper, 32, 3))
    return values


@claim(
    "2.5.separation",
    at="Section 2.5",
    says="The radial fractions separate: 2/π against O(p)",
    rests_on=["2.5.sign_radial_fraction", "2.5.magnitude_radial_fraction"],
)
@pytest.mark.parametrize("p", ["every p ≤ 1/2", *FLIP_RATES])
def test_separation(check, p):
    def gap(s, ctx):
        return magnitude_radial_fraction(s, ctx) - sign_radial_fraction(s, ctx)

    if p == "every p ≤ 1/2":
        evidence = ball(lambda: over_all_rates(lambda s: gap(s, SERIES)), "Taylor forms in √p over the whole interval")
    else:
        evidence = ball(
            lambda: gap(root_flip_rate(p, BALL), BALL), "second moments of bivariate normal pre-activations"
        )
    check(more_than("0"), evidence)


@claim(
    "2.5.source",
    at="Section 2.5",
    kind="wording",
    says="The separation of the radial fractions is the source of Theorem 3's asymmetry: before RMSNorm the two "
    "perturbations have equal energy as p → 0",
    tex=r"R_A(p)\to1",
    rests_on=["2.5.separation", "6.theorem3"],
)
def test_source_of_the_asymmetry(check):
    s = EXACT.variable()
    ratio = sign_moments(s, EXACT).energy / magnitude_moments(s, EXACT).energy
    check(
        exactly(1, stated="all of the ratio is from the radial fractions"), proof(exact_value(ratio[0]), "exact series")
    )


@claim(
    "2.5.other_magnitude_types",
    at="Section 2.5",
    says="For general magnitude-type perturbations the radial fraction differs from 2/π",
    rests_on=["2.5.definition1.quantisation"],
)
@pytest.mark.parametrize("perturbation", ["sign quantisation", "uniform scaling", "independent jitter, p = 0.01"])
def test_other_magnitude_types(check, perturbation):
    def distance():
        pair = {
            "sign quantisation": lambda: sign_quantised_pair(BALL),
            "uniform scaling": lambda: regression_pair("1.1", 0, BALL),
            "independent jitter, p = 0.01": lambda: regression_pair(1, "0.2", BALL),
        }[perturbation]()
        return abs(relu_moments(pair, BALL).radial_fraction() - 2 / BALL.pi)

    check(more_than("0", stated="differs"), ball(distance, "second moments after ReLU"))
