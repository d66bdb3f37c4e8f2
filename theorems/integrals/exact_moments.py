"""Moments of pre-activation pairs in exact arithmetic: fractions at finite width, symbolic expressions over quadrants.

The counterpart of `gaussian_integrals` for identities, which no ball can prove.
"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

from theorems.arithmetic.contexts import Number, reject
from theorems.arithmetic.domain import require_count

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

__all__ = [
    "exact_quadrant_moment",
    "exact_relu_energy",
    "flipped_pair_moments",
    "gaussian_moment",
    "nonvanishing",
    "normal_pair_moment",
    "rational_value",
]

MomentTable = dict[tuple[int, int], Fraction]


def gaussian_moment(order: int) -> Fraction:
    """E gᵏ of a standard normal g: 0 for odd k, (k − 1)!! for even k >= 0."""
    require_count(order, 0, "order")
    return Fraction(0) if order % 2 else Fraction(math.prod(range(1, order, 2)))


def flipped_pair_moments(
    x: Sequence[Fraction],
    flipped: Collection[int],
    order: int,
    weight_moment: Callable[[int], Fraction] = gaussian_moment,
) -> MomentTable:
    """E[Zⁱ Z′ʲ] for all i + j <= order, Z = Σ g_k x_k and Z′ the same with g_k → −g_k for k in `flipped`.

    x holds the n exact entries of the input, the g_k are independent copies of a weight with moments `weight_moment`
    (standard normal by default). ValueError for an empty x, an index outside it, or order < 1.
    """
    require_count(len(x), 1, "the number of entries")
    require_count(order, 1, "order")
    reject(not set(flipped) <= set(range(len(x))), f"flipped must be indices below {len(x)}, got {sorted(flipped)}")
    powers = [(i, j) for i in range(order + 1) for j in range(order + 1 - i)]
    table = {power: Fraction(power == (0, 0)) for power in powers}
    for k, entry in enumerate(x):
        sign = -1 if k in flipped else 1
        single = {(a, b): sign**b * weight_moment(a + b) * Fraction(entry) ** (a + b) for a, b in powers}
        table = {
            (i, j): sum(
                (
                    math.comb(i, a) * math.comb(j, b) * single[a, b] * table[i - a, j - b]
                    for a in range(i + 1)
                    for b in range(j + 1)
                    if (a + b) % 2 == 0
                ),
                Fraction(0),
            )
            for i, j in powers
        }
    return table


def normal_pair_moment(i: int, j: int, rho: Fraction) -> Fraction:
    """E[Xⁱ Yʲ] of a standard bivariate normal pair with correlation ρ, by Isserlis' theorem; i, j >= 0.

    A pairing with k mixed pairs contributes ρᵏ.
    """
    require_count(i, 0, "i")
    require_count(j, 0, "j")
    total = Fraction(0)
    for mixed in range(i % 2, min(i, j) + 1, 2):
        if (j - mixed) % 2 == 0:
            matchings = math.comb(i, mixed) * math.comb(j, mixed) * math.factorial(mixed)
            total += matchings * gaussian_moment(i - mixed) * gaussian_moment(j - mixed) * Fraction(rho) ** mixed
    return total


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


def nonvanishing(*expressions: Number) -> int:
    """How many of the sympy expressions do not simplify to zero: 0 proves them identities, another count nothing."""
    import sympy

    return sum(sympy.simplify(expression) != 0 for expression in expressions)


def rational_value(expression: Number) -> Fraction:
    """The Fraction that a sympy expression simplifies to. ValueError where it is no rational number."""
    import sympy

    value = sympy.simplify(expression)
    reject(not value.is_Rational, f"expected a rational number, got {value}")
    return Fraction(int(value.p), int(value.q))
