"""One draw of the experiment by the exact law of its rows: fresh weights, masks and input, and no weight matrix.

A Gaussian row w with K flips is a pair of independent parts, flipped and kept. Each has a chi-square norm and an
independent alignment c with its own signs (`row_laws`), and a uniform input meets the four directions w_F, sign(w_F),
w_R, sign(w_R) in four coordinates of a point on the sphere. So z, z′ and Σ sign(w_j)x̂_j cost a dozen random numbers a
row, whatever n.

What is left out: rows are drawn independently of one another, which they are given x̂ only. What the rows share, Σ x̂_j⁴
and its like, changes a row's conditional mean by relative order n^{−3/2}, so that laws of sums over m rows err by a
relative m/n³ in their variance; and c has its first seven moments.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.simulation.grams import gram_of, project
from theorems.simulation.row_laws import alignment_rule, binomial_masses, require_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from theorems.simulation.setups import Block, Matching

    Array = npt.NDArray[np.float64]

__all__ = [
    "Rows",
    "activation_grams",
    "draw_grams",
    "draw_rows",
    "flip_places",
    "flipped_energies",
    "row_batches",
]

LARGEST_BATCH = 2**18  # rows drawn at a time
CELLS = 2**16  # many for each step of a cumulative sum; a power of two, so that a product with it is exact


class Rows:
    """Rows of W₁ without their entries: what is flipped and what is kept, each (…,), in units of a weight's deviation.

    Attributes:
        n, p: the width and the flip rate.
        flips: how many weights of the row flip.
        flipped, kept: the squared norms of both parts.
        flipped_alignment, kept_alignment: their c, 1 for a part of at most one weight.
    """

    def __init__(self, n: int, p: float, shape: tuple[int, ...], rng: np.random.Generator) -> None:
        self.n, self.p = n, p
        table = _row_table(n, p)
        chosen = table.places(rng.random(shape))
        self.flips = table.flips[chosen]
        self.flipped_alignment, self.kept_alignment = table.flipped_alignment[chosen], table.kept_alignment[chosen]
        # A chi-square variable of no degrees of freedom is zero.
        self.flipped = 2 * rng.standard_gamma(self.flips / 2)
        self.kept = 2 * rng.standard_gamma((n - self.flips) / 2)

    def norm_change(self) -> Array:
        """‖ΔW_sign‖_F² of each batch of rows over its expectation 4p·rows, times p: the flipped part of the energy."""
        result: Array = self.flipped.mean(axis=-1) / self.n
        return result

    def absolute_sums(self) -> Array:
        """Σ|w_j| of each row."""
        sums: Array = np.sqrt(self.flips * self.flipped) * self.flipped_alignment
        sums += np.sqrt((self.n - self.flips) * self.kept) * self.kept_alignment
        return sums

    def rate(self, matching: Matching) -> float | Array:
        """The p of the magnitude change, δ² = 4p/n: one for all, or of each batch, from the norm of its flips."""
        return self.p if matching == "expected" else self.norm_change()

    def pre_activations(self, rng: np.random.Generator) -> tuple[Array, Array, Array]:
        """z, z′ under the flips and Σ sign(w_j)x̂_j, for an input uniform on the sphere; each of the rows' shape."""
        shape = self.flips.shape
        g = rng.standard_normal((4, *shape))
        g /= np.sqrt((g**2).sum(axis=0) + 2 * rng.standard_gamma((self.n - 4) / 2, shape))
        flipped, kept = np.sqrt(self.flipped) * g[0], np.sqrt(self.kept) * g[2]
        tilt = np.sqrt(self.flips) * _toward(self.flipped_alignment, g[0], g[1])
        tilt += np.sqrt(self.n - self.flips) * _toward(self.kept_alignment, g[2], g[3])
        return kept + flipped, kept - flipped, tilt

    def changed(self, matching: Matching, rng: np.random.Generator) -> tuple[Array, Array, Array]:
        """z, z′ under the flips and z′ under the magnitude change, for such an input; each of the rows' shape."""
        before, flipped, tilt = self.pre_activations(rng)
        return before, flipped, before + 2 * np.sqrt(np.asarray(self.rate(matching)))[..., None] * tilt


def _toward(c: Array, along: Array, across: Array) -> Array:
    return c * along + np.sqrt(1 - c**2) * across


class _RowTable(NamedTuple):
    """The discrete part of a row's law, K and both alignments, as one table to be looked up by its cumulative sum."""

    cumulative: Array
    guide: npt.NDArray[np.int64]  # the place of each j/CELLS
    flips: npt.NDArray[np.int64]
    flipped_alignment: Array
    kept_alignment: Array

    def places(self, uniform: Array) -> npt.NDArray[np.int64]:
        """The first places whose cumulative sum is at least `uniform`, in [0, 1); of its shape.

        By a guide table (Chen and Asau, 1974): only in cells that a step of the sum divides is there a search.
        """
        cells = (uniform * CELLS).astype(np.int64)
        places: npt.NDArray[np.int64] = self.guide[cells]
        divided = places != self.guide[cells + 1]
        places[divided] = np.searchsorted(self.cumulative, uniform[divided])
        return places


@functools.cache
def _row_table(n: int, p: float) -> _RowTable:
    numbers = np.arange(n + 1)
    mass = binomial_masses(n, p)
    weights, flips, flipped, kept = [], [], [], []
    for k in numbers[mass > 1e-18]:
        one, two = alignment_rule(max(1, int(k))), alignment_rule(max(1, n - int(k)))
        weights.append((mass[k] * np.outer(one.weights, two.weights)).ravel())
        flips.append(np.full(weights[-1].size, k))
        flipped.append(np.repeat(one.nodes, two.nodes.size))
        kept.append(np.tile(two.nodes, one.nodes.size))
    cumulative = np.cumsum(np.concatenate(weights))
    cumulative[-1] = 1
    guide = np.searchsorted(cumulative, np.arange(CELLS + 1) / CELLS)
    both = (np.minimum(np.concatenate(part), 1.0) for part in (flipped, kept))
    return _RowTable(cumulative, guide, np.concatenate(flips), *both)


def draw_rows(block: Block, draws: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """z, z′ under sign flips and z′ under the magnitude change, each (draws, m), in units of 1/√n; n >= 5.

    ValueError for a narrower block or draws < 1.
    """
    require_count(block.n, 5, "n")
    require_count(draws, 1, "draws")
    return Rows(block.n, block.p, (draws, block.m), rng).changed(block.matching, rng)


def draw_grams(block: Block, draws: int, rng: np.random.Generator) -> Array:
    """The Gram products of (y, Δ_sign, Δ_mag) as in `grams`, shape (draws, 6), over the number of y's entries.

    Every draw has fresh weights, masks and input. Memory stays bounded by `LARGEST_BATCH` rows. ValueError as in
    `draw_rows` and, with W₂, `grams.project`.
    """
    require_count(draws, 1, "draws")
    batches = [activation_grams(*draw_rows(block, size, rng), relu=block.relu) for size in row_batches(draws, block.m)]
    grams = np.concatenate(batches)
    return grams if block.d is None else project(grams, block.d, rng)


def row_batches(draws: int, m: int) -> Iterator[int]:
    """Sizes that add up to `draws`, of at most `LARGEST_BATCH` rows each but for a single draw."""
    most = max(1, LARGEST_BATCH // m)
    for start in range(0, draws, most):
        yield min(most, draws - start)


def activation_grams(before: Array, sign: Array, magnitude: Array, *, relu: bool) -> Array:
    """The Gram products of `grams` from z, z′ under sign flips and z′ under the magnitude change, (…, m) → (…, 6)."""
    a, one, two = (np.maximum(z, 0) if relu else z for z in (before, sign, magnitude))
    return gram_of(a, one - a, two - a)


def flipped_energies(first: Array, second: Array, p: float, m: int, rng: np.random.Generator) -> Array:
    """Σ_{j flipped} first_j·second_j for m rows of independent Bernoulli(p) masks, shape (m,), in O(pmn) steps.

    The masks are one Bernoulli sequence, visited from flip to flip by geometric gaps. With first = second = x̂ it is the
    flipped energy q of each row for that very input. ValueError for p outside (0, 1/2) or vectors of unequal length.
    """
    reject(first.ndim != 1 or first.shape != second.shape, f"need equal vectors, got {first.shape}, {second.shape}")
    rows, columns = flip_places(m, first.size, p, rng)
    sums: Array = np.bincount(rows, weights=(first * second)[columns], minlength=m).astype(np.float64)
    return sums


def flip_places(
    m: int, n: int, p: float, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows and columns of the flips of an m × n matrix, each entry with probability p: about pmn of them.

    ValueError for m or n < 1 or p outside (0, 1/2).
    """
    require_count(m, 1, "m")
    require_count(n, 1, "n")
    require_rate(p)
    rows, columns = np.divmod(_bernoulli_places(m * n, p, rng), n)
    return rows, columns


def _bernoulli_places(length: int, p: float, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    places: list[npt.NDArray[np.int64]] = []
    reached = -1
    while reached < length:
        expected = (length - reached) * p
        gaps = rng.geometric(p, int(expected + 4 * np.sqrt(expected) + 8))
        places.append(reached + np.cumsum(gaps))
        reached = int(places[-1][-1])
    joined = np.concatenate(places)
    return joined[joined < length]
