"""What the claims of Appendix E share: Table 20, energies and leverages by integrals, exact expressions and series."""

from functools import cache
from math import prod
from pathlib import Path

from verdicts import read_table

from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.exact_series import EXACT, exact_value
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas.relu_kernels import angle_from_amplitude
from theorems.integrals.exact_moments import exact_quadrant_moment, exact_relu_energy, rational_value
from theorems.integrals.gaussian_integrals import relu_energy_integral

TABLE_20 = read_table(Path(__file__).parents[1] / "tables" / "table_20.csv")
DIMENSION = 2048
BY_INTEGRALS = "sum of rigorous integrals over the three quadrants where a gate is open"
FROM_QUADRANTS = "polar integrals over the quadrants, antiderivatives checked by differentiation, exact algebra"
EXACT_SERIES = "power series in α with exact coefficients, from polar integrals over the quadrants"


def square():
    """α² as a symbol."""
    return indeterminates("square")[0]


def energy_by_integrals(alpha):
    return relu_energy_integral(angle_from_amplitude(alpha, BALL))


def leverage_by_integrals(alpha, n=DIMENSION):
    return energy_by_integrals(alpha) / energy_by_integrals(1 / BALL.number(n).sqrt())


def symbols():
    import sympy

    return sympy.Symbol("alpha", positive=True), sympy.Symbol("rho"), sympy.Symbol("theta")


def in_amplitude(expression):
    """An expression in θ = 2 arcsin α as one in α, by the double angle."""
    import sympy

    alpha, _, theta = symbols()
    cosine, sine = 1 - 2 * alpha**2, 2 * alpha * sympy.sqrt(1 - alpha**2)
    return expression.subs({sympy.sin(theta): sine, sympy.cos(theta): cosine}).subs(theta, 2 * sympy.asin(alpha))


@cache
def series(expression):
    """A polynomial in θ = 2 arcsin α, sin θ, cos θ and π, over π, as a power series in α with exact coefficients."""
    import sympy

    _, _, theta = symbols()
    angle = 2 * EXACT.asin(EXACT.variable())
    values = {theta: angle, sympy.sin(theta): EXACT.sin(angle), sympy.cos(theta): EXACT.cos(angle), sympy.pi: EXACT.pi}
    polynomial = sympy.Poly(sympy.expand(sympy.pi * expression), *values)
    terms = (
        rational_value(factor) * prod(value**power for value, power in zip(values.values(), powers, strict=True))
        for powers, factor in polynomial.terms()
    )
    return sum(terms) / EXACT.pi


def coefficient(expression, order):
    """The coefficient of that order in α."""
    return exact_value(series(expression)[order])


def coefficient_times_pi(expression, order):
    return exact_value((series(expression) * EXACT.pi)[order])


def relative_energy():
    """f(1 − 2α²)/(2α²) as a series in α."""
    return series(exact_relu_energy()) / (2 * EXACT.variable() ** 2)


def at_squared_amplitude(expression, squared):
    """The rational value of an expression in θ = 2 arcsin α at that α²."""
    import sympy

    _, _, theta = symbols()
    return rational_value(expression.subs(theta, 2 * sympy.asin(sympy.sqrt(sympy.Rational(squared)))))


def gate_flip_probability():
    return exact_quadrant_moment(0, 0, 1, -1) + exact_quadrant_moment(0, 0, -1, 1)


def closing_energy():
    return exact_quadrant_moment(2, 0, 1, -1)


def opening_energy():
    return exact_quadrant_moment(0, 2, -1, 1)
