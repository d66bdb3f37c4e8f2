"""The commands that answer questions about a ledger, a paper's text, or the history of a baseline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from verdicts import history
from verdicts.anchoring import Anchoring
from verdicts.answers import Answer, takes_json, takes_ledger
from verdicts.files import write_safely
from verdicts.ledger import read_ledger
from verdicts.listing import account, row, selected, why
from verdicts.merge import diff
from verdicts.paper import PAPER, folder_asked_for
from verdicts.quotations import counted_words, faults
from verdicts.views.plain import counted

if TYPE_CHECKING:
    import argparse

    from verdicts.records import Ledger

BASELINE = Path("claims") / "baseline.json"
ASKED = ("verdict", "section", "grade", "kind", "gate")


def add_commands(commands: Any, ledger: Path) -> None:
    """Declare the commands; `ledger` is the one that they read unless another is named."""
    command = commands.add_parser("why", help="all that is known of one claim")
    command.add_argument("id", metavar="ID")
    takes_ledger(command, ledger)
    takes_json(command, _why)
    command = commands.add_parser("list", help="the claims of one verdict, section, grade, kind or gate")
    takes_ledger(command, ledger)
    for key in ASKED:
        command.add_argument(f"--{key}", metavar=key.upper())
    takes_json(command, _list)
    for name, ask, help in (
        ("source", _source, "whether what claims quote stands in the paper's text; status 1 where something does not"),
        ("uncovered", _uncovered, "the numbers of the paper's text that no claim states; status 1 where there are any"),
    ):
        command = commands.add_parser(name, help=help)
        command.add_argument("source", type=Path, metavar="FILE", help="the text: .html, .tex or plain")
        takes_ledger(command, ledger)
        command.add_argument(
            "--claims",
            type=Path,
            metavar="FOLDER",
            help=f"with {PAPER}; that of the ledger's project, or the nearest, unless given",
        )
        takes_json(command, ask)
    command = commands.add_parser(
        "diff", help="what changed between two ledgers, baselines or commits; status 1 where anything did"
    )
    command.add_argument("old", metavar="OLD", help="a ledger, a baseline, or a revision of git")
    command.add_argument("new", metavar="NEW")
    command.add_argument("--page", type=Path, metavar="PATH", help="write the comparison of two ledgers as a page, too")
    _takes_baseline(command)
    takes_json(command, _diff)
    command = commands.add_parser("changelog", help="how accepted verdicts came about, commit by commit, as Markdown")
    command.add_argument("--since", metavar="REVISION", help="leave out what was accepted there")
    _takes_baseline(command)
    takes_json(command, _changelog)


def _takes_baseline(command: argparse.ArgumentParser) -> None:
    told = f"in git; {BASELINE}, or that of the nearest folder of claims, unless given"
    command.add_argument("--baseline", type=Path, metavar="PATH", help=told)


def _baseline(chosen: argparse.Namespace) -> Path:
    """The baseline that is named, the usual one, or that of the nearest folder of claims."""
    if chosen.baseline or BASELINE.parent.is_dir():
        return chosen.baseline or BASELINE
    folder = folder_asked_for([Path.cwd()])
    return folder / BASELINE.name if folder else BASELINE


def _why(chosen: argparse.Namespace) -> Answer:
    ledger = read_ledger(chosen.ledger)
    return Answer(why(ledger, chosen.id), account(ledger, chosen.id))


def _list(chosen: argparse.Namespace) -> Answer:
    claims = selected(read_ledger(chosen.ledger), {key: getattr(chosen, key) for key in ASKED})
    return Answer([*map(row, claims), counted(len(claims), "claim")], {"claims": claims})


def _anchoring(chosen: argparse.Namespace) -> tuple[Anchoring, Ledger]:
    """The paper's text held against the claims of a ledger: those of its own project, or those nearest."""
    folder = chosen.claims or _claims_above(chosen.ledger) or folder_asked_for([Path.cwd()])
    if folder is None:
        raise ValueError(f"{Path.cwd()}: expected a folder of claims, with {PAPER}, here or below: name it (--claims)")
    anchoring, ledger = Anchoring(folder, chosen.source), read_ledger(chosen.ledger)
    paper, other = anchoring.passages.paper.id, ledger["paper"]["id"]
    if paper != other:
        expected = f"expected {other!r}, as in {chosen.ledger}, found {paper!r}"
        raise ValueError(f"{folder / PAPER}: key 'id': {expected}: name the folder of its claims (--claims)")
    return anchoring, ledger


def _claims_above(ledger: Path) -> Path | None:
    """The folder of claims of the project that a ledger lies in."""
    above = ledger.resolve().parents
    places = [place for folder in above for place in (folder, folder / BASELINE.parent)]
    return next((place for place in places if (place / PAPER).is_file()), None)


def _source(chosen: argparse.Namespace) -> Answer:
    anchoring, ledger = _anchoring(chosen)
    found = anchoring.quotations(ledger)
    lines = [each.line for name in ("not found", "found elsewhere") for each in found if each.standing == name]
    data = {"quotations": [each.told for each in found]}
    return Answer([*lines, counted_words(found)], data, int(bool(faults(found))))


def _uncovered(chosen: argparse.Namespace) -> Answer:
    anchoring, ledger = _anchoring(chosen)
    gaps = [gap for gap in anchoring.uncovered(ledger) if not gap.waived]
    idle = anchoring.idle_waivers(ledger)
    titles = {id: id if id == title else f"{id} {title}" for id, title, _ in anchoring.passages.paper.sections}
    lines = []
    for section, title in titles.items():
        if of_section := [gap for gap in gaps if gap.section == section]:
            lines += [title, *(f"  {gap.line}" for gap in of_section)]
    told = f"{counted(len(gaps), 'number')} of the text that no claim states and no waiver names"
    data = {"uncovered": [gap.told for gap in gaps], "idle waivers": idle}
    return Answer([*lines, *idle, told], data, int(bool(gaps or idle)))


def _diff(chosen: argparse.Namespace) -> Answer:
    old, new = Path(chosen.old), Path(chosen.new)
    if old.is_file() and new.is_file() and not history.is_baseline(old) and not history.is_baseline(new):
        ledgers = read_ledger(old), read_ledger(new)
        if chosen.page:
            _write_page(chosen.page, *ledgers)
        lines = diff(*ledgers)
        return Answer(lines, {"changes": lines}, int(bool(lines)))
    if chosen.page:
        raise ValueError(f"--page {chosen.page}: expected two ledgers to compare, not a baseline or a revision")
    before, after = (history.accepted_claims(name, _baseline(chosen)) for name in (chosen.old, chosen.new))
    found = history.changes(before, after)
    data = [change._asdict() for change in found]
    return Answer([f"{change.kind}: {change.line}" for change in found], {"changes": data}, int(bool(found)))


def _write_page(path: Path, old: Ledger, new: Ledger) -> None:
    from verdicts.views.comparison import render_comparison

    try:
        write_safely(path, render_comparison(old, new))
    except OSError as error:
        raise ValueError(f"{path}: cannot be written: {error.strerror}") from error


def _changelog(chosen: argparse.Namespace) -> Answer:
    found, unread = history.steps(_baseline(chosen), chosen.since)
    data = {"commits": [step.told for step in found], "unread": unread}
    return Answer(history.changelog(found, unread).splitlines(), data)
