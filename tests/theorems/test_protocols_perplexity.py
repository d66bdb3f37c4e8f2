import math

import numpy as np
import pytest

from tests.lazily import torch
from tests.theorems.tiny_decoder import TinyDecoder, logits, losses, text
from theorems.protocols.baseline import Baseline, baseline, remembered
from theorems.protocols.experiments import perplexity as experiment
from theorems.protocols.perplexity import (
    Windows,
    batched,
    block_means,
    block_sizes,
    perplexity,
    token_divergences,
    token_losses,
    windows,
)


def cut(length, **plan):
    return [(window.ids.tolist(), window.predicted) for window in windows(list(range(length)), Windows(**plan))]


def test_windows_that_do_not_overlap_predict_all_but_their_first_token():
    assert cut(8, context=3) == [([0, 1, 2], 2), ([3, 4, 5], 2)]
    assert cut(8, context=3, tail="scored") == [([0, 1, 2], 2), ([3, 4, 5], 2), ([6, 7], 1)]
    assert cut(7, context=3, tail="scored") == [([0, 1, 2], 2), ([3, 4, 5], 2)]  # one token predicts nothing
    assert cut(9, context=3, limit=2) == [([0, 1, 2], 2), ([3, 4, 5], 2)]
    assert cut(20, context=3, skip=2, limit=3) == cut(20, context=3)[2:5]


def test_windows_that_overlap_predict_what_is_new():
    assert cut(8, context=4, stride=2) == [([0, 1, 2, 3], 3), ([2, 3, 4, 5], 2), ([4, 5, 6, 7], 2)]
    assert cut(7, context=4, stride=2, tail="scored")[-1] == ([4, 5, 6], 1)


def test_tokens_put_before():
    assert cut(5, context=3, prefix=77) == [([77, 0, 1], 2), ([77, 2, 3], 2)]
    assert cut(5, context=3, start=77) == [([77, 0, 1], 2), ([2, 3, 4], 2)]
    assert cut(4, context=3, prefix=77, stride=1) == [([77, 0, 1], 2), ([77, 1, 2], 1), ([77, 2, 3], 1)]


@pytest.mark.parametrize("stride", [None, 1, 3, 7])
@pytest.mark.parametrize("prefix", [None, 99])
@pytest.mark.parametrize("length", [7, 8, 20, 29])
def test_no_token_is_predicted_twice(stride, prefix, length):
    found = windows(list(range(length)), Windows(7, stride=stride and min(stride, 6), prefix=prefix, tail="scored"))
    predicted = [token for window in found for token in window.ids[window.ids.size - window.predicted :].tolist()]
    assert len(set(predicted)) == len(predicted)
    if prefix is not None or stride:
        missing = set(range(length)) - set(predicted)
        assert missing == (set() if prefix is not None else {0})


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ({"context": 9}, "a text of 8 tokens is too short for a window of 9"),
        ({"context": 1}, "the context without its prefix must be an integer >= 2"),
        ({"context": 4, "stride": 0}, "stride must be an integer >= 1"),
        ({"context": 4, "skip": 2}, "a text of 8 tokens has no window after 2"),
        ({"context": 4, "stride": 5}, "a stride of 5 leaves out tokens between windows of 4"),
    ],
)
def test_plans_that_make_no_sense(plan, message):
    with pytest.raises(ValueError, match=message):
        cut(8, **plan)


def test_batches_hold_windows_of_one_length_in_their_order():
    found = windows(list(range(2500)), Windows(700, tail="scored"))
    parts = [[window.ids.size for window in batch] for batch in batched(found)]
    assert parts == [[700, 700], [700], [400]]


@pytest.mark.parametrize("plan", [Windows(50), Windows(64, 16, tail="scored"), Windows(40, prefix=0, limit=3)])
def test_losses_are_those_of_the_definition(plan):
    decoder, tokens = TinyDecoder(), text()
    expected = []
    for window in windows(tokens, plan):
        expected += losses(decoder, window.ids)[-window.predicted :]
    found = Baseline(decoder, windows(tokens, plan)).losses
    assert found == pytest.approx(expected, rel=1e-6)
    result = experiment(decoder, tokens, windows=plan, block=20)
    assert result["nll"] == pytest.approx(np.mean(expected), rel=1e-6)
    assert result["ppl"] == pytest.approx(math.exp(np.mean(expected)), rel=1e-6)
    assert result["tokens"] == len(expected)
    assert np.average(result["nll_blocks"], weights=result["block_sizes"]) == pytest.approx(result["nll"])


def test_a_perturbed_layer_needs_only_what_follows():
    decoder, tokens = TinyDecoder(), text()
    whole = Baseline(decoder, windows(tokens, Windows(50)), divergence=True)
    late = Baseline(decoder, windows(tokens, Windows(50)), layer=2, divergence=True)
    decoder.matrices["model.layers.2.mlp.up_proj"][0, 3] += 2
    before = decoder.blocks_run
    found = late.damage()
    assert decoder.blocks_run - before == 1  # one layer of one batch
    expected = whole.damage()
    assert found.losses == pytest.approx(expected.losses, rel=1e-12)
    assert found.divergences == pytest.approx(expected.divergences, rel=1e-12)
    assert np.abs(found.losses - late.losses).max() > 1e-3


def test_divergences_are_those_of_the_definition():
    decoder, tokens = TinyDecoder(), text()
    held = Baseline(decoder, windows(tokens, Windows(50)), divergence=True)
    before = [logits(decoder, window.ids)[:-1] for window in held.cut]
    decoder.matrices["model.layers.0.self_attn.v_proj"] *= -1
    expected = []
    for window, reference in zip(held.cut, before, strict=True):
        p, q = (each.log_softmax(dim=-1) for each in (reference, logits(decoder, window.ids)[:-1]))
        expected += (p.exp() * (p - q)).sum(dim=-1).tolist()
    assert held.damage().divergences == pytest.approx(expected, rel=1e-4)
    assert held.damage(divergence=False).divergences is None


@pytest.mark.long
def test_windows_with_weights_of_their_own_are_followed_together():
    decoder = TinyDecoder()
    name, sizes = "model.layers.1.mlp.up_proj", [2.0, -1.0, 0.5, 3.0, 1.5]
    text_ = Baseline(decoder, windows(text(3000), Windows(600)), layer=1, divergence=True)  # three windows a batch
    streams, alone = [], []
    for window, size in enumerate(sizes):
        decoder.matrices[name][0, 3] += size
        streams.append(text_.reached(window, 2))
        damage = Baseline.damage(text_)
        alone.append([each[599 * window : 599 * (window + 1)] for each in damage])
        decoder.matrices[name][0, 3] -= size
    found = text_.damage(reached=(torch.cat(streams), 2))
    losses_, divergences = (np.concatenate(each) for each in zip(*alone, strict=True))
    assert found.losses == pytest.approx(losses_, rel=1e-9)
    assert found.divergences == pytest.approx(divergences, rel=1e-9)


@pytest.mark.parametrize(("kept", "heads"), [(49 * 8 * 30, 1), (49 * 8 * 30 - 1, 2)])
def test_unperturbed_logits_are_kept_where_they_are_few(monkeypatch, kept, heads):
    decoder = TinyDecoder()
    monkeypatch.setattr("theorems.protocols.baseline.KEPT", kept)
    held = Baseline(decoder, windows(text(), Windows(50)), divergence=True)
    name, asked, head = "model.layers.0.self_attn.v_proj", [], decoder.head
    decoder.head = lambda hidden: asked.append(hidden) or head(hidden)
    found = []
    for _ in range(2):
        decoder.matrices[name] *= -1
        del asked[:]
        found.append(held.damage())
        decoder.matrices[name] *= -1
        decoder.matrices[name][0] *= 2
    assert len(asked) == heads
    decoder.head = head
    decoder.matrices[name][0] /= 2
    decoder.matrices[name] *= -1
    expected = Baseline(TinyDecoder(), windows(text(), Windows(50)), divergence=True)
    expected.decoder = decoder
    assert found[1].divergences == pytest.approx(expected.damage().divergences, rel=1e-9)


@pytest.mark.parametrize("size", [1e-5, 1e-3, 0.02, 0.05, 3.0])
def test_small_divergences_keep_their_digits(size):
    generator = torch.Generator().manual_seed(3)
    reference = torch.randn(50, 1000, generator=generator) * 3
    # differences that single precision holds exactly, so that only the divergence is rounded
    change = torch.randn(50, 1000, generator=generator) * size
    moved = reference + change
    p, q = (each.double().log_softmax(dim=-1) for each in (reference, moved))
    exact = (p.exp() * (p - q)).sum(dim=-1)
    assert token_divergences(reference, moved).tolist() == pytest.approx(exact.tolist(), rel=max(2e-5, 4e-7 / size))
    assert token_divergences(reference, reference + 4).abs().max() < 1e-12


def test_what_diverged_counts_as_infinite():
    logits_ = torch.tensor([[0.0, 1.0], [float("nan"), 1.0]])
    assert token_losses(logits_, torch.tensor([0, 0])).tolist() == [pytest.approx(math.log(1 + math.e)), math.inf]
    assert token_divergences(torch.zeros(2, 2), logits_)[1] == math.inf
    assert perplexity([1.0, math.inf]) == math.inf
    assert perplexity([800.0]) == math.inf
    assert perplexity([math.nan]) == math.inf


def test_text_blocks_cover_every_prediction_once():
    found = windows(list(range(40)), Windows(15, tail="scored"))
    sizes = block_sizes(found, 6)
    assert sizes == [6, 8, 6, 8, 9]
    values = np.arange(37.0)
    assert np.dot(block_means(values, sizes), sizes) == values.sum()
    assert block_means(values, sizes)[0] == values[:6].mean()


def test_what_belongs_to_the_unperturbed_decoder_is_computed_once():
    decoder, tokens = TinyDecoder(), text()
    first = baseline(decoder, tokens, Windows(50))
    assert baseline(decoder, tokens.clone(), Windows(50)) is first
    assert baseline(decoder, text(seed=2), Windows(50)) is not first
    assert baseline(decoder, tokens, Windows(40)) is not first
    assert baseline(TinyDecoder(), tokens, Windows(50)) is not first
    for number in range(20):
        remembered(decoder, number, lambda: None)
    assert baseline(decoder, tokens, Windows(50)) is not first
