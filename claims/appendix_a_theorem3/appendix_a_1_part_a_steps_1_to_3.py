"""Appendix A.1, Steps A1 to A3: output energy, gate-flip and smooth parts, the pair of normal variables."""

from fractions import Fraction
from itertools import product
from math import comb

import pytest
from verdicts import agrees, at_most, ball, claim, identity, instances

from claims.appendix_a_theorem3.expansions import INTEGRALS, nonnegative
from claims.width_bounds import loss_below, relative_loss
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas.finite_width import sign_moments_given_input
from theorems.formulas.relu_kernels import angle_from_amplitude, gate_flip_energy
from theorems.integrals.exact_moments import exact_quadrant_moment
from theorems.integrals.perturbed_neuron import integrated_moments, sign_flip_covariance


@claim(
    "A.step1",
    at="Appendix A.1",
    says="E[‖Δy‖² | Δa] = (d_out/m)‖Δa‖² (Step A1)",
    tex=r"\mathbb{E}[\|\Delta y\|^2\mid\Delta a]=\frac{d_{\mathrm{out}}}{m}\|\Delta a\|^2",
)
def test_output_energy(check):
    d, m, *change = indeterminates("d,m,c1,c2")  # a term of ‖W₂Δa‖² has at most two of the entries of Δa
    covariance = [[1 / m, 0 * m], [0 * m, 1 / m]]
    energy = d * sum(change[i] * change[j] * covariance[i][j] for i, j in product(range(2), repeat=2))
    check(identity(energy, d / m * sum(c**2 for c in change), "the entries' covariances, any d and m"))


@claim(
    "A.step2",
    at="Appendix A.1",
    also_at=["Equation (22)"],
    says="E[(Δa)²] is the sum over the two gate flips and the smooth event; both off contributes nothing (Step A2)",
    tex=r"\mathbb{E}[(\Delta a)^2]=\mathbb{E}[z^2\mathbf{1}_{z>0,z'<0}]+\mathbb{E}[z'^2\mathbf{1}_{z<0,z'>0}]"
    r"+\beta_{\mathrm{smooth}}",
)
def test_decomposition(check):
    import sympy

    changes, parts = [], []
    for sign, new_sign in product((1, -1), repeat=2):
        z, z_new = sign * sympy.Symbol("r", positive=True), new_sign * sympy.Symbol("s", positive=True)
        changes.append((sympy.Max(z_new, 0) - sympy.Max(z, 0)) ** 2)
        closing = z**2 if z > 0 > z_new else 0
        opening = z_new**2 if z_new > 0 > z else 0
        smooth = (z_new - z) ** 2 if z > 0 and z_new > 0 else 0
        parts.append(closing + opening + smooth)
    check(identity(changes, parts, "in symbols for each of the four signs of (z, z′)"))


@claim(
    "A.step2.equal_flips",
    at="Equation (22)",
    also_at=["Appendix A.1"],
    says="The two gate flips of a sign flip have equal energy, so that together they are 2β_flip",
    tex=r"\mathbb{E}[z^2\mathbf{1}_{z>0,z'<0}]=\mathbb{E}[z'^2\mathbf{1}_{z<0,z'>0}]",
    note="For sign flips at every n, since (z, z′) is exchangeable. β_flip of Step A4 is this energy in units of 1/n. "
    "The same display does not hold for the magnitude perturbation.",
)
def test_equal_flips(check):
    closing, opening = exact_quadrant_moment(2, 0, 1, -1), exact_quadrant_moment(0, 2, -1, 1)
    check(identity(closing, opening, "symbolic polar integrals over {X > 0, X′ < 0} and {X < 0, X′ > 0}"))


def second_moments():
    """p, n, and E z² and E zz′ from independent weights and signs, for an input of two entries; and ‖x̂‖²."""
    p, n, *x = indeterminates("p,n,x1,x2")
    mean_sign = (1 - p) - p
    return p, n, sum(e**2 / n for e in x), sum(e**2 / n * mean_sign for e in x), sum(e**2 for e in x)


def variance():
    _, n, square, _, norm = second_moments()
    return n * square, norm


def correlation():
    p, _, square, mixed, _ = second_moments()
    return mixed / square, 1 - 2 * p


@claim(
    "A.step3.variance",
    at="Appendix A.1",
    says="Var z = 1/n, and the correlation of z and z′ is exactly 1 − 2p (Step A3)",
    tex=r"\rho=\mathrm{Corr}(z_i,z_i')=1-2p",
)
@pytest.mark.parametrize("moment", [variance, correlation], ids=["Var z", "Corr(z, z′)"])
def test_sign_flip_correlation(check, moment):
    found, stated = moment()
    check(identity(found, stated, "independent signs and weights of variance 1/n, any two entries of x̂, in symbols"))


def kurtosis_of_sum():
    """E[(z + z′)⁴]/E[(z + z′)²]² − 3, which is 0 where the sum is normal, from the cumulants of two summands."""
    p, *x = indeterminates("p,x1,x2")
    # √n(z_j + z′_j) is 2√n w_j x̂_j with probability 1 − p, else 0
    second, fourth = ([(1 - p) * moment * (2 * e) ** k for e in x] for k, moment in ((2, 1), (4, 3)))
    cumulant = sum(m4 - 3 * m2**2 for m2, m4 in zip(second, fourth, strict=True))
    return cumulant / sum(second) ** 2, 3 * p / (1 - p) * sum(e**4 for e in x) / sum(e**2 for e in x) ** 2


@claim(
    "A.step3.not_normal",
    at="Appendix A.1",
    says="At finite n the pair (z, z′) is not exactly bivariate normal: z + z′ has excess kurtosis 3p/(1 − p)·Σx̂⁴ > 0",
    tex=r"\frac{\mathbb{E}(z+z')^4}{(\mathbb{E}(z+z')^2)^2}-3=\frac{3p}{1-p}\sum_j\hat x_j^4",
    note="Its marginals are normal.",
)
def test_not_jointly_normal(check):
    method = "fourth cumulants of independent summands, which add up; any two entries of x̂, in symbols"
    check(identity(*kurtosis_of_sum(), method, "the excess kurtosis"))


def lyapunov_margin(p, plus, minus):
    """p·(3/p − E Y⁴/E[Y²]²)·E[Y²]²/3 for Y = w(a + bS), S = −1 with probability p, (a ± b)² = plus, minus."""
    square = (1 - p) * plus + p * minus
    return square**2 - p * ((1 - p) * plus**2 + p * minus**2)


@claim(
    "A.step3.limit",
    at="Appendix A.1",
    says="Under delocalization (z, z′) tends to a bivariate normal pair: Lindeberg's condition holds",
    tex=r"\frac{\sum_j\mathbb{E}(az_j+bz_j')^4}{\big(\sum_j\mathbb{E}(az_j+bz_j')^2\big)^2}"
    r"\leq\frac{3}{p}\sum_j\hat x_j^4\leq\frac{3}{p}\|\hat x\|_\infty^2",
    note="Lyapunov's condition of order four, which implies it, in every direction (Cramér and Wold) and for every "
    "input; z_j and z′_j are the summands of z and z′.",
)
def test_lindeberg(check):
    box = {"p": (0, "0.5"), "plus": (0, 1), "minus": (0, 1)}
    method = "Lyapunov's quotient of one summand, at most 3/p in every direction az + bz′, 0 < p ≤ 1/2"
    check(*nonnegative(lyapunov_margin, box, "a margin of at least 0", method))


def below_the_largest_entry():
    """Loss of E(Δa)² over itself and ‖x̂‖∞ where p < ‖x̂‖∞², largest where ‖x̂‖∞ = 1."""
    return loss_below(BALL.number(1))


def above_the_largest_entry():
    """Loss at most C·Σx̂⁴/√p ≤ C·‖x̂‖∞ where p ≥ ‖x̂‖∞²."""
    return relative_loss()


@claim(
    "A.step3.rate",
    at="Appendix A.1",
    also_at=["Remark 2"],
    says="The error of the bivariate CLT is O(‖x̂‖_∞)",
    tex=r"0\leq1-\frac{\mathbb{E}(\Delta a)^2}{f(p)}\leq1.2\,\|\hat x\|_\infty",
    note="At most 1.2‖x̂‖∞ of the energy of sign flips, for every input and uniformly in 0 < p < 1/2. Sharp as p → 0 at "
    "fixed n; at fixed p the error is of the order Σx̂⁴ ≤ ‖x̂‖²_∞, since given the flips (z, z′) is exactly normal.",
    rests_on=["A.step3.mixture", "6.width.sign_curvature"],
)
@pytest.mark.parametrize(
    "bound", [below_the_largest_entry, above_the_largest_entry], ids=["p below ‖x̂‖∞²", "p at least ‖x̂‖∞²"]
)
def test_clt_rate(check, bound):
    method = f"{bound.__doc__} Taylor's remainders of f at the flipped energies 0 and 1, over all of 0 < p < 1/2"
    check(at_most("1.2", "a finite constant, here 1.2"), ball(lambda: BALL.number(0).union(bound()), method))


def given_the_flips():
    """Var z, Var z′ and Cov(z, z′) of z = A + B and z′ = B − A; A, the flipped part, and B are independent normals."""
    (q,) = indeterminates("q")
    covariance = {"A": q, "B": 1 - q}  # variances, in units of Var z
    z, z_new = {"A": 1, "B": 1}, {"A": -1, "B": 1}
    found = [
        sum(u[part] * v[part] * covariance[part] for part in "AB") for u, v in ((z, z), (z_new, z_new), (z, z_new))
    ]
    return identity(found, [1, 1, 1 - 2 * q], given_the_flips.__doc__, "of the limit at flip rate q")


def by_all_flips():
    x = (1, 2, 2, 4)

    def enumerated(p):
        total = BALL.number(0)
        for flips in product((0, 1), repeat=len(x)):
            chance = BALL.number(1)
            for flip in flips:
                chance *= BALL.number(p) if flip else 1 - BALL.number(p)
            q = Fraction(sum(f * e**2 for f, e in zip(flips, x, strict=True)), sum(e**2 for e in x))
            total += chance * energy_of_flips(q)
        return total

    def closed(p):
        return sign_moments_given_input(x, p, BALL).energy

    method = f"x̂ = (1, 2, 2, 4)/5: closed form, and all 16 sets of flips, each by {INTEGRALS}"
    return agrees(closed, enumerated, at=["0.1", "0.4"], digits=12, method=method)


@claim(
    "A.step3.mixture",
    at="Appendix A.1",
    kind="extension",
    says="At every n the sign-flip moments are those of the limit, averaged over the flipped part q of the input's "
    "energy",
    tex=r"M_n(p)=\mathbb{E}_q\,M_\infty(q),\quad q=\sum_{j\ \mathrm{flipped}}\hat{x}_j^2",
)
@pytest.mark.parametrize("found", [given_the_flips, by_all_flips], ids=["given the flips", "one input"])
def test_mixture(check, found):
    check(found())


def energy_of_flips(q):
    """E(Δa)² for the flipped part q of the input's energy."""
    return integrated_moments(sign_flip_covariance(q)).energy if 0 < q < 1 else int(q)


def flip_energy_at_width(n, p):
    """β_flip at width n, x̂ with equal entries: the mean over the binomial number of flips."""
    p = BALL.number(p)
    energies = (gate_flip_energy(angle_from_amplitude((BALL.number(k) / n).sqrt(), BALL), BALL) for k in range(n + 1))
    return sum((comb(n, k) * p**k * (1 - p) ** (n - k) * e for k, e in enumerate(energies)), BALL.number(0))


def for_every_input():
    words = "x̂_j⁴ ≤ ‖x̂‖∞² x̂_j² for each entry, by the share u = x̂_j²/‖x̂‖∞², so that ‖x̂‖₄²/π ≤ ‖x̂‖∞/π → 0"
    return nonnegative(lambda u: u * (1 - u), {"u": (0, 1)}, "a bound that is free of p and vanishes", words)


def for_equal_entries():
    def scaled_error(n, p):
        limit = gate_flip_energy(sign_flip_covariance(p).angle, BALL)
        return abs(flip_energy_at_width(n, p) - limit) * BALL.number(n).sqrt()

    points = [(n, p) for n in (16, 64) for p in ("0.0001", "0.01", "0.25", "0.4999")]
    method = "exact binomial sums at n = 16 and 64, p from 0.0001 to 0.4999; for every input 6.remark2.uniformity"
    return at_most("0.3183", "error at most ‖x̂‖₄²/π = 1/(π√n) at every p"), instances(scaled_error, points, method)


@claim(
    "A.footnote3",
    at="Footnote 3",
    says="The convergence of β_flip is uniform in p on every (ε, 1/2)",
    tex=r"\sup_{p\in(\epsilon,1/2)}|\beta_{\mathrm{flip}}(p,n)-\beta_{\mathrm{flip}}(p,\infty)|\to 0",
    note="The paper assumes it. It follows from the exact law at finite n, down to p = 0, with the bound ‖x̂‖₄²/π of "
    "6.remark2.uniformity, which is proved for every input, every n and every p.",
    rests_on=["6.remark2.uniformity"],
)
@pytest.mark.parametrize("found", [for_every_input, for_equal_entries], ids=["every input", "equal entries"])
def test_uniform_convergence(check, found):
    check(*found())
