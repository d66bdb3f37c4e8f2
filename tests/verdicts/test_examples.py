"""The audits that ship as examples: green against their baselines, and what they refute has what is true beside it."""

from __future__ import annotations

import json
import runpy
import shutil
from pathlib import Path

import pytest
from flint import fmpz
from verdicts.cli import main
from verdicts.vocabulary import FAILING

EXAMPLES = Path(__file__).parents[2] / "examples"
WRITTEN = shutil.ignore_patterns("reports", "__pycache__", ".*")


@pytest.mark.long
@pytest.mark.parametrize("name", [path.name for path in EXAMPLES.iterdir() if path.is_dir()])
def test_an_example_is_green_and_says_what_is_true_instead(pytester, name):
    shutil.copytree(EXAMPLES / name, pytester.path / name, ignore=WRITTEN)
    folder = pytester.path / name
    assert (folder / "claims" / "baseline.json").is_file()
    result = pytester.runpytest_inprocess(f"{name}/claims", "-p", "no:xdist", "-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.OK, result.stdout.str()
    ledger = folder / "reports" / "latest" / "verdicts.json"
    assert main(["verify", str(ledger)]) == 0
    claims = {claim["id"]: claim for claim in json.loads(ledger.read_text(encoding="utf-8"))["claims"]}
    assert not [id for id, claim in claims.items() if claim["gate"] in FAILING]
    ids = [case["id"] for claim in claims.values() for case in claim["cases"]]
    assert "".join(ids).isascii(), "how pytest names other letters depends on an ini key of the project around it"
    for claim in claims.values():
        if claim["verdict"] == "refuted":
            assert claims[claim["instead"]]["verdict"] == "holds", claim["id"]
            assert claim["note"], claim["id"]


def test_the_test_of_lucas_and_lehmer_agrees_with_a_proof_of_primality_by_other_means():
    claims = runpy.run_path(str(EXAMPLES / "mersenne_1644" / "claims" / "test_article_xix.py"))
    assert claims["exponents"](257) == [n for n in range(2, 258) if ((fmpz(1) << n) - 1).is_prime()]


def test_aliquot_parts_are_the_divisors_but_for_the_number():
    parts = runpy.run_path(str(EXAMPLES / "mersenne_1644" / "claims" / "test_article_xix.py"))["parts"]
    for n in range(1, 500):
        assert parts(n) * n == sum(d for d in range(1, n) if n % d == 0)
