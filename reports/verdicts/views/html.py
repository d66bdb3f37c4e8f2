"""The ledger as one self-contained page: it opens from disk, and reads without a network and without JavaScript."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from verdicts.views import cards, graph, outcome, plain, quoting, weight, wording
from verdicts.views.commands import commands
from verdicts.views.compact import compact
from verdicts.views.drawing import draw
from verdicts.views.figures import figures
from verdicts.views.formulas import faults
from verdicts.views.numerals import amount, full_interval, miss
from verdicts.views.plotting import plot, swatches
from verdicts.views.sets import computed, interval
from verdicts.vocabulary import APART, FAILING

if TYPE_CHECKING:
    from verdicts.records import Claim, Ledger

__all__ = ["environment", "faults", "render"]

VERBS: Final = {
    "refuted": ("is refuted", "are refuted"),
    "inconclusive": ("is undecided", "are undecided"),
    "not run": ("was not run", "were not run"),
    "qualified": ("holds as primarily read only", "hold as primarily read only"),
    "holds": ("holds", "hold"),
}
"of one claim, and of several"
CONTENTS: Final = {
    "page-answer": "The answer",
    "page-glance": "What is refuted",
    "page-not-run": "What was not run",
    "page-graph": "What rests on what",
    "page-figures": "Figures",
    "page-sections": "Sections",
    "page-reading": "How it was decided",
    "page-claims": "Every claim",
}
ABSENT: Final = {
    "page-glance": ("costly", "slips"),
    "page-not-run": ("waiting",),
    "page-graph": ("graphs",),
    "page-figures": ("figures",),
}  # parts that a page has only where there is something to show


def render(ledger: Ledger) -> str:
    """The verdicts as a page of HTML; a formula that cannot be drawn stands as its source, with a note."""
    ledger = plain.readable(ledger)
    sections = wording.sections(ledger)
    claims = [claim for section in sections for claim in section.claims]
    context = {
        "ledger": ledger,
        "run": outcome.outcome(ledger, faults(ledger)),
        "sections": sections,
        "typed": commands(ledger),
        "claims": claims,
        "by_id": {claim["id"]: claim for claim in claims},
        "changes": outcome.changes(ledger),
        "unstated": quoting.unstated(ledger, waived=False),
        "waived": quoting.unstated(ledger, waived=True),
        "weak": Counter(claim["id"] for claim, _ in wording.weak_checks(ledger)),
        "supports": wording.supports(ledger),
        "grades": _by_grade(claims),
        "choices": _choices(claims),
        **_consequences(ledger, claims),
        **_pictures(ledger, sections),
    }
    found = {id: title for id, title in CONTENTS.items() if id not in ABSENT or any(map(context.get, ABSENT[id]))}
    return compact(environment().get_template("page.html").render(context, contents=found))


def _consequences(ledger: Ledger, claims: list[Claim]) -> dict[str, Any]:
    """What the verdicts come to: the headline claims, what is refuted by its cost, and what waits for what."""
    headlines = {place: sorted(those, key=wording.severity) for place, those in weight.headlines(ledger).items()}
    costs = weight.costs(ledger)
    rested_on_by: defaultdict[str, list[str]] = defaultdict(list)
    for claim in claims:
        for id in claim["rests_on"]:
            rested_on_by[id].append(claim["id"])
    return {
        "headlines": headlines,
        "headline_of": defaultdict(str, {each["id"]: place for place, those in headlines.items() for each in those}),
        "costly": [cost for cost in costs if cost.headlines],
        "slips": [cost for cost in costs if not cost.headlines],
        "waiting": _by_reason(claims, weight.unblocked(ledger)),
        "rested_on_by": rested_on_by,
    }


def _by_reason(claims: list[Claim], waiting: dict[str, list[str]]) -> dict[str, dict[str, list[str]]]:
    """What waits for each claim that was not run, by the reason for which it was not; most claims first."""
    reasons = {
        claim["id"]: f"{'one of its cases: ' if wording.of_one_case(claim, case) else ''}{case['reason']}"
        for claim in claims
        if (case := wording.worst_case(claim))
    }
    found: dict[str, dict[str, list[str]]] = {}
    for id, above in waiting.items():
        found.setdefault(reasons.get(id) or "no reason recorded", {})[id] = above
    return dict(sorted(found.items(), key=lambda each: -len(each[1])))


def _pictures(ledger: Ledger, sections: list[wording.Section]) -> dict[str, Any]:
    """The graphs and the figures."""
    drawn = figures(ledger)
    drawn_in: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for number, figure in enumerate(drawn, 1):
        for trace in figure.traces:
            drawn_in[trace.claim][figure.place] = f"page-figure-{number}"
    return {
        "graphs": graph.graphs(sections),
        "overview": graph.overview(sections),
        "figures": drawn,
        "drawn_in": drawn_in,
    }


def _by_grade(claims: list[Claim]) -> dict[str, dict[str, int]]:
    """How many of the paper's claims have each standing, by the grade that decides; an empty one comes last."""
    of_grade: dict[str, list[Claim]] = {grade: [] for grade in (*wording.GRADES, "")}
    for claim in filter(wording.is_of_the_paper, claims):
        of_grade[claim["grade"] or ""].append(claim)
    return {grade: wording.count_standings(those) for grade, those in of_grade.items() if those}


def told(claims: list[Claim]) -> str:
    """How many claims have each standing, in words."""
    counts = wording.count_standings(claims)
    return ", ".join(f"{counts[name]:,} {VERBS[name][counts[name] != 1]}" for name in reversed(counts) if counts[name])


def _choices(claims: list[Claim]) -> dict[str, list[str]]:
    """What the claims can be filtered by: what occurs, in its usual order."""
    standings = {wording.standing(claim) for claim in claims}
    grades, gates = {claim["grade"] for claim in claims}, {claim["gate"] for claim in claims}
    return {
        "verdict": [name for name in wording.STANDINGS if name in standings],
        "grade": [grade for grade in wording.GRADES if grade in grades],
        "kind": list(dict.fromkeys(claim["kind"] for claim in claims)),
        "gate": [gate for gate in outcome.GATES if gate in gates],
        "support": list(cards.SUPPORT),
        "headline": list(weight.HEADLINES),
    }


def slug(verdict: str) -> str:
    """A verdict as the name of a style."""
    return verdict.replace(" ", "-")


@cache
def environment() -> Environment:
    """Where all pages have their templates, with what these call."""
    made = Environment(
        loader=PackageLoader("verdicts.views"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {name: getattr(cards, name) for name in cards.__all__}
    made.globals |= {
        "words": wording,
        "gates": outcome.GATES,
        "run_words": outcome.run_words,
        "plain": plain,
        "quoted_words": quoting.quoted_words,
        "worst_standing": quoting.worst_standing,
        "full_interval": full_interval,
        "interval": interval,
        "computed": computed,
        "amount": amount,
        "miss": miss,
        "told": told,
        "grade_style": graph.grade_style,
        "plot": plot,
        "swatches": swatches,
        "slug": slug,
        "APART": APART,
        "FAILING": FAILING,
        "example": lambda accepted, opened, found: Markup(draw(accepted, opened, found)),  # noqa: S704
    }
    return made
