"""What the claims of Appendix E share: Table 20, leverages by integrals, exact expressions in α."""

from pathlib import Path

from verdicts import read_table

from claims.flip_energies import series
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.exact_series import EXACT, exact_value
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas.relu_kernels import angle_from_amplitude
from theorems.integrals.exact_moments import exact_quadrant_moment, rational_value
from theorems.integrals.gaussian_integrals import relu_energy_integral

TABLE_20 = read_table(Path(__file__).parents[1] / "tables" / "table_20.csv")
DIMENSION = 2048


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


def coefficient(expression, order):
    """The coefficient of that order in α."""
    return exact_value(series(expression)[order])


def coefficient_times_pi(expression, order):
    return exact_value((series(expression) * EXACT.pi)[order])


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
