"""The energy f of flips after ReLU, which Appendices E and F rest on: by rigorous integrals, and as a series in α."""

from functools import cache
from math import prod

from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.exact_series import EXACT
from theorems.formulas.relu_kernels import angle_from_amplitude
from theorems.integrals.exact_moments import exact_relu_energy, rational_value
from theorems.integrals.gaussian_integrals import relu_energy_integral

BY_INTEGRALS = "sum of rigorous integrals over the three quadrants where a gate is open"
FROM_QUADRANTS = "polar integrals over the quadrants, antiderivatives checked by differentiation, exact algebra"
EXACT_SERIES = "power series in α with exact coefficients, from polar integrals over the quadrants"


def energy(share):
    """f where that share of a pre-activation's variance is negated, that is at correlation 1 − 2·share."""
    return relu_energy_integral(angle_from_amplitude(BALL.number(share).sqrt(), BALL))


@cache
def series(expression):
    """A polynomial in θ = 2 arcsin α, sin θ, cos θ and π, over π, as a power series in α with exact coefficients."""
    import sympy

    theta = sympy.Symbol("theta")
    angle = 2 * EXACT.asin(EXACT.variable())
    values = {theta: angle, sympy.sin(theta): EXACT.sin(angle), sympy.cos(theta): EXACT.cos(angle), sympy.pi: EXACT.pi}
    polynomial = sympy.Poly(sympy.expand(sympy.pi * expression), *values)
    terms = (
        rational_value(factor) * prod(value**power for value, power in zip(values.values(), powers, strict=True))
        for powers, factor in polynomial.terms()
    )
    return sum(terms) / EXACT.pi


def relative_energy():
    """f(1 − 2α²)/(2α²) as a series in α."""
    return series(exact_relu_energy()) / (2 * EXACT.variable() ** 2)
