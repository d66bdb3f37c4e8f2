"""What flips in one column change at the output of their matrix, and how columns are chosen and damages compared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]
    Ids = npt.NDArray[np.int64]

__all__ = ["column_energy", "log_log_slope", "log_spaced_columns", "pearson", "rank_correlation"]


def column_energy(mean_squares: Array, column_squares: Array, rows: int) -> Array:
    """E‖Δy‖² of flipping one entry of each column, a mean over the rows: (4/m)·‖W_:,j‖²·E x_j² (Section 9.5, Exp F).

    Args:
        mean_squares: E x_j² over tokens, (n,).
        column_squares: ‖W_:,j‖², (n,).
        rows: m.
    """
    found: Array = 4 * column_squares * mean_squares / rows
    return found


def log_spaced_columns(amplitudes: Array, count: int) -> Ids:
    """Columns whose amplitudes are spread evenly in the logarithm, from the least to the greatest, (count,).

    Each target in turn, from below, takes the nearest column in the logarithm that is left; in order of amplitudes.
    ValueError for more columns than there are, or an amplitude that is not positive.
    """
    require_count(count, 1, "count")
    require_count(amplitudes.size, count, "the number of columns")
    reject(not amplitudes.min() > 0, "log-spaced columns need positive amplitudes")
    logs, taken = np.log(amplitudes), np.zeros(amplitudes.size, dtype=bool)
    for target in np.linspace(logs.min(), logs.max(), count):
        taken[np.argmin(np.where(taken, np.inf, np.abs(logs - target)))] = True
    chosen = np.flatnonzero(taken)
    return chosen[np.argsort(amplitudes[chosen], kind="stable")]


def log_log_slope(x: Array, y: Array) -> float:
    """Least-squares slope of ln y on ln x over the points with y > 0, as the paper takes them; NaN below two points."""
    kept = y > 0
    if kept.sum() < 2:
        return float("nan")
    across, along = np.log(x[kept]), np.log(y[kept])
    across = across - across.mean()
    return float(across @ along / (across @ across))


def pearson(x: Array, y: Array) -> float:
    """Pearson's coefficient; NaN where one of the samples is constant."""
    a, b = x - x.mean(), y - y.mean()
    size = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / size if size else float("nan")


def rank_correlation(x: Array, y: Array) -> float:
    """Spearman's coefficient: Pearson's of the ranks, equal values sharing the mean of theirs."""
    return pearson(_ranks(x), _ranks(y))


def _ranks(values: Array) -> Array:
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    middle: Array = (last - (counts - 1) / 2)[inverse]
    return middle
