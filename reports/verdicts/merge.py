"""Ledgers between machines: read one with care, merge several, tell two apart."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

from verdicts.evidence import GRADES
from verdicts.intervals import HOLDS, INCONCLUSIVE, NOT_RUN, REFUTED, WORST_FIRST
from verdicts.ledger import APART, GATES, SCHEMA, conclude, summarize

Ledger = dict[str, Any]
Claim = dict[str, Any]
Case = dict[str, Any]

NOTHING: Final = type(None)
COUNTS: Final = dict.fromkeys(("claims", "cases", "holds", "qualified", "refuted", "inconclusive", "not_run"), int)
CASE: Final = {
    "id": str, "reading": (str, NOTHING), "primary": bool, "verdict": WORST_FIRST, "reason": str,
    "grade": (*GRADES, None), "stated": str, "because": str, "accepted": (list, NOTHING), "open": list,
    "computed": (list, NOTHING), "resolution": (str, NOTHING), "weak": bool, "twin": (bool, NOTHING), "method": str,
    "samples": (int, NOTHING), "seed": (int, NOTHING), "slack": (str, NOTHING), "counterexample": (str, NOTHING),
    "gate": (*GATES, None), "seconds": (int, float), "reproduce": str,
}  # fmt: skip
CLAIM: Final = {
    "id": str, "at": str, "also_at": [str], "section": str, "says": str, "tex": str, "kind": str, "rests_on": [str],
    "note": str, "instead": (str, NOTHING), "verdict": WORST_FIRST, "qualified": bool, "supported": bool,
    "unsupported_by": [str], "grade": (*GRADES, None), "gate": (*GATES, None), "cases": [CASE],
}  # fmt: skip
RUN: Final = {
    "started": str, "seconds": (int, float), "command": str, "commit": (str, NOTHING), "dirty": bool, "python": str,
    "platform": str, "packages": dict, "device": str, "workers": int, "seed": int, "interrupted": (str, NOTHING),
    "problems": [str],
}  # fmt: skip
LEDGER: Final = {
    "schema": (SCHEMA,),
    "paper": {"id": str, "title": str, "version": str, "url": str},
    "sections": [{"id": str, "title": str}],
    "run": RUN,
    "summary": COUNTS | dict.fromkeys(APART, COUNTS),
    "claims": [CLAIM],
}
_NAMES: Final = {str: "a string", bool: "true or false", int: "a whole number", float: "a number", dict: "an object",
                 list: "a list", NOTHING: "null", None: "null"}  # fmt: skip


def read_ledger(path: str | Path) -> Ledger:
    """Read a ledger. ValueError, in one line with file, key and expectation, where it is not one."""
    try:
        ledger = json.loads(Path(path).read_text(encoding="utf-8"), parse_constant=_no_number)
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path}: expected a ledger in JSON: {' '.join(str(error).split())}") from error
    try:
        check(ledger)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return dict(ledger)


def check(ledger: Any) -> None:
    """ValueError, with key and expectation, where a ledger lacks what the views and a merge need."""
    _match(ledger, LEDGER, "")
    known = {section["id"] for section in ledger["sections"]} | {""}
    seen = set()
    for number, claim in enumerate(ledger["claims"]):
        key = f"claims[{number}]"
        _expect(claim["id"] not in seen, f"{key}.id", "an id of its own", claim["id"])
        _expect(claim["section"] in known, f"{key}.section", "the id of one of the sections", claim["section"])
        seen.add(claim["id"])
        names = [case["id"] for case in claim["cases"]]
        _expect(len(names) == len(set(names)), f"{key}.cases", "cases with an id of their own each", sorted(names))
        for index, case in enumerate(claim["cases"]):
            _check_sets(case, f"{key}.cases[{index}]")


def merge(ledgers: Sequence[Ledger]) -> Ledger:
    """One ledger of several runs of the same claims: a case that ran somewhere replaces "not run" elsewhere.

    Between runs that both decided a case the first one's evidence is kept; a decided verdict replaces an inconclusive
    one. Claims keep the order of the first ledger that has them. ValueError where the ledgers are of different
    papers, state a claim differently, or decide a case differently.
    """
    if not ledgers:
        raise ValueError("expected at least one ledger to merge")
    first = ledgers[0]
    for number, other in enumerate(ledgers[1:], 2):
        for key in ("id", "version"):
            if other["paper"][key] != first["paper"][key]:
                raise ValueError(
                    f"ledger {number}: key 'paper.{key}': expected {first['paper'][key]!r} as in the first ledger, "
                    f"found {other['paper'][key]!r}"
                )
    claims: dict[str, Claim] = {}
    sections: dict[str, dict[str, str]] = {}
    for ledger in ledgers:
        for section in ledger["sections"]:
            sections.setdefault(section["id"], section)
        for claim in ledger["claims"]:
            known = claims.get(claim["id"])
            claims[claim["id"]] = _merge_claims(known, claim) if known else {**claim}
    merged = list(claims.values())
    conclude(merged)
    run = _merge_runs([ledger["run"] for ledger in ledgers])
    shared = {"schema": SCHEMA, "paper": first["paper"], "sections": list(sections.values())}
    return {**shared, "run": run, "summary": summarize(merged), "claims": merged}


def diff(old: Ledger, new: Ledger) -> list[str]:
    """One line for each claim or case whose verdict, stated or accepted changed, that appeared or that vanished."""
    before, after = _indexed(old), _indexed(new)
    lines = []
    for name in {**before, **after}:
        if name not in after:
            lines.append(f"{name}: vanished (was {before[name]['verdict']})")
        elif name not in before:
            lines.append(f"{name}: appeared ({after[name]['verdict']})")
        else:
            lines += [
                f"{name}: {key} {_shown(before[name][key])} -> {_shown(after[name][key])}"
                for key in before[name]
                if before[name][key] != after[name][key]
            ]
    return lines


def _indexed(ledger: Ledger) -> dict[str, dict[str, Any]]:
    """What a diff compares, by the name of the claim or case."""
    index: dict[str, dict[str, Any]] = {}
    for claim in ledger["claims"]:
        verdict = "qualified" if claim["qualified"] else claim["verdict"]
        index[claim["id"]] = {"verdict": verdict, "says": claim["says"]}
        for case in claim["cases"]:
            compared = {key: case[key] for key in ("verdict", "stated", "accepted", "open")}
            index[f"{claim['id']}[{case['id']}]"] = compared
    return index


def _shown(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _merge_claims(known: Claim, other: Claim) -> Claim:
    for key in ("says", "at", "kind", "tex", "section"):
        if known[key] != other[key] and not (_gone(known) or _gone(other)):
            raise ValueError(f"claim {known['id']!r}: key {key!r} differs: {known[key]!r} and {other[key]!r}")
    if _gone(known):
        known, other = other, known
    cases = {case["id"]: case for case in known["cases"]}
    for case in other["cases"]:
        mine = cases.get(case["id"])
        cases[case["id"]] = _merge_cases(f"{known['id']}[{case['id']}]", mine, case) if mine else case
    return {**known, "cases": list(cases.values())}


def _gone(claim: Claim) -> bool:
    """Whether the claim stands in its ledger only because the baseline remembers it."""
    return bool(claim["section"] == "" and claim["verdict"] == NOT_RUN)


def _merge_cases(name: str, known: Case, other: Case) -> Case:
    """The case with more evidence; ValueError where the two state or decide differently."""
    if NOT_RUN not in (known["verdict"], other["verdict"]):
        for key in ("stated", "accepted", "open", "reading", "primary"):
            if known[key] != other[key]:
                raise ValueError(f"case {name}: key {key!r} differs: {known[key]!r} and {other[key]!r}")
    if {known["verdict"], other["verdict"]} == {HOLDS, REFUTED}:
        raise ValueError(f"case {name}: key 'verdict' differs: {known['verdict']!r} and {other['verdict']!r}")
    weight = [NOT_RUN, INCONCLUSIVE, HOLDS, REFUTED].index
    return other if weight(other["verdict"]) > weight(known["verdict"]) else known


def _merge_runs(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """One run record of several; what differs is joined, and each run's own record is kept under "merged"."""
    single = [run for given in runs for run in given.get("merged", [given])]
    commits = {run["commit"] for run in single}
    return {
        **single[0],
        "started": min(run["started"] for run in single),
        "seconds": round(sum(run["seconds"] for run in single), 2),
        "command": " & ".join(dict.fromkeys(run["command"] for run in single)),
        "commit": commits.pop() if len(commits) == 1 else None,
        "dirty": any(run["dirty"] for run in single),
        "device": ", ".join(dict.fromkeys(run["device"] for run in single)),
        "interrupted": next((run["interrupted"] for run in single if run["interrupted"]), None),
        "problems": list(dict.fromkeys(problem for run in single for problem in run["problems"])),
        "merged": single,
    }


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON number")


def _expect(met: bool, key: str, expectation: str, found: Any) -> None:
    if not met:
        text = json.dumps(found, ensure_ascii=False, default=str)
        raise ValueError(f"key {key!r}: expected {expectation}, found {text if len(text) < 60 else text[:59] + '…'}")


def _match(value: Any, shape: Any, key: str) -> None:
    """Hold a value against a shape: an object's keys, a list's one member shape, a type, or a tuple of alternatives."""
    if isinstance(shape, dict):
        _expect(isinstance(value, dict), key or "(the whole file)", "an object", value)
        for name, inner in shape.items():
            path = f"{key}.{name}" if key else name
            if name not in value:
                raise ValueError(f"key {path!r}: expected {_described(inner)}, found nothing")
            _match(value[name], inner, path)
    elif isinstance(shape, list):
        _expect(isinstance(value, list), key, "a list", value)
        for number, member in enumerate(value):
            _match(member, shape[0], f"{key}[{number}]")
    else:
        choices = shape if isinstance(shape, tuple) else (shape,)
        types = tuple(choice for choice in choices if isinstance(choice, type))
        words = tuple(choice for choice in choices if not isinstance(choice, type))
        of_type = isinstance(value, types) and (not isinstance(value, bool) or bool in types)
        plain = value is None or isinstance(value, str)
        _expect(of_type or (plain and value in words), key, _described(shape), value)


def _described(shape: Any) -> str:
    if isinstance(shape, dict):
        return "an object"
    if isinstance(shape, list):
        return "a list"
    choices = shape if isinstance(shape, tuple) else (shape,)
    return " or ".join(f"{choice!r}" if isinstance(choice, str) else _NAMES[choice] for choice in choices)


def _check_sets(case: Case, key: str) -> None:
    """Both sets have two ends, decimal strings in order, null for infinity."""
    two = len(case["open"]) == 2 and all(isinstance(end, bool) for end in case["open"])
    _expect(two, f"{key}.open", "two of true or false", case["open"])
    for name in ("accepted", "computed"):
        ends = case[name]
        if ends is None:
            continue
        numbers = [_decimal(end) for end in ends if end is not None]
        in_order = len(numbers) < 2 or (None not in numbers and numbers[0] <= numbers[1])  # type: ignore[operator]
        fine = len(ends) == 2 and None not in numbers and in_order
        _expect(fine, f"{key}.{name}", "two decimal strings in order, null for infinity", ends)


def _decimal(end: Any) -> Decimal | None:
    """The number that a string writes; None where it writes none."""
    try:
        number = Decimal(end) if isinstance(end, str) else Decimal("nan")
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
