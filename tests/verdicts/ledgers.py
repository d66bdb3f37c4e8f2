"""Random ledgers, of whatever a claim, a file or a run can contain."""

from __future__ import annotations

from hypothesis import strategies as st
from verdicts.ledger import conclude, summarize
from verdicts.records import blank_case
from verdicts.vocabulary import CURVE_KINDS, GATES, GRADES, KINDS, STANDINGS, VERDICTS

from tests.verdicts import sample

NASTY = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "a[b] c'd\"e", "a|b`c\nd", "\x1b[2J\x1b]0;owned\x07",
    "\ud800", "\u202eright to left", "]]>", "&amp;", "[link](javascript:alert(1))", "https://away.example",
    "www.away.example",
    "\0\x85\ufffe", "{{ 7 * 7 }}", "```", "x" * 20_000, "--- | ---", "::error::", "",
]  # fmt: skip
texts = st.sampled_from(NASTY) | st.text(st.characters(), max_size=12)
numbers = st.sampled_from(["0", "-1", "1.5", "1e-30", "-2E99999", "9" * 5_000, f"3.{'0' * 999}1", "2.75"])
ends = st.tuples(st.none() | numbers, st.none() | numbers).map(
    lambda pair: list(pair) if None in pair or float(pair[0]) <= float(pair[1]) else [pair[1], pair[0]]
)


places = st.sampled_from(["0", "-1", "1.5", "1e-110", "-9.9e99", "9" * 60, "2.75"])
points = st.tuples(places, places, places).map(lambda point: [point[0], *sorted(point[1:], key=float)])
curves = st.fixed_dictionaries(
    {
        "figure": st.sampled_from(["Figure 1", "Figure 2"]) | texts.filter(bool),
        "name": texts.filter(bool),
        "kind": st.sampled_from(CURVE_KINDS),
        "x": texts,
        "y": texts,
        "points": st.lists(points, min_size=1, max_size=4),
    }
)


quotes = st.lists(
    st.fixed_dictionaries(
        {
            "printed": texts,
            "standing": st.sampled_from(STANDINGS),
            "elsewhere": st.lists(texts, max_size=3),
            "near": st.lists(texts, max_size=4),
        }
    ),
    min_size=1,
    max_size=3,
)


gaps = st.fixed_dictionaries(
    {
        "section": st.sampled_from(["1", "E"]),
        "number": texts,
        "places": st.lists(texts, max_size=5),
        "waived": texts,
    }
)


@st.composite
def cases(draw, id):
    facts = {key: draw(texts) for key in ("reason", "stated", "because", "method", "reproduce", "statement")}
    left = draw(st.lists(curves, max_size=2, unique_by=lambda curve: (curve["figure"], curve["name"])))
    case = blank_case(
        **facts,
        id=id,
        reading=draw(st.none() | texts),
        primary=draw(st.booleans()),
        verdict=draw(st.sampled_from(VERDICTS)),
        grade=draw(st.none() | st.sampled_from(GRADES)),
        printed=draw(st.lists(texts, max_size=2)),
        accepted=draw(st.none() | ends),
        open=[draw(st.booleans()), draw(st.booleans())],
        computed=draw(st.none() | ends),
        resolution=draw(st.none() | numbers),
        level=draw(st.none() | numbers),
        weak=draw(st.booleans()),
        twin=draw(st.none() | st.booleans()),
        samples=draw(st.none() | st.integers(0, 10**6)),
        counterexample=draw(st.none() | texts),
        slack=draw(st.none() | texts),
        gate=draw(st.none() | st.sampled_from(GATES)),
    )
    return case | {"curves": left} if left else case


@st.composite
def ledgers(draw):
    """A ledger with a few claims, each with a few cases; its gates, problems and exit status in any combination."""
    made = sample.ledger()
    ids = draw(st.lists(texts.filter(bool), unique=True, max_size=3))
    made["claims"] = [
        sample.claim(
            id,
            draw(st.sampled_from(["1", "E", ""])),
            draw(st.sampled_from(KINDS)),
            [draw(cases(name)) for name in draw(st.lists(texts, unique=True, max_size=2))],
            **{key: draw(texts) for key in ("at", "says", "note", "tex")},
            rests_on=draw(st.lists(st.sampled_from([*ids[:number], "elsewhere"]), max_size=2)),
            instead=draw(st.none() | st.sampled_from([*ids, "elsewhere"])),
        )
        | draw(st.just({}) | st.fixed_dictionaries({"quoted": quotes}))
        for number, id in enumerate(ids)
    ]
    conclude(made["claims"])
    made["summary"] = summarize(made["claims"])
    made["paper"] |= {key: draw(texts) for key in ("title", "url", "version")}
    made["run"] |= {
        "exit_status": draw(st.integers(0, 5)),
        "problems": draw(st.lists(texts.filter(bool), max_size=2)),
        "interrupted": draw(st.none() | texts.filter(bool)),
        "whole": draw(st.booleans()),
        "complete": draw(st.booleans()),
        "command": draw(texts),
    }
    if draw(st.booleans()):
        made["uncovered"] = draw(st.lists(gaps, max_size=3))
    return made
