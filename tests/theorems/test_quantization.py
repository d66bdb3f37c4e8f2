import math

import flint
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from theorems.arithmetic.contexts import BALL, FLOAT, MP
from theorems.formulas.quantization import (
    mean_square_scale,
    round_clip,
    sign_quantisation_moments,
    sign_quantise,
    variance_of_scale,
    variance_of_square_scale,
)

WEIGHTS = np.array([[0.5, -1.5, 1.0], [-0.2, 0.1, 0.3]])
PI = flint.arb.pi()


def test_sign_quantise_by_row():
    assert sign_quantise(WEIGHTS) == pytest.approx(np.array([[1, -1, 1], [-0.2, 0.2, 0.2]]))


def test_sign_quantise_by_tensor():
    assert sign_quantise(WEIGHTS, "tensor") == pytest.approx(0.6 * np.sign(WEIGHTS))


def test_round_clip():
    weights = np.array([[0.5, -1.5, 1.0], [-0.1, 0.1, 0.4]])
    ternary, scale = round_clip(weights)
    assert scale == pytest.approx(0.6)
    assert ternary.tolist() == [[1, -1, 1], [0, 0, 1]]
    assert round_clip(weights, 1.0)[0].tolist() == [[0, -1, 1], [0, 0, 0]]


@given(st.integers(0, 2**32))
def test_round_clip_zeroes_what_lies_below_half_the_scale(seed):
    weights = np.random.default_rng(seed).standard_normal((3, 4))
    ternary, scale = round_clip(weights)
    assert np.array_equal(ternary, np.where(np.abs(weights) > scale / 2, np.sign(weights), 0))


@pytest.mark.parametrize(
    "call",
    [
        lambda: sign_quantise(np.ones(3)),
        lambda: sign_quantise(np.ones((0, 3))),
        lambda: sign_quantise(WEIGHTS, "column"),
        lambda: round_clip(WEIGHTS, -1),
        lambda: round_clip(np.zeros((2, 2))),
        lambda: mean_square_scale(0),
        lambda: mean_square_scale(4, 0),
        lambda: variance_of_scale(2.5),
        lambda: sign_quantisation_moments(3, alignment=1.5),
    ],
)
def test_bad_input_is_rejected(call):
    with pytest.raises(ValueError, match="must"):
        call()


def test_one_entry_is_quantised_without_error():
    # s = |w|: E s² = E w² = 1, Var s² = E w⁴ − 1 = 2, Var s = 1 − 2/π, Δw = 0.
    assert mean_square_scale(1) == pytest.approx(1)
    assert variance_of_square_scale(1) == pytest.approx(2)
    assert variance_of_scale(1, ctx=BALL).overlaps(1 - 2 / PI)
    assert sign_quantisation_moments(1).energy == 0


def test_two_entries_against_polar_moments():
    # |g₁| + |g₂| = R(|cos t| + |sin t|) with E R² = 2, E R⁴ = 8, so that the mean over t of 1 + |sin 2t| and of its
    # square give the moments; s² = (|g₁| + |g₂|)²/8.
    second, fourth = 2 * (1 + 2 / PI), 8 * (1 + 4 / PI + flint.arb("0.5"))
    assert mean_square_scale(2, ctx=BALL).overlaps(second / 8)
    assert variance_of_square_scale(2, ctx=BALL).overlaps((fourth - second**2) / 64)


def test_moments_of_the_scale_printed_in_appendix_b():
    for n in (3, 512):
        assert mean_square_scale(n, ctx=BALL).overlaps(2 / (PI * n) + (1 - 2 / PI) / n**2)
        assert variance_of_scale(n, ctx=BALL).overlaps((1 - 2 / PI) / n**2)


@pytest.mark.parametrize(("n", "shared"), [(5, None), (5, 40)])
def test_moments_of_the_scale_by_simulation(n, shared):
    samples, count = 200_000, shared or n
    scale = np.abs(np.random.default_rng([21, count]).standard_normal((samples, count)) / math.sqrt(n)).mean(axis=1)
    exact = mean_square_scale(n, shared)
    cases = [
        (scale**2, exact),
        ((scale - math.sqrt(2 / (math.pi * n))) ** 2, variance_of_scale(n, shared)),
        ((scale**2 - exact) ** 2, variance_of_square_scale(n, shared)),
    ]
    for values, expected in cases:
        assert abs(values.mean() - expected) < 6 * values.std() / math.sqrt(samples)


@pytest.mark.parametrize("shared", [4, 12])
def test_error_moments_by_simulation_of_the_definition(shared):
    n, samples = 4, 200_000
    rng = np.random.default_rng([22, shared])
    direction = np.array([0.8, -0.4, 0.4, 0.2])
    direction /= np.linalg.norm(direction)
    entries = rng.standard_normal((samples, shared))
    row = entries[:, :n]
    scale = np.abs(entries).mean(axis=1, keepdims=True)
    z, change = row @ direction, (scale * np.sign(row) - row) @ direction
    exact = sign_quantisation_moments(n, shared)
    for values, expected in ((z**2, 1), (z * change, exact.projection), (change**2, exact.energy)):
        assert abs(values.mean() - expected) < 6 * values.std() / math.sqrt(samples)
    orthogonal = change * (z + change)
    assert abs(orthogonal.mean()) < 6 * orthogonal.std() / math.sqrt(samples)


def test_error_is_orthogonal_to_the_quantised_output_at_every_width():
    moments = sign_quantisation_moments(7, ctx=BALL)
    assert (moments.projection + moments.energy).contains(0)
    assert moments.radial_cosine(BALL).overlaps(-((1 - 2 / PI) * flint.fmpq(6, 7)).sqrt())
    assert moments.cross.overlaps(7 * mean_square_scale(7, ctx=BALL))


def test_variance_of_the_square_scale_is_of_order_minus_three():
    leading = 4 * (2 / PI) * (1 - 2 / PI)
    assert abs(10**9 * variance_of_square_scale(1000, ctx=BALL) / leading - 1) < 0.01


def test_contexts_agree():
    for function in (mean_square_scale, variance_of_scale, variance_of_square_scale):
        ball = float(function(6, 24, BALL))
        assert [float(function(6, 24, ctx)) for ctx in (FLOAT, MP)] == pytest.approx([ball] * 2, rel=1e-12)


def test_rademacher_weights_are_quantised_without_error():
    assert sign_quantisation_moments(8, alignment=1).energy == 0
    assert mean_square_scale(8, alignment=1) == pytest.approx(1 / 8)
