"""Gaussian expectations as rigorous one-dimensional integrals: the route that uses no closed form.

Two routes, both with entire integrands (polynomials, sin, cos, exp, erf), so that the analytic flag of `acb.integral`
never matters:

* polar, for polynomials over quadrants: X = R cos t, Y = R cos(t − θ), R and t independent;
* conditional, for polynomials over shifted quadrants {X > a, Y > b}: given X = x, Y is normal with mean ρx and variance
  1 − ρ², which leaves an integral of exp and erf over x, cut off where a bounded tail remains.

Every result is a ball (`flint.arb`) that contains the true value. Inputs are whatever `BALL.number` takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import flint

from theorems.arithmetic.contexts import BALL, Number, reject
from theorems.arithmetic.domain import require_above, require_between

__all__ = [
    "Polynomial",
    "gaussian_expectation",
    "integrate",
    "orthant_moment",
    "quadrant_interval",
    "quadrant_moment",
    "relu_energy_integral",
    "tail_moment",
    "wedge_moment",
]

MINUS_HALF = flint.arb(-0.5)

# {(i, j): c} is the polynomial Σ c xⁱ yʲ.
Polynomial = Mapping[tuple[int, int], Number]


def integrate(integrand: Callable[[flint.acb], Number], lower: Number, upper: Number) -> flint.arb:
    """∫ of a real integrand over [lower, upper].

    `integrand` maps an `acb` to an `acb` and must be entire or meromorphic: for one with a branch cut (sqrt, log, a
    fractional power) the result would be a confident wrong ball.
    """
    result: flint.acb = flint.acb.integral(lambda t, _: integrand(t), BALL.number(lower), BALL.number(upper))
    return result.real


def quadrant_interval(theta: Number, x_sign: int, y_sign: int) -> tuple[flint.arb, flint.arb]:
    """The interval of polar angles t where cos t has x_sign and cos(t − θ) has y_sign, θ in [0, π], signs ±1."""
    reject(x_sign not in (-1, 1) or y_sign not in (-1, 1), f"signs must be -1 or 1, got {x_sign}, {y_sign}")
    theta, right = BALL.number(theta), BALL.pi / 2
    require_between(theta, 0, BALL.pi, "theta")
    return {
        (1, 1): (theta - right, right),
        (1, -1): (-right, theta - right),
        (-1, 1): (right, theta + right),
        (-1, -1): (theta + right, 3 * right),
    }[x_sign, y_sign]


def wedge_moment(polynomial: Polynomial, theta: Number, interval: tuple[Number, Number]) -> flint.arb:
    """E[q(X, Y) 1{t in interval}] for standard normal X, Y of correlation cos θ, t the polar angle, in radians.

    A monomial of degree k contributes E[Rᵏ]/(2π) ∫ cosⁱt cosʲ(t − θ) dt, with E[Rᵏ] = 2^{k/2} Γ(1 + k/2).
    """
    theta = BALL.number(theta)
    terms = []
    for (i, j), coefficient in polynomial.items():
        reject(i < 0 or j < 0, f"exponents must be >= 0, got {i}, {j}")
        if coefficient != 0:
            half_degree = BALL.number(i + j) / 2
            radial = BALL.number(2) ** half_degree * (1 + half_degree).gamma()
            terms.append((flint.acb(BALL.number(coefficient) * radial), i, j))
    if not terms:
        return BALL.number(0)

    def angular(t: flint.acb) -> Number:
        x, y = t.cos(), (t - theta).cos()
        return sum([factor * x**i * y**j for factor, i, j in terms])

    return integrate(angular, *interval) / (2 * BALL.pi)


def quadrant_moment(polynomial: Polynomial, theta: Number, x_sign: int = 1, y_sign: int = 1) -> flint.arb:
    """E[q(X, Y) 1{X has x_sign, Y has y_sign}] for standard normal X, Y of correlation cos θ, θ in [0, π].

    `quadrant_moment({(2, 0): 1, (1, 1): -2, (0, 2): 1}, theta)` is E[(X − Y)² 1{X>0, Y>0}]. For standard deviations
    σ, τ put σⁱτʲ into the coefficients.
    """
    return wedge_moment(polynomial, theta, quadrant_interval(theta, x_sign, y_sign))


def relu_energy_integral(theta: Number) -> flint.arb:
    """E[(ReLU X − ReLU Y)²] for standard normal X, Y of correlation cos θ, θ in [0, π]: a sum over three quadrants."""
    both = quadrant_moment({(2, 0): 1, (1, 1): -2, (0, 2): 1}, theta)
    return both + quadrant_moment({(2, 0): 1}, theta, 1, -1) + quadrant_moment({(0, 2): 1}, theta, -1, 1)


def tail_moment(power: int, cut: Number) -> flint.arb:
    """∫_cut^∞ x^power φ(x) dx for cut > 0 and power >= 0, φ the standard normal density."""
    cut = BALL.number(cut)
    require_above(cut, 0, "cut")
    order = BALL.number(power + 1) / 2
    incomplete: flint.arb = (cut**2 / 2).gamma_upper(order)
    return flint.arb(2) ** (order - 1) * incomplete / (2 * BALL.pi).sqrt()


def _cut() -> int:
    """A point beyond which the normal density is far below the working precision."""
    return 8 + math.isqrt(2 * flint.ctx.prec)


def _density(x: Number) -> Number:
    return (-(x * x) / 2).exp() / (2 * flint.arb.pi()).sqrt()


def gaussian_expectation(
    g: Callable[[flint.acb], Number],
    lower: Number | None = None,
    upper: Number | None = None,
    growth: tuple[Number, int] = (1, 0),
) -> flint.arb:
    """E[g(X) 1{lower < X < upper}] for standard normal X; None is an infinite end.

    `g` must be entire or meromorphic and, wherever an infinite end is cut off (|x| >= 8), |g(x)| <= c |x|^k with
    `growth` = (c, k): that bound encloses the tails.
    """
    cut, (scale, power) = BALL.number(_cut()), growth
    require_above(BALL.number(scale), 0, "the constant of growth")
    ends = [None if end is None else BALL.number(end) for end in (lower, upper)]
    reject(any(end is not None and abs(end) >= cut for end in ends), "finite ends must be below {}, got {}", cut, ends)
    start, stop = -cut if ends[0] is None else ends[0], cut if ends[1] is None else ends[1]
    tail = BALL.number(scale) * tail_moment(power, cut)
    inside = integrate(lambda x: g(x) * (x * x * MINUS_HALF).exp(), start, stop) / (2 * BALL.pi).sqrt()
    return inside + ends.count(None) * flint.arb(0, tail.upper())


def orthant_moment(x_power: int, y_power: int, rho: Number, x_lower: Number, y_lower: Number) -> flint.arb:
    """E[Xⁱ Yʲ 1{X > x_lower, Y > y_lower}] for standard normal X, Y of correlation ρ in (-1, 1), i >= 0, j <= 2.

    Conditional route: with u = (ρx − b)/s and s² = 1 − ρ², the inner integral over y > b is
    Φ(u) for j = 0, ρx Φ(u) + s φ(u) for j = 1 and (ρ²x² + s²) Φ(u) + s (ρx + b) φ(u) for j = 2.
    """
    reject(x_power < 0 or y_power not in (0, 1, 2), f"need i >= 0 and j in 0, 1, 2, got {x_power}, {y_power}")
    rho = BALL.number(rho)
    require_between(abs(rho), 0, 1, "|rho|")
    s = (1 - rho * rho).sqrt()
    reject(not s > 0, "rho must lie strictly between -1 and 1, got {}", rho)

    def inner(x: flint.acb) -> Number:
        mean, b = rho * x, BALL.number(y_lower)
        u = (mean - b) / s
        above, edge = (1 + (u / flint.arb(2).sqrt()).erf()) / 2, s * _density(u)
        return (above, mean * above + edge, (mean**2 + s**2) * above + (mean + b) * edge)[y_power]

    return gaussian_expectation(lambda x: x**x_power * inner(x), x_lower, None, (2, x_power + y_power))
