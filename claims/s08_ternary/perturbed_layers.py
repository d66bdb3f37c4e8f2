"""What the claims of Section 8 share: exact moments of a row and its scale, unit inputs, and perturbed layers."""

from fractions import Fraction

import flint
from verdicts import identity, proof

from claims.means_over_signs import OVER_SIGNS, of_rows
from theorems.arithmetic.contexts import BALL, SERIES
from theorems.arithmetic.exact_series import EXACT as SERIES_IN_ROOT
from theorems.formulas.asymmetry import magnitude_moments, sign_moments
from theorems.integrals.gaussian_integrals import gaussian_expectation
from theorems.integrals.half_normal import joint_moment, sum_moment
from theorems.integrals.ternary_integrals import QuantisedLayer, linear_integrals, quantised_layer

EXACT = "exact half-normal moments as polynomials in √(2/π) over ℚ"
EXACT_SERIES = "power series in √p with exact coefficients in ℚ(√(2/π), √(1 − 2/π))"
INTEGRALS = "integrals over the normal density, no closed form"


def mean_square_scale(n):
    """E s² for w ~ N(0, 1/n): Σ|g| is n^(3/2) s."""
    return sum_moment(n, 2) / n**3


def mean_product(n):
    """E[|w|s]."""
    return joint_moment(n, 1, 1) / n**2


def for_every_n(left, right, stated=""):
    """Evidence for left(n) = right(n): polynomials in n of degree at most 8 over one power of n, at n = 1, …, 9."""
    sizes = range(1, 10)
    method = f"polynomials in n of degree below 9 over a power of n, at n = 1, …, 9; {EXACT}"
    return identity([left(n) for n in sizes], [right(n) for n in sizes], method, stated)


def covariance(n):
    """Cov(z, Δz) = E[|w|s] − E[w²], by Section 8.3."""
    return mean_product(n) - flint.fmpq(1, n)


def error_variance(n):
    """E(|w| − s)²."""
    return flint.fmpq(1, n) - 2 * mean_product(n) + mean_square_scale(n)


def for_every_input(form, stated=""):
    """Evidence that E form(z, z_Q) = E form(|w|, s) for a quadratic form, every n and every unit x̂, one spike too."""
    return identity(*of_rows(form), OVER_SIGNS, stated)


def mean_magnitude():
    return 2 * gaussian_expectation(lambda x: x, 0, None, (1, 1))


def sign_flips(p):
    """(z, z′) under sign flips at rate p, as a layer: equal variances and correlation 1 − 2p."""
    return QuantisedLayer((1 - 2 * BALL.number(p)).acos(), BALL.number(1))


def constant_magnitude(p):
    """(z, z′) under W′ = W + δ·sign(W), δ² = 4p/n."""
    size, alpha = 2 * BALL.number(p).sqrt(), mean_magnitude()
    deviation = (1 + 2 * size * alpha + size**2).sqrt()
    return QuantisedLayer(((1 + size * alpha) / deviation).acos(), deviation)


def lowest_order_source(pair):
    """Half the order in s = √p at which the gate-flip probability starts."""
    angle = pair(SERIES.variable(0), SERIES).angle
    order = next(k for k in range(6) if angle[k] != 0)
    return proof(
        Fraction(order, 2), f"first coefficient other than zero of the angle's power series in √p: {angle[order]}"
    )


def equal_norm_rate():
    return linear_integrals(quantised_layer()).energy / 4


def flips_and_shift():
    """The moments of sign flips and of the constant-δ model after ReLU, as exact series in √p."""
    s = SERIES_IN_ROOT.variable()
    return sign_moments(s, SERIES_IN_ROOT), magnitude_moments(s, SERIES_IN_ROOT)
