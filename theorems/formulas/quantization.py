"""Weight quantisers of Section 2.3, and the exact mean square of the scale of sign quantisation at finite size.

Weights are i.i.d. symmetric with variance 1/n. A scale s = mean |w| is shared by N entries: N = n for the row-wise
scheme of Equation (2), N = mn for the per-tensor scheme of BitNet. `alignment` stands for E|w|/√E w², √(2/π) for
Gaussian weights and by default. Signs are independent of magnitudes, so the second moments of (z, z_Q) below hold for
each unit input x̂, not only on average over the sphere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

from theorems.arithmetic.contexts import FLOAT, Context, Number, reject
from theorems.arithmetic.domain import require_count
from theorems.formulas.asymmetry import weight_alignment

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "mean_square_scale",
    "round_clip",
    "sign_quantise",
]


def _matrix(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    weights = np.asarray(weights, dtype=np.float64)
    reject(weights.ndim != 2 or weights.size == 0, f"weights must be a non-empty matrix, got shape {weights.shape}")
    return weights


def sign_quantise(weights: NDArray[np.float64], scale: Literal["row", "tensor"] = "row") -> NDArray[np.float64]:
    """diag(s)·sign(W), shape (m, n): Equation (2) for scale="row", BitNet's single β for scale="tensor".

    ValueError unless `weights` is a non-empty matrix and `scale` one of the two.
    """
    weights = _matrix(weights)
    reject(scale not in ("row", "tensor"), f'scale must be "row" or "tensor", got {scale!r}')
    magnitudes = np.abs(weights)
    scales = magnitudes.mean(axis=1, keepdims=True) if scale == "row" else magnitudes.mean()
    return np.asarray(scales * np.sign(weights))


def round_clip(weights: NDArray[np.float64], epsilon: float = 0.0) -> tuple[NDArray[np.float64], float]:
    """RoundClip(W/(γ + ε), −1, 1) with entries −1, 0, 1, shape (m, n), and its scale γ = ‖W‖₁/(mn) (BitNet b1.58).

    ValueError unless `weights` is a non-empty matrix, ε ≥ 0 and γ + ε > 0.
    """
    weights = _matrix(weights)
    scale = float(np.abs(weights).mean())
    reject(epsilon < 0 or scale + epsilon <= 0, f"γ + ε must be positive with ε ≥ 0, got γ = {scale}, ε = {epsilon}")
    return np.clip(np.round(weights / (scale + epsilon)), -1, 1), scale


def _sizes(n: int, shared: int | None) -> tuple[int, int]:
    shared = n if shared is None else shared
    require_count(n, 1, "n")
    require_count(shared, 1, "shared")
    return n, shared


def mean_square_scale(n: int, shared: int | None = None, ctx: Context = FLOAT, alignment: Number = None) -> Number:
    """E s² = E[|w|s] = Var z_Q = Cov(z, z_Q), at every n (Appendix B.2; `shared` is N, n by default)."""
    n, shared = _sizes(n, shared)
    squared = weight_alignment(alignment, ctx) ** 2
    return (squared + (1 - squared) / shared) / n
