"""What no evidence can have left: records of cases that contradict themselves, as edited ones do."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from verdicts.check import MOST_LOOKS, is_weak, stored_resolution, verdict_of
from verdicts.evidence import misfit
from verdicts.intervals import Interval, read_ends, refutes_twin, resolution
from verdicts.statements import StatementError, printed, truncated

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["contradiction"]


def contradiction(record: Mapping[str, Any]) -> str | None:
    """Why no evidence can have left such a record, its verdict included; None where one can."""
    try:
        follows = verdict_of(record)
        said = next(_all_impossible(record), None)
    except ValueError as error:
        return str(error)
    if said is None and record["verdict"] != follows:
        said = f"verdict {record['verdict']!r} is stored, but {follows!r} follows from the evidence stored with it"
    return said


def _all_impossible(record: Mapping[str, Any]) -> Iterator[str]:
    """What no numeric evidence, no search and no case without evidence can have left."""
    if (record["accepted"] is None) != (record["computed"] is None):
        yield "an accepted and a computed interval stand together or not at all"
    elif record["accepted"] is not None:
        yield from _impossible_number(record)
    elif stray := _present(record, "looks", "level", "resolution"):
        yield f"a case without intervals has no {stray}"
    elif record["weak"]:
        yield "a case without intervals is not weak"
    elif record["counterexample"] is not None or record["twin"] is not None:
        if record["grade"] != "search":
            yield f"a case without intervals is decided by search, not by {record['grade']!r}"
        if not record["samples"]:
            yield "a search decides only by what it tried, and none is stored"


def _impossible_number(record: Mapping[str, Any]) -> Iterator[str]:
    if stray := _present(record, "counterexample", "slack", "code"):
        yield f"a case with intervals has no {stray}"
    if record["grade"] is None or record["grade"] == "search":
        yield f"a case with intervals is not of grade {record['grade']!r}"
    if fault := misfit(record["grade"], record["samples"], record["level"] and Fraction(record["level"])):
        yield fault
    if record["looks"] not in range(1, MOST_LOOKS + 1):
        yield f"a case with intervals took 1 to {MOST_LOOKS} looks, not {record['looks']!r}"
    accepted, computed = read_ends(record["accepted"], record["open"]), read_ends(record["computed"])
    if record["twin"] != refutes_twin(accepted, computed):
        yield f"twin {record['twin']!r} is stored, but the intervals say {not record['twin']!r}"
    least = resolution(accepted, computed)
    if record["resolution"] != (follows := stored_resolution(least)):
        yield f"resolution {record['resolution']!r} is stored, but the intervals say {follows!r}"
    if record["weak"] not in _weak(record["printed"], accepted, least):
        yield f"weak {record['weak']!r} is stored, but the intervals and what was printed say {not record['weak']!r}"


def _present(record: Mapping[str, Any], *keys: str) -> str | None:
    return next((key for key in keys if record[key] is not None), None)


def _weak(strings: list[str], accepted: Interval, least: Fraction | None) -> set[bool]:
    """What `weak` may be. It follows for half-lines and roundings; for others the unit of a digit is not stored."""
    if accepted.width is None:
        return {False}
    for text in strings[:1]:
        with suppress(StatementError):
            for digits in (printed, truncated):
                if accepted == (known := digits(text)).interval:
                    return {is_weak(known, least)}
    return {True, False}
