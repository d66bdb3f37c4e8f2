"""Section 4.2: what Corollary 3 says at the perturbation sizes that the paper itself uses."""

import pytest
from verdicts import ball, claim, printed

from theorems.arithmetic.contexts import BALL
from theorems.arithmetic.expressions import evaluated
from theorems.formulas.linear_layer import FLIP_RATE, entry_moments
from theorems.moments import Moments

LAYER = "linear layer y = Wx̂, n, m → ∞, by the moments of one Gaussian weight and its change"


def in_layer(perturbation, p):
    """Moments of y and Δy, as balls."""
    moments = entry_moments(perturbation)
    parts = moments.original, moments.projection, moments.energy
    return Moments(*(evaluated(part, BALL, **{FLIP_RATE: p}) for part in parts))


def bound_over_change(perturbation, p):
    """The bound 3η²/(1 − η)² over the first-order change of the output that it is a remainder of, η√(1 − 𝓡)."""
    moments = in_layer(perturbation, p)
    eta = moments.relative_energy().sqrt()
    return 3 * eta**2 / (1 - eta) ** 2 / moments.transverse_energy().sqrt()


SIZES = {
    "flips, p = 0.01": ("sign flips", "0.01", "0.20", "0.94"),
    "flips, p = 0.10": ("sign flips", "0.10", "0.63", "15"),
    "constant δ, p = 0.01": ("constant δ", "0.01", "0.20", "1.6"),
    "constant δ, p = 0.10": ("constant δ", "0.10", "0.63", "23"),
    "sign quantisation": ("sign quantisation", "0.01", "0.60", "14"),
}


@claim(
    "4.corollary3.own_sizes",
    at="Corollary 3",
    also_at=["Section 6.5", "Section 8.5"],
    kind="extension",
    says="At the sizes of Table 2 and of sign quantisation Corollary 3 says nothing: its bound on the remainder is as "
    "large as the first-order change itself, or up to 23 times larger",
    tex=r"\frac{3\eta^2/(1-\eta)^2}{\eta\sqrt{1-\mathcal R}}\gtrsim1,\quad\eta=2\sqrt p",
    rests_on=["4.corollary3"],
    note="The sharp constants of 4.remainder.sharp_constant do better: √2η² at p = 0.01 is 28% of the change of flips.",
)
@pytest.mark.parametrize(
    ("perturbation", "p", "stated"), [(name, p, over) for name, p, _, over in SIZES.values()], ids=SIZES
)
def test_own_sizes(check, perturbation, p, stated):
    check(printed(stated), ball(lambda: bound_over_change(perturbation, p), f"{LAYER}; the corollary's own bound"))


@claim(
    "4.corollary3.sizes",
    at="Corollary 3",
    kind="extension",
    says="The relative size ‖Δy‖/‖y‖ is 2√p under both perturbations, 0.20 to 0.63 at the tested rates, and 0.60 under "
    "sign quantisation; the corollary's examples are 0.05 and 0.10",
    tex=r"\frac{\|\Delta y\|}{\|y\|}=2\sqrt{p},\quad\frac{\|\Delta y^{\mathrm{quantised}}\|}{\|y\|}=\sqrt{1-"
    r"\frac{2}{\pi}}\approx0.60",
)
@pytest.mark.parametrize(
    ("perturbation", "p", "stated"), [(name, p, eta) for name, p, eta, _ in SIZES.values()], ids=SIZES
)
def test_sizes(check, perturbation, p, stated):
    check(printed(stated), ball(lambda: in_layer(perturbation, p).relative_energy().sqrt(), LAYER))
