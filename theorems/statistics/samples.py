"""Checks that every confidence set makes of what it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.contexts import reject

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Interval", "require_level", "require_sample"]

Interval = tuple[float, float]


def require_level(level: float) -> None:
    """ValueError unless 0 < level < 1."""
    reject(not 0 < level < 1, f"level must lie between 0 and 1, got {level}")


def require_sample(values: npt.ArrayLike, least: int, name: str = "the sample") -> npt.NDArray[np.float64]:
    """`values` as a vector of at least `least` finite doubles. ValueError otherwise."""
    array = np.asarray(values, dtype=np.float64)
    reject(array.ndim != 1, f"{name} must be a vector, got {array.ndim} dimensions")
    reject(array.size < least, f"{name} must have at least {least} values, got {array.size}")
    reject(not np.isfinite(array).all(), f"{name} must be finite")
    return array
