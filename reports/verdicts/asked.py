"""What the user asked for: where a run starts, and whether it is about all claims or a part of them."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Final

import pytest

SELECTING: Final = ("keyword", "markexpr", "deselect", "lf", "stepwise")
"pytest's options that leave tests out by name or by mark"
IGNORING: Final = ("ignore", "ignore_glob")


def is_whole(config: pytest.Config, folder: Path) -> bool:
    """Whether the user asked for all claims: for the folder or one above it, and for no selection on the command line.

    Only what the user said counts, so that no hook, ini file or link leaves claims out in silence.
    """
    folder = folder.resolve()
    starts = [start for start, arg in zip(starting_points(config), config.args, strict=True) if "::" not in arg]
    if not any(start == folder or start in folder.parents for start in starts):
        return False
    said = [*shlex.split(os.environ.get("PYTEST_ADDOPTS", "")), *map(str, config.invocation_params.args)]
    given = config._parser.parse_known_args(said)
    if any(getattr(given, name, None) for name in SELECTING):
        return False
    ignored = [Path(path) for name in IGNORING for path in getattr(given, name, None) or []]
    return not any(_concerns((config.invocation_params.dir / path).resolve(), folder) for path in ignored)


def starting_points(config: pytest.Config) -> list[Path]:
    """The files and folders that the run was asked for, links resolved."""
    return [(config.invocation_params.dir / str(argument).split("::")[0]).resolve() for argument in config.args]


def _concerns(ignored: Path, folder: Path) -> bool:
    return ignored == folder or folder in ignored.parents or ignored in folder.parents
