"""Section 7.3: how stable the outlier protocol is, across layers and prompts, measured on TinyLlama."""

from fractions import Fraction

import numpy as np
import pytest
from verdicts import at_least, between, claim, measured, more_than, reading

from claims.model_runs import FORM, TINYLLAMA, VALIDATION, Paired, exp_e, median_over_seeds, prompt_length, ratio
from theorems.protocols.outliers import outlier_columns

LAYER, LAYERS = 12, range(8, 17)
PROMPTS, SUBSET = 128, 32
SHARE, RATE = "0.05", "0.05"
SITES = {
    **{f"layer {layer}": {"layer": layer} for layer in LAYERS if layer != LAYER},
    **{f"prompts, subset {k}": {"prompts": SUBSET, "prompt_seed": k} for k in range(1, 5)},
}
"the layers of the text but 12, and subsets of the prompts"


def columns(experiment, **site):
    """The outlier columns at a site, and what was found there."""
    chosen = {"layer": LAYER, "prompts": PROMPTS, "length": prompt_length(experiment), **site}
    found = experiment(TINYLLAMA, "amplitudes", corpus=VALIDATION, form=FORM, **chosen)
    return set(map(int, outlier_columns(np.array(found["alpha"]), SHARE))), found


def leverage(found):
    return ratio(found, "outliers", "others")


def damage(experiment, site):
    seeds = exp_e(experiment, RATE, **site)
    return more_than("1"), median_over_seeds(seeds, leverage, "NLL leverage at p = 5%")


def size(experiment, site):
    pairs = Paired(exp_e(experiment, RATE, **site), exp_e(experiment, RATE))
    words = "NLL leverage over that by layer 12"
    source = median_over_seeds(pairs, lambda pair: pair.quotient(leverage), words)
    return between("0.5", "2", "of one size", "a factor of two either way"), source


def same_columns(experiment, site):
    reference, _ = columns(experiment)
    chosen, found = columns(experiment, **site)
    share = Fraction(len(reference & chosen), len(reference))
    return at_least("50%", "most"), measured(share, f"of {len(reference)} columns at layer 12", found.conditions)


@claim(
    "7.3.stable.model",
    at="Section 7.3",
    also_at=["Section 9.5"],
    kind="wording",
    says="The results are qualitatively stable across layers 8–16 and prompt subsets, where outlier columns are ranked",
    rests_on=["9.model.baseline"],
    primary="outlier columns do more damage",
    note="Qualitatively: at equal counts outlier columns ranked elsewhere do more damage than the others, in NLL. That "
    "the leverage is of one size, within a factor of two, and that most of the columns are the same, says more.",
    weight=1,
)
@pytest.mark.parametrize(
    ("found", "site"),
    [
        pytest.param(found, site, marks=reading(words), id=f"{words}, {name}")
        for words, found in (
            ("outlier columns do more damage", damage),
            ("a leverage of one size", size),
            ("the same columns, most of them", same_columns),
        )
        for name, site in SITES.items()
    ],
)
def test_stable(check, experiment, found, site):
    check(*found(experiment, site))
