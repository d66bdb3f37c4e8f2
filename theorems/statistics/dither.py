"""Symmetric noise that is added to a sample, so that its mean can be bounded where its skewness would forbid it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.statistics.samples import require_sample

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["dithered"]


def dithered(sample: npt.ArrayLike, factor: float, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """The sample (k,) plus independent normal noise of `factor` times its standard deviation.

    The expectation stays, the deviation grows by √(1 + factor²), and the skewness is divided by the cube of that; the
    guard of `student` allows about 0.1 at a level of 10⁻¹⁰ with 600 values. ValueError for fewer than two values or
    factor < 0.
    """
    values = require_sample(sample, 2)
    reject(not factor >= 0, f"factor must be at least 0, got {factor}")
    noise = rng.standard_normal(values.size)
    return np.asarray(values + factor * values.std(ddof=1) * noise)
