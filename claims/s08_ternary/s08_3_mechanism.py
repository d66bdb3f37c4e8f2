"""Section 8.3: a mechanism for ternary quantisation tolerance."""

import itertools

import flint
import numpy as np
import pytest
from hypothesis import example, given
from verdicts import at_least, ball, claim, identity, instances, more_than, printed, proof, readings, tries, twin

from claims.drawn_vectors import FORTY_AT_ONCE, batches, searching
from claims.s08_ternary.perturbed_layers import (
    EXACT_SERIES,
    INTEGRALS,
    constant_magnitude,
    covariance,
    error_variance,
    flips_and_shift,
    for_every_input,
    for_every_n,
    lowest_order_source,
    mean_magnitude,
    mean_product,
    sign_flips,
)
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.exact_series import EXACT as SERIES
from theorems.arithmetic.exact_series import exact_value, leading_order
from theorems.arithmetic.expressions import evaluated
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas import asymmetry, quantization
from theorems.formulas.linear_layer import entry_moments
from theorems.formulas.normal_pairs import linear_moments
from theorems.integrals.exact_moments import exact_magnitude_moment
from theorems.integrals.gaussian_integrals import orthant_moment
from theorems.integrals.half_normal import ALPHA
from theorems.integrals.ternary_integrals import linear_integrals, quantised_layer, relu_integrals

ENTRIES = "moments of one Gaussian weight and its change"


def two_of_three(rows):
    """BitNet b1.58's values −1, 0, 1, which drop small weights."""
    return quantization.round_clip(rows)[0]


QUANTISERS = {"two values": quantization.sign_quantise, "three values": two_of_three}


@claim(
    "8.mechanism.sign_preserving",
    at="Section 8.3",
    also_at=["Abstract", "Section 1.2", "Section 11.1"],
    kind="step",
    says="W_T = W + ΔW with Δw = sign(w)(s − |w|) keeps every sign: no weight sign is flipped",
    tex=r"\Delta w_{ij}=\mathrm{sign}(w_{ij})(s_i-|w_{ij}|)",
)
def test_keeps_every_sign(check):
    scale, size = indeterminates("s,w")  # s and |w|
    found = [sign * size + sign * (scale - size) for sign in (1, -1)]
    check(identity(found, [scale, -scale], "w + Δw for w of either sign", "s·sign(w)"))


@claim(
    "8.mechanism.sign_preserving.rows",
    at="Section 8.3",
    kind="extension",
    says="Sign quantisation is W + ΔW and keeps every sign, in every dimension and at every scale",
    tex=r"W_T=W+\Delta W,\quad\mathrm{sign}(W_T)=\mathrm{sign}(W)",
    rests_on=["8.mechanism.sign_preserving"],
    note=FORTY_AT_ONCE,
)
@searching
@example(np.array([[1.0]]))
@example(np.array([[1e-5, -1e6]]))
@given(batches())
def test_sign_preserving(rows):
    tries(len(rows))
    quantised = QUANTISERS[twin("two values", "three values")](rows)
    assert np.array_equal(np.sign(quantised), np.sign(rows))
    scales = np.abs(rows).mean(axis=1, keepdims=True)
    change = np.sign(rows) * (scales - np.abs(rows))
    assert np.all(np.abs(rows + change - quantised) <= 1e-12 * (scales + np.abs(rows)))


@claim(
    "8.mechanism.opposes",
    at="Section 8.3",
    kind="step",
    says="Where |w| exceeds s the perturbation opposes sign(w)",
    tex=r"|w|>s\ \Rightarrow\ \mathrm{sign}(w)\,\Delta w=s-|w|<0",
)
def test_opposes(check):
    scale, excess = indeterminates("s,excess")  # |w| = s + excess
    found = [sign * (sign * (scale - (scale + excess))) for sign in (1, -1)]
    check(identity(found, -excess, "sign(w)·Δw for w of either sign", "less than 0 by what |w| exceeds s"))


@claim(
    "8.mechanism.opposes.rows",
    at="Section 8.3",
    kind="extension",
    says="Sign quantisation moves every weight of more than s towards 0, in every dimension and at every scale",
    tex=r"|w|>s\ \Rightarrow\ \mathrm{sign}(\Delta w)=-\mathrm{sign}(w)",
    rests_on=["8.mechanism.opposes"],
    note=FORTY_AT_ONCE,
)
@searching
@example(np.array([[3.0, 1.0]]))
@example(np.array([[2.0, -2.0]]))
@given(batches())
def test_opposes_in_rows(rows):
    tries(len(rows))
    scales = np.abs(rows).mean(axis=1, keepdims=True)
    change = quantization.sign_quantise(rows) - rows
    large = np.abs(rows) > scales * twin(1 + 1e-12, 0.5)
    assert np.all(np.sign(change[large]) == -np.sign(rows[large]))


def transverse_share(p):
    """Transverse energy of the constant-δ model over that of sign flips, by integrals."""
    return relu_integrals(constant_magnitude(p)).transverse_energy() / relu_integrals(sign_flips(p)).transverse_energy()


def radial_share(p):
    return relu_integrals(constant_magnitude(p)).radial_fraction()


def as_p_vanishes(series, by_integrals):
    """Cases: the exact coefficient of a series in √p, and the integrals of the definition at a small p."""
    limit = ball(lambda: exact_value((series())[0]), EXACT_SERIES)
    near = instances(by_integrals, at=["1e-16"], method=f"p = 10⁻¹⁶; {INTEGRALS}")
    return pytest.mark.parametrize("share", [limit, near], ids=["as p → 0", "p = 10⁻¹⁶"])


def radial_series():
    return flips_and_shift()[1].radial_fraction()


def shift_over_flips():
    flips, shift = flips_and_shift()
    return shift.transverse_energy() / flips.transverse_energy()


@claim(
    "8.mechanism.relative_transverse",
    at="Section 8.3",
    kind="number",
    says="Constant-δ perturbations leave (π−2)/π ≈ 36% of the transverse energy of sign flips (Theorem 3, p → 0)",
    tex=r"\frac{\pi-2}{\pi}\approx 36\%",
    rests_on=["6.theorem3.constant", "A.lemmaA1"],
)
@as_p_vanishes(shift_over_flips, transverse_share)
def test_relative_transverse(check, share):
    check(printed("36%"), share)


@claim(
    "8.mechanism.radial_share",
    at="Section 8.3",
    kind="number",
    says="The Bussgang-ReLU mechanism channels 2/π of the post-ReLU energy of a constant-δ perturbation into the "
    "radial direction as p → 0",
    tex=r"\mathcal{R}\to\frac{2}{\pi}",
    rests_on=["A.lemmaA1"],
)
@as_p_vanishes(radial_series, radial_share)
def test_radial_share(check, share):
    check(printed("0.637"), share)


CORRELATIONS = {
    "quantisation--0.60": ("-0.60", lambda: linear_integrals(quantised_layer()).radial_cosine(BALL)),
    "constant δ-+0.80": ("+0.80", mean_magnitude),
}


@claim(
    "8.mechanism.correlation",
    at="Section 8.3",
    kind="number",
    says="Corr(z, Δz) before ReLU is about −0.60 for sign quantisation and +0.80 for the constant-δ model",
    tex=r"-\sqrt{1-2/\pi}\approx-0.60,\qquad\sqrt{2/\pi}\approx 0.80",
    rests_on=["8.mechanism.covariance", "8.mechanism.error_variance"],
)
@pytest.mark.parametrize(("stated", "correlation"), CORRELATIONS.values(), ids=CORRELATIONS)
def test_correlation(check, stated, correlation):
    check(printed(stated), ball(correlation, INTEGRALS))


@claim(
    "8.mechanism.product_moment",
    at="Section 8.3",
    kind="step",
    says="E[|w|s] = E[w²]/n + (n−1)/n·(E|w|)² = 1/n² + 2(n−1)/(πn²), at every n",
    tex=r"\mathbb{E}[|w_{i1}|s_i]=\frac{1}{n^2}+\frac{2(n-1)}{\pi n^2}",
)
def test_product_moment(check):
    check(for_every_n(mean_product, lambda n: (1 + (n - 1) * ALPHA**2) / n**2))


COVARIANCE = {
    "identity for each input": lambda: for_every_input(
        lambda z, quantised: z * (quantised - z), "Cov(z, Δz) = E[|w|s] − E[w²]"
    ),
    "limit": lambda: for_every_n(covariance, lambda n: (ALPHA**2 - 1) * flint.fmpq(n - 1, n**2), "(2/π − 1)(n − 1)/n²"),
}


@claim(
    "8.mechanism.covariance",
    at="Section 8.3",
    kind="step",
    says="Cov(z, Δz) = E[|w|s] − E[w²], which tends to (2/π − 1)/n",
    tex=r"\mathrm{Cov}(z_i,\Delta z_i)\to\frac{2/\pi-1}{n}",
    rests_on=["8.mechanism.product_moment"],
)
@pytest.mark.parametrize("part", COVARIANCE.values(), ids=COVARIANCE)
def test_covariance(check, part):
    check(part())


VARIANCES = {
    "Var(|w| − s)": lambda: for_every_n(
        error_variance, lambda n: (1 - ALPHA**2) * flint.fmpq(n - 1, n**2), "(1 − 2/π)(n − 1)/n²"
    ),
    "Var Δz is Var(|w| − s)": lambda: for_every_input(
        lambda z, quantised: (quantised - z) ** 2, "Var Δz = E(|w| − s)²"
    ),
    "Var z": lambda: for_every_input(lambda z, _: z**2, "Var z = E w²"),
}


@claim(
    "8.mechanism.error_variance",
    at="Section 8.3",
    kind="step",
    says="Var Δz = Var(|w| − s) tends to (1 − 2/π)/n, with Var z = 1/n",
    tex=r"\mathrm{Var}(\Delta z_i)\to\frac{1-2/\pi}{n}",
)
@pytest.mark.parametrize("part", VARIANCES.values(), ids=VARIANCES)
def test_error_variance(check, part):
    check(part())


@claim(
    "8.mechanism.correlation_limit",
    at="Section 8.3",
    kind="step",
    says="(2/π − 1)/√(1 − 2/π) = −√(1 − 2/π)",
    tex=r"\frac{2/\pi-1}{\sqrt{1-2/\pi}}=-\sqrt{1-\frac{2}{\pi}}",
    rests_on=["8.mechanism.covariance", "8.mechanism.error_variance"],
)
def test_correlation_limit(check):
    from sympy import pi, sqrt

    root = sqrt(1 - 2 / pi)
    check(identity((2 / pi - 1) / root, -root, "exact algebra"))


@claim(
    "8.mechanism.finite_correlation",
    at="Section 8.3",
    kind="extension",
    says="Corr(z, Δz)² = (1 − 2/π)(1 − 1/n) exactly, at every n and for every unit input",
    tex=r"\mathrm{Corr}(z,\Delta z)^2=\left(1-\frac{2}{\pi}\right)\left(1-\frac{1}{n}\right)",
    rests_on=["8.mechanism.covariance", "8.mechanism.error_variance"],
)
def test_finite_correlation(check):
    def stated(n):
        return (1 - ALPHA**2) * flint.fmpq(n - 1, n) * error_variance(n) / n

    check(for_every_n(lambda n: covariance(n) ** 2, stated, "Cov² = (1 − 2/π)(1 − 1/n) Var z Var Δz"))


@claim(
    "8.preradial.ternary",
    at="Section 8.3",
    also_at=["Section 8.4", "Appendix G.4", "Section 11.1"],
    kind="number",
    says="The radial fraction of sign quantisation before ReLU tends to 1 − 2/π ≈ 0.363",
    tex=r"1-\frac{2}{\pi}\approx 0.363",
    rests_on=["8.mechanism.correlation_limit"],
)
def test_preradial_ternary(check):
    check(printed("0.363"), ball(lambda: linear_integrals(quantised_layer()).radial_fraction(), method=INTEGRALS))


def before_relu(perturbation):
    """The radial fraction before ReLU, an expression in π and the flip rate p, by the moments of a weight."""
    return entry_moments(perturbation).radial_fraction().simplify()


@claim(
    "8.preradial.magnitude",
    at="Section 8.3",
    kind="number",
    says="The radial fraction of the constant-δ model before ReLU is 2/π ≈ 0.637",
    tex=r"\frac{2}{\pi}\approx 0.637",
)
def test_preradial_magnitude(check):
    check(printed("0.637"), ball(lambda: evaluated(before_relu("constant δ"), BALL), f"the same at every p; {ENTRIES}"))


@claim(
    "8.preradial.sum",
    at="Section 8.3",
    kind="step",
    says="The two pre-ReLU radial fractions sum to 1, by the variance decomposition of |w|",
    tex=r"\frac{2}{\pi}+\left(1-\frac{2}{\pi}\right)=1",
    note="Of the limits. With s the row mean of Equation (2) the sum at width n is 1 − (1 − 2/π)/n.",
    rests_on=["8.preradial.ternary", "8.preradial.magnitude"],
)
def test_preradial_sum(check):
    check(identity(before_relu("sign quantisation") + before_relu("constant δ"), 1, ENTRIES, "sum to 1"))


INTEGRATED = "E|w| and E w² of a standard normal weight, by integrating its density."
DIRECTIONS = {  # per weight, by E|w|, E w² and 2/π: covariance with w, second moment, and squared correlation
    "mean": lambda mean, _, captured: (mean, 1, captured),
    "centred residual": lambda mean, square, captured: (mean**2 - square, square - mean**2, 1 - captured),
}


@claim(
    "8.preradial.decomposition",
    at="Section 8.3",
    kind="step",
    says="E w² = (E|w|)² + Var|w| splits into the shares 2/π and 1 − 2/π, and the squared correlations of z with the "
    "directions sign(w) and sign(w)(E|w| − |w|) inherit them",
    tex=r"\mathbb{E}[w^2]=(\mathbb{E}|w|)^2+\mathrm{Var}(|w|)",
)
@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
def test_decomposition(check, direction):
    import sympy

    square = exact_magnitude_moment(2)
    along, energy, share = direction(exact_magnitude_moment(1), square, 2 / sympy.pi)
    check(identity(along**2, share * energy * square, INTEGRATED, "squared correlation"))


@claim(
    "8.preradial.ordering",
    at="Section 8.3",
    also_at=["Section 1.2", "Section 11.1"],
    kind="step",
    says="Before ReLU the radial fractions are ordered: sign flips (p) below quantisation below constant δ",
    tex=r"\mathcal{R}^{\mathrm{sign}}<\mathcal{R}^{\mathrm{ternary}}<\mathcal{R}^{\mathrm{mag}}",
    note="The order holds for p < 1 − 2/π ≈ 0.363 only, while Assumption A3 lets p be anything below 1/2.",
    primary="p ≤ 0.10, the rates of the tables",
    rests_on=["8.preradial.ternary", "8.preradial.magnitude"],
)
@readings("rates", {"p ≤ 0.10, the rates of the tables": ("0", "0.10"), "every p below 1/2": ("0.49", "0.49")})
def test_ordering(check, rates):
    def margin():
        p = BALL.number(rates[0]).union(BALL.number(rates[1]))
        ordered = ("sign flips", "sign quantisation", "constant δ")
        flips, quantised, shift = (evaluated(before_relu(name), BALL, p=p) for name in ordered)
        return (quantised - flips).min(shift - quantised)

    check(
        more_than("0", "each gap positive"), ball(margin, f"smaller gap for p from {rates[0]} to {rates[1]}; {ENTRIES}")
    )


@claim(
    "8.mechanism.density",
    at="Section 8.3",
    kind="step",
    says="The density of z at 0 is √(n/(2π))",
    tex=r"f_{z_i}(0)=\sqrt{\frac{n}{2\pi}}",
)
def test_density(check):
    from sympy import erf, pi, sqrt, symbols

    z, n = symbols("z n", positive=True)
    distribution = (1 + erf(z * sqrt(n / 2))) / 2
    check(
        identity(distribution.diff(z).subs(z, 0), sqrt(n / (2 * pi)), "derivative of the law N(0, 1/n) at 0, every n")
    )


@claim(
    "8.mechanism.small_change",
    at="Section 8.3",
    kind="step",
    says="For the constant-δ model |Δz| = O(δ): Var Δz = δ² at every n and for every unit input",
    tex=r"|\Delta z_i|=O(\delta)",
)
def test_small_change(check):
    # Δz = δ Σ sign(w_j) x̂_j
    x = indeterminates("x1,x2,x3,x4")
    patterns = list(itertools.product((-1, 1), repeat=len(x)))
    square = sum(sum(s * a for s, a in zip(signs, x, strict=True)) ** 2 for signs in patterns) / len(patterns)
    method = "all signs of four symbolic entries; a square has terms of one entry and of two"
    check(identity(square, sum(a**2 for a in x), method, "Var Δz/δ² = Σx̂²"))


@claim(
    "8.mechanism.small_gate_flips",
    at="Section 8.3",
    kind="step",
    says="For the constant-δ model the gate-flip probability is O(√n δ) = O(√p)",
    tex=r"O(\sqrt{n}\delta)=O(\sqrt{p})",
)
def test_small_gate_flips(check):
    check(at_least("0.5", "exponent of p"), lowest_order_source(asymmetry.magnitude_pair))


@claim(
    "8.mechanism.leading_order_agreement",
    at="Section 8.3",
    kind="step",
    says="For the constant-δ model the pre- and post-ReLU radial fractions agree to leading order as p → 0",
    tex=r"\mathcal{R}^{\mathrm{mag}}_{\mathrm{post}}=\mathcal{R}^{\mathrm{mag}}_{\mathrm{pre}}+O(\sqrt{p})",
    rests_on=["A.lemmaA1"],
)
def test_leading_order_agreement(check):
    after = flips_and_shift()[1].radial_fraction()
    before = linear_moments(asymmetry.magnitude_pair(SERIES.variable(), SERIES), SERIES).radial_fraction()
    check(at_least("1", "their difference is of the order √p"), proof(leading_order(after - before), EXACT_SERIES))


SIZES = {
    "E Δz²/E z²": lambda: linear_integrals(quantised_layer()).relative_energy(),
    "gate-flip probability": lambda: 2 * orthant_moment(0, 0, -mean_magnitude(), 0, 0),
}


@claim(
    "8.mechanism.large_error",
    at="Section 8.3",
    kind="step",
    says="For sign quantisation |Δz| is comparable to |z| and the gate-flip probability is of order one",
    tex=r"\frac{\mathbb{E}(\Delta z)^2}{\mathbb{E}z^2}=\Theta(1),\quad\Pr(z\,z_Q<0)=\Theta(1)",
)
@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
def test_large_error(check, size):
    check(more_than("0.1", "bounded away from zero"), ball(size, f"limit n → ∞; {INTEGRALS}"))
