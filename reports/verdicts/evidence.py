"""Evidence: a set that contains the true value, with how it was obtained.

A source of evidence yields sharper and sharper enclosures; `check` draws from it until the verdict is decided or the
source is exhausted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import Any, Final, Protocol

from verdicts.intervals import EVERYTHING, Interval, enclosure
from verdicts.statements import printed

__all__ = ["Evidence", "Source", "arithmetic", "ball", "confidence", "corners", "proof"]

GRADES: Final = ("proof", "arithmetic", "author data", "model", "statistics", "search")


@dataclass(frozen=True)
class Evidence:
    """What one case of a claim was decided on."""

    grade: str
    "how strong the evidence is, one of GRADES"
    computed: Interval | None
    "encloses the true value; None for a search, which has no value"
    method: str
    "how it was obtained, for the report"
    samples: int | None = None
    "draws of a statistic, or examples that a search tried"
    seed: int | None = None
    "the case's own stream, where one was used"
    counterexample: str = ""
    "the falsifying example of a search"
    slack: str = ""
    "the worst slack that a search met"
    twin: bool | None = None
    "whether the planted false statement was refuted by the same evidence; None where no twin applies"

    def __post_init__(self) -> None:
        """ValueError where a field is of another type than declared: it could not be written to the ledger."""
        if self.grade not in GRADES:
            raise ValueError(f"grade: expected one of {', '.join(GRADES)}, got {self.grade!r}")
        for name in ("method", "counterexample", "slack"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"{name}: expected a string, got {getattr(self, name)!r}")
        for name in ("samples", "seed"):
            if not isinstance(getattr(self, name), int | None):
                raise ValueError(f"{name}: expected an int or None, got {getattr(self, name)!r}")


class Source(Protocol):
    """Yields enclosures of one value, each sharper than the last. `share` is the case's share of the error budget."""

    def looks(self, share: Fraction) -> Iterator[Evidence]:
        """The planned looks, in order."""


@dataclass(frozen=True)
class _Once:
    evidence: Evidence

    def looks(self, share: Fraction) -> Iterator[Evidence]:  # noqa: ARG002
        yield self.evidence


@dataclass(frozen=True)
class _Balls:
    value: Callable[[], Any]
    method: str
    bits: int
    most: int

    def looks(self, share: Fraction) -> Iterator[Evidence]:  # noqa: ARG002
        import flint

        bits = self.bits
        while bits <= self.most:
            with flint.ctx.workprec(bits):
                computed = enclosure(self.value())
            prefix = f"{self.method}; " if self.method else ""
            yield Evidence("proof", computed, f"{prefix}ball arithmetic at {bits} bits")
            bits *= 2


@dataclass(frozen=True)
class _Confidence:
    sample: Callable[[int, Fraction], Any]
    sizes: Sequence[int]
    method: str
    seed: int | None

    def looks(self, share: Fraction) -> Iterator[Evidence]:
        if not self.sizes:
            raise ValueError("confidence needs at least one planned sample size")
        level = share / len(self.sizes)
        for size in self.sizes:
            computed = enclosure(self.sample(size, level))
            method = f"{self.method}; error probability {float(level):.1e} at each of {len(self.sizes)} looks"
            yield Evidence("statistics", computed, method, samples=size, seed=self.seed)


def ball(value: Callable[[], Any], method: str = "", bits: int = 64, most: int = 4096) -> Source:
    """Rigorous: `value()` returns a ball (or another enclosure) at the precision in force, which is doubled on demand.

    Args:
        value: computes the enclosure; called under `flint.ctx.workprec`, first at `bits`, at most at `most`.
        method: the route, for the report.
        bits: precision of the first look.
        most: precision of the last.
    """
    return _Balls(value, method, bits, most)


def proof(value: Any, certificate: str) -> Source:
    """A value or range established once and for all: exact algebra, or certified subdivision.

    Args:
        value: an exact number or an enclosure, for an inequality the enclosure of its worst margin.
        certificate: what proves it (the identity, the number of boxes), for the report.
    """
    if not certificate:
        raise ValueError("a proof names its certificate")
    return _Once(Evidence("proof", enclosure(value), certificate))


def arithmetic(value: Any, method: str) -> Source:
    """What the paper's own printed inputs allow when each may lie anywhere in its rounding interval (see `corners`)."""
    return _Once(Evidence("arithmetic", enclosure(value), method))


def corners(formula: Callable[..., Any], *texts: str) -> Interval:
    """The range of a formula over the rounding intervals of printed numbers.

    Args:
        formula: monotone in each of its arguments, which are Fractions; returns an exact number or a ball.
        texts: the numbers as printed.
    """
    rounding = [printed(text).interval for text in texts]
    values = [enclosure(formula(*point)) for point in product(*((part.lo, part.hi) for part in rounding))]
    lows = [value.lo for value in values if value.lo is not None]
    highs = [value.hi for value in values if value.hi is not None]
    finite = len(lows) == len(highs) == len(values)
    return Interval(min(lows), max(highs)) if finite else EVERYTHING


def confidence(sample: Callable[[int, Fraction], Any], sizes: Sequence[int], method: str, seed: int | None) -> Source:
    """A confidence set over a few planned looks, each at an equal part of the case's share of the error budget.

    Args:
        sample: `sample(size, level)` returns an enclosure that misses the true value with probability at most `level`.
        sizes: the planned sample sizes, increasing.
        method: estimator and confidence set, for the report.
        seed: the case's stream, for the report.
    """
    return _Confidence(sample, [int(size) for size in sizes], method, None if seed is None else int(seed))


def as_source(computed: Any) -> Source:
    """`computed` itself where it is a source; a bare callable is ball evidence."""
    if hasattr(computed, "looks"):
        source: Source = computed
        return source
    if callable(computed):
        return ball(computed)
    raise ValueError(
        f"check expects a source of evidence (ball, proof, arithmetic, confidence) or a function that returns a ball, "
        f"got {type(computed).__name__}"
    )
