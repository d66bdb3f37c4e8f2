"""What the claims of Section 6 share: Table 2, exact series in √p, and c(p) over all flip rates and at finite width."""

from fractions import Fraction
from functools import cache
from itertools import product
from pathlib import Path

import flint
from verdicts import read_table

from claims import width_bounds
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.exact_series import EXACT, exact_value
from theorems.arithmetic.expansions import range_over
from theorems.formulas.asymmetry import (
    magnitude_moments,
    root_flip_rate,
    sign_moments,
    structural_ratio,
    transverse_ratio,
)
from theorems.formulas.finite_width import magnitude_moments_equal_entries, sign_moments_equal_entries

TABLE_2 = read_table(Path(__file__).parents[1] / "tables" / "table_02.csv")
FLIP_RATES = [row["p"] for row in TABLE_2]
EXACT_COEFFICIENTS = "power series in √p with exact coefficients in ℚ(√(2/π), √(1 − 2/π))"
INTEGRALS = "polar integrals over the quadrants of (X, X′), covariances from the weight law"
EXACT_LAWS = "exact laws at finite n: binomial sum over flips, Fourier sum over sign-preserving shifts"
TAYLOR = width_bounds.TAYLOR
IN_WIDTH = {
    "figure": "Not in the paper: how fast c(p) at width n nears its limit, x̂ uniform on the sphere",
    "x": "n",
    "y": "1 − c(p, n)/c(p)",
}
IN_RATE = {
    "figure": "Not in the paper: how fast c(p) nears π/(π − 2) as p → 0, and where a finite width stops it",
    "x": "p",
    "y": "1 − c(p)(π − 2)/π",
}
SMALL_RATES = [Fraction(digit, 10**power) for power in range(8, 0, -1) for digit in (1, 2, 5)][:-1]
"from 10⁻⁸ to 1/5"


HALF_SPACE = (
    "mean over the signs of two Gaussian weights, whichever of two opposite pairs of signs has z > 0, in symbols; "
    "opposite signs have one value at any n, which is half of both, and no product of two terms has more entries"
)


def on_the_half_space(term):
    """E[1{z > 0}·term(z, Δz)] for entries x, y of x̂, in p, n and E|w| = k/√n: one of opposite pairs of signs counts.

    `term` is a product of two of z and Δz. Four expressions: whether z > 0 where the first sign is positive is open,
    for equal and for opposite signs.
    """
    import sympy

    a, b, k, p, n, x, y = sympy.symbols("a b k p n x y", positive=True)
    delta = 2 * sympy.sqrt(p / n)
    moments = {0: 1, 1: k / sympy.sqrt(n), 2: 1 / n}  # E|w|^j
    found = []
    for chosen in product((1, -1), repeat=2):
        values = [
            term(first * (a * x + other * b * y), first * delta * (x + other * y))
            for first, other in zip(chosen, (1, -1), strict=True)
        ]
        terms = sympy.Poly(sum(values) / 4, a, b).terms()
        mean = sum(factor * moments[i] * moments[j] for (i, j), factor in terms)
        found.append(sympy.expand(mean.subs(y, sympy.sqrt(1 - x**2))))
    return found


def root(p):
    return root_flip_rate(p, BALL)


@cache
def exact_moments():
    s = EXACT.variable()
    return sign_moments(s, EXACT), magnitude_moments(s, EXACT)


# Exact series in s = √p


@cache
def sign_radial_fraction():
    """𝓡_sign."""
    return exact_moments()[0].radial_fraction()


@cache
def magnitude_transverse_fraction():
    """1 − 𝓡_mag."""
    return 1 - exact_moments()[1].radial_fraction()


@cache
def energy_ratio():
    """R_A."""
    sign, magnitude = exact_moments()
    return sign.energy / magnitude.energy


@cache
def ratio_series():
    """c(p)."""
    sign, magnitude = exact_moments()
    return sign.transverse_energy() / magnitude.transverse_energy()


@cache
def structural_remainder_series():
    """1 + ε(p)."""
    return ratio_series() / structural_ratio(EXACT.variable(), EXACT)


@cache
def chord_ratio_series():
    """The ratio of actual squared output differences."""
    sign, magnitude = exact_moments()
    return ratio_series() * (sign.chord_over_transverse(EXACT) / magnitude.chord_over_transverse(EXACT))


def structural_factor():
    """1 − 4√p/(3π)."""
    return 1 - 4 * EXACT.variable() / (3 * EXACT.pi)


def coefficient(series, order):
    return exact_value(series[order])


def over_flip_rates(function, near_zero):
    """A ball with the values of `function` over 0 < p < 1/2; `near_zero` encloses those up to √p = 1/20."""
    found, start = near_zero, BALL.number("0.05")
    with_half = BALL.sqrt(BALL.number("0.5")) * BALL.number("1.0001")
    for stop in ("0.1", "0.2", "0.4", with_half):
        found, start = found.union(range_over(function, start, BALL.number(stop), 64, 3)), BALL.number(stop)
    return found


def below_constant(ratio):
    """By which share of π/(π − 2) a ratio is less than it."""
    return 1 - ratio * (BALL.pi - 2) / BALL.pi


@cache
def ratio_at_width(n, p, bits):  # noqa: ARG001
    """c(p) at width n for x̂ with equal entries (m → ∞), once per precision."""
    flipped = sign_moments_equal_entries(n, p, BALL)
    return flipped.transverse_energy() / magnitude_moments_equal_entries(n, p).transverse_energy()


def width_residual(n, p):
    return abs(ratio_at_width(n, p, flint.ctx.prec) / transverse_ratio(root(p), BALL) - 1)
