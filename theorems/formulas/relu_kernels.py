"""Second moments of a pair of Gaussians over its quadrants, and what ReLU makes of them.

(X, Y) is centred bivariate normal with correlation cos θ. The angle θ in [0, π] is the argument of every function:
unlike the correlation it keeps the closed forms regular where X and Y nearly agree. Variances are one unless standard
deviations are given.

In the plane X = R cos t, Y = R cos(t − θ), with R² exponential of mean 2 and t uniform, a quadrant is a wedge, of
opening π − θ where X and Y have the same sign, θ where they differ. Every formula is one of a wedge of opening ω.

Source: arc-cosine kernels of Cho and Saul (2009); Sections 6.3, 8.4 and Appendices A, E, F of the paper.
"""

from __future__ import annotations

from theorems.arithmetic.contexts import FLOAT, Context, Number, reject
from theorems.arithmetic.domain import require_between

__all__ = [
    "angle_from_amplitude",
    "angle_from_correlation",
    "arc_cosine_kernel",
    "gate_flip_energy",
    "gate_flip_probability",
    "quadrant_cross_moment",
    "quadrant_second_moment",
    "relu_energy",
    "smooth_energy",
]


def angle_from_correlation(rho: Number, ctx: Context = FLOAT) -> Number:
    """θ = arccos ρ in [0, π], for a correlation ρ in [-1, 1]; ValueError outside."""
    rho = ctx.number(rho)
    require_between(rho, -1, 1, "rho")
    return ctx.acos(rho)


def angle_from_amplitude(alpha: Number, ctx: Context = FLOAT) -> Number:
    """θ = 2 arcsin α in [0, π], the angle of correlation 1 − 2α², for α in [0, 1]; ValueError outside.

    α² is the part of a unit variance that a sign flip negates. θ is analytic in α at 0, in ρ it is not at 1.
    """
    alpha = ctx.number(alpha)
    require_between(alpha, 0, 1, "alpha")
    return 2 * ctx.asin(alpha)


def _angle(theta: Number, ctx: Context) -> Number:
    theta = ctx.number(theta)
    require_between(theta, 0, ctx.pi, "theta")
    return theta


def _opening(theta: Number, x_sign: int, y_sign: int, ctx: Context) -> Number:
    reject(x_sign not in (-1, 1) or y_sign not in (-1, 1), f"signs must be -1 or 1, got {x_sign}, {y_sign}")
    theta = _angle(theta, ctx)
    return ctx.pi - theta if x_sign == y_sign else theta


def quadrant_second_moment(theta: Number, x_sign: int = 1, y_sign: int = 1, ctx: Context = FLOAT) -> Number:
    """E[X² 1{X has x_sign, Y has y_sign}] = (ω − sin ω cos ω)/(2π), the same as with Y² for X²."""
    opening = _opening(theta, x_sign, y_sign, ctx)
    return (opening - ctx.sin(opening) * ctx.cos(opening)) / (2 * ctx.pi)


def quadrant_cross_moment(theta: Number, x_sign: int = 1, y_sign: int = 1, ctx: Context = FLOAT) -> Number:
    """E[XY 1{X has x_sign, Y has y_sign}] = ±(sin ω − ω cos ω)/(2π), with the sign of the product XY."""
    opening = _opening(theta, x_sign, y_sign, ctx)
    return x_sign * y_sign * (ctx.sin(opening) - opening * ctx.cos(opening)) / (2 * ctx.pi)


def arc_cosine_kernel(theta: Number, sigma_x: Number = 1, sigma_y: Number = 1, ctx: Context = FLOAT) -> Number:
    """E[ReLU X ReLU Y] = σ_x σ_y (sin θ + (π − θ) cos θ)/(2π), for standard deviations >= 0.

    Half the arc-cosine kernel of order 1 of Cho and Saul; the paper's "Price–Cho–Saul formula" (Step A5, G.2).
    """
    sigma_x, sigma_y = _deviations(sigma_x, sigma_y, ctx)
    return sigma_x * sigma_y * quadrant_cross_moment(theta, 1, 1, ctx)


def gate_flip_probability(theta: Number, ctx: Context = FLOAT) -> Number:
    """P(sign X ≠ sign Y) = θ/π. The arcsine law (Sheppard 1899, Van Vleck); Theorem 5, Section G.5."""
    return _angle(theta, ctx) / ctx.pi


def gate_flip_energy(theta: Number, ctx: Context = FLOAT) -> Number:
    """E[X² 1{X>0, Y<0}] = (θ − sin θ cos θ)/(2π), the paper's β_flip (Step A4, Proposition 3 of Appendix E).

    The energy lost by one gate that closes; gates that open contribute as much again.
    """
    return quadrant_second_moment(theta, 1, -1, ctx)


def smooth_energy(theta: Number, sigma_x: Number = 1, sigma_y: Number = 1, ctx: Context = FLOAT) -> Number:
    """E[(X − Y)² 1{X>0, Y>0}], the paper's β_smooth (Step A5), for standard deviations >= 0.

    With unit deviations it is (1 − cos θ)(π − θ − sin θ)/π.
    """
    sigma_x, sigma_y = _deviations(sigma_x, sigma_y, ctx)
    theta = _angle(theta, ctx)
    half_chord, excess = ctx.sin(theta / 2), sigma_x - sigma_y
    unit = 2 * half_chord * half_chord * (ctx.pi - theta - ctx.sin(theta)) / ctx.pi
    return excess * excess * quadrant_second_moment(theta, 1, 1, ctx) + sigma_x * sigma_y * unit


def relu_energy(theta: Number, sigma_x: Number = 1, sigma_y: Number = 1, ctx: Context = FLOAT) -> Number:
    """E[(ReLU X − ReLU Y)²] for standard deviations >= 0: equation (33) when both are one.

    With unit deviations it is f = 2 sin²(θ/2) − (sin θ − θ cos θ)/π, from f(0) = 0 to f(π) = 1.
    """
    sigma_x, sigma_y = _deviations(sigma_x, sigma_y, ctx)
    theta = _angle(theta, ctx)
    half_chord, excess = ctx.sin(theta / 2), sigma_x - sigma_y
    unit = 2 * half_chord * half_chord - (ctx.sin(theta) - theta * ctx.cos(theta)) / ctx.pi
    return excess * excess / 2 + sigma_x * sigma_y * unit


def _deviations(sigma_x: Number, sigma_y: Number, ctx: Context) -> tuple[Number, Number]:
    sigma_x, sigma_y = ctx.number(sigma_x), ctx.number(sigma_y)
    require_between(sigma_x, 0, float("inf"), "sigma_x")
    require_between(sigma_y, 0, float("inf"), "sigma_y")
    return sigma_x, sigma_y
