import math

import flint
import mpmath
import pytest

from theorems.arithmetic.contexts import BALL, FLOAT, MP, SERIES
from theorems.weight_laws import (
    GAUSSIAN,
    LAPLACE,
    LOGISTIC,
    RADEMACHER,
    UNIFORM,
    nakagami,
    pareto,
)

# Densities of |w| on (0, end), each from the law's definition.
DENSITIES = [
    (GAUSSIAN, lambda x: 2 * mpmath.npdf(x), mpmath.inf),
    (UNIFORM, lambda _: 1, 1),
    (LAPLACE, lambda x: mpmath.exp(-x), mpmath.inf),
    (nakagami(2), lambda x: 2 * x**3 * mpmath.exp(-x * x), mpmath.inf),
    (pareto(9), lambda x: 9 * x**-10 if x >= 1 else 0, mpmath.inf),
    (LOGISTIC, lambda x: 2 * mpmath.exp(-x) / (1 + mpmath.exp(-x)) ** 2, mpmath.inf),
]
LAWS = [GAUSSIAN, UNIFORM, LAPLACE, LOGISTIC, RADEMACHER, nakagami("0.3"), pareto("4.5")]


@pytest.mark.parametrize(
    ("law", "density", "end", "order"),
    # The third logistic moment needs the zeta function: test_domain has its refusal.
    [(*case, order) for case in DENSITIES for order in range(5) if (case[0], order) != (LOGISTIC, 3)],
    ids=lambda value: getattr(value, "name", None),
)
def test_absolute_moments_against_quadrature(law, density, end, order):
    knots = [0, end] if end == 1 else [0, 1, 2, 8, end]
    reference = mpmath.quad(lambda x: x**order * density(x), knots)
    assert law.absolute_moment(order) == pytest.approx(float(reference), rel=1e-9)


def test_rademacher_moments_are_one():
    assert [RADEMACHER.absolute_moment(order) for order in range(5)] == [1] * 5


def test_nakagami_of_shape_one_half_is_gaussian():
    for order in (1, 2, 3, 4):
        scaled = nakagami("0.5").absolute_moment(order, BALL) * BALL.number(2).sqrt() ** order
        assert scaled.overlaps(GAUSSIAN.absolute_moment(order, BALL))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
@pytest.mark.parametrize("order", [0, 1, 2, 4])
def test_all_contexts_agree(law, order):
    with flint.ctx.workdps(40), mpmath.workdps(40):
        ball = law.absolute_moment(order, BALL)
        assert ball.rad() < 1e-30
        assert ball.overlaps(flint.arb(mpmath.nstr(law.absolute_moment(order, MP), 40), "1e-30"))
        assert law.absolute_moment(order, SERIES)[0].overlaps(ball)
    assert law.absolute_moment(order, FLOAT) == pytest.approx(float(ball), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: GAUSSIAN.absolute_moment(-1), "order must be an integer"),
        (lambda: LOGISTIC.absolute_moment(3), "orders 1, 2 and 4"),
        (lambda: nakagami(0), "shape must exceed 0"),
        (lambda: pareto(0), "index must exceed 0"),
        (lambda: pareto(4).absolute_moment(4), "index, for this moment to exist, must exceed 4"),
        (lambda: nakagami("-1"), "shape must exceed 0"),
        (lambda: nakagami(math.nan), "shape must exceed 0"),
    ],
)
def test_domain(call, message):
    with pytest.raises(ValueError, match=message):
        call()
