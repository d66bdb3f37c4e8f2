"""What a command answers: lines to be read, or with --json the same as data."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from verdicts.ledger import dump

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence


class Answer(NamedTuple):
    """The answer of a command."""

    lines: Sequence[str]
    data: Any
    "the same in plain types"
    status: int = 0
    "that the command ends with"


def takes_ledger(command: argparse.ArgumentParser, usual: Path) -> None:
    """The last argument of a command is a ledger, that of the last run unless given."""
    command.add_argument("ledger", type=Path, nargs="?", default=usual, metavar="LEDGER", help=f"{usual} unless given")


def takes_json(command: argparse.ArgumentParser, ask: Callable[[argparse.Namespace], Answer]) -> None:
    """The command writes the answer of `ask`, as lines or as JSON."""
    usual = command.get_default("ledger")

    def run(chosen: argparse.Namespace) -> int:
        if usual and chosen.ledger == usual and not usual.exists():
            raise ValueError(f"{usual}: no such file: run pytest claims/, or name the ledger")
        answer = ask(chosen)
        write_out(dump(answer.data) if chosen.json else "".join(f"{one_line(line)}\n" for line in answer.lines))
        return answer.status

    command.add_argument("--json", action="store_true", help="as JSON")
    command.set_defaults(run=run)


def write_out(text: str) -> None:
    """Write to standard output, in UTF-8 whatever the terminal's encoding.

    ValueError, in one line, where it cannot be written; a reader who went away has read enough.
    """
    if sys.stdout is None:
        raise ValueError("standard output: is closed")
    try:
        sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))
        sys.stdout.buffer.flush()
    except OSError as error:
        with contextlib.suppress(OSError, ValueError), Path(os.devnull).open("wb") as nothing:
            os.dup2(nothing.fileno(), sys.stdout.fileno())  # what is left would fail again as the process ends
        if not isinstance(error, BrokenPipeError):
            raise ValueError(f"standard output: cannot be written: {error.strerror}") from error


def one_line(text: str) -> str:
    """The text without line breaks and other characters that would steer a terminal; blanks before it are kept."""
    indent = len(text) - len(text.lstrip(" "))
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return " " * indent + plain
