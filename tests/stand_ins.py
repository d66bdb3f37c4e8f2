"""Stand-ins for the models and texts of the paper: checkpoints of their classes in a tiny shape, random weights."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests import tiny_models

if TYPE_CHECKING:
    from pathlib import Path

TINYLLAMA = {
    "hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 19, "max_position_embeddings": 32,
}  # fmt: skip
"all the layers that claims name, and columns enough for outliers"
QWEN = {"num_hidden_layers": 4}
QWEN_7B = {"hidden": 32, "intermediate": 48, "layers": 5, "vocabulary": 96}
CORPORA = ("WikiText-2 test", "WikiText-2 validation")


def write(folder: Path) -> Path:
    """All of them, each in a folder of its name, and their registry, whose path is returned."""
    entries = [_model(folder, "TinyLlama-1.1B", "Llama", TINYLLAMA)]
    for seed, name in enumerate(("Qwen2.5-0.5B", "Qwen2.5-1.5B", "Qwen2.5-3B"), 1):
        entries.append(_model(folder, name, "Qwen2", QWEN, seed=seed))
    entries.append(_qwen_7b(folder / "Qwen-7B"))
    entries += [_corpus(folder / name, seed) for seed, name in enumerate(CORPORA)]
    path = folder / "stand_ins.toml"
    path.write_text("\n".join(entries), encoding="utf-8")
    return path


def _model(folder: Path, name: str, kind: str, shape: dict[str, int], seed: int = 0) -> str:
    tiny_models.checkpoint(folder / name, kind, seed=seed, **shape)
    known = tiny_models.SHAPE | shape
    return _entry(name, f"{kind}ForCausalLM", {
        "hidden": known["hidden_size"], "intermediate": known["intermediate_size"],
        "layers": known["num_hidden_layers"], "vocabulary": known["vocab_size"],
    }, ["config.json", "tokenizer.json", "model.safetensors"])  # fmt: skip


def _qwen_7b(folder: Path) -> str:
    """The first generation, whose own code is never run: matrices in two files and an index."""
    import torch
    from safetensors.torch import save_file

    folder.mkdir()
    hidden, inner = QWEN_7B["hidden"], QWEN_7B["intermediate"]
    shapes = {
        "attn.c_attn": (3 * hidden, hidden), "attn.c_proj": (hidden, hidden), "mlp.w1": (inner, hidden),
        "mlp.w2": (inner, hidden), "mlp.c_proj": (hidden, inner),
    }  # fmt: skip
    generator = torch.Generator().manual_seed(7)
    shards: dict[str, dict[str, torch.Tensor]] = {"model-00001-of-00002.safetensors": {}}
    shards["model-00002-of-00002.safetensors"] = {}
    for layer in range(QWEN_7B["layers"]):
        shard = list(shards)[layer % 2]
        for name, shape in shapes.items():
            weight = torch.randn(shape, generator=generator)
            shards[shard][f"transformer.h.{layer}.{name}.weight"] = weight.to(torch.bfloat16)
    for name, tensors in shards.items():
        save_file(tensors, folder / name)
    index = {"weight_map": {tensor: name for name, tensors in shards.items() for tensor in tensors}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    config = {
        "architectures": ["QWenLMHeadModel"], "hidden_size": hidden, "intermediate_size": 2 * inner,
        "num_hidden_layers": QWEN_7B["layers"], "vocab_size": QWEN_7B["vocabulary"],
    }  # fmt: skip
    (folder / "config.json").write_text(json.dumps(config))
    files = ["config.json", "model.safetensors.index.json", *shards]
    return _entry("Qwen-7B", "QWenLMHeadModel", QWEN_7B, files, more=["weights_only = true"])


def _entry(name: str, architecture: str, shape: dict[str, int], files: list[str], more: list[str] | None = None) -> str:
    lines = [f"[models.{json.dumps(name)}]", f'architecture = "{architecture}"', "parameters = 1000", *(more or [])]
    lines += [f"{key} = {value}" for key, value in shape.items()]
    return "\n".join([*lines, f"[models.{json.dumps(name)}.files]", *(f"{json.dumps(file)} = {{}}" for file in files)])


def _corpus(folder: Path, seed: int) -> str:
    """A text in each of its forms."""
    import pyarrow
    from pyarrow import parquet

    folder.mkdir()
    rows = [f" {tiny_models.text(40, seed=100 * seed + row)} \n" for row in range(16)]
    rows = [each for row in rows for each in (row, "")]
    (folder / "text.raw").write_text("".join(row or " \n" for row in rows), encoding="utf-8")
    (folder / "text.tokens").write_text("".join(rows).replace("ba", "<unk>"), encoding="utf-8")
    parquet.write_table(pyarrow.table({"text": rows}), folder / "text.parquet")
    name = json.dumps(folder.name)
    files = [f'"text.{kind}" = {{}}' for kind in ("parquet", "raw", "tokens")]
    return "\n".join(
        [f"[corpora.{name}]", f'split = "{folder.name.split(" ")[-1]}"', f"[corpora.{name}.files]", *files]
    )
