"""Every claim that real models decide runs, end to end, on stand-ins of their classes in a tiny shape."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long
ROOT = Path(__file__).parents[1]
FILES = [
    path for path in sorted((ROOT / "claims").glob("*/*_models.py")) if "claims.model_runs" in path.read_text("utf-8")
]


@pytest.fixture(scope="module")
def ledger(tmp_path_factory):
    """Of a run on two workers, in which every model and every text is there."""
    pytest.importorskip("transformers")
    pytest.importorskip("pyarrow")
    from tests import stand_ins

    folder = tmp_path_factory.mktemp("stand_ins")
    registry = stand_ins.write(folder)
    arguments = [
        *map(str, FILES), "-n", "2", "-q", "-p", "no:cacheprovider", "--effort", "reduced", "--experiments",
        str(folder / "experiments"),
        "--checkpoints", str(registry), "--models", str(folder), "--device", "cpu",
        "-o", f"verdicts_report=json:{folder}/verdicts.json", f"--basetemp={folder}/pytest",
    ]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments], cwd=ROOT, capture_output=True, text=True, timeout=900,
        env={**os.environ, "OMP_NUM_THREADS": "1"}, check=False,
    )  # fmt: skip
    assert (folder / "partial.json").is_file(), done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads((folder / "partial.json").read_text(encoding="utf-8"))


def cases(ledger):
    """Those of the files that were run, by claim and case."""
    claims = {claim["id"]: claim for claim in ledger["claims"]}
    return {
        f"{id}[{case['id']}]": case
        for id, claim in claims.items()
        for case in claim["cases"]
        if any(path.name == Path(claim["file"]).name for path in FILES)
    }


def test_every_case_is_decided(ledger):
    found = cases(ledger)
    assert len(found) > 300
    undecided = {name: case["reason"] for name, case in found.items() if case["verdict"] == "not run"}
    assert undecided == {}
    assert {case["grade"] for case in found.values()} == {"model"}


def test_the_ledger_says_that_they_are_stand_ins(ledger):
    for name, case in cases(ledger).items():
        assert case["conditions"]["registry"] == "stand-ins of stand_ins.toml", name
        assert {"model", "weights", "device", "precision", "versions", "seconds"} <= case["conditions"].keys(), name


def test_what_reads_a_text_says_which(ledger):
    found = [case["conditions"] for case in cases(ledger).values() if "corpus" in case["conditions"]]
    assert len(found) > 150
    for conditions in found:
        assert conditions["corpus hash"].startswith("SHA-256 ")
        assert int(conditions["corpus tokens"]) > 100


def test_a_stand_in_has_other_numbers(ledger):
    """The calibration fails on it, and what rests on it says so."""
    claims = {claim["id"]: claim for claim in ledger["claims"]}
    assert claims["9.model.baseline"]["verdict"] == "refuted"
    assert claims["9.model.windows"]["verdict"] == "refuted"
    assert "9.model.baseline" in claims["D.table17.model"]["unsupported_by"]


def test_all_verdicts_occur(ledger):
    assert {case["verdict"] for case in cases(ledger).values()} == {"holds", "refuted", "inconclusive"}
