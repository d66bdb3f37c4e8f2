"""Changes of weights that keep every sign, of the Frobenius norm that sign flips have.

sign(0) is 0: a weight that is 0 stays 0 under every control. The norm is met per matrix, or over all matrices together;
it is that of the flips as they were drawn. Matrices are restored from one copy of what they were, which belongs to the
decoder and is made once.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from theorems.arithmetic.contexts import reject
from theorems.protocols.baseline import remembered
from theorems.protocols.randomness import stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import torch

    from theorems.protocols.decoder import Decoder

    Matrices = Mapping[str, torch.Tensor]
    Control = Literal["constant", "noise", "row mean"]
    Norm = Literal["matrix", "global"]

__all__ = ["CONTROLS", "controlled", "direction", "originals", "random_signs"]

CONTROLS = {
    "constant": "w + δ·sign(w), one δ for all entries: the magnitude perturbation of the paper's theorems",
    "noise": "w(1 + s·ε) with ε = ±1 at random, of either sign with probability 1/2",
    "row mean": "w + t·sign(w)(μ − |w|), μ the mean of |w| over the row: towards the sign quantisation of the row",
}


def direction(control: Control, weight: torch.Tensor, seed: int, name: str) -> torch.Tensor:
    """ΔW up to its size, (out, in): sign(w), ε·w or sign(w)(μ − |w|). ValueError for another control."""
    reject(control not in CONTROLS, f"a control is one of {', '.join(CONTROLS)}, got {control!r}")
    if control == "constant":
        return weight.sign()
    if control == "noise":
        return weight * random_signs(weight, seed, name)
    return weight.sign() * (weight.abs().mean(dim=1, keepdim=True) - weight.abs())


def random_signs(weight: torch.Tensor, seed: int, name: str) -> torch.Tensor:
    """±1 with probability 1/2 each, of the matrix's shape, one random bit an entry; drawn from (seed, name)."""
    import numpy as np
    import torch

    packed = np.frombuffer(stream(seed, "noise", name).bytes(-(-weight.numel() // 8)), dtype=np.uint8)
    bytes_ = torch.from_numpy(packed.copy()).to(weight.device)
    bits = bytes_[:, None] >> torch.arange(8, dtype=torch.uint8, device=weight.device) & 1
    return (bits.view(-1)[: weight.numel()].view(weight.shape) * 2.0 - 1).to(weight.dtype)


def originals(decoder: Decoder, matrices: Matrices) -> Matrices:
    """A copy of these matrices of the unperturbed decoder, made once."""
    found: Matrices = remembered(
        decoder, ("matrices", *matrices), lambda: {name: matrix.detach().clone() for name, matrix in matrices.items()}
    )
    return found


@contextmanager
def controlled(
    matrices: Matrices,
    original: Matrices,
    control: Control,
    norms: Mapping[str, float],
    *,
    seed: int,
    norm: Norm = "matrix",
) -> Iterator[float]:
    """The matrices under a control; yields ‖ΔW‖ as it came out, in float64.

    Args:
        matrices: live, changed in place.
        original: a copy of them, from which they are restored.
        control: one of CONTROLS.
        norms: ‖ΔW‖ that each matrix is to get; with `norm` "global" only √Σ of their squares is met.
        seed: of the noise.
        norm: what is met, each matrix's norm or that of all together.

    ValueError where the norm cannot be met with every sign kept.
    """
    whole = sum(each**2 for each in norms.values()) ** 0.5
    if norm == "global":
        size = sum(_square(direction(control, original[name], seed, name)) for name in norms) ** 0.5
    try:
        total = 0.0
        for name, wanted in norms.items():
            step = direction(control, original[name], seed, name)
            scale = whole / size if norm == "global" else wanted / (_square(step) ** 0.5 or 1)
            reject(
                control != "constant" and scale >= 1,
                f"{control} would change signs in {name}: the norm {wanted:.3g} takes {scale:.3g} ≥ 1 times its step"
                + ("" if norm == "global" else '; norm="global" asks less of one matrix'),
            )
            matrices[name].detach().copy_(original[name]).add_(step, alpha=scale)
            total += _square(matrices[name].detach() - original[name])
        yield total**0.5
    finally:
        for name in norms:
            matrices[name].detach().copy_(original[name])


def _square(values: torch.Tensor) -> float:
    return float(values.double().square().sum())
