"""Outlier columns on other models: amplitudes, energies, columns and groups of columns flipped (Sections 7.3, 9.5)."""

import numpy as np
import pytest
from verdicts import about, at_least, at_most, claim, less_than, measured, more_than, reading

from claims.model_runs import around, ends
from claims.replication_runs import (
    MIDDLE,
    MODELS,
    PAIRS,
    RELU,
    SMOLLM2,
    TEXT,
    TRAINED,
    UNTRAINED,
    every,
    median_over_pairs,
    one,
    windows,
)
from theorems.protocols.perplexity import Windows

GATE = {SMOLLM2: "gate_proj", RELU: "up_proj", UNTRAINED: "up_proj"}
"the matrix that the FFN's activation follows, W₁ of the paper's block"
COLUMNS = 20
DRAWS = 5
GROUPS = ["outliers", "as many others"]
STRETCH = 16
"tokens of a text block"
DIVERGENCE, LOSS = "divergence of the predictions", "ΔNLL"
MEASURES = {DIVERGENCE: "kl", LOSS: "dnll"}
SITES = {
    "mean |x̂_k| at the FFN input": {"statistic": "mean", "gain": True},
    "mean |x̂_k| before RMSNorm's gain": {"statistic": "mean", "gain": False},
    "root mean square at the FFN input": {"statistic": "rms", "scale": "mean square", "gain": True},
    "root mean square before RMSNorm's gain": {"statistic": "rms", "scale": "mean square", "gain": False},
}
ROOM = 5e-3
"relative room of damages: differences of losses in single precision, on other machines"


def on_text(experiment, effort, model, name, **parameters):
    """An experiment at the middle layer, on the text held out."""
    return experiment(model, name, corpus=TEXT, layer=MIDDLE[model], windows=windows(effort), **parameters)


def at_gate(experiment, effort, model, name, **parameters):
    """The same at the matrix before the activation."""
    return on_text(experiment, effort, model, name, module=GATE[model], **parameters)


def readings_by(names, models=MODELS):
    """A case for each reading and model."""
    return pytest.mark.parametrize(
        ("model", "words"),
        [
            pytest.param(model, words, marks=reading(words), id=f"{model}, {words}")
            for words in names
            for model in models
        ],
    )


@claim(
    "replication.outliers.tail",
    at="Replications",
    also_at=["Section 7.3", "Appendix E.8", "Section 7.2"],
    kind="replication",
    says="In each of the three models some columns violate delocalization: the largest leverage nα² in the middle "
    "layer is at least 20, what the paper gives for its extreme tail, α ≥ 0.1 of 2,048",
    tex=r"n\,\max_k\alpha_k^2\ge20",
    primary="mean |x̂_k| at the FFN input",
    note="So it is in SmolLM2, the one that was trained for use: n·max α² = 167. The small model has mild outliers, "
    "before training there are none. The paper speaks of real transformers.",
)
@readings_by(SITES)
def test_tail(check, effort, experiment, model, words):
    found = on_text(experiment, effort, model, "amplitudes", part="mlp", **SITES[words])
    alpha = np.array(found["alpha"])
    words = f"n·max α², {alpha.size} columns; the largest is {alpha.max() / np.median(alpha):.3g} times the median"
    check(at_least("20"), one(alpha.size * alpha.max() ** 2, words, found, 1e-3))


@claim(
    "replication.outliers.energy",
    at="Replications",
    also_at=["Section 9.5"],
    kind="replication",
    says="In each of the three models the energy that a flip in a column adds at the output goes as α²: a strong rank "
    "correlation over the columns",
    note="α as the matrix sees it, after the gain: root mean square of its own input.",
)
@every(MODELS)
def test_energy(check, effort, experiment, model):
    found = at_gate(experiment, effort, model, "column_energies")
    words = f"Spearman's coefficient over {len(found['alpha'])} columns of {GATE[model]}"
    check(at_least("0.8", "strong"), one(float(found["spearman"]), words, found, 1e-3))


@claim(
    "replication.outliers.output",
    at="Replications",
    also_at=["Section 9.5", "Section 7.2"],
    kind="replication",
    says="In each of the three models ‖Δy‖² of a flipped column is 4‖W_:,k‖²E[x_k²], measured at the output of the "
    "matrix",
    tex=r"\mathbb E\|\Delta y\|^2=4\|W_{:,k}\|^2\,\mathbb E[x_k^2]",
)
@every(MODELS)
def test_output(check, effort, experiment, model):
    found = at_gate(experiment, effort, model, "column_energies")
    off = np.abs(np.array(found["checked_energy"]) / np.array(found["checked_formula"]) - 1)
    words = f"largest relative difference of {off.size} columns, outputs against moments"
    check(at_most("1e-3", "equal, in single precision"), measured(ends(off.max(), off.max()), words, found.conditions))


@claim(
    "replication.outliers.norms",
    at="Replications",
    also_at=["Section 9.5"],
    kind="replication",
    says="In each of the three models weight norms of outlier columns and of the others are approximately the same, so "
    "that α² alone drives the energies",
    note="RMSNorm's gain sits before the weights: training can move a factor from one to the other.",
)
@every(MODELS)
def test_norms(check, effort, experiment, model):
    found = at_gate(experiment, effort, model, "column_energies")
    words = "root of the ratio of mean ‖W_:,k‖², top 5% of α over the rest"
    check(about("1", "10%", "“approximately uniform”"), one(float(found["norm_sq_ratio"]) ** 0.5, words, found))


@claim(
    "replication.outliers.ordering",
    at="Replications",
    also_at=["Section 9.5"],
    kind="replication",
    says="In both trained models α² predicts the ordering of the damage by flipped columns: a strong rank correlation "
    "over twenty, log-spaced in α",
    primary=DIVERGENCE,
    note="The divergence of the predictions from the unperturbed ones has no sign. ΔNLL of a single column is noise on "
    "so few tokens.",
)
@readings_by(MEASURES, TRAINED)
def test_ordering(check, effort, experiment, model, words):
    found = flipped_columns(experiment, effort, model)
    rho = ranks(np.array(found["alpha_sq"]), np.array(found[MEASURES[words]]))
    check(at_least("0.8", "strong"), one(rho, f"ranks of α² and {words}, {COLUMNS} columns", found, ROOM))


def flipped_columns(experiment, effort, model):
    """Twenty columns flipped one by one, on 128 tokens."""
    plan = Windows(128, limit=effort.factor)
    return experiment(
        model, "column_flips", corpus=TEXT, layer=MIDDLE[model], module=GATE[model], count=COLUMNS, windows=plan
    )


def ranks(first, second):
    from scipy.stats import spearmanr

    return float(spearmanr(first, second).statistic)


PREDICTORS = {"on α²": "alpha_sq", "on α²‖W_:,k‖²": "predicted"}
"what a run has of each column, by the words of the reading"


@claim(
    "replication.outliers.subquadratic",
    at="Replications",
    also_at=["Section 9.5"],
    kind="replication",
    says="In both trained models the damage by a flipped column grows more slowly than α²: slope in ln α² below 1",
    note="Least squares over twenty columns, by the divergence of the predictions; the paper's 0.78 is of ΔNLL. A "
    "slope below 1 carries over to the small model, not to SmolLM2.",
    primary="on α²",
)
@readings_by(PREDICTORS, TRAINED)
def test_subquadratic(check, effort, experiment, model, words):
    found = flipped_columns(experiment, effort, model)
    predictor = np.array(found[PREDICTORS[words]])
    slope = float(np.polyfit(np.log(predictor), np.log(np.array(found["kl"])), 1)[0])
    check(less_than("1", "sub-quadratic"), one(slope, f"slope of ln divergence {words}", found, ROOM))


def groups(experiment, effort, check, model, draws=1):
    """Outlier columns flipped, and as many others, which each seed draws, on stretches of the text of 16 tokens."""
    plan = {
        "groups": GROUPS,
        "windows": Windows(STRETCH, limit=PAIRS * (1 if effort.factor == 1 else 4)),
        "block": STRETCH - 1,
    }
    return [
        experiment(
            model, "group_flips", corpus=TEXT, layer=MIDDLE[model], module=GATE[model], seed=check.root + number, **plan
        )
        for number in range(draws)
    ]


def of_group(found, name, values):
    """Of one group of columns."""
    return np.array(found[values])[found["groups"].index(name)]


def leverage(found, values):
    """Of the outlier columns over as many others."""
    return of_group(found, "outliers", values) / of_group(found, "as many others", values)


@claim(
    "replication.outliers.group",
    at="Replications",
    also_at=["Section 7.2", "Section 9.5", "Appendix F.3"],
    kind="replication",
    says="In both trained models flipping the outlier columns (top 5%) does more damage than flipping as many others, "
    "in the median over stretches of text",
    note="One set of others, the same on all stretches of text: the set is over text alone, and takes stretches of one "
    "novel as independent.",
    primary=DIVERGENCE,
    weight=1,
)
@readings_by(MEASURES, TRAINED)
def test_group(check, effort, experiment, model, words):
    found = groups(experiment, effort, check, model)[0]
    blocks = f"{MEASURES[words]}_blocks"
    excess = of_group(found, "outliers", blocks) - of_group(found, "as many others", blocks)
    text = f"{words} by the outlier columns less that by as many others, one draw of these"
    source = median_over_pairs(lambda _: found, lambda _: excess, text, check, effort)
    check(more_than("0"), source)


MATCHES, FACTOR = "matches", "within a factor of 2"
MARGINS = {
    MATCHES: about("1", "10%", "matches, between numbers of one or two digits", stated="theory"),
    FACTOR: about("1.25", "0.75", "1/2 to 2", stated="theory, within a factor of 2"),
}


@claim(
    "replication.outliers.leverage",
    at="Replications",
    also_at=["Section 9.5", "Appendix F.3", "Appendix F.4", "Abstract"],
    kind="replication",
    says="In both trained models the leverage of the outlier columns, by the divergence of the predictions, matches "
    "the ratio of energies that the theory gives",
    primary=MATCHES,
    note="The energy is Σ E[x_k²]‖W_:,k‖² over the columns: amplitudes as the weight sees them. It understates what "
    "outlier columns do, most in SmolLM2: whole columns change together, and what follows is not isotropic. There the "
    "others are one draw, five at full effort.",
)
@readings_by(MARGINS, TRAINED)
def test_leverage(check, effort, experiment, model, words):
    found = groups(experiment, effort, check, model, DRAWS if model == RELU or effort.factor > 1 else 1)
    ratios = [leverage(each, "kl") / leverage(each, "energy") for each in found]
    text = f"leverage over that of energies, least to greatest of {len(found)} draws of the others"
    check(MARGINS[words], measured(spread(ratios), text, found[0].conditions))


def spread(values):
    """From the least to the greatest, with room for other machines."""
    low, high = (around(value, ROOM) for value in (min(values), max(values)))
    return ends(float(low.lo), float(high.hi))
