"""Section 2.2: RMSNorm."""

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from verdicts import ball, claim, identity, printed, reading, tries, twin

from claims.any_vectors import ANY_VECTORS, ROOT, Span
from claims.drawn_vectors import DIMENSIONS, FORTY_AT_ONCE, batch, batches, searching, seeded
from claims.symbols import symbols
from theorems.arithmetic.exact_series import EXACT, exact_value
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas.asymmetry import magnitude_moments, sign_moments
from theorems.formulas.rmsnorm import rmsnorm
from theorems.moments import Moments


@claim(
    "2.2.rmsnorm",
    at="Equation (1)",
    also_at=["Section 2.2"],
    says="RMSNorm maps every nonzero vector to the sphere of radius √m, keeping its direction and losing its norm",
    tex=r"\mathrm{RMSNorm}(y)=\frac{\sqrt{m}}{\|y\|}\,y",
)
def test_rmsnorm_in_symbols(check):
    v, factor = Span(), symbols("factor", positive=True)
    output = v.rmsnorm(v.y)
    found = [v.dot(output, output), v.dot(output, v.unit(v.y)), *(v.rmsnorm(factor * v.y) - output)]
    method = f"squared norm, component along y, and what a factor of y changes; {ANY_VECTORS}"
    check(identity(found, [v.m, v.m**ROOT, 0, 0, 0], method, "the sphere of radius √m, in the direction of y"))


@claim(
    "2.2.rmsnorm.vectors",
    at="Equation (1)",
    kind="extension",
    says="The output has norm √m and the direction of y, and 7y has the same, in every dimension and at every scale",
    tex=r"\|\mathrm{RMSNorm}(y)\|=\sqrt{m},\quad\frac{\mathrm{RMSNorm}(y)}{\sqrt{m}}=\hat{y},\quad\mathrm{RMSNorm}(7y)"
    r"=\mathrm{RMSNorm}(y)",
    rests_on=["2.2.rmsnorm"],
    note=FORTY_AT_ONCE,
)
@searching
@given(rows=batches(zeros=True))
@example(rows=np.array([[3e150]]))
@example(rows=np.array([[-3e-150, 0, 4e-150]]))
def test_rmsnorm(rows):
    tries(len(rows))
    size, output = rows.shape[1], rmsnorm(rows)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    assert np.max(np.abs(np.linalg.norm(output, axis=1) - size ** twin(0.5, 0.6))) < 1e-12 * size
    assert np.allclose(output, np.sqrt(size) * rows / norms, rtol=1e-12, atol=0)
    assert np.allclose(rmsnorm(7 * rows), output, rtol=1e-12, atol=1e-15)


@claim(
    "2.2.layernorm",
    at="Section 2.2",
    kind="step",
    says="RMSNorm is LayerNorm without the re-centring: they agree on centred vectors",
    tex=r"\mathrm{LayerNorm}(y)=\mathrm{RMSNorm}(y-\bar{y})",
)
def test_layernorm(check):
    m, total, squares = indeterminates("m,total,squares")  # Σ1, Σy, Σy²
    mean = total / m
    centred = squares - 2 * mean * total + m * mean**2
    factors = m / centred, 1 / (squares / m - mean**2)
    method = "squares of the factors √m/‖y − ȳ‖ and 1/std(y) of y − ȳ, from Σy and Σy² of any number m of entries"
    check(identity(*factors, method, "equal"))


@claim(
    "2.2.layernorm.vectors",
    at="Section 2.2",
    kind="extension",
    says="RMSNorm of centred vectors is LayerNorm, in every dimension and at every scale",
    tex=r"\mathrm{RMSNorm}(y-\bar{y})=\mathrm{LayerNorm}(y)",
    rests_on=["2.2.layernorm"],
    note=FORTY_AT_ONCE,
)
@searching
@given(rows=batches(dimensions=DIMENSIONS[1:], zeros=True))
@example(rows=np.array([[1.0, 2.0]]))
def test_layernorm_without_centring(rows):
    rows = rows[np.ptp(rows, axis=1) > 0]
    assume(len(rows))
    tries(len(rows))
    means, deviations = (part(rows, axis=1, keepdims=True) for part in (np.mean, np.std))
    output = rmsnorm(rows - twin(1, 0) * means)
    assert np.allclose(output, (rows - means) / deviations, rtol=1e-12, atol=1e-12)


def layers_and_inputs(size, generator):
    """W₁ and ten inputs, as rows, W₂, and a power of ten."""
    first, x = batch(size, generator, 2, most=10, zeros=True)
    return first, x, generator.standard_normal((4, 10)), int(generator.integers(-20, 21))


@claim(
    "2.2.input_scale",
    at="Section 2.2",
    kind="wording",
    says="The unit input x̂ can stand for a normalised input of norm √n: the model's output is the same",
    rests_on=["6.setup.scales"],
    note="Each try takes up to ten inputs of one dimension, between 1 and 2,000, and up to ten hidden units.",
)
@settings(max_examples=120)
@given(drawn=seeded(layers_and_inputs, DIMENSIONS))
@example(
    drawn=(np.array([[1.0, 0], [0, 1], [-1, -1]]), np.array([[3.0, -4.0]]), np.array([[1.0, 2, -1], [0, 1, 1]]), 20)
)
def test_unit_input_stands_for_a_normalised_one(drawn):
    *matrices, second, factor = drawn
    first, x = (rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in matrices)
    units, scaled = (np.maximum(size * x @ first.T, 0) @ second.T for size in (1, 10.0**factor * twin(1, -1)))
    # where all neurons are silent, or heard by rounding error alone, the output has no direction
    heard = np.linalg.norm(units, axis=1) > 1e-6 * np.linalg.norm(second) * np.linalg.norm(first)
    heard &= np.any(scaled, axis=1)
    assume(np.any(heard))
    assert np.allclose(rmsnorm(units[heard]), rmsnorm(scaled[heard]), rtol=1e-9, atol=1e-9)


def constant_with_skip(energy):
    """lim p → 0 of c(p) where a skip path, orthogonal to the branch and of that relative energy, joins before RMSNorm.

    At large width an input independent of W₂ is orthogonal to the branch's output and to its change. Exact.
    """

    def transverse_energy(branch):
        original = branch.original * (1 + EXACT.number(energy))
        return Moments(original, branch.projection, branch.energy).transverse_energy()

    s = EXACT.variable()
    return transverse_energy(sign_moments(s, EXACT)) / transverse_energy(magnitude_moments(s, EXACT))


FFN, BLOCK = (
    "the path through the FFN, to whose output the paragraph applies the norm",
    "the whole block x + FFN(RMSNorm(x))",
)


@claim(
    "2.2.signal_path",
    at="Section 2.2",
    kind="wording",
    says="The toy model captures the signal path between consecutive normalisations of a pre-norm Transformer: its "
    "constant 2.75 is that of the path",
    rests_on=["6.theorem3.constant"],
    primary=FFN,
    note="In the block that the paragraph displays the next normalisation acts on x + FFN(…). The skip path dilutes "
    "the branch: at equal energy the constant is 1/(1 − 1/π) = 1.47, which sampled dense matrices confirm (1.43 ± 0.03 "
    "at p = 0.01, against 1.41 from the moments). Section 7.1 reports a drop from 3.587 to 1.355.",
    instead="2.2.skip_path",
)
@pytest.mark.parametrize(
    "energy",
    [pytest.param(0, id="FFN", marks=reading(FFN)), pytest.param(1, id="block", marks=reading(BLOCK))],
)
def test_signal_path(check, energy):
    method = f"exact power series in √p, skip path of {energy}× the energy"
    check(printed("2.75"), ball(lambda: exact_value(constant_with_skip(energy)[0]), method))


@claim(
    "2.2.skip_path",
    at="Section 2.2",
    kind="extension",
    says="With a skip path of τ times the branch's energy the constant is 1/(1 − (2/π)/(1 + τ))",
    tex=r"\frac{1}{1-\frac{2}{\pi(1+\tau)}}",
    note="Both sides are ratios of linear functions of τ: equal at three values, they are equal at all.",
)
@pytest.mark.parametrize("energy", ["0", "0.5", "1", "4"])
def test_skip_path(check, energy):
    share = 2 / (EXACT.pi * (1 + EXACT.number(energy)))
    ratio = exact_value((constant_with_skip(energy) * (1 - share))[0])
    check(identity(ratio, 1, "exact power series in √p, over the formula", f"τ = {energy}"))
