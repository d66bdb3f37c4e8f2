"""A directed graph in layers: what rests on nothing on the left, each other node to the right of what it rests on."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

SWEEPS: Final = 4  # over the layers, to have few edges cross; more change little


class Place(NamedTuple):
    """Where a node stands."""

    column: int
    row: int


def without_circles(edges: Mapping[tuple[str, str], int]) -> list[tuple[str, str]]:
    """As many edges as leave no circle, the heaviest first. For few nodes: each edge is held against all others."""
    above: defaultdict[str, set[str]] = defaultdict(set)
    kept = []
    for (low, high), _ in sorted(edges.items(), key=lambda edge: -edge[1]):
        if low != high and low not in _reached(above, high):
            above[low].add(high)
            kept.append((low, high))
    return kept


def without_detours(edges: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The edges, without circles, that no longer way replaces. For few nodes, too."""
    above: defaultdict[str, set[str]] = defaultdict(set)
    for low, high in edges:
        above[low].add(high)
    return [
        (low, high)
        for low, high in edges
        if not any(high in _reached(above, other) for other in above[low] if other != high)
    ]


def _reached(above: Mapping[str, Iterable[str]], start: str) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        new = set(above.get(waiting.pop(), ())) - found
        found |= new
        waiting += new
    return found


def layered(nodes: Sequence[str], edges: Iterable[tuple[str, str]]) -> dict[str, Place]:
    """A place for each node: its column is the longest way to it.

    Args:
        nodes: in the order in which they stand where nothing else decides.
        edges: each from a node to one that rests on it, without circles.
    """
    below: dict[str, list[str]] = {node: [] for node in nodes}
    above: dict[str, list[str]] = {node: [] for node in nodes}
    for low, high in edges:
        below[high].append(low)
        above[low].append(high)
    columns = _columns(below, above)
    layers: list[list[str]] = [[] for _ in range(max(columns.values(), default=-1) + 1)]
    for node in nodes:
        layers[columns[node]].append(node)
    for sweep in range(SWEEPS):
        forwards = sweep % 2 == 0
        order = layers if forwards else layers[::-1]
        for fixed, moved in pairwise(order):
            _settle(fixed, moved, below if forwards else above)
    return {node: Place(column, row) for column, layer in enumerate(layers) for row, node in enumerate(layer)}


def _columns(below: Mapping[str, list[str]], above: Mapping[str, list[str]]) -> dict[str, int]:
    missing = {node: len(lower) for node, lower in below.items()}
    columns = dict.fromkeys(below, 0)
    ready = [node for node, number in missing.items() if not number]
    for node in ready:  # grows while it is gone through
        for high in above[node]:
            columns[high] = max(columns[high], columns[node] + 1)
            missing[high] -= 1
            if not missing[high]:
                ready.append(high)
    return columns


def _settle(fixed: list[str], moved: list[str], near: Mapping[str, list[str]]) -> None:
    """Sort a layer by the mean row of the neighbours in the one beside it; what has none stays about where it is."""
    rows = {node: row for row, node in enumerate(fixed)}
    means: dict[str, float] = {}
    for row, node in enumerate(moved):
        known = [rows[other] for other in near[node] if other in rows]
        means[node] = sum(known) / len(known) if known else row
    moved.sort(key=means.__getitem__)
