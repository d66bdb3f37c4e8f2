"""Section 4.1: per-row scaling bound."""

import numpy as np
import pytest
from hypothesis import assume, example, given
from verdicts import ball, claim, exactly, identity, printed, proof, readings, tries, twin, worst

from claims.any_vectors import ROOT
from claims.drawn_vectors import FORTY_AT_ONCE, batches, searching
from claims.s04_rmsnorm.geometry import nonnegative, norms
from claims.symbols import symbols
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.expressions import evaluated
from theorems.formulas import rmsnorm

ANY_ROWS = "exact algebra of one row, summed over any number of rows by Σp = 1, Σp d = d̄ and Σp d² = r²"


class Rows:
    """Theorem 1 from its definitions, with any number m of rows: y (up to its sign) and d are the entries of one row.

    Every sum over the rows that the theorem and its proof take has terms p·g(d), with the weight p = y²/‖y‖² of the
    row and a polynomial g of degree 2 at most. It follows from Σp = 1, Σp d = d̄ and Σp d² = ‖Dy‖²/‖y‖² = r².
    """

    def __init__(self):
        self.m, self.norm, self.mean, self.r, self.y = symbols("m norm mean r y", positive=True)
        self.d = symbols("d", nonnegative=True)
        self.weight = (self.y / self.norm) ** 2
        self.before = self.m**ROOT * self.y / self.norm
        self.after = self.m**ROOT * self.d * self.y / (self.r * self.norm)
        self.change = self.after - self.before
        self.variance = self.total(self.weight * (self.d - self.mean) ** 2)
        self.squared_error = self.total(self.change**2) / self.total(self.before**2)

    def total(self, term):
        """The sum of a term over all rows."""
        moments = 1, self.mean, self.r**2
        powers = (term / self.weight).cancel().as_poly(self.d).terms()
        return sum(factor * moments[power] for (power,), factor in powers)

    def error_and_bound(self, u):
        """‖f(Dy) − f(y)‖²/‖f(y)‖² and CV², in terms of u = d̄/r = 1/√(1 + CV²), which takes values in (0, 1]."""
        squares = self.squared_error, self.variance / self.mean**2
        return [square.subs(self.mean, u * self.r).cancel() for square in squares]


@claim(
    "4.theorem1",
    at="Theorem 1",
    also_at=["Equation (6)"],
    says="Scaling the rows of y by d ≥ 0 moves RMSNorm(y) by at most CV_p(d) times its norm",
    tex=r"\frac{\|f(Dy)-f(y)\|}{\|f(y)\|}\leq\mathrm{CV}_p(d)",
    rests_on=["4.theorem1.proof"],
)
def test_scaling_bound(check):
    def margin(u):
        error, bound = Rows().error_and_bound(u)
        return u**2 * (bound - error)

    check(*nonnegative(margin, {"u": (0, 1)}, "error ≤ CV", f"u²(CV² − error²) for u = d̄/r; {ANY_ROWS}"))


@claim(
    "4.theorem1.vectors",
    at="Theorem 1",
    also_at=["Equation (6)"],
    says="The bound holds for every y ≠ 0 and d ≥ 0 with Dy ≠ 0, in every dimension and at every scale",
    tex=r"\|f(Dy)-f(y)\|\leq\mathrm{CV}_p(d)\,\|f(y)\|",
    note=FORTY_AT_ONCE,
)
@searching
@example(drawn=(np.array([[-2.0]]), np.array([[3.0]])))
@example(drawn=(np.array([[1.0, 1.0]]), np.array([[0.0, 1.0]])))
@example(drawn=(np.array([[1.0, 1.0]]), np.array([[0.9, 1.1]])))
@example(drawn=(np.array([[1e-120, 1e-120, 0.0]]), np.array([[1.0, 1e8, 5.0]])))
@given(drawn=batches(2, zeros=True))
def test_scaling_bound_of_vectors(drawn):
    rows, scales = drawn[0], np.abs(drawn[1])
    largest = np.max(np.abs(rows * scales), axis=1)
    admitted = (largest > 1e-140) & (largest < 1e140)  # Dy ≠ 0, and its squares neither vanish nor overflow
    assume(np.any(admitted))
    tries(np.count_nonzero(admitted))
    y, d = rows[admitted], scales[admitted]
    error = norms(rmsnorm.rmsnorm(d * y) - rmsnorm.rmsnorm(y))[:, 0] / np.sqrt(y.shape[1])
    least = np.min(twin(1.0, 0.99) * rmsnorm.coefficient_of_variation(y, d) - error)
    worst(least)
    assert least >= -1e-13


UNIFORM = {"variance": lambda rows: rows.variance, "error": lambda rows: rows.change}


@claim(
    "4.theorem1.uniform_scaling",
    at="Theorem 1",
    says="When every row is scaled by the same α, the variance is zero and the error vanishes exactly",
    tex=r"D=\alpha I\Rightarrow f(Dy)=f(y)",
)
@pytest.mark.parametrize("quantity", UNIFORM.values(), ids=UNIFORM)
def test_uniform_scaling(check, quantity):
    rows = Rows()
    uniform = dict.fromkeys([rows.d, rows.mean, rows.r], symbols("alpha", positive=True))
    check(identity(quantity(rows).subs(uniform), 0, f"d = d̄ = r = α; {ANY_ROWS}", stated="exactly"))


# Proof of Theorem 1

STEPS = {
    "1 components": lambda rows: (rows.change, rows.before * (rows.d / rows.r - 1)),
    "2 sum over rows": lambda rows: (rows.change**2 / rows.m, rows.weight * (rows.d / rows.r - 1) ** 2),
    "2 moments": lambda rows: (rows.squared_error, 2 * (1 - rows.mean / rows.r)),
    "2 second moment": lambda rows: (rows.r**2, rows.mean**2 + rows.variance),
    "3 angle": lambda rows: (
        rows.total(rows.after * rows.before) / (rows.total(rows.after**2) * rows.total(rows.before**2)) ** ROOT,
        rows.mean / rows.r,
    ),
}


@claim(
    "4.theorem1.proof",
    at="Section 4.1",
    also_at=["Theorem 1"],
    kind="step",
    says="Steps 1 to 3: the components of the difference, its squared size, and its form as a chord of the sphere",
    tex=r"\frac{\|\Delta\|^2}{\|f(y)\|^2}=2\left(1-\frac{\bar d_p}{r}\right)=2(1-\cos\theta)",
)
@pytest.mark.parametrize("sides", STEPS.values(), ids=STEPS)
def test_steps_of_the_scaling_bound(check, sides):
    check(identity(*sides(Rows()), ANY_ROWS, stated="identity"))


@claim(
    "4.theorem1.step4",
    at="Section 4.1",
    also_at=["Theorem 1"],
    kind="step",
    says="Step 4: 1 − 1/√(1+x) is at most x/2 for every x ≥ 0",
    tex=r"1-\frac{1}{\sqrt{1+x}}\leq\frac{x}{2}",
)
def test_step_4(check):
    method = "u² times the margin, for u = 1/√(1 + x) in (0, 1]"
    check(*nonnegative(lambda u: u**2 * ((1 / u**2 - 1) / 2 - (1 - u)), {"u": (0, 1)}, "≤", method))


# Tightness of Theorem 1


def exact(error, _):
    return error


def bound(_, bound):
    return bound


def slack(error, bound):
    return bound / error


def at_one_tenth(quantity, measure):
    """A quantity of the error and the bound for CV = 0.1, so that u = 1/√1.01, in some measure of both; evidence."""
    error, bound = Rows().error_and_bound(symbols("u", positive=True))

    def value():
        u = 1 / BALL.number("1.01").sqrt()
        return quantity(measure(evaluated(error, BALL, u=u)), measure(evaluated(bound, BALL, u=u)))

    return ball(value, f"at CV = 0.1; {ANY_ROWS}")


@claim(
    "4.theorem1.tightness",
    at="Section 4.1",
    kind="number",
    says="At CV = 0.1 the exact value is 0.9926%, the bound 1.0%, and their ratio 1.0075",
    tex=r"\mathrm{CV}=0.1:\quad 0.9926\%\leq 1.0\%",
    rests_on=["4.theorem1"],
    note="The figures are those of the squared error, the “exact expression” 2(1 − cos θ) of Step 3, and of its bound "
    "CV² in Step 4. The sentence does not say squared: at CV = 0.1 the bound (6) of the theorem is 10%, the error that "
    "it bounds 9.963%, their ratio 1.0037.",
    primary="squared error of Steps 2 to 4",
    instead="4.theorem1.tightness.norm",
)
@readings(
    "measure",
    {"squared error of Steps 2 to 4": lambda square: square, "relative error and its bound (6)": BALL.sqrt},
)
@pytest.mark.parametrize(("quantity", "stated"), [(exact, "0.9926%"), (bound, "1.0%"), (slack, "1.0075")])
def test_tightness(check, quantity, stated, measure):
    check(printed(stated), at_one_tenth(quantity, measure))


@claim(
    "4.theorem1.tightness.norm",
    at="Section 4.1",
    kind="extension",
    says="At CV = 0.1 the relative error that Theorem 1 bounds is 9.963%, its bound 10%, their ratio 1.0037",
    tex=r"\frac{\|f(Dy)-f(y)\|}{\|f(y)\|}\approx9.963\%<\mathrm{CV}_p(d)=10\%",
)
@pytest.mark.parametrize(("quantity", "stated"), [(exact, "9.963%"), (bound, "10%"), (slack, "1.0037")])
def test_tightness_of_the_norm(check, quantity, stated):
    check(printed(stated), at_one_tenth(quantity, BALL.sqrt))


@claim(
    "4.theorem1.extremely_tight",
    at="Section 4.1",
    kind="wording",
    says="The bound is extremely tight for small CV: the ratio of bound to exact value tends to 1",
    tex=r"\lim_{\mathrm{CV}\to 0}\frac{\mathrm{CV}}{\|\Delta\|/\|f(y)\|}=1",
    rests_on=["4.theorem1.proof"],
)
def test_extremely_tight(check):
    u = symbols("u", positive=True)
    error, bound = Rows().error_and_bound(u)
    limit = int((bound / error).cancel().subs(u, 1))
    check(exactly(1, stated="extremely tight"), proof(limit, f"CV² over the squared error as u → 1; {ANY_ROWS}"))
