"""The experiments as the paper describes them: weight matrices, masks, inputs on the sphere, one seed at a time.

The reference that the exact law is held against. Weights and masks belong to the seed, inputs are drawn in batches that
keep within a memory budget. Δ is always the difference of two activations, never of two Gram matrices.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    import torch

    from theorems.simulation.setups import Block
    from theorems.simulation.sources import Source

    Array = npt.NDArray[np.float64]

__all__ = [
    "BUDGET",
    "batch_size",
    "batches",
    "block_grams",
    "gram_rows",
    "linear_grams",
    "perturbed_weights",
    "quantised_cosines",
    "sphere",
    "stacked_grams",
]

BUDGET = 2**30  # bytes


def block_grams(source: Source, block: Block, inputs: int, *, budget: int = BUDGET) -> Array:
    """One seed of the block for each of `inputs` inputs: the Gram products of (y, Δ_sign, Δ_mag) as in `grams`.

    Shape (inputs, 6), summed over the entries of y = W₂a, or of a where there is no W₂. ValueError for inputs < 1 or
    where the weights and one input do not fit the budget (bytes).
    """
    require_count(inputs, 1, "inputs")
    second = block.d or 0
    size = batch_size(source, 4 * block.m * block.n + second * block.m, block.n + 5 * block.m + 3 * second, budget)
    weights = perturbed_weights(source, block)
    projection = source.normal(second, block.m) / block.m**0.5 if second else None
    rows = []
    for count in batches(inputs, size):
        vectors = _changes(weights, sphere(source, count, block.n), relu=block.relu)
        rows.append(gram_rows(*(vectors if projection is None else [each @ projection.T for each in vectors])))
    return np.concatenate(rows)


def stacked_grams(source: Source, block: Block, seeds: int, inputs: int) -> tuple[tuple[torch.Tensor, ...], Array]:
    """Many seeds of a small block without W₂ at once: their `perturbed_weights`, and Gram products as in `block_grams`.

    Shape (seeds, inputs, 6). All is held in memory, some (3·m·n + 5·inputs·m)·seeds numbers. ValueError for seeds or
    inputs < 1 or a block with W₂.
    """
    require_count(seeds, 1, "seeds")
    require_count(inputs, 1, "inputs")
    reject(block.d is not None, "only blocks without W₂ are stacked")
    weights = perturbed_weights(source, block, seeds)
    x = sphere(source, seeds * inputs, block.n).reshape(seeds, inputs, block.n)
    return weights, gram_rows(*_changes(weights, x, relu=block.relu))


def _changes(weights: tuple[torch.Tensor, ...], x: torch.Tensor, *, relu: bool) -> list[torch.Tensor]:
    """a, Δ_sign and Δ_mag, (…, inputs, m), of three W₁ (…, m, n) for inputs (…, inputs, n)."""
    clean, sign, magnitude = (_relu(x @ w.mT) if relu else x @ w.mT for w in weights)
    return [clean, sign - clean, magnitude - clean]


def perturbed_weights(source: Source, block: Block, *seeds: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """W₁, its sign flips, and W₁ + δ·sign(W₁) of equal norm, expected or drawn; each (*seeds, m, n)."""
    shape = *seeds, block.m, block.n
    original = source.normal(*shape) / block.n**0.5
    flipped = original * source.flips(block.p, *shape)
    if block.matching == "expected":
        return original, flipped, original + (4 * block.p / block.n) ** 0.5 * original.sign()
    square = ((flipped - original) ** 2).mean(dim=(-2, -1), keepdim=True)
    return original, flipped, original + square.sqrt() * original.sign()


def quantised_cosines(
    source: Source, shape: tuple[int, int], inputs: int, *, budget: int = BUDGET, relu: bool = False
) -> tuple[Array, Array]:
    """Theorem 4's cos²∠ for W of shape (m, n): of (Wx̂, W_T x̂) for each input, and of (w_i, sign(w_i)) for each row.

    Shapes (inputs,) and (m,).

    W_T = diag(‖w_i‖₁/n)·sign(W) (Equation (2)); with `relu` both outputs pass the activation first. ValueError as in
    `block_grams`.
    """
    m, n = shape
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


def linear_grams(source: Source, shape: tuple[int, int], p: float, inputs: int, *, budget: int = BUDGET) -> Array:
    """Proposition 1's layer, W of shape (m, n), for each input: Gram products of (Wx̂, ΔWx̂, Nx̂) as in `grams`.

    ΔW are sign flips at rate p, N is independent Gaussian noise of the same Frobenius norm. Shape (inputs, 6).
    ValueError as in `block_grams`.
    """
    m, n = shape
    require_count(inputs, 1, "inputs")
    size = batch_size(source, 3 * m * n, n + 3 * m, budget)
    w = source.normal(m, n) / n**0.5
    change, noise = w * (source.flips(p, m, n) - 1), source.normal(m, n)
    noise = noise * (change.norm() / noise.norm())
    found = []
    for count in batches(inputs, size):
        x = sphere(source, count, n)
        found.append(gram_rows(*(x @ each.T for each in (w, change, noise))))
    return np.concatenate(found)


def sphere(source: Source, count: int, n: int) -> torch.Tensor:
    """`count` points uniform on the unit sphere in n dimensions, (count, n)."""
    x = source.normal(count, n)
    points: torch.Tensor = x / x.norm(dim=1, keepdim=True)
    return points


def gram_rows(a: torch.Tensor, sign: torch.Tensor, magnitude: torch.Tensor) -> Array:
    """The six products of `grams` for each row of three (…, m) tensors, summed over m; in float64, (…, 6)."""
    pairs = ((a, a), (a, sign), (sign, sign), (a, magnitude), (magnitude, magnitude), (sign, magnitude))
    columns = [(one * two).sum(dim=-1).double().cpu().numpy() for one, two in pairs]
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
        f"the weights and one input need {(fixed + each) * width / 2**20:.1f} MiB, the budget is "
        f"{budget / 2**20:.1f} MiB",
    )
    return min(room // each, 4096)
