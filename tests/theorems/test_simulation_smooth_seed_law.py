import math

import numpy as np
import pytest

from theorems.simulation.dense import block_grams
from theorems.simulation.exact_law import draw_grams
from theorems.simulation.finite_mean import finite_means
from theorems.simulation.neuron_moments import NarrowNeuron
from theorems.simulation.ratio_means import row_averages
from theorems.simulation.seed_law import Estimator
from theorems.simulation.setups import Block
from theorems.simulation.smooth_seed_law import RADIAL, STATISTICS, expected, other_variance, row_deviations
from theorems.simulation.sources import HostSource
from theorems.statistics.predictive import spread_over_seeds_interval
from theorems.statistics.student import mean_interval

WIDTH, RATE, INPUTS, SEEDS, ROWS = 128, 0.1, 200, 80, 2**15
ESTIMATES = "ratio of sums", "mean of ratios"


def philox(*seed):
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))


def deviation(block, statistic, inputs=INPUTS, direction=1):
    rows = row_deviations(block, statistic, ROWS, philox(1), direction)
    other = other_variance(block, statistic, inputs, rows, direction)
    return math.sqrt(rows.values.var() / block.m + other)


@pytest.fixture(scope="module", params=[("expected", WIDTH), ("drawn", None)], ids=str)
def dense(request):
    """Each statistic of each seed from weight matrices, by both ways to average over the inputs of a seed."""
    pytest.importorskip("torch")
    matching, d = request.param
    block = Block(WIDTH, WIDTH, RATE, d, matching=matching)
    found = {name: [] for name in STATISTICS}
    for seed in range(SEEDS):
        draws = block_grams(HostSource(philox(2, seed), precision="float32"), block, INPUTS)
        for name, parts in STATISTICS.items():
            above, below = parts(draws)
            found[name].append((above.mean() / below.mean(), (above / below).mean()))
    return block, {name: np.array(values).T for name, values in found.items()}


@pytest.mark.long
@pytest.mark.parametrize("statistic", STATISTICS)
def test_seeds_have_the_mean_and_the_spread_of_dense_ones(dense, statistic):
    block, found = dense
    for estimate, values in zip(ESTIMATES, found[statistic], strict=True):
        mean = expected(block, statistic, estimate)
        lower, upper = mean_interval(values, 1e-3)
        allowed = mean.error + 0.01 * mean.value * (statistic in RADIAL)  # m·p is 13: the next order shows
        assert lower - allowed <= mean.value <= upper + allowed
        lower, upper = spread_over_seeds_interval(philox(3).normal(size=10**5), SEEDS, 1e-3)
        relative = values.std(ddof=1) / deviation(block, statistic)
        assert 0.87 * lower <= relative <= 1.15 * upper


@pytest.mark.parametrize("matching", ["expected", "drawn"])
@pytest.mark.parametrize("d", [None, 512])
def test_transverse_ratio_scatters_as_by_whole_seeds(matching, d):
    block = Block(512, 512, 0.02, d, matching=matching)
    seeds = Estimator(block, 10_000).draw(1000, philox(4))
    lower, upper = spread_over_seeds_interval(seeds, 10**6, 1e-3)
    assert 0.95 * lower < deviation(block, "transverse", 10_000) < 1.05 * upper
    assert expected(block, "transverse").value == finite_means(512, 512, 0.02).ratio_of_means


def test_radial_fraction_of_magnitude_keeps_the_scatter_of_the_second_projection():
    """λ²/π·√(2/d) of 𝓡 as p → 0, however many inputs: from the means of a and Δ over inputs."""
    relative = deviation(Block(4096, 4096, 1e-3, 512), RADIAL[1], 10**9) / (2 / math.pi)
    assert relative == pytest.approx(math.sqrt(2 / 512) * (1 - 2 / math.pi) / math.pi, rel=0.06)
    assert deviation(Block(4096, 4096, 1e-3), RADIAL[1], 10**9) < 0.1 * relative


@pytest.fixture(scope="module")
def projected():
    block = Block(256, 256, 0.05, 256)
    return block, draw_grams(block, 4000, philox(5))


@pytest.mark.parametrize("statistic", ["chord", "sine", *RADIAL])
@pytest.mark.parametrize("estimate", ESTIMATES)
def test_means_after_the_second_projection_by_the_sampler(projected, statistic, estimate):
    block, grams = projected
    above, below = STATISTICS[statistic](grams)
    mean = expected(block, statistic, estimate)
    sample = above / below if estimate == "mean of ratios" else (above - mean.value * below) / below.mean() + mean.value
    lower, upper = mean_interval(sample, 1e-3)
    assert lower - mean.error <= mean.value <= upper + mean.error


def test_cumulants_of_a_projected_row_by_simulation():
    averages = row_averages(256, 0.1)
    gram = averages.mean[[0, 1, 3, 1, 2, 5, 3, 5, 4]].reshape(3, 3)
    a, one, two = np.linalg.cholesky(gram) @ philox(6).standard_normal((3, 400_000))
    products = np.stack([a * a, a * one, one * one, a * two, two * two, one * two])
    projected = averages.projected()
    assert np.allclose(projected.mean, averages.mean)
    scale = np.sqrt(np.diag(projected.covariance))
    centred = (products - averages.mean[:, None]) / scale[:, None]
    second = centred @ centred.T / a.size
    assert np.allclose(second, projected.covariance / np.outer(scale, scale), atol=0.02)
    third = np.einsum("ix,jx,kx->ijk", centred, centred, centred) / a.size
    assert np.allclose(third, projected.third / np.einsum("i,j,k->ijk", scale, scale, scale), atol=0.15)


def test_shift_towards_zero():
    """By the sampler: a change of −2√p·Σ sign(w)x̂ in place of +2√p·Σ sign(w)x̂."""
    rng, n, p = philox(7), 64, 0.05
    w, x = rng.standard_normal((2, 100_000, n))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    before, tilt = np.einsum("ij,ij->i", w, x), np.einsum("ij,ij->i", np.sign(w), x)
    a = np.maximum(before, 0)
    change = np.maximum(before - 2 * math.sqrt(p) * tilt, 0) - a
    neuron = NarrowNeuron.of(n, p, direction=-1)
    for power, weight in ((1, a), (2, 1 + 0 * a)):
        values = weight * change**power
        moment = neuron.weights @ ((np.maximum(neuron.nodes, 0) if power == 1 else 1) * neuron.magnitude[power])
        assert abs(values.mean() - moment) < 5 * values.std() / math.sqrt(a.size)
    assert finite_means(n, n, p, -1).ratio_of_means > 1.02 * finite_means(n, n, p).ratio_of_means
    forward, backward = (expected(Block(256, 256, p), "transverse", direction=sign).value for sign in (1, -1))
    assert backward > 1.02 * forward


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: expected(Block(256, 256, 0.1), "power"), "statistic must be"),
        (lambda: expected(Block(256, 64, 0.1), "chord"), "m must be"),
        (lambda: row_deviations(Block(256, 256, 0.1), "chord", 1, philox(8)), "count must be"),
        (lambda: row_deviations(Block(256, 256, 0.1, relu=False), "chord", 9, philox(8)), "with a ReLU"),
        (lambda: finite_means(256, 256, 0.1, 2), "direction must be"),
        (lambda: other_variance(Block(256, 256, 0.1), "chord", 0, None), "inputs must be"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
