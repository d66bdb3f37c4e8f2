"""How a whole run stands to what was accepted: what vanished, what an accepting run comes to, what differs."""

from __future__ import annotations

from copy import deepcopy
from itertools import product
from pathlib import Path

import pytest
from verdicts.accepted import accepted_of
from verdicts.baseline import GONE, Baseline, is_gone, is_remembered
from verdicts.ledger import draw_up, summarize, verify
from verdicts.records import blank_case
from verdicts.standing import accepted, differences, gated_anew, with_vanished
from verdicts.vocabulary import GATES

from tests.verdicts import sample

RUN = sample.ledger()["run"]
FACTS = {"at": "Table 1", "says": "as it was", "kind": "step", "file": "x.py"}


def case(id="", **given):
    return sample.case("c", id, gate=None) | given


def ledger(**claims):
    """A ledger of claims, each given as its cases."""
    made = sample.settle([sample.claim(id, "1", "step", deepcopy(cases)) for id, cases in claims.items()])
    return sample.ledger() | {"claims": made, "summary": summarize(made)}


def accepting(made):
    """The baseline that accepted all that a ledger decided."""
    claims = {
        claim["id"]: FACTS | {"cases": {one["id"]: accepted_of(one) for one in claim["cases"] if one["statement"]}}
        for claim in made["claims"]
    }
    return Baseline(Path("nowhere"), claims, present=True)


# what stands in a ledger only because the baseline remembers it


def test_what_is_remembered_has_no_command_no_verdict_and_a_gate_that_says_so():
    for verdict, gate, reproduce, reason in product(
        ("not run", "holds"), (None, *GATES), ("", "pytest"), (GONE, "no device")
    ):
        one = blank_case(verdict=verdict, gate=gate, reproduce=reproduce, reason=reason)
        remembered = verdict == "not run" and gate in ("gone", "lost", "excused") and reproduce == ""
        assert is_remembered(one) is remembered
        assert is_gone(one) is (remembered and reason == GONE)


# what vanished


def catalogue(**claims):
    entries = [
        sample.claim(id, "1", "step", []) | {"cases": [
            {"id": name, "reading": None, "primary": True, "reproduce": "pytest", "rank": [rank]}
            for rank, name in enumerate(cases, 7)
        ]}
        for id, cases in claims.items()
    ]  # fmt: skip
    whole = sample.ledger()
    return {"paper": whole["paper"], "sections": whole["sections"], "whole": True, "complete": True, "claims": entries}


def test_what_vanished_comes_last_and_costs_its_claim_the_verdict():
    known = accepting(ledger(c=[case("b"), case("a"), case("y"), case("x")], d=[case()]))
    extended, records = with_vanished(catalogue(c=["y", "x"]), known, [], silent={})
    assert {key: record["id"] for key, record in records.items()} == {("c", "b"): "b", ("c", "a"): "a", ("d", ""): ""}
    records |= {("c", id): case(id) for id in "xy"}
    made = draw_up(extended, records, RUN, reason_of_silence=lambda *_: "silent")
    verify(made)
    c, d = made["claims"]
    assert [(one["id"], one["verdict"]) for one in c["cases"]] == [
        ("y", "holds"),
        ("x", "holds"),
        ("b", "not run"),
        ("a", "not run"),
    ]
    assert [(claim["verdict"], claim["gate"]) for claim in (c, d)] == [("not run", "gone")] * 2
    assert {key: d[key] for key in (*FACTS, "line", "section")} == FACTS | {"line": 0, "section": ""}
    assert all(one["primary"] for one in c["cases"] + d["cases"])


# after accepting


def of_gates(claim):
    return {one["id"]: one["gate"] for one in claim["cases"]}


def test_after_accepting_cases_are_held_against_what_is_accepted_now():
    before = ledger(
        c=[
            case("new", gate="new"),
            case("other", gate="changed", verdict="refuted", computed=["6", "7"], resolution="0"),
            blank_case(id="left out", reason="no device", reproduce="pytest", gate="lost"),
            blank_case(id="erased", reason=GONE, gate="gone"),
            blank_case(id="kept", reason=GONE, gate="gone"),
        ],
        d=[blank_case(reason=GONE, gate="gone")],
    )
    known = accepting(ledger(c=[case("new"), case("other"), case("left out"), case("kept")]))
    made = gated_anew(deepcopy(before), known)
    verify(made)
    (claim,) = made["claims"]
    assert of_gates(claim) == {"new": "equal", "other": "changed", "left out": "lost", "kept": "gone"}
    assert claim["gate"] == "gone"
    assert claim["says"] == before["claims"][0]["says"]
    assert made["run"] == before["run"]
    erased = Baseline(Path("nowhere"), {"c": known.claims["c"] | {"cases": {}}}, present=True)
    (claim,) = gated_anew(deepcopy(before), erased)["claims"]
    assert of_gates(claim) == {"new": "new", "other": "new", "left out": "lost"}
    assert claim["gate"] == "lost"


def test_what_accepting_took_over_and_what_it_did_not_erase_is_told(tmp_path):
    gone = [blank_case(id="gone", reason=GONE, gate="gone")]
    run = {"run": RUN | {"problems": []}}
    known = Baseline(tmp_path / "baseline.json", {}, present=False)
    accepted(ledger(c=[case("a"), case("gone")]) | run, known, ["all"])
    path = known.path
    left = [f"1 accepted and no longer declared; to erase: verdicts forget c::gone --baseline {path}"]
    made, said = accepted(ledger(c=[case("a"), case("b"), *gone]) | run, known, ["all"])
    assert said == [f"{path}: 1 accepted, 0 erased", *left]
    assert of_gates(made["claims"][0]) == {"a": "equal", "b": "equal", "gone": "gone"}
    made, said = accepted(ledger(c=[case("a"), case("b"), *gone]) | run, known, ["c"])
    assert said == [f"{path}: 0 accepted, 1 erased"]
    assert of_gates(made["claims"][0]) == {"a": "equal", "b": "equal"}


# differences


def test_what_does_not_stand_as_accepted_is_told_line_by_line():
    known = accepting(ledger(c=[case("k"), case("moved"), case("absent")], d=[case()]))
    now = ledger(
        c=[
            case("k"),
            case("moved", verdict="refuted", computed=["6", "7"], resolution="0"),
            case("more"),
            blank_case(id="absent", reason="no device", reproduce="pytest"),
        ]
    )
    assert differences(now, known) == [
        "c[moved]: changed: refuted",
        "c[more]: new: holds",
        "c[absent]: lost: no device",
        f"d: gone: {GONE}",
    ]


@pytest.mark.parametrize(("gate", "told"), [("excused", False), ("equal", True), (None, True)])
def test_what_the_run_excused_is_no_difference(gate, told):
    known = accepting(ledger(c=[case()]))
    lost = ledger(c=[blank_case(reason="no device", reproduce="pytest", gate=gate)])
    assert bool(differences(lost, known)) == told
