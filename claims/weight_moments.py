"""Exact moments of n independent weights at every n, as rational functions.

Of any law of |w| by its moments, and of w² Gamma of shape k.
"""

from theorems.arithmetic.rational_functions import indeterminates
from theorems.integrals.gaussian_integrals import gaussian_expectation


def absolute_gaussian_mean():
    return 2 * gaussian_expectation(lambda x: x, 0, None, (1, 1))


def law_symbols():
    """E|w|, E w², E|w|³, E w⁴ of any law, and the number n of entries."""
    return indeterminates("m1,m2,m3,m4,n")


def gamma_symbols():
    """E|w|, the shape of w² and the number of entries, for w² of Gamma law (`theorems.weight_laws.nakagami`)."""
    return indeterminates("a,k,n")


def gamma_moments(a, k):
    """E|w|, E w², E|w|³, E w⁴ for w² Gamma of shape k, since Γ(k + 3/2) = (k + 1/2)Γ(k + 1/2)."""
    return a, k, a * (2 * k + 1) / 2, k * (k + 1)


def powers_of_the_average(moments, n):
    """E A² and E A⁴ of the average A of n independent |w|, from the n-th power of E exp(t|w|)."""
    first, second, third, fourth = moments
    zero, one = first - first, first / first
    single = [zero, first, second / 2, third / 6, fourth / 24]  # E exp(t|w|) − 1, by powers of t
    power, choose = [one, zero, zero, zero, zero], one
    total = list(power)
    for j in range(1, 5):
        power = [sum((power[i] * single[m - i] for i in range(m + 1)), zero) for m in range(5)]
        choose = choose * (n - j + 1) / j
        total = [term + choose * more for term, more in zip(total, power, strict=True)]
    return 2 * total[2] / n**2, 24 * total[4] / n**4


def mean_square_bound():
    """Bounds E(cos² − L)², cos² = A²/B by the averages of |w| and w²: a function of n and the moments of any law.

    A²/B − L = ((A²/B)(E w² − B) + A² − (E|w|)²)/E w², where A² ≤ B, and (x + y)² ≤ 2x² + 2y².
    """
    *moments, n = law_symbols()
    first, second, _, fourth = moments
    square, fourth_power = powers_of_the_average(moments, n)
    of_square = fourth_power - 2 * first**2 * square + first**4
    return 2 * ((fourth - second**2) / n + of_square) / second**2, n


def sign_energy_moments(shape=None):
    """E cos² and E cos⁴ of (w, sign w) for w² Gamma of shape k, or of the shape given.

    cos² = nA²/‖w‖² is independent of ‖w‖², which is Gamma of shape nk.
    """
    a, k, n = gamma_symbols()
    k = k if shape is None else a / a * shape
    square, fourth_power = powers_of_the_average(gamma_moments(a, k), n)
    return square / k, n * fourth_power / (k * (n * k + 1))


def mean_square_error(target, shape=None):
    """E(cos² − target)² for w² Gamma, a function of n, a and k."""
    mean, square = sign_energy_moments(shape)
    return square - 2 * target * mean + target**2, gamma_symbols()[2]


def of_gamma_squares(k, n):
    """E u² and E u of u = w²/Σw² for w² Gamma of shape k: u is independent of the sum, so that E u² E(Σw²)² = E w⁴."""
    _, second, _, fourth = gamma_moments(1, k)
    return fourth / (n * fourth + n * (n - 1) * second**2), second / (n * second)
