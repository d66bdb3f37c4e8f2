"""Sections 9.2 and 9.6 on trained weights: alignments by rows and by outputs, and errors of real quantisers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.protocols.progress import silent
from theorems.protocols.quantisation import SCHEMES, OutputErrors, output_cosines, row_moments
from theorems.protocols.randomness import distinct_positions, stream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from theorems.protocols.progress import Progress
    from theorems.protocols.quantisation import Rows, Scheme, Zero

    Choice = Literal["evenly spaced", "random", "all"]

__all__ = ["chosen_names", "quantisation_errors", "row_alignment", "vector_alignment"]

BATCH = 2500
"inputs at once: 11,008 columns of them are 105 MiB in single precision, and rows are read anew for each batch"


def chosen_names(matrices: Mapping[str, Rows], count: int, choice: Choice, seed: int = 0) -> list[str]:
    """Which matrices are looked at, in the order of the model.

    Args:
        matrices: by name, in the order of the model.
        count: how many, unless all.
        choice: "random" without replacement, as the paper says; "evenly spaced", at ⌊i(N − 1)/(count − 1)⌋, as in the
            authors' released data; or "all".
        seed: of the random choice.

    ValueError for more matrices than there are.
    """
    reject(choice not in ("evenly spaced", "random", "all"), f"matrices are not chosen by {choice!r}")
    names = list(matrices)
    if choice == "all":
        return names
    require_count(count, 1, "count")
    require_count(len(names), count, "the number of matrices")
    if choice == "random":
        return [names[place] for place in distinct_positions(stream(seed, "matrices"), count, len(names))]
    return [names[i * (len(names) - 1) // max(1, count - 1)] for i in range(count)]


def row_alignment(
    matrices: Mapping[str, Rows],
    *,
    count: int = 20,
    choice: Choice = "random",
    seed: int = 0,
    zero: Zero = "no sign",
    progress: Progress = silent,
) -> dict[str, Any]:
    """Row-wise cos²∠(w, sign(w)) of a model's matrices (Table 6, Section 9.6).

    Args:
        matrices: streamed rows by name, in the order of the model.
        count: of matrices.
        choice: of matrices, as in `chosen_names`.
        seed: of a random choice.
        zero: what sign(0) is, as in `RowMoments.cosines`.
        progress: says how many matrices are read.

    Returns:
        names, shapes, and per matrix over its rows: mean, std (divisor m − 1), minimum, maximum, zero_rows (which have
        no angle and are left out); over its entries: moments_ratio ((E|w|)²/E w²), kurtosis, zeros (their number).
    """
    found: dict[str, Any] = {"names": chosen_names(matrices, count, choice, seed)}
    columns = ("shapes", "mean", "std", "minimum", "maximum", "zero_rows", "moments_ratio", "kurtosis", "zeros")
    found |= {column: [] for column in columns}
    for name in progress(found["names"], "matrices"):
        moments = row_moments(matrices[name])
        cosines = moments.cosines(zero)
        cosines = cosines[~np.isnan(cosines)]
        values = (
            list(matrices[name].shape),
            float(cosines.mean()) if cosines.size else float("nan"),
            float(cosines.std(ddof=1)) if cosines.size > 1 else float("nan"),
            float(cosines.min(initial=np.inf)),
            float(cosines.max(initial=-np.inf)),
            moments.absolute.size - cosines.size,
            moments.moments_ratio,
            moments.kurtosis,
            int(moments.absolute.size * moments.width - moments.nonzero.sum()),
        )
        for column, value in zip(columns, values, strict=True):
            found[column].append(value)
    return found


def vector_alignment(
    matrices: Mapping[str, Rows],
    *,
    names: Sequence[str] | None = None,
    count: int = 20,
    choice: Choice = "random",
    seed: int = 0,
    inputs: int = 10_000,
    scheme: Scheme = "sign",
    device: str = "cpu",
    precision: str = "float32",
    progress: Progress = silent,
) -> dict[str, Any]:
    """cos²∠(Wx, W_Q x) for x uniform on the sphere (Theorem 4 on trained weights), and relative errors.

    Args:
        matrices: streamed rows by name, in the order of the model.
        names: which; None, by `count`, `choice` and `seed` as in `chosen_names`.
        count: of matrices.
        choice: of matrices.
        seed: of the inputs, and of a random choice.
        inputs: of each matrix, BATCH of them held at once.
        scheme: of quantisation.
        device: where matrices are multiplied.
        precision: of the products, "float32" or "float64".
        progress: says how many matrices are read.

    Returns:
        names, and per matrix over the inputs: mean and std (divisor N − 1) of cos², relative (mean of
        ‖y_Q − y‖²/‖y‖²), normalised (the same after RMSNorm, 2(1 − cos)).
    """
    from theorems.simulation.dense import batches, sphere
    from theorems.simulation.sources import HostSource

    chosen = list(names) if names is not None else chosen_names(matrices, count, choice, seed)
    found: dict[str, Any] = {"names": chosen, "mean": [], "std": [], "relative": [], "normalised": []}
    for name in progress(chosen, "matrices"):
        source = HostSource(stream(seed, "inputs", name), device, precision)
        moments = row_moments(matrices[name])
        parts = [
            output_cosines(matrices[name], sphere(source, size, moments.width), scheme, moments=moments)
            for size in batches(inputs, BATCH)
        ]
        errors = OutputErrors(*(np.concatenate(each) for each in zip(*parts, strict=True)))
        found["mean"].append(float(errors.cosine_square.mean()))
        found["std"].append(float(errors.cosine_square.std(ddof=1)))
        found["relative"].append(float(errors.relative.mean()))
        found["normalised"].append(float(errors.normalised.mean()))
    return found


def quantisation_errors(
    matrices: Mapping[str, Rows],
    *,
    names: Sequence[str] | None = None,
    count: int = 20,
    choice: Choice = "random",
    seed: int = 0,
    inputs: int = 1000,
    device: str = "cpu",
    precision: str = "float32",
) -> dict[str, Any]:
    """The errors of every scheme of quantisation, before and after RMSNorm, for inputs on the sphere.

    Parameters as in `vector_alignment`. Returns a dict as it returns under the name of each of
    `theorems.protocols.quantisation.SCHEMES`.
    """
    return {
        scheme: vector_alignment(
            matrices,
            names=names,
            count=count,
            choice=choice,
            seed=seed,
            inputs=inputs,
            scheme=cast("Scheme", scheme),
            device=device,
            precision=precision,
        )
        for scheme in SCHEMES
    }
