"""What the paper's experiments on TinyLlama will cost on this machine, learnt on random weights of its shape.

    python tests/benchmarks/device_protocols.py [--device auto|cpu|cuda|mps] [--json FILE] [--tiny]

Nothing is fetched. First a tiny model is put to outlier_flips on the device and, in float64, on the CPU: masks must be
the same, losses within TOLERANCES. Then a model of TinyLlama's shape is made once, and in float32 and bfloat16 each
protocol runs for two seeds: on ten windows of 2,048 tokens, or on fewer where those take longer than a few seconds;
what grows with the text is then scaled up. Seconds are of wall time. What was measured goes to FILE
(reports/latest/device_protocols.json). --tiny measures a tiny model in place of it. Exit status 1 where devices
disagree or weights were not restored.
"""

from __future__ import annotations

import argparse
import gc
import inspect
import json
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from fixtures.checkpoints import in_words, registry  # noqa: E402
from fixtures.decoders import KERNELS, TransformerDecoder, untrained  # noqa: E402
from fixtures.device import DEVICES, available, description  # noqa: E402
from fixtures.loading import memory  # noqa: E402
from fixtures.weights import Rows  # noqa: E402
from tests import tiny_models  # noqa: E402
from tests.benchmarks.model_calls import CALLS, Calls, costs  # noqa: E402
from tests.benchmarks.watched import forget_peak, parts, peak, wait  # noqa: E402
from theorems.protocols import experiments  # noqa: E402
from theorems.protocols.baseline import Baseline  # noqa: E402
from theorems.protocols.flips import counted_flips, independent_flips  # noqa: E402
from theorems.protocols.outliers import all_columns  # noqa: E402
from theorems.protocols.perplexity import Windows, windows  # noqa: E402

TINYLLAMA = {
    "vocab_size": 32000, "hidden_size": 2048, "intermediate_size": 5632, "num_hidden_layers": 22,
    "num_attention_heads": 32, "num_key_value_heads": 4, "max_position_embeddings": 2048,
}  # fmt: skip
TINY = tiny_models.SHAPE | {"hidden_size": 64, "num_hidden_layers": 14, "max_position_embeddings": 32}
"all layers that protocols name, and columns enough for outliers"
TOLERANCES = {"float32": 1e-4, "bfloat16": 2e-2}
"of losses, relative to those in float64; 10⁻⁴ is the room that claims give to other machines"
WINDOWS = 10
SECONDS = 4.0  # that the windows of one forward pass may take; where ten take longer, fewer are measured
BYTES = {"float32": 4, "bfloat16": 2}
COPIES = 2.2  # of the weights: equal_norm keeps what matrices were


def config(shape, scale=0.02):
    """Of a Llama of this shape."""
    from transformers import LlamaConfig

    return LlamaConfig(**shape, initializer_range=scale, tie_word_embeddings=False, architectures=["LlamaForCausalLM"])


def text(shape, length):
    """Random token ids."""
    import torch

    drawn = np.random.Generator(np.random.Philox(1)).integers(2, shape["vocab_size"], length)
    return torch.from_numpy(drawn)


def disagreements(device, precision):
    """What the device finds on a tiny model other than the CPU in float64, a line each."""
    import torch

    shape = tiny_models.SHAPE
    plan = {"seed": 3, "rate": "0.2", "share": "0.1", "layer": 1, "prompts": 8, "length": 32, "windows": Windows(64)}
    there, here = (
        untrained(config(shape, scale=0.2), 0, device=place, precision=kind, attention=KERNELS[place])
        for place, kind in ((device, precision), ("cpu", "float64"))
    )
    lines, before = [], there.checksum()
    for draw in (
        lambda w: independent_flips(w, all_columns(w), 0.2, 5, strategy="all"),
        lambda w: counted_flips(w, all_columns(w), 1000, 5, strategy="all"),
    ):
        own, other = (draw(decoder.weights()) for decoder in (there, here))
        lines += [f"masks differ in {name}" for name in other if not torch.equal(own[name].cpu(), other[name])]
    own, other = (experiments.outlier_flips(decoder, text(shape, 400), **plan) for decoder in (there, here))
    lines += ["weights were not restored"] if there.checksum() != before else []
    for name in ("nll_base", "nll_random", *(["nll_outliers", "nll_others"] if precision == "float32" else [])):
        apart = abs(own[name] - other[name]) / other[name]
        if not apart <= TOLERANCES[precision]:
            lines.append(f"{name}: {own[name]:.6f}, {other[name]:.6f} on the CPU in float64")
    return lines


def plans(share, shape):
    """The parameters of each protocol for a part of the text, and the part of the whole that they are."""
    context = shape["max_position_embeddings"]
    ten = Windows(context, limit=round(WINDOWS * share))
    prompts = {"prompts": max(1, round(128 * share)), "length": min(160, context)}
    inputs = max(2, round(10_000 * share))
    return {
        "outlier_flips": ({"rate": "0.05", "windows": ten, **prompts}, share),
        "leverage_sweep": ({"rate": "0.05", "windows": ten, **prompts}, share),
        "equal_norm": ({"rate": "0.05", "windows": ten}, share),
        "column_flips": ({"windows": ten, "count": 4}, share * 4 / 20),
        "column_energies": ({"windows": ten}, share),
        "amplitudes": (prompts, share),
        "row_alignment": ({"count": 20}, 1),
        "vector_alignment": ({"count": 4, "inputs": inputs}, share * 4 / 20),
        "multilayer_ratio": ({"inputs": inputs}, share),
    }


def measured(decoder, shape, device, most=WINDOWS):
    """Tokens a second, and seconds of two seeds of each protocol; `most` is how many windows are tried."""
    context = shape["max_position_embeddings"]
    tokens = text(shape, 16 * context)
    cut = windows(tokens, Windows(context))
    seconds = min(forward(decoder, cut[:1], device) for _ in range(2))
    count = int(min(most, max(1, SECONDS // seconds)))
    rate = count * context / forward(decoder, cut[:count], device)
    say(f"{rate:,.0f} tokens a second forward, in windows of {context:,} tokens; {count} of {WINDOWS} windows measured")
    matrices = {name: Rows(weight) for name, weight in decoder.weights().items()}
    inputs = {"decoder": decoder, "tokens": tokens, "matrices": matrices, "device": device}
    before, found = decoder.checksum(), {}
    for name, (settings, share) in plans(count / WINDOWS, shape).items():
        found[name] = two_seeds(name, inputs, settings, device) | {"share": share}
    restored = decoder.checksum() == before
    return {"tokens a second": rate, "windows": count, "protocols": found, "restored": restored}


def forward(decoder, cut, device):
    """Seconds of a forward pass over windows, with its losses."""
    wait(device)
    started = time.perf_counter()
    Baseline(decoder, cut)
    wait(device)
    return time.perf_counter() - started


def two_seeds(name, inputs, settings, device):
    """Seconds of a first seed and of a further one, which splits into parts; peak memory in MiB."""
    function = getattr(experiments, name)
    wanted = inspect.signature(function).parameters
    reset_memory(device)
    seconds = []
    for seed in range(2):
        known = inputs | dict.fromkeys(("seed", "prompt_seed"), seed)
        given = {each: value for each, value in known.items() if each in wanted}
        with parts(device) as spent:
            wait(device)
            started = time.perf_counter()
            function(**given, **settings)
            wait(device)
            seconds.append(time.perf_counter() - started)
    say(f"  {name}: {seconds[0]:.2f} s, a further seed {seconds[1]:.2f} s")
    return {"first": seconds[0], "further": seconds[1], "parts": spent, "peak MiB": peak_memory(device)}


def reset_memory(device):
    import torch

    gc.collect()
    if device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    forget_peak()


def peak_memory(device):
    """Of the device; on the CPU, of this process."""
    import torch

    return torch.cuda.max_memory_allocated() / 2**20 if device == "cuda" else peak()


def split(found, share):
    """A seed of outlier_flips on all ten windows, in parts."""
    seed = found["outlier_flips"]
    passes, drawing = seed["parts"]["forward passes"], seed["parts"]["mask drawing"]
    flipping = max(0.0, seed["further"] - passes - drawing)
    return {"forward passes": passes / share, "drawing masks": drawing, "flipping, norms, the rest": flipping}


def report(found, name):
    """The lines that say what a precision costs, and the seconds of all."""
    pieces = split(found["protocols"], found["windows"] / WINDOWS)
    seed, one = ", ".join(f"{part} {seconds:.3g} s" for part, seconds in pieces.items()), sum(pieces.values())
    lines = [
        f"\n{name}: a seed of outlier_flips on {WINDOWS} windows takes {one:.3g} s: {seed}",
        f"the paper's twenty seeds of Exp D: {in_time(costs([Calls('outlier_flips', 1, 19)], found))}",
        f"peak memory: {found['protocols']['outlier_flips']['peak MiB']:,.0f} MiB, of all {found['peak MiB']:,.0f} MiB",
        "\n| what claims about TinyLlama ask for by default | calls | takes about |\n|---|---|---|",
    ]
    total = 0.0
    for part, calls in CALLS.items():
        seconds = costs(calls, found)
        total += seconds
        lines.append(f"| {part} | {sum(call.first + call.further for call in calls)} | {in_time(seconds)} |")
    return [*lines, f"| all | | {in_time(total)} |"], total


def in_time(seconds):
    """52 s, 14 min, 3.1 h."""
    if seconds < 100:
        return f"{seconds:.2g} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def say(line):
    print(line, flush=True)


def agree(device):
    """Whether the device finds what the CPU finds, said."""
    failed = False
    for precision, tolerance in TOLERANCES.items():
        lines = disagreements(device, precision)
        failed = failed or bool(lines)
        found = "; ".join(lines) or f"the same masks, losses within {tolerance:g}, weights restored"
        say(f"{precision} on {device} against float64 on the CPU: {found}")
    return not failed


def made(shape, device):
    """A random model of this shape on the CPU, and how many parameters it has."""
    started = time.perf_counter()
    model = untrained(config(shape), 0, device="cpu", precision="float32", attention=KERNELS[device]).model
    count = sum(weight.numel() for weight in model.parameters())
    alike = "of TinyLlama's shape" if shape is TINYLLAMA else "tiny: what follows is no estimate for TinyLlama"
    say(f"a random model of {count:,} parameters, {alike}, made in {time.perf_counter() - started:.0f} s")
    expected = registry().model("TinyLlama-1.1B").parameters
    if shape is TINYLLAMA and count != expected:
        sys.exit(f"the model made has {count} parameters, TinyLlama {expected}")
    return model, count


def each_precision(model, shape, device, most):
    """What was measured in each precision that the device has memory for."""
    import torch

    results = {}
    count = sum(weight.numel() for weight in model.parameters())
    for precision in TOLERANCES:
        needed, free = count * BYTES[precision] * COPIES, memory(device)
        if free is not None and needed > free:
            say(f"{precision}: not measured: it takes some {in_words(int(needed))}, {device} has {in_words(free)} free")
            continue
        say(f"\n{precision}")
        model = model.to(device=device, dtype=getattr(torch, precision))
        found = measured(TransformerDecoder(model, KERNELS[device]), shape, device, most)
        found["peak MiB"] = max(each["peak MiB"] for each in found["protocols"].values())
        lines, found["seconds of all"] = report(found, precision)
        say("\n".join(lines))
        if not found["restored"]:
            say(f"{precision}: weights were not restored")
        results[precision] = found
    return results


def main(arguments):
    import torch

    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--device", choices=DEVICES, default="auto")
    parser.add_argument("--json", default="reports/latest/device_protocols.json", metavar="FILE")
    parser.add_argument("--tiny", action="store_true", help="measure a tiny model in place of TinyLlama's shape")
    given = parser.parse_args(arguments)
    try:
        device = available(given.device)
    except ValueError as error:
        sys.exit(str(error))
    torch.set_float32_matmul_precision("highest")  # no TF32
    say(description(device))
    agreed = agree(device)
    shape = TINY if given.tiny else TINYLLAMA
    model, count = made(shape, device)
    results = each_precision(model, shape, device, 1 if given.tiny else WINDOWS)
    failed = not agreed or not all(found["restored"] for found in results.values())
    record = {
        "device": description(device), "shape": shape, "parameters": count, "tolerances": TOLERANCES,
        "computed": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()), "failed": failed, "precisions": results,
    }  # fmt: skip
    path = Path(given.json)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    say(f"\nwritten: {path}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
