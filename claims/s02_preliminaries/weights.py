"""What the claims of Section 2 share: drawn entries, weight matrices and scales, and the signs that noise changes."""

from hypothesis import settings
from hypothesis import strategies as st

from theorems.arithmetic.contexts import BALL
from theorems.integrals.gaussian_integrals import quadrant_moment

searching = settings(deadline=None, max_examples=50)
whole = st.integers(-9, 9)
matrices = st.integers(1, 4).flatmap(
    lambda n: st.lists(st.lists(whole, min_size=n, max_size=n), min_size=1, max_size=4)
)
scales = st.integers(-100, 100)


def additive_sign_changes(p):
    """Pr(sign(w + noise) ≠ sign w) for Gaussian w and independent noise of relative variance 4p, by quadrature."""
    angle = BALL.atan(2 * BALL.sqrt(BALL.number(p)))
    return quadrant_moment({(0, 0): 1}, angle, 1, -1) + quadrant_moment({(0, 0): 1}, angle, -1, 1)
