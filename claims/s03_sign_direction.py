"""Section 3: the signs of a weight vector hold most of its direction, its magnitudes under random signs almost none."""

from fractions import Fraction
from functools import cache
from itertools import product
from math import sqrt

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from reports import at_least, ball, claim, exactly, less_than, more_than, printed, proof, twin, worst
from theorems.asymmetry import root_flip_rate, sign_moments, transverse_ratio
from theorems.contexts import BALL
from theorems.gaussian_integrals import gaussian_expectation
from theorems.normal_pairs import regression_pair, relu_moments
from theorems.sign_direction import (
    directional_cosine,
    gaussian_sign_energy_variance,
    pareto_random_sign_energy,
    random_sign_cosine,
    sign_energy_asymptotic_variance,
    sign_energy_limit,
)
from theorems.spherical import sphere_moment
from theorems.weight_laws import GAUSSIAN, LAPLACE, RADEMACHER, UNIFORM, WeightLaw, nakagami, pareto

searching = settings(deadline=None, max_examples=60)
nonzero = st.integers(1, 6).flatmap(lambda size: st.sampled_from([-size, size]))
entries = st.lists(st.integers(-6, 6), min_size=1, max_size=8).filter(any)
full_entries = st.lists(nonzero, min_size=1, max_size=8)
scales = st.integers(-150, 150)
LAWS = {"uniform": UNIFORM, "Laplace": LAPLACE, "Rademacher": RADEMACHER, "Nakagami 0.1": nakagami("0.1")}


def absolute_gaussian_mean():
    return 2 * gaussian_expectation(lambda x: x, 0, None, (1, 1))


@cache
def nakagami_symbols():
    from sympy import symbols

    return symbols("a k n", positive=True)


@cache
def sign_energy_moments():
    """E cos² and E cos⁴ of (w, sign w) for w² Gamma of shape k and a = E|w|, from the n-th power of E exp(t|w|).

    E|w|³ = a(k + 1/2) for these laws, and cos² is independent of ‖w‖², which is Gamma of shape nk.
    """
    from sympy import Rational, expand, factorial, ff, symbols

    a, k, n = nakagami_symbols()
    t = symbols("t")
    single = a * t + k * t**2 / 2 + a * (k + Rational(1, 2)) * t**3 / 6 + k * (k + 1) * t**4 / 24
    power = expand(sum(ff(n, j) / factorial(j) * single**j for j in range(5)))
    second, fourth = (factorial(m) * power.coeff(t, m) for m in (2, 4))
    return second / (n * (n * k)), fourth / (n**2 * (n * k) * (n * k + 1))


def error_moments(target):
    """E(cos² − target)² as a rational function of n, whatever the shape."""
    from sympy import expand_func, simplify

    mean, square = sign_energy_moments()
    return simplify(expand_func(square - 2 * target * mean + target**2))


def decay_order(expression):
    """The power of 1/n with which a rational function of n vanishes as n → ∞."""
    from sympy import Poly, fraction, together

    n = nakagami_symbols()[2]
    numerator, denominator = fraction(together(expression))
    return int(Poly(denominator, n).degree() - Poly(numerator, n).degree())


# 3.1 The Bussgang constant


@claim(
    "3.fact1.norm_ratio",
    at="Section 3.1",
    kind="step",
    says="For a vector without zeros, cos(w, sign w) is ‖w‖₁/(√n ‖w‖₂)",
    tex=r"\cos(w,\mathrm{sign}(w))=\frac{\|w\|_1}{\sqrt{n}\,\|w\|_2}",
)
@searching
@given(w=full_entries | entries, scale=scales)
@example(w=[1], scale=0)
@example(w=[1, -6, 6, 1], scale=150)
@example(w=[0, 3], scale=0)
def test_cosine_is_the_norm_ratio(w, scale):
    if twin("no zeros", "zeros allowed") == "no zeros":
        assume(all(w))
    ratio = sum(map(abs, w)) / sqrt(len(w) * sum(x * x for x in w))
    margin = 1e-13 - abs(directional_cosine(np.array(w) * 10.0**scale, np.sign(w)) - ratio)
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
    import sympy

    x, sigma = sympy.symbols("x sigma", positive=True)
    density = sympy.exp(-(x**2) / (2 * sigma**2)) / (sigma * sympy.sqrt(2 * sympy.pi))
    residual = sympy.simplify(2 * sympy.integrate(x * density, (x, 0, sympy.oo)) - sigma * sympy.sqrt(2 / sympy.pi))
    check(exactly(0), proof(Fraction(str(residual)), "E|w| − σ√(2/π) by symbolic integration, for every σ > 0"))


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
    from sympy import limit, oo, simplify

    a, k, n = nakagami_symbols()
    target = a**2 / k
    error = simplify(sign_energy_moments()[0] - target) if moment == "bias" else error_moments(target)
    certificate = f"limit of the exact {moment} at finite n, a rational function of n, for w² Gamma of every shape"
    check(exactly(0, stated="the limit is (E|w|)²/E[w²]"), proof(int(limit(error, n, oo)), certificate))


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
@pytest.mark.parametrize("n", [1, 2, 3, 100])
def test_gaussian_mean_at_finite_size(check, n):
    from sympy import Rational, pi
    from sympy import sqrt as root

    a, k, size = nakagami_symbols()
    mean = sign_energy_moments()[0].subs({k: Rational(1, 2), a: 1 / root(pi), size: n})
    residual = (mean - 2 / pi - (1 - 2 / pi) / n).expand(func=True).simplify()
    check(exactly(0), proof(Fraction(str(residual)), "exact E‖w‖₁²/(n E‖w‖²) from the power of a generating function"))


@claim(
    "3.fact1.symmetry_not_needed",
    at="Fact 1",
    kind="extension",
    says="Symmetry of the law is not needed: cos(w, sign w) is the same for every choice of the signs of w",
)
@searching
@given(w=full_entries, data=st.data(), scale=scales)
def test_symmetry_is_not_needed(w, data, scale):
    flips = data.draw(st.lists(st.sampled_from([1.0, -1.0]), min_size=len(w), max_size=len(w)))
    stretch = twin(1, 2)
    changed = [x * (stretch * s if s < 0 else s) * 10.0**scale for x, s in zip(w, flips, strict=True)]
    assert abs(directional_cosine(changed, np.sign(changed)) - directional_cosine(w, np.sign(w))) < 1e-13


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
    says="If also E[w⁴] < ∞, then cos² − 2/π is O_P(1/√n)",
    tex=r"\cos^2-2/\pi=O_P(1/\sqrt{n})",
    rests_on=["3.fact1"],
    primary="every law of Fact 1 with E[w⁴] < ∞",
    note="The sentence adds a moment condition to Fact 1's laws but keeps the Gaussian limit. For w² exponential, "
    "which meets every condition, cos² tends to π/4, so the mean square of cos² − 2/π tends to (π/4 − 2/π)² > 0. The "
    "limits 3/4 of uniform and 1/2 of Laplace weights say the same.",
    instead="3.rate.general",
)
@pytest.mark.parametrize("reading", ["every law of Fact 1 with E[w⁴] < ∞", "Gaussian weights"])
def test_rate(check, reading):
    from sympy import Rational, pi
    from sympy import sqrt as root

    a, k, _ = nakagami_symbols()
    law = {k: Rational(1, 2), a: 1 / root(pi)} if reading == "Gaussian weights" else {k: 1, a: root(pi) / 2}
    order = decay_order(error_moments(2 / pi).subs(law))
    certificate = "order in 1/n of the exact E(cos² − 2/π)², for w² Gamma of shape 1/2 or 1"
    check(at_least("1", stated="O_P(1/√n): mean square of order 1/n"), proof(order, certificate))


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
    from sympy import Rational, limit, oo, simplify

    a, k, n = nakagami_symbols()
    error = error_moments(a**2 / k)
    if quantity == "order":
        check(exactly(1), proof(decay_order(error), "degree in n of the exact mean square error, for every shape"))
        return
    moments = {1: a, 2: k, 3: a * (k + Rational(1, 2)), 4: k * (k + 1)}
    delta = sign_energy_asymptotic_variance(WeightLaw("Nakagami, symbolic", lambda order, _: moments[order]))
    residual = simplify(limit(n * error, n, oo) - delta)
    check(exactly(0), proof(Fraction(str(residual)), "limit of n times the exact mean square error, for every shape"))


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


@claim(
    "3.bussgang_constant",
    at="Section 3.1",
    also_at=["Abstract", "Section 1.2", "Section 7.1", "Section 10.1"],
    kind="wording",
    says="“The Bussgang constant” is one number",
    note="Fact 1, Section 10.1 and the abstract call 2/π the Bussgang constant; Sections 1.2 and 7.1 call √(2/π) by "
    "the same name. The first is a fraction of energy, the second a correlation, and one is the square of the other.",
)
def test_bussgang_constant(check):
    def spread():
        named = {"Fact 1": 2 / BALL.pi, "Section 10.1": 2 / BALL.pi}
        named |= {"Section 1.2": BALL.sqrt(2 / BALL.pi), "Section 7.1": BALL.sqrt(2 / BALL.pi)}
        return named["Section 1.2"].max(named["Section 7.1"]) - named["Fact 1"].min(named["Section 10.1"])

    check(exactly(0, stated="one number"), ball(spread, "largest less smallest value under that name"))


# 3.2 Magnitude with random signs


@claim(
    "3.proposition2.step1",
    at="Proposition 2",
    kind="step",
    says="cos(w, s⊙|w|) = Σ c w² / Σ w² with c = s·sign(w)",
    tex=r"\cos(w,s\odot|w|)=\frac{\sum_jc_jw_j^2}{\sum_jw_j^2}",
)
@searching
@given(w=entries, data=st.data(), scale=scales)
@example(w=[-3], data=None, scale=-150)
def test_signed_sum_of_energies(w, data, scale):
    size = len(w)
    signs = data.draw(st.lists(st.sampled_from([-1, 1]), min_size=size, max_size=size)) if data else [1] * size
    power = twin(2, 1)
    agreement = sum(s * np.sign(x) * abs(x) ** power for x, s in zip(w, signs, strict=True))
    ratio = agreement / sum(abs(x) ** power for x in w)
    margin = 1e-13 - abs(random_sign_cosine(np.array(w) * 10.0**scale, signs) - ratio)
    worst(margin)
    assert margin >= 0


@claim(
    "3.proposition2.step1.signs",
    at="Proposition 2",
    kind="step",
    says="The signs c = s·sign(w) are Rademacher and independent of the magnitudes |w|",
    note="With sign(0) = 0, c vanishes where w does, so under the printed conditions, which allow an atom at zero, c "
    "is neither Rademacher nor independent of |w|. It does no harm: such c multiply w² = 0. Fact 1's condition "
    "Pr(w = 0) = 0 is missing here.",
    instead="3.proposition2.atom",
)
@pytest.mark.parametrize("atom", ["0", "1/2"], ids=["no atom at zero", "atom 1/2 at zero"])
def test_signs_are_independent_of_magnitudes(check, atom):
    q = Fraction(atom)
    law = {0: q} | {sign * size: (1 - q) / 4 for sign in (-1, 1) for size in (1, 2)}
    joint: dict[tuple[int, int], Fraction] = {}
    for (w, weight), s in product(law.items(), (-1, 1)):
        outcome = (s * int(np.sign(w)), abs(w))
        joint[outcome] = joint.get(outcome, Fraction(0)) + weight / 2
    magnitudes = {size: law[size] + (law[-size] if size else 0) for size in (0, 1, 2)}
    distance = max(abs(joint.get((c, size), 0) - magnitudes[size] / 2) for c in (-1, 1) for size in magnitudes)
    check(exactly(0), proof(distance, "largest difference of the joint law of (c, |w|) from Rademacher times |w|"))


@claim(
    "3.proposition2.defined",
    at="Proposition 2",
    also_at=["Appendix C.2"],
    says="Under the stated conditions w is almost surely not zero, so that cos²(w, s⊙|w|) has an expectation",
    note="Symmetry and moments do not exclude an atom at zero. For w = ±1 with probability 1/4 each and 0 otherwise, "
    "w = 0 has probability 2⁻ⁿ, and the cosine is 0/0 there. Fact 1 states the missing condition.",
    instead="3.proposition2.atom",
)
@pytest.mark.parametrize("n", [1, 8])
def test_cosine_is_defined(check, n):
    law = {-1: Fraction(1, 4), 0: Fraction(1, 2), 1: Fraction(1, 4)}
    zero = sum(np.prod([law[x] for x in w], dtype=object) for w in product(law, repeat=n) if not any(x * x for x in w))
    check(exactly(0, stated="cos² is defined almost surely"), proof(zero, f"Pr(Σw² = 0) over all {3**n} vectors"))


@claim(
    "3.proposition2.atom",
    at="Proposition 2",
    kind="extension",
    says="With an atom q < 1 at zero, any convention 0 ≤ cos² ≤ 1 for w = 0 moves n·E cos² by at most nqⁿ → 0",
)
def test_the_convention_does_not_matter(check):
    from sympy import Rational, limit, oo, symbols

    n = symbols("n", positive=True)
    check(exactly(0), proof(int(limit(n * Rational(99, 100) ** n, n, oo)), "limit of n qⁿ at q = 0.99"))


@claim(
    "3.proposition2.step2",
    at="Proposition 2",
    kind="step",
    says="Over the random signs, E[cos² | |w|] = Σw⁴/(Σw²)²",
    tex=r"\mathbb{E}[\cos^2\mid|w|]=\frac{\sum_jw_j^4}{(\sum_jw_j^2)^2}",
    rests_on=["3.proposition2.step1"],
)
@searching
@given(w=st.lists(st.integers(-9, 9), min_size=1, max_size=6))
@example(w=[3])
@example(w=[1, 1, 1, 1, 1, 1])
def test_energy_given_magnitudes(w):
    assume(any(w))
    patterns = list(product((-1, 1), repeat=len(w)))
    total = sum(x * x for x in w)
    mean = Fraction(sum(sum(s * x * abs(x) for x, s in zip(w, signs, strict=True)) ** 2 for signs in patterns))
    assert mean / (len(patterns) * total**2) == Fraction(sum(abs(x) ** twin(4, 3) for x in w), total**2)


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
    check(exactly(Fraction(3, n * (n + 2))), proof(sphere_moment((4,), n), certificate))


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
    import sympy

    n, k, v = sympy.symbols("n k v", positive=True)
    weight = sympy.gamma(n * k) / (sympy.gamma(k) * sympy.gamma((n - 1) * k))
    exact = n * weight * sympy.gamma(k + 2) * sympy.gamma((n - 1) * k) / sympy.gamma(n * k + 2)
    second, fourth = (
        sympy.integrate(v ** (k - 1 + power) * sympy.exp(-v), (v, 0, sympy.oo)) / sympy.gamma(k) for power in (1, 2)
    )
    ratio = sympy.gammasimp(exact * n * second**2 / fourth)
    certificate = "limit of the exact value (Dirichlet weights) over E[w⁴]/(nE[w²]²), for w² Gamma of every shape"
    check(exactly(1, stated="(1 + o(1))"), proof(int(sympy.limit(ratio, n, sympy.oo)), certificate))


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
        leading = law.absolute_moment(4, BALL) / (n * law.absolute_moment(2, BALL) ** 2)
        return n * abs(pareto_random_sign_energy(9, n) / leading - 1)

    check(less_than("10"), ball(distance, "Laplace transform and rigorous quadrature"))


@claim(
    "3.proposition2.eighth_moment",
    at="Proposition 2",
    kind="step",
    says="Uniform integrability of the averages of w⁴ requires E[w⁸] < ∞",
    note="Averages of i.i.d. integrable variables are uniformly integrable with no further condition, so E[w⁴] < ∞ is "
    "enough. For Pareto magnitudes of index 6, E[w⁸] = ∞, yet E[(T/n)^(5/4)] ≤ E|w|⁵ by convexity, which bounds the "
    "part of E[T/n] above K by E|w|⁵ K^(−1/4). The conclusion itself is confirmed by rigorous quadrature.",
    instead="3.proposition2.fourth_moment",
)
def test_uniform_integrability(check):
    from sympy import Rational, Symbol, integrate, limit, oo

    x, bound = Symbol("x", positive=True), Symbol("K", positive=True)
    density = 6 * x**-7
    assert integrate(x**8 * density, (x, 1, oo)) == oo
    modulus = limit(integrate(x**5 * density, (x, 1, oo)) * bound ** Rational(-1, 4), bound, oo)
    certificate = "limit in K of a bound on sup_n E[T/n; T/n > K] for a law with E[w⁸] = ∞"
    check(more_than("0", stated="not uniformly integrable without E[w⁸]"), proof(int(modulus), certificate))


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
        leading = law.absolute_moment(4, BALL) / (n * law.absolute_moment(2, BALL) ** 2)
        return BALL.sqrt(BALL.number(n)) * abs(pareto_random_sign_energy(6, n) / leading - 1)

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
    check(exactly(Fraction(-6, n + 2)), proof(excess, "moments of a uniform unit vector, in exact fractions"))


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
    says="The signs dominate direction: they hold more than half of the directional energy",
    rests_on=["3.fact1"],
    primary="the laws that the corollary names",
    note="For w² Gamma of shape 0.1, symmetric with all moments, the signs hold 24.5% in the limit, the magnitudes the "
    "rest. The exact finite-n mean L + (1 − L)/n has the same limit. It is true of Gaussian weights.",
    instead="3.corollary1.range",
)
@pytest.mark.parametrize("reading", ["the laws that the corollary names", "Gaussian weights"])
def test_signs_dominate(check, reading):
    def share():
        if reading == "Gaussian weights":
            return absolute_gaussian_mean() ** 2
        return sign_energy_limit(LAWS["Nakagami 0.1"], BALL)

    check(more_than("50%", stated="dominates: more than half"), ball(share, "(E|w|)²/E[w²]"))


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
        return n * pareto_random_sign_energy(9, n) / (law.absolute_moment(4, BALL) / law.absolute_moment(2, BALL) ** 2)

    check(less_than("1.000001", stated="n·E cos² at most its limit"), ball(scaled, "rigorous quadrature"))


@claim(
    "3.corollary1.region",
    at="Section 3.3",
    kind="wording",
    says="The signs determine the directional region: vectors of the same signs are less than 90° apart",
)
@searching
@given(u=st.lists(st.integers(1, 9), min_size=2, max_size=8), data=st.data())
def test_signs_determine_a_region(u, data):
    v = data.draw(st.lists(st.integers(1, 9), min_size=len(u), max_size=len(u)))
    signs = data.draw(st.lists(st.sampled_from([-1, 1]), min_size=len(u), max_size=len(u)))
    others = [*signs[:-1], signs[-1] * twin(1, -1)]
    cosine = directional_cosine(np.array(signs) * u, np.array(others) * v)
    worst(cosine)
    assert cosine > 0


@claim(
    "3.corollary1.complementary",
    at="Section 3.3",
    kind="wording",
    says="Signs and magnitudes are complementary: what the signs do not capture is what the magnitudes refine",
    rests_on=["3.fact1.gaussian", "3.proposition2.gaussian"],
    primary="projection on sign(w) and remainder",
    note="The energy outside sign(w) is the spread of the magnitudes, Var|w|/E[w²] = 1 − 2/π. It is not the O(1/n) "
    "that magnitudes have under random signs: those two shares of the corollary do not add up to one.",
)
@pytest.mark.parametrize("reading", ["projection on sign(w) and remainder", "the corollary's two shares"])
def test_complementary_shares(check, reading):
    import sympy

    if reading == "the corollary's two shares":
        check(exactly(1), ball(lambda: absolute_gaussian_mean() ** 2, "2/π plus the limit 0 of 3/(n+2)"))
        return
    x = sympy.symbols("x", positive=True)
    density = sympy.sqrt(2 / sympy.pi) * sympy.exp(-(x**2) / 2)
    mean = sympy.integrate(x * density, (x, 0, sympy.oo))
    spread = sympy.integrate((x - mean) ** 2 * density, (x, 0, sympy.oo))
    total = sympy.simplify(mean**2 + spread)
    check(exactly(1), proof(Fraction(str(total)), "(E|w|)² + E(|w| − E|w|)² by symbolic integration, E[w²] = 1"))


@claim(
    "3.corollary1.damage",
    at="Section 3.3",
    says="Sign flips are more damaging to network outputs than magnitude perturbations of equal norm",
    tex=r"\|P_{y^\perp}\Delta y^{\mathrm{sign}}\|^2>\|P_{y^\perp}\Delta y^{\mathrm{mag}}\|^2",
    rests_on=["6.theorem3"],
    primary="the model (A4)",
    note="It holds for the constant shift (A4). Definition 1 also calls ΔW = ±2√p·W with independent random signs "
    "magnitude-type (it keeps every sign for p < 1/4 and has the same norm). Its error is uncorrelated with the "
    "output, so that more of it is transverse than of sign flips.",
    instead="2.5.definition1.jitter",
)
@pytest.mark.parametrize("p", ["0.01", "0.1"])
@pytest.mark.parametrize("reading", ["the model (A4)", "magnitude-type by Definition 1"])
def test_sign_flips_do_more_damage(check, reading, p):
    def ratio():
        s = root_flip_rate(p, BALL)
        if reading == "the model (A4)":
            return transverse_ratio(s, BALL)
        jitter = relu_moments(regression_pair(1, 2 * s, BALL), BALL)
        return sign_moments(s, BALL).transverse_energy() / jitter.transverse_energy()

    check(more_than("1", stated="far more damaging"), ball(ratio, "second moments of bivariate normal pre-activations"))
