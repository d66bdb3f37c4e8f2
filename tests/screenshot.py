"""The picture in README: the page of a ledger in a window of one size.

python -m tests.screenshot LEDGER PICTURE
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from verdicts.ledger import read_ledger
from verdicts.views import FORMATS

from tests.verdicts.browser import PROGRAM, Browser

WIDTH, HEIGHT = 1100, 1240


def picture(ledger: Path) -> bytes:
    """The top of the page, as PNG of WIDTH × HEIGHT."""
    with TemporaryDirectory() as folder:
        page = Path(folder) / "page.html"
        page.write_text(FORMATS["html"](read_ledger(ledger)), encoding="utf-8")
        browser = Browser(Path(folder) / "profile")
        try:
            media = [{"name": "prefers-color-scheme", "value": "light"}]
            browser.open("about:blank", WIDTH, HEIGHT)
            browser.ask("Emulation.setEmulatedMedia", browser.page, media="", features=media)
            browser.ask("Emulation.setScrollbarsHidden", browser.page, hidden=True)
            browser.open(page.as_uri(), WIDTH, HEIGHT)
            return browser.picture()
        finally:
            browser.close()


def main(arguments: list[str]) -> int:
    """Write the picture; 2, with one line, where there is no browser or no ledger."""
    ledger, target = map(Path, arguments)
    if PROGRAM is None:
        print("no picture: expected Chromium or Chrome on the path", file=sys.stderr)
        return 2
    try:
        target.write_bytes(picture(ledger))
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{target}: {WIDTH} × {HEIGHT}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
