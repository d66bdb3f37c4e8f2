"""The limits as p → 0 against integrals, and against the finite p that they are limits of."""

from __future__ import annotations

import math

import numpy as np
import pytest
from flint import arb
from hypothesis import example, given
from hypothesis import strategies as st

from theorems.arithmetic.contexts import BALL
from theorems.formulas.asymmetry import bussgang_correlation
from theorems.formulas.small_perturbations import (
    ActivationMoments,
    activation_moments,
    gated_transverse_ratio_limit,
    gelu_moments,
    ratio_from_shear,
    transverse_ratio_limit,
)

RELU = ActivationMoments(0.5, 0.5, 0.5, 0.5)
SIGMAS = ["0.1", "0.5", "1", "2", "4"]


def normal_distribution(z):
    return (1 + (z / arb(2).sqrt()).erf()) / 2


def normal_density(z):
    return (-(z * z) / 2).exp() / (2 * arb.pi()).sqrt()


def gelu(z):
    return z * np.vectorize(lambda t: (1 + math.erf(t / math.sqrt(2))) / 2)(z)


def transverse(a, change, weights):
    energy, projection, original = (float(np.sum(weights * part)) for part in (change**2, a * change, a**2))
    return energy - projection**2 / original


@pytest.mark.parametrize("sigma", SIGMAS)
def test_gelu_moments_are_the_integrals(sigma):
    integrals = activation_moments(
        lambda z: z * normal_distribution(z), lambda z: normal_distribution(z) + z * normal_density(z), arb(sigma)
    )
    closed = gelu_moments(sigma, BALL)
    for name in ("energy", "slope", "projection", "radial"):
        assert getattr(closed, name).overlaps(getattr(integrals, name))
        assert abs(getattr(closed, name) - getattr(integrals, name)) < 1e-9


def test_relu_attains_the_bound():
    assert transverse_ratio_limit(RELU) == pytest.approx(math.pi / (math.pi - 2), rel=1e-14)
    assert gated_transverse_ratio_limit(RELU) == pytest.approx(math.pi / (math.pi - 2), rel=1e-14)


@given(st.floats(0.01, 100), st.floats(0, 100), st.floats(0.01, 0.99))
@example(1, 0, 0.5)
def test_shear_lowers_the_limit(slope, shear, squared):
    assert 0 < ratio_from_shear(slope, shear, squared) <= 1 / (1 - squared) * (1 + 1e-12)


@pytest.mark.parametrize("sigma", [0.5, 1.0, 2.0])
def test_the_limit_is_approached_by_a_small_rate(sigma):
    nodes, mass = np.polynomial.hermite_e.hermegauss(60)
    g, noise = np.meshgrid(nodes, nodes)
    weights = np.outer(mass, mass)
    s, kappa = 1e-4, bussgang_correlation()
    a = gelu(sigma * g)
    flipped = gelu(sigma * ((1 - 2 * s**2) * g + 2 * s * math.sqrt(1 - s**2) * noise))
    changed = gelu(sigma * (g + 2 * s * (kappa * g + math.sqrt(1 - kappa**2) * noise)))
    ratio = transverse(a, flipped - a, weights) / transverse(a, changed - a, weights)
    assert ratio == pytest.approx(transverse_ratio_limit(gelu_moments(sigma)), rel=1e-3)


def test_the_gated_limit_is_approached_by_a_small_rate():
    nodes, mass = np.polynomial.hermite_e.hermegauss(16)
    g, v, first, second = np.meshgrid(nodes, nodes, nodes, nodes)
    weights = np.einsum("i,j,k,l->ijkl", mass, mass, mass, mass)
    s, kappa, sigma = 1e-4, bussgang_correlation(), 1.0
    rest = math.sqrt(1 - kappa**2)
    a = gelu(sigma * g) * v
    flipped = gelu(sigma * (g + 2 * s * first)) * (v + 2 * s * second)
    changed = gelu(sigma * (g + 2 * s * (kappa * g + rest * first))) * (v + 2 * s * (kappa * v + rest * second))
    ratio = transverse(a, flipped - a, weights) / transverse(a, changed - a, weights)
    assert ratio == pytest.approx(gated_transverse_ratio_limit(gelu_moments(sigma)), rel=2e-3)


@pytest.mark.parametrize("sigma", [0, -1, 5])
def test_deviation_outside_the_domain(sigma):
    with pytest.raises(ValueError, match="sigma"):
        activation_moments(lambda z: z, lambda z: z**0, sigma)
