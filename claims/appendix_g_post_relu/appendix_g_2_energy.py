"""Appendix G.2: post-ReLU energy via Price, Cho and Saul."""

import pytest
from verdicts import claim, identity

from claims.appendix_g_post_relu.activations import IN_SYMBOLS, Relu, energy_by_constants, moment, symbols


@claim(
    "G.cross_term",
    at="Appendix G.2",
    also_at=["Section 8.4"],
    kind="step",
    says="E[ReLU(X)ReLU(Y)] = σ_Xσ_Y(sin θ + (π − θ)cos θ)/(2π) for normal pairs with unequal variances",
    tex=r"\frac{\sigma_X\sigma_Y}{2\pi}(\sin\theta+(\pi-\theta)\cos\theta)",
)
def test_cross_term(check):
    import sympy

    phi, (of_x, of_y) = symbols("phi"), symbols("sigma_X sigma_Y", positive=True)
    stated = of_x * of_y * (sympy.sin(phi) + (sympy.pi - phi) * sympy.cos(phi)) / (2 * sympy.pi)
    check(identity(of_x * of_y * moment(1, 1), stated, f"E[XY] over X, Y > 0; {IN_SYMBOLS}"))


FORMS = {
    "by variances": lambda a: (a.moments.energy, (1 + a.sigma**2) / 2 - 2 * a.product),
    "by constants": lambda a: map(a.quantised, (a.moments.energy, energy_by_constants(a))),
}


@claim(
    "G.energy_formula",
    at="Appendix G.2",
    also_at=["Equation (37)"],
    kind="step",
    says="E[δa²] = σ₁²/2 + σ₂²/2 − 2S/n = (1/n)(1/2 + 1/π − 2S)",
    tex=r"\mathbb{E}[\delta a_i^2]=\frac{1}{n}\left(\frac12+\frac1\pi-2S\right)",
    rests_on=["G.cross_term"],
)
@pytest.mark.parametrize("sides", FORMS.values(), ids=FORMS)
def test_energy_formula(check, sides):
    check(identity(*sides(Relu()), f"E(ReLU z_Q − ReLU z)²; {IN_SYMBOLS}"))


@claim(
    "G.s_formula",
    at="Equation (36)",
    also_at=["Appendix G.2"],
    kind="step",
    says="S = cos φ (sin φ + (π − φ)cos φ)/(2π) is nE[ReLU(z)ReLU(z_Q)]",
    tex=r"S=\frac{\cos\phi(\sin\phi+(\pi-\phi)\cos\phi)}{2\pi}",
    rests_on=["G.cross_term"],
)
def test_s_formula(check):
    a = Relu()
    check(identity(*map(a.quantised, (a.product, a.stated())), f"E[z z_Q] over z, z_Q > 0; {IN_SYMBOLS}"))
