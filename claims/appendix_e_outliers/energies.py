"""What the claims of Appendix E share: Table 20, inputs, energies and leverages by integrals, exact series in α."""

from fractions import Fraction
from functools import cache
from pathlib import Path

from verdicts import read_table

from theorems.arithmetic.contexts import BALL
from theorems.formulas.relu_kernels import angle_from_amplitude
from theorems.integrals.exact_moments import exact_quadrant_moment
from theorems.integrals.gaussian_integrals import relu_energy_integral

TABLE_20 = read_table(Path(__file__).parents[1] / "tables" / "table_20.csv")
DIMENSION = 2048

# Unit vectors with rational entries, one for each n.
INPUTS = {
    1: [Fraction(1)],
    2: [Fraction(3, 5), Fraction(-4, 5)],
    3: [Fraction(2, 3), Fraction(1, 3), Fraction(-2, 3)],
    7: [Fraction(1, 2)] * 3 + [Fraction(1, 4)] * 4,
}
BY_INTEGRALS = "sum of rigorous integrals over the three quadrants where a gate is open"
FROM_QUADRANTS = "polar integrals over the quadrants, antiderivatives checked by differentiation, exact algebra"


def energy_by_integrals(alpha):
    return relu_energy_integral(angle_from_amplitude(alpha, BALL))


def leverage_by_integrals(alpha, n=DIMENSION):
    return energy_by_integrals(alpha) / energy_by_integrals(1 / BALL.number(n).sqrt())


def symbols():
    import sympy

    return sympy.Symbol("alpha", positive=True), sympy.Symbol("rho"), sympy.Symbol("theta")


def in_amplitude(expression):
    import sympy

    alpha, _, theta = symbols()
    return sympy.expand(sympy.expand_trig(expression.subs(theta, 2 * sympy.asin(alpha))))


def gate_flip_probability():
    return exact_quadrant_moment(0, 0, 1, -1) + exact_quadrant_moment(0, 0, -1, 1)


def fraction(expression):
    import sympy

    value = sympy.simplify(expression)
    if not value.is_Rational:
        raise ValueError(f"expected a rational number, got {value}")
    return Fraction(int(value.p), int(value.q))


@cache
def coefficient(expression, order):
    import sympy

    alpha, _, _ = symbols()
    return sympy.series(expression, alpha, 0, order + 1).removeO().coeff(alpha, order)


def lowest_order(expression, variable):
    import sympy

    shift = 40
    return sympy.Poly(sympy.expand(expression * variable**shift), variable).monoms()[-1][0] - shift


def closing_energy():
    return exact_quadrant_moment(2, 0, 1, -1)


# α = u^k along which u → 0, with n = u^(−8).
PATHS = {"α = n^(-1÷8)": 1, "α = n^(-1÷4)": 2, "α = n^(-3÷8)": 3}
CROSSOVER = {"α = n^(-1÷2)": 4}
