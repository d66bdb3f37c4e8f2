"""RMSNorm, its derivatives, and exactly what it does to a perturbation (Sections 2.2 and 4).

Vectors are float64 arrays of shape (…, m). What happens to y + Δy takes place in the plane of y and Δy, so the exact
output difference and the Taylor remainder are functions of two numbers only, in any arithmetic context: the relative
size η = ‖Δy‖/‖y‖ and the radial cosine c = cos∠(y, Δy), whose square is the radial fraction. They are relative to
‖RMSNorm(y)‖ = √m.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from theorems.arithmetic.contexts import BALL, FLOAT, SERIES, Context, Number, reject
from theorems.arithmetic.domain import constant_term, require_above, require_between

__all__ = [
    "coefficient_of_variation",
    "derivative",
    "output_difference_squared",
    "radial_fraction",
    "remainder_maximiser",
    "remainder_squared",
    "rmsnorm",
    "sharp_remainder_constant_squared",
    "transverse",
    "transverse_energy",
]

Vectors = npt.NDArray[np.float64]


def rmsnorm(y: npt.ArrayLike) -> Vectors:
    """√m y/‖y‖, shape (…, m): equation (1). ValueError for a zero vector or a number."""
    y, norm = _vectors(y)
    return math.sqrt(y.shape[-1]) * y / norm


def transverse(y: npt.ArrayLike, h: npt.ArrayLike) -> Vectors:
    """(I − ŷŷᵀ) h: the part of h orthogonal to y ≠ 0, both of shape (…, m)."""
    y, norm = _vectors(y)
    h, unit = _like(h, y), y / norm
    along: Vectors = np.sum(unit * h, axis=-1, keepdims=True)
    return h - unit * along


def derivative(y: npt.ArrayLike, h: npt.ArrayLike) -> Vectors:
    """The Fréchet derivative of RMSNorm at y ≠ 0 applied to h, shape (…, m): √m/‖y‖ (I − ŷŷᵀ) h, equation (7)."""
    y, norm = _vectors(y)
    return math.sqrt(y.shape[-1]) / norm * transverse(y, h)


def radial_fraction(y: npt.ArrayLike, change: npt.ArrayLike) -> Vectors:
    """(Δy·ŷ)²/‖Δy‖² in [0, 1], of shape (…), for nonzero vectors of shape (…, m): Section 2.1."""
    y, norm = _vectors(y)
    change, size = _vectors(_like(change, y))
    return np.asarray(np.minimum(1.0, np.sum((y / norm) * (change / size), axis=-1) ** 2))


def transverse_energy(y: npt.ArrayLike, change: npt.ArrayLike) -> Vectors:
    """‖(I − ŷŷᵀ)Δy‖²/‖y‖², shape (…): to first order the squared output difference relative to ‖RMSNorm(y)‖²."""
    y, norm = _vectors(y)
    return np.asarray(np.sum((transverse(y, change) / norm) ** 2, axis=-1))


def output_difference_squared(eta: Number, cosine: Number, ctx: Context = FLOAT) -> Number:
    """‖RMSNorm(y+Δy) − RMSNorm(y)‖²/m = 2(1 − (1+ηc)/r), r² = 1 + 2ηc + η².

    To first order in η it is the transverse energy η²(1 − c²). ValueError unless η >= 0, -1 <= c <= 1 and y + Δy ≠ 0.
    """
    along, across_squared, norm = _plane(eta, cosine, ctx)
    if constant_term(along) < 0:
        return 2 * (1 - along / norm)
    return 2 * across_squared / (norm * (norm + along))


def remainder_squared(eta: Number, cosine: Number, ctx: Context = FLOAT) -> Number:
    """‖RMSNorm(y+Δy) − RMSNorm(y) − D RMSNorm(y)Δy‖²/m, the exact square of the relative remainder of Corollary 3.

    (1 − cos φ)² + (r − 1)² sin² φ, where r is the relative norm of y + Δy and φ its angle to y. Same domain as
    `output_difference_squared`.
    """
    eta, cosine = ctx.number(eta), ctx.number(cosine)
    _, across_squared, norm = _plane(eta, cosine, ctx)
    shortfall = output_difference_squared(eta, cosine, ctx) / 2
    excess = eta * (2 * cosine + eta) / (norm + 1)
    return shortfall * shortfall + across_squared / norm**2 * excess * excess


def sharp_remainder_constant_squared(eta: Number, ctx: Context = FLOAT) -> Number:
    """S(η)², the least C² with relative remainder <= C η² for every Δy of relative size η, for 0 <= η < 1; not SERIES.

    Put x = (1 − r)/η, which runs over [-1, 1] as the direction of Δy turns. By algebra
    remainder²/η⁴ = (1 − x²)[1 + 3x² + ηx(1 − x²)] / (4(1 − ηx)),
    whose maximum is at `remainder_maximiser`. For x > 0 it increases with η, and for x < 0 it is smaller than at −x, so
    S increases, from S(0) = 1/√3 to √2 as η → 1: no constant below 1/√3 holds even for small perturbations.
    """
    eta = ctx.number(eta)
    x = remainder_maximiser(eta, ctx)
    square = 1 - x**2
    return square * (1 + 3 * x**2 + eta * x * square) / (4 * (1 - eta * x))


def remainder_maximiser(eta: Number, ctx: Context = FLOAT) -> Number:
    """The x = (1 − ‖y+Δy‖/‖y‖)/η in [1/√3, 1) where the remainder is largest, for 0 <= η < 1; not SERIES.

    It is the only zero in (0, 1) of q(x) = 1 − 3x² + 2ηx³, up to a positive factor the derivative of the quotient in
    `sharp_remainder_constant_squared`: q falls from 1 to 2(η − 1) < 0, with the slope −6x(1 − ηx). The zero is
    bracketed by halving until the signs can no longer be told apart.
    """
    reject(ctx is SERIES, "the maximiser is an algebraic root: use FLOAT, MP or BALL")
    eta = ctx.number(eta)
    require_between(eta, 0, 1, "eta")
    reject(eta >= 1, "eta must be below 1, got {}", eta)
    lower, upper = ctx.number(1) / 2, ctx.number(1)
    while True:
        x = (lower + upper) / 2
        q = 1 - 3 * x**2 + 2 * eta * x**3
        if q > 0 and x > lower:
            lower = x
        elif q < 0 and x < upper:
            upper = x
        else:
            return lower.union(upper) if ctx is BALL else x


def coefficient_of_variation(y: npt.ArrayLike, scales: npt.ArrayLike) -> Vectors:
    """CV_p(d): standard deviation over mean of the scales d under the weights p_i = y_i²/‖y‖² (Theorem 1).

    Of shape (…) where both are of shape (…, m). ValueError unless y ≠ 0, d >= 0 and Dy ≠ 0.
    """
    y, norm = _vectors(y)
    scales = _like(scales, y)
    reject(bool(np.any(scales < 0)), "scales must not be negative")
    weights = (y / norm) ** 2
    mean = np.sum(weights * scales, axis=-1, keepdims=True)
    reject(not np.all(mean > 0), "the scaled vector must not be zero")
    return np.asarray(np.sqrt(np.sum(weights * (scales - mean) ** 2, axis=-1)) / mean[..., 0])


def _plane(eta: Number, cosine: Number, ctx: Context) -> tuple[Number, Number, Number]:
    eta, cosine = ctx.number(eta), ctx.number(cosine)
    require_between(eta, 0, float("inf"), "eta")
    require_between(cosine, -1, 1, "cosine")
    along = 1 + eta * cosine
    across_squared = eta * eta * (1 - cosine * cosine)
    norm = ctx.sqrt(along * along + across_squared)
    require_above(norm, 0, "the norm of y + Δy relative to y")
    return along, across_squared, norm


def _vectors(y: npt.ArrayLike) -> tuple[Vectors, Vectors]:
    """The vectors, of shape (…, m), and their norms, of shape (…, 1)."""
    vectors = np.asarray(y, dtype=np.float64)
    reject(vectors.ndim < 1, "expected vectors of shape (…, m), got a number")
    norms = np.sqrt(np.sum(vectors * vectors, axis=-1, keepdims=True))
    reject(not np.all((norms > 0) & (norms < np.inf)), "expected finite nonzero vectors")
    return vectors, norms


def _like(h: npt.ArrayLike, y: Vectors) -> Vectors:
    vectors = np.asarray(h, dtype=np.float64)
    reject(vectors.shape != y.shape, f"expected shape {y.shape}, got {vectors.shape}")
    return vectors
