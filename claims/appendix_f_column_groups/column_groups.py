"""What the claims of Appendix F share: the two groups of entries in symbols, and R_col by integrals."""

from fractions import Fraction

from claims.flip_energies import energy
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import indeterminates

ETA = Fraction("0.05")
DIMENSION, OUTLIERS = 2048, 102
SYMBOLS = "rational functions of k, n and α², with β² from the unit norm"


class TwoGroups:
    """A unit vector of k entries ±α and n − k entries ±β in symbols: α², and β² as the norm leaves it, γ and η."""

    def __init__(self):
        self.k, self.n, self.outlier = indeterminates("k, n, outlier")
        self.other = (1 - self.k * self.outlier) / (self.n - self.k)
        self.gamma, self.eta = self.k * self.outlier, self.k / self.n


def per_flip_factor(eta=ETA):
    """Flipped weights of the other columns over those of the outlier columns."""
    return (1 - eta) / eta


def column_leverage(gamma):
    """R_col at η = 0.05."""
    return BALL.number(per_flip_factor()) * energy(gamma) / energy(1 - gamma)
