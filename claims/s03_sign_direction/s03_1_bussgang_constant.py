"""Section 3.1: the Bussgang constant."""

from fractions import Fraction
from math import sqrt

import numpy as np
import pytest
from hypothesis import example, given
from verdicts import (
    at_least,
    ball,
    claim,
    exactly,
    identity,
    printed,
    proof,
    reading,
    readings,
    tries,
    twin,
    worst,
)

from claims.drawn_vectors import FORTY_AT_ONCE, batches, searching
from claims.weight_moments import (
    absolute_gaussian_mean,
    gamma_moments,
    gamma_symbols,
    mean_square_bound,
    mean_square_error,
    sign_energy_moments,
)
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import decay_order, indeterminates, limit_at_infinity
from theorems.formulas.sign_direction import (
    directional_cosine,
    gaussian_sign_energy_variance,
    sign_energy_asymptotic_variance,
)
from theorems.weight_laws import GAUSSIAN, WeightLaw


@claim(
    "3.fact1.norm_ratio",
    at="Section 3.1",
    kind="step",
    says="For a vector without zeros, cos(w, sign w) is ‖w‖₁/(√n ‖w‖₂)",
    tex=r"\cos(w,\mathrm{sign}(w))=\frac{\|w\|_1}{\sqrt{n}\,\|w\|_2}",
)
def test_norm_ratio(check):
    import sympy

    size = sympy.symbols("size", positive=True)
    found = [[w * sympy.sign(w), sympy.sign(w) ** 2, w**2] for w in (size, -size)]
    method = "an entry's part of w·sign w, ‖sign w‖² and ‖w‖² for either sign: their sums are ‖w‖₁, n and ‖w‖₂²"
    check(identity(found, [[size, 1, size**2]] * 2, method))


@claim(
    "3.fact1.norm_ratio.vectors",
    at="Section 3.1",
    kind="extension",
    says="cos(w, sign w) is ‖w‖₁/(√n ‖w‖₂) for every vector without zeros, in every dimension and at every scale",
    tex=r"\cos(w,\mathrm{sign}(w))=\frac{\|w\|_1}{\sqrt{n}\,\|w\|_2}",
    rests_on=["3.fact1.norm_ratio"],
    note=FORTY_AT_ONCE,
)
@searching
@example(rows=np.array([[1.0]]))
@example(rows=np.array([[1.0, -6.0, 6.0, 1.0]]))
@example(rows=np.array([[0.0, 3.0]]))
@given(rows=batches(zeros=True))
def test_cosine_is_the_norm_ratio(rows):
    if twin("no zeros", "zeros allowed") == "no zeros":
        rows = np.where(rows == 0, 1.0, rows)
    tries(len(rows))
    ratio = np.sum(np.abs(rows), axis=1) / (sqrt(rows.shape[1]) * np.linalg.norm(rows, axis=1))
    margin = 1e-12 - np.max(np.abs(directional_cosine(rows, np.sign(rows)) - ratio))
    worst(margin)
    assert margin >= 0


@claim(
    "3.fact1.gaussian_mean",
    at="Section 3.1",
    kind="step",
    says="E|w| = σ√(2/π) for Gaussian components",
    tex=r"\mathbb{E}|w_1|=\sigma\sqrt{2/\pi}",
)
def test_gaussian_absolute_mean(check):
    from sympy import exp, oo, pi, sqrt, symbols

    x, sigma = symbols("x sigma", positive=True)
    density = exp(-(x**2) / (2 * sigma**2)) / (sigma * sqrt(2 * pi))
    antiderivative = -(sigma**2) * density
    mean = 2 * (antiderivative.subs(x, oo) - antiderivative.subs(x, 0))
    left = [antiderivative.diff(x) - x * density, mean]
    check(identity(left, [0, sigma * sqrt(2 / pi)], "an antiderivative of xφ(x), and its values at 0 and ∞"))


def tends_to_zero(error, law):
    """What “→” accepts, and the limit as n → ∞ of an error that is a function of n, exact at every n."""
    return exactly(0, stated="the distance from the limit tends to 0"), proof(limit_at_infinity(*error), law)


def bias():
    a, k, n = gamma_symbols()
    return tends_to_zero((sign_energy_moments()[0] - a**2 / k, n), "exact E cos² − L, w² Gamma of every shape")


def square_error():
    return tends_to_zero(mean_square_bound(), "bound on E(cos² − L)² for every law with E[w⁴] < ∞, by its moments")


AVERAGES = "cos² less the limit as averages tend to their means in any direction; that they do is the strong law"


def every_law():
    """cos² = A²/B, a rational function, of the averages of |w| and w², whose means are m1 and m2 > 0."""
    first, second, a, b, t = indeterminates("m1,m2,a,b,t")
    average, squares = first + a / t, second + b / t
    return tends_to_zero((average**2 / squares - first**2 / second, t), AVERAGES)


FACT_1 = {"bias": bias, "mean square error": square_error, "every law": every_law}


@claim(
    "3.fact1",
    at="Fact 1",
    also_at=["Equation (3)"],
    says="cos²(w, sign w) tends to (E|w|)²/E[w²]",
    tex=r"\cos^2(w,\mathrm{sign}(w))\to\frac{(\mathbb{E}|w_1|)^2}{\mathbb{E}[w_1^2]}",
    rests_on=["3.fact1.norm_ratio"],
    note="Almost sure convergence is the strong law of large numbers for the averages of |w| and w², as the paper "
    "says: cos² is a rational function of theirs without a pole at their means. Where E[w⁴] < ∞ there is a rate as "
    "well.",
)
@pytest.mark.parametrize("evidence", FACT_1.values(), ids=FACT_1)
def test_limit_of_the_sign_energy(check, evidence):
    check(*evidence())


@claim(
    "3.fact1.gaussian",
    at="Equation (4)",
    also_at=["Fact 1"],
    kind="number",
    says="The Gaussian limit is 2/π ≈ 0.6366",
    tex=r"\cos^2(w,\mathrm{sign}(w))\to\frac{2}{\pi}\approx0.6366",
    rests_on=["3.fact1"],
)
def test_gaussian_limit(check):
    check(printed("0.6366"), ball(lambda: absolute_gaussian_mean() ** 2, "the square of ∫|x|φ(x)dx by quadrature"))


@claim(
    "3.fact1.gaussian.finite",
    at="Fact 1",
    kind="extension",
    says="For Gaussian weights E cos²(w, sign w) = 2/π + (1 − 2/π)/n at every n",
    tex=r"\mathbb{E}\cos^2=\frac{2}{\pi}+\frac{1}{n}\left(1-\frac{2}{\pi}\right)",
)
def test_gaussian_mean_at_finite_size(check):
    a, _, n = gamma_symbols()
    limit = 2 * a**2  # 2/π, as a = 1/√π for w² Gamma of shape 1/2
    mean, _ = sign_energy_moments(Fraction(1, 2))
    check(identity(mean, limit + (1 - limit) / n, "exact E‖w‖₁²/(n E‖w‖²), symbolic n; shape 1/2 is Gaussian"))


@claim(
    "3.fact1.symmetry_not_needed",
    at="Fact 1",
    kind="extension",
    says="Symmetry of the law is not needed: cos(w, sign w) is the same for every choice of the signs of w",
    tex=r"\cos(w,\mathrm{sign}(w))=\cos(|w|,\mathbf{1})",
    rests_on=["3.fact1.norm_ratio"],
    note=f"It is ‖w‖₁/(√n ‖w‖₂), which depends on magnitudes alone. {FORTY_AT_ONCE}",
)
@searching
@example(drawn=(np.array([[1.0, 1.0]]), np.array([[1.0, -1.0]])))
@given(drawn=batches(2))
def test_symmetry_is_not_needed(drawn):
    rows, others = drawn
    tries(len(rows))
    changed = rows * np.where(others > 0, 1, -twin(1, 2))
    moved = directional_cosine(changed, np.sign(changed)) - directional_cosine(rows, np.sign(rows))
    assert np.max(np.abs(moved)) < 1e-12


def limit_with_an_atom():
    """The N entries that are not zero alone have signs: cos² = (Σ|w|)²/(N Σw²), with N/n → 1 − q for n entries."""
    first, second, q, a, b, c, t = indeterminates("m1,m2,q,a,b,c,t")
    average, squares, share = first + a / t, second + b / t, 1 - q + c / t
    return tends_to_zero((average**2 / (share * squares) - first**2 / ((1 - q) * second), t), AVERAGES)


def entries_of_one_size():
    """Entries −1, 0, 1, the zeros with probability q: cos² = 1, and (3) would give 1 − q."""
    (q,) = indeterminates("q")
    first = second = 1 - q
    return [identity(first**2 / ((1 - q) * second), 1, "E|w| = E w² = 1 − q; w is sign w", "the limit is 1")]


@claim(
    "3.fact1.atom",
    at="Fact 1",
    kind="extension",
    says="The condition Pr(w = 0) = 0 cannot be dropped: with an atom q at zero the limit is (E|w|)²/((1 − q) E[w²])",
    tex=r"\cos^2(w,\mathrm{sign}(w))\to\frac{(\mathbb{E}|w|)^2}{(1-q)\,\mathbb{E}[w^2]}",
)
@pytest.mark.parametrize("step", [limit_with_an_atom, entries_of_one_size], ids=["every law", "entries −1, 0, 1"])
def test_an_atom_at_zero(check, step):
    check(*step())


def gaussian_error():
    a, _, _ = gamma_symbols()
    return mean_square_error(2 * a**2, Fraction(1, 2))  # 2a² is 2/π for w² Gamma of shape 1/2


def exponential_error():
    a, _, _ = gamma_symbols()
    return mean_square_error(1 / (2 * a**2), 1)  # a² = π/4 for w² exponential, so that 1/(2a²) is 2/π


@claim(
    "3.rate",
    at="Section 3.1",
    says="cos² − 2/π is O_P(1/√n)",
    tex=r"\cos^2-2/\pi=O_P(1/\sqrt{n})",
    rests_on=["3.fact1"],
    primary="Gaussian weights, where 2/π is the limit",
    note="For Gaussian weights E[w⁴] < ∞, the “additional assumption”, adds nothing. For the other laws of Fact 1 it "
    "admits, 2/π must be read as the law's own limit: for w² exponential cos² tends to π/4, and the mean square of "
    "cos² − 2/π to (π/4 − 2/π)² > 0.",
    instead="3.rate.general",
)
@readings(
    "error, certificate",
    {
        "Gaussian weights, where 2/π is the limit": (gaussian_error, "exact at every n, Gaussian weights"),
        "every law of Fact 1 with E[w⁴] < ∞, its own limit for 2/π": (mean_square_bound, "a bound for every such law"),
        "every law of Fact 1 with E[w⁴] < ∞, as printed": (exponential_error, "exact at every n, w² exponential"),
    },
)
def test_rate(check, error, certificate):
    accepted = at_least("1", stated="O_P(1/√n): mean square of order 1/n")
    check(accepted, proof(decay_order(*error()), f"order in 1/n of the mean square, {certificate}"))


def order_of_the_error():
    a, k, _ = gamma_symbols()
    return exactly(1), proof(decay_order(*mean_square_error(a**2 / k)), "order in 1/n of the exact mean square error")


def coefficient_less_the_delta_method():
    a, k, _ = gamma_symbols()
    error, n = mean_square_error(a**2 / k)
    law = WeightLaw("w² Gamma, symbolic", lambda order, _: gamma_moments(a, k)[order - 1])
    left = n * error - sign_energy_asymptotic_variance(law)
    return exactly(0), proof(limit_at_infinity(left, n), "limit of n times the exact mean square error, less it")


@claim(
    "3.rate.general",
    at="Section 3.1",
    kind="extension",
    says="For w² Gamma of any shape cos² − (E|w|)²/E[w²] has mean square of order exactly 1/n, its coefficient is the "
    "delta method's",
    tex=r"n\,\mathbb{E}\left(\cos^2-L\right)^2\to\nabla g^{T}\Sigma\,\nabla g",
    rests_on=["3.fact1"],
)
@pytest.mark.parametrize(
    "quantity",
    [order_of_the_error, coefficient_less_the_delta_method],
    ids=["order", "coefficient less the delta method's"],
)
def test_rate_of_every_shape(check, quantity):
    check(*quantity())


def by_the_exact_variance():
    """The coefficient of 1/n is 8a² − 24a⁴, with a² = 1/π for Gaussian weights."""
    a, _, _ = gamma_symbols()
    error, n = gaussian_error()
    rest = limit_at_infinity(n * error - (8 * a**2 - 24 * a**4), n)
    return BALL.number(rest) + 8 / BALL.pi - 24 / BALL.pi**2


@claim(
    "3.rate.sharp",
    at="Section 3.1",
    kind="extension",
    says="1/√n is the sharp rate for Gaussian weights: n·Var cos² tends to 8/π − 24/π² ≈ 0.1148, which is positive",
    tex=r"n\,\mathrm{Var}\cos^2\to\frac{8}{\pi}-\frac{24}{\pi^2}\approx0.1148",
    rests_on=["3.rate.general"],
)
@pytest.mark.parametrize(
    "coefficient",
    [
        pytest.param(by_the_exact_variance, id="exact variance"),
        pytest.param(lambda: sign_energy_asymptotic_variance(GAUSSIAN, BALL), id="delta method"),
        pytest.param(lambda: 10**9 * gaussian_sign_energy_variance(10**9, BALL), id="exact variance, n = 10⁹"),
    ],
)
def test_rate_is_sharp(check, coefficient):
    check(printed("0.1148"), ball(coefficient, "coefficient of 1/n in Var cos²"))


ENERGY, CORRELATION = "the fraction of energy, as Fact 1 defines it", "the correlation √(2/π)"
BUSSGANG_CONSTANT = {  # what each place calls by that name
    "Abstract": ENERGY,
    "Fact 1": ENERGY,
    "Section 10.1": ENERGY,
    "Section 1.2": CORRELATION,
    "Section 7.1": CORRELATION,
    "Section 7.2": CORRELATION,
}
BUSSGANG_VALUES = {ENERGY: lambda: absolute_gaussian_mean() ** 2, CORRELATION: absolute_gaussian_mean}


@claim(
    "3.bussgang_constant",
    at="Section 3.1",
    also_at=[place for place in BUSSGANG_CONSTANT if place != "Fact 1"],
    kind="wording",
    says="The Bussgang constant is 2/π",
    note="The abstract, Fact 1 and Section 10.1 call 2/π the Bussgang constant; Sections 1.2, 7.1 and 7.2 call √(2/π) "
    "by the same name. The first is a fraction of energy, the second a correlation, whose square it is.",
    primary=ENERGY,
)
@pytest.mark.parametrize(
    "named",
    [
        pytest.param(BUSSGANG_VALUES[meant], id=f"{meant}-{place}", marks=reading(meant))
        for place, meant in BUSSGANG_CONSTANT.items()
    ],
)
def test_bussgang_constant(check, named):
    accepted = printed("1.0000", stated="2/π, as a ratio")
    check(accepted, ball(lambda: named() * BALL.pi / 2, "E|w| or its square, as that place has it, by quadrature"))
