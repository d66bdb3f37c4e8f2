"""The tutorial does what it says: each file is written, each command run and its output compared, as printed there.

python -m tests.test_tutorial puts the outputs of today into it.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from verdicts.cli import main

TUTORIAL = Path(__file__).parents[1] / "docs" / "tutorial.md"
FOLDER = "/home/me/audit"
"what the tutorial calls the folder in which it is followed"
BLOCK = re.compile(
    r"(?:^(?P<add>Add to )?`(?P<file>[^`\n]+)`:\n\n)?^```(?P<kind>\w+)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL
)
TIMES = re.compile(r"(?<=passed in )[0-9.]+s(?: \([0-9:]+\))?")
TOOK = re.compile(r"^ *took: .*\n", re.MULTILINE)
"said only of what took any time"


def followed(text: str, folder: Path) -> str:
    """The tutorial with the outputs that its commands have in an empty folder, once times and paths are made alike."""

    def step(block: re.Match[str]) -> str:
        if block["file"]:
            path = folder / block["file"]
            path.parent.mkdir(exist_ok=True)
            before = path.read_text(encoding="utf-8") + "\n\n" if block["add"] else ""
            path.write_text(before + block["body"], encoding="utf-8")
            return block[0]
        assert block["kind"] == "console", block[0]
        commands = re.findall(r"^\$ (.*)$", block["body"], re.MULTILINE)
        told = "".join(f"$ {command}\n{output(command, folder)}" for command in commands)
        return f"```console\n{told}```"

    return BLOCK.sub(step, text)


def output(command: str, folder: Path) -> str:
    """What a command prints in a folder."""
    name, *arguments = shlex.split(command)
    if name == "verdicts":
        text = printed_by_verdicts(arguments, folder)
    else:
        words = [sys.executable, "-m", *shlex.split(command)] if name == "pytest" else ["bash", "-c", command]
        env = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST")} | {"COLUMNS": "100"}
        run = subprocess.run(words, cwd=folder, env=env, capture_output=True, check=False, timeout=120)
        text = (run.stdout + run.stderr).decode("utf-8")
    timeless = TOOK.sub("", TIMES.sub("0.00 s", text))
    return timeless.replace(str(folder), FOLDER).rstrip("\n") + "\n" if text else ""


def printed_by_verdicts(arguments: list[str], folder: Path) -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    with contextlib.chdir(folder), contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
        main(arguments)
    return stream.buffer.getvalue().decode("utf-8")


@pytest.mark.long
def test_the_tutorial_is_what_happens(tmp_path):
    told = TUTORIAL.read_text(encoding="utf-8")
    found = followed(told, tmp_path)
    changes = "\n".join(difflib.unified_diff(told.splitlines(), found.splitlines(), "told", "found", lineterm="", n=1))
    assert told == found, f"{changes}\nif this is meant: python -m tests.test_tutorial"


def test_no_block_is_passed_by():
    told = TUTORIAL.read_text(encoding="utf-8")
    assert len(re.findall(r"^```\w", told, re.MULTILINE)) == len(list(BLOCK.finditer(told))) > 10


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        TUTORIAL.write_text(followed(TUTORIAL.read_text(encoding="utf-8"), Path(folder)), encoding="utf-8")
