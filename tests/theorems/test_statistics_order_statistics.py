from fractions import Fraction

import numpy as np
import pytest
import scipy
from hypothesis import given
from hypothesis import strategies as st

from theorems.statistics.least_squares import fit_line, student_quantile
from theorems.statistics.order_statistics import POSITIONS, median, median_coverage, quantile

METHODS = {
    "Hyndman and Fan 7": "linear",
    "Hyndman and Fan 4": "interpolated_inverted_cdf",
    "Hyndman and Fan 5": "hazen",
    "Hyndman and Fan 6": "weibull",
    "Hyndman and Fan 8": "median_unbiased",
}
numbers = st.lists(st.integers(-99, 99), min_size=1, max_size=20)


@pytest.mark.parametrize("convention", POSITIONS)
@given(values=numbers, share=st.fractions(0, 1, max_denominator=20))
def test_quantiles_are_those_of_numpy(convention, values, share):
    expected = np.quantile(values, float(share), method=METHODS[convention])
    found = quantile([Fraction(v) for v in values], share, POSITIONS[convention])
    assert float(found) == pytest.approx(expected, abs=1e-9)


@given(numbers)
def test_every_convention_has_the_same_median(values):
    exact = [Fraction(value) for value in values]
    assert median(exact) == np.median(values)
    if len(values) > 1:
        others = [position for name, position in POSITIONS.items() if name != "Hyndman and Fan 4"]
        assert {quantile(exact, Fraction(1, 2), position) for position in others} == {median(exact)}


@given(numbers, st.integers(0, 19), st.integers(1, 9))
def test_a_quantile_rises_with_every_value(values, place, more):
    raised = [value + more * (index == place) for index, value in enumerate(values)]
    for share in (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)):
        assert quantile(values, share) <= quantile(raised, share)


def test_coverage_of_the_median():
    assert median_coverage(10, 1) == 1 - Fraction(2, 1024)
    assert float(median_coverage(10, 2)) == pytest.approx(1 - 2 * scipy.stats.binom.cdf(1, 10, 0.5))


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=3, max_size=9))
def test_the_line_is_that_of_scipy(points):
    x, y = ([Fraction(point[side]) for point in points] for side in (0, 1))
    if len(set(x)) > 1 and len(set(y)) > 1:
        line, expected = fit_line(x, y), scipy.stats.linregress([float(v) for v in x], [float(v) for v in y])
        assert float(line.slope) == pytest.approx(expected.slope, abs=1e-9)
        assert float(line.intercept) == pytest.approx(expected.intercept, abs=1e-9)
        assert float(line.slope_variance) == pytest.approx(expected.stderr**2, abs=1e-9)
        assert float(line.correlation_square) == pytest.approx(expected.rvalue**2, abs=1e-9)


@pytest.mark.parametrize("freedom", [1, 2, 15, 200])
@pytest.mark.parametrize("outside", ["0.5", "0.05", "0.001"])
def test_quantile_of_student(freedom, outside):
    found = student_quantile(outside, freedom)
    assert found.rad() < 2**-30
    assert float(found) == pytest.approx(scipy.stats.t.isf(float(outside) / 2, freedom), rel=1e-8)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: quantile([], Fraction(1, 2)), "at least one value"),
        (lambda: quantile([1], Fraction(3, 2)), "between 0 and 1"),
        (lambda: median_coverage(10, 6), "between 1 and 5"),
        (lambda: fit_line([1, 2], [1, 2]), "three points"),
        (lambda: fit_line([1, 2, 3], [1, 2]), "three points"),
        (lambda: student_quantile("0", 5), "no quantile for 0"),
        (lambda: student_quantile("0.05", 0), "0 degrees of freedom"),
    ],
)
def test_what_has_no_quantile_or_line_is_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()
