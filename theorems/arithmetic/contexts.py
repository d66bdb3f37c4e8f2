"""Interchangeable arithmetics: one formula, evaluated in floats, in mpmath, in balls or in power series.

A closed form is written once against the functions of a `Context` and takes the context as its last argument:

    def energy(rho, ctx=FLOAT):
        rho = ctx.number(rho)
        return 1 - rho + (rho * ctx.acos(rho) - ctx.sqrt(1 - rho**2)) / ctx.pi

`energy(0.5)` is a float, `energy("0.5", MP)` an mpf, `energy("0.5", BALL)` a ball that contains the true value, and
`energy(1 - SERIES.variable("0.5"), SERIES)` a Taylor expansion whose coefficients are balls.

Decimal strings, integers and fractions are converted exactly (enclosed, in the ball contexts); a float stands for the
binary number that it is.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache, wraps
from operator import methodcaller
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import flint
import mpmath

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BALL", "FLOAT", "MP", "SERIES", "Context", "Number", "kept_at_each_precision", "reject"]

F = TypeVar("F", bound="Callable[..., Any]")

# float, mpf, arb or arb_series, and whatever `Context.number` converts into one.
Number = Any


class Context(Protocol):
    """What a formula may ask of its arithmetic. Angles are in radians."""

    name: str

    @property
    def pi(self) -> Number: ...
    def number(self, value: Number) -> Number:
        """`value` (float, int, Fraction, decimal string, or a number of this context) in this arithmetic."""

    def sqrt(self, x: Number) -> Number: ...
    def exp(self, x: Number) -> Number: ...
    def log(self, x: Number) -> Number: ...
    def sin(self, x: Number) -> Number: ...
    def cos(self, x: Number) -> Number: ...
    def asin(self, x: Number) -> Number: ...
    def acos(self, x: Number) -> Number: ...
    def atan(self, x: Number) -> Number: ...
    def erf(self, x: Number) -> Number: ...
    def gamma(self, x: Number) -> Number: ...


class _Float:
    """Hardware doubles."""

    name = "float"
    pi = math.pi
    sqrt = staticmethod(math.sqrt)
    exp = staticmethod(math.exp)
    log = staticmethod(math.log)
    sin = staticmethod(math.sin)
    cos = staticmethod(math.cos)
    asin = staticmethod(math.asin)
    acos = staticmethod(math.acos)
    atan = staticmethod(math.atan)
    erf = staticmethod(math.erf)
    gamma = staticmethod(math.gamma)

    def number(self, value: Number) -> float:
        return float(Fraction(value)) if isinstance(value, str) else float(value)


class _Mpmath:
    """mpmath at its current precision (`mpmath.mp.dps`)."""

    name = "mpmath"
    sqrt = staticmethod(mpmath.sqrt)
    exp = staticmethod(mpmath.exp)
    log = staticmethod(mpmath.log)
    sin = staticmethod(mpmath.sin)
    cos = staticmethod(mpmath.cos)
    asin = staticmethod(mpmath.asin)
    acos = staticmethod(mpmath.acos)
    atan = staticmethod(mpmath.atan)
    erf = staticmethod(mpmath.erf)
    gamma = staticmethod(mpmath.gamma)

    @property
    def pi(self) -> Number:
        return +mpmath.pi

    def number(self, value: Number) -> Number:
        if isinstance(value, str):
            value = Fraction(value)
        if isinstance(value, Fraction):
            return mpmath.mpf(value.numerator) / value.denominator
        return mpmath.mpf(value)


class _Ball:
    """Balls of python-flint (`arb`) at the current precision (`flint.ctx`): every result contains the true value."""

    name = "ball"

    @property
    def pi(self) -> flint.arb:
        return flint.arb.pi()

    def number(self, value: Number) -> flint.arb:
        if isinstance(value, flint.arb):
            return value
        if isinstance(value, str):
            value = Fraction(value)
        if isinstance(value, Fraction):
            return flint.arb(flint.fmpq(value.numerator, value.denominator))
        return flint.arb(value)

    sqrt = staticmethod(methodcaller("sqrt"))
    exp = staticmethod(methodcaller("exp"))
    log = staticmethod(methodcaller("log"))
    sin = staticmethod(methodcaller("sin"))
    cos = staticmethod(methodcaller("cos"))
    asin = staticmethod(methodcaller("asin"))
    acos = staticmethod(methodcaller("acos"))
    atan = staticmethod(methodcaller("atan"))
    erf = staticmethod(methodcaller("erf"))
    gamma = staticmethod(methodcaller("gamma"))


class _Series(_Ball):
    """Truncated power series with ball coefficients (`arb_series`), for expansions with rigorous coefficients.

    The coefficient of order k of `f(SERIES.variable(t0))` encloses f⁽ᵏ⁾(t0)/k!. With a wide ball t0 it encloses
    f⁽ᵏ⁾/k! over that whole interval, which is Lagrange's remainder. The length is `flint.ctx.cap` (10 by default).
    """

    name = "series"

    @property
    def pi(self) -> Number:
        return self.number(flint.arb.pi())

    def number(self, value: Number) -> Number:
        return value if isinstance(value, flint.arb_series) else flint.arb_series([BALL.number(value)])

    def variable(self, centre: Number = 0) -> Number:
        """The series centre + t."""
        return flint.arb_series([BALL.number(centre), 1])


FLOAT = _Float()
MP = _Mpmath()
BALL = _Ball()
SERIES = _Series()


def reject(outside: bool, message: str, *values: object) -> None:  # noqa: FBT001  a condition first, as in `assert`
    """Raise ValueError, `message` with the values in its braces, where an argument is certainly outside its domain.

    Values are given apart where their digits take long to write.

    `outside` is the certain statement (`rho < -1 or rho > 1`): a ball that overlaps the edge makes it False and passes.
    """
    if outside:
        raise ValueError(message.format(*values) if values else message)


def kept_at_each_precision(function: F) -> F:
    """`functools.cache` for a function whose balls depend on the precision in force.

    Of exact arguments, and of objects that are equal to themselves alone. What is asked of an inexact ball is not kept.
    """
    known = cache(lambda _, arguments: function(*arguments))

    @wraps(function)
    def at_precision(*arguments: Any) -> Any:
        if any(isinstance(each, flint.arb) and not each.is_exact() for each in arguments):
            return function(*arguments)
        return known(flint.ctx.prec, arguments)

    return cast("F", at_precision)
