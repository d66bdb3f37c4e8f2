"""Article XIX in its order. Perfect numbers are even here: no odd one is known, and none is below 10^1500."""

import os
from fractions import Fraction
from functools import cache
from itertools import count
from operator import itemgetter

import pytest
from flint import fmpz
from verdicts import Interval, claim, exactly, proof, readings

SUM = "the sum of the divisors, from the number's factors"
TEST = "test of Lucas and Lehmer: what it leaves is zero exactly where the number is prime"
ALL = "test of Lucas and Lehmer for every prime exponent up to the bound"


def parts(number: str | int) -> Fraction:
    """The sum of a number's aliquot parts, its divisors but for itself, as a multiple of the number."""
    n = fmpz(int(number))
    return Fraction(int(n.divisor_sigma(1) - n), int(n))


@cache
def residue(n: int) -> int:
    """What the test of Lucas and Lehmer leaves of 2^n − 1: zero exactly where that is prime, for an odd prime n."""
    modulus, left = (fmpz(1) << n) - 1, fmpz(4)
    for _ in range(n - 2):
        left = (left * left - 2) % modulus
    return int(left)


@cache
def exponents(most: int) -> list[int]:
    """All n up to a bound for which 2^n − 1 is prime; n has to be prime for that, and 2^2 − 1 = 3 is."""
    return [n for n in range(2, most + 1) if fmpz(n).is_prime() and (n == 2 or residue(n) == 0)]


def perfect(n: int) -> int:
    """The number that Euclid makes of 2^n − 1."""
    return 2 ** (n - 1) * (2**n - 1)


@claim(
    "1.triple",
    at="Multiply perfect numbers",
    says="The aliquot parts of each of these numbers come to twice the number",
    tex=r"\sigma(N)-N=2N",
    kind="number",
)
@pytest.mark.parametrize("number", ["120", "672", "523776", "1476304896", "459818240"])
def test_triple(check, number):
    check(exactly(2), proof(parts(number), SUM))


@claim("1.smallest", at="Multiply perfect numbers", says="Of these 120 is the smallest", rests_on=["1.triple"])
def test_smallest(check):
    check(exactly(120), proof(next(n for n in count(1) if parts(n) == 2), "every number from 1 on"))


@claim("1.product", at="Multiply perfect numbers", says="3 times 459818240 is 1379454720", kind="number")
def test_product(check):
    check(exactly(1379454720), proof(3 * 459818240, "multiplied"))


@claim(
    "1.quadruple",
    at="Multiply perfect numbers",
    says="The aliquot parts of each of these numbers come to three times the number",
    tex=r"\sigma(N)-N=3N",
    kind="number",
)
@pytest.mark.parametrize("number", ["1379454720", "30240", "32760", "23569920"])
def test_quadruple(check, number):
    check(exactly(3), proof(parts(number), SUM))


@claim(
    "1.quintuple",
    at="Multiply perfect numbers",
    says="14182439040 is a fourth of what its aliquot parts come to",
    tex=r"\sigma(N)-N=4N",
    kind="number",
)
def test_quintuple(check):
    check(exactly(4), proof(parts("14182439040"), SUM))


@claim(
    "2.eight",
    at="The eight of Bungus",
    says="These eight numbers are perfect: the aliquot parts of each come to the number",
    tex=r"\sigma(N)-N=N",
    kind="number",
    note="23550336 is a misprint.",
    instead="2.fifth",
)
@pytest.mark.parametrize(
    "number",
    ["6", "28", "496", "8128", "23550336", "8589869056", "137438691328", "2305843008139952128"],
)
def test_eight(check, number):
    check(exactly(1), proof(parts(number), SUM))


@claim("2.fifth", at="The eight of Bungus", says="The fifth perfect number is 33550336", kind="extension")
def test_fifth(check):
    check(exactly(33550336), proof(perfect(exponents(62)[4]), ALL))


@claim(
    "2.others",
    at="The exponent 62",
    says="There is no perfect number but these eight, unless one goes beyond the exponent 62 in 1 + 2 + 2² + …",
    primary="the sum is 2^62 - 1",
    note="2^61 − 1 is prime (Pervouchine 1883), and makes a ninth.",
    instead="2.others.corrected",
)
@readings("most", {"the sum is 2^62 - 1": 62, "its last term is 2^62": 63})
def test_others(check, most):
    check(exactly(8), proof(len(exponents(most)), ALL))


@claim(
    "2.others.corrected",
    at="The exponent 62",
    says="There is no perfect number but these eight, unless one goes beyond the exponent 60",
    kind="extension",
)
def test_others_corrected(check):
    check(exactly(8), proof(len(exponents(60)), ALL))


@claim(
    "2.three",
    at="The eleven",
    says="Three more numbers are perfect: 2^n − 1, the odd factor of each, is prime",
    tex=r"N=2^{n-1}(2^n-1)",
    note="2^67 − 1 = 193707721 · 761838257287 (Cole 1903), and 2^257 − 1 is composite too.",
    instead="2.twelve",
)
@pytest.mark.parametrize("n", [67, 127, 257], ids="n = {}".format)
def test_three(check, n):
    check(exactly(0, stated=f"2^{n} − 1 is prime"), proof(residue(n), TEST))


@claim("2.cole", at="The eleven", says="2^67 − 1 is the product that Cole found", kind="extension")
def test_cole(check):
    check(exactly(2**67 - 1), proof(193707721 * 761838257287, "multiplied"))


@claim(
    "2.order",
    at="The eleven",
    says="The ninth, the tenth and the eleventh perfect number have these exponents",
    rests_on=["2.three", "2.others"],
    note="61, 89 and 107 are left out.",
    instead="2.twelve",
)
@pytest.mark.parametrize(("rank", "n"), [(9, 67), (10, 127), (11, 257)], ids=["ninth", "tenth", "eleventh"])
def test_order(check, rank, n):
    check(exactly(n), proof(exponents(257)[rank - 1], ALL))


@claim(
    "2.twelve",
    at="The eleven",
    says="Up to the exponent 257 there are twelve, the last four with the exponents 61, 89, 107 and 127",
    kind="extension",
)
@pytest.mark.parametrize(
    ("stated", "found"),
    [
        (12, len),
        (61, itemgetter(8)),
        (89, itemgetter(9)),
        (107, itemgetter(10)),
        (127, itemgetter(11)),
    ],
    ids=["how many", "ninth", "tenth", "eleventh", "twelfth"],
)
def test_twelve(check, stated, found):
    check(exactly(stated), proof(found(exponents(257)), ALL))


@claim(
    "3.gap",
    at="From 17000 to 32000",
    says="From the power 17000 to 32000 there is no perfect number",
    primary="the exponent of 2^n - 1",
    note="2^19937 − 1 is prime (Tuckerman 1971), and so is 2^9689 − 1 (Gillies 1963).",
    instead="3.tuckerman",
)
@readings("n", {"the exponent of 2^n - 1": 19937, "the perfect number itself, from 2^17000 to 2^32000": 9689})
def test_gap(check, n):
    least = 0 if residue(n) else 1
    check(exactly(0, stated="none"), proof(Interval(least, None), f"2^{n} − 1 put to the test of Lucas and Lehmer"))


@claim("3.tuckerman", at="From 17000 to 32000", says="2^19937 − 1 is prime", kind="extension")
def test_tuckerman(check):
    check(exactly(0, stated="2^19937 − 1 is prime"), proof(residue(19937), TEST))


@claim(
    "3.far",
    at="From 1050000 to 2090000",
    says="From the exponent 1050000 to 2090000 there is none for which 2^n − 1 is prime",
)
def test_far(check):
    if "HOURS" not in os.environ:
        check.not_run("the test of 2^1257787 − 1 takes hours", "proof", "HOURS=1 pytest -k far examples/mersenne_1644")
    least = 0 if residue(1257787) else 1
    check(exactly(0, stated="none"), proof(Interval(least, None), "2^1257787 − 1 put to the test"))
