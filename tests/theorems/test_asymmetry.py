import math

import flint
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorems.arithmetic.contexts import BALL, FLOAT, MP, SERIES
from theorems.arithmetic.expansions import expand
from theorems.formulas.asymmetry import (
    assembled_ratio,
    bussgang_correlation,
    chord_ratio,
    energy_ratio,
    linear_transverse_ratio,
    magnitude_moments,
    magnitude_pair,
    magnitude_radial_fraction,
    root_flip_rate,
    sign_moments,
    sign_pair,
    sign_radial_fraction,
    structural_ratio,
    structural_remainder,
    transverse_ratio,
    weight_alignment,
)
from theorems.formulas.normal_pairs import gate_decomposition, linear_moments
from theorems.integrals.gaussian_integrals import gaussian_expectation, quadrant_moment

RATES = ["0.0001", "0.01", "0.05", "0.1", "0.25", "0.4999"]
RATIOS = [energy_ratio, transverse_ratio, chord_ratio, linear_transverse_ratio]
EVERYTHING = [*RATIOS, magnitude_radial_fraction, sign_radial_fraction, structural_remainder]
KAPPA = (2 / flint.arb.pi()).sqrt()
LAMBDA = (1 - 2 / flint.arb.pi()).sqrt()
BOUNDARY = 4 / (3 * flint.arb.pi())


def root(p):
    return root_flip_rate(p, BALL)


def polar(correlation, deviation):
    """Energy, cross moment and E a′² by rigorous polar integrals over the quadrants."""
    angle = correlation.acos()
    square = {(2, 0): 1, (1, 1): -2 * deviation, (0, 2): deviation**2}
    energy = (
        quadrant_moment(square, angle, 1, 1)
        + quadrant_moment({(2, 0): 1}, angle, 1, -1)
        + quadrant_moment({(0, 2): deviation**2}, angle, -1, 1)
    )
    return energy, quadrant_moment({(1, 1): deviation}, angle, 1, 1), deviation**2 / 2


def sign_by_integral(p):
    return polar(1 - 2 * BALL.number(p), BALL.number(1))


def magnitude_by_integral(p):
    # Var(X + 2sG) and Corr(X, X + 2sG) from Corr(X, G) = E|g|, itself an integral.
    s, kappa = BALL.number(p).sqrt(), 2 * gaussian_expectation(lambda x: x, 0, None, (1, 1))
    deviation = (1 + 4 * s * kappa + 4 * s**2).sqrt()
    return polar((1 + 2 * s * kappa) / deviation, deviation)


def radial_fraction(energy, cross, _perturbed):
    return (cross - flint.arb("0.5")) ** 2 * 2 / energy


def transverse(energy, cross, perturbed):
    return energy * (1 - radial_fraction(energy, cross, perturbed))


def chord(_energy, cross, perturbed):
    return 2 * (1 - cross / (perturbed / 2).sqrt())


def agree(ball, other):
    return ball.overlaps(other) and ball.rad() < 1e-6 * abs(ball).upper() and other.rad() < 1e-6 * abs(other).upper()


def test_bussgang_correlation_is_the_mean_of_a_half_normal():
    assert agree(bussgang_correlation(BALL), 2 * gaussian_expectation(lambda x: x, 0, None, (1, 1)))


@pytest.mark.parametrize("p", RATES)
def test_energies_against_polar_integrals(p):
    assert agree(sign_moments(root(p), BALL).energy, sign_by_integral(p)[0])
    assert agree(magnitude_moments(root(p), BALL).energy, magnitude_by_integral(p)[0])
    assert agree(energy_ratio(root(p), BALL), sign_by_integral(p)[0] / magnitude_by_integral(p)[0])


@pytest.mark.parametrize("p", RATES)
def test_radial_fractions_against_polar_integrals(p):
    assert agree(sign_radial_fraction(root(p), BALL), radial_fraction(*sign_by_integral(p)))
    assert agree(magnitude_radial_fraction(root(p), BALL), radial_fraction(*magnitude_by_integral(p)))


@pytest.mark.parametrize("p", RATES)
def test_output_ratios_against_polar_integrals(p):
    sign, magnitude = sign_by_integral(p), magnitude_by_integral(p)
    assert agree(transverse_ratio(root(p), BALL), transverse(*sign) / transverse(*magnitude))
    assert agree(chord_ratio(root(p), BALL), chord(*sign) / chord(*magnitude))


@pytest.mark.parametrize("p", RATES)
def test_sign_gate_energies_against_polar_integrals(p):
    gates, angle = gate_decomposition(sign_pair(root(p), BALL), BALL), (1 - 2 * BALL.number(p)).acos()
    assert gates.on_off.energy.overlaps(quadrant_moment({(2, 0): 1}, angle, 1, -1))
    assert gates.on_on.energy.overlaps(quadrant_moment({(2, 0): 1, (1, 1): -2, (0, 2): 1}, angle, 1, 1))


def test_magnitude_energy_against_two_dimensional_quadrature():
    from scipy.integrate import dblquad

    s, kappa = 0.3, math.sqrt(2 / math.pi)
    noise = 2 * s * math.sqrt(1 - kappa**2)

    def integrand(g, x):
        perturbed = (1 + 2 * s * kappa) * x + noise * g
        return (max(perturbed, 0) - max(x, 0)) ** 2 * math.exp(-(x**2 + g**2) / 2) / (2 * math.pi)

    def kink(x):
        return -(1 + 2 * s * kappa) * x / noise

    above = dblquad(integrand, -8, 8, lambda x: max(-8.5, min(8.5, kink(x))), lambda _: 8.5, epsabs=1e-8)[0]
    below = dblquad(integrand, 0, 8, lambda _: -8.5, lambda x: max(-8.5, min(8.5, kink(x))), epsabs=1e-8)[0]
    assert magnitude_moments(s).energy == pytest.approx(above + below, abs=1e-6)


@pytest.mark.parametrize("n", [1, 5])
def test_second_moments_of_the_pairs_are_exact_at_every_width(n):
    rng, p, rows = np.random.default_rng([20, n]), 0.2, 400_000
    s = math.sqrt(p)
    direction = rng.standard_normal(n)
    direction /= np.linalg.norm(direction)
    weights = rng.standard_normal((rows, n))
    flips = np.where(rng.random((rows, n)) < p, -1, 1)
    original = weights @ direction
    samples = [
        (sign_pair(s), (weights * flips) @ direction),
        (magnitude_pair(s), (weights + 2 * s * np.sign(weights)) @ direction),
    ]
    for exact, perturbed in samples:
        for products, value in ((original * perturbed, exact.slope), (perturbed**2, exact.variance)):
            assert abs(products.mean() - value) < 6 * products.std() / math.sqrt(rows)


def test_correlations_of_pre_activation_and_change():
    moments = linear_moments(magnitude_pair(root("0.03"), BALL), BALL)
    assert moments.radial_cosine(BALL).overlaps(KAPPA)
    assert linear_moments(sign_pair(root("0.03"), BALL), BALL).radial_cosine(BALL).overlaps(-root("0.03"))


@pytest.mark.parametrize("p", RATES)
def test_linear_layer_has_the_same_constant(p):
    assert agree(linear_transverse_ratio(root(p), BALL), (1 - BALL.number(p)) / (1 - KAPPA**2))


FIRST_ORDER = [
    (energy_ratio, 1, -BOUNDARY * (1 - LAMBDA**3)),
    (magnitude_radial_fraction, KAPPA**2, BOUNDARY * KAPPA**2 * LAMBDA**3),
    (transverse_ratio, 1 / LAMBDA**2, -BOUNDARY * (1 - LAMBDA) / LAMBDA**2),
    (chord_ratio, 1 / LAMBDA**2, (4 * KAPPA - BOUNDARY * (1 - LAMBDA)) / LAMBDA**2),
    (linear_transverse_ratio, 1 / LAMBDA**2, 0),
    (structural_remainder, 0, BOUNDARY * LAMBDA),
]


@pytest.fixture
def long_series():
    length, flint.ctx.cap = flint.ctx.cap, 20
    with flint.ctx.workdps(40):
        yield
    flint.ctx.cap = length


@pytest.mark.usefixtures("long_series")
@pytest.mark.parametrize(("function", "constant", "slope"), FIRST_ORDER)
def test_expansions_in_the_root_of_p(function, constant, slope):
    expansion = expand(lambda s: function(s, SERIES), 2, "0.01")
    assert expansion.coefficients[0].overlaps(flint.arb(constant))
    assert expansion.coefficients[1].overlaps(flint.arb(slope))
    assert expansion.remainder.rad() < 0.1
    for s in ("0.001", "0.005", "0.01"):
        exact = function(BALL.number(s), BALL)
        assert expansion(s).overlaps(exact)
        assert not (expansion(s) - BALL.number(s) / 1000).overlaps(exact)


@pytest.mark.usefixtures("long_series")
def test_gate_energies_have_the_printed_coefficients_and_no_second_order():
    def coefficients(part):
        return expand(lambda s: part(gate_decomposition(sign_pair(s, SERIES), SERIES)), 5, "0.01").coefficients

    flip = coefficients(lambda gates: gates.on_off.energy)
    smooth = coefficients(lambda gates: gates.on_on.energy)
    printed_flip, printed_smooth = (0, 0, 0, 2 * BOUNDARY, 0), (0, 0, 2, -6 * BOUNDARY, 0)
    assert all(c.overlaps(flint.arb(v)) for c, v in zip(flip, printed_flip, strict=True))
    assert all(c.overlaps(flint.arb(v)) for c, v in zip(smooth, printed_smooth, strict=True))
    assert all(c.rad() < 1e-20 for c in flip + smooth)


@pytest.mark.parametrize("function", EVERYTHING)
def test_contexts_agree(function):
    ball = function(BALL.number("0.2"), BALL)
    assert function("0.2") == pytest.approx(float(ball), rel=1e-10)
    assert float(function("0.2", MP)) == pytest.approx(float(ball), rel=1e-10)
    series = function(SERIES.variable("0.2"), SERIES)
    assert series[0].overlaps(ball)
    slope = (function(0.2 + 1e-5) - function(0.2 - 1e-5)) / 2e-5
    assert float(series[1]) == pytest.approx(slope, rel=1e-5)


@given(st.floats(0.01, 0.99), st.floats(0.1, 0.95))
def test_linear_constant_for_any_symmetric_weight_law(s, alignment):
    assert linear_transverse_ratio(s, FLOAT, alignment) == pytest.approx((1 - s**2) / (1 - alignment**2))


def test_alignment_sets_the_limit_for_other_weight_laws():
    uniform = flint.arb("0.75").sqrt()
    near_zero = transverse_ratio(BALL.number("1e-5"), BALL, uniform)
    assert abs(near_zero - 4) < 1e-4
    assert weight_alignment(None, FLOAT) == math.sqrt(2 / math.pi)
    assert weight_alignment("0.5", FLOAT) == 0.5


def test_root_flip_rate():
    assert root_flip_rate("0.25") == 0.5
    assert root_flip_rate("0.09", BALL).contains(flint.fmpq(3, 10))


@pytest.mark.parametrize("function", [*RATIOS, magnitude_radial_fraction, structural_remainder])
@pytest.mark.parametrize("s", [0, -0.1, math.nan])
def test_ratios_need_a_perturbation(function, s):
    with pytest.raises(ValueError, match="must"):
        function(s)


@pytest.mark.parametrize(
    "call",
    [
        lambda: root_flip_rate("1.1"),
        lambda: root_flip_rate(-0.1),
        lambda: sign_pair(1.01),
        lambda: sign_pair(-0.1),
        lambda: magnitude_pair(-0.1),
        lambda: magnitude_pair(0.1, FLOAT, 0),
        lambda: magnitude_pair(0.1, FLOAT, 1.2),
        lambda: structural_remainder(1),
    ],
)
def test_bad_input_is_rejected(call):
    with pytest.raises(ValueError, match="must"):
        call()


@pytest.mark.parametrize(("function", "expected"), [(structural_ratio, 2.6087910759), (assembled_ratio, 2.6099094652)])
def test_approximations_of_the_transverse_ratio(function, expected):
    assert function(0.1) == pytest.approx(expected, rel=1e-9)
    assert function(BALL.number("0.1"), BALL).overlaps(BALL.number(str(expected)) + flint.arb(0, 1e-9))
