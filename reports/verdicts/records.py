"""What is stored of a run: one typed record for each kind of thing in a ledger.

Everything is plain JSON, and so is what is declared (`verdicts.declared`) and accepted (`verdicts.accepted`). The
validator and the published schema (`verdicts.schema`) derive from these types.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, NotRequired, TypedDict, cast

from msgspec import Meta

from verdicts.anchored import Quote, Unstated
from verdicts.declared import Declaration, Paper, Section
from verdicts.vocabulary import (
    MOST_POINTS,
    Count,
    CurveKind,
    Decimals,
    Ends,
    Flags,
    Gate,
    Grade,
    Name,
    Point,
    Seconds,
    Verdict,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

LEDGER_SCHEMA: Final = "verdicts/2"


class Search(TypedDict):
    """One of the searches that a merge added up."""

    seed: int | None
    "its stream"
    samples: Count
    "examples that it tried"


class Curve(TypedDict):
    """Points that a test leaves for a figure. They decide nothing."""

    figure: Name
    "the place of the figure in the paper; where it is not there, 'Not in the paper: ' and what it shows"
    name: Name
    "what the legend says"
    kind: CurveKind
    "how it is drawn: a line through the points, the points with their intervals, or the band between the ends"
    x: str
    "what the horizontal axis shows; empty where that is not said"
    y: str
    "what the vertical axis shows; empty where that is not said"
    points: Annotated[list[Point], Meta(min_length=1, max_length=MOST_POINTS)]
    "of each point its place and the lower and upper end of its value, which are equal where it is one number"


class Evidence(TypedDict):
    """What one case was decided on, and the verdict that follows."""

    verdict: Verdict
    "what the evidence decides"
    reason: str
    "why it is inconclusive or not run; empty otherwise"
    grade: Grade | None
    "how strong the evidence is; null where there is none"
    printed: list[str]
    "the exact strings as the paper prints them; empty for a search"
    stated: str
    "the statement as a reader sees it"
    because: str
    "the reason for a declared margin; empty where none was declared"
    accepted: Ends | None
    "lower and upper end of the values for which the words are true, null for infinity; null for a search"
    open: Flags
    "whether the lower and the upper end of the accepted values are left out"
    computed: Ends | None
    "lower and upper end of an enclosure of the true value, ends included; null where none was computed"
    resolution: Decimals | None
    "the smallest change of the stated value that this evidence would have refuted; null where none would"
    weak: bool
    "whether the resolution is coarser than the printed digits"
    twin: bool | None
    "whether the same evidence refutes a nearby false statement; null where nothing was tried"
    method: str
    "how the enclosure was computed, or what was searched"
    samples: Count | None
    "draws of a statistic, examples that a search tried, or points looked at"
    looks: Count | None
    "how many looks the source gave before it was decided"
    level: Decimals | None
    "error probability that this case spends; null where it spends none"
    seed: int | None
    "of the case's own random stream, where one was used"
    slack: str | None
    "the worst slack that a search met"
    counterexample: str | None
    "the falsifying example of a search"
    code: str | None
    "digest of the code that a search runs; null where it is none, or where its source was not found"
    searches: NotRequired[list[Search]]
    "in a merged ledger, the searches whose samples were added up"
    conditions: NotRequired[dict[str, str]]
    "under which something was measured, by name: the model's revision, the text, the device"
    curves: NotRequired[list[Curve]]
    "what it leaves for the figures"


class Case(Evidence):
    """One instance of a claim."""

    id: str
    "name within the claim, empty for the only one"
    reading: str | None
    "the reading of the words that it takes; null where there is only one"
    primary: bool
    "whether it decides the claim"
    gate: Gate | None
    "how it stands to the accepted verdict; null where nothing is gated"
    seconds: Seconds
    "how long it took"
    reproduce: str
    "the command that runs it alone, from the root of the checkout; empty where it is not declared any more"
    statement: str
    "hash of what is stated; empty where it was not run"


class Claim(Declaration):
    """One statement of the paper that can be true or false."""

    verdict: Verdict
    "the worst of its primary cases"
    qualified: bool
    "whether it holds in its primary reading and is refuted in another"
    supported: bool | None
    "false: something that it rests on, directly or not, is refuted; null: nothing is, but not all is decided"
    unsupported_by: list[str]
    "ids of the refuted claims that it rests on, directly or not"
    unchecked: list[str]
    "ids of the claims that it rests on, directly or not, that are inconclusive, not run or not in this ledger"
    grade: Grade | None
    "the weakest grade among the primary cases that decide"
    gate: Gate | None
    "the gravest of its cases"
    cases: list[Case]
    "its instances, in the order of the test"
    quoted: NotRequired[list[Quote]]
    "the strings that it quotes, each once, in their order as text; where the paper's text was given"


class Counts(TypedDict):
    """How many claims there are of each verdict."""

    claims: Count
    "claims"
    cases: Count
    "cases of them"
    holds: Count
    "claims that hold in every reading"
    qualified: Count
    "claims that hold in the primary reading only"
    refuted: Count
    "claims that are refuted"
    inconclusive: Count
    "claims that are inconclusive"
    not_run: Count
    "claims that were not run"


class Summary(Counts):
    """Counts of the paper's claims, and apart from them of the others."""

    review: Counts
    "notes of the review"
    extension: Counts
    "what goes beyond the paper"
    replication: Counts
    "the paper's experiments on other models"


class SingleRun(TypedDict):
    """How one run was made."""

    started: str
    "when the run began, ISO 8601 with offset"
    seconds: Seconds
    "wall time; of all runs together in a merged ledger"
    command: str
    "the command that made the run"
    commit: str | None
    "commit of the working tree; null where unknown or, in a merged ledger, not the same for all"
    dirty: bool
    "whether the working tree had uncommitted changes"
    python: str
    "version of Python"
    platform: str
    "operating system and machine"
    packages: dict[str, str]
    "version of each package that evidence depends on, by name"
    device: str
    "what arrays were computed on"
    workers: Annotated[int, Meta(ge=1)]
    "number of processes"
    seed: int
    "root of all random streams; of the earliest run in a merged ledger"
    interrupted: str | None
    "why the run ended early; null where it did not"
    problems: list[str]
    "files that could not be collected and other faults of the run"
    whole: bool
    "whether every claim of the paper was asked for"
    complete: bool
    "whether every claim of the paper is in the ledger, those included that were not asked for"
    baseline: NotRequired[str]
    "the file of accepted verdicts, where one was named: from the root of the checkout, in full where it lies elsewhere"
    exit_status: int
    "of the run; the gravest of all runs in a merged ledger"


class Run(SingleRun):
    """How the run was made; of a merged ledger, its runs together."""

    merged: NotRequired[list[SingleRun]]
    "of a merged ledger, the record of each run"


class Ledger(TypedDict):
    """Every claim of one paper, its cases, the evidence of one run and the verdicts that it decides."""

    schema: Literal["verdicts/2"]
    "version of this format"
    paper: Paper
    "the paper under audit"
    sections: list[Section]
    "the paper's sections in its order"
    run: Run
    "how the run was made"
    summary: Summary
    "counts of claims by verdict"
    claims: list[Claim]
    "the claims in the paper's order"
    uncovered: NotRequired[list[Unstated]]
    "the numbers of the paper's text that no claim states, in its order; where that was given, of a run of all claims"


def blank_case(**known: Any) -> Case:
    """A case about which no more is known than what is given: not run, without evidence."""
    blank: Case = {
        "id": "",
        "reading": None,
        "primary": True,
        "verdict": "not run",
        "reason": "",
        "grade": None,
        "printed": [],
        "stated": "",
        "because": "",
        "accepted": None,
        "open": [False, False],
        "computed": None,
        "resolution": None,
        "weak": False,
        "twin": None,
        "method": "",
        "samples": None,
        "looks": None,
        "level": None,
        "seed": None,
        "slack": None,
        "counterexample": None,
        "code": None,
        "gate": None,
        "seconds": 0.0,
        "reproduce": "",
        "statement": "",
    }
    if unknown := known.keys() - blank.keys() - {"conditions"}:
        raise TypeError(f"a case has no {', '.join(sorted(unknown))}")
    return cast("Case", {**blank, **known})


def pick(record: Mapping[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """Some of the keys of a record, in the order given."""
    return {key: record[key] for key in keys}
