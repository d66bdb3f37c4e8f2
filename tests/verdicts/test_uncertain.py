"""Numbers that lie somewhere in an interval: ranges by textbook rules for infinite ends, slopes by dual numbers."""

from __future__ import annotations

import operator
from fractions import Fraction
from itertools import product
from math import inf

import pytest
from flint import arb, ctx, fmpq
from hypothesis import example, given, settings
from hypothesis import strategies as st
from verdicts.intervals import EVERYTHING, Interval, enclosure
from verdicts.uncertain import BITS, Uncertain, UndecidedError, _inverse, _negative, _plus, _power, _times

relaxed = settings(deadline=None)


@st.composite
def sides(draw, most=6):
    lo, hi = sorted(Fraction(draw(st.integers(-most, most)), 2) for _ in range(2))
    whole = Interval(lo, hi)
    return draw(st.sampled_from([whole, whole, Interval(whole.lo, None), Interval(None, whole.hi), EVERYTHING]))


def floats(part):
    """Both ends, infinite where they are: exact for what `sides` draws, and for sums and products of it."""
    return -inf if part.lo is None else float(part.lo), inf if part.hi is None else float(part.hi)


def hull(numbers):
    return min(numbers), max(numbers)


def times(x, y):
    return 0.0 if 0 in (x, y) else x * y


@relaxed
@example(Interval(Fraction(1), None), Interval(Fraction(-3), Fraction(-1)))
@example(Interval(None, Fraction(-1)), Interval(Fraction(-3), Fraction(-1)))
@given(sides(), sides())
def test_sums_and_products_follow_the_rules_for_infinite_ends(one, other):
    ends = list(product(floats(one), floats(other)))
    assert floats(_times(one, other)) == hull([times(x, y) for x, y in ends])
    assert floats(_plus(one, other)) == (floats(one)[0] + floats(other)[0], floats(one)[1] + floats(other)[1])
    assert floats(_negative(one)) == (-floats(one)[1], -floats(one)[0])


@relaxed
@example(Interval(Fraction(1, 2), Fraction(1)), 2)
@example(Interval(Fraction(-1), Fraction(-1, 2)), 2)
@given(sides(), st.integers(0, 5))
def test_powers_do_too(part, exponent):
    lo, hi = floats(part)
    turns = [0.0] if lo <= 0 <= hi else []
    expected = hull([lo**exponent, hi**exponent, *turns]) if exponent else (1, 1)
    assert floats(_power(part, exponent)) == expected


@relaxed
@given(sides(4))
def test_reciprocals_reach_infinity_at_zero_and_are_everything_around_it(part):
    lo, hi = floats(part)
    if lo < 0 < hi or lo == hi == 0:
        assert _inverse(part) == EVERYTHING
        return
    sign = 1 if hi > 0 else -1
    assert floats(_inverse(part)) == hull([1 / end if end else sign * inf for end in (lo, hi)])


ONE = Interval(Fraction(1), Fraction(1))


@relaxed
@given(sides())
def test_the_size_of_a_number_turns_at_zero(part):
    found, (lo, hi) = abs(Uncertain.variable(part, 0, 1)), floats(part)
    assert floats(found.value) == (max(lo, -hi, 0), max(-lo, hi))
    slope = (1, 1) if lo >= 0 else (-1, -1) if hi <= 0 else (-1, 1)
    assert floats(found.slopes[0]) == slope


@relaxed
@given(sides(), st.booleans(), sides(), st.booleans())
def test_nothing_is_smooth_that_is_made_of_what_is_not(one, first, other, second):
    left, right = Uncertain(one, (ONE,), first), Uncertain(other, (ONE,), second)
    for made in (left + right, left - right, left * right):
        assert made.smooth == (first and second)
    assert (+left).smooth == (-left).smooth == (left + 1).smooth == (1 + left).smooth == (2 * left).smooth == first
    assert (+left).value == one
    for made in (1 / left, left**2, left**0):
        assert made.smooth == (first and made.value.width is not None)


@relaxed
@given(sides())
def test_a_number_times_itself_is_its_square(part):
    number = Uncertain.variable(part, 0, 1)
    for made, same in (
        (number * number, number**2),
        (number * number * number, number * number**2),
        (1 / number**2, number**-2),
    ):
        assert (made.value, made.slopes, made.smooth) == (same.value, same.slopes, same.smooth)
    assert ((number**1).value, (number**1).slopes) == (number.value, number.slopes)
    assert floats((number**0).value) == (1, 1)
    assert floats((number**0).slopes[0]) == (0, 0)


@pytest.mark.parametrize("exponent", [True, False, 0.5, "2", None])
def test_only_whole_powers_are_taken(exponent):
    with pytest.raises(ValueError, match="expected a whole power"):
        Uncertain.variable(ONE, 0, 1) ** exponent


@pytest.mark.parametrize("name", ["sqrt", "exp", "log"])
def test_of_a_half_line_roots_exponentials_and_logarithms_are_anything(name):
    assert getattr(Uncertain.variable(Interval(Fraction(1), None), 0, 1), name)().value == EVERYTHING


# comparisons


COMPARED = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq}


@pytest.mark.parametrize("name", COMPARED)
@relaxed
@given(sides(), sides())
def test_a_comparison_is_decided_where_the_intervals_lie_apart(name, one, other):
    (a, b), (c, d) = (floats(part) for part in (one, other))
    left, right = Uncertain.variable(one, 0, 1), Uncertain.constant(other, 1)
    if b < c or d < a or a == b == c == d:
        assert COMPARED[name](left, right) is COMPARED[name](a, c)
    else:
        with pytest.raises(UndecidedError):
            COMPARED[name](left, right)


# slopes


class Dual:
    """A number with its derivatives in x and in y."""

    def __init__(self, value, *slopes):
        self.value, self.slopes = value, slopes or (Fraction(0), Fraction(0))

    def of(self, other):
        return other if isinstance(other, Dual) else Dual(Fraction(other))

    def __neg__(self):
        return Dual(-self.value, *(-a for a in self.slopes))

    def __abs__(self):
        return self if self.value >= 0 else -self

    def __add__(self, other):
        other = self.of(other)
        return Dual(self.value + other.value, *map(operator.add, self.slopes, other.slopes))

    __radd__ = __add__

    def __sub__(self, other):
        return self + -self.of(other)

    def __rsub__(self, other):
        return self.of(other) - self

    def __mul__(self, other):
        other = self.of(other)
        parts = zip(self.slopes, other.slopes, strict=True)
        return Dual(self.value * other.value, *(a * other.value + self.value * b for a, b in parts))

    __rmul__ = __mul__

    def __truediv__(self, other):
        other = self.of(other)
        return self * Dual(1 / other.value, *(-b / other.value**2 for b in other.slopes))

    def __rtruediv__(self, other):
        return self.of(other) / self

    def __pow__(self, exponent):
        if exponent < 0:
            return 1 / self**-exponent
        made = Dual(Fraction(1))
        for _ in range(exponent):
            made = made * self
        return made


def trees(inner):
    pairs = st.tuples(st.sampled_from([operator.add, operator.sub, operator.mul, operator.truediv]), inner, inner)
    return st.one_of(
        pairs.map(lambda made: lambda x, y: made[0](made[1](x, y), made[2](x, y))),
        st.tuples(inner, st.integers(-3, 3)).map(lambda made: lambda x, y: made[0](x, y) ** made[1]),
        inner.map(lambda made: lambda x, y: -made(x, y)),
        inner.map(lambda made: lambda x, y: abs(made(x, y))),
        inner.map(lambda made: lambda x, y: 2 - made(x, y)),
        inner.map(lambda made: lambda x, y: 2 / made(x, y)),
    )


formulas = st.recursive(st.sampled_from([lambda x, _: x, lambda _, y: y, lambda x, y: x - 2 * y]), trees, max_leaves=4)


def at(number):
    return Interval(number, number)


@pytest.mark.long
@given(formulas, sides(), sides(), st.data())
def test_no_value_and_no_slope_falls_outside(formula, x, y, data):
    box = [side if side.width is not None else Interval(Fraction(1), Fraction(2)) for side in (x, y)]
    found = formula(*(Uncertain.variable(side, index, 2) for index, side in enumerate(box)))
    found = found if isinstance(found, Uncertain) else Uncertain.constant(enclosure(found), 2)
    point = [side.lo + data.draw(st.sampled_from([0, Fraction(1, 3), Fraction(1, 2), 1])) * side.width for side in box]
    unit = (Fraction(1), Fraction(0))
    try:
        there = Dual(Fraction(0)) + formula(Dual(point[0], *unit), Dual(point[1], *unit[::-1]))
    except ZeroDivisionError:
        assert not found.smooth
        return
    assert found.value.contains(at(there.value))
    if found.smooth:
        assert all(enclosed.contains(at(slope)) for enclosed, slope in zip(found.slopes, there.slopes, strict=True))


@relaxed
@given(st.sampled_from(["sqrt", "exp", "log"]), st.fractions(Fraction(1, 50), 50), st.fractions(0, 3))
def test_roots_exponentials_and_logarithms_are_tight_and_so_are_their_slopes(name, lo, width):
    side = Interval(lo, lo + width)
    found = getattr(Uncertain.variable(side, 0, 1), name)()
    with ctx.workprec(BITS):
        ends = [arb(fmpq(end.numerator, end.denominator)) for end in (side.lo, side.hi)]
        values = [getattr(end, name)() for end in ends]
        slopes = {"sqrt": [1 / (2 * value) for value in values], "exp": values, "log": [1 / end for end in ends]}[name]
        parts = [[enclosure(end) for end in pair] for pair in (values, slopes if name == "exp" else slopes[::-1])]
    assert found.smooth
    for enclosed, (low, high) in zip((found.value, found.slopes[0]), parts, strict=True):
        assert abs(enclosed.lo - low.lo) + abs(enclosed.hi - high.hi) < Fraction(1, 2 ** (BITS - 60))
        assert enclosed.lo <= low.hi
        assert enclosed.hi >= high.lo


@pytest.mark.parametrize("least", ["-0.001", "-5", None])
@pytest.mark.parametrize("name", ["sqrt", "log"])
def test_outside_of_their_domain_they_are_undecided(name, least):
    part = Interval(None if least is None else Fraction(least), Fraction(4))
    with pytest.raises(UndecidedError, match="is real"):
        getattr(Uncertain.variable(part, 0, 1), name)()


@pytest.mark.parametrize("part", [EVERYTHING, Interval(None, Fraction(1))])
def test_an_exponential_is_real_everywhere(part):
    assert Uncertain.variable(part, 0, 1).exp().value == EVERYTHING


def test_a_logarithm_has_a_pole_at_zero():
    found = Uncertain.variable(Interval(Fraction(0), Fraction(4)), 0, 1).log()
    assert found.value.lo is None
    assert found.value != EVERYTHING
    assert not found.smooth


def test_a_root_that_begins_at_zero_is_real():
    found = Uncertain.variable(Interval(Fraction(0), Fraction(4)), 0, 1).sqrt()
    assert (found.value.lo, found.value.hi) == (0, 2)


def test_an_input_has_slope_one_in_itself_and_none_in_others():
    zero = at(Fraction(0))
    assert Uncertain.variable(ONE, 1, 3).slopes == (zero, ONE, zero)
    assert Uncertain.constant(ONE, 2).slopes == (zero, zero)


def test_a_constant_is_smooth_where_it_is_finite():
    assert Uncertain.constant(at(Fraction(2)), 1).smooth
    assert not Uncertain.constant(Interval(Fraction(2), None), 1).smooth
