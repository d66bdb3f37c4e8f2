"""The unperturbed decoder on a text, and what a perturbation changes there.

What lies before the perturbed layer is computed once: its hidden states are kept, 4 bytes × width × tokens in single
precision, on the decoder's device; as many once more for the unperturbed predictions that divergences are from, whose
logits are kept as well where they are few.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple
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
    Logits = Callable[[int, int], torch.Tensor]

__all__ = ["Baseline", "Damage", "baseline", "hidden_before", "remembered", "text_key"]

REMEMBERED = 6
"results kept per decoder: the baselines and amplitudes of one experiment, and the copy of its matrices"
KEPT: Final = 2 * LOGITS
"unperturbed logits that a baseline may keep: 256 MiB in single precision"
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
        self._logits: dict[tuple[int, int], torch.Tensor] = {}
        losses = []
        with torch.no_grad():
            for number, batch in enumerate(self._batches):
                before = hidden_before(decoder, batch, layer)
                after, targets = _predicting(batch, _through(decoder, before, range(layer, decoder.layers)))
                if layer:
                    self._before.append(before)
                if divergence:
                    self._after.append(after)
                own = partial(self._own, number) if divergence else partial(_logits, decoder, after)
                losses.append(_scored(decoder, after, targets, own).losses)
        self.losses: Array = np.concatenate(losses)

    def damage(self, *, divergence: bool | None = None, reached: tuple[torch.Tensor, int] | None = None) -> Damage:
        """Losses with the decoder's present weights, which differ from this layer on only.

        Args:
            divergence: whether divergences are wanted; as the baseline was made by default.
            reached: the residual streams of all windows, (windows, time, width), before a layer, and this layer, from
                which on they are followed: changes of weights before it may be another's for each window.
        """
        import torch

        wanted = self.divergence if divergence is None else divergence
        start = self.layer if reached is None else reached[1]
        streams = torch.split(reached[0], [len(batch) for batch in self._batches]) if reached else None
        parts = []
        with torch.no_grad():
            for number, batch in enumerate(self._batches):
                before = streams[number] if streams else self._start(number)
                after = _through(self.decoder, before, range(start, self.decoder.layers))
                after, targets = _predicting(batch, after)
                own = partial(self._own, number) if wanted else None
                parts.append(_scored(self.decoder, after, targets, partial(_logits, self.decoder, after), own))
        divergences = [part.divergences for part in parts if part.divergences is not None]
        return Damage(
            np.concatenate([part.losses for part in parts]), np.concatenate(divergences) if divergences else None
        )

    def reached(self, window: int, layer: int) -> torch.Tensor:
        """The residual stream of one window before a layer, with the present weights, (1, time, width)."""
        import torch

        number, first = 0, 0
        while window >= first + len(self._batches[number]):
            first += len(self._batches[number])
            number += 1
        with torch.no_grad():
            start = self._start(number)[window - first, None]
            return _through(self.decoder, start, range(self.layer, layer))

    def _start(self, number: int) -> torch.Tensor:
        """The residual stream of a batch before the first layer that is perturbed."""
        return self._before[number] if self.layer else hidden_before(self.decoder, self._batches[number], 0)

    def _own(self, number: int, begin: int, end: int) -> torch.Tensor:
        """Unperturbed logits of some predictions of a batch, kept where those of the whole text are few."""
        if (number, begin) in self._logits:
            return self._logits[number, begin]
        logits = _logits(self.decoder, self._after[number], begin, end)
        if sum(window.predicted for window in self.cut) * logits.shape[-1] <= KEPT:
            self._logits[number, begin] = logits
        return logits

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


def _predicting(batch: Sequence[Window], after: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The last hidden states that predict, (predictions, width), and the token ids that they predict."""
    import torch

    hidden = [states[-window.predicted - 1 : -1] for window, states in zip(batch, after, strict=True)]
    targets = np.concatenate([window.ids[window.ids.size - window.predicted :] for window in batch])
    return torch.cat(hidden), torch.from_numpy(targets).to(after.device)


def _logits(decoder: Decoder, hidden: torch.Tensor, begin: int, end: int) -> torch.Tensor:
    """Of a range of predictions, (predictions, vocabulary)."""
    return decoder.head(hidden[None, begin:end])[0]


def _scored(
    decoder: Decoder, hidden: torch.Tensor, targets: torch.Tensor, logits: Logits, own: Logits | None = None
) -> Damage:
    """Losses, and divergences from the unperturbed logits `own`; logits are asked for by ranges of predictions."""
    losses, divergences = [], []
    for begin, end in _chunks(decoder, hidden):
        found = logits(begin, end)
        losses.append(token_losses(found, targets[begin:end]))
        if own is not None:
            divergences.append(token_divergences(own(begin, end), found))
    return Damage(_joined(losses), _joined(divergences) if divergences else None)


def _chunks(decoder: Decoder, hidden: torch.Tensor) -> Iterator[tuple[int, int]]:
    """Ranges of predictions whose logits fit the budget."""
    if decoder not in _vocabulary:  # a head on one token costs as much as on a short window
        _vocabulary[decoder] = int(decoder.head(hidden[None, :1]).shape[-1])
    size = max(1, LOGITS // _vocabulary[decoder])
    for begin in range(0, hidden.shape[0], size):
        yield begin, min(begin + size, hidden.shape[0])


def _joined(parts: list[torch.Tensor]) -> Array:
    import torch

    values: Array = torch.cat(parts).cpu().numpy()
    return values


def text_key(tokens: torch.Tensor) -> tuple[int, int]:
    """What tells one text from another."""
    ids = np.ascontiguousarray(np.asarray(tokens, dtype=np.int64))
    return ids.size, hash(ids.tobytes())
