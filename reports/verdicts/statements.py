"""What a claim's own words accept: printed numbers, bounds, and declared margins, as sets of real numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from numbers import Rational
from typing import Final

from verdicts.intervals import Interval, brief, exact_decimal, shortened

__all__ = [
    "Accepted",
    "StatementError",
    "about",
    "at_least",
    "at_most",
    "between",
    "exactly",
    "less_than",
    "more_than",
    "power_of_ten",
    "printed",
    "replicated",
    "truncated",
]

MOST_CHARACTERS: Final = 2_000  # of a printed number
MOST_EXPONENT: Final = 2_000
MOST_DEVIATIONS: Final = 6  # of its own standard deviations that a random outcome may lie off
HALF_DECADE: Final = Fraction("3.16227766")  # √10
NUMBER: Final = re.compile(
    r"(?P<sign>[+-]?)"
    r"(?:(?P<digits>[1-9][0-9]{0,2}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)"
    r"(?:[eE](?P<e>[+-]?[0-9]+)| ?(?:×|\\times|\\cdot|·) ?10\^(?P<times>[+-]?[0-9]+))?"
    r"|10\^(?P<alone>[+-]?[0-9]+))"
    r"(?P<percent> ?%)?"
)
_SUPERSCRIPTS: Final = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")


class StatementError(ValueError):
    """A claim is stated in a form that cannot be read."""


@dataclass(frozen=True)
class Accepted:
    """The set of values for which a claim's words are true. Its ends are stored, and so are decimals that end."""

    stated: str
    "the words or digits as the paper prints them"
    interval: Interval
    unit: Fraction | None = None
    "one unit of the last printed digit, where the statement is a printed number"
    because: str = ""
    "why this margin, where the words alone do not fix one"
    printed: tuple[str, ...] = ()
    "the exact strings that it was made from"

    def __post_init__(self) -> None:
        if not isinstance(self.stated, str) or not isinstance(self.because, str):
            raise StatementError(
                f"stated and because are strings, got {shortened(self.stated)} and {shortened(self.because)}"
            )
        for end in (self.interval.lo, self.interval.hi):
            if end is not None and exact_decimal(end) is None:
                raise StatementError(
                    f"{shortened(self.stated)}: {shortened(end)} is no decimal that ends, and could not be stored "
                    f"exactly: state the difference from it (identity(…), exactly(0)) or a multiple"
                )

    @property
    def ends(self) -> list[str | None]:
        """Both ends as decimal strings, exactly."""
        return [None if end is None else exact_decimal(end) for end in (self.interval.lo, self.interval.hi)]


@dataclass(frozen=True)
class Printed:
    """A number as the paper prints it."""

    value: Fraction
    unit: Fraction
    "one unit of its last digit"
    negative: bool
    "whether it carries a minus sign, which a zero may"
    bare: bool
    "whether it is a power of ten without digits of its own"


def printed(text: str, stated: str = "") -> Accepted:
    r"""The rounding interval of a printed number, ends included: `2.610` accepts [2.6095, 2.6105].

    Trailing zeros count. Thousands separators, powers of ten (`5e-4`, `5×10⁻⁴`, `5 \times 10^{-4}`) and a percent sign
    (divides by 100) are understood. `stated` replaces the digits in the report. StatementError where `text` is no
    printed number.
    """
    number = _with_digits(text)
    half = number.unit / 2
    return Accepted(stated or text, Interval(number.value - half, number.value + half), number.unit, printed=(text,))


def truncated(text: str, stated: str = "") -> Accepted:
    """The values whose digits, cut off instead of rounded, are those printed: `0.365` accepts [0.365, 0.366).

    A negative number is cut off towards zero, and a zero without a sign may stand for either.
    """
    number = _with_digits(text)
    value, unit = number.value, number.unit
    if number.negative:
        interval = Interval(value - unit, value, lo_open=True)
    elif value == 0 and not text.startswith("+"):
        interval = Interval(-unit, unit, lo_open=True, hi_open=True)
    else:
        interval = Interval(value, value + unit, hi_open=True)
    return Accepted(stated or f"{text}…", interval, unit, printed=(text,))


def power_of_ten(
    text: str, stated: str = "", because: str = "an order of magnitude: half a decade to either side, √10 as 3.16227766"
) -> Accepted:
    """An order of magnitude: `1e-5` accepts from 0.316…·10⁻⁵ to 3.16…·10⁻⁵."""
    value = parse(text).value
    if not re.fullmatch(r"10*(/10*)?", str(value)):
        raise StatementError(f"expected a power of ten such as '1e-5' or '10⁻⁵', got {text!r}")
    interval = Interval(value * HALF_DECADE / 10, value * HALF_DECADE)
    return Accepted(stated or f"order of {text}", interval, None, because, (text,))


def about(text: str, margin: str, because: str, stated: str = "") -> Accepted:
    """`~10×` and the like: within ± `margin` of the number, for a declared one-line reason.

    A margin with a percent sign is relative to the number.
    """
    number = parse(text)
    if not because:
        raise StatementError(f"the margin {margin!r} around {text!r} needs a reason (because=…)")
    width = parse(margin).value
    if margin.endswith("%"):
        width *= abs(number.value)
    if width <= 0:
        raise StatementError(f"a margin is above 0, got {margin!r} around {text!r}; 0 has no margin in percent")
    interval = Interval(number.value - width, number.value + width)
    return Accepted(stated or f"~{text}", interval, number.unit, because, (text,))


def replicated(text: str, stated: str = "") -> Accepted:
    """A printed outcome of a random experiment: accepts what lies within six of its own standard deviations.

    The value to hold against it is how far the printed number lies from the outcome that the experiment is expected to
    have, in standard deviations of that outcome; 0 where it rounds to the number. `text` is the number as printed.
    """
    parse(text)
    width = Fraction(MOST_DEVIATIONS)
    because = "a repetition leaves six standard deviations twice in a thousand million times, were its law normal"
    said = stated or f"{text} (measured), within six standard deviations"
    return Accepted(said, Interval(-width, width), None, because, (text,))


def at_most(text: str, stated: str = "") -> Accepted:
    """The half-line up to and including the number."""
    number = parse(text)
    return Accepted(stated or f"≤ {text}", Interval(None, number.value), number.unit, printed=(text,))


def at_least(text: str, stated: str = "") -> Accepted:
    """The half-line from the number, included, upwards."""
    number = parse(text)
    return Accepted(stated or f"≥ {text}", Interval(number.value, None), number.unit, printed=(text,))


def less_than(text: str, stated: str = "") -> Accepted:
    """The open half-line below the number."""
    number = parse(text)
    return Accepted(stated or f"< {text}", Interval(None, number.value, hi_open=True), number.unit, printed=(text,))


def more_than(text: str, stated: str = "") -> Accepted:
    """The open half-line above the number."""
    number = parse(text)
    return Accepted(stated or f"> {text}", Interval(number.value, None, lo_open=True), number.unit, printed=(text,))


def between(low: str, high: str, stated: str = "", because: str = "") -> Accepted:
    """The closed interval that the words name ("within 1–6%": `between("1%", "6%")`).

    With a reason it is a declared margin, and its ends are not the paper's.
    """
    lo, hi = parse(low), parse(high)
    if lo.value > hi.value:
        raise StatementError(f"between expects the smaller end first, got {low!r} and {high!r}")
    interval = Interval(lo.value, hi.value)
    unit, made_from = (None, ()) if because else (lo.unit, (low, high))
    return Accepted(stated or f"{low} to {high}", interval, unit, because, made_from)


def exactly(value: int | str | Fraction | Decimal, stated: str = "") -> Accepted:
    """One point, for statements of equality that exact evidence can meet. A string is read as an exact decimal."""
    if isinstance(value, str):
        exact = parse(value).value
    elif isinstance(value, Rational | Decimal) and not isinstance(value, bool):
        exact = _fraction(value)
    else:
        raise StatementError(
            f"exactly expects a whole number, a Fraction or the decimal as a string; "
            f"a {type(value).__name__} such as {shortened(value)} is another number than the one printed"
        )
    made_from = (value,) if isinstance(value, str) else ()
    words = str(value) if exact.numerator.bit_length() + exact.denominator.bit_length() < 1000 else brief(exact)
    return Accepted(stated or f"= {words}", Interval(exact, exact), None, "", made_from)


def _fraction(value: Rational | Decimal) -> Fraction:
    if isinstance(value, Decimal) and (not value.is_finite() or abs(value.adjusted()) > MOST_EXPONENT):
        raise StatementError(f"expected a finite decimal of moderate size, got {shortened(value)}")
    return Fraction(value) if isinstance(value, Decimal) else Fraction(int(value.numerator), int(value.denominator))


def _with_digits(text: str) -> Printed:
    number = parse(text)
    if number.bare:
        raise StatementError(f"{text!r} has no digits to round or cut off: use power_of_ten({text!r}) or a bound")
    return number


def parse(text: str) -> Printed:
    """Read a printed number. StatementError where it is malformed, ambiguous or out of any paper's range."""
    if not isinstance(text, str):
        raise StatementError(
            f"a printed number is given as the string that the paper prints, since trailing zeros count; "
            f"got {type(text).__name__} {shortened(text)}"
        )
    found = None if len(text) > MOST_CHARACTERS else NUMBER.fullmatch(_plain(text))
    if found is None:
        hint = "; a decimal comma is ambiguous, write a point" if re.fullmatch(r"\D?[0-9]+,[0-9]+%?", text) else ""
        raise StatementError(
            f"expected a printed number such as '2.610', '-14.5%', '1,265' or '5×10⁻⁴', got {shortened(text)}{hint}"
        )
    exponent = found["e"] or found["times"] or found["alone"] or "0"
    if abs(int(exponent)) > MOST_EXPONENT:
        raise StatementError(f"expected an exponent within ±{MOST_EXPONENT}, got {shortened(text)}")
    whole, _, decimals = (found["digits"] or "1").replace(",", "").partition(".")
    unit = Fraction(10) ** (int(exponent) - len(decimals)) / (100 if found["percent"] else 1)
    negative = found["sign"] == "-"
    value = int(whole + decimals) * unit
    return Printed(-value if negative else value, unit, negative, found["alone"] is not None)


def _plain(text: str) -> str:
    """The text with typographic and LaTeX spellings of signs and powers replaced by plain ones."""
    text = re.sub(r"(?<=10)[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda power: "^" + power[0].translate(_SUPERSCRIPTS), text)
    text = text.replace("−", "-").replace(r"\%", "%").replace("{,}", ",")
    return re.sub(r"\^\{([+-]?[0-9]+)\}", r"^\1", text)
