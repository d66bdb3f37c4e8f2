"""The site of documentation: built without a warning, read without a network, by anyone, on any screen."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from verdicts.ledger import dump
from verdicts.schema import published_schema

from tests.verdicts import sample
from tests.verdicts.browser import PROGRAM, Browser
from tests.verdicts.test_page_in_use import CHECK, axe

__all__ = ["axe"]

pytest.importorskip("mkdocs")
pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[1]
PAGES = {path.stem for path in (ROOT / "docs").glob("*.md")} | {"ledger", "findings"}


def built(folder, ledger):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    told = {"env": os.environ | {"VERDICTS_LEDGER": str(ledger)}, "cwd": ROOT, "capture_output": True, "text": True}
    return subprocess.run(command, check=False, **told)


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("docs")
    (folder / "ledger.json").write_text(dump(sample.ledger()), encoding="utf-8")
    run = built(folder / "site", folder / "ledger.json")
    assert run.returncode == 0, run.stderr
    assert "WARNING" not in run.stderr
    return folder / "site"


def test_every_page_is_reached(site):
    assert {path.stem for path in site.glob("*.html")} == PAGES
    links = re.findall(r'<li><a href="([^"#]+)"', (site / "index.html").read_text(encoding="utf-8"))
    assert {Path(link).stem for link in links} == PAGES


def test_formulas_are_drawn_and_none_is_left_as_its_source(site):
    text = (site / "mathematics.html").read_text(encoding="utf-8")
    assert text.count("<math") > 40
    assert 'display="inline"' in text
    assert 'display="block"' in text
    assert "$" not in re.sub(r"<(code|pre)\b.*?</\1>", "", text, flags=re.DOTALL)
    assert "\\" not in text


def test_a_formula_that_cannot_be_drawn_stops_the_build():
    markdown = pytest.importorskip("markdown")
    sys.path.insert(0, str(ROOT / "docs" / "site"))
    try:
        from formulas import Formulas
    finally:
        sys.path.pop(0)
    assert "<math" in markdown.markdown("so $x^2$ is", extensions=[Formulas()])
    assert "<code>$x$</code>" in markdown.markdown("`$x$`", extensions=[Formulas()])
    with pytest.raises(ValueError, match="nonsense"):
        markdown.markdown(r"$\nonsense{x}$", extensions=[Formulas()])


def test_the_ledger_is_told_field_by_field(site):
    text = (site / "ledger.html").read_text(encoding="utf-8")
    records = {name: node for name, node in published_schema()["$defs"].items() if node.get("type") == "object"}
    assert records.keys() >= {"Ledger", "Run", "Claim", "Case", "Curve"}
    for name, node in records.items():
        table = text.split(f">{name}</h2>")[1].split("<h2")[0]
        assert re.findall(r"<tr>\n<td><code>(\w+)</code>", table) == list(node["properties"])


def test_what_was_found_is_that_of_the_ledger(site):
    text = (site / "findings.html").read_text(encoding="utf-8")
    for claim in sample.ledger()["claims"]:
        if claim["verdict"] == "refuted":
            assert f"<code>{claim['id']}</code>" in text
    assert re.findall("<script.*", text) == ['<script src="search.js"></script>']


def test_without_a_ledger_one_line_says_what_to_do(tmp_path):
    run = built(tmp_path / "site", tmp_path / "none.json")
    assert run.returncode
    assert "run make audit" in run.stderr
    assert "Traceback" not in run.stderr
    (tmp_path / "none.json").write_text("{}", encoding="utf-8")
    run = built(tmp_path / "site", tmp_path / "none.json")
    assert "Traceback" not in run.stderr
    assert "none.json" in run.stderr


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if PROGRAM is None:
        pytest.skip("needs Chromium or Chrome to open the site")
    started = Browser(tmp_path_factory.mktemp("profile"))
    yield started
    started.close()


def test_no_page_asks_for_anything_from_elsewhere(site, browser):
    for page in site.glob("*.html"):
        for address in re.findall(r'(?:src|href)="([^"]*)"', page.read_text(encoding="utf-8")):
            if re.match(r"\w+:", address) and not address.startswith(("data:", "#")):
                assert re.search(rf'<a [^>]*href="{re.escape(address)}"', page.read_text(encoding="utf-8"))
    browser.open((site / "index.html").as_uri(), 1000)
    browser.ask("Network.enable", browser.page)
    browser.events.clear()
    browser.open((site / "mathematics.html").as_uri(), 1000)
    asked = {said["request"]["url"] for method, said in browser.events if method == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith(("file:", "data:", "about:"))} == set()


FOUND = """
(async (words) => {
  const query = document.querySelector("#search input"), told = document.querySelector("#search output");
  told.textContent = "";
  const answered = new Promise((answer) => new MutationObserver(answer).observe(told, { childList: true }));
  query.value = words;
  query.dispatchEvent(new Event("input"));
  await answered;
  return [...document.querySelectorAll("#search li a")].map((link) => [link.textContent, link.href]);
})
"""


def test_a_search_finds_every_section_that_holds_all_words(site, browser):
    browser.open((site / "index.html").as_uri(), 1000)
    found = browser.evaluate(f"{FOUND}('RMSNorm')")
    assert any(link.startswith((site / "mathematics.html").as_uri()) for _, link in found)
    for title, link in found:
        page, _, anchor = link.partition("#")
        text = (site / Path(page).name).read_text(encoding="utf-8")
        assert "rmsnorm" in text.lower()
        assert title in text
        assert not anchor or f'id="{anchor}"' in text
    both = browser.evaluate(f"{FOUND}('  rmsnorm   PLANE ')")
    assert 0 < len(both) < len(found)
    browser.open((site / "index.html").as_uri(), 1000)
    assert browser.evaluate(f"{FOUND}('qwertz')") == []
    assert browser.evaluate("document.querySelector('#search output').textContent") == "0 sections"


@pytest.mark.parametrize("width", [320, 1280])
def test_every_screen_holds_every_page(site, browser, width):
    for page in site.glob("*.html"):
        browser.open(page.as_uri(), width)
        assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.name


@pytest.mark.parametrize(("name", "width"), [("mathematics", 320), ("findings", 320), ("your_paper", 1000)])
def test_an_accessibility_checker_finds_nothing_serious(site, browser, axe, name, width):
    browser.open((site / f"{name}.html").as_uri(), width)
    browser.evaluate(f"{axe};0")
    assert json.loads(browser.evaluate(CHECK)) == []
