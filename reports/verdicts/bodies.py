"""The code of a search as a digest: its body is part of what it states, whatever words stand above it.

Comments, docstrings, line breaks, the place in the file and the version of Python change nothing. What the test uses of
its own file belongs to it (constants, strategies, helpers, and what it imports by name); the code of other files does
not.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final, cast

Function = ast.FunctionDef | ast.AsyncFunctionDef
UNSAID: Final = ("ctx", "type_comment", "kind")
"fields of a syntax tree that say nothing which the rest does not"
FILES: Final = 32


def digest_of(test: Any) -> str:
    """A digest of the code of a hypothesis test; empty where its source cannot be found."""
    inner = inspect.unwrap(getattr(test, "__func__", test).hypothesis.inner_test)
    code = getattr(inner, "__code__", None)
    if code is None:
        return ""
    try:
        return _digest(Path(code.co_filename).read_text(encoding="utf-8"), inner.__name__, code.co_firstlineno)
    except (OSError, ValueError, SyntaxError):
        return ""


@cache
def _digest(source: str, name: str, line: int) -> str:
    tree, defined = _parsed(source)
    found = [node for node in ast.walk(tree) if isinstance(node, Function) and node.name == name]
    test = next((node for node in found if _first_line(node) == line), None)
    if test is None:
        return ""
    used: dict[str, Any] = {}
    pending = [test]
    while pending:
        for other in {node.id for node in ast.walk(_stripped(pending.pop())) if isinstance(node, ast.Name)}:
            if other in defined and other not in used and other != name:
                used[other] = [_plain(part) for part in defined[other]]
                pending += cast("list[Function]", defined[other])
    text = json.dumps([_plain(_stripped(test)), sorted(used.items())])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@lru_cache(maxsize=FILES)
def _parsed(source: str) -> tuple[ast.Module, dict[str, list[ast.AST]]]:
    """The syntax tree of a file, and what stands behind each name that it defines at its top."""
    tree = ast.parse(source)
    defined: dict[str, list[ast.AST]] = {}
    for line in tree.body:
        for name, meaning in _definitions(line):
            defined.setdefault(name, []).append(meaning)
    return tree, defined


def _definitions(line: ast.stmt) -> list[tuple[str, ast.AST]]:
    if isinstance(line, Function | ast.ClassDef):
        return [(line.name, line)]
    if isinstance(line, ast.Import):
        return [(alias.asname or alias.name.partition(".")[0], alias) for alias in line.names]
    if isinstance(line, ast.ImportFrom):
        module = ast.Constant(f"{'.' * line.level}{line.module or ''}")
        return [(alias.asname or alias.name, ast.Tuple([module, alias])) for alias in line.names]  # type: ignore[list-item]
    if isinstance(line, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = line.targets if isinstance(line, ast.Assign) else [line.target]
        names = [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
        return [(name, line) for name in names]
    return []


def _first_line(node: Function) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _stripped(node: ast.AST) -> ast.AST:
    """A test without the marks whose contents are compared by themselves: words, and the number of tries."""
    if not isinstance(node, Function):
        return node
    kept = [decorator for decorator in node.decorator_list if _called(decorator) not in ("claim", "settings")]
    return type(node)(**{**dict(ast.iter_fields(node)), "decorator_list": kept})


def _called(decorator: ast.expr) -> str:
    called = decorator.func if isinstance(decorator, ast.Call) else None
    return str(getattr(called, "id", getattr(called, "attr", "")))


def _plain(node: Any) -> Any:
    """A syntax tree as lists, without positions, docstrings, and fields that are empty or new in some version."""
    if isinstance(node, list):
        return [_plain(part) for part in node]
    if isinstance(node, ast.Constant):
        value = hex(node.value) if type(node.value) is int else repr(node.value)
        return [type(node.value).__name__, value]
    if not isinstance(node, ast.AST):
        return node
    fields = dict(ast.iter_fields(node))
    if isinstance(node, Function | ast.ClassDef) and ast.get_docstring(node, clean=False) is not None:
        fields["body"] = node.body[1:]
    if isinstance(node, ast.JoinedStr):  # Python 3.12 has empty parts in some
        fields["values"] = [part for part in node.values if not (isinstance(part, ast.Constant) and part.value == "")]
    return [
        type(node).__name__,
        *([name, _plain(value)] for name, value in fields.items() if name not in UNSAID and value not in (None, [])),
    ]
