"""The published schema: what the plugin writes validates, and any stray or missing key does not."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import verdicts
from verdicts import evidence, intervals, ledger, merge
from verdicts.check import blank_record
from verdicts.claims import KINDS

from tests.verdicts import sample

SCHEMA = json.loads((Path(verdicts.__file__).parent / "schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
DEFINITIONS = SCHEMA["$defs"]


def test_the_schema_is_itself_valid():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_sample_and_a_merge_of_it_validate():
    VALIDATOR.validate(sample.ledger())
    VALIDATOR.validate(merge.merge([sample.ledger(), sample.ledger()]))


def test_the_words_are_those_of_the_plugin():
    assert set(DEFINITIONS["verdict"]["enum"]) == set(intervals.WORST_FIRST)
    assert set(DEFINITIONS["grade"]["enum"]) == {*evidence.GRADES, None}
    assert set(DEFINITIONS["gate"]["enum"]) == {*ledger.GATES, None}
    assert set(DEFINITIONS["claim"]["properties"]["kind"]["enum"]) == set(KINDS)
    assert SCHEMA["properties"]["schema"]["const"] == ledger.SCHEMA


def test_the_keys_are_those_of_the_plugin():
    names = {"id", "reading", "primary", "reproduce"}
    assert set(DEFINITIONS["case"]["properties"]) == names | set(blank_record())
    record = ledger.run_record(Path(__file__).parent, "pytest", 0, 1)
    assert set(DEFINITIONS["run"]["properties"]) == set(record)


def test_the_structural_check_knows_the_same_keys():
    for name, shape in (("case", merge.CASE), ("claim", merge.CLAIM), ("run", merge.RUN)):
        assert set(DEFINITIONS[name]["required"]) == set(shape)
    assert set(SCHEMA["required"]) == set(merge.LEDGER)


def objects(value, path=()):
    if isinstance(value, dict):
        yield path
        for key, inner in value.items():
            yield from objects(inner, (*path, key))
    elif isinstance(value, list) and value:
        yield from objects(value[0], (*path, 0))


def at(value, path):
    for key in path:
        value = value[key]
    return value


@pytest.mark.parametrize("path", [path for path in objects(sample.ledger()) if "packages" not in path], ids=str)
def test_every_object_is_strict(path):
    made = sample.ledger()
    at(made, path)["stray"] = 1
    assert not VALIDATOR.is_valid(made)
    for key in at(sample.ledger(), path):
        made = sample.ledger()
        del at(made, path)[key]
        assert not VALIDATOR.is_valid(made), key


@pytest.mark.parametrize(
    ("key", "value"),
    [("verdict", "true"), ("grade", "rumour"), ("accepted", ["1"]), ("accepted", ["1", "two"]), ("computed", [1, 2]),
     ("open", [False]), ("samples", -1), ("twin", "yes"), ("resolution", "small"), ("gate", "open"), ("seconds", "1")],
)  # fmt: skip
def test_a_case_with_a_wrong_value_is_refused(key, value):
    made = sample.ledger()
    made["claims"][0]["cases"][0][key] = value
    assert not VALIDATOR.is_valid(made)


def test_every_property_is_described():
    def properties(node):
        if isinstance(node, dict):
            yield from node.get("properties", {}).items() if node.get("type") == "object" else ()
            for inner in node.values():
                yield from properties(inner)

    assert [name for name, node in properties(SCHEMA) if not node.get("description")] == []
