"""Section 7.1: Table 3 and the numbers derived from it."""

from pathlib import Path

import pytest
from verdicts import arithmetic, ball, claim, exactly, less_than, over_rounding, printed, read_table

from theorems.arithmetic.contexts import BALL

TABLES = Path(__file__).parents[1] / "tables"
TABLE_3 = {row["experiment"]: row for row in read_table(TABLES / "table_03.csv")}
PER_LAYER = {"V2": read_table(TABLES / "table_15.csv"), "V3": read_table(TABLES / "table_16.csv")}
EXPERIMENTS = pytest.mark.parametrize("name", TABLE_3)


def growth(first, sixth):
    """C₆/C₁ − 1 as the printed digits allow."""
    return over_rounding(lambda first, sixth: sixth / first - 1, first, sixth)


@claim(
    "7.table3.change",
    at="Table 3",
    also_at=["Section 9.4"],
    kind="number",
    says="The changes from C₁ to C₆ are −14.5%, −2.7% and −15.1%",
    note="The first two are possible within the printed digits, the third follows from them.",
)
@EXPERIMENTS
def test_change(check, name):
    row = TABLE_3[name]
    check(printed(row["change"]), arithmetic(growth(row["C1"], row["C6"]), "C₆/C₁ − 1 of the printed digits"))


@claim(
    "7.table3.repeats",
    at="Table 3",
    also_at=["Table 15", "Table 16"],
    kind="number",
    says="C₁, C₆ and the change of V2 and V3 are the first and last rows of Tables 15 and 16",
)
@pytest.mark.parametrize("name", PER_LAYER)
def test_repeats(check, name):
    first, *_, last = PER_LAYER[name]
    row = TABLE_3[name]
    pairs = [(row["C1"], first["mean"]), (row["C6"], last["mean"]), (row["change"], last["trend"])]
    differing = sum(one != other for one, other in pairs)
    check(exactly(0, "none differs"), arithmetic(differing, "of three printed numbers, digit by digit"))


@claim(
    "7.table3.decrease",
    at="Section 7.1",
    also_at=["Table 3", "Figure 2"],
    kind="number",
    says="In all cases C_L decreases with depth, by the numbers of Table 3",
    note="The authors' released V3 rises instead (D.v3.released.direction).",
)
@EXPERIMENTS
def test_decrease(check, name):
    row = TABLE_3[name]
    check(less_than("0"), arithmetic(growth(row["C1"], row["C6"]), "C₆/C₁ − 1 of the printed digits"))


@claim(
    "7.compounding.predicted",
    at="Section 7.1",
    also_at=["Section 9.4", "Figure 2", "Conjecture 1"],
    kind="number",
    says="The strong version, β = 1, predicts C₆ ≈ 437",
    tex=r"\left(\frac{\pi}{\pi-2}\right)^6\approx437",
    note="It is 434.3. 2.755⁶ would be 437, the printed 2.75⁶ is 432.5.",
    instead="7.compounding.true",
)
def test_predicted(check):
    check(printed("437"), ball(lambda: (BALL.pi / (BALL.pi - 2)) ** 6, "sixth power of π/(π − 2)"))


@claim(
    "7.compounding.true",
    at="Section 7.1",
    kind="extension",
    says="(π/(π − 2))⁶ ≈ 434",
)
def test_predicted_true(check):
    check(printed("434"), ball(lambda: (BALL.pi / (BALL.pi - 2)) ** 6, "sixth power of π/(π − 2)"))


@claim(
    "7.compounding.weak",
    at="Section 7.1",
    kind="number",
    says="β = 0.02 gives C₆ ≈ 1.13",
    tex=r"\left(\frac{\pi}{\pi-2}\right)^{0.12}\approx1.13",
)
def test_weak(check):
    def power():
        return ((BALL.pi / (BALL.pi - 2)).log() * BALL.number("0.12")).exp()

    check(printed("1.13"), ball(power, "exp(0.12 ln(π/(π − 2)))"))


@claim(
    "7.residual.dilution",
    at="Section 7.1",
    kind="number",
    says="At L = 1 residual connections reduce C from 3.587 to 1.355, a 62% decrease",
)
def test_dilution(check):
    change = over_rounding(lambda without, with_skip: 1 - with_skip / without, TABLE_3["V2"]["C1"], TABLE_3["V3"]["C1"])
    check(printed("62%"), arithmetic(change, "1 − 1.355/3.587 of the printed digits"))
