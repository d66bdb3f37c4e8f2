"""An audit whose workers are elsewhere: in another file system, on another host, in another checkout, or lost."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import shlex
import shutil
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from verdicts.cli import main
from verdicts.hosts import differences, go_on_after_loss, origin

from tests.verdicts.two_hosts import Hosts, command

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Iterator

    from tests.verdicts.conftest import Audit

MANY = """
import os, time
from pathlib import Path

def stay(folder):
    "The second case that comes to the other host stays there, the first time."
    second, hung = folder / "second", folder / "hung"
    if "SSH_CONNECTION" in os.environ and second.exists() and not hung.exists():
        (folder / "part").write_text(str(os.getpid()))
        (folder / "part").rename(hung)
        time.sleep(60)
    if "SSH_CONNECTION" in os.environ:
        second.touch()

@claim("many", at="Section 1.1", says="π")
@pytest.mark.parametrize("n", range(8), ids=str)
def test_many(check, n):
    stay(Path(FOLDER))
    check(printed("3.14"), arb.pi)

@claim("false", at="Section 1.1", says="e is 2.8")
def test_false(check):
    check(printed("2.8"), lambda: arb(1).exp())
"""


def checkout(audit: Audit, at: Path) -> Path:
    """Another checkout of the same commit."""
    shutil.copytree(audit.path, at, ignore=shutil.ignore_patterns("reports", "__pycache__"))
    return at


def script(path: Path, *lines: str) -> str:
    """A program to start a worker by."""
    path.write_text("\n".join(["#!/bin/sh -e", *lines, ""]), encoding="utf-8")
    path.chmod(0o755)
    return str(path)


def cases(ledger: dict, but: str = "none") -> dict[tuple[str, str], dict]:
    """The cases of a ledger without the times that they took, but for one of the claim `many`."""
    found = {(claim["id"], case["id"]): case | {"seconds": 0} for claim in ledger["claims"] for case in claim["cases"]}
    found.pop(("many", but), None)
    return found


# other file systems, on this machine


@pytest.fixture(scope="module")
def unshare() -> str:
    """The command that gives a program a file system of its own."""
    for made in ("unshare --mount", "unshare --mount --map-root-user"):
        with contextlib.suppress(OSError):
            command(*made.split(), "mount", "-t", "tmpfs", "none", "/mnt")
            return made
    pytest.skip("no mount namespace can be made here (unshare is missing, or it is not permitted)")


def test_workers_that_see_no_file_of_the_controller(audit, tmp_path, unshare):
    audit.classics().run()
    alone = audit.ledger
    audit.ledger_path.unlink()
    there = checkout(audit, tmp_path / "there")
    (tmp_path / "home").mkdir()
    here, home, python = (shlex.quote(str(path)) for path in (audit.path, tmp_path / "home", sys.executable))
    inside = script(
        tmp_path / "inside",
        f"mount -t tmpfs none {here}",
        f"cd {shlex.quote(str(there))}",
        f"[ -e {here}/claims ] || touch blind",
        f'exec {python} "$@"',
    )
    outside = script(tmp_path / "outside", f'exec env HOME={home} TMPDIR={home} {unshare} {inside} "$@"')
    assert audit.spawn("--dist", "load", "--tx", f"2*popen//python={outside}").ret == pytest.ExitCode.OK
    assert (there / "blind").exists()
    assert cases(audit.ledger) == cases(alone)
    assert audit.ledger["summary"] == alone["summary"]
    assert audit.ledger["run"]["workers"] == 2


def test_a_worker_with_another_checkout_is_a_fault(audit, tmp_path):
    audit.pytester.makeini("[pytest]\npythonpath = .\n")
    (audit.path / "theory.py").write_text("TERMS = 10\n", encoding="utf-8")
    text = '@claim("pi", at="Section 1.1", says="π")\ndef test_pi(check):\n    check(printed("3.14"), arb.pi)\n'
    audit.claims("import theory\n" + text)
    there = checkout(audit, tmp_path / "there")
    (there / "theory.py").write_text("TERMS = 9\n", encoding="utf-8")
    claims = there / "claims" / "test_some.py"
    claims.write_text(claims.read_text(encoding="utf-8").replace('says="π"', 'says="π, about"'), encoding="utf-8")
    worker = script(tmp_path / "worker", f"cd {shlex.quote(str(there))}", f'exec {shlex.quote(sys.executable)} "$@"')
    result = audit.spawn("--dist", "load", "--tx", "popen", "--tx", f"popen//python={worker}")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    problems = "\n".join(audit.ledger["run"]["problems"])
    assert "theory.py: expected the same checkout" in problems
    assert "collected other claims" in problems


def test_what_a_worker_may_not_differ_in(tmp_path, monkeypatch):
    (tmp_path / "theory.py").write_text("TERMS = 10\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "theory", raising=False)
    __import__("theory")
    worker = origin(tmp_path)
    assert worker["code"].keys() == {"theory.py"}
    assert differences(worker, tmp_path) == []
    other = copy.deepcopy(worker)
    other["versions"] |= {"python-flint": "0.0", "only there": "1.0"}
    other["plugin"] = other["code"]["theory.py"] = other["code"]["only_there.py"] = "other"
    versions, plugin, code = differences(other, tmp_path)
    assert versions.startswith(f"host {worker['host']}: python-flint is 0.0 there and ")
    assert "plugin" in plugin
    assert "here: theory.py: expected" in code


@pytest.mark.parametrize(
    ("reached", "others", "started", "told"),
    [
        ({"there", "here"}, "at work", ["there", "there"], 0),
        ({"here"}, "at work", [], 1),
        ({"here"}, "shutting down", ["here", "here"], 1),
        ({"here"}, "ended", ["here"], 1),
        (set(), "at work", [], 1),
        (set(), "shutting down", [], 2),
        (set(), "ended", [], 2),
    ],
)
def test_who_takes_over_from_a_lost_worker(reached, others, started, told):
    """Two workers "there" are lost, one after the other; others are "here"."""
    found, lines = [], []

    def start(node):
        if node.gateway.spec not in reached:
            raise OSError("no route to host")
        found.append(node.gateway.spec)

    class Worker:
        shutting_down = others == "shutting down"

        def __init__(self, spec):
            self.gateway = SimpleNamespace(id="gw0", spec=spec)

    lost, again, here = Worker("there"), Worker("there"), Worker("here")
    schedule = SimpleNamespace(collection_is_completed=True)
    session = SimpleNamespace(_clone_node=start, _active_nodes={lost, again, here}, sched=schedule, shouldstop=False)
    plugins = SimpleNamespace(get_plugin=lambda _: session)
    go_on_after_loss(SimpleNamespace(pluginmanager=plugins, getvalue=lambda _: "load"), lines.append)
    session._active_nodes -= {here} if others == "ended" else set()
    for node in (lost, again):
        session._clone_node(node)
        session._active_nodes.remove(node)
    assert found == started
    assert len(lines) == told
    assert bool(session.shouldstop) == (others == "ended" and not reached)


# other hosts


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosts]:
    missing = [name for name in ("ip", "ssh", "ssh-keygen") if shutil.which(name) is None]
    missing += [] if shutil.which("sshd") or Path("/usr/sbin/sshd").exists() else ["sshd"]
    if missing:
        pytest.skip(f"two hosts need {', '.join(missing)} (Debian: iproute2 openssh-client openssh-server)")
    if os.geteuid() != 0:
        pytest.skip("network namespaces need root")
    made = Hosts(tmp_path_factory.mktemp("hosts"))
    try:
        try:
            made.up()
        except OSError as error:
            pytest.skip(f"two hosts cannot be made here: {error}")
        yield made
    finally:
        made.down()


@pytest.fixture
def away(audit, tmp_path, hosts) -> Iterator[Path]:
    """Where the other host has its checkout, of claims whose second case there stays until something happens."""
    audit.claims(MANY.replace("FOLDER", repr(str(tmp_path))))
    try:
        yield checkout(audit, tmp_path / "there")
    finally:
        hosts.link("up")
        hosts.reach()


def hung(run: subprocess.Popen, tmp_path: Path) -> int:
    """Wait for the case that stays; the id of its process."""
    deadline = time.monotonic() + 60
    while not (tmp_path / "hung").exists() and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    return int((tmp_path / "hung").read_text(encoding="utf-8"))


@pytest.mark.parametrize("loss", ["worker", "link"])
def test_a_loss_costs_one_case(audit, tmp_path, hosts, away, loss):
    audit.run()
    alone = audit.ledger
    audit.ledger_path.unlink()
    with hosts.running(audit.path, away, "--tx", "popen") as run:
        process = hung(run, tmp_path)
        os.kill(process, signal.SIGKILL) if loss == "worker" else hosts.link("down")
        assert run.wait(90) == pytest.ExitCode.TESTS_FAILED, hosts.said()
    ledger = audit.ledger
    many = next(claim for claim in ledger["claims"] if claim["id"] == "many")
    lost = next(case for case in many["cases"] if case["verdict"] == "not run")
    assert "crashed while running" in lost["reason"]
    assert any("none can be started" in problem for problem in ledger["run"]["problems"]) == (loss == "link")
    assert ledger["run"]["exit_status"] == pytest.ExitCode.TESTS_FAILED
    assert cases(ledger, but=lost["id"]) == cases(alone, but=lost["id"])


def test_the_only_host_is_lost(audit, tmp_path, hosts, away):
    with hosts.running(audit.path, away) as run:
        hung(run, tmp_path)
        hosts.link("down")
        hosts.drop_connections()
        assert run.wait(90) == pytest.ExitCode.INTERRUPTED, hosts.said()
    first, second, *others = (case for key, case in sorted(cases(audit.ledger).items()) if key[0] == "many")
    assert first["verdict"] == "holds"
    assert "crashed" in second["reason"]
    assert {case["reason"] for case in others} == {"run stopped: every worker is lost"}


def test_what_a_killed_controller_had_learnt_is_recovered(audit, tmp_path, hosts, away):
    with hosts.running(audit.path, away) as run:
        hung(run, tmp_path)
        run.kill()
    output = tmp_path / "recovered.json"
    assert main(["recover", str(audit.latest / "verdicts.journal"), "-o", str(output)]) == 0
    ledger = json.loads(output.read_text(encoding="utf-8"))
    verdicts = {key: case["verdict"] for key, case in cases(ledger).items()}
    assert verdicts.pop(("many", "0")) == "holds"
    assert set(verdicts.values()) == {"not run"}
    assert ledger["run"]["interrupted"]
