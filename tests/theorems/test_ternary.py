import math

import flint
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorems.arithmetic.contexts import BALL, FLOAT, MP
from theorems.formulas.asymmetry import sign_moments, transverse_ratio
from theorems.formulas.normal_pairs import gate_decomposition, linear_moments, regression_pair, relu_moments
from theorems.formulas.relu_kernels import gate_flip_probability
from theorems.formulas.ternary import (
    equal_norm_chord_ratio,
    equal_norm_flip_rate,
    equal_norm_transverse_ratio,
    radial_split,
    sign_quantised_pair,
    three_valued_alignment,
)
from theorems.integrals.gaussian_integrals import gaussian_expectation, quadrant_moment

HALF = flint.arb("0.5")


def tail(power, threshold):
    """E[|g|^power 1{|g| > threshold}] as a rigorous integral."""
    return 2 * gaussian_expectation(lambda x: x**power, threshold, None, (1, power))


def three_valued_by_integral(threshold, scale):
    """Covariance of (z, z_Q) and variance of z_Q from the definition of the quantiser."""
    return scale * tail(1, threshold), scale**2 * tail(0, threshold)


def three_valued_pair(threshold, scale):
    """The pair of three-valued weights, scale·sign(w)·1{|w| > threshold}."""
    covariance, variance = three_valued_by_integral(threshold, scale)
    return regression_pair(covariance, (variance - covariance**2).sqrt(), BALL)


def polar(covariance, variance):
    """Energy, projection and lost energy after ReLU by rigorous polar integrals."""
    deviation = variance.sqrt()
    angle = (covariance / deviation).acos()
    lost = quadrant_moment({(2, 0): 1}, angle, 1, -1)
    square = {(2, 0): 1, (1, 1): -2 * deviation, (0, 2): variance}
    kept = quadrant_moment(square, angle, 1, 1)
    gained = quadrant_moment({(0, 2): variance}, angle, -1, 1)
    return kept + lost + gained, quadrant_moment({(1, 1): deviation}, angle, 1, 1) - HALF, lost


GAMMA = tail(1, 0)
# BitNet b1.58 zeroes |w| < γ/2 and dequantises with γ = E|w|.
QUANTISERS = {"b1.58": (GAMMA / 2, GAMMA), "other": (flint.arb("0.7"), flint.arb("1.3"))}
CASES = [
    pytest.param(sign_quantised_pair(BALL), three_valued_by_integral(flint.arb(0), GAMMA), id="sign"),
    *(pytest.param(three_valued_pair(*at), three_valued_by_integral(*at), id=name) for name, at in QUANTISERS.items()),
]


def test_sign_quantised_pair_has_the_moments_of_its_quantiser():
    pair, (covariance, variance) = sign_quantised_pair(BALL), three_valued_by_integral(flint.arb(0), GAMMA)
    assert pair.slope.overlaps(covariance)
    assert pair.variance.overlaps(variance)
    assert pair.variance.rad() < 1e-10


@pytest.mark.parametrize(("pair", "moments"), CASES)
def test_errors_after_relu_against_polar_integrals(pair, moments):
    energy, projection, lost = polar(*moments)
    result = relu_moments(pair, BALL)
    assert result.energy.overlaps(energy)
    assert result.projection.overlaps(projection)
    assert result.radial_fraction().overlaps(2 * projection**2 / energy)
    assert result.radial_fraction().rad() < 1e-9
    assert gate_decomposition(pair, BALL).on_off.energy.overlaps(lost)


@pytest.mark.parametrize(("pair", "moments"), CASES)
def test_actual_error_is_the_chord(pair, moments):
    covariance, variance = moments
    assert linear_moments(pair, BALL).chord_energy(BALL).overlaps(2 * (1 - covariance / variance.sqrt()))
    cosine = (polar(*moments)[1] + HALF) / (variance / 4).sqrt()
    assert relu_moments(pair, BALL).chord_energy(BALL).overlaps(2 * (1 - cosine))


def test_sign_quantisation_before_relu():
    moments = linear_moments(sign_quantised_pair(BALL), BALL)
    assert moments.cosine(BALL).overlaps(GAMMA)
    assert moments.radial_fraction().overlaps(1 - GAMMA**2)
    assert moments.relative_energy().overlaps(1 - GAMMA**2)
    assert (moments.projection + moments.energy).contains(0)


def test_three_valued_alignment_is_the_squared_cosine_for_any_scale():
    for scale in ("0.5", "2"):
        pair = three_valued_pair(flint.arb("0.4"), flint.arb(scale))
        assert three_valued_alignment("0.4", BALL).overlaps(linear_moments(pair, BALL).cosine(BALL) ** 2)
    assert three_valued_alignment(0) == pytest.approx(2 / math.pi)


def test_pair_by_simulation_of_a_wide_layer():
    # At width n the entries of (z, z_Q) have the limit's moments up to O(1/n); n = 1000 leaves that below the band.
    rng, n, rows = np.random.default_rng(23), 1000, 4000
    weights, direction = rng.standard_normal((rows, n)), np.full(n, n**-0.5)
    scale = np.abs(weights).mean(axis=1, keepdims=True)
    z, quantised = weights @ direction, (scale * np.sign(weights)) @ direction
    pair = sign_quantised_pair()
    change = np.maximum(quantised, 0) - np.maximum(z, 0)
    moments = relu_moments(pair)
    flips = (z > 0) != (quantised > 0)
    cases = [
        (change**2, moments.energy),
        (change * np.maximum(z, 0), moments.projection),
        (flips, gate_flip_probability(pair.angle)),
    ]
    for values, expected in cases:
        assert abs(values.mean() - expected) < 6 * values.std() / math.sqrt(rows) + 2 / n


def test_gate_groups_make_up_the_radial_fraction():
    pair = sign_quantised_pair(BALL)
    gates, total = gate_decomposition(pair, BALL), relu_moments(pair, BALL)
    radial = (gates.on_on.projection + gates.flipped.projection) ** 2 / (HALF * total.energy)
    assert radial.overlaps(total.radial_fraction())


@pytest.mark.parametrize("own", [True, False])
def test_radial_split_against_vectors(own):
    # The reading as a statement about vectors: project the group's part of Δa on the (group's part of) a.
    rng, rows = np.random.default_rng(24), 400_000
    pair = sign_quantised_pair()
    x = rng.standard_normal(rows)
    perturbed = pair.slope * x + pair.residual * rng.standard_normal(rows)
    a, change = np.maximum(x, 0), np.maximum(perturbed, 0) - np.maximum(x, 0)
    flipped = (x > 0) != (perturbed > 0)
    fractions = []
    for group in (~flipped, flipped):
        along = np.where(group, a, 0) if own else a
        part = np.where(group, change, 0)
        fractions.append((part @ along) ** 2 / (part @ part) / (along @ along))
    split = radial_split(pair, own_activation=own)
    # The relative standard error of each sum is below 1/√(smallest group's effective size), about 0.01.
    assert fractions == pytest.approx([split.preserved, split.flipped], rel=0.06)
    rate = flipped.mean()
    assert (1 - rate) * fractions[0] + rate * fractions[1] == pytest.approx(split.weighted, rel=0.06)


def test_flipped_neurons_on_their_own_activation():
    # Closing gates have Δa = −a and opening ones a = 0, so the fraction is 1/(1 + Var z_Q/Var z).
    pair = sign_quantised_pair(BALL)
    assert radial_split(pair, BALL, own_activation=True).flipped.overlaps(1 / (1 + pair.variance))


def test_equal_norm_comparison():
    pair = sign_quantised_pair(BALL)
    rate = equal_norm_flip_rate(pair, BALL)
    assert rate.overlaps((1 - 2 / flint.arb.pi()) / 4)
    energy, projection, _ = polar(GAMMA**2, GAMMA**2)
    sign_energy, sign_projection, _ = polar(1 - 2 * rate, flint.arb(1))
    transverse = (sign_energy - 2 * sign_projection**2) / (energy - 2 * projection**2)
    assert equal_norm_transverse_ratio(pair, BALL).overlaps(transverse)
    sign_cosine, cosine = 2 * (sign_projection + HALF), 2 * (projection + HALF) / GAMMA
    assert equal_norm_chord_ratio(pair, BALL).overlaps((1 - sign_cosine) / (1 - cosine))
    # It is another comparison than c(p), whose denominator is the constant-δ model.
    assert not equal_norm_transverse_ratio(pair, BALL).overlaps(transverse_ratio(rate.sqrt(), BALL))


@given(st.floats(0.05, 0.99))
def test_other_symmetric_laws_before_relu(alignment):
    moments = linear_moments(sign_quantised_pair(FLOAT, alignment))
    assert moments.cosine() == pytest.approx(alignment)
    assert moments.radial_fraction() == pytest.approx(1 - alignment**2)


@given(st.floats(0.05, 0.99))
def test_sign_flips_only_rotate(alignment):
    # With equal norms the actual difference after RMSNorm is the raw relative energy.
    moments = sign_moments(alignment)
    assert moments.chord_energy() == pytest.approx(moments.relative_energy())


def test_contexts_agree():
    def everything(ctx):
        pair = regression_pair("0.6", "0.5", ctx)
        return [
            relu_moments(pair, ctx).chord_energy(ctx),
            *radial_split(pair, ctx, own_activation=True),
            *radial_split(pair, ctx, own_activation=False),
            equal_norm_transverse_ratio(pair, ctx),
            equal_norm_chord_ratio(pair, ctx),
            three_valued_alignment("0.6", ctx),
        ]

    balls = [float(value) for value in everything(BALL)]
    assert everything(FLOAT) == pytest.approx(balls, rel=1e-11)
    assert [float(value) for value in everything(MP)] == pytest.approx(balls, rel=1e-11)


@pytest.mark.parametrize(
    "call",
    [
        lambda: three_valued_alignment(-1),
        lambda: sign_quantised_pair(FLOAT, 0),
        lambda: sign_quantised_pair(FLOAT, 1.1),
        lambda: equal_norm_flip_rate(regression_pair(4, 3)),
    ],
)
def test_bad_input_is_rejected(call):
    with pytest.raises(ValueError, match="must"):
        call()
