"""What a run must meet besides the gate, and what it keeps of what its processes say."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdicts.accepted import accepted_of
from verdicts.baseline import Baseline
from verdicts.conditions import lacks, misplaced, overspent, refuted
from verdicts.gathering import NOT_STARTED, SILENT, Gathering
from verdicts.ledger import disagreement
from verdicts.options import ANY, Output
from verdicts.records import blank_case
from verdicts.vocabulary import GRADES, VERDICTS

from tests.verdicts import sample


def baseline(accepted=(), *, present=True, paper="p"):
    """A baseline that accepted the cases of a claim "c"."""
    claim = {"at": "Table 1", "says": "x", "kind": "step", "file": "x.py", "cases": dict(accepted)}
    return Baseline(Path("baseline.json"), {"c": claim}, present=present, paper=paper)


# the budget


@given(st.lists(st.none() | st.fractions(0, 1, max_denominator=8), max_size=5), st.sampled_from(["1", "0.5", "3/4"]))
def test_the_levels_of_all_cases_together_are_held_against_the_budget(levels, budget):
    records = [blank_case(level=None if level is None else str(float(level))) for level in levels]
    said = overspent(records, budget)
    assert bool(said) == (sum(filter(None, levels)) > Fraction(budget))
    assert all(budget in line for line in said)


# what is required, and what --verdicts-strict does not allow


def ledger(*cases, claim="c"):
    return sample.ledger() | {"claims": sample.settle([sample.claim(claim, "1", "step", list(cases))])}


@given(
    st.sampled_from(["", ANY, *GRADES]),
    st.none() | st.sampled_from(GRADES),
    st.none() | st.sampled_from(GRADES),
    st.booleans(),
)
def test_what_is_required_by_grade_is_missed_by_the_grade_named_or_accepted(require, named, accepted, ran):
    case = sample.case("c", grade=named) if ran else blank_case(grade=named)
    known = baseline({"": accepted_of(sample.case("c", grade=accepted))} if accepted else {})
    said = lacks(ledger(case), known, require)
    assert bool(said) == (not ran and bool(require) and require in (ANY, named, accepted))
    assert said in ([], [f"--verdicts-require {require}: not run: c"])


@pytest.mark.parametrize("number", [1, 3, 4, 9])
def test_of_what_is_missed_three_are_named_and_the_others_counted(number):
    (said,) = lacks(ledger(*(blank_case(id=f"k{n}") for n in range(number))), baseline(), ANY)
    shown = ", ".join(f"c[k{n}]" for n in range(min(number, 3)))
    assert said.endswith(f": not run: {shown}" + (f" and {number - 3} more" if number > 3 else ""))


@given(st.lists(st.sampled_from(VERDICTS), max_size=4))
def test_strict_counts_what_is_refuted_and_names_the_first(verdicts):
    claims = [sample.claim(f"c{n}", "1", "step", [sample.case(f"c{n}", verdict=v)]) for n, v in enumerate(verdicts)]
    found = [f"c{n}" for n, verdict in enumerate(verdicts) if verdict == "refuted"]
    said = refuted(sample.ledger() | {"claims": sample.settle(claims)})
    assert said == ([f"--verdicts-strict: {len(found)} refuted, the first is {found[0]}"] if found else [])


# where the claims are


def output(folder):
    return Output(folder, Path("latest"), (), (), Path("baseline.json"), baseline_named=False)


@pytest.mark.parametrize(
    ("folder", "claims", "known", "said"),
    [
        ("claims", ["x"], baseline(), ""),
        ("other", ["x"], baseline(), "the claims are in claims, but this run is about other"),
        (None, ["x"], baseline(), "the claims are in claims, but this run is about no folder of claims"),
        ("other", [], baseline(), ""),
        ("claims", ["x"], baseline(paper="q"), "baseline.json: key 'paper': expected 'p' as in paper.toml, found 'q'"),
        ("claims", ["x"], baseline(present=False, paper=""), ""),
    ],
)
def test_claims_baseline_and_output_belong_together(tmp_path, folder, claims, known, said):
    catalogue = {"claims": claims, "folder": "claims", "paper": {"id": "p"}}
    found = misplaced(catalogue, output(folder and tmp_path / folder), known, tmp_path)
    assert found.startswith(said)
    assert bool(found) == bool(said)


# what processes say of a case


def gathering():
    return Gathering(baseline({"": accepted_of(sample.case("c"))}))


def envelope(record, worker="", *, final=False):
    return {"claim": "c", "record": record, "worker": worker, "final": final}


def case(**given):
    return sample.case("c", **{"statement": "s"} | given)


OTHER = {"verdict": "refuted", "computed": ["6", "7"]}


def test_what_is_said_of_a_case_is_kept():
    made = gathering()
    made.take(envelope(case()))
    assert made.records == {("c", ""): case()}
    assert made.problems == []


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        (case(), case(verdict="refuted"), "is stored, but 'holds' follows"),
        (case(), case(**OTHER), "two processes disagree on it: 'holds' and 'refuted'"),
        (case(), case(statement="t"), "two processes disagree on it"),
        (case(computed=["5", "5.0001"]), case(computed=["5.0003", "5.0004"]), "are disjoint"),
        (case(computed=["5.0003", "5.0004"]), case(computed=["5", "5.0001"]), "are disjoint"),
    ],
    ids=["edited", "verdict", "statement", "above", "below"],
)
def test_what_two_processes_do_not_agree_on_is_a_fault_and_no_verdict(first, second, said):
    made = gathering()
    made.take(envelope(first, "gw0"))
    made.take(envelope(second, "gw1"))
    (problem,) = made.problems
    assert said in problem
    assert problem.startswith("c: ")
    kept = made.records["c", ""]
    assert (kept["verdict"], kept["gate"]) == ("not run", "lost")
    assert kept["reason"].startswith("error: ")


def undecided(lo, hi):
    return case(verdict="inconclusive", twin=True, computed=[lo, hi], weak=None in (lo, hi))


SEARCH = {"printed": [], "accepted": None, "computed": None, "grade": "search", "samples": 9}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (case(computed=["5", "5.0001"]), case(computed=["5.0001", "5.0002"])),
        (undecided("4", None), undecided(None, "6")),
        (undecided(None, "6"), undecided("4", None)),
        (undecided("4", None), undecided("4.5", "4.99")),
        (undecided(None, "6"), undecided("4.5", "4.99")),
        (case(**SEARCH), case(**SEARCH, seed=5)),
    ],
    ids=["touching", "half-lines", "turned", "upper half-line", "lower half-line", "searches"],
)
def test_where_two_processes_agree_the_first_is_kept(first, second):
    made = gathering()
    made.take(envelope(first, "gw0"))
    made.take(envelope(second, "gw1"))
    assert (made.problems, made.records["c", ""]) == ([], first)
    assert disagreement(first, second) == disagreement(second, first) == ""


def test_no_process_runs_a_case_twice():
    made = gathering()
    made.take(envelope(case(), "gw0"))
    made.take(envelope(case(), "gw0"))
    assert "run more than once" in made.problems[0]
    assert made.records["c", ""]["verdict"] == "not run"
    other = gathering()
    other.take(envelope(case(), "gw0"))
    other.take(envelope(case(**OTHER), "gw0"))
    assert "'holds' and 'refuted'" in other.problems[0], "what contradicts itself is told before that it ran twice"


def test_what_a_teardown_says_last_counts():
    made = gathering()
    made.take(envelope(case(), "gw0"))
    failed = blank_case(reason="error: in teardown", gate="lost")
    made.take(envelope(failed, "gw0", final=True))
    assert (made.problems, made.records["c", ""]) == ([], failed)


def test_a_case_with_a_name_is_told_by_it():
    made = gathering()
    made.take(envelope(case(id="k", verdict="refuted")))
    assert made.problems[0].startswith("c[k]: ")
    (((_, name), kept),) = made.records.items()
    assert (name, kept["id"], kept["reproduce"]) == ("k", "k", case()["reproduce"])


def test_a_problem_is_noted_once():
    made = gathering()
    for text in ("one", "two", "one"):
        made.problem(text)
    assert made.problems == ["one", "two"]


def test_of_a_case_from_which_nothing_was_heard_the_nearest_reason_is_told():
    made = gathering()
    known = {"id": "k", "reading": "r", "primary": False, "reproduce": "pytest k", "node": "n", "left_out": ""}
    assert made.unheard(known, "")["reason"] == NOT_STARTED
    made.begun.add("n")
    assert made.unheard(known, "")["reason"] == SILENT
    assert made.unheard(known, "killed")["reason"] == "run stopped: killed"
    made.lost["n"] = "its worker was lost"
    assert made.unheard(known, "killed")["reason"] == "its worker was lost"
    heard = made.unheard(known | {"left_out": "deselected"}, "killed")
    assert heard == blank_case(id="k", reading="r", primary=False, reproduce="pytest k", reason="deselected")


class Written:
    def __init__(self):
        self.events = []

    def write(self, event, **facts):
        self.events.append((event, facts))


def test_each_thing_that_is_learnt_goes_into_the_journal():
    made = gathering()
    made.journal = Written()
    made.take(envelope(case()))
    made.problem("one")
    made.problem("one")
    assert made.journal.events == [
        ("case", {"claim": "c", "case": "", "record": case()}),
        ("problem", {"text": "one"}),
    ]
