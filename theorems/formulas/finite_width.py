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
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

import flint
import numpy as np

from theorems.arithmetic.contexts import BALL, FLOAT, Context, Number, kept_at_each_precision, reject
from theorems.arithmetic.domain import require_above, require_count
from theorems.formulas.asymmetry import bussgang_correlation, root_flip_rate, sign_moments
from theorems.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    Means = Callable[[flint.arb], tuple[flint.arb, flint.arb]]

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
    weights, rest = _binomial_weights(n, p, ctx)
    total, energy = ctx.number(0), ctx.number(0)
    for k, weight in weights.items():
        total += weight
        energy += weight * sign_moments(ctx.sqrt(ctx.number(k) / n), ctx).energy
    if ctx is BALL:
        half = flint.arb(0.5, 0.5)
        total, energy = total + rest * half, energy + rest * half
    return _averaged(energy / total, ctx)


def _binomial_weights(n: int, p: Number, ctx: Context) -> tuple[dict[int, Number], Number]:
    """The chances of k of n, over that of the likeliest k, and what they add up to at most where balls leave them out.

    They are left out where they are negligible: there ratios of neighbours only fall, as in a geometric series.
    """
    odds, mode, rest = p / (1 - p), min(n, int((n + 1) * float(p))), ctx.number(0)
    negligible = flint.arb(2) ** -(flint.ctx.prec + 16) if ctx is BALL else 0
    weights = {mode: ctx.number(1)}
    for direction, last in ((1, n), (-1, 0)):
        for k in range(mode, last, direction):
            ratio = odds * (n - k) / (k + 1) if direction == 1 else k / (odds * (n - k + 1))
            weight = weights[k] * ratio
            if weight < negligible:
                rest += weight / (1 - ratio)
                break
            weights[k + direction] = weight
    return weights, rest


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
    step, parts = 2 * BALL.pi / period, _independent_of_shift(n, period, reach, spread)
    total = 2 * s**3 * parts.cubes / 3
    for term in parts.terms:
        # 2cos(turn·t + ast)(sin ast − ast cos ast), summed over the tilts t
        shift = term.a * s
        sine, tilted_cosine = parts.means(term.turn + 2 * shift)
        total += term.weight * (sine - term.sine - shift * (tilted_cosine + term.tilted_cosine))
    tail = parts.tail + s * parts.tail_per_shift
    # Beyond y√n, y = 2√(2/π)·2^(85/n), |h(y)| ≤ 2√(2/π)/y (integration by parts), and Σ a⁻² step ≤ 2/√n.
    tail += BALL.number(2) ** -84 * 4 * (1 + s) / step
    aliased = 4 * (-(BALL.number(period) ** 2) / 32).exp() * period**2
    error = tail * step / BALL.pi + s**2 * (1 - parts.kept) + aliased
    result: flint.arb = total * step / BALL.pi + flint.arb(0, error.upper())
    return result


class _Term(NamedTuple):
    """What the Fourier sum holds at a frequency a, whatever s is."""

    a: flint.arb
    weight: flint.arb  # 2|h(a/√n)|ⁿ/a³
    turn: flint.arb  # √n arg h(a/√n)
    sine: flint.arb  # Σ c_k sin(turn·t_k)
    tilted_cosine: flint.arb  # Σ c_k t_k cos(turn·t_k)


class _Parts(NamedTuple):
    """What is the same for every s."""

    kept: flint.arb  # Σ c_k t_k²
    cubes: flint.arb  # Σ c_k t_k³
    means: Means
    terms: list[_Term]
    tail: flint.arb  # 4 Σ |h(a/√n)|ⁿ/a³ from `reach` to where |h|ⁿ < 2⁻⁸⁴
    tail_per_shift: flint.arb  # the same with a⁻²; |Σ c_k (sin ast_k − ast_k cos ast_k)| ≤ 1 + as, as E|T| ≤ 1


@kept_at_each_precision
def _independent_of_shift(n: int, period: int, reach: int, spread: int) -> _Parts:
    chances, tilts = _tilts(n, spread)
    kept, cubes = (
        sum((chance * tilt**power for chance, tilt in zip(chances, tilts, strict=True)), BALL.number(0))
        for power in (2, 3)
    )
    means = _trigonometric_means(chances, tilts)
    root, step = BALL.number(n).sqrt(), 2 * BALL.pi / period
    terms, tail, tail_per_shift = [], BALL.number(0), BALL.number(0)
    last = 2 * math.sqrt(2 / math.pi) * 2 ** (85 / n) * math.sqrt(n)
    for j in range(1, math.ceil(last * period / (2 * math.pi)) + 1):
        a = step * j
        size, phase = _half_normal(a / root)
        power = size**n / a**3
        if j < reach * period / (2 * math.pi):
            terms.append(_Term(a, 2 * power, root * phase, *means(root * phase)))
        else:
            tail, tail_per_shift = tail + 4 * power, tail_per_shift + 4 * power * a
    return _Parts(kept, cubes, means, terms, tail, tail_per_shift)


def _tilts(n: int, spread: int) -> tuple[list[flint.arb], list[flint.arb]]:
    """The chances, doubled, and the values of T = (2k − n)/√n with 0 < T ≤ spread, k binomial."""
    numbers = [k for k in range(n // 2 + 1, n + 1) if 2 * k - n <= 2 * (spread * math.isqrt(n) // 2)]
    chances = [2 * BALL.number(flint.fmpz.bin_uiui(n, k)) / BALL.number(2) ** n for k in numbers]
    return chances, [BALL.number(2 * k - n) / BALL.number(n).sqrt() for k in numbers]


def _trigonometric_means(chances: list[flint.arb], tilts: list[flint.arb]) -> Means:
    """ω ↦ Σ c_k sin ωt_k, Σ c_k t_k cos ωt_k for equally spaced t_k, as polynomials in exp(iω(t₁ − t₀)).

    For chances c_k with Σ c_k t_k² ≤ 1. At the middle of ω's ball, with slopes of at most 1, as a polynomial's value at
    a ball of the complex plane would be far too wide.
    """
    plain = flint.acb_poly(chances)
    tilted = flint.acb_poly([chance * tilt for chance, tilt in zip(chances, tilts, strict=True)])
    spacing = tilts[1] - tilts[0]

    def means(frequency: flint.arb) -> tuple[flint.arb, flint.arb]:
        middle, error = frequency.mid(), flint.arb(0, frequency.rad())
        with flint.ctx.workprec(flint.ctx.prec + GUARD_BITS):
            start, turn = (flint.acb(0, middle * each).exp() for each in (tilts[0], spacing))
            sine, tilted_cosine = (start * plain(turn)).imag, (start * tilted(turn)).real
        return sine + error, tilted_cosine + error

    return means


def _half_normal(y: flint.arb) -> tuple[flint.arb, flint.arb]:
    """|h(y)| and arg h(y) for h(y) = E exp(iy|w|) = e^{−y²/2}(1 + i·erfi(y/√2)), w standard normal, y > 0."""
    imaginary = (y / BALL.number(2).sqrt()).erfi()
    return (-y * y / 2).exp() * (1 + imaginary**2).sqrt(), imaginary.atan()
