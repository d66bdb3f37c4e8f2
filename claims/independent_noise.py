"""Noise of the flips' norm that is uncorrelated with z, against sign flips, after ReLU: additive, or ±2√p·w.

Both have the same moments. To first order it has more transverse energy at every p.
"""

from verdicts import ball, exactly, more_than, proof

from claims.width_bounds import HALF, TAYLOR, over
from theorems.arithmetic.contexts import SERIES
from theorems.arithmetic.exact_series import EXACT, leading_order
from theorems.arithmetic.expansions import divide_by_power
from theorems.formulas.asymmetry import sign_moments
from theorems.formulas.normal_pairs import regression_pair, relu_moments


def noise_pair(s, ctx):
    """(X, X′) under noise of variance 4p, p = s²."""
    return regression_pair(1, 2 * s, ctx)


def noise_moments(s, ctx):
    return relu_moments(noise_pair(s, ctx), ctx)


def lead(s, ctx):
    """What the noise has more of the transverse energy, s = √p."""
    return noise_moments(s, ctx).transverse_energy() - sign_moments(s, ctx).transverse_energy()


def order_of_the_lead():
    order = leading_order(lead(EXACT.variable(), EXACT))
    return exactly(4, stated="of the order p² = s⁴"), proof(order, "exact coefficients of its series in √p")


def lead_over_rates():
    def over_fourth_power(s):
        return divide_by_power(lead(s, SERIES), s, 4, SERIES)

    return more_than("0", stated="flips below"), ball(lambda: over(over_fourth_power, 0, HALF), f"over p², {TAYLOR}")
