"""Trace moments of Gaussian matrices against chi-square moments, known polynomials and Wick's theorem."""

import itertools
import math
from collections import Counter
from fractions import Fraction

import pytest

from theorems.integrals.wishart import marchenko_pastur_moment, trace_moment


@pytest.mark.parametrize("order", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("columns", [1, 2, 7])
def test_one_row_is_chi_square(columns, order):
    chi_square = math.prod(range(columns, columns + 2 * order, 2))
    assert trace_moment(1, columns, order) == trace_moment(columns, 1, order) == chi_square


@pytest.mark.parametrize(("m", "n"), [(1, 1), (2, 5), (30, 7), (10**6, 10**5)])
def test_known_polynomials(m, n):
    assert trace_moment(m, n, 1) == m * n
    assert trace_moment(m, n, 2) == m * n * (m + n + 1)
    assert trace_moment(m, n, 3) == m * n * (m**2 + n**2 + 3 * m * n + 3 * m + 3 * n + 4)


@pytest.mark.parametrize(("m", "n", "order"), [(2, 2, 3), (2, 3, 4), (3, 2, 4), (2, 2, 5)])
def test_sum_over_closed_walks(m, n, order):
    # tr (GGᵀ)^k is a sum over i₁ j₁ i₂ j₂ … of g_{i₁j₁} g_{i₂j₁} g_{i₂j₂} …
    total = 0
    for rows in itertools.product(range(m), repeat=order):
        for columns in itertools.product(range(n), repeat=order):
            entries = Counter(zip(rows, columns, strict=True))
            entries.update(zip((*rows[1:], rows[0]), columns, strict=True))
            if all(count % 2 == 0 for count in entries.values()):
                total += math.prod(math.prod(range(count - 1, 0, -2)) for count in entries.values())
    assert trace_moment(m, n, order) == total


@pytest.mark.parametrize("ratio", [Fraction(1), Fraction(1, 4), Fraction(7, 2)])
@pytest.mark.parametrize("order", [1, 2, 3, 6])
def test_large_size_is_the_narayana_polynomial(order, ratio):
    size = 10**9
    narayana = sum(math.comb(order, r) * math.comb(order, r - 1) // order * ratio**r for r in range(1, order + 1))
    assert marchenko_pastur_moment(order, ratio) == narayana
    assert abs(trace_moment(int(ratio * size), size, order) / Fraction(size) ** (order + 1) - narayana) < Fraction(
        1, 10**3
    )


@pytest.mark.parametrize("arguments", [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_domain(arguments):
    with pytest.raises(ValueError, match="integer >= 1"):
        trace_moment(*arguments)
    with pytest.raises(ValueError, match="integer >= 1"):
        marchenko_pastur_moment(0, Fraction(1))
    with pytest.raises(ValueError, match="ratio must exceed 0, got 0"):
        marchenko_pastur_moment(1, Fraction(0))
