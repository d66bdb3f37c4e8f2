"""The graph: a layer for each step, a box for each claim, a mark where support is refuted or missing."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from verdicts.views import graph
from verdicts.views.layering import layered, without_circles, without_detours
from verdicts.views.wording import sections

from tests.verdicts import sample

edges_of = st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20)


@given(edges_of)
def test_each_node_stands_right_of_what_it_rests_on_and_alone_at_its_place(pairs):
    edges = [(str(low), str(high)) for low, high in pairs if low < high]
    places = layered([str(node) for node in range(8)], edges)
    assert all(places[low].column < places[high].column for low, high in edges)
    assert len(set(places.values())) == 8
    assert all(
        place.column == 0 or any(places[low].column == place.column - 1 for low, high in edges if high == node)
        for node, place in places.items()
    )


@given(edges_of)
def test_circles_are_broken_and_no_edge_is_lost_that_closes_none(pairs):
    kept = without_circles({(str(low), str(high)): 1 for low, high in pairs})
    layered([str(node) for node in range(8)], kept)
    places = layered([str(node) for node in range(8)], kept)
    assert all(places[low].column < places[high].column for low, high in kept)
    forwards = {(str(low), str(high)): 1 for low, high in pairs if low < high}
    assert sorted(without_circles(forwards)) == sorted(forwards)


def test_the_heaviest_edge_stays_where_a_circle_is_broken():
    assert without_circles({("a", "b"): 1, ("b", "a"): 5}) == [("b", "a")]


def test_an_edge_that_a_longer_way_replaces_is_left_out():
    assert without_detours([("a", "b"), ("b", "c"), ("a", "c")]) == [("a", "b"), ("b", "c")]


def drawn(section):
    return next(each for each in graph.graphs(sections(sample.ledger())) if each.section.id == section)


def box(drawing, id):
    return re.search(rf'<a class="([^"]*)" href="#{re.escape(id)}".*?</a>', drawing)


def test_a_box_has_its_verdict_its_grade_and_a_mark():
    constant = box(drawn("1").drawing, "1.constant")
    assert constant[1] == "holds b-proof"
    assert "1.constant: holds, proof, rests on something refuted</title>" in constant[0]
    assert "<text class=k>!</text>" in constant[0]
    agrees = box(drawn("E").drawing, "E.agrees")
    assert "<text class=k>?</text>" in agrees[0]
    assert "class=k" not in box(drawn("E").drawing, "E.model")[0]
    assert box(drawn("E").drawing, "E.model")[1] == "not-run b-model"


def test_claims_of_other_sections_are_one_box_at_the_border():
    assert box(drawn("1").drawing, "page-graph-6")[0].endswith("<text>section 6 →</text></a>")
    assert box(drawn("6").drawing, "page-graph-1")[0].endswith("<text>→ section 1</text></a>")


def test_what_stands_alone_is_told_and_not_drawn():
    text = drawn("E")
    assert "E.text" in {claim["id"] for claim in text.alone}
    assert not box(text.drawing, "E.text")
    assert (text.drawn, text.left_out) == (2, 0)


def test_of_very_many_claims_some_are_drawn(monkeypatch):
    monkeypatch.setattr(graph, "MOST_NODES", 1)
    assert (drawn("E").drawn, drawn("E").left_out) == (1, 1)


def test_the_overview_has_a_box_for_each_section_that_is_joined_to_another():
    overview = graph.overview(sections(sample.ledger()))
    assert re.findall(r'href="#page-graph-(\w)"', overview) == ["6", "1"]
    assert "<path class=e" in overview
