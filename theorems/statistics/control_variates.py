"""Control variates: subtract from a sample what known means explain of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.statistics.samples import require_sample

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["controlled"]


def controlled(values: npt.ArrayLike, controls: npt.ArrayLike, means: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Values − (controls − means)·β, of the same expectation and less variance; shape (k,) as the values.

    `controls` (k, c) have the known expectations `means` (c,). β is the regression of the values of each half of the
    sample on its controls, used for the other half, so that nothing is biased. ValueError for unequal lengths or fewer
    than 4·(c + 1) values.
    """
    sample, around = np.asarray(controls, dtype=np.float64), np.asarray(means, dtype=np.float64)
    reject(sample.ndim != 2 or sample.shape[1:] != around.shape, f"need one mean for each control, got {around.shape}")
    result = require_sample(values, 4 * (around.size + 1), "the values").copy()
    reject(result.size != sample.shape[0], f"need as many controls as values, got {sample.shape[0]} and {result.size}")
    centred = sample - around
    halves = np.arange(result.size) % 2 == 0
    slopes = []
    for half in (halves, ~halves):
        design = np.column_stack([np.ones(half.sum()), centred[half]])
        slopes.append(np.linalg.lstsq(design, result[half], rcond=None)[0][1:])
    result[halves] -= centred[halves] @ slopes[1]
    result[~halves] -= centred[~halves] @ slopes[0]
    return result
