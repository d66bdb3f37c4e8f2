"""Put the statistical claims on trial under many root seeds, at reduced size, and count verdicts that contradict.

    python tests/benchmarks/soak.py [ROOTS] [PROCESSES] [FIRST]

A claim that holds under one seed and is refuted under another is a contradiction; a reduced run may be inconclusive.
The default verdicts are those of claims/baseline.json. Each process takes its share of the roots FIRST, FIRST + 1, …,
one pytest session each, with an eighth of the draws. Exit status 1 where a verdict contradicts.
"""

import contextlib
import importlib
import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REDUCED = 8
OPPOSITE = {"holds": "refuted", "refuted": "holds"}


class Reduced:
    """Statistical cases alone, with fewer draws."""

    def pytest_collection_modifyitems(self, config, items):
        experiments = importlib.import_module("claims.experiments")
        experiments.LOOKS = tuple(max(16, size // REDUCED) for size in experiments.LOOKS[:2])
        kept = [item for item in items if any(mark.args[0].weight for mark in item.iter_markers("claim"))]
        gone = [item for item in items if item not in kept]
        items[:] = kept
        config.hook.pytest_deselected(items=gone)

    @pytest.fixture(scope="session")
    def shared(self, tmp_path_factory):
        from fixtures.shared import Shared

        whole = Shared(tmp_path_factory.mktemp("shared"))
        return lambda name, root, draw, parts=1: whole(name, root, draw, max(1, parts // REDUCED))


def verdicts(root, folder):
    """The verdicts of the statistical cases under this root seed, by claim and case."""
    report = Path(folder) / f"{root}.json"
    arguments = ["claims/", "-p", "no:cacheprovider", "-p", "no:xdist", "-q", "--verdicts-seed", str(root)]
    arguments += ["-o", f"verdicts_report=json:{report}", "--basetemp", f"{folder}/base"]
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(arguments, plugins=[Reduced()])
    (written,) = Path(folder).glob("*.json")
    ledger = json.loads(written.read_text())
    written.unlink()
    return {
        f"{claim['id']}[{case['id']}]": case["verdict"]
        for claim in ledger["claims"]
        for case in claim["cases"]
        if case["grade"] == "statistics"
    }


def one(roots):
    with tempfile.TemporaryDirectory() as folder:
        for root in roots:
            print(json.dumps(verdicts(root, folder)), flush=True)


def main():
    if sys.argv[1:2] == ["--one"]:
        one(map(int, sys.argv[2:]))
        return
    count, processes, first = (int(given) for given in (*sys.argv[1:], 1000, os.cpu_count() or 1, 1)[:3])
    expected = {
        f"{claim}[{case}]": entry["verdict"]
        for claim, cases in json.loads((ROOT / "claims" / "baseline.json").read_text())["claims"].items()
        for case, entry in cases["cases"].items()
    }
    started = time.monotonic()
    shares = [range(first + k, first + count, processes) for k in range(processes)]
    running = [
        subprocess.Popen(
            [sys.executable, __file__, "--one", *map(str, share)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for share in shares
        if share
    ]
    seen, against = Counter(), Counter()
    for each in running:
        for line in each.stdout:
            for case, verdict in json.loads(line).items():
                seen[verdict] += 1
                if OPPOSITE.get(expected.get(case)) == verdict:
                    against[case] += 1
        if each.wait():
            sys.exit(f"a process ended with {each.returncode}")
    print(f"{count} root seeds, {time.monotonic() - started:.0f} s: {dict(seen)}")
    for case, times in against.most_common():
        print(f"contradicted {times} times: {case} ({expected[case]} in the baseline)")
    sys.exit(bool(against))


if __name__ == "__main__":
    main()
