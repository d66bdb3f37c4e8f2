"""Depth by the law of the layers: three streams of vectors, clean, sign-flipped and shifted, and no weight matrix.

Given the streams x, x_s, x_m that enter a layer, its rows are independent. With the masks drawn (`exact_law`), z = w·x,
z_s = Σ S_j w_j x_{s,j} and w·x_m are exactly jointly normal. Σ sign(w_j)x_{m,j} has its exact covariances with all
three and its exact variance, and is taken as jointly normal with them: its fourth cumulants, of relative order 1/n for
delocalised streams, are left out.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.domain import require_count
from theorems.simulation.exact_law import flip_places
from theorems.simulation.setups import Network, stream_products

if TYPE_CHECKING:
    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

__all__ = ["stream_grams"]

ALIGNMENT = math.sqrt(2 / math.pi)  # E|w| of a standard normal weight


def stream_grams(network: Network, draws: int, rng: np.random.Generator) -> Array:
    """Gram products of (x, x_sign − x, x_mag − x) after each layer, (draws, layers, 6), for fresh weights and inputs.

    O(p·n²) steps and O(p·n²) memory a layer. ValueError for draws < 1.
    """
    require_count(draws, 1, "draws")
    return np.stack([_draw(network, rng) for _ in range(draws)])


def _draw(network: Network, rng: np.random.Generator) -> Array:
    x = rng.standard_normal(network.n)
    streams = np.tile(x * (network.start / np.linalg.norm(x)), (3, 1))
    found = []
    for _ in range(network.layers):
        block = _block(network, _normalised(network, streams), rng)
        streams = streams + block if network.residual else block
        found.append(stream_products(streams))
    return np.array(found)


def _normalised(network: Network, streams: Array) -> Array:
    if network.target is None:
        return streams
    scaled: Array = streams * (network.target / np.linalg.norm(streams, axis=1, keepdims=True))
    return scaled


def _block(network: Network, streams: Array, rng: np.random.Generator) -> Array:
    activations = np.maximum(_pre_activations(network, streams, rng), 0) / math.sqrt(network.n)
    if not network.projection:
        return activations
    vectors = np.stack([activations[0], activations[1] - activations[0], activations[2] - activations[0]])
    values, directions = np.linalg.eigh(vectors @ vectors.T / network.n)
    root = directions * np.sqrt(np.maximum(values, 0))
    mixed = root @ rng.standard_normal((3, network.n))
    return np.stack([mixed[0], mixed[0] + mixed[1], mixed[0] + mixed[2]])


def _pre_activations(network: Network, streams: Array, rng: np.random.Generator) -> Array:
    """z, z_s and z_m of n rows, (3, n), in units of 1/√n."""
    clean, sign, magnitude = streams
    rows, columns = flip_places(network.n, network.n, network.p, rng)
    flipped = [np.bincount(rows, weights=(sign * other)[columns], minlength=network.n) for other in (clean, magnitude)]
    uu, vv, yy, uy = clean @ clean, sign @ sign, magnitude @ magnitude, clean @ magnitude
    uv, vy = clean @ sign - 2 * flipped[0], sign @ magnitude - 2 * flipped[1]
    g = rng.standard_normal((4, network.n))
    first = math.sqrt(uu) * g[0]
    deviation = np.sqrt(np.maximum(vv - uv**2 / uu, 0))
    second = uv / uu * first + deviation * g[1]
    cross = np.divide(
        vy - uv * uy / uu, deviation, out=np.zeros_like(deviation), where=deviation > 1e-12 * math.sqrt(vv)
    )
    rest = np.sqrt(np.maximum(yy - uy**2 / uu - cross**2, 0))
    third = uy / uu * first + cross * g[1] + rest * g[2]
    tilt = ALIGNMENT * third + math.sqrt((1 - ALIGNMENT**2) * yy) * g[3]
    return np.stack([first, second, third + 2 * math.sqrt(network.p) * tilt])
