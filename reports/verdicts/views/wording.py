"""The words, the order and the grouping that all views share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from verdicts.ledger import APART
from verdicts.views.numerals import computed, gap, interval, off_by

Claim = dict[str, Any]
Case = dict[str, Any]
Ledger = dict[str, Any]

#: A claim's standing: its verdict, or "qualified" where it holds in its primary reading only. Worst first.
STANDINGS = ("refuted", "inconclusive", "not run", "qualified", "holds")
GLYPHS = {"refuted": "✗", "inconclusive": "?", "not run": "–", "qualified": "±", "holds": "✓"}
MEANINGS = {
    "refuted": "the computed set lies outside the accepted one, or a counterexample was found",
    "inconclusive": "the two sets overlap, and the declared effort did not separate them",
    "not run": "the evidence was not gathered; the reason is given",
    "qualified": "the claim holds in its primary reading and fails in another",
    "holds": "the computed set lies inside the accepted one",
}
#: Grades of evidence, strongest first.
GRADES = {
    "proof": "ball arithmetic, exact algebra or certified subdivision",
    "arithmetic": "follows from the paper's own printed numbers",
    "author data": "computed from the data the authors released",
    "model": "measured on the model the paper names",
    "statistics": "a confidence set within the run's error budget",
    "search": "a search for counterexamples; finding none is not a proof",
}
GATES = {
    "worse": "worse than accepted",
    "stale": "statement changed since accepted",
    "new": "not yet accepted",
    "better": "better than accepted",
    "gone": "accepted earlier, now absent",
}
NO_SECTION = "Claims that are no longer collected"
ACCEPT = "pytest claims/ --verdicts-accept"


class Section(NamedTuple):
    """One section of the paper with its claims, worst first."""

    id: str
    title: str
    claims: list[Claim]

    @property
    def name(self) -> str:
        """The section as a heading: its number, then its title."""
        return self.title if self.id == self.title else f"{self.id} {self.title}".strip()

    @property
    def paper_claims(self) -> list[Claim]:
        """The paper's own claims, apart from review, extensions and replications."""
        return [claim for claim in self.claims if is_of_the_paper(claim)]

    @property
    def counts(self) -> dict[str, int]:
        """How many of the paper's claims have each standing."""
        return count_standings(self.paper_claims)


def standing(claim: Claim) -> str:
    """The verdict as readers meet it: "qualified" sets a holding claim apart when another reading fails."""
    return "qualified" if claim["qualified"] else str(claim["verdict"])


def is_of_the_paper(claim: Claim) -> bool:
    """Whether the claim is the paper's own, rather than a review's, an extension or a replication."""
    return claim["kind"] not in APART


def count_standings(claims: Iterable[Claim]) -> dict[str, int]:
    """Number of claims of each standing, worst first, zeros included."""
    counts = Counter(standing(claim) for claim in claims)
    return {name: counts[name] for name in STANDINGS}


def summary_counts(counts: dict[str, int]) -> dict[str, int]:
    """The five verdict counts of a ledger's summary, worst first."""
    return {name: counts[name.replace(" ", "_")] for name in STANDINGS}


def counted(number: int, noun: str) -> str:
    """A number with its noun, in the plural where it is due."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def sections(ledger: Ledger) -> list[Section]:
    """Sections that have claims, in the paper's order; claims worst first, otherwise in the ledger's order."""
    titles = {section["id"]: section["title"] for section in ledger["sections"]} | {"": NO_SECTION}
    members: dict[str, list[Claim]] = {id: [] for id in titles}
    for claim in ledger["claims"]:
        members[claim["section"]].append(claim)
    return [Section(id, titles[id], sorted(claims, key=severity)) for id, claims in members.items() if claims]


def severity(claim: Claim) -> int:
    """Rank of a claim's standing: 0 is the worst."""
    return STANDINGS.index(standing(claim))


def worst_case(claim: Claim) -> Case | None:
    """The case that best shows the claim's standing: of its worst verdict, the one furthest off."""
    shown = "refuted" if claim["qualified"] else claim["verdict"]
    matching = [case for case in claim["cases"] if case["verdict"] == shown]
    primary = [case for case in matching if case["primary"]]
    candidates = matching if claim["qualified"] else primary or matching
    return max(candidates, key=gap, default=None)


def case_name(case: Case) -> str:
    """A case's id and reading, whichever there are."""
    reading = f"reading: {case['reading']}" if case["reading"] and case["reading"] not in case["id"] else ""
    return ", ".join(part for part in (case["id"], reading) if part)


def verdict_phrase(case: Case) -> str:
    """A case's verdict in words that claim no more than its evidence supports."""
    if case["verdict"] == "holds" and case["grade"] == "search":
        return f"no counterexample in {case['samples']:,}" if case["samples"] else "no counterexample found"
    if case["verdict"] == "holds" and case["grade"] == "proof":
        return "holds, proved"
    return str(case["verdict"])


def stated_words(case: Case) -> str:
    """What the paper states, as printed, or else the set its words accept."""
    if case["stated"]:
        return str(case["stated"])
    return interval(case["accepted"], case["open"]) if case["accepted"] else ""


def finding(case: Case) -> str:
    """What was found, in one short phrase: the computed set, the counterexample, or why there is neither."""
    if case["verdict"] == "not run":
        return str(case["reason"])
    if case["counterexample"]:
        return f"counterexample {case['counterexample']}"
    if case["computed"]:
        return computed(case)
    return str(case["reason"]) or verdict_phrase(case)


def distance(case: Case) -> str:
    """By how much a refuted case misses; empty where nothing was refuted by two sets."""
    return off_by(case) if case["verdict"] == "refuted" else ""


def cases_of(ledger: Ledger) -> Iterator[tuple[Claim, Case]]:
    """Every case with its claim, in the ledger's order."""
    for claim in ledger["claims"]:
        for case in claim["cases"]:
            yield claim, case


def full_name(claim: Claim, case: Case | None) -> str:
    """A case's name within the whole ledger; the claim's where there is no case."""
    name = case_name(case) if case else ""
    return f"{claim['id']}[{name}]" if name else str(claim["id"])


def changes(ledger: Ledger) -> dict[str, list[tuple[Claim, Case | None]]]:
    """Cases (or claims without any) whose verdict is not the accepted one, by gate, gravest first."""
    found: dict[str, list[tuple[Claim, Case | None]]] = {gate: [] for gate in GATES}
    for claim in ledger["claims"]:
        if not claim["cases"] and claim["gate"] in found:
            found[claim["gate"]].append((claim, None))
        for case in claim["cases"]:
            if case["gate"] in found:
                found[case["gate"]].append((claim, case))
    return {gate: members for gate, members in found.items() if members}


def weak_checks(ledger: Ledger) -> list[tuple[Claim, Case]]:
    """Cases whose resolution is coarser than the digits the paper prints."""
    return [(claim, case) for claim, case in cases_of(ledger) if case["weak"]]


def reasons_not_run(claims: Iterable[Claim]) -> Counter[str]:
    """How many cases were not run, by the reason given."""
    return Counter(
        case["reason"] or "no reason recorded"
        for claim in claims
        for case in claim["cases"]
        if case["verdict"] == "not run"
    )


def shorten(text: str, length: int) -> str:
    """The text on one line, cut at a word where possible, with an ellipsis where something was cut."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    cut = line[: max(length - 1, 0)]
    at_word = cut.rfind(" ")
    return (cut[:at_word] if at_word > length * 0.6 else cut).rstrip(" ,;:.") + "…"


def clip(text: str, length: int) -> str:
    """A name on one line, with an ellipsis in its middle where it is too long; both its ends stay readable."""
    line = " ".join(text.split())
    if len(line) <= length:
        return line
    tail = (length - 1) // 2
    return f"{line[: length - 1 - tail]}…{line[len(line) - tail :]}"


def paper_name(ledger: Ledger) -> str:
    """The paper's id and version."""
    return " ".join(filter(None, (ledger["paper"]["id"], ledger["paper"]["version"])))


def run_words(ledger: Ledger) -> dict[str, str]:
    """The run record as label and words, in reading order; what is unknown is left out."""
    run = ledger["run"]
    commit = (run["commit"] or "")[:12]
    record = {
        "started": run["started"].replace("T", " "),
        "took": f"{run['seconds']:,.1f} s",
        "command": run["command"],
        "commit": f"{commit} with uncommitted changes" if commit and run["dirty"] else commit,
        "seed": str(run["seed"]),
        "device": run["device"],
        "workers": str(run["workers"]),
        "Python": run["python"],
        "platform": run["platform"],
        "packages": ", ".join(f"{name} {version}" for name, version in run["packages"].items()),
        "merged from": counted(len(run["merged"]), "run") if "merged" in run else "",
        "interrupted": run["interrupted"] or "",
    }
    return {label: words for label, words in record.items() if words}
