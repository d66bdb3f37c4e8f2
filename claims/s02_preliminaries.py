"""Section 2: notation, sign quantisation, assumptions and perturbation types."""

from fractions import Fraction
from itertools import pairwise, product
from math import isqrt

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from verdicts import at_most, ball, claim, exactly, less_than, more_than, printed, proof, twin, worst

from theorems.arithmetic.contexts import BALL, SERIES
from theorems.arithmetic.exact_series import EXACT, exact_value
from theorems.arithmetic.expansions import expand, quotient, range_over
from theorems.arithmetic.rational_functions import indeterminates, limit_at_infinity
from theorems.formulas.asymmetry import (
    magnitude_moments,
    magnitude_radial_fraction,
    root_flip_rate,
    sign_moments,
    sign_radial_fraction,
)
from theorems.formulas.normal_pairs import regression_pair, relu_moments
from theorems.formulas.quantization import mean_square_scale, round_clip, sign_quantise
from theorems.formulas.relu_kernels import angle_from_amplitude
from theorems.formulas.rmsnorm import coefficient_of_variation, radial_fraction, rmsnorm, transverse
from theorems.formulas.sign_direction import gaussian_sign_energy, gaussian_sign_energy_variance
from theorems.formulas.spherical import sphere_moment, sphere_participation
from theorems.formulas.ternary import sign_quantised_pair, three_valued_alignment
from theorems.integrals.gaussian_integrals import gaussian_expectation, quadrant_moment
from theorems.moments import Moments

searching = settings(deadline=None, max_examples=50)
whole = st.integers(-9, 9)
pairs = st.lists(st.tuples(whole, whole), min_size=1, max_size=8)
vectors = st.lists(whole, min_size=1, max_size=8).filter(any)
matrices = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(whole, min_size=n, max_size=n), min_size=1, max_size=4)
)
scales = st.integers(-100, 100)
FLIP_RATES = ["0.01", "0.05", "0.1", "0.25"]


def both_nonzero(entries):
    return all(any(vector) for vector in zip(*entries, strict=True))


def squared_scale_mean(shared):
    """E s²/E w² of Gaussian weights where N = `shared` entries share the scale, from n = 1 weights of variance 1."""
    return mean_square_scale(1, shared, BALL)


def absolute_gaussian_mean():
    return 2 * gaussian_expectation(lambda x: x, 0, None, (1, 1))


# 2.1 Notation


@claim(
    "2.1.radial_fraction",
    at="Section 2.1",
    kind="step",
    says="𝓡 is a fraction of the perturbation's energy: 𝓡 + ‖PΔy‖²/‖Δy‖² = 1",
    tex=r"\mathcal{R}(\Delta y)=\frac{(\Delta y\cdot\hat{y})^2}{\|\Delta y\|^2}",
    rests_on=["4.theorem2.projector"],
)
@searching
@given(entries=pairs.filter(both_nonzero), scale=scales)
@example(entries=[(-2, 3)], scale=-100)
@example(entries=[(1, 1), (0, 2)], scale=0)
def test_radial_fraction(entries, scale):
    y, change = zip(*entries, strict=True)
    y, change = np.array(y, dtype=float), np.array(change) * 10.0**scale
    across = np.linalg.norm(transverse(y, change)) / np.linalg.norm(change)
    assert abs(radial_fraction(y, change) + across ** twin(2, 1) - 1) < 1e-13


@claim(
    "2.1.hat",
    at="Section 2.1",
    also_at=["Section 2.2"],
    kind="wording",
    says="A hat makes a unit vector: ŷ has norm 1",
    tex=r"\hat{x}=x/\|x\|",
    primary="ŷ in equation (1), P and 𝓡",
    note="The ŷ of the model, RMSNorm(W₂ReLU(W₁x̂)) in Section 2.2 and equation (12), has norm √m: with it in place of "
    "the unit vector 𝓡 would exceed 1.",
)
@pytest.mark.parametrize("size", [4, 9])
@pytest.mark.parametrize("reading", ["ŷ in equation (1), P and 𝓡", "ŷ in Section 2.2 and equation (12)"])
def test_hat(check, reading, size):
    # ones of length m = 4 or 9: √m and ‖y‖ are integers, so RMSNorm is exact
    output = [Fraction(float(entry)) for entry in rmsnorm(np.ones(size))]
    if reading == "ŷ in equation (1), P and 𝓡":
        output = [entry / isqrt(size) for entry in output]
    check(
        exactly(1, stated="unit vector"), proof(sum(entry**2 for entry in output), "squared norm, y a vector of ones")
    )


@claim(
    "2.1.coefficient_of_variation",
    at="Section 2.1",
    kind="wording",
    says="With CV_p(d) = std(d)/mean(d), the scaling error bound (6) holds",
    tex=r"\mathrm{CV}_p(d)=\mathrm{std}(d)/\mathrm{mean}(d)",
    primary="under the weights p of Theorem 1",
    note="The table gives no weights. With the plain standard deviation and mean the bound fails.",
)
@pytest.mark.parametrize("reading", ["under the weights p of Theorem 1", "plain"])
@searching
@given(
    y=st.lists(st.integers(1, 30), min_size=2, max_size=5),
    scale=st.lists(st.integers(1, 30), min_size=5, max_size=5),
)
@example(y=[10, 1, 1, 1, 1], scale=[20, 19, 19, 19, 19])
@example(y=[1, 1, 1], scale=[1, 1, 1, 1, 1])
@example(y=[20, 20, 1, 1, 1], scale=[29, 30, 30, 30, 30])
def test_coefficient_of_variation(reading, y, scale):
    d = np.array(scale[: len(y)], dtype=float)
    variation = float(d.std() / d.mean()) if reading == "plain" else coefficient_of_variation(y, d)
    error = np.linalg.norm(rmsnorm(d * y) - rmsnorm(y)) / np.sqrt(len(y))
    margin = twin(1, 0.9) * variation - error
    worst(margin)
    assert margin >= -1e-13


@claim(
    "2.1.correlation",
    at="Section 2.1",
    kind="step",
    says="The uncentred correlation is the cosine in L²: it lies in [−1, 1]",
    tex=r"\mathrm{Corr}(X,Y)=\frac{\mathbb{E}[XY]}{\sqrt{\mathbb{E}[X^2]\,\mathbb{E}[Y^2]}}",
)
@searching
@given(entries=pairs.filter(both_nonzero))
@example(entries=[(1, 2), (-1, -2)])
def test_uncentred_correlation(entries):
    squares = sum(x * x for x, _ in entries) * sum(y * y for _, y in entries)
    margin = squares * twin(1, Fraction(1, 2)) - sum(x * y for x, y in entries) ** 2
    worst(float(margin))
    assert margin >= 0


@claim(
    "2.1.magnitude_perturbation",
    at="Section 2.1",
    also_at=["Section 5.2"],
    kind="wording",
    says="ΔW^mag is sign-preserving: it changes the sign of no weight",
    primary="the model (A4)",
    note="Section 5.2 uses the name for independent additive noise of variance 4p/n, which changes the sign of a share "
    "arctan(2√p)/π of the weights: 6.3% at p = 0.01, six times as many as the sign flips it is compared with.",
    instead="2.5.additive_flips",
)
@pytest.mark.parametrize("reading", ["the model (A4)", "the additive model of Section 5.2"])
def test_magnitude_perturbation_keeps_signs(check, reading):
    if reading == "the model (A4)":
        a, delta = indeterminates("a,delta")
        products = [(sign * a) * (sign * a + sign * delta) for sign in (1, -1)]
        negative = sum(coefficient < 0 for polynomial in products for coefficient in polynomial.numer.coeffs())
        certificate = "negative coefficients of w·(w + δ sign w) as polynomials in |w| and δ, for either sign of w"
        check(exactly(0), proof(negative, certificate))
        return
    check(exactly(0), ball(lambda: additive_sign_changes("0.01"), "quadrants of the normal pair (w, w + noise)"))


def additive_sign_changes(p):
    """Pr(sign(w + noise) ≠ sign w) for Gaussian w and independent noise of relative variance 4p, by quadrature."""
    angle = BALL.atan(2 * BALL.sqrt(BALL.number(p)))
    return quadrant_moment({(0, 0): 1}, angle, 1, -1) + quadrant_moment({(0, 0): 1}, angle, -1, 1)


# 2.2 RMSNorm


@claim(
    "2.2.rmsnorm",
    at="Equation (1)",
    also_at=["Section 2.2"],
    says="RMSNorm maps every nonzero vector to the sphere of radius √m, keeping its direction and losing its norm",
    tex=r"\mathrm{RMSNorm}(y)=\frac{\sqrt{m}}{\|y\|}\,y",
)
@searching
@given(y=vectors, scale=st.integers(-150, 150))
@example(y=[3], scale=150)
@example(y=[-3, 0, 4], scale=-150)
def test_rmsnorm(y, scale):
    y = np.array(y) * 10.0**scale
    output = rmsnorm(y)
    assert abs(np.linalg.norm(output) - len(y) ** twin(0.5, 0.6)) < 1e-13 * len(y)
    assert np.allclose(output, np.sqrt(len(y)) * y / np.linalg.norm(y), rtol=1e-13, atol=0)
    assert np.allclose(rmsnorm(7 * y), output, rtol=1e-13, atol=1e-15)


@claim(
    "2.2.layernorm",
    at="Section 2.2",
    kind="step",
    says="RMSNorm is LayerNorm without the re-centring: they agree on centred vectors",
    tex=r"\mathrm{LayerNorm}(y)=\mathrm{RMSNorm}(y-\bar{y})",
)
@searching
@given(y=st.lists(whole, min_size=2, max_size=8).filter(lambda y: len(set(y)) > 1))
@example(y=[1, 2])
def test_layernorm_without_centring(y):
    centred = np.array(y) - twin(1, 0) * np.mean(y)
    layer = (np.array(y) - np.mean(y)) / np.std(y)
    assert np.allclose(rmsnorm(centred), layer, atol=1e-13)


@claim(
    "2.2.input_scale",
    at="Section 2.2",
    kind="wording",
    says="The unit input x̂ can stand for a normalised input of norm √n: the model's output is the same",
)
@searching
@given(
    first=st.lists(st.lists(whole, min_size=2, max_size=2), min_size=3, max_size=3),
    second=st.lists(st.lists(whole, min_size=3, max_size=3), min_size=2, max_size=2),
    x=st.lists(whole, min_size=2, max_size=2),
    scale=scales,
)
@example(first=[[1, 0], [0, 1], [-1, -1]], second=[[1, 2, 3], [-1, 4, 1]], x=[3, -4], scale=100)
def test_unit_input_stands_for_a_normalised_one(first, second, x, scale):
    first, second, x = (np.array(part, dtype=float) for part in (first, second, x))
    outputs = [second @ np.maximum(first @ (factor * x), 0) for factor in (1, 10.0**scale * twin(1, -1))]
    assume(all(np.linalg.norm(output) > 0 for output in outputs))
    assert np.allclose(rmsnorm(outputs[0]), rmsnorm(outputs[1]), rtol=1e-12, atol=1e-12)


def constant_with_skip(energy):
    """lim p → 0 of c(p) where a skip path, orthogonal to the branch and of that relative energy, joins before RMSNorm.

    At large width an input independent of W₂ is orthogonal to the branch's output and to its change.
    """
    s = SERIES.variable(0)

    def transverse_energy(branch):
        return Moments(
            branch.original * (1 + BALL.number(energy)), branch.projection, branch.energy
        ).transverse_energy()

    return quotient(
        transverse_energy(sign_moments(s, SERIES)), transverse_energy(magnitude_moments(s, SERIES)), s, 2, SERIES
    )[0]


@claim(
    "2.2.signal_path",
    at="Section 2.2",
    kind="wording",
    says="The toy model captures the signal path between consecutive normalisations of a pre-norm Transformer: its "
    "constant 2.75 is that of the path",
    rests_on=["6.theorem3.constant"],
    primary="the path through the FFN, to whose output the paragraph applies the norm",
    note="In the block that the paragraph displays the next normalisation acts on x + FFN(…). The skip path dilutes "
    "the branch: at equal energy the constant is 1/(1 − 1/π) = 1.47, which sampled dense matrices confirm (1.43 ± 0.03 "
    "at p = 0.01, against 1.41 from the moments). Section 7.1 reports a drop from 3.587 to 1.355.",
    instead="2.2.skip_path",
)
@pytest.mark.parametrize(
    "reading",
    [
        "the path through the FFN, to whose output the paragraph applies the norm",
        "the whole block x + FFN(RMSNorm(x))",
    ],
    ids=["FFN", "block"],
)
def test_signal_path(check, reading):
    energy = "1" if reading == "the whole block x + FFN(RMSNorm(x))" else "0"
    check(printed("2.75"), ball(lambda: constant_with_skip(energy), f"power series, skip path of {energy}× the energy"))


@claim(
    "2.2.skip_path",
    at="Section 2.2",
    kind="extension",
    says="With a skip path of τ times the branch's energy the constant is 1/(1 − (2/π)/(1 + τ))",
    tex=r"\frac{1}{1-\frac{2}{\pi(1+\tau)}}",
)
@pytest.mark.parametrize("energy", ["0", "0.5", "1", "4"])
def test_skip_path(check, energy):
    def distance():
        expected = 1 / (1 - 2 / (BALL.pi * (1 + BALL.number(energy))))
        return abs(constant_with_skip(energy) - expected)

    check(less_than("1e-12"), ball(distance, "power series of the exact second moments less the formula"))


# 2.3 Sign quantisation


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
    mean = rows.mean() if twin(True, False) else rows[0]
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


# 2.4 Assumptions


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


# 2.5 Perturbation types


@claim(
    "2.5.definition1.constant_shift",
    at="Definition 1",
    says="The constant-δ model is magnitude-type: sign(W + δ sign W) = sign(W) for every δ > 0",
)
@searching
@given(w=st.integers(-(10**6), 10**6), delta=st.integers(1, 10**9))
@example(w=0, delta=1000)
def test_constant_shift_keeps_signs(w, delta):
    sign = (w > 0) - (w < 0)
    changed = w + sign * delta * twin(1, -1)
    assert (changed > 0) - (changed < 0) == sign


@claim(
    "2.5.definition1.sign_flips",
    at="Definition 1",
    says="(A3) is sign-flip-type: the perturbed entries, and no others, change sign",
)
@searching
@given(w=st.integers(-(10**6), 10**6), flip=st.booleans())
@example(w=0, flip=True)
def test_flips_change_signs(w, flip):
    if twin("no zero weights", "zero weights") == "no zero weights":
        assume(w)
    assert (np.sign(-w if flip else w) != np.sign(w)) == flip


@claim(
    "2.5.definition1.quantisation",
    at="Definition 1",
    also_at=["Section 8.3"],
    says="The error of sign quantisation is magnitude-type",
)
@searching
@given(weights=matrices, scale=scales)
@example(weights=[[0, 0]], scale=0)
@example(weights=[[0, 3], [-3, 9]], scale=-100)
def test_sign_quantisation_keeps_signs(weights, scale):
    array = np.array(weights) * 10.0**scale
    assert np.array_equal(np.sign(twin(1, -1) * sign_quantise(array)), np.sign(array))


@claim(
    "2.5.additive_flips",
    at="Definition 1",
    kind="extension",
    says="Independent Gaussian noise of the flips' norm is of neither type: it moves every weight and changes the sign "
    "of arctan(2√p)/π of them, for p < 1/4 more than the share p",
    tex=r"\frac{1}{\pi}\arctan(2\sqrt{p})>p",
)
@pytest.mark.parametrize("p", ["0.001", "0.01", "0.1", "0.2"])
def test_additive_noise_flips_signs(check, p):
    check(more_than(p), ball(lambda: additive_sign_changes(p), "quadrants of the normal pair (w, w + noise)"))


@claim(
    "2.5.definition1.jitter",
    at="Definition 1",
    kind="extension",
    says="A magnitude-type perturbation can do more transverse damage than sign flips of the same norm: ΔW = ±2√p·W "
    "with independent signs keeps every sign for p < 1/4",
    tex=r"\frac{\|P_{y^\perp}\Delta y^{\mathrm{sign}}\|^2}{\|P_{y^\perp}\Delta y^{\mathrm{jitter}}\|^2}<1",
)
@pytest.mark.parametrize("p", ["0.001", "0.01", "0.1", "0.2"])
def test_jitter_does_more_damage(check, p):
    def ratio():
        s = root_flip_rate(p, BALL)
        jitter = relu_moments(regression_pair(1, 2 * s, BALL), BALL)
        return sign_moments(s, BALL).transverse_energy() / jitter.transverse_energy()

    check(less_than("1"), ball(ratio, "second moments of bivariate normal pre-activations, after ReLU"))


def defining_radial_fraction(slope, residual, angle):
    """𝓡 = E[aΔa]²/(E a² E Δa²) for a = ReLU(X), X′ = slope·X + residual·N, from quadrant integrals alone."""
    deviation = BALL.sqrt(slope**2 + residual**2)
    original = quadrant_moment({(2, 0): 1}, 0)
    cross = deviation * quadrant_moment({(1, 1): 1}, angle)
    perturbed = deviation**2 * original
    return (cross - original) ** 2 / (original * (original - 2 * cross + perturbed))


@claim(
    "2.5.sign_radial_fraction",
    at="Section 2.5",
    also_at=["Section 6.3"],
    says="For sign flips 𝓡 tends to p − 4p^(3/2)/(3π) + O(p^(5/2))",
    tex=r"\mathcal{R}^{\mathrm{sign}}\to p-\frac{4p^{3/2}}{3\pi}+O(p^{5/2})",
    note="The exact series is that of the arc-cosine kernel; 2.5.sign_radial_fraction.remainder confirms it by "
    "integrals over the quadrants.",
)
@pytest.mark.parametrize("power", ["0", "1/2", "1", "3/2", "2"], ids="coefficient of p^({})".format)
def test_sign_radial_fraction(check, power):
    s = EXACT.variable()
    residual = sign_moments(s, EXACT).radial_fraction() - (s**2 - 4 * s**3 / (3 * EXACT.pi))
    certificate = f"coefficient of p^({power}) less the stated one, power series with exact coefficients"
    check(exactly(0), proof(exact_value(residual[int(2 * Fraction(power))]), certificate))


@claim(
    "2.5.sign_radial_fraction.remainder",
    at="Section 2.5",
    kind="step",
    says="The remainder is of order p^(5/2)",
    tex=r"\mathcal{R}^{\mathrm{sign}}-p+\frac{4p^{3/2}}{3\pi}=O(p^{5/2})",
    rests_on=["2.5.sign_radial_fraction"],
)
@pytest.mark.parametrize("p", ["every p ≤ 0.01", "0.0001", "0.01", "0.1", "0.25"])
def test_sign_remainder(check, p):
    def remainder():
        s = root_flip_rate(p, BALL)
        slope, angle = 1 - 2 * s**2, angle_from_amplitude(s, BALL)
        value = defining_radial_fraction(slope, BALL.sqrt(1 - slope**2), angle)
        return abs(value - s**2 + 4 * s**3 / (3 * BALL.pi)) / s**5

    if p.startswith("every"):
        bound = expand(lambda s: sign_radial_fraction(s, SERIES), 5, "0.1").remainder
        evidence = ball(lambda: abs(bound), "Lagrange remainder over the whole interval")
    else:
        evidence = ball(remainder, "quadrant integrals less the expansion")
    check(less_than("0.1", stated="bounded by 0.1 p^(5/2)"), evidence)


@claim(
    "2.5.sign_radial_fraction.sharp",
    at="Section 2.5",
    kind="extension",
    says="The order p^(5/2) is sharp: its coefficient is −2/(15π) ≈ −0.0424",
    tex=r"\mathcal{R}^{\mathrm{sign}}=p-\frac{4p^{3/2}}{3\pi}-\frac{2p^{5/2}}{15\pi}+\cdots",
)
def test_sign_remainder_is_sharp(check):
    check(printed("-0.0424"), ball(lambda: sign_radial_fraction(SERIES.variable(0), SERIES)[5], "power series"))


@claim(
    "2.5.magnitude_radial_fraction",
    at="Section 2.5",
    also_at=["Section 6.3"],
    says="For the constant-δ model 𝓡 tends to 2/π + O(√p)",
    tex=r"\mathcal{R}^{\mathrm{mag}}\to\frac{2}{\pi}+O(\sqrt{p})",
)
@pytest.mark.parametrize("p", ["limit p → 0", "every p ≤ 0.01", "1e-8", "0.0001", "0.01", "0.1"])
def test_magnitude_radial_fraction(check, p):
    if p == "limit p → 0":
        residual = (magnitude_moments(EXACT.variable(), EXACT).radial_fraction() - 2 / EXACT.pi)[0]
        check(exactly(0), proof(exact_value(residual), "power series with exact coefficients"))
        return
    bounded = less_than("0.1", stated="within 0.1 √p of 2/π")
    if p == "every p ≤ 0.01":
        remainder = expand(lambda s: magnitude_radial_fraction(s, SERIES), 1, "0.1").remainder
        check(bounded, ball(lambda: abs(remainder), "Lagrange remainder over the whole interval"))
        return

    def deviation():
        s = root_flip_rate(p, BALL)
        slope, residual = 1 + 2 * s * BALL.sqrt(2 / BALL.pi), 2 * s * BALL.sqrt(1 - 2 / BALL.pi)
        value = defining_radial_fraction(slope, residual, BALL.atan(residual / slope))
        return abs(value - 2 / BALL.pi) / s

    check(bounded, ball(deviation, "quadrant integrals"))


@claim(
    "2.5.magnitude_radial_fraction.coefficient",
    at="Section 2.5",
    kind="extension",
    says="The O(√p) term of the magnitude model's 𝓡 does not vanish: its coefficient is 0.0592",
)
def test_magnitude_coefficient(check):
    def coefficient():
        return magnitude_radial_fraction(SERIES.variable(0), SERIES)[1]

    check(printed("0.0592"), ball(coefficient, "power series"))


def over_all_rates(function):
    """A ball with the values of a function of the series s = √p for 0 < p ≤ 1/2."""
    edges = ["0.05", "0.1", "0.2", "0.4", "0.7072"]
    near_zero = expand(function, 1, edges[0])
    values = near_zero.coefficients[0] + BALL.number(0).union(BALL.number(edges[0])) * near_zero.remainder
    for lower, upper in pairwise(edges):
        values = values.union(range_over(function, lower, upper, 32, 3))
    return values


@claim(
    "2.5.separation",
    at="Section 2.5",
    says="The radial fractions separate: 2/π against O(p)",
    rests_on=["2.5.sign_radial_fraction", "2.5.magnitude_radial_fraction"],
)
@pytest.mark.parametrize("p", ["every p ≤ 1/2", *FLIP_RATES])
def test_separation(check, p):
    def gap(s, ctx):
        return magnitude_radial_fraction(s, ctx) - sign_radial_fraction(s, ctx)

    if p == "every p ≤ 1/2":
        evidence = ball(lambda: over_all_rates(lambda s: gap(s, SERIES)), "Taylor forms in √p over the whole interval")
    else:
        evidence = ball(
            lambda: gap(root_flip_rate(p, BALL), BALL), "second moments of bivariate normal pre-activations"
        )
    check(more_than("0"), evidence)


@claim(
    "2.5.source",
    at="Section 2.5",
    kind="wording",
    says="The separation of the radial fractions is the source of Theorem 3's asymmetry: before RMSNorm the two "
    "perturbations have equal energy as p → 0",
    tex=r"R_A(p)\to1",
    rests_on=["2.5.separation", "6.theorem3"],
)
def test_source_of_the_asymmetry(check):
    s = EXACT.variable()
    ratio = sign_moments(s, EXACT).energy / magnitude_moments(s, EXACT).energy
    check(
        exactly(1, stated="all of the ratio is from the radial fractions"), proof(exact_value(ratio[0]), "exact series")
    )


@claim(
    "2.5.other_magnitude_types",
    at="Section 2.5",
    says="For general magnitude-type perturbations the radial fraction differs from 2/π",
    rests_on=["2.5.definition1.quantisation"],
)
@pytest.mark.parametrize("perturbation", ["sign quantisation", "uniform scaling", "independent jitter, p = 0.01"])
def test_other_magnitude_types(check, perturbation):
    def distance():
        pair = {
            "sign quantisation": lambda: sign_quantised_pair(BALL),
            "uniform scaling": lambda: regression_pair("1.1", 0, BALL),
            "independent jitter, p = 0.01": lambda: regression_pair(1, "0.2", BALL),
        }[perturbation]()
        return abs(relu_moments(pair, BALL).radial_fraction() - 2 / BALL.pi)

    check(more_than("0", stated="differs"), ball(distance, "second moments after ReLU"))
