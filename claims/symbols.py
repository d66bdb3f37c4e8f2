"""Symbols of sympy, and its arithmetic for closed forms."""

from types import SimpleNamespace


def symbols(names, **assumptions):
    """Symbols of sympy, which takes long to import."""
    import sympy

    return sympy.symbols(names, **assumptions)


def in_symbols():
    """The arithmetic of sympy, in which closed forms are evaluated."""
    import sympy

    return SimpleNamespace(pi=sympy.pi, number=sympy.sympify, sqrt=sympy.sqrt, asin=sympy.asin, atan=sympy.atan)
