"""The gate: any difference from what was accepted is red, and nothing is accepted or erased unless it is named."""

from __future__ import annotations

import json
from itertools import permutations

import pytest
from verdicts.cli import main

OK, FAILED, USAGE = pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.USAGE_ERROR
PI = '@claim("{id}", at="Section 1.1", says="{says}")\ndef test_{id}(check):\n    check(printed("{stated}"), {value})\n'
WRONG = "lambda: arb.pi() + 1"


def pi(id="pi", says="π in digits", stated="3.14", value="arb.pi"):
    return PI.format(id=id, says=says, stated=stated, value=value)


def two(audit):
    """Two claims in two files, accepted."""
    return audit.claims(pi()).claims(pi("pi2"), "test_more.py").accepted()


def test_without_a_baseline_nothing_is_gated_and_that_is_said(audit):
    result = audit.classics().run()
    assert result.ret == OK
    result.stdout.fnmatch_lines(["no baseline: nothing is gated*"])


def verified(audit, capsys):
    """What `verdicts verify` says of the last run."""
    capsys.readouterr()
    status = main(["verify", str(audit.ledger_path)])
    captured = capsys.readouterr()
    return status, captured.out + captured.err


def test_without_a_baseline_the_last_run_is_not_verified(audit, capsys):
    assert audit.claims(pi()).run().ret == OK
    status, said = verified(audit, capsys)
    assert status == 1
    assert "no baseline: nothing is gated" in said


@pytest.mark.parametrize("fault", ["broken baseline", "misuse", "wrong place", "syntax", "all claims gone"])
def test_a_run_that_ended_before_its_evidence_is_the_last_run(audit, capsys, fault):
    """It leaves the ledger of the run before, which says green."""
    audit.claims(pi()).accepted()
    assert audit.run().ret == OK
    assert verified(audit, capsys)[0] == 0
    if fault == "broken baseline":
        (audit.path / "claims" / "baseline.json").write_text("{", encoding="utf-8")
    else:
        kind, place = pi().replace("says=", 'kind="nmber", says='), pi().replace("Section 1.1", "Table 99")
        texts = {"misuse": kind, "wrong place": place, "syntax": "def (\n", "all claims gone": ""}
        audit.claims(texts[fault])
    result = audit.run()
    assert result.ret != OK
    status, said = verified(audit, capsys)
    assert status != 0, said
    assert "exit status 0" not in said


def test_tests_without_claims_leave_the_ledger_as_the_last_one(audit, capsys):
    audit.claims(pi()).accepted()
    assert audit.run().ret == OK
    audit.pytester.makepyfile(test_plain="def test_plain(): assert 0")
    assert audit.run(start="test_plain.py").ret == FAILED
    assert audit.run(start="test_absent.py").ret == USAGE
    assert verified(audit, capsys)[0] == 0


def test_a_baseline_that_was_named_must_exist(audit):
    result = audit.claims(pi()).run("--verdicts-baseline", "mistyped.json")
    assert result.ret == USAGE
    assert "mistyped.json" in result.stderr.str()
    audit.pytester.makeini("[pytest]\nverdicts_baseline = mistyped.json\n")
    assert audit.run().ret == USAGE
    assert audit.run("--verdicts-accept", "all").ret == OK, "accepting makes it"
    assert audit.run().ret == OK


def test_accepted_verdicts_pass_refuted_ones_included(audit):
    assert audit.classics().run("--verdicts-accept", "all").ret == OK
    assert audit.baseline["claims"]["classics.archimedes"]["cases"][""]["verdict"] == "refuted"
    assert "classics.model" not in audit.baseline["claims"], "what was not run is not accepted"
    result = audit.run()
    assert result.ret == OK
    result.assert_outcomes(passed=14, skipped=1)


@pytest.mark.parametrize("workers", ["0", "2"])
def test_a_worse_verdict_fails_with_both_intervals_and_a_line_to_reproduce(audit, workers):
    audit.claims(pi()).accepted()
    result = audit.claims(pi(value=WRONG)).run_on(workers)
    assert result.ret == FAILED
    result.stdout.fnmatch_lines(
        [
            "*verdict 'refuted', was accepted as 'holds'*",
            "*accepted:  [[]3.135, 3.145[]]*",
            "*computed:  [[]4.1415926535*",
            "*reproduce: pytest *test_pi*",
            "*accept:    pytest *test_pi* --verdicts-accept pi*",
        ]
    )


def undecided():
    return pi(value='ball(lambda: arb("3.14 +/- 1"), most=64)')


VERDICTS = {"holds": pi(), "refuted": pi(value=WRONG), "undecided": undecided()}


@pytest.mark.parametrize("before", VERDICTS.values(), ids=VERDICTS)
def test_the_same_verdict_is_green(audit, before):
    assert audit.claims(before).accepted().run().ret == OK
    assert audit.gates() == {"pi": "equal"}


LONG = [("holds", "undecided"), ("undecided", "refuted")]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(*change, marks=[pytest.mark.long] * (change in LONG), id=" → ".join(change))
        for change in permutations(VERDICTS, 2)
    ],
)
def test_any_other_verdict_is_red_until_it_is_accepted(audit, before, after):
    audit.claims(VERDICTS[before]).accepted()
    audit.claims(VERDICTS[after])
    assert audit.run().ret == FAILED
    assert audit.gates() == {"pi": "changed"}
    assert audit.run("--verdicts-accept", "new").ret == FAILED
    assert audit.run("--verdicts-accept", "pi").ret == OK
    assert audit.run().ret == OK


@pytest.mark.parametrize("change", [{"says": "other words"}, {"stated": "3.1"}, {"stated": "3.1416"}])
def test_a_changed_statement_is_stale_until_accepted(audit, change):
    audit.claims(pi()).accepted()
    audit.claims(pi(**change))
    result = audit.run()
    assert result.ret == FAILED
    ((key, now),) = change.items()
    result.stdout.fnmatch_lines([f'*the statement changed since it was accepted*{key}: "*" → "{now}"*'])
    assert audit.run("--verdicts-accept", "new").ret == FAILED
    assert audit.run("--verdicts-accept", "pi").ret == OK
    assert audit.run().ret == OK


def test_a_new_claim_fails_until_accepted(audit):
    audit.claims(pi()).accepted().claims(pi("pi2"), "test_more.py")
    result = audit.run()
    assert result.ret == FAILED
    result.stdout.fnmatch_lines(["*is not in the baseline yet*"])
    assert audit.run("--verdicts-accept", "new").ret == OK
    assert audit.run().ret == OK


@pytest.mark.parametrize("gated", [False, True])
def test_a_search_with_another_body_under_the_same_words(audit, gated):
    search = (
        "from hypothesis import given, settings, strategies as st\n"
        '@claim("even", at="Table 1", says="n(n+1) is even")\n@settings(max_examples=20)\n'
        "@given(n=st.integers({least}))\ndef test_even(n): assert n * (n + twin(1, 2)) % 2 == 0\n"
    )
    audit.claims(search.format(least="")).accepted().claims(search.format(least="0"))
    result = audit.run(*["--verdicts-fail-on-weaker"] * gated)
    assert result.ret == (FAILED if gated else OK)
    assert audit.gates() == {"even": "rewritten"}
    assert "rewritten: 1 case: even" in result.stdout.str()
    assert ("the code of its search changed under the same words" in result.stdout.str()) == gated
    assert audit.run("--verdicts-accept", "even", *["--verdicts-fail-on-weaker"] * gated).ret == OK
    assert audit.run("--verdicts-fail-on-weaker").ret == OK


@pytest.mark.parametrize("gated", [False, True])
def test_weaker_evidence_under_the_same_verdict(audit, gated):
    search = (
        "from hypothesis import given, settings, strategies as st\n"
        '@claim("even", at="Table 1", says="n(n+1) is even")\n@settings(max_examples={tries})\n'
        "@given(n=st.integers())\ndef test_even(n): assert n * (n + twin(1, 2)) % 2 == 0\n"
    )
    audit.claims(search.format(tries=50)).accepted().claims(search.format(tries=20))
    assert audit.run(*["--verdicts-fail-on-weaker"] * gated).ret == (FAILED if gated else OK)
    assert audit.gates() == {"even": "weaker"}
    assert audit.run("--verdicts-accept", "even", *["--verdicts-fail-on-weaker"] * gated).ret == OK
    assert audit.run("--verdicts-fail-on-weaker").ret == OK


def test_strict_fails_on_every_refuted_claim(audit):
    result = audit.classics().accepted().run("--verdicts-strict")
    assert result.ret == FAILED
    result.assert_outcomes(passed=12, failed=2, skipped=1)


@pytest.mark.parametrize(("grade", "status"), [("model", FAILED), ("any", FAILED), ("statistics", OK)])
def test_require_makes_missing_evidence_a_failure(audit, grade, status):
    result = audit.classics().run("--verdicts-require", grade)
    assert result.ret == status
    if status == FAILED:
        result.stdout.fnmatch_lines([f"*'not run', --verdicts-require {grade} does not allow it*", "*needs the model*"])


def test_a_run_with_problems_of_its_own_accepts_nothing(audit):
    audit.claims(pi()).accepted().claims(pi(value=WRONG)).claims("def test_plain(): assert 0\n", "test_plain.py")
    assert audit.run("--verdicts-accept", "all").ret == FAILED
    said = "--verdicts-accept: nothing is accepted of a run that has problems of its own: "
    assert audit.ledger["run"]["problems"][-1].startswith(said)
    assert audit.baseline["claims"]["pi"]["cases"][""]["verdict"] == "holds"
    assert audit.gates() == {"pi": "changed"}


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
    audit.claims(pi()).spawn("-n", "2", "--verdicts-seed", "fresh")
    seed = audit.ledger["run"]["seed"]
    assert seed != 0
    assert f"--verdicts-seed {seed}" in audit.ledger["claims"][0]["cases"][0]["reproduce"]


def test_a_renamed_case_is_new_and_its_old_name_gone(audit):
    cases = '@pytest.mark.parametrize("x", [1], ids=["{name}"])\ndef test_pi(check, x):'
    audit.claims(pi().replace("def test_pi(check):", cases.format(name="old"))).accepted()
    audit.claims(pi().replace("def test_pi(check):", cases.format(name="new")))
    assert audit.run().ret == FAILED
    assert [(case["id"], case["gate"]) for case in audit.ledger["claims"][0]["cases"]] == [
        ("new", "new"),
        ("old", "gone"),
    ]
    result = audit.run("--verdicts-accept", "all")
    assert result.ret == FAILED
    result.stdout.fnmatch_lines("1 accepted and no longer declared; to erase: verdicts forget pi::old --baseline *")
    assert audit.run("--verdicts-accept", "pi").ret == OK
    assert audit.run().ret == OK
    assert set(audit.baseline["claims"]["pi"]["cases"]) == {"new"}


def test_a_baseline_that_cannot_be_written_fails_in_one_line(audit):
    result = audit.claims(pi()).run("--verdicts-accept", "all", "--verdicts-baseline", "/proc/none/baseline.json")
    assert result.ret == FAILED
    assert any("/proc/none/baseline.json: cannot be written" in line for line in result.outlines)
    assert audit.verdicts() == {"pi": "holds"}
