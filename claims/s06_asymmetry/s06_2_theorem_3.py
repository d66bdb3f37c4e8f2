"""Section 6.2: Theorem 3, and what its assumptions are needed for."""

from fractions import Fraction
from operator import mul

import pytest
from verdicts import at_least, at_most, ball, claim, identity, printed, proof

from claims.s06_asymmetry.closed_forms import CLOSED_FORMS
from claims.s06_asymmetry.transverse_ratios import (
    EXACT_COEFFICIENTS,
    IN_RATE,
    INTEGRALS,
    SMALL_RATES,
    below_constant,
    chord_ratio_series,
    ratio_series,
    root,
)
from claims.width_bounds import LARGEST_ENTRY, relative_loss
from theorems.arithmetic.contexts import BALL, SERIES
from theorems.arithmetic.exact_series import EXACT, KAPPA, LAMBDA, exact_value, leading_order
from theorems.arithmetic.expansions import expand
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas.asymmetry import (
    sign_moments,
    structural_ratio,
    transverse_ratio,
)
from theorems.formulas.normal_pairs import regression_pair, relu_moments
from theorems.integrals.perturbed_neuron import (
    integrated_moments,
    sign_flip_covariance,
    sign_preserving_covariance,
)
from theorems.moments import Moments
from theorems.weight_laws import GAUSSIAN, LAPLACE, UNIFORM


def dot(first, second):
    return sum(map(mul, first, second))


def transverse(change, y):
    """The energy of the part of a change of y that is orthogonal to y, over that of y."""
    share = dot(change, y) / dot(y, y)
    across = [each - share * entry for each, entry in zip(change, y, strict=True)]
    return dot(across, across) / dot(y, y)


@claim(
    "6.theorem3",
    at="Theorem 3",
    also_at=["Equation (13)"],
    says="In the limit the ratio of transverse energies is (1 − 𝓡_sign)/(1 − 𝓡_mag)·R_A, for every p in (0, 1/2)",
    tex=r"c(p)=\frac{1-\mathcal{R}^{\mathrm{sign}}(p)}{1-\mathcal{R}^{\mathrm{mag}}(p)}\,R_A(p)",
    rests_on=["A.step1", "A.step2", "A.step3.limit", "A.stepB2.angles", "A.lemmaA1"],
)
def test_limit(check):
    y1, y2, s1, s2, m1, m2 = indeterminates("y1,y2,s1,s2,m1,m2")
    y, changes = (y1, y2), ((s1, s2), (m1, m2))
    energies = [transverse(change, y) for change in changes]
    sign, magnitude = (Moments(dot(y, y), dot(y, change), dot(change, change)) for change in changes)
    radial = (1 - sign.radial_fraction()) / (1 - magnitude.radial_fraction())
    stated = [radial * sign.energy / magnitude.energy, sign.transverse_energy(), magnitude.transverse_energy()]
    method = "‖Δy − (Δy·y)y/‖y‖²‖²/‖y‖² in the coordinates of a plane with y and Δy, any of both"
    check(identity([energies[0] / energies[1], *energies], stated, method, "their ratio, and both by second moments"))


@claim(
    "6.theorem3.closed_form",
    at="Theorem 3",
    kind="extension",
    says="The closed form of c(p) that the suite evaluates is, for every p, the ratio of the transverse energies that "
    "the two normal pairs have",
    rests_on=["6.theorem3"],
)
@pytest.mark.parametrize("sides", CLOSED_FORMS.values(), ids=CLOSED_FORMS)
def test_closed_form(check, sides):
    check(identity(*sides(), f"{sides.__doc__} In symbols."))


def convergence_constant():
    """√p|c_n/c − 1|/‖x̂‖∞² where p ≥ ‖x̂‖∞²: the sign flips' loss, and 6p of the magnitude model, over 1 − 6‖x̂‖∞²."""
    largest = BALL.number(LARGEST_ENTRY)
    return BALL.number(0).union((relative_loss() + 3) / (1 - 6 * largest**2))


@claim(
    "6.theorem3.convergence",
    at="Theorem 3",
    says="The ratio of transverse energies tends to its limit as n → ∞ at fixed p, for every delocalised x̂",
    tex=r"\|\hat x\|_\infty\to0\ \Rightarrow\ c_n(p)\to c(p)",
    note="At every p ≥ ‖x̂‖∞² it differs by a share of at most 4‖x̂‖∞²/√p, for every x̂ with ‖x̂‖∞ ≤ 0.0225. For "
    "equal entries the error is of order 1/n, faster than 1/√n.",
    rests_on=["A.step3.mixture", "6.width.sign_energy", "6.width.magnitude_energy"],
)
def test_convergence(check):
    method = f"{convergence_constant.__doc__} Taylor forms over all of 0 < p < 1/2"
    check(at_most("4", "a finite constant times ‖x̂‖∞²/√p, here 4"), ball(convergence_constant, method))


@claim(
    "6.theorem3.constant",
    at="Theorem 3",
    also_at=["Equation (14)", "Section 1.2", "Appendix A.3"],
    says="c(p) → π/(π − 2) as p → 0",
    tex=r"c(p)=\frac{\pi}{\pi-2}+O(\sqrt{p})",
    rests_on=["6.theorem3", "6.theorem3.closed_form"],
)
def test_constant(check):
    limit = EXACT.pi / (EXACT.pi - 2)
    check(identity(ratio_series()[0], limit[0], EXACT_COEFFICIENTS, "c(0) = π/(π − 2)"))


@claim(
    "6.theorem3.remainder_order",
    at="Theorem 3",
    also_at=["Equation (14)"],
    says="c(p) − π/(π − 2) is O(√p)",
    tex=r"c(p)-\frac{\pi}{\pi-2}=O(\sqrt{p})",
    rests_on=["6.theorem3", "6.theorem3.closed_form"],
    note="Sharp: the coefficient of √p is not zero.",
)
def test_remainder_order(check):
    shares = {
        "Theorem 3's limit": lambda s: below_constant(transverse_ratio(s, BALL)),
        "its first term, (4/(3π))(1 − √(1 − 2/π))√p": lambda s: 4 / (3 * BALL.pi) * (1 - (1 - 2 / BALL.pi).sqrt()) * s,
        "Remark 1's formula": lambda s: below_constant(structural_ratio(s, BALL)),
    }
    for name, share in shares.items():
        check.curve(name=name, points=[(p, share(root(p))) for p in SMALL_RATES], **IN_RATE)
    order = leading_order(ratio_series() - EXACT.pi / (EXACT.pi - 2))
    check(at_least("1", "order of √p at least 1"), proof(order, EXACT_COEFFICIENTS))


@claim(
    "6.theorem3.value",
    at="Theorem 3",
    also_at=["Equation (14)", "Section 1.2", "Abstract", "Figure 1"],
    kind="number",
    says="π/(π − 2) ≈ 2.75",
    tex=r"\pi/(\pi-2)\approx 2.75",
    rests_on=["6.theorem3.constant"],
)
def test_constant_value(check):
    def limit():
        expansion = expand(lambda s: transverse_ratio(s, SERIES), 1, "0.001")
        return expansion.coefficients[0]

    check(printed("2.75"), ball(limit, "constant coefficient of the series of c in √p"))


@claim(
    "6.theorem3.coefficients",
    at="Theorem 3",
    also_at=["Remark 1"],
    kind="extension",
    says="c(p) = c₀(1 − (4/(3π))(1 − λ)√p − (1 + (4/9)κ⁴λ(1 − λ) + (4/3)κ³λ)p + …), c₀ = π/(π − 2), κ² = 2/π, λ² = 1 "
    "− 2/π",
    tex=r"\frac{c(p)}{c_0}=1-\frac{4(1-\lambda)}{3\pi}\sqrt{p}-\left(1+\frac{4}{9}\kappa^4\lambda(1-\lambda)"
    r"+\frac{4}{3}\kappa^3\lambda\right)p+O(p^{3/2})",
    rests_on=["6.theorem3", "6.theorem3.closed_form"],
)
@pytest.mark.parametrize(
    ("order", "stated"),
    [
        pytest.param(0, lambda k, lam: EXACT.number(1), id="0"),  # noqa: ARG005
        pytest.param(1, lambda k, lam: -4 * (1 - lam) / (3 * EXACT.pi), id="1"),  # noqa: ARG005
        pytest.param(
            2, lambda k, lam: -(1 + Fraction(4, 9) * k**4 * lam * (1 - lam) + Fraction(4, 3) * k**3 * lam), id="2"
        ),
    ],
)
def test_coefficients(check, order, stated):
    k, lam = EXACT.number(KAPPA), EXACT.number(LAMBDA)
    found = ratio_series() * lam**2
    check(identity(found[order], stated(k, lam)[0], EXACT_COEFFICIENTS, "times π/(π − 2)"))


@claim(
    "6.theorem3.third_order",
    at="Theorem 3",
    also_at=["Equation (14)"],
    kind="extension",
    says="The two terms after π/(π − 2) leave a remainder of at most 3 p^(3/2) for p ≤ 1/1000",
    tex=r"\left|c(p)-c_0-c_1\sqrt{p}-c_2\,p\right|\leq3p^{3/2},\quad c_0=\frac{\pi}{\pi-2}",
    rests_on=["6.theorem3.coefficients"],
)
def test_third_order_remainder(check):
    def remainder():
        return abs(expand(lambda s: transverse_ratio(s, SERIES), 3, "0.0317").remainder)

    check(at_most("3"), ball(remainder, "Lagrange remainder over 0 ≤ √p ≤ 0.0317"))


# What the assumptions are needed for


@claim(
    "6.assumptions.delocalization",
    at="Theorem 3",
    kind="extension",
    says="Without delocalization the constant fails: for x̂ = e₁, c(p) = (1 − p/2)/2 · π/(π − 2)",
    tex=r"c_{e_1}(p)=\frac{(1-p/2)\,\pi}{2(\pi-2)}",
)
def test_localized_input(check):
    s, mean = indeterminates("s,mean")  # √p and E|w|, where E[w²] = 1
    p = s**2
    flipped = Moments(s**0 / 2, -p / 2, p)
    shifted = Moments(s**0 / 2, 2 * s * mean / 2, 4 * p / 2)
    ratio = flipped.transverse_energy() / shifted.transverse_energy()
    method = "one weight, in symbols: z′ = ±z under flips, no gate switches under the magnitude model; (E|w|)² = 2/π"
    check(identity(ratio, (1 - p / 2) / (2 * (1 - mean**2)), method))


@claim(
    "6.assumptions.gaussian",
    at="Theorem 3",
    also_at=["Section 2.4"],
    kind="extension",
    says="For uniform, Laplace and Gaussian weights the constant 1/(1 − (E|w|)²/E[w²]) is 4.0000, 2.0000 and 2.7519",
    tex=r"c(0)=\frac{1}{1-(\mathbb{E}|w|)^2/\mathbb{E}[w^2]}",
    rests_on=["6.laws.constant"],
)
@pytest.mark.parametrize(
    ("law", "stated"),
    [(UNIFORM, "4.0000"), (LAPLACE, "2.0000"), (GAUSSIAN, "2.7519")],
    ids=lambda v: getattr(v, "name", v),
)
def test_other_weight_laws(check, law, stated):
    def constant():
        return 1 / (1 - law.absolute_moment(1, BALL) ** 2 / law.absolute_moment(2, BALL))

    check(printed(stated), ball(constant, "moments of the law, and 6.laws.constant for the limit p → 0"))


@claim(
    "6.assumptions.sign_preserving",
    at="Theorem 3",
    also_at=["Section 5.2"],
    kind="extension",
    says="With an independent additive perturbation in place of the sign-preserving one, c(p) → 1",
    tex=r"\lim_{p\to0}c(p)=1",
    rests_on=["6.theorem3"],
)
def test_independent_perturbation(check):
    independent = relu_moments(regression_pair(EXACT.number(1), 2 * EXACT.variable(), EXACT), EXACT)
    ratio = sign_moments(EXACT.variable(), EXACT).transverse_energy() / independent.transverse_energy()
    check(identity(exact_value(ratio[0]), 1, EXACT_COEFFICIENTS, "c(p) → 1"))


@claim(
    "6.nonlinear.ratio",
    at="Theorem 3",
    also_at=["Table 2"],
    kind="extension",
    says="The ratio of actual squared output differences after RMSNorm, in place of first-order ones, at the tested "
    "rates",
    tex=r"\frac{1-\cos\angle(a,a+\Delta a^{\mathrm{sign}})}{1-\cos\angle(a,a+\Delta a^{\mathrm{mag}})}",
    rests_on=["6.theorem3"],
    note="It tends to π/(π − 2) too, but from above, with a √p coefficient of +8.32: the linearisation of RMSNorm is "
    "poor at these flip rates.",
)
@pytest.mark.parametrize(("p", "stated"), [("0.01", "3.652"), ("0.02", "4.061"), ("0.05", "4.923"), ("0.10", "5.957")])
def test_nonlinear_ratio(check, p, stated):
    def ratio():
        flipped, shifted = (integrated_moments(law(p)) for law in (sign_flip_covariance, sign_preserving_covariance))
        return flipped.chord_energy(BALL) / shifted.chord_energy(BALL)

    check(printed(stated), ball(ratio, f"2(1 − cos∠(a, a′)), {INTEGRALS}"))


@claim(
    "6.nonlinear.limit",
    at="Theorem 3",
    kind="extension",
    says="The actual ratio is π/(π − 2)·(1 + (4κ − (4/(3π))(1 − λ))·√p + …) with κ = √(2/π), λ = √(1 − 2/π)",
    tex=r"\frac{1-\cos\angle(a,a+\Delta a^{\mathrm{sign}})}{1-\cos\angle(a,a+\Delta a^{\mathrm{mag}})}="
    r"\frac{\pi}{\pi-2}\left(1+\left(4\kappa-\frac{4(1-\lambda)}{3\pi}\right)\sqrt{p}+\ldots\right)",
    rests_on=["6.theorem3", "6.theorem3.closed_form"],
)
@pytest.mark.parametrize("order", [0, 1])
def test_nonlinear_limit(check, order):
    k, lam, s = EXACT.number(KAPPA), EXACT.number(LAMBDA), EXACT.variable()
    known = (1 + (4 * k - 4 * (1 - lam) / (3 * EXACT.pi)) * s) / lam**2
    check(identity(chord_ratio_series()[order], known[order], EXACT_COEFFICIENTS))
