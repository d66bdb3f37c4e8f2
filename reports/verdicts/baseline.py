"""The baseline: the verdicts that were last accepted, and the gate that holds a run against them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from verdicts.intervals import NOT_RUN, WORST_FIRST
from verdicts.ledger import write_atomically

SCHEMA: Final = "verdicts-baseline/1"
FAILING: Final = ("gone", "worse", "stale", "new")


class Baseline:
    """Accepted verdicts by claim and case. An absent file is an empty baseline, against which nothing is gated."""

    def __init__(self, path: Path, claims: dict[str, Any], *, present: bool) -> None:
        self.path = path
        self.claims = claims
        self.present = present

    @classmethod
    def read(cls, path: Path) -> Baseline:
        """Read a baseline. ValueError, in one line with file, key and expectation, where it is broken or foreign."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls(path, {}, present=False)
        except OSError as error:
            raise ValueError(f"{path}: cannot be read: {error.strerror}") from error
        except ValueError as error:
            raise ValueError(f"{path}: expected a baseline in JSON: {error}") from error
        if not isinstance(data, dict) or data.get("schema") != SCHEMA:
            found = data.get("schema") if isinstance(data, dict) else type(data).__name__
            raise ValueError(f"{path}: key 'schema': expected {SCHEMA!r}, found {found!r}")
        claims = data.get("claims")
        if not isinstance(claims, dict):
            raise ValueError(f"{path}: key 'claims': expected an object of claims by id")
        for id, entry in claims.items():
            cases = entry.get("cases") if isinstance(entry, dict) else None
            if not isinstance(cases, dict) or not all(
                isinstance(entry.get(key), str) for key in ("at", "says", "kind")
            ):
                raise ValueError(f"{path}: key 'claims.{id}': expected at, says, kind and cases")
            for case, accepted in cases.items():
                if not isinstance(accepted, dict) or accepted.get("verdict") not in WORST_FIRST:
                    expected = ", ".join(WORST_FIRST)
                    raise ValueError(f"{path}: key 'claims.{id}.cases.{case}.verdict': expected one of {expected}")
                if not isinstance(accepted.get("statement"), str):
                    raise ValueError(f"{path}: key 'claims.{id}.cases.{case}.statement': expected a hash")
        return cls(path, claims, present=True)

    def gate(self, claim: str, case: str, verdict: str, statement: str) -> str | None:
        """How a verdict stands to the accepted one: equal, worse, better, stale, new; None where nothing is gated."""
        if not self.present or verdict == NOT_RUN:
            return None
        accepted = self.claims.get(claim, {}).get("cases", {}).get(case)
        if accepted is None:
            return "new"
        if accepted["statement"] != statement:
            return "stale"
        change = WORST_FIRST.index(verdict) - WORST_FIRST.index(accepted["verdict"])
        return "equal" if change == 0 else "worse" if change < 0 else "better"

    def accepted(self, claim: str, case: str) -> str | None:
        """The accepted verdict of a case, if it has one."""
        entry = self.claims.get(claim, {}).get("cases", {}).get(case)
        return None if entry is None else str(entry["verdict"])

    def accept(self, ledger_claims: Sequence[dict[str, Any]], what: Sequence[str]) -> bool:
        """Take over verdicts of a run and write the file where it changes; returns whether it did.

        Args:
            ledger_claims: the run's claims, each case with its `statement` hash; those that are gone are forgotten
                where `what` names them.
            what: "all", "new", or ids of claims.
        """
        before = json.dumps(self.claims, sort_keys=True)
        for claim in ledger_claims:
            for case in claim["cases"]:
                if case["verdict"] == NOT_RUN or not wanted(what, claim["id"], case["gate"] or "new"):
                    continue
                entry = self.claims.setdefault(claim["id"], {"cases": {}})
                entry |= {key: claim[key] for key in ("at", "says", "kind")}
                entry["cases"][case["id"]] = {"verdict": case["verdict"], "statement": case["statement"]}
            for case in claim["cases"]:
                if case["gate"] == "gone" and wanted(what, claim["id"], None):
                    self.claims[claim["id"]]["cases"].pop(case["id"], None)
        self.claims = {
            id: {**entry, "cases": dict(sorted(entry["cases"].items()))}
            for id, entry in sorted(self.claims.items())
            if entry["cases"]
        }
        if json.dumps(self.claims, sort_keys=True) != before or not self.present:
            write_atomically(self.path, _text(self.claims))
            return True
        return False


def _text(claims: dict[str, Any]) -> str:
    """The baseline as JSON with one case a line, so that a change of verdict is one line of a diff."""
    flat = partial(json.dumps, ensure_ascii=False)
    entries = []
    for id, entry in claims.items():
        cases = ",\n".join(f"    {flat(case)}: {flat(accepted)}" for case, accepted in entry["cases"].items())
        facts = "".join(f"   {flat(key)}: {flat(entry[key])},\n" for key in ("at", "says", "kind"))
        entries.append(f'  {flat(id)}: {{\n{facts}   "cases": {{\n{cases}\n   }}\n  }}')
    body = ",\n".join(entries)
    return f'{{\n "schema": {flat(SCHEMA)},\n "claims": {{\n{body}\n }}\n}}\n'


def wanted(what: Sequence[str], claim: str, gate: str | None) -> bool:
    """Whether `--verdicts-accept` names this case."""
    return "all" in what or claim in what or ("new" in what and gate == "new")
