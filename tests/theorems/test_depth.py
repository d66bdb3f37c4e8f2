"""The layer-wise angle against wide random networks, and its fixed point."""

from __future__ import annotations

import math

import numpy as np
import pytest

from theorems.arithmetic.contexts import BALL, SERIES
from theorems.formulas.asymmetry import chord_ratio
from theorems.formulas.depth import (
    perturbed_network_ratio,
    quantised_network_cosine,
    quantised_network_limit,
    relu_cosine_map,
)


def test_the_map_at_known_angles():
    assert relu_cosine_map(1) == pytest.approx(1)
    assert relu_cosine_map(0) == pytest.approx(1 / math.pi)
    assert relu_cosine_map(-1) == pytest.approx(0, abs=1e-15)


def test_a_wide_network_and_its_signs():
    rng = np.random.Generator(np.random.Philox(5))
    width = 1500
    clean = quantised = rng.standard_normal(width)
    for layer in range(1, 5):
        weights = rng.standard_normal((width, width)) / math.sqrt(width)
        clean, quantised = np.maximum(weights @ clean, 0), np.maximum(np.sign(weights) @ quantised, 0)
        cosine = float(clean @ quantised / np.linalg.norm(clean) / np.linalg.norm(quantised))
        assert cosine == pytest.approx(quantised_network_cosine(layer), abs=0.03)


@pytest.mark.parametrize("s", [0.1, 0.3])
def test_one_perturbed_layer_is_the_chord_ratio(s):
    assert perturbed_network_ratio(1, s) == pytest.approx(chord_ratio(s), rel=1e-11)


def test_perturbed_layers_against_a_wide_network():
    rng = np.random.Generator(np.random.Philox(6))
    width, s = 1000, 0.2
    clean = flipped = changed = rng.standard_normal((width, 200))
    for _ in range(3):
        weights = rng.standard_normal((width, width))
        flips = np.where(rng.random((width, width)) < s**2, -1, 1)
        flipped = np.maximum((weights * flips) @ flipped, 0) / math.sqrt(width)
        changed = np.maximum((weights + 2 * s * np.sign(weights)) @ changed, 0) / math.sqrt(width)
        clean = np.maximum(weights @ clean, 0) / math.sqrt(width)

    def difference(other):
        dots = np.sum(clean * other, axis=0)
        return float(np.mean(1 - dots / np.linalg.norm(clean, axis=0) / np.linalg.norm(other, axis=0)))

    assert difference(flipped) / difference(changed) == pytest.approx(perturbed_network_ratio(3, s), rel=0.05)


def test_the_limit_is_a_fixed_point_from_both_arithmetics():
    limit = quantised_network_limit(BALL)
    assert limit.contains(quantised_network_limit()) or abs(limit - quantised_network_limit()) < 1e-12
    assert quantised_network_cosine(60) == pytest.approx(quantised_network_limit(), abs=1e-12)
    assert quantised_network_cosine(60, alignment=0.3) == pytest.approx(
        quantised_network_limit(alignment=0.3), abs=1e-12
    )


@pytest.mark.parametrize("alignment", [1, "1"])
def test_identical_networks_have_no_unique_limit(alignment):
    with pytest.raises(ValueError, match="alignment"):
        quantised_network_limit(alignment=alignment)


def test_series_have_no_limit():
    with pytest.raises(ValueError, match="FLOAT"):
        quantised_network_limit(SERIES)


def test_layers_are_counted():
    with pytest.raises(ValueError, match="layers"):
        quantised_network_cosine(0)
