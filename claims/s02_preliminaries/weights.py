"""What the claims of Section 2 share: the tries of a search, and the signs that noise changes."""

from hypothesis import settings

from theorems.arithmetic.contexts import BALL
from theorems.integrals.gaussian_integrals import quadrant_moment

searching = settings(max_examples=120, deadline=None)  # of ten vectors each; their twins fall at the first or second


def additive_sign_changes(p):
    """Pr(sign(w + noise) ≠ sign w) for Gaussian w and independent noise of relative variance 4p, by quadrature."""
    angle = BALL.atan(2 * BALL.sqrt(BALL.number(p)))
    return quadrant_moment({(0, 0): 1}, angle, 1, -1) + quadrant_moment({(0, 0): 1}, angle, -1, 1)
