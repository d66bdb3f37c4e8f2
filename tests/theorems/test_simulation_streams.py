import functools
import math

import numpy as np
import pytest

from theorems.formulas.depth import perturbed_network_ratio
from theorems.simulation.dense_streams import dense_stream_grams
from theorems.simulation.finite_mean import finite_means
from theorems.simulation.grams import chord_energies, transverse_energies
from theorems.simulation.setups import Network, stream_products
from theorems.simulation.sources import HostSource
from theorems.simulation.streams import _pre_activations, _rows, stream_grams
from theorems.statistics.student import ratio_interval
from theorems.statistics.two_samples import difference_interval, kolmogorov_smirnov

DRAWS, ERROR = 2000, 1e-4  # some hundred comparisons in all
V2, V3 = Network(20, 2, 0.1), Network(20, 2, 0.1, residual=True)
PROJECTED = {
    "V2 with W₂": (Network(20, 2, 0.1, projection=True, norm="none", start=3.0), 4, "drawn"),
    "V3 with W₂": (Network(20, 2, 0.1, residual=True, projection=True, norm="root"), 4, "expected"),
}
CASES = {
    "V2": (V2, 4, "expected"),
    "V3": (V3, 4, "drawn"),
    **PROJECTED,
    "one input": (Network(20, 3, 0.1), 1, "expected"),
    "more directions than columns": (Network(12, 2, 0.2, residual=True), 5, "expected"),
}


def philox(*seed):
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))


def described(network, draws, inputs, matching, rng, *, own=None):
    """The description in numpy, all draws at once. What `own` names is drawn for each input, which it says not."""
    n = network.n

    def drawn(name, sample):
        return sample((draws, inputs if name == own else 1, n, n))

    layers = []
    for _ in range(network.layers):
        w = drawn("W", rng.standard_normal) / math.sqrt(n)
        change = -2 * w * (drawn("masks", rng.random) < network.p)
        square = np.mean(change**2, axis=(2, 3), keepdims=True) if matching == "drawn" else 4 * network.p / n
        second = drawn("W₂", rng.standard_normal) / math.sqrt(n) if network.projection else np.eye(n)
        layers.append((w, w + change, w + np.sqrt(square) * np.sign(w), second))
    x = rng.standard_normal((draws, inputs, n))
    x *= network.start / np.linalg.norm(x, axis=-1, keepdims=True)
    streams, found = [x, x, x], []
    target = {"unit": 1, "root": math.sqrt(n)}.get(network.norm)
    for *weights, second in layers:
        scaled = [s if target is None else target * s / np.linalg.norm(s, axis=-1, keepdims=True) for s in streams]
        blocks = [(second @ np.maximum(w @ s[..., None], 0))[..., 0] for w, s in zip(weights, scaled, strict=True)]
        streams = [s + block if network.residual else block for s, block in zip(streams, blocks, strict=True)]
        found.append(stream_products(np.array(streams)))
    return np.stack(found, axis=2)


def lengths(draws):
    """Of the clean stream, both chords and by how much the chords differ, (draws, inputs) each, for every layer."""
    for layer in range(draws.shape[2]):
        grams = draws[:, :, layer]
        clean, sign, magnitude = (np.sqrt(np.maximum(e, 0)) for e in (grams[..., 0], *chord_energies(grams)))
        yield from (clean, sign, magnitude, sign - magnitude)


def differences(one, two):
    """By which statistics two samples of draws differ in law: one input, the mean over inputs, their covariance."""
    found = set()
    for first, second in zip(lengths(one), lengths(two), strict=True):
        if kolmogorov_smirnov(first[:, 0], second[:, 0]) < ERROR:
            found.add("input")
        if kolmogorov_smirnov(first.mean(axis=1), second.mean(axis=1)) < ERROR:
            found.add("mean")
        lower, upper = difference_interval(
            *(pair_products(values - second.mean()) for values in (first, second)), ERROR
        )
        if not lower <= 0 <= upper:
            found.add("covariance")
    return found


def pair_products(values):
    """Of each draw the mean product of two of its inputs, or the square of its only one."""
    count = values.shape[1]
    if count == 1:
        return values[:, 0] ** 2
    return (values.sum(axis=1) ** 2 - (values**2).sum(axis=1)) / (count * (count - 1))


@functools.cache
def ours(case):
    network, inputs, matching = CASES[case]
    return stream_grams(network, DRAWS, philox(1), inputs=inputs, matching=matching)


@pytest.mark.long
@pytest.mark.parametrize("case", CASES)
def test_layers_have_the_law_of_the_matrices(case):
    network, inputs, matching = CASES[case]
    assert ours(case).shape == (DRAWS, inputs, network.layers, 6)
    assert not differences(ours(case), described(network, DRAWS, inputs, matching, philox(2)))


@pytest.mark.long
@pytest.mark.parametrize(("case", "own"), [("V2", "masks"), ("V3", "masks"), ("V2", "W"), ("V2 with W₂", "W₂")])
def test_what_inputs_do_not_share_is_noticed(case, own):
    network, inputs, matching = CASES[case]
    assert "covariance" in differences(ours(case), described(network, DRAWS, inputs, matching, philox(2), own=own))


@pytest.mark.long
def test_another_network_or_norm_is_noticed():
    assert {"input", "mean"} <= differences(ours("V2"), ours("V3"))
    assert {"mean", "covariance"} <= differences(ours("V3"), described(V3, DRAWS, 4, "expected", philox(2)))


def test_draws_come_in_batches(monkeypatch):
    monkeypatch.setattr("theorems.simulation.streams.LARGEST_BATCH", 10_000)
    draws = stream_grams(V3, 41, philox(3), inputs=4, matching="drawn")
    assert draws.shape == (41, 4, 2, 6)
    assert np.unique(draws).size == draws.size


@pytest.mark.long
def test_wider_layers_have_the_means_of_the_matrices():
    network, draws = Network(96, 3, 0.03), 250
    samples = stream_grams(network, draws, philox(4), inputs=4), described(network, draws, 4, "expected", philox(5))
    for layer in range(3):
        chords = [np.array(chord_energies(sample[:, :, layer])).mean(axis=2) for sample in samples]
        for one, two in zip(*chords, strict=True):
            lower, upper = difference_interval(one, two, 1e-3)
            assert lower <= 0 <= upper
            assert upper - lower < 0.25 * two.mean()


def test_first_layer_has_the_finite_mean():
    draws = stream_grams(Network(64, 1, 0.1), 800, philox(6), inputs=2)[:, :, 0]
    lower, upper = ratio_interval(*(energies.mean(axis=1) for energies in transverse_energies(draws)), 1e-3)
    assert lower <= finite_means(64, 64, 0.1).ratio_of_means <= upper
    assert upper - lower < 0.16


@pytest.mark.long
def test_wide_layers_follow_the_recursion_of_angles():
    draws = stream_grams(Network(300, 3, 0.05), 200, philox(7))
    for layer in range(3):
        lower, upper = ratio_interval(*(energies.mean(axis=1) for energies in chord_energies(draws[:, :, layer])), 1e-3)
        expected = perturbed_network_ratio(layer + 1, math.sqrt(0.05))
        assert lower - 0.03 <= expected <= upper + 0.03
        assert upper - lower < 0.5


def rotations(draws, n, rng):
    return np.linalg.qr(rng.standard_normal((draws, n, n)))[0]


def test_rows_seen_in_all_directions_are_weights_that_either_flip_or_stay():
    bases = rotations(200, 7, philox(8))
    rows = _rows(bases, 0.3, philox(9))
    flipped, kept = (part @ np.swapaxes(bases, 1, 2) for part in (rows.flipped, rows.kept))
    places = np.abs(flipped) > 1e-9
    assert np.abs(kept[places]).max() < 1e-6
    assert abs(places.mean() - 0.3) < 5 * math.sqrt(0.21 / places.size)
    for weights in (flipped[places], kept[~places]):
        assert abs(np.mean(weights**2) - 1) < 5 * math.sqrt(2 / weights.size)
    assert rows.energy == pytest.approx((flipped**2).sum(axis=(1, 2)), rel=1e-9)


@pytest.mark.parametrize("change", [0.0, 0.6], ids=["first layer", "later"])
def test_pre_activations_have_the_covariances_of_sums_over_weights(change):
    # Of two inputs that are nearly one; each draw turns the streams, so that only their angles are the same.
    rng, p, n, draws = philox(13), 0.1, 16, 4000
    x = rng.standard_normal(n)
    streams = np.stack([x, x, x])[:, None] + rng.standard_normal((3, 2, n)) * [[[change]], [[change]], [[0]]]
    streams[:, 1] += 0.2 * rng.standard_normal(n)
    streams /= np.linalg.norm(streams, axis=-1, keepdims=True)
    found = _pre_activations(streams[:, None] @ rotations(draws, n, rng), p, "expected", rng)
    found = np.moveaxis(found, 1, 0).swapaxes(2, 3).reshape(draws, 3, n, 2).swapaxes(1, 2).reshape(draws * n, 6)
    tilt, flip = 2 * math.sqrt(p * 2 / math.pi), 1 - 2 * p
    factors = np.array([[1, flip, 1 + tilt], [flip, 1, flip * (1 + tilt)], [1, 1, 1 + 2 * tilt + 4 * p]])
    factors[2, :2] = factors[:2, 2]
    flat = streams.reshape(6, n)
    expected = flat @ flat.T * np.kron(factors, np.ones((2, 2)))
    assert np.abs(found.T @ found / len(found) - expected).max() < 5 * math.sqrt(2 / len(found)) * expected.max()


@pytest.mark.parametrize("case", ["V2", *PROJECTED])
def test_dense_layers_are_the_description(case):
    pytest.importorskip("torch")
    network, inputs, matching = CASES[case]
    got = dense_stream_grams(HostSource(philox(10)), network, inputs, matching=matching)
    assert got == pytest.approx(described(network, 1, inputs, matching, philox(10))[0], rel=1e-9)


def test_all_inputs_of_a_dense_seed_share_its_weights():
    pytest.importorskip("torch")
    network = Network(20, 1, 0.02)
    draws = dense_stream_grams(HostSource(philox(11)), network, 4000)[:, 0, 2]
    seeds = [dense_stream_grams(HostSource(philox(12, k)), network, 20)[:, 0, 2].mean() for k in range(100)]
    # The spread between seeds is more than that of means of 20 independent inputs.
    assert np.std(seeds) > 2 * draws.std() / math.sqrt(20)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Network(2, 1, 0.1), "n must be"),
        (lambda: Network(4, 0, 0.1), "layers must be"),
        (lambda: Network(4, 1, 0.0), "p must lie"),
        (lambda: Network(4, 1, 0.1, start=0.0), "start must exceed"),
        (lambda: Network(4, 1, 0.1, norm="max"), "norm must be"),
        (lambda: stream_grams(V2, 0, philox(0)), "draws must be"),
        (lambda: stream_grams(V2, 1, philox(0), inputs=0), "inputs must be"),
        (lambda: stream_grams(V2, 1, philox(0), matching="mean"), "matching must be"),
        (lambda: dense_stream_grams(HostSource(philox(0)), Network(4, 1, 0.1), 0), "inputs must be"),
        (lambda: dense_stream_grams(HostSource(philox(0)), Network(400, 1, 0.1), 1, budget=2**20), "the budget is"),
    ],
)
def test_bad_input(call, message):
    pytest.importorskip("torch")
    with pytest.raises(ValueError, match=message):
        call()
