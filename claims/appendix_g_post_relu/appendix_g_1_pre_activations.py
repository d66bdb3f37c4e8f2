"""Appendix G.1: pre-activation statistics."""

import pytest
from verdicts import at_least, ball, claim, exactly, identity, less_than, printed, proof, readings

from claims.appendix_g_post_relu.activations import HALF_NORMAL, fourth_moment_of_the_scale, symbols
from theorems.integrals.exact_moments import exact_half_line_integral
from theorems.integrals.half_normal import (
    ALPHA,
    joint_moment,
    leading_term,
    magnitude_moment,
    sum_moment,
    value,
)
from theorems.integrals.ternary_integrals import quantised_layer
from theorems.moments import Moments

SIZES = range(1, 10)  # of n: more values than the degree of any polynomial in n below
WIDTH = 2048


@claim(
    "G.original_variance",
    at="Appendix G.1",
    kind="step",
    says="Var z = 1/n, for every unit input",
    tex=r"z_i\sim N(0,\sigma_1^2),\qquad\sigma_1^2=\frac{1}{n}",
)
def test_original_variance(check):
    import sympy

    w, n = symbols("w", real=True), symbols("n", positive=True)
    density = sympy.exp(-n * w**2 / 2) / sympy.sqrt(2 * sympy.pi / n)
    square = 2 * exact_half_line_integral(2, n) / sympy.sqrt(2 * sympy.pi / n)
    expansion = "E z² = Σ_j x̂_j² E w_j² + Σ_{j≠k} x̂_j x̂_k E w_j E w_k for any n and x̂, where Σ x̂_j² = 1"
    method = f"{expansion}; E w² by its integral over N(0, 1/n), n a symbol, and E w = 0 as the density is even"
    check(identity([square, density.subs(w, -w)], [1 / n, density], method, "E w² = 1/n, and the density is even"))


def mean_of_the_scale():
    means = [sum_moment(n, 1) for n in SIZES]
    method = f"E Σ|g| against n√(2/π) for n = 1 … 9, of which both are linear; {HALF_NORMAL}"
    return [identity(means, [n * ALPHA for n in SIZES], method, "E √n s = √(2/π)")]


def variance_of_the_scale():
    order, _ = leading_term([sum_moment(n, 2) - sum_moment(n, 1) ** 2 for n in SIZES])
    return less_than("0", "vanishes"), proof(order - 2, f"order in n of Var(√n s) = Var(Σ|g|)/n²; {HALF_NORMAL}")


SCALE = {"mean": mean_of_the_scale, "variance": variance_of_the_scale}


@claim(
    "G.scale_limit",
    at="Appendix G.1",
    kind="step",
    says="s = ‖w‖₁/n → √(2/(πn)): √n·s has mean √(2/π) and a variance that vanishes",
    tex=r"s_i\to\sqrt{2/(\pi n)}",
    rests_on=["B.mean_magnitude"],
)
@pytest.mark.parametrize("step", SCALE.values(), ids=SCALE)
def test_scale_limit(check, step):
    check(*step())


def in_the_limit(scaled):
    """n times a second moment tends to 2/π. `scaled` is n³ times that moment, a polynomial in n of degree 3 at most."""
    method = f"degree and leading coefficient of the polynomial in n; {HALF_NORMAL}"
    return [identity(leading_term([scaled(n) for n in SIZES]), (2, ALPHA**2), method, "→ 2/(πn)")]


def at_width(scaled):
    """The same at n = 2048, where equality is meant."""
    excess = scaled(WIDTH) / WIDTH**2 - ALPHA**2
    return exactly(0, "n times it, less 2/π"), ball(lambda: value(excess), f"n = {WIDTH}; {HALF_NORMAL}")


SECOND_MOMENT = {"leading order": in_the_limit, "at n = 2048": at_width}


@claim(
    "G.quantised_variance",
    at="Appendix G.1",
    kind="step",
    says="z_Q has variance σ₂² = s_i² = 2/(πn)",
    tex=r"\sigma_2^2=\frac{2}{\pi n}",
    note="To leading order. Over W the variance is E s² = 2/(πn) + (1 − 2/π)/n² at every n, and s_i² itself is random.",
    primary="leading order",
    rests_on=["G.scale_limit"],
)
@readings("found", SECOND_MOMENT)
def test_quantised_variance(check, found):
    check(*found(lambda n: sum_moment(n, 2)))  # E s² = E(Σ|g|)²/n³


@claim(
    "G.deviation_ratio",
    at="Appendix G.1",
    kind="number",
    says="σ₂ = √(2/π)σ₁ ≈ 0.798σ₁, smaller than σ₁",
    tex=r"\sigma_2\approx 0.798\,\sigma_1",
    rests_on=["G.quantised_variance"],
)
def test_deviation_ratio(check):
    check(printed("0.798"), ball(lambda: quantised_layer().deviation, "√(E Q(w)²/E w²), integrals over the density"))


@claim(
    "G.covariance",
    at="Appendix G.1",
    also_at=["Equation (35)"],
    kind="step",
    says="Cov(z, z_Q) = s_i·E|W_ij| = 2/(πn)",
    tex=r"\mathrm{Cov}(z_i,z_i^Q)=\frac{2}{\pi n}",
    note="To leading order. With the random s of Equation (2) the covariance is E[|w|s] = 2/(πn) + (1 − 2/π)/n².",
    primary="leading order",
)
@readings("found", SECOND_MOMENT)
def test_covariance(check, found):
    check(*found(lambda n: n * joint_moment(n, 1, 1)))  # E|w|s = E[|g₁|Σ|g|]/n²


def lyapunov():
    """E(|g_j| + τ)⁴ ≤ 8(E g⁴ + E τ⁴) ≤ 8(3 + 3), as E τ⁴ = E(Σ|g|)⁴/n⁴ ≤ 3."""
    return at_least("0", "E τ⁴ ≤ 3 for every n"), fourth_moment_of_the_scale()


def vanishing(variance, power):
    """The order in n of a variance, of which n^power times its values is a polynomial in n."""
    order, _ = leading_term([variance(n) for n in SIZES])
    method = f"order in n of the part of the variance that is no multiple of Σx̂⁴; {HALF_NORMAL}"
    return less_than("0", "it vanishes"), proof(order - power, method)


def covariance_of_two_terms(n):
    """n⁴(n − 1)(E[|g₁g₂|τ²] − (E[|g₁|τ])²), as n(n − 1)E[|g₁g₂|S²] = E S⁴ − n E[g₁²S²] for S = Σ|g|."""
    return n * (sum_moment(n, 4) - n * joint_moment(n, 2, 2)) - (n - 1) * (n * joint_moment(n, 1, 1)) ** 2


def variance_of_squared_scale(n):
    """n⁴(E τ⁴ − (E τ²)²)."""
    return sum_moment(n, 4) - sum_moment(n, 2) ** 2


CONDITIONAL_LAW = {
    "variance of V₁₂": lambda: vanishing(covariance_of_two_terms, 5),
    "variance of V₂₂": lambda: vanishing(variance_of_squared_scale, 4),
    "Lyapunov's condition": lyapunov,
}


@claim(
    "G.joint_limit",
    at="Appendix G.1",
    also_at=["Section 8.4"],
    kind="step",
    says="(z, z_Q), times √n, tends to a normal pair under delocalisation. Given the magnitudes |w| it is a sum of "
    "independent signs: its conditional covariance V tends to Σ in mean square as n → ∞ and Σx̂⁴ ≤ ‖x̂‖²_∞ → 0, and "
    "Lyapunov's fourth moments are at most 48 Σx̂⁴",
    tex=r"(z_i,z_i^Q)\to N(0,\Sigma)",
    rests_on=["G.original_variance", "G.quantised_variance", "G.covariance"],
)
@pytest.mark.parametrize("step", CONDITIONAL_LAW.values(), ids=CONDITIONAL_LAW)
def test_joint_limit(check, step):
    # √n z = Σ σ_j x_j |g_j| and √n z_Q = τ Σ σ_j x_j, τ = Σ|g|/n: V₁₁ = Σ x_j² g_j², V₁₂ = τ Σ x_j² |g_j|, V₂₂ = τ².
    # Var V₁₁ is 2Σx̂⁴, and the others are multiples of Σx̂⁴, bounded as E g⁴ = 3 and E τ⁴ ≤ 3, and a rest.
    check(*step())


def no_flip_of_one_entry():
    import sympy

    size, scale = symbols("r s", positive=True)
    signs = [sympy.sign(scale * sympy.sign(w)) for w in (size, -size)]
    return [identity(list(map(int, signs)), [1, -1], "sign z_Q for z = w = r and −r, x̂ = (1, 0, …, 0)", "no flip")]


def fraction_of_one_entry(divisor):
    """By z = w and z_Q = s sign(w): second moments of |w| and s, times n, as n → ∞; w > 0 has half of each."""
    order, product = leading_term([joint_moment(n, 1, 1) for n in SIZES])
    square_order, quantised = leading_term([sum_moment(n, 2) for n in SIZES])
    original = magnitude_moment(2)
    found = Moments(*(part / divisor for part in (original, product - original, original - 2 * product + quantised)))
    stated = (1 - ALPHA**2) * found.original * found.energy
    sides = [order, square_order, found.projection**2], [1, 2, stated]
    method = f"E[|w|s] and E s² to leading order in n; {HALF_NORMAL}"
    return [identity(*sides, method, "(E zδz)² = (1 − 2/π) E z² E δz²")]


ONE_ENTRY = {
    "Pr(flip)": no_flip_of_one_entry,
    "radial fraction before ReLU": lambda: fraction_of_one_entry(1),
    "radial fraction after ReLU": lambda: fraction_of_one_entry(2),
}


@claim(
    "G.delocalisation_needed",
    at="Appendix G.1",
    kind="extension",
    says="Delocalisation is needed here, unlike in Theorem 4: with all of x̂ in one entry no gate flips, z_Q = ±s, and "
    "as n → ∞ the radial fraction is the same before and after ReLU, 1 − 2/π",
    tex=r"\mathcal{R}_{\mathrm{post}}=\mathcal{R}_{\mathrm{pre}}\to1-\frac{2}{\pi}",
)
@pytest.mark.parametrize("step", ONE_ENTRY.values(), ids=ONE_ENTRY)
def test_delocalisation_needed(check, step):
    check(*step())


def correlation_digits():
    return printed("0.798"), ball(quantised_layer().angle.cos, "E wQ(w)/√(E w² E Q(w)²), integrals over the density")


def correlation_formula():
    covariance = leading_term([joint_moment(n, 1, 1) for n in SIZES])[1]
    variance = leading_term([sum_moment(n, 2) for n in SIZES])[1]
    stated = ALPHA**2 * magnitude_moment(2) * variance
    return [identity(covariance**2, stated, f"leading terms in n; {HALF_NORMAL}", "Cov² = (2/π)σ₁²σ₂²")]


CORRELATION = {"number": correlation_digits, "formula": correlation_formula}


@claim(
    "G.correlation",
    at="Equation (35)",
    also_at=["Appendix G.1"],
    kind="number",
    says="ρ = √(2/π) ≈ 0.798",
    tex=r"\rho=\sqrt{2/\pi}\approx 0.798",
    rests_on=["G.covariance", "G.quantised_variance"],
)
@pytest.mark.parametrize("step", CORRELATION.values(), ids=CORRELATION)
def test_correlation(check, step):
    check(*step())
