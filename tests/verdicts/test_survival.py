"""Whatever happens to a run, the evidence gathered until then reaches a valid ledger."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from verdicts.cli import main

from tests.verdicts.conftest import IMPORTS

SCHEMA = Path(__file__).parents[2] / "reports" / "verdicts" / "schema.json"
GOOD = '@claim("good", at="Section 1.1", says="π")\ndef test_a_good(check):\n    check(printed("3.14"), arb.pi)\n'
LATER = '@claim("later", at="Theorem 1", says="π")\ndef test_z_later(check):\n    check(printed("3.14"), arb.pi)\n'


def bad(body: str) -> str:
    return f'import os, signal\n@claim("bad", at="Section 2.1", says="x")\ndef test_b_bad(check):\n    {body}\n'


def assert_valid(audit):
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(audit.ledger)
    assert audit.verdicts()["good"] == "holds"


@pytest.mark.parametrize("workers", ["0", pytest.param("1", marks=pytest.mark.long)])
def test_keyboard_interrupt(audit, workers):
    audit.claims(GOOD + bad("raise KeyboardInterrupt") + LATER)
    result = audit.spawn("-n", workers)
    assert result.ret != pytest.ExitCode.OK
    assert_valid(audit)
    assert audit.verdicts()["later"] == "not run"
    assert audit.reasons()["later"]


HANGING = bad("open('hanging', 'w').close(); import time; time.sleep(60)")


def interrupted(audit, workers, send, *arguments):
    """Run until one claim hangs, then do something to the process; returns its exit status."""
    audit.claims(GOOD + HANGING + LATER)
    command = [sys.executable, "-m", "pytest", "claims/", "-n", workers, "-p", "no:cacheprovider", *arguments]
    options = {"cwd": audit.path, "stdout": subprocess.DEVNULL, "start_new_session": True}
    with subprocess.Popen(command, **options) as process:
        deadline = time.monotonic() + 60
        while not (audit.path / "hanging").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        if workers != "0":
            time.sleep(0.5)  # what they have said is on its way
        send(process.pid)
        return process.wait(60)


@pytest.mark.parametrize(
    ("workers", "number"),
    [
        ("0", signal.SIGTERM),
        pytest.param("0", signal.SIGINT, marks=pytest.mark.long),
        pytest.param("2", signal.SIGINT, marks=pytest.mark.long),
        pytest.param("0", signal.SIGHUP, marks=pytest.mark.long),
        pytest.param("1", signal.SIGTERM, marks=pytest.mark.long),
    ],
)
def test_a_signal_ends_the_run_as_control_c_does(audit, workers, number):
    status = interrupted(audit, workers, lambda pid: os.killpg(pid, number))
    assert status == pytest.ExitCode.INTERRUPTED
    assert_valid(audit)
    assert audit.verdicts()["bad"] == "not run"
    assert audit.ledger["run"]["interrupted"]
    assert audit.ledger["run"]["exit_status"] == status
    assert "run stopped" in audit.reasons()["bad"]
    assert "interrupted" in (audit.latest / "verdicts.html").read_text(encoding="utf-8")


@pytest.mark.long
@pytest.mark.parametrize("workers", ["0", "2"])
def test_what_a_killed_run_had_learnt_is_recovered(audit, workers):
    audit.claims(GOOD).with_page().run()
    page = (audit.latest / "verdicts.html").read_text(encoding="utf-8")
    (audit.path / "claims" / "test_some.py").unlink()
    interrupted(audit, workers, lambda pid: os.killpg(pid, signal.SIGKILL))
    outdated = (audit.latest / "verdicts.html").read_text(encoding="utf-8")
    assert outdated != page
    assert "this one is of an earlier run" in outdated
    (audit.path / "hanging").unlink()
    output = audit.path / "recovered.json"
    assert main(["recover", str(audit.latest / "verdicts.journal"), "-o", str(output)]) == 0
    ledger = json.loads(output.read_text(encoding="utf-8"))
    verdicts = {claim["id"]: claim["verdict"] for claim in ledger["claims"]}
    assert verdicts["good"] == "holds"
    assert verdicts["bad"] == "not run"
    assert ledger["run"]["interrupted"]


def test_the_next_run_saves_what_a_dead_one_had_learnt(audit):
    audit.claims(GOOD + bad("os._exit(3)") + LATER)
    assert audit.spawn().ret == 3
    assert not audit.ledger_path.exists()
    audit.claims(GOOD + bad('check(printed("3.14"), arb.pi)') + LATER)
    result = audit.run()
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["an earlier run died; what it had learnt is in *verdicts.recovered.json"])
    recovered = json.loads((audit.latest / "verdicts.recovered.json").read_text(encoding="utf-8"))
    assert {claim["id"]: claim["verdict"] for claim in recovered["claims"]}["good"] == "holds"
    assert "earlier run died" not in audit.run().stdout.str()


@pytest.mark.parametrize("workers", [[], ["-n2", "--max-worker-restart=0"]])
def test_a_process_that_ends_as_claims_are_imported_is_the_last_run(audit, workers):
    audit.claims(GOOD).accepted()
    assert main(["verify", str(audit.ledger_path)]) == 0
    audit.claims("import os; os._exit(0)", "test_early.py")
    audit.spawn(*workers)
    assert main(["verify", str(audit.ledger_path)]) == 2
    (audit.path / "claims" / "test_early.py").unlink()
    assert "earlier run died" not in audit.run().stdout.str()
    assert main(["verify", str(audit.ledger_path)]) == 0


@pytest.mark.long
@pytest.mark.parametrize("asked", [(), ("-k", "test")], ids=["all", "a part"])
def test_runs_with_different_reports_do_not_disturb_each_other(audit, asked):
    """A run that is alive keeps the journal of its report; another with a report of its own accepts meanwhile."""
    audit.claims(GOOD + bad("open('begun', 'w').close(); time.sleep(60)").replace("import os", "import os, time"))
    alive = [sys.executable, "-m", "pytest", "claims/", "-p", "no:cacheprovider", *asked]
    with subprocess.Popen(alive, cwd=audit.path, stdout=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not (audit.path / "begun").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        (audit.path / "claims" / "test_some.py").write_text(IMPORTS + GOOD, encoding="utf-8")
        same = audit.run("--verdicts-accept", "all", *asked)
        other = audit.run("--verdicts-accept", "all", "-o", "verdicts_report=json:other/mine.json", *asked)
        process.kill()
    assert same.ret == pytest.ExitCode.TESTS_FAILED
    same.stdout.no_fnmatch_line("*baseline.json: * accepted*")
    assert other.ret == pytest.ExitCode.OK, other.stdout.str()
    assert {path.name for path in (audit.path / "other").iterdir()} == (
        {"partial.journal", "partial.json"} if asked else {"mine.journal", "mine.json"}
    )
    assert list(audit.baseline["claims"]) == ["good"]


def test_a_dead_run_is_recovered_beside_its_own_report(audit):
    report = ("-o", "verdicts_report=json:other/mine.json")
    audit.claims(GOOD + bad("os._exit(3)") + LATER)
    assert audit.spawn(*report).ret == 3
    assert main(["recover", str(audit.path / "other" / "mine.journal")]) == 0
    ledger = audit.path / "other" / "mine.json"
    assert json.loads(ledger.read_text(encoding="utf-8"))["claims"][0]["verdict"] == "holds"
    assert main(["verify", str(ledger)]) == 2, "it is not the ledger of a run that came to its end"
    audit.claims(GOOD)
    assert "earlier run died" not in audit.run().stdout.str(), "of another report"
    audit.run(*report).stdout.fnmatch_lines(["an earlier run died; what it had learnt is in *mine.recovered.json"])


def test_a_source_that_yields_for_ever_is_stopped(audit):
    audit.claims(
        "class Endless:\n    def looks(self, level):\n"
        "        while True: yield from arithmetic((2, 4), 'x').looks(level)\n"
        + GOOD
        + bad('check(printed("3.14"), Endless())')
    )
    audit.run()
    assert audit.verdicts() == {"good": "holds", "bad": "inconclusive"}
    assert "looks" in audit.reasons()["bad"]


@pytest.mark.parametrize("workers", ["0", pytest.param("1", marks=pytest.mark.long)])
def test_stop_at_the_first_failure(audit, workers):
    result = audit.claims(GOOD + bad("raise ZeroDivisionError('zero')") + LATER).run_on(workers, "-x")
    assert result.ret != pytest.ExitCode.OK
    assert_valid(audit)
    assert "ZeroDivisionError: zero" in audit.reasons()["bad"]
    if workers == "0":
        assert "stopping after 1 failures" in audit.reasons()["later"]


@pytest.mark.parametrize("workers", ["0", pytest.param("2", marks=pytest.mark.long)])
def test_a_file_that_cannot_be_imported(audit, workers):
    audit.claims(GOOD).claims(bad("pass"), "test_other.py").run()
    audit.claims("import no_such_module\n", "test_other.py")
    result = audit.run_on(workers)
    assert result.ret != pytest.ExitCode.OK
    assert_valid(audit)
    assert any("no_such_module" in problem for problem in audit.ledger["run"]["problems"])


def test_claims_of_a_broken_file_are_not_run_with_the_reason(audit):
    audit.claims(GOOD).claims(LATER, "test_other.py").run("--verdicts-accept", "all")
    audit.claims("import no_such_module\n", "test_other.py")
    audit.spawn("-n", "2")
    assert_valid(audit)
    assert "no_such_module" in audit.reasons()["later"]


@pytest.mark.long
def test_a_worker_killed_by_a_signal(audit):
    audit.claims(GOOD + bad("os.kill(os.getpid(), signal.SIGKILL)") + LATER)
    result = audit.spawn("-n", "1")
    assert result.ret != pytest.ExitCode.OK
    assert_valid(audit)
    assert audit.verdicts()["later"] == "holds"
    assert audit.verdicts()["bad"] == "not run"
    assert "crashed" in audit.reasons()["bad"]


def test_every_worker_killed(audit):
    audit.claims(bad("os.kill(os.getpid(), signal.SIGKILL)"))
    audit.spawn("-n", "1", "--max-worker-restart", "0")
    assert audit.verdicts() == {"bad": "not run"}


def test_a_full_disk_keeps_the_old_ledger_and_saves_the_new_one_elsewhere(audit, monkeypatch):
    audit.claims(GOOD).with_page().run()
    before = audit.ledger_path.read_text(encoding="utf-8")
    real = os.fsync
    calls = iter([True, True, False, True, False])

    def full(handle):
        if next(calls, False):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    result = audit.claims(LATER, "test_later.py").run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert audit.ledger_path.read_text(encoding="utf-8") == before
    assert not [path for path in audit.ledger_path.parent.iterdir() if path.name.startswith(".")]
    (saved,) = re.findall(r"(/\S+verdicts\.json): saved here\s+instead", result.stdout.str())[:1]
    ledger = json.loads(Path(saved).read_text(encoding="utf-8"))
    assert [claim["verdict"] for claim in ledger["claims"]] == ["holds", "holds"]


def test_a_claim_that_rests_on_a_broken_file_is_judged(audit):
    audit.claims(GOOD.replace('says="π"', 'says="π", rests_on=["lost"]')).claims(
        "import no_such_module\n", "test_other.py"
    )
    assert audit.run().ret == pytest.ExitCode.TESTS_FAILED
    assert_valid(audit)


def test_a_part_of_the_claims_may_rest_on_the_rest(audit):
    audit.claims(GOOD).run("--verdicts-accept", "all")
    new = LATER.replace('says="π"', 'says="π", rests_on=["elsewhere"]').replace("later", "fresh")
    audit.claims(new, "test_new.py")
    result = audit.pytester.runpytest_inprocess("claims/test_new.py", "-p", "no:xdist", "--verdicts-accept", "new")
    assert result.ret == pytest.ExitCode.OK
    assert [claim["verdict"] for claim in audit.partial["claims"]] == ["holds"]


def test_an_error_in_a_claim_is_no_verdict(audit):
    result = audit.claims(GOOD + bad("assert 1 == 2")).run()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert_valid(audit)
    assert audit.verdicts()["bad"] == "not run"


@pytest.mark.parametrize("body", ["pass", 'check(printed("3"), arb.pi); check(printed("3"), arb.pi)'])
def test_each_case_is_one_check(audit, body):
    assert audit.claims(GOOD + bad(body)).run().ret == pytest.ExitCode.TESTS_FAILED


def test_a_search_without_a_twin_is_an_error(audit):
    audit.claims(
        "from hypothesis import given, strategies as st\n"
        '@claim("bad", at="Section 2.1", says="x")\n@given(n=st.integers())\ndef test_b(n):\n    assert n == n\n' + GOOD
    )
    assert audit.run().ret == pytest.ExitCode.TESTS_FAILED
    assert_valid(audit)
    assert "twin" in audit.reasons()["bad"]


def test_deselected_claims_are_not_run(audit):
    audit.claims(GOOD + LATER).spawn("-n", "2", "-k", "good")
    good, later = audit.partial["claims"]
    assert (good["verdict"], later["verdict"]) == ("holds", "not run")
    assert later["cases"][0]["reason"] == "deselected"
