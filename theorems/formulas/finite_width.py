"""Both perturbations at finite input width n: exact expectations, without the n → ∞ limit of Theorem 3.

Given which entries of a Gaussian row are flipped, (z, z′) is exactly bivariate normal with correlation 1 − 2q, where
q = Σ_{j flipped} x̂_j² is the flipped part of the input's energy: −1 times a Gaussian is Gaussian. So the exact moments
are those of the limit at flip rate q, averaged over q. Only the law of q depends on the input:
Binomial(n, p)/n for equal entries.

E aΔa = −E Δa²/2 for each q, and so on average (Step B3 holds at every n). The second moments of (z, z′) and (z, Δz)
need no average at all: those of `sign_pair` and `magnitude_pair` are exact at every n and for every unit input.

Under the magnitude model the law of (z, Δz) is known through its characteristic function, here for equal entries.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from operator import mul
from typing import TYPE_CHECKING

import flint
import numpy as np

from theorems.arithmetic.contexts import BALL, FLOAT, Context, Number, reject
from theorems.arithmetic.domain import require_above, require_count
from theorems.formulas.asymmetry import bussgang_correlation, root_flip_rate, sign_moments
from theorems.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

__all__ = [
    "boundary_energy_equal_entries",
    "magnitude_moments_equal_entries",
    "sign_moments_equal_entries",
    "sign_moments_given_input",
]

LONGEST_INPUT = 16


def _averaged(energy: Number, ctx: Context) -> Moments:
    return Moments(ctx.number(1) / 2, -energy / 2, energy)


def _rate(p: Number, ctx: Context) -> Number:
    p = ctx.number(p)
    require_above(p, 0, "p")
    require_above(1 - p, 0, "1 - p")
    return p


def sign_moments_equal_entries(n: int, p: Number, ctx: Context = FLOAT) -> Moments:
    """E a², E aΔa, E Δa² at width n for x̂ = (±1, …, ±1)/√n, in units of Var z = 1/n; 0 < p < 1.

    A sum over the binomial law of the number of flips; as every energy lies in [0, 1], balls enclose that of the most
    unlikely numbers together. ValueError for n < 1 or p outside (0, 1).
    """
    require_count(n, 1, "n")
    p = _rate(p, ctx)
    odds = p / (1 - p)
    weights = [ctx.number(1)] * (n + 1)
    mode = min(n, int((n + 1) * float(p)))
    for k in range(mode, n):
        weights[k + 1] = weights[k] * odds * (n - k) / (k + 1)
    for k in range(mode, 0, -1):
        weights[k - 1] = weights[k] * k / (odds * (n - k + 1))
    total, energy = ctx.number(0), ctx.number(0)
    negligible = flint.arb(2) ** -(flint.ctx.prec + 16) if ctx is BALL else 0
    for k, weight in enumerate(weights):
        total += weight
        if weight < negligible:
            energy += weight * flint.arb(0.5, 0.5)
        else:
            energy += weight * sign_moments(ctx.sqrt(ctx.number(k) / n), ctx).energy
    return _averaged(energy / total, ctx)


def sign_moments_given_input(x: npt.ArrayLike, p: Number, ctx: Context = FLOAT) -> Moments:
    """E a², E aΔa, E Δa² for the input direction of x, shape (n,) with n ≤ 16, by all 2ⁿ sets of flips; 0 < p < 1.

    The flipped parts of the energy are exact fractions, those of the doubles x. ValueError unless x is a finite,
    non-zero vector of at most 16 entries and 0 < p < 1.
    """
    p = _rate(p, ctx)
    x = np.asarray(x, dtype=np.float64)
    reject(x.ndim != 1 or not 1 <= x.size <= LONGEST_INPUT, f"x must have 1 to {LONGEST_INPUT} entries: {x.shape}")
    reject(not np.any(x) or not np.all(np.isfinite(x)), "x must be finite and not the zero vector")
    squares = [Fraction(float(entry)) ** 2 for entry in x]
    flipped, probability = [Fraction(0)], [ctx.number(1)]
    for square in squares:
        flipped += [energy + square for energy in flipped]
        probability = [each * part for part in (1 - p, p) for each in probability]
    roots = (ctx.sqrt(ctx.number(energy / sum(squares))) for energy in flipped)
    energies = (sign_moments(root, ctx).energy for root in roots)
    return _averaged(sum(map(mul, probability, energies), ctx.number(0)), ctx)


def magnitude_moments_equal_entries(n: int, p: Number) -> Moments:
    """E a², E aΔa, E Δa² at width n for x̂ = (±1, …, ±1)/√n under W′ = W + δ sign(W), as balls; n ≥ 64, 0 < p < 1/2.

    With S = √n z, T = Σ sign(w_j) x̂_j and s = √p, so that X′ = S + 2sT, central symmetry gives E[ReLU X ReLU X′] =
    (E XX′ + E|XX′|)/4, and |XX′| = |U² − D²| for U = S + sT, D = sT. So the moments are those of the half space, up to
    the boundary energy E(D² − U²)₊. ValueError outside.
    """
    require_count(n, 64, "n")
    s = root_flip_rate(p, BALL)
    require_above(s, 0, "p")
    require_above(BALL.number(1) / 2 - s**2, 0, "1/2 - p")
    boundary = boundary_energy_equal_entries(n, s)
    return Moments(BALL.number(1) / 2, s * bussgang_correlation(BALL) + boundary / 2, 2 * s**2 - boundary)


PERIOD = 40
REACH = 13
SPREAD = 9
GUARD_BITS = 64


def boundary_energy_equal_entries(
    n: int, s: flint.arb, period: int = PERIOD, reach: int = REACH, spread: int = SPREAD
) -> flint.arb:
    """E(D² − U²)₊ by a trapezoidal Fourier sum at s = √p, with every error enclosed; n ≥ 64.

    Given k positive weights T = (2k − n)/√n, and S has the characteristic function h(a/√n)ᵏ h(−a/√n)ⁿ⁻ᵏ, h that of a
    half normal variable. (d² − u²)₊ has the Fourier transform 4(sin ad − ad cos ad)/a³. The sum over a = 2πj/period is
    exact but for copies of u shifted by multiples of the period (Poisson), of probability below 4e^{−period²/32}. It
    stops at `reach`, and leaves out |T| > `spread`; T and −T contribute the same.
    """
    root, step = BALL.number(n).sqrt(), 2 * BALL.pi / period
    chances, tilts = _tilts(n, spread, flint.ctx.prec)
    half_normals = _half_normals(n, period, flint.ctx.prec)
    kept = sum((chance * tilt**2 for chance, tilt in zip(chances, tilts, strict=True)), BALL.number(0))

    total = sum((c * 4 * (s * t) ** 3 / 3 for c, t in zip(chances, tilts, strict=True)), BALL.number(0)) / 2
    beyond = math.ceil(reach * period / (2 * math.pi))
    sine_mean, tilted_cosine_mean = _trigonometric_sums(chances, tilts)
    for j in range(1, beyond):
        a = step * j
        size, phase = half_normals[j - 1]
        weight, turn = 2 * size**n / a**3, root * phase + a * s
        # 2cos(turn·t)(sin ast − ast cos ast), summed over the tilts t
        upper, lower = turn + a * s, turn - a * s
        sines = sine_mean(upper) - sine_mean(lower)
        total += weight * (sines - a * s * (tilted_cosine_mean(upper) + tilted_cosine_mean(lower)))
    # |Σ_k P_k(sin ad − ad cos ad)| ≤ 1 + as, as E|T| ≤ 1.
    tail = BALL.number(0)
    for j in range(beyond, len(half_normals) + 1):
        a = step * j
        tail += half_normals[j - 1][0] ** n * 4 * (1 + a * s) / a**3
    # Beyond a = 4√n, |h(y)| ≤ 2√(2/π)/y (integration by parts), and Σ a⁻² step ≤ 2/√n.
    tail += (BALL.number("0.4")) ** n * 4 * (1 + s) / step
    aliased = 4 * (-(BALL.number(period) ** 2) / 32).exp() * period**2
    error = tail * step / BALL.pi + s**2 * (1 - kept) + aliased
    result: flint.arb = total * step / BALL.pi + flint.arb(0, error.upper())
    return result


@cache
def _tilts(n: int, spread: int, bits: int) -> tuple[list[flint.arb], list[flint.arb]]:  # noqa: ARG001
    """The chances, doubled, and the values of T = (2k − n)/√n with 0 < T ≤ spread, k binomial; once per precision."""
    numbers = [k for k in range(n // 2 + 1, n + 1) if 2 * k - n <= 2 * (spread * math.isqrt(n) // 2)]
    chances = [BALL.number(2 * math.comb(n, k)) / BALL.number(2) ** n for k in numbers]
    return chances, [BALL.number(2 * k - n) / BALL.number(n).sqrt() for k in numbers]


@cache
def _half_normals(n: int, period: int, bits: int) -> list[tuple[flint.arb, flint.arb]]:  # noqa: ARG001
    """`_half_normal` at a/√n for a = 2πj/period, j = 1, 2, … up to a = 4√n; once per precision."""
    step = 2 * BALL.pi / (period * BALL.number(n).sqrt())
    return [_half_normal(step * j) for j in range(1, math.ceil(4 * math.sqrt(n) * period / (2 * math.pi)))]


def _trigonometric_sums(
    chances: list[flint.arb], tilts: list[flint.arb]
) -> tuple[Callable[[flint.arb], flint.arb], Callable[[flint.arb], flint.arb]]:
    """ω ↦ Σ c_k sin ωt_k and ω ↦ Σ c_k t_k cos ωt_k for equally spaced t_k, as polynomials in exp(iω(t₁ − t₀)).

    For chances c_k with Σ c_k t_k² ≤ 1. At the middle of ω's ball, with slopes of at most 1, as a polynomial's value at
    a ball of the complex plane would be far too wide.
    """
    plain = flint.acb_poly(chances)
    tilted = flint.acb_poly([chance * tilt for chance, tilt in zip(chances, tilts, strict=True)])
    spacing = tilts[1] - tilts[0]

    def value(polynomial: flint.acb_poly, frequency: flint.arb) -> flint.acb:
        middle = frequency.mid()
        with flint.ctx.workprec(flint.ctx.prec + GUARD_BITS):
            found = flint.acb(0, middle * tilts[0]).exp() * polynomial(flint.acb(0, middle * spacing).exp())
        error = flint.arb(0, frequency.rad())
        return flint.acb(found.real + error, found.imag + error)

    return lambda frequency: value(plain, frequency).imag, lambda frequency: value(tilted, frequency).real


def _half_normal(y: flint.arb) -> tuple[flint.arb, flint.arb]:
    """|h(y)| and arg h(y) for h(y) = E exp(iy|w|) = e^{−y²/2}(1 + i·erfi(y/√2)), w standard normal, y > 0."""
    imaginary = (y / BALL.number(2).sqrt()).erfi()
    return (-y * y / 2).exp() * (1 + imaginary**2).sqrt(), imaginary.atan()
