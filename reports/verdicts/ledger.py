"""The ledger: what follows from the cases of a run, and how a ledger is drawn up, read and written."""

from __future__ import annotations

import graphlib
import hashlib
import json
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, cast

from verdicts.accepted import STATED
from verdicts.declared import Catalogue, CatalogueClaim, Declaration
from verdicts.records import LEDGER_SCHEMA, Case, Claim, Counts, Ledger, Run, Summary, blank_case, pick
from verdicts.schema import convert, expect, parse, read_text
from verdicts.vocabulary import APART, GATES, GRADES, VERDICTS, Gate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

STATED_BY_CASE: Final = ("id", "reading", "printed", "stated", "accepted", "open")
DECLARED: Final = tuple(Declaration.__annotations__)
MISSING: Final[tuple[Gate, ...]] = ("gone", "lost", "excused")
"the gates of a case that was not run"
CONCLUDED: Final = ("verdict", "qualified", "supported", "unsupported_by", "unchecked", "grade", "gate")
"what follows from the cases of all claims"


def statement_hash(claim: Mapping[str, Any], case: Mapping[str, Any]) -> str:
    """Changes when the statement of a case does: its words, formula, reading, printed digits, or what it accepts.

    Empty where the case was not run: what it accepts is not known then.
    """
    if case["verdict"] == "not run":
        return ""
    parts = [claim[key] for key in STATED] + [case[key] for key in STATED_BY_CASE]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def conclude(claims: Sequence[Claim]) -> None:
    """Fill in what each claim's cases decide: verdict, qualified, grade, gate, and whether what it rests on stands.

    A claim's verdict is the worst of its primary cases; it is qualified where it holds there and a case of another
    reading is refuted. ValueError where claims rest on each other in a circle.
    """
    for claim in claims:
        primary = [case for case in claim["cases"] if case["primary"]]
        claim["verdict"] = min((case["verdict"] for case in primary), key=VERDICTS.index, default="not run")
        others = [case["verdict"] for case in claim["cases"] if not case["primary"]]
        claim["qualified"] = claim["verdict"] == "holds" and "refuted" in others
        deciding = [case["grade"] for case in primary if case["verdict"] == claim["verdict"] and case["grade"]]
        claim["grade"] = max(deciding, key=GRADES.index, default=None)
        claim["gate"] = gravest(case["gate"] for case in claim["cases"])
    _support(claims)


def gravest(gates: Iterable[Gate | None]) -> Gate | None:
    """The gravest of several gates; None where nothing is gated."""
    return min((gate for gate in gates if gate), key=GATES.index, default=None)


def _support(claims: Sequence[Claim]) -> None:
    """Carry what is refuted or undecided up from each claim to those that rest on it, in one pass."""
    verdicts = {claim["id"]: claim["verdict"] for claim in claims}
    rests_on = {claim["id"]: claim["rests_on"] for claim in claims}
    refuted: dict[str, frozenset[str]] = {}
    unchecked: dict[str, frozenset[str]] = {}
    for id in from_the_ground_up(rests_on):
        below = rests_on.get(id, ())
        refuted[id] = _gather(below, refuted, {"refuted"}, verdicts)
        unchecked[id] = _gather(below, unchecked, {"inconclusive", "not run", None}, verdicts)
    for claim in claims:
        claim["unsupported_by"] = sorted(refuted[claim["id"]])
        claim["unchecked"] = sorted(unchecked[claim["id"]])
        claim["supported"] = False if claim["unsupported_by"] else None if claim["unchecked"] else True


def _gather(
    below: Sequence[str], gathered: Mapping[str, frozenset[str]], wanted: set[str | None], verdicts: Mapping[str, str]
) -> frozenset[str]:
    """Those of the claims directly below, and of what these gathered, whose verdict is wanted."""
    sets = {gathered[id] for id in below if gathered[id]}
    own = {id for id in below if verdicts.get(id) in wanted}
    if len(sets) == 1 and own <= (only := next(iter(sets))):
        return only  # shared, not copied: a long chain above one refuted claim costs nothing
    return frozenset(own.union(*sets))


def from_the_ground_up(rests_on: Mapping[str, Iterable[str]]) -> list[str]:
    """All ids, each after those that it rests on. ValueError where there is a circle."""
    try:
        return list(graphlib.TopologicalSorter(rests_on).static_order())
    except graphlib.CycleError as error:
        circle = " → ".join(map(repr, reversed(error.args[1])))
        raise ValueError(f"claims rest on each other in a circle: {circle}") from error


def summarize(claims: Iterable[Claim]) -> Summary:
    """Counts of the paper's claims, and apart from them those of the review, of extensions and of replications."""
    kinds: dict[str, list[Claim]] = {kind: [] for kind in ("", *APART)}
    for claim in claims:
        kinds[claim["kind"] if claim["kind"] in APART else ""].append(claim)
    apart = {kind: _counts(kinds[kind]) for kind in APART}
    return cast("Summary", {**_counts(kinds[""]), **apart})


def _counts(claims: Sequence[Claim]) -> Counts:
    verdicts = ["qualified" if claim["qualified"] else claim["verdict"] for claim in claims]
    return {
        "claims": len(claims),
        "cases": sum(len(claim["cases"]) for claim in claims),
        "holds": verdicts.count("holds"),
        "qualified": verdicts.count("qualified"),
        "refuted": verdicts.count("refuted"),
        "inconclusive": verdicts.count("inconclusive"),
        "not_run": verdicts.count("not run"),
    }


def draw_up(
    catalogue: Catalogue,
    records: Mapping[tuple[str, str], Case],
    run: Run,
    *,
    reason_of_silence: Callable[[str, str], str],
    gate_of: Callable[[str, Case], Gate | None] | None = None,
) -> Ledger:
    """The ledger of a run: a pure function of what was collected and what became of it.

    Args:
        catalogue: the claims and cases collected, in the paper's order.
        records: the evidence that arrived, by claim id and case id.
        run: how the run was made.
        reason_of_silence: why a case, named by claim id and case id, left no record.
        gate_of: how a case stands to the baseline; asked, with the claim's id, of each case that is not gated yet.
    """
    claims = []
    for entry in catalogue["claims"]:
        cases = []
        for known in sorted(entry["cases"], key=lambda known: known["rank"]):
            case = _case(known, records.get((entry["id"], known["id"])))
            if case["verdict"] == "not run" and not case["reason"]:
                case["reason"] = reason_of_silence(entry["id"], known["id"])
            case["statement"] = statement_hash(entry, case)
            if gate_of is not None and case["gate"] is None:
                case["gate"] = gate_of(entry["id"], case)
            cases.append(case)
        claims.append(_claim(entry, cases))
    conclude(claims)
    return assemble(catalogue, run, claims)


def assemble(shared: Mapping[str, Any], run: Run, claims: list[Claim]) -> Ledger:
    """A ledger of the paper and sections of `shared`, with what its text has beyond the claims, where that is known."""
    made: Ledger = {
        "schema": LEDGER_SCHEMA,
        "paper": shared["paper"],
        "sections": shared["sections"],
        "run": run,
        "summary": summarize(claims),
        "claims": claims,
    }
    if "uncovered" in shared:
        made["uncovered"] = shared["uncovered"]
    return made


def _case(known: Mapping[str, Any], record: Case | None) -> Case:
    return cast("Case", {**(record or blank_case()), **pick(known, ("id", "reading", "primary", "reproduce"))})


def _claim(entry: CatalogueClaim, cases: list[Case]) -> Claim:
    return cast("Claim", {**pick(entry, DECLARED), **dict.fromkeys(CONCLUDED), "cases": cases})


def disagreement(one: Case, other: Case) -> str:
    """How what two processes found of a case contradicts itself; empty where it does not."""
    verdicts = f"{one['verdict']!r} and {other['verdict']!r}"
    if (one["verdict"], one["statement"]) != (other["verdict"], other["statement"]):
        return f"two processes disagree on it: {verdicts}"
    if one["computed"] and other["computed"]:
        sets = [
            [None if end is None else Fraction(end) for end in ends] for ends in (one["computed"], other["computed"])
        ]
        for (_, high), (low, _) in (sets, sets[::-1]):
            if high is not None and low is not None and high < low:
                return f"two processes disagree on it: {one['computed']} and {other['computed']} are disjoint"
    return ""


def read_ledger(path: str | Path) -> Ledger:
    """Read a ledger and decide it again. ValueError, in one line with file, key and expectation, where it is none.

    A ledger whose verdicts, or anything else that follows from its cases, were edited is refused.
    """
    text = read_text(path)
    try:
        ledger = convert(parse(text, "a ledger"), Ledger)
        verify(ledger)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return ledger


def verify(ledger: Ledger) -> None:
    """ValueError, with key and expectation, where a ledger contradicts itself."""
    _verify_times(ledger["run"])
    known = {section["id"] for section in ledger["sections"]} | {""}
    seen: set[str] = set()
    for number, claim in enumerate(ledger["claims"]):
        key = f"claims[{number}]"
        expect(claim["id"] not in seen, f"{key}.id", "an id of its own", claim["id"])
        expect(claim["section"] in known, f"{key}.section", "the id of one of the sections", claim["section"])
        seen.add(claim["id"])
        names: set[str] = set()
        for index, case in enumerate(claim["cases"]):
            expect(case["id"] not in names, f"{key}.cases[{index}].id", "an id of its own", case["id"])
            names.add(case["id"])
            _verify_case(claim, case, f"{key}.cases[{index}]")
    for number, claim in enumerate(ledger["claims"] if ledger["run"]["complete"] else []):
        id = claim["instead"]
        expect(not id or id in seen, f"claims[{number}].instead", "the id of a claim of this ledger, which has all", id)
    again: list[Claim] = [claim.copy() for claim in ledger["claims"]]
    conclude(again)
    for number, (found, follows) in enumerate(zip(ledger["claims"], again, strict=True)):
        _same(f"claims[{number}].", pick(follows, CONCLUDED), found)
    _same("summary.", summarize(again), ledger["summary"])
    for number, each in enumerate(ledger.get("uncovered", [])):
        id = each["section"]
        expect(id in known, f"uncovered[{number}].section", "the id of one of the sections", id)


def _verify_times(run: Run) -> None:
    parts = {"run": run} | {f"run.merged[{number}]": part for number, part in enumerate(run.get("merged", []))}
    for key, part in parts.items():
        try:
            known = datetime.fromisoformat(part["started"]).tzinfo is not None
        except ValueError:
            known = False
        expect(known, f"{key}.started", "a time in ISO 8601 with offset", part["started"])


def _verify_case(claim: Claim, case: Case, key: str) -> None:
    from verdicts.contradictions import contradiction
    from verdicts.curves import fault

    if said := contradiction(case):
        raise ValueError(f"key {key!r}: {said}")
    _same(f"{key}.", {"statement": statement_hash(claim, case)}, case)
    fits = MISSING if case["verdict"] == "not run" else tuple(gate for gate in GATES if gate not in MISSING)
    expect(case["gate"] in (None, *fits), f"{key}.gate", f"one of {', '.join(fits)}, or null", case["gate"])
    if said := fault(case.get("curves", [])):
        raise ValueError(f"key '{key}.curves': {said}")
    if searches := case.get("searches"):
        seeds = [search["seed"] for search in searches]
        alone = case["verdict"] == "holds" and case["grade"] == "search" and case["seed"] in seeds
        expect(alone, f"{key}.searches", "searches that hold, among them that of the case's own seed", seeds)
        expect(len(set(seeds)) == len(seeds) > 1, f"{key}.searches", "searches with a seed of their own each", seeds)
        _same(f"{key}.", {"samples": sum(search["samples"] for search in searches)}, case)


def _same(prefix: str, follows: Mapping[str, Any], found: Mapping[str, Any]) -> None:
    for key, value in follows.items():
        expect(found[key] == value, f"{prefix}{key}", f"{json.dumps(value)}, which follows from the rest", found[key])


def dump(data: Any) -> str:
    """Readable JSON with a final newline."""
    return json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
