"""How what is measured after a layer depends on the streams after each layer before it, for infinite width."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.formulas.asymmetry import magnitude_pair, sign_pair
from theorems.formulas.depth import DeepNetwork, Streams, next_streams
from theorems.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from theorems.formulas.normal_pairs import NormalPair
    from theorems.simulation.setups import Network

    Array = npt.NDArray[np.float64]

__all__ = ["Measured", "Slopes", "energy_of"]

Measured = Literal["sine", "transverse", "chord", "raw"]
MEASURED = get_args(Measured)
STEP = 1e-5  # relative, of central differences; the slopes need no precision
STATE = 5  # ‖x‖², x·x′, ‖x′‖², Σx/√n, Σx′/√n


def energy_of(state: Array, measured: Measured) -> Array:
    """What is measured, of states (…, 5)."""
    one, cross, two = state[..., 0], state[..., 1], state[..., 2]
    energy = one - 2 * cross + two
    determinant = one * energy - (cross - one) ** 2
    if measured == "sine":
        found = determinant / (one * two)
    elif measured == "chord":
        norms = np.sqrt(one * two)
        found = 2 * determinant / (norms * (norms + cross))
    else:
        found = {"transverse": determinant / one, "raw": energy}[measured]
    return np.asarray(found)


class Slopes:
    """Slopes of the measured energies after each layer, in the state after each layer before it."""

    def __init__(self, network: Network, measured: Measured) -> None:
        reject(measured not in MEASURED, f"measured must be one of {', '.join(MEASURED)}, got {measured!r}")
        self.measured: Measured = measured
        self.scale = (network.target or network.start) ** 2
        start = 1.0 if network.target is None else network.start / network.target
        limit = DeepNetwork(network.residual, network.projection, network.target is not None, start)
        root = math.sqrt(network.p)
        self.states, self.by_state, self.by_norm = [], [], []
        for make in (sign_pair, magnitude_pair):
            states, jacobians, in_norm = _trajectory(limit, make, root, network.layers)
            rows = [_gradient(lambda x: energy_of(x, measured), state) for state in states]
            by_state = np.zeros((network.layers, network.layers, STATE))  # [layer of the noise, layer measured]
            by_norm = np.zeros((network.layers, network.layers))
            for last, gradient in enumerate(rows):
                row = gradient
                for layer in range(last, -1, -1):
                    by_state[layer, last] = row
                    by_norm[layer, last] = row @ in_norm[layer]
                    row = row @ jacobians[layer]
            self.states.append(np.stack(states))
            self.by_state.append(by_state)
            self.by_norm.append(by_norm)
        energies = [energy_of(states, measured) for states in self.states]
        self.limit, self.denominator = energies[0] / energies[1], energies[1]

    def of_ratio(self, sign: Array, magnitude: Array) -> Array:
        """Noise of the ratio of energies after each layer, (layers, …), from that of both."""
        shape = (-1,) + (1,) * (sign.ndim - 1)
        return np.asarray((sign - self.limit.reshape(shape) * magnitude) / self.denominator.reshape(shape))


def _trajectory(
    limit: DeepNetwork, make: Callable[[float], NormalPair], root: float, layers: int
) -> tuple[list[Array], list[Array], list[Array]]:
    """States after each layer, their slopes in the state before, and in the logarithm of the change's squared norm."""

    def step(state: Array, factor: float = 1.0) -> Array:
        one, cross, two, mean, other = (float(part) for part in state)
        moments = Moments(one, cross - one, one - 2 * cross + two)
        found = next_streams(Streams(moments, mean, other), make(root * math.sqrt(factor)), limit)
        after = found.moments
        return np.array([after.original, after.cross, after.perturbed, found.mean, found.perturbed_mean])

    state = np.array([float(limit.start) ** 2] * 3 + [0.0, 0.0])
    states, jacobians, in_norm = [], [], []
    for _ in range(layers):
        jacobians.append(_gradient(step, state))
        in_norm.append((step(state, 1 + STEP) - step(state, 1 - STEP)) / (2 * STEP))
        state = step(state)
        states.append(state)
    return states, jacobians, in_norm


def _gradient(function: Callable[[Array], Array], state: Array) -> Array:
    size = STEP * state[0]
    columns = [(function(state + size * unit) - function(state - size * unit)) / (2 * size) for unit in np.eye(STATE)]
    return np.stack(columns, axis=-1)
