"""Section 1: each test is a claim of the paper, and its evidence decides the verdict."""

from flint import arb
from verdicts import ball, claim, printed


@claim("1.archimedes", at="Equation (1)", says="22/7 exceeds π by 0.00126", tex=r"\frac{22}{7}-\pi", kind="number")
def test_archimedes(check):
    check(printed("0.00126"), ball(lambda: arb(22) / 7 - arb.pi(), method="π in ball arithmetic"))


@claim(
    "1.basel",
    at="Table 1",
    says="The sum of the inverse squares is 1.6494",
    tex=r"\sum_{k\geq 1}\frac{1}{k^2}",
    kind="number",
    note="Two digits changed places: it is 1.6449.",
)
def test_basel(check):
    check(printed("1.6494"), ball(lambda: arb(2).zeta(), method="the zeta function at 2, in ball arithmetic"))
