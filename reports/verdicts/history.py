"""How the accepted verdicts of an audit changed, between two commits or over all of them."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from verdicts.baseline import Baseline, taken_over
from verdicts.ledger import read_ledger
from verdicts.schema import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from verdicts.accepted import AcceptedClaim

WORDS: Final = ("at", "says", "tex", "kind", "primary", "rests_on")
STATED: Final = ("stated", "printed", "accepts", "reading")
KINDS: Final = ("appeared", "vanished", "words", "verdict", "grade")
HEADINGS: Final = {
    "appeared": "new claims",
    "vanished": "claims withdrawn",
    "words": "claims that state something else",
    "verdict": "verdicts that moved",
    "grade": "evidence of another grade",
}


class Change(NamedTuple):
    """One thing that two baselines do not have in common."""

    kind: str
    "one of KINDS"
    name: str
    "of the claim, or of its case"
    words: str

    @property
    def line(self) -> str:
        """On one line."""
        return f"{self.name}: {self.words}"


@dataclass(frozen=True)
class Commit:
    """A commit that changed the baseline."""

    hash: str
    date: str
    subject: str


def accepted_claims(name: str, baseline: Path) -> dict[str, AcceptedClaim]:
    """What was accepted, by what a user names: a ledger, a baseline, or a revision of git.

    Args:
        name: a path, or a revision such as HEAD~3 or v1.
        baseline: the file that is looked for in the revision.

    Raises:
        ValueError: it is none of these, in one line.
    """
    path = Path(name)
    if not path.is_file():
        return Baseline.of_text(_at_revision(name, baseline), f"{name}:{baseline}").claims
    if is_baseline(path):
        return Baseline.read(path, required=True).claims
    return taken_over({}, read_ledger(path), ["all"])


def is_baseline(path: Path) -> bool:
    """Whether a file calls itself a baseline."""
    try:
        return str(json.loads(read_text(path))["schema"]).startswith("verdicts-baseline/")
    except (ValueError, TypeError, KeyError, RecursionError):
        return False


def changes(old: Mapping[str, AcceptedClaim], new: Mapping[str, AcceptedClaim]) -> list[Change]:
    """What differs between two baselines, claim by claim."""
    return [change for id in sorted(old.keys() | new.keys()) for change in _changes(id, old.get(id), new.get(id))]


def commits(baseline: Path, since: str | None = None) -> list[Commit]:
    """The commits that changed a baseline, the latest first. ValueError where git does not know it."""
    scope = f"{since}..HEAD" if since else "HEAD"
    log = _git(baseline, "log", "--first-parent", "--format=%H%x09%as%x09%s", scope, "--", baseline.name)
    return [Commit(*line.split("\t", 2)) for line in log.splitlines()]


def changelog(baseline: Path, since: str | None = None) -> str:
    """How the accepted verdicts came about, as Markdown: of each commit what it changed, the latest first."""
    made = commits(baseline, since)
    told = []
    old = accepted_at(since, baseline) if since else {}
    for commit in reversed(made):
        new = accepted_at(commit.hash, baseline)
        if found := changes(old, new):
            told.append(f"## {commit.date} {_plain(commit.subject)}\n\n{_sections(found)}")
        old = new
    return "\n".join(
        ["# Accepted verdicts\n", *reversed(told)] if told else ["# Accepted verdicts\n", "Nothing changed.\n"]
    )


def accepted_at(revision: str, baseline: Path) -> dict[str, AcceptedClaim]:
    """What was accepted in a revision."""
    return Baseline.of_text(_at_revision(revision, baseline), f"{revision}:{baseline}").claims


def _changes(id: str, old: AcceptedClaim | None, new: AcceptedClaim | None) -> Iterator[Change]:
    if old is None or new is None:
        there: Any = old or new
        verdicts = ", ".join(sorted({case["verdict"] for case in there["cases"].values()}))
        yield Change("appeared", id, verdicts) if old is None else Change("vanished", id, f"was {verdicts}")
        return
    was, now = dict(old), dict(new)
    for key in WORDS:
        if was.get(key) != now.get(key):
            yield Change("words", id, f"{key}: {_shown(was.get(key))} → {_shown(now.get(key))}")
    for case in [*old["cases"], *(each for each in new["cases"] if each not in old["cases"])]:
        yield from _of_case(f"{id}[{case}]", old["cases"].get(case), new["cases"].get(case))


def _of_case(name: str, old: Any, new: Any) -> Iterator[Change]:
    if old is None or new is None:
        yield Change(
            "verdict", name, f"no case before → {new['verdict']}" if old is None else f"{old['verdict']} → no case"
        )
        return
    for key in STATED:
        if old.get(key) != new.get(key):
            yield Change("words", name, f"{key}: {_shown(old.get(key))} → {_shown(new.get(key))}")
    for key in ("verdict", "grade"):
        if old[key] != new[key]:
            yield Change(key, name, f"{_shown(old[key])} → {_shown(new[key])}")


def _sections(found: list[Change]) -> str:
    lines = []
    for kind in KINDS:
        if those := [change for change in found if change.kind == kind]:
            lines += [f"{len(those):,} {HEADINGS[kind]}:", "", *(f"- {_plain(each.line)}" for each in those[:20])]
            lines += [*([f"- and {len(those) - 20:,} more"] if len(those) > 20 else []), ""]
    return "\n".join(lines)


def _shown(value: Any) -> str:
    text = "nothing" if value in (None, "", []) else value if isinstance(value, str) else json.dumps(value)
    return " ".join(text.split())


def _plain(text: str) -> str:
    """Text that Markdown leaves as it is."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>#|" else letter for letter in " ".join(text.split()))


def _at_revision(revision: str, baseline: Path) -> str:
    if revision.startswith("-"):
        raise ValueError(f"{revision}: expected a ledger, a baseline, or a revision of git")
    return _git(baseline, "show", f"{revision}:./{baseline.name}")


def _git(baseline: Path, *arguments: str) -> str:
    folder = baseline.resolve().parent
    try:
        command = ["git", *arguments]
        run = subprocess.run(command, cwd=folder, capture_output=True, check=False, encoding="utf-8")  # noqa: S603
    except OSError as error:
        raise ValueError(f"{folder}: git cannot be run there: {error.strerror}") from error
    if run.returncode:
        said = (run.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise ValueError(f"git {arguments[0]} {arguments[1]}: expected a ledger, a baseline, or a revision: {said}")
    return run.stdout
