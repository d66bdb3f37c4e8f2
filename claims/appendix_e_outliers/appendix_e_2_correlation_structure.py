"""Appendix E.2: correlation structure."""

from fractions import Fraction

import pytest
from verdicts import claim, exactly, identity, more_than, proof

from claims.appendix_e_outliers.energies import INPUTS
from theorems.integrals.exact_moments import flipped_pair_moments, gaussian_moment, normal_pair_moment


@claim(
    "E.proposition2",
    at="Proposition 2 (Appendix E)",
    says="After one flip the pre-activations have correlation 1 − 2α²",
    tex=r"\operatorname{Corr}(z_i,z_i')=1-2\alpha^2",
)
@pytest.mark.parametrize("n", INPUTS)
def test_proposition_2(check, n):
    x = INPUTS[n]
    moments = flipped_pair_moments(x, {0}, 2)
    correlation = moments[1, 1] / moments[2, 0]
    check(identity(correlation, 1 - 2 * x[0] ** 2, "sum over independent entries in fractions", "1 − 2α²"))


@claim(
    "E.proposition2.variances",
    at="Appendix E.2",
    kind="step",
    says="Both pre-activations have variance 1/n",
    tex=r"\operatorname{Var}(z_i)=\operatorname{Var}(z_i')=\frac1n",
)
@pytest.mark.parametrize("power", [(2, 0), (0, 2)], ids=["z", "z′"])
@pytest.mark.parametrize("n", INPUTS)
def test_variances(check, n, power):
    moments = flipped_pair_moments(INPUTS[n], {0}, 2)
    check(exactly(1, "1, in units of 1/n"), proof(moments[power], "sum over independent entries in fractions"))


def excess_over_normal(x, weight_moment=gaussian_moment, order=8):
    moments = flipped_pair_moments(x, {0}, order, weight_moment)
    rho = 1 - 2 * x[0] ** 2
    return max(abs(value - normal_pair_moment(i, j, rho)) for (i, j), value in moments.items())


@claim(
    "E.remark3",
    at="Remark 3",
    says="The pair (z, z′) is exactly bivariate normal at every n, under Gaussian weights",
    rests_on=["E.proposition2"],
    note="All mixed moments up to order 8, summed entry by entry, against Isserlis' theorem. Higher ones need no "
    "check: z and z′ are sums of independent normal variables.",
)
@pytest.mark.parametrize("n", INPUTS)
def test_remark_3(check, n):
    check(
        exactly(0, "no moment differs"),
        proof(excess_over_normal(INPUTS[n]), "greatest difference of the 44 mixed moments of orders 1 to 8, fractions"),
    )


def uniform_moment(order):
    return Fraction(0) if order % 2 else Fraction(3 ** (order // 2), order + 1)


@claim(
    "E.remark3.needs_gaussian",
    at="Remark 3",
    kind="extension",
    says="With uniform weights the pair is not normal at finite n: the Gaussian weights of (A1) are needed",
)
@pytest.mark.parametrize("n", INPUTS)
def test_remark_3_needs_gaussian_weights(check, n):
    excess = excess_over_normal(INPUTS[n], uniform_moment, 4)
    check(more_than("0"), proof(excess, "greatest difference of the mixed moments of orders 1 to 4, fractions"))
