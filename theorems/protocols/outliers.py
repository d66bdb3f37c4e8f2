"""Amplitudes of the columns of a matrix, as activations have them, and the columns that stand out.

With x the input of a matrix at one token, an amplitude is a mean over tokens: of |x_k|, or the root of that of x_k².
RMSNorm's gain sits between the normalised stream and the weights: an amplitude is taken before or after it.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.protocols.baseline import hidden_before
from theorems.protocols.perplexity import Window, batched
from theorems.protocols.randomness import stream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy.typing as npt
    import torch

    from theorems.protocols.decoder import Decoder, Part

    Array = npt.NDArray[np.float64]
    Ids = npt.NDArray[np.int64]
    Statistic = Literal["mean", "rms"]
    Scale = Literal["token", "mean square"]

__all__ = ["Moments", "all_columns", "input_moments", "other_columns", "outlier_columns", "random_prompts"]


class Moments(NamedTuple):
    """Means over tokens of one input x, in float64; columns are (n,)."""

    absolute: Array
    "of |x_k|"
    square: Array
    "of x_k²"
    unit_absolute: Array
    "of |x_k|/‖x‖"
    unit_square: Array
    "of x_k²/‖x‖²"
    tokens: int

    def amplitudes(self, statistic: Statistic = "mean", scale: Scale = "token") -> Array:
        """α (n,), the amplitudes of an input of norm 1.

        Args:
            statistic: the mean of |x_k|, or the root of the mean of x_k².
            scale: by ‖x‖ token by token, or by the root of its mean square. Σα² = 1 for "rms".
        """
        reject(statistic not in ("mean", "rms"), f'an amplitude is a "mean" or "rms", got {statistic!r}')
        reject(scale not in ("token", "mean square"), f'the scale is "token" or "mean square", got {scale!r}')
        if scale == "token":
            return self.unit_absolute if statistic == "mean" else np.sqrt(self.unit_square)
        values = self.absolute if statistic == "mean" else np.sqrt(self.square)
        found: Array = values / np.sqrt(self.square.sum())
        return found


def random_prompts(tokens: torch.Tensor, count: int = 128, length: int = 160, seed: int = 0) -> list[Window]:
    """Stretches of a text that start anywhere, each place as likely.

    The paper has 128 random prompts and does not say how long; of 160 tokens they are the 20,480 of Appendix E.8.
    ValueError for a text shorter than a prompt.
    """
    text = np.asarray(tokens, dtype=np.int64)
    require_count(length, 1, "length")
    require_count(text.size, length, "the tokens of the text")
    starts = stream(seed, "prompts").integers(0, text.size - length + 1, count)
    return [Window(text[start : start + length], 0) for start in starts]


def input_moments(
    decoder: Decoder,
    prompts: Sequence[Window],
    *,
    site: tuple[int, Part] | None = None,
    gain: bool = True,
    names: Sequence[str] = (),
) -> dict[str, Moments]:
    """Moments over all tokens of the prompts: of the normalised stream at a site, and of the inputs of matrices.

    Args:
        decoder: unperturbed.
        prompts: windows, of which only the ids count.
        site: layer and part whose normalised stream is measured; its moments stand under "site".
        gain: after RMSNorm's gain, as the weights see the stream, or before it. Inputs of matrices are after it.
        names: matrices whose own inputs are measured, by the names of `Decoder.weights`.
    """
    import torch

    sums: dict[str, list[torch.Tensor]] = {}
    wanted = defaultdict(list)
    for name in names:
        wanted[int(next(part for part in name.split(".") if part.isdecimal()))].append(name)
    last = max([*wanted, *([site[0]] if site else [])])
    with torch.no_grad():
        for batch in batched(prompts):
            hidden = hidden_before(decoder, batch, 0)
            for layer in range(last + 1):
                if site and site[0] == layer:
                    _add(sums, "site", decoder.normalised(layer, site[1], hidden)[gain])
                if layer in wanted:
                    inputs = decoder.inputs(layer, hidden)
                    for name in wanted[layer]:
                        _add(sums, name, inputs[name])
                if layer < last:
                    hidden = decoder.block(layer, hidden)
    tokens = sum(prompt.ids.size for prompt in prompts)
    return {name: _means(columns, tokens) for name, columns in sums.items()}


def _means(sums: list[torch.Tensor], tokens: int) -> Moments:
    absolute, square, unit_absolute, unit_square = (each.cpu().numpy() / tokens for each in sums)
    return Moments(absolute, square, unit_absolute, unit_square, tokens)


def _add(sums: dict[str, list[torch.Tensor]], name: str, x: torch.Tensor) -> None:
    x = x.reshape(-1, x.shape[-1]).double()
    unit = x / x.norm(dim=1, keepdim=True).clamp(min=1e-300)
    found = [values.sum(dim=0) for values in (x.abs(), x.square(), unit.abs(), unit.square())]
    sums[name] = [a + b for a, b in zip(sums[name], found, strict=True)] if name in sums else found


def outlier_columns(amplitudes: Array, share: str | float) -> Ids:
    """The ⌊share · n⌋ columns of the largest amplitudes, in order of their numbers; of equal ones the first.

    ValueError where that is no column, or all.
    """
    count = int(Fraction(str(share)) * amplitudes.size)
    reject(not 0 < count < amplitudes.size, f"a share of {share} of {amplitudes.size} columns is {count} columns")
    return np.sort(np.argsort(-amplitudes, kind="stable")[:count])


def other_columns(matrices: Mapping[str, torch.Tensor], columns: Mapping[str, Ids]) -> dict[str, Ids]:
    """For each matrix the columns that are not named."""
    return {name: np.setdiff1d(np.arange(matrices[name].shape[1]), chosen) for name, chosen in columns.items()}


def all_columns(matrices: Mapping[str, torch.Tensor]) -> dict[str, Ids]:
    """All columns of each matrix."""
    return {name: np.arange(matrix.shape[1]) for name, matrix in matrices.items()}
