"""A command works where it is told: on a terminal where pytest was started, in a ledger from the checkout's root."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace
from pathlib import PurePath

import pytest
from verdicts.cli import main
from verdicts.folders import checkout, moved, named, seen_from
from verdicts.options import Options
from verdicts.views.commands import commands, folder_of_claims

from tests.verdicts import sample
from tests.verdicts.test_budget import options

HOME = "papers/one"
RIGHT = """
@claim("three", at="Table 1", says="x")
@pytest.mark.parametrize("n", ["a b", "it's"])
def test_three(check, n): check(printed("3"), ball(lambda: arb(3), method="m"))
"""
WRONG = RIGHT.replace("arb(3)", "arb(4)")
STARTS = {
    HOME: "claims",
    f"{HOME}/claims": ".",
    f"{HOME}/claims/deep": "..",
    f"{HOME}/elsewhere": "../claims",
    ".": f"{HOME}/claims",
}
LONG = (HOME, f"{HOME}/claims", f"{HOME}/elsewhere")
CASES = [pytest.param(*case, marks=[pytest.mark.long] * (case[0] in LONG)) for case in STARTS.items()]


@pytest.fixture
def project(audit, monkeypatch):
    """A project in a folder of its checkout; its claims lie deep in their folder; what it accepted is refuted now."""
    (audit.path / ".git").mkdir()
    home = audit.path / HOME
    for folder in ("claims/deep", "elsewhere"):
        (home / folder).mkdir(parents=True)
    for name in ("claims/paper.toml", "claims/test_some.py", "tox.ini"):
        audit.claims(WRONG)
        (audit.path / name).rename(home / name.replace("test", "deep/test"))

    def run(start, *words):
        monkeypatch.chdir(audit.path / start)
        return audit.pytester.runpytest_inprocess(*words, "-p", "no:xdist", "-p", "no:cacheprovider")

    right = home / "claims" / "deep" / "test_some.py"
    wrong = right.read_text(encoding="utf-8")
    right.write_text(wrong.replace("arb(4)", "arb(3)"), encoding="utf-8")
    assert run(HOME, "claims", "--verdicts-accept", "all").ret == pytest.ExitCode.OK
    right.write_text(wrong, encoding="utf-8")
    return run


def told(result, label):
    """What the first line with a label says behind it, as words of a command."""
    return shlex.split(next(line.partition(label)[2] for line in result.stdout.lines if line.startswith(label)))


@pytest.mark.parametrize(("start", "asked"), CASES)
def test_what_the_terminal_tells_works_where_it_is_told(project, start, asked):
    result = project(start, asked)
    result.assert_outcomes(failed=2)
    for label, outcome in (("reproduce: pytest ", "failed"), ("accept:    pytest ", "passed")):
        project(start, *told(result, label)).assert_outcomes(**{outcome: 1})
    folder, *words, _ = told(result, "accept: pytest ")[:4]
    project(start, folder, *words).assert_outcomes(passed=2)


@pytest.mark.parametrize(("start", "asked"), CASES)
def test_what_a_ledger_tells_works_from_the_root_of_the_checkout(project, audit, start, asked):
    project(start, asked)
    ledger = json.loads((audit.path / HOME / "reports" / "latest" / "verdicts.json").read_text(encoding="utf-8"))
    assert folder_of_claims(ledger) == f"{HOME}/claims"
    for case in ledger["claims"][0]["cases"]:
        _, node = shlex.split(case["reproduce"])
        assert node == f"{HOME}/claims/deep/test_some.py::test_three[{case['id']}]"
        project(".", node).assert_outcomes(failed=1)


def test_with_another_baseline_each_line_names_it(project, audit, monkeypatch, capsys):
    usual, other = audit.path / HOME / "claims" / "baseline.json", audit.path / HOME / "elsewhere" / "my own.json"
    usual.rename(other)
    asked = ("../claims", "--verdicts-baseline", "my own.json")
    result = project(f"{HOME}/elsewhere", *asked)
    project(f"{HOME}/elsewhere", *told(result, "accept:    pytest ")).assert_outcomes(passed=1)
    assert not usual.exists()
    ledger = json.loads((audit.path / HOME / "reports" / "latest" / "verdicts.json").read_text(encoding="utf-8"))
    assert ledger["run"]["baseline"] == f"{HOME}/elsewhere/my own.json"
    assert commands(ledger).accepting == (
        f"pytest {HOME}/claims/ --verdicts-baseline '{HOME}/elsewhere/my own.json' --verdicts-accept"
    )
    (audit.path / HOME / "claims" / "deep" / "test_some.py").write_text(
        "from verdicts import *\n@claim('other', at='Table 1', says='x')\n"
        "def test_other(check): check(printed('3'), proof(3, 'sum'))\n"
    )
    result = project(f"{HOME}/elsewhere", *asked)
    capsys.readouterr()
    monkeypatch.chdir(audit.path / HOME / "elsewhere")
    assert main(told(result, "erase: verdicts ")) == 0
    assert json.loads(other.read_text(encoding="utf-8"))["claims"] == {}


def test_workers_are_told_from_where():
    chosen = replace(options("1e-6", 1), root="/r", start="/r/a", baseline="my own.json")
    assert Options.of(json.loads(json.dumps(chosen.plain()))) == chosen


def test_the_checkout_is_the_nearest_with_git(tmp_path):
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / ".git").touch()  # a file, as in a work tree
    assert checkout(tmp_path / "a" / "b") == checkout(tmp_path / "a") == tmp_path / "a"
    (tmp_path / "a" / "b" / ".git").mkdir()
    assert checkout(tmp_path / "a" / "b") == tmp_path / "a" / "b"


@pytest.mark.parametrize(
    ("command", "root", "start", "expected"),
    [
        ("pytest 'b.py::t[x/../y ::z]' --x 7", "/r", "/r/c", "pytest '../b.py::t[x/../y ::z]' --x 7"),
        ("pytest a/s/b.py::t", "/r", "/r/a", "pytest s/b.py::t"),
        ("pytest a/b.py::t", "/r/s", "/", "pytest r/s/a/b.py::t"),
        ("pytest a/../b.py::t", "/r", "/r", "pytest a/../b.py::t"),
        ("pytest ../a/b.py::t", "/r/c", "/r", "pytest a/b.py::t"),
        ("", "/r", "/", ""),
    ],
)  # fmt: skip
def test_a_command_moves_with_the_file_that_it_names(command, root, start, expected):
    assert moved(command, PurePath(root), PurePath(start)) == expected


def test_a_file_outside_the_checkout_is_named_in_full(tmp_path):
    assert named(tmp_path / "a" / "b" / ".." / "c.json", tmp_path / "a") == "c.json"
    assert named(tmp_path / "c.json", tmp_path / "a") == str(tmp_path / "c.json")
    made = sample.ledger()
    assert "baseline" not in seen_from(made, tmp_path, tmp_path / "a")["run"]
    for baseline, seen in (("/elsewhere/c.json", "/elsewhere/c.json"), ("a/c.json", "c.json"), ("c.json", "../c.json")):
        made["run"]["baseline"] = baseline
        assert seen_from(made, tmp_path, tmp_path / "a")["run"]["baseline"] == seen


@pytest.mark.parametrize(
    ("path", "file", "folder"),
    [
        ("claims/a.py", "a.py", "claims"),
        ("../claims/s/a.py", "s/a.py", "../claims"),
        ("a.py", "a.py", "."),
        ("a.py", "s/t/a.py", "../.."),
        ("t/a.py", "s/t/a.py", ".."),
        ("../a.py", "a.py", ".."),
        ("b.py", "a.py", "claims"),
    ],
)
def test_the_folder_of_claims_is_told_from_a_command(path, file, folder):
    made = sample.ledger()
    made["claims"] = made["claims"][:1]
    made["claims"][0]["file"] = file
    for case in made["claims"][0]["cases"]:
        case["reproduce"] = f"pytest {path}::test_x"
    assert folder_of_claims(made) == folder
