"""A run that dies leaves a journal, which tells that it died and gives back all that it had learnt."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from verdicts import journal as module
from verdicts.journal import DIED, SILENT, Journal, leave_a_trace, recover, saved_of_earlier, unsettled
from verdicts.ledger import draw_up, dump, verify
from verdicts.records import blank_case

from tests.verdicts import sample

RUN = sample.ledger()["run"] | {"problems": ["broken.py"], "interrupted": None, "exit_status": 0}
CASES = ("a", "b", "c", "left out")


def catalogue():
    whole = sample.ledger()
    known = [
        {"id": id, "reading": None, "primary": True, "reproduce": f"pytest {id}", "rank": [rank], "node": "x",
         "left_out": "deselected" if id == "left out" else ""}
        for rank, id in enumerate(CASES)
    ]  # fmt: skip
    claims = [sample.claim("claim", "1", "step", []) | {"cases": known}]
    asked = {"whole": True, "complete": True}
    return {"paper": whole["paper"], "sections": whole["sections"], "claims": claims, "silent": {}, **asked}


def record(id):
    return sample.case("claim", id, method="π, \ud835\n")


def begun(path):
    journal = Journal.open(path, RUN)
    journal.write("claims", catalogue=catalogue())
    for id in CASES[:3]:
        journal.write("case", claim="claim", case=id, record=record(id))
    journal.write("problem", text="a worker was lost")
    return journal


@cache
def written():
    with tempfile.TemporaryDirectory() as folder:
        begun(Path(folder) / "j").close()
        return (Path(folder) / "j").read_bytes()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "latest" / "verdicts.journal"


def test_a_dead_run_is_told_from_a_live_one_and_a_finished_one(path):
    assert not Journal.unfinished(path)
    journal = begun(path)
    assert not Journal.unfinished(path)
    with pytest.raises(ValueError, match="its run is still alive"):
        recover(path)
    journal.close()
    assert Journal.unfinished(path)
    journal = begun(path)
    journal.end(1)
    assert not Journal.unfinished(path)
    with pytest.raises(ValueError, match="nothing to recover"):
        recover(path)


def test_a_second_run_does_not_touch_the_journal_of_a_live_one(path):
    journal = begun(path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="another run is writing this journal"):
        Journal.open(path, RUN)
    assert path.read_bytes() == before
    journal.end(0)
    Journal.open(path, RUN).close()


def test_what_is_recovered_is_what_the_run_would_have_written(path):
    begun(path).close()
    made = recover(path)
    verify(made)
    assert made["run"]["interrupted"] == DIED
    assert made["run"]["problems"] == ["broken.py", "a worker was lost"]
    assert made["run"]["exit_status"] != 0
    records = {("claim", id): record(id) for id in CASES[:3]}
    reasons = {"left out": "deselected"}
    whole = draw_up(catalogue(), records, made["run"], reason_of_silence=lambda _, case: reasons.get(case, SILENT))
    assert made == whole


def test_a_process_that_ends_without_a_word_leaves_its_journal(path):
    code = (
        "import os, sys; from pathlib import Path; from tests.verdicts import test_journal\n"
        "test_journal.begun(Path(sys.argv[1])); os._exit(3)"
    )
    root = Path(__file__).parents[2]
    run = subprocess.run([sys.executable, "-c", code, str(path)], cwd=root, check=False)
    assert run.returncode == 3
    assert Journal.unfinished(path)
    assert recover(path)["claims"][0]["cases"][2]["verdict"] == "holds"


@given(cut=st.integers(0, len(written())))
def test_a_journal_cut_anywhere_gives_back_its_whole_lines(tmp_path_factory, cut):
    path = tmp_path_factory.mktemp("journal") / "j"
    path.write_bytes(written()[:cut])
    lines = written()[:cut].count(b"\n")
    assert Journal.unfinished(path)
    if lines < 2:
        with pytest.raises(ValueError, match="before its claims were collected: nothing to recover"):
            recover(path)
    else:
        cases = recover(path)["claims"][0]["cases"]
        assert [case["verdict"] == "holds" for case in cases] == [lines > number for number in (2, 3, 4, 99)]


def test_each_line_is_on_disk_when_it_is_written(path):
    journal = begun(path)
    assert path.read_bytes().count(b"\n") == 6
    journal.close()


def test_a_full_disk_stops_the_journal_and_not_the_run():
    journal = begun(Path("/dev/full"))
    assert journal.problem == "/dev/full: cannot be written: No space left on device"
    journal.end(0)


def test_after_a_line_that_was_cut_off_none_follows(path):
    journal = begun(path)
    before = path.read_bytes()
    journal.problem = "no space"
    journal.write("problem", text="x")
    assert path.read_bytes() == before
    journal.close()


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        Journal.open(tmp_path / "file" / "verdicts.journal", RUN)


def test_a_journal_that_cannot_be_opened_leaves_no_lock(path):
    path.mkdir(parents=True)
    for _ in range(2):
        with pytest.raises(IsADirectoryError):
            Journal.open(path, RUN)


def line(event, **facts):
    return json.dumps({"event": event, "after": 0.5, **facts}) + "\n"


START, CLAIMS = line("start", run=RUN), line("claims", catalogue=catalogue())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "died before its claims were collected"),
        (START, "died before its claims were collected"),
        (CLAIMS, "died before its claims were collected"),
        ("nonsense\n", "line 1: expected an event in JSON"),
        (START + "[]\n", "line 2: expected an event"),
        (START + '{"event": NaN}\n', "line 2: expected an event in JSON: NaN is no JSON number"),
        (START + "[" * 100_000 + "\n", "line 2: expected an event in JSON: nested too deeply"),
        (line("start", run=3) + CLAIMS, "key 'run': expected an object, found 3"),
        (START + line("claims"), "key 'catalogue': expected an object, found null"),
        (START + CLAIMS + line("case", claim="claim", case="a", record={}), "key 'record.verdict': expected"),
        (START + CLAIMS + line("case"), "expected the journal of a run: "),
        (START + CLAIMS + line("case", claim=[], case="a", record=blank_case()), "expected the journal of a run: "),
        (START + CLAIMS + '{"event": "x"}\n', "expected the journal of a run: "),
    ],
    ids=lambda text: text[-40:],
)
def test_a_broken_journal_is_refused_in_one_line(tmp_path, text, complaint):
    path = tmp_path / "j"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"journal|expected|died") as raised:
        recover(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert complaint in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_was_asked_for_and_never_heard_of_is_told_from_what_was_left_out(path):
    journal = Journal.open(path, RUN)
    journal.write("claims", catalogue=catalogue())
    journal.close()
    made = recover(path)
    assert [case["reason"] for case in made["claims"][0]["cases"]] == [SILENT] * 3 + ["deselected"]
    assert made["run"]["exit_status"] == pytest.ExitCode.INTERRUPTED


def test_events_say_how_long_after_the_start_they_were_and_the_last_how_it_ended(path):
    begun(path).end(3)
    events = [json.loads(line) for line in path.read_text().splitlines()]
    after = [event["after"] for event in events]
    assert after == sorted(after)
    assert 0 <= after[0] <= after[-1] < 60
    assert events[-1] == {"event": "end", "after": after[-1], "exit_status": 3}


def test_a_closed_journal_is_written_no_more(path):
    journal = begun(path)
    journal.close()
    before = path.read_bytes()
    journal.write("problem", text="x")
    assert path.read_bytes() == before


@pytest.mark.parametrize("before", [None, "an earlier problem"])
def test_its_beginning_and_its_end_reach_the_disk_or_say_that_they_do_not(path, monkeypatch, before):
    synced = []
    monkeypatch.setattr(module.os, "fsync", synced.append)
    journal = begun(path)
    assert synced == [journal._file.fileno()]
    journal.end(0)
    assert len(synced) == 2

    def fails(_):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(module.os, "fsync", fails)
    journal = Journal.open(path, RUN)
    assert journal.problem == f"{path}: cannot be written: Input/output error"
    journal.problem = before
    journal.end(0)
    assert journal.problem == (before or f"{path}: cannot be written: Input/output error")


# what an earlier run left


def test_what_an_earlier_run_left_is_saved_where_it_died(path):
    saved = path.with_suffix(".recovered.json")
    assert saved_of_earlier(path) == []
    journal = begun(path)
    assert saved_of_earlier(path) == []
    assert not saved.exists()
    journal.close()
    assert saved_of_earlier(path) == [f"an earlier run died; what it had learnt is in {saved}"]
    assert saved.read_text(encoding="utf-8") == dump(recover(path)).encode("utf-8", "backslashreplace").decode()
    saved.unlink()
    begun(path).end(0)
    assert saved_of_earlier(path) == []
    assert not saved.exists()


@pytest.mark.parametrize("fault", ["broken", "no room"])
def test_what_cannot_be_saved_is_said(path, fault):
    begun(path).close()
    if fault == "broken":
        path.write_text("nonsense\n")
    else:
        path.with_suffix(".recovered.json").symlink_to("/dev/null/no/folder")
    said, kept = saved_of_earlier(path)
    assert kept == f"{path.with_suffix('.unread.journal')}: kept there"
    assert said.startswith("an earlier run died, and its journal cannot be read: ")


def test_a_journal_that_can_be_neither_read_nor_moved_is_said_to_stay(path, monkeypatch):
    def fails(*_):
        raise OSError(13, "Permission denied")

    begun(path).close()
    path.write_text("nonsense\n")
    monkeypatch.setattr(Path, "rename", fails)
    assert saved_of_earlier(path)[1:] == [f"{path}: cannot be moved: Permission denied"]
    assert path.read_text() == "nonsense\n"


def test_a_run_without_evidence_leaves_a_trace_beside_an_earlier_ledger_only(path):
    assert leave_a_trace(path, RUN) == []
    assert not path.exists()
    path.parent.mkdir()
    path.with_suffix(".json").touch()
    for options, events in (({}, ["start", "end"]), ({"ended": True}, ["start", "end"]), ({"ended": False}, ["start"])):
        assert leave_a_trace(path, RUN | {"exit_status": 4}, **options) == []
        found = [json.loads(line) for line in path.read_text().splitlines()]
        assert [event["event"] for event in found] == events
        assert (found[0]["run"]["exit_status"], found[-1].get("exit_status")) == (4, 4 if events[1:] else None)
    with contextlib.closing(begun(path)):
        before = path.read_bytes()
        assert leave_a_trace(path, RUN) == [], "a run that is alive says itself what it does"
        assert path.read_bytes() == before
    assert leave_a_trace(path, RUN) == [
        f"an earlier run died; what it had learnt is in {path.with_suffix('.recovered.json')}"
    ]
    assert unsettled(path, RUN) == ""


def test_what_earlier_runs_left_is_never_written_over(path):
    for name in ("recovered.json", "unread.journal"):
        for number in ("", "-2", "-3"):
            path.write_text("nonsense\n") if "unread" in name else begun(path).close()
            saved = path.with_name(f"{path.stem}{number}.{name}")
            assert any(str(saved) in line for line in saved_of_earlier(path))
            assert saved.is_file()
    assert path.with_suffix(".unread.journal").read_text() == "nonsense\n"


def test_a_run_that_died_before_its_claims_were_collected_left_nothing(path):
    Journal.open(path, RUN).close()
    assert saved_of_earlier(path) == []


def test_a_ledger_is_settled_by_the_end_of_its_own_run(path):
    ours, later, red = ({**RUN, "exit_status": 0} | change for change in ({}, {"started": "later"}, {"exit_status": 1}))
    assert unsettled(path, ours) == ""
    journal = begun(path)
    assert unsettled(path, ours) == f"{path}: its run is still alive"
    journal.close()
    assert "ended without a word" in unsettled(path, ours)
    begun(path).end(0)
    assert unsettled(path, ours) == ""
    told = f"{path}: its run began at {RUN['started']} and ended with status 0; the ledger beside it is of another run"
    assert unsettled(path, later) == unsettled(path, red) == told
    path.write_text(line("end", exit_status=0))
    assert "its run began at  and ended" in unsettled(path, ours)
