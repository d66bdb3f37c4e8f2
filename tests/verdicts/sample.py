"""A small made-up ledger with every verdict, kind, grade, gate, reading and shape of interval, and hostile text."""

# ruff: noqa: E501  one case is one line
from __future__ import annotations

from copy import deepcopy
from typing import Any

from verdicts.check import stored_resolution
from verdicts.intervals import read_ends, resolution
from verdicts.ledger import conclude, statement_hash, summarize
from verdicts.records import Case, Claim, Ledger, blank_case

HOSTILE = "<script>alert('x')</script> \"quotes\" & `ticks` | pipe\nline, ünïcødé 𝔼‖x‖² ≤ 1, " + "verylongword" * 12

SECTIONS = [
    {"id": "1", "title": "Introduction"},
    {"id": "3", "title": "Sign captures directional energy"},
    {"id": "6", "title": "Sign against magnitude"},
    {"id": "E", "title": "Outliers & <leverage>"},
]


def case(claim: str, name: str = "", **given: Any) -> Case:
    """One case: holds, by proof, inside [4.95, 5.05], unless given otherwise."""
    usual = {
        "id": name,
        "verdict": "holds",
        "grade": "proof",
        "printed": ["5.0"],
        "stated": "5.0",
        "accepted": ["4.95", "5.05"],
        "computed": ["5.0003", "5.0004"],
        "twin": True,
        "method": "ball, 64 bits",
        "looks": None if "accepted" in given and given["accepted"] is None else 1,
        "gate": "equal",
        "seconds": 0.01,
        "reproduce": f'pytest "claims/x.py::test_{claim}[{name}]"',
    }
    made = blank_case(**usual | given)
    if made["accepted"] and made["computed"]:
        sets = read_ends(made["accepted"], made["open"]), read_ends(made["computed"])
        made["resolution"] = stored_resolution(resolution(*sets))
    return made


def curve(figure: str, name: str, *points: tuple[str, str, str], kind: str = "line", **axes: str) -> Any:
    """What a case leaves for a figure."""
    return {"figure": figure, "name": name, "kind": kind, "x": "", "y": "", "points": list(map(list, points))} | axes


CURVES = {
    "6.theorem3": [
        curve("Figure 2", "printed", ("0.01", "3.6", "3.6"), ("0.1", "2.9", "2.9"), kind="points", x="p", y="ratio"),
        curve(
            "Figure 2", "exact", ("0.01", "437", "437"), ("0.1", "3.1", "3.1"), ("0.5", "1.3", "1.4"), x="p", y="ratio"
        ),
        curve("Figure 10", "one point", ("0", "0", "0")),
    ],
    "3.hostile": [
        curve("Figure 2", HOSTILE, ("0.01", "2", "5"), ("0.5", "1", "4"), kind="band", x=HOSTILE, y=HOSTILE),
        curve(HOSTILE, "far", ("-9e99", "-9e99", "9e99"), ("1e-110", "0", "1e-110"), kind="points", y="log"),
    ],
}


def claim(id: str, section: str, kind: str, cases: list[Case], **given: Any) -> Any:
    """One claim of the given cases; `conclude` fills in the rest."""
    return {
        "id": id,
        "at": "Equation (28)",
        "also_at": [],
        "section": section,
        "says": "R(α, 2048) by the exact formula",
        "tex": "",
        "kind": kind,
        "rests_on": [],
        "note": "",
        "instead": None,
        "primary": next((case["reading"] for case in cases if case["reading"] and case["primary"]), ""),
        "file": "x.py",
        "line": 1,
        "cases": cases,
    } | given


def _claims() -> list[Claim]:
    search = {
        "printed": [],
        "stated": "",
        "accepted": None,
        "computed": None,
        "resolution": None,
        "method": "search",
        "grade": "search",
    }
    refuted = {"verdict": "refuted", "twin": True}
    not_run = {"verdict": "not run", "accepted": None, "computed": None, "printed": [], "stated": "", "resolution": None, "twin": None,
               "grade": None, "method": "", "gate": None, "looks": None, "seconds": 0.0, "reason": "needs the model TinyLlama-1.1B (run: pytest claims/ --models)"}  # fmt: skip
    return [
        claim("1.constant", "1", "number", [
            case("c", computed=["2.7519383938841099", "2.7519383938841101"], accepted=["2.745", "2.755"], stated="2.75", printed=["2.75"]),
        ], at="Abstract", also_at=["Section 1.2", "Theorem 3"], says="The ratio is about 2.75",
            tex=r"\frac{\pi}{\pi-2}\approx 2.75", rests_on=["6.theorem3"]),
        claim("6.theorem3", "6", "theorem", [
            case("t", "p=0.01", **refuted, computed=["5.7312345678901", "5.7312345678902"]),
            case("t", "p=0.1", printed=["5", "7"], stated="5 to 7", accepted=["5", "7"], computed=["5.9", "6.1"], weak=True),
            case("t", "p=0.5", **refuted, printed=["19"], stated="≤ 19", accepted=[None, "19"], computed=["28.1", "28.2"], gate="changed"),
        ], at="Theorem 3", says="The transverse ratio converges to π/(π−2)", instead="6.theorem3.corrected",
            tex=r"\mathbb{E}\|P_\perp \Delta y\|^2 \to \frac{\pi}{\pi-2}", note="The printed ratio drops a factor."),
        claim("6.theorem3.corrected", "6", "extension", [case("c", accepted=["0", None], open=[True, False], gate="new")]),
        claim("3.hostile", "3", "wording", [
            case("h", HOSTILE, **search, verdict="refuted", counterexample=f"n=1, w={HOSTILE}", slack="0.02 (label)",
                 samples=200, seed=12345678901234567890, because=HOSTILE),
        ], at="Section 3 <b>", says=HOSTILE, note=HOSTILE),
        claim("3.search", "3", "step", [case("s", **search, samples=1000, seed=7, slack="0.5")], rests_on=["3.hostile"]),
        claim("3.readings", "3", "theorem", [
            case("r", "first order", reading="first order", grade="statistics", samples=4096, looks=2, level="5e-10", seed=3),
            case("r", "difference", reading="actual difference", primary=False, **refuted, computed=["7", "8"]),
        ]),
        claim("3.undecided", "3", "measurement", [
            case("u", verdict="inconclusive", computed=["4.2", "5.01"], grade="author data", stated="~5", twin=True,
                 because="half a unit", reason="the computed interval overlaps the edge of the accepted one"),
        ]),
        claim("E.model", "E", "measurement", [
            case("m", "layer 12", **not_run | {"grade": "model", "gate": "excused"}), case("m", "max", **not_run | {"gate": "lost"}),
        ]),
        claim("E.infinite", "E", "number", [
            case("i", "below", accepted=[None, "2"], open=[False, True], computed=["1e-30", "2e-30"], stated="< 2"),
            case("i", "everything", accepted=["-1", "1"], computed=[None, None], verdict="inconclusive", stated="0", twin=False),
            case("i", "far", accepted=["-1e-12", "1e-12"], computed=["1e12", None], **refuted, stated="0", gate="stale"),
            case("i", "thin", accepted=["-1000000", "1000000"], computed=["3.00000000001", "3.00000000002"], stated="3"),
            case("i", "edge", accepted=["0", "1"], computed=["1.0000000001", "1.0000000002"], **refuted, stated="1"),
        ], also_at=["Table 20"]),
        claim("E.arithmetic", "E", "number", [case("a", grade="arithmetic", gate="weaker", seconds=1.5)], at="Table 20"),
        claim("E.agrees", "E", "theorem", [
            case("g", accepted=["0", "1e-30"], computed=["0", "2.5e-33"], stated="agrees at 12 points to 30 digits",
                 grade="instances", samples=12, printed=[]),
        ], rests_on=["E.model", "E.elsewhere"]),
        claim("E.text", "E", "wording", [
            case("x", accepted=["3", "3"], computed=["3", "3"], grade="text", printed=["3"], stated="3", method="Section 2.1 lists them"),
        ]),
        claim("E.review", "E", "review", [case("v", gate=None)]),
        claim("E.replication", "E", "replication", [case("p", **not_run | {"grade": "model"}), case("p", "lost", **not_run | {
            "gate": "gone", "reason": "in the baseline, no longer collected", "reproduce": ""})]),
        claim("3.gone", "", "step", [case("g", **not_run | {"gate": "gone", "reason": "in the baseline, no longer collected",
                                                            "reproduce": ""})]),
    ]  # fmt: skip


def settle(claims: list[Claim]) -> list[Claim]:
    """Fill in what follows from the cases."""
    for claim in claims:
        for case in claim["cases"]:
            case["statement"] = "" if case["verdict"] == "not run" else statement_hash(claim, case)
    conclude(claims)
    return claims


def ledger() -> Ledger:
    """A fresh copy of the made-up ledger."""
    claims = settle(_claims())
    for claim in claims:
        if claim["id"] in CURVES:
            claim["cases"][0]["curves"] = deepcopy(CURVES[claim["id"]])
    return {
        "schema": "verdicts/2",
        "paper": {
            "id": "arXiv:2605.18933",
            "title": "A Geometric Analysis of Sign-Magnitude Asymmetry in a ReLU + RMSNorm Block",
            "version": "v1",
            "url": "https://arxiv.org/abs/2605.18933v1",
        },
        "sections": deepcopy(SECTIONS),
        "run": {
            "started": "2026-11-23T10:00:00+00:00",
            "seconds": 12.3,
            "command": "pytest claims/ -n auto",
            "commit": "0123456789abcdef0123456789abcdef01234567",
            "dirty": True,
            "python": "3.11.7",
            "platform": "Linux-6.1-x86_64",
            "packages": {"hypothesis": "6.1", "numpy": "2.0"},
            "device": "cpu",
            "workers": 2,
            "seed": 0,
            "interrupted": None,
            "problems": ["claims/broken.py: ImportError: no module named 'nothing'"],
            "whole": True,
            "complete": True,
            "exit_status": 1,
        },
        "summary": summarize(claims),
        "claims": claims,
    }


def large(claims: int, cases: int) -> Ledger:
    """A ledger of so many claims with so many cases each, some of them refuted."""
    made = ledger()
    made["claims"] = [
        claim(f"E.many.{i:05d}", "E", "number", [
            case("many", f"{j}", reproduce=f'pytest "claims/appendix_e_outliers.py::test_many_{i}[{j}]"',
                 **({"verdict": "refuted", "computed": ["6.00031", "6.00042"]} if (i + j) % 9 == 0 else {}))
            for j in range(cases)
        ])
        for i in range(claims)
    ]  # fmt: skip
    settle(made["claims"])
    made["summary"] = summarize(made["claims"])
    return made
