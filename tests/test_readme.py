"""The README is true: its commands, options, files and examples exist and work."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
import verdicts
from verdicts.cli import main
from verdicts.evidence import GRADES
from verdicts.options import add_options
from verdicts.statements import Accepted
from verdicts.views import FORMATS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?:`([^`]*)`)? ?\| `(verdicts_\w+)` \| .* \|$", README, re.MULTILINE)


def section(title):
    return README.split(f"\n## {title}\n")[1].split("\n## ")[0]


def blocks(title, language):
    return re.findall(rf"```{language}\n(.*?)```", section(title), re.DOTALL)


class Declared:
    """Stands in for pytest's parser, and remembers what is declared."""

    def __init__(self):
        self.options, self.keys = set(), set()

    def getgroup(self, *_):
        return self

    def addoption(self, name, **_):
        self.options.add(name)

    def addini(self, name, *_, **__):
        self.keys.add(name)


def test_options_and_ini_keys_are_all_listed_and_exist():
    declared = Declared()
    add_options(declared)
    assert {option.split()[0] for option, _ in ROWS if option} == declared.options
    assert {key for _, key in ROWS} == declared.keys
    assert set(re.findall(r"--(?:verdicts-\w+|seed)", README)) <= declared.options


def test_formats_and_grades_are_all_listed():
    (row,) = re.findall(r"^\| `--verdicts-report .*$", README, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", row.split("another view")[1])) == set(FORMATS)
    listed = re.findall(r"^\| ([\w ]+) \| .* \|$", section("How to read a verdict"), re.MULTILINE)
    assert [word for word in listed if word in GRADES] == list(GRADES)


def test_files_named_exist():
    named = set(re.findall(r"`([\w./]+(?:/|\.(?:py|toml|json|ini|html)))`", README))
    named |= set(re.findall(r"^ {4}(\w+/) ", README, re.MULTILINE))
    named -= {"pytest.ini", "claims/test_introduction.py"}  # files of the reader's own
    named = {name for name in named if not name.startswith("reports/latest/")}
    assert len(named) > 8
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_pictures_exist():
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert pictures
    for name in pictures:
        assert (ROOT / name).read_bytes().startswith(b"\x89PNG")


def test_make_targets_exist():
    targets = set(re.findall(r"`?make (audit|test|lint|bench|\w+(?=`))", README))
    assert targets >= {"audit", "test", "bench"}
    assert targets <= set(re.findall(r"^(\w+):", MAKEFILE, re.MULTILINE))
    assert "pytest claims/ -n auto" in MAKEFILE


def test_what_check_takes_is_exported():
    (kinds, sources) = re.search(r"words accept \(([^)]*)\).*?evidence \(([^)]*)\)", README, re.DOTALL).groups()
    exported = {name for name in verdicts.__all__ if _returns_accepted(getattr(verdicts, name))}
    assert set(re.findall(r"`(\w+)`", kinds)) == exported
    assert set(re.findall(r"`(\w+)`", sources)) <= set(verdicts.__all__)


def _returns_accepted(thing):
    return getattr(thing, "__annotations__", {}).get("return") == Accepted.__name__


def test_example_claims_hold(pytester):
    (example,) = blocks("How to add a claim", "python")
    (pytester.path / "claims").mkdir()
    shutil.copy(ROOT / "claims" / "paper.toml", pytester.path / "claims")
    (pytester.path / "claims" / "test_example.py").write_text(example, encoding="utf-8")
    pytester.makeini("[pytest]\n")
    pytester.makeconftest('pytest_plugins = ["verdicts.plugin"]')
    assert audit(pytester) == {"3.signs": "holds", "3.cauchy": "holds"}


def test_own_paper_as_told(pytester, capsysbinary):
    title = "On your own paper"
    (pytester.path / "claims").mkdir()
    (ini,), (toml,), (claims,) = blocks(title, "ini"), blocks(title, "toml"), blocks(title, "python")
    names = ("pytest.ini", "claims/paper.toml", "claims/test_introduction.py")
    for name, text in zip(names, (ini, toml, claims), strict=True):
        assert f"`{name}`" in section(title)
        (pytester.path / name).write_text(text, encoding="utf-8")
    assert audit(pytester) == {"1.pi": "holds"}
    ledger = pytester.path / "reports" / "latest" / "verdicts.json"
    for name in ("cpu.json", "gpu.json", "before.json", "after.json"):
        shutil.copy(ledger, pytester.path / name)
    commands = re.findall(r"^ {4}verdicts (.*)$", section(title), re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["render", "merge", "diff"]
    for command in commands:
        assert main(shlex.split(command)) == 0
    assert b"# Verdicts: Numbers" in capsysbinary.readouterr().out
    assert (pytester.path / "verdicts.json").exists()


def audit(pytester):
    """The verdicts of `pytest claims/` in this folder."""
    result = pytester.runpytest_inprocess("claims/", "-p", "no:xdist", "-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.OK
    ledger = json.loads((pytester.path / "reports" / "latest" / "verdicts.json").read_text(encoding="utf-8"))
    return {claim["id"]: claim["verdict"] for claim in ledger["claims"]}
