"""Intervals with exact rational ends, and the one function that turns two of them into a verdict."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from typing import Any, Final

HOLDS: Final = "holds"
REFUTED: Final = "refuted"
INCONCLUSIVE: Final = "inconclusive"
NOT_RUN: Final = "not run"
WORST_FIRST: Final = (REFUTED, INCONCLUSIVE, NOT_RUN, HOLDS)
MOST_BITS: Final = 10_000  # a double has 1074


@dataclass(frozen=True)
class Interval:
    """A set of real numbers between two exact ends; None is an infinite end."""

    lo: Fraction | None
    hi: Fraction | None
    lo_open: bool = False
    hi_open: bool = False

    def __post_init__(self) -> None:
        if self.lo is not None and self.hi is not None:
            if self.lo > self.hi:
                raise ValueError(f"an interval needs lo <= hi, got [{self.lo}, {self.hi}]")
            if self.lo == self.hi and (self.lo_open or self.hi_open):
                raise ValueError(f"an interval of one point includes its ends, got {self.lo}")

    def contains(self, other: Interval) -> bool:
        """Whether every point of `other` lies in this interval."""
        above = self.lo is None or (
            other.lo is not None
            and (other.lo > self.lo or (other.lo == self.lo and (other.lo_open or not self.lo_open)))
        )
        below = self.hi is None or (
            other.hi is not None
            and (other.hi < self.hi or (other.hi == self.hi and (other.hi_open or not self.hi_open)))
        )
        return above and below

    def is_left_of(self, other: Interval) -> bool:
        """Whether every point of this interval lies strictly below every point of `other`."""
        if self.hi is None or other.lo is None:
            return False
        return self.hi < other.lo or (self.hi == other.lo and (self.hi_open or other.lo_open))

    def shifted(self, by: Fraction) -> Interval:
        """This interval moved by `by`."""
        lo = None if self.lo is None else self.lo + by
        hi = None if self.hi is None else self.hi + by
        return Interval(lo, hi, self.lo_open, self.hi_open)

    def rounded_outwards(self, digits: int) -> Interval:
        """A slightly larger interval whose ends are decimals, rounded at the `digits`-th digit of its width."""
        if self.lo is None or self.hi is None or self.lo == self.hi:
            return self
        width = self.hi - self.lo
        quotient = Context(prec=20, rounding=ROUND_FLOOR).divide(Decimal(width.numerator), Decimal(width.denominator))
        unit = Fraction(10) ** (quotient.adjusted() - digits + 1)
        return Interval(math.floor(self.lo / unit) * unit, math.ceil(self.hi / unit) * unit)

    @property
    def width(self) -> Fraction | None:
        """Hi − lo, or None where it is infinite."""
        return None if self.lo is None or self.hi is None else self.hi - self.lo

    def decimals(self, digits: int = 17) -> list[str | None]:
        """Both ends as decimal strings, rounded outwards where they do not terminate within `digits` digits."""
        return [
            None if self.lo is None else decimal(self.lo, ROUND_FLOOR, digits),
            None if self.hi is None else decimal(self.hi, ROUND_CEILING, digits),
        ]


EVERYTHING: Final = Interval(None, None)


def decide(accepted: Interval, computed: Interval) -> str:
    """The verdict: computed inside accepted holds, disjoint from it is refuted, anything else is inconclusive."""
    if accepted.contains(computed):
        return HOLDS
    if accepted.is_left_of(computed) or computed.is_left_of(accepted):
        return REFUTED
    return INCONCLUSIVE


def shown(accepted: Interval, computed: Interval) -> Interval:
    """The computed interval as the ledger keeps it: rounded outwards, as coarsely as the verdict allows.

    The last bits of a ball depend on what its library has cached, and so on the tests that ran before in the same
    process; a ledger must not.
    """
    verdict = decide(accepted, computed)
    for digits in (3, 6, 12):
        coarse = computed.rounded_outwards(digits)
        if decide(accepted, coarse) == verdict:
            return coarse
    return computed


def resolution(accepted: Interval, computed: Interval) -> Fraction | None:
    """The smallest change of the stated value that this evidence would have refuted.

    It is the least |shift| past which the shifted `accepted` is disjoint from `computed`: 0 for a refuted claim, None
    where no shift would do.
    """
    if decide(accepted, computed) == REFUTED:
        return Fraction(0)
    shifts = []
    if computed.hi is not None and accepted.lo is not None:
        shifts.append(computed.hi - accepted.lo)
    if computed.lo is not None and accepted.hi is not None:
        shifts.append(accepted.hi - computed.lo)
    return min(shifts, default=None)


def refutes_twin(accepted: Interval, computed: Interval) -> bool:
    """Whether the evidence refutes a statement whose value lies just outside its resolution."""
    least = resolution(accepted, computed)
    if least is None:
        return False
    step = least + max(least, Fraction(1)) / 10**12
    return REFUTED in (decide(accepted.shifted(step), computed), decide(accepted.shifted(-step), computed))


def worst(verdicts: Iterable[str]) -> str:
    """The worst verdict in the order refuted, inconclusive, not run, holds; not run where there is none."""
    return min(verdicts, key=WORST_FIRST.index, default=NOT_RUN)


def decimal(value: Fraction, rounding: str, digits: int) -> str:
    """`value` as a decimal string: exact where it terminates within 40 digits, else rounded to `digits` digits."""
    for precision in (40, digits):
        context = Context(prec=precision, rounding=rounding)
        quotient = context.divide(Decimal(value.numerator), Decimal(value.denominator))
        if Fraction(quotient) == value and len(quotient.as_tuple().digits) <= 40:
            break
    text = format(quotient, "f") if -12 <= quotient.adjusted() <= 20 else str(quotient)
    return text.rstrip("0").rstrip(".") if "." in text and "E" not in text else text


def enclosure(value: Any) -> Interval:
    """The interval that a computed value stands for.

    Takes an Interval, an int, a Fraction, a decimal string, a pair of such (lower and upper end), or a ball of
    python-flint (a ball that is not finite encloses everything). A float is refused: it is no enclosure of anything.
    """
    if isinstance(value, Interval):
        return value
    if isinstance(value, tuple) and len(value) == 2:
        lower, upper = (enclosure(end) for end in value)
        return Interval(lower.lo, upper.hi)
    if isinstance(value, int | Fraction | str):
        exact = Fraction(value)
        return Interval(exact, exact)
    if hasattr(value, "lower") and hasattr(value, "upper"):
        if not value.is_finite():
            return EVERYTHING
        return Interval(_end(value.lower(), upper=False), _end(value.upper(), upper=True))
    raise ValueError(
        f"expected an enclosure (ball, Interval, Fraction, int, decimal string or a pair of ends), "
        f"got {type(value).__name__}: {value!r}"
    )


def _end(ball: Any, *, upper: bool) -> Fraction | None:
    """The exact rational value of an exact ball; beyond 2^±MOST_BITS a bound of it on the outer side."""
    mantissa, exponent = (int(part) for part in ball.man_exp())
    size = exponent + mantissa.bit_length()
    if mantissa == 0 or abs(size) <= MOST_BITS:
        return mantissa * Fraction(2) ** exponent
    sign, outwards = (1 if mantissa > 0 else -1), (mantissa > 0) == upper
    if size > 0:
        return None if outwards else sign * Fraction(2) ** MOST_BITS
    return sign * Fraction(2) ** -MOST_BITS if outwards else Fraction(0)
