"""Moments of pre-activation pairs in exact arithmetic: fractions at finite width, symbolic expressions over quadrants.

The counterpart of `gaussian_integrals` for identities, which no ball can prove.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from functools import cache

from theorems.arithmetic.contexts import Number, reject
from theorems.arithmetic.domain import require_count

__all__ = [
    "exact_half_line_integral",
    "exact_magnitude_moment",
    "exact_quadrant_moment",
    "exact_relu_energy",
    "gaussian_moment",
    "rational_value",
]


def gaussian_moment(order: int) -> Fraction:
    """E gᵏ of a standard normal g: 0 for odd k, (k − 1)!! for even k >= 0."""
    require_count(order, 0, "order")
    return Fraction(0) if order % 2 else Fraction(math.prod(range(1, order, 2)))


def exact_half_line_integral(power: int, rate: Number = 1) -> Number:
    """∫xᵏ exp(−rx²/2) dx over x >= 0, k >= 0 and a rate r > 0, as a sympy expression.

    With u = rx²/2 it is Euler's integral of Γ((k + 1)/2).
    """
    import sympy

    require_count(power, 0, "power")
    half = sympy.Rational(power + 1, 2)
    return sympy.gamma(half) * (2 / sympy.sympify(rate)) ** half / 2


def exact_magnitude_moment(order: int) -> Number:
    """E|g|ᵏ of a standard normal g, k >= 0, as a sympy expression: by its density over g >= 0."""
    import sympy

    return 2 * exact_half_line_integral(order) / sympy.sqrt(2 * sympy.pi)


@cache
def exact_quadrant_moment(i: int, j: int, x_sign: int = 1, y_sign: int = 1) -> Number:
    """E[Xⁱ Yʲ 1{X has x_sign, Y has y_sign}] as a sympy expression in Symbol("theta"), for correlation cos θ.

    By the polar form of `gaussian_integrals.quadrant_moment`, i + j even; expanded in θ, sin θ and cos θ. ValueError
    for an odd or negative power or signs other than ±1.
    """
    import sympy

    reject(i < 0 or j < 0 or (i + j) % 2 == 1, f"need i, j >= 0 and i + j even, got {i}, {j}")
    reject(x_sign not in (-1, 1) or y_sign not in (-1, 1), f"signs must be -1 or 1, got {x_sign}, {y_sign}")
    theta, right = sympy.Symbol("theta"), sympy.pi / 2
    lower, upper = {
        (1, 1): (theta - right, right),
        (1, -1): (-right, theta - right),
        (-1, 1): (right, theta + right),
        (-1, -1): (theta + right, 3 * right),
    }[x_sign, y_sign]
    angular = _angular_antiderivative(i, j, upper) - _angular_antiderivative(i, j, lower)
    radial = 2 ** ((i + j) // 2) * math.factorial((i + j) // 2)
    return sympy.expand(sympy.expand_trig(sympy.expand(radial * angular / (2 * sympy.pi))))


def _angular_antiderivative(i: int, j: int, t: Number) -> Number:
    """∫cosⁱt cosʲ(t − θ) dt at t, where the product is the mean of 2^(i + j) cosines cos(ft − gθ)."""
    import sympy

    theta, total = sympy.Symbol("theta"), sympy.Integer(0)
    for a, b in itertools.product(range(i + 1), range(j + 1)):
        g = j - 2 * b
        f = i - 2 * a + g
        term = sympy.sin(f * t - g * theta) / f if f else t * sympy.cos(g * theta)
        total += math.comb(i, a) * math.comb(j, b) * term
    return total / 2 ** (i + j)


@cache
def exact_relu_energy() -> Number:
    """E[(ReLU X − ReLU Y)²] as a sympy expression in Symbol("theta"), summed over the quadrants."""
    import sympy

    both = exact_quadrant_moment(2, 0) - 2 * exact_quadrant_moment(1, 1) + exact_quadrant_moment(0, 2)
    return sympy.expand(both + exact_quadrant_moment(2, 0, 1, -1) + exact_quadrant_moment(0, 2, -1, 1))


def rational_value(expression: Number) -> Fraction:
    """The Fraction that a sympy expression simplifies to. ValueError where it is no rational number."""
    import sympy

    value = sympy.cancel(expression)
    if not value.is_Rational:  # what takes longer
        value = sympy.simplify(value)
    reject(not value.is_Rational, "expected a rational number, got {}", value)
    return Fraction(int(value.p), int(value.q))
