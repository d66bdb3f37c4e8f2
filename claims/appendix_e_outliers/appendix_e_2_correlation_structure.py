"""Appendix E.2: correlation structure."""

from fractions import Fraction

import pytest
from verdicts import claim, identity, more_than, proof

from claims.appendix_e_outliers.energies import square
from claims.flipped_groups import INDEPENDENT, covariance, flip, mean_square, normal_pair


@claim(
    "E.proposition2",
    at="Proposition 2 (Appendix E)",
    says="After one flip the pre-activations have correlation 1 − 2α²",
    tex=r"\operatorname{Corr}(z_i,z_i')=1-2\alpha^2",
)
def test_proposition_2(check):
    check(identity(covariance(flip(square())), 1 - 2 * square(), INDEPENDENT, "1 − 2α²"))


@claim(
    "E.proposition2.variances",
    at="Proposition 2 (Appendix E)",
    also_at=["Appendix E.2"],
    kind="step",
    says="Both pre-activations have variance 1/n",
    tex=r"\operatorname{Var}(z_i)=\operatorname{Var}(z_i')=\frac1n",
)
@pytest.mark.parametrize("combination", [(1, 0), (0, 1)], ids=["z", "z′"])
def test_variances(check, combination):
    check(identity(mean_square(*combination, flip(square())), 1, INDEPENDENT, "1, in units of 1/n"))


@claim(
    "E.remark3",
    at="Remark 3",
    says="The pair (z, z′) is exactly bivariate normal at every n, under Gaussian weights",
    tex=r"a z_i+b z_i'\sim N\left(0,\frac{a^2+2\rho ab+b^2}{n}\right),\quad\rho=1-2\alpha^2",
    rests_on=["E.proposition2"],
)
def test_remark_3(check):
    check(normal_pair(flip(square()), 1 - 2 * square()))


@claim(
    "E.remark3.needs_gaussian",
    at="Remark 3",
    kind="extension",
    says="With uniform weights the pair is not normal at finite n: the Gaussian weights of (A1) are needed",
    tex=r"\mathbb{E}z^4-3(\mathbb{E}z^2)^2=\left(\mathbb{E}w^4-3(\mathbb{E}w^2)^2\right)\sum_j\hat{x}_j^4\neq0",
)
def test_remark_3_needs_gaussian_weights(check):
    # E w⁴ − 3 (E w²)² of a weight uniform on [−1, 1]; that of z is the sum of x̂_j⁴ times it, and Σ x̂_j⁴ ≥ 1/n
    second, fourth = (Fraction(1, power + 1) for power in (2, 4))
    words = (
        "size of a weight's fourth cumulant: cumulants of independent terms add up, Σx̂_j⁴ ≥ 1/n, and a normal one is 0"
    )
    check(more_than("0"), proof(abs(fourth - 3 * second**2), words))
