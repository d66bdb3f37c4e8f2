"""The page: every claim, escaped, self-contained, readable without JavaScript and in the dark."""

from __future__ import annotations

import re
import shlex
from cProfile import Profile
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote

import pytest
import verdicts.views
from hypothesis import given, settings
from markupsafe import Markup
from verdicts.ledger import conclude
from verdicts.views import formulas, terminal
from verdicts.views.cards import formula
from verdicts.views.drawing import draw
from verdicts.views.html import faults, render, told
from verdicts.views.plotting import COLOURS
from verdicts.views.wording import STANDINGS, standing

from tests.verdicts import sample
from tests.verdicts.ledgers import ledgers

SETTLED = {"verdict": "not run", "qualified": False, "supported": True, "unsupported_by": [], "unchecked": [],
           "grade": None, "gate": None}  # fmt: skip
CELLS = ("td", "th")
ENDED_BY = {
    **dict.fromkeys(CELLS, CELLS),
    **dict.fromkeys(("tr", "tbody", "/table", "/tbody", "/thead"), (*CELLS, "tr")),
    "/tr": CELLS,
    **dict.fromkeys(("li", "/ul"), ("li",)),
    **dict.fromkeys(("dt", "dd", "/dl"), ("dt", "dd")),
    **dict.fromkeys(("option", "/select"), ("option",)),
}  # the elements whose end tag may be left out where these tags follow, as HTML has it
VOID = {"meta", "link", "input", "br"}
CSS = (Path(verdicts.views.__file__).parent / "templates" / "page.css").read_text(encoding="utf-8")


class Page(HTMLParser):
    """The elements of a page, with the text and the ancestors of each."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements = []
        self.open = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        element = {
            "tag": tag,
            "attributes": dict(attributes),
            "text": "",
            "inside": [outer["tag"] for outer in self.open],
        }
        while self.open and self.open[-1]["tag"] in ENDED_BY.get(tag, ()):
            self.open.pop()
        element["inside"] = [outer["tag"] for outer in self.open]
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        while self.open and self.open[-1]["tag"] in ENDED_BY.get(f"/{tag}", ()):
            self.open.pop()
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1]["tag"] == tag, f"</{tag}> closes <{self.open[-1]['tag']}>"
        self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag, **attributes):
        return [
            element
            for element in self.elements
            if element["tag"] == tag
            and all(element["attributes"].get(k.strip("_")) == v for k, v in attributes.items())
        ]


@pytest.fixture(scope="module")
def text():
    return render(sample.ledger())


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_every_element_is_closed(page):
    assert page.open == []


def test_every_claim_stands_once_under_its_id_with_its_verdict_in_words(page):
    cards = {card["attributes"]["id"]: card for card in page.all("article")}
    assert set(cards) == {claim["id"] for claim in sample.ledger()["claims"]}
    for claim in sample.ledger()["claims"]:
        card = cards[claim["id"]]
        assert card["attributes"]["data-verdict"] == standing(claim)
        assert standing(claim) in card["text"]
        assert claim["says"] in card["text"]
        assert claim["at"] in card["text"]
        for case in claim["cases"]:
            assert case["id"] in card["text"]
            *_, node = shlex.split(case["reproduce"]) or [""]
            test, _, parameters = node.partition("[")
            assert test in card["text"]
            assert parameters.removesuffix("]") in card["text"]
            assert case["reason"] in card["text"]


def test_sections_stand_in_the_order_of_the_paper_and_claims_worst_first(page):
    expected = [section["id"] for section in sample.SECTIONS] + [""]
    shown = [card["attributes"]["data-section"] for card in page.all("article")]
    assert list(dict.fromkeys(shown)) == expected
    for section in expected:
        ranks = [
            STANDINGS.index(card["attributes"]["data-verdict"])
            for card in page.all("article")
            if card["attributes"]["data-section"] == section
        ]
        assert ranks == sorted(ranks)


def test_ids_are_unique_and_links_within_the_page_arrive(page):
    ids = [element["attributes"]["id"] for element in page.elements if "id" in element["attributes"]]
    assert len(ids) == len(set(ids))
    inner = [link["attributes"]["href"][1:] for link in page.all("a") if link["attributes"]["href"].startswith("#")]
    assert len(inner) > 20
    assert {unquote(target) for target in inner} <= set(ids)


def test_hostile_text_stays_text(text, page):
    assert len(page.all("script")) == 1
    assert text.count("<script>") == 1
    assert "<leverage>" in "".join(heading["text"] for heading in page.all("h2"))
    assert not [name for element in page.elements for name in element["attributes"] if name.startswith("on")]


def test_nothing_is_loaded(text, page):
    for element in page.elements:
        assert element["tag"] not in {"img", "iframe", "object", "embed", "video", "audio", "base"}
        assert "src" not in element["attributes"]
        if element["tag"] == "link":
            assert element["attributes"]["href"] == "data:,"
    assert not re.search(r"@import|url\(|fetch\(|XMLHttpRequest|import\(", text)
    away = {link["attributes"]["href"] for link in page.all("a") if not link["attributes"]["href"].startswith("#")}
    assert away == {sample.ledger()["paper"]["url"]}


def test_without_javascript_filters_are_hidden_and_nothing_else_is(page):
    hidden = [element["tag"] for element in page.elements if "hidden" in element["attributes"]]
    assert hidden == ["form"]


def test_claims_that_do_not_hold_show_their_cases_at_once(page):
    folds = {}
    card = None
    for element in page.elements:
        if element["tag"] == "article":
            card = element["attributes"]
        elif element["tag"] == "details" and "article" in element["inside"]:
            folds[card["id"]] = "open" in element["attributes"]
    assert folds["6.theorem3"]
    assert folds["3.undecided"]
    assert folds["3.readings"]
    assert not folds["1.constant"]


def test_formulas_are_mathml(page):
    assert len(page.all("math")) == sum(bool(claim["tex"]) for claim in sample.ledger()["claims"])
    assert "𝔼" in page.all("math")[1]["text"]
    assert page.all("mfrac")
    assert not any("\\" in math["text"] for math in page.all("math"))


@pytest.mark.parametrize(
    "tex",
    [
        r"\nosuchmacro x",
        r"\text{<script>alert(1)</script>}",
        r"\text{<img onerror=alert(1)>}",
        "a & b",
        r"\href{javascript:alert(1)}{x}",
        r"\left(",
        "{",
    ],
)
def test_a_formula_that_cannot_be_drawn_costs_only_itself(tex):
    ledger = sample.ledger()
    ledger["claims"][0]["tex"] = tex
    (fault,) = faults(ledger)
    assert fault.startswith("claim '1.constant': tex: expected")
    page = Page(render(ledger))
    (card,) = page.all("article", id="1.constant")
    assert tex in card["text"]
    assert "could not be drawn" in card["text"]
    (run,) = page.all("div", role="note")
    assert fault in run["text"]
    assert len(page.all("article")) == len(ledger["claims"])
    assert len(page.all("script")) == 1


def test_a_formula_that_the_run_has_reported_is_shown_once_among_its_problems():
    ledger = sample.ledger()
    ledger["claims"][0]["tex"] = "{"
    ledger["run"]["problems"] = faults(ledger)
    assert len([item for item in Page(render(ledger)).all("li") if item["text"] in faults(ledger)]) == 1


@pytest.mark.parametrize(
    "tex", ["{" * 1_500, r"\sqrt" * 700, "x^" * 1_500, r"\left(" * 500, "x" * 10**6, "{x}" * 1_300]
)
def test_a_formula_of_any_size_is_drawn_or_refused(tex):
    page = Page(render(sample.ledger() | {"claims": [sample.claim("a", "1", "step", [], tex=tex) | SETTLED]}))
    assert len(page.all("article", id="a")) == 1


def test_a_formula_is_drawn_once(monkeypatch):
    seen = []
    monkeypatch.setattr(formulas, "_mathml", lambda tex: seen.append(tex) or Markup("<math></math>"))
    ledger = sample.ledger()
    ledger["claims"][0]["tex"] = "only here"
    faults(ledger)
    render(ledger)
    assert seen.count("only here") == 1


def test_relations_within_a_formula_are_no_markup():
    (math,) = Page(str(formula({"tex": "a < b > c"}))).all("math")
    assert math["text"] == "a<b>c"


def test_counts_links_and_consequences_are_shown(page):
    counts = {
        item["attributes"]["class"]: item["text"].split()[0]
        for item in page.all("li")
        if "class" in item["attributes"] and item["text"].split()[0].isdigit()
    }
    assert counts == {"refuted": "3", "inconclusive": "1", "not-run": "2", "qualified": "1", "holds": "5"}
    cards = {card["attributes"]["id"]: " ".join(card["text"].split()) for card in page.all("article")}
    assert "Instead: 6.theorem3.corrected (holds)" in cards["6.theorem3"]
    assert "Rests on 6.theorem3 (refuted)" in cards["1.constant"]
    assert "Rests on something refuted" not in cards["6.theorem3"]
    undecided = "Rests on E.model (not run), E.elsewhere (not in this ledger)"
    assert undecided in cards["E.agrees"]
    assert "Rests on something refuted" not in cards["E.agrees"]
    assert "upported" not in cards["E.agrees"] + cards["1.constant"]
    assert "agrees at 12 points to 30 digits" in cards["E.agrees"]
    assert "holds, as read in the text" in cards["E.text"]
    assert "no counterexample in 1,000" in cards["3.search"]
    assert "holds, proved" in cards["1.constant"]
    assert "proved" not in cards["3.search"] + cards["E.arithmetic"]
    assert "weak" in cards["6.theorem3"]
    assert "stated ≤ 19, computed [28.1, 28.2], off by 48 %" in cards["6.theorem3"]
    assert "lost: not run though accepted: needs the model" in cards["E.model"]
    assert "not run though accepted, as this run allows" in cards["E.model"]
    assert "level of error 5e-10" in cards["3.readings"]
    assert "looks 2" in cards["3.readings"]


def test_what_was_lost_is_a_state_of_its_own(page):
    (card,) = page.all("article", id="E.model")
    assert card["attributes"]["data-gate"] == "lost"
    assert "allow: pytest claims/ --verdicts-allow-not-run E.model" in card["text"]
    assert "accept: pytest claims/ --verdicts-accept 6.theorem3" in page.all("article", id="6.theorem3")[0]["text"]
    badges = {span["text"] for span in page.all("span") if "gate" in span["attributes"].get("class", "").split()}
    assert {"gone", "changed: 1 of 3 cases", "stale: 1 of 5 cases", "new", "weaker"} <= badges


def test_of_what_one_case_is_gone_or_lost_nothing_is_said_of_the_whole_claim(page):
    """Wherever the claim is told: its card, the terminal, the list of what was not run, the headline claims."""
    cards = {card["attributes"]["id"]: " ".join(card["text"].split()) for card in page.all("article")}
    assert "gone: 1 of 2 cases E.replication" in cards["E.replication"]
    assert "case lost: gone: accepted, not declared any more: in the baseline" in cards["E.replication"]
    assert "case max: lost: not run though accepted: needs the model" in cards["E.model"]
    assert "gone 3.gone" in cards["3.gone"]
    assert "case" not in cards["3.gone"].partition("gone: accepted")[0]
    ledger = sample.ledger()
    told = terminal.render(ledger, width=100)
    assert "\n      lost: in the baseline" in told
    (claim,) = [each for each in ledger["claims"] if each["id"] == "E.replication"]
    claim |= {"kind": "theorem", "at": "Theorem 1"}
    sample.settle(ledger["claims"])
    lines = [item["text"] for item in Page(render(ledger)).all("li")]
    assert any("case lost: gone: accepted, not declared any more" in line for line in lines)
    (gone,) = [case for case in claim["cases"] if case["id"] == "lost"]
    gone["id"] = "a name that is long " * 9
    assert "\n      a name that is …me that is long: in the baseline" in terminal.render(ledger, width=100)


def test_what_was_not_run_is_told_by_its_reason(page):
    section = next(each for each in page.all("section") if each["attributes"].get("class") == "waiting")
    words = " ".join(section["text"].split())
    assert "in the baseline, no longer collected Nothing waits for 3.gone." in words
    assert "one of its cases: in the baseline, no longer collected Nothing waits for E.replication." in words
    assert "(run: pytest claims/ --models) E.model (Equation (28)) would unblock E.agrees (holds)." in words


def test_one_claim_is_told_in_the_singular():
    claims = [claim for claim in sample.ledger()["claims"] if claim["verdict"] == "refuted"]
    assert told(claims[:1]) == "1 is refuted"
    assert told(claims[:2]) == "2 are refuted"


def test_a_refuted_support_is_named_once():
    ledger = sample.ledger()
    top, middle, bottom = ledger["claims"][0], ledger["claims"][2], ledger["claims"][1]
    top["rests_on"], middle["rests_on"] = [middle["id"], bottom["id"]], [bottom["id"]]
    sample.settle(ledger["claims"])
    card = re.search(rf"<article[^>]* id={top['id']} .*?</article>", render(ledger), re.DOTALL)[0]
    assert card.count(f"href=#{bottom['id']}>") == 1
    assert '<p class="rests unsupported"><span>Rests on</span>' in card
    assert "something refuted" not in card
    top["rests_on"] = [middle["id"]]
    sample.settle(ledger["claims"])
    card = re.search(rf"<article[^>]* id={top['id']} .*?</article>", render(ledger), re.DOTALL)[0]
    assert "Rests on something refuted, further down:" in card
    assert card.count(f"href=#{bottom['id']}>") == 1


def test_a_claim_whose_support_was_checked_says_so():
    ledger = sample.ledger()
    ledger["claims"] = [claim for claim in ledger["claims"] if claim["id"] in {"1.constant", "E.text"}]
    ledger["claims"][0]["rests_on"] = ["E.text"]
    conclude(ledger["claims"])
    assert "Supported by all that it rests on" in render(ledger)


def test_the_run_comes_first(page):
    (note,) = page.all("div", role="note")
    after = page.elements[page.elements.index(page.all("header")[0]) :]
    assert after[1] is note
    assert "Run failed, exit status 1" in note["text"]
    assert "run failed, exit status 1" in page.all("title")[0]["text"]


@pytest.mark.long
@settings(max_examples=25, deadline=None)
@given(ledgers())
def test_whatever_a_ledger_contains_stays_text(ledger):
    page = Page(render(ledger))
    assert page.open == []
    assert len(page.all("script")) == 1
    assert not page.all("img")
    assert len(page.all("article")) == len(ledger["claims"])
    assert not [name for element in page.elements for name in element["attributes"] if name.startswith("on")]
    addresses = [link["attributes"]["href"] for link in page.all("a")]
    assert all(address.startswith(("#", "https://", "http://")) for address in addresses)


@pytest.mark.long
def test_twice_the_cases_take_twice_the_steps():
    def steps(number):
        profile = Profile()
        ledger = sample.large(number, 2)
        for earlier, later in pairwise(ledger["claims"]):
            later["rests_on"] = [earlier["id"]]
        profile.runcall(render, ledger)
        return sum(entry.callcount for entry in profile.getstats())

    render(sample.large(1, 1))
    assert steps(80) < 2.2 * steps(40)


def test_refutations_stand_on_top_with_what_is_true_why_and_how_to_reproduce(text, page):
    (glance,) = page.all("section", class_="glance")
    refuted = [claim for claim in sample.ledger()["claims"] if claim["verdict"] == "refuted"]
    shown = [card["text"] for card in page.all("div", class_="cost refuted")]
    assert len(shown) == len(refuted)
    theorem = next(card for card in shown if card.strip().startswith("6.theorem3"))
    for words in ("The paper says", "converges to π/(π−2)", "[28.1, 28.2], off by 48 %", "True instead",
                  "6.theorem3.corrected", "The printed ratio drops a factor.", "2 headline claims: itself, 1.constant",
                  "pytest claims/x.py::test_t"):  # fmt: skip
        assert words in theorem
    assert "slips: refuted, and no headline claim rests on them" in glance["text"]
    assert text.index("class=glance") < text.index("<article")


def test_the_full_computed_interval_is_at_hand(page):
    titles = [cell["attributes"].get("title") for cell in page.all("td")]
    assert "[2.7519383938841099, 2.7519383938841101]" in titles


def test_both_sets_of_every_numeric_case_are_drawn_for_the_eye(page):
    numeric = sum(bool(case["computed"]) for claim in sample.ledger()["claims"] for case in claim["cases"])
    drawings = [svg for svg in page.all("svg") if "article" in svg["inside"]]
    assert len(drawings) == numeric
    assert all(svg["attributes"]["aria-hidden"] == "true" for svg in drawings)


def test_drawings_are_finite_and_within_their_box():
    for accepted in (["0", "1"], [None, "1"], ["1", None], ["-1e300", "1e300"], ["0.5", "0.5"], ["-1e-300", "1e-300"]):
        for computed in (["0", "1"], [None, None], ["2", "2"], ["1e-200", "1e200"], ["1", "1.0000000000000000001"]):
            svg = draw(accepted, [True, False], computed)
            assert "nan" not in svg
            assert "inf" not in svg
            starts = [float(x) for x in re.findall(r"M(-?[\d.]+) ", svg)]
            assert min(starts) >= 0
            assert max(starts) <= 168


def test_rings_arrows_and_breaks_appear_where_they_are_due():
    assert "class=ae" in draw(["0", "1"], [True, False], ["0.4", "0.6"])
    assert "class=ae" not in draw(["0", "1"], [False, False], ["0.4", "0.6"])
    assert "l-4 4l4 4" in draw([None, "1"], [False, False], ["0.4", "0.6"])
    assert "l4 4l-4 4" in draw(["0", None], [False, False], ["0.4", "0.6"])
    assert "class=b" in draw(["0", "1"], [False, False], ["1.0000000001", "1.0000000002"])
    assert "class=b" not in draw(["0", "1"], [False, False], ["0.4", "0.6"])


CURVES = [f"t{number}" for number in range(COLOURS)]


def colours(block):
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", block))


def luminance(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("number", [0, 1, 2], ids=["light", "dark", "print"])
def test_text_has_enough_contrast(number):
    palette = colours(re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)[number])
    for ground in ("paper", "raised"):
        for name in ("ink", "muted", "link", "refuted", "inconclusive", "not-run", "qualified", "holds", *CURVES):
            light, dark = sorted((luminance(palette[ground]), luminance(palette[name])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 5, (ground, name)


def test_tables_name_their_columns(page):
    assert all(cell["attributes"].get("scope") in {"col", "row", "rowgroup"} for cell in page.all("th"))
    assert all(field["attributes"].get("name") for field in page.all("select") + page.all("input"))
    assert all("label" in field["inside"] for field in page.all("select") + page.all("input"))


@pytest.mark.long
def test_two_thousand_cases_stay_below_three_megabytes():
    assert len(render(sample.large(200, 10)).encode()) < 3_000_000


def test_a_claim_without_cases_and_a_reference_to_an_absent_claim_render():
    ledger = sample.ledger()
    ledger["claims"][0] |= {"cases": [], "rests_on": ["elsewhere"], "unsupported_by": [], "instead": "nowhere"}
    page = Page(render(ledger))
    (card,) = page.all("article", id="1.constant")
    assert "elsewhere" in card["text"]
    assert "#elsewhere" not in [link["attributes"]["href"] for link in page.all("a")]


def test_a_merged_ledger_says_how_many_runs():
    from verdicts.merge import merge

    other = sample.ledger()
    other["run"]["started"] = "2026-11-24T10:00:00+00:00"
    assert "2 runs" in render(merge([sample.ledger(), other]))


def test_only_kinds_that_occur_are_set_apart(text):
    assert "extension 1 claim (1 holds);" in text
    assert "Apart from the paper" not in render(sample.large(1, 1))
