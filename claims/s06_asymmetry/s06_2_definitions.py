"""Section 6.2: the two definitions of c(p), and the order of the limits that each perturbation needs."""

import flint
import pytest
from verdicts import at_most, ball, claim, exactly, identity, instances, reading

from claims.s06_asymmetry.transverse_ratios import (
    EXACT_LAWS,
    FLIP_RATES,
    OPPOSITE_PAIRS,
    on_the_half_space,
    ratio_at_width,
    root,
)
from theorems.arithmetic.contexts import BALL
from theorems.formulas.asymmetry import transverse_ratio

LIMIT, SAMPLE = "the limit n → ∞ of both", "at the paper's n = 2048"


def apart(n, p):
    """How far the ratio at width n is from the limit, relative to it; 0 in the limit itself."""
    return abs(ratio_at_width(n, p, flint.ctx.prec) / transverse_ratio(root(p), BALL) - 1)


def in_widths(p):
    return instances(lambda n: n * apart(n, p), [64, 256, 1024], f"n times their relative distance; {EXACT_LAWS}")


def at_paper_width(p):
    return ball(lambda: apart(2048, p), EXACT_LAWS)


@claim(
    "6.theorem3.two_definitions",
    at="Section 2.1",
    also_at=["Theorem 3", "Equation (13)"],
    kind="wording",
    says="Section 2.1 defines c(p) as the asymptotic limit, Equation (13) as the ratio itself: they are one quantity",
    primary=LIMIT,
    rests_on=["6.theorem3.convergence"],
    note="They are one in the limit only, as 1/n: at n = 2048 the ratio of means is 0.03% to 0.08% off. Table 2's "
    "“c(p) measured” is the second, its “c(p) theory” neither, but Remark 1's formula.",
)
@pytest.mark.parametrize("p", FLIP_RATES)
@pytest.mark.parametrize(
    ("accepted", "distance"),
    [
        pytest.param(at_most("2", "at most 2/n apart"), in_widths, id="n", marks=reading(LIMIT)),
        pytest.param(exactly(0, "one number"), at_paper_width, id="n = 2048", marks=reading(SAMPLE)),
    ],
)
def test_two_definitions(check, accepted, distance, p):
    check(accepted, distance(p))


@claim(
    "6.remark2.order_for_magnitudes",
    at="Remark 2",
    kind="extension",
    says="The order n → ∞ first is needed by sign flips only. For (A4) the limit p → 0 is that of the theorem at every "
    "n and for every input: by symmetry half of E zΔz and of E Δz² lies on z > 0, so that 𝓡_mag → 2/π",
    tex=r"\lim_{p\to0}\mathcal R^{\mathrm{mag}}=\mathrm{Corr}(z,\Delta z)^2=\frac{2}{\pi}\quad\text{at every }n",
    rests_on=["6.partA.half_space", "A.lemmaA1.moments"],
    note="The text asks for p ≫ 1/n for both. At fixed n the flips have another limit (6.remark2.fixed_width).",
)
@pytest.mark.parametrize(
    "term",
    [lambda z, change: z * change, lambda _, change: change**2],
    ids=["zΔz", "Δz²"],
)
def test_order_for_magnitudes(check, term):
    half, whole = on_the_half_space(term)
    check(identity(half, whole / 2, OPPOSITE_PAIRS, "half each"))
