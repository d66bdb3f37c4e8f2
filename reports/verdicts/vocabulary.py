"""The words of a ledger, each from a fixed list, and the bounds of what stands in one."""

from __future__ import annotations

from typing import Annotated, Final, Literal, get_args

from msgspec import Meta

Verdict = Literal["refuted", "inconclusive", "not run", "holds"]
Grade = Literal["proof", "arithmetic", "author data", "model", "statistics", "search", "instances", "text"]
Kind = Literal["theorem", "step", "number", "measurement", "wording", "review", "extension", "replication"]
CurveKind = Literal["line", "points", "band"]
Gate = Literal["gone", "lost", "changed", "stale", "new", "rewritten", "weaker", "excused", "equal"]
Standing = Literal["found", "found elsewhere", "not found"]

VERDICTS: Final[tuple[Verdict, ...]] = get_args(Verdict)
"worst first"
GRADES: Final[tuple[Grade, ...]] = get_args(Grade)
"strongest first"
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
CURVE_KINDS: Final[tuple[CurveKind, ...]] = get_args(CurveKind)
GATES: Final[tuple[Gate, ...]] = get_args(Gate)
"gravest first"
STANDINGS: Final[tuple[Standing, ...]] = get_args(Standing)
"of a string that a claim quotes, to the paper's text; best first"
FAILING: Final[tuple[Gate, ...]] = ("gone", "lost", "changed", "stale", "new")
"the gates that fail a run"
SOFT: Final[tuple[Gate, ...]] = ("rewritten", "weaker")
"the gates that fail a run where that was asked for (--verdicts-fail-on-weaker)"
APART: Final[tuple[Literal["review", "extension", "replication"], ...]] = ("review", "extension", "replication")
"the kinds that are no claims of the paper, and are counted apart from them"

# The bounds keep a foreign file from costing more than a moment: no end of a real ledger comes near them.
Decimals = Annotated[
    str,
    Meta(pattern=r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,5})?(?!\n)$", max_length=40_000, description="decimal string"),
]
MOST_POINTS: Final = 1_000  # of a curve
NOT_IN_THE_PAPER: Final = "Not in the paper: "
"how a figure is named that is the audit's own"
Coordinate = Annotated[
    str,
    Meta(pattern=r"^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?(?!\n)$", max_length=60, description="decimal string"),
]
Point = Annotated[list[Coordinate], Meta(min_length=3, max_length=3)]
Ends = Annotated[list[Decimals | None], Meta(min_length=2, max_length=2)]
Flags = Annotated[list[bool], Meta(min_length=2, max_length=2)]
Count = Annotated[int, Meta(ge=0)]
Seconds = Annotated[float, Meta(ge=0, le=1e12)]
Name = Annotated[str, Meta(min_length=1)]
