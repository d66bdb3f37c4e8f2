"""Section 9.4: the multi-layer experiments V2 and V3. Exp B has a file of its own."""

from pathlib import Path

import pytest
from verdicts import about, arithmetic, ball, claim, confidence, more_than, over_rounding, printed, read_table

from claims.depth_runs import LAYERS, SINE, V2, limit
from claims.experiments import interval
from theorems.formulas.depth import DeepNetwork

TABLES = Path(__file__).parents[1] / "tables"
TABLE_15 = read_table(TABLES / "table_15.csv")
V0 = read_table(TABLES / "table_07.csv")[0]


@claim(
    "9.4.v2.is_v0",
    at="Section 9.4",
    also_at=["Section 7.1", "Table 7"],
    kind="number",
    says="V2 at L = 1 matches V0: the printed 3.587 and 3.595 agree within 1%",
)
def test_v2_is_v0(check):
    quotient = over_rounding(lambda one, other: one / other, TABLE_15[0]["mean"], V0["measured"])
    check(
        about("1", "1%", "matches, two runs of one experiment"), arithmetic(quotient, "quotient of the printed means")
    )


@claim(
    "9.4.v2.is_not_v1",
    at="Section 9.4",
    kind="wording",
    says="V2 at L = 1 does not match V1, for want of a second projection: with W₂ the same measurement gives another C",
    primary="in the limit of infinite width",
    rests_on=["A.stepB2.angles"],
    note="W₂ preserves angles. What separates the printed 3.587 and 2.639 is that one is of actual differences of "
    "normalised outputs, the other to first order.",
    instead="9.v0.metric",
)
@pytest.mark.parametrize("reading", ["in the limit of infinite width"])
def test_v2_is_not_v1(check, reading):
    def excess():
        return limit(1, DeepNetwork()) / limit(1, DeepNetwork(projection=True)) - 1

    check(more_than("0.1", "another C: by a tenth at least"), ball(excess, f"V2 over V1 at L = 1, less one, {reading}"))


@claim(
    "9.4.v2.drop",
    at="Section 9.4",
    also_at=["Table 3", "Figure 2"],
    kind="measurement",
    says="From one layer to six C_L of V2 drops by 14.5%, up to what twenty seeds leave open",
    weight=1,
)
def test_v2_drop(check, shared, effort):
    outcome = V2(shared, check, effort)
    check(
        about("-14.5%", "0.03", "the printed intervals of C₁ and C₆ allow 12.4% to 16.6%, with as much for ours"),
        change(outcome, check),
    )


def change(outcome, check):
    """C₆/C₁ − 1 of a run."""

    def ends(_, level):
        first, last = (outcome.at(layer).mean(float(level) / 2, check.seed) for layer in (1, 6))
        return interval((last[0] / first[1] - 1, last[1] / first[0] - 1))

    return confidence(ends, (len(outcome.drawn),), outcome.words(), check.seed)


@claim(
    "9.4.v2.limit",
    at="Section 9.4",
    also_at=["Table 15"],
    kind="extension",
    says="V2 in the limit of infinite width, by the transverse part of the normalised output's change: C₁ to C₆ are "
    "3.627, 3.511, 3.394, 3.279, 3.169 and 3.065",
    tex=r"C_L=\frac{\sin^2\angle(x_L,x_L^{\mathrm{sign}})}{\sin^2\angle(x_L,x_L^{\mathrm{mag}})}",
    rests_on=["7.1.law"],
)
@pytest.mark.parametrize(
    ("layer", "stated"), list(zip(LAYERS, ("3.627", "3.511", "3.394", "3.279", "3.169", "3.065"), strict=True))
)
def test_limit_of_v2(check, layer, stated):
    check(printed(stated), ball(lambda: limit(layer, DeepNetwork(), SINE), "arc-cosine kernel, iterated over layers"))


@claim(
    "9.4.v3.limit",
    at="Section 9.4",
    also_at=["Table 16"],
    kind="extension",
    says="V3 as described, x + ReLU(W x̂), in the limit of infinite width: C₁ to C₆ are 1.369, 1.526, 1.679, 1.813, "
    "1.928 and 2.026",
    tex=r"x_{l+1}=x_l+\mathrm{ReLU}(W\hat{x}_l)",
    rests_on=["7.1.law"],
)
@pytest.mark.parametrize(
    ("layer", "stated"), list(zip(LAYERS, ("1.369", "1.526", "1.679", "1.813", "1.928", "2.026"), strict=True))
)
def test_limit_of_v3(check, layer, stated):
    network = DeepNetwork(residual=True)
    check(printed(stated), ball(lambda: limit(layer, network, SINE), "closed recursion of the residual streams"))
