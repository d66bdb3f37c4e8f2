"""Section 2.3: sign quantisation."""

from fractions import Fraction
from functools import partial
from itertools import product

import numpy as np
import pytest
from hypothesis import example, given, settings
from verdicts import agrees, ball, claim, exactly, identity, instances, less_than, printed, proof, readings, tries, twin

from claims.drawn_vectors import FORTY_AT_ONCE, TEN_AT_ONCE, batches, searching
from claims.weight_moments import absolute_gaussian_mean, law_symbols, powers_of_the_average
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import indeterminates, limit_at_infinity
from theorems.formulas.quantization import mean_square_scale, round_clip, sign_quantise
from theorems.formulas.ternary import three_valued_alignment
from theorems.integrals.gaussian_integrals import gaussian_expectation


def squared_scale_mean(shared):
    """E s²/E w² of Gaussian weights where N = `shared` entries share the scale, from n = 1 weights of variance 1."""
    return mean_square_scale(1, shared, BALL)


@claim(
    "2.3.two_levels",
    at="Equation (2)",
    also_at=["Section 2.3"],
    says="Each entry of W_T is −s or +s, where s is the mean absolute value of its row",
    tex=r"W_T=\mathrm{diag}(s_1,\ldots,s_m)\,\mathrm{sign}(W),\quad s_i=\|w_i\|_1/n",
    note=FORTY_AT_ONCE,
)
@searching
@given(weights=batches(zeros=True))
@example(weights=np.array([[5e100]]))
@example(weights=np.array([[0.0, 5.0]]))
@example(weights=np.array([[1.0, -1.0], [9.0, 9.0]]))
def test_two_levels_per_row(weights):
    if twin("no zero weights", "zero weights") == "no zero weights":
        weights = np.where(weights == 0, 1.0, weights)
    tries(len(weights))
    scales = np.sum(np.abs(weights), axis=1, keepdims=True) / weights.shape[1]
    assert np.allclose(np.abs(sign_quantise(weights)), scales, rtol=1e-12, atol=0)


def levels_of_any_row():
    import sympy

    scale, size = sympy.symbols("s w", positive=True)
    levels = {scale * sympy.sign(weight) for weight in (size, -size)}
    return proof(len(levels), "values of s·sign(w) for a weight of either sign, in symbols: any row without zeros")


def levels_of_short_rows():
    def levels(*row):
        return len(set(sign_quantise(np.array([row], dtype=float))[0].tolist()))

    return instances(levels, at=list(product((-2, -1, 1, 2), repeat=4)), method="distinct values in a row")


@claim(
    "2.3.not_ternary",
    at="Section 2.3",
    kind="wording",
    says="A row takes two values, so scheme (2) is not a genuine ternary one",
    note="The title, the abstract, Theorem 4 and Section 8 call the same scheme ternary.",
)
@pytest.mark.parametrize("found", [levels_of_any_row, levels_of_short_rows], ids=["every row", "rows of four"])
def test_number_of_levels(check, found):
    check(less_than("3", stated="not ternary"), found())


@claim(
    "2.3.round_clip",
    at="Section 2.3",
    says="RoundClip produces genuine ternary values, zeros arising from small weights",
    tex=r"\mathrm{RoundClip}(W/\gamma,-1,1)_{ij}\in\{-1,0,1\}",
)
def test_round_clip_is_ternary(check):
    levels = {
        float(q)
        for w in product(range(1, 6), (-1, 1), repeat=2)
        for q in round_clip(np.array([[w[0] * w[1], w[2] * w[3]]], dtype=float))[0][0]
    }
    check(exactly(3), proof(len(levels), "distinct values over all pairs of weights ±1 … ±5"))


@claim(
    "2.3.single_scale",
    at="Section 2.3",
    kind="step",
    says="BitNet's β·sign(W) is scheme (2) with every s_i replaced by β; β is the mean of the s_i",
    tex=r"\beta=\frac{1}{mn}\|W\|_1=\frac{1}{m}\sum_is_i",
    note=TEN_AT_ONCE,
)
@given(weights=batches(most=10))
@example(weights=np.array([[1.0, 1.0], [3.0, 3.0]]))
def test_single_scale(weights):
    rows, tensor = np.abs(sign_quantise(weights))[:, 0], sign_quantise(weights, "tensor")
    mean = twin(rows.mean(), rows[0])
    assert np.allclose(tensor, mean * np.sign(weights), rtol=1e-12, atol=0)


def scale_error(moments, n):
    """E(s/E|w| − 1)² = E s²/(E|w|)² − 1 of n weights, as E s = E|w|."""
    return powers_of_the_average(moments, n)[0] / moments[0] ** 2 - 1


def scheme_difference(moments, n, m):
    """E Σ(s_i − β)²/E Σs_i² = 1 − E β²/E s² for m rows, as β is the mean of the s_i and an average of mn magnitudes."""
    per_row, per_tensor = (powers_of_the_average(moments, count)[0] for count in (n, m * n))
    return 1 - per_tensor / per_row


ONE_OR_TWO = [Fraction(1 + 2**order, 2) for order in range(1, 5)]  # moments of the magnitudes 1 and 2, equally likely


def enumerated_scale_error(n):
    squares = [(Fraction(sum(row), n) / ONE_OR_TWO[0] - 1) ** 2 for row in product((1, 2), repeat=n)]
    return sum(squares) / len(squares)


def enumerated_scheme_difference(n, m):
    apart = own = Fraction(0)
    for entries in product((1, 2), repeat=m * n):
        scales = [Fraction(sum(entries[n * row : n * row + n]), n) for row in range(m)]
        mean = Fraction(sum(entries), m * n)
        apart, own = apart + sum((s - mean) ** 2 for s in scales), own + sum(s**2 for s in scales)
    return apart / own


def vanishing(quantity, names, of):
    """Its limit as n → ∞ for every law, from its moments."""

    def limit():
        *moments, n, m = indeterminates("m1,m2,m3,m4,n,m")
        found = quantity(moments, *(n, m)[:names])
        return exactly(0), proof(limit_at_infinity(found, n), f"limit of {of}, any law by its moments")

    return limit


def enumerated(quantity, by_enumeration, at):
    def instance():
        method = "over all matrices of magnitudes 1 and 2, against the moments of their law"
        return [agrees(by_enumeration, partial(quantity, ONE_OR_TWO), at, digits=30, method=method)]

    return instance


SCALES = {
    "n → ∞": vanishing(scale_error, 1, "E(s_i/E|w_ij| − 1)²"),
    "n = 1, 2, 5": enumerated(scale_error, enumerated_scale_error, [1, 2, 5]),
}


@claim(
    "2.3.scale_limit",
    at="Section 2.3",
    says="s_i → E|w_ij| for each row as n → ∞: their ratio tends to 1",
    tex=r"\frac{s_i}{\mathbb{E}|w_{ij}|}\to1",
    note="Under (A1’) both vanish, E|w_ij| = √(2/(πn)): the law of large numbers applies to √n s_i.",
)
@pytest.mark.parametrize("error", SCALES.values(), ids=SCALES)
def test_scale_limit(check, error):
    check(*error())


def difference_for_every_shape():
    *moments, n, m = indeterminates("m1,m2,m3,m4,n,m")
    first, second, *_ = moments
    stated = (m - 1) / m * (second - first**2) / (second + (n - 1) * first**2)
    method = "relative mean square difference, any law by its moments"
    return [identity(scheme_difference(moments, n, m), stated, method, "at most Var|w|/(n(E|w|)²), whatever m does")]


SCHEMES = {
    "every n and m": difference_for_every_shape,
    "n → ∞, every m": vanishing(scheme_difference, 2, "the relative mean square difference, for every m"),
    "2 × 2, 3 × 2 and 2 × 4": enumerated(scheme_difference, enumerated_scheme_difference, [(2, 2), (2, 3), (4, 2)]),
}


@claim(
    "2.3.equivalence",
    at="Section 2.3",
    also_at=["Section 1.3"],
    says="Per-row and per-tensor schemes become asymptotically equivalent",
    tex=r"\frac{\mathbb{E}\|W_T-\beta\,\mathrm{sign}W\|_F^2}{\mathbb{E}\|W_T\|_F^2}\to0",
    rests_on=["2.3.scale_limit"],
)
@pytest.mark.parametrize("difference", SCHEMES.values(), ids=SCHEMES)
def test_equivalence(check, difference):
    check(*difference())


@claim(
    "2.3.both_limits",
    at="Section 2.3",
    also_at=["Footnote 1"],
    kind="number",
    says="Theorem 4's limit 2/π ≈ 0.637 holds for both schemes",
    tex=r"\mathbb{E}[s^2]/\mathbb{E}[w^2]\to2/\pi",
    rests_on=["8.theorem4"],
)
@pytest.mark.parametrize("power", [1, 2], ids=["per row", "per tensor"])
def test_both_limits(check, power):
    def from_a_million():
        return squared_scale_mean(10 ** (6 * power)).union(2 / BALL.pi)  # it falls to its limit

    check(printed("0.637"), ball(from_a_million, "exact ratio of expectations at every n = m from 10⁶ on"))


@claim(
    "2.3.variance_of_scales",
    at="Footnote 1",
    says="Var s_i = O(1/n) and Var β = O(1/(mn))",
    tex=r"\mathrm{Var}(s_i)=O(1/n),\quad\mathrm{Var}(\beta)=O(1/(mn))",
    note="Sharp for weights of unit variance. Under (A1’) both are smaller by another factor 1/n, "
    "Var s_i = (1 − 2/π)/n², so the orders hold but are not sharp.",
)
@pytest.mark.parametrize("averaged", [lambda _, n: n, lambda m, n: m * n], ids=["per row", "per tensor"])
def test_variance_of_scales(check, averaged):
    *moments, n = law_symbols()
    count = averaged(2, n)
    variance = powers_of_the_average(moments, count)[0] - moments[0] ** 2
    method = "exact variance of an average of magnitudes, times their number; any law, m = 2"
    check(identity(count * variance, moments[1] - moments[0] ** 2, method, "free of n"))


def as_it_is(_):
    return 0


AS_WRITTEN, AS_PUBLISHED = "the schemes as Section 2.3 writes them", "BitNet as published"


@claim(
    "2.3.common_structure",
    at="Section 2.3",
    says="Sign preservation is common to both BitNet schemes, for non-zero quantised entries",
    tex=r"W_{T,ij}\neq0\ \Rightarrow\ \mathrm{sign}(W_{T,ij})=\mathrm{sign}(W_{ij})",
    primary=AS_WRITTEN,
    note="BitNet as published takes the signs of W less the mean of its entries (Wang et al. 2023), which Section 2.3 "
    "leaves out: weights between 0 and the mean change sign. Their share vanishes for i.i.d. symmetric weights as "
    f"mn → ∞. {TEN_AT_ONCE}",
)
@readings("centre", {AS_WRITTEN: as_it_is, AS_PUBLISHED: np.mean})
@settings(max_examples=120)
@given(weights=batches(most=10, zeros=True))
@example(weights=np.array([[1.0, 5.0]]))
@example(weights=np.array([[0.0, 5.0]]))
def test_quantisers_keep_signs(centre, weights):
    for quantised in (sign_quantise(weights - centre(weights), "tensor"), round_clip(weights)[0]):
        kept = twin(quantised != 0, np.ones(weights.shape, dtype=bool))
        assert np.all(np.sign(quantised[kept]) == np.sign(weights[kept]))


def threshold():
    return absolute_gaussian_mean() / 2


ZEROS = {
    "zeros-31.0%": ("31.0%", lambda: 2 * gaussian_expectation(lambda x: x**0, 0, threshold())),
    "alignment-78.7%": ("78.7%", lambda: three_valued_alignment(threshold(), BALL)),
}


@claim(
    "2.3.zero_entries",
    at="Section 2.3",
    kind="extension",
    says="BitNet b1.58 zeroes 31.0% of Gaussian weights, which Definition 1 does not count as sign-preserving, and its "
    "zeros raise the alignment from 63.7% to 78.7%",
    tex=r"\Pr(|w|<\tfrac12\mathbb{E}|w|)\approx31.0\%,\quad\frac{2}{\pi}\approx63.7\%<\cos^2\approx78.7\%",
)
@pytest.mark.parametrize(("stated", "quantity"), ZEROS.values(), ids=ZEROS)
def test_zero_entries(check, stated, quantity):
    check(printed(stated), ball(quantity, "∫φ over |w| < t, and (E|w|1{|w|>t})²/Pr(|w|>t), at t = E|w|/2"))
