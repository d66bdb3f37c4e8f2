"""Whole experiments: a decoder or its matrices, a text and named parameters in; floats, lists and arrays out.

Each call is one seed, so that a long run goes on where it stopped. Every default is the paper's reading.
"""

from theorems.protocols.experiments.coherence import output_energies
from theorems.protocols.experiments.columns import column_flips, group_flips
from theorems.protocols.experiments.depth import multilayer_ratio
from theorems.protocols.experiments.energies import amplitudes, column_energies
from theorems.protocols.experiments.outlier_flips import leverage_sweep, outlier_flips
from theorems.protocols.experiments.pairs import equal_norm_pairs
from theorems.protocols.experiments.perturbations import equal_norm, perplexity
from theorems.protocols.experiments.quantisation import quantisation_errors, row_alignment, vector_alignment

__all__ = [
    "amplitudes",
    "column_energies",
    "column_flips",
    "equal_norm",
    "equal_norm_pairs",
    "group_flips",
    "leverage_sweep",
    "multilayer_ratio",
    "outlier_flips",
    "output_energies",
    "perplexity",
    "quantisation_errors",
    "row_alignment",
    "vector_alignment",
]
