"""Section 9.3: what V0 measured, repeated, and what it is due to."""

import pytest
from verdicts import between, claim, confidence, readings, replicated

from claims.experiments import Seeds, interval, law_of_mean

PRINTED = "3.595"
METRICS = {
    "first order, as c(p) is defined": "transverse",
    "transverse part of the actual output difference": "sine",
    "actual output difference": "chord",
}


def v0(width, matching):
    """ReLU(W₁x̂) with n = m, at p = 0.01."""
    from theorems.simulation.setups import Block

    return Block(width, width, 0.01, matching=matching)


def distance(check, effort, stream, block, metric):
    seeds = Seeds(block, metric, "ratio of sums", stream)
    return law_of_mean(PRINTED, seeds, "V0 of a seed", check, effort)


@claim(
    "9.table7.v0",
    at="Table 7",
    also_at=["Section 9.3"],
    kind="measurement",
    says="V0 measured 3.595 at p = 0.01, n = m = 2048, where V1 measured 2.639",
    primary="transverse part of the actual output difference",
    rests_on=["9.v0.theory"],
    weight=1,
    note="V0 is V2 at L = 1 (Section 9.4), so the primary reading is the metric of V2: sin² of the angle between the "
    "outputs. It has 3.618, near enough where norms are matched in expectation, as then a mean of 20 seeds scatters by "
    "0.006. To first order, the metric of V1 beside it, V0 has the mean of V1, 2.662.",
)
@readings("metric", METRICS)
def test_v0(check, effort, stream, metric):
    check(replicated(PRINTED), distance(check, effort, stream, v0(2048, "expected"), metric))


@claim(
    "9.v0.width_512",
    at="Table 7",
    kind="extension",
    says="3.595 is what the transverse part of the actual output difference measures at n = m = 512",
    rests_on=["9.v0.metric"],
    weight=1,
    note="Its mean there is 3.592 as a ratio of sums; a mean of 20 seeds scatters by 0.026 with norms matched in "
    "expectation and by 0.002 with norms matched in each draw. At n = 2048 the latter excludes 3.595.",
)
@pytest.mark.parametrize("matching", ["expected", "drawn"], ids=["norms in expectation", "norms in each draw"])
def test_v0_at_512(check, effort, stream, matching):
    check(replicated(PRINTED), distance(check, effort, stream, v0(512, matching), "sine"))


# What makes V0 differ from V1: the projection W₂, the input distribution or the metric

SPHERE = "uniform on the sphere"
OTHER_INPUTS = {
    "after a ReLU layer": lambda rng, shape: rng.standard_normal(shape).clip(min=0),
    "uniform in a cube": lambda rng, shape: rng.uniform(-1, 1, shape),
}
WIDTH, DRAWS, P = 256, 1500, 0.01


def blocks(inputs, draws, rng):
    """Gram products of (a, Δ_sign, Δ_mag) for fresh weights, masks and input in each draw, over ‖x‖²; (k, 6).

    By the law of the rows on the sphere, from weight matrices for other inputs; norms matched in each draw, for less
    scatter.
    """
    import numpy as np

    from theorems.simulation.exact_law import draw_grams
    from theorems.simulation.grams import gram_of

    if inputs == SPHERE:
        return draw_grams(v0(WIDTH, "drawn"), 10 * draws, rng)
    found = []
    for x in OTHER_INPUTS[inputs](rng, (draws, WIDTH)):
        w = rng.standard_normal((WIDTH, WIDTH), dtype=np.float32)
        flips = rng.random((WIDTH, WIDTH), dtype=np.float32) < P
        norm = 2 * np.sqrt(np.mean(w[flips] ** 2) * flips.mean())
        z, changes = w @ x, ((w * flips) @ x * -2, np.sign(w) @ x * norm)
        a, sign, magnitude = (np.maximum(each, 0) for each in (z, z + changes[0], z + changes[1]))
        found.append(gram_of(a, sign - a, magnitude - a) / (x @ x))
    return np.array(found)


BASE = {"projection": "without W₂", "inputs": SPHERE, "metric": "transverse"}
CHANGES = {
    "W₂, in first order": ({}, {"projection": "with W₂"}),
    "W₂, in actual differences": ({"metric": "chord"}, {"projection": "with W₂"}),
    **{
        f"inputs {law}, in {name}": ({"metric": metric}, {"inputs": law})
        for law in OTHER_INPUTS
        for metric, name in (("transverse", "first order"), ("chord", "actual differences"))
    },
    "actual differences, without W₂": ({}, {"metric": "chord"}),
    "actual differences, with W₂": ({"projection": "with W₂"}, {"metric": "chord"}),
}


@claim(
    "9.v0.factorial",
    at="Table 7",
    also_at=["Section 9.3"],
    kind="extension",
    says="Neither W₂ nor the input distribution makes half of the excess of V0 over V1, 3.595/2.639 − 1 = 0.36, in any "
    "combination; taking actual differences in place of c(p)'s first order does",
    rests_on=["9.v0.theory"],
    weight=1,
    note="One factor at a time at n = m = 256. The excess by actual differences is 0.38.",
)
@pytest.mark.parametrize("change", CHANGES)
def test_factorial(check, shared, effort, change):
    from fixtures.randomness import philox
    from theorems.simulation.grams import project
    from theorems.simulation.smooth_seed_law import STATISTICS
    from theorems.statistics.student import EVERYTHING, ratio_interval

    held, changed = CHANGES[change]
    count = effort.times(DRAWS)

    def ratio(projection, inputs, metric, level):
        draws = shared(f"V0, inputs {inputs}, {count} draws", check.root, lambda rng: blocks(inputs, count, rng))
        draws = project(draws, WIDTH, philox(check.seed)) if projection == "with W₂" else draws
        return ratio_interval(*STATISTICS[metric](draws), level)

    def excess(_size, level):
        before, after = (ratio(**BASE | held | each, level=float(level) / 2) for each in ({}, changed))
        low, high = after[0] / before[1] - 1, after[1] / before[0] - 1
        return interval((low, high) if before[0] > 0 else EVERYTHING)

    half = between("-0.18", "0.18", "less than half of 0.36, either way")
    accepted = between("0.18", "0.54", "half of 0.36 to one and a half") if "metric" in changed else half
    words = "ratio of the energies' means with and without the change, each by Fieller's set"
    check(accepted, confidence(excess, [count], words, check.seed))
