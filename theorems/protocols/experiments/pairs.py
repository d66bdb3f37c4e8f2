"""Sign flips against magnitude changes of equal norm, on independent pairs of flips and a stretch of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.protocols.baseline import Baseline
from theorems.protocols.decoder import chosen_matrices
from theorems.protocols.flips import flip_norm, independent_flips, multiplied, negated
from theorems.protocols.magnitudes import CONTROLS, controlled, originals
from theorems.protocols.outliers import all_columns
from theorems.protocols.perplexity import Windows, block_means
from theorems.protocols.perplexity import windows as cut

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import numpy.typing as npt
    import torch

    from theorems.protocols.decoder import Decoder
    from theorems.protocols.magnitudes import Control

    Array = npt.NDArray[np.float64]

__all__ = ["equal_norm_pairs"]


def equal_norm_pairs(
    decoder: Decoder,
    tokens: torch.Tensor,
    *,
    seed: int,
    pairs: int,
    context: int,
    rate: str | float = "0.05",
    perturbations: Sequence[str] = ("sign", "tripled", *CONTROLS),
    layers: Collection[int] | None = None,
    modules: Collection[str] | None = None,
) -> dict[str, Any]:
    """Many seeds of sign flips, each on a stretch of the text of its own, and magnitude changes of their expected norm.

    Pair i has the flips of seed + i and the i-th window. The controls do not depend on the flips: with the norm that
    flips of this rate have on average, ‖ΔW‖ = 2√p‖W‖ in each matrix, as Section 6.1 matches them, they are made once
    for all windows. Of the noise there is thus one draw.

    Args:
        decoder: unperturbed, and so again afterwards.
        tokens: ids of the whole text, (n,).
        seed: of the first pair's flips, and of the noise.
        pairs: how many.
        context: tokens of a window.
        rate: p, the probability of a flip, per entry.
        perturbations: of "sign", "tripled" (the same entries, w → 3w), and the controls of
            `theorems.protocols.magnitudes.CONTROLS`.
        layers: which are perturbed; all by default.
        modules: which matrices of a layer, by the ends of their names; all by default.

    Returns:
        Under each name a dict of dnll and kl, (pairs,), means over the predictions of a window in nats; beside them
        nll_base, (pairs,); norm, the expected ‖ΔW‖; norms, (pairs,), of the flips as drawn; tokens (predictions).
    """
    import torch

    unknown = set(perturbations) - {"sign", "tripled", *CONTROLS}
    reject(bool(unknown), f"there is no perturbation {', '.join(sorted(unknown))}")
    matrices = chosen_matrices(decoder, layers=layers, modules=modules)
    first, beyond = (min(layers), max(layers) + 1) if layers else (0, decoder.layers)
    columns = all_columns(matrices)
    texts = cut(tokens, Windows(context, limit=pairs))
    reject(len(texts) < pairs, f"the text has {len(texts)} windows of {context} tokens, expected {pairs}")
    whole = Baseline(decoder, texts, layer=first, divergence=True)
    expected = {name: 2 * float(rate) ** 0.5 * float(weight.double().norm()) for name, weight in matrices.items()}
    found: dict[str, Any] = {
        "nll_base": _by_window(whole.losses, pairs),
        "norm": sum(norm**2 for norm in expected.values()) ** 0.5,
        "tokens": whole.losses.size,
    }
    for name in perturbations:
        if name in CONTROLS:
            with controlled(matrices, originals(decoder, matrices), cast("Control", name), expected, seed=seed):
                found[name] = _damage(whole, pairs)
    drawn: dict[str, list[torch.Tensor]] = {name: [] for name in perturbations if name not in CONTROLS}
    norms = []
    for i in range(pairs if drawn else 0):
        entries = independent_flips(matrices, columns, float(rate), seed + i, strategy="all")
        norms.append(flip_norm(matrices, entries))
        for name, streams in drawn.items():
            with negated(matrices, entries) if name == "sign" else multiplied(matrices, entries, 3.0):
                streams.append(whole.reached(i, beyond))
    for name, streams in drawn.items():  # all windows at once through the layers that are not perturbed
        found[name] = _damage(whole, pairs, (torch.cat(streams), beyond))
    return found | {"norms": np.array(norms)}


def _damage(text: Baseline, count: int, reached: tuple[torch.Tensor, int] | None = None) -> dict[str, Array]:
    damage = text.damage(reached=reached)
    return {
        "dnll": _by_window(damage.losses - text.losses, count),
        "kl": _by_window(np.asarray(damage.divergences), count),
    }


def _by_window(values: Array, count: int) -> Array:
    return block_means(values, [values.size // count] * count)
