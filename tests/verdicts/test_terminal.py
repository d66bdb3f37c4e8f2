"""The terminal view: short, in the paper's order, and complete about what does not hold."""

from __future__ import annotations

import re
import shlex

import pytest
from verdicts.views import screen
from verdicts.views.terminal import render

from tests.verdicts import sample


def lines_of(**options):
    return render(sample.ledger(), **options).splitlines()


@pytest.mark.parametrize("width", [80, 100, 120])
def test_no_line_is_wider_than_the_terminal(width):
    assert max(map(len, lines_of(width=width))) <= width


def test_sections_stand_in_the_order_of_the_paper():
    text = "\n".join(lines_of())
    heads = [text.index(section["title"]) for section in sample.SECTIONS]
    assert heads == sorted(heads)


def test_claims_stand_worst_first_within_a_section():
    text = "\n".join(lines_of())
    assert text.index("3.hostile") < text.index("3.undecided") < text.index("3.readings")


def test_a_claim_says_what_was_stated_what_was_found_and_by_how_much():
    lines = lines_of(width=120)
    (at,) = [number for number, line in enumerate(lines) if line.startswith("  ✗ 6.theorem3 ")]
    assert re.search(r" 48 % +proof +Thm\. 3$", lines[at])
    assert lines[at + 1].strip() == "p=0.5: ≤ 19 → [28.1, 28.2]"


def test_claims_that_hold_are_only_counted():
    text = "\n".join(lines_of())
    assert "3.search" not in text
    assert "1.constant" not in text
    assert re.search(r"1 Introduction +1 ✓", text)


def test_reasons_not_run_are_grouped():
    lines = lines_of(width=120)
    assert any("1 case not run: needs the model" in line for line in lines)
    assert any("1 case not run though accepted, as this run allows: needs the model" in line for line in lines)


def test_what_was_accepted_and_is_not_shown_again_is_listed_with_its_reason():
    lines = lines_of(width=120)
    (at,) = [number for number, line in enumerate(lines) if line.startswith("  – E.model ")]
    assert " lost " in lines[at]
    assert lines[at + 1].strip().startswith("max: needs the model")
    assert any(line.strip().startswith("E.model[max]: needs the model") for line in lines)


def test_totals_set_the_paper_apart():
    text = "\n".join(lines_of(width=120))
    assert "paper:       12 claims, 20 cases: 3 refuted, 1 inconclusive, 2 not run, 1 qualified, 5 holds" in text
    assert "replication: 1 claim, 2 cases: 1 not run" in text


def test_changes_come_with_the_command_that_accepts_them():
    text = "\n".join(lines_of())
    for gate in ("gone", "lost", "changed", "stale", "new", "weaker", "excused"):
        assert re.search(rf"^{gate}: \d+ case", text, re.MULTILINE)
    assert "pytest claims/ --verdicts-accept" in text
    assert "pytest claims/ --verdicts-allow-not-run" in text


def test_what_is_gone_comes_with_the_command_that_erases_it():
    made = sample.large(3, 2)
    for claim, gates in zip(made["claims"], [("gone", "gone"), ("equal", "gone"), ("equal", "equal")], strict=False):
        for case, gate in zip(claim["cases"], gates, strict=False):
            case["gate"] = gate
    (whole, part), case = (claim["id"] for claim in made["claims"][:2]), made["claims"][1]["cases"][1]["id"]
    line = f"verdicts forget {shlex.quote(whole)} {shlex.quote(f'{part}::{case}')} --baseline claims/baseline.json"
    assert f"erase:  {line}" in render(made, width=200)
    assert f"erase: {line}" in screen.render(made, width=200)
    assert "erase: verdicts forget CLAIM --baseline claims/baseline.json" in screen.render(made, width=70)


def test_nothing_changed_needs_no_command():
    ledger = sample.ledger()
    for claim in ledger["claims"]:
        for case in claim["cases"]:
            case["gate"] = "equal"
    assert "--verdicts-accept" not in render(ledger)


def test_weak_checks_problems_and_the_page_are_named():
    text = "\n".join(lines_of(page="out/verdicts.html"))
    assert "1 weak check" in text
    assert "problem: claims/broken.py: ImportError" in text
    assert text.endswith("page: out/verdicts.html")
    assert "page:" not in render(sample.ledger())


def test_the_run_comes_first():
    lines = lines_of()
    assert lines[0] == "run failed, exit status 1"
    assert "1 case lost (accepted earlier, not run now)" in lines[2]
    assert any(line.startswith("problem: claims/broken.py") for line in lines[:12])


def test_many_problems_are_counted():
    ledger = sample.ledger()
    ledger["run"]["problems"] = [f"fault {i}" for i in range(1000)]
    assert "and 988 more problems" in render(ledger)


def test_escape_sequences_are_neutralised():
    ledger = sample.ledger()
    for claim in ledger["claims"]:
        claim["says"] = claim["note"] = claim["id"] = "\x1b[2J\x1b]0;owned\x07\x9b31m"
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f]", render(ledger, page="\x1b[31m"))


def test_colour_adds_nothing_but_colour():
    plain, coloured = render(sample.ledger()), render(sample.ledger(), color=True)
    assert "\x1b" not in plain
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    assert coloured != plain


def test_a_ledger_without_claims_renders():
    ledger = sample.ledger()
    ledger["claims"] = []
    assert ledger["paper"]["id"] in render(ledger)
