"""Section 9.1: the synthetic experiments run again as described, with weight matrices: 20 seeds of 10,000 inputs."""

from fractions import Fraction

import numpy as np
import pytest
from verdicts import between, claim, confidence

from claims.experiments import INPUTS, SEEDS, block_seeds
from theorems.simulation.grams import transverse_energies
from theorems.simulation.setups import Block
from theorems.statistics.replication import deviation_of_mean

WIDTH = 2048
WITHIN = between(
    "-6", "6", "the outcome by the law of the rows", "standard deviations of the mean of 20 seeds, either way"
)
DENSE = "pytest claims/s09_experiments/s09_1_setup.py -n 0 --effort paper"
BLOCKS = {f"V1 at p = {p}": Block(WIDTH, WIDTH, float(p), WIDTH) for p in ("0.01", "0.02", "0.05", "0.10")}
BLOCKS["V0 at p = 0.01"] = Block(WIDTH, WIDTH, 0.01)


@pytest.fixture
def source(check, effort, request):
    """`source(seed)`: the random tensors of one seed on the chosen device, where this run goes to such lengths."""
    if not effort.dense:
        check.not_run("minutes of matrix products", "statistics", DENSE)
    try:
        import torch  # noqa: F401
    except ImportError:
        check.not_run("torch is not installed", "statistics", "pip install torch")
    from theorems.simulation.sources import DeviceSource

    device = request.getfixturevalue("device")
    return lambda seed: DeviceSource((check.seed + seed) % 2**63, device, "float32")


@claim(
    "9.setup.dense",
    at="Section 9.1",
    also_at=["Table 2", "Table 7"],
    kind="replication",
    says="Run as described, with weight matrices, the experiments of Theorem 3 come out as the law of the rows says",
    weight=1,
    note="The ratio of sums over the inputs of a seed, then the mean over seeds; norms matched in expectation.",
)
@pytest.mark.parametrize("name", BLOCKS)
def test_dense_blocks(check, source, stream, progress, name):
    from theorems.simulation.dense import block_grams

    block, outcomes = BLOCKS[name], []
    for seed in progress(range(SEEDS), name):
        sign, magnitude = transverse_energies(block_grams(source(seed), block, INPUTS))
        outcomes.append(sign.mean() / magnitude.mean())
    mean = float(np.mean(outcomes))
    draw, centre = block_seeds(block, "ratio of sums", stream)

    def deviation(size, level):
        low, high = deviation_of_mean((mean, mean), draw(size), SEEDS, float(level), centre=centre)
        return Fraction(low), Fraction(high)

    words = (
        f"dense: {mean:.5g} ± {np.std(outcomes, ddof=1) / SEEDS**0.5:.1g} (standard error), quadrature {centre[0]:.5g}"
    )
    check(WITHIN, confidence(deviation, [3200], words, check.seed))
