"""Second moments of z = Σ w_j x̂_j and of Δz/δ = Σ sign(w_j) x̂_j over the signs of the weights, in symbols."""

from itertools import product

from theorems.arithmetic.rational_functions import indeterminates

OVER_SIGNS = (
    "mean over the signs of two entries with any sizes |w|, in symbols; a product of two terms has no more entries, so "
    "that sums over any n entries, and over the law of |w|, follow; Σ x̂² = 1"
)


def second_moments_over_signs():
    """Means of zΔz/δ, z² and (Δz/δ)² over the signs, and Σ|w_j|x̂_j², Σw_j²x̂_j² and Σx̂_j²: two lists."""
    *sizes, first, second = indeterminates("a, b, x, y")
    entries = first, second
    totals = [0, 0, 0]
    for signs in product((-1, 1), repeat=2):
        z = sum(sign * size * entry for sign, size, entry in zip(signs, sizes, entries, strict=True))
        change = sum(sign * entry for sign, entry in zip(signs, entries, strict=True))
        totals = [total + term / 4 for total, term in zip(totals, (z * change, z**2, change**2), strict=True)]
    stated = [sum(size**k * entry**2 for size, entry in zip(sizes, entries, strict=True)) for k in (1, 2, 0)]
    return totals, stated


def of_rows(form):
    """Mean over the signs of form(z, z_Q), z_Q = s Σ sign(w_j) x̂_j, and Σ form(|w_j|, s) x̂_j², of a quadratic form.

    The scale s is any function of the sizes, so that n, the number of entries, may be any.
    """
    *sizes, scale, first, second = indeterminates("a, b, s, x, y")
    entries, total = (first, second), 0
    for signs in product((-1, 1), repeat=2):
        z = sum(sign * size * entry for sign, size, entry in zip(signs, sizes, entries, strict=True))
        quantised = scale * sum(sign * entry for sign, entry in zip(signs, entries, strict=True))
        total += form(z, quantised) / 4
    return total, sum(form(size, scale) * entry**2 for size, entry in zip(sizes, entries, strict=True))


def differing_moments():
    """How many of the three differ from what makes Corr(z, Δz) = E|w|/√E[w²] for every x̂."""
    return sum(found != stated for found, stated in zip(*second_moments_over_signs(), strict=True))
