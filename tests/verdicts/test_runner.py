"""What becomes of a case while its test runs: its seed, its evidence or why there is none, and whether it fails."""

from __future__ import annotations

import re
import shlex

import pytest
from verdicts.check import stream_seed

OK, FAILED, USAGE = pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.USAGE_ERROR
CHECK = 'check(printed("3.14"), arb.pi)'
WRONG = 'check(printed("3.15"), arb.pi)'
MARK = 'request.applymarker(pytest.mark.xfail(reason="x"))'
SOFTLY = MARK.replace("xfail(", "xfail(strict=False, ")
SEARCH = "from hypothesis import given, settings, strategies as st\n"

DRAWN = f"""{SEARCH}
@claim("mean", at="Table 1", says="x", weight=1)
@pytest.mark.parametrize("n", [1, 2])
def test_mean(check, n):
    assert check.root == ROOT
    check(printed("3"), confidence(lambda size, level: (3, 3), [10], "mean", check.seed))

@claim("even", at="Table 1", says="n(n+1) is even")
@settings(max_examples=20)
@given(n=st.integers(0, 2**64))
def test_even(n):
    DRAWN.append(n)
    assert n * (n + twin(1, 2)) % 2 == 0

@claim("drawn", at="Table 1", says="what the search drew")
def test_drawn(check):
    check(exactly(DRAWN[7]), proof(DRAWN[7], "as drawn"))
"""


def looked(audit, root):
    audit.claims(f"ROOT, DRAWN = {root}, []\n{DRAWN}").run("--verdicts-seed", str(root))
    assert set(audit.verdicts().values()) == {"holds"}
    cases = {(claim["id"], case["id"]): case for claim in audit.ledger["claims"] for case in claim["cases"]}
    drawn = cases.pop(("drawn", ""))["stated"]
    assert {key: case["seed"] for key, case in cases.items()} == {key: stream_seed(root, *key) for key in cases}
    return [case["seed"] for case in cases.values()], drawn


def test_the_seed_of_a_case_is_that_of_the_root_and_its_name(audit):
    """And nothing else: every case draws from a stream of its own."""
    seeds, drawn = looked(audit, 7)
    assert len({*seeds}) == len(seeds) == 3
    assert looked(audit, 7) == (seeds, drawn)
    others, otherwise = looked(audit, 8)
    assert not {*seeds} & {*others}
    assert drawn != otherwise


def claim(id, body, before=None, **stated):
    """One claim; `before` is what its fixture does."""
    fixtures = "check, request, subtests" if before is None else f"check, request, {id}_world"
    fixture = f"@pytest.fixture\ndef {id}_world(request):\n    {before}\n" if before is not None else ""
    said = "".join(f", {key}={value!r}" for key, value in stated.items())
    return f'{fixture}@claim("{id}", at="Table 1", says="π"{said})\ndef test_{id}({fixtures}):\n    {body}\n'


WEIGHTLESS = (
    "error: HERE: claim 'weightless': confidence spends error probability: declare the claim's weight, "
    "claim(…, weight=…)"
)
ENDINGS = {
    "holds": ("holds", f"import time; time.sleep(0.002); {CHECK}"),
    "refuted": ("refuted", WRONG),
    "skipped_later": ("holds", f'{CHECK}; pytest.skip("later")'),
    "xfailed_later": ("holds", f'{CHECK}; pytest.xfail("later")'),
    "unittest_skipped_later": ("holds", f'{CHECK}; import unittest; raise unittest.SkipTest("later")'),
    "passing_subtest": ("holds", f'with subtests.test("a"): assert 1 == 1\n    {CHECK}'),
    "late_skip": ("holds", CHECK, 'yield; pytest.skip("late")'),
    "skipped": ("later", 'pytest.skip("later")'),
    "xfailed": ("later", 'pytest.xfail("later")'),
    "unittest_skipped": ("later", 'import unittest; raise unittest.SkipTest("later")'),
    "not_run": ("no world (run: wait)", 'check.not_run("no world", grade="proof", command="wait")'),
    "no_world": ("no world", "pass", 'pytest.skip("no world")'),
    "decided_without_world": (
        "no world",
        "pass",
        f'check = request.getfixturevalue("check"); {CHECK}; pytest.skip("no world")',
    ),
    "no_evidence": ("error: the test ended without evidence (call check once)", "pass"),
    "weightless": (
        WEIGHTLESS,
        'check(printed("3"), confidence(lambda n, level: (3, 3), [5], "m", 1))',
    ),
    "twice": (
        "error: HERE: claim 'twice': check was called twice; each case is one check",
        f"{CHECK}; {CHECK}",
    ),
    "twice_in_silence": (
        "error: check was called twice; each case is one check",
        f"{CHECK}\n    try: {CHECK}\n    except Exception: pass",
    ),
    "wrong": ("error: ZeroDivisionError: division by zero (HERE)", f"{CHECK}; 1 / 0"),
    "wrong_subtests": (
        "error: in a subtest: assert 1 == 2",
        'with subtests.test("a"): assert 1 == 2\n    with subtests.test("b"): assert 3 == 4\n    1 / 0',
    ),
    "wrong_world": ("error: in setup: ZeroDivisionError: division by zero", "pass", "1 / 0"),
    "wrong_afterwards": ("error: in teardown: ZeroDivisionError: division by zero", CHECK, "yield; 1 / 0"),
    "wrong_and_afterwards": ("error: assert 5 == 6 (HERE)", "assert 5 == 6", "yield; 1 / 0"),
    "marked": ("error: assert 7 == 8 (HERE)", f"{MARK}; assert 7 == 8"),
    "marked_world": ("error: in setup: ZeroDivisionError: division by zero", "pass", f"{MARK}; 1 / 0"),
    "marked_softly": ("holds", f"{SOFTLY}; {CHECK}"),
    "marked_softly_wrong_afterwards": (
        "error: in teardown: ZeroDivisionError: division by zero",
        f"{SOFTLY}; {CHECK}",
        "yield; 1 / 0",
    ),
    "marked_in_vain": ("error: [XPASS(strict)] x", f"{MARK}; {CHECK}"),
}
"the verdict of each, or why it has none, what its test does, and what its fixture does"


def test_a_case_has_the_verdict_of_evidence_that_ended_well_or_the_first_reason_why_not(audit):
    audit.pytester.makeini("[pytest]\nxfail_strict = true\n")
    text = "".join(claim(id, *done) for id, (_, *done) in ENDINGS.items())
    result = audit.claims(f"{text}def test_plain(check): pass\n").run("--junitxml", "tests.xml")
    assert result.ret == USAGE, "a claim without a weight has spent error probability"
    ended = {id: done for id, (done, *_) in ENDINGS.items()}
    cases = {made["id"]: case for made in audit.ledger["claims"] for case in made["cases"]}
    said = {id: case["reason"] if case["verdict"] == "not run" else case["verdict"] for id, case in cases.items()}
    assert {id: re.sub(r"claims/test_some\.py:\d+", "HERE", text) for id, text in said.items()} == ended
    result.assert_outcomes(passed=10, skipped=6, xfailed=1, failed=11, errors=6)
    assert {id: case["reproduce"] for id, case in cases.items()} == {
        id: f"pytest claims/test_some.py::test_{id}" for id in ENDINGS
    }
    assert all("curves" not in case for case in cases.values())
    assert 0.002 <= cases["holds"]["seconds"] < 60
    assert cases["no_world"]["seconds"] == 0
    shown = (audit.path / "tests.xml").read_text(encoding="utf-8")
    assert shown.count('name="claim"') == len(ENDINGS)
    assert shown.count('name="verdict" value="refuted"') == 1
    assert "xfail-marked test passes unexpectedly" not in shown
    result.stdout.fnmatch_lines(
        [
            "*test_plain: the check fixture serves tests marked with @claim",
            "_* test_twice _*",
            "claims/test_some.py:*: claim 'twice': check was called twice*",
            "_* test_wrong _*",
            "E  *ZeroDivisionError: division by zero",
            "-* verdicts -*",
            "wrong: verdict 'not run', its test did not end well",
            "FAILED claims/test_some.py::test_twice - Failed: claims/test_some.py:*",
        ]
    )


def search(least):
    return (
        f'{SEARCH}@claim("rewritten", at="Table 1", says="n(n+1) is even")\n@settings(max_examples=20)\n'
        f"@given(n=st.integers({least}))\ndef test_rewritten(n): assert n * (n + twin(1, 2)) % 2 == 0\n"
    )


READINGS = (
    '@pytest.mark.parametrize("reading", ["rounded", "cut off", "neither"])\n'
    '@claim("read", at="Table 1", says="π", primary="rounded")\n'
    'def test_read(check, reading): check(printed("3.15"), arb.pi)\n'
)
BEFORE = {
    "same": CHECK,
    "refuted": WRONG,
    "changed": CHECK,
    "stale": CHECK,
    "lost": CHECK,
    "weaker": 'check(printed("3"), proof(3, "x"))',
}
AFTER = BEFORE | {
    "changed": 'check(printed("3.14"), lambda: arb(4))',
    "stale": 'check(printed("3.1"), arb.pi)',
    "lost": 'pytest.skip("later")',
    "weaker": 'check(printed("3"), arithmetic(3, "x"))',
    "added": CHECK,
    "untimely": 'check.not_run("no time", grade="proof", command="wait")',
    "without_model": 'check.not_run("no model", grade="model", command="wait")',
    "skipped": 'pytest.skip("later")',
}
RED = {"changed", "stale", "lost", "added"}
NAMED = ("--verdicts-baseline", "claims/baseline.json")


@pytest.mark.parametrize(
    ("options", "more"),
    [
        (NAMED, set()),
        (["--verdicts-strict", "--verdicts-require", "proof"], {"refuted", "read[rounded]", "untimely"}),
        (
            ["--verdicts-fail-on-weaker", "--verdicts-require", "any"],
            {"weaker", "rewritten", "untimely", "without_model", "skipped"},
        ),
        (["--verdicts-fail-on-weaker", "--verdicts-accept", "weaker"], {"rewritten"}),
    ],
)
def test_a_case_fails_where_it_is_not_as_accepted_or_as_asked_for(audit, options, more):
    """Other readings than the primary one may be refuted, strictly too."""
    audit.claims("".join(claim(id, body) for id, body in BEFORE.items()) + search("") + READINGS).accepted()
    result = audit.claims("".join(claim(id, body) for id, body in AFTER.items()) + search("0") + READINGS).run(*options)
    assert result.ret == FAILED
    failed = dict(re.findall(r"^FAILED \S+::test_(\S+) - (.*)", result.stdout.str(), re.MULTILINE))
    assert failed.keys() == RED | more
    assert all(said.startswith(f"{id}: verdict") for id, said in failed.items())
    baseline = " --verdicts-baseline claims/baseline.json" if options == NAMED else ""
    lines = re.findall(r"^reproduce: (.*)", result.stdout.str(), re.MULTILINE)
    assert sorted(lines) == sorted(
        f"pytest {shlex.quote(f'claims/test_some.py::test_{id}')}{baseline}" for id in RED | more
    )
