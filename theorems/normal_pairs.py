"""An activation and its perturbed twin: bivariate normal pre-activations and the second moments RMSNorm acts on.

In the limit n → ∞ of Theorems 3 and 4 a neuron's pre-activation X, in units of its standard deviation, and its
perturbed value X′ are jointly normal. All that a normalisation makes of the vectors a and a′ = a + Δa with many such
neurons depends on three second moments, E a², E aΔa and E Δa².
"""

from __future__ import annotations

from dataclasses import dataclass

from theorems.contexts import FLOAT, Context, Number
from theorems.domain import require_above, require_between
from theorems.relu_kernels import gate_flip_energy

__all__ = ["Gates", "Moments", "NormalPair", "gate_decomposition", "linear_moments", "regression_pair", "relu_moments"]


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


@dataclass(frozen=True)
class Moments:
    """E a², E aΔa and E Δa² of one neuron: the Gram matrix of (a, Δa) per coordinate, for vectors of many neurons."""

    original: Number  # E a²
    projection: Number  # E aΔa
    energy: Number  # E Δa²

    def __add__(self, other: Moments) -> Moments:
        """Moments over the union of two disjoint events."""
        return Moments(self.original + other.original, self.projection + other.projection, self.energy + other.energy)

    @property
    def perturbed(self) -> Number:
        """E a′²."""
        return self.original + 2 * self.projection + self.energy

    @property
    def cross(self) -> Number:
        """E a a′."""
        return self.original + self.projection

    @property
    def determinant(self) -> Number:
        """E a² · E Δa² − (E aΔa)², which is also the Gram determinant of (a, a′)."""
        return self.original * self.energy - self.projection**2

    def relative_energy(self) -> Number:
        """‖Δa‖²/‖a‖²: the raw relative error, before any normalisation."""
        return self.energy / self.original

    def radial_fraction(self) -> Number:
        """cos²∠(Δa, a), the paper's 𝓡 (Section 2.1)."""
        return self.projection**2 / (self.original * self.energy)

    def radial_cosine(self, ctx: Context = FLOAT) -> Number:
        """cos∠(Δa, a), the uncentred Corr(Δa, a) of Section 2.1, with its sign."""
        return self.projection / ctx.sqrt(self.original * self.energy)

    def transverse_energy(self) -> Number:
        """(1 − 𝓡)‖Δa‖²/‖a‖²: the first-order squared output difference after RMSNorm, relative to ‖RMSNorm(a)‖²."""
        return self.determinant / self.original**2

    def cosine(self, ctx: Context = FLOAT) -> Number:
        """cos∠(a, a′)."""
        return self.cross / ctx.sqrt(self.original * self.perturbed)

    def chord_over_transverse(self, ctx: Context = FLOAT) -> Number:
        """The actual squared output difference after RMSNorm over its first-order value; 1 for small perturbations."""
        norms = ctx.sqrt(self.original * self.perturbed)
        return 2 * self.original**2 / (norms * (norms + self.cross))

    def chord_energy(self, ctx: Context = FLOAT) -> Number:
        """‖RMSNorm(a′) − RMSNorm(a)‖²/‖RMSNorm(a)‖² = 2(1 − cos∠(a, a′)): the actual, nonlinear output difference.

        Written through the Gram determinant, so that small angles lose no digits.
        """
        return self.transverse_energy() * self.chord_over_transverse(ctx)


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


@dataclass(frozen=True)
class Gates:
    """The moments of ReLU activations split by gate event, unnormalised: they add up to those of all neurons.

    Where both X and X′ are negative all three moments vanish.
    """

    on_on: Moments  # X > 0 and X′ > 0; its energy is the paper's β_smooth
    on_off: Moments  # X > 0 > X′, the gate turns off; its energy is the paper's β_flip
    off_on: Moments  # X′ > 0 > X, the gate turns on

    @property
    def flipped(self) -> Moments:
        """Both kinds of gate flip."""
        return self.on_off + self.off_on


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
