"""The field ℚ(κ, λ) with κ = √(2/π) and λ = √(1 − 2/π), so that π = 2/κ² and λ² = 1 − κ².

An element is (a + bλ)/d with polynomials a, b, d in κ over ℚ. As κ is transcendental, and 1 − κ² no square in ℚ(κ), it
is zero if and only if a = b = 0: the test for zero is exact.
"""

from __future__ import annotations

from fractions import Fraction

import flint

from theorems.arithmetic.contexts import BALL, Number

__all__ = ["KAPPA", "LAMBDA", "Constant", "constant", "exact_value"]

KAPPA, LAMBDA = "kappa", "lambda"
ZERO, ONE, K = flint.fmpq_poly([0]), flint.fmpq_poly([1]), flint.fmpq_poly([0, 1])
LAMBDA_SQUARED = ONE - K**2


class Constant:
    """(plain + along·λ)/below in lowest terms, `below` with the leading coefficient 1."""

    __slots__ = ("along", "below", "plain")

    def __init__(self, plain: flint.fmpq_poly, along: flint.fmpq_poly, below: flint.fmpq_poly) -> None:
        """ZeroDivisionError where `below` is zero."""
        if below.is_zero():
            raise ZeroDivisionError("no element of the field has the denominator zero")
        if not below.is_one():
            common = plain.gcd(along).gcd(below) * below.leading_coefficient()
            plain, along, below = plain // common, along // common, below // common
        self.plain, self.along, self.below = plain, along, below

    def __bool__(self) -> bool:
        return not (self.plain.is_zero() and self.along.is_zero())

    def __eq__(self, other: object) -> bool:
        other = constant(other)
        return bool(self.plain == other.plain and self.along == other.along and self.below == other.below)

    def __hash__(self) -> int:
        return hash(tuple(map(str, (self.plain, self.along, self.below))))

    def __neg__(self) -> Constant:
        return Constant(-self.plain, -self.along, self.below)

    def __add__(self, other: Number) -> Constant:
        other = constant(other)
        if self.below == other.below:
            return Constant(self.plain + other.plain, self.along + other.along, self.below)
        return Constant(
            self.plain * other.below + other.plain * self.below,
            self.along * other.below + other.along * self.below,
            self.below * other.below,
        )

    __radd__ = __add__

    def __sub__(self, other: Number) -> Constant:
        return self + -constant(other)

    def __rsub__(self, other: Number) -> Constant:
        return constant(other) - self

    def __mul__(self, other: Number) -> Constant:
        other = constant(other)
        return Constant(
            self.plain * other.plain + self.along * other.along * LAMBDA_SQUARED,
            self.plain * other.along + self.along * other.plain,
            self.below * other.below,
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> Constant:
        """The quotient, by (a + bλ)(a − bλ) = a² − b²λ²."""
        other = constant(other)
        norm = other.plain**2 - other.along**2 * LAMBDA_SQUARED
        return self * Constant(other.plain * other.below, -other.along * other.below, norm)

    def __rtruediv__(self, other: Number) -> Constant:
        return constant(other) / self


def constant(value: Number) -> Constant:
    """An int, a Fraction, a decimal string, KAPPA or LAMBDA as an element of the field."""
    if isinstance(value, Constant):
        return value
    if value == KAPPA:
        return Constant(K, ZERO, ONE)
    if value == LAMBDA:
        return Constant(ZERO, ONE, ONE)
    fraction = Fraction(value)
    return Constant(flint.fmpq_poly([flint.fmpq(fraction.numerator, fraction.denominator)]), ZERO, ONE)


def exact_value(element: Constant) -> Number:
    """An element as a Fraction where it is rational, else as a ball at the precision in force."""
    if element.along.is_zero() and element.plain.degree() <= 0 and element.below.is_one():
        rational = element.plain[0]
        return Fraction(int(rational.p), int(rational.q))
    square = 2 / BALL.pi
    plain, along, below = (
        flint.arb_poly(part)(square.sqrt()) for part in (element.plain, element.along, element.below)
    )
    return (plain + along * (1 - square).sqrt()) / below
