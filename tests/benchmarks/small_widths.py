"""Hold the quadrature's mean of c(p) at small n = m against dense runs. Not part of the tests, but for one cell.

    python -m tests.benchmarks.small_widths

Weight matrices, masks and inputs as the paper describes them, 32 inputs for each matrix; no law of rows. What makes the
runs affordable are control variates of known mean: given the matrices the means over inputs, by the arc-cosine kernels
of their rows; and energies and absolute sums of weights. A cell is drawn until its standard error is below TARGET, a
third of what it is to show: half a minute to some minutes.
"""

import math
import time

CELLS = [(n, p) for n in (16, 32, 64, 128) for p in (0.01, 0.1)]
TARGET = 1.3e-4  # standard error of c(p)
INPUTS = 32  # for each seed's matrices
ENTRIES = 2**18  # of the stacked matrices
AVERAGED = 16  # seeds that are kept as one value


def seeds(source, n, p, count):
    """Transverse energies of both changes and nine controls of mean zero, (count/AVERAGED, 11)."""
    import numpy as np

    from theorems.simulation.dense import stacked_grams
    from theorems.simulation.grams import transverse_energies
    from theorems.simulation.setups import Block

    weights, products = stacked_grams(source, Block(n, n, p), count, INPUTS)
    energies = [each.mean(axis=1) for each in transverse_energies(products)]
    controls = [products[..., :5].mean(axis=1) - given(weights), of_weights(weights, p)]
    found = np.concatenate([np.stack(energies, axis=1), *controls], axis=1)
    return found.reshape(-1, AVERAGED, found.shape[1]).mean(axis=1)


def given(weights):
    """E ‖a‖², E a·Δ and E ‖Δ‖² of both changes over inputs on the sphere, given the matrices."""
    import numpy as np

    from theorems.simulation.seed_law import kernel_moments

    original, *changed = (each.numpy() for each in weights)
    n, norm, found = original.shape[-1], (original**2).sum(axis=-1), []
    for other in changed:
        change = other - original
        moments = kernel_moments(norm / n, (original * change).sum(axis=-1) / n, (change**2).sum(axis=-1) / n)
        found += [each.sum(axis=-1) for each in moments]
    return np.stack([*found[:3], *found[4:]], axis=-1)


def of_weights(weights, p):
    """Averages over the rows of a seed of the flipped and the kept energy, Σ|w| and the flipped energy's square."""
    import numpy as np

    original, flipped = (each.numpy() * math.sqrt(each.shape[-1]) for each in weights[:2])
    n = original.shape[-1]
    energy = ((flipped - original) ** 2).sum(axis=-1) / 4
    kept, sums = (original**2).sum(axis=-1) - energy, np.abs(original).sum(axis=-1)
    means = n * p, n * (1 - p), n * math.sqrt(2 / math.pi), n * p * (n * p + 3 - p)
    found = energy, kept, sums, energy**2
    return np.stack([each.mean(axis=-1) - mean for each, mean in zip(found, means, strict=True)], axis=-1)


def dense_mean(source, n, p, target):
    """c(p) as a ratio of sums over seeds, and its standard error, at most `target`."""
    import numpy as np

    from theorems.statistics.control_variates import controlled

    count, sample, error = max(64, ENTRIES // n**2), np.empty((0, 11)), math.inf
    while error > target:
        times = max(16, AVERAGED * len(sample) // count // 8)
        sample = np.concatenate([sample, *(seeds(source, n, p, count) for _ in range(times))])
        sign, magnitude = (controlled(each, sample[:, 2:], np.zeros(9)) for each in sample[:, :2].T)
        ratio = sign.mean() / magnitude.mean()
        error = float(np.std(sign - ratio * magnitude) / magnitude.mean() / math.sqrt(sign.size))
    return float(ratio), error, AVERAGED * sign.size


def main():
    import numpy as np

    from theorems.simulation.finite_mean import finite_means
    from theorems.simulation.sources import HostSource

    print("| n | p | seeds | dense | quadrature | difference | CPU seconds |\n|---|---|---|---|---|---|---|")
    for n, p in CELLS:
        source, started = HostSource(np.random.Generator(np.random.Philox(n))), time.process_time()
        found, error, count = dense_mean(source, n, p, TARGET)
        mean = finite_means(n, n, p).ratio_of_means
        print(
            f"| {n} | {p} | {count} | {found:.5f} ± {error:.5f} | {mean:.5f} | {mean - found:+.5f} "
            f"| {time.process_time() - started:.0f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
