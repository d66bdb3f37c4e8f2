"""What searches of the audit draw: no verdict shows it where it becomes tamer, for less is found then, not more."""

import runpy
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings

DRAWN = runpy.run_path(str(Path(__file__).parent.parent / "claims" / "drawn_vectors.py"))
DIMENSIONS = DRAWN["DIMENSIONS"]


def drawn(size, seed=1, **of_what):
    return DRAWN["batch"](size, np.random.default_rng(seed), **of_what)


def relative(rows):
    """Sizes of entries over the largest of their row."""
    return np.abs(rows) / np.max(np.abs(rows), axis=1, keepdims=True)


@pytest.mark.parametrize("zeros", [False, True])
@pytest.mark.parametrize("size", DIMENSIONS)
def test_rows_are_nonzero_and_of_every_scale(size, zeros):
    rows = drawn(size, zeros=zeros)
    largest = np.max(np.abs(rows), axis=1)
    assert rows.shape == (40, size)
    assert np.all(largest > 0)
    assert np.all(np.isfinite(rows))
    assert min(largest) < 1e-100
    assert max(largest) > 1e100
    assert zeros or np.all(rows)


@pytest.fixture(params=DIMENSIONS[1:])
def entries(request):
    """Relative sizes of the entries of 800 rows, increasing."""
    return np.sort(relative(np.concatenate([drawn(request.param, seed, zeros=True) for seed in range(20)])), axis=1)


def test_some_rows_have_zeros_and_some_nothing_else_but_one_entry(entries):
    assert np.any(entries[:, 0] == 0)
    assert np.any(entries[:, -2] == 0) or entries.shape[1] > 9


def test_some_rows_have_ties_and_some_nothing_else(entries):
    assert np.any(entries[:, -2] == 1)
    assert np.any(entries[:, 0] == 1) or entries.shape[1] > 5


def test_some_rows_have_one_dominant_entry_and_some_heavy_tails(entries):
    assert np.any((entries[:, 0] > 0) & (entries[:, -2] < 5e-3))
    assert np.any((entries[:, 0] > 0) & (entries[:, 0] < 1e-3))


def test_no_two_rows_or_batches_are_alike():
    first, second = drawn(9, count=2)
    third, fourth = drawn(9, seed=2, count=2)
    rows = np.concatenate([relative(each) for each in (first, second, third, fourth)]).round(12)
    assert len(np.unique(rows, axis=0)) > 120, "rows of few values may agree"


def test_each_example_is_of_another_number_and_all_dimensions_are_drawn():
    made = []

    @settings(max_examples=100, derandomize=True, database=None)
    @given(DRAWN["seeded"](lambda size, generator: (size, generator.random()), DIMENSIONS))
    def draw(example):
        made.append(example)

    draw()
    assert len({number for _, number in made}) > 90
    assert {size for size, _ in made} == {*DIMENSIONS}
