"""Output energies of perturbations of equal norm on a model's own inputs, which Proposition 1 takes from the sphere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from theorems.protocols.baseline import hidden_before
from theorems.protocols.experiments.energies import Q_PROJ, one_matrix
from theorems.protocols.perplexity import Windows, batched
from theorems.protocols.perplexity import windows as cut

if TYPE_CHECKING:
    import torch

    from theorems.protocols.decoder import Decoder

__all__ = ["output_energies"]


def output_energies(
    decoder: Decoder,
    tokens: torch.Tensor,
    *,
    layer: int = 12,
    module: str = Q_PROJ,
    rate: str | float = "0.05",
    windows: Windows | None = None,
) -> dict[str, Any]:
    """Mean ‖ΔWx‖² over the inputs x of a matrix, for sign flips and for the constant shift of their expected norm.

    Of sign flips it is the expectation over masks, exactly: with Δw = −2bw, b = 1 with probability p,
    E‖ΔWx‖² = 4p(1 − p)Σ_k x_k²‖W_:,k‖² + 4p²‖Wx‖². Of the shift it is δ²‖sign(W)x‖², δ² = 4p‖W‖²/(mn).

    Args:
        decoder: unperturbed.
        tokens: ids of the whole text, (n,).
        layer: of the matrix.
        module: the end of its name.
        rate: p, the probability of a flip, per entry.
        windows: of the text.

    Returns:
        sign and constant (means over tokens), sphere (what both are for x uniform on the sphere of the same mean
        square radius, Proposition 1), and tokens.
    """
    import torch

    name, weight = one_matrix(decoder, layer, module)
    W, p = weight.detach().double(), float(rate)
    square = float(W.square().sum())
    shift, columns = 4 * p * square / W.numel(), W.square().sum(dim=0)
    found, count = dict.fromkeys(("sign", "constant", "sphere"), 0.0), 0
    with torch.no_grad():
        for batch in batched(cut(tokens, windows or Windows())):
            x = decoder.inputs(layer, hidden_before(decoder, batch, layer))[name].reshape(-1, W.shape[1]).double()
            own = float((x.square() @ columns).sum())
            found["sign"] += 4 * p * (1 - p) * own + 4 * p**2 * float((x @ W.T).square().sum())
            found["constant"] += shift * float((x @ W.sign().T).square().sum())
            found["sphere"] += 4 * p * square * float(x.square().sum()) / W.shape[1]
            count += x.shape[0]
    return {kind: energy / count for kind, energy in found.items()} | {"tokens": count}
