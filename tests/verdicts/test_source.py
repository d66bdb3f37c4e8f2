"""What claims quote is looked up in the paper's text, and the numbers of the text that no claim states are told."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdicts.anchoring import Anchoring
from verdicts.cli import main
from verdicts.digits import digits_of, numbers
from verdicts.listing import why
from verdicts.manuscript import lines_of_text, once, read_manuscript
from verdicts.markup import lines_of_html, lines_of_latex
from verdicts.paper import read_paper
from verdicts.views.quoting import quoted_words
from verdicts.waivers import read_waivers

PAPER = """
id = "p"
version = "v1"
title = "P"
[[sections]]
id = "Abstract"
title = "Abstract"
places = ["Abstract"]
[[sections]]
id = "1"
title = "Numbers of many kinds"
places = ["Section 1.1", "Table 1", "Equation (1)", "Footnote 1", "Section 1.2", "Theorem 1"]
[[sections]]
id = "A"
title = "A proof"
places = ["Appendix A.1"]
"""
TEXT = """\
A title
Abstract

The ratio is 2.75, within 0.4%, as told in Section 1.2 and by Someone et al. (2019).

1 Numbers of many kinds
1.1 Constants

The square is 1.414 (1)

Table 1: Two rows of 10 numbers.
one 3.1416 -14.5%
two 2.7183 +1,265

1.2 Theorems
Theorem 1. For n = 2048 it is at most 437, by x = 5\\times 10^{-4}.
References
Someone. A book. 1999, pages 1-777.
Appendix A A proof
A.1 First part
It is 1.414.
"""
HTML = """<html><head><title>77</title><style>a {width: 88px}</style></head><body><nav>66</nav>
<h6>Abstract</h6><p>The ratio is <math alttext="2.75"><mn>2.75</mn><annotation>2.75</annotation></math>, within
<math alttext="0.4\\%"><mn>0.4</mn></math>, as told in <a>Section 1.2</a> and by Someone et&nbsp;al. (2019).</p>
<section><h2><span>1 </span>Numbers of many kinds</h2><h3>1.1 Constants</h3>
<table><tr><td>The square is <math alttext="1.414"></math></td><td>(1)</td></tr></table>
<figure><figcaption>Table 1: Two rows of 10 numbers.</figcaption><table><tbody>
<tr><td>one</td><td><p>3.1416</p></td><td>-14.5%</td></tr><tr><td>two</td><td>2.7183</td><td>+1,265</td></tr>
</tbody></table></figure>
<h3>1.2 Theorems</h3><div>Theorem 1. For <math alttext="n=2048"></math> it is at most 437, by
<math alttext="x=5\\times 10^{-4}"></math>.</div></section>
<h2>References</h2><ul><li>Someone. A book. 1999, pages 1-777.</li></ul>
<h2>Appendix A A proof</h2><h3>A.1 First part</h3><p>It is 1.414.</p></body></html>
"""
LATEX = r"""\documentclass{article} % 55
\newcommand{\x}{66}
\begin{document}
\begin{abstract}
The ratio is $2.75$, within $0.4\%$, as told in Section~\ref{s:12} and by \citet{someone2019}.
\end{abstract}
\section{Numbers of many kinds}\label{s:1}
\subsection{Constants}
\begin{equation}The square is 1.414\end{equation}
\begin{table}\caption{Two rows of 10 numbers.}\begin{tabular}{lll}
one & 3.1416 & -14.5\% \\
two & 2.7183 & +1{,}265
\end{tabular}\end{table}
\subsection{Theorems}
\begin{theorem} For $n = 2048$ it is at most 437, by $x = 5\times 10^{-4}$.\end{theorem}
\section*{References}
Someone. A book. 1999, pages 1-777.
\appendix
\section{A proof}
\subsection{First part}
It is 1.414. % 44
\end{document}
"""
CLAIMS = """
@claim("ratio", at="Abstract", says="the ratio", kind="number")
@pytest.mark.parametrize("stated", ["{ratio}"])
def test_ratio(check, stated): check(printed(stated), proof(Fraction(stated), "by hand"))

@claim("square", at="Section 1.1", says="√2", also_at=["Appendix A.1"])
def test_square(check): check(printed("1.414"), lambda: arb(2).sqrt())

@claim("small", at="Theorem 1", says="at most 437 at n = 2048")
def test_small(check): check(printed("5e-4"), proof(Fraction("0.0005"), "by hand"))

@claim("away", at="Section 1.2", says="of the table")
def test_away(check): check(printed("1,265"), proof(1265, "by hand"))

@claim("beyond", at="Section 1.2", says="not of the paper", kind="extension")
def test_beyond(check): check(printed("123.456"), proof(Fraction("123.456"), "by hand"))
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "claims").mkdir()
    (tmp_path / "claims" / "paper.toml").write_text(PAPER, encoding="utf-8")
    return tmp_path / "claims"


@pytest.fixture(params=[("p.txt", TEXT), ("p.html", HTML), ("p.tex", LATEX)], ids=["text", "html", "latex"])
def source(request, tmp_path):
    name, text = request.param
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / name


@pytest.fixture
def quoting(audit):
    """An audit of the paper above, as it would be with another ratio."""
    (audit.path / "claims" / "paper.toml").write_text(PAPER, encoding="utf-8")
    (audit.path / "p.txt").write_text(TEXT, encoding="utf-8")

    def with_ratio(ratio="2.75"):
        return audit.claims("from fractions import Fraction\n" + CLAIMS.replace("{ratio}", ratio))

    return with_ratio


def test_every_format_is_divided_alike(folder, source):
    passages = Anchoring(folder, source).passages
    said = {place: set().union(*(line.digits for line in passages.of(place))) for place in ("Abstract", "Table 1")}
    assert {"2.75", "0.4"} <= said["Abstract"]
    assert {"3.1416", "14.5", "2.7183", "1265", "10"} <= said["Table 1"]
    assert "1.414" not in said["Table 1"]
    assert [line.where for line in passages.holding("1.414")] == ["Section 1.1", "Appendix A.1"]
    assert [line.where for line in passages.holding("5e-4")] == ["Section 1.2"]
    assert {line.where for line in passages.holding("777")} == {"outside the sections"}
    assert not [line for hidden in ("55", "66", "77", "88", "44") for line in passages.holding(hidden)]


def test_the_rows_of_a_table_are_lines(folder, source):
    lines = Anchoring(folder, source).passages.of("Table 1")
    assert [line.digits & {"3.1416", "2.7183"} for line in lines if len(line.digits) > 1][-2:] == [
        {"3.1416"},
        {"2.7183"},
    ]


def test_a_place_that_the_text_does_not_show_is_its_section(folder, source):
    passages = Anchoring(folder, source).passages
    assert {line.section for line in passages.of("Footnote 1")} == {"1"}
    assert {line.heading for line in passages.of("Theorem 1")} >= {"1.2"}


@pytest.mark.parametrize(
    ("twice", "expected"),
    [
        (r"produce π/(π2)2.75\pi/(\pi-2)\approx 2.75 times", r"\pi/(\pi-2)\approx 2.75 times"),
        (r"as p0p\to 0 (0.3650.365)", r"as p\to 0 (0.365)"),
        (r"within 1–6%6\% of 1.31.33.13.1.", r"within 1–6\% of 1.3 3.1."),
        (r"1,4491{,}449\times", r"1{,}449\times"),
        (r"cos22/π\cos^{2}\to 2/\pi", r"\cos^{2}\to 2/\pi"),
        (r"N(0,1/n)N(0,1/n) and [2.991, 3.140][2.991,\,3.140]", r"N(0,1/n) and [2.991,\,3.140]"),
        (r"1111 seeds, 737 38, 2,557, 33.3% and 11.1 more", "1111 seeds, 737 38, 2,557, 33.3% and 11.1 more"),
        ("that that is is", "that that is is"),
    ],
)
def test_a_formula_that_stands_twice_is_read_once(twice, expected):
    def plain(text):
        return [number.shown for number in numbers(text)[1]]

    assert plain(once(twice)) == plain(expected)


@given(st.lists(st.sampled_from("12.7 a(b)\\pi{}^_, 0"), max_size=30).map("".join))
def test_reading_a_formula_once_loses_no_number(line):
    told_twice = {digits for number in numbers(line)[1] for reading in number.readings for digits in reading}
    once_read = re.sub(r"\s", "", once(line))
    assert set(once_read) >= {letter for letter in line if letter.isdigit()}
    assert once_read or not told_twice


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        (r"1{,}265\times", {"1265"}),
        ("−14.5%", {"14.5"}),
        (r"5\times 10^{-4}", {"5e-4", "5"}),
        ("5·10⁻⁴", {"5e-4", "5"}),
        ("10⁻⁵, 10^2", {"1e-5", "1e2", "10"}),
        ("9.3e-8", {"9.3e-8", "9.3"}),
        (r"\{256,512\}", {"256512", "256", "512"}),
        ("2020", {"2020", "20"}),
        (r"C_{6} W_1 V2", set()),
        (r"\frac{1}{2}p_{0}{=}3", {"1", "2", "3"}),
    ],
)
def test_digits(text, digits):
    assert digits_of(text) == digits


def test_a_run_tells_how_quotations_stand(quoting):
    result = quoting().run("--verdicts-source", "p.txt")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["p.txt: 4 printed strings: 3 found, 1 found elsewhere, 0 not found"])


@pytest.mark.parametrize("way", ["option", "ini"])
def test_a_mistyped_digit_fails_the_run(quoting, way):
    audit = quoting("2.57")
    audit.run("--verdicts-accept", "all")
    assert audit.run().ret == pytest.ExitCode.OK
    if way == "ini":
        audit.pytester.makeini("[pytest]\nverdicts_source = p.txt\n")
    result = audit.run(*["--verdicts-source", "p.txt"] * (way == "option"))
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    fault = "ratio[2.57]: “2.57” stands nowhere in the paper, expected at Abstract; there stand 2.75"
    assert audit.ledger["run"]["problems"] == [fault]


def of_claims(audit):
    """What the page and `verdicts why` tell of each claim's quotations, and the ledger that they tell it from."""
    ledger = audit.ledger
    page = (audit.latest / "verdicts.html").read_text(encoding="utf-8")
    shown = re.findall(r'<p class="rests quoted([^"]*)"><span>In the paper.s text:</span> ([^<]*)', unescape(page))
    told = {claim["id"]: [line for line in why(ledger, claim["id"]) if "text:" in line] for claim in ledger["claims"]}
    return {claim["id"]: claim.get("quoted") for claim in ledger["claims"]}, shown, told


@pytest.mark.parametrize(
    ("stated", "quote", "shown"),
    [
        ("2.75", {"standing": "found", "near": []}, ("", "1 printed string at its place")),
        (
            "2.57",
            {"standing": "not found", "near": ["2.75"]},
            (" unsupported", "“2.57” stands nowhere; at its place stand 2.75"),
        ),
    ],
)
def test_the_page_tells_of_each_claim_whether_its_strings_stand_at_their_place(quoting, stated, quote, shown):
    audit = quoting(stated).with_page()
    audit.run("--verdicts-source", "p.txt")
    kept, on_page, told = of_claims(audit)
    assert kept["ratio"] == [{"printed": stated, "elsewhere": []} | quote]
    assert kept["away"][0]["elsewhere"] == ["Section 1.1 (line 13)"]
    assert shown in on_page
    assert (" unchecked", "“1,265” is not at its place, but in Section 1.1 (line 13)") in on_page
    assert len(on_page) == sum(bool(quotes) for quotes in kept.values())
    assert told["ratio"] == [f"  in the paper's text: {shown[1]}"]


def test_without_a_text_nothing_is_told_of_quotations(quoting):
    audit = quoting().with_page()
    audit.run()
    kept, on_page, told = of_claims(audit)
    assert (set(kept.values()), on_page, any(told.values())) == ({None}, [], False)


def test_the_page_tells_what_of_the_text_no_claim_states_and_what_need_not_be(quoting):
    audit = quoting().with_page()
    (audit.path / "claims" / "waived.toml").write_text(WAIVED.replace('"0.4", "10", ', ""))
    audit.run("--verdicts-source", "p.txt", "--verdicts-accept", "all")
    kept = {(each["section"], each["number"]): each for each in audit.ledger["uncovered"]}
    assert list(kept) == [("Abstract", "0.4"), *(("1", number) for number in OPEN)]
    assert kept["1", "3.1416"]["waived"] == "made up"
    assert kept["Abstract", "0.4"] == {
        "section": "Abstract", "number": "0.4", "places": ["Abstract (line 4)"], "waived": "",
    }  # fmt: skip
    page = unescape((audit.latest / "verdicts.html").read_text(encoding="utf-8"))
    words = " ".join(re.sub("<[^>]*>", " ", page).split())
    assert (
        "2 numbers of the text that no claim states Abstract 0.4 Abstract (line 4) 1 Numbers of many kinds 10 " in words
    )
    assert re.search(
        r"3 numbers of the text that no claim need state 1 Numbers of many kinds 3\.1416 .{,40} made up", words
    )


def test_a_run_of_a_part_says_nothing_of_what_no_claim_states(quoting):
    audit = quoting()
    audit.run("--verdicts-source", "p.txt", "-k", "ratio")
    assert any("quoted" in claim for claim in audit.partial["claims"])
    assert "uncovered" not in audit.partial


def test_many_strings_astray_are_counted():
    quotes = [{"printed": str(n), "standing": "not found", "elsewhere": [], "near": []} for n in range(20)]
    assert quoted_words({"quoted": quotes})[-1] == "and 12 more"
    assert len(quoted_words({"quoted": quotes})) == 9


def test_a_source_that_is_not_there_is_a_usage_error(quoting):
    result = quoting().run("--verdicts-source", "absent.txt")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--verdicts-source: expected a file with the paper's text, found none at" in result.stderr.str()


def test_a_text_of_something_else_is_a_problem_of_the_run(quoting):
    audit = quoting()
    (audit.path / "p.txt").write_text("A letter.\n")
    assert audit.run("--verdicts-source", "p.txt").ret == pytest.ExitCode.TESTS_FAILED
    assert "key 'sections': found none of them" in audit.ledger["run"]["problems"][0]


@pytest.fixture
def told(quoting, monkeypatch, capsys):
    """What a command says of the audit, as one text."""
    audit = quoting()
    audit.run()
    monkeypatch.chdir(audit.path)
    capsys.readouterr()

    def run(*arguments):
        status = main(list(arguments))
        out, error = capsys.readouterr()
        return status, out + error

    return run


def test_source_lists_what_does_not_stand_at_its_place(told):
    status, text = told("source", "p.txt")
    assert status == 0
    assert text.splitlines() == [
        "away: “1,265” is not at Section 1.2, but in Section 1.1 (line 13)",
        "4 printed strings: 3 found, 1 found elsewhere, 0 not found",
    ]


def test_the_claims_are_those_of_the_project_of_the_ledger(told, monkeypatch, tmp_path):
    ledger, text = (str(Path(name).resolve()) for name in ("reports/latest/verdicts.json", "p.txt"))
    elsewhere = tmp_path / "elsewhere" / "claims"
    elsewhere.mkdir(parents=True)
    (elsewhere / "paper.toml").write_text(PAPER.replace('"p"', '"q"', 1), encoding="utf-8")
    expected = told("source", text)
    monkeypatch.chdir(elsewhere.parent)
    assert told("source", text, ledger) == expected
    status, said = told("uncovered", text, ledger, "--claims", "claims")
    assert status == 2
    assert f"claims/paper.toml: key 'id': expected 'p', as in {ledger}, found 'q'" in said
    assert "(--claims)" in said


def test_source_as_json(told):
    _, text = told("source", "p.txt", "--json")
    found = {each["name"]: each for each in json.loads(text)["quotations"]}
    assert found["away"] == {
        "name": "away",
        "claim": "away",
        "printed": "1,265",
        "places": ["Section 1.2"],
        "standing": "found elsewhere",
        "elsewhere": ["Section 1.1 (line 13)"],
        "near": [],
    }
    assert found["ratio[2.75]"]["standing"] == "found"


def test_tables_are_looked_up_row_by_row(told):
    Path("claims/tables").mkdir()
    Path("claims/tables/table_01.csv").write_text('name,value,change\none,3.1416,-14.5%\ntwo,2.7138,"1,265"\n')
    status, text = told("source", "p.txt")
    assert status == 1
    assert (
        "tables/table_01.csv, line 3: “2.7138” stands nowhere in the paper, expected at Table 1; there stand 2.7183"
        in text
    )
    Path("claims/tables/table_01.csv").write_text("name,value,change\none,2.7183,-14.5%\n")
    assert "line 2: “2.7183” is not at Table 1" in told("source", "p.txt")[1]


def test_uncovered_lists_numbers_by_section(told):
    status, text = told("uncovered", "p.txt")
    assert status == 1
    assert [re.sub(r"^ *(\S+) (Abstract|Section).*", r"\1", line) for line in text.splitlines()] == [
        "Abstract",
        "0.4",
        "1 Numbers of many kinds",
        *OPEN,
        TOLD,
    ]


OPEN = ["10", "3.1416", "14.5", "2.7183"]
TOLD = "5 numbers of the text that no claim states and no waiver names"


def test_uncovered_as_json(told):
    listed = json.loads(told("uncovered", "p.txt", "--json")[1])["uncovered"]
    assert listed[0] == {"section": "Abstract", "number": "0.4", "places": ["Abstract"], "lines": [4]}
    assert [each["number"] for each in listed] == ["0.4", *OPEN]


WAIVED = """
[[uncovered]]
sections = ["Abstract", "1"]
numbers = ["0.4", "10", "3.1416", "14.5", "2.7183"]
reason = "made up"
[[own]]
numbers = ["1,265"]
claims = ["away", "square"]
reason = "ours"
"""


def test_waivers_empty_the_lists_and_idle_ones_are_told(told):
    Path("claims/waived.toml").write_text(WAIVED)
    assert "3 printed strings: 3 found" in told("source", "p.txt")[1]
    status, text = told("uncovered", "p.txt")
    assert (status, text.splitlines()[-1]) == (1, "0 numbers of the text that no claim states and no waiver names")
    assert "waived.toml: 1: 0.4: waives nothing" in text
    assert "waived.toml: own: square: waives nothing" in text
    assert "waived.toml: own: away: waives nothing" not in text
    exact = WAIVED.replace(', "square"]', "]").replace('["Abstract", "1"]\nnumbers = ["0.4", ', '["1"]\nnumbers = [')
    exact += '[[uncovered]]\nsections = ["Abstract"]\nnumbers = ["*"]\nreason = "a summary"\n'
    Path("claims/waived.toml").write_text(exact)
    assert told("uncovered", "p.txt") == (0, "0 numbers of the text that no claim states and no waiver names\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[uncovered]", "expected TOML"),
        ("[[other]]\n", "key 'other': expected [[uncovered]] or [[own]]"),
        ("own = 3\n", "key 'own': expected a list of tables, [[own]]"),
        ('[[own]]\nnumbers = ["1"]\nreason = " "\n', "key 'own', entry 1: key 'reason': expected why"),
        ('[[own]]\nnumbers = [1]\nreason = "a"\n', "key 'own', entry 1: Expected `str`, got `int` - at `$.numbers[0]`"),
        ('[[own]]\nnumbers = ["1"]\nwhy = "a"\n', "key 'own', entry 1: key 'why': expected numbers, reason, claims"),
        ('[[uncovered]]\nsections = ["9"]\nnumbers = ["1"]\nreason = "a"\n', "entry 1: sections: '9' is none of"),
    ],
)
def test_waivers_that_cannot_be_read_are_one_line(folder, text, said):
    (folder / "waived.toml").write_text(text)
    with pytest.raises(ValueError, match=re.escape(said)) as raised:
        read_waivers(folder, ["1"])
    assert "\n" not in str(raised.value)
    assert str(folder / "waived.toml") in str(raised.value)


def test_hostile_texts_cost_no_more_than_a_moment():
    for text in ("1" * 5_000, "12" * 3_000, "a1.1 " * 2_000, "{" * 3_000, "\\x" * 3_000, "(" * 3_000 + "1"):
        lines_of_text(text)
        lines_of_html(f"<p>{text}</p>")
        lines_of_latex(text)
        numbers(text)


def test_an_empty_text_is_no_paper(tmp_path):
    (tmp_path / "p.html").write_text("<p></p>")
    with pytest.raises(ValueError, match="expected the text of the paper, found nothing to read"):
        read_manuscript(tmp_path / "p.html")


def test_waivers_of_the_audit_name_what_there_is():
    folder = Path(__file__).parents[2] / "claims"
    waivers = read_waivers(folder, [id for id, _, _ in read_paper(folder / "paper.toml").sections])
    known = json.loads((folder / "baseline.json").read_text(encoding="utf-8"))["claims"]
    assert waivers.own
    assert waivers.uncovered
    assert [id for each in waivers.own for id in each.claims if id not in known] == []
