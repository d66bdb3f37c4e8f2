"""Section 6: Theorem 3, how its constant comes about, and the theory that Table 2 and Figure 1 draw."""

from fractions import Fraction
from functools import cache
from math import isqrt
from pathlib import Path

import flint
import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from verdicts import (
    Interval,
    about,
    arithmetic,
    at_least,
    at_most,
    ball,
    between,
    claim,
    exactly,
    less_than,
    more_than,
    over_rounding,
    printed,
    proof,
    read_table,
    twin,
)

from theorems.arithmetic.contexts import BALL, SERIES
from theorems.arithmetic.exact_series import EXACT, KAPPA, LAMBDA, exact_value, leading_order
from theorems.arithmetic.expansions import divide_by_power, expand, range_over
from theorems.formulas import rmsnorm
from theorems.formulas.asymmetry import (
    assembled_ratio,
    energy_ratio,
    linear_transverse_ratio,
    magnitude_moments,
    magnitude_pair,
    magnitude_radial_fraction,
    root_flip_rate,
    sign_moments,
    sign_pair,
    sign_radial_fraction,
    structural_ratio,
    structural_remainder,
    transverse_ratio,
)
from theorems.formulas.finite_width import magnitude_moments_equal_entries, sign_moments_equal_entries
from theorems.formulas.normal_pairs import gate_decomposition, linear_moments
from theorems.formulas.relu_kernels import angle_from_amplitude, relu_energy
from theorems.formulas.spherical import flip_radial_fraction, sign_preserving_radial_fraction
from theorems.integrals.gaussian_integrals import quadrant_moment
from theorems.integrals.perturbed_neuron import (
    Covariance,
    integrated_moments,
    sign_flip_covariance,
    sign_preserving_covariance,
)
from theorems.moments import Moments
from theorems.weight_laws import GAUSSIAN, LAPLACE, UNIFORM

TABLE_2 = read_table(Path(__file__).parent / "tables" / "table_02.csv")
FLIP_RATES = [row["p"] for row in TABLE_2]
EXACT_COEFFICIENTS = "power series in √p with exact coefficients in ℚ(√(2/π), √(1 − 2/π))"
INTEGRALS = "polar integrals over the quadrants of (X, X′), covariances from the weight law"
EXACT_LAWS = "exact laws at finite n: binomial sum over flips, Fourier sum over sign-preserving shifts"
TAYLOR = "Taylor forms with Lagrange remainders over all of 0 < p < 1/2"


def root(p):
    return root_flip_rate(p, BALL)


@cache
def exact_moments():
    s = EXACT.variable()
    return sign_moments(s, EXACT), magnitude_moments(s, EXACT)


@cache
def exact_series(name):
    """𝓡_sign, 1 − 𝓡_mag, R_A, c and 1 + ε as exact series in s = √p."""
    sign, magnitude = exact_moments()
    match name:
        case "sign radial fraction":
            return sign.projection**2 / (sign.original * sign.energy)
        case "magnitude transverse fraction":
            return 1 - magnitude.projection**2 / (magnitude.original * magnitude.energy)
        case "energy ratio":
            return sign.energy / magnitude.energy
        case "transverse ratio":
            return sign.transverse_energy() / magnitude.transverse_energy()
        case "structural remainder":
            return exact_series("transverse ratio") / structural_ratio(EXACT.variable(), EXACT)
        case "chord ratio":
            corrections = sign.chord_over_transverse(EXACT) / magnitude.chord_over_transverse(EXACT)
            return exact_series("transverse ratio") * corrections
    raise ValueError(name)


def structural_factor():
    """1 − 4√p/(3π)."""
    return 1 - 4 * EXACT.variable() / (3 * EXACT.pi)


def coefficient(series, order):
    return exact_value(series[order])


def over_flip_rates(function, near_zero):
    """A ball with the values of `function` over 0 < p < 1/2; `near_zero` encloses those up to √p = 1/20."""
    found, start = near_zero, BALL.number("0.05")
    with_half = BALL.sqrt(BALL.number("0.5")) * BALL.number("1.0001")
    for stop in ("0.1", "0.2", "0.4", with_half):
        found, start = found.union(range_over(function, start, BALL.number(stop), 64, 3)), BALL.number(stop)
    return found


@cache
def ratio_at_width(n, p, bits):  # noqa: ARG001
    """c(p) at width n for x̂ with equal entries (m → ∞), once per precision."""
    flipped = sign_moments_equal_entries(n, p, BALL)
    return flipped.transverse_energy() / magnitude_moments_equal_entries(n, p).transverse_energy()


def width_residual(n, p):
    return abs(ratio_at_width(n, p, flint.ctx.prec) / transverse_ratio(root(p), BALL) - 1)


# Section 6.1

INTEGERS = st.integers(-9, 9)
FACTORS = st.integers(-20, 20).map(lambda power: 3.0**power)


@claim(
    "6.setup.scales",
    at="Equation (12)",
    also_at=["Section 2.2"],
    says="The block keeps directions only: ŷ, of length √d_out, is the same when x, W₁ and W₂ are each multiplied by "
    "any positive factor",
    tex=r"\hat{y}(ax;\,bW_1,\,cW_2)=\hat{y}(x;\,W_1,\,W_2),\quad\|\hat{y}\|=\sqrt{d_{\mathrm{out}}}",
    note="Of negative factors this is false, for ReLU is not odd: the planted false twin.",
)
@given(
    st.lists(INTEGERS, min_size=2, max_size=2),
    st.lists(INTEGERS, min_size=6, max_size=6),
    st.lists(INTEGERS, min_size=6, max_size=6),
    st.tuples(FACTORS, FACTORS, FACTORS),
)
@example([1, 0], [1, 1, -1, 1, 0, 1], [1, 0, 0, 0, 1, 1], (3.0, 3.0, 3.0))
@example([3, -4], [1, 2, -3, 1, 5, -1], [1, 2, 3, -1, 1, 0], (3.0**20, 3.0**-20, 3.0**20))
def test_block_scales(x, first, second, factors):
    def block(x, first, second):
        assume(np.any(x))
        y = second @ np.maximum(first @ (x / np.linalg.norm(x)), 0)
        # where y cancels to rounding error it has no direction
        assume(np.linalg.norm(y) > 1e-6 * np.linalg.norm(second) * np.linalg.norm(first))
        return rmsnorm.rmsnorm(y)

    x, first, second = np.array(x, float), np.reshape(first, (3, 2)).astype(float), np.reshape(second, (2, 3))
    output = block(x, first, second)
    a, b, c = factors
    scaled = block(twin(a, -a) * x, b * first, c * second)
    assert abs(np.linalg.norm(output) - np.sqrt(2)) < 1e-12
    assert np.max(np.abs(scaled - output)) < 1e-8


def flip_entry_moment(p, order):
    """E|ΔW_ij|^order √n^order for a flipped standard weight, by summing over its two signs."""
    weight_moment = {2: 1, 4: 3}[order]
    return sum(chance * (sign - 1) ** order for sign, chance in ((1, 1 - p), (-1, p))) * weight_moment


def flip_norm_variance(p, m, n):
    return m * n * (flip_entry_moment(p, 4) - flip_entry_moment(p, 2) ** 2) / Fraction(n) ** 2


@claim(
    "6.setup.norms",
    at="Section 6.1",
    also_at=["Section 2.4", "Abstract"],
    says="Both perturbations have (expected) squared Frobenius norm 4pm; δ² = 4p/n achieves it",
    tex=r"\mathbb{E}\|\Delta W_1\|_F^2=4pm",
)
@pytest.mark.parametrize("perturbation", ["sign flip", "magnitude"])
def test_matched_norms(check, perturbation):
    p, m, n = Fraction(3, 100), 7, 11
    squared = flip_entry_moment(p, 2) / n if perturbation == "sign flip" else 4 * p / n
    check(exactly(1, "ratio to 4pm: 1"), proof(m * n * squared / (4 * p * m), "sum over the mn entries"))


@claim(
    "6.setup.variance",
    at="Section 6.1",
    says="The variance of the sign-flip norm is O(pm): it grows no faster than m, and not with n",
    tex=r"\mathrm{Var}\,\|\Delta W_1^{\mathrm{sign}}\|_F^2=O(pm)",
    note="True, but far from sharp: the variance is 16p(3 − p)m/n, smaller by a factor n.",
)
@pytest.mark.parametrize(("dimension", "allowed"), [("m", "2"), ("n", "1")], ids=["m", "n"])
def test_variance_order(check, dimension, allowed):
    p, size = Fraction(3, 100), 2**10
    change = {"m": size, "n": size} | {dimension: 2 * size}
    growth = flip_norm_variance(p, **change) / flip_norm_variance(p, size, size)
    accepted = at_most(allowed, f"growth at most {allowed} when {dimension} doubles")
    check(accepted, proof(growth, "fourth moments of the entries, in exact fractions"))


@claim(
    "6.setup.variance_exact",
    at="Section 6.1",
    kind="extension",
    says="Var ‖ΔW‖² under sign flips is exactly 16p(3 − p)m/n",
    tex=r"\mathrm{Var}\,\|\Delta W_1\|_F^2=\frac{16p(3-p)m}{n}",
)
@pytest.mark.parametrize(("p", "m", "n"), [("0.01", 3, 5), ("0.4", 7, 2)])
def test_variance_exact(check, p, m, n):
    p = Fraction(p)
    residual = flip_norm_variance(p, m, n) - 16 * p * (3 - p) * Fraction(m, n)
    check(exactly(0), proof(residual, "fourth moments of the entries, in exact fractions"))


@claim(
    "6.setup.concentration",
    at="Section 6.1",
    says="The squared norm of a sign flip concentrates for large mn",
    rests_on=["6.setup.variance_exact"],
)
def test_norm_concentration(check):
    p = Fraction(1, 100)
    spread = [flip_norm_variance(p, m, 8) / (4 * p * m) ** 2 * 8 * m for m in (1, 2**20)]
    check(
        exactly(1, "relative variance falls as 1/(mn)"),
        proof(spread[1] / spread[0], "relative variance times mn, at mn = 8 and 2²³"),
    )


# Section 6.2


@claim(
    "6.theorem3",
    at="Theorem 3",
    also_at=["Equation (13)"],
    says="In the limit the ratio of transverse energies is (1 − 𝓡_sign)/(1 − 𝓡_mag)·R_A, for every p in (0, 1/2)",
    tex=r"c(p)=\frac{1-\mathcal{R}^{\mathrm{sign}}(p)}{1-\mathcal{R}^{\mathrm{mag}}(p)}\,R_A(p)",
    rests_on=["A.step1", "A.step2", "A.step3.limit", "A.stepB2.angles", "A.lemmaA1"],
)
@pytest.mark.parametrize("p", ["0.001", *FLIP_RATES, "0.25", "0.49"])
def test_limit(check, p):
    def difference():
        flipped = integrated_moments(sign_flip_covariance(p)).transverse_energy()
        shifted = integrated_moments(sign_preserving_covariance(p)).transverse_energy()
        s = root(p)
        radial = (1 - sign_radial_fraction(s, BALL)) / (1 - magnitude_radial_fraction(s, BALL))
        return abs(flipped / shifted - radial * energy_ratio(s, BALL))

    check(at_most("1e-12", "equal, to 12 digits"), ball(difference, f"transverse energies by {INTEGRALS}"))


@claim(
    "6.theorem3.convergence",
    at="Theorem 3",
    says="The ratio of transverse energies tends to its limit as n → ∞ at fixed p",
    note="For x̂ with equal entries both laws are exact at every n; the error falls as 1/n, faster than 1/√n.",
    rests_on=["A.step3.mixture"],
)
@pytest.mark.parametrize("n", [64, 256])
def test_convergence(check, n):
    def exponent():
        errors = [width_residual(width, "0.05") for width in (n, 4 * n)]
        return (errors[1] / errors[0]).log() / BALL.number(4).log()

    check(less_than("0", "the error's exponent of n is negative"), ball(exponent, f"p = 0.05, n and 4n; {EXACT_LAWS}"))


@claim(
    "6.theorem3.constant",
    at="Theorem 3",
    also_at=["Equation (14)", "Section 1.2", "Appendix A.3"],
    says="c(p) → π/(π − 2) as p → 0",
    tex=r"c(p)=\frac{\pi}{\pi-2}+O(\sqrt{p})",
    rests_on=["6.theorem3"],
)
def test_constant(check):
    limit = EXACT.pi / (EXACT.pi - 2)
    residual = exact_value((exact_series("transverse ratio") - limit)[0])
    check(exactly(0, "c(0) − π/(π − 2) = 0"), proof(residual, EXACT_COEFFICIENTS))


@claim(
    "6.theorem3.remainder_order",
    at="Theorem 3",
    also_at=["Equation (14)"],
    says="c(p) − π/(π − 2) is O(√p)",
    tex=r"c(p)-\frac{\pi}{\pi-2}=O(\sqrt{p})",
    rests_on=["6.theorem3"],
    note="Sharp: the coefficient of √p is not zero.",
)
def test_remainder_order(check):
    order = leading_order(exact_series("transverse ratio") - EXACT.pi / (EXACT.pi - 2))
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
    rests_on=["6.theorem3"],
)
@pytest.mark.parametrize("order", [0, 1, 2])
def test_coefficients(check, order):
    k, lam = EXACT.number(KAPPA), EXACT.number(LAMBDA)
    found = exact_series("transverse ratio") * lam**2
    known = [
        EXACT.number(1),
        -4 * (1 - lam) / (3 * EXACT.pi),
        -(1 + Fraction(4, 9) * k**4 * lam * (1 - lam) + Fraction(4, 3) * k**3 * lam),
    ]
    check(exactly(0), proof(exact_value(found[order] - known[order][0]), EXACT_COEFFICIENTS))


@claim(
    "6.theorem3.third_order",
    at="Theorem 3",
    also_at=["Equation (14)"],
    kind="extension",
    says="The two terms after π/(π − 2) leave a remainder of at most 3 p^{3/2} for p ≤ 1/1000",
    rests_on=["6.theorem3.coefficients"],
)
def test_third_order_remainder(check):
    def remainder():
        return abs(expand(lambda s: transverse_ratio(s, SERIES), 3, "0.0317").remainder)

    check(at_most("3"), ball(remainder, "Lagrange remainder over 0 ≤ √p ≤ 0.0317"))


# Remark 1


@claim(
    "6.remark1.order",
    at="Remark 1",
    also_at=["Appendix A.3"],
    says="ε(p) of the factored form is O(√p)",
    tex=r"c(p)=\frac{\pi}{\pi-2}(1-p)\left(1-\frac{4\sqrt{p}}{3\pi}\right)(1+\varepsilon(p)),\ "
    r"|\varepsilon(p)|=O(\sqrt{p})",
    rests_on=["6.theorem3"],
)
def test_structural_remainder_order(check):
    order = leading_order(exact_series("structural remainder") - 1)
    check(at_least("1", "order of √p at least 1"), proof(order, EXACT_COEFFICIENTS))


def remainder_per_root():
    """ε(p)/√p over 0 < p < 1/2."""
    near_zero = expand(lambda s: structural_remainder(s, SERIES), 1, "0.05").remainder
    return over_flip_rates(lambda s: structural_remainder(s, SERIES) / s, near_zero)


@claim(
    "6.remark1.bounded",
    at="Remark 1",
    says="|ε(p)| ≤ C√p with some constant C, for every p in (0, 1/2)",
    tex=r"|\varepsilon(p)|\le C\sqrt{p}",
    rests_on=["6.theorem3"],
)
def test_structural_remainder_bounded(check):
    check(
        at_most("1", "a finite constant C, here 1"),
        ball(lambda: abs(remainder_per_root()), f"ε(p)/√p by {TAYLOR}"),
    )


@claim(
    "6.remark1.coefficient",
    at="Remark 1",
    also_at=["Equation (17)", "Section 6.3", "Appendix A.1"],
    says="The coefficient 4/(3π) of √p is exact (from Steps A4 to A6)",
    tex=r"R_A(p)=\left(1-\frac{4\sqrt{p}}{3\pi}\right)(1+O(\sqrt{p}))",
    primary="of the sign-flip energy",
    rests_on=["6.theorem3", "A.step6"],
    note="It is the coefficient of the numerator of R_A alone. R_A's own is (4/(3π))(1 − λ³), that of c is (4/(3π))(1 "
    "− λ), λ = √(1 − 2/π): with a remainder of the same order any other coefficient would do as well.",
    instead="6.theorem3.coefficients",
)
@pytest.mark.parametrize("reading", ["of the sign-flip energy", "of the energy ratio R_A", "of c(p)"])
def test_structural_coefficient(check, reading):
    s, (sign, _) = EXACT.variable(), exact_moments()
    series = {
        "of the sign-flip energy": lambda: sign.energy / (2 * s**2),
        "of the energy ratio R_A": lambda: exact_series("energy ratio"),
        "of c(p)": lambda: exact_series("transverse ratio") * EXACT.number(LAMBDA) ** 2,
    }[reading]()
    residual = series[1] - structural_factor()[1]
    check(exactly(0, "coefficient + 4/(3π) = 0"), proof(exact_value(residual), EXACT_COEFFICIENTS))


@claim(
    "6.remark1.energy_ratio_coefficient",
    at="Equation (17)",
    also_at=["Appendix A.1"],
    kind="extension",
    says="R_A(p) = 1 − (4/(3π))(1 − λ³)√p + O(p), λ = √(1 − 2/π)",
    tex=r"R_A(p)=1-\frac{4}{3\pi}(1-\lambda^3)\sqrt{p}+O(p)",
    rests_on=["6.theorem3"],
)
@pytest.mark.parametrize("part", ["coefficient", "order of the rest"])
def test_energy_ratio_coefficient(check, part):
    lam, s = EXACT.number(LAMBDA), EXACT.variable()
    rest = exact_series("energy ratio") - (1 - 4 * (1 - lam**3) * s / (3 * EXACT.pi))
    if part == "coefficient":
        check(exactly(0), proof(exact_value(rest[1]), EXACT_COEFFICIENTS))
    else:
        check(at_least("2", "order of √p at least 2"), proof(leading_order(rest), EXACT_COEFFICIENTS))


@claim(
    "6.remark1.radial_factor",
    at="Remark 1",
    also_at=["Appendix A.3"],
    says="The factor 1 − p is that of the radial fractions, up to O(p^{3/2})",
    tex=r"1-\mathcal{R}^{\mathrm{sign}}=1-p+\frac{4p^{3/2}}{3\pi}+\dots",
    primary="numerator 1 − 𝓡_sign",
    rests_on=["A.stepB3"],
    note="The ratio of both radial fractions also has a term of order √p, from 1 − 𝓡_mag.",
)
@pytest.mark.parametrize("reading", ["numerator 1 − 𝓡_sign", "ratio (1 − 𝓡_sign)/(1 − 𝓡_mag)"])
def test_radial_factor(check, reading):
    factor = 1 - exact_series("sign radial fraction")
    if reading != "numerator 1 − 𝓡_sign":
        factor = factor * EXACT.number(LAMBDA) ** 2 / exact_series("magnitude transverse fraction")
    order = leading_order(factor - (1 - EXACT.variable() ** 2))
    check(at_least("3", "differs from 1 − p in order p^{3/2}"), proof(order, EXACT_COEFFICIENTS))


@cache
def remainder_shares():
    """The √p coefficients of ε(p): of 1 − 𝓡_mag in the denominator (Part B), of R_A's remainder (Part A), of all."""
    part_b = EXACT.number(LAMBDA) ** 2 / exact_series("magnitude transverse fraction")
    part_a = exact_series("energy ratio") / structural_factor()
    return part_b[1], part_a[1], exact_series("structural remainder")[1]


@claim(
    "6.remark1.both_orders",
    at="Remark 1",
    says="Both 1 − 4√p/(3π) and ε(p) contribute at order √p",
    rests_on=["6.theorem3"],
)
@pytest.mark.parametrize("factor", ["1 − 4√p/(3π)", "1 + ε(p)"])
def test_both_contribute(check, factor):
    series = exact_series("structural remainder") if factor == "1 + ε(p)" else structural_factor()
    check(exactly(1, "differs from 1 in order √p"), proof(leading_order(series - 1), EXACT_COEFFICIENTS))


@claim(
    "6.remark1.provenance",
    at="Remark 1",
    also_at=["Appendix A.1"],
    says="ε(p) comes from one place: Part B's boundary corrections (Remark 1), or the boundary remainder r(p) of R_A "
    "(Appendix A.1: “this is the source of ε(p)”)",
    rests_on=["6.theorem3"],
    note="From both, as Appendix A.3 says: Part B gives a share 2/π of the coefficient of √p, R_A's remainder 1 − "
    "2/π. The series of the two radial fractions and energies, evaluated in balls, gives the same shares.",
    instead="6.remark1.shares",
)
@pytest.mark.parametrize("source", ["Part B, says Remark 1", "r(p) of Part A, says Appendix A.1"])
def test_remainder_provenance(check, source):
    part_b, part_a, total = remainder_shares()
    share = part_b if source.startswith("Part B") else part_a
    check(exactly(1, "all of its √p coefficient"), proof(exact_value(share / total), EXACT_COEFFICIENTS))


@claim(
    "6.remark1.shares",
    at="Remark 1",
    also_at=["Appendix A.3"],
    kind="extension",
    says="ε(p) = (4λ/(3π))√p + O(p) with λ = √(1 − 2/π): a share 2/π from 𝓡_mag, a share 1 − 2/π from R_A",
    tex=r"\varepsilon(p)=\frac{4}{3\pi}\sqrt{1-\frac{2}{\pi}}\,\sqrt{p}+O(p)",
    rests_on=["6.theorem3"],
)
@pytest.mark.parametrize("part", ["whole", "from 𝓡_mag", "from R_A"])
def test_remainder_shares(check, part):
    part_b, part_a, total = remainder_shares()
    lam = EXACT.number(LAMBDA)
    whole = 4 * lam / (3 * EXACT.pi)
    residual = {
        "whole": total - whole[0],
        "from 𝓡_mag": part_b - (whole * 2 / EXACT.pi)[0],
        "from R_A": part_a - (whole * lam**2)[0],
    }[part]
    check(exactly(0), proof(exact_value(residual), EXACT_COEFFICIENTS))


@claim(
    "6.remark1.remainder_value",
    at="Remark 1",
    kind="extension",
    says="ε(p) ≈ 0.2558√p − 0.343p as p → 0",
    rests_on=["6.remark1.shares"],
)
@pytest.mark.parametrize(("order", "stated"), [(1, "0.2558"), (2, "-0.343")])
def test_remainder_value(check, order, stated):
    check(printed(stated), ball(lambda: coefficient(exact_series("structural remainder"), order), EXACT_COEFFICIENTS))


@claim(
    "6.remark1.sign",
    at="Appendix A.3",
    also_at=["Remark 1", "Table 2"],
    says="ε(p) > 0 at all tested flip rates",
    rests_on=["6.theorem3"],
)
@pytest.mark.parametrize("p", FLIP_RATES)
def test_remainder_positive(check, p):
    def remainder():
        flipped = integrated_moments(sign_flip_covariance(p)).transverse_energy()
        shifted = integrated_moments(sign_preserving_covariance(p)).transverse_energy()
        s = root(p)
        return flipped / shifted / structural_ratio(s, BALL) - 1

    check(more_than("0"), ball(remainder, INTEGRALS))


@claim(
    "6.remark1.sign_everywhere",
    at="Remark 1",
    also_at=["Appendix A.3"],
    kind="extension",
    says="ε(p) lies between 0.2√p and 0.56√p for every p in (0, 1/2); its sign is positive throughout",
    rests_on=["6.theorem3"],
)
def test_remainder_positive_everywhere(check):
    check(between("0.2", "0.56"), ball(remainder_per_root, TAYLOR))


@claim(
    "6.remark1.constant_bound",
    at="Remark 1",
    says="|ε(p)| ≤ C√p with C ≲ 0.2",
    tex=r"C\lesssim 0.2",
    primary="at the tested rates",
    rests_on=["6.theorem3"],
    note="“Empirically” refers to the tested rates, where ε(p)/√p is 0.21 to 0.23. As a bound for every p the "
    "constant is larger: ε(p)/√p tends to 4√(1 − 2/π)/(3π) = 0.2558 as p → 0, and reaches 0.554 at p = 1/2. The "
    "integrals of the definition at p = 10⁻⁶ give the same limit.",
    instead="6.remark1.sign_everywhere",
)
@pytest.mark.parametrize(
    ("reading", "p"), [*[("at the tested rates", p) for p in FLIP_RATES], ("as p → 0", None), ("near p = 1/2", "0.49")]
)
def test_constant_bound(check, reading, p):
    accepted = at_most("0.25", "C ≲ 0.2 (at most 0.25, which rounds to 0.2)")
    if p is None:
        check(accepted, ball(lambda: coefficient(exact_series("structural remainder"), 1), EXACT_COEFFICIENTS))
    else:
        check(
            accepted,
            ball(lambda: structural_remainder(root(p), BALL) / root(p), f"ε(p)/√p of the exact limit, {reading}"),
        )


@claim(
    "6.remark1.empirical",
    at="Remark 1",
    kind="number",
    says="The printed deviations from theory are at most 0.2√p",
    rests_on=["6.table2.theory"],
    note="This holds for the deviations of Table 2; the remark cites Table 6, which has none.",
)
@pytest.mark.parametrize("row", TABLE_2, ids=FLIP_RATES)
def test_empirical_constant(check, row):
    rate = Fraction(row["p"])
    squared = over_rounding(
        lambda measured, theory: (measured / theory - 1) ** 2 / rate, row["measured"], row["theory"]
    )
    check(at_most("0.04", "(deviation)² ≤ 0.2² p"), arithmetic(squared, "measured and theory columns of Table 2"))


COLUMNS = {
    "Table 2": ["p", "c(p) theory", "c(p) measured", "deviation"],
    "Table 6": ["model", "parameters", "matrices sampled", "cos² mean ± std", "deviation from 2/π"],
    "Table 7": ["architecture", "p", "measured C", "theory c(p)", "deviation"],
}


@claim(
    "6.remark1.tables",
    at="Remark 1",
    also_at=["Remark 2"],
    kind="wording",
    says="Table 6 is where c(p) is compared with its theory",
    note="Table 6 lists cos²(w, sign w) of trained models; the comparison of c(p) is in Tables 2 and 7. The captions "
    "confirm it.",
    instead="6.remark1.tables.meant",
)
@pytest.mark.parametrize("cited_for", ["the bound C ≲ 0.2", "the theory column", "deviations of 1 to 6%"])
def test_cited_table(check, cited_for):
    columns = [name for name in COLUMNS["Table 6"] if "c(p)" in name]
    check(at_least("1", f"a column on c(p), for {cited_for}"), proof(len(columns), "column heads of Table 6"))


@claim(
    "6.remark1.tables.meant",
    at="Remark 1",
    also_at=["Remark 2"],
    kind="extension",
    says="c(p) is compared with its theory in Tables 2 and 7",
)
@pytest.mark.parametrize("table", ["Table 2", "Table 7"])
def test_table_that_is_meant(check, table):
    columns = [name for name in COLUMNS[table] if "c(p)" in name]
    check(at_least("1", "a column on c(p)"), proof(len(columns), f"column heads of {table}"))


# Remark 2


LARGEST_ENTRY = {
    "n equal entries": lambda n: 1 / BALL.number(n).sqrt(),
    "√n equal entries": lambda n: 1 / BALL.number(isqrt(n)).sqrt(),
    "entries falling as 1/√j": lambda n: 1 / sum((1 / BALL.number(j) for j in range(1, n + 1)), BALL.number(0)).sqrt(),
}


@claim(
    "6.remark2.delocalization_rate",
    at="Remark 2",
    also_at=["Appendix A.1"],
    kind="wording",
    says="Under delocalization the largest entry of x̂ is O(1/√n)",
    tex=r"\|\hat{x}\|_\infty=O(1/\sqrt{n})",
    note="(A2), which defines delocalization, only asks that it tend to 0. With √n equal entries it is n^{−1/4}, with "
    "entries falling as 1/√j it is 1/√(log n); even for x̂ uniform on the sphere it is of the order √(log n/n). It "
    "holds where every entry is of order 1/√n, as Section 7.2 paraphrases the assumption.",
    primary="every input that meets (A2)",
    instead="6.remark2.uniformity",
)
@pytest.mark.parametrize(
    ("reading", "entries"),
    [
        ("all entries of order 1÷√n, as in Section 7.2", "n equal entries"),
        *[("every input that meets (A2)", entries) for entries in LARGEST_ENTRY],
    ],
)
def test_delocalization_rate(check, reading, entries):
    assert reading

    def exponent():
        largest = [LARGEST_ENTRY[entries](n) for n in (2**8, 2**12)]
        return (largest[1] / largest[0]).log() / BALL.number(2**4).log()

    accepted = at_most("-0.4999", "exponent of n at most −1/2, to 4 digits")
    check(accepted, ball(exponent, "unit vectors that meet (A2), n = 2⁸, 2¹²"))


def flip_energy_slope():
    """d/dq of β_flip at flipped energy fraction q = sin²ψ, over 0 ≤ q ≤ 1: (dθ/dq) sin²θ/π with θ = 2ψ."""
    psi = BALL.pi / 4 + BALL.number(0).union(BALL.pi / 4).union(-BALL.pi / 4)
    return (2 * psi).sin() * 2 / BALL.pi


@claim(
    "6.remark2.uniformity",
    at="Footnote 3",
    also_at=["Remark 2"],
    kind="extension",
    says="The error of β_flip at width n is at most √(Σ x̂_j⁴)/π for every x̂, uniformly in 0 < p < 1",
    tex=r"\sup_p|\beta_{\mathrm{flip}}(p,n)-\beta_{\mathrm{flip}}(p)|\le\frac{1}{\pi}\|\hat{x}\|_4^2",
    rests_on=["A.step3.mixture"],
    note="Given the flips, (z, z′) is exactly normal with flipped energy q, whose variance is p(1 − p)Σx̂⁴; β_flip "
    "has slope at most 2/π in q.",
)
@pytest.mark.parametrize("part", ["slope", "bound"])
def test_uniformity(check, part):
    if part == "slope":
        s = EXACT.variable()
        energy = gate_decomposition(sign_pair(s, EXACT), EXACT).on_off.energy
        slope = 4 * s * EXACT.sqrt(1 - s**2) / EXACT.pi
        residual = energy.derivative() - 2 * s * slope
        every = exactly(len(residual.coefficients), "dβ_flip/dq = 2 sin θ/π to every order computed, q = s²")
        check(every, proof(leading_order(residual), EXACT_COEFFICIENTS))
    else:
        bound = ball(lambda: abs(flip_energy_slope()) / 2, "slope of β_flip over all q, p(1 − p) ≤ 1/4")
        check(at_most("0.31831", "slope · √(p(1 − p)) ≤ 1/π"), bound)


@claim(
    "6.remark2.concentration",
    at="Remark 2",
    says="‖Δy‖² concentrates around its conditional mean as d_out → ∞",
    rests_on=["A.step1"],
)
def test_projection_concentration(check):
    def exponent():
        fourth, second = (GAUSSIAN.absolute_moment(k, BALL) for k in (4, 2))
        spread = [(fourth - second**2) / (second**2 * d) for d in (64, 256)]
        return (spread[1] / spread[0]).log() / BALL.number(4).log()

    check(
        less_than("0", "relative variance falls with d_out"), ball(exponent, "d_out independent squares of Gaussians")
    )


@claim(
    "6.remark2.expectation_over",
    at="Remark 2",
    kind="wording",
    says="The proof computes expectations over x̂",
    primary="as n → ∞",
    note="The proof takes them over W₁ at fixed x̂ (Step A3 uses E[w wᵀ]). Over x̂ alone, uniform on the sphere, a "
    "row has n E[z²] = ‖w‖², not 1, with relative variance 2/n: the same as n → ∞, not at fixed n.",
)
@pytest.mark.parametrize("reading", ["as n → ∞", "at n = 2048"])
def test_expectation_over(check, reading):
    def spread(n):
        fourth, second = (GAUSSIAN.absolute_moment(k, BALL) for k in (4, 2))
        return (fourth - second**2) / second**2 / n

    if reading == "as n → ∞":
        growth = ball(lambda: (spread(256) / spread(64)).log() / BALL.number(4).log(), "variance of ‖w‖², n and 4n")
        check(less_than("0", "Var(n E_x̂[z²]) vanishes: negative exponent of n"), growth)
    else:
        check(exactly(0, "n E_x̂[z²] = 1 for every W₁"), ball(lambda: spread(2048), "variance of ‖w‖², n = 2048"))


@claim(
    "6.remark2.denominator",
    at="Remark 2",
    says="The denominator of c(p) tends to a positive constant, since the magnitude energy is positive",
    primary="transverse energy, the denominator of (13)",
    rests_on=["6.theorem3"],
    note="The remark argues from the total energy; what (13) divides by is its transverse part, which is positive too.",
)
@pytest.mark.parametrize("reading", ["transverse energy, the denominator of (13)", "total energy, as argued"])
def test_denominator(check, reading):
    def part(moments):
        return moments.energy if reading.startswith("total") else moments.transverse_energy()

    def over_rates():
        near_zero = expand(lambda s: divide_by_power(part(magnitude_moments(s, SERIES)), s, 2, SERIES), 1, "0.05")
        start = near_zero(BALL.number(0).union(BALL.number("0.05")))
        return over_flip_rates(lambda s: part(magnitude_moments(s, SERIES)) / s**2, start)

    check(more_than("0", "positive after division by p"), ball(over_rates, TAYLOR))


def small_flip_limit(n):
    """lim_{p→0} c(p)·(1 − 2/π) at width n, x̂ with equal entries: the energy of single flips over its n → ∞ value."""
    return n * relu_energy(angle_from_amplitude(1 / BALL.number(n).sqrt(), BALL), ctx=BALL) / 2


@claim(
    "6.remark2.leading_constant",
    at="Remark 2",
    says="The leading constant π/(π − 2) is not affected by the error of the CLT, since its moment identities hold "
    "for all n",
    primary="n → ∞ first, then p → 0",
    rests_on=["6.theorem3.constant"],
    note="In the order of the theorem that is so. At fixed n the limit p → 0 is that of single flips, and smaller by "
    "the factor (n/2)f(1 − 2/n) = 1 − 4/(3π√n) + …: 0.9906 at n = 2048. The sum over flips at p = 10⁻¹² confirms it.",
    instead="6.remark2.fixed_width",
)
@pytest.mark.parametrize("reading", ["n → ∞ first, then p → 0", "p → 0 at fixed n = 2048"])
def test_leading_constant(check, reading):
    accepted = exactly(1, "lim c(p)·(π − 2)/π = 1")
    if reading == "n → ∞ first, then p → 0":
        relative = exact_series("transverse ratio") * EXACT.number(LAMBDA) ** 2
        check(accepted, proof(coefficient(relative, 0), EXACT_COEFFICIENTS))
    else:
        check(accepted, ball(lambda: small_flip_limit(2048), "single flips: f at correlation 1 − 2/n"))


@claim(
    "6.remark2.fixed_width",
    at="Remark 2",
    kind="extension",
    says="At fixed n, c(p) → π/(π − 2)·Σ f(1 − 2x̂_j²)/2 as p → 0: 2.726 at n = 2048, 2.752 at n = ∞, half as much "
    "for x̂ = e₁",
    tex=r"\lim_{p\to0}c_n(p)=\frac{\pi}{\pi-2}\sum_j\frac{f(1-2\hat{x}_j^2)}{2}",
    rests_on=["6.theorem3"],
)
@pytest.mark.parametrize(("n", "stated"), [(1, "1.376"), (16, "2.458"), (2048, "2.726")])
def test_fixed_width(check, n, stated):
    def from_sum_over_flips():
        p = Fraction(1, 10**12)
        two_flips = BALL.number(p) * n**2
        energy = sign_moments_equal_entries(n, p, BALL).energy / (2 * BALL.number(p))
        return (energy + two_flips.union(-two_flips)) / (1 - 2 / BALL.pi)

    check(
        printed(stated),
        ball(from_sum_over_flips, "binomial sum over flips at p = 10⁻¹², the chance of two flips enclosed"),
    )


@claim(
    "6.remark2.condition",
    at="Remark 2",
    kind="number",
    says="1/n ≈ 5×10⁻⁴ at n = 2048",
)
def test_inverse_width(check):
    check(printed("5e-4"), proof(Fraction(1, 2048), "exact fraction"))


@claim(
    "6.remark2.small_at_experiment",
    at="Remark 2",
    says="At p ≥ 0.01 and n = 2048 the finite-width error is negligible beside the √p term",
    note="It changes that term by 2% at p = 0.01 and by less above.",
    rests_on=["A.step3.mixture"],
)
@pytest.mark.parametrize("p", ["0.01", "0.02"])
def test_finite_width_error(check, p):
    def relative_change():
        limit = sign_moments(root(p), BALL).energy
        term = 2 * BALL.number(p) * 4 * root(p) / (3 * BALL.pi)
        return abs(sign_moments_equal_entries(2048, p, BALL).energy - limit) / term

    accepted = at_most("0.1", "negligible: at most a tenth of the √p term")
    check(accepted, ball(relative_change, "exact binomial sum at n = 2048, equal entries, against the limit"))


# Section 6.3


@claim(
    "6.partA.magnitude_energy",
    at="Section 6.3",
    says="E[(Δa_mag)²] = E[1{z > 0}(Δz)²]",
    tex=r"\mathbb{E}[(\Delta a_i^{\mathrm{mag}})^2]=\mathbb{E}[\mathbf{1}_{z_i>0}(\Delta z_i)^2]",
    primary="up to the factor 1 + O(√p) that Equation (17) then adds",
    note="As the equality that is displayed it fails: gates that switch lower the left side by (4λ³/(3π))√p, λ = √(1 "
    "− 2/π), the “boundary gate-flip corrections” of the sentence after (17). The closed form and the integrals over "
    "the quadrants agree on the difference.",
    instead="A.step7.energy_exact",
    rests_on=["A.lemmaA1"],
)
@pytest.mark.parametrize(
    ("reading", "p"),
    [
        ("up to the factor 1 + O(√p) that Equation (17) then adds", None),
        *[("as the equality displayed", p) for p in FLIP_RATES],
    ],
    ids=["up to 1 + O(√p)", *[f"equality at {p}" for p in FLIP_RATES]],
)
def test_magnitude_energy(check, reading, p):
    if reading.startswith("up to"):
        _, magnitude = exact_moments()
        order = leading_order(magnitude.energy / (2 * EXACT.variable() ** 2) - 1)
        check(at_least("1", "ratio of both sides 1 + O(√p)"), proof(order, EXACT_COEFFICIENTS))
    else:

        def relative_difference():
            return integrated_moments(sign_preserving_covariance(p)).energy / (2 * BALL.number(p)) - 1

        check(exactly(0, "relative difference 0"), ball(relative_difference, INTEGRALS))


@claim(
    "6.partA.half_space",
    at="Section 6.3",
    says="E[1{z > 0}(Δz)²] = δ²/2 = 2p/n, by symmetry",
    tex=r"\mathbb{E}[\mathbf{1}_{z_i>0}(\Delta z_i)^2]=\tfrac{1}{2}\delta^2=2p/n",
)
@pytest.mark.parametrize("magnitudes", [(3, 5, 11), (1, 1, 4), (7, 2, 1)], ids=str)
@pytest.mark.parametrize("x", [(1, 2, 2), (-2, 1, 2)], ids=str)
def test_half_space(check, magnitudes, x):
    from itertools import product

    total = Fraction(0)
    for signs in product((-1, 1), repeat=3):
        z = sum(s * w * e for s, w, e in zip(signs, magnitudes, x, strict=True))
        change = sum(s * e for s, e in zip(signs, x, strict=True))
        total += (Fraction(z > 0) + Fraction(z == 0, 2)) * change**2
    share = total / 8 / sum(e**2 for e in x)
    check(exactly("0.5"), proof(share, "all signs of three weights of given magnitudes, exact fractions"))


@claim(
    "6.partA.ratio_order",
    at="Equation (17)",
    also_at=["Section 6.3"],
    says="R_A(p) = (1 − 4√p/(3π))(1 + O(√p))",
    tex=r"R_A(p)=\left(1-\frac{4\sqrt{p}}{3\pi}\right)(1+O(\sqrt{p}))",
    rests_on=["6.theorem3"],
    note="True, and says no more than R_A = 1 + O(√p): the rest is (4/(3π))λ³√p, not of higher order.",
)
def test_energy_ratio_order(check):
    order = leading_order(exact_series("energy ratio") / structural_factor() - 1)
    check(at_least("1", "order of √p at least 1"), proof(order, EXACT_COEFFICIENTS))


@claim(
    "6.partB.assembly",
    at="Section 6.3",
    says="c(p) → π(1 − p)/(π − 2)·R_A(p)",
    tex=r"c(p)\to\frac{\pi(1-p)}{\pi-2}\,R_A(p)",
    primary="up to the 1 + O(√p) of the bullets above it",
    rests_on=["6.theorem3"],
    note="At fixed p the limit differs, by 1.6% at p = 0.01 and 5.7% at p = 0.1: the O(√p) of 𝓡_mag, stated just "
    "before, is dropped, while (1 − p) is kept. Appendix A.3, which the sketch refers to, says so. The integrals of "
    "the definition confirm the difference.",
    instead="6.theorem3",
)
@pytest.mark.parametrize(
    ("reading", "p"),
    [("up to the 1 + O(√p) of the bullets above it", None), *[("n → ∞ at fixed p", p) for p in FLIP_RATES]],
)
def test_assembly(check, reading, p):
    accepted = exactly(1, "ratio of both sides: 1")
    if reading.startswith("up to"):
        sides = exact_series("transverse ratio") * EXACT.number(LAMBDA) ** 2 / exact_series("energy ratio")
        check(accepted, proof(coefficient(sides, 0), EXACT_COEFFICIENTS))
        return

    def sides_at_p():
        flipped, shifted = (integrated_moments(law(p)) for law in (sign_flip_covariance, sign_preserving_covariance))
        simplified = (1 - BALL.number(p)) / (1 - 2 / BALL.pi) * flipped.energy / shifted.energy
        return flipped.transverse_energy() / shifted.transverse_energy() / simplified

    check(accepted, ball(sides_at_p, INTEGRALS))


# Section 6.4


@claim(
    "6.intuition.alignment",
    at="Section 6.4",
    says="The correlation √(2/π) comes from the sign-preserving perturbation, not from ReLU: the linear layer has it",
    tex=r"\mathrm{Corr}(z,\Delta z)=\sqrt{2/\pi}",
)
def test_alignment_without_relu(check):
    s = EXACT.variable()
    moments = linear_moments(magnitude_pair(s, EXACT), EXACT)
    residual = moments.projection**2 / (moments.original * moments.energy) - 2 / EXACT.pi
    order = leading_order(residual)
    check(
        exactly(len(residual.coefficients), "𝓡 = 2/π to every order computed"),
        proof(order, f"linear layer: {EXACT_COEFFICIENTS}"),
    )


@claim(
    "6.intuition.propagation",
    at="Section 6.4",
    says="ReLU propagates the alignment faithfully: after it the radial fraction is 2/π",
    tex=r"\mathcal{R}^{\mathrm{mag}}\to 2/\pi",
    primary="as p → 0",
    rests_on=["A.lemmaA1"],
    note="At fixed p ReLU changes the radial fraction, from 2/π at every p to 0.642 at p = 0.01 and 0.651 at p = 0.1.",
)
@pytest.mark.parametrize(("reading", "p"), [("as p → 0", None), ("at fixed p", "0.01"), ("at fixed p", "0.10")])
def test_propagation(check, reading, p):
    if reading == "as p → 0":
        lost = coefficient(1 - exact_series("magnitude transverse fraction") - 2 / EXACT.pi, 0)
        check(exactly(0, "𝓡_mag − 2/π = 0"), proof(lost, EXACT_COEFFICIENTS))
    else:
        difference = ball(lambda: magnitude_radial_fraction(root(p), BALL) - 2 / BALL.pi, "closed form of 𝓡_mag(p)")
        check(exactly(0, "𝓡_mag − 2/π = 0"), difference)


@claim(
    "6.intuition.sign_fraction",
    at="Section 6.4",
    also_at=["Table 1"],
    says="After ReLU sign flips have a radial fraction that tends to p",
    tex=r"\mathcal{R}^{\mathrm{sign}}\to p",
    note="ReLU does not give it: the linear layer has exactly p.",
)
@pytest.mark.parametrize("layer", ["with ReLU", "linear"])
def test_sign_fraction(check, layer):
    s = EXACT.variable()
    if layer == "with ReLU":
        fraction = exact_series("sign radial fraction")
    else:
        moments = linear_moments(sign_pair(s, EXACT), EXACT)
        fraction = moments.projection**2 / (moments.original * moments.energy)
    check(exactly(1, "𝓡_sign/p → 1"), proof(coefficient(fraction / s**2, 0), EXACT_COEFFICIENTS))


@claim(
    "6.intuition.linear",
    at="Section 6.4",
    also_at=["Section 5.2"],
    says="Without ReLU (linear activation) no asymmetry exists",
    tex=r"c_{\mathrm{linear}}(p)=1",
    primary="transverse energy, as in c(p)",
    rests_on=["5.proposition1"],
    note="Proposition 1 is about the total energy, whose ratio tends to 1 with ReLU too. The transverse energies of a "
    "linear layer under the same two perturbations have the ratio (1 − p)π/(π − 2), which is larger than with ReLU. "
    "The radial fractions of one layer at finite m, from sphere moments, give the same.",
    instead="6.intuition.linear_exact",
)
@pytest.mark.parametrize("reading", ["transverse energy, as in c(p)", "total energy"])
def test_no_asymmetry_without_relu(check, reading):
    accepted = exactly(1, "ratio 1")
    if reading == "total energy":
        s = EXACT.variable()
        energies = (
            linear_moments(sign_pair(s, EXACT), EXACT).energy / linear_moments(magnitude_pair(s, EXACT), EXACT).energy
        )
        check(accepted, proof(coefficient(energies, 0), EXACT_COEFFICIENTS))
        return

    def ratio():
        m, p = 10**9, BALL.number("0.01")
        flipped = 1 - flip_radial_fraction(p, m, Fraction(1, m), BALL)
        return flipped / (1 - sign_preserving_radial_fraction(m, BALL))

    check(accepted, ball(ratio, "exact radial fractions of one linear layer at p = 0.01, m = 10⁹"))


@claim(
    "6.intuition.linear_exact",
    at="Section 6.4",
    kind="extension",
    says="Without ReLU c(p) = (1 − p)π/(π − 2): the same constant as with it, and more of it at every p > 0",
    tex=r"c_{\mathrm{linear}}(p)=\frac{(1-p)\pi}{\pi-2}",
)
@pytest.mark.parametrize("part", ["formula", *FLIP_RATES])
def test_linear_ratio(check, part):
    if part == "formula":
        s = EXACT.variable()
        sign, magnitude = (linear_moments(pair(s, EXACT), EXACT) for pair in (sign_pair, magnitude_pair))
        scaled = EXACT.number(LAMBDA) ** 2 * sign.transverse_energy()
        difference = scaled - (1 - s**2) * magnitude.transverse_energy()
        count = len(difference.coefficients)
        certificate = f"both sides are polynomials in √p of degree at most 6; {EXACT_COEFFICIENTS}"
        check(exactly(count, "no coefficient differs"), proof(leading_order(difference), certificate))
    else:

        def excess():
            return linear_transverse_ratio(root(part), BALL) / transverse_ratio(root(part), BALL)

        check(more_than("1", "linear over ReLU: above 1"), ball(excess, "closed forms of both ratios"))


@claim(
    "6.intuition.other_activations",
    at="Section 6.4",
    kind="extension",
    says="max(z, νz) has the limit π/(π − 2) for every slope ν tried: |z| (ν = −1), leaky ReLU (0 < ν < 1) and the "
    "linear layer (ν = 1); the constant is the perturbation's, not the activation's",
    rests_on=["A.lemmaA1.moments"],
)
@pytest.mark.parametrize("slope", ["-1", "0", "0.01", "0.5", "1"])
def test_other_slopes(check, slope):
    slope, s = Fraction(slope), EXACT.variable()

    def leaky(pair, relu):
        product = linear_moments(pair, EXACT).cross
        cross = (1 + slope**2) * relu.cross + slope * (product - 2 * relu.cross)
        original = EXACT.number((1 + slope**2) / 2)
        return Moments(original, cross - original, original * (1 + pair.variance) - 2 * cross)

    sign, magnitude = exact_moments()
    flipped, shifted = leaky(sign_pair(s, EXACT), sign), leaky(magnitude_pair(s, EXACT), magnitude)
    ratio = flipped.transverse_energy() / shifted.transverse_energy()
    residual = exact_value((ratio * EXACT.number(LAMBDA) ** 2)[0]) - 1
    check(exactly(0), proof(residual, f"E aa′ from E[ReLU X ReLU X′] and E XX′ by quadrants; {EXACT_COEFFICIENTS}"))


@claim(
    "6.intuition.retained",
    at="Section 6.4",
    also_at=["Table 1"],
    kind="number",
    says="RMSNorm retains 1 − 2/π ≈ 36.3% of the magnitude perturbation's energy",
    primary="first order, as p → 0",
    rests_on=["6.theorem3"],
    note="At p = 0.01 it is 35.8% of the energy to first order, and 26% in the actual difference of normalised "
    "outputs, since the perturbation also lengthens the vector.",
)
@pytest.mark.parametrize(
    "reading", ["first order, as p → 0", "first order at p = 0.01", "actual output difference at p = 0.01"]
)
def test_retained_magnitude(check, reading):
    def share():
        if reading == "first order, as p → 0":
            return coefficient(exact_series("magnitude transverse fraction"), 0)
        moments = integrated_moments(sign_preserving_covariance("0.01"))
        if reading == "first order at p = 0.01":
            return 1 - moments.radial_fraction()
        return moments.chord_energy(BALL) / moments.relative_energy()

    check(printed("36.3%"), ball(share, f"{EXACT_COEFFICIENTS}, or {INTEGRALS}"))


@claim(
    "6.intuition.retained_sign",
    at="Section 6.4",
    also_at=["Table 1"],
    kind="number",
    says="RMSNorm retains 1 − p ≈ 99% of the sign perturbation's energy (small p)",
    primary="first order at p = 0.01",
    rests_on=["6.theorem3"],
    note="The actual difference of normalised outputs retains all of it: sign flips do not change the length.",
)
@pytest.mark.parametrize("reading", ["first order at p = 0.01", "actual output difference at p = 0.01"])
def test_retained_sign(check, reading):
    def share():
        moments = integrated_moments(sign_flip_covariance("0.01"))
        if reading == "first order at p = 0.01":
            return 1 - moments.radial_fraction()
        return moments.chord_energy(BALL) / moments.relative_energy()

    check(printed("99%"), ball(share, INTEGRALS))


@claim(
    "6.intuition.ratio",
    at="Section 6.4",
    says="The ratio of the retained shares is π/(π − 2)",
    rests_on=["6.theorem3.constant"],
)
def test_ratio_of_shares(check):
    shares = (1 - exact_series("sign radial fraction")) / exact_series("magnitude transverse fraction")
    residual = exact_value((shares - EXACT.pi / (EXACT.pi - 2))[0])
    check(exactly(0, "as p → 0"), proof(residual, EXACT_COEFFICIENTS))


# Section 6.5


def exact_sign_energy(p):
    """2β_flip + β_smooth, exactly."""
    return integrated_moments(sign_flip_covariance(p)).energy


THEORIES = {
    "Remark 1, as the caption says": lambda p: structural_ratio(root(p), BALL),
    "Equation (25)": lambda p: assembled_ratio(root(p), BALL),
    "exact β_flip and β_smooth in 𝓡_sign": lambda p: (
        structural_ratio(root(p), BALL) * (1 - exact_sign_energy(p) / 2) / (1 - BALL.number(p))
    ),
    "exact β_flip and β_smooth in 𝓡_sign and R_A": lambda p: (
        (1 - exact_sign_energy(p) / 2) * exact_sign_energy(p) / (2 * BALL.number(p)) / (1 - 2 / BALL.pi)
    ),
    "Theorem 3's limit, with ε(p)": lambda p: transverse_ratio(root(p), BALL),
}


@claim(
    "6.table2.theory",
    at="Table 2",
    also_at=["Section 6.5", "Remark 1", "Table 7"],
    kind="number",
    says="The theory column is Remark 1's formula without ε(p)",
    tex=r"c(p)=\frac{\pi}{\pi-2}(1-p)\left(1-\frac{4\sqrt{p}}{3\pi}\right)",
    primary="Remark 1, as the caption says",
    rests_on=["6.remark1.order"],
    note="No entry is that formula's, which gives 2.609, 2.535, 2.366, 2.144 (by hand, with 4/(3π) = 0.42441, too). "
    "The exact β_flip and β_smooth, of which the caption speaks, do not give it either: used in 𝓡_sign alone they "
    "give the first three entries, as Equation (25) does; 2.178 is given by no reading.",
    instead="6.table2.equation25",
)
@pytest.mark.parametrize("reading", THEORIES)
@pytest.mark.parametrize("row", TABLE_2, ids=FLIP_RATES)
def test_theory_column(check, reading, row):
    check(printed(row["theory"]), ball(lambda: THEORIES[reading](row["p"]), f"{reading}, evaluated"))


@claim(
    "6.table2.equation25",
    at="Table 2",
    kind="extension",
    says="The first three entries of the theory column are Equation (25)",
    rests_on=["A.assembly"],
)
@pytest.mark.parametrize("row", TABLE_2[:3], ids=FLIP_RATES[:3])
def test_theory_is_equation_25(check, row):
    check(printed(row["theory"]), ball(lambda: assembled_ratio(root(row["p"]), BALL), "Equation (25), evaluated"))


@claim(
    "6.table2.limit",
    at="Table 2",
    also_at=["Theorem 3"],
    kind="extension",
    says="The limit of Theorem 3 at the tested flip rates, without approximation",
    tex=r"c(p)=\frac{1-\mathcal{R}^{\mathrm{sign}}(p)}{1-\mathcal{R}^{\mathrm{mag}}(p)}R_A(p)",
    rests_on=["6.theorem3"],
)
@pytest.mark.parametrize(
    ("p", "stated"), [("0.01", "2.66829"), ("0.02", "2.61411"), ("0.05", "2.47900"), ("0.10", "2.29195")]
)
def test_limit_at_tested_rates(check, p, stated):
    def ratio():
        flipped, shifted = (integrated_moments(law(p)) for law in (sign_flip_covariance, sign_preserving_covariance))
        return flipped.transverse_energy() / shifted.transverse_energy()

    check(printed(stated), ball(ratio, INTEGRALS))


@claim(
    "6.table2.gap",
    at="Table 2",
    also_at=["Section 6.5"],
    kind="extension",
    says="The limit of Theorem 3 exceeds the theory column by 2.2%, 3.0%, 4.2% and 5.2%: that is ε(p), left out there",
    rests_on=["6.table2.limit"],
)
@pytest.mark.parametrize(
    ("row", "stated"), list(zip(TABLE_2, ["2.2%", "3.0%", "4.2%", "5.2%"], strict=True)), ids=FLIP_RATES
)
def test_gap(check, row, stated):
    theory = printed(row["theory"]).interval
    middle = (theory.lo + theory.hi) / 2
    excess = ball(lambda: transverse_ratio(root(row["p"]), BALL) / BALL.number(middle) - 1, "exact limit at this p")
    check(printed(stated), excess)


@claim(
    "6.table2.measured_against_limit",
    at="Table 2",
    also_at=["Section 6.5", "Table 7"],
    kind="extension",
    says="The measured values are within 1.3% of Theorem 3's limit, without approximation",
    rests_on=["6.table2.limit"],
    note="At p = 0.01 and 0.02 they lie below it by 1.1% and 1.2%, which is more than the stated ± of 0.5% and 0.4%. "
    "ε(p) thus accounts for all of the positive bias, and slightly more.",
)
@pytest.mark.parametrize("row", TABLE_2, ids=FLIP_RATES)
def test_measured_against_limit(check, row):
    measured = printed(row["measured"]).interval

    def distance():
        limit = transverse_ratio(root(row["p"]), BALL)
        return abs(BALL.number(measured.lo).union(BALL.number(measured.hi)) / limit - 1)

    check(at_most("1.3%"), ball(distance, "printed measurement, anywhere in its rounding interval, over the limit"))


RELEASED_TWO_LAYERS = {"0.01": "0.3755", "0.02": "0.3832", "0.05": "0.4037", "0.10": "0.4365"}
"1/c(p) in the authors' released two-layer run: n = m = 2048, d_out = 1024, means of 20 seeds."


@claim(
    "6.table2.released",
    at="Table 2",
    also_at=["Section 6.5"],
    kind="extension",
    says="The authors' released two-layer run has the 1/c(p) of Theorem 3's limit, within 0.3%",
    rests_on=["6.table2.limit"],
    note="1/c(p) of Table 2's measured values is 0.379, 0.387, 0.406 and 0.435, farther from both. The run behind "
    "Table 2 is not among the released files.",
)
@pytest.mark.parametrize("p", RELEASED_TWO_LAYERS)
def test_released_run(check, p):
    stated = RELEASED_TWO_LAYERS[p]
    accepted = about(stated, "0.3%", "the released values at n = 1024 and 2048 differ by 0.1 to 0.3%")
    check(accepted, ball(lambda: 1 / transverse_ratio(root(p), BALL), "exact limit at this p"))


@claim(
    "6.table2.deviation",
    at="Table 2",
    also_at=["Table 7", "Section 9.3"],
    kind="number",
    says="The deviations of measured from theory, as tabulated",
    note="The entry at p = 0.01 follows from the printed digits; in the other rows they allow it and others.",
)
@pytest.mark.parametrize("row", TABLE_2, ids=FLIP_RATES)
def test_deviation_column(check, row):
    rounded = over_rounding(lambda measured, theory: measured / theory - 1, row["measured"], row["theory"])
    check(printed(row["deviation"]), arithmetic(rounded, "measured / theory − 1 of the printed digits"))


@claim(
    "6.table2.agreement",
    at="Section 6.5",
    also_at=["Table 2", "Table 7", "Section 9.3"],
    kind="number",
    says="Measured values agree with the printed theory values within 1 to 6%",
    rests_on=["6.table2.theory"],
)
@pytest.mark.parametrize("row", TABLE_2, ids=FLIP_RATES)
def test_agreement(check, row):
    rounded = over_rounding(lambda measured, theory: measured / theory - 1, row["measured"], row["theory"])
    check(between("1%", "6%"), arithmetic(rounded, "measured / theory − 1 of the printed digits"))


@claim(
    "6.figure1.agreement",
    at="Figure 1",
    kind="number",
    says="The curve (π/(π−2))(1 − p)(1 − 4√p/(3π)) and the measurements agree within 1 to 6%",
    tex=r"\frac{\pi}{\pi-2}(1-p)\left(1-\frac{4\sqrt{p}}{3\pi}\right)",
    rests_on=["6.remark1.order"],
    note="At p = 0.10 that formula is 2.144, which the measured 2.299 exceeds by 7.2% (6.7% of the measured value). "
    "Only the theory column of Table 2, computed otherwise, is within 6%; Theorem 3's limit is within 1.3%.",
    instead="6.table2.measured_against_limit",
)
@pytest.mark.parametrize("row", TABLE_2, ids=FLIP_RATES)
def test_figure_agreement(check, row):
    measured = printed(row["measured"]).interval

    def deviation():
        ends = [BALL.number(end) / structural_ratio(root(row["p"]), BALL) - 1 for end in (measured.lo, measured.hi)]
        return ends[0].union(ends[1])

    check(
        between("1%", "6%"), ball(deviation, "printed measurement, anywhere in its rounding interval, over the formula")
    )


@claim(
    "6.table2.bias",
    at="Table 2",
    kind="number",
    says="The positive bias of the measurements increases with p",
    rests_on=["6.table2.theory"],
)
@pytest.mark.parametrize(("lower", "upper"), [(0, 1), (1, 2), (2, 3)], ids=["0.01-0.02", "0.02-0.05", "0.05-0.10"])
def test_bias_increases(check, lower, upper):
    first, second = (
        over_rounding(lambda measured, theory: measured / theory - 1, row["measured"], row["theory"])
        for row in (TABLE_2[lower], TABLE_2[upper])
    )
    increase = Interval(second.lo - first.hi, second.hi - first.lo)
    check(more_than("0"), arithmetic(increase, "difference of consecutive deviations, from the printed digits"))


@claim(
    "6.table2.width",
    at="Table 2",
    kind="number",
    says="1/√n ≈ 2% at n = 2048",
)
def test_inverse_root_width(check):
    check(printed("2%"), ball(lambda: 1 / BALL.number(2048).sqrt(), "exact root"))


@claim(
    "6.table2.residual",
    at="Table 2",
    also_at=["Remark 2"],
    says="Finite-width residuals of the CLT are of about 2%, comparable with the deviations",
    rests_on=["A.step3.mixture", "6.remark2.delocalization_rate"],
    note="The exact law at n = 2048 (x̂ with equal entries) changes c(p) by less than 0.1%: the residual is of order "
    "1/n, not 1/√n. A simulation of the sign-preserving model at n = 64 agrees with the exact law there. For a "
    "uniform x̂ the residual of the sign-flip energy is three times larger, still below 0.3%, and the authors' released "
    "two-layer run at n = 2048 is within 0.2% of the limit.",
    instead="6.table2.residual_order",
)
@pytest.mark.parametrize("p", FLIP_RATES)
def test_finite_width_residual(check, p):
    accepted = between("1%", "4%", "about 2%", "within a factor 2, as for a comparable magnitude")
    check(accepted, ball(lambda: width_residual(2048, p), EXACT_LAWS))


@claim(
    "6.table2.residual_order",
    at="Table 2",
    also_at=["Remark 2"],
    kind="extension",
    says="The finite-width residual of c(p) is of order 1/n: below 2/n at n = 2048, and 8 times larger at n = 256",
    rests_on=["A.step3.mixture"],
)
@pytest.mark.parametrize("p", FLIP_RATES)
@pytest.mark.parametrize("quantity", ["size", "growth"])
def test_residual_order(check, quantity, p):
    if quantity == "size":
        check(at_most("2", "at most 2/n"), ball(lambda: 2048 * width_residual(2048, p), EXACT_LAWS))
    else:
        growth = ball(lambda: width_residual(256, p) / width_residual(2048, p), EXACT_LAWS)
        check(between("7", "9", "8 times larger", "next order allowed for"), growth)


@claim(
    "6.table2.disentangled",
    at="Remark 2",
    also_at=["Table 2"],
    kind="extension",
    says="c(p) at n = 2048, x̂ with equal entries, without approximation: what the theory predicts for the experiment",
    rests_on=["A.step3.mixture"],
    note="Beside ε(p), which is 2 to 7%, the effect of finite width is below 0.1%: the two can be disentangled.",
)
@pytest.mark.parametrize(
    ("p", "stated"), [("0.01", "2.6661"), ("0.02", "2.6126"), ("0.05", "2.4781"), ("0.10", "2.2914")]
)
def test_ratio_at_width(check, p, stated):
    check(printed(stated), ball(lambda: ratio_at_width(2048, p, flint.ctx.prec), EXACT_LAWS))


# What the assumptions are needed for


@claim(
    "6.assumptions.delocalization",
    at="Theorem 3",
    kind="extension",
    says="Without delocalization the constant fails: for x̂ = e₁, c(p) = (1 − p/2)/2 · π/(π − 2)",
    tex=r"c_{e_1}(p)=\frac{(1-p/2)\,\pi}{2(\pi-2)}",
)
@pytest.mark.parametrize("p", ["0.01", "0.10"])
def test_localized_input(check, p):
    def ratio():
        s, half = root(p), quadrant_moment({(2, 0): 1}, 0)
        mean = GAUSSIAN.absolute_moment(1, BALL) / 2
        flipped = Moments(half, -BALL.number(p) * half, 2 * BALL.number(p) * half)
        shifted = Moments(half, 2 * s * mean, 4 * s**2 / 2)
        return flipped.transverse_energy() / shifted.transverse_energy()

    expected = {"0.01": "1.36909", "0.10": "1.30717"}[p]
    check(printed(expected), ball(ratio, "one weight: z′ = ±z under flips, no gate switches under the magnitude model"))


@claim(
    "6.assumptions.gaussian",
    at="Theorem 3",
    also_at=["Section 2.4"],
    kind="extension",
    says="For other symmetric weight laws the constant is 1/(1 − (E|w|)²/E[w²]): 4 for uniform, 2 for Laplace weights",
    tex=r"c(0)=\frac{1}{1-(\mathbb{E}|w|)^2/\mathbb{E}[w^2]}",
    rests_on=["6.theorem3"],
)
@pytest.mark.parametrize(
    ("law", "stated"),
    [(UNIFORM, "4.0000"), (LAPLACE, "2.0000"), (GAUSSIAN, "2.7519")],
    ids=lambda v: getattr(v, "name", v),
)
def test_other_weight_laws(check, law, stated):
    def constant():
        p = Fraction(1, 10**16)
        flipped = integrated_moments(sign_flip_covariance(p))
        shifted = integrated_moments(sign_preserving_covariance(p, law))
        return flipped.transverse_energy() / shifted.transverse_energy()

    check(printed(stated), ball(constant, f"p = 10⁻¹⁶, {INTEGRALS}", bits=256))


@claim(
    "6.assumptions.sign_preserving",
    at="Theorem 3",
    also_at=["Section 5.2"],
    kind="extension",
    says="With an independent additive perturbation in place of the sign-preserving one, c(p) → 1",
    rests_on=["6.theorem3"],
)
def test_independent_perturbation(check):
    def ratio():
        p = BALL.number(Fraction(1, 10**16))
        independent = Covariance(BALL.number(1), 1 + 4 * p)
        flipped = integrated_moments(sign_flip_covariance(Fraction(1, 10**16)))
        return flipped.transverse_energy() / integrated_moments(independent).transverse_energy()

    check(printed("1.0000"), ball(ratio, f"p = 10⁻¹⁶, {INTEGRALS}", bits=256))


@claim(
    "6.nonlinear.ratio",
    at="Theorem 3",
    also_at=["Table 2"],
    kind="extension",
    says="The ratio of actual squared output differences after RMSNorm, in place of first-order ones, at the tested "
    "rates",
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
    rests_on=["6.theorem3"],
)
@pytest.mark.parametrize("order", [0, 1])
def test_nonlinear_limit(check, order):
    k, lam, s = EXACT.number(KAPPA), EXACT.number(LAMBDA), EXACT.variable()
    known = (1 + (4 * k - 4 * (1 - lam) / (3 * EXACT.pi)) * s) / lam**2
    residual = exact_series("chord ratio")[order] - known[order]
    check(exactly(0), proof(exact_value(residual), EXACT_COEFFICIENTS))
