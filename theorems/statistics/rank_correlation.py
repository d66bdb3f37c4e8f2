"""Spearman's rank correlation: its exact value, its usual p-value, and its exact one."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from math import factorial, isqrt
from typing import TYPE_CHECKING, Any

from theorems.arithmetic.contexts import reject

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flint import arb

__all__ = ["approximate_p_value", "exact_p_value", "nearby_permutations", "spearman"]


def spearman(first: Sequence[Any], second: Sequence[Any]) -> Fraction:
    """Spearman's ρ of two samples without ties, 1 − 6 Σ d²/(n³ − n).

    ValueError where two values are equal, or the sizes differ or are below two.
    """
    n = len(first)
    reject(n != len(second) or n < 2, f"expected two samples of one size, got {n} and {len(second)} values")
    return 1 - Fraction(6 * sum((a - b) ** 2 for a, b in zip(_ranks(first), _ranks(second), strict=True)), n**3 - n)


def approximate_p_value(rho: Fraction, n: int) -> arb:
    """The two-sided p-value that treats t = ρ√((n − 2)/(1 − ρ²)) as Student's with n − 2 degrees of freedom.

    As a ball, by the incomplete beta function: I(1 − ρ²; (n − 2)/2, 1/2).
    """
    from flint import arb, fmpq

    reject(n < 3, f"Student's approximation needs three values, got {n}")
    outside = arb(fmpq(*(1 - rho**2).as_integer_ratio()))
    return outside.beta_lower(arb(n - 2) / 2, arb(1) / 2, regularized=True)


def exact_p_value(rho: Fraction, n: int) -> Fraction:
    """Twice the share of all orders whose ρ is at least this one; for positive ρ."""
    distance = (1 - rho) * (n**3 - n) / 6
    reject(rho <= 0 or distance.denominator != 1, f"{rho} is no positive rank correlation of {n} values")
    return Fraction(2 * nearby_permutations(n, distance.numerator), factorial(n))


def nearby_permutations(n: int, most: int) -> int:
    """How many permutations π of n have Σ (π(i) − i)² ≤ most.

    Exact, place by place: no image lies further than √most from its place, so that a window of used images suffices.
    The images left behind it are to be taken from the next place on, and what they add at least must leave room.
    """
    reach = isqrt(most)
    states = {(0, 0): 1}  # used images of the window from i − reach, as bits, and the sum so far
    for place in range(n):
        offsets = [offset for offset in range(-reach, reach + 1) if 0 <= place + offset < n]
        behind = [(1 << (offset + reach), (1 - offset) ** 2) for offset in offsets if offset <= 0]
        following: dict[tuple[int, int], int] = defaultdict(int)
        for (used, total), number in states.items():
            owed = sum(square for bit, square in behind if not used & bit)
            for offset in offsets:
                bit, least = 1 << (offset + reach), total + offset**2 + owed - (offset <= 0) * (1 - offset) ** 2
                if not used & bit and least <= most:
                    following[(used | bit) >> 1, total + offset**2] += number
        states = following
    return sum(states.values())


def _ranks(values: Sequence[Any]) -> list[int]:
    reject(len(set(values)) < len(values), "ranks without ties need values that differ")
    order = sorted(range(len(values)), key=values.__getitem__)
    ranks = [0] * len(values)
    for rank, index in enumerate(order, 1):
        ranks[index] = rank
    return ranks
