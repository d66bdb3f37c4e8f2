"""Bad input gets one line that names file, key and expectation, and pytest's usage exit code."""

from __future__ import annotations

import pytest

USAGE = pytest.ExitCode.USAGE_ERROR
CLAIM = '@claim("{id}", at="{at}", says="{says}"{more})\ndef test_{name}(check):\n    check(printed("3.14"), arb.pi)\n'


def one(id="a", at="Section 1.1", says="π", more="", name="a"):
    return CLAIM.format(id=id, at=at, says=says, more=more, name=name)


PAPER = 'id = "x"\ntitle = "x"\nversion = "1"'

FAULTS = {
    "duplicate id": (one() + one(name="b"), "claim id 'a' is taken by "),
    "unknown rests_on": (one(more=', rests_on=["zz"]'), "claim 'a' refers to the unknown claim 'zz'"),
    "unknown instead": (one(more=', instead="zz"'), "claim 'a' refers to the unknown claim 'zz'"),
    "cycle": (
        one(more=', rests_on=["b"]') + one("b", name="b", more=', rests_on=["a"]'),
        "claims rest on each other in a circle: ",
    ),
    "no place": (one(at=""), "claim 'a' has no place"),
    "unknown place": (one(at="Table 99"), "is at 'Table 99', a place that paper.toml does not list"),
    "unknown kind": (one(more=', kind="guess"'), "is of kind 'guess', expected one of theorem, step"),
    "an id that is a word of the options": (one(id="all"), "needs another id: 'all' is a word of the options"),
    "a formula without r": (one(more=', tex="\\frac{1}{2}"'), 'has control characters in its formula: write tex=r"…"'),
    "blanks around the id": (one(id=" a "), "expected an id that can be printed"),
    "control characters in the id": (one(id="a\\x1b[31m"), "expected an id that can be printed"),
    "no words": (one(says=""), "does not say what it states"),
    "empty parametrization": (
        '@claim("a", at="Section 1.1", says="π")\n@pytest.mark.parametrize("x", [])\ndef test_a(check, x): pass\n',
        "claim 'a' has an empty parametrization",
    ),
    "marked xfail": ("@pytest.mark.xfail\n" + one(), "claim 'a' is marked xfail: accept its verdict"),
    "unknown primary reading": (
        (
            '@claim("a", at="Section 1.1", says="π", primary="x")\n'
            '@pytest.mark.parametrize("reading", ["y"])\ndef test_a(check, reading): pass\n'
        ),
        "primary 'x' is none of its readings",
    ),
}


@pytest.mark.parametrize(
    ("fault", "workers"), [*((fault, "0") for fault in FAULTS), pytest.param("cycle", "2", marks=pytest.mark.long)]
)
def test_collection_stops_on_a_faulty_claim(audit, fault, workers):
    text, expected = FAULTS[fault]
    result = audit.claims(text).run_on(workers)
    assert result.ret == USAGE
    assert expected in result.stderr.str() + result.stdout.str()
    assert "Traceback" not in result.stderr.str() + result.stdout.str()
    assert not audit.ledger_path.exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{", "baseline.json: "),
        ('{"schema": "other"}', "schema"),
        ("[]", "baseline.json: "),
        ('{"schema": "verdicts-baseline/3", "claims": 3}', "claims"),
    ],
)
def test_broken_or_foreign_baseline(audit, text, expected):
    (audit.path / "claims").mkdir(exist_ok=True)
    (audit.path / "claims" / "baseline.json").write_text(text, encoding="utf-8")
    result = audit.claims(one()).run()
    assert result.ret == USAGE
    assert expected in result.stderr.str()
    assert (audit.path / "claims" / "baseline.json").read_text(encoding="utf-8") == text


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["--verdicts-report", "pdf:x.pdf"],
            "FORMAT:PATH, FORMAT one of json, html, markdown, findings, junit, text, sarif, badge, annotations",
        ),
        (["--verdicts-report", "x.html"], "--verdicts-report: expected FORMAT:PATH"),
        (["--verdicts-report", "html:claims"], "expected a path that can be written, found 'html:claims'"),
        (["--verdicts-report", "html:claims/paper.toml/x.html"], "paper.toml is not a directory"),
        (["--verdicts-require", "faith"], "--verdicts-require: expected one of proof"),
        (["--verdicts-seed", "soon"], "--verdicts-seed: expected a natural number or `fresh`, found 'soon'"),
        (["-o", "verdicts_budget=much"], "key 'verdicts_budget': expected a positive number, found 'much'"),
        (["-o", "verdicts_budget=2"], "key 'verdicts_budget': expected a probability below 1"),
        (["-o", "verdicts_budget=1e-999999999"], "key 'verdicts_budget': expected a positive number"),
        (["-o", "verdicts_fail_on_weaker=maybe"], "key 'verdicts_fail_on_weaker': expected true or false"),
        (["--verdicts-seed", "9" * 10**5], "--verdicts-seed: expected a natural number"),
        (["-o", "verdicts_budget=1/0"], "key 'verdicts_budget': expected a positive number, found '1/0'"),
        (["-o", "verdicts_planned=0.5"], "key 'verdicts_planned': expected a whole number"),
        (["-o", "verdicts_strict=maybe"], "key 'verdicts_strict': expected true or false"),
        (["-o", "verdicts_report=x.html"], "key 'verdicts_report': expected FORMAT:PATH"),
        (["-o", "verdicts_require=faith"], "key 'verdicts_require': expected one of proof"),
        (["-o", "verdicts_seed=soon"], "key 'verdicts_seed': expected a natural number or `fresh`"),
        (["--verdicts-allow-not-run", "zz"], "zz: no claim matches it; expected a grade (proof, "),
        (["--verdicts-allow-not-run", "zz*"], "zz*: no claim matches it; expected a grade (proof, "),
        (["--verdicts-accept", "zz"], "--verdicts-accept zz: expected all, new, or the id of a claim"),
    ],
)
def test_bad_options(audit, arguments, expected):
    result = audit.claims(one()).run(*arguments)
    assert result.ret == USAGE
    assert expected in result.stderr.str()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, "expected one paper.toml beside the claims"),
        ("id = ", "paper.toml: expected TOML"),
        ('title = "x"\nversion = "1"', "paper.toml: key 'id': expected a string"),
        (PAPER, "paper.toml: key 'sections': expected a list of tables"),
        (f'{PAPER}\nsections = ["1"]', "paper.toml: key 'sections', entry 1: expected id, title and a list of places"),
        (f'{PAPER}\nsections = [{{id = "1", title = "x", places = [1]}}]', "paper.toml: key 'sections', entry 1"),
        (
            f'{PAPER}\nsections = [{{id = "1", title = "", places = []}}, {{id = "1", title = "", places = []}}]',
            "paper.toml: key 'sections': id '1' is listed twice",
        ),
        (f"{PAPER}\nurll = 3", "paper.toml: key 'urll': expected one of id, sections, title, url, version"),
        (f"{PAPER}\nurl = 3", "paper.toml: key 'url': expected a string"),
    ],
)
def test_bad_description_of_the_paper(audit, text, expected):
    path = audit.path / "claims" / "paper.toml"
    path.unlink()
    if text is not None:
        path.write_text(text, encoding="utf-8")
    result = audit.claims(one()).run()
    assert result.ret == USAGE
    assert expected in result.stderr.str()


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.long)])
@pytest.mark.parametrize("where", ["body", "import"])
def test_malformed_printed_number(audit, workers, where):
    broken = '@claim("b", at="Section 1.1", says="π")\ndef test_b(check):\n    check(printed("3,1"), arb.pi)\n'
    audit.claims(one())
    audit.claims(broken if where == "body" else 'NUMBER = printed("3,1")\n', "test_more.py")
    result = audit.run_on(workers)
    assert result.ret == USAGE
    said = [line for line in result.outlines if "expected a printed number such as" in line and "'3,1'" in line]
    assert any("test_more.py" in line for line in said)
    assert audit.verdicts()["a"] == "holds"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("3, at='Table 1', says='x'", "claim 3: id is a string, got 3"),
        ("'a', at=['Table 1'], says='x'", "claim 'a': at is a string"),
        ("'a', at='Table 1', says='x', rests_on='b'", "claim 'a': rests_on is a list of strings, got 'b'"),
        ("'a', at='Table 1', says='x', also_at=[1]", "claim 'a': also_at is a list of strings"),
        ("'a', at='Table 1', says='x', weight=-1", "claim 'a': weight is a natural number, got -1"),
        ("'a', at='Table 1', says='x', weight=True", "claim 'a': weight is a natural number, got True"),
    ],
)
def test_claim_with_an_argument_of_another_type(audit, arguments, expected):
    result = audit.claims(f"@claim({arguments})\ndef test_a(check):\n    pass\n").run()
    assert result.ret == USAGE
    assert expected in result.stdout.str()


MISUSE = {
    "a float": ('check(printed("1"), 1.0)', "check expects a source of evidence"),
    "a string": ('check(printed("1"), "1.0")', "check expects a source of evidence"),
    "swapped": ('check(ball(arb.pi), printed("3.14"))', "check expects what the words accept first, and a source"),
    "no words": ("check(ball(arb.pi))", "check expects what the words accept and a source"),
    "called twice": ('check(printed("3.14"), arb.pi); check(printed("3.14"), arb.pi)', "check was called twice"),
    "a ball of a float": ('check(printed("1"), lambda: 1.0)', "expected an enclosure (ball, Interval, "),
    "inexact": ('check(identity(0.1, 0.1, "x"))', "an identity is exact"),
    "grade": ('check.not_run("x", "faith", "y")', "grade: expected one of proof"),
    "a twin elsewhere": ("twin(1, 2)", "twin(…) speaks to the search of a claim"),
    "text of a float": ('check(printed("1"), text(1.0, "page 3"))', "expected an enclosure"),
    "comma": ('check(printed("3,1"), arb.pi)', "expected a printed number such as"),
}
SEARCHES = {
    "no twin": ("assert n == n", "a claim decided by search declares its twin: twin(true, false)"),
    "the statement itself": ("assert n >= twin(0, 0)", "the twin is the statement itself (0 → 0)"),
    "none that differs": ("assert n >= twin(0 * n, 0)", "the twin is the statement itself (0 → 0)"),
}


def test_a_check_that_is_worth_nothing_is_told_in_one_line_at_the_line_of_the_user(audit):
    head = '@claim("{0}", at="Table 1", says="x")\n'
    text, expected = "from hypothesis import given, strategies as st\n", []
    for number, (body, said) in enumerate(MISUSE.values()):
        text += head.format(f"c{number}") + f"def test_{number}(check):\n    {body}\n"
        expected.append((f"claims/test_some.py:{text.count(chr(10)) + 3}: claim 'c{number}': ", said))
    for number, (body, said) in enumerate(SEARCHES.values()):
        expected.append((f"claims/test_some.py:{text.count(chr(10)) + 4}: claim 's{number}': ", said))
        text += head.format(f"s{number}") + f"@given(n=st.integers(0, 9))\ndef test_s{number}(n):\n    {body}\n"
    result = audit.claims(text).run()
    result.assert_outcomes(failed=len(expected))
    said = result.stdout.str()
    for where, what in expected:
        assert any(f"{where}{what}" in line for line in result.outlines), (where, what)
    assert "verdicts/check.py" not in said
    assert "Traceback" not in said
    assert "def test_" not in said, "no source is shown"


def test_a_search_that_takes_a_check_is_told_so(audit):
    text = (
        'from hypothesis import given, strategies as st\n@claim("a", at="Table 1", says="x")\n'
        "@given(n=st.integers())\ndef test_a(check, n): check(exactly(0), 0)\n"
    )
    result = audit.claims(text).run()
    assert result.ret == USAGE
    result.stderr.fnmatch_lines(["*claim 'a' is a search (@given), which decides it: it takes no check"])


@pytest.mark.parametrize(
    ("mark", "expected"),
    [
        ("claim", "@claim above 'test_a' has no id: @claim(\"id\", at=…, says=…)"),
        ('claim("a")', "claim 'a' has no place (at=…)"),
        ('claim("a", at="Table 1")', "claim 'a' does not say what it states (says=…)"),
    ],
)
def test_a_claim_that_lacks_something_is_told_what(audit, mark, expected):
    result = audit.claims(f"@{mark}\ndef test_a(check):\n    check(printed('3.14'), arb.pi)\n").run()
    assert result.ret == USAGE
    said = result.stdout.str() + result.stderr.str()
    assert expected in said
    assert "claims.py" not in said


def test_claim_on_a_class(audit):
    text = '@claim("a", at="Table 1", says="x")\nclass TestA:\n    def test_a(self, check): pass\n'
    result = audit.claims(text).run()
    assert result.ret == USAGE
    assert "claim 'a' marks a class, expected a test function" in result.stdout.str()
