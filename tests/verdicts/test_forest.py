"""One axis for the cases of a claim: it keeps their order and their scale, and is left where none can be shared."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdicts.views.drawing import draw
from verdicts.views.forest import axes

numbers = st.decimals(-(10**6), 10**6, places=6)


def cases(*pairs):
    return [{"accepted": accepted, "computed": computed} for accepted, computed in pairs]


def test_bands_lie_in_one_place_and_misses_are_drawn_to_scale():
    one, other = axes(cases((["1", "3"], ["4", "4"]), (["10", "30"], ["0", "0"])))
    assert one(Decimal(1)) == pytest.approx(other(Decimal(10)))
    assert one(Decimal(3)) == pytest.approx(other(Decimal(30)))
    assert one(Decimal(4)) == pytest.approx(1)
    assert other(Decimal(0)) == pytest.approx(0)
    assert one(Decimal(4)) - one(Decimal(3)) == pytest.approx((one(Decimal(3)) - one(Decimal(1))) / 2)


def test_the_same_bound_is_one_place_for_all():
    places = axes(cases(([None, "19"], ["20", "21"]), ([None, "19"], ["24", None]), ([None, "19"], ["5", "6"])))
    assert len({place(Decimal(19)) for place in places}) == 1
    assert places[0](Decimal(5)) == 0
    assert places[0](Decimal(24)) == 1


@pytest.mark.parametrize(
    "given_",
    [
        [],
        cases((["1", "3"], ["4", "4"])),
        cases((["1", "3"], ["4", "4"]), (["1", None], ["4", "4"])),
        cases((["1", "1"], ["4", "4"]), (["2", "2"], ["4", "4"])),
        cases(([None, None], ["4", "4"]), ([None, None], ["5", "5"])),
        cases((["1", "1"], ["1", "1"]), (["1", "1"], ["1", "1"])),
        cases((None, ["1", "1"]), (["1", "2"], None)),
    ],
)
def test_cases_that_cannot_be_compared_have_an_axis_each(given_):
    assert axes(given_) == [None] * len(given_)


def test_a_case_without_two_sets_is_left_out():
    places = axes(cases((["1", "3"], ["4", "4"]), (None, None), (["1", "3"], ["2", "2"])))
    assert [place is None for place in places] == [False, True, False]


@given(st.lists(st.tuples(numbers, numbers, numbers, numbers), min_size=2, max_size=5))
def test_the_order_of_all_ends_is_kept_within_the_axis(found):
    rows = []
    for a, b, c, d in found:
        (low, high), (left, right) = sorted((a, b)), sorted((c, d))
        rows.append({"accepted": [str(low), str(high + 1)], "computed": [str(left), str(right)]})
    for row, axis in zip(rows, axes(rows), strict=True):
        ends = sorted({Decimal(end) for end in row["accepted"] + row["computed"]})
        places = [axis(end) for end in ends]
        assert places == sorted(places)
        assert -1e-9 <= places[0] <= places[-1] <= 1 + 1e-9


def test_far_misses_are_drawn_on_the_axis():
    near, far = axes(cases((["1", "3"], ["2", "2"]), (["1", "3"], ["1e400", "1e400"])))
    assert 0 <= near(Decimal(1)) < near(Decimal(3)) < 0.1
    assert far(Decimal("1e400")) == 1
    assert "class=c" in draw(["1", "3"], [False, False], ["1e400", "1e400"], far)
