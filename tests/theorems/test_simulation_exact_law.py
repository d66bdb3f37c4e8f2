import math

import numpy as np
import pytest
import scipy

from theorems.simulation.exact_law import _row_table, draw_grams, draw_rows, flipped_energies
from theorems.simulation.grams import chord_ratio, energy_ratio, gram_of, project, radial_fractions, transverse_energies
from theorems.simulation.setups import Block
from theorems.statistics.student import mean_interval
from theorems.statistics.two_samples import kolmogorov_smirnov

ERROR = 1e-4  # the chance that a true law fails one test


def matrices(n, m, p, draws, rng, *, matching="expected"):
    """z, z′ under flips and z′ under the magnitude change, in units of 1/√n, from the matrices of the definition."""
    w, flips = rng.standard_normal((draws, m, n)), np.where(rng.random((draws, m, n)) < p, -1, 1)
    x = rng.standard_normal((draws, n, 1))
    x /= np.linalg.norm(x, axis=1, keepdims=True)
    square = 4 * p if matching == "expected" else (4 * (w * (flips < 0)) ** 2).mean(axis=(1, 2))[:, None, None]
    return [(v @ x)[..., 0] for v in (w, w * flips, w + np.sqrt(square) * np.sign(w))]


def grams(before, sign, magnitude):
    a = np.maximum(before, 0)
    return gram_of(a, np.maximum(sign, 0) - a, np.maximum(magnitude, 0) - a)


def statistics(draws):
    return [*transverse_energies(draws), *radial_fractions(draws), energy_ratio(draws), *draws[:, 2:6].T]


@pytest.mark.parametrize("n", [5, 40])
def test_one_row_has_the_law_of_a_row_of_the_matrix(n):
    draws = 20_000
    ours = draw_rows(Block(n, 1, 0.1), draws, np.random.default_rng([1, n]))
    theirs = matrices(n, 1, 0.1, draws, np.random.default_rng([2, n]))
    for combine in (
        lambda z, s, t: z + 0.5 * s + 0.3 * t,
        lambda z, s, t: z * s * np.abs(t),
        lambda z, s, t: (z - s) ** 2 + z * (t - z),
        lambda z, _, t: np.maximum(t, 0) - np.maximum(z, 0),
    ):
        assert kolmogorov_smirnov(*(combine(*(v[:, 0] for v in rows)) for rows in (ours, theirs))) > ERROR


@pytest.mark.long
@pytest.mark.parametrize("matching", ["expected", "drawn"])
@pytest.mark.parametrize("d", [None, 7])
def test_a_draw_has_the_law_of_the_definition(matching, d):
    n, m, p, draws = 16, 40, 0.05, 6000
    ours = draw_grams(Block(n, m, p, d, matching=matching), draws, np.random.default_rng(3))
    rng = np.random.default_rng(4)
    before, sign, magnitude = (np.maximum(z, 0) for z in matrices(n, m, p, draws, rng, matching=matching))
    vectors = before, sign - before, magnitude - before
    if d is not None:
        second = rng.standard_normal((draws, d, m)) / math.sqrt(m)
        vectors = [(second @ v[..., None])[..., 0] * math.sqrt(m / d) for v in vectors]
    theirs = gram_of(*vectors) * (1 if d is None else d / m)
    for one, two in zip(statistics(ours), statistics(theirs), strict=True):
        assert kolmogorov_smirnov(one, two) > ERROR


def test_a_wrong_matching_is_noticed():
    # A few dozen flips in all: their norm varies from draw to draw, and with "drawn" the magnitude change's.
    rng = np.random.default_rng(5)
    one, two = (draw_grams(Block(16, 40, 0.05, matching=each), 6000, rng)[:, 4] for each in ("expected", "drawn"))
    assert kolmogorov_smirnov(one, two) < 1e-9


def test_projection_is_wishart():
    rng = np.random.default_rng(6)
    gram = np.tile([2.0, 0.3, 1.0, -0.8, 1.5, 0.2], (20_000, 1))
    root = np.linalg.cholesky([[2, 0.3, -0.8], [0.3, 1, 0.2], [-0.8, 0.2, 1.5]])
    ours, vectors = project(gram, 4, rng), rng.standard_normal((20_000, 4, 3)) @ root.T
    theirs = gram_of(vectors[..., 0], vectors[..., 1], vectors[..., 2])
    for k in range(6):
        assert kolmogorov_smirnov(ours[:, k], theirs[:, k]) > ERROR
    assert kolmogorov_smirnov(transverse_energies(ours)[1], transverse_energies(theirs)[1]) > ERROR


def test_transverse_energies_are_chi_square_given_the_activations():
    draws = np.tile([1.0, 0.5, 1.25, 0, 1, 0.1], (20_000, 1))  # ‖Δ_⊥‖² = 1 for both
    sign, magnitude = transverse_energies(project(draws, 6, np.random.default_rng(7)))
    for values in (sign, magnitude):
        assert scipy.stats.kstest(6 * values, "chi2", args=(5,)).pvalue > ERROR


def test_flips_of_a_given_input_are_those_of_its_masks():
    x = np.array([0.9, 0.3, -0.2, 0.1, 0.2])
    x /= np.linalg.norm(x)
    draws, p = 20_000, 0.3
    ours = flipped_energies(x, x, p, draws, np.random.default_rng(8))
    theirs = (np.random.default_rng(9).random((draws, 5)) < p) @ x**2
    assert kolmogorov_smirnov(ours, theirs) > ERROR
    lower, upper = mean_interval(ours, ERROR)
    assert lower <= p <= upper


@pytest.mark.parametrize("p", [1e-3, 0.4])
def test_flips_visit_every_place_equally_often(p):
    first, second = np.arange(1.0, 8), np.ones(7)
    sums = flipped_energies(first, second, p, 40_000, np.random.default_rng(12))
    assert abs(sums.mean() - p * 28) < 5 * sums.std() / 200
    assert abs(sums[-1000:].mean() - p * 28) < 5 * math.sqrt(p * (1 - p) * 140 / 1000)


def test_chords_tend_to_transverse_energies_and_lose_no_digits():
    gram = np.array([[1.0, 2e-9, 5e-17, 3e-9, 7e-17, 0]])
    sign, magnitude = transverse_energies(gram)
    assert chord_ratio(gram)[0] == pytest.approx((sign / magnitude)[0], rel=1e-7)


def test_chord_of_an_opposite_vector():
    gram = np.array([[1.0, -2 + 1e-9, 4, -1, 2, 0]])  # a′ almost −a; a′ orthogonal to a
    assert chord_ratio(gram)[0] == pytest.approx(4 / 2, rel=1e-4)


@pytest.mark.parametrize(("n", "p"), [(5, 0.3), (64, 0.02), (2048, 0.1)])
def test_the_guide_table_finds_what_a_search_finds(n, p):
    table = _row_table(n, p)
    steps = table.cumulative[table.cumulative < 1]
    uniform = np.concatenate([np.random.default_rng(14).random(20_000), steps, np.nextafter(steps, 0), [0.0]])
    assert (table.places(uniform) == np.searchsorted(table.cumulative, uniform)).all()


def test_draws_do_not_depend_on_the_size_of_a_batch_in_law(monkeypatch):
    monkeypatch.setattr("theorems.simulation.exact_law.LARGEST_BATCH", 64)
    ours = draw_grams(Block(8, 8, 0.2), 41, np.random.default_rng(13))
    assert ours.shape == (41, 6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: draw_grams(Block(4, 8, 0.1), 1, rng), "n must be"),
        (lambda rng: draw_grams(Block(8, 0, 0.1), 1, rng), "m must be"),
        (lambda rng: draw_grams(Block(8, 8, 0.1), 0, rng), "draws must be"),
        (lambda rng: draw_grams(Block(8, 8, 0.6), 1, rng), "p must lie"),
        (lambda rng: draw_grams(Block(8, 8, 0.1, matching="both"), 1, rng), "matching must be"),
        (lambda rng: draw_grams(Block(8, 8, 0.1, 2), 1, rng), "d must be"),
        (lambda rng: flipped_energies(np.ones(3), np.ones(2), 0.1, 2, rng), "equal vectors"),
        (lambda rng: project(np.ones((2, 5)), 4, rng), "shape"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng(0))
