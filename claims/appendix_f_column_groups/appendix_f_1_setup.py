"""Appendix F.1: setup."""

from fractions import Fraction

from verdicts import claim, identity, printed, proof

from claims.appendix_f_column_groups.column_groups import DIMENSION, OUTLIERS


@claim(
    "F.setup.unit_norm",
    at="Appendix F.1",
    also_at=["Equation (30)"],
    kind="step",
    says="With γ = kα² the unit norm leaves (n − k)β² = 1 − γ to the other entries",
    tex=r"k\alpha^2+(n-k)\beta^2=1",
)
def test_unit_norm(check):
    import sympy

    k, n, entry, outlier, other = sympy.symbols("k n j outlier other")
    norm = sympy.Sum(outlier, (entry, 1, k)).doit() + sympy.Sum(other, (entry, k + 1, n)).doit()
    gamma = k * outlier
    check(
        identity(norm - gamma, (n - k) * other, "sums of squares over k and n − k entries, for every k and n", "1 − γ")
    )


@claim(
    "F.setup.eta",
    at="Equation (29)",
    also_at=["Appendix F.1"],
    kind="number",
    says="For Exp D η = k/n is 0.05: the top 5% of 2048 columns",
    tex=r"\eta=k/n=0.05",
)
def test_outlier_fraction(check):
    check(printed("0.05"), proof(Fraction(OUTLIERS, DIMENSION), "102 whole columns of 2048, the most within 5%"))
