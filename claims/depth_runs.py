"""The networks of Section 9.4 as runs that several claims look at, and printed numbers of a layer as repetitions."""

import math
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from verdicts import confidence

from claims.experiments import INPUTS, SEEDS, as_ends, in_words, interval, mean_of, normal_values, rounding
from fixtures.effort import EFFORTS
from fixtures.randomness import philox
from theorems.arithmetic.contexts import BALL, FLOAT
from theorems.formulas.depth import DeepNetwork, perturbed_streams
from theorems.simulation.setups import Block, Network
from theorems.statistics.dither import dithered_mean_interval
from theorems.statistics.replication import deviation_of_mean, deviation_of_spread, standard_deviation_interval

RATE = 0.01
LAYERS = (1, 2, 3, 4, 5, 6)
PARTS = 8
SHARING, FEWEST = 4, 2
"inputs that share a draw's weights: what tells most of their covariance for the time it takes, and the least"

ROWS = 500_000
"simulated rows of one layer without skip, which give a seed's deviation"


SINE = "transverse part of the change of the normalised output"
CHORD = "change of the normalised output"
RAW = "transverse part of the change of the last layer's raw output (first order)"
TOTAL = "change of the last layer's raw output"
MEASURED = {SINE: "sine", CHORD: "chord", RAW: "transverse", TOTAL: "raw"}
SINE_OF_RATIOS = "mean over inputs of the ratio of transverse parts"


@dataclass(frozen=True)
class Run:
    """Draws of a network's weights; `draws` of them, which PARTS processes may share."""

    words: str
    network: Network
    measured: tuple[str, ...]
    draws: int
    matching: str = "expected"

    @property
    def deep(self):
        """The network in the limit of infinite width."""
        network, start = self.network, 1.0 if self.network.target is None else self.network.start / self.network.target
        return DeepNetwork(network.residual, network.projection, network.target is not None, start)

    def __call__(self, shared, check, effort):
        """Its outcome, drawn once a run of the suite."""
        parts = max(1, round(PARTS * effort.factor))
        draws = math.ceil(effort.times(self.draws) / parts)
        inputs = SHARING if effort.factor >= 1 else FEWEST

        def draw(rng):
            from theorems.simulation.controlled_streams import controlled_streams

            measured = [MEASURED[each] for each in self.measured]
            found = controlled_streams(
                self.network, draws, rng, measured=measured, inputs=inputs, matching=self.matching
            )
            return np.stack([np.stack(each, axis=-1) for each in found], axis=1)

        name = f"depth: {self}, {draws} draws of {inputs} inputs"
        return Outcome(self, inputs, effort.times(ROWS), shared(name, check.root, draw, parts=parts))


@dataclass(frozen=True)
class Outcome:
    """What a run gave: (draws, measures, layers, fields of StreamStatistics)."""

    run: Run
    inputs: int
    rows: int
    drawn: np.ndarray
    paper_inputs: int = INPUTS

    def at(self, layer, measured=SINE):
        """What the run says of C after this many layers."""
        name = SINE if measured == SINE_OF_RATIOS else measured
        fields = self.drawn[:, self.run.measured.index(name), layer - 1].T
        return AtLayer(self.run, self.rows, self.paper_inputs, layer, measured, *fields)

    def words(self):
        """For the report."""
        return f"{self.run.words}: {len(self.drawn)} draws of {self.inputs} inputs, the noise of first order taken out"


@dataclass(frozen=True)
class AtLayer:
    """C after one layer: its mean over seeds, and the standard deviation of a seed with the paper's inputs."""

    run: Run
    rows: int
    paper_inputs: int
    layer: int
    measured: str
    sign: np.ndarray
    magnitude: np.ndarray
    ratio: np.ndarray
    influence: np.ndarray
    within: np.ndarray
    between: np.ndarray

    def mean(self, level, seed):
        """An interval for the expected C; for one layer without skip by quadrature."""
        if self.measured == SINE_OF_RATIOS and not self._block:
            return dithered_mean_interval(self.ratio, level, philox(seed))
        if self._block:
            from theorems.simulation.smooth_seed_law import expected

            estimate = "mean of ratios" if self.measured == SINE_OF_RATIOS else "ratio of sums"
            mean = expected(self._block, MEASURED.get(self.measured, "sine"), estimate)
            return mean.value - mean.error, mean.value + mean.error
        # A contrast with a fixed ratio near C: C is that ratio, and the contrast's mean over the magnitude's.
        near = float(limit(self.layer, self.run.deep, self.measured, FLOAT))
        excess = dithered_mean_interval(self.sign - near * self.magnitude, 0.9 * level, philox(seed))
        below = dithered_mean_interval(self.magnitude, 0.1 * level, philox(seed + 1))
        if not below[0] > 0:
            return -math.inf, math.inf
        quotients = [end / each for end in excess for each in below]
        return near + min(quotients), near + max(quotients)

    def spread(self, level, seed):
        """An interval for the standard deviation over seeds; for one layer without skip by the law of its rows."""
        if self._block:
            from theorems.simulation.smooth_seed_law import other_variance, row_deviations

            rows = row_deviations(self._block, MEASURED.get(self.measured, "sine"), self.rows, philox(seed))
            others = other_variance(self._block, MEASURED.get(self.measured, "sine"), self.paper_inputs, rows)
            left_out = 1 / (self._block.m * self._block.p)
            low, high = standard_deviation_interval(rows.values, level)
            variances = low**2 * (1 - left_out), high**2 * (1 + left_out)
            return tuple(math.sqrt(each / self._block.m + others) for each in variances)
        variances = self.between + (self.within - self.between) / self.paper_inputs
        low, high = dithered_mean_interval(variances, level, philox(seed + 2))
        # The noise of second order may be common to all inputs, or to none.
        second = (
            np.var(self.sign - self.sign.mean() / self.magnitude.mean() * self.magnitude) / self.magnitude.mean() ** 2
        )
        least = self.within.mean() / self.paper_inputs / 2
        return math.sqrt(max(low, least)), math.sqrt(max(high, least) + second)

    @cached_property
    def _block(self):
        network = self.run.network
        plain = self.layer == 1 and not network.residual and not network.projection and self.measured != TOTAL
        return Block(network.n, network.n, network.p, matching=self.run.matching) if plain else None

    def words(self):
        """For the report."""
        variance = self.between.mean() + (self.within.mean() - self.between.mean()) / self.paper_inputs
        centre = self.ratio.mean() if self.measured == SINE_OF_RATIOS else self.sign.mean() / self.magnitude.mean()
        scatter = f"{math.sqrt(variance):.2g}" if variance > 0 else "too little to tell"
        return f"{self.run.words}, {self.measured}: expected {centre:.5g}, one seed scatters by {scatter}"


def limits(layer, network, ctx=BALL):
    """Moments of both perturbed streams after this layer as n → ∞, sign flips first."""
    s = "0.1" if ctx is BALL else 0.1
    return [perturbed_streams(layer, s, each, network, ctx)[-1].moments for each in ("sign", "magnitude")]


def limit(layer, network, measured=SINE, ctx=BALL):
    """C after this many layers as n → ∞, by the closed recursion."""
    sign, magnitude = limits(layer, network, ctx)
    return energy(sign, measured, ctx) / energy(magnitude, measured, ctx)


def energy(moments, measured, ctx=BALL):
    """What is measured of one stream; of the raw output up to a factor that both perturbations share."""
    if measured == SINE:
        return moments.determinant / (moments.original * moments.perturbed)
    if measured == CHORD:
        return moments.chord_energy(ctx)
    return moments.determinant / moments.original if measured == RAW else moments.energy


def repeated_mean(text, found, check, words=None):
    """How far a printed mean over seeds, or the ends of one, lies from a repetition, for `replicated(text)`."""

    def deviation(_, level):
        level = float(level)
        return interval(
            deviation_of_mean(
                as_ends(text),
                normal_values(),
                SEEDS,
                level,
                centre=found.mean(level / 2, check.seed),
                spread=found.spread(level / 2, check.seed),
            )
        )

    return confidence(deviation, (found.influence.size,), words or found.words, check.seed)


def repeated_half_width(low, high, found, factor, check):
    """How far half of a printed interval lies from a repetition's, which is `factor` standard deviations of a seed."""
    ends = [rounding(end) for end in (low, high)]
    half = max(0.0, ends[1][0] - ends[0][1]) / 2, (ends[1][1] - ends[0][0]) / 2

    def deviation(_, level):
        spread = found.spread(float(level), check.seed)
        return interval(deviation_of_spread(half, normal_values(), SEEDS, float(level), factor=factor, spread=spread))

    return confidence(deviation, (found.influence.size,), found.words, check.seed)


V2 = Run("V2, n = 2048", Network(2048, 6, RATE), (SINE, CHORD, RAW), 176)
V2_MATCHED = Run("V2, n = 512, norms matched in each draw", Network(512, 6, RATE), (SINE,), 160, "drawn")
V2_PROJECTED = Run("V2 with W₂ after each ReLU, n = 512", Network(512, 6, RATE, projection=True), (SINE,), 144)
V3 = Run("V3, n = 2048", Network(2048, 6, RATE, residual=True), (SINE, CHORD, RAW), 96)
V3_AS_IT_IS = Run(
    "x + W₂ReLU(Wx) without normalisation, n = 512, norms matched in each draw",
    Network(512, 6, RATE, residual=True, projection=True, norm="none"),
    (SINE,),
    192,
    "drawn",
)

PLAIN, RESIDUAL = V2.deep, V3.deep


def dense_mean(run, layer, dense, shared, check):
    """How far C after this layer, of the run's network with weight matrices, lies from what the run says of it."""
    from theorems.simulation.dense_streams import dense_stream_grams
    from theorems.simulation.grams import sine_energies

    network = replace(run.network, n=dense.width(run.network.n, 512))  # narrower ones are too skewed for these draws
    inputs = dense.inputs(INPUTS)

    def experiment(source):
        grams = dense_stream_grams(source, network, inputs, matching=run.matching)
        sign, magnitude = (energies.sum(axis=0) for energies in sine_energies(grams))
        return sign / magnitude

    outcomes = dense(f"{network}, {inputs} inputs", SEEDS, experiment)[:, layer - 1]
    law = replace(run, network=network)(shared, check, EFFORTS["default"])
    found = replace(law, paper_inputs=inputs).at(layer)
    return repeated_mean(mean_of(outcomes), found, check, f"{in_words(outcomes, dense)}; {found.words()}")
