"""Appendix A.2, Lemma A.1 and Step B4: Bussgang-ReLU correlation."""

from fractions import Fraction
from itertools import product
from math import prod

import pytest
from verdicts import at_least, ball, claim, identity, instances, printed, proof, readings

from claims.appendix_a_theorem3.expansions import (
    EXACT_COEFFICIENTS,
    INTEGRALS,
    at_least_order,
    boundary_probability,
    dot,
    gate_that_turns_off,
    nonnegative,
    order_of,
    totals,
    up_to,
    variable,
)
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.exact_series import EXACT, KAPPA, LAMBDA, leading_order
from theorems.arithmetic.rational_functions import indeterminates
from theorems.integrals.exact_moments import exact_magnitude_moment, gaussian_moment
from theorems.integrals.gaussian_integrals import quadrant_moment
from theorems.integrals.perturbed_neuron import integrated_moments, sign_preserving_covariance


def correlation():
    moments, s = totals()[1], variable()
    return moments.projection / s / EXACT.sqrt(moments.original * moments.energy / s**2)


def radial_fraction():
    return totals()[1].radial_fraction()


def kappa():
    """√(2/π)."""
    return EXACT.number(KAPPA)


def limit(quantity, stated):
    return [identity(up_to(0, quantity()), stated(), EXACT_COEFFICIENTS, "as p → 0")]


def rest(quantity, stated):
    return at_least_order(1), order_of(quantity() - stated())


LIMIT_AND_REST = {"limit": limit, "order of the rest": rest}


@claim(
    "A.lemmaA1",
    at="Lemma A.1",
    also_at=["Section 6.3", "Appendix A.2"],
    says="Corr(Δa, a) → √(2/π) + O(√p)",
    tex=r"\mathrm{Corr}(\Delta a_i,a_i)\to\sqrt{2/\pi}+O(\sqrt{p})",
    rests_on=["A.lemmaA1.moments", "A.lemmaA1.normal", "A.lemmaA1.integrability"],
)
@pytest.mark.parametrize("step", LIMIT_AND_REST.values(), ids=LIMIT_AND_REST)
def test_bussgang_relu(check, step):
    check(*step(correlation, kappa))


@claim(
    "A.lemmaA1.exact",
    at="Lemma A.1",
    kind="extension",
    says="Corr(Δa, a) = κ(1 + (2λ³/(3π))√p + O(p)) and 𝓡_mag = (2/π)(1 + (4λ³/(3π))√p + O(p)), κ = √(2/π), λ = √(1 − "
    "2/π)",
    tex=r"\mathcal{R}^{\mathrm{mag}}=\frac{2}{\pi}\left(1+\frac{4\lambda^3}{3\pi}\sqrt{p}+O(p)\right)",
)
@pytest.mark.parametrize(
    ("quantity", "main", "factor"),
    [
        pytest.param(correlation, kappa, 2, id="correlation"),
        pytest.param(radial_fraction, lambda: kappa() ** 2, 4, id="radial fraction"),
    ],
)
def test_exact_lemma(check, quantity, main, factor):
    stated = main() * (1 + factor * EXACT.number(LAMBDA) ** 3 / (3 * EXACT.pi) * variable())
    check(identity(up_to(1, quantity()), stated, EXACT_COEFFICIENTS, "to the order √p"))


@claim(
    "A.lemmaA1.value",
    at="Lemma A.1",
    kind="extension",
    says="𝓡_mag at the tested flip rates: 0.6421, 0.6441, 0.6477, 0.6511",
)
@pytest.mark.parametrize(
    ("p", "stated"), [("0.01", "0.6421"), ("0.02", "0.6441"), ("0.05", "0.6477"), ("0.10", "0.6511")]
)
def test_radial_fraction_values(check, p, stated):
    check(printed(stated), ball(lambda: integrated_moments(sign_preserving_covariance(p)).radial_fraction(), INTEGRALS))


def mean_magnitude():
    import sympy

    return exact_magnitude_moment(1), sympy.sqrt(2 / sympy.pi), "integral over the normal density"


def over_all_signs(n, term):
    """The mean of a term over the 2ⁿ signs of n weights, all equally likely given the magnitudes."""
    return sum(term(signs) for signs in product((-1, 1), repeat=n)) / 2**n


def covariance():
    """E zΔz = δ Σ x̂_j² E|w_j| = δE|w| for a unit vector: of all entries a term of the product has at most two."""
    *entries, first, second = indeterminates("x1,x2,r1,r2")
    size = first, second
    mean = over_all_signs(2, lambda signs: dot(signs, size, entries) * dot(signs, entries))
    stated = dot(size, entries, entries)
    return mean, stated, "mean of Σ w_j x̂_j · Σ sign(w_j) x̂_j over the signs of w, symbolic |w| and x̂"


BUSSGANG = {"E|w|": mean_magnitude, "Cov(z, Δz)/(δE|w|)": covariance}


@claim(
    "A.lemmaA1.moments",
    at="Appendix A.2",
    also_at=["Lemma A.1", "Remark 2"],
    says="Corr(z, Δz) = √(2/π) exactly, for every n",
    tex=r"\mathrm{Corr}(z_i,\Delta z_i)=\sqrt{2/\pi}",
)
@pytest.mark.parametrize("step", BUSSGANG.values(), ids=BUSSGANG)
def test_bussgang_moments(check, step):
    check(identity(*step()))


KAPPA_ENDS = ("0.7978", "0.7979")  # of √(2/π) = E|g|, E|g|³ = 2E|g|


def summand(a, b, kappa):
    """E Y² and E Y⁴ of Y = a|g| + b, the size of one summand of aZ + bΔZ."""
    square = a**2 + 2 * kappa * a * b + b**2
    fourth = 3 * a**4 + 8 * kappa * a**3 * b + 6 * a**2 * b**2 + 4 * kappa * a * b**3 + b**4
    return square, fourth


def along(direction):
    def margin(u, kappa):
        square, fourth = summand(*direction(u), kappa)
        return 5 * square**2 - fourth

    return margin


@claim(
    "A.lemmaA1.normal",
    at="Appendix A.2",
    says="(Z, ΔZ) tends to a bivariate normal pair under delocalization",
    tex=r"\frac{\sum_j\mathbb{E}(aZ_j+b\Delta Z_j)^4}{\big(\sum_j\mathbb{E}(aZ_j+b\Delta Z_j)^2\big)^2}"
    r"\leq5\sum_j\hat x_j^4\leq5\,\|\hat x\|_\infty^2",
    note="Lyapunov's condition in every direction (Cramér and Wold) and for every input; ΔZ in units of δ.",
)
@pytest.mark.parametrize(
    "direction", [lambda u: (1, u), lambda u: (u, 1)], ids=["aZ + bΔZ with |b| ≤ |a|", "with |a| ≤ |b|"]
)
def test_magnitude_pair_is_normal(check, direction):
    method = "5(E Y²)² − E Y⁴ for Y = a|g| + b, by the half normal moments 1, E|g|, 1, 2E|g|, 3"
    check(*nonnegative(along(direction), {"u": (-1, 1), "kappa": KAPPA_ENDS}, "a margin of at least 0", method))


@claim(
    "A.lemmaA1.half_space",
    at="Appendix A.2",
    says="E[z Δz 1{z > 0}] = Cov(z, Δz)/2",
    tex=r"\mathbb{E}[z_i\Delta z_i\mathbf{1}_{z_i>0}]=\tfrac12\mathrm{Cov}(z_i,\Delta z_i)",
    note="Exact at every n by the symmetry (z, Δz) = (−z, −Δz) in law; the CLT that the proof invokes is not needed.",
)
def test_half_space_product(check):
    import sympy

    z, change = sympy.Symbol("z", positive=True), sympy.Symbol("dz", real=True)
    opposite = [(z, change), (-z, -change)]
    half = sum(a * b for a, b in opposite if a.is_positive)
    covariance = sum(a * b for a, b in opposite)
    check(identity(half, covariance / 2, "for each pair of opposite values of (z, Δz), equally likely, z ≠ 0"))


def chance_of_the_boundary():
    return at_least_order(1), order_of(boundary_probability((1, -1)))


def product_on_the_boundary():
    """E[|z||Δz| 1_B] = −E[zΔz 1_B], as Δz < 0 < z on B."""
    return at_least_order(3), order_of(-gate_that_turns_off().projection)


BOUNDARY = {"Pr(B)": chance_of_the_boundary, "E[|z||Δz| 1_B]": product_on_the_boundary}


@claim(
    "A.lemmaA1.boundary",
    at="Appendix A.2",
    also_at=["Lemma A.1"],
    says="Pr(B) = O(√p) and E[|z||Δz| 1_B] = O(p^(3/2)/n), B the event that the gate turns off",
    tex=r"\Pr(\mathcal{B})=O(\sqrt{p}),\quad\mathbb{E}[|z||\Delta z|\mathbf{1}_{\mathcal{B}}]=O(p^{3/2}/n),"
    r"\quad\mathcal{B}=\{0<z<-\Delta z\}",
)
@pytest.mark.parametrize("step", BOUNDARY.values(), ids=BOUNDARY)
def test_boundary_terms(check, step):
    check(*step())


def leading_power():
    return proof(
        Fraction(leading_order(boundary_probability((1, -1))), 2), f"order of Pr(B) in p; {EXACT_COEFFICIENTS}"
    )


def measured_power():
    def chance(p):
        return quadrant_moment({(0, 0): 1}, sign_preserving_covariance(p).angle, 1, -1)

    def power(p):
        return (chance(p) / chance(Fraction(p) / 4)).log() / BALL.number(4).log()

    return instances(power, ["1e-4", "1e-8"], f"power of p between p and p/4; {INTEGRALS}")


BOUND = {"leading term": leading_power, "p = 10⁻⁴ and 10⁻⁸": measured_power}


@claim(
    "A.lemmaA1.flip_bound",
    at="Appendix A.2",
    says="The gate-flip energy is bounded by σ_n² Pr(B) = O(p^(3/2)/n)",
    tex=r"\sigma_n^2\Pr(\mathcal{B})=O(p^{3/2}/n)",
    note="σ_n² Pr(B) is (λ/π)√p/n to leading order, so O(√p/n): the bound loses a factor p, and would exceed the main "
    "term's correction. The energy itself is O(p^(3/2)/n), so the conclusion stands.",
    instead="A.step7.energy_exact",
)
@pytest.mark.parametrize("order", BOUND.values(), ids=BOUND)
def test_flip_bound(check, order):
    check(at_least("1.49", "order p^(3/2)"), order())


PROJECTION = {
    "main term": lambda found, main: [identity(up_to(1, found), main, EXACT_COEFFICIENTS)],
    "correction": lambda found, main: (at_least_order(3), order_of(found - main)),
    "relative correction": lambda found, main: (at_least_order(2), order_of(found / main - 1)),
}


@claim(
    "A.lemmaA1.projection",
    at="Appendix A.2",
    also_at=["Lemma A.1"],
    says="E[A ΔA] = Cov(z, Δz)/2 + O(p^(3/2)/n): a relative correction O(p)",
    tex=r"\mathbb{E}[A\,\Delta A]=\frac{\delta}{2\sqrt{n}}\sqrt{2/\pi}+O(p^{3/2}/n)",
)
@pytest.mark.parametrize("step", PROJECTION.values(), ids=PROJECTION)
def test_projection(check, step):
    projection, main = totals()[1].projection, kappa() * variable()
    check(*step(projection, main))


def dominates(of_energy, of_projection):
    margin = leading_order(of_projection) - leading_order(of_energy)
    words = "orders of √p by which the energy's correction exceeds the projection's"
    return at_least("1", words), proof(margin, EXACT_COEFFICIENTS)


ENERGY = {"order": lambda of_energy, _: (at_least_order(1), order_of(of_energy)), "dominates": dominates}


@claim(
    "A.lemmaA1.energy",
    at="Appendix A.2",
    also_at=["Lemma A.1"],
    says="E[(ΔA)²] = (δ²/2)(1 + O(√p)), and this dominates the residual",
    tex=r"\mathbb{E}[(\Delta A)^2]=\frac{\delta^2}{2}(1+O(\sqrt{p}))",
)
@pytest.mark.parametrize("step", ENERGY.values(), ids=ENERGY)
def test_lemma_energy(check, step):
    moments, s = totals()[1], variable()
    check(*step(moments.energy / (2 * s**2) - 1, moments.projection / (kappa() * s) - 1))


@claim(
    "A.lemmaA1.lipschitz",
    at="Appendix A.2",
    says="|A| ≤ |z| and |ΔA| ≤ |Δz|: what is left of |Δz| is 0 on a gate that stays on, |Δz| on one that stays off, "
    "|z′| on one that turns off and |z| on one that turns on",
    tex=r"|A|\leq|z|,\quad|\Delta A|\leq|\Delta z|",
)
def test_lipschitz(check):
    import sympy

    r, s = sympy.symbols("r s", positive=True)  # the sizes of z and z′
    rests = {(1, 1): (0, 0), (1, -1): (0, s), (-1, 1): (r, r), (-1, -1): (r, abs(r - s))}
    found = []
    for sign, new_sign in rests:
        z, moved = sign * r, new_sign * s
        a, a_moved = (sympy.Max(each, 0) for each in (z, moved))
        found.append((abs(z) - abs(a), abs(moved - z) - abs(a_moved - a)))
    method = "in symbols, z and z′ of either sign"
    check(identity(found, list(rests.values()), method, "|z| − |A| and |Δz| − |ΔA|, none negative"))


def fourth_moments():
    """E(√n z)⁴ for √n z = Σ g_j x̂_j, and E(Σ sign(w_j) x̂_j)⁴: a term of either has at most four of the entries."""
    x = indeterminates("x1,x2,x3,x4")
    normal = sum(
        prod(gaussian_moment(term.count(j)) for j in range(4)) * prod(x[j] for j in term)
        for term in product(range(4), repeat=4)
    )
    signed = over_all_signs(4, lambda signs: dot(signs, x) ** 4)
    stated = [3 * dot(x, x) ** 2, 3 * dot(x, x) ** 2 - 2 * dot(x, x, x, x)]
    method = "moments of g_j up to the fourth, mean over all signs, symbolic x̂"
    return [normal, signed], stated, method, "E(√n z)⁴ = 3‖x̂‖⁴ and E(Δz/δ)⁴ = 3‖x̂‖⁴ − 2Σx̂⁴: at most 3"


@claim(
    "A.lemmaA1.integrability",
    at="Appendix A.2",
    says="A ΔA and A² are uniformly integrable, from moments of order 2(1 + ε) that are bounded in n",
    tex=r"\sup_n\mathbb{E}|\sqrt{n}\,z|^{2(1+\epsilon)}<\infty,\quad\sup_n"
    r"\mathbb{E}|\Delta z/\delta|^{2(1+\epsilon)}<\infty",
    primary="rescaled by their standard deviations",
    note="As written the variables are not rescaled: their moments tend to 0, which says nothing about n·E[A ΔA]. "
    "Rescaled, E(√n z)⁴ = 3 and E(Δz/δ)⁴ = 3 − 2Σx̂⁴ suffice, as |A| ≤ |z| and |ΔA| ≤ |Δz|. (ΔA)², which the "
    "correlation's denominator needs, is not listed, and follows likewise.",
    rests_on=["A.lemmaA1.lipschitz"],
)
@readings("step", {"rescaled by their standard deviations": fourth_moments})
def test_uniform_integrability(check, step):
    check(identity(*step()))


@claim(
    "A.stepB4",
    at="Appendix A.2",
    also_at=["Section 6.3", "Section 2.5"],
    says="𝓡_mag → 2/π + O(√p)",
    tex=r"\mathcal{R}^{\mathrm{mag}}\to 2/\pi+O(\sqrt{p})",
    rests_on=["A.lemmaA1", "A.stepB2.angles"],
)
@pytest.mark.parametrize("step", LIMIT_AND_REST.values(), ids=LIMIT_AND_REST)
def test_magnitude_radial_fraction(check, step):
    check(*step(radial_fraction, lambda: kappa() ** 2))
