import numpy as np
import pytest

from tests.lazily import torch
from tests.theorems.tiny_decoder import TinyDecoder
from theorems.protocols.decoder import chosen_matrices
from theorems.protocols.flips import (
    checksum,
    counted_flips,
    flip_norm,
    independent_flips,
    multiplied,
    negated,
    pool_size,
)
from theorems.protocols.magnitudes import CONTROLS, controlled, random_signs
from theorems.protocols.outliers import all_columns, other_columns

COLUMNS = {12: np.array([1, 3, 11]), 20: np.array([0, 7])}


@pytest.fixture(params=["float32", "float64", "bfloat16"])
def matrices(request):
    found = chosen_matrices(TinyDecoder())
    for matrix in found.values():
        matrix[0, :2] = 0
    return {name: torch.nn.Parameter(matrix.to(getattr(torch, request.param))) for name, matrix in found.items()}


def columns_of(matrices):
    return {name: COLUMNS[matrix.shape[1]] for name, matrix in matrices.items()}


def checksums(matrices):
    return {name: checksum(matrix) for name, matrix in matrices.items()}


def copies(matrices):
    return {name: matrix.detach().clone() for name, matrix in matrices.items()}


@pytest.mark.parametrize("pool", ["global", "matrix"])
def test_counted_flips_of_two_strategies_or_seeds_are_others(matrices, pool):
    """Also where both take from as many entries."""
    drawn = [
        counted_flips(matrices, all_columns(matrices), 50, seed, strategy=strategy, pool=pool)
        for seed, strategy in ((1, "outliers"), (1, "others"), (2, "outliers"), (1, "outliers"))
    ]
    places = [torch.cat([each[name] for name in matrices]).tolist() for each in drawn]
    assert places[0] not in places[1:3]
    assert places[0] == places[3]


def test_flips_negate_entries_of_their_columns_and_are_undone_exactly(matrices):
    before, sums, columns = copies(matrices), checksums(matrices), columns_of(matrices)
    entries = independent_flips(matrices, columns, 0.4, 5, strategy="outliers")
    with negated(matrices, entries):
        assert checksums(matrices) != sums
        for name, matrix in matrices.items():
            mask = torch.zeros(matrix.numel(), dtype=torch.bool)
            mask[entries[name].long()] = True
            mask = mask.view(matrix.shape)
            assert 0 < mask.sum() < matrix.shape[0] * columns[name].size
            assert set(mask.any(dim=0).nonzero().view(-1).tolist()) <= set(columns[name].tolist())
            assert torch.equal(matrix, torch.where(mask, -before[name], before[name]))
    assert checksums(matrices) == sums


def failing(changed):
    raise RuntimeError("measured" if changed else "not perturbed")


def test_flips_are_undone_where_the_measurement_fails(matrices):
    sums = checksums(matrices)
    entries = independent_flips(matrices, all_columns(matrices), 0.2, 5, strategy="all")
    for change in (negated(matrices, entries), multiplied(matrices, entries, 3.1)):
        with pytest.raises(RuntimeError, match="measured"), change:
            failing(checksums(matrices) != sums)
        assert checksums(matrices) == sums


def test_flips_belong_to_a_seed_a_strategy_and_a_matrix(matrices):
    def drawn(seed, strategy):
        return independent_flips(matrices, all_columns(matrices), 0.3, seed, strategy=strategy)

    names = list(matrices)
    one = drawn(1, "all")
    assert all(torch.equal(one[name], drawn(1, "all")[name]) for name in names)
    assert not torch.equal(one[names[0]], drawn(2, "all")[names[0]])
    assert not torch.equal(one[names[0]], drawn(1, "others")[names[0]])
    assert not torch.equal(one[names[0]], one[names[1]])
    alone = independent_flips(matrices, {names[1]: np.arange(12)}, 0.3, 1, strategy="all")
    assert torch.equal(alone[names[1]], one[names[1]])


@pytest.mark.parametrize("pool", ["global", "matrix"])
def test_counts_are_met_exactly(matrices, pool):
    columns = columns_of(matrices)
    total = pool_size(matrices, columns)
    assert total == sum(matrix.shape[0] * COLUMNS[matrix.shape[1]].size for matrix in matrices.values())
    for count in (0, 1, 100, total - 1, total):
        entries = counted_flips(matrices, columns, count, 3, strategy="control", pool=pool)
        assert sum(places.unique().numel() for places in entries.values()) == count
        for name, places in entries.items():
            assert ((places >= 0) & (places < matrices[name].numel())).all()
            assert set((places % matrices[name].shape[1]).tolist()) <= set(columns[name].tolist())
            if pool == "matrix":
                share = count * matrices[name].shape[0] * columns[name].size / total
                assert abs(places.numel() - share) < 1
    with pytest.raises(ValueError, match=f"{total + 1} flips do not fit {total} entries"):
        counted_flips(matrices, columns, total + 1, 3, strategy="control", pool=pool)


def test_columns_and_the_others_make_up_the_matrix(matrices):
    columns = columns_of(matrices)
    others = other_columns(matrices, columns)
    for name, matrix in matrices.items():
        assert sorted([*columns[name], *others[name]]) == list(range(matrix.shape[1]))
    everything = pool_size(matrices, all_columns(matrices))
    assert pool_size(matrices, columns) + pool_size(matrices, others) == everything


def test_norms_are_those_of_the_change(matrices):
    before = copies(matrices)
    entries = independent_flips(matrices, columns_of(matrices), 0.4, 5, strategy="outliers")
    norm = flip_norm(matrices, entries)
    for change in (negated(matrices, entries), multiplied(matrices, entries, 3.0)):
        with change:
            steps = [(matrices[name].detach().double() - before[name].double()).square().sum() for name in matrices]
            tolerance = 1e-2 if before[name_of(matrices)].dtype == torch.bfloat16 else 1e-6
            assert float(sum(steps)) ** 0.5 == pytest.approx(norm, rel=tolerance)
    with negated(matrices, entries):
        assert flip_norm(matrices, entries) == norm


def name_of(matrices):
    return next(iter(matrices))


def test_a_checksum_tells_any_entry_and_any_order():
    tensor = torch.randn(3, 5, generator=torch.Generator().manual_seed(0))
    tensor[0, 0] = 0
    sums = {checksum(tensor)}
    for place in range(15):
        other = tensor.clone()
        other.view(-1)[place] *= -1  # 0 → −0 as well
        sums.add(checksum(other))
        for next_ in range(place + 1, 15):
            two = other.clone()
            two.view(-1)[next_] *= -1
            sums.add(checksum(two))
    assert len(sums | {checksum(tensor.flip(0)), checksum(tensor.flip(1))}) == 1 + 15 + 105 + 2
    assert checksum(tensor.clone()) == checksum(tensor)
    assert checksum(tensor.t()) == checksum(tensor.t().contiguous())
    assert checksum(tensor.view(-1)[1:]) == checksum(tensor.view(-1)[1:].clone())


@pytest.mark.parametrize("numbers", [1, 6, 2**19 + 3])
def test_a_checksum_is_its_sum(numbers):
    tensor = torch.randn(numbers, generator=torch.Generator().manual_seed(0))
    data = tensor.numpy().tobytes()
    words = np.frombuffer(data + bytes(-len(data) % 8), dtype=np.uint64)
    mixed = (words * np.uint64(0x1E3779B97F4A7C15)).view(np.int64)
    mixed = mixed ^ (mixed >> 32)
    odd = np.arange(1, 2 * words.size, 2, dtype=np.int64)
    assert checksum(tensor) == int((mixed * odd).sum(dtype=np.int64)) % 2**64


@pytest.fixture
def precise():
    found = chosen_matrices(TinyDecoder())
    for matrix in found.values():
        matrix[0, :2] = 0
    return found


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("norm", ["matrix", "global"])
def test_controls_meet_the_norm_and_keep_every_sign(precise, control, norm):
    before, sums = copies(precise), checksums(precise)
    norms = {name: (0.1 + 0.02 * i) * float(matrix.norm()) for i, (name, matrix) in enumerate(precise.items())}
    if norm == "global":
        norms = {name: 0.3 * float(matrix.norm()) for name, matrix in precise.items()}
    norms = {name: min(each, 0.45 * float(precise[name].norm())) for name, each in norms.items()}
    whole = sum(each**2 for each in norms.values()) ** 0.5
    with controlled(precise, before, control, norms, seed=4, norm=norm) as total:
        assert total == pytest.approx(whole, rel=1e-9)
        for name, matrix in precise.items():
            assert torch.equal(matrix.sign(), before[name].sign())
            if norm == "matrix":
                assert float((matrix - before[name]).norm()) == pytest.approx(norms[name], rel=1e-9)
    assert checksums(precise) == sums


def test_what_each_control_does(precise):
    name = name_of(precise)
    w = precise[name].clone()
    norms = {name: 0.3 * float(w.norm())}

    def step(control):
        with controlled(precise, {name: w}, control, norms, seed=4):
            return precise[name] - w

    delta = step("constant")[w != 0].abs()
    assert float(delta.max()) == pytest.approx(float(delta.min()), rel=1e-9)
    assert torch.equal(step("constant").sign(), w.sign())
    ratio = (step("noise") / w)[w != 0]
    assert float(ratio.abs().max()) == pytest.approx(0.3, rel=1e-9)
    assert float(ratio.abs().min()) == pytest.approx(0.3, rel=1e-9)
    assert 0.3 < (ratio > 0).double().mean() < 0.7
    part = (step("row mean") / (w.sign() * (w.abs().mean(dim=1, keepdim=True) - w.abs())))[w != 0]
    assert float(part.max()) == pytest.approx(float(part.min()), rel=1e-6)
    assert 0 < part.min() < 1


def test_a_norm_that_would_change_signs_is_refused_and_everything_restored(precise):
    before, sums = copies(precise), checksums(precise)
    norms = {name: 1.1 * float(matrix.norm()) for name, matrix in precise.items()}
    for control in ("noise", "row mean"):
        with (
            pytest.raises(ValueError, match=f"{control} would change signs in model.layers.0"),
            controlled(precise, before, control, norms, seed=4),
        ):
            pass
        assert checksums(precise) == sums
    with (
        pytest.raises(ValueError, match="a control is one of constant"),
        controlled(precise, before, "x", norms, seed=4),
    ):
        pass


def test_random_signs_are_fair():
    signs = random_signs(torch.zeros(301, 333), 7, "name")
    assert set(signs.unique().tolist()) == {-1.0, 1.0}
    assert abs(signs.mean()) < 5 / (301 * 333) ** 0.5
    assert abs((signs[:, 1:] * signs[:, :-1]).mean()) < 5 / (301 * 332) ** 0.5
    assert not torch.equal(signs, random_signs(torch.zeros(301, 333), 8, "name"))


def test_matrices_are_chosen_by_layers_and_modules():
    decoder = TinyDecoder()
    assert len(chosen_matrices(decoder)) == 21
    assert list(chosen_matrices(decoder, layers=[1], modules=["up_proj", "self_attn.q_proj"])) == [
        "model.layers.1.self_attn.q_proj",
        "model.layers.1.mlp.up_proj",
    ]
    with pytest.raises(ValueError, match="no matrix in layer 3"):
        chosen_matrices(decoder, layers=[3])
    with pytest.raises(ValueError, match="no module 'proj'"):
        chosen_matrices(decoder, modules=["proj"])
