"""The ledger as an endpoint file of shields.io: one label with the counts of the paper's claims."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from verdicts.views.outcome import outcome
from verdicts.views.wording import summary_counts

if TYPE_CHECKING:
    from verdicts.records import Ledger

SHORT = {"holds": "hold", "qualified": "qualified", "refuted": "refuted", "inconclusive": "undecided"}


def render(ledger: Ledger) -> str:
    """Counts of the paper's claims; red where the run is red, whatever is refuted: that was accepted as such."""
    counts = summary_counts(ledger["summary"])
    red = outcome(ledger).red
    words = ", ".join(f"{counts[name]:,} {said}" for name, said in SHORT.items() if counts[name])
    message = f"{'red: ' if red else ''}{words or 'nothing decided'}"
    badge = {"schemaVersion": 1, "label": "claims", "message": message, "color": "red" if red else "blue"}
    return json.dumps(badge | {"isError": red}, ensure_ascii=False) + "\n"
