"""Appendix E: outlier amplification theory."""

from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest

from reports import (
    Interval,
    about,
    arithmetic,
    at_least,
    at_most,
    ball,
    between,
    claim,
    exactly,
    less_than,
    more_than,
    printed,
    proof,
    read_table,
)
from theorems.asymmetry import magnitude_pair, sign_pair
from theorems.contexts import BALL, SERIES
from theorems.exact_moments import (
    exact_quadrant_moment,
    exact_relu_energy,
    flipped_pair_moments,
    gaussian_moment,
    normal_pair_moment,
)
from theorems.expansions import quotient
from theorems.gaussian_integrals import orthant_moment, quadrant_moment, relu_energy_integral
from theorems.moment_bounds import Bin, second_moment_range
from theorems.outliers import leverage_expansion
from theorems.relu_kernels import angle_from_amplitude

TABLE_20 = read_table(Path(__file__).parent / "tables" / "table_20.csv")
AMPLITUDES = [row["alpha"] for row in TABLE_20]
DIMENSION = 2048
OUTLIERS = 102  # 5% of 2048 columns

# Unit vectors with rational entries, one for each n.
INPUTS = {
    1: [Fraction(1)],
    2: [Fraction(3, 5), Fraction(-4, 5)],
    3: [Fraction(2, 3), Fraction(1, 3), Fraction(-2, 3)],
    7: [Fraction(1, 2)] * 3 + [Fraction(1, 4)] * 4,
}
BY_INTEGRALS = "sum of rigorous integrals over the three quadrants where a gate is open"
FROM_QUADRANTS = "polar integrals over the quadrants, antiderivatives checked by differentiation, exact algebra"


def energy_by_integrals(alpha):
    return relu_energy_integral(angle_from_amplitude(alpha, BALL))


def leverage_by_integrals(alpha, n=DIMENSION):
    return energy_by_integrals(alpha) / energy_by_integrals(1 / BALL.number(n).sqrt())


def symbols():
    import sympy

    return sympy.Symbol("alpha", positive=True), sympy.Symbol("rho"), sympy.Symbol("theta")


def in_amplitude(expression):
    import sympy

    alpha, _, theta = symbols()
    return sympy.expand(sympy.expand_trig(expression.subs(theta, 2 * sympy.asin(alpha))))


def gate_flip_probability():
    return exact_quadrant_moment(0, 0, 1, -1) + exact_quadrant_moment(0, 0, -1, 1)


def nonzero(*expressions):
    import sympy

    return sum(sympy.simplify(expression) != 0 for expression in expressions)


def fraction(expression):
    import sympy

    value = sympy.simplify(expression)
    if not value.is_Rational:
        raise ValueError(f"expected a rational number, got {value}")
    return Fraction(int(value.p), int(value.q))


@cache
def coefficient(expression, order):
    import sympy

    alpha, _, _ = symbols()
    return sympy.series(expression, alpha, 0, order + 1).removeO().coeff(alpha, order)


def lowest_order(expression, variable):
    import sympy

    shift = 40
    return sympy.Poly(sympy.expand(expression * variable**shift), variable).monoms()[-1][0] - shift


@cache
def energy_series(variable):
    import sympy

    alpha, _, _ = symbols()
    return sympy.series(in_amplitude(exact_relu_energy()), alpha, 0, 13).removeO().subs(alpha, variable)


# Appendix E.1


@claim(
    "E.mechanism",
    at="Appendix E.1",
    also_at=["Appendix E.8"],
    kind="wording",
    says="Gate flips amplify the sign perturbation of an outlier, beyond what a layer without gates does",
    tex=r"\frac{R(\alpha,n)}{n\alpha^2}>1",
    rests_on=["E.theorem6"],
    note="A layer without ReLU has the leverage nα². ReLU lowers it at every α above 1/√n, as the minus sign of "
    "−4α/(3π) in Equation (28) says; the energies by gate events, integrated apart, agree. "
    "The amplification is α² itself.",
)
@pytest.mark.parametrize("alpha", AMPLITUDES)
def test_gate_flips_amplify(check, alpha):
    linear = DIMENSION * Fraction(alpha) ** 2
    check(more_than("1"), ball(lambda: leverage_by_integrals(alpha) / BALL.number(linear), BY_INTEGRALS))


def sign_over_magnitude(alpha):
    alpha = BALL.number(alpha)
    deviation = (1 + 8 * alpha**2).sqrt()
    theta = ((1 + 2 * alpha**2) / deviation).acos()
    magnitude = (
        quadrant_moment({(2, 0): 1, (1, 1): -2 * deviation, (0, 2): deviation**2}, theta)
        + quadrant_moment({(2, 0): 1}, theta, 1, -1)
        + quadrant_moment({(0, 2): deviation**2}, theta, -1, 1)
    )
    return energy_by_integrals(alpha) / magnitude


@claim(
    "E.mechanism.baseline",
    at="Appendix E.1",
    kind="wording",
    says="An outlier amplifies sign perturbations far beyond the π/(π−2) baseline",
    tex=r"R(\alpha,2048)>\frac{\pi}{\pi-2}",
    rests_on=["E.theorem6", "6.theorem3.constant"],
    primary="flip of the outlier against flip of an ordinary entry",
    note="π/(π−2) compares a sign flip with a magnitude change of the same norm; R compares two sign flips. Compared "
    "as π/(π−2) is, w → −w against w → 3w on the same entry, an outlier gives less than 1.",
)
@pytest.mark.parametrize("alpha", AMPLITUDES)
@pytest.mark.parametrize(
    "reading",
    ["flip of the outlier against flip of an ordinary entry", "flip against a sign-preserving change of one entry"],
)
def test_beyond_the_baseline(check, reading, alpha):
    ratio = leverage_by_integrals if reading.startswith("flip of the outlier") else sign_over_magnitude
    check(more_than("1", "beyond π/(π−2)"), ball(lambda: ratio(alpha) * (1 - 2 / BALL.pi), BY_INTEGRALS))


@claim(
    "E.setup.model",
    at="Appendix E.1",
    kind="wording",
    says="Appendix E treats the single-layer model of Section 5: a flip has the same energy in both",
    tex=r"\frac{f(1-2\alpha^2)}{4\alpha^2}=1",
    note="Section 5's layer is y = Wx̂ without an activation, where a flip has energy 4α²/n. Appendix E puts a ReLU "
    "behind it: that is the first layer of Section 6, and more than half of the energy is gone.",
)
@pytest.mark.parametrize("alpha", ["0.10", "0.50"])
def test_model_of_section_5(check, alpha):
    linear = 4 * Fraction(alpha) ** 2
    check(exactly(1), ball(lambda: energy_by_integrals(alpha) / BALL.number(linear), BY_INTEGRALS))


@claim(
    "E.setup.change",
    at="Appendix E.1",
    kind="step",
    says="Flipping the weight on the outlier changes z by −2Wx̂: the mean square change is 4α²/n",
    tex=r"\Delta z_i=-2W_{1,ij^*}\hat x_{j^*}",
)
@pytest.mark.parametrize("n", INPUTS)
def test_change_of_the_preactivation(check, n):
    x = INPUTS[n]
    moments = flipped_pair_moments(x, {0}, 2)
    change = moments[2, 0] - 2 * moments[1, 1] + moments[0, 2]
    check(exactly(4 * x[0] ** 2, "4α²"), proof(change, "sum over independent entries in fractions"))


# Appendix E.2


@claim(
    "E.proposition2",
    at="Proposition 2 (Appendix E)",
    says="After one flip the pre-activations have correlation 1 − 2α²",
    tex=r"\operatorname{Corr}(z_i,z_i')=1-2\alpha^2",
)
@pytest.mark.parametrize("n", INPUTS)
def test_proposition_2(check, n):
    x = INPUTS[n]
    moments = flipped_pair_moments(x, {0}, 2)
    correlation = moments[1, 1] / moments[2, 0]
    check(exactly(1 - 2 * x[0] ** 2, "1 − 2α²"), proof(correlation, "sum over independent entries in fractions"))


@claim(
    "E.proposition2.variances",
    at="Appendix E.2",
    kind="step",
    says="Both pre-activations have variance 1/n",
    tex=r"\operatorname{Var}(z_i)=\operatorname{Var}(z_i')=\frac1n",
)
@pytest.mark.parametrize("power", [(2, 0), (0, 2)], ids=["z", "z′"])
@pytest.mark.parametrize("n", INPUTS)
def test_variances(check, n, power):
    moments = flipped_pair_moments(INPUTS[n], {0}, 2)
    check(exactly(1, "1, in units of 1/n"), proof(moments[power], "sum over independent entries in fractions"))


def excess_over_normal(x, weight_moment=gaussian_moment, order=8):
    moments = flipped_pair_moments(x, {0}, order, weight_moment)
    rho = 1 - 2 * x[0] ** 2
    return max(abs(value - normal_pair_moment(i, j, rho)) for (i, j), value in moments.items())


@claim(
    "E.remark3",
    at="Remark 3",
    says="The pair (z, z′) is exactly bivariate normal at every n, under Gaussian weights",
    rests_on=["E.proposition2"],
    note="All mixed moments up to order 8, summed entry by entry, against Isserlis' theorem.",
)
@pytest.mark.parametrize("n", INPUTS)
def test_remark_3(check, n):
    check(
        exactly(0, "no moment differs"),
        proof(excess_over_normal(INPUTS[n]), "greatest difference of the 44 mixed moments of orders 1 to 8, fractions"),
    )


def uniform_moment(order):
    return Fraction(0) if order % 2 else Fraction(3 ** (order // 2), order + 1)


@claim(
    "E.remark3.needs_gaussian",
    at="Remark 3",
    kind="extension",
    says="With uniform weights the pair is not normal at finite n: the Gaussian weights of (A1) are needed",
)
@pytest.mark.parametrize("n", INPUTS)
def test_remark_3_needs_gaussian_weights(check, n):
    excess = excess_over_normal(INPUTS[n], uniform_moment, 4)
    check(more_than("0"), proof(excess, "greatest difference of the mixed moments of orders 1 to 4, fractions"))


# Appendix E.3


def theorem_5_identities():
    import sympy

    alpha, rho, theta = symbols()
    probability = gate_flip_probability()
    half_angle = sympy.acos(1 - 2 * alpha**2) - 2 * sympy.asin(alpha)
    return {
        "arcsine law": [probability.subs(theta, sympy.acos(rho)) - sympy.acos(rho) / sympy.pi],
        "(2/π) arcsin α": [in_amplitude(probability) - 2 * sympy.asin(alpha) / sympy.pi],
        "arccos(1−2α²) = 2 arcsin α": [sympy.diff(half_angle, alpha), half_angle.subs(alpha, 0)],
        "cos 2θ = 1 − 2 sin²θ": [sympy.cos(2 * theta) - 1 + 2 * sympy.sin(theta) ** 2],
    }


@claim(
    "E.theorem5",
    at="Theorem 5",
    says="The gate changes with probability arccos(1 − 2α²)/π = (2/π) arcsin α",
    tex=r"P_{\mathrm{flip}}(\alpha)=\frac1\pi\arccos(1-2\alpha^2)=\frac2\pi\arcsin\alpha",
    rests_on=["E.proposition2", "E.remark3"],
)
@pytest.mark.parametrize(
    "identity", ["arcsine law", "(2/π) arcsin α", "arccos(1−2α²) = 2 arcsin α", "cos 2θ = 1 − 2 sin²θ"]
)
def test_theorem_5(check, identity):
    failures = nonzero(*theorem_5_identities()[identity])
    check(exactly(0, "an identity"), proof(failures, f"{FROM_QUADRANTS}; expressions that do not vanish"))


@claim(
    "E.theorem5.small",
    at="Appendix E.3",
    kind="step",
    says="As α → 0, and so at α = 1/√n, P_flip ≈ 2α/π",
    tex=r"P_{\mathrm{flip}}\approx\frac{2\alpha}{\pi}",
    rests_on=["E.theorem5"],
)
def test_small_amplitudes(check):
    import sympy

    slope = coefficient(in_amplitude(gate_flip_probability()), 1)
    check(exactly(2, "2/π, times π"), proof(fraction(slope * sympy.pi), "first Taylor coefficient, times π"))


@claim(
    "E.theorem5.special",
    at="Appendix E.3",
    kind="step",
    says="P_flip is 1/2 at α = 1/√2, with correlation 0, and 1 at α = 1",
    tex=r"P_{\mathrm{flip}}(1/\sqrt2)=\tfrac12",
    rests_on=["E.theorem5"],
)
@pytest.mark.parametrize(
    ("square", "what", "stated"),
    [
        pytest.param("1/2", "probability", "1/2", id="P at 1÷√2"),
        pytest.param("1/2", "correlation", "0", id="correlation at 1÷√2"),
        pytest.param("1", "probability", "1", id="P at 1"),
    ],
)
def test_special_amplitudes(check, square, what, stated):
    import sympy

    _, _, theta = symbols()
    angle = 2 * sympy.asin(sympy.sqrt(sympy.Rational(square)))
    expression = gate_flip_probability() if what == "probability" else sympy.cos(theta)
    check(exactly(Fraction(stated)), proof(fraction(expression.subs(theta, angle)), FROM_QUADRANTS))


@claim(
    "E.theorem5.flip_rate",
    at="Appendix E.3",
    kind="step",
    says="Flipping all entries with probability p changes gates at a rate of order √p",
    tex=r"P_{\mathrm{flip}}=O(\sqrt p)",
    rests_on=["E.theorem5"],
)
def test_gate_flip_rate_of_theorem_3(check):
    def rate():
        s = SERIES.variable(0)
        return quotient(sign_pair(s, SERIES).angle, SERIES.pi * s, s, 1, SERIES)[0]

    check(between("0", "1", "bounded by a constant times √p"), ball(rate, "limit of P_flip/√p by power series"))


@claim(
    "E.theorem5.step_a7",
    at="Appendix E.3",
    kind="wording",
    says="Step A7 gives the gate-flip rate of Bernoulli(p) sign flips",
    tex=r"\lim_{p\to0}\frac{P_{A7}(p)}{P_{\mathrm{sign}}(p)}=1",
    note="Step A7 is about the sign-preserving magnitude perturbation, whose gates flip at √(1 − 2/π) = 0.603 times "
    "that rate; Bernoulli(p) flips and their correlation 1 − 2p are in Step A3.",
)
def test_step_a7(check):
    def ratio():
        s = SERIES.variable(0)
        return quotient(magnitude_pair(s, SERIES).angle, sign_pair(s, SERIES).angle, s, 1, SERIES)[0]

    check(exactly(1, "the same rate"), ball(ratio, "limit of the ratio of the two gate-flip rates by power series"))


# Appendix E.4


def closing_energy():
    return exact_quadrant_moment(2, 0, 1, -1)


def proposition_3_forms():
    import sympy

    alpha, rho, theta = symbols()
    sine = 2 * alpha * sympy.sqrt(1 - alpha**2)
    displayed = (2 * sympy.asin(alpha) - (1 - 2 * alpha**2) * sine) / (2 * sympy.pi)
    plackett = sympy.Rational(1, 4) - (sympy.asin(rho) + rho * sympy.sqrt(1 - rho**2)) / (2 * sympy.pi)
    a = rho / sympy.sqrt(1 - rho**2)
    step_a4 = sympy.Rational(1, 4) - a / (1 + a**2) / (2 * sympy.pi) - sympy.atan(a) / (2 * sympy.pi)
    by_correlation = closing_energy().subs(theta, sympy.acos(rho))
    return {
        "displayed": [in_amplitude(closing_energy()) - displayed],
        "Plackett integral": [sympy.expand_trig(by_correlation - plackett).rewrite(sympy.asin)],
        "Step A4": [sympy.diff(by_correlation - step_a4, rho), (by_correlation - step_a4).subs(rho, 0)],
    }


@claim(
    "E.proposition3",
    at="Proposition 3",
    also_at=["Appendix E.4"],
    says="The energy of a gate that closes is [arccos(1 − 2α²) − (1 − 2α²)·2α√(1 − α²)]/(2πn)",
    tex=r"\beta=\frac{1}{2\pi n}\left[\arccos(1-2\alpha^2)-(1-2\alpha^2)\,2\alpha\sqrt{1-\alpha^2}\right]",
    rests_on=["E.proposition2", "E.remark3"],
)
@pytest.mark.parametrize("form", ["displayed", "Plackett integral", "Step A4"])
def test_proposition_3(check, form):
    failures = nonzero(*proposition_3_forms()[form])
    check(exactly(0, "an identity"), proof(failures, f"{FROM_QUADRANTS}; expressions that do not vanish"))


@claim(
    "E.proposition3.both_directions",
    at="Proposition 3",
    kind="wording",
    says="β_flip is the gate-flip energy per neuron",
    tex=r"\frac{\beta_{\mathrm{flip}}}{E[X^2\,1_{X>0,Y<0}]}=1",
    rests_on=["E.proposition3"],
    primary="gates that close, as in Step A4",
    note="β_flip counts the gates that close. With those that open the gate-flip energy of a neuron is 2β_flip, as "
    "Step A2 has it.",
)
@pytest.mark.parametrize("reading", ["gates that close, as in Step A4", "gates that close and gates that open"])
def test_both_directions(check, reading):
    import sympy

    energy = closing_energy()
    if reading == "gates that close and gates that open":
        energy += exact_quadrant_moment(0, 2, -1, 1)
    check(exactly(1), proof(fraction(sympy.simplify(closing_energy() / energy)), FROM_QUADRANTS))


@claim(
    "E.proposition3.expansion",
    at="Appendix E.4",
    kind="step",
    says="For small α: 2 arcsin α ≈ 2α + α³/3, (1 − 2α²)·2α√(1 − α²) ≈ 2α − 5α³, and β_flip ≈ 8α³/(3πn)",
    tex=r"\beta_{\mathrm{flip}}\approx\frac{8\alpha^3}{3\pi n}",
    rests_on=["E.proposition3"],
)
@pytest.mark.parametrize(
    ("part", "order", "stated"),
    [
        pytest.param("arc", 1, "2", id="arcsine, α"),
        pytest.param("arc", 3, "1/3", id="arcsine, α³"),
        pytest.param("product", 1, "2", id="product, α"),
        pytest.param("product", 3, "-5", id="product, α³"),
        pytest.param("energy", 3, "16/3", id="bracket, α³"),
        pytest.param("energy", 1, "0", id="bracket, α"),
    ],
)
def test_expansion_of_the_gate_flip_energy(check, part, order, stated):
    import sympy

    _, _, theta = symbols()
    expression = {
        "arc": in_amplitude(theta),
        "product": in_amplitude(sympy.sin(theta) * sympy.cos(theta)),
        "energy": 2 * sympy.pi * in_amplitude(closing_energy()),
    }[part]
    check(exactly(Fraction(stated)), proof(fraction(coefficient(expression, order)), "Taylor coefficient, exact"))


@claim(
    "E.proposition3.step_a4",
    at="Appendix E.4",
    kind="step",
    says="Setting p = α² recovers Step A4: 8p^(3/2)/(3π) in units of the variance",
    tex=r"\beta_{\mathrm{flip}}=\frac{8p^{3/2}}{3\pi}",
    rests_on=["E.proposition3"],
)
def test_recovers_step_a4(check):
    import sympy

    value = fraction(coefficient(in_amplitude(closing_energy()), 3) * sympy.pi)
    check(exactly(Fraction(8, 3), "8/(3π), times π"), proof(value, "third Taylor coefficient, times π"))
