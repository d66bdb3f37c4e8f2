"""Section 2.1: notation."""

from fractions import Fraction

import numpy as np
from hypothesis import example, given
from verdicts import ball, claim, exactly, identity, proof, readings, tries, twin, worst

from claims.any_vectors import ANY_VECTORS, Span
from claims.drawn_vectors import FORTY_AT_ONCE, batches, searching
from claims.s02_preliminaries.weights import additive_sign_changes
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas.rmsnorm import coefficient_of_variation, radial_fraction, rmsnorm, transverse


@claim(
    "2.1.radial_fraction",
    at="Section 2.1",
    kind="step",
    says="𝓡 is a fraction of the perturbation's energy: 𝓡 + ‖PΔy‖²/‖Δy‖² = 1",
    tex=r"\mathcal{R}(\Delta y)=\frac{(\Delta y\cdot\hat{y})^2}{\|\Delta y\|^2}",
    rests_on=["4.theorem2.projector"],
)
def test_radial_fraction(check):
    v = Span()
    radial, across = v.dot(v.h, v.unit(v.y)) ** 2, v.dot(v.across(v.h), v.across(v.h))
    check(identity((radial + across) / v.hh, 1, ANY_VECTORS))


@claim(
    "2.1.radial_fraction.vectors",
    at="Section 2.1",
    kind="extension",
    says="𝓡 + ‖PΔy‖²/‖Δy‖² = 1 for every y ≠ 0 and Δy ≠ 0, in every dimension and at every scale",
    tex=r"\mathcal{R}+\frac{\|P_{y^\perp}\Delta y\|^2}{\|\Delta y\|^2}=1",
    rests_on=["2.1.radial_fraction"],
    note=FORTY_AT_ONCE,
)
@searching
@given(drawn=batches(2, zeros=True))
@example(drawn=(np.array([[-2.0]]), np.array([[3e-100]])))
@example(drawn=(np.array([[1.0, 0.0]]), np.array([[1.0, 2.0]])))
def test_radial_fraction_of_vectors(drawn):
    tries(len(drawn[0]))
    y, change = drawn
    across = np.linalg.norm(transverse(y, change), axis=1) / np.linalg.norm(change, axis=1)
    assert np.all(np.abs(radial_fraction(y, change) + across ** twin(2, 1) - 1) < 1e-12)


def unit(_, squared_norm):
    """What y is multiplied by in ŷ = y/‖y‖."""
    return 1 / squared_norm ** Fraction(1, 2)


def rmsnorm_factor(m, squared_norm):
    """What y is multiplied by in equation (1)."""
    return (m / squared_norm) ** Fraction(1, 2)


@claim(
    "2.1.hat",
    at="Section 2.1",
    also_at=["Section 2.2"],
    kind="wording",
    says="A hat makes a unit vector: ŷ has norm 1",
    tex=r"\hat{x}=x/\|x\|",
    primary="ŷ in equation (1), P and 𝓡",
    note="The ŷ of the model, RMSNorm(W₂ReLU(W₁x̂)) in Section 2.2 and equation (12), has norm √m: with it in place of "
    "the unit vector 𝓡 would exceed 1.",
)
@readings("factor", {"ŷ in equation (1), P and 𝓡": unit, "ŷ in Section 2.2 and equation (12)": rmsnorm_factor})
def test_hat(check, factor):
    import sympy

    m, squared_norm = sympy.symbols("m y2", positive=True)
    output = factor(m, squared_norm) ** 2 * squared_norm
    check(identity(output, 1, "squared norm of what y becomes, for every y ≠ 0 of any m entries", "unit vector"))


def plain_variation(_, scale):
    return scale.std(axis=1) / scale.mean(axis=1)


@claim(
    "2.1.coefficient_of_variation",
    at="Section 2.1",
    kind="wording",
    says="With CV_p(d) = std(d)/mean(d), the scaling error bound (6) holds",
    tex=r"\mathrm{CV}_p(d)=\mathrm{std}(d)/\mathrm{mean}(d)",
    primary="under the weights p of Theorem 1",
    note=f"The table gives no weights. With the plain standard deviation and mean the bound fails. {FORTY_AT_ONCE}",
)
@readings("variation", {"under the weights p of Theorem 1": coefficient_of_variation, "plain": plain_variation})
@searching
@given(drawn=batches(2))
@example(drawn=(np.array([[10.0, 1, 1, 1, 1]]), np.array([[20.0, 19, 19, 19, 19]])))
@example(drawn=(np.array([[1.0, 1, 1]]), np.array([[1.0, 1, 1]])))
@example(drawn=(np.array([[20.0, 20, 1, 1, 1]]), np.array([[29.0, 30, 30, 30, 30]])))
def test_coefficient_of_variation(variation, drawn):
    tries(len(drawn[0]))
    y, scale = drawn[0], np.abs(drawn[1]) / np.max(np.abs(drawn[1]), axis=1, keepdims=True)
    error = np.linalg.norm(rmsnorm(scale * y) - rmsnorm(y), axis=1) / np.sqrt(y.shape[1])
    margin = np.min(twin(1, 0.9) * variation(y, scale) - error)
    worst(margin)
    assert margin >= -1e-12


@claim(
    "2.1.correlation",
    at="Section 2.1",
    kind="step",
    says="The uncentred correlation is the cosine in L²: it lies in [−1, 1]",
    tex=r"\mathrm{Corr}(X,Y)=\frac{\mathbb{E}[XY]}{\sqrt{\mathbb{E}[X^2]\,\mathbb{E}[Y^2]}}",
)
def test_correlation(check):
    of_x, of_y, mixed = indeterminates("of_x,of_y,mixed")  # E X², E Y², E XY
    square = of_y**2 * of_x - 2 * of_y * mixed * mixed + mixed**2 * of_y  # E(E[Y²]X − E[XY]Y)²
    method = "a mean square is E[Y²] times E[X²]E[Y²] − E[XY]², which is therefore not negative"
    check(identity(square, of_y * (of_x * of_y - mixed**2), method, "E[XY]² ≤ E[X²]E[Y²]"))


@claim(
    "2.1.correlation.vectors",
    at="Section 2.1",
    kind="extension",
    says="The uncentred correlation of the entries of two vectors lies in [−1, 1], in every dimension, at every scale",
    tex=r"-1\leq\frac{\sum_ju_jv_j}{\sqrt{\sum_ju_j^2\,\sum_jv_j^2}}\leq1",
    rests_on=["2.1.correlation"],
    note=FORTY_AT_ONCE,
)
@searching
@given(drawn=batches(2, zeros=True))
@example(drawn=(np.array([[1.0, -1.0]]), np.array([[2.0, -2.0]])))
def test_uncentred_correlation(drawn):
    x, y = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in drawn)
    tries(len(x))
    margin = twin(1, 0.5) - np.max(np.sum(x * y, axis=1) ** 2)
    worst(margin)
    assert margin > -1e-12


def of_the_shift():
    a, delta = indeterminates("a,delta")
    products = [(sign * a) * (sign * a + sign * delta) for sign in (1, -1)]
    negative = sum(coefficient < 0 for polynomial in products for coefficient in polynomial.numer.coeffs())
    certificate = "negative coefficients of w·(w + δ sign w) as polynomials in |w| and δ, for either sign of w"
    return proof(negative, certificate)


def of_the_noise():
    return ball(lambda: additive_sign_changes("0.01"), "quadrants of the normal pair (w, w + noise)")


@claim(
    "2.1.magnitude_perturbation",
    at="Section 2.1",
    also_at=["Section 5.2"],
    kind="wording",
    says="ΔW^mag is sign-preserving: it changes the sign of no weight",
    primary="the model (A4)",
    note="Section 5.2 uses the name for independent additive noise of variance 4p/n, which changes the sign of a share "
    "arctan(2√p)/π of the weights: 6.3% at p = 0.01, six times as many as the sign flips it is compared with.",
    instead="2.5.additive_flips",
)
@readings("changes", {"the model (A4)": of_the_shift, "the additive model of Section 5.2": of_the_noise})
def test_magnitude_perturbation_keeps_signs(check, changes):
    check(exactly(0), changes())
