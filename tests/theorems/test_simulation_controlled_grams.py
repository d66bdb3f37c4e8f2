import math

import numpy as np
import pytest

from theorems.simulation import finite_mean, ratio_means
from theorems.simulation.controlled_grams import controlled_grams
from theorems.simulation.exact_law import draw_grams
from theorems.simulation.finite_mean import finite_means
from theorems.simulation.grams import transverse_energies
from theorems.simulation.setups import Block
from theorems.statistics.control_variates import controlled
from theorems.statistics.student import ratio_interval
from theorems.statistics.two_samples import difference_interval, kolmogorov_smirnov


def philox(*seed):
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(seed)))


@pytest.mark.parametrize("matching", ["expected", "drawn"])
@pytest.mark.parametrize(("n", "m", "p"), [(6, 16, 0.3), (64, 32, 0.05), (300, 128, 0.01)])
def test_each_control_has_the_mean_zero(n, m, p, matching):
    controls = controlled_grams(Block(n, m, p, matching=matching), 4000, philox(1, n)).controls
    errors = controls.std(axis=0) / math.sqrt(len(controls))
    assert (abs(controls.mean(axis=0)) < 4.5 * errors).all()
    assert (errors > 0).all()


@pytest.mark.parametrize("d", [None, 8])
def test_the_draws_have_the_law_of_those_without_controls(d):
    block = Block(24, 20, 0.1, d)
    ours, others = controlled_grams(block, 3000, philox(2)).grams, draw_grams(block, 3000, philox(3))
    for one, two in zip(ours.T, others.T, strict=True):
        assert kolmogorov_smirnov(one, two) > 1e-4


def test_controls_leave_the_mean_and_take_most_of_the_variance():
    block = Block(256, 256, 0.05)
    found = controlled_grams(block, 1500, philox(4))
    for energies in transverse_energies(found.grams):
        ours = controlled(energies, found.controls, np.zeros(9))
        lower, upper = difference_interval(ours, energies, 1e-3)
        assert lower <= 0 <= upper
        assert ours.std() < energies.std() / 8


def test_ratio_of_means_is_that_of_the_quadrature():
    n = 256
    found = controlled_grams(Block(n, n, 0.05, matching="drawn"), 3000, philox(5))
    energies = [controlled(each, found.controls, np.zeros(9)) for each in transverse_energies(found.grams)]
    lower, upper = ratio_interval(*energies, 1e-4)
    assert lower <= finite_means(n, n, 0.05).ratio_of_means <= upper
    assert upper - lower < 0.01


def test_nothing_is_taken_from_a_quadrature(monkeypatch):
    def refuse(*_args, **_more):
        pytest.fail("a quadrature was asked for")

    monkeypatch.setattr(finite_mean, "finite_means", refuse)
    monkeypatch.setattr(ratio_means, "row_averages", refuse)
    for name in ("finite_means", "row_averages"):
        monkeypatch.setattr(f"theorems.simulation.seed_law.{name}", refuse)
    for module in (finite_mean, ratio_means):
        monkeypatch.setattr(module.NarrowNeuron, "of", refuse)
    assert len(controlled_grams(Block(16, 16, 0.1), 5, philox(6)).grams) == 5


@pytest.mark.parametrize(
    ("block", "draws", "message"),
    [
        (Block(4, 8, 0.1), 10, "n must be"),
        (Block(8, 8, 0.1), 0, "draws must be"),
        (Block(8, 8, 0.1, relu=False), 10, "with a ReLU"),
        (Block(8, 8, 0.1, 2), 10, "d must be"),
    ],
)
def test_bad_input(block, draws, message):
    with pytest.raises(ValueError, match=message):
        controlled_grams(block, draws, philox(0))
