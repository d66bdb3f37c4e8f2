"""Checkpoints of real architectures in a tiny shape, with random weights, their tokenizer and a text."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

SHAPE = {
    "vocab_size": 96,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
}
WORDS = [f"{first}{last}" for first in "bdfgklmnprst" for last in ("a", "e", "i", "o", "u", "an", "el")]


def text(words: int = 600, seed: int = 0) -> str:
    return " ".join(random.Random(seed).choices(WORDS, weights=range(len(WORDS), 0, -1), k=words))


def checkpoint(folder: Path, kind: str = "Llama", *, scale: float = 0.2, seed: int = 0, **shape: object) -> Path:
    """The folder, with config.json, model.safetensors and tokenizer.json."""
    import torch
    import transformers

    folder.mkdir(parents=True, exist_ok=True)
    settings = SHAPE | ({"hidden_act": "relu"} if kind == "Arcee" else {}) | shape
    config = getattr(transformers, f"{kind}Config")(**settings, initializer_range=scale, bos_token_id=1)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = getattr(transformers, f"{kind}ForCausalLM")(config)
    model.save_pretrained(folder)
    tokenizer(folder / "tokenizer.json")
    return folder


def tokenizer(path: Path) -> None:
    from tokenizers import Tokenizer, models, pre_tokenizers

    known = {word: id for id, word in enumerate(["<unk>", "<s>", *WORDS])}
    made = Tokenizer(models.WordLevel(known, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.save(str(path))


def registry(path: Path, *names: str, kind: str = "Llama", corpora: tuple[str, ...] = ("text",)) -> Path:
    """A registry of stand-ins, each in a folder of its name."""
    lines = []
    for name in names:
        lines += [
            f"[models.{json.dumps(name)}]",
            f'architecture = "{kind}ForCausalLM"',
            "hidden = 32\nintermediate = 48\nlayers = 3\nvocabulary = 96\nparameters = 40000",
            f"[models.{json.dumps(name)}.files]",
            '"config.json" = {}\n"tokenizer.json" = {}\n"model.safetensors" = { bytes = BYTES }',
        ]
    for name in corpora:
        lines += [f"[corpora.{json.dumps(name)}]", 'split = "test"']
    path.write_text("\n".join(lines).replace("= { bytes = BYTES }", "= {}"), encoding="utf-8")
    return path
