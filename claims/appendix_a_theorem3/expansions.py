"""What the claims of Appendix A share: exact expansions in √p, and the orders of their terms."""

from functools import cache
from math import prod

from verdicts import at_least, proof

from theorems.arithmetic.exact_series import EXACT, ExactSeries, exact_value, leading_order
from theorems.arithmetic.polynomials import minimum_on_box
from theorems.formulas.asymmetry import magnitude_moments, magnitude_pair, sign_moments
from theorems.formulas.normal_pairs import gate_decomposition
from theorems.moments import Moments

EXACT_COEFFICIENTS = "power series in √p with exact coefficients in ℚ(√(2/π), √(1 − 2/π))"
INTEGRALS = "polar integrals over the quadrants of (X, X′), covariances from the weight law"
FLIP_RATES = ["0.01", "0.05", "0.10", "0.40"]


def variable():
    return EXACT.variable()


@cache
def magnitude_gates():
    return gate_decomposition(magnitude_pair(variable(), EXACT), EXACT)


@cache
def totals():
    return sign_moments(variable(), EXACT), magnitude_moments(variable(), EXACT)


def dot(*factors):
    """Σ_j of the product of the j-th entries."""
    return sum(map(prod, zip(*factors, strict=True)))


def order_of(series):
    return proof(leading_order(series), EXACT_COEFFICIENTS)


def is_zero(coefficient):
    return proof(exact_value(coefficient), EXACT_COEFFICIENTS)


def up_to(order, series):
    """A series in √p, of which only the terms up to that order are kept: what is equal to it is so to that order."""
    return ExactSeries(series.coefficients[: order + 1])


def half_powers(numerator):
    """The order in p, for the report, of a term √p to the power `numerator`."""
    return f"p^({numerator}/2)" if numerator % 2 else f"p^{numerator // 2}"


def at_least_order(order):
    return at_least(str(order), f"of order {half_powers(order)} or higher")


def boundary_probability(signs):
    """P(sign X, sign X′) under the magnitude model, as an exact series."""
    angle = magnitude_pair(variable(), EXACT).angle
    return angle / (2 * EXACT.pi) if signs[0] != signs[1] else (EXACT.pi - angle) / (2 * EXACT.pi)


def gate_that_turns_off():
    """E z², E zΔz and E Δz² on {z > 0 > z′} under the magnitude model, as exact series.

    E zz′ is that of a normal pair, in closed form; z and z′ are exchanged by (z, z′) = (−z, −z′) in law.
    """
    pair = magnitude_pair(variable(), EXACT)
    angle, deviation = pair.angle, EXACT.sqrt(pair.variance)
    mixed = deviation * (angle * EXACT.cos(angle) - EXACT.sin(angle)) / (2 * EXACT.pi)
    before, after = magnitude_gates().on_off.original, magnitude_gates().off_on.energy
    return Moments(before, mixed - before, before - 2 * mixed + after)


def nonnegative(function, box, words, method):
    """What `words` accept where they say that a polynomial is at least 0 on a box, and its least value there."""
    import sympy

    names = sympy.symbols(list(box), real=True)
    least = minimum_on_box(sympy.expand(function(*names)), dict(zip(names, box.values(), strict=True)))
    return at_least("0", stated=words), proof(least, f"{method}, by Bernstein coefficients")
