"""Appendix A.1, Steps A7 and A8: magnitude energy and the energy ratio."""

from fractions import Fraction
from itertools import product

import pytest
from verdicts import at_most, ball, claim, identity, less_than, proof, readings

from claims.appendix_a_theorem3.expansions import (
    EXACT_COEFFICIENTS,
    at_least_order,
    boundary_probability,
    gate_that_turns_off,
    magnitude_gates,
    order_of,
    totals,
    up_to,
    variable,
)
from theorems.arithmetic.exact_series import EXACT, LAMBDA, exact_value
from theorems.arithmetic.rational_functions import decay_order, indeterminates


@claim(
    "A.step7.variance",
    at="Appendix A.1",
    also_at=["Appendix A.2"],
    says="Var(Δz_mag) = δ² = 4p/n (Step A7)",
    tex=r"\mathrm{Var}(\Delta z_i^{\mathrm{mag}})=\delta^2",
)
def test_magnitude_variance(check):
    *x, delta = indeterminates("x1,x2,delta")
    sums = [delta * sum(sign * e for sign, e in zip(signs, x, strict=True)) for signs in product((-1, 1), repeat=2)]
    method = "mean over the equally likely signs of two weights in symbols: a term has at most two entries of x̂"
    check(identity(sum(z**2 for z in sums) / 4, delta**2 * sum(e**2 for e in x), method, "δ²‖x̂‖²"))


MAGNITUDE_EVENTS = {
    "stays on": lambda: magnitude_gates().on_on.energy - 2 * variable() ** 2,
    "turns on": lambda: magnitude_gates().off_on.energy,
    "turns off": lambda: magnitude_gates().on_off.energy,
    "together": lambda: totals()[1].energy - 2 * variable() ** 2,
}


@claim(
    "A.step7.orders",
    at="Appendix A.1",
    says="The smooth event contributes 2p/n − O(p^(3/2)/n), each gate flip O(p^(3/2)/n), all together 2p/n + "
    "O(p^(3/2)/n)",
    tex=r"\mathbb{E}[(\Delta a_i^{\mathrm{mag}})^2]=\frac{2p}{n}+O(p^{3/2}/n)",
    rests_on=["A.lemmaA1"],
)
@pytest.mark.parametrize("rest", MAGNITUDE_EVENTS.values(), ids=MAGNITUDE_EVENTS)
def test_magnitude_orders(check, rest):
    check(at_least_order(3), order_of(rest()))


@claim(
    "A.step7.smooth_sign",
    at="Appendix A.1",
    says="The correction to the smooth contribution is negative",
    tex=r"n\,\mathbb{E}[(\Delta a_i^{\mathrm{mag}})^2\mathbf{1}_{z_i>0,z_i'>0}]=2p-Kp^{3/2}+O(p^2),\quad K>0",
)
def test_smooth_correction_sign(check):
    correction = MAGNITUDE_EVENTS["stays on"]
    check(less_than("0"), ball(lambda: exact_value(correction()[3]), f"coefficient of p^(3/2); {EXACT_COEFFICIENTS}"))


@claim(
    "A.step7.energy_exact",
    at="Appendix A.1",
    also_at=["Section 6.3"],
    kind="extension",
    says="n E[(Δa_mag)²] = 2p − (8λ³/(3π))p^(3/2) + O(p²), λ = √(1 − 2/π): in these units +1 from each gate flip, −3 "
    "from gates that stay on",
    tex=r"n\,\mathbb{E}[(\Delta a^{\mathrm{mag}})^2]=2p-\frac{8\lambda^3}{3\pi}p^{3/2}+O(p^2)",
)
@pytest.mark.parametrize(
    ("rest", "units"),
    [
        pytest.param(MAGNITUDE_EVENTS[event], units, id=f"{event}-{units}")
        for event, units in (("turns on", 1), ("turns off", 1), ("stays on", -3), ("together", -1))
    ],
)
def test_magnitude_coefficients(check, rest, units):
    unit = 8 * EXACT.number(LAMBDA) ** 3 / (3 * EXACT.pi)
    check(identity(exact_value((rest() / unit)[3]), units, EXACT_COEFFICIENTS, f"{units}, in units of 8λ³/(3π)"))


@claim(
    "A.step7.probabilities",
    at="Appendix A.1",
    also_at=["Lemma A.1"],
    says="Each gate flip has probability O(√p), and the gate stays on with probability 1/2 − O(√p)",
    tex=r"\Pr(z<0<z+\Delta z)=O(\sqrt{p})",
)
@pytest.mark.parametrize(
    "chance",
    [
        pytest.param(lambda: boundary_probability((-1, 1)), id="turns on"),
        pytest.param(lambda: boundary_probability((1, -1)), id="turns off"),
        pytest.param(lambda: boundary_probability((1, 1)) - Fraction(1, 2), id="stays on"),
    ],
)
def test_flip_probabilities(check, chance):
    check(at_least_order(1), order_of(chance()))


def in_mean_square():
    change = gate_that_turns_off().energy / boundary_probability((1, -1)) / (4 * variable() ** 2)
    found = ball(lambda: exact_value(change[0]), f"its limit as p → 0; {EXACT_COEFFICIENTS}")
    return at_most("1", "E[Δz² | flip]/δ² bounded"), found


def one_large_weight(n):
    """z and Δz in units of δ/√n."""
    return 1 - (n - 1) / (2 * n), 1 - (n - 1)


def surely():
    """Equal entries, one weight δ and n − 1 weights −δ/(2n), n ≥ 3: the gate turns off, with |Δz| = δ(n − 2)/√n."""
    (n,) = indeterminates("n")
    if not all(z > 0 > z + change for z, change in map(one_large_weight, (Fraction(3), Fraction(1024)))):
        raise ValueError("expected weights whose gate turns off")
    growth = -Fraction(decay_order(one_large_weight(n)[1] ** 2 / n, n), 2)
    return at_most("0", "growth exponent of |Δz|/δ in n"), proof(growth, surely.__doc__)


@claim(
    "A.step7.sure_bound",
    at="Appendix A.1",
    also_at=["Appendix A.2"],
    says="On a gate flip |z| ≤ |Δz| ≤ O(δ)",
    tex=r"|z_i|\le|\Delta z_i|\le O(\delta)",
    primary="in mean square, as Δz has deviation δ",
    note="Not surely: |Δz|/δ is Σ±x̂_j, which reaches (n − 2)/√n on such events. In mean square it is bounded, which "
    "is what the step needs.",
)
@readings("step", {"in mean square, as Δz has deviation δ": in_mean_square, "surely": surely})
def test_sure_bound(check, step):
    check(*step())


@claim(
    "A.goal",
    at="Appendix A.1",
    says="R_A(p) = 1 − 4√p/(3π) + O(√p), the goal of Part A; Step A8: R_A(p) = 1 + O(√p)",
    tex=r"R_A(p)=1-\frac{4\sqrt{p}}{3\pi}+O(\sqrt{p})",
    note="Both say the same: a √p term beside O(√p) says nothing. R_A's own coefficient is −(4/(3π))(1 − λ³).",
    rests_on=["A.step6", "A.step7.orders"],
)
@pytest.mark.parametrize(
    "stated",
    [lambda: 1 - 4 * variable() / (3 * EXACT.pi), lambda: EXACT.number(1)],
    ids=["goal", "Step A8"],
)
def test_goal(check, stated):
    sign, magnitude = totals()
    check(at_least_order(1), order_of(sign.energy / magnitude.energy - stated()))


@claim(
    "A.step8.source",
    at="Appendix A.1",
    also_at=["Section 6.3"],
    says="R_A's factor beside 1 − 4√p/(3π) is due to the boundary events of Step A7",
    tex=r"\frac{R_A}{1-4\sqrt{p}/(3\pi)}\cdot\frac{n\,\mathbb{E}[(\Delta a_i^{\mathrm{mag}})^2]}{2p}=1+O(p)",
    rests_on=["A.step7.orders"],
)
def test_remainder_source(check):
    s, (sign, magnitude) = variable(), totals()
    rest = sign.energy / magnitude.energy / (1 - 4 * s / (3 * EXACT.pi))
    boundary = magnitude.energy / (2 * s**2)
    check(identity(up_to(1, rest * boundary), EXACT.number(1), EXACT_COEFFICIENTS, "cancels Step A7's to the order √p"))
