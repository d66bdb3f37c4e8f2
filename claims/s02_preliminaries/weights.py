"""What the claims of Section 2 share: the signs that noise changes."""

from theorems.arithmetic.contexts import BALL
from theorems.integrals.gaussian_integrals import quadrant_moment


def additive_sign_changes(p):
    """Pr(sign(w + noise) ≠ sign w) for Gaussian w and independent noise of relative variance 4p, by quadrature."""
    angle = BALL.atan(2 * BALL.sqrt(BALL.number(p)))
    return quadrant_moment({(0, 0): 1}, angle, 1, -1) + quadrant_moment({(0, 0): 1}, angle, -1, 1)
