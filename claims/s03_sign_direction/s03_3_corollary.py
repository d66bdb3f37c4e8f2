"""Section 3.3: sign is the dominant directional component."""

import math
from fractions import Fraction
from functools import cache, partial, reduce
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import example, given
from verdicts import (
    at_least,
    at_most,
    ball,
    claim,
    exactly,
    identity,
    instances,
    less_than,
    more_than,
    printed,
    proof,
    reading,
    readings,
    tries,
    twin,
    worst,
)

from claims.drawn_vectors import DIMENSIONS, FORTY_AT_ONCE, batches, searching, seeded
from claims.independent_noise import noise_moments
from claims.s03_sign_direction.random_sign_bounds import TwoMagnitudes, least_of, share_inside, tail_exponent
from claims.weight_moments import (
    absolute_gaussian_mean,
    gamma_moments,
    gamma_symbols,
    law_symbols,
    of_gamma_squares,
    sign_energy_moments,
)
from claims.width_bounds import TAYLOR
from theorems.arithmetic.contexts import BALL, SERIES
from theorems.arithmetic.expansions import expand, range_over
from theorems.arithmetic.rational_functions import decay_order, indeterminates, limit_at_infinity
from theorems.formulas.asymmetry import chord_ratio, sign_moments, transverse_ratio
from theorems.formulas.sign_direction import (
    directional_cosine,
    nakagami_sign_energy,
    pareto_random_sign_energy,
    random_sign_energy_leading_order,
    sign_energy_limit,
)
from theorems.weight_laws import LAPLACE, RADEMACHER, UNIFORM, nakagami, pareto

LAWS = {"uniform": UNIFORM, "Laplace": LAPLACE, "Rademacher": RADEMACHER, "Nakagami 0.1": nakagami("0.1")}


CAPTURED = [("Gaussian", "Gaussian weights", lambda: absolute_gaussian_mean() ** 2)] + [
    (name, "the laws that the corollary names", partial(sign_energy_limit, law, BALL)) for name, law in LAWS.items()
]


@claim(
    "3.corollary1",
    at="Corollary 1",
    also_at=["Section 3.3"],
    says="For i.i.d. symmetric weights with E[w⁸] < ∞, the signs capture 2/π ≈ 63.7% of directional energy",
    tex=r"\frac{(\mathbb{E}|w|)^2}{\mathbb{E}[w^2]}=\frac{2}{\pi}\approx63.7\%",
    rests_on=["3.fact1"],
    primary="the laws that the corollary names",
    note="2/π is the Gaussian value. Fact 1, which the corollary cites, gives (E|w|)²/E[w²], which is 3/4 for uniform, "
    "1/2 for Laplace and 1 for Rademacher weights, all with E[w⁸] < ∞. By hand: (1/2)²/(1/3), 1²/2 and 1²/1.",
    instead="3.corollary1.range",
)
@pytest.mark.parametrize("share", [pytest.param(share, id=law, marks=reading(which)) for law, which, share in CAPTURED])
def test_directional_energy_of_the_signs(check, share):
    check(printed("63.7%"), ball(share, "(E|w|)²/E[w²] from the moments of the law, of a normal one by quadrature"))


def largest_share():
    return exactly(1), ball(lambda: sign_energy_limit(RADEMACHER, BALL), "(E|w|)²/E[w²] from the moments")


def least_share():
    from sympy import Rational, Symbol, gamma, limit

    k = Symbol("k", positive=True)
    # (E|w|)²/E[w²] = Γ(k + 1/2)²/(Γ(k)²k), with Γ(k) = Γ(k + 1)/k
    value = limit((gamma(k + Rational(1, 2)) / gamma(k + 1)) ** 2 * k, k, 0)
    return exactly(0), proof(Fraction(str(value)), "limit of (E|w|)²/E[w²] as the shape tends to 0")


@claim(
    "3.corollary1.range",
    at="Corollary 1",
    kind="extension",
    says="Over symmetric laws with all moments the captured share takes values as near to 0 as one likes, and up to 1",
    tex=r"\inf\frac{(\mathbb{E}|w|)^2}{\mathbb{E}[w^2]}=0,\quad\max\frac{(\mathbb{E}|w|)^2}{\mathbb{E}[w^2]}=1",
    rests_on=["3.fact1"],
)
@pytest.mark.parametrize("end", [least_share, largest_share], ids=["w² Gamma, shape → 0", "Rademacher"])
def test_range_of_the_share(check, end):
    check(*end())


MORE_THAN_MAGNITUDES = "more than magnitudes under random signs hold"


def leading_share(first, second, fourth, n):
    """The leading order of Proposition 2 over the limit of Fact 1."""
    return fourth / (n * second**2) / (first**2 / second)


def in_the_limit():
    first, second, _, fourth, n = law_symbols()
    accepted = less_than("1", stated="dominates: magnitudes over signs below 1")
    limit = limit_at_infinity(leading_share(first, second, fourth, n), n)
    return accepted, proof(limit, "limit of Proposition 2's leading order over Fact 1's, every law")


def of_gamma_law():
    a, k, n = gamma_symbols()
    first, second, _, fourth = gamma_moments(a, k)
    share = n * of_gamma_squares(k, n)[0] / sign_energy_moments()[0]
    over = limit_at_infinity(share / leading_share(first, second, fourth, n), n)
    accepted = exactly(1, stated="magnitudes over signs are as the two leading orders")
    return accepted, proof(over, "limit of the ratio of the exact means over that of the leading orders")


def at_2048(shape):
    def difference(shape):
        k = BALL.number(shape)
        return nakagami_sign_energy(k, 2048, BALL) - 2048 * of_gamma_squares(k, 2048)[0]

    method = "difference of the exact means of cos² at n = 2048, w² Gamma of that shape"
    accepted = more_than("0", stated="dominates: more than magnitudes")
    return lambda: (accepted, instances(difference, at=[shape], method=method))


def of_half(shape):
    accepted = more_than("50%", stated="dominates: more than half")
    evidence = ball(lambda: sign_energy_limit(nakagami(shape), BALL), f"(E|w|)²/E[w²], w² Gamma of shape {shape}")
    return lambda: (accepted, evidence)


DOMINANT = [
    ("every law", MORE_THAN_MAGNITUDES, in_the_limit),
    ("w² Gamma of every shape", MORE_THAN_MAGNITUDES, of_gamma_law),
    *((shape, MORE_THAN_MAGNITUDES, at_2048(shape)) for shape in ("0.1", "0.5", "1", "10")),
    ("0.5", "more than half of the energy, Gaussian weights", of_half("0.5")),
    ("0.1", "more than half of the energy, every law that the corollary names", of_half("0.1")),
]


@claim(
    "3.corollary1.dominant",
    at="Section 3.3",
    also_at=["Corollary 1"],
    kind="wording",
    says="The signs dominate direction",
    rests_on=["3.fact1", "3.proposition2"],
    primary=MORE_THAN_MAGNITUDES,
    note="That is the comparison the corollary makes. The signs hold less than half of the energy for w² Gamma of "
    "shape 0.1, symmetric with all moments: 24.5% in the limit, the exact finite-n mean being L + (1 − L)/n.",
    instead="3.corollary1.range",
)
@pytest.mark.parametrize(
    "evidence", [pytest.param(found, id=f"{which}-{law}", marks=reading(which)) for law, which, found in DOMINANT]
)
def test_signs_dominate(check, evidence):
    check(*evidence())


HALF = Fraction(1, 2)


def bound_of_every_law(second, fourth, n, half):
    """4μ₄/(nμ₂²) where Σw² ≥ nμ₂/2, and elsewhere, by cos² ≤ 1, e^(−cn) ≤ 2/(cn)² with c = μ₂²/(8μ₄)."""
    return share_inside(half) * fourth / (n * second**2) + 2 / tail_exponent(second, fourth, n, half) ** 2


def order_for_every_law():
    _, second, _, fourth, n = law_symbols()
    order = decay_order(bound_of_every_law(second, fourth, n, HALF), n)
    return at_least("1", stated="O(1/n): of order 1/n or smaller"), proof(order, bound_of_every_law.__doc__)


def margin_of_the_bound(law, energy):
    def margin(n):
        moments = (law.absolute_moment(order, BALL) for order in (2, 4))
        return bound_of_every_law(*moments, n, BALL.number(HALF)) - energy(n)

    method = "bound less exact mean, by binomial sums or rigorous quadrature"
    return lambda: (more_than("0", stated="a bound"), least_of(margin, [10, 100, 1000, 10**4], method))


def share_over_its_limit(n):
    def share(n):
        return pareto_random_sign_energy(9, n) / random_sign_energy_leading_order(pareto(9), n, BALL)

    accepted = at_most("1", stated="n·E cos² at most its limit")
    return lambda: (accepted, instances(share, at=[n], method="Pareto magnitudes of index 9, rigorous quadrature"))


OFTEN = TwoMagnitudes(100, Fraction(1, 100))
SHARES = {
    "every law": order_for_every_law,
    "bound, two magnitudes": margin_of_the_bound(OFTEN.law(), OFTEN.random_sign_energy),
    "bound, Pareto index 9": margin_of_the_bound(pareto(9), partial(pareto_random_sign_energy, 9)),
} | {str(n): share_over_its_limit(n) for n in (100, 10**4, 10**6)}


@claim(
    "3.corollary1.magnitude",
    at="Corollary 1",
    says="Magnitudes with random signs provide O(1/n) directional information",
    tex=r"\mathbb{E}\cos^2(w,s\odot|w|)=O(1/n)",
    rests_on=["3.proposition2", "C.good_event.bound", "C.chernoff.exponent"],
)
@pytest.mark.parametrize("evidence", SHARES.values(), ids=SHARES)
def test_magnitudes_hold_little(check, evidence):
    check(*evidence())


def outside(x, half, exp):
    """Where Σw² < nE[w²]/2, by cos² ≤ 1 and Chernoff's bound, in terms of x = nE[w²]²/E[w⁴]: as n at unit moments."""
    return x * exp(-tail_exponent(1, 1, x, half))


def largest_outside():
    import sympy

    x = sympy.Symbol("x")
    share = outside(x, HALF, sympy.exp)
    stated = (1 - x / 8) * sympy.exp(-x / 8)
    method = "slope of x·exp(−x/8), positive before x = 8 and negative after, and the value there"
    return [identity([share.diff(x), share.subs(x, 8)], [stated, 8 / sympy.E], method)]


def exponent_by_x():
    _, second, _, fourth, n = law_symbols()
    found = tail_exponent(second, fourth, n, HALF)
    return [identity(found, n * second**2 / fourth / 8, "Chernoff's exponent of every law, in symbols", "x/8")]


def sum_of_both(accepted):
    def total():
        half = BALL.number(HALF)
        return share_inside(half) + outside(BALL.number(8), half, BALL.exp)

    return lambda: (accepted, ball(total, "4 where Σw² ≥ nE[w²]/2 and 8/e elsewhere"))


CONSTANTS = {
    "exponent": exponent_by_x,
    "largest outside": largest_outside,
    "sum": sum_of_both(printed("6.943")),
    "sum below 7": sum_of_both(at_most("7")),
}


@claim(
    "3.corollary1.magnitude.constant.bound",
    at="Corollary 1",
    kind="extension",
    says="For every law with E[w⁴] < ∞ and every n, n·E cos² E[w²]²/E[w⁴] is at most 4 on the event "
    "Σw² ≥ nE[w²]/2 and at most 8/e outside it, together 4 + 8/e ≈ 6.943, less than 7",
    tex=r"4+\max_x x\,e^{-x/8}=4+\frac{8}{e}<7",
    rests_on=["C.good_event.bound", "C.chernoff.exponent"],
)
@pytest.mark.parametrize("evidence", CONSTANTS.values(), ids=CONSTANTS)
def test_bound_of_the_constant(check, evidence):
    check(*evidence())


@cache
def log_binomials(n):
    """Log of n over k for k from 0 to n."""
    log_factorials = np.array([math.lgamma(k + 1) for k in range(n + 1)])
    return log_factorials[n] - log_factorials - log_factorials[::-1]


def two_valued_laws(n, generator):
    """n and forty laws of w²: 1 with some probability, otherwise one ratio in [0, 1], zero and nearly zero included."""
    ratios = np.where(generator.random(40) < 0.3, 0.0, 10.0 ** generator.uniform(-9, 0, 40))
    chances = 1 / (1 + np.exp(generator.uniform(-13, 13, 40)))
    return n, ratios, chances


@claim(
    "3.corollary1.magnitude.constant",
    at="Corollary 1",
    kind="extension",
    says="For every law with E[w⁴] < ∞ and every n, n·E cos² ≤ 7 E[w⁴]/E[w²]², even if cos² = 1 where w = 0",
    tex=r"n\,\mathbb{E}\cos^2(w,s\odot|w|)\leq\frac{7\,\mathbb{E}[w^4]}{(\mathbb{E}[w^2])^2}",
    rests_on=["3.corollary1.magnitude", "3.corollary1.magnitude.constant.bound"],
    note="A search over laws of two values, forty at once.",
)
@searching
@example(drawn=(4, np.array([0.0, 0.0]), np.array([0.5, 0.1])))
@given(drawn=seeded(two_valued_laws, DIMENSIONS))
def test_constant_of_the_magnitudes(drawn):
    tries(len(drawn[1]))
    n, ratio, chance = drawn[0], drawn[1][:, None], drawn[2][:, None]
    large = np.arange(n + 1)  # how many of the n squares are 1, binomial; the others are `ratio`
    mass = np.exp(log_binomials(n) + large * np.log(chance) + (n - large) * np.log1p(-chance))
    total, squares = large + (n - large) * ratio, large + (n - large) * ratio**2
    energy = np.sum(mass * np.where(total > 0, squares / np.where(total > 0, total, 1) ** 2, 1), axis=1)
    mean, square = chance + (1 - chance) * ratio, chance + (1 - chance) * ratio**2
    margin = np.min(twin(7, 1) * (square / mean**2)[:, 0] - n * energy)
    worst(margin / n)
    assert margin >= 0


@claim(
    "3.corollary1.region",
    at="Section 3.3",
    kind="wording",
    says="The signs determine the directional region: vectors of the same signs are less than 90° apart",
)
def test_same_signs(check):
    u, v = indeterminates("u,v")  # |u| and |v|
    method = "one entry's part of u·v where both have its sign: every part is positive"
    check(identity([(sign * u) * (sign * v) for sign in (1, -1)], u * v, method))


@claim(
    "3.corollary1.region.vectors",
    at="Section 3.3",
    kind="extension",
    says="Vectors of the same signs are less than 90° apart, in every dimension and at every scale",
    tex=r"\mathrm{sign}(u)=\mathrm{sign}(v)\ \Rightarrow\ u\cdot v>0",
    rests_on=["3.corollary1.region"],
    note=FORTY_AT_ONCE,
)
@searching
@given(drawn=batches(3, dimensions=DIMENSIONS[1:]))
def test_signs_determine_a_region(drawn):
    tries(len(drawn[0]))
    u, v, s = np.abs(drawn[0]), np.abs(drawn[1]), np.sign(drawn[2])
    others = s * np.append(twin(1, -1), np.ones(s.shape[1] - 1))
    least = np.min(directional_cosine(s * u, others * v))
    worst(least)
    assert least > 0


def projection_and_remainder():
    """cos²(w, sign w), and the spread of |w| about its mean over ‖w‖², from n, ‖w‖₁ and ‖w‖² of a w without zeros."""
    n, total, energy = indeterminates("n,l1,l2")
    mean = total / n
    spread = energy - 2 * mean * total + n * mean**2
    return [identity(total**2 / (n * energy) + spread / energy, 1, "for every w without zeros, from n, ‖w‖₁ and ‖w‖²")]


def shares_of_the_corollary():
    return exactly(1), ball(lambda: absolute_gaussian_mean() ** 2, "2/π plus the limit 0 of 3/(n+2)")


@claim(
    "3.corollary1.complementary",
    at="Section 3.3",
    kind="wording",
    says="Signs and magnitudes are complementary: what the signs do not capture is what the magnitudes refine",
    rests_on=["3.fact1.norm_ratio", "3.fact1.gaussian", "3.proposition2.gaussian"],
    primary="projection on sign(w) and remainder",
    note="The energy outside sign(w) is the spread of the magnitudes, Var|w|/E[w²] = 1 − 2/π for Gaussian weights. It "
    "is not the O(1/n) that magnitudes have under random signs: those two shares of the corollary do not add up to "
    "one.",
)
@readings(
    "total",
    {
        "projection on sign(w) and remainder": projection_and_remainder,
        "the corollary's two shares": shares_of_the_corollary,
    },
)
def test_complementary_shares(check, total):
    check(*total())


EDGES = ["0.02", "0.05", "0.1", "0.2", "0.4", "0.70711"]  # of √p, up to √(1/2)


def against_the_shift(ratio):
    """Against δ·sign(W) at every p in (0, 1/2)."""

    def everywhere():
        def of_root(s):
            return ratio(s, SERIES)

        edges = [BALL.number(edge) for edge in EDGES]
        near_zero = expand(of_root, 1, edges[0])(BALL.number(0).union(edges[0]))
        pieces = (range_over(of_root, lower, upper, 64, 3) for lower, upper in pairwise(edges))
        return reduce(lambda found, piece: found.union(piece), pieces, near_zero)

    return ball(everywhere, TAYLOR)


def against_jitter(p):
    """Against ±2√p·W with independent random signs."""

    def ratio():
        s = BALL.number(p).sqrt()
        return sign_moments(s, BALL).transverse_energy() / noise_moments(s, BALL).transverse_energy()

    return ball(ratio, f"second moments of bivariate normal pre-activations at p = {p}")


FIRST_ORDER, BY_DEFINITION_1 = "the model (A4)", "magnitude-type by Definition 1"
ACTUAL = "the model (A4), actual output difference"
DAMAGE = [
    (FIRST_ORDER, FIRST_ORDER, against_the_shift(transverse_ratio)),
    (ACTUAL, ACTUAL, against_the_shift(chord_ratio)),
    *((f"{BY_DEFINITION_1}-{p}", BY_DEFINITION_1, against_jitter(p)) for p in ("0.01", "0.1")),
]


@claim(
    "3.corollary1.damage",
    at="Section 3.3",
    says="Sign flips are more damaging to network outputs than magnitude perturbations of equal norm",
    tex=r"\|P_{y^\perp}\Delta y^{\mathrm{sign}}\|^2>\|P_{y^\perp}\Delta y^{\mathrm{mag}}\|^2",
    rests_on=["6.theorem3", "6.theorem3.closed_form"],
    primary="the model (A4)",
    note="It holds for the constant shift (A4), to first order and for the actual difference of normalised outputs. "
    "Definition 1 also calls ΔW = ±2√p·W with independent random signs magnitude-type (it keeps every sign for p < 1/4 "
    "and has the same norm). Its error is uncorrelated with the output, so that more of it is transverse than of sign "
    "flips.",
    instead="2.5.definition1.jitter",
)
@pytest.mark.parametrize("ratio", [pytest.param(value, id=id, marks=reading(which)) for id, which, value in DAMAGE])
def test_sign_flips_do_more_damage(check, ratio):
    check(more_than("1", stated="far more damaging"), ratio)
