"""What the claims on the outlier experiments share: Table 17, statistics of rounded numbers, leverages of runs."""

from fractions import Fraction
from functools import cache
from math import ceil, floor
from pathlib import Path

from verdicts import Interval, between, exactly, over_rounding, printed, read_table

from theorems.statistics.order_statistics import between_extremes, quantile

TABLES = Path(__file__).parent / "tables"
*SEEDS_17, MEDIANS_17 = read_table(TABLES / "table_17.csv")
BASELINE = "7.38"
"perplexity without flips, as printed"
LOWER, MEDIAN, UPPER = Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)
"the shares of a sample below its quartiles"

HIDDEN, INTERMEDIATE, LAYERS, KEYS = 2048, 5632, 22, 256
"TinyLlama-1.1B: widths of the residual stream and of the FFN, layers, and the width of keys and of values"
FROM_HIDDEN = LAYERS * (2 * HIDDEN + 2 * KEYS + 2 * INTERMEDIATE)
"rows of all matrices with 2,048 columns: queries, keys, values, attention output, and both inputs of the FFN"
FROM_INTERMEDIATE = LAYERS * HIDDEN
"rows of the output matrices of the FFN, with 5,632 columns"
LINEAR_WEIGHTS = FROM_HIDDEN * HIDDEN + FROM_INTERMEDIATE * INTERMEDIATE
OUTLIER_WEIGHTS = FROM_HIDDEN * (HIDDEN // 20) + FROM_INTERMEDIATE * (INTERMEDIATE // 20)
"those in 5% of the columns of every matrix, rounded down: 102 of 2,048 and 281 of 5,632"


def digits(cell):
    """The number of a cell: without ∼, × and what stands in brackets."""
    return cell.split(" ")[0].strip("∼×")


def increase(outlier, reference, base):
    """The ratio of the increases of perplexity."""
    return (outlier - base) / (reference - base)


def log_increase(outlier, reference, base):
    """The ratio of the increases of NLL = ln PPL."""
    return (outlier / base).log() / (reference / base).log()


def log_ratio(outlier, reference, base):  # noqa: ARG001
    """The ratio of the NLL themselves, lnPPL/lnPPL."""
    return outlier.log() / reference.log()


def stored(formula, *numbers):
    """A formula of released numbers, each the double that it is."""
    return over_rounding(formula, *(exactly(Fraction(number)) for number in numbers))


@cache
def each_seed_by_all_numbers(formula, results):
    """A formula of the same, from all that is known: released perplexities, or each row's three numbers together.

    The printed ratio narrows what the printed non-outlier perplexity leaves open.
    """
    run = results.outliers
    base = exactly(Fraction(run.baseline_ppl))
    found = []
    for row in SEEDS_17:
        if released := released_seed(run.results, row["seed"]):
            found.append(stored(formula, released.outlier_ppl, released.nonoutlier_ppl, run.baseline_ppl))
            continue
        inverse = over_rounding(lambda r, outlier, b: b + (outlier - b) / r, row["ratio"], row["outlier"], base)
        printed_one = printed(row["non_outlier"]).interval
        low, high = max(inverse.lo, printed_one.lo), min(inverse.hi, printed_one.hi)
        both = between(str(floor(low * 10**9)) + "e-9", str(ceil(high * 10**9)) + "e-9")
        found.append(over_rounding(formula, row["outlier"], both, base))
    return found


def ratios_by_all_numbers(run):
    """The ratios of the increases of perplexity in Table 17, those of released seeds exact."""
    found = []
    for row in SEEDS_17:
        released = released_seed(run.results, row["seed"])
        exact = released and exactly(Fraction(released.outlier_vs_nonoutlier))
        found.append((exact or printed(row["ratio"])).interval)
    return found


def column_17(name):
    """Table 17's column, each number anywhere in its rounding interval."""
    return [printed(row[name]).interval for row in SEEDS_17]


@cache
def each_seed(formula, base=BASELINE):
    """A formula of the outlier and non-outlier perplexities of each seed of Table 17, over their rounding."""
    return [over_rounding(formula, row["outlier"], row["non_outlier"], base) for row in SEEDS_17]


def over_ends(statistic, intervals):
    """A statistic that rises with every number, over intervals."""
    return Interval(statistic([each.lo for each in intervals]), statistic([each.hi for each in intervals]))


def quartile(intervals, share, position=between_extremes):
    return over_ends(lambda ends: quantile(ends, share, position), intervals)


def released_seed(run, seed):
    """The entry of a seed, in the table's spelling; None where it was not released."""
    return next((entry for entry in run if entry.seed == int(seed)), None)
