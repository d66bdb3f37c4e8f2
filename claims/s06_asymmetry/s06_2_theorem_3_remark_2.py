"""Section 6.2, Remark 2: limit ordering and finite-n interpretation."""

from fractions import Fraction
from itertools import product

import flint
import pytest
from verdicts import at_most, ball, claim, exactly, identity, more_than, printed, proof, reading, readings

from claims.s06_asymmetry.transverse_ratios import (
    EXACT_COEFFICIENTS,
    IN_RATE,
    SMALL_RATES,
    TAYLOR,
    below_constant,
    coefficient,
    over_flip_rates,
    ratio_at_width,
    ratio_series,
    root,
)
from theorems.arithmetic.contexts import BALL, SERIES
from theorems.arithmetic.exact_series import EXACT, LAMBDA
from theorems.arithmetic.expansions import divide_by_power, expand
from theorems.arithmetic.rational_functions import decay_order, indeterminates, limit_at_infinity
from theorems.formulas.asymmetry import magnitude_moments, sign_moments
from theorems.formulas.finite_width import sign_moments_equal_entries
from theorems.formulas.relu_kernels import angle_from_amplitude, relu_energy
from theorems.integrals.exact_moments import exact_quadrant_moment, gaussian_moment


def growth(square):
    """The power of n by which n‖x̂‖∞² grows, where ‖x̂‖∞² is that function of r = √n."""
    (r,) = indeterminates("r")
    return -Fraction(decay_order(r**2 * square(r), r), 2)


def equal_entries():
    return proof(growth(lambda r: 1 / r**2), "‖x̂‖∞² = 1/n")


def few_equal_entries():
    return proof(growth(lambda r: 1 / r), "‖x̂‖∞² = 1/√n, n a square")


def falling_entries():
    least, most = growth(lambda r: 1 / (2 * r)), growth(lambda r: r**0)
    return proof((least, most), "‖x̂‖∞² = 1/Σ_{j ≤ n} 1/j, at least 1/(2√n) as 1/j ≤ 2(√j − √(j−1)), and at most 1")


EVERY_INPUT = reading("every input that meets (A2)")
EQUAL_SIZE = "all entries of order 1÷√n, as in Section 7.2"


@claim(
    "6.remark2.delocalization_rate",
    at="Remark 2",
    also_at=["Appendix A.1"],
    kind="wording",
    says="Under delocalization the largest entry of x̂ is O(1/√n)",
    tex=r"\|\hat{x}\|_\infty=O(1/\sqrt{n})",
    note="(A2), which defines delocalization, only asks that it tend to 0. With √n equal entries it is n^(−1/4), with "
    "entries falling as 1/√j it is 1/√(log n); even for x̂ uniform on the sphere it is of the order √(log n/n). It "
    "holds where every entry is of order 1/√n, as Section 7.2 paraphrases the assumption.",
    primary="every input that meets (A2)",
    instead="6.remark2.uniformity",
)
@pytest.mark.parametrize(
    "largest_entry",
    [
        pytest.param(equal_entries, id=f"{EQUAL_SIZE}-n equal entries", marks=reading(EQUAL_SIZE)),
        *(
            pytest.param(entries, id=f"every input that meets (A2)-{words}", marks=EVERY_INPUT)
            for entries, words in (
                (equal_entries, "n equal entries"),
                (few_equal_entries, "√n equal entries"),
                (falling_entries, "entries falling as 1/√j"),
            )
        ),
    ],
)
def test_delocalization_rate(check, largest_entry):
    check(at_most("0", "n‖x̂‖∞² does not grow with n"), largest_entry())


def flip_energy_slope(sine, pi):
    """d/dq of β_flip where the flipped energy fraction is q = (1 − cos θ)/2, from sin θ."""
    return 2 * sine / pi


def slope_of_flip_energy():
    import sympy

    theta = sympy.Symbol("theta")
    q, slope = (1 - sympy.cos(theta)) / 2, flip_energy_slope(sympy.sin(theta), sympy.pi)
    found = exact_quadrant_moment(2, 0, 1, -1).diff(theta)
    return [identity(found, slope * q.diff(theta), "symbolic polar integral over {X > 0, X′ < 0}", "dβ/dq = 2 sin θ/π")]


def spread_of_the_flipped_part():
    """q = Σ b_j x̂_j² with independent flips b_j of chance p: its mean is p, its variance p(1 − p)Σx̂⁴."""
    p, first, second = indeterminates("p,x1,x2")
    squares = first**2, second**2
    chances = {(b, c): (p if b else 1 - p) * (p if c else 1 - p) for b, c in product((0, 1), repeat=2)}
    mean, square = (
        sum(chance * (b * squares[0] + c * squares[1]) ** k for (b, c), chance in chances.items()) for k in (1, 2)
    )
    found = [mean / sum(squares), square - mean**2]
    stated = [p, p * (1 - p) * sum(each**2 for each in squares)]
    return [identity(found, stated, f"{spread_of_the_flipped_part.__doc__} Any two entries of x̂, in symbols")]


def bound_by_slope():
    """Times π, over 0 ≤ sin θ ≤ 1, as 0 ≤ θ ≤ π, with the greatest √(p(1 − p)), 1/2 at p = 1/2."""
    import sympy

    slopes = [sympy.pi * flip_energy_slope(sine, sympy.pi) * sympy.sqrt(sympy.Rational(1, 4)) for sine in (0, 1)]
    words = "slope of β_flip over all q, linear in sin θ, times the deviation of q over ‖x̂‖₄², p(1 − p) ≤ 1/4"
    return at_most("1", "π · slope · √(p(1 − p)) ≤ 1"), proof(tuple(Fraction(str(each)) for each in slopes), words)


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
@pytest.mark.parametrize(
    "step",
    [slope_of_flip_energy, spread_of_the_flipped_part, bound_by_slope],
    ids=["slope", "spread of q", "bound"],
)
def test_uniformity(check, step):
    check(*step())


def relative_variance(terms):
    """Of a sum of that many independent squares of one Gaussian law."""
    fourth, second = gaussian_moment(4), gaussian_moment(2)
    return terms * (fourth - second**2) / (terms * second) ** 2


@claim(
    "6.remark2.concentration",
    at="Remark 2",
    says="‖Δy‖² concentrates around its conditional mean as d_out → ∞",
    tex=r"\frac{\mathrm{Var}(\|\Delta y\|^2\mid\Delta a)}{(\mathbb{E}[\|\Delta y\|^2\mid\Delta a])^2}="
    r"\frac{2}{d_{\mathrm{out}}}",
    rests_on=["A.step1"],
)
def test_projection_concentration(check):
    (rows,) = indeterminates("d")
    found = relative_variance(rows)
    check(identity(found, 2 / rows, "moments of d independent squares, in the symbol d", "relative variance 2/d_out"))


def spread_as_width_grows():
    (n,) = indeterminates("n")
    limit = limit_at_infinity(relative_variance(n), n)
    return exactly(0, "Var(n E_x̂[z²]) → 0"), proof(limit, "variance of ‖w‖², in the symbol n")


def spread_at_paper_width():
    return exactly(0, "n E_x̂[z²] = 1 for every W₁"), proof(
        relative_variance(Fraction(2048)), "variance of ‖w‖², n = 2048"
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
@readings("step", {"as n → ∞": spread_as_width_grows, "at n = 2048": spread_at_paper_width})
def test_expectation_over(check, step):
    check(*step())


@claim(
    "6.remark2.denominator",
    at="Remark 2",
    says="The denominator of c(p) tends to a positive constant, since the magnitude energy is positive",
    tex=r"\|P_{y^\perp}\Delta y^{\mathrm{mag}}\|^2\to\mathbb{E}\|P_{y^\perp}\Delta y^{\mathrm{mag}}\|^2>0",
    primary="transverse energy, the denominator of (13)",
    rests_on=["6.theorem3", "6.theorem3.closed_form"],
    note="The remark argues from the total energy; what (13) divides by is its transverse part, which is positive too.",
)
@readings(
    "part",
    {
        "transverse energy, the denominator of (13)": lambda moments: moments.transverse_energy(),
        "total energy, as argued": lambda moments: moments.energy,
    },
)
def test_denominator(check, part):
    def over_rates():
        near_zero = expand(lambda s: divide_by_power(part(magnitude_moments(s, SERIES)), s, 2, SERIES), 1, "0.05")
        start = near_zero(BALL.number(0).union(BALL.number("0.05")))
        return over_flip_rates(lambda s: part(magnitude_moments(s, SERIES)) / s**2, start)

    check(more_than("0", "positive after division by p"), ball(over_rates, TAYLOR))


def small_flip_limit(n):
    """lim_{p→0} c(p)·(1 − 2/π) at width n, x̂ with equal entries: the energy of single flips over its n → ∞ value."""
    return n * relu_energy(angle_from_amplitude(1 / BALL.number(n).sqrt(), BALL), ctx=BALL) / 2


def limit_of_theorem():
    return proof(coefficient(ratio_series() * EXACT.number(LAMBDA) ** 2, 0), EXACT_COEFFICIENTS)


def limit_at_paper_width():
    return ball(lambda: small_flip_limit(2048), "single flips: f at correlation 1 − 2/n")


@claim(
    "6.remark2.leading_constant",
    at="Remark 2",
    says="The leading constant π/(π − 2) is not affected by the error of the CLT, since its moment identities hold "
    "for all n",
    tex=r"\lim_{p\to0}\,\lim_{n\to\infty}c_n(p)=\frac{\pi}{\pi-2}",
    primary="n → ∞ first, then p → 0",
    rests_on=["6.theorem3.constant"],
    note="In the order of the theorem that is so. At fixed n the limit p → 0 is that of single flips, and smaller by "
    "the factor (n/2)f(1 − 2/n) = 1 − 4/(3π√n) + …: 0.9906 at n = 2048. The sum over flips at p = 10⁻¹² confirms it.",
    instead="6.remark2.fixed_width",
)
@readings("limit", {"n → ∞ first, then p → 0": limit_of_theorem, "p → 0 at fixed n = 2048": limit_at_paper_width})
def test_leading_constant(check, limit):
    check(exactly(1, "lim c(p)·(π − 2)/π = 1"), limit())


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

    if n >= 64:  # where the law of the shifted row is known
        shares = [(p, below_constant(ratio_at_width(n, p, flint.ctx.prec))) for p in SMALL_RATES]
        check.curve(name=f"at n = {n}, equal entries", points=shares, kind="points", **IN_RATE)
    check(
        printed(stated),
        ball(from_sum_over_flips, "binomial sum over flips at p = 10⁻¹², the chance of two flips enclosed"),
    )


@claim(
    "6.remark2.condition",
    at="Remark 2",
    kind="number",
    says="1/n ≈ 5×10⁻⁴ at n = 2048",
    tex=r"\frac1n\approx5\times10^{-4}",
)
def test_inverse_width(check):
    check(printed("5e-4"), proof(Fraction(1, 2048), "exact fraction"))


@claim(
    "6.remark2.small_at_experiment",
    at="Remark 2",
    says="At p ≥ 0.01 and n = 2048 the finite-width error is negligible beside the √p term",
    tex=r"\left|n\,\mathbb{E}[(\Delta a_i^{\mathrm{sign}})^2]-f(1-2p)\right|\ll\frac{8p^{3/2}}{3\pi}",
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
