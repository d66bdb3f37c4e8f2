"""The dense experiments that --effort paper runs, each once at a sixteenth of its inputs and width."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.lazily import needs

pytestmark = [needs("torch"), pytest.mark.long]

ROOT = Path(__file__).parents[1]
ONE_LAYER = (
    "claims/s09_experiments/s09_1_setup.py",
    "claims/s09_experiments/s09_6_theorem_4.py",
    "claims/s09_experiments/s09_7_proposition_1.py",
)
DEEP = (
    "claims/appendix_d_experiments/appendix_d_1_v2.py",
    "claims/appendix_d_experiments/appendix_d_2_v3.py",
)
TRY = (
    "from pathlib import Path; from tests.benchmarks import soak; "
    "soak.serve([1], 1, Path({results!r}), chosen=soak.is_dense, effort='trial', paths={paths!r})"
)


@pytest.mark.parametrize(
    ("paths", "cases", "decided"),
    [
        pytest.param(ONE_LAYER, 5 + 8 + 3, 5 + 8 + 3, id="one layer"),
        pytest.param(DEEP, 6 + 6, 6, id="deep networks"),  # of which so few draws may leave some open
    ],
)
def test_each_dense_experiment_comes_out_as_its_law_says(tmp_path, paths, cases, decided):
    results = tmp_path / "results.jsonl"
    words = [sys.executable, "-c", TRY.format(results=str(results), paths=paths)]
    run = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert results.exists(), run.stdout + run.stderr
    found = json.loads(results.read_text(encoding="utf-8"))
    assert not found["missing"]
    assert "refuted" not in found
    assert found["holds"] >= decided
    assert found["holds"] + found.get("inconclusive", 0) == cases
