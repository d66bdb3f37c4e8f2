"""Vectors that searches draw: of any dimension and scale, with ties, zeros, one dominant entry and heavy tails."""

from functools import partial

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

TEN_AT_ONCE = "Each try takes ten vectors of one dimension, between 1 and 2,000."
FORTY_AT_ONCE = "The tries are vectors, forty at once of one dimension, between 1 and 2,000."
searching = settings(max_examples=100)  # of forty vectors each, so that none of eleven dimensions is left out
widely = settings(max_examples=200)  # where an example draws a number besides its vectors


def normal_entries(generator, shape):
    return generator.standard_normal(shape)


def heavy_tails(generator, shape):
    """Ratios of uniform numbers: beyond any large bound there are about as many as of Cauchy's law."""
    above, below = generator.uniform(-1, 1, (2, *shape))
    return above / below


def one_dominant_entry(generator, shape):
    rows = generator.standard_normal(shape)
    rows *= 1e-3
    rows[:, 0] = 1.0
    return rows


def entries_among(*values):
    values = np.array(values)
    return lambda generator, shape: values[(len(values) * generator.random(shape)).astype(int)]


WITHOUT_ZEROS = normal_entries, heavy_tails, one_dominant_entry, entries_among(-1.0, 0.5, 1.0)
LAWS = (*WITHOUT_ZEROS, entries_among(0.0, 0.0, 0.0, 1.0, -3.0, 1e-6))
NONZERO_LAWS = (*WITHOUT_ZEROS, entries_among(1.0, -3.0, 1e-6))
scales = entries_among(1.0, 1e-120, 1e120, 0.37)
DIMENSIONS = (*range(1, 10), 20, 2000)


def batch(size, generator, count=1, *, most=40, zeros=False):
    """A matrix whose `most` rows are nonzero vectors of one dimension, of all laws, each with its own scale.

    With `count` > 1 as many of them, whose rows belong together. Entries may vanish only where `zeros` says so.
    """
    rows, laws = np.empty((most * count, size)), LAWS if zeros else NONZERO_LAWS
    for law, places in zip(laws, generator.permutation(len(rows)).reshape(len(laws), -1), strict=True):
        rows[places] = law(generator, (len(places), size))
    if zeros:
        rows[~rows.any(axis=1), 0] = 1.0
    rows *= scales(generator, (len(rows), 1))
    return rows if count == 1 else tuple(rows.reshape(count, most, size))


def seeded(make, among):
    """Draws what `make` makes of one of `among` and of a random generator.

    Both come from one number, for each that hypothesis draws takes it as long as the vectors do.
    """

    def made(number):
        return make(among[number % len(among)], np.random.default_rng(number))

    return st.sampled_from(range(len(among) << 32)).map(made)


def batches(count=1, dimensions=DIMENSIONS, **of_what):
    """Draws a `batch` of one of these dimensions."""
    return seeded(partial(batch, count=count, **of_what), dimensions)
