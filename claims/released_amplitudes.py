"""What the released amplitudes of Exps F and G leave open of the outlier columns' share of the energy.

Both runs measured α_j = √(E x_j²/E‖x‖²) of one input, so that Σα² = 1. Released are: the largest of the 102 outlier
amplitudes, the 52nd and the 92nd from below, the median of all 2,048, twenty single columns (the least and the three
largest among them, as they were chosen nearest to a logarithmic scale), and `alpha_sq_ratio`. That is no ratio of mean
squares: the authors' script divides the squared mean of α over the outlier columns by the squared mean over the others.
"""

from fractions import Fraction
from functools import cache, partial
from itertools import pairwise

import flint

from theorems.arithmetic.contexts import BALL
from theorems.integrals.moment_bounds import Bin, greatest_second_moment, least_second_moment

OUTLIERS, OTHERS = 102, 1946
"columns: 5% of 2,048, and the rest"
FINENESS = 10**6
"amplitudes are taken to six decimals, outwards"
CELLS, HALVINGS = 12, 10


@cache
def energy_share(results):
    """The least and the greatest γ = Σα² over the outlier columns, over all amplitudes that fit what is released.

    The boundary between outliers and others lies somewhere between two known amplitudes, and is tried cell by cell.
    """
    targets = results.activations.target_columns
    known = sorted(Fraction(column.alpha) for column in results.columns.results)
    quantiles = [Fraction(targets[name].alpha) for name in ("non_outlier_ref", "median_outlier", "P90_outlier")]
    middle, half = quantiles[:2]
    cells = [middle + (half - middle) * Fraction(k, CELLS) for k in range(CELLS + 1)]
    cells = sorted({*cells, *(each for each in known if middle < each < half)})
    ratio = BALL.number(Fraction(results.activations.outlier_vs_nonoutlier.alpha_sq_ratio)).sqrt()
    ratio = Fraction(round(float(ratio) * FINENESS), FINENESS)
    ends = [_share(known, quantiles, cell, ratio) for cell in pairwise(cells)]
    return min(low for low, _ in ends), max(high for _, high in ends)


def aggregate(share):
    """nE[α²] over the outlier columns, which hold that share of Σα² = 1."""
    return (OUTLIERS + OTHERS) * share / OUTLIERS


def against_others(share):
    """E[α²] over the outlier columns over that of the other columns."""
    return share / OUTLIERS / ((1 - share) / OTHERS)


def _share(known, quantiles, cell, ratio):
    """The range of γ where the least outlier amplitude lies in the cell."""
    middle, half, ninth = quantiles
    below, above = cell
    *_, third, second, first = known
    outliers = _bins(
        [(51, below, half), (39, half, ninth), (7, ninth, third)],
        [first, second, third, half, ninth],
        [each for each in known if each >= above],
    )
    others = _bins(
        [(1023, known[0], middle), (921, middle, above)], [known[0], middle], [each for each in known if each <= below]
    )

    # m is the mean of α over the others; their number is so large that the rounding of the ratio, 10⁻⁶, is allowed for
    of_outliers, of_others = _bounds(outliers), _bounds(others)
    lower, upper = (flint.fmpq(int(ratio * FINENESS) + unit, FINENESS) for unit in (-1, 1))

    def least(m):
        return of_outliers(least_second_moment, OUTLIERS * m * lower)

    def greatest(m):
        return of_outliers(greatest_second_moment, OUTLIERS * m * upper)

    def left(bound, m):
        return 1 - of_others(bound, OTHERS * m)

    span = [flint.fmpq(*end.as_integer_ratio()) for end in (known[0], above)]
    # least grows with m and what the others leave falls: γ is smallest, and largest, where they cross
    low, _ = _crossing(least, partial(left, greatest_second_moment), span)
    _, high = _crossing(greatest, partial(left, least_second_moment), span)
    return least(low), greatest(high)


def _bins(intervals, points, known):
    """Bins of columns: points, those of the known columns that lie inside an interval, and the rest of it."""
    bins = [_bin(1, point, point) for point in points]
    for count, lower, upper in intervals:
        inside = [each for each in known if lower < each < upper]
        bins += [_bin(1, each, each) for each in inside]
        bins.append(_bin(count - len(inside), lower, upper))
    return tuple(bins)


def _bin(count, lower, upper):
    outwards = int(lower * FINENESS), int(upper * FINENESS) + 1
    return Bin(flint.fmpq(count), *(flint.fmpq(end, FINENESS) for end in outwards))


def _bounds(bins):
    """The least or greatest Σα² by its mean; one that the bins do not allow is moved to the nearest that they do."""
    lowest = sum(each.mass * each.lower for each in bins)
    highest = sum(each.mass * each.upper for each in bins)
    return lambda bound, mean: bound(bins, min(max(mean, lowest), highest))


def _crossing(rising, falling, span):
    """Two points between which the rising function passes the falling one."""
    low, high = span
    for _ in range(HALVINGS):
        between = (low + high) / 2
        low, high = (between, high) if rising(between) < falling(between) else (low, between)
    return low, high
