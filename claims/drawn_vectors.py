"""Vectors that searches draw: of any dimension and scale, with ties, zeros, one dominant entry and heavy tails."""

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

LAWS = (
    lambda generator, shape: generator.standard_normal(shape),
    lambda generator, shape: generator.choice([-1.0, 0.5, 1.0], shape),  # ties
    lambda generator, shape: generator.choice([0.0, 0.0, 0.0, 1.0, -3.0, 1e-6], shape),  # zeros
    lambda generator, shape: generator.standard_cauchy(shape),  # heavy tails
    lambda generator, shape: np.append(
        np.ones((*shape[:-1], 1)), 1e-3 * generator.standard_normal((*shape[:-1], shape[-1] - 1)), axis=-1
    ),  # one dominant entry
)
BATCH = 10
TEN_AT_ONCE = "Each try takes ten vectors of one dimension, between 1 and 2,000."
SCALES = (1.0, 1e-120, 1e120, 0.37)
DIMENSIONS = st.integers(1, 9) | st.sampled_from([20, 2000])


@st.composite
def batches(draw, count=1, dimensions=DIMENSIONS, *, zeros=False):
    """Up to ten tries at once: a matrix whose rows are nonzero vectors of one dimension, each of its own law and scale.

    With `count` > 1 as many of them, whose rows belong together. Entries may vanish only where `zeros` says so.
    """
    size, generator = draw(dimensions), np.random.default_rng(draw(st.integers(0, 2**32)))
    which = generator.integers(len(LAWS), size=(BATCH, count))
    stacked = np.empty((BATCH, count, size))  # (row, which matrix, entry)
    for index, law in enumerate(LAWS):
        stacked[which == index] = law(generator, (np.count_nonzero(which == index), size))
    admitted = np.any(stacked, axis=2) if zeros else np.all(stacked, axis=2)
    stacked = stacked[np.all(admitted, axis=1)]
    assume(len(stacked))
    matrices = stacked.transpose(1, 0, 2) * generator.choice(SCALES, (count, len(stacked), 1))
    return matrices[0] if count == 1 else tuple(matrices)
