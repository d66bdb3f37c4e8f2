"""Section 6.1: model setup."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from verdicts import at_most, claim, exactly, proof, twin

from theorems.formulas import rmsnorm

INTEGERS = st.integers(-9, 9)
FACTORS = st.integers(-20, 20).map(lambda power: 3.0**power)


@claim(
    "6.setup.scales",
    at="Equation (12)",
    also_at=["Section 2.2"],
    says="The block keeps directions only: ŷ, of length √d_out, is the same when x, W₁ and W₂ are each multiplied by "
    "any positive factor",
    tex=r"\hat{y}(ax;\,bW_1,\,cW_2)=\hat{y}(x;\,W_1,\,W_2),\quad\|\hat{y}\|=\sqrt{d_{\mathrm{out}}}",
    note="Of negative factors this is false, for ReLU is not odd: the planted false twin.",
)
@given(
    st.lists(INTEGERS, min_size=2, max_size=2),
    st.lists(INTEGERS, min_size=6, max_size=6),
    st.lists(INTEGERS, min_size=6, max_size=6),
    st.tuples(FACTORS, FACTORS, FACTORS),
)
@example([1, 0], [1, 1, -1, 1, 0, 1], [1, 0, 0, 0, 1, 1], (3.0, 3.0, 3.0))
@example([3, -4], [1, 2, -3, 1, 5, -1], [1, 2, 3, -1, 1, 0], (3.0**20, 3.0**-20, 3.0**20))
def test_block_scales(x, first, second, factors):
    def block(x, first, second):
        assume(np.any(x))
        y = second @ np.maximum(first @ (x / np.linalg.norm(x)), 0)
        # where y cancels to rounding error it has no direction
        assume(np.linalg.norm(y) > 1e-6 * np.linalg.norm(second) * np.linalg.norm(first))
        return rmsnorm.rmsnorm(y)

    x, first, second = np.array(x, float), np.reshape(first, (3, 2)).astype(float), np.reshape(second, (2, 3))
    output = block(x, first, second)
    a, b, c = factors
    scaled = block(twin(a, -a) * x, b * first, c * second)
    assert abs(np.linalg.norm(output) - np.sqrt(2)) < 1e-12
    assert np.max(np.abs(scaled - output)) < 1e-8


def flip_entry_moment(p, order):
    """E|ΔW_ij|^order √n^order for a flipped standard weight, by summing over its two signs."""
    weight_moment = {2: 1, 4: 3}[order]
    return sum(chance * (sign - 1) ** order for sign, chance in ((1, 1 - p), (-1, p))) * weight_moment


def flip_norm_variance(p, m, n):
    return m * n * (flip_entry_moment(p, 4) - flip_entry_moment(p, 2) ** 2) / Fraction(n) ** 2


@claim(
    "6.setup.norms",
    at="Section 6.1",
    also_at=["Section 2.4", "Abstract"],
    says="Both perturbations have (expected) squared Frobenius norm 4pm; δ² = 4p/n achieves it",
    tex=r"\mathbb{E}\|\Delta W_1\|_F^2=4pm",
)
@pytest.mark.parametrize("perturbation", ["sign flip", "magnitude"])
def test_matched_norms(check, perturbation):
    p, m, n = Fraction(3, 100), 7, 11
    squared = flip_entry_moment(p, 2) / n if perturbation == "sign flip" else 4 * p / n
    check(exactly(1, "ratio to 4pm: 1"), proof(m * n * squared / (4 * p * m), "sum over the mn entries"))


@claim(
    "6.setup.variance",
    at="Section 6.1",
    says="The variance of the sign-flip norm is O(pm): it grows no faster than m, and not with n",
    tex=r"\mathrm{Var}\,\|\Delta W_1^{\mathrm{sign}}\|_F^2=O(pm)",
    note="True, but far from sharp: the variance is 16p(3 − p)m/n, smaller by a factor n.",
)
@pytest.mark.parametrize(("dimension", "allowed"), [("m", "2"), ("n", "1")], ids=["m", "n"])
def test_variance_order(check, dimension, allowed):
    p, size = Fraction(3, 100), 2**10
    change = {"m": size, "n": size} | {dimension: 2 * size}
    growth = flip_norm_variance(p, **change) / flip_norm_variance(p, size, size)
    accepted = at_most(allowed, f"growth at most {allowed} when {dimension} doubles")
    check(accepted, proof(growth, "fourth moments of the entries, in exact fractions"))


@claim(
    "6.setup.variance_exact",
    at="Section 6.1",
    kind="extension",
    says="Var ‖ΔW‖² under sign flips is exactly 16p(3 − p)m/n",
    tex=r"\mathrm{Var}\,\|\Delta W_1\|_F^2=\frac{16p(3-p)m}{n}",
)
@pytest.mark.parametrize(("p", "m", "n"), [("0.01", 3, 5), ("0.4", 7, 2)])
def test_variance_exact(check, p, m, n):
    p = Fraction(p)
    residual = flip_norm_variance(p, m, n) - 16 * p * (3 - p) * Fraction(m, n)
    check(exactly(0), proof(residual, "fourth moments of the entries, in exact fractions"))


@claim(
    "6.setup.concentration",
    at="Section 6.1",
    says="The squared norm of a sign flip concentrates for large mn",
    rests_on=["6.setup.variance_exact"],
)
def test_norm_concentration(check):
    p = Fraction(1, 100)
    spread = [flip_norm_variance(p, m, 8) / (4 * p * m) ** 2 * 8 * m for m in (1, 2**20)]
    check(
        exactly(1, "relative variance falls as 1/(mn)"),
        proof(spread[1] / spread[0], "relative variance times mn, at mn = 8 and 2²³"),
    )
