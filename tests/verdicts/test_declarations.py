"""A claim is known from the moment it is declared, whatever becomes of its test."""

from __future__ import annotations

import pytest
import verdicts

USAGE = pytest.ExitCode.USAGE_ERROR
HEAD = '@claim("{id}", at="Table 1", says="x")\n'
GIVEN = "from hypothesis import given, strategies as st\n"


def head(id="a"):
    return HEAD.format(id=id)


LOST = {
    "not named test": head() + "def check_a(check): pass\n",
    "a class that is not collected": f"class Helper:\n    {head()}    def test_a(self, check): pass\n",
    "two functions of one name": head("a") + 'def test_a(check): check(printed("3"), arb.pi)\n' + head("b")
    + 'def test_a(check): check(printed("3.14"), arb.pi)\n',
    "a decorator without wraps": "def hide(test): return lambda: None\n@hide\n" + head() + "def test_a(check): pass\n",
    "never applied": 'claim("a", at="Table 1", says="x")\n',
    "inside a function": f"def make():\n    {head()}    def test_a(check): pass\n    return test_a\nmake()\n",
    "deleted": head() + "def test_a(check): pass\ndel test_a\n",
    "__test__ = False": head() + "def test_a(check): pass\ntest_a.__test__ = False\n",
}  # fmt: skip


@pytest.mark.parametrize("way", LOST)
def test_a_declared_claim_that_never_became_a_case_is_a_fault(audit, way):
    audit.claims(LOST[way] + head("fine") + 'def test_fine(check): check(printed("3.14"), arb.pi)\n')
    result = audit.run()
    assert result.ret == USAGE
    assert "claim 'a' was declared, but no test of it was collected" in result.stderr.str()


def test_what_was_declared_before_a_session_of_this_process_is_none_of_its_claims(audit):
    verdicts.claim("stray", at="Table 1", says="x")
    assert audit.classics().run().ret == pytest.ExitCode.OK


def test_it_is_a_fault_under_xdist_too(audit):
    result = audit.claims(LOST["not named test"]).spawn("-n", "1")
    assert result.ret == USAGE
    assert "claim 'a' was declared" in result.stdout.str() + result.stderr.str()


EVEN = "def test_a(n): assert n * (n + twin(1, 2)) % 2 == 0\n"
PARAMETRIZE = '@pytest.mark.parametrize("m", [1, 2])\n'


@pytest.mark.parametrize(
    ("decorators", "cases"),
    [
        (f"{head()}@given(n=st.integers())\n", 1),
        (f"@given(n=st.integers())\n{head()}", 1),
        (f"{head()}{PARAMETRIZE}@given(n=st.integers())\n", 2),
        (f"@given(n=st.integers())\n{head()}{PARAMETRIZE}", 2),
        (f"{PARAMETRIZE}{head()}@given(n=st.integers())\n", 2),
    ],
)
def test_the_order_of_decorators_does_not_matter(audit, decorators, cases):
    test = EVEN.replace("(n)", "(n, m)") if cases == 2 else EVEN
    audit.claims(GIVEN + decorators + test).run()
    assert audit.verdicts() == {"a": "holds"}
    assert len(audit.ledger["claims"][0]["cases"]) == cases


def test_one_test_states_one_claim(audit):
    result = audit.claims(head("a") + head("b") + "def test_a(check): pass\n").run()
    assert result.ret == USAGE
    assert "shares its test with another claim" in result.stderr.str()


@pytest.mark.parametrize(
    "selection", [["-m", "claim(id='b')"], ["-m", "claim(kind='number')"], ["-m", "claim(at='Theorem 1')"]]
)
def test_claims_are_selected_by_their_mark(audit, selection):
    one = head("a") + 'def test_a(check): check(printed("3.14"), arb.pi)\n'
    other = '@claim("b", at="Theorem 1", says="x", kind="number")\ndef test_b(check): check(printed("3.14"), arb.pi)\n'
    result = audit.claims(one + other).run(*selection)
    result.assert_outcomes(passed=1, deselected=1)
    assert {claim["id"]: claim["verdict"] for claim in audit.partial["claims"]} == {"b": "holds", "a": "not run"}


def test_a_part_of_a_file_may_be_asked_for(audit):
    text = f"class TestA:\n    {head()}    def test_a(self, check): check(printed('3.14'), arb.pi)\n"
    audit.claims(text + head("b") + 'def test_b(check): check(printed("3.14"), arb.pi)\n')
    assert audit.run(start="claims/test_some.py::test_b").ret == pytest.ExitCode.OK


def test_readings_are_marks_of_cases(audit):
    audit.claims(
        '@claim("a", at="Table 1", says="x", primary="up")\n@readings("value", {"up": 3, "down": 4})\n'
        'def test_a(check, value): check(printed("3"), lambda: arb(value))\n'
        'CASES = [pytest.param(3, marks=reading("up")), pytest.param(4, marks=reading("down"))]\n'
        '@claim("b", at="Table 1", says="x", primary="up")\n'
        '@pytest.mark.parametrize("value", CASES)\n'
        'def test_b(check, value): check(printed("3"), lambda: arb(value))\n'
        '@claim("c", at="Table 1", says="x", primary="up")\n'
        '@readings("value, accepts", {"up": (3, printed), "down": (4, at_most)})\n'
        'def test_c(check, value, accepts): check(accepts("3"), lambda: arb(value))\n'
    ).run()
    assert len(audit.ledger["claims"]) == 3
    for claim in audit.ledger["claims"]:
        assert claim["qualified"]
        assert [case["reading"] for case in claim["cases"]] == ["up", "down"]
        assert [case["primary"] for case in claim["cases"]] == [True, False]


def test_a_claim_knows_its_file_and_line(audit):
    audit.claims(head() + 'def test_a(check): check(printed("3.14"), arb.pi)\n').run()
    (claim,) = audit.ledger["claims"]
    assert (claim["file"], claim["line"]) == ("test_some.py", 4)
