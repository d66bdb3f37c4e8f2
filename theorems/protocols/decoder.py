"""A causal language model as the protocols see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from theorems.arithmetic.contexts import reject

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import torch

__all__ = ["Decoder", "Part", "chosen_matrices", "device_of"]

Part = Literal["attention", "mlp"]


class Decoder(Protocol):
    """A causal language model cut at its blocks.

    Token ids are (batch, time) int64; hidden states, the residual stream between blocks, are (batch, time, width).
    Positions count from 0 in every call, and a block depends on nothing but its input and its weights.
    """

    @property
    def layers(self) -> int:
        """The number of blocks."""

    def embed(self, tokens: torch.Tensor) -> torch.Tensor:
        """The residual stream before the first block."""

    def block(self, layer: int, hidden: torch.Tensor) -> torch.Tensor:
        """The residual stream after a block, given that before it."""

    def normalised(self, layer: int, part: Part, hidden: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """RMSNorm's output before a part of a block, without and with its gain; `hidden` is the block's input."""

    def inputs(self, layer: int, hidden: torch.Tensor) -> Mapping[str, torch.Tensor]:
        """What each matrix of a block multiplies, (batch, time, in), by the names of `weights`."""

    def head(self, hidden: torch.Tensor) -> torch.Tensor:
        """Final norm and logits, (batch, time, vocabulary)."""

    def weights(self) -> Mapping[str, torch.Tensor]:
        """The live matrices of the blocks, (out, in) each, named as "model.layers.12.self_attn.q_proj"."""


def chosen_matrices(
    decoder: Decoder, *, layers: Collection[int] | None = None, modules: Collection[str] | None = None
) -> dict[str, torch.Tensor]:
    """The matrices of these layers and modules, in the order of the model; None means all.

    A module is the end of a name, "q_proj" or "self_attn.q_proj". ValueError where a layer or module has no matrix.
    """
    weights = decoder.weights()
    for layer in layers or ():
        reject(not any(_layer(name) == layer for name in weights), f"the decoder has no matrix in layer {layer}")
    for module in modules or ():
        reject(not any(_ends(name, module) for name in weights), f"the decoder has no module {module!r}")
    return {
        name: weight
        for name, weight in weights.items()
        if (layers is None or _layer(name) in layers)
        and (modules is None or any(_ends(name, module) for module in modules))
    }


def device_of(decoder: Decoder) -> torch.device:
    """Where the decoder's weights are."""
    return next(iter(decoder.weights().values())).device


def _layer(name: str) -> int:
    return int(next(part for part in name.split(".") if part.isdecimal()))


def _ends(name: str, module: str) -> bool:
    return f".{name}".endswith(f".{module}")
