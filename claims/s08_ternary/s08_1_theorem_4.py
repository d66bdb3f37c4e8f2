"""Section 8.1: Theorem 4."""

import itertools
from functools import partial

import numpy as np
import pytest
from hypothesis import example, given
from verdicts import (
    at_most,
    ball,
    claim,
    exactly,
    identity,
    instances,
    printed,
    proof,
    readings,
    tries,
    twin,
    worst,
)

from claims.any_vectors import ANY_VECTORS, Span
from claims.drawn_vectors import FORTY_AT_ONCE, batches, searching
from claims.s08_ternary.perturbed_layers import (
    EXACT,
    INTEGRALS,
    for_every_input,
    for_every_n,
    mean_magnitude,
    mean_product,
    mean_square_scale,
)
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas import quantization, rmsnorm
from theorems.integrals.gaussian_integrals import gaussian_expectation
from theorems.integrals.half_normal import (
    ALPHA,
    joint_moment,
    leading_term,
    lowest_difference,
    sum_moment,
)
from theorems.integrals.ternary_integrals import linear_integrals, quantised_layer


def ratio_of_row_moments():
    """E[yy_T]² = E y² E y_T²·2/π to leading order in n: degree and coefficient of both sides."""
    (degree, cross), (square_degree, square) = (
        leading_term([moment(n) for n in range(1, 10)]) for moment in (lambda n: joint_moment(n, 1, 1), square_of_sum)
    )
    left, right = [2 * (degree - 2), cross**2], [square_degree - 4, ALPHA**2 * square]
    return [identity(left, right, f"leading terms in n; {EXACT}", "the limit is 2/π")]


def square_of_sum(n):
    return sum_moment(n, 2)


def fourth_moment_of_output():
    fourth = ball(lambda: gaussian_expectation(lambda x: x**4, None, None, (1, 4)), "√n y is standard normal")
    return at_most("9", "E(n y²)² ≤ 9"), fourth


def fourth_moment_of_signs():
    """y_T = s Σ σ_jx̂_j with independent signs σ: E(Σ σ_jx_j)⁴ by all signs of four symbolic entries."""
    x = indeterminates("x1,x2,x3,x4")
    patterns = list(itertools.product((-1, 1), repeat=len(x)))
    fourth = sum(sum(s * a for s, a in zip(signs, x, strict=True)) ** 4 for signs in patterns) / len(patterns)
    stated = 3 * sum(a**2 for a in x) ** 2 - 2 * sum(a**4 for a in x)
    method = "all signs of four symbolic entries; a term of the fourth power has at most four"
    return [identity(fourth, stated, method, "E(Σ σ_j x_j)⁴ = 3 − 2 Σ x_j⁴ ≤ 3 for unit x̂")]


def fourth_moment_of_scale():
    """E(n y_T²)² ≤ 3 E(√n s)⁴, and E(√n s)⁴ = E(Σ|g|)⁴/n⁴ ≤ 3."""
    slack = lowest_difference([3 * n**4 - sum_moment(n, 4) for n in range(1, 6)])
    method = f"least forward difference of 3n⁴ − E(Σ|g|)⁴ at n = 1, a polynomial in n; {EXACT}"
    return exactly(0, "E(√n s)⁴ ≤ 3 for every n, with equality at n = 1"), proof(slack, method)


THEOREM_4 = {
    "ratio of row moments": ratio_of_row_moments,
    "y²": fourth_moment_of_output,
    "sum of signs": fourth_moment_of_signs,
    "row scale": fourth_moment_of_scale,
}


@claim(
    "8.theorem4",
    at="Theorem 4",
    also_at=["Equation (18)", "Section 8.1"],
    says="cos²∠(Wx̂, W_T x̂) → 2/π in probability as m, n → ∞: the row means of y², y_T² and y·y_T give the ratio 2/π, "
    "and by Chebyshev's inequality each average over m independent rows is within O(1/√m) of its mean, because the "
    "second moments of n y² and n y_T² (and so, by Cauchy and Schwarz, of n y y_T) are bounded by 9 at every n",
    tex=r"\cos^2\angle(W\hat{x},W_T\hat{x})\to\frac{2}{\pi}",
    rests_on=["3.fact1", "8.theorem4.step1", "8.theorem4.scale_average", "B.chain.cosine"],
    note="The bounds hold for every unit vector x̂ and every m/n, so that m → ∞ and n → ∞ are all that is needed.",
)
@pytest.mark.parametrize("part", THEOREM_4.values(), ids=THEOREM_4)
def test_theorem4(check, part):
    check(*part())


@claim(
    "8.theorem4.sine",
    at="Theorem 4",
    also_at=["Section 8.1", "Section 1.2"],
    kind="number",
    says="The angular error is sin²∠ → 1 − 2/π ≈ 0.363",
    tex=r"\sin^2\angle\to 1-\frac{2}{\pi}\approx 0.363",
    rests_on=["8.theorem4"],
)
def test_sine(check):
    check(printed("0.363"), ball(lambda: 1 - mean_magnitude() ** 2, method=f"1 − (E|g|)²; {INTEGRALS}"))


@claim(
    "8.theorem4.chord",
    at="Theorem 4",
    also_at=["Equation (19)", "Section 8.1", "Section 8.2", "Section 8.5"],
    kind="number",
    says="After RMSNorm the relative squared error tends to 2(1 − √(2/π)) ≈ 0.404",
    tex=r"2\left(1-\sqrt{\frac{2}{\pi}}\right)\approx 0.404",
    rests_on=["8.theorem4", "8.theorem4.chord_identity", "8.theorem4.positive_root"],
)
def test_chord(check):
    check(printed("0.404"), ball(lambda: linear_integrals(quantised_layer()).chord_energy(BALL), method=INTEGRALS))


@claim(
    "8.theorem4.chord_identity",
    at="Equation (19)",
    also_at=["Theorem 4", "Section 8.2", "Section 8.5"],
    kind="step",
    says="The squared RMSNorm error relative to ‖RMSNorm(y)‖² is the chord 2(1 − cos θ), for every pair of vectors",
    tex=r"\|\hat{u}_1-\hat{u}_2\|^2=2(1-\cos\theta)",
)
def test_chord_in_symbols(check):
    v = Span()
    change = v.rmsnorm(v.k) - v.rmsnorm(v.y)
    cosine = v.dot(v.unit(v.y), v.unit(v.k))
    check(identity(v.dot(change, change) / v.m, 2 * (1 - cosine), ANY_VECTORS, "a chord of the unit sphere"))


@claim(
    "8.theorem4.chord_identity.vectors",
    at="Equation (19)",
    kind="extension",
    says="The squared RMSNorm error is the chord for every pair of vectors, in every dimension and at every scale",
    tex=r"\|\hat{u}_1-\hat{u}_2\|^2=2(1-\cos\theta)",
    rests_on=["8.theorem4.chord_identity"],
    note=FORTY_AT_ONCE,
)
@searching
@example((np.array([[1.0]]), np.array([[-1.0]])))
@example((np.array([[1.0, 0.0]]), np.array([[0.0, 1e9]])))
@given(batches(2, zeros=True))
def test_chord_identity(drawn):
    y, other = drawn
    tries(len(y))
    error = rmsnorm.rmsnorm(other) - rmsnorm.rmsnorm(y)
    cosine = np.sum(y / np.linalg.norm(y, axis=1, keepdims=True) * other, axis=1) / np.linalg.norm(other, axis=1)
    chord = twin(2, 1.9) * (1 - cosine)
    slack = 1e-12 - np.max(np.abs(np.mean(np.square(error), axis=1) - chord))
    worst(slack)
    assert slack >= 0


@claim(
    "8.theorem4.ternary",
    at="Section 8.1",
    kind="wording",
    says='The "ternary quantisation" of Theorem 4 is the sign quantisation of Equation (2), with the two values ±s per '
    "row, as Section 2.3 declares",
    rests_on=["2.3.not_ternary"],
    note="Two values, not three. A scheme with the values −1, 0, +1 has another limit, 0.787 for BitNet b1.58 "
    "(8.extension.bitnet).",
    primary="two values, as Section 2.3 says",
)
@readings("levels", {"two values, as Section 2.3 says": 2, "three values, as its name says": 3})
def test_ternary(check, levels):
    def values(row):
        return len(np.unique(quantization.sign_quantise(row)))

    rows = np.random.default_rng(8).standard_normal((3, 1, 400))
    method = "distinct values per row of Equation (2), rows of 400 entries"
    check(exactly(levels, "values per row"), instances(values, at=list(rows), method=method))


ROW_FORMS = {
    "y²": lambda y, _: y**2,
    "yy_T": lambda y, quantised: y * quantised,
    "y_T²": lambda _, quantised: quantised**2,
}
ROW_MOMENTS = {name: partial(for_every_input, form) for name, form in ROW_FORMS.items()} | {
    "E[|w|s] and E s²": lambda: for_every_n(mean_product, mean_square_scale, "E[|w|s] = E s²"),
}


@claim(
    "8.theorem4.delocalised_input",
    at="Theorem 4",
    also_at=["Section 2.4"],
    says="Assumption A2′: instead of a uniform x̂ any delocalised unit vector serves, with the same row moments at "
    "every n",
    tex=r"\mathbb{E}\,y_i y_{T,i}=\mathbb{E}\,y_{T,i}^2=\mathbb{E}\,s_i^2",
    note="Delocalisation is not needed either: see the extension for one spike.",
    rests_on=["8.theorem4"],
)
@pytest.mark.parametrize("moments", ROW_MOMENTS.values(), ids=ROW_MOMENTS)
def test_delocalised_input(check, moments):
    check(moments())


def row_moments_of_a_spike():
    """With x̂ = e₁: y = w₁ and y_T = s sign(w₁), both signs of w₁ alike."""
    size, scale = indeterminates("a, s")
    rows = [(sign * size, sign * scale) for sign in (-1, 1)]
    found = [sum(form(*row) for row in rows) / 2 for form in ROW_FORMS.values()]
    return identity(found, [size**2, size * scale, scale**2], row_moments_of_a_spike.__doc__)


@claim(
    "8.theorem4.every_input",
    at="Theorem 4",
    kind="extension",
    says="Theorem 4 needs no delocalisation: with all of x̂ in one entry the row moments are the same",
    tex=r"\hat{x}=e_1:\quad\mathbb{E}\,y_iy_{T,i}=\mathbb{E}\,y_{T,i}^2=\mathbb{E}\,s_i^2",
    rests_on=["8.theorem4", "8.theorem4.delocalised_input"],
)
def test_every_input(check):
    check(row_moments_of_a_spike())


@claim(
    "8.theorem4.rows_needed",
    at="Theorem 4",
    kind="extension",
    says="m → ∞ is needed: with m rows fixed and n → ∞ the mean of cos² is another number, 1 at m = 1",
    tex=r"\mathbb{E}\cos^2=1-(1-\rho^2)\frac{m-1}{m}\,{}_2F_1\left(1,1;\frac{m}{2}+1;\rho^2\right)",
    rests_on=["8.theorem4"],
)
@pytest.mark.parametrize(("m", "stated"), [(1, "1.000"), (2, "0.711"), (10, "0.630"), (1000, "0.637")])
def test_rows_needed(check, m, stated):
    def mean_squared_correlation():
        squared = 2 / BALL.pi
        shape = squared.hypgeom_2f1(1, 1, BALL.number(m) / 2 + 1)
        return 1 - (1 - squared) * (m - 1) / m * shape

    check(printed(stated), ball(mean_squared_correlation, method="mean of the squared correlation of m normal pairs"))
