"""What a claim's own words accept: printed numbers, bounds, and declared margins, as sets of real numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from verdicts.intervals import Interval

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
    "printed",
]


class StatementError(ValueError):
    """A claim is stated in a form that cannot be read."""


_PRINTED = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d+)?%?")


@dataclass(frozen=True)
class Accepted:
    """The set of values for which a claim's words are true."""

    stated: str
    "the words or digits as the paper prints them"
    interval: Interval
    unit: Fraction | None = None
    "one unit of the last printed digit, where the statement is a printed number"
    because: str = ""
    "why this margin, where the words alone do not fix one"

    def __post_init__(self) -> None:
        if not isinstance(self.stated, str) or not isinstance(self.because, str):
            raise StatementError(f"stated and because are strings, got {self.stated!r} and {self.because!r}")


def printed(text: str, stated: str = "") -> Accepted:
    """The rounding interval of a printed number, ends included: `2.610` accepts [2.6095, 2.6105].

    Trailing zeros count. Thousands separators, an exponent and a percent sign (divides by 100) are understood.
    `stated` replaces the digits in the report. StatementError where `text` is no printed number.
    """
    value, unit = parse(text)
    return Accepted(stated or text, Interval(value - unit / 2, value + unit / 2), unit)


def about(text: str, margin: str, because: str, stated: str = "") -> Accepted:
    """`~10×` and the like: within ± `margin` of the number, for a declared one-line reason.

    A margin with a percent sign is relative to the number.
    """
    value, unit = parse(text)
    if not because:
        raise StatementError(f"the margin {margin!r} around {text!r} needs a reason (because=…)")
    width, _ = parse(margin)
    width = abs(value) * width if margin.endswith("%") else width
    return Accepted(stated or f"~{text}", Interval(value - width, value + width), unit, because)


def at_most(text: str, stated: str = "") -> Accepted:
    """The half-line up to and including the number."""
    value, unit = parse(text)
    return Accepted(stated or f"≤ {text}", Interval(None, value), unit)


def at_least(text: str, stated: str = "") -> Accepted:
    """The half-line from the number, included, upwards."""
    value, unit = parse(text)
    return Accepted(stated or f"≥ {text}", Interval(value, None), unit)


def less_than(text: str, stated: str = "") -> Accepted:
    """The open half-line below the number."""
    value, unit = parse(text)
    return Accepted(stated or f"< {text}", Interval(None, value, hi_open=True), unit)


def more_than(text: str, stated: str = "") -> Accepted:
    """The open half-line above the number."""
    value, unit = parse(text)
    return Accepted(stated or f"> {text}", Interval(value, None, lo_open=True), unit)


def between(low: str, high: str, stated: str = "", because: str = "") -> Accepted:
    """The closed interval that the words name ("within 1–6%": `between("1%", "6%")`)."""
    (lo, unit), (hi, _) = parse(low), parse(high)
    return Accepted(stated or f"{low} to {high}", Interval(lo, hi), unit, because)


def exactly(value: int | str | Fraction, stated: str = "") -> Accepted:
    """One point, for statements of equality that exact evidence can meet. A string is read as an exact decimal."""
    exact = parse(value)[0] if isinstance(value, str) else Fraction(value)
    return Accepted(stated or f"= {value}", Interval(exact, exact))


def parse(text: str) -> tuple[Fraction, Fraction]:
    """The value of a printed number and one unit of its last digit. StatementError where it is malformed."""
    if not isinstance(text, str):
        raise StatementError(
            f"a printed number is given as the string that the paper prints, since trailing zeros count; "
            f"got {type(text).__name__} {text!r}"
        )
    if not _PRINTED.fullmatch(text):
        raise StatementError(f"expected a printed number such as '2.610', '-14.5%' or '1,265', got {text!r}")
    digits = text.replace(",", "").rstrip("%")
    mantissa, _, exponent = digits.lower().partition("e")
    scale = Fraction(10) ** (int(exponent or 0) - len(mantissa.partition(".")[2])) / (100 if text.endswith("%") else 1)
    return int(mantissa.replace(".", "")) * scale, scale
