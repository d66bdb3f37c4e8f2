"""The ledger: every claim, case, evidence and verdict of one run, as plain data."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from verdicts.evidence import GRADES
from verdicts.intervals import HOLDS, INCONCLUSIVE, NOT_RUN, REFUTED, worst

SCHEMA: Final = "verdicts/1"
GATES: Final = ("gone", "worse", "stale", "new", "better", "equal")
APART: Final = ("review", "extension", "replication")
PACKAGES: Final = (
    "pytest",
    "pytest-xdist",
    "hypothesis",
    "python-flint",
    "mpmath",
    "sympy",
    "numpy",
    "scipy",
    "torch",
    "transformers",
)

Claims = list[dict[str, Any]]


def conclude(claims: Claims) -> None:
    """Fill in what each claim's cases decide: verdict, qualified, grade, gate, and whether what it rests on stands.

    A claim's verdict is the worst of its primary reading's cases; it is qualified where it holds there and a case of
    another reading is refuted.
    """
    for claim in claims:
        primary = [case for case in claim["cases"] if case["primary"]]
        claim["verdict"] = worst(case["verdict"] for case in primary)
        others = [case["verdict"] for case in claim["cases"] if not case["primary"]]
        claim["qualified"] = claim["verdict"] == HOLDS and REFUTED in others
        deciding = [case["grade"] for case in primary if case["verdict"] == claim["verdict"] and case["grade"]]
        claim["grade"] = max(deciding, key=GRADES.index, default=None)
        gates = [case["gate"] for case in claim["cases"] if case["gate"]]
        claim["gate"] = min(gates, key=GATES.index, default=None)
    by_id = {claim["id"]: claim for claim in claims}
    for claim in claims:
        support = _support(claim["id"], by_id)
        claim["unsupported_by"] = sorted(id for id in support if by_id[id]["verdict"] == REFUTED)
        claim["supported"] = not claim["unsupported_by"]


def _support(id: str, by_id: Mapping[str, Mapping[str, Any]]) -> set[str]:
    """The ids of all claims that a claim rests on, directly or not."""
    seen: set[str] = set()
    ahead = list(by_id[id]["rests_on"])
    while ahead:
        other = ahead.pop()
        if other in by_id and other not in seen:
            seen.add(other)
            ahead += by_id[other]["rests_on"]
    return seen


def summarize(claims: Claims) -> dict[str, Any]:
    """Counts of the paper's claims, and apart from them those of the review, of extensions and of replications."""
    summary: dict[str, Any] = _counts([claim for claim in claims if claim["kind"] not in APART])
    for kind in APART:
        summary[kind] = _counts([claim for claim in claims if claim["kind"] == kind])
    return summary


def _counts(claims: Claims) -> dict[str, int]:
    verdicts = ["qualified" if claim["qualified"] else claim["verdict"] for claim in claims]
    return {
        "claims": len(claims),
        "cases": sum(len(claim["cases"]) for claim in claims),
        **{
            word.replace(" ", "_"): verdicts.count(word)
            for word in (HOLDS, "qualified", REFUTED, INCONCLUSIVE, NOT_RUN)
        },
    }


def run_record(root: Path, command: str, seed: int, workers: int) -> dict[str, Any]:
    """How this run was made: versions, commit, machine, workers and seed. Times are filled in when it ends."""
    return {
        "started": "",
        "seconds": 0.0,
        "command": command,
        "commit": _git(root, "rev-parse", "HEAD"),
        "dirty": bool(_git(root, "status", "--porcelain", "--untracked-files=no")),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: version for name in PACKAGES if (version := _version(name))},
        "device": _device(),
        "workers": workers,
        "seed": seed,
        "interrupted": None,
        "problems": [],
    }


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


def dump(data: Any) -> str:
    """Readable JSON with a final newline."""
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def write_atomically(path: Path, text: str) -> None:
    """Write a file whole or leave the old one as it was. OSError where it cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise


def rank_cases(claims: Iterable[dict[str, Any]]) -> None:
    """Order the cases of every claim as its test declares them, whatever order they ran in."""
    for claim in claims:
        claim["cases"].sort(key=lambda case: case.pop("rank"))
