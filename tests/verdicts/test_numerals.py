"""Numbers are shortened without ever saying more, or less, than the ledger."""

from __future__ import annotations

import re
from decimal import Decimal, localcontext
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdicts.views.drawing import MARGIN, NARROWEST, WIDTH, positions
from verdicts.views.numerals import WIDE, amount, full_interval, gap, off_by, printed_number
from verdicts.views.sets import computed, interval


@pytest.mark.parametrize(
    ("ends", "shown"),
    [
        (("5.0003", "5.0004"), "[5.0003, 5.0004]"),
        (("2.75193839388410989", "2.75193839388410991"), "2.7519383…"),
        (("1.99999999999999", "2.00000000000001"), "2.00000000 ± 1e−14"),
        ((None, "19"), "≤ 19"),
        (("0", None), "≥ 0"),
        ((None, None), "any number"),
        (("3", "3"), "3"),
        (("0.36312345", "0.3649876"), "[0.3631, 0.3650]"),
        (("-0.36312345", "0.3649876"), "[−0.37, 0.37]"),
        (("0.0024", "12.5"), "[0.0024, 13]"),
        (("1e-12", "3e-12"), "[1e−12, 3e−12]"),
        (("2.99999999999", "2.99999999999"), "2.9999999…"),
        (("0E-50000", "1e-40"), "[0, 1e−40]"),
        (("9" * 40_000, "9" * 40_000), "9.9999999e39999…"),
    ],
)
def test_sets_show_the_digits_that_matter(ends, shown):
    assert interval(ends) == shown


def test_open_ends_show():
    assert interval(("1", "2"), (True, False)) == "(1, 2]"
    assert interval((None, "2"), (False, True)) == "< 2"
    assert interval(("2", None), (True, False)) == "> 2"
    assert full_interval((None, "2.50"), (False, True)) == "(−∞, 2.50)"


@pytest.mark.parametrize(
    ("accepted", "ends", "shown"),
    [
        (("0", "1"), ("1.00000000010001", "1.00000000010002"), "1.0000000001…"),
        (("0", "1"), ("0.99999999999", "1.00000000001"), "[0.99999999999, 1.00000000001]"),
        (("4.95", "5.05"), ("4.95", "4.95"), "4.95"),
        (("4.95", "5.05"), ("4.9500000000001", "4.9500000000002"), "[4.9500000000001, 4.9500000000002]"),
        (None, ("2.75193839388410989", "2.75193839388410991"), "2.7519383…"),
        (("0", "1"), (None, "3"), "≤ 3"),
        (("0", "1"), ("1.0004", "2.5"), "[1.0004, 2.5]"),
        (("3", "3"), ("2.99999999999", "2.99999999999"), "2.9999999…"),
        ((None, "3"), (f"3.{'0' * 59}1", f"3.{'0' * 59}1"), "3 + 1e−60"),
        ((None, "3"), (f"3.{'0' * 999}1", f"3.{'0' * 999}2"), "3 + [1e−1000, 2e−1000]"),
        (("3", None), (f"2.{'9' * 1000}", f"2.{'9' * 1000}"), "2.9999999…"),
        (("3", None), (f"2.{'9' * 1000}", f"3.{'0' * 999}2"), "3.00000000 ± 2e−1000"),
        (("-3", None), (f"-3.{'0' * 59}1", f"-3.{'0' * 59}1"), "−3 − 1e−60"),
        ((None, "3"), (f"3.{'0' * 59}1", None), "≥ 3 + 1e−60"),
        ((None, f"3.{'0' * 998}1"), (f"3.{'0' * 998}2", f"3.{'0' * 998}2"), "an accepted end + 1e−999"),
    ],
)
def test_the_computed_set_is_told_from_the_edge_of_the_accepted_one(accepted, ends, shown):
    assert computed({"accepted": accepted, "computed": ends}) == shown


finite = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9, places=12)


@given(finite, finite)
def test_rounding_is_outwards(one, other):
    low, high = sorted((one, other))
    shown = interval((str(low), str(high))).replace("−", "-")
    if shown.startswith("["):
        left, right = (Decimal(end) for end in shown[1:-1].split(", "))
        assert left <= low <= high <= right
        assert right - left <= (high - low) * Decimal("1.3")


@pytest.mark.parametrize(
    ("stated", "accepted", "computed", "miss"),
    [
        ("5.0", ("4.95", "5.05"), ("5.73", "5.74"), "7.3 units"),
        ("2.75", ("2.745", "2.755"), ("4.1", "4.2"), "49 %"),
        ("≤ 19", (None, "19"), ("28.5", "29"), "50 %"),
        ("6%", ("0.055", "0.065"), ("0.09", "0.1"), "3.0 units"),
        ("~10×", ("9", "11"), ("22", "23"), "a factor of 2.0"),
        ("~10×", ("9", "11"), ("14", "15"), "27 %"),
        ("a third", ("0.3", "0.4"), ("0.2", "0.21"), "30 %"),
        ("a third", ("0.3", "0.4"), ("0.1", "0.12"), "a factor of 2.5"),
        ("63.7%", ("0.6365", "0.6375"), ("0.245", "0.245"), "a factor of 2.6"),
        ("= 0", ("0", "0"), ("0.25", "0.3"), "0.25"),
        ("large", ("3.5", None), ("-0.5", "0.1"), "a factor of 35"),
        ("large", ("3.5", None), ("-0.5", "-0.1"), "3.6"),
        ("within six deviations", ("-6", "6"), ("-8.2", "-7.3"), "1.3"),
        ("within six deviations", ("-6", "6"), ("-80", "-60"), "a factor of 10"),
        ("5.0", None, None, ""),
    ],
)
def test_a_miss_is_measured_from_the_nearest_value(stated, accepted, computed, miss):
    assert off_by({"stated": stated, "accepted": accepted, "computed": computed}) == miss


@pytest.mark.parametrize(
    ("accepted", "computed", "miss"),
    [(("1", "1"), ("9", "9"), "8"), (("0", "0"), ("1", "1"), "1"), (("12", "12"), ("99", "99"), "87"),
     (("4", None), ("0", "0"), "4"), ((None, "2"), ("3", "3"), "1"), (("1", "1"), ("9", "9.5"), "a factor of 9.0"),
     (("1", "1"), ("9.5", "9.5"), "a factor of 9.5"), (("1.5", "1.5"), ("3", "3"), "a factor of 2.0"),
     (("1", "1"), ("1", "1"), "")],
)  # fmt: skip
def test_a_miss_of_one_whole_number_from_another_is_counted(accepted, computed, miss):
    assert off_by({"stated": f"= {accepted[0]}", "accepted": accepted, "computed": computed}) == miss


def test_the_gap_is_zero_where_the_sets_meet():
    assert gap({"accepted": ("1", "2"), "computed": ("2", "3")}) == 0
    assert gap({"accepted": ("1", "2"), "computed": ("3", "4")}) == Decimal("0.5")


tiny = st.integers(1, 10**6).map(lambda n: Decimal((0, tuple(map(int, str(n))), -1010)))
edge = st.sampled_from(["0", "3", "-3", "2.745", "1e12", "-0.1"]).map(Decimal)


def meaning(shown):
    """The ends that a reader takes from a computed set as it is shown."""
    text = shown.replace("−", "-")
    if parts := re.fullmatch(r"(\S+) ([+-]) (.+)", text):
        ends = [Decimal(f"{parts[2]}1") * end for end in meaning(parts[3])]
        return [Decimal(parts[1]) + end for end in sorted(ends)]
    if " ± " in text:
        middle, radius = map(Decimal, text.split(" ± "))
        return [middle - radius, middle + radius]
    if text.startswith("["):
        return [Decimal(end) for end in text[1:-1].split(", ")]
    if text.endswith("…"):
        value = Decimal(text[:-1])
        beyond = Decimal(1).scaleb(value.as_tuple().exponent) - Decimal("1e-1900")
        return sorted([value, value + beyond.copy_sign(value)])
    return [Decimal(text)] * 2


def check_that_nothing_is_hidden(low, high, edge):
    shown = computed({"accepted": [None, str(edge)], "computed": [str(low), str(high)]})
    left, right = meaning(shown)
    assert left <= low <= high <= right
    assert (left > edge, right < edge) == (low > edge, high < edge)
    assert len(shown) < 90


@given(finite, finite, finite)
def test_a_computed_set_is_never_shown_across_an_end_that_it_does_not_reach(one, other, edge):
    with localcontext(prec=2000):
        check_that_nothing_is_hidden(*sorted((one, other)), edge)


@given(edge, tiny, tiny, st.sampled_from([-1, 1]))
def test_a_difference_at_the_thousandth_place_has_the_right_sign_and_size(edge, one, other, side):
    with localcontext(prec=2000):
        low, high = sorted((edge + side * one, edge + side * (one + other)))
        check_that_nothing_is_hidden(low, high, edge)
        check_that_nothing_is_hidden(edge - one, edge + other, edge)
        case = {"accepted": [None, str(edge)] if side > 0 else [str(edge), None], "computed": [str(low), str(high)]}
        assert abs(gap(case) * (abs(edge) or 1) / one - 1) < Decimal("1e-20")
        assert off_by(case | {"stated": ""})


def test_long_numbers_are_clipped_and_say_so():
    shown = full_interval(("1" * 40_000, None))
    assert shown == f"[{'1' * 29}…{'1' * 29} (40,000 characters), ∞)"
    assert amount("0.0496") == "0.0496"
    assert amount(f"0.{'0' * 900}123456") == "1.23e−901"
    assert amount(None) == ""


@given(finite, st.sampled_from(["", "%"]))
def test_a_printed_number_is_read_with_the_unit_of_its_last_digit(number, percent):
    value, unit = printed_number(f"≈ {number:f}{percent}")
    scale = Decimal(100) if percent else 1
    assert value * scale == number
    assert unit * scale == Decimal("1e-12")


def test_what_is_more_than_a_number_has_no_unit():
    assert printed_number("≤ 19") is None
    assert printed_number("0,029") is None
    assert printed_number("1" * 100_000) is None
    assert printed_number("1e999999999") is None


def test_no_context_of_the_caller_changes_a_number():
    with localcontext(prec=3):
        assert gap({"accepted": ["1.00001", "1.00002"], "computed": ["1.00003", "1.00004"]}) > 0
        assert computed({"accepted": [None, "3"], "computed": ["3.0000001", "3.0000001"]}) == "3.0000001"
    assert WIDE.prec == 60


@given(st.lists(st.decimals(allow_nan=False, allow_infinity=False), min_size=1, max_size=4, unique=True))
def test_different_ends_are_drawn_apart_and_in_order(numbers):
    ends = sorted(numbers)
    places, shortened = positions(ends, [NARROWEST] * (len(ends) - 1))
    assert len(shortened) == len(ends) - 1
    assert all(right - left >= NARROWEST / 2 for left, right in pairwise(places))
    assert all(MARGIN - 1e-6 <= place <= WIDTH - MARGIN + 1e-6 for place in places)


def test_only_a_shortened_stretch_carries_a_break():
    assert positions([Decimal(0), Decimal(1), Decimal(2)], [8, 8])[1] == [False, False]
    far = [Decimal(0), Decimal("1e-10"), Decimal(1), Decimal("1.0000000001")]
    assert positions(far, [8, 8, 8])[1] == [False, True, False]
