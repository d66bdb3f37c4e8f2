"""Time what users wait for: collection of the claims, and the whole audit. Not part of the test run.

    python tests/benchmarks/measure.py [RUNS]

Each command runs as a process of its own after one warm-up; minimum, median and maximum of its wall time are printed,
for the collection also of the part that pytest itself counts, without the start of Python and pytest.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
COMMANDS = {
    "collection": ["claims/", "--collect-only", "-q"],
    "audit, one process": ["claims/", "-n", "0", "-q"],
    "audit, all cores": ["claims/", "-n", "auto", "-q"],
}


def seconds(arguments: list[str], folder: str) -> tuple[float, float]:
    """Wall time of the process, and the seconds that pytest prints in its last line."""
    report = ["-o", f"verdicts_report=json:{folder}/verdicts.json\nhtml:{folder}/verdicts.html"]
    command = [sys.executable, "-m", "pytest", *arguments, *report, "-p", "no:cacheprovider"]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    started = time.perf_counter()
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    elapsed = time.perf_counter() - started
    if run.returncode not in (0, 1):
        sys.exit(f"{' '.join(command)} ended with {run.returncode}:\n{run.stdout}{run.stderr}")
    return elapsed, float(re.findall(r" in ([0-9.]+)s", run.stdout)[-1])


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"{'':20}{'min':>8}{'median':>8}{'max':>8}   seconds of {runs} runs")
    for name, arguments in COMMANDS.items():
        with tempfile.TemporaryDirectory() as folder:
            seconds(arguments, folder)
            times = [seconds(arguments, folder) for _ in range(runs)]
        rows = {name: [whole for whole, _ in times]}
        if name == "collection":
            rows["  pytest's own count"] = [own for _, own in times]
        for label, values in rows.items():
            print(f"{label:20}{min(values):8.2f}{statistics.median(values):8.2f}{max(values):8.2f}")


if __name__ == "__main__":
    main()
