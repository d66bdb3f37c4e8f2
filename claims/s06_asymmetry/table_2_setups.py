"""The set-ups that may stand behind Table 2, and how far each of its measured cells lies from each of them."""

import itertools
import math
from dataclasses import replace
from functools import cache, partial

import numpy as np

from claims.experiments import INPUTS, SEEDS, rounding
from claims.s06_asymmetry.transverse_ratios import TABLE_2
from theorems.simulation.setups import Block
from theorems.simulation.smooth_seed_law import expected, other_variance, row_deviations
from theorems.statistics.replication import standard_deviation_interval

WIDTHS = 256, 512, 1024, 2048, 4096
PROJECTIONS = {"n/8": 8, "n/4": 4, "n/2": 2, "n": 1, "no W₂": None}
RATES = {"as printed": (0.01, 0.02, 0.05, 0.10), "one lower": (0.005, 0.01, 0.02, 0.05)}
"The flip rates of the four cells; the authors' released runs add 0.005."
ROWS = 2**14
"that give the deviation of a seed"
KEYS = "n", "d", "norms", "average", "metric", "shift", "rates"
AVERAGES = "ratio of sums", "mean of ratios"
LEVEL = 1e-14
"of the interval for the deviation of a seed, set-up by set-up; the budget of a case is larger by far"


def setups(width):
    """All set-ups of this width, in the order of `outcomes`."""
    first_order = itertools.product(PROJECTIONS, ("expected", "drawn"), AVERAGES, ["transverse"], (1, -1), RATES)
    actual = itertools.product(("n", "no W₂"), ("expected", "drawn"), AVERAGES, ["chord"], (1, -1), RATES)
    return [dict(zip(KEYS, (width, *each), strict=True)) for each in (*first_order, *actual)]


def outcomes(width, count, stream):
    """Mean and deviation of a seed by `count` rows, two ends each, for every set-up and cell: (set-ups, cells, 4)."""
    rows = cache(lambda block, *what: row_deviations(block, what[0], count, stream, what[1]))
    means = cache(expected)

    @cache
    def spread(block, metric, shift):
        found = rows(replace(block, d=None), metric, shift)
        other = other_variance(block, metric, INPUTS, found, shift)
        return [math.sqrt(end**2 / width + other) for end in standard_deviation_interval(found.values, LEVEL)]

    def cell(setup, p):
        part = PROJECTIONS[setup["d"]]
        block = Block(width, width, p, part and width // part, matching=setup["norms"])
        mean = means(replace(block, matching="expected"), setup["metric"], setup["average"], setup["shift"])
        return mean.value - mean.error, mean.value + mean.error, *spread(block, setup["metric"], setup["shift"])

    return np.array([[cell(setup, p) for p in RATES[setup["rates"]]] for setup in setups(width)])


def distances(table):
    """Of each set-up's worst cell, least and greatest, in standard deviations of the mean of 20 seeds: two (set-ups,).

    A seed is a sum over many rows, and so normal.
    """
    low, high, least, most = np.moveaxis(table, -1, 0)
    lower, upper = np.array([rounding(row["measured"]) for row in TABLE_2]).T
    apart = np.maximum(np.maximum(low - upper, lower - high), 0)
    reach = np.maximum(np.maximum(high - upper, lower - low), 0)
    return (math.sqrt(SEEDS) * apart / most).max(axis=1), (math.sqrt(SEEDS) * reach / least).max(axis=1)


def nearest(shared, root, effort, widths, chosen):
    """The chosen set-up whose worst cell is the nearest, how many were chosen, and both ends of that distance."""
    count = effort.times(ROWS)
    tables = [
        shared(f"Table 2, set-ups of width {width}, {count} rows", root, partial(outcomes, width, count))
        for width in widths
    ]
    least, most = distances(np.concatenate(tables))
    every = [setup for width in widths for setup in setups(width)]
    kept = np.array([bool(chosen(setup)) for setup in every])
    best = every[int(np.argmin(np.where(kept, least + most, math.inf)))]
    return best, int(kept.sum()), float(least[kept].min()), float(most[kept].min())
