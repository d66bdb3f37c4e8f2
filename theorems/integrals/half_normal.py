"""Exact moments of sums of half-normal variables, as polynomials over the rationals in α = E|g| = √(2/π).

E|g|ᵏ = (k − 1)!! for even k and (k − 1)!!·α for odd k, g standard normal. As α is transcendental, two expectations are
equal numbers exactly where their polynomials are equal: an identity is proved by subtracting.
"""

from __future__ import annotations

import functools
import itertools
import math
from fractions import Fraction
from typing import TYPE_CHECKING

import flint

from theorems.arithmetic.contexts import BALL, reject
from theorems.arithmetic.domain import require_count

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "ALPHA",
    "equal_input_variances",
    "joint_moment",
    "largest_coefficient",
    "leading_term",
    "lowest_difference",
    "magnitude_moment",
    "sum_moment",
    "value",
]

ALPHA = flint.fmpq_poly([0, 1])


def magnitude_moment(order: int) -> flint.fmpq_poly:
    """E|g|^order, order >= 0. ValueError otherwise."""
    require_count(order, 0, "order")
    double_factorial = math.prod(range(order - 1, 0, -2))
    return flint.fmpq_poly([0, double_factorial] if order % 2 else [double_factorial])


def sum_moment(n: int, order: int) -> flint.fmpq_poly:
    """E(|g₁| + … + |gₙ|)^order for n >= 0 independent terms: order!·[t^order] of the n-th power of E e^{t|g|}."""
    require_count(n, 0, "n")
    require_count(order, 0, "order")
    single = [magnitude_moment(k) / math.factorial(k) for k in range(order + 1)]
    total = [flint.fmpq_poly([1])] + [flint.fmpq_poly([0])] * order
    while n:
        if n % 2:
            total = _product(total, single)
        single = _product(single, single)
        n //= 2
    return total[order] * math.factorial(order)


def joint_moment(n: int, first: int, order: int) -> flint.fmpq_poly:
    """E[|g₁|^first (|g₁| + … + |gₙ|)^order] for n >= 1 independent terms. ValueError otherwise."""
    require_count(n, 1, "n")
    require_count(first, 0, "first")
    require_count(order, 0, "order")
    terms = (math.comb(order, k) * magnitude_moment(first + k) * sum_moment(n - 1, order - k) for k in range(order + 1))
    return sum(terms, flint.fmpq_poly([0]))


def value(polynomial: flint.fmpq_poly) -> flint.arb:
    """A ball that contains the polynomial's value at α = √(2/π)."""
    alpha = (2 / BALL.pi).sqrt()
    result: flint.arb = BALL.number(0)
    for coefficient in reversed(polynomial.coeffs()):
        result = result * alpha + BALL.number(Fraction(int(coefficient.p), int(coefficient.q)))
    return result


def largest_coefficient(polynomial: flint.fmpq_poly) -> Fraction:
    """The largest |coefficient|: zero exactly for the zero polynomial, and so for the number zero."""
    return max((Fraction(abs(int(c.p)), int(c.q)) for c in polynomial.coeffs()), default=Fraction(0))


def _product(left: list[flint.fmpq_poly], right: list[flint.fmpq_poly]) -> list[flint.fmpq_poly]:
    zero = flint.fmpq_poly([0])
    return [sum((left[i] * right[k - i] for i in range(k + 1)), zero) for k in range(len(left))]


def _differences(values: Sequence[flint.fmpq_poly]) -> list[flint.fmpq_poly]:
    """The forward differences of all orders at the first of the values."""
    row, differences = list(values), []
    while row:
        differences.append(row[0])
        row = [after - before for before, after in itertools.pairwise(row)]
    return differences


def leading_term(values: Sequence[flint.fmpq_poly]) -> tuple[int, flint.fmpq_poly]:
    """(d, c) for the polynomial c·n^d + lower orders of degree < len(values) with these values at consecutive n.

    By finite differences. E (Σ|g|)^k and n·E[|g₁|^j (Σ|g|)^(k−1)] are polynomials in n of degree at most k. ValueError
    for no values, or only zeros.
    """
    differences = _differences(values)
    orders = [order for order, difference in enumerate(differences) if largest_coefficient(difference)]
    reject(not orders, "expected a polynomial other than zero")
    return orders[-1], differences[orders[-1]] / math.factorial(orders[-1])


def lowest_difference(values: Sequence[flint.fmpq_poly]) -> flint.arb:
    """The least forward difference, of any order, at the first n of a polynomial in n of degree < len(values).

    By Newton's formula the polynomial is nonnegative from that n on where this is. ValueError for no values.
    """
    reject(not values, "expected at least one value")
    return functools.reduce(flint.arb.min, map(value, _differences(values)))


def equal_input_variances(n: int) -> tuple[flint.fmpq_poly, flint.fmpq_poly, flint.fmpq_poly]:
    """Variances of n z², n z_Q² and n z z_Q, z = Σ w_j x_j, z_Q = s Σ sign(w_j) x_j, all entries of x n^(−1/2).

    The weights are w_j ~ N(0, 1/n) and s = ‖w‖₁/n. From E (Σ σ_j x_j)⁴ = 3 − 2/n for signs σ. n⁵ times each is
    a polynomial in n of degree at most 5. ValueError for n < 1.
    """
    second, fourth, mixed = sum_moment(n, 2), sum_moment(n, 4), joint_moment(n, 2, 2)
    quantised = fourth * (3 * n - 2) / n**5 - second**2 / n**4
    cross = ((n - 2) * n * mixed + 2 * fourth - second**2) / n**4
    return magnitude_moment(4) - magnitude_moment(2) ** 2, quantised, cross
