"""Appendix F.2: per-flip leverage under uniform flips."""

from fractions import Fraction
from functools import partial

import pytest
from verdicts import ball, claim, exactly, identity, printed, reading

from claims.appendix_f_column_groups.column_groups import DIMENSION, SYMBOLS, TwoGroups
from claims.flip_energies import BY_INTEGRALS, energy
from theorems.integrals.exact_moments import exact_relu_energy, rational_value


def damage_share(count, gamma):
    """Share of `count` equal outliers in the energy of all single flips, n = 2048."""
    gamma, others = Fraction(gamma), DIMENSION - count
    outlier = count * energy(gamma / count)
    return outlier / (outlier + others * energy((1 - gamma) / others))


def of_single_flips(count, gamma):
    return exactly(gamma, "γ"), ball(lambda: damage_share(count, gamma), f"{BY_INTEGRALS}, n = 2048")


def leading_term(expression):
    """(order, coefficient) of the first term of an expression in θ that does not vanish at θ = 0."""
    import sympy

    theta, order = sympy.Symbol("theta"), 0
    while (value := rational_value(expression.subs(theta, 0))) == 0:
        expression, order = expression.diff(theta), order + 1
    return order, value / sympy.factorial(order)


def in_leading_order():
    import sympy

    # f and α² as θ → 0, where α = sin(θ/2)
    energy_order, energy_factor = leading_term(exact_relu_energy())
    square_order, square_factor = leading_term(sympy.sin(sympy.Symbol("theta") / 2) ** 2)
    factor, power = int(energy_factor / square_factor), energy_order // square_order
    groups = TwoGroups()
    outliers = groups.k * factor * groups.outlier**power
    others = (groups.n - groups.k) * factor * groups.other**power
    method = f"leading term {factor}α^{2 * power} of f, by derivatives in the angle; {SYMBOLS}"
    return [identity(outliers / (outliers + others), groups.gamma, method, "γ")]


FULL, LEADING = "post-ReLU energies of single flips", "leading order in the amplitudes"
SHARES = {f"{count}-{gamma}-{FULL}": (count, gamma) for count, gamma in [(1, "0.5"), (102, "0.5"), (2, "0.9")]}


@claim(
    "F.damage",
    at="Appendix F.2",
    says="The outlier columns' share of the damage equals their share γ of the energy, whatever the activations",
    tex=r"F_{\mathrm{outlier}}=\gamma",
    rests_on=["E.theorem6"],
    primary="post-ReLU energies of single flips",
    note="Post-ReLU energy f(1 − 2x̂²) is not proportional to x̂²: it falls to half of that at x̂ = 1. One outlier "
    "with half of the energy has 40.7% of the damage, 102 of them 49.4%; γ is the limit of small entries.",
    instead="F.damage.one_outlier",
)
@pytest.mark.parametrize(
    "found",
    [
        *[pytest.param(partial(of_single_flips, *of), id=name, marks=reading(FULL)) for name, of in SHARES.items()],
        pytest.param(in_leading_order, id=LEADING, marks=reading(LEADING)),
    ],
)
def test_damage_share(check, found):
    check(*found())


@claim(
    "F.damage.one_outlier",
    at="Appendix F.2",
    kind="extension",
    says="One outlier with half of the energy, in 2048 dimensions, has 40.7% of the damage",
    tex=r"\frac{f(0)}{f(0)+2047\,f(1-1/2047)}\approx40.7\%",
    rests_on=["E.theorem6"],
)
def test_damage_of_one_outlier(check):
    check(printed("40.7%"), ball(lambda: damage_share(1, "0.5"), BY_INTEGRALS))


@claim(
    "F.per_flip",
    at="Appendix F.2",
    kind="step",
    says="The leverage nα² of a flip in an outlier column is γ/η",
    tex=r"n\alpha^2=\gamma/\eta",
)
def test_per_flip_leverage(check):
    groups = TwoGroups()
    check(identity(groups.n * groups.outlier, groups.gamma / groups.eta, SYMBOLS, "γ/η"))
