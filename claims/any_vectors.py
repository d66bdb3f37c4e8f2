"""Vectors of any dimension, known by their inner products: what is proved of them holds for all."""

from fractions import Fraction

from claims.symbols import symbols

ROOT = Fraction(1, 2)  # as an exponent
ANY_VECTORS = "exact algebra of inner products, in any dimension"


class Span:
    """Vectors y ≠ 0, h and k of any dimension m, known by their inner products alone, which are symbols.

    A vector of their span is the column of its three coefficients. What is proved of these columns holds for all y, h
    and k, and so in every dimension.
    """

    def __init__(self):
        import sympy

        self.m, self.yy = symbols("m yy", positive=True)
        self.yh, self.yk, self.hh, self.hk, self.kk = symbols("yh yk hh hk kk", real=True)
        rows = [self.yy, self.yh, self.yk], [self.yh, self.hh, self.hk], [self.yk, self.hk, self.kk]
        self.inner_products = sympy.Matrix(rows)
        self.y, self.h, self.k = (sympy.eye(3).col(index) for index in range(3))

    def dot(self, a, b):
        return (a.T * self.inner_products * b)[0]

    def at(self, expression, **values):
        """An expression in inner products, where some of them are given."""
        return expression.subs({getattr(self, name): value for name, value in values.items()})

    def unit(self, a):
        return a / self.dot(a, a) ** ROOT

    def rmsnorm(self, a):
        """Equation (1)."""
        return self.m**ROOT * self.unit(a)

    def across(self, a):
        """P a = (I − ŷŷᵀ) a, the projection of Theorem 2."""
        return a - self.dot(self.unit(self.y), a) * self.unit(self.y)

    def stated_derivative(self, a):
        """√m/‖y‖ P a, equation (7)."""
        return (self.m / self.yy) ** ROOT * self.across(a)

    def derivative(self, *directions):
        """The derivative of RMSNorm at y along each of the directions, by differentiating equation (1)."""
        steps = symbols(f"t:{len(directions)}", real=True)
        result = self.rmsnorm(sum((t * a for t, a in zip(steps, directions, strict=True)), self.y))
        for step in steps:
            result = result.diff(step).subs(step, 0)
        return result
