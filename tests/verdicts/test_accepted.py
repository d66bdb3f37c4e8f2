"""What a baseline keeps of a case that is accepted, and what it tells of one that changed."""

from __future__ import annotations

import json

import pytest
from verdicts.accepted import MEASURED, NOT_KEPT, accepted_of, changes

from tests.verdicts import sample

CLAIM = {"at": "Table 1", "says": "x", "tex": "y", "kind": "step", "primary": "", "rests_on": []}
UNKNOWN = "something that the baseline did not keep: it was accepted in an older format"


def case(**given):
    return sample.case("c") | {"statement": "s"} | given


def kept(**given):
    made = case(**given)
    measured = {key: made[key] for key in MEASURED}
    return {key: value for key, value in accepted_of(made).items() if key not in measured or value != measured[key]}


def test_what_was_measured_is_kept_with_the_words_and_the_set():
    assert kept() == {"stated": "5.0", "accepts": "[4.95, 5.05]"}
    measured = {"verdict", "grade", "statement", "resolution", "samples", "looks"}
    assert set(accepted_of(case())) == measured | {"stated", "accepts"}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"printed": ["5.00"]}, {"printed": ["5.00"]}),
        ({"printed": []}, {}),
        ({"printed": ["5.0", "5.0"]}, {"printed": ["5.0", "5.0"]}),
        ({"reading": "r"}, {"reading": "r"}),
        ({"code": "c0de"}, {"code": "c0de"}),
        ({"accepted": [None, "5"]}, {"accepts": "(-inf, 5]"}),
        ({"accepted": ["5", None]}, {"accepts": "[5, inf)"}),
        ({"accepted": ["4", "5"], "open": [True, False]}, {"accepts": "(4, 5]"}),
        ({"accepted": ["4", "5"], "open": [False, True]}, {"accepts": "[4, 5)"}),
        ({"accepted": ["4" * 300, None]}, {"accepts": f"[{'4' * 199}"}),  # where baselines of before cut it too
    ],
    ids=lambda words: str(words)[:40],
)
def test_words_are_kept_where_there_are_any(given, expected):
    assert kept(**given) == {"stated": "5.0", "accepts": "[4.95, 5.05]"} | expected


def test_a_search_accepts_no_set():
    assert kept(accepted=None, computed=None, printed=[], stated="") == {"stated": ""}


def told(claim=None, entry=None, now=None, **given):
    entry = accepted_of(case()) if entry is None else entry
    return changes(CLAIM if claim is None else claim, entry, now or CLAIM, case(**given))


def test_what_changed_is_told_and_what_did_not_is_not():
    assert told(now=CLAIM | {"says": "z", "tex": ""}) == ['says: "x" → "z"', 'tex: "y" → ""']
    assert told(stated="five") == ['stated: "5.0" → "five"', 'printed: [] → ["5.0"]']
    assert told(reading="r", code="c0de") == ['reading: "" → "r"', 'code: "" → "c0de"']
    assert told(open=[True, False]) == ['accepts: "[4.95, 5.05]" → "(4.95, 5.05]"']


@pytest.mark.parametrize("key", CLAIM)
def test_any_word_of_a_claim_that_changed_is_told(key):
    now = ["b"] if key == "rests_on" else "other"
    assert told(now=CLAIM | {key: now}) == [f"{key}: {json.dumps(CLAIM[key])} → {json.dumps(now)}"]


def test_where_nothing_that_is_kept_changed_it_is_said_what_was_not_kept():
    assert told() == [NOT_KEPT]
    older = {key: accepted_of(case())[key] for key in MEASURED}
    without = {key: value for key, value in CLAIM.items() if key != "tex"}
    assert told(entry=older) == told(claim=without) == told(claim=without, entry=older) == [UNKNOWN]
    assert told(entry=older, now=CLAIM | {"says": "z"}) == ['says: "x" → "z"']
    assert told(entry=older, stated="five") == [UNKNOWN]
