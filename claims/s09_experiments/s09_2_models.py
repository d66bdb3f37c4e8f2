"""Section 9.2: Fact 1 on the five models of Table 6, measured on their weights."""

import numpy as np
import pytest
from verdicts import claim, less_than, measured, more_than, printed, read_table, reading, readings, replicated

from claims.model_runs import around, ends, one
from claims.outlier_runs import TABLES
from claims.phrases import within
from theorems.statistics.replication import deviation_of_mean, deviation_of_spread

TABLE_6 = {row["model"]: row for row in read_table(TABLES / "table_06.csv")}
LIMIT = 2 / np.pi
SAMPLED = 20
DRAWN, SPACED = "twenty matrices drawn at random", "twenty matrices evenly spaced, as released"
ROWS = pytest.mark.parametrize("row", TABLE_6.values(), ids=TABLE_6)


def choices(drawn, spaced):
    """What decides a row of the table under each reading of which matrices were sampled."""
    return pytest.mark.parametrize(
        ("row", "found"),
        [
            pytest.param(row, found, marks=reading(words), id=f"{name}, {words}")
            for words, found in ((DRAWN, drawn), (SPACED, spaced))
            for name, row in TABLE_6.items()
        ],
    )


LEVEL = 1e-9
"of sets that a population which is wholly known does not need"


def alignments(experiment, model, choice="all"):
    """Mean of cos² over the rows of each matrix, and its name; of all linear matrices unless told otherwise."""
    found = experiment(model, "row_alignment", choice=choice, count=SAMPLED)
    return found, np.array(found["mean"]), list(found["names"])


def rounding(text):
    interval = printed(text).interval
    return float(interval.lo), float(interval.hi)


def of_sample(population):
    """Ends of the mean and of the deviation of a mean of twenty, drawn without replacement from matrices all known."""
    left = (population.size - SAMPLED) / (population.size - 1)
    spread = population.std() * max(left, 0) ** 0.5
    return {"centre": (population.mean(),) * 2, "spread": (spread, spread)}


def of_row(experiment, row, choice="all"):
    return alignments(experiment, row["model"].split(" ")[0], choice)


def mean_of_drawn(experiment, row):
    found, means, _ = of_row(experiment, row)
    deviation = deviation_of_mean(rounding(row["mean"]), means, SAMPLED, LEVEL, **of_sample(means))
    words = f"against means of {SAMPLED} of {means.size} matrices, which have {means.mean():.4f} in all"
    return replicated(row["mean"]), measured(ends(*deviation), words, found.conditions)


def mean_of_spaced(experiment, row):
    found, means, _ = of_row(experiment, row, "evenly spaced")
    return printed(row["mean"]), one(means.mean(), f"mean over {means.size} matrices", found)


@claim(
    "9.table6.mean.model",
    at="Table 6",
    also_at=["Section 9.2"],
    kind="measurement",
    says="The means of row-wise cos² over twenty sampled matrices are those of the table",
    primary=DRAWN,
    note="Which matrices were drawn is not known: the printed mean is held against the law of a mean of twenty drawn "
    "from all linear matrices of the model. The released file's are evenly spaced (9.table6.evenly_spaced).",
)
@choices(mean_of_drawn, mean_of_spaced)
def test_means(check, experiment, row, found):
    check(*found(experiment, row))


def spread_of_drawn(experiment, row):
    found, means, _ = of_row(experiment, row)
    spread = means.std()
    deviation = deviation_of_spread(rounding(row["spread"]), means, SAMPLED, LEVEL, spread=(spread, spread))
    words = f"against deviations of {SAMPLED} of {means.size} matrices, {spread:.4f} in all"
    return replicated(row["spread"]), measured(ends(*deviation), words, found.conditions)


def spread_of_spaced(experiment, row):
    found, means, _ = of_row(experiment, row, "evenly spaced")
    return printed(row["spread"]), one(means.std(ddof=1), f"of {means.size} matrices, divisor n − 1", found)


@claim(
    "9.table6.spread.model",
    at="Table 6",
    kind="measurement",
    says="The standard deviations over twenty sampled matrices are those of the table",
    primary=DRAWN,
)
@choices(spread_of_drawn, spread_of_spaced)
def test_spreads(check, experiment, row, found):
    check(*found(experiment, row))


@claim(
    "9.table6.within.model",
    at="Table 6",
    also_at=["Section 9.2"],
    kind="measurement",
    says="All five models fall within 5% of 2/π",
    primary="mean over all linear matrices",
)
@pytest.mark.parametrize(
    ("row", "choice"),
    [
        pytest.param(row, choice, marks=reading(words), id=f"{name}, {words}")
        for words, choice in (("mean over all linear matrices", "all"), (SPACED, "evenly spaced"))
        for name, row in TABLE_6.items()
    ],
)
def test_within(check, experiment, row, choice):
    found, means, _ = alignments(experiment, row["model"].split(" ")[0], choice)
    check(within("5%"), to_limit(means.mean(), f"mean over {means.size} matrices", found))


def to_limit(value, words, found):
    """A mean of cos² relative to 2/π, less 1, as evidence."""
    quotient = around(float(value) / LIMIT)
    return measured((quotient.lo - 1, quotient.hi - 1), f"{words}, over 2/π, less 1", found.conditions)


@claim(
    "9.table6.bias.model",
    at="Table 6",
    kind="measurement",
    says="The bias is consistently negative",
    primary="mean of each model",
    note="Matrix by matrix it need not be: the second reading takes the largest of each model.",
)
@pytest.mark.parametrize(
    ("row", "statistic"),
    [
        pytest.param(row, statistic, marks=reading(words), id=f"{name}, {words}")
        for words, statistic in (("mean of each model", np.mean), ("every matrix", np.max))
        for name, row in TABLE_6.items()
    ],
)
def test_bias(check, experiment, row, statistic):
    found, means, _ = alignments(experiment, row["model"].split(" ")[0])
    check(less_than("0"), to_limit(statistic(means), f"{statistic.__name__} over {means.size} matrices", found))


@claim(
    "9.table6.heavy.model",
    at="Table 6",
    also_at=["Section 9.2", "Section 9.6"],
    kind="wording",
    says="The negative bias is compatible with heavy-tailed weights: entries have a kurtosis above 3",
    note="The median over the matrices of a model. Rows of unequal scale add to the kurtosis of a matrix.",
)
@ROWS
def test_heavy_tails(check, experiment, row):
    found, _, _ = alignments(experiment, row["model"].split(" ")[0])
    kurtosis = np.array(found["kurtosis"])
    check(more_than("3"), one(np.median(kurtosis), f"median kurtosis of {kurtosis.size} matrices", found))


@claim(
    "9.table6.elevated.model",
    at="Table 6",
    kind="measurement",
    says="The standard deviation of Qwen2.5-3B is elevated: over all matrices it is the largest of the five",
)
@pytest.mark.parametrize("other", [name for name in TABLE_6 if name != "Qwen2.5-3B"])
def test_elevated(check, experiment, other):
    found, own, _ = alignments(experiment, "Qwen2.5-3B")
    beside, reference, _ = alignments(experiment, other.split(" ")[0])
    conditions = {**found.conditions, "compared with": str(beside.conditions.get("model", other))}
    gap = around(own.std() / reference.std())
    check(more_than("1"), measured(gap, "deviation over its matrices over that of the other model", conditions))


def largest_tenth(parts, _):
    return np.sort(parts)[-(parts.size // 10) :].sum()


def parts_of_early_attention(parts, names):
    return sum(part for part, name in zip(parts, names, strict=True) if early_attention(name, names))


@claim(
    "9.table6.spread.attention.model",
    at="Table 6",
    kind="wording",
    says="The spread of Qwen2.5-3B is likely due to a subset of layers: a tenth of the matrices holds most of its "
    "variance",
    primary="any tenth",
    note="A tenth of a normal sample would hold 44%. The table's example, early attention projections, is a reading.",
)
@readings("part", {"any tenth": largest_tenth, "early attention": parts_of_early_attention})
def test_a_subset_spreads(check, experiment, part):
    found, means, names = alignments(experiment, "Qwen2.5-3B")
    parts = (means - means.mean()) ** 2
    check(more_than("50%", "most"), one(part(parts, names) / parts.sum(), "share of Σ(cos² − mean)²", found))


def early_attention(name, names):
    """Whether it is an attention projection in the first half of the layers."""
    layers = 1 + max(place(each)[0] for each in names)
    number, module = place(name)
    return number < layers / 2 and "attn" in module


def place(name):
    """The number of the layer, and the module in it."""
    parts = name.split(".")
    at = next(i for i, part in enumerate(parts) if part.isdigit())
    return int(parts[at]), ".".join(parts[at + 1 :])
