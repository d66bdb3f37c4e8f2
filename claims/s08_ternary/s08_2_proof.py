"""Section 8.2: proof."""

import math
from fractions import Fraction

import flint
import numpy as np
import pytest
from hypothesis import example, given
from verdicts import at_least, at_most, ball, claim, identity, less_than, more_than, proof, reading, tries, twin

from claims.drawn_vectors import FORTY_AT_ONCE, batches, searching
from claims.s08_ternary.perturbed_layers import EXACT, mean_magnitude
from theorems.arithmetic.contexts import BALL
from theorems.integrals.gaussian_integrals import orthant_moment
from theorems.integrals.half_normal import (
    ALPHA,
    equal_input_variances,
    leading_term,
    lowest_difference,
    magnitude_moment,
    sum_moment,
)


def entry_of_a_row():
    """One entry of w·w_T and of ‖w_T‖², w_T = s·sign(w), for w of either sign: they are s|w| and s²."""
    import sympy

    size, scale = sympy.symbols("w s", positive=True)
    found = []
    for weight in (size, -size):
        quantised = scale * sympy.sign(weight)
        found += [weight * quantised, quantised**2]
    return found, 2 * [scale * size, scale**2]


def sums_over_a_row():
    """E y y_T = w·w_T/n and its correlation, from ‖w‖₁, ‖w‖² and s = ‖w‖₁/n, as E x̂_jx̂_k = δ_jk/n: in symbols."""
    import sympy

    n, absolute, square = sympy.symbols("n absolute square", positive=True)
    scale = absolute / n
    product, energies = scale * absolute / n, (square / n, scale**2)
    stated = [scale**2, absolute / (sympy.sqrt(n) * sympy.sqrt(square))]
    return [product, product / sympy.sqrt(energies[0] * energies[1])], stated


@claim(
    "8.theorem4.step1",
    at="Equation (20)",
    also_at=["Section 8.2"],
    kind="step",
    says="Given W, the correlation of y_i and y_T,i over x̂ is ‖w‖₁/(√n‖w‖), and E[y_i y_T,i | W] = s_i²",
    tex=r"\frac{\|w_i\|_1}{\sqrt{n}\,\|w_i\|}",
)
@pytest.mark.parametrize("sides", [entry_of_a_row, sums_over_a_row], ids=["one entry", "one row"])
def test_step1(check, sides):
    check(identity(*sides(), sides.__doc__))


@claim(
    "8.theorem4.step1.rows",
    at="Equation (20)",
    kind="extension",
    says="The correlation is ‖w‖₁/(√n‖w‖) for every row without zeros, in every dimension and at every scale",
    tex=r"\mathrm{Corr}(y_i,y_{T,i})=\frac{\|w_i\|_1}{\sqrt{n}\,\|w_i\|}",
    rests_on=["8.theorem4.step1"],
    note=FORTY_AT_ONCE,
)
@searching
@example(np.array([[1.0]]))
@example(np.array([[1e9, -1e-9]]))
@given(batches())
def test_step1_of_rows(rows):
    n = rows.shape[1]
    tries(len(rows))
    scales = np.abs(rows).mean(axis=1)
    quantised = scales[:, None] * np.sign(rows)
    # E x̂_j x̂_k = δ_jk/n
    covariance = np.mean(rows * quantised, axis=1)
    deviations = np.sqrt(np.mean(rows**2, axis=1)), np.sqrt(np.mean(quantised**2, axis=1))
    cosine = np.sum(np.abs(rows), axis=1) / (math.sqrt(n + twin(0, 1)) * np.linalg.norm(rows, axis=1))
    assert np.allclose(covariance / scales**2, 1, rtol=1e-12)
    assert np.allclose(covariance / deviations[0] / deviations[1], cosine, rtol=1e-12)


def of_the_numerator(n):
    """n⁴ E(Σ|g|/n − √(2/π))⁴."""
    return sum(((-1) ** k * math.comb(4, k) * (n * ALPHA) ** k * sum_moment(n, 4 - k) for k in range(5)), ALPHA * 0)


def of_the_denominator(n):
    """E(χ²_n − n)⁴ from E(χ²)^k = n(n+2)…(n+2k−2)."""
    moments = (math.prod(range(n, n + 8 - 2 * k, 2)) for k in range(5))
    return sum((-1) ** k * math.comb(4, k) * n**k * moment for k, moment in enumerate(moments)) * (ALPHA * 0 + 1)


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
@pytest.mark.parametrize("central", [of_the_numerator, of_the_denominator], ids=["numerator", "denominator"])
def test_step1_limit(check, central):
    degree, _ = leading_term([central(n) for n in range(1, 9)])
    method = f"exponent of n in the fourth central moment; {EXACT}"
    check(less_than("-1", "summable over n"), proof(degree - 4, method))


@claim(
    "8.theorem4.variance_of_average",
    at="Section 8.2",
    kind="step",
    says="The average of s_i² over the rows has variance O(1/(mn²))",
    tex=r"\mathrm{Var}\left(\frac1m\sum_is_i^2\right)=O\left(\frac{1}{mn^2}\right)",
    note="True but not sharp: the variance is of order 1/(mn³), as Appendix B.2 has it.",
    rests_on=["B.variance_order"],
)
def test_variance_of_average(check):
    check(at_most("-2", "exponent of n at most −2"), proof(scale_variance_exponent(), f"exponent of n; {EXACT}"))


def scale_variance_exponent():
    return leading_term([sum_moment(n, 4) - sum_moment(n, 2) ** 2 for n in range(1, 9)])[0] - 6


def mean_of_scale():
    """Degree in n, and leading coefficient, of n³ E s² = E(Σ|g|)²."""
    return leading_term([sum_moment(n, 2) for n in range(1, 9)])


def leading_mean():
    degree, leading = mean_of_scale()
    return [identity([degree - 3, leading], [-1, ALPHA**2], f"leading term of E s²; {EXACT}", "2/(πn)")]


def relative_variance():
    exponent = scale_variance_exponent() - 2 * (mean_of_scale()[0] - 3)
    return less_than("0"), proof(exponent, f"exponent of n in Var s²/(E s²)², even with one row; {EXACT}")


@claim(
    "8.theorem4.scale_average",
    at="Section 8.2",
    kind="step",
    says="The average of s_i² over the rows tends to 2/(πn): its mean is that to leading order, and its relative "
    "standard deviation vanishes",
    tex=r"\frac{1}{m}\sum_i s_i^2\to\frac{2}{\pi n}",
    rests_on=["8.theorem4.variance_of_average"],
)
@pytest.mark.parametrize("part", [leading_mean, relative_variance], ids=["mean", "variance"])
def test_scale_average(check, part):
    check(*part())


@claim(
    "8.theorem4.step3_ratio",
    at="Section 8.2",
    kind="step",
    says="Step 3: the ratio of the means, ((1/m)Σs_i²)/(‖W‖_F²/(mn)), is 2/π, where E‖W‖_F²/(mn) = 1/n",
    tex=r"\frac{2/(\pi n)}{1/n}=\frac{2}{\pi}",
    rests_on=["8.theorem4.scale_average"],
)
def test_step3_ratio(check):
    degree, numerator = mean_of_scale()
    squares, denominator = leading_term([n * magnitude_moment(2) for n in range(1, 9)])  # n² E‖W‖_F²/(mn)
    method = f"leading terms of E s² and of E‖W‖_F²/(mn); {EXACT}"
    check(identity([degree - 3, numerator], [squares - 2, ALPHA**2 * denominator], method, "the ratio is 2/π"))


@claim(
    "8.theorem4.dot_product_mean",
    at="Section 8.2",
    kind="step",
    says="E[y·y_T | W] = Σs_i² tends to 2m/(πn), which is of order one when m/n = γ",
    tex=r"\sum_i s_i^2\to\frac{2m}{\pi n}",
    rests_on=["8.theorem4.step1", "8.theorem4.scale_average"],
)
def test_dot_product_mean(check):
    degree, leading = mean_of_scale()
    method = f"exponent of n, and leading coefficient, of m E s² at m = n; {EXACT}"
    check(identity([degree - 3 + 1, leading], [0, ALPHA**2], method, "of order one, with the limit 2/π at m = n"))


@claim(
    "8.theorem4.fluctuations",
    at="Section 8.2",
    kind="step",
    says="When m/n = γ the quadratic forms fluctuate by O(1/√n) around their means: their standard deviations at m = n "
    "for x̂ with equal entries",
    tex=r"\sqrt{\mathrm{Var}\,Q}=O(1/\sqrt{n}),\quad Q\in\{\|y\|^2,\|y_T\|^2,y\cdot y_T\}",
    note="Appendix B.1 states the weaker O(n^(−1/2+ε)).",
    rests_on=["B.levy"],
)
@pytest.mark.parametrize("form", [0, 1, 2], ids=["‖y‖²", "‖y_T‖²", "y·y_T"])
def test_fluctuations(check, form):
    # m = n independent rows; n⁵ times the variance of each one's n y², n y_T² or n y y_T is a polynomial in n
    degree, _ = leading_term([equal_input_variances(n)[form] * n**5 for n in range(1, 9)])
    method = f"exponent of n in the standard deviation, m = n, equal entries; {EXACT}"
    check(at_most("-0.5"), proof(Fraction(degree - 5 - 1, 2), method))


def truncated_mean():
    """E[n y y_T; τ² ≤ 2] = E[τ²; τ² ≤ 2] ≥ E τ² − E τ⁴/2."""
    slack = [n**2 * sum_moment(n, 2) - sum_moment(n, 4) / 2 - flint.fmpq(2, 5) * n**4 for n in range(16, 21)]
    method = f"least forward difference at n = 16, a polynomial in n; {EXACT}"
    return at_least("0", "E[n y y_T; τ² ≤ 2] ≥ 2/5 for n ≥ 16"), proof(lowest_difference(slack), method)


def row_rate():
    """Per row at λ = 1/25, n ≥ 16, from the truncated mean and fourth moments.

    e^(−λt) ≤ 1 − λt + λ²t²e^(λ|t|)/2 at t = n y y_T, then Cauchy and Schwarz. Even moments of Σ σ_j x_j are at most a
    normal variable's, and E (√v g)⁴ exp(λv g²) = 3v²(1 − 2λv)^(−5/2); v = 1 for √n y, τ² ≤ 2 for √n y_T.
    """
    rate, mean = BALL.number(Fraction(1, 25)), BALL.number(Fraction(2, 5))
    original, quantised = (3 * v**2 / (1 - 2 * rate * v).sqrt() ** 5 for v in (1, 2))
    return -(1 - rate * mean + rate**2 / 2 * (original * quantised).sqrt()).log()


def scale_rate():
    """Per n: τ² ≤ χ²_n/n, and Pr(χ²_n > 2n) ≤ min over λ of e^(−2λn)(1 − 2λ)^(−n/2), at λ = 1/4."""
    return BALL.number(Fraction(1, 2)) + (1 - BALL.number(Fraction(1, 2))).log() / 2


def limiting_rate():
    """Per row as n → ∞: min over λ of E exp(−λXY) = √(1 − ρ²) for a standard normal pair, a Gaussian integral."""
    return -(1 - mean_magnitude() ** 2).log() / 2


def slowest_rate():
    """Per n at m = √n, n = 10⁶⁰: Pr ≥ Pr(every row negative) = P_flip^m, so that it is at most −log(P_flip)/√n."""
    flip = 2 * orthant_moment(0, 0, -mean_magnitude(), 0, 0)
    return (-flip.log() / BALL.number(10) ** 30).union(BALL.number(0))


def positive(rate, least="0"):
    return lambda: (more_than(least, "a positive rate"), ball(rate, rate.__doc__))


ROOT = {
    "mean": truncated_mean,
    "rows": positive(row_rate),
    "row scales": positive(scale_rate),
    "limit of the rate": positive(limiting_rate),
}


@claim(
    "8.theorem4.positive_root",
    at="Section 8.2",
    kind="step",
    says="Pr(y·y_T < 0) ≤ 2exp(−Ω(n)) when m/n = γ, so that the positive root √(2/π) applies. With τ = √n s it "
    "is at most E[exp(−λn y y_T); τ² ≤ 2]^m + m Pr(τ² > 2), and both terms vanish exponentially, for every unit x̂",
    tex=r"\Pr(y\cdot y_T<0)\leq\mathbb{E}\big[e^{-\lambda ny_iy_{T,i}}\mathbf{1}_{\tau_i^2"
    r"\leq2}\big]^m+m\Pr(\tau_i^2>2)\leq2e^{-\Omega(n)}",
    note="The rate is proportional to m: with m/n → 0, which Assumption A3′ allows, the probability is at least "
    "0.206^m and no exponential in n. That it vanishes, which is all the theorem needs, only takes m → ∞.",
    primary="m/n = γ",
    rests_on=["8.theorem4.dot_product_mean", "B.levy"],
)
@pytest.mark.parametrize(
    "part",
    [
        *(pytest.param(part, id=f"m/n = γ-{name}", marks=reading("m/n = γ")) for name, part in ROOT.items()),
        pytest.param(positive(slowest_rate, "1e-20"), id="m/n = O(1)-rate per n", marks=reading("m/n = O(1)")),
    ],
)
def test_positive_root(check, part):
    check(*part())
