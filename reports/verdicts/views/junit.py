"""The ledger as JUnit XML: the run itself first, then one test case per case, failing where it is not as accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from verdicts.baseline import ERROR
from verdicts.views import wording
from verdicts.views.commands import Commands, commands
from verdicts.views.numerals import full_interval
from verdicts.views.outcome import GATES, outcome, run_words
from verdicts.views.plain import printable, readable, shorten
from verdicts.vocabulary import FAILING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from verdicts.records import Case, Claim, Ledger

LONGEST_NAME = 200  # of a problem, as the name of a test case


def render(ledger: Ledger) -> str:
    """The verdicts as JUnit XML. An accepted refutation passes; its verdict stands among the properties.

    There is a failure or an error in it exactly where the run is red.
    """
    ledger = readable(ledger)
    root = ET.Element("testsuites", name=wording.paper_name(ledger))
    _run(root, ledger)
    typed = commands(ledger)
    for section in wording.sections(ledger):
        suite = ET.SubElement(root, "testsuite", name=section.name, timestamp=ledger["run"]["started"])
        cases = [(claim, case) for claim in section.claims for case in claim["cases"]]
        for claim, case in cases:
            _test_case(suite, claim, case, typed)
        for claim in section.claims:
            if not claim["cases"]:
                _claim_without_cases(suite, claim, typed)
        _count(suite, sum(case["seconds"] for _, case in cases))
    _count(root, ledger["run"]["seconds"])
    ET.indent(root, " ")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _run(root: ET.Element, ledger: Ledger) -> None:
    """A suite of the run itself: its exit status, what stopped it, and each of its problems."""
    verdict = outcome(ledger)
    run = ledger["run"]
    suite = ET.SubElement(root, "testsuite", name="the run itself", timestamp=run["started"])
    properties = ET.SubElement(suite, "properties")
    for label, words in {"verdict": verdict.words, **run_words(ledger)}.items():
        ET.SubElement(properties, "property", name=label, value=words)
    stops = [f"interrupted: {run['interrupted']}"] if run["interrupted"] else []
    status = ET.SubElement(suite, "testcase", classname="run", name="exit status", time="0.000")
    if run["exit_status"]:
        error = ET.SubElement(status, "error", type="run", message=f"run {verdict.words}")
        error.text = verdict.line
    for problem in [*stops, *run["problems"]]:
        name = shorten(problem, LONGEST_NAME)
        element = ET.SubElement(suite, "testcase", classname="run", name=name, time="0.000")
        ET.SubElement(element, "error", type="problem", message=name).text = problem
    _count(suite, 0)


def _test_case(suite: ET.Element, claim: Claim, case: Case, typed: Commands) -> None:
    name = wording.case_name(case) or claim["id"]
    element = ET.SubElement(suite, "testcase", classname=claim["id"], name=name, time=f"{case['seconds']:.3f}")
    properties = ET.SubElement(element, "properties")
    for key, value in _properties(claim, case).items():
        ET.SubElement(properties, "property", name=key, value=printable(value))
    if case["gate"] in FAILING:
        found = f"stated: {wording.stated_words(case)}\nfound: {wording.finding(case)}\n"
        evidence = f"{found}reproduce: {case['reproduce']}\n{typed.remedy(case['gate'], claim)}"
        _fail(element, claim, case["gate"], case["verdict"], evidence)
    elif case["reason"].startswith(ERROR):
        ET.SubElement(element, "error", type="error", message=case["reason"]).text = case["reproduce"]
    elif case["verdict"] == "not run":
        ET.SubElement(element, "skipped", message=f"{wording.verdict_phrase(case)}: {case['reason']}")


def _claim_without_cases(suite: ET.Element, claim: Claim, typed: Commands) -> None:
    """A claim that never became a case is not passed over."""
    element = ET.SubElement(suite, "testcase", classname=claim["id"], name=claim["id"], time="0.000")
    if claim["gate"] in FAILING:
        _fail(element, claim, claim["gate"], claim["verdict"], typed.remedy(claim["gate"], claim))
    else:
        ET.SubElement(element, "skipped", message="no case of it was collected")


def _fail(element: ET.Element, claim: Claim, gate: str, verdict: str, evidence: str) -> None:
    failure = ET.SubElement(element, "failure", type=gate, message=f"{gate}: {GATES[gate]}; now {verdict}")
    failure.text = f"{claim['says']}\n{evidence}"


def _properties(claim: Claim, case: Case) -> dict[str, str]:
    """What the ledger knows about a case, in short strings; what is unknown is left out."""
    known = {
        "verdict": case["verdict"],
        "in words": wording.verdict_phrase(case),
        "gate": case["gate"],
        "grade": case["grade"],
        "stated": case["stated"],
        "printed": ", ".join(case["printed"]),
        "accepted": full_interval(case["accepted"], case["open"]) if case["accepted"] else "",
        "computed": full_interval(case["computed"]) if case["computed"] else "",
        "reading": case["reading"],
        "at": claim["at"],
        "kind": claim["kind"],
        "support": wording.support_words(claim),
    }
    return {key: value for key, value in known.items() if value}


def _count(element: ET.Element, seconds: float) -> None:
    """Set the counts that a reader of JUnit files takes before looking at any case."""
    tags = ("testcase", "failure", "error", "skipped")
    for attribute, tag in zip(("tests", "failures", "errors", "skipped"), tags, strict=True):
        element.set(attribute, str(_number(element.iter(tag))))
    element.set("time", f"{seconds:.3f}")


def _number(elements: Iterable[ET.Element]) -> int:
    return sum(1 for _ in elements)
