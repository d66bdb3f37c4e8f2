"""Exact trace moments of Gaussian matrices at finite size, through zonal polynomials.

They bound the chance of a large operator norm: Pr(‖G‖ > s) ≤ E tr((GᵀG)^k)/s^{2k} for every k. A matrix of independent
signs has smaller ones, since each mixed moment of its entries, 0 or 1, is at most the normal one.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import accumulate
from math import factorial, prod
from operator import mul
from typing import TYPE_CHECKING

import flint

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["marchenko_pastur_moment", "trace_moment"]


def _shapes(order: int) -> Iterator[tuple[int, int, int]]:
    """(a, b, c) for the partitions (a, b, 1, …, 1) of order, c ones: on others the power sum has no zonal component."""
    yield order, 0, 0
    for first in range(1, order):
        for second in range(1, min(first, order - first) + 1):
            yield first, second, order - first - second


def trace_moment(rows: int, columns: int, order: int) -> Fraction:
    """E tr((GᵀG)^order) for a rows × columns matrix G of independent standard normal entries.

    All three are at least 1; ValueError otherwise. Sum over partitions λ of order of 2·order·∏′c·∏(rows + c)(columns +
    c)/H, where c = 2j − i runs over the cells (i, j) of λ, counted from zero, ∏′ leaves out the first cell, and H is
    the product of the hook lengths of 2λ (Hanlon, Stanley and Stembridge 1992).
    """
    for count, name in ((rows, "rows"), (columns, "columns"), (order, "order")):
        require_count(count, 1, name)

    def products(start: int, step: int) -> list[int]:
        """∏(rows + c)(columns + c) over the first 0, 1, …, order of the contents start, start + step, …."""
        contents = range(start, start + step * order, step)
        return list(accumulate(((rows + c) * (columns + c) for c in contents), mul, initial=1))

    first_row, second_row, rest_of_column = products(0, 2), products(-1, 2), products(-2, -1)
    total = Fraction(0)
    for (first, second, ones), weight in _weights(order):
        total += weight * (first_row[first] * second_row[second] * rest_of_column[ones])
    return total


def marchenko_pastur_moment(order: int, ratio: Fraction) -> Fraction:
    """The limit of E tr((WᵀW)^order)/n, order >= 1, for W of γn × n entries of variance 1/n, γ = ratio > 0.

    Σ N(k, r) γʳ with Narayana's numbers N(k, r) = C(k, r) C(k, r − 1)/k, each from the one before.
    """
    require_count(order, 1, "order")
    reject(not ratio > 0, "ratio must exceed 0, got {}", ratio)

    def following(number: int, r: int) -> int:
        return number * (order - r) * (order - r + 1) // (r * (r + 1))

    narayana = flint.fmpq_poly([0, *accumulate(range(1, order), following, initial=1)])
    value = narayana(flint.fmpq(ratio.numerator, ratio.denominator))
    return Fraction(int(value.p), int(value.q))


@cache
def _weights(order: int) -> list[tuple[tuple[int, int, int], Fraction]]:
    """2·order·∏′c/H of each partition."""
    return [(shape, Fraction(2 * order * _contents(*shape), _hooks(*shape))) for shape in _shapes(order)]


def _contents(first: int, second: int, ones: int) -> int:
    """∏′(2j − i): 2j in the first row, 2j − 1 in the second, −2, −3, … below."""
    return prod(range(2, 2 * first, 2)) * prod(range(-1, 2 * second - 2, 2)) * prod(range(-ones - 1, -1))


def _hooks(first: int, second: int, ones: int) -> int:
    """The product of the hook lengths of (2·first, 2·second, 2, …, 2), two neighbours for each cell of the half."""
    if second == 0:
        return factorial(2 * first)
    alone = 2 * (first - second)  # cells of the first row with none below
    above = factorial(alone) * factorial(2 * first - 1) // factorial(alone + 1)
    below = factorial(2 * second - 2) * factorial(ones) * factorial(ones + 1)
    corner = (2 * first + ones) * (2 * first + ones + 1) * (2 * second + ones - 1) * (2 * second + ones)
    return above * below * corner
