"""What is to be shown at a line of a file of claims: everything that keeps a run from being green, then refutations."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from verdicts.views import wording
from verdicts.views.commands import commands
from verdicts.views.outcome import GATES, changes, outcome
from verdicts.vocabulary import FAILING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verdicts.records import Case, Claim, Ledger


class Remark(NamedTuple):
    """One thing to be shown."""

    rule: str
    "a gate, `problem` or `refuted`"
    level: str
    "error where it fails the run, note otherwise"
    name: str
    "of the claim or case; empty for what is wrong with the run"
    text: str
    "in a few lines"
    file: str
    "from the root of the project; empty where it is none"
    line: int


def remarks(ledger: Ledger) -> Iterator[Remark]:
    """Problems of the run, then cases that are not as accepted, gravest first, then refuted claims, worst first."""
    typed = commands(ledger)
    verdict = outcome(ledger)
    for problem in [*(fact for fact in verdict.facts if fact.startswith("interrupted")), *verdict.problems]:
        yield Remark("problem", "error", "", problem, "", 1)
    for gate, members in changes(ledger).items():
        for claim, case in members if gate in FAILING else ():
            yield Remark(
                gate, "error", *_told(claim, case, f"{GATES[gate]}\n{typed.remedy(gate, claim)}", typed.folder)
            )
    for section in wording.sections(ledger):
        for claim in section.claims:
            if wording.standing(claim) == "refuted" and wording.is_of_the_paper(claim):
                yield Remark("refuted", "note", *_told(claim, wording.worst_case(claim), claim["note"], typed.folder))


def _told(claim: Claim, case: Case | None, more: str, folder: str) -> tuple[str, str, str, int]:
    evidence = f"stated: {wording.stated_words(case)}\nfound: {wording.finding(case)}" if case else ""
    reproduce = f"reproduce: {case['reproduce']}" if case and case["reproduce"] else ""
    text = "\n".join(filter(None, (f"{claim['at']}: {claim['says']}", evidence, more, reproduce)))
    return wording.full_name(claim, case), text, str(PurePosixPath(folder, claim["file"])), claim["line"]
