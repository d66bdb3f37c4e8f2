"""A folder of claims of its own, audited by the plugin in a separate pytest."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

SECOND_PAPER = Path(__file__).parent / "second_paper"
ROOT = Path(__file__).parents[2]


class Audit:
    """A project that uses the plugin."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path = pytester.path
        pytester.makeconftest('pytest_plugins = ["verdicts.plugin"]')
        pytester.makeini("[pytest]\n")
        (self.path / "claims").mkdir()
        shutil.copy(SECOND_PAPER / "paper.toml", self.path / "claims")

    def classics(self) -> Audit:
        shutil.copy(SECOND_PAPER / "classics.py", self.path / "claims" / "test_classics.py")
        return self

    def claims(self, text: str, name: str = "test_some.py") -> Audit:
        imports = "import pytest\nfrom flint import arb\nfrom verdicts import *\n"
        (self.path / "claims" / name).write_text(imports + text, encoding="utf-8")
        return self

    def run(self, *arguments: str) -> pytest.RunResult:
        """In this process, without xdist."""
        return self.pytester.runpytest_inprocess("claims/", "-p", "no:xdist", "-p", "no:cacheprovider", *arguments)

    def spawn(self, *arguments: str) -> pytest.RunResult:
        """In a process of its own."""
        return self.pytester.runpytest_subprocess("claims/", "-p", "no:cacheprovider", *arguments, timeout=120)

    def run_on(self, workers: str, *arguments: str) -> pytest.RunResult:
        """On that many workers; on none of them in this process."""
        return self.run(*arguments) if workers == "0" else self.spawn("-n", workers, *arguments)

    @property
    def ledger_path(self) -> Path:
        return self.path / "reports" / "latest" / "verdicts.json"

    @property
    def ledger(self) -> dict:
        return json.loads(self.ledger_path.read_text(encoding="utf-8"))

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


@pytest.fixture
def audit(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Audit:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    return Audit(pytester)
