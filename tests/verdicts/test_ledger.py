"""What follows from the cases, how a ledger is drawn up, and that an edited one is refused."""

from __future__ import annotations

from copy import deepcopy
from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdicts import ledger
from verdicts.ledger import (
    CONCLUDED,
    DECLARED,
    conclude,
    draw_up,
    dump,
    gravest,
    read_ledger,
    statement_hash,
    summarize,
    verify,
)
from verdicts.records import Ledger, blank_case
from verdicts.schema import convert
from verdicts.vocabulary import APART, GATES, GRADES, KINDS, VERDICTS

from tests.verdicts import sample

cases = st.builds(
    blank_case,
    verdict=st.sampled_from(VERDICTS),
    grade=st.none() | st.sampled_from(GRADES),
    primary=st.booleans(),
    gate=st.none() | st.sampled_from(GATES),
)


@st.composite
def graphs(draw):
    """Claims that rest on earlier ones and on some that are not there, in any order."""
    claims = [
        sample.claim(
            f"c{number}",
            "1",
            draw(st.sampled_from(KINDS)),
            draw(st.lists(cases, max_size=3)),
            rests_on=draw(st.lists(st.sampled_from(["absent", *(f"c{other}" for other in range(number))]), max_size=3)),
        )
        for number in range(draw(st.integers(1, 7)))
    ]
    return draw(st.permutations(claims))


def concluded(claims):
    conclude(claims)
    return {claim["id"]: claim for claim in claims}


def below(id, by_id):
    """All that a claim rests on, found by walking."""
    direct = by_id[id]["rests_on"] if id in by_id else []
    return set(direct).union(*(below(other, by_id) for other in direct))


@given(graphs())
def test_support_is_what_a_walk_finds(claims):
    by_id = concluded(claims)
    for claim in claims:
        verdicts = {id: by_id[id]["verdict"] if id in by_id else None for id in below(claim["id"], by_id)}
        refuted = sorted(id for id, verdict in verdicts.items() if verdict == "refuted")
        undecided = sorted(id for id, verdict in verdicts.items() if verdict in (None, "not run", "inconclusive"))
        assert (claim["unsupported_by"], claim["unchecked"]) == (refuted, undecided)
        assert claim["supported"] is (False if refuted else None if undecided else True)


@given(graphs())
def test_a_claim_is_as_bad_as_its_worst_primary_case_and_as_weak_as_its_weakest(claims):
    concluded(claims)
    for claim in claims:
        primary = [case for case in claim["cases"] if case["primary"]]
        verdicts = [case["verdict"] for case in primary]
        assert claim["verdict"] == next((word for word in VERDICTS if word in verdicts), "not run")
        refuted_otherwise = any(case["verdict"] == "refuted" for case in claim["cases"] if not case["primary"])
        assert claim["qualified"] == (claim["verdict"] == "holds" and refuted_otherwise)
        grades = [case["grade"] for case in primary if case["verdict"] == claim["verdict"]]
        assert claim["grade"] == next((grade for grade in reversed(GRADES) if grade in grades), None)
        gates = [case["gate"] for case in claim["cases"]]
        assert claim["gate"] == next((gate for gate in GATES if gate in gates), None)


def test_any_two_cases_decide_a_claim():
    for one, other in product(product(VERDICTS, (True, False)), repeat=2):
        (verdict, first), (word, second) = one, other
        made = [blank_case(id="a", verdict=verdict, primary=first), blank_case(id="b", verdict=word, primary=second)]
        (claim,) = concluded([sample.claim("c", "1", "step", made)]).values()
        decided = min([VERDICTS.index(each) for each, primary in (one, other) if primary], default=None)
        assert claim["verdict"] == ("not run" if decided is None else VERDICTS[decided])
        assert claim["qualified"] == ({one, other} == {("holds", True), ("refuted", False)})
    for gates in product((None, *GATES), repeat=2):
        assert gravest(gates) == next((gate for gate in GATES if gate in gates), None)


@given(st.lists(st.sampled_from(GRADES), min_size=1, max_size=4), st.sampled_from(VERDICTS), st.data())
def test_what_decides_a_claim_is_as_strong_as_its_weakest_case(grades, verdict, data):
    made = [blank_case(id=str(n), verdict=verdict, grade=grade) for n, grade in enumerate(grades)]
    better = VERDICTS[VERDICTS.index(verdict) + 1 :]
    made += [blank_case(id="better", verdict=data.draw(st.sampled_from(better)), grade="text")] if better else []
    made += [blank_case(id="other", verdict="refuted", grade="text", primary=False)]
    (claim,) = concluded([sample.claim("c", "1", "step", data.draw(st.permutations(made)))]).values()
    assert (claim["verdict"], claim["grade"]) == (verdict, max(grades, key=GRADES.index))


@given(graphs())
def test_the_summary_counts_each_claim_once(claims):
    concluded(claims)
    summary = summarize(claims)
    assert summary["claims"] == sum(claim["kind"] not in APART for claim in claims)
    assert summary["qualified"] == sum(claim["qualified"] for claim in claims if claim["kind"] not in APART)
    for kind, counts in [("", summary), *((kind, summary[kind]) for kind in APART)]:
        counted = [claim for claim in claims if (claim["kind"] if claim["kind"] in APART else "") == kind]
        words = ("holds", "qualified", "refuted", "inconclusive", "not_run")
        assert counts["claims"] == sum(counts[word] for word in words) == len(counted)
        assert counts["cases"] == sum(len(claim["cases"]) for claim in counted)


def test_a_long_chain_carries_a_refutation_to_its_end():
    claims = [
        sample.claim(f"c{number}", "1", "step", [blank_case(verdict="holds")], rests_on=[f"c{number - 1}"])
        for number in range(5_000)
    ]
    claims[0] |= {"rests_on": [], "cases": [blank_case(verdict="refuted")]}
    conclude(claims)
    assert claims[-1]["unsupported_by"] == ["c0"]


def test_claims_that_rest_on_each_other_are_refused():
    circle = ["a", "c", "b", "a"]
    claims = [sample.claim(one, "1", "step", [], rests_on=[other]) for one, other in pairwise(circle)]
    with pytest.raises(ValueError, match=r"^claims rest on each other in a circle: ") as raised:
        conclude(claims)
    said = str(raised.value).partition("circle: ")[2].split(" → ")
    assert len(said) == 4
    assert set(pairwise(said)) == {(repr(one), repr(other)) for one, other in pairwise(circle)}


# the statement


STATED = {
    "at": "Table 1", "says": "x", "tex": "y", "kind": "step", "primary": "z", "id": "k", "reading": "r", "stated": "2",
    "printed": ["2"], "accepted": ["1", "2"], "open": [True, False], "rests_on": ["b"],
}  # fmt: skip


def hashed(**changed):
    made = sample.case("a", "") | STATED | changed
    claim = sample.claim("a", "1", "step", []) | {key: made[key] for key in ledger.STATED}
    return statement_hash(claim, made)


def test_a_change_of_any_part_of_the_statement_changes_its_hash():
    changes = [{key: f"other {key}"} for key in STATED if key not in ("printed", "accepted", "open", "rests_on")]
    changes += [{"printed": ["2", "2"]}, {"accepted": ["1", "2" + "0" * 50 + "1"]}, {"accepted": None}]
    changes += [{"rests_on": []}, {"rests_on": ["b", "c"]}]
    changes += [{"open": [False, False]}, {"open": [True, True]}, {}]
    hashes = [hashed(**change) for change in changes]
    assert len(set(hashes)) == len(hashes)


def test_evidence_is_no_part_of_the_statement():
    assert hashed(computed=["1.5", "1.6"], verdict="refuted", grade="text", seconds=9.0, method="m") == hashed()


def test_what_was_not_run_has_no_statement():
    assert hashed(verdict="not run") == ""


# drawing up


def entry(id, *cases, **given):
    known = [{"id": case, "reading": None, "primary": True, "reproduce": f"pytest {case}", "rank": [rank]}
             for rank, case in cases]  # fmt: skip
    return sample.claim(id, "1", "step", [], **given) | {"cases": known, "node": "for the controller"}


def catalogue(*claims):
    asked = {"whole": True, "complete": True}
    return {"paper": WHOLE["paper"], "sections": WHOLE["sections"], "claims": list(claims), "silent": {}, **asked}


WHOLE = sample.ledger()


def drawn(records, **given):
    known = catalogue(entry("a", (2, "last"), (1, "first")), entry("b", (0, "")))
    run = WHOLE["run"]
    return draw_up(known, records, run, reason_of_silence=lambda claim, case: f"nothing of {claim}[{case}]", **given)


def test_a_ledger_is_drawn_up_of_catalogue_and_records():
    made = drawn({("a", "first"): sample.case("a", "whatever")})
    a, b = made["claims"]
    assert [(case["id"], case["verdict"], case["reason"]) for case in a["cases"] + b["cases"]] == [
        ("first", "holds", ""),
        ("last", "not run", "nothing of a[last]"),
        ("", "not run", "nothing of b[]"),
    ]
    assert a["cases"][0]["reproduce"] == "pytest first"
    assert made["summary"]["not_run"] == 2
    verify(made)
    assert list(a) == [*DECLARED, *CONCLUDED, "cases"]
    assert convert(made, Ledger) == made
    assert {key: made[key] for key in ("paper", "sections", "run")} == {
        key: WHOLE[key] for key in ("paper", "sections", "run")
    }


def test_what_is_known_of_a_case_before_it_runs_is_not_what_its_record_says():
    known = {"id": "k", "reading": "r", "primary": False, "reproduce": "pytest k", "rank": [0]}
    of = catalogue(entry("a") | {"cases": [known]})
    silent = {"reason_of_silence": lambda *_: "silent"}
    for records in ({}, {("a", "k"): sample.case("a", "other")}):
        (case,) = draw_up(of, records, WHOLE["run"], **silent)["claims"][0]["cases"]
        assert {key: case[key] for key in known if key != "rank"} == {key: known[key] for key in known if key != "rank"}


def test_many_claims_below_are_listed_in_order():
    names = [f"c{number:02}" for number in range(40)]
    below = [sample.claim(id, "1", "step", [blank_case(verdict=word)]) for id, word in
             zip(names, ["refuted", "inconclusive"] * 20, strict=True)]  # fmt: skip
    claims = concluded([sample.claim("top", "1", "step", [], rests_on=names[::-1]), *below])
    assert claims["top"]["unsupported_by"] == names[::2]
    assert claims["top"]["unchecked"] == names[1::2]


def test_a_ledger_is_written_a_line_for_each_thing_and_holds_no_number_that_json_lacks():
    assert dump({"a": [1, "é"]}) == '{\n "a": [\n  1,\n  "é"\n ]\n}\n'
    with pytest.raises(ValueError, match="JSON compliant"):
        dump({"a": float("nan")})


def test_what_was_not_run_keeps_its_own_reason():
    made = drawn({("b", ""): blank_case(reason="no device", grade="model")})
    assert made["claims"][1]["cases"][0]["reason"] == "no device"


def test_only_cases_without_a_gate_are_gated():
    made = drawn({("b", ""): blank_case(gate="gone")}, gate_of=lambda claim, _: "lost" if claim == "b" else "new")
    assert [claim["gate"] for claim in made["claims"]] == ["new", "gone"]


# reading what may have been edited


@pytest.fixture
def path(tmp_path):
    return tmp_path / "verdicts.json"


def test_a_ledger_is_read_as_written(path):
    path.write_text(dump(sample.ledger()), encoding="utf-8")
    assert read_ledger(path) == sample.ledger()


DECIDED = [(number, claim["cases"][0]["verdict"]) for number, claim in enumerate(WHOLE["claims"])]


@pytest.mark.parametrize(
    ("number", "verdict"),
    [(number, verdict) for number, decided in DECIDED for verdict in VERDICTS if "not run" not in (verdict, decided)
     if verdict != decided],
)  # fmt: skip
def test_no_other_verdict_of_a_case_is_believed(path, number, verdict):
    made = sample.ledger()
    case = made["claims"][number]["cases"][0]
    case["verdict"] = verdict
    conclude(made["claims"])
    made["summary"] = summarize(made["claims"])
    path.write_text(dump(made), encoding="utf-8")
    with pytest.raises(ValueError, match=rf"verdicts.json: key 'claims\[{number}\].cases\[0\]"):
        read_ledger(path)


OTHER = {
    "verdict": "inconclusive", "qualified": None, "supported": None, "unsupported_by": ["E.review"],
    "unchecked": ["E.review"], "grade": "text", "gate": "stale",
}  # fmt: skip


@pytest.mark.parametrize("key", OTHER)
def test_nothing_that_follows_from_the_cases_is_believed(key):
    assert set(OTHER) == set(CONCLUDED)
    made = sample.ledger()
    claim = made["claims"][0]
    claim[key] = True if key in ("qualified", "supported") else OTHER[key]
    with pytest.raises(ValueError, match=rf"key 'claims\[0\].{key}': expected .* which follows from the rest, found"):
        verify(made)


@pytest.mark.parametrize("count", ["claims", "refuted", "review"])
def test_no_count_is_believed(count):
    made = sample.ledger()
    made["summary"][count] = made["summary"]["extension"] | {"cases": 77} if count == "review" else 77
    with pytest.raises(ValueError, match=f"key 'summary.{count}': expected .* which follows from the rest"):
        verify(made)


@pytest.mark.parametrize("key", ["says", "tex", "at", "kind"])
def test_no_edited_statement_is_believed(key):
    made = sample.ledger()
    made["claims"][0][key] = "measurement"
    with pytest.raises(ValueError, match=r"key 'claims\[0\].cases\[0\].statement'"):
        verify(made)


NOT_RUN = blank_case(reason="skipped", gate="equal")


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda claims: claims[1].update(id="1.constant"), r"claims\[1\].id': expected an id of its own"),
        (
            lambda claims: claims[0].update(section="99"),
            r"claims\[0\].section': expected the id of one of the sections",
        ),
        (
            lambda claims: claims[1]["cases"].append(deepcopy(claims[1]["cases"][0])),
            r"claims\[1\].cases\[3\].id': expec",
        ),
        (lambda claims: claims[0].update(rests_on=["1.constant"]), "statement': expected"),
        (lambda claims: claims[0]["cases"][0].update(accepted=["3", "2"]), r"claims\[0\].cases\[0\]"),
        (lambda claims: claims[0]["cases"][0].update(accepted=["1e99999", "-2e99999"]), r"claims\[0\].cases\[0\]"),
        (lambda claims: claims[0]["cases"][0].update(resolution="1e-30"), "resolution '1e-30' is stored, but"),
        (lambda claims: claims[0]["cases"][0].update(resolution=None), "resolution None is stored, but"),
        (
            lambda claims: claims[0]["cases"][0].update(gate="lost"),
            r"gate': expected one of changed, .*, equal, or null",
        ),
        (lambda claims: claims[0].update(cases=[NOT_RUN]), "gate': expected one of gone, lost, excused, or null"),
    ],
)
def test_a_ledger_that_contradicts_itself_is_refused(change, complaint):
    made = sample.ledger()
    change(made["claims"])
    with pytest.raises(ValueError, match=complaint) as raised:
        verify(made)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("started", ["", "later", "2026-11-23", "2026-11-23T10:00:00", "2026-13-23T10:00:00+00:00"])
@pytest.mark.parametrize("merged", [False, True])
def test_a_run_began_at_a_time(started, merged):
    made = sample.ledger()
    verify(made)
    if merged:
        made["run"]["merged"] = [made["run"] | {"started": "2026-11-23T10:00:00Z"}, made["run"] | {"started": started}]
    else:
        made["run"]["started"] = started
    with pytest.raises(ValueError, match=r"^key 'run\.(merged\[1\]\.)?started': expected a time in ISO 8601"):
        verify(made)


def test_a_number_that_no_claim_states_stands_in_a_section():
    gaps = [{"section": section, "number": "7", "places": [], "waived": ""} for section in ("", "1", "99")]
    verify(sample.ledger() | {"uncovered": gaps[:2]})
    with pytest.raises(ValueError, match=r"key 'uncovered\[2\].section': expected the id of one of the sections, .*99"):
        verify(sample.ledger() | {"uncovered": gaps})


def test_in_a_ledger_of_all_claims_what_is_true_instead_is_one_of_them():
    made = sample.ledger()
    made["claims"][0]["instead"] = "nowhere"
    made["run"]["complete"] = False
    verify(made)
    made["run"]["complete"] = True
    with pytest.raises(ValueError, match=r"key 'claims\[0\].instead': expected the id of a claim of this ledger"):
        verify(made)


SEARCH = {"grade": "search", "accepted": None, "computed": None, "resolution": None}


def added_up(samples, seed, *pairs, **kind):
    """A ledger with one search that was added up of several, each given by seed and samples."""
    found = [{"seed": seed, "samples": samples} for seed, samples in pairs]
    case = sample.case("s", samples=samples, seed=seed, **kind or SEARCH) | {"searches": found}
    claims = sample.settle([sample.claim("s", "1", "step", [case])])
    return sample.ledger() | {"claims": claims, "summary": summarize(claims)}


def test_tries_that_add_up_are_believed():
    verify(added_up(300, 1, (1, 100), (2, 200)))


@pytest.mark.parametrize(
    "made",
    [
        added_up(301, 1, (1, 100), (2, 200)),
        added_up(300, 3, (1, 100), (2, 200)),
        added_up(200, 1, (1, 100), (1, 100)),
        added_up(100, 1, (1, 100)),
        added_up(300, 1, (1, 100), (2, 200), grade="statistics", level="1e-9"),
        added_up(300, 1, (1, 100), (2, 200), **SEARCH, verdict="refuted", counterexample="n = 3"),
        added_up(300, 1, (1, 100), (2, 200), **SEARCH, verdict="inconclusive", twin=False),
    ],
)
def test_tries_that_do_not_add_up_are_refused(made):
    with pytest.raises(ValueError, match=r"claims\[0\].cases\[0\].(searches|samples)"):
        verify(made)


def test_curves_that_no_test_leaves_are_refused():
    one = sample.curve("Figure 1", "limit", ("1", "2", "3"))
    for curves, said in (
        ([one], ""),
        ([one, one], "a name of its own"),
        ([one | {"points": [["1", "3", "2"]]}], "lo <= hi"),
    ):
        claims = sample.settle([sample.claim("s", "1", "step", [sample.case("s") | {"curves": curves}])])
        made = sample.ledger() | {"claims": claims, "summary": summarize(claims)}
        if said:
            with pytest.raises(ValueError, match=rf"key 'claims\[0\].cases\[0\].curves': .*{said}"):
                verify(made)
        else:
            verify(made)
