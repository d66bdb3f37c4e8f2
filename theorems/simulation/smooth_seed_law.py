"""How any smooth statistic of the block scatters between seeds whose inputs share all weights, to leading order.

The mean over inputs of h(Gram products) deviates, given the weights, by what its gradient makes of three sources:
- the rows of W₁: each gives its arc-cosine kernels (`seed_law.row_moments`), and with norms matched per draw its part
  of the norm;
- W₂ of d rows: with M = W₂ᵀW₂ and C the gradient of h as a form in (a, Δ, Δ′), the deviation is tr((M − 1)K), K the
  mean over inputs of the m × m matrix (a, Δ, Δ′)C(a, Δ, Δ′)ᵀ, of variance 2‖K‖²/d. As all inputs see the same rows, K
  has a part of rank one from the means of a, Δ and Δ′ over inputs, which no number of inputs averages out. Of the rest
  the part off the diagonal is of order 1/n (products of weights), the diagonal of order 1/m;
- the finite number of inputs.
Held against weight matrices at n = 128 and 256, the deviation over seeds is right within some 10%; what is left out is
of relative order 1/(mp).
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.simulation.exact_law import Rows
from theorems.simulation.finite_mean import finite_means
from theorems.simulation.grams import chord_energies, sine_energies, transverse_energies, transverse_ratio
from theorems.simulation.ratio_means import PAIRS, Mean, radial_fraction, row_averages, with_second_projection
from theorems.simulation.seed_law import row_moments

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from theorems.simulation.seed_law import Estimate
    from theorems.simulation.setups import Block

    Array = npt.NDArray[np.float64]
    Parts = Callable[[Array], tuple[Array, Array]]

__all__ = [
    "NORM_STEP",
    "RADIAL",
    "STATISTICS",
    "Deviations",
    "expected",
    "gradient_of",
    "other_variance",
    "quotient_of",
    "row_deviations",
]

STEP = 1e-4  # relative, of numerical derivatives
NORM_STEP = 1e-2
QUADRATURE = 1e-6  # relative error that `finite_means` states for n >= 64
SPREAD_OF_NOISE = 1.25
"m·tr(E[ΔΔᵀ]²)/(tr E[ΔΔᵀ])²: 1 from the diagonal, 1/4 from the part of Δ that is linear in the input"


def _radial(first: int) -> Parts:
    return lambda draws: (draws[..., first] ** 2 / draws[..., 0], draws[..., first + 1])


RADIAL = ("sign radial fraction", "magnitude radial fraction")
STATISTICS: dict[str, Parts] = {
    "transverse": transverse_energies,
    "chord": chord_energies,
    "sine": sine_energies,
    "energy": lambda draws: (draws[..., 2], draws[..., 4]),
    RADIAL[0]: _radial(1),
    RADIAL[1]: _radial(3),
}
"Numerator and denominator of what is averaged: energies of sign over magnitude, or a radial energy over the total."


def quotient_of(statistic: str) -> Callable[[Array], Array]:
    """What is averaged over inputs, of Gram products (…, 6). ValueError for an unknown statistic."""
    reject(statistic not in STATISTICS, f"statistic must be one of {', '.join(STATISTICS)}, got {statistic!r}")

    def quotient(draws: Array) -> Array:
        above, below = STATISTICS[statistic](draws)
        return above / below

    return quotient


def _part(statistic: str, which: int) -> Callable[[Array], Array]:
    return lambda draws: STATISTICS[statistic](draws)[which]


@functools.cache
def expected(block: Block, statistic: str, estimate: Estimate = "ratio of sums", direction: int = 1) -> Mean:
    """The mean over seeds at finite size, by quadrature (`finite_mean`, `ratio_means`), norms matched in expectation.

    For chords and sines after W₂ to orders 1/m² and 1/d², their product estimated. ValueError where m (or d for these)
    is below 128 and no exact quadrature is known, for an unknown statistic, or as in `with_second_projection`.
    """
    function = quotient_of(statistic)
    known = statistic in ("transverse", "energy", *RADIAL)
    if estimate == "ratio of sums" and known:
        return _ratio_of_sums(block, statistic, direction)
    if estimate == "ratio of sums":
        above, below = (_mean(block, _part(statistic, which), direction) for which in (0, 1))
        value = above.value / below.value
        return Mean(value, value * (above.error / above.value + below.error / below.value))
    if block.d is not None and known and statistic != "energy":
        before = transverse_ratio if statistic == "transverse" else radial_fraction(statistic.split(maxsplit=1)[0])
        function = with_second_projection(before, block.d)
        return row_averages(block.n, block.p, direction).expectation(function, block.m)
    return _mean(block, function, direction)


def _ratio_of_sums(block: Block, statistic: str, direction: int) -> Mean:
    means = finite_means(block.n, block.m, block.p, direction)
    if statistic == "transverse":
        value = means.ratio_of_means
    elif statistic == "energy":
        value = means.energy[0] / means.energy[1]
    else:
        fractions = means.radial_fractions if block.d is None else means.projected_radial_fractions(block.d)
        value = fractions[RADIAL.index(statistic)]
    return Mean(value, QUADRATURE * value)


def _mean(block: Block, function: Callable[[Array], Array], direction: int) -> Mean:
    """E function after the average over m rows and, where there is one, W₂: their effects add up to order 1/(md)."""
    averages = row_averages(block.n, block.p, direction)
    rows = averages.expectation(function, block.m)
    if block.d is None:
        return rows
    limit = float(function(averages.mean))
    second = averages.projected().expectation(function, block.d)
    product = abs((rows.value - limit) * (second.value - limit) / limit)
    return Mean(rows.value + second.value - limit, rows.error + second.error + product)


class Deviations(NamedTuple):
    """What each of k rows adds to a seed's statistic, from W₁ alone: its mean over m rows is the seed's deviation.

    Attributes:
        values: (k,), of mean zero.
        unmatched: their variance with norms matched in expectation.
        means: the mean over rows of the products of their means over inputs of (a, Δ, Δ′), (3, 3), in units of 1/n;
            None where the entries of an input have mean zero.
        common: the part of an input's energy along what all inputs have in common.
    """

    values: Array
    unmatched: float
    means: Array | None = None
    common: float = 0.0


def row_deviations(
    block: Block, statistic: str, count: int, rng: np.random.Generator, direction: int = 1
) -> Deviations:
    """`count` rows, to first order. ValueError for an unknown statistic, count < 2 or a block without ReLU."""
    function = quotient_of(statistic)
    require_count(count, 2, "count")
    reject(not block.relu, "the law of a seed is known for blocks with a ReLU")
    rows = Rows(block.n, block.p, (count,), rng)
    sums = _sums(rows, block.p, direction)
    centre = sums.mean(axis=0)
    values: Array = (sums - centre) @ gradient_of(function, centre)
    unmatched = float(values.var())
    if block.matching == "drawn":
        rates = (block.p * (1 - NORM_STEP), block.p * (1 + NORM_STEP))
        lower, upper = (float(function(_sums(rows, rate, direction).mean(axis=0))) for rate in rates)
        values = values + (upper - lower) / (2 * NORM_STEP) * (rows.flipped / (block.n * block.p) - 1)
    return Deviations(values, unmatched)


def _sums(rows: Rows, rate: float, direction: int) -> Array:
    sign, magnitude = row_moments(rows, rate, direction)
    return np.stack([sign[0], sign[1], sign[2], magnitude[1], magnitude[2], 0 * sign[0]], axis=-1)


def gradient_of(function: Callable[[Array], Array], point: Array) -> Array:
    """The numerical derivative in each of the six products, 0 in those that are 0."""
    steps = STEP * np.abs(point)
    difference = function(point + np.diag(steps)) - function(point - np.diag(steps))
    return np.divide(difference, 2 * steps, out=np.zeros_like(point), where=steps > 0)


def other_variance(block: Block, statistic: str, inputs: int, rows: Deviations, direction: int = 1) -> float:
    """The variance that W₂ and the finite number of inputs add to that of the rows.

    The noise of a·Δ over the inputs, which makes up much of 𝓡 where m·p is small, gets W₂'s scatter by its own formula.
    ValueError for inputs < 1 or an unknown statistic.
    """
    function = quotient_of(statistic)
    require_count(inputs, 1, "inputs")
    averages = row_averages(block.n, block.p, direction)
    gradient = gradient_of(function, averages.mean)
    one = float(gradient @ averages.covariance @ gradient) / block.m
    noise = 0.0
    if statistic in RADIAL:  # what the square of a·Δ adds to that of its mean is near a multiple of χ² of one freedom
        one += 2 * (_ratio_of_sums(block, statistic, direction).value - float(function(averages.mean))) ** 2
    if block.d is None:
        return one / inputs
    one += float(gradient @ averages.projected().covariance @ gradient) / block.d
    if statistic in RADIAL:
        noise = 2 * SPREAD_OF_NOISE / (block.m * block.d**2)
    means, covariance = _of_one_row(block.p, direction)
    form = form_of(gradient)
    off_diagonal = (1 - rows.common) ** 2 * float(np.trace(form @ covariance @ form @ covariance)) / (16 * block.n)
    shared = (
        float(means @ form @ means) ** 2
        if rows.means is None
        else float(np.trace(form @ rows.means @ form @ rows.means))
    )
    squared_norm = shared + off_diagonal + rows.unmatched / block.m
    return one / inputs + 2 / block.d * squared_norm + noise


def form_of(gradient: Array) -> Array:
    """The symmetric matrix of the quadratic form in (a, Δ, Δ′) with these coefficients."""
    form = np.zeros((3, 3))
    for value, (i, j) in zip(gradient, PAIRS, strict=True):
        form[i, j] += value / 2
        form[j, i] += value / 2
    return form


@functools.cache
def _of_one_row(p: float, direction: int) -> tuple[Array, Array]:
    """Means over inputs of (a, Δ, Δ′) for one row, and the covariances of (w, Δw, Δ′w), in units of 1/√n and 1/n."""
    shift = 2 * direction * math.sqrt(2 * p / math.pi)
    longer = math.sqrt(1 + 2 * shift + 4 * p)
    means = np.array([1, 0, longer - 1]) / math.sqrt(2 * math.pi)
    covariance = np.array([[1, -2 * p, shift], [-2 * p, 4 * p, -2 * p * shift], [shift, -2 * p * shift, 4 * p]])
    return means, covariance
