"""What claims that real models decide share: the protocol of perplexity, seeds, sets over seeds, what is enclosed.

Facts on which the paper is silent are those of the authors' scripts (github.com/donglei628/sign-magnitude-pre-norm,
experiments/, commit 5ea143f).
"""

import math
from fractions import Fraction
from typing import Any, NamedTuple

from verdicts import Interval, confidence, measured, printed, replicated

from theorems.protocols.leverage import leverage
from theorems.protocols.perplexity import Windows
from theorems.statistics.order_statistics import median_interval
from theorems.statistics.repetitions import deviation_of_normal_mean, deviation_of_normal_quantile, rank_deviation

TINYLLAMA = "TinyLlama-1.1B"
TEXT, VALIDATION = "WikiText-2 test", "WikiText-2 validation"
BOS = 1  # of the Llama tokeniser
FORM = "paragraphs"
"of the texts: rows that are not blank, joined by blank lines"
TEN_WINDOWS = 10
SEEDS = 34
"masks of our own: a median lies between the least and the greatest of 34 but for 1.2 in 10¹⁰ (sign test)"
COMPARED = 20
"of them are held against the paper's twenty"
FEWEST = 4
SHIFT = 1e-4
"relative room for what other devices, attention kernels and library versions would measure in single precision"
HALF = 1e-3
"the same between single and half precision, in which the authors measured"

WORDS, SCRIPTS = "as the paper describes it", "as the released scripts have it"
PROTOCOLS = {
    WORDS: {"columns": "one site", "rescaled": False, "calibration": VALIDATION},
    SCRIPTS: {"columns": "own input", "rescaled": True, "calibration": TEXT},
}
"""Exp D. By Section 7.3 outlier columns are ranked once, at the FFN input of layer 12, on validation text, and signs
are flipped. The scripts rank the columns of each matrix by its own input, on test text, and scale the flips in outlier
columns, and those in all others, to the norm of the random flips."""
DIVERGED = "a seed that diverges, or whose reference does no damage, counts as infinite"
"the rule for seeds, stated before any was run"

MOST_DEVIATIONS = replicated("1").interval.hi
LENGTH = 160
"tokens of a prompt that outlier columns are ranked by, about a paragraph; the paper does not say"


def ten_windows(experiment):
    """The protocol of every perplexity: ten windows of the model's own context, one BOS before the text."""
    return Windows(experiment.context(TINYLLAMA), start=BOS, limit=TEN_WINDOWS)


def prompt_length(experiment):
    """No prompt is longer than what the model sees at once."""
    return min(LENGTH, experiment.context(TINYLLAMA))


def exp_d(experiment, protocol=WORDS):
    """Seeds of Exp D, by the paper's words or by the released scripts."""
    return Seeds(experiment, "outlier_flips", length=prompt_length(experiment), **PROTOCOLS[protocol])


def exp_e(experiment, rate, protocol=WORDS, **site):
    """Seeds of Exp E at a rate, the columns ranked at layer 12 unless told otherwise."""
    choice = {name: value for name, value in PROTOCOLS[protocol].items() if name != "rescaled"}
    return Seeds(experiment, "leverage_sweep", rate=rate, length=prompt_length(experiment), **choice, **site)


def on_text(experiment, name, **parameters):
    """One experiment on TinyLlama and ten windows of WikiText-2."""
    return experiment(TINYLLAMA, name, corpus=TEXT, form=FORM, windows=ten_windows(experiment), **parameters)


class Seeds:
    """Seeds of one experiment, drawn as far as they are asked for."""

    def __init__(self, experiment, name, **parameters):
        self.experiment, self.name, self.parameters = experiment, name, parameters
        self.found = []

    def number(self, count):
        """So many seeds; at less than the usual effort the fewest, of which no set can say anything."""
        return count if self.experiment.effort.factor >= 1 else FEWEST

    def __call__(self, count):
        while len(self.found) < count:
            seed = self.experiment.check.root + len(self.found)
            self.found.append(self.draw(seed))
        return self.found[:count]

    def draw(self, seed):
        return on_text(self.experiment, self.name, seed=seed, **self.parameters)

    def conditions(self):
        """Those of the first seed, the time of all."""
        seconds = sum(float(each.conditions.get("seconds", 0)) for each in self.found)
        return {**self.found[0].conditions, "seeds": str(len(self.found)), "seconds": f"{seconds:.0f}"}


class Paired(Seeds):
    """Two experiments, seed by seed."""

    def __init__(self, first, second):
        super().__init__(first.experiment, first.name)
        self.first, self.second = first, second

    def draw(self, seed):
        return Pair(self.first.draw(seed), self.second.draw(seed))


class Pair(NamedTuple):
    """What two experiments found at one seed."""

    first: Any
    second: Any

    @property
    def conditions(self):
        """Those of the first, the time of both."""
        seconds = sum(float(each.conditions.get("seconds", 0)) for each in self)
        return {**self.first.conditions, "seconds": f"{seconds:.3f}"}

    def quotient(self, statistic):
        """The statistic of the first over that of the second; no number where the latter is none to divide by."""
        above, below = (statistic(found) for found in self)
        return above / below if 0 < below < math.inf else math.nan


def ends(low, high):
    """Doubles as the exact numbers that they are; an infinite end is none."""
    return Interval(*(Fraction(end) if math.isfinite(end) else None for end in (low, high)))


def around(value, relative=SHIFT):
    """A measured number with room for other machines; what is no number may be any."""
    if not math.isfinite(value):
        return Interval(None, None)
    exact, room = Fraction(float(value)), Fraction(relative)
    return Interval(exact - abs(exact) * room, exact + abs(exact) * room)


def one(value, method, found, relative=SHIFT):
    """A number that no seed moves, as evidence."""
    return measured(around(value, relative), method, found.conditions)


def ratio(found, outliers, others, metric="nll"):
    """The leverage of a seed of an experiment, by the rule for those without damage."""
    return leverage(found[f"nll_{outliers}"], found[f"nll_{others}"], found["nll_base"], metric=metric, rule="infinite")


def logarithm(value):
    """−∞ for what is not positive."""
    return math.log(value) if value > 0 else -math.inf


def median_over_seeds(seeds, statistic, words):
    """A set for the median over seeds of `statistic(found)`; where it is no number, the seed may lie anywhere."""

    def sample(size, level):
        values = [statistic(found) for found in seeds(size)]
        low = median_interval([-math.inf if math.isnan(each) else each for each in values], float(level))[0]
        high = median_interval([math.inf if math.isnan(each) else each for each in values], float(level))[1]
        return ends(low, high)

    sizes = [seeds.number(SEEDS), *([4 * SEEDS] if seeds.experiment.effort.factor > 1 else [])]
    method = f"{words}; median of the law by order statistics (sign test); {DIVERGED}"
    seeds(sizes[0])  # a model that is absent ends the case here, not inside its check
    return confidence(sample, sizes, method, seeds.experiment.check.root, grade="model", conditions=seeds.conditions)


def against_seeds(theirs, seeds, statistic, words):
    """Their twenty seeds against twenty of ours, for `replicated(…)`; theirs as intervals."""
    count = seeds.number(COMPARED)
    values = [statistic(found) for found in seeds(count)]
    own = [(-math.inf, math.inf) if math.isnan(value) else (value, value) for value in values]
    deviation = rank_deviation([(float(each.lo), float(each.hi)) for each in theirs], own)
    if rank_deviation([(1, 1)] * len(theirs), [(0, 0)] * count)[0] <= MOST_DEVIATIONS:
        deviation = -math.inf, math.inf  # so few seeds could not tell any two laws apart
    middle = sorted(value for value in values if not math.isnan(value))
    say = f"; our median is {middle[len(middle) // 2]:.4g}" if middle else ""
    method = f"{words}: {len(theirs)} seeds against {count} of other masks, by ranks (Mann–Whitney){say}; {DIVERGED}"
    return measured(ends(*deviation), method, seeds.conditions())


def against_quantile(text, seeds, statistic, words, *, averaged, share=0.5):
    """A printed quantile over seeds against seeds of ours, for `replicated(…)`; the statistic's logarithm as normal."""
    count = seeds.number(SEEDS)
    logs = [logarithm(statistic(found)) for found in seeds(count)]
    kept = [value for value in logs if not math.isnan(value)]
    stated = tuple(math.log(float(end)) for end in (printed(text).interval.lo, printed(text).interval.hi))
    deviation = deviation_of_normal_quantile(stated, kept, averaged, share=share)
    method = f"{words}: printed quantile of {averaged} seeds, {count} of ours, logarithms as normal; {DIVERGED}"
    return measured(ends(*deviation), method, seeds.conditions())


def against_mean(text, seeds, statistic, words, *, averaged):
    """A printed mean over seeds against seeds of ours, for `replicated(…)`; sums over many inputs are normal."""
    count = seeds.number(COMPARED)
    values = [statistic(found) for found in seeds(count)]
    interval = printed(text).interval
    deviation = deviation_of_normal_mean((float(interval.lo), float(interval.hi)), values, averaged)
    mean = sum(values) / len(values)
    method = f"{words}: the printed mean of {averaged} seeds against {count} of ours, {mean:.4g}, by Student's t"
    return measured(ends(*deviation), method, seeds.conditions())
