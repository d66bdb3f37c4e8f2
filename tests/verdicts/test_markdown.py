"""The Markdown view: inert text, and always small enough for a step summary."""

from __future__ import annotations

import re

import pytest
from verdicts.views import markdown
from verdicts.views.markdown import cell, render

from tests.verdicts import sample


def hostile():
    ledger = sample.ledger()
    ledger["paper"]["title"] = ledger["run"]["command"] = "[x](javascript:alert(1)) ![y](https://away.example)"
    ledger["run"]["problems"] = [f"{ledger['paper']['title']}\n# heading | cell `"] * 3
    for claim in ledger["claims"]:
        claim["says"] = claim["at"] = ledger["paper"]["title"]
    return ledger


def test_it_has_counts_refutations_changes_and_sections():
    text = render(sample.ledger())
    assert "| paper | 12 | 20 | 3 | 1 | 2 | 1 | 5 |" in text
    for title in ("Counts", "Problems of the run", "Not as accepted", "Refuted", "Sections", "Weak checks"):
        assert f"## {title}\n" in text
    assert "| `6.theorem3` | Theorem 3 |" in text
    assert "Left out" not in text


def test_every_row_has_the_columns_of_its_header():
    columns = 0
    for line in (render(sample.ledger()) + render(hostile())).splitlines():
        if line.startswith("| ---"):
            columns = line.count("---")
        elif line.startswith("|") and columns:
            assert len(re.findall(r"(?<!\\)\|", line)) == columns + 1, line
        elif not line:
            columns = 0


def test_hostile_text_is_inert():
    text = render(sample.ledger())
    assert "<script" not in text
    assert "](javascript" not in render(hostile())
    assert cell("https://a.example www.b.example @team") == r"https\://a.example www\.b.example \@team"
    assert cell("--- a") == r"\--- a"
    assert cell("a|b\nc <i> `x` *y*") == r"a\|b c &lt;i&gt; \`x\` \*y\*"


@pytest.mark.long
def test_a_large_ledger_is_cut_below_the_limit_and_says_so(monkeypatch):
    assert markdown.LIMIT < 1024 * 1024
    monkeypatch.setattr(markdown, "LIMIT", 100_000)
    ledger = sample.large(3_000, 1)
    for claim in ledger["claims"]:
        claim["says"] = sample.HOSTILE
    text = render(ledger)
    assert 90_000 < len(text.encode()) < 102_000
    assert re.search(r"Left out for length:\*\* [\d,]+ claims of “Refuted”", text)
    assert text.count("\n| `E.many.") > 100


def test_problems_leave_room_for_the_rest():
    ledger = sample.ledger()
    ledger["run"]["problems"] = ["a problem of many words " * 20] * 5_000
    text = render(ledger)
    assert "4,800 problems of “Problems of the run”" in text
    assert "## Refuted" in text


def test_nothing_refuted_shows_no_table_of_refutations():
    ledger = sample.ledger()
    ledger["claims"] = [claim for claim in ledger["claims"] if claim["verdict"] == "holds"]
    assert "## Refuted" not in render(ledger)
