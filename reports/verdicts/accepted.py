"""What a baseline keeps: one typed record each for an accepted claim and for the verdict of one of its cases.

The hash of its statement decides whether a case still says what was accepted; the words beside it tell what changed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, Literal, NotRequired, TypedDict, cast

from verdicts.vocabulary import Count, Decimals, Grade, Kind, Name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verdicts.records import Case

BASELINE_SCHEMA: Final = "verdicts-baseline/3"
OLDER_SCHEMA: Final = "verdicts-baseline/2"
"which kept of a statement no more than its hash"
STATED: Final = ("at", "says", "tex", "kind", "primary", "rests_on")
"what a claim says of itself that makes its statement"
NOT_KEPT: Final = "its printed digits, their set, or words that changed before other cases of it were accepted"
"what of a statement the baseline does not keep in full"
MEASURED: Final = ("verdict", "grade", "statement", "resolution", "samples", "looks")
LONGEST: Final = 200
"characters of a text that is kept, or shown, of a statement"


class Accepted(TypedDict):
    """The verdict of one case that was last accepted, how good its evidence was, and what it said."""

    verdict: Literal["refuted", "inconclusive", "holds"]
    grade: Grade | None
    statement: Name
    resolution: Decimals | None
    samples: Count | None
    looks: Count | None
    code: NotRequired[str]
    "digest of the code that a search ran"
    stated: NotRequired[str]
    printed: NotRequired[list[str]]
    "where it is not what is stated"
    accepts: NotRequired[str]
    "the values for which the words are true"
    reading: NotRequired[str]


class AcceptedClaim(TypedDict):
    """A claim's accepted verdicts by case, with what it said of itself."""

    at: str
    says: str
    tex: NotRequired[str]
    kind: Kind
    primary: NotRequired[str]
    rests_on: NotRequired[list[str]]
    file: str
    cases: dict[str, Accepted]


def accepted_of(case: Case) -> Accepted:
    """What the baseline keeps of a case that is accepted."""
    kept: dict[str, Any] = {key: case[key] for key in MEASURED}
    words = _words(case)
    kept["stated"] = words.pop("stated")
    return cast("Accepted", kept | {key: value for key, value in words.items() if value})


def changes(claim: AcceptedClaim, entry: Accepted, declared: Mapping[str, Any], case: Case) -> list[str]:
    """What of a statement is not as it was accepted, a line each.

    Args:
        claim: as accepted.
        entry: its case, as accepted.
        declared: the claim as it says itself now.
        case: as it was run.
    """
    then: dict[str, Any] = {key: claim[key] for key in STATED if key in claim}
    now = {key: declared[key] for key in then}
    if "stated" in entry:
        words = _words(case)
        then |= {key: entry.get(key, [] if key == "printed" else "") for key in words}
        now |= words
    found = [f"{key}: {_shown(then[key])} → {_shown(now[key])}" for key in then if then[key] != now[key]]
    unknown = "something that the baseline did not keep: it was accepted in an older format"
    return found or ([unknown] if "stated" not in entry or "tex" not in claim else [NOT_KEPT])


def _words(case: Case) -> dict[str, Any]:
    """What makes the statement of a case, apart from its claim."""
    return {
        "stated": case["stated"],
        "printed": [] if case["printed"] == [case["stated"]] else case["printed"],
        "accepts": _set(case)[:LONGEST],
        "reading": case["reading"] or "",
        "code": case["code"] or "",
    }


def _set(case: Case) -> str:
    if case["accepted"] is None:
        return ""
    (lo, hi), (lo_open, hi_open) = case["accepted"], case["open"]
    left = "(-inf" if lo is None else f"{'(' if lo_open else '['}{lo}"
    right = "inf)" if hi is None else f"{hi}{')' if hi_open else ']'}"
    return f"{left}, {right}"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
