"""What a test may do around its check: the verdict is that of sound evidence, and the gate sees it."""

from __future__ import annotations

import shlex

import pytest

OK, FAILED = pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED
CLAIM = '@claim("pi", at="Table 1", says="π")\n'
CHECK = 'check(printed("3.14"), arb.pi)'


def pi(body=CHECK, fixtures="check", before=""):
    return f"{before}\n{CLAIM}def test_pi({fixtures}):\n    {body}\n"


def fixture(body):
    return f"@pytest.fixture\ndef world():\n    {body}\n"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (f'{CHECK}; check(printed("3.15"), arb.pi)', "error: "),
        (f"{CHECK}; assert 1 == 2", "error: assert 1 == 2"),
        (
            f'{CHECK}; raise ExceptionGroup("many", [ValueError("one"), ValueError("two")])',
            "error: ExceptionGroup: many",
        ),
        ("raise ValueError", "error: ValueError"),
        ('pytest.fail("")', "error: "),
        (f'with subtests.test("a"): assert 1 == 2\n    {CHECK}', "error: in a subtest: assert 1 == 2"),
        ("pass", "error: the test ended without evidence (call check once)"),
    ],
)
def test_a_test_that_does_not_end_well_has_no_verdict(audit, body, reason):
    fixtures = "check, subtests" if "subtests" in body else "check"
    audit.claims(pi(body, fixtures)).run("--verdicts-accept", "all")
    assert audit.verdicts() == {"pi": "not run"}
    assert audit.reasons()["pi"].startswith(reason)
    assert not (audit.path / "claims" / "baseline.json").exists() or "pi" not in audit.baseline["claims"]


@pytest.mark.parametrize(
    ("body", "verdict", "status"),
    [
        ('raise ValueError("no world")', "not run", FAILED),
        ('pytest.skip("no world")', "not run", OK),
        ('yield; raise ValueError("no world any more")', "not run", FAILED),
    ],
)
def test_a_fixture_that_fails_or_skips(audit, body, verdict, status):
    assert audit.claims(pi(fixtures="check, world", before=fixture(body))).run().ret == status
    assert audit.verdicts() == {"pi": verdict}
    assert "no world" in audit.reasons()["pi"]


def test_passing_subtests_are_no_verdict_of_their_own(audit):
    body = f'with subtests.test("a"): assert 1 == 1\n    with subtests.test("b"): assert 2 == 2\n    {CHECK}'
    assert audit.claims(pi(body, "check, subtests")).run().ret == OK
    assert audit.verdicts() == {"pi": "holds"}


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.long)])
def test_plain_tests_that_fail_without_a_message(audit, workers):
    bodies = ["pytest.fail('')", "raise ValueError", "assert 0, ''", "pytest.fail('', pytrace=False)"]
    plain = "".join(f"def test_plain_{n}():\n    {body}\n" for n, body in enumerate(bodies))
    result = audit.claims(pi() + plain).run_on(workers)
    assert result.ret == FAILED
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    assert audit.verdicts() == {"pi": "holds"}


def test_a_mark_set_while_running_does_not_hide_a_worse_verdict(audit):
    audit.claims(pi()).run("--verdicts-accept", "all")
    worse = 'request.node.add_marker(pytest.mark.xfail(reason="x")); check(printed("3.14"), lambda: arb(4))'
    assert audit.claims(pi(worse, fixtures="check, request")).run().ret == FAILED


HIDDEN = {
    "a mark set while it runs": (
        f'{CHECK}; request.applymarker(pytest.mark.xfail(reason="k")); raise RuntimeError("x")',
        "",
    ),
    "a hook that turns failed into skipped": (
        f'{CHECK}; raise RuntimeError("x")',
        (
            "import pytest\n@pytest.hookimpl(wrapper=True)\ndef pytest_runtest_makereport(item, call):\n"
            "    report = yield\n"
            "    if report.failed: report.outcome, report.longrepr = 'skipped', ('', 0, 'x')\n"
            "    return report\n"
        ),
    ),
    "a hook that swallows the exception": (
        f'{CHECK}; raise RuntimeError("x")',
        (
            "import pytest\n@pytest.hookimpl(wrapper=True)\ndef pytest_pyfunc_call(pyfuncitem):\n"
            "    try: return (yield)\n    except RuntimeError: return True\n"
        ),
    ),
}


@pytest.mark.parametrize("way", HIDDEN)
def test_no_way_to_hide_a_failure_leaves_evidence(audit, way):
    body, hook = HIDDEN[way]
    audit.pytester.makeconftest(hook)
    audit.claims(pi()).run("--verdicts-accept", "all")
    assert audit.claims(pi(body, fixtures="check, request")).run().ret == FAILED
    assert audit.verdicts() == {"pi": "not run"}
    assert audit.gates() == {"pi": "lost"}


def test_no_case_is_run_again_for_another_outcome(audit):
    audit.pytester.makeconftest(
        "from _pytest.runner import runtestprotocol\n"
        "def pytest_runtest_protocol(item, nextitem):\n"
        "    for _ in range(2): runtestprotocol(item, log=False, nextitem=nextitem)\n"
    )
    body = 'import pathlib; seen = pathlib.Path("seen"); n = 4 if seen.exists() else 3; seen.touch()\n    '
    assert audit.claims(pi(f'{body}check(printed("3.14"), lambda: arb(n))')).run().ret == FAILED
    assert audit.verdicts() == {"pi": "not run"}
    assert "more than once" in audit.reasons()["pi"]


def test_evidence_that_was_tampered_with_is_a_fault(audit):
    tampered = 'check(printed("3.14"), lambda: arb(4)); check.record["verdict"] = "holds"'
    assert audit.claims(pi(tampered)).run().ret == FAILED
    assert audit.verdicts() == {"pi": "not run"}


def test_evidence_of_a_fixture_counts_only_if_the_test_runs(audit):
    audit.claims(pi("pass", fixtures="world", before=f"@pytest.fixture\ndef world(check):\n    {CHECK}\n"))
    audit.run()
    assert audit.verdicts() == {"pi": "holds"}
    skipping = f'@pytest.fixture\ndef world(check):\n    {CHECK}; pytest.skip("x")\n'
    audit.claims(pi("pass", fixtures="world", before=skipping)).run()
    assert audit.verdicts() == {"pi": "not run"}


def test_a_required_skip_keeps_its_reason(audit):
    assert audit.claims(pi('pytest.skip("no world")')).run("--verdicts-require", "any").ret == FAILED
    assert audit.reasons() == {"pi": "no world"}


def test_claims_as_methods(audit):
    audit.claims(
        "from hypothesis import given, strategies as st\n"
        "class TestAll:\n"
        '    @claim("pi", at="Table 1", says="π")\n'
        f"    def test_pi(self, check): {CHECK}\n"
        '    @claim("even", at="Table 1", says="n(n+1) is even")\n'
        "    @given(n=st.integers())\n"
        "    def test_even(self, n): assert n * (n + twin(1, 2)) % 2 == 0\n"
    )
    assert audit.run().ret == OK
    assert audit.verdicts() == {"pi": "holds", "even": "holds"}


def test_a_unittest_states_no_claim(audit):
    case = '    @claim("a", at="Table 1", says="x")\n    def test_a(self): pass\n'
    result = audit.claims(f"import unittest\nclass T(unittest.TestCase):\n{case}").run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "claim 'a' is a unittest: state it as a function" in result.stderr.str()


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.long)])
def test_values_of_numpy_and_other_strangers(audit, workers):
    strangers = {
        "float": "np.float64(3.14)",
        "returned": "lambda: np.float64(3.14)",
        "proved": 'proof(np.float64(3.14), "x")',
        "pair": 'arithmetic((2.9, 3.1), "x")',
        "reversed": 'arithmetic((4, 3), "x")',
        "complex": "lambda: acb(3)",
        "method": "arithmetic(3, 17)",
        "seed": 'confidence(lambda n, level: (3, 3), [5], "m", "seed")',
    }
    fine = {
        "words": 'arithmetic(3, np.str_("x"))',
        "counts": 'confidence(lambda n, level: (3, 3), [np.int64(5)], "m", np.uint64(7))',
        "nan": 'lambda: arb("nan")',
        "huge": "lambda: arb(2) ** (2**40)",
        "tiny": "lambda: arb(2) ** -(2**40)",
    }
    text = "import numpy as np\nfrom flint import acb\n"
    for id, value in {**strangers, **fine}.items():
        text += f'@claim("{id}", at="Table 1", says="x", weight=1)\n'
        text += f'def test_{id}(check):\n    check(printed("3"), {value})\n'
    result = audit.claims(text).run_on(workers)
    assert result.ret == FAILED
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    for id in strangers:
        assert audit.reasons()[id].startswith("error: "), id
    verdicts = {"words": "holds", "counts": "holds", "nan": "inconclusive", "huge": "refuted", "tiny": "refuted"}
    assert {id: audit.verdicts()[id] for id in fine} == verdicts


@pytest.mark.parametrize("name", ["a@b", "a::b[c]", "x" * 2000, "π"])
def test_a_case_of_any_name_is_reproduced(audit, name):
    text = f'{CLAIM}@pytest.mark.parametrize("x", [object()], ids=[{name!r}])\ndef test_pi(check, x):\n    {CHECK}\n'
    audit.claims(text).run()
    (case,) = audit.ledger["claims"][0]["cases"]
    program, node = shlex.split(case["reproduce"])
    assert program == "pytest"
    result = audit.pytester.runpytest_inprocess(node, "-p", "no:xdist", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)


def test_a_reading_that_is_not_the_primary_one_is_reproduced_alone(audit):
    audit.claims(
        '@claim("pi", at="Table 1", says="π", primary="rounded")\n'
        '@pytest.mark.parametrize("reading", ["rounded", "cut off"])\n'
        f"def test_pi(check, reading):\n    {CHECK}\n"
    ).run()
    (case,) = [case for case in audit.ledger["claims"][0]["cases"] if case["reading"] == "cut off"]
    _, node = shlex.split(case["reproduce"])
    result = audit.pytester.runpytest_inprocess(node, "-p", "no:xdist", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
    kept = {case["reading"]: case["verdict"] for case in audit.partial["claims"][0]["cases"]}
    assert kept["cut off"] == "holds"


def test_claims_in_sub_folders_run_from_another_folder(audit, monkeypatch):
    deep = audit.path / "claims" / "sub" / "deep"
    deep.mkdir(parents=True)
    audit.claims(pi(), "sub/deep/test_deep.py")
    elsewhere = audit.pytester.mkdir("elsewhere")
    monkeypatch.chdir(elsewhere)
    result = audit.pytester.runpytest_inprocess("../claims", "-p", "no:xdist", "--verdicts-report", "text:a.txt")
    assert result.ret == OK
    assert audit.verdicts() == {"pi": "holds"}
    assert (elsewhere / "a.txt").exists()


def test_claims_among_ordinary_tests(audit):
    audit.claims(pi() + "def test_plain(): pass\ndef test_wrong(): assert 0\n")
    result = audit.run()
    assert result.ret == FAILED
    result.assert_outcomes(passed=2, failed=1)
    assert audit.ledger["run"]["problems"] == ["claims/test_some.py::test_wrong: call: assert 0"]
    assert audit.ledger["run"]["exit_status"] == FAILED


@pytest.mark.long
def test_searches_do_not_depend_on_the_hash_seed(audit, monkeypatch):
    audit.classics().run()
    monkeypatch.setenv("PYTHONHASHSEED", "1")
    before = audit.comparable_claims()
    audit.spawn()
    assert audit.comparable_claims() == before


def test_text_that_is_no_unicode_reaches_the_ledger(audit):
    audit.claims(pi('raise ValueError("\\ud800")')).run()
    assert "\\ud800" in audit.ledger_path.read_text(encoding="utf-8")
