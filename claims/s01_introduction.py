"""Section 1: what the introduction promises, cites and cross-refers to."""

import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from verdicts import (
    about,
    agrees,
    ball,
    claim,
    exactly,
    more_than,
    printed,
    proof,
    text,
    twin,
)

from theorems.arithmetic.contexts import BALL
from theorems.formulas import quantization
from theorems.formulas.outliers import leverage, leverage_expansion
from theorems.integrals.gaussian_integrals import quadrant_moment, wedge_moment
from theorems.integrals.perturbed_neuron import Covariance, integrated_moments, sign_flip_covariance
from theorems.integrals.ternary_integrals import linear_integrals, quantised_layer, relu_integrals
from theorems.moments import Moments
from theorems.weight_laws import GAUSSIAN

INTEGRALS = "polar integrals over the quadrants of (z, z′), no closed form"


def sign_flips_of_equal_norm(moments):
    """Sign flips with the same E‖ΔW‖² as a layer of these pre-ReLU moments: 4p = E(Δz)²/E z²."""
    return sign_flip_covariance(moments.energy / 4)


def linear(pair):
    return Moments(BALL.number(1), pair.covariance - 1, pair.variance + 1 - 2 * pair.covariance)


def bitnet():
    """BitNet b1.58 for Gaussian weights: scale E|w|, threshold E|w|/2."""
    scale = GAUSSIAN.absolute_moment(1, BALL)
    return quantised_layer(scale / 2, scale)


# 1.1 Problem statement


@claim(
    "1.1.sign_and_sparsity",
    at="Section 1.1",
    says="Ternary quantization preserves only the sign pattern and the sparsity structure: they determine the ternary "
    "matrix",
    tex=r"Q=\mathrm{sign}(W)\odot\mathbf{1}[Q\neq0]",
)
@given(st.lists(st.integers(-1000, 1000), min_size=1, max_size=24))
@example([1, 0, -1000])
@example([7, 7, 7])
def test_sign_and_sparsity(weights):
    row = np.array([weights], dtype=np.float64)
    assume(bool(np.any(row)))
    quantised, _ = quantization.round_clip(row)
    support = twin(quantised != 0, np.ones_like(quantised))
    assert np.array_equal(np.sign(row) * support, quantised)


@claim(
    "1.1.no_magnitude",
    at="Section 1.1",
    kind="wording",
    says="Ternary quantization discards all magnitude information: its alignment with the weights is no better "
    "than that of signs, 2/π",
    tex=r"\cos^2\angle(w,Q(w))\leq\cos^2\angle(w,\mathrm{sign}(w))",
    rests_on=["3.fact1.gaussian"],
    primary="beyond the sparsity pattern",
    note="The sentence itself excepts the sparsity structure. But which weights become zero is information about "
    "magnitudes: with it the alignment of Gaussian weights rises from 0.637 to 0.787.",
)
@pytest.mark.parametrize("reading", ["beyond the sparsity pattern", "all magnitude information"])
def test_no_magnitude(check, reading):
    if reading == "all magnitude information":

        def gain():
            ternary, signs = (linear_integrals(layer).cosine(BALL) ** 2 for layer in (bitnet(), quantised_layer()))
            return ternary - signs

        check(exactly(0, "no gain over the signs"), ball(gain, "integrals over the normal density"))
    else:
        weights = np.random.Generator(np.random.Philox(2)).standard_normal((30, 40))
        magnitudes = np.unique(np.abs(quantization.round_clip(weights)[0]))
        check(
            exactly(1, "one magnitude besides zero"),
            proof(int(np.count_nonzero(magnitudes)), "magnitudes of the ternary entries of 1,200 normal weights"),
        )


@claim(
    "1.1.alignment_of_ternary",
    at="Section 1.1",
    kind="extension",
    says="With BitNet b1.58's zeros the alignment of Gaussian weights is cos² = 0.787, against 0.637 for signs alone",
    rests_on=["3.fact1.gaussian"],
)
@pytest.mark.parametrize(("scheme", "stated"), [("ternary", "0.787"), ("signs", "0.637")])
def test_alignment_of_ternary(check, scheme, stated):
    layer = bitnet if scheme == "ternary" else quantised_layer
    check(
        printed(stated),
        ball(lambda: linear_integrals(layer()).cosine(BALL) ** 2, "integrals over the normal density"),
    )


# 1.2 Contributions


@claim(
    "1.2.per_entry_formula",
    at="Section 1.2",
    says="The per-entry leverage is R(α, n) = nα²(1 − 4α/(3π)), via an exact bivariate-normal calculation",
    tex=r"R(\alpha,n)=n\alpha^2\left(1-\frac{4\alpha}{3\pi}\right)",
    rests_on=["E.theorem6"],
    primary="to leading order, as Equation (28)",
    note="What is exact is f(1 − 2α²)/f(1 − 2/n). At n = 2048 the formula is low by 0.2% to 1% for α from 0.05 to 0.5.",
    instead="E.theorem6",
)
@pytest.mark.parametrize(
    ("reading", "alpha"),
    [("to leading order, as Equation (28)", "0.0001")]
    + [("an equality, as printed", alpha) for alpha in ("0.05", "0.1", "0.3", "0.5")],
)
def test_per_entry_formula(check, reading, alpha):
    def energy(part):
        theta = (1 - 2 * part).acos()
        closing = quadrant_moment({(2, 0): 1}, theta, 1, -1)
        return 2 * closing + quadrant_moment({(2, 0): 1, (1, 1): -2, (0, 2): 1}, theta)

    def relative(n):
        exact = energy(BALL.number(alpha) ** 2) / energy(BALL.number(1) / n)
        return exact / leverage_expansion(alpha, n, BALL) - 1

    if reading.startswith("to leading"):
        correction = 4 * BALL.number(alpha) / (3 * BALL.pi)
        check(
            about(
                "0",
                margin="0.01",
                because="a hundredth of the correction 4α/(3π): what is left is of higher order in α and 1/√n",
            ),
            ball(lambda: relative(10**16) / correction, f"α = 10⁻⁴, n = 10¹⁶; {INTEGRALS}", bits=256),
        )
    else:
        check(exactly(0, "R = nα²(1 − 4α/(3π))"), ball(lambda: relative(2048), f"excess of R(α, 2048); {INTEGRALS}"))


@claim(
    "1.2.exact_calculation",
    at="Section 1.2",
    says="The per-entry calculation is exact: closed form and defining integral of R(α, n) agree, at every n",
    tex=r"R(\alpha,n)=\frac{f(1-2\alpha^2)}{f(1-2/n)}",
    rests_on=["E.remark3", "E.theorem6"],
)
def test_exact_calculation(check):
    def energy(part):
        return integrated_moments(Covariance(1 - 2 * part, BALL.number(1))).energy

    def by_integrals(alpha, n):
        return energy(BALL.number(alpha) ** 2) / energy(BALL.number(1) / n)

    points = [("0.9", 2), ("0.3", 10), ("0.024", 2048)]
    check(agrees(by_integrals, lambda alpha, n: leverage(alpha, n, BALL), points, digits=12, method=INTEGRALS))


# 1.3 Related work


@claim(
    "1.3.bussgang",
    at="Section 1.3",
    says="sign(·) of a zero-mean Gaussian preserves a fraction √(2/π) of the linear correlation with any jointly "
    "normal variable",
    tex=r"\mathrm{Corr}(Y,\mathrm{sign}X)=\sqrt{2/\pi}\;\mathrm{Corr}(Y,X)",
)
def test_bussgang(check):
    def preserved(rho):
        half = BALL.pi / 2
        return 2 * wedge_moment({(0, 1): 1}, BALL.number(rho).acos(), (-half, half)) / BALL.number(rho)

    words = "E[Y sign X]/ρ by a polar integral over the half-plane X > 0, against √(2/π)"
    rates = ["0.01", "0.5", "-0.9", "1"]
    check(agrees(preserved, lambda _: (2 / BALL.pi).sqrt(), rates, digits=12, method=words))


@claim(
    "1.3.energy_version",
    at="Section 1.3",
    kind="number",
    says="Fact 1's cos² is the square of Bussgang's fraction √(2/π)",
    tex=r"\left(\sqrt{2/\pi}\right)^2=\frac{2}{\pi}",
    rests_on=["3.fact1.gaussian"],
)
def test_energy_version(check):
    def alignment(_):
        return linear_integrals(quantised_layer()).cosine(BALL) ** 2

    def squared_fraction(_):
        return (2 * wedge_moment({(0, 1): 1}, 0, (-BALL.pi / 2, BALL.pi / 2))) ** 2

    words = "alignment from integrals of w·sign w, fraction from the polar integral"
    check(agrees(alignment, squared_fraction, ["Gaussian"], digits=12, method=words))


TERNARY_ERRORS = ("sign quantisation", "BitNet b1.58")
DAMAGE = "transverse energy, the damage of Section 7.2"


@claim(
    "1.3.less_damaging",
    at="Section 1.3",
    kind="wording",
    says="Sign-preserving errors, as in ternary quantization, are inherently less damaging than sign flips of equal "
    "norm",
    tex=r"\|P_{y^\perp}\Delta y^{\mathrm{flip}}\|^2>\|P_{y^\perp}\Delta y^{\mathrm{quantised}}\|^2",
    rests_on=["8.theorem4", "6.theorem3"],
    primary=DAMAGE,
    note="The actual difference after RMSNorm reverses it for sign quantisation: flips of its norm (p = 0.091) make "
    "0.906 of it, because an error of that size shortens the output, which the derivative ignores. Nor does keeping "
    "signs suffice: a random rescaling w(1 ± 2√p) has more transverse energy than flips.",
    instead="8.equalnorm.actual",
)
@pytest.mark.parametrize(
    ("reading", "error"),
    [(reading, error) for reading in (DAMAGE, "actual difference after RMSNorm") for error in TERNARY_ERRORS]
    + [("transverse energy, every error that keeps signs", "random rescaling, p = 0.1")],
)
def test_less_damaging(check, reading, error):
    def ratio():
        if error.startswith("random rescaling"):
            p = BALL.number("0.1")
            flips, kept = sign_flip_covariance(p), integrated_moments(Covariance(BALL.number(1), 1 + 4 * p))
        else:
            layer = quantised_layer() if error == "sign quantisation" else bitnet()
            flips, kept = sign_flips_of_equal_norm(linear_integrals(layer)), relu_integrals(layer)
        flipped = integrated_moments(flips)
        if reading.startswith("actual"):
            return flipped.chord_energy(BALL) / kept.chord_energy(BALL)
        return flipped.transverse_energy() / kept.transverse_energy()

    check(more_than("1", stated="sign flips are worse"), ball(ratio, f"{INTEGRALS}, equal E‖ΔW‖²"))


# 1.4 Paper organization

ORGANIZATION = {
    "Section 3": ("3", ["Fact 1", "Proposition 2"]),
    "Section 4": ("4", ["Theorem 1", "Theorem 2"]),
    "Section 5": ("5", ["Proposition 1"]),
    "Section 6": ("6", ["Theorem 3"]),
    "Section 8": ("8", ["Theorem 4"]),
    "Appendix A": ("A", ["Lemma A.1"]),
    "Appendix E": ("E", ["Theorem 6"]),
    "Appendix F": ("F", ["Equation (34)"]),
    "Appendix G": ("G", ["Equation (38)"]),
}


@claim(
    "1.4.organization",
    at="Section 1.4",
    kind="wording",
    says="Each result stands in the section or appendix where the overview places it",
)
@pytest.mark.parametrize("place", ORGANIZATION)
def test_organization(check, place):
    key, results = ORGANIZATION[place]
    paper = tomllib.loads((Path(__file__).parent / "paper.toml").read_text(encoding="utf-8"))
    listed = next(section["places"] for section in paper["sections"] if section["id"] == key)
    misplaced = [result for result in results if result not in listed]
    check(exactly(0, f"in {place}"), text(len(misplaced), "results that the contents do not list there"))
