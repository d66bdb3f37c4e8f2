"""Section 5: single-layer equivalence and its insufficiency."""

from fractions import Fraction
from functools import cache, partial
from itertools import product
from math import prod
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from verdicts import (
    arithmetic,
    at_least,
    at_most,
    ball,
    claim,
    exactly,
    identity,
    more_than,
    printed,
    proof,
    read_table,
    reading,
    readings,
    text,
    tries,
    twin,
    worst,
)

from claims.drawn_vectors import FORTY_AT_ONCE, batch, seeded, widely
from claims.independent_noise import lead_over_rates, noise_moments, order_of_the_lead
from claims.phrases import approximately
from claims.symbols import symbols
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.exact_series import EXACT, exact_value
from theorems.arithmetic.expressions import evaluated
from theorems.arithmetic.rational_functions import indeterminates, limit_at_infinity
from theorems.formulas import asymmetry, spherical
from theorems.formulas.linear_layer import FLIP_RATE, entry_moments, output_difference
from theorems.formulas.normal_pairs import linear_moments
from theorems.integrals.exact_moments import rational_value

TABLE_2 = read_table(Path(__file__).parent / "tables" / "table_02.csv")
RATES = [row["p"] for row in TABLE_2]


def rate():
    import sympy

    return sympy.Symbol(FLIP_RATE, positive=True)


def inner(first, second):
    """The inner product of two sequences."""
    return sum(a * b for a, b in zip(first, second, strict=True))


# Section 5.1: energy equivalence


def circle_average(i, j):
    """The average of cosⁱt sinʲt over t, by Wallis's integrals."""
    odds, evens = (*range(1, i, 2), *range(1, j, 2)), range(2, i + j + 1, 2)
    return Fraction(0) if i % 2 or j % 2 else Fraction(prod(odds), prod(evens))


def sphere_average(function, n):
    """The average of a polynomial over the unit sphere of Rⁿ, n <= 3, by integration over its angles."""
    import sympy

    cosine, sine, z, radius = sympy.symbols("cos sin z radius", real=True)
    points = {1: [[1], [-1]], 2: [[cosine, sine]], 3: [[radius * cosine, radius * sine, z]]}[n]
    values = sympy.Poly(sum(map(function, points)) / len(points), cosine, sine)
    averaged = sum(factor * circle_average(*powers) for powers, factor in values.terms())
    heights = sympy.Poly(averaged.subs(radius, sympy.sqrt(1 - z**2)), z)  # uniform on [-1, 1], by Archimedes
    return sum(factor / (k + 1) for (k,), factor in heights.terms() if k % 2 == 0)


def second_moments():
    """n, E x₁² and E x₁x₂ on the unit sphere of Rⁿ, for every n ≥ 2.

    x₁² has the density ∝ u^(−1/2)(1 − u)^((n−3)/2), and x₁ → −x₁ leaves the sphere as it is.
    """
    import sympy

    n, x1, x2 = sympy.symbols("n x1 x2", positive=True)
    half = sympy.Rational(1, 2)

    def power(k):
        return sympy.gamma(half + k) / sympy.gamma(half + k + (n - 1) / 2)

    return n, sympy.gammasimp(power(1) / power(0)), (x1 * x2 + (-x1) * x2) / 2


def average_of_form(gram, square, product):
    """E x̂ᵀ G x̂ by E x_j² and E x_jx_k."""
    return gram.trace() * square + (sum(gram) - gram.trace()) * product


def symbolic_matrix(n):
    import sympy

    return sympy.Matrix(2, n, sympy.symbols(f"a1:{2 * n + 1}", real=True))


def energy_over_angles(n):
    """E‖ΔW x̂‖² and ‖ΔW‖_F²/n for a symbolic ΔW with n columns, by integration over the angles of the sphere."""
    import sympy

    matrix = symbolic_matrix(n)
    average = sphere_average(lambda x: (matrix * sympy.Matrix(x)).dot(matrix * sympy.Matrix(x)), n)
    return average, sum(entry**2 for entry in matrix) / n


def energy_by_moments():
    """The same for every n ≥ 2, from the trace of ΔWᵀΔW and the sum of its other entries."""
    import sympy

    n, square, product = second_moments()
    trace, others = sympy.symbols("tr off", real=True)
    return trace * square + others * product, trace / n


ENERGIES = {"every n": energy_by_moments} | {str(n): partial(energy_over_angles, n) for n in (1, 2, 3)}


@claim(
    "5.proposition1",
    at="Proposition 1",
    also_at=["Equation (10)", "Section 5.1"],
    says="For x̂ uniform on the sphere E‖ΔW x̂‖² = ‖ΔW‖_F²/n, so equal Frobenius norms give equal output energies",
    tex=r"\mathbb{E}_{\hat x}\|\Delta W\hat x\|^2=\frac{\|\Delta W\|_F^2}{n}",
)
@pytest.mark.parametrize("sides", ENERGIES.values(), ids=ENERGIES)
def test_energy_equivalence(check, sides):
    check(identity(*sides(), "a symbolic ΔW; the sphere by its angles or by the moments of its coordinates", "equal"))


@cache
def frame(n, seed):
    """A random orthonormal frame of n vectors."""
    return np.linalg.qr(np.random.Generator(np.random.Philox(seed)).standard_normal((n, n)))[0]


def matrix_and_frame(n, generator):
    """Forty rows of n entries, and which of ten frames they are tried on."""
    return batch(n, generator, zeros=True), int(generator.integers(10))


@claim(
    "5.proposition1.matrices",
    at="Proposition 1",
    also_at=["Equation (10)"],
    says="The identity holds for every matrix of every shape, whatever its entries",
    tex=r"\mathbb{E}\|M\hat x\|^2=\frac{\|M\|_F^2}{n}",
    note=FORTY_AT_ONCE,
)
@widely
@example(drawn=(np.array([[-3.0]]), 0))
@example(drawn=(np.array([[0.0, 1e9], [1e9, 0.0]]), 0))
@given(drawn=seeded(matrix_and_frame, (*range(1, 10), 20, 60)))
def test_energy_equivalence_of_matrices(drawn):
    """Given a random orthonormal frame, x̂ is any of its vectors with equal chances; frames are uniform on the group.

    It holds of each row, and so of every matrix that they form.
    """
    matrix, seed = drawn
    n = matrix.shape[1]
    tries(len(matrix))
    average = np.mean((matrix @ frame(n, seed)) ** 2, axis=1)
    expected = np.sum(matrix**2, axis=1) / n ** twin(1.0, 0.99)
    error = np.max(np.abs(average / expected - 1))
    worst(-error)
    assert error < 1e-12


def sphere_product(n, j, k):
    import sympy

    return sphere_average(lambda x: x[j] * x[k], n), sympy.Rational(int(j == k), n)


def trace_and_norm():
    matrix = symbolic_matrix(3)
    return (matrix.T * matrix).trace(), sum(entry**2 for entry in matrix)


def every_moment():
    n, square, product = second_moments()
    return [square, product], [1 / n, 0]


SPHERICAL_IDENTITY = {
    "every n": every_moment,
    "diagonal, n = 2": partial(sphere_product, 2, 0, 0),
    "off-diagonal, n = 2": partial(sphere_product, 2, 0, 1),
    "diagonal, n = 3": partial(sphere_product, 3, 0, 0),
    "off-diagonal, n = 3": partial(sphere_product, 3, 0, 1),
    "trace": trace_and_norm,
}


@claim(
    "5.proposition1.proof",
    at="Proposition 1",
    also_at=["Section 5.1"],
    kind="step",
    says="The spherical identity E[x̂x̂ᵀ] = I/n, and tr(MᵀM) = ‖M‖_F²",
    tex=r"\mathbb{E}[\hat x\hat x^\top]=\frac{I_n}{n}",
)
@pytest.mark.parametrize("sides", SPHERICAL_IDENTITY.values(), ids=SPHERICAL_IDENTITY)
def test_spherical_identity(check, sides):
    check(identity(*sides(), "exact integration over the sphere", stated="identity"))


NOT_GAUSSIAN = {
    "all ones": [[1, 1, 1], [1, 1, 1]],
    "one entry": [[0, 5, 0], [0, 0, 0]],
    "ternary": [[1, -1, 0], [0, 1, 1]],
}


def over_the_sphere(rows):
    import sympy

    gram = sympy.Matrix(rows).T * sympy.Matrix(rows)
    average = average_of_form(gram, spherical.sphere_moment((2,), 3), spherical.sphere_moment((1, 1), 3))
    return [identity(average, gram.trace() / 3, "E‖ΔWx̂‖² by the sphere's moments, and ‖ΔW‖_F²/3")]


def at_a_fixed_input():
    """At x̂ = e₁ a matrix of norm² 5 with all of it in its first column has ‖ΔWx̂‖² = 5."""
    import sympy

    matrix = sympy.Matrix([[-2, 0, 0], [1, 0, 0]])
    gram = matrix.T * matrix
    return more_than("0"), proof(rational_value(gram[0, 0] - gram.trace() / 3), "‖ΔWe₁‖² − ‖ΔW‖_F²/3, exact")


NEEDS = {name: partial(over_the_sphere, rows) for name, rows in NOT_GAUSSIAN.items()} | {"fixed x̂": at_a_fixed_input}


@claim(
    "5.proposition1.needs",
    at="Proposition 1",
    also_at=["Table 13"],
    kind="extension",
    says="The i.i.d. N(0, 1/n) that Table 13 lists is not necessary for Proposition 1: there are matrices that are not "
    "Gaussian, three of them here, for which it holds. A law of x̂ is: at a fixed x̂ there is one for which it fails",
    rests_on=["5.proposition1"],
    note="An example each is enough. That it holds for every matrix is 5.proposition1.",
)
@pytest.mark.parametrize("found", NEEDS.values(), ids=NEEDS)
def test_what_proposition_1_needs(check, found):
    check(*found())


# Section 5.2: why single-layer cannot explain the asymmetry


def energies_in_expectation():
    flips, additive = entry_moments("sign flips"), entry_moments("additive noise")
    return [identity(flips.energy, additive.energy, "E Δw² of one entry, exact for every p", stated="equal")]


def relative_variance():
    """Of ‖ΔW_sign‖_F² at m = n = 256, p = 0.01: Δw² is 4w² with probability p, and E w⁴ = 3."""
    p = Fraction(1, 100)
    variance = (16 * 3 * p - (4 * p) ** 2) / (4 * p) ** 2 / 256**2
    return exactly(0, stated="equal"), proof(variance, "relative variance of ‖ΔW_sign‖_F² at m = n = 256, p = 0.01")


@claim(
    "5.equal_energy",
    at="Section 5.2",
    also_at=["Proposition 1"],
    says="Sign flips and the additive perturbation have equal total energy",
    tex=r"\mathbb{E}\|\Delta W^{\mathrm{sign}}\|_F^2=\mathbb{E}\|\Delta W^{\mathrm{mag}}\|_F^2",
    note="In expectation. Proposition 1 asks for equal norms of the realised matrices; those of flips vary, by 6.8 % "
    "relative standard deviation at m = n = 256 and p = 0.01.",
    primary="in expectation",
)
@readings("energies", {"in expectation": energies_in_expectation, "each realisation": relative_variance})
def test_equal_energy(check, energies):
    check(*energies())


@claim(
    "5.flips.conditional_mean",
    at="Section 5.2",
    says="Given W and x̂ the mean change of sign flips is −2p y, which is purely radial",
    tex=r"\mathbb{E}[\Delta y^{\mathrm{sign}}\mid W,\hat x]=-2p\,y",
)
def test_conditional_mean(check):
    p, *symbols = indeterminates("p,w1,w2,w3,w4,w5,w6,x1,x2,x3")
    rows, x, sets = (symbols[:3], symbols[3:6]), symbols[6:], list(product((0, 1), repeat=3))
    found, stated = [], []
    for row in rows:
        changes = [-2 * inner(flips, [w * each for w, each in zip(row, x, strict=True)]) for flips in sets]
        chances = [p ** sum(flips) * (1 - p) ** (3 - sum(flips)) for flips in sets]
        found.append(inner(chances, changes))
        stated.append(-2 * p * inner(row, x))
    method = "all 8 sets of flips of a row of a symbolic 2 × 3 matrix; terms have one entry, so that any size follows"
    check(identity(found, stated, method, stated="= −2p y"))


class Flips:
    """Energies of sign flips in a linear layer with m rows, κ = Σ x̂_j⁴: exact, symbolic, for every unit x̂.

    In units where Var y_i = 1, given y: the mean −2py, and the variance 4p(1−p) Σ_j x̂_j² E[W_ij² | y_i], where
    W_ij is normal given y_i, with mean x̂_j y_i and variance 1 − x̂_j².
    """

    def __init__(self):
        self.p, self.m, self.kappa = indeterminates("p,m,kappa")
        fourth = 3 / (self.m * (self.m + 2))  # E ŷ_i⁴ on the sphere; ŷ is independent of ‖y‖² with mean m
        self.total = 4 * self.p * self.m
        self.radial_of_mean = 4 * self.p**2 * self.m
        spread = 4 * self.p * (1 - self.p)
        self.radial = self.radial_of_mean + spread * (self.kappa * self.m**2 * fourth + 1 - self.kappa)

    def radial_fraction(self):
        return self.radial / self.total

    def additive_over_flips(self):
        """E‖PΔy_mag‖²/E‖PΔy_sign‖² where independent noise has the same energy, and so the radial fraction 1/m."""
        return (1 - 1 / self.m) / (1 - self.radial_fraction())


P_AS_RATIO = "≈ p, as a ratio to p"


def many_rows():
    flips = Flips()
    limit = limit_at_infinity(flips.radial_fraction() / flips.p, flips.m)
    return exactly(1, stated=P_AS_RATIO), proof(limit, "limit of the exact fraction, over p")


def of_the_mean():
    flips = Flips()
    share = rational_value((flips.radial_of_mean / flips.total / flips.p).as_expr())
    return exactly(1, stated=P_AS_RATIO), proof(share, "‖E[Δy|W, x̂]‖² over E‖Δy‖², over p, exact at every m and n")


def at_256():
    flips = Flips()
    fraction = flips.radial_fraction().as_expr().subs({"p": "1/100", "m": 256, "kappa": "3/258"})
    ratio = 100 * rational_value(fraction)
    return approximately(stated=P_AS_RATIO), proof(ratio, "ratio of expectations over p, x̂ uniform")


@claim(
    "5.flips.radial_fraction",
    at="Section 5.2",
    says="The radial fraction of sign flips is about p",
    tex=r"\mathcal R^{\mathrm{sign}}\approx p",
    rests_on=["5.flips.conditional_mean"],
    note="p is the limit m → ∞, and at every size what the conditional mean alone gives. The random part adds about "
    "(1 − p)/m, not small beside p: at m = n = 256 and p = 0.01 (Table 11) the fraction is 0.01396.",
    primary="limit m → ∞",
    instead="5.flips.radial_fraction.finite",
)
@readings(
    "fraction",
    {"limit m → ∞": many_rows, "share of the conditional mean": of_the_mean, "m = n = 256, p = 0.01": at_256},
)
def test_flip_radial_fraction(check, fraction):
    check(*fraction())


def flip_formula():
    flips = Flips()
    p, m, kappa = flips.p, flips.m, flips.kappa
    stated = p + (1 - p) / m * (1 + 2 * kappa * (m - 1) / (m + 2))
    return [identity(flips.radial_fraction(), stated, "exact algebra")]


def one_row():
    flips = Flips()
    return [identity(flips.radial_fraction().subs(flips.m, 1), 1, "with one row every change is radial")]


def flip_value():
    fraction = ball(lambda: spherical.flip_radial_fraction("0.01", 256, Fraction(3, 258), BALL), "the formula")
    return printed("0.01396"), fraction


FINITE_FRACTION = {"formula": flip_formula, "one row": one_row, "m = n = 256": flip_value}


@claim(
    "5.flips.radial_fraction.finite",
    at="Section 5.2",
    kind="extension",
    says="At finite size it is p + (1−p)/m·[1 + 2κ(m−1)/(m+2)] with κ = Σx̂_j⁴: 0.01396 at m = n = 256, p = 0.01",
    tex=r"\mathcal R^{\mathrm{sign}}=p+\frac{1-p}{m}\left[1+\frac{2\kappa(m-1)}{m+2}\right]",
)
@pytest.mark.parametrize("found", FINITE_FRACTION.values(), ids=FINITE_FRACTION)
def test_finite_flip_radial_fraction(check, found):
    check(*found())


def over_all_signs(form, rows, x, sigma):
    """The mean of form(Δy), Δy = ΔWx of `rows` rows with entries ±σ, whose second moments every centred law has.

    A product of two has no more than two entries of x.
    """
    two_coins = list(product((-1, 1), repeat=2))
    changes = [[sigma * inner(coins, x) for coins in chosen] for chosen in product(two_coins, repeat=rows)]
    return sum(map(form, changes)) / len(changes)


def product_of_rows(i, j):
    """σ² = 4p/n."""
    import sympy

    x, variance = sympy.symbols("x1:3", real=True), 4 * rate() / sympy.Symbol("n", positive=True)
    found = over_all_signs(lambda change: change[i] * change[j], 2, x, sympy.sqrt(variance))
    return found, variance * inner(x, x) if i == j else 0


def variance_of_an_entry():
    import sympy

    n = sympy.Symbol("n", positive=True)
    return entry_moments("sign flips").energy / n, 4 * rate() / n


COVARIANCE = {
    "variance": partial(product_of_rows, 0, 0),
    "covariance of two rows": partial(product_of_rows, 0, 1),
    "σ² matches the flips": variance_of_an_entry,
}


@claim(
    "5.additive.covariance",
    at="Section 5.2",
    says="Independent additive noise changes y isotropically, with covariance (4p/n) I_m, matching the flips' norm",
    tex=r"\mathrm{Cov}(\Delta y^{\mathrm{mag}})=\frac{4p}{n}I_m",
)
@pytest.mark.parametrize("sides", COVARIANCE.values(), ids=COVARIANCE)
def test_additive_covariance(check, sides):
    method = "all signs of two entries a row, as no term has more, for any p, n and Σx̂² = 1; E ΔW_ij² of the flips"
    check(identity(*sides(), method, "(4p/n) I"))


def given_output():
    """E(Δy·y)²/(‖y‖² E‖Δy‖²) by all signs: of two entries of y, as no term has more, at any m; and of all at m ≤ 3."""
    sigma, m, *symbols = indeterminates("sigma,m,x1,x2,y1,y2,y3")
    x, fractions = symbols[:2], []
    for rows in (1, 2, 3):
        y = symbols[2 : 2 + rows]
        along = over_all_signs(lambda change, y=y: inner(change, y) ** 2, rows, x, sigma)
        energy = over_all_signs(lambda change: inner(change, change), rows, x, sigma)
        fractions.append(along / (inner(y, y) * energy))
    formula = [spherical.additive_radial_fraction(rows) for rows in (1, 2, 3)]
    return [2 * fractions[1] / m, *fractions], [1 / m, *formula]


def given_change():
    """E (Δy·ŷ)²/‖Δy‖² for any Δy: ŷ is uniform and independent of Δy, for Gaussian W."""
    m, square, _ = second_moments()
    return square, 1 / m


@claim(
    "5.additive.radial_fraction",
    at="Section 5.2",
    also_at=["Equation (11)"],
    says="The radial fraction of the additive perturbation is 1/m",
    tex=r"\mathcal R^{\mathrm{mag}}=\frac1m",
    rests_on=["5.additive.covariance"],
    primary="ratio of means",
)
@readings("sides", {"ratio of means": given_output, "mean of ratios": given_change})
def test_additive_radial_fraction(check, sides):
    check(identity(*sides(), "an isotropic change, or an isotropic output; every m", stated="1/m"))


@claim(
    "5.additive.order",
    at="Table 11",
    also_at=["Section 5.2"],
    kind="wording",
    says="The caption of Table 11 calls the magnitude radial fraction O(1/n), and the table gives its theory as 1/n",
    rests_on=["5.additive.radial_fraction"],
    note="It is 1/m, m the number of outputs, at every n. In the table's setting n = m = 256 the two agree.",
    primary="n = m",
)
@pytest.mark.parametrize(
    ("m", "n"),
    [
        pytest.param(m, n, id=f"{which}-{m}-{n}", marks=reading(which))
        for which, m, n in [("n = m", 256, 256), ("n not m", 256, 1024), ("n not m", 1024, 256)]
    ],
)
def test_order_of_the_additive_fraction(check, m, n):
    check(exactly(1, stated="1/n, as a ratio"), proof(n * spherical.additive_radial_fraction(m), "n times 1/m"))


@claim(
    "5.equation11",
    at="Equation (11)",
    also_at=["Section 5.2"],
    says="In the additive model the transverse energies, magnitude over sign, have the ratio 1/(1−p) as m → ∞",
    tex=r"\frac{\mathbb{E}\|P_{y^\perp}\Delta y^{\mathrm{mag}}\|^2}"
    r"{\mathbb{E}\|P_{y^\perp}\Delta y^{\mathrm{sign}}\|^2}\to\frac{1}{1-p}",
    rests_on=["5.equal_energy", "5.flips.radial_fraction", "5.additive.radial_fraction"],
)
def test_equation_11(check):
    flips = Flips()
    limit = limit_at_infinity((1 - flips.p) * flips.additive_over_flips(), flips.m)
    check(identity(limit, 1, "limit of the exact ratio times 1 − p, for any p and any x̂", stated="→ 1/(1−p)"))


def excess_over_rate(ratio, u):
    """(ratio − 1)/p for an expression in p, in terms of u = √(1 + 4p)."""
    return ((ratio - 1) / rate()).subs(rate(), (u**2 - 1) / 4).factor()


def excess(ratio):
    """What encloses (ratio − 1)/p over 0 < p < 1/2, for an expression in p."""
    moved = excess_over_rate(ratio, symbols("u", positive=True))
    return lambda: evaluated(moved, BALL, u=BALL.number(1).union(BALL.sqrt(BALL.number(3))))


@claim(
    "5.equation11.above_one",
    at="Equation (11)",
    also_at=["Section 5.2"],
    says="1/(1 − p), the limit of magnitude over sign in the additive model, exceeds 1 for every p in (0, 1/2)",
    tex=r"\frac{1}{1-p}>1",
    rests_on=["5.equation11"],
)
def test_equation_11_exceeds_one(check):
    flips = entry_moments("sign flips")
    over_rates = excess(flips.energy / flips.transverse_energy())
    check(more_than("0", stated="above 1"), ball(over_rates, "its excess over 1, over p, for every p in (0, 1/2)"))


@claim(
    "5.equation11.finite",
    at="Equation (11)",
    kind="extension",
    says="At every m ≥ 2 and n the ratio is 1/((1−p)(1 − 2κ/(m+2))), κ = Σx̂_j⁴: above 1 as well, and the limit needs "
    "no delocalised x̂",
    tex=r"\frac{1}{(1-p)\left(1-\frac{2\kappa}{m+2}\right)}",
)
def test_equation_11_at_finite_size(check):
    flips = Flips()
    stated = 1 / ((1 - flips.p) * (1 - 2 * flips.kappa / (flips.m + 2)))
    check(identity(flips.additive_over_flips(), stated, "exact algebra"))


@claim(
    "5.more_damaging",
    at="Section 5.2",
    kind="wording",
    says="The additive model predicts that magnitude perturbations do more damage than sign flips after RMSNorm",
    tex=r"\frac{\|f(y+\Delta y^{\mathrm{mag}})-f(y)\|^2}{\|f(y+\Delta y^{\mathrm{sign}})-f(y)\|^2}>1",
    rests_on=["5.equation11"],
    note="To first order in Δy, where p counts as small but 1/(1−p) differs from 1 only by order p. At that order the "
    "linearisation of RMSNorm matters as much: the actual output differences have the ratio (1 − 1/√(1+4p))/(2p) = 1 − "
    "3p + …, below 1, so the same model predicts the direction that is observed.",
    primary="transverse energy of Equation (11)",
    instead="5.more_damaging.actual",
)
@readings(
    "damage",
    {
        "transverse energy of Equation (11)": lambda moments: moments.transverse_energy(),
        "actual output difference": output_difference,
    },
)
def test_more_damaging(check, damage):
    over_rates = excess(damage(entry_moments("additive noise")) / damage(entry_moments("sign flips")))
    method = "magnitude over sign, its excess over 1, over p, for every p in (0, 1/2); linear layer, n, m → ∞"
    check(more_than("0", stated="more damaging: magnitude over sign above 1"), ball(over_rates, method))


def actual_ratio():
    return output_difference(entry_moments("additive noise")) / output_difference(entry_moments("sign flips"))


def actual_formula():
    import sympy

    return actual_ratio(), (1 - 1 / sympy.sqrt(1 + 4 * rate())) / (2 * rate())


def first_coefficient():
    u = symbols("u", positive=True)
    return excess_over_rate(actual_ratio(), u).subs(u, 1), -3


@claim(
    "5.more_damaging.actual",
    at="Section 5.2",
    kind="extension",
    says="In the additive model the actual squared output differences, magnitude over sign, have the ratio "
    "(1 − 1/√(1+4p))/(2p) = 1 − 3p + O(p²): sign flips do more damage",
    tex=r"\frac{1}{2p}\left(1-\frac{1}{\sqrt{1+4p}}\right)=1-3p+O(p^2)",
)
@pytest.mark.parametrize("sides", [actual_formula, first_coefficient], ids=["formula", "coefficient of p"])
def test_actual_damage(check, sides):
    check(identity(*sides(), "exact algebra, and a limit p → 0"))


@claim(
    "5.opposite_to_experiment",
    at="Section 5.2",
    kind="wording",
    says="Experiment shows the opposite: sign flips have the larger transverse energy",
    tex=r"c(p)>1",
    note="Measured with the sign-preserving perturbation in a ReLU block, not the additive noise of Equation (11).",
)
@pytest.mark.parametrize(("p", "measured"), [(row["p"], row["measured"]) for row in TABLE_2])
def test_opposite_to_experiment(check, p, measured):
    method = f"sign over magnitude as measured at p = {p} (Table 2), anywhere in its rounding interval"
    check(
        more_than("1", stated="opposite: sign over magnitude above 1"), arithmetic(printed(measured).interval, method)
    )


def flips_over_additive(p):
    def ratio():
        s = BALL.number(p).sqrt()
        return asymmetry.sign_moments(s, BALL).chord_energy(BALL) / noise_moments(s, BALL).chord_energy(BALL)

    return lambda: (at_most("1", stated="required"), ball(ratio, f"sign over additive noise at p = {p}, n, m → ∞"))


ACTUAL = "actual output difference"


@claim(
    "5.resolution.sign_preserving",
    at="Section 5.2",
    says="The resolution requires (i) the sign-preserving model: with ReLU and additive noise flips do not dominate",
    tex=r"\frac{\|P_{y^\perp}\Delta y^{\mathrm{sign}}\|^2}{\|P_{y^\perp}\Delta y^{\mathrm{mag}}\|^2}\leq 1",
    note="To first order. In actual output differences flips come out slightly ahead of additive noise, by 3 % at "
    "p = 0.01, with or without ReLU; nothing near the observed factor.",
    rests_on=["6.theorem3.closed_form"],
    primary="transverse energy",
)
@pytest.mark.parametrize(
    "compared",
    [
        pytest.param(lead_over_rates, id="transverse energy", marks=reading("transverse energy")),
        pytest.param(order_of_the_lead, id="transverse energy, order", marks=reading("transverse energy")),
        *(pytest.param(flips_over_additive(p), id=f"{p}-{ACTUAL}", marks=reading(ACTUAL)) for p in RATES),
    ],
)
def test_sign_preserving_model_required(check, compared):
    check(*compared())


@claim(
    "5.bussgang_correlation",
    at="Section 5.2",
    says="ΔW = δ sign(W) creates the correlation √(2/π) between Δz and z",
    tex=r"\mathrm{Corr}(z,\Delta z)=\sqrt{\frac{2}{\pi}}",
)
def test_bussgang_correlation(check):
    import sympy

    moments = entry_moments("constant δ")
    correlation = moments.projection / sympy.sqrt(moments.original * moments.energy)
    check(identity(correlation, sympy.sqrt(2 / sympy.pi), "E|w| and E w² of a normal entry; any n and x̂"))


THEOREM_3_ASSUMES = {
    "A1": "W₁ and W₂ have i.i.d. Gaussian entries",
    "A2": "the input is delocalised",
    "A3": "each entry of W₁ flips its sign with probability p",
    "A4": "magnitude perturbation, sign-preserving: W₁ + sign(W₁)δ",
    "A5": "m/n tends to a constant as all dimensions grow",
    "A6": "the activation is ReLU",
}


@claim(
    "5.ingredients",
    at="Section 5.2",
    kind="wording",
    says="Both ingredients, the sign-preserving model and ReLU, are provided by Theorem 3",
)
@pytest.mark.parametrize("ingredient", ["sign-preserving", "ReLU"])
def test_ingredients(check, ingredient):
    found = sum(ingredient in words for words in THEOREM_3_ASSUMES.values())
    check(
        exactly(1, stated="provided by 1 of them"),
        text(found, "assumptions (A1) to (A6) of Section 2.4 that name it, as read"),
    )


def in_theorem_3():
    fraction = asymmetry.magnitude_moments(EXACT.variable(), EXACT).radial_fraction() * EXACT.pi / 2
    accepted = exactly(1, stated="2/π (Section 6.3), as a ratio, under (A4)")
    return accepted, proof(exact_value(fraction[0]), "ReLU block with (A4), exact coefficients as p → 0")


def squared_cosine():
    """(E Δz z)²/(E z² E Δz²) under (A4), at most E[(Δy·ŷ)²]/E‖Δy‖² at every m and n by Cauchy and Schwarz."""
    return linear_moments(asymmetry.magnitude_pair("0.1", BALL), BALL).radial_fraction()


def in_table_11():
    accepted = printed("0.00391", stated="0.00391 (Table 11), under (A4)")
    route = "Cauchy–Schwarz from the exact second moments of (z, Δz), at every m and n; at most 1"
    return accepted, ball(lambda: squared_cosine().union(BALL.number(1)), route)


def in_section_8():
    accepted = printed("0.363", stated="0.363 (Section 8.4), under (A4)")
    return accepted, ball(squared_cosine, "(A4) in the linear layer, n, m → ∞")


@claim(
    "5.only_counterexample",
    at="Section 5.2",
    also_at=["Table 11", "Section 8.4"],
    kind="wording",
    says="The additive model is solely a motivating counterexample: all later analysis uses the sign-preserving model "
    "(A4)",
    note="The theory of the asymmetry does. Table 11 does not: its magnitude radial fraction 0.00391 is 1/m, the "
    "additive model's, though its caption names (A4), under which it would be at least 2/π at every size, by "
    "Cauchy–Schwarz. Nor is the ternary error of Section 8.4 an (A4) perturbation: it has 1 − 2/π, not 2/π.",
    primary="theory of Section 6",
    instead="5.table11_model",
)
@readings(
    "fraction",
    {
        "theory of Section 6": in_theorem_3,
        "measurement of Table 11": in_table_11,
        "theory of Section 8.4": in_section_8,
    },
)
def test_only_counterexample(check, fraction):
    check(*fraction())


@claim(
    "5.table11.citation",
    at="Table 11",
    also_at=["Section 9.7"],
    kind="wording",
    says="The magnitude radial fraction O(1/n) of Table 11 is that of Proposition 2",
    note="Proposition 2 is about cos² between w and its magnitudes under random signs. The radial fraction 1/m is "
    "derived in Section 5.2, for the additive model, which the caption's (A4) is not.",
    instead="5.additive.radial_fraction",
)
def test_citation_of_table_11(check):
    check(
        at_least("1", "at least 1 statement there"),
        text(0, "radial fractions of perturbations in Proposition 2, as read"),
    )


MODELS_OF_TABLE_11 = {
    "additive-0.00391": ("0.00391", lambda: BALL.number(spherical.additive_radial_fraction(256))),
    "sign-preserving-0.638": ("0.638", lambda: spherical.finite_sign_preserving_radial_fraction(256, 256)),
}


@claim(
    "5.table11_model",
    at="Table 11",
    kind="extension",
    says="The magnitude radial fraction of Table 11 is the additive model's 1/m at m = 256; under (A4) it is 0.638",
    tex=r"\mathcal{R}_{\mathrm{additive}}=\frac1m=\frac{1}{256},\quad\mathcal{R}_{(\mathrm{A4})}\approx0.638",
)
@pytest.mark.parametrize(("stated", "fraction"), MODELS_OF_TABLE_11.values(), ids=MODELS_OF_TABLE_11)
def test_model_of_table_11(check, stated, fraction):
    check(printed(stated), ball(fraction, "exact at m = n = 256, for equal entries of x̂"))
