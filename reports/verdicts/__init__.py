"""Audit a paper claim by claim: claims are pytest tests, evidence decides them, and a ledger keeps every verdict.

A file of claims needs only what this package exports:

    from flint import arb
    from verdicts import ball, claim, printed

    @claim("3.fact1", at="Fact 1", says="The Bussgang constant is about 0.6366")
    def test_bussgang(check):
        check(printed("0.6366"), ball(lambda: 2 / arb.pi()))
"""

from verdicts.algebra import agrees, identity
from verdicts.claims import claim, reading, readings
from verdicts.intervals import Interval
from verdicts.rounding import over_rounding
from verdicts.search import tries, twin, worst
from verdicts.sources import arithmetic, ball, confidence, data, instances, measured, proof, series, text
from verdicts.statements import (
    about,
    at_least,
    at_most,
    between,
    exactly,
    less_than,
    more_than,
    power_of_ten,
    printed,
    replicated,
    truncated,
)
from verdicts.tables import read_table

__all__ = [
    "Interval",
    "about",
    "agrees",
    "arithmetic",
    "at_least",
    "at_most",
    "ball",
    "between",
    "claim",
    "confidence",
    "data",
    "exactly",
    "identity",
    "instances",
    "less_than",
    "measured",
    "more_than",
    "over_rounding",
    "power_of_ten",
    "printed",
    "proof",
    "read_table",
    "reading",
    "readings",
    "replicated",
    "series",
    "text",
    "tries",
    "truncated",
    "twin",
    "worst",
]
