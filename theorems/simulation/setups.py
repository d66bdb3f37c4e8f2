"""What is simulated: the block of Theorem 3 and its ablations, and networks of independent layers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_above, require_count
from theorems.simulation.row_laws import require_rate

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Block", "Matching", "Network", "require_matching", "stream_products"]

Matching = Literal["expected", "drawn"]


@dataclass(frozen=True)
class Block:
    """y = W₂ReLU(W₁x̂) with W₁ of m rows, entries N(0, 1/n), W₂ of d rows, entries N(0, 1/m), x̂ uniform on the sphere.

    V1 with `d`, V0 without; the single linear layer of Proposition 1 without `relu` and `d`. W₁ is perturbed at flip
    rate p, and `matching` says what the Frobenius norm of the magnitude change equals: "expected", δ² = 4p/n
    (Assumption A4), or "drawn", the norm of this very draw's sign flips. ValueError for sizes below 1, p outside
    (0, 1/2) or an unknown matching.
    """

    n: int
    m: int
    p: float
    d: int | None = None
    relu: bool = True
    matching: Matching = "expected"

    def __post_init__(self) -> None:
        for count, name in ((self.n, "n"), (self.m, "m"), (self.m if self.d is None else self.d, "d")):
            require_count(count, 1, name)
        require_rate(self.p)
        require_matching(self.matching)


@dataclass(frozen=True)
class Network:
    """`layers` blocks x ↦ B(x̂), or x ↦ x + B(x̂) with `residual`, of square matrices of fresh weights N(0, 1/n).

    B(x̂) = ReLU(W x̂), or W₂ReLU(W x̂) with `projection`; every W is perturbed at flip rate p, no W₂. V2 is the default,
    V3 has `residual`. ValueError for n < 3, layers < 1, p outside (0, 1/2), start <= 0 or an unknown norm.
    """

    n: int
    layers: int
    p: float
    residual: bool = False
    projection: bool = False
    norm: Literal["unit", "root", "none"] = "unit"  # ‖x̂‖: 1, √n as RMSNorm gives it, or x̂ = x
    start: float = 1.0  # ‖x₀‖

    def __post_init__(self) -> None:
        require_count(self.n, 3, "n")
        require_count(self.layers, 1, "layers")
        require_rate(self.p)
        require_above(self.start, 0, "start")
        reject(self.norm not in ("unit", "root", "none"), f'norm must be "unit", "root" or "none", got {self.norm!r}')

    @property
    def target(self) -> float | None:
        """What ‖x̂‖ is brought to; None where x̂ = x."""
        return {"unit": 1.0, "root": math.sqrt(self.n), "none": None}[self.norm]


def require_matching(matching: Matching) -> None:
    """ValueError unless `matching` is known."""
    reject(matching not in ("expected", "drawn"), f'matching must be "expected" or "drawn", got {matching!r}')


def stream_products(streams: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """The six products of `grams` of (x, x_sign − x, x_mag − x) for three streams (3, …, n), summed over n."""
    vectors = np.stack([streams[0], streams[1] - streams[0], streams[2] - streams[0]])
    products = np.einsum("i...n,j...n->ij...", vectors, vectors)
    return np.stack([products[i, j] for i, j in ((0, 0), (0, 1), (1, 1), (0, 2), (2, 2), (1, 2))], axis=-1)
