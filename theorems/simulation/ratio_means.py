"""Means of ratios of row sums at finite m: smooth functions of averages over independent rows, to order m⁻².

The average over m rows of (a², aΔ, Δ², aΔ′, Δ′², ΔΔ′) is close to normal. Its expectation under any function is taken
by a Gauss–Hermite rule with the weights of the first Edgeworth term (third cumulants), which leaves an error of order
m⁻³. It is bounded by what a geometric continuation of the terms of order m⁻¹ and m⁻² makes of it, times `MARGIN`.
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.simulation.grams import radial_fractions, transverse_ratio
from theorems.simulation.neuron_moments import NarrowNeuron

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Statistic = Callable[[Array], Array]

__all__ = ["Mean", "RowAverages", "radial_fraction", "row_averages", "with_second_projection"]

# The exponents of (a, Δ_sign, Δ_mag) in each average.
EXPONENTS = ((2, 0, 0), (1, 1, 0), (0, 2, 0), (1, 0, 1), (0, 0, 2), (0, 1, 1))
PAIRS = ((0, 0), (0, 1), (1, 1), (0, 2), (2, 2), (1, 2))
"The same as pairs of (a, Δ_sign, Δ_mag)."
NODES = 4
VERY_MANY = 10**7
MARGIN = 4
LEAST_GAIN = 256  # a further order is trusted to gain a factor m/256, no more


class Mean(NamedTuple):
    """An expectation and a bound of its error."""

    value: float
    error: float


@dataclass(frozen=True)
class RowAverages:
    """Mean (6,), covariance (6, 6) and third cumulants (6, 6, 6) of one row's products, in the order of EXPONENTS."""

    mean: Array
    covariance: Array
    third: Array

    def projected(self) -> RowAverages:
        """The cumulants of what one row of W₂ gives, a Gaussian vector with this mean for its covariance matrix.

        So that averages over d of them are W₂'s Gram products of the limit: a Wishart matrix's (Isserlis, 1918).
        """
        return self._projected

    @functools.cached_property
    def _projected(self) -> RowAverages:
        gram = np.empty((3, 3))
        for value, (i, j) in zip(self.mean, PAIRS, strict=True):
            gram[i, j] = gram[j, i] = value
        size = range(len(PAIRS))
        covariance = np.zeros((len(size),) * 2)
        third = np.zeros((len(size),) * 3)
        for first, second in itertools.product(size, repeat=2):
            for (i, j), (k, h) in itertools.product(_orders(PAIRS[first]), _orders(PAIRS[second])):
                covariance[first, second] += gram[i, k] * gram[j, h] / 2
                for other in size:
                    for r, s in _orders(PAIRS[other]):
                        third[first, second, other] += gram[i, k] * gram[h, r] * gram[s, j]
        return RowAverages(self.mean, covariance, third)

    def expectation(self, statistic: Statistic, m: int) -> Mean:
        """E statistic(average over m rows), statistic a smooth function of arrays (k, 6) → (k,); m >= 128."""
        require_count(m, 128, "m")
        value = self._edgeworth(statistic, m)
        limit = float(statistic(self.mean[None])[0])
        first = (self._edgeworth(statistic, VERY_MANY) - limit) * VERY_MANY / m
        second = abs(value - limit - first)
        ratio = max(MARGIN * second / max(abs(first), 1e-300), LEAST_GAIN / m)
        return Mean(value, second * min(1.0, ratio) + 1e-9 * abs(value))

    def _edgeworth(self, statistic: Statistic, m: int) -> float:
        nodes, weights, skew = _hermite_rule()
        root = np.linalg.cholesky(self.covariance)
        inverse = np.linalg.inv(root)
        standard = np.einsum("ai,bj,ck,ijk->abc", inverse, inverse, inverse, self.third)
        factor = 1 + np.tensordot(skew, standard, 3) / (6 * np.sqrt(m))
        values = statistic(self.mean + nodes @ root.T / np.sqrt(m))
        return float((weights * factor) @ values)


def _orders(pair: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    return pair, (pair[1], pair[0])


@functools.cache
def _hermite_rule() -> tuple[Array, Array, Array]:
    """Nodes g (k, 6) of a standard normal vector, their weights, and the Hermite polynomials of order three (k, 6³)."""
    points, chances = np.polynomial.hermite_e.hermegauss(NODES)
    chances = chances / chances.sum()
    size = len(EXPONENTS)
    nodes = np.array(list(itertools.product(points, repeat=size)))
    weights = np.array([np.prod(choice) for choice in itertools.product(chances, repeat=size)])
    unit = np.eye(size)
    cubes = np.einsum("xi,xj,xk->xijk", nodes, nodes, nodes)
    linear = np.einsum("ij,xk->xijk", unit, nodes)
    hermite = cubes - linear - linear.transpose(0, 1, 3, 2) - linear.transpose(0, 3, 2, 1)
    return nodes, weights, hermite


@functools.cache
def row_averages(n: int, p: float, direction: int = 1) -> RowAverages:
    """The cumulants of one row's products at width n >= 4 and flip rate p in (0, 1/2), norms matched in expectation.

    δ > 0 as in Assumption (A4), or δ < 0 with `direction` −1. Given z the two changes are taken as independent; their
    correlation given z is of order 1/n.
    """
    neuron = NarrowNeuron.of(n, p, order=6, direction=direction)
    activation = np.maximum(neuron.nodes, 0)

    def moment(*chosen: int) -> float:
        i, j, k = (sum(EXPONENTS[each][part] for each in chosen) for part in range(3))
        return float(neuron.weights @ (activation**i * neuron.sign[j] * neuron.magnitude[k]))

    size = range(len(EXPONENTS))
    mean = np.array([moment(i) for i in size])
    second = np.array([[moment(i, j) for j in size] for i in size])
    third = np.array([[[moment(i, j, k) for k in size] for j in size] for i in size])
    mixed = np.einsum("i,jk->ijk", mean, second)
    cumulant = third - mixed - mixed.transpose(1, 0, 2) - mixed.transpose(1, 2, 0)
    cumulant += 2 * np.einsum("i,j,k->ijk", mean, mean, mean)
    return RowAverages(mean, second - np.outer(mean, mean), cumulant)


def radial_fraction(which: str) -> Statistic:
    """𝓡 = (a·Δ)²/(‖a‖²‖Δ‖²) of one draw, for "sign" or "magnitude", without W₂."""
    reject(which not in ("sign", "magnitude"), f'which must be "sign" or "magnitude", got {which!r}')
    return lambda averages: radial_fractions(averages)[which == "magnitude"]


def with_second_projection(statistic: Statistic, d: int) -> Statistic:
    """The expectation over W₂, d Gaussian rows, of `transverse_ratio` or a radial fraction, given a and both changes.

    For c(p): P_{y⊥}W₂Δ = P_{y⊥}W₂Δ_⊥ has d − 1 free coordinates, and with r the cosine between the two Δ_⊥ the ratio
    of their squared norms has the mean ratio·(r² + (1 − r²)(d − 1)/(d − 3)). For 𝓡, the mean of a squared sample
    correlation, 1 − (d − 1)/d·(1 − 𝓡)·₂F₁(1, 1; d/2 + 1; 𝓡) (Fisher, 1928). ValueError for d < 4.
    """
    require_count(d, 4, "d")

    def ratio(averages: Array) -> Array:
        a, one, first, two, second, cross = averages.T
        aligned = (cross * a - one * two) ** 2 / ((first * a - one**2) * (second * a - two**2))
        result: Array = statistic(averages) * (aligned + (1 - aligned) * (d - 1) / (d - 3))
        return result

    def radial(averages: Array) -> Array:
        from scipy.special import hyp2f1

        before = statistic(averages)
        result: Array = 1 - (d - 1) / d * (1 - before) * hyp2f1(1, 1, d / 2 + 1, before)
        return result

    return ratio if statistic is transverse_ratio else radial
