"""Limits of rational functions, against values worked out by hand."""

from fractions import Fraction

import pytest

from theorems.arithmetic.rational_functions import decay_order, indeterminates, limit_at_infinity


@pytest.mark.parametrize(
    ("build", "order", "limit"),
    [
        (lambda n, a: (a + 1) / n**2, 2, Fraction(0)),
        (lambda n, a: (3 * a * n + 1) / (2 * a * n - a), 0, Fraction(3, 2)),
        (lambda n, a: 1 / (a * n + 1), 1, Fraction(0)),
        (lambda n, a: (a * n**2 + n) / (n**2 * (a + 1 / n)), 0, Fraction(1)),
    ],
    ids=["vanishes twice", "ratio of leading coefficients", "vanishes once", "cancels"],
)
def test_order_and_limit(build, order, limit):
    n, a = indeterminates("n,a")
    assert decay_order(build(n, a), n) == order
    assert limit_at_infinity(build(n, a), n) == limit


def test_zero_has_a_limit_but_no_order():
    n, a = indeterminates("n,a")
    assert limit_at_infinity(a - a, n) == 0
    with pytest.raises(ValueError, match="no order"):
        decay_order(a - a, n)


@pytest.mark.parametrize("build", [lambda n, a: a * n, lambda n, a: a + 1 / n], ids=["infinite", "not a number"])
def test_no_limit(build):
    n, a = indeterminates("n,a")
    with pytest.raises(ValueError, match="limit"):
        limit_at_infinity(build(n, a), n)
