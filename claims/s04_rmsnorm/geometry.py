"""What the claims of Section 4 share: symbolic vectors of any dimension, polynomial inequalities, perturbed vectors."""

from fractions import Fraction

import numpy as np
from hypothesis import strategies as st
from verdicts import at_least, proof

from claims.drawn_vectors import batches
from theorems.arithmetic.polynomials import minimum_on_box

ROOT = Fraction(1, 2)  # as an exponent
ANY_VECTORS = "exact algebra of inner products, in any dimension"


def symbols(names, **assumptions):
    """Symbols of sympy, which takes long to import."""
    import sympy

    return sympy.symbols(names, **assumptions)


def minimum(function, box, width="1e-6"):
    """Encloses the least value of a polynomial, a function of the names in `box`, by Bernstein coefficients."""
    names = symbols(list(box), real=True)
    return minimum_on_box(function(*names).cancel(), dict(zip(names, box.values(), strict=True)), width)


def nonnegative(function, box, words, method):
    """What `words` accept where they say that a polynomial is at least 0 on a box, and its least value there."""
    return at_least("0", stated=words), proof(minimum(function, box), f"{method}, by Bernstein coefficients")


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


def norms(rows):
    """The Euclidean norm of each row, as a column."""
    return np.linalg.norm(rows, axis=1, keepdims=True)


@st.composite
def perturbed_vectors(draw):
    """(y, Δy, η): matrices whose rows are y ≠ 0 of any scale and Δy of the size η‖y‖, 0 < η < 1."""
    y, direction = draw(batches(2, zeros=True))
    eta = draw(st.sampled_from([1e-3, 0.05, 0.1, 0.5, 0.9, 0.99]) | st.floats(1e-3, 0.99))
    return y, eta * norms(y) * (direction / norms(direction)), eta
