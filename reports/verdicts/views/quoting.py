"""Whether the strings that a claim quotes stand in the paper, in words, where the paper's text was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from verdicts.views.plain import counted, listed

if TYPE_CHECKING:
    from verdicts.anchored import Quote, Unstated
    from verdicts.records import Claim, Ledger
    from verdicts.vocabulary import Standing

MOST_TOLD: Final = 8


def quoted_words(claim: Claim) -> list[str]:
    """What does not stand at its place, a line each, and how many strings do; nothing where no text was given."""
    quotes = claim.get("quoted", [])
    astray = [_line(quote) for quote in quotes if quote["standing"] != "found"]
    more = [f"and {len(astray) - MOST_TOLD:,} more"] if len(astray) > MOST_TOLD else []
    found = sum(quote["standing"] == "found" for quote in quotes)
    at_place = [f"{counted(found, 'printed string')} at {'its' if found == 1 else 'their'} place"] if found else []
    return [*astray[:MOST_TOLD], *more, *at_place]


def unstated(ledger: Ledger, *, waived: bool) -> dict[str, list[Unstated]]:
    """By section the numbers of the text that no claim states: those that one should, or those that are waived."""
    found: dict[str, list[Unstated]] = {}
    for each in ledger.get("uncovered", []):
        if bool(each["waived"]) is waived:
            found.setdefault(each["section"], []).append(each)
    return found


def worst_standing(claim: Claim) -> Standing | None:
    """The worst that is said of a string that the claim quotes; None where nothing is."""
    standings = {quote["standing"] for quote in claim.get("quoted", [])}
    order: tuple[Standing, ...] = ("not found", "found elsewhere", "found")
    return next((standing for standing in order if standing in standings), None)


def _line(quote: Quote) -> str:
    if quote["standing"] == "found elsewhere":
        return f"“{quote['printed']}” is not at its place, but in {listed(quote['elsewhere'], 3)}"
    near = f"; at its place stand {listed(quote['near'], 4)}" if quote["near"] else ""
    return f"“{quote['printed']}” stands nowhere{near}"
