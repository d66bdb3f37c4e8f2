"""Sign flips against sign-preserving changes as p → 0, for any activation (beyond Theorem 3).

To first order Δa = φ′(z)Δz. With a unit normal g for the pre-activation, deviation σ of z and ψ(g) = φ(σg), a sign
flip adds 2√p·N to g with N independent of g, a sign-preserving change of equal norm 2√p·(κg + √(1−κ²)N), where
κ = E|w|/√E w². The transverse energies follow from four moments of ψ:

    c₀ = E ψ′² / ((1 − κ²) E ψ′² + κ² [E (gψ′)² − (E gψψ′)²/E ψ²]).

By Cauchy and Schwarz the bracket is at least 0, and 0 exactly where gψ′ is proportional to ψ, as for a power on each
half-line: so c₀ ≤ 1/(1 − κ²), which ReLU and a linear layer both attain.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from theorems.arithmetic.contexts import FLOAT, Context, Number, reject
from theorems.arithmetic.domain import require_above
from theorems.formulas.asymmetry import weight_alignment
from theorems.integrals.gaussian_integrals import gaussian_expectation

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "ActivationMoments",
    "activation_moments",
    "gated_transverse_ratio_limit",
    "gelu_moments",
    "ratio_from_shear",
    "transverse_ratio_limit",
]


@dataclass(frozen=True)
class ActivationMoments:
    """Moments of ψ(g) = φ(σg) for a standard normal g."""

    energy: Number  # E ψ²
    slope: Number  # E ψ′²
    projection: Number  # E gψψ′
    radial: Number  # E (gψ′)²

    def shear(self) -> Number:
        """E (gψ′)² − (E gψψ′)²/E ψ² ≥ 0: how far the activation is from homogeneous."""
        return self.radial - self.projection**2 / self.energy


def activation_moments(
    activation: Callable[[Number], Number], derivative: Callable[[Number], Number], sigma: Number
) -> ActivationMoments:
    """The moments of φ at deviation σ > 0 as rigorous integrals (balls).

    φ and φ′ take and return `acb` and must be entire or meromorphic with |φ(z)| ≤ 2 max(1, |z|) and |φ′| ≤ 2 on the
    real line. ValueError for σ outside (0, 4].
    """
    require_above(sigma, 0, "sigma")
    reject(sigma > 4, f"sigma must be at most 4, got {sigma}")
    bound = (256, 4)  # |x| ≥ 8 where the tail is cut off, σ ≤ 4
    return ActivationMoments(
        gaussian_expectation(lambda g: activation(sigma * g) ** 2, growth=bound),
        gaussian_expectation(lambda g: (sigma * derivative(sigma * g)) ** 2, growth=bound),
        gaussian_expectation(lambda g: g * activation(sigma * g) * sigma * derivative(sigma * g), growth=bound),
        gaussian_expectation(lambda g: (sigma * g * derivative(sigma * g)) ** 2, growth=bound),
    )


def gelu_moments(sigma: Number, ctx: Context = FLOAT) -> ActivationMoments:
    """The moments of GELU(z) = zΦ(z) at deviation σ > 0, in closed form (arcsine law and Stein's identity)."""
    sigma = ctx.number(sigma)
    require_above(sigma, 0, "sigma")
    t, tau = sigma**2, 2 * ctx.pi
    root = ctx.sqrt(1 + 2 * t)
    gate = ctx.number(1) / 4 + ctx.asin(t / (1 + t)) / tau  # E Φ²
    first = t / (tau * (1 + t) * root)  # E zΦϕ, with ϕ the normal density
    third = t**2 * (3 + 5 * t) / (tau * (1 + t) ** 2 * root**3)  # E z³Φϕ
    energy = t * (gate + 2 * first)
    return ActivationMoments(
        energy,
        t * (gate + 2 * first + t / (tau * root**3)),
        energy + third,
        energy + 2 * third + 3 * t**2 / (tau * root**5),
    )


def ratio_from_shear(slope: Number, shear: Number, squared: Number) -> Number:
    """c₀ = E ψ′²/((1 − κ²) E ψ′² + κ²·shear) from E ψ′², the shear and κ², in any field."""
    return slope / ((1 - squared) * slope + squared * shear)


def transverse_ratio_limit(moments: ActivationMoments, ctx: Context = FLOAT, alignment: Number = None) -> Number:
    """c₀ = lim c(p) as p → 0 for an activation of these moments; π/(π − 2) for ReLU and Gaussian weights.

    `alignment` is E|w|/√E w² in (0, 1], √(2/π) by default.
    """
    return ratio_from_shear(moments.slope, moments.shear(), weight_alignment(alignment, ctx) ** 2)


def gated_transverse_ratio_limit(moments: ActivationMoments, ctx: Context = FLOAT, alignment: Number = None) -> Number:
    """The same for a gated unit a = φ(z)·v, v independent of z, both weight matrices perturbed at the same rate.

    The deviation of v cancels. The value branch adds E ψ² to both energies and nothing to the shear.
    """
    slope = moments.slope + moments.energy
    return ratio_from_shear(slope, moments.shear(), weight_alignment(alignment, ctx) ** 2)
