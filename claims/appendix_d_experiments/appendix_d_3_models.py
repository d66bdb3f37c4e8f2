"""Appendix D.3: the outlier experiment run again on TinyLlama, against the twenty seeds of Table 17."""

import math

import pytest
from verdicts import claim, reading, replicated

from claims.model_runs import SCRIPTS, WORDS, against_seeds, exp_d, ratio
from claims.outlier_runs import MEDIANS_17, column_17

COLUMNS = {
    "random": lambda found: perplexity(found["nll_random"]),
    "outlier": lambda found: perplexity(found["nll_outliers"]),
    "non_outlier": lambda found: perplexity(found["nll_others"]),
    "ratio": lambda found: ratio(found, "outliers", "others", "ppl"),
    "leverage": lambda found: ratio(found, "matched_outliers", "matched_others", "ppl"),
}
"the columns of the table, of a seed of our own"
TITLES = {
    "random": "perplexity with flips in all columns",
    "outlier": "perplexity with flips in outlier columns",
    "non_outlier": "perplexity with flips in the other columns",
    "ratio": "ratio of the increases of perplexity",
    "leverage": "the same at equal counts",
}


def perplexity(nll):
    """Infinite where the model diverged."""
    return math.exp(nll) if nll < 700 else math.inf


@claim(
    "D.table17.model",
    at="Table 17",
    also_at=["Table 4", "Table 8", "Section 7.2", "Section 7.3", "Section 9.5"],
    kind="measurement",
    says="Exp D on TinyLlama with other masks gives the perplexities, ratios and leverages of Table 17, and so the "
    "medians 979, 41,727, 41.1, 1,265 and 77",
    rests_on=["9.model.baseline"],
    primary=WORDS,
    note="Two samples of twenty seeds, which have one law if the table is what the words describe. The scripts scale "
    "the flips in outlier columns to the norm of the random flips, 4.3 times their own (9.exp_d.rescaled).",
)
@pytest.mark.parametrize(
    ("name", "protocol"),
    [
        pytest.param(name, protocol, marks=reading(protocol), id=f"{name}, {protocol}")
        for protocol in (WORDS, SCRIPTS)
        for name in COLUMNS
    ],
)
def test_table_17(check, experiment, name, protocol):
    seeds = exp_d(experiment, protocol)
    source = against_seeds(column_17(name), seeds, COLUMNS[name], f"{TITLES[name]}, Table 17")
    check(replicated(MEDIANS_17[name]), source)
