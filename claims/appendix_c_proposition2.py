"""Appendix C: from almost sure to L¹ convergence in Proposition 2."""

from fractions import Fraction
from itertools import product
from math import comb

import pytest
from flint import arb
from verdicts import at_least, ball, claim, exactly, identity, instances, less_than, more_than, proof, readings, text

from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import indeterminates, limit_at_infinity
from theorems.formulas.sign_direction import pareto_random_sign_energy, random_sign_energy_leading_order
from theorems.integrals.gaussian_integrals import gaussian_expectation
from theorems.weight_laws import pareto

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


def of_gaussian():
    return 2 * gaussian_expectation(lambda x: x**8, 0, None, (1, 8))


def of_sub_gaussian():
    # ∫ 8t⁷ Pr(|w| > t)dt ≤ ∫ 16t⁷ exp(−t²/2)dt, in units of the standard normal density
    return 16 * BALL.sqrt(2 * BALL.pi) * gaussian_expectation(lambda t: t**7, 0, None, (1, 7))


@claim(
    "C.eighth_moment.gaussian",
    at="Appendix C.1",
    kind="step",
    says="E[w⁸] < ∞ for Gaussian and all sub-Gaussian laws",
    tex=r"\mathbb{E}[w_1^8]<\infty",
)
@pytest.mark.parametrize("bound", [of_gaussian, of_sub_gaussian], ids=["Gaussian", "every law with tail 2exp(−t²/2)"])
def test_eighth_moment(check, bound):
    check(
        more_than("0", stated="finite"), ball(lambda: 1 / bound(), "one over a bound on E[w⁸], by rigorous quadrature")
    )


# C.1 Good event


@claim(
    "C.good_event.bound",
    at="Appendix C.1",
    kind="step",
    says="On the event S ≥ nμ₂/2, nT/S² ≤ 4T/(nμ₂²)",
    tex=r"\frac{nT_n}{S_n^2}\leq\frac{4T_n}{n\mu_2^2}",
)
def test_bound_on_the_good_event(check):
    n, mean, total, squares = indeterminates("n,mean,S,T")
    margin = 4 * squares / (n * mean**2) - n * squares / total**2
    stated = squares * (2 * total - n * mean) * (2 * total + n * mean) / (n * mean**2 * total**2)
    check(identity(margin, stated, "in symbols", "the margin has the sign of 2S − nμ₂"))


def second_moment(n, fourth, eighth):
    """E T² from E[w_j⁴ w_k⁴] for each pair of terms."""
    return sum(eighth if j == k else fourth**2 for j, k in product(range(n), repeat=2))


PAIRS = "n²E(T/n)² over all pairs of n = 1, 2, 3 terms, polynomials in n of degree 2; every law, by its moments"


@claim(
    "C.second_moment",
    at="Appendix C.1",
    kind="step",
    says="E[(T/n)²] = μ₄² + Var(w⁴)/n",
    tex=r"\mathbb{E}[(T_n/n)^2]=\mu_4^2+\frac{\mathrm{Var}(w_1^4)}{n}",
)
def test_second_moment_of_the_average(check):
    moments = fourth, eighth = indeterminates("m4,m8")
    sizes = range(1, 4)
    stated = [n**2 * fourth**2 + n * (eighth - fourth**2) for n in sizes]
    check(identity([second_moment(n, *moments) for n in sizes], stated, PAIRS))


@claim(
    "C.uniform_bound",
    at="Appendix C.1",
    kind="step",
    says="E[(T/n)²] ≤ μ₄² + E[w⁸]/n, bounded uniformly in n: the difference is μ₄²/n",
    tex=r"\mathbb{E}[(T_n/n)^2]\leq\mu_4^2+\frac{\mathbb{E}[w_1^8]}{n}",
    rests_on=["C.second_moment"],
)
def test_uniform_bound(check):
    moments = fourth, eighth = indeterminates("m4,m8")
    sizes = range(1, 4)
    margins = [n**2 * fourth**2 + n * eighth - second_moment(n, *moments) for n in sizes]
    check(identity(margins, [n * fourth**2 for n in sizes], PAIRS, "bound less E[(T/n)²] is μ₄²/n"))


def distance_in_two_parts():
    average, fourth_average, mean, fourth = indeterminates("s,a,mean,fourth")
    first = fourth_average * (mean - average) * (mean + average) / (average**2 * mean**2)
    distance = fourth_average / average**2 - fourth / mean**2
    return distance, first + (fourth_average - fourth) / mean**2, "in symbols", "the triangle inequality's two parts"


def factor_of_the_first_part():
    mean, excess = indeterminates("mean,t")
    average = mean / 2 + excess
    margin = 6 * average**2 - mean * (average + mean)
    return margin, excess * (5 * mean + 6 * excess), "S/n = μ₂/2 + t with t ≥ 0", "(S/n + μ₂)/(S/n)² ≤ 6/μ₂"


@claim(
    "C.good_event.distance",
    at="Appendix C.1",
    kind="extension",
    says="On the event S ≥ nμ₂/2, |nT/S² − μ₄/μ₂²| ≤ 6(T/n)|S/n − μ₂|/μ₂³ + |T/n − μ₄|/μ₂²",
    tex=r"\left|\frac{nT_n}{S_n^2}-\frac{\mu_4}{\mu_2^2}\right|\leq\frac{6}{\mu_2^3}\frac{T_n}{n}"
    r"\left|\frac{S_n}{n}-\mu_2\right|+\frac{1}{\mu_2^2}\left|\frac{T_n}{n}-\mu_4\right|",
)
@pytest.mark.parametrize(
    "sides", [distance_in_two_parts, factor_of_the_first_part], ids=["two parts", "factor of the first"]
)
def test_distance_on_the_good_event(check, sides):
    check(identity(*sides()))


def any_law():
    """E w², E w⁴ and E w⁸, and n."""
    return indeterminates("m2,m4,m8,n")


def good_event_bounds(second, fourth, eighth, n):
    """Bounds on the terms of E[|nT/S² − μ₄/μ₂²|; S ≥ nμ₂/2] and on the loss outside, for every law, by its moments.

    By `C.good_event.distance`, Cauchy and Schwarz, the squares of the first two terms are bounded by the variances of
    the averages; the third is (μ₄/μ₂²)·Pr(S < nμ₂/2), by Chebyshev.
    """
    energy_variance, fourth_variance = (fourth - second**2) / n, (eighth - fourth**2) / n
    product_squared = 36 / second**6 * (fourth**2 + fourth_variance) * energy_variance
    return product_squared, fourth_variance / second**4, fourth / second**2 * 4 * energy_variance / second**2


def limits(bounds):
    """As n → ∞, whatever the moments of the law."""
    *_, n = any_law()
    return [limit_at_infinity(bound, n) for bound in bounds]


SIZES = [1, 2, 5, 10, 100]
MOMENTS = Fraction(5, 2), Fraction(17, 2), Fraction(257, 2)  # E w², E w⁴ and E w⁸ for |w| = 1 or 2
TWO_MAGNITUDES = "bound less the exact binomial sum, magnitudes 1 and 2, n = 1, 2, 5, 10 and 100"


def two_magnitudes(n, value, where=lambda energy: True):  # noqa: ARG005
    """E[value(S, T); where(S)] for |w| = 1 or 2 with probability 1/2 each, exactly."""
    outcomes = [(comb(n, k), Fraction(n + 3 * k), Fraction(n + 15 * k)) for k in range(n + 1)]
    return sum(ways * value(energy, fourth) for ways, energy, fourth in outcomes if where(energy)) / Fraction(2**n)


def margins_on_the_good_event(n):
    """Of the three bounds; the first two are on squares."""
    mean, fourth, _ = MOMENTS
    first = two_magnitudes(n, lambda s, t: 6 / mean**3 * (t / n) * abs(s / n - mean))
    second = two_magnitudes(n, lambda _, t: abs(t / n - fourth) / mean**2)
    outside = two_magnitudes(n, lambda *_: fourth / mean**2, lambda s: 2 * s < n * mean)
    bounds = good_event_bounds(*MOMENTS, Fraction(n))
    return [bound - exact for bound, exact in zip(bounds, (first**2, second**2, outside), strict=True)]


def bounds_on_the_good_event():
    found = instances(lambda n: min(margins_on_the_good_event(n)), SIZES, TWO_MAGNITUDES)
    return at_least("0", stated="bounds: each at least the exact term"), found


def bounds_vanish():
    method = "limits of the bounds on the distance, every law with E[w⁸] < ∞"
    return [identity(limits(good_event_bounds(*any_law())), 0, method, "→")]


def exact_distances():
    mean, fourth, _ = MOMENTS

    def scaled_distance(n):
        value = two_magnitudes(n, lambda s, t: n * t / s**2, lambda s: 2 * s >= n * mean)
        return n * abs(value - fourth / mean**2)

    accepted = less_than("1", stated="→: distance below 1/n")
    return accepted, instances(scaled_distance, [10, 100, 400], "exact binomial sums, magnitudes 1 and 2")


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
@pytest.mark.parametrize(
    "step",
    [bounds_vanish, bounds_on_the_good_event, exact_distances],
    ids=["every law", "bounds, two magnitudes", "two magnitudes"],
)
def test_limit_on_the_good_event(check, step):
    check(*step())


# C.2 Bad event


@claim(
    "C.energy_bound",
    at="Appendix C.2",
    kind="step",
    says="T ≤ S², so that nT/S² ≤ n",
    tex=r"T_n\leq S_n^2",
)
def test_sum_of_squares_is_below_the_square_of_the_sum(check):
    v = indeterminates("v1,v2,v3")
    mixed = 2 * (v[0] * v[1] + v[0] * v[2] + v[1] * v[2])
    method = "three terms in symbols, as no product has more than two"
    check(identity(sum(v) ** 2 - sum(x**2 for x in v), mixed, method, "S² − T, of nonnegative terms"))


def of_exponential():
    import sympy

    x = sympy.Symbol("x")
    margin = 1 - x + x**2 / 2 - sympy.exp(-x)
    found = [margin.subs(x, 0), margin.diff(x).subs(x, 0), margin.diff(x, 2)]
    method = "value and slope at 0, and the second derivative, which is nonnegative for x ≥ 0"
    return identity(found, [0, 0, 1 - sympy.exp(-x)], method, "e^(−x) ≤ 1 − x + x²/2 for x ≥ 0")


def tail_exponent(second, fourth):
    """c in Pr(S < nμ₂/2) ≤ exp(−cn), from E w² and E w⁴."""
    return second**2 / (8 * fourth)


def of_best_rate():
    second, fourth = indeterminates("m2,m4")
    rate = second / (2 * fourth)
    exponent = rate * second / 2 - rate * second + rate**2 * fourth / 2
    method = "E e^(−λS) ≤ (1 − λμ₂ + λ²μ₄/2)ⁿ, with 1 + x ≤ e^x, times e^(λnμ₂/2) at λ = μ₂/(2μ₄)"
    return identity(exponent, -tail_exponent(second, fourth), method, "exponent per n: −μ₂²/(8μ₄)")


def gaussian_tails():
    def margin(n):
        # S is chi-squared with n degrees of freedom
        return (-arb(n) * tail_exponent(arb(1), arb(3))).exp() - (
            1 - (arb(n) / 4).gamma_upper(arb(n) / 2, regularized=1)
        )

    return instances(margin, [1, 10, 100, 1000], "bound less the regularised incomplete gamma function")


def binomial_tails():
    def margin(n):
        # w² = 1 with probability 1/10: S is binomial
        tail = sum(Fraction(comb(n, k) * 9 ** (n - k), 10**n) for k in range(n + 1) if 20 * k < n)
        return (-arb(n) * tail_exponent(*2 * (BALL.number("0.1"),))).exp() - BALL.number(tail)

    return instances(margin, [1, 10, 100, 1000], "bound less the exact binomial tail")


@claim(
    "C.chernoff",
    at="Appendix C.2",
    also_at=["Proposition 2"],
    kind="step",
    says="Pr(S/n < μ₂/2) ≤ exp(−cn) for some c > 0 that depends on the law of w²",
    tex=r"\Pr(S_n/n<\mu_2/2)\leq e^{-cn}",
    rests_on=["C.chernoff.exponent"],
    note="One exponent serves every law: the expansion e^(−x) ≤ 1 − x + x²/2 for x ≥ 0 gives c = μ₂²/(8μ₄), with no "
    "bound on w². It is tried on the exact tails of Gaussian and three-valued weights.",
)
@pytest.mark.parametrize(
    "step",
    [
        pytest.param(lambda: [of_best_rate()], id="every law"),
        pytest.param(lambda: (more_than("0", stated="≤ exp(−cn)"), gaussian_tails()), id="Gaussian"),
        pytest.param(lambda: (more_than("0", stated="≤ exp(−cn)"), binomial_tails()), id="−1, 0, 1"),
    ],
)
def test_lower_tail(check, step):
    check(*step())


@claim(
    "C.chernoff.exponent",
    at="Appendix C.2",
    kind="extension",
    says="For every law of w² ≥ 0 with E[w⁴] < ∞, c = μ₂²/(8μ₄) serves in the Chernoff bound",
    tex=r"\Pr(S_n<n\mu_2/2)\leq\exp\left(-\frac{n\mu_2^2}{8\mu_4}\right)",
)
@pytest.mark.parametrize("step", [of_exponential, of_best_rate], ids=["exponential", "best rate"])
def test_exponent_for_every_law(check, step):
    check(step())


def chernoff():
    def exponent():  # −log E exp(λ(1/2 − w²)) at its best λ = 1/2, w standard normal
        rate = BALL.number("0.5")
        return -(rate / 2 - BALL.log(1 + 2 * rate) / 2)

    return ball(exponent, "Chernoff exponent of a chi-squared sum at λ = 1/2")


def hoeffding():
    (width,) = indeterminates("b")
    return proof(limit_at_infinity(1 / (2 * width**2), width), "Hoeffding's exponent as the range of w² grows")


@claim(
    "C.hoeffding",
    at="Appendix C.2",
    kind="wording",
    says="The bound is Hoeffding's, or Chernoff's: it gives c > 0 for the unbounded w² of a Gaussian",
    primary="Chernoff's",
    note="Hoeffding's inequality for a range [0, b] has exponent μ₂²/(2b²), which is zero for the unbounded w² of a "
    "Gaussian. Chernoff's needs only E exp(−λw²), which is finite for every law (C.chernoff.exponent).",
)
@readings("exponent", {"Chernoff's": chernoff, "Hoeffding's": hoeffding})
def test_named_inequality(check, exponent):
    check(more_than("0", stated="c > 0"), exponent())


def bound_on_bad_event(second, fourth, _, n):
    """n·exp(−cn) ≤ n·2/(cn)² with c of C.chernoff.exponent, for every law by its moments."""
    return n * 2 / (tail_exponent(second, fourth) * n) ** 2


def bound_vanishes():
    return [identity(limits([bound_on_bad_event(*any_law())]), 0, bound_on_bad_event.__doc__, "→")]


def margin_on_the_bad_event(n):
    exact = two_magnitudes(n, lambda s, t: n * t / s**2, lambda s: 2 * s < n * MOMENTS[0])
    return bound_on_bad_event(*MOMENTS, Fraction(n)) - exact


def bound_on_the_bad_event():
    found = instances(margin_on_the_bad_event, SIZES, TWO_MAGNITUDES)
    return at_least("0", stated="a bound: at least the exact term"), found


def exact_bad_events():
    def margin(n):
        # w² = 1 or 9 with probability 1/2 each: μ₂ = 5, μ₄ = 41
        value = sum(
            Fraction(comb(n, k), 2**n) * n * Fraction(n + 80 * k, (n + 8 * k) ** 2)
            for k in range(n + 1)
            if 2 * (n + 8 * k) < 5 * n
        )
        return n * (-arb(n) * tail_exponent(arb(5), arb(41))).exp() - BALL.number(value)

    accepted = more_than("0", stated="≤ n·exp(−cn)")
    return accepted, instances(margin, [10, 100, 400], "bound less the exact binomial sum, magnitudes 1 and 3")


@claim(
    "C.bad_event",
    at="Appendix C.2",
    kind="step",
    says="E[nT/S²; S < nμ₂/2] ≤ n·exp(−cn) → 0",
    tex=r"\mathbb{E}\left[\frac{nT_n}{S_n^2}\mathbf{1}_{G_n^c}\right]\leq ne^{-cn}\to0",
    rests_on=["C.energy_bound", "C.chernoff", "C.chernoff.exponent"],
)
@pytest.mark.parametrize(
    "step",
    [bound_vanishes, bound_on_the_bad_event, exact_bad_events],
    ids=["every law", "bound, two magnitudes", "two magnitudes"],
)
def test_bad_event(check, step):
    check(*step())


def all_bounds_vanish():
    method = "limits of the bounds on both events, every law with E[w⁸] < ∞"
    return [identity(limits([*good_event_bounds(*any_law()), bound_on_bad_event(*any_law())]), 0, method, "→")]


def all_bounds():
    found = instances(lambda n: min(*margins_on_the_good_event(n), margin_on_the_bad_event(n)), SIZES, TWO_MAGNITUDES)
    return at_least("0", stated="bounds: each at least the exact term"), found


def distances_for_pareto():
    def scaled_distance(n):
        return n**2 * abs(pareto_random_sign_energy(9, n) - random_sign_energy_leading_order(pareto(9), n, BALL))

    sizes = [100, 10**4, 10**6, 10**8]
    accepted = less_than("10", stated="→: distance below 10/n")
    return accepted, instances(scaled_distance, sizes, "Laplace transform, rigorous quadrature")


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
@pytest.mark.parametrize(
    "step",
    [all_bounds_vanish, all_bounds, distances_for_pareto],
    ids=["every law", "bounds, two magnitudes", "Pareto magnitudes"],
)
def test_combining(check, step):
    check(*step())
