import numpy as np
import pytest

from tests.lazily import torch
from tests.theorems.tiny_decoder import TinyDecoder, text
from theorems.protocols.experiments import equal_norm, equal_norm_pairs, output_energies, perplexity
from theorems.protocols.perplexity import Windows

ROOM = {"rtol": 1e-4, "atol": 1e-7}


@pytest.mark.parametrize("layers", [None, [1]])
def test_flips_are_those_of_each_seed_on_its_own_stretch(layers):
    decoder, tokens, asked = TinyDecoder(), text(), {"layers": layers, "perturbations": ["sign", "tripled"]}
    found = equal_norm_pairs(decoder, tokens, seed=5, pairs=4, context=20, **asked)
    for pair in range(4):
        alone = equal_norm(decoder, tokens, seed=5 + pair, windows=Windows(20, skip=pair, limit=1), **asked)
        assert np.isclose(found["nll_base"][pair], alone["nll_base"], **ROOM)
        assert np.isclose(found["norms"][pair], alone["sign"]["norm"], **ROOM)
        for name in ("sign", "tripled"):
            assert np.isclose(found[name]["dnll"][pair], alone[name]["dnll"], **ROOM)
            assert np.isclose(found[name]["kl"][pair], alone[name]["kl"], **ROOM)


def losses(decoder, tokens):
    return perplexity(decoder, tokens, windows=Windows(20, limit=3), block=19)["nll_blocks"]


def test_controls_have_the_norm_that_flips_have_on_average():
    decoder, changed, tokens = TinyDecoder(), TinyDecoder(), text()
    found = equal_norm_pairs(decoder, tokens, seed=5, pairs=3, context=20, rate="0.1", perturbations=["constant"])
    norms = []
    for name, weight in decoder.weights().items():
        step = weight.sign() * (2 * 0.1**0.5 * weight.norm() / weight.sign().norm())
        changed.weights()[name].add_(step)
        norms.append(float(step.norm()))
    assert np.allclose(found["constant"]["dnll"], losses(changed, tokens) - losses(decoder, tokens), **ROOM)
    assert np.isclose(found["norm"], np.linalg.norm(norms), **ROOM)
    assert found["norms"].size == 0


@pytest.mark.parametrize(
    ("change", "message"),
    [({"pairs": 1000}, "windows of 20 tokens, expected 1000"), ({"perturbations": ["doubled"]}, "doubled")],
)
def test_what_cannot_be_measured_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        equal_norm_pairs(TinyDecoder(), text(), **{"seed": 1, "pairs": 2, "context": 20} | change)


@pytest.mark.long
def test_output_energies_are_those_of_masks_on_average():
    decoder, tokens, p = TinyDecoder(), text(), 0.2
    plan = {"layer": 1, "module": "up_proj", "rate": p, "windows": Windows(20, limit=3)}
    found = output_energies(decoder, tokens, **plan)
    weight = decoder.weights()["model.layers.1.mlp.up_proj"]
    x = torch.cat([decoder.inputs(1, decoder.block(0, decoder.embed(ids[None])))["model.layers.1.mlp.up_proj"][0]
                   for ids in tokens[:60].view(3, 20)])  # fmt: skip
    generator = torch.Generator().manual_seed(0)
    drawn = [
        (x @ torch.where(torch.rand(weight.shape, generator=generator) < p, -2 * weight, 0).T).square().sum(1).mean()
        for _ in range(4000)
    ]
    step = weight.sign() * (2 * p**0.5 * weight.norm() / weight.numel() ** 0.5)
    assert np.isclose(found["sign"], np.mean(drawn), rtol=6 * np.std(drawn) / np.mean(drawn) / 4000**0.5)
    assert np.isclose(found["constant"], float((x @ step.T).square().sum(1).mean()), **ROOM)
    assert np.isclose(found["sphere"], float(step.square().sum() * x.square().sum(1).mean() / 12), **ROOM)
    assert found["tokens"] == 60
