"""The plugin audits a paper that it has never seen, the same in every way of running it."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

SCHEMA = Path(__file__).parents[2] / "reports" / "verdicts" / "schema.json"

EXPECTED = {
    "classics.pi": "holds",
    "classics.archimedes": "refuted",
    "classics.e": "holds",
    "classics.basel": "holds",
    "classics.undecided": "inconclusive",
    "classics.wide": "holds",
    "classics.ratio": "holds",
    "classics.inputs": "inconclusive",
    "classics.amgm": "holds",
    "classics.euler": "refuted",
    "classics.weak": "inconclusive",
    "classics.gauss": "holds",
    "classics.model": "not run",
}


def comparable(audit) -> list:
    """All of the ledger that a way of running must not change."""
    return [audit.ledger["paper"], audit.ledger["sections"], audit.ledger["summary"], audit.comparable_claims()]


def test_verdicts(audit):
    result = audit.classics().run("--junitxml=junit.xml")
    assert result.ret == pytest.ExitCode.OK
    assert audit.verdicts() == EXPECTED
    by_id = {claim["id"]: claim for claim in audit.ledger["claims"]}
    assert by_id["classics.basel"]["qualified"]
    assert by_id["classics.ratio"]["unsupported_by"] == ["classics.archimedes"]
    assert by_id["classics.ratio"]["supported"] is False
    assert by_id["classics.euler"]["cases"][0]["counterexample"] in {f"n = {n}" for n in (40, 41, 44, 49, 56)}
    assert by_id["classics.amgm"]["cases"][0]["slack"] == "0 (slack)"
    assert by_id["classics.pi"]["cases"][0]["accepted"] == ["3.14155", "3.14165"]
    assert by_id["classics.wide"]["cases"][0]["weak"] is False
    assert audit.ledger["summary"]["claims"] == 12
    assert audit.ledger["summary"]["extension"]["holds"] == 1
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(audit.ledger)
    junit = (audit.path / "junit.xml").read_text(encoding="utf-8")
    assert '<property name="verdict" value="refuted" />' in junit
    assert "reproduce" not in junit


@pytest.mark.parametrize("way", ["-n2", *(pytest.param(way, marks=pytest.mark.long) for way in ("-n0", "reversed"))])
def test_same_ledger_in_every_way_of_running(audit, way):
    audit.classics().run()
    alone = comparable(audit)
    if way == "reversed":
        audit.pytester.makeconftest("def pytest_collection_modifyitems(items): items.reverse()")
    audit.ledger_path.unlink()
    if way == "-n2":
        audit.spawn("-n", "2")
    elif way == "-n0":
        audit.pytester.runpytest_inprocess("claims/", "-n", "0", "-p", "no:cacheprovider")
    else:
        audit.run()
    assert comparable(audit) == alone


def test_seed_moves_the_search_and_is_recorded(audit):
    audit.classics().run("--verdicts-seed", "7")
    assert audit.ledger["run"]["seed"] == 7
    assert audit.verdicts() == EXPECTED
    assert "--verdicts-seed 7" in audit.ledger["claims"][0]["cases"][0]["reproduce"]


@pytest.mark.long
def test_run_record_names_what_produced_it(audit):
    audit.classics().spawn("-n", "2")
    run = audit.ledger["run"]
    assert run["workers"] == 2
    assert run["packages"]["pytest"] == pytest.__version__
    assert run["command"].startswith("pytest ")
    assert "claims/" in run["command"]


def test_a_run_without_claims_leaves_no_ledger(audit):
    (audit.path / "claims" / "test_plain.py").write_text("def test_plain(): pass\n", encoding="utf-8")
    assert audit.run().ret == pytest.ExitCode.OK
    assert not audit.ledger_path.exists()


@pytest.mark.parametrize(
    "looking", ["--collect-only", "--setup-plan", "--setup-only", "--fixtures", "--fixtures-per-test"]
)
def test_a_run_that_only_looks_leaves_the_last_ledger(audit, looking):
    audit.claims('@claim("pi", at="Section 1.1", says="π")\ndef test_pi(check): check(printed("3.14"), arb.pi)\n').run()
    before = audit.ledger_path.read_text(encoding="utf-8")
    assert audit.run(looking, "-q").ret == pytest.ExitCode.OK
    assert audit.ledger_path.read_text(encoding="utf-8") == before


def test_summary_for_a_reviewer_in_a_hurry(audit):
    result = audit.classics().with_page().run()
    text = result.stdout.str()
    assert "classics.archimedes" in text
    assert "verdicts.html" in text
