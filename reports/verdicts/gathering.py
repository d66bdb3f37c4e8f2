"""What reaches the controller of a run: the evidence of each case, and what is wrong with the run as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from verdicts.contradictions import contradiction
from verdicts.ledger import disagreement
from verdicts.records import Case, blank_case, pick

if TYPE_CHECKING:
    from collections.abc import Mapping

    from verdicts.baseline import Baseline
    from verdicts.journal import Journal

KNOWN: Final = ("id", "reading", "primary", "reproduce")
"what is known of a case before it runs"
SILENT: Final = "no result reached the ledger (its process was lost)"
NOT_STARTED: Final = "the run ended before it was started"


class Gathering:
    """Evidence by case, from whichever processes; each thing that is learnt goes into the journal at once."""

    def __init__(self, baseline: Baseline) -> None:
        self.baseline = baseline
        self.records: dict[tuple[str, str], Case] = {}
        self.begun: set[str] = set()
        self.lost: dict[str, str] = {}
        self.problems: list[str] = []
        self.journal: Journal | None = None
        self._origins: dict[tuple[str, str], str] = {}

    def take(self, envelope: Mapping[str, Any]) -> None:
        """Keep what became of a case; what contradicts itself or another process is a fault, never a choice."""
        claim, record = envelope["claim"], envelope["record"]
        key = (claim, record["id"])
        name = f"{claim}[{record['id']}]" if record["id"] else claim
        other, worker = self.records.get(key), self._origins.get(key)
        fault = contradiction(record) or ""
        if other is not None and not envelope["final"]:
            fault = fault or disagreement(other, record)
            if worker == envelope["worker"] and not fault:
                fault = "it was run more than once: no test is ever run again for another outcome"
            if not fault:
                return
        if fault:
            self.problem(f"{name}: {fault}")
            record = blank_case(**pick(record, KNOWN), reason=f"error: {fault}")
            record["gate"] = self.baseline.gate(claim, record)
        self.records[key], self._origins[key] = record, envelope["worker"]
        if self.journal is not None:
            self.journal.write("case", claim=claim, case=record["id"], record=record)

    def unheard(self, case: Mapping[str, Any], interrupted: str) -> Case:
        """The record of a case from which nothing was heard: left out, or lost with its process or with the run."""
        stopped = f"run stopped: {interrupted}" if interrupted else ""
        otherwise = SILENT if case["node"] in self.begun else NOT_STARTED
        reason = case["left_out"] or self.lost.get(case["node"]) or stopped or otherwise
        return blank_case(**pick(case, KNOWN), reason=reason)

    def problem(self, text: str) -> None:
        """Note what is wrong with an audit as a whole, once."""
        if text not in self.problems:
            self.problems.append(text)
            if self.journal is not None:
                self.journal.write("problem", text=text)
