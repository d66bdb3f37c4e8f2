from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
import scipy
from hypothesis import given, settings
from hypothesis import strategies as st

from theorems.statistics.rank_correlation import approximate_p_value, exact_p_value, nearby_permutations, spearman

samples = st.lists(st.tuples(st.integers(), st.integers()), min_size=3, max_size=12).filter(
    lambda pairs: all(len({pair[side] for pair in pairs}) == len(pairs) for side in (0, 1))
)


@settings(max_examples=30)
@given(samples)
def test_coefficient_and_p_value_are_those_of_scipy(pairs):
    first, second = zip(*pairs, strict=True)
    rho = spearman(first, second)
    expected = scipy.stats.spearmanr(np.argsort(np.argsort(first)), np.argsort(np.argsort(second)))
    assert float(rho) == pytest.approx(expected.statistic)
    if abs(rho) < 1:
        assert float(approximate_p_value(rho, len(first))) == pytest.approx(expected.pvalue)


@pytest.mark.parametrize("n", [1, 2, 5, 6])
def test_permutations_are_counted_as_one_by_one(n):
    distances = [sum((a - b) ** 2 for a, b in enumerate(order)) for order in permutations(range(n))]
    for most in range(max(distances) + 2):
        assert nearby_permutations(n, most) == sum(distance <= most for distance in distances)


def test_exact_p_value():
    assert exact_p_value(Fraction(1), 5) == Fraction(2, 120)
    assert exact_p_value(Fraction(9, 10), 5) == Fraction(2 * 5, 120)  # the identity and four swaps of neighbours


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: spearman([1, 1, 2], [1, 2, 3]), "values that differ"),
        (lambda: spearman([1, 2], [1, 2, 3]), "one size"),
        (lambda: approximate_p_value(Fraction(1, 2), 2), "three values"),
        (lambda: exact_p_value(Fraction(1, 3), 5), "no positive rank correlation"),
        (lambda: exact_p_value(Fraction(-1), 5), "no positive rank correlation"),
    ],
)
def test_what_has_no_ranks_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
