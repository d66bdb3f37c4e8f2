"""The page in a real browser: filters driven through its address and by hand, and without JavaScript."""

from __future__ import annotations

import html
import re
import struct

import pytest
from verdicts.views.html import render
from verdicts.views.wording import standing

from tests.verdicts import sample
from tests.verdicts.browser import PROGRAM, Browser

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(PROGRAM is None, reason="needs Chromium or Chrome to open the page"),
]
CLAIMS = sample.ledger()["claims"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "page.html").write_text(render(sample.ledger()), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    started = Browser(tmp_path_factory.mktemp("profile"))
    yield started
    started.close()


@pytest.fixture
def browse(folder, browser):
    """Opens a page; returns its document."""
    return lambda name="page.html", address="", width=800: browser.open(f"file://{folder / name}{address}", width)


def shown(document):
    cards = re.findall(r"<article ([^>]*)>", document)
    return [re.search(r'id="([^"]*)"', card)[1] for card in cards if not re.search(r"\shidden", card)]


def test_the_page_opens_with_every_claim_and_its_filters(browse):
    document = browse()
    assert len(shown(document)) == len(CLAIMS)
    assert f"{len(CLAIMS)} of {len(CLAIMS)} claims" in document
    assert not re.search(r'<form id="page-filters"[^>]*hidden', document)


@pytest.mark.parametrize(
    ("address", "keeps"),
    [
        ("#verdict=refuted", lambda claim: standing(claim) == "refuted"),
        ("#section=E&kind=number", lambda claim: claim["section"] == "E" and claim["kind"] == "number"),
        ("#gate=lost", lambda claim: claim["gate"] == "lost"),
        ("#grade=search", lambda claim: claim["grade"] == "search"),
        ("#q=tinyllama", lambda claim: claim["verdict"] == "not run" and claim["id"] != "3.gone"),
        ("#verdict=not+run&q=no%20longer", lambda claim: claim["id"] in {"3.gone", "E.replication"}),
        ("#6.theorem3", bool),
    ],
)
def test_the_address_filters_the_claims(browse, address, keeps):
    assert set(shown(browse(address=address))) == {claim["id"] for claim in CLAIMS if keeps(claim)}


DRIVER = """<script>
  const form = document.getElementById("page-filters");
  form.verdict.value = "holds";
  form.q.value = "SEARCH";
  form.q.dispatchEvent(new Event("input", {bubbles: true}));
  document.title = location.hash + " " + form.querySelector("output").textContent;
  %s
</script></body>"""


@pytest.fixture
def drive(folder, browse):
    def driven(more):
        page = (folder / "page.html").read_text(encoding="utf-8")
        (folder / "driven.html").write_text(page.replace("</body>", DRIVER % more), encoding="utf-8")
        return browse("driven.html")

    return driven


def test_filters_by_hand_change_the_address(drive):
    document = drive("")
    assert "<title>#verdict=holds&amp;q=SEARCH 1 of" in document
    assert shown(document) == ["3.search"]


def test_clearing_shows_every_claim_again(drive):
    assert len(shown(drive("form.reset();"))) == len(CLAIMS)


def test_a_link_to_a_hidden_claim_shows_it(drive):
    assert "6.theorem3" in shown(drive('location.hash = "#6.theorem3";'))


# a sandboxed frame runs no scripts; switching them off for the whole browser would stop its own --dump-dom as well
WITHOUT_SCRIPTS = """<!doctype html>
<iframe sandbox="allow-same-origin" width="{width}" height="900" srcdoc="{page}"></iframe>
<script>
  onload = () => {{
    const inner = document.querySelector("iframe").contentDocument;
    const says = (card) => card.checkVisibility() && card.textContent.includes(card.id);
    const seen = [...inner.querySelectorAll("article")].filter(says);
    const form = inner.querySelector("form").offsetHeight;
    document.title = `${{seen.length}} claims, filters ${{form}} high, ${{inner.querySelector("output").innerText}}.`;
    for (const fold of inner.querySelectorAll("details")) fold.open = true;
    document.title += ` ${{inner.documentElement.scrollWidth}} wide`;
  }};
</script>"""


@pytest.mark.parametrize("width", [360, 400, 1200])
def test_without_javascript_every_claim_is_readable_on_every_width(folder, browse, width):
    page = html.escape((folder / "page.html").read_text(encoding="utf-8"))
    (folder / "framed.html").write_text(WITHOUT_SCRIPTS.format(page=page, width=width), encoding="utf-8")
    document = browse("framed.html")
    claims, content = re.search(r"<title>(\d+) claims, filters 0 high, \. (\d+) wide</title>", document).groups()
    assert int(claims) == len(CLAIMS)
    assert int(content) <= width


LOOK_AT_FIGURES = """<!doctype html>
<iframe sandbox="allow-same-origin" width="{width}" height="900" srcdoc="{page}"></iframe>
<script>
  onload = () => {{
    const inner = document.querySelector("iframe").contentDocument;
    const figures = [...inner.querySelectorAll("figure")].map((figure) => {{
      const drawn = figure.querySelector("svg.plot").getBoundingClientRect();
      const curves = [...figure.querySelectorAll("g")].filter((curve) => {{
        const box = curve.getBoundingClientRect();
        const inside = box.left >= drawn.left && box.right <= drawn.right && box.bottom <= drawn.bottom;
        return inside && box.top >= drawn.top && box.width + box.height > 4;
      }});
      const coloured = curves.map((curve) => getComputedStyle(curve.querySelector("path")).stroke);
      const table = figure.querySelector("table").checkVisibility() ? "table" : "folded";
      const keys = figure.querySelectorAll("li").length;
      const size = drawn.width > 300 && drawn.height > 150 ? "large" : "small";
      return `${{size}} ${{curves.length}} ${{new Set(coloured).size}} ${{keys}} ${{table}}`;
    }});
    document.title = figures.join("; ");
  }};
</script>"""


@pytest.mark.parametrize("width", [360, 1200])
def test_without_javascript_every_figure_is_drawn_with_its_curves_and_its_table_is_folded(folder, browse, width):
    page = html.escape((folder / "page.html").read_text(encoding="utf-8"))
    (folder / "figures.html").write_text(LOOK_AT_FIGURES.format(page=page, width=width), encoding="utf-8")
    document = browse("figures.html")
    expected = [f"large {curves} {curves} {curves} folded" for curves in (1, 3, 1)]
    assert re.search(r"<title>(.*?)</title>", document)[1].split("; ") == expected


MEASURE = """<script>
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  document.title = `widths ${document.documentElement.scrollWidth} ${innerWidth}`;
</script></body>"""


@pytest.mark.parametrize("width", [600, 800, 1280])
def test_nothing_is_wider_than_the_window(folder, browse, width):
    page = (folder / "page.html").read_text(encoding="utf-8").replace("</body>", MEASURE)
    (folder / "measured.html").write_text(page, encoding="utf-8")
    document = browse("measured.html", width=width)
    content, window = map(int, re.search(r"<title>widths (\d+) (\d+)", document).groups())
    assert content <= window


def test_a_picture_of_the_page_can_be_taken(browser, browse):
    browse(width=1280)
    picture = browser.picture()
    assert struct.unpack(">II", picture[16:24]) == (1280, 900)
    assert len(picture) > 20_000
