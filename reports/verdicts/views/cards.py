"""What a page tells of one claim and of its cases, each thing once."""

from __future__ import annotations

import shlex
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from verdicts.views import outcome, plain, wording
from verdicts.views.drawing import draw
from verdicts.views.forest import axes
from verdicts.views.formulas import drawn as drawn_formula
from verdicts.vocabulary import FAILING, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verdicts.records import Case, Claim
    from verdicts.views.drawing import Axis

__all__ = [
    "EVIDENCE",
    "SUPPORT",
    "alone",
    "cases_words",
    "command",
    "drawing",
    "drawings",
    "evidence",
    "formula",
    "is_unfolded",
    "shared",
    "support",
    "titled",
    "took",
    "worst_first",
]

MOST_CASES_SHOWN = 12  # a claim with more cases shows them only when its list is opened
LEAST_SECONDS = 0.05  # that are worth telling
UNFOLDED = ("refuted", "inconclusive", "qualified")

EVIDENCE: Final = {
    "proof": "a proof",
    "arithmetic": "the paper's own numbers",
    "author data": "the authors' data",
    "model": "the model the paper names",
    "statistics": "statistics within the error budget",
    "search": "a search for counterexamples",
    "instances": "chosen points",
    "text": "reading the text",
}
"the grades in plain words"
SUPPORT: Final = {
    "refuted": "Rests on something refuted",
    "not run": "Rests on something not run",
    "undecided": "Rests on something undecided",
    "absent": "Rests on what is not in this ledger",
}


def formula(claim: Claim) -> Markup:
    """A claim's formula as MathML; its source and what is wrong with it where it cannot be drawn."""
    markup, fault = drawn_formula(claim["tex"])
    undrawn = Markup('<code>{}</code><p class="undrawn">This formula could not be drawn: {}</p>')
    return undrawn.format(claim["tex"], fault) if fault else markup


def drawing(case: Case, axis: Axis | None = None) -> Markup:
    """The two sets of a case as an inline SVG; empty where it has only one of them or none."""
    if not case["accepted"] or not case["computed"]:
        return Markup()
    return Markup(draw(case["accepted"], case["open"], case["computed"], axis))  # noqa: S704  # numbers


def drawings(cases: list[Case]) -> list[tuple[Case, Markup]]:
    """Each case with its drawing, on one axis where their sets can be compared."""
    return [(case, drawing(case, axis)) for case, axis in zip(cases, axes(cases), strict=True)]


def cases_words(claim: Claim) -> str:
    """How many cases a claim has and what became of them."""
    if len(claim["cases"]) == 1:
        return "Evidence"
    counts: Counter[str] = Counter(case["verdict"] for case in claim["cases"])
    verdicts = ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in VERDICTS if counts[verdict])
    return f"{plain.counted(len(claim['cases']), 'case')}: {verdicts}"


def worst_first(cases: list[Case]) -> list[Case]:
    """Cases in the order of their verdicts, otherwise as declared."""
    return sorted(cases, key=lambda case: VERDICTS.index(case["verdict"]))


def is_unfolded(claim: Claim) -> bool:
    """Whether a claim shows its cases at once."""
    matters = wording.standing(claim) in UNFOLDED or claim["gate"] in FAILING
    return matters and len(claim["cases"]) <= MOST_CASES_SHOWN


def shared(claim: Claim) -> dict[str, str]:
    """What is so for every case of a claim, and need not be said of each."""
    told = [_facts(case) for case in claim["cases"]]
    return {
        label: words
        for label, words in (told[0].items() if told else ())
        if all(each.get(label) == words for each in told)
    }


def evidence(case: Case, common: Mapping[str, str]) -> Mapping[str, str]:
    """The smaller facts about a case, but for those that all cases of its claim have in common."""
    return {label: words for label, words in _facts(case).items() if common.get(label) != words}


def _facts(case: Case) -> dict[str, str]:
    facts = {
        "evidence": EVIDENCE.get(case["grade"] or "", ""),
        **wording.facts(case),
        "twin": {True: "refuted", False: "not refuted", None: ""}[case["twin"]],
        "against the accepted verdict": outcome.GATES.get(case["gate"] or "", ""),
    }
    return {label: words for label, words in facts.items() if words}


def took(claim: Claim) -> str:
    """How long all cases of a claim took; empty where that is hardly anything."""
    seconds = sum(case["seconds"] for case in claim["cases"])
    return f"{seconds:,.1f} s" if seconds >= LEAST_SECONDS else ""


def command(claim: Claim) -> str:
    """The line that runs all cases of a claim; empty where no one test does, or it is not declared any more."""
    tests = {_test(case["reproduce"])[0] for case in claim["cases"] if case["reproduce"]}
    return tests.pop() if len(tests) == 1 else ""


def alone(case: Case, together: str) -> str:
    """What runs a case alone: what is put behind the command of its claim, or a line of its own."""
    return _test(case["reproduce"])[1] if together else case["reproduce"]


@cache
def _test(reproduce: str) -> tuple[str, str]:
    """The command that runs a test, and the parameters that pick one case of it, in brackets."""
    try:
        *start, node = shlex.split(reproduce)
    except ValueError:
        return reproduce, ""
    file, colons, test = node.partition("::")
    name, bracket, parameters = test.partition("[")
    return shlex.join([*start, f"{file}{colons}{name}"]), bracket + parameters


def titled(full: str, shown: str) -> Markup:
    """The attribute that tells a number in full where it is shown shortened."""
    return Markup(' title="{}"').format(full) if full != shown else Markup()


def support(claim: Claim, by_id: Mapping[str, Claim]) -> dict[str, list[str]]:
    """What is wrong with what a claim rests on, directly or not: a key of SUPPORT, with the claims it is said of."""
    found: dict[str, list[str]] = {"refuted": claim["unsupported_by"], "not run": [], "undecided": [], "absent": []}
    for id in claim["unchecked"]:
        verdict = by_id[id]["verdict"] if id in by_id else "absent"
        found["undecided" if verdict == "inconclusive" else verdict].append(id)
    return {name: ids for name, ids in found.items() if ids}
