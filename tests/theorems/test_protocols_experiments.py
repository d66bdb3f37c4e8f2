"""The whole experiments, against plain loops over copies of the weights."""

import copy
import math

import numpy as np
import pytest

from tests.lazily import torch
from tests.theorems.tiny_decoder import TinyDecoder, logits, losses, text
from theorems.protocols.decoder import chosen_matrices
from theorems.protocols.energies import (
    log_log_slope,
    log_spaced_columns,
    pearson,
    rank_correlation,
)
from theorems.protocols.experiments import (
    amplitudes,
    column_energies,
    column_flips,
    equal_norm,
    group_flips,
    leverage_sweep,
    outlier_flips,
)
from theorems.protocols.flips import checksum, counted_flips, independent_flips, negated
from theorems.protocols.outliers import all_columns, input_moments, outlier_columns, random_prompts
from theorems.protocols.perplexity import Window, Windows, windows

PLAN = Windows(50)
SITE = {"layer": 1, "prompts": 6, "length": 30}


@pytest.fixture
def decoder():
    """A decoder whose weights must be what they were at the end of the test."""
    found = TinyDecoder()
    before = [checksum(matrix) for matrix in found.weights().values()]
    yield found
    assert [checksum(matrix) for matrix in found.weights().values()] == before


def mean_loss(decoder, tokens=None):
    tokens = text() if tokens is None else tokens
    return np.mean([loss for window in windows(tokens, PLAN) for loss in losses(decoder, window.ids)])


def divergence(decoder, perturbed):
    total = []
    for window in windows(text(), PLAN):
        p, q = (logits(each, window.ids)[:-1].log_softmax(dim=-1) for each in (decoder, perturbed))
        total += (p.exp() * (p - q)).sum(dim=-1).tolist()
    return np.mean(total)


def changed(decoder, change):
    """A copy of the decoder, each matrix replaced by change(name, matrix)."""
    found = copy.copy(decoder)
    found.matrices = {name: change(name, matrix.clone()) for name, matrix in decoder.matrices.items()}
    return found


def scaled_entries(decoder, entries, factor=-1.0):
    def change(name, matrix):
        for place in entries.get(name, torch.empty(0)).tolist():
            matrix[place // matrix.shape[1], place % matrix.shape[1]] *= factor
        return matrix

    return changed(decoder, change)


def input_of(decoder, name, tokens):
    """All inputs of a matrix, (tokens, in)."""
    hidden = decoder.embed(torch.as_tensor(np.array(tokens)))
    for layer in range(int(name.split(".")[2])):
        hidden = decoder.block(layer, hidden)
    x = decoder.inputs(int(name.split(".")[2]), hidden)[name]
    return x.reshape(-1, x.shape[-1]).numpy()


# Amplitudes


@pytest.mark.parametrize("gain", [False, True])
@pytest.mark.parametrize("part", ["attention", "mlp"])
def test_amplitudes_are_those_of_the_definition(decoder, gain, part):
    tokens = text()
    name = f"model.layers.1.{'self_attn.q_proj' if part == 'attention' else 'mlp.gate_proj'}"
    x = input_of(decoder, name, [window.ids for window in windows(tokens, PLAN)])
    if not gain:
        x = x / decoder.gains[1, part].numpy()
    norms = np.linalg.norm(x, axis=1, keepdims=True)
    expected = {
        ("mean", "token"): np.abs(x / norms).mean(axis=0),
        ("rms", "token"): np.sqrt(((x / norms) ** 2).mean(axis=0)),
        ("mean", "mean square"): np.abs(x).mean(axis=0) / math.sqrt((norms**2).mean()),
        ("rms", "mean square"): np.sqrt((x**2).mean(axis=0) / (norms**2).mean()),
    }
    for (statistic, scale), alpha in expected.items():
        options = {"layer": 1, "part": part, "gain": gain, "statistic": statistic, "scale": scale}
        found = amplitudes(decoder, tokens, windows=PLAN, **options)
        assert found["alpha"] == pytest.approx(alpha, rel=1e-9)
        assert found["mean_square"] == pytest.approx((norms**2).mean(), rel=1e-9)
        assert found["tokens"] == 400
        if statistic == "rms":
            assert (found["alpha"] ** 2).sum() == pytest.approx(1)


def test_prompts_start_anywhere_and_belong_to_a_seed():
    tokens = text(40)
    prompts = random_prompts(tokens, 600, 38, 3)
    starts = [tuple(prompt.ids[:3]) for prompt in prompts]
    assert {tuple(tokens[i : i + 3].tolist()) for i in range(3)} == set(starts)
    assert min(starts.count(each) for each in set(starts)) > 150
    again = random_prompts(tokens, 600, 38, 3)
    assert all((a.ids == b.ids).all() for a, b in zip(prompts, again, strict=True))
    with pytest.raises(ValueError, match="the tokens of the text must be an integer >= 41"):
        random_prompts(tokens, 1, 41)


def test_outlier_columns_are_the_largest_rounded_down():
    alpha = np.array([0.1, 0.9, 0.3, 0.9, 0.2])
    assert outlier_columns(alpha, "0.4").tolist() == [1, 3]
    assert outlier_columns(alpha, 0.39).tolist() == [1]
    assert outlier_columns(np.ones(100), "0.29").size == 29  # in floats 0.29·100 is below 29
    for share in ("0.1", "1"):
        with pytest.raises(ValueError, match="of 5 columns is"):
            outlier_columns(alpha, share)


def test_unknown_statistics_are_refused(decoder):
    for wrong in ({"statistic": "max"}, {"scale": "none"}):
        with pytest.raises(ValueError, match=r"an amplitude is|the scale is"):
            amplitudes(decoder, text(), layer=0, windows=PLAN, **wrong)


# Exps D and E


def expected_columns(decoder, own_input, share=0.2):
    found = {}
    prompts = random_prompts(text(), 6, 30, 0)
    for name, matrix in decoder.weights().items():
        reads_stream = not name.endswith(("o_proj", "down_proj"))
        site = "model.layers.1.mlp.gate_proj" if reads_stream and not own_input else name
        x = input_of(decoder, site, [prompt.ids for prompt in prompts])
        alpha = np.abs(x / np.linalg.norm(x, axis=1, keepdims=True)).mean(axis=0)
        found[name] = np.sort(np.argsort(-alpha)[: int(share * matrix.shape[1])])
    return found


@pytest.mark.long
@pytest.mark.parametrize("columns", ["one site", "own input"])
@pytest.mark.parametrize("rescaled", [False, True])
def test_outlier_flips_are_those_of_the_description(decoder, columns, rescaled):
    tokens, matrices = text(), decoder.weights()
    found = outlier_flips(
        decoder,
        tokens,
        seed=9,
        rate="0.1",
        share="0.2",
        columns=columns,
        rescaled=rescaled,
        windows=PLAN,
        kl=True,
        **SITE,
    )
    outliers = expected_columns(decoder, columns == "own input")
    every = {name: np.arange(matrix.shape[1]) for name, matrix in matrices.items()}
    others = {name: np.setdiff1d(every[name], outliers[name]) for name in matrices}
    pool = sum(matrices[name].shape[0] * outliers[name].size for name in matrices)
    count = math.floor(0.1 * pool)
    entries = {
        "random": independent_flips(matrices, every, 0.1, 9, strategy="random"),
        "outliers": independent_flips(matrices, outliers, 0.1, 9, strategy="outliers"),
        "others": independent_flips(matrices, others, 0.1, 9, strategy="others"),
        "matched_outliers": counted_flips(matrices, outliers, count, 9, strategy="matched_outliers"),
        "matched_others": counted_flips(matrices, others, count, 9, strategy="matched_others"),
    }

    def norm(chosen):
        return 2 * math.sqrt(sum(float((matrices[n].view(-1)[p.long()] ** 2).sum()) for n, p in chosen.items()))

    assert found["nll_base"] == pytest.approx(mean_loss(decoder), rel=1e-6)
    assert found["outlier_entries"] == pool
    assert found["entries"] == sum(matrix.numel() for matrix in matrices.values())
    for name, chosen in entries.items():
        scale = norm(entries["random"]) / norm(chosen) if rescaled and not name.startswith("matched") else 1
        perturbed = scaled_entries(decoder, chosen, 1 - 2 * scale)
        assert found[f"norm_{name}"] == pytest.approx(norm(chosen), rel=1e-9)
        assert found[f"flips_{name}"] == sum(places.numel() for places in chosen.values())
        assert found[f"nll_{name}"] == pytest.approx(mean_loss(perturbed), rel=1e-6)
        assert found[f"ppl_{name}"] == pytest.approx(math.exp(mean_loss(perturbed)), rel=1e-5)
        assert found[f"kl_{name}"] == pytest.approx(divergence(decoder, perturbed), rel=1e-4)
        blocks = np.average(found[f"dnll_{name}_blocks"], weights=found["block_sizes"])
        assert blocks == pytest.approx(found[f"nll_{name}"] - found["nll_base"], abs=1e-9)
    assert found["flips_matched_outliers"] == found["flips_matched_others"] == count


def test_experiments_say_how_far_they_are(decoder):
    said = []

    def progress(steps, name):
        for step in steps:
            said.append(name)
            yield step

    options = {"seed": 1, "rate": "0.1", "share": "0.2", "windows": PLAN, "progress": progress}
    outlier_flips(decoder, text(), **options, **SITE)
    leverage_sweep(decoder, text(), **options, **SITE)
    group_flips(decoder, text(), seed=1, layer=1, share="0.2", windows=PLAN, progress=progress)
    equal_norm(decoder, text(), seed=1, perturbations=["sign"], windows=PLAN, progress=progress)
    assert said == ["sets of flips"] * 7 + ["flipped columns"] * 4 + ["perturbations"]


def test_what_lies_before_the_first_of_several_layers_alone_is_not_computed_again(decoder):
    found = equal_norm(decoder, text(), seed=3, rate="0.2", perturbations=["sign"], layers=[0, 1], windows=PLAN)
    matrices = chosen_matrices(decoder, layers=[0, 1])
    entries = independent_flips(matrices, all_columns(matrices), 0.2, 3, strategy="all")
    with negated(matrices, entries):
        assert found["nll_base"] + found["sign"]["dnll"] == pytest.approx(mean_loss(decoder))


def test_the_sweep_is_the_matched_control(decoder):
    options = {"share": "0.2", "windows": PLAN, **SITE}
    whole = outlier_flips(decoder, text(), seed=9, rate="0.1", **options)
    sweep = leverage_sweep(decoder, text(), seed=9, rate="0.1", **options)
    for name in ("outliers", "others"):
        assert sweep[f"nll_{name}"] == whole[f"nll_matched_{name}"]
        assert sweep[f"norm_{name}"] == whole[f"norm_matched_{name}"]
    assert sweep["flips"] == whole["flips_matched_others"]
    of_all = leverage_sweep(decoder, text(), seed=9, rate="0.01", rate_of="all entries", **options)
    assert of_all["flips"] == math.floor(0.01 * of_all["entries"])
    assert leverage_sweep(decoder, text(), seed=8, rate="0.1", **options)["nll_others"] != sweep["nll_others"]
    with pytest.raises(ValueError, match="no 'weights' that a rate could be of"):
        leverage_sweep(decoder, text(), seed=9, rate="0.1", rate_of="weights", **options)


def test_layers_and_modules_and_another_text_for_the_columns(decoder):
    options = {"seed": 1, "rate": "0.1", "share": "0.2", "windows": PLAN, **SITE}
    one = leverage_sweep(decoder, text(), layers=[1], modules=["up_proj"], **options)
    assert one["entries"] == 240
    assert one["outlier_entries"] == 40
    assert one["norm_outliers"] > 0
    whole = input_moments(decoder, windows(text(seed=5), Windows(40, limit=2)), site=(1, "mlp"))["site"]
    other = leverage_sweep(
        decoder, text(), calibration=text(seed=5), prompt_windows=Windows(40, limit=2), modules=["up_proj"], **options
    )
    expected = outlier_columns(whole.amplitudes(), "0.2")
    matrices = {name: matrix for name, matrix in decoder.weights().items() if name.endswith("up_proj")}
    entries = counted_flips(matrices, dict.fromkeys(matrices, expected), other["flips"], 1, strategy="matched_outliers")
    assert other["nll_outliers"] == pytest.approx(mean_loss(scaled_entries(decoder, entries)), rel=1e-6)


def test_the_unperturbed_decoder_runs_once_over_seeds(decoder):
    options = {"rate": "0.1", "share": "0.2", "windows": PLAN, **SITE}
    leverage_sweep(decoder, text(), seed=1, **options)
    before = decoder.blocks_run
    leverage_sweep(decoder, text(), seed=2, **options)
    assert decoder.blocks_run - before == 2 * decoder.layers  # outliers and others, nothing else


# Sign against magnitude


@pytest.mark.parametrize("norm", ["matrix", "global"])
def test_equal_norms(decoder, norm):
    names = ["sign", "constant", "tripled", "noise"]
    if norm == "global":
        names.append("row mean")  # in matrices so small a flip may be larger than all that the row mean can change
    found = equal_norm(decoder, text(), seed=3, rate="0.02", perturbations=names, windows=PLAN, block=20, norm=norm)
    entries = independent_flips(
        decoder.weights(),
        {name: np.arange(matrix.shape[1]) for name, matrix in decoder.weights().items()},
        0.02,
        3,
        strategy="all",
    )
    size = found["sign"]["norm"]
    for name in names:
        assert found[name]["norm"] == pytest.approx(size, rel=1e-9)
        assert np.average(found[name]["dnll_blocks"], weights=found["block_sizes"]) == pytest.approx(
            found[name]["dnll"]
        )
        assert np.average(found[name]["kl_blocks"], weights=found["block_sizes"]) == pytest.approx(found[name]["kl"])
    for name, factor in (("sign", -1), ("tripled", 3)):
        perturbed = scaled_entries(decoder, entries, factor)
        assert found[name]["dnll"] == pytest.approx(mean_loss(perturbed) - mean_loss(decoder), abs=1e-6)
        assert found[name]["kl"] == pytest.approx(divergence(decoder, perturbed), rel=1e-4)
    assert found["flips"] == sum(places.numel() for places in entries.values())

    def shifted(name, matrix):
        delta = 2 * float(matrix.view(-1)[entries[name].long()].norm()) / matrix.numel() ** 0.5
        return matrix + delta * matrix.sign()

    if norm == "matrix":
        expected = mean_loss(changed(decoder, shifted)) - mean_loss(decoder)
        assert found["constant"]["dnll"] == pytest.approx(expected, abs=1e-6)


def test_equal_norms_in_one_layer_start_there(decoder):
    equal_norm(decoder, text(), seed=3, layers=[2], modules=["up_proj"], perturbations=["sign"], windows=PLAN)
    before = decoder.blocks_run
    found = equal_norm(decoder, text(), seed=4, layers=[2], modules=["up_proj"], perturbations=["sign"], windows=PLAN)
    assert decoder.blocks_run - before == 1
    assert found["flips"] < 40
    with pytest.raises(ValueError, match="there is no perturbation shuffled"):
        equal_norm(decoder, text(), seed=4, perturbations=["shuffled"], windows=PLAN)


# Exps F and G


def test_energies_of_columns(decoder):
    found = column_energies(decoder, text(), layer=1, share="0.2", windows=PLAN, checked=4)
    name = "model.layers.1.self_attn.q_proj"
    x, w = input_of(decoder, name, [window.ids for window in windows(text(), PLAN)]), decoder.matrices[name].numpy()
    # flip every entry of a column in turn, and average what its output changes by
    expected = [np.mean([np.mean((2 * w[i, j] * x[:, j]) ** 2) for i in range(12)]) for j in range(12)]
    assert found["energy"] == pytest.approx(expected, rel=1e-9)
    assert found["checked_energy"] == pytest.approx(found["checked_formula"], rel=1e-9)
    assert len(found["checked_columns"]) == 4
    assert found["alpha_sq"].sum() == pytest.approx(1)
    top = np.argsort(-found["alpha"])[:2]
    rest = np.setdiff1d(np.arange(12), top)
    for key in ("energy", "alpha_sq", "norm_sq"):
        assert found[f"{key}_ratio"] == pytest.approx(found[key][top].mean() / found[key][rest].mean())
    assert found["alpha_ratio_sq"] == pytest.approx((found["alpha"][top].mean() / found["alpha"][rest].mean()) ** 2)
    scipy = pytest.importorskip("scipy.stats")
    assert found["spearman"] == pytest.approx(scipy.spearmanr(found["alpha_sq"], found["energy"])[0])
    assert found["pearson"] == pytest.approx(scipy.pearsonr(found["alpha_sq"], found["energy"])[0])


def test_columns_flipped_one_by_one(decoder):
    found = column_flips(decoder, text(), layer=1, module="mlp.up_proj", count=3, windows=PLAN, block=20)
    name = "model.layers.1.mlp.up_proj"
    assert (np.diff(found["alpha"]) > 0).all()
    for i, column in enumerate(found["columns"]):

        def flip(other, matrix, column=column):
            if other == name:
                matrix[:, column] *= -1
            return matrix

        perturbed = changed(decoder, flip)
        assert found["dnll"][i] == pytest.approx(mean_loss(perturbed) - mean_loss(decoder), abs=1e-6)
        assert found["kl"][i] == pytest.approx(divergence(decoder, perturbed), rel=1e-4)
        norm_sq = float(decoder.matrices[name][:, column].square().sum())
        assert found["norm_sq"][i] == pytest.approx(norm_sq)
        assert found["predicted"][i] == pytest.approx(found["alpha"][i] ** 2 * norm_sq)
    assert found["dnll_blocks"].shape == (3, len(found["block_sizes"]))
    assert found["slope_kl"] == pytest.approx(np.polyfit(np.log(found["alpha_sq"]), np.log(found["kl"]), 1)[0])


def test_groups_of_columns(decoder):
    found = group_flips(decoder, text(), seed=2, layer=1, module="q_proj", share="0.2", windows=PLAN)
    assert found["groups"] == ["outliers", "as many others", "all others", "all"]
    assert found["sizes"] == [2, 2, 10, 12]
    assert found["gamma"][0] + found["gamma"][2] == pytest.approx(1)
    assert found["energy"][0] + found["energy"][2] == pytest.approx(1)
    assert found["gamma"][0] > found["gamma"][1]
    moments = column_energies(decoder, text(), layer=1, module="q_proj", share="0.2", windows=PLAN)
    parts = moments["alpha_sq"] * decoder.weights()["model.layers.1.self_attn.q_proj"].square().sum(dim=0).numpy()
    largest = np.argsort(-moments["alpha"])[:2]
    assert found["energy"][0] == pytest.approx(parts[largest].sum() / parts.sum())

    def flip_all(name, matrix):
        return -matrix if name == "model.layers.1.self_attn.q_proj" else matrix

    assert found["kl"][3] == pytest.approx(divergence(decoder, changed(decoder, flip_all)), rel=1e-4)
    with pytest.raises(ValueError, match=r"names 4 matrices|no module"):
        column_flips(decoder, text(), layer=1, module="proj", windows=PLAN)


def test_groups_of_columns_that_are_not_asked_for_are_not_flipped(decoder):
    asked = {"seed": 2, "layer": 1, "module": "q_proj", "share": "0.2", "windows": PLAN}
    whole = group_flips(decoder, text(), **asked)
    before = decoder.blocks_run
    found = group_flips(decoder, text(), groups=["all", "as many others"], **asked)
    assert decoder.blocks_run - before == 2 * (decoder.layers - 1)  # two groups, one batch, layers 1 and 2
    assert found["groups"] == ["all", "as many others"]
    for values in ("kl", "dnll", "gamma", "energy", "sizes"):
        assert list(found[values]) == pytest.approx([whole[values][3], whole[values][1]], rel=1e-9)
    with pytest.raises(ValueError, match=r"a group is one of outliers, .*got none of these"):
        group_flips(decoder, text(), groups=["none of these"], **asked)


def test_log_spaced_columns_are_near_their_targets():
    alpha = np.exp(np.linspace(0, 3, 301))[::-1]
    chosen = log_spaced_columns(alpha, 4)
    assert np.log(alpha[chosen]) == pytest.approx([0, 1, 2, 3])
    assert sorted(log_spaced_columns(np.array([1.0, 1.01, 1.02, 9.0]), 4)) == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="positive amplitudes"):
        log_spaced_columns(np.array([0.0, 1.0]), 1)


def test_slopes_and_correlations():
    x = np.array([1.0, 2.0, 4.0, 8.0])
    assert log_log_slope(x, 3 * x**0.7) == pytest.approx(0.7)
    assert log_log_slope(np.append(x, 5), np.append(3 * x**0.7, -1)) == pytest.approx(0.7)
    assert math.isnan(log_log_slope(x, -x))
    assert rank_correlation(x, x**3) == pytest.approx(1)
    assert math.isnan(pearson(x, np.ones(4)))
    scipy = pytest.importorskip("scipy.stats")
    tied = np.array([1.0, 1.0, 3.0, 2.0])
    assert rank_correlation(x, tied) == pytest.approx(scipy.spearmanr(x, tied)[0])


def test_windows_of_prompts_are_plain_windows():
    assert isinstance(random_prompts(text(), 1, 5)[0], Window)
