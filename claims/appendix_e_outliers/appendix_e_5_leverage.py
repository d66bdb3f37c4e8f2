"""Appendix E.5: per-flip leverage ratio."""

from collections import Counter
from fractions import Fraction
from functools import cache, partial
from itertools import product

import pytest
from verdicts import at_least, ball, claim, exactly, identity, printed, proof, reading, readings

from claims.appendix_e_outliers.energies import (
    DIMENSION,
    closing_energy,
    coefficient,
    coefficient_times_pi,
    energy_by_integrals,
    leverage_by_integrals,
    symbols,
)
from claims.flip_energies import BY_INTEGRALS, EXACT_SERIES, FROM_QUADRANTS, relative_energy
from claims.flipped_groups import INDEPENDENT, flip, mean_square, normal_pair
from claims.phrases import roughly
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.exact_series import EXACT, exact_value, leading_order
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas.outliers import leverage_expansion
from theorems.integrals.exact_moments import exact_quadrant_moment, exact_relu_energy


def by_angle():
    import sympy

    _, _, theta = symbols()
    return exact_relu_energy(), 1 - (sympy.sin(theta) + (sympy.pi - theta) * sympy.cos(theta)) / sympy.pi


def by_correlation():
    import sympy

    _, rho, theta = symbols()
    stated = 1 - rho + (rho * sympy.acos(rho) - sympy.sqrt(1 - rho**2)) / sympy.pi
    return exact_relu_energy().subs(theta, sympy.acos(rho)), stated


FORMS = {"sin θ + (π − θ) cos θ": by_angle, "ρ arccos ρ − √(1 − ρ²)": by_correlation}


@claim(
    "E.theorem6.energy",
    at="Theorem 6",
    kind="step",
    says="E[(ReLU X − ReLU Y)²] is f(ρ) = 1 − ρ + (ρ arccos ρ − √(1 − ρ²))/π, in both forms of the proof",
    tex=r"f(\rho)=1-\rho+\frac1\pi\left(\rho\arccos\rho-\sqrt{1-\rho^2}\right)",
)
@pytest.mark.parametrize("sides", FORMS.values(), ids=FORMS)
def test_energy_of_theorem_6(check, sides):
    check(identity(*sides(), FROM_QUADRANTS))


def of_the_outlier(outlier, _):
    return outlier


def of_ordinary_entries(_, n):
    return 1 / n


def of_the_average(outlier, n):
    """The mean square of the n − 1 other entries of a unit vector."""
    return (1 - outlier) / (n - 1)


ORDINARY, AVERAGE = "another entry of energy 1÷n, as in the proof", "the average other entry"


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
    ("energy", "stated"),
    [
        pytest.param(of_the_outlier, of_the_outlier, id="the outlier", marks=reading(ORDINARY)),
        pytest.param(of_ordinary_entries, of_ordinary_entries, id="the entry 1÷√n", marks=reading(ORDINARY)),
        pytest.param(of_the_average, of_ordinary_entries, id=AVERAGE, marks=reading(AVERAGE)),
    ],
)
def test_theorem_6(check, energy, stated):
    unknowns = indeterminates("outlier, n")
    check(normal_pair(flip(energy(*unknowns)), 1 - 2 * stated(*unknowns)))


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
    ("found", "order", "stated"),
    [
        pytest.param(coefficient, 2, "2", id="α²"),
        pytest.param(coefficient_times_pi, 3, "-8/3", id="α³"),
        pytest.param(coefficient, 1, "0", id="α"),
    ],
)
def test_expansion_of_the_energy(check, found, order, stated):
    check(identity(found(exact_relu_energy(), order), Fraction(stated), EXACT_SERIES, f"= {stated}"))


def main_term():
    """1 − 4α/(3π)."""
    return 1 - 4 * EXACT.variable() / (3 * EXACT.pi)


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
    remainder = leading_order(relative_energy() - main_term())
    check(at_least("2", "O(α²)"), proof(remainder, f"order of its first term; {EXACT_SERIES}"))


@claim(
    "E.expansion.numerator.sharp",
    at="Appendix E.5",
    kind="extension",
    says="The bracket's remainder is of order α³, with coefficient −2/(15π)",
    tex=r"1-\frac{4\alpha}{3\pi}-\frac{2\alpha^3}{15\pi}+O(\alpha^5)",
)
@pytest.mark.parametrize(("order", "stated"), [(4, "0"), (5, "-4/15"), (6, "0")])
def test_sharp_remainder(check, order, stated):
    words = f"coefficient of f times π; {EXACT_SERIES}"
    check(identity(coefficient_times_pi(exact_relu_energy(), order), Fraction(stated), words, f"= {stated}"))


# Equation (28): with ν = 1/√n, R/(nα²) is the quotient of one series at α and at ν, so that its terms are α^i ν^j.


def leverage_terms():
    """The coefficients of α^i ν^j in R/(nα²), by (i, j), powers up to 5."""
    numerator, denominator = relative_energy().coefficients, (1 / relative_energy()).coefficients
    return {(i, j): a * b for (i, a), (j, b) in product(enumerate(numerator), enumerate(denominator))}


@cache
def remainder_terms():
    """The coefficients of R/(nα²) − (1 − 4α/(3π)) that do not vanish."""
    terms = leverage_terms()
    terms |= {(i, 0): terms[i, 0] - main_term()[i] for i in range(6)}
    return {powers: value for powers, value in terms.items() if exact_value(value) != 0}


IN_BOTH = "terms α^i ν^j of R/(nα²), ν = 1/√n, with exact coefficients: quotient of one series at α and at ν"


@claim(
    "E.equation28.leading",
    at="Equation (28)",
    also_at=["Section 1.2"],
    says="R(α, n) = nα²(1 − 4α/(3π)) plus terms of higher order than both, wherever 1/√n ≪ α ≪ 1",
    tex=r"R(\alpha,n)=n\alpha^2\left(1-\frac{4\alpha}{3\pi}\right)+\ldots",
    rests_on=["E.theorem6", "E.expansion.numerator"],
)
def test_leading_order_of_equation_28(check):
    low = [powers for powers in remainder_terms() if powers in [(0, 0), (1, 0)]]
    words = f"terms of the remainder that are not o(α) for ν ≪ α ≪ 1: the constant one and α; {IN_BOTH}"
    check(exactly(0, "higher order than both terms"), proof(len(low), words))


def order_along(k):
    """The order in u = n^(−1/8) of that remainder along α = u^k."""
    along = Counter()
    for (i, j), value in remainder_terms().items():
        along[k * i + 4 * j] += value
    return min(order for order, value in along.items() if exact_value(value) != 0)


# α = u^k along which u → 0, with n = u^(−8).
PATHS = {"α = n^(-1÷8)": 1, "α = n^(-1÷4)": 2, "α = n^(-3÷8)": 3, "α = n^(-1÷2)": 4}


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
@pytest.mark.parametrize("k", PATHS.values(), ids=PATHS)
def test_remainder_of_equation_28(check, k):
    stated = min(2 * k, 3 * 4)  # of α² and ν³, as nα⁴ and α²/√n are nα² times these
    words = f"excess of its order in u = n^(−1/8) along α = u^k; {IN_BOTH}"
    check(at_least("0", "at least the order of nα⁴ + α²/√n"), proof(order_along(k) - stated, words))


def least(terms):
    """Those terms that are no multiple of another one."""
    return {(i, j) for i, j in terms if not any((k, m) != (i, j) and k <= i and m <= j for k, m in terms)}


@claim(
    "E.equation28.sharp",
    at="Equation (28)",
    kind="extension",
    says="The remainder is O(nα⁵) + O(α²√n), and no smaller",
    tex=r"R=n\alpha^2\left(1-\frac{4\alpha}{3\pi}\right)+O(n\alpha^5)+O(\alpha^2\sqrt n)",
    rests_on=["E.theorem6"],
)
def test_sharp_remainder_of_equation_28(check):
    found = least(remainder_terms())
    words = f"its terms that are no multiple of another one, against α³ and ν; {IN_BOTH}"
    check(exactly(0, "nα⁵ and α²√n"), proof(len(found ^ {(3, 0), (0, 1)}), words))


@claim(
    "E.equation28.negligible",
    at="Appendix E.5",
    kind="step",
    says="For α ≫ 1/√n the denominator's correction is negligible beside the numerator's",
    tex=r"\frac{4}{3\pi\sqrt n}\ll\frac{4\alpha}{3\pi}",
    rests_on=["E.expansion.numerator"],
)
def test_negligible_denominator(check):
    order = leading_order(relative_energy() - 1)
    words = f"order of the correction in α, and in 1/√n; {EXACT_SERIES}"
    check(exactly(1, "both are of first order, and 1/√n ≪ α"), proof(order, words))


SMALL, FIXED = "α → 0, α√n → ∞", "α = Θ(1), n → ∞"


def small_amplitudes():
    return [identity(exact_value(leverage_terms()[0, 0]), 1, f"constant term; {IN_BOTH}", "R/(nα²) → 1")]


def fixed_amplitude(alpha):
    return exactly(1), ball(lambda: energy_by_integrals(alpha) / (2 * BALL.number(alpha) ** 2), BY_INTEGRALS)


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
    "found",
    [
        pytest.param(small_amplitudes, id=SMALL, marks=reading(SMALL)),
        pytest.param(partial(fixed_amplitude, "0.50"), id=f"{FIXED}-0.50", marks=reading(FIXED)),
        pytest.param(partial(fixed_amplitude, "1.00"), id=f"{FIXED}-1.00", marks=reading(FIXED)),
    ],
)
def test_leading_order(check, found):
    check(*found())


@claim(
    "E.linear_leverage",
    at="Appendix E.5",
    kind="step",
    says="Before ReLU the ratio of the energies is exactly nα²",
    tex=r"\frac{E\,\Delta z_{j^*}^2}{E\,\Delta z_j^2}=n\alpha^2",
    rests_on=["E.setup.change"],
)
def test_linear_leverage(check):
    squared, n = indeterminates("square, n")
    outlier, ordinary = (mean_square(-1, 1, flip(energy)) for energy in (squared, 1 / n))
    check(identity(outlier / ordinary, n * squared, INDEPENDENT, "nα²"))


def left_out():
    crossover = 1 / BALL.number(DIMENSION).sqrt()
    return 1 - leverage_expansion(crossover, DIMENSION, BALL) / leverage_by_integrals(crossover)


def order_itself():
    return 1 / (BALL.number(DIMENSION) * BALL.number(DIMENSION).sqrt())


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
@readings("size", {"what Equation (28) leaves out there": left_out, "α²÷√n": order_itself})
def test_term_near_the_crossover(check, size):
    check(roughly("1%"), ball(size, BY_INTEGRALS))


def energy_of_the_parts():
    """2β_flip + β_smooth, the latter over the quadrant of both gates open."""
    smooth = exact_quadrant_moment(2, 0) - 2 * exact_quadrant_moment(1, 1) + exact_quadrant_moment(0, 2)
    return smooth + 2 * closing_energy()


@claim(
    "E.consistency_theorem3",
    at="Appendix E.5",
    kind="step",
    says="With p = α² Step A6's E(p) = 2p(1 − 4√p/(3π) + O(p)) is f(1 − 2α²), gates and open neurons together",
    tex=r"E(p)=2p\left(1-\frac{4\sqrt p}{3\pi}+O(p)\right)",
    rests_on=["E.theorem6.energy"],
)
@pytest.mark.parametrize(
    ("found", "order", "stated"),
    [
        pytest.param(coefficient, 2, "2", id="2-2"),
        pytest.param(coefficient_times_pi, 3, "-8/3", id="3--8/3"),
    ],
)
def test_consistency_with_theorem_3(check, found, order, stated):
    words = f"2β_flip + β_smooth (times π at √p³); {EXACT_SERIES}"
    check(identity(found(energy_of_the_parts(), order), Fraction(stated), words, f"= {stated}"))
