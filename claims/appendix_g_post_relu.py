"""Appendix G: the radial fraction of sign quantisation after ReLU, and its decomposition by gates."""

from fractions import Fraction
from operator import attrgetter

import flint
import pytest
from verdicts import (
    Interval,
    arithmetic,
    at_least,
    ball,
    claim,
    exactly,
    identity,
    less_than,
    more_than,
    printed,
    proof,
    readings,
)

from claims.phrases import cancels
from theorems.arithmetic.contexts import BALL
from theorems.formulas.ternary import radial_split, sign_quantised_pair
from theorems.integrals.exact_moments import exact_quadrant_moment
from theorems.integrals.gaussian_integrals import orthant_moment
from theorems.integrals.half_normal import (
    ALPHA,
    joint_moment,
    leading_term,
    lowest_difference,
    magnitude_moment,
    row_moments,
    sum_moment,
    value,
)
from theorems.integrals.ternary_integrals import QuantisedLayer, gate_integrals, quantised_layer, relu_integrals
from theorems.moments import Moments

HALF_NORMAL = "moments of half-normal |g|, exact polynomials in √(2/π) over ℚ"
QUADRANTS = "second moments over the quadrants of (z, z_Q) in units of 1/n, rigorous integrals of the normal density"
IN_SYMBOLS = "polar integrals over the quadrants of a normal pair, in symbols"
SIZES = range(1, 10)  # of n: more values than the degree of any polynomial in n below
WIDTH = 2048


def symbols(names, **assumptions):
    """Symbols of sympy, which takes long to import."""
    import sympy

    return sympy.symbols(names, **assumptions)


def moment(i, j, x_sign=1, y_sign=1):
    """E[Xⁱ Yʲ] over a quadrant of a standard normal pair of correlation cos φ: an expression in φ."""
    return exact_quadrant_moment(i, j, x_sign, y_sign).subs(symbols("theta"), symbols("phi"))


class Relu:
    """E a², E aδa and E δa², times n, for a = ReLU(z) and a + δa = ReLU(z_Q), by integration over the quadrants.

    z and z_Q are a normal pair of deviations 1/√n and σ/√n and correlation cos φ, for any φ and σ; for sign
    quantisation cos φ = σ = √(2/π).
    """

    def __init__(self):
        self.phi, self.sigma = symbols("phi"), symbols("sigma", positive=True)
        self.product = self.sigma * moment(1, 1)
        original = (moment(2, 0) + moment(2, 0, 1, -1)).expand()
        quantised = self.sigma**2 * (moment(0, 2) + moment(0, 2, -1, 1)).expand()
        self.moments = Moments(original, self.product - original, original - 2 * self.product + quantised)

    def quantised(self, expression):
        """An expression in φ and σ for sign quantisation, by σ = cos φ."""
        import sympy

        return expression.subs(self.sigma, sympy.cos(self.phi)).expand()

    def stated(self):
        """S of equation (36)."""
        import sympy

        sine, cosine = sympy.sin(self.phi), sympy.cos(self.phi)
        return cosine * (sine + (sympy.pi - self.phi) * cosine) / (2 * sympy.pi)


def by_integrals(quantity):
    """Evidence: a quantity of E a², E aδa and E δa² after ReLU."""
    return ball(lambda: quantity(relu_integrals(quantised_layer())), QUADRANTS)


# G.1 Pre-activation statistics


@claim(
    "G.original_variance",
    at="Appendix G.1",
    kind="step",
    says="Var z = 1/n, for every unit input",
    tex=r"z_i\sim N(0,\sigma_1^2),\qquad\sigma_1^2=\frac{1}{n}",
)
@pytest.mark.parametrize("x", [(1,), ("3/5", "4/5"), ("2/3", "-2/3", "1/3")], ids=["n = 1", "n = 2", "n = 3"])
def test_original_variance(check, x):
    variance, _, _ = row_moments([Fraction(entry) for entry in x])
    method = f"E(Σ w_j x̂_j)² over all sign patterns of w for this x̂; {HALF_NORMAL}"
    check(identity(variance, flint.fmpq_poly([flint.fmpq(1, len(x))]), method, "Var z = 1/n"))


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
    least = lowest_difference([3 * n**4 - sum_moment(n, 4) for n in range(1, 6)])
    method = "least forward difference at n = 1 of the polynomial 3n⁴ − E(Σ|g|)⁴, nonnegative from there on where it is"
    return at_least("0", "E τ⁴ ≤ 3 for every n"), proof(least, f"{method}; {HALF_NORMAL}")


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


def fraction_of_one_entry():
    """By z = w and z_Q = s sign(w) on w > 0: half of each second moment of |w| and s."""
    product = leading_term([joint_moment(n, 1, 1) for n in SIZES])[1] / 2
    original, quantised = magnitude_moment(2) / 2, leading_term([sum_moment(n, 2) for n in SIZES])[1] / 2
    moments = original, product - original, original - 2 * product + quantised
    found = ball(lambda: Moments(*map(value, moments)).radial_fraction(), f"leading terms in n; {HALF_NORMAL}")
    return printed("0.3634"), found


ONE_ENTRY = {"Pr(flip)": no_flip_of_one_entry, "radial fraction after ReLU": fraction_of_one_entry}


@claim(
    "G.delocalisation_needed",
    at="Appendix G.1",
    kind="extension",
    says="Delocalisation is needed here, unlike in Theorem 4: with all of x̂ in one entry no gate flips, z_Q = ±s, and "
    "the radial fraction is the same before and after ReLU, 1 − 2/π",
    tex=r"\mathcal{R}_{\mathrm{post}}=\mathcal{R}_{\mathrm{pre}}=1-\frac{2}{\pi}",
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


# G.2 Post-ReLU energy via Price–Cho–Saul


@claim(
    "G.cross_term",
    at="Appendix G.2",
    also_at=["Section 8.4"],
    kind="step",
    says="E[ReLU(X)ReLU(Y)] = σ_Xσ_Y(sin θ + (π − θ)cos θ)/(2π) for normal pairs with unequal variances",
    tex=r"\frac{\sigma_X\sigma_Y}{2\pi}(\sin\theta+(\pi-\theta)\cos\theta)",
)
def test_cross_term(check):
    import sympy

    phi, (of_x, of_y) = symbols("phi"), symbols("sigma_X sigma_Y", positive=True)
    stated = of_x * of_y * (sympy.sin(phi) + (sympy.pi - phi) * sympy.cos(phi)) / (2 * sympy.pi)
    check(identity(of_x * of_y * moment(1, 1), stated, f"E[XY] over X, Y > 0; {IN_SYMBOLS}"))


FORMS = {
    "by variances": lambda a: (a.moments.energy, (1 + a.sigma**2) / 2 - 2 * a.product),
    "by constants": lambda a: map(a.quantised, (a.moments.energy, energy_by_constants(a))),
}


def energy_by_constants(a):
    """½ + 1/π − 2S, where cos² φ = 2/π."""
    import sympy

    return Fraction(1, 2) + sympy.cos(a.phi) ** 2 / 2 - 2 * a.stated()


@claim(
    "G.energy_formula",
    at="Appendix G.2",
    also_at=["Equation (37)"],
    kind="step",
    says="E[δa²] = σ₁²/2 + σ₂²/2 − 2S/n = (1/n)(1/2 + 1/π − 2S)",
    tex=r"\mathbb{E}[\delta a_i^2]=\frac{1}{n}\left(\frac12+\frac1\pi-2S\right)",
    rests_on=["G.cross_term"],
)
@pytest.mark.parametrize("sides", FORMS.values(), ids=FORMS)
def test_energy_formula(check, sides):
    check(identity(*sides(Relu()), f"E(ReLU z_Q − ReLU z)²; {IN_SYMBOLS}"))


@claim(
    "G.s_formula",
    at="Equation (36)",
    also_at=["Appendix G.2"],
    kind="step",
    says="S = cos φ (sin φ + (π − φ)cos φ)/(2π) is nE[ReLU(z)ReLU(z_Q)]",
    tex=r"S=\frac{\cos\phi(\sin\phi+(\pi-\phi)\cos\phi)}{2\pi}",
    rests_on=["G.cross_term"],
)
def test_s_formula(check):
    a = Relu()
    check(identity(*map(a.quantised, (a.product, a.stated())), f"E[z z_Q] over z, z_Q > 0; {IN_SYMBOLS}"))


# G.3 Radial component


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


@claim(
    "G.projection",
    at="Appendix G.3",
    kind="step",
    says="⟨δa, â⟩ → (S − ½)√(2m/n), for every aspect ratio",
    tex=r"\langle\delta a,\hat{a}\rangle\to\left(S-\frac12\right)\sqrt{\frac{2m}{n}}",
    note="Section 8.4 prints the value at m = n as if it were general.",
    rests_on=["G.projection_energy", "G.activation_norm"],
)
def test_projection(check):
    import sympy

    a, (m, n) = Relu(), symbols("m n", positive=True)
    found = m / n * a.moments.projection / sympy.sqrt(m / n * a.moments.original)
    stated = (a.stated() - Fraction(1, 2)) * sympy.sqrt(2 * m / n)
    check(identity(*map(a.quantised, (found, stated)), f"Σ aδa/‖a‖ over m neurons; {IN_SYMBOLS}"))


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
)
def test_sign_threshold(check):
    def threshold():
        layer = quantised_layer()
        moments = relu_integrals(layer)
        return layer.deviation * moments.original / moments.cross

    method = "where E[a a_Q], which is proportional to σ₂, reaches E a²"
    check(printed("1.21"), ball(threshold, f"{method}; {QUADRANTS}"))


# G.4 Assembly


@claim(
    "G.assembly_formula",
    at="Equation (38)",
    also_at=["Equation (21)", "Appendix G.4"],
    kind="step",
    says="𝓡_post = 2(S − ½)²/(½ + 1/π − 2S), with S the closed form (36), is cos² of the angle between a and δa",
    tex=r"\frac{2(S-\frac12)^2}{\frac12+\frac1\pi-2S}",
    rests_on=["G.energy_formula", "G.projection"],
)
def test_assembly_formula(check):
    a = Relu()
    found = a.moments.projection**2 / a.moments.original, a.moments.energy
    stated = 2 * (a.stated() - Fraction(1, 2)) ** 2, energy_by_constants(a)
    method = f"(E aδa)²/E a² against the numerator, E δa² against the denominator; {IN_SYMBOLS}"
    check(identity(*(list(map(a.quantised, side)) for side in (found, stated)), method))


@claim(
    "G.assembly_numerator",
    at="Appendix G.4",
    also_at=["Equation (38)"],
    kind="number",
    says="The numerator 2(S − ½)² is about 0.0583",
    tex=r"2\left(S-\frac12\right)^2\approx 0.0583",
    rests_on=["G.projection_energy"],
)
def test_assembly_numerator(check):
    check(printed("0.0583"), by_integrals(lambda moments: 2 * moments.projection**2))


@claim(
    "G.assembly_quotient",
    at="Appendix G.4",
    also_at=["Equation (38)"],
    kind="number",
    says="0.0583/0.1597 ≈ 0.365",
    tex=r"\frac{0.0583}{0.1597}\approx 0.365",
)
def test_assembly_quotient(check):
    half = Fraction(1, 20000)
    numerator, denominator = Fraction("0.0583"), Fraction("0.1597")
    quotient = Interval((numerator - half) / (denominator + half), (numerator + half) / (denominator - half))
    check(printed("0.365"), arithmetic(quotient, "both printed numbers anywhere in their rounding intervals"))


def aspect_ratio_cancels():
    m, n = symbols("m n", positive=True)
    moments = Relu().moments
    norm_squared, projection, energy = (m / n * each for each in (moments.original, moments.projection, moments.energy))
    found = projection**2 / norm_squared / energy
    return [identity(found, moments.radial_fraction(), f"⟨δa, â⟩²/‖δa‖² for any m and n; {IN_SYMBOLS}", "cancels")]


ASPECT_RATIO = {
    "m/n cancels": aspect_ratio_cancels,
    "0.365": lambda: (printed("0.365"), by_integrals(Moments.radial_fraction)),
}


@claim(
    "G.aspect_ratio",
    at="Appendix G.4",
    also_at=["Appendix G.3"],
    kind="step",
    says="The factor m/n cancels: the radial fraction is 0.365 whatever the aspect ratio",
    rests_on=["G.projection"],
)
@pytest.mark.parametrize("step", ASPECT_RATIO.values(), ids=ASPECT_RATIO)
def test_aspect_ratio(check, step):
    check(*step())


# G.5 Gate-flip analysis


@claim(
    "G.arcsine_law",
    at="Appendix G.5",
    also_at=["Section 8.4"],
    kind="step",
    says="The arcsine law: a normal pair of correlation ρ has opposite signs with probability arccos(ρ)/π",
    tex=r"P_{\mathrm{flip}}=\frac{1}{\pi}\arccos\rho",
)
def test_arcsine_law(check):
    import sympy

    phi = symbols("phi")
    opposite = moment(0, 0, 1, -1) + moment(0, 0, -1, 1)
    check(identity(opposite, phi / sympy.pi, f"the two quadrants of opposite signs, ρ = cos φ; {IN_SYMBOLS}"))


def opposite_signs(correlation):
    """Pr(X and Y differ in sign), by integrating the conditional probability over X."""
    return 2 * orthant_moment(0, 0, -correlation, 0, 0)


def correlation_at_any_scale():
    scale, covariance, deviation = symbols("c sigma_12 sigma_2", positive=True)
    found = scale * covariance / (scale * deviation)
    return [identity(found, covariance / deviation, "correlation of z and c·z_Q for any c > 0", "no σ enters")]


SCALE_INVARIANCE = {
    "any scale": correlation_at_any_scale,
    "20.6%": lambda: (
        printed("20.6%"),
        ball(lambda: opposite_signs(quantised_layer().angle.cos()), "integral of the conditional probability over z"),
    ),
}


@claim(
    "G.scale_invariance",
    at="Appendix G.5",
    kind="step",
    says="The gate-flip probability arccos(√(2/π))/π ≈ 20.6% depends on ρ alone, not on σ₁ and σ₂",
    tex=r"P_{\mathrm{flip}}=\frac{\phi}{\pi}\approx 20.6\%",
)
@pytest.mark.parametrize("step", SCALE_INVARIANCE.values(), ids=SCALE_INVARIANCE)
def test_scale_invariance(check, step):
    check(*step())


@claim(
    "G.preserved_rate",
    at="Appendix G.5",
    kind="number",
    says="About 79.4% of the gates are preserved",
)
def test_preserved_rate(check):
    method = "2 Pr(z > 0, z_Q > 0), integral of the conditional probability over z"
    check(printed("79.4%"), ball(lambda: opposite_signs(-quantised_layer().angle.cos()), method))


def own_fraction(group, _, __):
    return group.radial_fraction()


def fraction_of_the_whole(group, original, _):
    return group.projection**2 / (original * group.energy)


def fraction_per_neuron(group, original, share):
    return fraction_of_the_whole(group, original, share) / share


PRIMARY_FRACTION = "conditional expectations given the gates throughout"
GROUP_FRACTIONS = {
    PRIMARY_FRACTION: own_fraction,
    "the group's part of δa against the whole of a": fraction_of_the_whole,
    "conditional means of aδa and δa² against the mean of a²": fraction_per_neuron,
}


def of_the_groups(quantity, fraction):
    """Evidence: a quantity of the gates' preserved and flipped groups, each given as (its share of the gates, 𝓡)."""

    def found():
        layer = quantised_layer()
        gates, whole, flips = gate_integrals(layer), relu_integrals(layer).original, layer.angle / BALL.pi
        groups = (1 - flips, gates.on_on), (flips, gates.flipped)
        return quantity(*((share, fraction(group, whole, share)) for share, group in groups))

    return ball(found, QUADRANTS)


def excess(group):
    """𝓡 − (1 − 2/π) of a group."""
    _, fraction = group
    return fraction - (1 - 2 / BALL.pi)


def deviation(group):
    """What a group adds to the deviation of the mean."""
    return group[0] * excess(group)


@claim(
    "G.conjecture.smooth",
    at="Appendix G.5",
    kind="step",
    says="Conjectured: the radial fraction of gate-preserved neurons exceeds 1 − 2/π",
    tex=r"\mathcal{R}_{\mathrm{smooth}}>1-\frac{2}{\pi}",
    note="0.377 with conditional expectations given the gates, which the appendix asks for. As the radial fraction of "
    "the gate-preserved part of δa along the whole of a it is 0.357, below 0.363.",
    primary=PRIMARY_FRACTION,
    instead="G.decomposition",
)
@readings("fraction", GROUP_FRACTIONS)
def test_conjecture_smooth(check, fraction):
    found = of_the_groups(lambda preserved, _: excess(preserved), fraction)
    check(more_than("0", "𝓡_smooth − (1 − 2/π)"), found)


@claim(
    "G.conjecture.flip",
    at="Appendix G.5",
    kind="step",
    says="Conjectured: the radial fraction of gate-flipped neurons is below 1 − 2/π",
    tex=r"\mathcal{R}_{\mathrm{flip}}<1-\frac{2}{\pi}",
    note="With conditional expectations given the gates, which the appendix asks for, it is 0.611, because a closing "
    "gate removes exactly a. Measured along the whole of a it is below 0.363, as conjectured: 0.032, or 0.157 per "
    "neuron. Confirmed by the closed forms of the quadrant moments.",
    primary=PRIMARY_FRACTION,
    rests_on=["G.purely_transverse"],
    instead="G.decomposition",
)
@readings("fraction", GROUP_FRACTIONS)
def test_conjecture_flip(check, fraction):
    found = of_the_groups(lambda _, flipped: excess(flipped), fraction)
    check(less_than("0", "𝓡_flip − (1 − 2/π)"), found)


@claim(
    "G.conjecture.average",
    at="Appendix G.5",
    also_at=["Table 14"],
    kind="number",
    says="Conjectured: 0.794·𝓡_smooth + 0.206·𝓡_flip ≈ 0.365",
    tex=r"0.794\,\mathcal{R}_{\mathrm{smooth}}+0.206\,\mathcal{R}_{\mathrm{flip}}\approx 0.365",
    note="0.426, 0.290 or 0.390, by the definition of a group's radial fraction: it fails under each, and under none "
    "do all three parts of the conjecture hold, which settles open problem O7b in the negative. Squared cosines "
    "do not average; the signed cosine adds up. Confirmed by the closed forms of the quadrant moments.",
    primary=PRIMARY_FRACTION,
    instead="G.decomposition",
    rests_on=["G.conjecture.smooth", "G.conjecture.flip"],
)
@readings("fraction", GROUP_FRACTIONS)
def test_conjecture_average(check, fraction):
    def average(*groups):
        return sum(share * radial for share, radial in groups)

    check(printed("0.365"), of_the_groups(average, fraction))


CLOSED_FORMS = [
    ("own activations", "preserved", "0.377"),
    ("own activations", "flipped", "0.611"),
    ("own activations", "mean by number", "0.426"),
    ("all activations", "preserved", "0.357"),
    ("all activations", "flipped", "0.032"),
    ("all activations", "mean by number", "0.290"),
]
QUANTITIES = {
    "preserved": attrgetter("preserved"),
    "flipped": attrgetter("flipped"),
    "mean by number": attrgetter("weighted"),
}


@claim(
    "G.conjecture.values",
    at="Appendix G.5",
    kind="extension",
    says="The radial fractions of the gate-preserved and the gate-flipped neurons are 0.377 and 0.611 along the "
    "group's own activations, and 0.357 and 0.032 along all activations: the closed forms, as a second route",
    rests_on=["G.joint_limit"],
)
@pytest.mark.parametrize(
    ("own", "quantity", "stated"),
    [
        pytest.param(along == "own activations", QUANTITIES[group], stated, id=f"{along}-{group}-{stated}")
        for along, group, stated in CLOSED_FORMS
    ],
)
def test_conjecture_values(check, own, quantity, stated):
    method = "closed forms of the quadrant moments, no integration"
    check(
        printed(stated),
        ball(lambda: quantity(radial_split(sign_quantised_pair(BALL), BALL, own_activation=own)), method),
    )


@claim(
    "G.cancellation",
    at="Appendix G.5",
    kind="wording",
    says="The deviations of gate-preserved and gate-flipped contributions from 1 − 2/π approximately cancel",
    note="In no reading do they: under two definitions both deviations have one sign, under the third a quarter of "
    "their total size remains; the closed forms (G.conjecture.values) agree. The near-equality has another cause, a "
    "correction that enters squared.",
    primary=PRIMARY_FRACTION,
    instead="8.postrelu.excess_formula",
)
@readings("fraction", GROUP_FRACTIONS)
def test_cancellation(check, fraction):
    def left_over(*groups):
        return sum(map(deviation, groups)) / sum(abs(deviation(group)) for group in groups)

    check(cancels("their sum over the sum of their sizes"), of_the_groups(left_over, fraction))


def gates_of_the_layer(quantity):
    """Evidence: a quantity of the moments by gate event."""
    return ball(lambda: quantity(gate_integrals(quantised_layer())), QUADRANTS)


@claim(
    "G.same_sign",
    at="Appendix G.5",
    kind="extension",
    says="Both groups' contributions to E[aδa] are negative: the radial projections add and nothing cancels",
)
@pytest.mark.parametrize(
    ("group", "stated"),
    [
        pytest.param(attrgetter("on_on"), "-0.1443", id="preserved--0.1443"),
        pytest.param(attrgetter("flipped"), "-0.0264", id="flipped--0.0264"),
    ],
)
def test_same_sign(check, group, stated):
    check(printed(stated), gates_of_the_layer(lambda gates: group(gates).projection))


def radial_share(group):
    """The share of a group's energy that lies along all of a."""
    return gates_of_the_layer(
        lambda gates: fraction_of_the_whole(group(gates), (gates.on_on + gates.flipped).original, None)
    )


FLIPS = {"opening": attrgetter("off_on"), "closing": attrgetter("on_off"), "both": attrgetter("flipped")}


@claim(
    "G.purely_transverse",
    at="Appendix G.5",
    kind="wording",
    says="Gate flips inject purely transverse energy",
    note="Only opening gates do. A closing gate has δa = −a; 3.2% of the flips' energy is radial, and the flips carry "
    "15% of the radial projection. Confirmed by the closed forms (G.conjecture.values).",
    instead="G.conjecture.values",
)
@pytest.mark.parametrize("flips", FLIPS.values(), ids=FLIPS)
def test_purely_transverse(check, flips):
    check(exactly(0, "radial fraction 0"), radial_share(flips))


@claim(
    "G.rescaling",
    at="Appendix G.5",
    kind="extension",
    says="On gate-preserved neurons the perturbation is no common rescaling of the activations: 37.7% of its energy is "
    "parallel to them",
)
def test_rescaling(check):
    check(printed("37.7%"), gates_of_the_layer(lambda gates: gates.on_on.radial_fraction()))


def signed_cosine(group, gates):
    """cos∠(the group's part of δa, all of a)."""
    return group.projection / ((gates.on_on + gates.flipped).original * group.energy).sqrt()


def energy_share(group, gates):
    return group.energy / (gates.on_on + gates.flipped).energy


def sum_of_the_parts(gates):
    groups = gates.on_on, gates.flipped
    return sum(energy_share(group, gates) ** ROOT * signed_cosine(group, gates) for group in groups)


ROOT = Fraction(1, 2)  # as an exponent
PARTS = {
    "energy share, flipped-27.1%": (lambda gates: energy_share(gates.flipped, gates), "27.1%"),
    "cosine, preserved--0.598": (lambda gates: signed_cosine(gates.on_on, gates), "-0.598"),
    "cosine, flipped--0.180": (lambda gates: signed_cosine(gates.flipped, gates), "-0.180"),
    "sum--0.604": (sum_of_the_parts, "-0.604"),
}


@claim(
    "G.decomposition",
    at="Appendix G.5",
    also_at=["Table 14"],
    kind="extension",
    says="Open problem O7b: with energy shares e the signed cosine, not its square, adds up exactly, "
    "cos∠(a, δa) = √e_smooth·c_smooth + √e_flip·c_flip; the parts and their sum",
    tex=r"-\sqrt{\mathcal{R}_{\mathrm{post}}}=\sqrt{e_{\mathrm{s}}}\,c_{\mathrm{s}}+\sqrt{e_{\mathrm{f}}}\,c_{\mathrm{f}}",
)
@pytest.mark.parametrize(("quantity", "stated"), PARTS.values(), ids=PARTS)
def test_decomposition(check, quantity, stated):
    check(printed(stated), gates_of_the_layer(quantity))


@claim(
    "G.decomposition_identity",
    at="Appendix G.5",
    kind="extension",
    says="That sum equals the post-ReLU radial cosine",
    rests_on=["G.decomposition"],
)
def test_decomposition_identity(check):
    import sympy

    original, *energies = symbols("A2 D2_s D2_f", positive=True)  # E a², and E δa² over the two groups
    projections = symbols("AD_s AD_f", real=True)  # E aδa over the two groups
    whole = Moments(original, sum(projections), sum(energies))
    parts = [
        sympy.sqrt(energy / whole.energy) * projection / sympy.sqrt(original * energy)
        for projection, energy in zip(projections, energies, strict=True)
    ]
    stated = whole.projection / sympy.sqrt(whole.original * whole.energy)
    check(identity(sum(parts), stated, "for any moments of the groups, which add up to those of all neurons"))
