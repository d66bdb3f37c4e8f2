"""Section 2.5: perturbation types."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from verdicts import ball, claim, identity, instances, less_than, more_than, printed, tries, twin

from claims.drawn_vectors import batches, searching
from claims.independent_noise import lead_over_rates, order_of_the_lead
from claims.s02_preliminaries.weights import additive_sign_changes
from claims.width_bounds import HALF, TAYLOR, over
from theorems.arithmetic.contexts import BALL, SERIES
from theorems.arithmetic.exact_series import EXACT, exact_value
from theorems.arithmetic.expansions import divide_by_power, expand
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


@claim(
    "2.5.definition1.constant_shift",
    at="Definition 1",
    says="The constant-δ model is magnitude-type: sign(W + δ sign W) = sign(W) for every δ > 0",
    tex=r"\mathrm{sign}(W+\delta\,\mathrm{sign}(W))=\mathrm{sign}(W)",
)
def test_constant_shift_keeps_signs(check):
    import sympy

    size, delta = sympy.symbols("r delta", positive=True)
    weights = size, -size, sympy.Integer(0)
    changed = [sympy.sign(w + delta * sympy.sign(w)) for w in weights]
    check(identity(changed, list(map(sympy.sign, weights)), "in symbols, w = r, −r and 0, r > 0"))


@claim(
    "2.5.definition1.sign_flips",
    at="Definition 1",
    says="(A3) is sign-flip-type: the perturbed entries, and no others, change sign",
    tex=r"\mathrm{sign}(w_{ij}+\Delta w_{ij})\neq\mathrm{sign}(w_{ij})\ \iff\ \Delta w_{ij}\neq0",
)
@searching
@given(drawn=batches(2, zeros=True))
@example(drawn=(np.array([[0.0]]), np.array([[1.0]])))
def test_flips_change_signs(drawn):
    weights, flips = drawn[0], drawn[1] > 0
    tries(len(weights))
    if twin("no zero weights", "zero weights") == "no zero weights":
        weights, flips = weights[weights != 0], flips[weights != 0]
    assert np.array_equal(np.sign(np.where(flips, -weights, weights)) != np.sign(weights), flips)


@claim(
    "2.5.definition1.quantisation",
    at="Definition 1",
    also_at=["Section 8.3"],
    says="The error of sign quantisation is magnitude-type",
    tex=r"\mathrm{sign}(W_T)=\mathrm{sign}(W)",
)
@searching
@given(weights=batches(zeros=True))
@example(weights=np.array([[0.0, 1.0]]))
@example(weights=np.array([[0.0, 3e-100], [-3.0, 9.0]]))
def test_sign_quantisation_keeps_signs(weights):
    tries(len(weights))
    assert np.array_equal(np.sign(twin(1, -1) * sign_quantise(weights)), np.sign(weights))


def excess_of_the_noise(angle_over_x, x, pi):
    """(arctan(x)/π − p)/x at x = 2√p."""
    return angle_over_x / pi - x / 4


def fall_of_the_excess():
    def slope(x):
        return excess_of_the_noise(divide_by_power(x.atan(), x, 1, SERIES), x, BALL.pi).derivative()

    method = "slope of (arctan(x)/π − p)/x, x = 2√p, over all of 0 < x < 1"
    return less_than("0", "falls to its value at p = 1/4"), ball(lambda: over(slope, 0, 1), method)


def excess_at_a_quarter():
    import sympy

    x = sympy.Integer(1)
    return [identity(excess_of_the_noise(sympy.atan(x) / x, x, sympy.pi), 0, "in symbols, at x = 2√p = 1")]


def noise_over_quadrants(p):
    method = "quadrants of the normal pair (w, w + noise)"
    return lambda: (more_than(p), instances(additive_sign_changes, at=[p], method=method))


NOISE = {"every p < 1/4": fall_of_the_excess, "p = 1/4": excess_at_a_quarter} | {
    p: noise_over_quadrants(p) for p in ("0.001", "0.01", "0.1", "0.2")
}


@claim(
    "2.5.additive_flips",
    at="Definition 1",
    kind="extension",
    says="Independent Gaussian noise of the flips' norm is of neither type: it moves every weight and changes the sign "
    "of arctan(2√p)/π of them, for p < 1/4 more than the share p",
    tex=r"\frac{1}{\pi}\arctan(2\sqrt{p})>p",
)
@pytest.mark.parametrize("changes", NOISE.values(), ids=NOISE)
def test_additive_noise_flips_signs(check, changes):
    check(*changes())


@claim(
    "2.5.definition1.jitter",
    at="Definition 1",
    kind="extension",
    says="A magnitude-type perturbation can do more transverse damage than sign flips of the same norm: ΔW = ±2√p·W "
    "with independent signs keeps every sign for p < 1/4",
    tex=r"\frac{\|P_{y^\perp}\Delta y^{\mathrm{sign}}\|^2}{\|P_{y^\perp}\Delta y^{\mathrm{jitter}}\|^2}<1",
    rests_on=["6.theorem3.closed_form"],
)
@pytest.mark.parametrize("lead", [lead_over_rates, order_of_the_lead], ids=["every p", "order as p → 0"])
def test_jitter_does_more_damage(check, lead):
    check(*lead())


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
    coefficient = exact_value(residual[int(2 * Fraction(power))])
    check(identity(coefficient, 0, "power series with exact coefficients", f"coefficient of p^({power})"))


def sign_remainder(p):
    """|𝓡 − p + 4p^(3/2)/(3π)|/p^(5/2) from the definition."""
    s = root_flip_rate(p, BALL)
    slope, angle = 1 - 2 * s**2, angle_from_amplitude(s, BALL)
    value = defining_radial_fraction(slope, BALL.sqrt(1 - slope**2), angle)
    return abs(value - s**2 + 4 * s**3 / (3 * BALL.pi)) / s**5


def remainders(series, terms, at_rate, rates):
    """Cases: the remainder of a series in √p over a whole interval, and that of the definition at some rates."""
    bound = ball(lambda: abs(expand(series, terms, "0.1").remainder), "Lagrange remainder over the whole interval")
    near = [instances(at_rate, at=[p], method="quadrant integrals less the expansion") for p in rates]
    return pytest.mark.parametrize("remainder", [bound, *near], ids=["every p ≤ 0.01", *rates])


@claim(
    "2.5.sign_radial_fraction.remainder",
    at="Section 2.5",
    kind="step",
    says="The remainder is of order p^(5/2)",
    tex=r"\mathcal{R}^{\mathrm{sign}}-p+\frac{4p^{3/2}}{3\pi}=O(p^{5/2})",
    rests_on=["2.5.sign_radial_fraction"],
)
@remainders(lambda s: sign_radial_fraction(s, SERIES), 5, sign_remainder, ["0.0001", "0.01", "0.1", "0.25"])
def test_sign_remainder(check, remainder):
    check(less_than("0.1", stated="bounded by 0.1 p^(5/2)"), remainder)


@claim(
    "2.5.sign_radial_fraction.sharp",
    at="Section 2.5",
    kind="extension",
    says="The order p^(5/2) is sharp: its coefficient is −2/(15π) ≈ −0.0424",
    tex=r"\mathcal{R}^{\mathrm{sign}}=p-\frac{4p^{3/2}}{3\pi}-\frac{2p^{5/2}}{15\pi}+\cdots",
)
def test_sign_remainder_is_sharp(check):
    check(printed("-0.0424"), ball(lambda: sign_radial_fraction(SERIES.variable(0), SERIES)[5], "power series"))


def magnitude_remainder(p):
    """|𝓡 − 2/π|/√p from the definition."""
    s = root_flip_rate(p, BALL)
    slope, residual = 1 + 2 * s * BALL.sqrt(2 / BALL.pi), 2 * s * BALL.sqrt(1 - 2 / BALL.pi)
    return abs(defining_radial_fraction(slope, residual, BALL.atan(residual / slope)) - 2 / BALL.pi) / s


@claim(
    "2.5.magnitude_radial_fraction",
    at="Section 2.5",
    also_at=["Section 6.3"],
    says="For the constant-δ model 𝓡 tends to 2/π + O(√p)",
    tex=r"\mathcal{R}^{\mathrm{mag}}\to\frac{2}{\pi}+O(\sqrt{p})",
)
@remainders(lambda s: magnitude_radial_fraction(s, SERIES), 1, magnitude_remainder, ["1e-8", "0.0001", "0.01", "0.1"])
def test_magnitude_radial_fraction(check, remainder):
    check(less_than("0.1", stated="within 0.1 √p of 2/π"), remainder)


@claim(
    "2.5.magnitude_radial_fraction.limit",
    at="Section 2.5",
    kind="step",
    says="As p → 0 the radial fraction of the constant-δ model tends to 2/π",
    tex=r"\lim_{p\to 0}\mathcal{R}^{\mathrm{mag}}=\frac{2}{\pi}",
)
def test_magnitude_limit(check):
    limit = magnitude_moments(EXACT.variable(), EXACT).radial_fraction() * EXACT.pi / 2
    check(identity(exact_value(limit[0]), 1, "power series with exact coefficients", "over 2/π"))


@claim(
    "2.5.magnitude_radial_fraction.coefficient",
    at="Section 2.5",
    kind="extension",
    says="The O(√p) term of the magnitude model's 𝓡 does not vanish: its coefficient is 0.0592",
    tex=r"\mathcal{R}^{\mathrm{mag}}\approx\frac{2}{\pi}+0.0592\sqrt{p}",
)
def test_magnitude_coefficient(check):
    def coefficient():
        return magnitude_radial_fraction(SERIES.variable(0), SERIES)[1]

    check(printed("0.0592"), ball(coefficient, "power series"))


def gap(s, ctx):
    return magnitude_radial_fraction(s, ctx) - sign_radial_fraction(s, ctx)


SEPARATION = {"every p ≤ 1/2": ball(lambda: over(lambda s: gap(s, SERIES), 0, HALF), TAYLOR)} | {
    p: instances(
        lambda p: gap(root_flip_rate(p, BALL), BALL), at=[p], method="second moments of normal pre-activations"
    )
    for p in ("0.01", "0.05", "0.1", "0.25")
}


@claim(
    "2.5.separation",
    at="Section 2.5",
    says="The radial fractions separate: 2/π against O(p)",
    tex=r"\mathcal{R}^{\mathrm{sign}}=O(p)<\mathcal{R}^{\mathrm{mag}}\to\frac{2}{\pi}",
    rests_on=["2.5.sign_radial_fraction", "2.5.magnitude_radial_fraction", "6.theorem3.closed_form"],
)
@pytest.mark.parametrize("gap", SEPARATION.values(), ids=SEPARATION)
def test_separation(check, gap):
    check(more_than("0"), gap)


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
    check(identity(exact_value(ratio[0]), 1, "exact series", "all of the ratio is from the radial fractions"))


OTHER_PAIRS = {
    "sign quantisation": lambda: sign_quantised_pair(BALL),
    "uniform scaling": lambda: regression_pair("1.1", 0, BALL),
    "independent jitter, p = 0.01": lambda: regression_pair(1, "0.2", BALL),
}


@claim(
    "2.5.other_magnitude_types",
    at="Section 2.5",
    says="For general magnitude-type perturbations the radial fraction differs from 2/π",
    tex=r"\mathcal{R}\neq\frac{2}{\pi}",
    rests_on=["2.5.definition1.quantisation"],
)
@pytest.mark.parametrize("pair", OTHER_PAIRS.values(), ids=OTHER_PAIRS)
def test_other_magnitude_types(check, pair):
    def distance():
        return abs(relu_moments(pair(), BALL).radial_fraction() - 2 / BALL.pi)

    check(more_than("0", stated="differs"), ball(distance, "second moments after ReLU"))
