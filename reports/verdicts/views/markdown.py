"""The ledger as a summary for a CI step: counts, what is refuted, what changed; always below the size limit."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from verdicts.views import wording
from verdicts.views.commands import commands
from verdicts.views.figures import figures
from verdicts.views.numerals import amount
from verdicts.views.outcome import GATES, changes, outcome
from verdicts.views.plain import clip, readable, shorten
from verdicts.views.wording import GLYPHS
from verdicts.vocabulary import APART

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from verdicts.records import Case, Claim, Ledger
from verdicts.views.figures import Figure

LIMIT = 1024 * 1024 - 16 * 1024  # bytes; a step summary is cut off at 1 MiB, so some room is left
LONGEST_CELL = 240
MOST_PROBLEMS = 200  # shown, so that the rest of the summary has room
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|<>~$&@:]|(?<=www)\.|^[-=])", re.IGNORECASE)


def render(ledger: Ledger) -> str:
    """The verdicts as Markdown (GitHub's dialect) of less than 1 MiB; says what was left out, where anything was."""
    ledger = readable(ledger)
    page = _Page(LIMIT)
    paper, run, verdict, typed = ledger["paper"], ledger["run"], outcome(ledger), commands(ledger)
    page.add(f"**Run {verdict.words}**\n\n")
    page.add("".join(f"- {cell(fact)}\n" for fact in verdict.facts) + "\n" if verdict.facts else "")
    problems = ((cell(text),) for text in verdict.problems)
    page.table("Problems of the run", "problems", ("problem",), problems, most=MOST_PROBLEMS)
    page.add(f"# Verdicts: {cell(paper['title'])}\n\n{cell(wording.paper_name(ledger))}\n\n")
    page.table("Counts", "claims", ("", "claims", "cases", *wording.STANDINGS), _counts(ledger))
    page.table(
        "Not as accepted", "cases", ("change", "case", "verdict", "stated", "found"), _changed(ledger),
        closing=f"Accept with {code(f'{typed.accepting} all')}, or `new`, or the id of a claim (what is gone only "
                f"so); allow what cannot be run here with {code(typed.allowing)} and a grade or the id of a claim.",
    )  # fmt: skip
    for name in ("refuted", "inconclusive", "qualified"):
        header = ("claim", "at", "says", "stated", "found", "off by", "grade", "support")
        page.table(name.capitalize(), "claims", header, _claims(ledger, name))
    page.table("Sections", "sections", ("section", *wording.STANDINGS, "apart from the paper"), _sections(ledger))
    weak = wording.weak_checks(ledger)
    rows = ((code(wording.full_name(claim, case)), cell(amount(case["resolution"]))) for claim, case in weak)
    page.table("Weak checks", "cases", ("case", "resolution"), rows)
    for figure in figures(ledger):
        columns = ("curve", "drawn as", cell(figure.x) or "place", cell(figure.y) or "value", "left by")
        page.table(cell(figure.heading), "curves", columns, _traces(figure))
    page.add("".join(f"{said}: {number:,}\\\n" for said, number in wording.supports(ledger).items()))
    page.add(f"{cell(run['command'])}, {cell(run['started'])}, {run['seconds']:,.1f} s, seed {run['seed']}\n")
    return page.text()


def cell(text: str) -> str:
    """Any text as one inert table cell: on one line, shortened, with nothing that Markdown or HTML would read."""
    return _SPECIAL.sub(r"\\\1", shorten(text, LONGEST_CELL)).replace(r"\<", "&lt;").replace(r"\>", "&gt;")


def code(text: str) -> str:
    """Any text as a code span within a table cell."""
    return f"`{clip(text, LONGEST_CELL).replace('`', 'ʼ').replace('|', '¦')}`"


class _Page:
    """Text that grows up to a number of bytes, and counts what no longer fitted."""

    def __init__(self, limit: int) -> None:
        self.room = limit
        self.parts: list[str] = []
        self.left_out: list[str] = []

    def add(self, text: str) -> bool:
        """Append the text if it fits; returns whether it did."""
        size = len(text.encode())
        if size > self.room:
            return False
        self.room -= size
        self.parts.append(text)
        return True

    def table(  # noqa: PLR0913
        self,
        title: str,
        noun: str,
        header: tuple[str, ...],
        rows: Iterable[tuple[str, ...]],
        *,
        closing: str = "",
        most: int | None = None,
    ) -> None:
        """A titled table of the rows that fit, at most so many; no title without rows."""
        lines = [f"| {' | '.join(row)} |\n" for row in rows]
        if not lines:
            return
        shown = lines[:most] if self.add(f"## {title}\n\n| {' | '.join(header)} |\n|{' --- |' * len(header)}\n") else []
        missing = len(lines) - sum(self.add(line) for line in shown)
        if missing:
            self.left_out.append(f"{missing:,} {noun} of “{title}”")
        self.add(f"\n{closing}\n\n" if closing else "\n")

    def text(self) -> str:
        """All that fitted, and one line about what did not."""
        if self.left_out:
            self.parts.append(f"\n**Left out for length:** {'; '.join(self.left_out)}. The ledger has them all.\n")
        return "".join(self.parts)


def _counts(ledger: Ledger) -> Iterator[tuple[str, ...]]:
    summary = ledger["summary"]
    for label, counts in (("paper", summary), *((kind, summary[kind]) for kind in APART)):
        standings = (str(number) for number in wording.summary_counts(counts).values())
        if label == "paper" or counts["claims"]:
            yield (label, str(counts["claims"]), str(counts["cases"]), *standings)


def _changed(ledger: Ledger) -> Iterator[tuple[str, ...]]:
    for gate, members in changes(ledger).items():
        for claim, case in members:
            yield (f"{gate} ({GATES[gate]})", code(wording.full_name(claim, case)), *_verdict(claim, case))


def _traces(figure: Figure) -> Iterator[tuple[str, ...]]:
    for trace in figure.traces:
        ranges = (" to ".join(dict.fromkeys(map(amount, ends))) for ends in trace.ends)
        yield (cell(trace.name), trace.words, *ranges, code(trace.claim))


def _verdict(claim: Claim, case: Case | None) -> tuple[str, str, str]:
    if case is None:
        return claim["verdict"], "", ""
    return wording.verdict_phrase(case), cell(wording.stated_words(case)), cell(wording.finding(case))


def _claims(ledger: Ledger, name: str) -> Iterator[tuple[str, ...]]:
    for section in wording.sections(ledger):
        for claim in section.claims:
            if wording.standing(claim) == name:
                case = wording.worst_case(claim)
                evidence = _verdict(claim, case)[1:]
                away, grade = (wording.distance(case), case["grade"] or "") if case else ("", "")
                words = (cell(away), grade, cell(wording.support_words(claim)))
                yield (code(claim["id"]), cell(claim["at"]), cell(claim["says"]), *evidence, *words)


def _sections(ledger: Ledger) -> Iterator[tuple[str, ...]]:
    for section in wording.sections(ledger):
        apart = len(section.claims) - len(section.paper_claims)
        counts = (f"{GLYPHS[name]} {number}" if number else "" for name, number in section.counts.items())
        yield (cell(section.name), *counts, str(apart or ""))
