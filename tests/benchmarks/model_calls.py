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
        Calls("perplexity", 7, tokens=10 * CONTEXT),
        Calls("perplexity", 2, tokens=SPLIT),
        Calls("perplexity", 1, tokens=2 * SPLIT),  # windows that overlap by half
    ],
    "signs against magnitudes (Section 7.2)": [
        Calls("equal_norm", 2, 66),
        Calls("equal_norm", 3, 99, part=0.2),  # two of five perturbations, from layers 4, 12 and 18 on
    ],
    "amplitudes (Sections 7.3 and 9.5, Appendices E.8 and F)": [Calls("amplitudes", 16, 3)],
    "Exp B (Section 9.4)": [Calls("multilayer_ratio", 14, 378)],
    "Exp D (Section 9.5, Table 17)": [Calls("outlier_flips", 2, 66)],
    "Exp E (Sections 7.3 and 9.5, Appendix E.8)": [Calls("leverage_sweep", 19, 627)],
    "Exp F (Section 9.5)": [Calls("column_energies", 1)],
    "Exp G (Section 9.5)": [Calls("column_flips", 2)],
    "alignments (Sections 9.2 and 9.6)": [Calls("row_alignment", 2), Calls("vector_alignment", 1)],
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
