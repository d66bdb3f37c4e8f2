"""Section 9.1: what was run and released, by the authors' data: seeds, samples, and which tables they hold."""

from fractions import Fraction
from itertools import chain
from operator import attrgetter
from pathlib import Path

import pytest
from verdicts import Interval, at_least, at_most, claim, data, exactly, printed, read_table

from theorems.arithmetic.contexts import BALL

TABLES = Path(__file__).parents[1] / "tables"
STUDENT = {20: "2.093024054408263", 10: "2.262157162740992"}
"97.5% quantiles of Student's law for means of so many seeds"


def table(number):
    return read_table(TABLES / f"table_{number:02}.csv")


def depth_entries(run):
    """Entries of V2, V3 or Exp B, one for each activation, width (or kind of weights) and flip rate."""
    return [rate for each in run.results.values() for rates in each.values() for rate in rates.values()]


def depth_summaries(entry):
    """The statistics over seeds of such an entry, one for each layer."""
    return entry.per_layer.values()


def layer_entries(run):
    """Synthetic linear layers, two-layer blocks, and layers of a model."""
    return [*chain.from_iterable(run.synthetic.values()), *run.twolayer_relu, *run.real_weights.results]


def layer_summaries(entry):
    """The statistics over seeds of such an entry."""
    fields = (getattr(entry, name) for name in entry.__struct_fields__)
    return [field for field in fields if hasattr(field, "ci95_lo")]


RUNS = {
    "V2": (attrgetter("depth"), depth_entries, depth_summaries),
    "V3": (attrgetter("residual_depth"), depth_entries, depth_summaries),
    "linear layers and two-layer block": (attrgetter("layers"), layer_entries, layer_summaries),
}
EXP_B = attrgetter("trained_depth"), depth_entries, depth_summaries
"Where the released file has a run, its entries, and the statistics over seeds of an entry."
SYNTHETIC = pytest.mark.parametrize(("run", "entries", "summaries"), RUNS.values(), ids=RUNS)


@claim(
    "9.1.seeds",
    at="Section 9.1",
    kind="number",
    says="Synthetic experiments have 20 random seeds",
)
@SYNTHETIC
def test_seeds(check, author_results, run, entries, summaries):
    found = run(author_results)
    counts = {found.config.n_seeds}
    for entry in entries(found):
        counts |= {entry.n_seeds, *(each.n for each in summaries(entry))}
    words = "config.n_seeds, n_seeds of every entry and n of every summary"
    check(exactly(20), data(Interval(Fraction(min(counts)), Fraction(max(counts))), words))


@claim(
    "9.1.samples",
    at="Section 9.1",
    kind="number",
    says="Synthetic experiments have 10,000 spherical samples per seed",
)
@pytest.mark.parametrize("run", [run for run, *_ in RUNS.values()], ids=RUNS)
def test_samples(check, author_results, run):
    check(exactly(10_000), data(run(author_results).config.n_sphere_samples, "config.n_sphere_samples"))


# Which tables the released data hold


def agreeing(run, columns):
    """The largest number of printed means that one released series over the layers has."""
    cells = [(row["layers"], printed(row["mean"]).interval) for row in columns]
    series = [entry.per_layer for entry in depth_entries(run)]
    return max(sum(cell.lo <= Fraction(each[depth].mean) <= cell.hi for depth, cell in cells) for each in series)


HELD = {
    "Table 2: cells at n = m = d_out = 2048": (
        4,
        lambda results: sum(cell.n == cell.m == cell.d_out == 2048 for cell in results.layers.twolayer_relu),
    ),
    "Table 6: models": (5, lambda results: len(results.quantisation.real_models)),
    "Table 10: sizes": (4, lambda results: len(results.quantisation.synthetic)),
    "Table 11: the layer": (
        1,
        lambda results: sum((cell.n, cell.p) == (256, 0.01) for cell in results.layers.synthetic["part1"]),
    ),
    "Table 15: means of one series": (6, lambda results: agreeing(results.depth, table(15))),
    "Table 16: means of one series": (6, lambda results: agreeing(results.residual_depth, table(16))),
    "Table 17: seeds": (20, lambda results: len(results.outliers.results)),
    "Tables 18 and 19: dimensions": (4, lambda results: len({cell.n for cell in results.layers.twolayer_relu})),
}
"What a table needs, and how much of it the released files hold."


@claim(
    "9.1.raw_data",
    at="Section 9.1",
    kind="wording",
    says="The raw data of the experiments are available in the named repository",
    note="At the commit that this audit names. There are summaries over seeds, not seeds, but for Exps D and E; and "
    "of eight tables that these files could hold six are not, or only in part, among them.",
)
@pytest.mark.parametrize(("needed", "count"), HELD.values(), ids=HELD)
def test_raw_data(check, author_results, needed, count):
    check(at_least(str(needed), f"all {needed}"), data(count(author_results), "what the released files hold of it"))


# Whether the files agree with themselves


def summary_errors(summary, quantile):
    """How far a released summary is from what its own fields make of it, in its standard deviations.

    Of se = std/√n, and of the ends of mean ± quantile · se. ValueError where mean or median is outside the extremes.
    """
    size, middle, spread = summary.n, Fraction(summary.mean), Fraction(summary.std)
    error = Fraction(summary.se)
    if not all(summary.min <= inner <= summary.max for inner in (summary.mean, summary.median)):
        raise ValueError(f"mean or median outside the extremes: {summary}")
    half = Fraction(quantile) * error
    return max(
        abs(error**2 * size / spread**2 - 1),
        abs(middle - half - Fraction(summary.ci95_lo)) / spread,
        abs(middle + half - Fraction(summary.ci95_hi)) / spread,
    )


@claim(
    "9.1.released.summaries",
    at="Section 9.1",
    kind="extension",
    says="The released summaries agree with themselves: the standard error is std/√n, the 95% interval is Student's, "
    "and mean and median lie between the extremes",
    tex=r"\mathrm{SE}=\frac{\mathrm{std}}{\sqrt{n}}",
)
@pytest.mark.parametrize(("run", "entries", "summaries"), [*RUNS.values(), EXP_B], ids=[*RUNS, "Exp B"])
def test_summaries(check, author_results, run, entries, summaries):
    found = [each for entry in entries(run(author_results)) for each in summaries(entry)]
    errors = [summary_errors(each, STUDENT[each.n]) for each in found]
    check(at_most("1e-6", "equal"), data(max(errors), f"largest of {len(errors)} relative differences"))


def number(value):
    """A ball of a ball, of a fraction, or of the double that it is."""
    return BALL.number(Fraction(value) if isinstance(value, float) else value)


def depth_theories(run):
    """Pairs of a theory and what the file has for it."""
    base = BALL.pi / (BALL.pi - 2)
    pairs = [(base, run.config.theory_single_layer)]
    for entry in depth_entries(run):
        for depth, each in entry.per_layer.items():
            predicted = base ** int(depth)
            pairs.append((1, BALL.number(Fraction(each.theory_beta1)) / predicted))
            deviation = BALL.number(Fraction(each.mean)) / predicted - 1
            pairs.append((deviation, BALL.number(Fraction(each.deviation_from_theory_pct)) / 100))
    return pairs


def layer_theories(run):
    assert run.config.mode == "both"
    assert run.config.flip_rates == "0.005,0.01,0.02,0.05,0.10"
    assert run.config.matrix_sizes == "256,512,1024,2048,4096"
    pairs = []
    for entry in run.twolayer_relu:
        pairs += [(Fraction(entry.p), entry.sign_hidden_theory), (2 / BALL.pi, entry.mag_hidden_theory)]
    for entry in [*chain.from_iterable(run.synthetic.values()), *run.real_weights.results]:
        p = Fraction(entry.p)
        pairs += [(p, entry.sign_radial_theory), (1 / (1 - p), entry.transverse_theory)]
        pairs.append((Fraction(1, entry.m), entry.mag_radial_theory))
    return pairs


@claim(
    "9.1.released.theories",
    at="Section 9.1",
    kind="extension",
    says="The theories that the files hold beside the measured values are π/(π − 2) to the power L for depth, p and "
    "1/m for the radial fractions and 1/(1 − p) for magnitude over sign in a linear layer, p and 2/π in the hidden "
    "layer",
)
@pytest.mark.parametrize(
    ("run", "pairs"),
    [("depth", depth_theories), ("residual_depth", depth_theories), ("layers", layer_theories)],
    ids=RUNS,
)
def test_theories(check, author_results, run, pairs):
    differences = [abs(number(one) - number(other)) for one, other in pairs(getattr(author_results, run))]
    check(at_most("1e-9", "equal"), data(max(differences, key=float), f"largest of {len(differences)} differences"))


def of_the_energies(entries):
    energies = [each for entry in entries for each in (entry.energy_sign_ratio, entry.energy_mag_ratio)]
    return [abs(Fraction(each.mean) - 1) for each in energies]


def of_the_transverse_energies(entries):
    off = []
    for entry in entries:
        chance = Fraction(1, entry.m)
        expected = (1 - chance) / (1 - Fraction(entry.p) - chance)
        off.append(abs(Fraction(entry.transverse_ratio.mean) / expected - 1))
    return off


@claim(
    "9.1.released.linear",
    at="Section 9.7",
    also_at=["Proposition 1", "Table 11"],
    kind="extension",
    says="In the released linear layers, synthetic ones and TinyLlama's, both energies are ‖ΔW‖_F²/n within 0.1%, and "
    "the transverse energies of magnitude over sign are (1 − 1/m)/(1 − p − 1/m) within 0.6%",
    tex=r"\|\Delta y\|^2\approx\frac{\|\Delta W\|_F^2}{n},\quad"
    r"\frac{\|P_{y^\perp}\Delta y^{\mathrm{mag}}\|^2}{\|P_{y^\perp}\Delta y^{\mathrm{sign}}\|^2}\approx"
    r"\frac{1-1/m}{1-p-1/m}",
    rests_on=["5.proposition1"],
)
@pytest.mark.parametrize(
    ("bound", "deviations"),
    [("0.1%", of_the_energies), ("0.6%", of_the_transverse_energies)],
    ids=["energies", "transverse energies"],
)
def test_linear_layers(check, author_results, bound, deviations):
    run = author_results.layers
    off = deviations([*chain.from_iterable(run.synthetic.values()), *run.real_weights.results])
    check(at_most(bound), data(max(off), f"largest of {len(off)} relative deviations"))
