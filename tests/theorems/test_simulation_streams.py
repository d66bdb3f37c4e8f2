import math

import numpy as np
import pytest

from theorems.formulas.depth import perturbed_network_ratio
from theorems.simulation.dense_streams import dense_stream_grams
from theorems.simulation.finite_mean import finite_means
from theorems.simulation.grams import chord_energies, transverse_energies
from theorems.simulation.setups import Network, stream_products
from theorems.simulation.sources import HostSource
from theorems.simulation.streams import stream_grams
from theorems.statistics.student import ratio_interval
from theorems.statistics.two_samples import kolmogorov_smirnov

pytest.importorskip("torch")

NETWORKS = [
    Network(40, 3, 0.1),
    Network(40, 3, 0.1, residual=True),
    Network(40, 2, 0.1, residual=True, projection=True, norm="root"),
    Network(40, 2, 0.1, projection=True, norm="none", start=3.0),
]


def philox(*seed):
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))


@pytest.mark.parametrize("network", NETWORKS, ids=["V2", "V3", "two projections", "no normalisation"])
def test_layers_have_the_law_of_the_matrices(network):
    draws = 800
    ours = stream_grams(network, draws, philox(1))
    theirs = np.concatenate([dense_stream_grams(HostSource(philox(2, k)), network, 1) for k in range(draws)])
    for layer in range(network.layers):
        for one, two in zip(chord_energies(ours[:, layer]), chord_energies(theirs[:, layer]), strict=True):
            assert kolmogorov_smirnov(one, two) > 1e-4
        assert kolmogorov_smirnov(ours[:, layer, 0], theirs[:, layer, 0]) > 1e-4


def test_another_network_is_noticed():
    one, two = (stream_grams(network, 800, philox(3)) for network in NETWORKS[:2])
    assert kolmogorov_smirnov(chord_energies(one[:, 1])[0], chord_energies(two[:, 1])[0]) < 1e-9


def test_first_layer_has_the_finite_mean():
    network = Network(64, 1, 0.1)
    lower, upper = ratio_interval(*transverse_energies(stream_grams(network, 4000, philox(4))[:, 0]), 1e-3)
    assert lower <= finite_means(64, 64, 0.1).ratio_of_means <= upper
    assert upper - lower < 0.15


def test_wide_layers_follow_the_recursion_of_angles():
    network = Network(600, 3, 0.05)
    draws = stream_grams(network, 200, philox(5))
    for layer in range(3):
        lower, upper = ratio_interval(*chord_energies(draws[:, layer]), 1e-3)
        expected = perturbed_network_ratio(layer + 1, math.sqrt(0.05))
        assert lower - 0.03 <= expected <= upper + 0.03
        assert upper - lower < 0.5


def test_dense_layers_are_the_description():
    network = Network(9, 2, 0.2, residual=True, norm="root", start=2.0)
    got = dense_stream_grams(HostSource(philox(6)), network, 3)
    rng = philox(6)
    layers = []
    for _ in range(2):
        w = rng.standard_normal((9, 9)) / 3
        flips = np.where(rng.random((9, 9)) < 0.2, -1, 1)
        layers.append((w, w * flips, w + math.sqrt(0.8 / 9) * np.sign(w)))
    x = rng.standard_normal((3, 9))
    x = 2 * x / np.linalg.norm(x, axis=1, keepdims=True)
    streams = [x, x, x]
    for layer, weights in enumerate(layers):
        streams = [
            s + np.maximum(3 * s / np.linalg.norm(s, axis=1, keepdims=True) @ w.T, 0)
            for s, w in zip(streams, weights, strict=True)
        ]
        assert got[:, layer] == pytest.approx(stream_products(np.array(streams)), rel=1e-9)


def test_all_inputs_of_a_seed_share_its_weights():
    network = Network(20, 1, 0.02)
    draws = dense_stream_grams(HostSource(philox(7)), network, 4000)[:, 0, 2]
    seeds = [dense_stream_grams(HostSource(philox(8, k)), network, 20)[:, 0, 2].mean() for k in range(100)]
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
        (lambda: stream_grams(Network(4, 1, 0.1), 0, philox(0)), "draws must be"),
        (lambda: dense_stream_grams(HostSource(philox(0)), Network(4, 1, 0.1), 0), "inputs must be"),
        (lambda: dense_stream_grams(HostSource(philox(0)), Network(400, 1, 0.1), 1, budget=2**20), "the budget is"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
