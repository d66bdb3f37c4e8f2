"""What a baseline keeps: one typed record each for an accepted claim and for the verdict of one of its cases."""

from __future__ import annotations

from typing import Final, Literal, TypedDict

from verdicts.vocabulary import Count, Decimals, Grade, Kind, Name

BASELINE_SCHEMA: Final = "verdicts-baseline/2"


class Accepted(TypedDict):
    """The verdict of one case that was last accepted, and how good its evidence was."""

    verdict: Literal["refuted", "inconclusive", "holds"]
    grade: Grade | None
    statement: Name
    resolution: Decimals | None
    samples: Count | None
    looks: Count | None


class AcceptedClaim(TypedDict):
    """A claim's accepted verdicts by case, with what is shown of it once it is no longer declared."""

    at: str
    says: str
    kind: Kind
    file: str
    cases: dict[str, Accepted]
