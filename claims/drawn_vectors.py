"""Vectors that searches draw: of any dimension and scale, with ties, zeros, one dominant entry and heavy tails."""

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

LAWS = (
    lambda generator, size: generator.standard_normal(size),
    lambda generator, size: generator.choice([-1.0, 0.5, 1.0], size),  # ties
    lambda generator, size: generator.choice([0.0, 0.0, 0.0, 1.0, -3.0, 1e-6], size),  # zeros
    lambda generator, size: generator.standard_cauchy(size),  # heavy tails
    lambda generator, size: np.append(1.0, 1e-3 * generator.standard_normal(size - 1)),  # one dominant entry
)
SCALES = (1.0, 1e-120, 1e120, 0.37)
DIMENSIONS = st.integers(1, 9) | st.sampled_from([20, 2000])


@st.composite
def vector_pairs(draw, dimensions=DIMENSIONS):
    """Two nonzero vectors of one dimension; the first is scaled up or down."""
    size, generator = draw(dimensions), np.random.default_rng(draw(st.integers(0, 2**32)))
    first, second = (LAWS[generator.integers(len(LAWS))](generator, size) for _ in range(2))
    assume(np.any(first) and np.any(second))
    return first * generator.choice(SCALES), second
