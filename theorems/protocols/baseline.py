"""The unperturbed decoder on a text, and what a perturbation changes there.

What lies before the perturbed layer is computed once: its hidden states are kept, 4 bytes × width × tokens in single
precision, on the decoder's device; as many once more for the unperturbed predictions that divergences are from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from theorems.arithmetic.domain import require_count
from theorems.protocols.decoder import device_of
from theorems.protocols.perplexity import LOGITS, batched, block_sizes, token_divergences, token_losses, windows

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

    import numpy.typing as npt
    import torch

    from theorems.protocols.decoder import Decoder
    from theorems.protocols.perplexity import Window, Windows

    Array = npt.NDArray[np.float64]

__all__ = ["Baseline", "Damage", "baseline", "hidden_before", "remembered", "text_key"]

REMEMBERED = 6
"results kept per decoder: the baselines and amplitudes of one experiment, and the copy of its matrices"
_memory: WeakKeyDictionary[Any, dict[Hashable, Any]] = WeakKeyDictionary()
_vocabulary: WeakKeyDictionary[Any, int] = WeakKeyDictionary()


class Damage(NamedTuple):
    """The losses of a perturbed decoder, and its divergences where they were asked for; per prediction, float64."""

    losses: Array
    divergences: Array | None


class Baseline:
    """The unperturbed decoder on a text: `losses` (predictions,), and `damage()` for whatever its weights are now."""

    def __init__(self, decoder: Decoder, cut: Sequence[Window], *, layer: int = 0, divergence: bool = False) -> None:
        """Run the text through the decoder once.

        Args:
            decoder: with its own weights.
            cut: the windows of the text.
            layer: the first layer that will be perturbed; what lies before is not computed again.
            divergence: keep the last hidden states as well.
        """
        import torch

        self.decoder, self.cut, self.layer = decoder, list(cut), layer
        require_count(layer, 0, "layer")
        self.divergence = divergence
        self._batches = list(batched(self.cut))
        self._before: list[torch.Tensor] = []
        self._after: list[torch.Tensor] = []
        losses = []
        with torch.no_grad():
            for batch in self._batches:
                before = hidden_before(decoder, batch, layer)
                after = _through(decoder, before, range(layer, decoder.layers))
                losses.append(_scored(decoder, batch, after, None).losses)
                if layer:
                    self._before.append(before)
                if divergence:
                    self._after.append(after)
        self.losses: Array = np.concatenate(losses)

    def damage(self, *, divergence: bool | None = None) -> Damage:
        """Losses with the decoder's present weights, which differ from this layer on only."""
        import torch

        wanted = self.divergence if divergence is None else divergence
        parts = []
        with torch.no_grad():
            for number, batch in enumerate(self._batches):
                before = self._before[number] if self.layer else hidden_before(self.decoder, batch, 0)
                after = _through(self.decoder, before, range(self.layer, self.decoder.layers))
                parts.append(_scored(self.decoder, batch, after, self._after[number] if wanted else None))
        divergences = [part.divergences for part in parts if part.divergences is not None]
        return Damage(
            np.concatenate([part.losses for part in parts]), np.concatenate(divergences) if divergences else None
        )

    def block_sizes(self, block: int) -> list[int]:
        """How many predictions each text block has."""
        return block_sizes(self.cut, block)


def baseline(
    decoder: Decoder, tokens: torch.Tensor, plan: Windows, *, layer: int = 0, divergence: bool = False
) -> Baseline:
    """The unperturbed decoder on a text, computed once for a decoder, text and plan."""
    key = ("baseline", text_key(tokens), plan, layer, divergence)
    found: Baseline = remembered(
        decoder, key, lambda: Baseline(decoder, windows(tokens, plan), layer=layer, divergence=divergence)
    )
    return found


def remembered(decoder: Decoder, key: Hashable, compute: Callable[[], Any]) -> Any:
    """What belongs to the unperturbed decoder, computed once; what was longest not asked for is forgotten."""
    kept = _memory.setdefault(decoder, {})
    if key not in kept:
        while len(kept) >= REMEMBERED:
            del kept[next(iter(kept))]
    found = kept[key] = kept.pop(key) if key in kept else compute()
    return found


def hidden_before(decoder: Decoder, batch: Sequence[Window], layer: int) -> torch.Tensor:
    """The residual stream before a layer for windows of one length, (windows, time, width)."""
    import torch

    ids = torch.from_numpy(np.stack([window.ids for window in batch])).to(device_of(decoder))
    return _through(decoder, decoder.embed(ids), range(layer))


def _through(decoder: Decoder, hidden: torch.Tensor, layers: range) -> torch.Tensor:
    for layer in layers:
        hidden = decoder.block(layer, hidden)
    return hidden


def _scored(decoder: Decoder, batch: Sequence[Window], after: torch.Tensor, reference: torch.Tensor | None) -> Damage:
    """Losses, and divergences from the predictions of `reference`, window by window."""
    import torch

    losses, divergences = [], []
    references = [None] * len(batch) if reference is None else list(reference)
    for window, hidden, original in zip(batch, after, references, strict=True):
        first = window.ids.size - window.predicted
        targets = torch.from_numpy(window.ids[first:]).to(hidden.device)
        for begin, end in _chunks(decoder, hidden, window.predicted):
            logits = decoder.head(hidden[None, first - 1 + begin : first - 1 + end])[0]
            losses.append(token_losses(logits, targets[begin:end]))
            if original is not None:
                own = decoder.head(original[None, first - 1 + begin : first - 1 + end])[0]
                divergences.append(token_divergences(own, logits))
    return Damage(_joined(losses), _joined(divergences) if divergences else None)


def _chunks(decoder: Decoder, hidden: torch.Tensor, predictions: int) -> Iterator[tuple[int, int]]:
    """Ranges of predictions whose logits fit the budget."""
    if decoder not in _vocabulary:  # a head on one token costs as much as on a short window
        _vocabulary[decoder] = int(decoder.head(hidden[None, :1]).shape[-1])
    size = max(1, LOGITS // _vocabulary[decoder])
    for begin in range(0, predictions, size):
        yield begin, min(begin + size, predictions)


def _joined(parts: list[torch.Tensor]) -> Array:
    import torch

    values: Array = torch.cat(parts).cpu().numpy()
    return values


def text_key(tokens: torch.Tensor) -> tuple[int, int]:
    """What tells one text from another."""
    ids = np.ascontiguousarray(np.asarray(tokens, dtype=np.int64))
    return ids.size, hash(ids.tobytes())
