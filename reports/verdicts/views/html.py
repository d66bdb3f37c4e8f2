"""The ledger as one self-contained page: it opens from disk, and reads without a network and without JavaScript."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from verdicts.views import outcome, plain, wording
from verdicts.views.drawing import draw
from verdicts.views.figures import Figure, figures
from verdicts.views.formulas import drawn as drawn_formula
from verdicts.views.formulas import faults
from verdicts.views.numerals import amount, full_interval
from verdicts.views.plotting import plot, swatches
from verdicts.views.sets import computed, interval
from verdicts.vocabulary import APART, FAILING, VERDICTS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verdicts.records import Case, Claim, Ledger

__all__ = ["faults", "render"]

MOST_CASES_SHOWN = 12  # a claim with more cases shows them only when its list is opened
UNFOLDED = ("refuted", "inconclusive", "qualified")


def render(ledger: Ledger) -> str:
    """The verdicts as a page of HTML; a formula that cannot be drawn stands as its source, with a note."""
    ledger = plain.readable(ledger)
    sections = wording.sections(ledger)
    drawn = figures(ledger)
    claims = [claim for section in sections for claim in section.claims]
    return _template().render(
        ledger=ledger,
        run=outcome.outcome(ledger, faults(ledger)),
        sections=sections,
        claims=claims,
        by_id={claim["id"]: claim for claim in claims},
        refuted=[claim for claim in claims if claim["verdict"] == "refuted"],
        changes=outcome.changes(ledger),
        weak=wording.weak_checks(ledger),
        supports=wording.supports(ledger),
        choices=_choices(claims),
        figures=drawn,
        drawn_in=_drawn_in(drawn),
    )


def _drawn_in(drawn: list[Figure]) -> Mapping[str, dict[str, str]]:
    """By claim, the figures that draw what it left, with the id of each on the page."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for number, figure in enumerate(drawn, 1):
        for trace in figure.traces:
            found[trace.claim][figure.place] = f"page-figure-{number}"
    return found


def _choices(claims: list[Claim]) -> dict[str, list[str]]:
    """What the claims can be filtered by: what occurs, in its usual order."""
    standings = {wording.standing(claim) for claim in claims}
    grades, gates = {claim["grade"] for claim in claims}, {claim["gate"] for claim in claims}
    return {
        "verdict": [name for name in wording.STANDINGS if name in standings],
        "grade": [grade for grade in wording.GRADES if grade in grades],
        "kind": list(dict.fromkeys(claim["kind"] for claim in claims)),
        "gate": [gate for gate in outcome.GATES if gate in gates],
    }


def formula(claim: Claim) -> Markup:
    """A claim's formula as MathML; its source and what is wrong with it where it cannot be drawn."""
    markup, fault = drawn_formula(claim["tex"])
    undrawn = Markup('<code>{}</code><p class="undrawn">This formula could not be drawn: {}</p>')
    return undrawn.format(claim["tex"], fault) if fault else markup


def drawing(case: Case, accepted: str, found: str) -> Markup:
    """The two sets of a case as an inline SVG, described in words; empty where it has only one of them or none."""
    if not case["accepted"] or not case["computed"]:
        return Markup()
    description = str(escape(f"accepted {accepted}, computed {found}"))
    return Markup(draw(case["accepted"], case["open"], case["computed"], description))  # noqa: S704  # numbers, escaped


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


def evidence(case: Case) -> Mapping[str, str]:
    """The smaller facts about a case, and how it stands to the accepted verdict."""
    gate = outcome.GATES.get(case["gate"] or "", "")
    return wording.facts(case) | ({"gate": gate} if gate else {})


def slug(verdict: str) -> str:
    """A verdict as the name of a style."""
    return verdict.replace(" ", "-")


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("verdicts.views"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "words": wording,
        "gates": outcome.GATES,
        "accept": outcome.ACCEPT,
        "allow": outcome.ALLOW,
        "remedy": outcome.remedy,
        "plain": plain,
        "full_interval": full_interval,
        "interval": interval,
        "computed": computed,
        "amount": amount,
        "formula": formula,
        "drawing": drawing,
        "plot": plot,
        "swatches": swatches,
        "evidence": evidence,
        "cases_words": cases_words,
        "worst_first": worst_first,
        "is_unfolded": is_unfolded,
        "slug": slug,
        "APART": APART,
        "FAILING": FAILING,
        "example": lambda accepted, opened, found, text: Markup(draw(accepted, opened, found, text)),  # noqa: S704
    }
    return environment.get_template("page.html")
