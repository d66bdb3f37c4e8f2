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
    "RADEMACHER",
    "UNIFORM",
    "WeightLaw",
    "nakagami",
    "pareto",
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
LAPLACE = WeightLaw("Laplace", lambda order, ctx: ctx.gamma(ctx.number(order + 1)))
LOGISTIC = WeightLaw("logistic", _logistic)
RADEMACHER = WeightLaw("Rademacher", lambda _, ctx: ctx.number(1))


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
