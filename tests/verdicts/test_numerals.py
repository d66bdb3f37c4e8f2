"""Numbers are shortened without ever saying more, or less, than the ledger."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdicts.views.drawing import MARGIN, NARROWEST, WIDTH, positions
from verdicts.views.numerals import computed, full_interval, gap, interval, off_by


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
        ("~10×", ("9", "11"), ("22", "23"), "12 units"),
        ("a third", ("0.3", "0.4"), ("0.2", "0.21"), "30 %"),
        ("= 0", ("0", "0"), ("0.25", "0.3"), "0.25"),
        ("5.0", None, None, ""),
    ],
)
def test_a_miss_is_measured_from_the_nearest_value(stated, accepted, computed, miss):
    assert off_by({"stated": stated, "accepted": accepted, "computed": computed}) == miss


def test_the_gap_is_zero_where_the_sets_meet():
    assert gap({"accepted": ("1", "2"), "computed": ("2", "3")}) == 0
    assert gap({"accepted": ("1", "2"), "computed": ("3", "4")}) == Decimal("0.5")


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
