"""A page of an earlier run says so while a later one has not finished."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Final

from markupsafe import escape

from verdicts.files import write_safely

if TYPE_CHECKING:
    from pathlib import Path

BODY: Final = "<body>\n"
NOTICE: Final = (
    '<p class="alert" role="alert">A later run began at {} and left no page: this one is of an earlier run.</p>\n'
)


def mark_outdated(page: Path, began: str) -> None:
    """Put a notice on top of a page, if there is one; the run that began writes another over it when it ends."""
    with contextlib.suppress(OSError, ValueError):
        if page.is_file():
            text = page.read_text(encoding="utf-8")
            head, body, rest = text.partition(BODY)
            if body and not rest.startswith(NOTICE.split("{}")[0]):
                write_safely(page, head + body + NOTICE.format(escape(began)) + rest)
