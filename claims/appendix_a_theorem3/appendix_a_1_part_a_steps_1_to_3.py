"""Appendix A.1, Steps A1 to A3: output energy, gate-flip and smooth parts, the pair of normal variables."""

from fractions import Fraction
from itertools import product
from math import comb

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from verdicts import at_most, ball, claim, exactly, less_than, more_than, proof, twin, worst

from claims.appendix_a_theorem3.expansions import FLIP_RATES, INTEGRALS
from theorems.arithmetic.contexts import BALL
from theorems.formulas.asymmetry import root_flip_rate, sign_moments
from theorems.formulas.finite_width import sign_moments_equal_entries, sign_moments_given_input
from theorems.formulas.relu_kernels import angle_from_amplitude, gate_flip_energy
from theorems.integrals.perturbed_neuron import integrated_gates, integrated_moments, sign_flip_covariance

nonzero = st.floats(-1e100, 1e100).filter(bool)


def root(p):
    return root_flip_rate(p, BALL)


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
