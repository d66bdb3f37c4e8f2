"""Identities and agreements: two routes to one thing, compared exactly or at points."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from numbers import Number, Rational
from typing import TYPE_CHECKING, Any, Final

from verdicts.balls import distinct, looked_at_twice, value_at
from verdicts.errors import CheckError
from verdicts.evidence import Evidence, Source, words
from verdicts.intervals import Interval, exact_number, shortened
from verdicts.statements import Accepted, exactly

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

__all__ = ["agrees", "identity"]

POINTS: Final = ((3, 11), (5, 13), (7, 17), (11, 19))  # numerators and denominators of what symbols are set to
LOOKS: Final = 4
Pairs = list[tuple[Any, Any]]


@dataclass(frozen=True)
class _Identity:
    left: Any
    right: Any
    method: str
    accepted: Accepted

    def looks(self, level: Fraction | None) -> Iterator[Evidence]:  # noqa: ARG002
        pairs = _pairs(self.left, self.right)
        found = [vanishes(_less(left, right)) for left, right in pairs]
        _test_prover(pairs, found)
        wrong, unsettled = found.count(False), found.count(None)
        entries = "1 entry" if len(found) == 1 else f"{len(found)} entries"
        method = f"{self.method}; left less right, {entries}; the same prover rejects a false identity"
        yield Evidence("proof", Interval(Fraction(wrong), Fraction(wrong + unsettled)), method)


@dataclass(frozen=True)
class _Agreement:
    first: Callable[..., Any]
    second: Callable[..., Any]
    points: Sequence[Any]
    digits: int
    method: str
    accepted: Accepted

    def looks(self, level: Fraction | None) -> Iterator[Evidence]:  # noqa: ARG002
        bits = math.ceil(self.digits * math.log2(10)) + 64
        for _ in range(LOOKS):
            first, second = (
                looked_at_twice(bits, [partial(value_at, route, at) for at in self.points], self.method)
                for route in (self.first, self.second)
            )
            apart = list(map(_relative, first, second))
            lows = [each.lo for each in apart if each.lo is not None]
            highs = [each.hi for each in apart if each.hi is not None]
            computed = Interval(max(lows), max(highs) if len(highs) == len(apart) else None)
            yield Evidence("instances", computed, f"{self.method}; balls of {bits} bits", samples=len(apart))
            bits *= 2


def identity(left: Any, right: Any, method: str, stated: str = "") -> Source:
    """Exact algebra: left − right vanishes, entry by entry. A planted false identity goes to the same prover.

    The evidence is the number of entries that do not vanish. An entry that is neither shown to vanish nor to differ
    from zero leaves the identity undecided.

    Args:
        left: an int, a Fraction, a sympy expression or matrix, a number or polynomial of python-flint, anything that
            can be subtracted and compared with 0, or a sequence of these.
        right: the other side, of the same shape; a single number stands for each entry.
        method: the route to both sides, for the report.
        stated: the identity as a reader should see it.
    """
    return _Identity(left, right, words(method), exactly(0, stated or "an identity"))


def agrees(
    first: Callable[..., Any], second: Callable[..., Any], at: Sequence[Any], digits: int, method: str
) -> Source:
    """Two routes to one function, compared at points: instances of an identity, and no proof of it.

    The evidence is the largest relative difference, which must be at most 10^−digits.

    Args:
        first: a function of a point that returns a ball or an exact number.
        second: the other route; differences are relative to its value.
        at: the points; a tuple is passed as several arguments.
        digits: to how many digits they must agree.
        method: both routes, for the report.
    """
    points = distinct(at, "agrees")
    if not isinstance(digits, int) or not 1 <= digits <= 1000:
        raise CheckError(f"agrees needs a number of digits from 1 to 1000, got {shortened(digits)}")
    accepted = Accepted(f"to {digits} digits", Interval(Fraction(0), Fraction(10) ** -digits))
    return _Agreement(first, second, points, digits, words(method), accepted)


def _relative(first: Interval, second: Interval) -> Interval:
    """The size of first − second, relative to the second."""
    if first == second and first.width == 0:
        return Interval(Fraction(0), Fraction(0))
    if first.lo is None or first.hi is None or second.lo is None or second.hi is None:
        return Interval(Fraction(0), None)
    low, high = first.lo - second.hi, first.hi - second.lo
    least, most = max(low, -high, Fraction(0)), max(-low, high)
    small, large = max(second.lo, -second.hi, Fraction(0)), max(-second.lo, second.hi)
    return Interval(least / large if large else Fraction(0), most / small if small else None)


def vanishes(difference: Any) -> bool | None:
    """Whether an exact expression is zero; None where this could not be settled."""
    exact = exact_number(difference)
    if exact is not None:
        return exact == 0
    kind = type(difference)
    of_sympy = any(str(base.__module__).startswith("sympy.") for base in kind.__mro__)
    if of_sympy and hasattr(difference, "free_symbols"):
        return _symbol_vanishes(difference)
    rounded = isinstance(difference, Number) and not isinstance(difference, Rational)
    if rounded or isinstance(difference, bool | str) or kind.__name__.startswith(("arb", "acb")):
        raise CheckError(f"no exact algebra decides whether {shortened(difference)} vanishes: use agrees(…) or a ball")
    coefficients = getattr(difference, "coefficients", None)
    if isinstance(coefficients, list | tuple):  # a series, whose comparison may be of its constant term alone
        return _all(vanishes(coefficient) for coefficient in coefficients)
    return bool(difference == 0)


def _all(parts: Iterable[bool | None]) -> bool | None:
    seen = set(parts)
    return False if False in seen else None if None in seen else True


def _symbol_vanishes(difference: Any) -> bool | None:
    import sympy

    if difference.has(sympy.Float):
        raise CheckError(f"no exact algebra decides whether {shortened(difference)} vanishes: it holds a float")
    expanded = _simplified(sympy.expand, difference)
    shorter = min(expanded, difference, key=sympy.count_ops)  # to cancel in what is long takes seconds
    if _simplified(sympy.cancel, shorter) == 0:
        return True
    if any(_differs_at(difference, number) for number in range(len(POINTS))):
        return False
    simplest = _simplified(sympy.simplify, difference)  # it takes long: not of what is known to differ
    return True if simplest == 0 else None


def _simplified(simplifier: Callable[[Any], Any], expression: Any) -> Any:
    """What a simplifier makes of an expression; the expression itself where it takes none such."""
    import sympy

    with contextlib.suppress(sympy.PolynomialError):
        return simplifier(expression)
    return expression


def _differs_at(difference: Any, number: int) -> bool:
    """Whether an expression is not zero at a point of its symbols; evalf keeps account of its accuracy."""
    import sympy

    symbols = sorted(difference.free_symbols, key=str)
    values = {}
    for index, symbol in enumerate(symbols):
        over, under = POINTS[(number + index) % len(POINTS)]
        value = sympy.Integer(over + index) if symbol.is_integer else sympy.Rational(over, under + index)
        values[symbol] = -value if symbol.is_negative else value
    try:
        parts = difference.subs(values).evalf(30).as_real_imag()
    except (TypeError, ValueError, ArithmeticError, NotImplementedError, RecursionError):
        return False
    return any(part.is_Float and part.is_finite and part._prec > 30 and part != 0 for part in parts)


def _test_prover(pairs: Pairs, found: list[bool | None]) -> None:
    """Send the prover, for each type of entry, what must be false where it said true, and true where it said false."""
    for (left, right), true in {
        (type(left), type(right), true): ((left, right), true) for (left, right), true in zip(pairs, found, strict=True)
    }.values():
        if true and any(vanishes(_less(left, planted)) for planted in _planted(left, right)):
            raise CheckError(
                "the prover finds a planted false identity true: what it says of the true one is worth nothing"
            )
        if true is False and not vanishes(_less(left, left)):
            raise CheckError("the prover finds that something differs from itself: what it says is worth nothing")


def _less(left: Any, right: Any) -> Any:
    """Left − right; Fractions and the numbers of flint are made to fit one another."""
    mine, theirs = exact_number(left), exact_number(right)
    if mine is not None and theirs is not None:
        return mine - theirs
    flints = [str(type(side).__module__).startswith("flint") for side in (left, right)]
    if flints == [True, False] and theirs is not None:
        right = _fmpq(theirs)
    elif flints == [False, True]:
        left, right = (_fmpq(mine), right) if mine is not None else (left, theirs)
    return left - right


def _fmpq(value: Fraction) -> Any:
    import flint

    return flint.fmpq(value.numerator, value.denominator)


def _planted(left: Any, right: Any) -> Iterator[Any]:
    yield right + 1
    for side in (left, right):
        if symbols := sorted(getattr(side, "free_symbols", ()), key=str):
            yield right + symbols[0]
            break
        if type(side).__name__ == "fmpq_poly":
            exact = exact_number(right)
            yield type(side)([0, 1]) + (right if exact is None else _fmpq(exact))
            break


def _pairs(left: Any, right: Any) -> Pairs:
    """The entries of both sides, as far as they have any."""
    lefts, rights = _entries(left), _entries(right)
    if lefts is None and rights is None:
        if isinstance(left, float | str | bool) or isinstance(right, float | str | bool):
            raise CheckError(f"an identity is exact: got {shortened(left)} and {shortened(right)}")
        return [(left, right)]
    lefts = [left] * len(rights or []) if lefts is None else lefts
    rights = [right] * len(lefts) if rights is None else rights
    if len(lefts) != len(rights) or not lefts:
        raise CheckError(f"an identity needs two sides of one shape, got {len(lefts)} and {len(rights)} entries")
    return [pair for one, other in zip(lefts, rights, strict=True) for pair in _pairs(one, other)]


def _entries(side: Any) -> list[Any] | None:
    """The entries of a sequence, a matrix or an array; None for a single thing."""
    if isinstance(side, list | tuple):
        return list(side)
    if getattr(side, "shape", ()) and hasattr(side, "tolist"):
        return list(side.tolist())
    if hasattr(side, "entries") and callable(side.entries):
        return list(side.entries())
    return None
