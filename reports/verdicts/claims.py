"""The claim decorator, and the checks on a collection of claims."""

from __future__ import annotations

import graphlib
import hashlib
import json
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from verdicts.statements import StatementError

__all__ = ["Claim", "Paper", "claim", "problems", "read_paper"]

KINDS: Final = (
    "theorem",
    "step",
    "number",
    "measurement",
    "wording",
    "review",
    "extension",
    "replication",
)
Test = TypeVar("Test", bound=Callable[..., Any])


@dataclass(frozen=True)
class Claim:
    """One statement of the paper that can be true or false."""

    id: str
    at: str
    says: str
    also_at: tuple[str, ...] = ()
    tex: str = ""
    kind: str = "theorem"
    rests_on: tuple[str, ...] = ()
    note: str = ""
    instead: str = ""
    primary: str = ""
    weight: int = 1

    def public(self) -> dict[str, Any]:
        """The fields that the ledger shows, in plain types."""
        shown = asdict(self) | {"also_at": list(self.also_at), "rests_on": list(self.rests_on)}
        shown["instead"] = self.instead or None
        del shown["weight"]
        return shown


def claim(  # noqa: PLR0913
    id: str,
    *,
    at: str,
    says: str,
    also_at: Sequence[str] = (),
    tex: str = "",
    kind: str = "theorem",
    rests_on: Sequence[str] = (),
    note: str = "",
    instead: str = "",
    primary: str = "",
    weight: int = 1,
) -> Callable[[Test], Test]:
    """Mark a test as a claim; each of its parametrized instances is a case. Goes on top of the other decorators.

    Args:
        id: stable and unique.
        at: the place in the paper, one of the places that paper.toml lists.
        says: the statement in plain words.
        also_at: other places that repeat it.
        tex: its formula in LaTeX.
        kind: one of KINDS.
        rests_on: ids of the claims that this one needs to be true.
        note: why it is refuted, or what a reader should know.
        instead: id of the claim that states and checks what is true instead.
        primary: the reading that decides, where cases are parametrized by `reading`.
        weight: the claim's weight per case in the error budget of statistical cases.

    Raises:
        StatementError: an argument is of another type than the above, or the claim marks a class.
    """
    words = {"id": id, "at": at, "says": says, "tex": tex, "kind": kind}
    words |= {"note": note, "instead": instead, "primary": primary}
    for name, value in words.items():
        if not isinstance(value, str):
            raise StatementError(f"claim {id!r}: {name} is a string, got {value!r}")
    for name, values in {"also_at": also_at, "rests_on": rests_on}.items():
        if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
            raise StatementError(f"claim {id!r}: {name} is a list of strings, got {values!r}")
    if not isinstance(weight, int) or weight < 1:
        raise StatementError(f"claim {id!r}: weight is a positive whole number, got {weight!r}")
    made = Claim(id, at, says, tuple(also_at), tex, kind, tuple(rests_on), note, instead, primary, weight)

    def mark(test: Test) -> Test:
        if isinstance(test, type):
            raise StatementError(f"claim {id!r} marks a class, expected a test function")
        test.__claim__ = made  # type: ignore[attr-defined]
        return test

    return mark


@dataclass(frozen=True)
class Paper:
    """The paper under audit, as its paper.toml describes it."""

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


def read_paper(path: Path) -> Paper:
    """Read paper.toml. ValueError, in one line with file and key, where it is missing or malformed."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"{path}: expected the description of the paper: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"{path}: expected TOML: {error}") from error
    for key in ("id", "title", "version", "url"):
        if not isinstance(data.get(key, "" if key == "url" else None), str):
            raise ValueError(f"{path}: key {key!r}: expected a string")
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
    if not isinstance(section, dict) or not isinstance(section.get("places"), list):
        return False
    return all(isinstance(text, str) for text in (section.get("id"), section.get("title"), *section["places"]))


def problems(claims: Sequence[tuple[str, Claim]], paper: Paper, known: Iterable[str], whole: bool) -> list[str]:
    """What is wrong with a collection of claims, one line each.

    Args:
        claims: (test function's address, its claim), one per test function.
        paper: lists the places.
        known: ids that may be rested on although this run did not collect them.
        whole: whether every claim of the paper was collected.
    """
    found = []
    where: dict[str, str] = {}
    for address, made in claims:
        if made.id in where:
            found.append(f"{address}: claim id {made.id!r} is taken by {where[made.id]}")
        where[made.id] = address
        if not made.id or made.id != made.id.strip():
            found.append(f"{address}: claim id {made.id!r}: expected a name without blanks around it")
        if not made.at:
            found.append(f"{address}: claim {made.id!r} has no place (at=…)")
        found += [
            f"{address}: claim {made.id!r}: place {place!r} is not listed in paper.toml"
            for place in (made.at, *made.also_at)
            if place and not paper.section_of(place)
        ]
        if made.kind not in KINDS:
            found.append(f"{address}: claim {made.id!r}: kind {made.kind!r} is none of {', '.join(KINDS)}")
        if not made.says:
            found.append(f"{address}: claim {made.id!r} does not say what it states (says=…)")
    ids = set(where) | set(known)
    for address, made in claims:
        missing = [other for other in (*made.rests_on, *filter(None, [made.instead])) if other not in ids]
        if missing and whole:
            found.append(f"{address}: claim {made.id!r} refers to the unknown claim {missing[0]!r}")
    try:
        graphlib.TopologicalSorter({made.id: made.rests_on for _, made in claims}).prepare()
    except graphlib.CycleError as error:
        found.append("claims rest on each other in a circle: " + " → ".join(reversed(error.args[1])))
    return found


def statement_hash(shown: Mapping[str, Any], case: Mapping[str, Any]) -> str:
    """Changes when the statement of a case does: its words, its formula, its reading, or the values it accepts."""
    parts = [shown[key] for key in ("at", "says", "tex", "kind", "primary")]
    parts += [case[key] for key in ("id", "reading", "stated", "accepted", "open")]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:16]
