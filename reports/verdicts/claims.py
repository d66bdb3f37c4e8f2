"""The claim mark: what a test states about the paper. A claim is known from the moment it is declared."""

from __future__ import annotations

import graphlib
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar

import pytest

from verdicts.statements import StatementError
from verdicts.vocabulary import GRADES, KINDS

if TYPE_CHECKING:
    from verdicts.paper import Paper

__all__ = ["Claim", "claim", "problems", "reading", "readings"]

RESERVED: Final = {"all", "new", "any", *GRADES}
"words of --verdicts-accept, --verdicts-require and --verdicts-allow-not-run"
Test = TypeVar("Test", bound=Callable[..., Any])


@dataclass(frozen=True, eq=False)
class Claim:
    """One statement of the paper that can be true or false. Two declarations are never the same claim."""

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
    weight: int = 0
    source: str = field(default="", repr=False)
    "absolute path of the file that declares it"
    line: int = 0


DECLARED: Final[list[Claim]] = []
"every claim declared since the last session of this process began"


def claim(  # noqa: PLR0913
    id: str,
    *,
    at: str = "",
    says: str = "",
    also_at: Sequence[str] = (),
    tex: str = "",
    kind: str = "theorem",
    rests_on: Sequence[str] = (),
    note: str = "",
    instead: str = "",
    primary: str = "",
    weight: int = 0,
) -> Callable[[Test], Test]:
    """Mark a test as a claim; each of its parametrized instances is a case. The order of decorators does not matter.

    Args:
        id: stable and unique.
        at: the place in the paper, one of the places that paper.toml lists; has to be there.
        says: the statement in plain words; has to be there.
        also_at: other places that repeat it.
        tex: its formula in LaTeX.
        kind: one of KINDS.
        rests_on: ids of the claims that this one needs to be true.
        note: why it is refuted, or what a reader should know.
        instead: id of the claim that states and checks what is true instead.
        primary: the reading that decides, where its cases take readings.
        weight: of each of its cases in the error budget; needed where evidence is statistical.

    Raises:
        StatementError: an argument is of another type than the above, or the claim marks a class.
    """
    __tracebackhide__ = True
    if callable(id):
        raise StatementError(f'@claim above {getattr(id, "__name__", id)!r} has no id: @claim("id", at=…, says=…)')
    words = {"id": id, "at": at, "says": says, "tex": tex, "kind": kind}
    words |= {"note": note, "instead": instead, "primary": primary}
    for name, value in words.items():
        if not isinstance(value, str):
            raise StatementError(f"claim {id!r}: {name} is a string, got {value!r}")
    for name, values in {"also_at": also_at, "rests_on": rests_on}.items():
        if not isinstance(values, list | tuple) or not all(isinstance(value, str) for value in values):
            raise StatementError(f"claim {id!r}: {name} is a list of strings, got {values!r}")
    if type(weight) is not int or weight < 0:
        raise StatementError(f"claim {id!r}: weight is a natural number, got {weight!r}")
    caller = sys._getframe(1)
    made = Claim(
        id, at, says, tuple(also_at), tex, kind, tuple(rests_on), note, instead, primary, weight,
        source=caller.f_code.co_filename, line=caller.f_lineno,
    )  # fmt: skip
    DECLARED.append(made)
    put_mark = pytest.mark.claim(made, id=id, at=at, kind=kind)

    def mark(test: Test) -> Test:
        if isinstance(test, type):
            raise StatementError(f"claim {id!r} marks a class, expected a test function")
        marked: Test = put_mark(test)
        return marked

    return mark


def reading(name: str) -> pytest.MarkDecorator:
    """Mark one case with the reading of the claim that it takes: `pytest.param(…, marks=reading("first order"))`."""
    if not isinstance(name, str) or not name:
        raise StatementError(f"a reading is a name, got {name!r}")
    return pytest.mark.reading(name)


def readings(arguments: str, values: Mapping[str, Any]) -> pytest.MarkDecorator:
    """Parametrize over the readings of a claim, a case each: `readings("norm", {"first order": f, …})`.

    Several arguments take a tuple: `readings("norm, accepts", {"first order": (f, at_most), …})`.
    """
    several = "," in arguments
    cases = [
        pytest.param(*(value if several else (value,)), id=name, marks=reading(name)) for name, value in values.items()
    ]
    return pytest.mark.parametrize(arguments, cases)


def problems(claims: Sequence[Claim], paper: Paper, *, complete: bool) -> list[str]:
    """What is wrong with a collection of claims, one line each.

    Args:
        claims: those collected, one per test function.
        paper: lists the places.
        complete: whether these are all claims of the paper, so that no id can be elsewhere.
    """
    found = []
    where: dict[str, str] = {}
    for made in claims:
        address = f"{made.source}:{made.line}"
        if made.id in where:
            found.append(f"{address}: claim id {made.id!r} is taken by {where[made.id]}")
        where[made.id] = address
        found += [f"{address}: claim {made.id!r} {fault}" for fault in _faults(made, paper)]
    if complete:
        for made in claims:
            missing = [id for id in (*made.rests_on, made.instead) if id and id not in where]
            found += [f"{where[made.id]}: claim {made.id!r} refers to the unknown claim {id!r}" for id in missing[:1]]
    try:
        graphlib.TopologicalSorter({made.id: made.rests_on for made in claims}).prepare()
    except graphlib.CycleError as error:
        found.append("claims rest on each other in a circle: " + " → ".join(reversed(error.args[1])))
    return found


def _faults(made: Claim, paper: Paper) -> list[str]:
    """What is wrong with one claim by itself."""
    found = []
    if not made.id or made.id != made.id.strip() or not made.id.isprintable():
        found.append("expected an id that can be printed, without blanks around it")
    if made.id in RESERVED:
        found.append(f"needs another id: {made.id!r} is a word of the options")
    if not made.tex.replace("\n", "").isprintable():
        found.append('has control characters in its formula: write tex=r"…"')
    if not made.at:
        found.append("has no place (at=…)")
    places = [place for place in (made.at, *made.also_at) if place and not paper.section_of(place)]
    found += [f"is at {place!r}, a place that paper.toml does not list" for place in places]
    if made.kind not in KINDS:
        found.append(f"is of kind {made.kind!r}, expected one of {', '.join(KINDS)}")
    if not made.says:
        found.append("does not say what it states (says=…)")
    return found
