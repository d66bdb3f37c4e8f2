"""Section 9.1: the synthetic experiments run again as described, with weight matrices: 20 seeds of 10,000 inputs.

Those of depth, of Theorem 4 and of Proposition 1 stand beside their tables.
"""

from dataclasses import replace

import pytest
from verdicts import claim

from claims.experiments import INPUTS, SEEDS, WITHIN, Seeds, in_words, law_of_mean, mean_of
from theorems.simulation.grams import transverse_energies
from theorems.simulation.setups import Block

WIDTH = 2048
BLOCKS = {f"V1 at p = {p}": Block(WIDTH, WIDTH, float(p), WIDTH) for p in ("0.01", "0.02", "0.05", "0.10")}
BLOCKS["V0 at p = 0.01"] = Block(WIDTH, WIDTH, 0.01)


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
def test_dense_blocks(check, dense, effort, stream, name):
    from theorems.simulation.dense import block_grams

    width, inputs = dense.width(WIDTH), dense.inputs(INPUTS)
    block = replace(BLOCKS[name], n=width, m=width, d=BLOCKS[name].d and width)

    def experiment(source):
        sign, magnitude = transverse_energies(block_grams(source, block, inputs))
        return sign.mean() / magnitude.mean()

    outcomes = dense(f"{block}, {inputs} inputs", SEEDS, experiment)
    seeds = Seeds(block, "transverse", "ratio of sums", stream, inputs)
    check(WITHIN, law_of_mean(mean_of(outcomes), seeds, f"{in_words(outcomes, dense)}; by the law", check, effort))
