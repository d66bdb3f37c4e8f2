"""Curves for the figures of the paper: points that a test leaves in the record of its case. They decide nothing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from itertools import islice
from math import isfinite
from typing import TYPE_CHECKING, Any, Final, cast

from verdicts.intervals import Interval, decimal, enclosure, exact_number, shortened
from verdicts.statements import StatementError, parse
from verdicts.vocabulary import CURVE_KINDS, MOST_POINTS, NOT_IN_THE_PAPER

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from verdicts.records import Curve

MOST_CURVES: Final = 24  # of one case
MOST_CHARACTERS: Final = 120  # of a name
DIGITS: Final = 12  # more than any drawing shows, and fewer than depend on the machine
LARGEST: Final = 99  # decimal exponent: the page calculates with floats
SMALLEST: Final = 1 - LARGEST - DIGITS  # as a context with this largest exponent has it


def curve(words: Mapping[str, Any], points: Iterable[Any], before: Sequence[Curve], figures: Container[str]) -> Curve:
    """A curve as it is stored, its points sorted.

    Args:
        words: figure, name, kind, and x and y for the axes.
        points: of each (x, y), or (x, lo, hi).
        before: the curves that the case has already.
        figures: the places of the paper.

    Raises:
        StatementError: the curve cannot be drawn; in one line that says why.
    """
    for key, text in words.items():
        if not isinstance(text, str) or not text.isprintable() or len(text) > MOST_CHARACTERS:
            raise StatementError(
                f"a curve's {key} is a line of at most {MOST_CHARACTERS} characters, got {shortened(text)}"
            )
    figure, name = words["figure"], words["name"]
    what = f"curve {name!r} in {figure!r}"
    if not name.strip():
        raise StatementError(f"{what} needs a name, which the legend shows")
    if figure not in figures and not figure.rstrip().startswith(NOT_IN_THE_PAPER):
        raise StatementError(
            f"{what}: a place that paper.toml does not list; a figure of your own is named '{NOT_IN_THE_PAPER}…'"
        )
    if words["kind"] not in CURVE_KINDS:
        raise StatementError(f"{what}: kind: expected one of {', '.join(CURVE_KINDS)}, got {words['kind']!r}")
    if any((other["figure"], other["name"]) == (figure, name) for other in before):
        raise StatementError(f"{what} is there already: a case leaves each of its curves once, with all its points")
    if len(before) == MOST_CURVES:
        raise StatementError(f"{what}: expected at most {MOST_CURVES} curves of one case")
    return cast("Curve", {**words, "points": _points(points, what)})


def fault(curves: Sequence[Curve]) -> str:
    """Why no test can have left these curves, though each has the shape of one; empty where it can."""
    names = {(curve["figure"], curve["name"]) for curve in curves}
    if len(names) < len(curves):
        return "expected a figure and a name of its own for each curve"
    for curve in curves:
        for point in curve["points"]:
            x, low, high = map(Decimal, point)
            if any(number and not SMALLEST <= number.adjusted() <= LARGEST for number in (x, low, high)):
                sizes = f"from 1e{SMALLEST} to below 1e{LARGEST + 1}"
                return f"curve {curve['name']!r}: expected numbers {sizes}, found {', '.join(point)}"
            if low > high:
                return f"curve {curve['name']!r}: expected [x, lo, hi] with lo <= hi, found {', '.join(point)}"
    return ""


def _points(points: Any, what: str) -> list[list[str]]:
    try:
        listed = list(islice(points, MOST_POINTS + 1))
    except TypeError:
        raise StatementError(f"{what}: expected a list of points, got {shortened(points)}") from None
    if not 1 <= len(listed) <= MOST_POINTS:
        raise StatementError(f"{what}: expected 1 to {MOST_POINTS:,} points, got {'more' if listed else 'none'}")
    found = []
    for number, point in enumerate(listed, 1):
        try:
            found.append(_point(point))
        except (ValueError, TypeError, ArithmeticError) as error:
            said = str(error) or type(error).__name__
            raise StatementError(f"{what}: point {number}: {' '.join(said.split())}") from None
    return sorted(found, key=lambda ends: [Fraction(end) for end in ends])


def _point(point: Any) -> list[str]:
    """Place, lower and upper end, as decimal strings."""
    parts = point.tolist() if hasattr(point, "tolist") else point  # a row of numpy
    if not isinstance(parts, Sequence) or isinstance(parts, str | bytes) or len(parts) not in (2, 3):
        raise ValueError(f"expected (x, y) or (x, lo, hi), got {shortened(point)}")
    sides = [_side(part) for part in parts]
    (left, right), low, high = sides[0], sides[1][0], sides[-1][1]
    if low > high:
        raise ValueError(f"expected (x, lo, hi) with lo <= hi, got {shortened(point)}")
    rounding = (ROUND_HALF_EVEN,) * 2 if low == high else (ROUND_FLOOR, ROUND_CEILING)
    place = _text((left + right) / 2, ROUND_HALF_EVEN)
    return [place, _text(low, rounding[0]), _text(high, rounding[1])]


def _side(value: Any) -> tuple[Fraction, Fraction]:
    """Both ends of a number, or of what encloses one."""
    if isinstance(value, str):
        exact = parse(value).value
        return exact, exact
    value = value.item() if hasattr(value, "item") else value  # a number of numpy or torch
    encloses = isinstance(value, Interval) or (hasattr(value, "lower") and hasattr(value, "is_finite"))
    if not encloses and exact_number(value) is None:
        if isinstance(value, bool) or not hasattr(value, "__float__"):
            raise ValueError(f"expected a number or a ball, got {type(value).__name__}: {shortened(value)}")
        value = _exact(float(value))
    side = enclosure(value)
    if side.lo is None or side.hi is None:
        raise ValueError(f"expected finite numbers, got {shortened(value)}")
    return side.lo, side.hi


def _exact(value: float) -> Fraction:
    """The decimal that a float stands for: 0.1, and not what is nearest to it in binary."""
    if not isfinite(value):
        raise ValueError(f"expected finite numbers, got {value}")
    return Fraction(f"{value:.{DIGITS}g}")


def _text(value: Fraction, rounding: str) -> str:
    """`value` to DIGITS digits, or as many places, as a decimal string."""
    context = Context(prec=DIGITS, rounding=rounding, Emin=-LARGEST, Emax=LARGEST)
    try:
        rounded = context.divide(Decimal(value.numerator), Decimal(value.denominator))
    except ArithmeticError:
        raise ValueError(f"expected a number below 1e{LARGEST + 1}, got {decimal(value, rounding, 3)}") from None
    return decimal(Fraction(rounded), rounding, DIGITS)
