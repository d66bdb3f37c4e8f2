"""Sources of evidence, each with the grade that its kind of argument deserves.

A source yields sharper and sharper enclosures; `check` draws from it until the verdict is decided or the source is
exhausted.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Literal

from verdicts.balls import compare, distinct, hull, look_at, looked_at_twice, value_at
from verdicts.errors import CheckError
from verdicts.evidence import Evidence, Once, Source, words
from verdicts.intervals import enclosure, shortened
from verdicts.statements import Accepted, StatementError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from fractions import Fraction

    from verdicts.vocabulary import Grade

__all__ = ["arithmetic", "as_source", "ball", "confidence", "data", "instances", "measured", "proof", "series", "text"]

DOUBLINGS: Final = 6  # of the terms of a series


@dataclass(frozen=True)
class _Balls:
    """Looks at doubled precision, each repeated at a higher one: a ball that does not overlap itself is none."""

    values: Sequence[Callable[[], Any]]
    "of one ball, or of one at each point"
    method: str
    bits: int
    most: int
    grade: Grade = "proof"
    samples: int | None = None
    accepted: Accepted | None = None

    def looks(self, level: Fraction | None) -> Iterator[Evidence]:  # noqa: ARG002
        bits = self.bits
        prefix = f"{self.method}; " if self.method else ""
        while bits <= self.most:
            computed = hull(looked_at_twice(bits, self.values, self.method))
            yield Evidence(self.grade, computed, f"{prefix}ball arithmetic at {bits} bits", samples=self.samples)
            bits *= 2


@dataclass(frozen=True)
class _Series:
    """Looks at doubled numbers of terms, and of bits; each is held against the next."""

    value: Callable[[int], Any]
    terms: int
    method: str
    bits: int
    accepted: Accepted | None = None

    def looks(self, level: Fraction | None) -> Iterator[Evidence]:  # noqa: ARG002
        terms, bits = self.terms, self.bits
        computed = look_at(bits, partial(self.value, terms))
        prefix = f"{self.method}; " if self.method else ""
        for _ in range(DOUBLINGS):
            again = look_at(2 * bits, partial(self.value, 2 * terms))
            compare(computed, again, f"{terms} terms", f"{2 * terms} terms", self.method)
            yield Evidence("proof", computed.interval, f"{prefix}{terms} terms, their remainder enclosed")
            terms, bits, computed = 2 * terms, 2 * bits, again


@dataclass(frozen=True)
class _Confidence:
    sample: Callable[[int, Fraction], Any]
    sizes: Sequence[int]
    method: Callable[[], str]
    seed: int | None
    grade: Grade
    conditions: Callable[[], Mapping[str, str]]
    accepted: Accepted | None = field(default=None, init=False)

    def looks(self, level: Fraction | None) -> Iterator[Evidence]:
        if level is None:
            raise StatementError("confidence spends error probability: declare the claim's weight, claim(…, weight=…)")
        each = level / len(self.sizes)
        for size in self.sizes:
            computed = enclosure(self.sample(size, each))
            method = f"{words(self.method())}; error probability {float(each):.1e} at each of {len(self.sizes)} looks"
            conditions = self.conditions()
            yield Evidence(
                self.grade, computed, method, samples=size, level=level, seed=self.seed, conditions=conditions
            )


def ball(value: Callable[[], Any], method: str = "", bits: int = 64, most: int = 4096) -> Source:
    """Rigorous, about one number: `value()` returns a ball at the precision in force, which is doubled on demand.

    Every ball is computed once more at a higher precision; the two must overlap.

    Args:
        value: computes the enclosure; called under `flint.ctx.workprec`, first at `bits`, at most at `most`.
        method: the route, for the report.
        bits: precision of the first look.
        most: precision of the last.
    """
    return _Balls((_callable(value),), method, bits, most)


def series(value: Callable[[int], Any], terms: int, method: str = "", bits: int = 128) -> Source:
    """Rigorous, about one number: a truncated series or a quadrature with its stated error.

    What is computed with twice as many terms (and twice the bits) must overlap. Terms are doubled until decided.

    Args:
        value: `value(terms)` encloses the number, the remainder included.
        terms: of the first look.
        method: the route, for the report.
        bits: working precision of the first look.
    """
    if not isinstance(terms, int) or terms < 1:
        raise CheckError(f"series starts with a positive number of terms, got {shortened(terms)}")
    return _Series(_callable(value), terms, method, bits)


def proof(value: Any, certificate: str) -> Source:
    """What covers the whole statement: exact algebra, certified subdivision, a general inequality.

    Args:
        value: an exact number or an enclosure, for an inequality the enclosure of its worst margin.
        certificate: what proves it (the identity, the number of boxes), for the report.
    """
    return Once(Evidence("proof", enclosure(value), words(certificate)))


def instances(value: Any, at: Sequence[Any], method: str) -> Source:
    """A statement about all points, looked at in some: no proof, however many digits.

    Args:
        value: what was found over those points, as an enclosure; or a function of a point that returns a ball, whose
            range over the points is then taken, at the precision in force (as for `ball`).
        at: the points; a tuple is passed as several arguments.
        method: how the points were chosen and the values computed.
    """
    points = distinct(at, "instances")
    if not callable(value):
        return Once(Evidence("instances", enclosure(value), words(method), samples=len(points)))
    values = tuple(partial(value_at, value, each) for each in points)
    return _Balls(values, words(method), 64, 4096, "instances", len(points))


def text(found: Any, source: str) -> Source:
    """What was established by reading: a citation, a caption, a list of assumptions typed in by hand.

    Args:
        found: what was read, as an exact number (how many, how often).
        source: where it was read.
    """
    return Once(Evidence("text", enclosure(found), words(source)))


def arithmetic(value: Any, method: str) -> Source:
    """What the paper's own printed inputs allow (see `over_rounding`).

    Args:
        value: an exact number or an enclosure.
        method: the arithmetic, for the report.
    """
    return Once(Evidence("arithmetic", enclosure(value), words(method)))


def data(value: Any, method: str) -> Source:
    """What released or measured data give.

    Args:
        value: an exact number or an enclosure. A float as stored is the exact number `Fraction(value)`.
        method: the data, the field and what was computed from it, for the report.
    """
    return Once(Evidence("author data", enclosure(value), words(method)))


def measured(value: Any, method: str, conditions: Mapping[str, str]) -> Source:
    """What was measured on the very thing that the words are about, such as a trained model.

    Args:
        value: an exact number or an enclosure, which has room for what other machines and versions would measure.
        method: what was measured and how, for the report.
        conditions: of the measurement, by name: revision, text, device, precision, …
    """
    return Once(Evidence("model", enclosure(value), words(method), conditions=conditions))


def confidence(  # noqa: PLR0913
    sample: Callable[[int, Fraction], Any],
    sizes: Sequence[int],
    method: str | Callable[[], str],
    seed: int | None,
    *,
    grade: Literal["statistics", "model"] = "statistics",
    conditions: Mapping[str, str] | Callable[[], Mapping[str, str]] | None = None,
) -> Source:
    """A confidence set over a few planned looks, each at an equal part of the error probability of the case.

    Args:
        sample: `sample(size, level)` returns an enclosure that misses the true value with probability at most `level`.
        sizes: the planned sample sizes, increasing.
        method: estimator and confidence set, for the report; or a function that says so after each look, with what it
            found on the way.
        seed: the case's stream, for the report.
        grade: "model" where the draws are measurements of the very thing that the words are about.
        conditions: of the measurements, by name; or a function that says so after each look.
    """
    if grade not in ("statistics", "model"):
        raise CheckError(f"confidence: expected grade 'statistics' or 'model', got {shortened(grade)}")
    planned = [int(size) for size in sizes]
    if not planned or planned[0] < 1 or any(later <= earlier for earlier, later in pairwise(planned)):
        raise CheckError(f"confidence needs planned sample sizes that increase, got {shortened(planned)}")
    say = method if callable(method) else partial(str, words(method))
    known = conditions if callable(conditions) else partial(dict, conditions or {})
    return _Confidence(_callable(sample), planned, say, None if seed is None else int(seed), grade, known)


def as_source(computed: Any) -> Source:
    """`computed` itself where it is a source; a bare callable is ball evidence."""
    if hasattr(computed, "looks"):
        source: Source = computed
        return source
    if callable(computed):
        return ball(computed)
    if isinstance(computed, Accepted):
        raise CheckError("check expects what the words accept first, and a source of evidence after it")
    raise CheckError(
        f"check expects a source of evidence (ball, identity, agrees, proof, …) or a function that returns a ball, "
        f"got {type(computed).__name__}"
    )


def _callable(value: Any) -> Any:
    if not callable(value):
        raise CheckError(f"expected a function that computes an enclosure, got {shortened(value)}")
    return value
