"""Section 7.2: whether outlier columns channel magnitude changes into the radial direction."""

import pytest
from verdicts import ball, claim, identity, printed

from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.expressions import evaluated
from theorems.formulas.linear_layer import FLIP_RATE, entry_moments
from theorems.moments import Moments

GROUP = "sums over the entries of x̂, a share γ of whose energy lies in the perturbed columns; exact algebra"


def group_moments(perturbation, share):
    """Where only the columns that hold that share of ‖x̂‖² = 1 are perturbed; entries of a row are independent."""
    entry = entry_moments(perturbation)
    return Moments(entry.original, share * entry.projection, share * entry.energy)


@claim(
    "7.2.channelling",
    at="Section 7.2",
    kind="extension",
    says="A magnitude change of some columns is radial in proportion to their share γ of the input's energy, 2γ/π, and "
    "so are sign flips, γp: outlier columns do channel magnitude changes, and never more than all columns together",
    tex=r"\mathcal R^{\mathrm{mag}}=\frac{2\gamma}{\pi},\quad\mathcal R^{\mathrm{sign}}=\gamma p",
    rests_on=["6.intuition.alignment", "6.partA.half_space"],
    note="In the linear layer at every p, and to leading order as p → 0 after ReLU, where z > 0 has half of "
    "each moment. It needs no delocalised input, contrary to the caveat on Lemma A.1.",
)
@pytest.mark.parametrize(
    ("perturbation", "whole"),
    [("constant δ", lambda _, pi: 2 / pi), ("sign flips", lambda p, _: p)],
    ids=["mag", "sign"],
)
def test_channelling(check, perturbation, whole):
    import sympy

    share, p = sympy.symbols("gamma p", positive=True)
    found = sympy.simplify(group_moments(perturbation, share).radial_fraction())
    check(identity(found, share * whole(p, sympy.pi), GROUP, stated="γ times that of all columns"))


@claim(
    "7.2.groups",
    at="Section 7.2",
    also_at=["Appendix F.3"],
    kind="extension",
    says="As p → 0 the ratio of sign to magnitude damage within columns of energy share γ is 1/(1 − 2γ/π): 1.03 for 5% "
    "of a delocalised input, 1.47 for outlier columns with half of the energy, and 2.75 only for all columns",
    tex=r"c_\gamma=\frac{1}{1-2\gamma/\pi}\leq\frac{\pi}{\pi-2}",
    rests_on=["7.2.channelling"],
    note="So outlier columns raise the ratio within a group, as Section 7.2 conjectures, and not beyond 2.75×.",
)
@pytest.mark.parametrize(("share", "stated"), [("0.05", "1.03"), ("0.5", "1.47"), ("1", "2.75")])
def test_groups(check, share, stated):
    def ratio():
        import sympy

        p = sympy.Symbol(FLIP_RATE, positive=True)
        flips, magnitudes = (
            (moments.transverse_energy() / moments.energy).limit(p, 0)
            for moments in (group_moments(name, 1) for name in ("sign flips", "constant δ"))
        )
        return 1 / (1 - BALL.number(share) * (1 - evaluated(magnitudes / flips, BALL)))

    check(printed(stated), ball(ratio, GROUP))
