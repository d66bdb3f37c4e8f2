"""Exact moments of half-normal sums against enumeration, quadrature and closed forms."""

import itertools
import math
from fractions import Fraction

import flint
import pytest

from theorems.arithmetic.contexts import BALL
from theorems.formulas import quantization
from theorems.integrals.gaussian_integrals import gaussian_expectation
from theorems.integrals.half_normal import (
    ALPHA,
    equal_input_variances,
    joint_moment,
    largest_coefficient,
    leading_term,
    lowest_difference,
    magnitude_moment,
    sum_moment,
    value,
)


@pytest.mark.parametrize("order", range(7))
def test_one_magnitude(order):
    integral = 2 * gaussian_expectation(lambda x: x**order, 0, None, (1, order))
    assert value(magnitude_moment(order)).overlaps(integral)


@pytest.mark.parametrize(("n", "first", "order"), [(1, 0, 4), (2, 1, 1), (3, 0, 4), (3, 2, 3), (4, 1, 2)])
def test_joint_moment_is_the_sum_over_index_tuples(n, first, order):
    total = ALPHA * 0
    for indices in itertools.product(range(n), repeat=order):
        term = ALPHA * 0 + 1
        for index in range(n):
            term *= magnitude_moment(indices.count(index) + (first if index == 0 else 0))
        total += term
    assert joint_moment(n, first, order) == total


def fourth_moment(n):
    """E[(Σ|g|)⁴] of n half-normals, by how the four indices coincide."""
    first, third = (2 / BALL.pi).sqrt(), 2 * (2 / BALL.pi).sqrt()
    pairs, triples, quadruples = (math.perm(n, k) for k in (2, 3, 4))
    return 3 * n + 3 * pairs + 4 * pairs * third * first + 6 * triples * first**2 + quadruples * first**4


@pytest.mark.parametrize("n", [1, 2, 7, 100])
def test_agrees_with_closed_forms(n):
    assert value(sum_moment(n, 2) / n**3).overlaps(quantization.mean_square_scale(n, ctx=BALL))
    assert value(sum_moment(n, 4)).overlaps(fourth_moment(n))


def test_largest_coefficient_vanishes_only_for_zero():
    assert largest_coefficient(ALPHA - ALPHA) == 0
    assert largest_coefficient(ALPHA**2 / 3 - 1) == 1
    assert largest_coefficient(ALPHA / 3) == Fraction(1, 3)


def test_leading_term():
    assert leading_term([sum_moment(n, 2) for n in range(4)]) == (2, ALPHA**2)
    assert leading_term([ALPHA * 3]) == (0, ALPHA * 3)
    assert leading_term([ALPHA * (5 * n**3 - n) for n in range(2, 8)]) == (3, ALPHA * 5)
    with pytest.raises(ValueError, match="other than zero"):
        leading_term([ALPHA * 0])


def test_empty_sum():
    assert sum_moment(0, 0) == 1
    assert sum_moment(0, 2) == 0


@pytest.mark.parametrize(
    ("moment", "arguments"), [(magnitude_moment, [-1]), (sum_moment, [-1, 2]), (joint_moment, [0, 1, 1])]
)
def test_bad_arguments(moment, arguments):
    with pytest.raises(ValueError, match="must be an integer"):
        moment(*arguments)


def test_value_at_alpha():
    assert math.isclose(float(value(ALPHA).mid()), math.sqrt(2 / math.pi))


def test_lowest_difference():
    # n² − 4n + 5 is positive everywhere, and its differences are from n = 2 on
    assert lowest_difference([ALPHA * 0 + n * n - 4 * n + 5 for n in range(2, 6)]) == 0
    assert lowest_difference([ALPHA * 0 + n * n - 4 * n + 5 for n in range(1, 5)]) == -1
    with pytest.raises(ValueError, match="at least one value"):
        lowest_difference([])


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_equal_input_variances_by_enumerating_signs(n):
    # z = Σ σ|g|/n, z_Q = SΣσ/n² with S = Σ|g|: as polynomials in |g|, by all index tuples
    def expectation(*forms):
        total = ALPHA * 0
        for signs in itertools.product((-1, 1), repeat=n):
            for indices in itertools.product(range(n), repeat=len(forms)):
                weight = math.prod(form(signs, i) for form, i in zip(forms, indices, strict=True))
                term = ALPHA * 0 + flint.fmpq(weight.numerator, weight.denominator)
                for index in range(n):
                    term *= magnitude_moment(indices.count(index))
                total += term / 2**n
        return total

    def entry(signs, index):
        return Fraction(signs[index], n)

    def scale(signs, index):  # noqa: ARG001
        return Fraction(sum(signs), n**2)

    for forms, variance in zip([(entry, entry), (scale, scale), (entry, scale)], equal_input_variances(n), strict=True):
        assert (expectation(*forms, *forms) - expectation(*forms) ** 2) * n**2 == variance
