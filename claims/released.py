"""Statistics of released numbers. A double is an exact number, and so is what is added, divided and sorted of it."""

from fractions import Fraction
from statistics import mean, pvariance, variance

from theorems.arithmetic.contexts import BALL

TINYLLAMA, QWEN_1_5B, QWEN_3B = (
    "TinyLlama_TinyLlama-1.1B-intermediate-step-1431k-3T",
    "Qwen_Qwen2.5-1.5B",
    "Qwen_Qwen2.5-3B",
)
"keys of the released models"


def exact(numbers):
    return [Fraction(number) for number in numbers]


def sample_deviation(numbers):
    """The standard deviation with divisor n − 1, as a ball."""
    return BALL.number(variance(exact(numbers))).sqrt()


def population_deviation(numbers):
    """The standard deviation with divisor n, as a ball."""
    return BALL.number(pvariance(exact(numbers))).sqrt()


def to_limit(cosine):
    """cos² relative to 2/π, less 1, as a ball."""
    return BALL.number(Fraction(cosine)) * BALL.pi / 2 - 1


def average(numbers):
    return mean(exact(numbers))


def nearest(candidates, text):
    """The candidate that comes nearest to a printed number, by name and value."""
    target = Fraction(text)
    return min(((name, Fraction(value)) for name, value in candidates.items()), key=lambda pair: abs(pair[1] - target))
