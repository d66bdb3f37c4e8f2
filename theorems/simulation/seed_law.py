"""The paper's own estimator: c(p) averaged over many inputs that share one seed's weights and masks.

Given the weights, the mean over inputs is a smooth function of sums over rows of what each row gives on average, and a
row gives the arc-cosine kernels (Cho and Saul, 2009) of its own Gram matrix: squared norms, Σ|w|, flipped parts. These
are drawn exactly (`exact_law.Rows`), m numbers each. Three smaller sources are added to leading order:
- the mean over the inputs is a finite one: a normal term of the variance of one draw over their number;
- W₂ is one matrix: with Ĉ the covariances of the two Δ_⊥ over inputs, each of trace one, the ratio of ‖W₂Δ_⊥‖² has the
  relative variance 2‖Ĉ_sign − Ĉ_mag‖_F²/d, from unequal rows and from correlations of order 1/√n between rows;
- the mean over seeds is moved to the finite-size mean (`finite_mean`, `ratio_means`), so that seeds drawn here tell
  their scatter and confirm no mean; for that there is `controlled_grams`.
What is left out is of relative order 1/m in the variance.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.simulation.exact_law import Rows
from theorems.simulation.finite_mean import finite_means
from theorems.simulation.grams import transverse_ratio
from theorems.simulation.ratio_means import row_averages, with_second_projection

if TYPE_CHECKING:
    import numpy.typing as npt

    from theorems.simulation.setups import Block

    Array = npt.NDArray[np.float64]

__all__ = ["Estimate", "Estimator", "kernel_moments", "row_moments"]

Estimate = Literal["ratio of sums", "mean of ratios"]
LARGEST_BATCH = 2**18


@dataclass(frozen=True)
class Estimator:
    """c(p) of one seed: `inputs` inputs that share all weights and masks of the block, which has a ReLU and m >= 128.

    ValueError for n < 5, m < 128, inputs < 1, no ReLU or an unknown estimate.
    """

    block: Block
    inputs: int
    estimate: Estimate = "ratio of sums"

    def __post_init__(self) -> None:
        require_count(self.block.n, 5, "n")
        require_count(self.block.m, 128, "m")
        require_count(self.inputs, 1, "inputs")
        words = "ratio of sums", "mean of ratios"
        reject(self.estimate not in words, f"estimate must be one of {words}, got {self.estimate!r}")
        reject(not self.block.relu, "the law of a seed is known for blocks with a ReLU")

    def mean(self) -> float:
        """The mean over seeds, by quadrature."""
        if self.estimate == "ratio of sums":
            return finite_means(self.block.n, self.block.m, self.block.p).ratio_of_means
        statistic = transverse_ratio if self.block.d is None else with_second_projection(transverse_ratio, self.block.d)
        return row_averages(self.block.n, self.block.p).expectation(statistic, self.block.m).value

    def draw(self, seeds: int, rng: np.random.Generator) -> Array:
        """The values of `seeds` independent seeds, shape (seeds,), in O(m) steps each; their mean is that of `mean`."""
        require_count(seeds, 1, "seeds")
        size = max(1, LARGEST_BATCH // self.block.m)
        centre, spread = self.mean(), _variance_of_one_input(self.block)
        parts = [self._batch(min(size, seeds - start), rng) for start in range(0, seeds, size)]
        relative = np.concatenate([values for values, _ in parts])
        extra = spread / self.inputs + float(np.mean([second for _, second in parts]))
        result: Array = centre * relative * (1 + math.sqrt(extra) * rng.standard_normal(seeds))
        return result

    def _batch(self, seeds: int, rng: np.random.Generator) -> tuple[Array, float]:
        """The ratio given the weights over that of the mean row, and the relative variance that W₂ adds."""
        rows = Rows(self.block.n, self.block.p, (seeds, self.block.m), rng)
        sign, magnitude = row_moments(rows, rows.rate(self.block.matching))
        averages = [values.mean(axis=1) for values in (*sign, *magnitude[1:], sign[0])]
        means = finite_means(self.block.n, self.block.m, self.block.p)
        typical = [0.5, means.projection[0], means.energy[0], means.projection[1], means.energy[1], 0.5]
        relative = transverse_ratio(np.stack(averages, axis=-1)) / transverse_ratio(np.array([typical]))
        return relative, 0.0 if self.block.d is None else self._second_projection(sign, magnitude, self.block.d)

    def _second_projection(self, sign: list[Array], magnitude: list[Array], d: int) -> float:
        across = [energy - projection**2 / a for a, projection, energy in (sign, magnitude)]
        one, two = (values / values.mean(axis=1, keepdims=True) for values in across)
        return 2 / d * (float(np.mean((one - two) ** 2)) / self.block.m + 1 / (2 * self.block.n))


@functools.cache
def _variance_of_one_input(block: Block) -> float:
    """The relative variance of c between draws with fresh weights and inputs."""
    averages = row_averages(block.n, block.p)
    mean = averages.expectation(transverse_ratio, block.m).value
    square = averages.expectation(lambda draws: transverse_ratio(draws) ** 2, block.m).value
    return square / mean**2 - 1 + (0.0 if block.d is None else 4 / (block.d - 1))


def row_moments(rows: Rows, rate: float | Array, direction: int = 1) -> tuple[list[Array], list[Array]]:
    """E a², E aΔ and E Δ² over inputs for each row and both changes, in units of 1/n.

    The magnitude change has δ² = 4·rate/n, one rate for all or one for each batch, and the sign `direction`, 1 or −1.
    """
    norm, n = (rows.flipped + rows.kept) / rows.n, rows.n
    shift = 2 * np.sqrt(np.asarray(rate))[..., None] if np.ndim(rate) else np.array(2 * math.sqrt(float(rate)))
    sign = kernel_moments(norm, -2 * rows.flipped / n, 4 * rows.flipped / n)
    return sign, kernel_moments(norm, direction * shift * rows.absolute_sums() / n, shift**2)


def kernel_moments(norm: Array, projection: Array, energy: Array) -> list[Array]:
    """E a², E aΔ and E Δ² of a = ReLU(w·g), Δ = ReLU(w′·g) − a for a standard normal g: the arc-cosine kernel.

    From ‖w‖², w·(w′ − w) and ‖w′ − w‖². With w′ = slope·w + residual across it and θ the angle between w and w′,
    E Δ² = ‖w′ − w‖²/2 − ‖w‖²(residual − θ·slope)/π and 2·E aΔ = w·(w′ − w) + ‖w‖²(residual − θ·slope)/π.
    """
    relative = projection / norm
    slope = 1 + relative
    residual = np.sqrt(np.maximum(energy / norm - relative**2, 0))
    boundary = norm * (residual - np.arctan2(residual, slope) * slope) / math.pi
    return [norm / 2, (projection + boundary) / 2, energy / 2 - boundary]
