"""Sources of evidence: what they enclose, what they refuse, and how a lie is caught."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice, pairwise

import flint
import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from verdicts.evidence import Evidence
from verdicts.intervals import Interval, enclosure
from verdicts.sources import arithmetic, as_source, ball, confidence, data, instances, measured, proof, series, text
from verdicts.statements import StatementError, printed

relaxed = settings(deadline=None)


def looks(source, level=None, most=20):
    return list(islice(source.looks(level), most))


def wrong_to(precision):
    """√2 to that many bits, without its radius: a value at every precision, and the right one at none."""
    root = arb(2).sqrt()
    return arb(flint.fmpq(int((root * arb(2) ** precision).floor().unique_fmpz()), 1) / 2**precision)


def test_a_ball_without_its_radius_is_caught_at_the_next_precision():
    with pytest.raises(ValueError, match=r"√2 by truncation: .* at 64 bits.* at 117 bits.* disjoint"):
        looks(ball(lambda: wrong_to(flint.ctx.prec - 8), "√2 by truncation"))
    with pytest.raises(ValueError, match="disjoint"):
        looks(ball(lambda: -wrong_to(flint.ctx.prec - 8), "−√2 by truncation"))


def test_so_is_one_whose_error_bound_was_dropped():
    def exponential(terms):
        return sum((arb(1) / arb(n).fac() for n in range(terms)), arb(0))

    with pytest.raises(ValueError, match=r"e: .* at 8 terms.* at 16 terms.* disjoint"):
        looks(series(exponential, 8, "e"))
    honest = looks(series(lambda terms: exponential(terms) + arb(0, 2 / arb(terms).fac()), 8, "e"))
    with flint.ctx.workprec(4096):
        assert all(look.computed.contains(enclosure(arb(1).exp())) for look in honest[:4])


@pytest.mark.parametrize("value", [0.1, -0.1, 1 / 3, 2.610, 1e-9, 12345.678])
def test_a_float_turned_into_a_ball_is_refused(value):
    for source in (ball(lambda: arb(value)), series(lambda _: arb(value), 8), as_source(lambda: arb(value) + 0)):
        with pytest.raises(ValueError, match="a float was turned into a ball"):
            looks(source)


@pytest.mark.parametrize(
    "value",
    [
        lambda: arb(0.375), lambda: arb(2) ** 50 - 1, lambda: arb("0.1"), lambda: arb(flint.fmpq(1, 10)),
        lambda: flint.fmpq(2**50 - 1, 2**52), lambda: Fraction(0.1),
        lambda: arb(2).sqrt() * 0 + 3,
    ],
)  # fmt: skip
def test_no_other_number_is_taken_for_a_float(value):
    assert looks(ball(value))


def test_precision_is_doubled_and_terms_are():
    widths = [look.computed.width for look in looks(ball(lambda: arb(2).sqrt(), most=1024))]
    assert len(widths) == 5
    assert all(later < earlier**2 * 100 for earlier, later in pairwise(widths))
    terms = []
    looks(series(lambda n: terms.append(n) or arb(1), 3))
    assert terms == [3 * 2**k for k in range(len(terms))]


def asked(make, **given):
    """The precision of each call of a source's function, with its arguments."""
    calls = []
    looks(make(lambda *arguments: calls.append((flint.ctx.prec, *arguments)) or arb(2).sqrt(), **given))
    return calls


def test_every_precision_is_asked_for_with_its_guard_bits():
    every = [(bits + guard,) for bits in (64, 128, 256, 512, 1024, 2048, 4096) for guard in (0, 53)]
    assert asked(ball) == asked(as_source) == every
    assert asked(ball, bits=100, most=250) == [(100,), (153,), (200,), (253,)]
    assert asked(instances, at=["x"], method="by balls") == [(*bits, "x") for bits in every]
    assert asked(series, terms=3) == [(128 * 2**k, 3 * 2**k) for k in range(7)]
    assert asked(series, terms=1, bits=50)[:2] == [(50, 1), (100, 2)]


def test_evidence_says_how_it_was_obtained():
    def one(*_):
        return arb(1)

    said = {
        ball(one): "ball arithmetic at 64 bits",
        ball(one, "Gauss"): "Gauss; ball arithmetic at 64 bits",
        series(one, 3): "3 terms, their remainder enclosed",
        series(one, 3, "Taylor"): "Taylor; 3 terms, their remainder enclosed",
        instances(one, (1, 2), "at random"): "at random; ball arithmetic at 64 bits",
        instances(3, (1, 2), "by hand"): "by hand",
    }
    assert {source: looks(source, most=1)[0].method for source in said} == said
    assert [looks(instances(given, [1, 2, 5], "m"), most=1)[0].samples for given in (3, one)] == [3, 3]
    found = []
    told = confidence(lambda size, _: found.append(size) or (0, 1), [10, 20], lambda: f"{found} drawn", 1)
    ends = [look.method for look in looks(told, Fraction(1, 100))]
    assert ends == [f"{drawn} drawn; error probability 5.0e-03 at each of 2 looks" for drawn in ([10], [10, 20])]
    assert told.accepted is None


@pytest.mark.parametrize(("bits", "refused"), [(40, False), (41, True), (47, True), (53, True), (54, False)])
@pytest.mark.parametrize("places", [1, 60])
def test_a_binary_fraction_with_the_bits_of_a_float_is_taken_for_one(bits, places, refused):
    source = ball(lambda: arb(2 ** (bits - 1) + 1) / arb(2) ** places)
    if refused:
        with pytest.raises(ValueError, match="a float was turned into a ball"):
            looks(source)
    else:
        assert looks(source)[0].computed.width == 0


def test_what_has_a_radius_at_any_precision_is_not():
    assert looks(ball(lambda: arb(0.1, 2.0**-55)))
    assert looks(ball(lambda: arb(1 + 2.0**-45, 2.0**-3)))
    assert looks(ball(lambda: arb(0.1, 1 if flint.ctx.prec > 64 else 0), most=64))


def test_words_without_evidence_after_them_are_told_from_other_things():
    with pytest.raises(ValueError, match="what the words accept first, and a source of evidence after it"):
        as_source(printed("3"))
    with pytest.raises(ValueError, match="or a function that returns a ball, got int"):
        as_source(3)


def test_a_ball_of_no_finite_radius_waits_for_more_bits():
    unbounded_at_first = ball(lambda: arb(1) if flint.ctx.prec > 200 else arb("nan"))
    assert [look.computed.width for look in looks(unbounded_at_first, most=3)] == [None, None, 0]


NOTHING = [0.5, "0.5", "looked at n = 3", True, None, lambda: 1]


@pytest.mark.parametrize("nothing", NOTHING, ids=["float", "decimal", "words", "truth", "none", "function"])
@pytest.mark.parametrize(
    "source",
    [
        lambda value: proof(value, "certificate"),
        lambda value: arithmetic(value, "method"),
        lambda value: data(value, "released results"),
        lambda value: text(value, "Table 1"),
        lambda value: instances(value if not callable(value) else str, [1, 2], "method"),
        lambda value: ball(lambda: value),
        lambda value: series(lambda _: value, 2),
        lambda value: confidence(lambda *_: value, [10], "method", 1),
    ],
    ids=["proof", "arithmetic", "data", "text", "instances", "ball", "series", "confidence"],
)
def test_strings_floats_and_truth_values_are_evidence_of_nothing(source, nothing):
    with pytest.raises(ValueError, match="expected an enclosure"):
        looks(source(nothing), Fraction(1, 100))


def test_the_grade_says_what_kind_of_argument_it_was():
    sources = {
        "proof": proof(3, "exact"),
        "arithmetic": arithmetic(3, "quotient"),
        "author data": data(3, "released results"),
        "model": measured(3, "perplexity", {"device": "cpu"}),
        "text": text(3, "caption of Table 1"),
        "instances": instances(3, [1, 2], "by hand"),
        "statistics": confidence(lambda *_: (0, 1), [10], "mean", None),
    }
    for grade, source in sources.items():
        assert [look.grade for look in looks(source, Fraction(1))] == [grade]
    assert {look.grade for look in looks(instances(arb, [1, 2], "by balls"))} == {"instances"}


@relaxed
@given(st.lists(st.fractions(-9, 9), min_size=1, unique=True))
def test_instances_enclose_the_values_at_all_points(points):
    evidence = looks(instances(lambda x: arb(flint.fmpq(x.numerator, x.denominator)) ** 2, points, "squares"))[0]
    assert evidence.samples == len(points)
    squares = [x**2 for x in points]
    assert evidence.computed.contains(Interval(min(squares), max(squares)))
    assert evidence.computed.width < max(squares) - min(squares) + Fraction(1, 10**9)


def test_a_point_without_a_finite_value_leaves_the_range_unbounded():
    found = looks(instances(lambda n: arb(1) if n else arb("nan"), [1, 0, 2], "by balls"), most=1)[0]
    assert (found.computed.lo, found.computed.hi) == (None, None)


def test_a_point_may_have_several_coordinates():
    assert looks(instances(lambda x, y: x - y, [(3, 1), (5, 1)], "grid"))[0].computed == enclosure((2, 4))


@pytest.mark.parametrize(
    "faulty",
    [
        lambda: proof(3, ""),
        lambda: proof(3, None),
        lambda: text(3, " "),
        lambda: arithmetic(3, 5),
        lambda: data(3, " "),
        lambda: instances(3, [], "nowhere"),
        lambda: series(lambda _: 1, 0),
        lambda: series(lambda _: 1, 2.5),
        lambda: series(3, 4),
        lambda: ball(3),
        lambda: confidence(lambda *_: 1, [], "mean", 1),
        lambda: confidence(lambda *_: 1, [0, 5], "mean", 1),
        lambda: confidence(lambda *_: 1, [10, 10], "mean", 1),
        lambda: as_source(3),
        lambda: Evidence("hunch", None, ""),
        lambda: Evidence("search", None, "", samples=1.5),
        lambda: Evidence("statistics", enclosure(3), "mean", level=0.5),
        lambda: Evidence("search", None, None),
        lambda: Evidence("search", None, "", counterexample=3),
        lambda: Evidence("search", None, "", slack=0.5),
        lambda: Evidence("search", None, "", code=None),
        lambda: Evidence("search", None, "", seed="7"),
        lambda: Evidence("statistics", enclosure(3), "mean"),
        lambda: Evidence("statistics", enclosure(3), "mean", level=Fraction(0)),
        lambda: Evidence("statistics", enclosure(3), "mean", level=Fraction(5)),
        lambda: Evidence("proof", enclosure(3), "exact", level=Fraction(1, 2)),
        lambda: Evidence("search", None, "hypothesis search", level=Fraction(1, 2)),
        lambda: Evidence("proof", enclosure(3), "exact", samples=2),
        lambda: Evidence("text", enclosure(3), "read", samples=2),
        lambda: Evidence("instances", enclosure(3), "at points"),
    ],
)
def test_misuse_is_said_at_once(faulty):
    with pytest.raises(ValueError, match=r"expected|needs|says|starts|expects|has no|spends no"):
        faulty()


@relaxed
@given(
    st.fractions(Fraction(1, 10**9), 1),
    st.lists(st.integers(1, 10**6), min_size=1, max_size=9, unique=True).map(sorted),
)
def test_the_levels_of_all_looks_sum_to_that_of_the_case(level, sizes):
    spent = []
    found = looks(confidence(lambda _, each: spent.append(each) or (0, 1), sizes, "mean", 7), level)
    assert sum(spent) == level
    assert [look.samples for look in found] == sizes
    assert {look.level for look in found} == {level}
    assert {look.seed for look in found} == {7}


def test_a_claim_without_a_weight_has_no_error_probability_to_spend():
    with pytest.raises(StatementError, match="declare the claim's weight"):
        looks(confidence(lambda *_: (0, 1), [10], "mean", 1), None)


# Conditions of a measurement


def test_a_measurement_keeps_its_conditions():
    found = looks(measured((1, 2), "perplexity", {"device": "cpu", "tokens": "2048"}))
    assert [look.conditions for look in found] == [{"device": "cpu", "tokens": "2048"}]


def test_a_confidence_set_over_measurements_is_of_their_grade_and_keeps_theirs():
    read = []
    conditions = {"device": "cpu"}
    source = confidence(
        lambda size, _: read.append(size) or (0, 1), [5, 10], "mean", 1, grade="model", conditions=conditions
    )
    assert [(look.grade, look.conditions) for look in looks(source, Fraction(1, 100))] == [("model", conditions)] * 2
    later = confidence(lambda *_: (0, 1), [5], "mean", 1, grade="model", conditions=lambda: {"seeds": str(sum(read))})
    assert looks(later, Fraction(1, 100))[0].conditions == {"seeds": "15"}
    with pytest.raises(ValueError, match="expected grade 'statistics' or 'model', got 'proof'"):
        confidence(lambda *_: (0, 1), [5], "mean", 1, grade="proof")


@pytest.mark.parametrize("conditions", [{"tokens": 2048}, {1: "cpu"}, {"seed": None}])
def test_conditions_are_words(conditions):
    with pytest.raises(ValueError, match="conditions: expected strings by name"):
        measured(1, "perplexity", conditions)
