"""The `check` fixture: one case's evidence against what its words accept."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from typing import Any, NoReturn

from verdicts.evidence import GRADES, Evidence, as_source
from verdicts.intervals import HOLDS, INCONCLUSIVE, NOT_RUN, REFUTED, decide, decimal, refutes_twin, resolution, shown
from verdicts.statements import Accepted

Record = dict[str, Any]


def stream_seed(root: int, claim: str, case: str) -> int:
    """The seed of one case: a function of the root seed and of the case's name alone."""
    digest = hashlib.sha256(f"{root}\n{claim}\n{case}".encode()).digest()
    return int.from_bytes(digest[:8], "big")


class Check:
    """Decides one case. Call it once, with what the words accept and a source of evidence.

    Attributes:
        claim: id of the claim.
        case: id of the case within it, "" for the only one.
        seed: of the case's own random stream.
        share: the case's share of the run's error budget.
    """

    def __init__(self, claim: str, case: str, root: int, share: Fraction) -> None:
        self.claim = claim
        self.case = case
        self.seed = stream_seed(root, claim, case)
        self.share = share
        self.record: Record | None = None

    def __call__(self, accepted: Accepted, computed: Any) -> None:
        """Draw on `computed` until the verdict is decided or the source is exhausted.

        Args:
            accepted: the values for which the claim's words are true.
            computed: a source of evidence, or a function that returns a ball (its precision is then doubled on demand).

        Raises:
            RuntimeError: the case already has its evidence.
        """
        if self.record is not None:
            raise RuntimeError(f"{self.claim}[{self.case}]: check was called twice; each case is one check")
        if not isinstance(accepted, Accepted):
            raise ValueError(f"check expects printed(…), at_most(…), … first, got {type(accepted).__name__}")
        for evidence in as_source(computed).looks(self.share):
            self.record = numeric_record(accepted, evidence)
            if self.record["verdict"] != INCONCLUSIVE:
                break
        if self.record is None:
            raise RuntimeError(f"{self.claim}[{self.case}]: the source yielded no evidence")

    def not_run(self, reason: str, grade: str, command: str) -> NoReturn:
        """Skip this case: what it needs is not here.

        Args:
            reason: what is missing.
            grade: of the evidence that it would have given.
            command: what would run it.
        """
        import pytest

        if grade not in GRADES:
            raise ValueError(f"grade: expected one of {', '.join(GRADES)}, got {grade!r}")
        self.record = {**blank_record(), "verdict": NOT_RUN, "grade": grade, "reason": f"{reason} (run: {command})"}
        pytest.skip(self.record["reason"])


def blank_record() -> Record:
    """A case about which nothing is known yet."""
    return {
        "verdict": NOT_RUN,
        "reason": "",
        "grade": None,
        "stated": "",
        "because": "",
        "accepted": None,
        "open": [False, False],
        "computed": None,
        "resolution": None,
        "weak": False,
        "twin": None,
        "method": "",
        "samples": None,
        "seed": None,
        "slack": None,
        "counterexample": None,
        "gate": None,
        "seconds": 0.0,
    }


def numeric_record(accepted: Accepted, evidence: Evidence) -> Record:
    """The two intervals, the verdict that they decide, and how sharp the evidence is."""
    if evidence.computed is None:
        raise ValueError("numeric evidence encloses a value")
    computed = shown(accepted.interval, evidence.computed)
    verdict = decide(accepted.interval, computed)
    least = resolution(accepted.interval, computed)
    twin = refutes_twin(accepted.interval, computed)
    if verdict == HOLDS and not twin:
        verdict = INCONCLUSIVE
    two_sided = accepted.interval.width is not None
    return {
        **_evidence_record(evidence),
        "verdict": verdict,
        "reason": "" if verdict != INCONCLUSIVE else _why_inconclusive(evidence.grade),
        "stated": accepted.stated,
        "because": accepted.because,
        "accepted": accepted.interval.decimals(),
        "open": [accepted.interval.lo_open, accepted.interval.hi_open],
        "computed": computed.decimals(),
        "resolution": None if least is None else decimal(least, "ROUND_CEILING", 3),
        "weak": bool(two_sided and accepted.unit and (least is None or least > accepted.unit)),
        "twin": twin,
    }


def _why_inconclusive(grade: str) -> str:
    if grade == "arithmetic":
        return "the digits printed allow the stated value, and allow others too"
    return "the computed interval overlaps the edge of the accepted one"


def search_record(evidence: Evidence) -> Record:
    """A search refutes by its counterexample; without one it holds if it could refute its twin."""
    if evidence.counterexample:
        verdict, reason = REFUTED, ""
    elif evidence.twin:
        verdict, reason = HOLDS, ""
    else:
        verdict, reason = INCONCLUSIVE, "the search finds no counterexample, but does not refute its false twin either"
    return {**_evidence_record(evidence), "verdict": verdict, "reason": reason, "twin": evidence.twin}


def _evidence_record(evidence: Evidence) -> Record:
    return {
        **blank_record(),
        "grade": evidence.grade,
        "method": evidence.method,
        "samples": evidence.samples,
        "seed": evidence.seed,
        "slack": evidence.slack or None,
        "counterexample": evidence.counterexample or None,
    }
