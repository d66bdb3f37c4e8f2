"""Classical statements: the plugin audits them without knowing what they are about."""

import math
from fractions import Fraction

import pytest
from flint import arb
from hypothesis import given, settings
from hypothesis import strategies as st
from verdicts import about, arithmetic, at_most, ball, between, claim, exactly, less_than, printed, proof, twin, worst


@claim("classics.pi", at="Section 1.1", also_at=["Table 1"], says="π is about 3.1416", tex=r"\pi\approx 3.1416")
@pytest.mark.parametrize("stated", ["3.1416", "3.14"])
def test_pi(check, stated):
    check(printed(stated), arb.pi)


@claim(
    "classics.archimedes",
    at="Equation (1)",
    says="π = 22/7 to four digits",
    rests_on=["classics.pi"],
    note="It is 3.1429.",
)
def test_archimedes(check):
    check(printed("3.1429", stated="22/7 = 3.1429"), ball(arb.pi, method="Machin's formula"))


@claim("classics.e", at="Section 1.1", says="e is less than 3", tex="e<3")
def test_e(check):
    check(less_than("3"), lambda: arb(1).exp())


@claim("classics.basel", at="Table 1", says="Σ 1/k² is about 1.64", primary="infinite sum")
@pytest.mark.parametrize("reading", ["infinite sum", "first ten terms"])
def test_basel(check, reading):
    partial = sum(Fraction(1, k * k) for k in range(1, 11))
    check(printed("1.64"), (lambda: arb(2).zeta()) if reading == "infinite sum" else proof(partial, "exact sum"))


@claim("classics.undecided", at="Section 1.1", says="√2² is at most 2")
def test_undecided(check):
    check(at_most("2"), ball(lambda: arb(2).sqrt() ** 2, most=128))


@claim("classics.wide", at="Section 1.1", says="π is some 3", kind="wording")
def test_wide(check):
    check(about("3", margin="10%", because="the Bible's word for it"), arb.pi)


@claim("classics.ratio", at="Table 1", says="355/113 is within 0.0001% of π", rests_on=["classics.archimedes"])
def test_ratio(check):
    check(between("-0.0001%", "0.0001%"), lambda: arb(355) / 113 / arb.pi() - 1)


@claim("classics.inputs", at="Table 1", says="2.0 times 3.0 prints as 6.1", kind="number")
def test_inputs(check):
    low, high = Fraction("1.95") * Fraction("2.95"), Fraction("2.05") * Fraction("3.05")
    check(printed("6.1"), arithmetic((low, high), "corners of the rounding intervals"))


@claim(
    "classics.amgm",
    at="Theorem 1",
    says="The geometric mean is at most the arithmetic mean",
    tex=r"\sqrt{ab}\leq\frac{a+b}{2}",
)
@settings(max_examples=20)
@given(a=st.integers(0, 1000), b=st.integers(0, 1000))
def test_amgm(a, b):
    factor = twin(4, 5)
    worst((a + b) ** 2 - 4 * a * b)
    assert factor * a * b <= (a + b) ** 2


@claim("classics.euler", at="Section 2.1", says="n² + n + 41 is prime for every n", tex="n^2+n+41")
@settings(max_examples=200)
@given(n=st.integers(0, 60))
def test_euler(n):
    value = n * n + n + 41
    assert all(value % d for d in range(2, math.isqrt(value) + 1))


@claim("classics.weak", at="Section 2.1", says="n is below a million")
@settings(max_examples=20)
@given(n=st.integers(0, 60))
def test_weak(n):
    assert n < twin(10**6, 10**5)


@claim("classics.gauss", at="Section 2.1", says="1 + … + 100 = 5050", kind="extension")
def test_gauss(check):
    check(exactly(5050), proof(sum(range(101)), "exact sum"))


@claim("classics.model", at="Table 1", says="A measured number", kind="measurement")
def test_model(check):
    check.not_run("needs the model", grade="model", command="fetch it")
