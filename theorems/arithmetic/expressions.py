"""Symbolic expressions evaluated in a context: exact algebra first, then a float, a ball or a series."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from theorems.arithmetic.contexts import FLOAT, Context, Number, reject

__all__ = ["evaluated"]


def evaluated(expression: Any, ctx: Context = FLOAT, **values: Number) -> Number:
    """A sympy expression of rationals, π, symbols, sums, products and powers, with the symbols at `values`.

    An exponent is a rational number whose denominator is a power of two. ValueError for anything else, and for a symbol
    that has no value.
    """
    import sympy

    if expression.is_Symbol:
        reject(expression.name not in values, f"expected a value for {expression}")
        return ctx.number(values[expression.name])
    if expression.is_Rational:
        return ctx.number(Fraction(int(expression.p), int(expression.q)))
    if expression is sympy.pi:
        return ctx.pi
    if expression.is_Pow and expression.exp.is_Rational and int(expression.exp.q).bit_count() == 1:
        base, power = evaluated(expression.base, ctx, **values), expression.exp
        for _ in range(int(power.q).bit_length() - 1):
            base = ctx.sqrt(base)
        raised = base ** abs(int(power.p))
        return raised if power > 0 else 1 / raised
    reject(not (expression.is_Add or expression.is_Mul), f"no arithmetic for {expression}")
    parts = [evaluated(part, ctx, **values) for part in expression.args]
    return sum(parts[1:], parts[0]) if expression.is_Add else math.prod(parts[1:], start=parts[0])
