"""JSON that comes from outside, held against the records, and the JSON Schema that is published of them."""

from __future__ import annotations

import ast
import inspect
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import msgspec

from verdicts import accepted, anchored, declared, records

Record = TypeVar("Record")
Node = dict[str, Any]

TYPES: Final = {
    "string": "a string",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "array": "a list",
    "object": "an object",
    "null": "null",
}


def read_text(path: str | Path) -> str:
    """A file's text, whether or not it begins with a byte order mark. ValueError, in one line, where it has none."""
    try:
        return Path(path).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise ValueError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ValueError(f"{path}: expected text in UTF-8: {error}") from error


def parse(text: str, what: str) -> Any:
    """The JSON value of a text. ValueError where it is none, or says two things of one key.

    Args:
        text: comes from anywhere.
        what: was expected, for the message.
    """
    try:
        return json.loads(text, parse_constant=_no_number, object_pairs_hook=_unique)
    except RecursionError as error:
        raise ValueError(f"expected {what} in JSON: nested too deeply") from error
    except ValueError as error:
        raise ValueError(f"expected {what} in JSON: {error}") from error


def convert(data: Any, record: type[Record], prefix: str = "", *, closed: bool = True) -> Record:
    """The data as a record of that type. ValueError, with key and expectation, where it is none.

    Args:
        data: comes from JSON.
        record: one of the types of `verdicts.records`, `verdicts.declared` or `verdicts.accepted`.
        prefix: of the keys, where the data is part of something.
        closed: whether keys that the record does not know are refused; they are dropped otherwise.
    """
    try:
        kept = msgspec.convert(data, record)
    except msgspec.ValidationError as error:
        raise ValueError(_complaint(str(error), data, record, prefix)) from None
    if closed:
        _refuse_strays(data, kept, prefix)
    return kept


def expect(met: bool, key: str, expectation: str, found: Any) -> None:  # noqa: FBT001  a condition, as in `assert`
    """ValueError, in one line, where an expectation of the value of a key is not met."""
    if not met:
        raise ValueError(f"key {key!r}: expected {expectation}, found {_shown(found)}")


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no JSON number")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"key {next(name for name in names if names.count(name) > 1)!r} occurs twice in one object")
    return made


def _refuse_strays(data: Any, kept: Any, key: str) -> None:
    """ValueError where the data has keys that the record does not know."""
    if isinstance(data, dict):
        for name, inner in data.items():
            inner_key = f"{key}.{name}" if key else name
            if name not in kept:
                raise ValueError(f"key {inner_key!r}: expected no key of this name, found {_shown(inner)}")
            if isinstance(inner, dict | list):
                _refuse_strays(inner, kept[name], inner_key)
    elif isinstance(data, list):
        for number, (inner, inner_kept) in enumerate(zip(data, kept, strict=True)):
            _refuse_strays(inner, inner_kept, f"{key}[{number}]")


def _complaint(said: str, data: Any, record: type, prefix: str) -> str:
    """The complaint of msgspec in our words: the key, what the schema expects there, and what was found."""
    place = re.search(r" - at `\$(.*)`$", said)
    steps: list[str | int] = [
        int(number) if number else name
        for name, number in re.findall(
            r"\.([^.\[]+)|\[(\d+|\.\.\.)\]", place[1].replace("[...]", ".*") if place else ""
        )
    ]
    if missing := re.match(r"Object missing required field `(.*?)`", said):
        steps.append(missing[1])
    node, found = _follow(schema_of(record), steps), "nothing" if missing else _found(data, steps)
    key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)
    key = (prefix + key).removeprefix(".") or "(the whole file)"
    return f"key {key!r}: expected {_described(*node)}" + (f", found {found}" if found else "")


def _found(data: Any, steps: list[str | int]) -> str:
    """What stands at the end of a path; empty where the path does not tell, since any key may stand in it."""
    for step in steps:
        if step == "*":
            return ""
        data = data[step]
    return _shown(data)


def _follow(schema: Node, steps: list[str | int]) -> tuple[Node, Node]:
    """The node of a schema that a path leads to, with the definitions that it refers to."""
    node = schema
    for step in steps:
        choices = _choices(node, schema["$defs"])
        inside = "items" if isinstance(step, int) else "properties" if step != "*" else "additionalProperties"
        node = next(choice[inside] for choice in choices if isinstance(choice.get(inside), dict))
        node = node[cast("str", step)] if inside == "properties" else node
    return node, schema["$defs"]


def _choices(node: Node, definitions: Node) -> list[Node]:
    if "$ref" in node:
        return _choices(definitions[node["$ref"].rpartition("/")[2]], definitions)
    if "anyOf" in node:
        return [choice for inner in node["anyOf"] for choice in _choices(inner, definitions)]
    return [node]


def _described(node: Node, definitions: Node) -> str:
    return " or ".join(_one_described(choice) for choice in _choices(node, definitions))


def _one_described(node: Node) -> str:
    if words := node.get("enum"):
        return " or ".join(map(repr, words))
    text = "a decimal string" if "pattern" in node else TYPES[node["type"]]
    if "minItems" in node:
        least, most = node["minItems"], node["maxItems"]
        text += f" of {least}" + (f" to {most:,}" if most > least else "")
    if node.get("minLength"):
        text += " that is not empty"
    if "minimum" in node:
        text += f" from {node['minimum']}"
    return text


def _shown(value: Any) -> str:
    """A value in at most 60 characters of one line."""
    try:
        text = json.dumps(value, ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        return f"a {type(value).__name__}"
    return text if len(text) < 60 else f"{text[:59]}…"


@cache
def schema_of(record: type) -> Node:
    """The JSON Schema of a record, strict, with the words that describe each key where it is declared."""
    schema = msgspec.json.schema(record)
    described = _descriptions()
    for name, node in schema["$defs"].items():
        if node.get("type") != "object":
            continue
        node["additionalProperties"] = False
        order = {key: text for key, text in described[name].items() if key in node["properties"]}
        node["properties"] = {
            key: {"description": text, **node["properties"][key]} if text else node["properties"][key]
            for key, text in order.items()
        }
        node["required"] = [key for key in order if key in node["required"]]
    return schema


def published_schema() -> Node:
    """The JSON Schema of a ledger."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Ledger of verdicts"}
    return head | schema_of(records.Ledger)


def _descriptions() -> dict[str, dict[str, str]]:
    """By record and key, the string that stands below the key in the source; "" where none does."""
    found: dict[str, dict[str, str]] = {}
    lines = [
        line for module in (declared, accepted, anchored, records) for line in ast.parse(inspect.getsource(module)).body
    ]
    for record in lines:
        if not isinstance(record, ast.ClassDef):
            continue
        own: dict[str, str] = {}
        for base in record.bases:
            own |= found.get(ast.unparse(base), {})
        for line, below in zip(record.body, [*record.body[1:], None], strict=True):
            if isinstance(line, ast.AnnAssign):
                own[ast.unparse(line.target)] = ast.literal_eval(below.value) if isinstance(below, ast.Expr) else ""
        found[record.name] = own
    return found
