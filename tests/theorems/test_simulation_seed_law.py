import math

import numpy as np
import pytest

from tests.lazily import needs
from theorems.simulation.dense import block_grams
from theorems.simulation.finite_mean import finite_means
from theorems.simulation.grams import transverse_energies, transverse_ratio
from theorems.simulation.seed_law import Estimator, kernel_moments
from theorems.simulation.setups import Block
from theorems.simulation.sources import HostSource
from theorems.statistics.predictive import spread_over_seeds_interval
from theorems.statistics.two_samples import difference_interval

pytestmark = needs("torch")

WIDTH, RATE, INPUTS, SEEDS = 128, 0.05, 400, 150


def philox(*seed):
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))


@pytest.fixture(scope="module", params=[("expected", None), ("drawn", None), ("drawn", WIDTH)], ids=str)
def dense(request):
    """The paper's estimator from weight matrices: both ways to average over the inputs of a seed."""
    matching, d = request.param
    found = []
    for seed in range(SEEDS):
        source = HostSource(philox(1, seed), precision="float32")
        draws = block_grams(source, Block(WIDTH, WIDTH, RATE, d, matching=matching), INPUTS)
        sign, magnitude = transverse_energies(draws)
        found.append((sign.mean() / magnitude.mean(), transverse_ratio(draws).mean()))
    return matching, d, np.array(found).T


@pytest.mark.long
def test_seeds_have_the_mean_and_the_spread_of_dense_ones(dense):
    matching, d, found = dense
    for estimate, values in zip(("ratio of sums", "mean of ratios"), found, strict=True):
        ours = Estimator(Block(WIDTH, WIDTH, RATE, d, matching=matching), INPUTS, estimate).draw(2000, philox(2))
        lower, upper = difference_interval(values, ours, 0.01)
        assert lower <= 0 <= upper
        lower, upper = spread_over_seeds_interval(ours, SEEDS, 1e-3)
        assert lower <= values.std(ddof=1) <= upper
        assert upper / lower < 2


def test_spread_depends_on_how_norms_are_matched():
    spreads = [
        Estimator(Block(512, 512, 0.01, 512, matching=matching), 10_000).draw(300, philox(3)).std()
        for matching in ("expected", "drawn")
    ]
    assert spreads[0] > 3 * spreads[1]
    # In expectation the norm of the flips leads: its relative deviation is √(3/(pmn)) to leading order.
    assert spreads[0] / 2.6 == pytest.approx(math.sqrt(3 / (0.01 * 512**2)), rel=0.2)


def test_seeds_differ_more_for_fewer_inputs():
    block = Block(256, 256, 0.05, matching="drawn")
    one, many = (Estimator(block, inputs).draw(300, philox(4)).std() for inputs in (20, 10_000))
    assert one > 3 * many


def test_mean_is_that_of_the_quadrature():
    estimator = Estimator(Block(256, 256, 0.1), 1000)
    assert estimator.mean() == finite_means(256, 256, 0.1).ratio_of_means
    draws = estimator.draw(2000, philox(5))
    assert abs(draws.mean() - estimator.mean()) < 5 * draws.std() / math.sqrt(2000)
    assert Estimator(Block(256, 256, 0.1, 64), 1000, "mean of ratios").mean() > estimator.mean()


def test_kernel_moments_by_simulation():
    rng = philox(6)
    w, change = rng.standard_normal((2, 5))
    g = rng.standard_normal((400_000, 5))
    a = np.maximum(g @ w, 0)
    delta = np.maximum(g @ (w + change), 0) - a
    expected = kernel_moments(*(np.array([value]) for value in (w @ w, w @ change, change @ change)))
    for values, moment in zip((a**2, a * delta, delta**2), expected, strict=True):
        assert abs(values.mean() - moment[0]) < 5 * values.std() / math.sqrt(values.size)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Estimator(Block(4, 128, 0.1), 1), "n must be"),
        (lambda: Estimator(Block(8, 64, 0.1), 1), "m must be"),
        (lambda: Estimator(Block(8, 128, 0.1), 0), "inputs must be"),
        (lambda: Estimator(Block(8, 128, 0.1), 1, "median"), "estimate must be"),
        (lambda: Estimator(Block(8, 128, 0.1, relu=False), 1), "with a ReLU"),
        (lambda: Estimator(Block(8, 128, 0.1, 3), 1, "mean of ratios").mean(), "d must be"),
        (lambda: Estimator(Block(8, 128, 0.1), 1).draw(0, philox(0)), "seeds must be"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
