"""What the claims of Section 4 share: polynomial inequalities, perturbed vectors."""

import numpy as np
from verdicts import at_least, proof

from claims.drawn_vectors import DIMENSIONS, batch, seeded
from claims.symbols import symbols
from theorems.arithmetic.polynomials import minimum_on_box

SIZES = [1e-3, 0.05, 0.1, 0.5, 0.9, 0.99]


def minimum(function, box, width="1e-6"):
    """Encloses the least value of a polynomial, a function of the names in `box`, by Bernstein coefficients."""
    names = symbols(list(box), real=True)
    return minimum_on_box(function(*names).cancel(), dict(zip(names, box.values(), strict=True)), width)


def nonnegative(function, box, words, method):
    """What `words` accept where they say that a polynomial is at least 0 on a box, and its least value there."""
    return at_least("0", stated=words), proof(minimum(function, box), f"{method}, by Bernstein coefficients")


def norms(rows):
    """The Euclidean norm of each row, as a column."""
    return np.linalg.norm(rows, axis=1, keepdims=True)


def perturbed(size, generator):
    """(y, Δy, η): matrices whose rows are y ≠ 0 of any scale and Δy of the size η‖y‖, and the column of 0 < η < 1."""
    y, direction = batch(size, generator, 2, zeros=True)
    eta = generator.choice([*SIZES, *generator.uniform(SIZES[0], SIZES[-1], len(SIZES))], (len(y), 1))
    return y, eta * norms(y) * (direction / norms(direction)), eta


def perturbed_vectors():
    return seeded(perturbed, DIMENSIONS)
