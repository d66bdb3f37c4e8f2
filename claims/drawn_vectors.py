"""Vectors that searches draw: of any dimension and scale, with ties, zeros, one dominant entry and heavy tails."""

import numpy as np
from hypothesis import assume, settings
from hypothesis import strategies as st

TEN_AT_ONCE = "Each try takes ten vectors of one dimension, between 1 and 2,000."
FORTY_AT_ONCE = "The tries are vectors, forty at once of one dimension, between 1 and 2,000."
searching = settings(max_examples=100)  # of forty vectors each, so that none of eleven dimensions is left out
widely = settings(max_examples=200)  # where an example draws a number besides its vectors
TIES, ZEROS = np.array([-1.0, 0.5, 1.0]), np.array([0.0, 0.0, 0.0, 1.0, -3.0, 1e-6])


def one_dominant_entry(generator, shape):
    rows = 1e-3 * generator.standard_normal(shape)
    rows[:, 0] = 1.0
    return rows


LAWS = (
    lambda generator, shape: generator.standard_normal(shape),
    lambda generator, shape: TIES[generator.integers(len(TIES), size=shape)],
    lambda generator, shape: ZEROS[generator.integers(len(ZEROS), size=shape)],
    lambda generator, shape: generator.standard_cauchy(shape),
    one_dominant_entry,
)
SCALES = np.array([1.0, 1e-120, 1e120, 0.37])
DIMENSIONS = (*range(1, 10), 20, 2000)


@st.composite
def batches(draw, count=1, dimensions=DIMENSIONS, *, most=40, zeros=False):
    """A matrix of `most` rows or fewer: nonzero vectors of one dimension, of all laws.

    Each row has its own scale. With `count` > 1 as many of them, whose rows belong together. Entries may vanish only
    where `zeros` says so.
    """
    size, generator = draw(st.sampled_from(dimensions)), np.random.default_rng(draw(st.integers(0, 2**32)))
    of_each_law = (most * count // len(LAWS), size)
    rows = np.concatenate([law(generator, of_each_law) for law in LAWS])
    matrices = rows[generator.permutation(len(rows))].reshape(count, most, size)
    admitted = matrices.any(axis=2) if zeros else matrices.all(axis=2)
    matrices = matrices[:, admitted.all(axis=0)]
    assume(matrices.size)
    matrices *= SCALES[generator.integers(len(SCALES), size=(*matrices.shape[:2], 1))]
    return matrices[0] if count == 1 else tuple(matrices)
