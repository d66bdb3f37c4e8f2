"""Section 8: Theorem 4, the radial fraction of sign quantisation before and after ReLU, and what RMSNorm does to it."""

import itertools
import math
import re
from fractions import Fraction
from pathlib import Path

import flint
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from verdicts import (
    about,
    at_least,
    at_most,
    ball,
    between,
    claim,
    exactly,
    less_than,
    more_than,
    printed,
    proof,
    read_table,
    twin,
    worst,
)

from theorems.arithmetic.contexts import BALL, SERIES
from theorems.formulas import asymmetry, quantization, rmsnorm, ternary
from theorems.integrals.gaussian_integrals import gaussian_expectation, orthant_moment
from theorems.integrals.half_normal import (
    ALPHA,
    equal_input_variances,
    joint_moment,
    largest_coefficient,
    leading_term,
    lowest_difference,
    magnitude_moment,
    row_moments,
    sum_moment,
    value,
)
from theorems.integrals.ternary_integrals import QuantisedLayer, linear_integrals, quantised_layer, relu_integrals
from theorems.moments import Moments
from theorems.weight_laws import LAPLACE, LOGISTIC, UNIFORM

EXACT = "exact half-normal moments as polynomials in √(2/π) over ℚ"
INTEGRALS = "integrals over the normal density, no closed form"

UNIT_INPUTS = {
    "one spike": (Fraction(1), Fraction(0), Fraction(0)),
    "two entries": (Fraction(3, 5), Fraction(4, 5)),
    "three entries": (Fraction(2, 3), Fraction(-2, 3), Fraction(1, 3)),
    "equal entries": (Fraction(1, 2),) * 4,
}


def mean_square_scale(n):
    """E s² for w ~ N(0, 1/n): Σ|g| is n^{3/2} s."""
    return sum_moment(n, 2) / n**3


def mean_product(n):
    """E[|w|s]."""
    return joint_moment(n, 1, 1) / n**2


def worst_residual(identity, sizes=range(1, 10)):
    """Both sides are polynomials in n of degree at most 4 over a power of n: equal for every n if equal at these."""
    return max(largest_coefficient(identity(n)) for n in sizes)


def mean_magnitude():
    return 2 * gaussian_expectation(lambda x: x, 0, None, (1, 1))


def sign_flips(p):
    """(z, z′) under sign flips at rate p, as a layer: equal variances and correlation 1 − 2p."""
    return QuantisedLayer((1 - 2 * BALL.number(p)).acos(), BALL.number(1))


def constant_magnitude(p):
    """(z, z′) under W′ = W + δ·sign(W), δ² = 4p/n."""
    size, alpha = 2 * BALL.number(p).sqrt(), mean_magnitude()
    deviation = (1 + 2 * size * alpha + size**2).sqrt()
    return QuantisedLayer(((1 + size * alpha) / deviation).acos(), deviation)


# 8.1 Theorem statement


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
@pytest.mark.parametrize("part", ["ratio of row moments", "y²", "sum of signs", "row scale"])
def test_theorem4(check, part):
    if part == "ratio of row moments":
        # E[y y_T]² = E y² E y_T² · 2/π, to leading order
        cross = leading_term([joint_moment(n, 1, 1) for n in range(1, 10)])
        square = leading_term([sum_moment(n, 2) for n in range(1, 10)])
        residual = largest_coefficient(cross[1] ** 2 - ALPHA**2 * square[1]) + abs(2 * (cross[0] - 2) - (square[0] - 4))
        check(exactly(0, "the limit is 2/π"), proof(residual, f"leading terms in n; {EXACT}"))
    elif part == "y²":
        check(
            at_most("9", "E(n y²)² ≤ 9"),
            ball(lambda: gaussian_expectation(lambda x: x**4, None, None, (1, 4)), method="√n y is standard normal"),
        )
    elif part == "sum of signs":
        # y_T = s Σ σ_j x_j with independent signs σ
        residual = max(
            abs(fourth_moment_of_signs(x) - 3 * sum(a**2 for a in x) ** 2 + 2 * sum(a**4 for a in x))
            for x in SIGN_SUM_WEIGHTS
        )
        check(
            exactly(0, "E(Σ σ_j x_j)⁴ = 3 − 2 Σ x_j⁴ ≤ 3 for unit x̂"),
            proof(residual, "all sign patterns; a symmetric quartic has five kinds of terms, fixed by seven points"),
        )
    else:
        # E(n y_T²)² ≤ 3 E(√n s)⁴, and E(√n s)⁴ = E(Σ|g|)⁴/n⁴ ≤ 3
        slack = lowest_difference([3 * n**4 - sum_moment(n, 4) for n in range(1, 6)])
        check(
            at_least("0", "E(√n s)⁴ ≤ 3 for every n"),
            proof(slack, f"least forward difference of 3n⁴ − E(Σ|g|)⁴ at n = 1, a polynomial in n; {EXACT}"),
        )


SIGN_SUM_WEIGHTS = [(1,), (1, 1), (1, 2), (1, 1, 1), (1, 2, 3), (1, 1, 1, 1), (1, 2, 3, 4)]


def fourth_moment_of_signs(x):
    """E(Σ σ_j x_j)⁴ over all signs σ."""
    patterns = list(itertools.product((-1, 1), repeat=len(x)))
    return Fraction(sum(sum(s * a for s, a in zip(signs, x, strict=True)) ** 4 for signs in patterns), len(patterns))


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
@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=1, max_size=6),
    st.sampled_from([1e-9, 1.0, 1e9]),
)
@example([(1.0, -1.0)], 1.0)
@example([(1.0, 0.0), (0.0, 1.0)], 1e9)
def test_chord_identity(pairs, scale):
    y, other = np.array(pairs).T
    other = other * scale
    assume(np.linalg.norm(y) > 1e-3 and np.linalg.norm(other) > 1e-3 * scale)
    error = rmsnorm.rmsnorm(other) - rmsnorm.rmsnorm(y)
    chord = twin(2, 1.9) * (1 - (y / np.linalg.norm(y)) @ (other / np.linalg.norm(other)))
    slack = 1e-12 - abs(error @ error / y.size - chord)
    worst(slack)
    assert slack >= 0


@claim(
    "8.theorem4.ternary",
    at="Section 8.1",
    kind="wording",
    says='The "ternary quantisation" of Theorem 4 is the sign quantisation of Equation (2), with the two values ±s per '
    "row, as Section 2.3 declares",
    note="Two values, not three. A scheme with the values −1, 0, +1 has another limit, 0.787 for BitNet b1.58 "
    "(8.extension.bitnet).",
    primary="two values, as Section 2.3 says",
)
@pytest.mark.parametrize(
    ("reading", "levels"), [("two values, as Section 2.3 says", 2), ("three values, as its name says", 3)]
)
def test_ternary(check, reading, levels):  # noqa: ARG001
    rng = np.random.default_rng(8)
    rows = quantization.sign_quantise(rng.standard_normal((3, 400)))
    counted = max(len(np.unique(row)) for row in rows)
    check(exactly(levels, "values per row"), proof(counted, "distinct values per row of Equation (2), 3 rows of 400"))


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
@pytest.mark.parametrize("x", ["two entries", "three entries", "equal entries"])
def test_delocalised_input(check, x):
    check(exactly(0), input_residual(x))


@claim(
    "8.theorem4.every_input",
    at="Theorem 4",
    kind="extension",
    says="Theorem 4 needs no delocalisation: with all of x̂ in one entry the row moments are the same",
    rests_on=["8.theorem4"],
)
def test_every_input(check):
    check(exactly(0), input_residual("one spike"))


def input_residual(x):
    original, cross, quantised = row_moments(UNIT_INPUTS[x])
    n = len(UNIT_INPUTS[x])
    residual = max(
        largest_coefficient(difference)
        for difference in (original - flint.fmpq(1, n), cross - mean_square_scale(n), quantised - mean_square_scale(n))
    )
    return proof(residual, f"row moments by all sign patterns less those averaged over the sphere; {EXACT}")


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


# 8.2 Proof


@claim(
    "8.theorem4.step1",
    at="Equation (20)",
    also_at=["Section 8.2"],
    kind="step",
    says="Given W, the correlation of y_i and y_T,i over x̂ is ‖w‖₁/(√n‖w‖), and E[y_i y_T,i | W] = s_i²",
    tex=r"\frac{\|w_i\|_1}{\sqrt{n}\,\|w_i\|}",
)
@settings(max_examples=40)
@given(st.lists(st.fractions(-50, 50, max_denominator=20).filter(bool), min_size=1, max_size=6))
@example([Fraction(1)])
@example([Fraction(10**9), Fraction(-1, 10**9)])
def test_step1(w):
    n = len(w)
    scale = sum(map(abs, w)) / Fraction(n)
    quantised = [scale * (1 if entry > 0 else -1) for entry in w]
    # E x̂_j x̂_k = δ_jk/n
    covariance = sum(a * b for a, b in zip(w, quantised, strict=True)) / n
    variances = sum(a * a for a in w) / n * sum(b * b for b in quantised) / n
    squared_cosine = sum(map(abs, w)) ** 2 / ((n + twin(0, 1)) * sum(a * a for a in w))
    assert covariance == scale**2
    assert covariance**2 / variances == squared_cosine


@claim(
    "8.theorem4.step1_limit",
    at="Equation (20)",
    also_at=["Section 8.2"],
    kind="step",
    says="The row correlation tends almost surely to √(2/π): its numerator's fourth central moment is summable over n, "
    "so that no coupling of the rows for different n matters",
    tex=r"\sum_n\mathbb{E}\left(\sqrt{n}s-\sqrt{2/\pi}\right)^4<\infty",
    rests_on=["3.fact1"],
)
@pytest.mark.parametrize("part", ["numerator", "denominator"])
def test_step1_limit(check, part):
    sizes = range(1, 9)
    if part == "numerator":
        central = [
            sum(((-1) ** k * math.comb(4, k) * (n * ALPHA) ** k * sum_moment(n, 4 - k) for k in range(5)), ALPHA * 0)
            for n in sizes
        ]
    else:
        # central fourth moment of χ²_n from E(χ²)^k = n(n+2)…(n+2k−2)
        central = [
            sum(
                (
                    (-1) ** k * math.comb(4, k) * n**k * math.prod(range(n, n + 8 - 2 * k, 2)) * (ALPHA * 0 + 1)
                    for k in range(5)
                ),
                ALPHA * 0,
            )
            for n in sizes
        ]
    exponent = leading_term(central)[0] - 4
    check(less_than("-1", "summable over n"), proof(exponent, f"exponent of n in the fourth central moment; {EXACT}"))


@claim(
    "8.theorem4.variance_of_average",
    at="Section 8.2",
    kind="step",
    says="The average of s_i² over the rows has variance O(1/(mn²))",
    note="True but not sharp: the variance is of order 1/(mn³), as Appendix B.2 has it.",
    rests_on=["B.variance_order"],
)
def test_variance_of_average(check):
    check(at_most("-2", "exponent of n at most −2"), proof(scale_variance_exponent(), f"exponent of n; {EXACT}"))


def scale_variance_exponent():
    return leading_term([sum_moment(n, 4) - sum_moment(n, 2) ** 2 for n in range(1, 9)])[0] - 6


@claim(
    "8.theorem4.scale_average",
    at="Section 8.2",
    kind="step",
    says="The average of s_i² over the rows tends to 2/(πn): its mean is that to leading order, and its relative "
    "standard deviation vanishes",
    tex=r"\frac{1}{m}\sum_i s_i^2\to\frac{2}{\pi n}",
    rests_on=["8.theorem4.variance_of_average"],
)
@pytest.mark.parametrize("part", ["mean", "variance"])
def test_scale_average(check, part):
    degree, leading = leading_term([sum_moment(n, 2) for n in range(1, 9)])
    if part == "mean":
        residual = largest_coefficient(leading - ALPHA**2) + abs(degree - 3 + 1)
        return check(exactly(0), proof(residual, f"leading term of n E s² less 2/π; {EXACT}"))
    exponent = scale_variance_exponent() - 2 * (degree - 3)
    return check(less_than("0"), proof(exponent, f"exponent of n in Var s²/(E s²)², even with one row; {EXACT}"))


@claim(
    "8.theorem4.step3_ratio",
    at="Section 8.2",
    kind="step",
    says="Step 3: the ratio of the means, ((1/m)Σs_i²)/(‖W‖_F²/(mn)), is 2/π, where E‖W‖_F²/(mn) = 1/n",
    tex=r"\frac{2/(\pi n)}{1/n}=\frac{2}{\pi}",
    rests_on=["8.theorem4.scale_average"],
)
def test_step3_ratio(check):
    per_entry = [n * (ALPHA * 0 + 1) for n in range(1, 9)]
    degree, numerator = leading_term([sum_moment(n, 2) for n in range(1, 9)])
    norm_degree, denominator = leading_term(per_entry)
    residual = largest_coefficient(numerator - ALPHA**2 * denominator) + abs((degree - 3) - (norm_degree - 2))
    check(exactly(0), proof(residual, f"leading terms of E s² and of E‖W‖_F²/(mn); {EXACT}"))


@claim(
    "8.theorem4.dot_product_mean",
    at="Section 8.2",
    kind="step",
    says="E[y·y_T | W] = Σs_i² tends to 2m/(πn), which is of order one when m/n = γ",
    tex=r"\sum_i s_i^2\to\frac{2m}{\pi n}",
    rests_on=["8.theorem4.step1", "8.theorem4.scale_average"],
)
def test_dot_product_mean(check):
    degree, leading = leading_term([n * sum_moment(n, 2) for n in range(1, 9)])
    check(
        exactly(0, "exponent of n zero and limit 2/π at m = n"),
        proof(abs(degree - 3) + largest_coefficient(leading - ALPHA**2), f"leading term of n E s²; {EXACT}"),
    )


@claim(
    "8.theorem4.fluctuations",
    at="Section 8.2",
    kind="step",
    says="When m/n = γ the quadratic forms fluctuate by O(1/√n) around their means: their standard deviations at m = n "
    "for x̂ with equal entries",
    note="Appendix B.1 states the weaker O(n^{−1/2+ε}).",
    rests_on=["B.levy"],
)
@pytest.mark.parametrize("form", ["‖y‖²", "‖y_T‖²", "y·y_T"])
def test_fluctuations(check, form):
    # m = n independent rows; n⁵ times the variance of each one's n y², n y_T² or n y y_T is a polynomial in n
    index = ["‖y‖²", "‖y_T‖²", "y·y_T"].index(form)
    degree, _ = leading_term([equal_input_variances(n)[index] * n**5 for n in range(1, 9)])
    check(
        at_most("-0.5"),
        proof(Fraction(degree - 5 - 1, 2), f"exponent of n in the standard deviation, m = n, equal entries; {EXACT}"),
    )


@claim(
    "8.theorem4.positive_root",
    at="Section 8.2",
    kind="step",
    says="Pr(y·y_T < 0) ≤ 2exp(−Ω(n)) when m/n = γ, so that the positive root √(2/π) applies. With τ = √n s it "
    "is at most E[exp(−λn y y_T); τ² ≤ 2]^m + m Pr(τ² > 2), and both terms vanish exponentially, for every unit x̂",
    note="The rate is proportional to m: with m/n → 0, which Assumption A3′ allows, the probability is at least "
    "0.206^m and no exponential in n. That it vanishes, which is all the theorem needs, only takes m → ∞.",
    primary="m/n = γ",
    rests_on=["8.theorem4.dot_product_mean", "B.levy"],
)
@pytest.mark.parametrize(
    ("reading", "part"),
    [
        ("m/n = γ", "mean"),
        ("m/n = γ", "rows"),
        ("m/n = γ", "row scales"),
        ("m/n = γ", "limit of the rate"),
        ("m/n = O(1)", "rate per n"),
    ],
)
def test_positive_root(check, reading, part):  # noqa: ARG001
    def row_rate():
        # e^{−λt} ≤ 1 − λt + λ²t²e^{λ|t|}/2 at t = n y y_T, then Cauchy and Schwarz. Even moments of Σ σ_j x_j are at
        # most a normal variable's, and E (√v g)⁴ exp(λv g²) = 3v²(1 − 2λv)^{−5/2}; v = 1 for √n y, τ² ≤ 2 for √n y_T.
        rate, mean = BALL.number(Fraction(1, 25)), BALL.number(Fraction(2, 5))
        original, quantised = (3 * v**2 / (1 - 2 * rate * v).sqrt() ** 5 for v in (1, 2))
        return -(1 - rate * mean + rate**2 / 2 * (original * quantised).sqrt()).log()

    def scale_rate():
        # τ² ≤ χ²_n/n, and Pr(χ²_n > 2n) ≤ min over λ of e^{−2λn}(1 − 2λ)^{−n/2}, at λ = 1/4
        return BALL.number(Fraction(1, 2)) + (1 - BALL.number(Fraction(1, 2))).log() / 2

    def limiting_rate():
        # min over λ of E exp(−λXY) = √(1 − ρ²) for a standard normal pair, from its Gaussian integral
        return -(1 - mean_magnitude() ** 2).log() / 2

    def slowest_rate():
        # m = √n: Pr ≥ Pr(every row negative) = P_flip^m, so that the rate per n is at most −log(P_flip)/√n
        flip = 2 * orthant_moment(0, 0, -mean_magnitude(), 0, 0)
        return (-flip.log() / BALL.number(10) ** 30).union(BALL.number(0))

    if part == "mean":
        # E[n y y_T; τ² ≤ 2] = E[τ²; τ² ≤ 2] ≥ E τ² − E τ⁴/2
        slack = [n**2 * sum_moment(n, 2) - sum_moment(n, 4) / 2 - flint.fmpq(2, 5) * n**4 for n in range(16, 21)]
        return check(
            at_least("0", "E[n y y_T; τ² ≤ 2] ≥ 2/5 for n ≥ 16"),
            proof(lowest_difference(slack), f"least forward difference at n = 16, a polynomial in n; {EXACT}"),
        )
    rate, method = {
        "rows": (row_rate, "exponent per row at λ = 1/25, from the bound of the mean and fourth moments, n ≥ 16"),
        "row scales": (scale_rate, "Chernoff exponent per n of the chi-square law"),
        "limit of the rate": (limiting_rate, "Chernoff exponent per row in the limit n → ∞"),
        "rate per n": (slowest_rate, "rate per n at m = √n, n = 10⁶⁰, at most −log P_flip/√n"),
    }[part]
    accepted = (
        more_than("1e-20", "a positive rate per n") if part == "rate per n" else more_than("0", "a positive rate")
    )
    return check(accepted, ball(rate, method=method))


# 8.3 A mechanism for ternary quantisation tolerance

SIGNED = st.lists(st.floats(-1e6, 1e6).filter(lambda w: abs(w) > 1e-6), min_size=1, max_size=8)


@claim(
    "8.mechanism.sign_preserving",
    at="Section 8.3",
    also_at=["Abstract", "Section 1.2", "Section 11.1"],
    kind="step",
    says="W_T = W + ΔW with Δw = sign(w)(s − |w|) keeps every sign: no weight sign is flipped",
    tex=r"\Delta w_{ij}=\mathrm{sign}(w_{ij})(s_i-|w_{ij}|)",
)
@settings(max_examples=40)
@given(SIGNED)
@example([1.0])
@example([1e-5, -1e6])
def test_sign_preserving(w):
    row = np.array([w])
    quantised = twin(quantization.sign_quantise(row), quantization.round_clip(row)[0])
    assert np.array_equal(np.sign(quantised), np.sign(row))
    scale = np.abs(row).mean()
    change = np.sign(row) * (scale - np.abs(row))
    assert np.allclose(row + change, quantised, rtol=1e-12, atol=1e-9 * scale)


@claim(
    "8.mechanism.opposes",
    at="Section 8.3",
    kind="step",
    says="Where |w| exceeds s the perturbation opposes sign(w)",
)
@settings(max_examples=40)
@given(SIGNED)
@example([3.0, 1.0])
@example([2.0, -2.0])
def test_opposes(w):
    row = np.array([w])
    scale = np.abs(row).mean()
    change = quantization.sign_quantise(row) - row
    large = np.abs(row) > scale * twin(1 + 1e-12, 0.5)
    assert np.all(change[large] * np.sign(row[large]) < 0)


@claim(
    "8.mechanism.relative_transverse",
    at="Section 8.3",
    kind="number",
    says="Constant-δ perturbations leave (π−2)/π ≈ 36% of the transverse energy of sign flips (Theorem 3, p → 0)",
    tex=r"\frac{\pi-2}{\pi}\approx 36\%",
    rests_on=["6.theorem3.constant", "A.lemmaA1"],
)
def test_relative_transverse(check):
    def ratio():
        magnitude, flips = relu_integrals(constant_magnitude("1e-16")), relu_integrals(sign_flips("1e-16"))
        return magnitude.transverse_energy() / flips.transverse_energy()

    check(printed("36%"), ball(ratio, method=f"p = 10⁻¹⁶; {INTEGRALS}", bits=256))


@claim(
    "8.mechanism.radial_share",
    at="Section 8.3",
    kind="number",
    says="The Bussgang-ReLU mechanism channels 2/π of the post-ReLU energy of a constant-δ perturbation into the "
    "radial direction as p → 0; here at p = 10⁻⁸",
    tex=r"\mathcal{R}\to\frac{2}{\pi}",
    rests_on=["A.lemmaA1"],
)
def test_radial_share(check):
    check(
        printed("0.637"),
        ball(lambda: relu_integrals(constant_magnitude("1e-8")).radial_fraction(), method=INTEGRALS, bits=256),
    )


@claim(
    "8.mechanism.correlation",
    at="Section 8.3",
    kind="number",
    says="Corr(z, Δz) before ReLU is about −0.60 for sign quantisation and +0.80 for the constant-δ model",
    tex=r"-\sqrt{1-2/\pi}\approx-0.60,\qquad\sqrt{2/\pi}\approx 0.80",
    rests_on=["8.mechanism.covariance", "8.mechanism.error_variance"],
)
@pytest.mark.parametrize(("model", "stated"), [("quantisation", "-0.60"), ("constant δ", "+0.80")])
def test_correlation(check, model, stated):
    def correlation():
        if model == "constant δ":
            return mean_magnitude()
        return linear_integrals(quantised_layer()).radial_cosine(BALL)

    check(printed(stated), ball(correlation, method=INTEGRALS))


@claim(
    "8.mechanism.product_moment",
    at="Section 8.3",
    kind="step",
    says="E[|w|s] = E[w²]/n + (n−1)/n·(E|w|)² = 1/n² + 2(n−1)/(πn²), at every n",
    tex=r"\mathbb{E}[|w_{i1}|s_i]=\frac{1}{n^2}+\frac{2(n-1)}{\pi n^2}",
)
def test_product_moment(check):
    residual = worst_residual(lambda n: mean_product(n) - (1 + (n - 1) * ALPHA**2) / n**2)
    check(exactly(0), proof(residual, f"polynomials in n of degree 1 over n², equal at n = 1…9; {EXACT}"))


@claim(
    "8.mechanism.covariance",
    at="Section 8.3",
    kind="step",
    says="Cov(z, Δz) = E[|w|s] − E[w²], which tends to (2/π − 1)/n",
    tex=r"\mathrm{Cov}(z_i,\Delta z_i)\to\frac{2/\pi-1}{n}",
    rests_on=["8.mechanism.product_moment"],
)
@pytest.mark.parametrize("part", ["identity for each input", "limit"])
def test_covariance(check, part):
    def expected(n):
        return mean_product(n) - flint.fmpq(1, n)

    if part == "limit":
        degree, leading = leading_term([expected(n) * n**2 for n in range(1, 9)])
        residual = largest_coefficient(leading - (ALPHA**2 - 1)) + abs(degree - 1)
        return check(exactly(0), proof(residual, f"leading term of n² Cov(z, Δz); {EXACT}"))
    residual = max(
        largest_coefficient(cross - original - expected(len(x)))
        for x in UNIT_INPUTS.values()
        for original, cross, _ in [row_moments(x)]
    )
    return check(exactly(0), proof(residual, f"all sign patterns for four unit inputs, one of them a spike; {EXACT}"))


@claim(
    "8.mechanism.error_variance",
    at="Section 8.3",
    kind="step",
    says="Var Δz = Var(|w| − s) tends to (1 − 2/π)/n, with Var z = 1/n",
    tex=r"\mathrm{Var}(\Delta z_i)\to\frac{1-2/\pi}{n}",
)
@pytest.mark.parametrize("part", ["Var(|w| − s)", "Var Δz is Var(|w| − s)", "Var z"])
def test_error_variance(check, part):
    def expected(n):
        return flint.fmpq(1, n) - 2 * mean_product(n) + mean_square_scale(n)

    if part == "Var(|w| − s)":
        degree, leading = leading_term([expected(n) * n**2 for n in range(1, 9)])
        residual = largest_coefficient(leading - (1 - ALPHA**2)) + abs(degree - 1)
        return check(exactly(0), proof(residual, f"leading term of n² E(|w| − s)², whose mean is zero; {EXACT}"))
    rows = [(len(x), row_moments(x)) for x in UNIT_INPUTS.values()]
    if part == "Var z":
        residual = max(largest_coefficient(row[0] - flint.fmpq(1, n)) for n, row in rows)
    else:
        residual = max(largest_coefficient(row[0] - 2 * row[1] + row[2] - expected(n)) for n, row in rows)
    return check(exactly(0), proof(residual, f"all sign patterns for four unit inputs; {EXACT}"))


@claim(
    "8.mechanism.correlation_limit",
    at="Section 8.3",
    kind="step",
    says="(2/π − 1)/√(1 − 2/π) = −√(1 − 2/π)",
    tex=r"\frac{2/\pi-1}{\sqrt{1-2/\pi}}=-\sqrt{1-\frac{2}{\pi}}",
    rests_on=["8.mechanism.covariance", "8.mechanism.error_variance"],
)
def test_correlation_limit(check):
    covariance, variance = ALPHA**2 - 1, 1 - ALPHA**2
    residual = largest_coefficient(covariance**2 - variance * variance) + (0 if value(covariance) < 0 else 1)
    check(exactly(0), proof(residual, "squares agree over ℚ[√(2/π)] and the sign is negative by ball arithmetic"))


@claim(
    "8.mechanism.finite_correlation",
    at="Section 8.3",
    kind="extension",
    says="Corr(z, Δz)² = (1 − 2/π)(1 − 1/n) exactly, at every n and for every unit input",
    tex=r"\mathrm{Corr}(z,\Delta z)^2=\left(1-\frac{2}{\pi}\right)\left(1-\frac{1}{n}\right)",
)
def test_finite_correlation(check):
    def residual(n):
        covariance = mean_product(n) - flint.fmpq(1, n)
        variance = flint.fmpq(1, n) - 2 * mean_product(n) + mean_square_scale(n)
        return n**4 * (n * covariance**2 - variance * (1 - ALPHA**2) * flint.fmpq(n - 1, n))

    check(exactly(0), proof(worst_residual(residual), f"polynomials in n of degree at most 4, n = 1…9; {EXACT}"))


@claim(
    "8.preradial.ternary",
    at="Section 8.3",
    also_at=["Section 8.4", "Appendix G.4", "Section 11.1"],
    kind="number",
    says="The radial fraction of sign quantisation before ReLU tends to 1 − 2/π ≈ 0.363",
    tex=r"1-\frac{2}{\pi}\approx 0.363",
    rests_on=["8.mechanism.correlation_limit"],
)
def test_preradial_ternary(check):
    check(printed("0.363"), ball(lambda: linear_integrals(quantised_layer()).radial_fraction(), method=INTEGRALS))


@claim(
    "8.preradial.magnitude",
    at="Section 8.3",
    kind="number",
    says="The radial fraction of the constant-δ model before ReLU is 2/π ≈ 0.637",
    tex=r"\frac{2}{\pi}\approx 0.637",
)
def test_preradial_magnitude(check):
    check(
        printed("0.637"),
        ball(lambda: linear_integrals(constant_magnitude("0.05")).radial_fraction(), method=f"p = 0.05; {INTEGRALS}"),
    )


@claim(
    "8.preradial.sum",
    at="Section 8.3",
    kind="step",
    says="The two pre-ReLU radial fractions sum to 1, by the variance decomposition of |w|",
    tex=r"\frac{2}{\pi}+\left(1-\frac{2}{\pi}\right)=1",
    note="Of the limits. With s the row mean of Equation (2) the sum at width n is 1 − (1 − 2/π)/n.",
    rests_on=["8.preradial.ternary", "8.preradial.magnitude"],
)
def test_preradial_sum(check):
    def total():
        layers = quantised_layer(), constant_magnitude("0.05")
        return sum((linear_integrals(layer).radial_fraction() for layer in layers), BALL.number(0))

    check(printed("1.000000", stated="1"), ball(total, method=f"both fractions added; {INTEGRALS}"))


@claim(
    "8.preradial.decomposition",
    at="Section 8.3",
    kind="step",
    says="E w² = (E|w|)² + Var|w| splits into the shares 2/π and 1 − 2/π, and the squared correlations of z with the "
    "directions sign(w) and sign(w)(E|w| − |w|) inherit them",
    tex=r"\mathbb{E}[w^2]=(\mathbb{E}|w|)^2+\mathrm{Var}(|w|)",
)
@pytest.mark.parametrize("direction", ["mean", "centred residual"])
def test_decomposition(check, direction):
    # per weight, in units of its variance: covariance with w, and second moment, of the direction
    mean, square = magnitude_moment(1), magnitude_moment(2)
    covariance, energy = (mean, 1) if direction == "mean" else (mean**2 - square, square - mean**2)
    share = ALPHA**2 if direction == "mean" else 1 - ALPHA**2
    check(exactly(0), proof(largest_coefficient(covariance**2 - share * energy), EXACT))


@claim(
    "8.preradial.ordering",
    at="Section 8.3",
    also_at=["Section 1.2", "Section 11.1"],
    kind="step",
    says="Before ReLU the radial fractions are ordered: sign flips (p) below quantisation below constant δ",
    tex=r"\mathcal{R}^{\mathrm{sign}}<\mathcal{R}^{\mathrm{ternary}}<\mathcal{R}^{\mathrm{mag}}",
    note="The order holds for p < 1 − 2/π ≈ 0.363 only, while Assumption A3 lets p be anything below 1/2.",
    primary="p ≤ 0.10, the rates of the tables",
    rests_on=["8.preradial.ternary", "8.preradial.magnitude"],
)
@pytest.mark.parametrize("reading", ["p ≤ 0.10, the rates of the tables", "every p below 1/2"])
def test_ordering(check, reading):
    largest = "0.10" if reading.startswith("p") else "0.49"

    def margin():
        ternary = linear_integrals(quantised_layer()).radial_fraction()
        sign = linear_integrals(sign_flips(largest)).radial_fraction()
        magnitude = linear_integrals(constant_magnitude(largest)).radial_fraction()
        return (ternary - sign).min(magnitude - ternary)

    check(more_than("0", "each gap positive"), ball(margin, method=f"smaller gap at p = {largest}; {INTEGRALS}"))


@claim(
    "8.mechanism.density",
    at="Section 8.3",
    kind="step",
    says="The density of z at 0 is √(n/(2π))",
    tex=r"f_{z_i}(0)=\sqrt{\frac{n}{2\pi}}",
)
@pytest.mark.parametrize("n", [1, 2048])
def test_density(check, n):
    def relative_error():
        # E[1{0 < z < h}]/h for h = 10⁻¹² standard deviations, against the density
        h = BALL.number("1e-12")
        probability = gaussian_expectation(lambda x: x**0, 0, h)
        return probability * BALL.number(n).sqrt() / h / (n / (2 * BALL.pi)).sqrt() - 1

    check(
        between("-1e-20", "1e-20", because="a difference quotient over 10⁻¹² standard deviations errs by h²/6"),
        ball(relative_error, method="difference quotient of the distribution function", bits=256),
    )


@claim(
    "8.mechanism.small_change",
    at="Section 8.3",
    kind="step",
    says="For the constant-δ model |Δz| = O(δ): Var Δz = δ² at every n and for every unit input",
    tex=r"|\Delta z_i|=O(\delta)",
)
@pytest.mark.parametrize("x", UNIT_INPUTS)
def test_small_change(check, x):
    # Δz = δ Σ sign(w_j) x̂_j
    patterns = list(itertools.product((-1, 1), repeat=len(UNIT_INPUTS[x])))
    squares = [sum(s * a for s, a in zip(signs, UNIT_INPUTS[x], strict=True)) ** 2 for signs in patterns]
    check(exactly(1, "Var Δz/δ² = 1"), proof(sum(squares) / Fraction(len(patterns)), "all sign patterns"))


@claim(
    "8.mechanism.small_gate_flips",
    at="Section 8.3",
    kind="step",
    says="For the constant-δ model the gate-flip probability is O(√n δ) = O(√p)",
    tex=r"O(\sqrt{n}\delta)=O(\sqrt{p})",
)
def test_small_gate_flips(check):
    check(at_least("0.5", "exponent of p"), lowest_order_source(asymmetry.magnitude_pair))


def lowest_order_source(pair):
    """Half the order in s = √p at which the gate-flip probability starts."""
    angle = pair(SERIES.variable(0), SERIES).angle
    order = next(k for k in range(6) if angle[k] != 0)
    return proof(
        Fraction(order, 2), f"first coefficient other than zero of the angle's power series in √p: {angle[order]}"
    )


@claim(
    "8.mechanism.leading_order_agreement",
    at="Section 8.3",
    kind="step",
    says="For the constant-δ model the pre- and post-ReLU radial fractions agree to leading order as p → 0",
    rests_on=["A.lemmaA1"],
)
def test_leading_order_agreement(check):
    def difference():
        layer = constant_magnitude("1e-16")
        return relu_integrals(layer).radial_fraction() - linear_integrals(layer).radial_fraction()

    check(
        between("-1e-7", "1e-7", because="the correction is O(√p) = O(10⁻⁸) at p = 10⁻¹⁶"),
        ball(difference, method=f"p = 10⁻¹⁶; {INTEGRALS}", bits=256),
    )


@claim(
    "8.mechanism.large_error",
    at="Section 8.3",
    kind="step",
    says="For sign quantisation |Δz| is comparable to |z| and the gate-flip probability is of order one",
)
@pytest.mark.parametrize("part", ["E Δz²/E z²", "gate-flip probability"])
def test_large_error(check, part):
    def size():
        if part == "E Δz²/E z²":
            return linear_integrals(quantised_layer()).relative_energy()
        return 2 * orthant_moment(0, 0, -mean_magnitude(), 0, 0)

    check(more_than("0.1", "bounded away from zero"), ball(size, method=f"limit n → ∞; {INTEGRALS}"))


# 8.4 Post-ReLU ternary radial fraction


@claim(
    "8.postrelu.setup",
    at="Section 8.4",
    kind="number",
    says="σ₂ = √(2/(πn)) ≈ 0.798σ₁ is below σ₁, and the correlation ρ has the same value √(2/π)",
    tex=r"\sigma_2\approx 0.798\,\sigma_1,\qquad\rho=\sqrt{2/\pi}",
    rests_on=["G.covariance"],
)
@pytest.mark.parametrize("quantity", ["σ₂/σ₁", "ρ"])
def test_setup(check, quantity):
    def size():
        layer = quantised_layer()
        return layer.deviation if quantity == "σ₂/σ₁" else layer.angle.cos()

    check(printed("0.798"), ball(size, method=INTEGRALS))


@claim(
    "8.postrelu.flip_rate",
    at="Section 8.4",
    also_at=["Equation (21)", "Section 11.1"],
    kind="number",
    says="The gate-flip rate arccos(√(2/π))/π is about 20.6%",
    tex=r"P_{\mathrm{flip}}=\frac{1}{\pi}\arccos\sqrt{\frac{2}{\pi}}\approx 20.6\%",
)
def test_flip_rate(check):
    def opposite_signs():
        # Pr(z > 0 > z_Q) twice, by integrating over z
        return 2 * orthant_moment(0, 0, -mean_magnitude(), 0, 0)

    check(printed("20.6%"), ball(opposite_signs, method=f"2 Pr(z > 0 > z_Q); {INTEGRALS}"))


@claim(
    "8.postrelu.angle",
    at="Section 8.4",
    also_at=["Appendix G.2"],
    kind="number",
    says="φ = arccos(√(2/π)) is about 0.647 rad",
    tex=r"\phi=\arccos\sqrt{2/\pi}\approx 0.647",
)
def test_angle(check):
    check(
        printed("0.647"),
        ball(lambda: 2 * BALL.pi * orthant_moment(0, 0, -mean_magnitude(), 0, 0), method=f"π Pr(flip); {INTEGRALS}"),
    )


@claim(
    "8.postrelu.S",
    at="Section 8.4",
    also_at=["Equation (36)", "Appendix G.2"],
    kind="number",
    says="S = nE[ReLU(z)ReLU(z_Q)] is about 0.3293",
    tex=r"S=\frac{\cos\phi(\sin\phi+(\pi-\phi)\cos\phi)}{2\pi}\approx 0.3293",
    rests_on=["G.cross_term"],
)
def test_s(check):
    check(printed("0.3293"), ball(lambda: relu_integrals(quantised_layer()).cross, method=INTEGRALS))


@claim(
    "8.postrelu.energy",
    at="Section 8.4",
    also_at=["Equation (37)", "Appendix G.2"],
    kind="number",
    says="E[δa²] is about 0.1597/n",
    tex=r"\frac{1}{n}\left(\frac12+\frac1\pi-2S\right)\approx\frac{0.1597}{n}",
    rests_on=["G.energy_formula"],
)
def test_energy(check):
    check(printed("0.1597"), ball(lambda: relu_integrals(quantised_layer()).energy, method=INTEGRALS))


@claim(
    "8.postrelu.projection",
    at="Section 8.4",
    kind="step",
    says="⟨δa, â⟩ tends to (S − ½)√2 ≈ −0.241",
    tex=r"\langle\delta a,\hat{a}\rangle\to\left(S-\frac12\right)\sqrt2\approx-0.241",
    note="The sum over m neurons makes it (S − ½)√(2m/n), as Appendix G.3 prints it; this section does not say m = n, "
    "where alone the number is right.",
    instead="G.projection",
    primary="any m/n",
    rests_on=["8.postrelu.S"],
)
@pytest.mark.parametrize(
    ("reading", "ratio"), [("any m/n", "4"), ("any m/n", "0.25"), ("m = n", "1")], ids=["m = 4n", "m = n/4", "m = n"]
)
def test_projection(check, reading, ratio):  # noqa: ARG001
    def projection():
        moments = relu_integrals(quantised_layer())
        # per neuron: Σ a δa = m E[aδa]/n and ‖a‖² = m E[a²]/n, in units of Var z = 1/n
        neurons = BALL.number(ratio)
        return neurons * moments.projection / (neurons * moments.original).sqrt()

    check(printed("-0.241"), ball(projection, method=f"Σ aδa/‖a‖ at m = {ratio}n; {INTEGRALS}"))


@claim(
    "8.postrelu.contraction",
    at="Section 8.4",
    also_at=["Appendix G.3"],
    kind="step",
    says="The projection is negative, and quantisation contracts the activation vector",
)
@pytest.mark.parametrize("part", ["projection", "‖a_Q‖/‖a‖ − 1"])
def test_contraction(check, part):
    def sign():
        moments = relu_integrals(quantised_layer())
        return moments.projection if part == "projection" else (moments.perturbed / moments.original).sqrt() - 1

    check(less_than("0"), ball(sign, method=INTEGRALS))


@claim(
    "8.postrelu",
    at="Equation (21)",
    also_at=["Abstract", "Section 1.2", "Section 8.4", "Equation (38)", "Appendix G.4", "Section 11.1"],
    kind="number",
    says="The radial fraction of sign quantisation after ReLU is about 0.365",
    tex=r"\mathcal{R}_{\mathrm{post}}=\frac{2(S-\frac12)^2}{\frac12+\frac1\pi-2S}\approx 0.365",
    rests_on=["8.postrelu.S", "8.postrelu.energy", "G.assembly_formula", "G.joint_limit"],
)
def test_postrelu(check):
    check(printed("0.365"), ball(lambda: relu_integrals(quantised_layer()).radial_fraction(), method=INTEGRALS))


@claim(
    "8.preradial.exact",
    at="Section 8.4",
    also_at=["Table 5", "Table 12", "Section 11.1", "Appendix G.4"],
    kind="wording",
    says="The pre-ReLU radial fraction 1 − 2/π is exact, while the post-ReLU value is a limit n → ∞",
    tex=r"\mathcal{R}_{\mathrm{pre}}=1-\frac{2}{\pi}",
    note="Exact at every n with the population scale E|w|, the choice that Appendix G.4 gives as the reason. For the "
    "quantiser of Equation (2), whose s is the mean of its own row, the error is orthogonal to the output too, but the "
    "value is (1 − 2/π)(1 − 1/n): a limit, as Section 8.3 derives it.",
    rests_on=["8.preradial.orthogonality"],
    instead="8.mechanism.finite_correlation",
    primary="s = E|w|",
)
@pytest.mark.parametrize("reading", ["s = E|w|", "s = ‖w‖₁/n"])
@pytest.mark.parametrize("n", [2, 2048])
def test_preradial_exact(check, reading, n):
    if reading == "s = E|w|":
        covariance, energy = (ALPHA**2 - 1) / n, (1 - 2 * ALPHA**2 + ALPHA**2) / n
    else:
        covariance = mean_product(n) - flint.fmpq(1, n)
        energy = flint.fmpq(1, n) - 2 * mean_product(n) + mean_square_scale(n)
    # R − (1 − 2/π), times Var z · Var Δz
    excess = covariance**2 - (1 - ALPHA**2) * energy / n
    check(
        exactly(0, "𝓡 − (1 − 2/π), times n² Var z Var Δz"),
        ball(lambda: value(excess) * n**2, method=f"n²(Cov² − (1 − 2/π) Var z Var Δz); {EXACT}"),
    )


@claim(
    "8.preradial.orthogonality",
    at="Section 8.4",
    also_at=["Appendix G.4"],
    kind="step",
    says="E[δz z_Q] = 0: the quantisation error is orthogonal to the quantised output, at every n",
    tex=r"\mathbb{E}[\delta z\cdot z^Q]=0",
)
@pytest.mark.parametrize("scale", ["row mean", "population mean E|w|", "tensor mean of two rows"])
def test_orthogonality(check, scale):
    if scale == "row mean":
        rows = [row_moments(x) for x in UNIT_INPUTS.values()]
        residual = max(largest_coefficient(cross - quantised) for _, cross, quantised in rows)
        residual = max(residual, worst_residual(lambda n: mean_product(n) - mean_square_scale(n)))
    elif scale == "population mean E|w|":
        population = magnitude_moment(1)
        residual = largest_coefficient(population * magnitude_moment(1) - population**2)
    else:
        # β averages N = 2n magnitudes
        residual = worst_residual(lambda n: joint_moment(2 * n, 1, 1) / (2 * n) - sum_moment(2 * n, 2) / (2 * n) ** 2)
    check(exactly(0), proof(residual, f"E[z z_Q] less E z_Q²; {EXACT}"))


@claim(
    "8.postrelu.difference",
    at="Section 8.4",
    also_at=["Appendix G.4"],
    kind="number",
    says="The post- and pre-ReLU radial fractions differ by about 0.4% relative",
    rests_on=["8.postrelu", "8.preradial.ternary"],
)
def test_difference(check):
    check(printed("0.4%"), ball(relative_difference, method=f"𝓡_post/𝓡_pre − 1; {INTEGRALS}"))


def relative_difference():
    layer = quantised_layer()
    return relu_integrals(layer).radial_fraction() / linear_integrals(layer).radial_fraction() - 1


@claim(
    "8.postrelu.transparent",
    at="Section 8.4",
    also_at=["Section 11.1"],
    kind="wording",
    says="Despite the 20.6% gate flips ReLU is approximately transparent to the radial/transverse decomposition",
    note="Only the fraction survives. The relative error, the squared sine of the angle and the transverse energy "
    "relative to ‖a‖² all shrink by about 12%.",
    primary="radial fraction",
    rests_on=["8.postrelu.difference"],
)
@pytest.mark.parametrize("reading", ["radial fraction", "relative error", "sin² of the angle", "transverse energy"])
def test_transparent(check, reading):
    quantity = {
        "radial fraction": Moments.radial_fraction,
        "relative error": Moments.relative_energy,
        "sin² of the angle": lambda moments: 1 - moments.cosine(BALL) ** 2,
        "transverse energy": Moments.transverse_energy,
    }[reading]

    def change():
        layer = quantised_layer()
        return quantity(relu_integrals(layer)) / quantity(linear_integrals(layer)) - 1

    check(
        between("-1%", "1%", "approximately unchanged", because="approximately: within one per cent"),
        ball(change, method=f"after ReLU over before, less 1; {INTEGRALS}"),
    )


@claim(
    "8.postrelu.structural",
    at="Section 8.4",
    kind="extension",
    says="The near-equality is no coincidence of 2/π: for other weight laws, with κ² = (E|w|)²/E w², the post-ReLU "
    "fraction exceeds the pre-ReLU fraction 1 − κ² by at most 0.64% of it",
    rests_on=["8.postrelu"],
)
@pytest.mark.parametrize("law", ["uniform", "logistic", "Laplace", "κ² = 0.01", "κ² = 0.30", "κ² = 0.99"])
def test_structural(check, law):
    def excess():
        if law.startswith("κ²"):
            squared = BALL.number(law.split(" ")[-1])
        else:
            named = {"uniform": UNIFORM, "logistic": LOGISTIC, "Laplace": LAPLACE}[law]
            squared = named.absolute_moment(1, BALL) ** 2 / named.absolute_moment(2, BALL)
        layer = QuantisedLayer(squared.sqrt().acos(), squared.sqrt())
        return relu_integrals(layer).radial_fraction() / (1 - squared) - 1

    check(between("0%", "0.64%"), ball(excess, method=INTEGRALS))


@claim(
    "8.postrelu.every_law",
    at="Section 8.4",
    kind="extension",
    says="For every symmetric weight law without an atom at zero the post-ReLU fraction exceeds the pre-ReLU fraction "
    "by 0 to 0.64% of it: the excess is β²/(1 − 2β), where β, the gate-flip correction to E aδa, is a few per cent",
    tex=r"\frac{\mathcal{R}_{\mathrm{post}}}{\mathcal{R}_{\mathrm{pre}}}-1=\frac{\beta^2}{1-2\beta},\quad"
    r"\beta=\frac{\cos\phi(\sin\phi-\phi\cos\phi)}{\pi\sin^2\phi}",
    rests_on=["8.postrelu.structural", "8.postrelu.excess_formula"],
)
def test_every_law(check):
    def highest_excess():
        # On [a, b] cos φ and 1/sin² φ are largest at a, and sin φ − φ cos φ, which increases, at b. Below 0.01 that
        # last is at most φ³/3, so that β < 0.002.
        highest = BALL.number("0.002")
        for k in range(5, 786):
            a, b = BALL.number(Fraction(k, 500)), BALL.number(Fraction(k + 1, 500))
            highest = highest.max(a.cos() * (b.sin() - b * b.cos()) / (BALL.pi * a.sin() ** 2))
        return 0, highest**2 / (1 - 2 * highest)

    check(between("0%", "0.64%"), ball(highest_excess, method="bounds of β on 781 intervals of φ from 0.01 to π/2"))


@claim(
    "8.postrelu.excess_formula",
    at="Section 8.4",
    kind="extension",
    says="𝓡_post/𝓡_pre − 1 = β²/(1 − 2β) with β the gate-flip correction, here at three values of κ",
    rests_on=["8.postrelu"],
)
@pytest.mark.parametrize("alignment", ["0.2", "0.7979", "0.95"])
def test_excess_formula(check, alignment):
    def difference():
        root = BALL.number(alignment)
        layer = QuantisedLayer(root.acos(), root)
        ratio = relu_integrals(layer).radial_fraction() / linear_integrals(layer).radial_fraction()
        return abs(ratio - 1 - ternary.relu_radial_excess(layer.angle, BALL))

    check(
        at_most("1e-30", "equal, to the radius of the two enclosures"),
        ball(difference, method=f"the formula against {INTEGRALS}", bits=256),
    )


@claim(
    "8.postrelu.absent",
    at="Section 8.4",
    kind="wording",
    says="This transparency despite gate flips is absent from the small-δ analysis of Theorem 3, where no gates flip "
    "in the limit",
    note="The agreement of the two fractions itself is not absent there: by Section 8.3 they agree to leading order.",
    primary="gate flips of order one",
    rests_on=["8.mechanism.small_gate_flips", "8.mechanism.leading_order_agreement"],
)
@pytest.mark.parametrize("reading", ["gate flips of order one", "agreement of the fractions"])
def test_absent(check, reading):
    def flips():
        return constant_magnitude("1e-16").angle / BALL.pi

    def disagreement():
        near = constant_magnitude("1e-16")
        return abs(relu_integrals(near).radial_fraction() / linear_integrals(near).radial_fraction() - 1)

    if reading == "gate flips of order one":
        return check(less_than("1e-6", "gate flips vanish"), ball(flips, method="p = 10⁻¹⁶", bits=256))
    return check(
        more_than("0.4%", "absent: they differ by more than the 0.4% of Section 8.4"),
        ball(disagreement, method=f"p = 10⁻¹⁶; {INTEGRALS}", bits=256),
    )


@claim(
    "8.equalnorm.norm",
    at="Section 8.4",
    kind="step",
    says="‖ΔW‖² of sign quantisation is n(1 − 2/π)",
    tex=r"\|\Delta W\|^2=n\left(1-\frac{2}{\pi}\right)",
    note="Its mean is m(1 − 2/π)(1 − 1/n): m stands before the bracket, as in Assumption A3's 4pm, which the printed "
    "flip rate p = (1 − 2/π)/4 agrees with. The two are the same for m = n only.",
    primary="any m/n",
    instead="8.equalnorm.norm_by_rows",
    rests_on=["8.mechanism.error_variance"],
)
@pytest.mark.parametrize(("reading", "ratio"), [("any m/n", 4), ("m = n", 1)], ids=["m = 4n", "m = n"])
def test_norm(check, reading, ratio):  # noqa: ARG001
    degree, leading = leading_term([squared_norm_per_row(n) * n for n in range(1, 9)])
    residual = ratio * leading - (1 - ALPHA**2)
    check(
        exactly(0, "limit of ‖ΔW‖²/n less (1 − 2/π)"),
        ball(lambda: value(residual) + abs(degree - 1), method=f"leading term of E‖ΔW‖²/n at m = {ratio}n; {EXACT}"),
    )


def squared_norm_per_row(n):
    """E‖Δw‖² = n E(|w| − s)²."""
    return n * (flint.fmpq(1, n) - 2 * mean_product(n) + mean_square_scale(n))


@claim(
    "8.equalnorm.norm_by_rows",
    at="Section 8.4",
    kind="extension",
    says="E‖ΔW‖² = m(1 − 2/π)(1 − 1/n) exactly",
    tex=r"\mathbb{E}\|\Delta W\|^2=m\left(1-\frac{2}{\pi}\right)\left(1-\frac{1}{n}\right)",
)
def test_norm_by_rows(check):
    residual = worst_residual(lambda n: squared_norm_per_row(n) - (1 - ALPHA**2) * flint.fmpq(n - 1, n))
    check(exactly(0), proof(residual, f"per row, n = 1…9; {EXACT}"))


@claim(
    "8.equalnorm.rate",
    at="Section 8.4",
    kind="number",
    says="Sign flips at rate p = (1 − 2/π)/4 ≈ 0.091 have the same norm",
    tex=r"p=\frac{1-2/\pi}{4}\approx 0.091",
    rests_on=["8.equalnorm.norm_by_rows"],
)
def test_rate(check):
    check(printed("0.091"), ball(equal_norm_rate, method=f"E(z_Q − z)²/4; {INTEGRALS}"))


def equal_norm_rate():
    return linear_integrals(quantised_layer()).energy / 4


@claim(
    "8.equalnorm.ratio",
    at="Section 8.4",
    kind="number",
    says="At equal norm sign flips produce 1.43× more transverse energy than sign quantisation (after ReLU, the "
    "subject of the section)",
    tex=r"1.43\times",
    note="After ReLU the ratio is 1.4366, which rounds to 1.44; the digits 1.43 are those of the ratio without ReLU, "
    "(1 − p)π/2 = 1.4281. Confirmed by quadrature and by the closed forms.",
    instead="8.equalnorm.linear",
    primary="after ReLU",
    rests_on=["8.equalnorm.rate"],
)
@pytest.mark.parametrize("reading", ["after ReLU", "after ReLU, p = 0.091", "before ReLU", "after ReLU and RMSNorm"])
def test_ratio(check, reading):
    def ratio():
        rate = BALL.number("0.091") if "0.091" in reading else equal_norm_rate()
        flips, quantised = sign_flips(rate), quantised_layer()
        if reading == "before ReLU":
            return linear_integrals(flips).transverse_energy() / linear_integrals(quantised).transverse_energy()
        if reading == "after ReLU and RMSNorm":
            return relu_integrals(flips).chord_energy(BALL) / relu_integrals(quantised).chord_energy(BALL)
        return relu_integrals(flips).transverse_energy() / relu_integrals(quantised).transverse_energy()

    check(printed("1.43"), ball(ratio, method=INTEGRALS))


@claim(
    "8.equalnorm.linear",
    at="Section 8.4",
    kind="extension",
    says="The first-order ratio at equal norm is 1.44 after ReLU and 1.43 without it: ReLU hardly matters",
)
@pytest.mark.parametrize(
    ("layer", "stated"), [("after ReLU", "1.44"), ("after ReLU, closed form", "1.44"), ("without ReLU", "1.43")]
)
def test_linear(check, layer, stated):
    if layer.endswith("closed form"):
        pair = ternary.sign_quantised_pair(BALL)
        return check(
            printed(stated),
            ball(lambda: ternary.equal_norm_transverse_ratio(pair, BALL), method="arc-cosine kernels, no integration"),
        )
    integrals = relu_integrals if layer == "after ReLU" else linear_integrals

    def ratio():
        flips = integrals(sign_flips(equal_norm_rate()))
        return flips.transverse_energy() / integrals(quantised_layer()).transverse_energy()

    return check(printed(stated), ball(ratio, method=INTEGRALS))


@claim(
    "8.equalnorm.actual",
    at="Section 8.4",
    kind="extension",
    says="The actual output error after RMSNorm reverses the comparison: at equal norm sign flips change the output "
    "less than sign quantisation, by a factor 0.91 after ReLU and 0.90 without it",
    note="Sign quantisation shortens the vector, and RMSNorm undoes that, which magnifies the transverse part.",
)
@pytest.mark.parametrize(
    ("layer", "stated"), [("after ReLU", "0.91"), ("after ReLU, closed form", "0.91"), ("without ReLU", "0.90")]
)
def test_actual(check, layer, stated):
    if layer.endswith("closed form"):
        pair = ternary.sign_quantised_pair(BALL)
        return check(
            printed(stated),
            ball(lambda: ternary.equal_norm_chord_ratio(pair, BALL), method="arc-cosine kernels, no integration"),
        )
    integrals = relu_integrals if layer == "after ReLU" else linear_integrals

    def ratio():
        flips = integrals(sign_flips(equal_norm_rate()))
        return flips.chord_energy(BALL) / integrals(quantised_layer()).chord_energy(BALL)

    return check(printed(stated), ball(ratio, method=f"2(1 − cos) of each; {INTEGRALS}"))


@claim(
    "8.equalnorm.c",
    at="Section 8.4",
    kind="number",
    says="Theorem 3 gives c(0.091) ≈ 2.18",
    tex=r"c(0.091)\approx 2.18",
    note="2.18 is the value of the factored formula of Remark 1 without its factor 1 + ε(p). The limit (13) itself is "
    "2.323 at p = 0.091, by quadrature and by its power series.",
    primary="the limit (13)",
    rests_on=["6.theorem3"],
    instead="8.equalnorm.c_of_the_limit",
)
@pytest.mark.parametrize("reading", ["the limit (13)", "Remark 1 without ε(p)"])
def test_c(check, reading):
    def asymmetry_ratio():
        if reading == "the limit (13)":
            flips, magnitude = relu_integrals(sign_flips("0.091")), relu_integrals(constant_magnitude("0.091"))
            return flips.transverse_energy() / magnitude.transverse_energy()
        p = BALL.number("0.091")
        return BALL.pi / (BALL.pi - 2) * (1 - p) * (1 - 4 * p.sqrt() / (3 * BALL.pi))

    check(printed("2.18"), ball(asymmetry_ratio, method=INTEGRALS))


@claim(
    "8.equalnorm.c_of_the_limit",
    at="Section 8.4",
    kind="extension",
    says="The limit of Theorem 3 at the rate of equal norm, p = (1 − 2/π)/4, is c = 2.324",
    tex=r"c\left(\frac{1-2/\pi}{4}\right)\approx 2.324",
    rests_on=["6.theorem3"],
)
def test_c_of_the_limit(check):
    def limit():
        root = (BALL.number(equal_norm_rate())).sqrt()
        return asymmetry.transverse_ratio(root, BALL)

    check(printed("2.324"), ball(limit, method="closed forms of both radial fractions and energies"))


@claim(
    "8.equalnorm.consistent",
    at="Section 8.4",
    kind="wording",
    says="The ratio at equal norm is consistent with c(p): quantisation lies between sign flips (1) and constant δ (c)",
    rests_on=["8.equalnorm.ratio", "8.equalnorm.c"],
)
def test_consistent(check):
    def margin():
        rate = equal_norm_rate()
        flips, quantised, magnitude = map(
            relu_integrals, (sign_flips(rate), quantised_layer(), constant_magnitude(rate))
        )
        ratio = flips.transverse_energy() / quantised.transverse_energy()
        return (ratio - 1).min(flips.transverse_energy() / magnitude.transverse_energy() - ratio)

    check(more_than("0", "1 < ratio < c(p)"), ball(margin, method=f"smaller gap; {INTEGRALS}"))


TABLE_5 = {
    (row["Perturbation"].split(" ")[0], column): row[column]
    for row in read_table(Path(__file__).parent / "tables" / "table_05.csv")
    for column in ("Pre-ReLU R", "Post-ReLU R", "Gate-flip rate")
}


def digits(cell):
    """The printed number in a cell such as "2/π≈0.637"."""
    return re.search(r"\d+\.\d+%?", TABLE_5[cell]).group()


@claim(
    "8.table5.orders",
    at="Table 5",
    says="Sign flips and constant-δ perturbations flip gates at a rate O(√p)",
    tex=r"O(\sqrt{p})",
    kind="step",
)
@pytest.mark.parametrize("perturbation", ["Sign-flip", "Magnitude"])
def test_table5_orders(check, perturbation):
    assert TABLE_5[perturbation, "Gate-flip rate"] == "O(√p)"
    pair = {"Sign-flip": asymmetry.sign_pair, "Magnitude": asymmetry.magnitude_pair}[perturbation]
    check(at_least("0.5", "exponent of p"), lowest_order_source(pair))


@claim(
    "8.table5.sign_flip",
    at="Table 5",
    says="The radial fraction of sign flips is p before ReLU and about p after it, for small p",
    tex=r"\mathcal{R}=p",
    kind="number",
)
@pytest.mark.parametrize("column", ["Pre-ReLU R", "Post-ReLU R"])
def test_table5_sign_flip(check, column):
    if column == "Pre-ReLU R":
        return check(exactly(0, "𝓡 − p"), proof(flip_residual(Fraction(1, 100)), "all sets of flips of two entries"))
    return check(
        about("1", "10%", "≈ without digits: within a tenth", "𝓡/p ≈ 1"),
        ball(lambda: relu_integrals(sign_flips("0.01")).radial_fraction() * 100, method=f"p = 0.01; {INTEGRALS}"),
    )


def flip_residual(p, x=(Fraction(3, 5), Fraction(4, 5))):
    """𝓡 − p = E[zΔz]²/(E z² E Δz²) − p for the input x, over all sets of flipped entries."""
    projection = energy = Fraction(0)
    for flips in itertools.product((0, 1), repeat=len(x)):
        chance = math.prod(p if flip else 1 - p for flip in flips)
        # given the flips, E w_j w_k = δ_jk
        projection += chance * sum(-2 * flip * entry**2 for flip, entry in zip(flips, x, strict=True))
        energy += chance * sum(4 * flip * entry**2 for flip, entry in zip(flips, x, strict=True))
    return projection**2 / (sum(entry**2 for entry in x) * energy) - p


@claim(
    "8.table5.magnitude",
    at="Table 5",
    says="The radial fraction of the constant-δ model is 2/π ≈ 0.637 before and after ReLU, for small p",
    tex=r"\frac{2}{\pi}\approx 0.637",
    kind="number",
    rests_on=["A.lemmaA1", "8.preradial.magnitude"],
)
@pytest.mark.parametrize("column", ["Pre-ReLU R", "Post-ReLU R"])
def test_table5_magnitude(check, column):
    integrals = linear_integrals if column == "Pre-ReLU R" else relu_integrals
    check(
        printed(digits(("Magnitude", column))),
        ball(
            lambda: integrals(constant_magnitude("1e-8")).radial_fraction(), method=f"p = 10⁻⁸; {INTEGRALS}", bits=256
        ),
    )


@claim(
    "8.table5.ternary",
    at="Table 5",
    says="Sign quantisation: radial fractions 0.363 before and 0.365 after ReLU, gate-flip rate 20.6%",
    kind="number",
    rests_on=["8.preradial.ternary", "8.postrelu", "8.postrelu.flip_rate"],
)
@pytest.mark.parametrize("column", ["Pre-ReLU R", "Post-ReLU R", "Gate-flip rate"])
def test_table5_ternary(check, column):
    def cell():
        layer = quantised_layer()
        if column == "Gate-flip rate":
            return 2 * orthant_moment(0, 0, -mean_magnitude(), 0, 0)
        return (linear_integrals if column == "Pre-ReLU R" else relu_integrals)(layer).radial_fraction()

    check(printed(digits(("Ternary", column))), ball(cell, method=INTEGRALS))


# 8.5 Scope and caveats


@claim(
    "8.scope.angular_deviation",
    at="Section 8.5",
    kind="number",
    says="1 − cos θ = 1 − √(2/π) ≈ 0.202 before RMSNorm, half the chord after it",
    tex=r"1-\cos\theta=1-\sqrt{2/\pi}\approx 0.202",
    rests_on=["8.theorem4", "8.theorem4.chord_identity"],
)
@pytest.mark.parametrize("route", ["1 − cos θ", "half the chord"])
def test_angular_deviation(check, route):
    def deviation():
        moments = linear_integrals(quantised_layer())
        return 1 - moments.cosine(BALL) if route == "1 − cos θ" else moments.chord_energy(BALL) / 2

    check(printed("0.202"), ball(deviation, method=INTEGRALS))


@claim(
    "8.scope.both",
    at="Section 8.5",
    kind="number",
    says="The radial fraction of the quantisation error is about 0.365 both before and after ReLU",
    tex=r"\mathcal{R}\approx 0.365",
    note="Before ReLU it is 0.3634, printed as 0.363 in Sections 8.3 and 8.4; 0.365 is right for the value after ReLU.",
    rests_on=["8.postrelu"],
    instead="8.table5.ternary",
)
@pytest.mark.parametrize("layer", ["before ReLU", "after ReLU"])
def test_both(check, layer):
    integrals = linear_integrals if layer == "before ReLU" else relu_integrals
    check(printed("0.365"), ball(lambda: integrals(quantised_layer()).radial_fraction(), method=INTEGRALS))


@claim(
    "8.scope.shares",
    at="Section 8.5",
    kind="number",
    says="About 36.5% of the error is radial and 63.5% transverse (after ReLU)",
    rests_on=["8.postrelu"],
)
@pytest.mark.parametrize(("share", "stated"), [("radial", "36.5%"), ("transverse", "63.5%")])
def test_shares(check, share, stated):
    def part():
        fraction = relu_integrals(quantised_layer()).radial_fraction()
        return fraction if share == "radial" else 1 - fraction

    check(printed(stated), ball(part, method=INTEGRALS))


@claim(
    "8.scope.majority",
    at="Section 8.5",
    kind="step",
    says="The majority of the perturbation energy is transverse",
    rests_on=["8.scope.shares"],
)
@pytest.mark.parametrize("layer", ["before ReLU", "after ReLU"])
def test_majority(check, layer):
    integrals = linear_integrals if layer == "before ReLU" else relu_integrals
    check(more_than("50%"), ball(lambda: 1 - integrals(quantised_layer()).radial_fraction(), method=INTEGRALS))


@claim(
    "8.scope.absorbed",
    at="Section 8.5",
    kind="wording",
    says="RMSNorm's radial filtering absorbs 36.5% of the error",
    note="True of the derivative, a projector. The error is not small: as an actual difference it is larger after "
    "RMSNorm than before, so nothing is absorbed.",
    instead="8.scope.magnified",
    primary="projection (Theorem 2)",
    rests_on=["4.theorem2", "8.postrelu"],
)
@pytest.mark.parametrize("reading", ["projection (Theorem 2)", "actual difference"])
def test_absorbed(check, reading):
    check(printed("36.5%"), ball(lambda: 1 - passed(reading), method=f"1 − relative error after/before; {INTEGRALS}"))


def passed(reading):
    """The relative squared error after RMSNorm over that before it."""
    moments = relu_integrals(quantised_layer())
    after = moments.chord_energy(BALL) if reading == "actual difference" else moments.transverse_energy()
    return after / moments.relative_energy()


@claim(
    "8.scope.passes",
    at="Section 8.5",
    kind="wording",
    says="63.5% of the error passes through RMSNorm as functionally relevant output distortion",
    note="True of the derivative, a projector, as in the same sentence's 36.5%. The error is not small: the actual "
    "difference after RMSNorm is 109.3% of the relative error before it.",
    instead="8.scope.magnified",
    primary="projection (Theorem 2)",
    rests_on=["4.theorem2", "8.postrelu"],
)
@pytest.mark.parametrize("reading", ["projection (Theorem 2)", "actual difference"])
def test_passes(check, reading):
    check(printed("63.5%"), ball(lambda: passed(reading), method=f"relative error after/before; {INTEGRALS}"))


@claim(
    "8.scope.magnified",
    at="Section 8.5",
    kind="extension",
    says="RMSNorm magnifies the relative squared error of sign quantisation: from 0.3634 to 0.4042 without ReLU and "
    "from 0.3194 to 0.3491 after it",
)
@pytest.mark.parametrize(
    ("layer", "place", "stated"),
    [
        ("without ReLU", "before RMSNorm", "0.3634"),
        ("without ReLU", "after RMSNorm", "0.4042"),
        ("after ReLU", "before RMSNorm", "0.3194"),
        ("after ReLU", "after RMSNorm", "0.3491"),
    ],
)
def test_magnified(check, layer, place, stated):
    def relative_error():
        moments = (linear_integrals if layer == "without ReLU" else relu_integrals)(quantised_layer())
        return moments.relative_energy() if place == "before RMSNorm" else moments.chord_energy(BALL)

    check(printed(stated), ball(relative_error, method=INTEGRALS))


@claim(
    "8.scope.no_differential",
    at="Section 8.5",
    kind="wording",
    says="Single-layer RMSNorm does not differentially suppress quantisation error: most of its energy is transverse",
    note="Against sign flips of equal norm, and without any ReLU, the first-order transverse energy does differ, by a "
    "factor 1.43.",
    primary="less than half is radial",
    rests_on=["8.scope.majority"],
)
@pytest.mark.parametrize("reading", ["less than half is radial", "same as sign flips of equal norm"])
def test_no_differential(check, reading):
    def radial():
        return linear_integrals(quantised_layer()).radial_fraction()

    def differential():
        flips = linear_integrals(sign_flips(equal_norm_rate()))
        return flips.transverse_energy() / linear_integrals(quantised_layer()).transverse_energy()

    if reading == "less than half is radial":
        return check(less_than("50%"), ball(radial, method=INTEGRALS))
    return check(exactly(1, "ratio of transverse energies 1"), ball(differential, method=INTEGRALS))


@claim(
    "8.scope.requires_relu",
    at="Section 8.5",
    kind="wording",
    says="The suppression needs ReLU too, which creates the differential treatment of sign and magnitude "
    "perturbations; without it there is none, as Section 6.4 says",
    tex=r"c_{\mathrm{linear}}=1",
    note="Without ReLU the ratio of transverse energies is (1 − p)π/(π − 2), with the same limit π/(π − 2) as p → 0; "
    "at p = 0.10 it is larger than with ReLU. Confirmed by exact moments of a single linear layer.",
    instead="8.scope.linear_differential",
    primary="sign flips against constant δ",
    rests_on=["6.intuition.linear"],
)
@pytest.mark.parametrize("reading", ["sign flips against constant δ", "sign flips against sign quantisation"])
def test_requires_relu(check, reading):
    def linear_ratio():
        if reading == "sign flips against constant δ":
            flips, other = sign_flips("0.01"), constant_magnitude("0.01")
        else:
            flips, other = sign_flips(equal_norm_rate()), quantised_layer()
        return linear_integrals(flips).transverse_energy() / linear_integrals(other).transverse_energy()

    check(exactly(1, "no differential without ReLU"), ball(linear_ratio, method=f"no activation; {INTEGRALS}"))


@claim(
    "8.scope.linear_differential",
    at="Section 8.5",
    kind="extension",
    says="Without ReLU sign flips have (1 − p)π/(π − 2) times the transverse energy of the constant-δ model",
    tex=r"c_{\mathrm{linear}}(p)=\frac{\pi(1-p)}{\pi-2}",
)
@pytest.mark.parametrize(("p", "stated"), [("0.01", "2.724"), ("0.10", "2.477")])
def test_linear_differential(check, p, stated):
    def ratio():
        flips = linear_integrals(sign_flips(p))
        return flips.transverse_energy() / linear_integrals(constant_magnitude(p)).transverse_energy()

    check(printed(stated), ball(ratio, method=f"no activation; {INTEGRALS}"))


# Beyond the paper: quantisation with zeros

BITNET = [
    ("cos² of the angle before ReLU", "0.787"),
    ("radial fraction before ReLU", "0.645"),
    ("radial fraction after ReLU", "0.659"),
    ("gate-flip rate", "15.3%"),
    ("relative error before RMSNorm, after ReLU", "0.248"),
    ("relative error after ReLU and RMSNorm", "0.203"),
]


@claim(
    "8.extension.bitnet",
    at="Section 8.5",
    kind="extension",
    says="Genuinely ternary quantisation, RoundClip(W/γ) with γ = E|w| (BitNet b1.58), of Gaussian weights",
    note="Its radial fractions before and after ReLU differ by 2.2%: the scale E|w| is not the one that makes error "
    "and output orthogonal once small weights are zero.",
)
@pytest.mark.parametrize(("quantity", "stated"), BITNET)
def test_bitnet(check, quantity, stated):
    def measured():
        scale = mean_magnitude()
        layer = quantised_layer(scale / 2, scale)
        linear, relu = linear_integrals(layer), relu_integrals(layer)
        return {
            "cos² of the angle before ReLU": lambda: linear.cosine(BALL) ** 2,
            "radial fraction before ReLU": linear.radial_fraction,
            "radial fraction after ReLU": relu.radial_fraction,
            "gate-flip rate": lambda: layer.angle / BALL.pi,
            "relative error before RMSNorm, after ReLU": relu.relative_energy,
            "relative error after ReLU and RMSNorm": lambda: relu.chord_energy(BALL),
        }[quantity]()

    check(printed(stated), ball(measured, method=INTEGRALS))


@claim(
    "8.extension.orthogonal_scale",
    at="Section 8.5",
    kind="extension",
    says="With the same zeros and the scale E[|w| given |w| > threshold], which makes error and output orthogonal, the "
    "near-equality of the two radial fractions returns",
    rests_on=["8.postrelu.every_law"],
)
@pytest.mark.parametrize(("layer", "stated"), [("before ReLU", "0.2130"), ("after ReLU", "0.2136")])
def test_orthogonal_scale(check, layer, stated):
    def fraction():
        threshold = mean_magnitude() / 2
        kept = gaussian_expectation(lambda x: x**0, threshold, None)
        scale = gaussian_expectation(lambda x: x, threshold, None, (1, 1)) / kept
        integrals = linear_integrals if layer == "before ReLU" else relu_integrals
        return integrals(quantised_layer(threshold, scale)).radial_fraction()

    check(printed(stated), ball(fraction, method=INTEGRALS))
