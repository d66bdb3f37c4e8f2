"""Appendix G.4: assembly."""

from fractions import Fraction

import pytest
from verdicts import Interval, arithmetic, claim, identity, printed

from claims.appendix_g_post_relu.activations import IN_SYMBOLS, Relu, by_integrals, energy_by_constants, symbols
from theorems.moments import Moments


@claim(
    "G.assembly_formula",
    at="Equation (38)",
    also_at=["Equation (21)", "Appendix G.4"],
    kind="step",
    says="𝓡_post = 2(S − ½)²/(½ + 1/π − 2S), with S the closed form (36), is cos² of the angle between a and δa",
    tex=r"\frac{2(S-\frac12)^2}{\frac12+\frac1\pi-2S}",
    rests_on=["G.energy_formula", "G.projection"],
)
def test_assembly_formula(check):
    a = Relu()
    found = a.moments.projection**2 / a.moments.original, a.moments.energy
    stated = 2 * (a.stated() - Fraction(1, 2)) ** 2, energy_by_constants(a)
    method = f"(E aδa)²/E a² against the numerator, E δa² against the denominator; {IN_SYMBOLS}"
    check(identity(*(list(map(a.quantised, side)) for side in (found, stated)), method))


@claim(
    "G.assembly_numerator",
    at="Appendix G.4",
    also_at=["Equation (38)"],
    kind="number",
    says="The numerator 2(S − ½)² is about 0.0583",
    tex=r"2\left(S-\frac12\right)^2\approx 0.0583",
    rests_on=["G.projection_energy"],
)
def test_assembly_numerator(check):
    check(printed("0.0583"), by_integrals(lambda moments: 2 * moments.projection**2))


@claim(
    "G.assembly_quotient",
    at="Appendix G.4",
    also_at=["Equation (38)"],
    kind="number",
    says="0.0583/0.1597 ≈ 0.365",
    tex=r"\frac{0.0583}{0.1597}\approx 0.365",
)
def test_assembly_quotient(check):
    half = Fraction(1, 20000)
    numerator, denominator = Fraction("0.0583"), Fraction("0.1597")
    quotient = Interval((numerator - half) / (denominator + half), (numerator + half) / (denominator - half))
    check(printed("0.365"), arithmetic(quotient, "both printed numbers anywhere in their rounding intervals"))


def aspect_ratio_cancels():
    m, n = symbols("m n", positive=True)
    moments = Relu().moments
    norm_squared, projection, energy = (m / n * each for each in (moments.original, moments.projection, moments.energy))
    found = projection**2 / norm_squared / energy
    return [identity(found, moments.radial_fraction(), f"⟨δa, â⟩²/‖δa‖² for any m and n; {IN_SYMBOLS}", "cancels")]


ASPECT_RATIO = {
    "m/n cancels": aspect_ratio_cancels,
    "0.365": lambda: (printed("0.365"), by_integrals(Moments.radial_fraction)),
}


@claim(
    "G.aspect_ratio",
    at="Appendix G.4",
    also_at=["Appendix G.3"],
    kind="step",
    says="The factor m/n cancels: the radial fraction is 0.365 whatever the aspect ratio",
    tex=r"\frac{2(m/n)\left(S-\frac12\right)^2}{(m/n)\left(\frac12+\frac1\pi-2S\right)}=\frac{2\left(S-"
    r"\frac12\right)^2}{\frac12+\frac1\pi-2S}\approx0.365",
    rests_on=["G.projection"],
)
@pytest.mark.parametrize("step", ASPECT_RATIO.values(), ids=ASPECT_RATIO)
def test_aspect_ratio(check, step):
    check(*step())
