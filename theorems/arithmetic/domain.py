"""Domain checks that read the same in every arithmetic context.

A number is rejected only where it certainly lies outside: a ball that overlaps the edge passes, and a power series is
judged by its constant term.
"""

from __future__ import annotations

import math
from numbers import Integral

import flint

from theorems.arithmetic.contexts import Number, reject

__all__ = ["constant_term", "require_above", "require_between", "require_count"]


def constant_term(value: Number) -> Number:
    """`value` itself, or the coefficient of order zero of a power series."""
    return value[0] if isinstance(value, flint.arb_series) else value


def require_between(value: Number, lower: Number, upper: Number, name: str) -> None:
    """Raise ValueError unless lower <= value <= upper is possible."""
    value, lower, upper = constant_term(value), constant_term(lower), constant_term(upper)
    reject(
        value < lower or value > upper or _is_nan(value), "{} must lie in [{}, {}], got {}", name, lower, upper, value
    )


def require_above(value: Number, lower: Number, name: str) -> None:
    """Raise ValueError unless value > lower is possible."""
    value, lower = constant_term(value), constant_term(lower)
    reject(value <= lower or _is_nan(value), "{} must exceed {}, got {}", name, lower, value)


def require_count(value: int, least: int, name: str) -> None:
    """Raise ValueError unless `value` is a whole number, at least `least`."""
    whole = isinstance(value, Integral) and not isinstance(value, bool)
    reject(not whole or value < least, "{} must be an integer >= {}, got {!r}", name, least, value)


def _is_nan(value: Number) -> bool:
    return isinstance(value, float) and math.isnan(value)
