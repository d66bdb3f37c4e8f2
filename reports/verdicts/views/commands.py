"""The commands that make a run's cases stand as accepted: accept, allow, erase."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final, NamedTuple

from verdicts.forgetting import BETWEEN, erasing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from verdicts.records import Case, Claim, Ledger

BASELINE: Final = "baseline.json"  # in the folder of claims
FOLDER: Final = "claims"  # where a ledger does not tell where its claims are


class Commands(NamedTuple):
    """What is typed where the commands that run one case of a ledger are typed."""

    folder: str
    "of claims"
    baseline: str = ""
    "the file of accepted verdicts, where it is not the usual one"

    @property
    def accepting(self) -> str:
        """Accepts verdicts, but for what it accepts."""
        return f"{self._pytest} --verdicts-accept"

    @property
    def allowing(self) -> str:
        """Lets what was accepted be missing, but for what it allows."""
        return f"{self._pytest} --verdicts-allow-not-run"

    @property
    def _pytest(self) -> str:
        option = f" --verdicts-baseline {shlex.quote(self.baseline)}" if self.baseline else ""
        return f"pytest {shlex.quote(self.folder)}/{option}"

    def erasing(self, gone: Sequence[tuple[Claim, Case | None]], room: int) -> str:
        """Erases what is gone: with its names, where so many columns hold them.

        Args:
            gone: the cases, each with its claim.
            room: columns.
        """
        names: list[str] = []
        for claim, case in gone:
            whole = all(each["gate"] == "gone" for each in claim["cases"])
            names.append(claim["id"] if whole or case is None else f"{claim['id']}{BETWEEN}{case['id']}")
        baseline = self.baseline or f"{self.folder}/{BASELINE}"
        full = erasing(list(dict.fromkeys(names)), baseline)
        return full if len(full) <= room else erasing(["CLAIM"], baseline)

    def remedy(self, gate: str, claim: Claim) -> str:
        """The line that makes a case stand as accepted: allow what was not run, accept what is otherwise."""
        label, command = ("allow", self.allowing) if gate == "lost" else ("accept", self.accepting)
        return f"{label}: {command} {shlex.quote(claim['id'])}"


def commands(ledger: Ledger) -> Commands:
    """The commands of a ledger."""
    return Commands(folder_of_claims(ledger), ledger["run"].get("baseline", ""))


def folder_of_claims(ledger: Ledger) -> str:
    """The folder of claims, as the commands name it that run one case alone."""
    for claim in ledger["claims"]:
        for case in claim["cases"]:
            file = next((word.split("::")[0] for word in _words(case["reproduce"]) if "::" in word), "")
            if file and (folder := _above(file, claim["file"])):
                return folder
    return FOLDER


def _above(path: str, file: str) -> str:
    """The folder in which a file has this name, where a command calls it by that path; empty where none has.

    A command within the folder may call the file by the end of its name alone: the folder is so many levels up.
    """
    if path == file or path.endswith(f"/{file}"):
        return path.removesuffix(file).rstrip("/") or "."
    inner = file.removesuffix(f"/{path}")
    return "/".join([".."] * len(inner.split("/"))) if inner != file else ""


def _words(command: str) -> list[str]:
    try:
        return shlex.split(command)
    except ValueError:
        return []
