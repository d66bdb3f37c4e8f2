"""What printed inputs allow."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from math import inf
from operator import truediv

import numpy as np
import pytest
from flint import arb
from hypothesis import example, given, settings
from hypothesis import strategies as st
from verdicts import rounding
from verdicts.intervals import EVERYTHING, Interval
from verdicts.rounding import _examine, _least, _over, over_rounding
from verdicts.statements import StatementError, at_most, between, exactly, printed, truncated
from verdicts.uncertain import Uncertain

numbers = st.builds(lambda digits, places: f"{digits / 10**places:.{places}f}", st.integers(-30, 30), st.integers(0, 2))
FORMULAS = {
    "product": lambda x, y: x * y,
    "difference of squares": lambda x, y: x**2 - y**2,
    "cancelling": lambda x, y: x * (1 - x) + y * (x - y),
    "quotient": lambda x, y: x / y,
    "cubic": lambda x, y: x**3 - 2 * x + abs(y),
    "pole on a line": lambda x, y: 1 / (x - y),
    "negative power": lambda x, y: y * x**-2,
    "bounded quotient": lambda x, y: x * y / (x**2 + y**2 + 1),
}


def sides(texts):
    return [printed(text).interval for text in texts]


@given(st.sampled_from(sorted(FORMULAS)), numbers, numbers, st.data())
def test_no_reading_of_the_inputs_falls_outside(name, x, y, data):
    formula, found = FORMULAS[name], over_rounding(FORMULAS[name], x, y)
    for _ in range(5):
        parts = [data.draw(st.fractions(0, 1, max_denominator=64)) for _ in range(2)]
        point = [side.lo + part * side.width for side, part in zip(sides([x, y]), parts, strict=True)]
        try:
            value = Fraction(formula(*point))
        except ZeroDivisionError:
            continue
        assert found.contains(Interval(value, value))


@settings(deadline=None)
@given(
    st.sampled_from([lambda x, y: x - 3 * y, lambda x, y: x / (70 + y), lambda x, y: (40 + x) ** 2 * (40 - y)]),
    numbers,
    numbers,
)
def test_a_monotone_formula_has_its_exact_ends_at_corners(formula, x, y):
    if Fraction(x) * Fraction(y) == 0:
        x, y = "3", "2"  # x / (70 + y) turns in y where x changes its sign
    corners = [formula(*point) for point in product(*((side.lo, side.hi) for side in sides([x, y])))]
    assert over_rounding(formula, x, y) == Interval(min(corners), max(corners))


def test_quotients_of_printed_numbers():
    assert over_rounding(truediv, "6", "2") == Interval(
        Fraction("5.5") / Fraction("2.5"), Fraction("6.5") / Fraction("1.5")
    )
    assert over_rounding(lambda a: -a, "0.5%") == Interval(Fraction("-0.0055"), Fraction("-0.0045"))
    assert over_rounding(lambda a, b: a / b - 1, "2.299", "2.144").width < Fraction(1, 1000)


def near(end, value):
    return abs(end - Fraction(value)) <= Fraction(1, 10**9)


@pytest.mark.parametrize(
    ("formula", "text", "lo", "hi"),
    [
        (lambda x: x * (1 - x), "0.5", "0.2475", "0.25"),
        (lambda x: x**2, "0", "0", "0.25"),
        (lambda x: x * x, "0", "0", "0.25"),
        (lambda x: x**4 - x**2, "0.7", "-0.25", "-0.24399375"),
        (lambda x: x / (x**2 + 1), "1", "0.4", "0.5"),
        (abs, "0.0", "0", "0.05"),
        (lambda x: (x - 1) * (x - 1) * x, "1", "0", "0.375"),
    ],
    ids=["x(1−x)", "x²", "x·x", "x⁴−x²", "x÷(x²+1)", "|x|", "(x−1)²x"],
)
def test_extrema_inside_are_found(formula, text, lo, hi):
    found = over_rounding(formula, text)
    assert near(found.lo, lo)
    assert near(found.hi, hi)


@given(st.tuples(*[st.integers(-4, 4)] * 3), numbers)
def test_a_cubic_has_its_extrema_at_ends_or_where_its_slope_vanishes(factors, text):
    a, b, c = factors
    side = printed(text).interval
    ends = [float(side.lo), float(side.hi)]
    turns = np.roots(np.trim_zeros([3 * a, 2 * b, c], "f"))
    inside = [turn.real for turn in turns if abs(turn.imag) < 1e-9 and ends[0] <= turn.real <= ends[1]]
    values = [((a * x + b) * x + c) * x for x in ends + inside]
    found = over_rounding(lambda x: a * x**3 + b * x**2 + c * x, text)
    other = over_rounding(lambda x: ((a * x + b) * x + c) * x, text)
    for lo, hi in ((found.lo, found.hi), (other.lo, other.hi)):
        assert near(lo, min(values))
        assert near(hi, max(values))


@pytest.mark.parametrize(("right", "up", "scale"), [pytest.param(3, 7, 1, marks=pytest.mark.long), (1, 4, 100)])
def test_a_bowl_has_its_bottom_wherever_it_is(right, up, scale):
    """Sides of very different lengths, and a bottom that is at no simple fraction of either."""
    at = Fraction("1.5") + Fraction(right, 10), (Fraction("2.5") + Fraction(up, 10)) / scale

    def bowl(x, y):
        across, along = x - at[0], scale * (y - at[1])
        return 1 + across * across + along * along + across * along

    text = {1: "3", 100: "0.03"}[scale]
    found = over_rounding(bowl, "2", text)
    assert near(found.lo, 1)
    corners = [bowl(*point) for point in product(*((side.lo, side.hi) for side in sides(["2", text])))]
    assert near(found.hi, max(corners))


@pytest.mark.parametrize(
    ("formula", "texts", "expected"),
    [
        (lambda x: 1 / x, ["0.0"], EVERYTHING),
        (truediv, ["0.0", "0.0"], EVERYTHING),
        (lambda x: 1 / x**2, ["0"], Interval(Fraction(4), None)),
        (lambda x: -1 / x**2, ["0"], Interval(None, Fraction(-4))),
        (lambda x: 1 / (x - Fraction("0.05")), ["0.0"], Interval(None, Fraction(-10))),
        (lambda x, y: 1 / (x - y), ["1", "1.5"], EVERYTHING),
        (lambda x: x.log(), ["0"], EVERYTHING),
        (lambda x: x.sqrt(), ["0.0"], EVERYTHING),
    ],
    ids=["1÷x", "0÷0", "1÷x²", "−1÷x²", "pole at an end", "1÷(x−y)", "log 0", "√ of less than 0"],
)
def test_a_pole_makes_an_end_infinite(formula, texts, expected):
    assert over_rounding(formula, *texts) == expected


@pytest.mark.parametrize(
    "formula",
    [lambda root: 0 * root, lambda root: root**0, abs, lambda root: root * root, lambda root: 1 / (1 + root**2)],
    ids=["0·√", "√⁰", "|√|", "√·√", "1÷(1+√²)"],
)
@pytest.mark.parametrize("name", ["sqrt", "log"])
def test_what_is_not_real_is_unknown_whatever_is_made_of_it(formula, name):
    assert over_rounding(lambda x: formula(getattr(x - 2, name)()), "1.0") == EVERYTHING
    assert over_rounding(lambda x: formula(getattr(x - 2, name)()), "2") == EVERYTHING


def test_a_formula_of_no_inputs_is_refused():
    with pytest.raises(StatementError, match="at least one printed number"):
        over_rounding(lambda: 3)


def test_a_square_is_no_product_of_two_numbers():
    assert over_rounding(lambda x: x * x, "0") == Interval(Fraction(0), Fraction(1, 4))


def test_roots_and_logarithms_are_enclosed():
    found = over_rounding(lambda x, y: (x.sqrt() + y.log()) * x.exp(), "2.0", "3.0")
    with_ends = [(arb(x).sqrt() + arb(y).log()) * arb(x).exp() for x, y in [("1.95", "2.95"), ("2.05", "3.05")]]
    assert found.lo <= Fraction(*float(with_ends[0].mid()).as_integer_ratio()) + Fraction(1, 10**12)
    assert near(found.lo, float(with_ends[0].mid()))
    assert near(found.hi, float(with_ends[1].mid()))


def test_a_formula_may_be_a_constant_or_branch_where_the_inputs_decide():
    assert over_rounding(lambda _: 3, "2") == Interval(Fraction(3), Fraction(3))
    assert over_rounding(lambda _: arb("nan"), "2") == EVERYTHING
    assert over_rounding(max, "1", "5") == Interval(Fraction("4.5"), Fraction("5.5"))
    assert over_rounding(lambda x: 1 if x > 0 else x, "2") == Interval(Fraction(1), Fraction(1))
    assert over_rounding(lambda x: 1 if x > 2 else 5, "2").contains(Interval(Fraction(1), Fraction(5)))
    assert over_rounding(lambda x: 1 if x == 2 else 5, "2").contains(Interval(Fraction(1), Fraction(5)))


def test_inputs_may_be_truncated_but_not_unbounded():
    assert over_rounding(lambda x: 2 * x, truncated("0.36")) == Interval(Fraction("0.72"), Fraction("0.74"))
    with pytest.raises(StatementError, match="between two ends"):
        over_rounding(lambda x: x, at_most("3"))


@pytest.mark.parametrize("formula", [lambda x: 0.5 * x, lambda x: x + "1", lambda x: x**0.5, str])
def test_floats_and_strings_are_no_part_of_a_formula(formula):
    with pytest.raises(ValueError, match="expected"):
        over_rounding(formula, "2")


def test_whether_a_number_is_zero_may_be_open():
    assert over_rounding(lambda x: 1 if x else 0, "0.0") == EVERYTHING
    assert over_rounding(lambda x: 1 if x else 0, "0.1") == Interval(Fraction(1), Fraction(1))
    assert over_rounding(lambda x: 0 if x - x else 1, "0.1") == EVERYTHING


def test_an_input_whose_size_matters_no_more_is_not_halved():
    one = over_rounding(lambda x, y: y + x * (1 - x), "0.5", "2")
    other = over_rounding(lambda x, y: y * x * (1 - x), "0.5", exactly(2))
    for found, lo, hi in ((one, "1.7475", "2.75"), (other, "0.495", "0.5")):
        assert near(found.lo, lo)
        assert near(found.hi, hi)


def test_a_pole_that_only_the_whole_box_seems_to_have_is_none():
    found = over_rounding(lambda x: -1 / (x * (x - 1) + Fraction(1, 2)), "0")
    assert found.lo == -4
    assert near(found.hi, Fraction(-4, 5))


# the search for the least value, step by step


def part(lo, hi):
    return Interval(*(None if end is None else Fraction(end) for end in (lo, hi)))


bounded = st.tuples(st.integers(-6, 6), st.integers(-6, 6)).map(lambda ends: part(*sorted(ends)))
parts = st.one_of(
    bounded,
    st.builds(part, st.integers(-6, 6), st.none()),
    st.builds(part, st.none(), st.integers(-6, 6)),
    st.just(EVERYTHING),
)


def at(number):
    return Interval(number, number)


def fall(side, slope):
    return inf if slope.width is None else max(abs(slope.lo), abs(slope.hi)) * side.width / 2


def lower_face(side, slope):
    if slope.lo is not None and slope.lo >= 0:
        return at(side.lo)
    return at(side.hi) if slope.hi is not None and slope.hi <= 0 else side


@example([(part(0, 1), part(-1, 3))], part(-9, 9), part(2, 3), 0)
@example([(part(0, 1), part(-1, 3))], part(-9, 9), part(2, 3), 1)
@example([(part(0, 1), part(-1, 3)), (part(2, 2), part(-1, 1))], part(-9, 9), part(2, 3), 0)
@example([(part(0, 1), part(-1, None))], part(-9, 9), part(2, 3), 0)
@example([(part(0, 1), part(None, 1))], part(-9, 9), part(2, 3), 0)
@example([(part(0, 1), part(0, 1)), (part(0, 1), part(-1, 0))], part(-9, 9), part(2, 3), 0)
@given(st.lists(st.tuples(bounded, parts), min_size=1, max_size=3), parts, bounded, st.integers(0, 1))
def test_the_least_value_lies_on_a_face_and_no_further_below_its_middle_than_slopes_allow(given, value, middle, poles):
    box, slopes = zip(*given, strict=True)
    smooth = not poles and value.width is not None

    def formula(*numbers):
        is_point = all(number.value.width == 0 for number in numbers)
        return Uncertain(middle, slopes) if is_point else Uncertain(value, slopes, smooth)

    face = tuple(map(lower_face, box, slopes)) if smooth else box
    lowest = -inf if value.lo is None else value.lo
    if smooth:
        falls = map(fall, face, slopes)
        lowest = max(lowest, middle.lo - sum(falls))
    if all(side.width == 0 for side in box):
        face, lowest = box, middle.lo
    elif all(side.width == 0 for side in face):
        lowest = middle.lo
    assert _examine(formula, box) == (face, None if lowest == -inf else lowest, middle.hi)


def test_where_the_inputs_decide_nothing_is_known():
    found = _over(max, (printed("1").interval, printed("1").interval))
    assert (found.value, found.slopes, found.smooth) == (EVERYTHING, (EVERYTHING,) * 2, False)


@pytest.mark.parametrize(("x", "y"), [("3", "-7"), ("0.000000", "0"), ("0", "40.0000"), ("5.00", "-2.0000")])
def test_moving_and_stretching_its_inputs_leaves_the_search_as_it_is(monkeypatch, x, y):
    monkeypatch.setattr(rounding, "MOST_BOXES", 8)

    def bowl(x, y):
        return (x - Fraction(1, 10)) ** 2 + (y - Fraction(1, 5)) ** 2 + x * y

    def moved(*numbers):
        return bowl(
            *(
                (number - Fraction(text)) / printed(text).interval.width
                for number, text in zip(numbers, (x, y), strict=True)
            )
        )

    assert over_rounding(moved, x, y) == over_rounding(bowl, "0", "0")


@pytest.mark.parametrize(
    ("formula", "is_bounded"),
    [(lambda x: x**3 - 2 * x, True), (lambda x: 2 * x - x**3, True), (lambda x: 1 / (x - 1), False)],
    ids=["x³−2x", "2x−x³", "1÷(x−1)"],
)
def test_where_the_search_is_cut_short_the_bound_is_the_least_that_is_left(monkeypatch, formula, is_bounded):
    monkeypatch.setattr(rounding, "MOST_BOXES", 0)
    left, right = (over_rounding(formula, between(*ends)) for ends in (("0.5", "1"), ("1", "1.5")))
    whole = over_rounding(formula, "1")
    monkeypatch.setattr(rounding, "MOST_BOXES", 1)
    found = over_rounding(formula, "1")
    if is_bounded:
        assert found == Interval(min(left.lo, right.lo), max(left.hi, right.hi))
        assert found.width < whole.width
    else:
        assert found == whole == EVERYTHING


@pytest.mark.parametrize(
    ("formula", "text", "most"),
    [
        (lambda x: x**2, "0", 2),
        (lambda x: 3 * x, "1", 2),
        (lambda x: x * (1 - x), "0.5", 10),
        (lambda x: x**3 - 2 * x, "1", 100),
        (lambda x: 1 / x, "0.0", 100),
    ],
    ids=["x²", "3x", "x(1−x)", "x³−2x", "1÷x"],
)
def test_the_search_ends_where_the_bound_is_met(formula, text, most):
    asked = 0

    def counted(number):
        nonlocal asked
        asked += 1
        return formula(number)

    _least(counted, (printed(text).interval,))
    assert asked <= most
