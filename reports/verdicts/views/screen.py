"""The ledger on one screen of a terminal: the run, the counts, what costs the paper most, what changed."""

from __future__ import annotations

from collections import Counter
from textwrap import wrap
from typing import TYPE_CHECKING

from verdicts.views import terminal, wording
from verdicts.views.commands import commands
from verdicts.views.numerals import miss
from verdicts.views.outcome import changes, outcome
from verdicts.views.plain import clip, counted, printable, readable, shorten, wrapped
from verdicts.views.terminal import ACCEPTABLE, COLORS, Lines
from verdicts.views.weight import costs, headlines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from verdicts.records import Ledger
    from verdicts.views.weight import Cost

LINES = 24
MOST_PROBLEMS, MOST_GATES, MOST_COSTS, MOST_NAMES = 2, 3, 8, 2
MOST_UNDECIDED = 3  # lines
MOST_LINES = 3  # of one problem


def render(
    ledger: Ledger, *, page: str | None = None, width: int = 100, color: bool = False, full: bool = False
) -> str:
    """The verdicts as lines of text, at most LINES unless `full`: then all that does not hold, section by section.

    Args:
        ledger: the ledger of one run.
        page: where the same ledger stands as a page, if it does.
        width: columns of the terminal.
        color: whether to emit ANSI colours.
        full: whether the screen may be more than one.
    """
    if full:
        return terminal.render(ledger, page=page, width=width, color=color)
    ledger = readable(ledger)
    view = Lines(width, color=color)
    before = [*_run(view, ledger), shorten(f"{wording.paper_name(ledger)}  {ledger['paper']['title']}", width)]
    before += [*_headlines(view, ledger), *view.counts(ledger)]
    after = [*_changed(view, ledger), *([f"page: {printable(page)}"] if page else [])]
    after.append(view.paint("the rest: pytest -v, or verdicts list, why, render", "2"))
    room = LINES - len(before) - len(after)
    undecided = _undecided(view, ledger, min(MOST_UNDECIDED, room // 4))
    return "\n".join([*before, *_costliest(view, ledger, room - len(undecided)), *undecided, *after]) + "\n"


def _run(view: Lines, ledger: Ledger) -> Iterator[str]:
    verdict = outcome(ledger)
    code = COLORS["refuted" if verdict.red else "holds"]
    told = wrap("; ".join((f"run {verdict.words}", *verdict.facts)), view.width, subsequent_indent="    ", max_lines=3)
    yield from (view.paint(line, f"1;{code}") for line in told)
    for problem in verdict.problems[:MOST_PROBLEMS]:
        lines = wrapped(f"problem: {problem}", view.width, MOST_LINES)
        yield from (view.paint(line, COLORS["refuted"]) for line in lines)
    if len(verdict.problems) > MOST_PROBLEMS:
        yield view.paint(f"    and {len(verdict.problems) - MOST_PROBLEMS:,} more problems", COLORS["refuted"])


def _headlines(view: Lines, ledger: Ledger) -> Iterator[str]:
    """What the paper's headline claims come to."""
    claims = [claim for those in headlines(ledger).values() for claim in those]
    if claims:
        numbers = Counter(map(wording.standing, claims))
        yield from view.standings("headline", counted(len(claims), "claim"), numbers)


def _costliest(view: Lines, ledger: Ledger, room: int) -> list[str]:
    """The refuted claims on which most headline claims rest, one line each, in so many lines."""
    found = costs(ledger)
    if not found:
        return []
    shown = found[: min(MOST_COSTS, max(room - 2, 0))]
    more = len(found) - len(shown)
    slips = sum(not cost.headlines for cost in found)
    none = f" ({counted(slips, 'slip')}: none does)" if slips else ""
    return [
        view.paint(f"refuted, by the headline claims that rest on each{none}:", "1"),
        *(_cost(view, cost) for cost in shown),
        *([f"    and {more:,} more: verdicts list --verdict refuted"] if more else []),
    ]


def _cost(view: Lines, cost: Cost) -> str:
    claim = cost.claim
    case = wording.worst_case(claim)
    away = miss(case) if case else ""
    weight = counted(len(cost.headlines), "headline claim") if cost.headlines else "slip"
    facts = f"{weight}{'; off by ' if away else ''}{away}"
    name = clip(claim["id"], view.width // 3)
    sign = view.paint(wording.GLYPHS["refuted"], COLORS["refuted"])
    room = view.width - len(f"  x {name} ({facts}) ")
    return f"  {sign} {view.paint(name, '1')} ({facts}) {shorten(claim['says'], room)}"


def _undecided(view: Lines, ledger: Ledger, most: int) -> list[str]:
    """The paper's inconclusive claims by name, in at most so many lines."""
    claims = [claim for claim in ledger["claims"] if claim["verdict"] == "inconclusive"]
    names = [clip(claim["id"], view.width // 3) for claim in claims if wording.is_of_the_paper(claim)]
    for shown in range(min(len(names), most * view.width // 3), 0, -1):
        more = len(names) - shown
        rest = [f"and {more:,} more: verdicts list --verdict inconclusive"] if more else []
        text = f"inconclusive: {', '.join([*names[:shown], *rest])}"
        lines = wrap(text, view.width, subsequent_indent="    ", break_on_hyphens=False)
        if len(lines) <= most:
            return lines
    return []


def _changed(view: Lines, ledger: Ledger) -> Iterator[str]:
    """What is not as accepted, by gate, with the first names of each."""
    found = changes(ledger)
    for gate, members in list(found.items())[:MOST_GATES]:
        names = [wording.full_name(claim, case) for claim, case in members]
        more = f" and {len(names) - MOST_NAMES:,} more" if len(names) > MOST_NAMES else ""
        start = f"{gate}: {counted(len(names), 'case')}: "
        row = shorten(", ".join(names[:MOST_NAMES]), view.width - len(start) - len(more))
        yield f"{view.paint(start[:-1], '1')} {row}{more}"
    if others := [f"{counted(len(members), 'case')} {gate}" for gate, members in list(found.items())[MOST_GATES:]]:
        yield shorten(f"also: {', '.join(others)}", view.width)
    if ACCEPTABLE.intersection(found):
        yield f"accept: {commands(ledger).accepting} all   (or new, or the id of a claim)"
    if "gone" in found:
        yield f"erase: {commands(ledger).erasing(found['gone'], view.width - 7)}"
