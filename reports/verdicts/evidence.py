"""Evidence: a set that contains the true value, with how it was obtained."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from verdicts.errors import CheckError
from verdicts.intervals import Interval, shortened
from verdicts.vocabulary import GRADES, Grade

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from verdicts.statements import Accepted

__all__ = ["Evidence", "Once", "Source"]


@dataclass(frozen=True)
class Evidence:
    """What one case of a claim was decided on."""

    grade: Grade
    "how strong the evidence is, one of GRADES"
    computed: Interval | None
    "encloses the true value; None for a search, which has no value"
    method: str
    "how it was obtained, for the report"
    samples: int | None = None
    "draws of a statistic, examples that a search tried, or points looked at"
    level: Fraction | None = None
    "the error probability that the case spends, of a statistic"
    seed: int | None = None
    "the case's own stream, where one was used"
    counterexample: str = ""
    "the falsifying example of a search"
    slack: str = ""
    "the worst slack that a search met"
    code: str = ""
    "of a search: digest of what it runs"
    twin: bool | None = None
    "of a search: whether it refuted the planted false statement"
    conditions: Mapping[str, str] = field(default_factory=dict, hash=False)
    "under which something was measured, by name: the model's revision, the text, the device, …"

    def __post_init__(self) -> None:
        """ValueError where a field is of another type than declared: it could not be written to the ledger."""
        if self.grade not in GRADES:
            raise CheckError(f"grade: expected one of {', '.join(GRADES)}, got {shortened(self.grade)}")
        for name in ("method", "counterexample", "slack", "code"):
            if not isinstance(getattr(self, name), str):
                raise CheckError(f"{name}: expected a string, got {shortened(getattr(self, name))}")
        for name, value in self.conditions.items():
            if not (isinstance(name, str) and isinstance(value, str)):
                raise CheckError(f"conditions: expected strings by name, got {shortened({name: value})}")
        for name in ("samples", "seed"):
            if not isinstance(getattr(self, name), int | None):
                raise CheckError(f"{name}: expected an int or None, got {shortened(getattr(self, name))}")
        if not isinstance(self.level, Fraction | None):
            raise CheckError(f"level: expected a Fraction or None, got {shortened(self.level)}")
        if fault := misfit(self.grade, self.samples, self.level):
            raise CheckError(fault)


@runtime_checkable
class Source(Protocol):
    """Yields enclosures of one value, each sharper than the last."""

    @property
    def accepted(self) -> Accepted | None:
        """The values for which the statement is true, where the source itself says so (an identity, an agreement)."""

    def looks(self, level: Fraction | None) -> Iterator[Evidence]:
        """The planned looks, in order; `level` is the error probability that the case may spend, None for none."""


@dataclass(frozen=True)
class Once:
    """Evidence that no further look would sharpen."""

    evidence: Evidence
    accepted: Accepted | None = None

    def looks(self, level: Fraction | None) -> Iterator[Evidence]:  # noqa: ARG002
        """The evidence, once."""
        yield self.evidence


def misfit(grade: Grade, samples: int | None, level: Fraction | None) -> str:
    """Why no evidence of a grade has these samples and spends this error probability; empty where some may."""
    if level is not None and not 0 < level <= 1:
        return f"level: expected an error probability above 0 and at most 1, got {shortened(level)}"
    if level is None and grade == "statistics":
        return "evidence of grade 'statistics' says what error probability it spends (level=…)"
    if level is not None and grade not in ("statistics", "model"):
        return f"evidence of grade {grade!r} spends no error probability (level=…)"
    if grade == "instances" and not samples:
        return "evidence of grade 'instances' says how many points were looked at (samples=…)"
    if grade in ("proof", "arithmetic", "text") and samples is not None:
        return f"evidence of grade {grade!r} has no samples"
    return ""


def words(method: Any) -> str:
    """`method` where it is a sentence for the report. ValueError where it is none."""
    if not isinstance(method, str) or not method.strip():
        raise CheckError(f"evidence says how it was obtained, in words; got {shortened(method)}")
    return method
