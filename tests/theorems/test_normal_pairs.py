import math

import flint
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorems.arithmetic.contexts import BALL, FLOAT, MP, SERIES
from theorems.formulas.normal_pairs import gate_decomposition, linear_moments, regression_pair, relu_moments
from theorems.formulas.relu_kernels import arc_cosine_kernel, relu_energy
from theorems.integrals.gaussian_integrals import quadrant_moment
from theorems.moments import Moments

PAIRS = [("1", "0.3"), ("0.4", "0.9"), ("1.7", "0.2"), ("0.6366", "0.4810")]
ORIGINAL = {(2, 0): 1}


def geometry(slope, residual):
    """Angle and deviation of X′ by the arccosine of the correlation, not by the arctangent."""
    deviation = (BALL.number(slope) ** 2 + BALL.number(residual) ** 2).sqrt()
    return (BALL.number(slope) / deviation).acos(), deviation


def difference_squared(deviation):
    return {(2, 0): 1, (1, 1): -2 * deviation, (0, 2): deviation**2}


def closed(pair):
    return regression_pair(*pair, BALL)


@pytest.mark.parametrize("pair", PAIRS)
def test_angle_and_variance(pair):
    angle, deviation = geometry(*pair)
    assert closed(pair).angle.overlaps(angle)
    assert closed(pair).variance.overlaps(deviation**2)


@pytest.mark.parametrize("pair", PAIRS)
def test_relu_moments_against_polar_integrals(pair):
    angle, deviation = geometry(*pair)
    moments = relu_moments(closed(pair), BALL)
    kept = quadrant_moment(difference_squared(deviation), angle, 1, 1)
    lost = quadrant_moment(ORIGINAL, angle, 1, -1)
    gained = quadrant_moment({(0, 2): deviation**2}, angle, -1, 1)
    assert moments.energy.overlaps(kept + lost + gained)
    assert moments.energy.rad() < 1e-13
    assert moments.cross.overlaps(quadrant_moment({(1, 1): deviation}, angle, 1, 1))
    assert moments.original.overlaps(quadrant_moment(ORIGINAL, angle, 1, 1) + lost)
    assert moments.perturbed.overlaps(deviation**2 / 2)


@pytest.mark.parametrize("pair", PAIRS)
def test_relu_moments_agree_with_the_arc_cosine_kernel(pair):
    angle, deviation = geometry(*pair)
    moments = relu_moments(closed(pair), BALL)
    assert moments.cross.overlaps(arc_cosine_kernel(angle, 1, deviation, BALL))
    assert moments.energy.overlaps(relu_energy(angle, 1, deviation, BALL))


@pytest.mark.parametrize("pair", PAIRS)
def test_gate_decomposition_against_polar_integrals(pair):
    angle, deviation = geometry(*pair)
    gates = gate_decomposition(closed(pair), BALL)
    on_on_projection = {(1, 1): deviation, (2, 0): -1}
    assert gates.on_on.original.overlaps(quadrant_moment(ORIGINAL, angle, 1, 1))
    assert gates.on_on.projection.overlaps(quadrant_moment(on_on_projection, angle, 1, 1))
    assert gates.on_on.energy.overlaps(quadrant_moment(difference_squared(deviation), angle, 1, 1))
    lost = quadrant_moment(ORIGINAL, angle, 1, -1)
    assert all(value.overlaps(lost) for value in (gates.on_off.original, -gates.on_off.projection, gates.on_off.energy))
    assert gates.off_on.energy.overlaps(quadrant_moment({(0, 2): deviation**2}, angle, -1, 1))
    assert gates.off_on.original == 0
    assert gates.off_on.projection == 0


def test_gate_decomposition_adds_up():
    pair = closed(PAIRS[1])
    gates, total = gate_decomposition(pair, BALL), relu_moments(pair, BALL)
    union = gates.on_on + gates.flipped
    assert union.original.overlaps(total.original)
    assert union.projection.overlaps(total.projection)
    assert union.energy.overlaps(total.energy)


def test_linear_moments_by_expanding_the_square():
    moments = linear_moments(regression_pair(0.4, 0.9))
    assert moments.original == 1
    assert moments.cross == pytest.approx(0.4)
    assert moments.energy == pytest.approx(1 - 2 * 0.4 + 0.4**2 + 0.9**2)
    assert moments.perturbed == pytest.approx(0.4**2 + 0.9**2)


VECTORS = st.lists(st.floats(-10, 10), min_size=3, max_size=3).map(np.array)


@given(VECTORS, VECTORS)
def test_moments_are_the_geometry_of_vectors(a, change):
    perturbed = a + change
    if min(np.linalg.norm(v) for v in (a, change, perturbed)) < 1e-2:
        return
    moments = Moments(a @ a, a @ change, change @ change)
    unit, unit_perturbed = a / np.linalg.norm(a), perturbed / np.linalg.norm(perturbed)
    along = change @ unit
    # Dividing by ‖a‖² ≥ 1e-4 amplifies rounding of squares up to 1200.
    tolerance = 1e-8 * moments.relative_energy() + 1e-9
    assert moments.relative_energy() == pytest.approx(change @ change / (a @ a))
    assert moments.radial_fraction() == pytest.approx(along**2 / (change @ change), abs=1e-9)
    assert moments.radial_cosine() == pytest.approx(along / np.linalg.norm(change), abs=1e-9)
    across = change - along * unit
    assert moments.transverse_energy() == pytest.approx(across @ across / (a @ a), abs=tolerance)
    assert moments.cosine() == pytest.approx(unit @ unit_perturbed, abs=1e-6)
    if unit @ unit_perturbed > -0.9:
        chord = unit_perturbed - unit
        assert moments.chord_energy() == pytest.approx(chord @ chord, abs=1e-6)
        assert moments.chord_over_transverse() * moments.transverse_energy() == pytest.approx(moments.chord_energy())


def test_contexts_agree():
    values = [relu_moments(regression_pair("0.4", "0.9", ctx), ctx).chord_energy(ctx) for ctx in (FLOAT, MP)]
    ball = relu_moments(regression_pair("0.4", "0.9", BALL), BALL).chord_energy(BALL)
    pair = regression_pair(SERIES.variable("0.4"), "0.9", SERIES)
    series = relu_moments(pair, SERIES).chord_energy(SERIES)
    assert values == pytest.approx([float(ball)] * 2, rel=1e-13)
    assert series[0].overlaps(ball)
    step = 1e-6
    slopes = (0.4 + step, 0.4 - step)
    up, down = (relu_moments(regression_pair(slope, 0.9)).chord_energy() for slope in slopes)
    assert float(series[1]) == pytest.approx((up - down) / (2 * step), rel=1e-6)


@pytest.mark.parametrize(("slope", "residual"), [(0, 1), (-0.5, 1), (1, -0.1), (math.nan, 1)])
def test_bad_pairs_are_rejected(slope, residual):
    with pytest.raises(ValueError, match="must"):
        regression_pair(slope, residual)


def test_an_uncertain_ball_is_not_rejected():
    assert not regression_pair(flint.arb(0.1, 0.05), "0.5", BALL).angle.contains(0)
