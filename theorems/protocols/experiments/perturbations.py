"""Perplexity of the unperturbed decoder, and sign flips against magnitude changes of the same norm."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from theorems.arithmetic.contexts import reject
from theorems.protocols.baseline import Baseline, baseline
from theorems.protocols.decoder import chosen_matrices
from theorems.protocols.flips import flip_norm, independent_flips, multiplied, negated
from theorems.protocols.magnitudes import CONTROLS, controlled, originals
from theorems.protocols.outliers import all_columns
from theorems.protocols.perplexity import Windows, block_means
from theorems.protocols.perplexity import perplexity as of_losses
from theorems.protocols.progress import silent

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import torch

    from theorems.protocols.decoder import Decoder
    from theorems.protocols.magnitudes import Control, Norm
    from theorems.protocols.progress import Progress

__all__ = ["equal_norm", "measured", "perplexity"]

PERTURBATIONS = ("sign", "constant", "tripled", "noise", "row mean")


def perplexity(
    decoder: Decoder, tokens: torch.Tensor, *, windows: Windows | None = None, block: int = 256
) -> dict[str, Any]:
    """The decoder on a text.

    Args:
        decoder: unperturbed.
        tokens: ids of the whole text, (n,).
        windows: how it is cut; disjoint windows of 2,048 tokens by default.
        block: predictions of a text block.

    Returns:
        nll (mean over tokens, nats), ppl, tokens (predictions), windows (their number), nll_blocks (blocks,) and
        block_sizes.
    """
    text = baseline(decoder, tokens, windows or Windows())
    sizes = text.block_sizes(block)
    return {
        "nll": float(text.losses.mean()),
        "ppl": of_losses(text.losses),
        "tokens": text.losses.size,
        "windows": len(text.cut),
        "nll_blocks": block_means(text.losses, sizes),
        "block_sizes": sizes,
    }


def equal_norm(
    decoder: Decoder,
    tokens: torch.Tensor,
    *,
    seed: int,
    rate: str | float = "0.05",
    perturbations: Sequence[str] = PERTURBATIONS,
    layers: Collection[int] | None = None,
    modules: Collection[str] | None = None,
    norm: Norm = "matrix",
    windows: Windows | None = None,
    block: int = 256,
    progress: Progress = silent,
) -> dict[str, Any]:
    """One seed of sign flips and of magnitude changes of the same Frobenius norm.

    Args:
        decoder: unperturbed, and so again afterwards.
        tokens: ids of the whole text, (n,).
        seed: of the flips and of the noise.
        rate: probability of a flip, per entry.
        perturbations: of "sign" (the flips), "tripled" (the same entries, w → 3w), and the controls of
            `theorems.protocols.magnitudes.CONTROLS`.
        layers: which are perturbed; all by default.
        modules: which matrices of a layer, by the ends of their names; all by default.
        norm: what the controls meet, the flips' norm in each matrix (as in Theorem 3) or over all together.
        windows: how the text is cut.
        block: predictions of a text block.
        progress: says how many perturbations are measured.

    Returns:
        Under each name a dict of dnll and kl (means over tokens, nats), dnll_blocks, kl_blocks (blocks,) and norm
        (‖ΔW‖); beside them nll_base, block_sizes, tokens, and flips (their number).
    """
    unknown = set(perturbations) - {"sign", "tripled", *CONTROLS}
    reject(bool(unknown), f"there is no perturbation {', '.join(sorted(unknown))}")
    matrices = chosen_matrices(decoder, layers=layers, modules=modules)
    first = min(layers) if layers else 0
    text = baseline(decoder, tokens, windows or Windows(), layer=first, divergence=True)
    entries = independent_flips(matrices, all_columns(matrices), float(rate), seed, strategy="all")
    norms = {name: flip_norm(matrices, {name: places}) for name, places in entries.items()}
    total = sum(each**2 for each in norms.values()) ** 0.5
    found: dict[str, Any] = {
        "nll_base": float(text.losses.mean()),
        "block_sizes": text.block_sizes(block),
        "tokens": text.losses.size,
        "flips": sum(places.numel() for places in entries.values()),
    }
    for name in progress(perturbations, "perturbations"):
        if name in CONTROLS:
            with controlled(
                matrices, originals(decoder, matrices), cast("Control", name), norms, seed=seed, norm=norm
            ) as size:
                found[name] = {**measured(text, block), "norm": size}
        else:
            change = negated(matrices, entries) if name == "sign" else multiplied(matrices, entries, 3.0)
            with change:
                found[name] = {**measured(text, block), "norm": total}
    return found


def measured(text: Baseline, block: int, *, divergence: bool = True) -> dict[str, Any]:
    """What the decoder as it is now loses, paired token by token: dnll and dnll_blocks, kl and kl_blocks."""
    damage = text.damage(divergence=divergence)
    sizes = text.block_sizes(block)
    change = damage.losses - text.losses
    found: dict[str, Any] = {"dnll": float(change.mean()), "dnll_blocks": block_means(change, sizes)}
    if damage.divergences is not None:
        found |= {"kl": float(damage.divergences.mean()), "kl_blocks": block_means(damage.divergences, sizes)}
    return found
