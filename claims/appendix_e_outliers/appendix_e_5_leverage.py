"""Appendix E.5: per-flip leverage ratio."""

from fractions import Fraction
from functools import cache

import pytest
from verdicts import at_least, ball, claim, exactly, identity, more_than, printed, proof

from claims.appendix_e_outliers.energies import (
    BY_INTEGRALS,
    CROSSOVER,
    DIMENSION,
    FROM_QUADRANTS,
    PATHS,
    closing_energy,
    coefficient,
    energy_by_integrals,
    fraction,
    in_amplitude,
    leverage_by_integrals,
    lowest_order,
    symbols,
)
from claims.phrases import roughly
from theorems.arithmetic.contexts import BALL
from theorems.formulas.outliers import leverage_expansion
from theorems.integrals.exact_moments import (
    exact_quadrant_moment,
    exact_relu_energy,
    flipped_pair_moments,
    normal_pair_moment,
)


@cache
def energy_series(variable):
    import sympy

    alpha, _, _ = symbols()
    return sympy.series(in_amplitude(exact_relu_energy()), alpha, 0, 13).removeO().subs(alpha, variable)


def energy_forms():
    import sympy

    _, rho, theta = symbols()
    energy = exact_relu_energy()
    sine_form = 1 - (sympy.sin(theta) + (sympy.pi - theta) * sympy.cos(theta)) / sympy.pi
    stated = 1 - rho + (rho * sympy.acos(rho) - sympy.sqrt(1 - rho**2)) / sympy.pi
    return {
        "sin θ + (π − θ) cos θ": energy - sine_form,
        "ρ arccos ρ − √(1 − ρ²)": energy.subs(theta, sympy.acos(rho)) - stated,
    }


@claim(
    "E.theorem6.energy",
    at="Theorem 6",
    kind="step",
    says="E[(ReLU X − ReLU Y)²] is f(ρ) = 1 − ρ + (ρ arccos ρ − √(1 − ρ²))/π, in both forms of the proof",
    tex=r"f(\rho)=1-\rho+\frac1\pi\left(\rho\arccos\rho-\sqrt{1-\rho^2}\right)",
)
@pytest.mark.parametrize("form", ["sin θ + (π − θ) cos θ", "ρ arccos ρ − √(1 − ρ²)"])
def test_energy_of_theorem_6(check, form):
    check(identity(energy_forms()[form], 0, FROM_QUADRANTS))


# Unit vectors, each with an outlier in front: one beside an entry of energy 1/n, one beside equal entries.
BESIDE_ORDINARY = [Fraction(3, 4), Fraction(1, 4), Fraction(1, 2), *[Fraction(1, 8)] * 8, *[Fraction(0)] * 5]
BESIDE_EQUALS = [Fraction(3, 5), *[Fraction(1, 5)] * 16]


@claim(
    "E.theorem6",
    at="Theorem 6",
    also_at=["Appendix E.5"],
    says="A flip on |x̂| = α, against one on another entry, makes pairs of correlation 1 − 2α² and 1 − 2/n and variance "
    "1/n: R = f(1 − 2α²)/f(1 − 2/n)",
    tex=r"R(\alpha,n)=\frac{f(1-2\alpha^2)}{f(1-2/n)}",
    rests_on=["E.proposition2", "E.remark3", "E.theorem6.energy"],
    primary="another entry of energy 1÷n, as in the proof",
    note="The theorem speaks of any flip on another entry. On average those have the energy (1 − α²)/(n − 1), below "
    "1/n, and beside an outlier of α = 0.5 the leverage is a third larger (E.theorem6.same_input).",
)
@pytest.mark.parametrize(
    ("reading", "x", "entry"),
    [
        pytest.param("another entry of energy 1÷n, as in the proof", BESIDE_ORDINARY, 0, id="the outlier 3÷4"),
        pytest.param("another entry of energy 1÷n, as in the proof", BESIDE_ORDINARY, 1, id="the entry 1÷√n"),
        pytest.param("the average other entry", BESIDE_EQUALS, 1, id="one of 16 equal entries"),
    ],
)
def test_theorem_6(check, reading, x, entry):
    assert reading
    moments = flipped_pair_moments(x, {entry}, 4)
    rho = 1 - 2 * (x[0] ** 2 if entry == 0 else Fraction(1, len(x)))
    excess = max(abs(value - normal_pair_moment(i, j, rho)) for (i, j), value in moments.items())
    check(exactly(0, "no moment differs"), proof(excess, "mixed moments of orders 1 to 4, in fractions"))


@claim(
    "E.theorem6.same_input",
    at="Theorem 6",
    kind="extension",
    says="Against an average other entry of the same input the leverage at n = 2048 is larger than R, by this factor",
    tex=r"\frac{f(1-2/n)}{f(1-2(1-\alpha^2)/(n-1))}",
    rests_on=["E.theorem6"],
)
@pytest.mark.parametrize(("alpha", "stated"), [("0.10", "1.010"), ("0.30", "1.098"), ("0.50", "1.331")])
def test_leverage_in_the_same_input(check, alpha, stated):
    other = (1 - Fraction(alpha) ** 2) / (DIMENSION - 1)

    def factor():
        return energy_by_integrals(1 / BALL.number(DIMENSION).sqrt()) / energy_by_integrals(BALL.number(other).sqrt())

    check(printed(stated), ball(factor, BY_INTEGRALS))


@claim(
    "E.expansion.numerator",
    at="Appendix E.5",
    kind="step",
    says="f(1 − 2α²) = 2α²(1 − 4α/(3π) + O(α²)), and at α = 1/√n the denominator",
    tex=r"f(1-2\alpha^2)=2\alpha^2\left(1-\frac{4\alpha}{3\pi}+O(\alpha^2)\right)",
    rests_on=["E.theorem6.energy"],
)
@pytest.mark.parametrize(
    ("order", "factor", "stated"),
    [
        pytest.param(2, "1", "2", id="α²"),
        pytest.param(3, "π", "-8/3", id="α³"),
        pytest.param(1, "1", "0", id="α"),
    ],
)
def test_expansion_of_the_energy(check, order, factor, stated):
    import sympy

    value = coefficient(in_amplitude(exact_relu_energy()), order) * (sympy.pi if factor == "π" else 1)
    check(identity(fraction(value), Fraction(stated), f"Taylor coefficient times {factor}, exact", f"= {stated}"))


def relative_remainder_order():
    import sympy

    alpha, _, _ = symbols()
    remainder = energy_series(alpha) - 2 * alpha**2 * (1 - 4 * alpha / (3 * sympy.pi))
    return lowest_order(remainder, alpha) - 2


@claim(
    "E.expansion.numerator.order",
    at="Appendix E.5",
    kind="step",
    says="The bracket's remainder is O(α²)",
    tex=r"1-\frac{4\alpha}{3\pi}+O(\alpha^2)",
    rests_on=["E.theorem6.energy"],
    note="True but not sharp: the α² term is absent, the remainder is of order α³.",
)
def test_order_of_the_remainder(check):
    check(
        at_least("2", "O(α²)"),
        proof(relative_remainder_order(), "order of the first Taylor coefficient that does not vanish, exact"),
    )


@claim(
    "E.expansion.numerator.sharp",
    at="Appendix E.5",
    kind="extension",
    says="The bracket's remainder is of order α³, with coefficient −2/(15π)",
    tex=r"1-\frac{4\alpha}{3\pi}-\frac{2\alpha^3}{15\pi}+O(\alpha^5)",
)
@pytest.mark.parametrize(("order", "stated"), [(4, "0"), (5, "-4/15"), (6, "0")])
def test_sharp_remainder(check, order, stated):
    import sympy

    value = coefficient(in_amplitude(exact_relu_energy()), order) * sympy.pi
    check(identity(fraction(value), Fraction(stated), "Taylor coefficient of f times π, exact", f"= {stated}"))


def order_of_difference(path):
    """The order in u of R(α, n) − nα²(1 − 4α/(3π)), with the energies at α = u^path and 1/√n = u⁴."""
    import sympy

    u = sympy.Symbol("u", positive=True)
    alpha, ordinary = u**path, u**4
    leading = alpha**2 / u**8 * (1 - 4 * alpha / (3 * sympy.pi))
    return lowest_order(energy_series(alpha) - leading * energy_series(ordinary), u) - 8


@claim(
    "E.equation28.leading",
    at="Equation (28)",
    also_at=["Section 1.2"],
    says="R(α, n) = nα²(1 − 4α/(3π)) plus terms of higher order than both, wherever 1/√n ≪ α ≪ 1",
    tex=r"R(\alpha,n)=n\alpha^2\left(1-\frac{4\alpha}{3\pi}\right)+\ldots",
    rests_on=["E.theorem6", "E.expansion.numerator"],
)
@pytest.mark.parametrize("path", PATHS)
def test_leading_order_of_equation_28(check, path):
    gain = order_of_difference(PATHS[path]) - (3 * PATHS[path] - 8)
    check(more_than("0", "higher order than nα³"), proof(gain, "orders in u = n^(−1/8), exact coefficients"))


@claim(
    "E.equation28",
    at="Equation (28)",
    says="The remainder of R = nα²(1 − 4α/(3π)) is O(nα⁴) + O(α²/√n), for α ≫ 1/√n and at the crossover where E.5 "
    "uses it",
    tex=r"R=n\alpha^2\left(1-\frac{4\alpha}{3\pi}\right)+O(n\alpha^4)+O(\alpha^2/\sqrt n)",
    rests_on=["E.theorem6", "E.expansion.numerator"],
    note="The denominator's factor 1 − 4/(3π√n) multiplies nα² and leaves a term 4α²√n/(3π), not α²/√n. It exceeds "
    "both stated orders for n^(−1/2) ≪ α ≪ n^(−1/4): at α = n^(−3/8) the remainder is 13.6 times "
    "nα⁴ + α²/√n at n = 2²⁰ and 109 times at n = 2³², from f itself.",
    instead="E.equation28.sharp",
)
@pytest.mark.parametrize("path", [*PATHS, *CROSSOVER])
def test_remainder_of_equation_28(check, path):
    k = (PATHS | CROSSOVER)[path]
    stated = min(4 * k - 8, 2 * k + 4)
    check(
        at_least("0", "at least the order of nα⁴ + α²/√n"),
        proof(order_of_difference(k) - stated, "excess of the remainder's order in u = n^(−1/8), exact coefficients"),
    )


@claim(
    "E.equation28.sharp",
    at="Equation (28)",
    kind="extension",
    says="The remainder is O(nα⁵) + O(α²√n), and no smaller",
    tex=r"R=n\alpha^2\left(1-\frac{4\alpha}{3\pi}\right)+O(n\alpha^5)+O(\alpha^2\sqrt n)",
    rests_on=["E.theorem6"],
)
@pytest.mark.parametrize("path", [*PATHS, *CROSSOVER])
def test_sharp_remainder_of_equation_28(check, path):
    k = (PATHS | CROSSOVER)[path]
    true = min(5 * k - 8, 2 * k - 4)
    check(exactly(0), proof(order_of_difference(k) - true, "difference of the orders in u = n^(−1/8)"))


@claim(
    "E.equation28.negligible",
    at="Appendix E.5",
    kind="step",
    says="For α ≫ 1/√n the denominator's correction is negligible beside the numerator's",
    tex=r"\frac{4}{3\pi\sqrt n}\ll\frac{4\alpha}{3\pi}",
    rests_on=["E.expansion.numerator"],
)
@pytest.mark.parametrize("path", PATHS)
def test_negligible_denominator(check, path):
    import sympy

    u = sympy.Symbol("u", positive=True)
    orders = [lowest_order(energy_series(u**k) / (2 * u ** (2 * k)) - 1, u) for k in (4, PATHS[path])]
    check(more_than("0", "negligible"), proof(orders[0] - orders[1], "orders in u = n^(−1/8) of both corrections"))


@claim(
    "E.leading_order",
    at="Appendix E.5",
    also_at=["Abstract", "Section 7.2", "Section 10.3", "Section 11.1"],
    says="At leading order R ≈ nα²",
    tex=r"R\approx n\alpha^2",
    rests_on=["E.theorem6"],
    primary="α → 0, α√n → ∞",
    note="At fixed α, which is the setting of E.1, R/(nα²) tends to f(1 − 2α²)/(2α²), which falls from 1 to 1/2.",
)
@pytest.mark.parametrize(
    ("reading", "at"),
    [*[("α → 0, α√n → ∞", path) for path in PATHS], ("α = Θ(1), n → ∞", "0.50"), ("α = Θ(1), n → ∞", "1.00")],
)
def test_leading_order(check, reading, at):
    import sympy

    if reading == "α → 0, α√n → ∞":
        u = sympy.Symbol("u", positive=True)
        ratio = sympy.expand(energy_series(u ** PATHS[at]) / u ** (2 * PATHS[at]))
        ratio /= sympy.expand(energy_series(u**4) / u**8)
        check(exactly(1), proof(fraction(ratio.subs(u, 0)), "limit of R/(nα²), exact"))
    else:
        alpha = Fraction(at)
        check(exactly(1), ball(lambda: energy_by_integrals(alpha) / BALL.number(2 * alpha**2), BY_INTEGRALS))


@claim(
    "E.linear_leverage",
    at="Appendix E.5",
    kind="step",
    says="Before ReLU the ratio of the energies is exactly nα²",
    tex=r"\frac{E\,\Delta z_{j^*}^2}{E\,\Delta z_j^2}=n\alpha^2",
    rests_on=["E.setup.change"],
)
@pytest.mark.parametrize("alpha", ["3/4", "1/2"])
def test_linear_leverage(check, alpha):
    x = BESIDE_ORDINARY

    def change(k):
        moments = flipped_pair_moments(x, {k}, 2)
        return moments[2, 0] - 2 * moments[1, 1] + moments[0, 2]

    ratio = change(x.index(Fraction(alpha))) / change(x.index(Fraction(1, 4)))
    stated = len(x) * Fraction(alpha) ** 2
    check(exactly(stated, "nα²"), proof(ratio, "sum over independent entries at n = 16, in fractions"))


@claim(
    "E.equation28.crossover_term",
    at="Appendix E.5",
    kind="number",
    says="Near α = 1/√n the O(α²/√n) term contributes about 1% at n = 2048",
    tex=r"O(\alpha^2/\sqrt n)\sim1\%",
    rests_on=["E.theorem6", "E.equation28"],
    primary="what Equation (28) leaves out there",
    note="What is left out is 4/(3π√n) = 0.94% there, and is of order α²√n; α²/√n itself is 0.001%.",
)
@pytest.mark.parametrize("reading", ["what Equation (28) leaves out there", "α²÷√n"])
def test_term_near_the_crossover(check, reading):
    stated = roughly("1%")

    def left_out():
        crossover = 1 / BALL.number(DIMENSION).sqrt()
        return 1 - leverage_expansion(crossover, DIMENSION, BALL) / leverage_by_integrals(crossover)

    def order_itself():
        return 1 / (BALL.number(DIMENSION) * BALL.number(DIMENSION).sqrt())

    check(stated, ball(left_out if reading.startswith("what") else order_itself, BY_INTEGRALS))


@claim(
    "E.consistency_theorem3",
    at="Appendix E.5",
    kind="step",
    says="With p = α² Step A6's E(p) = 2p(1 − 4√p/(3π) + O(p)) is f(1 − 2α²), gates and open neurons together",
    tex=r"E(p)=2p\left(1-\frac{4\sqrt p}{3\pi}+O(p)\right)",
    rests_on=["E.theorem6.energy"],
)
@pytest.mark.parametrize(("order", "stated"), [(2, "2"), (3, "-8/3")])
def test_consistency_with_theorem_3(check, order, stated):
    import sympy

    def parts(k):
        smooth = exact_quadrant_moment(2, 0) - 2 * exact_quadrant_moment(1, 1) + exact_quadrant_moment(0, 2)
        return coefficient(in_amplitude(smooth), k) + 2 * coefficient(in_amplitude(closing_energy()), k)

    value = parts(order) * (sympy.pi if order == 3 else 1)
    route = "2β_flip + β_smooth, Taylor coefficient (times π at √p³)"
    check(identity(fraction(value), Fraction(stated), route, f"= {stated}"))
