"""Rational functions over ℚ and their limits, for statements about n → ∞ whatever the other symbols are.

Elements of sympy's field of fractions: arithmetic is exact and fast, and two equal functions are the same element.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache

from theorems.arithmetic.contexts import Number, reject

__all__ = ["decay_order", "indeterminates", "limit_at_infinity"]


@cache
def indeterminates(names: str) -> tuple[Number, ...]:
    """The symbols of a comma-separated list, as generators of one field ℚ(names), of quotients over ℤ."""
    from sympy import ZZ, field

    return tuple(field(names, ZZ)[1:])


def decay_order(function: Number, n: Number) -> int:
    """The k for which `function` is of the exact order n^(−k) as n → ∞; `n` is one of its field's indeterminates.

    ValueError for the zero function, which has no order.
    """
    reject(not function, "the zero function has no order")
    return int(function.denom.degree(n.numer) - function.numer.degree(n.numer))


def limit_at_infinity(function: Number, n: Number) -> Fraction:
    """The limit as n → ∞, where it is a number free of the other indeterminates. ValueError elsewhere.

    RuntimeError if the function less what was found does not tend to zero.
    """
    if not function or decay_order(function, n) > 0:
        return Fraction(0)
    reject(decay_order(function, n) < 0, "no finite limit: {}", function)
    leading = [_leading_coefficient(part, n.numer) for part in (function.numer, function.denom)]
    ratio = function.field(leading[0]) / function.field(leading[1])
    reject(not (ratio.numer.is_ground and ratio.denom.is_ground), "the limit is no number: {}", ratio)
    value = Fraction(int(ratio.numer.coeff(1)), int(ratio.denom.coeff(1)))
    rest = function - value
    if rest and decay_order(rest, n) <= 0:
        raise RuntimeError(f"{function} does not tend to {value}")
    return value


def _leading_coefficient(polynomial: Number, n: Number) -> Number:
    """The coefficient of the highest power of n, a polynomial in the other symbols."""
    ring = polynomial.ring
    axis, degree = ring.gens.index(n), polynomial.degree(n)
    terms = {
        (*powers[:axis], 0, *powers[axis + 1 :]): factor
        for powers, factor in polynomial.terms()
        if powers[axis] == degree
    }
    return ring.from_dict(terms)
