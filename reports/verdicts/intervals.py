"""Intervals with exact rational ends, the one rule that turns two of them into a verdict, and how they are stored."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from verdicts.errors import CheckError

if TYPE_CHECKING:
    from collections.abc import Sequence

HOLDS: Final = "holds"
REFUTED: Final = "refuted"
INCONCLUSIVE: Final = "inconclusive"
NOT_RUN: Final = "not run"
MOST_BITS: Final = 10_000  # a double has 1074
MOST_DIGITS: Final = 20_000  # of an end as it is stored
SHOWN_DIGITS: Final = 17  # of an end that needs no more to keep its verdict
_END: Final = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,5})?")


@dataclass(frozen=True)
class Interval:
    """A set of real numbers between two exact ends; None is an infinite end."""

    lo: Fraction | None
    hi: Fraction | None
    lo_open: bool = False
    hi_open: bool = False

    def __post_init__(self) -> None:
        for name in ("lo", "hi"):
            end = getattr(self, name)
            if end is None or type(end) is Fraction:
                continue
            if (exact := exact_number(end)) is None:
                raise CheckError(f"an interval has exact ends (Fraction, or None for infinity), got {shortened(end)}")
            object.__setattr__(self, name, exact)
        if self.lo is not None and self.hi is not None and self.lo >= self.hi:
            if self.lo > self.hi:
                raise CheckError(f"an interval needs lo <= hi, got [{brief(self.lo)}, {brief(self.hi)}]")
            if self.lo_open or self.hi_open:
                raise CheckError(f"an interval of one point includes its ends, got {brief(self.lo)}")

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
    def closed(self) -> Interval:
        """This interval with its ends."""
        return Interval(self.lo, self.hi)

    @property
    def width(self) -> Fraction | None:
        """Hi − lo, or None where it is infinite."""
        return None if self.lo is None or self.hi is None else self.hi - self.lo

    def decimals(self, digits: int = SHOWN_DIGITS) -> list[str | None]:
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


def judge(accepted: Interval, computed: Interval) -> str:
    """The verdict of the rule; what holds on evidence that could not have refuted a neighbour is inconclusive."""
    verdict = decide(accepted, computed)
    return INCONCLUSIVE if verdict == HOLDS and resolution(accepted, computed) is None else verdict


def stored(accepted: Interval, computed: Interval) -> list[str | None]:
    """The ends of `computed` as the ledger keeps them: as few digits as give, read again, the same verdict.

    Beyond MOST_DIGITS the ends are a slightly wider enclosure, and the verdict is what follows from that.
    """
    computed = computed.closed
    verdict, kept, digits = judge(accepted, computed), shown(accepted, computed), SHOWN_DIGITS
    while judge(accepted, read_ends(ends := kept.decimals(digits))) != verdict and digits < MOST_DIGITS:
        digits *= 2
    return ends


def shown(accepted: Interval, computed: Interval) -> Interval:
    """The computed interval as a reader needs it: rounded outwards, as coarsely as the verdict allows.

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
    shifts = []
    if computed.hi is not None and accepted.lo is not None:
        shifts.append(computed.hi - accepted.lo)
    if computed.lo is not None and accepted.hi is not None:
        shifts.append(accepted.hi - computed.lo)
    return max(min(shifts), Fraction(0)) if shifts else None


def refutes_twin(accepted: Interval, computed: Interval) -> bool:
    """Whether the evidence refutes a statement whose value lies just outside its resolution."""
    least = resolution(accepted, computed)
    if least is None:
        return False
    step = least + max(least, Fraction(1)) / 10**12
    return any(decide(accepted.shifted(by), computed) == REFUTED for by in (step, -step))


def brief(value: Fraction) -> str:
    """A few digits of `value`, for messages."""
    return decimal(value, ROUND_FLOOR, 6)


def decimal(value: Fraction, rounding: str, digits: int) -> str:
    """`value` as a decimal string: exact where it terminates within 40 digits, else rounded to `digits` digits."""
    for precision in (40, digits):
        context = Context(prec=precision, rounding=rounding)
        quotient = context.divide(Decimal(value.numerator), Decimal(value.denominator))
        if Fraction(quotient) == value:
            break
    return _text(quotient)


def exact_decimal(value: Fraction) -> str | None:
    """`value` as the decimal string that equals it; None where that does not end, or not within MOST_DIGITS digits."""
    over, under = value.numerator, value.denominator
    most = 3 * MOST_DIGITS  # bits, and so not quite as many digits
    twos = (under & -under).bit_length() - 1
    fives = round((under >> twos).bit_length() / math.log2(5))
    places = max(twos, fives)
    if max(over.bit_length(), under.bit_length()) > most or places > MOST_DIGITS:
        return None
    scaled, rest = divmod(over * 10**places, under)
    if rest or scaled.bit_length() > most:
        return None
    context = Context(prec=2 * MOST_DIGITS)
    return _text(Decimal(scaled).scaleb(-places, context).normalize(context))


def _text(value: Decimal) -> str:
    plain = -12 <= value.adjusted() <= 20
    text = format(value, "f") if plain else str(value.normalize(Context(prec=2 * MOST_DIGITS)))
    return text.rstrip("0").rstrip(".") if "." in text and "E" not in text else text


def read_ends(ends: Sequence[str | None], is_open: Sequence[bool] = (False, False)) -> Interval:
    """The interval that two stored ends stand for. ValueError where they are none."""
    lo, hi = (None if end is None else _read_end(end) for end in ends)
    return Interval(lo, hi, lo is not None and is_open[0], hi is not None and is_open[1])


@lru_cache
def _read_end(text: str) -> Fraction:
    if len(text) > 2 * MOST_DIGITS or not _END.fullmatch(text):
        raise ValueError(f"expected a decimal string of at most {2 * MOST_DIGITS} characters, got {text[:40]!r}")
    return Fraction(Decimal(text))


def enclosure(value: Any) -> Interval:
    """The interval that a computed value stands for.

    Takes an Interval, an int, a Fraction, a pair of such (lower and upper end), or a number of python-flint (a ball
    that is not finite encloses everything). A float, a string and a truth value are refused: they enclose nothing.
    """
    if isinstance(value, Interval):
        return value
    if isinstance(value, tuple) and len(value) == 2:
        lower, upper = (enclosure(end) for end in value)
        return Interval(lower.lo, upper.hi)
    if (exact := exact_number(value)) is not None:
        return Interval(_bounded(exact, upper=False), _bounded(exact, upper=True))
    if hasattr(value, "lower") and hasattr(value, "upper") and hasattr(value, "is_finite"):
        if not value.is_finite():
            return EVERYTHING
        return Interval(_end(value.lower(), upper=False), _end(value.upper(), upper=True))
    raise CheckError(
        f"expected an enclosure (ball, Interval, Fraction, int or a pair of ends), "
        f"got {type(value).__name__}: {shortened(value)}"
    )


def exact_number(value: Any) -> Fraction | None:
    """`value` as a Fraction where it is an exact rational number: int, Fraction, or flint's fmpz and fmpq."""
    if isinstance(value, int | Fraction) and not isinstance(value, bool):
        return Fraction(value)
    if str(type(value).__module__).startswith("flint"):  # a function that sympy does not know has no module
        if type(value).__name__ == "fmpz":
            return Fraction(int(value))
        if type(value).__name__ == "fmpq":
            return Fraction(int(value.p), int(value.q))
    return None


def shortened(value: object, limit: int = 80) -> str:
    """The `repr` of anything on one short line, whatever its `repr` does."""
    try:
        text = " ".join(repr(value).split())
    except Exception as error:  # noqa: BLE001  an object under test, or an int of more digits than Python prints
        text = f"<{type(value).__name__} that cannot be shown: {type(error).__name__}>"
    return text if len(text) <= limit else f"{text[:limit]}…"


def _end(ball: Any, *, upper: bool) -> Fraction | None:
    """The exact rational value of an exact ball; beyond 2^±MOST_BITS a bound of it on the outer side."""
    mantissa, exponent = (int(part) for part in ball.man_exp())
    size = exponent + mantissa.bit_length()
    if mantissa and abs(size) > MOST_BITS:
        return _beyond(mantissa, size, upper=upper)
    return _bounded(mantissa * Fraction(2) ** exponent, upper=upper)


def _bounded(value: Fraction, *, upper: bool) -> Fraction | None:
    """`value` itself; where it is too long to work with, a bound of it on the outer side, to MOST_BITS bits."""
    over, under = value.numerator, value.denominator
    if over.bit_length() + under.bit_length() <= 10 * MOST_BITS:
        return value
    size = over.bit_length() - under.bit_length()
    if abs(size) > MOST_BITS:
        return _beyond(over, size, upper=upper)
    shift = MOST_BITS - size
    scaled = over << shift
    return Fraction(-(-scaled // under) if upper else scaled // under) / Fraction(2) ** shift


def _beyond(signed: int, size: int, *, upper: bool) -> Fraction | None:
    """A bound on the outer side of a number of that sign whose size is about 2^size."""
    sign, outwards = (1 if signed > 0 else -1), (signed > 0) == upper
    if size > 0:
        return None if outwards else sign * Fraction(2) ** (MOST_BITS - 1)
    return sign * Fraction(2) ** (1 - MOST_BITS) if outwards else Fraction(0)
