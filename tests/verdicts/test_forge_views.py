"""Views for a forge: annotations, SARIF and a badge say what fails a run, at its line."""

from __future__ import annotations

import json
import re
from urllib.parse import unquote

import pytest
from hypothesis import given
from verdicts.views import badge, github, outcome, sarif
from verdicts.views.commands import commands, folder_of_claims
from verdicts.views.places import remarks
from verdicts.vocabulary import FAILING

from tests.verdicts import sample
from tests.verdicts.ledgers import ledgers


def green():
    made = sample.large(3, 2)
    made["run"] |= {"exit_status": 0, "problems": [], "interrupted": None}
    return made


def test_what_fails_the_run_comes_first():
    levels = [remark.level for remark in remarks(sample.ledger())]
    assert levels == sorted(levels)
    assert {"error", "note"} <= set(levels)


def test_annotations_stand_at_file_and_line():
    made = green()
    claim = made["claims"][1]
    claim |= {"file": "appendix_e.py", "line": 42}
    claim["cases"][0] |= {"gate": "changed", "reproduce": "pytest papers/one/appendix_e.py::test_x"}
    sample.settle(made["claims"])
    first, *rest = github.render(made).splitlines()
    assert first.startswith("::error file=papers/one/appendix_e.py,line=42,title=changed%3A E.many.00001[0]::")
    assert "accept: pytest papers/one/ --verdicts-accept E.many.00001" in first
    assert all(line.startswith("::notice ") for line in rest)


def test_there_are_at_most_ten_annotations():
    made = green()
    made["run"]["problems"] = [f"problem {number}" for number in range(30)]
    assert len(github.render(made).splitlines()) == 10


def test_a_green_run_without_refutations_has_no_annotation():
    made = green()
    for claim in made["claims"]:
        claim["cases"] = [case for case in claim["cases"] if case["verdict"] == "holds"]
    sample.settle(made["claims"])
    assert github.render(made) == ""


@given(ledgers())
def test_no_text_becomes_a_command_of_its_own(ledger):
    for line in github.render(ledger).splitlines():
        assert re.fullmatch(r"::(error|notice) (file=[^,]*,line=\d+,)?title=[^,:]*::.*", line)


@given(ledgers())
def test_sarif_tells_every_case_that_fails(ledger):
    (run,) = json.loads(sarif.render(ledger))["runs"]
    rules = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    errors = [result for result in run["results"] if result["level"] == "error"]
    failing = sum(len(members) for gate, members in outcome.changes(ledger).items() if gate in FAILING)
    problems = len(ledger["run"]["problems"]) + bool(ledger["run"]["interrupted"])
    assert len(errors) == failing + problems
    assert {result["ruleId"] for result in run["results"]} <= rules
    assert run["invocations"][0]["executionSuccessful"] == (not outcome.outcome(ledger).red)


def test_sarif_places_are_addresses():
    made = green()
    made["claims"][0]["cases"][0] |= {"gate": "new"}
    made["claims"][0] |= {"file": "ä b.py", "line": 0}
    sample.settle(made["claims"])
    first = json.loads(sarif.render(made))["runs"][0]["results"][0]
    place = first["locations"][0]["physicalLocation"]
    assert unquote(place["artifactLocation"]["uri"]) == "claims/ä b.py"
    assert place["artifactLocation"]["uri"].isascii()
    assert place["region"] == {"startLine": 1}


def test_fingerprints_stay_when_lines_move():
    def marks(made):
        return [each["partialFingerprints"] for each in json.loads(sarif.render(made))["runs"][0]["results"]]

    made = sample.ledger()
    before = marks(made)
    for claim in made["claims"]:
        claim["line"] += 100
    assert marks(made) == before
    assert len({mark["claim/v1"] for mark in before}) == len(before)


def test_the_folder_is_the_one_that_commands_name():
    made = green()
    assert folder_of_claims(made) == "claims"
    for claim in made["claims"]:
        for case in claim["cases"]:
            case["reproduce"] = f'pytest "a paper/{claim["file"]}::test_x[1]" --verdicts-seed 3'
    assert folder_of_claims(made) == "a paper"
    assert commands(made).accepting == "pytest 'a paper'/ --verdicts-accept"
    made["claims"][0]["cases"][0]["reproduce"] = "pytest 'unbalanced"
    assert folder_of_claims(made) == "a paper"


def test_a_run_within_the_folder_of_claims_names_it_so():
    made = green()
    claim = made["claims"][0]
    claim["cases"][0] |= {"gate": "changed", "reproduce": f"pytest {claim['file']}::test_x"}
    sample.settle(made["claims"])
    assert folder_of_claims(made) == "."
    assert next(remarks(made)).file == claim["file"]


def test_badge_counts_claims_of_the_paper():
    made = green()
    told = json.loads(badge.render(made))
    refuted = made["summary"]["refuted"]
    assert told == {
        "schemaVersion": 1,
        "label": "claims",
        "message": f"{3 - refuted} hold, {refuted} refuted",
        "color": "blue",
        "isError": False,
    }


@pytest.mark.parametrize("change", [{"exit_status": 1}, {"problems": ["a worker was lost"]}, {"interrupted": "killed"}])
def test_badge_of_a_red_run_is_red(change):
    made = green()
    made["run"] |= change
    told = json.loads(badge.render(made))
    assert (told["color"], told["isError"]) == ("red", True)
    assert told["message"].startswith("red: ")
