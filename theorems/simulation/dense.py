"""The experiments as the paper describes them: weight matrices, masks, inputs on the sphere, one seed at a time.

The reference that the exact law is held against. Weights and masks belong to the seed, inputs are drawn in batches that
keep within a memory budget. Δ is always the difference of two activations, never of two Gram matrices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.simulation.row_laws import require_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    import torch

    from theorems.simulation.exact_law import Matching
    from theorems.simulation.sources import Source

    Array = npt.NDArray[np.float64]

__all__ = ["BUDGET", "batch_size", "batches", "block_grams", "gram_rows", "perturbed_weights", "quantised_cosines", "sphere"]

BUDGET = 2**30  # bytes


def block_grams(
    source: Source,
    n: int,
    m: int,
    p: float,
    inputs: int,
    *,
    d: int | None = None,
    relu: bool = True,
    matching: Matching = "expected",
    budget: int = BUDGET,
) -> Array:
    """One seed of V0 (d None) or V1 (W₂ of d rows) for each of `inputs` inputs: Gram products (inputs, 6) as in `grams`.

    Without `relu` and d it is the single linear layer of Proposition 1. ‖ΔW‖_F² is 4pm for the magnitude change, or
    with matching "drawn" that of the sign flips. ValueError for sizes below 1, p outside (0, 1/2), or where the weights
    and one input do not fit the budget (bytes).
    """
    for count, name in ((n, "n"), (m, "m"), (inputs, "inputs"), (m if d is None else d, "d")):
        require_count(count, 1, name)
    require_rate(p)
    second = 0 if d is None else d
    size = batch_size(source, 4 * m * n + second * m, n + 5 * m + 3 * second, budget)
    original, flipped, shifted = perturbed_weights(source, m, n, p, matching)
    projection = None if d is None else source.normal(d, m) / m**0.5
    rows = []
    for count in batches(inputs, size):
        x = sphere(source, count, n)
        clean, sign, magnitude = ((_relu(x @ w.T) if relu else x @ w.T) for w in (original, flipped, shifted))
        vectors = clean, sign - clean, magnitude - clean
        rows.append(gram_rows(*(vectors if projection is None else [each @ projection.T for each in vectors])))
    return np.concatenate(rows)


def perturbed_weights(
    source: Source, m: int, n: int, p: float, matching: Matching
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """W with entries N(0, 1/n), its sign flips, and W + δ·sign(W) of equal norm, expected or drawn; each (m, n)."""
    reject(matching not in ("expected", "drawn"), f'matching must be "expected" or "drawn", got {matching!r}')
    original = source.normal(m, n) / n**0.5
    flipped = original * source.flips(p, m, n)
    square = 4 * p / n if matching == "expected" else float(((flipped - original) ** 2).mean())
    return original, flipped, original + square**0.5 * original.sign()


def quantised_cosines(
    source: Source, m: int, n: int, inputs: int, *, budget: int = BUDGET, relu: bool = False
) -> tuple[Array, Array]:
    """Theorem 4's cos²∠: of (Wx̂, W_T x̂) for each input (inputs,), and of (w_i, sign(w_i)) for each row (m,).

    W_T = diag(‖w_i‖₁/n)·sign(W) (Equation (2)); with `relu` both outputs pass the activation first. ValueError as in
    `block_grams`.
    """
    for count, name in ((n, "n"), (m, "m"), (inputs, "inputs")):
        require_count(count, 1, name)
    size = batch_size(source, 3 * m * n, n + 3 * m, budget)
    w = source.normal(m, n) / n**0.5
    scale = w.abs().mean(dim=1, keepdim=True)
    quantised = scale * w.sign()
    rows = n * scale[:, 0] ** 2 / (w**2).sum(dim=1)
    found = []
    for count in batches(inputs, size):
        x = sphere(source, count, n)
        clean, coarse = ((_relu(x @ each.T) if relu else x @ each.T) for each in (w, quantised))
        products = (clean * coarse).sum(dim=1) ** 2 / ((clean**2).sum(dim=1) * (coarse**2).sum(dim=1))
        found.append(products.double().cpu().numpy())
    return np.concatenate(found), rows.double().cpu().numpy()


def sphere(source: Source, count: int, n: int) -> torch.Tensor:
    """`count` points uniform on the unit sphere in n dimensions, (count, n)."""
    x = source.normal(count, n)
    return x / x.norm(dim=1, keepdim=True)


def gram_rows(a: torch.Tensor, sign: torch.Tensor, magnitude: torch.Tensor) -> Array:
    """The six products of `grams` for each row of three (k, m) tensors, summed over m; in float64, (k, 6)."""
    pairs = ((a, a), (a, sign), (sign, sign), (a, magnitude), (magnitude, magnitude), (sign, magnitude))
    columns = [(one * two).sum(dim=1).double().cpu().numpy() for one, two in pairs]
    return np.stack(columns, axis=-1)


def batches(total: int, size: int) -> Iterator[int]:
    """Sizes of at most `size` that add up to `total`."""
    for start in range(0, total, size):
        yield min(size, total - start)


def _relu(values: torch.Tensor) -> torch.Tensor:
    return values.clamp(min=0)


def batch_size(source: Source, fixed: int, each: int, budget: int) -> int:
    """How many inputs fit the budget (bytes), where `fixed` numbers are held anyway and `each` more per input.

    ValueError where not one fits.
    """
    width = source.dtype.itemsize
    room = budget // width - fixed
    reject(
        room < each,
        f"the weights and one input need {(fixed + each) * width / 2**20:.1f} MiB, the budget is {budget / 2**20:.1f} MiB",
    )
    return min(room // each, 4096)
