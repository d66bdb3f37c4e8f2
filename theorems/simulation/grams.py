"""What the experiments measure, as functions of the Gram matrix of the activations and both changes.

A draw is kept as (‖a‖², a·Δ, ‖Δ‖², a·Δ′, ‖Δ′‖², Δ·Δ′), shape (k, 6), Δ the sign flip's and Δ′ the magnitude change's,
divided by the number of entries or not: every statistic here is a ratio. `a` is any vector, with or without W₂.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Statistic = Callable[[Array], Array]

__all__ = [
    "chord_energies",
    "chord_ratio",
    "energy_ratio",
    "gram_of",
    "project",
    "radial_fractions",
    "sine_energies",
    "transverse_energies",
    "transverse_ratio",
]


def gram_of(a: Array, sign: Array, magnitude: Array) -> Array:
    """Means over the last axis of the six products of vectors (…, m) → (…, 6)."""
    pairs = ((a, a), (a, sign), (sign, sign), (a, magnitude), (magnitude, magnitude), (sign, magnitude))
    return np.stack([np.einsum("...i,...i->...", one, two) / a.shape[-1] for one, two in pairs], axis=-1)


def _split(draws: Array) -> list[tuple[Array, Array, Array]]:
    a = draws[..., 0]
    return [(a, draws[..., 1], draws[..., 2]), (a, draws[..., 3], draws[..., 4])]


def _quotient(above: Array, below: Array) -> Array:
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)


def _pair(values: list[Array]) -> tuple[Array, Array]:
    return values[0], values[1]


def transverse_energies(draws: Array) -> tuple[Array, Array]:
    """‖P_{a⊥}Δ‖² of both changes, each (k,); ‖Δ‖² where a vanishes, as it does with probability 2⁻ᵐ."""
    return _pair([energy - _quotient(projection**2, a) for a, projection, energy in _split(draws)])


def radial_fractions(draws: Array) -> tuple[Array, Array]:
    """𝓡 = (a·Δ)²/(‖a‖²‖Δ‖²) of both changes, each (k,) (Section 2.1); 0 where a or Δ vanishes."""
    return _pair([_quotient(projection**2, a * energy) for a, projection, energy in _split(draws)])


def chord_energies(draws: Array) -> tuple[Array, Array]:
    """‖â′ − â‖² = 2(1 − cos∠(a, a′)) of both changes, the actual difference of the normalised vectors, each (k,).

    Written through the Gram determinant, so that small angles lose no digits: 1 − cos = sin²/(1 + cos).
    """
    chords = []
    for a, projection, energy in _split(draws):
        norms = np.sqrt(a * (a + 2 * projection + energy))
        chords.append(2 * (a * energy - projection**2) / (norms * (norms + a + projection)))
    return _pair(chords)


def sine_energies(draws: Array) -> tuple[Array, Array]:
    """sin²∠(a, a′) of both changes, the part of â′ − â across a, squared, each (k,); 0 where a or a′ vanishes."""
    return _pair(
        [
            _quotient(a * energy - projection**2, a * (a + 2 * projection + energy))
            for a, projection, energy in _split(draws)
        ]
    )


def transverse_ratio(draws: Array) -> Array:
    """C of one draw: the ratio of first-order transverse energies, sign over magnitude (Equation (13))."""
    sign, magnitude = transverse_energies(draws)
    return sign / magnitude


def chord_ratio(draws: Array) -> Array:
    """The ratio of the actual squared differences of the normalised vectors, sign over magnitude."""
    sign, magnitude = chord_energies(draws)
    return sign / magnitude


def energy_ratio(draws: Array) -> Array:
    """‖Δ‖²_sign/‖Δ‖²_mag, before any normalisation."""
    return draws[..., 2] / draws[..., 4]


def project(draws: Array, d: int, rng: np.random.Generator) -> Array:
    """The six products of W₂a, W₂Δ, W₂Δ′ for an independent Gaussian W₂ of d rows for each draw, divided by d; (k, 6).

    A Wishart matrix of d degrees of freedom by Bartlett's decomposition: L A Aᵀ Lᵀ/d, L the Cholesky factor of the Gram
    matrix. Every W₂ preserves squared norms in the mean, whatever its scale. ValueError for d < 3.
    """
    require_count(d, 3, "d")
    reject(draws.ndim != 2 or draws.shape[1] != 6, f"draws must have the shape (k, 6), got {draws.shape}")
    a, one, first, two, second, cross = draws.T
    l11 = np.sqrt(a)
    l21, l31 = _quotient(one, l11), _quotient(two, l11)
    l22 = np.sqrt(np.maximum(first - l21**2, 0))
    l32 = _quotient(cross - l21 * l31, l22)
    l33 = np.sqrt(np.maximum(second - l31**2 - l32**2, 0))
    b11, b22, b33 = (np.sqrt(rng.chisquare(d - i, a.size) / d) for i in range(3))
    b21, b31, b32 = rng.standard_normal((3, a.size)) / np.sqrt(d)
    zero = np.zeros_like(a)
    vectors = np.stack(
        [
            np.stack([l11 * b11, zero, zero]),
            np.stack([l21 * b11 + l22 * b21, l22 * b22, zero]),
            np.stack([l31 * b11 + l32 * b21 + l33 * b31, l32 * b22 + l33 * b32, l33 * b33]),
        ]
    )
    products = np.einsum("ixk,jxk->ijk", vectors, vectors)
    chosen = [products[i, j] for i, j in ((0, 0), (0, 1), (1, 1), (0, 2), (2, 2), (1, 2))]
    return np.stack(chosen, axis=-1)
