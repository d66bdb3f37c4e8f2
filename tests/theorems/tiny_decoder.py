"""A language model of a few lines, random and small, which the protocols are tested on."""

from tests.lazily import torch


class TinyDecoder:
    """Pre-norm blocks of causal attention with one head, and of a gated FFN."""

    layers = 3

    def __init__(self, seed=0, width=12, ffn=20, vocabulary=30):
        generator = torch.Generator().manual_seed(seed)

        def normal(*shape):
            return torch.randn(shape, generator=generator, dtype=torch.float64)

        shapes = {
            "self_attn.q_proj": (width, width),
            "self_attn.k_proj": (width, width),
            "self_attn.v_proj": (width, width),
            "self_attn.o_proj": (width, width),
            "mlp.gate_proj": (ffn, width),
            "mlp.up_proj": (ffn, width),
            "mlp.down_proj": (width, ffn),
        }
        self.matrices = {
            f"model.layers.{layer}.{name}": normal(*shape) / shape[1] ** 0.5
            for layer in range(self.layers)
            for name, shape in shapes.items()
        }
        self.gains = {
            (layer, part): 1 + 0.5 * normal(width) for layer in range(self.layers) for part in ("attention", "mlp")
        }
        self.embedding, self.output = normal(vocabulary, width), normal(vocabulary, width)
        self.embedding[:, 3] *= 8  # an outlier
        self.blocks_run = 0

    def weights(self):
        return self.matrices

    def embed(self, tokens):
        return self.embedding[tokens]

    def block(self, layer, hidden):
        self.blocks_run += 1
        return self._parts(layer, hidden)[0]

    def normalised(self, layer, part, hidden):
        x = hidden if part == "attention" else hidden + self._attention(layer, hidden)[0]
        plain = normalise(x)
        return plain, plain * self.gains[layer, part]

    def inputs(self, layer, hidden):
        return self._parts(layer, hidden)[1]

    def head(self, hidden):
        return normalise(hidden) @ self.output.T

    def _attention(self, layer, hidden):
        q, k, v, o = (self.matrices[f"model.layers.{layer}.self_attn.{name}_proj"] for name in "qkvo")
        x = normalise(hidden) * self.gains[layer, "attention"]
        scores = (x @ q.T) @ (x @ k.T).transpose(1, 2)
        future = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).triu(1)
        mixed = scores.masked_fill(future, -torch.inf).softmax(dim=-1) @ (x @ v.T)
        return mixed @ o.T, x, mixed

    def _parts(self, layer, hidden):
        name = f"model.layers.{layer}."
        attention, x, mixed = self._attention(layer, hidden)
        hidden = hidden + attention
        y = normalise(hidden) * self.gains[layer, "mlp"]
        gate, up, down = (self.matrices[f"{name}mlp.{each}_proj"] for each in ("gate", "up", "down"))
        inner = torch.nn.functional.silu(y @ gate.T) * (y @ up.T)
        inputs = {f"{name}self_attn.{each}_proj": x for each in "qkv"}
        inputs |= {f"{name}self_attn.o_proj": mixed, f"{name}mlp.gate_proj": y, f"{name}mlp.up_proj": y}
        return hidden + inner @ down.T, inputs | {f"{name}mlp.down_proj": inner}


def normalise(x):
    return x / x.square().mean(dim=-1, keepdim=True).sqrt()


def text(length=400, vocabulary=30, seed=1):
    return torch.randint(0, vocabulary, (length,), generator=torch.Generator().manual_seed(seed))


def logits(decoder, ids):
    """Of each prediction after a stretch of tokens, in one pass, without any protocol."""
    hidden = decoder.embed(torch.as_tensor(ids)[None])
    for layer in range(decoder.layers):
        hidden = decoder.block(layer, hidden)
    return decoder.head(hidden)[0]


def losses(decoder, ids):
    """−ln p of all tokens but the first, one by one."""
    logarithms = logits(decoder, ids).double().log_softmax(dim=-1)
    return [-float(logarithms[place, token]) for place, token in enumerate(ids[1:])]
