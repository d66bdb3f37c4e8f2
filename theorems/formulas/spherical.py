"""Random unit vectors, and perturbations of one linear layer y = W x̂ (Section 5).

Moments of the uniform law on the sphere are exact fractions. The linear layer has W of shape (m, n) with independent
N(0, 1/n) entries, and a fixed unit x̂; unless a limit is named, expectations over W and the perturbation are exact at
finite m and n. The input enters only through its participation Σ x̂_j⁴, in [1/n, 1], which is 1/n for equal entries and
has mean 3/(n + 2) on the sphere. Every perturbation has E‖ΔW‖_F² = 4pm and E‖Δy‖² = 4pm/n, with p in [0, 1].
"""

from __future__ import annotations

from fractions import Fraction

import flint

from theorems.arithmetic.contexts import FLOAT, Context, Number, reject
from theorems.arithmetic.domain import require_between, require_count

__all__ = [
    "additive_radial_fraction",
    "finite_sign_preserving_radial_fraction",
    "flip_radial_fraction",
    "sign_preserving_radial_fraction",
    "sphere_moment",
    "sphere_participation",
]


def sphere_moment(exponents: tuple[int, ...], n: int) -> Fraction:
    """E[∏ x_i^{e_i}] for x uniform on the unit sphere of Rⁿ, one exponent per coordinate used, at most n of them.

    Zero if an exponent is odd, else ∏ (1/2)_{e_i/2} / (n/2)_{Σe_i/2} with rising factorials (Folland 2001).
    E[x_i²] = 1/n, E[x_i⁴] = 3/(n(n+2)), E[x_i²x_j²] = 1/(n(n+2)).
    """
    require_count(n, 1, "n")
    reject(len(exponents) > n, f"{len(exponents)} coordinates asked of a sphere in dimension {n}")
    for exponent in exponents:
        require_count(exponent, 0, "each exponent")
    if any(exponent % 2 for exponent in exponents):
        return Fraction(0)
    result = Fraction(1)
    for exponent in exponents:
        result *= _rising(Fraction(1, 2), exponent // 2)
    return result / _rising(Fraction(n, 2), sum(exponents) // 2)


def sphere_participation(n: int) -> Fraction:
    """E[Σ x_j⁴] = 3/(n + 2) for x uniform on the unit sphere of Rⁿ."""
    return n * sphere_moment((4,), n)


def flip_radial_fraction(p: Number, m: int, participation: Number, ctx: Context = FLOAT) -> Number:
    """E[(Δy·ŷ)²]/E‖Δy‖² = p + (1 − p)/m · [1 + 2κ(m − 1)/(m + 2)], κ = Σ x̂_j⁴, when every weight flips with chance p.

    Given y, E[Δy | y] = −2py and the flips add 4p(1 − p) Σ_j W_ij² x̂_j² to the variance of Δy_i, where
    E[W_ij² | y_i] = x̂_j² y_i² + (1 − x̂_j²)/n. The direction ŷ is uniform and independent of ‖y‖, so
    E Σ ŷ_i² y_i² = 3/(m + 2) · m/n. Section 5.2 has the limit p of m → ∞.
    """
    p, participation = _rate(p, ctx), ctx.number(participation)
    require_count(m, 1, "m")
    require_between(participation, 0, 1, "participation")
    return p + (1 - p) * (1 + 2 * participation * (m - 1) / ctx.number(m + 2)) / m


def additive_radial_fraction(m: int) -> Fraction:
    """E[(Δy·ŷ)²]/E‖Δy‖² = 1/m for ΔW of independent centred entries of one variance, independent of W.

    Section 5.2; exact at every m and n.
    """
    require_count(m, 1, "m")
    return Fraction(1, m)


def sign_preserving_radial_fraction(m: int, ctx: Context = FLOAT) -> Number:
    """lim_{n→∞} E[(Δy·ŷ)²]/E‖Δy‖² = 2/π + (1 − 2/π)/m for ΔW = δ sign(W), x̂ delocalised, any fixed m.

    In the limit (√n y_i, Δy_i/δ) is a standard normal pair of correlation √(2/π) in each of the m independent rows.
    """
    require_count(m, 1, "m")
    aligned = 2 / ctx.pi
    return aligned + (1 - aligned) / m


def finite_sign_preserving_radial_fraction(m: int, n: int) -> flint.arb:
    """E[(Δy·ŷ)²]/E‖Δy‖² for ΔW = δ sign(W) and x̂ of equal entries, exact at every m >= 1 and n >= 3, as a ball.

    1/m + (m − 1)(2/π) ∫₀¹ u^{m−1} [(n − 1) arcsin(τ/(n − τ)) + n u²/(n − τ)] du with τ = 1 − u².
    From 1/‖y‖² = ∫ e^{−t‖y‖²} dt: under the weight e^{−ty_i²} a row of W stays Gaussian, and the signs of its entries
    have arcsine covariances. u² is the variance of y_i left, 1/(1 + 2t) at unit scale.
    """
    require_count(m, 1, "m")
    require_count(n, 3, "n")

    def integrand(u: flint.acb, analytic: bool) -> flint.acb:  # noqa: FBT001  as flint calls it
        tau = 1 - u * u
        correlation = tau / (n - tau)
        if analytic and not abs(correlation) < 1:  # beyond the disc the arcsine may be cut
            return flint.acb(flint.arb.nan())
        return u ** (m - 1) * ((n - 1) * correlation.asin() + n * u * u / (n - tau))

    integral: flint.acb = flint.acb.integral(integrand, 0, 1)
    return flint.arb(1) / m + (m - 1) * 2 / flint.arb.pi() * integral.real


def _rising(start: Fraction, count: int) -> Fraction:
    result = Fraction(1)
    for step in range(count):
        result *= start + step
    return result


def _rate(p: Number, ctx: Context) -> Number:
    p = ctx.number(p)
    require_between(p, 0, 1, "p")
    return p
