"""Quantisation error before and after ReLU and RMSNorm (Sections 8.3 and 8.4, Appendix G), and three-valued weights.

A quantiser acts entry by entry and is odd, so in the limit n → ∞ the pre-activations (z, z_Q) of any symmetric weight
law are bivariate normal, and only two moments of one weight count: E[wQ]/E w² and E Q²/E w². Each quantiser is the
`NormalPair` with those moments; `linear_moments` and `relu_moments` of the pair give the rest.
"""

from __future__ import annotations

from typing import NamedTuple

from theorems.arithmetic.contexts import FLOAT, Context, Number
from theorems.arithmetic.domain import require_above, require_between
from theorems.formulas.asymmetry import bussgang_correlation, sign_moments, weight_alignment
from theorems.formulas.normal_pairs import (
    NormalPair,
    gate_decomposition,
    linear_moments,
    regression_pair,
    relu_moments,
)
from theorems.formulas.relu_kernels import gate_flip_probability
from theorems.moments import Moments

__all__ = [
    "RadialSplit",
    "equal_norm_chord_ratio",
    "equal_norm_flip_rate",
    "equal_norm_transverse_ratio",
    "radial_split",
    "relu_radial_excess",
    "sign_quantised_pair",
    "three_valued_alignment",
]


def sign_quantised_pair(ctx: Context = FLOAT, alignment: Number = None) -> NormalPair:
    """(z, z_Q) for Q(w) = E|w|·sign(w), in units of std z: deviation = correlation = alignment (Equation (35)).

    `alignment` is E|w|/√E w² in (0, 1], √(2/π) (Gaussian weights) by default. ValueError outside.
    """
    alignment = weight_alignment(alignment, ctx)
    return regression_pair(alignment**2, alignment * ctx.sqrt(1 - alignment**2), ctx)


def relu_radial_excess(angle: Number, ctx: Context = FLOAT) -> Number:
    """𝓡_post/𝓡_pre − 1 = β²/(1 − 2β) ≥ 0 for `sign_quantised_pair`, β = cos φ (sin φ − φ cos φ)/(π sin² φ).

    `angle` is φ = arccos(alignment) in (0, π/2); ValueError certainly outside. With E ΔX X′ = 0 ReLU takes
    −E XΔX = E ΔX² = sin² φ to sin² φ (1 − β)/2 and sin² φ (1 − 2β)/2, so that β, a few per cent, enters squared.
    """
    angle = ctx.number(angle)
    require_above(angle, 0, "angle")
    require_between(angle, 0, ctx.pi / 2, "angle")
    sine, cosine = ctx.sin(angle), ctx.cos(angle)
    boundary = cosine * (sine - angle * cosine) / (ctx.pi * sine**2)
    return boundary**2 / (1 - 2 * boundary)


def _tail(threshold: Number, ctx: Context) -> tuple[Number, Number]:
    """E[|g| 1{|g| > t}] and Pr(|g| > t) for a standard normal g."""
    threshold = ctx.number(threshold)
    require_between(threshold, 0, float("inf"), "threshold")
    first_moment = bussgang_correlation(ctx) * ctx.exp(-(threshold**2) / 2)
    return first_moment, 1 - ctx.erf(threshold / ctx.sqrt(ctx.number(2)))


def three_valued_alignment(threshold: Number, ctx: Context = FLOAT) -> Number:
    """cos²∠(Wx̂, Qx̂) → (E[|w| 1{|w|>t}])²/(E w² Pr(|w|>t)) for Gaussian weights, whatever the scale; 2/π at t = 0."""
    first_moment, kept = _tail(threshold, ctx)
    return first_moment**2 / kept


class RadialSplit(NamedTuple):
    """Radial fractions of the gate-preserved and of the gate-flipped neurons, and their mean by number of neurons."""

    preserved: Number
    flipped: Number
    weighted: Number


def radial_split(pair: NormalPair, ctx: Context = FLOAT, *, own_activation: bool) -> RadialSplit:
    """The "structural conjecture" of Appendix G.5, in either reading of a group's radial fraction.

    The group's part of Δa is projected on the group's own part of a (`own_activation`), or on the whole of a.
    """
    gates = gate_decomposition(pair, ctx)
    whole = relu_moments(pair, ctx).original

    def fraction(group: Moments) -> Number:
        original = group.original if own_activation else whole
        return Moments(original, group.projection, group.energy).radial_fraction()

    preserved, flipped = fraction(gates.on_on), fraction(gates.flipped)
    flip_rate = gate_flip_probability(pair.angle, ctx)
    return RadialSplit(preserved, flipped, (1 - flip_rate) * preserved + flip_rate * flipped)


def equal_norm_flip_rate(pair: NormalPair, ctx: Context = FLOAT) -> Number:
    """The flip rate p whose sign flips have the pair's E‖ΔW‖² (Section 8.4): 4p = E(X′ − X)².

    ValueError if that exceeds 1: flipping every sign is not enough.
    """
    rate = linear_moments(pair, ctx).energy / 4
    require_between(rate, 0, 1, "the flip rate of equal norm")
    return rate


def equal_norm_transverse_ratio(pair: NormalPair, ctx: Context = FLOAT) -> Number:
    """First-order transverse energy after ReLU of sign flips over that of the pair, at equal E‖ΔW‖² (Section 8.4)."""
    sign = sign_moments(ctx.sqrt(equal_norm_flip_rate(pair, ctx)), ctx)
    return sign.transverse_energy() / relu_moments(pair, ctx).transverse_energy()


def equal_norm_chord_ratio(pair: NormalPair, ctx: Context = FLOAT) -> Number:
    """The same with the actual squared output differences after RMSNorm."""
    sign = sign_moments(ctx.sqrt(equal_norm_flip_rate(pair, ctx)), ctx)
    return sign.chord_energy(ctx) / relu_moments(pair, ctx).chord_energy(ctx)
