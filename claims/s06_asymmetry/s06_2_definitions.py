"""Section 6.2: the two definitions of c(p), and the order of the limits that each perturbation needs."""

from functools import cache

import flint
import pytest
from verdicts import at_least, at_most, ball, claim, exactly, identity, instances, proof, reading

from claims.s06_asymmetry.transverse_ratios import (
    EXACT_LAWS,
    FLIP_RATES,
    HALF_SPACE,
    on_the_half_space,
    ratio_at_width,
    root,
)
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.polynomials import minimum_on_box
from theorems.formulas.asymmetry import transverse_ratio
from theorems.formulas.finite_width import magnitude_moments_equal_entries

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


@cache
def on_half():
    """E a², E aΔz and E Δz² on z > 0, four expressions each."""
    terms = (lambda z, _: z**2, lambda z, change: z * change, lambda _, change: change**2)
    return [on_the_half_space(term) for term in terms]


def by_half_spaces():
    import sympy

    k = sympy.Symbol("k", positive=True)
    fractions = [mixed**2 / (before * after) for before, mixed, after in zip(*on_half(), strict=True)]
    found = [each.subs(k, sympy.sqrt(2 / sympy.pi)) for each in fractions]
    return [identity(found, 2 / sympy.pi, f"{HALF_SPACE}; E|w| = √(2/π)/√n", "2/π where no gate switches")]


def where_gates_switch():
    """Δz² less how far Δa² and aΔa are from 1{z > 0}Δz² and 1{z > 0}zΔz, for z and z′ of opposite signs."""
    import sympy

    r = sympy.Symbol("r")
    margins = []
    for z, after in ((r, r - 1), (-r, 1 - r)):  # in units of |Δz|, 0 ≤ r ≤ 1
        a, half = (z, after - z) if z == r else (0, 0)
        change = -z if z == r else after
        apart = change**2 - half**2, a * change - a * half
        margins += [(after - z) ** 2 + sign * each for each in apart for sign in (1, -1)]
    least = [minimum_on_box(sympy.expand(margin), {r: (0, 1)})[0] for margin in margins]
    return at_least("0", "each apart by at most Δz²"), proof(min(least), where_gates_switch.__doc__)


def order_of_the_rest():
    """Order in √p of a bound on what they contribute, as a share, at any n: |z| ≤ |Δz| ≤ δ‖x̂‖₁ and z is normal."""
    import sympy

    p, n, s, length = sympy.symbols("p n s length", positive=True)
    reach = 2 * s / sympy.sqrt(n) * length  # δ‖x̂‖₁
    chance = 2 * reach * sympy.sqrt(n / (2 * sympy.pi))  # that |z| ≤ reach, by the greatest density
    rest = reach**2 * chance
    terms = [each[0].subs(p, s**2) for each in on_half()[1:]]
    orders = [sympy.expand(rest / term).as_coeff_exponent(s)[1] for term in terms]
    return at_least("1", "vanishes as √p, or faster"), proof(int(min(orders)), order_of_the_rest.__doc__)


def at_widths():
    def apart(n, p):
        fraction = magnitude_moments_equal_entries(n, p).radial_fraction()
        return abs(fraction * BALL.pi / 2 - 1) / root(p)

    points = [(n, p) for n in (64, 256) for p in ("1e-2", "1e-4", "1e-6")]
    found = instances(apart, points, f"{EXACT_LAWS}; equal entries, n = 64 and 256, p = 10⁻², 10⁻⁴ and 10⁻⁶")
    return at_most("1", "→ 2/π: apart by a share of at most √p"), found


TO_THE_LIMIT = {
    "half space": by_half_spaces,
    "where gates switch": where_gates_switch,
    "order of the rest": order_of_the_rest,
    "at n": at_widths,
}


@claim(
    "6.remark2.order_for_magnitudes",
    at="Remark 2",
    kind="extension",
    says="The order n → ∞ first is needed by sign flips only. For (A4) the limit p → 0 is that of the theorem at every "
    "n and for every input: by symmetry half of E zΔz and of E Δz² lies on z > 0, so that 𝓡_mag → 2/π, as gates that "
    "switch contribute a share of the order √p at most",
    tex=r"\lim_{p\to0}\mathcal R^{\mathrm{mag}}=\mathrm{Corr}(z,\Delta z)^2=\frac{2}{\pi}\quad\text{at every }n",
    rests_on=["6.partA.half_space", "A.lemmaA1.moments"],
    note="The text asks for p ≫ 1/n for both. At fixed n the flips have another limit (6.remark2.fixed_width).",
)
@pytest.mark.parametrize("step", TO_THE_LIMIT.values(), ids=TO_THE_LIMIT)
def test_order_for_magnitudes(check, step):
    check(*step())
