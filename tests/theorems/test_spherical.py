from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorems.arithmetic.contexts import BALL, FLOAT, MP, SERIES
from theorems.formulas.spherical import (
    additive_radial_fraction,
    finite_sign_preserving_radial_fraction,
    flip_radial_fraction,
    sign_preserving_radial_fraction,
    sphere_moment,
    sphere_participation,
)

quickly = settings(max_examples=30, deadline=None, derandomize=True)


def monte_carlo(values, expected, level=1e-6):
    """Mean of independent light-tailed values against its expectation: a normal interval at `level`."""
    from scipy.stats import norm

    half_width = norm.isf(level / 2) * np.std(values, ddof=1) / np.sqrt(len(values))
    assert abs(np.mean(values) - expected) < half_width
    assert half_width < 0.05 * abs(expected)


def normals(seed, *shape):
    return np.random.Generator(np.random.Philox(seed)).standard_normal(shape)


@pytest.mark.parametrize(
    ("exponents", "closed_form"),
    [
        ((2,), lambda n: Fraction(1, n)),
        ((4,), lambda n: Fraction(3, n * (n + 2))),
        ((2, 2), lambda n: Fraction(1, n * (n + 2))),
        ((3, 1), lambda _: 0),
        ((), lambda _: 1),
    ],
)
def test_sphere_moments_known_in_closed_form(exponents, closed_form):
    for n in (2, 3, 10):
        assert sphere_moment(exponents, n) == closed_form(n)


@pytest.mark.parametrize("exponents", [(2,), (4,), (6, 2), (2, 4), (8, 8)])
def test_sphere_moments_on_the_circle_by_integration(exponents):
    i, j = (*exponents, 0)[:2]
    integral = flint.acb.integral(lambda t, _: t.cos() ** i * t.sin() ** j, 0, 2 * flint.arb.pi()).real
    assert (integral / (2 * flint.arb.pi())).overlaps(BALL.number(sphere_moment((i, j), 2)))


@quickly
@given(n=st.integers(2, 12), power=st.integers(1, 4))
def test_sphere_moments_add_up(n, power):
    """Σ_i x_i² = 1: E[x_1^{2k}] = E[x_1^{2k+2}] + (n − 1) E[x_1^{2k}x_2²]."""
    even = 2 * power
    assert sphere_moment((even,), n) == sphere_moment((even + 2,), n) + (n - 1) * sphere_moment((even, 2), n)


def test_participation_of_a_random_direction():
    x = normals(1, 100_000, 7)
    energies = x**2 / np.sum(x**2, axis=1, keepdims=True)
    monte_carlo(np.sum(energies**2, axis=1), float(sphere_participation(7)))
    assert sphere_participation(1) == 1


def simulated_layer(seed, m, n, draws, x):
    """y = Wx for independent layers W, shape (draws, m, n) and (draws, m)."""
    weights = normals(seed, draws, m, n) / np.sqrt(n)
    return weights, weights @ x


def radial_energy(y, change):
    """(Δy·ŷ)² per draw, for arrays of shape (draws, m)."""
    return np.sum(y * change, axis=1) ** 2 / np.sum(y * y, axis=1)


@pytest.mark.parametrize("x", [np.full(4, 0.5), np.array([0.8, 0.6, 0.0, 0.0]), np.array([1.0, 0.0, 0.0, 0.0])])
def test_flip_radial_fraction_and_energy_by_simulation(x):
    m, n, p, draws = 5, 4, 0.2, 100_000
    weights, y = simulated_layer(3, m, n, draws, x)
    flips = np.random.Generator(np.random.Philox(4)).random(weights.shape) < p
    change = -2 * np.where(flips, weights, 0) @ x
    energy = 4 * p * m / n
    monte_carlo(np.sum(change**2, axis=1), energy)
    monte_carlo(radial_energy(y, change) / energy, flip_radial_fraction(p, m, np.sum(x**4)))


def test_additive_radial_fraction_by_simulation():
    m, n, p, draws = 5, 4, 0.2, 50_000
    x = np.full(n, 0.5)
    _, y = simulated_layer(5, m, n, draws, x)
    change = normals(6, draws, m, n) * np.sqrt(4 * p / n) @ x
    energy = 4 * p * m / n
    monte_carlo(np.sum(change**2, axis=1), energy)
    monte_carlo(radial_energy(y, change) / energy, float(additive_radial_fraction(m)))


def test_sign_preserving_radial_fraction_by_simulation_of_its_limit():
    """Independent rows of a standard normal pair with correlation E|G| = √(2/π)."""
    m, draws = 4, 100_000
    y, noise = normals(7, 2, draws, m)
    aligned = np.sqrt(2 / np.pi)
    change = aligned * y + np.sqrt(1 - aligned**2) * noise
    monte_carlo(radial_energy(y, change) / m, sign_preserving_radial_fraction(m))


@pytest.mark.long
@pytest.mark.parametrize("m", [2, 3])
def test_finite_sign_preserving_radial_fraction_by_simulation(m):
    """n = 3, with ‖y‖², ‖Δy‖² and y·Δy of known means as control variates, enough to tell it from its limit."""
    n, draws = 3, 1_000_000
    x = np.full(n, 1 / np.sqrt(n))
    weights = normals(8, draws, m, n)
    y, change = weights @ x, np.sign(weights) @ x
    share = radial_energy(y, change) / m
    products = [np.sum(u * v, axis=1) for u, v in ((y, y), (change, change), (y, change))]
    controls = np.stack(products, axis=1) - m * np.array([1, 1, np.sqrt(2 / np.pi)])
    slopes, *_ = np.linalg.lstsq(controls - controls.mean(axis=0), share - share.mean(), rcond=None)
    adjusted = share - controls @ slopes
    monte_carlo(adjusted, float(finite_sign_preserving_radial_fraction(m, n)))
    with pytest.raises(AssertionError):
        monte_carlo(adjusted, sign_preserving_radial_fraction(m))


def test_finite_sign_preserving_radial_fraction_has_its_limit():
    for m in (1, 2, 7):
        limit = sign_preserving_radial_fraction(m, BALL)
        for n in (10, 1000, 100_000):
            finite = finite_sign_preserving_radial_fraction(m, n)
            assert finite.rad() < 1e-10
            assert abs(finite - limit) < flint.arb(1) / n


def test_one_output_is_all_radial():
    assert flip_radial_fraction("0.3", 1, "0.2", BALL).overlaps(flint.arb(1))
    assert sign_preserving_radial_fraction(1, BALL).overlaps(flint.arb(1))


@pytest.mark.parametrize(
    "formula",
    [
        lambda ctx: flip_radial_fraction("0.3", 5, "0.4", ctx),
        lambda ctx: sign_preserving_radial_fraction(5, ctx),
    ],
)
def test_all_contexts_agree(formula):
    with flint.ctx.workdps(40), mpmath.workdps(40):
        ball = formula(BALL)
        assert ball.rad() < 1e-30
        assert ball.overlaps(flint.arb(mpmath.nstr(formula(MP), 40), "1e-30"))
        assert formula(SERIES)[0].overlaps(ball)
    assert formula(FLOAT) == pytest.approx(float(ball), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sphere_moment((2,), 0), "n must be an integer"),
        (lambda: sphere_moment((2, 2), 1), "2 coordinates asked"),
        (lambda: sphere_moment((-2,), 3), "each exponent must be"),
        (lambda: flip_radial_fraction("1.1", 2, "0.1"), "p must lie in"),
        (lambda: flip_radial_fraction("0.1", 0, "0.1"), "m must be an integer"),
        (lambda: flip_radial_fraction("0.1", 2, "1.1"), "participation must lie in"),
        (lambda: additive_radial_fraction(0), "m must be an integer"),
        (lambda: sign_preserving_radial_fraction(0), "m must be an integer"),
        (lambda: finite_sign_preserving_radial_fraction(0, 5), "m must be an integer"),
        (lambda: finite_sign_preserving_radial_fraction(2, 2), "n must be an integer >= 3"),
    ],
)
def test_domain(call, message):
    with pytest.raises(ValueError, match=message):
        call()
