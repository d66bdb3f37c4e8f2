"""The plugin's options, on the command line and in the ini file."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest

from reports.evidence import GRADES

DEFAULT_REPORTS: Final = ("json:reports/latest/verdicts.json", "html:reports/latest/verdicts.html")
ANY: Final = "any"


@dataclass(frozen=True)
class Options:
    """What the user asked for, checked."""

    accept: tuple[str, ...]
    strict: bool
    require: str
    reports: tuple[tuple[str, Path], ...]
    baseline: Path
    seed: int
    share: Fraction
    "of the error budget, per unit of weight of a statistical case"
    planned: int
    "how many units of weight the error budget is shared by"


def add_options(parser: pytest.Parser) -> None:
    """Declare every option with its ini twin."""
    group = parser.getgroup("verdicts", "claim-by-claim verdicts")
    group.addoption(
        "--verdicts-accept",
        action="append",
        metavar="WHAT",
        help="accept verdicts of this run into the baseline: all, new, or the id of a claim (repeatable)",
    )
    group.addoption("--verdicts-strict", action="store_true", default=None, help="fail on every refuted claim")
    group.addoption(
        "--verdicts-require",
        metavar="GRADE",
        help=f"fail where evidence of this grade was not run: {', '.join(GRADES)}, or {ANY}",
    )
    group.addoption(
        "--verdicts-report",
        action="append",
        metavar="FORMAT:PATH",
        help="write another view of the ledger: json, html, markdown, junit or text (repeatable)",
    )
    group.addoption("--verdicts-baseline", metavar="PATH", help="the accepted verdicts (reports/baseline.json)")
    group.addoption("--seed", metavar="N", help="root seed of all random streams (0), or `fresh` to draw one")
    parser.addini("verdicts_accept", "what to accept into the baseline", type="linelist", default=[])
    parser.addini("verdicts_strict", "fail on every refuted claim", type="bool", default=False)
    parser.addini("verdicts_require", "fail where evidence of this grade was not run", default="")
    parser.addini("verdicts_report", "views to write, FORMAT:PATH", type="linelist", default=list(DEFAULT_REPORTS))
    parser.addini("verdicts_baseline", "the accepted verdicts", default="reports/baseline.json")
    parser.addini("verdicts_seed", "root seed of all random streams, or `fresh`", default="0")
    parser.addini("verdicts_budget", "probability of any false verdict among statistical cases", default="1e-6")
    parser.addini("verdicts_statistical_cases", "how many such cases share the budget", default="2000")


def read_options(config: pytest.Config) -> Options:
    """Check what the user asked for. UsageError, in one line, where it cannot be done."""
    from reports.views import FORMATS

    value = config.getoption
    require = value("--verdicts-require") or config.getini("verdicts_require")
    if require and require not in (*GRADES, ANY):
        raise pytest.UsageError(f"--verdicts-require {require}: expected one of {', '.join((*GRADES, ANY))}")
    reports = []
    for text in [*config.getini("verdicts_report"), *(value("--verdicts-report") or [])]:
        kind, colon, name = text.partition(":")
        if not colon or not name or kind not in FORMATS:
            raise pytest.UsageError(
                f"--verdicts-report {text}: expected FORMAT:PATH, FORMAT one of {', '.join(FORMATS)}"
            )
        path = config.rootpath / name
        if (fault := _unwritable(path)) is not None:
            raise pytest.UsageError(f"--verdicts-report {text}: {fault}, expected a path that can be written")
        reports.append((kind, path))
    seed = str(value("--seed") if value("--seed") is not None else config.getini("verdicts_seed"))
    if seed == "fresh":
        drawn_by_controller = getattr(config, "workerinput", {}).get("verdicts_seed")
        seed = drawn_by_controller or str(secrets.randbits(32))
        config.option.seed = seed
    if not seed.isdecimal():
        raise pytest.UsageError(f"--seed {seed}: expected a natural number or `fresh`")
    planned = _positive(config, "verdicts_statistical_cases")
    return Options(
        accept=tuple(value("--verdicts-accept") or config.getini("verdicts_accept")),
        strict=bool(value("--verdicts-strict") or config.getini("verdicts_strict")),
        require=require,
        reports=tuple(reports),
        baseline=config.rootpath / (value("--verdicts-baseline") or config.getini("verdicts_baseline")),
        seed=int(seed),
        share=_positive(config, "verdicts_budget") / planned,
        planned=int(planned),
    )


def _positive(config: pytest.Config, key: str) -> Fraction:
    text: Any = config.getini(key)
    try:
        number = Fraction(text)
    except ValueError:
        number = Fraction(0)
    if number <= 0:
        raise pytest.UsageError(f"{config.inipath}: key {key!r}: expected a positive number, found {text!r}")
    return number


def _unwritable(path: Path) -> str | None:
    """Why a file cannot be written, None where it can."""
    import os

    if path.is_dir():
        return f"{path} is a directory"
    folder = next(parent for parent in path.parents if parent.exists())
    if not folder.is_dir():
        return f"{folder} is not a directory"
    return None if os.access(folder, os.W_OK) else f"{folder} is not writable"
