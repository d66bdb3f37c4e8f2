"""Set-ups behind Table 2 with other inputs, and with squared sines measured: how far each measured cell lies from each.

The mean over seeds depends on the law of inputs through Σ x̂_j⁴, as on the sphere of 3/Σ x̂_j⁴ dimensions; the scatter
between seeds through the share of an input's energy that all inputs have in common.
"""

import itertools
import math
from dataclasses import replace
from functools import cache, partial
from typing import NamedTuple

import numpy as np

from claims.experiments import INPUTS
from claims.s06_asymmetry.table_2_setups import AVERAGES, LEVEL, RATES, WIDTHS, distances
from theorems.simulation.common_inputs import bias_of_ratio, common_deviations, common_moments, draw_common_rows
from theorems.simulation.setups import Block
from theorems.simulation.smooth_seed_law import expected, other_variance
from theorems.statistics.replication import standard_deviation_interval


class Law(NamedTuple):
    """Inputs of norm 1, uniform on a sphere up to signs and zeros."""

    dimensions: float  # of the sphere that has their Σ x̂_j⁴, over n
    common: float  # the share of their energy along (1, …, 1)


LAWS = {
    "on the sphere": Law(1, 0),
    "after a ReLU": Law(1 / 2, 1 / math.pi),
    "absolute values of normal ones": Law(1, 2 / math.pi),
}
ROWS = 2**11
"that give the deviation of a seed"
KEYS = "inputs", "n", "d", "norms", "average", "metric", "rates"
METRICS = "transverse", "sine"


def setups(width):
    """All set-ups of this width, in the order of `outcomes`."""
    levels = (LAWS, [width], ("n", "no W₂"), ("expected", "drawn"), AVERAGES, METRICS, RATES)
    return [dict(zip(KEYS, each, strict=True)) for each in itertools.product(*levels)]


def outcomes(width, count, stream):
    """Mean and deviation of a seed by `count` rows, two ends each, for every set-up and cell: (set-ups, cells, 4)."""
    rates = tuple(sorted({p for each in RATES.values() for p in each}))
    rows = draw_common_rows(width, rates, count, stream)
    moments = cache(lambda p, common: common_moments(rows, p, common))
    mean = cache(lambda block, *what: expected(replace(block, matching="expected"), *what))

    @cache
    def by_rows(p, common, metric, norms):
        found = common_deviations(moments(p, common), metric, matched=norms == "drawn")
        return found, standard_deviation_interval(found.values, LEVEL)

    @cache
    def spread(block, common, metric):
        found, ends = by_rows(block.p, common, metric, block.matching)
        other = other_variance(block, metric, INPUTS, found)
        return [math.sqrt(end**2 / width + other) for end in ends]

    def cell(setup, p):
        law = LAWS[setup["inputs"]]
        like = round(law.dimensions * width)
        block = Block(like, width, p, width if setup["d"] == "n" else None, matching=setup["norms"])
        found = mean(block, setup["metric"], setup["average"])
        centre, error = found.value, found.error
        if setup["average"] == "ratio of sums":
            centre += bias_of_ratio(moments(p, law.common), setup["metric"]) / width
        return centre - error, centre + error, *spread(block, law.common, setup["metric"])

    return np.array([[cell(setup, p) for p in RATES[setup["rates"]]] for setup in setups(width)])


def table(shared, root, effort, width):
    """The outcomes of this width, drawn once a run of the suite."""
    count = effort.times(ROWS)
    return shared(f"Table 2, other inputs at width {width}, {count} rows", root, partial(outcomes, width, count))


def nearest(shared, root, effort, chosen):
    """The chosen set-up whose worst cell is the nearest, how many were chosen, and both ends of that distance."""
    every = [setup for width in WIDTHS for setup in setups(width)]
    least, most = distances(np.concatenate([table(shared, root, effort, width) for width in WIDTHS]))
    kept = np.array([bool(chosen(setup)) for setup in every])
    best = every[int(np.argmin(np.where(kept, least + most, math.inf)))]
    return best, int(kept.sum()), float(least[kept].min()), float(most[kept].min())


def cell_of(shared, root, effort, setup, p):
    """Ends of the mean and of the deviation of a seed, for one set-up at one of the printed rates."""
    [row] = [k for k, each in enumerate(setups(setup["n"])) if each == setup]
    ends = table(shared, root, effort, setup["n"])[row, RATES["as printed"].index(p)]
    return tuple(map(float, ends[:2])), tuple(map(float, ends[2:]))
