"""The gate: a verdict that differs from the accepted one is seen."""

from __future__ import annotations

import json

import pytest

OK, FAILED, USAGE = pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.USAGE_ERROR
PI = '@claim("pi", at="Section 1.1", says="{says}")\ndef test_pi(check):\n    check(printed("{stated}"), {value})\n'


def pi(says="π in digits", stated="3.14", value="arb.pi"):
    return PI.format(says=says, stated=stated, value=value)


def test_without_a_baseline_nothing_is_gated(audit):
    assert audit.classics().run().ret == OK


def test_accepted_verdicts_pass_refuted_ones_included(audit):
    assert audit.classics().run("--verdicts-accept", "all").ret == OK
    assert audit.baseline["claims"]["classics.archimedes"]["cases"][""]["verdict"] == "refuted"
    assert "classics.model" not in audit.baseline["claims"], "what was not run is not accepted"
    result = audit.run()
    assert result.ret == OK
    result.assert_outcomes(passed=14, skipped=1)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_worse_verdict_fails_with_both_intervals_and_a_line_to_reproduce(audit, workers):
    audit.claims(pi()).run("--verdicts-accept", "all")
    result = audit.claims(pi(value="lambda: arb.pi() + 1")).run_on(workers)
    assert result.ret == FAILED
    result.stdout.fnmatch_lines(
        [
            "*verdict 'refuted', was accepted as 'holds'*",
            "*accepted:  [[]3.135, 3.145[]]*",
            "*computed:  [[]4.1415926535*",
            "*reproduce: pytest *test_pi*",
        ]
    )


def test_a_better_verdict_is_reported_and_does_not_fail(audit):
    audit.claims(pi(value="lambda: arb.pi() + 1")).run("--verdicts-accept", "all")
    result = audit.claims(pi()).run("-v")
    assert result.ret == OK
    result.stdout.fnmatch_lines(["*better than accepted*", "*1 better*"])
    audit.run("--verdicts-accept", "pi")
    assert audit.baseline["claims"]["pi"]["cases"][""]["verdict"] == "holds"


@pytest.mark.parametrize("change", [{"says": "other words"}, {"stated": "3.1"}])
def test_a_changed_statement_is_stale_until_accepted(audit, change):
    audit.claims(pi()).run("--verdicts-accept", "all")
    audit.claims(pi(**change))
    result = audit.run()
    assert result.ret == FAILED
    result.stdout.fnmatch_lines(["*the statement changed since it was accepted*"])
    assert audit.run("--verdicts-accept", "new").ret == FAILED
    assert audit.run("--verdicts-accept", "pi").ret == OK
    assert audit.run().ret == OK


def test_a_new_claim_fails_until_accepted(audit):
    audit.claims(pi()).run("--verdicts-accept", "all")
    audit.claims(pi().replace('"pi"', '"pi2"'), "test_more.py")
    result = audit.run()
    assert result.ret == FAILED
    result.stdout.fnmatch_lines(["*is not in the baseline yet*"])
    assert audit.run("--verdicts-accept", "new").ret == OK
    assert audit.run().ret == OK


def test_a_claim_that_vanished_is_gone_not_forgotten(audit):
    audit.claims(pi()).claims(pi().replace('"pi"', '"pi2"'), "test_more.py").run("--verdicts-accept", "all")
    (audit.path / "claims" / "test_more.py").unlink()
    result = audit.run()
    assert result.ret == FAILED
    assert audit.reasons()["pi2"] == "in the baseline, no longer collected"
    assert audit.run("--verdicts-accept", "all").ret == OK
    assert audit.run().ret == OK
    assert "pi2" not in audit.baseline["claims"]


def test_a_part_of_the_claims_neither_loses_nor_gates_the_rest(audit):
    audit.claims(pi()).claims(pi().replace('"pi"', '"pi2"'), "test_more.py").run("--verdicts-accept", "all")
    result = audit.pytester.runpytest_inprocess("claims/test_some.py", "-p", "no:xdist", "--verdicts-accept", "all")
    assert result.ret == OK
    assert set(audit.baseline["claims"]) == {"pi", "pi2"}


def test_strict_fails_on_every_refuted_claim(audit):
    audit.classics().run("--verdicts-accept", "all")
    result = audit.run("--verdicts-strict")
    assert result.ret == FAILED
    result.assert_outcomes(passed=12, failed=2, skipped=1)


@pytest.mark.parametrize(("grade", "status"), [("model", FAILED), ("any", FAILED), ("statistics", OK)])
def test_require_makes_missing_evidence_a_failure(audit, grade, status):
    result = audit.classics().run("--verdicts-require", grade)
    assert result.ret == status
    if status == FAILED:
        result.stdout.fnmatch_lines([f"*not run, but --verdicts-require {grade}: needs the model (run: fetch it)*"])


def test_every_option_has_an_ini_twin(audit):
    audit.classics().pytester.makeini(
        "[pytest]\n"
        "verdicts_accept = new\nverdicts_strict = true\nverdicts_require = model\nverdicts_seed = 5\n"
        "verdicts_report =\n    json:out/ledger.json\n    markdown:out/summary.md\n"
        "verdicts_baseline = out/accepted.json\n"
    )
    result = audit.run()
    result.assert_outcomes(passed=12, failed=3)
    ledger = json.loads((audit.path / "out" / "ledger.json").read_text(encoding="utf-8"))
    assert ledger["run"]["seed"] == 5
    assert (audit.path / "out" / "summary.md").exists()
    assert (audit.path / "out" / "accepted.json").exists()
    assert not audit.ledger_path.exists()


def test_a_report_in_another_format_comes_on_top(audit):
    audit.classics().run("--verdicts-report", "text:a.txt", "--verdicts-report", "junit:b.xml")
    assert {path.name for path in audit.path.iterdir()} >= {"a.txt", "b.xml"}
    assert audit.ledger_path.exists()


def test_fresh_seed_is_drawn_once_and_printed(audit):
    audit.classics().spawn("-n", "2", "--seed", "fresh")
    seed = audit.ledger["run"]["seed"]
    assert seed != 0
    assert f"--seed {seed}" in audit.ledger["claims"][0]["cases"][0]["reproduce"]


@pytest.mark.parametrize("left_out", [["--ignore", "claims/test_more.py"], ["--lf"], ["-k", "test_some"]])
def test_what_a_run_leaves_out_is_not_gone(audit, left_out):
    failing = '@claim("bad", at="Table 1", says="x")\ndef test_bad(check): raise ValueError\n'
    audit.claims(pi() + failing).claims(pi().replace('"pi"', '"pi2"'), "test_more.py")
    audit.pytester.runpytest_inprocess("claims/", "-p", "no:xdist", "--verdicts-accept", "all")
    assert set(audit.baseline["claims"]) == {"pi", "pi2"}
    audit.pytester.runpytest_inprocess("claims/", "-p", "no:xdist", "--verdicts-accept", "all", *left_out)
    assert set(audit.baseline["claims"]) == {"pi", "pi2"}


def test_a_file_that_cannot_be_imported_does_not_lose_its_verdicts(audit):
    audit.claims(pi()).claims(pi().replace('"pi"', '"pi2"'), "test_more.py").run("--verdicts-accept", "all")
    audit.claims("import no_such_module\n", "test_more.py")
    assert audit.run("--verdicts-accept", "all").ret == FAILED
    assert set(audit.baseline["claims"]) == {"pi", "pi2"}


def test_a_file_that_skips_itself_does_not_lose_its_verdicts(audit):
    audit.claims(pi()).claims(pi().replace('"pi"', '"pi2"'), "test_more.py").run("--verdicts-accept", "all")
    audit.claims('pytest.importorskip("no_such_module")\n', "test_more.py")
    assert audit.run("--verdicts-accept", "all").ret == OK
    assert set(audit.baseline["claims"]) == {"pi", "pi2"}
    reason = "claims/test_more.py: Skipped: could not import 'no_such_module': No module named 'no_such_module'"
    assert audit.reasons()["pi2"] == f"in the baseline, no longer collected ({reason})"


def test_a_renamed_case_is_new_and_its_old_name_gone(audit):
    cases = '@pytest.mark.parametrize("x", [1], ids=["{name}"])\ndef test_pi(check, x):'
    audit.claims(pi().replace("def test_pi(check):", cases.format(name="old"))).run("--verdicts-accept", "all")
    audit.claims(pi().replace("def test_pi(check):", cases.format(name="new")))
    assert audit.run().ret == FAILED
    assert [(case["id"], case["gate"]) for case in audit.ledger["claims"][0]["cases"]] == [
        ("new", "new"),
        ("old", "gone"),
    ]
    assert audit.run("--verdicts-accept", "pi").ret == OK
    assert audit.run().ret == OK
    assert set(audit.baseline["claims"]["pi"]["cases"]) == {"new"}


def test_a_baseline_that_cannot_be_written_fails_in_one_line(audit):
    result = audit.claims(pi()).run("--verdicts-accept", "all", "--verdicts-baseline", "/proc/none/baseline.json")
    assert result.ret == FAILED
    result.stdout.fnmatch_lines(["/proc/none/baseline.json: cannot be written: *"])
    assert audit.verdicts() == {"pi": "holds"}
