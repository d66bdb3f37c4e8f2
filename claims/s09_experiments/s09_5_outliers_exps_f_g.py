"""Section 9.5: Exp F, energies of single columns, and Exp G, columns flipped one by one."""

from fractions import Fraction
from functools import partial
from itertools import pairwise
from operator import attrgetter, truediv

import pytest
from verdicts import (
    Interval,
    about,
    arithmetic,
    at_least,
    at_most,
    claim,
    confidence,
    data,
    exactly,
    identity,
    less_than,
    over_rounding,
    power_of_ten,
    printed,
    reading,
    readings,
)

from claims.outlier_runs import HIDDEN, stored
from claims.phrases import approximately
from claims.released_amplitudes import against_others, energy_share
from theorems.arithmetic.contexts import BALL
from theorems.statistics.least_squares import fit_line, student_quantile
from theorems.statistics.order_statistics import median, quantile_interval
from theorems.statistics.rank_correlation import approximate_p_value, exact_p_value, spearman

PRECISION = Fraction(1, 10**4)
"|ΔNLL| below which the paper takes a column for unmeasured"
CONTEXT = 2048  # tokens of a sequence, of TinyLlama
TARGETS = ("max_outlier", "P90_outlier", "median_outlier", "non_outlier_ref")


def positive(run):
    """The columns of Exp G that the paper keeps: those with a positive ΔNLL."""
    return [column for column in run.results if column.dNLL > 0]


def precise(run):
    """Those that the paper's bound on the precision keeps."""
    return [column for column in run.results if abs(Fraction(column.dNLL)) >= PRECISION]


def above_baseline(run):
    """Those whose α exceeds 1/√n, the paper's crossover."""
    return [column for column in run.results if Fraction(column.alpha_sq) > Fraction(1, run.hidden_dim)]


def field(columns, name):
    return [Fraction(getattr(column, name)) for column in columns]


def log_log(columns, name="alpha_sq"):
    """ln ΔNLL on the logarithm of a field, by least squares, as balls."""
    return fit_line(*([BALL.number(value).log() for value in field(columns, each)] for each in (name, "dNLL")))


def slope_interval(columns, name="alpha_sq"):
    """The 95% interval of the slope, Student's."""
    line = log_log(columns, name)
    half = line.slope_variance.sqrt() * student_quantile("0.05", len(columns) - 2)
    return (line.slope - half, line.slope + half)


# Exp F


@claim(
    "9.exp_f.energy",
    at="Section 9.5",
    says="Flipping the entry w_ij changes the output of the layer by ‖Δy‖² = 4w_ij²x_j²",
    tex=r"\|\Delta y\|^2=4w_{ij}^2x_j^2",
)
def test_energy_of_one_flip(check):
    from flint import fmpq_mpoly_ctx

    # the entry, its input, and what the other columns add to y_i
    w, x, rest = fmpq_mpoly_ctx.get(("w", "x", "r"), "lex").gens()
    change = (-w * x + rest) - (w * x + rest)
    check(identity(change**2, 4 * w**2 * x**2, "the i-th output before and after; the others do not change"))


@claim(
    "9.exp_f.layer",
    at="Section 9.5",
    kind="number",
    says="Exps F and G look at layer 12, q_proj, 2048 × 2048, over 10 sequences, 20,480 tokens",
)
@pytest.mark.parametrize(
    ("quantity", "stated"),
    [
        pytest.param(attrgetter("target_layer"), 12, id="layer-12"),
        pytest.param(attrgetter("hidden_dim"), 2048, id="columns-2048"),
        pytest.param(attrgetter("n_sequences"), 10, id="sequences-10"),
        pytest.param(lambda run: run.n_sequences * CONTEXT, 20_480, id="tokens-20480"),
        pytest.param(lambda run: int(run.target_module == "model.layers.12.self_attn.q_proj"), 1, id="q_proj-1"),
    ],
)
@pytest.mark.parametrize("experiment", ["activations", "columns"])
def test_layer(check, author_results, experiment, quantity, stated):
    assert author_results.columns.n_samples == author_results.columns.n_sequences
    found = quantity(getattr(author_results, experiment))
    check(exactly(stated), data(found, f"configuration of {experiment}"))


@claim(
    "9.exp_f.spearman",
    at="Section 9.5",
    also_at=["Section 1.2", "Section 7.2", "Section 10.3", "Section 11.1", "Appendix E.8"],
    kind="measurement",
    says="Spearman's coefficient of α² with the energy is 0.955",
)
def test_spearman_of_energy(check, author_results):
    rho = Fraction(author_results.activations.correlation.spearman_alpha2_vs_energy.rho)
    check(printed("0.955"), data(rho, "spearman_alpha2_vs_energy of Exp F, 2,048 columns"))


@claim(
    "9.exp_f.p_value",
    at="Section 9.5",
    kind="number",
    says="The p-value of the rank correlation 0.955 of α² with the energy is about 0",
    tex=r"p\approx0",
)
def test_p_value_of_energy(check, author_results):
    run = author_results.activations
    assert run.correlation.spearman_alpha2_vs_energy.p_value == 0
    rho = Fraction(run.correlation.spearman_alpha2_vs_energy.rho)
    check(less_than("1e-300", "≈ 0"), data(approximate_p_value(rho, run.hidden_dim), "Student's approximation"))


@claim(
    "9.exp_f.energy_ratio",
    at="Section 9.5",
    kind="measurement",
    says="The energy ratio of the top 5% of columns to the rest is 33×",
)
def test_energy_ratio(check, author_results):
    ratio = Fraction(author_results.activations.outlier_vs_nonoutlier.energy_ratio)
    check(printed("33"), data(ratio, "energy_ratio of Exp F"))


@claim(
    "9.exp_f.norm_ratio",
    at="Section 9.5",
    also_at=["Appendix E.8"],
    kind="measurement",
    says="The ratio of the weights' column norms is 1.04×",
)
def test_norm_ratio(check, author_results):
    ratio = Fraction(author_results.activations.outlier_vs_nonoutlier.w_col_norm_ratio)
    check(printed("1.04"), data(ratio, "w_col_norm_ratio of Exp F"))


def of_groups(results):
    return Fraction(results.activations.outlier_vs_nonoutlier.w_col_norm_ratio)


def over_median(end, results):
    squares = field(results.columns.results, "w_col_norm_sq")
    return stored(lambda ratio: ratio.sqrt(), float(end(squares) / median(squares)))


@claim(
    "9.exp_f.uniform",
    at="Section 9.5",
    also_at=["Appendix E.8"],
    kind="wording",
    says="The column norms are approximately uniform",
    primary="means of the two groups",
    note="Squared norms of the twenty columns of Exp G lie between 0.52 and 3.94: group means that agree do not make "
    "the columns uniform.",
    instead="9.exp_f.squared_means",
)
@pytest.mark.parametrize(
    "ratio",
    [
        pytest.param(of_groups, id="groups", marks=reading("means of the two groups")),
        pytest.param(partial(over_median, max), id="largest over median, Exp G", marks=reading("column by column")),
        pytest.param(partial(over_median, min), id="smallest over median, Exp G", marks=reading("column by column")),
    ],
)
def test_uniform_norms(check, author_results, ratio):
    check(approximately(), data(ratio(author_results), "ratio of column norms"))


@claim(
    "9.exp_f.driven",
    at="Section 9.5",
    also_at=["Appendix E.8"],
    kind="wording",
    says="The 33× energy gap is driven almost entirely by α²: at least 90% of it, on a logarithmic scale",
    tex=r"\ln\frac{\overline{\alpha^2}_{\mathcal O}}{\overline{\alpha^2}_{\mathcal O^c}}\ge0.9\ln33",
    note="The ratio of mean α² lies between 18.9 and 39, by the released amplitudes: 84% to 105%. The released 17.3 is "
    "the squared ratio of mean amplitudes, and says nothing of energies.",
    instead="9.exp_f.squared_means",
)
def test_driven_by_amplitudes(check, author_results):
    groups = author_results.activations.outlier_vs_nonoutlier
    least, greatest = (BALL.number(against_others(share)).log() for share in energy_share(author_results))
    share = least.union(greatest) / BALL.number(Fraction(groups.energy_ratio)).log()
    words = "ln of the ratio of mean α² that the released amplitudes leave, over ln energy_ratio, Exp F"
    check(at_least("90%", "almost entirely"), data(share, words))


@claim(
    "9.exp_f.squared_means",
    at="Section 9.5",
    also_at=["Appendix E.8"],
    kind="extension",
    says="Released as ratio of α² is 17.3, the squared mean of α over the outlier columns by that over the others; "
    "mean squares, which energies are, have a ratio above 18.9",
    tex=r"\frac{\langle\alpha\rangle_{\mathrm{out}}^2}{\langle\alpha\rangle_{\mathrm{other}}^2}\approx17.3,\quad"
    r"\frac{\langle\alpha^2\rangle_{\mathrm{out}}}{\langle\alpha^2\rangle_{\mathrm{other}}}>18.9",
    rests_on=["E.aggregate.released"],
    note="So the authors' script experiments/activation_level_verify.py has it, at commit 5ea143f; its column norm "
    "ratio 1.04 is one of mean squared norms.",
)
@pytest.mark.parametrize(
    ("accepted", "ratio"),
    [
        (printed("17.3"), lambda results: Fraction(results.activations.outlier_vs_nonoutlier.alpha_sq_ratio)),
        (at_least("18.9"), lambda results: tuple(map(against_others, energy_share(results)))),
    ],
    ids=["squared means", "mean squares"],
)
def test_squared_means(check, author_results, accepted, ratio):
    check(accepted, data(ratio(author_results), "alpha_sq_ratio of Exp F, and what the released amplitudes leave"))


def energy_over_product(target, run):
    """A column's energy over (4E‖x‖²/m)·α²‖W_:,j‖²."""
    column = run.target_columns[target]
    expected = 4 * Fraction(run.E_x_norm_sq) / run.hidden_dim * Fraction(column.alpha_sq)
    return Fraction(column.energy) / (expected * Fraction(column.w_col_norm_sq))


@claim(
    "9.exp_f.by_construction",
    at="Section 9.5",
    also_at=["Appendix E.8"],
    kind="extension",
    says="Exp F's energy is (4E‖x‖²/m)·α²‖W_:,j‖² by construction, so that its correlation with the predicted energy "
    "is 1: the experiment measures α and the weights, not the output",
    tex=r"\mathrm{energy}_j=\frac{4\,\mathbb{E}\|x\|^2}{m}\,\alpha_j^2\|W_{:,j}\|^2",
    note="Of the 0.955 nothing is about the network: it is how far unequal column norms disturb the order of α².",
)
@pytest.mark.parametrize(
    "quantity",
    [
        *(pytest.param(partial(energy_over_product, target), id=target) for target in TARGETS),
        pytest.param(attrgetter("correlation.spearman_predicted_vs_energy.rho"), id="Spearman"),
        pytest.param(attrgetter("correlation.pearson_predicted_vs_energy.r"), id="Pearson"),
    ],
)
def test_by_construction(check, author_results, quantity):
    run = author_results.activations
    assert run.correlation.spearman_predicted_vs_energy.p_value == run.correlation.pearson_predicted_vs_energy.p_value
    check(about("1", "2e-7", "single precision"), data(Fraction(quantity(run)), "Exp F"))


def exponent_of_energy(results):
    columns = results.columns.results
    logs = [[BALL.number(v).log() for v in field(columns, name)] for name in ("alpha_sq", "predicted_energy")]
    return data(fit_line(*logs).slope, "log-log slope of predicted_energy on alpha_sq, 20 columns of Exp G")


def ratio_of_ratios(target, results):
    column = results.activations.target_columns[target]
    return data(Fraction(column.energy_ratio) / Fraction(column.alpha_sq_ratio), "energy_ratio over alpha_sq_ratio")


@claim(
    "9.exp_f.scaling",
    at="Section 9.5",
    also_at=["Section 7.2", "Section 10.3", "Appendix E.8"],
    kind="measurement",
    says="The energies scale as α²",
    primary="exponent over the columns of Exp G",
    note="Column by column the ratio of energies is 0.56, 1.76 and 1.31 times that of the α²: the norms differ. The "
    "released energies contain α² as a factor (9.exp_f.by_construction).",
    instead="9.exp_f.by_construction",
)
@pytest.mark.parametrize(
    "found",
    [
        pytest.param(exponent_of_energy, id="exponent", marks=reading("exponent over the columns of Exp G")),
        *(
            pytest.param(partial(ratio_of_ratios, target), id=target, marks=reading("column by column"))
            for target in TARGETS[:3]
        ),
    ],
)
def test_scaling(check, author_results, found):
    check(approximately(), found(author_results))


@claim(
    "9.exp_f.pearson",
    at="Section 9.5",
    kind="extension",
    says="Pearson's coefficient of α² with the energy is 0.93, so that α² accounts for 86% of the variance",
)
@pytest.mark.parametrize(("power", "stated"), [(1, "0.93"), (2, "86%")], ids=["r-0.93", "r²-86%"])
def test_pearson_of_energy(check, author_results, power, stated):
    coefficient = author_results.activations.correlation.pearson_alpha2_vs_energy
    assert coefficient.p_value == 0
    check(printed(stated), data(Fraction(coefficient.r) ** power, "pearson_alpha2_vs_energy of Exp F"))


@claim(
    "9.exp_f.same_site",
    at="Section 9.5",
    kind="extension",
    says="Exps F and G measured one and the same input: equal E‖x‖², and equal α and norm of the largest column, 512; "
    "α² is α squared, and the ratios of Exp F are to column 1808",
)
@pytest.mark.parametrize(
    "quantity", ["E_x_norm_sq", "alpha", "w_col_norm_sq", "alpha²", "alpha_sq_ratio", "energy_ratio"]
)
def test_same_site(check, author_results, quantity):
    energies, flips = author_results.activations, author_results.columns
    largest = energies.target_columns["max_outlier"]
    again = next(column for column in flips.results if column.col_idx == largest.dim)
    reference = energies.target_columns["non_outlier_ref"]
    assert (largest.dim, reference.dim) == (512, 1808)
    pairs = {
        "E_x_norm_sq": (energies.E_x_norm_sq, flips.E_x_norm_sq),
        "alpha": (largest.alpha, again.alpha),
        "w_col_norm_sq": (largest.w_col_norm_sq, again.w_col_norm_sq),
        "alpha²": (largest.alpha**2, again.alpha_sq),
        "alpha_sq_ratio": (largest.alpha_sq / reference.alpha_sq, largest.alpha_sq_ratio),
        "energy_ratio": (largest.energy / reference.energy, largest.energy_ratio),
    }
    first, second = map(Fraction, pairs[quantity])
    check(about("1", "2e-6", "single precision"), data(first / second, f"{quantity}, Exp F against Exp G"))


@claim(
    "9.exp_f.single_entry",
    at="Section 9.5",
    kind="measurement",
    says="Flips of single entries give ΔNLL of the order of 10⁻⁵",
    primary="the largest column",
    note="A 2,048th of the ΔNLL of whole columns, as energies add over rows: 6·10⁻⁶ at most, 8·10⁻⁸ in the median.",
)
@readings("column", {"the largest column": max, "the median column": median})
def test_single_entry(check, author_results, column):
    value = column(field(author_results.columns.results, "dNLL")) / HIDDEN
    check(power_of_ten("1e-5"), data(value, "ΔNLL of flipped columns of Exp G, over 2,048 rows"))


# Exp G


def not_positive(run):
    return [value for value in field(run.results, "dNLL") if value <= 0]


def all_twenty(run):
    return run.results


@claim(
    "9.exp_g.columns",
    at="Section 9.5",
    kind="number",
    says="Twenty columns were flipped; 17 have a positive ΔNLL, the other three |ΔNLL| < 10⁻⁴",
)
@pytest.mark.parametrize(
    ("accepted", "found"),
    [
        pytest.param(exactly("20"), lambda run: run.n_columns_tested, id="flipped-20"),
        pytest.param(exactly("17"), lambda run: len(positive(run)), id="positive-17"),
        pytest.param(less_than("1e-4"), lambda run: max(map(abs, not_positive(run))), id="others-"),
    ],
)
def test_columns(check, author_results, accepted, found):
    run = author_results.columns
    assert (run.n_columns_tested, len(not_positive(run))) == (len(run.results), 3)
    check(accepted, data(found(run), "Exp G; the largest |ΔNLL| of the three"))


@claim(
    "9.exp_g.delta",
    at="Section 9.5",
    kind="number",
    says="ΔNLL = ln PPL_flip − ln PPL_base",
    tex=r"\Delta\mathrm{NLL}=\ln\,\mathrm{PPL}_{\mathrm{flip}}-\ln\,\mathrm{PPL}_{\mathrm{base}}",
)
def test_delta(check, author_results):
    run = author_results.columns
    errors = []
    for column in run.results:
        own = stored(lambda flipped, base: (flipped / base).log(), column.flipped_ppl, run.baseline_ppl)
        errors += [abs(own.lo - Fraction(column.dNLL)), abs(own.hi - Fraction(column.dNLL))]
        assert Fraction(column.dPPL) == Fraction(column.flipped_ppl - run.baseline_ppl)
    check(at_most("1e-12", "the same"), data(max(errors), "dNLL against flipped_ppl and baseline_ppl, 20 columns"))


@claim(
    "9.exp_g.filter",
    at="Section 9.5",
    kind="extension",
    says="Three of the 17 columns that are kept lie below the precision as well, with 0 < ΔNLL < 10⁻⁴: the sign "
    "decided, not the size",
    note="They have 1.5, 4.8 and 4.9 in 10⁻⁵. By the size 14 are left, with ρ = 0.908 (9.exp_g.selection).",
)
def test_filter(check, author_results):
    kept_below = sum(value < PRECISION for value in field(positive(author_results.columns), "dNLL"))
    check(exactly(3), data(kept_below, "columns with 0 < ΔNLL < 10⁻⁴, Exp G"))


@claim(
    "9.exp_g.selection",
    at="Section 9.5",
    kind="extension",
    says="Spearman's coefficient is 0.922 over all twenty columns, and 0.908 over the 14 with |ΔNLL| ≥ 10⁻⁴",
)
@pytest.mark.parametrize(
    ("chosen", "stated"),
    [(all_twenty, "0.922"), (precise, "0.908")],
    ids=["all twenty-0.922", "|ΔNLL| ≥ 10⁻⁴-0.908"],
)
def test_selection(check, author_results, chosen, stated):
    columns = chosen(author_results.columns)
    rho = spearman(field(columns, "alpha_sq"), field(columns, "dNLL"))
    check(printed(stated), data(rho, f"ranks of {len(columns)} columns of Exp G"))


def of_the_columns(request):
    columns = positive(request.getfixturevalue("author_results").columns)
    rho = spearman(field(columns, "alpha_sq"), field(columns, "dNLL"))
    return data(rho, "ranks of the 17 columns with positive ΔNLL, Exp G")


def nearest_possible(_):
    possible = [1 - Fraction(6 * distance, 17**3 - 17) for distance in range(0, 17**3, 2)]
    nearest = min(possible, key=lambda rho: abs(rho - Fraction("0.927")))
    return arithmetic(nearest, "the nearest 1 − 6Σd²/(n³ − n), n = 17, Σd² even")


@claim(
    "9.exp_g.spearman",
    at="Section 9.5",
    also_at=["Section 1.2", "Section 7.2", "Section 10.3", "Section 11.1", "Appendix E.8"],
    kind="measurement",
    says="Spearman's coefficient of α² with ΔNLL is 0.927 (0.93)",
    primary="the released columns",
    note="0.92647 (Σd² = 60 for 17 columns), which rounds to 0.926. No ranks of 17 columns have a coefficient that "
    "rounds to 0.927: Σd² is even, and 58 gives 0.929.",
    instead="9.exp_g.spearman.exact",
)
@pytest.mark.parametrize(
    ("found", "stated"),
    [
        pytest.param(of_the_columns, "0.927", marks=reading("the released columns"), id="0.927"),
        pytest.param(of_the_columns, "0.93", marks=reading("the released columns"), id="0.93"),
        pytest.param(nearest_possible, "0.927", marks=reading("any ranks of 17 columns"), id="nearest to 0.927"),
    ],
)
def test_spearman_of_damage(check, request, found, stated):
    check(printed(stated), found(request))


@claim(
    "9.exp_g.spearman.exact",
    at="Section 9.5",
    kind="extension",
    says="The released coefficients are those of the 17 columns: 0.926 with α², 0.949 with α²‖W_:,j‖²",
)
@pytest.mark.parametrize(
    ("name", "coefficient", "stated"),
    [
        pytest.param("alpha_sq", "spearman_alpha2_vs_dNLL", "0.926", id="alpha_sq-0.926"),
        pytest.param("predicted_energy", "spearman_pred_vs_dNLL", "0.949", id="predicted_energy-0.949"),
    ],
)
def test_released_coefficients(check, author_results, name, coefficient, stated):
    columns = positive(author_results.columns)
    rho = spearman(field(columns, name), field(columns, "dNLL"))
    released = getattr(author_results.columns.correlation, coefficient)
    assert abs(Fraction(released.rho) - rho) < Fraction(1, 10**12)
    assert abs(released.p / float(approximate_p_value(rho, len(columns))) - 1) < 1e-9
    check(printed(stated), data(rho, f"ranks of {name} and dNLL, 17 columns of Exp G"))


@claim(
    "9.exp_g.p_value",
    at="Section 9.5",
    kind="number",
    says="The p-value of the rank correlation of α² with ΔNLL is 9.3·10⁻⁸",
    tex=r"p=9.3\times10^{-8}",
    primary="Student's approximation",
    note="The usual approximation for 17 columns. The exact two-sided p-value is 4.5·10⁻⁷, five times larger.",
)
@readings("p_value", {"Student's approximation": approximate_p_value, "all orders of 17 counted": exact_p_value})
def test_p_value_of_damage(check, author_results, p_value):
    columns = positive(author_results.columns)
    rho = spearman(field(columns, "alpha_sq"), field(columns, "dNLL"))
    check(printed("9.3e-8"), data(p_value(rho, len(columns)), "two-sided, from the exact coefficient"))


@claim(
    "9.exp_g.slope",
    at="Section 9.5",
    also_at=["Appendix E.8"],
    kind="measurement",
    says="Regression of ln ΔNLL on ln α² has the slope 0.78, an effective scaling as α^1.57",
    tex=r"\Delta\mathrm{NLL}\propto(\alpha^2)^{0.78}",
)
@pytest.mark.parametrize(("factor", "stated"), [(1, "0.78"), (2, "1.57")], ids=["of α²-0.78", "of α-1.57"])
def test_slope(check, author_results, factor, stated):
    run = author_results.columns
    slope = log_log(positive(run)).slope
    assert abs(run.correlation.log_log_slope - float(slope)) < 1e-9
    assert abs(run.correlation.effective_exponent - 2 * float(slope)) < 1e-9
    check(printed(stated), data(factor * slope, "least squares, 17 columns of Exp G"))


@claim(
    "9.exp_g.subquadratic",
    at="Section 9.5",
    also_at=["Appendix E.8", "Table 14"],
    kind="wording",
    says="The exponent is sub-quadratic: the 95% interval of the slope in ln α² lies below 1",
    primary="Student's interval",
    note="[0.54, 1.03] with 15 degrees of freedom, [0.55, 1.11] by bootstrap: 17 columns barely tell 0.78 from 1. In "
    "the columns above the crossover 1/√n the slope is 1.02 (9.exp_g.above_crossover).",
    instead="9.exp_g.above_crossover",
)
@readings("name", {"Student's interval": "alpha_sq", "against the predicted energy α²‖W_:,j‖²": "predicted_energy"})
def test_subquadratic(check, author_results, name):
    low, high = slope_interval(positive(author_results.columns), name)
    check(less_than("1", "sub-quadratic"), data((low, high), f"95% interval of the slope on {name}, 17 columns"))


RESAMPLES, AT_ONCE = (1_000_000, 4_000_000), 100_000


def resampled_slopes(columns, stream, size):
    """Slopes of ln ΔNLL on ln α² over resamples of the columns, each of as many, with replacement."""
    import numpy as np

    x, y = (np.log([float(value) for value in field(columns, name)]) for name in ("alpha_sq", "dNLL"))
    slopes = []
    for _ in range(size // AT_ONCE):
        chosen = stream.integers(0, len(columns), (AT_ONCE, len(columns)))
        centred = x[chosen] - x[chosen].mean(axis=1, keepdims=True)
        slopes.append((centred * y[chosen]).sum(axis=1) / (centred**2).sum(axis=1))
    return np.concatenate(slopes)


@claim(
    "9.exp_g.subquadratic.bootstrap",
    at="Section 9.5",
    kind="extension",
    says="By bootstrap over the 17 columns the 95% interval of the slope, from the 2.5% to the 97.5% point of its "
    "resamples, has the ends 0.55 and 1.11, as 9.exp_g.subquadratic notes",
    weight=1,
)
@pytest.mark.parametrize(("share", "stated"), [(0.025, "0.55"), (0.975, "1.11")])
def test_bootstrap_of_the_slope(check, author_results, stream, share, stated):
    columns = positive(author_results.columns)

    def sample(size, level):
        ends = quantile_interval(resampled_slopes(columns, stream, size), share, float(level))
        return Interval(*map(Fraction, ends))

    method = f"{share:.1%} point over resamples of the released 17 columns, by order statistics (binomial law)"
    check(printed(stated), confidence(sample, RESAMPLES, method, check.seed))


@claim(
    "9.exp_g.above_crossover",
    at="Section 9.5",
    also_at=["Appendix E.8"],
    kind="extension",
    says="In the 13 columns with α > 1/√n, all with positive ΔNLL, the slope is 1.02: α^2.04, as theory has it; on the "
    "predicted energy 1.00",
    tex=r"\alpha>\frac{1}{\sqrt{n}}:\quad\Delta\mathrm{NLL}\propto\alpha^{2.04}",
    note="Below the crossover ΔNLL is noise of either sign, of which only the positive part was kept.",
)
@pytest.mark.parametrize(
    ("quantity", "stated"),
    [
        pytest.param(len, "13", id="columns-13"),
        pytest.param(lambda columns: log_log(columns).slope, "1.02", id="alpha_sq-1.02"),
        pytest.param(lambda columns: log_log(columns, "predicted_energy").slope, "1.00", id="predicted_energy-1.00"),
    ],
)
def test_above_the_crossover(check, author_results, quantity, stated):
    columns = above_baseline(author_results.columns)
    assert all(column.dNLL > 0 for column in columns)
    check(printed(stated), data(quantity(columns), "columns with α² > 1/2048, Exp G"))


@claim(
    "9.exp_g.compression",
    at="Section 9.5",
    also_at=["Appendix E.8"],
    kind="wording",
    says="Compression of large perturbations is what Exp E shows: the leverage is lower at p = 5% than at p ≤ 0.5%",
    note="It is four times higher there, 41.3 against 10.4: in the outlier columns large perturbations do more than "
    "their share (9.exp_e.interactions), the opposite of compression.",
    instead="9.exp_e.interactions",
)
@pytest.mark.parametrize("small", ["10.4", "8.7", "9.5"])
def test_compression_in_exp_e(check, small):
    ratio = over_rounding(truediv, "41.3", small)
    check(less_than("1", "compressed"), arithmetic(ratio, f"NLL leverage at p = 5% over {small}, Table 9"))


@claim(
    "9.exp_g.ordering",
    at="Section 9.5",
    kind="wording",
    says="The strong rank correlation confirms that α² correctly predicts the ordering of the damage by columns",
    note="ρ = 0.926, of 17 columns; 0.922 of all twenty (9.exp_g.selection). That it confirms the scaling as well is "
    "said in Section 7.2 (7.2.scaling_by_ranks).",
)
def test_ordering(check, author_results):
    columns = positive(author_results.columns)
    rho = spearman(field(columns, "alpha_sq"), field(columns, "dNLL"))
    check(at_least("0.8", "strong"), data(rho, "ranks of α² and ΔNLL, 17 columns of Exp G"))


@claim(
    "9.exp_g.pearson",
    at="Section 9.5",
    kind="extension",
    says="Pearson's coefficient of ΔNLL is 0.52 with α² and 0.82 with α²‖W_:,j‖² (17 columns)",
)
@pytest.mark.parametrize(
    ("name", "coefficient", "stated"),
    [
        pytest.param("alpha_sq", "pearson_alpha2_vs_dNLL", "0.52", id="alpha_sq-0.52"),
        pytest.param("predicted_energy", "pearson_pred_vs_dNLL", "0.82", id="predicted_energy-0.82"),
    ],
)
def test_pearson_of_damage(check, author_results, name, coefficient, stated):
    columns = positive(author_results.columns)
    square = fit_line(field(columns, name), field(columns, "dNLL")).correlation_square
    released = getattr(author_results.columns.correlation, coefficient)
    assert abs(released.r**2 - float(square)) < 1e-9
    assert released.p < 0.04
    check(printed(stated), data(BALL.number(square).sqrt(), f"{name} and dNLL, 17 columns of Exp G"))


def log_steps(run):
    """Steps of ln α from each column of Exp G to the next, over the even step."""
    alphas = sorted(Fraction(column.alpha) for column in run.results)
    even = (BALL.number(alphas[-1] / alphas[0])).log() / (len(alphas) - 1)
    return [BALL.number(after / before).log() / even for before, after in pairwise(alphas)]


def middle_step(steps):
    """the middle of 19 steps"""
    return sorted(steps, key=float)[9]


def farthest_step(steps):
    """the farthest of 19 steps from an even one"""
    return max(steps, key=lambda step: abs(float(step) - 1))


@claim(
    "9.exp_g.log_spaced",
    at="Section 9.5",
    kind="wording",
    says="The 20 columns of Exp G are log-spaced in α: steps of ln α are equal, to a tenth",
    primary="the middle step",
    note="Half of the steps are, between α = 0.01 and 0.16. At the ends they are not: from 0.0066 to 0.0071 it is 0.4 "
    "of an even step, from 0.171 to 0.177 it is 0.2, and from there to the largest, 0.289, it is 2.5.",
)
@readings("chosen", {"the middle step": middle_step, "every step": farthest_step})
def test_log_spaced(check, author_results, chosen):
    steps = log_steps(author_results.columns)
    assert len(steps) == 19
    check(approximately(stated="equal"), data(chosen(steps), f"{chosen.__doc__}, over (ln α_max − ln α_min)/19"))


@claim(
    "9.exp_g.full_range",
    at="Section 9.5",
    kind="wording",
    says="The columns of Exp G go across the full α distribution: up to its largest, which Exp F has too",
    note="The released files do not have the smallest α of the layer.",
)
def test_full_range(check, author_results):
    largest = max(author_results.columns.results, key=lambda column: column.alpha)
    other = author_results.activations.target_columns["max_outlier"]
    assert largest.col_idx == other.dim
    quotient = Fraction(largest.alpha) / Fraction(other.alpha)
    check(about("1", "2e-6", "single precision"), data(quotient, "largest α of Exp G over max_outlier of Exp F"))


@claim(
    "9.exp_g.precision",
    at="Section 9.5",
    kind="wording",
    says="Perplexities are measured with a precision of about ±10⁻⁴",
    primary="a repetition agrees within 10⁻⁴",
    note="The model without flips was measured in three scripts and for each of five seeds, and has the same "
    "perplexity to sixteen digits each time: what limits the three columns with |ΔNLL| < 10⁻⁴ is no scatter.",
)
@readings(
    "accepted",
    {
        "a repetition agrees within 10⁻⁴": at_most("1e-4"),
        "a repetition differs by the order of 10⁻⁴": power_of_ten("1e-4"),
    },
)
def test_precision(check, author_results, accepted):
    runs = author_results.outliers, author_results.noise_floor, author_results.columns
    values = [Fraction(run.baseline_ppl) for run in runs]
    values += [Fraction(run.baseline_ppl) for run in author_results.outliers.results]
    found = max(values) - min(values)
    check(accepted, data(found, f"range of {len(values)} baseline_ppl, of Exps D, E and G"))
