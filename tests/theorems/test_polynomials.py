import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorems.arithmetic.polynomials import minimum_on_box


@pytest.fixture(scope="module")
def symbols():
    import sympy

    return sympy.symbols("x y")


def test_a_minimum_at_a_corner_is_met_exactly(symbols):
    x, _ = symbols
    assert minimum_on_box(1 - 3 * x**2 + 2 * x**3, {x: (0, 1)}) == (0, 0)


def test_an_interior_minimum_is_enclosed(symbols):
    x, y = symbols
    lower, upper = minimum_on_box((3 * x**2 - 1) ** 2 + y - 5, {x: (-1, 1), y: ("0.5", 2)})
    assert lower <= Fraction(-9, 2) <= upper <= lower + Fraction(1, 10**6)


def test_too_few_halvings_leave_a_wide_enclosure(symbols):
    x, y = symbols
    lower, upper = minimum_on_box((x - y) ** 2, {x: (0, 1), y: (0, 1)}, width=0, most=20)
    assert lower < 0 == upper


@settings(max_examples=30, deadline=None, derandomize=True)
@given(coefficients=st.lists(st.integers(-5, 5), min_size=2, max_size=6), low=st.integers(-3, 2))
def test_against_a_grid(symbols, coefficients, low):
    x, _ = symbols
    polynomial = sum(c * x**k for k, c in enumerate(coefficients))
    lower, upper = minimum_on_box(polynomial, {x: (low, low + 1)}, "1e-4")
    values = np.polynomial.polynomial.polyval(np.linspace(low, low + 1, 2001), coefficients)
    assert float(lower) <= values.min() + 1e-9
    assert float(upper) <= values.min() + 1e-3 * max(1, np.abs(values).max())
    assert math.isfinite(float(upper))


@pytest.mark.parametrize(
    ("box", "expression", "message"),
    [
        ({"x": (1, 1)}, "x", "lower < upper"),
        ({"x": (0, 1)}, "x*y", "no ends for"),
        ({"x": (0, 1)}, "1/(x+2)", "expected a polynomial"),
        ({"x": (0, 1)}, "pi*x", "rational coefficients"),
    ],
)
def test_domain(box, expression, message):
    import sympy

    with pytest.raises(ValueError, match=message):
        minimum_on_box(sympy.sympify(expression), {sympy.Symbol(k): v for k, v in box.items()})
