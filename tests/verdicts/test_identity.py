"""Identities by exact algebra, agreements at points."""

from __future__ import annotations

import math
from fractions import Fraction

import flint
import numpy as np
import pytest
import sympy
from flint import arb, ctx, fmpq, fmpq_poly, fmpz
from hypothesis import given, settings
from hypothesis import strategies as st
from verdicts import algebra
from verdicts.algebra import agrees, identity
from verdicts.check import Check
from verdicts.errors import CheckError
from verdicts.intervals import Interval
from verdicts.sources import instances

relaxed = settings(deadline=None)

x, y = sympy.symbols("x y", positive=True)
k, negative = sympy.Symbol("k", integer=True), sympy.Symbol("s", negative=True)
u = sympy.Symbol("u", real=True)
CIRCLE = sympy.sin(x) ** 2 + sympy.cos(x) ** 2
t = fmpq_poly([0, 1])


z = sympy.ring("z", sympy.QQ)[1]
unknown = sympy.Function("f", real=True)(x) + 1


class Series:
    """A truncated series whose comparison, as that of many a project's, is of the constant terms."""

    free_symbols = ()
    shape = (3,)
    entries = 3

    def __init__(self, *coefficients):
        self.coefficients = list(coefficients)

    def __sub__(self, other):
        return Series(*(a - b for a, b in zip(self.coefficients, other.coefficients, strict=True)))

    def __add__(self, number):
        return Series(self.coefficients[0] + number, *self.coefficients[1:])

    def __eq__(self, number):
        return self.coefficients[0] == number

    __hash__ = None


def verdict(source):
    check = Check("claim", "", 0, None)
    check(source)
    return check.record["verdict"]


TRUE = {
    "fractions": (Fraction(1, 3) + Fraction(1, 6), Fraction(1, 2)),
    "integers": (7 * 11, 77),
    "flint numbers": (fmpq(2, 4), fmpq(1, 2)),
    "flint and Fraction": (fmpz(3), Fraction(3)),
    "polynomials": ((t + 1) ** 2, t**2 + 2 * t + 1),
    "polynomial and Fraction": (t - t + fmpq(1, 2), Fraction(1, 2)),
    "expression and flint": (x - x + sympy.Rational(1, 2), fmpq(1, 2)),
    "Fraction and polynomial": (Fraction(1, 2), t - t + fmpq(1, 2)),
    "flint and expression": (fmpq(1, 2), x - x + sympy.Rational(1, 2)),
    "integer and circle": (1, sympy.sin(x) ** 2 + sympy.cos(x) ** 2),
    "integers of numpy": (np.int64(3), np.int64(3)),
    "one number for each entry": (Fraction(1, 2), [fmpq(1, 2), x - x + sympy.Rational(1, 2)]),
    "a sequence and a matrix": ([1, x], sympy.Matrix([[1], [x]])),
    "a matrix of flint": (flint.fmpq_mat(1, 2, [1, 2]), [1, 2]),
    "expressions": ((x + y) ** 3, x**3 + 3 * x**2 * y + 3 * x * y**2 + y**3),
    "roots": (sympy.sqrt(3 + 2 * sympy.sqrt(2)), 1 + sympy.sqrt(2)),
    "circle": (sympy.sin(x) ** 2 + sympy.cos(x) ** 2, 1),
    "matrices": (sympy.Matrix([[x, 1], [0, x]]) ** 2, sympy.Matrix([[x**2, 2 * x], [0, x**2]])),
    "sequences": ([Fraction(1, 2), x - x], (Fraction(2, 4), 0)),
    "residuals": ([0, Fraction(0), fmpq(0)], 0),
    "arrays": (np.array([Fraction(1, 2), Fraction(1)]), np.array([Fraction(2, 4), Fraction(1)])),
    "series": (Series(1, 2, 3), Series(1, 2, 3)),
    "elements of a ring": ((z + 1) ** 2, z**2 + 2 * z + 1),
    "an unknown function": (unknown - 1, unknown - 1),
}
FALSE = {
    "off by the planted error": (3, 2),
    "fractions": (Fraction(1, 3), Fraction(1, 2)),
    "polynomials": ((t + 1) ** 2, t**2 + 1),
    "expressions": ((x + y) ** 2, x**2 + y**2),
    "zero at the first point": (x, sympy.Rational(3, 11)),
    "Fraction and polynomial": (Fraction(1, 2), t),
    "of unknown sign": (abs(sympy.exp(u) - 1), 1 - sympy.exp(u)),
    "almost": (sympy.exp(sympy.pi * sympy.sqrt(163)), 640320**3 + 744),
    "matrices": (sympy.eye(2), sympy.Matrix([[1, 0], [x, 1]])),
    "sequences": ([1, 2, 3], [1, 2, 4]),
    "series": (Series(1, 2, 3), Series(1, 2, 4)),
    "elements of a ring": ((z + 1) ** 2, z**2 + 1),
    "zero at whole numbers": (sympy.sin(sympy.pi * x), 0),
}


@pytest.mark.parametrize("sides", TRUE.values(), ids=TRUE)
def test_a_true_identity_holds(sides):
    assert verdict(identity(*sides, "by algebra")) == "holds"


@pytest.mark.parametrize("sides", FALSE.values(), ids=FALSE)
def test_a_false_identity_is_refuted(sides):
    assert verdict(identity(*sides, "by algebra")) == "refuted"


@relaxed
@given(st.lists(st.integers(-3, 3), min_size=1), st.lists(st.integers(-3, 3), min_size=1))
def test_the_evidence_is_the_number_of_entries_that_differ(left, right):
    size = min(len(left), len(right))
    differing = sum(a != b for a, b in zip(left[:size], right[:size], strict=True))
    evidence = next(identity(left[:size], right[:size], "by hand").looks(None))
    assert evidence.grade == "proof"
    assert evidence.computed.lo == evidence.computed.hi == differing


def test_what_cannot_be_settled_is_inconclusive():
    different = sympy.Function("f")(x) - sympy.Function("g")(x)
    assert verdict(identity(different, 0, "two unknown functions")) == "inconclusive"
    assert verdict(identity(Series(0, different), Series(0, 0), "two unknown functions")) == "inconclusive"
    assert verdict(identity(unknown, 0, "an unknown function")) == "inconclusive"
    assert verdict(identity(unknown - 1, 0, "a function that has no module")) == "inconclusive"


@pytest.mark.long  # sympy tries to put numbers into the derivative
def test_the_derivative_of_an_unknown_function_is_inconclusive():
    assert verdict(identity(sympy.diff(unknown), 0, "its derivative")) == "inconclusive"


@pytest.mark.parametrize("error", [TypeError, ValueError, ZeroDivisionError, NotImplementedError])
def test_neither_is_what_has_no_value_at_a_point(error):
    class Valueless(sympy.Function):
        @classmethod
        def eval(cls, argument):
            if argument.is_number:
                raise error

    assert verdict(identity(Valueless(x), 1, "a function without values")) == "inconclusive"
    assert verdict(identity(Valueless(x), 0, "a function of the project's own")) == "inconclusive"


BEYOND = {
    "an integer": sympy.sin(sympy.pi * k * (k + 1) / 2),
    "a negative number": abs(sympy.exp(negative) - 1) + sympy.exp(negative) - 1,
}


@pytest.mark.parametrize("name", BEYOND)
def test_what_vanishes_where_its_symbols_are_what_they_are_said_to_be_is_not_refuted(name):
    assert algebra.vanishes(BEYOND[name]) in (None, True)


w = sympy.Symbol("w")  # any complex number
ALMOST = {  # each is false somewhere: at a constant, beyond a branch cut, on the other side of 0, off the sample points
    "a constant": sympy.pi - 3,
    "a constant in a product": (sympy.pi - 3) * x,
    "a root": sympy.sqrt(2) - sympy.Rational(99, 70),
    "a nested root": sympy.sqrt(5 + 2 * sympy.sqrt(6)) - sympy.sqrt(2) - sympy.sqrt(3) + sympy.Rational(1, 10**40),
    "less than any digit": sympy.exp(-1000 * x),
    "zero at every point that is tried": sympy.prod(u - sympy.Rational(*each) for each in algebra.POINTS),
    "the root of a square": sympy.sqrt(u**2) - u,
    "the root of a square of x − 1": sympy.sqrt((x - 1) ** 2) - x + 1,
    "the root of a product": sympy.sqrt(w - 1) * sympy.sqrt(w + 1) - sympy.sqrt(w**2 - 1),
    "the root of an inverse": sympy.sqrt(1 / w) - 1 / sympy.sqrt(w),
    "the third root of a cube": (w**3) ** sympy.Rational(1, 3) - w,
    "the root of a squared cosine": sympy.sqrt(sympy.cos(u) ** 2) - sympy.cos(u),
    "half an angle": sympy.sqrt((1 - sympy.cos(u)) / 2) - sympy.sin(u / 2),
    "powers": sympy.exp(w) ** x - sympy.exp(w * x),
    "logarithms": sympy.log(w**2) - 2 * sympy.log(w),
    "the logarithm of an exponential": sympy.log(sympy.exp(w)) - w,
    "the arctangent of a tangent": sympy.atan(sympy.tan(u)) - u,
    "arctangents": sympy.atan(u) + sympy.atan(1 / u) - sympy.pi / 2,
    "the sign": sympy.sign(u) - 1,
    "a size": abs(u) - u,
    "a squared size": abs(w) ** 2 - w**2,
    "the error function": sympy.erf(1000 * x) - 1,
    "the gamma function": sympy.loggamma(w) - sympy.log(sympy.gamma(w)),
    "a step": sympy.Piecewise((0, u < 100), (1, True)),
    "another integer": sympy.KroneckerDelta(k, 1000),
}


@pytest.mark.parametrize("name", ALMOST)
def test_what_is_false_somewhere_is_never_found_true(name):
    assert algebra.vanishes(ALMOST[name]) is not True


@pytest.mark.parametrize("nothing", [True, False, "0", 0.0, arb(0)])
def test_only_what_is_exact_can_be_said_to_vanish(nothing):
    with pytest.raises(ValueError, match="no exact algebra decides"):
        algebra.vanishes(nothing)


LIES = {
    "of what it finds false too": (([1, 5], [1, 7]), lambda difference: difference in (0, -1)),
    "of the type on the left": (([sympy.Integer(1), Fraction(1)], [1, 1]), "sympy"),
    "of the type on the right": (([1, 1], [sympy.Integer(1), Fraction(1)]), "sympy"),
}


@pytest.mark.parametrize("lie", LIES)
def test_a_prover_that_lies_of_one_kind_of_entry_is_caught(monkeypatch, lie):
    sides, prover = LIES[lie]
    honest = algebra.vanishes
    if prover == "sympy":
        monkeypatch.setattr(algebra, "exact_number", lambda given: given if isinstance(given, Fraction | int) else None)

        def prover(difference):
            return type(difference).__module__.startswith("sympy") or honest(difference)

    monkeypatch.setattr(algebra, "vanishes", prover)
    with pytest.raises(ValueError, match="planted false identity"):
        verdict(identity(*sides, "by algebra"))


@pytest.mark.parametrize("simplifier", ["expand", "cancel"])
def test_a_sabotaged_simplifier_is_caught(monkeypatch, simplifier):
    monkeypatch.setattr(sympy, simplifier, lambda _: sympy.Integer(0))
    with pytest.raises(ValueError, match="planted false identity"):
        verdict(identity((x + 1) ** 2, x**2 + 2 * x + 1, "by algebra"))


@pytest.mark.parametrize("simplifier", ["expand", "cancel", "simplify"])
def test_what_a_simplifier_does_not_take_is_not_found_true(monkeypatch, simplifier):
    def refuse(_):
        raise sympy.PolynomialError

    monkeypatch.setattr(sympy, simplifier, refuse)
    assert algebra.vanishes(unknown) is None
    assert verdict(identity(x, y, "by algebra")) == "refuted"


def test_what_differs_at_a_point_is_false_whatever_simplify_says(monkeypatch):
    monkeypatch.setattr(sympy, "simplify", lambda _: sympy.Integer(0))
    assert verdict(identity(sympy.sin(x) ** 2 + sympy.cos(x) ** 2, 1 + y, "by algebra")) == "refuted"


@pytest.mark.parametrize("sides", TRUE.values(), ids=TRUE)
def test_a_prover_that_finds_everything_true_is_caught(monkeypatch, sides):
    monkeypatch.setattr(algebra, "vanishes", lambda _: True)
    with pytest.raises(ValueError, match="planted false identity"):
        verdict(identity(*sides, "by algebra"))


@pytest.mark.parametrize("sides", TRUE.values(), ids=TRUE)
def test_so_is_one_that_finds_everything_false(monkeypatch, sides):
    monkeypatch.setattr(algebra, "vanishes", lambda _: False)
    with pytest.raises(ValueError, match="differs from itself"):
        verdict(identity(*sides, "by algebra"))


QUESTIONS = {
    "true": ((3, 3), [0, -1]),
    "false": ((3, 2), [1, 0]),
    "undecided": ((unknown, 0), [unknown]),
    "symbols": ((x * y, x * y), [0, -1, -x]),
    "symbols on the left": ((x - x + y - y, 0), [0, -1]),
    "expression on the left": ((CIRCLE, 1), [CIRCLE - 1, CIRCLE - 2, CIRCLE - 1 - x]),
    "expression on the right": ((1, CIRCLE), [1 - CIRCLE, -CIRCLE, 1 - CIRCLE - x]),
    "polynomials": ((t**2, t**2), [0, -1, -t]),
    "polynomial on the left": ((t - t + fmpq(1, 2), Fraction(1, 2)), [0, -1, -t]),
    "polynomial on the right": ((Fraction(1, 2), t - t + fmpq(1, 2)), [0, -1, -t]),
}


@pytest.mark.parametrize(("sides", "questions"), QUESTIONS.values(), ids=QUESTIONS)
def test_the_prover_is_asked_for_what_must_be_false_of_what_is_true_and_the_reverse(monkeypatch, sides, questions):
    honest, asked = algebra.vanishes, []
    monkeypatch.setattr(algebra, "vanishes", lambda difference: asked.append(difference) or honest(difference))
    list(identity(*sides, "by algebra").looks(None))
    assert asked == questions


class Other:
    """Keeps what it is subtracted from, or what is subtracted from it."""

    def __sub__(self, other):
        return other

    __rsub__ = __sub__


@pytest.mark.parametrize(
    ("sides", "kept"),
    [
        ((Other(), Fraction(1, 2)), Fraction),
        ((Other(), fmpq(1, 2)), Fraction),
        ((Fraction(1, 2), Other()), Fraction),
        ((fmpq(1, 2), Other()), fmpq),
    ],
)
def test_numbers_meet_what_is_not_of_flint_as_fractions(sides, kept):
    assert isinstance(algebra._less(*sides), kept)


def test_a_prover_that_looks_at_constant_terms_only_is_caught(monkeypatch):
    monkeypatch.setattr(algebra, "_symbol_vanishes", lambda difference: difference.subs({x: 0, y: 0}) == 0)
    with pytest.raises(ValueError, match="planted false identity"):
        verdict(identity(x * y, y * x, "by algebra"))


@pytest.mark.parametrize(
    "sides",
    [
        (0.5, 0.5),
        ("1", "1"),
        (True, True),
        (arb(1), arb(1)),
        (flint.acb(1), 1),
        ([0.5], [0.5]),
        (np.float32(1), np.float32(1)),
        (1.0 * x, x),
        ([1, 2], [1, 2, 3]),
        ([], []),
        ([[1]], [[1, 2]]),
    ],
    ids=str,
)
def test_what_is_not_exact_or_not_of_one_shape_is_refused(sides):
    with pytest.raises(ValueError, match=r"exact|shape"):
        verdict(identity(*sides, "by algebra"))


@pytest.mark.parametrize("inexact", [1.0, "1", True])
def test_both_sides_must_be_exact(inexact):
    for sides in ((inexact, 1), (1, inexact), (inexact, inexact)):
        with pytest.raises(ValueError, match="an identity is exact"):
            verdict(identity(*sides, "by algebra"))


def agreement(*arguments):
    check = Check("claim", "", 0, None)
    check(agrees(*arguments))
    return check.record


def test_two_routes_agree_at_points():
    record = agreement(lambda x: arb(x).sin() ** 2, lambda x: 1 - arb(x).cos() ** 2, [1, 2, 3], 30, "sine and cosine")
    assert (record["verdict"], record["grade"]) == ("holds", "instances")
    assert (record["samples"], record["stated"]) == (3, "to 30 digits")


@relaxed
@given(st.integers(1, 40), st.integers(-60, 60).filter(bool))
def test_they_agree_to_as_many_digits_as_they_do(digits, units):
    def second(n):
        return Fraction(n)

    def first(n):
        return n * (1 + Fraction(units, 10 ** (digits + 1)))

    assert agreement(first, second, [1, -7], digits, "by hand")["verdict"] == (
        "holds" if abs(units) <= 10 else "refuted"
    )


@relaxed
@given(st.lists(st.integers(1, 99), min_size=1, max_size=5, unique=True))
def test_the_largest_difference_is_what_counts(units):
    computed = agreement(lambda n: 1 + Fraction(n, 10**6), lambda _: 1, units, 2, "by hand")["computed"]
    assert [Fraction(end) for end in computed] == [Fraction(max(units), 10**6)] * 2


def test_precision_is_raised_until_they_are_seen_to_agree():
    def cancelling(x):
        return (arb(x) + arb(10) ** 60) - arb(10) ** 60

    record = agreement(cancelling, Fraction, [3], 20, "large terms that cancel")
    assert record["verdict"] == "holds"
    assert record["looks"] > 1


def test_agreement_about_zero_needs_exact_zeros():
    assert agreement(lambda _: 0, lambda _: Fraction(0), [1], 10, "zeros")["verdict"] == "holds"
    assert agreement(lambda x: arb(x).sin() - arb(x).sin(), lambda _: 0, [1], 10, "zeros")["verdict"] == "inconclusive"
    assert agreement(lambda _: arb("nan"), lambda _: 1, [1], 10, "nothing")["verdict"] == "inconclusive"


def test_a_point_may_have_several_coordinates():
    assert agreement(lambda a, b: a * b, lambda a, b: b * a, [(2, 3), (5, 7)], 5, "products")["verdict"] == "holds"


@pytest.mark.parametrize(("points", "digits"), [([], 5), ([1], 0), ([1], 1001), ([1], 2.5), ([1], "3")])
def test_an_agreement_names_points_and_digits(points, digits):
    with pytest.raises(ValueError, match="agrees needs"):
        agrees(abs, abs, points, digits, "by hand")


@st.composite
def sides(draw):
    lo, hi = sorted(Fraction(draw(st.integers(-6, 6)), 2) for _ in range(2))
    whole = Interval(lo, hi)
    return draw(st.sampled_from([whole, whole, whole, Interval(lo, None), Interval(None, hi)]))


@relaxed
@given(sides(), sides())
def test_a_relative_difference_is_the_nearest_over_the_largest_to_the_farthest_over_the_smallest(first, second):
    found = algebra._relative(first, second)
    if None in (first.width, second.width):
        assert found == Interval(Fraction(0), None)
        return
    if first == second and first.width == 0:
        assert found == Interval(Fraction(0), Fraction(0))
        return
    apart = [abs(a - b) for a in (first.lo, first.hi) for b in (second.lo, second.hi)]
    meet = first.lo <= second.hi and second.lo <= first.hi
    sizes = [abs(second.lo), abs(second.hi)]
    least, most = 0 if meet else min(apart), max(apart)
    small, large = 0 if second.lo <= 0 <= second.hi else min(sizes), max(sizes)
    assert found == Interval(Fraction(least) / large if large else Fraction(0), most / small if small else None)


def test_an_agreement_is_looked_for_at_four_precisions_beyond_its_digits():
    source = agrees(lambda x: arb(x).sin(), lambda x: arb(x).sin(), [1, 2], 30, "sines")
    evidence = list(source.looks(None))
    assert [look.method for look in evidence] == [f"sines; balls of {164 * 2**k} bits" for k in range(4)]
    assert source.accepted.ends == ["0", "1E-30"]
    assert agrees(abs, abs, [1], 1000, "alike").accepted.interval.hi == Fraction(1, 10**1000)
    assert agrees(abs, abs, [1], 1, "alike").accepted.interval.hi == Fraction(1, 10)


def test_a_point_without_a_finite_value_hides_no_difference_at_another():
    def first(n):
        return arb("nan") if n == 0 else 1 + Fraction(n, 1000)

    computed = [look.computed for look in agrees(first, lambda _: 1, [0, 5, 2], 2, "by hand").looks(None)]
    assert computed[0] == Interval(Fraction(5, 1000), None)


def test_an_identity_says_of_how_many_entries_it_is():
    words = "left less right, {}; the same prover rejects a false identity"
    for sides, entries in (((1, 1), "1 entry"), (([1, 2], [1, 2]), "2 entries"), (([1], [1]), "1 entry")):
        (look,) = identity(*sides, "by hand").looks(None)
        assert look.method == "by hand; " + words.format(entries)
    assert identity(1, 1, "by hand").accepted.stated == "an identity"
    assert identity(1, 1, "by hand", "1 = 1").accepted.stated == "1 = 1"


def lie(x):
    """A float that passes for a ball."""
    return arb(math.sin(x))


@pytest.mark.parametrize(
    "source",
    [
        agrees(lie, lie, [1, 2], 10, "floats"),
        agrees(lie, lambda x: arb(x).sin(), [1, 2], 10, "a float and a ball"),
        agrees(lambda x: arb(x).sin(), lie, [1, 2], 10, "a ball and a float"),
        instances(lie, [1, 2], "floats"),
        instances(lambda x: lie(x) if x == 2 else arb(x), [1, 2, 3], "one float among balls"),
    ],
)
def test_floats_that_pass_for_balls_are_found_at_each_point(source):
    with pytest.raises(CheckError, match="a float was turned into a ball"):
        list(source.looks(None))


def test_balls_that_do_not_overlap_themselves_are_found_at_each_point():
    balls = instances(lambda x: arb(x) if x != 2 else arb(ctx.prec), [0, 2, 1000], "one of them is none")
    with pytest.raises(CheckError, match="disjoint"):
        list(balls.looks(None))


@pytest.mark.parametrize("again", [1, "1", (1, 2)])
def test_a_point_counts_once(again):
    for source in (lambda at: instances(lambda *_: 1, at, "m"), lambda at: agrees(max, min, at, 3, "m")):
        with pytest.raises(CheckError, match=r"point .*1.* is given twice"):
            source([again, "2", again])


def test_points_that_cannot_be_hashed_differ_unless_they_are_one_thing():
    one = np.zeros(2)
    assert instances(1, [one, np.zeros(2)], "m").evidence.samples == 2
    with pytest.raises(CheckError, match="given twice"):
        instances(1, [one, one], "m")
