"""The JUnit view: the gate decides what fails, verdicts travel as properties."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from verdicts.views.junit import render
from verdicts.vocabulary import FAILING

from tests.verdicts import sample
from tests.verdicts.ledgers import ledgers


@pytest.fixture(scope="module")
def root():
    return ET.fromstring(render(sample.ledger()).encode())


def case(root, claim, name):
    (found,) = [
        found for found in root.iter("testcase") if (found.get("classname"), found.get("name")) == (claim, name)
    ]
    return found


def of_the_run(root):
    return next(root.iter("testsuite")).findall("testcase")


def test_every_case_is_a_test_case(root):
    expected = sum(len(claim["cases"]) for claim in sample.ledger()["claims"])
    assert len(list(root.iter("testcase"))) - len(of_the_run(root)) == expected


def test_accepted_refutations_pass(root):
    assert case(root, "6.theorem3", "p=0.01").find("failure") is None


@pytest.mark.parametrize(
    ("claim", "name", "gate"),
    [
        ("6.theorem3", "p=0.5", "changed"),
        ("E.infinite", "far", "stale"),
        ("6.theorem3.corrected", "6.theorem3.corrected", "new"),
    ],
)
def test_verdicts_that_were_not_accepted_fail(root, claim, name, gate):
    failure = case(root, claim, name).find("failure")
    assert failure.get("type") == gate
    assert failure.get("message").startswith(f"{gate}: ")
    assert "reproduce: pytest" in failure.text
    assert f"accept: pytest claims/ --verdicts-accept {claim}" in failure.text


def test_what_was_accepted_and_is_not_run_fails_with_the_line_that_allows_it(root):
    failure = case(root, "E.model", "max").find("failure")
    assert failure.get("type") == "lost"
    assert "needs the model" in failure.text
    assert "allow: pytest claims/ --verdicts-allow-not-run E.model" in failure.text


def test_the_line_that_accepts_is_quoted_for_a_shell():
    ledger = sample.ledger()
    ledger["claims"][0]["id"] = "a[b]'; rm -rf x"
    ledger["claims"][0]["cases"][0]["gate"] = "changed"
    assert """--verdicts-accept 'a[b]'"'"'; rm -rf x'""" in ET.fromstring(render(ledger)).find(".//failure").text


def test_not_run_is_skipped_with_its_reason(root):
    assert case(root, "E.model", "layer 12").find("skipped").get("message").startswith("not run though accepted, as ")
    assert "needs the model" in case(root, "E.model", "layer 12").find("skipped").get("message")
    assert int(root.get("skipped")) == 2


def test_what_fails_the_gate_fails_here_too(root):
    assert int(root.get("failures")) == 6
    assert {failure.get("type") for failure in root.iter("failure")} == set(FAILING)


def test_problems_of_the_run_are_errors(root):
    status, problem = of_the_run(root)
    assert status.find("error").get("message") == "run failed, exit status 1"
    assert "ImportError" in problem.get("name")
    assert "ImportError" in problem.find("error").text


def test_a_claim_that_never_became_a_case_is_not_passed_over():
    ledger = sample.ledger()
    ledger["claims"][0] |= {"cases": [], "gate": "gone"}
    ledger["claims"][1] |= {"cases": [], "gate": None}
    root = ET.fromstring(render(ledger))
    assert case(root, "1.constant", "1.constant").find("failure").get("type") == "gone"
    assert case(root, "6.theorem3", "6.theorem3").find("skipped") is not None


@given(ledgers())
def test_it_is_red_exactly_where_the_run_is(ledger):
    run = ledger["run"]
    gates = {case["gate"] for claim in ledger["claims"] for case in claim["cases"]}
    wrong = run["exit_status"] or run["problems"] or run["interrupted"] or not gates.isdisjoint(FAILING)
    root = ET.fromstring(render(ledger))
    assert bool(root.findall(".//failure") + root.findall(".//error")) == bool(wrong)


@given(ledgers())
def test_counts_are_what_stands_below(ledger):
    root = ET.fromstring(render(ledger))
    for element in [root, *root.iter("testsuite")]:
        tests = list(element.iter("testcase"))
        assert int(element.get("tests")) == len(tests)
        for tag, attribute in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert int(element.get(attribute)) == sum(test.find(tag) is not None for test in tests)
        assert all(sum(test.find(tag) is not None for tag in ("failure", "error", "skipped")) < 2 for test in tests)


def test_properties_say_what_a_claim_rests_on(root):
    found = case(root, "E.agrees", "E.agrees").find(".//property[@name='support']").get("value")
    assert found == "rests on what was not decided E.elsewhere, E.model"


def test_properties_carry_the_evidence(root):
    properties = {p.get("name"): p.get("value") for p in case(root, "3.readings", "first order").iter("property")}
    assert properties == {
        "verdict": "holds", "grade": "statistics", "stated": "5.0", "accepted": "[4.95, 5.05]", "at": "Equation (28)",
        "computed": "[5.0003, 5.0004]", "reading": "first order", "kind": "theorem", "printed": "5.0", "gate": "equal",
        "in words": "holds within the error budget",
    }  # fmt: skip


def test_characters_that_xml_cannot_hold_are_replaced():
    ledger = sample.ledger()
    ledger["claims"][0]["cases"][0] |= {"stated": "a\x00b\x1b\ud800", "gate": "changed"}
    assert "a␀b␛�" in ET.fromstring(render(ledger).encode()).find(".//property[@name='stated']").get("value")
