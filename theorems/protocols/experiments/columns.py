"""Exp G, columns of a matrix flipped one by one, and whole groups of columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.protocols.baseline import baseline
from theorems.protocols.energies import log_log_slope, log_spaced_columns
from theorems.protocols.experiments.energies import Q_PROJ, one_matrix, own_input
from theorems.protocols.experiments.perturbations import measured
from theorems.protocols.flips import column_places, negated
from theorems.protocols.outliers import outlier_columns
from theorems.protocols.perplexity import Windows
from theorems.protocols.progress import silent
from theorems.protocols.randomness import distinct_positions, stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import torch

    from theorems.protocols.decoder import Decoder
    from theorems.protocols.outliers import Statistic
    from theorems.protocols.progress import Progress

    Ids = npt.NDArray[np.int64]

__all__ = ["GROUPS", "column_flips", "group_flips"]

GROUPS = ("outliers", "as many others", "all others", "all")
"of columns of a matrix"


def column_flips(
    decoder: Decoder,
    tokens: torch.Tensor,
    *,
    layer: int = 12,
    module: str = Q_PROJ,
    count: int = 20,
    statistic: Statistic = "rms",
    windows: Windows | None = None,
    block: int = 256,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Exp G: columns of a matrix flipped one by one, W_:,j → −W_:,j.

    Args:
        decoder: unperturbed, and so again afterwards.
        tokens: ids of the whole text, (n,).
        layer: of the matrix.
        module: the end of its name.
        count: of columns, log-spaced in α.
        statistic: of the amplitudes α, over √E‖x‖².
        windows: how the text is cut, for amplitudes and perplexity.
        block: predictions of a text block.
        progress: says how many flips are measured.

    Returns:
        columns, alpha, alpha_sq, norm_sq (‖W_:,j‖²), predicted (α²‖W_:,j‖²), dnll and kl (means over tokens, nats),
        each (count,); dnll_blocks and kl_blocks (count, blocks), block_sizes; nll_base, ppl_base, tokens; slope, of
        ln ΔNLL on ln α² over the columns with ΔNLL > 0, and slope_kl over all.
    """
    name, weight = one_matrix(decoder, layer, module)
    alpha = own_input(decoder, tokens, windows, name).amplitudes(statistic, "mean square")
    chosen = log_spaced_columns(alpha, count)
    found = _flipped(
        decoder,
        tokens,
        name,
        [np.array([column]) for column in chosen],
        windows=windows,
        block=block,
        progress=progress,
    )
    alpha_sq = alpha[chosen] ** 2
    norm_sq = weight.detach()[:, chosen.tolist()].double().square().sum(dim=0).cpu().numpy()
    return found | {
        "columns": chosen,
        "alpha": alpha[chosen],
        "alpha_sq": alpha_sq,
        "norm_sq": norm_sq,
        "predicted": alpha_sq * norm_sq,
        "slope": log_log_slope(alpha_sq, found["dnll"]),
        "slope_kl": log_log_slope(alpha_sq, found["kl"]),
    }


def group_flips(
    decoder: Decoder,
    tokens: torch.Tensor,
    *,
    seed: int,
    layer: int = 12,
    module: str = Q_PROJ,
    share: str | float = "0.05",
    groups: Sequence[str] = GROUPS,
    statistic: Statistic = "rms",
    windows: Windows | None = None,
    block: int = 256,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Whole groups of columns of a matrix flipped (Appendix F.3): outliers, as many others at random, all others, all.

    Args:
        decoder: unperturbed, and so again afterwards.
        tokens: ids of the whole text, (n,).
        seed: of the random others.
        layer: of the matrix.
        module: the end of its name.
        share: of columns, rounded down, that are outliers: those of the largest α.
        groups: which of GROUPS are flipped.
        statistic: of the amplitudes α, over √E‖x‖².
        windows: how the text is cut, for amplitudes and perplexity.
        block: predictions of a text block.
        progress: says how many flips are measured.

    Returns:
        groups (names), sizes (columns), gamma (each group's part of Σ E x_j²), energy (its part of Σ E x_j²‖W_:,j‖²,
        with the weights), dnll and kl (means over tokens, nats), each (groups,); dnll_blocks and kl_blocks
        (groups, blocks), block_sizes; nll_base, ppl_base, tokens.
    """
    unknown = set(groups) - set(GROUPS)
    reject(bool(unknown), f"a group is one of {', '.join(GROUPS)}, got {', '.join(sorted(unknown))}")
    name, weight = one_matrix(decoder, layer, module)
    moments = own_input(decoder, tokens, windows, name)
    outliers = outlier_columns(moments.amplitudes(statistic, "mean square"), share)
    others = np.setdiff1d(np.arange(weight.shape[1]), outliers)
    drawn = others[distinct_positions(stream(seed, "group", name), min(outliers.size, others.size), others.size)]
    known = dict(zip(GROUPS, (outliers, drawn, others, np.arange(weight.shape[1])), strict=True))
    chosen = {group: known[group] for group in groups}
    norm_sq = weight.detach().double().square().sum(dim=0).cpu().numpy()
    found = _flipped(decoder, tokens, name, list(chosen.values()), windows=windows, block=block, progress=progress)
    return found | {
        "groups": list(chosen),
        "sizes": [columns.size for columns in chosen.values()],
        "gamma": _parts(moments.square, chosen),
        "energy": _parts(moments.square * norm_sq, chosen),
    }


def _parts(values: npt.NDArray[np.float64], groups: dict[str, Ids]) -> npt.NDArray[np.float64]:
    parts: npt.NDArray[np.float64] = np.array([values[columns].sum() for columns in groups.values()]) / values.sum()
    return parts


def _flipped(
    decoder: Decoder,
    tokens: torch.Tensor,
    name: str,
    groups: list[Ids],
    *,
    windows: Windows | None,
    block: int,
    progress: Progress,
) -> dict[str, Any]:
    """Damage of flipping each group of columns of one matrix."""
    weight = decoder.weights()[name]
    layer = int(next(part for part in name.split(".") if part.isdecimal()))
    text = baseline(decoder, tokens, windows or Windows(), layer=layer, divergence=True)
    damages = []
    for columns in progress(groups, "flipped columns"):
        with negated({name: weight}, {name: column_places(weight, columns)}):
            damages.append(measured(text, block))
    base = float(text.losses.mean())
    return {
        **{key: np.stack([damage[key] for damage in damages]) for key in damages[0]},
        "nll_base": base,
        "ppl_base": float(np.exp(base)),
        "tokens": text.losses.size,
        "block_sizes": text.block_sizes(block),
    }
