"""One check, its record, and the verdict that follows from what is stored."""

from __future__ import annotations

import json
from fractions import Fraction
from itertools import count

import pytest
from flint import arb
from hypothesis import example, given, settings
from hypothesis import strategies as st
from verdicts.algebra import agrees, identity
from verdicts.check import MOST_LOOKS, Check, numeric_record, search_record, stream_seed, verdict_of
from verdicts.contradictions import contradiction
from verdicts.evidence import Evidence
from verdicts.intervals import Interval, judge, resolution
from verdicts.records import blank_case
from verdicts.sources import ball, confidence, instances, proof
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
    printed,
    truncated,
)
from verdicts.vocabulary import GRADES

relaxed = settings(deadline=None)

ends = st.builds(
    lambda digits, places: Fraction(digits, 10**places), st.integers(-(10**62), 10**62), st.integers(0, 61)
)


@st.composite
def intervals(draw, ends=ends):
    lo, hi = sorted([draw(ends), draw(ends)])
    lo_open, hi_open = (draw(st.booleans()) and lo < hi for _ in range(2))
    kind = draw(st.sampled_from(["bounded", "below", "above"]))
    if kind == "bounded":
        return Interval(lo, hi, lo_open, hi_open)
    return Interval(None, hi, hi_open=hi_open) if kind == "below" else Interval(lo, None, lo_open=lo_open)


@st.composite
def cases(draw):
    """What words accept, and evidence that is nowhere, anywhere, or begins where the accepted values end."""
    accepted = draw(intervals())
    edges = [end for end in (accepted.lo, accepted.hi) if end is not None]
    near = draw(st.sampled_from(edges)) + draw(st.sampled_from([0, 1, -1])) * Fraction(1, 7 * 10**60)
    point = Interval(near, near)
    computed = draw(st.one_of(intervals(), intervals(st.fractions()), st.just(point), st.just(Interval(None, None))))
    return Accepted("words", accepted), computed


def check_of(*given, share=None):
    check = Check("claim", "case", 0, share)
    check(*given)
    return check.record


@relaxed
@given(cases())
def test_the_verdict_follows_from_what_is_stored(case):
    accepted, computed = case
    record = json.loads(json.dumps(numeric_record(accepted, Evidence("proof", computed, "given"))))
    assert record["verdict"] == verdict_of(record) == judge(accepted.interval, computed.closed)
    assert contradiction(record) is None
    assert (record["verdict"] == "inconclusive") == bool(record["reason"])


@relaxed
@given(cases(), st.sampled_from(["holds", "refuted", "inconclusive", "not run"]))
def test_another_verdict_contradicts_it(case, verdict):
    record = numeric_record(case[0], Evidence("proof", case[1], "given"))
    said = contradiction(record | {"verdict": verdict})
    assert (said is None) == (verdict == record["verdict"])


@relaxed
@given(st.sampled_from([None, True, False]), st.sampled_from(["", "n = 3"]))
def test_a_search_is_decided_by_its_counterexample_then_by_its_twin(twin, counterexample):
    record = search_record(Evidence("search", None, "search", samples=5, counterexample=counterexample, twin=twin))
    expected = "refuted" if counterexample else {None: "not run", True: "holds", False: "inconclusive"}[twin]
    assert record["verdict"] == expected
    assert contradiction(record) is None
    for other in {"holds", "refuted", "inconclusive", "not run"} - {expected}:
        assert contradiction(record | {"verdict": other})


HOLDS = numeric_record(printed("3.14"), Evidence("proof", Interval(Fraction("3.141"), Fraction("3.142")), "π"))
POINTS = numeric_record(printed("3.14"), instances(Fraction("3.141"), [1, 2], "π").evidence)
WEAK = numeric_record(printed("3.14"), Evidence("proof", Interval(None, None), "π"))
CUT_OFF = numeric_record(truncated("3.14"), Evidence("proof", Interval(None, None), "π"))
WIDE = numeric_record(between("1", "7"), Evidence("proof", Interval(Fraction(3), Fraction(22, 7)), "π"))
ONE_SIDED = numeric_record(at_least("3.14"), Evidence("proof", Interval(Fraction(2), Fraction(4)), "π"))
FOUND = search_record(Evidence("search", None, "search", samples=5, twin=True))


@pytest.mark.parametrize(
    "changed",
    [
        HOLDS | {"counterexample": "n = 1"},
        HOLDS | {"grade": None},
        HOLDS | {"grade": "search"},
        HOLDS | {"twin": False},
        HOLDS | {"twin": None},
        HOLDS | {"computed": None},
        HOLDS | {"accepted": None},
        HOLDS | {"accepted": ["3.15", "3.16"]},
        HOLDS | {"accepted": ["3.15", "3.14"]},
        HOLDS | {"computed": ["nan", "3"]},
        HOLDS | {"computed": ["1e999999999", None]},
        HOLDS | {"accepted": ["3.141", None], "open": [True, False]},
        HOLDS | {"looks": 0},
        HOLDS | {"looks": None},
        HOLDS | {"looks": MOST_LOOKS + 1},
        HOLDS | {"weak": True},
        WEAK | {"weak": False},
        CUT_OFF | {"weak": False},
        ONE_SIDED | {"weak": True},
        HOLDS | {"slack": "0"},
        HOLDS | {"code": "0"},
        HOLDS | {"samples": 3},
        HOLDS | {"level": "0.01"},
        HOLDS | {"grade": "statistics"},
        HOLDS | {"grade": "statistics", "level": "5"},
        HOLDS | {"grade": "statistics", "level": "-1"},
        HOLDS | {"grade": "statistics", "level": "0"},
        HOLDS | {"grade": "statistics", "level": "1.01"},
        HOLDS | {"grade": "instances"},
        HOLDS | {"grade": "instances", "samples": 0},
        POINTS | {"grade": "proof"},
        POINTS | {"grade": "arithmetic"},
        POINTS | {"grade": "text"},
        FOUND | {"looks": 1},
        FOUND | {"level": "0.01"},
        FOUND | {"resolution": "0"},
        FOUND | {"weak": True},
        blank_case(looks=1),
        blank_case(level="0.01"),
        blank_case(resolution="0.01"),
        blank_case(weak=True),
        FOUND | {"counterexample": "n = 1"},
        FOUND | {"counterexample": "n = 1", "twin": None, "verdict": "refuted", "grade": "proof"},
        FOUND | {"counterexample": "n = 1", "twin": None, "verdict": "refuted", "samples": None},
        FOUND | {"twin": False},
        FOUND | {"twin": None},
        FOUND | {"samples": 0},
        FOUND | {"samples": None},
        FOUND | {"grade": "proof"},
        FOUND | {"grade": None},
    ],
    ids=lambda changed: ", ".join(k for k, v in changed.items() if v != HOLDS[k]),
)
def test_a_record_that_no_evidence_leaves_is_seen(changed):
    for record in (HOLDS, POINTS, WEAK, CUT_OFF, WIDE, ONE_SIDED, FOUND, blank_case()):
        assert contradiction(record) is None
    assert contradiction(changed)
    assert WEAK["weak"]
    assert WIDE["weak"]


def test_a_digit_beyond_any_display_is_stored():
    record = check_of(at_most("3"), proof(3 + Fraction(1, 10**60), "exact"))
    assert record["verdict"] == "refuted"
    assert record["computed"] == ["3." + "0" * 59 + "1"] * 2
    fiftieth = "0." + "3" * 49
    kept = [check_of(printed(fiftieth + digit), ball(lambda: arb(1) / 3))["accepted"] for digit in "34"]
    assert kept[0] != kept[1]


def test_what_the_words_were_made_from_is_kept():
    record = check_of(printed("3.14", "about π"), ball(arb.pi))
    assert (record["printed"], record["stated"], record["looks"]) == (["3.14"], "about π", 1)


def test_so_are_a_margin_s_reason_and_what_of_the_accepted_values_is_left_out():
    sides = {
        about("10", "20%", "two digits"): ("two digits", [False, False]),
        less_than("3"): ("", [False, True]),
        more_than("3"): ("", [True, False]),
        truncated("0.0"): ("", [True, True]),
    }
    for accepted, expected in sides.items():
        record = check_of(accepted, proof(Fraction("9.5"), "exact"))
        assert (record["because"], record["open"]) == expected


def between_ends(lo, hi, grade="proof"):
    return Evidence(grade, Interval(lo and Fraction(lo), hi and Fraction(hi)), "given")


@pytest.mark.parametrize(
    ("evidence", "reason"),
    [
        (between_ends("3.141", "3.142"), ""),
        (between_ends("3.15", "3.16"), ""),
        (between_ends("3.14", "3.15"), "the computed interval overlaps the edge of the accepted one"),
        (between_ends("3.14", "3.15", "arithmetic"), "the digits printed allow the stated value, and allow others too"),
        (between_ends(None, None), "the evidence could refute no nearby value either"),
        (between_ends(None, None, "arithmetic"), "the evidence could refute no nearby value either"),
    ],
)
def test_only_what_is_inconclusive_says_why(evidence, reason):
    assert numeric_record(printed("3.14"), evidence)["reason"] == reason


def test_what_the_evidence_says_is_kept():
    full = Evidence(
        "search", None, "hypothesis search", samples=5, seed=7, counterexample="n = 1", slack="0.1 (slack)",
        code="c0de",
    )  # fmt: skip
    kept = search_record(full)
    facts = {"method": "hypothesis search", "samples": 5, "seed": 7, "counterexample": "n = 1", "slack": "0.1 (slack)"}
    facts |= {"code": "c0de", "grade": "search", "reason": ""}
    assert kept == blank_case(verdict="refuted", **facts)
    nothing = search_record(Evidence("search", None, "hypothesis search", samples=5, twin=False))
    reason = "the search finds no counterexample, but does not refute its false twin either"
    facts = {"grade": "search", "samples": 5, "twin": False, "method": "hypothesis search", "reason": reason}
    assert nothing == blank_case(verdict="inconclusive", **facts)


def test_a_level_is_rounded_up():
    spent = Evidence("statistics", Interval(Fraction(3), Fraction(3)), "mean", level=Fraction(1, 3))
    assert numeric_record(printed("3"), spent)["level"] == "0." + "3" * 16 + "4"


def test_the_conditions_of_a_measurement_are_kept():
    conditions = {"device": "cpu", "tokens": "2048"}
    evidence = Evidence("model", Interval(Fraction(3), Fraction(3)), "perplexity", conditions=conditions)
    assert numeric_record(printed("3"), evidence, 1)["conditions"] == conditions
    assert "conditions" not in numeric_record(printed("3"), Evidence("proof", evidence.computed, "π"), 1)


def test_the_resolution_is_stored_and_held_against_the_unit():
    third = numeric_record(printed("3"), Evidence("proof", Interval(Fraction(3), Fraction(10, 3)), "given"))
    assert (third["resolution"], third["weak"]) == ("0.5", False)
    seventh = numeric_record(printed("3.0"), Evidence("proof", Interval(Fraction(3), Fraction(22, 7)), "given"))
    assert (seventh["resolution"], seventh["weak"]) == ("0.05", False)
    assert numeric_record(printed("3"), between_ends(None, None))["weak"]
    wide = numeric_record(between("1", "7"), Evidence("proof", Interval(Fraction(3), Fraction(22, 7)), "given"))
    assert (wide["resolution"], wide["weak"]) == ("2.143", True)


def test_a_source_may_say_itself_what_is_accepted():
    assert check_of(identity(Fraction(2, 4), Fraction(1, 2), "fractions"))["accepted"] == ["0", "0"]
    assert check_of(agrees(abs, abs, [1], 3, "alike"))["accepted"] == ["0", "0.001"]


@pytest.mark.parametrize(
    "given",
    [
        (),
        (proof(3, "exact"),),
        (printed("3"),),
        (printed("3"), 3),
        (printed("3"), "3"),
        ("3", proof(3, "exact")),
        (3, proof(3, "exact")),
        (printed("3"), printed("3"), proof(3, "exact")),
        (printed("3"), identity(1, 1, "ones")),
    ],
    ids=lambda given: "+".join(type(each).__name__ for each in given),
)
def test_words_come_first_and_evidence_after_them(given):
    check = Check("claim", "", 0, None)
    with pytest.raises(ValueError, match="check expects"):
        check(*given)
    assert check.record is None


def test_a_second_check_is_a_fault_even_where_it_is_swallowed():
    check = Check("claim", "case", 0, None)
    check(exactly(3), proof(3, "exact"))
    with pytest.raises(ValueError, match="check was called twice"):
        check(exactly(4), proof(3, "exact"))
    assert check.fault.startswith("check was called twice")


@pytest.mark.parametrize("first", [(), (exactly(3), ball(lambda: 1 / 0))], ids=["misuse", "a formula that raises"])
def test_a_check_after_one_that_raised_is_a_second_one(first):
    check = Check("claim", "", 0, None)
    with pytest.raises((ValueError, ZeroDivisionError)):
        check(*first)
    assert (check.record, check.fault) == (None, "")
    with pytest.raises(ValueError, match="check was called twice"):
        check(exactly(3), proof(3, "exact"))
    assert check.record is None
    assert check.fault


def test_so_is_a_decided_case_that_says_it_is_not_run():
    check = Check("claim", "", 0, None)
    check(exactly(3), proof(3, "exact"))
    with pytest.raises((ValueError, pytest.skip.Exception), match="check was called twice"):
        check.not_run("no weights", "model", "pytest")
    assert check.record["verdict"] == "holds"
    assert check.fault


@pytest.mark.parametrize("stop", [ZeroDivisionError, pytest.skip.Exception, KeyboardInterrupt])
def test_an_earlier_look_is_no_evidence_where_a_later_one_broke(stop):
    class Breaking:
        def looks(self, _):
            yield Evidence("proof", Interval(None, None), "nothing yet")
            raise stop

    check = Check("claim", "", 0, None)
    with pytest.raises(stop):
        check(exactly(3), Breaking())
    assert check.record is None


def test_a_case_that_cannot_run_says_what_is_missing():
    check = Check("claim", "", 0, None)
    with pytest.raises(pytest.skip.Exception, match="no weights"):
        check.not_run("no weights", "model", "pytest --models")
    assert (check.record["verdict"], check.record["grade"]) == ("not run", "model")
    assert contradiction(check.record) is None
    with pytest.raises((ValueError, pytest.skip.Exception), match="grade: expected"):
        Check("claim", "", 0, None).not_run("", "hunch", "")


class Endless:
    def looks(self, _):
        for drawn in count(1):
            yield Evidence("model", Interval(Fraction(0), Fraction(6)), "never sharper", samples=drawn)


def test_a_source_without_an_end_is_stopped():
    record = check_of(printed("3"), Endless())
    assert record["verdict"] == "inconclusive"
    assert record["looks"] == record["samples"] == MOST_LOOKS
    assert f"after {MOST_LOOKS} looks" in record["reason"]
    assert contradiction(record) is None


def test_a_source_that_ends_undecided_says_what_its_last_look_left_open():
    record = check_of(printed("1.41421356237309504880"), ball(lambda: arb(2).sqrt() + arb(0, 1), most=128))
    assert (record["looks"], record["reason"]) == (2, "the computed interval overlaps the edge of the accepted one")


def test_a_source_yields_evidence():
    class Wrong:
        def __init__(self, *looks):
            self.yielded = looks

        def looks(self, _):
            return iter(self.yielded)

    with pytest.raises(ValueError, match="no evidence"):
        check_of(exactly(3), Wrong())
    with pytest.raises(ValueError, match="yields Evidence"):
        check_of(exactly(3), Wrong(3))
    with pytest.raises(ValueError, match="encloses a value"):
        check_of(exactly(3), Wrong(Evidence("search", None, "")))


def test_looks_go_on_until_decided_and_no_further():
    record = check_of(
        printed("1.414213562373095048801688724209698078569671875376948073176679738"), lambda: arb(2).sqrt()
    )
    assert record["verdict"] == "holds"
    assert record["looks"] == 3
    assert check_of(at_most("2"), ball(lambda: arb(2).sqrt() ** 2, most=256))["looks"] == 3


@relaxed
@given(st.fractions(Fraction(1, 10**9), 1))
def test_the_level_that_a_case_spends_is_stored(share):
    record = check_of(printed("3"), confidence(lambda *_: (2, 4), [1, 2], "mean", 5), share=share)
    assert share <= Fraction(record["level"]) <= share * (1 + Fraction(1, 10**15))
    assert check_of(exactly(3), proof(3, "exact"), share=share)["level"] is None


def test_without_a_weight_there_is_no_level():
    with pytest.raises(StatementError, match="declare the claim's weight"):
        check_of(printed("3"), confidence(lambda *_: (2, 4), [1], "mean", 5))


@relaxed
@given(st.fractions(0, 10), st.fractions(0, 10))
@example(Fraction(9, 2), Fraction(11, 2))
def test_a_check_coarser_than_the_printed_digits_is_weak(first, second):
    computed = Interval(min(first, second), max(first, second))
    record = numeric_record(printed("5"), Evidence("proof", computed, "given"))
    least = resolution(printed("5").interval, Interval(*map(Fraction, record["computed"])))
    assert record["weak"] == (least > 1)
    assert Fraction(record["resolution"]) >= least
    assert not numeric_record(at_least("-5"), Evidence("proof", computed, "given"))["weak"]


@relaxed
@given(st.integers(), st.text(), st.text())
def test_a_stream_belongs_to_a_root_and_a_case(root, claim, case):
    seed = stream_seed(root, claim, case)
    assert seed == Check(claim, case, root, None).seed
    assert seed not in {
        stream_seed(root + 1, claim, case),
        stream_seed(root, claim + "x", case),
        stream_seed(root, claim, case + "x"),
    }


def test_a_check_knows_whose_it_is():
    check = Check("claim", "case", 7, Fraction(1, 2), {"Figure 1"})
    assert (check.claim, check.case, check.root, check.share) == ("claim", "case", 7, Fraction(1, 2))
    assert (check.places, check.curves, check.record, check.fault) == ({"Figure 1"}, [], None, "")


def test_a_name_may_hold_whatever_python_holds():
    assert stream_seed(0, "\ud800", "") != stream_seed(0, "\ud801", "")


def test_a_stream_is_the_same_in_every_version():
    assert stream_seed(20, "claim", "case") == 18160847028762448409


@pytest.mark.parametrize("grade", GRADES)
def test_every_grade_is_kept(grade):
    needs = {"statistics": {"level": Fraction(1, 100)}, "instances": {"samples": 1}}.get(grade, {})
    record = numeric_record(exactly(3), Evidence(grade, Interval(Fraction(3), Fraction(3)), "given", **needs))
    assert (record["grade"], record["looks"]) == (grade, 1)
