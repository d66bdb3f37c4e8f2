"""Means of the experiment at finite n, m and d, by quadrature: no draw and no limit.

a and Δa have m independent entries given the input. W₂ of d rows multiplies every mean of a transverse energy by the
same (d − 1)/m, and so leaves their ratio alone: P_{y⊥}W₂Δa = P_{y⊥}W₂Δa_⊥, with Δa_⊥ the part of Δa across a, and
W₂Δa_⊥ is independent of y = W₂a.

The mean of (Σaᵢ Δaᵢ)²/Σaᵢ² comes from 1/S = ∫e^{−tS}dt and the independence of the entries:

    E (Σ aΔ)²/Σ a² = ∫ m E[a²Δ²e^{−ta²}] φ^{m−1} + m(m − 1) E[aΔe^{−ta²}]² φ^{m−2} dt,  φ(t) = E e^{−ta²}.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.domain import require_count
from theorems.simulation.neuron_moments import NarrowNeuron

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["FiniteMeans", "finite_means"]

LAPLACE_NODES = 80


@dataclass(frozen=True)
class FiniteMeans:
    """Means per neuron, in units of Var z = 1/n, for the sign flip and the magnitude change."""

    energy: tuple[float, float]  # E‖Δa‖²/m
    projection: tuple[float, float]  # E a·Δa/m
    radial: tuple[float, float]  # E[(a·Δa)²/‖a‖²]/m

    @property
    def transverse(self) -> tuple[float, float]:
        """E‖P_{a⊥}Δa‖²/m, which is E‖P_{y⊥}W₂Δa‖²/(d − 1) for W₂ of d rows with entries N(0, 1/m)."""
        return self.energy[0] - self.radial[0], self.energy[1] - self.radial[1]

    @property
    def ratio_of_means(self) -> float:
        """E‖P_{y⊥}Δy_sign‖²/E‖P_{y⊥}Δy_mag‖², with and without W₂: the ratio of sums over many independent draws."""
        return self.transverse[0] / self.transverse[1]

    @property
    def radial_fractions(self) -> tuple[float, float]:
        """E[(a·Δa)²/‖a‖²]/E‖Δa‖², the ratio of means of radial and total energy, without W₂."""
        return self.radial[0] / self.energy[0], self.radial[1] / self.energy[1]

    def projected_radial_fractions(self, d: int) -> tuple[float, float]:
        """The same after W₂ of d >= 1 rows: 𝓡 + (1 − 𝓡)/d, as W₂Δa_⊥ has one of its d coordinates along y."""
        require_count(d, 1, "d")
        first, second = (fraction + (1 - fraction) / d for fraction in self.radial_fractions)
        return first, second


@functools.cache
def finite_means(n: int, m: int, p: float, direction: int = 1) -> FiniteMeans:
    """The means for weights N(0, 1/n), x̂ uniform on the sphere, δ² = 4p/n; n >= 4, m >= 2, 0 < p < 1/2.

    δ > 0 as in Assumption (A4), or δ < 0 with `direction` −1.

    Relative error of the quadratures: below 10⁻⁹ for n >= 1000, 10⁻⁶ for n >= 64, 3·10⁻³ at n = 4. And rows are taken
    as independent of one another, which they are only given x̂. What they share, Σ x̂_j⁴ and its like, varies by
    O(n^{−3/2}) of a row's mean, so that the radial part errs by at most O(n⁻³). Dense runs at n = m = 16 … 128, of
    standard error 1.3·10⁻⁴, do not differ in the ratio of means (tests/benchmarks/small_widths.py). ValueError outside.
    """
    require_count(m, 2, "m")
    neuron = NarrowNeuron.of(n, p, direction=direction)
    t, weights, characteristic = _laplace_rule(m)
    energies, projections, radials = [], [], []
    activation = np.maximum(neuron.nodes, 0)
    damped = neuron.weights * np.exp(-np.outer(t, activation**2))
    for _, first, second in (neuron.sign, neuron.magnitude):
        energies.append(float(neuron.weights @ second))
        projections.append(float(neuron.weights @ (activation * first)))
        once, twice = damped @ (activation * first), damped @ (activation**2 * second)
        integrand = twice * characteristic ** (m - 1) + (m - 1) * once**2 * characteristic ** (m - 2)
        radials.append(float(weights @ integrand))
    return FiniteMeans(_pair(energies), _pair(projections), _pair(radials))


def _pair(values: list[float]) -> tuple[float, float]:
    return values[0], values[1]


def _laplace_rule(m: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Nodes t, weights and φ(t) = (1 + v)/2 with v = (1 + 2t)^{−1/2}, in which everything is smooth on (0, 1]."""
    from scipy.special import roots_legendre

    lower = max(0.0, 1 - 90 / m)
    nodes, weights = roots_legendre(LAPLACE_NODES)
    v = lower + (1 - lower) * (nodes + 1) / 2
    return (v**-2 - 1) / 2, weights * (1 - lower) / 2 * v**-3, (1 + v) / 2
