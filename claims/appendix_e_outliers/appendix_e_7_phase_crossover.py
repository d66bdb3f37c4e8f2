"""Appendix E.7: phase crossover, perturbative to non-perturbative."""

from fractions import Fraction

import pytest
from verdicts import (
    Interval,
    at_least,
    at_most,
    ball,
    between,
    claim,
    exactly,
    identity,
    less_than,
    more_than,
    printed,
    proof,
    reading,
    readings,
)

from claims.appendix_e_outliers.energies import (
    DIMENSION,
    at_squared_amplitude,
    closing_energy,
    energy_by_integrals,
    gate_flip_probability,
    opening_energy,
    symbols,
)
from claims.flip_energies import BY_INTEGRALS, EXACT_SERIES, FROM_QUADRANTS, series
from claims.flipped_groups import INDEPENDENT, flip, mean_square
from claims.phrases import approximately
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.exact_series import EXACT, leading_order
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas.relu_kernels import angle_from_amplitude
from theorems.integrals.exact_moments import exact_relu_energy
from theorems.integrals.gaussian_integrals import quadrant_moment


@claim(
    "E.crossover.one",
    at="Appendix E.7",
    kind="step",
    says="At α = 1/√n the outlier's flip has the energy of a flip on another entry of the same input: R ≈ 1",
    tex=r"R(\alpha_c,n)\approx1",
    rests_on=["E.theorem6"],
)
def test_leverage_at_the_crossover(check):
    (n,) = indeterminates("n")
    crossover = 1 / n  # α_c²
    average = (1 - crossover) / (n - 1)
    method = (
        "mean square of the other n − 1 entries of a unit vector, every n; a flip's energy depends on the square alone"
    )
    check(identity(average, crossover, method, "β² = α_c², so that R = 1"))


@claim(
    "E.crossover.scale",
    at="Appendix E.7",
    kind="number",
    says="The crossover scale 1/√n is 0.022 at n = 2048",
    tex=r"\alpha_c=1/\sqrt n\approx0.022",
)
def test_crossover_scale(check):
    check(printed("0.022"), lambda: 1 / BALL.number(DIMENSION).sqrt())


@claim(
    "E.crossover.smooth",
    at="Appendix E.7",
    kind="step",
    says="R grows with α without a jump: df/dθ = (π − θ) sin θ/π is continuous and positive for 0 < θ < π",
    tex=r"\frac{df}{d\theta}=\frac{(\pi-\theta)\sin\theta}{\pi}",
    rests_on=["E.theorem6.energy"],
)
def test_smooth_crossover(check):
    import sympy

    _, _, theta = symbols()
    slope = (sympy.pi - theta) * sympy.sin(theta) / sympy.pi
    check(identity(sympy.diff(exact_relu_energy(), theta), slope, FROM_QUADRANTS))


MAGNITUDE, EQUALITY = "order of magnitude", "asymptotic equality"
OF_ORDER_ONE = between("0.1", "10", "R/n of order 1", "within a factor of ten")
EQUAL_TO_ONE = approximately(stated="R ∼ n as an asymptotic equality")


@claim(
    "E.crossover.upper_end",
    at="Appendix E.7",
    kind="step",
    says="R is of order n at α ∼ 1",
    tex=r"R\sim n",
    rests_on=["E.theorem6"],
    primary="order of magnitude",
    note="At α = 1 the ratio R/n tends to f(−1)/2 = 1/2: ReLU leaves half of nα².",
)
@pytest.mark.parametrize(
    ("accepted", "alpha"),
    [
        pytest.param(OF_ORDER_ONE, "0.50", id=f"{MAGNITUDE}-0.50", marks=reading(MAGNITUDE)),
        pytest.param(OF_ORDER_ONE, "1.00", id=f"{MAGNITUDE}-1.00", marks=reading(MAGNITUDE)),
        pytest.param(EQUAL_TO_ONE, "1.00", id=f"{EQUALITY}-1.00", marks=reading(EQUALITY)),
    ],
)
def test_upper_end(check, accepted, alpha):
    words = f"R/n → f(1 − 2α²)/2 as n → ∞, as n f(1 − 2/n) → 2 (E.expansion.numerator); {BY_INTEGRALS}"
    check(accepted, ball(lambda: energy_by_integrals(alpha) / 2, words))


def order_of_the_change():
    """The order in α of the root mean square of Δz/σ_z, half of that of n E Δz²."""
    return Fraction(leading_order(mean_square(-1, 1, flip(EXACT.variable() ** 2))), 2)


def vanishes_at_the_crossover():
    words = "order in α of the root mean square of Δz/σ_z, which at α_c = 1/√n vanishes as n → ∞ if this is positive"
    return more_than("0", "Δz/σ_z → 0"), proof(order_of_the_change(), words)


FALL_SHORT = "n max x̂² = 1 + t over all unit vectors, t ≥ 0 what their squares fall short of the greatest, together"


def least_greatest_square():
    """The least n max x̂² over unit vectors, from Σx̂² = n max x̂² − t = 1; t = 0 for equal entries."""
    import sympy

    n, greatest, short = sympy.symbols("n greatest t", positive=True)
    factor, rest = sympy.Poly(n * greatest - short - 1, greatest).all_coeffs()
    found = -rest / factor
    growth, least = sympy.Poly(sympy.expand(n * found), short).all_coeffs()
    if growth < 0:
        raise ValueError(f"expected n max x̂² to grow with t, got {n * found}")
    return Fraction(str(least))


def greatest_entry():
    found = Interval(least_greatest_square(), None)
    return less_than("1", "n max x̂² far below 1"), proof(found, f"{FALL_SHORT}; any n")


@claim(
    "E.crossover.delocalised",
    at="Appendix E.7",
    kind="wording",
    says="Theorem 3 has the setting α ≪ α_c, which is where single flips are small perturbations",
    tex=r"\max_j|\hat x_j|\ll1/\sqrt n",
    primary="entries of order α_c at most, whose flips are small",
    note="No unit vector has all entries far below 1/√n: the delocalised input of E.3, α = 1/√n, lies at α_c. "
    "Theorem 3 asks for max |x̂_j| → 0 only (A2), which allows much more than α_c.",
    instead="E.crossover.largest_entry",
)
@readings(
    "found",
    {
        "entries of order α_c at most, whose flips are small": vanishes_at_the_crossover,
        "every entry far below α_c, as ≪ says": greatest_entry,
    },
)
def test_delocalised_regime(check, found):
    check(*found())


@claim(
    "E.crossover.largest_entry",
    at="Appendix E.7",
    kind="extension",
    says="The largest entry of a unit vector is at least α_c = 1/√n, and is α_c where all entries are equal",
    tex=r"\min_{\|\hat x\|=1}\max_j|\hat x_j|=\frac{1}{\sqrt n}",
)
def test_largest_entry(check):
    check(
        exactly(1, "least n max x̂² = 1"), proof(least_greatest_square(), f"{FALL_SHORT}, and t = 0 for equal entries")
    )


def change_at_the_crossover():
    (n,) = indeterminates("n")
    change = mean_square(-1, 1, flip(1 / n)) / n
    return [identity(change, (2 / n) ** 2, f"at α = 1/√n, the most; {INDEPENDENT}", "E Δz² = (2/n)²")]


def share_of_the_deviation():
    words = "root mean square of Δz over σ_z, at most 2α = 2/√n, which falls as n grows: its value at n = 2048"
    return at_most("0.1", "≪ σ_z"), ball(lambda: 2 / BALL.number(DIMENSION).sqrt(), words)


@claim(
    "E.crossover.perturbation_below",
    at="Appendix E.7",
    kind="step",
    says="For α ≲ 1/√n a flip moves z by O(1/n), far less than σ_z = 1/√n",
    tex=r"\Delta z_i=O(1/n)\ll\sigma_z",
    rests_on=["E.setup.change"],
)
@pytest.mark.parametrize("found", [change_at_the_crossover, share_of_the_deviation], ids=["O(1÷n)", "n ≥ 2048"])
def test_perturbation_below_the_crossover(check, found):
    check(*found())


OUTLIER, EVERY = "α = Θ(1), the outlier of E.1", "every α ≫ 1÷√n, as the bullet has it"


@claim(
    "E.crossover.perturbation_above",
    at="Appendix E.7",
    kind="step",
    says="In the outlier regime, α ≫ 1/√n, a flip moves z by an amount of the order of σ_z",
    tex=r"\Delta z_i\sim\sigma_z",
    rests_on=["E.setup.change"],
    primary="α = Θ(1), the outlier of E.1",
    note="The root mean square of Δz/σ_z is 2α. It is of order 1 for the outlier of E.1, α = Θ(1), but vanishes along "
    "α = n^(−1/4) ≫ 1/√n, which the bullet names: at α_c the size of a perturbation has no crossover.",
)
@pytest.mark.parametrize(
    "power",
    [
        pytest.param(0, id=f"{OUTLIER}-0", marks=reading(OUTLIER)),
        pytest.param(2, id=f"{EVERY}-2", marks=reading(EVERY)),
        pytest.param(3, id=f"{EVERY}-3", marks=reading(EVERY)),
    ],
)
def test_perturbation_above_the_crossover(check, power):
    words = "order in u = n^(−1/8) of the root mean square of Δz/σ_z along α = u^k, exact algebra"
    check(exactly(0, "of order 1"), proof(power * order_of_the_change(), words))


@claim(
    "E.crossover.probability_above",
    at="Appendix E.7",
    kind="step",
    says="For α ≫ 1/√n gates flip with probability O(1)",
    tex=r"P_{\mathrm{flip}}=O(1)",
    rests_on=["E.theorem5"],
    primary="bounded, as O(1) says",
    note="As a contrast to the vanishing probability below α_c it fails: P_flip is of order α on both sides, 1.4% at "
    "α_c for n = 2048, and vanishes along α = n^(−1/4) ≫ 1/√n.",
)
@readings("accepted", {"bounded, as O(1) says": at_least("0", "bounded"), "of order 1": exactly(0, "of order 1")})
@pytest.mark.parametrize("power", [2, 3])
def test_probability_above_the_crossover(check, accepted, power):
    order = power * leading_order(series(gate_flip_probability()))
    check(accepted, proof(order, f"order in u = n^(−1/8) along α = u^k; {EXACT_SERIES}"))


def gate_over_smooth(alpha):
    theta = angle_from_amplitude(alpha, BALL)
    gates = quadrant_moment({(2, 0): 1}, theta, 1, -1) + quadrant_moment({(0, 2): 1}, theta, -1, 1)
    return gates / quadrant_moment({(2, 0): 1, (1, 1): -2, (0, 2): 1}, theta)


@claim(
    "E.crossover.dominates",
    at="Appendix E.7",
    says="For α ≫ 1/√n gate-flip energy dominates smooth energy",
    tex=r"2\beta_{\mathrm{flip}}>\beta_{\mathrm{smooth}}",
    rests_on=["E.proposition3", "E.theorem6"],
    note="Gate-flip energy is of order α³, smooth energy 2α². They are equal at α = 1/2 exactly, beyond every "
    "amplitude measured: at α = 0.26 gates give 32% of the smooth energy.",
    instead="E.crossover.equal_energies",
)
@pytest.mark.parametrize("alpha", ["0.05", "0.10", "0.20", "0.26", "0.30"])
def test_gate_flip_energy_dominates(check, alpha):
    check(more_than("1"), ball(lambda: gate_over_smooth(alpha), "both directions; rigorous integrals over quadrants"))


def excess_of_the_gates():
    """2β_flip − β_smooth, an expression in θ = 2 arcsin α."""
    gates = closing_energy() + opening_energy()
    return gates - (exact_relu_energy() - gates)


def at_one_half():
    return exactly(0, "equal"), proof(at_squared_amplitude(excess_of_the_gates(), "1/4"), FROM_QUADRANTS)


def single_change_of_sign():
    import sympy

    _, _, theta = symbols()
    excess, bracket = excess_of_the_gates(), 4 * sympy.sin(theta) - (sympy.pi - theta)
    slope = sympy.diff(excess, theta).subs(sympy.cos(theta) ** 2, 1 - sympy.sin(theta) ** 2)
    found = [excess.subs(theta, 0), slope, bracket.subs(theta, 0), bracket.subs(theta, sympy.pi)]
    stated = [0, sympy.sin(theta) * bracket / sympy.pi, -sympy.pi, 0]
    shape = (
        "2β_flip − β_smooth is 0 at θ = 0 and has the slope sin θ (4 sin θ − (π − θ))/π; the bracket is concave, −π at "
        "0, 0 at π and falling there, so that it changes sign once, from − to +: the difference falls, then rises, and "
        "has one zero beside 0"
    )
    return [identity(found, stated, f"{FROM_QUADRANTS}: {shape}", "below up to its zero, above from there on")]


EQUAL = {"at 1÷2": at_one_half, "below before, above after": single_change_of_sign}


@claim(
    "E.crossover.equal_energies",
    at="Appendix E.7",
    kind="extension",
    says="Gate-flip energy, both directions, equals smooth energy at α = 1/2, is below it before and above it after",
    tex=r"2\beta_{\mathrm{flip}}(1/2)=\beta_{\mathrm{smooth}}(1/2)",
)
@pytest.mark.parametrize("step", EQUAL.values(), ids=EQUAL)
def test_equal_energies(check, step):
    check(*step())
