"""Streams of random numbers, keyed by a seed and names; sets of positions drawn from them.

Everything is drawn by numpy's Philox on the host, so that a seed means the same choice on every device.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from theorems.arithmetic.contexts import reject
from theorems.arithmetic.domain import require_count

if TYPE_CHECKING:
    import numpy.typing as npt

    Positions = npt.NDArray[np.int64]

__all__ = ["bernoulli_positions", "distinct_positions", "stream"]


def stream(seed: int, *names: str) -> np.random.Generator:
    """The stream of a seed for what is named: the same for the same words, independent for others."""
    key = blake2b("\0".join(names).encode(), digest_size=16).digest()
    words = np.frombuffer(key, dtype=np.uint32)
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=tuple(map(int, words)))))


def bernoulli_positions(rng: np.random.Generator, rate: float, pool: int) -> Positions:
    """Which of 0 … pool − 1 are taken, each with probability `rate` independently, in order.

    By the gaps between them, which are geometric: the time is that of what is taken. ValueError unless 0 ≤ rate < 1.
    """
    require_count(pool, 0, "pool")
    reject(not 0 <= rate < 1, f"rate must lie in [0, 1), got {rate}")
    if rate == 0 or pool == 0:
        return np.empty(0, dtype=np.int64)
    scale, last, found = -1 / np.log1p(-rate), -1, []
    while last < pool:
        ahead = rate * (pool - last)
        gaps = rng.standard_exponential(int(ahead + 6 * ahead**0.5) + 16)
        np.multiply(gaps, scale, out=gaps)
        places = np.cumsum(np.minimum(gaps, pool).astype(np.int64) + 1)
        places += last
        last = int(places[-1])
        found.append(places)
    taken = np.concatenate(found)
    return taken[: np.searchsorted(taken, pool)]


def distinct_positions(rng: np.random.Generator, count: int, pool: int) -> Positions:
    """A uniformly random set of `count` of 0 … pool − 1, in order. ValueError unless 0 ≤ count ≤ pool."""
    require_count(count, 0, "count")
    require_count(pool, count, "pool")
    if 2 * count > pool:
        left = np.ones(pool, dtype=bool)
        left[distinct_positions(rng, pool - count, pool)] = False
        return np.flatnonzero(left)
    taken = np.empty(0, dtype=np.int64)
    while taken.size < count:  # never beyond count, so that all sets are alike
        both = np.sort(np.concatenate([taken, rng.integers(0, pool, count - taken.size)]))
        taken = both[np.diff(both, prepend=-1) > 0]
    return taken
