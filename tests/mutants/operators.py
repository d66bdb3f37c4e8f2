"""The small changes to a module that its tests must notice, each of one node of its syntax tree."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

COMPARISONS: Final = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In,
}  # fmt: skip
ARITHMETIC: Final = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.LShift: ast.RShift, ast.RShift: ast.LShift,
}  # fmt: skip
TWINS: Final = {"min": "max", "max": "min", "any": "all", "all": "any", "sorted": "list", "reversed": "list"}
UNREAD: Final = {"annotation", "returns", "decorator_list", "bases", "op", "ops"}  # nothing to change inside
UNTOLD: Final = {"strict", "encoding", "ensure_ascii"}  # keywords of a second look, of another system, of a reader
OPAQUE: Final = (ast.JoinedStr, ast.Raise, ast.Import, ast.ImportFrom)  # the words of a message are free


@dataclass(frozen=True)
class Mutant:
    """One change."""

    name: str
    "what changes in which function; it outlives changes elsewhere in the module"
    lines: range
    inside: bool
    "whether only the code of a function changes, so that it can be replaced without importing the module again"
    tree: Callable[[], ast.Module]
    "the changed module"


def mutants(text: str) -> Iterator[Mutant]:
    """Every mutant of a module, in the order of its text."""
    names: Counter[str] = Counter()
    for index, (scope, inside, node, _) in enumerate(places(ast.parse(text))):
        for choice, changed in enumerate(changes(node)):
            name = f"{scope}: {shown(node)} {told(node, changed)}"
            names[name] += 1
            number = f" ({names[name]})" if names[name] > 1 else ""
            yield Mutant(name + number, lines(node), inside, partial(mutated, text, index, choice))


def mutated(text: str, index: int, choice: int) -> ast.Module:
    """The module with one choice of changes at one of its places."""
    tree = ast.parse(text)
    *_, node, put = list(places(tree))[index]
    put(ast.copy_location(list(changes(node))[choice], node))
    return ast.fix_missing_locations(tree)


Place = tuple[str, bool, ast.AST, Callable[[ast.AST], None]]


def places(tree: ast.AST, scope: str = "module", *, inside: bool = False) -> Iterator[Place]:
    """What means something at run time: where it stands, the node, and how to put another in its place."""
    if isinstance(tree, OPAQUE):
        return
    for field, value in ast.iter_fields(tree):
        items = value if isinstance(value, list) else [value]
        within = inside or (isinstance(tree, ast.FunctionDef) and field == "body")
        for position, child in enumerate(items if field not in UNREAD else []):
            if isinstance(child, ast.AST) and not silent(child):
                inner = scope
                if isinstance(child, ast.FunctionDef | ast.ClassDef):
                    inner = child.name if scope == "module" else f"{scope}.{child.name}"
                yield inner, within, child, partial(put, tree, field, position)
                yield from places(child, inner, inside=within)


def put(parent: ast.AST, field: str, position: int, new: ast.AST) -> None:
    """Replace a child."""
    if isinstance(getattr(parent, field), list):
        getattr(parent, field)[position] = new
    else:
        setattr(parent, field, new)


def silent(node: ast.AST) -> bool:
    """Docstrings, lists of exports, keywords of no consequence, and what only type checkers or tracebacks read."""
    match node:
        case ast.keyword(arg=name) if name in UNTOLD:
            return True
        case ast.Expr(value=ast.Constant()) | ast.If(test=ast.Name(id="TYPE_CHECKING")):
            return True
        case ast.Assign(targets=[ast.Name(id="__all__" | "__tracebackhide__")]):
            return True
        case ast.Assign(value=ast.Call(func=ast.Name(id="TypeVar"))):
            return True
        case ast.Assign(value=ast.Subscript(value=ast.Name(id="tuple" | "list" | "dict"))):  # the name of a type
            return True
    return False


def changes(node: ast.AST) -> Iterator[ast.AST]:  # noqa: PLR0912  one branch for each kind of node
    """What a node may become."""
    match node:
        case ast.Compare(ops=ops):
            for position, op in enumerate(ops):
                yield with_field(node, ops=[*ops[:position], COMPARISONS[type(op)](), *ops[position + 1 :]])
        case ast.BinOp(op=op) if type(op) in ARITHMETIC:
            yield with_field(node, op=ARITHMETIC[type(op)]())
        case ast.AugAssign(op=op):
            yield with_field(node, op=ARITHMETIC[type(op)]())
            yield ast.Pass()
        case ast.BoolOp(op=op, values=values):
            yield with_field(node, op=ast.Or() if isinstance(op, ast.And) else ast.And())
            for rest in without_one(values):
                yield with_field(node, values=rest) if len(rest) > 1 else rest[0]
        case ast.UnaryOp(operand=operand):
            yield operand
        case ast.Constant(value=bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(value=int() | float() as value):
            yield from (ast.Constant(value + 1), ast.Constant(value - 1))
        case ast.Call(func=ast.Name(id=name), keywords=keywords) if name in TWINS:
            yield with_field(node, func=ast.Name(TWINS[name], ast.Load()))
            yield from without_a_keyword(node, keywords)
        case ast.Call(keywords=keywords):
            yield from without_a_keyword(node, keywords)
        case ast.Tuple(elts=elts, ctx=ast.Load()) | ast.List(elts=elts, ctx=ast.Load()) | ast.Set(elts=elts):
            yield from (with_field(node, elts=rest) for rest in without_one(elts) if rest)
        case ast.Dict(keys=keys, values=values):
            for names, rest in zip(without_one(keys), without_one(values), strict=True):
                yield with_field(node, keys=names, values=rest)
        case ast.If() | ast.IfExp():
            yield from (with_field(node, test=ast.Constant(fixed)) for fixed in (True, False))
        case ast.While():
            yield with_field(node, test=ast.Constant(value=False))
        case ast.comprehension(ifs=ifs):
            yield from (with_field(node, ifs=rest) for rest in without_one(ifs))
        case ast.Return(value=value) if value is not None and ast.unparse(value) != "None":
            yield ast.Return(ast.Constant(None))
        case ast.Expr() | ast.Assign() | ast.Raise() | ast.Delete() | ast.Continue() | ast.Break():
            yield ast.Pass()


def without_a_keyword(node: ast.Call, keywords: list[ast.keyword]) -> Iterator[ast.AST]:
    """The calls that lack one keyword each."""
    for keyword, rest in zip(keywords, without_one(keywords), strict=True):
        if keyword.arg not in UNTOLD:
            yield with_field(node, keywords=rest)


def without_one(items: list) -> Iterator[list]:
    """The lists that lack one item each."""
    return (items[:position] + items[position + 1 :] for position in range(len(items)))


def with_field(node: ast.AST, **fields: object) -> ast.AST:
    """A copy with other fields; what is inside is shared, since only one of the two is ever compiled."""
    return type(node)(**{**dict(ast.iter_fields(node)), **fields})


def shown(node: ast.AST) -> str:
    """The text of a node on one line."""
    if isinstance(node, ast.comprehension):
        return ast.unparse(ast.ListComp(ast.Name("…"), [node]))
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else f"{text[:60]} … {text[-25:]}"


def told(node: ast.AST, changed: ast.AST) -> str:
    """What becomes of a node: what it lacks, where it is long and lacks no more than one part."""
    for field in ("elts", "keywords", "values"):
        before, after = getattr(node, field, None), getattr(changed, field, None)
        if isinstance(before, list) and isinstance(after, list) and len(after) == len(before) - 1:
            (missing,) = [part for part in before if not any(part is other for other in after)]
            return f"without {shown(missing)}"
    return f"→ {shown(changed)}"


def lines(node: ast.AST) -> range:
    """The lines that a node spans."""
    spans = [(part.lineno, part.end_lineno) for part in ast.walk(node) if hasattr(part, "lineno")]
    return range(min(first for first, _ in spans), max(last for _, last in spans) + 1) if spans else range(0)
