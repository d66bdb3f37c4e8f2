"""Section 2.3: the two schemes where rows differ in size, which (A1’) excludes and trained matrices do not."""

import pytest
from verdicts import claim, identity, printed, proof

from theorems.integrals.exact_moments import rational_value

ROWS = "row moments E y_i², E y_i y_T,i and E y_T,i² of Gaussian rows of deviations c_i, n → ∞, in exact algebra"


def alignment(sizes, scales):
    """cos² between the outputs of rows of deviations c_i and of signs times a scale each, as both dimensions grow."""
    import sympy

    mean = sympy.sqrt(2 / sympy.pi)  # E|w| over the deviation
    cross = sum(scale * size * mean for scale, size in zip(scales, sizes, strict=True))
    return cross**2 / (sum(size**2 for size in sizes) * sum(scale**2 for scale in scales))


def per_row(sizes):
    """Each row's own mean |w|, up to √(2/π)."""
    return list(sizes)


def per_tensor(sizes):
    """The mean |w| of the whole matrix for every row, up to √(2/π)."""
    return [sum(sizes) / len(sizes)] * len(sizes)


def share_of_mean(sizes):
    """The squared mean of the sizes over their mean square."""
    return sum(sizes) ** 2 / len(sizes) / sum(size**2 for size in sizes)


@claim(
    "2.3.unequal_rows",
    at="Section 2.3",
    also_at=["Section 1.3"],
    kind="extension",
    says="Where rows differ in size the schemes part: per row the limit is 2/π still, per tensor it is 2/π times the "
    "squared mean of the sizes over their mean square",
    tex=r"\cos^2\to\frac{2}{\pi}\cdot\frac{(\overline{c})^2}{\overline{c^2}}",
    rests_on=["2.3.equivalence", "8.theorem4"],
)
@pytest.mark.parametrize("rows", [1, 2, 4])
@pytest.mark.parametrize(
    ("scheme", "factor"), [(per_row, lambda _: 1), (per_tensor, share_of_mean)], ids=["per row", "per tensor"]
)
def test_unequal_rows(check, scheme, factor, rows):
    import sympy

    sizes = sympy.symbols(f"c:{rows}", positive=True)
    found, stated = alignment(sizes, scheme(sizes)), 2 / sympy.pi * factor(sizes)
    check(identity(sympy.cancel(found * sympy.pi), sympy.cancel(stated * sympy.pi), ROWS))


@claim(
    "2.3.unequal_rows.example",
    at="Section 2.3",
    kind="extension",
    says="With half of the rows twice as large as the others the per-tensor limit is nine tenths of 2/π, 0.573",
    rests_on=["2.3.unequal_rows"],
)
def test_example(check):
    import sympy

    found = rational_value(sympy.nsimplify(alignment((1, 2), per_tensor((1, 2))) * sympy.pi / 2))
    check(printed("0.90"), proof(found, f"over 2/π; {ROWS}"))
