"""Which known names a word may have meant."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def near(word: str, known: Iterable[str], *, most: int = 4) -> list[str]:
    """The names spelt like a word; where there are none, those that begin with it."""
    names = sorted(known)
    alike = get_close_matches(word, names, n=most, cutoff=0.5)
    return alike or [name for name in names if word and name.startswith(word)][:most]
