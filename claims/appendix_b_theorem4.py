"""Appendix B: spherical concentration, operator norms, the row scales and the chain of Theorem 4."""

import itertools
import math
from collections import Counter
from fractions import Fraction
from functools import cache, partial, reduce

import flint
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from verdicts import (
    at_most,
    ball,
    between,
    claim,
    exactly,
    identity,
    instances,
    less_than,
    printed,
    proof,
    reading,
    readings,
    tries,
    twin,
    worst,
)

from claims.drawn_vectors import TEN_AT_ONCE, batches, seeded, widely
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import indeterminates, limit_at_infinity
from theorems.formulas import quantization
from theorems.integrals.exact_moments import gaussian_moment
from theorems.integrals.gaussian_integrals import gaussian_expectation
from theorems.integrals.half_normal import (
    ALPHA,
    equal_input_variances,
    joint_moment,
    leading_term,
    magnitude_moment,
    sum_moment,
    value,
)
from theorems.integrals.wishart import marchenko_pastur_moment, trace_moment

EXACT = "exact half-normal moments as polynomials in √(2/π) over ℚ"
SIZES = range(1, 10)
FORMS = {"WtW": (False, False), "WTtWT": (True, True), "WtWT": (False, True)}
"whether the left and the right factor of each quadratic form are quantised"
SYMMETRIC_PART = reading("symmetric part of M")
AT_SIZES = f"polynomials in n of degree below 9, equal at n = 1…9; {EXACT}"


# B.1 Lévy spherical concentration


@cache
def latitudes(n):
    """A fine grid of latitudes of a uniform point on S^(n−1), and the mass of each cell, density ∝ cos^(n−2)."""
    edges = np.linspace(-math.pi / 2, math.pi / 2, 4001)
    middle = (edges[1:] + edges[:-1]) / 2
    log_density = (n - 2) * np.log(np.cos(middle))
    mass = np.exp(log_density - log_density.max())
    return middle, mass / mass.sum()


def before_each(terms):
    """The sum of the terms before each, and of all."""
    return np.append(0, np.cumsum(terms))


def clipped_tail(values, mass, low, high, t):
    """The chance that values, increasing and clipped to [low, high], lie more than t from their mean."""
    below, above, moment = before_each(mass), before_each(mass[::-1])[::-1], before_each(values * mass)
    first, last = np.searchsorted(values, low), np.searchsorted(values, high)
    mean = low * below[first] + moment[last] - moment[first] + high * above[last]
    far_above = np.where(mean + t < high, above[np.searchsorted(values, mean + t, side="right")], 0)
    far_below = np.where(mean - t > low, below[np.searchsorted(values, mean - t)], 0)
    tail = far_above + far_below
    clipped = np.clip(values, low[0], high[0])
    by_definition = (np.abs(clipped - clipped @ mass) > t[0]) @ mass
    if abs(tail[0] - by_definition) > 1e-12:
        raise RuntimeError(f"the tail is {tail[0]} by sums of masses, and {by_definition} by its definition")
    return tail


SPHERES = [n for each in range(2, 401) for n in (each, (2, 1000, 2000)[each % 3])]


def clipped_latitudes(n, generator):
    """n, a Lipschitz constant, and forty deviations, in its units, each with the latitudes where to clip."""
    low, high = np.sort(generator.uniform(-math.pi / 2, math.pi / 2, (2, 40)), axis=0)
    low, high = generator.choice([low, np.full(40, -1.57)]), generator.choice([high, np.full(40, 1.57)])
    t = generator.choice([0.05, 0.3, 1.5]) * generator.random(40)
    return n, generator.choice([1e-3, 1.0, 1e3]), np.array([t, low, high])


@claim(
    "B.levy",
    at="Equation (26)",
    also_at=["Appendix B.1", "Section 8.2"],
    kind="step",
    says="Pr(|f − Ef| > t) ≤ 2exp(−(n−1)t²/(2L²)) for f with geodesic Lipschitz constant L on the sphere S^(n−1), here "
    "searched over clipped latitudes, the functions whose level sets are the extremal caps",
    tex=r"2\exp\left(-\frac{(n-1)t^2}{2L^2}\right)",
    note="With the mean and these constants it follows from the logarithmic Sobolev constant n − 1 of the sphere.",
)
@widely
@example((2, 1.0, np.array([[1.0], [-1.57], [1.57]])))
@example((3, 1.0, np.array([[0.3], [0.0], [1.57]])))
@example((200, 1.0, np.array([[0.25], [-1.57], [1.57]])))
@example((2000, 1.0, np.array([[0.3], [-1.57], [1.57]])))
@given(seeded(clipped_latitudes, SPHERES))
def test_levy(drawn):
    n, lipschitz, (t, low, high) = drawn
    tries(len(t))
    latitude, mass = latitudes(n)
    # a grid cell may fall on the wrong side of the threshold: move it inwards by two cells
    low, high, t_inner = lipschitz * low, lipschitz * high, lipschitz * (t + 2 * math.pi / 4000)
    tail = clipped_tail(lipschitz * latitude, mass, low, high, t_inner)
    bound = 2 * np.exp(-twin(1, 1.1) * (n - 1) * t**2 / 2)  # L = lipschitz, and t in its units
    worst(np.min(bound - tail))
    assert np.all(tail <= bound)


def gradient(matrix, x):
    """Of the quadratic form xᵀMx, by differentiation."""
    form = (x.T * matrix * x)[0]
    return form.diff(x)


def gradient_of_form(left, right):
    """Where `left` and `right` say whether each factor of M is quantised."""
    import sympy

    row, signed, x = (sympy.Matrix(sympy.symbols(f"{name}1:4")) for name in ("w", "t", "x"))
    matrix = (signed if left else row) * (signed if right else row).T
    method = "one row and three columns in symbols: M is a sum over rows, and no term has more than three columns"
    return [identity(gradient(matrix, x), (matrix + matrix.T) * x, method, "the gradient is (M + Mᵀ)x")]


def gradient_at_counterexample():
    import sympy

    original, quantised = sympy.Matrix([[1, 2], [-3, 1]]), sympy.Matrix([[3, 3], [-4, 4]]) / 2
    matrix, x = original.T * quantised, sympy.Matrix(sympy.symbols("x1:3"))
    found, stated = gradient(matrix, x), 2 * matrix * x
    excess = found.dot(found) - stated.dot(stated)
    point = dict(zip(x, (sympy.Rational(3, 5), sympy.Rational(4, 5)), strict=True))
    difference = proof(Fraction(str(excess.subs(point))), "W = [[1, 2], [−3, 1]], x = (3/5, 4/5), rational arithmetic")
    return exactly(0, "squared norms differ by 0"), difference


@claim(
    "B.gradient",
    at="Appendix B.1",
    kind="step",
    says="The gradient of xᵀMx has norm ‖2Mx‖ for each of the quadratic forms WᵀW, W_TᵀW_T and WᵀW_T",
    tex=r"\|\nabla f_M(\hat{x})\|=\|2M\hat{x}\|",
    note="The gradient is (M + Mᵀ)x, and WᵀW_T is not symmetric. The bound 2‖M‖ that follows is right all the same, as "
    "is the formula for the symmetric part (M + Mᵀ)/2, which has the same quadratic form.",
    instead="B.lipschitz",
    primary="symmetric part of M",
)
@pytest.mark.parametrize(
    "step",
    [
        *(
            pytest.param(partial(gradient_of_form, *sides), id=f"symmetric part of M-{name}", marks=SYMMETRIC_PART)
            for name, sides in FORMS.items()
        ),
        pytest.param(gradient_at_counterexample, id="M as it stands-WtWT", marks=reading("M as it stands")),
    ],
)
def test_gradient(check, step):
    check(*step())


def turned(tangent):
    """(cos, sin) of an angle, by the tangent of its half."""
    return (1 - tangent**2) / (1 + tangent**2), 2 * tangent / (1 + tangent**2)


def difference_of_forms():
    import sympy

    matrix = sympy.Matrix(2, 2, sympy.symbols("m1:5"))
    x, y = (sympy.Matrix(sympy.symbols(f"{name}1:3")) for name in "xy")
    product = (x - y).T * (matrix + matrix.T) / 2 * (x + y)
    method = "in symbols; two coordinates, as M is a sum over its entries, each of which has two indices"
    return identity(x.T * matrix * x - y.T * matrix * y, product, method, "xᵀMx − yᵀMy = (x − y)ᵀMₛ(x + y)")


def lengths_of_factors():
    cosine, sine = turned(*indeterminates("t"))
    apart, together = ((1 + sign * cosine) ** 2 + sine**2 for sign in (-1, 1))
    method = "unit vectors (1, 0) and (cos d, sin d) in the plane that they span, rational in tan(d/2)"
    return identity(apart * together, 4 * sine**2, method, "‖x − y‖‖x + y‖ = 2|sin d|")


@claim(
    "B.lipschitz",
    at="Appendix B.1",
    also_at=["Section 8.2"],
    kind="step",
    says="2‖M‖_op is a Lipschitz constant of xᵀMx on the sphere, for every square M: the difference at distance d is "
    "at most ‖Mₛ‖‖x − y‖‖x + y‖ = 2‖Mₛ‖|sin d|, with the symmetric part Mₛ of M, whose norm is at most that of M",
    tex=r"L=2\|M\|_{\mathrm{op}}",
)
@pytest.mark.parametrize(
    "step", [difference_of_forms, lengths_of_factors], ids=["difference as a product", "lengths of its factors"]
)
def test_lipschitz(check, step):
    check(step())


def increments():
    """Of uᵀGv and of g·u + h·v, with normal G, g and h, as u turns by s and v by t from where they started."""
    start, (u, v) = (1, 0), map(turned, indeterminates("a,b"))
    of_matrix = sum((start[i] * start[j] - u[i] * v[j]) ** 2 for i, j in itertools.product(range(2), repeat=2))
    of_vectors = sum((start[i] - each[i]) ** 2 for each in (u, v) for i in range(2))
    stated = 2 * (1 - u[0]) * (1 - v[0])
    method = "variances of both increments, in the planes that the vectors span, rational in tan(s/2) and tan(t/2)"
    return identity(of_vectors - of_matrix, stated, method, "they differ by 2(1 − cos s)(1 − cos t) ≥ 0")


def edge(gamma):
    """The limit of ‖W‖_op, in symbols."""
    import sympy

    return 1 + sympy.sqrt(gamma)


def lengths_of_vectors():
    """(√E‖g‖² + √E‖h‖²)/√n for normal g of m entries and h of n, a bound on E‖W‖."""
    import sympy

    gamma, n = sympy.symbols("gamma n", positive=True)
    second = gaussian_moment(2)
    bound = (sympy.sqrt(gamma * n * second) + sympy.sqrt(n * second)) / sympy.sqrt(n)
    method = "mean squares of normal vectors of m = γn and of n entries, and Jensen's inequality, in symbols"
    return identity(bound, edge(gamma), method, "(√E‖g‖² + √E‖h‖²)/√n = 1 + √γ")


def chi_squared(terms):
    """Mean and variance of a sum of that many squares of standard normal variables."""
    second, fourth = gaussian_moment(2), gaussian_moment(4)
    return terms * second, terms * (fourth - second**2)


def corner():
    """χ²_{n−i}/n on the diagonal and χ²_{m−1−i}/n below it, the squares of the entries at place i, m = γn."""
    gamma, n, i = indeterminates("gamma,n,i")
    means, spreads = [], []
    for terms, limit in ((n - i, 1), (gamma * n - 1 - i, gamma)):
        mean, variance = chi_squared(terms)
        means.append(limit_at_infinity(mean / n / limit, n))
        spreads.append(limit_at_infinity(variance / mean**2, n))
    method = "limits of means and relative variances of χ²_{n−i}/n and χ²_{γn−1−i}/n, any i"
    return identity([*means, *spreads], [1, 1, 0, 0], method, "1 on the diagonal and γ below it")


def constant_vector():
    """‖Bv‖² for L equal entries of v and the bidiagonal L × L corner, squares 1 on the diagonal and γ below it."""
    import sympy

    gamma, lengths = sympy.Symbol("gamma", positive=True), range(1, 9)
    entries = {0: 1, 1: sympy.sqrt(gamma)}
    corners = [sympy.Matrix(length, length, lambda i, j: entries.get(i - j, 0)) for length in lengths]
    images = [corner * sympy.ones(corner.rows, 1) for corner in corners]
    squares = [sum(entry**2 for entry in image) for image in images]
    method = "L = 1…8, in symbols; each further row adds (1 + √γ)²"
    stated = [length * edge(gamma) ** 2 - 2 * sympy.sqrt(gamma) - gamma for length in lengths]
    return identity(squares, stated, method, "L‖Bv‖² = L(1 + √γ)² − 2√γ − γ")


def rational_edge(gamma):
    """Where γ is a square."""
    import sympy

    return Fraction(str(edge(sympy.Rational(gamma))))


def near_the_edge(gamma):
    """Successive moments of the Marchenko–Pastur law over (1 + √γ)²."""
    accepted = between("0.998", "1", "ratio to (1 + √γ)²", because="ratios of moments reach the edge as 1 − 3/(2k)")
    earlier, later = (marchenko_pastur_moment(k, Fraction(gamma)) for k in (1000, 1001))
    growth = later / earlier / rational_edge(gamma) ** 2
    return accepted, instances(growth, [gamma], "successive moments, Narayana polynomials, k = 1000")


def beyond_the_edge(gamma):
    """Markov's bound on the chance, by E tr(WᵀW)^80."""
    size, ratio = 10**6, Fraction(gamma)
    sides = sorted((int(ratio * size), size))
    chance = trace_moment(*sides, 80) / (size * (rational_edge(gamma) * Fraction(11, 10)) ** 2) ** 80
    words = "the chance of more than 1.1(1 + √γ) vanishes: below 1% at n = 10⁶"
    return at_most("1%", words), instances(
        chance, [gamma], "E tr(WᵀW)^80/(1.1(1 + √γ))^160, exact by zonal polynomials"
    )


TO_THE_EDGE = {
    "above": lambda: [increments()],
    "lengths": lambda: [lengths_of_vectors()],
    "below": lambda: [constant_vector()],
    "corner": lambda: [corner()],
    **{f"below, γ = {gamma}": partial(near_the_edge, gamma) for gamma in ("1/4", "1", "4")},
    **{f"above, γ = {gamma}": partial(beyond_the_edge, gamma) for gamma in ("1/4", "1", "4")},
}


@claim(
    "B.operator_norm",
    at="Appendix B.1",
    also_at=["Section 8.2"],
    kind="step",
    says="‖W‖_op → 1 + √γ. Above: the increments of uᵀGv are at most those of g·u + h·v, so that E‖W‖ ≤ 1 + √(m/n) at "
    "every size, by Sudakov and Fernique, and the chance of more than t above that is at most exp(−nt²/2). Below: "
    "Householder reflections make W bidiagonal, with a corner that tends to one with 1 on the diagonal and √γ below "
    "it; on a vector of L equal entries it is as large as (1 + √γ)² up to 1/L",
    tex=r"\|W\|_{\mathrm{op}}\to 1+\sqrt{\gamma}",
    note="The Marchenko–Pastur law alone, which the paper says is enough, gives only the lower half: a law of all "
    "eigenvalues does not see a single large one.",
)
@pytest.mark.parametrize("step", TO_THE_EDGE.values(), ids=TO_THE_EDGE)
def test_operator_norm(check, step):
    check(*step())


def pairings(items):
    """All ways to pair an even number of items."""
    if not items:
        yield []
        return
    first, *rest = items
    for index, partner in enumerate(rest):
        for others in pairings(rest[:index] + rest[index + 1 :]):
            yield [(first, partner), *others]


def classes(links, count):
    """How many classes of `count` things are left once the linked ones are one."""
    names = list(range(count))
    for a, b in links:
        names = [names[a] if name == names[b] else name for name in names]
    return len(set(names))


@cache
def trace_moment_by_pairings(order):
    """E tr((GᵀG)^order) by Isserlis, as exponents of m and n and how often they occur.

    Entries 2k and 2k + 1 share row k, entries 2k + 1 and 2k + 2 a column.
    """
    return Counter(
        (
            classes([(a // 2, b // 2) for a, b in pairs], order),
            classes([((a + 1) // 2 % order, (b + 1) // 2 % order) for a, b in pairs], order),
        )
        for pairs in pairings(list(range(2 * order)))
    )


@claim(
    "B.wishart",
    at="Appendix B.1",
    kind="extension",
    says="The trace moments by zonal polynomials are those by Isserlis' theorem, for every shape up to order 5",
    tex=r"\mathbb{E}\,\mathrm{tr}(G^\top G)^k=\sum_{\text{pairings}}m^{\#\text{rows}}n^{\#\text{columns}}",
)
@pytest.mark.parametrize("order", range(1, 6))
def test_trace_moments(check, order):
    shapes = list(itertools.product(range(1, order + 2), repeat=2))
    found = [trace_moment(m, n, order) for m, n in shapes]
    terms = trace_moment_by_pairings(order).items()
    known = [sum(count * m**rows * n**columns for (rows, columns), count in terms) for m, n in shapes]
    method = f"polynomials in m and n of degree at most {order} in each, equal for m and n from 1 to {order + 1}"
    check(identity(found, known, f"{method}; sums over all pairings of entries"))


@claim(
    "B.gram_norm",
    at="Appendix B.1",
    kind="step",
    says="‖WᵀW‖_op = ‖W‖_op², and ‖W_T‖_op ≤ max s_i · ‖sign W‖_op",
    tex=r"\|W_T\|_{\mathrm{op}}\leq\max_i s_i\,\|\mathrm{sign}(W)\|_{\mathrm{op}}",
    note=TEN_AT_ONCE,
)
@example(np.array([[1.0, 1.0], [1.0, -1.0]]))
@example(np.array([[1.0]]))
@given(batches(dimensions=(*range(1, 10), 40), most=10))
def test_gram_norm(matrix):
    norm = np.linalg.norm(matrix, 2)
    assert math.isclose(np.linalg.norm(matrix.T @ matrix, 2), norm**2, rel_tol=1e-9)
    scales = np.abs(matrix).mean(axis=1)
    largest = twin(scales.max(), scales.min() * 0.999)
    quantised_norm = np.linalg.norm(quantization.sign_quantise(matrix), 2)
    assert quantised_norm <= largest * np.linalg.norm(np.sign(matrix), 2) * (1 + 1e-9)


@claim(
    "B.largest_scale",
    at="Appendix B.1",
    kind="step",
    says="max s_i is O(1/√n) almost surely: Pr(√n s > 2√(2/π)) ≤ rⁿ with r < 1, summable with m = O(n) rows",
    tex=r"\max_i s_i=O(1/\sqrt{n})",
    note="The paper only states the limit of a single s_i; the maximum over rows needs this union bound.",
)
def test_largest_scale(check):
    def chernoff_base():
        # E exp(λ|g| − 2λE|g|) at λ = 4/5
        rate = BALL.number("0.8")
        generating = 2 * gaussian_expectation(lambda x: (rate * x).exp() * x**0, 0, 7) + BALL.number(Fraction(1, 10**6))
        mean = 2 * gaussian_expectation(lambda x: x, 0, None, (1, 1))
        return generating * (-2 * rate * mean).exp()

    # beyond 7 the integrand is below φ(x)e^{0.8x}, with integral e^{0.32}Φ(−6.2) < 10⁻⁶/2
    check(less_than("1"), ball(chernoff_base, method="Chernoff's bound with the moment generating function of |g|"))


WIDEST = {1: 500, 2: 500, 3: 36, 4: 9, 5: 5}
"by their number of rows, the matrices whose exact law is short to write down"
LOG_FACTORIALS = np.array([math.lgamma(k + 1) for k in range(max(WIDEST.values()) + 1)])


@cache
def norm_law(m, n):
    """Attained operator norms of an m × n matrix of independent signs, increasing, and Pr(norm ≥ each).

    Exact up to rounding: all column types up to sign, with multinomial weights.
    """
    types = np.array([(1, *signs) for signs in itertools.product((-1.0, 1.0), repeat=m - 1)])
    others = len(types) - 1
    places = itertools.chain.from_iterable(itertools.combinations(range(n + others), others))
    bars = np.full((math.comb(n + others, others), others + 2), n + others)
    bars[:, 0], bars[:, 1:-1] = -1, np.fromiter(places, dtype=int).reshape(len(bars), others)
    counts = bars[:, 1:] - bars[:, :-1] - 1
    mass = np.exp(LOG_FACTORIALS[n] - LOG_FACTORIALS[counts].sum(axis=1) - n * math.log(len(types)))
    grams = counts @ (types[:, :, None] * types[:, None, :]).reshape(-1, m * m)
    squares = np.linalg.eigvalsh(grams.reshape(-1, m, m))[:, -1]
    attained, place = np.unique(squares.round(9), return_inverse=True)
    tails = np.cumsum(np.bincount(place, mass)[::-1])[::-1]
    if abs(tails[0] - 1) > 1e-9:
        raise RuntimeError(f"the chances of all {m} × {n} matrices of signs add up to {tails[0]}")
    return np.sqrt(attained), tails


ROWS, FIRST_WIDTH = st.sampled_from(list(WIDEST)), {m: st.integers(m, widest) for m, widest in WIDEST.items()}


@st.composite
def thin_shapes(draw):
    m = draw(ROWS)
    first = draw(FIRST_WIDTH[m])
    return m, range(first, min(first + 10, WIDEST[m] + 1))


@claim(
    "B.sign_matrix",
    at="Appendix B.1",
    kind="step",
    says="‖sign W‖_op ≤ √m + √n + t with probability at least 1 − 2exp(−t²/2), with constant one, for every m and n; "
    "searched over the exact laws of thin matrices, each at every t",
    tex=r"\|\mathrm{sign}(W)\|_{\mathrm{op}}\leq\sqrt{m}+\sqrt{n}+t",
    note="No proof for all m and n: the general theorem for sub-Gaussian entries has an unspecified factor before "
    "√m + √n + t, and Theorem 4 only needs that. Exact for matrices of up to 5 rows here, up to ten widths a try, and "
    "at other shapes in B.sign_matrix.shapes. For t below √(2 log 2) ≈ 1.18 the bound on the probability says nothing.",
)
@given(thin_shapes())
@example((1, range(1, 11)))
@example((2, range(191, 201)))
@example((4, range(9, 10)))
def test_sign_matrix(shapes):
    m, widths = shapes
    least = 1
    for n in widths:
        norms, tails = norm_law(m, n)
        # the chance to exceed t is largest, and the bound smallest, just below an attained norm
        excess = norms - math.sqrt(n) - twin(1, -1) * math.sqrt(m)
        slack = (1 - tails / (2 * np.exp(-(excess**2) / 2)))[excess > 1e-9].min(initial=1)
        least = min(least, slack)
    worst(least)
    assert least >= -1e-9


@claim(
    "B.sign_matrix.shapes",
    at="Appendix B.1",
    kind="extension",
    says="At these shapes the bound on ‖sign W‖_op is a theorem, at every t: the logarithm of the chance of more than "
    "√m + √n + t is below that of 2exp(−t²/2)",
    tex=r"\Pr\left(\|\mathrm{sign}(W)\|_{\mathrm{op}}>\sqrt{m}+\sqrt{n}+t\right)<2e^{-t^2/2}",
    rests_on=["B.sign_matrix"],
)
@pytest.mark.parametrize(("m", "n"), [(7, 7), (12, 12), (18, 18), (6, 24), (10, 40), (3, 100)])
def test_sign_matrix_shapes(check, m, n):
    def highest():
        # vacuous below √(2 log 2), and no norm exceeds √(mn)
        width = BALL.number(m).sqrt() + BALL.number(n).sqrt()
        first, last = (2 * BALL.number(2).log()).sqrt(), BALL.number(m * n).sqrt() - width
        moments = [(k, BALL.number(trace_moment(*sorted((m, n)), k)).log()) for k in (2, 4, 8, 12, 16, 24, 32, 48)]
        excess = []
        for step in range(100):
            start, end = (first + (last - first) * BALL.number(Fraction(step + more, 100)) for more in (0, 1))
            # the chance at the interval's start against the bound at its end
            chance = min((log - 2 * k * (width + start).log() for k, log in moments), key=float)
            excess.append(chance - BALL.number(2).log() + end**2 / 2)
        return reduce(flint.arb.max, excess)

    check(
        less_than("0"),
        ball(
            highest,
            method="Pr(‖A‖ > s) ≤ E tr(AᵀA)^k/s^(2k) on 100 intervals of t, with the exact moments of a normal matrix, "
            "which exceed those of signs",
        ),
    )


def variance_for_equal_entries(form):
    # n⁵ times the variance of one row's n y², n y_T² or n y y_T is a polynomial in n; m = n rows
    degree, _ = leading_term([equal_input_variances(n)[form] * n**5 for n in SIZES])
    exponent = Fraction(degree - 5 - 1, 2)
    return at_most("-0.5"), proof(exponent, f"exponent of n in the standard deviation, m = n; {EXACT}")


def variance_for_every_input():
    """The average over signs σ of (Σ|w_j|σ_j x_j)²(Σσ_k x_k)²; with all |w_j| = 1 it is that of (Σσ_k x_k)⁴."""
    symbols = indeterminates("w1,w2,w3,w4,x1,x2,x3,x4")
    w, x = symbols[:4], symbols[4:]
    total = sum(
        sum(a * sign * b for a, sign, b in zip(w, signs, x, strict=True)) ** 2
        * sum(sign * b for sign, b in zip(signs, x, strict=True)) ** 2
        for signs in itertools.product((-1, 1), repeat=4)
    )
    of_unit_input = sum((a * b) ** 2 for a, b in zip(w, x, strict=True)) * sum(b**2 for b in x)
    pairs = 2 * sum(w[j] * w[k] * (x[j] * x[k]) ** 2 for j, k in itertools.permutations(range(4), 2))
    method = "four coordinates in symbols, as no term has more"
    return [identity(total, 16 * (of_unit_input + pairs), method, "largest where Σx̂_j⁴ is least")]


@claim(
    "B.deviation",
    at="Appendix B.1",
    kind="step",
    says="Each of the three quadratic forms deviates from its mean by O(n^(−1/2+ε)) when m/n = γ: no unit x̂ has a "
    "larger variance than that with equal entries, whose standard deviation is of order n^(−1/2) exactly",
    tex=r"O(n^{-1/2+\epsilon})",
    rests_on=["B.levy", "B.lipschitz", "B.operator_norm", "B.gram_norm", "B.largest_scale", "B.sign_matrix"],
)
@pytest.mark.parametrize(
    "step",
    [*(partial(variance_for_equal_entries, form) for form in range(3)), variance_for_every_input],
    ids=["WtW", "WTtWT", "WtWT", "every input"],
)
def test_deviation(check, step):
    check(*step())


# B.2 Triangular array Chebyshev


def mean_of_magnitude():
    return 2 * gaussian_expectation(lambda x: x, 0, None, (1, 1))


def mean_square():
    return gaussian_expectation(lambda x: x**2, None, None, (1, 2))


def variance_of_magnitude():
    return mean_square() - mean_of_magnitude() ** 2


@claim(
    "B.mean_magnitude",
    at="Appendix B.2",
    kind="step",
    says="E|w| = √(2/(πn)) and Var|w| = (1 − 2/π)/n for w ~ N(0, 1/n)",
    tex=r"\mathbb{E}|w_{ij}|=\sqrt{\frac{2}{\pi n}},\qquad\mathrm{Var}(|w_{ij}|)=\frac{1-2/\pi}{n}",
)
@pytest.mark.parametrize(
    ("moment", "accepted"),
    [
        pytest.param(mean_of_magnitude, printed("0.7978845608", "√(2/π) to ten digits"), id="mean-0.7978845608"),
        pytest.param(
            variance_of_magnitude, printed("0.3633802276", "1 − 2/π to ten digits"), id="variance-0.3633802276"
        ),
    ],
)
def test_mean_magnitude(check, moment, accepted):
    check(accepted, ball(moment, method="integrals over the normal density; n = 1, and w scales as 1/√n"))


@claim(
    "B.mean_square_scale",
    at="Appendix B.2",
    kind="step",
    says="E s² = E‖w‖₁²/n² = (Var‖w‖₁ + (E‖w‖₁)²)/n² = 2/(πn) + (1 − 2/π)/n², exactly, at every n",
    tex=r"\mathbb{E}[s_i^2]=\frac{2}{\pi n}+\frac{1-2/\pi}{n^2}",
    rests_on=["B.mean_magnitude"],
)
@pytest.mark.parametrize(
    "stated",
    [
        lambda n: n * (magnitude_moment(2) - magnitude_moment(1) ** 2) + sum_moment(n, 1) ** 2,
        lambda n: n**2 * ALPHA**2 + n * (1 - ALPHA**2),
    ],
    ids=["variance and mean of the 1-norm", "closed form"],
)
def test_mean_square_scale(check, stated):
    check(identity([sum_moment(n, 2) for n in SIZES], [stated(n) for n in SIZES], f"n³ E s²; {AT_SIZES}"))


@claim(
    "B.variance_order",
    at="Appendix B.2",
    kind="step",
    says="Var s² = O(1/n³)",
    tex=r"\mathrm{Var}(s_i^2)=O(1/n^3)",
)
def test_variance_order(check):
    check(at_most("-3"), proof(variance_of_square()[0] - 6, f"exponent of n; {EXACT}"))


def variance_of_square():
    """Degree and leading coefficient in n of n⁶ Var s²."""
    return leading_term([sum_moment(n, 4) - sum_moment(n, 2) ** 2 for n in SIZES])


def limit_as_number():
    return printed("0.925"), ball(lambda: value(variance_of_square()[1]), method=f"leading coefficient; {EXACT}")


def limit_as_formula():
    return [identity(variance_of_square()[1], 4 * ALPHA**2 * (1 - ALPHA**2), f"leading coefficient; {EXACT}")]


@claim(
    "B.variance_sharp",
    at="Appendix B.2",
    kind="extension",
    says="n³ Var s² → (8/π)(1 − 2/π) ≈ 0.925: the order 1/n³ is sharp, and the 1/(mn²) of Section 8.2 is not",
    tex=r"n^3\,\mathrm{Var}(s_i^2)\to\frac{8}{\pi}\left(1-\frac{2}{\pi}\right)",
)
@pytest.mark.parametrize("step", [limit_as_number, limit_as_formula], ids=["number", "formula"])
def test_variance_sharp(check, step):
    check(*step())


@claim(
    "B.variance_of_average",
    at="Appendix B.2",
    kind="step",
    says="The variance of the average of s_i² over m independent rows is Var s²/m = O(1/(mn³))",
    tex=r"\mathrm{Var}\left(\frac1m\sum_i s_i^2\right)=\frac{\mathrm{Var}(s_i^2)}{m}=O\left(\frac{1}{mn^3}\right)",
    rests_on=["B.variance_order"],
)
def test_variance_of_average(check):
    def of_average(m, n):
        """m²n⁴ times the variance, from E[s_i² s_k²] for each pair of rows."""
        rows = itertools.product(range(m), repeat=2)
        square = sum((sum_moment(n, 4) if i == k else sum_moment(n, 2) ** 2) for i, k in rows)
        return square - m**2 * sum_moment(n, 2) ** 2

    shapes = [(m, n) for m in range(1, 4) for n in SIZES]
    stated = [m * of_average(1, n) for m, n in shapes]
    method = f"all pairs of m = 1, 2, 3 rows, polynomials in m of degree 2; {AT_SIZES}"
    check(identity([of_average(*shape) for shape in shapes], stated, method))


def degree_of_error():
    """Degree in n of n⁶E(s² − 2/(πn))², for one row."""
    errors = [sum_moment(n, 4) - 2 * n**2 * ALPHA**2 * sum_moment(n, 2) + n**4 * ALPHA**4 for n in SIZES]
    return leading_term(errors)[0]


@claim(
    "B.scale_average",
    at="Appendix B.2",
    kind="step",
    says="(1/m)Σs_i² → 2/(πn) in probability, relative to its size",
    tex=r"\frac1m\sum_i s_i^2\to\frac{2}{\pi n}",
    note="Taken literally both sides tend to 0 and the statement is empty; relative to 2/(πn) it holds, for any m.",
    primary="ratio to 2/(πn)",
    rests_on=["B.mean_square_scale", "B.variance_of_average"],
)
@readings("degree", {"ratio to 2/(πn)": 4, "difference": 6})
def test_scale_average(check, degree):
    # degree is that of n⁶ times the square of 2/(πn), or of 1
    method = f"exponent of n in the mean square error of one row; that of an average of rows is no larger; {EXACT}"
    check(less_than("0", "its mean square error vanishes"), proof(degree_of_error() - degree, method))


# B.3 Cosine-squared computation chain


def mean_of_norm():
    return printed("1.00000000", "E‖W‖_F² = m"), ball(mean_square, method="n E w², by integration")


def relative_variance_of_norm():
    # Var Σ w² = mn(E w⁴ − (E w²)²) with w = g/√n, over m²; m = n
    of_entry = magnitude_moment(4) - magnitude_moment(2) ** 2
    degree, _ = leading_term([n * n * of_entry for n in SIZES])
    return less_than("0"), proof(degree - 4, f"exponent of n in the relative variance; {EXACT}")


@claim(
    "B.chain.norm",
    at="Appendix B.3",
    kind="step",
    says="‖y‖² tends to tr(WᵀW)/n = ‖W‖_F²/n → m/n, as Σw² concentrates around m",
    tex=r"\|y\|^2\to\frac{\|W\|_F^2}{n}\to\frac{m}{n}",
    rests_on=["B.deviation"],
)
@pytest.mark.parametrize("step", [mean_of_norm, relative_variance_of_norm], ids=["mean", "relative variance"])
def test_chain_norm(check, step):
    check(*step())


@claim(
    "B.chain.quantised_norm",
    at="Appendix B.3",
    kind="step",
    says="tr(W_TᵀW_T) = nΣs_i²",
    tex=r"\mathrm{tr}(W_T^\top W_T)=n\sum_i s_i^2",
    rests_on=["8.theorem4.step1"],
)
def test_chain_quantised_norm(check):
    (scale,) = indeterminates("scale")
    method = "an entry's part of ‖w_T‖² for either sign, of which a row without zeros has n; rows add up to the trace"
    check(identity([(scale * sign) ** 2 for sign in (1, -1)], scale**2, method))


@claim(
    "B.chain.cross",
    at="Appendix B.3",
    kind="step",
    says="tr(WᵀW_T) = Σs_i‖w_i‖₁ = nΣs_i²",
    tex=r"\mathrm{tr}(W^\top W_T)=\sum_i s_i\|w_i\|_1=n\sum_i s_i^2",
    rests_on=["8.theorem4.step1"],
)
def test_chain_cross(check):
    n, size, absolute = indeterminates("n,size,absolute")  # n, |w|, ‖w‖₁
    scale = absolute / n
    found = [*((sign * size) * (scale * sign) for sign in (1, -1)), scale * absolute]
    method = "an entry's part of w·w_T for either sign, whose sum over a row is s‖w‖₁; rows add up to the trace"
    check(identity(found, [scale * size, scale * size, n * scale**2], method))


@claim(
    "B.chain.limits",
    at="Appendix B.3",
    kind="step",
    says="‖y_T‖² and y·y_T both tend to 2m/(πn)",
    tex=r"\sum_i s_i^2\to\frac{2m}{\pi n}",
    rests_on=["B.chain.quantised_norm", "B.chain.cross", "B.scale_average", "B.deviation"],
)
@pytest.mark.parametrize(
    ("mean", "order"),
    [
        # n³ E s² and n² E[|w|s], per row
        pytest.param(lambda n: sum_moment(n, 2), 2, id="y_T norm"),
        pytest.param(lambda n: joint_moment(n, 1, 1), 1, id="dot product"),
    ],
)
def test_chain_limits(check, mean, order):
    leading = leading_term([mean(n) for n in SIZES])
    check(identity(leading, (order, ALPHA**2), f"leading term in n of n times a row's mean; {EXACT}", "limit 2/π"))


@claim(
    "B.chain.cosine",
    at="Equation (27)",
    also_at=["Appendix B.3"],
    kind="step",
    says="cos²∠(y, y_T) → (2m/(πn))²/((m/n)(2m/(πn))) = 2/π",
    tex=r"\frac{(2m/(\pi n))^2}{(m/n)(2m/(\pi n))}=\frac{2}{\pi}",
    rests_on=["B.chain.norm", "B.chain.limits"],
)
def test_chain_cosine(check):
    import sympy

    m, n = sympy.symbols("m n", positive=True)
    cross = quantised_norm = 2 * m / (sympy.pi * n)
    check(identity(cross**2 / (m / n * quantised_norm), 2 / sympy.pi, "in the symbols m and n"))


@claim(
    "B.chain.finite",
    at="Appendix B.3",
    kind="extension",
    says="At width n the ratio of the means is 2/π + (1 − 2/π)/n, so that the limit is approached from above",
    tex=r"\frac{2}{\pi}+\frac{1-2/\pi}{n}",
)
def test_chain_finite(check):
    stated = [n**2 * ALPHA**2 + n * (1 - ALPHA**2) for n in SIZES]
    check(identity([sum_moment(n, 2) for n in SIZES], stated, f"n³ E s², where E w² = 1/n; {AT_SIZES}"))
