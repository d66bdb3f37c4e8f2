"""What takes seconds to import: the worker that runs a test of it imports it, and none that only collects."""

from __future__ import annotations

import sys
from importlib.util import find_spec
from typing import Any

import pytest


class Lazily:
    """A module, imported as soon as something of it is asked for; the test is skipped where it is not installed."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # which pytest looks for in whatever a file of tests holds
            raise AttributeError(name)
        return getattr(sys.modules.get(self._name) or pytest.importorskip(self._name), name)


def needs(name: str) -> pytest.MarkDecorator:
    """Mark what is skipped where a module is not installed."""
    return pytest.mark.skipif(find_spec(name) is None, reason=f"needs {name}")


torch = Lazily("torch")
