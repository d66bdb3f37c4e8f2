"""How much more damage one perturbation does than another: ratios of increases of NLL or perplexity.

An increase is over the unperturbed decoder on the same tokens. What happens where the reference does no damage, and
where a perturbed decoder diverges, is a rule named beforehand.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from theorems.arithmetic.contexts import reject

if TYPE_CHECKING:
    from collections.abc import Sequence

    Metric = Literal["nll", "ppl"]
    Rule = Literal["signed", "infinite", "left out"]

__all__ = ["RULES", "increase", "leverage", "median_leverage"]

RULES = {
    "signed": "the ratio as it is, negative where the reference improves the decoder",
    "infinite": "+∞ where the increase of the reference is at most `least`, as the released NLL leverages have it",
    "left out": "no number (NaN) there, so that the seed does not count",
}


def increase(nll: float, base: float, metric: Metric = "nll") -> float:
    """ΔNLL in nats, or ΔPPL; +∞ where the perturbed decoder diverged, its loss being infinite or no number."""
    reject(metric not in ("nll", "ppl"), f'the metric is "nll" or "ppl", got {metric!r}')
    if not math.isfinite(nll) or (metric == "ppl" and nll > 709):  # exp overflows
        return math.inf
    return nll - base if metric == "nll" else math.exp(nll) - math.exp(base)


def leverage(
    outliers: float,
    others: float,
    base: float,
    *,
    metric: Metric = "nll",
    rule: Rule = "signed",
    least: float = 0.0,
    clamp: float | None = None,
) -> float:
    """The increase by flips in outlier columns over that by flips in the others, of one seed.

    Where both diverge it is NaN: the seed tells nothing. Where only the outliers do it is +∞, only the others 0.

    Args:
        outliers: mean NLL with flips in outlier columns.
        others: mean NLL with flips in the others.
        base: mean NLL without.
        metric: of which the increases are.
        rule: one of RULES, for a reference whose increase is at most `least`.
        least: 0 by default; the released NLL leverages of Exp E have 1e-6.
        clamp: the least increase of the reference that is divided by, in place of a rule; the released PPL leverages
            have 0.001 (Exp E) and 0.01 (Exp D).
    """
    reject(rule not in RULES, f"a rule is one of {', '.join(RULES)}, got {rule!r}")
    above, below = increase(outliers, base, metric), increase(others, base, metric)
    if math.isinf(above) and math.isinf(below):
        return math.nan
    if clamp is not None:
        return above / max(below, clamp)
    if rule != "signed" and below <= least:
        return math.inf if rule == "infinite" else math.nan
    if below == 0:
        return math.copysign(math.inf, above) if above else math.nan
    return above / below


def median_leverage(leverages: Sequence[float]) -> float:
    """The median over the seeds that count, those that are numbers; NaN where none is."""
    ordered = sorted(value for value in leverages if not math.isnan(value))
    if not ordered:
        return math.nan
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return low if low == high else (low + high) / 2
