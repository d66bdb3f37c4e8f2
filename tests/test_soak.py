"""What a soak says of many root seeds, and how an interrupted one goes on."""

from __future__ import annotations

import json

from tests.benchmarks import soak

EXPECTED = {("a", "x"): "holds", ("a", "y"): "refuted", ("b", ""): "inconclusive"}


def test_only_the_opposite_verdict_contradicts():
    found = {("a", "x"): "refuted", ("a", "y"): "inconclusive", ("b", ""): "holds", ("c", ""): "refuted"}
    said = soak.compared(found, EXPECTED)
    assert said["against"] == ["a[x]"]
    assert said["missing"] == []
    assert (said["refuted"], said["inconclusive"], said["holds"]) == (2, 1, 1)
    assert soak.compared({("a", "x"): "not run"}, EXPECTED)["missing"] == ["a[x]"]


def line(root, **more):
    return {"root": root, "cpu": 2.0, "holds": 3, "inconclusive": 1, "against": [], "missing": []} | more


def test_a_line_that_was_cut_short_is_run_again(tmp_path):
    results = tmp_path / "soak.jsonl"
    assert soak.known(results) == {}
    results.write_text("\n".join([json.dumps(line(1)), json.dumps(line(2)), '{"root": 3, "cp']), encoding="utf-8")
    assert set(soak.known(results)) == {1, 2}


def test_the_summary_counts_and_names_contradictions():
    words, well = soak.summary([line(1), line(2)])
    assert well
    assert "2 root seeds: 8 verdicts, 25.0% inconclusive; 2.00 CPU seconds each" in words
    words, well = soak.summary([line(1), line(2, against=["a[x]"])])
    assert not well
    assert "contradicted 1 times: a[x]" in words
    assert not soak.summary([line(1, missing=["a[x]"])])[1]
    assert not soak.summary([])[1]
