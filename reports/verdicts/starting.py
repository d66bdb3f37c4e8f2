"""A working folder of claims to begin the audit of another paper with."""

from __future__ import annotations

import shlex
from importlib.resources import files
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

FILES: Final = ("paper.toml", "test_introduction.py", "baseline.json", "README.md")
FOLDER: Final = "FOLDER"
"stands in the texts for the name of the folder"


def start(folder: Path) -> list[Path]:
    """Write a description of a paper, two claims, their accepted verdicts and a README; returns what was written.

    ValueError, in one line, where one of the files is there already or the folder cannot be written: then nothing is.
    """
    paths = [folder / name for name in FILES]
    if there := [path for path in paths if path.exists() or path.is_symlink()]:
        raise ValueError(f"{there[0]}: is there already, and nothing is written over: name another folder")
    texts = [(files("verdicts") / "starter" / name).read_text(encoding="utf-8") for name in FILES]
    written: list[Path] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in zip(paths, texts, strict=True):
            with path.open("x", encoding="utf-8") as file:
                written.append(path)
                file.write(text.replace(FOLDER, shlex.quote(str(folder))))
    except OSError as error:
        for path in written:
            path.unlink()
        raise ValueError(f"{folder}: expected a folder that can be written: {error.strerror}") from error
    return written
