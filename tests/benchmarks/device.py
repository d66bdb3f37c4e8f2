"""Check the dense simulator on an accelerator: what limits it, whether it agrees with the CPU, and its verdicts.

    python tests/benchmarks/device.py [DEVICE] [LEDGER] [WIDTH …]

Prints, for each width, the seconds of one seed of 10,000 inputs, of its matrix products alone and of its random numbers
alone; then the contrast of c(p) between this device and the CPU; and puts the dense claims on trial on the device,
which leaves a ledger that `verdicts merge` joins with the CPU's. Exit status 1 where anything of this fails.
"""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import torch

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from fixtures.device import available, description  # noqa: E402
from theorems.simulation.dense import block_grams  # noqa: E402
from theorems.simulation.grams import transverse_energies  # noqa: E402
from theorems.simulation.setups import Block  # noqa: E402
from theorems.simulation.sources import DeviceSource  # noqa: E402
from theorems.statistics.two_samples import difference_interval  # noqa: E402

INPUTS = 10_000
SEEDS = 200  # of the contrast with the CPU, at width 256 and 500 inputs
LEVEL = 1e-6
WIDTHS = [1024, 2048, 4096, 16384]  # the first two on a CPU
MEMORY = 2**33  # bytes, for the weights and a batch of the widest seed
LIMIT = 1.6  # a seed may take so many times its matrix products alone


def seconds(call, device):
    """The shorter of two runs, after one that warms up."""
    found = []
    for _ in range(3):
        wait(device)
        started = time.perf_counter()
        call()
        wait(device)
        found.append(time.perf_counter() - started)
    return min(found[1:])


def wait(device):
    if device != "cpu":
        getattr(torch, device).synchronize()


def timed(device, n):
    """Seconds of one seed, of its products and of its random numbers."""
    source = DeviceSource(1, device, "float32")
    block = Block(n, n, 0.01, n)
    w = source.normal(n, n)
    batches = [INPUTS] if n <= 4096 else [2500] * 4

    def products():
        for count in batches:
            x = source.normal(1, n).expand(count, n).contiguous()
            for _ in range(6):
                x @ w.T

    def numbers():
        for _ in range(2):
            source.normal(n, n)
        source.flips(0.01, n, n)
        for count in batches:
            source.normal(count, n)

    whole = seconds(lambda: block_grams(source, block, INPUTS, budget=MEMORY), device)
    return whole, seconds(products, device), seconds(numbers, device)


def ratios(device):
    values = []
    for seed in range(SEEDS):
        draws = block_grams(DeviceSource(seed, device, "float32"), Block(256, 256, 0.05, 256), 500)
        sign, magnitude = transverse_energies(draws)
        values.append(sign.mean() / magnitude.mean())
    return np.array(values)


def main():
    try:
        device = available(sys.argv[1] if len(sys.argv) > 1 else "auto")
    except ValueError as error:
        sys.exit(str(error))
    ledger = Path(sys.argv[2] if len(sys.argv) > 2 else "reports/latest/device.json").resolve()
    widths = [int(width) for width in sys.argv[3:]] or WIDTHS[: 2 if device == "cpu" else None]
    print(description(device), "\n| n | s a seed | its matrix products | its random numbers |\n|---|---|---|---|")
    slow = []
    for n in widths:
        whole, products, numbers = timed(device, n)
        print(f"| {n} | {whole:.3g} | {products:.3g} | {numbers:.3g} |", flush=True)
        slow += [n] if whole > LIMIT * products and device != "cpu" else []
    lower, upper = difference_interval(ratios(device), ratios("cpu"), LEVEL)
    print(f"c(0.05) at n = 256, {device} less cpu: [{lower:.2e}, {upper:.2e}] but for one chance in {1 / LEVEL:.0e}")
    audit = [sys.executable, "-m", "pytest", "claims/", "-n", "0", "--effort", "paper", "-k", "dense"]
    audit += ["--device", device, "-o", f"verdicts_report=json:{ledger}"]
    ended = subprocess.run(audit, cwd=ROOT, check=False).returncode
    if slow:
        print(f"not limited by matrix products at n = {', '.join(map(str, slow))}")
    sys.exit(bool(slow or not lower <= 0 <= upper or ended))


if __name__ == "__main__":
    main()
