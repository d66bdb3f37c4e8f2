"""The run's own verdict, which every view tells first, and how its cases stand to the accepted ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from verdicts.views.plain import counted
from verdicts.vocabulary import FAILING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verdicts.records import Case, Claim, Ledger

#: What pytest's exit statuses mean.
EXITS = {
    0: "passed",
    1: "failed",
    2: "interrupted",
    3: "stopped by an internal error",
    4: "stopped by an error of usage",
    5: "collected nothing",
}
#: How a case stands to the baseline, gravest first.
GATES = {
    "gone": "accepted earlier, not declared any more",
    "lost": "accepted earlier, not run now",
    "changed": "not the accepted verdict",
    "stale": "statement changed since accepted",
    "new": "not accepted yet",
    "rewritten": "verdict as accepted, by a search whose code changed under the same words",
    "weaker": "verdict as accepted, on weaker evidence",
    "excused": "accepted earlier, not run now, as this run allows",
}

Changes = dict[str, list[tuple["Claim", "Case | None"]]]


class Outcome(NamedTuple):
    """What became of a run."""

    red: bool
    "whether anything is wrong with the run; a refuted claim that was accepted as such is not"
    words: str
    "in a few words, with the exit status"
    facts: list[str]
    "in a line each: what stopped the run, what it left out, what is not as accepted"
    problems: list[str]
    "faults of the run itself"

    @property
    def line(self) -> str:
        """The verdict of the run with its facts, on one line."""
        problems = [counted(len(self.problems), "problem")] if self.problems else []
        return ": ".join(filter(None, (f"run {self.words}", "; ".join(self.facts + problems))))


def outcome(ledger: Ledger, faults: Sequence[str] = ()) -> Outcome:
    """The run's own verdict: passed only where status, problems, gates and the end of the run all say so.

    `faults` are problems that a view found itself, and that the run may not know of.
    """
    run = ledger["run"]
    problems = [*run["problems"], *(fault for fault in faults if fault not in run["problems"])]
    changed = {gate: len(members) for gate, members in changes(ledger).items()}
    facts = [f"interrupted: {run['interrupted']}"] if run["interrupted"] else []
    facts += [] if run["whole"] else ["only a part of the paper's claims was asked for"]
    facts += [f"{counted(number, 'case')} {gate} ({GATES[gate]})" for gate, number in changed.items()]
    status = run["exit_status"]
    red = bool(status or problems or run["interrupted"] or set(FAILING).intersection(changed))
    word = EXITS[1] if red and not status else EXITS.get(status, EXITS[1])
    return Outcome(red, f"{word}, exit status {status}", facts, problems)


def changes(ledger: Ledger) -> Changes:
    """Cases (or claims without any) that do not stand as accepted, by gate, gravest first."""
    found: Changes = {gate: [] for gate in GATES}
    for claim in ledger["claims"]:
        if not claim["cases"] and claim["gate"] in found:
            found[claim["gate"]].append((claim, None))
        for case in claim["cases"]:
            if case["gate"] in found:
                found[case["gate"]].append((claim, case))
    return {gate: members for gate, members in found.items() if members}


def run_words(ledger: Ledger) -> dict[str, str]:
    """The run record as label and words, in reading order; what is unknown is left out."""
    run = ledger["run"]
    commit = (run["commit"] or "")[:12]
    record = {
        "exit status": str(run["exit_status"]),
        "started": run["started"].replace("T", " "),
        "took": f"{run['seconds']:,.1f} s",
        "command": run["command"],
        "asked for": "every claim of the paper" if run["whole"] else "a part of the paper's claims",
        "commit": f"{commit} with uncommitted changes" if commit and run["dirty"] else commit,
        "seed": str(run["seed"]),
        "device": run["device"],
        "workers": str(run["workers"]),
        "Python": run["python"],
        "platform": run["platform"],
        "packages": ", ".join(f"{name} {version}" for name, version in run["packages"].items()),
        "merged from": counted(len(run["merged"]), "run") if "merged" in run else "",
        "interrupted": run["interrupted"] or "",
    }
    return {label: words for label, words in record.items() if words}
