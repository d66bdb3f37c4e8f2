"""What each protocol costs on a language model: tokens per second, seconds a seed, peak memory. Not part of the tests.

    python tests/benchmarks/protocols.py [--model NAME] [--windows COUNT] [--context TOKENS] [PROTOCOL …]

One process of one thread for each, on the first windows of the held-out novel. "first" is the first seed, which runs
the unperturbed model and ranks columns as well; "further" the second. "reloading" is what every seed would cost if each
loaded the model anew: loading and a first seed. Seconds are of this process's CPU. Tokens are those that blocks ran
over, by the seconds of the whole further seed: what draws many masks has fewer.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from tests.benchmarks.watched import Watched, forget_peak, peak  # noqa: E402

TEXT = "held-out novel"
SEEDED = {
    "outlier_flips": {"prompts": 8, "length": 64},
    "leverage_sweep": {"rate": "0.05", "prompts": 8, "length": 64},
    "equal_norm": {},
    "equal_norm_pairs": {},
    "group_flips": {},
    "multilayer_ratio": {"inputs": 1000},
    "vector_alignment": {"inputs": 1000, "count": 5},
    "row_alignment": {},
}
SEEDLESS = {
    "perplexity": {},
    "amplitudes": {"prompts": 8, "length": 64},
    "column_energies": {},
    "column_flips": {"count": 5},
    "output_energies": {},
    "quantisation_errors": {"inputs": 100, "count": 3},
}
FURTHER = {"amplitudes": "prompt_seed"}
"what is another seed where no parameter is called so"
WITHOUT = {"perplexity"}
"protocols of which a second call has nothing left to do: the same is remembered"


def one(model, name, count, context):
    """Seconds of CPU and peak memory of one protocol in this process."""
    import inspect

    from fixtures.checkpoints import located, registry
    from fixtures.corpora import found as text_of
    from fixtures.decoders import KERNELS
    from fixtures.loading import Opened
    from fixtures.models import folders
    from theorems.protocols import experiments
    from theorems.protocols.perplexity import Windows

    known = registry()
    source = known.model(model)
    folder = located(model, source, folders(None))
    if folder is None:
        sys.exit(f"{model} is not on this machine; {source.command} brings it")
    started = time.process_time()
    import transformers

    getattr(transformers, source.architecture)  # imported once in a process, however often a model is loaded
    imported = time.process_time() - started
    opened = Opened(model, source, source, folder, "cpu", "float32", KERNELS["cpu"])
    started = time.process_time()
    decoder = Watched(opened.decoder)
    loading = time.process_time() - started
    function = getattr(experiments, name)
    wanted, settings = inspect.signature(function).parameters, {**SEEDED, **SEEDLESS}[name]
    if "tokens" in wanted:
        settings = settings | {"tokens": opened.tokens(text_of(TEXT, known.corpus(TEXT), [], {}))}
    if "windows" in wanted and name != "amplitudes":
        settings = settings | {"windows": Windows(context, limit=count)}
    if "pairs" in wanted:
        settings = settings | {"pairs": count, "context": context}
    settings = settings | ({"decoder": decoder} if "decoder" in wanted else {"matrices": opened.matrices()})
    forget_peak()
    seconds, run = [], []
    for seed in range(1 if name in WITHOUT else 2):
        seeded = {each: seed for each in ("seed", FURTHER.get(name)) if each in wanted}
        started, before = time.process_time(), decoder.tokens
        function(**settings, **seeded)
        seconds.append(time.process_time() - started)
        run.append(decoder.tokens - before)
    return {"loading": loading, "import": imported, "seconds": seconds, "tokens": run, "peak": peak()}


def row(name, found):
    """A line of the table."""
    first, further = found["seconds"][0], found["seconds"][-1]
    rate = f"{found['tokens'][-1] / further:.0f}" if found["tokens"][-1] else "none run"
    return (
        f"| {name} | {rate} | {first:.3g} | {further:.3g} | {found['loading'] + first:.3g} | "
        f"{(found['loading'] + first) / further:.1f} | {found['peak']:.0f} |"
    )


def main():
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--model", default="SmolLM2-135M", help="of the registry; it must be on this machine")
    parser.add_argument("--windows", type=int, default=2, help="of the text")
    parser.add_argument("--context", type=int, default=128, help="tokens of a window")
    parser.add_argument("--one", action="store_true", help="measure one protocol here, and print it as JSON")
    parser.add_argument("protocols", nargs="*", metavar="PROTOCOL", help="all unless named")
    given = parser.parse_args()
    chosen = given.protocols or [*SEEDED, *SEEDLESS]
    if unknown := set(chosen) - {*SEEDED, *SEEDLESS}:
        parser.error(f"{', '.join(sorted(unknown))}: expected some of {', '.join([*SEEDED, *SEEDLESS])}")
    if given.one:
        print(json.dumps(one(given.model, chosen[0], given.windows, given.context)))
        return
    single = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL")}
    print(
        f"{given.model}, float32, {given.windows} windows of {given.context} tokens\n\n"
        "| protocol | tokens a second | first seed, s | further seed, s | reloading, s | times as much | peak MiB |\n"
        "|---|---|---|---|---|---|---|"
    )
    shared = ["--one", "--model", given.model, "--windows", str(given.windows), "--context", str(given.context)]
    loading = []
    for name in chosen:
        command = [sys.executable, __file__, *shared, name]
        run = subprocess.run(command, env={**os.environ, **single}, capture_output=True, text=True, check=False)
        if run.returncode:
            sys.exit(f"{name}: {(run.stderr.strip() or run.stdout).splitlines()[-1]}")
        found = json.loads(run.stdout.splitlines()[-1])
        loading.append(found["loading"])
        print(row(name, found), flush=True)
    print(
        f"\nLoading the model: {sorted(loading)[len(loading) // 2]:.3g} s, transformers itself {found['import']:.3g} s."
    )


if __name__ == "__main__":
    main()
