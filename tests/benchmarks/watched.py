"""What a benchmark sees of protocols while they run: tokens through the blocks, seconds in parts, peak memory."""

from __future__ import annotations

import resource
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from pathlib import Path
from unittest.mock import patch

PARTS = {
    "forward passes": [("baseline", "Baseline.damage")],
    "mask drawing": [
        (f"experiments.{module}", drawn)
        for module in ("outlier_flips", "perturbations")
        for drawn in ("independent_flips", "counted_flips")
    ],
}
"functions of theorems.protocols whose seconds are counted apart"


class Watched:
    """A decoder, and how many tokens its blocks ran over."""

    def __init__(self, decoder):
        self._decoder = decoder
        self._run = 0

    def __getattr__(self, name):
        return getattr(self._decoder, name)

    def block(self, layer, hidden):
        self._run += hidden.shape[0] * hidden.shape[1]
        return self._decoder.block(layer, hidden)

    def inputs(self, layer, hidden):
        self._run += hidden.shape[0] * hidden.shape[1]
        return self._decoder.inputs(layer, hidden)

    @property
    def tokens(self):
        """As through the whole model: those of a block count by its share of the blocks."""
        return self._run / self._decoder.layers


def wait(device):
    """Until the device has done what it was given."""
    import torch

    if device != "cpu":
        getattr(torch, device).synchronize()


@contextmanager
def parts(device="cpu"):
    """Seconds within each of PARTS, a dict that fills while protocols run."""
    spent = dict.fromkeys(PARTS, 0.0)

    def counted(part, function):
        def run(*arguments, **named):
            wait(device)
            started = time.perf_counter()
            found = function(*arguments, **named)
            wait(device)
            spent[part] += time.perf_counter() - started
            return found

        return run

    with ExitStack() as stack:
        for part, functions in PARTS.items():
            for module, path in functions:
                holder = import_module(f"theorems.protocols.{module}")
                *within, name = path.split(".")
                for each in within:
                    holder = getattr(holder, each)
                if hasattr(holder, name):
                    stack.enter_context(patch.object(holder, name, counted(part, getattr(holder, name))))
        yield spent


def forget_peak():
    """Let the peak begin anew, where the system can."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak():
    """The largest resident size of this process, in MiB."""
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 2**20 if sys.platform == "darwin" else size / 2**10
