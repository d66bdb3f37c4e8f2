"""The layer-wise angle against wide random networks, and its fixed point."""

from __future__ import annotations

import math

import numpy as np
import pytest

from theorems.contexts import BALL, SERIES
from theorems.depth import quantised_network_cosine, quantised_network_limit, relu_cosine_map


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
