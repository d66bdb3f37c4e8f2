"""Ways to the finite-size mean of c(p) at the same standard error: time, peak memory, growth. Not part of the tests.

    python tests/benchmarks/simulators.py [LARGEST]

One process of one thread for each way and size, n = m = d from 256 up to LARGEST (8192). Each draws for a few seconds;
the time to the target follows from the time and the variance of one call, as σ²/TARGET² calls are needed. Norms are
matched per draw in the dense ways, which favours them. "quadrature" has no standard error but a bound below 10⁻⁵;
"exact law" takes nothing from it, as the means of its control variates are elementary. The seeds by their law are moved
to the mean that the quadrature gives: their row says what their scatter costs, and confirms no mean.
"""

import json
import math
import os
import resource
import subprocess
import sys
import time

TARGET = 3e-4  # standard error of c(p)
RATE = 0.01
RATIO = 2.7
INPUTS = 500  # inputs that share a seed's weights, in the dense ways
LOOPED = 20  # of these, by the plain loop
BATCH = 128  # draws of the exact law in one call, each with fresh weights and one input
SECONDS = 2.0
MEMORY = 2**33  # bytes, for the weights of the largest dense seed


def quadrature(n):
    from theorems.simulation.finite_mean import finite_means

    return lambda: finite_means.__wrapped__(n, n, RATE).ratio_of_means


def exact_law(n):
    import numpy as np

    from theorems.simulation.controlled_grams import controlled_grams
    from theorems.simulation.grams import transverse_energies
    from theorems.simulation.setups import Block
    from theorems.statistics.control_variates import controlled

    rng = np.random.Generator(np.random.Philox(1))

    def batch():
        grams, controls = controlled_grams(Block(n, n, RATE), BATCH, rng)
        return [controlled(energies, controls, 0 * controls[0]) for energies in transverse_energies(grams)]

    return batch


def seed_law(n):
    import numpy as np

    from theorems.simulation.seed_law import Estimator
    from theorems.simulation.setups import Block

    rng = np.random.Generator(np.random.Philox(1))
    estimator = Estimator(Block(n, n, RATE, n, matching="drawn"), 10_000)
    return lambda: (estimator.draw(100, rng), np.ones(100))


def dense(n):
    import numpy as np

    from theorems.simulation.dense import block_grams
    from theorems.simulation.grams import transverse_energies
    from theorems.simulation.setups import Block
    from theorems.simulation.sources import HostSource

    source = HostSource(np.random.Generator(np.random.Philox(1)), precision="float32")
    block = Block(n, n, RATE, n, matching="drawn")
    return lambda: transverse_energies(block_grams(source, block, INPUTS, budget=MEMORY))


def plain_loop(n):
    import numpy as np

    rng = np.random.Generator(np.random.Philox(1))

    def seed():
        w1, w2 = rng.standard_normal((n, n)) / math.sqrt(n), rng.standard_normal((n, n)) / math.sqrt(n)
        flipped = np.where(rng.random((n, n)) < RATE, -w1, w1)
        shifted = w1 + np.sign(w1) * np.sqrt(np.mean((flipped - w1) ** 2))
        energies = []
        for _ in range(LOOPED):
            x = rng.standard_normal(n)
            x /= np.linalg.norm(x)
            y, one, two = (w2 @ np.maximum(w @ x, 0) for w in (w1, flipped, shifted))
            unit = y / np.linalg.norm(y)
            energies.append([np.sum((c - (c @ unit) * unit) ** 2) for c in (one - y, two - y)])
        return np.array(energies).T

    return seed


WAYS = {
    "quadrature": quadrature,
    "exact law": exact_law,
    "100 seeds of 10,000 inputs": seed_law,
    "dense": dense,
    "plain loop": plain_loop,
}


def one(way, n):
    """Seconds a call, the standard deviation of c over calls, and this process's peak memory."""
    import numpy as np

    draw = WAYS[way](n)
    draw()
    values, started = [], time.process_time()
    while len(values) < 4 or time.process_time() - started < SECONDS:
        values.append(draw())
    seconds = (time.process_time() - started) / len(values)
    deviation = 0.0
    if way != "quadrature":
        sign, magnitude = (np.array([each[k].mean() for each in values]) for k in (0, 1))
        deviation = float(np.std(sign / sign.mean() - magnitude / magnitude.mean(), ddof=1)) * RATIO
    return {"seconds": seconds, "deviation": deviation, "calls": len(values), "peak": peak()}


def peak():
    """The largest resident size of this process, in MiB."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 2**20 if sys.platform == "darwin" else size / 2**10


def main():
    if len(sys.argv) == 4 and sys.argv[1] == "--one":
        print(json.dumps(one(sys.argv[2], int(sys.argv[3]))))
        return
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else 8192
    sizes = [n for n in (256, 512, 1024, 2048, 4096, 8192) if n <= largest]
    single = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    environment = {
        **os.environ,
        **single,
        "PYTHONPATH": os.pathsep.join(filter(None, [".", os.environ.get("PYTHONPATH")])),
    }
    print(
        f"| way | n | CPU seconds a call | σ of c a call | CPU seconds to ±{TARGET} | peak MiB |\n"
        "|---|---|---|---|---|---|"
    )
    for way in WAYS:
        for n in sizes:
            command = [sys.executable, __file__, "--one", way, str(n)]
            run = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
            found = json.loads(run.stdout)
            needed = max(1, math.ceil((found["deviation"] / TARGET) ** 2)) * found["seconds"]
            print(
                f"| {way} | {n} | {found['seconds']:.3g} | {found['deviation']:.3g} ({found['calls']} calls) "
                f"| {needed:.3g} | {found['peak']:.0f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
