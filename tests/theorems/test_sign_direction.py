import flint
import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorems.arithmetic.contexts import BALL, FLOAT, MP, SERIES
from theorems.formulas.sign_direction import (
    directional_cosine,
    gaussian_sign_energy,
    gaussian_sign_energy_variance,
    nakagami_sign_energy,
    nakagami_sign_energy_variance,
    pareto_random_sign_energy,
    random_sign_cosine,
    random_sign_energy_leading_order,
    sign_energy_asymptotic_variance,
    sign_energy_limit,
)
from theorems.integrals.gaussian_integrals import gaussian_expectation
from theorems.weight_laws import GAUSSIAN, LAPLACE, LOGISTIC, RADEMACHER, UNIFORM, pareto

quickly = settings(max_examples=40, deadline=None, derandomize=True)
integers = st.lists(st.integers(-9, 9).filter(bool), min_size=1, max_size=6)


def angle_average(g):
    """E g(cos t, sin t) for t uniform: the law of a direction in the plane, over a quarter turn by symmetry."""
    integral = flint.acb.integral(lambda t, _: g(t.cos(), t.sin()), 0, flint.arb.pi() / 2).real
    return 2 * integral / flint.arb.pi()


@quickly
@given(w=integers, data=st.data())
def test_random_sign_cosine_is_the_signed_sum_of_energies(w, data):
    signs = data.draw(st.lists(st.sampled_from([-1, 1]), min_size=len(w), max_size=len(w)))
    agreeing = sum(x * x if x * s > 0 else -x * x for x, s in zip(w, signs, strict=True))
    assert random_sign_cosine(w, signs) == pytest.approx(agreeing / sum(x * x for x in w))


def test_the_bussgang_constant_from_integrals():
    absolute = 2 * gaussian_expectation(lambda x: x, 0, None, (1, 1))
    assert sign_energy_limit(GAUSSIAN, BALL).overlaps(absolute * absolute)


@pytest.mark.parametrize(
    "law", [GAUSSIAN, UNIFORM, LAPLACE, LOGISTIC, RADEMACHER, pareto("2.5")], ids=lambda law: law.name
)
def test_the_limit_lies_between_zero_and_one(law):
    assert 0 < sign_energy_limit(law) <= 1
    assert (sign_energy_limit(law) == 1) == (law is RADEMACHER)


@pytest.mark.parametrize(("law", "limit"), [(UNIFORM, "0.75"), (LAPLACE, "0.5")], ids=["uniform", "Laplace"])
def test_limits_by_hand(law, limit):
    assert sign_energy_limit(law, BALL).overlaps(BALL.number(limit))


def test_gaussian_sign_energy_in_the_plane():
    """n = 2: cos² = (|cos t| + |sin t|)²/2."""
    energy = angle_average(lambda x, y: (x + y) ** 2 / 2)
    square = angle_average(lambda x, y: (x + y) ** 4 / 4)
    assert gaussian_sign_energy(2, BALL).overlaps(energy)
    assert gaussian_sign_energy_variance(2, BALL).overlaps(square - energy * energy)
    assert gaussian_sign_energy_variance(2, BALL).rad() < 1e-12


@pytest.mark.long
@pytest.mark.parametrize("n", [3, 10, 50])
def test_gaussian_laws_by_simulation(n):
    """cos² lies in [0, 1]: Hoeffding at level 1e-6 for the mean; the variance is that of 200 000 bounded terms."""
    count = 200_000
    rng = np.random.Generator(np.random.Philox(n))
    w = rng.standard_normal((count, n))
    squares = w * w
    norms = np.sum(squares, axis=1)
    hoeffding = np.sqrt(np.log(2 / 1e-6) / (2 * count))
    sign_energy = np.sum(np.abs(w), axis=1) ** 2 / (n * norms)
    random_energy = (np.sum(squares * rng.choice([-1.0, 1.0], size=w.shape), axis=1) / norms) ** 2
    assert abs(np.mean(random_energy) - 3 / (n + 2)) < hoeffding
    mean = gaussian_sign_energy(n)
    assert abs(np.mean(sign_energy) - mean) < hoeffding
    # (cos² − mean)² lies in [0, 1] too.
    assert abs(np.mean((sign_energy - mean) ** 2) - gaussian_sign_energy_variance(n)) < hoeffding
    assert hoeffding < 0.007


def test_one_weight_has_cosine_one():
    assert gaussian_sign_energy(1, BALL).overlaps(flint.arb(1))
    assert gaussian_sign_energy_variance(1, BALL).contains(0)


def test_the_delta_method_is_the_limit_of_the_exact_variance():
    with flint.ctx.workdps(30):
        limit = sign_energy_asymptotic_variance(GAUSSIAN, BALL)
        assert limit.overlaps(8 / BALL.pi - 24 / (BALL.pi * BALL.pi))
        for n in (10**3, 10**5):
            scaled = n * gaussian_sign_energy_variance(n, BALL)
            assert abs(scaled - limit) < BALL.number(5) / n


@pytest.mark.parametrize("law", [UNIFORM, LAPLACE, pareto(9)], ids=lambda law: law.name)
def test_the_delta_method_by_power_series(law):
    """First-order variance of a²/b, from the derivatives of (a + u t)²/(b + v t) along two directions."""
    a, b, c, d = (law.absolute_moment(order, BALL) for order in (1, 2, 3, 4))
    t = SERIES.variable(0)
    slope_a, slope_b = ((a + t) ** 2 / b)[1], (a * a / (b + t))[1]
    variance = slope_a**2 * (b - a * a) + 2 * slope_a * slope_b * (c - a * b) + slope_b**2 * (d - b * b)
    assert sign_energy_asymptotic_variance(law, BALL).overlaps(variance)


def test_constant_magnitudes_have_no_variance():
    assert sign_energy_asymptotic_variance(RADEMACHER) == 0


def test_nakagami_weights_of_shape_one_in_the_plane():
    """Shape 1, n = 2: u = w₁²/‖w‖² is uniform on [0, 1], cos² = 1/2 + √(u(1 − u)) and u² + (1 − u)²."""
    assert nakagami_sign_energy(1, 2, BALL).overlaps(BALL.number("0.5") + BALL.pi / 8)
    assert nakagami_sign_energy_variance(1, 2, BALL).overlaps(BALL.number(1) / 6 - BALL.pi**2 / 64)


@pytest.mark.parametrize("n", [1, 2, 3, 40])
def test_nakagami_weights_contain_gaussian_ones(n):
    assert nakagami_sign_energy("0.5", n, BALL).overlaps(gaussian_sign_energy(n, BALL))


def random_sign_energy(laplace, laplace_second, n, scale):
    """n ∫ t M″(t) M(t)^{n−1} dt of independent entries, from M(t) = E e^{−tw²} and M″; `scale` is a typical w²."""
    unit = 1 / (n * mpmath.mpf(scale))

    def integrand(u):
        t = unit * u * u  # makes M regular at 0 for laws whose M depends on √t
        return 2 * unit**2 * u**3 * laplace_second(t) * laplace(t) ** (n - 1)

    return n * mpmath.quad(integrand, [0, 1, 3, 10, mpmath.inf])


@pytest.mark.parametrize("n", [1, 2, 3, 10, 100])
def test_the_quadrature_is_right_for_gaussian_weights(n):
    energy = random_sign_energy(
        lambda t: (1 + 2 * t) ** mpmath.mpf("-0.5"), lambda t: 3 * (1 + 2 * t) ** mpmath.mpf("-2.5"), n, 1
    )
    assert float(energy) == pytest.approx(3 / (n + 2), rel=1e-10)


@pytest.mark.long
@pytest.mark.parametrize("n", [2, 5, 60])
@pytest.mark.parametrize("index", [5, "6", "8.5"])
def test_pareto_random_sign_energy_by_another_quadrature(index, n):
    tail = mpmath.mpf(index) / 2
    reference = random_sign_energy(
        lambda t: tail * mpmath.expint(tail + 1, t), lambda t: tail * mpmath.expint(tail - 1, t), n, tail / (tail - 1)
    )
    ball = pareto_random_sign_energy(index, n)
    assert float(ball) == pytest.approx(float(reference), rel=1e-8)
    assert ball.rad() < 1e-9


def test_pareto_random_sign_energy_of_two_weights_by_simulation():
    rng = np.random.Generator(np.random.Philox(2))
    energies = rng.random((200_000, 2)) ** (-1 / 3)  # w² is Pareto of index 3
    sample = np.sum(energies**2, axis=1) / np.sum(energies, axis=1) ** 2
    hoeffding = np.sqrt(np.log(2 / 1e-6) / (2 * 200_000))
    assert abs(np.mean(sample) - float(pareto_random_sign_energy(6, 2))) < hoeffding


@pytest.mark.parametrize("n", [100, 1000])
def test_the_leading_order_of_gaussian_weights(n):
    """3/n against 3/(n + 2): relative error 2/n exactly."""
    assert random_sign_energy_leading_order(GAUSSIAN, n) / (3 / (n + 2)) == pytest.approx(1 + 2 / n)


@pytest.mark.parametrize(
    "formula",
    [
        lambda ctx: sign_energy_limit(pareto("5.5"), ctx),
        lambda ctx: sign_energy_asymptotic_variance(GAUSSIAN, ctx),
        lambda ctx: gaussian_sign_energy(7, ctx),
        lambda ctx: gaussian_sign_energy_variance(7, ctx),
        lambda ctx: random_sign_energy_leading_order(LAPLACE, 7, ctx),
    ],
)
def test_all_contexts_agree(formula):
    with flint.ctx.workdps(40), mpmath.workdps(40):
        ball = formula(BALL)
        assert ball.rad() < 1e-30
        assert ball.overlaps(flint.arb(mpmath.nstr(formula(MP), 40), "1e-30"))
        assert formula(SERIES)[0].overlaps(ball)
    assert formula(FLOAT) == pytest.approx(float(ball), rel=1e-9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: directional_cosine([1.0], [1.0, 2.0]), "one shape"),
        (lambda: directional_cosine([1.0], [0.0]), "nonzero"),
        (lambda: random_sign_cosine([1.0, 2.0], [1, 0]), "signs must be -1 or 1"),
        (lambda: random_sign_cosine([1.0, 2.0], [1]), "expected signs of shape"),
        (lambda: gaussian_sign_energy(0), "n must be an integer"),
        (lambda: gaussian_sign_energy_variance(1.5), "n must be an integer"),
        (lambda: random_sign_energy_leading_order(GAUSSIAN, 0), "n must be an integer"),
        (lambda: nakagami_sign_energy(1, 0), "n must be an integer"),
        (lambda: pareto_random_sign_energy(4, 3), "index must exceed 4"),
        (lambda: pareto_random_sign_energy(6, 1), "n must be an integer >= 2"),
        (lambda: sign_energy_limit(pareto(2)), "must exceed 2"),
    ],
)
def test_domain(call, message):
    with pytest.raises(ValueError, match=message):
        call()
