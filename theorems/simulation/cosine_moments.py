"""Mean and mean square of cos²∠(u, v) for vectors of m independent entries, by quadrature: no draw and no limit.

A row of Gaussian weights and an input uniform on the sphere give a pair (u_i, v_i) which is, given one number of the
row, exactly bivariate normal: ‖w‖ times two coordinates of the input are standard normal, and independent of the
alignment c of w with its own signs and of which weights are flipped. So a row's law is a mixture of normal pairs.

With 1/(S·T) = ∫∫ e^{−sS − tT} ds dt, and likewise for its square, the moments of (Σuv)²/(Σu² Σv²) are two-dimensional
integrals over moments of one tilted pair, which is normal again.

What is left out: rows are taken as independent of one another, which they are given x̂ only. What they share, Σ x̂_j⁴ and
its like, leaves the second moments of a pair alone. Its mean effect is kept; its scatter enters squared, by a relative
O(n⁻³).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.simulation.row_laws import alignment_rule, flipped_energy_rule

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

__all__ = ["CosineMoments", "NormalPairs", "flipped_pairs", "quantised_pairs", "squared_cosine"]

NODES = 32
REACH = 90  # of m·log(1 + 2s)/2: beyond, less than e⁻⁹⁰ of the integral is left


class NormalPairs(NamedTuple):
    """A mixture of centred normal pairs (u, v): probabilities, E u², E uv and E v² of each part, of shape (k,)."""

    weights: Array
    first: Array
    product: Array
    second: Array


class CosineMoments(NamedTuple):
    """E cos² and Var cos²."""

    mean: float
    variance: float


def quantised_pairs(n: int) -> NormalPairs:
    """A row of (Wx̂, W_T x̂), W_T = diag(‖w_i‖₁/n)·sign(W), in units of 1/√n: given c, E uv = E v² = c². n >= 2."""
    require_count(n, 2, "n")
    c, weights = alignment_rule(n)
    return NormalPairs(weights, np.ones_like(c), c**2, c**2)


def flipped_pairs(n: int, p: float) -> NormalPairs:
    """A row of (Wx̂, −ΔWx̂/2) under sign flips, in units of 1/√n: given the flipped energy q, E uv = E v² = q.

    ValueError for n < 2 or p outside (0, 1/2).
    """
    psi, weights = flipped_energy_rule(n, p)
    q = np.sin(psi) ** 2
    return NormalPairs(weights, np.ones_like(q), q, q)


def squared_cosine(pairs: NormalPairs, m: int) -> CosineMoments:
    """The moments of cos²∠(u, v) for m independent pairs, m >= 8; relative error of the quadrature below 10⁻⁸.

    0 where v vanishes in every row. ValueError for fewer rows or a mixture whose E u² or E v² is not positive.
    """
    require_count(m, 8, "m")
    scales = [float(pairs.weights @ each) for each in (pairs.first, pairs.second)]
    reject(min(scales) <= 0, f"E u² and E v² must be positive, got {scales[0]} and {scales[1]}")
    nodes, weights = _laplace_rule(m)
    s, t = nodes[:, None, None] / scales[0], nodes[None, :, None] / scales[1]
    area = np.outer(weights, weights) / (scales[0] * scales[1])
    phi, powers = _tilted(pairs, s, t)
    mean = area * phi ** (m - 4) * _power_of_sum(2, m, phi, powers)
    square = area * (s * t)[..., 0] * phi ** (m - 4) * _power_of_sum(4, m, phi, powers)
    return CosineMoments(float(mean.sum()), float(square.sum() - mean.sum() ** 2))


def _laplace_rule(m: int) -> tuple[Array, Array]:
    """Nodes and weights for s > 0 by v = (1 + 2s)^{−1/2}, in which a tilted pair is smooth on (0, 1]."""
    from scipy.special import roots_legendre

    nodes, weights = roots_legendre(NODES)
    lower = max(0.0, 1 - REACH / m)
    v = lower + (1 - lower) * (nodes + 1) / 2
    return (v**-2 - 1) / 2, weights * (1 - lower) / 2 * v**-3


def _tilted(pairs: NormalPairs, s: Array, t: Array) -> tuple[Array, list[Array]]:
    """E e^{−su² − tv²}, and E (uv)ᵏe^{−su² − tv²} for k = 1 … 4."""
    weights, a, c, d = pairs
    gap = a * d - c**2
    determinant = 1 + 2 * s * a + 2 * t * d + 4 * s * t * gap
    chance = weights / np.sqrt(determinant)
    first, second, product = (a + 2 * t * gap) / determinant, (d + 2 * s * gap) / determinant, c / determinant
    both = first * second
    powers = [
        product,
        both + 2 * product**2,
        9 * both * product + 6 * product**3,
        9 * both**2 + 72 * both * product**2 + 24 * product**4,
    ]
    return chance.sum(axis=-1), [(chance * power).sum(axis=-1) for power in powers]


def _power_of_sum(order: int, m: int, phi: Array, powers: list[Array]) -> Array:
    """E (Σuv)^order e^{…} over φ^{m − 4}, by the partitions of `order` factors into rows."""
    one, two, three, four = powers
    if order == 2:
        return m * phi**2 * (two * phi + (m - 1) * one**2)
    pairs = (m - 1) * (4 * three * one + 3 * two**2) * phi**2
    triples = 6 * (m - 1) * (m - 2) * two * one**2 * phi
    return m * (four * phi**3 + pairs + triples + (m - 1) * (m - 2) * (m - 3) * one**4)
