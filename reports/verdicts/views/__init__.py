"""Views of the ledger: each is a pure function from one ledger to one text."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from verdicts.records import Ledger

Render = Callable[[Ledger], str]


def _view(module: str) -> Render:
    """A view whose module is imported only when it is first asked for."""

    def render(ledger: Ledger) -> str:
        text: str = import_module(f"{__name__}.{module}").render(ledger)
        return text

    return render


def _json(ledger: Ledger) -> str:
    """The ledger itself, as it is written to disk."""
    from verdicts.ledger import dump

    return dump(ledger)


FORMATS: dict[str, Render] = {
    "json": _json,
    "html": _view("html"),
    "markdown": _view("markdown"),
    "findings": _view("findings"),
    "junit": _view("junit"),
    "text": _view("terminal"),
    "sarif": _view("sarif"),
    "badge": _view("badge"),
    "annotations": _view("github"),
}
