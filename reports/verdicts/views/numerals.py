"""Numbers as a reader wants them: the digits that matter, and by how much two sets differ.

Ends of intervals are decimal strings of any length, or None for an infinite end; all arithmetic here is in Decimal.
Differences are exact before they are rounded, so that a sign is right at any distance.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import (
    MAX_EMAX,
    MIN_EMIN,
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    InvalidOperation,
    localcontext,
)
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from verdicts.records import Case

Ends = Sequence[str | None]
WIDE: Final = Context(prec=60, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[InvalidOperation])
INFINITY: Final = Decimal("Infinity")
LONGEST_NUMBER: Final = 60  # characters of a number that is shown in full
LARGEST_FACTOR: Final = 10_000  # that says more than the difference: beyond, one of the two is next to zero
_PRINTED: Final = re.compile(r"[+-]?(?:[1-9]\d{0,2}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][+-]?\d{1,6})?%?", re.ASCII)


def lower(ends: Ends) -> Decimal:
    """The lower end, minus infinity where it is open-ended."""
    return -INFINITY if ends[0] is None else Decimal(ends[0])


def upper(ends: Ends) -> Decimal:
    """The upper end, infinity where it is open-ended."""
    return INFINITY if ends[1] is None else Decimal(ends[1])


def decimal(value: Decimal) -> str:
    """A short number in positional notation, or in powers of ten where that would be long."""
    if value.is_zero():
        return "0"
    if -5 <= value.adjusted() <= 8:
        return f"{value:f}".replace("-", "−")
    return scientific(value)


def scientific(value: Decimal) -> str:
    """A short number in powers of ten."""
    mantissa = value.scaleb(-value.adjusted(), WIDE)
    return f"{mantissa:f}e{value.adjusted()}".replace("-", "−")


def significant(value: Decimal, digits: int = 2) -> str:
    """A number rounded to so many significant digits."""
    if not value.is_finite() or value.is_zero():
        return "0" if value.is_zero() else "∞"
    return decimal(round_at(value, value.adjusted() - digits + 1, ROUND_HALF_EVEN))


def round_at(value: Decimal, exponent: int, rounding: str) -> Decimal:
    """A number, of any length, rounded to a multiple of a power of ten that leaves it few digits."""
    return value.quantize(Decimal(1).scaleb(exponent, WIDE), rounding=rounding, context=WIDE)


def difference(left: Decimal, right: Decimal, rounding: str = ROUND_HALF_EVEN) -> Decimal:
    """Left − right, of the right sign however close they are; rounded to 60 digits."""
    context = WIDE.copy()
    context.rounding = rounding
    return context.subtract(left, right)


def clipped(number: str) -> str:
    """A number as the ledger has it; the middle of a very long one is left out, with the number of its characters."""
    if len(number) <= LONGEST_NUMBER:
        return number
    half = LONGEST_NUMBER // 2 - 1
    return f"{number[:half]}…{number[-half:]} ({len(number):,} characters)"


def amount(text: str | None) -> str:
    """A width or a level: as the ledger has it where that is short, otherwise three significant digits."""
    if text is None or len(text) <= 12:
        return text or ""
    try:
        return significant(Decimal(text), 3)
    except InvalidOperation:
        return clipped(text)


def full_interval(ends: Ends, open_ends: Sequence[bool] = (False, False)) -> str:
    """A set of numbers with the digits that the ledger has, clipped where they are very many."""
    left = "(−∞" if ends[0] is None else f"{'(' if open_ends[0] else '['}{clipped(ends[0])}"
    right = "∞)" if ends[1] is None else f"{clipped(ends[1])}{')' if open_ends[1] else ']'}"
    return f"{left}, {right}"


def gap(case: Case) -> Decimal:
    """Relative distance between the accepted and the computed set; zero where they meet or one is missing."""
    if not case["accepted"] or not case["computed"]:
        return Decimal(0)
    found, edge = _nearest(case["accepted"], case["computed"])
    between = difference(found, edge).copy_abs()
    return _ratio(between, edge) if edge else between


def off_by(case: Case) -> str:
    """How far the computed set lies from what the paper states; always the least distance, so never overstated.

    In units of the last printed digit where a number is printed and the miss is small. Otherwise from the edge of the
    accepted set: of whole numbers, as counts are, their difference; a factor where the one is two to 10,000 times the
    other; per cent of the edge; and a plain difference where zero lies in a band that is accepted, or between the two.
    """
    if not case["accepted"] or not case["computed"]:
        return ""
    found, edge = _nearest(case["accepted"], case["computed"])
    if found == edge:
        return ""
    if _is_count(found, case["computed"]) and _is_count(edge, case["accepted"]) and not printed_number(case["stated"]):
        return decimal(difference(found, edge).copy_abs())
    low, high = lower(case["accepted"]), upper(case["accepted"])
    stated, unit = printed_number(case["stated"]) or (INFINITY, INFINITY)
    if stated.is_finite() and low <= stated <= high:
        found, edge = min(max(stated, lower(case["computed"])), upper(case["computed"])), stated
        units = _ratio(difference(found, edge), unit)
        if Decimal("0.5") <= units <= 20:
            return f"{significant(units)} units" if units != 1 else "1 unit"
    return _relative(found, edge, plain=low.is_finite() and high.is_finite() and low <= 0 <= high)


def miss(case: Case) -> str:
    """By how much a refuted case misses, with the unit named; empty where nothing was refuted by two sets."""
    away = off_by(case) if case["verdict"] == "refuted" else ""
    return f"{away} of the last digit" if away.endswith(("unit", "units")) else away


def printed_number(stated: str) -> tuple[Decimal, Decimal] | None:
    """The number that a string prints and one unit of its last digit; None where it is more than a plain number."""
    text = stated.strip("≈ ×").replace("−", "-")
    if len(text) > LONGEST_NUMBER or not _PRINTED.fullmatch(text):
        return None
    value = Decimal(text.rstrip("%").replace(",", ""))
    percent = -2 if text.endswith("%") else 0
    unit = Decimal(1).scaleb(int(value.as_tuple().exponent), WIDE)
    return value.scaleb(percent, WIDE), unit.scaleb(percent, WIDE)


def _is_count(end: Decimal, ends: Ends) -> bool:
    """Whether an end is a whole number as a count is: of few digits, and of a set that is no band around it."""
    others = (lower(ends), upper(ends))
    return abs(end.adjusted()) <= 12 and not end % 1 and all(other == end or other.is_infinite() for other in others)


def _nearest(accepted: Ends, computed: Ends) -> tuple[Decimal, Decimal]:
    """The ends of the computed and of the accepted set that face each other; zero twice where the sets meet."""
    if lower(computed) > upper(accepted):
        return lower(computed), upper(accepted)
    if upper(computed) < lower(accepted):
        return upper(computed), lower(accepted)
    return Decimal(0), Decimal(0)


def _ratio(value: Decimal, reference: Decimal) -> Decimal:
    """|value / reference|, in time that does not grow with the square of their digits."""
    with localcontext(WIDE):
        return abs(+value / +reference)


def _relative(found: Decimal, edge: Decimal, *, plain: bool) -> str:
    """The miss as a factor, in per cent, or as a plain difference."""
    if found and edge and found.is_signed() == edge.is_signed():
        factor = max(_ratio(found, edge), _ratio(edge, found))
        if 2 <= factor <= LARGEST_FACTOR:
            return f"a factor of {significant(factor)}"
        if not plain:
            return f"{significant(_ratio(difference(found, edge), edge).scaleb(2, WIDE))} %"
    return significant(difference(found, edge).copy_abs())
