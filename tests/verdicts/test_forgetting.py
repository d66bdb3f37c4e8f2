"""Accepted verdicts are erased by name: what is named, and nothing else."""

from __future__ import annotations

import contextlib
import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdicts.accepted import accepted_of
from verdicts.baseline import GONE, Baseline
from verdicts.cli import main
from verdicts.files import lock_of
from verdicts.forgetting import cases_named, command, without
from verdicts.records import blank_case
from verdicts.standing import still_gone

from tests.verdicts import sample, test_baseline

FACTS = {"at": "Table 1", "says": "so", "kind": "number", "file": "claims/x.py"}


def accepted(**claims):
    """Accepted claims by id, with the ids of their cases."""
    entry = accepted_of(sample.case("c", "", statement="s"))
    return {id: {**FACTS, "cases": dict.fromkeys(cases, entry)} for id, cases in claims.items()}


CLAIMS = accepted(**{"a": ["x", "y"], "b": [""], "b.c": ["p = 0.5", "x::y"]})


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("a", {("a", "x"), ("a", "y")}),
        ("a::x", {("a", "x")}),
        ("b", {("b", "")}),
        ("b::", {("b", "")}),
        ("b.c::p = 0.5", {("b.c", "p = 0.5")}),
        ("b.c::x::y", {("b.c", "x::y")}),
    ],
)
def test_a_name_stands_for_a_claim_or_for_one_of_its_cases(name, keys):
    assert cases_named([name], CLAIMS) == keys


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("b.d", "such as b.c"),
        ("b.c::p = 0.6", "such as b.c::p = 0.5"),
        ("a::", "such as a"),
        ("zzz", "accepted"),
        ("", ""),
    ],
)
def test_an_unknown_name_is_one_line_with_what_is_near(name, near):
    with pytest.raises(ValueError, match="expected CLAIM or CLAIM::CASE, of what was accepted") as raised:
        cases_named(["a", name], CLAIMS)
    assert near in str(raised.value)
    assert "\n" not in str(raised.value)


def test_a_name_of_two_things_is_none_of_them():
    with pytest.raises(ValueError, match="stands for more than one thing"):
        cases_named(["a::x"], accepted(**{"a": ["x"], "a::x": ["y"]}))


ids = st.text("ab:", max_size=4)


@given(st.dictionaries(ids, st.lists(ids, min_size=1, unique=True), min_size=1), st.data())
def test_what_is_named_is_erased_and_nothing_else(shape, data):
    claims = accepted(**shape)
    every = {(id, case) for id, cases in shape.items() for case in cases}
    erased = data.draw(st.sets(st.sampled_from(sorted(every))))
    left = without(claims, erased)
    assert {(id, case) for id, entry in left.items() for case in entry["cases"]} == every - erased
    assert all(entry["cases"] for entry in left.values())
    assert all(claims[id] | {"cases": entry["cases"]} == entry for id, entry in left.items())


@given(st.dictionaries(ids, st.lists(ids, min_size=1, unique=True), min_size=1))
def test_every_case_has_a_name_of_its_own_or_none(shape):
    claims = accepted(**shape)
    for id, cases in shape.items():
        for case in cases:
            with contextlib.suppress(ValueError):  # a name of two things
                assert cases_named([f"{id}::{case}"], claims) == {(id, case)}


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "baseline.json"
    of_run = test_baseline.of_run
    for claim in ("kept", "other"):
        test_baseline.accept(path, of_run(*(sample.case(claim, id) for id in ("x", "y z")), claim=claim), "all")
    return path


def test_the_command_erases_from_the_file(path, capsys):
    assert main(["forget", "other", "kept::y z", "--baseline", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: 3 accepted cases erased\n"
    assert {id: list(entry["cases"]) for id, entry in Baseline.read(path).claims.items()} == {"kept": ["x"]}
    assert main(["forget", "kept::x", "--baseline", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: 1 accepted case erased\n"
    assert Baseline.read(path).claims == {}


@pytest.mark.parametrize("names", [["kept", "keptt"], ["kept::y"], ["kept[x]"]])
def test_where_a_name_is_unknown_the_file_stays_as_it_is(path, names, capsys):
    before = path.read_bytes()
    assert main(["forget", *names, "--baseline", str(path)]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"{path}: {names[-1]}: expected CLAIM or CLAIM::CASE")
    assert error.count("\n") == 1
    assert path.read_bytes() == before


def test_a_baseline_that_is_none_is_one_line(tmp_path, capsys):
    assert main(["forget", "a", "--baseline", str(tmp_path / "absent.json")]) == 2
    (tmp_path / "foreign.json").write_text("{}")
    assert main(["forget", "a", "--baseline", str(tmp_path / "foreign.json")]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == f"{tmp_path / 'absent.json'}: cannot be read: No such file or directory"
    assert lines[1].startswith(f"{tmp_path / 'foreign.json'}: key 'schema': expected")


def test_it_waits_for_another_run_that_writes_the_file(path, monkeypatch, capsys):
    monkeypatch.setattr("verdicts.baseline.lock_of", lambda path: lock_of(path, timeout=0))
    before = path.read_bytes()
    with lock_of(path):
        assert main(["forget", "kept", "--baseline", str(path)]) == 2
    assert capsys.readouterr().err == f"{path}: another run is writing it\n"
    assert path.read_bytes() == before


def test_what_is_gone_is_told_with_the_command_that_erases_it(path):
    """A whole claim by its id, a part of one by its cases; the command does what it says."""
    known = Baseline.read(path)
    said = command({("kept", "y z"), ("other", "x"), ("other", "y z")}, known.claims, path)
    assert said == f"3 accepted and no longer declared; to erase: verdicts forget 'kept::y z' other --baseline {path}"
    assert main(shlex.split(said.split("verdicts ")[1])) == 0
    assert {id: list(entry["cases"]) for id, entry in Baseline.read(path).claims.items()} == {"kept": ["x"]}
    many = accepted(**{f"c{number}": [""] for number in range(9)})
    assert "forget c0 c1 c2 c3 c4 … --baseline" in command({(id, "") for id in many}, many, path)


def test_accepting_a_ledger_names_what_is_gone(path, tmp_path, capsys):
    from verdicts.ledger import dump

    made = test_baseline.of_run(sample.case("kept", "x"), blank_case(id="y z", gate="gone", reason=GONE), claim="kept")
    (tmp_path / "v.json").write_text(dump(made), encoding="utf-8")
    assert main(["accept", str(tmp_path / "v.json"), "all", "--baseline", str(path)]) == 0
    assert f"1 accepted and no longer declared; to erase: verdicts forget 'kept::y z' --baseline {path}" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize("known", ["x", "never accepted"])
def test_of_what_is_still_declared_or_was_never_accepted_nothing_is_said(path, known):
    case = sample.case("kept", "x") if known == "x" else blank_case(id=known, gate="gone", reason=GONE)
    assert still_gone(test_baseline.of_run(case, claim="kept"), Baseline.read(path)) == []
