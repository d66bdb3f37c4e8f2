"""What an audit leaves out of the comparison with the paper's text, each with its reason: waived.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

from msgspec import ValidationError
from msgspec import convert as convert_to

from verdicts.schema import read_text

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

WAIVED: Final = "waived.toml"
ALL: Final = "*"
"waives every number of a section"


@dataclass(frozen=True, kw_only=True)
class Uncovered:
    """Numbers of the text that no claim states."""

    sections: tuple[str, ...]
    "ids of the sections"
    numbers: tuple[str, ...]
    "as the list shows them, or * for all"
    reason: str


@dataclass(frozen=True, kw_only=True)
class Own:
    """Numbers that claims accept, and that the paper does not print: thresholds of the audit."""

    numbers: tuple[str, ...]
    "as the claims write them"
    reason: str
    claims: tuple[str, ...] = ()
    "ids of the claims; all of them where none is named"


@dataclass(frozen=True)
class Waivers:
    """The waivers of an audit, and which of them were of use."""

    uncovered: tuple[Uncovered, ...] = ()
    own: tuple[Own, ...] = ()
    used: set[tuple[str, str]] = field(default_factory=set, compare=False)

    def is_own(self, claim: str, number: str) -> bool:
        """Whether a number is the audit's own."""
        found = [each for each in self.own if number in each.numbers and (not each.claims or claim in each.claims)]
        for each in found:
            self.used.update((("own", number), ("own", claim)) if each.claims else (("own", number),))
        return bool(found)

    def waives(self, section: str, number: str) -> str:
        """Why a number of a section need not be claimed; empty where nothing says so."""
        hits = {
            (id, known): each.reason
            for each in self.uncovered
            for id in each.sections
            for known in each.numbers
            if id == section and known in (number, ALL)
        }
        self.used.update(hits)
        return "; ".join(dict.fromkeys(hits.values()))

    def idle(self) -> list[str]:
        """The waivers that waived nothing, one line each; ask after all numbers have been asked for."""
        named = [(id, number) for each in self.uncovered for id in each.sections for number in each.numbers]
        named += [("own", word) for each in self.own for word in (*each.numbers, *each.claims)]
        return [f"{WAIVED}: {id}: {number}: waives nothing" for id, number in named if (id, number) not in self.used]


def read_waivers(folder: Path, sections: Collection[str]) -> Waivers:
    """Read waived.toml in a folder of claims, no waivers where there is none.

    ValueError, in one line with file and key, where it is malformed or names an unknown section.
    """
    path = folder / WAIVED
    if not path.exists():
        return Waivers()
    try:
        data = tomllib.loads(read_text(path))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: expected TOML: {error}") from error
    if strays := sorted(data.keys() - {"uncovered", "own"}):
        raise ValueError(f"{path}: key {strays[0]!r}: expected [[uncovered]] or [[own]]")
    waivers = Waivers(_entries(path, data, "uncovered", Uncovered), _entries(path, data, "own", Own))
    for number, each in enumerate(waivers.uncovered, 1):
        if unknown := [id for id in each.sections if id not in sections]:
            raise ValueError(f"{path}: key 'uncovered', entry {number}: sections: {unknown[0]!r} is none of the paper")
    return waivers


Entry = TypeVar("Entry", Uncovered, Own)


def _entries(path: Path, data: dict[str, Any], key: str, kind: type[Entry]) -> tuple[Entry, ...]:
    listed = data.get(key, [])
    if not isinstance(listed, list):
        raise ValueError(f"{path}: key {key!r}: expected a list of tables, [[{key}]]")
    made = []
    for number, plain in enumerate(listed, 1):
        where = f"{path}: key {key!r}, entry {number}"
        fields = list(kind.__dataclass_fields__)
        if strays := sorted(plain.keys() - set(fields)) if isinstance(plain, dict) else ["(entry)"]:
            raise ValueError(f"{where}: key {strays[0]!r}: expected {', '.join(fields)}")
        try:
            entry = convert_to(plain, kind)
        except ValidationError as error:
            raise ValueError(f"{where}: {error}") from error
        if not entry.reason.strip():
            raise ValueError(f"{where}: key 'reason': expected why")
        made.append(entry)
    return tuple(made)
