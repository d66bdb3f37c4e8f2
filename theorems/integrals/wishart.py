"""Exact trace moments of Gaussian matrices at finite size, through zonal polynomials.

They bound the chance of a large operator norm: Pr(‖G‖ > s) ≤ E tr((GᵀG)^k)/s^{2k} for every k. A matrix of independent
signs has smaller ones, since each mixed moment of its entries, 0 or 1, is at most the normal one.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from itertools import accumulate
from math import prod
from operator import mul
from typing import TYPE_CHECKING

from theorems.arithmetic.domain import require_count

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["trace_moment"]


def _shapes(order: int) -> Iterator[tuple[int, ...]]:
    """The partitions (a, b, 1, …, 1) of order: on the others the power sum has no zonal component."""
    yield (order,)
    for first in range(1, order):
        for second in range(1, min(first, order - first) + 1):
            yield (first, second) + (1,) * (order - first - second)


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
    for shape, weight in _weights(order):
        first, second, *others = (*shape, 0)
        below = max(len(others) - 1, 0)
        total += weight * (first_row[first] * second_row[second] * rest_of_column[below])
    return total


@cache
def _weights(order: int) -> list[tuple[tuple[int, ...], Fraction]]:
    """2·order·∏′c/H of each partition."""
    weights = []
    for shape in _shapes(order):
        heights = [sum(length > j for length in shape) for j in range(shape[0])]
        cells = [(i, j) for i, length in enumerate(shape) for j in range(length)]
        hooks = 1
        for i, j in cells:
            arm, leg = shape[i] - j - 1, heights[j] - i - 1
            hooks *= (2 * arm + leg + 1) * (2 * arm + leg + 2)
        weights.append((shape, Fraction(2 * order * prod(2 * j - i for i, j in cells[1:]), hooks)))
    return weights
