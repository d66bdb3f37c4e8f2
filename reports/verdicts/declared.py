"""What is known before anything runs: one typed record each for the paper, its claims and their cases."""

from __future__ import annotations

from typing import Final, NotRequired, TypedDict

from verdicts.vocabulary import Count, Kind, Name

DESELECTED: Final = "deselected"
"why a case is not run that the user did not ask for"


class Paper(TypedDict):
    """The paper under audit."""

    id: str
    "identifier, for example of arXiv"
    title: str
    "its title"
    version: str
    "the version audited"
    url: str
    "where it stands"


class Section(TypedDict):
    """One section or appendix."""

    id: Name
    "number or letter, which claims refer to"
    title: str
    "its heading"


class Declaration(TypedDict):
    """What a claim says of itself."""

    id: Name
    "stable and unique"
    at: str
    "its place in the paper"
    also_at: list[str]
    "other places that repeat it"
    section: str
    "id of the section; empty where only the baseline still knows the claim"
    says: str
    "the statement in plain words"
    tex: str
    "its formula in LaTeX"
    kind: Kind
    "what it is; reviews, extensions and replications are no claims of the paper"
    rests_on: list[str]
    "ids of the claims that it needs to be true"
    note: str
    "why it is refuted, or what a reader should know"
    instead: str | None
    "id of the claim that states what is true instead"
    primary: str
    "the reading that decides; empty where there is only one"
    file: str
    "the file that declares it, relative to the folder of claims"
    line: Count
    "the line of that file; 0 where only the baseline still knows the claim"


class CatalogueCase(TypedDict):
    """What is known of a case before it runs."""

    id: str
    reading: str | None
    primary: bool
    reproduce: str
    rank: list[int]
    "position among the cases of its claim, whatever order they run in"
    left_out: NotRequired[str]
    "why it is not going to run; empty where it is"


class CatalogueClaim(Declaration):
    """What is known of a claim before it runs."""

    cases: list[CatalogueCase]


class Catalogue(TypedDict):
    """What a run is about to decide."""

    paper: Paper
    sections: list[Section]
    whole: bool
    complete: bool
    claims: list[CatalogueClaim]
    "in the paper's order"
