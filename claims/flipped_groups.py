"""The joint law of a pre-activation before and after groups of its weights are flipped, in symbols, for all n and x̂.

z = Σ w_j x̂_j with independent w_j ~ N(0, 1/n). A group of the terms w_j x̂_j is known by its energy Σ x̂_j²; z′ has a
sign in front of each group.
"""

from verdicts import identity

from theorems.arithmetic.rational_functions import indeterminates

INDEPENDENT = "the weights are independent, so that the squares of the terms add up to the energies of the groups"
TRANSFORM = (
    "log E exp(uw) = u²/(2n) of a weight, by completing the square in its density; logs of independent weights add up, "
    "so that log E exp(sz + tz′) is half the mean square of sz + tz′, as of normal variables"
)


def flip(energy):
    """The groups where one, of that share of the energy, changes its sign and the rest does not."""
    return (energy, -1), (1 - energy, 1)


def mean_square(s, t, groups):
    """n E(s·z + t·z′)²; `groups` are pairs (energy, sign in z′)."""
    return sum(energy * (s + sign * t) ** 2 for energy, sign in groups)


def covariance(groups):
    """n E[z z′], which is the correlation where both variances are 1/n."""
    return sum(energy * sign for energy, sign in groups)


def completed_square():
    """The exponent of exp(uw) times the density of w, and u²/(2n) added to that of the density at w − u/n."""
    n, u, w = indeterminates("n, u, w")
    return u * w - n * w**2 / 2, u**2 / (2 * n) - n * (w - u / n) ** 2 / 2


def normal(*moments):
    """Evidence that sums of such terms are normal with the second moments stated: pairs (found, stated), times n."""
    found, stated = zip(completed_square(), *moments, strict=True)
    return identity(list(found), list(stated), TRANSFORM, "normal, with these second moments")


def normal_pair(groups, correlation):
    """Evidence that (z, z′) is a normal pair of variances 1/n and of that correlation."""
    return normal((mean_square(1, 0, groups), 1), (mean_square(0, 1, groups), 1), (covariance(groups), correlation))
