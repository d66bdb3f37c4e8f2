"""Appendix A.2, Lemma A.1 and Step B4: Bussgang-ReLU correlation."""

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from verdicts import at_least, at_most, ball, claim, exactly, printed, proof, twin, worst

from claims.appendix_a_theorem3.expansions import (
    EXACT_COEFFICIENTS,
    INTEGRALS,
    at_least_order,
    boundary_probability,
    is_zero,
    magnitude_gates,
    nonnegative,
    order_of,
    totals,
    variable,
)
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.exact_series import EXACT, KAPPA, LAMBDA, leading_order
from theorems.formulas.asymmetry import magnitude_pair
from theorems.integrals.gaussian_integrals import quadrant_moment
from theorems.integrals.perturbed_neuron import integrated_moments, sign_preserving_covariance


@claim(
    "A.lemmaA1",
    at="Lemma A.1",
    also_at=["Section 6.3", "Appendix A.2"],
    says="Corr(Δa, a) → √(2/π) + O(√p)",
    tex=r"\mathrm{Corr}(\Delta a_i,a_i)\to\sqrt{2/\pi}+O(\sqrt{p})",
    rests_on=["A.lemmaA1.moments", "A.lemmaA1.normal"],
)
@pytest.mark.parametrize("part", ["limit", "order of the rest"])
def test_bussgang_relu(check, part):
    moments = totals()[1]
    ratio = moments.projection / variable()
    correlation = ratio / EXACT.sqrt(moments.original * moments.energy / variable() ** 2)
    if part == "limit":
        check(exactly(0, "Corr − √(2/π) = 0 at p = 0"), is_zero(correlation[0] - EXACT.number(KAPPA)[0]))
    else:
        check(at_least_order(1), order_of(correlation - EXACT.number(KAPPA)))


@claim(
    "A.lemmaA1.exact",
    at="Lemma A.1",
    kind="extension",
    says="Corr(Δa, a) = κ(1 + (2λ³/(3π))√p + O(p)) and 𝓡_mag = (2/π)(1 + (4λ³/(3π))√p + O(p)), κ = √(2/π), λ = √(1 − "
    "2/π)",
    tex=r"\mathcal{R}^{\mathrm{mag}}=\frac{2}{\pi}\left(1+\frac{4\lambda^3}{3\pi}\sqrt{p}+O(p)\right)",
)
@pytest.mark.parametrize("quantity", ["correlation", "radial fraction"])
def test_exact_lemma(check, quantity):
    moments, lam = totals()[1], EXACT.number(LAMBDA)
    fraction = moments.projection**2 / (moments.original * moments.energy)
    if quantity == "radial fraction":
        check(exactly(0), is_zero((fraction * EXACT.pi / 2 - 4 * lam**3 * variable() / (3 * EXACT.pi))[1]))
    else:
        check(
            exactly(0),
            is_zero((EXACT.sqrt(fraction) / EXACT.number(KAPPA) - 2 * lam**3 * variable() / (3 * EXACT.pi))[1]),
        )


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


@claim(
    "A.lemmaA1.moments",
    at="Appendix A.2",
    also_at=["Lemma A.1", "Remark 2"],
    says="Corr(z, Δz) = √(2/π) exactly, for every n",
    tex=r"\mathrm{Corr}(z_i,\Delta z_i)=\sqrt{2/\pi}",
)
@pytest.mark.parametrize("moment", ["E|w|", "Cov(z, Δz)/(δE|w|)"])
def test_bussgang_moments(check, moment):
    if moment == "E|w|":

        def difference():
            return abs(2 * quadrant_moment({(1, 0): 1}, 0) - (2 / BALL.pi).sqrt())

        check(at_most("1e-12", "E|w| = √(2/π)"), ball(difference, "polar integral of the half normal"))
    else:
        x = (Fraction(1, 3), Fraction(2, 3), Fraction(2, 3))
        check(exactly(1), proof(sum(e**2 for e in x), "Cov(z, Δz) = δ Σ x̂_j² E|w_j|, a rational unit vector"))


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
@pytest.mark.parametrize("order", [0, 1, 2])
def test_half_space_product(check, order):
    magnitudes = [
        (Fraction(3), Fraction(5), Fraction(11)),
        (Fraction(1), Fraction(1), Fraction(4)),
        (Fraction(7), 2, 1),
    ]
    x, covariance, half = (1, 2, 2), Fraction(0), Fraction(0)
    for signs in product((-1, 1), repeat=3):
        z = sum(s * w * e for s, w, e in zip(signs, magnitudes[order], x, strict=True))
        change = sum(s * e for s, e in zip(signs, x, strict=True))
        covariance += z * change
        half += (z > 0) * z * change
    check(exactly(Fraction(1, 2)), proof(half / covariance, "all signs of three weights of given magnitudes"))


@claim(
    "A.lemmaA1.boundary",
    at="Appendix A.2",
    also_at=["Lemma A.1"],
    says="Pr(B) = O(√p) and E[|z||Δz| 1_B] = O(p^{3/2}/n), B the event that the gate turns off",
)
@pytest.mark.parametrize("quantity", ["Pr(B)", "E[|z||Δz| 1_B]"])
def test_boundary_terms(check, quantity):
    if quantity == "Pr(B)":
        check(at_least_order(1), order_of(boundary_probability((1, -1))))
    else:
        pair, gates = magnitude_pair(variable(), EXACT), magnitude_gates()
        angle = pair.angle
        cross = -(EXACT.sin(angle) - angle * EXACT.cos(angle)) / (2 * EXACT.pi)
        deviation = EXACT.sqrt(pair.variance)
        check(at_least_order(3), order_of(gates.on_off.original - deviation * cross))


@claim(
    "A.lemmaA1.flip_bound",
    at="Appendix A.2",
    says="The gate-flip energy is bounded by σ_n² Pr(B) = O(p^{3/2}/n)",
    tex=r"\sigma_n^2\Pr(\mathcal{B})=O(p^{3/2}/n)",
    note="σ_n² Pr(B) is (λ/π)√p/n to leading order, so O(√p/n): the bound loses a factor p, and would exceed the main "
    "term's correction. The energy itself is O(p^{3/2}/n), so the conclusion stands. The wedge probability at p = "
    "10⁻⁶ agrees.",
    instead="A.step7.energy_exact",
)
@pytest.mark.parametrize("p", ["1e-4", "1e-8"])
def test_flip_bound(check, p):
    def exponent():
        small = Fraction(p)
        chances = [
            quadrant_moment({(0, 0): 1}, sign_preserving_covariance(rate).angle, 1, -1) for rate in (small, small / 4)
        ]
        return (chances[0] / chances[1]).log() / BALL.number(4).log()

    check(at_least("1.49", "order p^(3/2)"), ball(exponent, f"Pr(B) at p and p/4: {INTEGRALS}", bits=128))


@claim(
    "A.lemmaA1.projection",
    at="Appendix A.2",
    also_at=["Lemma A.1"],
    says="E[A ΔA] = Cov(z, Δz)/2 + O(p^{3/2}/n): a relative correction O(p)",
    tex=r"\mathbb{E}[A\,\Delta A]=\frac{\delta}{2\sqrt{n}}\sqrt{2/\pi}+O(p^{3/2}/n)",
)
@pytest.mark.parametrize("part", ["main term", "correction", "relative correction"])
def test_projection(check, part):
    projection, main = totals()[1].projection, EXACT.number(KAPPA) * variable()
    if part == "main term":
        check(exactly(0), is_zero(projection[1] - main[1]))
    elif part == "correction":
        check(at_least_order(3), order_of(projection - main))
    else:
        check(at_least_order(2), order_of(projection / main - 1))


@claim(
    "A.lemmaA1.energy",
    at="Appendix A.2",
    also_at=["Lemma A.1"],
    says="E[(ΔA)²] = (δ²/2)(1 + O(√p)), and this dominates the residual",
)
@pytest.mark.parametrize("part", ["order", "dominates"])
def test_lemma_energy(check, part):
    moments, s = totals()[1], variable()
    energy_order = leading_order(moments.energy / (2 * s**2) - 1)
    if part == "order":
        check(at_least_order(1), proof(energy_order, EXACT_COEFFICIENTS))
    else:
        projection_order = leading_order(moments.projection / (EXACT.number(KAPPA) * s) - 1)
        margin = projection_order - energy_order
        check(
            at_least("1", "orders of √p by which the energy's correction exceeds the projection's"),
            proof(margin, EXACT_COEFFICIENTS),
        )


@claim(
    "A.lemmaA1.lipschitz",
    at="Appendix A.2",
    says="|A| ≤ |z| and |ΔA| ≤ |Δz|",
)
@settings(deadline=None, max_examples=200)
@given(z=st.integers(-(10**6), 10**6), change=st.integers(-(10**6), 10**6))
@example(0, 0)
@example(1, -2)
@example(-1, 2)
@example(5, 7)
def test_lipschitz(z, change):
    moved = max(z + change, 0) - max(z, 0)
    constant = twin(Fraction(1), Fraction(99, 100))
    worst(float(constant * abs(change) - abs(moved)))
    assert abs(moved) <= constant * abs(change)
    assert max(z, 0) <= abs(z)


@claim(
    "A.lemmaA1.integrability",
    at="Appendix A.2",
    says="A ΔA and A² are uniformly integrable, from moments of order 2(1 + ε) that are bounded in n",
    primary="rescaled by their standard deviations",
    note="As written the variables are not rescaled: their moments tend to 0, which says nothing about n·E[A ΔA]. "
    "Rescaled, E[(Δz/δ)⁴] = 3 − 2Σx̂⁴ ≤ 3 suffices. (ΔA)², which the correlation's denominator needs, is not listed.",
)
@pytest.mark.parametrize(
    ("reading", "n"), [("rescaled by their standard deviations", n) for n in ("every n", 1, 2, 4, 9)]
)
def test_uniform_integrability(check, reading, n):
    if n == "every n":
        import sympy

        x = sympy.symbols("x1:5")  # a term of the fourth power has at most four of the entries
        powers = [
            sum(s * entry for s, entry in zip(signs, x, strict=True)) ** 4 for signs in product((-1, 1), repeat=4)
        ]
        squares, fourths = (sum(entry**k for entry in x) for k in (2, 4))
        residual = sympy.Poly(sum(powers) / 16 - 3 * squares**2 + 2 * fourths, *x)
        found = sum(coefficient != 0 for coefficient in residual.coeffs())
        check(
            exactly(0, "E[(Δz/δ)⁴] = 3‖x̂‖⁴ − 2Σx̂⁴"),
            proof(found, "coefficients that differ, all sign vectors, symbolic x̂"),
        )
        return
    fourth = Fraction(sum(sum(signs) ** 4 for signs in product((-1, 1), repeat=n)), 2**n * n**2)
    check(at_most("3", "E[(Δz/δ)⁴] bounded, here by 3"), proof(fourth, f"all 2ⁿ sign vectors, {reading}"))


@claim(
    "A.stepB4",
    at="Appendix A.2",
    also_at=["Section 6.3", "Section 2.5"],
    says="𝓡_mag → 2/π + O(√p)",
    tex=r"\mathcal{R}^{\mathrm{mag}}\to 2/\pi+O(\sqrt{p})",
    rests_on=["A.lemmaA1", "A.stepB2.angles"],
)
@pytest.mark.parametrize("part", ["limit", "order of the rest"])
def test_magnitude_radial_fraction(check, part):
    moments = totals()[1]
    rest = moments.projection**2 / (moments.original * moments.energy) - 2 / EXACT.pi
    if part == "limit":
        check(exactly(0), is_zero(rest[0]))
    else:
        check(at_least_order(1), order_of(rest))
