"""The folder of claims that `verdicts new` writes works as it is, alone and on workers, and nothing is written over."""

from __future__ import annotations

import json
import re
import shlex
from html import unescape
from pathlib import Path

import pytest
from verdicts.cli import main
from verdicts.starting import FILES

GREEN, RED = pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED


@pytest.fixture
def begun(audit, monkeypatch):
    """A project without an ini file or claims of its own, in which an audit was begun."""
    for path in (audit.path / "tox.ini", audit.path / "claims" / "paper.toml"):
        path.unlink()
    monkeypatch.chdir(audit.path)
    assert main(["new", "claims"]) == 0
    return audit


def test_it_tells_what_it_wrote_and_how_to_try_it(capsys, begun):
    assert capsys.readouterr().out.splitlines() == [*(f"claims/{name}" for name in FILES), "try it: pytest claims"]
    assert {path.name for path in (begun.path / "claims").iterdir()} == set(FILES)
    assert "FOLDER" not in (begun.path / "claims" / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.long)])
def test_one_claim_holds_one_is_refuted_and_both_stand_as_accepted(begun, workers):
    assert begun.with_page().run_on(workers).ret == GREEN
    assert begun.verdicts() == {"1.archimedes": "holds", "1.basel": "refuted"}
    assert begun.gates() == {"1.archimedes": "equal", "1.basel": "equal"}
    assert begun.ledger["run"]["problems"] == []
    assert (begun.latest / "verdicts.html").is_file()


def test_its_baseline_is_what_accepting_writes(begun):
    path = begun.path / "claims" / "baseline.json"
    shipped = path.read_text(encoding="utf-8")
    path.unlink()
    assert begun.run("--verdicts-accept", "all").ret == GREEN
    assert path.read_text(encoding="utf-8") == shipped


def test_a_changed_digit_is_red_and_accepted_by_the_line_it_prints(begun):
    claims = begun.path / "claims" / "test_introduction.py"
    claims.write_text(claims.read_text(encoding="utf-8").replace('printed("0.00126")', 'printed("0.00127")'))
    result = begun.run()
    assert result.ret == RED
    assert begun.verdicts()["1.archimedes"] == "refuted"
    (line,) = {each for each in re.findall(r"accept: +pytest .*", result.stdout.str()) if "1.archimedes" in each}
    assert begun.run(*shlex.split(line)[3:]).ret == GREEN
    assert begun.run().ret == GREEN


def test_the_commands_of_its_readme_make_room_for_other_claims(begun):
    readme = (begun.path / "claims" / "README.md").read_text(encoding="utf-8")
    first, forget, accept = re.findall(r"^    (.*)$", readme, re.MULTILINE)
    assert first == "pytest claims"
    claims = begun.path / "claims" / "test_introduction.py"
    claims.write_text(claims.read_text(encoding="utf-8").replace("1.basel", "1.euler").replace("1.archi", "1.other"))
    assert begun.run().ret == RED
    assert main(shlex.split(forget)[1:]) == 0
    assert begun.run(*shlex.split(accept)[2:]).ret == GREEN
    assert list(begun.baseline["claims"]) == ["1.euler", "1.othermedes"]
    assert begun.run().ret == GREEN


@pytest.mark.parametrize("name", FILES)
def test_nothing_is_written_over(tmp_path, capsys, name):
    (tmp_path / name).write_text("mine")
    assert main(["new", str(tmp_path)]) == 2
    said = capsys.readouterr().err
    assert said == f"{tmp_path / name}: is there already, and nothing is written over: name another folder\n"
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]


def test_a_folder_with_other_files_is_one_to_begin_in(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    assert main(["new", str(tmp_path)]) == 0
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert json.loads((tmp_path / "baseline.json").read_text(encoding="utf-8"))["paper"] == "My paper"


@pytest.mark.parametrize("folder", ["file", "file/below", "/proc/none"])
def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, monkeypatch, capsys, folder):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    assert main(["new", folder]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"{folder}: expected a folder that can be written: ")
    assert said.count("\n") == 1


def test_where_writing_fails_midway_nothing_is_left(tmp_path, monkeypatch, capsys):
    opened = Path.open

    def full(path, *arguments, **options):
        if path == tmp_path / FILES[-1]:
            raise OSError(28, "No space left on device")
        return opened(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", full)
    assert main(["new", str(tmp_path)]) == 2
    assert capsys.readouterr().err.endswith("written: No space left on device\n")
    assert not list(tmp_path.iterdir())


def test_every_line_that_is_to_be_run_names_the_folder_as_it_is_called(begun, capsys):
    assert main(["new", "my audit"]) == 0
    claims = begun.path / "my audit" / "test_introduction.py"
    claims.write_text(claims.read_text(encoding="utf-8").replace('printed("0.00126")', 'printed("0.00127")'))
    result = begun.with_page().run(
        "--verdicts-report", "markdown:told.md", "--verdicts-report", "junit:told.xml", start="my audit"
    )
    assert result.ret == RED
    page = (begun.latest / "verdicts.html").read_text(encoding="utf-8")
    views = [result.stdout.str(), page, *((begun.path / f"told.{kind}").read_text("utf-8") for kind in ("md", "xml"))]
    for text in map(unescape, views):
        assert "pytest 'my audit'/ --verdicts-accept" in text
        assert "claims/" not in text
    capsys.readouterr()
