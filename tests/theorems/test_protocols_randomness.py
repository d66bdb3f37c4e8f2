import numpy as np
import pytest

from theorems.protocols.randomness import bernoulli_positions, distinct_positions, stream


def test_a_stream_belongs_to_its_seed_and_names():
    def numbers(*key):
        return stream(*key).random(4).tolist()

    assert numbers(1, "a", "b") == numbers(1, "a", "b")
    others = [numbers(*key) for key in ((2, "a", "b"), (1, "b", "a"), (1, "ab"), (1, "a"))]
    assert len({tuple(each) for each in [numbers(1, "a", "b"), *others]}) == 5


@pytest.mark.long
@pytest.mark.parametrize("rate", [0.001, 0.05, 0.5, 0.97])
def test_every_place_is_taken_with_its_rate(rate):
    pool, repeats = 37, 6000
    rng, counts, pairs = stream(0, str(rate)), np.zeros(pool), 0
    for _ in range(repeats):
        taken = bernoulli_positions(rng, rate, pool)
        assert (np.diff(taken) > 0).all()
        counts[taken] += 1
        pairs += {4, 5} <= set(taken.tolist())
    deviation = (repeats * rate * (1 - rate)) ** 0.5
    assert np.abs(counts - repeats * rate).max() < 5 * deviation
    assert counts.sum() == pytest.approx(pool * repeats * rate, abs=5 * deviation * pool**0.5)
    assert pairs == pytest.approx(repeats * rate**2, abs=5 * (repeats * rate**2) ** 0.5 + 1)


def test_a_rate_of_nothing_takes_nothing_and_one_beyond_its_range_is_refused():
    assert bernoulli_positions(stream(0), 0, 10).size == 0
    assert bernoulli_positions(stream(0), 0.3, 0).size == 0
    for rate in (-0.1, 1):
        with pytest.raises(ValueError, match=r"rate must lie in \[0, 1\)"):
            bernoulli_positions(stream(0), rate, 10)


@pytest.mark.long
@pytest.mark.parametrize("count", [2, 4])
def test_every_set_of_a_size_is_as_likely(count):
    rng, repeats, seen = stream(1, "sets"), 6000, {}
    for _ in range(repeats):
        chosen = tuple(distinct_positions(rng, count, 6).tolist())
        seen[chosen] = seen.get(chosen, 0) + 1
    assert len(seen) == 15
    assert all(len(set(each)) == count and list(each) == sorted(each) for each in seen)
    expected = repeats / 15
    assert sum((number - expected) ** 2 / expected for number in seen.values()) < 45  # χ² with 14 degrees: 4e-5


def test_all_or_none_of_the_places():
    assert distinct_positions(stream(0), 0, 5).tolist() == []
    assert distinct_positions(stream(0), 5, 5).tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="pool must be an integer >= 6"):
        distinct_positions(stream(0), 6, 5)
