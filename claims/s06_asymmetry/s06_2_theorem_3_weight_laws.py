"""Section 6.2, Theorem 3 for other weight laws: the constant from the alignment alone, and which laws maximise it."""

from itertools import product

import pytest
from verdicts import agrees, at_least, claim, identity, proof

from claims.s06_asymmetry.transverse_ratios import EXACT_COEFFICIENTS, exact_moments
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.exact_series import exact_value
from theorems.arithmetic.polynomials import minimum_on_box
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas.asymmetry import transverse_ratio
from theorems.integrals.exact_moments import exact_quadrant_moment
from theorems.moments import Moments
from theorems.weight_laws import GAUSSIAN, LAPLACE, LOGISTIC, UNIFORM, nakagami, pareto

GIVEN_VARIANCE = "symmetric laws of finite variance; X′ = X + 2√p·G, Corr(X, G) = a = E|w|/√E[w²]"


def symbols(names):
    import sympy

    return sympy.symbols(names, positive=True)


# The constant


def transverse_energy():
    """4p(1 − a²) less terms in the boundary energy B: by E XX′ and E X′² of the law, and E|XX′| = E XX′ + 2B."""
    s, a, boundary = indeterminates("s,a,B")
    cross, square = 1 + 2 * s * a, 1 + 4 * s * a + 4 * s**2
    product = (cross + cross + 2 * boundary) / 4  # E ReLU X ReLU X′, by X, X′ → −X, −X′
    moments = Moments(s**0 / 2, product - s**0 / 2, (1 + square) / 2 - 2 * product)
    return moments.transverse_energy(), 4 * s**2 * (1 - a**2) - boundary * (2 + 4 * s * a + boundary)


def boundary_energy():
    """B = E(XX′)₋ = σ(sin θ − θ cos θ)/π = (r − θk)/π where X′ = kX + rN: by integrals over two quadrants."""
    import sympy

    theta, sigma = sympy.Symbol("theta"), symbols("sigma")
    opposite = -sigma * (exact_quadrant_moment(1, 1, 1, -1) + exact_quadrant_moment(1, 1, -1, 1))
    return opposite, sigma * (sympy.sin(theta) - theta * sympy.cos(theta)) / sympy.pi


def boundary_order():
    """With u = tan θ = r/k the boundary energy is k(u − arctan u)/π, and d/du(u³/3 − u + arctan u) = u⁴/(1 + u²)."""
    import sympy

    u = symbols("u")
    return (u**3 / 3 - u + sympy.atan(u)).diff(u), u**4 / (1 + u**2)


@claim(
    "6.laws.constant",
    at="Theorem 3",
    also_at=["Section 2.4", "Section 10.3"],
    kind="extension",
    says="For i.i.d. symmetric weights of any law with finite variance the magnitude model's transverse energy is "
    "4p(1 − a²) + O(p^(3/2)), a² = (E|w|)²/E[w²], and that of sign flips 4p + O(p^(3/2)): the constant is 1/(1 − a²)",
    tex=r"c(0)=\frac{1}{1-a^2},\quad a^2=\frac{(\mathbb{E}|w|)^2}{\mathbb{E}[w^2]}",
    rests_on=["6.theorem3", "10.3.every_input"],
    note="0 ≤ B ≤ r³/(3πk²) ≤ 8p^(3/2)/(3π) as k = 1 + 2a√p ≥ 1 and r = 2√p·√(1 − a²): at every a the boundary energy "
    "is of order p^(3/2). Lindeberg's theorem gives the normal limit for delocalised inputs.",
)
@pytest.mark.parametrize(
    "sides",
    [transverse_energy, boundary_energy, boundary_order],
    ids=["magnitude energy", "boundary energy", "its order"],
)
def test_constant_of_every_law(check, sides):
    check(identity(*sides(), f"{sides.__doc__} {GIVEN_VARIANCE}"))


@claim(
    "6.laws.sign_flips",
    at="Theorem 3",
    kind="extension",
    says="The transverse energy of sign flips is 4p to leading order for every such law: it depends on Corr = 1 − 2p "
    "alone",
    tex=r"\left(1-\mathcal{R}^{\mathrm{sign}}\right)\frac{\mathbb{E}(\Delta a)^2}{\mathbb{E}a^2}=4p+O(p^{3/2})",
    rests_on=["A.step3.variance"],
)
def test_sign_flips_of_every_law(check):
    energy = exact_moments()[0].transverse_energy()
    check(identity(exact_value(energy[2]), 4, EXACT_COEFFICIENTS, "= 4"))


LAWS = [GAUSSIAN, LAPLACE, UNIFORM, LOGISTIC, nakagami("3"), pareto("5/2")]


def alignment_squared(law):
    return law.absolute_moment(1, BALL) ** 2 / law.absolute_moment(2, BALL)


@claim(
    "6.laws.constant.examples",
    at="Theorem 3",
    kind="extension",
    says="At p = 10⁻²⁰ the ratio of six laws is 1/(1 − a²) to nine digits",
    tex=r"c(10^{-20})\approx\frac{1}{1-a^2}",
    rests_on=["6.laws.constant"],
)
def test_constant_of_examples(check):
    def ratio(law):
        return transverse_ratio(BALL.number("1e-10"), BALL, alignment_squared(law).sqrt())

    def constant(law):
        return 1 / (1 - alignment_squared(law))

    check(agrees(ratio, constant, LAWS, 9, "Gaussian, Laplace, uniform, logistic, Nakagami 3 and Pareto 5/2 weights"))


# Which laws have large and small constants


@claim(
    "6.laws.variation",
    at="Theorem 3",
    kind="extension",
    says="The constant is 1 + (E|w|)²/Var|w|: above 1 for every law, the larger the less magnitudes vary, and without "
    "bound only where |w| is constant, as for ±1",
    tex=r"c(0)=1+\frac{(\mathbb{E}|w|)^2}{\mathrm{Var}\,|w|}",
    rests_on=["6.laws.constant"],
)
def test_constant_by_variation(check):
    mean, variance = symbols("mean variance")
    alignment = mean**2 / (mean**2 + variance)
    check(identity(1 / (1 - alignment), 1 + mean**2 / variance, "E[w²] = (E|w|)² + Var|w|, exact algebra"))


@claim(
    "6.laws.cauchy_schwarz",
    at="Theorem 3",
    kind="extension",
    says="No law exceeds a² = 1, and only |w| of one value meets it: E|w|·E|w| ≤ E[w²] for every finite law, with the "
    "difference Σp_jp_k(|w_j| − |w_k|)²/2",
    tex=r"\mathbb{E}[w^2]-(\mathbb{E}|w|)^2=\tfrac12\sum_{j,k}p_jp_k(|w_j|-|w_k|)^2\geq0",
)
def test_cauchy_schwarz(check):
    symbols = indeterminates("p,q,r,u,v,w")
    chances, sizes = symbols[:3], symbols[3:]
    law = list(zip(chances, sizes, strict=True))
    total, first, second = (sum(chance * size**k for chance, size in law) for k in range(3))
    apart = sum(c * d * (u - v) ** 2 for (c, u), (d, v) in product(law, repeat=2)) / 2
    method = "three values in symbols, as no term has more than two; chances p_j of any sum"
    check(identity(total * second - first**2, apart, method))


@claim(
    "6.laws.every_value",
    at="Theorem 3",
    kind="extension",
    says="Every number above 1 is the constant of some law of finite variance: c of the Pareto law with index 1 + √c",
    tex=r"\Pr(|w|>t)=t^{-(1+\sqrt{c})}\ \Rightarrow\ c(0)=c",
    rests_on=["6.laws.constant"],
    note="The index is above 2, as a finite variance asks.",
)
def test_every_value(check):
    import sympy

    root, t = symbols("root t")
    index = 1 + root

    def moment(order):  # the antiderivative of t^order times the density, at infinity less at 1
        antiderivative = index * t ** (order - index) / (order - index)
        assert sympy.expand(antiderivative.diff(t) - t**order * index * t ** (-index - 1)) == 0
        return -antiderivative.subs(t, 1)

    alignment = moment(1) ** 2 / moment(2)
    check(identity(1 / (1 - alignment), root**2, "moments of the Pareto law by their antiderivatives, index 1 + √c"))


def product_alignment():
    """E|UV|ᵏ = E|U|ᵏ E|V|ᵏ for independent factors."""
    u1, u2, v1, v2 = symbols("u1 u2 v1 v2")
    return (u1 * v1) ** 2 / (u2 * v2), (u1**2 / u2) * (v1**2 / v2)


@claim(
    "6.laws.products",
    at="Theorem 3",
    kind="extension",
    says="The alignments a² of independent factors multiply: a law that is a Gaussian times a random scale has a² ≤ "
    "2/π, and a unimodal one, which is a uniform times a random scale (Khinchine), a² ≤ 3/4",
    tex=r"a^2(gs)=a^2(g)\,a^2(s)",
    rests_on=["6.laws.cauchy_schwarz"],
)
def test_products(check):
    check(identity(*product_alignment(), product_alignment.__doc__))


@claim(
    "6.laws.largest",
    at="Theorem 3",
    also_at=["Section 10.3", "Section 9.2"],
    kind="extension",
    says="Among all scale mixtures of Gaussians (Laplace, logistic, Student t …) Gaussian weights have the largest "
    "constant, π/(π − 2); among all unimodal laws uniform ones have, 4",
    tex=r"c_{\mathrm{mixture}}(0)\leq\frac{\pi}{\pi-2},\quad c_{\mathrm{unimodal}}(0)\leq4",
    rests_on=["6.laws.products", "6.laws.constant"],
    note="So heavy tails lower the constant, as the alignments printed for trained models do.",
)
def test_largest_constant(check):
    own, scale = symbols("own scale")  # a² of the family's own law, and of the random scale
    margin = minimum_on_box((1 - own * scale) - (1 - own), {own: (0, 1), scale: (0, 1)})
    method = "1/c of the mixture less 1/c of the family's own law, a² = own·scale with 0 ≤ own, scale ≤ 1"
    check(at_least("0", "no larger constant"), proof(margin, f"{method}, by Bernstein coefficients"))


@claim(
    "6.laws.largest.examples",
    at="Theorem 3",
    kind="extension",
    says="Laplace weights are Gaussians times √(2·Exp): 2/π times the scale's π/4 is their a² = 1/2",
    tex=r"\frac{2}{\pi}\cdot\frac{\pi}{4}=\frac12",
    rests_on=["6.laws.products"],
)
def test_laplace_is_a_mixture(check):
    def of_factors(_):
        scale = BALL.gamma(BALL.number("1.5")) ** 2  # (E√Exp)²/E Exp
        return alignment_squared(GAUSSIAN) * scale

    check(agrees(of_factors, alignment_squared, [LAPLACE], 12, "product of the factors' alignments"))
