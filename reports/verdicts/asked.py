"""What the user asked for: where a run starts, and whether it is about all claims or a part of them.

Only what the user said counts, on the command line or in PYTEST_ADDOPTS, so that no hook, ini file or link leaves
claims out in silence.
"""

from __future__ import annotations

import os
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

LEAVING_OUT: Final = ("keyword", "markexpr", "deselect", "lf", "stepwise", "stepwise_skip", "stepwise_reset")
"pytest's options that leave tests out by name, by mark or by what failed last"
WITHOUT_A_WORD: Final = ("lf", "stepwise", "stepwise_skip", "stepwise_reset")
"those of them that drop tests without saying so"
IGNORING: Final = ("ignore", "ignore_glob")
LOOKING: Final = ("collectonly", "setupplan", "setuponly", "showfixtures", "show_fixtures_per_test")
"options with which no test is run"


@dataclass(frozen=True)
class Asked:
    """What the user asked for, of a folder of claims."""

    all_paths: bool
    "the folder, or one above it, or nothing in particular"
    selects: bool
    "and, by an option, not for all that is there"
    silently: bool
    "by an option that drops tests without saying so"
    ignores: bool
    "by an option that keeps files from being looked at"

    @property
    def whole(self) -> bool:
        """Whether all claims were asked for."""
        return self.all_paths and not self.selects

    @property
    def finds_all(self) -> bool:
        """Whether all claims are found, those included that are not asked for."""
        return self.all_paths and not (self.silently or self.ignores)


def only_looks(config: pytest.Config) -> bool:
    """Whether no test is to be run."""
    return any(getattr(config.option, name, False) for name in LOOKING)


def asked_for(config: pytest.Config, folder: Path | None) -> Asked:
    """What the user of this run asked for."""
    if folder is None:
        return Asked(all_paths=False, selects=False, silently=False, ignores=False)
    said = [*shlex.split(os.environ.get("PYTEST_ADDOPTS", "")), *map(str, config.invocation_params.args)]
    given = config._parser.parse_known_args(said)
    folder, here = folder.resolve(), config.invocation_params.dir
    paths = [(here / path).resolve() for path in given.file_or_dir if "::" not in path]
    within = folder in here.resolve().parents  # where pytest looks no further than here, unless told
    all_paths = not (given.file_or_dir or within) or any(path == folder or path in folder.parents for path in paths)
    ignored = [(here / path).resolve() for name in IGNORING for path in getattr(given, name, None) or []]
    ignores = any(_concerns(path, folder) for path in ignored)
    selects = ignores or any(getattr(given, name, None) for name in LEAVING_OUT)
    return Asked(all_paths, selects, any(getattr(given, name, None) for name in WITHOUT_A_WORD), ignores)


def starting_points(config: pytest.Config) -> list[Path]:
    """The files and folders that the run starts from, links resolved."""
    return [(config.invocation_params.dir / str(argument).split("::")[0]).resolve() for argument in config.args]


def parts_of_files(config: pytest.Config) -> set[Path]:
    """Files of which only some tests were asked for, and that no folder asked for holds."""
    starts = list(zip(starting_points(config), config.args, strict=True))
    whole = [start for start, argument in starts if "::" not in argument]
    parts = {start for start, argument in starts if "::" in argument}
    return {part for part in parts if not any(start == part or start in part.parents for start in whole)}


def _concerns(ignored: Path, folder: Path) -> bool:
    return ignored == folder or folder in ignored.parents or ignored in folder.parents
