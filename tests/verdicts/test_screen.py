"""What a run says at the end fits one screen; the rest comes with -v."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from verdicts.views import screen, terminal

from tests.verdicts import sample
from tests.verdicts.ledgers import ledgers


@given(ledgers())
def test_whatever_a_ledger_contains_fits_one_screen(ledger):
    lines = screen.render(ledger, page="verdicts.html", width=100).splitlines()
    assert len(lines) <= 24
    assert max(len(line) for line in lines if "/" not in line) <= 100  # a path is whole, to be opened
    assert max(map(len, lines)) <= 4200


@pytest.mark.parametrize("width", [80, pytest.param(120, marks=pytest.mark.long)])
def test_many_claims_and_problems_fit_one_screen(width):
    made = sample.large(400, 3)
    made["run"]["problems"] = [f"problem {number}" for number in range(50)]
    for number, claim in enumerate(made["claims"]):
        claim["cases"][0]["gate"] = ["new", "changed", "stale", "gone", "lost", "weaker"][number % 6]
    sample.settle(made["claims"])
    lines = screen.render(made, page="p" * 300, width=width).splitlines()
    assert len(lines) <= 24
    assert f"page: {'p' * 300}" in lines  # whole, to be opened
    assert max(len(line) for line in lines if not line.startswith("page: ")) <= width
    assert sum(line.startswith("  ✗ E.many.") for line in lines) >= 4


@pytest.mark.parametrize("full", [False, True])
def test_a_problem_names_its_path_whole(full):
    path = f"/tmp/{'a-folder/' * 20}verdicts.json"
    made = sample.ledger()
    made["run"]["problems"] = [f"{path}: saved here instead, since the disk is full: {'and so on ' * 50}"]
    text = screen.render(made, width=80, full=full)
    lines = text.splitlines()
    assert path in text
    assert max(len(line) for line in lines if path not in line) <= 80
    assert full or len(lines) <= screen.LINES


@pytest.mark.parametrize("full", [False, True])
def test_a_problem_of_one_endless_word_is_shortened(full):
    made = sample.ledger()
    for word in ("x" * 9000, "/" * 9000):
        made["run"]["problems"] = [f"before {word} after"]
        lines = screen.render(made, width=80, full=full).splitlines()
        assert max(map(len, lines)) <= (80 if "x" in word else 4200)
        assert any(line.endswith("after") for line in lines)


def test_the_screen_says_run_counts_costs_and_changes_in_this_order():
    text = screen.render(sample.ledger(), width=120)
    marks = [
        "run failed, exit status 1",
        "problem: claims/broken.py",
        "headline:    2 claims: 1 refuted, 1 holds",
        "paper:  ",
        "refuted, by the headline",
        "accept:",
    ]
    assert [text.index(mark) for mark in marks] == sorted(text.index(mark) for mark in marks)
    assert re.search(r"✗ 6\.theorem3 \(2 headline claims; off by 48 %\) The transverse ratio", text)
    assert re.search(r"changed: 1 case: 6\.theorem3\[p=0\.5\]", text)


def test_a_miss_names_its_unit():
    made = sample.large(1, 1)
    made["claims"][0]["cases"][0] |= {"stated": "5", "accepted": ["4.5", "5.5"]}
    assert "(slip; off by 1.0 units of the last digit) " in screen.render(made)


def undecided(number):
    made = sample.large(number + 2, 1)
    for claim in made["claims"][:-2]:
        claim["cases"][0] |= {"verdict": "inconclusive", "computed": ["4", "6"]}
    made["claims"][0]["kind"] = "review"
    made["run"] |= {"problems": [], "exit_status": 0}
    sample.settle(made["claims"])
    return screen.render(made, width=100)


def test_inconclusive_claims_of_the_paper_are_named():
    assert "\ninconclusive: E.many.00001, E.many.00002\n" in undecided(3)
    assert "inconclusive" not in undecided(1).partition("refuted, by")[2]


@pytest.mark.parametrize("number", [20, 21, 22, 300])
def test_many_are_named_in_three_lines_and_the_others_counted(number):
    text = undecided(number)
    (start,) = [at for at, line in enumerate(text.splitlines()) if line.startswith("inconclusive: ")]
    told = text.splitlines()[start:]
    told = told[: next(at for at, line in enumerate(told) if line.startswith(("the rest", "page")))]
    assert len(told) <= 3
    words = " ".join(line.strip() for line in told)
    more = int((re.search(r"and (\d+) more: verdicts list --verdict inconclusive$", words) or [0, 0])[1])
    assert words.count("E.many.") + more == number - 1
    assert words.count("E.many.") >= 14


def test_a_run_in_which_all_is_as_accepted_is_short():
    made = sample.large(2, 1)
    for claim in made["claims"]:
        claim["cases"] = [case for case in claim["cases"] if case["verdict"] == "holds"]
    made["run"] |= {"problems": [], "exit_status": 0}
    sample.settle(made["claims"])
    text = screen.render(made)
    assert "refuted, by" not in text
    assert "accept:" not in text
    assert len(text.splitlines()) <= 5


def test_full_is_the_whole_view():
    made = sample.ledger()
    assert screen.render(made, full=True) == terminal.render(made)


def test_colour_adds_nothing_but_colour():
    plain, coloured = screen.render(sample.ledger()), screen.render(sample.ledger(), color=True)
    assert re.sub(r"\x1b\[[\d;]*m", "", coloured) == plain
    assert coloured != plain


def test_a_run_says_less_without_v(audit):
    audit.classics().with_page()
    short, long = (audit.run(*arguments).stdout.str() for arguments in ([], ["-v"]))
    assert "refuted, by the headline claims that rest on each (2 slips: none does):" in short
    assert "✗ classics.archimedes (slip; off by 0.040 %) " in short
    assert "22/7 = 3.1429 →" in long
    assert "22/7 = 3.1429 →" not in short
    assert "page: " in short
