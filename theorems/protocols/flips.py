"""Changes of weights, in place and restored exactly.

A sign flip negates; negation twice is exact in every floating-point format, and 0 stays 0 (as −0 in between). Other
changes store what they touch. ‖·‖ is the Frobenius norm over all matrices together, in float64.
"""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.protocols.randomness import bernoulli_positions, distinct_positions, stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import numpy.typing as npt
    import torch

    Matrices = Mapping[str, torch.Tensor]
    Columns = Mapping[str, npt.NDArray[np.int64]]
    "columns of each matrix"
    Entries = dict[str, torch.Tensor]
    "int32 places of entries in each matrix, counted row by row, on the matrix's device"
    Pool = Literal["global", "matrix"]

__all__ = [
    "checksum",
    "column_places",
    "counted_flips",
    "flip_norm",
    "independent_flips",
    "multiplied",
    "negated",
    "pool_size",
]

MIXER = 0x1E3779B97F4A7C15
"an odd number without a pattern"


def pool_size(matrices: Matrices, columns: Columns) -> int:
    """How many entries these columns have, over all matrices."""
    return sum(matrices[name].shape[0] * chosen.size for name, chosen in columns.items())


def independent_flips(matrices: Matrices, columns: Columns, rate: float, seed: int, *, strategy: str) -> Entries:
    """Each entry of these columns with probability `rate`; drawn from (seed, strategy, matrix name)."""

    def draw(name: str) -> npt.NDArray[np.int64]:
        pool = matrices[name].shape[0] * columns[name].size
        return bernoulli_positions(stream(seed, strategy, name), rate, pool)

    with ThreadPoolExecutor() as threads:  # numpy draws without the interpreter's lock
        drawn = threads.map(draw, columns)
        return {name: _places(matrices[name], columns[name], each) for name, each in zip(columns, drawn, strict=True)}


def counted_flips(
    matrices: Matrices, columns: Columns, count: int, seed: int, *, strategy: str, pool: Pool = "global"
) -> Entries:
    """Exactly `count` entries of these columns without replacement; drawn from (seed, strategy).

    Args:
        matrices: all that are perturbed, by name.
        columns: of each matrix, those that entries are taken from.
        count: over all matrices together.
        seed: with `strategy`, names the stream.
        strategy: a word for what is drawn.
        pool: "global", every set of entries of all matrices is as likely; "matrix", each matrix gets its part of the
            count in proportion to its entries, rounded so that the parts add up.

    ValueError where there are fewer entries than `count`.
    """
    sizes = np.array([matrices[name].shape[0] * columns[name].size for name in columns], dtype=np.int64)
    ends = np.cumsum(sizes)
    total = int(ends[-1])
    reject(count > total, f"{count} flips do not fit {total} entries")
    if pool == "global":
        drawn = distinct_positions(stream(seed, strategy), count, total)
        parts = np.split(drawn, np.searchsorted(drawn, ends[:-1]))
        parts = [part - (end - size) for part, end, size in zip(parts, ends, sizes, strict=True)]
    else:
        counts = np.diff([count * int(end) // total for end in (0, *ends)])
        parts = [
            distinct_positions(stream(seed, strategy, name), int(each), int(size))
            for name, each, size in zip(columns, counts, sizes, strict=True)
        ]
    return {name: _places(matrices[name], columns[name], part) for name, part in zip(columns, parts, strict=True)}


def _places(matrix: torch.Tensor, columns: npt.NDArray[np.int64], positions: npt.NDArray[np.int64]) -> torch.Tensor:
    """Positions in the columns of a matrix, counted row by row, as places in the matrix."""
    import torch

    reject(matrix.numel() >= 2**31, f"a matrix of {matrix.numel()} entries is too large to count its places in int32")
    taken = torch.from_numpy(positions.astype(np.int32)).to(matrix.device)
    if columns.size == matrix.shape[1]:
        return taken
    at = torch.from_numpy(columns.astype(np.int32)).to(matrix.device)
    rows = torch.div(taken, columns.size, rounding_mode="floor")
    return rows * matrix.shape[1] + at[taken - rows * columns.size]


def column_places(weight: torch.Tensor, columns: npt.NDArray[np.int64]) -> torch.Tensor:
    """All entries of these columns, as places in the matrix."""
    import torch

    at = torch.from_numpy(columns).to(weight.device)
    rows = torch.arange(weight.shape[0], device=weight.device) * weight.shape[1]
    return (rows[:, None] + at).view(-1)


@contextmanager
def negated(matrices: Matrices, entries: Entries) -> Iterator[None]:
    """The entries with their signs flipped, w → −w."""
    _negate(matrices, entries)
    try:
        yield
    finally:
        _negate(matrices, entries)


def _negate(matrices: Matrices, entries: Entries) -> None:
    for name, places in entries.items():
        flat, at = flat_view(matrices[name]), places.long()
        flat.index_copy_(0, at, -flat[at])


@contextmanager
def multiplied(matrices: Matrices, entries: Entries, factor: float) -> Iterator[None]:
    """The entries times a factor, w → factor·w: 3 makes the change of a flip without its sign; what was is stored."""
    stored = {}
    for name, places in entries.items():
        flat, at = flat_view(matrices[name]), places.long()
        stored[name] = flat[at]
        flat.index_copy_(0, at, stored[name] * factor)
    try:
        yield
    finally:
        for name, places in entries.items():
            flat_view(matrices[name]).index_copy_(0, places.long(), stored[name])


def flip_norm(matrices: Matrices, entries: Entries) -> float:
    """‖ΔW‖ of flipping the entries: 2√Σ w² over them; where they are negated already, the same."""
    return 2 * math.sqrt(sum(_square(flat_view(matrices[name])[places.long()]) for name, places in entries.items()))


def flat_view(matrix: torch.Tensor) -> torch.Tensor:
    """The entries of a live matrix, row by row, to be changed in place."""
    return matrix.detach().view(-1)


def _square(values: torch.Tensor) -> float:
    return float(values.double().square().sum())


def checksum(tensor: torch.Tensor) -> int:
    """A fingerprint of the entries' bits in their order, the same on every device: Σ (2i + 1)·mixed(word_i) mod 2⁶⁴.

    Words are of eight bytes, the last filled up with zeros. A change within one word changes the sum, be it from 0 to
    −0. They are mixed so that it is not by the highest bit alone that a change of sign shows: two would cancel.
    """
    import torch

    bits = tensor.detach().contiguous().view(-1).view(torch.uint8)
    if bits.numel() % 8 or bits.storage_offset() % 8:
        bits = torch.nn.functional.pad(bits, (0, -bits.numel() % 8)).clone()
    words, step, total = bits.view(torch.int64), 2**18 if tensor.device.type == "cpu" else 2**24, 0
    odd = torch.arange(1, 2 * step, 2, device=tensor.device)
    for begin in range(0, words.numel(), step):
        part = words[begin : begin + step] * MIXER
        part ^= part >> 32
        total += int((part * odd[: part.numel()]).sum()) + 2 * begin * int(part.sum())
    return total % 2**64
