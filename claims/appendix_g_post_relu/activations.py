"""What the claims of Appendix G share: second moments after ReLU, in symbols and by rigorous integrals."""

from verdicts import ball, proof

from theorems.integrals.exact_moments import exact_quadrant_moment
from theorems.integrals.half_normal import lowest_difference, sum_moment
from theorems.integrals.ternary_integrals import quantised_layer, relu_integrals
from theorems.moments import Moments

HALF_NORMAL = "moments of half-normal |g|, exact polynomials in √(2/π) over ℚ"
QUADRANTS = "second moments over the quadrants of (z, z_Q) in units of 1/n, rigorous integrals of the normal density"
IN_SYMBOLS = "polar integrals over the quadrants of a normal pair, in symbols"


def fourth_moment_of_the_scale():
    """Evidence, nonnegative where E τ⁴ ≤ 3 for every n: τ = √n s = Σ|g|/n."""
    least = lowest_difference([3 * n**4 - sum_moment(n, 4) for n in range(1, 6)])
    method = "least forward difference at n = 1 of the polynomial 3n⁴ − E(Σ|g|)⁴, nonnegative from there on where it is"
    return proof(least, f"{method}; {HALF_NORMAL}")


def symbols(names, **assumptions):
    """Symbols of sympy, which takes long to import."""
    import sympy

    return sympy.symbols(names, **assumptions)


def moment(i, j, x_sign=1, y_sign=1):
    """E[Xⁱ Yʲ] over a quadrant of a standard normal pair of correlation cos φ: an expression in φ."""
    return exact_quadrant_moment(i, j, x_sign, y_sign).subs(symbols("theta"), symbols("phi"))


class Relu:
    """E a², E aδa and E δa², times n, for a = ReLU(z) and a + δa = ReLU(z_Q), by integration over the quadrants.

    z and z_Q are a normal pair of deviations 1/√n and σ/√n and correlation cos φ, for any φ and σ; for sign
    quantisation cos φ = σ = √(2/π).
    """

    def __init__(self):
        self.phi, self.sigma = symbols("phi"), symbols("sigma", positive=True)
        self.product = self.sigma * moment(1, 1)
        original = (moment(2, 0) + moment(2, 0, 1, -1)).expand()
        quantised = self.sigma**2 * (moment(0, 2) + moment(0, 2, -1, 1)).expand()
        self.moments = Moments(original, self.product - original, original - 2 * self.product + quantised)

    def quantised(self, expression):
        """An expression in φ and σ for sign quantisation, by σ = cos φ."""
        import sympy

        return expression.subs(self.sigma, sympy.cos(self.phi)).expand()

    def stated(self):
        """S of equation (36)."""
        import sympy

        sine, cosine = sympy.sin(self.phi), sympy.cos(self.phi)
        return cosine * (sine + (sympy.pi - self.phi) * cosine) / (2 * sympy.pi)


def by_integrals(quantity):
    """Evidence: a quantity of E a², E aδa and E δa² after ReLU."""
    return ball(lambda: quantity(relu_integrals(quantised_layer())), QUADRANTS)


def energy_by_constants(a):
    """½ + 1/π − 2S, where cos² φ = 2/π."""
    import sympy

    return sympy.Rational(1, 2) + sympy.cos(a.phi) ** 2 / 2 - 2 * a.stated()
