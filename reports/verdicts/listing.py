"""Which claims of a ledger are asked for, and all that a ledger knows of one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from verdicts.spelling import near
from verdicts.views import wording
from verdicts.views.numerals import full_interval
from verdicts.views.plain import counted
from verdicts.views.quoting import quoted_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from verdicts.records import Case, Claim, Ledger

MOST_CASES: Final = 12
"cases of one claim told in full, before those that stand like the others are counted only"


def selected(ledger: Ledger, wanted: Mapping[str, str | None]) -> list[Claim]:
    """The claims that have all that is wanted, in the ledger's order.

    Args:
        ledger: of a run.
        wanted: verdict (or "qualified"), section, grade, kind and gate; None for any. A place counts as a section.

    Raises:
        ValueError: nothing of the ledger could have what is wanted, as where a section has another name.
    """
    known: dict[str, set[str]] = {key: set() for key in wanted}
    found = []
    for claim in ledger["claims"]:
        has = _facts(claim)
        for key in wanted:
            known[key] |= has[key]
        if all(value is None or value in has[key] for key, value in wanted.items()):
            found.append(claim)
    known["section"] |= {section["id"] for section in ledger["sections"]}
    known["verdict"] |= set(wording.STANDINGS)
    for key, value in wanted.items():
        if value is not None and value not in known[key]:
            raise ValueError(f"--{key} {value}: no claim has it{_near(value, known[key])}")
    return found


def _facts(claim: Claim) -> dict[str, set[str]]:
    """What a claim can be asked for by."""
    return {
        "verdict": {wording.standing(claim)},
        "section": {claim["section"], claim["at"], *claim["also_at"]},
        "grade": {case["grade"] for case in claim["cases"] if case["grade"]},
        "kind": {claim["kind"]},
        "gate": {case["gate"] for case in claim["cases"] if case["gate"]},
    }


def row(claim: Claim) -> str:
    """One claim on one line."""
    case = wording.worst_case(claim)
    away = wording.distance(case) if case else ""
    facts = ", ".join(filter(None, (away, claim["grade"], claim["at"])))
    return f"{wording.GLYPHS[wording.standing(claim)]} {claim['id']}  ({facts})  {claim['says']}"


def account(ledger: Ledger, id: str) -> dict[str, Any]:
    """A claim with all that the ledger knows of it, and what in the ledger rests on it, directly or not.

    ValueError where the ledger has no such claim.
    """
    claims = {claim["id"]: claim for claim in ledger["claims"]}
    if id not in claims:
        raise ValueError(f"{id}: no claim of the ledger{_near(id, set(claims))}")
    above = {claim["id"] for claim in ledger["claims"] if id in claim["rests_on"]}
    level = above
    while level := {claim["id"] for claim in ledger["claims"] if level & set(claim["rests_on"])} - above:
        above |= level
    return {**claims[id], "rested_on_by": [each for each in claims if each in above]}


def why(ledger: Ledger, id: str) -> list[str]:
    """All that is known of one claim, in lines to be read."""
    known: Any = account(ledger, id)
    claim: Claim = known
    standings = {each["id"]: wording.standing(each) for each in ledger["claims"]}

    def named(ids: list[str]) -> str:
        return ", ".join(f"{each} ({standings.get(each, 'not in this ledger')})" for each in ids)

    facts = {
        "at": ", ".join([claim["at"], *claim["also_at"]]),
        "says": claim["says"],
        "formula": claim["tex"],
        "kind": claim["kind"],
        "grade": f"{claim['grade']}: {wording.GRADES[claim['grade']]}" if claim["grade"] else "",
        "verdict": f"{wording.standing(claim)}: {_meaning(claim)}",
        "accepted": claim["gate"] or "",
        "in the paper's text": "; ".join(quoted_words(claim)),
        "note": claim["note"],
        "true instead": named([claim["instead"]]) if claim["instead"] else "",
        "rests on": named(claim["rests_on"]),
        "support": wording.support_words(claim),
        "rest on it": named(known["rested_on_by"]),
        "declared": f"{claim['file']}, line {claim['line']}",
    }
    lines = [f"{wording.GLYPHS[wording.standing(claim)]} {id}"]
    lines += [f"  {label}: {words}" for label, words in facts.items() if words]
    return [*lines, *_cases(claim)]


def _meaning(claim: Claim) -> str:
    """What the standing of a claim says; an inconclusive search compares no two sets."""
    case = wording.worst_case(claim)
    if claim["verdict"] == "inconclusive" and case and case["grade"] == "search":
        return "no counterexample was found, but the search does not refute its false twin either"
    return wording.MEANINGS[wording.standing(claim)]


def _cases(claim: Claim) -> Iterator[str]:
    ordered = sorted(claim["cases"], key=lambda case: wording.STANDINGS.index(case["verdict"]))
    for case in ordered[:MOST_CASES]:
        yield f"  {wording.GLYPHS[case['verdict']]} {wording.case_name(case) or 'its only case'}: {_verdict(case)}"
        for label, words in _evidence(case).items():
            yield f"      {label}: {words}"
    if len(ordered) > MOST_CASES:
        yield f"  and {counted(len(ordered) - MOST_CASES, 'more case')}: --json tells them all"


def _verdict(case: Case) -> str:
    return f"{wording.verdict_phrase(case)}{'' if case['primary'] else ' (not the primary reading)'}"


def _evidence(case: Case) -> dict[str, str]:
    """What a case was decided on, as label and words."""
    known = {
        "stated": wording.stated_words(case),
        "accepted": full_interval(case["accepted"], case["open"]) if case["accepted"] else "",
        "computed": full_interval(case["computed"]) if case["computed"] else "",
        "off by": wording.distance(case),
        "resolution": case["resolution"] or "",
        **{label or "because": words for label, words in wording.facts(case).items()},
        "took": f"{case['seconds']:.2f} s" if case["seconds"] else "",
        "against baseline": case["gate"] or "",
        "reproduce": case["reproduce"],
    }
    return {label: words for label, words in known.items() if words}


def _near(value: str, known: set[str]) -> str:
    found = near(value, known)
    return f"; near it: {', '.join(found)}" if found else ""
