"""The audit where the authors' released results are not: what needs them is not run, and nothing is red for that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MARKING = """
import pytest

def pytest_configure(config):
    config.addinivalue_line("markers", "theirs: needs the authors' results")

@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if "author_results" in item.fixturenames:
            item.add_marker("theirs")
"""


@pytest.mark.long
def test_what_needs_them_is_excused(tmp_path):
    (tmp_path / "marking.py").write_text(MARKING)
    variables = {name: value for name, value in os.environ.items() if name != "AUTHOR_RESULTS"}
    variables |= {"PYTHONPATH": str(tmp_path), "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path)}
    words = ["claims", "-q", "-n", "0", "-p", "marking", "-m", "theirs", "-p", "no:cacheprovider"]
    words += ["-o", f"verdicts_report=json:{tmp_path / 'verdicts.json'}"]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *words], cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout[-2000:]
    assert "skipped" in run.stdout.splitlines()[-1]
    assert "passed" not in run.stdout.splitlines()[-1]
