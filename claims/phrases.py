"""What phrases without exact digits accept: one margin for each phrase, wherever it stands in the paper or the review.

Chosen from the phrase alone. Printed digits need no margin: ≈ before them means their rounding interval.
"""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from verdicts import about, at_most, between, printed

BOUND, STRICTLY = "a bound up to the rounding of its last digit", "a bound, strictly"
"the two readings of a rounded decimal that is used as a bound"
FLAT = "the paper calls a change of 2.7% flat; twice that, rounded"


def approximately(number="1", stated=""):
    """≈ without digits, about, matches, transparent, largely unchanged, identical, uniform: to a tenth."""
    return about(number, "10%", "approximately, where no digits say how nearly: to a tenth", stated)


def cancels(stated):
    """Approximately cancel: what is left, over the sum of the sizes."""
    return between("-10%", "10%", stated, "approximately, where no digits say how nearly: to a tenth")


def roughly(number, stated=""):
    """∼ before a number of few digits: ∼4 is 3.5 to 4.5, ∼300 is 250 to 350, ∼10 is 8 to 12."""
    because = "∼: half a unit of the last digit that is no trailing zero, at most a fifth"
    return about(number, decimal(rough_half(number)), because, stated or f"∼{number}")


def rough_half(number):
    value = abs(middle(number))
    unit = 2 * (printed(number).interval.hi - middle(number))
    while unit >= 1 and value % (10 * unit) == 0:
        unit *= 10
    return min(unit / 2, value / 5)


def flat(stated):
    """Flat, near-flat, plateaus, of a change over six layers."""
    return between("-5%", "5%", stated, FLAT)


def flat_or_declining(stated):
    """Of a change over six layers."""
    return between("-100%", "5%", stated, FLAT)


def within(bound, reading=BOUND):
    """“Within 0.4%”: what lies so near to 0, on either side."""
    end = bound if reading == STRICTLY else decimal(printed(bound).interval.hi)
    return replace(between(f"-{end}", end, f"within {bound}"), printed=(bound,))


def bounded(bound, reading=BOUND):
    """“≤ 0.8%”, “≲ 0.2”: a rounded decimal as an upper bound."""
    end = bound if reading == STRICTLY else decimal(printed(bound).interval.hi)
    return replace(at_most(end, f"≤ {bound}"), printed=(bound,))


def ranges(low, high):
    """“≈ 7–10”: from one number to the other, each to its rounding."""
    lowest, highest = printed(low).interval.lo, printed(high).interval.hi
    return between(decimal(lowest), decimal(highest), f"{low} to {high}", "both numbers to their rounding")


def middle(number):
    interval = printed(number).interval
    return (interval.lo + interval.hi) / 2


def decimal(value):
    """A fraction that is a decimal, as its digits."""
    value = Fraction(value)
    return f"{Decimal(value.numerator) / Decimal(value.denominator):f}"
