"""An activation and its perturbed twin: bivariate normal pre-activations and the second moments RMSNorm acts on.

In the limit n → ∞ of Theorems 3 and 4 a neuron's pre-activation X, in units of its standard deviation, and its
perturbed value X′ are jointly normal. All that a normalisation makes of the vectors a and a′ = a + Δa with many such
neurons depends on three second moments, E a², E aΔa and E Δa².
"""

from __future__ import annotations

from dataclasses import dataclass

from theorems.arithmetic.contexts import FLOAT, Context, Number
from theorems.arithmetic.domain import require_above, require_between
from theorems.formulas.relu_kernels import gate_flip_energy
from theorems.moments import Gates, Moments

__all__ = ["NormalPair", "gate_decomposition", "linear_moments", "regression_pair", "relu_moments"]


@dataclass(frozen=True)
class NormalPair:
    """X ~ N(0, 1) and X′ = slope·X + residual·N, with N an independent standard normal.

    `angle` = atan2(residual, slope) in [0, π] is kept beside them, because its best formula differs from case to case;
    cos(angle) is the correlation.
    """

    slope: Number
    residual: Number
    angle: Number

    @property
    def variance(self) -> Number:
        """Var X′."""
        return self.slope**2 + self.residual**2


def regression_pair(slope: Number, residual: Number, ctx: Context = FLOAT) -> NormalPair:
    """The pair with that slope > 0 and residual ≥ 0. ValueError outside."""
    slope, residual = ctx.number(slope), ctx.number(residual)
    require_above(slope, 0, "slope")
    require_between(residual, 0, float("inf"), "residual")
    return NormalPair(slope, residual, ctx.atan(residual / slope))


def linear_moments(pair: NormalPair, ctx: Context = FLOAT) -> Moments:
    """Moments of a = X, a′ = X′ (no activation)."""
    change = pair.slope - 1
    return Moments(ctx.number(1), change, change**2 + pair.residual**2)


def relu_moments(pair: NormalPair, ctx: Context = FLOAT) -> Moments:
    """Moments of a = ReLU(X), a′ = ReLU(X′): half those of the linear layer, and a term of third order in the angle.

    That is the arc-cosine kernel (`relu_kernels.arc_cosine_kernel`) in Cartesian coordinates. It loses no digits when
    X′ is near X, and as it needs no standard deviation of X′ it stays tight when evaluated over an interval.
    """
    linear = linear_moments(pair, ctx)
    boundary = (pair.residual - pair.angle * pair.slope) / ctx.pi
    return Moments(linear.original / 2, (linear.projection + boundary) / 2, linear.energy / 2 - boundary)


def gate_decomposition(pair: NormalPair, ctx: Context = FLOAT) -> Gates:
    """Second moments on each quadrant of (X, X′): Equation (22), and the open question of Appendix G.5."""
    total = relu_moments(pair, ctx)
    lost = gate_flip_energy(pair.angle, ctx)
    on_off = Moments(lost, -lost, lost)
    off_on = Moments(ctx.number(0), ctx.number(0), pair.variance * lost)
    flipped = on_off + off_on
    on_on = Moments(
        total.original - flipped.original, total.projection - flipped.projection, total.energy - flipped.energy
    )
    return Gates(on_on, on_off, off_on)
