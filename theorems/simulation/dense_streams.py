"""Depth as the paper describes it: layers of weight matrices that a seed's inputs share (V2, V3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.domain import require_count
from theorems.simulation.dense import BUDGET, batch_size, batches, gram_rows, perturbed_weights, sphere
from theorems.simulation.setups import Block

if TYPE_CHECKING:
    import numpy.typing as npt
    import torch

    from theorems.simulation.setups import Matching, Network
    from theorems.simulation.sources import Source

__all__ = ["dense_stream_grams"]

Streams = list["torch.Tensor"]


def dense_stream_grams(
    source: Source, network: Network, inputs: int, *, matching: Matching = "expected", budget: int = BUDGET
) -> npt.NDArray[np.float64]:
    """One seed: Gram products of (x, x_sign − x, x_mag − x) after each layer for each input, (inputs, layers, 6).

    All layers' weights are held at once. ValueError for inputs < 1 or where they do not fit the budget (bytes).
    """
    require_count(inputs, 1, "inputs")
    n, each = network.n, 4 if network.projection else 3
    size = batch_size(source, (each * network.layers + 1) * n * n, 12 * n, budget)
    layers = [_layer(source, network, matching) for _ in range(network.layers)]
    return np.concatenate([_pass(source, network, layers, count) for count in batches(inputs, size)])


def _layer(source: Source, network: Network, matching: Matching) -> Streams:
    """W, its sign flips, its shift and, where there is one, W₂."""
    weights = list(perturbed_weights(source, Block(network.n, network.n, network.p, matching=matching)))
    return [*weights, source.normal(network.n, network.n) / network.n**0.5] if network.projection else weights


def _pass(source: Source, network: Network, layers: list[Streams], count: int) -> npt.NDArray[np.float64]:
    streams: Streams = [sphere(source, count, network.n) * network.start] * 3
    found = []
    for weights in layers:
        blocks = [_block(network, x, w, weights[3:]) for x, w in zip(streams, weights[:3], strict=True)]
        streams = [x + block for x, block in zip(streams, blocks, strict=True)] if network.residual else blocks
        found.append(gram_rows(streams[0], streams[1] - streams[0], streams[2] - streams[0]))
    return np.stack(found, axis=1)


def _block(network: Network, x: torch.Tensor, weights: torch.Tensor, projection: Streams) -> torch.Tensor:
    if network.target is not None:
        x = x * (network.target / x.norm(dim=1, keepdim=True))
    activation = (x @ weights.T).clamp(min=0)
    return activation @ projection[0].T if projection else activation
