"""Section 8.1, Theorem 4 for three values −s, 0, +s: alignment at every threshold, and the best threshold."""

from functools import reduce
from itertools import pairwise, product
from math import prod

import flint
import numpy as np
import pytest
from hypothesis import example, given
from verdicts import about, agrees, ball, claim, identity, less_than, printed, tries, twin, worst

from claims.drawn_vectors import FORTY_AT_ONCE, batches, searching
from claims.s08_ternary.perturbed_layers import INTEGRALS
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import indeterminates
from theorems.formulas.ternary import three_valued_alignment
from theorems.integrals.gaussian_integrals import gaussian_expectation, tail_moment
from theorems.integrals.ternary_integrals import linear_integrals, quantised_layer, relu_integrals

LAYER = "w ~ N(0, 1/n) becomes s·sign(w) where √n|w| > t, and 0 elsewhere"
THRESHOLDS = ["0", "0.1", "0.4", "0.612", "1", "2", "4"]


def alignment_by_integrals(threshold):
    return linear_integrals(quantised_layer(threshold)).cosine(BALL) ** 2


def first_moment(t):
    """E|g|1{|g| > t} = κ exp(−t²/2): both sides have the slope −2tφ(t), and vanish at infinity."""
    import sympy

    density = sympy.exp(-(t**2) / 2) / sympy.sqrt(2 * sympy.pi)
    return (sympy.sqrt(2 / sympy.pi) * sympy.exp(-(t**2) / 2)).diff(t), -2 * t * density


def kept(t):
    """Pr(|g| > t) = erfc(t/√2): both sides have the slope −2φ(t), and vanish at infinity."""
    import sympy

    density = sympy.exp(-(t**2) / 2) / sympy.sqrt(2 * sympy.pi)
    return sympy.erfc(t / sympy.sqrt(2)).diff(t), -2 * density


def symbol(name):
    import sympy

    return sympy.Symbol(name, positive=True)


@claim(
    "8.three_values.alignment",
    at="Theorem 4",
    also_at=["Section 2.3", "Section 8.1"],
    kind="extension",
    says="With three values −s, 0, s and the threshold t, in standard deviations of the Gaussian weights, cos²∠(Wx̂, "
    "W_Q x̂) → (2/π)exp(−t²)/erfc(t/√2), whatever s > 0 is",
    tex=r"\cos^2(t)=\frac{\big(\mathbb{E}|g|\mathbf{1}_{|g|>t}\big)^2}{\Pr(|g|>t)}"
    r"=\frac{2}{\pi}\,\frac{e^{-t^2}}{\mathrm{erfc}(t/\sqrt2)}",
    rests_on=["8.three_values.row_moments"],
    note="E wQ = s·E|g|1{|g| > t} and E Q² = s²·Pr(|g| > t), so that s cancels. At t = 0 it is Theorem 4's 2/π.",
)
@pytest.mark.parametrize("moment", [first_moment, kept], ids=["E wQ", "E Q²"])
def test_alignment(check, moment):
    check(identity(*moment(symbol("t")), f"{moment.__doc__} {LAYER}"))


@claim(
    "8.three_values.alignment.values",
    at="Theorem 4",
    kind="extension",
    says="The closed form agrees with integrals over the normal density, from t = 0 to 4",
    tex=r"\cos^2(t)=\frac{2}{\pi}\,\frac{e^{-t^2}}{\mathrm{erfc}(t/\sqrt2)}",
    rests_on=["8.three_values.alignment"],
)
def test_alignment_values(check):
    def closed_form(threshold):
        return three_valued_alignment(threshold, BALL)

    check(agrees(closed_form, alignment_by_integrals, THRESHOLDS, 12, INTEGRALS))


def alignment_by_tails(threshold):
    return (2 * tail_moment(1, threshold)) ** 2 / (2 * tail_moment(0, threshold))


@claim(
    "8.three_values.alignment.tails",
    at="Theorem 4",
    kind="extension",
    says="The tail moments that bound what integrals leave out, by the incomplete gamma function, give the same cos²",
    tex=r"\cos^2(t)=\frac{\big(\mathbb{E}|g|\mathbf{1}_{|g|>t}\big)^2}{\Pr(|g|>t)}",
    rests_on=["8.three_values.alignment"],
)
def test_alignment_by_tails(check):
    method = "moments beyond t by the incomplete gamma function, against integrals over the normal density"
    check(agrees(alignment_by_tails, alignment_by_integrals, THRESHOLDS[1:], 12, method))


def row_moments():
    """E z_Q² and E z_Q⁴ of z_Q = Σ Q_jx̂_j by all values of four Q_j: a term of the fourth power has at most four."""
    share, *x = indeterminates("share,x1,x2,x3,x4")
    chances = {-1: share / 2, 0: 1 - share, 1: share / 2}
    second = fourth = 0 * share
    for values in product(chances, repeat=4):
        chance = prod(chances[value] for value in values)
        total = sum(value * entry for value, entry in zip(values, x, strict=True))
        second, fourth = second + chance * total**2, fourth + chance * total**4
    squares, fourths = (sum(entry**k for entry in x) for k in (2, 4))
    stated = share * squares, 3 * share**2 * squares**2 + (share - 3 * share**2) * fourths
    return (second, fourth), stated


@claim(
    "8.three_values.row_moments",
    at="Theorem 4",
    also_at=["Section 2.4"],
    kind="extension",
    says="For every unit x̂ and every n, E z_Q² = P and E z_Q⁴ = 3P² + (P − 3P²)Σx̂⁴ in units of s, P = Pr(|g| > t): the "
    "mean over m rows has the relative variance (2 + (1/P − 3)Σx̂⁴)/m",
    tex=r"\frac{\mathrm{Var}\,z_Q^2}{(\mathbb{E}z_Q^2)^2}=2+\Big(\frac{1}{P}-3\Big)\sum_j\hat x_j^4",
    note="As signs are independent of magnitudes E z z_Q = E wQ for every unit x̂. By Chebyshev's inequality the "
    "averages of z², z_Q² and z z_Q over rows tend to their means as m → ∞, whatever x̂ and n are, if t is fixed.",
)
def test_row_moments(check):
    check(identity(*row_moments(), row_moments.__doc__))


# The best threshold


def hazard(t):
    """φ(t)/Pr(g > t), the hazard rate of the normal law."""
    density = (-(t**2) / 2).exp() / (2 * BALL.pi).sqrt()
    return 2 * density / (t / BALL.number(2).sqrt()).erfc()


def slope(t):
    """d/dt log cos²(t) = hazard(t) − 2t."""
    return hazard(t) - 2 * t


def best_threshold():
    """The zero of the slope, by bisection in balls."""
    lower, upper = BALL.number(0), BALL.number(1)
    for _ in range(flint.ctx.prec // 2):
        middle = ((lower + upper) / 2).mid()
        if slope(middle) > 0:
            lower = middle
        elif slope(middle) < 0:
            upper = middle
        else:
            break
    return lower.union(upper)


def logarithmic_slope(t):
    """log cos² = −t² − log erfc(t/√2) + const."""
    import sympy

    tail = sympy.erfc(t / sympy.sqrt(2))
    density = sympy.exp(-(t**2) / 2) / sympy.sqrt(2 * sympy.pi)
    return (-(t**2) - sympy.log(tail)).diff(t), 2 * density / tail - 2 * t


def tail_bound(t):
    """Pr(|g| > t) − 2tφ(t)/(1 + t²) has the slope −4φ(t)/(1 + t²)² < 0 and vanishes at infinity: it is positive."""
    import sympy

    density = sympy.exp(-(t**2) / 2) / sympy.sqrt(2 * sympy.pi)
    left = (sympy.erfc(t / sympy.sqrt(2)) - 2 * t * density / (1 + t**2)).diff(t)
    return left, -4 * density / (1 + t**2) ** 2


@claim(
    "8.three_values.slope",
    at="Theorem 4",
    kind="extension",
    says="d/dt log cos²(t) = h(t) − 2t with the normal hazard rate h, and h(t) < t + 1/t, which is at most 2t from t = "
    "1 on: there cos² falls",
    tex=r"h(t)=\frac{\varphi(t)}{\Pr(g>t)}<t+\frac1t",
    rests_on=["8.three_values.alignment"],
)
@pytest.mark.parametrize("step", [logarithmic_slope, tail_bound], ids=["slope", "bound on the hazard rate"])
def test_slope(check, step):
    check(identity(*step(symbol("t")), step.__doc__))


@claim(
    "8.three_values.unique",
    at="Theorem 4",
    kind="extension",
    says="On [0, 1] the slope h(t) − 2t decreases, so that cos² has one maximum over all thresholds",
    tex=r"h'(t)-2<0\quad(0\leq t\leq1)",
    rests_on=["8.three_values.slope"],
)
def test_unique(check):
    def steepest():
        edges = [BALL.number(k) / 32 for k in range(33)]
        boxes = [lower.union(upper) for lower, upper in pairwise(edges)]
        slopes = [hazard(t) * (hazard(t) - t) - 2 for t in boxes]
        return reduce(flint.arb.union, slopes)

    check(less_than("0"), ball(steepest, "h′ − 2 = h(h − t) − 2 on 32 boxes"))


def best_layer():
    """(z, z_Q) at the best threshold t with the scale 2t."""
    threshold = best_threshold()
    return quantised_layer(threshold, 2 * threshold)


def kept_share():
    return 2 * gaussian_expectation(lambda x: x**0, best_threshold(), None)


BEST = {
    "threshold, in σ": (best_threshold, "0.6120"),
    "share of zeros": (lambda: 1 - kept_share(), "45.9%"),
    "cos²": (lambda: linear_integrals(best_layer()).cosine(BALL) ** 2, "0.8098"),
    "squared error after RMSNorm": (lambda: linear_integrals(best_layer()).chord_energy(BALL), "0.2002"),
    "squared error after ReLU and RMSNorm": (lambda: relu_integrals(best_layer()).chord_energy(BALL), "0.1811"),
}


@claim(
    "8.three_values.best",
    at="Theorem 4",
    also_at=["Section 2.3", "Section 8.5"],
    kind="extension",
    says="The best threshold of all is 0.6120σ: it sends 45.9% of the weights to zero, raises cos² from 2/π to 0.8098 "
    "and lowers the squared error after RMSNorm from 0.404 to 0.200, and with ReLU before it from 0.349 to 0.181",
    tex=r"t^*=0.6120,\quad\cos^2(t^*)=0.8098,\quad 2(1-\cos)=0.2002",
    rests_on=["8.three_values.unique", "8.three_values.slope"],
    note="The threshold E|w|/2 = 0.399σ of BitNet b1.58 gives cos² = 0.787 (8.extension.bitnet).",
)
@pytest.mark.parametrize(("quantity", "stated"), BEST.values(), ids=BEST)
def test_best_threshold(check, quantity, stated):
    check(printed(stated), ball(quantity, f"zero of h(t) − 2t by bisection; {INTEGRALS}"))


@claim(
    "8.three_values.best_scale",
    at="Theorem 4",
    kind="extension",
    says="At the best threshold the mean magnitude of the kept weights is twice the threshold: the scale s = 2t makes "
    "error and output orthogonal, and is the threshold's own by rounding to the nearest of −s, 0, s",
    tex=r"\mathbb{E}\big[|g|\,\big|\,|g|>t^*\big]=2t^*",
    rests_on=["8.three_values.best"],
    note="These are the two conditions of Lloyd and Max for the least mean square error.",
)
def test_best_scale(check):
    def ratio():
        threshold = best_threshold()
        mean = 2 * gaussian_expectation(lambda x: x, threshold, None, (1, 1)) / kept_share()
        return mean / threshold

    check(about("2", "1e-9", "the zero of the slope, to nine digits"), ball(ratio, INTEGRALS))


@claim(
    "8.three_values.smallest",
    at="Theorem 4",
    kind="extension",
    says="Whatever set of weights is sent to zero, sending as many of the smallest ones there gives at least as large "
    "a cos²: no rule with the values −s, 0, s exceeds the best threshold",
    tex=r"\frac{\left(\sum_{j\in K}|w_j|\right)^2}{|K|\,\|w\|^2}"
    r"\leq\frac{\left(\sum_{j=1}^{|K|}|w|_{(j)}\right)^2}{|K|\,\|w\|^2},\quad|w|_{(1)}\geq|w|_{(2)}\geq\ldots",
    rests_on=["8.three_values.best"],
    note="Both norms in cos² depend on how many are kept alone. Step by step the set of the largest ones is reached.",
)
def test_exchange(check):
    rest, kept, excess = indeterminates(
        "rest,kept,excess"
    )  # the other kept weights, one of them, what another has more
    gain = (rest + kept + excess) ** 2 - (rest + kept) ** 2
    method = "what an exchange of a kept weight for a larger one adds to (Σ|w|)² over the kept, which is not negative"
    check(identity(gain, excess * (2 * rest + 2 * kept + excess), method))


@claim(
    "8.three_values.smallest.vectors",
    at="Theorem 4",
    kind="extension",
    says="No set of weights that is sent to zero leaves a larger Σ|w| than as many of the smallest ones do",
    tex=r"\sum_{j\in K}|w_j|\leq\sum_{j=1}^{|K|}|w|_{(j)},\quad|w|_{(1)}\geq|w|_{(2)}\geq\ldots",
    rests_on=["8.three_values.smallest"],
    note=FORTY_AT_ONCE,
)
@searching
@given(drawn=batches(2))
@example(drawn=(np.array([[1.0, 2.0]]), np.array([[-1.0, 1.0]])))
@example(drawn=(np.array([[5.0, 5.0, 1.0]]), np.array([[1.0, -1.0, 1.0]])))
def test_smallest_weights(drawn):
    sizes, keep = np.abs(drawn[0]), drawn[1] > 0
    tries(len(sizes))
    ordered = np.sort(sizes, axis=1)
    sums = np.cumsum(twin(ordered[:, ::-1], ordered), axis=1)  # of the largest one, two, …
    sums = np.append(np.zeros((len(sums), 1)), sums, axis=1)
    best = np.take_along_axis(sums, np.sum(keep, axis=1, keepdims=True), axis=1)[:, 0]
    margin = np.min((best - np.sum(sizes * keep, axis=1)) / np.sum(sizes, axis=1))
    worst(margin)
    assert margin > -1e-12
