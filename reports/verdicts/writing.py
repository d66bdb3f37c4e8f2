"""Writes the views of a ledger: one that cannot be drawn or written costs no other."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from verdicts.files import write_safely
from verdicts.views import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from verdicts.records import Ledger


def write_views(ledger: Ledger, views: Iterable[tuple[str, Path]]) -> tuple[list[tuple[str, Path]], list[str]]:
    """Write each view of a ledger.

    Returns:
        The views written, as (view, path), and what went wrong, a line each.
    """
    written: list[tuple[str, Path]] = []
    problems: list[str] = []
    for kind, path in views:
        try:
            text = FORMATS[kind](ledger)
        except Exception as error:  # noqa: BLE001  # a fault in a view must not cost the ledger
            problems.append(f"{path}: cannot be drawn: {type(error).__name__}: {error}")
            continue
        try:
            write_safely(path, text)
            written.append((kind, path))
        except OSError as error:
            problems.append(f"{path}: cannot be written: {error.strerror}")
            problems += _saved_elsewhere(path.name, text)
    return written, problems


def _saved_elsewhere(name: str, text: str) -> list[str]:
    """Save a text beside the system's temporary files, on a full disk or the like; says where, if anywhere."""
    with contextlib.suppress(OSError):
        refuge = Path(tempfile.mkdtemp(prefix="verdicts-saved-")) / name
        write_safely(refuge, text)
        return [f"{refuge}: saved here instead"]
    return []
