"""One layer's rows of weights and masks: what several inputs' streams make of them, and what the masks alone tell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from theorems.simulation.exact_law import flip_places

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

__all__ = ["LayerRows", "correlated"]

ALIGNMENT = math.sqrt(2 / math.pi)  # E|w| of a standard normal weight
SINGULAR = 1e-11  # of a variance, what rounding may leave


class LayerRows:
    """n rows of weights and masks, and what they make of the streams (3, k, n) before ReLU, in units of 1/√n."""

    def __init__(self, hat: Array, p: float, rng: np.random.Generator) -> None:
        from scipy.sparse import csr_array

        self.p, self.n, inputs = p, hat.shape[-1], hat.shape[1]
        clean, sign, magnitude = hat
        rows, columns = flip_places(self.n, self.n, p, rng)
        ends = np.searchsorted(rows, np.arange(self.n + 1))
        weights = rng.standard_normal(columns.size)
        self.energies = np.bincount(rows, weights=weights**2, minlength=self.n)
        vectors = np.concatenate([clean, magnitude, sign])
        by_entry = np.ascontiguousarray(vectors.T)
        pairs = [(i, j) for i in range(len(vectors)) for j in range(i + 1)]
        one, two = np.array(pairs).T
        factors = np.take(by_entry, one, axis=1) * np.take(by_entry, two, axis=1)
        lost = (csr_array((np.ones_like(weights), columns, ends), shape=(self.n, self.n)) @ factors).T.copy()
        base = vectors @ vectors.T
        covariances = {(i, j): base[i, j] - part for (i, j), part in zip(pairs, lost, strict=True)}
        kept = correlated(covariances, rng.standard_normal(vectors.shape))
        flipped = csr_array((weights, columns, ends), shape=(self.n, self.n)) @ by_entry
        flipped[:, 2 * inputs :] *= -1
        self.clean, self.third, self.sign = (kept + flipped.T).reshape(3, inputs, self.n)
        root = np.asarray(np.linalg.qr(magnitude.T, mode="r"))
        self.rest = root.T @ rng.standard_normal((inputs, self.n))
        # Squared norms, and the covariance of a row's clean and flipped pre-activations given its mask, (k, n).
        self.squares = np.einsum("akn,akn->ak", hat, hat)
        self.tilted = np.einsum("kn,kn->k", clean, magnitude)
        self.overlap = np.einsum("kn,kn->k", clean, sign)
        own = lost[[pairs.index((2 * inputs + j, j)) for j in range(inputs)]]
        self.covariance = self.overlap[:, None] - 2 * own

    def activations(self, shift: float) -> Array:
        """ReLU of the rows, (3, k, n), for a magnitude change of this size."""
        tilt = ALIGNMENT * self.third + math.sqrt(1 - ALIGNMENT**2) * self.rest
        rows = np.stack([self.clean, self.sign, self.third + shift * tilt])
        return np.asarray(np.maximum(rows, 0) / math.sqrt(self.n))

    def conditional(self, kind: int, shift: float) -> list[Array]:
        """Conditional means of activations (3, k, 1) and of products for the kind, (k, 3, n), given the masks."""
        grown = 1 + 2 * shift * ALIGNMENT + shift**2
        squares = self.squares * np.array([1.0, 1.0, grown])[:, None]
        cross = self.covariance if kind == 1 else (self.tilted * (1 + shift * ALIGNMENT))[:, None]
        one, two = squares[0, :, None], squares[kind, :, None]
        both = np.broadcast_to(_kernel(cross, one, two), self.clean.shape)
        products = np.stack([np.broadcast_to(one / 2, both.shape), both, np.broadcast_to(two / 2, both.shape)], axis=1)
        return [np.sqrt(squares / (2 * math.pi * self.n))[:, :, None], products / self.n]

    @property
    def masks(self) -> Array:
        """What the masks add to the mean of the product of clean and flipped activations, in first order, (k, n)."""
        expected = (1 - 2 * self.p) * self.overlap
        angle = np.arccos(expected / np.sqrt(self.squares[0] * self.squares[1]))
        slope = (math.pi - angle) / (2 * math.pi * self.n)  # the probability that both gates are open
        return np.asarray(slope[:, None] * (self.covariance - expected[:, None]))


def _kernel(cross: Array, one: Array, two: Array) -> Array:
    """E ReLU(z)ReLU(z′) of a normal pair with this covariance and these variances (Cho and Saul, 2009)."""
    product = np.sqrt(one * two)
    cosine = np.clip(cross / product, -1, 1)
    sine = np.sqrt(1 - cosine**2)
    return np.asarray(product * (sine + (math.pi - np.arccos(cosine)) * cosine) / (2 * math.pi))


def correlated(covariances: dict[tuple[int, int], Array], noise: Array) -> Array:
    """Normal vectors (r, m) of m rows, with the covariances (m,) of the pairs i >= j; from normal noise (r, m).

    By Cholesky's factors. Where nothing but rounding is left of a variance the column is zero.
    """
    root: dict[tuple[int, int], Array] = {}
    found = np.zeros_like(noise)
    for j in range(len(noise)):
        for i in range(j, len(noise)):
            left = covariances[i, j].copy()
            for k in range(j):
                left -= root[i, k] * root[j, k]
            if i == j:
                seen = left > SINGULAR * covariances[j, j]
                pivot = np.sqrt(np.where(seen, left, 1.0))
            root[i, j] = np.where(seen, left / pivot, 0.0)
            found[i] += root[i, j] * noise[j]
    return found
