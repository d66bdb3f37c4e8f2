"""Section 2.3: the two schemes where rows differ in size, which (A1’) excludes and trained matrices do not."""

import pytest
from verdicts import claim, identity, printed, proof

from theorems.integrals.exact_moments import rational_value

ROWS = "row moments E y_i², E y_i y_T,i and E y_T,i² of Gaussian rows of deviations c_i, n → ∞, in exact algebra"


def alignment(rows, total, squares, scheme):
    """cos² between outputs and quantised outputs as n → ∞, from the number of rows m, Σc and Σc².

    A scheme gives Σsc and Σs² of its scales s, in units of √(2/π).
    """
    import sympy

    products, scales = scheme(rows, total, squares)
    return (sympy.sqrt(2 / sympy.pi) * products) ** 2 / (squares * scales)


def per_row(_, __, squares):
    """Each row's own mean |w|: s = c."""
    return squares, squares


def per_tensor(rows, total, _):
    """The mean |w| of the whole matrix for every row: s = Σc/m."""
    return total**2 / rows, total**2 / rows


def unchanged(*_):
    return 1


def share_of_mean(rows, total, squares):
    """The squared mean of the sizes over their mean square."""
    return (total / rows) ** 2 / (squares / rows)


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
@pytest.mark.parametrize(
    ("scheme", "factor"), [(per_row, unchanged), (per_tensor, share_of_mean)], ids=["per row", "per tensor"]
)
def test_unequal_rows(check, scheme, factor):
    import sympy

    sums = sympy.symbols("m c1 c2", positive=True)
    check(identity(alignment(*sums, scheme), 2 / sympy.pi * factor(*sums), f"any number of rows; {ROWS}"))


@claim(
    "2.3.unequal_rows.example",
    at="Section 2.3",
    kind="extension",
    says="With half of the rows twice as large as the others the per-tensor limit is nine tenths of 2/π, 0.573",
    tex=r"\frac{9}{10}\cdot\frac{2}{\pi}\approx0.573",
    rests_on=["2.3.unequal_rows"],
)
def test_example(check):
    import sympy

    found = alignment(2, sympy.Integer(3), 5, per_tensor) * sympy.pi / 2  # rows of sizes 1 and 2
    check(printed("0.90"), proof(rational_value(found), f"over 2/π; {ROWS}"))
