"""The Markdown view: inert text, and always small enough for a step summary."""

from __future__ import annotations

import re

from verdicts.views.markdown import cell, render

from tests.verdicts import sample


def test_it_has_counts_refutations_changes_and_sections():
    text = render(sample.ledger())
    assert "| paper | 10 | 18 | 3 | 1 | 2 | 1 | 3 |" in text
    for title in ("Counts", "Problems of the run", "Changed verdicts", "Refuted", "Sections", "Weak checks"):
        assert f"## {title}\n" in text
    assert "| `6.theorem3` | Theorem 3 |" in text
    assert "Left out" not in text


def test_every_row_has_the_columns_of_its_header():
    columns = 0
    for line in render(sample.ledger()).splitlines():
        if line.startswith("| ---"):
            columns = line.count("---")
        elif line.startswith("|") and columns:
            assert len(re.findall(r"(?<!\\)\|", line)) == columns + 1, line
        elif not line:
            columns = 0


def test_hostile_text_is_inert():
    text = render(sample.ledger())
    assert "<script" not in text
    assert cell("a|b\nc <i> `x` *y*") == r"a\|b c &lt;i&gt; \`x\` \*y\*"


def test_a_large_ledger_is_cut_below_the_limit_and_says_so():
    ledger = sample.large(30_000, 1)
    for claim in ledger["claims"]:
        claim["says"] = sample.HOSTILE
    text = render(ledger)
    assert len(text.encode()) < 1024 * 1024
    assert re.search(r"Left out for length:\*\* [\d,]+ claims of “Refuted”", text)
    assert text.count("\n| `E.many.") > 1000


def test_nothing_refuted_shows_no_table_of_refutations():
    ledger = sample.ledger()
    ledger["claims"] = [claim for claim in ledger["claims"] if claim["verdict"] == "holds"]
    assert "## Refuted" not in render(ledger)
