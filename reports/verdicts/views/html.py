"""The ledger as one self-contained page: it opens from disk, and reads without a network and without JavaScript."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any
from xml.etree import ElementTree as ET

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from verdicts.baseline import FAILING
from verdicts.intervals import WORST_FIRST
from verdicts.ledger import APART
from verdicts.views import wording
from verdicts.views.drawing import draw
from verdicts.views.numerals import full_interval, interval
from verdicts.views.wording import Case, Claim, Ledger

MATHML = "http://www.w3.org/1998/Math/MathML"
ELEMENTS = (
    "math", "menclose", "merror", "mfenced", "mfrac", "mi", "mlabeledtr", "mmultiscripts", "mn", "mo", "mover",
    "mpadded", "mphantom", "mprescripts", "mroot", "mrow", "ms", "mspace", "msqrt", "mstyle", "msub", "msubsup", "msup",
    "mtable", "mtd", "mtext", "mtr", "munder", "munderover", "none",
)  # fmt: skip
UNSAFE_ATTRIBUTES = {"href", "src", "style", "id", "class"}
MOST_CASES_SHOWN = 12  # a claim with more cases shows them only when its list is opened
UNFOLDED = ("refuted", "inconclusive", "qualified")


def render(ledger: Ledger) -> str:
    """The verdicts as a page of HTML.

    ValueError, naming the claim, where its formula is not LaTeX that can be shown as MathML.
    """
    sections = wording.sections(ledger)
    claims = [claim for section in sections for claim in section.claims]
    page: str = _template().render(
        ledger=ledger,
        sections=sections,
        claims=claims,
        by_id={claim["id"]: claim for claim in claims},
        formulas={claim["id"]: formula(claim) for claim in claims if claim["tex"]},
        refuted=[claim for claim in claims if claim["verdict"] == "refuted"],
        changes=wording.changes(ledger),
        weak=wording.weak_checks(ledger),
        choices={
            "verdict": [name for name in wording.STANDINGS if any(wording.standing(claim) == name for claim in claims)],
            "grade": [grade for grade in wording.GRADES if any(claim["grade"] == grade for claim in claims)],
            "kind": list(dict.fromkeys(claim["kind"] for claim in claims)),
        },
    )
    return page


def formula(claim: Claim) -> Markup:
    """A claim's formula as MathML. ValueError, naming the claim, for LaTeX that the converter does not know."""
    from latex2mathml.converter import convert

    where = f"claim {claim['id']!r}: tex"
    try:
        text = convert(claim["tex"], display="block")
        root = ET.fromstring(text)  # noqa: S314  # the converter's own output, of bounded size
    except Exception as error:  # whatever a converter raises for malformed LaTeX
        raise ValueError(f"{where}: expected LaTeX that converts to MathML: {error}") from error
    leaked = next((words for words in root.itertext() if "\\" in words), None)
    if leaked is not None or "\\" in text:
        raise ValueError(f"{where}: expected LaTeX macros that MathML has, found {leaked or claim['tex']}")
    for element in root.iter():
        unsafe = UNSAFE_ATTRIBUTES.intersection(element.attrib)
        if element.tag.removeprefix(f"{{{MATHML}}}") not in ELEMENTS or unsafe:
            raise ValueError(f"{where}: expected a formula and nothing else, found {element.tag} {' '.join(unsafe)}")
    return Markup(text.replace(f' xmlns="{MATHML}"', ""))  # noqa: S704  # well-formed MathML, checked above


def drawing(case: Case) -> Markup:
    """The two sets of a case as an inline SVG; empty where the case has only one of them or none."""
    if not case["accepted"] or not case["computed"]:
        return Markup()
    accepted, computed = interval(case["accepted"], case["open"]), interval(case["computed"])
    description = str(escape(f"accepted {accepted}, computed {computed}"))
    return Markup(draw(case["accepted"], case["open"], case["computed"], description))  # noqa: S704  # numbers, escaped


def cases_words(claim: Claim) -> str:
    """How many cases a claim has and what became of them."""
    if len(claim["cases"]) == 1:
        return "Evidence"
    counts = Counter(case["verdict"] for case in claim["cases"])
    verdicts = ", ".join(f"{counts[verdict]:,} {verdict}" for verdict in WORST_FIRST if counts[verdict])
    return f"{wording.counted(len(claim['cases']), 'case')}: {verdicts}"


def worst_first(cases: list[Case]) -> list[Case]:
    """Cases in the order of their verdicts, otherwise as declared."""
    return sorted(cases, key=lambda case: WORST_FIRST.index(case["verdict"]))


def is_unfolded(claim: Claim) -> bool:
    """Whether a claim shows its cases at once."""
    return wording.standing(claim) in UNFOLDED and len(claim["cases"]) <= MOST_CASES_SHOWN


def evidence(case: Case) -> list[tuple[str, str]]:
    """The smaller facts about a case, as label and words; what is unknown is left out."""
    facts: dict[str, Any] = {
        "": case["reason"],
        "margin": case["because"],
        "counterexample": case["counterexample"],
        "method": case["method"],
        "samples": f"{case['samples']:,}" if case["samples"] is not None else "",
        "slack": case["slack"],
        "seed": str(case["seed"]) if case["seed"] is not None else "",
        "gate": wording.GATES.get(case["gate"] or "", ""),
    }
    return [(label, words) for label, words in facts.items() if words]


def slug(verdict: str) -> str:
    """A verdict as the name of a style."""
    return verdict.replace(" ", "-")


@cache
def _template() -> Any:
    environment = Environment(
        loader=PackageLoader("verdicts.views"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {
        "words": wording,
        "full_interval": full_interval,
        "interval": interval,
        "drawing": drawing,
        "evidence": evidence,
        "cases_words": cases_words,
        "worst_first": worst_first,
        "is_unfolded": is_unfolded,
        "slug": slug,
        "APART": APART,
        "FAILING": FAILING,
        "example": lambda accepted, opened, computed, text: Markup(draw(accepted, opened, computed, text)),  # noqa: S704
    }
    return environment.get_template("page.html")
