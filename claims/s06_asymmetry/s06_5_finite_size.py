"""Section 6.5: the laws at finite size that printed means and spreads are held against, by exact moments."""

import math
from fractions import Fraction
from functools import partial

import numpy as np
import pytest
from verdicts import at_most, claim, identity, instances

from theorems.arithmetic.contexts import FLOAT
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas.asymmetry import bussgang_correlation
from theorems.formulas.normal_pairs import regression_pair, relu_moments

WIDTH, RATE = 256, 0.2
PRODUCTS = [(0, 0), (0, 1), (1, 1), (0, 2), (2, 2)]
"of (a, Δ, Δ′), in the order of the averages over rows"


def apart(found, exact):
    """The largest relative difference of numbers from the exact ones."""
    return Fraction(float(np.max(np.abs(np.divide(found, exact) - 1))))


def cube_from_cumulants(mean, second, third, m):
    variance, cumulant = second - mean**2, third - 3 * mean * second + 2 * mean**3
    return mean**3 + 3 * mean * variance / m + cumulant / m**2


def cube_in_symbols():
    """E(Σa²)³ over m independent rows, by triples of one, two or three rows; in symbols m, E a², E a⁴ and E a⁶."""
    mean, second, third, m = indeterminates("mean,second,third,m")
    triples = m * third + 3 * m * (m - 1) * mean * second + m * (m - 1) * (m - 2) * mean**3
    return [identity(triples / m**3, cube_from_cumulants(mean, second, third, m), cube_in_symbols.__doc__)]


def cube_by_quadrature(m):
    from theorems.simulation.ratio_means import row_averages

    exact = cube_from_cumulants(*(Fraction(math.prod(range(1, 2 * k, 2)), 2) for k in (1, 2, 3)), m)
    found = row_averages(WIDTH, RATE).expectation(lambda averages: averages[:, 0] ** 3, m)
    return at_most("1e-10", "equal"), instances(apart(found.value, float(exact)), [m], "quadrature against exact terms")


CUBES = ["every m", "128", "2048"]


@claim(
    "6.finite.cube",
    at="Section 6.5",
    kind="extension",
    says="The third moment of ‖a‖²/m over m rows is μ³ + 3μσ²/m + κ₃/m², by E a^(2k) = (2k − 1)!!/2: the quadrature "
    "that gives means at finite size has all three terms",
    tex=r"\mathbb{E}\left(\frac{\|a\|^2}{m}\right)^3=\mu^3+\frac{3\mu\sigma^2}{m}+\frac{\kappa_3}{m^2}",
)
@pytest.mark.parametrize(
    "found", [cube_in_symbols, partial(cube_by_quadrature, 128), partial(cube_by_quadrature, 2048)], ids=CUBES
)
def test_cube_of_an_average(check, found):
    check(*found())


@claim(
    "6.finite.towards_zero",
    at="Section 6.5",
    kind="extension",
    says="With δ < 0 one row of width 10⁶ has the moments of the normal pair X′ = (1 − 2κ√p)X + 2√(p(1 − κ²))N, κ = "
    "√(2/π), up to terms of order 1/(pn)",
    tex=r"X'=(1-2\kappa\sqrt{p})X+2\sqrt{p(1-\kappa^2)}\,N,\quad\kappa=\sqrt{2/\pi}",
)
def test_shift_towards_zero(check):
    from theorems.simulation.ratio_means import row_averages

    alignment, size = bussgang_correlation(), 2 * math.sqrt(RATE)
    limit = relu_moments(regression_pair(1 - size * alignment, size * math.sqrt(1 - alignment**2)), FLOAT)
    found = row_averages(10**6, RATE, -1).mean[3:5]
    off = apart(found, [limit.projection, limit.energy])
    check(at_most("1e-4", "equal, as n → ∞"), instances(off, [RATE], f"E aΔ and E Δ² at p = {RATE}"))


def second_order():
    """With G = |W₂a|²/d, and W₂Δ in parts along W₂a, ν/√d, and across it, Q: means and variances times second slopes.

    W₂a and what W₂ makes of Δ's part orthogonal to a are independent normal vectors: G is χ²_d/d, √d·ν normal and
    Q = χ²_(d−1)/d, independent. What is left is bounded by the exact mean.
    """
    import sympy

    fraction, size, along, across = sympy.symbols("R G nu Q", positive=True)
    radial = sympy.sqrt(fraction * size) + sympy.sqrt(1 - fraction) * along
    ratio = radial**2 / (radial**2 + (1 - fraction) * across)
    means = {size: 1, along: 0, across: 1}

    def slope(variable, order):
        others = {each: mean for each, mean in means.items() if each != variable}
        return ratio.subs(others).diff(variable, order).subs(means)

    found = [ratio.subs(means), -slope(across, 1) + slope(size, 2) + slope(along, 2) / 2 + slope(across, 2)]
    words = "E f to the order 1/d, by means 1, 0, 1 − 1/d and d times the variances 2, 1, 2 of G, ν, Q; in symbols"
    return [identity(found, [fraction, (1 - fraction) * (1 - 2 * fraction)], words)]


def exact_mean():
    """E R̂ = 1 − (1 − 1/d)(1 − R)F with F = 1 + 2R/(d + 2) + ρ, 0 ≤ ρ ≤ 8R²/(d² − 4), for d ≥ 3, a = d/2.

    Given W₂a, R̂ is χ²_(1+2K)/(χ²_(1+2K) + χ²_(d−1)), K of Poisson's law, and over W₂a negative binomial: E(1 − R̂) =
    (d − 1)E 1/(d + 2K) = (1 − 1/d)(1 − R)ᵃH, H = Σ (a)_k Rᵏ/k!·a/(a + k), so that RH′ + aH = a(1 − R)⁻ᵃ. Then F =
    (1 − R)^(a−1)H has R(1 − R)F′ + (a − R)F = a, and so the terms t_k = k!Rᵏ/(a + 1)_k, whose sum telescopes at R = 1.
    """
    a, k, d, fraction, value, slope, term, rest = indeterminates("a,k,d,R,H,slope,t,rho")
    left = 1 - fraction
    equation = fraction * left * (slope - (a - 1) * value / left) + (a - fraction) * value  # over (1 − R)^(a−1)
    following = (k + 1) / (a + 1 + k) * term
    terms = (a + k + 1) * following - (k + 1) * term  # at R^(k+1) in the equation of F
    tail, shorter = term * (a + k) / (a - 1), following * (a + k + 1) / (a - 1)
    of_two_on = 2 / ((d / 2 + 1) * (d / 2 + 2)) * (d / 2 + 2) / (d / 2 - 1)
    mean = 1 - (1 - 1 / d) * left * (1 + 2 * fraction / (d + 2) + rest)
    remainder = 6 * fraction * left / (d * (d + 2)) - (1 - 1 / d) * left * rest
    found = [equation, terms, tail - shorter, of_two_on, mean - remainder]
    expansion = fraction + left * (1 - 2 * fraction) / d
    stated = [left * (fraction * slope + a * value), 0 * a, term, 8 / (d**2 - 4), expansion]
    words = "the exact mean, (d − 1)E 1/(d + 2K) with K negative binomial, by its equation, series and telescoping tail"
    return [identity(found, stated, words, "𝓡 + (1 − 𝓡)(1 − 2𝓡)/d, up to O(1/d²) for all 𝓡 at once")]


def coefficient_at(which):
    from theorems.simulation.ratio_means import radial_fraction, row_averages, with_second_projection

    d, averages = 10**5, row_averages(WIDTH, RATE).mean[None]
    before = radial_fraction(which)(averages)[0]
    after = with_second_projection(radial_fraction(which), d)(averages)[0]
    off = apart(d * (after - before), (1 - before) * (1 - 2 * before))
    return at_most("1e-3", "equal, as d → ∞"), instances(off, [d], f"coefficient of 1/d at 𝓡 = {before:.4g}")


@claim(
    "6.finite.second_projection",
    at="Section 6.5",
    kind="extension",
    says="A mean of ratios after W₂ of d rows is 𝓡 + (1 − 𝓡)(1 − 2𝓡)/d + O(1/d²), the bias of a squared correlation",
    tex=r"\mathbb{E}\hat{\mathcal{R}}=\mathcal{R}+\frac{(1-\mathcal{R})(1-2\mathcal{R})}{d}+O(d^{-2})",
)
@pytest.mark.parametrize(
    "found",
    [second_order, exact_mean, partial(coefficient_at, "sign"), partial(coefficient_at, "magnitude")],
    ids=["every 𝓡", "remainder", "sign", "magnitude"],
)
def test_bias_of_the_second_projection(check, found):
    check(*found())


def chord_quotient(products):
    """The actual squared difference after RMSNorm, sign flips over magnitudes, by the Gram products of (a, Δ, Δ′)."""
    one, along, energy, other_along, other_energy = products
    sign, magnitude = (
        1 - (one + cross) / math.sqrt(one * (one + 2 * cross + change))
        for cross, change in ((along, energy), (other_along, other_energy))
    )
    return sign / magnitude


def form_of(quotient, products):
    """The gradient at these products, by central differences, as the symmetric matrix of a form in (a, Δ, Δ′)."""
    form = np.zeros((3, 3))
    for step, (i, j) in zip(1e-5 * np.eye(len(PRODUCTS)), PRODUCTS, strict=True):
        slope = (quotient(products + step) - quotient(products - step)) / 2e-5
        form[i, j] = form[j, i] = slope if i == j else slope / 2
    return form


def of_one_weight():
    """Covariances of (w, Δw, Δ′w) and means of (a, Δ, Δ′): E|w| = κ, E w² = 1, a flip with chance p, E ReLU = κ/2."""
    kappa, size = math.sqrt(2 / math.pi), 2 * math.sqrt(RATE)
    absolute = np.array([[1, 1, kappa], [1, 1, kappa], [kappa, kappa, 1]])  # E|w|^k, k how many of two are w
    kept, flipped = (np.array([1, change, size]) for change in (0, -2))
    chances = [(1 - RATE, kept), (RATE, flipped)]
    covariance = absolute * sum(chance * np.outer(row, row) for chance, row in chances)
    deviation = math.sqrt(1 + 2 * size * kappa + size**2)
    return covariance, kappa / 2 * np.array([1, 0, deviation - 1])


@claim(
    "6.finite.shared_projection",
    at="Section 6.5",
    also_at=["Section 9.1"],
    kind="extension",
    says="However many inputs share W₂, its d rows add the variance 2‖K‖²/d to the ratio of actual differences in a "
    "seed, K the mean over inputs of the form that the ratio's gradient makes of a, Δ and Δ′",
    tex=r"\frac{2}{d}\left((\bar u^\top C\bar u)^2+\frac{\mathrm{tr}(C\Sigma C\Sigma)}{16n}\right)",
    note="K is of rank one, from the means of a, Δ and Δ′ over inputs, but for products of weights off its diagonal.",
)
@pytest.mark.parametrize("n", [256, 4096])
def test_scatter_of_the_second_projection(check, n):
    from theorems.simulation.ratio_means import row_averages
    from theorems.simulation.setups import Block
    from theorems.simulation.smooth_seed_law import Deviations, other_variance

    d, (covariance, means) = 128, of_one_weight()
    form = form_of(chord_quotient, row_averages(n, RATE).mean[:5])
    squared = (means @ form @ means) ** 2 + np.trace(form @ covariance @ form @ covariance) / (16 * n)
    found = other_variance(Block(n, n, RATE, d), "chord", 10**15, Deviations(np.zeros(2), 0.0))
    check(at_most("1e-4", "equal"), instances(apart(found, 2 / d * squared), [n], "moments of one weight and its flip"))
