"""Section 9.7: Proposition 1 verified on one linear layer, Table 11."""

import math
from dataclasses import replace
from fractions import Fraction
from functools import cache, partial
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from verdicts import (
    arithmetic,
    at_least,
    at_most,
    ball,
    claim,
    confidence,
    data,
    exactly,
    instances,
    less_than,
    more_than,
    over_rounding,
    printed,
    proof,
    read_table,
    readings,
    replicated,
    twin,
    worst,
)

from claims.drawn_vectors import batch, seeded
from claims.experiments import INPUTS, SEEDS, WITHIN, Growing, in_words, interval, mean_of, measured_mean, rounding
from theorems.arithmetic.contexts import BALL
from theorems.formulas.spherical import flip_radial_fraction, sphere_moment, sphere_participation
from theorems.statistics.replication import deviation_of_mean, standard_deviation_interval
from theorems.statistics.student import mean_interval

MAGNITUDE, FLIPS, ENERGIES = read_table(Path(__file__).parents[1] / "tables" / "table_11.csv")
WIDTH = 256
SHAPE = WIDTH, WIDTH
RATE = 0.01
WIDTHS = (256, 512, 1024, 2048, 4096)
RATES = (0.005, 0.01, 0.02, 0.05, 0.1)
EACH_INPUT = "mean of each input's fraction, as the caption says"
MOMENTS = "ratio of moments"
ESTIMATES = {EACH_INPUT: "mean of ratios", MOMENTS: "ratio of sums"}


def flip_seeds(shape, p, estimate, stream):
    """Seeds of the radial fraction of sign flips, and the ends of its mean by quadrature or exact."""
    from theorems.simulation.linear_seeds import flip_fraction_mean, flip_fraction_seeds

    mean = flip_fraction_mean(shape, p, estimate)
    slack = 1e-6 * mean  # many times the error of either route
    draw = partial(flip_fraction_seeds, shape, p, INPUTS, rng=stream, estimate=estimate)
    return draw, (mean - slack, mean + slack)


IN_WIDTH = {
    "figure": "Not in the paper: the radial fraction of sign flips at m = n, and Table 11's",
    "x": "n",
    "y": "𝓡",
}
WIDTHS_DRAWN = [width for k in range(5, 13) for width in (2**k, 3 * 2 ** (k - 1))]


# Section 9.7: Proposition 1


SHAPES = list(product(range(1, 7), repeat=2))


def matrices(shape, generator):
    """Ten matrices of one shape at once, and which set of points they are tried on."""
    tried = batch(math.prod(shape), generator, most=10, zeros=True).reshape(-1, *shape)
    return tried, int(generator.integers(10))


@cache
def mean_of_squares(columns, seed):
    """The mean of x̂x̂ᵀ over 10,000 points of the sphere."""
    points = np.random.Generator(np.random.Philox(seed)).standard_normal((INPUTS, columns))
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    return points.T @ points / INPUTS


@claim(
    "9.proposition1.sampled",
    at="Section 9.7",
    also_at=["Proposition 1"],
    says="Over 10,000 points of the sphere the mean of ‖Mx̂‖² is ‖M‖_F²/n, within six of its own standard deviations, "
    "for matrices of every small shape",
    tex=r"\frac{1}{N}\sum_k\|M\hat x_k\|^2=\frac{\|M\|_F^2}{n}\pm"
    r"\frac{6}{\sqrt N}\sqrt{\frac{2(n\|M^\top M\|_F^2-\|M\|_F^4)}{n^2(n+2)}}",
    rests_on=["5.proposition1"],
    note="Each try takes ten matrices of one shape, and one of ten sets of points.",
)
@example((np.array([[[-3.0]]]), 0))
@example((np.eye(1, 6)[None], 1))
@given(seeded(matrices, SHAPES))
def test_sampled_energy(drawn):
    tried, seed = drawn
    columns = tried.shape[2]
    grams = tried.transpose(0, 2, 1) @ tried
    norms = np.trace(grams, axis1=1, axis2=2)
    averages = np.sum(grams * mean_of_squares(columns, seed), axis=(1, 2))  # of ‖Mx̂‖² = Σ (MᵀM)_jk x̂_j x̂_k
    squares = np.sum((grams / norms[:, None, None]) ** 2, axis=(1, 2))
    variances = 2 * np.maximum(0, columns * squares - 1) / (columns + 2)
    off = np.abs(averages * columns ** twin(1.0, 1.1) / norms - 1)
    room = 6 * (variances / INPUTS) ** 0.5
    worst(np.min(room - off))
    assert np.all(off <= room + 1e-12)


# Table 11, magnitude radial fraction


def additive_noise(stream):
    """ΔW of independent Gaussian entries"""
    from theorems.simulation.linear_seeds import additive_fraction_seeds

    return partial(additive_fraction_seeds, SHAPE, INPUTS, rng=stream), (1 / WIDTH, 1 / WIDTH)


def constant_shift(stream):
    """ΔW = δ sign(W)"""
    from theorems.simulation.linear_seeds import shift_fraction_seeds

    return partial(shift_fraction_seeds, SHAPE, INPUTS, rng=stream), None


@claim(
    "9.table11.magnitude",
    at="Table 11",
    also_at=["Section 9.7"],
    kind="measurement",
    says="The magnitude radial fraction measures 0.00391 at n = m = 256",
    weight=1,
    primary="additive independent noise (Section 5.2)",
    note="Only the additive model has the 1/n that the table gives as theory. The caption names (A4), by which all "
    "analysis after Section 5.2 goes: there the same experiment gives 0.636.",
    instead="5.table11_model",
)
@readings(
    "seeds",
    {
        "additive independent noise (Section 5.2)": additive_noise,
        "sign-preserving (A4), as the caption says": constant_shift,
    },
)
def test_magnitude_fraction(check, effort, stream, seeds):
    draw, centre = seeds(stream)
    text = MAGNITUDE["measured"]
    check(replicated(text), measured_mean(text, draw, seeds.__doc__, check, effort, centre=centre))


@claim(
    "9.table11.magnitude_theory",
    at="Table 11",
    kind="number",
    says="1/n is 0.00391 at n = 256",
    tex=r"\frac1n\approx0.00391",
)
def test_magnitude_theory(check):
    check(printed(MAGNITUDE["theory"]), proof(Fraction(1, WIDTH), "1/256"))


@claim(
    "9.table11.magnitude_deviation",
    at="Table 11",
    kind="number",
    says="The measured magnitude radial fraction deviates from 1/n by less than 0.1%",
    note="Three printed digits leave it open: 0.00391 may stand for what deviates by up to 0.22%.",
)
def test_magnitude_deviation(check):
    deviation = over_rounding(lambda measured: abs(measured * WIDTH - 1), MAGNITUDE["measured"])
    check(less_than("0.1%"), arithmetic(deviation, "|256 × measured − 1| of the printed digits"))


# Table 11, sign radial fraction


@claim(
    "9.table11.sign",
    at="Table 11",
    also_at=["Section 9.7"],
    kind="measurement",
    says="The sign radial fraction measures 0.00883 at n = m = 256 and p = 0.01",
    weight=1,
    primary=EACH_INPUT,
    note="As described the experiment gives 0.01375, or 0.0139 as a ratio of moments: p and about 1/n for the random "
    "part. The printed value, which lies below p, is what comes out at half that flip rate.",
    instead="9.table11.sign.rate",
)
@readings("estimate", ESTIMATES)
def test_sign_fraction(check, effort, stream, estimate):
    draw, centre = flip_seeds(SHAPE, RATE, estimate, stream)
    text = FLIPS["measured"]
    what = f"sign flips at p = {RATE}, {estimate}"
    check(replicated(text), measured_mean(text, draw, what, check, effort, centre=centre))


@claim(
    "9.table11.sign_deviation",
    at="Table 11",
    kind="number",
    says="The measured sign radial fraction deviates from p by −11.7%",
)
def test_sign_deviation(check):
    low, high = rounding(FLIPS["measured"])
    check.curve(name="measured at p = 0.01, as printed", points=[(WIDTH, low, high)], kind="points", **IN_WIDTH)
    check.curve(name="theory, 𝓡 ≈ p = 0.01", points=[(n, "0.01") for n in WIDTHS_DRAWN], **IN_WIDTH)
    deviation = over_rounding(lambda measured: measured / Fraction(1, 100) - 1, FLIPS["measured"])
    check(printed(FLIPS["deviation"]), arithmetic(deviation, "measured over p = 0.01, less 1, of the printed digits"))


@claim(
    "9.table11.sign.rate",
    at="Table 11",
    kind="extension",
    says="The sign radial fraction 0.00883 is what this experiment gives at the flip rate p = 0.005",
    note="Its deviation from the theory 𝓡 ≈ p is then +77%, not −11.7%.",
    weight=1,
)
@pytest.mark.parametrize("estimate", ESTIMATES.values())
def test_rate_of_the_sign_fraction(check, effort, stream, estimate):
    from theorems.simulation.linear_seeds import flip_fraction_mean

    for p in (RATE, 0.005):
        means = [(n, flip_fraction_mean((n, n), p, estimate)) for n in WIDTHS_DRAWN]
        check.curve(name=f"expected at p = {p}, {estimate}", points=means, **IN_WIDTH)
    draw, centre = flip_seeds(SHAPE, 0.005, estimate, stream)
    text = FLIPS["measured"]
    what = f"sign flips at p = 0.005, {estimate}"
    check(replicated(text), measured_mean(text, draw, what, check, effort, centre=centre))


@claim(
    "9.table11.sign.only",
    at="Table 11",
    kind="extension",
    says="No other of the flip rates 0.005, 0.01, 0.02, 0.05 and 0.1 and widths 256 to 4096 gives 0.00883, with "
    "either estimate: the nearest is more than six standard deviations of a mean of 20 seeds away",
    rests_on=["9.table11.sign.rate"],
    weight=1,
)
def test_no_other_rate(check, effort, stream):
    others = [(n, p, estimate) for n in WIDTHS for p in RATES for estimate in ESTIMATES.values()]
    others = [setup for setup in others if setup[:2] != (WIDTH, 0.005)]
    set_ups = {}
    for n, p, estimate in others:
        draw, centre = flip_seeds((n, n), p, estimate, stream)
        set_ups[n, p, estimate] = Growing(draw), centre
    nearest = {}

    def least(size, level):
        for setup, (seeds, centre) in set_ups.items():
            interval = deviation_of_mean(
                rounding(FLIPS["measured"]), seeds(size), SEEDS, float(level) / len(set_ups), centre=centre
            )
            nearest[setup] = (
                sorted(map(abs, interval)) if interval[0] * interval[1] > 0 else (0, max(map(abs, interval)))
            )
        return tuple(Fraction(min(ends[side] for ends in nearest.values())) for side in (0, 1))

    def words():
        n, p, estimate = min(nearest, key=lambda setup: nearest[setup][0])
        return f"{len(set_ups)} set-ups; the nearest is n = {n} at p = {p}, {estimate}"

    check(more_than("6"), confidence(least, effort.looks([400]), words, check.seed))


# Table 11, with weight matrices

LAWS = {
    "magnitude radial fraction": (0, "additive_fraction_seeds", {}),
    "sign radial fraction": (1, "flip_fraction_seeds", {"p": RATE}),
    "energy ratio": (2, "energy_ratio_seeds", {"p": RATE, "matching": "drawn"}),
}
"Its place among what `experiment` gives below, and the sampler of its law."


@claim(
    "9.table11.dense",
    at="Table 11",
    also_at=["Section 9.1", "Section 9.7"],
    kind="replication",
    says="Run as described, with weight matrices at n = m = 256 and p = 0.01, the three quantities come out as the law "
    "of the rows says",
    weight=1,
    note="Means over inputs of their fractions, and the ratio of mean energies; additive Gaussian noise of the norm of "
    "the flips.",
)
@pytest.mark.parametrize(("place", "sampler", "more"), LAWS.values(), ids=LAWS)
def test_dense(check, dense, effort, stream, place, sampler, more):  # noqa: PLR0917
    from theorems.simulation import linear_seeds
    from theorems.simulation.dense import linear_grams
    from theorems.simulation.grams import radial_fractions

    width, inputs = dense.width(WIDTH), dense.inputs(INPUTS)

    def experiment(source):
        grams = linear_grams(source, (width, width), RATE, inputs)
        sign, magnitude = (fractions.mean() for fractions in radial_fractions(grams))
        return magnitude, sign, grams[:, 2].sum() / grams[:, 4].sum()

    outcomes = dense(f"Proposition 1 at n = {width}, {inputs} inputs", SEEDS, experiment)[:, place]
    draw = partial(getattr(linear_seeds, sampler), (width, width), inputs=inputs, rng=stream, **more)
    words = f"{in_words(outcomes, dense)}; by the law"
    enough = replace(effort, factor=max(1, effort.factor))  # a seed by its law is a few random numbers
    check(WITHIN, measured_mean(mean_of(outcomes), lambda count: draw(seeds=count), words, check, enough))


# Table 11, what the caption says of the deviation


@claim(
    "9.table11.distinction",
    at="Table 11",
    says="The sample average of the radial fractions differs from the ratio of moments at finite n",
    tex=r"\mathbb{E}\,\frac{(\Delta y\cdot\hat y)^2}{\|\Delta y\|^2}\neq"
    r"\frac{\mathbb{E}(\Delta y\cdot\hat y)^2}{\mathbb{E}\|\Delta y\|^2}",
    weight=1,
    note="By 0.0002 at n = m = 256 and p = 0.01, 0.01375 below 0.01396: 2% of p, where 11.7% are to be explained.",
)
def test_distinction(check, effort, stream):
    from theorems.simulation.exact_law import draw_grams
    from theorems.simulation.setups import Block

    def contrast(count):
        """Of mean difference E 𝓡 − E 𝓡e, e = ‖Δy‖²/E‖Δy‖²: 𝓡 is centred, as E(1 − e) = 0."""
        draws = draw_grams(Block(WIDTH, WIDTH, RATE, relu=False), count, stream)
        fraction = draws[:, 1] ** 2 / (draws[:, 0] * draws[:, 2])
        return (fraction - (RATE + 1 / WIDTH)) * (1 - draws[:, 2] / (4 * RATE))  # E‖Δy‖² is 4p in these units

    values = Growing(contrast)

    def difference(size, level):
        return interval(mean_interval(values(size), float(level)))

    def words():
        return f"fresh weights and inputs by the law of the rows, p = 0.01: {values.values.mean():.2g}"

    looks = effort.looks([8000, 16_000, 32_000])
    check(less_than("0", stated="differs"), confidence(difference, looks, words, check.seed))


def both_together(draw, centre):
    """𝓡/p − 1 of the sample average"""
    ends = tuple(end / RATE - 1 for end in centre)
    return lambda count: draw(count) / RATE - 1, ends


def scatter_alone(draw, centre):
    """𝓡/p − 1 as it scatters, about 0"""
    return lambda count: (draw(count) - sum(centre) / 2) / RATE, (0.0, 0.0)


@claim(
    "9.table11.explanation",
    at="Table 11",
    kind="wording",
    says="The deviation of −11.7% reflects that the measured fraction is a sample average, not a ratio of moments, "
    "and the residual variance from 20 seeds",
    weight=1,
    rests_on=["9.table11.distinction"],
    primary="both together",
    note="The sample average exceeds p by 37.5%, the ratio of moments by 39.6%: the distinction has the wrong sign. "
    "Seeds scatter by 7% of p, their mean by 1.5%: even around p −11.7% were more than seven standard deviations.",
    instead="9.table11.sign.rate",
)
@readings("part", {"both together": both_together, "the residual variance alone": scatter_alone})
def test_explanation(check, effort, stream, part):
    draw, centre = part(*flip_seeds(SHAPE, RATE, ESTIMATES[EACH_INPUT], stream))
    text = FLIPS["deviation"]
    check(replicated(text), measured_mean(text, draw, part.__doc__, check, effort, centre=centre))


def mean_of_ratios():
    from theorems.simulation.linear_seeds import flip_fraction_mean

    mean = flip_fraction_mean(SHAPE, RATE)
    ends = tuple(Fraction(mean * (1 + error) / RATE - 1) for error in (-1e-6, 1e-6))
    return instances(ends, [SHAPE], "E 𝓡 by quadrature over the law of a row, over p, less 1")


def ratio_of_moments():
    def excess():
        return flip_radial_fraction("0.01", WIDTH, sphere_participation(WIDTH), BALL) * 100 - 1

    return ball(excess, "exact ratio of moments")


@claim(
    "9.table11.explanation.sign",
    at="Table 11",
    kind="extension",
    says="At n = m = 256 and p = 0.01 the sample average is expected 37.5% above p, the ratio of moments 39.6%",
    tex=r"\mathbb{E}\,\frac{(\Delta y\cdot\hat y)^2}{\|\Delta y\|^2}\approx1.375\,p,\quad\frac{"
    r"\mathbb{E}(\Delta y\cdot\hat y)^2}{\mathbb{E}\|\Delta y\|^2}\approx1.396\,p",
    rests_on=["9.table11.distinction"],
)
@pytest.mark.parametrize(
    ("excess", "stated"),
    [
        pytest.param(mean_of_ratios, "37.5%", id="mean of ratios-37.5%"),
        pytest.param(ratio_of_moments, "39.6%", id="ratio of moments-39.6%"),
    ],
)
def test_both_exceed_the_flip_rate(check, excess, stated):
    check(printed(stated), excess())


# Table 11, energy ratio


@claim(
    "9.table11.energy_ratio",
    at="Table 11",
    also_at=["Section 9.7"],
    kind="measurement",
    says="The energies of sign and magnitude perturbations have the ratio 1.0000",
    weight=1,
    primary="equal norms in each draw",
)
@readings("matching", {"equal norms in each draw": "drawn", "norms equal in expectation, (A4)": "expected"})
def test_energy_ratio(check, effort, stream, matching):
    from theorems.simulation.linear_seeds import energy_ratio_seeds

    draw = partial(energy_ratio_seeds, SHAPE, RATE, INPUTS, rng=stream, matching=matching)
    text = ENERGIES["measured"]
    check(replicated(text), measured_mean(text, draw, f"energy ratio, norms {matching}", check, effort))


@claim(
    "9.table11.energy_deviation",
    at="Table 11",
    kind="number",
    says="The measured energy ratio deviates from 1 by less than 0.01%",
)
def test_energy_deviation(check):
    deviation = over_rounding(lambda measured: abs(measured - 1), ENERGIES["measured"])
    check(less_than("0.01%"), arithmetic(deviation, "|measured − 1| of the printed digits"))


def expectation(*_):
    # E x̂ᵀAx̂ over tr A/n is 1 for every A, and so for both, where E x̂_j² = 1/n and E x̂_jx̂_k = 0.
    off = abs(WIDTH * sphere_moment((2,), WIDTH) - 1) + abs(sphere_moment((1, 1), WIDTH))
    return proof(off, "moments of the sphere, exact: each energy is ‖ΔW‖_F²/n")


def twenty_seeds(matching, check, effort, stream):
    from theorems.simulation.linear_seeds import energy_ratio_seeds

    seeds = Growing(partial(energy_ratio_seeds, SHAPE, RATE, INPUTS, rng=stream, matching=matching))

    def reach(size, level):
        deviation = standard_deviation_interval(seeds(size), float(level))
        return tuple(Fraction(end / SEEDS**0.5) for end in deviation)

    words = "standard deviation of a mean over 20 seeds, which a deviation exceeds one time in three"
    return confidence(reach, effort.looks([400, 3200]), words, check.seed)


@claim(
    "9.table11.by_construction",
    at="Table 11",
    kind="wording",
    says="The energy ratio is 1.0 by construction, as the Frobenius norms are matched",
    rests_on=["5.proposition1"],
    weight=1,
    primary="expectation over inputs, equal norms in each draw",
    note="Of the expectation over x̂, given matrices of equal norm. Over 10,000 inputs a mean of 20 seeds still "
    "scatters by 0.035%, and by 1.5% where (A4) matches the norms in expectation only: more than the printed <0.01%.",
    instead="9.table11.scatter",
)
@readings(
    "experiment",
    {
        "expectation over inputs, equal norms in each draw": expectation,
        "20 seeds of 10,000 inputs, equal norms in each draw": partial(twenty_seeds, "drawn"),
        "20 seeds of 10,000 inputs, norms equal in expectation, (A4)": partial(twenty_seeds, "expected"),
    },
)
def test_by_construction(check, effort, stream, experiment):
    check(less_than("0.01%", stated="<0.01%, by construction"), experiment(check, effort, stream))


# What agreement the experiment can show


def scatter_of_the_fraction(*_):
    # (ŷ·Δŷ)² is Beta(1/2, (m − 1)/2): relative variance 2(m − 1)/(m + 2)
    square = Fraction(2 * (WIDTH - 1), (WIDTH + 2) * INPUTS * SEEDS)
    route = "ŷ and Δŷ uniform and independent, exact for one input; inputs that share matrices add to it"
    return ball(lambda: BALL.number(square).sqrt(), route)


def scatter_of_the_energies(check, effort, stream):
    values = Growing(lambda count: relative_energies(count, stream))

    def scatter(size, level):
        deviation = standard_deviation_interval(values(size), float(level))
        return tuple(Fraction(end / (INPUTS * SEEDS) ** 0.5) for end in deviation)

    words = "log of both energies' ratio for one input, each over its own ‖ΔW‖_F²/n, by the law of the rows"
    return confidence(scatter, effort.looks([2000, 8000]), words, check.seed)


@claim(
    "9.table11.scatter",
    at="Table 11",
    kind="extension",
    says="Over 20 seeds of 10,000 inputs the magnitude radial fraction scatters by at least 0.31% of 1/n, and the "
    "energy ratio by at least 0.03%: three times the deviations <0.1% and <0.01% that the table prints",
    weight=1,
    note="From the finite number of inputs alone. Agreement as close as printed comes by chance.",
)
@pytest.mark.parametrize(
    ("stated", "scatter"),
    [("0.31%", scatter_of_the_fraction), ("0.03%", scatter_of_the_energies)],
    ids=["magnitude radial fraction", "energy ratio"],
)
def test_scatter(check, effort, stream, stated, scatter):
    check(at_least(stated), scatter(check, effort, stream))


def relative_energies(count, stream):
    """log of ‖ΔWx̂‖²/‖ΔW‖_F² for sign flips, less that of Gaussian noise, for fresh matrices and one input each."""
    from theorems.simulation.exact_law import Rows

    rows = Rows(WIDTH, RATE, (count, WIDTH), stream)
    before, after, _ = rows.pre_activations(stream)
    flips = ((before - after) ** 2).sum(axis=1) / (4 * rows.flipped.sum(axis=1))
    noise = stream.chisquare(WIDTH, count)
    return np.log(flips) - np.log(noise)


# What the authors released

CELLS = {
    "magnitude radial fraction": (MAGNITUDE, "mag_radial_frac"),
    "sign radial fraction": (FLIPS, "sign_radial_frac"),
    "energy ratio": (ENERGIES, "energy_sign_vs_mag"),
}
"The cells of Table 11 and the released field that each names."


def released(run, p, part="part1"):
    """The released cell at n = m = 256."""
    [cell] = [cell for cell in run.synthetic[part] if (cell.m, cell.n, cell.p) == (WIDTH, WIDTH, p)]
    return cell


@claim(
    "9.table11.released",
    at="Table 11",
    also_at=["Section 9.7"],
    kind="replication",
    says="The measured values are those of the authors' released run",
    primary="p = 0.01, as the caption says",
    note="At p = 0.01 the file has 0.01376 and 1.00012. Its entry at p = 0.005 has the sign radial fraction 0.00883.",
    instead="9.table11.released.rate",
)
@readings("p", {"p = 0.01, as the caption says": RATE, "p = 0.005": 0.005})
@pytest.mark.parametrize(("row", "field"), CELLS.values(), ids=CELLS)
def test_released(check, author_results, row, field, p):
    cell = released(author_results.layers, p)
    check(printed(row["measured"]), data(Fraction(getattr(cell, field).mean), f"{field}.mean at n = 256, p = {p}"))


MAGNITUDE_FIELD, FLIPS_FIELD, SELF_ENERGY_FIELD = "mag_radial_frac", "sign_radial_frac", "energy_sign_ratio"


def itself(mean):
    return mean


@claim(
    "9.table11.released.rate",
    at="Table 11",
    kind="extension",
    says="All three measured values and their deviations are those of the released entry at p = 0.005; the energy "
    "ratio is there not of sign to magnitude but of the sign flips' energy to their ‖ΔW‖_F²/n",
    rests_on=["9.table11.sign.rate"],
)
@pytest.mark.parametrize(
    ("accepted", "quantity", "field"),
    [
        pytest.param(printed(MAGNITUDE["measured"]), itself, MAGNITUDE_FIELD, id="measured-magnitude radial fraction"),
        pytest.param(printed(FLIPS["measured"]), itself, FLIPS_FIELD, id="measured-sign radial fraction"),
        pytest.param(printed(ENERGIES["measured"]), itself, SELF_ENERGY_FIELD, id="measured-energy ratio"),
        pytest.param(
            less_than("0.1%"),
            lambda mean: abs(mean * WIDTH - 1),
            MAGNITUDE_FIELD,
            id="deviation-magnitude radial fraction",
        ),
        pytest.param(
            printed(FLIPS["deviation"]), lambda mean: mean * 100 - 1, FLIPS_FIELD, id="deviation-sign radial fraction"
        ),
        pytest.param(less_than("0.01%"), lambda mean: abs(mean - 1), SELF_ENERGY_FIELD, id="deviation-energy ratio"),
    ],
)
def test_released_rate(check, author_results, accepted, quantity, field):
    value = quantity(Fraction(getattr(released(author_results.layers, 0.005), field).mean))
    check(accepted, data(value, f"{field}.mean at n = 256, p = 0.005; a deviation over the printed theory, less 1"))


@claim(
    "9.table11.energy.released",
    at="Table 11",
    kind="replication",
    says="The energy ratio of sign to magnitude deviates from 1 by less than 0.01% in the authors' released run",
    note="By 0.012% at p = 0.01 and by 0.032% at p = 0.005.",
    instead="9.table11.released.rate",
)
@pytest.mark.parametrize("p", [RATE, 0.005])
def test_released_energy(check, author_results, p):
    value = Fraction(released(author_results.layers, p).energy_sign_vs_mag.mean)
    check(less_than("0.01%"), data(abs(value - 1), f"energy_sign_vs_mag.mean at n = 256, p = {p}, less 1"))


@claim(
    "9.table11.seeds",
    at="Section 9.7",
    also_at=["Table 11"],
    kind="number",
    says="The experiment has n = m = 256 and 20 seeds",
)
@pytest.mark.parametrize("part", ["part1", "part2", "part3"])
def test_seeds(check, author_results, part):
    cell = released(author_results.layers, RATE, part)
    assert cell.n_seeds == cell.sign_radial_frac.n
    check(exactly(SEEDS), data(cell.n_seeds, "n_seeds of the released entry at n = m = 256"))


def across_flip_rates(parts):
    spreads = []
    for n in WIDTHS:
        values = [Fraction(cell.mag_radial_frac.mean) for cell in parts["part1"] if cell.n == n]
        assert len(values) == len(RATES)
        spreads.append(max(values) / min(values) - 1)
    return at_most("1e-6", "the same draws"), data(max(spreads), "largest relative range of mag_radial_frac.mean")


def across_parts(parts):
    first = parts["part1"]
    copies = [pair for part in ("part2", "part3") for pair in zip(first, parts[part], strict=True)]
    differing = sum(one != other for one, other in copies)
    return exactly(0), data(differing, f"of {len(copies)} entries that differ from part1")


@claim(
    "9.proposition1.independent",
    at="Section 9.7",
    kind="extension",
    says="The released entries are not independent: the magnitude perturbations of a size are the same draws at all "
    "five flip rates, scaled, and parts 2 and 3 of the file are copies of part 1",
)
@pytest.mark.parametrize("found", [across_flip_rates, across_parts], ids=["flip rates", "parts of the file"])
def test_independent(check, author_results, found):
    check(*found(author_results.layers.synthetic))


@claim(
    "9.proposition1.real",
    at="Section 9.7",
    also_at=["Proposition 1"],
    kind="extension",
    says="In ten linear layers of TinyLlama, which the text leaves out, sign flips and magnitude perturbations of "
    "equal norm have the same energy within 0.1% in the means over 20 seeds, at all five flip rates",
    rests_on=["5.proposition1"],
)
def test_real_layers(check, author_results):
    run = author_results.layers.real_weights
    assert run.model.startswith("TinyLlama")
    assert len({cell.layer for cell in run.results}) == 10
    assert len({(cell.layer, cell.p) for cell in run.results}) == len(run.results) == 10 * len(RATES)
    off = [abs(Fraction(cell.energy_sign_vs_mag.mean) - 1) for cell in run.results]
    check(at_most("0.1%"), data(max(off), f"largest |energy_sign_vs_mag.mean − 1| of {len(off)} entries"))
