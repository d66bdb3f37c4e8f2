"""Section 3: the signs of a weight vector hold most of its direction, its magnitudes under random signs almost none."""

from fractions import Fraction
from itertools import product
from math import sqrt

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from verdicts import (
    at_least,
    at_most,
    ball,
    claim,
    exactly,
    identity,
    less_than,
    more_than,
    printed,
    proof,
    twin,
    worst,
)

from claims.drawn_vectors import DIMENSIONS, TEN_AT_ONCE, batches
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import decay_order, indeterminates, limit_at_infinity
from theorems.formulas.asymmetry import chord_ratio, root_flip_rate, sign_moments, transverse_ratio
from theorems.formulas.normal_pairs import regression_pair, relu_moments
from theorems.formulas.sign_direction import (
    directional_cosine,
    gaussian_sign_energy_variance,
    nakagami_random_sign_energy,
    nakagami_sign_energy,
    pareto_random_sign_energy,
    random_sign_cosine,
    random_sign_energy_leading_order,
    sign_energy_asymptotic_variance,
    sign_energy_limit,
)
from theorems.formulas.spherical import sphere_moment
from theorems.integrals.gaussian_integrals import gaussian_expectation
from theorems.weight_laws import GAUSSIAN, LAPLACE, RADEMACHER, UNIFORM, WeightLaw, nakagami, pareto

LAWS = {"uniform": UNIFORM, "Laplace": LAPLACE, "Rademacher": RADEMACHER, "Nakagami 0.1": nakagami("0.1")}


def absolute_gaussian_mean():
    return 2 * gaussian_expectation(lambda x: x, 0, None, (1, 1))


def nakagami_symbols():
    """E|w|, the shape of w² and the number of entries, for `theorems.weight_laws.nakagami`."""
    return indeterminates("a,k,n")


def sign_energy_moments(shape=None):
    """E cos² and E cos⁴ of (w, sign w) for w² Gamma of shape k and a = E|w|, from the n-th power of E exp(t|w|).

    E|w|³ = a(k + 1/2) for these laws, and cos² is independent of ‖w‖², which is Gamma of shape nk. `shape` fixes k.
    """
    a, k, n = nakagami_symbols()
    zero, one = a - a, a / a
    k = k if shape is None else one * shape
    single = [zero, a, k / 2, a * (2 * k + 1) / 12, k * (k + 1) / 24]  # E exp(t|w|) − 1, by powers of t
    power, choose = [one, zero, zero, zero, zero], one
    total = list(power)
    for j in range(1, 5):
        power = [sum((power[i] * single[m - i] for i in range(m + 1)), zero) for m in range(5)]
        choose = choose * (n - j + 1) / j
        total = [term + choose * more for term, more in zip(total, power, strict=True)]
    second, fourth = 2 * total[2], 24 * total[4]
    return second / (n * (n * k)), fourth / (n**2 * (n * k) * (n * k + 1))


def mean_square_error(target, shape=None):
    """E(cos² − target)², a rational function of a, k and n."""
    mean, square = sign_energy_moments(shape)
    return square - 2 * target * mean + target**2


# 3.1 The Bussgang constant


@claim(
    "3.fact1.norm_ratio",
    at="Section 3.1",
    kind="step",
    says="For a vector without zeros, cos(w, sign w) is ‖w‖₁/(√n ‖w‖₂)",
    tex=r"\cos(w,\mathrm{sign}(w))=\frac{\|w\|_1}{\sqrt{n}\,\|w\|_2}",
    note=TEN_AT_ONCE,
)
@example(rows=np.array([[1.0]]))
@example(rows=np.array([[1.0, -6.0, 6.0, 1.0]]))
@example(rows=np.array([[0.0, 3.0]]))
@given(rows=batches(zeros=True))
def test_cosine_is_the_norm_ratio(rows):
    if twin("no zeros", "zeros allowed") == "no zeros":
        rows = rows[np.all(rows, axis=1)]
        assume(len(rows))
    ratio = np.sum(np.abs(rows), axis=1) / (sqrt(rows.shape[1]) * np.linalg.norm(rows, axis=1))
    cosine = [directional_cosine(w, np.sign(w)) for w in rows]
    margin = 1e-12 - np.max(np.abs(cosine - ratio))
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
    from sympy import diff, exp, oo, pi, sqrt, symbols

    x, sigma = symbols("x sigma", positive=True)
    density = exp(-(x**2) / (2 * sigma**2)) / (sigma * sqrt(2 * pi))
    antiderivative = -(sigma**2) * density
    assert (diff(antiderivative, x) / (x * density)).cancel() == 1
    mean = 2 * (antiderivative.limit(x, oo) - antiderivative.subs(x, 0))
    residual = (mean / (sigma * sqrt(2 / pi))).powsimp() - 1
    check(exactly(0), proof(Fraction(str(residual)), "E|w|/(σ√(2/π)) − 1 by symbolic integration, for every σ > 0"))


@claim(
    "3.fact1",
    at="Fact 1",
    also_at=["Equation (3)"],
    says="cos²(w, sign w) tends to (E|w|)²/E[w²]",
    tex=r"\cos^2(w,\mathrm{sign}(w))\to\frac{(\mathbb{E}|w_1|)^2}{\mathbb{E}[w_1^2]}",
    rests_on=["3.fact1.norm_ratio"],
    note="Almost sure convergence is the strong law of large numbers for |w| and w², as the paper says; decided here "
    "is the mean square error for the laws whose direction is independent of their norm, Gaussian ones among them.",
)
@pytest.mark.parametrize("moment", ["bias", "mean square error"])
def test_limit_of_the_sign_energy(check, moment):
    a, k, n = nakagami_symbols()
    target = a**2 / k
    error = sign_energy_moments()[0] - target if moment == "bias" else mean_square_error(target)
    certificate = f"limit of the exact {moment} at finite n, a rational function of n, for w² Gamma of every shape"
    check(exactly(0, stated="the limit is (E|w|)²/E[w²]"), proof(limit_at_infinity(error, n), certificate))


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
    a, _, n = nakagami_symbols()
    limit = 2 * a**2  # with E w² = 1/2; 2/π at a = 1/√π
    residual = sign_energy_moments(Fraction(1, 2))[0] - limit - (1 - limit) / n
    certificate = "monomials of the exact E‖w‖₁²/(n E‖w‖²) less the formula, symbolic n; shape 1/2 is Gaussian"
    check(exactly(0), proof(len(residual.numer), certificate))


@claim(
    "3.fact1.symmetry_not_needed",
    at="Fact 1",
    kind="extension",
    says="Symmetry of the law is not needed: cos(w, sign w) is the same for every choice of the signs of w",
    note=TEN_AT_ONCE,
)
@example(drawn=(np.array([[1.0, 1.0]]), np.array([[1.0, -1.0]])))
@given(drawn=batches(2))
def test_symmetry_is_not_needed(drawn):
    rows, others = drawn
    changed = rows * np.where(others > 0, 1, -twin(1, 2))
    for w, u in zip(rows, changed, strict=True):
        assert abs(directional_cosine(u, np.sign(u)) - directional_cosine(w, np.sign(w))) < 1e-12


@claim(
    "3.fact1.atom",
    at="Fact 1",
    kind="extension",
    says="The condition Pr(w = 0) = 0 cannot be dropped: with an atom q at zero the limit is (E|w|)²/((1 − q) E[w²])",
    tex=r"\cos^2(w,\mathrm{sign}(w))\to\frac{(\mathbb{E}|w|)^2}{(1-q)\,\mathbb{E}[w^2]}",
)
@pytest.mark.parametrize("n", [1, 4, 8])
def test_an_atom_at_zero(check, n):
    cosines = {
        Fraction(sum(map(abs, w)) ** 2, sum(map(abs, np.sign(w).tolist())) * sum(x * x for x in w))
        for w in product((-1, 0, 1), repeat=n)
        if any(w)
    }
    q = Fraction(1, 2)
    check(
        exactly((1 - q) ** 2 / ((1 - q) * (1 - q))),
        proof((min(cosines), max(cosines)), f"all {3**n} vectors of entries −1, 0, 1, where (3) would give 1/2"),
    )


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
@pytest.mark.parametrize(
    "reading",
    [
        "Gaussian weights, where 2/π is the limit",
        "every law of Fact 1 with E[w⁴] < ∞, its own limit for 2/π",
        "every law of Fact 1 with E[w⁴] < ∞, as printed",
    ],
)
def test_rate(check, reading):
    a, k, n = nakagami_symbols()
    target, shape, laws = {
        # E w² = 1/2, so that the limit 2a² is 2/π
        "Gaussian weights, where 2/π is the limit": (2 * a**2, Fraction(1, 2), "Gaussian weights"),
        "every law of Fact 1 with E[w⁴] < ∞, its own limit for 2/π": (a**2 / k, None, "w² Gamma of every shape"),
        # a² = π/4, so that 2/π is 1/(2a²); a is transcendental
        "every law of Fact 1 with E[w⁴] < ∞, as printed": (1 / (2 * a**2), 1, "w² exponential"),
    }[reading]
    order = decay_order(mean_square_error(target, shape), n)
    accepted = at_least("1", stated="O_P(1/√n): mean square of order 1/n")
    check(accepted, proof(order, f"order in 1/n of the exact mean square at finite n, {laws}"))


@claim(
    "3.rate.general",
    at="Section 3.1",
    kind="extension",
    says="cos² − (E|w|)²/E[w²] has mean square of order exactly 1/n, its coefficient is the delta method's",
    tex=r"n\,\mathbb{E}\left(\cos^2-L\right)^2\to\nabla g^{T}\Sigma\,\nabla g",
    rests_on=["3.fact1"],
)
@pytest.mark.parametrize("quantity", ["order", "coefficient less the delta method's"])
def test_rate_of_every_law(check, quantity):
    a, k, n = nakagami_symbols()
    error = mean_square_error(a**2 / k)
    if quantity == "order":
        check(exactly(1), proof(decay_order(error, n), "degree in n of the exact mean square error, for every shape"))
        return
    moments = {1: a, 2: k, 3: a * (2 * k + 1) / 2, 4: k * (k + 1)}
    delta = sign_energy_asymptotic_variance(WeightLaw("Nakagami, symbolic", lambda order, _: moments[order]))
    certificate = "limit of n times the exact mean square error less the delta method's coefficient, for every shape"
    check(exactly(0), proof(limit_at_infinity(n * error - delta, n), certificate))


@claim(
    "3.rate.sharp",
    at="Section 3.1",
    kind="extension",
    says="1/√n is the sharp rate for Gaussian weights: n·Var cos² tends to 8/π − 24/π² ≈ 0.1148, which is positive",
    tex=r"n\,\mathrm{Var}\cos^2\to\frac{8}{\pi}-\frac{24}{\pi^2}\approx0.1148",
    rests_on=["3.rate.general"],
)
@pytest.mark.parametrize("route", ["exact variance, n = 10⁹", "delta method"])
def test_rate_is_sharp(check, route):
    if route == "delta method":
        check(printed("0.1148"), ball(lambda: sign_energy_asymptotic_variance(GAUSSIAN, BALL), route))
    else:
        check(printed("0.1148"), ball(lambda: 10**9 * gaussian_sign_energy_variance(10**9, BALL), route))


BUSSGANG_CONSTANT = {  # what each place prints under that name
    "Abstract": "2/π",
    "Fact 1": "2/π",
    "Section 10.1": "2/π",
    "Section 1.2": "√(2/π)",
    "Section 7.1": "√(2/π)",
    "Section 7.2": "√(2/π)",
}


@claim(
    "3.bussgang_constant",
    at="Section 3.1",
    also_at=[place for place in BUSSGANG_CONSTANT if place != "Fact 1"],
    kind="wording",
    says="The Bussgang constant is 2/π",
    note="The abstract, Fact 1 and Section 10.1 call 2/π the Bussgang constant; Sections 1.2, 7.1 and 7.2 call √(2/π) "
    "by the same name. The first is a fraction of energy, the second a correlation, whose square it is.",
    primary="the fraction of energy, as Fact 1 defines it",
)
@pytest.mark.parametrize(
    ("reading", "place"),
    [
        ("the fraction of energy, as Fact 1 defines it" if name == "2/π" else "the correlation √(2/π)", place)
        for place, name in BUSSGANG_CONSTANT.items()
    ],
)
def test_bussgang_constant(check, reading, place):
    def ratio_to_two_over_pi():
        correlation = absolute_gaussian_mean()
        named = correlation**2 if reading.startswith("the fraction") else correlation
        return named * BALL.pi / 2

    check(
        printed("1.0000", stated="2/π, as a ratio"),
        ball(ratio_to_two_over_pi, f"E|w| or its square, as {place} has it, by quadrature"),
    )


# 3.2 Magnitude with random signs


@claim(
    "3.proposition2.step1",
    at="Proposition 2",
    kind="step",
    says="cos(w, s⊙|w|) = Σ c w² / Σ w² with c = s·sign(w)",
    tex=r"\cos(w,s\odot|w|)=\frac{\sum_jc_jw_j^2}{\sum_jw_j^2}",
    note=TEN_AT_ONCE,
)
@example(drawn=(np.array([[-3e-150]]), np.array([[1.0]])))
@given(drawn=batches(2, zeros=True))
def test_signed_sum_of_energies(drawn):
    rows, others = drawn
    signs = np.where(others > 0, 1, -1)
    energies = np.abs(rows) ** twin(2, 1)
    ratio = np.sum(signs * np.sign(rows) * energies, axis=1) / np.sum(energies, axis=1)
    margin = 1e-12 - np.max(np.abs([random_sign_cosine(w, s) for w, s in zip(rows, signs, strict=True)] - ratio))
    worst(margin)
    assert margin >= 0


@claim(
    "3.proposition2.step1.signs",
    at="Proposition 2",
    kind="step",
    says="The signs c = s·sign(w) are Rademacher and independent of the magnitudes |w|",
    primary="Pr(w = 0) = 0, as in Fact 1",
    note="The conditions of Proposition 2, unlike Fact 1's, allow an atom at zero, where c vanishes; w = 0, where cos² "
    "is 0/0, then has positive probability. It does no harm: such c multiply w² = 0.",
    instead="3.proposition2.atom",
)
@pytest.mark.parametrize("reading", ["Pr(w = 0) = 0, as in Fact 1", "the printed conditions, an atom 1/2 at zero"])
def test_signs_are_independent_of_magnitudes(check, reading):
    atom = Fraction(0) if reading == "Pr(w = 0) = 0, as in Fact 1" else Fraction(1, 2)
    law = {0: atom} | {sign * size: (1 - atom) / 4 for sign in (-1, 1) for size in (1, 2)}
    joint: dict[tuple[int, int], Fraction] = {}
    for (w, weight), s in product(law.items(), (-1, 1)):
        outcome = (s * int(np.sign(w)), abs(w))
        joint[outcome] = joint.get(outcome, Fraction(0)) + weight / 2
    magnitudes = {size: law[size] + (law[-size] if size else 0) for size in (0, 1, 2)}
    distance = max(abs(joint.get((c, size), 0) - magnitudes[size] / 2) for c in (-1, 1) for size in magnitudes)
    check(exactly(0), proof(distance, "largest difference of the joint law of (c, |w|) from Rademacher times |w|"))


@claim(
    "3.proposition2.atom",
    at="Proposition 2",
    kind="extension",
    says="With an atom q < 1 at zero, any convention 0 ≤ cos² ≤ 1 for w = 0 moves n·E cos² by at most nqⁿ → 0",
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
    note=TEN_AT_ONCE,
)
@example(rows=np.array([[3.0]]))
@example(rows=np.array([[1.0, 1.0, 1.0, 1.0, 1.0, 1.0]]))
@given(rows=batches(dimensions=st.integers(1, 10), zeros=True))
def test_energy_given_magnitudes(rows):
    unit = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    patterns = np.array(list(product((-1, 1), repeat=rows.shape[1])))
    cosines = unit @ (patterns[:, None] * np.abs(unit)).transpose(0, 2, 1)  # (pattern, row, row): one row's with itself
    mean = np.mean(np.diagonal(cosines, axis1=1, axis2=2) ** 2, axis=0)
    assert np.allclose(mean, np.sum(np.abs(unit) ** twin(4, 3), axis=1), rtol=1e-12)


@claim(
    "3.proposition2.dirichlet",
    at="Proposition 2",
    kind="step",
    says="The normalised Gaussian squares have E[u²] = 3/(n(n+2))",
    tex=r"\mathbb{E}[u_j^2]=\frac{3}{n(n+2)}",
)
@pytest.mark.parametrize("n", [1, 2, 3, 2048])
def test_dirichlet_second_moment(check, n):
    certificate = "fourth moment of one coordinate of a uniform unit vector, in exact fractions"
    check(identity(sphere_moment((4,), n), Fraction(3, n * (n + 2)), certificate, f"= 3/(n(n + 2)), n = {n}"))


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
    residual = sympy.gammasimp(n * constant * integral - 3 / (n + 2))
    check(exactly(0), proof(Fraction(str(sympy.simplify(residual))), "Laplace transform and Beta integral, symbolic n"))


@claim(
    "3.proposition2",
    at="Proposition 2",
    also_at=["Equation (5)"],
    says="E cos²(w, s⊙|w|) = E[w⁴]/(n E[w²]²)·(1 + o(1))",
    tex=r"\mathbb{E}[\cos^2]=\frac{\mathbb{E}[w_1^4]}{n(\mathbb{E}[w_1^2])^2}(1+o(1))",
    rests_on=["3.proposition2.step2", "C.combining"],
)
def test_leading_order(check):
    _, k, n = nakagami_symbols()
    # w²/Σw² are Dirichlet weights u: E u² = k(k + 1)/(nk(nk + 1)), and E[w⁴]/E[w²]² = (k + 1)/k
    exact = n * k * (k + 1) / (n * k * (n * k + 1))
    ratio = exact / ((k + 1) / (n * k))
    certificate = "limit of the exact value (Dirichlet weights) over E[w⁴]/(nE[w²]²), for w² Gamma of every shape"
    check(exactly(1, stated="(1 + o(1))"), proof(limit_at_infinity(ratio, n), certificate))


@claim(
    "3.proposition2.heavy_tails",
    at="Proposition 2",
    kind="extension",
    says="For Pareto magnitudes of index 9, which have E[w⁸] < ∞, the relative distance from E[w⁴]/(nE[w²]²) "
    "is below 10/n",
    rests_on=["3.proposition2"],
)
@pytest.mark.parametrize("n", [100, 10**4, 10**6])
def test_heavy_tails(check, n):
    law = pareto(9)

    def distance():
        return n * abs(pareto_random_sign_energy(9, n) / random_sign_energy_leading_order(law, n, BALL) - 1)

    check(less_than("10"), ball(distance, "Laplace transform and rigorous quadrature"))


@claim(
    "3.proposition2.eighth_moment",
    at="Proposition 2",
    also_at=["Appendix C.1"],
    kind="step",
    says="The uniform integrability step requires E[w⁸] < ∞: without it the bound fails",
    tex=r"\mathbb{E}[w_1^8]<\infty",
    primary="the step as Appendix C takes it, by E[(T/n)²]",
    note="E[(T/n)²] is at least E[w⁸]/n². But the conclusion of the step needs only E[w⁴] < ∞, as averages of i.i.d. "
    "integrable variables are uniformly integrable. For Pareto magnitudes of index 6, E[w⁸] = ∞, yet "
    "E[(T/n)^(5/4)] ≤ E|w|⁵ by convexity, so that E[T/n; T/n > K] ≤ E|w|⁵ K^(−1/4).",
    instead="3.proposition2.fourth_moment",
)
@pytest.mark.parametrize(
    "reading", ["the step as Appendix C takes it, by E[(T/n)²]", "uniform integrability by any argument"]
)
def test_uniform_integrability(check, reading):
    accepted = exactly(0, stated="no finite bound without E[w⁸] < ∞")
    if reading == "uniform integrability by any argument":
        evidence = ball(lambda: 1 / pareto(6).absolute_moment(5, BALL), "1/E|w|⁵, as sup E[(T/n)^(5/4)] ≤ E|w|⁵")
    else:
        cut = indeterminates("M")[0]
        eighth = 3 * (cut**2 - 1)  # ∫ x⁸·6x⁻⁷ dx from 1 to M
        certificate = "limit of 1/E[w⁸; |w| ≤ M] as M → ∞, where E[(T/n)²] ≥ E[w⁸]/n²; Pareto magnitudes of index 6"
        evidence = proof(limit_at_infinity(1 / eighth, cut), certificate)
    check(accepted, evidence)


@claim(
    "3.proposition2.fourth_moment",
    at="Proposition 2",
    also_at=["Appendix C.1"],
    kind="extension",
    says="E[w⁴] < ∞ is enough for equation (5): with Pareto magnitudes of index 6, where E[w⁸] = ∞, the relative "
    "distance from E[w⁴]/(nE[w²]²) is already below 5/√n and vanishes",
)
@pytest.mark.parametrize("n", [100, 10**4, 10**6, 10**8])
def test_fourth_moment_is_enough(check, n):
    law = pareto(6)

    def distance():
        relative = pareto_random_sign_energy(6, n) / random_sign_energy_leading_order(law, n, BALL)
        return BALL.sqrt(BALL.number(n)) * abs(relative - 1)

    check(less_than("5"), ball(distance, "Laplace transform and rigorous quadrature"))


@claim(
    "3.proposition2.chance",
    at="Section 3.2",
    kind="extension",
    says="A direction independent of w has mean cos² = 1/n, so Gaussian magnitudes under random signs hold three times "
    "the share of chance in the limit, not none",
    tex=r"\frac{3/(n+2)}{1/n}\to3",
)
@pytest.mark.parametrize("n", [1, 10, 2048, 10**6])
def test_three_times_chance(check, n):
    chance = sphere_moment((2,), n)
    excess = n * sphere_moment((4,), n) / chance - 3
    certificate = "moments of a uniform unit vector, in exact fractions"
    check(identity(excess, Fraction(-6, n + 2), certificate, f"= −6/(n + 2), n = {n}"))


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
    share = (shape.numerator + shape.denominator) / (n * shape.numerator + shape.denominator)
    check(exactly(limit), proof(limit_at_infinity(share * n, n), "limit of a rational function of n"))


# 3.3 Corollary


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
@pytest.mark.parametrize(
    ("reading", "law"),
    [("Gaussian weights", "Gaussian"), *(("the laws that the corollary names", law) for law in LAWS)],
    ids=["Gaussian", *LAWS],
)
def test_directional_energy_of_the_signs(check, reading, law):
    if reading == "Gaussian weights":
        evidence = ball(lambda: absolute_gaussian_mean() ** 2, "the square of ∫|x|φ(x)dx by quadrature")
    else:
        evidence = ball(lambda: sign_energy_limit(LAWS[law], BALL), "(E|w|)²/E[w²] from the moments of the law")
    check(printed("63.7%"), evidence)


@claim(
    "3.corollary1.range",
    at="Corollary 1",
    kind="extension",
    says="Over symmetric laws with all moments the captured share takes values as near to 0 as one likes, and up to 1",
    rests_on=["3.fact1"],
)
@pytest.mark.parametrize("law", ["w² Gamma, shape → 0", "Rademacher"])
def test_range_of_the_share(check, law):
    if law == "Rademacher":
        check(exactly(1), ball(lambda: sign_energy_limit(RADEMACHER, BALL), "(E|w|)²/E[w²] from the moments"))
        return
    from sympy import Rational, Symbol, gamma, limit

    k = Symbol("k", positive=True)
    # (E|w|)²/E[w²] = Γ(k + 1/2)²/(Γ(k)²k), with Γ(k) = Γ(k + 1)/k
    value = limit((gamma(k + Rational(1, 2)) / gamma(k + 1)) ** 2 * k, k, 0)
    check(exactly(0), proof(Fraction(str(value)), "limit of (E|w|)²/E[w²] as the shape tends to 0"))


@claim(
    "3.corollary1.dominant",
    at="Section 3.3",
    also_at=["Corollary 1"],
    kind="wording",
    says="The signs dominate direction",
    rests_on=["3.fact1", "3.proposition2"],
    primary="more than magnitudes under random signs hold",
    note="That is the comparison the corollary makes. The signs hold less than half of the energy for w² Gamma of "
    "shape 0.1, symmetric with all moments: 24.5% in the limit, the exact finite-n mean being L + (1 − L)/n.",
    instead="3.corollary1.range",
)
@pytest.mark.parametrize(
    ("reading", "shape"),
    [
        *(("more than magnitudes under random signs hold", shape) for shape in ("0.1", "0.5", "1", "10")),
        ("more than half of the energy, Gaussian weights", "0.5"),
        ("more than half of the energy, every law that the corollary names", "0.1"),
    ],
)
def test_signs_dominate(check, reading, shape):
    n = 2048
    if reading == "more than magnitudes under random signs hold":
        check(
            more_than("0", stated="dominates: more than magnitudes"),
            ball(
                lambda: nakagami_sign_energy(BALL.number(shape), n, BALL) - nakagami_random_sign_energy(shape, n, BALL),
                f"difference of the exact means of cos² at n = {n}, w² Gamma of shape {shape}",
            ),
        )
        return
    check(
        more_than("50%", stated="dominates: more than half"),
        ball(lambda: sign_energy_limit(nakagami(shape), BALL), f"(E|w|)²/E[w²], w² Gamma of shape {shape}"),
    )


@claim(
    "3.corollary1.magnitude",
    at="Corollary 1",
    says="Magnitudes with random signs provide O(1/n) directional information",
    tex=r"\mathbb{E}\cos^2(w,s\odot|w|)=O(1/n)",
    rests_on=["3.proposition2"],
)
@pytest.mark.parametrize("n", [2, 100, 10**4, 10**6])
def test_magnitudes_hold_little(check, n):
    law = pareto(9)

    def scaled():
        return pareto_random_sign_energy(9, n) / random_sign_energy_leading_order(law, n, BALL)

    check(at_most("1", stated="n·E cos² at most its limit"), ball(scaled, "rigorous quadrature"))


@claim(
    "3.corollary1.magnitude.constant",
    at="Corollary 1",
    kind="extension",
    says="For every law with E[w⁴] < ∞ and every n, n·E cos² ≤ 7 E[w⁴]/E[w²]², even if cos² = 1 where w = 0",
    tex=r"n\,\mathbb{E}\cos^2(w,s\odot|w|)\leq\frac{7\,\mathbb{E}[w^4]}{(\mathbb{E}[w^2])^2}",
    rests_on=["C.good_event.bound", "C.chernoff.exponent"],
    note="On the good event cos² contributes at most 4, outside it at most sup x·exp(−x/8) = 8/e in these units.",
)
@example(n=4, ratio=0.0, chance=0.5)
@example(n=4, ratio=0.0, chance=0.1)
@given(n=DIMENSIONS, ratio=st.sampled_from([0.0, 1e-6]) | st.floats(1e-9, 1), chance=st.floats(1e-6, 1 - 1e-6))
def test_constant_of_the_magnitudes(n, ratio, chance):
    from scipy import stats

    large = np.arange(n + 1)  # how many of the n squares w² are 1, binomial; the others are `ratio`
    mass = stats.binom.pmf(large, n, chance)
    total, squares = large + (n - large) * ratio, large + (n - large) * ratio**2
    energy = mass @ np.where(total > 0, squares / np.where(total > 0, total, 1) ** 2, 1)
    mean, square = chance + (1 - chance) * ratio, chance + (1 - chance) * ratio**2
    margin = twin(7, 1) * square / mean**2 - n * energy
    worst(margin / n)
    assert margin >= 0


@claim(
    "3.corollary1.region",
    at="Section 3.3",
    kind="wording",
    says="The signs determine the directional region: vectors of the same signs are less than 90° apart",
    note=TEN_AT_ONCE,
)
@given(drawn=batches(3, dimensions=st.integers(2, 9) | st.sampled_from([20, 2000])))
def test_signs_determine_a_region(drawn):
    u, v, s = np.abs(drawn[0]), np.abs(drawn[1]), np.sign(drawn[2])
    others = s * np.append(np.ones(s.shape[1] - 1), twin(1, -1))
    least = min(directional_cosine(a, b) for a, b in zip(s * u, others * v, strict=True))
    worst(least)
    assert least > 0


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
@pytest.mark.parametrize("reading", ["projection on sign(w) and remainder", "the corollary's two shares"])
def test_complementary_shares(check, reading):
    if reading == "the corollary's two shares":
        check(exactly(1), ball(lambda: absolute_gaussian_mean() ** 2, "2/π plus the limit 0 of 3/(n+2)"))
        return
    totals = {sign_share(w) + magnitude_spread(w) for w in product((-3, -1, 1, 2), repeat=4)}
    check(exactly(1), proof((min(totals), max(totals)), "sum of both shares over 256 vectors, in exact fractions"))


def sign_share(w):
    """cos²(w, sign w) of a vector of nonzero integers."""
    return Fraction(sum(map(abs, w)) ** 2, len(w) * sum(x * x for x in w))


def magnitude_spread(w):
    """The squared distance of |w| from the constant vector of its mean, over ‖w‖²."""
    mean = Fraction(sum(map(abs, w)), len(w))
    return sum((abs(x) - mean) ** 2 for x in w) / sum(x * x for x in w)


@claim(
    "3.corollary1.damage",
    at="Section 3.3",
    says="Sign flips are more damaging to network outputs than magnitude perturbations of equal norm",
    tex=r"\|P_{y^\perp}\Delta y^{\mathrm{sign}}\|^2>\|P_{y^\perp}\Delta y^{\mathrm{mag}}\|^2",
    rests_on=["6.theorem3"],
    primary="the model (A4)",
    note="It holds for the constant shift (A4), to first order and for the actual difference of normalised outputs. "
    "Definition 1 also calls ΔW = ±2√p·W with independent random signs magnitude-type (it keeps every sign for p < 1/4 "
    "and has the same norm). Its error is uncorrelated with the output, so that more of it is transverse than of sign "
    "flips.",
    instead="2.5.definition1.jitter",
)
@pytest.mark.parametrize("p", ["0.01", "0.1"])
@pytest.mark.parametrize(
    "reading", ["the model (A4)", "the model (A4), actual output difference", "magnitude-type by Definition 1"]
)
def test_sign_flips_do_more_damage(check, reading, p):
    def ratio():
        s = root_flip_rate(p, BALL)
        if reading == "magnitude-type by Definition 1":
            jitter = relu_moments(regression_pair(1, 2 * s, BALL), BALL)
            return sign_moments(s, BALL).transverse_energy() / jitter.transverse_energy()
        return (transverse_ratio if reading == "the model (A4)" else chord_ratio)(s, BALL)

    check(more_than("1", stated="far more damaging"), ball(ratio, "second moments of bivariate normal pre-activations"))
