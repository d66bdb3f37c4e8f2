"""Sign flips and the constant shift of equal norm through a stack of given matrices (Exp B): how C_L goes with depth.

h ↦ act(Wh)/‖act(Wh)‖, no residual stream, no gain; inputs on the unit sphere. RMSNorm's factor √n is left out: with it
a ReLU network says the same, while SiLU, which is not homogeneous, is taken where the authors took it, at unit inputs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from theorems.arithmetic.contexts import reject

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy.typing as npt
    import torch

    from theorems.simulation.sources import Source

    Array = npt.NDArray[np.float64]
    Activation = Literal["relu", "silu"]
    Matching = Literal["drawn", "expected"]
    Measured = Literal["transverse", "chord", "raw"]

__all__ = ["ACTIVATIONS", "Stack", "shifted", "stack_energies"]

ACTIVATIONS = ("relu", "silu")


class Stack(NamedTuple):
    """A stack of square matrices and the same perturbed, each a list of (n, n)."""

    original: Sequence[torch.Tensor]
    sign: Sequence[torch.Tensor]
    magnitude: Sequence[torch.Tensor]


def shifted(weight: torch.Tensor, flipped: torch.Tensor, rate: float, matching: Matching = "drawn") -> torch.Tensor:
    """W + δ·sign(W), (out, in), with the norm of the flips: as drawn, or as expected, δ² = 4p·mean w².

    sign(0) is 0, and δ is larger for it, so that the norm is met.
    """
    reject(matching not in ("drawn", "expected"), f'norms match as "drawn" or "expected", got {matching!r}')
    square = (flipped - weight).double().square().sum()
    if matching == "expected":
        square = 4 * rate * weight.double().square().sum()
    signs = weight.sign()
    return weight + signs * float((square / signs.double().square().sum()).sqrt())


def stack_energies(
    source: Source,
    stack: Stack,
    inputs: int,
    *,
    activation: Activation = "relu",
    measured: Measured = "transverse",
    batch: int = 1000,
) -> Array:
    """Energies of the two perturbed streams after each layer, summed over the inputs, (2, layers): sign, magnitude.

    Args:
        source: of the inputs, uniform on the unit sphere.
        stack: of matrices.
        inputs: how many.
        activation: "relu" or "silu", without a gate.
        measured: with h and h′ the normalised streams, "transverse": ‖h′ − h‖² less its part along h; "chord":
            ‖h′ − h‖²; "raw": the transverse part of the change before the layer's normalisation.
        batch: inputs at once.
    """
    from theorems.simulation.dense import batches, sphere

    reject(activation not in ACTIVATIONS, f'the activation is "relu" or "silu", got {activation!r}')
    reject(measured not in ("transverse", "chord", "raw"), f"there is no measure {measured!r}")
    total = np.zeros((2, len(stack.original)))
    width = stack.original[0].shape[1]
    for count in batches(inputs, batch):
        streams = [sphere(source, count, width)] * 3
        for layer, weights in enumerate(zip(*stack, strict=True)):
            raw = [_act(activation)(x @ w.T) for x, w in zip(streams, weights, strict=True)]
            streams = [each / each.norm(dim=1, keepdim=True).clamp(min=1e-30) for each in raw]
            clean, *perturbed = raw if measured == "raw" else streams
            for row, other in enumerate(perturbed):
                change = other - clean
                if measured != "chord":
                    change = change - (change * streams[0]).sum(dim=1, keepdim=True) * streams[0]
                total[row, layer] += float(change.square().sum(dim=1).double().sum())
    return total


def _act(activation: Activation) -> Callable[[torch.Tensor], torch.Tensor]:
    import torch

    return torch.relu if activation == "relu" else torch.nn.functional.silu
