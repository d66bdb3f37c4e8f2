"""Exps D and E: sign flips in outlier columns, in the others and in all, and at equal counts."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from theorems.arithmetic.contexts import reject
from theorems.protocols.baseline import baseline, remembered, text_key
from theorems.protocols.decoder import chosen_matrices
from theorems.protocols.experiments.perturbations import measured
from theorems.protocols.flips import counted_flips, flip_norm, independent_flips, multiplied, negated, pool_size
from theorems.protocols.outliers import all_columns, input_moments, other_columns, outlier_columns, random_prompts
from theorems.protocols.perplexity import Windows, nats_to_perplexity
from theorems.protocols.perplexity import windows as cut
from theorems.protocols.progress import silent

if TYPE_CHECKING:
    from collections.abc import Collection
    from typing import TypedDict, Unpack

    import torch

    from theorems.protocols.baseline import Baseline
    from theorems.protocols.decoder import Decoder, Part
    from theorems.protocols.flips import Columns, Entries, Pool
    from theorems.protocols.outliers import Statistic
    from theorems.protocols.progress import Progress

    class Choice(TypedDict, total=False):
        """How outlier columns are found, and in which matrices; the parameters of `column_groups`."""

        columns: Site
        layer: int
        part: Part
        gain: bool
        statistic: Statistic
        prompts: int
        length: int
        prompt_seed: int
        prompt_windows: Windows | None
        calibration: torch.Tensor | None
        modules: Collection[str] | None
        layers: Collection[int] | None


__all__ = ["leverage_sweep", "outlier_flips"]

Site = Literal["one site", "own input"]
RESIDUAL = ("q_proj", "k_proj", "v_proj", "gate_proj", "up_proj")
"matrices whose columns are those of the residual stream"


class Groups(NamedTuple):
    """The matrices that are perturbed, and their columns."""

    matrices: dict[str, torch.Tensor]
    outliers: Columns
    others: Columns


def outlier_flips(
    decoder: Decoder,
    tokens: torch.Tensor,
    *,
    seed: int,
    rate: str | float = "0.05",
    share: str | float = "0.05",
    rescaled: bool = False,
    pool: Pool = "global",
    windows: Windows | None = None,
    block: int = 256,
    kl: bool = False,
    progress: Progress = silent,
    **choice: Unpack[Choice],
) -> dict[str, Any]:
    """One seed of Exp D: the same rate in all columns, in outlier columns and in the others, and the matched control.

    Args:
        decoder: unperturbed, and so again afterwards.
        tokens: ids of the whole text, (n,), on which perplexity is measured.
        seed: of all flips.
        rate: probability of a flip, per entry of the columns that are flipped.
        share: of the columns of each matrix, rounded down, that are outliers.
        rescaled: False, flips as they are (the paper's words); True, the changes of outlier and of other columns
            multiplied so that their norms are that of the random flips. The control is never rescaled.
        pool: how the control's ⌊rate · entries of outlier columns⌋ flips are allotted, see `counted_flips`.
        windows: how the text is cut.
        block: predictions of a text block.
        kl: measure divergences from the unperturbed predictions too.
        progress: says how many sets of flips are measured.
        choice: of the columns, as in `column_groups`.

    Returns:
        For s in base, random, outliers, others, matched_outliers, matched_others: nll_s (mean over tokens, nats),
        ppl_s and, but for base, dnll_s_blocks (blocks,), with kl also kl_s and kl_s_blocks; flips_s and norm_s (‖ΔW‖ as
        sign flips) of each but base; outlier_entries, entries, block_sizes, tokens.
    """
    groups = column_groups(decoder, tokens, share=share, **choice)
    text = baseline(decoder, tokens, windows or Windows(), divergence=kl)
    found, matrices = _start(text, groups, block), groups.matrices
    everything = all_columns(matrices)
    random = independent_flips(matrices, everything, float(rate), seed, strategy="random")
    target = flip_norm(matrices, random) if rescaled else None
    count = int(Fraction(str(rate)) * found["outlier_entries"])
    strategies = {
        "random": everything,
        "outliers": groups.outliers,
        "others": groups.others,
        "matched_outliers": groups.outliers,
        "matched_others": groups.others,
    }
    for name in progress(list(strategies), "sets of flips"):
        columns, matched = strategies[name], name.startswith("matched")
        if matched:
            entries = counted_flips(matrices, columns, count, seed, strategy=name, pool=pool)
        elif name == "random":
            entries = random
        else:
            entries = independent_flips(matrices, columns, float(rate), seed, strategy=name)
        _add(found, name, text, matrices, entries, block=block, target=None if matched else target)
    return found


def leverage_sweep(
    decoder: Decoder,
    tokens: torch.Tensor,
    *,
    seed: int,
    rate: str | float,
    rate_of: Literal["outlier entries", "all entries"] = "outlier entries",
    share: str | float = "0.05",
    pool: Pool = "global",
    windows: Windows | None = None,
    block: int = 256,
    kl: bool = False,
    progress: Progress = silent,
    **choice: Unpack[Choice],
) -> dict[str, Any]:
    """One seed and rate of Exp E: equally many flips in outlier columns and in the others.

    Args:
        decoder: unperturbed, and so again afterwards.
        tokens: ids of the whole text, (n,).
        seed: of all flips.
        rate: the fraction of entries that are flipped.
        rate_of: what it is a fraction of. The paper says of all entries; its numbers of flips are of the outliers'.
        share: of the columns of each matrix, rounded down, that are outliers.
        pool: how the flips are allotted, see `counted_flips`.
        windows: how the text is cut.
        block: predictions of a text block.
        kl: measure divergences from the unperturbed predictions too.
        progress: says how many sets of flips are measured.
        choice: of the columns, as in `column_groups`.

    Returns:
        As `outlier_flips` for s in base, outliers, others, with their common flips.
    """
    groups = column_groups(decoder, tokens, share=share, **choice)
    text = baseline(decoder, tokens, windows or Windows(), divergence=kl)
    found = _start(text, groups, block)
    reject(rate_of not in ("outlier entries", "all entries"), f"there are no {rate_of!r} that a rate could be of")
    whole = found["outlier_entries" if rate_of == "outlier entries" else "entries"]
    found["flips"] = int(Fraction(str(rate)) * whole)
    for name, columns in progress([("outliers", groups.outliers), ("others", groups.others)], "sets of flips"):
        entries = counted_flips(groups.matrices, columns, found["flips"], seed, strategy=f"matched_{name}", pool=pool)
        _add(found, name, text, groups.matrices, entries, block=block)
    return found


def column_groups(
    decoder: Decoder,
    tokens: torch.Tensor,
    *,
    share: str | float = "0.05",
    columns: Site = "one site",
    layer: int = 12,
    part: Part = "mlp",
    gain: bool = True,
    statistic: Statistic = "mean",
    prompts: int = 128,
    length: int = 160,
    prompt_seed: int = 0,
    prompt_windows: Windows | None = None,
    calibration: torch.Tensor | None = None,
    modules: Collection[str] | None = None,
    layers: Collection[int] | None = None,
) -> Groups:
    """The matrices that are perturbed, and which of their columns are outliers.

    Args:
        decoder: unperturbed.
        tokens: the text that prompts are taken from where there is no `calibration`.
        share: of the columns of each matrix, rounded down.
        columns: "one site", as the paper has it: one ranking, by the normalised stream at one layer and part, for all
            matrices that read the residual stream; those that read something else (o_proj, down_proj), which no site
            ranks, go by their own inputs. "own input": every matrix by what it multiplies.
        layer: of the site.
        part: of the site.
        gain: at the site, amplitudes after RMSNorm's gain, as the FFN sees its input, or before.
        statistic: the mean of |x_k|/‖x‖ or its root mean square.
        prompts: random prompts that amplitudes are averaged over.
        length: tokens of a prompt.
        prompt_seed: which prompts.
        prompt_windows: these windows of the text in place of random prompts.
        calibration: another text that prompts are taken from.
        modules: which matrices of a layer, by the ends of their names; all by default.
        layers: which are perturbed; all by default.
    """
    reject(columns not in ("one site", "own input"), f'columns is "one site" or "own input", got {columns!r}')
    matrices = chosen_matrices(decoder, layers=layers, modules=modules)
    source = tokens if calibration is None else calibration

    def ranked() -> dict[str, Any]:
        of_site = [name for name in matrices if columns == "one site" and name.endswith(RESIDUAL)]
        texts = cut(source, prompt_windows) if prompt_windows else random_prompts(source, prompts, length, prompt_seed)
        own = [name for name in matrices if name not in set(of_site)]
        moments = input_moments(decoder, texts, site=(layer, part) if of_site else None, gain=gain, names=own)
        return {
            name: outlier_columns(moments["site" if name in set(of_site) else name].amplitudes(statistic), share)
            for name in matrices
        }

    chosen = (columns, layer, part, gain, statistic, prompts, length, prompt_seed, prompt_windows, str(share))
    outliers = remembered(decoder, ("columns", text_key(source), chosen, *matrices), ranked)
    return Groups(matrices, outliers, other_columns(matrices, outliers))


def _start(text: Baseline, groups: Groups, block: int) -> dict[str, Any]:
    base = float(text.losses.mean())
    return {
        "nll_base": base,
        "ppl_base": nats_to_perplexity(base),
        "outlier_entries": pool_size(groups.matrices, groups.outliers),
        "entries": pool_size(groups.matrices, all_columns(groups.matrices)),
        "tokens": text.losses.size,
        "block_sizes": text.block_sizes(block),
    }


def _add(
    found: dict[str, Any],
    name: str,
    text: Baseline,
    matrices: dict[str, torch.Tensor],
    entries: Entries,
    *,
    block: int,
    target: float | None = None,
) -> None:
    """Measure these flips, scaled to the target norm where there is one."""
    norm = flip_norm(matrices, entries)
    factor = -1.0 if target is None or not norm else 1 - 2 * target / norm  # w + (target/norm)·(−2w)
    with negated(matrices, entries) if factor == -1 else multiplied(matrices, entries, factor):
        damage = measured(text, block, divergence=text.divergence)
    nll = found["nll_base"] + damage["dnll"]
    found |= {
        f"nll_{name}": nll,
        f"ppl_{name}": nats_to_perplexity(nll),
        f"dnll_{name}_blocks": damage["dnll_blocks"],
        f"norm_{name}": norm,
        f"flips_{name}": sum(places.numel() for places in entries.values()),
    }
    if text.divergence:
        found |= {f"kl_{name}": damage["kl"], f"kl_{name}_blocks": damage["kl_blocks"]}
