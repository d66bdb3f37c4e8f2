"""The ledger as JUnit XML: one test case per case, failing where its verdict is not the accepted one."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from verdicts.baseline import FAILING
from verdicts.views import wording
from verdicts.views.numerals import full_interval
from verdicts.views.wording import ACCEPT, GATES, Case, Claim, Ledger

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(ledger: Ledger) -> str:
    """The verdicts as JUnit XML. An accepted refutation passes; its verdict stands among the properties."""
    root = ET.Element("testsuites", name=_clean(wording.paper_name(ledger)))
    for section in wording.sections(ledger):
        suite = ET.SubElement(root, "testsuite", name=_clean(section.name), timestamp=ledger["run"]["started"])
        cases = [(claim, case) for claim in section.claims for case in claim["cases"]]
        for claim, case in cases:
            _test_case(suite, claim, case)
        _count(suite, sum(case["seconds"] for _, case in cases))
    _count(root, sum(case["seconds"] for _, case in wording.cases_of(ledger)))
    ET.indent(root, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _test_case(suite: ET.Element, claim: Claim, case: Case) -> None:
    name = wording.case_name(case) or claim["id"]
    element = ET.SubElement(
        suite, "testcase", classname=_clean(claim["id"]), name=_clean(name), time=f"{case['seconds']:.3f}"
    )
    properties = ET.SubElement(element, "properties")
    for key, value in _properties(claim, case).items():
        ET.SubElement(properties, "property", name=key, value=_clean(value))
    if case["gate"] in FAILING:
        message = f"{GATES[case['gate']]}: {case['verdict']}"
        failure = ET.SubElement(element, "failure", type=case["gate"], message=message)
        failure.text = _clean(
            f"{claim['says']}\nstated: {wording.stated_words(case)}\nfound: {wording.finding(case)}\n"
            f"reproduce: {case['reproduce']}\naccept: {ACCEPT} {claim['id']}"
        )
    elif case["verdict"] == "not run":
        ET.SubElement(element, "skipped", message=_clean(case["reason"]))


def _properties(claim: Claim, case: Case) -> dict[str, str]:
    """What the ledger knows about a case, in short strings; what is unknown is left out."""
    known = {
        "verdict": case["verdict"],
        "grade": case["grade"],
        "stated": case["stated"],
        "accepted": case["accepted"] and full_interval(case["accepted"], case["open"]),
        "computed": case["computed"] and full_interval(case["computed"]),
        "reading": case["reading"],
        "at": claim["at"],
        "kind": claim["kind"],
    }
    return {key: value for key, value in known.items() if value}


def _count(element: ET.Element, seconds: float) -> None:
    for attribute, tag in (("tests", "testcase"), ("failures", "failure"), ("skipped", "skipped")):
        element.set(attribute, str(len(list(element.iter(tag)))))
    element.set("errors", "0")
    element.set("time", f"{seconds:.3f}")


def _clean(text: str) -> str:
    """The text without characters that XML cannot hold."""
    return _NOT_XML.sub("�", text)
