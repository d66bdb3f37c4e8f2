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


def run_record(root: Path, command: str, seed: int, workers: int) -> Run:
    """How this run is made. What was asked for is filled in by who knows; when, how long, with what outcome at the end.

    Args:
        root: of the working tree, which its commit is asked of.
        command: that the user gave.
        seed: root of all random streams.
        workers: number of processes.
    """
    return {
        "started": "",
        "seconds": 0.0,
        "command": command,
        "commit": _git(root, "rev-parse", "HEAD"),
        "dirty": bool(_git(root, "status", "--porcelain", "--untracked-files=no")),
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


def _git(root: Path, *arguments: str) -> str | None:
    try:
        run = subprocess.run(  # noqa: S603
            ["git", "-C", str(root), *arguments],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return run.stdout.strip() if run.returncode == 0 else None
