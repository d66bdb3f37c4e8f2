import math

import pytest

from theorems.protocols.leverage import RULES, increase, leverage, median_leverage


def test_a_leverage_is_a_ratio_of_increases():
    assert leverage(3.0, 2.5, 2.0) == 2
    expected = (math.exp(3) - math.exp(2)) / (math.exp(2.5) - math.exp(2))
    assert leverage(3.0, 2.5, 2.0, metric="ppl") == pytest.approx(expected)
    assert leverage(2.5, 2.0001, 2.0, metric="ppl", clamp=0.01) == pytest.approx((math.exp(2.5) - math.exp(2)) / 0.01)


def test_rules_where_the_reference_does_no_damage():
    values = {rule: leverage(3.0, 1.5, 2.0, rule=rule) for rule in RULES}
    assert values["signed"] == -2
    assert values["infinite"] == math.inf
    assert math.isnan(values["left out"])
    assert leverage(3.0, 2.1, 2.0, rule="infinite", least=0.2) == math.inf
    assert leverage(3.0, 2.25, 2.0, rule="infinite", least=0.2) == 4
    assert leverage(3.0, 2.0, 2.0) == math.inf
    assert leverage(1.0, 2.0, 2.0) == -math.inf
    assert math.isnan(leverage(2.0, 2.0, 2.0))


def test_a_decoder_that_diverges():
    for loss in (math.inf, math.nan):
        assert increase(loss, 2.0) == math.inf
        assert leverage(loss, 2.5, 2.0) == math.inf
        assert leverage(3.0, loss, 2.0) == 0
        assert math.isnan(leverage(loss, loss, 2.0))
    assert increase(750.0, 2.0, "ppl") == math.inf
    assert increase(750.0, 2.0) == 748


def test_medians_leave_out_what_is_no_number():
    assert median_leverage([3.0, math.nan, 1.0, 2.0]) == 2
    assert median_leverage([3.0, 1.0, math.inf, 2.0]) == 2.5
    assert median_leverage([3.0, math.inf, math.inf]) == math.inf
    assert math.isnan(median_leverage([math.nan]))


def test_unknown_rules_are_refused():
    with pytest.raises(ValueError, match="a rule is one of signed, infinite, left out, got 'x'"):
        leverage(3.0, 2.5, 2.0, rule="x")
    with pytest.raises(ValueError, match='the metric is "nll" or "ppl"'):
        leverage(3.0, 2.5, 2.0, metric="x")
