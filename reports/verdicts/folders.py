"""In which folder a command works: those of a ledger in the root of the checkout, those on a terminal right there.

Pytest names tests from its rootdir, which may be above or below either.
"""

from __future__ import annotations

import os
import posixpath
import shlex
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from verdicts.records import Ledger

MARK: Final = ".git"


def checkout(folder: Path) -> Path:
    """The root of the checkout that a folder lies in: the nearest with .git, the folder itself where there is none."""
    return next((each for each in (folder, *folder.parents) if (each / MARK).exists()), folder)


def moved(command: str, root: PurePath, start: PurePath) -> str:
    """A command `pytest FILE::TEST …` that works in one folder, for another. Neither need exist on this machine."""
    if not command or root == start:
        return command
    program, node, *options = shlex.split(command)
    file, colons, test = node.partition("::")
    return shlex.join([program, _seen(file, root, start) + colons + test, *options])


def all_moved(claims: Iterable[Any], root: PurePath, start: PurePath) -> list[Any]:
    """Claims, of a ledger or not run yet, with the commands of their cases moved."""
    return [
        claim | {"cases": [case | {"reproduce": moved(case["reproduce"], root, start)} for case in claim["cases"]]}
        for claim in claims
    ]


def named(path: Path, root: Path) -> str:
    """A file as a ledger names it: from the root of the checkout where it lies within, in full otherwise."""
    path = Path(os.path.abspath(path))  # noqa: PTH100  # as it is called: where a link leads is nobody's business
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else str(path)


def seen_from(ledger: Ledger, root: Path, start: Path) -> Ledger:
    """A ledger whose commands, which are those for the root of the checkout, work in another folder."""
    run = ledger["run"]
    if "baseline" in run and not Path(run["baseline"]).is_absolute():
        run = {**run, "baseline": _seen(run["baseline"], root, start)}
    return {**ledger, "run": run, "claims": all_moved(ledger["claims"], root, start)}


def _seen(path: str, root: PurePath, start: PurePath) -> str:
    return posixpath.relpath(posixpath.join(root.as_posix(), path), start.as_posix())
