"""Perturbations of the Gaussian weights of one linear layer y = W x̂, by the exact moments of one entry (Section 5.2).

For independent centred pairs (w, Δw) and a fixed unit x̂, every row has E y_i² = E w², E y_iΔy_i = E wΔw and
E Δy_i² = E Δw², whatever n and x̂ are. With many rows the Gram matrix of (y, Δy) is m times that, so the moments of an
entry settle what RMSNorm makes of Δy in the limit m → ∞. Units are those where E w² = 1. Expressions are sympy's, in
the flip rate `FLIP_RATE`, and come from the definitions of the perturbations and the normal law's absolute moments.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from theorems.arithmetic.contexts import Number, reject
from theorems.moments import Moments

__all__ = ["FLIP_RATE", "PERTURBATIONS", "entry_moments", "output_difference"]

FLIP_RATE = "p"
PERTURBATIONS = {
    "uniform scaling": "Δw = 2√p w",
    "sign flips": "Δw = −2w with probability p, else 0",
    "constant δ": "Δw = 2√p sign(w), Assumption (A4)",
    "relative noise": "Δw = 2√p ξw with ξ = ±1 a fair coin independent of w, sign-preserving for p < 1/4",
    "additive noise": "Δw independent of w with mean 0 and variance 4p, Section 5.2",
    "sign quantisation": "Δw = E|w| sign(w) − w, the error of equation (2) as n → ∞; E Δw² does not depend on p",
}


@cache
def entry_moments(perturbation: str) -> Moments:
    """E w², E wΔw and E Δw² as sympy expressions, for a key of PERTURBATIONS; E Δw² = 4p except for quantisation.

    ValueError for another name.
    """
    import sympy

    reject(perturbation not in PERTURBATIONS, f"expected one of {sorted(PERTURBATIONS)}, got {perturbation!r}")
    p, w, half = sympy.Symbol(FLIP_RATE, positive=True), sympy.Symbol("w", positive=True), sympy.Rational(1, 2)
    size, bussgang = 2 * sympy.sqrt(p), _mean_over_both_signs(w)
    # Δw as a function of w > 0 (odd in w), with the probability of each branch.
    branches: dict[str, list[tuple[Number, Number]]] = {
        "uniform scaling": [(1, size * w)],
        "sign flips": [(p, -2 * w), (1 - p, 0 * w)],
        "constant δ": [(1, size)],
        "relative noise": [(half, size * w), (half, -size * w)],
        "additive noise": [(half, size), (half, -size)],
        "sign quantisation": [(1, bussgang - w)],
    }
    chosen = branches[perturbation]
    projection = sum(chance * _mean_over_both_signs(w * change) for chance, change in chosen)
    energy = sum(chance * _mean_over_both_signs(change**2) for chance, change in chosen)
    return Moments(_mean_over_both_signs(w**2), sympy.expand(projection), sympy.expand(energy))


def output_difference(moments: Moments) -> Number:
    """2(1 − cos∠(y, y + Δy)): the squared change of RMSNorm's output over its squared norm, not linearised; sympy."""
    import sympy

    p, root = sympy.Symbol(FLIP_RATE, positive=True), sympy.Symbol("s", positive=True)
    squared = sympy.factor(
        sympy.expand(moments.original * moments.perturbed).subs(p, root**2)
    )  # squares leave the root
    return 2 * (1 - moments.cross / sympy.sqrt(squared).subs(root, sympy.sqrt(p)))


def _mean_over_both_signs(even: Any) -> Any:
    """E g(|w|) for a standard normal w, by its absolute moments; g is a polynomial in the positive symbol w."""
    import sympy

    polynomial = sympy.Poly(even, sympy.Symbol("w", positive=True))
    half = sympy.Rational(1, 2)
    return sum(
        factor * sympy.sqrt(2) ** power * sympy.gamma(half * (power + 1)) / sympy.sqrt(sympy.pi)
        for (power,), factor in polynomial.terms()
    )
