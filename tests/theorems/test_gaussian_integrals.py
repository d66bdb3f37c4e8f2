import math
from fractions import Fraction

import flint
import mpmath
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorems.arithmetic.contexts import BALL
from theorems.integrals.gaussian_integrals import (
    gaussian_expectation,
    integrate,
    orthant_moment,
    quadrant_interval,
    quadrant_moment,
    relu_energy_integral,
    tail_moment,
    wedge_moment,
)

SIGNS = [(1, 1), (1, -1), (-1, 1), (-1, -1)]


def angle(rho):
    return BALL.number(rho).acos()


def test_an_ignored_analytic_flag_gives_a_confident_wrong_ball_and_substitution_does_not():
    exact = flint.arb(14) / 3
    trap = flint.acb.integral(lambda x, _: x.sqrt(), 1, 4).real
    assert trap.rad() < 1e-10
    assert not trap.overlaps(exact)
    entire = integrate(lambda u: 2 * u**2, 1, 2)  # x = u²
    assert entire.rad() < 1e-10
    assert entire.overlaps(exact)


@pytest.mark.parametrize(("power", "mean"), [(0, 1), (1, 0), (2, 1), (3, 0), (4, 3), (6, 15)])
def test_gaussian_expectation_of_powers(power, mean):
    with flint.ctx.workdps(30):
        moment = gaussian_expectation(lambda x: x**power, growth=(1, power))
        assert moment.overlaps(flint.arb(mean))
        assert moment.rad() < 1e-25


def test_gaussian_expectation_between_ends():
    assert gaussian_expectation(lambda x: x**0, -1, 1).overlaps((flint.arb(1) / 2).sqrt().erf())
    assert (2 * gaussian_expectation(lambda x: x, 0, None, (1, 1))).overlaps((2 / flint.arb.pi()).sqrt())


def test_a_wrong_growth_bound_would_show_as_a_wide_ball():
    assert gaussian_expectation(lambda x: x**0, growth=(flint.arb(10) ** 80, 0)).rad() > 1


@pytest.mark.parametrize("power", [0, 1, 2, 5])
def test_tail_moment_against_quadrature(power):
    reference = mpmath.quad(lambda x: x**power * mpmath.npdf(x), [1.5, 4, mpmath.inf])
    assert float(tail_moment(power, "1.5")) == pytest.approx(float(reference), rel=1e-12)


@pytest.mark.parametrize("polynomial", [{(0, 0): 1}, {(2, 0): 1}, {(1, 1): 1}, {(3, 1): 2, (0, 2): -1, (1, 0): "0.5"}])
def test_quadrants_add_up_to_the_whole_plane(polynomial):
    theta = angle("0.3")
    whole = wedge_moment(polynomial, theta, (-BALL.pi / 2, 3 * BALL.pi / 2))
    total = sum((quadrant_moment(polynomial, theta, *signs) for signs in SIGNS), BALL.number(0))
    assert total.overlaps(whole)
    assert whole.rad() < 1e-12


def test_moments_over_the_whole_plane_are_those_of_the_bivariate_normal():
    rho = BALL.number("0.3")
    everything = (0, 2 * BALL.pi)
    expected = {(2, 0): BALL.number(1), (1, 1): rho, (2, 2): 1 + 2 * rho**2, (3, 1): 3 * rho, (1, 0): BALL.number(0)}
    for exponents, value in expected.items():
        assert wedge_moment({exponents: 1}, rho.acos(), everything).overlaps(value)


@pytest.mark.parametrize("signs", SIGNS)
def test_the_polar_angles_of_a_quadrant_have_its_signs(signs):
    theta = angle("0.3")
    start, stop = quadrant_interval(theta, *signs)
    for part in (Fraction(1, 100), Fraction(1, 2), Fraction(99, 100)):
        t = start + (stop - start) * BALL.number(part)
        assert t.cos() * signs[0] > 0
        assert (t - theta).cos() * signs[1] > 0


@pytest.mark.parametrize("exponents", [(0, 0), (1, 0), (0, 1), (2, 0), (1, 1), (0, 2), (3, 1), (1, 2)])
@settings(max_examples=4, deadline=None, derandomize=True)
@given(rho=st.integers(-95, 95))
def test_the_polar_and_the_conditional_route_agree(exponents, rho):
    rho = Fraction(rho, 100)
    polar = quadrant_moment({exponents: 1}, angle(rho))
    conditional = orthant_moment(*exponents, rho, 0, 0)
    assert polar.overlaps(conditional)
    assert polar.rad() < 1e-10
    assert conditional.rad() < 1e-10


@pytest.mark.parametrize("exponents", [(0, 0), (1, 1), (0, 2)])
def test_shifted_orthants_against_two_dimensional_quadrature(exponents):
    from scipy.integrate import dblquad

    i, j = exponents
    rho = 0.6

    def density(y, x):
        return (
            x**i
            * y**j
            * math.exp(-(x * x - 2 * rho * x * y + y * y) / (2 * (1 - rho**2)))
            / (2 * math.pi * (1 - rho**2) ** 0.5)
        )

    reference, _ = dblquad(lambda y, x: float(density(y, x)), 0.2, 7, -0.3, 7, epsabs=1e-7, epsrel=1e-7)
    assert float(orthant_moment(i, j, "0.6", "0.2", "-0.3")) == pytest.approx(reference, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: quadrant_interval(1, 0, 1), "signs must be -1 or 1"),
        (lambda: quadrant_interval("3.2", 1, 1), "theta must lie in"),
        (lambda: wedge_moment({(-1, 0): 1}, 1, (0, 1)), "exponents must be >= 0"),
        (lambda: tail_moment(0, 0), "cut must exceed 0"),
        (lambda: gaussian_expectation(lambda x: x, 0, 1000), "finite ends must be below"),
        (lambda: orthant_moment(0, 3, 0, 0, 0), "need i >= 0 and j in 0, 1, 2"),
        (lambda: orthant_moment(0, 0, "1.5", 0, 0), "rho"),
        (lambda: orthant_moment(0, 0, 1, 0, 0), "rho must lie strictly between -1 and 1"),
    ],
)
def test_domain(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_relu_energy_of_equal_independent_and_opposite_variables():
    """E(ReLU X − ReLU(−X))² = E X² = 1, and 1 − 2 (E ReLU X)² where they are independent."""
    assert relu_energy_integral(0).overlaps(flint.arb(0))
    assert relu_energy_integral(BALL.pi).overlaps(flint.arb(1))
    mean = gaussian_expectation(lambda x: x, 0, None, (1, 1))
    independent = relu_energy_integral(BALL.pi / 2)
    assert independent.overlaps(1 - 2 * mean**2)
    assert independent.rad() < 1e-12


def test_a_wedge_knows_its_two_coordinates_apart():
    # X = R cos t, Y = R sin t, E R³ = 3√(π/2), and ∫ cos²t sin t dt = (1 − cos³t)/3
    found = wedge_moment({(2, 1): 1}, BALL.pi / 2, (0, BALL.pi / 3))
    assert found.overlaps(3 * (BALL.pi / 2).sqrt() * BALL.number("0.875") / 3 / (2 * BALL.pi))
    assert found.rad() < 1e-12
