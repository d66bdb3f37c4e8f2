"""The ledger field by field, from the types of its records."""

from __future__ import annotations

from typing import Any

from verdicts.records import LEDGER_SCHEMA
from verdicts.schema import TYPES, published_schema

Node = dict[str, Any]

HEAD = """# The ledger, field by field

`reports/latest/verdicts.json` holds all that is known of one run; every view is a function of it. This page is written
from the types in `reports/verdicts/records.py` and `reports/verdicts/declared.py`, as is the JSON Schema that is
published, `reports/verdicts/schema.json`. Whoever reads a ledger holds it against these types, and decides its verdicts
again from the intervals. The format is `{format}`.
"""


def page() -> str:
    """The page: a table for each record, from the whole ledger down to one search."""
    schema = published_schema()
    records = _in_order(schema)
    parts = [HEAD.format(format=LEDGER_SCHEMA)]
    for name in records:
        node = schema["$defs"][name]
        parts.append(f"## {name}\n\n{node.get('description', '')}\n")
        parts.append("| field | what it holds | type |\n|---|---|---|")
        required = set(node["required"])
        for key, inner in node["properties"].items():
            optional = "" if key in required else ", may be absent"
            what = inner.get("description", "")
            parts.append(f"| `{key}` | {what.replace('|', '&#124;')} | {_type(inner)}{optional} |")
        parts.append("")
    return "\n".join(parts)


def _in_order(schema: Node) -> list[str]:
    """The records, each where it is first met on the way down from the ledger."""
    waiting, found = [schema["$ref"]], []
    while waiting:
        name = waiting.pop(0).rpartition("/")[2]
        if name not in found and schema["$defs"][name].get("type") == "object":
            found.append(name)
            waiting += _references(schema["$defs"][name])
    return found


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if "$ref" in node else []
        return own + [each for inner in node.values() for each in _references(inner)]
    return [each for inner in node for each in _references(inner)] if isinstance(node, list) else []


def _type(node: Node) -> str:
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in node:
        return " or ".join(_type(inner) for inner in node["anyOf"])
    if "enum" in node:
        return " or ".join("null" if value is None else f"“{value}”" for value in node["enum"])
    return _collection(node) or ("a decimal string" if "pattern" in node else TYPES[node["type"]])


def _collection(node: Node) -> str:
    """A list or an object of any names, with the type of what is in it; empty for everything else."""
    if node["type"] == "array":
        return f"a list, each {_type(node['items'])}"
    return f"an object, of each name {_type(node['additionalProperties'])}" if node["type"] == "object" else ""
