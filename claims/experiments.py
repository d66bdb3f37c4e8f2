"""What the claims on synthetic experiments share: the paper's seeds and inputs, and printed outcomes as repetitions."""

import math

import numpy as np
from verdicts import confidence, printed

from theorems.simulation.seed_law import Estimator
from theorems.simulation.setups import Block
from theorems.statistics.replication import deviation_of_mean, deviation_of_spread

SEEDS, INPUTS = 20, 10_000  # Section 9.1
LOOKS = (200, 800, 3200)
"simulated seeds, until the verdict is decided"
ROWS = 2**15
"simulated rows, which give a seed's deviation to 1%"
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


def measured_mean(text, draw, what, check, *, centre=None, looks=None, averaged=SEEDS):
    """How far a printed mean over seeds lies from a repetition, for `replicated(text)`.

    `draw(count)` gives the statistic of so many independent seeds; `centre` the ends of its exact mean, where known.
    """
    seeds = Growing(draw)

    def deviation(size, level):
        return _exact(deviation_of_mean(rounding(text), seeds(size), averaged, float(level), centre=centre))

    return confidence(deviation, looks or LOOKS, lambda: seeds.words(what), check.seed)


def measured_spread(text, draw, what, factor, check, *, looks=None, compared=SEEDS):
    """How far a printed ±, `factor` times the standard deviation over seeds, lies from a repetition's."""
    seeds = Growing(draw)

    def deviation(size, level):
        return _exact(deviation_of_spread(rounding(text), seeds(size), compared, float(level), factor=factor))

    def say():
        return f"{what}: expected ± {factor * seeds.values.std(ddof=1):.2g}"

    return confidence(deviation, looks or LOOKS, say, check.seed)


def block_seeds(block: Block, estimate, stream):
    """Seeds of the paper's own estimator of c(p), by the law of its rows, and the ends of its mean by quadrature."""
    estimator = Estimator(block, INPUTS, estimate)
    mean = estimator.mean()
    return lambda count: estimator.draw(count, stream), (mean * (1 - TRUNCATION), mean * (1 + TRUNCATION))


def statistic_seeds(block, statistic, estimate, stream, *, inputs=INPUTS):
    """Seeds of any statistic of `theorems.simulation.smooth_seed_law`, and the ends of its mean by quadrature.

    Normal, as sums over thousands of rows are, with the deviation of first order.
    """
    from theorems.simulation.smooth_seed_law import expected, other_variance, row_deviations

    mean = expected(block, statistic, estimate)
    rows = row_deviations(block, statistic, ROWS, stream)
    variance = rows.values.var() / block.m + other_variance(block, statistic, inputs, rows)
    ends = mean.value - mean.error, mean.value + mean.error
    return lambda count: stream.normal(mean.value, math.sqrt(variance), count), ends


def _exact(interval):
    """Doubles as the exact numbers that they are; an infinite end is none."""
    from fractions import Fraction

    from verdicts import Interval

    low, high = (Fraction(end) if math.isfinite(end) else None for end in interval)
    return Interval(low, high)
