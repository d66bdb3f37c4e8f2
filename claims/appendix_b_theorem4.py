"""Appendix B: spherical concentration, operator norms, the row scales and the chain of Theorem 4."""

import itertools
import math
from fractions import Fraction
from functools import cache, reduce

import flint
import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from verdicts import at_most, ball, between, claim, exactly, instances, less_than, printed, proof, twin, worst

from claims.drawn_vectors import LAWS, TEN_AT_ONCE, batches
from theorems.arithmetic.contexts import BALL
from theorems.formulas import quantization
from theorems.integrals.gaussian_integrals import gaussian_expectation
from theorems.integrals.half_normal import (
    ALPHA,
    equal_input_variances,
    joint_moment,
    largest_coefficient,
    leading_term,
    magnitude_moment,
    sum_moment,
    value,
)
from theorems.integrals.wishart import trace_moment

EXACT = "exact half-normal moments as polynomials in √(2/π) over ℚ"
SIZES = range(1, 10)
ONE = ALPHA * 0 + 1


def quantised(rows):
    """W_T of Equation (2) in exact arithmetic, and its scales s_i."""
    scales = [sum(map(abs, row)) / Fraction(len(row)) for row in rows]
    signed = [[s * (1 if entry > 0 else -1) for entry in row] for s, row in zip(scales, rows, strict=True)]
    return signed, scales


# B.1 Lévy spherical concentration


@cache
def latitudes(n):
    """A fine grid of latitudes of a uniform point on S^{n−1}, and the mass of each cell, density ∝ cos^{n−2}."""
    edges = np.linspace(-math.pi / 2, math.pi / 2, 4001)
    middle = (edges[1:] + edges[:-1]) / 2
    log_density = (n - 2) * np.log(np.cos(middle))
    mass = np.exp(log_density - log_density.max())
    return middle, mass / mass.sum()


@st.composite
def clipped_latitudes(draw):
    """Ten deviations t, each with the two latitudes at which the function is clipped."""
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    low, high = np.sort(generator.uniform(-math.pi / 2, math.pi / 2, (2, 10)), axis=0)
    low, high = generator.choice([low, np.full(10, -1.57)]), generator.choice([high, np.full(10, 1.57)])
    return list(zip(generator.choice([0.05, 0.3, 1.5]) * generator.random(10), low, high, strict=True))


@claim(
    "B.levy",
    at="Equation (26)",
    also_at=["Appendix B.1", "Section 8.2"],
    kind="step",
    says="Pr(|f − Ef| > t) ≤ 2exp(−(n−1)t²/(2L²)) for f with geodesic Lipschitz constant L on the sphere S^{n−1}, here "
    "searched over clipped latitudes, the functions whose level sets are the extremal caps",
    tex=r"2\exp\left(-\frac{(n-1)t^2}{2L^2}\right)",
    note="With the mean and these constants it follows from the logarithmic Sobolev constant n − 1 of the sphere.",
)
@example(2, [(1.0, -1.57, 1.57)], 1.0)
@example(3, [(0.3, 0.0, 1.57)], 1.0)
@example(200, [(0.25, -1.57, 1.57)], 1.0)
@given(st.integers(2, 400) | st.sampled_from([2, 1000, 2000]), clipped_latitudes(), st.sampled_from([1e-3, 1.0, 1e3]))
def test_levy(n, drawn, lipschitz):
    latitude, mass = latitudes(n)
    t, low, high = np.array(drawn).T[:, :, None]
    f = lipschitz * np.clip(latitude, low, high)
    # a grid cell may fall on the wrong side of the threshold: move it inwards by two cells
    t_inner = lipschitz * (t + 2 * math.pi / 4000)
    tail = (np.abs(f - (f @ mass)[:, None]) > t_inner) @ mass
    bound = 2 * np.exp(-twin(1, 4) * (n - 1) * t[:, 0] ** 2 / 2)  # L = lipschitz, and t in its units
    worst(np.min(bound - tail))
    assert np.all(tail <= bound)


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
    ("reading", "form"),
    [
        ("symmetric part of M", "WtW"),
        ("symmetric part of M", "WTtWT"),
        ("symmetric part of M", "WtWT"),
        ("M as it stands", "WtWT"),
    ],
)
def test_gradient(check, reading, form):
    original = [[Fraction(1), Fraction(2)], [Fraction(-3), Fraction(1)]]
    signed, _ = quantised(original)
    left, right = {"WtW": (original, original), "WTtWT": (signed, signed), "WtWT": (original, signed)}[form]
    matrix = [[sum(row[j] * other[k] for row, other in zip(left, right, strict=True)) for k in (0, 1)] for j in (0, 1)]
    if reading == "symmetric part of M":
        matrix = [[(matrix[j][k] + matrix[k][j]) / 2 for k in (0, 1)] for j in (0, 1)]
    x = (Fraction(3, 5), Fraction(4, 5))

    def form_at(point):
        return sum(matrix[j][k] * point[j] * point[k] for j in (0, 1) for k in (0, 1))

    def slope(index):
        # a central difference of a quadratic is its derivative
        step = [Fraction(int(index == k)) for k in (0, 1)]
        return (
            form_at([a + b for a, b in zip(x, step, strict=True)])
            - form_at([a - b for a, b in zip(x, step, strict=True)])
        ) / 2

    gradient = sum(slope(k) ** 2 for k in (0, 1))
    stated = sum((2 * sum(matrix[j][k] * x[k] for k in (0, 1))) ** 2 for j in (0, 1))
    check(
        exactly(0, "squared norms differ by 0"),
        proof(gradient - stated, "W = [[1, 2], [−3, 1]], x = (3/5, 4/5), rational arithmetic"),
    )


@st.composite
def forms_and_points(draw):
    """A square matrix, symmetric or not, and ten pairs of points, near to each other or far."""
    n, generator = draw(st.integers(1, 9) | st.just(40)), np.random.default_rng(draw(st.integers(0, 2**32)))
    matrix = np.array([LAWS[generator.integers(len(LAWS))](generator, n) for _ in range(n)])
    assume(np.any(matrix))
    matrix = matrix + generator.choice([0, 1]) * matrix.T + np.eye(n) * 1e-9
    x = generator.standard_normal((10, n))
    return matrix, x, x + generator.choice([1e-3, 0.1, 1, 100], (10, 1)) * generator.standard_normal((10, n))


@claim(
    "B.lipschitz",
    at="Appendix B.1",
    also_at=["Section 8.2"],
    kind="step",
    says="2‖M‖_op is a Lipschitz constant of xᵀMx on the sphere, for every square M",
    tex=r"L=2\|M\|_{\mathrm{op}}",
)
@example((np.array([[0.0, 1, 0], [1, 0, 0], [0, 0, 0]]), np.array([[1, 0.99, 0]]), np.array([[0.99, 1, 0]])))
@example((np.diag([1.0, -1, 0]), np.array([[1, 0.98, 0]]), np.array([[0.98, 1, 0]])))
@given(forms_and_points())
def test_lipschitz(drawn):
    matrix, x, y = drawn
    x, y = (each / np.linalg.norm(each, axis=1, keepdims=True) for each in (x, y))
    distance = 2 * np.arcsin(np.minimum(1, np.linalg.norm(x - y, axis=1) / 2))
    norm = np.linalg.norm(matrix, 2)
    change = np.abs(np.sum(x @ matrix * x, axis=1) - np.sum(y @ matrix * y, axis=1))
    slack = np.min(twin(2, 1.5) * distance - change / norm)
    worst(slack)
    assert slack >= -1e-12


@claim(
    "B.operator_norm",
    at="Appendix B.1",
    also_at=["Section 8.2"],
    kind="step",
    says="‖W‖_op → 1 + √γ. Below: the moments of the Marchenko–Pastur law grow like (1 + √γ)^{2k}, so that eigenvalues "
    "come that near. Above: at n = 10⁶ the exact moment E tr(WᵀW)^80 leaves a chance below 1% to exceed it by 10%",
    tex=r"\|W\|_{\mathrm{op}}\to 1+\sqrt{\gamma}",
    note="Decided to these two margins; the limit itself is the classical theorem that the paper cites. The "
    "Marchenko–Pastur law alone, which the paper says is enough, gives only the lower half: a law of all eigenvalues "
    "does not see a single large one.",
)
@pytest.mark.parametrize("half", ["below", "above"])
@pytest.mark.parametrize(("gamma", "root"), [("1/4", "1/2"), ("1", "1"), ("4", "2")], ids=["γ = 1/4", "γ = 1", "γ = 4"])
def test_operator_norm(check, gamma, root, half):
    ratio, edge = Fraction(gamma), 1 + Fraction(root)

    def moment(k):
        return sum(Fraction(math.comb(k, r) * math.comb(k, r - 1), k) * ratio**r for r in range(1, k + 1))

    if half == "below":
        growth = moment(1001) / moment(1000) / edge**2
        return check(
            between("0.998", "1", "ratio to (1 + √γ)²", because="ratios of moments reach the edge as 1 − 3/(2k)"),
            proof(growth, "successive moments of the Marchenko–Pastur law, Narayana polynomials, k = 1000"),
        )
    size = 10**6
    chance = gaussian_trace_moment(int(ratio * size), size, 80) / (size * (edge * Fraction(11, 10)) ** 2) ** 80
    return check(
        at_most("1%", "the chance of more than 1.1(1 + √γ) vanishes: below 1% at n = 10⁶"),
        proof(chance, "E tr(WᵀW)^80/(1.1(1 + √γ))^160, exact by zonal polynomials"),
    )


@cache
def gaussian_trace_moment(m, n, order):
    """E tr((GᵀG)^order) of standard normal m × n matrices, which is symmetric in m and n."""
    return trace_moment(m, n, order) if m <= n else gaussian_trace_moment(n, m, order)


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


def trace_moment_by_pairings(m, n, order):
    """E tr((GᵀG)^order) by Isserlis: entries 2k and 2k + 1 share row k, entries 2k + 1 and 2k + 2 a column."""
    total = 0
    for pairs in pairings(list(range(2 * order))):
        rows = classes([(a // 2, b // 2) for a, b in pairs], order)
        columns = classes([((a + 1) // 2 % order, (b + 1) // 2 % order) for a, b in pairs], order)
        total += m**rows * n**columns
    return total


@claim(
    "B.wishart",
    at="Appendix B.1",
    kind="extension",
    says="The trace moments by zonal polynomials are those by Isserlis' theorem, up to order 5",
    tex=r"\mathbb{E}\,\mathrm{tr}(G^\top G)^k=\sum_{\text{pairings}}m^{\#\text{rows}}n^{\#\text{columns}}",
)
def test_trace_moments(check):
    points = [(m, n, order) for order in range(1, 6) for m, n in ((1, 1), (2, 3), (3, 5), (4, 4))]
    found = [gaussian_trace_moment(*point) for point in points]
    known = [trace_moment_by_pairings(*point) for point in points]
    difference = max(abs(a - b) for a, b in zip(found, known, strict=True))
    check(exactly(0), instances(difference, points, "sums over all pairings of entries, four shapes"))


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
@given(batches(dimensions=st.integers(1, 9) | st.just(40)))
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


@cache
def norm_law(m, n):
    """Attained operator norms of an m × n matrix of independent signs, increasing, and Pr(norm ≥ each).

    Exact up to rounding: all column types up to sign, with multinomial weights.
    """
    types = np.array([(1, *signs) for signs in itertools.product((-1, 1), repeat=m - 1)])
    outer = np.einsum("ti,tj->tij", types, types)
    counts = np.array(
        [
            np.diff((-1, *bars, n + len(types) - 1)) - 1
            for bars in itertools.combinations(range(n + len(types) - 1), len(types) - 1)
        ]
    )
    log_factorial = np.array([math.lgamma(k + 1) for k in range(n + 1)])
    mass = np.exp(log_factorial[n] - log_factorial[counts].sum(axis=1) - n * math.log(len(types)))
    norms = np.sqrt(np.linalg.eigvalsh(np.einsum("ct,tij->cij", counts, outer))[:, -1])
    order = np.argsort(norms)
    return norms[order], np.cumsum(mass[order][::-1])[::-1]


@claim(
    "B.sign_matrix",
    at="Appendix B.1",
    kind="step",
    says="‖sign W‖_op ≤ √m + √n + t with probability at least 1 − 2exp(−t²/2), with constant one, for every m and n; "
    "searched over the exact laws of thin matrices, each at every t",
    tex=r"\|\mathrm{sign}(W)\|_{\mathrm{op}}\leq\sqrt{m}+\sqrt{n}+t",
    note="No proof for all m and n: the general theorem for sub-Gaussian entries has an unspecified factor before "
    "√m + √n + t, and Theorem 4 only needs that. Exact for matrices of up to 5 rows here, and at other shapes in "
    "B.sign_matrix.shapes. For t below √(2 log 2) ≈ 1.18 the bound on the probability says nothing.",
)
@settings(max_examples=100)
@given(
    st.one_of(
        st.tuples(st.just(1), st.integers(1, 500)),
        st.tuples(st.just(2), st.integers(2, 500)),
        st.tuples(st.just(3), st.integers(3, 36)),
        st.sampled_from([(4, n) for n in range(4, 10)] + [(5, 5)]),
    )
)
@example((1, 1))
@example((2, 200))
@example((4, 9))
def test_sign_matrix(shape):
    m, n = shape
    norms, tails = norm_law(m, n)
    # the chance to exceed t is largest, and the bound smallest, just below an attained norm
    excess = norms - math.sqrt(n) - twin(1, -1) * math.sqrt(m)
    slack = (1 - tails / (2 * np.exp(-(excess**2) / 2)))[excess > 1e-9].min(initial=1)
    worst(slack)
    assert slack >= -1e-9


@claim(
    "B.sign_matrix.shapes",
    at="Appendix B.1",
    kind="extension",
    says="At these shapes the bound on ‖sign W‖_op is a theorem, at every t: the logarithm of the chance of more than "
    "√m + √n + t is below that of 2exp(−t²/2)",
    rests_on=["B.sign_matrix"],
)
@pytest.mark.parametrize(("m", "n"), [(7, 7), (12, 12), (18, 18), (6, 24), (10, 40), (3, 100)])
def test_sign_matrix_shapes(check, m, n):
    def highest():
        # vacuous below √(2 log 2), and no norm exceeds √(mn)
        width = BALL.number(m).sqrt() + BALL.number(n).sqrt()
        first, last = (2 * BALL.number(2).log()).sqrt(), BALL.number(m * n).sqrt() - width
        moments = [(k, BALL.number(gaussian_trace_moment(m, n, k)).log()) for k in (2, 4, 8, 12, 16, 24, 32, 48)]
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
            method="Pr(‖A‖ > s) ≤ E tr(AᵀA)^k/s^{2k} on 100 intervals of t, with the exact moments of a normal matrix, "
            "which exceed those of signs",
        ),
    )


@claim(
    "B.deviation",
    at="Appendix B.1",
    kind="step",
    says="Each of the three quadratic forms deviates from its mean by O(n^{−1/2+ε}) when m/n = γ; their standard "
    "deviation, for x̂ with equal entries, is of order n^{−1/2} exactly",
    tex=r"O(n^{-1/2+\epsilon})",
    rests_on=["B.levy", "B.lipschitz", "B.operator_norm", "B.gram_norm", "B.largest_scale", "B.sign_matrix"],
)
@pytest.mark.parametrize("form", ["WtW", "WTtWT", "WtWT"])
def test_deviation(check, form):
    # n⁵ times the variance of one row's n y², n y_T² or n y y_T is a polynomial in n; m = n rows
    index = ["WtW", "WTtWT", "WtWT"].index(form)
    degree, _ = leading_term([equal_input_variances(n)[index] * n**5 for n in SIZES])
    check(
        at_most("-0.5"),
        proof(Fraction(degree - 5 - 1, 2), f"exponent of n in the standard deviation, m = n; {EXACT}"),
    )


# B.2 Triangular array Chebyshev


@claim(
    "B.mean_magnitude",
    at="Appendix B.2",
    kind="step",
    says="E|w| = √(2/(πn)) and Var|w| = (1 − 2/π)/n for w ~ N(0, 1/n)",
    tex=r"\mathbb{E}|w_{ij}|=\sqrt{\frac{2}{\pi n}},\qquad\mathrm{Var}(|w_{ij}|)=\frac{1-2/\pi}{n}",
)
@pytest.mark.parametrize(("quantity", "stated"), [("mean", "0.7978845608"), ("variance", "0.3633802276")])
def test_mean_magnitude(check, quantity, stated):
    def moment():
        mean = 2 * gaussian_expectation(lambda x: x, 0, None, (1, 1))
        square = gaussian_expectation(lambda x: x**2, None, None, (1, 2))
        return mean if quantity == "mean" else square - mean**2

    formula = "√(2/π)" if quantity == "mean" else "1 − 2/π"
    check(printed(stated, f"{formula} to ten digits"), ball(moment, method="integrals over the normal density, n = 1"))


@claim(
    "B.mean_square_scale",
    at="Appendix B.2",
    kind="step",
    says="E s² = E‖w‖₁²/n² = (Var‖w‖₁ + (E‖w‖₁)²)/n² = 2/(πn) + (1 − 2/π)/n², exactly, at every n",
    tex=r"\mathbb{E}[s_i^2]=\frac{2}{\pi n}+\frac{1-2/\pi}{n^2}",
    rests_on=["B.mean_magnitude"],
)
@pytest.mark.parametrize("step", ["variance and mean of the 1-norm", "closed form"])
def test_mean_square_scale(check, step):
    def residual(n):
        if step == "closed form":
            return sum_moment(n, 2) / n**3 - ALPHA**2 / n - (1 - ALPHA**2) / n**2
        variance, mean = magnitude_moment(2) - magnitude_moment(1) ** 2, sum_moment(n, 1)
        return sum_moment(n, 2) - (n * variance + mean**2)

    worst_case = max(largest_coefficient(residual(n)) for n in SIZES)
    check(exactly(0), proof(worst_case, f"polynomials in n of degree 2, equal at n = 1…9; {EXACT}"))


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


@claim(
    "B.variance_sharp",
    at="Appendix B.2",
    kind="extension",
    says="n³ Var s² → (8/π)(1 − 2/π) ≈ 0.925: the order 1/n³ is sharp, and the 1/(mn²) of Section 8.2 is not",
    tex=r"n^3\,\mathrm{Var}(s_i^2)\to\frac{8}{\pi}\left(1-\frac{2}{\pi}\right)",
)
@pytest.mark.parametrize("part", ["number", "formula"])
def test_variance_sharp(check, part):
    leading = variance_of_square()[1]
    if part == "number":
        return check(printed("0.925"), ball(lambda: value(leading), method=f"leading coefficient; {EXACT}"))
    residual = largest_coefficient(leading - 4 * ALPHA**2 * (1 - ALPHA**2))
    return check(exactly(0), proof(residual, f"leading coefficient less the formula; {EXACT}"))


@claim(
    "B.variance_of_average",
    at="Appendix B.2",
    kind="step",
    says="The variance of the average of s_i² over m independent rows is Var s²/m = O(1/(mn³)); here two rows by "
    "convolution",
    tex=r"\mathrm{Var}\left(\frac1m\sum_i s_i^2\right)=\frac{\mathrm{Var}(s_i^2)}{m}=O\left(\frac{1}{mn^3}\right)",
    rests_on=["B.variance_order"],
)
@pytest.mark.parametrize("part", ["1/m", "exponent of n"])
def test_variance_of_average(check, part):
    if part == "exponent of n":
        return check(at_most("-3"), proof(variance_of_square()[0] - 6, f"exponent of n; {EXACT}"))

    def residual(n):
        first, second = sum_moment(n, 2), sum_moment(n, 4)
        square_of_average = (2 * second + 2 * first * first) / 4
        return square_of_average - first**2 - (second - first**2) / 2

    return check(exactly(0), proof(max(largest_coefficient(residual(n)) for n in SIZES), f"m = 2; {EXACT}"))


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
@pytest.mark.parametrize("reading", ["ratio to 2/(πn)", "difference"])
def test_scale_average(check, reading):
    degree, _ = leading_term([sum_moment(n, 2) for n in SIZES])
    exponent = variance_of_square()[0] - 6 - (2 * (degree - 3) if reading.startswith("ratio") else 0)
    check(less_than("0", "its variance vanishes"), proof(exponent, f"exponent of n in the variance; {EXACT}"))


# B.3 Cosine-squared computation chain


@claim(
    "B.chain.norm",
    at="Appendix B.3",
    kind="step",
    says="‖y‖² tends to tr(WᵀW)/n = ‖W‖_F²/n → m/n, as Σw² concentrates around m",
    tex=r"\|y\|^2\to\frac{\|W\|_F^2}{n}\to\frac{m}{n}",
    rests_on=["B.deviation"],
)
@pytest.mark.parametrize("part", ["mean", "relative variance"])
def test_chain_norm(check, part):
    if part == "mean":
        # E w² n = 1 by quadrature
        return check(
            printed("1.00000000", "E‖W‖_F² = m"),
            ball(lambda: gaussian_expectation(lambda x: x**2, None, None, (1, 2)), method="n E w², by integration"),
        )
    # Var Σ w² = mn(E w⁴ − (E w²)²) with w = g/√n, over m²; m = n
    row = [n * n * (3 * ONE - ONE) for n in SIZES]
    return check(less_than("0"), proof(leading_term(row)[0] - 4, f"exponent of n in the relative variance; {EXACT}"))


@claim(
    "B.chain.quantised_norm",
    at="Appendix B.3",
    kind="step",
    says="tr(W_TᵀW_T) = nΣs_i²",
    tex=r"\mathrm{tr}(W_T^\top W_T)=n\sum_i s_i^2",
    note=TEN_AT_ONCE,
)
@example(np.array([[1.0]]))
@given(batches())
def test_chain_quantised_norm(matrix):
    signed, scales = quantization.sign_quantise(matrix), np.abs(matrix).mean(axis=1)
    n = matrix.shape[1] + twin(0, 1)
    assert math.isclose(np.sum(signed * signed), n * np.sum(scales**2), rel_tol=1e-12)


@claim(
    "B.chain.cross",
    at="Appendix B.3",
    kind="step",
    says="tr(WᵀW_T) = Σs_i‖w_i‖₁ = nΣs_i²",
    tex=r"\mathrm{tr}(W^\top W_T)=\sum_i s_i\|w_i\|_1=n\sum_i s_i^2",
    note=TEN_AT_ONCE,
)
@example(np.array([[1.0]]))
@given(batches())
def test_chain_cross(matrix):
    signed, scales = quantization.sign_quantise(matrix), np.abs(matrix).mean(axis=1)
    n = matrix.shape[1] + twin(0, 1)
    assert math.isclose(np.sum(matrix * signed), n * np.sum(scales**2), rel_tol=1e-12)


@claim(
    "B.chain.limits",
    at="Appendix B.3",
    kind="step",
    says="‖y_T‖² and y·y_T both tend to 2m/(πn)",
    tex=r"\sum_i s_i^2\to\frac{2m}{\pi n}",
    rests_on=["B.chain.quantised_norm", "B.chain.cross", "B.scale_average", "B.deviation"],
)
@pytest.mark.parametrize("form", ["y_T norm", "dot product"])
def test_chain_limits(check, form):
    # m = n: n E s² = E(Σ|g|)²/n², and n² E[|w|s] = E[|g|Σ|g|]
    if form == "y_T norm":
        degree, leading = leading_term([sum_moment(n, 2) for n in SIZES])
        degree -= 2
    else:
        degree, leading = leading_term([joint_moment(n, 1, 1) for n in SIZES])
        degree -= 1
    residual = largest_coefficient(leading - ALPHA**2) + abs(degree)
    check(exactly(0, "limit 2/π at m = n"), proof(residual, f"leading term in n; {EXACT}"))


@claim(
    "B.chain.cosine",
    at="Equation (27)",
    also_at=["Appendix B.3"],
    kind="step",
    says="cos²∠(y, y_T) → (2m/(πn))²/((m/n)(2m/(πn))) = 2/π",
    tex=r"\frac{(2m/(\pi n))^2}{(m/n)(2m/(\pi n))}=\frac{2}{\pi}",
    rests_on=["B.chain.norm", "B.chain.limits"],
)
@pytest.mark.parametrize("ratio", ["1", "1/4", "16"], ids=["m = n", "m = n/4", "m = 16n"])
def test_chain_cosine(check, ratio):
    rows = flint.fmpq(int(Fraction(ratio) * 4), 4)
    norm = leading_term([rows * n * magnitude_moment(2) for n in SIZES])
    quantised_norm = leading_term([rows * sum_moment(n, 2) for n in SIZES])
    cross = leading_term([rows * joint_moment(n, 1, 1) for n in SIZES])
    assert (norm[0] - 1, quantised_norm[0] - 2, cross[0] - 1) == (0, 0, 0)
    residual = cross[1] ** 2 - ALPHA**2 * norm[1] * quantised_norm[1]
    check(exactly(0), proof(largest_coefficient(residual), f"leading terms of the three means; {EXACT}"))


@claim(
    "B.chain.finite",
    at="Appendix B.3",
    kind="extension",
    says="At width n the ratio of the means is 2/π + (1 − 2/π)/n, so that the limit is approached from above",
    tex=r"\frac{2}{\pi}+\frac{1-2/\pi}{n}",
)
def test_chain_finite(check):
    residual = max(largest_coefficient(sum_moment(n, 2) * n - n**3 * ALPHA**2 - n**2 * (1 - ALPHA**2)) for n in SIZES)
    check(exactly(0), proof(residual, f"E s²/E w² at n = 1…9; {EXACT}"))
