"""Numbers as a reader wants them: the digits that matter, and by how much two sets differ.

Ends of intervals are decimal strings or None for an infinite end; all arithmetic here is in Decimal.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal, localcontext
from typing import Any

from verdicts.statements import parse

Ends = Sequence[str | None]
WIDE = Context(prec=400, Emax=10**9, Emin=-(10**9))
INFINITY = Decimal("Infinity")
MOST_DIGITS = 30
SHARED_DIGITS = 8  # agreeing ends show this many digits; the full ends stay in the ledger


def lower(ends: Ends) -> Decimal:
    """The lower end, minus infinity where it is open-ended."""
    return -INFINITY if ends[0] is None else Decimal(ends[0])


def upper(ends: Ends) -> Decimal:
    """The upper end, infinity where it is open-ended."""
    return INFINITY if ends[1] is None else Decimal(ends[1])


def decimal(value: Decimal) -> str:
    """A number in positional notation, or in powers of ten where that would be long."""
    if value.is_zero():
        return "0"
    if -5 <= value.adjusted() <= 8:
        return f"{value:f}".replace("-", "−")
    mantissa = value.scaleb(-value.adjusted(), WIDE)
    return f"{mantissa:f}e{value.adjusted()}".replace("-", "−")


def significant(value: Decimal, digits: int = 2) -> str:
    """A number rounded to so many significant digits."""
    if not value.is_finite() or value.is_zero():
        return "0" if value.is_zero() else "∞"
    return decimal(_round_at(value, value.adjusted() - digits + 1, ROUND_HALF_EVEN))


def interval(ends: Ends, open_ends: Sequence[bool] = (False, False)) -> str:
    """A set of numbers in the shortest honest form: rounded outwards, or its agreeing digits with an ellipsis."""
    low, high = lower(ends), upper(ends)
    if low.is_infinite() and high.is_infinite():
        return "any number"
    if low.is_infinite():
        return f"{'<' if open_ends[1] else '≤'} {_bound(high, ROUND_CEILING)}"
    if high.is_infinite():
        return f"{'>' if open_ends[0] else '≥'} {_bound(low, ROUND_FLOOR)}"
    if low == high:
        return _bound(low, ROUND_HALF_EVEN)
    return _agreeing_digits(low, high, SHARED_DIGITS) or _rounded_outwards(low, high, open_ends)


def computed(case: dict[str, Any]) -> str:
    """The computed set of a case, with so many digits that it is told from the ends of the accepted set."""
    ends, edges = case["computed"], [Decimal(end) for end in case["accepted"] or () if end is not None]
    if None in ends:
        return interval(ends)
    low, high = lower(ends), upper(ends)
    for digits in range(SHARED_DIGITS, MOST_DIGITS):
        agreeing = _agreeing_digits(low, high, digits)
        if agreeing and _round_at(low, low.adjusted() - digits + 1, ROUND_DOWN) not in edges:
            return agreeing
        if not agreeing:
            break
    return interval(ends) if digits == SHARED_DIGITS else full_interval(ends)


def full_interval(ends: Ends, open_ends: Sequence[bool] = (False, False)) -> str:
    """A set of numbers with every digit that the ledger has."""
    left = "(−∞" if ends[0] is None else f"{'(' if open_ends[0] else '['}{ends[0]}"
    right = "∞)" if ends[1] is None else f"{ends[1]}{')' if open_ends[1] else ']'}"
    return f"{left}, {right}"


def gap(case: dict[str, Any]) -> Decimal:
    """Relative distance between the accepted and the computed set; zero where they meet or one is missing."""
    if not case["accepted"] or not case["computed"]:
        return Decimal(0)
    with localcontext(WIDE):
        between, edge = _between(case["accepted"], case["computed"])
        return +(between / abs(edge) if edge else between)


def off_by(case: dict[str, Any]) -> str:
    """How far the computed set lies from what the paper states.

    In units of the last printed digit where a number is printed and the miss is small, otherwise relative to it;
    from the edge of the accepted set where no plain number is printed. Always the least distance, so never overstated.
    """
    if not case["accepted"] or not case["computed"]:
        return ""
    with localcontext(WIDE):
        stated, unit = printed_number(case["stated"]) or (INFINITY, INFINITY)
        if not lower(case["accepted"]) <= stated <= upper(case["accepted"]) or stated == INFINITY:
            return _relative(*_between(case["accepted"], case["computed"]))
        nearest = min(max(stated, lower(case["computed"])), upper(case["computed"]))
        units = abs(nearest - stated) / unit
        if Decimal("0.5") <= units <= 20:
            return f"{significant(units)} units" if units != 1 else "1 unit"
        return _relative(abs(nearest - stated), stated)


def printed_number(stated: str) -> tuple[Decimal, Decimal] | None:
    """The number that a string prints and one unit of its last digit; None where it is more than a plain number."""
    try:
        parts = parse(stated.strip("≈~ ×").replace("−", "-"))
    except ValueError:
        return None
    value, unit = (WIDE.divide(Decimal(part.numerator), Decimal(part.denominator)) for part in parts)
    return value, unit


def _between(accepted: Ends, computed: Ends) -> tuple[Decimal, Decimal]:
    """Distance from the accepted to the computed set, and the edge of the accepted set it is measured from."""
    if lower(computed) > upper(accepted):
        return lower(computed) - upper(accepted), upper(accepted)
    if upper(computed) < lower(accepted):
        return lower(accepted) - upper(computed), lower(accepted)
    return Decimal(0), Decimal(1)


def _relative(distance: Decimal, reference: Decimal) -> str:
    if distance.is_zero():
        return ""
    if reference.is_zero():
        return significant(distance)
    return f"{significant(distance / abs(reference) * 100)} %"


def _round_at(value: Decimal, exponent: int, rounding: str) -> Decimal:
    return value.quantize(Decimal(1).scaleb(exponent), rounding=rounding, context=WIDE)


def _bound(value: Decimal, rounding: str) -> str:
    """A single number; one with more digits than a reader wants is rounded and says so."""
    if len(value.as_tuple().digits) <= SHARED_DIGITS + 2:
        return decimal(value)
    return decimal(_round_at(value, value.adjusted() - SHARED_DIGITS + 1, rounding)) + "…"


def _agreeing_digits(low: Decimal, high: Decimal, digits: int) -> str:
    """So many digits that two different ends share, followed by an ellipsis; empty where they do not share them."""
    if low.adjusted() != high.adjusted() or low.is_signed() != high.is_signed():
        return ""
    if low.is_zero() or high.is_zero() or low == high:
        return ""
    exponent = low.adjusted() - digits + 1
    first, second = (_round_at(end, exponent, ROUND_DOWN) for end in (low, high))
    return f"{decimal(first)}…" if first == second else ""


def _rounded_outwards(low: Decimal, high: Decimal, open_ends: Sequence[bool]) -> str:
    """Both ends, rounded outwards to two digits of the width; midpoint ± radius where they would be unreadably long."""
    width = WIDE.subtract(high, low)
    exponent = width.adjusted() - 1
    longest = max(low.adjusted(), high.adjusted())
    if longest - exponent > SHARED_DIGITS + 4:
        middle = _round_at(WIDE.divide(WIDE.add(low, high), Decimal(2)), longest - SHARED_DIGITS, ROUND_HALF_EVEN)
        radius = max(WIDE.subtract(high, middle), WIDE.subtract(middle, low))
        return f"{decimal(middle)} ± {decimal(_round_at(radius, radius.adjusted(), ROUND_CEILING))}"
    left, right = _shortest(low, exponent, ROUND_FLOOR), _shortest(high, exponent, ROUND_CEILING)
    return f"{'(' if open_ends[0] else '['}{left}, {right}{')' if open_ends[1] else ']'}"


def _shortest(value: Decimal, exponent: int, rounding: str) -> str:
    """The number as written where it is already short, otherwise rounded, to two digits of its own at least."""
    finest = min(exponent, value.adjusted() - 1) if value else exponent
    written = int(value.as_tuple().exponent)
    return decimal(value if written >= finest else _round_at(value, finest, rounding))
