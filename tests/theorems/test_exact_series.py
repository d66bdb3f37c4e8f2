from fractions import Fraction

import pytest

from theorems.arithmetic.contexts import BALL, SERIES
from theorems.arithmetic.exact_constants import constant
from theorems.arithmetic.exact_series import EXACT, KAPPA, LAMBDA, exact_value, leading_order
from theorems.formulas.asymmetry import magnitude_moments, sign_moments


def rationals(series, count):
    return [exact_value(series[k]) for k in range(count)]


def test_known_series():
    s = EXACT.variable()
    assert rationals(EXACT.asin(s), 6) == [0, 1, 0, Fraction(1, 6), 0, Fraction(3, 40)]
    assert rationals(EXACT.atan(s), 6) == [0, 1, 0, Fraction(-1, 3), 0, Fraction(1, 5)]
    assert rationals(EXACT.sin(s), 6) == [0, 1, 0, Fraction(-1, 6), 0, Fraction(1, 120)]
    assert rationals(EXACT.cos(s), 5) == [1, 0, Fraction(-1, 2), 0, Fraction(1, 24)]
    assert rationals(EXACT.sqrt(1 + s), 4) == [1, Fraction(1, 2), Fraction(-1, 8), Fraction(1, 16)]


def test_relation_between_the_constants():
    kappa, lamda = EXACT.number(KAPPA), EXACT.number(LAMBDA)
    assert exact_value((kappa**2 + lamda**2)[0]) == 1
    assert exact_value((kappa**2 * EXACT.pi)[0]) == 2
    assert exact_value((EXACT.sqrt(1 - kappa**2) - lamda)[0]) == 0
    assert exact_value((kappa - lamda)[0]).contains((2 / BALL.pi).sqrt() - (1 - 2 / BALL.pi).sqrt())


@pytest.mark.parametrize("moments", [sign_moments, magnitude_moments])
def test_agrees_with_balls(moments):
    exact, balls = moments(EXACT.variable(), EXACT), moments(SERIES.variable(0), SERIES)
    for k in range(6):
        assert BALL.number(exact_value(exact.energy[k])).overlaps(balls.energy[k])
        assert BALL.number(exact_value(exact.projection[k])).overlaps(balls.projection[k])


def test_division_drops_common_zeros():
    s = EXACT.variable()
    assert rationals(EXACT.sin(s) ** 2 / s**2, 3) == [1, 0, Fraction(-1, 3)]
    with pytest.raises(ZeroDivisionError, match="higher order"):
        s / s**2


def test_leading_order():
    s = EXACT.variable()
    assert leading_order(EXACT.sin(s) - s) == 3
    assert leading_order(s - s) == 8


def test_domain():
    with pytest.raises(ValueError, match="square of"):
        EXACT.sqrt(2 + EXACT.variable())
    with pytest.raises(ValueError, match="vanishes at 0"):
        EXACT.sin(1 + EXACT.variable())
    with pytest.raises(ValueError, match="exponent of an exact series must be an integer >= 0, got -1"):
        (1 + EXACT.variable()) ** -1


def test_equal_constants_are_equal_however_they_were_reached():
    kappa, lamda = constant(KAPPA), constant(LAMBDA)
    assert (1 - kappa * kappa) / lamda == lamda
    assert hash((1 + lamda) / (1 - lamda)) == hash((1 + lamda) * (1 + lamda) / (kappa * kappa))
    assert kappa != lamda
    assert not lamda - lamda
    assert 2 - kappa == 4 - (2 + kappa)
    assert kappa != -kappa
    assert lamda != -lamda  # which differ along λ alone
    assert kappa + lamda != kappa


def test_a_constant_is_rational_only_where_neither_root_remains():
    kappa, lamda = constant(KAPPA), constant(LAMBDA)
    assert exact_value((lamda + Fraction(2, 3)) - lamda) == Fraction(2, 3)
    root = (2 / BALL.pi).sqrt()
    for irrational, value in ((1 / kappa, 1 / root), (kappa, root), (1 + lamda, 1 + (1 - root**2).sqrt())):
        assert BALL.number(exact_value(irrational)).overlaps(value)
        assert not isinstance(exact_value(irrational), Fraction)


def test_a_constant_over_zero_is_refused():
    with pytest.raises(ZeroDivisionError, match="denominator zero"):
        constant(KAPPA) / (constant(1) - 1)
