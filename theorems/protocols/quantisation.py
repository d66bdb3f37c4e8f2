"""Sign and three-valued quantisation of given weights: alignments and output errors, row block by row block.

A matrix is a `Rows`: its shape, and an iteration over blocks of its rows, so that none is ever whole in memory. Sums
are in float64. Section 2.3 calls diag(s)·sign(W) ternary; its values are ±s. Three values, −1, 0, 1, has BitNet b1.58.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

import numpy as np

from theorems.arithmetic.contexts import reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt
    import torch

    Array = npt.NDArray[np.float64]
    Zero = Literal["no sign", "positive"]
    Scheme = Literal["sign", "sign, one scale", "three values"]

__all__ = ["SCHEMES", "OutputErrors", "RowMoments", "Rows", "assembled", "output_cosines", "quantised", "row_moments"]

SCHEMES = {
    "sign": "s_i·sign(w), s_i the mean of |w| over row i (Equation (2))",
    "sign, one scale": "β·sign(w), β the mean of |w| over the matrix (BitNet)",
    "three values": "γ·RoundClip(w/γ, −1, 1), γ the mean of |w| over the matrix (BitNet b1.58)",
}


class Rows(Protocol):
    """A matrix as blocks of rows: float tensors (at most 1,024, in) that make it up in order."""

    @property
    def shape(self) -> tuple[int, int]:
        """(out, in)."""

    def __iter__(self) -> Iterator[torch.Tensor]:
        """The blocks, from the first row on, anew at each call."""


class RowMoments(NamedTuple):
    """Sums over the entries of each row, (m,), in float64."""

    absolute: Array
    "Σ|w|"
    square: Array
    "Σw²"
    fourth: Array
    "Σw⁴"
    nonzero: Array
    "how many entries are not 0"
    width: int
    "n"

    def cosines(self, zero: Zero = "no sign") -> Array:
        """cos²∠(w_i, sign(w_i)) of each row, (m,) = ‖w‖₁²/(k‖w‖²); NaN for a row of zeros.

        Args:
            zero: with sign(0) = 0 ("no sign") k is the number of entries that are not 0; with sign(0) = 1
                ("positive"), or by the moments (E|w|)²/E w², it is n.
        """
        reject(zero not in ("no sign", "positive"), f'sign(0) is "no sign" or "positive", got {zero!r}')
        length = self.nonzero if zero == "no sign" else np.full(self.absolute.shape, float(self.width))
        with np.errstate(invalid="ignore"):
            found: Array = self.absolute**2 / (length * self.square)
        return found

    @property
    def moments_ratio(self) -> float:
        """(E|w|)²/E w² over all entries of the matrix, the limit of cos² for independent entries of its law."""
        entries = self.absolute.size * self.width
        return float(self.absolute.sum() ** 2 / (entries * self.square.sum()))

    @property
    def kurtosis(self) -> float:
        """E w⁴/(E w²)² over all entries; 3 for normal ones."""
        entries = self.absolute.size * self.width
        return float(entries * self.fourth.sum() / self.square.sum() ** 2)


def row_moments(rows: Rows) -> RowMoments:
    """The sums of each row, block by block. ValueError for weights that are not finite."""
    parts = []
    for block in rows:
        w = block.double()
        sums = (w.abs().sum(dim=1), w.square().sum(dim=1), w.square().square().sum(dim=1), (w != 0).sum(dim=1).double())
        parts.append(np.stack([each.cpu().numpy() for each in sums]))
    found = np.concatenate(parts, axis=1)
    reject(not np.isfinite(found).all(), "weights are not finite")
    reject(found.shape[1] != rows.shape[0], f"expected {rows.shape[0]} rows, got {found.shape[1]}")
    absolute, square, fourth, nonzero = found
    return RowMoments(absolute, square, fourth, nonzero, rows.shape[1])


def quantised(block: torch.Tensor, scheme: Scheme, scale: float) -> torch.Tensor:
    """A block of rows quantised, (rows, in); sign(0) = 0. `scale` is the mean of |w| over the matrix.

    Python's and torch's rounding to even of ±1/2 is what BitNet's Round does.
    """
    reject(scheme not in SCHEMES, f"a scheme is one of {', '.join(SCHEMES)}, got {scheme!r}")
    if scheme == "three values":
        rounded: torch.Tensor = (block / (scale or 1)).round().clamp(-1, 1) * scale
        return rounded
    return block.sign() * (block.abs().mean(dim=1, keepdim=True) if scheme == "sign" else scale)


class OutputErrors(NamedTuple):
    """What quantisation does to outputs y = Wx, for each input x, (inputs,), in float64."""

    cosine_square: Array
    "cos²∠(y, y_Q)"
    relative: Array
    "‖y_Q − y‖²/‖y‖²"
    normalised: Array
    "‖y_Q/‖y_Q‖ − y/‖y‖‖² = 2(1 − cos): the same after RMSNorm, which takes the scale out"


def output_cosines(rows: Rows, inputs: torch.Tensor, scheme: Scheme = "sign", *, moments: RowMoments) -> OutputErrors:
    """Outputs of a matrix and of its quantisation for given inputs, streamed over its rows.

    Args:
        rows: of W.
        inputs: (inputs, in), held at once on the device where products are taken.
        scheme: one of SCHEMES.
        moments: of the rows, for the scale of the matrix.
    """
    import torch

    scale = float(moments.absolute.sum()) / (moments.absolute.size * moments.width)
    sums = torch.zeros(3, inputs.shape[0], dtype=torch.float64, device=inputs.device)
    for block in rows:
        weight = block.to(inputs.device, inputs.dtype)
        clean, coarse = inputs @ weight.T, inputs @ quantised(weight, scheme, scale).T
        pairs = ((clean, clean), (coarse, coarse), (clean, coarse))
        sums += torch.stack([(a * b).sum(dim=1).double() for a, b in pairs])
    clean_sq, coarse_sq, product = sums.cpu().numpy()
    cosine = product / np.sqrt(clean_sq * coarse_sq)
    return OutputErrors(cosine**2, (coarse_sq - 2 * product + clean_sq) / clean_sq, 2 * (1 - cosine))


def assembled(rows: Rows, count: int | None = None) -> torch.Tensor:
    """The first `count` rows of a matrix as one tensor, (count, in); all by default."""
    import torch

    wanted, blocks = count or rows.shape[0], []
    for block in rows:
        blocks.append(block)
        if sum(each.shape[0] for each in blocks) >= wanted:
            break
    return torch.cat(blocks)[:wanted]
