"""Power series with exact coefficients, for identities between coefficients that no ball can establish.

Coefficients lie in the field ℚ(κ, λ) of `exact_constants`. `EXACT` is a `Context` for the closed forms of Section 6 and
Appendix A, whose constants all lie in that field.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cached_property
from math import isqrt
from typing import Any

from theorems.arithmetic.contexts import BALL, Number, reject
from theorems.arithmetic.domain import require_count
from theorems.arithmetic.exact_constants import KAPPA, LAMBDA, Constant, constant, exact_value

__all__ = ["EXACT", "KAPPA", "LAMBDA", "ExactSeries", "exact_value", "leading_order"]

TERMS = 8  # truncation: coefficients of s⁰ to s⁷


class ExactSeries:
    """c₀ + c₁ s + … + O(s^len(coefficients)); comparisons are of the constant terms."""

    def __init__(self, coefficients: list[Constant]) -> None:
        self.coefficients = coefficients

    def __getitem__(self, order: int) -> Constant:
        """The coefficient of s**order; IndexError beyond the truncation."""
        return self.coefficients[order]

    def _with(self, other: Number) -> tuple[list[Constant], list[Constant]]:
        mine, theirs = self.coefficients, _series(other).coefficients
        length = min(len(mine), len(theirs))
        return mine[:length], theirs[:length]

    def __neg__(self) -> ExactSeries:
        return ExactSeries([-c for c in self.coefficients])

    def __add__(self, other: Number) -> ExactSeries:
        return ExactSeries([a + b for a, b in zip(*self._with(other), strict=True)])

    __radd__ = __add__

    def __sub__(self, other: Number) -> ExactSeries:
        return self + -_series(other)

    def __rsub__(self, other: Number) -> ExactSeries:
        return _series(other) - self

    def __mul__(self, other: Number) -> ExactSeries:
        a, b = self._with(other)
        zero = constant(0)
        return ExactSeries(
            [sum((a[i] * b[k - i] for i in range(k + 1) if a[i] and b[k - i]), zero) for k in range(len(a))]
        )

    __rmul__ = __mul__

    def __truediv__(self, other: Number) -> ExactSeries:
        """The quotient, after dropping as many leading zeros of both as the divisor has."""
        a, b = self._with(other)
        order = next((k for k, c in enumerate(b) if c), None)
        if order is None or any(a[:order]):
            raise ZeroDivisionError("the divisor vanishes to a higher order than the dividend")
        a, b = a[order:], b[order:]
        quotient: list[Constant] = []
        for k in range(len(a)):
            rest = sum((b[k - i] * quotient[i] for i in range(k) if b[k - i]), constant(0))
            quotient.append((a[k] - rest) / b[0])
        return ExactSeries(quotient)

    def __rtruediv__(self, other: Number) -> ExactSeries:
        return _series(other) / self

    def __pow__(self, exponent: int) -> ExactSeries:
        require_count(exponent, 0, "the exponent of an exact series")
        result = _series(1)
        for _ in range(exponent):
            result = result * self
        return result

    def __lt__(self, other: Number) -> bool:
        return bool(BALL.number(exact_value(self[0])) < _constant(other))

    def __gt__(self, other: Number) -> bool:
        return bool(BALL.number(exact_value(self[0])) > _constant(other))

    def __le__(self, other: Number) -> bool:
        return bool(BALL.number(exact_value(self[0])) <= _constant(other))

    def derivative(self) -> ExactSeries:
        """The derivative, one order shorter."""
        return ExactSeries([k * c for k, c in enumerate(self.coefficients)][1:])

    def integral(self) -> ExactSeries:
        """The antiderivative without constant term, one order longer."""
        return ExactSeries([constant(0), *(c / (k + 1) for k, c in enumerate(self.coefficients))])


def _series(value: Number) -> ExactSeries:
    """A number of this arithmetic as a series."""
    if isinstance(value, ExactSeries):
        return value
    return ExactSeries([constant(value)] + [constant(0)] * (TERMS - 1))


def leading_order(series: ExactSeries) -> int:
    """The k for which the series is exactly of the order sᵏ; its length where every known coefficient is zero."""
    nonzero = (k for k, coefficient in enumerate(series.coefficients) if coefficient)
    return next(nonzero, len(series.coefficients))


def _constant(value: Number) -> Number:
    return BALL.number(exact_value(value[0]) if isinstance(value, ExactSeries) else value)


class _Exact:
    """The arithmetic of `ExactSeries`; sine, arcsine and the like take series that vanish at 0."""

    name = "exact series"

    @cached_property
    def pi(self) -> ExactSeries:
        return _series(2) / _series(KAPPA) ** 2

    def number(self, value: Number) -> ExactSeries:
        """An exact constant (int, Fraction, decimal string, KAPPA or LAMBDA) as a series."""
        return _series(value)

    def variable(self) -> ExactSeries:
        """The series s."""
        return ExactSeries([constant(0), constant(1)] + [constant(0)] * (TERMS - 2))

    def sqrt(self, x: ExactSeries) -> ExactSeries:
        """The root of a series whose constant term is the square of κ, λ, or a rational number."""
        root = [_root(x[0])]
        for k in range(1, len(x.coefficients)):
            rest = sum((root[i] * root[k - i] for i in range(1, k)), constant(0))
            root.append((x[k] - rest) / (2 * root[0]))
        return ExactSeries(root)

    def asin(self, x: ExactSeries) -> ExactSeries:
        _require_vanishing(x)
        return (x.derivative() / self.sqrt(1 - x**2)).integral()

    def atan(self, x: ExactSeries) -> ExactSeries:
        _require_vanishing(x)
        return (x.derivative() / (1 + x**2)).integral()

    def sin(self, x: ExactSeries) -> ExactSeries:
        return self._sine_and_cosine(x)[0]

    def cos(self, x: ExactSeries) -> ExactSeries:
        return self._sine_and_cosine(x)[1]

    def _sine_and_cosine(self, x: ExactSeries) -> tuple[ExactSeries, ExactSeries]:
        _require_vanishing(x)
        sine, cosine, term = self.number(0), self.number(1), self.number(1)
        for k in range(1, TERMS):
            term = term * x / k
            signed = -term if k % 4 in (2, 3) else term
            sine, cosine = (sine + signed, cosine) if k % 2 else (sine, cosine + signed)
        return sine, cosine


def _require_vanishing(x: ExactSeries) -> None:
    reject(bool(x[0]), "expected a series that vanishes at 0")


def _root(square: Constant) -> Constant:
    for unit in map(constant, (1, KAPPA, LAMBDA)):
        rational = exact_value(square / (unit * unit))
        if isinstance(rational, Fraction) and rational > 0:
            root = Fraction(isqrt(rational.numerator), isqrt(rational.denominator))
            if root**2 == rational:
                return root * unit
    raise ValueError("expected a constant term that is the square of κ, λ or a rational number")


EXACT: Any = _Exact()
