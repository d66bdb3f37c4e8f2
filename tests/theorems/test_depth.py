"""The layer-wise angle against wide random networks, and its fixed point."""

from __future__ import annotations

import math

import numpy as np
import pytest

from theorems.arithmetic.contexts import BALL, SERIES
from theorems.formulas.asymmetry import chord_ratio
from theorems.formulas.depth import (
    DeepNetwork,
    perturbed_network_ratio,
    perturbed_streams,
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


RESIDUAL = {
    "one projection": DeepNetwork(residual=True),
    "two projections": DeepNetwork(residual=True, projection=True),
    "as it is": DeepNetwork(residual=True, normalised=False),
    "far input": DeepNetwork(residual=True, start=3),
    "first layer only": DeepNetwork(residual=True, perturbed="first"),
    "last layer only": DeepNetwork(residual=True, perturbed="last"),
    "no skip, last": DeepNetwork(perturbed="last"),
    "no skip, projected": DeepNetwork(projection=True, normalised=False),
}


WIDTH = 1200


def wide_streams(network, layers, s, perturbation):
    """Both streams of a network of matrices, (2, WIDTH, 40)."""
    width, inputs, rng = WIDTH, 40, np.random.Generator(np.random.Philox(7))
    x = rng.standard_normal((width, inputs))
    x *= float(network.start) / np.linalg.norm(x, axis=0)
    streams = [x, x]
    for layer in range(1, layers + 1):
        weights = rng.standard_normal((width, width))
        change = (
            -2 * weights * (rng.random((width, width)) < s**2) if perturbation == "sign" else 2 * s * np.sign(weights)
        )
        if layer != {"first": 1, "last": layers}.get(network.perturbed, layer):
            change = np.zeros_like(change)
        projection = rng.standard_normal((width, width)) / math.sqrt(width) if network.projection else None
        after = []
        for stream, matrix in zip(streams, (weights, weights + change), strict=True):
            hat = stream / np.linalg.norm(stream, axis=0) if network.normalised else stream
            block = np.maximum(matrix @ hat, 0) / math.sqrt(width)
            block = block if projection is None else projection @ block
            after.append(stream + block if network.residual else block)
        streams = after
    return streams


@pytest.mark.long
@pytest.mark.parametrize("perturbation", ["sign", "magnitude"])
@pytest.mark.parametrize("network", RESIDUAL.values(), ids=RESIDUAL)
def test_streams_of_wide_networks(network, perturbation):
    s, layers = 0.2, 3
    one, two = wide_streams(network, layers, s, perturbation)
    found = perturbed_streams(layers, s, perturbation, network)[-1]
    moments = found.moments
    square, cross, perturbed = (np.sum(a * b, axis=0) for a, b in ((one, one), (one, two), (two, two)))
    assert np.mean(cross / np.sqrt(square * perturbed)) == pytest.approx(
        moments.cosine(), abs=0.1 * (1 - moments.cosine())
    )
    norms = float(moments.perturbed / moments.original)
    assert np.mean(perturbed / square) == pytest.approx(norms, abs=0.1 * abs(norms - 1) + 0.03)
    assert np.mean(square) == pytest.approx(float(moments.original), rel=0.2)
    if not network.projection:
        for sums, squares, mean, norm in (
            (one, square, found.mean, moments.original),
            (two, perturbed, found.perturbed_mean, moments.perturbed),
        ):
            shares = np.sum(sums, axis=0) / np.sqrt(WIDTH * squares)
            assert np.mean(shares) == pytest.approx(float(mean) / float(norm) ** 0.5, abs=0.02)


@pytest.mark.parametrize("normalised", [True, False])
def test_without_skip_connections_the_angle_is_the_state(normalised):
    network = DeepNetwork(normalised=normalised)
    sign, magnitude = (perturbed_streams(4, 0.1, each, network)[-1].moments for each in ("sign", "magnitude"))
    assert sign.chord_energy() / magnitude.chord_energy() == pytest.approx(perturbed_network_ratio(4, 0.1), rel=1e-9)


def test_streams_in_balls_enclose_those_in_floats():
    network = DeepNetwork(residual=True)
    for perturbation in ("sign", "magnitude"):
        ball = perturbed_streams(5, "0.1", perturbation, network, BALL)[-1].moments
        assert float(ball.energy.mid()) == pytest.approx(
            perturbed_streams(5, 0.1, perturbation, network)[-1].moments.energy, rel=1e-9
        )
        assert float(ball.energy.rad()) < 1e-10


def test_an_unperturbed_start_stays_exact():
    late = perturbed_streams(3, "0.1", "sign", DeepNetwork(perturbed="last"), BALL)
    assert [each.same for each in late] == [True, True, False]
    assert late[1].moments.energy == 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: DeepNetwork(start=0), "start"),
        (lambda: DeepNetwork(perturbed="some"), "perturbed"),
        (lambda: perturbed_streams(0, 0.1, "sign", DeepNetwork()), "layers"),
        (lambda: perturbed_streams(1, 0.1, "noise", DeepNetwork()), "perturbation"),
    ],
)
def test_bad_networks(call, message):
    with pytest.raises(ValueError, match=message):
        call()
