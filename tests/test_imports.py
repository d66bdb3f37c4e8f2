"""Who may import whom: an import shows whether a route is independent, and nothing leans on what is on trial."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
AT_ROOT = ("claims", "examples", "fixtures", "tests", "theorems")
SOURCES = {**dict.fromkeys(AT_ROOT, ROOT), "verdicts": ROOT / "reports"}
MAY_IMPORT = {
    "claims": {"claims", "theorems", "fixtures", "verdicts"},  # what the modules of one folder share
    "fixtures": {"fixtures", "theorems"},
    "theorems": {"theorems"},
    "verdicts": {"verdicts"},
    "examples": {"verdicts"},  # the plugin alone serves another paper
    "tests": {"tests", "theorems", "fixtures", "verdicts"},
}
OURS = {*SOURCES, "reports"}
WORLD = {"builtins", "glob", "importlib", "io", "os", "pathlib", "pytest", "shutil", "tempfile"}  # not for theorems


def statements(block: list) -> Iterator[ast.AST]:
    """Every statement of a block, those within others included; no expression holds one."""
    for node in block:
        yield node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            yield from statements(getattr(node, part, ()))


def imports(text: str, package: str = "") -> set[str]:
    """Every name that the text imports, wherever it stands: in a function, for type checkers only, relative."""
    found = set()
    for node in statements(ast.parse(text).body):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*parents, *filter(None, [node.module])])
            found |= {module, *(f"{module}.{name.name}" for name in node.names)}
    return found


@cache
def modules(package: str) -> dict[str, set[str]]:
    """What each module of a package imports, by the module's dotted name."""
    root, found = SOURCES[package], {}
    for path in sorted((root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        within = parts[:-1]
        name = within if parts[-1] == "__init__" else parts
        found[".".join(name)] = imports(path.read_text(encoding="utf-8"), ".".join(within))
    return found


def reached(start: str, graph: dict[str, set[str]]) -> set[str]:
    """The modules that a module imports, directly or through others, the packages around each included."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in graph and name not in seen:
            seen.add(name)
            waiting += [*graph[name], name.rpartition(".")[0]]
    return seen


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_packages_import_only_what_they_may(package):
    found = modules(package)
    assert found
    taken = {(name, used) for name, used_by in found.items() for used in used_by if used.split(".")[0] in OURS}
    assert sorted((name, used) for name, used in taken if used.split(".")[0] not in MAY_IMPORT[package]) == []


def test_claims_share_only_what_lies_beside_or_above_them():
    graph = modules("claims")
    for name, used in graph.items():
        above = {name[:end] for end, letter in enumerate(name) if letter == "."}
        assert [each for each in used & set(graph) if each.rpartition(".")[0] not in above] == [], name


def test_the_independent_routes_reach_no_formula():
    graph = modules("theorems")
    routes = [name for name in graph if name.startswith("theorems.integrals.")]
    assert len(routes) > 3
    for name in routes:
        assert [used for used in reached(name, graph) if used.startswith("theorems.formulas")] == [], name


def test_theorems_know_neither_the_test_framework_nor_paths():
    for name, used in modules("theorems").items():
        assert {each.split(".")[0] for each in used}.isdisjoint(WORLD), name
    for path in (ROOT / "theorems").rglob("*.py"):
        names = {node.id for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Name)}
        assert names.isdisjoint({"__file__", "__import__", "open"}), path.name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("import a.b, c as d", {"a.b", "c"}),
        ("from a import b as c", {"a", "a.b"}),
        ("def f():\n    from a.b import c", {"a.b", "a.b.c"}),
        ("if TYPE_CHECKING:\n    import a", {"a"}),
        (
            "try:\n    import a\nexcept E:\n    import b\nelse:\n    import c\nfinally:\n    import d",
            {"a", "b", "c", "d"},
        ),
        ("for x in y:\n    with x:\n        import a\nelse:\n    import b", {"a", "b"}),
        ("match x:\n    case 1:\n        import a", {"a"}),
        ("from . import a", {"p.q", "p.q.a"}),
        ("from ..a import b", {"p.a", "p.a.b"}),
    ],
)
def test_no_way_of_importing_is_missed(text, expected):
    assert imports(text, "p.q") == expected


def test_a_formula_is_found_behind_other_modules():
    graph = {"t.i.a": {"t.m.x"}, "t.m": {"t.f.y"}, "t.m.x": set(), "t.f.y": set(), "t.f": set()}
    assert "t.f.y" in reached("t.i.a", graph)
