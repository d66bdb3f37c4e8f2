"""Section 3.2: magnitude with random signs is uninformative."""

from fractions import Fraction
from functools import cache, partial
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given
from verdicts import (
    agrees,
    ball,
    claim,
    exactly,
    identity,
    instances,
    less_than,
    more_than,
    proof,
    reading,
    readings,
    tries,
    twin,
    worst,
)

from claims.drawn_vectors import FORTY_AT_ONCE, batches, searching
from claims.s03_sign_direction.random_sign_bounds import TwoMagnitudes, least_of, share_inside, tail_exponent
from claims.weight_moments import (
    gamma_moments,
    gamma_symbols,
    of_gamma_squares,
)
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import indeterminates, limit_at_infinity
from theorems.formulas.sign_direction import (
    pareto_random_sign_energy,
    random_sign_cosine,
    random_sign_energy_leading_order,
)
from theorems.formulas.spherical import sphere_moment
from theorems.weight_laws import pareto


@claim(
    "3.proposition2.step1",
    at="Proposition 2",
    kind="step",
    says="cos(w, s⊙|w|) = Σ c w² / Σ w² with c = s·sign(w)",
    tex=r"\cos(w,s\odot|w|)=\frac{\sum_jc_jw_j^2}{\sum_jw_j^2}",
)
def test_signed_energies(check):
    (size,) = indeterminates("size")  # |w|
    products = [((sign * size) * (s * size), (s * sign) * size**2) for sign, s in product((1, -1), repeat=2)]
    found, stated = zip(*products, strict=True)
    method = "an entry's part of w·(s⊙|w|), for all signs of w and s; both vectors have the norm of w"
    check(identity(list(found), list(stated), method))


@claim(
    "3.proposition2.step1.vectors",
    at="Proposition 2",
    kind="extension",
    says="cos(w, s⊙|w|) = Σ c w² / Σ w² for every vector and all signs, in every dimension and at every scale",
    tex=r"\cos(w,s\odot|w|)=\frac{\sum_jc_jw_j^2}{\sum_jw_j^2}",
    rests_on=["3.proposition2.step1"],
    note=FORTY_AT_ONCE,
)
@searching
@example(drawn=(np.array([[-3e-150]]), np.array([[1.0]])))
@given(drawn=batches(2, zeros=True))
def test_signed_sum_of_energies(drawn):
    rows, others = drawn
    tries(len(rows))
    signs = np.where(others > 0, 1, -1)
    energies = np.abs(rows) ** twin(2, 1)
    ratio = np.sum(signs * np.sign(rows) * energies, axis=1) / np.sum(energies, axis=1)
    margin = 1e-12 - np.max(np.abs(random_sign_cosine(rows, signs) - ratio))
    worst(margin)
    assert margin >= 0


def signs_and_magnitudes(law):
    """The joint law of (c, |w|) and the law of a fair coin times that of |w|, from the weights of w = −1, 0, 1.

    The size 1 stands for any size of w, each of which is dealt with alike.
    """
    joint = {(c, size): 0 for c in (-1, 1) for size in (0, 1)}
    for (w, weight), s in product(law.items(), (-1, 1)):
        if (outcome := (s * w, abs(w))) in joint:
            joint[outcome] += weight / 2
    sizes = {0: law[0], 1: law[-1] + law[1]}
    return list(joint.values()), [sizes[size] / 2 for _, size in joint]


@claim(
    "3.proposition2.step1.signs",
    at="Proposition 2",
    kind="step",
    says="The signs c = s·sign(w) are Rademacher and independent of the magnitudes |w|",
    tex=r"\Pr(c_j=\pm1,\,|w_j|\in B)=\tfrac12\Pr(|w_j|\in B)",
    primary="Pr(w = 0) = 0, as in Fact 1",
    note="The conditions of Proposition 2, unlike Fact 1's, allow an atom at zero, where c vanishes; w = 0, where cos² "
    "is 0/0, then has positive probability. It does no harm: such c multiply w² = 0.",
    instead="3.proposition2.atom",
)
@readings(
    "atom",
    {"Pr(w = 0) = 0, as in Fact 1": lambda _: Fraction(0), "the printed conditions, an atom 1/2 at zero": lambda q: q},
)
def test_signs_are_independent_of_magnitudes(check, atom):
    positive, negative, q = indeterminates("u,v,q")
    joint, independent = signs_and_magnitudes({1: positive, -1: negative, 0: atom(q)})
    check(identity(joint, independent, "joint law of (c, |w|) against Rademacher times |w|, for every law of w"))


@claim(
    "3.proposition2.atom",
    at="Proposition 2",
    kind="extension",
    says="With an atom q < 1 at zero, any convention 0 ≤ cos² ≤ 1 for w = 0 moves n·E cos² by at most nqⁿ → 0",
    tex=r"n\,\mathbb{E}[\cos^2\mathbf{1}_{w=0}]\leq nq^n\to0",
)
def test_the_convention_does_not_matter(check):
    n, h = indeterminates("n,h")
    # q = 1/(1 + h), and (1 + h)ⁿ ≥ n(n − 1)h²/2
    bound = n / (n * (n - 1) * h**2 / 2)
    check(exactly(0), proof(limit_at_infinity(bound, n), "limit of a bound on n qⁿ, for every q < 1"))


@claim(
    "3.proposition2.step2",
    at="Proposition 2",
    kind="step",
    says="Over the random signs, E[cos² | |w|] = Σw⁴/(Σw²)²",
    tex=r"\mathbb{E}[\cos^2\mid|w|]=\frac{\sum_jw_j^4}{(\sum_jw_j^2)^2}",
    rests_on=["3.proposition2.step1"],
)
def test_mean_over_signs(check):
    first, second = indeterminates("first,second")
    mean = sum((c * first**2 + d * second**2) ** 2 for c, d in product((1, -1), repeat=2)) / 4
    method = "mean of (Σcw²)² over the signs c, any two entries, in symbols: a term of the square has no more"
    check(identity(mean, first**4 + second**4, method, "Σw⁴"))


@cache
def sign_patterns(n):
    return np.array(list(product((-1.0, 1.0), repeat=n)))


@claim(
    "3.proposition2.step2.vectors",
    at="Proposition 2",
    kind="extension",
    says="The mean of cos² over all sign patterns is Σw⁴/(Σw²)² for every vector of up to ten entries",
    tex=r"2^{-n}\sum_{s\in\{\pm1\}^n}\cos^2(w,s\odot|w|)=\frac{\sum_jw_j^4}{(\sum_jw_j^2)^2}",
    rests_on=["3.proposition2.step2"],
    note=FORTY_AT_ONCE,
)
@searching
@example(rows=np.array([[3.0]]))
@example(rows=np.array([[1.0, 1.0, 1.0, 1.0, 1.0, 1.0]]))
@given(rows=batches(dimensions=range(1, 11), zeros=True))
def test_energy_given_magnitudes(rows):
    tries(len(rows))
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    # of each row with its magnitudes under each pattern of signs
    cosines = (unit * np.abs(unit)) @ sign_patterns(rows.shape[1]).T
    assert np.allclose(np.mean(cosines**2, axis=1), np.sum(np.abs(unit) ** twin(4, 3), axis=1), rtol=1e-12)


@claim(
    "3.proposition2.dirichlet",
    at="Proposition 2",
    kind="step",
    says="The normalised Gaussian squares have E[u²] = 3/(n(n+2))",
    tex=r"\mathbb{E}[u_j^2]=\frac{3}{n(n+2)}",
)
def test_dirichlet_second_moment(check):
    (n,) = indeterminates("n")
    found, _ = of_gamma_squares(Fraction(1, 2), n)
    check(identity(found, 3 / (n * (n + 2)), "E w⁴/E(Σw²)², as u is independent of Σw²; every n"))


@claim(
    "3.proposition2.gaussian",
    at="Proposition 2",
    says="For Gaussian components E cos² = 3/(n+2), exactly for all n ≥ 1",
    tex=r"\mathbb{E}[\cos^2]=\frac{3}{n+2}",
    rests_on=["3.proposition2.step2", "3.proposition2.dirichlet"],
)
def test_gaussian_energy_at_every_size(check):
    import sympy

    n, t = sympy.symbols("n t", positive=True)
    # 1/S² = ∫ t exp(−tS) dt; E exp(−tw²) = (1 + 2t)^(−1/2) and E w⁴ exp(−tw²) = 3(1 + 2t)^(−5/2).
    transform = (1 + 2 * t) ** sympy.Rational(-1, 2)
    moment = sympy.diff(transform, t, 2)
    exponent = sympy.simplify(sympy.log(transform).diff(t) * (1 + 2 * t)) / 2
    constant = sympy.simplify(moment * (1 + 2 * t) ** sympy.Rational(5, 2))
    power = sympy.Rational(5, 2) - exponent * (n - 1)
    # ∫ t (1 + 2t)^(−b) dt = B(2, b − 2)/4
    integral = sympy.gamma(2) * sympy.gamma(power - 2) / sympy.gamma(power) / 4
    check(identity(sympy.gammasimp(n * constant * integral), 3 / (n + 2), "Laplace transform and Beta integral"))


def of_gamma_law():
    """E cos² = nE u² over E[w⁴]/(nE[w²]²), exactly."""
    _, k, n = gamma_symbols()
    _, second, _, fourth = gamma_moments(1, k)
    return n * of_gamma_squares(k, n)[0] / (fourth / (n * second**2)), n


def from_below(second, fourth, sixth, n):
    """E cos² = n E[w⁴/(w² + R)²] with R independent of w, convex in R, so that Jensen's inequality replaces it by E R.

    As E R ≤ nμ₂ and 1/(1 + x)² ≥ 1 − 2x (3.proposition2.inequalities), it is at least E[w⁴(1 − 2w²/(nμ₂))]/(nμ₂²).
    """
    return (fourth - 2 * sixth / (n * second)) / (n * second**2) / (fourth / (n * second**2))


def from_above(second, fourth, v):
    """For ε = n^(−1/8), in terms of v = n^(1/8)."""
    n, epsilon = v**8, 1 / v
    outside = 2 / tail_exponent(second, fourth, n, epsilon) ** 2
    return share_inside(epsilon) + outside / (fourth / (n * second**2))


def below_every_law():
    *moments, n = indeterminates("m2,m4,m6,n")
    return from_below(*moments, n), n


def above_every_law():
    *moments, v = indeterminates("m2,m4,v")
    return from_above(*moments, v), v


OVER_LEADING_ORDER = {
    "w² Gamma of every shape": of_gamma_law,
    "every law, from below": below_every_law,
    "every law, from above": above_every_law,
}
SELDOM, OFTEN = TwoMagnitudes(10, Fraction(1, 1000)), TwoMagnitudes(100, Fraction(1, 100))


def moments_of(law, *orders):
    return [law.absolute_moment(order, BALL) for order in orders]


def over_leading_order(law, energy, n):
    return energy(n) / random_sign_energy_leading_order(law, n, BALL)


def margin_below(law, energy, n):
    return over_leading_order(law, energy, n) - from_below(*moments_of(law, 2, 4, 6), n)


def margin_above(law, energy, v):
    return from_above(*moments_of(law, 2, 4), BALL.number(v)) - over_leading_order(law, energy, v**8)


def margin_inside(v):
    """Of the part where S ≥ (1 − 1/v)nμ₂, for n = v⁸."""
    law, n, epsilon = OFTEN.law(), v**8, 1 / BALL.number(v)
    least = (1 - epsilon) * n * law.absolute_moment(2, BALL)
    part = OFTEN.mean(lambda energy, squares: squares / energy**2 if energy >= least else 0, n)
    return share_inside(epsilon) - part / random_sign_energy_leading_order(law, n, BALL)


def margin_of_the_tail(v):
    """Of Chernoff's bound on the other part, for n = v⁸."""
    second, fourth = moments_of(OFTEN.law(), 2, 4)
    n, epsilon = v**8, 1 / BALL.number(v)
    tail = OFTEN.mean(lambda energy, _: int(energy < (1 - epsilon) * n * second), n)
    return (-tail_exponent(second, fourth, n, epsilon)).exp() - tail


def pareto_energy(index):
    return pareto(index), partial(pareto_random_sign_energy, index)


BOUNDS = {  # each with what it is tried on, and n or n^(1/8)
    "from below, two magnitudes": (partial(margin_below, SELDOM.law(), SELDOM.random_sign_energy), [10, 1000, 6561]),
    "from below, Pareto index 9": (partial(margin_below, *pareto_energy(9)), [100, 10**4, 10**6]),
    "from above, two magnitudes": (partial(margin_above, OFTEN.law(), OFTEN.random_sign_energy), [2, 3]),
    "from above, Pareto index 9": (partial(margin_above, *pareto_energy(9)), [2, 3, 10]),
    "inside, two magnitudes": (margin_inside, [2, 3]),
    "Chernoff's tail, two magnitudes": (margin_of_the_tail, [2, 3]),
}


def in_the_limit(ratio):
    certificate = "limit n → ∞ of the exact value, or of what bounds it, over E[w⁴]/(nE[w²]²)"
    return lambda: (exactly(1, stated="(1 + o(1))"), proof(limit_at_infinity(*ratio()), certificate))


def tried(margin, points, method="bound less exact mean, by binomial sums or rigorous quadrature"):
    return lambda: (more_than("0", stated="a bound"), least_of(margin, points, method))


LEADING_ORDER = {name: in_the_limit(ratio) for name, ratio in OVER_LEADING_ORDER.items()} | {
    name: tried(*bound) for name, bound in BOUNDS.items()
}


@claim(
    "3.proposition2",
    at="Proposition 2",
    also_at=["Equation (5)"],
    says="E cos²(w, s⊙|w|) = E[w⁴]/(n E[w²]²)·(1 + o(1))",
    tex=r"\mathbb{E}[\cos^2]=\frac{\mathbb{E}[w_1^4]}{n(\mathbb{E}[w_1^2])^2}(1+o(1))",
    rests_on=["3.proposition2.step2", "3.proposition2.inequalities", "C.combining"],
)
@pytest.mark.parametrize("evidence", LEADING_ORDER.values(), ids=LEADING_ORDER)
def test_leading_order(check, evidence):
    check(*evidence())


INEQUALITIES = {  # a difference of both sides, and what shows that it is not negative for x, t, u, v ≥ 0
    "1/(1 + x)² ≥ 1 − 2x": lambda x: (1 / (1 + x) ** 2 - 1 + 2 * x, x**2 * (3 + 2 * x) / (1 + x) ** 2),
    "1/(1 + t²)² ≥ 1 − t": lambda t: (
        (1 / (1 + t**2) ** 2 - 1 + t) * (1 + t**2) ** 2 / t,
        (t**2 - t / 2) ** 2 + Fraction(7, 4) * (t - Fraction(4, 7)) ** 2 + Fraction(3, 7),
    ),
    "1/(u + v)² ≤ 1 − 2(u + v − 1) + C(u + v − 1)²": lambda u, v: (
        (2 * u + 1) / u**2 - (1 / (u + v) ** 2 - 1 + 2 * (u + v - 1)) / (u + v - 1) ** 2,
        v * (2 * u * (u + v) + 2 * u + v) / (u * (u + v)) ** 2,
    ),
}


@claim(
    "3.proposition2.inequalities",
    at="Proposition 2",
    kind="extension",
    says="For x, t, u, v ≥ 0, u > 0: 1/(1 + x)² ≥ 1 − 2x, 1/(1 + t²)² ≥ 1 − t, and 1/z² ≤ 1 − 2(z − 1) + C(z − 1)² for "
    "z = u + v with C = (2u + 1)/u²",
    tex=r"\frac{1}{(1+x)^2}\geq1-2x,\quad\frac{1}{(1+t^2)^2}\geq1-t,\quad\frac{1}{(u+v)^2}\leq1-2(u+v-1)+"
    r"\frac{2u+1}{u^2}(u+v-1)^2",
)
@pytest.mark.parametrize("sides", INEQUALITIES.values(), ids=INEQUALITIES)
def test_elementary_inequalities(check, sides):
    symbols = indeterminates("x,y")[: sides.__code__.co_argcount]
    check(identity(*sides(*symbols), "the difference of both sides is made of terms that are not negative"))


def above_the_leading_order(law):
    """Bounds n(E cos²/(μ₄/(nμ₂²)) − 1) from above for |w| ≥ 1, at every n ≥ 1.

    As in `from_below` but by w² ≥ 1 it is at most n(E 1/U² − 1) for U = (1 + R)/(nμ₂) ≥ 1/μ₂, and the inequality
    for 1/z² makes that linear in 1/n: n = 1 and n → ∞ decide.
    """
    second, fourth = moments_of(law, 2, 4)
    curvature, shift = (2 / second + 1) * second**2, 2 * (second - 1) / second
    at_one, in_the_limit = (shift + curvature * each / second**2 for each in ((second - 1) ** 2, fourth - second**2))
    return at_one.max(in_the_limit)


def with_eighth_moment(law):
    """Bounds n(1 − E cos²/(μ₄/(nμ₂²))), as in `from_below`."""
    second, fourth, sixth = moments_of(law, 2, 4, 6)
    return 2 * sixth / (second * fourth)


def without_eighth_moment(law):
    """Bounds √n(1 − E cos²/(μ₄/(nμ₂²))): as in `from_below`, by 1/(1 + x)² ≥ 1 − √x."""
    second, fourth, fifth = moments_of(law, 2, 4, 5)
    return fifth / (second.sqrt() * fourth)


def distance(below, law):
    return lambda: below(law).max(above_the_leading_order(law))


def at_size(index, rate):
    """What the exact mean at some n gives, of the relative distance times `rate(n)`."""

    def scaled(n):
        return rate(BALL.number(n)) * abs(over_leading_order(*pareto_energy(index), n) - 1)

    return lambda n: instances(scaled, at=[n], method="Laplace transform and rigorous quadrature")


def slack_below(below, index, rate):
    def slack(n):
        return below(pareto(index)) - rate(BALL.number(n)) * (1 - over_leading_order(*pareto_energy(index), n))

    return tried(slack, [2, 10, 100, 10**4, 10**6], "bound less the exact value, Laplace transform and quadrature")


NEAR_ONE = TwoMagnitudes(2, Fraction(1, 10))


def slack_above(n):
    """n(E 1/U² − 1) from the n − 1 magnitudes that make R."""
    law = NEAR_ONE.law()
    inverse = (n * law.absolute_moment(2, BALL)) ** 2 * NEAR_ONE.mean(lambda energy, _: 1 / (1 + energy) ** 2, n - 1)
    return above_the_leading_order(law) - n * (inverse - 1)


def slack_above_at_one(index):
    """At n = 1, where U is 1/μ₂."""
    return above_the_leading_order(pareto(index)) - (pareto(index).absolute_moment(2, BALL) ** 2 - 1)


def sizes(limit, below, index, rate, ns):
    """A bound for every n, instances of it, and what its two parts leave at exact values."""
    bound = ball(distance(below, pareto(index)), "Jensen's inequality from below, |w| ≥ 1 from above")
    cases = {"every n": lambda: (less_than(limit), bound)}
    cases |= {str(n): lambda n=n: (less_than(limit), at_size(index, rate)(n)) for n in ns}
    cases |= {
        "from below": slack_below(below, index, rate),
        "from above, n = 1": tried(slack_above_at_one, [index], "bound less n(E 1/U² − 1), by the moments"),
        "from above, two magnitudes": tried(slack_above, [1, 2, 10, 100], "bound less n(E 1/U² − 1), binomial sums"),
    }
    return pytest.mark.parametrize("evidence", cases.values(), ids=cases)


@claim(
    "3.proposition2.heavy_tails",
    at="Proposition 2",
    kind="extension",
    says="For Pareto magnitudes of index 9, which have E[w⁸] < ∞, the relative distance from E[w⁴]/(nE[w²]²) "
    "is below 10/n",
    tex=r"\left|\frac{n(\mathbb{E}[w^2])^2\,\mathbb{E}\cos^2}{\mathbb{E}[w^4]}-1\right|<\frac{10}{n}",
    rests_on=["3.proposition2", "3.proposition2.inequalities"],
)
@sizes("10", with_eighth_moment, 9, lambda n: n, [100, 10**4, 10**6])
def test_heavy_tails(check, evidence):
    check(*evidence())


def eighth_moment_below(cut):
    """E[w⁸; |w| ≤ M] for Pareto magnitudes of index 6, of density 6x⁻⁷."""
    return 3 * (cut**2 - 1)


def its_density():
    (cut,) = indeterminates("M")
    found = [eighth_moment_below(cut).diff(cut), eighth_moment_below(cut / cut)]
    return [identity(found, [cut**8 * 6 / cut**7, 0], "derivative in M, and value at M = 1; in symbols")]


def no_bound(inverse):
    return exactly(0, stated="no finite bound without E[w⁸] < ∞"), inverse


def of_the_square():
    (cut,) = indeterminates("M")
    inverse = limit_at_infinity(1 / eighth_moment_below(cut), cut)
    return no_bound(proof(inverse, "1/E[w⁸; |w| ≤ M] as M → ∞, where E[(T/n)²] ≥ E[w⁸]/n²"))


def of_a_smaller_power():
    inverse = ball(lambda: 1 / pareto(6).absolute_moment(5, BALL), "1/E|w|⁵, as sup E[(T/n)^(5/4)] ≤ E|w|⁵")
    return no_bound(inverse)


BY_THE_SQUARE, BY_ANY_ARGUMENT = (
    "the step as Appendix C takes it, by E[(T/n)²]",
    "uniform integrability by any argument",
)
INTEGRABILITY = [
    (BY_THE_SQUARE, BY_THE_SQUARE, of_the_square),
    (f"{BY_THE_SQUARE}-density of the moment", BY_THE_SQUARE, its_density),
    (BY_ANY_ARGUMENT, BY_ANY_ARGUMENT, of_a_smaller_power),
]


@claim(
    "3.proposition2.eighth_moment",
    at="Proposition 2",
    also_at=["Appendix C.1"],
    kind="step",
    says="The uniform integrability step requires E[w⁸] < ∞: without it the bound fails",
    tex=r"\mathbb{E}[w_1^8]<\infty",
    primary=BY_THE_SQUARE,
    note="E[(T/n)²] is at least E[w⁸]/n². But the conclusion of the step needs only E[w⁴] < ∞, as averages of i.i.d. "
    "integrable variables are uniformly integrable. For Pareto magnitudes of index 6, E[w⁸] = ∞, yet "
    "E[(T/n)^(5/4)] ≤ E|w|⁵ by convexity, so that E[T/n; T/n > K] ≤ E|w|⁵ K^(−1/4).",
    instead="3.proposition2.fourth_moment",
)
@pytest.mark.parametrize("found", [pytest.param(made, id=id, marks=reading(of)) for id, of, made in INTEGRABILITY])
def test_uniform_integrability(check, found):
    check(*found())


@claim(
    "3.proposition2.fourth_moment",
    at="Proposition 2",
    also_at=["Appendix C.1"],
    kind="extension",
    says="E[w⁴] < ∞ is enough for equation (5): with Pareto magnitudes of index 6, where E[w⁸] = ∞, the relative "
    "distance from E[w⁴]/(nE[w²]²) is below 5/√n at every n, and vanishes",
    tex=r"\left|\frac{n(\mathbb{E}[w^2])^2\,\mathbb{E}\cos^2}{\mathbb{E}[w^4]}-1\right|<\frac{5}{\sqrt{n}}",
    rests_on=["3.proposition2.inequalities"],
)
@sizes("5", without_eighth_moment, 6, BALL.sqrt, [100, 10**4, 10**6, 10**8])
def test_fourth_moment_is_enough(check, evidence):
    check(*evidence())


def gaussian_share():
    (n,) = indeterminates("n")
    fourth, second = of_gamma_squares(Fraction(1, 2), n)
    return identity(n * fourth / second, 3 - 6 / (n + 2), "E u⁴ and E u² of a coordinate u, for every n")


def sphere_share():
    def by_moments(n):
        return n * sphere_moment((4,), n) / sphere_moment((2,), n)

    return agrees(by_moments, lambda n: 3 - Fraction(6, n + 2), [2048], digits=30, method="moments of the sphere")


CHANCE = {"every n": gaussian_share, "moments of the sphere, n = 2048": sphere_share}


@claim(
    "3.proposition2.chance",
    at="Section 3.2",
    kind="extension",
    says="A direction independent of w has mean cos² = 1/n, so Gaussian magnitudes under random signs hold three times "
    "the share of chance in the limit, not none: 3 − 6/(n + 2) times at every n",
    tex=r"\frac{3/(n+2)}{1/n}\to3",
)
@pytest.mark.parametrize("share", CHANCE.values(), ids=CHANCE)
def test_three_times_chance(check, share):
    check(share())


@claim(
    "3.proposition2.chance.limit",
    at="Section 3.2",
    kind="extension",
    says="Under random signs magnitudes of a Nakagami law of shape k hold n(k + 1)/(nk + 1) times the share of chance, "
    "which tends to 3 for Gaussian ones, k = 1/2, and to 3/2 for k = 2",
    tex=r"\lim_{n\to\infty}\frac{(k+1)/(nk+1)}{1/n}=1+\frac{1}{k}",
    rests_on=["3.proposition2.chance"],
)
@pytest.mark.parametrize(("shape", "limit"), [(Fraction(1, 2), 3), (Fraction(2), Fraction(3, 2))], ids=["1÷2", "2"])
def test_share_over_chance_in_the_limit(check, shape, limit):
    (n,) = indeterminates("n")
    square, chance = of_gamma_squares(shape, n)
    check(exactly(limit), proof(limit_at_infinity(n * square / chance, n), "limit of a rational function of n"))
