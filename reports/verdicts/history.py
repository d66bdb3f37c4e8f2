"""How the accepted verdicts of an audit changed, between two commits or over all of them."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from verdicts.baseline import Baseline, taken_over
from verdicts.ledger import read_ledger
from verdicts.schema import read_text
from verdicts.views.plain import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from verdicts.accepted import AcceptedClaim

BASELINES: Final = "verdicts-baseline/"
"how the schema of every baseline begins"
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


class Step(NamedTuple):
    """What a commit changed."""

    commit: Commit
    changes: list[Change]

    @property
    def told(self) -> dict[str, Any]:
        """The same in plain types."""
        return {**asdict(self.commit), "changes": [change._asdict() for change in self.changes]}


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
        return accepted_at(name, baseline)
    if is_baseline(path):
        return Baseline.read(path, required=True).claims
    return taken_over({}, read_ledger(path), ["all"])


def is_baseline(path: Path) -> bool:
    """Whether a file calls itself a baseline."""
    try:
        return _schema(read_text(path)).startswith(BASELINES)
    except ValueError:
        return False


def _schema(text: str) -> str:
    """The schema that a text in JSON says it follows; empty where it says none."""
    try:
        return str(json.loads(text)["schema"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return ""


def changes(old: Mapping[str, AcceptedClaim], new: Mapping[str, AcceptedClaim]) -> list[Change]:
    """What differs between two baselines, claim by claim."""
    return [change for id in sorted(old.keys() | new.keys()) for change in _changes(id, old.get(id), new.get(id))]


def commits(baseline: Path, since: str | None = None) -> list[Commit]:
    """The commits that changed a baseline, the latest first. ValueError where git does not know it."""
    scope = f"{since}..HEAD" if since else "HEAD"
    failed = f"{baseline}: expected a baseline in a repository of git"
    log = _git(baseline, failed, "log", "--first-parent", "--format=%H%x09%as%x09%s", scope, "--", baseline.name)
    return [Commit(*line.split("\t", 2)) for line in log.splitlines()]


def steps(baseline: Path, since: str | None = None) -> tuple[list[Step], list[str]]:
    """What each commit changed in the accepted verdicts, the latest first, and why others could not be read.

    A commit whose baseline cannot be read follows the schema of another time, say; the next one tells all.
    """
    found: list[Step] = []
    unread: list[str] = []
    old = accepted_at(since, baseline) if since else {}
    for commit in reversed(commits(baseline, since)):
        text = _at_revision(commit.hash, baseline)
        try:
            new = Baseline.of_text(text, f"{commit.hash[:12]}:{baseline}").claims
        except ValueError as error:
            unread.append(str(error))
            continue
        if changed := changes(old, new):
            found.append(Step(commit, changed))
        old = new
    return found[::-1], unread


def changelog(found: Iterable[Step], unread: Sequence[str]) -> str:
    """How the accepted verdicts came about, as Markdown."""
    told = [f"## {each.commit.date} {_plain(each.commit.subject)}\n\n{_sections(each.changes)}" for each in found]
    parts = ["# Accepted verdicts\n", *(told or ["Nothing changed.\n"])]
    if unread:
        words = f"{counted(len(unread), 'commit')} left out, since the baseline cannot be read; the next one tells all"
        parts.insert(1, f"{_plain(f'{words}. The last: {unread[-1]}')}\n")
    return "\n".join(parts)


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
            lines += [
                f"{HEADINGS[kind].capitalize()} ({len(those):,}):",
                "",
                *(f"- {_plain(each.line)}" for each in those[:20]),
            ]
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
    expected = f"expected a ledger, a baseline, or a revision with {baseline}"
    failed = f"{revision}: no such file, and no revision: {expected}"
    return _git(baseline, failed, "show", f"{revision}:./{baseline.name}")


def _git(baseline: Path, failed: str, *arguments: str) -> str:
    """What git says in the folder of a baseline. ValueError, in one line, where it cannot; `failed` says what then."""
    folder = baseline.resolve().parent
    if not folder.is_dir():
        raise ValueError(f"{folder}: no such folder: name the baseline (--baseline)")
    try:
        command = ["git", *arguments]
        run = subprocess.run(command, cwd=folder, capture_output=True, check=False, encoding="utf-8")  # noqa: S603
    except OSError as error:
        raise ValueError(f"{folder}: git cannot be run there: {error.strerror}") from error
    if run.returncode:
        lines = run.stderr.strip().splitlines() or ["no reason given"]
        said = next((line for line in lines if line.startswith("fatal:")), lines[-1])
        raise ValueError(f"{failed}: {said.removeprefix('fatal: ')}")
    return run.stdout
