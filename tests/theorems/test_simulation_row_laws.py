import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorems.integrals.half_normal import sum_moment, value
from theorems.simulation.row_laws import alignment_rule, chi_square_rule, flipped_energy_rule


@pytest.mark.parametrize("n", [2, 3, 17, 300])
def test_alignment_has_the_exact_moments(n):
    # E cᵏ·E‖w‖ᵏ·n^{k/2} = E(Σ|w|)ᵏ, the right side as a polynomial in E|w| over the rationals.
    rule = alignment_rule(n)
    for k in range(8):
        radius = 2 ** (k / 2) * math.exp(math.lgamma((n + k) / 2) - math.lgamma(n / 2))
        expected = float(value(sum_moment(n, k))) / (radius * n ** (k / 2))
        assert rule.weights @ rule.nodes**k == pytest.approx(expected, rel=1e-11)


def test_alignment_by_simulation():
    w = np.random.default_rng(1).standard_normal((200_000, 6))
    c = np.abs(w).sum(axis=1) / (math.sqrt(6) * np.linalg.norm(w, axis=1))
    rule = alignment_rule(6)
    for function in (np.cos, lambda x: x**12, np.exp):
        draws = function(c)
        assert abs(rule.weights @ function(rule.nodes) - draws.mean()) < 5 * draws.std() / math.sqrt(draws.size)


def test_one_weight_is_its_own_sign():
    assert alignment_rule(1).nodes == [1]


@pytest.mark.parametrize("n", [2, 40, 2048, 10**5])
def test_alignment_stays_within_its_bounds_and_tends_to_the_half_normal_mean(n):
    rule = alignment_rule(n)
    assert (rule.weights > 0).all()
    assert rule.weights.sum() == pytest.approx(1)
    assert 1 / math.sqrt(n) < rule.nodes.min()
    assert rule.nodes.max() <= 1
    assert abs(rule.weights @ rule.nodes - math.sqrt(2 / math.pi)) < 0.25 / n


@given(st.integers(1, 5000))
def test_chi_square_moments(freedom):
    rule = chi_square_rule(freedom)
    expected = 1.0
    for k in range(8):
        assert rule.weights @ rule.nodes**k == pytest.approx(expected, rel=1e-9)
        expected *= freedom + 2 * k


@settings(max_examples=30, deadline=None)  # the first import of scipy.stats takes seconds
@given(st.integers(2, 3000), st.floats(0.001, 0.499))
def test_flipped_energy_has_the_exact_moments(n, p):
    # E q = p; E q² = p² + p(1 − p)·E Σx̂⁴ = p² + 3p(1 − p)/(n + 2).
    rule = flipped_energy_rule(n, p)
    q = np.sin(rule.nodes) ** 2
    assert rule.weights.sum() == pytest.approx(1, abs=1e-10)
    assert rule.weights @ q == pytest.approx(p, rel=1e-9)
    assert rule.weights @ q**2 == pytest.approx(p**2 + 3 * p * (1 - p) / (n + 2), rel=1e-9)


def test_flipped_energy_third_moment_by_the_dirichlet_law():
    n, p = 30, Fraction(1, 10)
    total = Fraction(0)
    for k in range(n + 1):
        mass = math.comb(n, k) * p**k * (1 - p) ** (n - k)
        total += mass * Fraction(k * (k + 2) * (k + 4), n * (n + 2) * (n + 4))
    rule = flipped_energy_rule(n, float(p))
    assert rule.weights @ np.sin(rule.nodes) ** 6 == pytest.approx(float(total), rel=1e-11)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: alignment_rule(0), "n must be"),
        (lambda: flipped_energy_rule(1, 0.1), "n must be"),
        (lambda: flipped_energy_rule(4, 0.5), "p must lie"),
        (lambda: flipped_energy_rule(4, 0), "p must lie"),
        (lambda: chi_square_rule(0), "freedom"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
