import math

import numpy as np
import pytest

from tests.lazily import torch
from theorems.simulation.dense import batches, block_grams, linear_grams, quantised_cosines, stacked_grams
from theorems.simulation.exact_law import draw_grams
from theorems.simulation.finite_mean import finite_means
from theorems.simulation.grams import chord_energies, energy_ratio, radial_fractions, transverse_energies
from theorems.simulation.setups import Block
from theorems.simulation.sources import DeviceSource, HostSource
from theorems.statistics.student import mean_interval, ratio_interval
from theorems.statistics.two_samples import difference_interval, kolmogorov_smirnov


def philox(*seed):
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))


def plain_loop(rng, block, inputs):
    """The paper's description, input by input; draws in the order of the dense simulator."""
    n, m, p, d = block.n, block.m, block.p, block.d
    w1, flips = rng.standard_normal((m, n)) / math.sqrt(n), np.where(rng.random((m, n)) < p, -1, 1)
    w2 = rng.standard_normal((d, m)) / math.sqrt(m)
    delta = math.sqrt(4 * p / n)
    activation = (lambda z: np.maximum(z, 0)) if block.relu else (lambda z: z)
    rows = []
    for x in rng.standard_normal((inputs, n)):
        x_hat = x / np.linalg.norm(x)
        y, sign, magnitude = (w2 @ activation(v @ x_hat) for v in (w1, w1 * flips, w1 + delta * np.sign(w1)))
        across = []
        for change in (sign - y, magnitude - y):
            unit = y / np.linalg.norm(y)
            across.append(np.sum((change - (change @ unit) * unit) ** 2))
        normalised = [math.sqrt(d) * v / np.linalg.norm(v) for v in (y, sign, magnitude)]
        chords = [np.sum((v - normalised[0]) ** 2) / d for v in normalised[1:]]
        rows.append([*across, *chords])
    return np.array(rows)


@pytest.mark.parametrize("relu", [True, False])
def test_the_simulator_is_the_description(relu):
    block = Block(20, 30, 0.1, 9, relu)
    expected = plain_loop(philox(1), block, 7)
    draws = block_grams(HostSource(philox(1)), block, 7)
    found = np.stack([*transverse_energies(draws), *chord_energies(draws)], axis=1)
    assert found == pytest.approx(expected, rel=1e-9)


def test_batches_do_not_change_what_is_drawn():
    whole = block_grams(HostSource(philox(2)), Block(12, 10, 0.2, 6), 50)
    small = 8 * (4 * 120 + 60 + 7 * (12 + 50 + 18))
    parts = block_grams(HostSource(philox(2)), Block(12, 10, 0.2, 6), 50, budget=small)
    assert parts == pytest.approx(whole, rel=1e-12)
    assert list(batches(50, 7)) == [7] * 7 + [1]


@pytest.mark.parametrize("matching", ["expected", "drawn"])
def test_a_stack_of_one_seed_is_that_seed(matching):
    block = Block(12, 10, 0.2, matching=matching)
    _, stack = stacked_grams(HostSource(philox(10)), block, 1, 50)
    assert stack[0] == pytest.approx(block_grams(HostSource(philox(10)), block, 50), rel=1e-12)


def test_each_seed_of_a_stack_has_its_own_matrices_and_inputs():
    weights, stack = stacked_grams(HostSource(philox(11)), Block(6, 9, 0.2, relu=False, matching="drawn"), 3, 4000)
    original, flipped, shifted = (each.numpy() for each in weights)
    assert stack.shape == (3, 4000, 6)
    assert original.shape == (3, 9, 6)
    norms = [((each - original) ** 2).sum(axis=(1, 2)) for each in (flipped, shifted)]
    assert norms[0] == pytest.approx(norms[1])
    assert len(set(norms[0])) == 3
    for products, norm in zip(stack, norms[0], strict=True):
        for column in (2, 4):
            lower, upper = mean_interval(products[:, column], 1e-6)
            assert lower <= norm / 6 <= upper
            assert upper - lower < 0.15 * norm / 6
    assert abs(np.corrcoef(stack[..., 0])[np.triu_indices(3, 1)]).max() < 0.08


def test_single_precision_is_close():
    double = block_grams(HostSource(philox(3)), Block(64, 64, 0.01), 200)
    single = block_grams(HostSource(philox(3), precision="float32"), Block(64, 64, 0.01), 200)
    assert single == pytest.approx(double, rel=2e-4, abs=1e-6)
    assert not (single == double).all()


@pytest.mark.long
def test_fresh_seeds_have_the_exact_law():
    n, m, d, p, draws = 12, 24, 8, 0.15, 3000
    dense = np.concatenate([block_grams(HostSource(philox(4, k)), Block(n, m, p, d), 1) for k in range(draws)])
    exact = draw_grams(Block(n, m, p, d), draws, philox(5))
    dense *= n / d  # sums over d entries in units of 1/n, against means in units of 1
    for statistic in (transverse_energies, radial_fractions, chord_energies):
        for one, two in zip(statistic(dense), statistic(exact), strict=True):
            assert kolmogorov_smirnov(one, two) > 1e-4


@pytest.mark.long
def test_contrast_of_means_at_a_moderate_size():
    n = m = 128
    p = 0.1
    block = Block(n, m, p, matching="drawn")
    dense = np.concatenate([block_grams(HostSource(philox(6, k)), block, 8) for k in range(300)])
    energies = [values.reshape(300, 8).mean(axis=1) for values in transverse_energies(dense)]
    lower, upper = ratio_interval(*energies, 1e-3)
    assert lower <= finite_means(n, m, p).ratio_of_means <= upper
    assert upper - lower < 0.1
    exact = draw_grams(block, 2400, philox(7))
    lower, upper = difference_interval(energy_ratio(dense)[::8], energy_ratio(exact), 1e-3)
    assert lower <= 0 <= upper
    assert upper - lower < 0.15


def test_proposition_one_energies():
    # E‖ΔW x̂‖² = ‖ΔW‖_F²/n over inputs; without W₂ and ReLU, both changes, one seed.
    n, p, inputs = 48, 0.1, 4000
    source = HostSource(philox(8))
    draws = block_grams(source, Block(n, n, p, relu=False), inputs)
    rng = philox(8)
    w, flips = rng.standard_normal((n, n)) / math.sqrt(n), np.where(rng.random((n, n)) < p, -1, 1)
    for column, norm in ((2, np.sum((w * flips - w) ** 2)), (4, 4 * p * n)):
        lower, upper = mean_interval(draws[:, column], 1e-6)
        assert lower <= norm / n <= upper
        assert upper - lower < 0.1 * norm / n


def test_rows_and_vectors_of_the_quantised_layer():
    vectors, rows = quantised_cosines(HostSource(philox(9)), (200, 150), 300)
    assert vectors.shape == (300,)
    w = philox(9).standard_normal((200, 150))
    expected = np.abs(w).sum(axis=1) ** 2 / (150 * (w**2).sum(axis=1))
    assert rows == pytest.approx(expected)
    # E cos² of a row, exactly: 2/π + (1 − 2/π)/n.
    lower, upper = mean_interval(rows, 1e-3)
    assert lower <= 2 / math.pi + (1 - 2 / math.pi) / 150 <= upper
    after, _ = quantised_cosines(HostSource(philox(9)), (200, 150), 300, relu=True)
    assert 0 < after.mean() < 1
    assert after.mean() != vectors.mean()


def test_a_device_source_draws_what_it_says():
    source = DeviceSource(1, "cpu")
    signs = source.flips(0.2, 400, 400).numpy()
    assert set(np.unique(signs)) == {-1.0, 1.0}
    assert abs((signs < 0).mean() - 0.2) < 0.006
    assert abs(source.normal(100_000).numpy().std() - 1) < 0.02
    assert (DeviceSource(1, "cpu").normal(5) == DeviceSource(1, "cpu").normal(5)).all()


def test_tf32_is_off():
    torch.set_float32_matmul_precision("high")
    HostSource(philox(1))
    assert torch.get_float32_matmul_precision() == "highest"


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda source: block_grams(source, Block(0, 4, 0.1), 1), "n must be"),
        (lambda source: block_grams(source, Block(4, 4, 0.1, 0), 1), "d must be"),
        (lambda source: block_grams(source, Block(4, 4, 0.5), 1), "p must lie"),
        (lambda source: block_grams(source, Block(4, 4, 0.1, matching="both"), 1), "matching must be"),
        (lambda source: block_grams(source, Block(1000, 1000, 0.1), 1, budget=2**20), "the budget is 1.0 MiB"),
        (lambda source: quantised_cosines(source, (0, 4), 1), "m must be"),
        (lambda source: stacked_grams(source, Block(4, 4, 0.1), 0, 1), "seeds must be"),
        (lambda source: stacked_grams(source, Block(4, 4, 0.1), 1, 0), "inputs must be"),
        (lambda source: stacked_grams(source, Block(4, 4, 0.1, 4), 1, 1), "without W₂"),
        (lambda source: HostSource(source.rng, "cpu", "float16"), "precision must be"),
        (lambda source: HostSource(source.rng, "mps", "float64"), "mps has no float64"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call(HostSource(philox(0)))


def test_linear_layer_has_the_energies_and_fractions_of_proposition_1():
    m, n, p, inputs = 64, 48, 0.05, 4000
    grams = linear_grams(HostSource(philox(3)), (m, n), p, inputs)
    assert grams.shape == (inputs, 6)
    sign, noise = grams[:, 2].mean(), grams[:, 4].mean()
    assert abs(sign / noise - 1) < 0.05  # of one Frobenius norm
    assert abs(sign / (4 * p * m / n) - 1) < 0.3
    flips, additive = (fractions.mean() for fractions in radial_fractions(grams))
    assert abs(additive * m - 1) < 0.3
    assert abs(flips / (p + 1 / m) - 1) < 0.3


def test_linear_layer_that_does_not_fit():
    with pytest.raises(ValueError, match="the weights and one input need"):
        linear_grams(HostSource(philox(3)), (64, 48), 0.05, 10, budget=1000)
