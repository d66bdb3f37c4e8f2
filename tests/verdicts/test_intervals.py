"""The one rule, the sets it is applied to, and how they are stored."""

from __future__ import annotations

import itertools
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from types import SimpleNamespace

import pytest
from flint import arb, ctx, fmpq, fmpz
from hypothesis import given, settings
from hypothesis import strategies as st
from verdicts import intervals as module
from verdicts.errors import CheckError
from verdicts.intervals import (
    EVERYTHING,
    MOST_BITS,
    Interval,
    decide,
    decimal,
    enclosure,
    exact_decimal,
    judge,
    read_ends,
    refutes_twin,
    resolution,
    shortened,
    shown,
    stored,
)
from verdicts.statements import at_most, less_than, printed

ends = st.integers(-2, 2).map(Fraction) | st.fractions(-10, 10, max_denominator=8)
"few, so that they coincide often"
decimals = st.builds(
    lambda digits, places: Fraction(digits, 10**places), st.integers(-(10**70), 10**70), st.integers(0, 70)
)
relaxed = settings(deadline=None)


@st.composite
def intervals(draw, ends=ends):
    lo, hi = sorted([draw(ends), draw(ends)])
    if lo == hi:
        return Interval(lo, hi)
    interval = Interval(lo, hi, draw(st.booleans()), draw(st.booleans()))
    if draw(st.booleans()):
        return interval
    return Interval(None, hi, hi_open=interval.hi_open) if draw(st.booleans()) else Interval(lo, None, interval.lo_open)


@st.composite
def neighbours(draw):
    """An accepted interval of long decimals, and a computed one that begins or ends beside one of its ends."""
    accepted = draw(intervals(decimals))
    near = accepted.lo if accepted.hi is None else accepted.hi
    step = draw(st.sampled_from([0, 1, -1])) * Fraction(
        1, draw(st.sampled_from([3, 10, 10**17, 10**60, 7**50, 10**300]))
    )
    width = draw(st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(1, 10**60), Fraction(10) ** 20]))
    edge = near + step
    side = draw(st.sampled_from(["above", "below", "half-line above", "half-line below"]))
    return accepted, {
        "above": Interval(edge, edge + width),
        "below": Interval(edge - width, edge),
        "half-line above": Interval(edge, None),
        "half-line below": Interval(None, edge),
    }[side]


def ascii_start(text):
    return ascii(text)[:20]


def members(interval, *others):
    """The points of an interval on a grid that has every end and a point between any two."""
    ends = {end for each in (interval, *others) for end in (each.lo, each.hi) if end is not None} | {-99, 99}
    grid = sorted(ends)
    grid += [(x + y) / Fraction(2) for x, y in itertools.pairwise(grid)]
    return {x for x in grid if interval.contains(Interval(Fraction(x), Fraction(x)))}


@relaxed
@given(accepted=intervals(), computed=intervals())
def test_the_rule_is_set_inclusion_and_disjointness(accepted, computed):
    inside, possible = members(accepted, computed), members(computed, accepted)
    verdict = decide(accepted, computed)
    assert (verdict == "refuted") == (not inside & possible)
    assert (verdict == "holds") == (possible <= inside)
    assert accepted.contains(computed) is (possible <= inside)
    below = accepted.is_left_of(computed), computed.is_left_of(accepted)
    assert below == (max(inside) < min(possible), max(possible) < min(inside))


@relaxed
@given(accepted=intervals(), computed=intervals())
def test_resolution_is_where_the_verdict_turns(accepted, computed):
    least = resolution(accepted, computed)
    assert refutes_twin(accepted, computed) == (least is not None)
    if least is None:
        return
    assert (least == 0) >= (decide(accepted, computed) == "refuted")
    assert least >= 0
    verdicts = {decide(accepted.shifted(s), computed) for s in (least * 2 + 1, -least * 2 - 1)}
    assert "refuted" in verdicts
    if least > 0:
        near = least * Fraction(99, 100)
        assert "refuted" not in {decide(accepted.shifted(s), computed) for s in (near, -near)}


@relaxed
@given(accepted=intervals(), computed=intervals())
def test_nothing_holds_on_evidence_that_could_refute_no_neighbour(accepted, computed):
    could_refute = any(
        decide(accepted.shifted(by), computed) == "refuted" for by in (Fraction(-(10**6)), Fraction(10**6), Fraction(0))
    )
    verdict = judge(accepted, computed)
    assert verdict == (decide(accepted, computed) if could_refute else "inconclusive")


@pytest.mark.parametrize("computed", [Interval(None, Fraction(2)), EVERYTHING])
def test_a_half_line_inside_a_half_line_is_inconclusive(computed):
    accepted = Interval(None, computed.hi)
    assert decide(accepted, computed) == "holds"
    assert judge(accepted, computed) == "inconclusive"


def test_rounding_ends_are_included():
    assert decide(printed("2.610").interval, enclosure(Fraction("2.6105"))) == "holds"
    assert decide(less_than("3").interval, enclosure(3)) == "refuted"


def test_enclosures():
    interval = enclosure(arb("0.1"))
    assert interval.lo < Fraction(1, 10) < interval.hi
    assert enclosure(arb("nan")) == EVERYTHING
    assert enclosure((Fraction(1), 2)) == Interval(Fraction(1), Fraction(2))
    assert enclosure(fmpq(1, 3)) == enclosure(Fraction(1, 3))
    assert enclosure(fmpz(3)) == enclosure(3)


@pytest.mark.parametrize("nothing", [0.5, "0.5", True, None, (), (1, 2, 3), (1, "2"), 1j, "π"])
def test_floats_strings_and_truth_values_enclose_nothing(nothing):
    with pytest.raises(ValueError, match="expected an enclosure"):
        enclosure(nothing)


def test_what_only_resembles_a_ball_or_an_integer_encloses_nothing():
    named_like_flint = type("fmpz", (), {"__int__": lambda _: 3})()
    for nothing in (
        named_like_flint,
        SimpleNamespace(lower=0, is_finite=True),
        SimpleNamespace(upper=1, is_finite=True),
    ):
        with pytest.raises(CheckError, match="expected an enclosure"):
            enclosure(nothing)


@relaxed
@given(intervals())
def test_shown_ends_enclose(interval):
    lo, hi = interval.decimals(digits=4)
    assert lo is None or Fraction(lo) <= interval.lo
    assert hi is None or Fraction(hi) >= interval.hi


@relaxed
@given(decimals)
def test_exact_decimals_are_exact(value):
    assert read_ends([exact_decimal(value), None]).lo == value


def test_a_decimal_that_ends_is_stored_whole_unless_it_is_too_long(monkeypatch):
    monkeypatch.setattr(module, "MOST_DIGITS", 100)
    for over, twos, fives in itertools.product(
        [1, -(3**40), 3**150, -(3**180), 3**230], range(0, 121, 10), range(0, 121, 10)
    ):
        value = Fraction(over, 2**twos * 5**fives)
        places = max(twos, fives)
        length = max(places, len(str(abs(value.numerator * 10**places // value.denominator))))
        text = exact_decimal(value)
        if length <= 90:
            assert Fraction(text) == value
        if length > 100:
            assert text is None


@relaxed
@given(st.integers(1, 10**9), st.integers(-9, 9))
def test_numbers_of_ordinary_size_are_written_in_full_and_end_in_no_idle_zero(digits, places):
    value = digits * Fraction(10) ** places
    text = exact_decimal(value)
    assert "E" not in text
    assert "." not in text or text[-1] not in ".0"
    assert decimal(value + Fraction(1, 3 * 10**30), ROUND_FLOOR, 17) == text


@relaxed
@given(
    st.integers(10**38, 10**42).filter(lambda n: n % 10),
    st.integers(-60, 60),
    st.sampled_from([ROUND_FLOOR, ROUND_CEILING]),
)
def test_a_decimal_of_at_most_forty_digits_is_shown_exactly_and_a_longer_one_rounded(digits, places, rounding):
    value = digits * Fraction(10) ** places
    shown = decimal(value, rounding, 6)
    assert (Fraction(shown) == value) == (digits < 10**40)
    assert (Fraction(shown) >= value) if rounding == ROUND_CEILING else (Fraction(shown) <= value)
    assert abs(Fraction(shown) - value) < value / 10**5


@relaxed
@given(st.integers(1, 10**6).filter(lambda n: n % 3 == 0), st.integers(1, 10**6).filter(lambda n: n % 3))
def test_what_does_not_end_has_no_exact_decimal(under, over):
    assert exact_decimal(Fraction(over, under)) is None


@relaxed
@given(neighbours())
def test_what_is_stored_gives_the_same_verdict(case):
    accepted, computed = case
    kept = read_ends(stored(accepted, computed))
    assert kept.contains(computed)
    assert judge(accepted, kept) == judge(accepted, computed)


def test_the_sixtieth_digit_is_stored_where_it_decides():
    beyond = 3 + Fraction(1, 10**60)
    assert stored(at_most("3").interval, Interval(beyond, beyond)) == [exact_decimal(beyond)] * 2
    assert len(stored(at_most("4").interval, Interval(beyond, beyond))[0]) < 25


@relaxed
@given(st.integers(18, 400))
def test_no_more_than_twice_the_digits_that_decide_are_stored(places):
    beyond = 3 + Fraction(1, 3 * 10**places)
    lo, hi = stored(at_most("3").interval, Interval(beyond, beyond))
    assert Fraction(lo) > 3
    assert max(len(lo), len(hi)) <= 2 * (places + 2) + 1


def test_a_digit_beyond_all_that_are_stored_leaves_a_wider_enclosure(monkeypatch):
    monkeypatch.setattr(module, "MOST_DIGITS", 100)
    beyond = 3 + Fraction(1, 3 * 10**300)
    kept = read_ends(stored(at_most("3").interval, Interval(beyond, beyond)))
    assert kept.contains(Interval(beyond, beyond))
    assert judge(at_most("3").interval, kept) == "inconclusive"


def test_the_most_digits_that_are_stored_are_rounded_outwards_too(monkeypatch):
    monkeypatch.setattr(module, "MOST_DIGITS", 100)
    edge = 10**30
    beyond = edge + Fraction(1, 3 * 10**80)
    kept = read_ends(stored(Interval(None, edge), Interval(beyond, beyond)))
    assert kept.contains(Interval(beyond, beyond))
    assert judge(Interval(None, edge), kept) == "refuted"


@relaxed
@given(intervals(decimals))
def test_ends_are_read_as_open_where_they_are(interval):
    ends = [None if end is None else exact_decimal(end) for end in (interval.lo, interval.hi)]
    assert read_ends(ends, (interval.lo_open, interval.hi_open)) == interval


def test_an_infinite_end_is_not_open():
    assert read_ends([None, "1"], (True, False)) == Interval(None, Fraction(1))
    assert read_ends(["1", None], (False, True)) == Interval(Fraction(1), None)


def test_open_ends_of_evidence_are_stored_as_closed_ones():
    computed = Interval(Fraction(3), Fraction(10, 3), lo_open=True)
    ends = stored(at_most("3").interval, computed)
    assert judge(at_most("3").interval, read_ends(ends)) == "inconclusive"
    assert all(len(end) < 25 for end in ends)


def test_the_last_bits_of_a_ball_do_not_matter():
    ball, other = arb("0.6366197723675", "1.234e-10"), arb("0.6366197723675000001", "1.23400001e-10")
    kept = shown(printed("0.637").interval, enclosure(ball))
    assert kept == shown(printed("0.637").interval, enclosure(other))
    assert kept.contains(enclosure(ball))
    assert kept.width < Fraction("2.52e-10")


@relaxed
@given(accepted=intervals(), computed=intervals())
def test_rounding_outwards_keeps_the_verdict(accepted, computed):
    kept = shown(accepted, computed)
    assert kept.contains(computed)
    assert decide(accepted, kept) == decide(accepted, computed)


def unit_of(width, digits):
    """One unit of the digits-th digit of a width."""
    unit = Fraction(1)
    while unit > width:
        unit /= 10
    while unit * 10 <= width:
        unit *= 10
    return unit / 10 ** (digits - 1)


@relaxed
@given(
    intervals(st.fractions()) | st.just(Interval(Fraction(1, 3), Fraction(4, 3) - Fraction(1, 10**30))),
    st.integers(2, 12),
)
def test_rounding_outwards_goes_to_the_next_multiple_of_that_unit(interval, digits):
    coarse = interval.rounded_outwards(digits)
    if not interval.width:
        assert coarse == interval
        return
    unit = unit_of(interval.width, digits)
    assert coarse.lo % unit == coarse.hi % unit == 0
    assert 0 <= interval.lo - coarse.lo < unit
    assert 0 <= coarse.hi - interval.hi < unit


gaps = st.builds(lambda part, places: Fraction(part, 7 * 10**places), st.integers(1, 9), st.integers(0, 15))
beside = gaps.map(lambda gap: (Interval(None, Fraction(0)), Interval(gap, gap + Fraction(1, 3))))


@relaxed
@given(case=neighbours() | beside)
def test_what_is_shown_is_the_coarsest_that_keeps_the_verdict(case):
    accepted, computed = case
    roundings = [computed.rounded_outwards(digits) for digits in (3, 6, 12)] + [computed]
    verdict = decide(accepted, computed)
    assert shown(accepted, computed) == next(each for each in roundings if decide(accepted, each) == verdict)


@relaxed
@given(st.fractions(-100, 100), st.integers(2, 2000))
def test_a_ball_encloses_at_every_precision(value, bits):
    with ctx.workprec(bits):
        ball = arb(value.numerator) / value.denominator
    exact = enclosure(ball)
    assert exact.rounded_outwards(3).contains(exact)
    assert exact.lo <= value <= exact.hi


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("size", [MOST_BITS * 100, -MOST_BITS * 100])
def test_numbers_beyond_all_use_are_enclosed(size, sign):
    for value in (sign * Fraction(2) ** size, sign * Fraction(2) ** size / 3):
        interval = enclosure(value)
        assert interval.lo is None or interval.lo <= value
        assert interval.hi is None or interval.hi >= value
        assert all(len(end or "") < 50 for end in stored(at_most("1").interval, interval))
    power = sign * Fraction(2) ** size
    assert enclosure(arb(sign) * arb(2) ** size).contains(Interval(power, power))


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("by", [0, 1, 2, 3, 50])
def test_what_is_too_large_or_too_small_is_bounded_at_the_limit(monkeypatch, by, sign):
    monkeypatch.setattr(module, "MOST_BITS", 100)
    large, small = Interval(Fraction(2) ** 99, None), Interval(Fraction(0), Fraction(1, 2**99))
    for size, within in ((100 + by, large), (-100 - by, small)):
        power = Fraction(2) ** size
        long = power * Fraction(3**700 + 1, 3**700)
        for value, computed in ((power, arb(sign) * arb(2) ** size), (long, sign * long)):
            found = enclosure(computed)
            if sign < 0:
                found = Interval(None if found.hi is None else -found.hi, None if found.lo is None else -found.lo)
            assert found.contains(Interval(value, value))
            assert within.contains(found)


def test_a_long_fraction_of_ordinary_size_is_enclosed_tightly():
    value = Fraction(10**100_000 + 1, 3 * 10**100_000 + 1)
    interval = enclosure(value)
    assert interval.lo < value < interval.hi
    assert interval.width < Fraction(1, 2 ** (MOST_BITS - 1))


@pytest.mark.parametrize(
    "end", ["", "nan", "inf", "1e999999999", "1/3", " 1", "1\n", "٣", "1" * 10**6, "1e5 ", "0x1"], ids=ascii_start
)
def test_ends_that_are_no_decimals_are_refused_in_one_short_line(end):
    with pytest.raises(ValueError, match=r"\Aexpected a decimal string.{,120}\Z"):
        read_ends([end, None])


class Unprintable:
    def __repr__(self):
        raise OSError


@pytest.mark.parametrize("value", [Unprintable(), 10**5000, "a\nb" * 500], ids=["raises", "too long an int", "long"])
def test_anything_is_shown_on_one_short_line(value):
    text = shortened(value)
    assert "\n" not in text
    assert 0 < len(text) <= 81


def test_only_what_is_longer_than_the_line_is_cut():
    whole = [length for length in range(100) if shortened("a" * length) == repr("a" * length)]
    assert whole == list(range(79))


def test_an_interval_is_not_empty():
    with pytest.raises(ValueError, match="lo <= hi"):
        Interval(Fraction(10) ** 5000, Fraction(1))
    with pytest.raises(ValueError, match="one point"):
        Interval(Fraction(1), Fraction(1), lo_open=True)
    with pytest.raises(ValueError, match="one point"):
        Interval(Fraction(1), Fraction(1), hi_open=True)


@pytest.mark.parametrize("end", [0.5, "1", float("inf"), True, Decimal(1)])
def test_an_interval_has_exact_ends(end):
    with pytest.raises(CheckError, match="exact ends"):
        Interval(end, None)
    with pytest.raises(CheckError, match="exact ends"):
        Interval(None, end)


def test_whole_numbers_are_exact_ends():
    assert Interval(1, fmpq(3, 2)) == Interval(Fraction(1), Fraction(3, 2))
    assert type(Interval(1, 2).lo) is Fraction
