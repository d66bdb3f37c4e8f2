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


def summary_errors(summary, quantile):
    """How far a released summary is from what its own fields make of it, in its standard deviations.

    Of se = std/√n, and of the ends of mean ± quantile · se. ValueError where mean or median is outside the extremes.
    """
    size, middle, spread = summary.n, Fraction(summary.mean), Fraction(summary.std)
    error = Fraction(summary.se)
    if not all(summary.min <= inner <= summary.max for inner in (summary.mean, summary.median)):
        raise ValueError(f"mean or median outside the extremes: {summary}")
    half = Fraction(quantile) * error
    return max(
        abs(error**2 * size / spread**2 - 1),
        abs(middle - half - Fraction(summary.ci95_lo)) / spread,
        abs(middle + half - Fraction(summary.ci95_hi)) / spread,
    )
