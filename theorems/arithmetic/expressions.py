"""Symbolic expressions evaluated in a context: exact algebra first, then a float, a ball or a series."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from theorems.arithmetic.contexts import FLOAT, Context, Number, reject

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["evaluated"]


def evaluated(expression: Any, ctx: Context = FLOAT, **values: Number) -> Number:
    """A sympy expression of rationals, π, symbols, sums, products and powers, with the symbols at `values`.

    An exponent is a rational number whose denominator is a power of two. ValueError for anything else, and for a symbol
    that has no value.
    """
    known: dict[Any, Number] = {}  # a part that occurs often is evaluated once

    def value(part: Any) -> Number:
        if part not in known:
            known[part] = _evaluated(part, ctx, values, value)
        return known[part]

    return value(expression)


def _evaluated(part: Any, ctx: Context, values: Mapping[str, Number], value: Callable[[Any], Number]) -> Number:
    """A part of an expression, by the values of its own parts."""
    import sympy

    if part.is_Symbol:
        reject(part.name not in values, f"expected a value for {part}")
        return ctx.number(values[part.name])
    if part.is_Rational:
        return ctx.number(Fraction(int(part.p), int(part.q)))
    if part is sympy.pi:
        return ctx.pi
    if part.is_Pow and part.exp.is_Rational and int(part.exp.q).bit_count() == 1:
        base, power = value(part.base), part.exp
        for _ in range(int(power.q).bit_length() - 1):
            base = ctx.sqrt(base)
        raised = base ** abs(int(power.p))
        return raised if power > 0 else 1 / raised
    reject(not (part.is_Add or part.is_Mul), "no arithmetic for {}", part)
    first, *others = map(value, part.args)
    return sum(others, first) if part.is_Add else math.prod(others, start=first)
