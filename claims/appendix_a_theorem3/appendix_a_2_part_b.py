"""Appendix A.2, Steps B1 to B3: radial fraction analysis."""

from fractions import Fraction
from itertools import product

import pytest
from verdicts import at_least, ball, claim, exactly, identity, more_than, proof, readings, text

from claims.appendix_a_theorem3.expansions import (
    EXACT_COEFFICIENTS,
    at_least_order,
    dot,
    order_of,
    totals,
    up_to,
    variable,
)
from theorems.arithmetic.exact_series import EXACT, exact_value
from theorems.arithmetic.rational_functions import indeterminates
from theorems.integrals.exact_moments import exact_quadrant_moment, exact_relu_energy, gaussian_moment
from theorems.integrals.gaussian_integrals import gaussian_expectation


@claim(
    "A.stepB1",
    at="Appendix A.2",
    says="(Δy·ŷ)²/‖Δy‖² = cos²(Δy, y)",
    tex=r"\frac{(\Delta y\cdot\hat{y})^2}{\|\Delta y\|^2}=\cos^2(\Delta y,y)",
)
def test_radial_fraction_is_a_cosine(check):
    *change, length, x = indeterminates("c1,c2,length,x")
    y = length * (1 - x**2) / (1 + x**2), length * 2 * x / (1 + x**2)
    unit = [e / length for e in y]
    radial = dot(change, unit) ** 2 / dot(change, change)
    cosine = dot(change, y) ** 2 / (dot(change, change) * dot(y, y))
    check(identity(radial, cosine, "in the plane of y and Δy, in symbols"))


def covariance_of_rows(row, other):
    """E[(W₂u)_row (W₂v)_other] for two columns, from E[w_aj w_bk] = 1/m where a = b and j = k, else 0; and u·v/m."""
    m, *entries = indeterminates("m,u1,u2,v1,v2")
    u, v = entries[:2], entries[2:]
    columns = product(range(2), repeat=2)
    found = sum((u[j] * v[k] / m for j, k in columns if (row, j) == (other, k)), 0 * m)
    return found, dot(u, v) / m


def same_row():
    return covariance_of_rows(0, 0)


def different_rows():
    found, _ = covariance_of_rows(0, 1)
    return found, 0


@claim(
    "A.stepB2.covariance",
    at="Appendix A.2",
    says="Cov(W₂u, W₂v) = (u·v/m) I_d (Step B2)",
    tex=r"\mathrm{Cov}(W_2u,W_2v)=\frac{u\cdot v}{m}\,I_d",
)
@pytest.mark.parametrize("sides", [same_row, different_rows], ids=["same row", "different rows"])
def test_projection_covariance(check, sides):
    found, stated = sides()
    check(identity(found, stated, "covariances of independent entries, two columns in symbols: no term has more"))


def any_shape():
    return indeterminates("d,m")


def square_shape():
    (m,) = indeterminates("m")
    return m, m


@claim(
    "A.stepB2.norms",
    at="Appendix A.2",
    says="‖W₂u‖² concentrates around ‖u‖²",
    tex=r"\frac{\|W_2u\|^2}{\|u\|^2}\to1",
    primary="any d and m, as the lemma says",
    note="Its mean is (d/m)‖u‖², as Step A1 itself says; the factor cancels in cos², so that the conclusion stands. "
    "Twice as many rows double the sum.",
    instead="A.step1",
)
@readings("shape", {"any d and m, as the lemma says": any_shape, "d = m": square_shape})
def test_projection_norms(check, shape):
    d, m = shape()
    check(identity(d * (1 / m), 1, "d rows, each of mean ‖u‖²/m, in the symbols d and m", "E‖W₂u‖²/‖u‖² = 1"))


def row_moments(cosine, sine):
    """E of (g·u)(g·v) and of its square for unit u, v at that angle: g₁ along u, g₂ across, by Gaussian moments."""
    terms = {(2, 0): cosine, (1, 1): sine}  # g₁(g₁cos + g₂sin)
    squares = {(4, 0): cosine**2, (3, 1): 2 * cosine * sine, (2, 2): sine**2}

    def mean(polynomial):
        return sum(factor * gaussian_moment(i) * gaussian_moment(j) for (i, j), factor in polynomial.items())

    return mean(terms), mean(squares)


def mean_and_variance():
    """The sum over d rows of (g·u)(g·v)/d for unit vectors u and v, rows independent."""
    cosine, sine, d = indeterminates("cosine,sine,d")
    mean, square = row_moments(cosine, sine)
    unit = cosine**2 + sine**2 - 1
    return (mean, (square - mean**2) / d), (cosine, (1 + cosine**2 + unit) / d)


@claim(
    "A.stepB2.angles",
    at="Appendix A.2",
    says="cos²(W₂u, W₂v) → cos²(u, v) as d → ∞",
    tex=r"\mathbb{E}\,\frac{m\,W_2u\cdot W_2v}{d\,\|u\|\|v\|}=\cos\angle(u,v),\quad"
    r"\mathrm{Var}=\frac{1+\cos^2\angle(u,v)}{d}\leq\frac{2}{d}",
    note="For every u, v, m and d. By Chebyshev's inequality the inner product and, with u = v, both squared norms are "
    "within ε of their means but for a chance of 2/(dε²).",
)
def test_angle_preservation(check):
    check(identity(*mean_and_variance(), f"{mean_and_variance.__doc__} {row_moments.__doc__}", "mean and variance"))


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
    check(at_least("1", "at least 1 subject of (A5) is independence"), text(len(stated), "its subjects, as read"))


@claim(
    "A.stepB2.citation.meant",
    at="Appendix A.2",
    kind="extension",
    says="One place alone states that W₁ and W₂ are independent: Section 6.1",
)
def test_where_independence_is_stated(check):
    places = [place for place, subjects in ASSUMPTIONS.items() if any("independence" in each for each in subjects)]
    others = [place for place in ASSUMPTIONS if (place in places) != (place == "Section 6.1")]
    words = f"of {len(ASSUMPTIONS)} places those that differ from that, by their subjects as read"
    check(exactly(0, "Section 6.1 alone: 0 exceptions"), text(len(others), words))


def of_exchangeable_pair():
    projection = exact_quadrant_moment(1, 1) - activation_square()
    return 2 * projection, -exact_relu_energy(), "symbolic polar integrals, at every angle of (z, z′)"


def of_magnitude():
    moments = totals()[1]
    return 2 * moments.projection, -moments.energy, f"the magnitude perturbation; {EXACT_COEFFICIENTS}"


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
@readings("sides", {"with equal marginals": of_exchangeable_pair, "reflection symmetry alone": of_magnitude})
def test_reflection(check, sides):
    check(identity(*sides(), "2E[Δa a] = −E[(Δa)²]"))


@claim(
    "A.stepB3.every_width",
    at="Appendix A.2",
    kind="extension",
    says="E[Δa a] = −E[(Δa)²]/2 holds at every n and input, since (z, z′) is exchangeable given the flips",
    tex=r"\mathbb{E}[\Delta a_ia_i]=-\tfrac12\mathbb{E}[(\Delta a_i)^2]",
)
def test_identity_at_every_width(check):
    check(identity(*of_exchangeable_pair()))


def activation_square():
    """E a² = E X²1{X > 0} over both signs of X′."""
    return exact_quadrant_moment(2, 0) + exact_quadrant_moment(2, 0, 1, -1)


@claim(
    "A.stepB3.activation",
    at="Appendix A.2",
    says="E[a²] = 1/(2n)",
    tex=r"\mathbb{E}[a_i^2]=\frac{1}{2n}",
)
def test_activation_moment(check):
    check(identity(activation_square(), Fraction(1, 2), "symbolic polar integrals, in units of 1/n"))


def half_the_energy():
    n, beta = indeterminates("n,beta")
    fraction = (beta / (2 * n)) ** 2 / (beta / n * (1 / (2 * n)))
    return [identity(fraction, beta / 2, "from E[Δa a] = −β/(2n), E[(Δa)²] = β/n and E[a²] = 1/(2n), in symbols")]


def main_term():
    return [identity(up_to(2, totals()[0].radial_fraction()), variable() ** 2, EXACT_COEFFICIENTS, "p to that order")]


def next_term():
    found = exact_value((totals()[0].radial_fraction() * EXACT.pi)[3])
    return [identity(found, Fraction(-4, 3), EXACT_COEFFICIENTS, "−4/3, in units of 1/π")]


def remainder():
    s = variable()
    return at_least_order(5), order_of(totals()[0].radial_fraction() - s**2 + 4 * s**3 / (3 * EXACT.pi))


@claim(
    "A.stepB3",
    at="Appendix A.2",
    also_at=["Section 6.3", "Section 2.5"],
    says="𝓡_sign = β_total/2 = p − 4p^(3/2)/(3π) + O(p^(5/2))",
    tex=r"\mathcal{R}^{\mathrm{sign}}=p-\frac{4p^{3/2}}{3\pi}+O(p^{5/2})",
    rests_on=["A.step6", "A.stepB3.reflection", "A.stepB2.angles"],
)
@pytest.mark.parametrize(
    "step",
    [half_the_energy, main_term, next_term, remainder],
    ids=["β_total/2", "p", "p^(3/2)", "remainder"],
)
def test_sign_radial_fraction(check, step):
    check(*step())


@claim(
    "A.uncentred",
    at="Appendix A.2",
    says="The uncentred and the Pearson correlation of a and Δa differ, because E[a] > 0",
    tex=r"\mathbb{E}[a]>0\ \Rightarrow\ \frac{\mathbb{E}[a\,\Delta a]}{\sqrt{\mathbb{E}[a^2]\,"
    r"\mathbb{E}[(\Delta a)^2]}}\neq\mathrm{Pearson}(a,\Delta a)",
)
def test_uncentred_correlation(check):
    def ratio():
        mean = gaussian_expectation(lambda x: x, 0, None, (1, 1))
        square = gaussian_expectation(lambda x: x**2, 0, None, (1, 2))
        return square / (square - mean**2)

    method = "E a²/Var a by integration, the ratio of squares for sign flips at every p, where E[Δa] = 0"
    check(more_than("1", "Pearson's over the uncentred one, squared: above 1"), ball(ratio, method))


def squared_correlations(square_x, square_y, mixed, mean_x, mean_y):
    """The uncentred and the Pearson correlation, squared, from E X², E Y², E XY, E X and E Y."""
    centred = (mixed - mean_x * mean_y) ** 2 / ((square_x - mean_x**2) * (square_y - mean_y**2))
    return mixed**2 / (square_x * square_y), centred


def moments_of(pairs):
    """E X², E Y², E XY, E X and E Y of equally likely pairs of values."""
    return [
        Fraction(sum(terms), len(pairs)) for terms in zip(*((x * x, y * y, x * y, x, y) for x, y in pairs), strict=True)
    ]


@claim(
    "A.uncentred.exact",
    at="Appendix A.2",
    kind="extension",
    says="Where E[Y] = 0 the squared Pearson correlation is E[X²]/Var X times the squared uncentred one: they agree if "
    "E[X] = 0 too",
    tex=r"\mathbb{E}[Y]=0\ \Rightarrow\ \mathrm{Pearson}^2=\frac{\mathbb{E}[X^2]}{\mathrm{Var}\,X}"
    r"\cdot\frac{\mathbb{E}[XY]^2}{\mathbb{E}[X^2]\,\mathbb{E}[Y^2]}",
)
def test_uncentred_exact(check):
    square, other_square, mixed, mean = indeterminates("square,other_square,mixed,mean")
    uncentred, pearson = squared_correlations(square, other_square, mixed, mean, 0)
    check(identity(pearson, uncentred * square / (square - mean**2), "in the symbols E X², E Y², E XY and E X"))


def necessary():
    agreeing = [(3, 1), (2, 2), (1, -1)]
    *second, mean_x, mean_y = moments_of(agreeing)
    uncentred, pearson = squared_correlations(*second, mean_x, mean_y)
    one_sign = second[2] * (second[2] - mean_x * mean_y) > 0  # E XY and the covariance, which the squares do not show
    if uncentred != pearson or not one_sign:
        raise ValueError("expected a law for which both correlations agree")
    return exactly(0, "E[X] E[Y] = 0, as both agree"), proof(mean_x * mean_y, f"equally likely pairs {agreeing}")


def sufficient():
    centred = [(0, -1), (2, 1)]
    uncentred, pearson = squared_correlations(*moments_of(centred))
    return exactly(1, "ratio of squares 1, as E[Y] = 0"), proof(uncentred / pearson, f"equally likely pairs {centred}")


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
@readings("step", {"the condition is necessary": necessary, "the condition is sufficient": sufficient})
def test_uncentred_criterion(check, step):
    check(*step())
