"""What the claims of Section 2 share: the signs that noise changes, and independent relative noise after ReLU."""

from hypothesis import settings

from theorems.arithmetic.contexts import BALL
from theorems.formulas import asymmetry
from theorems.formulas.normal_pairs import regression_pair, relu_moments
from theorems.integrals.gaussian_integrals import quadrant_moment

searching = settings(max_examples=120, deadline=None)  # of ten vectors each; their twins fall at the first or second


def additive_sign_changes(p):
    """Pr(sign(w + noise) ≠ sign w) for Gaussian w and independent noise of relative variance 4p, by quadrature."""
    angle = BALL.atan(2 * BALL.sqrt(BALL.number(p)))
    return quadrant_moment({(0, 0): 1}, angle, 1, -1) + quadrant_moment({(0, 0): 1}, angle, -1, 1)


def lead_of_independent_noise(s, ctx):
    """What noise of the flips' norm, uncorrelated with z, has more of the transverse energy after ReLU; s = √p.

    Additive noise of variance 4p/n is such noise, and so is the relative noise ±2√p·w.
    """
    noise = relu_moments(regression_pair(1, 2 * s, ctx), ctx)
    return noise.transverse_energy() - asymmetry.sign_moments(s, ctx).transverse_energy()
