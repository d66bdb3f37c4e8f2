"""A process that starts warm is what it would be had it started cold."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests import warm

SEEN = """
import json, os, random, signal, subprocess, sys, threading, warnings

def test_it():
    if workers := os.environ.get("PYTEST_XDIST_WORKER"):
        assert workers == "gw0"
    streams = [(file.name, file.mode, file.encoding, file.errors, file.line_buffering)
               for file in (sys.__stdin__, sys.__stdout__, sys.__stderr__)]
    seen = {
        "words": sys.argv, "path": sys.path, "folder": os.getcwd(), "variables": dict(os.environ),
        "flags": [str(sys.flags), sys.dont_write_bytecode, sys.executable], "main": sys.modules["__main__"].__name__,
        "signals": [str(signal.getsignal(number)) for number in signal.valid_signals() - {signal.SIGSEGV}],
        "mask": [str(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, [])],
        "group": os.getpgid(0), "session": os.getsid(0), "threads": len(threading.enumerate()), "streams": streams,
        "filters": [str(each) for each in warnings.filters], "rewritten": str(type(sys.modules["verdicts"].__loader__)),
    }
    for name in ("PYTEST_XDIST_TESTRUNUID", "LINES", "COLUMNS"):  # readline sets these behind the back of Python
        seen["variables"].pop(name, None)
    with open("seen.json", "w") as file:
        json.dump({"seen": seen, "chance": [random.random(), os.getpid()]}, file)
"""


def start(pytester, *arguments, kind=warm.Popen):
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-q", *arguments]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "Popen", kind)
        return subprocess.run(command, capture_output=True, text=True, cwd=pytester.path, check=False)


def looked(pytester, workers, **options):
    run = start(pytester, "-n", workers, **options)
    assert (run.returncode, run.stderr) == (0, ""), run.stdout + run.stderr
    found = json.loads((pytester.path / "seen.json").read_text(encoding="utf-8"))
    return run.stdout.partition(" in ")[0], found["seen"], {*found["chance"]}


@pytest.mark.long
@pytest.mark.parametrize("workers", ["0", "1"])
def test_nothing_tells_it_from_one_that_started_cold(pytester, monkeypatch, workers):
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # of the run that this test itself belongs to
    pytester.makepyfile(test_seen=SEEN)
    *cold, _ = looked(pytester, workers, kind=warm.Popen.Cold)
    *first, one_chance = looked(pytester, workers)
    *second, another = looked(pytester, workers)
    assert first == cold
    assert second == cold
    assert not one_chance & another


@pytest.mark.parametrize(
    "ending",
    ["os._exit(7)", *(pytest.param(end, marks=pytest.mark.long) for end in ("os.kill(os.getpid(), 9)", "sys.exit(3)"))],
)
def test_it_ends_as_one_that_started_cold(pytester, ending):
    pytester.makeconftest(f"import os, sys\n{ending}\n")
    cold, again = start(pytester, kind=warm.Popen.Cold), start(pytester)
    assert again.returncode == cold.returncode != 0
    assert (again.stdout, again.stderr) == (cold.stdout, cold.stderr)
