"""The figures: drawn from what claims left, told in words to those who cannot see, bounded, and inert."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdicts.views import FORMATS
from verdicts.views.figures import Trace, figures
from verdicts.views.html import render
from verdicts.views.plain import readable
from verdicts.views.plotting import axis, plot

from tests.verdicts import sample
from tests.verdicts.ledgers import ledgers

SVG = "{http://www.w3.org/2000/svg}"


def with_curves(*left):
    """A ledger of one claim with a case for each of these lists of curves."""
    made = sample.ledger()
    cases = [sample.case("c", str(number)) | {"curves": curves} for number, curves in enumerate(left)]
    made["claims"] = sample.settle([sample.claim("c", "1", "number", cases)])
    return made


def drawn(*curves):
    """The one figure of these curves, as an element."""
    (figure,) = figures(with_curves(list(curves)))
    text = str(plot(figure, "id")).replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return ET.fromstring(text)


def texts(svg, name):
    return [element.text for element in svg.iter(f"{SVG}text") if element.get("class") == name]


def paths(svg, name):
    return [element.get("d") for element in svg.iter(f"{SVG}path") if element.get("class") == name]


def numbers(path):
    return [float(number) for number in re.findall(r"-?[0-9.]+", path)]


# what is gathered


def test_figures_come_in_their_order():
    assert [figure.place for figure in figures(sample.ledger())][1:] == ["Figure 2", "Figure 10"]


def test_cases_of_a_claim_draw_one_curve_and_claims_draw_their_own():
    point = [sample.curve("Figure 1", "n", (str(x), "1", "1"), kind="points", x="p") for x in (3, 10, 2)]
    made = with_curves([point[0]], [point[1]], [point[2]])
    made["claims"] += sample.settle([sample.claim("d", "1", "number", [sample.case("d") | {"curves": [point[0]]}])])
    (figure,) = figures(made)
    assert figure.traces == [
        Trace("c", "n", "points", [("2", "1", "1"), ("3", "1", "1"), ("10", "1", "1")], 3),
        Trace("d", "n", "points", [("3", "1", "1")], 1),
    ]
    assert (figure.x, figure.y, figure.heading) == ("p", "", "Figure 1")


def test_an_axis_says_each_thing_once():
    curves = [sample.curve("Figure 1", name, ("1", "1", "1"), x="p", y=y) for name, y in zip("abc", "cdc", strict=True)]
    (figure,) = figures(with_curves(curves))
    assert (figure.x, figure.y, figure.heading) == ("p", "c, d", "Figure 1: c, d against p")


def test_figures_that_are_not_in_the_paper_come_last_and_say_so():
    places = ["Not in the paper: powers", "Table 2", "Figure 3", "Not in the paper: limits"]
    made = figures(with_curves([sample.curve(place, "n", ("1", "1", "1"), x="n", y="2ⁿ") for place in places]))
    assert [figure.heading for figure in made] == [
        "Figure 3: 2ⁿ against n",
        "Table 2: 2ⁿ against n",
        "Not in the paper: powers",
        "Not in the paper: limits",
    ]
    assert [plot(figure, "id").count("2ⁿ") for figure in made] == [3, 3, 2, 2]  # the axis, the description, the title


# how it is drawn


def test_a_line_goes_through_its_points_from_left_to_right():
    svg = drawn(sample.curve("Figure 1", "n", ("0", "0", "0"), ("1", "2", "2"), ("2", "1", "1")))
    ((x0, y0, x1, y1, x2, y2),) = map(numbers, paths(svg, "l"))
    assert x0 < x1 < x2
    assert y1 < y2 < y0  # upwards on the screen is downwards in its numbers
    assert x1 - x0 == pytest.approx(x2 - x1, abs=0.2)
    assert y0 - y1 == pytest.approx(2 * (y0 - y2), abs=0.2)


def test_an_interval_is_drawn_by_its_ends_alone():
    svg = drawn(sample.curve("Figure 1", "n", ("0", "1", "3"), ("1", "2", "2"), kind="points"))
    (bar,), (marks,) = paths(svg, "s"), paths(svg, "m")
    assert len(re.findall("V", bar)) == 1
    assert len(re.findall(r"M", marks)) == 3
    x, low, high = numbers(bar)
    assert f"M{x} {low}m" in marks
    assert f"M{x} {high}m" in marks
    svg = drawn(sample.curve("Figure 1", "n", ("0", "1", "1.01"), ("1", "2", "2"), kind="points"))
    assert not paths(svg, "s")  # a mark covers it
    (line,) = paths(drawn(sample.curve("Figure 1", "n", ("0", "1", "3"), ("1", "2", "2"))), "l")
    assert line.count("M") == 2
    (band,) = paths(drawn(sample.curve("Figure 1", "n", ("0", "1", "3"), ("1", "2", "2"), kind="band")), "f")
    assert band.endswith("z")
    assert len(numbers(band)) == 6  # three corners: the second point is one number


def test_curves_differ_in_more_than_colour():
    points = [sample.curve("Figure 1", name, ("0", "1", "1"), kind="points") for name in "abc"]
    lines = [sample.curve("Figure 1", name, ("0", "1", "1"), ("1", "2", "2")) for name in "def"]
    svg = drawn(*points, *lines)
    assert len({path.partition("m")[2] for path in paths(svg, "m")}) == 3
    dashes = [element.get("stroke-dasharray") for element in svg.iter(f"{SVG}path") if element.get("class") == "l"]
    assert len(set(dashes)) == 3
    groups = list(svg.iter(f"{SVG}g"))
    assert len({group.get("class") for group in groups}) == 6
    assert sorted(group.find(f"{SVG}title").text for group in groups) == list("abcdef")


def test_values_of_many_decades_stand_on_a_logarithmic_axis():
    refuted = sample.curve("Figure 2", "refuted", ("256", "437", "437"), ("8192", "1.3", "3.6"), y="ratio")
    svg = drawn(refuted)
    assert texts(svg, "yt") == ["2", "5", "10", "20", "50", "100", "200", "500"]
    assert "from 1.3 to 437, logarithmic" in svg.find(f"{SVG}desc").text
    assert texts(svg, "xt") == ["0", "2000", "4000", "6000", "8000"]
    assert axis(1, 100).is_log is False
    assert axis(1, 101).is_log is True
    assert axis(0, 10**6).is_log is axis(-1, 10**6).is_log is False


sizes = st.floats(1e-110, 9e99)
finite = sizes | sizes.map(float.__neg__) | st.sampled_from([0.0, 1e-110, 2.75, 437.0])


@given(finite, finite)
def test_ticks_are_few_round_and_within_the_axis(one, other):
    low, high = sorted([one, other])
    side = axis(low, high)
    assert 0 < side.share(low) <= side.share(high) < 1
    ticks = side.ticks
    assert 2 <= len(ticks) <= 10
    assert all(0 <= side.share(float(tick)) <= 1 + 1e-9 for tick in ticks)
    assert all(left < right for left, right in pairwise(ticks))
    assert all(len(tick.normalize().as_tuple().digits) <= 7 for tick in ticks)


def test_a_flat_curve_lies_in_the_middle():
    svg = drawn(sample.curve("Figure 1", "n", ("1", "2.75", "2.75"), ("2", "2.7500001", "2.7500001")))
    ((_, y0, _, y1),) = map(numbers, paths(svg, "l"))
    assert (y0, y1) == (pytest.approx(182, abs=0.2), pytest.approx(182, abs=0.2))
    assert max(map(len, texts(svg, "yt"))) <= 8


DRAW = """
from tests.verdicts import sample
from verdicts.views.figures import figures
from verdicts.views.plotting import plot, swatches
for number, figure in enumerate(figures(sample.ledger())):
    print(plot(figure, f"figure-{number}"), *swatches(figure))
"""


@pytest.mark.long
def test_a_ledger_is_drawn_in_the_same_bytes_by_every_process():
    """One process alone would hide what depends on the order of a set."""
    once, again = (
        subprocess.check_output([sys.executable, "-c", DRAW], env=os.environ | {"PYTHONHASHSEED": seed})
        for seed in ("1", "2")
    )
    assert once == again
    assert once.count(b'<svg class="plot') == len(figures(sample.ledger()))


# told in words


def test_a_figure_is_told_to_those_who_cannot_see():
    svg = drawn(
        sample.curve("Figure 1", "limit", ("0", "1", "1"), ("0.5", "2", "2"), x="p", y="c(p)"),
        sample.curve("Figure 1", "printed", ("0.25", "1.5", "2.5"), kind="points"),
    )
    assert (svg.get("role"), svg.get("aria-labelledby")) == ("img", "id-title id-desc")
    assert svg.find(f"{SVG}title").text == "Figure 1: c(p) against p"
    assert svg.find(f"{SVG}desc").text == (
        "Horizontal axis: p, from 0 to 0.5. Vertical axis: c(p), from 1 to 2.5. "
        "2 curves: limit (line, 2 points); printed (points, 1 point)."
    )


def test_the_page_has_each_figure_with_its_sources_and_its_points():
    page = render(sample.ledger())
    section = page[page.index("<section class=figures") : page.index("<h2 id=page-sections")]
    assert section.count("<svg class=plot") == len(figures(sample.ledger())) == 3
    assert "<b>exact</b> (line, 3 points), left by <a href=#6.theorem3>6.theorem3</a>" in section
    assert "<tr><th scope=row>0.5<td>[1.3, 1.4]" in section
    assert "<tr><th scope=row>0.01<td>437" in section
    assert "<span>Drawn in</span> <a href=#page-figure-2>Figure 2</a>, <a href=#page-figure-3>Figure 10</a>" in page


def test_a_page_without_curves_has_no_figures():
    assert "<figure" not in render(with_curves())
    assert "Drawn in" not in render(with_curves())


def test_markdown_names_a_figure_and_has_a_small_table_of_it():
    made = with_curves([
        sample.curve("Figure 1", "limit", ("0", "1", "1"), ("0.5", "2", "2"), x="p", y="c(p)"),
        sample.curve("Figure 1", "one", ("0", "3", "3"), kind="points"),
    ])  # fmt: skip
    page = FORMATS["markdown"](made)
    table = (
        "## Figure 1\\: c\\(p\\) against p",
        "",
        "| curve | drawn as | p | c\\(p\\) | left by |",
        f"|{' --- |' * 5}",
        "| limit | line, 2 points | 0 to 0.5 | 1 to 2 | `c` |",
        "| one | points, 1 point | 0 | 3 | `c` |",
        "",
    )
    assert "\n".join(table) in page


@pytest.mark.parametrize("format", ["text", "junit"])
def test_other_views_leave_curves_alone(format):
    without = sample.ledger()
    for claim in without["claims"]:
        for case in claim["cases"]:
            case.pop("curves", None)
    assert FORMATS[format](sample.ledger()) == FORMATS[format](without)


# bounded and inert


@pytest.mark.long
def test_what_one_figure_draws_is_bounded_and_says_so():
    points = [(f"{number}.123456789012", "1", f"{number % 97}.5") for number in range(1, 1_001)]
    left = [
        [sample.curve("Figure 1", f"{name}", *points, kind=kind) for name in range(24)]
        for kind in ("points", "points", "line")
    ]
    (figure,) = figures(with_curves(*left))
    assert [len(figure.traces), figure.left_out] == [12, 36]
    trace = figure.traces[0]
    assert (len(trace.points), trace.total, trace.words) == (1_000, 2_000, "points, 1,000 of 2,000 points")
    assert (trace.points[0], trace.points[-1]) == (points[0], points[-1])
    assert len(plot(figure, "id")) < 2_000_000
    page = render(with_curves(*left))
    assert "and 36 curves more, which the ledger has" in page
    assert "0: 60 of 2,000 points" in page


def test_no_more_figures_are_drawn_than_a_reader_looks_at():
    many = [sample.curve(f"Figure {number}", "n", ("1", "1", "1")) for number in range(1, 25)]
    assert [figure.place for figure in figures(with_curves(many))] == [f"Figure {n}" for n in range(1, 13)]


@given(ledgers())
def test_whatever_the_ledger_contains_a_figure_is_well_formed_and_inert(ledger):
    for figure in figures(readable(ledger)):
        svg = ET.fromstring(str(plot(figure, "id")))
        assert {element.tag for element in svg.iter()} <= {"svg", "title", "desc", "path", "text", "g"}
        attributes = {name for element in svg.iter() for name in element.attrib}
        assert attributes <= {"class", "viewBox", "role", "aria-labelledby", "id", "d", "x", "y", "stroke-dasharray"}
        for path in svg.iter("path"):
            assert re.fullmatch(r"[-0-9. a-zA-Z]+", path.get("d"))
            assert "nan" not in path.get("d")
            assert "inf" not in path.get("d")
