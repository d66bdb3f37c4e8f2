"""Bounds on E cos² of magnitudes under random signs, for every law by its moments, and a law on which each is tried.

With S = Σw² and T = Σw⁴ it is E[T/S²]: where S ≥ (1 − ε)nμ₂ it is at most E T/((1 − ε)nμ₂)², elsewhere Pr(S <
(1 − ε)nμ₂), as T ≤ S². The leading order is μ₄/(nμ₂²).
"""

from fractions import Fraction
from functools import reduce
from typing import NamedTuple

from verdicts import instances

from theorems.arithmetic.contexts import BALL
from theorems.weight_laws import WeightLaw


def share_inside(epsilon):
    """Bounds E[T/S²; S ≥ (1 − ε)nμ₂], over the leading order."""
    return 1 / (1 - epsilon) ** 2


def tail_exponent(second, fourth, n, epsilon):
    """x in Pr(S < (1 − ε)nμ₂) ≤ exp(−x) ≤ 2/x², by E exp(−λw²) ≤ exp(−λμ₂ + λ²μ₄/2) at Chernoff's λ = εμ₂/μ₄."""
    rate = epsilon * second / fourth
    return n * (rate * second - rate**2 * fourth / 2 - rate * (1 - epsilon) * second)


class TwoMagnitudes(NamedTuple):
    """|w| is `large` with probability `chance` and 1 otherwise."""

    large: int
    chance: Fraction

    def law(self):
        def moment(order, _):
            return BALL.number(1 - self.chance + self.chance * self.large**order)

        return WeightLaw(f"magnitudes 1 and {self.large}", moment)

    def mean(self, function, n):
        """E f(S, T), a ball, from the binomial law of how many of the n magnitudes are large."""
        odds, mass = BALL.number(self.chance / (1 - self.chance)), BALL.number(1 - self.chance) ** n
        total = BALL.number(0)
        for k in range(n + 1):
            total += mass * function(*(BALL.number(n + k * (self.large**order - 1)) for order in (2, 4)))
            mass = mass * odds * (n - k) / (k + 1)
        return total

    def random_sign_energy(self, n):
        return self.mean(lambda energy, squares: squares / energy**2, n)


def least_of(margin, points, method):
    """The least margin over some points as one value, which more digits decide where one point fails."""

    def least(*points):
        return reduce(lambda found, each: found.min(each), map(margin, points))

    return instances(least, at=[tuple(points)], method=f"the least of {len(points)}: {method}")
