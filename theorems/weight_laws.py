"""Symmetric laws of a weight, each through its absolute moments E|w|ᵏ at unit scale.

Everything Section 3 says about a law depends on these moments, and ratios such as (E|w|)²/E[w²] on no scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from theorems.arithmetic.contexts import FLOAT, Context, Number, reject
from theorems.arithmetic.domain import require_above, require_count

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "GAUSSIAN",
    "LAPLACE",
    "LOGISTIC",
    "NAMED_LAWS",
    "RADEMACHER",
    "TRIANGULAR",
    "UNIFORM",
    "WeightLaw",
    "generalised_normal",
    "nakagami",
    "pareto",
    "student_t",
]


@dataclass(frozen=True)
class WeightLaw:
    """A symmetric law without an atom at zero."""

    name: str
    formula: Callable[[int, Context], Number]  # E|w|ᵏ for the orders k >= 1 that exist

    def absolute_moment(self, order: int, ctx: Context = FLOAT) -> Number:
        """E|w|ᵏ at unit scale, for an integer k >= 0; ValueError where it is infinite or not available."""
        require_count(order, 0, "order")
        return ctx.number(1) if order == 0 else self.formula(order, ctx)


def _gaussian(order: int, ctx: Context) -> Number:
    root = ctx.sqrt(ctx.number(2)) ** order
    return root * ctx.gamma(ctx.number(Fraction(order + 1, 2))) / ctx.sqrt(ctx.pi)


def _logistic(order: int, ctx: Context) -> Number:
    reject(order not in (1, 2, 4), f"logistic moments are given for orders 1, 2 and 4, got {order}")
    return {1: 2 * ctx.log(ctx.number(2)), 2: ctx.pi**2 / 3, 4: 7 * ctx.pi**4 / 15}[order]


GAUSSIAN = WeightLaw("Gaussian", _gaussian)
UNIFORM = WeightLaw("uniform", lambda order, ctx: 1 / ctx.number(order + 1))  # on [-1, 1]
TRIANGULAR = WeightLaw("triangular", lambda order, ctx: 2 / ctx.number((order + 1) * (order + 2)))  # on [-1, 1]
LAPLACE = WeightLaw("Laplace", lambda order, ctx: ctx.gamma(ctx.number(order + 1)))
LOGISTIC = WeightLaw("logistic", _logistic)
RADEMACHER = WeightLaw("Rademacher", lambda _, ctx: ctx.number(1))

NAMED_LAWS = (GAUSSIAN, UNIFORM, TRIANGULAR, LAPLACE, LOGISTIC, RADEMACHER)


def generalised_normal(shape: Number) -> WeightLaw:
    """Density proportional to exp(−|w|^shape), shape > 0: Laplace at 1, Gaussian at 2, uniform as shape → ∞."""
    require_above(Fraction(shape) if isinstance(shape, str) else shape, 0, "shape")

    def formula(order: int, ctx: Context) -> Number:
        exponent = ctx.number(shape)
        return ctx.gamma((order + 1) / exponent) / ctx.gamma(1 / exponent)

    return WeightLaw(f"generalised normal, shape {shape}", formula)


def nakagami(shape: Number) -> WeightLaw:
    """Random signs on a Nakagami law: w² is Gamma of that shape > 0; Gaussian at 1/2, Rademacher as shape → ∞.

    The direction of w is then independent of its norm, with squared entries of Dirichlet law (Lukacs 1955).
    """
    require_above(Fraction(shape) if isinstance(shape, str) else shape, 0, "shape")

    def formula(order: int, ctx: Context) -> Number:
        k = ctx.number(shape)
        return ctx.gamma(k + ctx.number(order) / 2) / ctx.gamma(k)

    return WeightLaw(f"Nakagami, shape {shape}", formula)


def pareto(index: Number) -> WeightLaw:
    """Random signs on a Pareto law: P(|w| > t) = t^(−index) for t >= 1; E|w|ᵏ exists for k < index, index > 0."""
    require_above(Fraction(index) if isinstance(index, str) else index, 0, "index")

    def formula(order: int, ctx: Context) -> Number:
        tail = ctx.number(index)
        require_above(tail, order, "index, for this moment to exist,")
        return tail / (tail - order)

    return WeightLaw(f"Pareto, index {index}", formula)


def student_t(freedom: Number) -> WeightLaw:
    """Student's t with `freedom` > 0 degrees; E|w|ᵏ exists for k < freedom."""
    require_above(Fraction(freedom) if isinstance(freedom, str) else freedom, 0, "freedom")

    def formula(order: int, ctx: Context) -> Number:
        nu = ctx.number(freedom)
        require_above(nu, order, "freedom, for this moment to exist,")
        ratio = ctx.gamma(ctx.number(order + 1) / 2) * ctx.gamma((nu - order) / 2) / ctx.gamma(nu / 2)
        return ctx.sqrt(nu) ** order * ratio / ctx.sqrt(ctx.pi)

    return WeightLaw(f"Student t, {freedom} degrees of freedom", formula)
