"""What is said in one line, at the line of the user that it is about, and not by a traceback through our own code."""

from __future__ import annotations

import os
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Container

    from verdicts.claims import Claim

PLUGIN: Final = Path(__file__).parent


class CheckError(ValueError):
    """A check that is worth nothing as it is written."""


def line_of_user(error: BaseException, root: Path, declared: Claim) -> str:
    """Where, in a file below the root, the user's own code last had its hand in an error: "file:line".

    Args:
        error: as it was caught.
        root: of the user's project.
        declared: where this is the answer if no such line is on the way.
    """
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        file = Path(frame.filename)
        if root in file.parents and PLUGIN not in file.parents and not _is_installed(file.parts):
            return f"{file.relative_to(root).as_posix()}:{frame.lineno}"
    return f"{Path(os.path.relpath(declared.source, root)).as_posix()}:{declared.line}"


def _is_installed(parts: Container[str]) -> bool:
    return "site-packages" in parts
