"""What one row of W₁ gives, as small quadrature rules: how far signs align with weights, how much energy flips.

For a Gaussian row w and an independent input uniform on the sphere, a sign flip depends on w only through the flipped
part q of the energy, and a constant shift only through the alignment c of w with its own signs.
"""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, NamedTuple

import flint
import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Rule", "alignment_rule", "binomial_masses", "chi_square_rule", "flipped_energy_rule", "require_rate"]

NODES = 4
BITS = 256


class Rule(NamedTuple):
    """Nodes and probabilities of a discrete law that stands for a continuous one, each of shape (k,)."""

    nodes: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]


def require_rate(p: float) -> None:
    """ValueError unless p is a flip rate of the paper, 0 < p < 1/2."""
    reject(not 0 < p < 0.5, f"p must lie between 0 and 1/2, got {p}")


@functools.cache
def alignment_rule(n: int) -> Rule:
    """The law of c = Σ|w_j|/(√n ‖w‖) for n >= 1 Gaussian weights: a discrete one with its first seven moments.

    c is independent of ‖w‖, so E cᵏ = E(Σ|w|)ᵏ/(n^{k/2} E‖w‖ᵏ), both exact. As the standard deviation of c is about
    0.21/√n, an expectation by this rule errs by terms of relative order n⁻⁴. ValueError for n < 1.
    """
    require_count(n, 1, "n")
    if n == 1:
        return Rule(np.ones(1), np.ones(1))
    with flint.ctx.workprec(BITS):
        half, moments = flint.arb(n) / 2, []
        for k, value in enumerate(_half_normal_sum_moments(n, 2 * NODES - 1)):
            radius = (2 * flint.arb(n)) ** (flint.arb(k) / 2) * (half + flint.arb(k) / 2).gamma() / half.gamma()
            moments.append(value / radius)
        return _gauss_rule(moments)


def _half_normal_sum_moments(n: int, order: int) -> list[flint.arb]:
    """E(Σ|w|)ᵏ for k up to `order`: k! times the coefficients of the n-th power of Σ E|w|ᵏtᵏ/k!."""
    single = [
        (flint.arb(2) ** k / flint.arb.pi()).sqrt() * (flint.arb(k + 1) / 2).gamma() / math.factorial(k)
        for k in range(order + 1)
    ]
    power = [flint.arb(1)]
    for k in range(1, order + 1):  # J. C. P. Miller's recurrence for the power of a series
        terms = [(n * i - (k - i)) * single[i] * power[k - i] for i in range(1, k + 1)]
        power.append(sum(terms, flint.arb(0)) / (k * single[0]))
    return [value * math.factorial(k) for k, value in enumerate(power)]


def _gauss_rule(moments: list[flint.arb]) -> Rule:
    """The Gauss rule of a law with these moments of order 0 to 2k − 1, by Chebyshev's algorithm (Gautschi, 1982)."""
    size = len(moments) // 2
    before, current = [flint.arb(0)] * len(moments), moments
    diagonal = [moments[1] / moments[0]]
    off: list[flint.arb] = []
    for k in range(1, size):
        after = [flint.arb(0)] * len(moments)
        for j in range(k, 2 * size - k):
            after[j] = current[j + 1] - diagonal[-1] * current[j] - (off[-1] if off else 0) * before[j]
        off.append(after[k] / current[k - 1])
        diagonal.append(after[k + 1] / after[k] - current[k] / current[k - 1])
        before, current = current, after
    roots = [math.sqrt(float(value)) for value in off]
    jacobi = np.diag([float(value) for value in diagonal]) + np.diag(roots, 1) + np.diag(roots, -1)
    values, vectors = np.linalg.eigh(jacobi)
    return Rule(values, vectors[0] ** 2)


def chi_square_rule(freedom: int, size: int = NODES) -> Rule:
    """The Gauss rule of the chi-square law, exact for polynomials of degree below 2·size; freedom >= 1."""
    require_count(freedom, 1, "freedom")
    shape = freedom / 2
    k = np.arange(size)
    off = np.sqrt(k[1:] * (k[1:] + shape - 1))
    values, vectors = np.linalg.eigh(np.diag(2 * k + shape) + np.diag(off, 1) + np.diag(off, -1))
    return Rule(2 * values, vectors[0] ** 2)


def binomial_masses(n: int, p: float) -> npt.NDArray[np.float64]:
    """Binomial(n, p) at 0, …, n, 0 < p < 1, right to 10⁻¹⁰ of each for n < 20,000, by their quotients.

    They add up to 1.
    """
    k = np.arange(1, n + 1)
    logarithms = np.concatenate([[0.0], np.cumsum(np.log((n - k + 1) / k) + math.log(p / (1 - p)))])
    masses: npt.NDArray[np.float64] = np.exp(logarithms - logarithms.max())
    masses /= masses.sum()
    return masses


def flipped_energy_rule(n: int, p: float, size: int = 80) -> Rule:
    """The law of the angle ψ with q = sin²ψ, q the flipped part of a row's energy, for an input on the sphere.

    The number K of flips is Binomial(n, p), and q given K is Beta(K/2, (n − K)/2): in ψ a density proportional to
    sin^{K−1}ψ cos^{n−K−1}ψ. Gauss–Legendre over all but 10⁻¹⁵ of the mixture, with atoms at K = 0 and K = n. ValueError
    for n < 2 or p outside (0, 1/2).
    """
    from scipy.special import gammaln, roots_legendre

    require_count(n, 2, "n")
    require_rate(p)
    reach, centre = 10 / math.sqrt(n), math.asin(math.sqrt(p))
    lower, upper = max(0.0, centre - reach), min(math.pi / 2, centre + reach + 3 / n)
    nodes, weights = roots_legendre(size)
    psi, weights = lower + (upper - lower) * (nodes + 1) / 2, weights * (upper - lower) / 2
    masses = binomial_masses(n, p)
    flips, mass = np.arange(1, n), masses[1:-1]
    flips, mass = flips[mass > 1e-18], mass[mass > 1e-18]
    log_constant = math.log(2) + gammaln(n / 2) - gammaln(flips / 2) - gammaln((n - flips) / 2)
    log_density = (
        log_constant[:, None] + np.outer(flips - 1, np.log(np.sin(psi))) + np.outer(n - flips - 1, np.log(np.cos(psi)))
    )
    density = mass @ np.exp(log_density)
    atoms = masses[[0, -1]]
    return Rule(np.concatenate([[0.0], psi, [math.pi / 2]]), np.concatenate([atoms[:1], weights * density, atoms[1:]]))
