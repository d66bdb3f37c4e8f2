"""What a test item says of the case that it is, and what is wrong with the cases of one claim."""

from __future__ import annotations

from itertools import pairwise

import pytest
from verdicts.cases import (
    CASE_KEY,
    case_entry,
    case_faults,
    case_id,
    claims_of,
    function_of,
    is_subtest,
    key_of,
    reading_of,
    reproduce,
)
from verdicts.claims import Claim

TEXT = """
import unittest
import pytest
from hypothesis import given, strategies as st
from verdicts import claim, readings

stated = claim("c", at="Table 1", says="x")
both = pytest.mark.parametrize("x", [3, 3], ids=["a", "b"])

@stated
def test_plain(check): pass

class TestPlain:
    @stated
    def test_method(self, check): pass

@stated
@given(n=st.integers())
def test_search(n): pass

@stated
@both
@pytest.mark.parametrize("reading", ["up", 3])
def test_parameter(check, reading, x): pass

@stated
@readings("value", {"up": 3, "down": 4})
def test_mark(check, value): pass

@pytest.mark.claim
@pytest.mark.claim("c")
@claim("d", at="Table 1", says="y")
@stated
def test_two(check): pass

def test_none(): pass

@stated
@given(n=st.integers())
def test_checked_search(check, n): pass

class TestUnit(unittest.TestCase):
    @stated
    def test_unittest(self): pass

@stated
@pytest.mark.xfail
def test_xfail(check): pass

@stated
@pytest.mark.parametrize("x", [])
def test_empty(check, x): pass
"""
SOUND = ("test_plain", "test_method", "test_search")
FAULTS = {
    "test_checked_search": "is a search (@given), which decides it: it takes no check",
    "test_unittest": "is a unittest: state it as a function, or as a method of a plain class",
    "test_two": "shares its test with another claim: one test states one claim",
    "test_xfail": "is marked xfail: accept its verdict into the baseline instead",
    "test_empty": "has an empty parametrization",
}


@pytest.fixture
def groups(pytester):
    """The items of TEXT by the name of their function."""
    found = {}
    module = pytester.getmodulecol(TEXT, configargs=["-p", "no:unraisableexception"])  # which collects garbage
    for item in pytester.genitems([module]):
        found.setdefault(item.name.partition("[")[0], []).append(item)
    return found


def made(primary=""):
    return Claim("c", at="Table 1", says="x", primary=primary)


def test_an_item_knows_its_claims_its_name_and_its_reading(groups):
    assert {name: [stated.id for stated in claims_of(group[0])] for name, group in groups.items()} == {
        name: {"test_two": ["c", "d"], "test_none": []}.get(name, ["c"]) for name in groups
    }
    assert [(case_id(item), reading_of(item)) for item in groups["test_parameter"]] == [
        ("up-a", "up"), ("up-b", "up"), ("3-a", "3"), ("3-b", "3"),
    ]  # fmt: skip
    assert [(case_id(item), reading_of(item)) for item in groups["test_mark"]] == [("up", "up"), ("down", "down")]
    (plain,) = groups["test_plain"]
    assert (case_id(plain), reading_of(plain)) == ("", None)
    plain.stash[CASE_KEY] = claims_of(plain)[0], "k"
    assert key_of(plain) == ("c", "k")


def test_what_is_known_of_a_case_before_it_runs(groups):
    (plain,), cases = (
        [case_entry(item, made("up"), 7) for item in groups[f"test_{name}"]] for name in ("plain", "parameter")
    )
    assert (plain["id"], plain["rank"], plain["primary"]) == ("", [], True)
    assert [(case["id"], case["primary"]) for case in cases] == [
        ("up-a", True), ("up-b", True), ("3-a", False), ("3-b", False),
    ]  # fmt: skip
    assert all(one["rank"] < other["rank"] for one, other in pairwise(cases)), "as they were collected"


def test_the_command_of_a_case_names_a_seed_that_was_asked_for_and_no_group_of_xdist(groups, monkeypatch):
    item = groups["test_mark"][0]
    file = item.parent.nodeid
    with monkeypatch.context() as patch:  # xdist asks the running test for its own
        patch.setattr(pytest.Function, "nodeid", f"{item.nodeid}@group")
        assert function_of(item) == f"{file}::test_mark"
        for asked, option in ((None, ""), (0, " --verdicts-seed 7")):
            item.config.option.verdicts_seed = asked
            assert reproduce(item, 7) == f"pytest '{file}::test_mark[up]'{option}"


def test_each_fault_of_a_case_is_one_of_its_claim(groups):
    sound = [item for name in SOUND for item in groups[name]]
    assert [case_faults(made(), groups[name], whole=True) for name in SOUND] == [[]] * len(SOUND)
    for name, fault in FAULTS.items():
        assert case_faults(made(), groups[name], whole=True) == [f" {fault}"]
        assert f" {fault}" in case_faults(made(), sound + groups[name], whole=False)


def test_a_primary_reading_is_one_that_its_cases_take(groups):
    read, plain = groups["test_mark"], groups["test_plain"]
    assert case_faults(made("up"), read, whole=True) == case_faults(made(), plain, whole=True) == []
    assert case_faults(made("z"), read, whole=True) == [": primary 'z' is none of its readings ['down', 'up']"]
    assert case_faults(made("z"), read, whole=False) == [], "the case that takes it may not have been asked for"
    for whole in (True, False):
        assert case_faults(made("z"), plain, whole=whole) == [": primary 'z', but its cases take no reading"]


def test_cases_of_one_name_are_a_fault(groups):
    up, down = groups["test_mark"]
    assert case_faults(made("up"), [up, down, up], whole=True) == [": case 'up' occurs twice"]


@pytest.mark.parametrize(("name", "part"), [("SubtestReport", True), ("SubTestReport", True), ("TestReport", False)])
def test_the_report_on_a_part_of_a_test_is_known_by_its_type(name, part):
    assert is_subtest(type(name, (), {})()) is part
