"""What words accept."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from verdicts.intervals import Interval
from verdicts.statements import (
    Accepted,
    StatementError,
    about,
    at_least,
    at_most,
    between,
    exactly,
    less_than,
    more_than,
    power_of_ten,
    printed,
    replicated,
    truncated,
)

relaxed = settings(deadline=None)


@pytest.mark.parametrize(
    ("text", "lo", "hi"),
    [
        ("2.610", "2.6095", "2.6105"),
        ("-14.5%", "-0.1455", "-0.1445"),
        ("1,265", "1264.5", "1265.5"),
        ("1{,}265", "1264.5", "1265.5"),
        ("+0.09%", "0.00085", "0.00095"),
        (r"0.09\%", "0.00085", "0.00095"),
        ("9.3e-8", "0.0000000925", "0.0000000935"),
        ("5", "4.5", "5.5"),
        (".955", "0.9545", "0.9555"),
        ("−0.5", "-0.55", "-0.45"),
        ("5×10^-4", "4.5e-4", "5.5e-4"),
        ("5 × 10⁻⁴", "4.5e-4", "5.5e-4"),
        (r"5\times10^{-4}", "4.5e-4", "5.5e-4"),
        (r"5.0 \cdot 10^{3}", "4950", "5050"),
        ("5e−4", "4.5e-4", "5.5e-4"),
    ],
)
def test_printed_numbers_are_rounding_intervals(text, lo, hi):
    accepted = printed(text)
    assert accepted.interval == Interval(Fraction(lo), Fraction(hi))
    assert accepted.printed == (text,)


@relaxed
@given(st.integers(0, 10**9), st.integers(0, 6), st.sampled_from(["", "-", "−", "+"]))
def test_a_printed_number_accepts_what_rounds_to_it(digits, places, sign):
    text = f"{sign}{digits // 10**places}.{digits % 10**places:0{places}}" if places else f"{sign}{digits}"
    interval = printed(text).interval
    for end in (interval.lo, interval.hi):
        inside = end + (interval.lo + interval.hi - 2 * end) / 1000
        assert round(inside * 10**places) == digits * (-1 if sign in ("-", "−") else 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2.",
        "1,26",
        "abc",
        "1 000",
        "--1",
        "1%%",
        "nan",
        "inf",
        "٣",
        "1e5e5",
        "5×",
        "1\n",
        "1_000",
        "1e",
        "10^",
        "×10^4",
    ],
)
def test_malformed_numbers_are_refused(text):
    with pytest.raises(StatementError, match="expected a printed number"):
        printed(text)


@pytest.mark.parametrize("text", ["0,029", "2,5", "-0,5%", "2,6105"])
def test_a_decimal_comma_is_refused(text):
    with pytest.raises(StatementError, match="decimal comma is ambiguous"):
        printed(text)


@pytest.mark.parametrize(
    "text", ["1" * 10**6, "1e999999999", "1e-99999", "0." + "1" * 10**6, "1e" + "9" * 10**6], ids=lambda t: t[:9]
)
@pytest.mark.parametrize("word", [printed, truncated, at_most, exactly, power_of_ten])
def test_numbers_beyond_any_paper_are_refused_in_one_short_line(word, text):
    with pytest.raises(StatementError, match=r"\Aexpected .{,240}\Z"):
        word(text)


@pytest.mark.parametrize("number", [2.610, 3, None, Decimal(3)])
def test_a_number_is_given_as_printed(number):
    with pytest.raises(StatementError, match="trailing zeros count"):
        printed(number)


def test_words_become_sets():
    assert at_most("19").interval == Interval(None, Fraction(19))
    assert at_least("19").interval == Interval(Fraction(19), None)
    assert less_than("19").interval.hi_open
    assert more_than("19").interval.lo_open
    assert between("1%", "6%").interval == Interval(Fraction(1, 100), Fraction(6, 100))
    assert about("10", "20%", "two digits").interval == Interval(Fraction(8), Fraction(12))
    assert exactly("0.5").interval == Interval(Fraction(1, 2), Fraction(1, 2))
    assert at_most("10^-4").interval.hi == Fraction(1, 10**4)
    with pytest.raises(StatementError, match="needs a reason"):
        about("10", "20%", "")
    for text, margin in (("0", "5%"), ("0.0", "5 %"), ("10", "0"), ("10", "-1"), ("-10", "-20%")):
        with pytest.raises(StatementError, match="a margin is above 0"):
            about(text, margin, "a reason")
    assert about("-10", "20%", "a reason").interval == Interval(Fraction(-12), Fraction(-8))
    with pytest.raises(StatementError, match="smaller end first"):
        between("6%", "1%")


@pytest.mark.parametrize(
    ("accepted", "texts"),
    [
        (about("10", "20%", "round"), ("10",)),
        (at_most("19"), ("19",)),
        (at_least("1.90"), ("1.90",)),
        (less_than("−3"), ("−3",)),
        (more_than("5e-4"), ("5e-4",)),
        (between("1%", "6%"), ("1%", "6%")),
        (between("-1e-7", "1e-7", because="of the second order"), ()),
        (exactly("0.50"), ("0.50",)),
        (exactly(3), ()),
        (truncated("0.365"), ("0.365",)),
        (power_of_ten("1e-5"), ("1e-5",)),
    ],
    ids=str,
)
def test_what_was_printed_is_kept(accepted, texts):
    assert accepted.printed == texts


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("0.365", ["0.365", "0.3659999"], ["0.3649999", "0.366"]),
        ("-0.365", ["-0.365", "-0.3659999"], ["-0.3649999", "-0.366"]),
        ("0.0", ["-0.09999", "0.09999"], ["-0.1", "0.1"]),
        ("-0.0", ["-0.09999", "0"], ["-0.1", "0.0001"]),
        ("+0.0", ["0", "0.09999"], ["-0.0001", "0.1"]),
        ("36%", ["0.36", "0.36999"], ["0.37", "0.35999"]),
    ],
)
def test_digits_that_were_cut_off(text, inside, outside):
    interval = truncated(text).interval
    assert all(interval.contains(Interval(Fraction(x), Fraction(x))) for x in inside)
    assert not any(interval.contains(Interval(Fraction(x), Fraction(x))) for x in outside)


@pytest.mark.parametrize("text", ["1e-5", "10^-5", "10⁻⁵", "10^{-5}", "0.00001"])
def test_an_order_of_magnitude_is_half_a_decade_to_either_side(text):
    accepted = power_of_ten(text)
    assert accepted.because
    lo, hi = accepted.interval.lo, accepted.interval.hi
    assert hi == 10 * lo
    assert abs(hi**2 * 10**9 - 1) < Fraction(1, 10**8)


@pytest.mark.parametrize("text", ["5e-4", "0", "-10", "20", "1.5e3"])
def test_what_is_no_power_of_ten_has_no_order_of_magnitude(text):
    with pytest.raises(StatementError, match="expected a power of ten"):
        power_of_ten(text)


@pytest.mark.parametrize("word", [printed, truncated])
def test_a_bare_power_of_ten_has_no_digits_to_round_or_cut_off(word):
    with pytest.raises(StatementError, match="power_of_ten"):
        word("10⁻⁵")


@pytest.mark.parametrize("kind", [np.int64, np.uint8])
def test_exactly_takes_whole_numbers_of_numpy(kind):
    assert exactly(kind(3)) == exactly(3)


@pytest.mark.parametrize("value", [0.1, 1.0, True, None, 1j, Decimal("nan"), Decimal("1e999999")])
def test_exactly_refuses_what_is_another_number_than_the_one_printed(value):
    with pytest.raises(StatementError):
        exactly(value)


@pytest.mark.parametrize(
    "end", [Fraction(1, 3), Fraction(1, 10**50_000 + 1), Fraction(10) ** 50_000], ids=["1÷3", "small", "large"]
)
def test_an_end_that_cannot_be_stored_exactly_is_refused(end):
    with pytest.raises(StatementError, match=r"\A.{,90}is no decimal that ends.{,150}\Z"):
        exactly(end)
    with pytest.raises(StatementError, match="no decimal that ends"):
        Accepted("words", Interval(None, end))


@relaxed
@given(st.decimals(allow_nan=False, allow_infinity=False, places=50))
def test_exact_ends_are_stored_exactly(value):
    assert [Fraction(end) for end in exactly(value).ends] == [Fraction(value)] * 2


def span(lo, hi, **ends):
    return Interval(lo and Fraction(lo), hi and Fraction(hi), **ends)


TENTH, UNIT = Fraction(1, 10), Fraction(1)
DECADE = "an order of magnitude: half a decade to either side, √10 as 3.16227766"
SIX = "a repetition leaves six standard deviations twice in a thousand million times, were its law normal"
WORDS = {
    "printed": (partial(printed, "2.5"), ("2.5", span("2.45", "2.55"), TENTH, "", ("2.5",))),
    "truncated": (partial(truncated, "2.5"), ("2.5…", span("2.5", "2.6", hi_open=True), TENTH, "", ("2.5",))),
    "power_of_ten": (
        partial(power_of_ten, "100"),
        ("order of 100", span("31.6227766", "316.227766"), None, DECADE, ("100",)),
    ),
    "about": (partial(about, "-20", "2", "y"), ("~-20", span("-22", "-18"), UNIT, "y", ("-20",))),
    "about, relative": (partial(about, "-20", "5%", "y"), ("~-20", span("-21", "-19"), UNIT, "y", ("-20",))),
    "replicated": (
        partial(replicated, "2.5"),
        ("2.5 (measured), within six standard deviations", span("-6", "6"), None, SIX, ("2.5",)),
    ),
    "at_most": (partial(at_most, "2.5"), ("≤ 2.5", span(None, "2.5"), TENTH, "", ("2.5",))),
    "at_least": (partial(at_least, "2.5"), ("≥ 2.5", span("2.5", None), TENTH, "", ("2.5",))),
    "less_than": (partial(less_than, "2.5"), ("< 2.5", span(None, "2.5", hi_open=True), TENTH, "", ("2.5",))),
    "more_than": (partial(more_than, "2.5"), ("> 2.5", span("2.5", None, lo_open=True), TENTH, "", ("2.5",))),
    "between": (partial(between, "1", "2.5"), ("1 to 2.5", span("1", "2.5"), UNIT, "", ("1", "2.5"))),
    "between equals": (partial(between, "1", "1"), ("1 to 1", span("1", "1"), UNIT, "", ("1", "1"))),
    "between, for a reason": (
        partial(between, "1", "2.5", because="y"),
        ("1 to 2.5", span("1", "2.5"), None, "y", ()),
    ),
    "exactly, as printed": (partial(exactly, "2.50"), ("= 2.50", span("2.5", "2.5"), None, "", ("2.50",))),
    "exactly": (partial(exactly, Fraction(5, 2)), ("= 5/2", span("2.5", "2.5"), None, "", ())),
}


@pytest.mark.parametrize("name", WORDS)
def test_words_say_what_they_accept_unless_other_words_are_given(name):
    word, (stated, *facts) = WORDS[name]
    assert word() == Accepted(stated, *facts)
    assert word(stated="other words") == Accepted("other words", *facts)


def test_an_exact_value_of_many_digits_is_stated_in_brief():
    assert exactly(2**990).stated == f"= {2**990}"
    assert exactly(2**1010).stated == "= 1.09722E+304"


@pytest.mark.parametrize("given", [{"stated": 5}, {"stated": None}, {"stated": "x", "because": 5}])
def test_what_is_stated_is_said_in_words(given):
    with pytest.raises(StatementError, match="stated and because are strings"):
        Accepted(**{"interval": span("1", "2")} | given)


def test_an_infinite_end_is_stored_as_none():
    assert at_most("2.50").ends == [None, "2.5"]
    assert more_than("2.50").ends == ["2.5", None]


def test_either_end_has_to_be_a_decimal_that_ends():
    for interval in (Interval(None, Fraction(1, 3)), Interval(Fraction(1, 3), None)):
        with pytest.raises(StatementError, match="no decimal that ends"):
            Accepted("words", interval)


def test_what_was_measured_has_to_be_a_number():
    with pytest.raises(StatementError, match="expected a printed number"):
        replicated("many")


@pytest.mark.parametrize("text", ["-1e-5", "-1", "0", "0.0"])
def test_no_power_of_ten_is_negative_or_zero(text):
    with pytest.raises(StatementError, match="expected a power of ten"):
        power_of_ten(text)


def test_only_a_decimal_comma_is_told_to_be_one():
    with pytest.raises(StatementError) as raised:
        printed("many")
    assert "comma" not in str(raised.value)


@pytest.mark.parametrize("sign", ["", "-"])
def test_how_long_a_number_may_be(sign):
    assert at_most(f"1e{sign}2000").interval.hi == Fraction(10) ** int(f"{sign}2000")
    assert at_most("1" * 2000).interval.hi > 0
    assert exactly(Decimal(f"1e{sign}2000")).interval.lo == Fraction(10) ** int(f"{sign}2000")
    for text in (f"1e{sign}2001", "1" * 2001):
        with pytest.raises(StatementError, match="expected"):
            at_most(text)
    with pytest.raises(StatementError, match="moderate size"):
        exactly(Decimal(f"1e{sign}2001"))
