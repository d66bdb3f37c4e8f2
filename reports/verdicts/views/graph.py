"""What rests on what, as inline SVG: the sections first, one node each, then the claims of each section.

A node is filled with its verdict and bordered by the grade of its evidence; a mark says that its support is refuted or
missing. Left of a claim stands what it rests on, right of it what rests on it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote

from markupsafe import Markup

from verdicts.views.layering import Place, layered, without_circles, without_detours
from verdicts.views.plain import clip, counted, shorten
from verdicts.views.wording import GLYPHS, STANDINGS, Section, standing

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from verdicts.records import Claim

MOST_NODES: Final = 240  # of a section; beyond, a reader follows the links of the claims instead
WIDTH, HEIGHT = 176, 24  # of a node, as in the style sheet
ACROSS, DOWN = WIDTH + 44, HEIGHT + 10
MARGIN: Final = 8
AIRY: Final = 2  # times as far apart as claims, for the sections
LABEL: Final = 21  # characters
UNSUPPORTED, UNCHECKED = "!", "?"
BELOW, ABOVE = "\0<", "\0>"
"before the id of another section; no claim's id has such a character"
WIDEST: Final = 6.0  # of a line between sections
Edges = dict[tuple[str, str], int]


class Node(NamedTuple):
    """One box."""

    id: str
    "of the element that it leads to"
    label: str
    title: str
    style: str
    mark: str
    "UNSUPPORTED, UNCHECKED or nothing"


class Graph(NamedTuple):
    """The graph of one section, with what is drawn and what is not."""

    section: Section
    drawing: Markup
    drawn: int
    alone: list[Claim]
    "claims that rest on nothing and on which nothing rests"
    left_out: int


def overview(sections: Sequence[Section]) -> Markup:
    """All sections, one node each; a line is as thick as there are claims of the one that rest on the other."""
    edges = _between(sections)
    shown = [section for section in sections if any(section.id in pair for pair in edges)]
    forwards = without_circles(edges)
    places = layered([section.id for section in shown], forwards)
    nodes = {section.id: _section_node(section) for section in shown}
    told = {pair: edges[pair] for pair in without_detours(forwards)}
    return _drawing("How the sections rest on each other", nodes, places, told, AIRY * DOWN)


def graphs(sections: Sequence[Section]) -> list[Graph]:
    """The claims of each section that has any which rest on another, or on which another rests."""
    home = _homes(sections)
    outward: dict[str, list[str]] = {}
    for id, section in home.items():
        for low in section[1]["rests_on"]:
            if low in home and home[low][0] != section[0]:
                outward.setdefault(low, []).append(id)
    drawn = (_graph(section, home, outward) for section in sections)
    return [graph for graph in drawn if graph.drawn]


def anchor(section: Section) -> str:
    """The id of the element that shows a section's graph."""
    return f"page-graph-{section.id}"


def _homes(sections: Iterable[Section]) -> dict[str, tuple[str, Claim]]:
    """The section of each claim, with the claim, by its id."""
    return {claim["id"]: (section.id, claim) for section in sections for claim in section.claims}


def _between(sections: Sequence[Section]) -> Edges:
    home = _homes(sections)
    pairs = ((home[low][0], id) for id, claim in home.values() for low in claim["rests_on"] if low in home)
    return dict(Counter(pair for pair in pairs if pair[0] != pair[1]))


def _graph(section: Section, home: dict[str, tuple[str, Claim]], outward: dict[str, list[str]]) -> Graph:
    members = {claim["id"]: claim for claim in section.claims}
    inner: Edges = {}
    outer: Edges = {}
    for id, claim in members.items():
        for low in claim["rests_on"]:
            if low in members:
                inner[low, id] = 1
            elif low in home:
                outer[f"{BELOW}{home[low][0]}", id] = 1
        for high in outward.get(id, ()):
            outer[id, f"{ABOVE}{home[high][0]}"] = 1
    joined = {end for pair in (*inner, *outer) for end in pair}
    linked = [id for id in members if id in joined]
    kept = set(linked[:MOST_NODES])
    edges = {pair: 1 for pair in (*inner, *outer) if all(end in kept or end not in members for end in pair)}
    stubs = {end for pair in edges for end in pair} - kept
    order = [*sorted(stubs), *linked[:MOST_NODES]]
    nodes = {id: _claim_node(members[id]) if id in members else _stub(id) for id in order}
    drawing = _drawing(f"Claims of {section.name}", nodes, layered(order, edges), edges)
    alone = [claim for id, claim in members.items() if id not in joined]
    return Graph(section, drawing, len(kept), alone, len(linked) - len(kept))


def _claim_node(claim: Claim) -> Node:
    name = standing(claim)
    mark = {False: UNSUPPORTED, None: UNCHECKED, True: ""}[claim["supported"]] if claim["rests_on"] else ""
    said = {UNSUPPORTED: ", rests on something refuted", UNCHECKED: ", rests on something undecided", "": ""}[mark]
    title = f"{claim['id']}: {name}{', ' + claim['grade'] if claim['grade'] else ''}{said}"
    style = f"{name.replace(' ', '-')} {grade_style(claim['grade'])}"
    return Node(claim["id"], f"{GLYPHS[name]} {clip(claim['id'], LABEL)}", title, style, mark)


def grade_style(grade: str | None) -> str:
    """The name of the border of a grade."""
    return f"b-{(grade or 'none').replace(' ', '-')}"


def _section_node(section: Section) -> Node:
    counts = Counter(standing(claim) for claim in section.claims)
    worst = next(name for name in STANDINGS if counts[name])
    told = ", ".join(f"{counts[name]} {name}" for name in STANDINGS if counts[name])
    supports = {claim["supported"] for claim in section.claims if claim["rests_on"]}
    mark = UNSUPPORTED if False in supports else UNCHECKED if None in supports else ""
    return Node(
        anchor(section), shorten(section.name, LABEL + 2), f"{section.name}: {told}", f"{worst} b-section", mark
    )


def _stub(end: str) -> Node:
    """Another section, at the border of the graph of this one."""
    way, id = end[:2], end[2:]
    words = {BELOW: "rests on", ABOVE: "rests on this, in"}[way]
    return Node(
        f"page-graph-{id}",
        clip({BELOW: f"section {id} →", ABOVE: f"→ section {id}"}[way], LABEL + 2),
        f"{words} {id}",
        "stub",
        "",
    )


def _drawing(title: str, nodes: dict[str, Node], places: dict[str, Place], edges: Edges, down: int = DOWN) -> Markup:
    columns = max((place.column for place in places.values()), default=0) + 1
    depth = Counter(place.column for place in places.values())
    rows = max(depth.values(), default=1)
    spots = {
        key: (MARGIN + place.column * ACROSS, MARGIN + place.row * down + (rows - depth[place.column]) * down // 2)
        for key, place in places.items()
    }
    width, height = 2 * MARGIN + columns * ACROSS - (ACROSS - WIDTH), 2 * MARGIN + rows * down - (down - HEIGHT)
    parts = [
        Markup('<svg class="graph" role="group" aria-label="{}" width="{}" height="{}">').format(
            f"{title}: {counted(len(nodes), 'node')}", width, height
        ),
        *_lines(spots, edges),
        *(_box(nodes[key], spots[key]) for key in sorted(spots, key=lambda key: spots[key])),
        Markup("</svg>"),
    ]
    return Markup("").join(parts)


def _lines(spots: dict[str, tuple[int, int]], edges: Edges) -> list[Markup]:
    """The edges, those of one thickness in one path."""
    paths: defaultdict[float, list[str]] = defaultdict(list)
    for (low, high), weight in edges.items():
        (x0, y0), (x1, y1) = spots[low], spots[high]
        y0, y1 = y0 + HEIGHT // 2, y1 + HEIGHT // 2
        middle = (x0 + WIDTH + x1) // 2
        curve = f"M{x0 + WIDTH} {y0}C{middle} {y0} {middle} {y1} {x1} {y1}"
        paths[min(WIDEST, 0.5 + weight / 2)].append(curve)
    line = Markup('<path class=e stroke-width={} d="{}"/>')
    return [line.format(width, "".join(curves)) for width, curves in sorted(paths.items())]


def _box(node: Node, spot: tuple[int, int]) -> Markup:
    mark = Markup("<text class=k>{}</text>").format(node.mark) if node.mark else ""
    box = '<a class="{}" href="#{}" transform="translate({} {})"><title>{}</title><rect rx=3 /><text>{}</text>{}</a>'
    title = clip(node.title, 160)
    return Markup(box).format(node.style, quote(node.id, safe="/"), *spot, title, node.label, mark)  # noqa: S704
