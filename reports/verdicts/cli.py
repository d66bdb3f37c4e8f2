"""The command `verdicts`: views, merges and comparisons of ledgers, recovery of runs that died."""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from verdicts import questions
from verdicts.answers import Answer, one_line, takes_json, takes_ledger, write_out
from verdicts.baseline import Baseline, forget
from verdicts.files import write_safely
from verdicts.journal import JOURNAL, recover, unsettled
from verdicts.ledger import dump, read_ledger
from verdicts.merge import merge
from verdicts.schema import published_schema
from verdicts.standing import differences, still_gone
from verdicts.starting import start
from verdicts.views import FORMATS
from verdicts.views.outcome import outcome
from verdicts.views.plain import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

LEDGER: Final = Path("reports") / "latest" / "verdicts.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit status: 0, 1 where a diff found changes or a run is not green, 2 for input that cannot be used.
    """
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except ValueError as error:
        sys.stderr.write(f"{one_line(str(error))}\n")
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="verdicts", description=__doc__)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser(
        "new", help="write a folder of claims to begin an audit with: two claims, one of them false"
    )
    command.add_argument("folder", type=Path, metavar="DIR")
    command.set_defaults(run=_new)
    command = commands.add_parser("render", help="draw a ledger as one of its views")
    command.add_argument("format", choices=FORMATS, metavar="FORMAT", help=", ".join(FORMATS))
    command.add_argument("ledger", type=Path, metavar="LEDGER")
    command.add_argument("-o", "--output", type=Path, metavar="PATH", help="standard output unless given")
    command.set_defaults(run=_render)
    command = commands.add_parser("merge", help="join the ledgers of several machines into one")
    command.add_argument("ledgers", type=Path, nargs="+", metavar="LEDGER")
    command.add_argument("-o", "--output", type=Path, required=True, metavar="PATH")
    command.set_defaults(run=_merge)
    command = commands.add_parser("recover", help="draw up the ledger of a run that died, from its journal")
    command.add_argument("journal", type=Path, nargs="?", default=LEDGER.with_suffix(JOURNAL), metavar="JOURNAL")
    command.add_argument("-o", "--output", type=Path, metavar="LEDGER", help="beside the journal unless given")
    command.set_defaults(run=_recover)
    command = commands.add_parser(
        "verify", help="whether the last run came to its end, and is green; status 1 or 2 if not"
    )
    takes_ledger(command, LEDGER)
    command.add_argument("--baseline", type=Path, metavar="PATH", help="to hold it against again, a merged one say")
    takes_json(command, _verify)
    command = commands.add_parser("accept", help="accept verdicts of a ledger, a merged one say, into a baseline")
    command.add_argument("ledger", type=Path, metavar="LEDGER")
    command.add_argument("what", nargs="+", metavar="WHAT", help="all, new, or ids of claims")
    command.add_argument("--baseline", type=Path, required=True, metavar="PATH")
    command.set_defaults(run=_accept)
    command = commands.add_parser(
        "forget", help="erase accepted verdicts by name, of claims or cases no longer declared"
    )
    command.add_argument("names", nargs="+", metavar="CLAIM[::CASE]", help="a claim, or one of its cases")
    command.add_argument("--baseline", type=Path, required=True, metavar="PATH")
    command.set_defaults(run=_forget)
    command = commands.add_parser("schema", help="print the JSON Schema of ledgers")
    command.set_defaults(run=_schema)
    questions.add_commands(commands, LEDGER)
    return parser


def _new(chosen: argparse.Namespace) -> int:
    written = start(chosen.folder)
    told = [*map(str, written), f"try it: pytest {shlex.quote(str(chosen.folder))}"]
    write_out("".join(f"{one_line(line)}\n" for line in told))
    return 0


def _render(chosen: argparse.Namespace) -> int:
    ledger = read_ledger(chosen.ledger)
    try:
        text = FORMATS[chosen.format](ledger)
    except ValueError as error:
        raise ValueError(f"{chosen.ledger}: {error}") from error
    _write(chosen.output, text)
    return 0


def _merge(chosen: argparse.Namespace) -> int:
    merged = merge([read_ledger(path) for path in chosen.ledgers], [str(path) for path in chosen.ledgers])
    _write(chosen.output, dump(merged))
    return 0


def _recover(chosen: argparse.Namespace) -> int:
    ledger = recover(chosen.journal)
    output = chosen.output or chosen.journal.with_suffix(".json")
    if not chosen.output and output.exists() and output.stat().st_mtime_ns >= chosen.journal.stat().st_mtime_ns:
        raise ValueError(f"{output}: is newer than {chosen.journal}: name another ledger to write (-o LEDGER)")
    _write(output, dump(ledger))
    counts = ledger["summary"]
    sys.stdout.write(f"{output}: recovered {counts['claims']} claims, {counts['not_run']} of them not run\n")
    return 0


def _verify(chosen: argparse.Namespace) -> Answer:
    path: Path = chosen.ledger
    ledger = read_ledger(path)
    if fault := unsettled(path.with_suffix(JOURNAL), ledger["run"]):
        raise ValueError(fault)
    told = outcome(ledger)
    found = differences(ledger, Baseline.read(chosen.baseline, required=True)) if chosen.baseline else []
    gated = bool(chosen.baseline) or any(case["gate"] for claim in ledger["claims"] for case in claim["cases"])
    problems = [*told.problems, *([] if gated else ["no baseline: nothing is gated; --verdicts-accept all makes one"])]
    red = told.red or not ledger["run"]["whole"] or not gated or bool(found)
    data = {"green": not red, "run": told.line, "problems": problems, "differences": found}
    return Answer([told.line, *problems, *found], data, int(red))


def _accept(chosen: argparse.Namespace) -> int:
    baseline, ledger = Baseline.read(chosen.baseline), read_ledger(chosen.ledger)
    try:
        changed = baseline.accept(ledger, chosen.what)
    except OSError as error:
        raise ValueError(f"{chosen.baseline}: cannot be written: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"{chosen.ledger}: {error}") from error
    told = [f"{chosen.baseline}: {'written' if changed else 'nothing new'}", *still_gone(ledger, baseline)]
    write_out("".join(f"{one_line(line)}\n" for line in told))
    return 0


def _forget(chosen: argparse.Namespace) -> int:
    try:
        erased = forget(chosen.baseline, chosen.names)
    except OSError as error:
        raise ValueError(f"{chosen.baseline}: cannot be written: {error.strerror}") from error
    write_out(f"{chosen.baseline}: {counted(len(erased), 'accepted case')} erased\n")
    return 0


def _schema(_: argparse.Namespace) -> int:
    _write(None, dump(published_schema()))
    return 0


def _write(path: Path | None, text: str) -> None:
    """Write to a file, whole or not at all, or to standard output. ValueError where it cannot be written."""
    if path is None:
        write_out(text)
        return
    try:
        write_safely(path, text)
    except OSError as error:
        raise ValueError(f"{path}: cannot be written: {error.strerror}") from error


if __name__ == "__main__":
    sys.exit(main())
