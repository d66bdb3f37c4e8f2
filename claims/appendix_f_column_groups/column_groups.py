"""What the claims of Appendix F share: the two groups of entries in symbols, energies by integrals, R_col."""

from fractions import Fraction

from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas.relu_kernels import angle_from_amplitude
from theorems.integrals.gaussian_integrals import relu_energy_integral

ETA = Fraction("0.05")
DIMENSION, OUTLIERS = 2048, 102
BY_INTEGRALS = "sum of rigorous integrals over the three quadrants where a gate is open"
FROM_QUADRANTS = "polar integrals over the quadrants, antiderivatives checked by differentiation, exact algebra"
SYMBOLS = "rational functions of k, n and α², with β² from the unit norm"


class TwoGroups:
    """A unit vector of k entries ±α and n − k entries ±β in symbols: α², and β² as the norm leaves it, γ and η."""

    def __init__(self):
        self.k, self.n, self.outlier = indeterminates("k, n, outlier")
        self.other = (1 - self.k * self.outlier) / (self.n - self.k)
        self.gamma, self.eta = self.k * self.outlier, self.k / self.n


def energy(fraction):
    """f at the flipped energy share `fraction`, that is at correlation 1 − 2·fraction."""
    return relu_energy_integral(angle_from_amplitude(BALL.number(fraction).sqrt(), BALL))


def per_flip_factor(eta=ETA):
    """Flipped weights of the other columns over those of the outlier columns."""
    return (1 - eta) / eta


def column_leverage(gamma):
    """R_col at η = 0.05."""
    return BALL.number(per_flip_factor()) * energy(gamma) / energy(1 - gamma)
