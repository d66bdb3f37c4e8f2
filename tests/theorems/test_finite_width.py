import math
from fractions import Fraction

import flint
import numpy as np
import pytest

from theorems.arithmetic.contexts import BALL, FLOAT, MP
from theorems.formulas import finite_width
from theorems.formulas.asymmetry import magnitude_moments, root_flip_rate, sign_moments
from theorems.formulas.finite_width import (
    magnitude_moments_equal_entries,
    sign_moments_equal_entries,
    sign_moments_given_input,
)
from theorems.integrals.gaussian_integrals import quadrant_moment


def flipped_fraction_energy(q):
    """E(ReLU z′ − ReLU z)² at correlation 1 − 2q by polar integrals."""
    angle = (1 - 2 * BALL.number(q)).acos()
    smooth = quadrant_moment({(2, 0): 1, (1, 1): -2, (0, 2): 1}, angle, 1, 1)
    return smooth + 2 * quadrant_moment({(2, 0): 1}, angle, 1, -1)


def simulated_energy(directions, p, seed):
    rng = np.random.default_rng(seed)
    weights = rng.standard_normal(directions.shape)
    flips = np.where(rng.random(directions.shape) < p, -1, 1)
    change = np.maximum((weights * flips * directions).sum(axis=1), 0) - np.maximum((weights * directions).sum(1), 0)
    return (change**2).mean(), (change**2).std() / math.sqrt(len(directions))


def test_equal_entries_by_the_sum_over_flips():
    # At q = 1 the vector is mirrored: E(ReLU(−z) − ReLU z)² = E z² = 1.
    n, p = 5, Fraction(1, 5)
    expected = BALL.number(p**n)
    for k in range(1, n):
        mass = BALL.number(math.comb(n, k) * p**k * (1 - p) ** (n - k))
        expected += mass * flipped_fraction_energy(Fraction(k, n))
    result = sign_moments_equal_entries(n, p, BALL)
    assert result.energy.overlaps(expected)
    assert result.energy.rad() < 1e-12
    assert (2 * result.projection + result.energy).contains(0)


@pytest.mark.parametrize("p", ["0.001", "0.3", "0.999"])
def test_contexts_agree_and_long_inputs_do_not_underflow(p):
    ball = sign_moments_equal_entries(700, p, BALL).energy
    assert sign_moments_equal_entries(700, p).energy == pytest.approx(float(ball), rel=1e-11)
    assert float(sign_moments_equal_entries(700, p, MP).energy) == pytest.approx(float(ball), rel=1e-11)


def test_given_input_agrees_with_equal_entries():
    equal = sign_moments_equal_entries(7, 0.2)
    assert sign_moments_given_input(np.array([3, -3, 3, 3, -3, 3, 3]), 0.2).energy == pytest.approx(equal.energy)


def test_given_input_by_simulation():
    x = np.array([3.0, -1, 2, 0.5, 1])
    mean, error = simulated_energy(np.tile(x / np.linalg.norm(x), (400_000, 1)), 0.2, 25)
    moments = sign_moments_given_input(x, 0.2)
    assert abs(moments.energy - mean) < 6 * error
    assert moments.projection == -moments.energy / 2
    assert moments.original == 0.5


def test_width_tends_to_the_limit_from_below():
    gaps = [sign_moments(0.1).energy - sign_moments_equal_entries(n, 0.01).energy for n in (250, 1000, 4000)]
    assert all(gap > 0 for gap in gaps)
    # The correction is of order 1/n, not 1/√n.
    assert gaps[0] / gaps[1] == pytest.approx(4, rel=0.1)
    assert gaps[1] / gaps[2] == pytest.approx(4, rel=0.05)


@pytest.mark.parametrize(
    "call",
    [
        lambda: sign_moments_equal_entries(0, 0.1),
        lambda: sign_moments_equal_entries(4, 0),
        lambda: sign_moments_equal_entries(4, 1, FLOAT),
        lambda: sign_moments_given_input(np.zeros(3), 0.1),
        lambda: sign_moments_given_input(np.ones(17), 0.1),
        lambda: sign_moments_given_input(np.ones((2, 2)), 0.1),
        lambda: sign_moments_given_input(np.ones(3), -0.1),
    ],
)
def test_bad_input_is_rejected(call):
    with pytest.raises(ValueError, match="must"):
        call()


def test_balls_at_both_ends_of_the_flipped_fraction():
    assert sign_moments_equal_entries(1, "0.25", BALL).energy.overlaps(flint.arb("0.25"))


def test_magnitude_moments_tend_to_the_limit():
    limit = magnitude_moments(root_flip_rate("0.05", BALL), BALL)
    errors = [abs(magnitude_moments_equal_entries(n, "0.05").energy - limit.energy) for n in (64, 256, 1024)]
    assert errors[0] > 3 * errors[1] > 9 * errors[2]
    assert errors[2] < 1e-6


def test_magnitude_moments_by_simulation():
    n, p, draws = 64, 0.3, 40_000
    weights = np.random.default_rng(5).standard_normal((draws, n)) / math.sqrt(n)
    before, after = weights.sum(axis=1), (weights + 2 * math.sqrt(p / n) * np.sign(weights)).sum(axis=1)
    activation, change = np.maximum(before, 0), np.maximum(after, 0) - np.maximum(before, 0)
    exact = magnitude_moments_equal_entries(n, str(p))
    for sample, value in ((change**2, exact.energy), (activation * change, exact.projection)):
        assert abs(sample.mean() - float(value)) < 6 * sample.std() / math.sqrt(draws)


def test_magnitude_domain():
    with pytest.raises(ValueError, match="n must be an integer >= 64"):
        magnitude_moments_equal_entries(10, "0.1")
    with pytest.raises(ValueError, match="1/2 - p"):
        magnitude_moments_equal_entries(64, "0.6")


@pytest.mark.parametrize("coarse", [{"period": 6}, {"reach": 3}, {"spread": 2}, {"period": 8, "reach": 5, "spread": 3}])
@pytest.mark.parametrize(("n", "s"), [(64, "0.1"), (101, "0.4")])
def test_coarse_sums_enclose_what_fine_ones_do(n, s, coarse):
    fine = finite_width.boundary_energy_equal_entries(n, BALL.number(s))
    rough = finite_width.boundary_energy_equal_entries(n, BALL.number(s), **coarse)
    assert rough.contains(fine)
    assert abs(rough.mid() - fine) > 100 * fine.rad(), "the coarse sum is off, so its error bound is needed"


def test_sums_over_a_wide_ball_of_frequencies_hold_what_lies_in_it():
    means = finite_width._trigonometric_means(*finite_width._tilts(64, 9))
    wide = means(flint.arb(2, 0.25))
    for frequency in ("1.76", "1.9", "2", "2.2", "2.24"):
        assert all(each.contains(mean) for each, mean in zip(wide, means(BALL.number(frequency)), strict=True))


def test_unlikely_numbers_of_flips_are_enclosed():
    with flint.ctx.workprec(64):
        together = sign_moments_equal_entries(4, "1e-30", BALL).energy
    with flint.ctx.workprec(400):
        each = sign_moments_equal_entries(4, "1e-30", BALL).energy
    assert together.contains(each)
    assert together.rad() > each > 0, "enclosed by [0, 1] times their chance"


@pytest.mark.parametrize("s", ["0.01", "0.4"])
def test_what_the_fourier_sum_leaves_out_is_in_its_error(s):
    n, period, s = 64, 40, BALL.number(s)
    fine = finite_width._independent_of_shift(n, period, 13, 9)
    left_out = sum(2 * term.weight * (1 + term.a * s) for term in fine.terms if term.a > 3)
    rough = finite_width.boundary_energy_equal_entries(n, s, period, reach=3)
    assert BALL.number(rough.rad()) > left_out * 2 / period > 1e-3


def test_the_fourier_sum_ends_where_what_is_left_is_below_its_bound(monkeypatch):
    n, frequencies, half_normal = 64, [], finite_width._half_normal
    monkeypatch.setattr(finite_width, "_half_normal", lambda y: frequencies.append(y) or half_normal(y))
    with flint.ctx.workprec(200):
        energy = finite_width.boundary_energy_equal_entries(n, BALL.number("0.1"), period=90, reach=100, spread=8)
    assert (2 * (2 / BALL.pi).sqrt() / max(frequencies)) ** n < 2**-84
    assert energy.rad() > 4 * 2**-84 / math.pi, "all else is computed, to 60 digits, and what is left has its bound"


def test_a_fourier_sum_is_made_anew_at_a_higher_precision():
    coarse, fine = (boundary_energy(bits) for bits in (53, 150))
    assert coarse.overlaps(fine)
    assert fine.rad() < 1e-3 * coarse.rad()


def boundary_energy(bits):
    with flint.ctx.workprec(bits):
        return finite_width.boundary_energy_equal_entries(64, BALL.number("0.3"), 60, reach=20, spread=8)


@pytest.mark.parametrize("p", [Fraction(1, 2), Fraction(1, 50), Fraction(49, 50)])
def test_numbers_of_flips_left_out_are_no_likelier_than_their_bound(p):
    n = 1500
    with flint.ctx.workprec(30):
        weights, rest = finite_width._binomial_weights(n, BALL.number(p), BALL)
    with flint.ctx.workprec(200):
        flipped, kept = BALL.number(p), BALL.number(1 - p)
        exact = [math.comb(n, k) * flipped**k * kept ** (n - k) for k in range(n + 1)]
        left_out = sum(chance for k, chance in enumerate(exact) if k not in weights) / max(exact)
    assert 0 < left_out < rest < 3 * left_out
