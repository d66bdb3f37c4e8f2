"""Section 6.1: model setup."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import assume, example, given
from verdicts import at_least, claim, identity, proof, twin

from claims.any_vectors import Span
from claims.drawn_vectors import LAWS, seeded
from claims.symbols import symbols
from theorems.arithmetic.rational_functions import decay_order, indeterminates
from theorems.formulas import rmsnorm

SIZES = [1, 2, 3, 5, 9, 200]
SCALES = [3.0**-20, 0.1, 3.0, 3.0**20]


def block(sizes, generator):
    """Ten inputs, as rows of x, and W₁ and W₂, each of its own law, and a factor for each of the three."""
    n, m, d = sizes
    matrices = (LAWS[generator.integers(len(LAWS))](generator, shape) for shape in ((10, n), (m, n), (d, m)))
    return *matrices, generator.choice(SCALES, 3)


BLOCK = np.array([[1.0, 0]]), np.array([[1.0, 1], [-1, 1], [0, 1]]), np.array([[1.0, 0, 0], [0, 1, 1]])


def homogeneous_relu():
    """ReLU(cz) and c·ReLU(z) for z of either sign and c > 0: W₂ReLU(W₁x̂) is multiplied by the product of factors."""
    import sympy

    factor, size = sympy.symbols("c z", positive=True)
    values = size, -size
    return [sympy.Max(factor * z, 0) for z in values], [factor * sympy.Max(z, 0) for z in values]


def homogeneous_norm():
    """RMSNorm(cy) and ‖RMSNorm(y)‖² against RMSNorm(y) and d_out, for c > 0: inner products, in any dimension."""
    v, factor = Span(), symbols("factor", positive=True)
    output = v.rmsnorm(v.y)
    return [*v.rmsnorm(factor * v.y), v.dot(output, output)], [*output, v.m]


@claim(
    "6.setup.scales",
    at="Equation (12)",
    also_at=["Section 2.2"],
    says="The block keeps directions only: ŷ, of length √d_out, is the same when x, W₁ and W₂ are each multiplied by "
    "any positive factor",
    tex=r"\hat{y}(ax;\,bW_1,\,cW_2)=\hat{y}(x;\,W_1,\,W_2),\quad\|\hat{y}\|=\sqrt{d_{\mathrm{out}}}",
)
@pytest.mark.parametrize("sides", [homogeneous_relu, homogeneous_norm], ids=["ReLU", "RMSNorm"])
def test_scales(check, sides):
    check(identity(*sides(), sides.__doc__))


@claim(
    "6.setup.scales.blocks",
    at="Equation (12)",
    kind="extension",
    says="The output of blocks of every shape is the same when x, W₁ and W₂ are multiplied by positive factors",
    tex=r"\hat{y}(ax;\,bW_1,\,cW_2)=\hat{y}(x;\,W_1,\,W_2),\quad a,b,c>0",
    rests_on=["6.setup.scales"],
    note="Of negative factors this is false, for ReLU is not odd: the planted false twin. Each try takes ten inputs.",
)
@given(seeded(block, list(product(SIZES, repeat=3))))
@example((*BLOCK, np.array([3.0, 3.0, 3.0])))
def test_block_scales(drawn):
    def before_normalisation(x, first, second):
        return np.maximum(x / np.linalg.norm(x, axis=1, keepdims=True) @ first.T, 0) @ second.T

    x, first, second, (a, b, c) = drawn
    x = x[np.any(x, axis=1)]
    y = before_normalisation(x, first, second)
    # where y cancels to rounding error it has no direction
    directed = np.linalg.norm(y, axis=1) > 1e-6 * np.linalg.norm(second) * np.linalg.norm(first)
    assume(np.any(directed))
    scaled = before_normalisation(twin(a, -a) * x[directed], b * first, c * second)
    assume(np.all(np.any(scaled, axis=1)))
    outputs, scaled_outputs = rmsnorm.rmsnorm(y[directed]), rmsnorm.rmsnorm(scaled)
    length = math.sqrt(len(second))
    assert np.max(np.abs(np.linalg.norm(outputs, axis=1) / length - 1)) < 1e-12
    assert np.max(np.abs(scaled_outputs - outputs)) < 1e-8 * length


def flip_entry_moment(p, order):
    """E|ΔW_ij|^order √n^order for a flipped standard weight, by summing over its two signs."""
    weight_moment = {2: 1, 4: 3}[order]
    return sum(chance * (sign - 1) ** order for sign, chance in ((1, 1 - p), (-1, p))) * weight_moment


def norm_of_flips(p, m, n):
    """Mean and variance of ‖ΔW₁‖² under sign flips, from the moments of its mn independent entries."""
    second, fourth = (flip_entry_moment(p, order) for order in (2, 4))
    return m * n * second / n, m * n * (fourth - second**2) / n**2


def norm_of_magnitudes(p, m, n):
    """‖ΔW₁‖² where each of the mn entries changes by ±δ, δ² = 4p/n."""
    return m * n * 4 * p / n, 0


SYMBOLS = "moments of the entries, in the symbols p, m and n"


@claim(
    "6.setup.norms",
    at="Section 6.1",
    also_at=["Section 2.4", "Abstract"],
    says="Both perturbations have (expected) squared Frobenius norm 4pm; δ² = 4p/n achieves it",
    tex=r"\mathbb{E}\|\Delta W_1\|_F^2=4pm",
)
@pytest.mark.parametrize("norm", [norm_of_flips, norm_of_magnitudes], ids=["sign flip", "magnitude"])
def test_matched_norms(check, norm):
    p, m, n = indeterminates("p,m,n")
    mean, _ = norm(p, m, n)
    check(identity(mean, 4 * p * m, SYMBOLS))


@claim(
    "6.setup.variance",
    at="Section 6.1",
    says="The variance of the sign-flip norm is O(pm): it grows no faster than m, not with n, and falls at least as p "
    "does",
    tex=r"\mathrm{Var}\,\|\Delta W_1^{\mathrm{sign}}\|_F^2=O(pm)",
    note="True, but far from sharp: the variance is 16p(3 − p)m/n, smaller by a factor n.",
)
@pytest.mark.parametrize("large", ["m", "n", "1/p"])
def test_variance_order(check, large):
    inverse, m, n = indeterminates("inverse,m,n")
    _, variance = norm_of_flips(1 / inverse, m, n)
    decay = decay_order(variance * inverse / m, {"m": m, "n": n, "1/p": inverse}[large])
    check(at_least("0", "Var/(pm) does not grow"), proof(decay, f"the power by which Var/(pm) falls; {SYMBOLS}"))


@claim(
    "6.setup.variance_exact",
    at="Section 6.1",
    kind="extension",
    says="Var ‖ΔW‖² under sign flips is exactly 16p(3 − p)m/n",
    tex=r"\mathrm{Var}\,\|\Delta W_1\|_F^2=\frac{16p(3-p)m}{n}",
)
def test_variance_exact(check):
    p, m, n = indeterminates("p,m,n")
    _, variance = norm_of_flips(p, m, n)
    check(identity(variance, 16 * p * (3 - p) * m / n, SYMBOLS))


@claim(
    "6.setup.concentration",
    at="Section 6.1",
    says="The squared norm of a sign flip concentrates for large mn",
    tex=r"\frac{\mathrm{Var}\,\|\Delta W_1^{\mathrm{sign}}\|_F^2}{(\mathbb{E}\|\Delta W_1^{\mathrm{sign}}\|_F^2)^2}="
    r"\frac{3-p}{pmn}",
    rests_on=["6.setup.variance_exact"],
)
def test_norm_concentration(check):
    p, m, n = indeterminates("p,m,n")
    mean, variance = norm_of_flips(p, m, n)
    check(identity(variance / mean**2, (3 - p) / (p * m * n), SYMBOLS, "relative variance (3 − p)/(pmn)"))
