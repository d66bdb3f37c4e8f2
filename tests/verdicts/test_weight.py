"""What a refutation costs, and what a claim that was not run would unblock: derived from the graph alone."""

from __future__ import annotations

import pytest
from verdicts.views.weight import costs, headline_place, headlines, unblocked

from tests.verdicts import sample

TITLES = {"0": "Abstract", "1": "Introduction", "11": "Conclusion", "12": "Conclusions and outlook"}
REFUTED = {"verdict": "refuted", "computed": ["6", "7"]}
NOT_RUN = {"verdict": "not run", "computed": None, "accepted": None, "grade": None}


def ledger(*claims):
    """A ledger of claims, each given by id, place, what its case is, and what the claim is."""
    made = sample.ledger()
    made["sections"] = [{"id": id, "title": title} for id, title in TITLES.items()]
    made["claims"] = sample.settle(
        [sample.claim(id, "1", "step", [sample.case(id, **case)], at=at) | more for id, at, case, more in claims]
    )
    return made


@pytest.mark.parametrize(
    ("place", "also", "section", "found"),
    [
        ("Table 1", [], "0", "Abstract"),
        ("Abstract", [], "1", "Abstract"),
        ("Theorem 3", [], "1", "Theorems"),
        ("Proposition 2", [], "1", "Theorems"),
        ("Corollary 1", ["Section 11.1"], "1", "Theorems"),
        ("Lemma 4", [], "1", ""),
        ("Table 1", ["Section 11.1"], "1", "Conclusion"),
        ("Table 1", ["Section 1.1"], "1", ""),
        ("Table 1", ["Section 110.1"], "1", ""),
        ("Section 12", [], "12", "Conclusion"),
        ("Table 1", [], "unknown", ""),
    ],
)
def test_a_headline_stands_in_the_abstract_a_numbered_result_or_the_conclusion(place, also, section, found):
    claim = sample.claim("a", section, "step", [], at=place, also_at=also)
    assert headline_place(claim, TITLES) == found
    assert not headline_place(claim | {"kind": "extension"}, TITLES)


def test_headlines_are_told_once_each():
    made = ledger(("a", "Theorem 1", {}, {"also_at": ["Section 11.1"]}), ("b", "Section 11", {}, {}))
    assert {name: [claim["id"] for claim in claims] for name, claims in headlines(made).items()} == {
        "Theorems": ["a"],
        "Conclusion": ["b"],
    }


def test_a_refutation_costs_the_headlines_that_rest_on_it_however_far_up():
    made = ledger(
        ("slip", "Table 1", REFUTED, {}),
        ("deep", "Table 2", REFUTED, {}),
        ("step", "Table 3", {}, {"rests_on": ["deep"]}),
        ("one", "Theorem 1", {}, {"rests_on": ["step"]}),
        ("two", "Theorem 2", {}, {"rests_on": ["step"]}),
        ("head", "Theorem 3", REFUTED, {}),
    )
    assert [(cost.claim["id"], [claim["id"] for claim in cost.headlines]) for cost in costs(made)] == [
        ("deep", ["one", "two"]),
        ("head", ["head"]),
        ("slip", []),
    ]


def test_of_those_that_cost_as_much_a_headline_comes_first():
    made = ledger(
        ("deep", "Table 2", REFUTED, {}),
        ("one", "Theorem 1", {}, {"rests_on": ["deep"]}),
        ("head", "Theorem 3", REFUTED, {}),
    )
    assert [cost.claim["id"] for cost in costs(made)] == ["head", "deep"]


def test_one_fault_is_told_once_where_the_same_is_true_instead():
    made = ledger(
        ("again", "Table 1", REFUTED, {"instead": "truth"}),
        ("first", "Theorem 1", REFUTED, {"instead": "truth"}),
        ("other", "Table 1", REFUTED, {}),
        ("another", "Table 1", REFUTED, {}),
        ("truth", "Table 1", {}, {"kind": "extension"}),
    )
    told = [(cost.claim["id"], [claim["id"] for claim in cost.repeats]) for cost in costs(made)]
    assert told == [("first", ["again"]), ("other", []), ("another", [])]


def test_what_is_not_the_papers_costs_it_nothing():
    assert not costs(ledger(("beside", "Theorem 1", REFUTED, {"kind": "replication"})))


def test_what_was_not_run_tells_which_claims_wait_for_it_and_most_of_them_first():
    made = ledger(
        ("idle", "Table 1", NOT_RUN, {}),
        ("needed", "Table 2", NOT_RUN, {}),
        ("step", "Table 3", {}, {"rests_on": ["needed"]}),
        ("top", "Theorem 1", {}, {"rests_on": ["step"]}),
    )
    assert unblocked(made) == {"needed": ["step", "top"], "idle": []}
