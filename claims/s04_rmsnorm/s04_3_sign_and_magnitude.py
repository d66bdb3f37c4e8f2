"""Section 4.3: differential implications for sign and magnitude perturbations."""

from functools import cache, partial
from pathlib import Path

import pytest
from verdicts import at_least, ball, claim, exactly, identity, more_than, printed, proof, read_table, reading, readings

from claims.any_vectors import ROOT
from claims.symbols import symbols
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.exact_series import EXACT, exact_value
from theorems.arithmetic.expressions import evaluated
from theorems.arithmetic.polynomials import minimum_on_box
from theorems.formulas import asymmetry
from theorems.formulas.linear_layer import FLIP_RATE, entry_moments, output_difference
from theorems.integrals.exact_moments import rational_value

LAYER = "linear layer y = Wx̂, n, m → ∞, by the moments of one Gaussian weight and its change"
BLOCK = "ReLU block of Section 6, leading coefficient as p → 0, exact"
TABLE_1 = {row["Perturbation type"]: row for row in read_table(Path(__file__).parents[1] / "tables" / "table_01.csv")}
SCALING, FLIPS, MAGNITUDE = TABLE_1
IN_LAYER = {SCALING: "uniform scaling", FLIPS: "sign flips", MAGNITUDE: "constant δ"}


def flip_rate_and_pi():
    import sympy

    return symbols(FLIP_RATE, positive=True), sympy.pi


@cache
def simplest(expression):
    """In lowest terms: slow to find, and needed at every precision."""
    return expression.cancel()


def at_one_percent(expression):
    """The ball of an expression in π and the flip rate at p = 0.01."""
    return evaluated(simplest(expression), BALL, **{FLIP_RATE: "0.01"})


def case(row, taken, *values):
    """One row of Table 1 under one reading."""
    return pytest.param(row, *values, id=f"{row}-{taken}", marks=reading(taken))


def as_ratio(row, column):
    """Accepts a value over the one printed in that cell of Table 1."""
    return exactly(1, stated=f"{TABLE_1[row][column]}, as a ratio")


# Table 1, structure of Δy


MOSTLY = partial(more_than, "50%")


def least_transverse(perturbation):
    def share():
        transverse = 1 - entry_moments(perturbation).radial_fraction()
        return minimum_on_box(transverse.expand(), {flip_rate_and_pi()[0]: (0, "0.5")})

    return share


def radial(perturbation):
    return lambda: at_one_percent(entry_moments(perturbation).radial_fraction())  # the same at every p


@claim(
    "4.table1.structure",
    at="Table 1",
    kind="wording",
    says="A uniform scaling is purely radial, a sign flip has a large transverse component, magnitude noise is mostly "
    "radial",
    note="Mostly radial holds of the constant δ of (A4), which is no noise: independent relative noise preserves signs "
    "too (Definition 1) and has radial fraction 0, and sign-quantisation error has 1 − 2/π = 0.363.",
    primary="linear layer with (A4)",
)
@pytest.mark.parametrize(
    ("row", "accepts", "share"),
    [
        case(SCALING, "linear layer with (A4)", partial(exactly, 0), least_transverse("uniform scaling")),
        case(FLIPS, "linear layer with (A4)", partial(at_least, "50%"), least_transverse("sign flips")),
        case(MAGNITUDE, "linear layer with (A4)", MOSTLY, radial("constant δ")),
        case(MAGNITUDE, "random relative noise", MOSTLY, radial("relative noise")),
        case(MAGNITUDE, "sign-quantisation error", MOSTLY, radial("sign quantisation")),
    ],
)
def test_structure(check, row, accepts, share):
    check(accepts(stated=TABLE_1[row]["Structure"]), ball(share, LAYER))


def signed_cosines():
    """cos∠(Δy, y), with its sign, for the three perturbations that keep every sign."""
    import sympy

    found = [entry_moments(name) for name in ("constant δ", "relative noise", "sign quantisation")]
    stated = [sympy.sqrt(2 / sympy.pi), 0, -sympy.sqrt(1 - 2 / sympy.pi)]
    left = [each.projection for each in found]
    return left, [cosine * sympy.sqrt(each.original * each.energy) for cosine, each in zip(stated, found, strict=True)]


@claim(
    "4.table1.cosines",
    at="Table 1",
    also_at=["Section 8.3"],
    kind="extension",
    says="The cosine of a sign-preserving Δy to y is √(2/π) for the constant δ, 0 for independent relative noise and "
    "−√(1 − 2/π) for sign quantisation, whose error points inwards",
    tex=r"\cos\angle(\Delta y,y)=\sqrt{\frac{2}{\pi}},\quad0,\quad-\sqrt{1-\frac{2}{\pi}}",
)
def test_signed_cosines(check):
    check(identity(*signed_cosines(), f"E wΔw against cos·√(E w² E Δw²); {LAYER}"))


# Table 1, radial fraction

RADIAL_FRACTION = {SCALING: lambda *_: 1, FLIPS: lambda p, _: p, MAGNITUDE: lambda _, pi: 2 / pi}


def in_layer(perturbation, stated):
    """The radial fraction in the linear layer over the one printed, for every p."""
    fraction = entry_moments(perturbation).radial_fraction()
    return proof(rational_value(fraction / stated(*flip_rate_and_pi())), LAYER)


def in_block(moments, stated):
    """The radial fraction in the block of Section 6 over the one printed, as p = s² → 0."""
    s = EXACT.variable()
    return proof(exact_value((moments(s, EXACT).radial_fraction() / stated(s**2, EXACT.pi))[0]), BLOCK)


@claim(
    "4.table1.radial_fraction",
    at="Table 1",
    says="The radial fraction is 1 for a uniform scaling, p for sign flips and 2/π for magnitude noise",
    tex=r"\mathcal R=1,\quad\mathcal R^{\mathrm{sign}}\approx p,\quad\mathcal R^{\mathrm{mag}}\approx\frac{2}{\pi}",
    note="Holds for the constant δ of (A4). Noise that preserves every sign but changes each magnitude independently "
    "has radial fraction 0 in the same limit.",
    primary="linear layer",
)
@pytest.mark.parametrize(
    ("row", "fraction"),
    [
        case(SCALING, "linear layer", partial(in_layer, "uniform scaling")),
        case(FLIPS, "linear layer", partial(in_layer, "sign flips")),
        case(MAGNITUDE, "linear layer", partial(in_layer, "constant δ")),
        case(FLIPS, "ReLU block as p → 0", partial(in_block, asymmetry.sign_moments)),
        case(MAGNITUDE, "ReLU block as p → 0", partial(in_block, asymmetry.magnitude_moments)),
        case(MAGNITUDE, "random relative noise", partial(in_layer, "relative noise")),
    ],
)
def test_radial_fraction(check, row, fraction):
    check(as_ratio(row, "Radial fraction"), fraction(RADIAL_FRACTION[row]))


# Table 1, after the projection


def transverse_share(moments):
    """What is left of ‖Δy‖² after the projection."""
    return moments.transverse_energy() / moments.relative_energy()


def arriving_share(moments):
    """RMSNorm's actual squared output difference over ‖Δy‖²/‖y‖²."""
    return output_difference(moments) / moments.relative_energy()


@claim(
    "4.table1.after_projection",
    at="Table 1",
    also_at=["Theorem 2"],
    says="The projector leaves nothing of a uniform scaling, 1 − p of sign flips and 1 − 2/π of magnitude noise",
    tex=r"\frac{\|P_{y^\perp}\Delta y\|^2}{\|\Delta y\|^2}=0,\quad 1-p,\quad 1-\frac{2}{\pi}",
    rests_on=["4.table1.radial_fraction"],
    note="Shares of energy, to first order. Of the norm √(1−p) and √(1−2/π) are left. RMSNorm itself keeps all of a "
    "flip: flips keep ‖y‖, so the actual squared output difference is 4p, the whole of ‖Δy‖²/‖y‖²; of a "
    "magnitude change at p = 0.01 it keeps 27 % instead of 36 %.",
    primary="energy",
)
@readings(
    "left",
    {
        "energy": lambda moments, over: rational_value(transverse_share(moments) / over),  # for every p
        "norm": lambda moments, over: at_one_percent(transverse_share(moments) ** ROOT / over),
        "actual output difference at p = 0.01": lambda moments, over: at_one_percent(arriving_share(moments) / over),
    },
)
@pytest.mark.parametrize(
    ("row", "accepted", "stated"),
    [
        pytest.param(SCALING, exactly(0, stated=TABLE_1[SCALING]["After P"]), lambda *_: 1, id=SCALING),
        pytest.param(FLIPS, as_ratio(FLIPS, "After P"), lambda p, _: 1 - p, id=FLIPS),
        pytest.param(MAGNITUDE, as_ratio(MAGNITUDE, "After P"), lambda _, pi: 1 - 2 / pi, id=MAGNITUDE),
    ],
)
def test_after_projection(check, row, accepted, stated, left):
    check(accepted, ball(lambda: left(entry_moments(IN_LAYER[row]), stated(*flip_rate_and_pi())), LAYER))


@claim(
    "4.table1.actual_difference",
    at="Table 1",
    kind="extension",
    says="RMSNorm's actual squared output difference, over ‖Δy‖²/‖y‖², is 1 for sign flips at every p, and 0.268 for "
    "the constant-δ perturbation at p = 0.01",
    tex=r"\frac{\|f(y')-f(y)\|^2}{m}=4p\quad\text{for sign flips}",
)
@pytest.mark.parametrize(
    ("row", "accepted", "value"),
    [
        pytest.param(FLIPS, exactly(1), rational_value, id=FLIPS),
        pytest.param(MAGNITUDE, printed("0.268"), at_one_percent, id=MAGNITUDE),
    ],
)
def test_actual_difference(check, row, accepted, value):
    check(accepted, ball(lambda: value(arriving_share(entry_moments(IN_LAYER[row]))), LAYER))


# The origin of the factor π/(π − 2)


def limit_in_layer(ratio):
    p, pi = flip_rate_and_pi()
    found = ratio(entry_moments("sign flips"), entry_moments("constant δ"), pi)
    return proof(rational_value(found.cancel().subs(p, 0)), LAYER)


def limit_in_block(ratio):
    s = EXACT.variable()
    found = ratio(asymmetry.sign_moments(s, EXACT), asymmetry.magnitude_moments(s, EXACT), EXACT.pi)
    return proof(exact_value(found[0]), BLOCK)


def by_radial_fractions(flips, magnitude, pi):
    return (1 - flips.radial_fraction()) / (1 - magnitude.radial_fraction()) / (pi / (pi - 2))


def by_energies(flips, magnitude, _):
    return flips.energy / magnitude.energy


@claim(
    "4.geometric_origin",
    at="Section 4.3",
    also_at=["Table 1"],
    kind="wording",
    says="The radial fractions 2/π and p are the origin of the factor π/(π−2): all of it, and nothing by the energies",
    tex=r"\lim_{p\to 0}\frac{1-\mathcal R^{\mathrm{sign}}}{1-\mathcal R^{\mathrm{mag}}}=\frac{\pi}{\pi-2},\ R_A(0)=1",
    rests_on=["4.table1.radial_fraction"],
    primary="ReLU block of Section 6",
)
@readings("limit", {"ReLU block of Section 6": limit_in_block, "linear layer": limit_in_layer})
@pytest.mark.parametrize(
    "ratio", [by_radial_fractions, by_energies], ids=["radial fractions give π/(π−2)", "energies give 1"]
)
def test_geometric_origin(check, ratio, limit):
    check(exactly(1, stated="as a ratio"), limit(ratio))
