"""Appendix G.3: radial component."""

from fractions import Fraction

import pytest
from verdicts import at_least, ball, claim, identity, less_than, printed, readings

from claims.appendix_g_post_relu.activations import (
    IN_SYMBOLS,
    QUADRANTS,
    Relu,
    by_integrals,
    fourth_moment_of_the_scale,
    symbols,
)
from theorems.arithmetic.contexts import BALL
from theorems.integrals.ternary_integrals import QuantisedLayer, quantised_layer, relu_integrals


@claim(
    "G.projection_energy",
    at="Appendix G.3",
    kind="number",
    says="E[aδa] = (S − ½)/n ≈ −0.1707/n",
    tex=r"\frac{S-\frac12}{n}\approx\frac{-0.1707}{n}",
    rests_on=["8.postrelu.S"],
)
def test_projection_energy(check):
    check(printed("-0.1707"), by_integrals(lambda moments: moments.projection))


@claim(
    "G.activation_norm",
    at="Appendix G.3",
    kind="step",
    says="‖a‖² → mσ₁²/2 = m/(2n): E ReLU(z)² = 1/(2n)",
    tex=r"\|a\|^2\to\frac{m}{2n}",
)
def test_activation_norm(check):
    check(identity(Relu().moments.original, Fraction(1, 2), f"E z² over z > 0, times n; {IN_SYMBOLS}"))


def ratio_of_expectations():
    import sympy

    a, (m, n) = Relu(), symbols("m n", positive=True)
    found = m / n * a.moments.projection / sympy.sqrt(m / n * a.moments.original)
    stated = (a.stated() - Fraction(1, 2)) * sympy.sqrt(2 * m / n)
    return [identity(*map(a.quantised, (found, stated)), f"Σ aδa/‖a‖ over m neurons; {IN_SYMBOLS}")]


def law_of_large_numbers():
    """Given x̂ neurons are independent, so the variance of a mean over m is at most E(n aδa)²/m or E(n a²)²/m.

    E(√n z)⁴ = 3 and E(√n z_Q)⁴ = E τ⁴ E(Σσx̂)⁴ ≤ 3 E τ⁴, and |a| ≤ |z|, |δa| ≤ |z_Q − z|: with E τ⁴ ≤ 3 these are
    bounded in n, at most √(3·8(3 + 9)) < 17 and 3, which also lets the second moments tend to those of the limit.
    """
    return at_least("0", "E τ⁴ ≤ 3 for every n, the variance over m neurons at most 17/m"), fourth_moment_of_the_scale()


PROJECTION = {"ratio of expectations": ratio_of_expectations, "law of large numbers": law_of_large_numbers}


@claim(
    "G.projection",
    at="Appendix G.3",
    kind="step",
    says="⟨δa, â⟩ → (S − ½)√(2m/n) as n, m → ∞, for every aspect ratio: the ratio of expectations is this, and over m "
    "neurons the means of n aδa and n a² deviate from theirs by O(1/√m) in mean square",
    tex=r"\langle\delta a,\hat{a}\rangle\to\left(S-\frac12\right)\sqrt{\frac{2m}{n}}",
    note="Section 8.4 prints the value at m = n as if it were general.",
    rests_on=["G.projection_energy", "G.activation_norm", "G.joint_limit"],
)
@pytest.mark.parametrize("step", PROJECTION.values(), ids=PROJECTION)
def test_projection(check, step):
    check(*step())


def norm_ratio():
    return less_than("1", "‖a_Q‖ < ‖a‖"), by_integrals(lambda moments: (moments.perturbed / moments.original).sqrt())


def projection_without_contraction():
    def projection():
        return relu_integrals(QuantisedLayer(quantised_layer().angle, BALL.number(1))).projection

    return at_least("0", "not negative at σ₂ = σ₁"), ball(projection, f"n E[aδa] at σ₂ = σ₁; {QUADRANTS}")


@claim(
    "G.contraction",
    at="Appendix G.3",
    kind="wording",
    says="The negative sign of E[aδa] reflects radial contraction: σ₂ < σ₁",
    note="The vector does contract, by √(2/π). But the sign does not show it: with z_Q rescaled to σ₂ = σ₁ the "
    "projection is still negative, and it stays so up to σ₂ = 1.21σ₁.",
    primary="the vector contracts",
    instead="G.sign_threshold",
)
@readings(
    "step",
    {"the vector contracts": norm_ratio, "the sign is due to σ₂ < σ₁": projection_without_contraction},
)
def test_contraction(check, step):
    check(*step())


@claim(
    "G.sign_threshold",
    at="Appendix G.3",
    kind="extension",
    says="E[aδa] changes sign at σ₂ ≈ 1.21σ₁, well above σ₁",
    tex=r"\mathbb{E}[a\,\delta a]=0\ \iff\ \sigma_2\approx1.21\,\sigma_1",
)
def test_sign_threshold(check):
    def threshold():
        layer = quantised_layer()
        moments = relu_integrals(layer)
        return layer.deviation * moments.original / moments.cross

    method = "where E[a a_Q], which is proportional to σ₂, reaches E a²"
    check(printed("1.21"), ball(threshold, f"{method}; {QUADRANTS}"))
