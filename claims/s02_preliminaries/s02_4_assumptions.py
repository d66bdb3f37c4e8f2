"""Section 2.4: assumptions."""

from fractions import Fraction
from itertools import product

import pytest
from verdicts import ball, claim, exactly, less_than, more_than, proof

from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import indeterminates, limit_at_infinity
from theorems.formulas.sign_direction import gaussian_sign_energy, gaussian_sign_energy_variance
from theorems.formulas.spherical import sphere_moment, sphere_participation


@claim(
    "2.4.A3",
    at="Section 2.4",
    kind="step",
    says="(A3): sign flips have E‖ΔW‖² = 4pm",
    tex=r"\mathbb{E}\|\Delta W_1^{\mathrm{sign}}\|_F^2=4pm",
)
@pytest.mark.parametrize(("m", "n"), [(1, 1), (2, 3), (3, 2)])
def test_sign_flip_norm(check, m, n):
    p = Fraction(1, 10)
    energy = Fraction(0)  # given W² = 1/n on average in every entry
    for flips in product((0, 1), repeat=m * n):
        count = sum(flips)
        energy += p**count * (1 - p) ** (m * n - count) * count * 4 * Fraction(1, n)
    check(exactly(4 * p * m), proof(energy, f"all {2 ** (m * n)} sets of flips at p = 1/10, with E w² = 1/n"))


@claim(
    "2.4.A4.norm",
    at="Section 2.4",
    kind="step",
    says="(A4): with δ² = 4p/n the magnitude perturbation has ‖ΔW‖² = 4pm, matching the sign flips",
    tex=r"\|\Delta W_1^{\mathrm{mag}}\|_F^2=4pm,\quad\delta^2=4p/n",
    rests_on=["2.4.A3"],
    primary="the expected norm",
    note="(A4) fixes the norm of every draw, (A3) its mean: the realised norm of the flips varies about it.",
)
@pytest.mark.parametrize("reading", ["the expected norm", "the norm of each draw"])
def test_matched_norms(check, reading):
    if reading == "the expected norm":
        m, n, p = indeterminates("m,n,p")
        mean, _ = flipped_norm_moments(m, n, p)
        shift = m * n * (4 * p / n)
        certificate = "E‖ΔW_sign‖²/(mnδ²) − 1, as a rational function of m, n and p"
        check(exactly(0), proof(limit_at_infinity(mean / shift - 1, n), certificate))
        return
    mean, variance = flipped_norm_moments(2, 3, Fraction(1, 10))
    check(exactly(0), proof(variance / mean**2, "relative variance of ‖ΔW_sign‖² for m = 2, n = 3, p = 1/10"))


def flipped_norm_moments(m, n, p):
    """Mean and variance of ‖ΔW_sign‖²: one flipped entry has 4w², of mean 4/n and mean square 16·3/n²."""
    mean, square = p * 4 / n, p * 48 / n**2
    return m * n * mean, m * n * (square - mean**2)


@claim(
    "2.4.sphere_is_delocalised",
    at="Section 2.4",
    kind="step",
    says="(A2’): a uniform x̂ has ‖x̂‖_∞ = o(1) with high probability",
)
def test_uniform_inputs_are_delocalised(check):
    n = indeterminates("n")[0]
    assert all(sphere_participation(size) == Fraction(3, size + 2) for size in (1, 2, 3, 10, 2048))
    check(exactly(0), proof(limit_at_infinity(3 / (n + 2), n), "limit of E Σ x̂⁴ ≥ E‖x̂‖_∞⁴"))


@claim(
    "2.4.delocalised_is_uniform",
    at="Section 2.4",
    kind="wording",
    says="(A2’): x̂ uniform on the sphere is equivalent to any x̂ with ‖x̂‖_∞ = o(1)",
    primary="for the conclusion of Theorem 4",
    note="The limit is the same, for both and indeed for every unit x̂ independent of W. As assumptions they differ: "
    "the proof uses E[x̂_j x̂_k] = δ_jk/n, and the delocalised x̂ = (1, …, 1)/√n has x̂_j x̂_k = 1/n.",
    instead="2.4.delocalisation_not_needed",
)
@pytest.mark.parametrize("reading", ["for the conclusion of Theorem 4", "as an assumption of its proof"])
def test_equivalent_inputs(check, reading):
    n = 4
    if reading == "as an assumption of its proof":
        difference = Fraction(1, n) - sphere_moment((1, 1), n)
        check(exactly(0), proof(difference, "x̂₁x̂₂ of the constant vector less E[x̂₁x̂₂] on the sphere, n = 4"))
        return
    check(exactly(0), proof(spread_over_inputs(), "range of E[y y_T]²/(E y² E y_T²) over three inputs, exactly"))


def row_alignment(x):
    """E[y y_T]²/(E y² E y_T²) of one row for the unit input x, weights ±1, ±2 of equal chance, in exact fractions."""
    cross = plain = quantised = Fraction(0)
    for w in product((-2, -1, 1, 2), repeat=len(x)):
        scale = Fraction(sum(map(abs, w)), len(x))
        y = sum(a * b for a, b in zip(w, x, strict=True))
        y_quantised = scale * sum((1 if a > 0 else -1) * b for a, b in zip(w, x, strict=True))
        cross, plain, quantised = cross + y * y_quantised, plain + y * y, quantised + y_quantised**2
    return cross**2 / (plain * quantised)


def spread_over_inputs():
    inputs = [[Fraction(1, 2)] * 4, [Fraction(1)] + [Fraction(0)] * 3, [Fraction(3, 5), Fraction(-4, 5), 0, 0]]
    values = [row_alignment(x) for x in inputs]
    return max(values) - min(values)


@claim(
    "2.4.delocalisation_not_needed",
    at="Section 2.4",
    kind="extension",
    says="Theorem 4's limit needs neither (A2’) nor m/n = O(1): for every unit x̂ independent of W the three averages "
    "over rows have means free of x̂ and relative variance below 10/m",
    tex=r"\frac{\mathbb{E}\,y_{T,i}^4}{(\mathbb{E}\,y_{T,i}^2)^2}\leq3\,\frac{\mathbb{E}\,s^4}{(\mathbb{E}\,s^2)^2}<10",
    note="Rows are independent given x̂, so Chebyshev gives the limit as m, n → ∞ at any relative rate. By Khinchine "
    "E(Σ±x̂)⁴ ≤ 3, and the mean of magnitudes has a relative fourth moment of at most that of one.",
)
@pytest.mark.parametrize("n", [1, 2, 10, 10**6])
def test_neither_condition_is_needed(check, n):
    def fourth_moment():
        # E s²/E w² and Var of cos² = ‖w‖₁²/(n‖w‖²), whose norm is independent with E‖w‖⁴ = n(n + 2)
        mean = gaussian_sign_energy(n, BALL)
        square = gaussian_sign_energy_variance(n, BALL) + mean**2
        return 3 * square * BALL.number(n + 2) / n / mean**2

    check(less_than("10"), ball(fourth_moment, "exact moments of ‖w‖₁ at finite n"))


@claim(
    "2.4.gaussian_required",
    at="Section 2.4",
    kind="wording",
    says="(A1’): the Gaussian assumption is required for the 2/π limit",
    primary="it cannot be dropped: some other law has another limit",
    note="As a necessary condition it is false: the symmetric law on ±(1 + t), ±(1 − t) with t² = π/2 − 1 has "
    "(E|w|)²/E[w²] = 1/(1 + t²) = 2/π.",
)
@pytest.mark.parametrize(
    "reading", ["it cannot be dropped: some other law has another limit", "only Gaussian laws have this limit"]
)
def test_gaussian_assumption(check, reading):
    def distance():
        if reading == "only Gaussian laws have this limit":
            t = BALL.sqrt(BALL.pi / 2 - 1)
            values = (1 + t, 1 - t)
        else:
            values = (BALL.number(1), BALL.number(3))
        mean, square = sum(values) / 2, sum(v * v for v in values) / 2
        return abs(mean**2 / square - 2 / BALL.pi)

    accepted = more_than("1e-9", stated="a law that is not Gaussian misses 2/π")
    check(accepted, ball(distance, "distance of (E|w|)²/E[w²] of a four-point law from 2/π"))


@claim(
    "2.4.A4prime",
    at="Section 2.4",
    kind="step",
    says="(A4’): Gaussian weights are almost surely not zero",
)
def test_gaussian_weights_have_no_zeros(check):
    from sympy import Symbol, erf, limit, sqrt

    e = Symbol("e", positive=True)
    check(exactly(0), proof(int(limit(erf(e / sqrt(2)), e, 0)), "limit of Pr(|w| ≤ e) as e → 0"))


@claim(
    "2.4.general_law",
    at="Section 2.4",
    says="(A1’): for general i.i.d. symmetric laws without an atom at zero cos² → (E|w|)²/E[w²]",
    tex=r"\cos^2\to\frac{(\mathbb{E}|w|)^2}{\mathbb{E}[w^2]}",
    rests_on=["8.theorem4"],
    note="Decided is the ratio of expectations over a row, to which the averages over m rows converge.",
)
@pytest.mark.parametrize("size", ["n → ∞", 1, 2, 3, 4])
def test_general_law(check, size):
    limit = Fraction(9, 4) / Fraction(5, 2)  # of the law of `row_alignment`
    if size == "n → ∞":
        mean, square, n = indeterminates("a,b,n")
        finite = (mean**2 + (square - mean**2) / n) / square  # E s²/E w², any law
        check(exactly(0), proof(limit_at_infinity(finite - mean**2 / square, n), "E s²/E w² less the stated limit"))
        return
    x = [Fraction(1)] + [Fraction(0)] * (size - 1)
    residual = row_alignment(x) - (limit + (1 - limit) / size)
    check(exactly(0), proof(residual, f"E[y y_T]²/(E y² E y_T²) over {4**size} rows less E s²/E w² of weights ±1, ±2"))
