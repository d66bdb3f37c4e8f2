"""Conditional moments of one neuron's change Δ = ReLU(z′) − ReLU(z) given its pre-activation z, at finite width.

For an input uniform on the sphere, averaged over the row of weights and the mask. Given z the row's squared norm is
z² + χ²_{n−1}, so a constant shift needs two more variables, a sign flip the flipped energy q (`row_laws`).
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.simulation.row_laws import alignment_rule, chi_square_rule, flipped_energy_rule, require_rate

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

__all__ = ["NarrowNeuron", "half_line_moments", "magnitude_changes", "pre_activation_grid", "sign_changes"]

LARGEST = 13.0  # standard deviations of z that are kept
PANEL = 16


@dataclass(frozen=True)
class NarrowNeuron:
    """A grid of pre-activations z with the moments of both changes there.

    `nodes` and `weights` (k,) are a quadrature rule for z ~ N(0, 1); `sign` and `magnitude` (order + 1, k) hold E[Δʲ|z]
    in row j.
    """

    nodes: Array
    weights: Array
    sign: Array
    magnitude: Array

    @classmethod
    def of(cls, n: int, p: float, order: int = 2, *, direction: int = 1) -> NarrowNeuron:
        """The neuron of width n >= 4 at flip rate p in (0, 1/2), norms matched in expectation, up to `order`.

        `direction` is 1 where the constant shift is away from 0 (Assumption A4), −1 where it is towards 0.
        """
        require_count(n, 4, "n")
        require_rate(p)
        nodes, weights = pre_activation_grid(2 * math.sqrt(p))
        return cls(nodes, weights, sign_changes(nodes, n, p, order), magnitude_changes(nodes, n, p, order, direction))


@functools.cache
def _legendre() -> tuple[Array, Array]:
    from scipy.special import roots_legendre

    nodes, weights = roots_legendre(PANEL)
    return (nodes + 1) / 2, weights / 2


def pre_activation_grid(scale: float) -> tuple[Array, Array]:
    """Nodes and weights for z ~ N(0, 1), in panels that double from a quarter of `scale`, where gates flip."""
    edges = [0.0, scale / 4]
    while edges[-1] < 1:
        edges.append(2 * edges[-1])
    edges += list(np.linspace(edges[-1], LARGEST, max(2, math.ceil((LARGEST - edges[-1]) / 1.5)))[1:])
    start, width = np.array(edges[:-1])[:, None], np.diff(edges)[:, None]
    unit, weight = _legendre()
    nodes, weights = (start + width * unit).ravel(), (width * weight).ravel()
    weights = weights * np.exp(-(nodes**2) / 2) / math.sqrt(2 * math.pi)
    return np.concatenate([-nodes[::-1], nodes]), np.concatenate([weights[::-1], weights])


def half_line_moments(mean: Array, deviation: Array, order: int) -> list[Array]:
    """E[yʲ; y > 0] for j = 0 … order and y normal: I_j = mean·I_{j−1} + (j − 1)·deviation²·I_{j−2}."""
    from scipy.special import ndtr

    ratio = mean / deviation
    moments = [ndtr(ratio)]
    moments.append(mean * moments[0] + deviation * np.exp(-(ratio**2) / 2) / math.sqrt(2 * math.pi))
    for j in range(2, order + 1):
        moments.append(mean * moments[j - 1] + (j - 1) * deviation**2 * moments[j - 2])
    return moments


def _change_moments(z: Array, positive: list[Array], average: Callable[[Array], Array]) -> Array:
    """E[Δʲ|z] from E[z′ⁱ; z′ > 0], with Δ = −ReLU(z) where z′ ≤ 0."""
    activation = np.maximum(z, 0)
    rows = []
    for j in range(len(positive)):
        terms = [math.comb(j, i) * (-activation) ** (j - i) * positive[i] for i in range(j + 1)]
        rows.append(average(sum(terms[1:], terms[0]) + (-activation) ** j * (1 - positive[0])))
    return np.array(rows)


def sign_changes(z: Array, n: int, p: float, order: int = 2) -> Array:
    """E[Δʲ|z], j = 0 … order, where each weight flips with probability p; shape (order + 1, k) for z of shape (k,).

    Given q, z′ ~ N((1 − 2q)z, 4q(1 − q)): −1 times a Gaussian weight is Gaussian.
    """
    rule = flipped_energy_rule(n, p)
    none, inner = rule.weights[0], slice(1, None)
    doubled = 2 * rule.nodes[inner, None]
    positive = half_line_moments(np.cos(doubled) * z, np.maximum(np.sin(doubled), 1e-300) + 0 * z, order)
    result = _change_moments(z, positive, lambda values: rule.weights[inner] @ values)
    result[0] += none  # without a flip Δ = 0
    return result


def magnitude_changes(z: Array, n: int, p: float, order: int = 2, direction: int = 1) -> Array:
    """E[Δʲ|z], j = 0 … order, where ±2√p·Σ sign(w_j)x̂_j is added to z; shape (order + 1, k) for z of shape (k,).

    With R² = z² + χ²_{n−1} the row's squared norm and c its alignment, Σ sign(w_j)x̂_j = √n(c·z/R + √(1 − c²)·χη/R), η
    a coordinate of a uniform point on the sphere in n − 1 dimensions. Up to order 2 exactly, beyond with η normal of
    the same variance (relative error of order 1/n). ValueError unless `direction`, the sign, is 1 or −1.
    """
    reject(direction not in (1, -1), f"direction must be 1 or -1, got {direction}")
    norm, alignment = chi_square_rule(n - 1, _norm_nodes(n)), alignment_rule(n)
    chi, c = norm.nodes[:, None, None], alignment.nodes[None, :, None]
    scale = 2 * math.sqrt(p * n) / np.sqrt(z**2 + chi)
    mean, width = z + direction * scale * c * z, scale * np.sqrt((1 - c**2) * chi)
    positive = _half_sphere_moments(mean, width, n - 1)
    if order > 2:
        positive += half_line_moments(mean, width / math.sqrt(n - 1), order)[3:]
    return _change_moments(z, positive, lambda values: np.einsum("a,b,abk->k", norm.weights, alignment.weights, values))


def _norm_nodes(n: int) -> int:
    """Enough for ten digits at large n: the relative deviation of χ², √(2/n), to the power of twice their number."""
    return min(32, math.ceil(24 / math.log(n / 2 + 1)))


def _half_sphere_moments(mean: Array, width: Array, dimension: int) -> list[Array]:
    """E[yʲ; y > 0], j = 0, 1, 2, for y = mean + width·η, η a coordinate on the unit sphere of that dimension."""
    from scipy.special import betainc, betaln

    beta = (dimension - 1) / 2
    edge = np.clip(-mean / width, -1, 1)
    zeroth = betainc(beta, beta, (1 - edge) / 2)
    rest = np.exp(beta * np.log(np.maximum(1 - edge**2, 1e-300)) - betaln(0.5, beta)) / (2 * beta)
    second = edge * rest + betainc(beta + 1, beta + 1, (1 - edge) / 2) / dimension
    return [
        zeroth,
        mean * zeroth + width * rest,
        mean**2 * zeroth + 2 * mean * width * rest + width**2 * second,
    ]
