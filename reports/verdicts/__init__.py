"""Audit a paper claim by claim: claims are pytest tests, evidence decides them, and a ledger keeps every verdict.

A file of claims needs only what this package exports:

    from verdicts import ball, claim, printed

    @claim("3.fact1", at="Fact 1", says="The Bussgang constant is about 0.6366")
    def test_bussgang(check):
        check(printed("0.6366"), lambda: 2 / arb.pi())
"""

from verdicts.claims import claim
from verdicts.evidence import arithmetic, ball, confidence, corners, proof
from verdicts.intervals import Interval
from verdicts.search import twin, worst
from verdicts.statements import about, at_least, at_most, between, exactly, less_than, more_than, printed
from verdicts.tables import read_table

__all__ = [
    "Interval",
    "about",
    "arithmetic",
    "at_least",
    "at_most",
    "ball",
    "between",
    "claim",
    "confidence",
    "corners",
    "exactly",
    "less_than",
    "more_than",
    "printed",
    "proof",
    "read_table",
    "twin",
    "worst",
]
