"""What was found in a paper, as Markdown that can be printed: what is refuted by its cost, qualified, inconclusive."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from verdicts.views import wording
from verdicts.views.cards import EVIDENCE, command
from verdicts.views.formulas import drawn
from verdicts.views.numerals import miss
from verdicts.views.plain import counted, readable, shorten
from verdicts.views.weight import costs
from verdicts.vocabulary import APART

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from verdicts.records import Case, Claim, Ledger
    from verdicts.views.weight import Cost

LONGEST: Final = 400  # characters of a text in a list
MOST_HEADLINES: Final = 12
_SPECIAL: Final = re.compile(r"[\\`*_{}\[\]<>~$&|#@]|(?<=www)\.|:(?=//)")
"what some dialect of Markdown, or HTML, reads as more than itself within a line"


def render(ledger: Ledger) -> str:
    """The findings as Markdown that every dialect reads alike: no text of a claim is more than text."""
    ledger = readable(ledger)
    by_id = {claim["id"]: claim for claim in ledger["claims"]}
    found = costs(ledger)
    costly, slips = ([cost for cost in found if bool(cost.headlines) is heads] for heads in (True, False))
    parts = [
        f"# What was found in “{inert(ledger['paper']['title'])}”\n",
        "\n".join(_source(ledger)) + "\n",
        *_refuted("Refuted, by what it costs the paper", costly, by_id),
        *_refuted("Slips: refuted, and no headline claim rests on them", slips, by_id),
        *_listed("Qualified: true in the primary reading only", _claims(ledger, "qualified")),
        *_listed("Inconclusive", _claims(ledger, "inconclusive")),
        *_listed("Refuted, apart from the paper's own claims", _apart(ledger)),
    ]
    return "\n".join(parts)


def inert(text: str, length: int | None = None) -> str:
    """Any text as one line in which Markdown and HTML read nothing: what they would obey stands as a reference."""
    line = shorten(text, length) if length else " ".join(text.split())
    return _SPECIAL.sub(lambda sign: f"&#{ord(sign[0])};", line)


def _code(text: str) -> str:
    return f"<code>{inert(text)}</code>"


def _source(ledger: Ledger) -> Iterator[str]:
    """Of which ledger this is a view, and what all of it comes to."""
    run, summary = ledger["run"], ledger["summary"]
    commit = f", commit {run['commit'][:12]}" if run["commit"] else ""
    part = "" if run["complete"] else " Only a part of the claims is in it."
    yield f"{inert(wording.paper_name(ledger))}, from the ledger of {run['started'][:10]}{commit}.{part}"
    yield "A view of the ledger, which is written anew with it: nothing here is edited by hand."
    yield ""
    yield "| | claims | cases | " + " | ".join(wording.STANDINGS) + " |"
    yield "|---|" + "---|" * (2 + len(wording.STANDINGS))
    for label, counts in (("of the paper", summary), *((kind, summary[kind]) for kind in APART)):
        if counts["claims"]:
            numbers = (counts["claims"], counts["cases"], *wording.summary_counts(counts).values())
            yield f"| {label} | " + " | ".join(f"{number:,}" for number in numbers) + " |"


def _refuted(title: str, found: list[Cost], by_id: dict[str, Claim]) -> Iterator[str]:
    if found:
        yield f"## {title} ({len(found)})\n"
    for cost in found:
        yield "\n\n".join(_finding(cost, by_id)) + "\n"


def _finding(cost: Cost, by_id: dict[str, Claim]) -> Iterator[str]:
    """One refuted claim: what the paper says, what was found, what is true instead, why, on what evidence."""
    claim, case = cost.claim, wording.worst_case(cost.claim)
    also = f"; also {', '.join(claim['also_at'])}" if claim["also_at"] else ""
    yield f"### {_code(claim['id'])}"
    yield f"**At** {inert(claim['at'] + also)}"
    yield f"**The paper says** {inert(claim['says'])}"
    if claim["tex"] and not drawn(claim["tex"]).fault and "$" not in claim["tex"]:
        yield f"$${' '.join(claim['tex'].split())}$$"
    if case:
        yield f"**Found** {inert(_found(case))}"
    if claim["instead"] in by_id:
        instead = by_id[claim["instead"] or ""]
        yield f"**True instead** {inert(instead['says'])} ({_code(instead['id'])}, {wording.standing(instead)})"
    if claim["note"]:
        yield f"**Why** {inert(claim['note'])}"
    if case:
        how = f": {inert(case['method'], LONGEST)}" if case["method"] else ""
        yield f"**Evidence** {EVIDENCE.get(case['grade'] or '', 'none')}{how}"
    if cost.headlines:
        heads = ", ".join(_code(head["id"]) for head in cost.headlines[:MOST_HEADLINES])
        more = len(cost.headlines) - MOST_HEADLINES
        words = f"{heads}{f' and {more} more' if more > 0 else ''}"
        yield f"**What it costs** {counted(len(cost.headlines), 'headline claim')}: {words}"
    if cost.repeats:
        repeats = (f"{_code(each['id'])} ({inert(each['at'])})" for each in cost.repeats)
        yield f"**The same fault** {', '.join(repeats)}"
    if line := command(claim) or (case["reproduce"] if case else ""):
        yield f"**Reproduce** {_code(line)}"


def _found(case: Case) -> str:
    name = f" ({wording.case_name(case)})" if wording.case_name(case) else ""
    return f"{_against(case)}{name}"


def _against(case: Case) -> str:
    """What is stated, what was found, and by how much they differ."""
    stated = f"stated {wording.stated_words(case)}, " if wording.stated_words(case) else ""
    verb = "computed " if case["computed"] and not case["counterexample"] else ""
    away = f", off by {miss(case)}" if miss(case) else ""
    return f"{stated}{verb}{wording.finding(case)}{away}"


def _claims(ledger: Ledger, name: str) -> Iterator[Claim]:
    return (claim for claim in ledger["claims"] if wording.standing(claim) == name and wording.is_of_the_paper(claim))


def _apart(ledger: Ledger) -> Iterator[Claim]:
    return (
        claim
        for claim in ledger["claims"]
        if wording.standing(claim) == "refuted" and not wording.is_of_the_paper(claim)
    )


def _listed(title: str, claims: Iterable[Claim]) -> Iterator[str]:
    """A line for each claim: what it says, how it fails or what was found, and why."""
    items = [f"- {_item(claim)}" for claim in claims]
    if items:
        yield "\n".join((f"## {title} ({len(items)})\n", *items, ""))


def _item(claim: Claim) -> str:
    case = wording.worst_case(claim)
    parts = [f"{_code(claim['id'])}, {inert(claim['at'])}: {inert(claim['says'], LONGEST)}."]
    if case and claim["qualified"]:
        reading = inert(case["reading"] or wording.case_name(case), LONGEST)
        parts.append(f"**Fails as** {reading}: {inert(_against(case), LONGEST)}.")
    elif case:
        parts.append(f"**Found** {inert(_found(case), LONGEST)}.")
    if claim["note"]:
        parts.append(f"**Why** {inert(claim['note'], LONGEST)}")
    return " ".join(parts)
