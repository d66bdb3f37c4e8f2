from fractions import Fraction

import flint
import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorems.arithmetic.contexts import BALL, FLOAT, MP, SERIES
from theorems.formulas.relu_kernels import (
    angle_from_amplitude,
    angle_from_correlation,
    arc_cosine_kernel,
    gate_flip_energy,
    gate_flip_probability,
    quadrant_cross_moment,
    quadrant_second_moment,
    relu_energy,
    smooth_energy,
)
from theorems.integrals.gaussian_integrals import quadrant_moment, wedge_moment

SIGNS = [(1, 1), (1, -1), (-1, 1), (-1, -1)]
ONE_ANGLE = [
    angle_from_correlation,
    angle_from_amplitude,
    arc_cosine_kernel,
    gate_flip_energy,
    gate_flip_probability,
    quadrant_cross_moment,
    quadrant_second_moment,
    relu_energy,
    smooth_energy,
]
DIFFERENCE = {(2, 0): 1, (1, 1): -2, (0, 2): 1}

# Angles as fractions of π: the closed forms and the integrals both take them exactly.
angles = st.integers(1, 99).map(lambda hundredths: Fraction(hundredths, 100))
quickly = settings(max_examples=8, deadline=None, derandomize=True)


def radians(turn):
    return BALL.number(turn) * BALL.pi


def agree(closed_form, integral):
    assert closed_form.overlaps(integral), (closed_form, integral)
    assert integral.rad() < 1e-11
    assert closed_form.rad() < 1e-11


@pytest.mark.parametrize("signs", SIGNS)
@quickly
@given(turn=angles)
def test_quadrant_moments_against_integrals(signs, turn):
    theta = radians(turn)
    agree(quadrant_second_moment(theta, *signs, BALL), quadrant_moment({(2, 0): 1}, theta, *signs))
    agree(quadrant_second_moment(theta, *signs, BALL), quadrant_moment({(0, 2): 1}, theta, *signs))
    agree(quadrant_cross_moment(theta, *signs, BALL), quadrant_moment({(1, 1): 1}, theta, *signs))


@quickly
@given(turn=angles, sigma_x=st.integers(0, 30), sigma_y=st.integers(0, 30))
def test_kernels_and_energies_against_integrals(turn, sigma_x, sigma_y):
    theta = radians(turn)
    s, t = Fraction(sigma_x, 10), Fraction(sigma_y, 10)
    spread = {(2, 0): s**2, (1, 1): -2 * s * t, (0, 2): t**2}
    smooth = quadrant_moment(spread, theta)
    closing = quadrant_moment({(2, 0): s**2}, theta, 1, -1)
    opening = quadrant_moment({(0, 2): t**2}, theta, -1, 1)
    agree(arc_cosine_kernel(theta, s, t, BALL), quadrant_moment({(1, 1): s * t}, theta))
    agree(smooth_energy(theta, s, t, BALL), smooth)
    agree(relu_energy(theta, s, t, BALL), smooth + closing + opening)


@quickly
@given(turn=angles)
def test_gates_against_integrals(turn):
    theta = radians(turn)
    flips = sum((quadrant_moment({(0, 0): 1}, theta, *signs) for signs in [(1, -1), (-1, 1)]), BALL.number(0))
    agree(gate_flip_probability(theta, BALL), flips)
    agree(gate_flip_energy(theta, BALL), quadrant_moment({(2, 0): 1}, theta, 1, -1))
    agree(smooth_energy(theta, ctx=BALL), quadrant_moment(DIFFERENCE, theta))


def test_the_integrals_tell_a_wrong_formula():
    theta = radians(Fraction(1, 3))
    assert not relu_energy(theta, ctx=BALL).overlaps(quadrant_moment(DIFFERENCE, theta))
    assert not gate_flip_energy(theta, BALL).overlaps(quadrant_moment({(2, 0): 1}, theta))


@given(turn=angles)
def test_relu_energy_splits_by_gates_and_reflects(turn):
    theta = radians(turn)
    total = relu_energy(theta, ctx=BALL)
    assert total.overlaps(2 * gate_flip_energy(theta, BALL) + smooth_energy(theta, ctx=BALL))
    # f(−ρ) = f(ρ) + ρ: the energies of Y and −Y.
    assert relu_energy(BALL.pi - theta, ctx=BALL).overlaps(total + theta.cos())


@pytest.mark.parametrize(("theta", "expected"), [(0, 0), ("half", 1 - 1 / flint.arb.pi()), ("whole", 1)])
def test_relu_energy_of_equal_independent_and_opposite_variables(theta, expected):
    theta = {"half": BALL.pi / 2, "whole": BALL.pi}.get(theta, theta)
    assert relu_energy(theta, ctx=BALL).overlaps(flint.arb(expected))


def test_opposite_variables_have_energy_one_by_definition():
    # Y = −X: (ReLU X − ReLU(−X))² = X².
    assert wedge_moment({(2, 0): 1}, BALL.pi, (0, 2 * BALL.pi)).overlaps(relu_energy(BALL.pi, ctx=BALL))


def test_price_theorem():
    """dK/dρ = P(X > 0, Y > 0) = (π − θ)/(2π), so dK/dθ = −sin θ (π − θ)/(2π): by power series at θ = 1."""
    kernel = arc_cosine_kernel(SERIES.variable(1), ctx=SERIES)
    assert kernel[1].overlaps(-BALL.number(1).sin() * (BALL.pi - 1) / (2 * BALL.pi))


@pytest.mark.parametrize(
    ("formula", "coefficients"),
    [
        (lambda t: relu_energy(t, ctx=SERIES), {0: 0, 1: 0, 2: 2, 3: Fraction(-8, 3)}),
        (lambda t: gate_flip_energy(t, SERIES), {0: 0, 1: 0, 2: 0, 3: Fraction(8, 3)}),
        (lambda t: smooth_energy(t, ctx=SERIES), {0: 0, 1: 0, 2: 2, 3: -8}),
    ],
    ids=["total", "gate flip", "smooth"],
)
def test_leading_coefficients_in_the_amplitude(formula, coefficients):
    """Odd orders carry 1/π. The cubic of the gate flip: E[D³/3]·φ(0) with D = (2αG)⁺, that is 8α³·√(2/π)/3/√(2π)."""
    series = formula(angle_from_amplitude(SERIES.variable(0), SERIES))
    for order, coefficient in coefficients.items():
        expected = BALL.number(coefficient) / (BALL.pi if order % 2 else 1)
        assert series[order].overlaps(expected)
        assert series[order].rad() < 1e-12


def test_the_amplitude_is_the_half_angle_sine():
    for alpha in ("0.05", "0.3", "0.9"):
        correlation = 1 - 2 * Fraction(alpha) ** 2
        assert angle_from_amplitude(alpha, BALL).overlaps(angle_from_correlation(correlation, BALL))


@pytest.mark.parametrize("formula", ONE_ANGLE, ids=lambda formula: formula.__name__)
def test_all_contexts_agree(formula):
    for value in ("0.01", "0.3", "0.8"):
        with flint.ctx.workdps(40), mpmath.workdps(40):
            ball = formula(value, ctx=BALL)
            assert ball.rad() < 1e-30
            assert ball.overlaps(flint.arb(mpmath.nstr(formula(value, ctx=MP), 40), "1e-35"))
            assert formula(value, ctx=SERIES)[0].overlaps(ball)
        assert formula(float(value), ctx=FLOAT) == pytest.approx(float(ball), rel=1e-9)


def test_against_simulation():
    """Chebyshev at level 1e-3: a term is at most (X−Y)² as ReLU is 1-Lipschitz, so its variance is below 3(2 − 2ρ)²."""
    import numpy as np

    rho, count = 0.6, 400_000
    x, noise = np.random.Generator(np.random.Philox(20260518)).standard_normal((2, count))
    y = rho * x + np.sqrt(1 - rho**2) * noise
    energy = np.mean((np.maximum(x, 0) - np.maximum(y, 0)) ** 2)
    bound = np.sqrt(3 * (2 - 2 * rho) ** 2 / count / 1e-3)
    assert abs(energy - relu_energy(angle_from_correlation(rho))) < bound
    assert bound < 0.1


@pytest.mark.parametrize("formula", ONE_ANGLE[2:], ids=lambda formula: formula.__name__)
@pytest.mark.parametrize("ctx", [FLOAT, MP, BALL, SERIES], ids=lambda ctx: ctx.name)
def test_angles_outside_are_rejected(formula, ctx):
    for theta in ("-0.01", "3.15"):
        with pytest.raises(ValueError, match="theta must lie in"):
            formula(theta, ctx=ctx)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: angle_from_correlation("1.01"), "rho must lie in"),
        (lambda: angle_from_amplitude("-0.1"), "alpha must lie in"),
        (lambda: quadrant_second_moment(1, 0, 1), "signs must be -1 or 1"),
        (lambda: arc_cosine_kernel(1, -1), "sigma_x must lie in"),
        (lambda: smooth_energy(1, 1, -1), "sigma_y must lie in"),
        (lambda: relu_energy(float("nan")), "theta must lie in"),
    ],
)
def test_domain(call, message):
    with pytest.raises(ValueError, match=message):
        call()
