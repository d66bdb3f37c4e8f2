"""What all views have in common: the run's own verdict first, the same words, and text that stays text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdicts import vocabulary
from verdicts.views import FORMATS, outcome, plain, wording
from verdicts.views.html import faults

from tests.verdicts import sample
from tests.verdicts.ledgers import ledgers, texts

VIEWS = ["html", "markdown", "junit", "text"]


@given(ledger=ledgers())
def test_whatever_a_ledger_contains_is_printable(ledger):
    for view in VIEWS:  # to draw a ledger takes longer than to render it
        text = FORMATS[view](ledger)
        text.encode()
        assert not re.search("[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ufffe]", text), view


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(("status", "words"), [(0, "passed"), (1, "failed"), (2, "interrupted")])
def test_the_verdict_of_the_run_comes_first(view, status, words):
    ledger = sample.large(1, 1)
    ledger["run"] |= {"exit_status": status, "problems": [], "interrupted": None}
    text = FORMATS[view](ledger)
    found = text.index(f"{words}, exit status {status}")
    assert found < min(text.index(ledger["claims"][0]["id"]), text.find(ledger["paper"]["title"]) % len(text))


@pytest.mark.parametrize("view", VIEWS)
def test_what_is_wrong_with_the_run_is_shown(view):
    ledger = sample.ledger()
    ledger["run"] |= {"interrupted": "keyboard interrupt", "whole": False, "problems": ["the ledger of gw1 was lost"]}
    text = FORMATS[view](ledger).replace("\\", "")
    assert "interrupted: keyboard interrupt" in text
    assert "only a part of the paper's claims" in text.replace("&#39;", "'")
    assert "the ledger of gw1 was lost" in text


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("gate", outcome.GATES)
def test_every_gate_is_told_in_words(view, gate):
    ledger = sample.ledger()
    for claim in ledger["claims"]:
        for case in claim["cases"]:
            case["gate"] = gate
    text = FORMATS[view](ledger).replace("\\", "")
    assert outcome.GATES[gate] in text
    assert "--verdicts-accept" in text or "verdicts forget" in text or gate in ("lost", "excused", *vocabulary.SOFT)
    assert ("--verdicts-allow-not-run" in text) or gate != "lost"


def test_gates_and_grades_are_explained_in_their_order():
    assert (*outcome.GATES, "equal") == vocabulary.GATES
    assert tuple(wording.GRADES) == vocabulary.GRADES


@given(ledgers())
def test_a_run_passes_only_where_all_of_it_says_so(ledger):
    run = ledger["run"]
    gates = {case["gate"] for claim in ledger["claims"] for case in claim["cases"]}
    whole = not run["exit_status"] and not run["problems"] and not run["interrupted"]
    verdict = outcome.outcome(ledger)
    assert verdict.red == (not whole or not gates.isdisjoint(vocabulary.FAILING))
    assert verdict.red or verdict.words == "passed, exit status 0"
    assert not verdict.red or "passed" not in verdict.words


@pytest.mark.parametrize(
    ("grade", "facts", "phrase"),
    [
        ("proof", {}, "holds, proved"),
        ("arithmetic", {}, "holds by the paper's own numbers"),
        ("author data", {}, "holds in the authors' data"),
        ("model", {}, "holds on the model measured"),
        ("statistics", {}, "holds within the error budget"),
        ("search", {"samples": 1000}, "no counterexample in 1,000"),
        ("search", {}, "no counterexample found"),
        ("instances", {"samples": 12, "accepted": ["0", "1e-30"]}, "agrees at 12 points to 30 digits"),
        ("instances", {"samples": 12}, "holds at the 12 points tried"),
        ("instances", {"accepted": ["0", "0.02"]}, "holds at the points tried"),
        ("text", {}, "holds, as read in the text"),
        (None, {}, "holds"),
    ],
)
def test_the_words_follow_the_grade(grade, facts, phrase):
    assert wording.verdict_phrase(sample.case("x", grade=grade, **facts)) == phrase
    assert wording.verdict_phrase(sample.case("x", grade=grade, **facts | {"verdict": "refuted"})) == "refuted"


@pytest.mark.parametrize(("gate", "phrase"), [*wording.NOT_RUN.items(), (None, "not run"), ("new", "not run")])
def test_what_was_not_run_says_whether_it_was_accepted(gate, phrase):
    assert wording.verdict_phrase(sample.case("x", verdict="not run", gate=gate)) == phrase


def supported(**given):
    usual = {"rests_on": ["a"], "supported": True, "unsupported_by": [], "unchecked": []}
    return wording.support_words(sample.claim("x", "1", "step", [], **usual | given))


def test_support_is_true_false_or_unknown_in_words():
    assert supported() == "supported by all that it rests on"
    assert supported(rests_on=[]) == ""
    assert supported(supported=False, unsupported_by=["a"]) == "rests on refuted a"
    assert supported(supported=None, unchecked=["b", "c"]) == "rests on what was not decided b, c"
    both = supported(supported=False, unsupported_by=["a"], unchecked=["b"])
    assert both == "rests on refuted a; rests on what was not decided b"
    assert supported(supported=None).startswith("rests on what was not decided")
    assert supported(supported=None, unchecked=[str(i) for i in range(10_000)]).endswith("11, and 9,988 more")


@pytest.mark.parametrize("view", VIEWS)
def test_what_a_refuted_claim_carries_is_counted(view):
    text = FORMATS[view](sample.ledger())
    assert re.search(r"rests? on what was not decided", text)
    assert re.search(r"rests? on (a )?refuted", text, re.IGNORECASE)


def test_the_case_that_was_lost_is_shown_for_a_claim_that_was_not_run():
    model = next(claim for claim in sample.ledger()["claims"] if claim["id"] == "E.model")
    assert wording.worst_case(model)["gate"] == "lost"


@given(texts)
def test_text_is_made_printable_once(text):
    shown = plain.printable(text)
    shown.encode()
    assert plain.printable(shown) == shown
    assert len(shown) <= plain.LONGEST_TEXT


def test_a_control_character_is_seen():
    assert plain.printable("\x1b[31m\r\x00\x7f\ud800\u202e\t\n") == "␛[31m␍␀␡��\t\n"


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://arxiv.org/abs/1", True),
        ("http://a.example/?q=1#x", True),
        ("javascript:alert(1)", False),
        ("JavaScript:alert(1)//https://a.example", False),
        ("data:text/html,x", False),
        ("//a.example", False),
        ("https:", False),
        ("https://a.example/ onload=x", False),
        ("https://[", False),
        ("file:///etc/passwd", False),
        ("", False),
    ],
)
def test_only_addresses_of_the_web_are_linked(url, linked):
    assert bool(plain.web_address(url)) == linked
    ledger = sample.ledger()
    ledger["paper"]["url"] = url
    assert ('<a href="http' in FORMATS["html"](ledger)) == linked


@given(st.lists(st.sampled_from(["x^2", r"\nosuchmacro", "{", r"\frac{1}{2}"]), max_size=4))
def test_faults_name_each_claim_whose_formula_cannot_be_drawn(formulas):
    ledger = sample.ledger()
    ledger["claims"] = [sample.claim(str(i), "1", "step", [], tex=tex) for i, tex in enumerate(formulas)]
    expected = [i for i, tex in enumerate(formulas) if tex in (r"\nosuchmacro", "{")]
    assert [fault.split(":")[0] for fault in faults(ledger)] == [f"claim '{i}'" for i in expected]


@pytest.mark.parametrize("view", ["text", "html"])
def test_sections_without_claims_are_named(view):
    ledger = sample.ledger()
    ledger["sections"].append({"id": "9", "title": "Nobody looked here"})
    assert "Nobody looked here" in FORMATS[view](ledger)
