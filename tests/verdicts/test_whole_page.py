"""The page of the last audit: its size, and what an accessibility checker finds in it part by part.

The checker's cost grows as the square of what stands in a page, as it looks up each element among all it has seen: the
98,000 elements of this page do not end, 800 at a time take two seconds, all four minutes. No part is left out. That ids
are unique and that links arrive, over all parts, has its own test.

In the dark nothing is otherwise but the colours, which follow from an element's name and classes and from those around
it: there one of each kind is looked at.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from verdicts.ledger import read_ledger
from verdicts.views.html import render

from tests.verdicts.browser import PROGRAM, Browser
from tests.verdicts.test_page_in_use import CHECK, axe

__all__ = ["axe"]

LEDGER = Path(__file__).parents[2] / "reports" / "latest" / "verdicts.json"
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(PROGRAM is None, reason="needs Chromium or Chrome to open the page"),
    pytest.mark.skipif(not LEDGER.is_file(), reason="needs the ledger of an audit: make audit"),
]

TURNS = 4  # so that several processes share them
MOST = 800  # elements of a part, but where one child of a section has more
# Each part is shown alone, below the page's header: a section, or some of its children below its heading.
TAKE_APART = """
for (const fold of document.querySelectorAll("details")) fold.open = true;
const main = document.querySelector("main"), claims = document.getElementById("page-claims");
const size = (element) => element.querySelectorAll("*").length + 1;
window.parts = [];
window.total = size(main);
for (const section of [...main.children, ...claims.children]) {
  if (section === claims) continue;
  const title = section.querySelector(":scope > h2");
  let part, room = 0;
  for (const child of [...section.children]) {
    if (size(child) > room) {
      part = section.cloneNode(false);
      if (title && child !== title) part.append(title.cloneNode(true));
      parts.push(part);
      room = MOST;
    }
    room -= size(child);
    part.append(child);
  }
}
claims.replaceChildren();
window.show = (part) => main.replaceChildren(part, claims);
parts.map(size)
""".replace("MOST", str(MOST))


# Takes away what has elements of its very kinds before it; returns how many kinds there were, and how many are left.
ONE_OF_EACH = """
(() => {
  const main = document.querySelector("main"), seen = new Set(), kept = new Set([main]);
  const name = (each) => `${each.tagName}.${[...each.classList].sort()}`;
  const path = (each) => each === main ? "" : `${path(each.parentElement)} ${name(each)}`;
  const speaks = (each) => [...each.childNodes].some((part) => part.nodeType === Node.TEXT_NODE && part.data.trim());
  const kind = (each) => `${path(each)} ${speaks(each)}`;
  const plain = (each) => each.closest("math") === null;
  const all = () => [...main.querySelectorAll("*")].filter(plain);
  const before = new Set(all().map(kind)).size;
  for (const each of all()) {
    if (!seen.has(kind(each)))
      for (let above = each; above && !kept.has(above); above = above.parentElement) kept.add(above);
    seen.add(kind(each));
  }
  for (const each of all()) if (!kept.has(each)) each.remove();
  return [before, new Set(all().map(kind)).size, all().length];
})()
"""


@pytest.fixture
def browser(tmp_path):
    (tmp_path / "page.html").write_text(render(read_ledger(LEDGER)), encoding="utf-8")
    started = Browser(tmp_path / "profile")
    started.open((tmp_path / "page.html").as_uri(), 1000)
    yield started
    started.close()


def test_the_whole_page_stays_below_four_megabytes():
    assert len(render(read_ledger(LEDGER)).encode()) < 4_000_000


@pytest.mark.parametrize(
    ("scheme", "turn", "turns"), [*(("light", turn, TURNS) for turn in range(TURNS)), ("dark", 0, 1)]
)
def test_an_accessibility_checker_finds_nothing_serious_on_the_whole_page(browser, axe, scheme, turn, turns):
    media = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.ask("Emulation.setEmulatedMedia", browser.page, media="", features=media)
    if scheme == "dark":
        kinds, left, elements = browser.evaluate(ONE_OF_EACH)
        assert kinds == left <= elements
    sizes = browser.evaluate(TAKE_APART)
    assert sum(sizes) >= browser.evaluate("total") - 2  # all but what holds sections, chapters; headings are seen again
    browser.evaluate(f"{axe};0")
    check = CHECK.replace("{", "{runOnly: ['color-contrast'], ", 1) if scheme == "dark" else CHECK
    found = []
    for part in range(turn, len(sizes), turns):
        browser.evaluate(f"show(parts[{part}]);0")
        found += json.loads(browser.evaluate(check))
    assert found == []
    assert browser.evaluate("matchMedia('(prefers-color-scheme: dark)').matches") is (scheme == "dark")
