"""The command `verdicts`: a status, and one line on what cannot be used."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from verdicts.baseline import Baseline
from verdicts.cli import main
from verdicts.journal import Journal
from verdicts.ledger import read_ledger, summarize
from verdicts.schema import published_schema
from verdicts.views import FORMATS

from tests.verdicts import sample, test_journal, test_merge


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "verdicts.json"
    file.write_text(json.dumps(sample.ledger()), encoding="utf-8")
    return file


@pytest.fixture
def sound(tmp_path):
    """The ledger of a run without problems."""
    made = sample.ledger()
    made["run"]["problems"] = []
    file = tmp_path / "sound.json"
    file.write_text(json.dumps(made), encoding="utf-8")
    return file


@pytest.fixture
def other(tmp_path):
    """A ledger in which a case that was not run is refuted."""
    made = sample.ledger()
    (claim,) = [claim for claim in made["claims"] if claim["id"] == "E.review"]
    claim["cases"][0] |= {"verdict": "refuted", "computed": ["6", "7"], "resolution": "0"}
    sample.settle(made["claims"])
    made["summary"]["review"] |= {"holds": 0, "refuted": 1}
    file = tmp_path / "other.json"
    file.write_text(json.dumps(made), encoding="utf-8")
    return file


@pytest.mark.parametrize("name", FORMATS)
def test_render_writes_every_format(path, tmp_path, name):
    target = tmp_path / "out" / "view"
    assert main(["render", name, str(path), "-o", str(target)]) == 0
    assert target.read_text(encoding="utf-8") == FORMATS[name](sample.ledger())


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="has no /dev/full")  # noqa: PTH110
@pytest.mark.long
@pytest.mark.parametrize("out", ["/dev/full", "closed", "gone"])
def test_standard_output_that_cannot_be_written_is_said_in_one_line(path, out):
    shell = {"/dev/full": '"$@" > /dev/full', "closed": '"$@" >&-', "gone": 'set -o pipefail; "$@" | true'}[out]
    command = ["bash", "-c", shell, "bash", sys.executable, "-m", "verdicts", "render", "html", str(path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    said = {"/dev/full": "cannot be written: No space left on device", "closed": "is closed", "gone": None}[out]
    assert (run.returncode, run.stderr) == ((2, f"standard output: {said}\n") if said else (0, ""))


def test_render_writes_to_standard_output(path):
    command = [sys.executable, "-m", "verdicts", "render", "text", str(path)]
    run = subprocess.run(command, capture_output=True, check=True, env=os.environ | {"PYTHONIOENCODING": "ascii"})
    assert run.stdout.decode("utf-8") == FORMATS["text"](sample.ledger())


def test_merge_writes_a_ledger(path, tmp_path):
    assert main(["merge", str(path), str(path), "-o", str(tmp_path / "both.json")]) == 0
    assert read_ledger(tmp_path / "both.json") == sample.ledger()


def test_merge_names_the_files_that_contradict_each_other(path, other, tmp_path, capsys):
    assert main(["merge", str(path), str(other), "-o", str(tmp_path / "both.json")]) == 2
    error = capsys.readouterr().err
    assert error == f"case E.review[]: contradiction: holds (proof) in {path}, refuted (proof) in {other}\n"


def test_diff_tells_by_its_status(path, other, tmp_path, capsys):
    assert main(["diff", str(path), str(path)]) == 0
    assert capsys.readouterr().out == ""
    assert main(["diff", str(path), str(other)]) == 1
    assert capsys.readouterr().out == "E.review: verdict holds -> refuted\nE.review[]: verdict holds -> refuted\n"
    assert main(["diff", str(path), str(tmp_path / "absent.json")]) == 2


def test_accept_takes_verdicts_into_a_baseline(sound, path, tmp_path, capsys):
    baseline, with_problems, path = tmp_path / "baseline.json", path, sound
    assert main(["accept", str(path), "E.review", "E.text", "--baseline", str(baseline)]) == 0
    assert set(Baseline.read(baseline).claims) == {"E.review", "E.text"}
    assert main(["accept", str(path), "E.text", "--baseline", str(baseline)]) == 0
    assert capsys.readouterr().out == f"{baseline}: written\n{baseline}: nothing new\n"
    assert main(["accept", str(path), "E.tetx", "--baseline", str(baseline)]) == 2
    assert capsys.readouterr().err.startswith(
        f"{path}: E.tetx: expected all, new, or the id of a claim, such as E.text"
    )
    assert main(["accept", str(with_problems), "all", "--baseline", str(baseline)]) == 2
    assert "has problems of its own: claims/broken.py: ImportError" in capsys.readouterr().err
    assert main(["accept", str(path), "all", "--baseline", str(path / "below")]) == 2


def test_schema_is_that_of_ledgers(capsysbinary):
    assert main(["schema"]) == 0
    assert json.loads(capsysbinary.readouterr().out) == published_schema()


@pytest.fixture
def journal(tmp_path, monkeypatch):
    """The journal of a run that died."""
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "reports" / "latest" / "verdicts.journal"
    test_journal.begun(file).close()
    return file


@pytest.mark.parametrize("arguments", [[], ["reports/latest/verdicts.journal"]])
def test_recover_writes_the_ledger_beside_the_journal(journal, capsys, arguments):
    assert main(["recover", *arguments]) == 0
    assert read_ledger(journal.with_name("verdicts.json"))["run"]["interrupted"]
    assert "verdicts.json: recovered 1 claims, 1 of them not run" in capsys.readouterr().out


def test_recover_writes_over_no_newer_ledger(journal, tmp_path, capsys):
    newer = journal.with_name("verdicts.json")
    newer.write_text("newer")
    os.utime(journal, (1, 1))
    assert main(["recover"]) == 2
    assert "verdicts.json: is newer than" in capsys.readouterr().err
    assert newer.read_text() == "newer"
    assert main(["recover", "-o", str(tmp_path / "there.json")]) == 0
    os.utime(newer, (0, 0))
    assert main(["recover"]) == 0


def test_recover_leaves_a_live_run_alone(journal, capsys):
    live = Journal.open(journal, test_journal.RUN)
    assert main(["recover"]) == 2
    assert "still alive" in capsys.readouterr().err
    live.close()


@pytest.mark.parametrize(
    "arguments",
    [
        ["render", "html", "{folder}/absent.json"],
        ["render", "json", "{ledger}", "-o", "{folder}"],
        ["render", "json", "{ledger}", "-o", "{ledger}/below"],
        ["merge", "{ledger}", "{foreign}", "-o", "{folder}/x"],
        ["diff", "{ledger}", "{foreign}"],
        ["accept", "{foreign}", "all", "--baseline", "{folder}/x"],
        ["accept", "{ledger}", "all", "--baseline", "{foreign}"],
        ["recover", "{foreign}"],
        ["recover", "{folder}/absent.journal"],
    ],
    ids=" ".join,
)
def test_bad_input_is_one_line_and_status_two(path, tmp_path, capsys, arguments):
    foreign = tmp_path / "foreign\x1b[2J\n.json"
    foreign.write_text("{}\n")
    given = [text.format(folder=tmp_path, ledger=path, foreign=foreign) for text in arguments]
    assert main(given) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "\x1b" not in error
    assert str(tmp_path) in error


@pytest.fixture
def green(tmp_path, monkeypatch):
    """A folder of a run that came to its end, whole and green."""
    monkeypatch.chdir(tmp_path)
    made = test_merge.part("all", a="", b="")
    made["run"] |= {"whole": True, "problems": [], "exit_status": 0}
    folder = tmp_path / "reports" / "latest"
    with_journal(folder / "verdicts.journal", made["run"]).end(0)
    (folder / "verdicts.json").write_text(json.dumps(made), encoding="utf-8")
    return made, folder


def with_journal(path, run):
    journal = Journal.open(path, run)
    journal.write("claims", catalogue=test_journal.catalogue())
    return journal


@pytest.mark.usefixtures("green")
def test_verify_is_content_with_a_green_run_that_came_to_its_end(capsys):
    assert main(["verify"]) == 0
    assert capsys.readouterr().out == "run passed, exit status 0\n"


def test_verify_is_not_taken_in_by_a_run_that_ended_without_a_word(green, capsys):
    """A test that ends its process, by os._exit(0) say, leaves the ledger of the run before."""
    made, folder = green
    with_journal(folder / "verdicts.journal", made["run"]).close()
    assert main(["verify"]) == 2
    assert "its run ended without a word, whatever its exit status was: verdicts recover" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"exit_status": 1}, "run failed, exit status 1"),
        ({"problems": ["a worker was lost"]}, "a worker was lost"),
        ({"interrupted": "killed"}, "interrupted: killed"),
        ({"whole": False}, "only a part of the paper's claims was asked for"),
    ],
)
def test_verify_tells_what_is_not_green(green, capsys, changes, said):
    made, folder = green
    made["run"] |= changes
    with_journal(folder / "verdicts.journal", made["run"]).end(made["run"]["exit_status"])
    (folder / "verdicts.json").write_text(json.dumps(made), encoding="utf-8")
    assert main(["verify"]) == 1
    assert said in capsys.readouterr().out


def test_verify_knows_whose_ledger_it_is(green, capsys):
    made, folder = green
    live = with_journal(folder / "verdicts.journal", made["run"] | {"started": "later"})
    assert main(["verify"]) == 2
    assert "still alive" in capsys.readouterr().err
    live.end(0)
    assert main(["verify"]) == 2
    assert "began at later and ended with status 0; the ledger beside it is of another run" in capsys.readouterr().err
    (folder / "verdicts.json").unlink()
    assert main(["verify"]) == 2


def test_verify_holds_a_ledger_against_a_baseline(green, capsys):
    made, folder = green
    assert main(["accept", str(folder / "verdicts.json"), "all", "--baseline", "b.json"]) == 0
    assert main(["verify", "--baseline", "b.json"]) == 0
    part = made | {"claims": made["claims"][:1]}
    part["summary"] = summarize(part["claims"])
    part["claims"][0]["says"] = "other words"
    sample.settle(part["claims"])
    (folder / "verdicts.json").write_text(json.dumps(part), encoding="utf-8")
    capsys.readouterr()
    assert main(["verify"]) == 0
    assert main(["verify", "--baseline", "b.json"]) == 1
    assert capsys.readouterr().out.splitlines()[2:] == [
        "a: stale: holds",
        "b: gone: in the baseline, no longer declared",
    ]
    assert main(["verify", "--baseline", "absent.json"]) == 2


def test_an_unknown_format_is_a_usage_error(path):
    with pytest.raises(SystemExit) as raised:
        main(["render", "pdf", str(path)])
    assert raised.value.code == 2
