"""Merging ledgers is a join of their evidence; comparing them shows all that differs in what is stated or decided."""

from __future__ import annotations

import json
from copy import deepcopy
from itertools import combinations, permutations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from verdicts.baseline import GONE
from verdicts.declared import DESELECTED
from verdicts.ledger import DECLARED, summarize, verify
from verdicts.merge import AGREED, diff, in_one_order, merge
from verdicts.records import blank_case
from verdicts.vocabulary import GRADES, STANDINGS

from tests.verdicts import sample

WHOLE = sample.ledger()
SEARCH = {
    "accepted": None, "computed": None, "printed": [], "stated": "", "resolution": None, "looks": None,
    "grade": "search",
}  # fmt: skip


def find(made, claim, case=None):
    (found,) = [found for found in made["claims"] if found["id"] == claim]
    return found if case is None else next(inner for inner in found["cases"] if inner["id"] == case)


# random ledgers of the same two claims


NEEDS = {"statistics": {"level": "1e-9"}}


def holds(grade, samples=None, computed="5.0004"):
    return {"grade": grade, "samples": samples, "computed": ["5.0003", computed], **NEEDS.get(grade, {})}


def found_nothing(seed, samples):
    return SEARCH | {"seed": seed, "samples": samples}


REFUTED = {"verdict": "refuted", "computed": ["6", "7"], "resolution": "0"}
COUNTEREXAMPLE = SEARCH | {"verdict": "refuted", "twin": None, "counterexample": "n = 3", "seed": 5, "samples": 9}
UNDECIDED = {"verdict": "inconclusive", "computed": ["4", "5"], "reason": "overlaps", "resolution": None}
NUMBERS = [
    {},
    holds("arithmetic"),
    holds("instances", 12),
    holds("instances", 12, "5.0005"),
    holds("statistics", 100),
    holds("statistics", 400),
    holds("text"),
    REFUTED | {"grade": "statistics", **NEEDS["statistics"]},
    REFUTED | {"grade": "instances", "samples": 3},
    UNDECIDED,
    UNDECIDED | {"computed": ["4", "4.99"]},
]
SEARCHES = [
    *(found_nothing(seed, samples) for seed in (None, 1, 2, 3) for samples in (100, 200)),
    COUNTEREXAMPLE,
    SEARCH | {"verdict": "inconclusive", "twin": False, "samples": 50, "reason": "the twin stands"},
]
CURVE = {"figure": "Figure 1", "name": "limit", "kind": "line", "x": "", "y": "", "points": [["1", "2", "3"]]}
NOT_RUN = [
    {"reason": DESELECTED, "reproduce": "pytest"},
    {"reason": "no device", "reproduce": "pytest"},
    {"reason": "no device", "reproduce": "pytest", "gate": "lost", "grade": "model"},
    {"reason": GONE, "gate": "gone"},
]


@st.composite
def records(draw, claim, id, decided):
    changes = draw(st.sampled_from([None, *decided]))
    if changes is None:
        return blank_case(id=id, **draw(st.sampled_from(NOT_RUN)))
    gate = draw(st.sampled_from(["equal", "changed", None]))
    curves = draw(st.sampled_from([{}, *({"curves": [CURVE | {"x": x}]} for x in "pn")]))
    return sample.case(claim, id, **changes | {"gate": gate}) | curves


QUOTES = st.lists(
    st.fixed_dictionaries(
        {
            "printed": st.sampled_from(["1.5", "2"]),
            "standing": st.sampled_from(STANDINGS),
            "elsewhere": st.just([]) | st.just(["Section 2"]),
            "near": st.just([]),
        }
    ),
    min_size=1,
    unique_by=lambda quote: quote["printed"],
).map(lambda quotes: sorted(quotes, key=lambda quote: quote["printed"]))


@st.composite
def ledgers(draw):
    claims = []
    for claim, decided in (("number", NUMBERS), ("search", SEARCHES)):
        ids = draw(st.permutations(["a", "b"]))[: draw(st.integers(0, 2))]
        cases = [draw(records(claim, id, decided)) for id in ids]
        if cases:
            made = sample.claim(claim, "3", "step", cases, rests_on=["search"] if claim == "number" else [])
            claims.append(made | draw(st.just({}) | st.fixed_dictionaries({"quoted": QUOTES})))
    claims = draw(st.permutations(claims))
    run = WHOLE["run"] | {
        "started": f"2026-11-2{draw(st.integers(1, 3))}T10:00:00+00:00",
        "seconds": draw(st.sampled_from([0.1, 0.2, 1e6])),
        "interrupted": draw(st.sampled_from([None, "stopped", "killed"])),
        "problems": draw(st.lists(st.sampled_from("xyz"), unique=True)),
        "whole": draw(st.booleans()),
        "complete": draw(st.booleans()),
    }
    sample.settle(claims)
    return WHOLE | {"run": run, "claims": claims, "summary": summarize(claims)}


def joined(*given):
    """The merge of ledgers, or of what merges to them; None where any of them contradict each other."""
    try:
        return None if None in given else merge(given)
    except ValueError as error:
        if "contradiction" not in str(error):
            raise
        return None


def unordered(made):
    """A ledger but for the order in which things are listed, where its ledgers leave that open."""
    if made is None:
        return None
    claims = [claim | {"cases": {case["id"]: case for case in claim["cases"]}} for claim in made["claims"]]
    return made | {"claims": {claim["id"]: claim for claim in claims}}


@given(ledgers(), ledgers(), ledgers())
def test_the_order_of_the_ledgers_does_not_matter(a, b, c):
    first = joined(a, b, c)
    assert all(joined(*order) == first for order in permutations((a, b, c)))


@given(ledgers(), ledgers(), ledgers())
def test_merging_in_steps_is_merging_at_once(a, b, c):
    at_once = unordered(joined(a, b, c))
    assert unordered(joined(joined(a, b), c)) == at_once
    assert unordered(joined(a, joined(b, c))) == at_once


@given(ledgers(), ledgers())
def test_a_ledger_adds_nothing_to_what_has_it_already(a, b):
    assert joined(a) == joined(a, a) == a
    both = joined(a, b)
    assume(both is not None)
    assert joined(both, a) == joined(both, both) == both


@given(ledgers(), ledgers())
def test_a_merge_follows_from_its_cases(a, b):
    before = deepcopy((a, b))
    both = joined(a, b)
    assert (a, b) == before
    if both is not None:
        verify(both)


POOLS = [NUMBERS, SEARCHES, [{"verdict": "not run", **changes} for changes in NOT_RUN]]


@pytest.mark.parametrize("pool", POOLS, ids=["numbers", "searches", "not run"])
def test_of_two_records_the_same_one_wins_in_either_order(pool):
    made = [of_one(changes) for changes in pool]
    for one, other in combinations(made, 2):
        assert joined(one, other) == joined(other, one)


@pytest.mark.parametrize("pool", POOLS, ids=["numbers", "searches", "not run"])
@given(st.data())
def test_three_records_of_a_case_can_be_merged_in_steps(pool, data):
    a, b, c = (of_one(data.draw(st.sampled_from(pool))) for _ in range(3))
    assert joined(joined(a, b), c) == joined(a, joined(b, c)) == joined(a, b, c)


@given(ledgers(), ledgers())
def test_the_worst_that_was_found_of_a_quoted_string_stays(a, b):
    both = joined(a, b)
    assume(both is not None)
    found = {}
    for claim in (*a["claims"], *b["claims"]):
        for quote in claim.get("quoted", ()):
            found.setdefault((claim["id"], quote["printed"]), []).append(STANDINGS.index(quote["standing"]))
    kept = {
        (claim["id"], quote["printed"]): STANDINGS.index(quote["standing"])
        for claim in both["claims"]
        for quote in claim.get("quoted", ())
    }
    assert kept == {key: max(standings) for key, standings in found.items()}


def test_quoted_strings_of_two_ledgers_each_once_in_their_order():
    first = {"printed": "2", "standing": "found", "elsewhere": [], "near": []}
    astray = first | {"standing": "found elsewhere", "elsewhere": ["Section 2"]}
    lost = {"printed": "1.5", "standing": "not found", "elsewhere": [], "near": ["1.4"]}
    made = [of_one(NUMBERS[0]) for _ in range(3)]
    for ledger, quotes in zip(made, ([first], [astray, lost | {"near": []}], [lost]), strict=True):
        ledger["claims"][0]["quoted"] = quotes
    for order in permutations(made):
        assert merge(order)["claims"][0]["quoted"] == [max(lost, lost | {"near": []}, key=json.dumps), astray]
    assert "quoted" not in merge([of_one(NUMBERS[0])] * 2)["claims"][0]


RANK = ["not run", "inconclusive", "holds", "refuted"]


@given(ledgers(), ledgers())
def test_no_case_gets_worse_evidence(a, b):
    both = joined(a, b)
    assume(both is not None)
    for made in (a, b):
        for claim in made["claims"]:
            for case in claim["cases"]:
                kept = find(both, claim["id"], case["id"])
                rank, was = RANK.index(kept["verdict"]), RANK.index(case["verdict"])
                assert rank >= was
                if rank == was > 0:
                    assert GRADES.index(kept["grade"]) <= GRADES.index(case["grade"])
                    if kept["grade"] == case["grade"]:
                        assert (kept["samples"] or 0) >= (case["samples"] or 0)


# what wins


def of_one(changes, **declared):
    """A ledger of one claim with one case."""
    case = sample.case("one") | changes if changes.get("verdict") != "not run" else blank_case() | changes
    claims = sample.settle([sample.claim("one", "3", "step", [case], primary="") | declared])
    return WHOLE | {"claims": claims, "summary": summarize(claims)}


def winner(*changes):
    return find(merge([of_one(change) for change in changes]), "one", "")


def test_a_counterexample_wins_over_a_search_that_found_none():
    assert winner(found_nothing(1, 10**6), COUNTEREXAMPLE)["counterexample"] == "n = 3"


@pytest.mark.parametrize("grade", ["instances", "text"])
def test_a_refutation_wins_over_what_never_looked_everywhere(grade):
    assert winner(holds(grade, 12), REFUTED)["verdict"] == "refuted"


def test_tries_of_different_streams_add_up():
    assert winner(found_nothing(1, 200), found_nothing(2, 200))["samples"] == 400
    assert winner(found_nothing(1, 200), found_nothing(2, 100), found_nothing(3, 50))["samples"] == 350


def test_a_counterexample_wins_over_tries_that_were_added_up():
    kept = winner(found_nothing(1, 200), found_nothing(2, 200), COUNTEREXAMPLE)
    assert kept["samples"] == COUNTEREXAMPLE["samples"]
    assert "searches" not in kept


def test_more_samples_win_at_equal_grade():
    assert winner(holds("statistics", 90), holds("statistics", 400))["samples"] == 400


def test_a_case_that_is_declared_wins_over_one_that_is_remembered():
    given = [{"verdict": "not run", **changes} for changes in NOT_RUN]
    assert [winner(declared, given[2])["reproduce"] for declared in given[:2]] == ["pytest", "pytest"]


def test_tries_of_one_stream_do_not_add_up():
    kept = winner(found_nothing(1, 200), found_nothing(1, 300))
    assert kept["samples"] == 300
    assert "searches" not in kept
    assert winner(found_nothing(None, 200), found_nothing(None, 300))["samples"] == 300


def test_what_ran_somewhere_replaces_not_run():
    assert winner({"verdict": "not run", "reason": "no device", "reproduce": "x"}, {})["verdict"] == "holds"


def test_the_finer_resolution_wins_at_equal_grade():
    assert winner({"resolution": "0.5"}, {"resolution": "1e-3", "computed": ["5", "5"]})["resolution"] == "1e-3"


def test_the_stronger_grade_wins():
    assert winner(holds("text"), holds("proof"), holds("statistics", 10**9))["grade"] == "proof"


@pytest.mark.parametrize("grade", [grade for grade in GRADES if grade not in ("search", "instances", "text")])
def test_contradicting_evidence_is_a_fault_that_names_both(grade):
    given = [
        of_one(REFUTED | {"grade": "statistics", **NEEDS["statistics"]}),
        of_one(holds("text")),
        of_one(holds(grade)),
    ]
    with pytest.raises(ValueError, match=rf"case one\[\]: contradiction: holds \({grade}\) in c, refuted \(.*\) in a"):
        merge(given, ["a", "b", "c"])


# what has to agree


def changed(key, value):
    return of_one({}, **{key: value})


DIFFERENT = {
    "at": "Table 9", "also_at": ["x"], "section": "1", "says": "x", "tex": "x", "kind": "number", "rests_on": ["x"],
    "note": "x", "instead": "x", "primary": "x",
}  # fmt: skip


@pytest.mark.parametrize("key", AGREED[1:])
def test_a_difference_in_a_claim_is_seen(key):
    assert set(DIFFERENT) == set(AGREED[1:])
    other = changed(key, DIFFERENT[key])
    with pytest.raises(ValueError, match=f"claim 'one': key '{key}' differs: .* in here, .* in there"):
        merge([of_one({}), other], ["here", "there"])
    assert any(line.startswith(f"one: {key} ") for line in diff(of_one({}), other))


@pytest.mark.parametrize(
    ("key", "value"),
    [("reading", "r"), ("primary", False), ("printed", ["5"]), ("stated", "5"), ("because", "x"),
     ("accepted", ["4.9", "5.1"]), ("open", [True, False]), ("code", "c0de")],
)  # fmt: skip
def test_a_difference_in_what_a_case_states_is_seen(key, value):
    other = of_one({key: value})
    with pytest.raises(ValueError, match=rf"case one\[\]: key '{key}' differs: .* in here, .* in there"):
        merge([of_one({}), other], ["here", "there"])
    assert any(line.startswith(f"one[]: {key} ") for line in diff(of_one({}), other))


@pytest.mark.parametrize("key", ["id", "title", "version", "url"])
def test_a_difference_in_the_paper_is_seen(key):
    other = deepcopy(WHOLE)
    other["paper"][key] = "other"
    with pytest.raises(ValueError, match=f"key 'paper.{key}' differs: .* in ledger 1, other in ledger 2"):
        merge([WHOLE, other])
    assert diff(WHOLE, other) == [f"paper: {key} {WHOLE['paper'][key]} -> other"]


def test_ledgers_of_other_sections_are_not_merged():
    other = deepcopy(WHOLE)
    other["sections"][0]["title"] = "x"
    with pytest.raises(ValueError, match="key 'sections' differs"):
        merge([WHOLE, other])


def test_claims_that_rest_on_each_other_across_ledgers_are_a_fault():
    here, there = of_one({}, rests_on=["two"]), of_one({})
    there["claims"] = sample.settle([sample.claim("two", "3", "step", [sample.case("two")], rests_on=["one"])])
    with pytest.raises(ValueError, match="circle"):
        merge([here, there])


def test_where_a_claim_is_declared_may_differ():
    assert diff(of_one({}), of_one({}, line=7, file="moved.py")) == []
    assert find(merge([of_one({}), of_one({}, line=7)]), "one")["line"] == 7


@pytest.mark.parametrize("turned", [False, True])
def test_a_claim_that_only_the_baseline_remembers_gives_way(turned):
    gone = {"verdict": "not run", "gate": "gone", "reason": GONE}
    pair = [of_one(gone, section="", says="as it was once", line=0), of_one({})]
    kept = find(merge(pair[::-1] if turned else pair), "one")
    assert {key: kept[key] for key in DECLARED} == {key: find(of_one({}), "one")[key] for key in DECLARED}


def test_nothing_to_merge_is_an_error():
    with pytest.raises(ValueError, match="at least one ledger"):
        merge([])


# the run, and order


def test_the_run_of_a_merge_keeps_each_run():
    there = sample.ledger()
    there["run"] |= {"whole": False, "seconds": 2.0, "workers": 3, "packages": {"numpy": "2.1"}, "exit_status": 2}
    there["run"] |= {"device": "a GPU", "commit": "fff", "dirty": False, "problems": ["lost"], "interrupted": "stopped",
                     "python": "3.12.1", "started": "2027-01-01T10:00:00+00:00"}  # fmt: skip
    run = merge([there, WHOLE])["run"]
    assert run["seconds"] == 14.3
    assert run["workers"] == 5
    assert run["device"] == "cpu, a GPU"
    assert run["python"] == "3.11.7, 3.12.1"
    assert run["packages"] == {"hypothesis": "6.1", "numpy": "2.0, 2.1"}
    assert (run["commit"], run["dirty"], run["interrupted"], run["exit_status"]) == (None, True, "stopped", 2)
    assert run["problems"] == [*WHOLE["run"]["problems"], "lost"]
    assert run["whole"]
    assert run["merged"] == [WHOLE["run"], there["run"]]


def part(known, **reasons):
    """The ledger of a run that was asked for a part; a case of each claim named, run unless there is a reason."""
    cases = {
        id: blank_case(reason=reason, reproduce="pytest") if reason else sample.case(id)
        for id, reason in reasons.items()
    }
    claims = sample.settle([sample.claim(id, "3", "step", [case]) for id, case in cases.items()])
    run = WHOLE["run"] | {"whole": False, "complete": known == "all", "command": str(reasons)}
    return WHOLE | {"run": run, "claims": claims, "summary": summarize(claims)}


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ([part("all", a="", b=DESELECTED), part("all", a=DESELECTED, b="")], True),
        ([part("all", a="", b=DESELECTED), part("all", a=DESELECTED, b="no device")], True),
        ([part("all", a="no device", b=DESELECTED), part("all", a=DESELECTED, b="no device")], True),
        ([part("all", a="", b=DESELECTED), part("some", b="")], True),
        ([part("all", a="", b=DESELECTED), part("all", a="", b=DESELECTED)], False),
        ([part("all", a="", b=DESELECTED, c=DESELECTED), part("all", a=DESELECTED, b="", c=DESELECTED)], False),
        ([part("some", a="", b=DESELECTED), part("some", a=DESELECTED, b="")], False),
        ([part("some", a=""), part("some", b="")], False),
    ],
)
def test_parts_are_the_whole_where_all_is_known_and_asked_for(parts, whole):
    for given_ in (parts, parts[::-1], [merge(parts), parts[0]]):
        assert merge(given_)["run"]["whole"] == whole


@given(st.permutations("abcdef"), st.data())
def test_lists_that_agree_keep_their_order(names, data):
    parts = [[name for name in names if data.draw(st.booleans())] for _ in range(3)]
    order = in_one_order(parts, str)
    assert sorted(order) == sorted(set().union(*parts))
    for part in parts:
        assert [name for name in order if name in part] == part


def test_lists_that_contradict_each_other_are_sorted():
    assert in_one_order([["b", "a", "c"], ["a", "b"]], str) == ["a", "b", "c"]


def test_what_the_lists_leave_open_goes_by_rank():
    assert in_one_order([["c", "d"], ["a", "b"]], str) == ["a", "b", "c", "d"]


def test_cases_are_in_the_order_that_people_expect():
    given = []
    for id in ("n=10", "n=9"):
        made = of_one({})
        made["claims"][0]["cases"][0]["id"] = id
        given.append(made | {"claims": sample.settle(made["claims"])})
    assert [case["id"] for case in merge(given)["claims"][0]["cases"]] == ["n=9", "n=10"]


# comparing


def test_equal_ledgers_do_not_differ():
    assert diff(sample.ledger(), sample.ledger()) == []


def test_a_diff_names_what_changed_appeared_and_vanished():
    new = sample.ledger()
    find(new, "1.constant", "").update(REFUTED, stated="2.8", grade="text")
    new["claims"] = [claim for claim in new["claims"] if claim["id"] != "E.review"]
    find(new, "3.readings", "difference").update(verdict="holds")
    find(new, "3.search")["cases"].append(sample.case("s", "more"))
    sample.settle(new["claims"])
    assert diff(sample.ledger(), new) == [
        "1.constant: verdict holds -> refuted",
        "1.constant[]: verdict holds -> refuted",
        "1.constant[]: grade proof -> text",
        "1.constant[]: stated 2.75 -> 2.8",
        "3.readings: verdict qualified -> holds",
        "3.readings[difference]: verdict refuted -> holds",
        "E.review: vanished (was holds)",
        "E.review[]: vanished (was holds)",
        "3.search[more]: appeared (holds)",
    ]


def test_a_lost_support_is_a_difference():
    new = sample.ledger()
    find(new, "3.hostile", sample.HOSTILE).update(verdict="holds", counterexample=None)
    sample.settle(new["claims"])
    assert "3.search: supported false -> true" in diff(sample.ledger(), new)


def test_a_name_with_brackets_is_not_taken_for_a_case():
    old, new = of_one({}), of_one({})
    for made in (old, new):
        made["claims"] += sample.settle([sample.claim("one[]", "3", "step", [])])
    find(new, "one[]")["note"] = "x"
    assert diff(old, new) == ['one[]: note "" -> x']


def test_new_evidence_alone_is_no_difference():
    new = sample.ledger()
    find(new, "1.constant", "").update(seconds=9.0, computed=["2.751", "2.752"], samples=4)
    new["run"]["seconds"] = 1.0
    assert diff(sample.ledger(), new) == []
