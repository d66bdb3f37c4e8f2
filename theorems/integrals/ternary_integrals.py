"""Quantisation error by rigorous integration: `ternary` once more, without any of its closed forms.

The moments E[wQ(w)] and E Q(w)² of one Gaussian weight, and the second moments of (ReLU z, ReLU z_Q) on each quadrant,
are integrals over the normal density (`gaussian_integrals`). Every result is a ball in units of Var z.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from theorems.arithmetic.contexts import BALL, Number, kept_at_each_precision
from theorems.arithmetic.domain import require_above, require_between
from theorems.integrals.gaussian_integrals import gaussian_expectation, quadrant_moment
from theorems.moments import Gates, Moments

if TYPE_CHECKING:
    import flint

__all__ = ["QuantisedLayer", "gate_integrals", "linear_integrals", "quantised_layer", "relu_integrals"]


@dataclass(frozen=True, eq=False)
class QuantisedLayer:
    """(z, z_Q) in the limit n → ∞: normal, with Var z = 1, Corr = cos(angle) and standard deviation `deviation`."""

    angle: flint.arb
    deviation: flint.arb


@kept_at_each_precision
def quantised_layer(threshold: Number = 0, scale: Number = None) -> QuantisedLayer:
    """The layer whose weights w ~ N(0, 1) become Q(w) = scale·sign(w)·1{|w| > threshold}; scale E|w| by default.

    ValueError for a negative threshold or a scale that is not positive.
    """
    threshold = BALL.number(threshold)
    require_between(threshold, 0, float("inf"), "threshold")
    scale = 2 * gaussian_expectation(lambda x: x, 0, None, (1, 1)) if scale is None else BALL.number(scale)
    require_above(scale, 0, "scale")
    covariance = 2 * scale * gaussian_expectation(lambda x: x, threshold, None, (1, 1))
    deviation = (2 * scale**2 * gaussian_expectation(lambda x: x**0, threshold, None)).sqrt()
    return QuantisedLayer((covariance / deviation).acos(), deviation)


def linear_integrals(layer: QuantisedLayer) -> Moments:
    """E z², E zΔz and E Δz²."""
    covariance = layer.deviation * layer.angle.cos()
    return Moments(BALL.number(1), covariance - 1, 1 - 2 * covariance + layer.deviation**2)


@kept_at_each_precision
def gate_integrals(layer: QuantisedLayer) -> Gates:
    """E a², E aΔa and E Δa² on the quadrants of (z, z_Q), a = ReLU z."""
    angle, sigma = layer.angle, layer.deviation

    def on(polynomial: dict[tuple[int, int], Number], x_sign: int, y_sign: int) -> flint.arb:
        return quadrant_moment(polynomial, angle, x_sign, y_sign)

    both_on = Moments(
        on({(2, 0): 1}, 1, 1),
        on({(1, 1): sigma, (2, 0): -1}, 1, 1),
        on({(2, 0): 1, (1, 1): -2 * sigma, (0, 2): sigma**2}, 1, 1),
    )
    lost = on({(2, 0): 1}, 1, -1)
    gained = on({(0, 2): sigma**2}, -1, 1)
    return Gates(both_on, Moments(lost, -lost, lost), Moments(BALL.number(0), BALL.number(0), gained))


def relu_integrals(layer: QuantisedLayer) -> Moments:
    """E a², E aΔa and E Δa² for a = ReLU z, over all quadrants."""
    gates = gate_integrals(layer)
    return gates.on_on + gates.flipped
