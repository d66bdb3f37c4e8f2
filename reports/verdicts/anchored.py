"""What is stored of a ledger that was held against the paper's text: what claims quote, and what none states."""

from __future__ import annotations

from typing import TypedDict

from verdicts.vocabulary import Name, Standing


class Quote(TypedDict):
    """A string that a claim quotes, held against the paper's text."""

    printed: str
    "as the claim has it"
    standing: Standing
    "whether it stands at the claim's place"
    elsewhere: list[str]
    "where it stands instead"
    near: list[str]
    "numbers at its place that look like it, where it stands nowhere"


class Unstated(TypedDict):
    """A number of the paper's text that no claim of its section states."""

    section: Name
    "id of the section"
    number: str
    "as the text has it"
    places: list[str]
    "where it stands in that section"
    waived: str
    "why no claim need state it; empty where one is missing"
