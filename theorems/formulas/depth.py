"""Angles between a clean and a perturbed network of independent Gaussian ReLU layers, layer by layer (O3 and O4).

Each layer has a fresh W with independent entries, wide enough for its limit. The angle between the two activations is
then the only state: pre-activations are jointly normal with the cosine of the activations before them, times the
alignment κ = E|w|/√E w² where the perturbed network runs on the signs of W. ReLU takes the cosine of pre-activations to
the normalised arc-cosine kernel of order 1, a contraction on [0, 1] (Cho and Saul, 2009).
"""

from __future__ import annotations

from theorems.arithmetic.contexts import FLOAT, SERIES, Context, Number, reject
from theorems.arithmetic.domain import require_count
from theorems.formulas.asymmetry import magnitude_pair, sign_pair, weight_alignment
from theorems.formulas.relu_kernels import angle_from_correlation, arc_cosine_kernel

__all__ = ["perturbed_network_ratio", "quantised_network_cosine", "quantised_network_limit", "relu_cosine_map"]


def relu_cosine_map(cosine: Number, ctx: Context = FLOAT) -> Number:
    """cos∠(ReLU z, ReLU z′) of wide layers whose pre-activations have this cosine, in [-1, 1]."""
    return 2 * arc_cosine_kernel(angle_from_correlation(cosine, ctx), ctx=ctx)


def _perturbed_network_cosine(layers: int, correlation: Number, ctx: Context) -> Number:
    cosine = ctx.number(1)
    for _ in range(layers):
        cosine = relu_cosine_map(correlation * cosine, ctx)
    return cosine


def perturbed_network_ratio(layers: int, s: Number, ctx: Context = FLOAT, alignment: Number = None) -> Number:
    """C_L of layers x ↦ RMSNorm(ReLU(Wx)), each perturbed at flip rate p = s²: sign flips over sign-preserving changes.

    The ratio of the squared output differences at equal norm, without skip connections, for `layers` >= 1 and
    0 < s < 1. Each layer multiplies the cosine by that of its own pair (z, z′) before ReLU, and RMSNorm between layers
    changes no angle. At one layer it is `asymmetry.chord_ratio`.
    """
    require_count(layers, 1, "layers")
    pairs = sign_pair(s, ctx), magnitude_pair(s, ctx, alignment)
    sign, magnitude = (_perturbed_network_cosine(layers, ctx.cos(pair.angle), ctx) for pair in pairs)
    return (1 - sign) / (1 - magnitude)


def quantised_network_cosine(layers: int, ctx: Context = FLOAT, alignment: Number = None) -> Number:
    """cos∠ between the activations after `layers` >= 1 ReLU layers and those of the same network with signs only.

    Both start from one delocalised input. `alignment` is √(2/π) (Gaussian weights) by default.
    """
    require_count(layers, 1, "layers")
    return _perturbed_network_cosine(layers, weight_alignment(alignment, ctx), ctx)


def quantised_network_limit(ctx: Context = FLOAT, alignment: Number = None) -> Number:
    """The cosine that `quantised_network_cosine` decreases to, the only fixed point of c ↦ K(κc); not SERIES.

    K′(ρ) = (π − arccos ρ)/π ≤ 1, so the map contracts with factor κ < 1: from c the fixed point lies within
    κ/(1 − κ)·|step| of the next iterate. ValueError for κ = 1, where the map is the identity at 1.
    """
    reject(ctx is SERIES, "the limit is a number: use FLOAT, MP or BALL")
    kappa = weight_alignment(alignment, ctx)
    reject(kappa >= 1, f"alignment must be below 1, got {kappa}")
    lower, upper = ctx.number(0), ctx.number(1)
    while True:
        middle = (lower + upper) / 2
        excess = relu_cosine_map(kappa * middle, ctx) - middle
        if excess > 0 and middle > lower:
            lower = middle
        elif excess < 0 and middle < upper:
            upper = middle
        else:
            return lower.union(upper) if ctx.name == "ball" else middle
