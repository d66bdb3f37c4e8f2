"""Balls, each computed once more at a higher precision: one that does not overlap itself encloses nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from verdicts.errors import CheckError
from verdicts.intervals import Interval, enclosure, shortened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

GUARD_BITS: Final = 53  # more of them than a ball has may not move it out of itself
FLOAT_BITS: Final = range(41, 54)  # of a float that was no short binary number: one in 4,000 others has fewer


class Look(NamedTuple):
    """What a function returned at one precision."""

    interval: Interval
    is_ball: bool


def looked_at_twice(bits: int, values: Sequence[Callable[[], Any]], method: str) -> list[Interval]:
    """The enclosures of some numbers at a precision. CheckError where one is none at a higher precision."""
    looks = [look_at(bits, value) for value in values]
    for look, value in zip(looks, values, strict=True):
        compare(look, look_at(bits + GUARD_BITS, value), f"{bits} bits", f"{bits + GUARD_BITS} bits", method)
    return [look.interval for look in looks]


def look_at(bits: int, value: Callable[[], Any]) -> Look:
    """What a function returns at a precision."""
    import flint

    with flint.ctx.workprec(bits):
        found = value()
        return Look(enclosure(found), hasattr(found, "man_exp"))


def compare(look: Look, next_look: Look, first: str, second: str, method: str) -> None:
    """CheckError where two looks at one number contradict each other, or have only the bits of a float."""
    computed, again = look.interval, next_look.interval
    if look.is_ball and computed == again and _has_bits_of_float(computed):
        raise CheckError(
            "a float was turned into a ball, and is another number than the one written: write arb('0.1') or "
            "fmpq(1, 10) in place of arb(0.1); an exact number of so many bits is returned as fmpq"
        )
    if computed.is_left_of(again) or again.is_left_of(computed):
        raise CheckError(
            f"{method or 'ball arithmetic'}: the enclosure at {first}, {computed.decimals(20)}, and the one at "
            f"{second}, {again.decimals(20)}, are disjoint: one of them does not enclose the value"
        )


def _has_bits_of_float(computed: Interval) -> bool:
    """Whether a ball is one binary fraction with about as many bits as a float has."""
    exact = computed.lo if computed.width == 0 else None
    return exact is not None and exact.denominator > 1 and exact.numerator.bit_length() in FLOAT_BITS


def hull(parts: Sequence[Interval]) -> Interval:
    """The least interval that contains some others."""
    lows = [part.lo for part in parts if part.lo is not None]
    highs = [part.hi for part in parts if part.hi is not None]
    return Interval(
        min(lows) if len(lows) == len(parts) else None,
        max(highs) if len(highs) == len(parts) else None,
    )


def value_at(function: Callable[..., Any], point: Any) -> Any:
    """A function's value; a tuple is passed as several arguments."""
    return function(*point) if isinstance(point, tuple) else function(point)


def distinct(at: Iterable[Any], source: str) -> list[Any]:
    """The points that a source looks at. CheckError where there are none, or one is given twice."""
    points = list(at)
    if not points:
        raise CheckError(f"{source} needs at least one point (at=…)")
    seen: set[Any] = set()
    for point in points:
        name = _name(point)
        if name in seen:
            raise CheckError(f"{source}: the point {shortened(point)} is given twice (at=…), and would count twice")
        seen.add(name)
    return points


def _name(point: Any) -> Any:
    """What equal points share; what cannot be hashed, as an array, equals itself only."""
    try:
        hash(point)
    except TypeError:
        return id(point)
    return point
