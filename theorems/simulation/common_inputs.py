"""How a smooth statistic of the block scatters between seeds where the entries of an input have a common mean.

Inputs x̂ of norm 1, of independent entries of one law: those of a seed share the direction (1, …, 1)/√n, with the part
s = n(E x_j)² of their energy. Given a row w, over the inputs w·x̂ and w′·x̂ are jointly normal as n → ∞, of means
√(s/n)·Σw_j and √(s/n)·Σw′_j and of covariances 1 − s times those of s = 0 (`smooth_seed_law`).

Means of numerator and denominator do not know of s: weights have no preferred sign, so that they depend on |x̂_j| only,
to order 1/n on Σ x̂_j⁴. They are those of the sphere in 3/Σ x̂_j⁴ dimensions; exactly where x̂ is uniform on the sphere of
fewer coordinates, as after a ReLU.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.simulation.neuron_moments import half_line_moments
from theorems.simulation.row_laws import require_rate
from theorems.simulation.smooth_seed_law import NORM_STEP, STATISTICS, Deviations, gradient_of, quotient_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

__all__ = [
    "CommonMoments",
    "CommonRows",
    "bias_of_ratio",
    "common_deviations",
    "common_moments",
    "draw_common_rows",
]

NODES = 32
FEW = 256  # rows that tell a derivative
REACH = 9.0  # standard deviations of a pre-activation
LARGEST_BATCH = 2**22  # entries drawn at a time


class CommonRows(NamedTuple):
    """Rows of n standard normal weights: sums over √n, squares and products over n; each (k,), or (rates, k)."""

    n: int
    rates: tuple[float, ...]
    total: Array  # Σ w_j
    square: Array  # Σ w_j²
    signs: Array  # Σ sign(w_j)
    absolute: Array  # Σ |w_j|
    flipped: Array  # Σ w_j over what flips, at each rate
    flipped_square: Array  # Σ w_j² over what flips, at each rate


def draw_common_rows(n: int, rates: Sequence[float], count: int, rng: np.random.Generator) -> CommonRows:
    """`count` rows, which flip more of the same weights at each higher rate.

    ValueError for n or count < 1 or a rate outside (0, 1/2).
    """
    require_count(n, 1, "n")
    require_count(count, 1, "count")
    for p in rates:
        require_rate(p)
    size = max(1, LARGEST_BATCH // n)
    parts = [_batch(n, rates, min(size, count - start), rng) for start in range(0, count, size)]
    return CommonRows(n, tuple(rates), *(np.concatenate(each, axis=-1) for each in zip(*parts, strict=True)))


def _batch(n: int, rates: Sequence[float], count: int, rng: np.random.Generator) -> list[Array]:
    w = rng.standard_normal((count, n), dtype=np.float32)
    chances = rng.random((count, n), dtype=np.float32)
    flipped = np.empty((2, len(rates), count))
    for i, p in enumerate(rates):
        chosen = w * (chances < p)
        flipped[:, i] = chosen.sum(axis=1) / math.sqrt(n), (chosen**2).sum(axis=1) / n
    sums = [w.sum(axis=1) / math.sqrt(n), (w**2).sum(axis=1) / n]
    sums += [np.sign(w).sum(axis=1) / math.sqrt(n), np.abs(w).sum(axis=1) / n]
    return [each.astype(float) for each in sums] + list(flipped)


class CommonMoments(NamedTuple):
    """Over the inputs, for each of k rows: what statistics at one rate are made of."""

    sums: Array  # the six products of (a, Δ, Δ′), (k, 6), in units of 1/n
    means: Array  # the means of (a, Δ, Δ′), (3, k), in units of 1/√n
    lower: Array  # the mean of the six products where the magnitude change has a little less energy, (6,)
    upper: Array  # a little more
    energy: Array  # the flipped part of the row's energy over its expectation, (k,)
    share: float


def common_moments(rows: CommonRows, p: float, share: float, direction: int = 1) -> CommonMoments:
    """At one of the rows' rates, for inputs of which all have this share of their energy in common.

    ValueError for a rate that the rows do not have, or a share outside [0, 1).
    """
    reject(p not in rows.rates, f"p must be one of {rows.rates}, got {p}")
    reject(not 0 <= share < 1, f"share must lie in [0, 1), got {share}")
    sums, means = _moments(rows, p, share, 2 * direction * math.sqrt(p))
    few = CommonRows(rows.n, rows.rates, *(each[..., :FEW] for each in rows[2:]))
    steps = (1 - NORM_STEP, 1 + NORM_STEP)
    lower, upper = (_moments(few, p, share, 2 * direction * math.sqrt(p * each))[0].mean(axis=0) for each in steps)
    return CommonMoments(sums, means, lower, upper, rows.flipped_square[rows.rates.index(p)] / p, share)


def common_deviations(moments: CommonMoments, statistic: str, *, matched: bool = False) -> Deviations:
    """What each row adds to a seed's statistic, to first order; `matched`: with norms matched in each draw.

    ValueError for an unknown statistic.
    """
    function = quotient_of(statistic)
    centre = moments.sums.mean(axis=0)
    values = (moments.sums - centre) @ gradient_of(function, centre)
    unmatched = float(values.var())
    if matched:
        slope = float(function(moments.upper) - function(moments.lower)) / (2 * NORM_STEP)
        values = values + slope * (moments.energy - 1)
    products = moments.means @ moments.means.T / len(values)
    return Deviations(values, unmatched, products, moments.share)


def bias_of_ratio(moments: CommonMoments, statistic: str) -> float:
    """What the scatter of rows adds to the mean of a ratio of sums, times m: −Cov of ratio and denominator over it."""

    def below(draws: Array) -> Array:
        return STATISTICS[statistic](draws)[1]

    centre = moments.sums.mean(axis=0)
    ratio, scale = ((moments.sums - centre) @ gradient_of(each, centre) for each in (quotient_of(statistic), below))
    return -float(np.mean(ratio * scale)) / float(below(centre))


def _moments(rows: CommonRows, p: float, share: float, shift: float) -> tuple[Array, Array]:
    """The six products of each row, (k, 6), and its means of (a, Δ, Δ′), (3, k)."""
    place, root = rows.rates.index(p), math.sqrt(share)
    changes = [(-2 * rows.flipped[place], -2 * rows.flipped_square[place], 4 * rows.flipped_square[place])]
    changes.append((shift * rows.signs, shift * rows.absolute, np.full_like(rows.total, shift**2)))
    first, square = _half_line(root * rows.total, np.sqrt((1 - share) * rows.square))
    sums, means = [square], [first]
    for along, product, norm in changes:
        mean, projection, change = _change(rows, share, (root * along, (1 - share) * product, (1 - share) * norm))
        sums += [projection, change]
        means.append(mean)
    return np.stack([*sums, 0 * square], axis=-1), np.stack(means)


def _half_line(mean: Array, deviation: Array) -> tuple[Array, Array]:
    """E ReLU(z) and E ReLU(z)² for normal z."""
    _, first, second = half_line_moments(mean, deviation, 2)
    return first, second


def _change(rows: CommonRows, share: float, change: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
    """E Δ, E aΔ and E Δ² of Δ = ReLU(z′) − ReLU(z), from the mean, the covariance with z and the variance of z′ − z.

    E ReLU(z)ReLU(z′) by Gauss–Legendre over z > 0, of the conditional mean of ReLU(z′).
    """
    from scipy.special import roots_legendre

    along, product, norm = change
    mean, variance = math.sqrt(share) * rows.total, (1 - share) * rows.square
    deviation = np.sqrt(variance)
    slope, after = 1 + product / variance, mean + along
    residual = np.sqrt(np.maximum(norm - product**2 / variance, 1e-300))
    unit, weights = roots_legendre(NODES)
    start = np.maximum(-REACH, -mean / deviation)[:, None]
    t = start + (REACH - start) * (unit + 1) / 2
    z = mean[:, None] + deviation[:, None] * t
    weights = (REACH - start) / 2 * weights * np.exp(-(t**2) / 2) / math.sqrt(2 * math.pi)
    conditional = half_line_moments(after[:, None] + slope[:, None] * (z - mean[:, None]), residual[:, None], 1)[1]
    joint = (weights * z * conditional).sum(axis=1)
    first, square = _half_line(mean, deviation)
    first_after, square_after = _half_line(after, np.sqrt(variance + 2 * product + norm))
    return first_after - first, joint - square, square_after - 2 * joint + square
