from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from theorems.integrals.moment_bounds import Bin, second_moment_range

quickly = settings(max_examples=40, deadline=None, derandomize=True)
unit = st.integers(0, 20).map(lambda k: Fraction(k, 20))
bins = st.lists(st.builds(lambda mass, a, b: Bin(mass, min(a, b), max(a, b)), unit, unit, unit), min_size=1, max_size=5)


@quickly
@given(bins=bins, share=unit)
def test_against_linear_programming_on_a_grid(bins, share):
    from scipy.optimize import linprog

    low, high = (sum(bin.mass * bin[end] for bin in bins) for end in (1, 2))
    mean = low + share * (high - low)
    least, greatest = second_moment_range(bins, mean)
    grid = [[float(b.lower + (b.upper - b.lower) * Fraction(k, 40)) for k in range(41)] for b in bins]
    points = [point for row in grid for point in row]
    equalities = [[float(k == row) for row in range(len(grid)) for _ in grid[row]] for k in range(len(grid))]
    values = [float(b.mass) for b in bins]
    for sign, exact in ((1, least), (-1, greatest)):
        cost = [sign * point**2 for point in points]
        found = linprog(cost, A_eq=[*equalities, points], b_eq=[*values, float(mean)], method="highs")
        assert found.status == 0
        # on a grid of step h the least value is too large, by at most h²/4 for each unit of mass
        excess = sign * (sign * found.fun - float(exact))
        assert -1e-7 < excess < 1e-7 + (sum(values) / 40**2 / 4 if sign == 1 else 0)


def test_a_point_law():
    assert (
        second_moment_range([Bin(Fraction(1), Fraction(1, 3), Fraction(1, 3))], Fraction(1, 3)) == (Fraction(1, 9),) * 2
    )


def test_the_two_extremes_on_one_bin():
    assert second_moment_range([Bin(Fraction(1), Fraction(0), Fraction(2))], Fraction(1)) == (1, 2)


@pytest.mark.parametrize(
    "bin", [Bin(Fraction(-1), Fraction(0), Fraction(1)), Bin(Fraction(1), Fraction(1), Fraction(0))]
)
def test_bad_bins_are_rejected(bin):
    with pytest.raises(ValueError, match="need mass"):
        second_moment_range([bin], Fraction(0))


def test_an_impossible_mean_is_rejected():
    with pytest.raises(ValueError, match="allow means"):
        second_moment_range([Bin(Fraction(1), Fraction(0), Fraction(1))], Fraction(2))
