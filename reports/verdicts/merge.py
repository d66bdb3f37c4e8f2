"""Ledgers between machines: join several, tell two apart.

A merge is a join: the order of the ledgers does not matter, merging in steps or at once gives the same, and a ledger
merged with itself is itself. Where two ledgers cannot both be right it is a fault that names both.
"""

from __future__ import annotations

import graphlib
import heapq
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import reduce
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from verdicts.baseline import is_remembered
from verdicts.declared import DESELECTED, Paper
from verdicts.ledger import DECLARED, assemble, conclude
from verdicts.records import Case, Claim, Ledger, Run, Search, SingleRun, pick
from verdicts.vocabulary import GATES, GRADES, STANDINGS

if TYPE_CHECKING:
    from verdicts.anchored import Quote, Unstated

Stored = TypeVar("Stored", bound=Mapping[str, Any])
Named = tuple[str, Stored]
"a record, and the ledger that it comes from"

AGREED: Final = tuple(key for key in DECLARED if key not in ("file", "line"))
"what two ledgers say of one claim; where it is declared may change without a change of the claim"
ALWAYS: Final = ("reading", "primary")
ONCE_RUN: Final = ("printed", "stated", "because", "accepted", "open", "code")
YIELDING: Final = ("search", "instances", "text")
"grades at which what holds gives way to a counterexample: they never claimed to have looked everywhere"
COMPARED: Final = ("reading", "primary", "verdict", "grade", "printed", "stated", "because", "accepted", "open", "code")


def merge(ledgers: Sequence[Ledger], names: Sequence[str] = ()) -> Ledger:
    """One ledger of several runs of the same claims; of each case the sharper evidence is kept.

    Args:
        ledgers: at least one.
        names: what a fault calls them; "ledger 1" and so on unless given.

    Raises:
        ValueError: the ledgers are of different papers, differ in what they state, or contradict each other.
    """
    if not ledgers:
        raise ValueError("expected at least one ledger to merge")
    names = names or [f"ledger {number}" for number in range(1, len(ledgers) + 1)]
    named = list(zip(names, ledgers, strict=True))
    _agree(named, "sections", "key 'sections'")
    for key in Paper.__annotations__:
        _agree([(name, ledger["paper"]) for name, ledger in named], key, f"key 'paper.{key}'")
    claims: dict[str, list[Named[Claim]]] = {}
    for name, ledger in named:
        for claim in ledger["claims"]:
            claims.setdefault(claim["id"], []).append((name, claim))
    merged = {id: _merge_claims(found) for id, found in claims.items()}
    sections = [section["id"] for section in ledgers[0]["sections"]]
    rank = {id: (_index(sections, claim["section"]), _natural(id)) for id, claim in merged.items()}
    order = in_one_order([[claim["id"] for claim in ledger["claims"]] for ledger in ledgers], rank.__getitem__)
    in_order = [merged[id] for id in order]
    conclude(in_order)
    shared = pick(ledgers[0], ("paper", "sections")) | _unstated_in_all(ledgers)
    return assemble(shared, _merge_runs(ledgers, in_order), in_order)


def _unstated_in_all(ledgers: Sequence[Ledger]) -> dict[str, list[Unstated]]:
    """The numbers of the text that no ledger which was held against it states; nothing where none was."""
    kept = (ledger["uncovered"] for ledger in ledgers if "uncovered" in ledger)
    if not (found := [{(each["section"], each["number"]): each for each in one} for one in kept]):
        return {}
    shared = set.intersection(*(set(each) for each in found))
    sections = [section["id"] for section in ledgers[0]["sections"]]
    order = sorted(shared, key=lambda key: (_index(sections, key[0]), _natural(key[1]), key))
    return {"uncovered": [min((each[key] for each in found), key=_canonical) for key in order]}


def diff(old: Ledger, new: Ledger) -> list[str]:
    """One line for each thing that changed in what is stated or decided, that appeared or that vanished."""
    before, after = _indexed(old), _indexed(new)
    lines = []
    for key in {**before, **after}:
        name = "".join(key)
        if key not in after:
            lines.append(f"{name}: vanished (was {before[key]['verdict']})")
        elif key not in before:
            lines.append(f"{name}: appeared ({after[key]['verdict']})")
        else:
            lines += [
                f"{name}: {what} {_shown(was)} -> {_shown(after[key][what])}"
                for what, was in before[key].items()
                if was != after[key][what]
            ]
    return lines


def _indexed(ledger: Ledger) -> dict[tuple[str, ...], dict[str, Any]]:
    """What a diff compares, by the parts of the name of the claim or case."""
    index: dict[tuple[str, ...], dict[str, Any]] = {("", "paper"): {**ledger["paper"]}}
    for claim in ledger["claims"]:
        verdict = "qualified" if claim["qualified"] else claim["verdict"]
        index[(claim["id"],)] = {"verdict": verdict, "supported": claim["supported"], **pick(claim, AGREED)}
        for case in claim["cases"]:
            index[claim["id"], f"[{case['id']}]"] = pick(case, COMPARED)
    return index


def _shown(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _agree(named: Sequence[Named[Any]], key: str, what: str) -> None:
    """ValueError, naming two ledgers, where records of the same thing differ in a key."""
    for name, record in named[1:]:
        first_name, first = named[0]
        if record[key] != first[key]:
            raise ValueError(f"{what} differs: {_shown(first[key])} in {first_name}, {_shown(record[key])} in {name}")


def _merge_claims(named: Sequence[Named[Claim]]) -> Claim:
    known = [
        (name, claim) for name, claim in named if not claim["cases"] or not all(map(is_remembered, claim["cases"]))
    ]
    declared = max((claim for _, claim in known or named), key=_canonical_declaration)
    for key in AGREED if known else ():
        _agree(known, key, f"claim {declared['id']!r}: key {key!r}")
    cases: dict[str, list[Named[Case]]] = {}
    for name, claim in named:
        for case in claim["cases"]:
            cases.setdefault(case["id"], []).append((name, case))
    merged = {id: _merge_cases(f"case {declared['id']}[{id}]", found) for id, found in cases.items()}
    order = in_one_order([[case["id"] for case in claim["cases"]] for _, claim in named], _natural)
    made: Claim = {**declared, "cases": [merged[id] for id in order]}
    if quoted := _merge_quotes(quote for _, claim in named for quote in claim.get("quoted", ())):
        made["quoted"] = quoted
    return made


def _merge_quotes(quotes: Iterable[Quote]) -> list[Quote]:
    """Each quoted string once, with the worst that was found of it."""
    by_string: dict[str, Quote] = {}
    for quote in sorted(quotes, key=lambda each: (STANDINGS.index(each["standing"]), json.dumps(each))):
        by_string[quote["printed"]] = quote
    return sorted(by_string.values(), key=lambda each: each["printed"])


def _merge_cases(what: str, named: Sequence[Named[Case]]) -> Case:
    """The case with the sharpest evidence; ValueError where two state it differently or contradict each other."""
    declared = [(name, case) for name, case in named if not is_remembered(case)]
    run = [(name, case) for name, case in declared if case["verdict"] != "not run"]
    for among, keys in ((declared, ALWAYS), (run, ONCE_RUN)):
        for key in keys:
            _agree(among, key, f"{what}: key {key!r}")
    refuted = [(name, case) for name, case in run if case["verdict"] == "refuted"]
    held = [(name, case) for name, case in run if case["verdict"] == "holds" and case["grade"] not in YIELDING]
    if refuted and held:
        (here, stands), (there, falls) = held[0], refuted[0]
        raise ValueError(
            f"{what}: contradiction: holds ({stands['grade']}) in {here}, refuted ({falls['grade']}) in {there}"
        )
    return reduce(_sharper, (case for _, case in named))


def _sharper(one: Case, other: Case) -> Case:
    """The sharper of two records; two searches that found nothing add up their tries, stream by stream."""
    tries: dict[int | None, int] = {}
    singles = []
    for case in (one, other):
        searches = case.get("searches") or [Search(seed=case["seed"], samples=case["samples"] or 0)]
        if case["verdict"] == "holds" and case["grade"] == "search":
            for search in searches:
                tries[search["seed"]] = max(tries.get(search["seed"], 0), search["samples"])
        singles.append(_single(case))
    best = max(singles, key=_sharpness)
    if best["verdict"] != "holds" or best["grade"] != "search" or len(tries) < 2:
        return best
    ordered = [Search(seed=seed, samples=tries[seed]) for seed in sorted(tries, key=lambda seed: (seed is None, seed))]
    return {**best, "samples": sum(tries.values()), "searches": ordered}


def _single(case: Case) -> Case:
    """The record of the one search that stands for those added up: the sharpest of them."""
    if not (searches := case.get("searches")):
        return case
    single = case.copy()
    single["samples"] = next(search["samples"] for search in searches if search["seed"] == case["seed"])
    del single["searches"]
    return single


def _sharpness(case: Case) -> tuple[Any, ...]:
    """Sorts records of one case by how much they tell; records that tell the same by their text, so that one wins."""
    grade = len(GRADES) if case["grade"] is None else GRADES.index(case["grade"])
    coarse = Decimal("inf") if case["resolution"] is None else Decimal(case["resolution"])
    return (
        not is_remembered(case),
        ("not run", "inconclusive", "holds", "refuted").index(case["verdict"]),
        not _is_deselected(case),
        -grade,
        case["samples"] or 0,
        -coarse,
        -(len(GATES) if case["gate"] is None else GATES.index(case["gate"])),
        "curves" in case,
        _canonical(case),
    )


def _canonical(record: Mapping[str, Any]) -> str:
    return json.dumps(record, sort_keys=True)


def _canonical_declaration(claim: Claim) -> str:
    return _canonical(pick(claim, DECLARED))


def in_one_order(lists: Iterable[Sequence[str]], rank: Callable[[str], Any]) -> list[str]:
    """All names in an order that keeps that of each list; where the lists leave it open, or contradict, by rank."""
    before: dict[str, set[str]] = {}
    for names in lists:
        for name, previous in zip(names, [None, *names], strict=False):
            before.setdefault(name, set()).update([] if previous is None else [previous])
    sorter = graphlib.TopologicalSorter(before)
    try:
        sorter.prepare()
    except graphlib.CycleError:
        return sorted(before, key=lambda name: (rank(name), name))
    order: list[str] = []
    ready: list[tuple[Any, str]] = []
    while sorter.is_active():
        for name in sorter.get_ready():
            heapq.heappush(ready, (rank(name), name))
        _, first = heapq.heappop(ready)
        order.append(first)
        sorter.done(first)
    return order


def _natural(text: str) -> list[tuple[int, int, str]]:
    """Sorts names as people do: 2 before 10."""
    parts = re.findall(r"([0-9]{1,300})|([^0-9]+)", text)
    return [(0, int(number), "") if number else (1, 0, word) for number, word in parts]


def _index(sections: Sequence[str], section: str) -> int:
    return sections.index(section) if section in sections else len(sections)


def _is_deselected(case: Case) -> bool:
    return case["verdict"] == "not run" and case["reason"] == DESELECTED


def _merge_runs(ledgers: Sequence[Ledger], claims: Iterable[Claim]) -> Run:
    """One run record of several; what differs is joined, and each run's own record is kept under "merged".

    Parts come to the whole where one of them knows every claim, and each case was asked for in some.
    """
    found = [run for ledger in ledgers for run in ledger["run"].get("merged", [ledger["run"]])]
    by_text: dict[str, SingleRun] = {_canonical(run): run for run in found}
    single = sorted(by_text.values(), key=lambda run: (run["started"], _canonical(run)))
    if len(single) == 1:
        return cast("Run", single[0])
    versions: dict[str, list[str]] = {}
    for run in single:
        for package, version in run["packages"].items():
            versions.setdefault(package, []).append(version)
    commits = {run["commit"] for run in single}
    complete = any(run["complete"] for run in single)
    baselines = {run.get("baseline") for run in single}
    all_asked_for = complete and not any(_is_deselected(case) for claim in claims for case in claim["cases"])
    merged: Run = {
        "started": single[0]["started"],
        "seconds": round(sum(run["seconds"] for run in single), 2),
        "command": _joined((run["command"] for run in single), " & "),
        "commit": commits.pop() if len(commits) == 1 else None,
        "dirty": any(run["dirty"] for run in single),
        "python": _joined(run["python"] for run in single),
        "platform": _joined(run["platform"] for run in single),
        "packages": {package: _joined(found) for package, found in sorted(versions.items())},
        "device": _joined(run["device"] for run in single),
        "workers": sum(run["workers"] for run in single),
        "seed": single[0]["seed"],
        "interrupted": _joined((run["interrupted"] for run in single if run["interrupted"]), "; ") or None,
        "problems": list(dict.fromkeys(problem for run in single for problem in run["problems"])),
        "whole": all_asked_for or any(run["whole"] for run in single),
        "complete": complete,
        "exit_status": max(run["exit_status"] for run in single),
        "merged": single,
    }
    if len(baselines) == 1 and (baseline := baselines.pop()):
        merged["baseline"] = baseline
    return merged


def _joined(texts: Iterable[str], by: str = ", ") -> str:
    return by.join(dict.fromkeys(texts))
