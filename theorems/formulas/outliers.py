"""What a sign flip costs where one input entry, or a group of columns, carries much of the energy (Appendices E, F).

A flip of the weight on an entry |x̂_j| = α negates the part α² of the unit variance of a pre-activation. Old and new
value are exactly bivariate normal, at the angle θ = 2 arcsin α (correlation 1 − 2α²). Negating all columns that carry
the energy fraction γ is the same with α = √γ. Throughout α is in [0, 1], n >= 1 is the number of inputs and η = k/n in
(0, 1) the fraction of outlier columns. Energies are relative to the variance of a pre-activation.
"""

from __future__ import annotations

from typing import NamedTuple

from theorems.arithmetic.contexts import FLOAT, Context, Number, reject
from theorems.arithmetic.domain import constant_term, require_above, require_between, require_count
from theorems.formulas.relu_kernels import (
    angle_from_amplitude,
    gate_flip_energy,
    relu_energy,
    smooth_energy,
)

__all__ = [
    "FlipEnergy",
    "amplitude_ratio_leverage",
    "column_leverage",
    "energy_fraction_from_amplitude_ratio",
    "flip_energy",
    "leverage",
    "leverage_expansion",
    "linear_leverage",
]


class FlipEnergy(NamedTuple):
    """The post-ReLU energy of one flip, split by what happens to the gate."""

    closing: Number  # E[X² 1{X>0, Y<0}], the paper's β_flip
    opening: Number  # E[Y² 1{X<0, Y>0}], equal to it
    smooth: Number  # E[(X − Y)² 1{X>0, Y>0}]
    total: Number  # E[(ReLU X − ReLU Y)²] = f(1 − 2α²)


def flip_energy(alpha: Number, ctx: Context = FLOAT) -> FlipEnergy:
    """The energies of one flip at amplitude α: Proposition 3 of Appendix E and the energy f of Theorem 6."""
    theta = angle_from_amplitude(alpha, ctx)
    gate = gate_flip_energy(theta, ctx)
    return FlipEnergy(gate, gate, smooth_energy(theta, ctx=ctx), relu_energy(theta, ctx=ctx))


def leverage(alpha: Number, n: int, ctx: Context = FLOAT) -> Number:
    """R(α, n) = f(1 − 2α²)/f(1 − 2/n): energy of a flip at α over that of a flip at 1/√n. Theorem 6."""
    require_count(n, 1, "n")
    ordinary = 1 / ctx.sqrt(ctx.number(n))
    return flip_energy(alpha, ctx).total / flip_energy(ordinary, ctx).total


def linear_leverage(alpha: Number, n: int, ctx: Context = FLOAT) -> Number:
    """nα²: the same ratio without ReLU, and the leading order of R(α, n)."""
    require_count(n, 1, "n")
    alpha = ctx.number(alpha)
    require_between(alpha, 0, 1, "alpha")
    return n * alpha * alpha


def leverage_expansion(alpha: Number, n: int, ctx: Context = FLOAT) -> Number:
    """nα²(1 − 4α/(3π)): equation (28) without its error terms.

    The next term is +nα² · 4/(3π√n), from the denominator: of order α²√n.
    """
    return linear_leverage(alpha, n, ctx) * (1 - 4 * ctx.number(alpha) / (3 * ctx.pi))


def column_leverage(gamma: Number, eta: Number, ctx: Context = FLOAT) -> Number:
    """R_col = (1 − η)/η · f(1 − 2γ)/f(2γ − 1), for γ in [0, 1), η in (0, 1): equation (34).

    Per-flip energy of negating all outlier columns (energy fraction γ) over that of negating all others.
    """
    gamma, eta = _fractions(gamma, eta, ctx)
    reject(constant_term(gamma) >= 1, "gamma must be below 1, got {}", gamma)
    return (1 - eta) / eta * _group_energy(gamma, ctx) / _group_energy(1 - gamma, ctx)


def energy_fraction_from_amplitude_ratio(ratio: Number, eta: Number, ctx: Context = FLOAT) -> Number:
    """γ = ηr²/(1 − η + ηr²) for r = α/β >= 0 and η in (0, 1): what the unit norm leaves of γ (F.5)."""
    ratio, eta = ctx.number(ratio), ctx.number(eta)
    require_between(ratio, 0, float("inf"), "ratio")
    _, eta = _fractions(0, eta, ctx)
    return eta * ratio * ratio / (1 - eta + eta * ratio * ratio)


def amplitude_ratio_leverage(ratio: Number, eta: Number, ctx: Context = FLOAT) -> Number:
    """R_entry = nα² = γ/η = r²/(1 − η + ηr²) for r = α/β: F.5, which prints r²(1 − γ) for r²(1 − γ)/(1 − η)."""
    return energy_fraction_from_amplitude_ratio(ratio, eta, ctx) / ctx.number(eta)


def _group_energy(fraction: Number, ctx: Context) -> Number:
    return flip_energy(ctx.sqrt(fraction), ctx).total


def _fractions(gamma: Number, eta: Number, ctx: Context) -> tuple[Number, Number]:
    gamma, eta = ctx.number(gamma), ctx.number(eta)
    require_between(gamma, 0, 1, "gamma")
    require_above(eta, 0, "eta")
    require_above(1 - eta, 0, "1 - eta")
    return gamma, eta
