import math

import flint
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.expressions import evaluated

X, Y = sympy.symbols("x y", positive=True)
POWERS = st.sampled_from([sympy.Rational(k, q) for k in (-3, -1, 1, 2, 3) for q in (1, 2, 4)])
EXPRESSIONS = st.recursive(
    st.sampled_from([X, Y, sympy.pi, sympy.Rational(2, 7), sympy.Integer(3)]),
    lambda inner: st.builds(lambda a, b, power: a + b * a**power, inner, inner, POWERS),
    max_leaves=4,
)


@given(expression=EXPRESSIONS)
def test_balls_enclose_what_sympy_finds(expression):
    value = evaluated(expression, BALL, x="0.3", y=2)
    found = expression.subs({X: sympy.Rational(3, 10), Y: 2}).evalf(30)
    assert value.overlaps(flint.arb(str(found), f"{abs(found) * 10**-25}"))
    assert evaluated(expression, x=0.3, y=2) == pytest.approx(float(found), rel=1e-9)


def test_an_exact_value_stays_exact():
    assert evaluated((X - X + sympy.Integer(1)) / 4, BALL).is_exact()
    assert evaluated(sympy.sqrt(X), x=2) == math.sqrt(2)


@pytest.mark.parametrize("expression", [X, sympy.sin(X), X ** sympy.Rational(1, 3), X**Y, sympy.Float("0.5"), sympy.E])
def test_what_has_no_exact_arithmetic_is_refused(expression):
    values = {} if expression is X else {"x": 1, "y": 1}
    with pytest.raises(ValueError, match=r"expected a value for x|no arithmetic for"):
        evaluated(expression, **values)
