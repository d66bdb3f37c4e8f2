"""Appendix D.4: Tables 18 and 19 among themselves, with Table 2, and against the authors' released two-layer run."""

import math
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest
from verdicts import (
    about,
    arithmetic,
    at_most,
    ball,
    between,
    claim,
    data,
    exactly,
    less_than,
    more_than,
    over_rounding,
    printed,
    read_table,
    readings,
    replicated,
)

from claims.experiments import TRUNCATION, Seeds, law_of_mean
from claims.phrases import approximately
from theorems.arithmetic.contexts import BALL
from theorems.integrals.perturbed_neuron import integrated_moments, sign_flip_covariance, sign_preserving_covariance

TABLES = Path(__file__).parents[1] / "tables"
TABLE_2 = {row["p"]: row for row in read_table(TABLES / "table_02.csv")}
SIGN, MAGNITUDE = ({row["n"]: row for row in read_table(TABLES / f"table_{number}.csv")} for number in ("18", "19"))
SIZES = list(SIGN)
RATES = [column for column in SIGN["2048"] if column != "n"]
EACH_RATE = pytest.mark.parametrize("p", RATES)
STEPS = pytest.mark.parametrize(("smaller", "larger"), list(pairwise(SIZES)))
INTEGRALS = "polar integrals over the quadrants of (X, X′), covariances from the weight law"


def limit(p, law):
    """The radial fraction of an infinitely wide block at this p."""
    return integrated_moments(law(p)).radial_fraction()


def as_ball(text):
    """A printed number anywhere in its rounding interval."""
    interval = printed(text).interval
    return BALL.number(interval.lo).union(BALL.number(interval.hi))


def approach(cells, target):
    """How much farther from the target the second of two printed cells is."""
    first, second = (abs(as_ball(cell) - target) for cell in cells)
    return second - first


# Convergence, by the printed digits


@claim(
    "D.table18.nearer",
    at="Table 18",
    also_at=["Appendix D.4"],
    kind="wording",
    says="𝓡_sign ≈ p, and convergence improves with dimension: at every doubling it comes nearer",
    primary="to p, as the caption says",
    note="At p = 0.05 and 0.10 the fractions cross p and leave it, the more so the larger the dimension. They "
    "converge, to the limits 0.0453 and 0.0864 of Theorem 3.",
    instead="D.table18.limit",
)
@readings("target", {"to p, as the caption says": BALL.number, "to the limit at this p": None})
@EACH_RATE
@STEPS
def test_sign_fraction_comes_nearer(check, smaller, larger, p, target):
    goal = target(p) if target else limit(p, sign_flip_covariance)
    change = approach((SIGN[smaller][p], SIGN[larger][p]), goal)
    check(less_than("0", "nearer"), arithmetic(change, "growth of the distance between two printed cells"))


@claim(
    "D.table18.limit",
    at="Table 18",
    kind="extension",
    says="At n = 2048 the printed 𝓡_sign is above the limit of Theorem 3 at that p by 0.0011 to 0.0015, two to three "
    "times 1/n",
    tex=r"\mathcal{R}^{\mathrm{sign}}\to p-\frac{4p^{3/2}}{3\pi}+O(p^{5/2})",
)
@EACH_RATE
def test_sign_fraction_above_limit(check, p):
    excess = as_ball(SIGN["2048"][p]) - limit(p, sign_flip_covariance)
    check(between("0.0011", "0.0015"), arithmetic(excess, f"printed cell less the limit; {INTEGRALS}"))


@claim(
    "D.table19.nearer",
    at="Table 19",
    also_at=["Appendix D.4"],
    kind="wording",
    says="𝓡_mag converges to 2/π ≈ 0.637 as the dimension grows: from 256 to 2048 it comes nearer",
    note="By 0.0021 of the 0.008 to 0.017 at n = 256. Between 1024 and 2048 it does not change.",
)
@EACH_RATE
def test_magnitude_fraction_comes_nearer(check, p):
    change = approach((MAGNITUDE["256"][p], MAGNITUDE["2048"][p]), 2 / BALL.pi)
    check(less_than("0", "nearer"), arithmetic(change, "growth of the distance between two printed cells"))


@claim(
    "D.table19.limit",
    at="Table 19",
    kind="number",
    says="The limit that 𝓡_mag converges to as the dimension grows is 2/π ≈ 0.637 at the four flip rates",
    primary="0.637 as printed",
    note="At fixed p it is 0.642, 0.644, 0.648 and 0.651, as near as the cells are at n = 2048: 2/π is the limit p → "
    "0, and Table 19 has no column for that.",
)
@readings(
    "accepted",
    {
        "≈, to a tenth": approximately("0.637", "≈ 0.637"),
        "0.637 as printed": printed("0.637"),
    },
)
@EACH_RATE
def test_magnitude_limit(check, p, accepted):
    check(accepted, ball(lambda: limit(p, sign_preserving_covariance), INTEGRALS))


@claim(
    "D.table19.stalls",
    at="Table 19",
    kind="extension",
    says="Table 19's rows for n = 1024 and n = 2048 are equal to a unit of the last digit, at all four flip rates",
)
@EACH_RATE
def test_last_rows(check, p):
    difference = abs(Fraction(MAGNITUDE["1024"][p]) - Fraction(MAGNITUDE["2048"][p]))
    check(at_most("0.0001"), arithmetic(difference, "of the printed digits"))


@claim(
    "D.table18.bounds",
    at="Table 18",
    also_at=["Table 19"],
    kind="extension",
    says="Every printed radial fraction is a fraction: between 0 and 1, with 𝓡_sign below 𝓡_mag at the same n and p",
    tex=r"0<\mathcal{R}^{\mathrm{sign}}<\mathcal{R}^{\mathrm{mag}}<1",
)
@pytest.mark.parametrize("n", SIZES)
def test_bounds(check, n):
    outside = sum(not 0 < Fraction(SIGN[n][p]) < Fraction(MAGNITUDE[n][p]) < 1 for p in RATES)
    check(exactly(0), arithmetic(outside, "columns of which that is not true"))


# Tables 2, 18 and 19 determine the ratio of energies


def energy_ratio(p):
    """R_A = c(1 − 𝓡_mag)/(1 − 𝓡_sign) at n = 2048, as the printed digits allow."""
    return over_rounding(
        lambda c, sign, magnitude: c * (1 - magnitude) / (1 - sign),
        TABLE_2[p]["measured"],
        SIGN["2048"][p],
        MAGNITUDE["2048"][p],
    )


class Combined:
    """R_A by the law of the seeds of c, 𝓡_sign and 𝓡_mag, each with weights of its own, as `experiments.Seeds`."""

    def __init__(self, block, stream):
        names = ("transverse", *(f"{which} radial fraction" for which in ("sign", "magnitude")))
        self.parts = [Seeds(block, name, "ratio of sums", stream) for name in names]

    @property
    def centre(self):
        (c, *_), (sign, *_), (magnitude, *_) = (part.centre for part in self.parts)
        value = c * (1 - magnitude) / (1 - sign)
        return value * (1 - TRUNCATION), value * (1 + TRUNCATION)

    def spread(self, rows, level):
        """An interval for the standard deviation of a seed, to first order in those of the three."""
        centres = [part.centre[0] for part in self.parts]
        sizes = centres[0], 1 - centres[1], 1 - centres[2]
        spreads = [part.spread(rows, level / 3) for part in self.parts]
        relative = [[end / size for end in ends] for ends, size in zip(spreads, sizes, strict=True)]
        return tuple(self.centre[0] * math.hypot(*ends) for ends in zip(*relative, strict=True))


RUNS = {
    "each table a run of its own": Combined,
    "one run": lambda block, stream: Seeds(block, "energy", "ratio of sums", stream),
}


@claim(
    "D.table2.energy",
    at="Appendix D.4",
    also_at=["Table 2", "Table 18", "Table 19"],
    kind="measurement",
    says="The measured c(p), 𝓡_sign and 𝓡_mag of one model determine its energy ratio R_A, and this is the ratio of "
    "Theorem 3's model",
    tex=r"R_A=c\,\frac{1-\mathcal{R}^{\mathrm{mag}}}{1-\mathcal{R}^{\mathrm{sign}}}",
    rests_on=["6.theorem3"],
    weight=1,
    primary="each table a run of its own",
    note="They give 0.953, 0.936, 0.909 and 0.877, where 0.962, 0.946, 0.914 and 0.875 are expected at n = 2048: 3.6, "
    "5.2 and 2.6 standard deviations of a mean of 20 seeds low, and 1.5 high. Each may be chance, as six deviations "
    "allow; all of them hardly, and c(p) itself is off (6.table2.measured). The released run, of d_out = 1024, fits "
    "(D.released.energy).",
)
@readings("law", RUNS)
@EACH_RATE
def test_energy_ratio(check, effort, stream, p, law):
    from theorems.simulation.setups import Block

    implied = energy_ratio(p)
    seeds = law(Block(2048, 2048, float(p), 2048), stream)
    low, high = float(implied.lo), float(implied.hi)
    stated = f"R_A from {low:.4f} to {high:.4f}, by the three tables, within six standard deviations"
    value = law_of_mean((low, high), seeds, "R_A of a seed", check, effort)
    check(replicated(f"{float((implied.lo + implied.hi) / 2):.4f}", stated), value)


def factors(p):
    """c over its theory, factor by factor, as the printed digits allow."""
    root = BALL.number(p).sqrt()
    implied = energy_ratio(p)
    return {
        "energy ratio": BALL.number(implied.lo).union(BALL.number(implied.hi)) / (1 - 4 * root / (3 * BALL.pi)),
        "magnitude fraction": (1 - 2 / BALL.pi) / (1 - as_ball(MAGNITUDE["2048"][p])),
        "sign fraction": (1 - as_ball(SIGN["2048"][p])) / (1 - BALL.number(p)),
    }


@claim(
    "D.table2.bias",
    at="Table 2",
    also_at=["Remark 1", "Table 18", "Table 19"],
    kind="wording",
    says="The positive bias of the measured c(p) is consistent with ε(p) > 0, which comes from the radial fractions "
    "(Part B): by Tables 18 and 19 these raise c(p) above its theory",
    tex=r"\frac{1-\mathcal{R}^{\mathrm{sign}}}{1-p}\cdot\frac{1-2/\pi}{1-\mathcal{R}^{\mathrm{mag}}}>1",
)
@EACH_RATE
def test_bias(check, p):
    parts = factors(p)
    excess = parts["magnitude fraction"] * parts["sign fraction"] - 1
    check(more_than("0"), arithmetic(excess, "both fractions as printed, over their theory, less 1"))


@claim(
    "D.table2.bias.cause",
    at="Table 2",
    also_at=["Table 18", "Table 19"],
    kind="extension",
    says="By Tables 2, 18 and 19 the magnitude fraction alone raises c(p) by 1.7%, 2.3%, 3.3% and 4.4% above its "
    "theory, and R_A takes 0.5% and 0.4% from it at p = 0.01 and 0.02, and adds 0.4% and 1.3% at 0.05 and 0.10",
)
@pytest.mark.parametrize(
    ("p", "factor", "stated"),
    [
        *zip(RATES, ["magnitude fraction"] * 4, ["1.7%", "2.3%", "3.3%", "4.4%"], strict=True),
        *zip(RATES, ["energy ratio"] * 4, ["-0.5%", "-0.4%", "0.4%", "1.3%"], strict=True),
    ],
)
def test_cause_of_bias(check, p, factor, stated):
    accepted = about(stated, "0.001", "the printed digits leave up to 0.08% open")
    check(accepted, arithmetic(factors(p)[factor] - 1, f"{factor} by the printed tables, over its theory, less 1"))


# What the authors released

FIELDS = {
    "of the output Δy": ("sign_output_R", "mag_output_R"),
    "of the hidden layer": ("sign_hidden_R", "mag_hidden_R"),
}


def released(author_results, n, p):
    [cell] = [each for each in author_results.layers.twolayer_relu if (each.n, each.p) == (int(n), float(p))]
    assert (cell.m, 2 * cell.d_out, cell.n_seeds) == (cell.n, cell.n, 20)
    return cell


@claim(
    "D.table18.released",
    at="Table 18",
    also_at=["Appendix D.4"],
    kind="replication",
    says="The measured 𝓡_sign are those of the authors' released two-layer run",
    primary="of the output Δy",
    note="That run has d_out = n/2 and no n = 256. The fractions of its output are up to 1/n larger, those of its "
    "hidden layer smaller by 1/n.",
)
@readings("fields", FIELDS)
@EACH_RATE
@pytest.mark.parametrize("n", SIZES[1:])
def test_released_sign_fraction(check, author_results, n, p, fields):
    value = getattr(released(author_results, n, p), fields[0]).mean
    check(printed(SIGN[n][p]), data(Fraction(value), f"{fields[0]}.mean"))


@claim(
    "D.table19.released",
    at="Table 19",
    also_at=["Appendix D.4"],
    kind="replication",
    says="The measured 𝓡_mag are those of the authors' released two-layer run",
    primary="of the output Δy",
    note="Over seeds the output's fraction scatters by 0.004 to 0.006, so that a mean of 20 is good to 0.001, the "
    "last digit but one that is printed; with other d_out it is another number.",
)
@readings("fields", FIELDS)
@EACH_RATE
@pytest.mark.parametrize("n", SIZES[1:])
def test_released_magnitude_fraction(check, author_results, n, p, fields):
    value = getattr(released(author_results, n, p), fields[1]).mean
    check(printed(MAGNITUDE[n][p]), data(Fraction(value), f"{fields[1]}.mean"))


@claim(
    "D.released.energy",
    at="Appendix D.4",
    kind="extension",
    says="In the released run the three quantities fit together: at n = 2048 they give the model's R_A within 0.3%",
    tex=r"R_A\approx\frac{1-\mathcal{R}^{\mathrm{mag}}}{1-\mathcal{R}^{\mathrm{sign}}}\,c(p)",
    rests_on=["D.table2.energy"],
)
@EACH_RATE
def test_released_energy_ratio(check, author_results, p):
    cell = released(author_results, "2048", p)
    sign, magnitude = (integrated_moments(law(p)) for law in (sign_flip_covariance, sign_preserving_covariance))
    fractions = [Fraction(each.mean) for each in (cell.sign_output_R, cell.mag_output_R)]
    implied = (1 - fractions[1]) / (1 - fractions[0]) / Fraction(cell.output_trans_ratio.mean)
    quotient = BALL.number(implied) * magnitude.energy / sign.energy
    words = "(1 − mag_output_R)/(1 − sign_output_R)/output_trans_ratio over the limit's R_A, less 1"
    check(between("-0.3%", "0.3%"), data(quotient - 1, words))
