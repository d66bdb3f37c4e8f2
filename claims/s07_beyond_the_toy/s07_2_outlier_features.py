"""Section 7.2: outlier features amplify absolute sign sensitivity."""

from fractions import Fraction
from functools import partial
from itertools import product

import pytest
from verdicts import (
    arithmetic,
    ball,
    claim,
    data,
    identity,
    instances,
    more_than,
    over_rounding,
    printed,
    reading,
    readings,
)

from claims.outlier_runs import log_increase
from claims.phrases import approximately
from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.rational_functions import indeterminates
from theorems.statistics.rank_correlation import spearman


@claim(
    "7.2.column",
    at="Section 7.2",
    says="A change of one column k of W changes the output by ‖Δy‖² = ‖ΔW_:,k‖² x̂_k²",
    tex=r"\|\Delta y\|^2=\|\Delta W_{:,k}\|^2\,\hat x_k^2",
)
def test_change_of_one_column(check):
    change, w, v, x, y = indeterminates("d,w,v,x,y")
    moved = ((w + change) * x + v * y - (w * x + v * y)) ** 2
    words = "one coordinate of the output, with the changed column and another; the squares of all coordinates add up"
    check(identity(moved, change**2 * x**2, words))


@claim(
    "7.2.bernoulli",
    at="Section 7.2",
    says="Independent flips with probability p change the output by E‖Δy‖² = 4p Σ_k x̂_k² ‖W_:,k‖²",
    tex=r"\mathbb{E}\|\Delta y\|^2=4p\sum_k\hat x_k^2\|W_{:,k}\|^2",
    primary="over flips and centred independent weights",
    note="For given weights, whose norms the right side has, flips of two columns meet in 8p²⟨W_:,k, W_:,l⟩x̂_k x̂_l: "
    "E‖Δy‖² = 4p(1 − p)Σ x̂_k²‖W_:,k‖² + 4p²‖Wx̂‖².",
    instead="7.2.bernoulli.given_weights",
)
@readings("signs", {"over flips and centred independent weights": (1, -1), "over the flips, for given weights": (1,)})
def test_independent_flips(check, signs):
    p, first, second, x, y = indeterminates("p,v,w,x,y")
    mean = sum(change_of_row(p, first, sign * second, x, y) for sign in signs) / len(signs)
    expected = 4 * p * (x**2 * first**2 + y**2 * second**2)
    check(identity(mean, expected, "all flips of two entries of a row: rows add, and any two columns meet like these"))


@claim(
    "7.2.bernoulli.given_weights",
    at="Section 7.2",
    kind="extension",
    says="For given weights E‖Δy‖² = 4p(1 − p)Σ x̂_k²‖W_:,k‖² + 4p²‖Wx̂‖²",
    tex=r"\mathbb{E}\|\Delta y\|^2=4p(1-p)\sum_k\hat x_k^2\|W_{:,k}\|^2+4p^2\|W\hat x\|^2",
)
def test_flips_of_given_weights(check):
    p, first, second, x, y = indeterminates("p,v,w,x,y")
    own, joint = x**2 * first**2 + y**2 * second**2, (x * first + y * second) ** 2
    found = change_of_row(p, first, second, x, y)
    check(identity(found, 4 * p * (1 - p) * own + 4 * p**2 * joint, "all flips of two entries of a row"))


def change_of_row(p, first, second, x, y):
    """The mean square of a row's change over all flips of its two entries, each with probability p."""
    total = 0 * p
    for one, other in product((0, 1), repeat=2):
        weight = (p if one else 1 - p) * (p if other else 1 - p)
        total += weight * (2 * one * first * x + 2 * other * second * y) ** 2
    return total


@claim(
    "7.2.dominated",
    at="Section 7.2",
    also_at=["Section 7.4"],
    kind="wording",
    says="Exp D demonstrates that sign sensitivity is dominated by outlier features: flips in outlier columns do more "
    "damage than those in all others",
    primary="the all-column rows of Exp D",
    rests_on=["9.table8.same_perturbation"],
    note="By the all-column rows 5.0 times as much in NLL. By the control's row for the same outlier flips at their "
    "own size it is 0.73 times, from a nineteenth of the flips: flip for flip 14 times as much.",
    instead="9.exp_d.like_with_like",
)
@readings("ppl", {"the all-column rows of Exp D": "41,727", "the control's row for the outlier columns": "26.1"})
def test_dominated_by_outliers(check, ppl):
    ratio = over_rounding(log_increase, ppl, "41.1", "7.38")
    check(more_than("1", "more damage"), arithmetic(ratio, f"ratio of ΔNLL, medians {ppl} and 41.1 of Table 8"))


@claim(
    "7.2.per_flip",
    at="Section 7.2",
    also_at=["Section 9.5"],
    kind="extension",
    says="Flip for flip at p = 5% the control's outlier columns do 14 times the damage of all others, in NLL",
    tex=r"\frac{\ln(26.1/7.38)/2.41}{\ln(41.1/7.38)/46}\approx14",
    rests_on=["9.exp_d.rescaled"],
)
def test_per_flip(check):
    def leverage(outlier, other, base, flips, other_flips):
        return log_increase(outlier, other, base) * other_flips / flips

    found = over_rounding(leverage, "26.1", "41.1", "7.38", "2.41", "46")
    check(printed("14"), arithmetic(found, "26.1 over 2.41M flips against 41.1 over 46M, Table 8"))


@claim(
    "7.2.scaling_by_ranks",
    at="Section 7.2",
    also_at=["Section 1.2", "Section 10.3", "Section 11.1"],
    kind="wording",
    says="Spearman's coefficients of Exps F and G confirm that the damage scales as α²: other powers of α have less",
    tex=r"\rho(\alpha^2,\Delta\mathrm{NLL})>\rho(\alpha^k,\Delta\mathrm{NLL})",
    note="Ranks do not know the exponent: α, α² and α⁴ have one coefficient, in Exp F too. They confirm the ordering, "
    "which is all that Section 9.5 says of them (9.exp_g.ordering). The exponent is what a slope tells.",
    instead="9.exp_g.above_crossover",
)
@pytest.mark.parametrize("power", [1, 4])
def test_ranks_know_no_exponent(check, author_results, power):
    columns = [column for column in author_results.columns.results if column.dNLL > 0]
    damage = [Fraction(column.dNLL) for column in columns]
    of_square, of_power = (spearman([Fraction(column.alpha) ** k for column in columns], damage) for k in (2, power))
    check(more_than("0", "higher for α²"), data(of_square - of_power, f"ρ of α² less ρ of α^{power}, Exp G"))


# What a second-order loss would make of energies


@claim(
    "7.2.energy_scaling",
    at="Section 7.2",
    also_at=["Section 10.3"],
    says="½ ΔyᵀHΔy reduces to energy scaling where the loss Hessian H is isotropic in the subspace of the "
    "perturbations: it is h/2·‖Δy‖² there, whatever H is elsewhere",
    tex=r"P H P=h P\ \Rightarrow\ \tfrac12\Delta y^\top H\,\Delta y=\tfrac h2\|\Delta y\|^2",
    note="With eigenvalues within ε of h in the subspace the two agree within ε.",
)
def test_energy_scaling(check):
    h, a, b, *rest = indeterminates("h,a,b,p,q,r")
    across, other, own = rest
    hessian = [[h, 0 * h, across], [0 * h, h, other], [across, other, own]]
    change = [a, b, 0 * a]
    form = sum(change[i] * hessian[i][j] * change[j] for i in range(3) for j in range(3))
    words = "two directions of the subspace and one across it, any H with h on the first two"
    check(identity(form, h * (a**2 + b**2), words, stated="h‖Δy‖²"))


AGREE = approximately(stated="ΔNLL ≈ ½ΔyᵀHΔy")
BOTH, ONE = "mean over a perturbation and its opposite", "of one perturbation"
CHANGE = Fraction(1, 100)


def of_two_tokens(signs):
    def ratio(size):
        """Of the mean change of ln(1 + e^(−y)), the NLL of one of two tokens, at y = 0, where it bends by 1/4."""
        changes = [(1 + (-BALL.number(sign * size)).exp()).log() - BALL.number(2).log() for sign in signs]
        return sum(changes, BALL.number(0)) / len(signs) / (BALL.number(size) ** 2 / 8)

    return AGREE, instances(ratio, [CHANGE], "two tokens of equal logits")


def fourth_cumulant():
    """Of ln E e^(tv) at t = 0, E v = 0, the second and fourth derivatives, and 2∫(1 − t)³/6, the remainder's factor."""
    t, square, cube, fourth = indeterminates("t,square,cube,fourth")
    mean = 1 + square * t**2 / 2 + cube * t**3 / 6 + fourth * t**4 / 24  # of e^(tv), to the fourth order
    second = (mean.diff(t) / mean).diff(t)
    integral = -((1 - t) ** 4) / 24
    found = [second.subs(t, 0), second.diff(t).diff(t).subs(t, 0), integral.diff(t)]
    found += [2 * (integral.subs(t, 1) - integral.subs(t, 0))]
    stated = [square, fourth - 3 * square**2, (1 - t) ** 3 / 6, Fraction(1, 12)]
    return [identity(found, stated, fourth_cumulant.__doc__, "σ², μ₄ − 3σ⁴ and 1/12")]


def bounds_of_moments():
    """R²v² − v⁴ for |v| ≤ R; R²/4 − (v − (l + h)/2)² for l ≤ v ≤ h = l + R; −2σ⁴ + R²σ²/2: by factors that are ≥ 0."""
    reach, v, above, below, variance = indeterminates("R,v,above,below,variance")
    width = above + below  # v − l and h − v
    found = [
        reach**2 * v**2 - v**4,
        width**2 / 4 - ((above - below) / 2) ** 2,
        reach**2 * variance / 2 - 2 * variance**2,
    ]
    factors = [v**2 * (reach - v) * (reach + v), above * below, 2 * variance * (reach**2 / 4 - variance)]
    return [identity(found, factors, bounds_of_moments.__doc__, "differences that are not negative")]


def of_all_tokens():
    """Derivatives of the NLL along a change of range R are cumulants of the change under the softmax, of variance σ².

    By Taylor the mean over both signs is σ²/2 and a fourth cumulant μ₄ − 3σ⁴ over 24, where −R²σ²/2 ≤ μ₄ − 3σ⁴ ≤ R²σ²
    as μ₄ ≥ σ⁴ and σ² ≤ R²/4. On the way the softmax of no token grows more than e^R-fold, so that σ² grows no more.
    """

    def ratio():
        width = BALL.number(2 * CHANGE)
        return BALL.number(1).union(1 - width**2 * width.exp() / 12).union(1 + width**2 * width.exp() / 12)

    return AGREE, ball(
        ratio, "1 ± R²e^R/12 for any number of tokens and any logits, by the fourth cumulant, at R = 2/100"
    )


@claim(
    "7.2.second_order",
    at="Section 7.2",
    kind="wording",
    says="Under small perturbations ΔNLL ≈ ½ ΔyᵀHΔy: in the logits y the two agree to a tenth for changes of a "
    "hundredth",
    primary=BOTH,
    note="The gradient of the NLL in the logits, softmax less the target, vanishes for no token. So a single change "
    "has a term of first order, which is the larger the smaller the change. It cancels on average where a perturbation "
    "is as likely as its opposite, which is meant, or where the gradients of many tokens cancel. How small a change of "
    "a hidden layer must be depends on the layers above.",
)
@pytest.mark.parametrize(
    "found",
    [
        pytest.param(of_all_tokens, id="all tokens, every logit", marks=reading(BOTH)),
        pytest.param(fourth_cumulant, id="its cumulants", marks=reading(BOTH)),
        pytest.param(bounds_of_moments, id="its bounds", marks=reading(BOTH)),
        pytest.param(partial(of_two_tokens, (1, -1)), id=BOTH, marks=reading(BOTH)),
        pytest.param(partial(of_two_tokens, (1,)), id=ONE, marks=reading(ONE)),
    ],
)
def test_second_order(check, found):
    check(*found())
