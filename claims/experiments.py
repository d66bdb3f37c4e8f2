"""What the claims on synthetic experiments share: the paper's seeds and inputs, and printed outcomes as repetitions."""

import math
from fractions import Fraction
from functools import cache, cached_property

import numpy as np
from verdicts import Interval, between, confidence, printed

from fixtures.randomness import philox
from theorems.statistics.replication import deviation_of_mean, deviation_of_spread, standard_deviation_interval

SEEDS, INPUTS = 20, 10_000  # Section 9.1
LOOKS = (200, 800, 3200)
"simulated seeds, until the verdict is decided"
ROWS = 2**13, 2**17
"simulated rows, until the verdict is decided"
TRUNCATION = 1e-5
"relative error of a mean by quadrature, many times the largest that was seen against another route"

SPREADS = {
    "two standard errors of the mean": 2 / math.sqrt(SEEDS),
    "standard deviation over seeds": 1.0,
    "two standard deviations over seeds": 2.0,
    "standard error of the mean": 1 / math.sqrt(SEEDS),
}
"What a ± may be, over the standard deviation over seeds."
HALF_WIDTHS = {
    "1.96 standard errors": 1.96 / math.sqrt(SEEDS),
    "Student's 2.093 standard errors": 2.093 / math.sqrt(SEEDS),
}
"Half of a 95% confidence interval for a mean of 20 seeds, over the standard deviation over seeds."


def rounding(text):
    """The ends of what a printed number may stand for, as doubles."""
    interval = printed(text).interval
    return float(interval.lo), float(interval.hi)


def as_ends(text):
    """Of a printed number its rounding; the ends of an interval are what they are."""
    return rounding(text) if isinstance(text, str) else text


class Growing:
    """Simulated seeds that a later look adds to: `draw(count)` gives as many new values."""

    def __init__(self, draw):
        self.draw = draw
        self.values = np.empty(0)

    def __call__(self, size):
        if size > self.values.size:
            self.values = np.concatenate([self.values, self.draw(size - self.values.size)])
        return self.values[:size]

    def words(self, what):
        return f"{what}: expected {self.values.mean():.5g}, one seed scatters by {self.values.std(ddof=1):.2g}"


def measured_mean(text, draw, what, check, effort, *, centre=None):
    """How far a printed mean over seeds lies from a repetition, for `replicated(text)`.

    `text` is the number as printed, or the ends of what it may stand for.

    `draw(count)` gives the statistic of so many independent seeds; `centre` the ends of its exact mean, where known.
    """
    seeds = Growing(draw)
    ends = as_ends(text)

    def deviation(size, level):
        return interval(deviation_of_mean(ends, seeds(size), SEEDS, float(level), centre=centre))

    return confidence(deviation, effort.looks(LOOKS), lambda: seeds.words(what), check.seed)


class Seeds:
    """Seeds of a statistic of `theorems.simulation.smooth_seed_law`: their mean by quadrature, and how they scatter.

    They are normal, as sums over thousands of rows are; of their deviation, of first order, simulated rows give a set.
    """

    def __init__(self, block, statistic, estimate, stream, inputs=INPUTS):
        self.block, self.statistic, self.estimate, self.stream = block, statistic, estimate, stream
        self.inputs = inputs

    @cached_property
    def centre(self):
        """The ends of the expected outcome."""
        from theorems.simulation.smooth_seed_law import expected

        mean = expected(self.block, self.statistic, self.estimate)
        return mean.value - mean.error, mean.value + mean.error

    def spread(self, rows, level):
        """An interval for the standard deviation of a seed, from so many simulated rows."""
        from theorems.simulation.smooth_seed_law import other_variance, row_deviations

        found = row_deviations(self.block, self.statistic, rows, self.stream)
        other = other_variance(self.block, self.statistic, self.inputs, found)
        return tuple(
            math.sqrt(end**2 / self.block.m + other) for end in standard_deviation_interval(found.values, level)
        )


def law_of_mean(text, seeds, what, check, effort):
    """How far a printed mean over seeds lies from a repetition by the law of its `Seeds`, for `replicated(text)`.

    `text` is the number as printed, or the ends of what it may stand for.
    """
    ends = as_ends(text)
    found = []

    def deviation(rows, level):
        level = float(level)
        found[:] = seeds.spread(rows, level)
        return interval(deviation_of_mean(ends, normal_values(), SEEDS, level, centre=seeds.centre, spread=found))

    def say():
        return f"{what}: expected {seeds.centre[0]:.5g}, one seed scatters by {sum(found) / 2:.2g}"

    return confidence(deviation, effort.looks(ROWS), say, check.seed)


def law_of_spread(text, seeds, what, check, effort, *, factor):
    """How far a printed ±, `factor` times the standard deviation over seeds, lies from a repetition's."""
    found = []

    def deviation(rows, level):
        level = float(level)
        found[:] = seeds.spread(rows, level)
        return interval(deviation_of_spread(rounding(text), normal_values(), SEEDS, level, factor=factor, spread=found))

    return confidence(
        deviation, effort.looks(ROWS), lambda: f"{what}: expected ± {factor * sum(found) / 2:.2g}", check.seed
    )


WITHIN = between(
    "-6", "6", "the outcome by the law of the rows", "standard deviations of the mean of 20 seeds, either way"
)
"What a dense experiment is held against, by `mean_of(outcomes)`."


def mean_of(outcomes):
    """The mean of a dense experiment over its seeds, twice: a printed number that has no rounding."""
    mean = float(np.mean(outcomes))
    return mean, mean


def in_words(outcomes, dense):
    """For the report."""
    error = np.std(outcomes, ddof=1) / len(outcomes) ** 0.5
    return f"dense on {dense.where()}: {np.mean(outcomes):.6g} ± {error:.1g} (standard error)"


@cache
def normal_values():
    """The shape of a seed's law: normal, as sums over thousands of rows are."""
    return philox(0).standard_normal(2**16)


def interval(ends):
    """Doubles as the exact numbers that they are; an infinite end is none."""
    return Interval(*(Fraction(end) if math.isfinite(end) else None for end in ends))
