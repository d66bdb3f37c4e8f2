"""The README and the pages of docs/ are true: their commands, options, files and examples exist and work."""

from __future__ import annotations

import inspect
import json
import re
import shlex
import shutil
import struct
from pathlib import Path

import pytest
import verdicts
from verdicts.cli import main
from verdicts.evidence import Source
from verdicts.options import add_options
from verdicts.statements import Accepted
from verdicts.views import FORMATS
from verdicts.vocabulary import GRADES
from verdicts.waivers import WAIVED, read_waivers

from tests import screenshot

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
VERDICTS, CLAIMS, OWN = (
    (ROOT / "docs" / f"{name}.md").read_text("utf-8") for name in ("verdicts", "claims", "your_paper")
)
PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", *ROOT.glob("docs/*.md"))]
EVERY_PAGE = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
GONE = {"verdicts_statistical_cases"}  # what the changelog says is no more
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (?:`([^`]*)`)? ?\| `(verdicts_\w+)` \| .* \|$", OWN, re.MULTILINE)


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


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
    assert set(re.findall(r"--verdicts-[\w-]+", EVERY_PAGE)) <= declared.options
    assert set(re.findall(r"`(verdicts_\w+)`", EVERY_PAGE)) - GONE <= declared.keys


def test_formats_and_grades_are_all_listed():
    (row,) = re.findall(r"^\| `--verdicts-report .*$", OWN, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", row.split("write a view")[1])) == set(FORMATS)
    listed = re.findall(r"^\| ([\w ]+) \| .* \|$", VERDICTS, re.MULTILINE)
    assert [word for word in listed if word in GRADES] == list(GRADES)


def test_files_named_exist():
    named = set(re.findall(r"`([\w./]*/(?:[\w.]+\.(?:py|toml|json|ini|md))?|[A-Z]+\.md|\.ci/run)`", EVERY_PAGE))
    named |= set(re.findall(r"^ {4}(\w+/) ", README, re.MULTILINE))
    named -= {"claims/test_introduction.py", "claims/test_formula.py", "claims/test_quality.py"}  # of the reader's own
    named = {name for name in named if not name.startswith(("reports/latest/", "reports/experiments/", "/"))}
    assert len(named) > 12
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_pictures_exist():
    pictures = re.findall(r"!\[[^]]+\]\(([^)]+)\)", README)
    assert pictures
    for name in pictures:
        head = (ROOT / name).read_bytes()[:24]
        assert head.startswith(b"\x89PNG")
        assert struct.unpack(">II", head[16:]) == (screenshot.WIDTH, screenshot.HEIGHT)


def test_make_targets_exist():
    targets = set(re.findall(r"(?:`|^ {4}|run: )make ([\w-]+)", EVERY_PAGE, re.MULTILINE))
    assert targets >= {"audit", "test", "bench", "lint", "mutants"}
    assert targets <= set(re.findall(r"^([\w-]+):", MAKEFILE, re.MULTILINE))
    assert "pytest claims/ -n auto" in MAKEFILE


def test_what_check_takes_is_exported():
    (kinds, sources) = re.search(r"words accept \(([^)]*)\)(.*?), or a source .*?inputs", CLAIMS, re.DOTALL).groups()
    assert set(re.findall(r"`(\w+)`", kinds)) == exported(Accepted)
    assert set(re.findall(r"`(\w+)`", sources)) | {"identity", "agrees"} == exported(Source)


def exported(kind):
    """The names of exported functions that return something of a kind."""
    functions = {name: getattr(verdicts, name) for name in verdicts.__all__}
    return {name for name, each in functions.items() if each.__annotations__.get("return") == kind.__name__}


@pytest.mark.long
def test_example_claims_hold(pytester):
    (example, draws), (short,) = blocks(CLAIMS, "python"), blocks(README, "python")
    (pytester.path / "claims").mkdir()
    shutil.copy(ROOT / "claims" / "paper.toml", pytester.path / "claims")
    pytester.makeini("[pytest]\n")
    pytester.makeconftest('pytest_plugins = ["verdicts.plugin"]')
    (pytester.path / "claims" / "test_example.py").write_text(example, encoding="utf-8")
    assert audit(pytester) == {"3.signs": "holds", "3.cauchy": "holds"}
    shutil.rmtree(pytester.path / "reports")
    (pytester.path / "claims" / "test_example.py").unlink()
    (pytester.path / "claims" / "test_short.py").write_text(example.split("@claim")[0] + short, encoding="utf-8")
    (pytester.path / "claims" / "test_draws.py").write_text(draws, encoding="utf-8")
    assert audit(pytester) == {"3.signs": "holds", "3.disc": "holds"}


def test_the_signature_of_confidence_is_told():
    (told,) = re.findall(r"`confidence\(([^)]+)\)`", CLAIMS)
    assert told.split(", ") == list(inspect.signature(verdicts.confidence).parameters)


def test_the_waivers_shown_are_waivers(tmp_path):
    (tmp_path / WAIVED).write_text(blocks(OWN, "toml")[1], encoding="utf-8")
    waivers = read_waivers(tmp_path, ["1"])
    assert waivers.waives("1", "42.9")
    assert waivers.is_own("1.pi", "1e-9")
    assert waivers.idle() == []


def test_own_paper_as_told(pytester, capsysbinary):
    (pytester.path / "claims").mkdir()
    (toml, _), (claims,) = blocks(OWN, "toml"), blocks(OWN, "python")
    for name, text in {"claims/paper.toml": toml, "claims/test_introduction.py": claims}.items():
        assert f"`{name}`" in OWN
        (pytester.path / name).write_text(text, encoding="utf-8")
    assert audit(pytester) == {"1.pi": "holds"}
    audit(pytester, "--verdicts-accept", "all")
    ledger = pytester.path / "reports" / "latest" / "verdicts.json"
    for name in ("cpu.json", "gpu.json", "before.json", "after.json"):
        shutil.copy(ledger, pytester.path / name)
    commands = re.findall(r"^ {4}verdicts (.*)$", OWN, re.MULTILINE)
    assert [command.split()[0] for command in commands] == [
        "new",
        "recover",
        "verify",
        "render",
        "merge",
        "diff",
        "accept",
        "verify",
        "list",
        "why",
        "forget",
    ]
    assert main(["new", "claims"]) == 2  # nothing is written over
    assert main(["recover"]) == 2  # nothing to recover after a run that came to its end
    for command in commands[2:]:
        assert main(shlex.split(command)) == 0
    assert b"# Verdicts: Numbers" in capsysbinary.readouterr().out
    assert (pytester.path / "verdicts.json").exists()
    assert (pytester.path / "claims" / "baseline.json").exists()


def audit(pytester, *options):
    """The verdicts of `pytest claims/` in this folder."""
    result = pytester.runpytest_inprocess("claims/", "-p", "no:xdist", "-p", "no:cacheprovider", *options)
    assert result.ret == pytest.ExitCode.OK
    ledger = json.loads((pytester.path / "reports" / "latest" / "verdicts.json").read_text(encoding="utf-8"))
    return {claim["id"]: claim["verdict"] for claim in ledger["claims"]}


@pytest.mark.parametrize("folder", ["formulas", "integrals", "simulation", "statistics"])
def test_every_module_of_the_mathematics_is_told_of(folder):
    text = (ROOT / "docs" / "mathematics.md").read_text(encoding="utf-8")
    told = set(re.findall(r"`(?:theorems/formulas/)?(\w+)(?:\.py)?`", text))
    modules = {path.stem for path in (ROOT / "theorems" / folder).glob("*.py")} - {"__init__"}
    assert sorted(modules - told - {"grams", "setups", "sources", "samples"}) == []  # parts of the others


def test_every_module_that_is_told_of_exists():
    text = (ROOT / "docs" / "mathematics.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| ((?:`\w+`(?:, )?)+) \|", text, re.MULTILINE)
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    assert len(told) > 20
    assert sorted(told - {path.stem for path in (ROOT / "theorems").rglob("*.py")}) == []
