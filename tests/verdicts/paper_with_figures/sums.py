"""Two figures: harmonic numbers below their logarithmic bound, and powers that span many decades."""

from fractions import Fraction

import pytest
from flint import arb
from verdicts import at_most, ball, claim, printed

PRINTED = {1: "1.00", 2: "1.50", 4: "2.08", 8: "2.72", 16: "3.38", 32: "4.06"}


def harmonic(n):
    return sum(Fraction(1, k) for k in range(1, n + 1))


@claim("1.printed", at="Figure 1", says="The harmonic numbers are those drawn", kind="number")
@pytest.mark.parametrize("n", PRINTED)
def test_harmonic_numbers(check, n):
    check.curve(figure="Figure 1", name="printed", points=[(n, PRINTED[n])], kind="points", x="n", y="H(n)")
    check.curve(figure="Figure 1", name="computed", points=[(n, harmonic(n))], kind="points")
    check(printed(PRINTED[n]), ball(lambda: arb(harmonic(n).numerator) / harmonic(n).denominator))


@claim("1.bound", at="Equation (1)", says="H(n) is at most 1 + log n", tex=r"H_n \leq 1 + \log n")
def test_bound(check):
    check(at_most("0"), ball(lambda: harmonic(32).numerator / arb(harmonic(32).denominator) - 1 - arb(32).log()))
    steps = [Fraction(k, 4) for k in range(4, 129)]
    bound = [(n, arb(n.numerator, 0) / n.denominator) for n in steps]
    check.curve(figure="Figure 1", name="1 + log n", points=[(n, 1 + ball.log()) for n, ball in bound])
    near = [(n, ball.log() + arb.const_euler(), ball.log() + 1) for n, ball in bound]
    check.curve(figure="Figure 1", name="between log n + γ and the bound", points=near, kind="band")


@claim("2.growth", at="Figure 2", says="The ratio is 1.5 at every n", kind="number")
def test_growth(check):
    check.curve(figure="Figure 2", name="as printed", points=[(n, "1.5") for n in range(1, 9)], x="n", y="ratio <n>")
    ends = [(n, 2.0**n * 0.9, 2.0**n * 1.1) for n in range(1, 9)]
    check.curve(figure="Figure 2", name="our intervals", points=ends, kind="points", x="n", y="ratio <n>")
    check(printed("1.5"), ball(lambda: arb(256)))
