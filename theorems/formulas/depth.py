"""A clean and a perturbed network of independent Gaussian ReLU layers, layer by layer (O3 and O4).

Each layer has a fresh W with independent entries, wide enough for its limit. Without skip connections the angle between
the two activations is then the only state: pre-activations are jointly normal with the cosine of the activations before
them, times the alignment κ = E|w|/√E w² where the perturbed network runs on the signs of W. ReLU takes the cosine of
pre-activations to the normalised arc-cosine kernel of order 1, a contraction on [0, 1] (Cho and Saul, 2009).

With skip connections, x ↦ x + B(x̂), the rows of W are independent of x: entry i of ReLU(W x̂) is independent of x_i and
has a mean, ‖x̂‖/√(2πn). So (x, ReLU(W x̂)) is Σx/√n times that mean times √n, and the sums of both streams join their
three products as the state. After a projection W₂ the branch has no mean, and is orthogonal to its stream.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from theorems.arithmetic.contexts import FLOAT, SERIES, Context, Number, reject
from theorems.arithmetic.domain import require_above, require_count
from theorems.formulas.asymmetry import magnitude_pair, sign_pair, weight_alignment
from theorems.formulas.relu_kernels import angle_from_correlation, arc_cosine_kernel
from theorems.moments import Moments

if TYPE_CHECKING:
    from theorems.formulas.normal_pairs import NormalPair

__all__ = [
    "DeepNetwork",
    "Streams",
    "next_streams",
    "perturbed_network_ratio",
    "perturbed_streams",
    "quantised_network_cosine",
    "quantised_network_limit",
    "relu_cosine_map",
]

Perturbation = Literal["sign", "magnitude"]


@dataclass(frozen=True)
class DeepNetwork:
    """Blocks x ↦ B(x̂), or x ↦ x + B(x̂) with `residual`; B(x̂) = ReLU(W x̂), or W₂ReLU(W x̂) with `projection`.

    W and W₂ have variance 1/n. x̂ is x of unit norm, or x itself without `normalised`; x₀ has the norm `start`, which
    only a residual stream of normalised branches can tell. W is perturbed in every layer, or in the first or last only.
    ValueError for start <= 0 or other layers.
    """

    residual: bool = False
    projection: bool = False
    normalised: bool = True
    start: Number = 1
    perturbed: Literal["every", "first", "last"] = "every"

    def __post_init__(self) -> None:
        require_above(self.start, 0, "start")
        known = ("every", "first", "last")
        reject(self.perturbed not in known, f'perturbed must be "every", "first" or "last", got {self.perturbed!r}')


@dataclass(frozen=True)
class Streams:
    """A stream x and its perturbed twin x′, over n entries: the products of (x, x′ − x), Σx/√n and Σx′/√n."""

    moments: Moments
    mean: Number
    perturbed_mean: Number
    same: bool = False  # x′ is x, exactly


def relu_cosine_map(cosine: Number, ctx: Context = FLOAT) -> Number:
    """cos∠(ReLU z, ReLU z′) of wide layers whose pre-activations have this cosine, in [-1, 1]."""
    return 2 * arc_cosine_kernel(angle_from_correlation(cosine, ctx), ctx=ctx)


def _perturbed_network_cosine(layers: int, correlation: Number, ctx: Context) -> Number:
    cosine = ctx.number(1)
    for _ in range(layers):
        cosine = relu_cosine_map(correlation * cosine, ctx)
    return cosine


def perturbed_network_ratio(layers: int, s: Number, ctx: Context = FLOAT, alignment: Number = None) -> Number:
    """C_L of layers x ↦ RMSNorm(ReLU(Wx)), each perturbed at flip rate p = s²: sign flips over sign-preserving changes.

    The ratio of the squared output differences at equal norm, without skip connections, for `layers` >= 1 and
    0 < s < 1. Each layer multiplies the cosine by that of its own pair (z, z′) before ReLU, and RMSNorm between layers
    changes no angle. At one layer it is `asymmetry.chord_ratio`.
    """
    require_count(layers, 1, "layers")
    pairs = sign_pair(s, ctx), magnitude_pair(s, ctx, alignment)
    sign, magnitude = (_perturbed_network_cosine(layers, ctx.cos(pair.angle), ctx) for pair in pairs)
    return (1 - sign) / (1 - magnitude)


def quantised_network_cosine(layers: int, ctx: Context = FLOAT, alignment: Number = None) -> Number:
    """cos∠ between the activations after `layers` >= 1 ReLU layers and those of the same network with signs only.

    Both start from one delocalised input. `alignment` is √(2/π) (Gaussian weights) by default.
    """
    require_count(layers, 1, "layers")
    return _perturbed_network_cosine(layers, weight_alignment(alignment, ctx), ctx)


def quantised_network_limit(ctx: Context = FLOAT, alignment: Number = None) -> Number:
    """The cosine that `quantised_network_cosine` decreases to, the only fixed point of c ↦ K(κc); not SERIES.

    K′(ρ) = (π − arccos ρ)/π ≤ 1, so the map contracts with factor κ < 1: from c the fixed point lies within
    κ/(1 − κ)·|step| of the next iterate. ValueError for κ = 1, where the map is the identity at 1.
    """
    reject(ctx is SERIES, "the limit is a number: use FLOAT, MP or BALL")
    kappa = weight_alignment(alignment, ctx)
    reject(kappa >= 1, "alignment must be below 1, got {}", kappa)
    lower, upper = ctx.number(0), ctx.number(1)
    while True:
        middle = (lower + upper) / 2
        excess = relu_cosine_map(kappa * middle, ctx) - middle
        if excess > 0 and middle > lower:
            lower = middle
        elif excess < 0 and middle < upper:
            upper = middle
        else:
            return lower.union(upper) if ctx.name == "ball" else middle


def perturbed_streams(
    layers: int, s: Number, perturbation: Perturbation, network: DeepNetwork, ctx: Context = FLOAT
) -> list[Streams]:
    """Both streams after each of `layers` >= 1 layers of width n → ∞, W perturbed at flip rate p = s², 0 < s < 1.

    The input is delocalised and of sum o(√n), as a uniform one is. ValueError for another perturbation.
    """
    require_count(layers, 1, "layers")
    known = {"sign": sign_pair, "magnitude": magnitude_pair}
    reject(perturbation not in known, f'perturbation must be "sign" or "magnitude", got {perturbation!r}')
    pair = known[perturbation](s, ctx)
    zero, start = ctx.number(0), ctx.number(network.start)
    streams = Streams(Moments(start * start, zero, zero), zero, zero, same=True)
    found = []
    for layer in range(1, layers + 1):
        chosen = {"every": True, "first": layer == 1, "last": layer == layers}[network.perturbed]
        streams = next_streams(streams, pair if chosen else None, network, ctx)
        found.append(streams)
    return found


def next_streams(streams: Streams, pair: NormalPair | None, network: DeepNetwork, ctx: Context = FLOAT) -> Streams:
    """Both streams after one more layer, whose weights are such a pair with their perturbed values, or the same."""
    old, zero = streams.moments, ctx.number(0)
    norms = ctx.sqrt(old.original), ctx.sqrt(old.perturbed)
    one, two = (ctx.number(1), ctx.number(1)) if network.normalised else norms
    per_entry = zero if network.projection else 1 / ctx.sqrt(2 * ctx.pi)
    if streams.same and pair is None:
        block, same = Moments(one * one / 2, zero, zero), True
    else:
        slope, deviation = (1, 1) if pair is None else (pair.slope, ctx.sqrt(pair.variance))
        two, same = two * deviation, False
        if streams.same and pair is not None:
            angle = pair.angle
        else:
            angle = angle_from_correlation(slope * old.cross / (norms[0] * norms[1] * deviation), ctx)
        original, cross = one * one / 2, arc_cosine_kernel(angle, one, two, ctx)
        block = Moments(original, cross - original, original - 2 * cross + two * two / 2)
    mean, rise = one * per_entry, (two - one) * per_entry
    if not network.residual:
        return Streams(block, mean, mean + rise, same=same)
    # The product of one stream with another's branch is the sum of the one times the mean of the other.
    excess = streams.perturbed_mean - streams.mean
    crossed = Moments(2 * streams.mean * mean, streams.mean * rise + excess * mean, 2 * excess * rise)
    return Streams(old + block + crossed, streams.mean + mean, streams.perturbed_mean + mean + rise, same=same)
