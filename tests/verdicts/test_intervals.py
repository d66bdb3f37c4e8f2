"""The one rule, and the sets it is applied to."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from flint import arb, ctx
from hypothesis import given
from hypothesis import strategies as st
from verdicts.evidence import corners
from verdicts.intervals import Interval, decide, enclosure, refutes_twin, resolution, shown
from verdicts.statements import about, at_least, at_most, between, exactly, less_than, more_than, printed

ends = st.fractions(-10, 10, max_denominator=8)


@st.composite
def intervals(draw):
    lo, hi = sorted([draw(ends), draw(ends)])
    if lo == hi:
        return Interval(lo, hi)
    interval = Interval(lo, hi, draw(st.booleans()), draw(st.booleans()))
    if draw(st.booleans()):
        return interval
    return Interval(None, hi, hi_open=interval.hi_open) if draw(st.booleans()) else Interval(lo, None)


def members(interval, *others):
    """The points of an interval on a grid that has every end and a point between any two."""
    ends = {end for each in (interval, *others) for end in (each.lo, each.hi) if end is not None} | {-99, 99}
    grid = sorted(ends)
    grid += [(x + y) / Fraction(2) for x, y in itertools.pairwise(grid)]
    return {x for x in grid if interval.contains(Interval(Fraction(x), Fraction(x)))}


@given(accepted=intervals(), computed=intervals())
def test_the_rule_is_set_inclusion_and_disjointness(accepted, computed):
    inside, possible = members(accepted, computed), members(computed, accepted)
    verdict = decide(accepted, computed)
    assert (verdict == "refuted") == (not inside & possible)
    assert (verdict == "holds") == (possible <= inside)


@given(accepted=intervals(), computed=intervals())
def test_resolution_is_where_the_verdict_turns(accepted, computed):
    least = resolution(accepted, computed)
    if least is None:
        return
    verdicts = {decide(accepted.shifted(s), computed) for s in (least * 2 + 1, -least * 2 - 1)}
    assert "refuted" in verdicts
    if least > 0:
        near = least * Fraction(99, 100)
        assert "refuted" not in {decide(accepted.shifted(s), computed) for s in (near, -near)}
    assert refutes_twin(accepted, computed)


@pytest.mark.parametrize(
    ("text", "lo", "hi"),
    [
        ("2.610", "2.6095", "2.6105"),
        ("-14.5%", "-0.1455", "-0.1445"),
        ("1,265", "1264.5", "1265.5"),
        ("+0.09%", "0.00085", "0.00095"),
        ("9.3e-8", "0.0000000925", "0.0000000935"),
        ("5", "4.5", "5.5"),
    ],
)
def test_printed_numbers_are_rounding_intervals(text, lo, hi):
    assert printed(text).interval == Interval(Fraction(lo), Fraction(hi))


@pytest.mark.parametrize("text", ["", "2.", ".5", "1,26", "abc", "1 000", "--1", "1%%", "nan"])
def test_malformed_numbers_are_refused(text):
    with pytest.raises(ValueError, match="expected a printed number"):
        printed(text)


def test_a_number_is_given_as_printed():
    with pytest.raises(ValueError, match="trailing zeros count"):
        printed(2.610)


def test_words_become_sets():
    assert at_most("19").interval == Interval(None, Fraction(19))
    assert at_least("19").interval == Interval(Fraction(19), None)
    assert less_than("19").interval.hi_open
    assert more_than("19").interval.lo_open
    assert between("1%", "6%").interval == Interval(Fraction(1, 100), Fraction(6, 100))
    assert about("10", "20%", "two digits").interval == Interval(Fraction(8), Fraction(12))
    assert exactly("0.5").interval == Interval(Fraction(1, 2), Fraction(1, 2))
    with pytest.raises(ValueError, match="needs a reason"):
        about("10", "20%", "")


def test_rounding_ends_are_included():
    assert decide(printed("2.610").interval, enclosure("2.6105")) == "holds"
    assert decide(less_than("3").interval, enclosure("3")) == "refuted"


def test_a_ball_is_enclosed_exactly():
    ball = arb("0.1")
    interval = enclosure(ball)
    assert interval.lo < Fraction(1, 10) < interval.hi
    assert enclosure(arb("nan")) == Interval(None, None)
    assert enclosure((Fraction(1), 2)) == Interval(Fraction(1), Fraction(2))


def test_a_float_is_no_enclosure():
    with pytest.raises(ValueError, match="expected an enclosure"):
        enclosure(0.5)


@given(intervals())
def test_shown_ends_enclose(interval):
    lo, hi = interval.decimals(digits=4)
    assert lo is None or Fraction(lo) <= interval.lo
    assert hi is None or Fraction(hi) >= interval.hi


def test_corners_cover_every_reading_of_the_printed_inputs():
    quotients = corners(lambda a, b: a / b, "6", "2")
    assert quotients == Interval(Fraction("5.5") / Fraction("2.5"), Fraction("6.5") / Fraction("1.5"))
    assert corners(lambda a: -a, "0.5%") == Interval(Fraction("-0.0055"), Fraction("-0.0045"))
    balls = corners(lambda a: arb(a.numerator) / a.denominator, "2")
    assert balls == Interval(Fraction("1.5"), Fraction("2.5"))
    assert corners(lambda _: arb("nan"), "2") == Interval(None, None)


def test_the_last_bits_of_a_ball_do_not_matter():
    ball, other = arb("0.6366197723675", "1.234e-10"), arb("0.6366197723675000001", "1.23400001e-10")
    kept = shown(printed("0.637").interval, enclosure(ball))
    assert kept == shown(printed("0.637").interval, enclosure(other))
    assert kept.contains(enclosure(ball))
    assert kept.width < Fraction("2.52e-10")


@given(accepted=intervals(), computed=intervals())
def test_rounding_outwards_keeps_the_verdict(accepted, computed):
    kept = shown(accepted, computed)
    assert kept.contains(computed)
    assert decide(accepted, kept) == decide(accepted, computed)


@given(st.fractions(-100, 100), st.integers(2, 2000))
def test_a_ball_encloses_at_every_precision(value, bits):
    with ctx.workprec(bits):
        ball = arb(value.numerator) / value.denominator
    exact = enclosure(ball)
    assert exact.rounded_outwards(3).contains(exact)
    assert exact.lo <= value <= exact.hi
