"""Amplitudes at a site, and Exp F: the energies that flips in single columns add at the output of their matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.protocols.baseline import hidden_before, remembered, text_key
from theorems.protocols.decoder import chosen_matrices
from theorems.protocols.energies import column_energy, log_spaced_columns, pearson, rank_correlation
from theorems.protocols.flips import column_places, negated
from theorems.protocols.outliers import input_moments, outlier_columns, random_prompts
from theorems.protocols.perplexity import Windows
from theorems.protocols.perplexity import windows as cut

if TYPE_CHECKING:
    import numpy.typing as npt
    import torch

    from theorems.protocols.decoder import Decoder, Part
    from theorems.protocols.outliers import Moments, Scale, Statistic
    from theorems.protocols.perplexity import Window

    Ids = npt.NDArray[np.int64]

__all__ = ["Q_PROJ", "amplitudes", "column_energies", "one_matrix", "own_input"]

Q_PROJ = "self_attn.q_proj"
"the matrix of Exps F and G"


def amplitudes(
    decoder: Decoder,
    tokens: torch.Tensor,
    *,
    layer: int = 12,
    part: Part = "mlp",
    statistic: Statistic = "mean",
    gain: bool = True,
    scale: Scale = "token",
    prompts: int = 128,
    length: int = 160,
    prompt_seed: int = 0,
    windows: Windows | None = None,
) -> dict[str, Any]:
    """Amplitudes of the normalised stream at a site, for an input of norm 1.

    Args:
        decoder: unperturbed.
        tokens: ids of the whole text, (n,).
        layer: of the site; the paper's is 12.
        part: of the site; the paper has the FFN input in Section 7.3 and q_proj's in Exps F and G.
        statistic: the mean of |x_k|, or the root of that of x_k².
        gain: after RMSNorm's gain, as the weights see the stream, or before.
        scale: divided by ‖x‖ token by token, or by the root of its mean square.
        prompts: random prompts that are averaged over.
        length: tokens of a prompt.
        prompt_seed: which prompts.
        windows: these windows of the text in place of random prompts.

    Returns:
        alpha (n,), mean_square (E‖x‖²) and tokens.
    """
    texts = cut(tokens, windows) if windows else random_prompts(tokens, prompts, length, prompt_seed)
    moments = input_moments(decoder, texts, site=(layer, part), gain=gain)["site"]
    return {
        "alpha": moments.amplitudes(statistic, scale),
        "mean_square": float(moments.square.sum()),
        "tokens": moments.tokens,
    }


def column_energies(
    decoder: Decoder,
    tokens: torch.Tensor,
    *,
    layer: int = 12,
    module: str = Q_PROJ,
    share: str | float = "0.05",
    windows: Windows | None = None,
    checked: int = 8,
) -> dict[str, Any]:
    """Exp F: the energy that one flip in each column of a matrix adds at its output, and α².

    Args:
        decoder: unperturbed, and so again afterwards.
        tokens: ids of the whole text, (n,).
        layer: of the matrix.
        module: the end of its name.
        share: of columns, rounded down, that are outliers: those of the largest α.
        windows: over which moments are taken.
        checked: how many columns, log-spaced in α, are flipped to measure the same energy at the output.

    Returns:
        alpha, alpha_sq, norm_sq (‖W_:,j‖²), energy (E‖Δy‖² of a flip, mean over the rows), each (n,); mean_square
        (E‖x‖²), tokens; checked_columns, checked_energy (‖Δy‖²/m of the flipped column, over the first window);
        checked_formula (the same by the moments of that window); spearman and pearson of α² with energy; energy_ratio,
        alpha_sq_ratio and norm_sq_ratio, means of outlier columns over means of the others; alpha_ratio_sq, the square
        of such a ratio of α, which the released file has in place of alpha_sq_ratio.
    """
    name, weight = one_matrix(decoder, layer, module)
    texts = cut(tokens, windows or Windows())
    moments = own_input(decoder, tokens, windows, name)
    alpha = moments.amplitudes("rms", "mean square")
    norm_sq = weight.detach().double().square().sum(dim=0).cpu().numpy()
    energy = column_energy(moments.square, norm_sq, weight.shape[0])
    outliers = outlier_columns(alpha, share)
    chosen = log_spaced_columns(alpha, checked)
    first = input_moments(decoder, texts[:1], names=[name])[name]

    def ratio(values: npt.NDArray[np.float64]) -> float:
        return float(values[outliers].mean() / np.delete(values, outliers).mean())

    return {
        "alpha": alpha,
        "alpha_sq": alpha**2,
        "norm_sq": norm_sq,
        "energy": energy,
        "mean_square": float(moments.square.sum()),
        "tokens": moments.tokens,
        "checked_columns": chosen,
        "checked_energy": _output_changes(decoder, name, texts[:1], chosen),
        "checked_formula": column_energy(first.square, norm_sq, weight.shape[0])[chosen],
        "spearman": rank_correlation(alpha**2, energy),
        "pearson": pearson(alpha**2, energy),
        "energy_ratio": ratio(energy),
        "alpha_sq_ratio": ratio(alpha**2),
        "alpha_ratio_sq": ratio(alpha) ** 2,
        "norm_sq_ratio": ratio(norm_sq),
    }


def one_matrix(decoder: Decoder, layer: int, module: str) -> tuple[str, torch.Tensor]:
    """The matrix of a layer whose name ends so, and its name. ValueError where that is none or several."""
    found = chosen_matrices(decoder, layers=[layer], modules=[module])
    reject(len(found) != 1, f"{module!r} names {len(found)} matrices of layer {layer}, one is meant")
    return next(iter(found.items()))


def own_input(decoder: Decoder, tokens: torch.Tensor, windows: Windows | None, name: str) -> Moments:
    """Moments of what a matrix multiplies, over these windows of the text, taken once."""
    plan = windows or Windows()
    moments: Moments = remembered(
        decoder,
        ("input", text_key(tokens), plan, name),
        lambda: input_moments(decoder, cut(tokens, plan), names=[name])[name],
    )
    return moments


def _output_changes(decoder: Decoder, name: str, texts: list[Window], columns: Ids) -> npt.NDArray[np.float64]:
    """Mean over tokens of ‖W′x − Wx‖²/m, with W′ the matrix whose column is flipped, in float64."""
    import torch

    layer, weight = int(next(part for part in name.split(".") if part.isdecimal())), decoder.weights()[name]
    with torch.no_grad():
        x = decoder.inputs(layer, hidden_before(decoder, texts, layer))[name].reshape(-1, weight.shape[1])
        before, found = x.double() @ weight.detach().double().T, []
        for column in columns:
            with negated({name: weight}, {name: column_places(weight, np.array([column]))}):
                change = x.double() @ weight.detach().double().T - before
            found.append(float(change.square().sum(dim=1).mean()) / weight.shape[0])
    return np.array(found)
