from fractions import Fraction

import flint
import mpmath
import pytest

from theorems.arithmetic.contexts import BALL, FLOAT, MP, SERIES, kept_at_each_precision, reject
from theorems.arithmetic.domain import constant_term, require_above, require_between, require_count
from theorems.formulas.sign_direction import pareto_random_sign_energy
from theorems.integrals.perturbed_neuron import integrated_gates, sign_flip_covariance, sign_preserving_covariance
from theorems.integrals.ternary_integrals import gate_integrals, quantised_layer

CONTEXTS = [FLOAT, MP, BALL, SERIES]
FUNCTIONS = ["sqrt", "exp", "log", "sin", "cos", "asin", "acos", "atan", "erf", "gamma"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_context_computes_the_same_function(name):
    x = Fraction(7, 10)
    with mpmath.workdps(40), flint.ctx.workdps(30):
        exact = getattr(MP, name)(MP.number(x))
        enclosure = getattr(BALL, name)(BALL.number(x))
        series = getattr(SERIES, name)(SERIES.number(x))[0]
        reference = flint.arb(mpmath.nstr(exact, 35))
    assert getattr(FLOAT, name)(0.7) == pytest.approx(float(exact), rel=1e-15)
    assert enclosure.overlaps(reference)
    assert series.overlaps(reference)
    assert enclosure.rad() < 1e-25


@pytest.mark.parametrize("ctx", CONTEXTS, ids=lambda ctx: ctx.name)
def test_pi(ctx):
    assert float(constant_term(ctx.pi)) == pytest.approx(3.141592653589793, rel=1e-15)


@pytest.mark.parametrize("value", ["0.7", Fraction(7, 10)], ids=["string", "fraction"])
def test_decimal_strings_and_fractions_are_enclosed_and_the_float_is_another_number(value):
    with flint.ctx.workdps(40):
        seven_tenths = flint.arb(7) / 10
        assert BALL.number(value).overlaps(seven_tenths)
        assert not BALL.number(0.7).overlaps(seven_tenths)
        assert not SERIES.number(0.7)[0].overlaps(seven_tenths)
        assert SERIES.number(value)[0].overlaps(seven_tenths)


def test_mpmath_follows_its_working_precision():
    with mpmath.workdps(50):
        assert abs(MP.number("0.7") * 10 - 7) < mpmath.mpf(10) ** -48
        assert abs(MP.pi - mpmath.mpf("3.14159265358979323846264338327950288419716939937510")) < mpmath.mpf(10) ** -48


def test_series_coefficients_are_taylor_coefficients():
    coefficients = SERIES.exp(SERIES.variable(0))
    factorial = 1
    for order in range(1, 10):
        factorial *= order
        assert coefficients[order].overlaps(1 / flint.arb(factorial))


def test_series_over_a_wide_centre_encloses_the_coefficient_at_every_centre():
    wide = SERIES.sin(SERIES.variable(flint.arb("0.3", "0.1")))
    for centre in ("0.2", "0.27", "0.4"):
        thin = SERIES.sin(SERIES.variable(centre))
        assert all(wide[k].overlaps(thin[k]) for k in range(10))
    assert not wide[0].overlaps(flint.arb("0.5"))


def test_a_square_over_zero_must_be_written_as_a_product():
    """`arb ** 2` is nan where the ball contains 0: why the library writes x * x where x may vanish."""
    around_zero = flint.arb(0, "0.1")
    assert not (around_zero**2).is_finite()
    assert (around_zero * around_zero).contains(0)


def test_reject_raises_only_on_what_is_certain():
    with pytest.raises(ValueError, match="expected a positive number"):
        reject(outside=True, message="expected a positive number")
    reject(outside=False, message="never raised")
    certain = True
    with pytest.raises(ValueError, match=r"one of \{1, 2\}"):
        reject(certain, "expected one of {1, 2}")
    with pytest.raises(ValueError, match=r"^x exceeds 3: '\{4\}'$"):
        reject(certain, "x exceeds {}: {!r}", 3, "{4}")


@pytest.mark.parametrize("ctx", CONTEXTS, ids=lambda ctx: ctx.name)
def test_require_between(ctx):
    require_between(ctx.number(0), 0, 1, "x")
    require_between(ctx.number(1), 0, 1, "x")
    for outside in ("-0.001", "1.001"):
        with pytest.raises(ValueError, match=r"x must lie in \[0, 1\]"):
            require_between(ctx.number(outside), 0, 1, "x")


@pytest.mark.parametrize("ctx", CONTEXTS, ids=lambda ctx: ctx.name)
def test_require_above(ctx):
    require_above(ctx.number("0.001"), 0, "x")
    with pytest.raises(ValueError, match="x must exceed 0"):
        require_above(ctx.number(0), 0, "x")


def test_a_ball_over_the_edge_passes_and_a_nan_does_not():
    require_between(flint.arb(1, "0.01"), 0, 1, "x")
    require_above(flint.arb(0, "0.01"), 0, "x")
    with pytest.raises(ValueError, match="nan"):
        require_between(float("nan"), 0, 1, "x")
    with pytest.raises(ValueError, match="nan"):
        require_above(float("nan"), 0, "x")


@pytest.mark.parametrize("value", [0, -3, 2.5, True, "3"])
def test_require_count_rejects(value):
    with pytest.raises(ValueError, match="n must be an integer >= 1"):
        require_count(value, 1, "n")


def test_what_is_kept_is_kept_at_one_precision_and_of_exact_arguments_only():
    asked = []

    @kept_at_each_precision
    def third(x):
        asked.append(x)
        return BALL.number(x) / 3

    with flint.ctx.workprec(64):
        kept = third(1)
        assert third(1) is kept
    with flint.ctx.workprec(128):
        assert third(1).rad() < kept.rad()
    inexact = BALL.number("0.1")
    assert third(inexact) is not third(inexact)
    assert len(asked) == 4


def at(bits, function, *arguments):
    with flint.ctx.workprec(bits):
        return function(*arguments)


FLIPS, QUANTISED = at(200, sign_flip_covariance, "0.1"), at(200, quantised_layer, "0.1")


@pytest.mark.parametrize(
    "kept",
    [
        lambda: sign_flip_covariance("0.1").covariance,
        lambda: sign_preserving_covariance("0.1").covariance,
        lambda: integrated_gates(FLIPS)[1, 1].energy,
        lambda: quantised_layer("0.1").deviation,
        lambda: gate_integrals(QUANTISED).on_on.energy,
        lambda: pareto_random_sign_energy("5", 3),
    ],
    ids=["flips", "shift", "gates", "quantisation", "gates of quantisation", "heavy tails"],
)
def test_what_a_formula_keeps_is_made_anew_at_a_higher_precision(kept):
    coarse, fine = at(40, kept), at(70, kept)
    assert coarse.overlaps(fine)
    assert 2**20 * fine.rad() < coarse.rad()
