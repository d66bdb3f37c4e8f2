"""Two sets of numbers drawn on one axis, as a small inline SVG.

The accepted set is the pale upper band, the computed set the filled lower band. Cases of one claim share an axis where
their sets can be compared (`verdicts.views.forest`). On an axis of its own a case is drawn linearly where both bands
stay legible; otherwise short stretches are widened, and the longest one is shortened and carries a break mark. A set
too thin to see is drawn as a tick. The order of the ends along the axis is always true.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from itertools import pairwise
from typing import TYPE_CHECKING

from verdicts.views.numerals import WIDE, Ends, lower, upper

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Axis = Callable[[Decimal], float]

WIDTH, HEIGHT = 168, 26
MARGIN = 16  # room outside the outermost finite ends, for arrows
NARROWEST = 8.0  # least length of a stretch that separates an end of one set from an end of the other
THINNEST = 2.0  # least length of a stretch within one set
LEAST_SEEN = 3.0  # length of what is drawn of a set
LONGEST_SHARE = 0.6  # of the axis, for the longest stretch where another one had to be widened
ACCEPTED_LANE, COMPUTED_LANE = 8, 18


def positions(ends: Sequence[Decimal], least: Sequence[float]) -> tuple[list[float], list[bool]]:
    """Places on the axis for sorted, distinct finite numbers, and which stretch between them is shortened.

    `least` gives the least length of each stretch.
    """
    room = WIDTH - 2 * MARGIN
    if len(ends) < 2:
        return [WIDTH / 2] * len(ends), []
    with localcontext(WIDE):
        span = ends[-1] - ends[0]
        shares = [float((high - low) / span) for low, high in pairwise(ends)]
    true = [share * room for share in shares]
    lengths = [max(pair) for pair in zip(true, least, strict=True)]
    distorted = any(shown > 2 * length and shown >= NARROWEST for shown, length in zip(lengths, true, strict=True))
    longest = shares.index(max(shares))
    if distorted:
        lengths[longest] = min(lengths[longest], LONGEST_SHARE * room)
    scale = room / sum(lengths)
    places = [float(MARGIN)]
    for length in lengths:
        places.append(places[-1] + length * scale)
    return places, [distorted and number == longest for number in range(len(shares))]


def draw(accepted: Ends, open_ends: Sequence[bool], computed: Ends, axis: Axis | None = None) -> str:
    """SVG markup of the two sets, for the eye alone: their numbers stand beside it.

    Args:
        accepted: the two ends.
        open_ends: whether the lower and the upper one are left out.
        computed: the two ends.
        axis: the place of each number, from 0 to 1, where the case shares one; its own otherwise.
    """
    of_accepted, of_computed = set(_finite(accepted)), set(_finite(computed))
    ends = sorted(of_accepted | of_computed)
    shortened: list[bool] = []
    if axis:
        places = [MARGIN + axis(end) * (WIDTH - 2 * MARGIN) for end in ends]
    else:
        least = [THINNEST if {*pair} <= of_accepted or {*pair} <= of_computed else NARROWEST for pair in pairwise(ends)]
        places, shortened = positions(ends, least)
    place = dict(zip(ends, places, strict=True))
    breaks = [(left + right) / 2 for (left, right), cut in zip(pairwise(places), shortened, strict=False) if cut]
    body = [
        _band("a", accepted, open_ends, place, ACCEPTED_LANE),
        _band("c", computed, (False, False), place, COMPUTED_LANE),
        *(f'<path class=b d="M{x - 3:.0f} {HEIGHT - 3}l4-20m2 0l-4 20"/>' for x in breaks),
    ]
    return f"<svg class=iv aria-hidden=true>{''.join(body)}</svg>"


def _finite(ends: Ends) -> list[Decimal]:
    return [end for end in (lower(ends), upper(ends)) if end.is_finite()]


def _band(name: str, ends: Ends, open_ends: Sequence[bool], place: dict[Decimal, float], lane: int) -> str:
    """One band: a bar that ends square where its end is closed, with a ring at open ends, an arrow at infinite ones."""
    low, high = lower(ends), upper(ends)
    left = place[low] if low.is_finite() else 3.0
    right = place[high] if high.is_finite() else WIDTH - 3.0
    length = max(right - left, LEAST_SEEN)
    start = (left + right - length) / 2
    marks = [
        _end(left, lane, infinite=low.is_infinite(), hollow=open_ends[0], outward=-1),
        _end(right, lane, infinite=high.is_infinite(), hollow=open_ends[1], outward=1),
    ]
    drawn = f'<path class={name} d="M{start:.0f} {lane}h{length:.0f}"/>'
    return drawn + (f'<path class={name}e d="{"".join(marks)}"/>' if any(marks) else "")


def _end(x: float, lane: int, *, infinite: bool, hollow: bool, outward: int) -> str:
    """Path data of one end; none where it is closed."""
    if infinite:
        return f"M{x - 4 * outward:.0f} {lane - 4}l{4 * outward} 4l{-4 * outward} 4"
    return f"M{x - 3:.0f} {lane}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0" if hollow else ""
