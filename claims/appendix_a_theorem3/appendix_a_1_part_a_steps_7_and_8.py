"""Appendix A.1, Steps A7 and A8: magnitude energy and the energy ratio."""

from fractions import Fraction
from itertools import product

import pytest
from verdicts import at_most, ball, claim, exactly, less_than, proof

from claims.appendix_a_theorem3.expansions import (
    EXACT_COEFFICIENTS,
    INTEGRALS,
    at_least_order,
    boundary_probability,
    is_zero,
    magnitude_gates,
    order_of,
    totals,
    variable,
)
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.exact_series import EXACT, LAMBDA, exact_value
from theorems.integrals.gaussian_integrals import quadrant_moment
from theorems.integrals.perturbed_neuron import sign_preserving_covariance


@claim(
    "A.step7.variance",
    at="Appendix A.1",
    also_at=["Appendix A.2"],
    says="Var(Δz_mag) = δ² = 4p/n (Step A7)",
    tex=r"\mathrm{Var}(\Delta z_i^{\mathrm{mag}})=\delta^2",
)
@pytest.mark.parametrize("n", [3, 4])
def test_magnitude_variance(check, n):
    x = {3: (1, 2, 2), 4: (1, 1, 1, 1)}[n]
    norm = sum(e**2 for e in x)
    second = Fraction(
        sum(sum(s * e for s, e in zip(signs, x, strict=True)) ** 2 for signs in product((-1, 1), repeat=n))
    )
    check(exactly(1, "Var Δz/δ² = 1"), proof(second / 2**n / norm, "all 2ⁿ sign vectors, in exact fractions"))


MAGNITUDE_EVENTS = {
    "stays on": lambda: magnitude_gates().on_on.energy - 2 * variable() ** 2,
    "turns on": lambda: magnitude_gates().off_on.energy,
    "turns off": lambda: magnitude_gates().on_off.energy,
    "together": lambda: totals()[1].energy - 2 * variable() ** 2,
}


@claim(
    "A.step7.orders",
    at="Appendix A.1",
    says="The smooth event contributes 2p/n − O(p^{3/2}/n), each gate flip O(p^{3/2}/n), all together 2p/n + "
    "O(p^{3/2}/n)",
    tex=r"\mathbb{E}[(\Delta a_i^{\mathrm{mag}})^2]=\frac{2p}{n}+O(p^{3/2}/n)",
    rests_on=["A.lemmaA1"],
)
@pytest.mark.parametrize("event", MAGNITUDE_EVENTS)
def test_magnitude_orders(check, event):
    check(at_least_order(3), order_of(MAGNITUDE_EVENTS[event]()))


@claim(
    "A.step7.smooth_sign",
    at="Appendix A.1",
    says="The correction to the smooth contribution is negative",
)
def test_smooth_correction_sign(check):
    correction = MAGNITUDE_EVENTS["stays on"]
    check(less_than("0"), ball(lambda: exact_value(correction()[3]), f"coefficient of p^(3/2); {EXACT_COEFFICIENTS}"))


@claim(
    "A.step7.energy_exact",
    at="Appendix A.1",
    also_at=["Section 6.3"],
    kind="extension",
    says="n E[(Δa_mag)²] = 2p − (8λ³/(3π))p^{3/2} + O(p²), λ = √(1 − 2/π): in these units +1 from each gate flip, −3 "
    "from gates that stay on",
    tex=r"n\,\mathbb{E}[(\Delta a^{\mathrm{mag}})^2]=2p-\frac{8\lambda^3}{3\pi}p^{3/2}+O(p^2)",
)
@pytest.mark.parametrize(("event", "units"), [("turns on", 1), ("turns off", 1), ("stays on", -3), ("together", -1)])
def test_magnitude_coefficients(check, event, units):
    unit = 8 * EXACT.number(LAMBDA) ** 3 / (3 * EXACT.pi)
    check(exactly(units, f"{units}, in units of 8λ³/(3π)"), is_zero((MAGNITUDE_EVENTS[event]() / unit)[3]))


@claim(
    "A.step7.probabilities",
    at="Appendix A.1",
    also_at=["Lemma A.1"],
    says="Each gate flip has probability O(√p), and the gate stays on with probability 1/2 − O(√p)",
    tex=r"\Pr(z<0<z+\Delta z)=O(\sqrt{p})",
)
@pytest.mark.parametrize("event", ["turns on", "turns off", "stays on"])
def test_flip_probabilities(check, event):
    if event == "stays on":
        check(at_least_order(1), order_of(boundary_probability((1, 1)) - Fraction(1, 2)))
    else:
        check(at_least_order(1), order_of(boundary_probability((1, -1))))


def boundary_witness(n):
    """Σ x̂_j|Δz|/δ on a gate that turns off: one large positive weight, n − 1 small negative ones, equal entries."""
    weights = [Fraction(1)] + [Fraction(-1, 2 * n)] * (n - 1)
    z = sum(weights)
    signs = sum(1 if w > 0 else -1 for w in weights)
    delta = Fraction(1)
    if not z > 0 > z + delta * signs:
        raise ValueError("expected weights whose gate turns off")
    return Fraction(signs**2, n)


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
@pytest.mark.parametrize("reading", ["in mean square, as Δz has deviation δ", "surely"])
def test_sure_bound(check, reading):
    if reading == "surely":

        def exponent():
            squares = [BALL.number(boundary_witness(n)) for n in (64, 1024)]
            return (squares[1] / squares[0]).log() / (2 * BALL.number(16).log())

        check(at_most("0", "growth exponent of |Δz|/δ in n"), ball(exponent, "explicit weights whose gate turns off"))
    else:

        def conditional():
            s = Fraction(1, 1000)
            law = sign_preserving_covariance(s**2)
            probability = quadrant_moment({(0, 0): 1}, law.angle, 1, -1)
            deviation = law.variance.sqrt()
            squared = {(2, 0): 1, (1, 1): -2 * deviation, (0, 2): deviation**2}
            change = quadrant_moment(squared, law.angle, 1, -1)
            return change / probability / (4 * BALL.number(s) ** 2)

        check(at_most("1", "E[Δz² | flip]/δ² bounded"), ball(conditional, f"{INTEGRALS}, p = 10⁻⁶", bits=128))


@claim(
    "A.goal",
    at="Appendix A.1",
    says="R_A(p) = 1 − 4√p/(3π) + O(√p), the goal of Part A; Step A8: R_A(p) = 1 + O(√p)",
    tex=r"R_A(p)=1-\frac{4\sqrt{p}}{3\pi}+O(\sqrt{p})",
    note="Both say the same: a √p term beside O(√p) says nothing. R_A's own coefficient is −(4/(3π))(1 − λ³).",
    rests_on=["A.step6", "A.step7.orders"],
)
@pytest.mark.parametrize("display", ["goal", "Step A8"])
def test_goal(check, display):
    sign, magnitude = totals()
    ratio = sign.energy / magnitude.energy
    stated = 1 - 4 * variable() / (3 * EXACT.pi) if display == "goal" else EXACT.number(1)
    check(at_least_order(1), order_of(ratio - stated))


@claim(
    "A.step8.source",
    at="Appendix A.1",
    also_at=["Section 6.3"],
    says="R_A's factor beside 1 − 4√p/(3π) is due to the boundary events of Step A7",
    rests_on=["A.step7.orders"],
)
def test_remainder_source(check):
    s, (sign, magnitude) = variable(), totals()
    rest = sign.energy / magnitude.energy / (1 - 4 * s / (3 * EXACT.pi))
    boundary = magnitude.energy / (2 * s**2)
    check(exactly(0, "its √p coefficient cancels Step A7's"), is_zero((rest * boundary - 1)[1]))
