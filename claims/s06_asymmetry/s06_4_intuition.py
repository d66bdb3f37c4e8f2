"""Section 6.4: intuition, how the constant comes about."""

from fractions import Fraction
from itertools import pairwise, product

import pytest
from verdicts import ball, claim, exactly, identity, more_than, printed, proof, reading, readings

from claims.s06_asymmetry.transverse_ratios import (
    EXACT_COEFFICIENTS,
    INTEGRALS,
    TAYLOR,
    coefficient,
    exact_moments,
    magnitude_transverse_fraction,
    root,
    sign_radial_fraction,
)
from theorems.arithmetic.contexts import BALL, SERIES
from theorems.arithmetic.exact_series import EXACT, LAMBDA, exact_value
from theorems.arithmetic.expansions import expand, range_over
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas.asymmetry import (
    linear_transverse_ratio,
    magnitude_pair,
    magnitude_radial_fraction,
    sign_pair,
    transverse_ratio,
)
from theorems.formulas.normal_pairs import linear_moments
from theorems.formulas.spherical import flip_radial_fraction, sign_preserving_radial_fraction
from theorems.integrals.exact_moments import exact_quadrant_moment
from theorems.integrals.perturbed_neuron import integrated_moments, sign_flip_covariance, sign_preserving_covariance
from theorems.moments import Moments


@claim(
    "6.intuition.alignment",
    at="Section 6.4",
    says="The correlation √(2/π) comes from the sign-preserving perturbation, not from ReLU: the linear layer has it",
    tex=r"\mathrm{Corr}(z,\Delta z)=\sqrt{2/\pi}",
)
def test_alignment_without_relu(check):
    fraction = linear_moments(magnitude_pair(EXACT.variable(), EXACT), EXACT).radial_fraction()
    check(identity(fraction, 2 / EXACT.pi, f"linear layer: {EXACT_COEFFICIENTS}", "𝓡 = 2/π to every order computed"))


def excess_in_the_limit():
    fraction = 1 - magnitude_transverse_fraction()
    return proof(coefficient(fraction - 2 / EXACT.pi, 0), EXACT_COEFFICIENTS)


def excess_at(p):
    return lambda: ball(lambda: magnitude_radial_fraction(root(p), BALL) - 2 / BALL.pi, "closed form of 𝓡_mag(p)")


@claim(
    "6.intuition.propagation",
    at="Section 6.4",
    says="ReLU propagates the alignment faithfully: after it the radial fraction is 2/π",
    tex=r"\mathcal{R}^{\mathrm{mag}}\to 2/\pi",
    primary="as p → 0",
    rests_on=["A.lemmaA1"],
    note="At fixed p ReLU changes the radial fraction, from 2/π at every p to 0.642 at p = 0.01 and 0.651 at p = 0.1.",
)
@pytest.mark.parametrize(
    "excess",
    [
        pytest.param(excess_in_the_limit, id="as p → 0-None", marks=reading("as p → 0")),
        pytest.param(excess_at("0.01"), id="at fixed p-0.01", marks=reading("at fixed p")),
        pytest.param(excess_at("0.10"), id="at fixed p-0.10", marks=reading("at fixed p")),
    ],
)
def test_propagation(check, excess):
    check(exactly(0, "𝓡_mag − 2/π = 0"), excess())


@claim(
    "6.intuition.sign_fraction",
    at="Section 6.4",
    also_at=["Table 1"],
    says="After ReLU sign flips have a radial fraction that tends to p",
    tex=r"\mathcal{R}^{\mathrm{sign}}\to p",
    note="ReLU does not give it: the linear layer has exactly p.",
)
@pytest.mark.parametrize(
    "fraction",
    [
        sign_radial_fraction,
        lambda: linear_moments(sign_pair(EXACT.variable(), EXACT), EXACT).radial_fraction(),
    ],
    ids=["with ReLU", "linear"],
)
def test_sign_fraction(check, fraction):
    ratio = fraction() / EXACT.variable() ** 2
    check(exactly(1, "𝓡_sign/p → 1"), proof(coefficient(ratio, 0), EXACT_COEFFICIENTS))


def transverse_energies():
    def ratio():
        m, p = 10**9, BALL.number("0.01")
        flipped = 1 - flip_radial_fraction(p, m, Fraction(1, m), BALL)
        return flipped / (1 - sign_preserving_radial_fraction(m, BALL))

    return ball(ratio, "exact radial fractions of one linear layer at p = 0.01, m = 10⁹")


def total_energies():
    sign, magnitude = (linear_moments(pair(EXACT.variable(), EXACT), EXACT) for pair in (sign_pair, magnitude_pair))
    return proof(coefficient(sign.energy / magnitude.energy, 0), EXACT_COEFFICIENTS)


@claim(
    "6.intuition.linear",
    at="Section 6.4",
    also_at=["Section 5.2", "Abstract", "Section 8.5", "Review"],
    says="ReLU creates the asymmetry: without it (linear activation) none exists, and a single linear layer cannot "
    "explain it",
    tex=r"c_{\mathrm{linear}}(p)=1",
    primary="transverse energy, as in c(p)",
    rests_on=["5.proposition1", "6.theorem3.closed_form"],
    note="Proposition 1 is about the total energy, whose ratio tends to 1 with ReLU too. The transverse energies of a "
    "linear layer under the same two perturbations have the ratio (1 − p)π/(π − 2), which is larger than with ReLU; "
    "against sign quantisation of equal norm flips have 1.43 times as much. The radial fractions of one layer at "
    "finite m, from sphere moments, give the same.",
    instead="6.intuition.linear_exact",
)
@readings("ratio", {"transverse energy, as in c(p)": transverse_energies, "total energy": total_energies})
def test_no_asymmetry_without_relu(check, ratio):
    check(exactly(1, "ratio 1"), ratio())


def linear_formula():
    s = EXACT.variable()
    sign, magnitude = (linear_moments(pair(s, EXACT), EXACT) for pair in (sign_pair, magnitude_pair))
    left = EXACT.number(LAMBDA) ** 2 * sign.transverse_energy()
    method = f"both sides are polynomials in √p of degree at most 6; {EXACT_COEFFICIENTS}"
    return [identity(left, (1 - s**2) * magnitude.transverse_energy(), method, "(1 − 2/π) sign = (1 − p) magnitude")]


EDGES = [BALL.number(edge) for edge in ("0.03", "0.05", "0.1", "0.2", "0.4", "0.5", "0.6", "0.70711")]  # of √p


def above_relu():
    def over_relu(s):
        return linear_transverse_ratio(s, SERIES) / transverse_ratio(s, SERIES)

    def excess_per_root():
        found = expand(over_relu, 1, EDGES[0]).remainder
        for start, stop in pairwise(EDGES):
            found = found.union(range_over(lambda s: (over_relu(s) - 1) / s, start, stop, 64, 3))
        return found

    return more_than("0", "linear over ReLU, less 1, over √p"), ball(excess_per_root, TAYLOR)


@claim(
    "6.intuition.linear_exact",
    at="Section 6.4",
    kind="extension",
    says="Without ReLU c(p) = (1 − p)π/(π − 2): the same constant as with it, and more of it at every p > 0",
    tex=r"c_{\mathrm{linear}}(p)=\frac{(1-p)\pi}{\pi-2}",
)
@pytest.mark.parametrize("step", [linear_formula, above_relu], ids=["formula", "every p"])
def test_linear_ratio(check, step):
    check(*step())


def product_by_quadrants():
    """E φ(X)φ(X′) for standard normal X, X′, from E X₊X′₊ and E(X₊X′₋ + X₋X′₊): symbolic polar integrals."""
    import sympy

    slopes = {1: 1, -1: sympy.Symbol("nu")}
    quadrants = {signs: exact_quadrant_moment(1, 1, *signs) for signs in product((1, -1), repeat=2)}
    found = sum(slopes[sign] * slopes[other] * moment for (sign, other), moment in quadrants.items())
    opposite = -quadrants[1, -1] - quadrants[-1, 1]
    return found, (1 + slopes[-1] ** 2) * quadrants[1, 1] - slopes[-1] * opposite


def excess_over_relu():
    """Transverse energy less that of ReLU, from E X₊X′₊ = R, E(X₊X′₋ + X₋X′₊) = O and Var X′ = V: a multiple of O."""
    slope, both, opposite, variance = indeterminates("nu,R,O,V")
    size = (1 + slope**2) / 2  # E φ(X)²

    def transverse_energy(original, product):
        return Moments(original, product - original, original * (1 + variance) - 2 * product).transverse_energy()

    found = transverse_energy(size, 2 * size * both - slope * opposite) - transverse_energy(slope**0 / 2, both)
    return found, opposite * (4 * slope * both / size - slope**2 * opposite / size**2)


def order_of_opposite_signs():
    """O = 2R − E XX′ has no term below p^(3/2), ReLU's transverse energies 4p and 4p(1 − 2/π): power series in √p."""
    s, zero = EXACT.variable(), [0, 0, 0]
    sign, magnitude = (moments.transverse_energy() for moments in exact_moments())
    found = [
        2 * moments.cross - linear_moments(pair(s, EXACT), EXACT).cross
        for pair, moments in zip((sign_pair, magnitude_pair), exact_moments(), strict=True)
    ]
    found += [sign, magnitude / EXACT.number(LAMBDA) ** 2]
    return [exact_value(each[order]) for each in found for order in range(3)], zero + zero + [0, 0, 4] + [0, 0, 4]


@claim(
    "6.intuition.other_activations",
    at="Section 6.4",
    kind="extension",
    says="φ(z) = z for z > 0 and νz for z < 0 has the limit π/(π − 2) whatever the slope ν: |z| (ν = −1), leaky ReLU "
    "(0 < ν < 1), the linear layer (ν = 1); the constant is the perturbation's, not the activation's",
    tex=r"\varphi(z)=\max(z,0)+\nu\min(z,0)\ \Rightarrow\ c(0)=\frac{\pi}{\pi-2}",
    rests_on=["A.lemmaA1.moments", "6.theorem3.constant"],
    note="Both transverse energies are those of ReLU but for terms of order p^(3/2).",
)
@pytest.mark.parametrize(
    "sides",
    [product_by_quadrants, excess_over_relu, order_of_opposite_signs],
    ids=["product", "excess over ReLU", "its order"],
)
def test_every_slope(check, sides):
    check(identity(*sides(), sides.__doc__))


def transverse_share(moments):
    """What is left of ‖Δa‖² after the projection."""
    return 1 - moments.radial_fraction()


def arriving_share(moments):
    """RMSNorm's actual squared output difference over ‖Δa‖²/‖a‖²."""
    return moments.chord_energy(BALL) / moments.relative_energy()


def retained(covariance, share):
    """Evidence: a share of a perturbation's energy at p = 0.01."""
    return ball(lambda: share(integrated_moments(covariance("0.01"))), INTEGRALS)


@claim(
    "6.intuition.retained",
    at="Section 6.4",
    also_at=["Table 1"],
    kind="number",
    says="RMSNorm retains 1 − 2/π ≈ 36.3% of the magnitude perturbation's energy",
    tex=r"1-\frac{2}{\pi}\approx36.3\%",
    primary="first order, as p → 0",
    rests_on=["6.theorem3"],
    note="At p = 0.01 it is 35.8% of the energy to first order, and 26% in the actual difference of normalised "
    "outputs, since the perturbation also lengthens the vector.",
)
@readings(
    "share",
    {
        "first order, as p → 0": lambda: ball(
            lambda: coefficient(magnitude_transverse_fraction(), 0), EXACT_COEFFICIENTS
        ),
        "first order at p = 0.01": lambda: retained(sign_preserving_covariance, transverse_share),
        "actual output difference at p = 0.01": lambda: retained(sign_preserving_covariance, arriving_share),
    },
)
def test_retained_magnitude(check, share):
    check(printed("36.3%"), share())


@claim(
    "6.intuition.retained_sign",
    at="Section 6.4",
    also_at=["Table 1"],
    kind="number",
    says="RMSNorm retains 1 − p ≈ 99% of the sign perturbation's energy (small p)",
    tex=r"1-p\approx99\%",
    primary="first order at p = 0.01",
    rests_on=["6.theorem3"],
    note="The actual difference of normalised outputs retains all of it: sign flips do not change the length.",
)
@readings(
    "share",
    {"first order at p = 0.01": transverse_share, "actual output difference at p = 0.01": arriving_share},
)
def test_retained_sign(check, share):
    check(printed("99%"), retained(sign_flip_covariance, share))


@claim(
    "6.intuition.ratio",
    at="Section 6.4",
    says="The ratio of the retained shares is π/(π − 2)",
    tex=r"\frac{1-\mathcal{R}^{\mathrm{sign}}}{1-\mathcal{R}^{\mathrm{mag}}}\to\frac{\pi}{\pi-2}",
    rests_on=["6.theorem3.constant"],
)
def test_ratio_of_shares(check):
    shares = (1 - sign_radial_fraction()) / magnitude_transverse_fraction()
    as_ratio = exact_value((shares * (EXACT.pi - 2) / EXACT.pi)[0])
    check(identity(as_ratio, 1, f"over π/(π − 2); {EXACT_COEFFICIENTS}", "as p → 0"))
