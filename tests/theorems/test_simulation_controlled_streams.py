"""Controlled means and spreads of networks against the plain simulators."""

import math

import numpy as np
import pytest

from theorems.simulation.controlled_streams import controlled_streams
from theorems.simulation.dense_streams import dense_stream_grams
from theorems.simulation.grams import chord_energies, transverse_energies
from theorems.simulation.setups import Network
from theorems.simulation.sources import HostSource
from theorems.simulation.stream_rows import correlated
from theorems.simulation.streams import stream_grams
from theorems.statistics.student import mean_interval

pytest.importorskip("torch")

NETWORKS = {
    "V2": Network(32, 3, 0.1),
    "V3": Network(32, 3, 0.1, residual=True),
    "far input": Network(32, 2, 0.1, residual=True, norm="root", start=3.0),
    "two projections": Network(32, 3, 0.1, residual=True, projection=True, norm="none"),
    "projected": Network(32, 2, 0.1, projection=True),
}


def philox(*seed):
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))


def squared_sines(grams):
    found = []
    for first, second in ((1, 2), (3, 4)):
        a, projection, energy = grams[..., 0], grams[..., first], grams[..., second]
        found.append((a * energy - projection**2) / (a * (a + 2 * projection + energy)))
    return found


def raw_energies(grams):
    return grams[..., 2], grams[..., 4]


MEASURES = {"sine": squared_sines, "transverse": transverse_energies, "chord": chord_energies, "raw": raw_energies}


@pytest.mark.parametrize(
    ("name", "measured"),
    [(name, "sine") for name in NETWORKS] + [("V2", "chord"), ("V3", "transverse"), ("far input", "raw")],
)
def test_expectations_are_kept_and_noise_is_taken_out(name, measured):
    network = NETWORKS[name]
    other = "chord" if measured == "sine" else "sine"
    _, ours = controlled_streams(network, 120, philox(1), measured=(other, measured))
    grams = stream_grams(network, 600, philox(2))[:, 0]
    scale = 1.0 if network.target is None else network.target**2
    energies = [each if measured in ("sine", "chord") else each / scale for each in MEASURES[measured](grams)]
    for mine, plain in zip((ours.sign, ours.magnitude), energies, strict=True):
        difference = mine.mean(axis=0) - plain.mean(axis=0)
        error = np.sqrt(mine.var(axis=0) / mine.shape[0] + plain.var(axis=0) / plain.shape[0])
        assert np.all(np.abs(difference) < 5 * error)
    spread = (plain / plain.mean(axis=0)).std(axis=0)
    assert np.all((mine / mine.mean(axis=0)).std(axis=0) < 0.8 * spread)


@pytest.mark.parametrize("matching", ["expected", "drawn"])
@pytest.mark.parametrize("name", ["V2", "V3", "two projections"])
def test_influences_have_mean_zero_and_the_variance_of_the_rows(name, matching):
    (ours,) = controlled_streams(NETWORKS[name], 250, philox(3), matching=matching)
    for layer in range(3):
        influence = ours.influence[:, layer]
        lower, upper = mean_interval(influence, 1e-3)
        assert lower < 0 < upper
        # The mean over two inputs has half the variance of one and half their covariance.
        expected = (ours.within[:, layer].mean() + ours.between[:, layer].mean()) / 2
        assert influence.var() == pytest.approx(expected, rel=0.4)


@pytest.mark.parametrize("matching", ["expected", "drawn"])
def test_drawn_norms_have_the_mean_of_the_plain_simulator(matching):
    network = NETWORKS["V2"]
    (ours,) = controlled_streams(network, 120, philox(4), matching=matching)
    grams = stream_grams(network, 600, philox(5), matching=matching)[:, 0]
    sign, magnitude = squared_sines(grams)
    for mine, plain in ((ours.sign, sign), (ours.magnitude, magnitude), (ours.ratio, sign / magnitude)):
        error = np.sqrt(mine.var(axis=0) / mine.shape[0] + plain.var(axis=0) / plain.shape[0])
        assert np.all(np.abs(mine.mean(axis=0) - plain.mean(axis=0)) < 5 * error)


@pytest.mark.parametrize("matching", ["expected", "drawn"])
def test_spread_between_seeds_is_that_of_shared_matrices(matching):
    network = Network(64, 2, 0.1)
    seeds = [dense_stream_grams(HostSource(philox(6, k)), network, 100, matching=matching) for k in range(60)]
    ratios = [sign.mean(axis=0) / magnitude.mean(axis=0) for sign, magnitude in map(squared_sines, seeds)]
    (ours,) = controlled_streams(network, 300, philox(7), matching=matching)
    variances = ours.between + (ours.within - ours.between) / 100
    seen, expected = np.var(ratios, axis=0), variances.mean(axis=0)
    error = np.hypot(seen * math.sqrt(2 / 60), variances.std(axis=0) / math.sqrt(300))
    assert np.all(np.abs(seen - expected) < 4 * error)
    assert np.all(error[1:] < 0.5 * seen[1:])


def test_matched_norms_scatter_less():
    found = [controlled_streams(NETWORKS["V2"], 100, philox(8), matching=each)[0] for each in ("expected", "drawn")]
    assert found[1].between[:, 0].mean() < 0.3 * found[0].between[:, 0].mean()


def test_normal_vectors_with_singular_covariances():
    noise = philox(9).standard_normal((3, 50_000))
    one = np.ones(50_000)
    covariances = {(0, 0): 4 * one, (1, 0): 4 * one, (1, 1): 4 * one, (2, 0): one, (2, 1): one, (2, 2): 2 * one}
    found = correlated(covariances, noise)
    assert np.array_equal(found[0], found[1])
    assert np.cov(found[1:]) == pytest.approx(np.array([[4, 1], [1, 2]]), abs=0.1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: controlled_streams(NETWORKS["V2"], 0, philox(0)), "draws must be"),
        (lambda: controlled_streams(NETWORKS["V2"], 1, philox(0), inputs=1), "inputs must be"),
        (lambda: controlled_streams(NETWORKS["V2"], 1, philox(0), matching="none"), "matching must be"),
        (lambda: controlled_streams(NETWORKS["V2"], 1, philox(0), measured=("angle",)), "measured must be"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
