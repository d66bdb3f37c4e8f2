"""Appendix E.7: phase crossover, perturbative to non-perturbative."""

from fractions import Fraction
from itertools import pairwise

import pytest
from verdicts import at_least, at_most, ball, between, claim, exactly, identity, less_than, more_than, printed, proof

from claims.appendix_e_outliers.energies import (
    BY_INTEGRALS,
    CROSSOVER,
    DIMENSION,
    FROM_QUADRANTS,
    INPUTS,
    fraction,
    gate_flip_probability,
    in_amplitude,
    leverage_by_integrals,
    lowest_order,
    symbols,
)
from claims.phrases import approximately
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas.outliers import flip_energy
from theorems.formulas.relu_kernels import angle_from_amplitude
from theorems.integrals.exact_moments import exact_quadrant_moment, exact_relu_energy
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
    ("reading", "alpha"),
    [("order of magnitude", "0.50"), ("order of magnitude", "1.00"), ("asymptotic equality", "1.00")],
)
def test_upper_end(check, reading, alpha):
    if reading == "order of magnitude":
        stated = between("0.1", "10", "R/n of order 1", "within a factor of ten")
    else:
        stated = approximately(stated="R ∼ n as an asymptotic equality")
    check(stated, ball(lambda: leverage_by_integrals(alpha) / DIMENSION, BY_INTEGRALS))


@claim(
    "E.crossover.delocalised",
    at="Appendix E.7",
    kind="wording",
    says="Theorem 3 has the setting α ≪ α_c, which is where single flips are small perturbations",
    tex=r"\max_j|\hat x_j|\ll1/\sqrt n",
    primary="entries of order α_c at most, whose flips are small",
    note="No unit vector has all entries far below 1/√n: the delocalised input of E.3, α = 1/√n, lies at α_c. "
    "Theorem 3 asks for max |x̂_j| → 0 only (A2), which allows much more than α_c.",
)
@pytest.mark.parametrize(
    ("reading", "at"),
    [
        ("entries of order α_c at most, whose flips are small", "α = n^(-1÷2)"),
        ("every entry far below α_c, as ≪ says", "n = 3"),
        ("every entry far below α_c, as ≪ says", "n = 7"),
    ],
)
def test_delocalised_regime(check, reading, at):
    if reading.startswith("every"):
        greatest = max(entry**2 for entry in INPUTS[int(at[-1])])
        check(less_than("1", "n max x̂² far below 1"), proof(int(at[-1]) * greatest, "n max x̂² of a unit vector"))
    else:
        order = order_along(lambda alpha: 2 * alpha, CROSSOVER[at])
        check(more_than("0", "Δz/σ_z → 0"), proof(order, "order of 2α in u = n^(−1/8) along α = u^4"))


@claim(
    "E.crossover.perturbation_below",
    at="Appendix E.7",
    kind="step",
    says="For α ≲ 1/√n a flip moves z by O(1/n), far less than σ_z = 1/√n",
    tex=r"\Delta z_i=O(1/n)\ll\sigma_z",
    rests_on=["E.setup.change"],
)
@pytest.mark.parametrize("n", ["2048", "4096"])
def test_perturbation_below_the_crossover(check, n):
    def relative():
        return 2 / BALL.number(int(n)).sqrt()

    check(at_most("0.1", "≪ σ_z"), ball(relative, "root mean square of Δz over σ_z, at most 2α"))


def order_along(size, path):
    """The order in u = n^(−1/8) of size(α) along α = u^path/2, a fixed α for path 0."""
    import sympy

    alpha, _, _ = symbols()
    u = sympy.Symbol("u", positive=True)
    return lowest_order(size(alpha).subs(alpha, u**path / 2), u)


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
    ("reading", "path"),
    [("α = Θ(1), the outlier of E.1", 0), *[("every α ≫ 1÷√n, as the bullet has it", path) for path in (2, 3)]],
)
def test_perturbation_above_the_crossover(check, reading, path):
    assert (path == 0) == reading.startswith("α = Θ(1)")
    order = order_along(lambda alpha: 2 * alpha, path)
    check(exactly(0, "of order 1"), proof(order, "order in u = n^(−1/8) along α = u^k, exact coefficients"))


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
@pytest.mark.parametrize("reading", ["bounded, as O(1) says", "of order 1"])
@pytest.mark.parametrize("path", [2, 3])
def test_probability_above_the_crossover(check, reading, path):
    import sympy

    order = order_along(lambda alpha: sympy.series(in_amplitude(gate_flip_probability()), alpha, 0, 6).removeO(), path)
    stated = at_least("0", "bounded") if reading.startswith("bounded") else exactly(0, "of order 1")
    check(stated, proof(order, "order in u = n^(−1/8) along α = u^k, exact coefficients"))


def gate_over_smooth(alpha):
    theta = angle_from_amplitude(alpha, BALL)
    gates = quadrant_moment({(2, 0): 1}, theta, 1, -1) + quadrant_moment({(0, 2): 1}, theta, -1, 1)
    return gates / quadrant_moment({(2, 0): 1, (1, 1): -2, (0, 2): 1}, theta)


def exact_gate_over_smooth(square):
    import sympy

    _, _, theta = symbols()
    gates = exact_quadrant_moment(2, 0, 1, -1) + exact_quadrant_moment(0, 2, -1, 1)
    smooth = exact_relu_energy() - gates
    return fraction((gates / smooth).subs(theta, 2 * sympy.asin(sympy.sqrt(sympy.Rational(square)))))


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


@claim(
    "E.crossover.equal_energies",
    at="Appendix E.7",
    kind="extension",
    says="Gate-flip energy, both directions, equals smooth energy at α = 1/2, is below it before and above it after",
    tex=r"2\beta_{\mathrm{flip}}(1/2)=\beta_{\mathrm{smooth}}(1/2)",
)
@pytest.mark.parametrize("where", ["at 1÷2", "from 0.05 to 0.49", "from 0.51 to 0.98"])
def test_equal_energies(check, where):
    if where == "at 1÷2":
        check(exactly(1), proof(exact_gate_over_smooth("1/4"), FROM_QUADRANTS))
        return
    low, high = (Fraction(5, 100), Fraction(49, 100)) if "0.49" in where else (Fraction(51, 100), Fraction(98, 100))
    boxes = 2000
    edges = [BALL.number(low + (high - low) * k / boxes) for k in range(boxes + 1)]

    def excess():
        range_ = None
        for box in (a.union(b) for a, b in pairwise(edges)):
            energy = flip_energy(box, BALL)
            difference = energy.closing + energy.opening - energy.smooth
            range_ = difference if range_ is None else range_.union(difference)
        return range_

    stated = less_than("0") if "0.49" in where else more_than("0")
    check(stated, ball(excess, f"closed forms of 2β_flip − β_smooth over {boxes} boxes of α", most=256))
