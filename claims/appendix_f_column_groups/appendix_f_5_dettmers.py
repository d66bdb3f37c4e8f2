"""Appendix F.5: connection to Dettmers et al."""

from fractions import Fraction

import pytest
from verdicts import (
    Interval,
    about,
    arithmetic,
    at_least,
    ball,
    claim,
    exactly,
    identity,
    more_than,
    printed,
    proof,
    reading,
    readings,
    text,
)

from claims.flipped_groups import flip, mean_square
from claims.phrases import roughly
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas.outliers import amplitude_ratio_leverage, energy_fraction_from_amplitude_ratio

ETA = "0.001"
UNIT_NORM = "the unit norm solved for γ"


@claim(
    "F.dettmers.energy",
    at="Appendix F.5",
    kind="number",
    says="Outliers 50 to 100 times the others, in 0.1% of the dimensions, hold γ ≈ 0.7 to 0.9 of the energy",
    tex=r"\gamma\approx0.7\text{–}0.9",
)
@pytest.mark.parametrize(("ratio", "stated"), [("50", "0.7"), ("100", "0.9")])
def test_dettmers_energy(check, ratio, stated):
    check(
        printed(stated),
        ball(lambda: energy_fraction_from_amplitude_ratio(ratio, "0.001", BALL), "the unit norm solved for γ"),
    )


AVERAGE, FIFTY = "against an average that they do not print", at_least("50", "50 to 100 times")


@claim(
    "F.dettmers.source",
    at="Appendix F.5",
    kind="wording",
    says="Dettmers et al. report that about 0.1% of the dimensions have magnitudes 50 to 100 times the average",
    note="Their introduction says “up to 20x larger than in other dimensions”, of the layers where outliers first "
    "appear. Later they grow: outliers are entries of size 6 and more, and values of size 60 occur (Section 4.2). An "
    "average over the other entries, to which the words refer, is not printed: 60 over an average of about 1 would do. "
    "At 20 times, in 0.1% of the dimensions, γ is 0.29, within the bound's premise γ ≤ 0.5, and R_entry 286 "
    "(F.dettmers.twenty).",
    primary=AVERAGE,
)
@pytest.mark.parametrize(
    ("accepted", "found"),
    [
        pytest.param(roughly("0.1%"), Fraction(1, 1000), id="share", marks=reading(AVERAGE)),
        pytest.param(FIFTY, Interval(Fraction(20), None), id="times", marks=reading(AVERAGE)),
        pytest.param(FIFTY, 20, id="printed", marks=reading("the ratio that their introduction prints")),
    ],
)
def test_dettmers_source(check, accepted, found):
    check(accepted, text(found, "Dettmers et al. (2022), Sections 1 and 4, as read"))


@claim(
    "F.dettmers.twenty",
    at="Appendix F.5",
    kind="extension",
    says="Outliers 20 times the others, in 0.1% of the dimensions, hold 28.6% of the energy, and R_entry is 286",
    tex=r"\frac{\alpha}{\beta}=20,\ \eta=0.001:\quad\gamma\approx28.6\%,\ \frac{\gamma}{\eta}\approx286",
    rests_on=["F.dettmers.exact"],
)
@pytest.mark.parametrize(
    ("value", "stated"),
    [(energy_fraction_from_amplitude_ratio, "28.6%"), (amplitude_ratio_leverage, "286")],
    ids=["share of the energy", "R_entry"],
)
def test_twenty_times(check, value, stated):
    check(printed(stated), ball(lambda: value("20", "0.001", BALL), "the unit norm solved for γ"))


@claim(
    "F.dettmers.premise",
    at="Appendix F.5",
    kind="extension",
    says="Outliers of that kind are outside the bound's premise γ ≤ 0.5: they hold 71% to 91% of the energy",
    tex=r"\gamma=\frac{\eta(\alpha/\beta)^2}{1-\eta+\eta(\alpha/\beta)^2}>\frac12",
    rests_on=["F.bound"],
)
@pytest.mark.parametrize("ratio", ["50", "100"])
def test_dettmers_premise(check, ratio):
    fraction = ball(lambda: energy_fraction_from_amplitude_ratio(ratio, "0.001", BALL), "the unit norm solved for γ")
    check(more_than("50%", "γ > 0.5"), fraction)


def share_and_fraction():
    """(α/β)², γ and η of any k entries α and n − k entries β, of whatever norm, in symbols."""
    k, n, outlier, other = indeterminates("k, n, outlier, other")
    return outlier / other, k * outlier / (k * outlier + (n - k) * other), k / n


ANY_VECTOR = "rational functions of k, n, α² and β²"


def near_that_eta():
    ends = (1 / (1 - end) for end in (printed(ETA).interval.lo, printed(ETA).interval.hi))
    words = "γ/η over (α/β)²(1 − γ) is 1/(1 − η) whatever α/β (F.dettmers.exact), η anywhere in its rounding interval"
    return about("1", "1%", "η is printed as ≈ 0.001, to one digit"), proof(Interval(*ends), words)


def in_eta():
    ratio, gamma, eta = share_and_fraction()
    return [identity(gamma / eta, ratio * (1 - gamma), ANY_VECTOR, "γ/η = (α/β)²(1 − γ)")]


@claim(
    "F.dettmers.formula",
    at="Appendix F.5",
    says="The unit norm gives γ/η = (α/β)²(1 − γ)",
    tex=r"\frac{\gamma}{\eta}=\left(\frac{\alpha}{\beta}\right)^2(1-\gamma)",
    primary="at η ≈ 0.001",
    note="β² = (1 − γ)/(n − k), so the right side lacks the factor 1/(1 − η). That is 0.1% at Dettmers' η = 0.001, 5% "
    "at the η = 0.05 of the experiments.",
    instead="F.dettmers.exact",
)
@readings("found", {"at η ≈ 0.001": near_that_eta, "an identity in η": in_eta})
def test_dettmers_formula(check, found):
    check(*found())


@claim(
    "F.dettmers.exact",
    at="Appendix F.5",
    kind="extension",
    says="The unit norm gives γ/η = (α/β)²(1 − γ)/(1 − η)",
    tex=r"\frac{\gamma}{\eta}=\left(\frac{\alpha}{\beta}\right)^2\frac{1-\gamma}{1-\eta}",
)
def test_exact_formula(check):
    ratio, gamma, eta = share_and_fraction()
    check(identity(gamma / eta, ratio * (1 - gamma) / (1 - eta), ANY_VECTOR))


def from_unit_norm(ratio, _):
    return ball(lambda: amplitude_ratio_leverage(ratio, ETA, BALL), f"{UNIT_NORM}, over η")


def as_printed(ratio, gamma):
    return arithmetic(int(ratio) ** 2 * (1 - Fraction(gamma)), "the printed formula at the printed γ")


@claim(
    "F.dettmers.leverage",
    at="Appendix F.5",
    kind="number",
    says="Dettmers-scale outliers have R_entry = γ/η ≈ 700 to 900",
    tex=r"R_{\mathrm{entry}}\approx700\text{–}900",
    rests_on=["F.per_flip"],
    primary="γ÷η",
    note="γ/η is 715 and 909. The printed formula with the rounded γ would give 750 and 1,000.",
)
@readings("found", {"γ÷η": from_unit_norm, "(α÷β)²(1 − γ) with γ as printed": as_printed})
@pytest.mark.parametrize(("ratio", "gamma", "stated"), [("50", "0.7", "700"), ("100", "0.9", "900")])
def test_dettmers_leverage(check, found, ratio, gamma, stated):
    check(roughly(stated), found(ratio, gamma))


def change(square):
    """n E(z′ − z)² of a flip on an entry with that square."""
    return mean_square(-1, 1, flip(square))


# Unit vectors of an outlier and equal entries, as (α², β², n).
VECTORS = {
    "k = 1, n = 17": (Fraction(9, 25), Fraction(1, 25), 17),
    "k = 3, n = 7": (Fraction(1, 4), Fraction(1, 16), 7),
}


@claim(
    "F.dettmers.naive",
    at="Appendix F.5",
    kind="wording",
    says="The per-entry leverage is not simply (α/β)², 2,500 to 10,000 for Dettmers' outliers",
    tex=r"R_{\mathrm{entry}}\ne(\alpha/\beta)^2",
    rests_on=["E.linear_leverage"],
    primary="against an entry of energy 1÷n",
    note="γ/η compares with an entry of energy 1/n, which no entry of that input has. Against the other entries of "
    "the same input, as Theorem 6 defines R, the ratio before ReLU is (α/β)².",
)
@readings(
    "reference",
    {
        "against an entry of energy 1÷n": lambda _, n: Fraction(1, n),
        "against an entry β of the same input": lambda other, _: other,
    },
)
@pytest.mark.parametrize(("outlier", "other", "n"), VECTORS.values(), ids=VECTORS)
def test_naive_leverage(check, reference, outlier, other, n):
    leverage, naive = change(outlier) / change(reference(other, n)), outlier / other
    check(more_than("0", "not (α/β)²"), proof(abs(leverage / naive - 1), "relative difference from (α/β)², fractions"))


@claim(
    "F.dettmers.naive_range",
    at="Appendix F.5",
    kind="number",
    says="The naive (α/β)² is 2,500 to 10,000",
    tex=r"(\alpha/\beta)^2=2500\text{–}10000",
)
@pytest.mark.parametrize(("ratio", "stated"), [("50", "2,500"), ("100", "10,000")])
def test_naive_range(check, ratio, stated):
    check(exactly(int(stated.replace(",", "")), stated), proof(int(ratio) ** 2, "the square"))
