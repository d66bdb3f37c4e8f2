"""A folder of claims of its own, audited by the plugin in a separate pytest."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from unittest import mock

import flint  # noqa: F401  # imported here once, and not anew by every run in this process
import hypothesis.extra  # noqa: F401
import latex2mathml.converter  # noqa: F401
import pytest
import verdicts.views.html  # compiles its templates once
import verdicts.views.terminal  # noqa: F401
from hypothesis import settings
from verdicts import options, search
from verdicts.options import DEFAULT_VIEWS

SECOND_PAPER = Path(__file__).parent / "second_paper"
ACCEPTED: dict[frozenset[tuple[str, bytes]], dict[str, bytes]] = {}
"by the files before a run that accepts all, those after it"
IMPORTS = "import pytest\nfrom flint import arb\nfrom verdicts import *\n"


class Audit:
    """A project that uses the plugin."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path = pytester.path
        self.views = ("json",)
        pytester.makeini("[pytest]\n")
        (self.path / "claims").mkdir()
        shutil.copy(SECOND_PAPER / "paper.toml", self.path / "claims")

    def with_page(self) -> Audit:
        """Runs of this process write the page too, which takes longer than most of them."""
        self.views = DEFAULT_VIEWS
        return self

    def classics(self) -> Audit:
        shutil.copy(SECOND_PAPER / "classics.py", self.path / "claims" / "test_classics.py")
        return self

    def claims(self, text: str, name: str = "test_some.py") -> Audit:
        (self.path / "claims" / name).write_text(IMPORTS + text, encoding="utf-8")
        return self

    def accepted(self) -> Audit:
        """Run, and accept all that was decided; what the same files gave before is put there as it was."""
        before = frozenset(self._files().items())
        if before not in ACCEPTED or settings.get_current_profile_name() == "mutants":
            assert self.run("--verdicts-accept", "all").ret in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)
            ACCEPTED[before] = self._files()
        for name, data in ACCEPTED[before].items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        return self

    def _files(self) -> dict[str, bytes]:
        files = [path for path in self.path.rglob("*") if path.is_file() and path.suffix != ".pyc"]
        return {str(path.relative_to(self.path)): path.read_bytes() for path in files}

    def run(self, *arguments: str, start: str = "claims/") -> pytest.RunResult:
        """In this process, without xdist."""
        with mock.patch.object(options, "DEFAULT_VIEWS", self.views):
            return self.pytester.runpytest_inprocess(start, "-p", "no:xdist", "-p", "no:cacheprovider", *arguments)

    def spawn(self, *arguments: str, start: str = "claims/") -> pytest.RunResult:
        """In a process of its own."""
        return self.pytester.runpytest_subprocess(start, "-p", "no:cacheprovider", *arguments, timeout=120)

    def run_on(self, workers: str, *arguments: str) -> pytest.RunResult:
        """On that many workers; on none of them in this process."""
        return self.run(*arguments) if workers == "0" else self.spawn("-n", workers, *arguments)

    @property
    def latest(self) -> Path:
        return self.path / "reports" / "latest"

    @property
    def ledger_path(self) -> Path:
        return self.latest / "verdicts.json"

    @property
    def ledger(self) -> dict:
        return json.loads(self.ledger_path.read_text(encoding="utf-8"))

    @property
    def partial(self) -> dict:
        """The ledger of a run that was asked only for a part."""
        return json.loads((self.latest / "partial.json").read_text(encoding="utf-8"))

    @property
    def baseline(self) -> dict:
        return json.loads((self.path / "claims" / "baseline.json").read_text(encoding="utf-8"))

    def comparable_claims(self) -> list[dict]:
        """The claims of the ledger without the times they took."""
        claims = self.ledger["claims"]
        for claim in claims:
            for case in claim["cases"]:
                case["seconds"] = 0
        return claims

    def verdicts(self) -> dict[str, str]:
        return {claim["id"]: claim["verdict"] for claim in self.ledger["claims"]}

    def reasons(self) -> dict[str, str]:
        return {claim["id"]: claim["cases"][0]["reason"] for claim in self.ledger["claims"]}

    def gates(self) -> dict[str, str | None]:
        return {claim["id"]: claim["gate"] for claim in self.ledger["claims"]}


@pytest.fixture
def audit(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Audit:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # a cold start costs seconds without its cache
    monkeypatch.setattr(os, "fsync", lambda _: None)  # no test of this process outlives the machine
    monkeypatch.setattr(search, "TRIES", 20)
    return Audit(pytester)
