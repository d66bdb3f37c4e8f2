"""Section 2.3: sign quantisation."""

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, example, given
from verdicts import at_most, ball, claim, exactly, less_than, printed, proof, twin

from claims.s02_preliminaries.weights import matrices, scales, searching
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import indeterminates, limit_at_infinity
from theorems.formulas.quantization import mean_square_scale, round_clip, sign_quantise
from theorems.formulas.ternary import three_valued_alignment
from theorems.integrals.gaussian_integrals import gaussian_expectation


def squared_scale_mean(shared):
    """E s²/E w² of Gaussian weights where N = `shared` entries share the scale, from n = 1 weights of variance 1."""
    return mean_square_scale(1, shared, BALL)


def absolute_gaussian_mean():
    return 2 * gaussian_expectation(lambda x: x, 0, None, (1, 1))


@claim(
    "2.3.two_levels",
    at="Equation (2)",
    also_at=["Section 2.3"],
    says="Each entry of W_T is −s or +s, where s is the mean absolute value of its row",
    tex=r"W_T=\mathrm{diag}(s_1,\ldots,s_m)\,\mathrm{sign}(W),\quad s_i=\|w_i\|_1/n",
)
@searching
@given(weights=matrices, scale=scales)
@example(weights=[[5]], scale=100)
@example(weights=[[0, 5]], scale=0)
@example(weights=[[1, -1], [9, 9]], scale=0)
def test_two_levels_per_row(weights, scale):
    if twin("no zero weights", "zero weights") == "no zero weights":
        assume(all(all(row) for row in weights))
    weights = np.array(weights) * 10.0**scale
    for row, quantised in zip(weights, sign_quantise(weights), strict=True):
        assert np.allclose(np.abs(quantised), np.sum(np.abs(row)) / row.size, rtol=1e-13, atol=0)


@claim(
    "2.3.not_ternary",
    at="Section 2.3",
    kind="wording",
    says="A row takes two values, so scheme (2) is not a genuine ternary one",
    note="The title, the abstract, Theorem 4 and Section 8 call the same scheme ternary.",
)
def test_number_of_levels(check):
    levels = max(
        len(set(sign_quantise(np.array([w], dtype=float))[0].tolist())) for w in product((-2, -1, 1, 2), repeat=4)
    )
    check(less_than("3", stated="not ternary"), proof(levels, "most distinct values over 256 rows without zeros"))


@claim(
    "2.3.round_clip",
    at="Section 2.3",
    says="RoundClip produces genuine ternary values, zeros arising from small weights",
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
)
@searching
@given(weights=matrices)
@example(weights=[[1, 1], [3, 3]])
def test_single_scale(weights):
    array = np.array([[w or 1 for w in row] for row in weights], dtype=float)
    rows, tensor = np.abs(sign_quantise(array))[:, 0], sign_quantise(array, "tensor")
    mean = rows.mean() if twin(true=True, false=False) else rows[0]
    assert np.allclose(tensor, mean * np.sign(array), rtol=1e-13)


@claim(
    "2.3.scale_limit",
    at="Section 2.3",
    says="s_i → E|w_ij| for each row as n → ∞: their ratio tends to 1",
    note="Under (A1’) both vanish, E|w_ij| = √(2/(πn)): the law of large numbers applies to √n s_i.",
)
def test_scale_limit(check):
    mean, variance, n = indeterminates("a,v,n")
    deviation = n * variance / (n * mean) ** 2  # of a sum of n magnitudes of mean a and variance v
    check(exactly(0), proof(limit_at_infinity(deviation, n), "limit of E(s_i/E|w_ij| − 1)², any law"))


@claim(
    "2.3.equivalence",
    at="Section 2.3",
    also_at=["Section 1.3"],
    says="Per-row and per-tensor schemes become asymptotically equivalent",
    tex=r"\frac{\mathbb{E}\|W_T-\beta\,\mathrm{sign}W\|_F^2}{\mathbb{E}\|W_T\|_F^2}\to0",
    rests_on=["2.3.scale_limit"],
)
def test_equivalence(check):
    mean, variance, m, n = indeterminates("a,v,m,n")
    # E s² and E β² for mn independent magnitudes; E Σ(s − β)² = m(E s² − E β²)
    per_row, per_tensor = (mean**2 + variance / shared for shared in (n, m * n))
    difference = limit_at_infinity((per_row - per_tensor) / per_row, n)
    check(exactly(0), proof(difference, "limit of the relative mean square difference, for every m and law"))


@claim(
    "2.3.both_limits",
    at="Section 2.3",
    also_at=["Footnote 1"],
    kind="number",
    says="Theorem 4's limit 2/π ≈ 0.637 holds for both schemes",
    tex=r"\mathbb{E}[s^2]/\mathbb{E}[w^2]\to2/\pi",
    rests_on=["8.theorem4"],
)
@pytest.mark.parametrize("scheme", ["per row", "per tensor"])
def test_both_limits(check, scheme):
    n = 10**6
    shared = n if scheme == "per row" else n * n
    check(printed("0.637"), ball(lambda: squared_scale_mean(shared), f"exact ratio of expectations at n = m = {n}"))


@claim(
    "2.3.variance_of_scales",
    at="Footnote 1",
    says="Var s_i = O(1/n) and Var β = O(1/(mn))",
    tex=r"\mathrm{Var}(s_i)=O(1/n),\quad\mathrm{Var}(\beta)=O(1/(mn))",
    note="Sharp for weights of unit variance. Under (A1’) both are smaller by another factor 1/n, "
    "Var s_i = (1 − 2/π)/n², so the orders hold but are not sharp.",
)
@pytest.mark.parametrize("weights", ["unit variance", "variance 1/n"])
@pytest.mark.parametrize("scheme", ["per row", "per tensor"])
def test_variance_of_scales(check, scheme, weights):
    law = {1: Fraction(1, 2), 3: Fraction(1, 2)}  # of |w|, up to scale
    m = 2

    def bounded(n):
        count = n if scheme == "per row" else m * n
        means = [Fraction(sum(w), count) for w in product(law, repeat=count)]
        weight = Fraction(1, len(means))
        variance = weight * sum(x * x for x in means) - (weight * sum(means)) ** 2
        return count * variance / (n if weights == "variance 1/n" else 1)

    growth = max(bounded(n + 1) / bounded(n) for n in range(1, 5))
    certificate = (
        "largest growth of n·Var s, or mn·Var β with m = 2, from n = 1 to 5 over all magnitudes of a two-point law"
    )
    check(at_most("1", stated="bounded"), proof(growth, certificate))


@claim(
    "2.3.common_structure",
    at="Section 2.3",
    says="Sign preservation is common to both BitNet schemes, for non-zero quantised entries",
    primary="the schemes as Section 2.3 writes them",
    note="BitNet as published takes the signs of W less the mean of its entries (Wang et al. 2023), which Section 2.3 "
    "leaves out: weights between 0 and the mean change sign. Their share vanishes for i.i.d. symmetric weights as "
    "mn → ∞.",
)
@pytest.mark.parametrize("reading", ["the schemes as Section 2.3 writes them", "BitNet as published"])
@searching
@given(weights=matrices, scale=scales)
@example(weights=[[1, 5]], scale=0)
@example(weights=[[0, 5]], scale=0)
def test_quantisers_keep_signs(reading, weights, scale):
    assume(any(any(row) for row in weights))
    array = np.array(weights) * 10.0**scale
    signed = array if reading == "the schemes as Section 2.3 writes them" else array - array.mean()
    for quantised in (sign_quantise(signed, "tensor"), round_clip(array)[0]):
        kept = quantised != 0
        if twin("non-zero entries", "all entries") == "all entries":
            kept = np.ones(array.shape, dtype=bool)
        assert np.all(np.sign(quantised[kept]) == np.sign(array[kept]))


@claim(
    "2.3.zero_entries",
    at="Section 2.3",
    kind="extension",
    says="BitNet b1.58 zeroes 31.0% of Gaussian weights, which Definition 1 does not count as sign-preserving, and its "
    "zeros raise the alignment from 63.7% to 78.7%",
)
@pytest.mark.parametrize(("quantity", "value"), [("zeros", "31.0%"), ("alignment", "78.7%")])
def test_zero_entries(check, quantity, value):
    def threshold():
        return absolute_gaussian_mean() / 2

    if quantity == "zeros":
        evidence = ball(lambda: 2 * gaussian_expectation(lambda x: x**0, 0, threshold()), "∫φ over |w| < γ/2")
    else:
        evidence = ball(lambda: three_valued_alignment(threshold(), BALL), "(E|w|1{|w|>t})²/Pr(|w|>t) at t = γ/2")
    check(printed(value), evidence)
