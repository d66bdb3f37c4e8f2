"""Section 9.7: the laws at finite size that Table 11 is held against, by exact moments."""

from fractions import Fraction
from functools import partial
from itertools import product

import pytest
from verdicts import at_most, claim, identity, instances

from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas.spherical import flip_radial_fraction, sphere_moment, sphere_participation

RATE = 0.01


@claim(
    "9.table11.law.flips",
    at="Table 11",
    also_at=["Section 9.7"],
    kind="extension",
    says="The ratio of sums over the inputs of one seed has a mean below that over all seeds, p + (1 − p)/m·[1 + "
    "6(m − 1)/((m + 2)(n + 2))], by (1 − 1/m)·3(1 − p)/(mn + 2) to leading order: there seeds count by flipped energy",
    tex=r"\mathbb{E}\,\frac{\sum_k(\Delta y_k\cdot\hat y_k)^2}{\sum_k\|\Delta y_k\|^2}\approx p+\frac{1-p}{m}\left[1+"
    r"\frac{6(m-1)}{(m+2)(n+2)}\right]-\left(1-\frac1m\right)\frac{3(1-p)}{mn+2}",
    note="The flipped part q of ‖W‖² is Beta(k/2, (mn − k)/2) given k flips, and Var q/p = 3(1 − p)/(mn + 2).",
    rests_on=["5.flips.radial_fraction.finite"],
)
@pytest.mark.parametrize("m", [8, 256])
def test_flips_of_a_seed(check, m):
    from theorems.simulation.linear_seeds import flip_fraction_mean

    n = 10**7
    found = flip_fraction_mean((m, n), RATE, "ratio of sums")
    counted = (1 - 1 / m) * 3 * (1 - RATE) / (m * n + 2)
    exact = flip_radial_fraction(RATE, m, float(sphere_participation(n))) - counted
    off = abs(Fraction(found) / Fraction(exact) - 1)
    check(at_most("1e-12", "equal"), instances(off, [m], f"n = {n:.0e}, m = {m}, p = {RATE}"))


def energy_spread(m, n):
    """Var ‖ΔWx̂‖²/(E‖ΔWx̂‖²)² over the sphere, averaged over all ΔW of entries ±1, exact: E‖ΔWx̂‖² = m."""
    fourth, pairs = sphere_moment((4,), n), sphere_moment((2, 2), n)
    total = Fraction(0)
    for entries in product((-1, 1), repeat=m * n):
        rows = [entries[i * n : (i + 1) * n] for i in range(m)]
        gram = [[sum(row[j] * row[k] for row in rows) for k in range(n)] for j in range(n)]
        for j, k in product(range(n), repeat=2):
            same = gram[j][j] * gram[k][k]
            total += same * fourth if j == k else (same + 2 * gram[j][k] ** 2) * pairs
    return total / 2 ** (m * n) / m**2 - 1


def spread_in_symbols():
    """For A = ΔWᵀΔW of signs A_jj = m and E A_jk² = m: the squares of m independent signs, and of their sum."""
    m, n = indeterminates("m,n")
    pairs = 1 / (n * (n + 2))  # E x_j²x_k², a third of E x_j⁴
    square = n * m**2 * 3 * pairs + n * (n - 1) * (m**2 + 2 * m) * pairs
    words = f"{spread_in_symbols.__doc__} E(xᵀAx)² = Σ A_jj²E x_j⁴ + Σ(A_jjA_kk + 2A_jk²)E x_j²x_k², in symbols"
    return [identity(square / m**2 - 1, 2 * (n - 1) / (m * (n + 2)), words)]


def spread_by_all_matrices(m, n):
    from theorems.simulation.linear_seeds import energy_variance

    off = abs(Fraction(energy_variance((m, n), 1)) / energy_spread(m, n) - 1)
    words = f"all {2 ** (m * n)} matrices of signs, m = {m}, n = {n}"
    return at_most("1e-12", "equal"), instances(off, [(m, n)], words)


SHAPES = [(1, 4), (2, 3), (3, 3)]


@claim(
    "9.table11.law.energy",
    at="Table 11",
    also_at=["Section 9.7"],
    kind="extension",
    says="‖ΔWx̂‖² varies over the sphere by 2(n − 1)/(m(n + 2)) of its squared mean, averaged over all ΔW of signs",
    tex=r"\frac{\mathrm{Var}\|\Delta W\hat x\|^2}{(\mathbb{E}\|\Delta W\hat x\|^2)^2}=\frac{2(n-1)}{m(n+2)}",
)
@pytest.mark.parametrize(
    "found",
    [spread_in_symbols, *(partial(spread_by_all_matrices, *shape) for shape in SHAPES)],
    ids=["every m and n", *(f"{m}-{n}" for m, n in SHAPES)],
)
def test_energy_over_inputs(check, found):
    check(*found())
