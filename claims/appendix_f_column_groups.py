"""Appendix F: two-population outlier model."""

from fractions import Fraction
from pathlib import Path

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
    over_rounding,
    printed,
    proof,
    read_table,
    reading,
    text,
)

from claims.phrases import roughly
from theorems.arithmetic.contexts import BALL
from theorems.formulas.outliers import amplitude_ratio_leverage, energy_fraction_from_amplitude_ratio
from theorems.formulas.relu_kernels import angle_from_amplitude
from theorems.integrals.exact_moments import (
    exact_quadrant_moment,
    exact_relu_energy,
    flipped_pair_moments,
    nonvanishing,
    normal_pair_moment,
)
from theorems.integrals.gaussian_integrals import relu_energy_integral

TABLE_21 = read_table(Path(__file__).parent / "tables" / "table_21.csv")
ETA = Fraction("0.05")
BY_INTEGRALS = "sum of rigorous integrals over the three quadrants where a gate is open"
FROM_QUADRANTS = "polar integrals over the quadrants, antiderivatives checked by differentiation, exact algebra"

# Unit vectors of k outliers α followed by n − k entries β.
POPULATIONS = {
    "k = 1, n = 17": (1, [Fraction(3, 5), *[Fraction(1, 5)] * 16]),
    "k = 3, n = 7": (3, [*[Fraction(1, 2)] * 3, *[Fraction(1, 4)] * 4]),
}


def energy(fraction):
    """f at the flipped energy share `fraction`, that is at correlation 1 − 2·fraction."""
    return relu_energy_integral(angle_from_amplitude(BALL.number(fraction).sqrt(), BALL))


def column_leverage(gamma, eta=ETA):
    return BALL.number((1 - eta) / eta) * energy(gamma) / energy(1 - gamma)


def group_energy(population):
    count, x = POPULATIONS[population]
    return sum(entry**2 for entry in x[:count])


# Appendix F.1


@claim(
    "F.setup.unit_norm",
    at="Appendix F.1",
    also_at=["Equation (30)"],
    kind="step",
    says="With γ = kα² the unit norm leaves (n − k)β² = 1 − γ to the other entries",
    tex=r"k\alpha^2+(n-k)\beta^2=1",
)
@pytest.mark.parametrize("population", POPULATIONS)
def test_unit_norm(check, population):
    count, x = POPULATIONS[population]
    others = (len(x) - count) * x[-1] ** 2
    check(exactly(1 - count * x[0] ** 2, "1 − γ"), proof(others, "(n − k)β² of an exact unit vector"))


@claim(
    "F.setup.eta",
    at="Equation (29)",
    also_at=["Appendix F.1"],
    kind="number",
    says="For Exp D η = k/n is 0.05: the top 5% of 2048 columns",
    tex=r"\eta=k/n=0.05",
)
def test_outlier_fraction(check):
    count = 5 * 2048 // 100
    check(printed("0.05"), proof(Fraction(count, 2048), "102 whole columns of 2048"))


# Appendix F.2


def damage_share(count, n, gamma):
    alpha, beta = Fraction(gamma) / count, (1 - Fraction(gamma)) / (n - count)
    outlier = count * energy(alpha)
    return outlier / (outlier + (n - count) * energy(beta))


def leading_damage_share(count, n, gamma):
    """The same with the first coefficient of f in α² only."""
    import sympy

    alpha = sympy.Symbol("alpha", positive=True)
    in_amplitude = sympy.expand_trig(exact_relu_energy().subs(sympy.Symbol("theta"), 2 * sympy.asin(alpha)))
    slope = sympy.series(in_amplitude, alpha, 0, 3).removeO().coeff(alpha, 2)
    alpha_square, beta_square = Fraction(gamma) / count, (1 - Fraction(gamma)) / (n - count)
    outlier = count * int(slope) * alpha_square
    return outlier / (outlier + (n - count) * int(slope) * beta_square)


@claim(
    "F.damage",
    at="Appendix F.2",
    says="The outlier columns' share of the damage equals their share γ of the energy, whatever the activations",
    tex=r"F_{\mathrm{outlier}}=\gamma",
    rests_on=["E.theorem6"],
    primary="post-ReLU energies of single flips",
    note="Post-ReLU energy f(1 − 2x̂²) is not proportional to x̂²: it falls to half of that at x̂ = 1. One outlier "
    "with half of the energy has 40.7% of the damage, 102 of them 49.4%; γ is the limit of small entries.",
    instead="F.damage.one_outlier",
)
@pytest.mark.parametrize("reading", ["post-ReLU energies of single flips", "leading order in the amplitudes"])
@pytest.mark.parametrize(("count", "gamma"), [(1, "0.5"), (102, "0.5"), (2, "0.9")])
def test_damage_share(check, reading, count, gamma):
    stated = exactly(gamma, "γ")
    if reading == "leading order in the amplitudes":
        check(stated, proof(leading_damage_share(count, 2048, gamma), "first coefficient of f, n = 2048, fractions"))
    else:
        check(stated, ball(lambda: damage_share(count, 2048, gamma), f"{BY_INTEGRALS}, n = 2048"))


@claim(
    "F.damage.one_outlier",
    at="Appendix F.2",
    kind="extension",
    says="One outlier with half of the energy, in 2048 dimensions, has 40.7% of the damage",
    rests_on=["E.theorem6"],
)
def test_damage_of_one_outlier(check):
    check(printed("40.7%"), ball(lambda: damage_share(1, 2048, "0.5"), BY_INTEGRALS))


@claim(
    "F.per_flip",
    at="Appendix F.2",
    kind="step",
    says="The leverage nα² of a flip in an outlier column is γ/η",
    tex=r"n\alpha^2=\gamma/\eta",
)
@pytest.mark.parametrize("population", POPULATIONS)
def test_per_flip_leverage(check, population):
    count, x = POPULATIONS[population]
    stated = group_energy(population) / Fraction(count, len(x))
    check(exactly(stated, "γ/η"), proof(len(x) * x[0] ** 2, "nα² of an exact unit vector"))


# Appendix F.3


@claim(
    "F.groups.normal",
    at="Equation (31)",
    also_at=["Equation (32)"],
    kind="step",
    says="The outlier part A is N(0, γ/n), the other part B is N(0, (1 − γ)/n)",
    tex=r"A_i\sim N(0,\gamma/n),\ B_i\sim N(0,(1-\gamma)/n)",
)
@pytest.mark.parametrize("group", ["A", "B"])
@pytest.mark.parametrize("population", POPULATIONS)
def test_group_laws(check, population, group):
    count, x = POPULATIONS[population]
    entries, variance = (
        (x[:count], group_energy(population)) if group == "A" else (x[count:], 1 - group_energy(population))
    )
    moments = flipped_pair_moments(entries, set(), 8)
    excess = max(
        abs(moments[order, 0] - normal_pair_moment(order, 0, Fraction(0)) * variance ** (order // 2))
        for order in range(9)
    )
    check(exactly(0, "no moment differs"), proof(excess, "moments of orders 0 to 8, entry by entry, fractions"))


@claim(
    "F.groups.correlation",
    at="Appendix F.3",
    kind="step",
    says="Flipping all outlier columns gives correlation 1 − 2γ, flipping all others 2γ − 1, the negative of it",
    tex=r"\rho_A=1-2\gamma,\ \rho_B=2\gamma-1=-\rho_A",
    rests_on=["F.groups.normal"],
)
@pytest.mark.parametrize("case", ["A", "B"])
@pytest.mark.parametrize("population", POPULATIONS)
def test_group_correlations(check, population, case):
    count, x = POPULATIONS[population]
    flipped = set(range(count)) if case == "A" else set(range(count, len(x)))
    moments = flipped_pair_moments(x, flipped, 2)
    stated = 1 - 2 * group_energy(population)
    check(
        exactly(stated if case == "A" else -stated, "1 − 2γ" if case == "A" else "2γ − 1"),
        proof(moments[1, 1] / moments[2, 0], "sum over independent entries in fractions"),
    )


@claim(
    "F.exp_d.all_weights",
    at="Appendix F.3",
    also_at=["Appendix E.8"],
    kind="number",
    says="Exp D flips all weights of the outlier columns, the ~2.4M of Table 8: their whole share of the weights",
    tex=r"\frac{2.41\,\mathrm M}{\eta N}=1",
    rests_on=["F.setup.eta"],
    note="Table 8 has a flip rate of 5%: 48.7M random flips mean N = 974M weights, of which the outlier columns hold "
    "5%, 48.7M. So 2.41M is one weight in twenty. The authors' released results have flip_rate 0.05 and another count "
    "for each seed, and TinyLlama's linear layers have 969M weights.",
    instead="F.exp_d.leverage",
)
def test_share_of_flipped_weights(check):
    share = over_rounding(lambda flipped, random, rate: flipped / (ETA * random / rate), "2.41", "48.7", "5%")
    check(
        exactly(1, "all weights of these columns"),
        arithmetic(share, "numbers of flips as printed in Table 8"),
    )


@claim(
    "F.energy",
    at="Equation (33)",
    also_at=["Appendix F.3"],
    says="E[(ReLU X − ReLU Y)²]/σ² is f(ρ) = 1 − ρ + (ρ arccos ρ − √(1 − ρ²))/π",
    tex=r"f(\rho)=1-\rho+\frac1\pi\left(\rho\arccos\rho-\sqrt{1-\rho^2}\right)",
    rests_on=["E.theorem6.energy"],
)
def test_energy_function(check):
    import sympy

    rho, theta = sympy.Symbol("rho"), sympy.Symbol("theta")
    stated = 1 - rho + (rho * sympy.acos(rho) - sympy.sqrt(1 - rho**2)) / sympy.pi
    failures = nonvanishing(exact_relu_energy().subs(theta, sympy.acos(rho)) - stated)
    check(exactly(0, "an identity"), proof(failures, f"{FROM_QUADRANTS}; expressions that do not vanish"))


@claim(
    "F.energy.price",
    at="Appendix F.3",
    kind="step",
    says="f follows from Price's theorem: dE[ReLU X ReLU Y]/dρ is the probability that both are positive",
    tex=r"\frac{d}{d\rho}E[\mathrm{ReLU}X\,\mathrm{ReLU}Y]=P(X>0,Y>0)",
)
def test_price(check):
    import sympy

    theta = sympy.Symbol("theta")
    slope = sympy.diff(exact_quadrant_moment(1, 1), theta) / -sympy.sin(theta)
    failures = nonvanishing(slope - exact_quadrant_moment(0, 0))
    check(exactly(0, "an identity"), proof(failures, f"{FROM_QUADRANTS}; expressions that do not vanish"))


def value_of_f(rho):
    import sympy

    value = sympy.simplify(exact_relu_energy().subs(sympy.Symbol("theta"), sympy.acos(rho)))
    return Fraction(int(value.p), int(value.q))


@claim(
    "F.energy.ends",
    at="Appendix F.3",
    also_at=["Equation (33)"],
    kind="number",
    says="f(1) = 0 and f(−1) = 2",
    tex=r"f(1)=0,\ f(-1)=2",
    rests_on=["F.energy"],
    note="f(−1) = 1: with Y = −X just one of the two ReLUs is on and E X² = 1 is left. The printed formula gives 2 + "
    "(−π)/π = 1 as well, and Table 21 has 0.999 at ρ = −0.98.",
    instead="F.energy.opposite",
)
@pytest.mark.parametrize(("rho", "stated"), [("1", "0"), ("-1", "2")])
def test_ends_of_f(check, rho, stated):
    check(exactly(stated), proof(value_of_f(int(rho)), FROM_QUADRANTS))


@claim(
    "F.energy.opposite",
    at="Appendix F.3",
    kind="extension",
    says="f(−1) = 1",
    tex=r"f(-1)=1",
)
def test_f_of_opposite_variables(check):
    check(exactly(1), proof(value_of_f(-1), FROM_QUADRANTS))


@claim(
    "F.energy.zero",
    at="Appendix F.3",
    kind="number",
    says="f(0) = 1 − 1/π ≈ 0.682",
    tex=r"f(0)=1-1/\pi\approx0.682",
    rests_on=["F.energy"],
)
def test_f_of_independent_variables(check):
    check(printed("0.682"), ball(lambda: relu_energy_integral(BALL.pi / 2), BY_INTEGRALS))


@claim(
    "F.energy.maximum",
    at="Appendix F.3",
    kind="step",
    says="Anti-correlation is the maximum perturbation: f falls with ρ",
    tex=r"\frac{df}{d\rho}=-\frac{\pi-\theta}{\pi}\le0",
    rests_on=["F.energy"],
)
def test_f_is_monotone(check):
    import sympy

    theta = sympy.Symbol("theta")
    slope = sympy.diff(exact_relu_energy(), theta) / -sympy.sin(theta)
    failures = nonvanishing(slope + (sympy.pi - theta) / sympy.pi)
    check(exactly(0, "an identity"), proof(failures, f"{FROM_QUADRANTS}; expressions that do not vanish"))


def reflection_failures():
    import sympy

    theta = sympy.Symbol("theta")
    return nonvanishing(exact_relu_energy().subs(theta, sympy.pi - theta) - exact_relu_energy() - sympy.cos(theta))


@claim(
    "F.energy.reflection",
    at="Appendix F.3",
    kind="extension",
    says="f(−ρ) = f(ρ) + ρ",
    tex=r"f(-\rho)=f(\rho)+\rho",
)
def test_reflection(check):
    check(exactly(0, "an identity"), proof(reflection_failures(), f"{FROM_QUADRANTS}; not vanishing"))


@claim(
    "F.leverage",
    at="Equation (34)",
    also_at=["Appendix F.3", "Section 1.2"],
    says="R_col, energy per flipped weight of the outlier columns over that of the others, has the factor (1 − η)/η",
    tex=r"R_{\mathrm{col}}=\frac{1-\eta}{\eta}\cdot\frac{f(1-2\gamma)}{f(2\gamma-1)}",
    rests_on=["F.energy", "F.groups.correlation"],
)
@pytest.mark.parametrize(("count", "n"), [(1, 17), (3, 7), (102, 2048)])
def test_per_flip_factor(check, count, n):
    eta = Fraction(count, n)
    flipped_others, flipped_outliers = n * (n - count), n * count  # of the weights of an n × n matrix
    ratio = Fraction(flipped_others, flipped_outliers)
    check(identity(ratio, (1 - eta) / eta, "flipped weights, counted", "(1 − η)/η"))


@claim(
    "F.leverage.no_outliers",
    at="Equation (34)",
    kind="extension",
    says="Without outliers, γ = η = 0.05, R_col is 1.7 and not 1: flips of many columns together are not additive",
    rests_on=["F.leverage"],
)
def test_leverage_without_outliers(check):
    check(printed("1.7"), ball(lambda: column_leverage(ETA), BY_INTEGRALS))


@claim(
    "F.rmsnorm.actual",
    at="Appendix F.3",
    kind="extension",
    says="After RMSNorm the actual squared output difference is 2f in units of the output's: R_col is the same",
    tex=r"2(1-\cos\angle(a,a'))=2f(\rho)",
    rests_on=["F.energy"],
)
def test_actual_leverage_after_rmsnorm(check):
    norm = exact_quadrant_moment(2, 0) + exact_quadrant_moment(2, 0, 1, -1)
    failures = nonvanishing(2 * (1 - exact_quadrant_moment(1, 1) / norm) - 2 * exact_relu_energy())
    check(exactly(0, "an identity"), proof(failures, f"{FROM_QUADRANTS}; in the limit of many neurons"))


@claim(
    "F.rmsnorm.transverse",
    at="Appendix F.3",
    kind="extension",
    says="With RMSNorm linearised, f becomes f(1 − f/2): R_col at η = 0.05 is nearer to 19 on both sides of γ = 1/2",
    tex=r"\frac{1-\eta}{\eta}\cdot\frac{f_A(1-f_A/2)}{f_B(1-f_B/2)}",
    rests_on=["F.energy"],
)
@pytest.mark.parametrize(("gamma", "stated"), [("0.10", "6.0"), ("0.50", "19.0"), ("0.90", "60.1"), ("0.99", "501")])
def test_transverse_leverage(check, gamma, stated):
    def leverage():
        a, b = energy(Fraction(gamma)), energy(1 - Fraction(gamma))
        return BALL.number((1 - ETA) / ETA) * a * (1 - a / 2) / (b * (1 - b / 2))

    check(printed(stated), ball(leverage, BY_INTEGRALS))


@claim(
    "F.exp_d.leverage",
    at="Equation (34)",
    kind="extension",
    says="At the flip rate p = 5% of Exp D the leverage per flip is (1 − η)/η · f(1 − 2pγ)/f(1 − 2p(1 − γ)): 19 at γ "
    "= 1/2 as well, but 160 at γ = 0.9, where all weights flipped give 107",
    tex=r"\frac{1-\eta}{\eta}\cdot\frac{f(1-2p\gamma)}{f(1-2p(1-\gamma))}",
    rests_on=["F.energy"],
)
@pytest.mark.parametrize(("gamma", "stated"), [("0.10", "2.3"), ("0.50", "19.0"), ("0.90", "160")])
def test_leverage_at_a_flip_rate(check, gamma, stated):
    # each flip negates its part of the variance: the flipped share of a group of energy γ is pγ, in the limit of many
    rate, gamma = Fraction("0.05"), Fraction(gamma)

    def leverage():
        return BALL.number((1 - ETA) / ETA) * energy(rate * gamma) / energy(rate * (1 - gamma))

    check(printed(stated), ball(leverage, f"{BY_INTEGRALS}, in the limit of many columns"))


# Table 21


def column(name):
    return [(row["gamma"], row[name]) for row in TABLE_21]


@claim(
    "F.table21.correlation",
    at="Table 21",
    kind="number",
    says="ρ_A = 1 − 2γ and ρ_B = 2γ − 1, as tabulated",
    tex=r"\rho_A=1-2\gamma",
    rests_on=["F.groups.correlation"],
)
@pytest.mark.parametrize("case", ["A", "B"])
@pytest.mark.parametrize("row", TABLE_21, ids=lambda row: row["gamma"])
def test_table_21_correlations(check, row, case):
    own = Fraction(row["gamma"]) if case == "A" else 1 - Fraction(row["gamma"])
    check(printed(row[f"rho_{case}"]), proof((1 - own) - own, "variance kept less variance negated, exact"))


@claim(
    "F.table21.energy",
    at="Table 21",
    kind="number",
    says="f(ρ_A) and f(ρ_B), as tabulated",
    tex=r"f(\rho_A),\ f(\rho_B)",
    rests_on=["F.energy"],
)
@pytest.mark.parametrize("case", ["A", "B"])
@pytest.mark.parametrize("row", TABLE_21, ids=lambda row: row["gamma"])
def test_table_21_energies(check, row, case):
    own = Fraction(row["gamma"]) if case == "A" else 1 - Fraction(row["gamma"])
    check(printed(row[f"f(rho_{case})"]), ball(lambda: energy(own), BY_INTEGRALS))


@claim(
    "F.table21.ratio",
    at="Table 21",
    kind="number",
    says="f(ρ_A)/f(ρ_B), as tabulated",
    tex=r"\frac{f(\rho_A)}{f(\rho_B)}",
    rests_on=["F.energy"],
    note="At γ = 0.70, 0.90 and 0.99 the ratios are 1.877, 5.627 and 52.2; closed form and integrals agree. 52.6 is "
    "0.999/0.019, a quotient of rounded values, and 5.626 is 106.9/19.",
    instead="F.table21.ratio.true",
)
@pytest.mark.parametrize(("gamma", "stated"), column("f(rho_A)/f(rho_B)"))
def test_table_21_ratio(check, gamma, stated):
    gamma = Fraction(gamma)
    check(printed(stated), ball(lambda: energy(gamma) / energy(1 - gamma), BY_INTEGRALS))


@claim(
    "F.table21.ratio.true",
    at="Table 21",
    kind="extension",
    says="f(ρ_A)/f(ρ_B), as it should be tabulated",
    rests_on=["F.energy"],
)
@pytest.mark.parametrize(("gamma", "stated"), [("0.70", "1.877"), ("0.90", "5.627"), ("0.99", "52.2")])
def test_true_ratio(check, gamma, stated):
    gamma = Fraction(gamma)
    check(printed(stated), ball(lambda: energy(gamma) / energy(1 - gamma), BY_INTEGRALS))


@claim(
    "F.table21.leverage",
    at="Table 21",
    kind="number",
    says="R_col at η = 0.05, as tabulated",
    tex=r"R_{\mathrm{col}}",
    rests_on=["F.leverage"],
)
@pytest.mark.parametrize(("gamma", "stated"), column("R_col"))
def test_table_21_leverage(check, gamma, stated):
    accepted = printed(stated) if not stated.startswith("~") else roughly(stated[1:])
    check(accepted, ball(lambda: column_leverage(Fraction(gamma)), BY_INTEGRALS))


@claim(
    "F.table21.columns",
    at="Table 21",
    kind="number",
    says="The last column is 19 times the one before",
    tex=r"R_{\mathrm{col}}=19\,\frac{f(\rho_A)}{f(\rho_B)}",
    note="At γ = 0.20 the printed ratio leaves 6.64 to 6.66 open.",
)
@pytest.mark.parametrize("row", TABLE_21, ids=lambda row: row["gamma"])
def test_table_21_columns(check, row):
    value = over_rounding(lambda ratio: 19 * ratio, row["f(rho_A)/f(rho_B)"])
    stated = row["R_col"]
    accepted = printed(stated) if not stated.startswith("~") else roughly(stated[1:])
    check(accepted, arithmetic(value, "19 times the printed ratio"))


# Key observation


@claim(
    "F.bound.factor",
    at="Appendix F.3",
    kind="number",
    says="(1 − η)/η = 19 at η = 0.05",
    tex=r"(1-\eta)/\eta=19",
)
@pytest.mark.parametrize("columns", ["η = 0.05", "102 of 2048"])
def test_factor_19(check, columns):
    eta = ETA if columns == "η = 0.05" else Fraction(102, 2048)
    check(printed("19"), proof((1 - eta) / eta, "exact"))


@claim(
    "F.bound",
    at="Appendix F.3",
    also_at=["Section 7.2", "Section 11.1", "Abstract"],
    says="For γ ≤ 0.5 f(ρ_A) ≤ f(ρ_B), so R_col ≤ (1 − η)/η = 19",
    tex=r"\gamma\le\tfrac12\Rightarrow R_{\mathrm{col}}\le\frac{1-\eta}{\eta}",
    rests_on=["F.leverage", "F.energy.reflection"],
)
@pytest.mark.parametrize("part", ["f(ρ_B) − f(ρ_A) on 0 ≤ γ ≤ 1÷2", "R_col at γ = 1÷2"])
def test_bound_19(check, part):
    if part.startswith("R_col"):
        check(printed("19.0"), ball(lambda: column_leverage(Fraction(1, 2)), BY_INTEGRALS))
    else:
        # f(ρ_B) − f(ρ_A) = ρ_A = 1 − 2γ by the reflection identity, affine in γ
        failures = reflection_failures()
        margins = [1 - 2 * gamma - failures for gamma in (Fraction(1, 2), Fraction(0))]
        check(at_least("0"), proof(tuple(margins), f"f(−ρ) = f(ρ) + ρ, {FROM_QUADRANTS}"))


@claim(
    "F.bound.strict",
    at="Appendix F.3",
    kind="extension",
    says="The condition γ ≤ 0.5 is needed: just above it R_col exceeds 19",
    rests_on=["F.leverage"],
)
def test_bound_needs_its_condition(check):
    check(more_than("19"), ball(lambda: column_leverage(Fraction("0.501")), BY_INTEGRALS))


def required_energy(target, per_flip, rate=Fraction(1)):
    """The γ at which R_col (per flip, η = 0.05) or the ratio of totals reaches `target`; both grow with γ.

    `rate` is the share of a group's weights that is flipped.
    """
    factor = (1 - ETA) / ETA if per_flip else Fraction(1)
    low, high = Fraction(1, 2), Fraction(99999, 100000)
    for _ in range(22):
        middle = (low + high) / 2
        ratio = BALL.number(factor) * energy(rate * middle) / energy(rate * (1 - middle))
        if ratio < target:
            low = middle
        elif ratio > target:
            high = middle
        else:
            break
    return low, high


@claim(
    "F.required",
    at="Appendix F.3",
    kind="number",
    says="To reach 1,265 from energy alone needs γ ≈ 0.99",
    tex=r"R_{\mathrm{col}}=1265\Rightarrow\gamma\approx0.99",
    rests_on=["F.leverage", "F.exp_d.all_weights"],
    primary="R_col, per flip",
    note="R_col = 1,265 at γ = 0.992. The measured 1,265 is of the totals, though: f(ρ_A)/f(ρ_B) reaches it at 0.9996.",
)
@pytest.mark.parametrize("reading", ["R_col, per flip", "totals, as 1,265 was measured"])
def test_required_energy(check, reading):
    ends = required_energy(1265, reading == "R_col, per flip")
    check(printed("0.99"), proof(ends, f"bisection of a monotone ratio; {BY_INTEGRALS}"))


@claim(
    "F.required_for_five",
    at="Appendix F.3",
    also_at=["Appendix E.8"],
    kind="extension",
    says="For totals in the ratio 5.0 the outlier columns would need 89% of the energy where all weights flip, and "
    "84% at the flip rate 5% of Exp D",
    tex=r"\frac{f(1-2p\gamma)}{f(1-2p(1-\gamma))}=5",
    rests_on=["F.energy"],
)
@pytest.mark.parametrize(("rate", "stated"), [("1", "89%"), ("0.05", "84%")])
def test_required_for_five(check, rate, stated):
    ends = required_energy(5, per_flip=False, rate=Fraction(rate))
    check(printed(stated), proof(ends, f"bisection of a monotone ratio; {BY_INTEGRALS}"))


# Appendix F.4


@claim(
    "F.most_below",
    at="Appendix F.4",
    kind="number",
    says="Most of the top-5% columns have α < 0.1",
    tex=r"P(\alpha<0.1)>\tfrac12",
)
def test_most_columns(check):
    below = over_rounding(lambda above: 1 - above, "16%")
    check(more_than("50%", "most"), arithmetic(below, "one less the printed 16% above 0.1"))


# Appendix F.5


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
    rests_on=["F.bound"],
)
@pytest.mark.parametrize("ratio", ["50", "100"])
def test_dettmers_premise(check, ratio):
    fraction = ball(lambda: energy_fraction_from_amplitude_ratio(ratio, "0.001", BALL), "the unit norm solved for γ")
    check(more_than("50%", "γ > 0.5"), fraction)


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
@pytest.mark.parametrize(
    ("reading", "x"),
    [
        pytest.param("at η ≈ 0.001", [50, *[1] * 999], id="α÷β = 50, 1 of 1000"),
        pytest.param("at η ≈ 0.001", [*[100] * 2, *[1] * 1998], id="α÷β = 100, 2 of 2000"),
        pytest.param("an identity in η", POPULATIONS["k = 1, n = 17"][1], id="k = 1, n = 17"),
        pytest.param("an identity in η", POPULATIONS["k = 3, n = 7"][1], id="k = 3, n = 7"),
    ],
)
def test_dettmers_formula(check, reading, x):
    energies = [Fraction(entry) ** 2 for entry in x]  # of a vector along the unit vector
    gamma, eta = energies[0] * x.count(x[0]) / sum(energies), Fraction(x.count(x[0]), len(x))
    ratio = gamma / eta / (energies[0] / energies[-1] * (1 - gamma))
    stated = exactly(1) if reading == "an identity in η" else about("1", "1%", "η is printed as ≈ 0.001, to one digit")
    check(stated, proof(ratio, "γ/η of an exact vector, over (α/β)²(1 − γ)"))


@claim(
    "F.dettmers.exact",
    at="Appendix F.5",
    kind="extension",
    says="The unit norm gives γ/η = (α/β)²(1 − γ)/(1 − η)",
    tex=r"\frac{\gamma}{\eta}=\left(\frac{\alpha}{\beta}\right)^2\frac{1-\gamma}{1-\eta}",
)
@pytest.mark.parametrize("population", POPULATIONS)
def test_exact_formula(check, population):
    count, x = POPULATIONS[population]
    gamma, eta = group_energy(population), Fraction(count, len(x))
    check(
        exactly((x[0] / x[-1]) ** 2 * (1 - gamma) / (1 - eta), "(α/β)²(1 − γ)/(1 − η)"),
        proof(gamma / eta, "γ/η of an exact unit vector"),
    )


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
@pytest.mark.parametrize("reading", ["γ÷η", "(α÷β)²(1 − γ) with γ as printed"])
@pytest.mark.parametrize(("ratio", "gamma", "stated"), [("50", "0.7", "700"), ("100", "0.9", "900")])
def test_dettmers_leverage(check, reading, ratio, gamma, stated):
    accepted = roughly(stated)
    if reading == "γ÷η":
        check(
            accepted,
            ball(
                lambda: amplitude_ratio_leverage(ratio, "0.001", BALL),
                "the unit norm solved for γ, over η",
            ),
        )
    else:
        check(accepted, arithmetic(int(ratio) ** 2 * (1 - Fraction(gamma)), "the printed formula at the printed γ"))


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
@pytest.mark.parametrize("reading", ["against an entry of energy 1÷n", "against an entry β of the same input"])
@pytest.mark.parametrize("population", POPULATIONS)
def test_naive_leverage(check, reading, population):
    _, x = POPULATIONS[population]

    def change(entry):
        moments = flipped_pair_moments(x, {x.index(entry)}, 2)
        return moments[2, 0] - 2 * moments[1, 1] + moments[0, 2]

    reference = Fraction(4, len(x)) if reading.startswith("against an entry of") else change(x[-1])
    naive = (x[0] / x[-1]) ** 2
    difference = abs(change(x[0]) / reference / naive - 1)
    check(more_than("0", "not (α/β)²"), proof(difference, "relative difference from (α/β)², fractions"))


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
