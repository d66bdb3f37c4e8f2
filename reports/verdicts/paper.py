"""The paper under audit, as the paper.toml in its folder of claims describes it."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

PAPER: Final = "paper.toml"
DEEPEST: Final = 5
"levels below the start of a run that are searched for a folder of claims"
NOT_SEARCHED: Final = re.compile(r"\..*|_darcs|build|CVS|dist|node_modules|venv|\{arch\}|.*\.egg|__pycache__")
"as pytest does by default"
KEYS: Final = {"id", "title", "version", "url", "sections"}


@dataclass(frozen=True)
class Paper:
    """Id, title and version of a paper, its sections in order, and the places that claims may name."""

    id: str
    title: str
    version: str
    url: str
    sections: tuple[tuple[str, str, tuple[str, ...]], ...]
    "(id, title, places) in the paper's order"

    def section_of(self, place: str) -> str:
        """The id of the section that lists a place; empty where none does."""
        return next((id for id, _, places in self.sections if place in places), "")

    def rank(self, place: str) -> int:
        """The position of a place in the paper; unknown places come last."""
        places = [known for _, _, listed in self.sections for known in listed]
        return places.index(place) if place in places else len(places)


def folder_of(path: Path) -> Path | None:
    """The nearest folder above a claims file that holds a paper.toml."""
    return next((folder for folder in path.parents if (folder / PAPER).exists()), None)


def folder_asked_for(starts: Iterable[Path]) -> Path | None:
    """The folder of claims that a run is about: at one of its starting points, above it, or the nearest below it."""
    for start in starts:
        for folder in (start, *start.parents):
            if (folder / PAPER).is_file():
                return folder
        if (below := _nearest_below(start)) is not None:
            return below
    return None


def _nearest_below(start: Path) -> Path | None:
    """The folder with a paper.toml fewest levels below, in folders where pytest looks for tests."""
    level = [start] if start.is_dir() else []
    for _ in range(DEEPEST):
        below = [folder for parent in level for folder in _folders(parent)]
        if found := [folder for folder in below if (folder / PAPER).is_file()]:
            return min(found)
        level = below
    return None


def _folders(parent: Path) -> list[Path]:
    try:
        return [each for each in parent.iterdir() if each.is_dir() and not NOT_SEARCHED.fullmatch(each.name)]
    except OSError:
        return []


def read_paper(path: Path) -> Paper:
    """Read paper.toml. ValueError, in one line with file and key, where it is missing or malformed."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ValueError(f"{path}: expected the description of the paper: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: expected TOML: {error}") from error
    for key in ("id", "title", "version", "url"):
        if not isinstance(data.get(key, "" if key == "url" else None), str):
            raise ValueError(f"{path}: key {key!r}: expected a string")
    if strays := sorted(data.keys() - KEYS):
        raise ValueError(f"{path}: key {strays[0]!r}: expected one of {', '.join(sorted(KEYS))}")
    sections = data.get("sections")
    if not isinstance(sections, list) or not sections:
        raise ValueError(f"{path}: key 'sections': expected a list of tables with id, title and places")
    for number, section in enumerate(sections, 1):
        if not _is_section(section):
            raise ValueError(f"{path}: key 'sections', entry {number}: expected id, title and a list of places")
    for what, listed in (
        ("id", Counter(section["id"] for section in sections)),
        ("place", Counter(place for section in sections for place in section["places"])),
    ):
        if twice := [name for name, times in listed.items() if times > 1]:
            raise ValueError(f"{path}: key 'sections': {what} {twice[0]!r} is listed twice")
    return Paper(
        data["id"],
        data["title"],
        data["version"],
        data.get("url", ""),
        tuple((section["id"], section["title"], tuple(section["places"])) for section in sections),
    )


def _is_section(section: Any) -> bool:
    if not isinstance(section, dict) or section.keys() != {"id", "title", "places"}:
        return False
    if not isinstance(section["places"], list):
        return False
    return all(isinstance(text, str) for text in (section.get("id"), section.get("title"), *section["places"]))
