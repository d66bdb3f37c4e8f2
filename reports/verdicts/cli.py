"""Render, merge and compare ledgers: `verdicts --help`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from verdicts.ledger import dump, write_atomically
from verdicts.merge import diff, merge, read_ledger
from verdicts.views import FORMATS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status: 0, 1 where a diff found changes, 2 for input that cannot be used."""
    parser = argparse.ArgumentParser(prog="verdicts", description="Render, merge and compare ledgers.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("render", help="draw a ledger as one of its views")
    command.add_argument("format", choices=FORMATS, metavar="FORMAT", help=", ".join(FORMATS))
    command.add_argument("ledger", type=Path, metavar="LEDGER")
    command.add_argument("-o", "--output", type=Path, metavar="PATH", help="standard output unless given")
    command = commands.add_parser("merge", help="join the ledgers of several machines into one")
    command.add_argument("ledgers", type=Path, nargs="+", metavar="LEDGER")
    command.add_argument("-o", "--output", type=Path, required=True, metavar="PATH")
    command = commands.add_parser("diff", help="what changed between two ledgers; status 1 where anything did")
    command.add_argument("old", type=Path, metavar="OLD")
    command.add_argument("new", type=Path, metavar="NEW")
    chosen = parser.parse_args(arguments)
    try:
        return int({"render": _render, "merge": _merge, "diff": _diff}[chosen.command](chosen))
    except ValueError as error:
        sys.stderr.write(f"{' '.join(str(error).split())}\n")
        return 2


def _render(chosen: argparse.Namespace) -> int:
    ledger = read_ledger(chosen.ledger)
    try:
        text = FORMATS[chosen.format](ledger)
    except ValueError as error:
        raise ValueError(f"{chosen.ledger}: {error}") from error
    _write(chosen.output, text)
    return 0


def _merge(chosen: argparse.Namespace) -> int:
    ledgers = [read_ledger(path) for path in chosen.ledgers]
    try:
        merged = merge(ledgers)
    except ValueError as error:
        raise ValueError(f"{', '.join(map(str, chosen.ledgers))}: {error}") from error
    _write(chosen.output, dump(merged))
    return 0


def _diff(chosen: argparse.Namespace) -> int:
    changes = diff(read_ledger(chosen.old), read_ledger(chosen.new))
    _write(None, "".join(f"{line}\n" for line in changes))
    return 1 if changes else 0


def _write(path: Path | None, text: str) -> None:
    """Write to a file, whole or not at all, or to standard output. ValueError where it cannot be written."""
    if path is None:
        sys.stdout.buffer.write(text.encode())
        return
    try:
        write_atomically(path, text)
    except OSError as error:
        raise ValueError(f"{path}: cannot be written: {error.strerror}") from error


if __name__ == "__main__":
    sys.exit(main())
