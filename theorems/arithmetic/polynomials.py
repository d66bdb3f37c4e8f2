"""Exact enclosures of a polynomial's minimum on a box: proofs of polynomial inequalities by subdivision.

In the Bernstein basis of a box a polynomial lies between its smallest and its largest coefficient, and the coefficients
at the box's corners are values that it takes (Lorentz 1953; Garloff 1986). Halving a box tightens both.
"""

from __future__ import annotations

import heapq
import itertools
import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from theorems.arithmetic.contexts import Number, reject

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["minimum_on_box"]

Coefficients = npt.NDArray[np.object_]


def minimum_on_box(
    polynomial: Number, box: Mapping[Any, tuple[Number, Number]], width: Number = "1e-6", most: int = 4000
) -> tuple[Fraction, Fraction]:
    """(lower, upper) around the minimum of a sympy polynomial with rational coefficients over a box.

    `box` maps every symbol to its rational ends (int, Fraction or decimal string). Stops when upper − lower <= `width`,
    or after `most` halvings. A minimum at a corner is met exactly where the coefficients beside it are no smaller; one
    in the interior only up to `width`. ValueError for a symbol without ends, ends out of order, or no polynomial.
    """
    import sympy

    ends = {symbol: (Fraction(low), Fraction(high)) for symbol, (low, high) in box.items()}
    for symbol, (low, high) in ends.items():
        reject(low >= high, f"expected lower < upper for {symbol}, got {low} and {high}")
    expression = sympy.sympify(polynomial)
    missing = expression.free_symbols - set(ends)
    reject(bool(missing), f"the box has no ends for {sorted(map(str, missing))}")
    reject(not expression.is_polynomial(*ends), "expected a polynomial, got {}", expression)
    tolerance = Fraction(width)
    start = _bernstein(sympy.Poly(expression, *ends), list(ends.values()))
    order = itertools.count()
    waiting = [(start.min(), next(order), start)]
    upper = min(_corners(start))
    for _ in range(most):
        lower, _, coefficients = waiting[0]
        if upper - lower <= tolerance:
            break
        heapq.heappop(waiting)
        for half in _halves(coefficients, axis=_widest(coefficients)):
            upper = min(upper, *_corners(half))
            heapq.heappush(waiting, (half.min(), next(order), half))
    return waiting[0][0], upper


def _bernstein(polynomial: Any, ends: list[tuple[Fraction, Fraction]]) -> Coefficients:
    """Bernstein coefficients on the box; axis k belongs to the k-th symbol."""
    degrees = [max(1, degree) for degree in polynomial.degree_list()]
    powers: Coefficients = np.full([degree + 1 for degree in degrees], Fraction(0), dtype=object)
    for exponents, factor in polynomial.terms():
        reject(not factor.is_rational, "expected rational coefficients, got {}", factor)
        powers[exponents] = Fraction(int(factor.p), int(factor.q))
    for axis, (degree, (low, high)) in enumerate(zip(degrees, ends, strict=True)):
        orders = range(degree + 1)
        # xᵏ with x = low + (high − low)u, by powers of u, and these in Bernstein's basis
        moved = [[math.comb(k, i) * low ** max(k - i, 0) * (high - low) ** i for k in orders] for i in orders]
        change = [[Fraction(math.comb(i, k), math.comb(degree, k)) for k in orders] for i in orders]
        step = np.array(change, dtype=object) @ np.array(moved, dtype=object)
        powers = np.moveaxis(np.tensordot(step, powers, axes=(1, axis)), 0, axis)
    return powers


def _corners(coefficients: Coefficients) -> list[Fraction]:
    return [coefficients[corner] for corner in itertools.product((0, -1), repeat=coefficients.ndim)]


def _widest(coefficients: Coefficients) -> int:
    """The axis along which neighbouring coefficients differ most."""
    spread = [float(np.abs(np.diff(coefficients, axis=axis)).max()) for axis in range(coefficients.ndim)]
    return int(np.argmax(spread))


def _halves(coefficients: Coefficients, axis: int) -> tuple[Coefficients, Coefficients]:
    """De Casteljau's algorithm: the coefficients on the two halves of the box along an axis."""
    row = np.moveaxis(coefficients, axis, 0)
    left, right = [row[0]], [row[-1]]
    while len(row) > 1:
        row = (row[:-1] + row[1:]) / 2
        left.append(row[0])
        right.append(row[-1])
    halves = np.stack(left), np.stack(right[::-1])
    return np.moveaxis(halves[0], 0, axis), np.moveaxis(halves[1], 0, axis)
