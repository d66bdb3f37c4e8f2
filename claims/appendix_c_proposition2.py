"""Appendix C: from almost sure to L¹ convergence in Proposition 2."""

from fractions import Fraction
from itertools import product
from math import comb

import pytest
from flint import arb
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from verdicts import ball, claim, exactly, less_than, more_than, proof, text, twin, worst

from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import indeterminates, limit_at_infinity
from theorems.formulas.sign_direction import pareto_random_sign_energy, random_sign_energy_leading_order
from theorems.integrals.gaussian_integrals import gaussian_expectation
from theorems.weight_laws import GAUSSIAN, pareto

searching = settings(deadline=None, max_examples=100)
energies = st.lists(st.integers(0, 40), min_size=1, max_size=8)
STEPS = {  # what the paper prints in each step of its proof of Proposition 2, in part
    1: "Using w|w| = sign(w)w²",
    2: "Conditioning on |w|",
    3: "upgrades a.s. convergence to L¹; full derivation in Appendix C",
    4: "Gaussian exact: the normalized squares are Dirichlet",
}


@claim(
    "C.title",
    at="Appendix C.1",
    kind="wording",
    says="Appendix C gives the detail of Step 4 of the proof of Proposition 2",
    note="The appendix upgrades almost sure convergence to L¹, which is Step 3, and Step 3 is what refers to it. "
    "Step 4 is the exact Gaussian value, which the appendix does not treat.",
    instead="C.title.meant",
)
@pytest.mark.parametrize("words", ["Appendix C", "L¹"], ids=["the step that cites Appendix C", "the step of its goal"])
def test_title(check, words):
    steps = [step for step, said in STEPS.items() if words in said]
    check(exactly(4, stated="Step 4"), text((min(steps), max(steps)), f"steps of the printed proof that say {words}"))


@claim(
    "C.title.meant",
    at="Appendix C.1",
    kind="extension",
    says="Appendix C gives the detail of Step 3 of the proof of Proposition 2",
)
@pytest.mark.parametrize("words", ["Appendix C", "L¹"], ids=["the step that cites Appendix C", "the step of its goal"])
def test_step_that_is_meant(check, words):
    steps = [step for step, said in STEPS.items() if words in said]
    check(exactly(3, stated="Step 3"), text((min(steps), max(steps)), f"steps of the printed proof that say {words}"))


@claim(
    "C.eighth_moment.gaussian",
    at="Appendix C.1",
    kind="step",
    says="E[w⁸] < ∞ for Gaussian and all sub-Gaussian laws",
    tex=r"\mathbb{E}[w_1^8]<\infty",
)
@pytest.mark.parametrize("law", ["Gaussian", "every law with tail 2exp(−t²/2)"])
def test_eighth_moment(check, law):
    def inverse():
        if law == "Gaussian":
            return 1 / (2 * gaussian_expectation(lambda x: x**8, 0, None, (1, 8)))
        # ∫ 8t⁷ Pr(|w| > t)dt ≤ ∫ 16t⁷ exp(−t²/2)dt, in units of the standard normal density
        return 1 / (16 * BALL.sqrt(2 * BALL.pi) * gaussian_expectation(lambda t: t**7, 0, None, (1, 7)))

    check(more_than("0", stated="finite"), ball(inverse, "one over a bound on E[w⁸], by rigorous quadrature"))


# C.1 Good event


@claim(
    "C.good_event.bound",
    at="Appendix C.1",
    kind="step",
    says="On the event S ≥ nμ₂/2, nT/S² ≤ 4T/(nμ₂²)",
    tex=r"\frac{nT_n}{S_n^2}\leq\frac{4T_n}{n\mu_2^2}",
)
@searching
@given(v=energies, mean=st.fractions(min_value=Fraction(1, 100), max_value=100))
@example(v=[1], mean=Fraction(2))
@example(v=[0, 2], mean=Fraction(2))
def test_bound_on_the_good_event(v, mean):
    n, total, squares = len(v), sum(v), sum(x * x for x in v)
    assume(total > 0 and total >= n * mean / 2)
    margin = twin(4, 3) * Fraction(squares) / (n * mean**2) - Fraction(n * squares, total**2)
    worst(float(margin))
    assert margin >= 0


@claim(
    "C.second_moment",
    at="Appendix C.1",
    kind="step",
    says="E[(T/n)²] = μ₄² + Var(w⁴)/n",
    tex=r"\mathbb{E}[(T_n/n)^2]=\mu_4^2+\frac{\mathrm{Var}(w_1^4)}{n}",
)
@pytest.mark.parametrize("n", [1, 2, 5])
def test_second_moment_of_the_average(check, n):
    law = {1: Fraction(1, 2), 2: Fraction(1, 3), 3: Fraction(1, 6)}  # of |w|
    fourth, eighth = (sum(weight * x**order for x, weight in law.items()) for order in (4, 8))
    second = Fraction(0)
    for w in product(law, repeat=n):
        weight = Fraction(1)
        for x in w:
            weight *= law[x]
        second += weight * Fraction(sum(x**4 for x in w), n) ** 2
    residual = second - fourth**2 - (eighth - fourth**2) / n
    check(exactly(0), proof(residual, f"all {3**n} magnitudes of a three-point law, in exact fractions"))


@claim(
    "C.uniform_bound",
    at="Appendix C.1",
    kind="step",
    says="E[(T/n)²] ≤ μ₄² + E[w⁸]/n, bounded uniformly in n, for Gaussian weights",
    tex=r"\mathbb{E}[(T_n/n)^2]\leq\mu_4^2+\frac{\mathbb{E}[w_1^8]}{n}",
    rests_on=["C.second_moment"],
)
@pytest.mark.parametrize("n", [1, 2, 10, 10**6])
def test_uniform_bound(check, n):
    def margin():
        fourth, eighth = GAUSSIAN.absolute_moment(4, BALL), GAUSSIAN.absolute_moment(8, BALL)
        # T = Σw⁴: E T² = n E w⁸ + n(n − 1)(E w⁴)²
        second = (n * eighth + n * (n - 1) * fourth**2) / BALL.number(n) ** 2
        return fourth**2 + eighth / n - second

    check(more_than("0", stated="≤"), ball(margin, "bound less E[(T/n)²], by counting coinciding pairs"))


@claim(
    "C.good_event.distance",
    at="Appendix C.1",
    kind="extension",
    says="On the event S ≥ nμ₂/2, |nT/S² − μ₄/μ₂²| ≤ 6(T/n)|S/n − μ₂|/μ₂³ + |T/n − μ₄|/μ₂²",
    tex=r"\left|\frac{nT_n}{S_n^2}-\frac{\mu_4}{\mu_2^2}\right|\leq\frac{6}{\mu_2^3}\frac{T_n}{n}"
    r"\left|\frac{S_n}{n}-\mu_2\right|+\frac{1}{\mu_2^2}\left|\frac{T_n}{n}-\mu_4\right|",
)
@searching
@given(v=energies, mean=st.integers(1, 40), fourth=st.integers(1, 1600))
@example(v=[1], mean=2, fourth=1)
@example(v=[0, 2], mean=2, fourth=4)
def test_distance_on_the_good_event(v, mean, fourth):
    n, total, squares = len(v), sum(v), sum(x * x for x in v)
    assume(total > 0 and 2 * total >= n * mean)
    average, fourth_average = Fraction(total, n), Fraction(squares, n)
    distance = abs(fourth_average / average**2 - Fraction(fourth, mean**2))
    bound = twin(6, 5) * fourth_average * abs(average - mean) / mean**3 + abs(fourth_average - fourth) / mean**2
    margin = bound - distance
    worst(float(margin))
    assert margin >= 0


def good_event_bounds():
    """Bounds on the terms of E[|nT/S² − μ₄/μ₂²|; S ≥ nμ₂/2] and on the loss outside, for every law, by its moments.

    By `C.good_event.distance`, Cauchy and Schwarz, the squares of the first two terms are bounded by the variances of
    the averages; the third is (μ₄/μ₂²)·Pr(S < nμ₂/2), by Chebyshev.
    """
    second, fourth, eighth, n = indeterminates("m2,m4,m8,n")
    energy_variance, fourth_variance = (fourth - second**2) / n, (eighth - fourth**2) / n
    product_squared = 36 / second**6 * (fourth**2 + fourth_variance) * energy_variance
    return product_squared, fourth_variance / second**4, fourth / second**2 * 4 * energy_variance / second**2


@claim(
    "C.good_event.limit",
    at="Appendix C.1",
    kind="step",
    says="E[nT/S²; S ≥ nμ₂/2] tends to μ₄/μ₂²",
    tex=r"\mathbb{E}\left[\frac{nT_n}{S_n^2}\mathbf{1}_{G_n}\right]\to\frac{\mu_4}{\mu_2^2}",
    rests_on=["C.good_event.bound", "C.uniform_bound", "C.good_event.distance"],
    note="For every law with E[w⁸] < ∞ the distance is bounded by an explicit function of n that vanishes. For "
    "magnitudes 1 and 2 with probability 1/2 each the exact binomial sum is within 1/n of the limit 34/25.",
)
@pytest.mark.parametrize("size", ["every law", 10, 100, 400])
def test_limit_on_the_good_event(check, size):
    if size == "every law":
        _, _, _, n = indeterminates("m2,m4,m8,n")
        largest = max(limit_at_infinity(bound, n) for bound in good_event_bounds())
        check(exactly(0, stated="→"), proof(largest, "limits of the bounds on the distance, every law with E[w⁸] < ∞"))
        return
    n, mean, fourth = size, Fraction(5, 2), Fraction(17, 2)
    value = sum(
        Fraction(comb(n, k), 2**n) * n * Fraction(n + 15 * k, (n + 3 * k) ** 2)
        for k in range(n + 1)
        if n + 3 * k >= n * mean / 2
    )
    distance = n * abs(value - fourth / mean**2)
    check(less_than("1", stated="→: distance below 1/n"), proof(distance, "exact binomial sum"))


# C.2 Bad event


@claim(
    "C.energy_bound",
    at="Appendix C.2",
    kind="step",
    says="T ≤ S², so that nT/S² ≤ n",
    tex=r"T_n\leq S_n^2",
)
@searching
@given(v=energies)
@example(v=[7])
@example(v=[0, 0, 3])
@example(v=[1] * 8)
def test_sum_of_squares_is_below_the_square_of_the_sum(v):
    margin = sum(v) ** 2 - sum(x * x for x in v) * twin(1, Fraction(11, 10))
    worst(float(margin))
    assert margin >= 0


@claim(
    "C.chernoff",
    at="Appendix C.2",
    also_at=["Proposition 2"],
    kind="step",
    says="Pr(S/n < μ₂/2) ≤ exp(−cn) for some c > 0 that depends on the law of w²",
    tex=r"\Pr(S_n/n<\mu_2/2)\leq e^{-cn}",
    note="One exponent serves every law: the expansion e^(−x) ≤ 1 − x + x²/2 for x ≥ 0 gives c = μ₂²/(8μ₄), with no "
    "bound on w². It is tried on the exact tails of Gaussian and three-valued weights.",
)
@pytest.mark.parametrize("n", [1, 10, 100, 1000])
@pytest.mark.parametrize("law", ["Gaussian", "−1, 0, 1"])
def test_lower_tail(check, law, n):
    if law == "Gaussian":  # S is chi-squared with n degrees of freedom; c = 1/24
        evidence = ball(
            lambda: (-arb(n) / 24).exp() - (1 - (arb(n) / 4).gamma_upper(arb(n) / 2, regularized=1)),
            "bound less the regularised incomplete gamma function",
        )
    else:  # w² = 1 with probability 1/10: S is binomial; c = 1/80
        tail = sum(Fraction(comb(n, k) * 9 ** (n - k), 10**n) for k in range(n + 1) if 20 * k < n)
        evidence = ball(lambda: (-arb(n) / 80).exp() - BALL.number(tail), "bound less the exact binomial tail")
    check(more_than("0", stated="≤ exp(−cn)"), evidence)


@claim(
    "C.chernoff.exponent",
    at="Appendix C.2",
    kind="extension",
    says="For every law of w² ≥ 0 with E[w⁴] < ∞, c = μ₂²/(8μ₄) serves in the Chernoff bound",
    tex=r"\Pr(S_n<n\mu_2/2)\leq\exp\left(-\frac{n\mu_2^2}{8\mu_4}\right)",
)
@searching
@given(
    values=st.lists(st.integers(0, 30), min_size=1, max_size=3, unique=True),
    weights=st.lists(st.integers(1, 9), min_size=3, max_size=3),
    n=st.integers(1, 4),
)
@example(values=[0, 30], weights=[9, 1, 1], n=4)
def test_exponent_for_every_law(values, weights, n):
    total = sum(weights[: len(values)])
    law = {v: Fraction(weight, total) for v, weight in zip(values, weights, strict=False)}
    mean, square = (sum(weight * v**power for v, weight in law.items()) for power in (1, 2))
    assume(mean > 0)
    tail = Fraction(0)
    for outcome in product(law, repeat=n):
        if 2 * sum(outcome) < n * mean:
            weight = Fraction(1)
            for v in outcome:
                weight *= law[v]
            tail += weight
    exponent = float(mean**2 / square) * n / 8 * twin(1, 8)
    margin = 2.718281828459045 ** (-exponent) - float(tail)
    worst(margin)
    assert margin > -1e-12


@claim(
    "C.hoeffding",
    at="Appendix C.2",
    kind="wording",
    says="The bound is Hoeffding's, or Chernoff's",
    primary="Chernoff's",
    note="Hoeffding's inequality for a range [0, b] has exponent μ₂²/(2b²), which is zero for the unbounded w² of a "
    "Gaussian. Chernoff's needs only E exp(−λw²), which is finite for every law.",
)
@pytest.mark.parametrize("reading", ["Chernoff's", "Hoeffding's"])
def test_named_inequality(check, reading):
    import sympy

    if reading == "Hoeffding's":
        width = sympy.Symbol("b", positive=True)
        exponent = int(sympy.limit(1 / (2 * width**2), width, sympy.oo))
        check(more_than("0", stated="c > 0"), proof(exponent, "Hoeffding's exponent as the range of w² grows"))
        return

    def exponent():  # −log E exp(λ(1/2 − w²)) at its best λ = 1/2, w standard normal
        rate = BALL.number("0.5")
        return -(rate / 2 - BALL.log(1 + 2 * rate) / 2)

    check(more_than("0", stated="c > 0"), ball(exponent, "Chernoff exponent of a chi-squared sum at λ = 1/2"))


@claim(
    "C.bad_event",
    at="Appendix C.2",
    kind="step",
    says="E[nT/S²; S < nμ₂/2] ≤ n·exp(−cn) → 0",
    tex=r"\mathbb{E}\left[\frac{nT_n}{S_n^2}\mathbf{1}_{G_n^c}\right]\leq ne^{-cn}\to0",
    rests_on=["C.energy_bound", "C.chernoff"],
)
@pytest.mark.parametrize("n", [10, 100, 400])
def test_bad_event(check, n):
    # w² = 1 or 9 with probability 1/2 each: μ₂ = 5, μ₄ = 41, c = 25/328.
    value = sum(
        Fraction(comb(n, k), 2**n) * n * Fraction(n + 80 * k, (n + 8 * k) ** 2)
        for k in range(n + 1)
        if 2 * (n + 8 * k) < 5 * n
    )
    check(
        more_than("0", stated="≤ n·exp(−cn)"),
        ball(lambda: n * (-25 * arb(n) / 328).exp() - BALL.number(value), "bound less the exact binomial sum"),
    )


@claim(
    "C.combining",
    at="Appendix C.2",
    says="n·E[T/S²] tends to μ₄/μ₂²",
    tex=r"n\,\mathbb{E}[T_n/S_n^2]\to\mu_4/\mu_2^2",
    rests_on=["C.good_event.limit", "C.bad_event", "C.chernoff.exponent"],
    note="For every law with E[w⁸] < ∞ the distance is bounded by an explicit function of n that vanishes. For Pareto "
    "magnitudes of index 9, with limit (9/5)/(9/7)² = 49/45, it stays below 10/n. Where S = 0 is possible, see "
    "3.proposition2.atom.",
)
@pytest.mark.parametrize("size", ["every law", 100, 10**4, 10**6, 10**8])
def test_combining(check, size):
    if size == "every law":
        second, fourth, _, n = indeterminates("m2,m4,m8,n")
        exponent = second**2 / (8 * fourth)  # C.chernoff.exponent
        outside = n * 2 / (exponent * n) ** 2  # e^(−x) ≤ 2/x²
        largest = max(limit_at_infinity(bound, n) for bound in (*good_event_bounds(), outside))
        certificate = "limits of the bounds on both events, every law with E[w⁸] < ∞"
        check(exactly(0, stated="→"), proof(largest, certificate))
        return

    def distance():
        excess = pareto_random_sign_energy(9, size) - random_sign_energy_leading_order(pareto(9), size, BALL)
        return size**2 * abs(excess)

    check(less_than("10", stated="→: distance below 10/n"), ball(distance, "Laplace transform, rigorous quadrature"))
