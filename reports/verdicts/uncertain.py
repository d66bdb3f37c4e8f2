"""Numbers that lie somewhere in an interval, with their slopes in each input: exact ends, infinite ones at poles."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verdicts.errors import CheckError
from verdicts.intervals import EVERYTHING, Interval, enclosure

if TYPE_CHECKING:
    from collections.abc import Callable

BITS = 128  # of the balls that enclose roots, exponentials and logarithms
ZERO = Interval(Fraction(0), Fraction(0))


class UndecidedError(ArithmeticError):
    """The inputs decide which of two numbers is the smaller, or whether a number is real."""


@dataclass(frozen=True, eq=False)
class Uncertain:
    """A value that depends on inputs, each of which lies somewhere in its interval."""

    value: Interval
    slopes: tuple[Interval, ...]
    "enclosures of the partial derivatives"
    smooth: bool = True
    "whether it is finite and has these derivatives on the whole box"

    @classmethod
    def variable(cls, side: Interval, index: int, inputs: int) -> Uncertain:
        """The input of that index."""
        one = Interval(Fraction(1), Fraction(1))
        return cls(side, tuple(one if i == index else ZERO for i in range(inputs)))

    @classmethod
    def constant(cls, value: Interval, inputs: int) -> Uncertain:
        """A number that depends on no input."""
        return cls(value, (ZERO,) * inputs, value.width is not None)

    def _other(self, other: Any) -> Uncertain:
        return other if isinstance(other, Uncertain) else Uncertain.constant(enclosure(other), len(self.slopes))

    def _through(self, value: Interval, slope: Interval) -> Uncertain:
        """A function of this number, by the chain rule."""
        slopes = tuple(_times(slope, each) for each in self.slopes)
        return Uncertain(value, slopes, self.smooth and value.width is not None)

    def __neg__(self) -> Uncertain:
        return Uncertain(_negative(self.value), tuple(map(_negative, self.slopes)), self.smooth)

    def __pos__(self) -> Uncertain:
        return self

    def __abs__(self) -> Uncertain:
        lo, hi = self.value.lo, self.value.hi
        if lo is not None and lo >= 0:
            return self
        if hi is not None and hi <= 0:
            return -self
        size = None if lo is None or hi is None else max(-lo, hi)
        return self._through(Interval(Fraction(0), size), Interval(Fraction(-1), Fraction(1)))

    def __add__(self, other: Any) -> Uncertain:
        other = self._other(other)
        slopes = tuple(map(_plus, self.slopes, other.slopes))
        return Uncertain(_plus(self.value, other.value), slopes, self.smooth and other.smooth)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Uncertain:
        return self + -self._other(other)

    def __rsub__(self, other: Any) -> Uncertain:
        return self._other(other) - self

    def __mul__(self, other: Any) -> Uncertain:
        squared = other is self
        if squared:
            return self.__pow__(2)
        factor = self._other(other)
        slopes = tuple(
            _plus(_times(factor.value, mine), _times(self.value, theirs))
            for mine, theirs in zip(self.slopes, factor.slopes, strict=True)
        )
        return Uncertain(_times(self.value, factor.value), slopes, self.smooth and factor.smooth)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Uncertain:
        return self * Uncertain._inverse(self._other(other))

    def __rtruediv__(self, other: Any) -> Uncertain:
        return self._other(other) / self

    def _inverse(self) -> Uncertain:
        inverse = _inverse(self.value)
        return self._through(inverse, _negative(_power(inverse, 2)))

    def __pow__(self, exponent: int) -> Uncertain:
        if isinstance(exponent, bool) or not isinstance(exponent, int):
            raise CheckError(f"expected a whole power, got {exponent!r}; a root is .sqrt()")
        if exponent < 0:
            return self.__pow__(-exponent)._inverse()
        slope = _times(Interval(Fraction(exponent), Fraction(exponent)), _power(self.value, max(exponent - 1, 0)))
        return self._through(_power(self.value, exponent), slope)

    def sqrt(self) -> Uncertain:
        """The square root. UndecidedError where it may not be real on the whole box."""
        root = _rising(self.value, Fraction(0), lambda ball: ball.sqrt())
        return self._through(root, _times(Interval(Fraction(1, 2), Fraction(1, 2)), _inverse(root)))

    def exp(self) -> Uncertain:
        """The exponential."""
        power = _rising(self.value, None, lambda ball: ball.exp())
        return self._through(power, power)

    def log(self) -> Uncertain:
        """The natural logarithm. UndecidedError where it may not be real on the whole box."""
        return self._through(_rising(self.value, Fraction(0), lambda ball: ball.log()), _inverse(self.value))

    def _is_below(self, other: Any, *, or_equal: bool) -> bool:
        mine, theirs = self.value, self._other(other).value
        if mine.is_left_of(theirs):
            return True
        if theirs.is_left_of(mine):
            return False
        if mine == theirs and mine.width == 0:
            return or_equal
        raise UndecidedError("the inputs decide which of two numbers is the smaller")

    def __eq__(self, other: object) -> bool:
        mine, theirs = self.value, self._other(other).value
        if mine.is_left_of(theirs) or theirs.is_left_of(mine):
            return False
        return self._is_below(other, or_equal=True)

    def __bool__(self) -> bool:
        return self != 0

    __hash__ = None  # type: ignore[assignment]

    def __lt__(self, other: Any) -> bool:
        return self._is_below(other, or_equal=False)

    def __le__(self, other: Any) -> bool:
        return self._is_below(other, or_equal=True)

    def __gt__(self, other: Any) -> bool:
        return not self._is_below(other, or_equal=True)

    def __ge__(self, other: Any) -> bool:
        return not self._is_below(other, or_equal=False)


def _negative(part: Interval) -> Interval:
    return Interval(None if part.hi is None else -part.hi, None if part.lo is None else -part.lo)


def _plus(one: Interval, other: Interval) -> Interval:
    return Interval(
        None if one.lo is None or other.lo is None else one.lo + other.lo,
        None if one.hi is None or other.hi is None else one.hi + other.hi,
    )


def _times(one: Interval, other: Interval) -> Interval:
    """All products; an infinite end times 0 is 0, since no infinite value is taken."""
    if ZERO in (one, other):
        return ZERO
    if one.width is not None and other.width is not None:
        products = [x * y for x in (one.lo, one.hi) for y in (other.lo, other.hi)]  # type: ignore[operator]
        return Interval(min(products), max(products))
    lows, highs = [], []
    for x, at_x in ((one.lo, -1), (one.hi, 1)):
        for y, at_y in ((other.lo, -1), (other.hi, 1)):
            sign = _sign(x, at_x) * _sign(y, at_y)
            product = Fraction(0) if sign == 0 else None if x is None or y is None else x * y
            if product is not None or sign < 0:
                lows.append(product)
            if product is not None or sign > 0:
                highs.append(product)
    return Interval(
        None if None in lows else min(lows),  # type: ignore[type-var]
        None if None in highs else max(highs),  # type: ignore[type-var]
    )


def _sign(end: Fraction | None, where: int) -> int:
    return where if end is None else (end > 0) - (end < 0)


def _inverse(part: Interval) -> Interval:
    """All reciprocals; with 0 inside they are everything, with 0 at an end they reach infinity."""
    lo, hi = part.lo, part.hi
    if (lo is None or lo < 0) and (hi is None or hi > 0):
        return EVERYTHING
    return Interval(_reciprocal(hi), _reciprocal(lo))


def _reciprocal(end: Fraction | None) -> Fraction | None:
    """That of an end: infinite, which is None, at 0, and 0 at infinity."""
    return Fraction(0) if end is None else 1 / end if end else None


def _power(part: Interval, exponent: int) -> Interval:
    if exponent == 0:
        return Interval(Fraction(1), Fraction(1))
    lo, hi = (None if end is None else end**exponent for end in (part.lo, part.hi))
    if exponent % 2 or (part.lo is not None and part.lo >= 0):
        return Interval(lo, hi)
    if part.hi is not None and part.hi <= 0:
        return Interval(hi, lo)
    return Interval(Fraction(0), None if lo is None or hi is None else max(lo, hi))


def _rising(part: Interval, least: Fraction | None, function: Callable[[Any], Any]) -> Interval:
    """The range of a rising function. UndecidedError where the part may reach below its domain, which ends at `least`.

    What is made of such a value would look known: 0 times it, its 0th power.
    """
    import flint

    lo, hi = part.lo, part.hi
    if least is not None and (lo is None or lo < least):
        raise UndecidedError("the inputs decide whether a root or a logarithm is real")
    if lo is None or hi is None:
        return EVERYTHING
    with flint.ctx.workprec(BITS):
        low, high = (enclosure(function(flint.arb(flint.fmpq(x.numerator, x.denominator)))) for x in (lo, hi))
    return Interval(low.lo, high.hi)
