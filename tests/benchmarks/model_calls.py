"""How many experiments the claims about TinyLlama ask for, by the parts of the paper, and what they cost.

Counted in a run on stand-ins at default effort; what several claims ask alike is drawn once.
"""

from __future__ import annotations

from typing import NamedTuple

CONTEXT = 2048
SPLIT = 340_000
"tokens of the test split, about"


class Calls(NamedTuple):
    """Experiments of one protocol.

    Attributes:
        protocol: of theorems.protocols.experiments.
        first: those of other columns, text or sites than before, with which nothing is remembered.
        further: seeds after these.
        tokens: fed by each in one forward pass, where that is all that it does.
        part: of a whole call, where fewer layers or perturbations are asked for.
    """

    protocol: str
    first: int
    further: int = 0
    tokens: int = 0
    part: float = 1.0


CALLS = {
    "perplexity itself (Section 9.1)": [
        Calls("perplexity", 6, tokens=10 * CONTEXT),
        Calls("perplexity", 3, tokens=SPLIT),
    ],
    "signs against magnitudes (Section 7.2)": [
        Calls("equal_norm", 2, 66),
        Calls("equal_norm", 3, 99, part=0.2),
    ],
    "amplitudes (Section 7.3, Appendices E.8 and F)": [Calls("amplitudes", 16)],
    "fact 1 (Section 9.2)": [Calls("row_alignment", 3)],
    "Exp B (Section 9.4)": [Calls("multilayer_ratio", 10, 330)],
    "Exp D (Section 9.5)": [Calls("outlier_flips", 2, 66)],
    "Exp E (Sections 7.3 and 9.5)": [Calls("leverage_sweep", 16, 528)],
    "Exp F (Section 9.5)": [Calls("column_energies", 1), Calls("output_energies", 1)],
    "Exp G (Section 9.5)": [Calls("column_flips", 1)],
    "alignments (Section 9.6)": [Calls("row_alignment", 3), Calls("vector_alignment", 3)],
}

WITH_MASKS = {"outlier_flips", "leverage_sweep", "equal_norm"}
"protocols of which forward passes alone take longer on more text"


def costs(calls, found):
    """Seconds of all these calls.

    Args:
        calls: as in CALLS.
        found: what device_protocols.py measured: "tokens a second", and of each of "protocols" the seconds of a first
            and of a further seed, its parts, and the share of the text, inputs or columns of a whole call.
    """
    total = 0.0
    for call in calls:
        if call.tokens:
            total += call.first * call.tokens / found["tokens a second"]
            continue
        one = found["protocols"][call.protocol]
        once = max(0.0, one["first"] - one["further"]) / one["share"]
        total += ((call.first + call.further) * whole(call.protocol, one) + call.first * once) * call.part
    return total


def whole(name, one):
    """Seconds of a further seed on the whole text."""
    fixed = one["further"] - one["parts"]["forward passes"] if name in WITH_MASKS else 0.0
    return fixed + (one["further"] - fixed) / one["share"]
