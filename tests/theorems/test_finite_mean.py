import math

import numpy as np
import pytest

from theorems.formulas.asymmetry import sign_moments
from theorems.simulation.exact_law import draw_grams
from theorems.simulation.finite_mean import finite_means
from theorems.simulation.grams import energy_ratio, project, radial_fractions, transverse_energies, transverse_ratio
from theorems.simulation.neuron_moments import half_line_moments, magnitude_changes, pre_activation_grid, sign_changes
from theorems.simulation.ratio_means import radial_fraction, row_averages, with_second_projection
from theorems.simulation.setups import Block
from theorems.statistics.student import mean_interval, ratio_interval


def definition(n, m, p, draws, seed):
    """Gram products of (a, Δ_sign, Δ_mag) from matrices, masks and inputs, a fresh set for each draw."""
    rng = np.random.default_rng(seed)
    w, flips = rng.standard_normal((draws, m, n)) / math.sqrt(n), np.where(rng.random((draws, m, n)) < p, -1, 1)
    x = rng.standard_normal((draws, n, 1))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    a, sign, magnitude = (np.maximum((v @ x)[..., 0], 0) for v in (w, w * flips, w + 2 * math.sqrt(p / n) * np.sign(w)))
    sign, magnitude = sign - a, magnitude - a
    pairs = ((a, a), (a, sign), (sign, sign), (a, magnitude), (magnitude, magnitude), (sign, magnitude))
    return n * np.stack([(one * two).mean(axis=1) for one, two in pairs], axis=1)


@pytest.fixture(scope="module")
def narrow():
    return 12, 16, 0.1, definition(12, 16, 0.1, 60_000, 1)


@pytest.mark.long
def test_means_of_matrices(narrow):
    n, m, p, draws = narrow
    means = finite_means(n, m, p)
    for values, expected in [
        (draws[:, 2], means.energy[0]),
        (draws[:, 4], means.energy[1]),
        (draws[:, 1], means.projection[0]),
        (draws[:, 3], means.projection[1]),
        (draws[:, 2] - transverse_energies(draws)[0], means.radial[0]),
        (draws[:, 4] - transverse_energies(draws)[1], means.radial[1]),
    ]:
        lower, upper = mean_interval(values, 1e-4)
        assert lower <= expected <= upper
        assert upper - lower < 0.06 * abs(expected)


@pytest.mark.long
def test_ratio_of_means_of_matrices(narrow):
    n, m, p, draws = narrow
    sign, magnitude = transverse_energies(draws)
    lower, upper = ratio_interval(sign, magnitude, 1e-4)
    assert lower <= finite_means(n, m, p).ratio_of_means <= upper
    assert upper - lower < 0.08
    # Neither the limit nor another width is in the set.
    assert not lower <= finite_means(10**6, m, p).ratio_of_means <= upper


@pytest.mark.long
def test_ratio_of_means_is_the_same_with_a_second_projection(narrow):
    _, _, _, draws = narrow
    sign, magnitude = transverse_energies(project(draws, 5, np.random.default_rng(2)))
    one, two = ratio_interval(sign, magnitude, 1e-4), ratio_interval(*transverse_energies(draws), 1e-4)
    assert max(one[0], two[0]) < min(one[1], two[1])


def test_radial_fractions_grow_with_a_second_projection(narrow):
    n, m, p, draws = narrow
    projected = project(draws, 5, np.random.default_rng(2))
    for k, expected in enumerate(finite_means(n, m, p).projected_radial_fractions(5)):
        energy = projected[:, 2 + 2 * k]
        lower, upper = ratio_interval(energy - transverse_energies(projected)[k], energy, 1e-4)
        assert lower <= expected <= upper
        assert upper - lower < 0.04


def test_contrast_at_a_moderate_size():

    n, m, p = 64, 32, 0.2
    sign, magnitude = transverse_energies(draw_grams(Block(n, m, p), 30_000, np.random.default_rng(3)))
    lower, upper = ratio_interval(sign, magnitude, 1e-4)
    assert lower <= finite_means(n, m, p).ratio_of_means <= upper
    assert upper - lower < 0.06


@pytest.mark.long
def test_ratio_of_means_is_that_of_dense_runs():
    """One cell of tests/benchmarks/small_widths.py, at three times its standard error."""
    pytest.importorskip("torch")
    from tests.benchmarks.small_widths import TARGET, dense_mean
    from theorems.simulation.sources import HostSource

    source = HostSource(np.random.Generator(np.random.Philox(6)))
    found, error, _ = dense_mean(source, 32, 0.1, 3 * TARGET)
    assert error <= 3 * TARGET
    assert abs(finite_means(32, 32, 0.1).ratio_of_means - found) < 5 * error
    assert abs(finite_means(36, 36, 0.1).ratio_of_means - found) > 5 * error


def sign_energy_on_sphere(n, p):
    """E Δa² over q, the flipped part of the input's energy: Beta(k/2, (n − k)/2) given k of n flips, q = sin²ψ."""
    from scipy.special import roots_legendre
    from scipy.stats import binom

    nodes, weights = roots_legendre(64 + 16 * math.isqrt(n))
    psi = (nodes + 1) * math.pi / 4
    energies = np.array([sign_moments(s).energy for s in np.sin(psi)])
    total = binom.pmf(n, n, p)  # all flipped: q = 1, where E Δa² = 1
    for k in range(1, n):
        log_density = (k - 1) * np.log(np.sin(psi)) + (n - k - 1) * np.log(np.cos(psi))
        density = weights * np.exp(log_density - log_density.max())
        total += binom.pmf(k, n, p) * (density @ energies) / density.sum()
    return total


@pytest.mark.parametrize(("n", "p"), [(5, 0.3), (64, 0.01), pytest.param(2048, 0.05, marks=pytest.mark.long)])
def test_sign_energy_is_that_of_the_other_route(n, p):
    assert finite_means(n, 8, p).energy[0] == pytest.approx(sign_energy_on_sphere(n, p), rel=1e-9)
    assert finite_means(n, 8, p).projection[0] == pytest.approx(-finite_means(n, 8, p).energy[0] / 2, rel=1e-9)


def test_means_do_not_depend_on_how_fine_the_quadrature_is(monkeypatch):
    coarse = finite_means(300, 300, 0.02).ratio_of_means
    monkeypatch.setattr("theorems.simulation.neuron_moments.PANEL", 24)
    monkeypatch.setattr("theorems.simulation.finite_mean.LAPLACE_NODES", 120)
    from theorems.simulation import neuron_moments

    neuron_moments._legendre.cache_clear()
    finite_means.cache_clear()
    fine = finite_means(300, 300, 0.02).ratio_of_means
    neuron_moments._legendre.cache_clear()
    finite_means.cache_clear()
    assert fine != coarse
    assert fine == pytest.approx(coarse, rel=1e-9)


def test_half_line_moments_by_quadrature():
    mean, deviation = np.array([-1.5, 0.2, 3]), np.array([0.7, 1, 0.1])
    y = np.linspace(0, 12, 400_001)
    density = np.exp(-(((y - mean[:, None]) / deviation[:, None]) ** 2) / 2) / (
        deviation[:, None] * math.sqrt(2 * math.pi)
    )
    for j, moment in enumerate(half_line_moments(mean, deviation, 6)):
        assert moment == pytest.approx(np.trapezoid(y**j * density, y), rel=1e-6)


@pytest.mark.long
@pytest.mark.parametrize("changes", [sign_changes, magnitude_changes])
def test_changes_given_z_by_simulation(changes):
    n, p, draws = 6, 0.25, 400_000
    rng = np.random.default_rng(4)
    x = rng.standard_normal((draws, n))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    w = rng.standard_normal((draws, n))
    for z in (-0.8, 0.4, 2.0):
        given = w + (z - (w * x).sum(axis=1))[:, None] * x  # Gaussian weights given w·x = z
        sign = np.where(rng.random((draws, n)) < p, -1, 1)
        after = given * sign if changes is sign_changes else given + 2 * math.sqrt(p) * np.sign(given)
        delta = np.maximum((after * x).sum(axis=1), 0) - max(z, 0)
        moments = changes(np.array([z]), n, p)[:, 0]
        assert moments[0] == pytest.approx(1)
        for j in (1, 2):
            assert abs(moments[j] - (delta**j).mean()) < 5 * (delta**j).std() / math.sqrt(draws)


def test_grid_integrates_a_normal_variable():
    z, weights = pre_activation_grid(0.02)
    assert weights.sum() == pytest.approx(1, rel=1e-13)
    assert weights @ np.maximum(z, 0) == pytest.approx(1 / math.sqrt(2 * math.pi), rel=1e-13)
    assert weights @ z**6 == pytest.approx(15, rel=1e-12)


@pytest.mark.long
@pytest.mark.parametrize("d", [None, 256])
def test_means_of_ratios_by_the_exact_law(d):
    n, p = 256, 0.1
    averages = row_averages(n, p)
    draws = draw_grams(Block(n, n, p, d), 6000, np.random.default_rng(5))
    for statistic, values in [
        (transverse_ratio, transverse_ratio(draws)),
        (radial_fraction("sign"), radial_fractions(draws)[0]),
        (radial_fraction("magnitude"), radial_fractions(draws)[1]),
        (energy_ratio, energy_ratio(draws)),
    ]:
        if statistic is energy_ratio and d is not None:
            continue
        mean, error = averages.expectation(statistic if d is None else with_second_projection(statistic, d), n)
        lower, upper = mean_interval(values, 1e-4)
        assert lower - error <= mean <= upper + error


def test_mean_of_ratios_exceeds_the_ratio_of_means_by_order_one_over_m():
    p = 0.05
    gaps = []
    for m in (500, 1000, 2000):
        mean = row_averages(m, p).expectation(transverse_ratio, m)
        gaps.append(mean.value - finite_means(m, m, p).ratio_of_means)
        assert mean.error < gaps[-1] / 50
    assert gaps[0] / gaps[1] == pytest.approx(2, rel=0.1)
    assert gaps[1] / gaps[2] == pytest.approx(2, rel=0.05)


def test_error_at_the_size_of_the_paper():
    assert row_averages(2048, 0.01).expectation(transverse_ratio, 2048).error < 1e-5


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: finite_means(3, 8, 0.1), "n must be"),
        (lambda: finite_means(8, 1, 0.1), "m must be"),
        (lambda: finite_means(8, 8, 0.5), "p must lie"),
        (lambda: row_averages(8, 0.1).expectation(transverse_ratio, 8), "m must be"),
        (lambda: with_second_projection(transverse_ratio, 3), "d must be"),
        (lambda: radial_fraction("both"), "which must be"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
