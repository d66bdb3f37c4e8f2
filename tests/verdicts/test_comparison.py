"""Two ledgers compared on a page: what moved, in which direction, in what words, and that hostile text stays text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from verdicts.cli import main
from verdicts.ledger import dump, summarize
from verdicts.views.comparison import render_comparison

from tests.verdicts import sample
from tests.verdicts.ledgers import ledgers
from tests.verdicts.test_html import Page


def changed(change):
    """The sample ledger after a change of its claims, by id."""
    made = sample.ledger()
    change({claim["id"]: claim for claim in made["claims"]}, made["claims"])
    sample.settle(made["claims"])
    made["summary"] = summarize(made["claims"])
    return made


def headings(page):
    return [heading["text"] for heading in page.all("h2")]


def rows(text, heading):
    """The cells of each row of the table below a heading."""
    section = text[text.index(f"{heading} (") :].partition("</section>")[0]
    found = [re.split(r"<t[hd][^>]*>", row)[1:] for row in section.split("<tr>")[2:]]
    return [[" ".join(re.sub(r"<[^>]*>", " ", cell).split()) for cell in row] for row in found]


def test_nothing_changed_says_so():
    page = Page(render_comparison(sample.ledger(), sample.ledger()))
    assert headings(page) == ["What changed"]
    assert "Nothing changed." in page.all("p", class_="lead")[0]["text"]


def test_what_moved_is_told_by_its_direction():
    def break_one_and_mend_one(by_id, _):
        by_id["E.arithmetic"]["cases"][0]["verdict"] = "refuted"
        by_id["3.undecided"]["cases"][0]["verdict"] = "holds"

    text = render_comparison(sample.ledger(), changed(break_one_and_mend_one))
    assert headings(Page(text)) == ["What changed", "Stand worse (1)", "Stand better (1)",
                                    "Cases decided or stated otherwise (2)"]  # fmt: skip
    ((claim, before, now),) = rows(text, "Stand worse")
    assert claim.startswith("E.arithmetic Table 20:")
    assert (before, now.partition(" [")[0]) == ("✓ holds", "✗ refuted")
    assert [row[1:] for row in rows(text, "Cases decided or stated otherwise")] == [
        ["verdict", "inconclusive", "holds"],
        ["verdict", "holds", "refuted"],
    ]
    assert "1 claim stands worse, 1 claim stands better." in text


def test_other_words_are_told_though_no_verdict_moved():
    def reword(by_id, _):
        by_id["1.constant"] |= {"says": "The ratio is 2.75", "rests_on": []}

    text = render_comparison(sample.ledger(), changed(reword))
    assert "No verdict moved. 2 changes of words." in text
    assert rows(text, "Say something else") == [
        ["1.constant", "statement", "The ratio is about 2.75", "The ratio is 2.75"],
        ["1.constant", "rests on", "6.theorem3", ""],
    ]


def test_what_appeared_and_what_vanished_is_listed():
    def drop(by_id, claims):
        claims.remove(by_id["E.text"])

    less = changed(drop)
    for old, new, heading in ((sample.ledger(), less, "Gone (1)"), (less, sample.ledger(), "New (1)")):
        page = Page(render_comparison(old, new))
        assert headings(page) == ["What changed", heading]
        assert "E.text" in page.all("ul", class_="headlines")[0]["text"]


def test_a_case_that_is_gone_is_told_once():
    def drop(by_id, _):
        del by_id["E.infinite"]["cases"][0]

    (row,) = rows(render_comparison(sample.ledger(), changed(drop)), "Cases decided or stated otherwise")
    assert row == ["E.infinite below", "verdict", "holds", "no such case"]


@given(ledgers(), ledgers())
def test_whatever_the_ledgers_contain_stays_text(old, new):
    page = Page(render_comparison(old, new))
    assert page.open == []
    assert not page.all("script")
    assert not page.all("img")
    assert not [name for element in page.elements for name in element["attributes"] if name.startswith("on")]


@pytest.fixture
def two(tmp_path):
    def drop(by_id, claims):
        claims.remove(by_id["E.text"])

    paths = tmp_path / "old.json", tmp_path / "new.json"
    for path, ledger in zip(paths, (sample.ledger(), changed(drop)), strict=True):
        path.write_text(dump(ledger), encoding="utf-8")
    return [str(path) for path in paths]


def test_the_command_writes_the_page_beside_the_lines(two, tmp_path, capsysbinary):
    assert main(["diff", *two, "--page", str(tmp_path / "page.html")]) == 1
    assert b"E.text: vanished" in capsysbinary.readouterr().out
    assert "Gone (1)" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_a_page_needs_two_ledgers_and_a_place_to_be_written(two, tmp_path, capsys):
    baseline = tmp_path / "baseline.json"
    baseline.write_text('{"schema": "verdicts-baseline/3", "claims": {}}', encoding="utf-8")
    assert main(["diff", two[0], str(baseline), "--page", str(tmp_path / "page.html")]) == 2
    assert "expected two ledgers to compare" in capsys.readouterr().err
    assert main(["diff", *two, "--page", str(baseline / "page.html")]) == 2
    assert "cannot be written" in capsys.readouterr().err
