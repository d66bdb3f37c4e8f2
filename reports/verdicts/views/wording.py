"""The words, the order and the grouping that all views share."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from verdicts.views.numerals import amount, gap, off_by
from verdicts.views.plain import counted, listed
from verdicts.views.sets import computed, interval
from verdicts.vocabulary import APART, FAILING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from verdicts.records import Case, Claim, Counts, Ledger

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
    "proof": "covers all that is claimed: a ball for one number, exact algebra or certified subdivision for all",
    "arithmetic": "follows from the paper's own printed numbers, whatever was rounded off them",
    "author data": "computed from the data the authors released",
    "model": "measured on the model the paper names",
    "statistics": "a confidence set within the run's error budget",
    "search": "a search for counterexamples; finding none is not a proof",
    "instances": "computed at chosen points; nothing is shown between them, however many the digits",
    "text": "established by reading the paper or what it cites",
}
#: What is said of a case that holds, by its grade; "proved" is said of a proof alone.
HOLDING = {
    "proof": "holds, proved",
    "arithmetic": "holds by the paper's own numbers",
    "author data": "holds in the authors' data",
    "model": "holds on the model measured",
    "statistics": "holds within the error budget",
    "text": "holds, as read in the text",
}
#: What is said of a case that was not run though it was accepted.
NOT_RUN = {
    "gone": "gone: accepted, not declared any more",
    "lost": "lost: not run though accepted",
    "excused": "not run though accepted, as this run allows",
}
SAMPLES = {"search": "tried", "instances": "points"}
NO_SECTION = "Claims that are no longer declared"
MOST_NAMES = 12  # claims named in one row, before "and so many more"


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
    return "qualified" if claim["qualified"] else claim["verdict"]


def is_of_the_paper(claim: Claim) -> bool:
    """Whether the claim is the paper's own, rather than a review's, an extension or a replication."""
    return claim["kind"] not in APART


def count_standings(claims: Iterable[Claim]) -> dict[str, int]:
    """Number of claims of each standing, worst first, zeros included."""
    counts = Counter(standing(claim) for claim in claims)
    return {name: counts[name] for name in STANDINGS}


def summary_counts(counts: Counts) -> dict[str, int]:
    """The five verdict counts of a ledger's summary, worst first."""
    numbers: Mapping[str, object] = counts
    return {name: int(str(numbers[name.replace(" ", "_")])) for name in STANDINGS}


def sections(ledger: Ledger) -> list[Section]:
    """Sections that have claims, in the paper's order; claims worst first, otherwise in the ledger's order."""
    titles = {section["id"]: section["title"] for section in ledger["sections"]}
    titles |= {claim["section"]: claim["section"] for claim in ledger["claims"] if claim["section"] not in titles}
    titles.pop("", None)
    titles[""] = NO_SECTION
    members: dict[str, list[Claim]] = {id: [] for id in titles}
    for claim in ledger["claims"]:
        members[claim["section"]].append(claim)
    return [Section(id, titles[id], sorted(claims, key=severity)) for id, claims in members.items() if claims]


def without_claims(ledger: Ledger) -> list[str]:
    """The sections of the paper about which nothing is claimed yet, as headings."""
    known = {claim["section"] for claim in ledger["claims"]}
    return [Section(one["id"], one["title"], []).name for one in ledger["sections"] if one["id"] not in known]


def severity(claim: Claim) -> int:
    """Rank of a claim's standing: 0 is the worst."""
    return STANDINGS.index(standing(claim))


def worst_case(claim: Claim) -> Case | None:
    """The case that best shows the claim's standing: of its worst verdict, the one furthest off, or the lost one."""
    shown = "refuted" if claim["qualified"] else claim["verdict"]
    matching = [case for case in claim["cases"] if case["verdict"] == shown]
    primary = [case for case in matching if case["primary"]]
    candidates = matching if claim["qualified"] else primary or matching
    return max(
        candidates, key=lambda case: (case["verdict"] == "not run" and case["gate"] in FAILING, gap(case)), default=None
    )


def case_name(case: Case) -> str:
    """A case's id and reading, whichever there are."""
    reading = f"reading: {case['reading']}" if case["reading"] and case["reading"] not in case["id"] else ""
    return ", ".join(part for part in (case["id"], reading) if part)


def full_name(claim: Claim, case: Case | None) -> str:
    """A case's name within the whole ledger; the claim's where there is no case."""
    name = case_name(case) if case else ""
    return f"{claim['id']}[{name}]" if name else claim["id"]


def verdict_phrase(case: Case) -> str:
    """A case's verdict in words that claim no more than its evidence supports."""
    if case["verdict"] == "not run":
        return NOT_RUN.get(case["gate"] or "", "not run")
    if case["verdict"] != "holds":
        return case["verdict"]
    if case["grade"] == "search":
        return f"no counterexample in {case['samples']:,}" if case["samples"] else "no counterexample found"
    if case["grade"] == "instances":
        return _at_points(case)
    return HOLDING.get(case["grade"] or "", "holds")


def of_one_case(claim: Claim, case: Case) -> str:
    """Which case of a claim was not run, where it is otherwise with others: what is said is not said of the claim."""
    states = {(each["verdict"], each["gate"]) for each in claim["cases"]}
    partly = case["verdict"] == "not run" and len(states) > 1
    return f"case {case_name(case) or 'without parameters'}: " if partly else ""


def _at_points(case: Case) -> str:
    """What holds at chosen points; the digits to which two routes agree, where their difference is what was bounded."""
    points = counted(case["samples"], "point") if case["samples"] else "the points"
    digits = _digits_of_agreement(case)
    if digits:
        return f"agrees at {points} to {counted(digits, 'digit')}"
    return f"holds at the {points.removeprefix('the ')} tried"


def _digits_of_agreement(case: Case) -> int:
    """The number d where the accepted values are [0, 10^−d], as of a relative difference; otherwise 0."""
    low, high = case["accepted"] or (None, None)
    if low is None or high is None or Decimal(low) != 0:
        return 0
    bound = Decimal(high)
    return max(-bound.adjusted(), 0) if bound == Decimal((0, (1,), bound.adjusted())) else 0


def stated_words(case: Case) -> str:
    """What the paper states, as printed, or else the set its words accept."""
    if case["stated"]:
        return case["stated"]
    return interval(case["accepted"], case["open"]) if case["accepted"] else ""


def finding(case: Case) -> str:
    """What was found, in one short phrase: the computed set, the counterexample, or why there is neither."""
    if case["verdict"] == "not run":
        return case["reason"]
    if case["counterexample"]:
        return f"counterexample {case['counterexample']}"
    if case["computed"]:
        return computed(case)
    return case["reason"] or verdict_phrase(case)


def distance(case: Case) -> str:
    """By how much a refuted case misses; empty where nothing was refuted by two sets."""
    return off_by(case) if case["verdict"] == "refuted" else ""


def facts(case: Case) -> dict[str, str]:
    """The smaller facts about a case, as label and words; what is unknown is left out."""
    printed = [text for text in case["printed"] if text != case["stated"]]
    known = {
        "": case["reason"],
        "as printed": ", ".join(f"“{text}”" for text in printed),
        "margin": case["because"],
        "counterexample": case["counterexample"],
        "method": case["method"],
        SAMPLES.get(case["grade"] or "", "samples"): f"{case['samples']:,}" if case["samples"] is not None else "",
        "looks": f"{case['looks']:,}" if case["looks"] is not None else "",
        "level of error": amount(case["level"]),
        "slack": case["slack"],
        "seed": str(case["seed"]) if case["seed"] is not None else "",
        "conditions": "; ".join(f"{name}: {words}" for name, words in case.get("conditions", {}).items()),
    }
    return {label: words for label, words in known.items() if words}


def support(claim: Claim) -> dict[str, list[str]]:
    """Whether what a claim rests on, directly or not, stands: in words, each with the claims that it is said of."""
    if claim["supported"]:
        return {"supported by all that it rests on": []} if claim["rests_on"] else {}
    said = {
        "rests on refuted": claim["unsupported_by"],
        "rests on what was not decided": claim["unchecked"],
    }
    return {words: ids for words, ids in said.items() if ids} or {"rests on what was not decided": []}


def support_words(claim: Claim) -> str:
    """Whether what a claim rests on stands, on one line; empty where it rests on nothing."""
    return "; ".join(f"{words} {listed(ids, MOST_NAMES)}".strip() for words, ids in support(claim).items())


def supports(ledger: Ledger) -> dict[str, int]:
    """How many decided claims rest on a refuted one, and how many on what was not decided."""
    decided = [claim["supported"] for claim in ledger["claims"] if claim["verdict"] in ("holds", "refuted")]
    counts = {
        "decided claims that rest on a refuted one": decided.count(False),
        "decided claims that rest on what was not decided": decided.count(None),
    }
    return {words: number for words, number in counts.items() if number}


def cases_of(ledger: Ledger) -> Iterator[tuple[Claim, Case]]:
    """Every case with its claim, in the ledger's order."""
    for claim in ledger["claims"]:
        for case in claim["cases"]:
            yield claim, case


def weak_checks(ledger: Ledger) -> list[tuple[Claim, Case]]:
    """Cases whose resolution is coarser than the digits the paper prints."""
    return [(claim, case) for claim, case in cases_of(ledger) if case["weak"]]


def reasons_not_run(claims: Iterable[Claim]) -> Counter[str]:
    """How many cases were not run, by the reason given; but for those that are gone or lost."""
    return Counter(
        f"{verdict_phrase(case)}: {case['reason'] or 'no reason recorded'}"
        for claim in claims
        for case in claim["cases"]
        if case["verdict"] == "not run" and case["gate"] not in FAILING
    )


def paper_name(ledger: Ledger) -> str:
    """The paper's id and version."""
    return " ".join(filter(None, (ledger["paper"]["id"], ledger["paper"]["version"])))
