import math

import numpy as np
import pytest

from theorems.formulas.sign_direction import gaussian_sign_energy_variance
from theorems.formulas.spherical import flip_radial_fraction, sphere_participation
from theorems.simulation import linear_seeds
from theorems.statistics.predictive import spread_over_seeds_interval
from theorems.statistics.two_samples import difference_interval

M, N, RATE, INPUTS, SEEDS = 48, 64, 0.08, 100, 500
SHAPE = M, N
STATISTICS = ["vectors", "rows", "flips", "flips, ratio of sums", "additive", "shift", "energies", "energies, expected"]


def philox(*seed):
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))


def squared_cosines(u, v):
    return (u * v).sum(axis=1) ** 2 / ((u**2).sum(axis=1) * (v**2).sum(axis=1))


@pytest.fixture(scope="module")
def dense():
    """Every statistic from weight matrices, one row a seed."""
    found, rng = [], philox(1)
    for _ in range(SEEDS):
        w, other = rng.standard_normal((2, M, N))
        x = rng.standard_normal((INPUTS, N))
        x /= np.linalg.norm(x, axis=1, keepdims=True)
        change = np.where(rng.random((M, N)) < RATE, -2 * w, 0)
        scale = np.abs(w).mean(axis=1)
        y, flips, additive, signs = (x @ each.T for each in (w, change, other, np.sign(w)))
        radial, energy = squared_cosines(y, flips), (flips**2).sum(axis=1)
        ratio = energy.sum() / (additive**2).sum() * (other**2).sum()
        found.append(
            [
                squared_cosines(y, scale * signs).mean(),
                (N * scale**2 / (w**2).sum(axis=1)).mean(),
                radial.mean(),
                radial @ energy / energy.sum(),
                squared_cosines(y, additive).mean(),
                squared_cosines(y, signs).mean(),
                ratio / (change**2).sum(),
                ratio / (4 * RATE * M * N),
            ]
        )
    return dict(zip(STATISTICS, np.array(found).T, strict=True))


def by_the_law(statistic, seeds, rng):
    if statistic == "vectors":
        return linear_seeds.quantised_vector_seeds(SHAPE, INPUTS, seeds, rng)
    if statistic == "rows":
        return linear_seeds.quantised_row_seeds(SHAPE, seeds, rng)
    if statistic == "additive":
        return linear_seeds.additive_fraction_seeds(SHAPE, INPUTS, seeds, rng)
    if statistic == "shift":
        return linear_seeds.shift_fraction_seeds(SHAPE, INPUTS, seeds, rng)
    if statistic.startswith("flips"):
        estimate = "ratio of sums" if "sums" in statistic else "mean of ratios"
        return linear_seeds.flip_fraction_seeds(SHAPE, RATE, INPUTS, seeds, rng, estimate=estimate)
    matching = "expected" if "expected" in statistic else "drawn"
    return linear_seeds.energy_ratio_seeds(SHAPE, RATE, INPUTS, seeds, rng, matching=matching)


@pytest.mark.long
@pytest.mark.parametrize("statistic", STATISTICS)
def test_seeds_have_the_mean_and_the_spread_of_dense_ones(dense, statistic):
    ours = by_the_law(statistic, 4000, philox(2))
    lower, upper = difference_interval(dense[statistic], ours, 0.01)
    assert lower <= 0 <= upper
    lower, upper = spread_over_seeds_interval(ours, SEEDS, 1e-3)
    assert lower <= dense[statistic].std(ddof=1) <= upper
    assert upper / lower < 1.4


def test_rows_have_the_exact_variance():
    found = linear_seeds.quantised_row_seeds((200, 100), 50_000, philox(3)).var()
    assert found == pytest.approx(gaussian_sign_energy_variance(100) / 200, rel=0.03)


@pytest.mark.parametrize("m", [8, 100])
def test_flip_fraction_of_sums_is_that_of_all_seeds_less_what_each_counts(m):
    """Each seed counts by its share q of ‖W‖_F², Beta(k/2, (mn − k)/2) given k flips: Var q = 3p(1 − p)/(mn + 2)."""
    n = 10**7
    found = linear_seeds.flip_fraction_mean((m, n), RATE, "ratio of sums")
    all_seeds = flip_radial_fraction(RATE, m, sphere_participation(n))
    assert found == pytest.approx(float(all_seeds - (1 - 1 / m) * 3 * (1 - RATE) / (m * n + 2)), abs=1e-14)


def test_additive_variance_of_one_input_is_a_beta_laws():
    assert linear_seeds.additive_fraction_variance((9, 20), 1) == pytest.approx(2 * 8 / (81 * 11), rel=1e-12)


def test_additive_variance_of_many_inputs():
    # Two inputs of the plane at the angle θ, and two rows: g = E cos²∠(y, y′) by simulation.
    rng, m, n = philox(4), 2, 3
    shared = linear_seeds.additive_fraction_variance((m, n), 10**12)
    w, other = rng.standard_normal((2, 40_000, m, n))
    x = rng.standard_normal((2, 40_000, n, 1))
    one, two = ((w @ each)[..., 0] for each in x), ((other @ each)[..., 0] for each in x)
    cosines = [squared_cosines(u, v) for u, v in zip(one, two, strict=True)]
    assert np.cov(*cosines)[0, 1] == pytest.approx(shared, abs=5 * 0.125 / math.sqrt(40_000))
    assert shared > 5 * 0.125 / math.sqrt(40_000)


@pytest.mark.long
@pytest.mark.parametrize("kurtosis", [1, 3, 10])
def test_energy_variance_by_dense_matrices(kurtosis):
    rng, found = philox(5, kurtosis), []
    for _ in range(2000):
        change = rng.choice([-1, 1], (24, 20)) * (rng.random((24, 20)) < 1 / kurtosis)
        gram = change.T @ change
        found.append(2 * (20 * np.sum(gram**2) / np.trace(gram) ** 2 - 1) / 22)
    expected = linear_seeds.energy_variance((24, 20), kurtosis)
    assert np.mean(found) == pytest.approx(expected, rel=0.03)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: linear_seeds.quantised_row_seeds((0, 8), 1, rng), "m must be"),
        (lambda rng: linear_seeds.quantised_vector_seeds(SHAPE, 0, 1, rng), "inputs must be"),
        (lambda rng: linear_seeds.flip_fraction_seeds(SHAPE, 0.5, 1, 1, rng), "p must lie"),
        (lambda rng: linear_seeds.flip_fraction_seeds(SHAPE, 0.1, 1, 1, rng, estimate="median"), "unknown estimate"),
        (lambda rng: linear_seeds.additive_fraction_seeds(SHAPE, 1, 0, rng), "seeds must be"),
        (lambda _: linear_seeds.additive_fraction_variance((1, 8), 1), "m must be"),
        (lambda _: linear_seeds.energy_variance(SHAPE, 0.5), "kurtosis must be"),
        (lambda rng: linear_seeds.energy_ratio_seeds(SHAPE, 0.1, 1, 1, rng, matching="both"), "matching must be"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call(philox(0))
