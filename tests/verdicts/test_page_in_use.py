"""The page as it is used, in a real browser: quiet, by keyboard, on any screen, on paper, by those who cannot see."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess

import pytest
from verdicts.views.comparison import render_comparison
from verdicts.views.html import render

from tests.verdicts import sample
from tests.verdicts.browser import PROGRAM, Browser

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(PROGRAM is None, reason="needs Chromium or Chrome to open the page"),
]
AXE = "axe-core@4.10.3"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    (folder / "page.html").write_text(render(sample.ledger()), encoding="utf-8")
    later = sample.ledger()
    later["claims"] = [claim for claim in later["claims"] if claim["id"] != "E.text"]
    later["claims"][0] |= {"says": "something else", "verdict": "refuted"}
    (folder / "comparison.html").write_text(render_comparison(sample.ledger(), later), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    started = Browser(tmp_path_factory.mktemp("profile"))
    yield started
    started.close()


@pytest.fixture
def browse(folder, browser):
    """Opens a page in a scheme of colours; returns the browser."""

    def opened(name="page.html", address="", width=1000, scheme="light"):
        browser.open("about:blank", width)
        media = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.ask("Emulation.setEmulatedMedia", browser.page, media="", features=media)
        browser.open(f"file://{folder / name}{address}", width)
        return browser

    return opened


@pytest.mark.parametrize("name", ["page.html", "comparison.html"])
def test_the_page_asks_for_nothing_and_complains_of_nothing(browse, folder, name):
    browser = browse()
    for domain in ("Network", "Runtime", "Log"):
        browser.ask(f"{domain}.enable", browser.page)
    browser.events.clear()
    browse(name)
    asked = {said["request"]["url"] for method, said in browser.events if method == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith(("data:", "about:"))} == {f"file://{folder / name}"}
    faults = ("Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded")
    assert not [event for event in browser.events if event[0] in faults]


def test_filters_combine(browse):
    form = "document.getElementById('page-filters')"
    browser = browse(address="#verdict=holds&grade=proof&headline=Abstract")
    shown = "[...document.querySelectorAll('article:not([hidden])')].map((card) => card.id)"
    assert browser.evaluate(shown) == ["1.constant"]
    browser.evaluate(f"{form}.support.value = 'not run'; {form}.dispatchEvent(new Event('input'));")
    assert browser.evaluate(shown) == []
    assert "support=not+run" in browser.evaluate("location.hash")
    browser.evaluate(f"{form}.reset()")
    assert browser.evaluate("new Promise((done) => setTimeout(() => done(location.hash), 20))") == ""


def test_a_link_into_a_fold_opens_it(browse):
    for address in ("#page-graph-6", "#page-graph-E"):
        target = browse(address=address).evaluate(
            f"document.getElementById('{address[1:]}').checkVisibility({{contentVisibilityAuto: true}})"
        )
        assert target


def test_a_box_of_the_graph_leads_to_its_claim(browse):
    browser = browse(address="#page-graph-6")
    browser.evaluate("document.querySelector('#page-graph-6 a[href=\"#6.theorem3\"]').dispatchEvent("
                     "new MouseEvent('click', {bubbles: true, cancelable: true}))")  # fmt: skip
    assert browser.evaluate("location.hash") == "#6.theorem3"
    assert browser.evaluate("document.querySelector(':target').tagName") == "ARTICLE"


def test_keys_search_and_step_through_the_claims(browse):
    browser = browse(address="#verdict=holds")

    def press(key):
        browser.evaluate(
            f"document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {{key: '{key}', bubbles: true}}))"
        )
        return browser.evaluate("document.activeElement.name || document.activeElement.textContent")

    shown = browser.evaluate("[...document.querySelectorAll('article:not([hidden])')].map((card) => card.id)")
    assert [press("j"), press("j"), press("k")] == [shown[0], shown[1], shown[0]]
    assert press("/") == "q"
    assert press("j") == "q"
    assert press("Escape") != "q"


def test_a_command_can_be_copied(browse):
    browser = browse()
    browser.evaluate("Object.defineProperty(navigator, 'clipboard', {value: {writeText: (text) => "
                     "{ window.copied = text; return Promise.resolve(); }}})")  # fmt: skip
    browser.evaluate("document.querySelector('[id=\"1.constant\"] button.copy').click()")
    assert browser.evaluate("window.copied") == "pytest claims/x.py::test_c"


@pytest.mark.parametrize("name", ["page.html", "comparison.html"])
@pytest.mark.parametrize("width", [320, 768, 3840])
def test_every_screen_holds_the_page(browse, name, width):
    browser = browse(name, width=width)
    browser.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    assert browser.evaluate("document.documentElement.scrollWidth <= innerWidth")
    smallest = browser.evaluate("parseFloat(getComputedStyle(document.body).fontSize)")
    assert smallest >= (15 if width < 2000 else 20)


def test_the_page_prints_with_its_folds_open(browse):
    browser = browse()
    pdf = base64.b64decode(browser.ask("Page.printToPDF", browser.page, preferCSSPageSize=True)["data"])
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) > 3
    browser.ask("Emulation.setEmulatedMedia", browser.page, media="print")
    paper = {"width": 700, "height": 1000, "deviceScaleFactor": 1, "mobile": False}  # A4 within its margins
    browser.ask("Emulation.setDeviceMetricsOverride", browser.page, **paper)
    assert browser.evaluate("getComputedStyle(document.querySelector('.cases tr')).display") == "table-row"
    assert not browser.evaluate("document.getElementById('page-filters').checkVisibility()")
    assert not browser.evaluate("[...document.querySelectorAll('.copy, .jump')].some((each) => each.checkVisibility())")


@pytest.fixture(scope="module")
def axe(request):
    """The source of axe-core."""
    if not (npm := shutil.which("npm")):
        pytest.skip("needs npm to fetch axe-core")
    kept = request.config.cache.mkdir("axe")
    source = kept / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        command = [npm, "install", "--prefix", str(kept), "--no-save", "--no-audit", "--no-fund", AXE]
        if subprocess.run(command, capture_output=True, check=False).returncode or not source.is_file():
            pytest.skip(f"npm could not fetch {AXE}")
    return source.read_text(encoding="utf-8")


CHECK = """axe.run(document, {resultTypes: ["violations"]}).then((found) => JSON.stringify(found.violations
  .filter((each) => ["serious", "critical"].includes(each.impact))
  .map((each) => [each.id, each.nodes.slice(0, 3).map((node) => node.html.slice(0, 160))])))"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["page.html", "comparison.html"])
def test_an_accessibility_checker_finds_nothing_serious(browse, axe, name, scheme):
    browser = browse(name, scheme=scheme)
    browser.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    browser.evaluate(f"{axe};0")
    assert json.loads(browser.evaluate(CHECK)) == []


def test_the_accessibility_checker_can_find_something(browse, axe):
    browser = browse()
    browser.evaluate("document.querySelector('label').replaceWith(document.querySelector('select'))")
    browser.evaluate(f"{axe};0")
    assert json.loads(browser.evaluate(CHECK))[0][0] == "select-name"
