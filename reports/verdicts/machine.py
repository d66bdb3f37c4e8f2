"""The machine and the versions that a run was made with."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import sys
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from verdicts.records import Run

PACKAGES: Final = (
    "pytest",
    "pytest-xdist",
    "pytest-verdicts",
    "hypothesis",
    "python-flint",
    "mpmath",
    "sympy",
    "numpy",
    "scipy",
    "torch",
    "transformers",
)


def run_record(tree: tuple[str | None, bool], command: str, seed: int, workers: int) -> Run:
    """How this run is made. What was asked for is filled in by who knows; when, how long, with what outcome at the end.

    Args:
        tree: see `working_tree`.
        command: that the user gave.
        seed: root of all random streams.
        workers: number of processes.
    """
    return {
        "started": "",
        "seconds": 0.0,
        "command": command,
        "commit": tree[0],
        "dirty": tree[1],
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": versions(),
        "device": _device(),
        "workers": workers,
        "seed": seed,
        "interrupted": None,
        "problems": [],
        "whole": False,
        "complete": False,
        "exit_status": 0,
    }


def command() -> str:
    """The command that started this process, as one would type it."""
    program = "pytest" if "pytest" in sys.argv[0] else sys.argv[0]
    return shlex.join([program, *sys.argv[1:]])


def versions() -> dict[str, str]:
    """The versions of the packages that verdicts may depend on, of those that are installed."""
    return {name: version for name in PACKAGES if (version := _version(name))}


@cache
def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _device() -> str:
    torch = sys.modules.get("torch")
    return torch.cuda.get_device_name() if torch and torch.cuda.is_available() else f"cpu ({os.cpu_count()} cores)"


def working_tree(root: Path) -> tuple[str | None, bool]:
    """The commit of a working tree, where git knows one, and whether tracked files differ from it."""
    command = ["git", "-C", str(root), "status", "--porcelain=v2", "--branch", "--untracked-files=no"]
    try:
        folder = root.resolve()
        if "GIT_DIR" not in os.environ and not any((each / ".git").exists() for each in (folder, *folder.parents)):
            return None, False  # a start without a process that would find the same
        run = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None, False
    lines = run.stdout.splitlines() if run.returncode == 0 else []
    commit = next((line.split()[-1] for line in lines if line.startswith("# branch.oid ")), "")
    return commit if commit.isalnum() else None, any(not line.startswith("# ") for line in lines)
