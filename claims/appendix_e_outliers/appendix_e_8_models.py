"""Appendix E.8: amplitudes of TinyLlama's outlier columns at layer 12, and what is predicted from them, measured."""

import numpy as np
import pytest
from verdicts import about, at_most, between, claim, more_than, printed, reading, readings

from claims.model_runs import (
    FORM,
    HALF,
    TEXT,
    TINYLLAMA,
    VALIDATION,
    exp_e,
    median_over_seeds,
    one,
    prompt_length,
    ratio,
    ten_windows,
)

LAYER, SHARE = 12, 0.05
TOKENS, PROMPTS = "FFN input, mean |x̂_k|, 20,480 tokens", "FFN input, mean |x̂_k|, 128 prompts"
BARE, QUERIES = "the same before RMSNorm's gain", "q_proj input, root mean square, as released"
SITES = {
    TOKENS: {"part": "mlp", "statistic": "mean"},
    PROMPTS: {"part": "mlp", "statistic": "mean", "prompts": 128},
    BARE: {"part": "mlp", "statistic": "mean", "gain": False},
    QUERIES: {"part": "attention", "statistic": "rms", "scale": "mean square"},
}
"what E.8 and Section 7.3 say and leave open of the site"
ENERGIES = {
    "FFN input": {"part": "mlp", "statistic": "rms", "scale": "mean square"},
    "q_proj input": {"part": "attention", "statistic": "rms", "scale": "mean square"},
    "FFN input, before the gain": {"part": "mlp", "statistic": "rms", "scale": "mean square", "gain": False},
}
"where nE[α²] may be taken: of squares it is the mean square that counts"


def amplitudes(experiment, prompts=None, **site):
    """Amplitudes of the outlier columns at layer 12, rising, their number of columns in all, and what was found."""
    texts = {"windows": ten_windows(experiment)}
    if prompts is not None:
        texts = {"prompts": prompts, "length": prompt_length(experiment)}
    corpus = TEXT if prompts is None else VALIDATION
    found = experiment(TINYLLAMA, "amplitudes", corpus=corpus, form=FORM, layer=LAYER, **texts, **site)
    alpha = np.sort(np.array(found["alpha"]))
    return alpha[-int(SHARE * alpha.size) :], alpha, found


STATISTICS = {
    "median": ("0.024", np.median),
    "mean": ("0.047", np.mean),
    "least": ("0.017", np.min),
    "greatest": ("0.26", np.max),
    "P90": ("0.12", lambda alpha: np.quantile(alpha, 0.9)),
    "P95": ("0.13", lambda alpha: np.quantile(alpha, 0.95)),
    "share above 0.1": ("16%", lambda alpha: np.mean(alpha > 0.1)),
}


@claim(
    "E.alpha.model",
    at="Appendix E.8",
    also_at=["Table 8", "Section 7.3", "Section 9.5", "Section 10.3", "Appendix F.4", "Abstract"],
    kind="measurement",
    says="The top 5% of columns at layer 12 have α with median 0.024, mean 0.047, range 0.017 to 0.26, P90 0.12, P95 "
    "0.13, and 16% of them exceed 0.1",
    primary=TOKENS,
    note="A case for each number and site. The released amplitudes are root mean squares at q_proj (E.alpha.released).",
)
@pytest.mark.parametrize(
    ("statistic", "site"),
    [
        pytest.param(statistic, site, marks=reading(site), id=f"{statistic}, {site}")
        for site in SITES
        for statistic in STATISTICS
    ],
)
def test_amplitudes(check, experiment, statistic, site):
    stated, value = STATISTICS[statistic]
    outliers, _, found = amplitudes(experiment, **SITES[site])
    check(printed(stated), one(float(value(outliers)), f"{statistic} of {outliers.size} columns", found, HALF))


@claim(
    "E.alpha.bulk",
    at="Appendix E.8",
    kind="measurement",
    says="The bulk of the outlier columns, more than half of them, has α between 0.02 and 0.06",
    tex=r"P(0.02\leq\alpha\leq0.06)>\tfrac12",
    primary=TOKENS,
)
@readings("site", SITES)
def test_bulk_of_amplitudes(check, experiment, site):
    outliers, _, found = amplitudes(experiment, **site)
    share = float(np.mean((outliers >= 0.02) & (outliers <= 0.06)))
    check(more_than("50%", "the bulk"), one(share, f"share of {outliers.size} columns", found))


@claim(
    "E.alpha.released.model",
    at="Appendix E.8",
    also_at=["Section 9.5"],
    kind="replication",
    says="The released root mean squares of Exp F's columns, 0.289, 0.139 and 0.030, come out again",
)
@pytest.mark.parametrize(("which", "stated"), [("greatest", "0.28941"), ("P90", "0.13908"), ("median", "0.03023")])
def test_released_amplitudes(check, experiment, which, stated):
    outliers, _, found = amplitudes(experiment, **SITES[QUERIES])
    place = {"greatest": -1, "P90": int(0.9 * outliers.size), "median": int(0.5 * outliers.size)}[which]
    accepted = about(stated, "1%", "half precision there, single precision here")
    check(accepted, one(float(outliers[place]), f"column {place} of {outliers.size} in rising order", found))


@claim(
    "E.aggregate.model",
    at="Appendix E.8",
    also_at=["Appendix F.4", "Section 1.2", "Section 7.2", "Section 7.3", "Section 10.3", "Section 11.1", "Abstract"],
    kind="measurement",
    says="n times the mean of α² over the outlier columns is 7 to 10",
    primary="FFN input",
)
@readings("site", ENERGIES)
def test_aggregate(check, experiment, site):
    outliers, alpha, found = amplitudes(experiment, **site)
    value = alpha.size * float(np.mean(outliers**2)) / float(np.sum(alpha**2))
    accepted = between("6.5", "10.5", "≈ 7–10", "7 and 10 to their rounding")
    check(accepted, one(value, "n times the mean of α², Σα² = 1", found, HALF))


@claim(
    "E.aggregate.dominated.model",
    at="Appendix F.4",
    also_at=["Appendix E.8"],
    kind="wording",
    says="The mean of α² is dominated by the extreme outliers, those with α > 0.1",
    primary="FFN input",
)
@readings("site", ENERGIES)
def test_dominated_by_extremes(check, experiment, site):
    outliers, _, found = amplitudes(experiment, **site)
    share = float(np.sum(outliers[outliers > 0.1] ** 2) / np.sum(outliers**2))
    check(more_than("50%", "dominated"), one(share, f"{int((outliers > 0.1).sum())} columns above 0.1", found, HALF))


@claim(
    "F.premise.model",
    at="Appendix F.4",
    also_at=["Appendix E.8", "Appendix F.3", "Section 7.2", "Section 11.1"],
    kind="wording",
    says="The bound R_col ≤ 19 applies to TinyLlama's outlier columns: they hold at most half of the energy",
    tex=r"\gamma=k\,E_{\mathcal O}[\alpha^2]\le\tfrac12",
    rests_on=["F.bound"],
    primary="FFN input",
)
@readings("site", ENERGIES)
def test_premise(check, experiment, site):
    outliers, alpha, found = amplitudes(experiment, **site)
    share = float(np.sum(outliers**2) / np.sum(alpha**2))
    check(at_most("50%", "γ ≤ 0.5"), one(share, f"{outliers.size} columns of {alpha.size}", found, HALF))


@claim(
    "E.aggregate.confirmed.model",
    at="Appendix E.8",
    also_at=["Appendix F.4", "Section 7.2", "Section 7.3", "Section 9.5", "Section 10.3", "Section 11.1", "Abstract"],
    kind="measurement",
    says="The count-matched NLL leverage at linear response equals nE[α²] of the outlier columns",
    rests_on=["9.model.baseline", "E.aggregate.model"],
    primary="against nE[α²], as the text has it",
    note="An entry of an outlier column against one of the other columns, which share the rest of the energy, is the "
    "ratio of the means of α², the second reading.",
    weight=1,
)
@pytest.mark.parametrize(
    ("of", "rate"),
    [
        pytest.param(of, rate, marks=reading(words), id=f"{words}, p = {rate}")
        for words, of in (
            ("against nE[α²], as the text has it", lambda alpha, _: alpha),
            ("against the other columns", lambda alpha, outliers: alpha[: -outliers.size]),
        )
        for rate in ("0.005", "0.001", "0.0005")
    ],
)
def test_leverage_is_the_aggregate(check, experiment, of, rate):
    outliers, alpha, _ = amplitudes(experiment, **ENERGIES["FFN input"])
    predicted = float(np.mean(outliers**2) / np.mean(of(alpha, outliers) ** 2))

    def quotient(found):
        return ratio(found, "outliers", "others") / predicted

    words = f"NLL leverage over {predicted:.3g}, the ratio of mean α²"
    check(about("1", "20%", "~10 as a round number"), median_over_seeds(exp_e(experiment, rate), quotient, words))
