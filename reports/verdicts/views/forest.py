"""One axis for all cases of a claim, as in a forest plot, so that the eye compares by how much they miss.

Where every case accepts a band of some width, an axis counts half-widths from its middle, and all bands lie in one
place. Where all cases accept the same values it counts the typical distance from a finite end of them. Other cases have
an axis each. An axis is linear up to `LINEAR` such units; beyond, it is that of an inverse hyperbolic sine, so that far
misses are drawn, in their order.
"""

from __future__ import annotations

import math
from decimal import Decimal, localcontext
from statistics import median
from typing import TYPE_CHECKING, Final

from verdicts.views.numerals import WIDE, lower, upper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from verdicts.records import Case
    from verdicts.views.drawing import Axis

    Unit = tuple[Decimal, Decimal]

LINEAR: Final = 6.0
FARTHEST: Final = 1e12  # units; what lies beyond is drawn there


def axes(cases: Sequence[Case]) -> list[Axis | None]:
    """For each case the place of a number on the axis, from 0 to 1; None where a case has an axis of its own."""
    drawn = [case for case in cases if case["accepted"] and case["computed"]]
    units = _half_widths(drawn) or _distances(drawn)
    if len(drawn) < 2 or not units:
        return [None] * len(cases)
    ends = [_scaled(end, unit) for case, unit in zip(drawn, units, strict=True) for end in _finite(case)]
    stretch: Callable[[float], float] = float if max(map(abs, ends)) <= LINEAR else math.asinh
    first, last = stretch(min(ends)), stretch(max(ends))
    if first == last:
        return [None] * len(cases)

    def axis(unit: Unit) -> Axis:
        return lambda end: (stretch(_scaled(end, unit)) - first) / (last - first)

    made = iter([axis(unit) for unit in units])
    return [next(made) if case["accepted"] and case["computed"] else None for case in cases]


def _half_widths(cases: Sequence[Case]) -> list[Unit]:
    """Of each case the middle of what it accepts and half its width; empty unless all of them accept a band."""
    ends = [(lower(case["accepted"] or ()), upper(case["accepted"] or ())) for case in cases]
    if any(low.is_infinite() or high.is_infinite() or low == high for low, high in ends):
        return []
    with localcontext(WIDE):
        return [((low + high) / 2, (high - low) / 2) for low, high in ends]


def _distances(cases: Sequence[Case]) -> list[Unit]:
    """The end of what all cases accept, and how far from it they typically are; empty where they accept differently."""
    if len({tuple(case["accepted"] or ()) for case in cases}) != 1:
        return []
    edge = next((Decimal(end) for end in cases[0]["accepted"] or () if end is not None), None)
    if edge is None:
        return []
    with localcontext(WIDE):
        found = [abs(end - edge) for case in cases for end in _finite(case) if end != edge]
        return [(edge, median(found))] * len(cases) if found else []


def _finite(case: Case) -> list[Decimal]:
    return [Decimal(end) for ends in (case["accepted"], case["computed"]) for end in ends or () if end is not None]


def _scaled(end: Decimal, unit: Unit) -> float:
    with localcontext(WIDE):
        return max(-FARTHEST, min(FARTHEST, float((end - unit[0]) / unit[1])))
