import math
from fractions import Fraction

import flint
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from theorems.arithmetic.contexts import BALL, FLOAT, MP, SERIES
from theorems.formulas.rmsnorm import (
    coefficient_of_variation,
    derivative,
    output_difference_squared,
    radial_fraction,
    remainder_maximiser,
    remainder_squared,
    rmsnorm,
    sharp_remainder_constant_squared,
    transverse,
    transverse_energy,
)

quickly = settings(max_examples=40, deadline=None, derandomize=True)
components = st.floats(-10, 10, allow_nan=False).map(lambda x: round(x, 3))
vectors = arrays(np.float64, 5, elements=components).filter(lambda v: np.linalg.norm(v) > 0.1)
hundredths = st.integers(-100, 100).map(lambda k: Fraction(k, 100))


def perturbation(y, eta, cosine):
    """A vector of relative size eta at the given cosine to y, for y of shape (3,)."""
    unit = y / np.linalg.norm(y)
    across = np.cross(unit, [1.0, 2.0, -1.0])
    across /= np.linalg.norm(across)
    return eta * np.linalg.norm(y) * (cosine * unit + math.sqrt(1 - cosine**2) * across)


Y = np.array([0.3, -2.0, 1.1])


@quickly
@given(y=vectors, scale=st.floats(0.01, 100))
def test_rmsnorm_keeps_the_direction_and_forgets_the_norm(y, scale):
    output = rmsnorm(y)
    assert np.mean(output**2) == pytest.approx(1)
    assert output @ y == pytest.approx(np.linalg.norm(output) * np.linalg.norm(y))
    assert rmsnorm(scale * y) == pytest.approx(output)


@quickly
@given(y=vectors, h=vectors)
def test_derivative_against_finite_differences(y, h):
    step = 1e-6 * np.linalg.norm(y) / np.linalg.norm(h)
    difference = (rmsnorm(y + step * h) - rmsnorm(y - step * h)) / (2 * step)
    assert derivative(y, h) == pytest.approx(difference, abs=1e-7 * np.linalg.norm(h) / np.linalg.norm(y))


@quickly
@given(y=vectors, h=vectors)
def test_transverse_projection(y, h):
    across = transverse(y, h)
    size = np.linalg.norm(h)
    assert across @ y == pytest.approx(0, abs=1e-12 * size * np.linalg.norm(y))
    assert transverse(y, across) == pytest.approx(across, abs=1e-12 * size)
    assert radial_fraction(y, h) * size**2 + across @ across == pytest.approx(size**2)
    assert transverse_energy(y, h) == pytest.approx(across @ across / (y @ y))


@quickly
@given(y=vectors, other=vectors, h=vectors, k=vectors)
def test_many_vectors_at_once(y, other, h, k):
    pairs = [y, other], [h, k]
    assert rmsnorm(pairs[0]) == pytest.approx(np.array([rmsnorm(y), rmsnorm(other)]))
    for of_two in (transverse, derivative, radial_fraction, transverse_energy):
        assert of_two(*pairs) == pytest.approx(np.array([of_two(y, h), of_two(other, k)]))
    variations = [coefficient_of_variation(y, np.abs(h)), coefficient_of_variation(other, np.abs(k))]
    assert coefficient_of_variation(pairs[0], np.abs(pairs[1])) == pytest.approx(np.array(variations))


@pytest.mark.parametrize("eta", [0.01, 0.3, 0.9, 2.5])
@pytest.mark.parametrize("cosine", [-1.0, -0.7, 0.0, 0.4, 1.0])
def test_exact_difference_and_remainder_against_vectors(eta, cosine):
    change = perturbation(Y, eta, cosine)
    difference = rmsnorm(Y + change) - rmsnorm(Y)
    remainder = difference - derivative(Y, change)
    assert output_difference_squared(eta, cosine) == pytest.approx(difference @ difference / 3, rel=1e-9, abs=1e-15)
    assert remainder_squared(eta, cosine) == pytest.approx(remainder @ remainder / 3, rel=1e-6, abs=1e-15)
    assert radial_fraction(Y, change) == pytest.approx(cosine**2)
    assert transverse_energy(Y, change) == pytest.approx(eta**2 * (1 - cosine**2), rel=1e-12, abs=1e-15)


@given(cosine=hundredths)
def test_leading_orders_in_the_size(cosine):
    """First the transverse energy; of the remainder half the second derivative, ½|2cs e + s² ŷ|, squared."""
    eta, across = SERIES.variable(0), BALL.number(1 - cosine**2)
    difference, remainder = output_difference_squared(eta, cosine, SERIES), remainder_squared(eta, cosine, SERIES)
    assert difference[2].overlaps(across)
    assert remainder[4].overlaps(across * (4 - 3 * across) / 4)
    assert all(remainder[order].overlaps(flint.arb(0)) for order in range(4))


@quickly
@given(eta=st.integers(1, 99), cosine=hundredths)
def test_remainder_is_below_the_sharp_constant(eta, cosine):
    eta = Fraction(eta, 100)
    remainder = remainder_squared(eta, cosine, BALL)
    bound = sharp_remainder_constant_squared(eta, BALL) * BALL.number(eta) ** 4
    assert not remainder > bound
    assert bound < BALL.number(2 * eta**4)


@pytest.mark.parametrize("eta", ["0.001", "0.05", "0.5", "0.9", "0.999"])
def test_the_sharp_constant_is_attained(eta):
    """r = 1 − ηx is the norm at the maximiser; r² = 1 + 2ηc + η² gives its cosine."""
    eta = BALL.number(eta)
    x = remainder_maximiser(eta, BALL)
    cosine = ((1 - eta * x) ** 2 - 1 - eta**2) / (2 * eta)
    attained = remainder_squared(eta, cosine, BALL)
    claimed = sharp_remainder_constant_squared(eta, BALL) * eta**4
    assert attained.overlaps(claimed)
    assert not attained.overlaps(claimed * BALL.number("0.999"))


def test_the_sharp_constant_against_a_grid_and_its_ends():
    cosines = np.linspace(-1, 1, 5_001)
    for eta in (0.1, 0.5, 0.9):
        grid = max(remainder_squared(eta, float(c)) for c in cosines)
        assert grid == pytest.approx(sharp_remainder_constant_squared(eta) * eta**4, rel=1e-4)
    assert sharp_remainder_constant_squared(0, BALL).overlaps(flint.arb(1) / 3)
    assert sharp_remainder_constant_squared("0.999999999", MP) == pytest.approx(2, abs=1e-3)


def test_the_rational_form_of_the_remainder_is_an_identity():
    """remainder²/η⁴ = (1−x²)(1+3x²+ηx(1−x²))/(4(1−ηx)) with r = 1 − ηx, checked by exact algebra."""
    import sympy

    eta, x = sympy.symbols("eta x", positive=True)
    r = 1 - eta * x
    along = (1 + r**2 - eta**2) / 2
    across = r**2 - along**2
    remainder = (along / r - 1) ** 2 + across * (1 / r - 1) ** 2
    quotient = (1 - x**2) * (1 + 3 * x**2 + eta * x * (1 - x**2)) / (4 * (1 - eta * x))
    assert sympy.simplify(remainder / eta**4 - quotient) == 0
    q = 1 - 3 * x**2 + 2 * eta * x**3
    positive = (2 * x + eta * (1 - x**2)) / (2 * (1 - eta * x) ** 2)
    assert sympy.simplify(sympy.diff(quotient, x) - positive * q) == 0
    assert sympy.expand(sympy.diff(q, x) + 6 * x * (1 - eta * x)) == 0


def test_rounding_takes_no_radial_fraction_above_one():
    y = np.random.default_rng(3).standard_normal((1000, 7))
    assert np.max(radial_fraction(y, 3 * y)) == 1


def test_coefficient_of_variation_by_hand():
    # Weights 1/2 each: mean 2, standard deviation 1.
    assert coefficient_of_variation([1, -1], [1, 3]) == pytest.approx(0.5)


@pytest.mark.parametrize(
    "formula",
    [
        lambda ctx: output_difference_squared("0.3", "0.4", ctx),
        lambda ctx: output_difference_squared("2.5", "-0.9", ctx),
        lambda ctx: remainder_squared("0.3", "0.4", ctx),
        lambda ctx: remainder_maximiser("0.3", ctx),
        lambda ctx: sharp_remainder_constant_squared("0.3", ctx),
    ],
    ids=["difference", "reversed", "remainder", "maximiser", "sharp constant"],
)
def test_all_contexts_agree(formula, request):
    with flint.ctx.workdps(40), mpmath.workdps(40):
        ball = formula(BALL)
        assert ball.rad() < 1e-30
        assert ball.overlaps(flint.arb(mpmath.nstr(formula(MP), 40), "1e-30"))
        if "maximiser" not in request.node.name and "sharp" not in request.node.name:
            assert formula(SERIES)[0].overlaps(ball)
    assert formula(FLOAT) == pytest.approx(float(ball), rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rmsnorm([0.0, 0.0]), "nonzero"),
        (lambda: rmsnorm([float("nan"), 1.0]), "finite"),
        (lambda: rmsnorm([[1.0], [0.0]]), "nonzero"),
        (lambda: rmsnorm(1.0), "shape"),
        (lambda: derivative([1.0, 2.0], [1.0]), "expected shape"),
        (lambda: transverse([[1.0, 2.0], [3.0, 4.0]], [1.0, 2.0]), "expected shape"),
        (lambda: radial_fraction([[1.0, 2.0], [3.0, 4.0]], [[1.0, 2.0]]), "expected shape"),
        (lambda: radial_fraction([1.0, 2.0], [[1.0, 2.0], [3.0, 4.0]]), "expected shape"),
        (lambda: radial_fraction([1.0, 2.0], [0.0, 0.0]), "nonzero"),
        (lambda: coefficient_of_variation([1.0, 2.0], [-1.0, 1.0]), "negative"),
        (lambda: coefficient_of_variation([1.0, 0.0], [0.0, 1.0]), "must not be zero"),
        (lambda: coefficient_of_variation([[1.0, 0.0], [1.0, 1.0]], [[0.0, 1.0]] * 2), "must not be zero"),
        (lambda: output_difference_squared("-0.1", 0), "eta must lie in"),
        (lambda: remainder_squared("0.1", "1.1", BALL), "cosine must lie in"),
        (lambda: output_difference_squared(1, -1), "must exceed 0"),
        (lambda: remainder_maximiser(1), "eta must be below 1"),
        (lambda: sharp_remainder_constant_squared("0.1", SERIES), "use FLOAT, MP or BALL"),
    ],
)
def test_domain(call, message):
    with pytest.raises(ValueError, match=message):
        call()
