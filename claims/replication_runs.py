"""What replications share: the models at hand, the text, sets over pairs of flips and text, what is enclosed.

A claim of the paper about trained models is put to models that it does not speak of. What comes out says how far its
words carry, and decides nothing about TinyLlama or Qwen.
"""

import math

import pytest
from verdicts import confidence

from claims.model_runs import ends, one
from theorems.protocols.perplexity import Windows
from theorems.statistics.order_statistics import median_interval

__all__ = [
    "MIDDLE", "MODELS", "PAIRS", "RELU", "SMOLLM2", "TEXT", "TRAINED", "UNTRAINED", "every", "median_over_pairs", "one",
    "windows",
]  # fmt: skip

SMOLLM2, RELU, UNTRAINED = "SmolLM2-135M", "ReLU-RMSNorm", "untrained"
TRAINED = [SMOLLM2, RELU]
MODELS = [*TRAINED, UNTRAINED]
TEXT = "held-out novel"
MIDDLE = {SMOLLM2: 15, RELU: 2, UNTRAINED: 2}
"the layer in the middle, where the paper has 12 of 22"
PAIRS = 34
"of flips and text: a median lies between the least and the greatest of 34 but for 1.2 in 10¹⁰ (sign test)"


def every(models):
    """A case for each model."""
    return pytest.mark.parametrize("model", models)


def windows(effort):
    """256 tokens of the text, the context of the model that was trained on 256; 16 times as many at full effort."""
    return Windows(256, limit=effort.factor)


def median_over_pairs(draw, statistic, words, check, effort):
    """A set for the median over independent pairs of a mask and a stretch of text.

    Args:
        draw: draw(pairs) gives an experiment that was run on so many.
        statistic: of what it found, one number for each pair.
        words: what it is.
        check: the case.
        effort: at full effort four times the pairs.
    """
    found = {}

    def sample(size, level):
        found["last"] = draw(size)
        values = [float(value) for value in statistic(found["last"])][:size]
        assert len(values) == size
        low = median_interval([-math.inf if math.isnan(value) else value for value in values], float(level))[0]
        high = median_interval([math.inf if math.isnan(value) else value for value in values], float(level))[1]
        return ends(low, high)

    sizes = [PAIRS] if effort.factor == 1 else [PAIRS + 2, 4 * PAIRS]
    method = f"{words}; median over pairs of a mask and a stretch of text, by order statistics (sign test)"
    return confidence(sample, sizes, method, check.root, grade="model", conditions=lambda: found["last"].conditions)
