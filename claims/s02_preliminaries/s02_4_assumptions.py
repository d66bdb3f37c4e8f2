"""Section 2.4: assumptions."""

from fractions import Fraction
from functools import partial
from itertools import product

import pytest
from verdicts import agrees, at_least, ball, claim, exactly, identity, less_than, more_than, proof, reading, readings

from claims.means_over_signs import OVER_SIGNS, second_moments_over_signs
from claims.weight_moments import law_symbols, of_gamma_squares, powers_of_the_average
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import indeterminates, limit_at_infinity
from theorems.formulas.spherical import sphere_moment
from theorems.integrals.half_normal import ALPHA, lowest_difference, magnitude_moment, sum_moment, value


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
    tex=r"\|\hat{x}\|_\infty=o(1)\ \text{with high probability}",
)
def test_uniform_inputs_are_delocalised(check):
    (n,) = indeterminates("n")
    fourth, _ = of_gamma_squares(Fraction(1, 2), n)  # E x̂_j⁴, as x̂ is a Gaussian vector over its norm
    check(exactly(0), proof(limit_at_infinity(n * fourth, n), "limit of E Σ x̂⁴ ≥ E‖x̂‖_∞⁴"))


def over_the_signs():
    """Given the magnitudes E y y_T = sΣ|w|x̂², E y² = Σw²x̂² and E y_T² = s²Σx̂², for y_T = sΣ sign(w)x̂."""
    return [identity(*second_moments_over_signs(), OVER_SIGNS, "E y y_T/s, E y² and E y_T²/s² given the magnitudes")]


def over_the_magnitudes():
    """E[s|w_j|] is E[s²] for every j, so that the three means of a row are E[s²], E[w²] and E[s²] for every unit x̂."""
    *moments, n = law_symbols()
    first, second, *_ = moments
    with_one = (second + (n - 1) * first**2) / n
    method = "|w_j| with itself and with the n − 1 others, and the second moment of the average; any law, every n"
    return [identity(with_one, powers_of_the_average(moments, n)[0], method, "E[s|w_j|] = E[s²]")]


OF_A_ROW = {"mean over the signs": over_the_signs, "mean over the magnitudes": over_the_magnitudes}


def second_moments_of_inputs():
    """x̂₁x̂₂ of the constant vector, and its mean on the sphere, for n = 4."""
    sides = Fraction(1, 4), sphere_moment((1, 1), 4)
    return [identity(*sides, "x̂₁x̂₂ of the constant vector and its mean on the sphere, n = 4")]


FOR_THE_CONCLUSION, FOR_THE_PROOF = "for the conclusion of Theorem 4", "as an assumption of its proof"
EQUIVALENCES = [
    *((f"{FOR_THE_CONCLUSION}-{step}", FOR_THE_CONCLUSION, found) for step, found in OF_A_ROW.items()),
    (FOR_THE_PROOF, FOR_THE_PROOF, second_moments_of_inputs),
]


@claim(
    "2.4.delocalised_is_uniform",
    at="Section 2.4",
    kind="wording",
    says="(A2’): x̂ uniform on the sphere is equivalent to any x̂ with ‖x̂‖_∞ = o(1)",
    primary=FOR_THE_CONCLUSION,
    note="The limit is the same, for both and indeed for every unit x̂ independent of W: the means of a row are free of "
    "x̂ at every n. As assumptions they differ: "
    "the proof uses E[x̂_j x̂_k] = δ_jk/n, and the delocalised x̂ = (1, …, 1)/√n has x̂_j x̂_k = 1/n.",
    instead="2.4.delocalisation_not_needed",
)
@pytest.mark.parametrize("found", [pytest.param(made, id=id, marks=reading(which)) for id, which, made in EQUIVALENCES])
def test_equivalent_inputs(check, found):
    check(*found())


MOST = 10  # times 1/m, the relative variances
SUMS = "a polynomial in n by its forward differences at n = 1; S = Σ|g|"


def below_ten():
    return less_than(str(MOST), stated="relative variance of an average over m rows below 10/m")


def kurtosis():
    return value(magnitude_moment(4)) / value(magnitude_moment(2)) ** 2


def fourth_moment_of_signs():
    """E(Σ±x̂)⁴ and 3(Σx̂²)² − 2Σx̂⁴, of four entries, as a product of four terms has no more."""
    x = indeterminates("x1,x2,x3,x4")
    patterns = list(product((-1, 1), repeat=4))
    found = sum(sum(sign * entry for sign, entry in zip(signs, x, strict=True)) ** 4 for signs in patterns)
    stated = 3 * sum(entry**2 for entry in x) ** 2 - 2 * sum(entry**4 for entry in x)
    return [identity(found / len(patterns), stated, fourth_moment_of_signs.__doc__, "E(Σ±x̂)⁴ ≤ 3")]


def of_the_outputs():
    """E y⁴/(E y²)²: y is a normal variable."""
    return below_ten(), ball(kurtosis, of_the_outputs.__doc__)


def of_the_quantised_outputs():
    slack = [MOST * sum_moment(n, 2) ** 2 - 3 * sum_moment(n, 4) for n in range(1, 6)]
    accepted = more_than("0", stated="3E s⁴/(E s²)² < 10 for every n")
    return accepted, proof(lowest_difference(slack), f"least difference of 10(E S²)² − 3E S⁴, {SUMS}")


def of_the_products():
    """E(y y_T)²/(E y y_T)² ≤ √(E y⁴/(E y²)² · E y_T⁴/(E y_T²)²) · E w²/E s²: 3, 10 and at most π/2."""
    return below_ten(), ball(lambda: (kurtosis() * MOST).sqrt() / value(ALPHA**2), of_the_products.__doc__)


def least_scale():
    slack = [sum_moment(n, 2) - (n * ALPHA) ** 2 for n in range(1, 4)]
    accepted = at_least("0", stated="E s²/E w² ≥ 2/π for every n")
    return accepted, proof(lowest_difference(slack), f"least difference of E S² − 2n²/π, {SUMS}")


AVERAGES = OF_A_ROW | {
    "fourth moment of the signs": fourth_moment_of_signs,
    "y²": of_the_outputs,
    "y_T²": of_the_quantised_outputs,
    "y y_T": of_the_products,
    "scale": least_scale,
}


@claim(
    "2.4.delocalisation_not_needed",
    at="Section 2.4",
    kind="extension",
    says="Theorem 4's limit needs neither (A2’) nor m/n = O(1): for every unit x̂ independent of W the three averages "
    "over rows have means free of x̂ and relative variance below 10/m",
    tex=r"\frac{\mathbb{E}\,y_{T,i}^4}{(\mathbb{E}\,y_{T,i}^2)^2}\leq3\,\frac{\mathbb{E}\,s^4}{(\mathbb{E}\,s^2)^2}<10",
    note="Rows are independent given x̂, so Chebyshev gives the limit as m, n → ∞ at any relative rate. By Khinchine "
    "E(Σ±x̂)⁴ ≤ 3; that of y y_T is bounded by those of y² and y_T², by Cauchy and Schwarz.",
)
@pytest.mark.parametrize("evidence", AVERAGES.values(), ids=AVERAGES)
def test_neither_condition_is_needed(check, evidence):
    check(*evidence())


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
    tex=r"\Pr(w=0)=0",
)
def test_gaussian_weights_have_no_zeros(check):
    from sympy import Symbol, erf, limit, sqrt

    e = Symbol("e", positive=True)
    check(exactly(0), proof(int(limit(erf(e / sqrt(2)), e, 0)), "limit of Pr(|w| ≤ e) as e → 0"))


def alignment(moments, n):
    """E[y y_T]²/(E y² E y_T²) = (E s²)²/(E w² E s²) from E|w|, … E w⁴, by the means of a row (`OF_A_ROW`)."""
    return powers_of_the_average(moments, n)[0] / moments[1]


def in_the_limit():
    *moments, n = law_symbols()
    first, second, *_ = moments
    error = alignment(moments, n) - first**2 / second
    return exactly(0), proof(limit_at_infinity(error, n), "E s²/E w² less the stated limit, any law")


def over_all_rows(size):
    """The same for weights ±1, ±2 of equal chance and the input (1, 2, …, size), by enumeration."""
    cross = plain = quantised = Fraction(0)
    for w in product((-2, -1, 1, 2), repeat=size):
        scale = Fraction(sum(map(abs, w)), size)
        y = sum(weight * x for x, weight in enumerate(w, 1))
        y_quantised = scale * sum((1 if weight > 0 else -1) * x for x, weight in enumerate(w, 1))
        cross, plain, quantised = cross + y * y_quantised, plain + y * y, quantised + y_quantised**2
    return cross**2 / (plain * quantised)


def at_width(size):
    moments = [Fraction(1 + 2**order, 2) for order in range(1, 5)]
    method = f"over all {4**size} rows of weights ±1, ±2, input entries 1 to {size}, and E s²/E w² by moments"
    return [agrees(over_all_rows, partial(alignment, moments), [size], digits=30, method=method)]


GENERAL_LAW = {
    **OF_A_ROW,
    "n → ∞": in_the_limit,
    **{str(size): partial(at_width, size) for size in (1, 2, 3, 4, 5)},
}


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
