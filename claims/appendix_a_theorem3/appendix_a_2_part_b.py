"""Appendix A.2, Steps B1 to B3: radial fraction analysis."""

from fractions import Fraction

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from verdicts import at_least, ball, claim, exactly, identity, more_than, proof, text, twin

from claims.appendix_a_theorem3.expansions import (
    EXACT_COEFFICIENTS,
    INTEGRALS,
    at_least_order,
    is_zero,
    order_of,
    totals,
    variable,
)
from theorems.arithmetic.exact_series import EXACT, exact_value
from theorems.arithmetic.rational_functions import indeterminates
from theorems.integrals.exact_moments import exact_quadrant_moment, exact_relu_energy, gaussian_moment
from theorems.integrals.gaussian_integrals import quadrant_moment
from theorems.integrals.perturbed_neuron import integrated_moments, sign_flip_covariance


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
    check(at_least("1", "(A5) states independence"), text(len(stated), "what (A5) is about, as read"))


@claim(
    "A.stepB2.citation.meant",
    at="Appendix A.2",
    kind="extension",
    says="One place alone states that W₁ and W₂ are independent: Section 6.1",
)
def test_where_independence_is_stated(check):
    places = [place for place, subjects in ASSUMPTIONS.items() if any("independence" in each for each in subjects)]
    others = [place for place in ASSUMPTIONS if (place in places) != (place == "Section 6.1")]
    check(exactly(0, "Section 6.1 alone"), text(len(others), "what the assumptions and Section 6.1 are about, as read"))


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
def test_identity_at_every_width(check):
    projection = exact_quadrant_moment(1, 1) - activation_square()
    check(identity(2 * projection, -exact_relu_energy(), "symbolic polar integrals, at every angle of (z, z′)"))


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
