"""What was found, as Markdown: it names every finding once, and no text of a claim is more than text."""

from __future__ import annotations

import re

import pytest
from verdicts.views import FORMATS
from verdicts.views.findings import inert, render
from verdicts.views.weight import costs

from tests.verdicts import sample

markdown = pytest.importorskip("markdown")


def page(text):
    return markdown.markdown(text, extensions=["markdown.extensions.tables"])


def part(text, title):
    return text.split(f"## {title}")[1].split("\n## ")[0]


def test_refuted_claims_stand_by_their_cost_with_what_is_true_why_and_how_to_reproduce():
    ledger = sample.ledger()
    found = FORMATS["findings"](ledger)
    heads = re.findall(r"^### <code>(.*)</code>$", found, re.MULTILINE)
    assert heads == [inert(cost.claim["id"]) for cost in costs(ledger)]
    (first, *_) = re.split(r"^### ", found, flags=re.MULTILINE)[1:]
    for words in ("**The paper says** ", "**Found** stated ≤ 19, computed &#91;28.1, 28.2&#93;, off by 48 %",
                  "**True instead** ", "(<code>6.theorem3.corrected</code>, holds)", "**Why** ", "**Evidence** ",
                  "**What it costs** ", "**Reproduce** <code>pytest ", "$$"):  # fmt: skip
        assert words in first, words


def test_each_qualified_and_inconclusive_claim_of_the_paper_is_one_line():
    ledger = sample.ledger()
    found = render(ledger)
    for title, chosen in (
        ("Qualified", lambda claim: claim["qualified"]),
        ("Inconclusive", lambda claim: claim["verdict"] == "inconclusive"),
    ):
        rows = re.findall(r"^- <code>(.*?)</code>, ", part(found, title), re.MULTILINE)
        assert rows == [inert(claim["id"]) for claim in ledger["claims"] if chosen(claim)]
        assert rows


def test_a_ledger_in_which_all_holds_has_counts_only():
    ledger = sample.ledger()
    ledger["claims"] = [claim for claim in ledger["claims"] if claim["id"] == "E.text"]
    assert "## " not in render(ledger)


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "**bold** _it_ `code`", "[a](javascript:x) ![b](c)", "https://x.example www.x.e",
     "a | b", "$x$ $$y$$", "<!-- a", "&lt;b&gt;", "a@b.example", "~~gone~~", "\\*", "# one\n# two", "[^1] #1"],
)  # fmt: skip
def test_any_text_stays_text(text):
    shown = page(f"**Why** {inert(text)}\n\n| a |\n|---|\n| {inert(text)} |\n")
    plain = re.sub(r"</?(?:p|strong|table|thead|tbody|tr|th|td)>", "", shown)
    assert "<" not in plain
    assert plain.count("$") == 0
    assert shown.count("<td>") == 1


def test_hostile_claims_leave_no_element_of_their_own():
    elements = set(re.findall(r"<(\w+)", page(render(sample.ledger()))))
    assert elements <= {
        "h1",
        "h2",
        "h3",
        "p",
        "strong",
        "code",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "ul",
        "li",
    }
