"""A straight line through points, in the arithmetic of their coordinates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from theorems.arithmetic.contexts import reject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flint import arb

__all__ = ["Line", "fit_line", "student_quantile"]


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


def student_quantile(outside: str, freedom: int) -> arb:
    """The t that Student's |T| exceeds with probability `outside`, as a ball of radius below 2⁻³⁰.

    By bisection of P(|T| > t) = I(ν/(ν + t²); ν/2, 1/2), the regularised incomplete beta function, which falls.

    Args:
        outside: a decimal between 0 and 1, "0.05" for the ends of a 95% interval; not so small that t passes 1024.
        freedom: ν, the degrees of freedom.
    """
    from flint import arb

    reject(not 0 < float(outside) < 1 or freedom < 1, f"no quantile for {outside} with {freedom} degrees of freedom")
    level, low, high = arb(outside), arb(0), arb(1024)
    for _ in range(41):
        middle = ((low + high) / 2).mid()
        beyond = (freedom / (freedom + middle**2)).beta_lower(arb(freedom) / 2, arb(1) / 2, regularized=True)
        low, high = (middle, high) if beyond > level else (low, middle)
    return low.union(high)
