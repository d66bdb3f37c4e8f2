"""The `check` fixture: one case's evidence against what its words accept, and the verdict that follows from both."""

from __future__ import annotations

import hashlib
from decimal import ROUND_CEILING
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NoReturn

from verdicts.curves import curve
from verdicts.errors import CheckError
from verdicts.evidence import Evidence, Source
from verdicts.intervals import (
    HOLDS,
    INCONCLUSIVE,
    NOT_RUN,
    REFUTED,
    decimal,
    judge,
    read_ends,
    refutes_twin,
    resolution,
    stored,
)
from verdicts.records import Case, Curve, blank_case
from verdicts.sources import as_source
from verdicts.statements import Accepted
from verdicts.vocabulary import GRADES

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from fractions import Fraction

__all__ = ["Check", "numeric_record", "search_record", "stream_seed", "verdict_of"]

MOST_LOOKS: Final = 64


def stream_seed(root: int, claim: str, case: str) -> int:
    """The seed of one case: a function of the root seed and of the case's name alone."""
    digest = hashlib.sha256(f"{root}\n{claim}\n{case}".encode(errors="surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big")


class Check:
    """Decides one case. Call it once, with what the words accept and a source of evidence.

    Attributes:
        claim: id of the claim.
        case: id of the case within it, "" for the only one.
        root: seed of the run, for what several cases draw together.
        seed: of the case's own random stream.
        share: the error probability that the case may spend; None where its claim declares no weight.
        places: those of the paper, which figures are among.
        curves: what the case leaves for the figures, so far.
        record: what was decided, None before that.
        fault: why this check is worth nothing, however the test ends; "" where all is well.
    """

    def __init__(
        self, claim: str, case: str, root: int, share: Fraction | None, places: Container[str] = frozenset()
    ) -> None:
        self.claim = claim
        self.case = case
        self.root = root
        self.seed = stream_seed(root, claim, case)
        self.share = share
        self.places = places
        self.curves: list[Curve] = []
        self.record: Case | None = None
        self.fault = ""
        self._called = False

    def __call__(self, *given: Any) -> None:
        """Draw on a source until the verdict is decided or the source is exhausted.

        Args:
            given: the values for which the claim's words are true (`printed(…)`, `at_most(…)`, …), then a source of
                evidence, or a function that returns a ball; only the source where it states itself what is accepted
                (`identity`, `agrees`).

        Raises:
            CheckError: the case already has its evidence.
        """
        __tracebackhide__ = True
        self._begin()
        try:
            self._draw(*_accepted_and_source(given))
        except BaseException:
            self.record = None  # an earlier look is no evidence where a later one broke, even if the test goes on
            raise

    def not_run(self, reason: str, grade: str, command: str) -> NoReturn:
        """Skip this case: what it needs is not here.

        Args:
            reason: what is missing.
            grade: of the evidence that it would have given.
            command: what would run it.
        """
        import pytest

        if grade not in GRADES:
            raise CheckError(f"grade: expected one of {', '.join(GRADES)}, got {grade!r}")
        self._begin()
        self.record = blank_case(grade=grade, reason=f"{reason} (run: {command})")
        pytest.skip(self.record["reason"])

    def curve(  # noqa: PLR0913
        self, *, figure: str, name: str, points: Iterable[Any], kind: str = "line", x: str = "", y: str = ""
    ) -> None:
        """Leave points for a figure, before or after the check of this case. They decide nothing.

        Args:
            figure: its place, one of those that paper.toml lists, or "Not in the paper: " and what it shows.
            name: what the legend says. Cases of one claim that leave points under the same name draw one curve.
            points: (x, y) or (x, lo, hi) of each: ints, floats, Fractions, balls, numbers as the paper prints them.
            kind: "line" through the points, "points" with their intervals, or the "band" between the ends.
            x: what the horizontal axis shows.
            y: what the vertical axis shows.

        Raises:
            StatementError: it cannot be drawn.
        """
        __tracebackhide__ = True
        words = {"figure": figure, "name": name, "kind": kind, "x": x, "y": y}
        self.curves.append(curve(words, points, self.curves, self.places))

    def _begin(self) -> None:
        if self._called:
            self.fault = "check was called twice; each case is one check"
            raise CheckError(self.fault)
        self._called = True

    def _draw(self, accepted: Accepted, source: Source) -> None:
        looks = 0
        for looks, evidence in enumerate(islice(source.looks(self.share), MOST_LOOKS), 1):
            if not isinstance(evidence, Evidence):
                raise CheckError(f"a source yields Evidence, got {type(evidence).__name__}")
            self.record = numeric_record(accepted, evidence, looks)
            if self.record["verdict"] != INCONCLUSIVE:
                return
        if self.record is None:
            raise CheckError("the source yielded no evidence")
        if looks == MOST_LOOKS:
            self.record["reason"] = f"undecided after {looks} looks, the most that one case may take"


def _accepted_and_source(given: tuple[Any, ...]) -> tuple[Accepted, Source]:
    *before, computed = given or (None,)
    source = as_source(computed)
    own = getattr(source, "accepted", None)
    if len(before) + (own is not None) != 1:
        raise CheckError(
            "check expects what the words accept and a source of evidence, or a source that says itself what is "
            f"accepted (identity, agrees); got {', '.join(type(each).__name__ for each in given) or 'nothing'}"
        )
    accepted = own or before[0]
    if not isinstance(accepted, Accepted):
        raise CheckError(f"check expects printed(…), at_most(…), … first, got {type(accepted).__name__}")
    return accepted, source


def numeric_record(accepted: Accepted, evidence: Evidence, looks: int = 1) -> Case:
    """The two intervals as they are stored, the verdict that these decide, and how sharp the evidence is."""
    if evidence.computed is None:
        raise CheckError("numeric evidence encloses a value")
    ends = stored(accepted.interval, evidence.computed)
    computed = read_ends(ends)
    least = resolution(accepted.interval, computed)
    record = _evidence_record(
        evidence,
        looks=looks,
        printed=list(accepted.printed),
        stated=accepted.stated,
        because=accepted.because,
        accepted=accepted.ends,
        open=[accepted.interval.lo_open, accepted.interval.hi_open],
        computed=ends,
        resolution=stored_resolution(least),
        weak=is_weak(accepted, least),
        twin=refutes_twin(accepted.interval, computed),
    )
    record["verdict"] = verdict_of(record)  # type: ignore[typeddict-item]
    if record["verdict"] == INCONCLUSIVE:
        record["reason"] = _why_inconclusive(record)
    return record


def is_weak(accepted: Accepted, least: Fraction | None) -> bool:
    """Whether the resolution is coarser than the last printed digit of a value."""
    coarse = accepted.unit is not None and (least is None or least > accepted.unit)
    return coarse and accepted.interval.width is not None


def _why_inconclusive(record: Case) -> str:
    if not record["twin"]:
        return "the evidence could refute no nearby value either"
    if record["grade"] == "arithmetic":
        return "the digits printed allow the stated value, and allow others too"
    return "the computed interval overlaps the edge of the accepted one"


def search_record(evidence: Evidence) -> Case:
    """A search refutes by its counterexample; without one it holds if it could refute its twin."""
    record = _evidence_record(evidence, twin=evidence.twin)
    record["verdict"] = verdict_of(record)  # type: ignore[typeddict-item]
    if record["verdict"] == INCONCLUSIVE:
        record["reason"] = "the search finds no counterexample, but does not refute its false twin either"
    return record


def _evidence_record(evidence: Evidence, **known: Any) -> Case:
    if evidence.conditions:
        known["conditions"] = dict(evidence.conditions)
    return blank_case(
        grade=evidence.grade,
        method=evidence.method,
        samples=evidence.samples,
        level=None if evidence.level is None else decimal(evidence.level, ROUND_CEILING, 17),
        seed=evidence.seed,
        slack=evidence.slack or None,
        counterexample=evidence.counterexample or None,
        code=evidence.code or None,
        **known,
    )


def verdict_of(record: Mapping[str, Any]) -> str:
    """The verdict that follows from what is stored of a case, and from nothing else.

    Raises:
        ValueError: what is stored is no two intervals.
    """
    if record["accepted"] is not None and record["computed"] is not None:
        return judge(read_ends(record["accepted"], record["open"]), read_ends(record["computed"]))
    if record["counterexample"] is not None:
        return REFUTED
    if record["twin"] is None:
        return NOT_RUN
    return HOLDS if record["twin"] else INCONCLUSIVE


def stored_resolution(least: Fraction | None) -> str | None:
    """The resolution as it is stored."""
    return None if least is None else decimal(least, ROUND_CEILING, 3)
