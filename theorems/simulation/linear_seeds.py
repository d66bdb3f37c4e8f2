"""What the experiments on one linear layer measure in one seed: many inputs that share weights and perturbation.

W has the shape (m, n) and entries N(0, 1/n), inputs are uniform on the sphere. Given the matrices the mean of cos² over
inputs is, to leading order, a ratio of traces, and these are drawn exactly, from a few chi-square variables. Added are
the mean over seeds (`cosine_moments`), and as a normal term that the mean over the inputs is a finite one. What is left
out is of relative order 1/m in the variance of a seed.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Literal

import flint
import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.simulation.cosine_moments import flipped_pairs, quantised_pairs, squared_cosine
from theorems.simulation.row_laws import alignment_rule, require_rate
from theorems.simulation.setups import require_matching

if TYPE_CHECKING:
    import numpy.typing as npt

    from theorems.simulation.cosine_moments import CosineMoments
    from theorems.simulation.setups import Matching

    Array = npt.NDArray[np.float64]
    Shape = tuple[int, int]

__all__ = [
    "FlipEstimate",
    "additive_fraction_seeds",
    "additive_fraction_variance",
    "energy_ratio_seeds",
    "energy_variance",
    "flip_fraction_mean",
    "flip_fraction_seeds",
    "quantised_row_seeds",
    "quantised_vector_seeds",
    "shift_fraction_seeds",
]

FlipEstimate = Literal["mean of ratios", "ratio of sums"]
TILTS = 24  # Gauss nodes for the angle between two inputs
FLIP_KURTOSIS = 3  # times 1/p: E ΔW⁴/(E ΔW²)² of sign flips of Gaussian entries
NORMAL_KURTOSIS = 3


def quantised_row_seeds(shape: Shape, seeds: int, rng: np.random.Generator) -> Array:
    """The mean over the rows of one W of cos²(w_i, sign w_i), (seeds,); no input enters. ValueError for sizes < 1."""
    m, n = _sizes(shape, seeds)
    c, weights = alignment_rule(n)
    result: Array = rng.multinomial(m, weights, seeds) @ c**2 / m
    return result


def quantised_vector_seeds(shape: Shape, inputs: int, seeds: int, rng: np.random.Generator) -> Array:
    """The mean over inputs of cos²∠(Wx̂, W_T x̂), W_T = diag(‖w_i‖₁/n)·sign(W), (seeds,).

    Given W it is Σ c_i²‖w_i‖²/Σ‖w_i‖². Rows of one c (a discrete law, `alignment_rule`) add up to one chi-square
    variable. ValueError for m < 8, n < 2, inputs or seeds < 1.
    """
    m, n = _sizes(shape, seeds)
    c, weights = alignment_rule(n)
    counts = rng.multinomial(m, weights, seeds)
    norms = rng.standard_gamma(n * counts / 2)
    leading = norms @ c**2 / norms.sum(axis=1)
    moments = squared_cosine(quantised_pairs(n), m)
    shift = moments.mean - float(weights @ c**2)
    result: Array = leading + shift + _noise(moments.variance, inputs, seeds, rng)
    return result


def flip_fraction_mean(shape: Shape, p: float, estimate: FlipEstimate = "mean of ratios") -> float:
    """The expectation over seeds of the radial fraction 𝓡 of sign flips, each over infinitely many inputs.

    The ratio of sums of a seed is about its flipped part q of ‖W‖_F² and 1/m. Over all seeds at once it is exact,
    E[(Δy·ŷ)²]/E‖Δy‖² = p + (1 − p)(1 + 6(m − 1)/((m + 2)(n + 2)))/m, but there each seed counts by its q, which adds
    Var q/p. ValueError for m < 8, n < 2, p outside (0, 1/2) or an unknown estimate.
    """
    m, n = _sizes(shape)
    require_rate(p)
    reject(estimate not in ("mean of ratios", "ratio of sums"), f"unknown estimate {estimate!r}")
    if estimate == "mean of ratios":
        return _flip_moments(m, n, p).mean
    weighted = p + (1 - p) / m * (1 + 6 * (m - 1) / ((m + 2) * (n + 2)))
    return weighted - (1 - 1 / m) * 3 * (1 - p) / (m * n)


def flip_fraction_seeds(  # noqa: PLR0913
    shape: Shape,
    p: float,
    inputs: int,
    seeds: int,
    rng: np.random.Generator,
    *,
    estimate: FlipEstimate = "mean of ratios",
) -> Array:
    """The radial fraction 𝓡 of sign flips of W over the inputs of each seed, (seeds,).

    Given the matrices it moves with the flipped part of ‖W‖_F². The finite number of inputs adds a few per cent of the
    variance, taken as that of the mean of ratios for either estimate. ValueError as in `flip_fraction_mean`, or for
    inputs or seeds < 1.
    """
    m, n = _sizes(shape, seeds)
    mean = flip_fraction_mean(shape, p, estimate)
    flips = rng.binomial(m * n, p, seeds)
    flipped, kept = rng.standard_gamma(flips / 2), rng.standard_gamma((m * n - flips) / 2)
    noise = _noise(_flip_moments(m, n, p).variance, inputs, seeds, rng)
    result: Array = mean + (1 - 1 / m) * (flipped / (flipped + kept) - p) + noise
    return result


def additive_fraction_variance(shape: Shape, inputs: int) -> float:
    """The variance over seeds of the mean over inputs of 𝓡 = (ŷ·Δŷ)² for an independent Gaussian ΔW; exact.

    The directions of y = Wx̂ and Δy = ΔWx̂ are uniform and independent. For two inputs with x̂·x̂′ = t, invariance under
    rotations leaves Cov(𝓡, 𝓡′ | t) = 2(g(t) − 1/m)²/((m − 1)(m + 2)), with g(t) = E[(ŷ·ŷ′)²] the mean square of a
    correlation coefficient (Fisher, 1928). ValueError for m < 2, n < 3 or inputs < 1.
    """
    from scipy.special import roots_jacobi

    m, n = shape
    for count, least, name in ((m, 2, "m"), (n, 3, "n"), (inputs, 1, "inputs")):
        require_count(count, least, name)
    t, weights = roots_jacobi(TILTS, (n - 3) / 2, (n - 3) / 2)
    # Not by scipy, whose ₂F₁(1, 1; c; z) is nan for large c and z near 1.
    tails = [float(flint.arb(z).hypgeom_2f1(1, 1, flint.arb(m) / 2 + 1)) for z in t**2]
    between = 1 - (1 - t**2) * (m - 1) / m * np.array(tails) - 1 / m
    shared = 2 * float(weights @ between**2 / weights.sum()) / ((m - 1) * (m + 2))
    alone = 2 * (m - 1) / (m**2 * (m + 2))
    return shared + (alone - shared) / inputs


def additive_fraction_seeds(shape: Shape, inputs: int, seeds: int, rng: np.random.Generator) -> Array:
    """The mean of 𝓡 over inputs for an independent Gaussian ΔW, (seeds,): mean 1/m, `additive_fraction_variance`.

    Taken as normal. ValueError as there, or for seeds < 1.
    """
    m, _ = _sizes(shape, seeds)
    deviation = math.sqrt(additive_fraction_variance(shape, inputs))
    result: Array = 1 / m + deviation * rng.standard_normal(seeds)
    return result


def shift_fraction_seeds(shape: Shape, inputs: int, seeds: int, rng: np.random.Generator) -> Array:
    """The mean of 𝓡 over inputs for ΔW = δ·sign(W), Assumption (A4), (seeds,), whatever δ.

    Given W it is (Σ‖w_i‖₁)²/(mn‖W‖_F²), less what m rows take from the mean, here as for one scale per row
    (`quantised_vector_seeds`).
    ValueError for m < 8, n < 2, inputs or seeds < 1.
    """
    m, n = _sizes(shape, seeds)
    c, weights = alignment_rule(n)
    norms = 2 * rng.standard_gamma(n / 2, (seeds, m))
    aligned = (rng.choice(c, (seeds, m), p=weights / weights.sum()) * np.sqrt(norms)).sum(axis=1)
    leading: Array = aligned**2 / (m * norms.sum(axis=1))
    moments = squared_cosine(quantised_pairs(n), m)
    return leading + moments.mean - float(weights @ c**2) + _noise(moments.variance, inputs, seeds, rng)


def energy_variance(shape: Shape, kurtosis: float) -> float:
    """Var ‖ΔWx̂‖²/(E‖ΔWx̂‖²)² over inputs for a given ΔW of independent centred entries, averaged over ΔW.

    2(n·tr A²/(tr A)² − 1)/(n + 2) for A = ΔWᵀΔW, with the exact E tr A² over E(tr A)²; `kurtosis` is E ΔW⁴/(E ΔW²)².
    ValueError for sizes < 1 or a kurtosis < 1.
    """
    m, n = _sizes(shape)
    reject(not kurtosis >= 1, f"kurtosis must be at least 1, got {kurtosis}")
    return 2 * (n - 1) * (n - 1 + kurtosis) / ((n + 2) * (m * n + kurtosis - 1))


def energy_ratio_seeds(  # noqa: PLR0913
    shape: Shape, p: float, inputs: int, seeds: int, rng: np.random.Generator, *, matching: Matching = "drawn"
) -> Array:
    """Σ‖ΔW_sign x̂‖²/Σ‖ΔW_mag x̂‖² over the inputs of each seed, (seeds,), for an independent Gaussian ΔW_mag.

    Given the matrices the energies are ‖ΔW‖_F²/n and the noise of a finite mean, uncorrelated between both changes in
    expectation. `matching` says what ‖ΔW_mag‖_F² is: that of this seed's flips ("drawn"), or 4pm ("expected").
    ValueError for p outside (0, 1/2), sizes, inputs or seeds < 1 or an unknown matching.
    """
    m, n = _sizes(shape, seeds)
    require_rate(p)
    require_matching(matching)
    leading = np.ones(seeds)
    if matching == "expected":
        leading = 2 * rng.standard_gamma(rng.binomial(m * n, p, seeds) / 2) / (p * m * n)
    sign = _noise(energy_variance(shape, FLIP_KURTOSIS / p), inputs, seeds, rng)
    magnitude = _noise(energy_variance(shape, NORMAL_KURTOSIS), inputs, seeds, rng)
    result: Array = leading * (1 + sign) / (1 + magnitude)
    return result


@functools.cache
def _flip_moments(m: int, n: int, p: float) -> CosineMoments:
    return squared_cosine(flipped_pairs(n, p), m)


def _sizes(shape: Shape, seeds: int = 1) -> Shape:
    m, n = shape
    for count, name in ((m, "m"), (n, "n"), (seeds, "seeds")):
        require_count(count, 1, name)
    return m, n


def _noise(variance: float, inputs: int, seeds: int, rng: np.random.Generator) -> Array:
    """What the mean over `inputs` inputs, each of this variance, adds to a seed."""
    require_count(inputs, 1, "inputs")
    result: Array = math.sqrt(variance / inputs) * rng.standard_normal(seeds)
    return result
