"""A straight line through points, in the arithmetic of their coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from theorems.arithmetic.contexts import reject

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Line", "fit_line"]


class Line(NamedTuple):
    """A least-squares fit of y on x."""

    slope: Any
    intercept: Any
    slope_variance: Any
    "square of the standard error of the slope, with n − 2 degrees of freedom"
    correlation_square: Any
    "square of Pearson's correlation"


def fit_line(x: Sequence[Any], y: Sequence[Any]) -> Line:
    """Least squares with a free intercept, for Fractions, balls or floats; at least three points.

    ValueError for fewer, or for samples of two sizes.
    """
    n = len(x)
    reject(n != len(y) or n < 3, f"a line needs three points at least, got {n} and {len(y)} coordinates")
    centre, level = sum(x) / n, sum(y) / n
    across = sum((a - centre) ** 2 for a in x)
    along = sum((b - level) ** 2 for b in y)
    joint = sum((a - centre) * (b - level) for a, b in zip(x, y, strict=True))
    slope = joint / across
    return Line(slope, level - slope * centre, (along - slope * joint) / (n - 2) / across, slope * joint / along)
