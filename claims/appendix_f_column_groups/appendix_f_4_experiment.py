"""Appendix F.4: connection to the count-matched experiment. What it shares with Appendix E.8 stands there."""

from verdicts import arithmetic, claim, more_than, over_rounding


@claim(
    "F.most_below",
    at="Appendix F.4",
    kind="number",
    says="Most of the top-5% columns have α < 0.1",
    tex=r"P(\alpha<0.1)>\tfrac12",
)
def test_most_columns(check):
    below = over_rounding(lambda above: 1 - above, "16%")
    check(more_than("50%", "most"), arithmetic(below, "one less the printed 16% above 0.1"))
