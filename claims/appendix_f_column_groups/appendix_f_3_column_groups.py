"""Appendix F.3: column-group leverage."""

from fractions import Fraction

import pytest
from verdicts import arithmetic, ball, claim, exactly, identity, more_than, over_rounding, printed, proof, readings

from claims.appendix_f_column_groups.column_groups import (
    DIMENSION,
    ETA,
    OUTLIERS,
    TwoGroups,
    column_leverage,
    per_flip_factor,
)
from claims.flip_energies import BY_INTEGRALS, FROM_QUADRANTS, energy
from claims.flipped_groups import INDEPENDENT, covariance, normal
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import indeterminates
from theorems.integrals.exact_moments import exact_quadrant_moment, exact_relu_energy, rational_value
from theorems.integrals.gaussian_integrals import relu_energy_integral


def outliers(groups):
    return groups.k * groups.outlier, groups.gamma


def others(groups):
    return (groups.n - groups.k) * groups.other, 1 - groups.gamma


@claim(
    "F.groups.normal",
    at="Equation (31)",
    also_at=["Equation (32)"],
    kind="step",
    says="The outlier part A is N(0, γ/n), the other part B is N(0, (1 − γ)/n)",
    tex=r"A_i\sim N(0,\gamma/n),\ B_i\sim N(0,(1-\gamma)/n)",
)
@pytest.mark.parametrize("energy_and_variance", [outliers, others], ids=["A", "B"])
def test_group_laws(check, energy_and_variance):
    check(normal(energy_and_variance(TwoGroups())))


@claim(
    "F.groups.correlation",
    at="Appendix F.3",
    kind="step",
    says="Flipping all outlier columns gives correlation 1 − 2γ, flipping all others 2γ − 1, the negative of it",
    tex=r"\rho_A=1-2\gamma,\ \rho_B=2\gamma-1=-\rho_A",
    rests_on=["F.groups.normal"],
)
@pytest.mark.parametrize(
    ("signs", "stated"),
    [
        pytest.param((-1, 1), lambda gamma: 1 - 2 * gamma, id="A"),
        pytest.param((1, -1), lambda gamma: 2 * gamma - 1, id="B"),
    ],
)
def test_group_correlations(check, signs, stated):
    (gamma,) = indeterminates("gamma")
    correlation = covariance(tuple(zip((gamma, 1 - gamma), signs, strict=True)))
    check(identity(correlation, stated(gamma), f"n E[z z′] where one group is negated; {INDEPENDENT}"))


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


def symbols():
    import sympy

    return sympy.Symbol("rho"), sympy.Symbol("theta")


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

    rho, theta = symbols()
    stated = 1 - rho + (rho * sympy.acos(rho) - sympy.sqrt(1 - rho**2)) / sympy.pi
    check(identity(exact_relu_energy().subs(theta, sympy.acos(rho)), stated, FROM_QUADRANTS))


def by_correlation(expression):
    """The derivative in ρ = cos θ of an expression in θ."""
    import sympy

    _, theta = symbols()
    return sympy.diff(expression, theta) / -sympy.sin(theta)


@claim(
    "F.energy.price",
    at="Appendix F.3",
    kind="step",
    says="f follows from Price's theorem: dE[ReLU X ReLU Y]/dρ is the probability that both are positive",
    tex=r"\frac{d}{d\rho}E[\mathrm{ReLU}X\,\mathrm{ReLU}Y]=P(X>0,Y>0)",
)
def test_price(check):
    check(identity(by_correlation(exact_quadrant_moment(1, 1)), exact_quadrant_moment(0, 0), FROM_QUADRANTS))


def value_of_f(rho):
    import sympy

    _, theta = symbols()
    return rational_value(exact_relu_energy().subs(theta, sympy.acos(rho)))


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

    _, theta = symbols()
    slope = -(sympy.pi - theta) / sympy.pi
    check(identity(by_correlation(exact_relu_energy()), slope, FROM_QUADRANTS, "−(π − θ)/π, which is ≤ 0"))


def energy_of_the_opposite():
    """f(−ρ), where the angle is π − θ."""
    import sympy

    _, theta = symbols()
    return exact_relu_energy().subs(theta, sympy.pi - theta)


@claim(
    "F.energy.reflection",
    at="Appendix F.3",
    kind="extension",
    says="f(−ρ) = f(ρ) + ρ",
    tex=r"f(-\rho)=f(\rho)+\rho",
)
def test_reflection(check):
    import sympy

    _, theta = symbols()
    check(identity(energy_of_the_opposite(), exact_relu_energy() + sympy.cos(theta), FROM_QUADRANTS))


@claim(
    "F.leverage",
    at="Equation (34)",
    also_at=["Appendix F.3", "Section 1.2"],
    says="R_col, energy per flipped weight of the outlier columns over that of the others, has the factor (1 − η)/η",
    tex=r"R_{\mathrm{col}}=\frac{1-\eta}{\eta}\cdot\frac{f(1-2\gamma)}{f(2\gamma-1)}",
    rests_on=["F.energy", "F.groups.correlation"],
)
def test_per_flip_factor(check):
    rows, k, n, of_outliers, of_others = indeterminates("rows, k, n, f_A, f_B")
    ratio = of_outliers / (rows * k) / (of_others / (rows * (n - k)))
    stated = per_flip_factor(k / n) * of_outliers / of_others
    check(identity(ratio, stated, "energies over the numbers of flipped weights, rational functions of k and n"))


@claim(
    "F.leverage.no_outliers",
    at="Equation (34)",
    kind="extension",
    says="Without outliers, γ = η = 0.05, R_col is 1.7 and not 1: flips of many columns together are not additive",
    tex=r"R_{\mathrm{col}}=\frac{0.95}{0.05}\cdot\frac{f(0.9)}{f(-0.9)}\approx1.7",
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
    difference = 2 * (1 - exact_quadrant_moment(1, 1) / norm)
    check(identity(difference, 2 * exact_relu_energy(), f"{FROM_QUADRANTS}; in the limit of many neurons"))


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


# Key observation


@claim(
    "F.bound.factor",
    at="Appendix F.3",
    kind="number",
    says="(1 − η)/η = 19 at η = 0.05",
    tex=r"(1-\eta)/\eta=19",
)
@pytest.mark.parametrize("eta", [ETA, Fraction(OUTLIERS, DIMENSION)], ids=["η = 0.05", "102 of 2048"])
def test_factor_19(check, eta):
    check(printed("19"), proof(per_flip_factor(eta), "exact"))


def difference_of_energies():
    """f(ρ_B) − f(ρ_A) at ρ_A = cos θ = 1 − 2γ."""
    import sympy

    _, theta = symbols()
    difference = energy_of_the_opposite() - exact_relu_energy()
    return [identity(difference, sympy.cos(theta), FROM_QUADRANTS, "f(ρ_B) − f(ρ_A) = ρ_A, and ρ_A = 1 − 2γ ≥ 0")]


def leverage_at_one_half():
    return printed("19.0"), ball(lambda: column_leverage(Fraction(1, 2)), BY_INTEGRALS)


BOUND = {
    "f(ρ_B) − f(ρ_A) on 0 ≤ γ ≤ 1÷2": difference_of_energies,
    "R_col at γ = 1÷2": leverage_at_one_half,
}


@claim(
    "F.bound",
    at="Appendix F.3",
    also_at=["Section 7.2", "Section 11.1", "Abstract"],
    says="For γ ≤ 0.5 f(ρ_A) ≤ f(ρ_B), so R_col ≤ (1 − η)/η = 19",
    tex=r"\gamma\le\tfrac12\Rightarrow R_{\mathrm{col}}\le\frac{1-\eta}{\eta}",
    rests_on=["F.leverage", "F.energy.reflection"],
)
@pytest.mark.parametrize("step", BOUND.values(), ids=BOUND)
def test_bound_19(check, step):
    check(*step())


@claim(
    "F.bound.strict",
    at="Appendix F.3",
    kind="extension",
    says="The condition γ ≤ 0.5 is needed: just above it R_col exceeds 19",
    tex=r"\gamma=0.501\ \Rightarrow\ R_{\mathrm{col}}>\frac{1-\eta}{\eta}=19",
    rests_on=["F.leverage"],
)
def test_bound_needs_its_condition(check):
    check(more_than("19"), ball(lambda: column_leverage(Fraction("0.501")), BY_INTEGRALS))


def required_energy(target, factor, rate=1):
    """The γ at which factor·f(1 − 2pγ)/f(1 − 2p(1 − γ)) reaches `target`, enclosed; the ratio grows with γ.

    p is the `rate` at which a group's weights are flipped.
    """
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
@readings("factor", {"R_col, per flip": per_flip_factor(), "totals, as 1,265 was measured": 1})
def test_required_energy(check, factor):
    ends = required_energy(1265, factor)
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
    ends = required_energy(5, 1, Fraction(rate))
    check(printed(stated), proof(ends, f"bisection of a monotone ratio; {BY_INTEGRALS}"))
