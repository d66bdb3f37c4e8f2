"""What printed inputs allow: the range of a formula when each input lies anywhere in its rounding interval.

Where the formula is monotone in each input, which its slopes certify, the ends are its exact values at two corners.
Elsewhere the box is divided until the ends are known; a pole inside makes an end infinite.
"""

from __future__ import annotations

import heapq
from fractions import Fraction
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from verdicts.intervals import EVERYTHING, Interval, enclosure, shortened
from verdicts.statements import Accepted, StatementError, printed
from verdicts.uncertain import Uncertain, UndecidedError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["over_rounding"]

Box = tuple[Interval, ...]
MOST_BOXES: Final = 600
TOLERANCE: Final = Fraction(1, 2**40)  # of an end that is no value at a corner
NARROWEST: Final = Fraction(1, 2**20)  # side of a box, as a part of the first one, that may hold a pole


def over_rounding(formula: Callable[..., Any], *inputs: str | Accepted) -> Interval:
    """The range of a formula over the rounding intervals of printed numbers.

    Args:
        formula: of as many numbers as there are inputs; may add, subtract, multiply, divide, take whole powers, `abs`,
            and the methods `sqrt`, `exp` and `log` of what it is given.
        inputs: the numbers as printed, or what else their words accept (`truncated("0.36")`).

    Returns:
        An interval that contains every value: exact where the formula is monotone in each input, else up to a relative
        2⁻⁴⁰, or wider; an end is infinite where a pole is inside, both are where the formula is 0/0 or not real.
    """
    if not inputs:
        raise StatementError("over_rounding needs at least one printed number after the formula")
    box = tuple(_interval(each) for each in inputs)
    lowest = _least(formula, box)
    highest = _least(lambda *numbers: -formula(*numbers), box)
    return Interval(lowest, None if highest is None else -highest)


def _interval(given: str | Accepted) -> Interval:
    interval = (given if isinstance(given, Accepted) else printed(given)).interval.closed
    if interval.width is None:
        raise StatementError(f"an input lies between two ends, got {shortened(given)}")
    return interval


def _least(formula: Callable[..., Any], box: Box) -> Fraction | None:
    """The least value over a box, or a bound below it; None for minus infinity."""
    first = [side.hi - side.lo for side in box]  # type: ignore[operator]
    order = count()
    heap: list[tuple[bool, Fraction, Fraction, int, Box]] = []
    reached: Fraction | None = None

    def widest(box: Box) -> tuple[Fraction, int]:
        return max(
            ((side.width or Fraction(0)) / (size or 1), i)
            for i, (side, size) in enumerate(zip(box, first, strict=True))
        )

    def push(box: Box) -> None:
        nonlocal reached
        face, lowest, value = _examine(formula, box)
        if value is not None:
            reached = value if reached is None else min(reached, value)
        heapq.heappush(heap, (lowest is not None, lowest or Fraction(0), widest(face)[0], next(order), face))

    push(box)
    for _ in range(MOST_BOXES):
        bounded, lowest, width, _, face = heapq.heappop(heap)
        known = bounded and (width == 0 or (reached is not None and reached - lowest <= TOLERANCE * abs(reached)))
        if known or width <= NARROWEST:
            return lowest if bounded else None
        for half in _halves(face, widest(face)[1]):
            push(half)
    bounded, lowest, *_ = heap[0]
    return lowest if bounded else None


def _examine(formula: Callable[..., Any], box: Box) -> tuple[Box, Fraction | None, Fraction | None]:
    """The face of a box on which the formula is least, a bound below it there, and a bound above its least value."""
    while True:
        found = _over(formula, box)
        face = tuple(map(_lower_face, box, found.slopes)) if found.smooth else box
        if face == box:
            break
        box = face
    lowest = found.value.lo
    if all(side.width == 0 for side in box):
        return box, lowest, found.value.hi
    middle = tuple(_point((side.lo + side.hi) / 2) for side in box)  # type: ignore[operator]
    value = _over(formula, middle).value
    if found.smooth and value.lo is not None and lowest is not None:
        falls = [_fall(side, slope) for side, slope in zip(box, found.slopes, strict=True)]
        if None not in falls:
            lowest = max(lowest, value.lo - sum(filter(None, falls)))
    return box, lowest, value.hi


def _over(formula: Callable[..., Any], box: Box) -> Uncertain:
    numbers = [Uncertain.variable(side, index, len(box)) for index, side in enumerate(box)]
    try:
        found = formula(*numbers)
    except UndecidedError:
        return Uncertain(EVERYTHING, (EVERYTHING,) * len(box), smooth=False)
    return found if isinstance(found, Uncertain) else Uncertain.constant(enclosure(found), len(box))


def _lower_face(side: Interval, slope: Interval) -> Interval:
    if slope.lo is not None and slope.lo >= 0:
        return _point(side.lo)
    if slope.hi is not None and slope.hi <= 0:
        return _point(side.hi)
    return side


def _fall(side: Interval, slope: Interval) -> Fraction | None:
    """How far the formula can fall from the middle of a side."""
    if slope.lo is None or slope.hi is None:
        return None
    return max(abs(slope.lo), abs(slope.hi)) * (side.width or Fraction(0)) / 2


def _halves(box: Box, side: int) -> tuple[Box, Box]:
    lo, hi = box[side].lo, box[side].hi
    middle = (lo + hi) / 2  # type: ignore[operator]
    return (
        (*box[:side], Interval(lo, middle), *box[side + 1 :]),
        (*box[:side], Interval(middle, hi), *box[side + 1 :]),
    )


def _point(value: Fraction | None) -> Interval:
    return Interval(value, value)
