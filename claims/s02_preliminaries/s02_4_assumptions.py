"""Section 2.4: assumptions."""

from fractions import Fraction
from functools import partial
from itertools import product

import pytest
from verdicts import ball, claim, exactly, identity, more_than, proof, readings

from claims.weight_moments import of_gamma_squares
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import indeterminates, limit_at_infinity
from theorems.formulas.spherical import sphere_moment
from theorems.integrals.half_normal import lowest_difference, sum_moment


def flipped_norm_moments(m, n, p):
    """Mean and variance of ‖ΔW_sign‖²: one flipped entry has 4w², of mean 4/n and mean square 16·3/n²."""
    mean, square = p * 4 / n, p * 48 / n**2
    return m * n * mean, m * n * (square - mean**2)


def all_flips(m, n):
    """E‖ΔW_sign‖² over all sets of flips, with E w² = 1/n, and 4pm."""
    (p,) = indeterminates("p")
    energy = p - p
    for flips in product((0, 1), repeat=m * n):
        count = sum(flips)
        energy += p**count * (1 - p) ** (m * n - count) * count * 4 / n
    return energy, 4 * p * m


def of_one_entry():
    """The same from mn times the mean of one entry."""
    m, n, p = indeterminates("m,n,p")
    return flipped_norm_moments(m, n, p)[0], 4 * p * m


SIGN_FLIP_NORMS = {"every m and n": of_one_entry} | {
    f"{m}-{n}": partial(all_flips, m, n) for m, n in [(1, 1), (2, 3), (3, 2)]
}


@claim(
    "2.4.A3",
    at="Section 2.4",
    kind="step",
    says="(A3): sign flips have E‖ΔW‖² = 4pm",
    tex=r"\mathbb{E}\|\Delta W_1^{\mathrm{sign}}\|_F^2=4pm",
)
@pytest.mark.parametrize("sides", SIGN_FLIP_NORMS.values(), ids=SIGN_FLIP_NORMS)
def test_sign_flip_norm(check, sides):
    check(identity(*sides(), "all sets of flips, or one entry times their number; symbolic p, E w² = 1/n", "= 4pm"))


def in_expectation():
    m, n, p = indeterminates("m,n,p")
    mean, _ = flipped_norm_moments(m, n, p)
    return [identity(mean, m * n * (4 * p / n), "E‖ΔW_sign‖² and mnδ², for every m, n and p")]


def of_each_draw():
    mean, variance = flipped_norm_moments(2, 3, Fraction(1, 10))
    return exactly(0), proof(variance / mean**2, "relative variance of ‖ΔW_sign‖² for m = 2, n = 3, p = 1/10")


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
@readings("norms", {"the expected norm": in_expectation, "the norm of each draw": of_each_draw})
def test_matched_norms(check, norms):
    check(*norms())


@claim(
    "2.4.sphere_is_delocalised",
    at="Section 2.4",
    kind="step",
    says="(A2’): a uniform x̂ has ‖x̂‖_∞ = o(1) with high probability",
)
def test_uniform_inputs_are_delocalised(check):
    (n,) = indeterminates("n")
    fourth, _ = of_gamma_squares(Fraction(1, 2), n)  # E x̂_j⁴, as x̂ is a Gaussian vector over its norm
    check(exactly(0), proof(limit_at_infinity(n * fourth, n), "limit of E Σ x̂⁴ ≥ E‖x̂‖_∞⁴"))


def row_alignment(x):
    """E[y y_T]²/(E y² E y_T²) of one row for the input x, weights ±1, ±2 of equal chance: exact, numbers or symbols."""
    cross = plain = quantised = Fraction(0)
    for w in product((-2, -1, 1, 2), repeat=len(x)):
        scale = Fraction(sum(map(abs, w)), len(x))
        y = sum(a * b for a, b in zip(w, x, strict=True))
        y_quantised = scale * sum((1 if a > 0 else -1) * b for a, b in zip(w, x, strict=True))
        cross, plain, quantised = cross + y * y_quantised, plain + y * y, quantised + y_quantised**2
    return cross**2 / (plain * quantised)


def alignment_of_inputs():
    return row_alignment(indeterminates("x1,x2,x3")), row_alignment([Fraction(1), Fraction(0), Fraction(0)])


def second_moments_of_inputs():
    """x̂₁x̂₂ of the constant vector, and its mean on the sphere, for n = 4."""
    return Fraction(1, 4), sphere_moment((1, 1), 4)


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
@readings(
    "sides",
    {
        "for the conclusion of Theorem 4": alignment_of_inputs,
        "as an assumption of its proof": second_moments_of_inputs,
    },
)
def test_equivalent_inputs(check, sides):
    check(identity(*sides(), "weights ±1, ±2 and every input of three entries, against all of it in one; or E x̂₁x̂₂"))


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
def test_neither_condition_is_needed(check):
    slack = [10 * sum_moment(n, 2) ** 2 - 3 * sum_moment(n, 4) for n in range(1, 6)]
    method = "least forward difference at n = 1 of 10(E S²)² − 3E S⁴, S = Σ|g|: polynomials in n of degree 4"
    check(more_than("0", stated="3E s⁴/(E s²)² < 10 for every n"), proof(lowest_difference(slack), method))


def four_points(low, high):
    """The distance of (E|w|)²/E[w²] from 2/π for the law on ±low, ±high."""
    mean, square = (low + high) / 2, (low**2 + high**2) / 2
    return abs(mean**2 / square - 2 / BALL.pi)


def another_limit():
    return four_points(BALL.number(1), BALL.number(3))


def the_same_limit():
    t = BALL.sqrt(BALL.pi / 2 - 1)
    return four_points(1 - t, 1 + t)


@claim(
    "2.4.gaussian_required",
    at="Section 2.4",
    kind="wording",
    says="(A1’): the Gaussian assumption is required for the 2/π limit",
    primary="it cannot be dropped: some other law has another limit",
    note="As a necessary condition it is false: the symmetric law on ±(1 + t), ±(1 − t) with t² = π/2 − 1 has "
    "(E|w|)²/E[w²] = 1/(1 + t²) = 2/π.",
)
@readings(
    "distance",
    {
        "it cannot be dropped: some other law has another limit": another_limit,
        "only Gaussian laws have this limit": the_same_limit,
    },
)
def test_gaussian_assumption(check, distance):
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


def in_the_limit():
    mean, square, n = indeterminates("a,b,n")
    finite = (mean**2 + (square - mean**2) / n) / square  # E s²/E w², any law
    return exactly(0), proof(limit_at_infinity(finite - mean**2 / square, n), "E s²/E w² less the stated limit")


def at_width(size):
    """Over all rows of weights ±1, ±2, whose limit is (3/2)²/(5/2)."""
    limit, spike = Fraction(9, 4) / Fraction(5, 2), [Fraction(1), *[Fraction(0)] * (size - 1)]
    method = f"E[y y_T]²/(E y² E y_T²) over {4**size} rows, and E s²/E w² of weights ±1, ±2"
    return [identity(row_alignment(spike), limit + (1 - limit) / size, method)]


GENERAL_LAW = {"n → ∞": in_the_limit} | {str(size): partial(at_width, size) for size in (1, 2, 3, 4)}


@claim(
    "2.4.general_law",
    at="Section 2.4",
    says="(A1’): for general i.i.d. symmetric laws without an atom at zero cos² → (E|w|)²/E[w²]",
    tex=r"\cos^2\to\frac{(\mathbb{E}|w|)^2}{\mathbb{E}[w^2]}",
    rests_on=["8.theorem4"],
    note="Decided is the ratio of expectations over a row, to which the averages over m rows converge.",
)
@pytest.mark.parametrize("found", GENERAL_LAW.values(), ids=GENERAL_LAW)
def test_general_law(check, found):
    check(*found())
