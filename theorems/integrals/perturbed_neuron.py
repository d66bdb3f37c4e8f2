"""One neuron of Theorem 3 from its definition: population moments from the weight law, ReLU moments by integration.

This is the route that uses none of the closed forms of `asymmetry` and `normal_pairs`, for holding them against it.
Covariances are exact at every width n, for every unit input x̂ and in units of Var z = E[w²]; that (z, z′) is jointly
normal is the n → ∞ limit (Step A3, Lemma A.1).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from theorems.arithmetic.contexts import BALL, Number, kept_at_each_precision
from theorems.arithmetic.domain import require_above, require_between
from theorems.integrals.gaussian_integrals import quadrant_moment
from theorems.moments import Moments
from theorems.weight_laws import GAUSSIAN, WeightLaw

if TYPE_CHECKING:
    import flint

__all__ = [
    "Covariance",
    "integrated_gates",
    "integrated_moments",
    "sign_flip_covariance",
    "sign_preserving_covariance",
]


@dataclass(frozen=True, eq=False)
class Covariance:
    """Cov(X, X′) and Var X′ where Var X = 1, as balls."""

    covariance: flint.arb
    variance: flint.arb

    @property
    def angle(self) -> flint.arb:
        """The angle θ with cos θ = Corr(X, X′), in [0, π]."""
        return (self.covariance / self.variance.sqrt()).acos()


@kept_at_each_precision
def sign_flip_covariance(p: Number) -> Covariance:
    """z′ = Σ S_j w_j x̂_j with P(S_j = −1) = p independently, 0 < p < 1: Cov = E[S] E[w²], Var z′ = E[w²] (Step A3)."""
    p = BALL.number(p)
    require_above(p, 0, "p")
    require_above(1 - p, 0, "1 - p")
    mean_sign = (1 - p) - p
    return Covariance(mean_sign, BALL.number(1))


@kept_at_each_precision
def sign_preserving_covariance(p: Number, law: WeightLaw = GAUSSIAN) -> Covariance:
    """z′ = z + δ Σ sign(w_j) x̂_j with δ² = 4p E[w²], p > 0: Cov(z, Δz) = δ E|w|, Var Δz = δ² (A4, Lemma A.1)."""
    p = BALL.number(p)
    require_above(p, 0, "p")
    scale = law.absolute_moment(2, BALL).sqrt()
    delta = 2 * p.sqrt()
    cross = delta * law.absolute_moment(1, BALL) / scale
    return Covariance(1 + cross, 1 + 2 * cross + delta**2)


@kept_at_each_precision
def integrated_gates(law: Covariance) -> dict[tuple[int, int], Moments]:
    """E a², E aΔa, E Δa² on each quadrant (sign X, sign X′) but the one where both vanish, by polar integrals."""
    deviation, angle, none = law.variance.sqrt(), law.angle, BALL.number(0)
    require_between(law.covariance / deviation, -1, 1, "the correlation")
    original = {(2, 0): 1}
    projection = {(2, 0): -1, (1, 1): deviation}
    energy = {(2, 0): 1, (1, 1): -2 * deviation, (0, 2): deviation**2}
    closed = quadrant_moment(original, angle, 1, -1)
    opened = quadrant_moment({(0, 2): deviation**2}, angle, -1, 1)
    return {
        (1, 1): Moments(*(quadrant_moment(form, angle) for form in (original, projection, energy))),
        (1, -1): Moments(closed, -closed, closed),
        (-1, 1): Moments(none, none, opened),
    }


def integrated_moments(law: Covariance) -> Moments:
    """E a², E aΔa, E Δa² of a = ReLU(X), a′ = ReLU(X′), by polar integrals."""
    on, off, turned_on = integrated_gates(law).values()
    return on + off + turned_on
