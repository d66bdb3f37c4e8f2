"""Appendix A: the proof of Theorem 3, step by step, with every displayed expansion and order."""

from fractions import Fraction
from functools import cache
from itertools import product
from math import comb

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from verdicts import (
    at_least,
    at_most,
    ball,
    claim,
    exactly,
    identity,
    less_than,
    more_than,
    printed,
    proof,
    twin,
    worst,
)

from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.exact_series import EXACT, KAPPA, LAMBDA, exact_value, leading_order
from theorems.formulas.asymmetry import (
    assembled_ratio,
    magnitude_moments,
    magnitude_pair,
    root_flip_rate,
    sign_moments,
    sign_pair,
    structural_ratio,
)
from theorems.formulas.finite_width import sign_moments_equal_entries, sign_moments_given_input
from theorems.formulas.normal_pairs import gate_decomposition
from theorems.formulas.relu_kernels import angle_from_amplitude, gate_flip_energy
from theorems.integrals.gaussian_integrals import quadrant_moment
from theorems.integrals.perturbed_neuron import (
    integrated_gates,
    integrated_moments,
    sign_flip_covariance,
    sign_preserving_covariance,
)
from theorems.weight_laws import GAUSSIAN

EXACT_COEFFICIENTS = "power series in √p with exact coefficients in ℚ(√(2/π), √(1 − 2/π))"
INTEGRALS = "polar integrals over the quadrants of (X, X′), covariances from the weight law"
FLIP_RATES = ["0.01", "0.05", "0.10", "0.40"]


nonzero = st.floats(-1e100, 1e100).filter(bool)


def root(p):
    return root_flip_rate(p, BALL)


def variable():
    return EXACT.variable()


@cache
def sign_gates():
    return gate_decomposition(sign_pair(variable(), EXACT), EXACT)


@cache
def magnitude_gates():
    return gate_decomposition(magnitude_pair(variable(), EXACT), EXACT)


@cache
def totals():
    return sign_moments(variable(), EXACT), magnitude_moments(variable(), EXACT)


def order_of(series):
    return proof(leading_order(series), EXACT_COEFFICIENTS)


def is_zero(coefficient):
    return proof(exact_value(coefficient), EXACT_COEFFICIENTS)


def half_powers(numerator):
    """The order in p, for the report, of a term √p to the power `numerator`."""
    return f"p^({numerator}/2)" if numerator % 2 else f"p^{numerator // 2}"


def at_least_order(order):
    return at_least(str(order), f"of order {half_powers(order)} or higher")


# Steps A1 to A3


@claim(
    "A.step1",
    at="Appendix A.1",
    says="E[‖Δy‖² | Δa] = (d_out/m)‖Δa‖² (Step A1)",
    tex=r"\mathbb{E}[\|\Delta y\|^2\mid\Delta a]=\frac{d_{\mathrm{out}}}{m}\|\Delta a\|^2",
)
@pytest.mark.parametrize(("d", "m"), [(1, 3), (5, 2), (4, 4)])
def test_output_energy(check, d, m):
    change = [Fraction(j + 1, 3) for j in range(m)]
    second_moment = [[Fraction(int(i == j), m) for j in range(m)] for i in range(m)]
    energy = d * sum(change[i] * change[j] * second_moment[i][j] for i, j in product(range(m), repeat=2))
    residual = energy - Fraction(d, m) * sum(c**2 for c in change)
    check(exactly(0), proof(residual, "sum over the entries' covariances, in exact fractions"))


@claim(
    "A.step2",
    at="Appendix A.1",
    also_at=["Equation (22)"],
    says="E[(Δa)²] is the sum over the two gate flips and the smooth event; both off contributes nothing (Step A2)",
    tex=r"\mathbb{E}[(\Delta a)^2]=\mathbb{E}[z^2\mathbf{1}_{z>0,z'<0}]+\mathbb{E}[z'^2\mathbf{1}_{z<0,z'>0}]"
    r"+\beta_{\mathrm{smooth}}",
)
@settings(deadline=None, max_examples=200)
@given(z=nonzero, z_new=nonzero)
@example(1.0, -1.0)
@example(-1.0, 1e-100)
@example(1e100, -1e-100)
@example(-2.0, -3.0)
def test_decomposition(z, z_new):
    closing, opening, smooth = z > 0 > z_new, z_new > 0 > z, z > 0 and z_new > 0
    activation_change = max(z_new, 0.0) - max(z, 0.0)
    parts = -z * closing + twin(1, 0) * z_new * opening + (z_new - z) * smooth
    worst(-abs(activation_change - parts))
    assert closing + opening + smooth <= 1
    assert activation_change == parts


@claim(
    "A.step2.equal_flips",
    at="Equation (22)",
    also_at=["Appendix A.1"],
    says="The two gate flips of a sign flip have equal energy, so that together they are 2β_flip",
    tex=r"\mathbb{E}[z^2\mathbf{1}_{z>0,z'<0}]=\mathbb{E}[z'^2\mathbf{1}_{z<0,z'>0}]",
    note="For sign flips at every n, since (z, z′) is exchangeable. β_flip of Step A4 is this energy in units of 1/n. "
    "The same display does not hold for the magnitude perturbation.",
)
@pytest.mark.parametrize("p", FLIP_RATES)
def test_equal_flips(check, p):
    def difference():
        gates = integrated_gates(sign_flip_covariance(p))
        return abs(gates[1, -1].energy - gates[-1, 1].energy)

    check(at_most("1e-12", "equal, to 12 digits"), ball(difference, INTEGRALS))


@claim(
    "A.step3.variance",
    at="Appendix A.1",
    says="Var z = 1/n, and the correlation of z and z′ is exactly 1 − 2p (Step A3)",
    tex=r"\rho=\mathrm{Corr}(z_i,z_i')=1-2p",
)
@pytest.mark.parametrize("moment", ["Var z", "Corr(z, z′)"])
def test_sign_flip_correlation(check, moment):
    p, x = Fraction(3, 10), (Fraction(1, 3), Fraction(2, 3), Fraction(2, 3))
    n = len(x)
    variance = sum(e**2 for e in x) / n
    covariance = sum(e**2 / n * sum(chance * sign for sign, chance in ((1, 1 - p), (-1, p))) for e in x)
    if moment == "Var z":
        check(
            exactly(1, "n Var z = 1"), proof(n * variance, "independent weights of variance 1/n, rational unit input")
        )
    else:
        residual = covariance / variance - (1 - 2 * p)
        check(exactly(0), proof(residual, "independent signs and weights, rational unit input"))


def kurtosis_of_sum(p, part):
    """E[(z + z′)⁴]/E[(z + z′)²]² − 3, which is 0 where the sum is normal; `part` holds the x̂_j²."""
    spread = [4 * e * (1 - p) for e in part]
    fourth_cumulant = sum((3 * 16 * (1 - p) - 3 * 16 * (1 - p) ** 2) * e**2 for e in part)
    return fourth_cumulant / sum(spread) ** 2


@claim(
    "A.step3.not_normal",
    at="Appendix A.1",
    says="At finite n the pair (z, z′) is not exactly bivariate normal",
    note="Its marginals are, but z + z′ has excess kurtosis 3p/(1 − p)·Σx̂⁴.",
)
@pytest.mark.parametrize("n", [1, 4, 2048])
def test_not_jointly_normal(check, n):
    excess = kurtosis_of_sum(Fraction(1, 10), [Fraction(1, n)] * n)
    check(more_than("0", "excess kurtosis of z + z′"), proof(excess, "cumulants of the independent summands"))


@claim(
    "A.step3.limit",
    at="Appendix A.1",
    says="Under delocalization (z, z′) tends to a bivariate normal pair: Lindeberg's condition holds",
)
def test_lindeberg(check):
    def exponent():
        excess = [kurtosis_of_sum(Fraction(1, 10), [Fraction(1, n)] * n) for n in (64, 256)]
        return BALL.number(excess[1] / excess[0]).log() / BALL.number(4).log()

    check(less_than("0", "excess kurtosis vanishes as n → ∞"), ball(exponent, "fourth cumulant (Lyapunov) at n, 4n"))


@claim(
    "A.step3.rate",
    at="Appendix A.1",
    also_at=["Remark 2"],
    says="The error of the bivariate CLT is O(‖x̂‖_∞)",
    note="True and not sharp for sign flips: given the flips (z, z′) is exactly normal, and the energy's error is of "
    "the order Σx̂⁴ ≤ ‖x̂‖²_∞.",
    rests_on=["A.step3.mixture"],
)
@pytest.mark.parametrize("n", [64, 256])
def test_clt_rate(check, n):
    def scaled_error():
        limit = sign_moments(root("0.05"), BALL).energy
        return abs(sign_moments_equal_entries(n, "0.05", BALL).energy - limit) * BALL.number(n).sqrt() / limit

    accepted = at_most("1", "relative error at most ‖x̂‖_∞ = 1/√n")
    check(accepted, ball(scaled_error, "exact binomial sum against the limit, p = 0.05"))


@claim(
    "A.step3.mixture",
    at="Appendix A.1",
    kind="extension",
    says="At every n the sign-flip moments are those of the limit, averaged over the flipped part q of the input's "
    "energy",
)
@pytest.mark.parametrize("p", ["0.1", "0.4"])
def test_mixture(check, p):
    x = (1, 2, 2, 4)

    def difference():
        enumerated = BALL.number(0)
        for flips in product((0, 1), repeat=len(x)):
            chance = BALL.number(1)
            for flip in flips:
                chance *= BALL.number(p) if flip else 1 - BALL.number(p)
            q = Fraction(sum(f * e**2 for f, e in zip(flips, x, strict=True)), sum(e**2 for e in x))
            if 0 < q < 1:
                enumerated += chance * integrated_moments(sign_flip_covariance(q)).energy
            else:
                enumerated += chance * int(q)
        return abs(enumerated - BALL.number(sign_moments_given_input(x, float(p)).energy))

    check(at_most("1e-12"), ball(difference, f"all 16 sets of flips, each by {INTEGRALS}"))


def flip_energy_at_width(n, p):
    """β_flip at width n, x̂ with equal entries: the mean over the binomial number of flips."""
    p = BALL.number(p)
    energies = (gate_flip_energy(angle_from_amplitude((BALL.number(k) / n).sqrt(), BALL), BALL) for k in range(n + 1))
    return sum((comb(n, k) * p**k * (1 - p) ** (n - k) * e for k, e in enumerate(energies)), BALL.number(0))


@claim(
    "A.footnote3",
    at="Footnote 3",
    says="The convergence of β_flip is uniform in p on every (ε, 1/2)",
    tex=r"\sup_{p\in(\epsilon,1/2)}|\beta_{\mathrm{flip}}(p,n)-\beta_{\mathrm{flip}}(p,\infty)|\to 0",
    note="The paper assumes it. It follows from the exact law at finite n, down to p = 0, with the bound ‖x̂‖₄²/π.",
    rests_on=["6.remark2.uniformity"],
)
@pytest.mark.parametrize("n", [16, 64])
@pytest.mark.parametrize("p", ["0.0001", "0.01", "0.25", "0.4999"])
def test_uniform_convergence(check, p, n):
    def scaled_error():
        limit = gate_flip_energy(sign_flip_covariance(p).angle, BALL)
        return abs(flip_energy_at_width(n, p) - limit) * BALL.number(n).sqrt()

    check(at_most("0.3183", "error at most ‖x̂‖₄²/π = 1/(π√n) at every p"), ball(scaled_error, "exact binomial sum"))


# Step A4


@claim(
    "A.step4.closed_form",
    at="Appendix A.1",
    says="β_flip = 1/4 − a/(2π(1 + a²)) − arctan(a)/(2π) with a = ρ/√(1 − ρ²) (Step A4)",
    tex=r"\beta_{\mathrm{flip}}=\frac14-\frac{1}{2\pi}\frac{a}{1+a^2}-\frac{1}{2\pi}\arctan a",
)
@pytest.mark.parametrize("p", FLIP_RATES)
def test_flip_closed_form(check, p):
    def difference():
        rho = 1 - 2 * BALL.number(p)
        a = rho / (1 - rho**2).sqrt()
        closed = BALL.number(Fraction(1, 4)) - (a / (1 + a**2) + a.atan()) / (2 * BALL.pi)
        return abs(closed - quadrant_moment({(2, 0): 1}, rho.acos(), 1, -1))

    check(at_most("1e-12", "equal, to 12 digits"), ball(difference, "polar integral over {X > 0, X′ < 0}"))


def flip_parts():
    """a/(1 + a²) = ρ√(1 − ρ²) and π/2 − arctan a = arccos ρ, as exact series."""
    s = variable()
    root_of_rest = 2 * s * EXACT.sqrt(1 - s**2)
    return (1 - 2 * s**2) * root_of_rest, 2 * EXACT.asin(s)


@claim(
    "A.step4.algebraic_part",
    at="Appendix A.1",
    says="a/(1 + a²) = 2√p − 5p^{3/2} + O(p^{5/2})",
    tex=r"\frac{a}{1+a^2}=2\sqrt{p}-5p^{3/2}+O(p^{5/2})",
)
@pytest.mark.parametrize(("order", "stated"), [(1, 2), (2, 0), (3, -5), (4, 0)])
def test_algebraic_part(check, order, stated):
    check(exactly(stated), is_zero(flip_parts()[0][order]))


@claim(
    "A.step4.arctan_part",
    at="Appendix A.1",
    says="arctan(a) = π/2 − 2√p − p^{3/2}/3 + O(p^{5/2})",
    tex=r"\arctan a=\pi/2-2\sqrt{p}-\frac{p^{3/2}}{3}+O(p^{5/2})",
)
@pytest.mark.parametrize(
    ("order", "stated"), [(1, Fraction(-2)), (2, Fraction(0)), (3, Fraction(-1, 3)), (4, Fraction(0))], ids=str
)
def test_arctan_part(check, order, stated):
    check(identity(exact_value((-flip_parts()[1])[order]), stated, EXACT_COEFFICIENTS, f"= {stated}"))


@claim(
    "A.step4.a",
    at="Appendix A.1",
    says="a ≈ 1/(2√p) for small p, and √(1 − ρ²) = 2√(p(1 − p))",
)
@pytest.mark.parametrize("part", ["a", "root"])
def test_small_p_of_a(check, part):
    s = variable()
    if part == "root":
        check(exactly(0), is_zero(((1 - (1 - 2 * s**2) ** 2) - 4 * s**2 * (1 - s**2))[2]))
    else:
        check(exactly(1, "2√p·a → 1"), is_zero((2 * s * (1 - 2 * s**2) / (2 * s * EXACT.sqrt(1 - s**2)))[0]))


@claim(
    "A.step4.sum",
    at="Appendix A.1",
    kind="number",
    says="5/(2π) + 1/(6π) = 16/(6π) = 8/(3π)",
)
@pytest.mark.parametrize("stated", [Fraction(16, 6), Fraction(8, 3)], ids=["16/6", "8/3"])
def test_coefficient_sum(check, stated):
    check(identity(Fraction(5, 2) + Fraction(1, 6), stated, "exact fractions, in units of 1/π", f"= {stated}"))


@claim(
    "A.step4.flip_energy",
    at="Equation (23)",
    also_at=["Appendix A.1", "Equation (15)", "Section 6.3"],
    says="β_flip = 8p^{3/2}/(3π) + O(p^{5/2})",
    tex=r"\beta_{\mathrm{flip}}=\frac{8p^{3/2}}{3\pi}+O(p^{5/2})",
    rests_on=["A.step4.closed_form"],
)
@pytest.mark.parametrize("part", ["coefficient", "constant and √p cancel", "remainder"])
def test_flip_energy(check, part):
    energy = sign_gates().on_off.energy
    rest = energy - 8 * variable() ** 3 / (3 * EXACT.pi)
    if part == "coefficient":
        found = exact_value((energy * EXACT.pi)[3])
        check(identity(found, Fraction(8, 3), EXACT_COEFFICIENTS, "8/3, in units of 1/π"))
    elif part == "remainder":
        check(at_least_order(5), order_of(rest))
    else:
        check(exactly(3, "leading order p^(3/2)"), order_of(energy))


# Steps A5 and A6


@claim(
    "A.step5.kernel",
    at="Appendix A.1",
    also_at=["Section 6.3"],
    says="E[max(X,0) max(X′,0)] = (√(1 − ρ²) + ρ(π/2 + arcsin ρ))/(2π) (Step A5)",
    tex=r"\mathbb{E}[\max(X,0)\max(X',0)]=\frac{1}{2\pi}\left[\sqrt{1-\rho^2}+\rho\left(\frac{\pi}{2}"
    r"+\arcsin\rho\right)\right]",
)
@pytest.mark.parametrize("p", FLIP_RATES)
def test_kernel(check, p):
    def difference():
        rho = 1 - 2 * BALL.number(p)
        closed = ((1 - rho**2).sqrt() + rho * (BALL.pi / 2 + rho.asin())) / (2 * BALL.pi)
        return abs(closed - quadrant_moment({(1, 1): 1}, rho.acos()))

    check(at_most("1e-12", "equal, to 12 digits"), ball(difference, "polar integral over {X > 0, X′ > 0}"))


@claim(
    "A.step5.price",
    at="Appendix A.1",
    says="Its derivative in ρ is E[1{X>0} 1{X′>0}] (Price's theorem)",
    tex=r"\frac{\partial}{\partial\rho}\mathbb{E}[\mathrm{ReLU}\,\mathrm{ReLU}']"
    r"=\mathbb{E}[\mathbf{1}_{X>0}\mathbf{1}_{X'>0}]",
)
@pytest.mark.parametrize("rho", ["0.98", "0.2", "-0.7"])
def test_price(check, rho):
    def difference():
        from flint import arb_series

        r = arb_series([BALL.number(rho), 1])
        kernel = ((1 - r**2).sqrt() + r * (BALL.pi / 2 + r.asin())) / (2 * BALL.pi)
        return abs(kernel[1] - quadrant_moment({(0, 0): 1}, BALL.number(rho).acos()))

    check(at_most("1e-12", "equal, to 12 digits"), ball(difference, "series derivative against the wedge probability"))


@claim(
    "A.step5.smooth_energy",
    at="Equation (24)",
    also_at=["Appendix A.1", "Equation (16)", "Section 6.3"],
    says="β_smooth = 2p − 8p^{3/2}/π + O(p^{5/2})",
    tex=r"\beta_{\mathrm{smooth}}=2p-\frac{8p^{3/2}}{\pi}+O(p^{5/2})",
    rests_on=["A.step5.kernel", "A.step4.flip_energy"],
)
@pytest.mark.parametrize("part", ["p", "p^{3/2}", "remainder"])
def test_smooth_energy(check, part):
    energy, s = sign_gates().on_on.energy, variable()
    if part == "p":
        check(exactly(2), is_zero(energy[2]))
    elif part == "p^{3/2}":
        check(exactly(-8, "−8, in units of 1/π"), is_zero((energy * EXACT.pi)[3]))
    else:
        check(at_least_order(5), order_of(energy - 2 * s**2 + 8 * s**3 / EXACT.pi))


@claim(
    "A.step5.exchangeable",
    at="Appendix A.1",
    says="The first two terms of β_smooth are equal, each 1/2 − β_flip",
    tex=r"\mathbb{E}[X^2\mathbf{1}_{X>0,X'>0}]=\tfrac12-\beta_{\mathrm{flip}}",
)
@pytest.mark.parametrize("squared", ["X", "X′"])
def test_exchangeability(check, squared):
    def difference():
        theta = (1 - 2 * BALL.number("0.07")).acos()
        monomial = {(2, 0): 1} if squared == "X" else {(0, 2): 1}
        flipped = quadrant_moment({(2, 0): 1}, theta, 1, -1)
        return abs(quadrant_moment(monomial, theta) - (BALL.number(1) / 2 - flipped))

    check(at_most("1e-12", "equal, to 12 digits"), ball(difference, "polar integrals, p = 0.07"))


@claim(
    "A.step6",
    at="Appendix A.1",
    says="E[(Δa_sign)²] = (1/n)·2p(1 − 4√p/(3π)) + O(p^{5/2}/n) (Step A6)",
    tex=r"2\beta_{\mathrm{flip}}+\beta_{\mathrm{smooth}}=2p\left(1-\frac{4\sqrt{p}}{3\pi}\right)+O(p^{5/2})",
    rests_on=["A.step4.flip_energy", "A.step5.smooth_energy"],
)
@pytest.mark.parametrize("part", ["p", "p^{3/2}", "remainder"])
def test_total_sign_energy(check, part):
    energy, s = totals()[0].energy, variable()
    if part == "p":
        check(exactly(2), is_zero(energy[2]))
    elif part == "p^{3/2}":
        found = exact_value((energy * EXACT.pi)[3])
        check(identity(found, Fraction(-8, 3), EXACT_COEFFICIENTS, "−8/3, in units of 1/π"))
    else:
        check(at_least_order(5), order_of(energy - 2 * s**2 + 8 * s**3 / (3 * EXACT.pi)))


@claim(
    "A.step6.next",
    at="Appendix A.1",
    kind="extension",
    says="The next terms are sharp: β_flip −4/(5π), β_smooth +4/(3π), their total −4/(15π), each times p^{5/2}",
)
@pytest.mark.parametrize(("term", "stated"), [("flip", "-4/5"), ("smooth", "4/3"), ("total", "-4/15")])
def test_next_terms(check, term, stated):
    energy = {
        "flip": lambda: sign_gates().on_off.energy,
        "smooth": lambda: sign_gates().on_on.energy,
        "total": lambda: totals()[0].energy,
    }[term]()
    check(identity(exact_value((energy * EXACT.pi)[5]), Fraction(stated), EXACT_COEFFICIENTS, f"= {stated}"))


@claim(
    "A.step6.arithmetic",
    at="Appendix A.1",
    kind="number",
    says="16/(3π) − 8/π = (16 − 24)/(3π) = −8/(3π)",
)
def test_step_6_arithmetic(check):
    check(identity(Fraction(16, 3) - 8, Fraction(-8, 3), "exact fractions, in units of 1/π", "= -8/3"))


# Steps A7 and A8


@claim(
    "A.step7.variance",
    at="Appendix A.1",
    also_at=["Appendix A.2"],
    says="Var(Δz_mag) = δ² = 4p/n (Step A7)",
    tex=r"\mathrm{Var}(\Delta z_i^{\mathrm{mag}})=\delta^2",
)
@pytest.mark.parametrize("n", [3, 4])
def test_magnitude_variance(check, n):
    x = {3: (1, 2, 2), 4: (1, 1, 1, 1)}[n]
    norm = sum(e**2 for e in x)
    second = Fraction(
        sum(sum(s * e for s, e in zip(signs, x, strict=True)) ** 2 for signs in product((-1, 1), repeat=n))
    )
    check(exactly(1, "Var Δz/δ² = 1"), proof(second / 2**n / norm, "all 2ⁿ sign vectors, in exact fractions"))


MAGNITUDE_EVENTS = {
    "stays on": lambda: magnitude_gates().on_on.energy - 2 * variable() ** 2,
    "turns on": lambda: magnitude_gates().off_on.energy,
    "turns off": lambda: magnitude_gates().on_off.energy,
    "together": lambda: totals()[1].energy - 2 * variable() ** 2,
}


@claim(
    "A.step7.orders",
    at="Appendix A.1",
    says="The smooth event contributes 2p/n − O(p^{3/2}/n), each gate flip O(p^{3/2}/n), all together 2p/n + "
    "O(p^{3/2}/n)",
    tex=r"\mathbb{E}[(\Delta a_i^{\mathrm{mag}})^2]=\frac{2p}{n}+O(p^{3/2}/n)",
    rests_on=["A.lemmaA1"],
)
@pytest.mark.parametrize("event", MAGNITUDE_EVENTS)
def test_magnitude_orders(check, event):
    check(at_least_order(3), order_of(MAGNITUDE_EVENTS[event]()))


@claim(
    "A.step7.smooth_sign",
    at="Appendix A.1",
    says="The correction to the smooth contribution is negative",
)
def test_smooth_correction_sign(check):
    correction = MAGNITUDE_EVENTS["stays on"]
    check(less_than("0"), ball(lambda: exact_value(correction()[3]), f"coefficient of p^(3/2); {EXACT_COEFFICIENTS}"))


@claim(
    "A.step7.energy_exact",
    at="Appendix A.1",
    also_at=["Section 6.3"],
    kind="extension",
    says="n E[(Δa_mag)²] = 2p − (8λ³/(3π))p^{3/2} + O(p²), λ = √(1 − 2/π): in these units +1 from each gate flip, −3 "
    "from gates that stay on",
    tex=r"n\,\mathbb{E}[(\Delta a^{\mathrm{mag}})^2]=2p-\frac{8\lambda^3}{3\pi}p^{3/2}+O(p^2)",
)
@pytest.mark.parametrize(("event", "units"), [("turns on", 1), ("turns off", 1), ("stays on", -3), ("together", -1)])
def test_magnitude_coefficients(check, event, units):
    unit = 8 * EXACT.number(LAMBDA) ** 3 / (3 * EXACT.pi)
    check(exactly(units, f"{units}, in units of 8λ³/(3π)"), is_zero((MAGNITUDE_EVENTS[event]() / unit)[3]))


def boundary_probability(signs):
    """P(sign X, sign X′) under the magnitude model, as an exact series."""
    angle = magnitude_pair(variable(), EXACT).angle
    return angle / (2 * EXACT.pi) if signs[0] != signs[1] else (EXACT.pi - angle) / (2 * EXACT.pi)


@claim(
    "A.step7.probabilities",
    at="Appendix A.1",
    also_at=["Lemma A.1"],
    says="Each gate flip has probability O(√p), and the gate stays on with probability 1/2 − O(√p)",
    tex=r"\Pr(z<0<z+\Delta z)=O(\sqrt{p})",
)
@pytest.mark.parametrize("event", ["turns on", "turns off", "stays on"])
def test_flip_probabilities(check, event):
    if event == "stays on":
        check(at_least_order(1), order_of(boundary_probability((1, 1)) - Fraction(1, 2)))
    else:
        check(at_least_order(1), order_of(boundary_probability((1, -1))))


def boundary_witness(n):
    """Σ x̂_j|Δz|/δ on a gate that turns off: one large positive weight, n − 1 small negative ones, equal entries."""
    weights = [Fraction(1)] + [Fraction(-1, 2 * n)] * (n - 1)
    z = sum(weights)
    signs = sum(1 if w > 0 else -1 for w in weights)
    delta = Fraction(1)
    if not z > 0 > z + delta * signs:
        raise ValueError("expected weights whose gate turns off")
    return Fraction(signs**2, n)


@claim(
    "A.step7.sure_bound",
    at="Appendix A.1",
    also_at=["Appendix A.2"],
    says="On a gate flip |z| ≤ |Δz| ≤ O(δ)",
    tex=r"|z_i|\le|\Delta z_i|\le O(\delta)",
    primary="in mean square, as Δz has deviation δ",
    note="Not surely: |Δz|/δ is Σ±x̂_j, which reaches (n − 2)/√n on such events. In mean square it is bounded, which "
    "is what the step needs.",
)
@pytest.mark.parametrize("reading", ["in mean square, as Δz has deviation δ", "surely"])
def test_sure_bound(check, reading):
    if reading == "surely":

        def exponent():
            squares = [BALL.number(boundary_witness(n)) for n in (64, 1024)]
            return (squares[1] / squares[0]).log() / (2 * BALL.number(16).log())

        check(at_most("0", "growth exponent of |Δz|/δ in n"), ball(exponent, "explicit weights whose gate turns off"))
    else:

        def conditional():
            s = Fraction(1, 1000)
            law = sign_preserving_covariance(s**2)
            probability = quadrant_moment({(0, 0): 1}, law.angle, 1, -1)
            deviation = law.variance.sqrt()
            squared = {(2, 0): 1, (1, 1): -2 * deviation, (0, 2): deviation**2}
            change = quadrant_moment(squared, law.angle, 1, -1)
            return change / probability / (4 * BALL.number(s) ** 2)

        check(at_most("1", "E[Δz² | flip]/δ² bounded"), ball(conditional, f"{INTEGRALS}, p = 10⁻⁶", bits=128))


@claim(
    "A.goal",
    at="Appendix A.1",
    says="R_A(p) = 1 − 4√p/(3π) + O(√p), the goal of Part A; Step A8: R_A(p) = 1 + O(√p)",
    tex=r"R_A(p)=1-\frac{4\sqrt{p}}{3\pi}+O(\sqrt{p})",
    note="Both say the same: a √p term beside O(√p) says nothing. R_A's own coefficient is −(4/(3π))(1 − λ³).",
    rests_on=["A.step6", "A.step7.orders"],
)
@pytest.mark.parametrize("display", ["goal", "Step A8"])
def test_goal(check, display):
    sign, magnitude = totals()
    ratio = sign.energy / magnitude.energy
    stated = 1 - 4 * variable() / (3 * EXACT.pi) if display == "goal" else EXACT.number(1)
    check(at_least_order(1), order_of(ratio - stated))


@claim(
    "A.step8.source",
    at="Appendix A.1",
    also_at=["Section 6.3"],
    says="R_A's factor beside 1 − 4√p/(3π) is due to the boundary events of Step A7",
    rests_on=["A.step7.orders"],
)
def test_remainder_source(check):
    s, (sign, magnitude) = variable(), totals()
    rest = sign.energy / magnitude.energy / (1 - 4 * s / (3 * EXACT.pi))
    boundary = magnitude.energy / (2 * s**2)
    check(exactly(0, "its √p coefficient cancels Step A7's"), is_zero((rest * boundary - 1)[1]))


# Appendix A.2


@claim(
    "A.stepB1",
    at="Appendix A.2",
    says="(Δy·ŷ)²/‖Δy‖² = cos²(Δy, y)",
)
@pytest.mark.parametrize(("y", "change"), [((3, 4), (1, 2)), ((1, 2, 2), (-2, 1, 5))], ids=["plane", "space"])
def test_radial_fraction_is_a_cosine(check, y, change):
    inner = sum(a * b for a, b in zip(y, change, strict=True))
    norms = sum(a * a for a in y), sum(b * b for b in change)
    unit = [Fraction(a, int(norms[0] ** 0.5)) for a in y]
    radial = sum(a * b for a, b in zip(unit, change, strict=True)) ** 2 / norms[1]
    check(exactly(0), proof(radial - Fraction(inner**2, norms[0] * norms[1]), "exact fractions"))


def projection_moments(d, m, u, v):
    """E[(W₂u)·(W₂v)] and its variance, W₂ of shape (d, m) with independent N(0, 1/m) entries (Isserlis)."""
    uv, uu, vv = (sum(a * b for a, b in zip(*pair, strict=True)) for pair in ((u, v), (u, u), (v, v)))
    return Fraction(d * uv, m), Fraction(d * (uu * vv + uv**2), m**2)


@claim(
    "A.stepB2.covariance",
    at="Appendix A.2",
    says="Cov(W₂u, W₂v) = (u·v/m) I_d (Step B2)",
)
@pytest.mark.parametrize("entry", ["same row", "different rows"])
def test_projection_covariance(check, entry):
    u, v, m = (1, 2, 3), (4, -1, 2), 3
    rows = [[(i, j) for j in range(m)] for i in range(2)]
    second = rows[0] if entry == "same row" else rows[1]
    total = sum(
        Fraction(a * b, m) * (p == q) for a, p in zip(u, rows[0], strict=True) for b, q in zip(v, second, strict=True)
    )
    expected = Fraction(sum(a * b for a, b in zip(u, v, strict=True)), m) if entry == "same row" else 0
    check(exactly(0), proof(total - expected, "covariances of independent entries, in exact fractions"))


@claim(
    "A.stepB2.norms",
    at="Appendix A.2",
    says="‖W₂u‖² concentrates around ‖u‖²",
    primary="any d and m, as the lemma says",
    note="Its mean is (d/m)‖u‖², as Step A1 itself says; the factor cancels in cos², so that the conclusion stands. "
    "Twice as many rows double the sum.",
    instead="A.step1",
)
@pytest.mark.parametrize(
    ("reading", "d"), [("any d and m, as the lemma says", 6), ("d = m", 3)], ids=["any d and m-6", "d = m-3"]
)
def test_projection_norms(check, reading, d):
    u = (1, 2, 2)
    mean, _ = projection_moments(d, len(u), u, u)
    check(exactly(1, "E‖W₂u‖²/‖u‖² = 1"), proof(mean / 9, f"sum over rows, m = 3, d = {d}; {reading}"))


@claim(
    "A.stepB2.angles",
    at="Appendix A.2",
    says="cos²(W₂u, W₂v) → cos²(u, v) as d → ∞",
    tex=r"\cos^2(W_2u,W_2v)\to\cos^2(u,v)",
)
@pytest.mark.parametrize("quantity", ["inner product", "norm"])
def test_angle_preservation(check, quantity):
    u, v = (1, 2, 2), (2, -1, 3)
    v = u if quantity == "norm" else v

    def exponent():
        spread = []
        for d in (10, 160):
            mean, variance = projection_moments(d, 3, u, v)
            spread.append(BALL.number(variance / mean**2))
        return (spread[1] / spread[0]).log() / BALL.number(16).log()

    check(less_than("0", "relative variance falls with d (Chebyshev)"), ball(exponent, "Gaussian moments by Isserlis"))


ASSUMPTIONS = {
    "(A1)": {"laws of W₁ and W₂"},
    "(A2)": {"delocalized input"},
    "(A3)": {"sign-flip perturbation"},
    "(A4)": {"magnitude perturbation"},
    "(A5)": {"dimensions"},
    "(A6)": {"activation"},
    "Section 6.1": {"laws of W₁ and W₂", "independence of W₁ and W₂"},
}


@claim(
    "A.stepB2.citation",
    at="Appendix A.2",
    kind="wording",
    says="W₂ is independent of (W₁, x̂) by assumption (A5)",
    note="(A5) is about dimensions. Section 6.1 states the independence; no assumption of Section 2.4 does.",
    instead="A.stepB2.citation.meant",
)
def test_cited_assumption(check):
    stated = [subject for subject in ASSUMPTIONS["(A5)"] if "independence" in subject]
    check(at_least("1", "(A5) states independence"), proof(len(stated), "what (A5) is about"))


@claim(
    "A.stepB2.citation.meant",
    at="Appendix A.2",
    kind="extension",
    says="One place alone states that W₁ and W₂ are independent: Section 6.1",
)
def test_where_independence_is_stated(check):
    places = [place for place, subjects in ASSUMPTIONS.items() if any("independence" in each for each in subjects)]
    others = [place for place in ASSUMPTIONS if (place in places) != (place == "Section 6.1")]
    check(exactly(0, "Section 6.1 alone"), proof(len(others), "what the assumptions and Section 6.1 are about"))


@claim(
    "A.stepB3.reflection",
    at="Appendix A.2",
    also_at=["Section 6.3"],
    says="E[Δa a] = −E[(Δa)²]/2 for sign flips, by the reflection symmetry (z, z′) = (−z, −z′) in law",
    tex=r"\mathbb{E}[\Delta a_i a_i]=-\tfrac12\mathbb{E}[(\Delta a_i)^2]",
    primary="with equal marginals",
    note="Equal second moments of a and a′ suffice; reflection symmetry neither is needed nor suffices. The magnitude "
    "perturbation has it too, and breaks the identity.",
)
@pytest.mark.parametrize("reading", ["with equal marginals", "reflection symmetry alone"])
def test_reflection(check, reading):
    sign, magnitude = totals()
    moments = sign if reading == "with equal marginals" else magnitude
    residual = 2 * moments.projection + moments.energy
    known = len(residual.coefficients)
    check(exactly(known, "2E[Δa a] + E[(Δa)²] = 0 to every order computed"), order_of(residual))


@claim(
    "A.stepB3.every_width",
    at="Appendix A.2",
    kind="extension",
    says="E[Δa a] = −E[(Δa)²]/2 holds at every n and input, since (z, z′) is exchangeable given the flips",
)
@pytest.mark.parametrize("q", ["1/9", "1/2", "8/9"])
def test_identity_at_every_width(check, q):
    def residual():
        moments = integrated_moments(sign_flip_covariance(Fraction(q)))
        return abs(2 * moments.projection + moments.energy)

    check(at_most("1e-12"), ball(residual, f"flipped part q of the input's energy; {INTEGRALS}"))


@claim(
    "A.stepB3.activation",
    at="Appendix A.2",
    says="E[a²] = 1/(2n)",
    tex=r"\mathbb{E}[a_i^2]=\frac{1}{2n}",
)
def test_activation_moment(check):
    def difference():
        moments = integrated_moments(sign_flip_covariance("0.2"))
        return abs(moments.original - BALL.number(1) / 2)

    check(at_most("1e-12", "equal, to 12 digits"), ball(difference, INTEGRALS))


@claim(
    "A.stepB3",
    at="Appendix A.2",
    also_at=["Section 6.3", "Section 2.5"],
    says="𝓡_sign = β_total/2 = p − 4p^{3/2}/(3π) + O(p^{5/2})",
    tex=r"\mathcal{R}^{\mathrm{sign}}=p-\frac{4p^{3/2}}{3\pi}+O(p^{5/2})",
    rests_on=["A.step6", "A.stepB3.reflection", "A.stepB2.angles"],
)
@pytest.mark.parametrize("part", ["β_total/2", "p", "p^{3/2}", "remainder"])
def test_sign_radial_fraction(check, part):
    moments, s = totals()[0], variable()
    fraction = moments.projection**2 / (moments.original * moments.energy)
    if part == "β_total/2":
        check(exactly(len(fraction.coefficients), "to every order computed"), order_of(fraction - moments.energy / 2))
    elif part == "p":
        check(exactly(1), is_zero(fraction[2]))
    elif part == "p^{3/2}":
        found = exact_value((fraction * EXACT.pi)[3])
        check(identity(found, Fraction(-4, 3), EXACT_COEFFICIENTS, "−4/3, in units of 1/π"))
    else:
        check(at_least_order(5), order_of(fraction - s**2 + 4 * s**3 / (3 * EXACT.pi)))


@claim(
    "A.uncentred",
    at="Appendix A.2",
    says="The uncentred and the Pearson correlation of a and Δa differ, because E[a] > 0",
)
def test_uncentred_correlation(check):
    def difference():
        law = sign_flip_covariance("0.1")
        moments = integrated_moments(law)
        mean = quadrant_moment({(1, 0): 1}, law.angle, 1, 1) + quadrant_moment({(1, 0): 1}, law.angle, 1, -1)
        uncentred = moments.projection / (moments.original * moments.energy).sqrt()
        pearson = moments.projection / ((moments.original - mean**2) * moments.energy).sqrt()
        return abs(uncentred - pearson)

    check(more_than("0"), ball(difference, f"{INTEGRALS}; E[Δa] = 0, p = 0.1"))


def squared_correlations(pairs):
    """The uncentred and the Pearson correlation, squared, of equally likely pairs of values."""
    n = len(pairs)
    (mean_x, mean_y) = (Fraction(sum(values), n) for values in zip(*pairs, strict=True))
    xx, yy, xy = (Fraction(sum(a[i] * a[j] for a in pairs), n) for i, j in ((0, 0), (1, 1), (0, 1)))
    return xy**2 / (xx * yy), (xy - mean_x * mean_y) ** 2 / ((xx - mean_x**2) * (yy - mean_y**2))


@claim(
    "A.uncentred.exact",
    at="Appendix A.2",
    kind="extension",
    says="Where E[Y] = 0 the squared Pearson correlation is E[X²]/Var X times the squared uncentred one: they agree if "
    "E[X] = 0 too",
    tex=r"\mathbb{E}[Y]=0\ \Rightarrow\ \mathrm{Pearson}^2=\frac{\mathbb{E}[X^2]}{\mathrm{Var}\,X}"
    r"\cdot\frac{\mathbb{E}[XY]^2}{\mathbb{E}[X^2]\,\mathbb{E}[Y^2]}",
)
@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(-9, 9)), min_size=1, max_size=5))
@example([(3, 1)])
@example([(0, 0), (1, 0)])
def test_uncentred_exact(pairs):
    pairs = [*pairs, (0, -sum(y for _, y in pairs))]  # so that E[Y] = 0
    assume(len({x for x, _ in pairs}) > 1 and any(y for _, y in pairs))
    uncentred, pearson = squared_correlations(pairs)
    square = Fraction(sum(x * x for x, _ in pairs), len(pairs))
    mean = Fraction(sum(x for x, _ in pairs), len(pairs))
    assert pearson == uncentred * square / (square - twin(1, 0) * mean**2)


@claim(
    "A.uncentred.criterion",
    at="Appendix A.2",
    says="The uncentred correlation equals Pearson's only when E[X] = 0 or E[Y] = 0",
    tex=r"\frac{\mathbb{E}[XY]}{\sqrt{\mathbb{E}[X^2]\mathbb{E}[Y^2]}}=\mathrm{Pearson}"
    r"\ \Rightarrow\ \mathbb{E}[X]\mathbb{E}[Y]=0",
    primary="the condition is necessary",
    note="They can agree with both means positive (always where X = Y), and differ though E[Y] = 0, which leaves "
    "E[X²] in place of Var X: so they do for sign flips, where E[Δa] = 0. Nothing rests on it.",
    instead="A.uncentred.exact",
)
@pytest.mark.parametrize("reading", ["the condition is necessary", "the condition is sufficient"])
def test_uncentred_criterion(check, reading):
    if reading == "the condition is necessary":
        agreeing = [(3, 1), (2, 2), (1, -1)]
        uncentred, pearson = squared_correlations(agreeing)
        if uncentred != pearson:
            raise ValueError("expected a law for which both correlations agree")
        product_of_means = Fraction(sum(x for x, _ in agreeing) * sum(y for _, y in agreeing), len(agreeing) ** 2)
        check(exactly(0, "E[X] E[Y] = 0, as both agree"), proof(product_of_means, f"equally likely pairs {agreeing}"))
    else:
        centred = [(0, -1), (2, 1)]
        uncentred, pearson = squared_correlations(centred)
        check(
            exactly(1, "ratio of squares 1, as E[Y] = 0"), proof(uncentred / pearson, f"equally likely pairs {centred}")
        )


# Lemma A.1


@claim(
    "A.lemmaA1",
    at="Lemma A.1",
    also_at=["Section 6.3", "Appendix A.2"],
    says="Corr(Δa, a) → √(2/π) + O(√p)",
    tex=r"\mathrm{Corr}(\Delta a_i,a_i)\to\sqrt{2/\pi}+O(\sqrt{p})",
    rests_on=["A.lemmaA1.moments", "A.lemmaA1.normal"],
)
@pytest.mark.parametrize("part", ["limit", "order of the rest"])
def test_bussgang_relu(check, part):
    moments = totals()[1]
    ratio = moments.projection / variable()
    correlation = ratio / EXACT.sqrt(moments.original * moments.energy / variable() ** 2)
    if part == "limit":
        check(exactly(0, "Corr − √(2/π) = 0 at p = 0"), is_zero(correlation[0] - EXACT.number(KAPPA)[0]))
    else:
        check(at_least_order(1), order_of(correlation - EXACT.number(KAPPA)))


@claim(
    "A.lemmaA1.exact",
    at="Lemma A.1",
    kind="extension",
    says="Corr(Δa, a) = κ(1 + (2λ³/(3π))√p + O(p)) and 𝓡_mag = (2/π)(1 + (4λ³/(3π))√p + O(p)), κ = √(2/π), λ = √(1 − "
    "2/π)",
    tex=r"\mathcal{R}^{\mathrm{mag}}=\frac{2}{\pi}\left(1+\frac{4\lambda^3}{3\pi}\sqrt{p}+O(p)\right)",
)
@pytest.mark.parametrize("quantity", ["correlation", "radial fraction"])
def test_exact_lemma(check, quantity):
    moments, lam = totals()[1], EXACT.number(LAMBDA)
    fraction = moments.projection**2 / (moments.original * moments.energy)
    if quantity == "radial fraction":
        check(exactly(0), is_zero((fraction * EXACT.pi / 2 - 4 * lam**3 * variable() / (3 * EXACT.pi))[1]))
    else:
        check(
            exactly(0),
            is_zero((EXACT.sqrt(fraction) / EXACT.number(KAPPA) - 2 * lam**3 * variable() / (3 * EXACT.pi))[1]),
        )


@claim(
    "A.lemmaA1.value",
    at="Lemma A.1",
    kind="extension",
    says="𝓡_mag at the tested flip rates: 0.6421, 0.6441, 0.6477, 0.6511",
)
@pytest.mark.parametrize(
    ("p", "stated"), [("0.01", "0.6421"), ("0.02", "0.6441"), ("0.05", "0.6477"), ("0.10", "0.6511")]
)
def test_radial_fraction_values(check, p, stated):
    check(printed(stated), ball(lambda: integrated_moments(sign_preserving_covariance(p)).radial_fraction(), INTEGRALS))


@claim(
    "A.lemmaA1.moments",
    at="Appendix A.2",
    also_at=["Lemma A.1", "Remark 2"],
    says="Corr(z, Δz) = √(2/π) exactly, for every n",
    tex=r"\mathrm{Corr}(z_i,\Delta z_i)=\sqrt{2/\pi}",
)
@pytest.mark.parametrize("moment", ["E|w|", "Cov(z, Δz)/(δE|w|)"])
def test_bussgang_moments(check, moment):
    if moment == "E|w|":

        def difference():
            return abs(2 * quadrant_moment({(1, 0): 1}, 0) - (2 / BALL.pi).sqrt())

        check(at_most("1e-12", "E|w| = √(2/π)"), ball(difference, "polar integral of the half normal"))
    else:
        x = (Fraction(1, 3), Fraction(2, 3), Fraction(2, 3))
        check(exactly(1), proof(sum(e**2 for e in x), "Cov(z, Δz) = δ Σ x̂_j² E|w_j|, a rational unit vector"))


@claim(
    "A.lemmaA1.normal",
    at="Appendix A.2",
    says="(Z, ΔZ) tends to a bivariate normal pair under delocalization",
)
def test_magnitude_pair_is_normal(check):
    def exponent():
        third, second = (GAUSSIAN.absolute_moment(k, BALL) for k in (3, 2))
        fourth = GAUSSIAN.absolute_moment(4, BALL)
        first = GAUSSIAN.absolute_moment(1, BALL)
        variance = second + 2 * first + 1
        summand = fourth + 4 * third + 6 * second + 4 * first + 1
        excess = [(summand - 3 * variance**2) / variance**2 / n for n in (64, 256)]
        return (abs(excess[1]) / abs(excess[0])).log() / BALL.number(4).log()

    check(
        less_than("0", "excess kurtosis of Z + ΔZ vanishes"), ball(exponent, "moments of |w| + 1 (Lyapunov), n and 4n")
    )


@claim(
    "A.lemmaA1.half_space",
    at="Appendix A.2",
    says="E[z Δz 1{z > 0}] = Cov(z, Δz)/2",
    tex=r"\mathbb{E}[z_i\Delta z_i\mathbf{1}_{z_i>0}]=\tfrac12\mathrm{Cov}(z_i,\Delta z_i)",
    note="Exact at every n by the symmetry (z, Δz) = (−z, −Δz) in law; the CLT that the proof invokes is not needed.",
)
@pytest.mark.parametrize("order", [0, 1, 2])
def test_half_space_product(check, order):
    magnitudes = [
        (Fraction(3), Fraction(5), Fraction(11)),
        (Fraction(1), Fraction(1), Fraction(4)),
        (Fraction(7), 2, 1),
    ]
    x, covariance, half = (1, 2, 2), Fraction(0), Fraction(0)
    for signs in product((-1, 1), repeat=3):
        z = sum(s * w * e for s, w, e in zip(signs, magnitudes[order], x, strict=True))
        change = sum(s * e for s, e in zip(signs, x, strict=True))
        covariance += z * change
        half += (z > 0) * z * change
    check(exactly(Fraction(1, 2)), proof(half / covariance, "all signs of three weights of given magnitudes"))


@claim(
    "A.lemmaA1.boundary",
    at="Appendix A.2",
    also_at=["Lemma A.1"],
    says="Pr(B) = O(√p) and E[|z||Δz| 1_B] = O(p^{3/2}/n), B the event that the gate turns off",
)
@pytest.mark.parametrize("quantity", ["Pr(B)", "E[|z||Δz| 1_B]"])
def test_boundary_terms(check, quantity):
    if quantity == "Pr(B)":
        check(at_least_order(1), order_of(boundary_probability((1, -1))))
    else:
        pair, gates = magnitude_pair(variable(), EXACT), magnitude_gates()
        angle = pair.angle
        cross = -(EXACT.sin(angle) - angle * EXACT.cos(angle)) / (2 * EXACT.pi)
        deviation = EXACT.sqrt(pair.variance)
        check(at_least_order(3), order_of(gates.on_off.original - deviation * cross))


@claim(
    "A.lemmaA1.flip_bound",
    at="Appendix A.2",
    says="The gate-flip energy is bounded by σ_n² Pr(B) = O(p^{3/2}/n)",
    tex=r"\sigma_n^2\Pr(\mathcal{B})=O(p^{3/2}/n)",
    note="σ_n² Pr(B) is (λ/π)√p/n to leading order, so O(√p/n): the bound loses a factor p, and would exceed the main "
    "term's correction. The energy itself is O(p^{3/2}/n), so the conclusion stands. The wedge probability at p = "
    "10⁻⁶ agrees.",
    instead="A.step7.energy_exact",
)
@pytest.mark.parametrize("p", ["1e-4", "1e-8"])
def test_flip_bound(check, p):
    def exponent():
        small = Fraction(p)
        chances = [
            quadrant_moment({(0, 0): 1}, sign_preserving_covariance(rate).angle, 1, -1) for rate in (small, small / 4)
        ]
        return (chances[0] / chances[1]).log() / BALL.number(4).log()

    check(at_least("1.49", "order p^(3/2)"), ball(exponent, f"Pr(B) at p and p/4: {INTEGRALS}", bits=128))


@claim(
    "A.lemmaA1.projection",
    at="Appendix A.2",
    also_at=["Lemma A.1"],
    says="E[A ΔA] = Cov(z, Δz)/2 + O(p^{3/2}/n): a relative correction O(p)",
    tex=r"\mathbb{E}[A\,\Delta A]=\frac{\delta}{2\sqrt{n}}\sqrt{2/\pi}+O(p^{3/2}/n)",
)
@pytest.mark.parametrize("part", ["main term", "correction", "relative correction"])
def test_projection(check, part):
    projection, main = totals()[1].projection, EXACT.number(KAPPA) * variable()
    if part == "main term":
        check(exactly(0), is_zero(projection[1] - main[1]))
    elif part == "correction":
        check(at_least_order(3), order_of(projection - main))
    else:
        check(at_least_order(2), order_of(projection / main - 1))


@claim(
    "A.lemmaA1.energy",
    at="Appendix A.2",
    also_at=["Lemma A.1"],
    says="E[(ΔA)²] = (δ²/2)(1 + O(√p)), and this dominates the residual",
)
@pytest.mark.parametrize("part", ["order", "dominates"])
def test_lemma_energy(check, part):
    moments, s = totals()[1], variable()
    energy_order = leading_order(moments.energy / (2 * s**2) - 1)
    if part == "order":
        check(at_least_order(1), proof(energy_order, EXACT_COEFFICIENTS))
    else:
        projection_order = leading_order(moments.projection / (EXACT.number(KAPPA) * s) - 1)
        margin = projection_order - energy_order
        check(
            at_least("1", "orders of √p by which the energy's correction exceeds the projection's"),
            proof(margin, EXACT_COEFFICIENTS),
        )


@claim(
    "A.lemmaA1.lipschitz",
    at="Appendix A.2",
    says="|A| ≤ |z| and |ΔA| ≤ |Δz|",
)
@settings(deadline=None, max_examples=200)
@given(z=st.integers(-(10**6), 10**6), change=st.integers(-(10**6), 10**6))
@example(0, 0)
@example(1, -2)
@example(-1, 2)
@example(5, 7)
def test_lipschitz(z, change):
    moved = max(z + change, 0) - max(z, 0)
    constant = twin(Fraction(1), Fraction(99, 100))
    worst(float(constant * abs(change) - abs(moved)))
    assert abs(moved) <= constant * abs(change)
    assert max(z, 0) <= abs(z)


@claim(
    "A.lemmaA1.integrability",
    at="Appendix A.2",
    says="A ΔA and A² are uniformly integrable, from moments of order 2(1 + ε) that are bounded in n",
    primary="rescaled by their standard deviations",
    note="As written the variables are not rescaled: their moments tend to 0, which says nothing about n·E[A ΔA]. "
    "Rescaled, E[(Δz/δ)⁴] = 3 − 2Σx̂⁴ ≤ 3 suffices. (ΔA)², which the correlation's denominator needs, is not listed.",
)
@pytest.mark.parametrize(
    ("reading", "n"), [("rescaled by their standard deviations", n) for n in ("every n", 1, 2, 4, 9)]
)
def test_uniform_integrability(check, reading, n):
    if n == "every n":
        import sympy

        x = sympy.symbols("x1:5")  # a term of the fourth power has at most four of the entries
        powers = [
            sum(s * entry for s, entry in zip(signs, x, strict=True)) ** 4 for signs in product((-1, 1), repeat=4)
        ]
        squares, fourths = (sum(entry**k for entry in x) for k in (2, 4))
        residual = sympy.Poly(sum(powers) / 16 - 3 * squares**2 + 2 * fourths, *x)
        found = sum(coefficient != 0 for coefficient in residual.coeffs())
        check(
            exactly(0, "E[(Δz/δ)⁴] = 3‖x̂‖⁴ − 2Σx̂⁴"),
            proof(found, "coefficients that differ, all sign vectors, symbolic x̂"),
        )
        return
    fourth = Fraction(sum(sum(signs) ** 4 for signs in product((-1, 1), repeat=n)), 2**n * n**2)
    check(at_most("3", "E[(Δz/δ)⁴] bounded, here by 3"), proof(fourth, f"all 2ⁿ sign vectors, {reading}"))


@claim(
    "A.stepB4",
    at="Appendix A.2",
    also_at=["Section 6.3", "Section 2.5"],
    says="𝓡_mag → 2/π + O(√p)",
    tex=r"\mathcal{R}^{\mathrm{mag}}\to 2/\pi+O(\sqrt{p})",
    rests_on=["A.lemmaA1", "A.stepB2.angles"],
)
@pytest.mark.parametrize("part", ["limit", "order of the rest"])
def test_magnitude_radial_fraction(check, part):
    moments = totals()[1]
    rest = moments.projection**2 / (moments.original * moments.energy) - 2 / EXACT.pi
    if part == "limit":
        check(exactly(0), is_zero(rest[0]))
    else:
        check(at_least_order(1), order_of(rest))


# Appendix A.3


@cache
def exact_ratio():
    sign, magnitude = totals()
    return sign.transverse_energy() / magnitude.transverse_energy()


@claim(
    "A.assembly",
    at="Equation (25)",
    also_at=["Appendix A.3"],
    says="c(p) is (1 − p + 4p^{3/2}/(3π))/(1 − 2/π)·(1 − 4√p/(3π))",
    tex=r"c(p)=\frac{1-p+4p^{3/2}/(3\pi)}{1-2/\pi}\left(1-\frac{4\sqrt{p}}{3\pi}\right)",
    primary="up to a factor 1 + O(√p), as the text then says",
    note="As the equality that is displayed it fails from the √p term on.",
    instead="6.theorem3.coefficients",
    rests_on=["6.theorem3"],
)
@pytest.mark.parametrize("reading", ["up to a factor 1 + O(√p), as the text then says", "as the equality displayed"])
def test_final_assembly(check, reading):
    difference = exact_ratio() / assembled_ratio(variable(), EXACT) - 1
    every = exactly(len(difference.coefficients), "equal to every order computed")
    check(at_least_order(1) if reading.startswith("up to") else every, order_of(difference))


@claim(
    "A.assembly.numerator",
    at="Appendix A.3",
    says="𝓡_sign is exact through p^{3/2}, and 1 − p differs from the exact numerator in O(p^{3/2})",
    rests_on=["A.stepB3"],
)
@pytest.mark.parametrize(("numerator", "order"), [("with 4p^{3/2}/(3π)", 5), ("1 − p", 3)])
def test_numerator(check, numerator, order):
    moments, s = totals()[0], variable()
    exact = 1 - moments.energy / 2
    stated = 1 - s**2 + 4 * s**3 / (3 * EXACT.pi) if numerator.startswith("with") else 1 - s**2
    check(at_least_order(order), order_of(exact - stated))


@claim(
    "A.assembly.remainder",
    at="Appendix A.3",
    says="ε(p) absorbs the √p corrections of 𝓡_mag and of R_A, and the p^{3/2} difference of the numerator: nothing "
    "else",
    tex=r"1+\varepsilon=\frac{1-2/\pi}{1-\mathcal{"
    r"R}^{\mathrm{mag}}}\cdot\frac{R_A}{1-4\sqrt{p}/(3\pi)}\cdot\frac{1-\mathcal{R}^{\mathrm{sign}}}{1-p}",
    rests_on=["6.theorem3"],
)
def test_remainder_parts(check):
    s, (sign, magnitude) = variable(), totals()
    structure = 1 - 4 * s / (3 * EXACT.pi)
    whole = exact_ratio() / structural_ratio(s, EXACT)
    fraction = magnitude.projection**2 / (magnitude.original * magnitude.energy)
    parts = (1 - 2 / EXACT.pi) / (1 - fraction)
    parts = parts * (sign.energy / magnitude.energy / structure) * ((1 - sign.energy / 2) / (1 - s**2))
    difference = whole - parts
    check(exactly(len(difference.coefficients), "equal to every order computed"), order_of(difference))


@claim(
    "A.assembly.limit",
    at="Appendix A.3",
    says="As p → 0 the numerator tends to 1, the denominator to (π − 2)/π and R_A to 1",
)
@pytest.mark.parametrize("factor", ["numerator", "denominator", "R_A"])
def test_limits_of_factors(check, factor):
    sign, magnitude = totals()
    fraction = magnitude.projection**2 / (magnitude.original * magnitude.energy)
    residual = {
        "numerator": lambda: 1 - sign.energy / 2 - 1,
        "denominator": lambda: 1 - fraction - (EXACT.pi - 2) / EXACT.pi,
        "R_A": lambda: sign.energy / magnitude.energy - 1,
    }[factor]()
    check(exactly(0), is_zero(residual[0]))
