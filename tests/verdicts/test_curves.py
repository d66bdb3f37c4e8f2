"""Points that claims leave for the figures of the paper: kept, bounded, carried everywhere, and deciding nothing."""

from __future__ import annotations

import json
import re
import shutil
from copy import deepcopy
from fractions import Fraction
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from flint import arb
from hypothesis import given
from hypothesis import strategies as st
from verdicts import Interval
from verdicts.check import Check
from verdicts.intervals import read_ends
from verdicts.journal import recover
from verdicts.ledger import dump, read_ledger, summarize, verify
from verdicts.merge import merge
from verdicts.records import Ledger
from verdicts.schema import convert, published_schema
from verdicts.statements import StatementError

from tests.verdicts import sample

VALIDATOR = jsonschema.Draft202012Validator(published_schema())
PAPER = Path(__file__).parent / "paper_with_figures"
LEAVES = '    check.curve(figure="Table 1", name="n", points={points})\n'
CLAIM = '@claim("c", at="Table 1", says="s")\ndef test_c(check):\n'


def left(*points, figure="Figure 1", **words):
    """The curves of a check that leaves these points."""
    check = Check("claim", "", 0, None, {"Figure 1", "Figure 2"})
    check.curve(figure=figure, **{"name": "n", "points": points, **words})
    return check.curves[0]


def refusal(*points, **words):
    with pytest.raises(StatementError) as error:
        left(*points, **words)
    assert "\n" not in str(error.value)
    return str(error.value)


def with_figures(audit):
    shutil.copy(PAPER / "paper.toml", audit.path / "claims")
    shutil.copy(PAPER / "sums.py", audit.path / "claims" / "test_sums.py")  # a name that our own tests pass by
    return audit


# what a test leaves


@pytest.mark.parametrize(
    ("y", "ends"),
    [
        (2, ["2", "2"]),
        (0.1, ["0.1", "0.1"]),
        (Fraction(1, 3), ["0.333333333333", "0.333333333333"]),
        ("2.610", ["2.61", "2.61"]),
        ("5×10⁻⁴", ["0.0005", "0.0005"]),
        (np.float32(0.5), ["0.5", "0.5"]),
        (np.int64(3), ["3", "3"]),
        (1e-300, ["0", "0"]),
        (arb(2), ["2", "2"]),
        (arb.pi(), ["3.14159265358", "3.14159265359"]),
        (Interval(Fraction(1, 3), Fraction(2, 3)), ["0.333333333333", "0.666666666667"]),
    ],
)
def test_a_number_is_a_point_and_a_ball_an_interval(y, ends):
    assert left((0.25, y))["points"] == [["0.25", *ends]]


@given(st.fractions(-(10**6), 10**6), st.fractions(0, 10))
def test_a_stored_interval_encloses_the_one_given(low, width):
    high = low + width
    (_, *ends), *_ = left((0, low, high))["points"]
    assert read_ends(ends).contains(Interval(low, high)) or low == high
    assert abs(Fraction(ends[0]) - low) <= abs(low) * Fraction(1, 10**11)


def test_points_are_sorted_and_come_from_any_iterable():
    assert left((2, 5), (1, 7))["points"] == [["1", "7", "7"], ["2", "5", "5"]]
    rows = left(points=np.array([[2.0, 1.0, 3.0], [1.0, 0.0, 0.5]]))
    assert rows["points"] == [["1", "0", "0.5"], ["2", "1", "3"]]
    assert left(points=zip([1], [2], strict=True))["points"] == [["1", "2", "2"]]
    assert left((arb(1, 0.5), 2))["points"] == [["1", "2", "2"]]


@pytest.mark.parametrize(
    "y", [float("nan"), float("inf"), np.float64("nan"), arb("nan"), arb(1) / arb(0, 1), Interval(None, Fraction(1))]
)
def test_a_number_that_is_not_finite_is_refused(y):
    said = refusal((0, 1), (1, y))
    assert said.startswith("curve 'n' in 'Figure 1': point 2: expected finite numbers")


@pytest.mark.parametrize(
    "y", ["nan", "two", True, np.True_, None, 1j, bytearray(b"1"), [1], (1, 2), {}, object(), "1" * 3_000]
)
def test_what_is_no_number_is_refused(y):
    assert refusal((0, y)).startswith("curve 'n' in 'Figure 1': point 1: expected ")


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([], "1 to 1,000 points, got none"),
        ([(0, 1)] * 1_001, "1 to 1,000 points, got more"),
        (iter(lambda: (0, 1), None), "1 to 1,000 points, got more"),
        (7, "a list of points, got 7"),
        (["12"], "(x, y) or (x, lo, hi), got '12'"),
        ([(1,)], "(x, y) or (x, lo, hi), got (1,)"),
        ([(1, 3, 2)], "lo <= hi"),
        ([(1, 1e100)], "below 1e100"),
        ([(1, 10**5_000)], "below 1e100"),
    ],
)
def test_points_that_are_none_are_refused_in_one_line(points, said):
    assert said in refusal(points=points)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"figure": "Figure 3"}, "curve 'n' in 'Figure 3': a place that paper.toml does not list"),
        ({"figure": "not in the paper: n"}, "a place that paper.toml does not list"),
        ({"figure": "Not in the paper:  "}, "a figure of your own is named 'Not in the paper: …'"),
        ({"figure": 3}, "figure is a line"),
        ({"name": ""}, "needs a name"),
        ({"name": "a\nb"}, "name is a line"),
        ({"name": "n" * 121}, "at most 120 characters"),
        ({"kind": "bars"}, "expected one of line, points, band, got 'bars'"),
        ({"kind": None}, "kind is a line"),
        ({"x": "\x07"}, "x is a line"),
        ({"y": 1}, "y is a line"),
    ],
)
def test_words_that_no_figure_can_show_are_refused(words, said):
    assert said in refusal((0, 1), **words)


def test_a_figure_that_is_not_in_the_paper_says_so():
    assert left((0, 1), figure="Not in the paper: powers")["figure"] == "Not in the paper: powers"


def test_a_case_leaves_each_of_its_curves_once_and_not_too_many():
    check = Check("claim", "", 0, None, {"Figure 1", "Figure 2"})
    for figure in ("Figure 1", "Figure 2"):
        for number in range(12):
            check.curve(figure=figure, name=str(number), points=[(0, 1)])
        with pytest.raises(StatementError, match="is there already"):
            check.curve(figure=figure, name="3", points=[(1, 1)])
    with pytest.raises(StatementError, match="at most 24 curves"):
        check.curve(figure="Figure 1", name="one more", points=[(0, 1)])
    assert len(check.curves) == 24


# through a run


def curves_of(ledger):
    return {
        (claim["id"], case["id"]): [(curve["figure"], curve["name"], curve["kind"]) for curve in case["curves"]]
        for claim in ledger["claims"]
        for case in claim["cases"]
        if "curves" in case
    }


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.long)])
def test_curves_reach_the_ledger_from_any_process(audit, workers):
    with_figures(audit).run_on(workers).assert_outcomes(passed=8)
    ledger = read_ledger(audit.ledger_path)
    found = curves_of(ledger)
    assert len(found) == 8
    assert found["1.printed", "4"] == [("Figure 1", "printed", "points"), ("Figure 1", "computed", "points")]
    assert found["2.growth", ""][1] == ("Figure 2", "our intervals", "points")
    (growth,) = ledger["claims"][-1]["cases"]
    assert growth["verdict"] == "refuted"
    assert growth["curves"][1]["points"][0] == ["1", "1.8", "2.2"]
    VALIDATOR.validate(json.loads(audit.ledger_path.read_text()))


def test_curves_decide_nothing(audit):
    with_figures(audit).accepted()
    before = audit.ledger
    claims = audit.path / "claims" / "test_sums.py"
    lines = claims.read_text(encoding="utf-8").splitlines()
    claims.write_text("\n".join(line for line in lines if "check.curve(" not in line), encoding="utf-8")
    audit.run().assert_outcomes(passed=8)
    after = audit.ledger
    assert curves_of(before)
    assert not curves_of(after)
    for kept, found in zip(before["claims"], after["claims"], strict=True):
        for one, other in zip(kept["cases"], found["cases"], strict=True):
            assert (one["verdict"], one["statement"], other["gate"]) == (other["verdict"], other["statement"], "equal")


def test_a_curve_is_no_evidence(audit):
    audit.claims(CLAIM + LEAVES.format(points="[(0, 1)]")).run()
    (claim,) = audit.ledger["claims"]
    assert claim["cases"][0]["reason"].startswith("error: the test ended without evidence")
    assert "curves" not in claim["cases"][0]


@pytest.mark.parametrize(
    ("workers", "after"), [("0", True), ("0", False), pytest.param("1", False, marks=pytest.mark.long)]
)
def test_a_curve_that_cannot_be_drawn_spoils_its_case_in_one_line(audit, workers, after):
    check, curve = "    check(printed('3.14'), arb.pi)\n", LEAVES.format(points="[(0, float('nan'))]")
    run = audit.claims(CLAIM + (check + curve if after else curve + check)).run_on(workers)
    assert run.ret == pytest.ExitCode.USAGE_ERROR
    said = f"*test_some.py:{6 + after}: claim 'c': curve 'n' in 'Table 1': point 1: expected finite numbers, got nan"
    run.stdout.fnmatch_lines([said])
    assert "Traceback" not in run.stdout.str()
    (claim,) = audit.ledger["claims"]
    assert claim["verdict"] == "not run"
    assert "curves" not in claim["cases"][0]


def test_a_figure_that_the_paper_does_not_have_is_refused(audit):
    run = audit.claims(CLAIM + "    check.curve(figure='Figure 9', name='n', points=[(0, 1)])").run()
    run.stdout.fnmatch_lines(["*curve 'n' in 'Figure 9': a place that paper.toml does not list; *"])
    assert run.ret == pytest.ExitCode.USAGE_ERROR


def test_what_a_case_that_is_not_run_leaves_is_kept(audit):
    audit.claims(CLAIM + LEAVES.format(points="[(0, 1)]") + "    check.not_run('no data', 'model', 'make data')").run()
    (claim,) = audit.ledger["claims"]
    assert curves_of(audit.ledger) == {("c", ""): [("Table 1", "n", "line")]}
    assert claim["verdict"] == "not run"


def test_a_test_that_ends_badly_leaves_no_curve(audit):
    audit.claims(
        CLAIM + "    check(printed('3.14'), arb.pi)\n" + LEAVES.format(points="[(0, 1)]") + "    assert 0"
    ).run()
    assert not curves_of(audit.ledger)


# from outside, and between machines

CURVE = {
    "figure": "Figure 1", "name": "n", "kind": "band", "x": "p", "y": "c(p)",
    "points": [["0", "-1.5", "5e-3"], ["1e2", "6", "6"]],
}  # fmt: skip


def with_curves(*curves, **facts):
    """A ledger of one claim whose case left these curves."""
    case = sample.case("c", **facts)
    if curves:
        case["curves"] = deepcopy(list(curves))
    claims = sample.settle([sample.claim("c", "1", "number", [case])])
    return sample.ledger() | {"claims": claims, "summary": summarize(claims)}


def test_curves_come_through_a_file(tmp_path):
    made = with_curves(CURVE)
    path = tmp_path / "verdicts.json"
    path.write_text(dump(made), encoding="utf-8")
    assert read_ledger(path) == made
    VALIDATOR.validate(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ((0, "points", 1, 2), "six", '[0].points[1][2]\': expected a decimal string, found "six"'),
        ((0, "points", 1, 2), "nan", "[0].points[1][2]': expected a decimal string"),
        ((0, "points", 1, 2), "1" * 61, "[0].points[1][2]': expected a decimal string"),
        ((0, "points", 1, 2), "1e9999", "[0].points[1][2]': expected a decimal string"),
        ((0, "points", 1, 2), 6, "[0].points[1][2]': expected a decimal string, found 6"),
        ((0, "points", 1), ["1", "6"], "[0].points[1]': expected a list of 3"),
        ((0, "points"), [], "[0].points': expected a list of 1 to 1,000, found []"),
        ((0, "points"), [["1", "1", "1"]] * 1_001, "[0].points': expected a list of 1 to 1,000"),
        ((0, "points"), None, "[0].points': expected a list"),
        ((0, "kind"), "bars", "[0].kind': expected 'band' or 'line' or 'points', found \"bars\""),
        ((0, "name"), "", "[0].name': expected a string that is not empty"),
        ((0, "colour"), "red", "[0].colour': expected no key of this name"),
        ((), {}, "': expected a list, found {}"),
    ],
)
def test_curves_of_another_shape_are_refused_by_reader_and_schema(path, value, expected):
    made = with_curves(CURVE)
    case = made["claims"][0]["cases"][0]
    *way, last = ("curves", *path)
    at = case
    for key in way:
        at = at[key]
    at[last] = value
    with pytest.raises(ValueError, match=re.escape(f"key 'claims[0].cases[0].curves{expected}")) as error:
        convert(made, Ledger)
    assert "\n" not in str(error.value)
    assert not VALIDATOR.is_valid(made)


@pytest.mark.parametrize(
    ("curves", "said"),
    [
        ([CURVE, CURVE], "a figure and a name of its own"),
        ([CURVE | {"points": [["0", "2", "1"]]}], "lo <= hi, found 0, 2, 1"),
        ([CURVE | {"points": [["9e99", "1e100", "1e100"]]}], "from 1e-110 to below 1e100"),
        ([CURVE | {"points": [["-1e100", "1", "1"]]}], "below 1e100"),
        ([CURVE | {"points": [["1e-320", "1", "1"]]}], "from 1e-110 to"),
        ([CURVE | {"points": [["-1e-110", "0e-999", "1" * 60]]}], None),
    ],
)
def test_curves_that_no_test_leaves_are_refused(curves, said):
    made = convert(with_curves(*curves), Ledger)
    if said is None:
        verify(made)
    else:
        with pytest.raises(ValueError, match=rf"^key 'claims\[0\]\.cases\[0\]\.curves': .*{re.escape(said)}"):
            verify(made)


def test_curves_are_no_part_of_the_statement():
    with_them, without = (made["claims"][0]["cases"][0] for made in (with_curves(CURVE), with_curves()))
    assert with_them["statement"] == without["statement"]


def curves(made):
    return made["claims"][0]["cases"][0].get("curves")


def test_curves_go_with_the_evidence_that_wins():
    other = CURVE | {"points": [["0", "0", "9"]]}
    sharp, coarse = with_curves(CURVE), with_curves(other, grade="instances")
    assert curves(merge([sharp, coarse])) == curves(merge([coarse, sharp])) == [CURVE]
    bare = with_curves(grade="statistics")
    assert curves(merge([bare, coarse])) == curves(merge([coarse, bare])) is None


def test_of_the_same_evidence_that_with_curves_wins_and_of_two_always_the_same():
    other = CURVE | {"name": "another"}
    bare, one, two = with_curves(), with_curves(CURVE), with_curves(other)
    assert curves(merge([bare, one])) == curves(merge([one, bare])) == [CURVE]
    assert curves(merge([one, two])) == curves(merge([two, bare, one]))
    assert merge([one, one]) == one


@pytest.mark.long
def test_a_run_that_died_leaves_its_curves(audit):
    with_figures(audit).claims("import os\ndef test_last(): os._exit(1)\n", name="test_zz.py").spawn()
    audit_of_the_dead = recover(audit.latest / "verdicts.journal")
    assert len(curves_of(audit_of_the_dead)) == 8
