"""Controlled means and spreads of networks against the plain simulators."""

import functools
import math

import numpy as np
import pytest

from tests.lazily import needs
from theorems.simulation.controlled_streams import controlled_streams
from theorems.simulation.dense_streams import dense_stream_grams
from theorems.simulation.grams import chord_energies, transverse_energies
from theorems.simulation.setups import Network
from theorems.simulation.sources import HostSource
from theorems.simulation.stream_rows import correlated
from theorems.simulation.streams import stream_grams
from theorems.statistics.student import mean_interval

pytestmark = needs("torch")

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


BESIDE = {"V2": "chord", "V3": "transverse", "far input": "raw"}
"what is measured beside the sine"


@functools.cache
def ours(name, matching="expected"):
    measured = [BESIDE[name], "sine"] if name in BESIDE else ["sine"]
    found = controlled_streams(NETWORKS[name], 160, philox(1), measured=measured, matching=matching)
    return dict(zip(measured, found, strict=True))


@functools.cache
def plain(name, matching="expected"):
    return stream_grams(NETWORKS[name], 600, philox(2), matching=matching)[:, 0]


def agree(mine, plain):
    error = np.sqrt(mine.var(axis=0) / mine.shape[0] + plain.var(axis=0) / plain.shape[0])
    return np.all(np.abs(mine.mean(axis=0) - plain.mean(axis=0)) < 5 * error)


@pytest.mark.long
@pytest.mark.parametrize(("name", "measured"), [*((name, "sine") for name in NETWORKS), *BESIDE.items()])
def test_expectations_are_kept_and_noise_is_taken_out(name, measured):
    target = NETWORKS[name].target
    scale = 1.0 if target is None or measured in ("sine", "chord") else target**2
    found = ours(name)[measured]
    for mine, energies in zip((found.sign, found.magnitude), MEASURES[measured](plain(name)), strict=True):
        assert agree(mine, energies / scale)
    spread = (energies / energies.mean(axis=0)).std(axis=0)
    assert np.all((mine / mine.mean(axis=0)).std(axis=0) < 0.8 * spread)


@pytest.mark.long
@pytest.mark.parametrize("matching", ["expected", "drawn"])
@pytest.mark.parametrize("name", ["V2", "V3", "two projections"])
def test_influences_have_mean_zero_and_the_variance_of_the_rows(name, matching):
    found = ours(name, matching)["sine"]
    for layer in range(3):
        influence = found.influence[:, layer]
        lower, upper = mean_interval(influence, 1e-3)
        assert lower < 0 < upper
        # The mean over two inputs has half the variance of one and half their covariance.
        expected = (found.within[:, layer].mean() + found.between[:, layer].mean()) / 2
        assert influence.var() == pytest.approx(expected, rel=0.45)


@pytest.mark.long
@pytest.mark.parametrize("matching", ["expected", "drawn"])
def test_drawn_norms_have_the_mean_of_the_plain_simulator(matching):
    found = ours("V2", matching)["sine"]
    sign, magnitude = squared_sines(plain("V2", matching))
    for mine, energies in ((found.sign, sign), (found.magnitude, magnitude), (found.ratio, sign / magnitude)):
        assert agree(mine, energies)


@pytest.mark.long
def test_one_measure_is_that_of_many():
    (found,) = controlled_streams(NETWORKS["V2"], 3, philox(1))
    assert all(np.array_equal(*pair) for pair in zip(found, [each[:3] for each in ours("V2")["sine"]], strict=True))


@pytest.mark.long
@pytest.mark.parametrize("matching", ["expected", "drawn"])
def test_spread_between_seeds_is_that_of_shared_matrices(matching):
    network = Network(64, 2, 0.1)
    seeds = [dense_stream_grams(HostSource(philox(6, k)), network, 100, matching=matching) for k in range(60)]
    ratios = [sign.mean(axis=0) / magnitude.mean(axis=0) for sign, magnitude in map(squared_sines, seeds)]
    (found,) = controlled_streams(network, 100, philox(7), matching=matching)
    variances = found.between + (found.within - found.between) / 100
    seen, expected = np.var(ratios, axis=0), variances.mean(axis=0)
    error = np.hypot(seen * math.sqrt(2 / 60), variances.std(axis=0) / math.sqrt(100))
    assert np.all(np.abs(seen - expected) < 4 * error)
    assert np.all(error[1:] < 0.5 * seen[1:])


@pytest.mark.long
def test_matched_norms_scatter_less():
    expected, drawn = (ours("V2", each)["sine"].between[:, 0].mean() for each in ("expected", "drawn"))
    assert drawn < 0.3 * expected


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
