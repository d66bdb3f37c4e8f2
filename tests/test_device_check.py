"""What says what the models' experiments will cost runs on the CPU with a tiny model, and notices what is wrong."""

from __future__ import annotations

import json
from importlib.util import find_spec

import pytest

if find_spec("transformers") is None:  # its import takes seconds, which no worker is to pay that only collects
    pytest.skip("needs transformers", allow_module_level=True)

from tests.benchmarks import device_protocols, watched
from tests.benchmarks.model_calls import CALLS, Calls, costs
from theorems.protocols import flips


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    path = tmp_path_factory.mktemp("device") / "record.json"
    assert device_protocols.main(["--tiny", "--device", "cpu", "--json", str(path)]) == 0
    return json.loads(path.read_text(encoding="utf-8"))


@pytest.mark.long
def test_both_precisions_are_measured_on_the_tiny_model(record):
    assert record["precisions"].keys() == device_protocols.TOLERANCES.keys()
    assert record["shape"] == device_protocols.TINY
    for found in record["precisions"].values():
        assert found["tokens a second"] > 0
        assert found["restored"]
        assert found["protocols"].keys() == {call.protocol for calls in CALLS.values() for call in calls} - {
            "perplexity"
        }
        assert all(0 < each["share"] <= 1 for each in found["protocols"].values())


@pytest.mark.long
def test_a_seed_splits_into_passes_and_masks(record):
    seed = record["precisions"]["float32"]["protocols"]["outlier_flips"]
    passes, drawing = seed["parts"]["forward passes"], seed["parts"]["mask drawing"]
    assert passes > 0
    assert drawing > 0
    assert passes + drawing < seed["further"]
    pieces = device_protocols.split({"outlier_flips": seed}, 0.5)
    assert pieces["forward passes"] == 2 * passes
    assert pieces["drawing masks"] == drawing
    assert sum(pieces.values()) == pytest.approx(seed["further"] + passes)


def test_what_grows_with_the_text_is_scaled_and_masks_are_not():
    one = {"first": 16.0, "further": 10.0, "parts": {"forward passes": 4.0}, "share": 0.5}
    found = {"tokens a second": 100.0, "protocols": {"outlier_flips": one, "column_flips": one}}
    assert costs([Calls("outlier_flips", 0, 1)], found) == 6 + 4 / 0.5
    assert costs([Calls("outlier_flips", 1, 1)], found) == 2 * (6 + 4 / 0.5) + 6 / 0.5
    assert costs([Calls("column_flips", 0, 3)], found) == 3 * 10 / 0.5
    assert costs([Calls("perplexity", 2, tokens=500)], found) == 10


@pytest.mark.long
def test_another_mask_and_weights_not_restored_are_noticed(monkeypatch):
    drawn, calls = flips.bernoulli_positions, []

    def shifted(*arguments):
        calls.append(arguments)
        return drawn(*arguments)[len(calls) % 2 :]

    assert device_protocols.disagreements("cpu", "float32") == []
    with monkeypatch.context() as patch:
        patch.setattr(flips, "bernoulli_positions", shifted)
        assert any("masks differ" in line for line in device_protocols.disagreements("cpu", "float32"))
    monkeypatch.setattr(flips, "_negate", lambda matrices, _: next(iter(matrices.values())).add_(1))
    lines = device_protocols.disagreements("cpu", "float32")
    assert "weights were not restored" in lines


def test_losses_apart_are_noticed(monkeypatch):
    monkeypatch.setitem(device_protocols.TOLERANCES, "bfloat16", 1e-9)
    lines = device_protocols.disagreements("cpu", "bfloat16")
    assert [line.partition(":")[0] for line in lines] == ["nll_base", "nll_random"]


def test_a_precision_without_memory_is_left_out_in_one_line(monkeypatch, capsys):
    model, _ = device_protocols.made(device_protocols.TINY, "cpu")
    monkeypatch.setattr(device_protocols, "memory", lambda _: 1000)
    assert device_protocols.each_precision(model, device_protocols.TINY, "cpu", 1) == {}
    assert "float32: not measured: it takes some 3 MB, cpu has 1 MB free" in capsys.readouterr().out


def test_a_device_that_is_not_here_is_one_line():
    with pytest.raises(SystemExit, match="finds no such device here"):
        device_protocols.main(["--device", "mps"])


def test_tokens_are_counted_by_the_blocks_that_ran():
    import torch

    model, _ = device_protocols.made(device_protocols.TINY, "cpu")
    decoder = watched.Watched(device_protocols.TransformerDecoder(model, "flash"))
    hidden = decoder.embed(torch.zeros((2, 8), dtype=torch.int64))
    for layer in range(7):
        hidden = decoder.block(layer, hidden)
    assert decoder.tokens == 2 * 8 * 7 / 14
    assert watched.peak() > 50


def test_every_width_of_the_dense_check_has_room():
    from tests.benchmarks.device import MEMORY, WIDTHS
    from theorems.simulation.dense import batch_size
    from theorems.simulation.sources import DeviceSource

    source = DeviceSource(1, "cpu", "float32")
    assert all(batch_size(source, 5 * n * n, 9 * n, MEMORY) >= 2500 for n in WIDTHS)
