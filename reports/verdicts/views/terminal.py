"""The ledger for a reviewer in a hurry: what does not hold, by how much, and what changed."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from verdicts.views import wording
from verdicts.views.commands import commands
from verdicts.views.outcome import GATES, changes, outcome
from verdicts.views.plain import clip, counted, printable, readable, shorten, wrapped
from verdicts.views.wording import GLYPHS, Section
from verdicts.vocabulary import APART

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from verdicts.records import Case, Claim, Ledger

RED, GREEN = "31", "32"
COLORS = {"refuted": RED, "inconclusive": "33", "not run": "36", "qualified": "35", "holds": GREEN}
LISTED = ("refuted", "inconclusive", "qualified")
ACCEPTABLE = frozenset({"changed", "stale", "new", "rewritten", "weaker"})  # what an accepting run takes over
ABSENT = ("gone", "lost")  # listed as well: what was accepted and was not shown again
MOST_LISTED = 12  # problems, and changed cases of a gate, named before "and so many more"


def render(ledger: Ledger, *, page: str | None = None, width: int = 100, color: bool = False) -> str:
    """The verdicts as lines of text.

    Args:
        ledger: the ledger of one run.
        page: where the same ledger stands as a page, if it does.
        width: columns of the terminal.
        color: whether to emit ANSI colours; the words and signs say the same without them.
    """
    ledger = readable(ledger)
    view = Lines(width, color=color)
    lines = [
        *view.run(ledger),
        shorten(f"{wording.paper_name(ledger)}  {ledger['paper']['title']}", width),
        "",
    ]
    for section in wording.sections(ledger):
        told = list(view.section(section))
        lines += ["", *told, ""] if len(told) > 1 else told
    lines = [line for line, previous in zip(lines, [None, *lines], strict=False) if line or previous]
    lines += [""] if lines[-1] else []
    lines += [*view.totals(ledger), *view.changes(ledger)]
    weak = len(wording.weak_checks(ledger))
    if weak:
        lines.append(f"{counted(weak, 'weak check')}: coarser than the digits that the paper prints")
    lines += [f"{said}: {number:,}" for said, number in wording.supports(ledger).items()]
    if page:
        lines.append(f"page: {printable(page)}")
    return "\n".join(lines) + "\n"


class Lines:
    """Lines of one width, coloured or not."""

    def __init__(self, width: int, *, color: bool) -> None:
        self.width = width
        self.color = color

    def paint(self, text: str, code: str) -> str:
        """The text in an ANSI colour, where colours are wanted."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and text else text

    def run(self, ledger: Ledger) -> Iterator[str]:
        """The run's own verdict, with what stopped it, what it left out and what is wrong with it."""
        verdict = outcome(ledger)
        code = RED if verdict.red else GREEN
        yield self.paint(f"run {verdict.words}", f"1;{code}")
        for fact in verdict.facts:
            yield self.paint(f"    {shorten(fact, self.width - 4)}", code)
        for problem in verdict.problems[:MOST_LISTED]:
            yield from (self.paint(line, RED) for line in wrapped(f"problem: {problem}", self.width))
        if len(verdict.problems) > MOST_LISTED:
            yield self.paint(f"    and {len(verdict.problems) - MOST_LISTED:,} more problems", RED)

    def section(self, section: Section) -> Iterator[str]:
        """A heading with counts, a line for each claim that does not simply hold, and why others were not run."""
        counts = _counts_words(wording.count_standings(section.claims))
        title = shorten(section.name, max(self.width - len(counts) - 2, 20))
        yield self.paint(title, "1") + counts.rjust(self.width - len(title))
        for claim in section.claims:
            if wording.standing(claim) in LISTED or claim["gate"] in ABSENT:
                yield from self.claim(claim)
        for reason, number in wording.reasons_not_run(section.claims).most_common():
            words = f"  {GLYPHS['not run']} {counted(number, 'case')} {reason}"  # whole: it ends in the command
            lines = wrap(words, self.width, subsequent_indent="    ")
            yield from (self.paint(line, COLORS["not run"]) for line in lines)

    def claim(self, claim: Claim) -> Iterator[str]:
        """Sign, id, by how much, grade and place; below it stated against computed; then why it is refuted.

        What was accepted and was not shown again says so where others say by how much.
        """
        name = wording.standing(claim)
        case = wording.worst_case(claim)
        away = wording.distance(case) if case else ""
        away = away or (claim["gate"] if claim["gate"] in ABSENT else "")
        grade = (case["grade"] if case else None) or ""
        facts = f"{away:>12}  {grade:<10}  {_abbreviated(claim['at']):<13}"
        room = self.width - 4 - len(facts)
        id = clip(claim["id"], room)
        sign = self.paint(GLYPHS[name], COLORS[name])
        yield f"  {sign} {self.paint(id, '1')}{' ' * (room - len(id))}{facts}".rstrip()
        if case:
            prefix = self.prefix(claim, case)
            yield f"      {prefix}{_evidence(case, self.width - 6 - len(prefix))}"
        if claim["note"] and name == "refuted":
            yield self.paint(f"      {shorten(claim['note'], self.width - 6)}", "2")
        if wording.support(claim) and not claim["supported"]:
            yield self.paint(f"      {shorten(wording.support_words(claim), self.width - 6)}", "2")

    def prefix(self, claim: Claim, case: Case) -> str:
        """The name of the case before its evidence, where it is short, or where what is said is not of the claim."""
        partly = wording.of_one_case(claim, case)
        name = wording.case_name(case) if len(claim["cases"]) > 1 else ""
        shown = clip(name or "without parameters", self.width // 3 - 2) if partly else name
        return f"{shown}: " if 0 < len(shown) <= self.width // 3 - 2 else ""

    def counts(self, ledger: Ledger) -> Iterator[str]:
        """Counts of the paper's claims, then those made beside it."""
        summary = ledger["summary"]
        for label, counts in (("paper", summary), *((kind, summary[kind]) for kind in APART)):
            if counts["claims"]:
                sizes = f"{counted(counts['claims'], 'claim')}, {counted(counts['cases'], 'case')}"
                yield from self.standings(label, sizes, wording.summary_counts(counts))

    def standings(self, label: str, sizes: str, numbers: Mapping[str, int]) -> list[str]:
        """How many of some claims hold, and how many do not, on one line or two."""
        told = ", ".join(f"{numbers[name]} {name}" for name in wording.STANDINGS if numbers[name])
        start = f"{label + ':':<12} {sizes}:"
        fits = len(start) + 1 + len(told) <= self.width
        return [f"{start} {told}"] if fits else [start, f"{'':<12} {told}"]

    def totals(self, ledger: Ledger) -> Iterator[str]:
        """Counts, with the sections without claims, and what the signs mean."""
        yield from self.counts(ledger)
        if untried := wording.without_claims(ledger):
            yield from wrap(f"no claims yet on: {'; '.join(untried)}", self.width, subsequent_indent="  ")
        legend = " ".join(f"{GLYPHS[name]} {name}" for name in wording.STANDINGS)
        for line in wrap(f"{legend}; units of the last printed digit", self.width):
            yield self.paint(line, "2")

    def changes(self, ledger: Ledger) -> Iterator[str]:
        """Verdicts that are not the accepted ones, and the command that accepts them."""
        changed = changes(ledger)
        for gate, members in changed.items():
            names = [wording.full_name(claim, case) for claim, case in members]
            yield self.paint(f"{gate}: {counted(len(names), 'case')} ({GATES[gate]})", "1")
            for (_, case), name in list(zip(members, names, strict=True))[:MOST_LISTED]:
                verdict = f", now {case['verdict']}" if case and case["verdict"] != "not run" else ""
                reason = f": {case['reason']}" if case and gate in ABSENT else ""
                yield f"    {shorten(name + reason, self.width - 4 - len(verdict))}{verdict}"
            if len(names) > MOST_LISTED:
                yield f"    and {len(names) - MOST_LISTED:,} more"
        typed = commands(ledger)
        if ACCEPTABLE.intersection(changed):
            yield f"accept: {typed.accepting} all   (or new, or the id of a claim)"
        if "gone" in changed:
            yield f"erase:  {typed.erasing(changed['gone'], self.width - 8)}"
        if "lost" in changed:
            yield f"allow:  {typed.allowing} GRADE   (or the id of a claim)"


def _evidence(case: Case, room: int) -> str:
    """Stated against computed within so many columns; the computed set keeps the room it needs."""
    stated, found = wording.stated_words(case), wording.finding(case)
    if not stated:
        return shorten(found, room)
    kept = shorten(stated, max(room - len(found) - 3, room // 3))
    return f"{kept} → {shorten(found, max(room - len(kept) - 3, 1))}"


def _abbreviated(place: str) -> str:
    """A place within 13 columns."""
    words = {"Equation": "Eq.", "Proposition": "Prop.", "Corollary": "Cor.", "Theorem": "Thm."}
    for word, short in (words | {"Section": "Sec.", "Appendix": "App."}).items():
        place = place.replace(word, short)
    return place if len(place) <= 13 else place.partition(" (")[0]


def _counts_words(counts: Mapping[str, int]) -> str:
    return "  ".join(f"{number} {GLYPHS[name]}" for name, number in counts.items() if number)
