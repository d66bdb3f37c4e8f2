import math

import numpy as np
import pytest
from flint import arb

from theorems.formulas.sign_direction import gaussian_sign_energy
from theorems.formulas.spherical import flip_radial_fraction
from theorems.simulation.cosine_moments import NormalPairs, flipped_pairs, quantised_pairs, squared_cosine
from theorems.statistics.student import mean_interval


def philox(*seed):
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))


def one_pair(correlation, deviation):
    part = np.ones(1)
    return NormalPairs(part, part, correlation * deviation * part, deviation**2 * part)


@pytest.mark.parametrize("m", [8, 40, 256, 4096])
@pytest.mark.parametrize("correlation", [0.0, 0.1, 0.8, 0.95])
def test_one_normal_pair_is_fishers_correlation(m, correlation):
    found = squared_cosine(one_pair(correlation, 1.7), m)
    square = correlation**2
    hypergeometric = float(arb(square).hypgeom_2f1(1, 1, arb(m) / 2 + 1))
    assert found.mean == pytest.approx(1 - (1 - square) * (m - 1) / m * hypergeometric, rel=1e-11)
    if correlation == 0:  # cos² is Beta(1/2, (m − 1)/2)
        assert found.variance == pytest.approx(2 * (m - 1) / (m**2 * (m + 2)), rel=1e-7)


@pytest.mark.long
def test_mixture_by_simulation():
    rng, m, draws = philox(1), 24, 100_000
    weights, first, second = np.array([0.3, 0.7]), np.array([1.0, 0.5]), np.array([2.0, 0.1])
    product = np.array([1.2, 0.0])
    part = rng.choice(2, (draws, m), p=weights)
    u, noise = rng.standard_normal((2, draws, m))
    v = product[part] / np.sqrt(first[part]) * u
    v += np.sqrt(second[part] - product[part] ** 2 / first[part]) * noise
    u *= np.sqrt(first[part])
    cosines = (u * v).sum(axis=1) ** 2 / ((u**2).sum(axis=1) * (v**2).sum(axis=1))
    found = squared_cosine(NormalPairs(weights, first, product, second), m)
    for values, expected in ((cosines, found.mean), (cosines**2, found.variance + found.mean**2)):
        lower, upper = mean_interval(values, 1e-3)
        assert lower <= expected <= upper
        assert upper / lower < 1.03


@pytest.mark.parametrize("m", [64, pytest.param(256, marks=pytest.mark.long)])
def test_quantised_layer_by_dense_rows(m):
    n, draws = 48, 2000
    rng = philox(2, m)
    x = rng.standard_normal((draws, n))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    found = []
    for each in x:
        w = rng.standard_normal((m, n))
        u, v = w @ each, np.abs(w).mean(axis=1) * (np.sign(w) @ each)
        found.append((u @ v) ** 2 / ((u @ u) * (v @ v)))
    moments = squared_cosine(quantised_pairs(n), m)
    lower, upper = mean_interval(found, 1e-3)
    assert lower <= moments.mean <= upper
    # Without what rows take from the mean it would be that of one row.
    assert gaussian_sign_energy(n) - moments.mean == pytest.approx(0.0993 / m, rel=0.1)
    assert np.var(found, ddof=1) == pytest.approx(moments.variance, rel=0.15)


def test_flips_at_many_rows_are_the_ratio_of_moments():
    for n, p in ((64, 0.02), (256, 0.1)):
        gaps = [
            flip_radial_fraction(p, m, 3 / (n + 2)) - squared_cosine(flipped_pairs(n, p), m).mean for m in (500, 1000)
        ]
        assert 0 < gaps[1] < 0.55 * gaps[0] < 0.01 * p


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: squared_cosine(one_pair(0.5, 1.0), 7), "m must be"),
        (lambda: squared_cosine(one_pair(0.5, 0.0), 8), "must be positive"),
        (lambda: quantised_pairs(1), "n must be"),
        (lambda: flipped_pairs(8, 0.5), "p must lie"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_reach_and_limit():
    found = squared_cosine(quantised_pairs(4096), 2048)
    assert found.mean == pytest.approx(2 / math.pi + 0.165 / 4096, abs=1e-6)
