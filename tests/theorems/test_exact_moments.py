from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorems.arithmetic.contexts import BALL
from theorems.integrals.exact_moments import (
    exact_quadrant_moment,
    exact_relu_energy,
    flipped_pair_moments,
    gaussian_moment,
    nonvanishing,
    normal_pair_moment,
    rational_value,
)
from theorems.integrals.gaussian_integrals import orthant_moment, quadrant_moment

quickly = settings(max_examples=25, deadline=None, derandomize=True)
quadrants = st.sampled_from([(1, 1), (1, -1), (-1, 1), (-1, -1)])


def ball(expression, angle):
    """A sympy expression of theta at a rational angle, enclosed."""
    import sympy

    value = sympy.N(expression.subs(sympy.Symbol("theta"), sympy.Rational(angle.numerator, angle.denominator)), 30)
    return BALL.number(Fraction(str(value)))


@settings(quickly, max_examples=16)
@given(signs=quadrants, powers=st.sampled_from([(0, 0), (2, 0), (1, 1), (0, 2)]), angle=st.fractions(0, 3))
def test_symbolic_moments_agree_with_rigorous_integrals(signs, powers, angle):
    value = ball(exact_quadrant_moment(*powers, *signs), angle)
    assert abs(value - quadrant_moment({powers: 1}, angle, *signs)) < 1e-12


@settings(quickly, max_examples=8)
@given(angle=st.fractions(0, 3))
def test_symbolic_relu_energy_agrees_with_rigorous_integrals(angle):
    parts = [({(2, 0): 1, (1, 1): -2, (0, 2): 1}, 1, 1), ({(2, 0): 1}, 1, -1), ({(0, 2): 1}, -1, 1)]
    energy = sum((quadrant_moment(*part[:1], angle, *part[1:]) for part in parts), BALL.number(0))
    assert abs(ball(exact_relu_energy(), angle) - energy) < 1e-12


@quickly
@given(i=st.integers(0, 3), j=st.integers(0, 2), rho=st.fractions(-1, 1).filter(lambda rho: abs(rho) < 0.99))
def test_isserlis_against_rigorous_integrals(i, j, rho):
    assert abs(orthant_moment(i, j, rho) - BALL.number(normal_pair_moment(i, j, rho))) < 1e-12


def test_a_sum_of_independent_normals_is_normal():
    moments = flipped_pair_moments([Fraction(3, 5), Fraction(4, 5)], {0}, 6)
    rho = 1 - 2 * Fraction(9, 25)
    assert all(value == normal_pair_moment(i, j, rho) for (i, j), value in moments.items())


def test_a_sum_of_random_signs_is_not():
    moments = flipped_pair_moments([Fraction(3, 5), Fraction(4, 5)], {0}, 4, lambda order: Fraction(order % 2 == 0))
    assert moments[2, 0] == 1
    assert moments[1, 1] == 1 - 2 * Fraction(9, 25)
    assert moments[4, 0] != 3


def test_pair_moments_by_enumeration_of_random_signs():
    from itertools import product

    x, flipped = [Fraction(1, 2), Fraction(1, 3), Fraction(2)], {1, 2}
    moments = flipped_pair_moments(x, flipped, 4, lambda order: Fraction(order % 2 == 0))
    for (i, j), value in moments.items():
        total = Fraction(0)
        for signs in product((-1, 1), repeat=3):
            z = sum(s * entry for s, entry in zip(signs, x, strict=True))
            changed = sum(
                s * entry * (-1 if k in flipped else 1) for k, (s, entry) in enumerate(zip(signs, x, strict=True))
            )
            total += z**i * changed**j
        assert value == total / 8


def test_nonvanishing_counts_what_is_no_identity():
    import sympy

    x = sympy.Symbol("x")
    assert nonvanishing(sympy.sin(x) ** 2 + sympy.cos(x) ** 2 - 1, x - x) == 0
    assert nonvanishing(sympy.sin(x) - x, x) == 2


def test_rational_value_takes_what_simplifies_to_a_fraction():
    import sympy

    x = sympy.Symbol("x", positive=True)
    assert rational_value((x**2 - 1) / (3 * (x - 1) * (x + 1))) == Fraction(1, 3)
    for expression in (sympy.pi, x):
        with pytest.raises(ValueError, match="expected a rational number"):
            rational_value(expression)


def test_gaussian_moments():
    assert [gaussian_moment(k) for k in range(7)] == [1, 0, 1, 0, 3, 0, 15]


@pytest.mark.parametrize(
    "call",
    [
        lambda: gaussian_moment(-1),
        lambda: flipped_pair_moments([], set(), 2),
        lambda: flipped_pair_moments([Fraction(1)], {1}, 2),
        lambda: flipped_pair_moments([Fraction(1)], set(), 0),
        lambda: normal_pair_moment(-1, 0, Fraction(0)),
        lambda: exact_quadrant_moment(1, 0),
        lambda: exact_quadrant_moment(2, 0, 0, 1),
    ],
)
def test_bad_input_is_rejected(call):
    with pytest.raises(ValueError, match=r"\w"):
        call()
