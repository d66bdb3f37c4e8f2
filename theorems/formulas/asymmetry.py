"""Sign flips against sign-preserving magnitude perturbations of equal norm: the limits of Theorem 3 for every p.

All quantities are n, m, d → ∞ limits at fixed flip rate p (Section 6, Appendix A). W₂ preserves angles in that limit
(Step B2), so they hold with and without the second projection. The argument is the root flip rate s = √p, in which
every quantity is analytic at 0; `root_flip_rate` converts. In SERIES pass `SERIES.variable(centre)`.

In units of the standard deviation of a pre-activation,
- a sign flip makes X′ with Corr(X, X′) = 1 − 2p, that is an angle 2·asin(s) (Step A3);
- the magnitude model makes X′ = X + 2s·G with G standard normal and Corr(X, G) = E|w|/√E w², √(2/π) for Gaussian
  weights (Lemma A.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from theorems.arithmetic.contexts import FLOAT, Context, Number
from theorems.arithmetic.domain import constant_term, require_above, require_between
from theorems.arithmetic.expansions import quotient
from theorems.formulas.normal_pairs import NormalPair, linear_moments, regression_pair, relu_moments
from theorems.formulas.relu_kernels import angle_from_amplitude

if TYPE_CHECKING:
    from theorems.moments import Moments

__all__ = [
    "assembled_ratio",
    "bussgang_correlation",
    "chord_ratio",
    "energy_ratio",
    "linear_transverse_ratio",
    "magnitude_moments",
    "magnitude_pair",
    "magnitude_radial_fraction",
    "root_flip_rate",
    "sign_moments",
    "sign_pair",
    "sign_radial_fraction",
    "structural_ratio",
    "structural_remainder",
    "transverse_ratio",
    "weight_alignment",
]


def root_flip_rate(p: Number, ctx: Context = FLOAT) -> Number:
    """The root √p for a flip rate 0 ≤ p ≤ 1. ValueError outside."""
    p = ctx.number(p)
    require_between(p, 0, 1, "p")
    return ctx.sqrt(p)


def bussgang_correlation(ctx: Context = FLOAT) -> Number:
    """E|w|/√E w² = √(2/π) for Gaussian weights (Bussgang, 1952)."""
    return ctx.sqrt(2 / ctx.pi)


def weight_alignment(alignment: Number, ctx: Context) -> Number:
    """E|w|/√E w² of a weight law, √(2/π) for None; ValueError outside (0, 1]."""
    if alignment is None:
        return bussgang_correlation(ctx)
    alignment = ctx.number(alignment)
    require_above(alignment, 0, "alignment")
    require_between(alignment, 0, 1, "alignment")
    return alignment


def sign_pair(s: Number, ctx: Context = FLOAT) -> NormalPair:
    """(X, X′) under sign flips at rate p = s², 0 ≤ s ≤ 1. ValueError outside."""
    s = ctx.number(s)
    angle = angle_from_amplitude(s, ctx)
    return NormalPair(1 - 2 * s**2, 2 * s * ctx.sqrt(1 - s**2), angle)


def magnitude_pair(s: Number, ctx: Context = FLOAT, alignment: Number = None) -> NormalPair:
    """(X, X′) under W′ = W + δ·sign(W), δ² = 4p/n, p = s² (Assumption A4); any s ≥ 0.

    `alignment` is E|w|/√E w² in (0, 1], √(2/π) (Gaussian weights) by default. ValueError outside.
    """
    s = ctx.number(s)
    require_between(s, 0, float("inf"), "s")
    alignment = weight_alignment(alignment, ctx)
    return regression_pair(1 + 2 * s * alignment, 2 * s * ctx.sqrt(1 - alignment**2), ctx)


def sign_moments(s: Number, ctx: Context = FLOAT) -> Moments:
    """E a², E aΔa, E Δa² under sign flips, in units of Var z = 1/n. E Δa² is Step A6's total, 2β_flip + β_smooth."""
    return relu_moments(sign_pair(s, ctx), ctx)


def magnitude_moments(s: Number, ctx: Context = FLOAT, alignment: Number = None) -> Moments:
    """E a², E aΔa, E Δa² under the magnitude model, in units of Var z = 1/n (Step A7)."""
    return relu_moments(magnitude_pair(s, ctx, alignment), ctx)


def _positive(s: Number, ctx: Context) -> Number:
    s = ctx.number(s)
    if constant_term(s) is s:
        require_above(s, 0, "s")
    return s


def _transverse_quotient(sign: Moments, magnitude: Moments, s: Number, ctx: Context) -> Number:
    return quotient(sign.transverse_energy(), magnitude.transverse_energy(), s, 2, ctx)


def _chord_quotient(sign: Moments, magnitude: Moments, s: Number, ctx: Context) -> Number:
    correction = sign.chord_over_transverse(ctx) / magnitude.chord_over_transverse(ctx)
    return _transverse_quotient(sign, magnitude, s, ctx) * correction


def energy_ratio(s: Number, ctx: Context = FLOAT, alignment: Number = None) -> Number:
    """R_A(p) = E‖Δy_sign‖²/E‖Δy_mag‖², before RMSNorm (Equation (17)), for 0 < s ≤ 1."""
    s = _positive(s, ctx)
    return quotient(sign_moments(s, ctx).energy, magnitude_moments(s, ctx, alignment).energy, s, 2, ctx)


def sign_radial_fraction(s: Number, ctx: Context = FLOAT) -> Number:
    """𝓡_sign(p) = E Δa²/2, exactly, because E aΔa = −E Δa²/2 under sign flips (Step B3), for 0 ≤ s ≤ 1."""
    return sign_moments(s, ctx).energy / 2


def magnitude_radial_fraction(s: Number, ctx: Context = FLOAT, alignment: Number = None) -> Number:
    """𝓡_mag(p) (Lemma A.1, Step B4), for s > 0."""
    s = _positive(s, ctx)
    moments = magnitude_moments(s, ctx, alignment)
    return quotient(moments.projection**2, moments.original * moments.energy, s, 2, ctx)


def transverse_ratio(s: Number, ctx: Context = FLOAT, alignment: Number = None) -> Number:
    """c(p), Equation (13): the ratio of first-order transverse energies, for 0 < s ≤ 1."""
    s = _positive(s, ctx)
    return _transverse_quotient(sign_moments(s, ctx), magnitude_moments(s, ctx, alignment), s, ctx)


def chord_ratio(s: Number, ctx: Context = FLOAT, alignment: Number = None) -> Number:
    """The ratio of actual squared output differences after RMSNorm, sign flip over magnitude, for 0 < s ≤ 1.

    Where c(p) linearises RMSNorm, this does not: ‖ŷ′ − ŷ‖² of one over that of the other.
    """
    s = _positive(s, ctx)
    return _chord_quotient(sign_moments(s, ctx), magnitude_moments(s, ctx, alignment), s, ctx)


def linear_transverse_ratio(s: Number, ctx: Context = FLOAT, alignment: Number = None) -> Number:
    """c(p) without the ReLU, for the same two perturbations, for 0 < s ≤ 1; it is (1 − p)/(1 − alignment²)."""
    s = _positive(s, ctx)
    pairs = sign_pair(s, ctx), magnitude_pair(s, ctx, alignment)
    return _transverse_quotient(linear_moments(pairs[0], ctx), linear_moments(pairs[1], ctx), s, ctx)


def structural_ratio(s: Number, ctx: Context = FLOAT) -> Number:
    """Remark 1 and Figure 1's curve, without ε(p): π/(π−2)·(1 − p)·(1 − 4√p/(3π)), p = s²."""
    s = ctx.number(s)
    return (1 - s**2) * (1 - 4 * s / (3 * ctx.pi)) / (1 - 2 / ctx.pi)


def assembled_ratio(s: Number, ctx: Context = FLOAT) -> Number:
    """Equation (25): π/(π−2)·(1 − p + 4p^{3/2}/(3π))·(1 − 4√p/(3π)), p = s²."""
    s = ctx.number(s)
    boundary = 4 * s / (3 * ctx.pi)
    return (1 - s**2 + s**2 * boundary) * (1 - boundary) / (1 - 2 / ctx.pi)


def structural_remainder(s: Number, ctx: Context = FLOAT) -> Number:
    """ε(p) of Remark 1: c(p) = π/(π−2)·(1 − p)·(1 − 4√p/(3π))·(1 + ε(p)), for 0 < s < 1."""
    s = ctx.number(s)
    require_above(1 - s, 0, "1 - s")
    return transverse_ratio(s, ctx) / structural_ratio(s, ctx) - 1
