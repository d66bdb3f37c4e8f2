"""Seeds whose inputs have a direction in common: rows against drawn inputs, seeds against weight matrices."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fixtures.randomness import philox
from theorems.simulation.common_inputs import (
    CommonRows,
    bias_of_ratio,
    common_deviations,
    common_moments,
    draw_common_rows,
)
from theorems.simulation.grams import gram_of, transverse_energies
from theorems.simulation.seed_law import kernel_moments
from theorems.simulation.setups import Block
from theorems.simulation.smooth_seed_law import expected, other_variance
from theorems.statistics.replication import standard_deviation_interval

RATES = 0.02, 0.1


def test_without_a_common_direction_rows_have_their_arc_cosine_kernels():
    rows = draw_common_rows(200, RATES, 50, philox(1))
    found = common_moments(rows, 0.1, 0.0).sums
    shift = 2 * math.sqrt(0.1)
    sign = kernel_moments(rows.square, -2 * rows.flipped_square[1], 4 * rows.flipped_square[1])
    magnitude = kernel_moments(rows.square, shift * rows.absolute, np.full(50, shift**2))
    for column, exact in enumerate([*sign, *magnitude[1:]]):
        np.testing.assert_allclose(found[:, column], exact, atol=1e-6)


@pytest.mark.long
@pytest.mark.parametrize("direction", [1, -1])
def test_a_row_has_the_moments_of_normal_inputs_about_a_common_mean(direction):
    n, share, p = 30, 0.4, 0.1
    rng = philox(2)
    w, flips = rng.standard_normal(n), rng.random(n) < p
    one = np.ones(1)
    flipped = np.array([[(w * flips).sum() / math.sqrt(n)]]), np.array([[(w * flips) @ w / n]])
    sums = w.sum() / math.sqrt(n), w @ w / n, np.sign(w).sum() / math.sqrt(n), np.abs(w).sum() / n
    found = common_moments(CommonRows(n, (p,), *(each * one for each in sums), *flipped), p, share, direction)
    x = math.sqrt(share) + math.sqrt(1 - share) * rng.standard_normal((400_000, n))
    changed = w * np.where(flips, -1, 1), w + 2 * direction * math.sqrt(p) * np.sign(w)
    a, *after = (np.maximum(x @ each, 0) / math.sqrt(n) for each in (w, *changed))
    drawn = gram_of(*(each[:, None] for each in (a, after[0] - a, after[1] - a)))
    errors = drawn.std(axis=0) / math.sqrt(len(x))
    assert np.all(np.abs(found.sums[0] - drawn.mean(axis=0))[:5] < 5 * errors[:5])
    means = [a.mean(), (after[0] - a).mean(), (after[1] - a).mean()]
    np.testing.assert_allclose(found.means[:, 0], means, atol=5 / math.sqrt(len(x)))


def seed(n, p, inputs, rng):
    """c of one seed with weight matrices, as a ratio of sums, for inputs after a ReLU."""
    w, second = (rng.standard_normal((n, n), dtype=np.float32) / math.sqrt(n) for _ in range(2))
    x = rng.standard_normal((inputs, n), dtype=np.float32).clip(min=0)
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    flipped = np.where(rng.random((n, n)) < p, -w, w)
    magnitude = (w + 2 * math.sqrt(p / n) * np.sign(w)).astype(np.float32)
    a, one, two = (np.maximum(x @ each.T, 0) @ second.T for each in (w, flipped, magnitude))
    above, below = transverse_energies(gram_of(a, one - a, two - a).astype(float))
    return above.sum() / below.sum()


@pytest.mark.long
@pytest.mark.parametrize("p", RATES)
def test_seeds_have_the_mean_and_the_spread_of_dense_ones(p):
    n, inputs, seeds = 192, 400, 100
    dense = np.array([seed(n, p, inputs, philox(each)) for each in range(seeds)])
    moments = common_moments(draw_common_rows(n, RATES, 4096, philox(7)), p, 1 / math.pi)
    rows = common_deviations(moments, "transverse")
    like = Block(n // 2, n, p, n)
    deviation = math.sqrt(rows.values.var() / n + other_variance(like, "transverse", inputs, rows))
    low, high = standard_deviation_interval(dense, 1e-3)
    assert low <= deviation <= high
    alone = math.sqrt(rows.values.var() / n + other_variance(like, "transverse", inputs, rows._replace(means=None)))
    assert alone < deviation  # W₂ stretches what the inputs have in common
    mean = expected(like, "transverse").value + bias_of_ratio(moments, "transverse") / n
    assert abs(dense.mean() - mean) < 4 * deviation / math.sqrt(seeds)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="n must be"):
        draw_common_rows(0, RATES, 4, philox(1))
    rows = draw_common_rows(8, RATES, 4, philox(1))
    with pytest.raises(ValueError, match="p must be one of"):
        common_moments(rows, 0.3, 0.0)
    with pytest.raises(ValueError, match="share must lie in"):
        common_moments(rows, 0.1, 1.0)
    with pytest.raises(ValueError, match="statistic must be one of"):
        common_deviations(common_moments(rows, 0.1, 0.0), "none")
