"""How much of a weight vector's direction its signs hold, and its magnitudes under random signs (Section 3).

Vectors are float64 arrays of shape (…, n). Laws of the independent entries of w enter through `weight_laws`;
expectations are limits n → ∞ or, where the name names a law, exact at every n.
"""

from __future__ import annotations

from fractions import Fraction

import flint
import numpy as np
import numpy.typing as npt

from theorems.arithmetic.contexts import BALL, FLOAT, Context, Number, kept_at_each_precision, reject
from theorems.arithmetic.domain import require_above, require_count
from theorems.weight_laws import WeightLaw, nakagami, pareto

__all__ = [
    "directional_cosine",
    "gaussian_sign_energy",
    "gaussian_sign_energy_variance",
    "nakagami_sign_energy",
    "nakagami_sign_energy_variance",
    "pareto_random_sign_energy",
    "random_sign_cosine",
    "random_sign_energy_leading_order",
    "sign_energy_asymptotic_variance",
    "sign_energy_limit",
]


def directional_cosine(u: npt.ArrayLike, v: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """cos∠(u, v) in [-1, 1], of shape (…). ValueError unless all vectors are nonzero and both of one shape (…, n)."""
    u, v = np.asarray(u, dtype=np.float64), np.asarray(v, dtype=np.float64)
    reject(u.ndim < 1 or u.shape != v.shape, f"expected vectors of one shape (…, n), got {u.shape} and {v.shape}")
    norms = [np.linalg.norm(each, axis=-1, keepdims=True) for each in (u, v)]
    reject(not all(np.all(norm > 0) for norm in norms), "expected nonzero vectors")
    cosine: npt.NDArray[np.float64] = np.clip(np.sum((u / norms[0]) * (v / norms[1]), axis=-1), -1, 1)
    return cosine


def random_sign_cosine(w: npt.ArrayLike, signs: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """cos∠(w, s ⊙ |w|) for vectors w ≠ 0 and signs ±1, both of shape (…, n): Proposition 2."""
    signs = np.asarray(signs, dtype=np.float64)
    reject(not bool(np.all(np.abs(signs) == 1)), "signs must be -1 or 1")
    reject(signs.shape != np.shape(w), f"expected signs of shape {np.shape(w)}, got {signs.shape}")
    return directional_cosine(w, signs * np.abs(w))


def sign_energy_limit(law: WeightLaw, ctx: Context = FLOAT) -> Number:
    """Limit of cos²∠(w, sign w) as n → ∞: (E|w|)²/E[w²] in (0, 1], equation (3); 2/π if Gaussian, equation (4)."""
    return law.absolute_moment(1, ctx) ** 2 / law.absolute_moment(2, ctx)


def sign_energy_asymptotic_variance(law: WeightLaw, ctx: Context = FLOAT) -> Number:
    """Limit of n·Var cos²∠(w, sign w) by the delta method on (‖w‖₁/n, ‖w‖²/n), for E[w⁴] < ∞ ("Convergence rate").

    With moments a, b, c, d of orders 1 to 4 and the gradient (2a/b, −a²/b²) of a²/b. For Gaussian entries it is
    8/π − 24/π².
    """
    a, b, c, d = (law.absolute_moment(order, ctx) for order in (1, 2, 3, 4))
    slope_a, slope_b = 2 * a / b, -(a**2) / b**2
    return slope_a**2 * (b - a**2) + 2 * slope_a * slope_b * (c - a * b) + slope_b**2 * (d - b**2)


def gaussian_sign_energy(n: int, ctx: Context = FLOAT) -> Number:
    """E cos²∠(w, sign w) = 2/π + (1 − 2/π)/n, exact for Gaussian entries at every n >= 1.

    Direction and norm are independent, so it is E‖w‖₁²/(n E‖w‖²) with E‖w‖₁² = n + n(n − 1)·2/π.
    """
    require_count(n, 1, "n")
    limit = 2 / ctx.pi
    return limit + (1 - limit) / n


def gaussian_sign_energy_variance(n: int, ctx: Context = FLOAT) -> Number:
    """Var cos²∠(w, sign w), exact for Gaussian entries at every n >= 1.

    The Nakagami law of shape 1/2.
    """
    return nakagami_sign_energy_variance(Fraction(1, 2), n, ctx)


def nakagami_sign_energy(shape: Number, n: int, ctx: Context = FLOAT) -> Number:
    """E cos²∠(w, sign w) = L + (1 − L)/n, exact for `weight_laws.nakagami(shape)` at every n >= 1, L its limit.

    Direction and norm are independent, so it is E‖w‖₁²/(n E‖w‖²).
    """
    require_count(n, 1, "n")
    limit = sign_energy_limit(nakagami(shape), ctx)
    return limit + (1 - limit) / n


def nakagami_sign_energy_variance(shape: Number, n: int, ctx: Context = FLOAT) -> Number:
    """Var cos²∠(w, sign w), exact for `weight_laws.nakagami(shape)` at every n >= 1.

    E‖w‖₁⁴/(n² E‖w‖⁴) less the squared mean. E‖w‖₁⁴ sums the absolute moments over the ways in which four indices
    coincide, and ‖w‖² is Gamma of shape n·shape.
    """
    require_count(n, 1, "n")
    a, b, c, d = (nakagami(shape).absolute_moment(order, ctx) for order in (1, 2, 3, 4))
    pairs = n * (n - 1)
    triples = pairs * (n - 2)
    fourth = n * d + pairs * (4 * a * c + 3 * b**2) + 6 * triples * a**2 * b + triples * (n - 3) * a**4
    return fourth / (n**3 * b * (n * b + 1)) - nakagami_sign_energy(shape, n, ctx) ** 2


def random_sign_energy_leading_order(law: WeightLaw, n: int, ctx: Context = FLOAT) -> Number:
    """E[w⁴]/(n E[w²]²): equation (5) without its factor 1 + o(1)."""
    require_count(n, 1, "n")
    return law.absolute_moment(4, ctx) / (n * law.absolute_moment(2, ctx) ** 2)


@kept_at_each_precision
def pareto_random_sign_energy(index: Number, n: int) -> flint.arb:
    """E[Σw⁴/(Σw²)²] for `weight_laws.pareto(index)`, index > 4, n >= 2: a rigorous ball.

    From 1/S² = ∫ t e^{−tS} dt it is n ∫₀^∞ t M″(t) M(t)^{n−1} dt, where M(t) = E e^{−tw²} = αE_{α+1}(t) and
    M″(t) = αE_{α−1}(t), α = index/2, with sE_{s+1}(t) = e^{−t} − tE_s(t); here in the variable y = log(nt) over
    [−36, 5]. The rest is below E[w⁴]e^(−72)/2 on the left; on the right |w| >= 1 gives M(t) <= e^(−t) and M″ <= E[w⁴].
    """
    require_count(n, 2, "n")
    index = BALL.number(Fraction(index) if isinstance(index, str) else index)
    require_above(index, 4, "index")
    tail, fourth = index / 2, pareto(index).absolute_moment(4, BALL)

    def integrand(y: flint.acb, analytic: bool) -> flint.acb:  # noqa: FBT001  as flint calls it
        if analytic and not abs(y.imag) < 3:  # E_s(e^y) jumps where Im y = π
            return flint.acb("nan")
        scaled = y.exp()
        t = scaled / n
        bare, integral = (-t).exp(), t.expint(tail - 1)
        law = bare - t * (bare - t * integral) / (tail - 1)
        value: flint.acb = scaled * scaled * tail * integral * law ** (n - 1)
        return value

    lower, upper = BALL.number(-36), BALL.number(5)
    inside = flint.acb.integral(integrand, lower, upper).real
    cut, rate = upper.exp(), BALL.number(n - 1) / n
    beyond = fourth * (-rate * cut).exp() * (cut / rate + 1 / rate**2)
    rest = fourth * (2 * lower).exp() / 2 + beyond
    return (inside + BALL.number(0).union(rest)) / n
