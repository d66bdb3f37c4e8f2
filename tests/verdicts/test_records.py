"""What is stored has one shape: records, validator, published schema and the plugin's own words agree on it."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from pathlib import Path

import jsonschema
import pytest
import verdicts
from hypothesis import given
from hypothesis import strategies as st
from verdicts import evidence, intervals, machine, records, vocabulary
from verdicts.ledger import dump, read_ledger
from verdicts.merge import merge
from verdicts.records import blank_case
from verdicts.schema import convert, parse, published_schema

from tests.verdicts import sample

PUBLISHED = Path(verdicts.__file__).parent / "schema.json"
VALIDATOR = jsonschema.Draft202012Validator(published_schema())
CASE = ("claims", 0, "cases", 0)


def at(value, path):
    for key in path:
        value = value[key]
    return value


def paths(value, path=()):
    """The way to each key, in the first member of each list."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key)
            yield from paths(inner, (*path, key))
    elif isinstance(value, list) and value:
        yield (*path, 0)
        yield from paths(value[0], (*path, 0))


WHOLE = sample.ledger()
SMALL = WHOLE | {"claims": WHOLE["claims"][:1]}


def complaint_about(made):
    try:
        convert(made, records.Ledger)
    except ValueError as error:
        return str(error)
    return None


PLACES = [path for path in paths(SMALL) if "packages" not in path[:-1]]


# the schema


def test_the_published_schema_is_that_of_the_records():
    assert PUBLISHED.read_text(encoding="utf-8") == dump(published_schema())  # written by `verdicts schema`


def test_the_schema_is_itself_valid():
    jsonschema.Draft202012Validator.check_schema(published_schema())


def test_the_sample_and_a_merge_of_it_validate():
    VALIDATOR.validate(sample.ledger())
    other = sample.ledger()
    other["run"]["seconds"] = 1.0
    VALIDATOR.validate(merge([sample.ledger(), other]))


def test_every_key_is_described():
    assert [
        (name, key)
        for name, node in published_schema()["$defs"].items()
        for key, inner in node["properties"].items()
        if not inner.get("description")
    ] == []


def test_the_words_are_those_of_the_plugin():
    assert {*vocabulary.VERDICTS} == {intervals.REFUTED, intervals.INCONCLUSIVE, intervals.NOT_RUN, intervals.HOLDS}
    assert vocabulary.GRADES == evidence.GRADES
    assert vocabulary.GATES[: len(vocabulary.FAILING)] == vocabulary.FAILING


def test_what_the_plugin_makes_is_of_that_shape():
    run = machine.run_record(("0a", True), "pytest", 0, 1)
    assert convert(run, records.Run) == run
    assert convert(records.blank_case(), records.Case) == records.blank_case()
    with pytest.raises(TypeError, match="no colour"):
        records.blank_case(colour="red")


@given(
    place=st.sampled_from(PLACES),
    value=st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.just(0.5)
    | st.text(max_size=3)
    | st.sampled_from(
        [*vocabulary.VERDICTS, *vocabulary.GRADES, "1e5", "-0.5", "1e", "1\n", [], {}, ["1", None], [True, False]]
    ),
)
def test_validator_and_schema_agree_on_any_change(place, value):
    made = deepcopy(SMALL)
    at(made, place[:-1])[place[-1]] = value
    complaint = complaint_about(made)
    assert VALIDATOR.is_valid(made) == (complaint is None)
    assert complaint is None or re.fullmatch("key '.*': expected .*", complaint)


@pytest.mark.parametrize("place", [place for place in PLACES if isinstance(place[-1], str)], ids=str)
def test_no_key_may_be_missing_and_none_added(place):
    made = deepcopy(SMALL)
    del at(made, place[:-1])[place[-1]]
    with pytest.raises(ValueError, match=rf"{place[-1]}': expected .*, found nothing"):
        convert(made, records.Ledger)
    assert not VALIDATOR.is_valid(made)
    made = deepcopy(SMALL)
    at(made, place[:-1])["stray"] = 1
    with pytest.raises(ValueError, match=r"stray': expected no key of this name, found 1"):
        convert(made, records.Ledger)
    assert not VALIDATOR.is_valid(made)


@pytest.mark.parametrize(
    ("place", "value", "complaint"),
    [
        (("schema",), "verdicts/1", "key 'schema': expected 'verdicts/2', found \"verdicts/1\""),
        (("paper", "version"), 1, "key 'paper.version': expected a string, found 1"),
        (("run", "seconds"), True, "key 'run.seconds': expected a number from 0, found true"),
        (("run", "seconds"), float("inf"), "key 'run.seconds': expected a number from 0"),
        (("run", "packages", "numpy"), 2, "key 'run.packages.*': expected a string"),
        (("claims", 0, "verdict"), "maybe", "key 'claims[0].verdict': expected 'holds' or 'inconclusive' or"),
        (("claims", 0, "also_at"), [3], "key 'claims[0].also_at[0]': expected a string, found 3"),
        ((*CASE, "accepted"), ["1", "b"], "key 'claims[0].cases[0].accepted[1]': expected a decimal string or null"),
        ((*CASE, "accepted"), ["1"], "key 'claims[0].cases[0].accepted': expected a list of 2 or null, found [\"1\"]"),
        ((*CASE, "computed"), [1, 2], "key 'claims[0].cases[0].computed[0]': expected a decimal string or null"),
        ((*CASE, "resolution"), "1" * 40_001, "key 'claims[0].cases[0].resolution': expected a decimal string or null"),
        ((*CASE, "resolution"), "1e100000", "key 'claims[0].cases[0].resolution': expected a decimal string or null"),
        ((*CASE, "open"), [False], "key 'claims[0].cases[0].open': expected a list of 2, found [false]"),
        ((*CASE, "samples"), False, "key 'claims[0].cases[0].samples': expected a whole number from 0 or null"),
    ],
)
def test_a_wrong_value_is_named_with_its_key(place, value, complaint):
    made = deepcopy(SMALL)
    at(made, place[:-1])[place[-1]] = value
    with pytest.raises(ValueError, match="expected") as raised:
        convert(made, records.Ledger)
    assert str(raised.value).startswith(complaint)


# files from elsewhere


def swapped(text):
    """A ledger in JSON in which the paper's title is that text."""
    return json.dumps(SMALL | {"paper": SMALL["paper"] | {"title": "HERE"}}).replace('"HERE"', text)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "expected a ledger in JSON: Expecting value"),
        ("{", "expected a ledger in JSON"),
        (swapped("NaN"), "expected a ledger in JSON: NaN is no JSON number"),
        (swapped("-Infinity"), "expected a ledger in JSON: -Infinity is no JSON number"),
        (swapped('"a", "title": "b"'), "expected a ledger in JSON: key 'title' occurs twice"),
        (swapped("9" * 1_000_000), "expected a ledger in JSON: Exceeds the limit"),
        (swapped("0." + "9" * 1_000_000), "key 'paper.title': expected a string, found 1.0"),
        (swapped("1e999"), "key 'paper.title': expected a string, found Infinity"),
        (swapped("[" * 900 + "]" * 900), "key 'paper.title': expected a string, found "),
        (swapped("[" * 100_000 + "]" * 100_000), "expected a ledger in JSON: nested too deeply"),
        ('{"a":' * 100_000, "expected a ledger in JSON: nested too deeply"),
        (json.dumps(sample.ledger())[:5000], "expected a ledger in JSON"),
        ("[]", "key '(the whole file)': expected an object, found []"),
        ("null", "key '(the whole file)': expected an object, found null"),
        ("{}", "key 'schema': expected 'verdicts/2', found nothing"),
        ('{"schema": "verdicts-baseline/2"}', "key 'schema': expected 'verdicts/2', found \"verdicts-baseline/2\""),
    ],
    ids=lambda text: text[:40],
)
def test_a_foreign_file_is_refused_in_one_line(tmp_path, text, complaint):
    file = tmp_path / "x.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match="expected") as raised:
        read_ledger(file)
    assert str(raised.value).startswith(f"{file}: {complaint}")
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < len(str(file)) + 300


def test_what_is_no_text_or_no_file_is_refused(tmp_path):
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match=r"bytes.json: expected text in UTF-8"):
        read_ledger(tmp_path / "bytes.json")
    with pytest.raises(ValueError, match=r"absent\.json: cannot be read: No such file"):
        read_ledger(tmp_path / "absent.json")
    with pytest.raises(ValueError, match="cannot be read: Is a directory"):
        read_ledger(tmp_path)
    with pytest.raises(ValueError, match="null byte"):
        read_ledger("a\0b")


def test_a_byte_order_mark_and_lone_surrogates_are_read(tmp_path):
    made = sample.ledger()
    made["paper"]["title"] = "half a character: \ud835"
    file = tmp_path / "x.json"
    file.write_text("\ufeff" + json.dumps(made), encoding="utf-8")
    assert read_ledger(file) == made


def test_keys_that_are_not_known_can_be_dropped():
    made = sample.ledger() | {"stray": 1}
    assert convert(deepcopy(made), records.Ledger, closed=False) == sample.ledger()


@given(st.text('[]{}:,"0.e-NaInfty \\ud8\n', max_size=30))
def test_any_text_is_parsed_or_refused_in_one_line(text):
    try:
        parse(text, "a ledger")
    except ValueError as error:
        said = str(error)
    else:
        said = "expected a ledger in JSON: nothing else"
    assert re.fullmatch("expected a ledger in JSON: .*", said)


def test_a_case_about_which_nothing_is_known_was_not_run():
    known = {key: value for key, value in blank_case().items() if value not in (None, "", [])}
    assert known == {"primary": True, "verdict": "not run", "open": [False, False], "weak": False, "seconds": 0.0}
    assert blank_case()["weak"] is False
    assert not blank_case()["printed"]
