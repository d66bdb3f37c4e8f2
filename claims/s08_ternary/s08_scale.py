"""Section 8 under W_T → t·W_T: RMSNorm removes the scale t > 0 of the quantised weights, the error does not.

The paper takes t = 1, where every s is the row's mean |w|. With k = 2/π and Var z = 1, E zz_Q = E z_Q² = k there.
"""

import pytest
from verdicts import ball, claim, identity, less_than, more_than, printed

from claims.s08_ternary.perturbed_layers import INTEGRALS
from theorems.arithmetic.contexts import BALL
from theorems.integrals.ternary_integrals import QuantisedLayer, linear_integrals, quantised_layer, relu_integrals
from theorems.moments import Moments

ANY_SCALE = "moments of (z, t·z_Q), in exact algebra for every t and every k = (E|w|)²/E[w²]"


def scale_and_share():
    import sympy

    return sympy.symbols("t k", positive=True)


def before_relu():
    """The moments of z and Δz = t·z_Q − z."""
    t, k = scale_and_share()
    return Moments(1, t * k - 1, 1 - 2 * t * k + t**2 * k)


def scaled(t):
    """The layer with weights t·W_T."""
    layer = quantised_layer()
    return QuantisedLayer(layer.angle, BALL.number(t) * layer.deviation)


@claim(
    "8.scale.free",
    at="Section 8.1",
    also_at=["Section 8.5"],
    kind="extension",
    says="Theorem 4's cos² is that of t·W_T for every t > 0, and so is the error after RMSNorm",
    tex=r"\cos^2\angle(z,\,t z_Q)=k",
    rests_on=["8.theorem4"],
)
def test_scale_free(check):
    moments, (t, k) = before_relu(), scale_and_share()
    squared = (moments.original + moments.projection) ** 2 / (moments.original * (t**2 * k))
    check(identity(squared, k, ANY_SCALE, stated="cos² = k"))


@claim(
    "8.scale.radial_fraction",
    at="Section 8.3",
    also_at=["Section 8.4", "Table 12"],
    kind="extension",
    says="The radial fraction of the error is 1 − k at two scales only, t = 1 and t = 1/(2k − 1) = 3.66; there alone "
    "do the two pre-ReLU fractions of Section 8.3 sum to 1",
    tex=r"\mathcal R(t)=\frac{(1-kt)^2}{1-2kt+kt^2},\quad \mathcal R(t)-(1-k)\propto(t-1)\bigl((2k-1)t-1\bigr)",
    rests_on=["8.preradial.ternary"],
    note="It is 0 at t = 1/k, and tends to 1 as t → 0: without the scale of Equation (2), 0.363 says nothing of signs.",
)
def test_radial_fraction_at_scale(check):
    t, k = scale_and_share()
    excess = (before_relu().radial_fraction() - (1 - k)) * before_relu().energy
    check(identity(excess.expand(), (k * (t - 1) * ((2 * k - 1) * t - 1)).expand(), ANY_SCALE, stated="two roots"))


@claim(
    "8.scale.ordering",
    at="Section 8.3",
    kind="extension",
    says="The error is less radial than the constant-δ perturbation for t > 1/(2k) = π/4 and for no smaller scale",
    tex=r"\mathcal R(t)-k\propto(1-k)(1-2kt)",
    rests_on=["8.preradial.ordering"],
    note="Nor is it more radial than sign flips at every such scale: at t = 1/k = π/2 it has no radial part.",
)
def test_ordering_at_scale(check):
    t, k = scale_and_share()
    excess = (before_relu().radial_fraction() - k) * before_relu().energy
    check(identity(excess.expand(), ((1 - k) * (1 - 2 * k * t)).expand(), ANY_SCALE, stated="one root"))


@claim(
    "8.scale.contraction",
    at="Section 8.4",
    kind="extension",
    says="Quantisation contracts the activation vector for t < 1.518, and lengthens it along itself above",
    tex=r"t S<\tfrac12",
    rests_on=["8.postrelu.contraction"],
)
@pytest.mark.parametrize(("t", "sign"), [("1.518", less_than("0")), ("1.519", more_than("0"))], ids=["1.518", "1.519"])
def test_contraction_at_scale(check, t, sign):
    check(sign, ball(lambda: relu_integrals(scaled(t)).projection, f"E[aδa]; {INTEGRALS}"))


@claim(
    "8.scale.near_equality",
    at="Section 8.4",
    also_at=["Abstract"],
    kind="extension",
    says="That ReLU leaves the radial fraction as it is holds at the scale of Equation (2): at t = 0.8 it raises it by "
    "2.2%, at t = 1.2 it lowers it by 8.7%, and at t = 1.4 by 41%",
    tex=r"\frac{\mathcal{R}_{\mathrm{post}}(t)}{\mathcal{R}_{\mathrm{pre}}(t)}-1",
    rests_on=["8.postrelu"],
)
@pytest.mark.parametrize(("t", "stated"), [("0.8", "2.2%"), ("1.2", "-8.7%"), ("1.4", "-41%")])
def test_near_equality_at_scale(check, t, stated):
    def change():
        return relu_integrals(scaled(t)).radial_fraction() / linear_integrals(scaled(t)).radial_fraction() - 1

    check(printed(stated), ball(change, INTEGRALS))


@claim(
    "8.scale.instead",
    at="Section 8.4",
    also_at=["Section 8.5"],
    kind="extension",
    says="At every scale ReLU lowers sin² of the angle between output and quantised output from 0.363 to 0.319",
    tex=r"\sin^2\angle(z,t z_Q)\approx0.363,\quad\sin^2\angle(a,a_Q)\approx0.319",
    rests_on=["8.theorem4"],
)
@pytest.mark.parametrize("t", ["0.5", "1", "2"])
@pytest.mark.parametrize(
    ("integrals", "stated"), [(linear_integrals, "0.363"), (relu_integrals, "0.319")], ids=["before", "after"]
)
def test_sine_at_every_scale(check, integrals, stated, t):
    check(printed(stated), ball(lambda: 1 - integrals(scaled(t)).cosine(BALL) ** 2, INTEGRALS))


@claim(
    "8.scale.least_error",
    at="Section 2.3",
    also_at=["Appendix G.4"],
    kind="extension",
    says="Of all scales t = 1 has the least error energy, which is why its error is orthogonal to the quantised output",
    tex=r"1-2kt+kt^2=1-k+k(t-1)^2",
    rests_on=["8.preradial.orthogonality"],
)
def test_least_error(check):
    t, k = scale_and_share()
    check(identity(before_relu().energy, (1 - k + k * (t - 1) ** 2).expand(), ANY_SCALE, stated="a square in t − 1"))
