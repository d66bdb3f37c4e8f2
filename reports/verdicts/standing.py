"""How a whole run stands to what was accepted: what vanished since, and what an accepting run comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from verdicts.baseline import GONE, accepted_cases, is_gone
from verdicts.forgetting import command
from verdicts.ledger import assemble, conclude
from verdicts.records import blank_case
from verdicts.vocabulary import FAILING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from verdicts.accepted import AcceptedClaim
    from verdicts.baseline import Baseline
    from verdicts.declared import Catalogue, CatalogueCase, CatalogueClaim
    from verdicts.records import Case, Claim, Ledger
    from verdicts.vocabulary import Gate


def with_vanished(
    catalogue: Catalogue, baseline: Baseline, allowed: Collection[str], *, silent: Mapping[str, str]
) -> tuple[Catalogue, dict[tuple[str, str], Case]]:
    """A catalogue with the accepted cases that it lacks, and their records: a verdict must not vanish in silence.

    Args:
        catalogue: of a run that asked for every claim.
        baseline: remembers what was accepted.
        allowed: grades, and ids of claims, that may be missing.
        silent: the files that could not be collected, with the reason: what they declared is lost, but not gone.
    """
    collected = {(claim["id"], case["id"]) for claim in catalogue["claims"] for case in claim["cases"]}
    records: dict[tuple[str, str], Case] = {}
    missing: dict[str, list[str]] = {}
    for claim, case in baseline.vanished(collected):
        file = baseline.claims[claim]["file"]
        gate: Gate = "lost" if file in silent else "gone"
        if baseline.may_miss(claim, case, allowed):
            gate = "excused"
        reason = f"{file} was not collected: {silent[file]}" if file in silent else GONE
        records[claim, case] = blank_case(id=case, reason=reason, gate=gate)
        missing.setdefault(claim, []).append(case)
    claims = [_extended(claim, missing.pop(claim["id"], [])) for claim in catalogue["claims"]]
    claims += [_extended(_remembered(claim, baseline.claims[claim]), cases) for claim, cases in missing.items()]
    return {**catalogue, "claims": claims}, records


def _extended(claim: CatalogueClaim, cases: Iterable[str]) -> CatalogueClaim:
    last = max((case["rank"] for case in claim["cases"]), default=[])
    more: list[CatalogueCase] = [
        {"id": id, "reading": None, "primary": True, "reproduce": "", "rank": [*last, 0]} for id in cases
    ]
    return {**claim, "cases": [*claim["cases"], *more]}


def _remembered(id: str, entry: AcceptedClaim) -> CatalogueClaim:
    return {
        "id": id,
        "at": entry["at"],
        "also_at": [],
        "section": "",
        "says": entry["says"],
        "tex": "",
        "kind": entry["kind"],
        "rests_on": [],
        "note": "",
        "instead": None,
        "primary": "",
        "file": entry["file"],
        "line": 0,
        "cases": [],
    }


def differences(ledger: Ledger, baseline: Baseline) -> list[str]:
    """The cases of a ledger, a merged one say, that do not stand as accepted, and those that it lacks, a line each."""
    found = []
    for claim in ledger["claims"]:
        for case in claim["cases"]:
            gate = case["gate"] if case["gate"] == "excused" else baseline.gate(claim["id"], case)
            if gate in FAILING:
                found.append(f"{_name(claim['id'], case['id'])}: {gate}: {case['reason'] or case['verdict']}")
    known = {(claim["id"], case["id"]) for claim in ledger["claims"] for case in claim["cases"]}
    return found + [f"{_name(*key)}: gone: {GONE}" for key in baseline.vanished(known)]


def still_gone(ledger: Ledger, baseline: Baseline) -> list[str]:
    """How many accepted cases a run of all claims found no longer declared, and what erases them; nothing of none."""
    gone = {(claim["id"], case["id"]) for claim in ledger["claims"] for case in claim["cases"] if is_gone(case)}
    kept = {key for key in gone if baseline.entry(*key)}
    return [command(kept, baseline.claims, baseline.path)] if kept else []


def _name(claim: str, case: str) -> str:
    return f"{claim}[{case}]" if case else claim


def accepted(ledger: Ledger, baseline: Baseline, what: Sequence[str]) -> tuple[Ledger, list[str]]:
    """A ledger after its verdicts were accepted into the baseline, and what is said of that, a line each.

    OSError where the baseline cannot be written, ValueError where what is to be accepted is not there.
    """
    before = accepted_cases(baseline)
    baseline.accept(ledger, what)
    after = accepted_cases(baseline)
    taken = sum(before.get(key) != entry for key, entry in after.items())
    told = f"{baseline.path}: {taken} accepted, {len(before.keys() - after.keys())} erased"
    said = [told, *still_gone(ledger, baseline)]
    return gated_anew(ledger, baseline), said


def gated_anew(ledger: Ledger, baseline: Baseline) -> Ledger:
    """A ledger after its verdicts were accepted: held against the new baseline, without what was erased from it."""
    claims: list[Claim] = []
    for claim in ledger["claims"]:
        cases = [case for case in claim["cases"] if not is_gone(case) or baseline.entry(claim["id"], case["id"])]
        for case in cases:
            if case["verdict"] != "not run":
                case["gate"] = baseline.gate(claim["id"], case)
        if cases:
            claims.append({**claim, "cases": cases})
    conclude(claims)
    return assemble(ledger, ledger["run"], claims)
