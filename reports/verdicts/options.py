"""The plugin's options, on the command line and in the ini file."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import pytest

from verdicts.evidence import GRADES

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
    group.addoption("--verdicts-baseline", metavar="PATH", help="the accepted verdicts (claims/baseline.json)")
    group.addoption("--seed", metavar="N", help="root seed of all random streams (0), or `fresh` to draw one")
    parser.addini("verdicts_accept", "what to accept into the baseline", type="linelist", default=[])
    parser.addini("verdicts_strict", "fail on every refuted claim", type="bool", default=False)
    parser.addini("verdicts_require", "fail where evidence of this grade was not run", default="")
    parser.addini("verdicts_report", "views to write, FORMAT:PATH", type="linelist", default=list(DEFAULT_REPORTS))
    parser.addini("verdicts_baseline", "the accepted verdicts", default="claims/baseline.json")
    parser.addini("verdicts_seed", "root seed of all random streams, or `fresh`", default="0")
    parser.addini("verdicts_budget", "probability of any false verdict among statistical cases", default="1e-6")
    parser.addini("verdicts_statistical_cases", "how many such cases share the budget", default="2000")


def read_options(config: pytest.Config) -> Options:
    """Check what the user asked for. UsageError, in one line, where it cannot be done."""
    try:
        strict = config.getoption("--verdicts-strict") or config.getini("verdicts_strict")
    except (ValueError, pytest.UsageError) as error:
        raise pytest.UsageError(f"{_key(config, 'verdicts_strict')}: expected true or false: {error}") from error
    planned = _positive(config, "verdicts_statistical_cases")
    budget = _positive(config, "verdicts_budget")
    if planned.denominator != 1:
        raise pytest.UsageError(f"{_key(config, 'verdicts_statistical_cases')}: expected a whole number")
    if budget >= 1:
        raise pytest.UsageError(f"{_key(config, 'verdicts_budget')}: expected a probability below 1")
    return Options(
        accept=tuple(config.getoption("--verdicts-accept") or config.getini("verdicts_accept")),
        strict=strict,
        require=_require(config),
        reports=tuple(_reports(config)),
        baseline=_baseline(config),
        seed=_seed(config),
        share=budget / planned,
        planned=int(planned),
    )


def _key(config: pytest.Config, key: str) -> str:
    """How a fault names an ini key."""
    return f"{config.inipath or 'ini file'}: key {key!r}"


def _require(config: pytest.Config) -> str:
    given = config.getoption("--verdicts-require")
    grade = str(given or config.getini("verdicts_require"))
    if grade and grade not in (*GRADES, ANY):
        source = "--verdicts-require" if given else _key(config, "verdicts_require")
        raise pytest.UsageError(f"{source}: expected one of {', '.join((*GRADES, ANY))}, found {grade!r}")
    return grade


def _reports(config: pytest.Config) -> Iterator[tuple[str, Path]]:
    """The views to write: those of the ini file, relative to it, and those of the command line, relative to it."""
    from verdicts.views import FORMATS

    here = config.invocation_params.dir
    sources = [
        (_key(config, "verdicts_report"), config.rootpath, config.getini("verdicts_report")),
        ("--verdicts-report", here, config.getoption("--verdicts-report") or []),
    ]
    for source, folder, texts in sources:
        for text in texts:
            kind, _, name = text.partition(":")
            if not name or kind not in FORMATS:
                formats = ", ".join(FORMATS)
                raise pytest.UsageError(f"{source}: expected FORMAT:PATH, FORMAT one of {formats}, found {text!r}")
            path = folder / name
            if (fault := _unwritable(path)) is not None:
                raise pytest.UsageError(f"{source}: expected a path that can be written, found {text!r}: {fault}")
            yield kind, path


def _baseline(config: pytest.Config) -> Path:
    given: str | None = config.getoption("--verdicts-baseline")
    kept: str = config.getini("verdicts_baseline")
    return config.invocation_params.dir / given if given else config.rootpath / kept


def _seed(config: pytest.Config) -> int:
    given = config.getoption("--seed")
    seed = str(config.getini("verdicts_seed") if given is None else given)
    if seed == "fresh":
        drawn_by_controller = getattr(config, "workerinput", {}).get("verdicts_seed")
        seed = config.option.seed = drawn_by_controller or str(secrets.randbits(32))
    if not seed.isdecimal():
        source = _key(config, "verdicts_seed") if given is None else "--seed"
        raise pytest.UsageError(f"{source}: expected a natural number or `fresh`, found {seed!r}")
    return int(seed)


def _positive(config: pytest.Config, key: str) -> Fraction:
    text: Any = config.getini(key)
    try:
        number = Fraction(text)
    except (ValueError, ZeroDivisionError):
        number = Fraction(0)
    if number <= 0:
        raise pytest.UsageError(f"{_key(config, key)}: expected a positive number, found {text!r}")
    return number


def _unwritable(path: Path) -> str | None:
    """Why a file cannot be written, None where it can."""
    if path.is_dir():
        return f"{path} is a directory"
    folder = next(parent for parent in path.parents if parent.exists())
    if not folder.is_dir():
        return f"{folder} is not a directory"
    return None if os.access(folder, os.W_OK) else f"{folder} is not writable"
