"""The JUnit view: the gate decides what fails, verdicts travel as properties."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest
from verdicts.views.junit import render

from tests.verdicts import sample


@pytest.fixture(scope="module")
def root():
    return ET.fromstring(render(sample.ledger()).encode())


def case(root, claim, name):
    (found,) = [
        found for found in root.iter("testcase") if (found.get("classname"), found.get("name")) == (claim, name)
    ]
    return found


def test_every_case_is_a_test_case(root):
    expected = sum(len(claim["cases"]) for claim in sample.ledger()["claims"])
    assert len(list(root.iter("testcase"))) == expected == int(root.get("tests"))


def test_accepted_refutations_pass(root):
    assert case(root, "6.theorem3", "p=0.01").find("failure") is None


@pytest.mark.parametrize(
    ("claim", "name", "gate"),
    [
        ("6.theorem3", "p=0.5", "worse"),
        ("E.infinite", "far", "stale"),
        ("6.theorem3.corrected", "6.theorem3.corrected", "new"),
    ],
)
def test_verdicts_that_were_not_accepted_fail(root, claim, name, gate):
    failure = case(root, claim, name).find("failure")
    assert failure.get("type") == gate
    assert "reproduce: pytest" in failure.text
    assert f"--verdicts-accept {claim}" in failure.text


def test_not_run_is_skipped_with_its_reason(root):
    assert case(root, "E.model", "max").find("skipped").get("message").startswith("needs the model")
    assert int(root.get("skipped")) == 3


def test_what_fails_the_gate_fails_here_too(root):
    assert int(root.get("failures")) == 5
    assert {failure.get("type") for failure in root.iter("failure")} == {"worse", "stale", "new", "gone"}


def test_properties_carry_the_evidence(root):
    properties = {p.get("name"): p.get("value") for p in case(root, "3.readings", "first order").iter("property")}
    assert properties == {
        "verdict": "holds", "grade": "statistics", "stated": "5.0", "accepted": "[4.95, 5.05]", "at": "Equation (28)",
        "computed": "[5.0003, 5.0004]", "reading": "first order", "kind": "theorem",
    }  # fmt: skip


def test_characters_that_xml_cannot_hold_are_replaced():
    ledger = sample.ledger()
    ledger["claims"][0]["cases"][0] |= {"stated": "a\x00b\x1b\ud800", "gate": "worse"}
    assert "a�b��" in ET.fromstring(render(ledger).encode()).find(".//property[@name='stated']").get("value")
