"""Section 8.3: a mechanism for ternary quantisation tolerance."""

import itertools
from fractions import Fraction

import flint
import numpy as np
import pytest
from hypothesis import example, given
from verdicts import at_least, ball, between, claim, exactly, more_than, printed, proof, twin

from claims.drawn_vectors import TEN_AT_ONCE, batches
from claims.s08_ternary.perturbed_layers import (
    EXACT,
    INTEGRALS,
    UNIT_INPUTS,
    constant_magnitude,
    lowest_order_source,
    mean_magnitude,
    mean_product,
    mean_square_scale,
    sign_flips,
    worst_residual,
)
from theorems.arithmetic.contexts import BALL
from theorems.formulas import asymmetry, quantization
from theorems.integrals.gaussian_integrals import gaussian_expectation, orthant_moment
from theorems.integrals.half_normal import (
    ALPHA,
    largest_coefficient,
    leading_term,
    magnitude_moment,
    row_moments,
    value,
)
from theorems.integrals.ternary_integrals import linear_integrals, quantised_layer, relu_integrals


@claim(
    "8.mechanism.sign_preserving",
    at="Section 8.3",
    also_at=["Abstract", "Section 1.2", "Section 11.1"],
    kind="step",
    says="W_T = W + ΔW with Δw = sign(w)(s − |w|) keeps every sign: no weight sign is flipped",
    tex=r"\Delta w_{ij}=\mathrm{sign}(w_{ij})(s_i-|w_{ij}|)",
    note=TEN_AT_ONCE,
)
@example(np.array([[1.0]]))
@example(np.array([[1e-5, -1e6]]))
@given(batches())
def test_sign_preserving(rows):
    quantised = twin(quantization.sign_quantise(rows), quantization.round_clip(rows)[0])
    assert np.array_equal(np.sign(quantised), np.sign(rows))
    scales = np.abs(rows).mean(axis=1, keepdims=True)
    change = np.sign(rows) * (scales - np.abs(rows))
    assert np.all(np.abs(rows + change - quantised) <= 1e-12 * (scales + np.abs(rows)))


@claim(
    "8.mechanism.opposes",
    at="Section 8.3",
    kind="step",
    says="Where |w| exceeds s the perturbation opposes sign(w)",
    note=TEN_AT_ONCE,
)
@example(np.array([[3.0, 1.0]]))
@example(np.array([[2.0, -2.0]]))
@given(batches())
def test_opposes(rows):
    scales = np.abs(rows).mean(axis=1, keepdims=True)
    change = quantization.sign_quantise(rows) - rows
    large = np.abs(rows) > scales * twin(1 + 1e-12, 0.5)
    assert np.all(np.sign(change[large]) == -np.sign(rows[large]))


@claim(
    "8.mechanism.relative_transverse",
    at="Section 8.3",
    kind="number",
    says="Constant-δ perturbations leave (π−2)/π ≈ 36% of the transverse energy of sign flips (Theorem 3, p → 0)",
    tex=r"\frac{\pi-2}{\pi}\approx 36\%",
    rests_on=["6.theorem3.constant", "A.lemmaA1"],
)
def test_relative_transverse(check):
    def ratio():
        magnitude, flips = relu_integrals(constant_magnitude("1e-16")), relu_integrals(sign_flips("1e-16"))
        return magnitude.transverse_energy() / flips.transverse_energy()

    check(printed("36%"), ball(ratio, method=f"p = 10⁻¹⁶; {INTEGRALS}", bits=256))


@claim(
    "8.mechanism.radial_share",
    at="Section 8.3",
    kind="number",
    says="The Bussgang-ReLU mechanism channels 2/π of the post-ReLU energy of a constant-δ perturbation into the "
    "radial direction as p → 0; here at p = 10⁻⁸",
    tex=r"\mathcal{R}\to\frac{2}{\pi}",
    rests_on=["A.lemmaA1"],
)
def test_radial_share(check):
    check(
        printed("0.637"),
        ball(lambda: relu_integrals(constant_magnitude("1e-8")).radial_fraction(), method=INTEGRALS, bits=256),
    )


@claim(
    "8.mechanism.correlation",
    at="Section 8.3",
    kind="number",
    says="Corr(z, Δz) before ReLU is about −0.60 for sign quantisation and +0.80 for the constant-δ model",
    tex=r"-\sqrt{1-2/\pi}\approx-0.60,\qquad\sqrt{2/\pi}\approx 0.80",
    rests_on=["8.mechanism.covariance", "8.mechanism.error_variance"],
)
@pytest.mark.parametrize(("model", "stated"), [("quantisation", "-0.60"), ("constant δ", "+0.80")])
def test_correlation(check, model, stated):
    def correlation():
        if model == "constant δ":
            return mean_magnitude()
        return linear_integrals(quantised_layer()).radial_cosine(BALL)

    check(printed(stated), ball(correlation, method=INTEGRALS))


@claim(
    "8.mechanism.product_moment",
    at="Section 8.3",
    kind="step",
    says="E[|w|s] = E[w²]/n + (n−1)/n·(E|w|)² = 1/n² + 2(n−1)/(πn²), at every n",
    tex=r"\mathbb{E}[|w_{i1}|s_i]=\frac{1}{n^2}+\frac{2(n-1)}{\pi n^2}",
)
def test_product_moment(check):
    residual = worst_residual(lambda n: mean_product(n) - (1 + (n - 1) * ALPHA**2) / n**2)
    check(exactly(0), proof(residual, f"polynomials in n of degree 1 over n², equal at n = 1…9; {EXACT}"))


@claim(
    "8.mechanism.covariance",
    at="Section 8.3",
    kind="step",
    says="Cov(z, Δz) = E[|w|s] − E[w²], which tends to (2/π − 1)/n",
    tex=r"\mathrm{Cov}(z_i,\Delta z_i)\to\frac{2/\pi-1}{n}",
    rests_on=["8.mechanism.product_moment"],
)
@pytest.mark.parametrize("part", ["identity for each input", "limit"])
def test_covariance(check, part):
    def expected(n):
        return mean_product(n) - flint.fmpq(1, n)

    if part == "limit":
        degree, leading = leading_term([expected(n) * n**2 for n in range(1, 9)])
        residual = largest_coefficient(leading - (ALPHA**2 - 1)) + abs(degree - 1)
        return check(exactly(0), proof(residual, f"leading term of n² Cov(z, Δz); {EXACT}"))
    residual = max(
        largest_coefficient(cross - original - expected(len(x)))
        for x in UNIT_INPUTS.values()
        for original, cross, _ in [row_moments(x)]
    )
    return check(exactly(0), proof(residual, f"all sign patterns for four unit inputs, one of them a spike; {EXACT}"))


@claim(
    "8.mechanism.error_variance",
    at="Section 8.3",
    kind="step",
    says="Var Δz = Var(|w| − s) tends to (1 − 2/π)/n, with Var z = 1/n",
    tex=r"\mathrm{Var}(\Delta z_i)\to\frac{1-2/\pi}{n}",
)
@pytest.mark.parametrize("part", ["Var(|w| − s)", "Var Δz is Var(|w| − s)", "Var z"])
def test_error_variance(check, part):
    def expected(n):
        return flint.fmpq(1, n) - 2 * mean_product(n) + mean_square_scale(n)

    if part == "Var(|w| − s)":
        degree, leading = leading_term([expected(n) * n**2 for n in range(1, 9)])
        residual = largest_coefficient(leading - (1 - ALPHA**2)) + abs(degree - 1)
        return check(exactly(0), proof(residual, f"leading term of n² E(|w| − s)², whose mean is zero; {EXACT}"))
    rows = [(len(x), row_moments(x)) for x in UNIT_INPUTS.values()]
    if part == "Var z":
        residual = max(largest_coefficient(row[0] - flint.fmpq(1, n)) for n, row in rows)
    else:
        residual = max(largest_coefficient(row[0] - 2 * row[1] + row[2] - expected(n)) for n, row in rows)
    return check(exactly(0), proof(residual, f"all sign patterns for four unit inputs; {EXACT}"))


@claim(
    "8.mechanism.correlation_limit",
    at="Section 8.3",
    kind="step",
    says="(2/π − 1)/√(1 − 2/π) = −√(1 − 2/π)",
    tex=r"\frac{2/\pi-1}{\sqrt{1-2/\pi}}=-\sqrt{1-\frac{2}{\pi}}",
    rests_on=["8.mechanism.covariance", "8.mechanism.error_variance"],
)
def test_correlation_limit(check):
    covariance, variance = ALPHA**2 - 1, 1 - ALPHA**2
    residual = largest_coefficient(covariance**2 - variance * variance) + (0 if value(covariance) < 0 else 1)
    check(exactly(0), proof(residual, "squares agree over ℚ[√(2/π)] and the sign is negative by ball arithmetic"))


@claim(
    "8.mechanism.finite_correlation",
    at="Section 8.3",
    kind="extension",
    says="Corr(z, Δz)² = (1 − 2/π)(1 − 1/n) exactly, at every n and for every unit input",
    tex=r"\mathrm{Corr}(z,\Delta z)^2=\left(1-\frac{2}{\pi}\right)\left(1-\frac{1}{n}\right)",
)
def test_finite_correlation(check):
    def residual(n):
        covariance = mean_product(n) - flint.fmpq(1, n)
        variance = flint.fmpq(1, n) - 2 * mean_product(n) + mean_square_scale(n)
        return n**4 * (n * covariance**2 - variance * (1 - ALPHA**2) * flint.fmpq(n - 1, n))

    check(exactly(0), proof(worst_residual(residual), f"polynomials in n of degree at most 4, n = 1…9; {EXACT}"))


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


@claim(
    "8.preradial.magnitude",
    at="Section 8.3",
    kind="number",
    says="The radial fraction of the constant-δ model before ReLU is 2/π ≈ 0.637",
    tex=r"\frac{2}{\pi}\approx 0.637",
)
def test_preradial_magnitude(check):
    check(
        printed("0.637"),
        ball(lambda: linear_integrals(constant_magnitude("0.05")).radial_fraction(), method=f"p = 0.05; {INTEGRALS}"),
    )


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
    def total():
        layers = quantised_layer(), constant_magnitude("0.05")
        return sum((linear_integrals(layer).radial_fraction() for layer in layers), BALL.number(0))

    check(printed("1.000000", stated="1"), ball(total, method=f"both fractions added; {INTEGRALS}"))


@claim(
    "8.preradial.decomposition",
    at="Section 8.3",
    kind="step",
    says="E w² = (E|w|)² + Var|w| splits into the shares 2/π and 1 − 2/π, and the squared correlations of z with the "
    "directions sign(w) and sign(w)(E|w| − |w|) inherit them",
    tex=r"\mathbb{E}[w^2]=(\mathbb{E}|w|)^2+\mathrm{Var}(|w|)",
)
@pytest.mark.parametrize("direction", ["mean", "centred residual"])
def test_decomposition(check, direction):
    # per weight, in units of its variance: covariance with w, and second moment, of the direction
    mean, square = magnitude_moment(1), magnitude_moment(2)
    covariance, energy = (mean, 1) if direction == "mean" else (mean**2 - square, square - mean**2)
    share = ALPHA**2 if direction == "mean" else 1 - ALPHA**2
    check(exactly(0), proof(largest_coefficient(covariance**2 - share * energy), EXACT))


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
@pytest.mark.parametrize("reading", ["p ≤ 0.10, the rates of the tables", "every p below 1/2"])
def test_ordering(check, reading):
    largest = "0.10" if reading.startswith("p") else "0.49"

    def margin():
        ternary = linear_integrals(quantised_layer()).radial_fraction()
        sign = linear_integrals(sign_flips(largest)).radial_fraction()
        magnitude = linear_integrals(constant_magnitude(largest)).radial_fraction()
        return (ternary - sign).min(magnitude - ternary)

    check(more_than("0", "each gap positive"), ball(margin, method=f"smaller gap at p = {largest}; {INTEGRALS}"))


@claim(
    "8.mechanism.density",
    at="Section 8.3",
    kind="step",
    says="The density of z at 0 is √(n/(2π))",
    tex=r"f_{z_i}(0)=\sqrt{\frac{n}{2\pi}}",
)
@pytest.mark.parametrize("n", [1, 2048])
def test_density(check, n):
    def relative_error():
        # E[1{0 < z < h}]/h for h = 10⁻¹² standard deviations, against the density
        h = BALL.number("1e-12")
        probability = gaussian_expectation(lambda x: x**0, 0, h)
        return probability * BALL.number(n).sqrt() / h / (n / (2 * BALL.pi)).sqrt() - 1

    check(
        between("-1e-20", "1e-20", because="a difference quotient over 10⁻¹² standard deviations errs by h²/6"),
        ball(relative_error, method="difference quotient of the distribution function", bits=256),
    )


@claim(
    "8.mechanism.small_change",
    at="Section 8.3",
    kind="step",
    says="For the constant-δ model |Δz| = O(δ): Var Δz = δ² at every n and for every unit input",
    tex=r"|\Delta z_i|=O(\delta)",
)
@pytest.mark.parametrize("x", UNIT_INPUTS)
def test_small_change(check, x):
    # Δz = δ Σ sign(w_j) x̂_j
    patterns = list(itertools.product((-1, 1), repeat=len(UNIT_INPUTS[x])))
    squares = [sum(s * a for s, a in zip(signs, UNIT_INPUTS[x], strict=True)) ** 2 for signs in patterns]
    check(exactly(1, "Var Δz/δ² = 1"), proof(sum(squares) / Fraction(len(patterns)), "all sign patterns"))


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
    rests_on=["A.lemmaA1"],
)
def test_leading_order_agreement(check):
    def difference():
        layer = constant_magnitude("1e-16")
        return relu_integrals(layer).radial_fraction() - linear_integrals(layer).radial_fraction()

    check(
        between("-1e-7", "1e-7", because="the correction is O(√p) = O(10⁻⁸) at p = 10⁻¹⁶"),
        ball(difference, method=f"p = 10⁻¹⁶; {INTEGRALS}", bits=256),
    )


@claim(
    "8.mechanism.large_error",
    at="Section 8.3",
    kind="step",
    says="For sign quantisation |Δz| is comparable to |z| and the gate-flip probability is of order one",
)
@pytest.mark.parametrize("part", ["E Δz²/E z²", "gate-flip probability"])
def test_large_error(check, part):
    def size():
        if part == "E Δz²/E z²":
            return linear_integrals(quantised_layer()).relative_energy()
        return 2 * orthant_moment(0, 0, -mean_magnitude(), 0, 0)

    check(more_than("0.1", "bounded away from zero"), ball(size, method=f"limit n → ∞; {INTEGRALS}"))
