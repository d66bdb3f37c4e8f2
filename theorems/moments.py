"""What a normalisation makes of a perturbed vector, through three second moments: definitions that every route shares.

For vectors a and a′ = a + Δa of many independent neurons, what RMSNorm makes of them depends on E a², E aΔa and E Δa².
"""

from __future__ import annotations

from dataclasses import dataclass

from theorems.arithmetic.contexts import FLOAT, Context, Number

__all__ = ["Gates", "Moments"]


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
