"""The plugin's options: on the command line, in the ini file, and as plain data for xdist's workers."""

from __future__ import annotations

import os
import re
import secrets
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

import pytest

from verdicts.files import is_stream
from verdicts.paper import folder_asked_for
from verdicts.views import FORMATS
from verdicts.vocabulary import GRADES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ANY: Final = "any"
DEFAULT_VIEWS: Final = ("json", "html")


@dataclass(frozen=True)
class Options:
    """What decides verdicts and the fate of tests, in whichever process these run."""

    seed: int
    budget: str
    "probability of any false verdict among statistical cases, a decimal or a fraction"
    planned: int
    "units of weight that share the budget"
    accept: tuple[str, ...]
    allow_not_run: tuple[str, ...]
    require: str
    strict: bool
    fail_on_weaker: bool
    root: str = ""
    "pytest's rootdir, where the run was started"
    start: str = ""
    "the folder in which it was started"
    baseline: str = ""
    "the file of accepted verdicts, as the command line named it"

    @property
    def share(self) -> Fraction:
        """Of the error budget, per unit of weight."""
        return Fraction(self.budget) / self.planned

    def plain(self) -> dict[str, Any]:
        """As plain data, all that a worker needs; `Options.of` reads it back."""
        return asdict(self) | {"accept": list(self.accept), "allow_not_run": list(self.allow_not_run)}

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Options:
        """The options that the controller sent."""
        return cls(**plain | {"accept": tuple(plain["accept"]), "allow_not_run": tuple(plain["allow_not_run"])})


@dataclass(frozen=True)
class Output:
    """Where a run leaves its ledger and views, and where its baseline is."""

    folder: Path | None
    "the folder of claims that the run is about, where one can be told before collection"
    latest: Path
    "where, unless the ini file says otherwise, the ledger, its journal and the page go"
    kept: tuple[tuple[str, Path], ...]
    "(view, path) of a run of all claims; a run of a part writes partial.* beside them instead"
    asked: tuple[tuple[str, Path], ...]
    "(view, path) of the command line, written as told"
    baseline: Path
    baseline_named: bool
    source: Path | None = None
    "the paper's own text, where what claims quote is looked up"

    def ledger(self, *, whole: bool) -> Path:
        """The ledger that the run leaves; where it leaves none that is kept in a file, the usual one."""
        files = [path for kind, path in self.kept if kind == "json" and not is_stream(path)]
        path = next(iter(files), self.latest / "verdicts.json")
        return path if whole else path.with_name(f"partial{path.suffix}")

    def views(self, *, whole: bool) -> Iterator[tuple[str, Path]]:
        """The views to write."""
        for kind, path in self.kept:
            yield kind, path if whole else path.with_name(f"partial{path.suffix}")
        yield from self.asked


def add_options(parser: pytest.Parser) -> None:
    """Declare every option with its ini twin."""
    group = parser.getgroup("verdicts", "claim-by-claim verdicts")
    group.addoption(
        "--verdicts-accept",
        action="append",
        metavar="WHAT",
        help="accept verdicts of this run into the baseline: all, new, or the id of a claim (repeatable); "
        "an id also erases its accepted cases that are gone",
    )
    group.addoption("--verdicts-strict", action="store_true", default=None, help="fail on every refuted claim")
    group.addoption(
        "--verdicts-require",
        metavar="GRADE",
        help=f"fail where evidence of this grade was not run: {', '.join(GRADES)}, or {ANY}",
    )
    group.addoption(
        "--verdicts-allow-not-run",
        action="append",
        metavar="WHAT",
        help="do not fail where accepted evidence was not run: a grade, or the id of a claim, with stars (repeatable)",
    )
    group.addoption(
        "--verdicts-fail-on-weaker",
        action="store_true",
        default=None,
        help="fail where the verdict is the accepted one, on weaker evidence or by a search whose code changed",
    )
    group.addoption(
        "--verdicts-report",
        action="append",
        metavar="FORMAT:PATH",
        help=f"write another view of the ledger: {', '.join(FORMATS)} (repeatable)",
    )
    group.addoption(
        "--verdicts-baseline", metavar="PATH", help="the accepted verdicts (baseline.json beside paper.toml)"
    )
    group.addoption(
        "--verdicts-source",
        metavar="FILE",
        help="the paper's text (.html, .tex or plain): fail where it lacks what a claim quotes",
    )
    group.addoption("--verdicts-seed", metavar="N", help="root seed of all random streams (0), or `fresh` to draw one")
    parser.addini("verdicts_accept", "what to accept into the baseline", type="linelist", default=[])
    parser.addini("verdicts_strict", "fail on every refuted claim", type="bool", default=False)
    parser.addini("verdicts_require", "fail where evidence of this grade was not run", default="")
    parser.addini("verdicts_allow_not_run", "grades and claims that need not run", type="linelist", default=[])
    parser.addini("verdicts_fail_on_weaker", "fail on weaker evidence", type="bool", default=False)
    parser.addini("verdicts_report", "views to write, FORMAT:PATH", type="linelist", default=[])
    parser.addini("verdicts_baseline", "the accepted verdicts", default="")
    parser.addini("verdicts_source", "the paper's text, where what claims quote is looked up", default="")
    parser.addini("verdicts_seed", "root seed of all random streams, or `fresh`", default="0")
    parser.addini("verdicts_budget", "probability of any false verdict among statistical cases", default="1e-6")
    parser.addini("verdicts_planned", "units of weight that share the budget", default="2000")


def read_options(config: pytest.Config) -> Options:
    """Check what the user asked for. UsageError, in one line, where it cannot be done."""
    planned, budget = _positive(config, "verdicts_planned"), _positive(config, "verdicts_budget")
    if planned.denominator != 1:
        raise pytest.UsageError(f"{_key(config, 'verdicts_planned')}: expected a whole number")
    if budget >= 1:
        raise pytest.UsageError(f"{_key(config, 'verdicts_budget')}: expected a probability below 1")
    return Options(
        seed=_seed(config),
        budget=str(budget),
        planned=int(planned),
        accept=tuple(config.getoption("--verdicts-accept") or config.getini("verdicts_accept")),
        allow_not_run=(*(config.getoption("--verdicts-allow-not-run") or ()), *config.getini("verdicts_allow_not_run")),
        require=_require(config),
        strict=_switch(config, "strict"),
        fail_on_weaker=_switch(config, "fail_on_weaker"),
        root=str(config.rootpath),
        start=str(config.invocation_params.dir),
        baseline=config.getoption("--verdicts-baseline") or "",
    )


def read_output(config: pytest.Config) -> Output:
    """Find the folder of claims that the run is about, and check the paths. UsageError where one cannot be written."""
    here = config.invocation_params.dir
    starts = [(here / str(argument).split("::")[0]).resolve() for argument in config.args]
    folder = folder_asked_for(starts)
    latest = (folder.parent if folder else config.rootpath) / "reports" / "latest"
    named = config.getoption("--verdicts-baseline")
    kept = config.getini("verdicts_baseline")
    beside = (folder or config.rootpath) / "baseline.json"
    views = list(_views(_key(config, "verdicts_report"), config.rootpath, config.getini("verdicts_report")))
    return Output(
        folder=folder,
        latest=latest,
        kept=tuple(views or [(kind, latest / f"verdicts.{kind}") for kind in DEFAULT_VIEWS]),
        asked=tuple(_views("--verdicts-report", here, config.getoption("--verdicts-report") or [])),
        baseline=here / named if named else config.rootpath / kept if kept else beside,
        baseline_named=bool(named or kept),
        source=_source(config),
    )


def _source(config: pytest.Config) -> Path | None:
    named, kept = config.getoption("--verdicts-source"), config.getini("verdicts_source")
    if not (named or kept):
        return None
    path: Path = config.invocation_params.dir / named if named else config.rootpath / kept
    if not path.is_file():
        key = "--verdicts-source" if named else _key(config, "verdicts_source")
        raise pytest.UsageError(f"{key}: expected a file with the paper's text, found none at {path}")
    return path


def _key(config: pytest.Config, key: str) -> str:
    """How a fault names an ini key."""
    return f"{config.inipath or 'ini file'}: key {key!r}"


def _switch(config: pytest.Config, name: str) -> bool:
    try:
        return bool(config.getoption(f"--verdicts-{name.replace('_', '-')}") or config.getini(f"verdicts_{name}"))
    except (ValueError, pytest.UsageError) as error:
        raise pytest.UsageError(f"{_key(config, f'verdicts_{name}')}: expected true or false: {error}") from error


def _require(config: pytest.Config) -> str:
    given = config.getoption("--verdicts-require")
    grade = str(given or config.getini("verdicts_require"))
    if grade and grade not in (*GRADES, ANY):
        source = "--verdicts-require" if given else _key(config, "verdicts_require")
        raise pytest.UsageError(f"{source}: expected one of {', '.join((*GRADES, ANY))}, found {grade!r}")
    return grade


def _views(source: str, folder: Path, texts: list[str]) -> Iterator[tuple[str, Path]]:
    for text in texts:
        kind, _, name = text.partition(":")
        if not name or kind not in FORMATS:
            formats = ", ".join(FORMATS)
            raise pytest.UsageError(f"{source}: expected FORMAT:PATH, FORMAT one of {formats}, found {text!r}")
        path = folder / name
        if (fault := _unwritable(path)) is not None:
            raise pytest.UsageError(f"{source}: expected a path that can be written, found {text!r}: {fault}")
        yield kind, path


def _seed(config: pytest.Config) -> int:
    given = config.getoption("--verdicts-seed")
    seed = str(config.getini("verdicts_seed") if given is None else given)
    if seed == "fresh":
        return secrets.randbits(32)
    if not (seed.isascii() and seed.isdecimal() and len(seed) <= 40):
        source = _key(config, "verdicts_seed") if given is None else "--verdicts-seed"
        raise pytest.UsageError(f"{source}: expected a natural number or `fresh`, found {seed!r}")
    return int(seed)


def _positive(config: pytest.Config, key: str) -> Fraction:
    text: Any = config.getini(key)
    plain = re.fullmatch(r"\d{1,20}(\.\d{1,20})?(e-?\d{1,2})?", text)
    number = Fraction(text) if plain else Fraction(0)
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
    return None if os.access(folder, os.W_OK) or path.exists() else f"{folder} is not writable"
