"""Section 2.1: notation."""

from fractions import Fraction
from math import isqrt

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from verdicts import ball, claim, exactly, proof, twin, worst

from claims.s02_preliminaries.weights import additive_sign_changes, scales, searching, whole
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas.rmsnorm import coefficient_of_variation, radial_fraction, rmsnorm, transverse

pairs = st.lists(st.tuples(whole, whole), min_size=1, max_size=8)


def both_nonzero(entries):
    return all(any(vector) for vector in zip(*entries, strict=True))


@claim(
    "2.1.radial_fraction",
    at="Section 2.1",
    kind="step",
    says="𝓡 is a fraction of the perturbation's energy: 𝓡 + ‖PΔy‖²/‖Δy‖² = 1",
    tex=r"\mathcal{R}(\Delta y)=\frac{(\Delta y\cdot\hat{y})^2}{\|\Delta y\|^2}",
    rests_on=["4.theorem2.projector"],
)
@searching
@given(entries=pairs.filter(both_nonzero), scale=scales)
@example(entries=[(-2, 3)], scale=-100)
@example(entries=[(1, 1), (0, 2)], scale=0)
def test_radial_fraction(entries, scale):
    y, change = zip(*entries, strict=True)
    y, change = np.array(y, dtype=float), np.array(change) * 10.0**scale
    across = np.linalg.norm(transverse(y, change)) / np.linalg.norm(change)
    assert abs(radial_fraction(y, change) + across ** twin(2, 1) - 1) < 1e-13


@claim(
    "2.1.hat",
    at="Section 2.1",
    also_at=["Section 2.2"],
    kind="wording",
    says="A hat makes a unit vector: ŷ has norm 1",
    tex=r"\hat{x}=x/\|x\|",
    primary="ŷ in equation (1), P and 𝓡",
    note="The ŷ of the model, RMSNorm(W₂ReLU(W₁x̂)) in Section 2.2 and equation (12), has norm √m: with it in place of "
    "the unit vector 𝓡 would exceed 1.",
)
@pytest.mark.parametrize("size", [4, 9])
@pytest.mark.parametrize("reading", ["ŷ in equation (1), P and 𝓡", "ŷ in Section 2.2 and equation (12)"])
def test_hat(check, reading, size):
    # ones of length m = 4 or 9: √m and ‖y‖ are integers, so RMSNorm is exact
    output = [Fraction(float(entry)) for entry in rmsnorm(np.ones(size))]
    if reading == "ŷ in equation (1), P and 𝓡":
        output = [entry / isqrt(size) for entry in output]
    check(
        exactly(1, stated="unit vector"), proof(sum(entry**2 for entry in output), "squared norm, y a vector of ones")
    )


@claim(
    "2.1.coefficient_of_variation",
    at="Section 2.1",
    kind="wording",
    says="With CV_p(d) = std(d)/mean(d), the scaling error bound (6) holds",
    tex=r"\mathrm{CV}_p(d)=\mathrm{std}(d)/\mathrm{mean}(d)",
    primary="under the weights p of Theorem 1",
    note="The table gives no weights. With the plain standard deviation and mean the bound fails.",
)
@pytest.mark.parametrize("reading", ["under the weights p of Theorem 1", "plain"])
@searching
@given(
    y=st.lists(st.integers(1, 30), min_size=2, max_size=5),
    scale=st.lists(st.integers(1, 30), min_size=5, max_size=5),
)
@example(y=[10, 1, 1, 1, 1], scale=[20, 19, 19, 19, 19])
@example(y=[1, 1, 1], scale=[1, 1, 1, 1, 1])
@example(y=[20, 20, 1, 1, 1], scale=[29, 30, 30, 30, 30])
def test_coefficient_of_variation(reading, y, scale):
    d = np.array(scale[: len(y)], dtype=float)
    variation = float(d.std() / d.mean()) if reading == "plain" else coefficient_of_variation(y, d)
    error = np.linalg.norm(rmsnorm(d * y) - rmsnorm(y)) / np.sqrt(len(y))
    margin = twin(1, 0.9) * variation - error
    worst(margin)
    assert margin >= -1e-13


@claim(
    "2.1.correlation",
    at="Section 2.1",
    kind="step",
    says="The uncentred correlation is the cosine in L²: it lies in [−1, 1]",
    tex=r"\mathrm{Corr}(X,Y)=\frac{\mathbb{E}[XY]}{\sqrt{\mathbb{E}[X^2]\,\mathbb{E}[Y^2]}}",
)
@searching
@given(entries=pairs.filter(both_nonzero))
@example(entries=[(1, 2), (-1, -2)])
def test_uncentred_correlation(entries):
    squares = sum(x * x for x, _ in entries) * sum(y * y for _, y in entries)
    margin = squares * twin(1, Fraction(1, 2)) - sum(x * y for x, y in entries) ** 2
    worst(float(margin))
    assert margin >= 0


@claim(
    "2.1.magnitude_perturbation",
    at="Section 2.1",
    also_at=["Section 5.2"],
    kind="wording",
    says="ΔW^mag is sign-preserving: it changes the sign of no weight",
    primary="the model (A4)",
    note="Section 5.2 uses the name for independent additive noise of variance 4p/n, which changes the sign of a share "
    "arctan(2√p)/π of the weights: 6.3% at p = 0.01, six times as many as the sign flips it is compared with.",
    instead="2.5.additive_flips",
)
@pytest.mark.parametrize("reading", ["the model (A4)", "the additive model of Section 5.2"])
def test_magnitude_perturbation_keeps_signs(check, reading):
    if reading == "the model (A4)":
        a, delta = indeterminates("a,delta")
        products = [(sign * a) * (sign * a + sign * delta) for sign in (1, -1)]
        negative = sum(coefficient < 0 for polynomial in products for coefficient in polynomial.numer.coeffs())
        certificate = "negative coefficients of w·(w + δ sign w) as polynomials in |w| and δ, for either sign of w"
        check(exactly(0), proof(negative, certificate))
        return
    check(exactly(0), ball(lambda: additive_sign_changes("0.01"), "quadrants of the normal pair (w, w + noise)"))
