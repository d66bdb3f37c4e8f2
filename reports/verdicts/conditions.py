"""What a run must meet besides the gate of each case."""

from __future__ import annotations

import os
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verdicts.options import ANY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from verdicts.baseline import Baseline
    from verdicts.options import Output
    from verdicts.records import Case, Ledger


def misplaced(catalogue: Mapping[str, Any], output: Output, baseline: Baseline, root: Path) -> str:
    """How the claims are not those that the run's baseline and output belong to; empty where they are."""
    expected = output.folder and Path(os.path.relpath(output.folder, root.resolve())).as_posix()
    if catalogue["claims"] and catalogue["folder"] != expected:
        return (
            f"the claims are in {catalogue['folder']}, but this run is about {expected or 'no folder of claims'}: "
            f"start pytest with their folder, pytest {catalogue['folder']}"
        )
    paper = catalogue["paper"]["id"]
    if baseline.present and baseline.paper != paper:
        return f"{baseline.path}: key 'paper': expected {paper!r} as in paper.toml, found {baseline.paper!r}"
    return ""


def overspent(records: Iterable[Case], budget: str) -> list[str]:
    """Whether statistical cases spent more than the error budget."""
    spent = sum((Fraction(record["level"]) for record in records if record["level"]), Fraction(0))
    if spent <= Fraction(budget):
        return []
    return [f"statistical cases spent {float(spent):.1e} of an error budget of {budget}"]


def lacks(ledger: Ledger, baseline: Baseline, require: str) -> list[str]:
    """The cases that were not run although evidence of their grade is required."""
    found = []
    for claim in ledger["claims"]:
        for case in claim["cases"] if require else ():
            entry = baseline.entry(claim["id"], case["id"])
            if case["verdict"] == "not run" and require in (ANY, case["grade"], entry and entry["grade"]):
                found.append(f"{claim['id']}[{case['id']}]" if case["id"] else claim["id"])
    shown = ", ".join(found[:3]) + (f" and {len(found) - 3} more" if found[3:] else "")
    return [f"--verdicts-require {require}: not run: {shown}"] if found else []


def refuted(ledger: Ledger) -> list[str]:
    """The claims that --verdicts-strict does not allow."""
    found = [claim["id"] for claim in ledger["claims"] if claim["verdict"] == "refuted"]
    return [f"--verdicts-strict: {len(found)} refuted, the first is {found[0]}"] if found else []
