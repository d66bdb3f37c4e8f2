"""Which record of a case tells more, in which order things stand, and what counts once in a merge."""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdicts.baseline import GONE
from verdicts.declared import DESELECTED
from verdicts.ledger import summarize
from verdicts.merge import _natural, _sharpness, diff, in_one_order, merge
from verdicts.records import blank_case
from verdicts.vocabulary import GATES, GRADES

from tests.verdicts import sample

WHOLE = sample.ledger()
SEARCH = {"accepted": None, "computed": None, "printed": [], "stated": "", "resolution": None, "grade": "search"}
UNDECIDED = {"verdict": "inconclusive", "twin": False, "reason": "the twin stands"}
REFUTED = {"verdict": "refuted", "computed": ["6", "7"], "resolution": "0"}


def decided(**given):
    return sample.case("one", gate=None) | given


def not_run(**given):
    return blank_case(reason="no device", reproduce="pytest") | given


def ledger(*claims):
    made = sample.settle(deepcopy(list(claims)))
    return WHOLE | {"claims": made, "summary": summarize(made)}


def of_one(*cases, id="one", section="3", **declared):
    return ledger(sample.claim(id, section, "step", list(cases), **declared))


def test_a_number_is_unstated_where_no_ledger_that_was_held_against_the_text_states_it():
    def held(*numbers):
        gaps = [{"section": section, "number": number, "places": [], "waived": ""} for section, number in numbers]
        return of_one(decided()) | {"uncovered": gaps}

    def left(*ledgers):
        return [(each["section"], each["number"]) for each in merge(ledgers)["uncovered"]]

    one, other = held(("E", "2"), ("3", "10"), ("3", "9")), held(("3", "9"), ("3", "10"), ("E", "7"))
    assert left(one, other) == left(other, one) == [("3", "9"), ("3", "10")]
    assert left(one, of_one(decided())) == left(one) == [("3", "9"), ("3", "10"), ("E", "2")]
    assert left(one, held()) == []
    assert "uncovered" not in merge([of_one(decided())] * 2)
    alike = [("E", "1"), *(("elsewhere", "0" * zeros + "1") for zeros in range(5, -1, -1)), ("nowhere", "1")]
    assert left(held(*alike[::-1])) == alike


# which record tells more


STEPS = {
    "remembered, lost": not_run(reproduce="", gate="lost"),
    "left out": not_run(reason=DESELECTED, grade="proof", samples=9),
    "not run": not_run(grade="text"),
    "named": not_run(grade="proof"),
    "undecided": decided(verdict="inconclusive", grade="text"),
    "undecided by proof": decided(verdict="inconclusive", grade="proof"),
    "holds": decided(grade="text", samples=100, resolution="1e-9"),
    "refuted": decided(verdict="refuted", grade="text"),
}


@pytest.mark.parametrize(("worse", "better"), list(pairwise(STEPS)))
@pytest.mark.parametrize("texts", [("a", "z"), ("z", "a")])
def test_what_was_decided_comes_first(worse, better, texts):
    one, other = (STEPS[name] | {"because": text} for name, text in zip((worse, better), texts, strict=True))
    assert _sharpness(one) < _sharpness(other)


FINER = {
    "grade": [{"grade": grade} for grade in (None, *reversed(GRADES))],
    "samples": [{"samples": samples} for samples in (None, 1, 2, 100)],
    "resolution": [{"resolution": resolution} for resolution in (None, "3", "0.5", "2e-5", "0")],
    "gate": [{"gate": gate} for gate in (None, *reversed(GATES))],
    "curves": [{}, {"curves": []}],
}
LESS = {"samples": 9, "resolution": "0.001", "gate": "gone", "curves": []}


@pytest.mark.parametrize("key", FINER)
@pytest.mark.parametrize("texts", [("a", "z"), ("z", "a")])
def test_then_grade_samples_resolution_gate_and_curves_in_this_order(key, texts):
    """What is worse in one respect is better in all that come after it, and its text is the smaller or the larger."""
    after = list(LESS)[list(FINER).index(key) :] if key in LESS else list(LESS)
    after = {other: LESS[other] for other in after if other != key}
    for worse, better in pairwise(FINER[key]):
        one = decided(because=texts[0]) | after | worse
        other = decided(because=texts[1]) | better
        assert _sharpness(one) < _sharpness(other)


@given(st.permutations(list(decided())))
def test_the_order_of_its_keys_is_no_part_of_a_record(keys):
    one = decided()
    assert _sharpness({key: one[key] for key in keys}) == _sharpness(one)


def test_a_run_counts_once_in_whatever_order_its_keys_are():
    turned = WHOLE | {"run": dict(reversed(WHOLE["run"].items()))}
    assert merge([WHOLE, turned])["run"] == WHOLE["run"]


THERE = {
    "started": "2025-01-01T00:00:00+00:00", "command": "zzz", "platform": "Darwin", "seed": 5, "commit": "fff",
    "seconds": 1.2344, "packages": {"aaa": "1", "numpy": "3"}, "complete": False, "whole": False, "interrupted": None,
}  # fmt: skip


def runs(*changes):
    return merge([WHOLE | {"run": WHOLE["run"] | change} for change in changes])["run"]


def test_of_several_runs_the_earliest_gives_seed_and_start_and_comes_first():
    run, here = runs({}, THERE), WHOLE["run"]
    assert set(run) == {*here, "merged"}
    assert (run["started"], run["seed"]) == (THERE["started"], 5)
    assert run["command"] == f"zzz & {here['command']}"
    assert run["platform"] == f"Darwin, {here['platform']}"
    assert run["seconds"] == round(here["seconds"] + 1.2344, 2)
    assert list(run["packages"]) == ["aaa", *sorted(here["packages"])]
    assert (run["commit"], run["interrupted"], run["complete"]) == (None, None, True)
    assert run["merged"] == [here | THERE, here]


@pytest.mark.parametrize("whole", [[True, False], [False, True], [False, False]])
def test_a_merge_is_whole_where_one_of_its_runs_was(whole):
    parts = [{"whole": each, "complete": False, "command": str(number)} for number, each in enumerate(whole)]
    run = runs(*parts)
    assert (run["whole"], run["complete"]) == (any(whole), False)
    assert run["commit"] == WHOLE["run"]["commit"]


def test_a_merge_was_held_against_a_baseline_where_each_run_was_held_against_it():
    a, b, none = {"baseline": "a.json", "seed": 1}, {"baseline": "b.json", "seed": 2}, {"seed": 3}
    assert runs(a, a | {"seed": 4})["baseline"] == "a.json"
    for among in ([a, b], [b, a], [a, none], [none, {"seed": 4}], [a, b, none]):
        assert "baseline" not in runs(*among)


def test_of_runs_that_started_together_the_order_is_that_of_their_text():
    assert runs({"command": "a"}, {"command": "b"}) == runs({"command": "b"}, {"command": "a"})


# searches that are added up


def winner(*cases):
    return merge([of_one(case) for case in cases])["claims"][0]["cases"][0]


def test_only_searches_that_hold_are_added_up():
    held, undecided = (decided(**SEARCH, seed=seed, samples=200) for seed in (1, 2))
    kept = winner(held, undecided | UNDECIDED)
    assert (kept["samples"], kept.get("searches")) == (200, None)


def test_their_streams_are_listed_in_order_and_what_has_none_at_last():
    kept = winner(*(decided(**SEARCH, seed=seed, samples=100) for seed in (None, 7, 3)))
    assert [search["seed"] for search in kept["searches"]] == [3, 7, None]


# in which order


def test_what_the_ledgers_leave_open_is_in_the_order_of_sections_then_of_names():
    claims = [("z", "1"), ("n=10", "3"), ("n=9", "3"), ("a", "6"), ("0", "")]
    made = merge([of_one(decided(), id=id, section=section) for id, section in reversed(claims)])
    assert [claim["id"] for claim in made["claims"]] == ["z", "n=9", "n=10", "a", "0"]


def test_lists_that_contradict_each_other_go_by_rank_and_then_by_name():
    lists = [["b", "a", "c", "d"], ["a", "b"]]
    assert in_one_order(lists, lambda name: -ord(name)) == ["d", "c", "b", "a"]
    assert in_one_order(lists, lambda name: name in "ab") == ["c", "d", "a", "b"]
    assert in_one_order([["d", "c"], ["c", "d"]], lambda _: 0) == ["c", "d"]


def test_numbers_in_names_are_sorted_as_numbers_and_before_words():
    names = ["", "0", "2", "2a", "2b", "10", "a", "a2", "a2b", "a10", "ab", "b"]
    turned = list(reversed(names))
    assert sorted(turned, key=_natural) == names


# what has to agree


@pytest.mark.parametrize("turned", [False, True])
def test_what_only_the_baseline_remembers_need_not_agree_whatever_its_text(turned):
    gone = blank_case(reason=GONE, gate="gone")
    pair = [
        of_one(gone, section="", says="zzz", note="zzz", line=99),
        of_one(decided(reading="r", primary=False), primary="other"),
    ]
    (kept,) = merge(pair[::-1] if turned else pair)["claims"]
    assert {key: kept[key] for key in ("says", "note", "line")} == {key: pair[1]["claims"][0][key] for key in
                                                                  ("says", "note", "line")}  # fmt: skip
    assert kept["cases"][0]["reading"] == "r"


def test_a_claim_of_which_one_case_is_declared_has_to_agree():
    gone = blank_case(id="gone", reason=GONE, gate="gone")
    with pytest.raises(ValueError, match=r"claim 'one': key 'says' differs"):
        merge([of_one(decided(), gone, says="x"), of_one(decided(), says="y")])


def test_so_has_a_claim_without_cases():
    with pytest.raises(ValueError, match=r"claim 'one': key 'says' differs"):
        merge([of_one(says="x"), of_one(says="y")])


def test_a_contradiction_names_the_first_of_each():
    held, refuted = decided(), decided(**REFUTED)
    with pytest.raises(ValueError, match=r"holds \(proof\) in b, refuted \(proof\) in a$"):
        merge([of_one(refuted), of_one(held), of_one(held), of_one(refuted)], ["a", "b", "c", "d"])


def test_a_claim_named_paper_is_not_taken_for_the_paper():
    old, new = (of_one(decided(), id="paper", note=note) for note in ("", "x"))
    assert diff(old, new) == ['paper: note "" -> x']
    assert diff(old, old | {"paper": old["paper"] | {"title": "T"}})[0].startswith("paper: title")
