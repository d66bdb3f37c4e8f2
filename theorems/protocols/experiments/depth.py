"""Exp B: the sign/magnitude ratio through consecutive trained matrices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.protocols.depth import Stack, shifted, stack_energies
from theorems.protocols.flips import negated
from theorems.protocols.quantisation import assembled
from theorems.protocols.randomness import bernoulli_positions, stream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import torch

    from theorems.protocols.depth import Activation, Matching, Measured
    from theorems.protocols.quantisation import Rows

__all__ = ["multilayer_ratio"]


def multilayer_ratio(
    matrices: Mapping[str, Rows],
    *,
    seed: int,
    layers: Sequence[int] = (8, 9, 10, 11, 12, 13),
    module: str = "mlp.gate_proj",
    size: int | None = 2048,
    weights: Literal["trained", "gaussian"] = "trained",
    activation: Activation = "relu",
    rate: str | float = "0.01",
    inputs: int = 10_000,
    matching: Matching = "drawn",
    perturbed: Literal["all", "first"] = "all",
    measured: Measured = "transverse",
    device: str = "cpu",
    precision: str = "float32",
) -> dict[str, Any]:
    """One seed of Exp B: C_1 … C_L, the ratio of summed energies of sign flips and of the shift of equal norm.

    Args:
        matrices: streamed rows by name, "model.layers.8.mlp.gate_proj".
        seed: of flips and inputs.
        layers: of the stack, from its input on.
        module: one of each layer.
        size: only the first so many rows and columns, which makes the matrices square: the authors' files say 2,048
            ("effective_dim"), the paper nothing. None: as many as the shorter side.
        weights: "trained", or "gaussian" of the same shape with variance 1/n, the baseline in the authors' files.
        activation: "relu" in place of the gate, or "silu" without it.
        rate: probability of a flip, per entry.
        inputs: uniform on the sphere.
        matching: of norms, as the flips were drawn, or as expected.
        perturbed: "all" matrices of the stack (the authors' "perturb_mode"), or the first alone.
        measured: as in `stack_energies`.
        device: where matrices are multiplied.
        precision: of the products, "float32" or "float64".

    Returns:
        ratios [C_1 … C_L], sign and magnitude (mean energies, lists of L), and size.
    """
    from theorems.simulation.sources import HostSource

    require_count(len(layers), 1, "the number of layers")
    reject(perturbed not in ("all", "first"), f'perturbed is "all" or "first", got {perturbed!r}')
    reject(weights not in ("trained", "gaussian"), f'weights are "trained" or "gaussian", got {weights!r}')
    source = HostSource(stream(seed, "inputs"), device, precision)
    names = [f"model.layers.{layer}.{module}" for layer in layers]
    missing = [name for name in names if name not in matrices]
    reject(bool(missing), f"there is no matrix {', '.join(missing)}")
    side = min(*matrices[names[0]].shape, size or matrices[names[0]].shape[0])
    original, sign, magnitude = [], [], []
    for place, name in enumerate(names):
        if weights == "trained":
            weight = assembled(matrices[name], side)[:, :side].contiguous().to(source.device, source.dtype)
        else:
            drawn = HostSource(stream(seed, "gaussian", name), device, precision)
            weight = drawn.normal(side, side) / side**0.5
        original.append(weight)
        flipped = weight if perturbed == "first" and place else _flipped(weight, float(rate), seed, name)
        sign.append(flipped)
        magnitude.append(weight if flipped is weight else shifted(weight, flipped, float(rate), matching))
    energies = stack_energies(
        source, Stack(original, sign, magnitude), inputs, activation=activation, measured=measured
    )
    return {
        "ratios": (energies[0] / energies[1]).tolist(),
        "sign": (energies[0] / inputs).tolist(),
        "magnitude": (energies[1] / inputs).tolist(),
        "size": side,
    }


def _flipped(weight: torch.Tensor, rate: float, seed: int, name: str) -> torch.Tensor:
    import torch

    places = torch.from_numpy(bernoulli_positions(stream(seed, "flips", name), rate, weight.numel()))
    with negated({name: weight}, {name: places.to(weight.device)}):
        return weight.clone()
