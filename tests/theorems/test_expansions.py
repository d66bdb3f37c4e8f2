import flint
import pytest

from theorems.arithmetic.contexts import BALL, FLOAT, SERIES
from theorems.arithmetic.expansions import divide_by_power, expand, quotient, range_over


def exponential(s):
    return SERIES.exp(s)


def cardinal_sine(s):
    return divide_by_power(SERIES.sin(s), s, 1, SERIES)


def test_coefficients_of_the_exponential():
    expansion = expand(exponential, 5, "0.5")
    factorials = [1, 1, 2, 6, 24]
    assert all(c.contains(flint.fmpq(1, f)) for c, f in zip(expansion.coefficients, factorials, strict=True))


@pytest.mark.parametrize("s", ["0", "1e-6", "0.25", "0.5"])
def test_expansion_encloses_the_function(s):
    value = expand(exponential, 3, "0.5")(s)
    assert value.overlaps(BALL.exp(BALL.number(s)))
    assert value.rad() < 0.01


def test_remainder_of_the_exponential_is_between_its_extremes():
    # (exp(s) − 1 − s)/s² rises from 1/2 at 0 to e^s's Lagrange value at the end.
    remainder = expand(exponential, 2, "0.5").remainder
    assert remainder.contains(flint.arb("0.5"))
    assert remainder.contains((flint.arb("0.5").exp() - flint.arb("1.5")) / flint.arb("0.25"))
    assert not remainder.contains(1)


def test_expansion_refutes_a_wrong_coefficient():
    assert not expand(exponential, 3, "0.5").coefficients[2].contains(flint.fmpq(1, 3))


def test_division_by_a_power_at_zero_and_over_an_interval():
    expansion = expand(cardinal_sine, 3, "0.5")
    assert [bool(c.contains(v)) for c, v in zip(expansion.coefficients, (1, 0, flint.fmpq(-1, 6)), strict=True)] == [
        True
    ] * 3
    for s in ("0.1", "0.3", "0.5"):
        assert expansion(s).overlaps(BALL.sin(BALL.number(s)) / BALL.number(s))


def test_division_by_a_power_forgets_the_orders_it_no_longer_knows():
    s = SERIES.variable(0)
    assert divide_by_power(SERIES.sin(s), s, 1, SERIES).prec == flint.ctx.cap - 1


def test_division_away_from_zero_is_ordinary():
    s = SERIES.variable("0.5")
    assert divide_by_power(SERIES.sin(s), s, 1, SERIES)[0].overlaps(flint.arb("0.5").sin() * 2)
    assert divide_by_power(0.5, 0.25, 2, FLOAT) == 8
    assert quotient(0.5, 0.25, 0.1, 2, FLOAT) == 2


def test_quotient_of_two_vanishing_series():
    ratio = expand(lambda s: quotient(SERIES.sin(s) ** 2, s**2 * SERIES.exp(s), s, 2, SERIES), 2, "0.1")
    assert ratio.coefficients[0].contains(1)
    assert ratio.coefficients[1].contains(-1)


@pytest.mark.parametrize(
    ("terms", "radius", "message"), [(0, "0.1", "terms"), (2, "0", "radius"), (2, "-1", "radius"), (10, "0.1", "cap")]
)
def test_bad_expansions_are_rejected(terms, radius, message):
    with pytest.raises(ValueError, match=message):
        expand(exponential, terms, radius)


def test_an_interval_with_a_singularity_is_rejected():
    with pytest.raises(ValueError, match="smaller radius"):
        expand(lambda s: 1 / (s - SERIES.number("0.25")), 2, "0.5")


def test_evaluation_outside_the_interval_is_rejected():
    with pytest.raises(ValueError, match="remainder"):
        expand(exponential, 2, "0.1")("0.2")


def test_range_over_an_interval():
    found = range_over(SERIES.sin, "0", "2", 64)
    assert found.contains(0)
    assert found.contains(1)
    assert found < 1.001
    assert found > -0.001
    with pytest.raises(ValueError, match="lower < upper"):
        range_over(SERIES.sin, "2", "2", 4)


def flattened(s):
    """The exponential at a point; over a wider interval what claims to enclose it is that of its middle."""
    return SERIES.exp(s) if s[0].rad() < 1e-6 else SERIES.exp(SERIES.number(s[0].mid()))


@pytest.mark.parametrize("enclose", [lambda f: expand(f, 1, "0.5"), lambda f: range_over(f, 0, 1, 4)])
def test_an_enclosure_that_misses_the_ends_is_refused(enclose):
    with pytest.raises((RuntimeError, ValueError), match=r"outside of its enclosure|no enclosure"):
        enclose(flattened)


def test_a_range_of_what_leaves_too_few_terms_is_refused():
    with pytest.raises(ValueError, match="no term of order 2"):
        range_over(lambda s: divide_by_power(s**3, s, 2, SERIES), -1, 1, 1)


def test_the_range_of_a_slope_uses_the_term_to_spare():
    found = range_over(lambda s: (s**3).derivative(), 1, 2, 64)
    assert found.contains(3)
    assert found.contains(12)
    assert abs(found.mid() - 7.5) < 0.1


def test_a_range_holds_what_lies_between_points_where_value_and_slope_vanish():
    found = range_over(lambda s: s**2 * (1 - s**2), -1, 1, 1, order=1)  # at −1, 0 and 1 it is 0, and so is f′(0)
    assert found.contains(BALL.number("0.25"))


def test_a_range_leaves_the_length_of_series_as_it_was():
    length = flint.ctx.cap
    with pytest.raises(ZeroDivisionError):
        range_over(lambda _: 1 / 0, 0, 1, 1)
    range_over(lambda s: s, 0, 1, 1)
    assert flint.ctx.cap == length


def peak(s, place):
    return (-200 * (s - place) ** 2).exp()


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("k", range(33))
def test_a_range_holds_a_peak_wherever_it_is(sign, k):
    place, lower = BALL.number(k) / 32, BALL.number((k + 15) % 33) / 32  # at every other k where two wide pieces meet
    found = range_over(lambda s: sign * (peak(s, place) + BALL.number("0.95") * peak(s, lower)), 0, 1, 64, 6)
    assert found.contains(sign)


@pytest.mark.parametrize("function", [lambda s: 1 / s - 10, lambda s: 10 - 1 / s, lambda s: SERIES.log(s) + 2])
def test_a_range_holds_what_wide_pieces_do_not_enclose(function):
    # s² − s + 0.27 is at least 0.02, which narrow intervals show and wide ones do not
    found = range_over(lambda s: function(s**2 - s + SERIES.number("0.27")), 0, 1, 64)
    assert found.contains(function(SERIES.number("0.02"))[0].mid())
