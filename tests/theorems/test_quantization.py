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
    sign_quantise,
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
        lambda: mean_square_scale(2.5),
        lambda: mean_square_scale(3, alignment=1.5),
    ],
)
def test_bad_input_is_rejected(call):
    with pytest.raises(ValueError, match="must"):
        call()


def test_one_entry_is_quantised_without_error():
    # s = |w|: E s² = E w² = 1.
    assert mean_square_scale(1) == pytest.approx(1)


def test_two_entries_against_polar_moments():
    # |g₁| + |g₂| = R(|cos t| + |sin t|) with E R² = 2, and the mean over t of (|cos t| + |sin t|)² = 1 + |sin 2t| is
    # 1 + 2/π; s² = (|g₁| + |g₂|)²/8.
    assert mean_square_scale(2, ctx=BALL).overlaps((1 + 2 / PI) / 4)


def test_mean_square_of_the_scale_printed_in_appendix_b():
    for n in (3, 512):
        assert mean_square_scale(n, ctx=BALL).overlaps(2 / (PI * n) + (1 - 2 / PI) / n**2)


@pytest.mark.parametrize("shared", [4, 12, 40])
def test_output_moments_by_simulation_of_the_definition(shared):
    n, samples = 4, 200_000
    rng = np.random.default_rng([22, shared])
    direction = np.array([0.8, -0.4, 0.4, 0.2])
    direction /= np.linalg.norm(direction)
    entries = rng.standard_normal((samples, shared))
    row = entries[:, :n]
    scale = np.abs(entries).mean(axis=1)
    z, quantised = row @ direction, scale * (np.sign(row) @ direction)
    expected = n * mean_square_scale(n, shared)  # the entries have variance 1, not 1/n
    for values in (scale**2, quantised**2, z * quantised):
        assert abs(values.mean() - expected) < 6 * values.std() / math.sqrt(samples)


def test_contexts_agree():
    ball = float(mean_square_scale(6, 24, BALL))
    assert [float(mean_square_scale(6, 24, ctx)) for ctx in (FLOAT, MP)] == pytest.approx([ball] * 2, rel=1e-12)


def test_rademacher_weights_are_quantised_without_error():
    assert mean_square_scale(8, alignment=1) == pytest.approx(1 / 8)
