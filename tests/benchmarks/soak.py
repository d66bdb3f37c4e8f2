"""Put the statistical claims on trial under many root seeds, at reduced size, and count verdicts that contradict.

    python tests/benchmarks/soak.py [ROOTS] [PROCESSES] [RESULTS]
    python tests/benchmarks/soak.py --deep [ROOTS] [PROCESSES] [RESULTS]

Deep networks decide nothing at reduced size: with --deep they alone are tried, at the size of every audit.

A claim that holds under one root seed and is refuted under another is a contradiction; a reduced run may be
inconclusive. The default verdicts are those of claims/baseline.json. One process imports and collects everything, and
tries all cases once; from it a process is forked for each root 1, 2, …, ROOTS, which appends a line to RESULTS
(reports/latest/soak.jsonl, soak_deep.jsonl). Roots that stand there already are not repeated. Exit status 1 where a
verdict contradicts, or a case has none.
"""

import contextlib
import functools
import json
import os
import sys
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from _pytest.runner import runtestprotocol

ROOT = Path(__file__).parents[2]
LATEST = ROOT / "reports" / "latest"
OPPOSITE = {"holds": "refuted", "refuted": "holds"}


def baseline():
    """The accepted verdict of each case."""
    claims = json.loads((ROOT / "claims" / "baseline.json").read_text(encoding="utf-8"))["claims"]
    return {(claim, case): each["verdict"] for claim, cases in claims.items() for case, each in cases["cases"].items()}


def compared(verdicts, expected):
    """How many verdicts there are of each kind, and the names of those that contradict or are none."""
    against = [key for key, verdict in verdicts.items() if OPPOSITE.get(expected.get(key)) == verdict]
    missing = [key for key, verdict in verdicts.items() if verdict == "not run"]
    names = {"against": against, "missing": missing}
    return dict(Counter(verdicts.values())) | {what: [f"{a}[{b}]" for a, b in keys] for what, keys in names.items()}


def is_deep(item):
    """Whether a case stands in a file that draws networks of many layers."""
    return any(getattr(each, "__module__", "") == "claims.depth_runs" for each in vars(item.module).values())


def is_statistical(item):
    """Whether a case spends error probability on draws that grow with the effort."""
    claims = [mark.args[0] for mark in item.iter_markers("claim")]
    apart = {"experiment", "dense"} & {*item.fixturenames}  # models and weight matrices
    return any(claim.weight for claim in claims) and "effort" in item.fixturenames and not apart


def is_chosen(item, *, deep):
    """Whether a case is of a soak of deep networks, or of one of the others."""
    return is_statistical(item) and is_deep(item) == deep


def is_dense(item):
    """Whether a case runs the paper's own experiment with weight matrices."""
    return "dense" in item.fixturenames


class Roots:
    """Runs the collected cases again and again, in a forked process for each root seed."""

    def __init__(self, roots, processes, results, chosen):
        self.roots, self.processes, self.results, self.chosen = roots, processes, results, chosen
        self.expected = baseline()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items):
        items[:] = [item for item in items if self.chosen(item)]

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        from verdicts.plugin import RUNNER

        if not session.items:
            sys.exit("no statistical case was collected")
        runner = session.config.pluginmanager.get_plugin(RUNNER)
        tried(session, runner, 0)  # fills what is cached
        running = set()
        for root in self.roots:
            while len(running) >= self.processes:
                running.discard(ended())
            process = os.fork()
            if not process:
                with contextlib.suppress(BaseException):
                    self.append(root, tried(session, runner, root))
                os._exit(0)
            running.add(process)
        while running:
            running.discard(ended())
        return True

    def append(self, root, verdicts):
        """One line in one call, so that processes do not write into each other's."""
        line = {"root": root, "cpu": round(time.process_time(), 2), **compared(verdicts, self.expected)}
        with self.results.open("ab", buffering=0) as file:
            file.write(json.dumps(line, ensure_ascii=False).encode() + b"\n")


def ended():
    return os.waitpid(-1, 0)[0]


def tried(session, runner, root):
    """The verdict of each case under this root seed."""
    from verdicts.runner import ENVELOPE, TRIAL_KEY

    runner.options = replace(runner.options, seed=root)
    verdicts = {}
    for item, following in zip(session.items, [*session.items[1:], None], strict=True):
        if TRIAL_KEY in item.stash:
            del item.stash[TRIAL_KEY]
        for report in runtestprotocol(item, log=False, nextitem=following):
            said = dict(report.user_properties).get(ENVELOPE)
            if said is not None:
                envelope = json.loads(said)
                verdicts[envelope["claim"], envelope["case"]] = envelope["record"]["verdict"]
    return verdicts


def known(results):
    """The lines that an earlier run has left, by root; one that was cut short is none."""
    lines = {}
    for line in results.read_text(encoding="utf-8").splitlines() if results.exists() else ():
        with contextlib.suppress(ValueError):
            found = json.loads(line)
            lines[found["root"]] = found
    return lines


def summary(lines):
    """What all roots say together, in words, and whether it is well."""
    total = Counter()
    for line in lines:
        total.update({name: line.get(name, 0) for name in ("holds", "refuted", "inconclusive", "cpu")})
    cases = total["holds"] + total["refuted"] + total["inconclusive"]
    undecided, seconds = total["inconclusive"] / max(cases, 1), total["cpu"] / max(len(lines), 1)
    words = [f"{len(lines)} root seeds: {cases} verdicts, {undecided:.1%} inconclusive; {seconds:.2f} CPU seconds each"]
    faults = {name: Counter(key for line in lines for key in line[name]) for name in ("against", "missing")}
    words += [f"contradicted {times} times: {key}" for key, times in faults["against"].most_common()]
    words += [f"no verdict {times} times: {key}" for key, times in faults["missing"].most_common()]
    return "\n".join(words), bool(lines) and not faults["against"] and not faults["missing"]


def serve(roots, processes, results, *, chosen=is_statistical, effort="reduced", paths=("claims/",)):
    """Try the chosen cases under these root seeds; with --collect-only pytest itself runs and writes nothing."""
    with tempfile.TemporaryDirectory() as folder:
        arguments = [*paths, "--collect-only", "--effort", effort, "--basetemp", f"{folder}/base"]
        arguments += ["-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:terminal"]
        return pytest.main(arguments, plugins=[Roots(roots, processes, results, chosen)])


def main():
    deep = "--deep" in sys.argv
    given = dict(enumerate(word for word in sys.argv[1:] if word != "--deep"))
    count, processes = int(given.get(0, 20 if deep else 1000)), int(given.get(1, os.cpu_count() or 1))
    results = Path(given.get(2, LATEST / ("soak_deep.jsonl" if deep else "soak.jsonl"))).resolve()
    results.parent.mkdir(parents=True, exist_ok=True)
    if left := [root for root in range(1, count + 1) if root not in known(results)]:
        print(f"{len(left)} root seeds to go; results are appended to {results}", flush=True)
        os.chdir(ROOT)
        chosen = functools.partial(is_chosen, deep=deep)
        serve(left, processes, results, chosen=chosen, effort="default" if deep else "reduced")
    lines = [line for root, line in known(results).items() if root <= count]
    words, well = summary(lines)
    print(words)
    sys.exit(not (well and len(lines) == count))


if __name__ == "__main__":
    main()
