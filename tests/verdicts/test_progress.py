"""A long run says how far it is, and how long it will still take."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdicts import progress
from verdicts.progress import Estimate, duration, seconds_of

from tests.verdicts import sample

TEN = {f"claims/a.py::test_a[{number}]": 10.0 for number in range(10)}
FIRST, SECOND, *_ = TEN


def test_what_is_left_is_shared_by_the_workers():
    assert Estimate(TEN, 1).left(0) == 100
    assert Estimate(TEN, 4).left(0) == 25
    assert Estimate(TEN, 50).left(0) == 10  # one case is not shared


def test_what_runs_is_credited_with_what_it_has_run():
    estimate = Estimate(TEN, 1)
    estimate.begin(FIRST, 100)
    assert estimate.left(104) == 96
    assert estimate.left(120) == 90  # it is not expected to give time back
    estimate.finish(FIRST, 110)
    assert estimate.left(110) == 90


@pytest.mark.parametrize(("took", "left"), [(20, 180), (5, 45), (1000, 450), (0, 18)])
def test_the_pace_of_this_machine_is_believed_within_reason(took, left):
    estimate = Estimate(TEN, 1)
    estimate.begin(FIRST, 0)
    estimate.finish(FIRST, took)
    assert estimate.left(took) == pytest.approx(left)


def test_the_line_names_what_runs_long():
    estimate = Estimate(TEN, 2)
    estimate.begin(FIRST, 0)
    estimate.finish(FIRST, 10)
    estimate.begin(SECOND, 10)
    assert estimate.line(11) == "1 of 10 cases, about 44 s left"
    assert estimate.line(18) == "1 of 10 cases, about 41 s left; running: test_a[1] for 8 s"


@given(st.lists(st.tuples(st.sampled_from([*TEN, "other"]), st.booleans(), st.floats(0, 50))))
def test_no_order_of_events_breaks_it(events):
    estimate, now = Estimate(TEN, 3), 0.0
    for node, ends, seconds in events:
        now += seconds
        (estimate.finish if ends else estimate.begin)(node, now)
        assert 0 <= estimate.left(now) <= 5 * 100
        assert "left" in estimate.line(now)
    for node in TEN:
        estimate.finish(node, now)
    assert estimate.left(now) == 0


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "1 s"), (59, "59 s"), (61, "1 min"), (5000, "83 min"), (7200, "2.0 h")]
)
def test_durations(seconds, words):
    assert duration(seconds) == words


def test_the_last_ledger_says_what_cases_take(tmp_path):
    path = tmp_path / "verdicts.json"
    assert seconds_of(path) == {}
    path.write_text("[]")
    assert seconds_of(path) == {}
    path.write_text(json.dumps(sample.ledger()))
    known = seconds_of(path)
    assert known["6.theorem3", "p=0.1"] == 0.01
    assert ("E.model", "max") not in known  # it was not run


CLAIMS = """
@claim("pi", at="Section 1.1", says="π")
@pytest.mark.parametrize("n", range(3))
def test_pi(check, n): check(printed("3.14"), arb.pi)
"""


@pytest.mark.parametrize("quiet", [False, True])
def test_a_run_tells_from_time_to_time(audit, monkeypatch, quiet):
    audit.claims(CLAIMS).run()
    made = audit.ledger
    for case in made["claims"][0]["cases"]:
        case["seconds"] = 20.0
    audit.ledger_path.write_text(json.dumps(made), encoding="utf-8")
    with monkeypatch.context() as patched:  # undoing all of it would lead out of the folder of this test
        patched.setattr(progress, "EVERY", 0.0)
        said = audit.run(*["-q"] * quiet).stdout.str()
    assert ("of 3 cases, about" in said) != quiet
    assert "cases, about" not in audit.run().stdout.str()


def test_it_tells_on_a_line_of_its_own_also_with_workers(audit):
    audit.claims("from verdicts import progress\nprogress.EVERY = progress.SHORTEST = 0.0", name="conftest.py")
    said = audit.claims(CLAIMS).spawn("-n", "2").stdout.str()
    assert len(re.findall("cases, about", said)) == len(re.findall(r"^\d of 3 cases, about", said, re.MULTILINE)) > 1
