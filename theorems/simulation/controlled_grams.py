"""Draws of the block with control variates whose means are known by construction: nothing is taken from a quadrature.

A product of (a, Δ, Δ′), averaged over m rows, scatters for two reasons. One is the input: given the rows the mean over
inputs is their arc-cosine kernel (`seed_law.row_moments`), and the product less that has mean zero. The other are the
rows, through energies and absolute sums of weights, whose own means are elementary. What is left, most of it not linear
in the products, is a thousandth of the variance at n = m = 2048 and p = 0.01.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.simulation.exact_law import Rows, activation_grams, row_batches
from theorems.simulation.grams import project
from theorems.simulation.seed_law import row_moments

if TYPE_CHECKING:
    import numpy.typing as npt

    from theorems.simulation.setups import Block

    Array = npt.NDArray[np.float64]

__all__ = ["ControlledGrams", "controlled_grams", "weight_controls"]


class ControlledGrams(NamedTuple):
    """Draws as those of `exact_law.draw_grams`, and what scatters with them about 0."""

    grams: Array  # (draws, 6)
    controls: Array  # (draws, 9), each of mean zero


def controlled_grams(block: Block, draws: int, rng: np.random.Generator) -> ControlledGrams:
    """Fresh weights, masks and input in each draw, by the law of `exact_law.draw_grams`; for a block with a ReLU.

    The controls are the first five products before W₂, less their means given the rows, and those of `weight_controls`.
    ValueError as there, or without a ReLU.
    """
    require_count(block.n, 5, "n")
    require_count(draws, 1, "draws")
    reject(not block.relu, "the means over inputs are known for blocks with a ReLU")
    parts = [_drawn(block, size, rng) for size in row_batches(draws, block.m)]
    grams, controls = (np.concatenate(each) for each in zip(*parts, strict=True))
    return ControlledGrams(grams if block.d is None else project(grams, block.d, rng), controls)


def _drawn(block: Block, draws: int, rng: np.random.Generator) -> ControlledGrams:
    rows = Rows(block.n, block.p, (draws, block.m), rng)
    grams = activation_grams(*rows.changed(block.matching, rng), relu=True)
    sign, magnitude = row_moments(rows, rows.rate(block.matching))
    means = np.stack([values.mean(axis=-1) for values in (*sign, *magnitude[1:])], axis=-1)
    return ControlledGrams(grams, np.concatenate([grams[:, :5] - means, weight_controls(rows)], axis=1))


def weight_controls(rows: Rows) -> Array:
    """Averages of each batch of rows (…, m), less their means: (…, 4).

    The energies F of flipped and R of kept weights, Σ|w_j|, and F². With K ~ Bin(n, p) flips F is χ² of K degrees of
    freedom, of mean K and mean square K(K + 2).
    """
    n, p = rows.n, rows.p
    expected = n * p, n * (1 - p), n * math.sqrt(2 / math.pi), n * p * (n * p + 3 - p)
    found = rows.flipped, rows.kept, rows.absolute_sums(), rows.flipped**2
    return np.stack([each.mean(axis=-1) - mean for each, mean in zip(found, expected, strict=True)], axis=-1)
