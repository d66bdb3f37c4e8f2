from fractions import Fraction

import flint
import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorems.arithmetic.contexts import BALL, FLOAT, MP, SERIES
from theorems.formulas.outliers import (
    amplitude_ratio_leverage,
    column_leverage,
    energy_fraction_from_amplitude_ratio,
    flip_energy,
    leverage,
    leverage_expansion,
    linear_leverage,
)
from theorems.integrals.gaussian_integrals import quadrant_moment

quickly = settings(max_examples=10, deadline=None, derandomize=True)
amplitudes = st.integers(1, 99).map(lambda k: Fraction(k, 100))


def energy_by_integrals(correlation):
    """E(ReLU X − ReLU Y)², (X, Y) standard normal: closing, opening and open gates by rigorous integration."""
    theta = BALL.number(correlation).acos()
    closing = quadrant_moment({(2, 0): 1}, theta, 1, -1)
    opening = quadrant_moment({(0, 2): 1}, theta, -1, 1)
    smooth = quadrant_moment({(2, 0): 1, (1, 1): -2, (0, 2): 1}, theta)
    return closing, opening, smooth


@quickly
@given(alpha=amplitudes)
def test_flip_energy_against_integrals(alpha):
    """The correlation is that of A + B and B − A, of variances α² and 1 − α²."""
    correlation = (1 - alpha**2) - alpha**2
    closing, opening, smooth = energy_by_integrals(correlation)
    energy = flip_energy(alpha, BALL)
    assert energy.closing.overlaps(closing)
    assert energy.opening.overlaps(opening)
    assert energy.smooth.overlaps(smooth)
    assert energy.total.overlaps(closing + opening + smooth)
    assert all(term.rad() < 1e-11 for term in energy)


@quickly
@given(alpha=amplitudes, n=st.sampled_from([2, 64, 2048]))
def test_leverage_against_integrals(alpha, n):
    outlier = sum(energy_by_integrals(1 - 2 * alpha**2), BALL.number(0))
    ordinary = sum(energy_by_integrals(1 - Fraction(2, n)), BALL.number(0))
    ratio = leverage(alpha, n, BALL)
    assert ratio.overlaps(outlier / ordinary)
    assert not (ratio * BALL.number("1.001")).overlaps(outlier / ordinary)


def test_leverage_against_simulation_of_the_definition():
    """One weight of a row flips. ΔReLU² is at most 4α²W², its square at most 16α⁴W⁴: Chebyshev at level 1e-3."""
    import numpy as np

    alpha, count = 0.5, 400_000
    a, b = np.random.Generator(np.random.Philox(20260518)).standard_normal((2, count))
    a, b = alpha * a, np.sqrt(1 - alpha**2) * b
    energy = np.mean((np.maximum(b + a, 0) - np.maximum(b - a, 0)) ** 2)
    bound = np.sqrt(16 * alpha**4 * 3 / count / 1e-3)
    assert abs(energy - flip_energy(alpha).total) < bound < 0.1


def test_leverage_of_an_ordinary_entry_is_one():
    assert leverage(Fraction(1, 8), 64, BALL).overlaps(flint.arb(1))


def test_the_expansion_has_the_right_first_two_orders_in_the_amplitude():
    """f = 2α²(1 − 4α/(3π)) + O(α⁴), and the denominator is 2/n to leading order."""
    exact = flip_energy(SERIES.variable(0), SERIES).total
    expansion = leverage_expansion(SERIES.variable(0), 1, SERIES)
    for order in (0, 1, 2, 3):
        assert exact[order].overlaps(2 * expansion[order])


@pytest.mark.parametrize("n", [10**6, 10**8])
def test_the_next_term_is_of_order_amplitude_squared_root_n(n):
    """At α³√n → 0 the error of equation (28) is 4√n α²/(3π), not O(α²/√n)."""
    alpha = Fraction(1, 1000)
    with flint.ctx.workdps(30):
        error = leverage(alpha, n, BALL) - leverage_expansion(alpha, n, BALL)
        ratio = error / (4 * BALL.number(n).sqrt() * BALL.number(alpha) ** 2 / (3 * BALL.pi))
    assert abs(ratio - 1) < 0.01


@pytest.mark.parametrize("alpha", ["0.1", "0.49"])
def test_smooth_energy_dominates_below_one_half(alpha):
    energy = flip_energy(alpha, BALL)
    assert energy.smooth > energy.closing + energy.opening


def test_gate_and_smooth_energy_are_equal_at_one_half():
    energy = flip_energy(Fraction(1, 2), BALL)
    assert energy.smooth.overlaps(energy.closing + energy.opening)
    assert energy.smooth.rad() < 1e-12


@quickly
@given(gamma=amplitudes, eta=amplitudes)
def test_column_leverage_against_integrals(gamma, eta):
    """Negating A (variance γ) or B (variance 1 − γ) of A + B, per flip."""
    outliers = sum(energy_by_integrals((1 - gamma) - gamma), BALL.number(0)) / BALL.number(eta)
    others = sum(energy_by_integrals(gamma - (1 - gamma)), BALL.number(0)) / BALL.number(1 - eta)
    assert column_leverage(gamma, eta, BALL).overlaps(outliers / others)


def test_column_leverage_at_equal_energy_is_the_count_ratio():
    assert column_leverage("0.5", "0.05", BALL).overlaps(flint.arb(19))


@quickly
@given(ratio=st.integers(1, 100), k=st.integers(1, 99))
def test_the_energy_fraction_of_an_amplitude_ratio(ratio, k):
    eta = Fraction(k, 100)
    gamma = energy_fraction_from_amplitude_ratio(ratio, eta, BALL)
    squares = gamma / BALL.number(eta), (1 - gamma) / BALL.number(1 - eta)  # n α² and n β²
    assert (squares[0] / squares[1]).overlaps(flint.arb(ratio**2))
    assert amplitude_ratio_leverage(ratio, eta, BALL).overlaps(squares[0])
    # F.5 with its missing factor: R_entry = r²(1 − γ)/(1 − η).
    assert amplitude_ratio_leverage(ratio, eta, BALL).overlaps(ratio**2 * (1 - gamma) / BALL.number(1 - eta))


@pytest.mark.parametrize(
    "formula",
    [
        lambda ctx: flip_energy("0.3", ctx).total,
        lambda ctx: leverage("0.3", 2048, ctx),
        lambda ctx: linear_leverage("0.3", 2048, ctx),
        lambda ctx: leverage_expansion("0.3", 2048, ctx),
        lambda ctx: column_leverage("0.3", "0.05", ctx),
        lambda ctx: energy_fraction_from_amplitude_ratio(50, "0.001", ctx),
        lambda ctx: amplitude_ratio_leverage(50, "0.001", ctx),
    ],
)
def test_all_contexts_agree(formula):
    with flint.ctx.workdps(40), mpmath.workdps(40):
        ball = formula(BALL)
        assert ball.rad() < 1e-25
        assert ball.overlaps(flint.arb(mpmath.nstr(formula(MP), 40), "1e-25"))
        assert formula(SERIES)[0].overlaps(ball)
    assert formula(FLOAT) == pytest.approx(float(ball), rel=1e-10)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: flip_energy("1.1"), "alpha must lie in"),
        (lambda: flip_energy("-0.1", BALL), "alpha must lie in"),
        (lambda: leverage("0.1", 0), "n must be an integer"),
        (lambda: linear_leverage(2, 10), "alpha must lie in"),
        (lambda: leverage_expansion("0.1", 1.5), "n must be an integer"),
        (lambda: column_leverage(1, "0.05"), "gamma must be below 1"),
        (lambda: column_leverage("0.5", 0), "eta must exceed 0"),
        (lambda: column_leverage("0.5", 1, SERIES), "1 - eta must exceed 0"),
        (lambda: energy_fraction_from_amplitude_ratio(-1, "0.5"), "ratio must lie in"),
        (lambda: amplitude_ratio_leverage(1, 0), "eta must exceed 0"),
    ],
)
def test_domain(call, message):
    with pytest.raises(ValueError, match=message):
        call()
