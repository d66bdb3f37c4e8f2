"""Perplexity as a protocol: windows of a text, losses of tokens, divergences from the unperturbed predictions.

Losses are −ln p(token) in nats. Averages are over tokens, never over windows. A difference between two states of one
decoder is paired: the same windows, the same tokens.
"""

from __future__ import annotations

import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt
    import torch

    Array = npt.NDArray[np.float64]
    Ids = npt.NDArray[np.int64]

__all__ = [
    "Window",
    "Windows",
    "block_means",
    "block_sizes",
    "nats_to_perplexity",
    "perplexity",
    "token_divergences",
    "windows",
]

LARGEST = math.log(sys.float_info.max)
LOGITS = 2**25
"numbers that a chunk of logits may have: 128 MiB in single precision"


@dataclass(frozen=True)
class Windows:
    """How a text is cut: what a perplexity depends on beside the model and the text.

    Each window is fed alone. All its tokens but the first are predicted, of a window that overlaps the one before only
    those that are new. With a prefix the first token of the text is predicted too.
    """

    context: int = 2048
    "tokens fed at once, the prefix among them"
    stride: int | None = None
    "tokens from the start of one window to the next; None: windows that do not overlap"
    start: int | None = None
    "token put before the whole text, once"
    prefix: int | None = None
    "token put before every window"
    tail: Literal["dropped", "scored"] = "dropped"
    "what happens to a last window that is not full"
    limit: int | None = None
    "only so many windows; None: all"
    skip: int = 0
    "windows of the text that are left out before them"


class Window(NamedTuple):
    """Token ids as fed, and how many of the last of them are predicted."""

    ids: Ids
    predicted: int


def windows(tokens: torch.Tensor | Sequence[int], plan: Windows) -> list[Window]:
    """The windows of a text of token ids, in order.

    ValueError for a text that does not fill one window (with tail "scored": two tokens), or a plan that makes no sense.
    """
    text = np.asarray(tokens, dtype=np.int64)
    if plan.start is not None:
        text = np.concatenate([[plan.start], text])
    before = [] if plan.prefix is None else [plan.prefix]
    room = plan.context - len(before)
    stride = room if plan.stride is None else plan.stride
    require_count(room, 2 - len(before), "the context without its prefix")
    require_count(stride, 1, "stride")
    reject(stride > room, f"a stride of {stride} leaves out tokens between windows of {room}")
    require_count(plan.skip, 0, "skip")
    most = None if plan.limit is None else plan.skip + plan.limit
    found: list[Window] = []
    seen = 0  # the tokens of the text that windows have covered
    for begin in range(0, text.size, stride):
        part = text[begin : begin + room]
        new = begin + part.size - max(seen, begin + 1 - len(before))
        full = part.size == room
        if new < 1 or (not full and plan.tail == "dropped") or len(found) == most:
            break
        found.append(Window(np.concatenate([np.asarray(before, dtype=np.int64), part]), new))
        seen = begin + part.size
    reject(not found, f"a text of {text.size} tokens is too short for a window of {plan.context}")
    reject(plan.skip >= len(found), f"a text of {text.size} tokens has no window after {len(found)}")
    return found[plan.skip :]


def batched(cut: Sequence[Window]) -> Iterator[list[Window]]:
    """Consecutive windows of one length, at least one and together at most 2,048 tokens."""
    batch: list[Window] = []
    for window in cut:
        size = window.ids.size
        if batch and (size != batch[0].ids.size or (len(batch) + 1) * size > 2048):
            yield batch
            batch = []
        batch.append(window)
    yield batch


def perplexity(losses: npt.ArrayLike) -> float:
    """The exponential of the mean loss over tokens; infinite where that overflows, or where a loss is no number."""
    return nats_to_perplexity(float(np.mean(np.asarray(losses, dtype=np.float64))))


def nats_to_perplexity(nll: float) -> float:
    """The same of a mean loss in nats."""
    return math.exp(nll) if nll < LARGEST else math.inf


def token_losses(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """−ln p of each target, (predictions,), float64; infinite where the logits are no numbers.

    Args:
        logits: (predictions, vocabulary).
        targets: (predictions,) int64.
    """
    import torch

    losses = torch.nn.functional.cross_entropy(_precise(logits), targets, reduction="none").double()
    return torch.where(losses.isnan(), torch.inf, losses)


def token_divergences(reference: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    """KL(reference ‖ perturbed) of each prediction from two sets of logits, (predictions,), float64, in nats.

    As ln E[exp δ] with δ the change of the logits less its mean under the reference: no difference of nearly equal
    logarithms, so that divergences far below the precision of the losses are told, in single precision to a relative
    10⁻⁷/δ. Infinite where logits are no numbers.
    """
    import torch

    reference, logits = _precise(reference), _precise(logits)
    p, change = reference.softmax(dim=-1), logits - reference
    change -= torch.linalg.vecdot(p, change)[..., None]
    excess = torch.expm1(change).sub_(change)
    divergences = torch.log1p(torch.linalg.vecdot(p, excess).double())
    return torch.where(divergences.isnan(), torch.inf, divergences)


def _precise(logits: torch.Tensor) -> torch.Tensor:
    """In single precision at least."""
    return logits if logits.element_size() >= 4 else logits.float()


def block_sizes(cut: Sequence[Window], block: int) -> list[int]:
    """Sizes of the text blocks: consecutive predictions of a window, a shorter rest joined to its last block."""
    require_count(block, 1, "block")
    sizes: list[int] = []
    for window in cut:
        number = max(1, window.predicted // block)
        sizes += [block] * (number - 1) + [window.predicted - block * (number - 1)]
    return sizes


def block_means(values: npt.ArrayLike, sizes: Sequence[int]) -> Array:
    """The mean of the predictions of each text block, (blocks,)."""
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    means: Array = np.add.reduceat(np.asarray(values, dtype=np.float64), starts) / np.asarray(sizes)
    return means
