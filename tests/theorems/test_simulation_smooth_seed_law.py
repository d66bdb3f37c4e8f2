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
from theorems.simulation.smooth_seed_law import (
    RADIAL,
    STATISTICS,
    Deviations,
    expected,
    other_variance,
    row_deviations,
)
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


@pytest.mark.long
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


def chord_quotient(products):
    one, cross, first, other, second = products[:5]
    changed = [(one + 2 * along + energy, one + along) for along, energy in ((cross, first), (other, second))]
    sign, magnitude = (1 - along / math.sqrt(one * energy) for energy, along in changed)
    return sign / magnitude


def forms_of_one_row(p):
    """By quadrature over w and the coin of a flip: the covariances of (w, Δw, Δ′w), and the means of (a, Δ, Δ′)."""
    nodes, weights = np.polynomial.legendre.leggauss(200)
    w = 6 * (nodes + 1)  # |w|, to 12 standard deviations
    density = 6 * weights * np.exp(-(w**2) / 2) * 2 / math.sqrt(2 * math.pi)
    size = 2 * math.sqrt(p)
    rows = [(1 - p, np.stack([w, 0 * w, size + 0 * w])), (p, np.stack([w, -2 * w, size + 0 * w]))]
    covariance = sum(chance * (row * density) @ row.T for chance, row in rows)
    half = density @ w / 2  # E ReLU of a standard normal variable
    total = covariance[0, 0] + 2 * covariance[0, 2] + covariance[2, 2]
    return covariance, half * np.array([1, 0, math.sqrt(total) - 1])


def scatter_of_the_second_projection(quotient, n, p, d):
    """2‖K‖²/d for infinitely many inputs, K of rank one and what products of weights add off its diagonal."""
    mean = row_averages(n, p).mean
    form = np.zeros((3, 3))
    for k, (i, j) in enumerate([(0, 0), (0, 1), (1, 1), (0, 2), (2, 2)]):
        step = 1e-5 * np.eye(6)[k]
        slope = (quotient(mean + step) - quotient(mean - step)) / 2e-5
        form[i, j] = form[j, i] = slope if i == j else slope / 2
    covariance, means = forms_of_one_row(p)
    off_diagonal = np.trace(form @ covariance @ form @ covariance) / (16 * n)
    return 2 / d * ((means @ form @ means) ** 2 + off_diagonal)


def without_rows(n, p, d, statistic):
    return other_variance(Block(n, n, p, d), statistic, 10**15, Deviations(np.zeros(2), 0.0))


@pytest.mark.parametrize("n", [256, 4096])
def test_second_projection_by_the_definition_of_a_weight(n):
    expected_scatter = scatter_of_the_second_projection(chord_quotient, n, 0.2, 128)
    assert without_rows(n, 0.2, 128, "chord") == pytest.approx(expected_scatter, rel=1e-5)


def test_noise_of_a_radial_fraction_by_the_correlations_of_the_changes():
    """2·tr(E[ΔΔᵀ]²)/(tr E[ΔΔᵀ])² over d², E over the inputs of a seed."""
    n, p, d, inputs = 192, 0.2, 128, 20_000
    rng = philox(11)
    w, x = rng.standard_normal((n, n)), rng.standard_normal((n, inputs))
    x /= np.linalg.norm(x, axis=0)
    flipped = np.where(rng.random((n, n)) < p, -w, w)
    change = np.maximum(flipped @ x, 0) - np.maximum(w @ x, 0)
    gram = change @ change.T
    share = np.sum(gram**2) / np.trace(gram) ** 2
    rest = scatter_of_the_second_projection(lambda draw: draw[1] ** 2 / (draw[0] * draw[2]), n, p, d)
    assert without_rows(n, p, d, RADIAL[0]) - rest == pytest.approx(2 * share / d**2, rel=0.15)


@pytest.mark.long
def test_one_input_has_the_variance_of_a_draw():
    """Where m·p is one half most of 𝓡 is noise."""
    block = Block(256, 256, 0.002)
    found = other_variance(block, RADIAL[0], 1, Deviations(np.zeros(2), 0.0))
    above, below = STATISTICS[RADIAL[0]](draw_grams(block, 20_000, philox(12)))
    assert found == pytest.approx(np.var(above / below), rel=0.3)


@pytest.fixture(scope="module")
def projected():
    block = Block(256, 256, 0.05, 256)
    return block, draw_grams(block, 4000, philox(5))


@pytest.mark.long
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


@pytest.mark.long
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
