"""The levels handed out sum to at most the budget, whatever the weights of claims and the numbers of their cases."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from verdicts.options import Options

WEIGHTS = st.lists(st.integers(1, 3000), min_size=1, max_size=60)


def options(budget, planned):
    return Options(
        seed=0,
        budget=budget,
        planned=planned,
        accept=(),
        allow_not_run=(),
        require="",
        strict=False,
        fail_on_weaker=False,
    )


@settings(deadline=None)
@given(weights=WEIGHTS, budget=st.sampled_from(["1e-6", "0.000001", "1/7"]), spare=st.integers(0, 1000))
def test_levels_of_all_cases_sum_to_at_most_the_budget(weights, budget, spare):
    chosen = options(budget, sum(weights) + spare)
    levels = [chosen.share * weight for weight in weights]
    assert sum(levels) <= Fraction(budget)
    assert (sum(levels) == Fraction(budget)) == (spare == 0)


PARAMETRIZED = """
@claim("a", at="Table 1", says="x", weight=30)
@pytest.mark.parametrize("n", [1, 2])
def test_a(check, n): check(printed("3"), confidence(lambda size, level: (3, 3), [10, 20], "m", 1))
@claim("b", at="Table 1", says="x", weight=40)
def test_b(check): check(printed("3"), confidence(lambda size, level: (3, 3), [10], "m", 1))
@claim("c", at="Table 1", says="x")
def test_c(check): check(printed("3.14"), arb.pi)
"""


def test_the_ledger_says_what_each_case_spent(audit):
    audit.pytester.makeini("[pytest]\nverdicts_planned = 100\nverdicts_budget = 1e-6\n")
    audit.claims(PARAMETRIZED).run()
    spent = {c["id"]: [case["level"] for case in c["cases"]] for c in audit.ledger["claims"]}
    assert spent["c"] == [None]
    assert sum(Fraction(level) for levels in spent.values() for level in levels if level) == Fraction("1e-6")


def test_evidence_that_spends_more_than_the_budget_is_a_problem_of_the_run(audit):
    audit.pytester.makeini("[pytest]\nverdicts_planned = 100\n")
    audit.claims(
        "from verdicts.evidence import Evidence\n"
        "from fractions import Fraction\n"
        "class Spendthrift:\n"
        "    def looks(self, level):\n"
        "        yield Evidence('statistics', Interval(Fraction(3), Fraction(3)), 'm', level=2 * level)\n"
        '@claim("a", at="Table 1", says="x", weight=100)\n'
        'def test_a(check): check(printed("3"), Spendthrift())\n'
    ).run("--verdicts-accept", "all")
    assert any("error budget" in problem for problem in audit.ledger["run"]["problems"])
    assert not (audit.path / "claims" / "baseline.json").exists()
