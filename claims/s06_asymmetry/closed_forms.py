"""The closed form of c(p), as the suite evaluates it, against its definition in symbols, for every p."""

from dataclasses import astuple

from claims.independent_noise import noise_pair
from claims.symbols import in_symbols
from theorems.formulas.asymmetry import magnitude_pair, sign_pair
from theorems.formulas.normal_pairs import NormalPair, relu_moments
from theorems.integrals.exact_moments import exact_magnitude_moment, exact_quadrant_moment


def moments_of_a_pair():
    """Of any pair X, X′ = σY, Corr(X, Y) = cos θ: E a², E aΔa and E Δa² by polar integrals over the quadrants."""
    import sympy

    theta, sigma = sympy.Symbol("theta"), sympy.Symbol("sigma", positive=True)
    original = exact_quadrant_moment(2, 0) + exact_quadrant_moment(2, 0, 1, -1)
    product = sigma * exact_quadrant_moment(1, 1)
    perturbed = sigma**2 * (exact_quadrant_moment(0, 2) + exact_quadrant_moment(0, 2, -1, 1))
    pair = NormalPair(sigma * sympy.cos(theta), sigma * sympy.sin(theta), theta)
    unit_circle = {sympy.sin(theta) ** 2: 1 - sympy.cos(theta) ** 2}
    closed = [sympy.expand(each).subs(unit_circle) for each in astuple(relu_moments(pair, in_symbols()))]
    return [original, product - original, original - 2 * product + perturbed], closed


def pair_of_sign_flips():
    """Its slope is E[S] = 1 − 2p, and the angle that of cosine 1 − 2p; √p = 1/(1 + t) for any t > 0."""
    import sympy

    s = 1 / (1 + sympy.Symbol("t", positive=True))
    pair = sign_pair(s, in_symbols())
    found = pair.slope, sympy.expand_trig(sympy.cos(pair.angle)), sympy.expand_trig(sympy.sin(pair.angle))
    return list(found), [1 - 2 * s**2, pair.slope, pair.residual]


def pair_of_magnitudes():
    """Its slope is Cov(X, X′) = 1 + δE|w| and the variance 1 + 2δE|w| + δ², δ = 2√p, E|w| by its integral."""
    import sympy

    s, mean = sympy.Symbol("s", positive=True), exact_magnitude_moment(1)
    pair = magnitude_pair(s, in_symbols())
    found = [pair.slope, pair.variance, pair.slope * sympy.tan(pair.angle)]
    return found, [1 + 2 * s * mean, 1 + 4 * s * mean + 4 * s**2, pair.residual]


def pair_of_noise():
    """Noise ±2√p·w, the sign a fair coin: Cov(w, w′) and E w′² of one entry, by E w² = 1; so for additive noise."""
    import sympy

    s = sympy.Symbol("s", positive=True)
    pair = noise_pair(s, in_symbols())
    factors = [1 + sign * 2 * s for sign in (-1, 1)]
    moments = [sum(factors) / 2, sum(factor**2 for factor in factors) / 2]
    return [pair.slope, pair.variance, pair.slope * sympy.tan(pair.angle)], [*moments, pair.residual]


CLOSED_FORMS = {
    "moments of a pair": moments_of_a_pair,
    "pair of sign flips": pair_of_sign_flips,
    "pair of magnitudes": pair_of_magnitudes,
    "pair of independent noise": pair_of_noise,
}
