"""Means and spreads of depth experiments, with the noise of first order taken out row by row.

Given the streams that enter a layer, its rows are independent, and so are the entries that they add to each product of
the streams that leave it. Each entry, less its conditional mean given the streams and masks (an arc-cosine kernel), has
mean zero; so has what the masks add to that mean, in its linear part. Times the slopes of what is measured, which the
limit of infinite width gives (`stream_slopes`), these entries sum up to the noise of first order. Taken from a draw it
leaves the expectation as it is, whatever the slopes; what remains is of second order, and its mean is the effect of
finite width. The same entries of two inputs that share the weights tell, from a few draws, how much of the noise is
common to all inputs: the variance between seeds, to first order in 1/n.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, get_args

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count
from theorems.simulation.setups import Matching, Network
from theorems.simulation.stream_rows import LayerRows
from theorems.simulation.stream_slopes import Measured, Slopes, energy_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    Array = npt.NDArray[np.float64]

__all__ = ["StreamStatistics", "controlled_streams"]


class StreamStatistics(NamedTuple):
    """Of each draw after each layer, (draws, layers): averages over its inputs."""

    sign: Array  # energy under sign flips, the noise of first order taken out
    magnitude: Array  # energy under magnitude changes, likewise
    ratio: Array  # of the energies of one input, likewise
    influence: Array  # of this draw on the ratio: the noise of first order, of mean zero
    within: Array  # variance of one input's influence, from the rows
    between: Array  # covariance of two inputs' influences, from the rows


def controlled_streams(  # noqa: PLR0913
    network: Network,
    draws: int,
    rng: np.random.Generator,
    *,
    measured: Sequence[Measured] = ("sine",),
    inputs: int = 2,
    matching: Matching = "expected",
) -> list[StreamStatistics]:
    """What is measured of both perturbed streams after each layer, for draws of weights that `inputs` >= 2 share.

    "sine" is sin²∠(x, x′), the transverse part of the change of the normalised stream; "chord" its whole change;
    "transverse" and "raw" those of the stream as it is, over what ‖x̂‖² is brought to. The law of the layers is that of
    `streams`. ValueError for another measure or matching, draws < 1 or inputs < 2.
    """
    require_count(draws, 1, "draws")
    require_count(inputs, 2, "inputs")
    reject(matching not in get_args(Matching), f"matching must be one of {get_args(Matching)}, got {matching!r}")
    slopes = [Slopes(network, each) for each in measured]
    drawn = [_Draw(network, slopes, inputs, matching, rng).statistics() for _ in range(draws)]
    return [StreamStatistics(*map(np.stack, zip(*each, strict=True))) for each in zip(*drawn, strict=True)]


class _Draw:
    """One draw of all weights and masks, and its inputs."""

    def __init__(
        self, network: Network, slopes: list[Slopes], inputs: int, matching: Matching, rng: np.random.Generator
    ) -> None:
        self.network, self.matching, self.rng, self.inputs = network, matching, rng, inputs
        self.measures = [_Measure(each, network.layers, inputs) for each in slopes]

    def statistics(self) -> list[tuple[Array, ...]]:
        """Of this draw, for each that is measured."""
        network = self.network
        x = self.rng.standard_normal((self.inputs, network.n))
        streams = np.stack([x * (network.start / np.linalg.norm(x, axis=1, keepdims=True))] * 3)
        states = []
        for layer in range(network.layers):
            streams = self._layer(layer, streams)
            states.append([_products(streams, kind) for kind in (1, 2)])
        return [measure.statistics(np.array(states)) for measure in self.measures]

    def _layer(self, layer: int, streams: Array) -> Array:
        network, target = self.network, self.network.target
        hat = streams if target is None else streams * (target / np.linalg.norm(streams, axis=-1, keepdims=True))
        rows = LayerRows(hat, network.p, self.rng)
        shift = 2 * math.sqrt(network.p)
        expected = rows.activations(shift)
        block = expected
        if self.matching == "drawn":
            block = rows.activations(2 * math.sqrt(rows.energies.sum() / network.n**2))
        old = streams if network.residual else np.zeros_like(streams)
        direct = np.zeros_like(streams) if network.projection else old
        entries = [_entries(direct, expected, rows.conditional(kind, shift), kind) for kind in (1, 2)]
        if network.projection:
            for each in entries:
                each[..., 3:] = 0  # the projected branch has no mean
        entries[0][..., 1] += rows.masks
        norms = rows.energies / (network.n * network.p) - 1 if self.matching == "drawn" else np.zeros(network.n)
        self._add(layer, entries, norms / network.n)
        if network.projection:
            products = [_products(block, kind)[:, :3, None] / network.n for kind in (1, 2)]
            block, none = _projected(block, self.rng), np.zeros((3, self.inputs, 1))
            entries = [_entries(old, block, [none, each], kind) for kind, each in enumerate(products, 1)]
            self._add(layer, entries, np.zeros(network.n))
        return old + block

    def _add(self, layer: int, entries: list[Array], norms: Array) -> None:
        for measure in self.measures:
            measure.add(layer, entries, norms)


class _Measure:
    """The noise of what is measured in one draw, as its layers add to it."""

    def __init__(self, slopes: Slopes, layers: int, inputs: int) -> None:
        self.slopes, self.inputs = slopes, inputs
        self.noise = np.zeros((2, layers, inputs))  # of both energies after each layer
        self.within, self.between = np.zeros((2, layers))

    def statistics(self, states: Array) -> tuple[Array, ...]:
        """From the states (layers, 2, inputs, 5), in the order of `StreamStatistics`, each (layers,)."""
        energies = energy_of(states / self.slopes.scale, self.slopes.measured)
        sign, magnitude = energies[:, 0], energies[:, 1]
        influence = self.slopes.of_ratio(*self.noise)
        parts = sign - self.noise[0], magnitude - self.noise[1], sign / magnitude - influence, influence
        return *(part.mean(axis=1) for part in parts), self.within, self.between

    def add(self, layer: int, entries: list[Array], norms: Array) -> None:
        """Noise of rows, (inputs, n, 5) in both states, and of the norm of the change, (n,)."""
        slopes, scale = self.slopes, self.slopes.scale
        units = np.array([scale, scale, scale, math.sqrt(scale), math.sqrt(scale)])
        found = np.stack(
            [
                np.einsum("ls,kns->lkn", by_state[layer, layer:], each / units)
                for by_state, each in zip(slopes.by_state, entries, strict=True)
            ]
        )
        found[1] += np.multiply.outer(slopes.by_norm[1][layer, layer:], norms)[:, None]
        self.noise[:, layer:] += found.sum(axis=-1)
        full = np.zeros((2, len(self.within), *found.shape[2:]))
        full[:, layer:] = found
        influences = slopes.of_ratio(*full)[layer:]
        own = np.einsum("lkn,lkn->l", influences, influences)
        every = np.sum(influences.sum(axis=1) ** 2, axis=-1)
        self.within[layer:] += own / self.inputs
        self.between[layer:] += (every - own) / (self.inputs * (self.inputs - 1))


def _products(streams: Array, kind: int) -> Array:
    """The state of a clean stream and a perturbed one, (inputs, 5); sums are not measured."""
    one, two = streams[0], streams[kind]
    products = [np.einsum("kn,kn->k", *pair) for pair in ((one, one), (one, two), (two, two))]
    return np.stack([*products, np.zeros(len(one)), np.zeros(len(one))], axis=-1)


def _entries(old: Array, new: Array, means: list[Array], kind: int) -> Array:
    """What each entry adds to the state, less its conditional mean, (inputs, n, 5).

    `means` holds those of the new part, (3, inputs, 1), and of its products as in the state, (inputs, 3, 1 or n).
    """
    mean, products = means
    centred = new - mean
    found = []
    for place, (a, b) in enumerate(((0, 0), (0, kind), (kind, kind))):
        found.append(old[a] * centred[b] + old[b] * centred[a] + new[a] * new[b] - products[:, place])
    found += [centred[0] / math.sqrt(new.shape[-1]), centred[kind] / math.sqrt(new.shape[-1])]
    return np.stack(found, axis=-1)


def _projected(block: Array, rng: np.random.Generator) -> Array:
    """W₂a of all streams, for one W₂ of n rows with entries N(0, 1/n)."""
    clean, sign, magnitude = block
    n = clean.shape[-1]
    _, root = np.linalg.qr(np.concatenate([clean, sign - clean, magnitude - clean]).T)
    clean, sign, magnitude = (root.T @ rng.standard_normal((len(root), n)) / math.sqrt(n)).reshape(block.shape)
    return np.stack([clean, clean + sign, clean + magnitude])
