from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorems.arithmetic.contexts import BALL
from theorems.integrals.exact_moments import (
    exact_half_line_integral,
    exact_magnitude_moment,
    exact_quadrant_moment,
    exact_relu_energy,
    gaussian_moment,
    rational_value,
)
from theorems.integrals.gaussian_integrals import gaussian_expectation, integrate, quadrant_moment

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


@pytest.mark.parametrize("power", range(5))
def test_half_line_integrals_agree_with_rigorous_ones(power):
    import sympy

    rate = sympy.Symbol("r", positive=True)
    value = ball(exact_half_line_integral(power, rate).subs(rate, sympy.Rational(3, 2)), Fraction(0))
    assert abs(value - integrate(lambda x: x**power * (-3 * x * x / 4).exp(), 0, 20)) < 1e-12
    moment = 2 * gaussian_expectation(lambda x: x**power, 0, None, (1, power))
    assert abs(ball(exact_magnitude_moment(power), Fraction(0)) - moment) < 1e-12


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
        lambda: exact_half_line_integral(-1),
        lambda: exact_quadrant_moment(1, 0),
        lambda: exact_quadrant_moment(2, 0, 0, 1),
    ],
)
def test_bad_input_is_rejected(call):
    with pytest.raises(ValueError, match=r"\w"):
        call()
